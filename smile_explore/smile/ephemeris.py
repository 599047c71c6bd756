"""Read ephemeris files: vectors of JPL Horizons, and GSE lines as the mission wrote them.

Text in, arrays out: TDB seconds past J2000, states in km and km s-1. It fetches nothing.
"""

import io
import re

import numpy as np
import pandas as pd

from smile_explore import contract
from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.smile import propagate

_J2000 = np.datetime64("2000-01-01T12:00", "ns")
_ICRF = re.compile(r"Reference frame *: *ICRF")
_GSE_LINE = re.compile(r"^\s*\d{1,2} [A-Za-z]{3} \d{4} +\d\d:\d\d:\d\d(\.\d*)?( +\S+){6}\s*$")


def horizons_url(start, stop, step) -> str:
    """Return the query of Horizons' text interface for SMILE's geocentric ICRF vectors.

    Vectors come in TDB, 69.2 s ahead of UTC: two minutes more at the end cover the interval.
    """
    stop = stop + np.timedelta64(2, "m")
    low, high = (str(t.astype("M8[s]")).replace("T", "%20") for t in (start, stop))
    return (
        "https://ssd.jpl.nasa.gov/api/horizons.api?format=text&COMMAND='-463'&EPHEM_TYPE=VECTORS"
        "&CENTER='500@399'&REF_SYSTEM=ICRF&REF_PLANE=FRAME&OUT_UNITS=KM-S&VEC_TABLE=2"
        f"&CSV_FORMAT=YES&START_TIME='{low}'&STOP_TIME='{high}'&STEP_SIZE='{step}'"
    )


def read(path):
    """Read an ephemeris file of either kind.

    Returns
    -------
    tuple
        TDB seconds past J2000, shape (n,), increasing; states, shape (n, 6), km and
        km s-1; the frame, "ICRF" or "GSE".

    Raises
    ------
    CorruptFileError
        If the file cannot be read, is of neither kind or is cut short.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        message = f"Ephemeris file {path} cannot be read ({err}): give a text file."
        raise CorruptFileError(message) from err
    found = parse_horizons(text) if "Horizons" in text else parse_gse(text)
    t, states, frame = found
    if len(t) < 2 or (np.diff(t) <= 0).any() or not np.isfinite(states).all():
        message = f"Ephemeris file {path} holds {len(t)} vectors: two or more are needed, in order of time, all finite."
        raise CorruptFileError(message)
    return t, states, frame


def from_dataset(ds):
    """Return the same of a Dataset with ``pos`` and ``vel``, as `orbit` returns it."""
    frames = {ds[k].attrs.get("coordinate_system") for k in ("pos", "vel") if k in ds}
    if not {"pos", "vel"} <= set(ds) or frames not in ({"GSE"}, {"ICRF"}) or ds.sizes["time"] < 2:
        message = "The ephemeris Dataset needs 'pos' and 'vel' (time, cartesian), both in GSE or both in ICRF, at two times or more."
        raise DatasetError(message)
    parts = [contract.require(ds[k], u) for k, u in (("pos", "km"), ("vel", "km s-1"))]
    states = np.hstack([p.transpose("time", "cartesian").values for p in parts]).astype(float)
    t = (ds["time"].values - _J2000) / np.timedelta64(1, "s") + propagate.tdb_minus_utc()
    if not np.isfinite(states).all():
        message = f"The ephemeris Dataset misses {int((~np.isfinite(states)).any(axis=1).sum())} of {len(t)} vectors: drop them first."
        raise DatasetError(message)
    return t, states, frames.pop()


def parse_horizons(text: str):
    """Return times, states and frame of a Horizons answer (CSV vectors, km and s)."""
    table = re.search(r"\$\$SOE\s*\n(.*?)\$\$EOE", text, re.DOTALL)
    signs = ("KM-S", "Calendar Date (TDB)", "VX,")
    if not table or not all(sign in text for sign in signs) or not _ICRF.search(text):
        message = (
            "This Horizons answer is no complete table of ICRF vectors in TDB and KM-S: "
            "ask for the address that horizons_url gives."
        )
        raise CorruptFileError(message)
    columns = _numbers(table[1])
    # nine decimals of a Julian day are 0.1 ms: 0.6 m at perigee
    return (columns[:, 0] - 2451545.0) * 86400, columns[:, 1:], "ICRF"


def parse_gse(text: str):
    """Return times, states and frame of lines ``DD Mon YYYY HH:MM:SS.f x y z vx vy vz``."""
    lines = text.splitlines()
    good = [bool(_GSE_LINE.match(line)) for line in lines]
    first = good.index(True) if True in good else len(lines)
    rest = [n for n in range(first, len(lines)) if not good[n] and lines[n].strip()]
    if first == len(lines) or rest:
        what = f"line {rest[0] + 1} breaks off" if rest else "no line is a vector"
        message = f"Not an ephemeris file, {what}: it needs 'DD Mon YYYY HH:MM:SS.f x y z vx vy vz', or Horizons' vectors."
        raise CorruptFileError(message)
    words = [line.split() for line in lines[first:] if line.strip()]
    time = pd.to_datetime([" ".join(w[:4]) for w in words], format="mixed").to_numpy("M8[ns]")
    t = (time - _J2000) / np.timedelta64(1, "s") + propagate.tdb_minus_utc()
    return t, np.array([w[4:] for w in words], dtype=float), "GSE"


def _numbers(table: str) -> np.ndarray:
    try:
        rows = pd.read_csv(io.StringIO(table), header=None, usecols=[0, 2, 3, 4, 5, 6, 7])
        return rows.to_numpy(float)
    except ValueError as err:
        message = f"The vector table breaks off or holds text for numbers ({err}): fetch it again."
        raise CorruptFileError(message) from err


def between(known, states, t):
    """Return states at times between those of an ephemeris, ICRF.

    A Kepler orbit is followed from the line before; what it misses at the line after is
    spread over the interval by a cubic. A cubic through hourly vectors themselves is
    thousands of km off at perigee.
    """
    k = np.clip(np.searchsorted(known, t, side="right") - 1, 0, len(known) - 2)
    out = np.empty((len(t), 6))
    for left in np.unique(k):
        here = k == left
        orbit = propagate.osculating(known[left], states[left])
        times = np.append(t[here], known[left + 1])
        kepler = np.vstack(orbit.at(orbit.anomaly(times))[1:]).T
        out[here] = kepler[:-1] + _cubic(times, known[left], states[left + 1] - kepler[-1])
    return out


def _cubic(times, start, missed):
    """Return departures that grow from nothing, smoothly, to what is missed at the end."""
    long = times[-1] - start
    s = ((times[:-1] - start) / long)[:, None]
    away, drift = missed[:3], missed[3:] * long
    pos = s**2 * ((3 - 2 * s) * away + (s - 1) * drift)
    vel = s * (6 * (1 - s) * away + (3 * s - 2) * drift) / long
    return np.hstack([pos, vel])
