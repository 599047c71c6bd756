"""The one contract every Dataset in this package obeys: standardise, check, require.

Archives' own terms (ISTP attributes, fills, unit spellings) end here; nothing
below this module knows them. It never opens a file and never guesses a frame.
"""

import datetime as dt
import itertools
import re
from collections import Counter

import numpy as np
import xarray as xr

from smile_explore import masks, systems
from smile_explore.errors import DatasetError, InputError
from smile_explore.report import KEY, NO_TIME, SAME_RECORD, TEXT, TIMES, Log, entries, extend, news
from smile_explore.systems import FRAMES, named_frame  # noqa: F401  others take them from here
from smile_explore.units import EARTH_RADIUS_KM, canonical_units, factor, parses  # noqa: F401  others take the radius from here

_REQUIRED_ATTRS = (
    "product", "source", "source_files", "retrieved", "time_reference", "simulated"
)  # fmt: skip
_TIME_REFERENCES = {"spacecraft", "L1", "bow-shock nose", "ground", "Earth", "unknown"}
_TIME_ENCODING = {"units": "nanoseconds since 1970-01-01", "dtype": "int64"}


# --------------------------------------------------------------------------- standardise


def standardise(
    raw: xr.Dataset, variables=(), *, quality: str = "good", time=None, records: bool = False
) -> xr.Dataset:
    """Turn a raw Dataset, in the archive's own terms, into one that obeys the contract.

    Parameters
    ----------
    raw : Dataset
        As a reader of ``formats`` returns it: every variable with its time base as first
        dim (any name, coordinate datetime64[ns]) and ISTP attributes (``UNITS``,
        ``FILLVAL``, ``VALIDMIN``, ``VALIDMAX``, ``CATDESC``, ``COORDINATE_SYSTEM``).
    variables : iterable of catalogue.Variable
        What to take and what to call it; empty takes every variable of one time base.
    quality : {"good", "raw"}
        ``good`` makes values NaN that are outside the valid range or that the row's quality
        flags do not allow; ``raw`` only fills.
    time : str, optional
        The file's name of the time base; without it, that of most variables.
    records : bool
        Keep records with equal stamps and different values, on a dim ``record``.

    Returns
    -------
    Dataset, dims (time, ...) or (record, ...)
        Fills and values outside the valid range are NaN, integers with fills are floats.
        ``attrs["missing_variables"]`` names what the row asks for and the file lacks;
        ``attrs["possible_fills"]`` what a listing holds that looks like a fill;
        ``attrs["report"]`` what was masked, dropped, left out, renamed: see `report`.

    Raises
    ------
    DatasetError
        If a unit or frame contradicts the row, or none of the row's variables is there.
    InputError
        If there is no time base of that name.
    """
    kept = ("possible_fills", "simulated", KEY)
    attrs = {k: v for k, v in raw.attrs.items() if k in kept}
    log, bases = Log(), _time_bases(raw, time)
    rows = tuple(variables) or _every_variable(raw, bases, time, log)
    names = set(raw.variables)
    present = [r for r in rows if set(r.origin) <= names]
    if not present:
        wanted = ", ".join(r.origin[0] for r in rows)
        holds = ", ".join(map(str, raw.data_vars)) or "no data"
        message = f"None of {wanted} is in the file, which holds {holds}."
        raise DatasetError(message)
    base = time or raw.variables[present[0].origin[0]].dims[0]
    chosen = [r for r in present if raw.variables[r.origin[0]].dims[:1] == (base,)]
    given, got = {r.name for r in present}, {r.name for r in chosen}
    if not chosen:
        message = f"None of the variables asked for is on the time base {base!r}: leave `time` out."
        raise DatasetError(message)
    for row in (r for r in present if r.name not in got):
        _report_other_base(log, row.name, raw.variables[row.origin[0]])
    raw, dim = _in_order(raw, base, [o for r in chosen for o in r.origin], log, records)
    made = {r.name: _variable(raw, r, quality, log) for r in chosen}
    ds = xr.Dataset(made, coords=_coords(raw, chosen, base, log))
    if quality == "good":
        ds = _apply_flags(ds, chosen, log)
        for row in (r for r in rows if r.rejects and r.name not in got):
            detail = f"the file has no {', '.join(row.origin)}"
            log.add(row.name, "no quality flag", detail=detail)
    extend(attrs, news(log, attrs))
    missing = [r.name for r in rows if r.name not in given and not r.optional]
    missing += [r.name for r in present if r.name not in got and not r.optional]
    ds.attrs = attrs | ({"missing_variables": ", ".join(missing)} if missing else {})
    ds["time"].encoding = dict(_TIME_ENCODING)
    return ds.rename_dims({"time": dim}).reset_index("time") if dim != "time" else ds


