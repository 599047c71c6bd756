"""Standardised Datasets of one product joined along time, and cut to an interval.

A `Frame` is what all parts have in common; each part is fitted to it, at once or when its
numbers are needed, so that both give the same Dataset. A record keeps the channels that it was
measured in. Nothing here opens a file.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from smile_explore import contract, report
from smile_explore.errors import DatasetError
from smile_explore.units import factor

#: Relative difference of two axes that are the same: written once as float, once as double.
_SAME = 1e-6
_IN_TWO_FILES = "equal stamps in two files, the first is kept"


@dataclass(frozen=True)
class Column:
    """A variable of the whole: what every part gives, or what is the same in all parts."""

    dims: tuple[str, ...]
    dtype: np.dtype
    attrs: dict
    is_coord: bool = False
    fixed: xr.Variable | None = None


@dataclass(frozen=True)
class Frame:
    """What joined Datasets have in common: variables, sizes of the dims after time, attributes."""

    columns: dict[str, Column]
    sizes: dict[str, int]
    freed: frozenset[str]  # dims whose channels change: their numbers are in ``<dim>_centre``
    attrs: dict
    product: str = ""
    time: dict = field(default_factory=dict)  # attributes of the time axis


# --------------------------------------------------------------------------- join


def join(parts: Iterable[xr.Dataset], product: str = "") -> xr.Dataset:
    """Join standardised Datasets along time: sorted, without repeats, gaps left as they are.

    Parameters
    ----------
    parts : iterable of Dataset, dims (time, ...)
        Of one product, in time order.
    product : str
        Its name, for errors.

    Returns
    -------
    Dataset, dims (time, ...)
        An axis that is the same in all parts stays 1-D. If it is not, each record keeps its own
        channels: ``<dim>_centre (time, <dim>)``, NaN where a part has fewer; `dim` itself has no
        coordinate then. A variable that a part lacks is NaN there. Units are those of the first.

    Raises
    ------
    DatasetError
        If the parts cannot be one Dataset: frames, dims or kinds of numbers differ, units do
        not convert, or channels differ in number and nothing says what they are.
    """
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    return whole([part for part in parts if part.sizes["time"]] or parts[:1], parts, product)


def whole(filled: list[xr.Dataset], parts: list[xr.Dataset], product: str) -> xr.Dataset:
    """Return parts that hold records as one Dataset; `parts` are all, for their attributes."""
    frame = common(filled, product)
    stamps = np.concatenate([part["time"].values for part in filled])
    variables = {
        name: xr.Variable(c.dims, np.concatenate([values(p, frame, name) for p in filled]), c.attrs)
        for name, c in frame.columns.items()
        if c.fixed is None
    }
    ds = contract.ordered(assembled(frame, stamps, variables))
    if ds.sizes["time"] < len(stamps) and _repeat_values(stamps, variables):
        ds.encoding[report.REPEATS] = _IN_TWO_FILES
    return described(ds, frame, filled, parts)


def _repeat_values(stamps: np.ndarray, variables: dict[str, xr.Variable]) -> bool:
    """Say whether all records of a stamp that was there before also repeat its values."""
    _, first, which = np.unique(stamps, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(len(stamps)))
    kept = first[which][again]
    return all(_are_equal(var.values[again], var.values[kept]) for var in variables.values())


def _are_equal(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fmM")


def assembled(frame: Frame, stamps: np.ndarray, variables: dict[str, xr.Variable]) -> xr.Dataset:
    """Return a Dataset of fitted variables, in the frame's order."""
    every = {k: variables[k] if c.fixed is None else c.fixed for k, c in frame.columns.items()}
    coords = {k: every.pop(k) for k, c in frame.columns.items() if c.is_coord}
    return xr.Dataset(every, {**coords, "time": ("time", stamps, frame.time)}, frame.attrs)


def described(ds: xr.Dataset, frame: Frame, filled, parts) -> xr.Dataset:
    """Write into the attributes what the parts say of themselves, and what the joining did."""
    about(ds, parts)
    records = sum(part.sizes["time"] for part in filled)
    if dropped := records - ds.sizes["time"]:
        report.add(ds.attrs, "time", "records dropped", count=dropped, of=records,
                   detail=_IN_TWO_FILES)  # fmt: skip
    for entry in (*_padded(frame, filled), *_absent(frame, filled)):
        report.extend(ds.attrs, [entry])
    return ds


