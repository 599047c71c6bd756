"""Superposed epoch analysis: what is common to many events, and how sure it is.

Each event is laid on its own time; missing stays missing, and no gap is bridged.
"""


def superposed_epoch(events, data, *, window=("-2h", "4h"), step=None):
    """Return the typical course of `data` around the events (in work)."""
    raise NotImplementedError
