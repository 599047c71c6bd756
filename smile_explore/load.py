"""From a product's name and an interval to a Dataset of the contract: the one door.

catalogue -> source -> format -> standardise -> check, and nothing else: how files are
fetched is `sources`' matter, what is in them is `formats`'.
"""

import datetime as dt
import fnmatch
import logging
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import catalogue, contract, formats, packs, settings, sources, times
from smile_explore.catalogue import Product
from smile_explore.errors import (
    CorruptFileError,
    DatasetError,
    InputError,
    NoDataError,
    PartialCoverageWarning,
    SimulatedDataWarning,
    SourceError,
)
from smile_explore.sources import periods

log = logging.getLogger(__name__)

_SOURCES = ("auto", "archive", "cache", "packs")


def load(product, start, stop=None, *, source="auto", quality="good", refresh=False) -> xr.Dataset:
    """Load a product over an interval.

    Parameters
    ----------
    product : str
        A row of `products()`, e.g. ``"themis.c.fgm"``.
    start, stop : str, datetime, numpy.datetime64 or pandas.Timestamp
        The half-open interval [start, stop), UTC; an aware time is converted. Or, as `start`
        alone, the name of a curated event.
    source : str or Path, default "auto"
        ``"auto"``: cache, then archive, then packs; offline: cache, then packs.
        ``"archive"``, ``"cache"`` or ``"packs"``: that one alone. The name of a pack, such as
        ``"rehearsal"``: that pack. A folder: the archive's files found in it.
    quality : {"good", "raw"}
        ``"raw"`` keeps values that the archive's own flags reject.
    refresh : bool
        Ask the archive again for files that the cache already holds.

    Returns
    -------
    Dataset, dims (time, ...)
        Obeys the contract (`contract.check`): missing is NaN, units and frame on every
        variable. ``attrs["missing"]`` lists spans that could not be had.

    Raises
    ------
    UnknownProductError, IntervalError, InputError
        What was asked cannot be understood.
    NoDataError
        The archive answered, but holds nothing in the interval.
    ServerError, NetworkError, OfflineError, CorruptFileError
        The data could not be had; nothing good in the cache is lost.

    Warns
    -----
    PartialCoverageWarning
        Part of the interval is missing.
    SimulatedDataWarning
        Nothing measured was at hand, and a simulated pack answered.

    Examples
    --------
    >>> ds = load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal")
    >>> ds.sizes["time"], ds.b.units, ds.b.coordinate_system
    (60, 'nT', 'GSM')
    """
    row = catalogue.product(product)
    start, stop = interval(start, stop)
    if quality not in ("good", "raw"):
        message = f"quality={quality!r} is neither 'good' nor 'raw'."
        raise InputError(message)
    if source == "auto":
        ds = _auto(row, start, stop, quality, refresh)
    elif source == "packs" or (source not in _SOURCES and _is_pack(source)):
        ds = _from_pack(row, start, stop, None if source == "packs" else source)
    elif source in _SOURCES:
        ds = _from_archive(row, start, stop, quality, refresh=refresh, network=source == "archive")
    else:
        ds = _from_folder(row, start, stop, quality, _folder(source))
    return contract.check(_telling_time(ds))


def _telling_time(ds: xr.Dataset) -> xr.Dataset:
    """Write the time reference on the time axis too: a DataArray taken out still carries it."""
    ds["time"].attrs["time_reference"] = ds.attrs["time_reference"]
    return ds