def _data(raw: xr.Dataset) -> dict[str, xr.Variable]:
    """Return the variables that are no coordinates; a DataArray of each would look at all of those."""
    coords = set(raw.coords)
    return {name: var for name, var in raw.variables.items() if name not in coords}


def _time_bases(raw: xr.Dataset, time) -> list[str]:
    """Return the dims that are times of variables; `time` must be one of them."""
    coords = set(raw.coords)
    firsts = [v.dims[0] for v in _data(raw).values() if v.dims and v.dims[0] in coords]
    bases = [str(b) for b in dict.fromkeys(firsts) if raw.variables[b].dtype.kind == "M"]
    if time is not None and time not in bases:
        message = f"time={time!r} is no time base of the file: choose one of {', '.join(bases) or 'none'}."
        raise InputError(message)
    return bases


def _every_variable(raw: xr.Dataset, bases, time, log: Log):
    """Return a row for each numeric variable of the time base, and report the others."""
    from smile_explore.catalogue import Variable  # only for files that are no product

    if not bases:
        raise DatasetError(_without_time(raw))
    data = _data(raw)
    numeric = {k: var for k, var in data.items() if var.dtype.kind in "fiub"}
    firsts = Counter(var.dims[0] for var in numeric.values() if var.dims)
    base = time or max(bases, key=lambda b: (raw.sizes[b] > 0, firsts[b]))
    names: dict[str, str] = {}
    taken = _reserved(raw)
    for name, var in data.items():
        if name not in numeric:
            log.add(name, "left out", detail=_not_numeric(var))
        elif not var.dims or var.dims[0] not in bases:
            log.add(name, "left out", detail=NO_TIME)
        elif var.dims[0] != base:
            _report_other_base(log, name, var)
        else:
            names[name] = _clean(name, taken)
            taken.add(names[name])
    return tuple(
        Variable(new, (old,), None, frame=_frame_of_file(data[old], old, raw))
        for old, new in names.items()
    )


def _without_time(raw: xr.Dataset) -> str:
    names = [*_data(raw), *(v for v, what, *_ in entries(raw.attrs) if what == "left out")]
    if not names:
        return "The file has no time-dependent variable: it may be a skeleton without records."
    shown = ", ".join(map(str, names[:5])) + (" ..." if len(names) > 5 else "")
    return (
        f"No variable of the file ({shown}) has a time axis that is understood: write it with times "
        "whose units say since when they count, as in 'seconds since 1970-01-01'."
    )


def _not_numeric(var: xr.Variable) -> str:
    return TIMES if var.dtype.kind in "mM" else TEXT


def _report_other_base(log: Log, name: str, var: xr.Variable) -> None:
    log.add(name, "other time base", detail=f"open_file(path, time={var.dims[0]!r})")


def _reserved(raw: xr.Dataset) -> set[str]:
    return {"time", "record", "cartesian", *map(str, raw.coords), *map(str, raw.dims)}


