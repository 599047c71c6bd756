"""From a product's name and an interval to a Dataset of the contract: the one door.

catalogue -> source -> format -> standardise -> check, and nothing else: how files are
fetched is `sources`' matter, what is in them is `formats`'.
"""

import datetime as dt
import fnmatch
import logging
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import (
    catalogue,
    contract,
    formats,
    joining,
    packs,
    report,
    settings,
    sources,
    times,
)
from smile_explore.catalogue import Product
from smile_explore.errors import (
    CorruptFileError,
    DatasetError,
    InputError,
    NoDataError,
    PartialCoverageWarning,
    SimulatedDataWarning,
    SmileExploreError,
    SourceError,
    StorageError,
)
from smile_explore.formats import lazy, recent, rows, selection
from smile_explore.paths import user_path
from smile_explore.sources import cache, periods, store

log = logging.getLogger(__name__)

_BEGUN = {"month": "31D", "halfyear": "184D", "year": "366D"}
_SOURCES = packs.RESERVED


@dataclass(frozen=True)
class _How:
    """How the numbers are to be read, whatever the source."""

    quality: str = "good"
    refresh: bool = False
    chunks: object = None
    variables: tuple[str, ...] = ()


def load(  # noqa: PLR0913  what to load, whence, and how
    product,
    start,
    stop=None,
    *,
    variables=None,
    source="auto",
    quality="good",
    refresh=False,
    chunks=None,
) -> xr.Dataset:
    """Load a product over an interval.

    Parameters
    ----------
    product : str
        A row of `products()`, e.g. ``"themis.c.fgm"``. Or, without a row,
        ``"hapi:<server>/<data set>"`` or ``"pyspedas:<mission>.<loader>?keyword=value"``, as
        ``products(text, everywhere=True)`` names them.
    start, stop : str, datetime, numpy.datetime64 or pandas.Timestamp
        The half-open interval [start, stop), UTC; an aware time is converted. Or, as `start`
        alone, the name of a curated event.
    variables : list of str, optional
        Only these, e.g. ``["b", "n_p"]``, in this order, with their coordinates; no other is
        read, but for quality flags, which are applied.
    source : str or Path, default "auto"
        ``"auto"``: the store, if it holds the whole interval; then cache, archive, packs;
        offline: store, cache, packs. ``"archive"``, ``"cache"``, ``"packs"`` or ``"store"``
        (see `keep`): that one alone. The name of a pack, such as
        ``"rehearsal"``: that pack. A folder: the archive's files found in it.
    quality : {"good", "raw"}
        ``"raw"`` makes fills NaN, and applies no valid range and none of the archive's own
        quality flags; the store has no such values.
    refresh : bool
        Ask the archive again for files that the cache or the store already holds.
    chunks : "auto", int or dict, optional
        For years of data: Dask arrays, one block for each file ("auto") or as xarray's
        ``Dataset.chunk`` takes it, read when they are needed: the same Dataset in the memory of
        a few files. Times, and what axes there are, are read at once.

    Returns
    -------
    Dataset, dims (time, ...)
        Obeys the contract (`contract.check`): missing is NaN, units and frame on every
        variable. ``attrs["missing"]`` lists spans that could not be had; ``attrs["simulated"]``
        is 1 if one of its files calls itself simulated.

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
    ReadingWarning
        Something was done to the values that is not expected: see `report`.

    Examples
    --------
    >>> ds = load("omni.1min", "2027-03-22 06:00", "2027-03-22 07:00", source="rehearsal")
    >>> ds.sizes["time"], ds.b.units, ds.b.coordinate_system
    (60, 'nT', 'GSM')
    """
    row = catalogue.product(product)
    start, stop = interval(start, stop)
    _check_quality(quality)
    names = selection.asked(row, variables)
    ds = _from(source, row, (start, stop), _How(quality, refresh, chunks, names))
    ds = selection.chosen(ds, row, names)
    if chunks is not None and not (isinstance(chunks, str) and chunks == "auto" and ds.chunks):
        ds = _chunked(ds, chunks)
    report.warn(ds)
    return lazy.check(contract.telling_time(ds))


