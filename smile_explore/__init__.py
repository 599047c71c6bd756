"""Explore how the solar wind drives Earth's magnetosphere, with SMILE and its heritage.

    >>> import smile_explore as se
    >>> ds = se.load("omni.1min", "2027-03-21", "2027-03-22", source="rehearsal")

Names are found when they are first used, so that importing the package costs little more
than importing xarray.
"""

import importlib

_HOME = {
    "load": "load", "open_file": "load", "product": "catalogue", "products": "catalogue", "offline": "settings",
}  # fmt: skip
_ROOMS = {
    "catalogue", "contract", "errors", "events", "formats", "frames", "link", "packs", "physics", "smile", "views",
}  # fmt: skip

__all__ = [*_HOME, *_ROOMS]


def __getattr__(name: str):
    if name in _HOME:
        # bound here, so that the function `load` wins over its module of the same name
        globals()[name] = getattr(importlib.import_module(f"smile_explore.{_HOME[name]}"), name)
        return globals()[name]
    if name in _ROOMS:
        return importlib.import_module(f"smile_explore.{name}")
    message = f"module 'smile_explore' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__():
    return __all__
