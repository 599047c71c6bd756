"""Explore how the solar wind drives Earth's magnetosphere, with SMILE and its heritage.

>>> import smile_explore as se
>>> wind = se.load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal")
>>> wind.b.units, wind.attrs["time_reference"]
('nT', 'bow-shock nose')
"""

import importlib

from smile_explore.catalogue import product, products
from smile_explore.load import load, open_file
from smile_explore.report import report
from smile_explore.settings import offline

#: Rooms of the house that are opened when they are first named: importing the package then
#: costs little more than importing xarray.
_ROOMS = ("course", "events", "formats", "frames", "link", "packs", "physics", "smile", "sources", "survey", "views")  # fmt: skip
#: Names whose module is opened when they are first used.
_NAMES = {"Explorer": "app.explorer", "Study": "app.state", "bundle": "app.take", "cite": "citation"}  # fmt: skip

__all__ = ["load", "offline", "open_file", "product", "products", "report"]


def __getattr__(name: str):
    if name in _ROOMS:
        return importlib.import_module(f"smile_explore.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"smile_explore.{_NAMES[name]}"), name)
    message = f"module 'smile_explore' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__():
    return [*globals(), *_ROOMS, *_NAMES]
