"""What a file holds, at the price of its times and axes: the numbers of its data stay unread.

What comes out has the dims, kinds, attributes, times and axes that reading the file gives; where
data are numbers with a fraction, zeros stand for them. Only CDFs spare the decoding; of other
formats the files are small, or the reader reads all.
"""

from pathlib import Path

import numpy as np
import pycdfpp
import xarray as xr

from smile_explore import formats
from smile_explore.formats import cdf

_FLOATS = {
    pycdfpp.DataType.CDF_FLOAT: np.float32,
    pycdfpp.DataType.CDF_REAL4: np.float32,
    pycdfpp.DataType.CDF_DOUBLE: np.float64,
    pycdfpp.DataType.CDF_REAL8: np.float64,
}
_AXES = ("DEPEND_", "LABL_PTR_", "COMPONENT_", "DELTA_", "UNIT_PTR")


def read(path: Path, names, format: str | None = None, *, trusted: bool = False) -> xr.Dataset:
    """Return what `formats.read` does, with zeros for numbers that have a fraction."""
    if (format or formats.kind(path)) == "cdf":
        return cdf.read(path, names, trusted=trusted, opened=Outline)
    return formats.read(path, names, format=format, trusted=trusted)


class Outline:
    """A CDF as pycdfpp opens it, whose data are zeros unless they are whole numbers, times or axes."""

    def __init__(self, held):
        self._held = held
        self._axes = {text for name in held for text in _pointers(held[name])}
        self.attributes = held.attributes

    def __iter__(self):
        return iter(self._held)

    def __contains__(self, name):
        return name in self._held

    def __getitem__(self, name):
        var = self._held[name]
        is_read = name in self._axes or var.is_nrv or var.type not in _FLOATS
        return var if is_read else _Zeros(var)


def _pointers(var):
    """Yield the names of the variables that a variable depends on."""
    for key in var.attributes:
        if key.upper().startswith(_AXES):
            value = var.attributes[key].value
            if isinstance(value, str):
                yield value.strip()


class _Zeros:
    """A variable of a CDF with zeros for values, which take no memory."""

    def __init__(self, var):
        self._var = var
        self.values = np.broadcast_to(np.zeros((), _FLOATS[var.type]), tuple(var.shape))

    def __getattr__(self, name):
        return getattr(self._var, name)
