"""Event packs: data of one event that answer without a network, and what to look for in them.

A teacher builds one at home and hands fifty students a zip. Nothing here downloads: `build`
calls the `load` it is given. The pack ``"rehearsal"`` is simulated by the package itself.
"""

import contextlib
import functools
import re
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import catalogue, contract, joining, packing, settings
from smile_explore.errors import (
    InputError,
    PackError,
    PartialCoverageWarning,
    SmileExploreError,
    UnknownProductError,
)
from smile_explore.packing import MANIFEST, Stored
from smile_explore.paths import user_path, whole
from smile_explore.times import shown, utc

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME_RULE = (
    "use small letters, digits, '.', '_' and '-', at most 64, but not auto, archive, cache, packs "
    "or store, which load(source=...) has a meaning for"
)
_EMBEDDED = "rehearsal"
#: What `load(source=...)` means by itself: no pack can have such a name.
RESERVED = ("auto", "archive", "cache", "packs", "store")
_ASKED = re.compile(r"^ from [\d:T -]+ to [\d:T -]+")  # how an error of a source begins
_building = threading.Lock()


@dataclass(frozen=True, eq=False)
class Pack:
    """An opened pack; its data are read when they are asked for.

    `products` maps each product's name to its file; `start` and `stop` are datetime64[ns], UTC;
    `failed` says which products could not be had when the pack was built, and why.
    """

    folder: Path
    name: str
    title: str
    start: np.datetime64
    stop: np.datetime64
    simulated: bool
    products: dict[str, Stored]
    tables: dict[str, Stored]
    what_to_look_for: tuple[str, ...]
    provenance: str
    acknowledgements: tuple[str, ...]
    versions: dict[str, str]
    failed: dict[str, str]

    @property
    def files(self) -> tuple[Stored, ...]:
        """All its files but the manifest."""
        return (*self.products.values(), *self.tables.values())

    def __repr__(self):
        return f"<Pack {self.name!r}: {self.title}; {', '.join(self.products)}>"

    def load(self, product: str, start=None, stop=None, *, variables=(), chunks=None) -> xr.Dataset:
        """Return a product: the whole, or [start, stop), which may hold no sample.

        Parameters
        ----------
        product : str
            One of `products`.
        start, stop : time, optional
            UTC.
        variables : iterable of str
            Read only these, of those that there are; all by default.
        chunks : optional
            Anything but None gives Dask arrays, as for `smile_explore.load`.

        Returns
        -------
        Dataset, dims (time, ...)

        Raises
        ------
        UnknownProductError, IntervalError
            If the pack does not hold it, or a time cannot be read.
        CorruptFileError
            If its file is not what was packed.
        """
        if product not in self.products:
            near = catalogue.did_you_mean(str(product), self.products)
            message = f"Pack {self.name!r} holds no {product!r}.{near} It holds {', '.join(self.products)}."
            raise UnknownProductError(message)
        start = utc(self.start if start is None else start)
        stop = utc(self.stop if stop is None else stop)
        ds = packing.read_dataset(self.folder, self.products[product], variables, chunks)
        return joining.clip(ds, start, stop)

    @functools.cached_property
    def truth(self) -> dict[str, pd.DataFrame]:
        """What is known to be true of simulated data, by table; empty for measured data."""
        return {k: packing.read_table(self.folder, entry) for k, entry in self.tables.items()}

    def zip(self, path=None) -> Path:
        """Write the pack as one zip for others to `add`; return its path."""
        path = user_path(path or f"{self.name}.zip")
        path = path / f"{self.name}.zip" if path.is_dir() else path
        path = path if path.suffix == ".zip" else path.with_name(f"{path.name}.zip")
        _raise(self, packing.file_faults(self.folder, self.files))
        with packing.writing(path), whole(path) as draft:
            packing.zip_up(self.folder, self.files, draft)
        return path


# --------------------------------------------------------------------------- find and open


