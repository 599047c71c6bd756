"""The axes of the variables of a CDF: energies, angles, frequencies that ``DEPEND_k`` names.

They stand in files once, 2-D, or by record. An axis that holds for the whole file becomes a
coordinate named as its dim, one that changes with time ``<dim>_centre (time, dim)``.
"""

import numpy as np

from smile_explore.formats import cdf_attrs, cdf_times


class Axes:
    """The coordinates of one file, and which variables of it serve as axes."""

    def __init__(self, cdf, clocks: cdf_times.Clocks):
        self._cdf, self._clocks = cdf, clocks
        self._held = set(cdf)
        self.coords: dict[str, tuple] = {}
        self.used: set[str] = set()

    def dims(self, name: str, clock: str) -> list[str]:
        """Return the dims of a variable; axes that it depends on go into ``coords``."""
        var = self._cdf[name]
        self.coords.setdefault(clock, (clock, self._clocks.times(clock)))
        dims = [clock]
        sizes = var.shape[2:] if var.is_nrv else var.shape[1:]
        for k, size in enumerate(sizes, 1):
            if size > 1:
                axis = cdf_attrs.text(var, f"DEPEND_{k}")
                known = axis not in (name, *dims) and self._add(axis, clock, size)
                dims.append(axis if known else f"{name}_dim{k}")
        return dims

    def _add(self, axis: str, clock: str, size: int) -> bool:
        """Put a numeric axis of the right length into ``coords``; say whether there is one."""
        if axis not in self._held or not self._is_numeric(self._cdf[axis]):
            return False
        table = self._table(axis, clock, size)
        if table is None or f"{axis}_centre" in self._held:
            return False
        attrs = cdf_attrs.of(self._cdf, self._cdf[axis])
        fixed = table if table.ndim == 1 else _only_row(table)
        if fixed is not None:
            name, coord = axis, (axis, fixed, attrs)
        else:
            name, coord = f"{axis}_centre", ((clock, axis), table, attrs)
        if len(np.atleast_1d(coord[0])) != coord[1].ndim or self._differs(name, coord):
            return False
        self.coords[name] = coord
        self.used.add(axis)
        return True

    def _differs(self, name: str, coord: tuple) -> bool:
        """Say whether another variable has the same axis on another time base."""
        known = self.coords.get(name)
        return known is not None and tuple(known[0]) != tuple(coord[0])

    def _is_numeric(self, var) -> bool:
        odd = var.type in cdf_attrs.TEXTS or var.type in cdf_times.TIMES
        return not (odd or cdf_times.unread(var))

    def _table(self, axis: str, clock: str, size: int) -> np.ndarray | None:
        """Return an axis as (size,), or as (time, size) on the clock of its variable."""
        var = self._cdf[axis]
        shape = tuple(n for n in var.shape[1:] if n > 1)
        if size not in shape or len(shape) > 2:
            return None
        table = var.values.reshape(var.shape[0], *shape)
        if shape[-1] != size:  # (size, other): the same for each of the other
            return _only_row(np.moveaxis(table, 1, 2).reshape(-1, size))
        n = self._clocks.records(clock)
        if var.is_nrv and len(shape) == 2 and shape[0] == n:  # (1, time, size)
            return table[0]
        if len(shape) == 1 and len(table) == n and (n == 0 or self._is_on(axis, clock)):
            return table
        return _only_row(table.reshape(-1, size))

    def _is_on(self, axis: str, clock: str) -> bool:
        return self._clocks.of(axis) in (clock, None)


def _only_row(table: np.ndarray) -> np.ndarray | None:
    """Return the row that a table repeats, or None; NaN is equal to NaN."""
    if table.ndim != 2 or not len(table):
        return None
    same = (table == table[:1]) | (np.isnan(table) & np.isnan(table[:1]))
    return table[0] if same.all() else None
