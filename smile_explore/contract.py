"""The one contract every Dataset in this package obeys: standardise, check, require.

Archives' own terms (ISTP attributes, fills, unit spellings) end here; nothing
below this module knows them. It never opens a file and never guesses a frame.
"""

import datetime as dt
import re

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError
from smile_explore.units import EARTH_RADIUS_KM, canonical_units, factor, parses  # noqa: F401  others take the radius from here

#: Coordinate systems we know by name. Only the first four are rotated by ``frames``.
FRAMES = {
    "GSE", "GSM", "SM", "GEO", "GEI", "ICRF", "MAG", "HEZ", "NEZ", "RTN", "DSL", "SSL", "DBCS", "FAC", "PEN", "EPN",
}  # fmt: skip

_REQUIRED_ATTRS = (
    "product", "source", "source_files", "retrieved", "time_reference", "simulated"
)  # fmt: skip
_TIME_REFERENCES = {"spacecraft", "L1", "bow-shock nose", "ground", "Earth", "unknown"}
_TIME_ENCODING = {"units": "nanoseconds since 1970-01-01", "dtype": "int64"}


# --------------------------------------------------------------------------- standardise


def standardise(raw: xr.Dataset, variables=(), *, quality: str = "good") -> xr.Dataset:
    """Turn a raw Dataset, in the archive's own terms, into one that obeys the contract.

    Parameters
    ----------
    raw : Dataset
        As a reader of ``formats`` returns it: every variable with its time base as first
        dim (any name, coordinate datetime64[ns]) and ISTP attributes (``UNITS``,
        ``FILLVAL``, ``VALIDMIN``, ``VALIDMAX``, ``CATDESC``, ``COORDINATE_SYSTEM``).
    variables : iterable of catalogue.Variable
        What to take and what to call it; empty takes every variable of the main time base.
    quality : {"good", "raw"}
        ``good`` makes values NaN where the row's quality flags do not allow them.

    Returns
    -------
    Dataset, dims (time, ...)
        Fills and values outside the valid range are NaN, integers with fills are floats.
        ``attrs["missing_variables"]`` names what the row asks for and the file lacks;
        ``attrs["possible_fills"]`` what a listing holds that looks like a fill.

    Raises
    ------
    DatasetError
        If a unit or frame contradicts the row, or none of the row's variables is there.
    """
    rows = tuple(variables) or _every_variable(raw)
    found = [r for r in rows if set(r.origin) <= set(raw.variables)]
    if not found:
        wanted = ", ".join(r.origin[0] for r in rows)
        holds = ", ".join(map(str, raw.data_vars)) or "no data"
        message = f"None of {wanted} is in the file, which holds {holds}."
        raise DatasetError(message)
    base = raw[found[0].origin[0]].dims[0]
    found = [r for r in found if raw[r.origin[0]].dims[:1] == (base,)]
    ds = xr.Dataset({r.name: _variable(raw, r) for r in found}, coords=_coords(raw, found, base))
    ds = _apply_flags(ds, found) if quality == "good" else ds
    missing = [r.name for r in rows if r.name not in ds and not r.optional]
    ds.attrs = {k: v for k, v in raw.attrs.items() if k in ("possible_fills", "simulated")}
    ds.attrs |= {"missing_variables": ", ".join(missing)} if missing else {}
    return ordered(ds)


def _every_variable(raw: xr.Dataset):
    """Return a row for each numeric variable of the time base that most of them share."""
    from smile_explore.catalogue import Variable  # only for files that are no product

    timed = {k: da for k, da in raw.data_vars.items() if da.dims and da.dims[0] in raw.coords}
    bases = [da.dims[0] for da in timed.values()]
    if not bases:
        message = "The file has no time-dependent variable: it may be a skeleton without records."
        raise DatasetError(message)
    base = max(dict.fromkeys(bases), key=bases.count)
    own = [k for k, da in timed.items() if da.dims[0] == base and da.dtype.kind in "fiu"]
    return tuple(
        Variable(re.sub(r"\W+", "_", k).strip("_"), (k,), None, frame=_frame_of_file(raw[k], k))
        for k in own
    )


def _frame_of_file(da: xr.DataArray, name: str) -> str | None:
    return file_frame(da.attrs) or (named_frame(name) if da.shape[1:] == (3,) else None)


def _dims(raw: xr.Dataset, row) -> tuple[str, ...]:
    """Return the dims of a row's variable: time, then ``cartesian``, the row's or the file's."""
    own = raw[row.origin[0]].dims[1:]
    if row.dims:
        return ("time", *row.dims)
    is_vector = len(row.origin) == 3 or row.take or (raw[row.origin[0]].shape[1:] == (3,))
    return ("time", "cartesian") if is_vector and row.frame else ("time", *map(str, own))