def open(name_or_path) -> Pack:
    """Open a pack by name, or from a folder or zip; a zip is first added to the cache.

    ``"rehearsal"`` is always there: it is simulated on first use, in seconds.

    Raises
    ------
    PackError
        If there is no such pack, or it is incomplete; all that is missing is listed.

    Examples
    --------
    >>> pack = open("rehearsal")
    >>> pack.simulated, pack.load("omni.1min").sizes["time"]
    (True, 1440)
    """
    if user_path(name_or_path).is_file():
        return add(name_or_path)
    return _opened(_located(name_or_path))


def _located(name_or_path) -> Path:
    """Return the folder of a pack; that of the rehearsal is filled first."""
    name, path = str(name_or_path), user_path(name_or_path)
    if name == _EMBEDDED:
        return _rehearsal().folder
    if _NAME.fullmatch(name) and (_home() / name / MANIFEST).is_file():
        return _home() / name
    if path.is_dir():
        return path
    known = available().index
    near = catalogue.did_you_mean(name, known)
    message = f"No pack {name!r}.{near} There are {', '.join(known)}: build one from an event."
    raise PackError(message)


def available() -> pd.DataFrame:
    """Return the packs at hand as a table, indexed by name.

    Its columns are title, start, stop, products, simulated, megabytes, folder and fault. The
    rehearsal is listed before it is built; a damaged pack stays listed, with its fault.
    """
    rows = {folder.name: _row(folder) for folder in _folders()}
    if _EMBEDDED not in rows:
        from smile_explore.smile import rehearsal

        first = {"title": rehearsal.TITLE, "start": rehearsal.START, "stop": rehearsal.STOP}
        first |= {"products": len(rehearsal.PRODUCTS), "simulated": True}
        rows = {_EMBEDDED: first | {"folder": "built on first use", "fault": ""}} | rows
    columns = ["title", "start", "stop", "products", "simulated", "megabytes", "folder", "fault"]
    df = pd.DataFrame.from_dict(rows, "index").reindex(columns=columns).rename_axis("pack")
    return df.astype({"start": "datetime64[ns]", "stop": "datetime64[ns]"})


def holding(product: str, start, stop) -> list[Pack]:
    """Return the packs with this product in any of [start, stop).

    Measured packs come first, the simulated last; of each, what covers most comes first.
    Damaged packs are left out (`available` tells of them).
    """
    start, stop = utc(start), utc(stop)
    found = {}
    for pack in _sound(product, start, stop):
        overlap = min(stop, pack.stop) - max(start, pack.start)
        if product in pack.products and overlap > np.timedelta64(0):
            found[pack] = (pack.simulated, -overlap, pack.name)
    return sorted(found, key=found.__getitem__)


def _sound(product: str, start, stop):
    from smile_explore.smile import rehearsal

    if product in rehearsal.PRODUCTS and start < rehearsal.STOP and stop > rehearsal.START:
        yield _rehearsal()  # only now, because it may have to be built
    for folder in _folders():
        if folder.name != _EMBEDDED:
            with contextlib.suppress(PackError):
                yield _opened(folder)


def _home() -> Path:
    return settings.cache_dir() / "packs"


def _folders() -> list[Path]:
    return sorted(p.parent for p in _home().glob(f"[!.]*/{MANIFEST}"))


def _row(folder: Path) -> dict:
    try:
        pack = _opened(folder)
    except PackError as err:
        return {"folder": str(folder), "fault": str(err)}
    size = round(sum(entry.bytes for entry in pack.files) / 1e6, 1)
    row = {"products": len(pack.products), "megabytes": size, "folder": str(folder), "fault": ""}
    return row | {key: getattr(pack, key) for key in ("title", "start", "stop", "simulated")}


def _opened(folder: Path) -> Pack:
    """Return a pack whose files are there in their stated size, or `PackError`."""
    pack = _stated(folder)
    _raise(pack, packing.file_faults(folder, pack.files))
    return pack