def keep(product, start, stop=None, *, source="archive", refresh=False) -> pd.DataFrame:
    """Put the months of an interval into the store, where `load` finds them first.

    Parameters
    ----------
    product, start, stop
        As for `load`; the whole calendar months that [start, stop) touches are stored.
    source : str
        As for `load`, but of the archive by default: a pack that stands in is not stored.
    refresh : bool
        Store all again, not only months that are missing, incomplete, or were not over then.

    Returns
    -------
    DataFrame
        start, stop and state of each month: "stored", "was there", or why there is nothing.

    Raises
    ------
    UnknownProductError, IntervalError, InputError
        What was asked cannot be understood, or the data are simulated.
    StorageError
        The disk takes no more; what was stored is whole, and the same call goes on.
    """
    row, states = catalogue.product(product), []
    for month in store.months(*interval(start, stop)):
        settled = store.is_settled(row, month) and not refresh
        states.append((*month, "was there" if settled else _kept(row, month, source, refresh)))
    return pd.DataFrame(states, columns=["start", "stop", "state"])


def _kept(row: Product, month, source, refresh) -> str:
    try:
        ds = load(row.name, *month, source=source, refresh=refresh)
    except StorageError:
        raise
    except (NoDataError, SourceError, CorruptFileError) as err:
        return str(err)
    if ds.attrs["simulated"]:
        message = f"{row.name} from {source!r} is simulated: the store is for measured data."
        raise InputError(message)
    store.put(row, month, ds)
    return "stored"


def open_file(path, product=None, *, quality="good", time=None) -> xr.Dataset:
    """Read a file of your own into the contract.

    Parameters
    ----------
    path : str or Path
        ISTP CDF, Cluster CEF (plain or gzip), netCDF, FITS of SXI, OMNIWeb listing with its format file
        beside it, or CDAWeb listing. The content decides, not the suffix.
    product : str, optional
        The row whose names, units and frames to use; without it, the file's own names.
    quality : {"good", "raw"}
        ``"raw"`` makes fills NaN, and applies no valid range and no quality flag.
    time : str, optional
        The file's name of the time base to read, where it has several; without it, the one of
        most variables. `report` lists the variables on the others.

    Returns
    -------
    Dataset, dims (time, ...)
        Obeys the contract. Where the file does not tell, ``time_reference`` is "unknown".
        Records with equal stamps and different values (photons, events) are all kept, on a dim
        ``record`` with the coordinate ``time``. `report` says what was masked, dropped, left
        out, renamed, or is unknown.

    Raises
    ------
    CorruptFileError
        If the file is damaged, cut short or of no known kind.
    InputError
        If there is no such file, product, quality or time base.
    NoDataError
        If it is sound but holds no records.

    Warns
    -----
    ReadingWarning
        Something was done that is not expected: see `report`.
    """
    _check_quality(quality)
    path = user_path(path)
    if not path.is_file():
        message = f"No file at {str(path)!r}: check the path."
        raise InputError(message)
    row = catalogue.product(product) if product else None
    raw = formats.read(path)
    known = row or rows.known_as(raw)
    rows.mark_references(raw, known)
    wanted = row.variables if row else ()
    ds = contract.standardise(raw, wanted, quality=quality, time=time, records=True)
    if not ds["time"].size:
        dropped = any(what == "records dropped" for _, what, *_ in report.entries(ds.attrs))
        why = (
            "none of its records has a time between 1678 and 2262: its times are fills, or count "
            "from another origin"
            if dropped
            else "it holds no records: it may be a skeleton of its archive"
        )
        message = f"{path.name} is sound, but {why}."
        raise NoDataError(message)
    named = {"product": str(raw.attrs.get("Logical_source") or path.stem).lower()}
    retrieved = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    ds.attrs |= (
        named | rows.origin(known, raw.attrs) | {"source": "file", "source_files": path.name}
    )
    ds.attrs |= {"retrieved": retrieved, "simulated": int(raw.attrs.get("simulated", 0))}
    report.warn(ds, expected=("other time base",) if time else ())
    return contract.check(contract.telling_time(ds))