def about(ds: xr.Dataset, parts) -> None:
    """Write into the attributes what all parts say: simulated if one is, missing if in none."""
    ds.attrs["simulated"] = max(int(part.attrs.get("simulated", 0)) for part in parts)
    gathered = {"missing_variables": _lacked_by_all(parts), report.KEY: report.joined(parts)}
    for key, text in gathered.items():
        ds.attrs.pop(key, None)
        if text not in ("", "[]"):
            ds.attrs[key] = text


def _lacked_by_all(parts) -> str:
    lists = [str(p.attrs.get("missing_variables", "")).split(", ") for p in parts]
    return ", ".join(name for name in lists[0] if name and all(name in other for other in lists))


def _padded(frame: Frame, filled):
    """Yield a report entry for each variable that got channels of NaN."""
    for name, column in frame.columns.items():
        full = np.prod([frame.sizes[d] for d in column.dims[1:]], dtype=int)
        count = of = 0
        for part in filled:
            var = _own(part, name, frame.freed)
            if column.fixed is None and var is not None:
                n = part.sizes["time"]
                size = np.prod([var.sizes[d] for d in column.dims[1:]], dtype=int)
                count, of = count + n * int(full - size), of + n * int(full)
        if count:
            short = [d for d in column.dims[1:] if len({p.sizes.get(d) for p in filled} - {None}) > 1]  # fmt: skip
            yield name, "padded", count, of, "; ".join(_sizes(d, filled) for d in short)


def _absent(frame: Frame, filled):
    """Yield a report entry for each variable that some of the parts lack."""
    total = sum(part.sizes["time"] for part in filled)
    for name, column in frame.columns.items():
        lacking = [p for p in filled if _own(p, name, frame.freed) is None]
        if lacking and column.fixed is None and not column.is_coord:
            count = sum(part.sizes["time"] for part in lacking)
            yield name, "not in every file", count, total, f"not in that of {_days(lacking)}"


# --------------------------------------------------------------------------- the common frame


def common(parts: list[xr.Dataset], product: str = "") -> Frame:
    """Return the frame that all parts fit, or refuse: see `join`. No value is read but of axes."""
    freed = frozenset(_freed(parts, product))
    names = dict.fromkeys(name for part in parts for name in _names(part, freed))
    columns = {name: _column(parts, name, freed, product) for name in names}
    dims = {dim for column in columns.values() for dim in column.dims} - {"time"}
    sizes = {dim: _size(parts, dim, product) for dim in sorted(dims)}
    columns = {name: _with_room(parts, name, columns[name], sizes, freed) for name in names}
    time = dict(parts[0]["time"].attrs)
    return Frame(columns, sizes, freed, dict(parts[0].attrs), product, time)


def _freed(parts, product: str):
    """Yield the dims that have a coordinate of their own, but not the same in all parts."""
    for dim in dict.fromkeys(d for part in parts for d in part.dims if d != "time"):
        having = [part for part in parts if dim in part.dims]
        axes = [part.variables.get(dim) for part in having]
        if all(axis is None for axis in axes) or _same(axes):
            continue
        if odd := [axis for axis in axes if axis is not None and axis.dtype.kind not in "fiu"]:
            other = next((a for a in axes if a is not None and not a.equals(odd[0])), odd[0])
            what = f"{_first(odd[0])} in one file and {_first(other)} in another"
            raise _refusal(product, f"{dim!r} is labelled {what}")
        yield dim


def _first(axis: xr.Variable) -> str:
    return ", ".join(map(str, np.ravel(axis.values)[:4]))


def _same(variables) -> bool:
    """Say whether variables are all there and alike, in the first one's units."""
    first, *others = variables
    return first is not None and all(_alike(first, other) for other in others)