def _stated(folder: Path) -> Pack:
    """Return a pack as its manifest has it."""
    table = packing.read_manifest(folder)
    try:
        pack = Pack(
            folder=folder,
            start=utc(table["start"]),
            stop=utc(table["stop"]),
            simulated=bool(table["simulated"]),
            products=table["products"],
            tables=table["truth"],
            failed=dict(table.get("failed", {})),
            versions=dict(table["versions"]),
            **{key: str(table[key]) for key in ("name", "title", "provenance")},
            **{key: tuple(table[key]) for key in ("what_to_look_for", "acknowledgements")},
        )
    except (KeyError, TypeError, ValueError) as err:
        message = f"{folder / MANIFEST} is not a pack's manifest ({err!r}): build the pack again."
        raise PackError(message) from err
    if not (_may_be_called(pack.name) and pack.products and pack.start < pack.stop):
        _raise(pack, [f"it needs a product, a start before its stop, and a name ({_NAME_RULE})"])
    return pack


def _raise(pack: Pack, faults: list[str]) -> None:
    if faults:
        told = "; ".join(faults)
        message = f"Pack {pack.name!r} in {pack.folder}: {told}. Get or build it again."
        raise PackError(message)


def verify(path) -> Pack:
    """Return the pack if every file is as it was packed and keeps the contract.

    Parameters
    ----------
    path : str or Path
        A pack's name, folder or zip. A zip is looked at, not added.

    Raises
    ------
    PackError
        Listing all faults: what is missing, altered or breaks the contract.
    """
    if user_path(path).is_file():
        with packing.staging(_home()) as folder:
            packing.unpack(user_path(path), folder)
            return verify(folder)
    pack = _stated(_located(path))
    _raise(pack, packing.content_faults(pack.folder))
    return pack


# --------------------------------------------------------------------------- make and take


def build(event, folder=None, load=None) -> Pack:
    """Build a pack of an event by loading its products.

    Parameters
    ----------
    event : str or dict
        A curated event (`catalogue.events`), or a dict with name, start, stop, products (list,
        or text with blanks) and, if you like, title, what_to_look_for (list) and provenance.
    folder : str or Path, optional
        Where to put the pack's own folder; by default with the other packs, where `load` finds it.
    load : callable, optional
        ``load(product, start, stop) -> Dataset``; by default `smile_explore.load`.

    Returns
    -------
    Pack
        Its `failed` names the products that could not be had; a warning does so too.

    Raises
    ------
    PackError
        If no product could be had; each reason is given.
    """
    about = _wanted(event)
    if load is None:
        from smile_explore.load import load
    parts, failed = {}, {}
    for product in about.pop("products"):
        try:
            parts[product] = contract.check(load(product, about["start"], about["stop"]))
        except SmileExploreError as err:
            failed[product] = str(err)
    reasons = _reasons(failed)
    if not parts:
        message = f"No product of event {about['name']!r} could be had. {reasons}"
        raise PackError(message)
    if failed:
        text = f"Pack {about['name']!r} lacks {', '.join(failed)}. {reasons}"
        warnings.warn(text, PartialCoverageWarning, stacklevel=2)
    about |= {"failed": failed, "built": contract.now()}
    return _build(about, parts, {}, user_path(folder or _home()))


