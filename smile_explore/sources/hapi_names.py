"""Any data set of any HAPI server as a product: ``hapi:<server>/<data set>``.

The server is a short name of `SERVERS`, or its address up to and with ``/hapi``; the data set's
identifier follows, with whatever slashes, blanks and signs it has. What the server says of a
data set (``info``) and which it has (``catalog``) is cached in ``<cache>/hapi``, so that a product
that was loaded before is known offline. A frame, a unit or an author is what ``info`` states.

HAPI: Weigel et al. 2021, doi:10.1029/2021JA029534.
"""

import json
import logging
import math
import re
import secrets
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smile_explore import settings
from smile_explore.catalogue import Mirror, Product, did_you_mean
from smile_explore.catalogue.rows import plain
from smile_explore.errors import InputError, ServerError, SourceError, UnknownProductError
from smile_explore.sources.cache import storing
from smile_explore.sources.job import Clock

log = logging.getLogger(__name__)

SCHEME = "hapi"
#: Short names of servers, from the HAPI developers' list (github.com/hapi-server/servers).
SERVERS = {
    "cdaweb": "https://cdaweb.gsfc.nasa.gov/hapi",
    "sscweb": "http://hapi-server.org/servers/SSCWeb/hapi",
    "amda": "https://amda.irap.omp.eu/service/hapi",
    "csa": "https://csatools.esac.esa.int/HapiServer/hapi",
    "iswa": "https://iswa.gsfc.nasa.gov/IswaSystemWebApp/hapi",
    "vires": "https://vires.services/hapi",
    "intermagnet": "https://imag-data.bgs.ac.uk/GIN_V1/hapi",
    "supermag": "https://supermag.jhuapl.edu/hapi",
    "wdc": "https://wdcapi.bgs.ac.uk/hapi",
    "lisird": "https://lasp.colorado.edu/lisird/hapi",
    "knmi": "https://hapi.spaceweather.knmi.nl/hapi",
    "das2": "https://planet.physics.uiowa.edu/das/das2Server/hapi",
}
_HOW = (
    "write hapi:<server>/<data set>, where the server is a short name "
    f"({', '.join(SERVERS)}) or an address that ends in /hapi"
)
_ADDRESS = re.compile(r"(https?://[^/@?#\s]+(?:/[^?#]*?)?/hapi)/(.+)", re.IGNORECASE | re.DOTALL)
_DAY = 86400.0
#: Seconds after which the server is asked again, if it can be.
_FRESH = {"info": _DAY, "catalog": 7 * _DAY}
_LIMIT = 32 << 20
_UNKNOWN = (1406,)
#: Periods of a file from long to short, with their length; the first that stays small is taken.
_PERIODS = {
    "year": 366 * _DAY, "month": 31 * _DAY, "day": _DAY,
    "12h": _DAY / 2, "6h": _DAY / 4, "3h": _DAY / 8, "1h": _DAY / 24,
}  # fmt: skip
_MOST_NUMBERS = {"year": 500_000, "month": 1_500_000}  # a shorter file may hold `_MOST`
_MOST = 3_000_000
_DURATION = re.compile(
    r"P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?"
    r"(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?"
)
_SECONDS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, 3600.0, 60.0, 1.0)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>,;]+")


class _NoSuchDataSet(Exception):
    """The server answered that it has no such data set. Never leaves this module."""


def split(name: str) -> tuple[str, str]:
    """Return the server's address and the data set of a name.

    Raises
    ------
    InputError, UnknownProductError
        If the name names no server or no data set.

    Examples
    --------
    >>> split("hapi:cdaweb/MMS1_FGM_SRVY_L2@0")
    ('https://cdaweb.gsfc.nasa.gov/hapi', 'MMS1_FGM_SRVY_L2@0')
    >>> split("hapi:https://imag-data.bgs.ac.uk/GIN_V1/hapi/aae/definitive/PT1M/native")
    ('https://imag-data.bgs.ac.uk/GIN_V1/hapi', 'aae/definitive/PT1M/native')
    """
    rest = name.partition(":")[2]
    address = _ADDRESS.fullmatch(rest)
    if address:
        server, dataset = address.groups()
    else:
        short, _, dataset = rest.partition("/")
        server = SERVERS.get(short.lower())
        if server is None:
            near = "" if "/" in rest and ":" in short else did_you_mean(short, SERVERS)
            message = f"{name!r} names no HAPI server we know.{near} Please {_HOW}."
            raise UnknownProductError(message)
    try:
        urllib.parse.urlsplit(server)
    except ValueError as err:
        message = f"{name!r:.80} names no address of a server ({err}): {_HOW}."
        raise InputError(message) from err
    if not dataset.strip() or not dataset.isprintable() or len(dataset) > 500:
        message = f"{name!r} names no data set: {_HOW}."
        raise InputError(message)
    return server, dataset