def _chunked(ds: xr.Dataset, chunks) -> xr.Dataset:
    try:
        return ds.chunk(chunks)
    except (TypeError, ValueError, ArithmeticError):  # Dask has many reasons
        message = f"chunks={times.shown(chunks)} is no size of blocks: give 'auto', a number of samples above 0, or a dict such as {{'time': 10000}}."
        raise InputError(message) from None


def _check_quality(quality) -> None:
    if not isinstance(quality, str) or quality not in ("good", "raw"):
        message = f"quality={times.shown(quality)} is neither 'good' nor 'raw'."
        raise InputError(message)


def interval(start, stop=None) -> tuple[np.datetime64, np.datetime64]:
    """Return [start, stop) in UTC; `start` alone may be the name of a curated event."""
    if stop is None:
        event = catalogue.event(str(start))
        start, stop = event["start"], event["stop"]
    return times.interval(start, stop)


# --------------------------------------------------------------------------- where it comes from


def _from(source, row: Product, span, how: _How) -> xr.Dataset:
    source = source if isinstance(source, str) else user_path(source)
    if source == "auto":
        return _auto(row, *span, how)
    if source == "store":
        return _from_store(row, *span, how)
    if source == "packs" or (source not in _SOURCES and _is_pack(source)):
        return _from_pack(row, *span, how, None if source == "packs" else source)
    if source in _SOURCES:
        return _from_archive(row, *span, how, network=source == "archive")
    return _from_folder(row, *span, how, _folder(source))


def _auto(row: Product, start, stop, how: _How) -> xr.Dataset:
    if how.quality == "good" and not how.refresh:
        ds = store.read(row, start, stop, how.chunks, how.variables)
        if ds is not None:
            return _warned(ds, row)
    try:
        return _from_archive(row, start, stop, how, network=True)
    except SourceError as err:
        held = packs.holding(row.name, start, stop)
        if not held:
            raise
        log.info("%s: %s Answered from pack %r.", row.name, err, held[0].name)
        ds = _from_pack(row, start, stop, how, held[0].name)
        if ds.attrs["simulated"]:
            text = f"{row.name}: nothing measured is at hand; these data are SIMULATED (pack {held[0].name!r})."
            warnings.warn(text, SimulatedDataWarning, stacklevel=3)
        return ds


def _from_store(row: Product, start, stop, how: _How) -> xr.Dataset:
    ds = store.read(row, start, stop, how.chunks, how.variables) if how.quality == "good" else None
    if ds is None:
        what = "that" if how.quality == "good" else "values that flags reject"
        message = (
            f"The store does not hold {what} of {row.name} from {times.text(start)} to {times.text(stop)}: "
            f"smile-explore get {row.name} START STOP --store puts months there."
        )
        raise NoDataError(message)
    return _warned(ds, row)


def _from_archive(row: Product, start, stop, how: _How, *, network=True) -> xr.Dataset:
    if not row.mirrors:
        folder = settings.files_dir()
        if folder is None:
            message = (
                f"{row.name} has no public archive yet: load it from a folder of files, "
                "load(..., source='/path/to/folder'), or set SMILE_EXPLORE_FILES to that folder."
            )
            raise NoDataError(message)
        return _from_folder(row, start, stop, how, folder)
    network = network and not settings.is_offline()
    fetched = sources.fetch(
        row,
        start,
        stop,
        refresh=how.refresh,
        network=network,
        validate=lambda path: _validate(path, row),
    )
    ds = _read(fetched.paths, row, how, start, stop)
    ds.attrs |= {"source": fetched.source, "retrieved": fetched.retrieved}
    _tell_versions(ds, fetched.versions)
    if fetched.notes:
        ds.attrs["notes"] = "; ".join(fetched.notes)  # e.g. which server failed before one answered
    return _told_of_gaps(ds, row, [s for s in fetched.missing if s[0] < stop and s[1] > start])


