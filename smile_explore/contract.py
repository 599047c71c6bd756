"""The one contract every Dataset in this package obeys: standardise, check, require.

Archives' own terms (ISTP attributes, fills, unit spellings) end here; nothing
below this module knows them. It never opens a file and never guesses a frame.
"""

import datetime as dt
import functools
import re

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError

#: Mean Earth radius of the IGRF, km: the RE of every model in this package.
EARTH_RADIUS_KM = 6371.2

#: Coordinate systems we know by name. Only the first four are rotated by ``frames``.
FRAMES = {
    "GSE", "GSM", "SM", "GEO", "GEI", "ICRF", "MAG", "HEZ", "NEZ", "RTN", "DSL", "SSL", "DBCS", "FAC", "PEN", "EPN",
}  # fmt: skip

#: Spellings met in archives, after lower-casing and removal of blanks -> CF.
_UNITS = {
    "nt": "nT", "nanotesla": "nT", "gamma": "nT", "km/s": "km s-1", "km/sec": "km s-1", "kms-1": "km s-1",
    "kms^-1": "km s-1", "#/cc": "cm-3", "n/cc": "cm-3", "1/cc": "cm-3", "/cc": "cm-3", "cm^-3": "cm-3", "cm-3": "cm-3",
    "1/cm^3": "cm-3", "#/cm^3": "cm-3", "cm!u-3!n": "cm-3", "cm**-3": "cm-3", "k": "K", "kelvin": "K", "degk": "K",
    "deg.k": "K", "degrees": "degree", "degs": "degree", "deg": "degree", "mv/m": "mV m-1", "sec": "s", "seconds": "s", "sec.": "s",
    "ms": "ms", "msec": "ms", "%": "percent", "percent": "percent", "re": "RE", "r_e": "RE", "earthradii": "RE",
    "km": "km", "kilometers": "km", "ev": "eV", "ev/(cm^2-s-sr-ev)": "eV cm-2 s-1 sr-1 eV-1", "kev/(cm^2ssrkev)": "keV cm-2 s-1 sr-1 keV-1",
    "ev/(cm^2ssrev)": "eV cm-2 s-1 sr-1 eV-1", "ev/cm^3": "eV cm-3", "ev/cc": "eV cm-3",
    "(cm^2ssrmev)^-1": "cm-2 s-1 sr-1 MeV-1", "watts/m^2": "W m-2", "w/m^2": "W m-2", "w/m2": "W m-2", "volts": "V", "volt": "V",
    "unitless": "1", "none": "1", "dimensionless": "1", "count": "count", "counts": "count", "cm^-3>cm-3": "cm-3",
    "r": "R", "rayleigh": "R", "rayleighs": "R", "": "1", "ratio": "1", "mins": "min", "minutes": "min",
}  # fmt: skip

_REQUIRED_ATTRS = (
    "product", "source", "source_files", "retrieved", "time_reference", "simulated"
)  # fmt: skip
_TIME_REFERENCES = {"spacecraft", "L1", "bow-shock nose", "ground", "Earth", "unknown"}
_TIME_ENCODING = {"units": "nanoseconds since 1970-01-01", "dtype": "int64"}


def canonical_units(text: str) -> str | None:
    """Return an archive's unit text in the CF spelling, or None if it is not understood.

    Examples
    --------
    >>> canonical_units("nT GSM (All Qs)"), canonical_units("#/cc"), canonical_units("Re")
    ('nT', 'cm-3', 'RE')
    """
    key = re.sub(r"\(All Qs\)|,.*$", "", str(text)).strip()
    words = [w for w in key.split() if w.upper() not in FRAMES]
    known = _UNITS.get("".join(words).lower())
    if known:
        return known
    return " ".join(words) if words and _parses(" ".join(words)) else None


@functools.cache
def _parses(units: str) -> bool:
    if units in _UNITS.values() and units != "RE":
        return True
    from astropy import units as u  # half a second, and only for spellings not in the table

    try:
        u.Unit(units)
    except ValueError:
        return False
    return True