def _alike(first: xr.Variable, other: xr.Variable | None) -> bool:
    if other is None or first.dims != other.dims or first.shape != other.shape:
        return False
    if first.dtype.kind in "fiu" and other.dtype.kind in "fiu":
        scale = _scale(other.attrs.get("units"), first.attrs.get("units"))
        if scale is None:
            return False
        return np.allclose(other.values * scale, first.values, rtol=_SAME, atol=0, equal_nan=True)
    return first.equals(other)


def _scale(have, want) -> float | None:
    """Return the factor from one unit to another, or None if there is none."""
    if have == want:
        return 1.0
    try:
        return factor(have, want)
    except (DatasetError, TypeError, AttributeError):
        return None


def _names(part: xr.Dataset, freed) -> list[str]:
    names = [f"{k}_centre" if k in freed else str(k) for k in part.variables if k != "time"]
    return list(dict.fromkeys(names))


def _own(part: xr.Dataset, name: str, freed) -> xr.Variable | None:
    """Return a part's variable of the whole's name: its own axis stands for a freed one."""
    dim = name.removesuffix("_centre")
    if name in part.variables:
        return part.variables[name]
    if dim != name and dim in freed and dim in part.variables:
        axis = part.variables[dim]
        return xr.Variable(axis.dims, axis.values, axis.attrs)
    return None


def _column(parts, name: str, freed, product: str) -> Column:
    holding = [(part, var) for part in parts if (var := _own(part, name, freed)) is not None]
    variables = [var for _, var in holding]
    first = variables[0]
    is_coord = any(name in part.coords or name.removesuffix("_centre") in freed for part in parts)
    if not any("time" in var.dims for var in variables) and _is_fixed(parts, variables):
        return Column(first.dims, first.dtype, dict(first.attrs), is_coord, first)
    dims = _dims(first)
    for part, var in holding[1:]:
        _require_alike(name, (parts[0] if holding[0][0] is None else holding[0][0], first), (part, var), product)  # fmt: skip
    dtype = _dtype(name, holding, len(holding) < len(parts), product)
    return Column(dims, dtype, dict(first.attrs), is_coord)


def _is_fixed(parts, variables) -> bool:
    dims = set(variables[0].dims)
    needing = [part for part in parts if dims <= set(part.dims)]
    return len(needing) == len(variables) and _same(variables)


def _dims(var: xr.Variable) -> tuple[str, ...]:
    return ("time", *(dim for dim in var.dims if dim != "time"))


def _require_alike(name: str, one: tuple, other: tuple, product: str) -> None:
    """Refuse variables of one name that differ in dims, units or frame beyond conversion."""
    (a, first), (b, var) = one, other
    if _dims(first) != _dims(var):
        raise _refusal(product, f"{name!r} has the dims {_dims(first)} on {_days([a])} and {_dims(var)} on {_days([b])}")  # fmt: skip
    frames = [v.attrs.get("coordinate_system", "no stated frame") for v in (first, var)]
    if frames[0] != frames[1]:
        raise _refusal(product, f"{name!r} is in {frames[0]} on {_days([a])} and in {frames[1]} on {_days([b])}")  # fmt: skip
    units = [v.attrs.get("units") for v in (first, var)]
    if first.dtype.kind in "fiu" and _scale(units[1], units[0]) is None:
        raise _refusal(product, f"{name!r} is in {units[0]} on {_days([a])} and in {units[1]} on {_days([b])}, which do not convert")  # fmt: skip


def _dtype(name: str, holding, is_lacked: bool, product: str) -> np.dtype:
    """Return the kind of number that holds those of all parts, and NaN where one has none."""
    first = holding[0][1]
    kinds = []
    for _, var in holding:
        scaled = var.attrs.get("units") != first.attrs.get("units") and var.dtype.kind in "iu"
        kinds.append(np.dtype(float) if scaled else var.dtype)
    numeric = {kind.kind in "fiub" for kind in kinds}
    if len(numeric) > 1:
        raise _refusal(product, f"{name!r} is a number in one file and a text or time in another")
    dtype = np.result_type(*kinds)
    return _nullable(dtype) if is_lacked else dtype