def _clean(name: str, taken: set[str]) -> str:
    """Return a name of letters, digits and underscores that none before it has.

    Examples
    --------
    >>> _clean("He+", set()), _clean("He++", set()), _clean("a.b", {"a_b"}), _clean("e-", set())
    ('He_plus', 'He_plus_plus', 'a_b_2', 'e_minus')
    """
    text = re.sub(
        r"-(?=\W*$)", "_minus", re.sub(r"\+(?=\w)", "_plus_", str(name)).replace("+", "_plus")
    )
    clean = re.sub(r"\W+", "_", text).strip("_") or "variable"
    numbered = (f"{clean}_{k}" for k in itertools.count(2))
    return clean if clean not in taken else next(n for n in numbered if n not in taken)


def _frame_of_file(var: xr.Variable, name: str, raw: xr.Dataset) -> str | None:
    """Return the frame of a variable that has components, if the file states one and no other."""
    is_vector = var.shape[1:] == (3,) and var.dims[1] not in raw.coords
    if var.shape[1:] == (3,) and not is_vector and not _is_numbering(raw.variables[var.dims[1]]):
        return None  # three channels of a spectrum
    if str(var.attrs.get("COORDINATE_SYSTEM", "")).strip():
        frame = file_frame(var.attrs)
    elif is_vector:
        texts = systems.frames(str(var.attrs.get("CATDESC", "")))
        frames = {f for f in (named_frame(name),) if f} | texts
        frame = frames.pop() if len(frames) == 1 else None
    else:
        frame = None
    return None if is_vector and systems.are_angles(name, var.attrs) else frame


def _is_numbering(axis: xr.Variable) -> bool:
    """Say whether an axis of three merely counts components: 1, 2, 3 or 0, 1, 2."""
    return axis.values.tolist() in ([1, 2, 3], [0, 1, 2])


def _dims(raw: xr.Dataset, row) -> tuple[str, ...]:
    """Return the dims of a row's variable: time, then ``cartesian``, the row's or the file's."""
    first = raw.variables[row.origin[0]]
    own = first.dims[1:]
    if row.dims:
        return ("time", *row.dims)
    is_vector = len(row.origin) == 3 or row.take or first.shape[1:] == (3,)
    if is_vector and row.frame:
        return ("time", "cartesian")
    return ("time", *("component" if d in ("cartesian", "time") else str(d) for d in own))


def _variable(raw: xr.Dataset, row, quality: str, log: Log) -> tuple:
    """Return (dims, values, attrs) of one row's variable, and report what was done to it."""
    first = raw.variables[row.origin[0]]
    parts = [_masked(raw.variables[o], row, quality, log) for o in row.origin]
    values = parts[0] if len(parts) == 1 else np.stack(parts, axis=-1)
    values = values[:, list(row.take)] if row.take else values
    values, attrs = _with_units(values, first.attrs.get("UNITS"), row)
    frames = {f for o in row.origin if (f := file_frame(raw.variables[o].attrs))}
    if row.frame and frames - {row.frame}:
        message = (
            f"{row.name!r} should be in {row.frame}, but the file says {', '.join(sorted(frames))}."
        )
        raise DatasetError(message)
    dims = _dims(raw, row)
    if row.frame and len(dims) > 1:
        attrs["coordinate_system"] = row.frame
    attrs["long_name"] = row.long_name or str(first.attrs.get("CATDESC") or row.name)
    reference = row.time_reference or str(first.attrs.get("time_reference"))
    if reference in _TIME_REFERENCES:  # other files may mean something else by the word
        attrs["time_reference"] = reference
    if row.origin != (row.name,):
        log.add(row.name, "renamed", detail=", ".join(row.origin))
    is_vector = first.shape[1:] == (3,) and first.dims[1] not in raw.coords
    _report_unknown(log, row, first, attrs, is_vector)
    return dims, values, attrs