def canonical(server: str, dataset: str) -> str:
    """Return the one name of a data set: a known address is written as its short name."""
    short = next((k for k, v in SERVERS.items() if _same(v, server)), None)
    return f"{SCHEME}:{short or server}/{dataset}"


def _same(one: str, other: str) -> bool:
    return one.partition("://")[2] == other.partition("://")[2]


def product(name: str) -> Product:
    """Return a data set as a product, by what its server said of it, today or earlier.

    Where nothing is known and the server cannot be asked, a product without description is
    returned: loading it says what is wrong, and a pack may still hold it.

    Raises
    ------
    InputError, UnknownProductError
        If the name cannot be read, or the server answers that it has no such data set.
    """
    server, dataset = split(name)
    name = canonical(server, dataset)
    try:
        info = _described(server, dataset, "info", {"id": dataset})
    except _NoSuchDataSet:
        near = did_you_mean(dataset, _identifiers(server))
        message = (
            f"{name}: the server has no data set {dataset!r}.{near} "
            "smile_explore.products(text, everywhere=True) searches what it has."
        )
        raise UnknownProductError(message) from None
    except SourceError as err:
        log.info("%s: %s", name, err)
        info = {}
    return _row(name, server, dataset, info)


def _row(name: str, server: str, dataset: str, info: dict) -> Product:
    period = period_of(info)
    host = urllib.parse.urlsplit(server).netloc
    options = {"url": server, "id": dataset, "dataset": f"{plain(name)}_{period}"}
    cadence = seconds(info.get("cadence"))
    return Product(
        name=name,
        title=_line(info.get("title") or info.get("description") or dataset, 120),
        mission=host,
        period=period,
        pattern=f"{plain(name)}_%Y%m%dT%H.hapi.csv",  # as `cache.hapi_name` has it
        format="hapi",
        mirrors=(Mirror("hapi", host, options),),
        variables=(),
        time_reference="unknown",
        cadence=f"{cadence:g}s" if cadence else "not stated",
        coverage=(_date(info, "startDate"), _date(info, "stopDate")),
        doi=_doi(info),
        acknowledgement=_credit(info, host),
        note="Not a row of this package: names, units and frames are the server's.",
    )


def _date(info: dict, key: str) -> str:
    text = str(info.get(key) or "")
    return text[:10].rstrip("Z") or "not stated"


def _line(text, most: int) -> str:
    return " ".join(str(text).split())[:most]


def _doi(info: dict) -> str:
    for key in ("datasetCitation", "citation", "resourceURL", "resourceID", "doi"):
        match = _DOI.search(str(info.get(key) or ""))
        if match:
            return match[0].rstrip(".)")
    return ""


def _credit(info: dict, host: str) -> str:
    """Return whom to thank, as far as the server says it."""
    keys = ("datasetCitation", "citation", "resourceURL", "resourceID", "contact", "licenseURL")
    given = [_line(info[k], 500) for k in keys if isinstance(info.get(k), str) and info[k].strip()]
    if not given:
        return f"not stated by the HAPI server {host}"
    return f"{'; '.join(dict.fromkeys(given))}; via HAPI of {host}"


def seconds(duration) -> float | None:
    """Return the length of an ISO 8601 duration, or None if it is none.

    Examples
    --------
    >>> seconds("PT1M"), seconds("P1DT0.5S"), seconds("often")
    (60.0, 86400.5, None)
    """
    match = _DURATION.fullmatch(str(duration or "").strip().upper())
    if not match or not any(match.groups()):
        return None
    try:
        return sum(float(n) * s for n, s in zip(match.groups("0"), _SECONDS, strict=True))
    except ValueError:
        return None


def period_of(info: dict) -> str:
    """Return what one file shall hold: as much as stays small, and as one request may ask.

    Examples
    --------
    >>> period_of({"cadence": "PT1H"}), period_of({"cadence": "PT4S"}), period_of({})
    ('year', 'month', 'day')
    """
    cadence = seconds(info.get("cadence"))
    longest = seconds(info.get("maxRequestDuration")) or math.inf
    if not cadence:
        return next((k for k, s in _PERIODS.items() if s <= min(longest, _DAY)), "1h")
    numbers = sum(_width(p) for p in info.get("parameters") or () if isinstance(p, dict))
    for kind, length in _PERIODS.items():
        small = length / cadence * max(2, numbers) <= _MOST_NUMBERS.get(kind, _MOST)
        if small and length <= max(longest, _PERIODS["1h"]):
            return kind
    return "1h"


def _width(parameter: dict) -> int:
    size = parameter.get("size") or [1]
    good = isinstance(size, list) and all(isinstance(n, int) and n > 0 for n in size)
    return math.prod(size) if good else 1


# --------------------------------------------------------------------------- search