def _from_folder(row: Product, start, stop, how: _How, folder: Path) -> xr.Dataset:
    families = _files_in(folder, row, start, stop)
    if not families:
        message = f"{folder} holds no file of {row.name} from {times.text(start)} to {times.text(stop)}: its files are named like {row.pattern}."
        raise NoDataError(message)
    faults: dict[Path, str] = {}
    try:
        ds = _read([f[0] for f in families], row, how, start, stop, trusted=False)
    except (CorruptFileError, DatasetError, OSError, *sources.RAW) as err:
        families, faults = _without_damaged(families, row)
        if not families or not faults:
            raise _unreadable(err) from err
        try:
            ds = _read([f[0] for f in families], row, how, start, stop, trusted=False)
        except NoDataError:  # what is lost is the reason, not that the other files lie beside
            raise _unreadable(err) from err
    ds.attrs |= {"source": f"folder {folder}", "retrieved": contract.now()}
    _tell_versions(ds, [tuple(p.name for p in f) for f in families if len(f) > 1])
    if faults:
        ds.attrs["notes"] = "; ".join(faults.values())
    gaps = _gaps(list(faults), [f[0] for f in families], row, (start, stop))
    return _told_of_gaps(ds, row, gaps)


def _without_damaged(families: list, row: Product) -> tuple[list, dict[Path, str]]:
    """Return the families without files that cannot be read, and why these cannot."""
    faults = {}
    for path in [path for family in families for path in family]:
        try:
            _validate(path, row)
        except (CorruptFileError, DatasetError, OSError) as err:
            faults[path] = str(_unreadable(err))
    sound = ([path for path in family if path not in faults] for family in families)
    return [family for family in sound if family], faults


def _unreadable(err: Exception) -> Exception:
    if not isinstance(err, OSError):
        return err
    return CorruptFileError(f"{err.filename} cannot be read: {err.strerror or err}.")


def _gaps(damaged: list[Path], sound: list[Path], row: Product, span) -> list:
    """Return what of an interval is missing because a file is damaged in all its versions."""
    stems = {periods.stem_of(path.name) for path in sound}
    lost = [p.name for p in damaged if periods.stem_of(p.name) not in stems]
    begins = sorted({t for n in lost if (t := periods.start_of(n, row.pattern)) is not None})
    if row.period == "file":  # how long one lasts is not known: until the next that is there
        later = [periods.start_of(path.name, row.pattern) for path in sound]
        ends = [min([t for t in later if t is not None and t > a], default=span[1]) for a in begins]
        spans = list(zip(begins, ends, strict=True))
    else:
        spans = periods.spans(
            p for t in begins for p in periods.covering(row.period, t, t + np.timedelta64(1, "s"))
        )
    inside = ((max(a, span[0]), min(b, span[1])) for a, b in spans)
    return [(a, b) for a, b in inside if a < b]


def _tell_versions(ds: xr.Dataset, versions) -> None:
    """Add to the report which of several versions of a file was read."""
    for chosen, *others in versions:
        detail = f"{chosen}, not {', '.join(others)}"
        report.add(ds.attrs, "file", "file version", count=1, of=1 + len(others), detail=detail)


def _files_in(folder: Path, row: Product, start, stop) -> list[list[Path]]:
    """Return the files below `folder` whose names may hold part of the interval, in order.

    Each with its older versions behind it; of equal versions the one that was written last
    comes first, whatever subfolder it lies in.
    """
    first = pd.Timestamp(start).normalize() - pd.Timedelta("1D")  # a file may run past midnight
    last = pd.Timestamp(stop) - pd.Timedelta("1ns")
    days = pd.date_range(first, last, freq="1h" if "%H" in row.pattern else "1D")
    begun = _BEGUN.get(row.period)  # a longer file that holds `first` may be called after its begin
    if begun:
        days = days.union(pd.date_range(first - pd.Timedelta(begun), first, freq="MS"))
    patterns = {fnmatch.translate(day.strftime(row.pattern)) for day in days}
    wanted = re.compile("|".join(patterns), re.IGNORECASE)
    # what may not be looked into is passed over, as `Path.rglob` does not
    below = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    paths = sorted(p for p in below if wanted.match(p.name) and p.is_file())
    return periods.families(paths, lambda p: p.name, lambda p: p.stat().st_mtime_ns)