@functools.cache
def _factor(have: str, want: str) -> float:
    """Return what to multiply `have` by to get `want`; DatasetError if there is no such number."""
    if have == want:
        return 1.0
    from astropy import units as u

    radius = EARTH_RADIUS_KM if have == "RE" else 1.0
    try:
        ratio = u.Unit("km" if have == "RE" else have).to(
            want, equivalencies=u.temperature_energy()
        )
    except (ValueError, TypeError) as err:
        message = f"Units {have!r} do not convert to {want!r}: mend the row in data/products.toml."
        raise DatasetError(message) from err
    return float(ratio * radius)


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
        What to take and what to call it; empty takes every variable that shares the main time base.
    quality : {"good", "raw"}
        ``good`` makes values NaN where the row's quality flags do not allow them.

    Returns
    -------
    Dataset, dims (time, ...)
        Fills and values outside the valid range are NaN, integers with fills are floats.

    Raises
    ------
    DatasetError
        If a unit or frame contradicts the row, or none of the row's variables is there.
    """
    variables = tuple(variables) or _every_variable(raw)
    found = [v for v in variables if set(v.origin) <= set(raw.variables)]
    if not found:
        wanted = ", ".join(v.origin[0] for v in variables)
        message = f"None of {wanted} is in the file, which holds {', '.join(map(str, raw.data_vars)) or 'no data'}."
        raise DatasetError(message)
    base = raw[found[0].origin[0]].dims[0]
    found = [v for v in found if base in raw[v.origin[0]].dims[:1]]
    ds = xr.Dataset({v.name: _variable(raw, v) for v in found})
    ds = _ordered(ds.rename({base: "time"}) if base != "time" else ds)
    if quality == "good":
        ds = _apply_flags(ds, found)
    missing = [v.name for v in variables if v.name not in ds and not v.optional]
    ds.attrs = {"missing_variables": ", ".join(missing)} if missing else {}
    return ds


def _every_variable(raw: xr.Dataset):
    from smile_explore.catalogue import Variable  # only for files that are no product

    bases = [da.dims[0] for da in raw.data_vars.values() if da.dims and da.dims[0] in raw.coords]
    if not bases:
        message = "The file has no time-dependent variable: it may be a skeleton without records."
        raise DatasetError(message)
    base = max(dict.fromkeys(bases), key=bases.count)
    own = {k: da for k, da in raw.data_vars.items() if da.dims[:1] == (base,)}
    return tuple(
        Variable(name=_identifier(k), origin=(k,), units=None)
        for k, da in own.items()
        if da.dtype.kind in "fiu"
    )


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "variable"


def _variable(raw: xr.Dataset, row) -> xr.DataArray:
    parts = [_masked(raw[o], row) for o in row.origin]
    frames = {f for o in row.origin if (f := file_frame(raw[o].attrs))}
    da = parts[0] if len(parts) == 1 else xr.concat(parts, "cartesian").transpose(..., "cartesian")
    da = _named_dims(
        da.drop_vars([c for c in da.coords if c not in (da.dims[0],)], errors="ignore"),
        raw[row.origin[0]],
        row,
    )
    da = _with_units(da, raw[row.origin[0]].attrs.get("UNITS"), row)
    frame = _agreed_frame(frames, row)
    if frame and da.ndim > 1:
        da.attrs["coordinate_system"] = frame
    da.attrs["long_name"] = row.long_name or str(
        raw[row.origin[0]].attrs.get("CATDESC") or row.name
    )
    return da.rename(row.name)


def _masked(da: xr.DataArray, row) -> xr.DataArray:
    """NaN for fills and for values out of range; integers with a fill become floats."""
    values, attrs = da.values, da.attrs
    if values.dtype.kind not in "fiu":
        return da
    bad = np.zeros(values.shape, bool)
    fills = [*np.atleast_1d(attrs.get("FILLVAL", [])).ravel(), *row.fill]
    for fill in fills:
        if isinstance(fill, (int, float, np.number)) and np.isfinite(fill):
            # a float32 column meets its fill as text read to float64, and the reverse
            bad |= (
                values == fill
                if values.dtype.kind != "f"
                else np.isclose(values, fill, rtol=1e-6, atol=0)
            )
    low, high = row.valid or (attrs.get("VALIDMIN"), attrs.get("VALIDMAX"))
    for bound, outside in ((low, np.less), (high, np.greater)):
        if (
            bound is not None
            and np.size(bound) in (1, values.shape[-1])
            and np.asarray(bound).dtype.kind in "fiu"
        ):
            bad |= outside(values, np.asarray(bound, dtype=float))
    if values.dtype.kind in "iu" and (row.flag or not (fills or bad.any())):
        return da
    values = values.astype(
        np.float64
        if values.dtype.itemsize >= 4 and values.dtype.kind in "iu"
        else np.result_type(values, np.float32)
    )
    values[bad] = np.nan
    return da.copy(data=values)


def _named_dims(da: xr.DataArray, origin: xr.DataArray, row) -> xr.DataArray:
    if row.take:
        da = da.isel({da.dims[1]: list(row.take)})
    if da.ndim == 1:
        return da
    wanted = row.dims or (
        ("cartesian",) if da.ndim == 2 and da.shape[1] == 3 else tuple(map(str, da.dims[1:]))
    )
    da = da.rename(dict(zip(da.dims[1:], wanted, strict=True)))
    if "cartesian" in wanted:
        da = da.assign_coords(cartesian=["x", "y", "z"])
    for dim, old in zip(wanted, origin.dims[1:], strict=False):
        if dim != "cartesian" and old in origin.coords:
            da = _with_axis(da, dim, origin.coords[old])
    return da


def _with_axis(da: xr.DataArray, dim: str, axis: xr.DataArray) -> xr.DataArray:
    units = canonical_units(axis.attrs.get("UNITS", "")) or "1"
    attrs = {"units": units, "long_name": str(axis.attrs.get("CATDESC") or dim)}
    return da.assign_coords({dim: (dim, np.asarray(axis.values, float), attrs)})


def _with_units(da: xr.DataArray, text, row) -> xr.DataArray:
    have = canonical_units(text) if text is not None else None
    want = row.units or ("km" if have == "RE" else have) or "1"
    factor = _factor(have, want) if have not in (None, "1") or (row.units is None and have) else 1.0
    da = (
        da
        if factor == 1.0
        else da * np.asarray(factor, da.dtype if da.dtype.kind == "f" else float)
    )
    da.attrs = {"units": want}
    if have is None and text and not row.units:
        da.attrs["units_as_given"] = str(text)
    return da


def file_frame(attrs: dict) -> str | None:
    """Return the frame that a file's own ``COORDINATE_SYSTEM`` names, if we know it.

    Examples
    --------
    >>> file_frame({"COORDINATE_SYSTEM": "GSM>Geocentric Solar Magnetospheric"})
    'GSM'
    """
    frame = str(attrs.get("COORDINATE_SYSTEM", "")).split(">")[0].strip().upper()
    return frame if frame in FRAMES else None


def _agreed_frame(found: set[str], row) -> str | None:
    if row.frame and found and found != {row.frame}:
        message = f"Variable {row.name!r} should be in {row.frame}, but the file says {', '.join(sorted(found))}."
        raise DatasetError(message)
    return row.frame or (found.pop() if len(found) == 1 else None)


def _apply_flags(ds: xr.Dataset, rows) -> xr.Dataset:
    for row in rows:
        if row.good:
            good = ds[row.name].isin(row.good)
            for name in row.applies_to or [r.name for r in rows if not r.flag]:
                ds[name] = ds[name].where(good)
    return ds


def _ordered(ds: xr.Dataset) -> xr.Dataset:
    """Sort by time and drop repeated stamps; the first of equals is kept."""
    time = ds["time"].values.astype("datetime64[ns]")
    keep = np.unique(time, return_index=True)[1]
    keep = keep[~np.isnat(time[keep])]
    if len(keep) != len(time) or (np.diff(keep) != 1).any():
        ds = ds.isel(time=keep)
    ds = ds.assign_coords(
        time=(
            "time",
            ds["time"].values.astype("datetime64[ns]"),
            {"long_name": "UTC", "standard_name": "time"},
        )
    )
    ds["time"].encoding = dict(_TIME_ENCODING)
    return ds


def join(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join standardised Datasets along time: sorted, without repeats, gaps left as they are."""
    if len(parts) == 1:
        return parts[0]
    ds = xr.concat(
        parts,
        "time",
        join="outer",
        combine_attrs="override",
        data_vars="all",
        coords="minimal",
        compat="override",
    )
    return _ordered(ds)


def clip(ds: xr.Dataset, start: np.datetime64, stop: np.datetime64) -> xr.Dataset:
    """Return the samples of the half-open interval [start, stop)."""
    low, high = np.searchsorted(ds["time"].values, [start, stop])
    return ds.isel(time=slice(low, high))


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
    elif not _parses(var.attrs["units"]):
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