def _report_unknown(log: Log, row, var: xr.Variable, attrs: dict, is_vector: bool) -> None:
    text = str(var.attrs.get("UNITS") or "").strip()
    known = canonical_units(text) if text else None
    if row.units is None and known is None:
        log.add(row.name, "unknown units", detail=text or "not stated")
    stated = str(var.attrs.get("COORDINATE_SYSTEM") or "").strip()
    if row.frame or not (is_vector or (stated and var.ndim > 1)):
        return
    angles = is_vector and systems.are_angles(row.origin[0], var.attrs)
    why = "angles, not cartesian components" if angles else ""
    detail = "; ".join(t for t in (f"the file says {stated!r}" if stated else "", why) if t)
    log.add(row.name, "unknown frame", detail=detail or "not stated")
    attrs |= {"frame_as_given": stated} if stated else {}


def _coords(raw: xr.Dataset, rows, base: str, log: Log) -> dict:
    """Return time, the three components, and the axes that the rows' variables need."""
    about = {"long_name": "UTC", "standard_name": "time"}
    axes = {name: raw.variables[name] for name in raw.coords}
    coords = {"time": ("time", axes[base].values.astype("datetime64[ns]", copy=False), about)}
    for row in rows:
        dims = _dims(raw, row)
        for dim, own in zip(dims[1:], raw.variables[row.origin[0]].dims[1:], strict=False):
            if dim != "cartesian" and own in axes and dim not in coords:
                axis = _axis(axes[own], dim)
                whole = np.isfinite(axis[1]).all()
                coords[dim if whole else f"{dim}_centre"] = axis
            elif dim != "cartesian" and f"{own}_centre" in axes:
                coords[f"{dim}_centre"] = _axis(axes[f"{own}_centre"], "time", dim)
        if "cartesian" in dims:
            coords["cartesian"] = ["x", "y", "z"]
    for name, axis in coords.items():
        missing = np.count_nonzero(np.isnan(axis[1])) if name.endswith("_centre") else 0
        if missing:
            log.add(name, "fill", count=missing, of=axis[1].size, detail="in an axis")
    return coords


def _axis(axis: xr.Variable, *dims) -> tuple:
    """Return (dims, values, attrs) of an axis; fills are NaN, which an index cannot hold."""
    units = canonical_units(axis.attrs.get("UNITS", "")) or "1"
    long_name = str(axis.attrs.get("CATDESC") or dims[-1])
    values = masks.apply(axis.values, np.ravel(axis.attrs.get("FILLVAL", ()))).values
    return dims, np.asarray(values, float), {"units": units, "long_name": long_name}


def _masked(var: xr.Variable, row, quality: str, log: Log) -> np.ndarray:
    """Return values with NaN for fills and for what is out of range; integers stay if whole."""
    values = var.values.astype(np.int8) if var.dtype.kind == "b" else var.values
    if values.dtype.kind not in "fiu":
        return values
    fills = (*np.ravel(var.attrs.get("FILLVAL", ())), *row.fill)
    limits = row.valid or (var.attrs.get("VALIDMIN"), var.attrs.get("VALIDMAX"))
    limits = limits if quality == "good" else (None, None)
    done = masks.apply(values, fills, *limits, whole=row.flag)
    unit = str(var.attrs.get("UNITS") or "").strip()
    entries = {
        "not finite": (done.not_finite, ""),
        "fill": (done.fill, _said(fills)),
        "valid range": (done.out_of_range, _range(limits, unit)),
        "valid range not applied": (done.kept, f"{_range(limits, unit)}: {done.why_kept}"),
    }
    for what, (count, detail) in entries.items():
        if count:
            log.add(row.name, what, count=count, of=values.size, detail=detail)
    return done.values


def _said(numbers) -> str:
    """Return numbers as text; more than three are summed up by their ends.

    Examples
    --------
    >>> _said([np.float32(-1e31)]), _said([5, 5]), _said([1, 2, 3, 4])
    ('-1e+31', '5', '1, 2 ... 4')
    """
    unique = list(dict.fromkeys(n if isinstance(n, str) else f"{n:.7g}" for n in numbers))
    return ", ".join(unique) if len(unique) < 4 else f"{unique[0]}, {unique[1]} ... {unique[-1]}"