def _folder(source) -> Path:
    folder = user_path(source)
    if not folder.is_dir():
        known = f"{', '.join(_SOURCES)}, the name of a pack ({', '.join(packs.available().index)})"
        message = f"source={str(source)!r} is none of {known}, nor a folder that exists."
        raise InputError(message)
    return folder


def _is_pack(source) -> bool:
    if not isinstance(source, str):
        return False
    return Path(source).name == source and source in packs.available().index


def _from_pack(row: Product, start, stop, how: _How, name) -> xr.Dataset:
    held = packs.holding(row.name, start, stop)
    pack = packs.open(name) if name else (held[0] if held else None)
    if pack is None or row.name not in pack.products:
        message = (
            f"{f'Pack {name!r} holds' if name else 'The packs hold'} no {row.name} from {times.text(start)} "
            f"to {times.text(stop)}. There are the packs {', '.join(packs.available().index)}; "
            "build another: smile-explore pack build EVENT."
        )
        raise NoDataError(message)
    ds = pack.load(row.name, start, stop, variables=how.variables, chunks=how.chunks)
    return (
        ds
        if ds.sizes["time"]
        else _nothing(row, start, stop, f"pack {pack.name!r}", pack.start, pack.stop)
    )


# --------------------------------------------------------------------------- reading


def _validate(path: Path, row: Product) -> None:
    """Refuse a file that is damaged, or is another file behind the right name."""
    try:
        raw = formats.read(path, format=rows.format_of(path, row))
        ds = contract.standardise(raw, row.variables)
    except DatasetError as err:
        message = f"{path.name} is not a file of {row.name}: {err}"
        raise CorruptFileError(message) from err
    except SmileExploreError:
        raise
    except sources.RAW as err:
        message = f"{path.name} cannot be read ({type(err).__name__}: {err})."
        raise CorruptFileError(message) from err
    starts = (periods.start_of(path.name, pattern) for pattern in cache.patterns(row))
    start = next((start for start in starts if start is not None), None)
    if start is None or row.period == "file" or not ds.sizes["time"]:
        return
    first, last = ds["time"].values[[0, -1]]
    own = periods.covering(row.period, start, start + np.timedelta64(1, "s"))[0]
    day = np.timedelta64(1, "D")  # files begin and end a little early or late
    if last < own.start - day or first >= own.stop + day:
        message = f"{path.name} holds {times.text(first)} to {times.text(last)}, not its own {row.period}."
        raise CorruptFileError(message)


def _read(paths, row: Product, how: _How, start, stop, *, trusted=True) -> xr.Dataset:
    lazily = how.chunks is not None
    row = selection.narrowed(row, how.variables)
    ds = recent.read(paths, row, quality=how.quality, trusted=trusted, lazily=lazily)
    whole = ds["time"].values
    ds = joining.clip(ds, start, stop)
    if not ds.sizes["time"]:
        return _nothing(
            row, start, stop, "the archive", *(whole[[0, -1]] if whole.size else (None, None))
        )
    ds.attrs |= {"product": row.name, "title": row.title} | rows.origin(row, {})
    ds.attrs |= {"source_files": " ".join(p.name.rpartition("~")[2] for p in paths)}
    ds.attrs["simulated"] = int(ds.attrs.get("simulated", 0))
    if row.no_flags and how.quality == "good":
        report.add(ds.attrs, "all", "no quality flag", detail=row.no_flags)
    return ds


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
        ds.attrs["missing"] = "; ".join(f"{times.text(a)}/{times.text(b)}" for a, b in missing)
    return _warned(ds, row)


def _warned(ds: xr.Dataset, row: Product) -> xr.Dataset:
    if "missing" in ds.attrs:
        text = f"{row.name}: no data for {ds.attrs['missing']}; the rest is loaded."
        warnings.warn(text, PartialCoverageWarning, stacklevel=6)
    return ds
