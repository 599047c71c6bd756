"""A loopback archive, short tempers, and products small enough to read at a glance."""

import hashlib

import numpy as np
import pytest

from smile_explore import settings, sources
from smile_explore.catalogue import Mirror, Product, Variable
from smile_explore.errors import CorruptFileError
from tests.archive.server import Archive

PATIENCE, DEADLINE = 1.0, 3.0
BERKELEY = "https://themis.ssl.berkeley.edu/data/themis/"
SPDF = "https://spdf.gsfc.nasa.gov/pub/data/"


@pytest.fixture(autouse=True)
def _short_tempers(monkeypatch):
    monkeypatch.setenv("SMILE_EXPLORE_PATIENCE", str(PATIENCE))
    monkeypatch.setenv("SMILE_EXPLORE_DEADLINE", str(DEADLINE))
    monkeypatch.setattr(sources, "_silent", {})


@pytest.fixture
def archive(monkeypatch):
    """Serve a loopback archive, and lead every known host to it."""
    with Archive() as running:
        monkeypatch.setenv("SMILE_EXPLORE_REWRITE", running.rewrite)
        yield running


def a_file(seed=0, size=50_000) -> bytes:
    """Return a file that can be told from any other and from a damaged one."""
    body = b"DATA" + np.random.default_rng(seed).bytes(size)
    return body + hashlib.sha256(body).digest()


def validate(path) -> None:
    """Judge as a reader would: the kind, and that every byte is as written."""
    body = path.read_bytes()
    if not body.startswith(b"DATA") or hashlib.sha256(body[:-32]).digest() != body[-32:]:
        message = f"{path.name} is damaged"
        raise CorruptFileError(message)


def a_product(*mirrors, name="test.day", period="day", pattern="c_%Y%m%d_v??.dat", **more):
    """Return a row; the mirrors are those of `http_mirror` and its like."""
    about = {"title": "", "mission": "", "format": "cdf", "time_reference": "L1", "cadence": "1s"}
    return Product(
        name=name, period=period, pattern=pattern, mirrors=mirrors,
        variables=more.pop("variables", (Variable("b", ("B",), "nT"),)),
        coverage=("2001-01-01", "now"), **about, **more,
    )  # fmt: skip


def http_mirror(root, server, **options):
    """Return a plain folder of day files."""
    url = f"{root}c/%Y/c_%Y%m%d_v??.dat"
    return Mirror("http", server, {"dataset": "test_c", "url": url} | options)


def over_http():
    """Return a product with two mirrors, Berkeley and SPDF, both plain folders."""
    return a_product(
        http_mirror(BERKELEY, "themis.ssl.berkeley.edu"), http_mirror(SPDF, "spdf.gsfc.nasa.gov")
    )


def over_pyspedas(*, second=True):
    """Return THEMIS-C FGM as the real row has it, the day file's content apart."""
    args = {"call": "themis.fgm", "args": {"probe": "c", "level": "l2"}, "dataset": "thc_l2_fgm"}
    mirrors = [
        Mirror("pyspedas", "themis.ssl.berkeley.edu", args | {"root": BERKELEY}),
        Mirror("pyspedas", "spdf.gsfc.nasa.gov", args | {"root": f"{SPDF}themis/"}),
    ]
    pattern = "thc_l2_fgm_%Y%m%d_v??.cdf"
    return a_product(*mirrors[: 1 + second], name="themis.c.fgm", pattern=pattern)


#: Where a day of each product lies at its first and its second server.
PLACES = {
    "http": (f"{BERKELEY}c/2008/c_200808%02d_v01.dat", f"{SPDF}c/2008/c_200808%02d_v01.dat"),
    "pyspedas": (
        f"{BERKELEY}thc/l2/fgm/2008/thc_l2_fgm_200808%02d_v01.cdf",
        f"{SPDF}themis/thc/l2/fgm/2008/thc_l2_fgm_200808%02d_v01.cdf",
    ),
}
PRODUCTS = {"http": over_http, "pyspedas": over_pyspedas}


def fetch(product, first=12, days=1, **how):
    """Fetch days of August 2008."""
    start = np.datetime64("2008-08-01") + np.timedelta64(first - 1, "D")
    how = {"validate": validate} | how
    return sources.fetch(product, start, start + np.timedelta64(days, "D"), **how)


def visible() -> list[str]:
    """Return the names that any reader of the cache could meet, whole or not."""
    root = settings.cache_dir() / "files"
    return sorted(p.name for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))


def left_over() -> list:
    """Return what lies in staging."""
    return list((settings.cache_dir() / "staging").glob("*"))