def search(text: str) -> tuple[list[dict], list[str]]:
    """Return data sets whose identifier or title contains a text, and notes about the search.

    Servers are asked for their catalogues at most once a week, all at the same time; what a
    server said earlier is used where it does not answer, and offline.
    """
    with ThreadPoolExecutor(len(SERVERS)) as pool:
        answers = list(pool.map(_searched, SERVERS))
    text = text.lower()
    entries = [
        {"product": f"{SCHEME}:{short}/{d['id']}", "title": d["title"], "server": host, "where": f"HAPI {short}"}
        for short, host, datasets, _ in answers
        for d in datasets
        if text in f"{d['id']} {d['title']}".lower()
    ]  # fmt: skip
    return entries, _in_few_words([(short, note) for short, _, _, note in answers if note])


def _in_few_words(notes: list[tuple[str, str]]) -> list[str]:
    """Return one note for all servers of which the same is to be said."""
    servers: dict[str, list[str]] = {}
    for short, note in notes:
        servers.setdefault(note, []).append(short)
    return [f"{', '.join(shorts)}: {note}" for note, shorts in servers.items()]


def _searched(short: str) -> tuple:
    server = SERVERS[short]
    host, note, datasets = urllib.parse.urlsplit(server).netloc, "", []
    try:
        datasets = _catalogue_of(server)
        age = (time.time() - _entry(server, "catalog")[0]) / _DAY
        if age * _DAY > _FRESH["catalog"]:
            note = f"catalogue as of {age:.0f} days ago"
    except (SourceError, _NoSuchDataSet) as err:
        note = "catalogue was never fetched"
        if not settings.is_offline():
            note += f" ({host} {err or 'has none'})"
    return short, host, datasets, note


def _identifiers(server: str) -> list[str]:
    """Return the identifiers of a server's data sets, or none where it does not say."""
    try:
        return [d["id"] for d in _catalogue_of(server)]
    except (SourceError, _NoSuchDataSet):
        return []


def _catalogue_of(server: str) -> list[dict]:
    """Return the server's data sets, each with id and title."""
    table = _described(server, "", "catalog", {})
    entries = [
        d for d in table.get("catalog", []) if isinstance(d, dict) and isinstance(d.get("id"), str)
    ]
    return [{"id": d["id"], "title": _line(d.get("title") or d["id"], 200)} for d in entries]


# --------------------------------------------------------------------------- what servers said


def _described(server: str, dataset: str, what: str, params: dict) -> dict:
    """Return the server's answer: the cached one while it is fresh, or nothing better is to be had."""
    cached = _entry(server, what, dataset)
    fresh = cached is not None and time.time() - cached[0] < _FRESH[what]
    if fresh or (cached and settings.is_offline()):
        return cached[1]
    try:
        answer = _ask(f"{server}/{what}", params)
    except SourceError:
        if cached is None:
            raise
        return cached[1]
    _keep(_path(server, what, dataset), answer)
    return answer


def _ask(url: str, params: dict) -> dict:
    """Return what a server says in JSON, whatever its HTTP status; `_NoSuchDataSet` for an unknown data set."""
    from smile_explore.sources.session import Session  # requests is slow to import

    wanted = "catalog" if url.endswith("/catalog") else "parameters"
    with (
        Session(Clock(settings.deadline())) as session,
        session.get(url, params=params, stream=True) as answer,
    ):
        body = bytearray()
        for chunk in answer.iter_content():
            body += chunk
            if len(body) > _LIMIT:
                message = f"sent more than {_LIMIT >> 20} MB for a description"
                raise ServerError(message)
    try:
        table = json.loads(body)
        code = int(table.get("status", {}).get("code", 1200))
    except (ValueError, AttributeError, TypeError, RecursionError):
        table, code = None, 0
    if code in _UNKNOWN:
        raise _NoSuchDataSet
    if (
        answer.status_code >= 400
        or not isinstance(table, dict)
        or not isinstance(table.get(wanted), list)
    ):
        message = f"answered {answer.status_code} and no {wanted} that are HAPI to {params.get('id') or 'a catalogue'}"
        raise ServerError(message)
    return table


def _path(server: str, what: str, dataset: str = "") -> Path:
    name = f"{plain(dataset)}.json" if what == "info" else f"_{what}.json"
    return settings.cache_dir() / "hapi" / plain(server.partition("://")[2]) / name


def _entry(server: str, what: str, dataset: str = "") -> tuple[float, dict] | None:
    """Return when an answer came, and the answer, if it is cached."""
    path = _path(server, what, dataset)
    try:
        table = json.loads(path.read_text("utf-8"))
        return (path.stat().st_mtime, table) if isinstance(table, dict) else None
    except (OSError, ValueError, RecursionError):
        return None


def _keep(path: Path, answer: dict) -> None:
    draft = path.with_name(f".{secrets.token_hex(4)}.new")
    with storing():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_text(json.dumps(answer), "utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