def _range(limits, unit: str) -> str:
    ends = ["any" if b is None else _said(np.ravel(b)) for b in limits]
    return f"{ends[0]} to {ends[1]} {unit}".strip()


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


def _apply_flags(ds: xr.Dataset, rows, log: Log) -> xr.Dataset:
    for row in (r for r in rows if r.rejects):
        good, rule = _allowed(ds[row.name], row)
        for name in row.applies_to or [r.name for r in rows if not r.flag]:
            if name not in ds:
                continue
            before = int(ds[name].count())
            ds[name] = ds[name].where(good)
            count = before - int(ds[name].count())
            if count:
                size = ds[name].size
                log.add(name, "quality flag", count=count, of=size, detail=rule)
    return ds


def _allowed(flag: xr.DataArray, row) -> tuple[xr.DataArray, str]:
    """Return where a flag lets the data stand, and its rule; a flag that is missing does not."""
    if row.good:
        return flag.isin(row.good), f"{row.name} is none of {', '.join(map(str, row.good))}"
    known = flag.notnull()
    bits = flag.where(known, 0).astype(np.int64)
    return known & ((bits & row.bad_bits) == 0), f"{row.name} has one of the bits {row.bad_bits}"


def file_frame(attrs: dict) -> str | None:
    """Return the frame that a file's own ``COORDINATE_SYSTEM`` names, if we know it.

    Examples
    --------
    >>> file_frame({"COORDINATE_SYSTEM": "GSM>Geocentric Solar Magnetospheric"})
    'GSM'
    >>> file_frame({"COORDINATE_SYSTEM": "GSE2000"}), file_frame({"COORDINATE_SYSTEM": "sensor"})
    ('GSE2000', None)
    """
    return systems.stated_frame(str(attrs.get("COORDINATE_SYSTEM", "")))


def _in_order(raw: xr.Dataset, base: str, names, log: Log, records: bool):
    """Return `raw` sorted by time, one record a stamp, and the dim that its records have.

    Records without a stamp go. Of equal stamps the first is kept, if the records are equal in
    all `names`; if not, all stay with `records` (dim ``record``), else the first stays.
    """
    time = raw.variables[base].values.astype("datetime64[ns]", copy=False)
    n, steps = len(time), np.diff(time)
    without = np.isnat(time)
    if not without.any() and (steps > np.timedelta64(0)).all():
        return raw, "time"
    if without.any():
        detail = "without a time stamp: a fill, or in a leap second"
        log.add("time", "records dropped", count=without.sum(), of=n, detail=detail)
    order = np.argsort(time, kind="stable")[: n - int(without.sum())]
    if (np.diff(order) < 0).any():
        count = int((np.diff(time[~without]) < np.timedelta64(0)).sum())
        log.add("time", "sorted", count=count, of=n, detail="stamps that run back")
    repeats = np.r_[False, np.diff(time[order]) == np.timedelta64(0)][: len(order)]
    count, dim = int(repeats.sum()), "time"
    same = not count or _are_equal(raw, names, order, repeats)
    if count and not same and records:
        log.add("time", "records kept", count=count, of=n, detail="equal stamps")
        repeats, dim = np.zeros_like(repeats), "record"
    elif count:
        also = SAME_RECORD if same else "equal stamp: open_file(path) keeps them"
        log.add("time", "records dropped", count=count, of=n, detail=also)
    return raw.isel({base: order[~repeats]}), dim


def _are_equal(raw: xr.Dataset, names, order: np.ndarray, repeats: np.ndarray) -> bool:
    """Say whether each record that repeats a stamp also repeats the values of the one before."""
    again = np.flatnonzero(repeats)
    for name in names:
        values = raw.variables[name].values
        one, other = values[order[again]], values[order[again - 1]]
        if not np.array_equal(one, other, equal_nan=values.dtype.kind == "f"):
            return False
    return True


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