def _may_be_called(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name not in RESERVED


def _reasons(failed: dict[str, str]) -> str:
    """Return why products could not be had, each reason once with all that it holds for.

    Examples
    --------
    >>> _reasons({"a": "a from 2008-08-12 00:00 to 2008-08-13 00:00 is away.", "b": "b is away."})
    'a, b: is away.'
    """
    groups: dict[str, list[str]] = {}
    for product, why in failed.items():
        text = _ASKED.sub("", why.removeprefix(product)).lstrip(": ")
        groups.setdefault(text, []).append(product)
    return " ".join(f"{', '.join(products)}: {why}" for why, products in groups.items())


def _wanted(event) -> dict:
    """Return what the manifest will say of an event, and the products it wants."""
    if isinstance(event, str):
        row = catalogue.event(event)
        event = row.to_dict() | {"name": event, "what_to_look_for": [row["why"]]}
        event["provenance"] = f"{row['reference']}, https://doi.org/{row['doi']}"
    if not isinstance(event, Mapping):
        message = f"{shown(event)} is no event: give a curated event's name, or a dict with name, start, stop, products."
        raise InputError(message)
    missing = {"name", "start", "stop", "products"} - set(event)
    if missing:
        message = (
            f"An event needs name, start, stop, products; it lacks {', '.join(sorted(missing))}."
        )
        raise InputError(message)
    if not _may_be_called(str(event["name"])):
        message = f"{shown(event['name'])} cannot name a pack: {_NAME_RULE}."
        raise InputError(message)
    products = event["products"]
    products = products.split() if isinstance(products, str) else products
    about = {"title": event["name"], "what_to_look_for": [], "provenance": "built by a user"}
    about |= {key: event[key] for key in ("name", "start", "stop", *about) if key in event}
    return about | {"products": [catalogue.product(p).name for p in products]}


def _build(about: dict, parts: dict, truth: dict, parent: Path) -> Pack:
    """Write a whole pack beside its place, then move it there."""
    thanks = {str(ds.attrs.get("acknowledgement") or ds.attrs["doi"]) for ds in parts.values()}
    versions = {"smile_explore": metadata.version("smile_explore")} | about.get("versions", {})
    about = {"failed": {}} | about | {"versions": versions}
    about |= {key: np.datetime_as_string(utc(about[key]), "s") for key in ("start", "stop")}
    about["acknowledgements"] = sorted(thanks)
    about["simulated"] = any(int(ds.attrs["simulated"]) for ds in parts.values())
    with packing.staging(parent) as folder:
        write, keep = packing.write_dataset, packing.write_table
        about["products"] = {
            k: write(ds, folder / f"{catalogue.rows.plain(k)}.nc") for k, ds in parts.items()
        }
        about["truth"] = {k: keep(df, folder / f"truth.{k}.csv") for k, df in truth.items()}
        packing.write_manifest(folder, about)
        packing.install(folder, parent / about["name"])
    return _opened(parent / about["name"])


def _rehearsal() -> Pack:
    """Return the embedded pack; simulate it if there is none of this version."""
    from smile_explore.smile import rehearsal

    with _building, contextlib.ExitStack() as stack:
        if pack := _current(rehearsal.key()):
            return pack
        with contextlib.suppress(OSError):  # a cache that cannot be written: `_build` says so
            stack.enter_context(settings.locked(_EMBEDDED, limit=120))
        if pack := _current(rehearsal.key()):
            return pack
        told = ("title", "provenance", "start", "stop", "what_to_look_for")
        about = {key: getattr(rehearsal, key.upper()) for key in told}
        about |= {"name": _EMBEDDED, "versions": {"rehearsal": rehearsal.key()}}
        return _build(about, *rehearsal.simulate(), _home())


def _require_this_version(pack: Pack) -> None:
    """Refuse a rehearsal that is not the one this package would simulate itself."""
    from smile_explore.smile import rehearsal

    if not (pack.simulated and pack.versions.get("rehearsal") == rehearsal.key()):
        message = (
            f"The name {_EMBEDDED!r} belongs to the pack that the package simulates, and this one is of "
            "another version: give yours another name, or use the same version of smile_explore."
        )
        raise PackError(message)


def _current(key: str) -> Pack | None:
    """Return the embedded pack if it is there and of this version."""
    with contextlib.suppress(PackError):
        pack = _opened(_home() / _EMBEDDED)
        return pack if pack.versions.get("rehearsal") == key else None


def add(path, *, replace: bool = False) -> Pack:
    """Take a pack, a zip or a folder, into the cache, where `load` finds it.

    Parameters
    ----------
    path : str or Path
        What a teacher handed out. Only the files that its ``pack.toml`` names are taken.
    replace : bool
        Whether another pack of the same name may be overwritten.

    Raises
    ------
    PackError
        If it is unsafe (a path that leads out, a link, a device, too many files or bytes, a
        zip bomb), incomplete or altered, or its name is taken. Nothing is left behind then.
    """
    with packing.staging(_home()) as folder:
        packing.unpack(user_path(path), folder)
        pack = verify(folder)
        target = _home() / pack.name
        if pack.name == _EMBEDDED:
            _require_this_version(pack)
        may_replace = replace or pack.name == _EMBEDDED or packing.same_manifest(folder, target)
        if target.exists() and not may_replace:
            message = f"There is another pack {pack.name!r}: give replace=True to overwrite it."
            raise PackError(message)
        packing.install(folder, target, again=True)
    return _opened(target)