def open_file(path, product=None) -> xr.Dataset:
    """Read a file of your own into the contract.

    Parameters
    ----------
    path : str or Path
        ISTP CDF, Cluster CEF (plain or gzip), netCDF, FITS of SXI, OMNIWeb listing with its format file
        beside it, or CDAWeb listing. The content decides, not the suffix.
    product : str, optional
        The row whose names, units and frames to use; without it, the file's own names.

    Returns
    -------
    Dataset, dims (time, ...)
        Obeys the contract. Where the file does not tell, ``time_reference`` is "unknown".

    Raises
    ------
    CorruptFileError
        If the file is damaged, cut short or of no known kind.
    NoDataError
        If it is sound but holds no records.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        message = f"No file at {str(path)!r}: check the path."
        raise InputError(message)
    row = catalogue.product(product) if product else None
    raw = formats.read(path)
    ds = contract.standardise(raw, row.variables if row else ())
    if not ds.sizes.get("time"):
        message = f"{path.name} is sound but holds no records: it may be a skeleton of its archive."
        raise NoDataError(message)
    named = {"product": str(raw.attrs.get("Logical_source") or path.stem).lower()}
    retrieved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    ds.attrs |= (
        named
        | _origin(row or _known_as(raw), raw.attrs)
        | {"source": "file", "source_files": path.name}
    )
    ds.attrs |= {"retrieved": retrieved, "simulated": int(raw.attrs.get("simulated", 0))}
    return contract.check(_telling_time(ds))


def interval(start, stop=None) -> tuple[np.datetime64, np.datetime64]:
    """Return [start, stop) in UTC; `start` alone may be the name of a curated event."""
    if stop is None:
        event = catalogue.event(str(start))
        start, stop = event["start"], event["stop"]
    return times.interval(start, stop)


# --------------------------------------------------------------------------- where it comes from


def _auto(row: Product, start, stop, quality, refresh) -> xr.Dataset:
    try:
        return _from_archive(row, start, stop, quality, refresh=refresh, network=True)
    except SourceError as err:
        held = packs.holding(row.name, start, stop)
        if not held:
            raise
        log.info("%s: %s Answered from pack %r.", row.name, err, held[0].name)
        ds = _from_pack(row, start, stop, held[0].name)
        if ds.attrs["simulated"]:
            text = f"{row.name}: nothing measured is at hand; these data are SIMULATED (pack {held[0].name!r})."
            warnings.warn(text, SimulatedDataWarning, stacklevel=3)
        return ds


def _from_archive(row: Product, start, stop, quality, *, refresh=False, network=True) -> xr.Dataset:
    if not row.mirrors:
        folder = settings.files_dir()
        if folder is None:
            message = (
                f"{row.name} has no public archive yet: load it from a folder of files, "
                "load(..., source='/path/to/folder'), or set SMILE_EXPLORE_FILES to that folder."
            )
            raise NoDataError(message)
        return _from_folder(row, start, stop, quality, folder)
    network = network and not settings.is_offline()
    fetched = sources.fetch(
        row,
        start,
        stop,
        refresh=refresh,
        network=network,
        validate=lambda path: _validate(path, row),
    )
    ds = _read(fetched.paths, row, quality, start, stop)
    ds.attrs |= {"source": fetched.source, "retrieved": fetched.retrieved}
    if fetched.notes:
        ds.attrs["notes"] = "; ".join(fetched.notes)  # e.g. which server failed before one answered
    return _told_of_gaps(ds, row, [s for s in fetched.missing if s[0] < stop and s[1] > start])


def _from_folder(row: Product, start, stop, quality, folder: Path) -> xr.Dataset:
    paths = _files_in(folder, row, start, stop)
    if not paths:
        message = f"{folder} holds no file of {row.name} from {times.text(start)} to {times.text(stop)}: its files are named like {row.pattern}."
        raise NoDataError(message)
    ds = _read(paths, row, quality, start, stop, trusted=False)
    ds.attrs |= {"source": f"folder {folder}", "retrieved": contract.now()}
    return ds


def _files_in(folder: Path, row: Product, start, stop) -> tuple[Path, ...]:
    """Return the files below `folder` whose names may hold part of the interval, in order."""
    first = pd.Timestamp(start).normalize() - pd.Timedelta("1D")  # a file may run past midnight
    days = pd.date_range(first, pd.Timestamp(stop), freq="1h" if "%H" in row.pattern else "1D")
    if row.period in ("month", "halfyear", "year"):
        days = days.union(pd.date_range(first - pd.Timedelta("366D"), first, freq="MS"))
    wanted = re.compile("|".join({fnmatch.translate(day.strftime(row.pattern)) for day in days}))
    return tuple(sorted(p for p in folder.rglob("*") if p.is_file() and wanted.match(p.name)))


def _folder(source) -> Path:
    folder = Path(source).expanduser()
    if not folder.is_dir():
        known = f"{', '.join(_SOURCES)}, the name of a pack ({', '.join(packs.available().index)})"
        message = f"source={str(source)!r} is none of {known}, nor a folder that exists."
        raise InputError(message)
    return folder


def _is_pack(source) -> bool:
    return isinstance(source, str) and source in packs.available().index


def _from_pack(row: Product, start, stop, name) -> xr.Dataset:
    held = packs.holding(row.name, start, stop)
    pack = packs.open(name) if name else (held[0] if held else None)
    if pack is None or row.name not in pack.products:
        message = (
            f"{f'Pack {name!r} holds' if name else 'The packs hold'} no {row.name} from {times.text(start)} "
            f"to {times.text(stop)}. There are the packs {', '.join(packs.available().index)}; "
            "build another: smile-explore pack build EVENT."
        )
        raise NoDataError(message)
    ds = pack.load(row.name, start, stop)
    return (
        ds
        if ds.sizes["time"]
        else _nothing(row, start, stop, f"pack {pack.name!r}", pack.start, pack.stop)
    )


# --------------------------------------------------------------------------- reading


def _validate(path: Path, row: Product) -> None:
    """Refuse a file that is damaged, or is another file behind the right name."""
    try:
        ds = contract.standardise(formats.read(path, format=_format(path, row)), row.variables)
    except DatasetError as err:
        message = f"{path.name} is not a file of {row.name}: {err}"
        raise CorruptFileError(message) from err
    start = periods.start_of(path.name, row.pattern)
    if start is None or not ds.sizes["time"]:
        return
    first, last = ds["time"].values[[0, -1]]
    own = periods.covering(row.period, start, start + np.timedelta64(1, "s"))[0]
    day = np.timedelta64(1, "D")  # files begin and end a little early or late
    if last < own.start - day or first >= own.stop + day:
        message = f"{path.name} holds {times.text(first)} to {times.text(last)}, not its own {row.period}."
        raise CorruptFileError(message)


def _read(paths, row: Product, quality, start, stop, *, trusted=True) -> xr.Dataset:
    names = [o for v in row.variables for o in v.origin]
    raws = [formats.read(path, names, format=_format(path, row), trusted=trusted) for path in paths]
    ds = contract.join([contract.standardise(raw, row.variables, quality=quality) for raw in raws])
    whole = ds["time"].values
    ds = contract.clip(ds, start, stop)
    if not ds.sizes["time"]:
        return _nothing(
            row, start, stop, "the archive", *(whole[[0, -1]] if whole.size else (None, None))
        )
    ds.attrs |= {"product": row.name, "title": row.title} | _origin(row, {})
    ds.attrs |= {"source_files": " ".join(p.name for p in paths), "simulated": 0}
    return ds


def _format(path: Path, row: Product) -> str | None:
    """Return the reader of a file: a HAPI server answers in its own format, whatever the row's."""
    return "hapi" if path.name.endswith(".hapi.csv") else (row.format or None)


