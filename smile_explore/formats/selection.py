"""Some of a product's variables: which are asked for, what must be read for them, what is given.

Flags that the row applies are read with what they apply to, and given only if they are asked for.
"""

import dataclasses

import xarray as xr

from smile_explore import report
from smile_explore.catalogue import Product, did_you_mean
from smile_explore.errors import InputError, NoDataError
from smile_explore.times import shown


def asked(row: Product, variables) -> tuple[str, ...]:
    """Return the names that are asked for, in that order; nothing if all are.

    Raises
    ------
    InputError
        If none is named, or one that the row does not have.
    """
    if variables is None:
        return ()
    names = (variables,) if isinstance(variables, str) else variables
    if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names):  # fmt: skip
        message = (
            f"variables={shown(variables)} is no list of names: give variables=[{_some(row)}]."
        )
        raise InputError(message)
    if not names:
        message = f"variables={shown(variables)} names none: leave it out for all, or give variables=[{_some(row)}]."
        raise InputError(message)
    names = tuple(dict.fromkeys(names))
    if row.variables:
        _require_known(names, [v.name for v in row.variables], row.name)
    return names


def _some(row: Product) -> str:
    return ", ".join(repr(v.name) for v in row.variables[:2]) or "'name'"


def _require_known(names, known: list[str], product: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        near = "".join(dict.fromkeys(did_you_mean(name, known) for name in unknown))
        message = f"{product} has no variable {', '.join(map(repr, unknown))}.{near} It has {', '.join(known)}."
        raise InputError(message)


def narrowed(row: Product, names) -> Product:
    """Return a row of the named variables alone, and of the flags that apply to them."""
    if not names or not row.variables:
        return row
    known = {v.name: v for v in row.variables}
    is_flagged = any(not known[name].flag for name in names if name in known)
    flags = [v.name for v in row.variables if v.rejects and v.name not in names and is_flagged]
    fitted = [_fitted(known[name], names) for name in (*names, *flags) if name in known]
    return dataclasses.replace(
        row, variables=tuple(v for v in fitted if v.rejects or v.name in names)
    )


def _fitted(variable, names):
    """Return a flag that applies to no more than the named variables."""
    if not variable.applies_to:
        return variable
    applies_to = tuple(name for name in variable.applies_to if name in names)
    if not applies_to:
        return dataclasses.replace(variable, good=(), bad_bits=0, applies_to=())
    return dataclasses.replace(variable, applies_to=applies_to)


def chosen(ds: xr.Dataset, row: Product, names) -> xr.Dataset:
    """Return the named variables of a Dataset, in that order, with their coordinates and report.

    Raises
    ------
    InputError
        If a product without a row has no such variable.
    NoDataError
        If none of them is there.
    """
    if not names:
        return ds
    if not row.variables:
        _require_known(names, list(map(str, ds.data_vars)), row.name)
    present = [name for name in names if name in ds.data_vars]
    missing = [name for name in names if name not in present]
    if not present:
        others = ", ".join(v.name for v in row.variables if v.name not in names)
        message = f"{row.name}: no file of the interval holds {', '.join(names)}; its other variables are {others}."
        raise NoDataError(message)
    others = {v.name for v in row.variables} | set(ds.data_vars) - set(names)
    others -= set(names)
    entries = [e for e in report.entries(ds.attrs) if e[0] not in others]
    ds = ds[present]
    for key in (report.KEY, "missing_variables"):
        ds.attrs.pop(key, None)
    report.extend(ds.attrs, entries)
    ds.attrs |= {"missing_variables": ", ".join(missing)} if missing else {}
    return ds
