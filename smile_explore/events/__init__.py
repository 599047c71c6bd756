"""Find, label, read and write intervals of interest."""

from smile_explore.events.find import find

__all__ = ["find"]