def _variable(raw: xr.Dataset, row) -> tuple:
    """Return (dims, values, attrs) of one row's variable."""
    first = raw[row.origin[0]]
    parts = [_masked(raw[o].values, raw[o].attrs, row) for o in row.origin]
    values = parts[0] if len(parts) == 1 else np.stack(parts, axis=-1)
    values = values[:, list(row.take)] if row.take else values
    values, attrs = _with_units(values, first.attrs.get("UNITS"), row)
    frames = {f for o in row.origin if (f := file_frame(raw[o].attrs))}
    if row.frame and frames - {row.frame}:
        message = (
            f"{row.name!r} should be in {row.frame}, but the file says {', '.join(sorted(frames))}."
        )
        raise DatasetError(message)
    dims = _dims(raw, row)
    if row.frame and len(dims) > 1:
        attrs["coordinate_system"] = row.frame
    attrs["long_name"] = row.long_name or str(first.attrs.get("CATDESC") or row.name)
    return dims, values, attrs


def _coords(raw: xr.Dataset, rows, base: str) -> dict:
    """Return time, the three components, and the axes that the rows' variables need."""
    coords = {"time": raw[base].values.astype("datetime64[ns]")}
    for row in rows:
        for dim, own in zip(_dims(raw, row)[1:], raw[row.origin[0]].dims[1:], strict=False):
            if dim != "cartesian" and own in raw.coords:
                coords[dim] = _axis(raw[own], dim)
            elif dim != "cartesian" and f"{own}_centre" in raw.coords:
                coords[f"{dim}_centre"] = _axis(raw[f"{own}_centre"], "time", dim)
        if "cartesian" in _dims(raw, row):
            coords["cartesian"] = ["x", "y", "z"]
    return coords


def _axis(axis: xr.DataArray, *dims) -> tuple:
    units = canonical_units(axis.attrs.get("UNITS", "")) or "1"
    long_name = str(axis.attrs.get("CATDESC") or dims[-1])
    return dims, np.asarray(axis.values, float), {"units": units, "long_name": long_name}


def _masked(values: np.ndarray, attrs: dict, row) -> np.ndarray:
    """Return values with NaN for fills and for what is out of range; integers stay if whole."""
    if values.dtype.kind not in "fiu":
        return values
    fills = [f for f in (*np.ravel(attrs.get("FILLVAL", ())), *row.fill) if _is_number(f)]
    low, high = row.valid or (attrs.get("VALIDMIN"), attrs.get("VALIDMAX"))
    bad = _outside(values, low, np.less) | _outside(values, high, np.greater)
    for fill in fills:
        # single precision on both sides: 9999.99 read as text and as float32 must meet
        bad |= values.astype(np.float32, copy=False) == np.float32(fill)
    if values.dtype.kind == "f":
        bad |= np.abs(values) >= 1e30
    elif not bad.any() and (row.flag or not fills):
        return values
    else:
        values = values.astype(np.float64 if values.dtype.itemsize >= 4 else np.float32)
    return np.where(bad, values.dtype.type(np.nan), values) if bad.any() else values


def _is_number(value) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))


def _outside(values: np.ndarray, bound, compare) -> np.ndarray:
    """Compare with VALIDMIN or VALIDMAX: one number, or one for each component."""
    bound = np.asarray(np.nan if bound is None else bound)
    if bound.dtype.kind not in "fiu" or bound.size not in (
        1,
        values.shape[-1] if values.ndim > 1 else 1,
    ):
        return np.zeros(values.shape, bool)
    same = bound.size == 1 or (bound == bound.flat[0]).all()
    # a plain number is compared in the values' own precision, ten times faster than three
    return compare(values, bound.flat[0].item() if same else bound.reshape(-1))


def _with_units(values: np.ndarray, text, row) -> tuple[np.ndarray, dict]:
    have = canonical_units(text) if text is not None else None
    want = row.units or ("km" if have == "RE" else have) or "1"
    if have not in (None, "1", want):
        values = values * np.asarray(
            factor(have, want), values.dtype if values.dtype.kind == "f" else float
        )
    attrs = {"units": want}
    lost = have is None or "nuc" in str(text).lower()  # energy per nucleon has no unit of its own
    if lost and str(text or "").strip() and not row.units:
        attrs["units_as_given"] = str(text)
    return values, attrs


def _apply_flags(ds: xr.Dataset, rows) -> xr.Dataset:
    for row in rows:
        if row.good:
            good = ds[row.name].isin(row.good)
            for name in row.applies_to or [r.name for r in rows if not r.flag]:
                ds[name] = ds[name].where(good)
    return ds


def file_frame(attrs: dict) -> str | None:
    """Return the frame that a file's own ``COORDINATE_SYSTEM`` names, if we know it.

    Examples
    --------
    >>> file_frame({"COORDINATE_SYSTEM": "GSM>Geocentric Solar Magnetospheric"})
    'GSM'
    """
    frame = str(attrs.get("COORDINATE_SYSTEM", "")).split(">")[0].strip().upper()
    return frame if frame in FRAMES else None