def _nullable(dtype: np.dtype) -> np.dtype:
    """Return what also holds NaN: as the contract does for integers with fills."""
    if dtype.kind in "iub":
        return np.dtype(np.float64 if dtype.itemsize >= 4 else np.float32)
    return dtype


def _with_room(parts, name: str, column: Column, sizes: dict, freed) -> Column:
    """Return the column able to hold NaN if a part has fewer channels than the whole."""
    shape = [sizes[dim] for dim in column.dims if dim != "time"]
    owned = [var for part in parts if (var := _own(part, name, freed)) is not None]
    if column.fixed is not None or all([v.sizes[d] for d in column.dims[1:]] == shape for v in owned):  # fmt: skip
        return column
    return Column(column.dims, _nullable(column.dtype), column.attrs, column.is_coord)


def _size(parts, dim: str, product: str) -> int:
    """Return the number of channels of the whole; without an axis it must be that of all parts."""
    having = [part for part in parts if dim in part.dims]
    sizes = {part.sizes[dim] for part in having}
    axes = [v for p in having for k, v in p.variables.items() if dim in v.dims and (k == dim or k in p.coords)]  # fmt: skip
    if len(sizes) > 1 and not axes:
        raise _refusal(product, f"{_sizes(dim, having)}, and no axis says what they are")
    return max(sizes)


def _sizes(dim: str, parts) -> str:
    """Return how many channels the parts have, and when."""
    groups = [(p.sizes[dim], p) for p in parts if dim in p.dims]
    runs = [(n, [p for _, p in run]) for n, run in itertools.groupby(groups, key=lambda g: g[0])]
    shown = [f"{n} on {_days(run)}" for n, run in runs[:4]] + ["..."] * (len(runs) > 4)
    return f"channels of {dim!r}: {', '.join(shown)}"


def _days(parts) -> str:
    days = list(dict.fromkeys(str(p["time"].values[0].astype("M8[D]")) for p in parts if p.sizes["time"]))  # fmt: skip
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}" if days else "an empty file"


def _refusal(product: str, what: str) -> DatasetError:
    message = f"{product or 'files'} cannot be joined: {what}. Load the days apart."
    return DatasetError(message)


# --------------------------------------------------------------------------- fitting a part


def values(part: xr.Dataset, frame: Frame, name: str) -> np.ndarray:
    """Return a part's numbers as the frame has them, NaN for channels that it lacks."""
    column, n = frame.columns[name], part.sizes["time"]
    shape = (n, *(frame.sizes[dim] for dim in column.dims[1:]))
    var = _own(part, name, frame.freed)
    if var is None:
        return np.full(shape, _missing(column.dtype), column.dtype)
    data = _converted(part, name, var, column, frame.product)
    if data.shape == shape:
        return data.astype(column.dtype, copy=False)
    out = np.full(shape, _missing(column.dtype), column.dtype)
    out[tuple(slice(size) for size in data.shape)] = data
    return out


def _converted(part, name: str, var: xr.Variable, column: Column, product: str) -> np.ndarray:
    """Return the numbers, time first, in the column's units."""
    like = xr.Variable(column.dims, np.empty([0] * len(column.dims), column.dtype), column.attrs)
    if "time" not in var.dims:
        var = var.set_dims({"time": part.sizes["time"], **var.sizes})
    _require_alike(name, (part, like), (part, var), product)
    data = var.transpose(*column.dims).values
    scale = _scale(var.attrs.get("units"), column.attrs.get("units"))
    if scale in (None, 1.0) or data.dtype.kind not in "fiu":
        return data
    return data * np.asarray(scale, data.dtype if data.dtype.kind == "f" else float)


def _missing(dtype: np.dtype):
    """Return what stands where there is no value."""
    if dtype.kind in "mM":
        return np.array("NaT", dtype)
    return "" if dtype.kind in "UO" else b"" if dtype.kind == "S" else np.nan


# --------------------------------------------------------------------------- cut


def clip(ds: xr.Dataset, start: np.datetime64, stop: np.datetime64) -> xr.Dataset:
    """Return the samples of the half-open interval [start, stop)."""
    low, high = np.searchsorted(ds["time"].values, [start, stop])
    return ds.isel(time=slice(low, high))