def _nothing(row: Product, start, stop, where, first, last):
    holds = (
        f"; the file holds {times.text(first)} to {times.text(last)}" if first is not None else ""
    )
    message = (
        f"{row.name}: {where} has nothing from {times.text(start)} to {times.text(stop)}{holds}. "
        f"Coverage of the product: {' to '.join(row.coverage)}."
    )
    raise NoDataError(message)


def _told_of_gaps(ds: xr.Dataset, row: Product, missing) -> xr.Dataset:
    if missing:
        spans = "; ".join(f"{times.text(a)}/{times.text(b)}" for a, b in missing)
        ds.attrs["missing"] = spans
        text = f"{row.name}: no data for {spans}; the rest is loaded."
        warnings.warn(text, PartialCoverageWarning, stacklevel=4)
    return ds


def _origin(row: Product | None, file_attrs: dict) -> dict:
    """Return who made the data and what their time stamps refer to."""
    if row is None:
        thanks = (
            file_attrs.get("Acknowledgement")
            or file_attrs.get("PI_name")
            or "not stated in the file"
        )
        return {
            "acknowledgement": str(thanks),
            "time_reference": file_attrs.get("time_reference", "unknown"),
        }
    origin = {
        "time_reference": row.time_reference,
        "doi": row.doi,
        "acknowledgement": row.acknowledgement,
    }
    return {k: v for k, v in origin.items() if v}


def _known_as(raw: xr.Dataset) -> Product | None:
    """Return the row of the archive's data set that the file says it belongs to, if there is one."""
    logical = str(raw.attrs.get("Logical_source", "")).upper()
    for row in catalogue.table().values():
        if logical and logical in (
            row.dataset.upper(),
            *(m.options.get("id") for m in row.mirrors),
        ):
            return row
    return None