def named_frame(name: str) -> str | None:
    """Return the frame that a variable's own name tells, for files that tell it nowhere else.

    Examples
    --------
    >>> named_frame("BGSM"), named_frame("sc_pos_xyz_gse__C1"), named_frame("Time_PB5")
    ('GSM', 'GSE', None)
    """
    found = re.findall(r"GSE|GSM|(?<![A-Z])SM(?![A-Z])|GEO|GEI", name.upper())
    return found[0] if len(set(found)) == 1 else None


def ordered(ds: xr.Dataset) -> xr.Dataset:
    """Sort by time and drop repeated stamps; the first of equals is kept."""
    time = ds["time"].values.astype("datetime64[ns]", copy=False)
    if np.isnat(time).any() or not (np.diff(time) > np.timedelta64(0)).all():
        keep = np.unique(time, return_index=True)[1]
        ds = ds.isel(time=keep[~np.isnat(time[keep])])
    ds = ds.assign_coords(
        time=(
            "time",
            ds["time"].values.astype("datetime64[ns]"),
            {"long_name": "UTC", "standard_name": "time"},
        )
    )
    ds["time"].encoding = dict(_TIME_ENCODING)
    return ds


def telling_time(ds: xr.Dataset) -> xr.Dataset:
    """Write the time reference on the time axis too: a DataArray taken out still carries it."""
    ds["time"].attrs["time_reference"] = ds.attrs["time_reference"]
    return ds


def now() -> str:
    """Return the present time as the contract writes it, UTC to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --------------------------------------------------------------------------- check


def check(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` unchanged if it keeps the contract, else say all that breaks it.

    Raises
    ------
    DatasetError
        Listing every breach, not only the first.
    """
    faults = [*_time_faults(ds), *_attr_faults(ds)]
    for name, var in ds.variables.items():
        if name != "time" and var.dtype.kind in "fiu":
            faults += _variable_faults(str(name), var)
    if faults:
        message = f"Dataset {ds.attrs.get('product', '?')!r}: " + "; ".join(faults)
        raise DatasetError(message)
    return ds


def _time_faults(ds: xr.Dataset) -> list[str]:
    if "time" not in ds.indexes:
        return ["no 'time' index"]
    time = ds["time"].values
    if time.dtype != np.dtype("datetime64[ns]"):
        return [f"'time' is {time.dtype}, not datetime64[ns]"]
    if np.isnat(time).any() or (np.diff(time) <= np.timedelta64(0)).any():
        return ["'time' does not strictly increase"]
    return []


def _attr_faults(ds: xr.Dataset) -> list[str]:
    faults = [f"no attribute {key!r}" for key in _REQUIRED_ATTRS if key not in ds.attrs]
    if not (ds.attrs.get("doi") or ds.attrs.get("acknowledgement")):
        faults.append("neither 'doi' nor 'acknowledgement'")
    if ds.attrs.get("time_reference", "L1") not in _TIME_REFERENCES:
        faults.append(
            f"time_reference {ds.attrs['time_reference']!r} is none of {sorted(_TIME_REFERENCES)}"
        )
    for owner, attrs in [
        ("Dataset", ds.attrs),
        *((str(k), v.attrs) for k, v in ds.variables.items()),
    ]:
        odd = [
            k
            for k, v in attrs.items()
            if isinstance(v, bool) or not isinstance(v, (str, int, float, np.number))
        ]
        faults += [f"attribute {key!r} of {owner!r} is not flat" for key in odd]
    return faults


def _variable_faults(name: str, var: xr.Variable) -> list[str]:
    faults = []
    if "units" not in var.attrs:
        faults.append(f"{name!r} has no units")
    elif not parses(var.attrs["units"]):
        faults.append(f"units {var.attrs['units']!r} of {name!r} cannot be parsed")
    if "long_name" not in var.attrs:
        faults.append(f"{name!r} has no long_name")
    if "cartesian" in var.dims and name != "cartesian" and "coordinate_system" not in var.attrs:
        faults.append(f"vector {name!r} has no coordinate_system")
    if var.dtype.kind == "f" and var.size and np.fmax.reduce(np.abs(var.values), axis=None) >= 1e30:
        faults.append(f"{name!r} holds fill values (1e30 or more)")
    return faults


def require(da: xr.DataArray, units: str, coordinate_system: str | None = None) -> xr.DataArray:
    """Return `da` unchanged if its metadata are as asked, else `DatasetError`."""
    wanted = {"units": units, "coordinate_system": coordinate_system}
    for key, value in wanted.items():
        found = da.attrs.get(key)
        if value is not None and found != value:
            message = f"{da.name!r} needs {key}={value!r}, but has {found!r}."
            raise DatasetError(message)
    return da