def time_reference(ds: xr.Dataset, names=()) -> str:
    """Return what the stamps of a Dataset, or of some of its variables, refer to.

    A variable's own ``time_reference`` goes before the Dataset's. Where they differ, each is
    named with its variables.

    Examples
    --------
    >>> ae = ("time", [9.0], {"time_reference": "ground"})
    >>> ds = xr.Dataset({"ae": ae, "n_p": ("time", [5.0])}, attrs={"time_reference": "bow-shock nose"})
    >>> time_reference(ds, ["ae"]), time_reference(ds), time_reference(ds, ["n_p", "ae"])
    ('ground', 'bow-shock nose', 'bow-shock nose (n_p), ground (ae)')
    """
    own = ds.attrs.get("time_reference", "unknown")
    places: dict[str, list[str]] = {}
    for name in names:
        # a magnitude is as its variable; a component, as b_z, as the Dataset
        plain = name if name in ds else name.strip("|")
        attrs = ds[plain].attrs if plain in ds else {}
        places.setdefault(attrs.get("time_reference", own), []).append(name)
    if len(places) < 2:
        return next(iter(places), own)
    return ", ".join(f"{place} ({', '.join(of)})" for place, of in places.items())


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
    of_records = "time" in ds.coords and ds["time"].dims == ("record",)
    if "time" not in ds.indexes and not of_records:
        return ["no 'time' index"]
    time = ds["time"].values
    if time.dtype != np.dtype("datetime64[ns]"):
        return [f"'time' is {time.dtype}, not datetime64[ns]"]
    least = np.timedelta64(0 if of_records else 1, "ns")
    if np.isnat(time).any() or (np.diff(time) < least).any():
        return ["'time' does not increase" if of_records else "'time' does not strictly increase"]
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
    if var.attrs.get("time_reference", "L1") not in _TIME_REFERENCES:
        faults.append(f"time_reference {var.attrs['time_reference']!r} of {name!r} is unknown")
    if "cartesian" in var.dims and name != "cartesian" and "coordinate_system" not in var.attrs:
        faults.append(f"vector {name!r} has no coordinate_system")
    if var.dtype.kind == "f" and var.size and np.fmax.reduce(np.abs(var.values), axis=None) >= 1e30:
        faults.append(f"{name!r} holds fill values (1e30 or more)")
    return faults


def require(
    da: xr.DataArray, units: str | None, coordinate_system: str | None = None
) -> xr.DataArray:
    """Return `da` unchanged if it is a DataArray and its metadata are as asked, else `DatasetError`."""
    if not isinstance(da, xr.DataArray):
        raise DatasetError(_no_array(da, units))
    wanted = {"units": units, "coordinate_system": coordinate_system}
    for key, value in wanted.items():
        found = da.attrs.get(key)
        if value is not None and found != value:
            message = f"{da.name!r} needs {key}={value!r}, but has {found!r}."
            raise DatasetError(message)
    return da


def require_dataset(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` unchanged if it is a Dataset, else `DatasetError` with what to give."""
    if isinstance(ds, xr.Dataset):
        return ds
    what = f"the variable {ds.name!r} alone" if isinstance(ds, xr.DataArray) else type(ds).__name__
    message = f"A Dataset is wanted, as load gives it, not {what}: give the whole, e.g. wind, not wind['b']."
    raise DatasetError(message)


def _no_array(given, units: str | None) -> str:
    unit = f" in {units}" if units else ""
    if isinstance(given, xr.Dataset):
        fitting = [
            str(k) for k, v in given.data_vars.items() if units and v.attrs.get("units") == units
        ]
        names = fitting or list(map(str, given.data_vars))
        product = given.attrs.get("product", "this Dataset")
        which = f"one of {', '.join(names[:8])}" if names else "none, for it is empty"
        example = f", e.g. ds[{names[0]!r}]" if names else ""
        return f"One variable{unit} is needed, not the whole of {product}: choose {which}{example}."
    return f"One variable{unit} is needed, not {type(given).__name__}: give one of a Dataset, e.g. wind['b']."
