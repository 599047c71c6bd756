"""SMILE's orbit as JPL Horizons has it (object -463): fetched once, kept, read by ``smile.orbit``.

It stands here because it needs the network, which the room ``smile`` may not touch.
"""

import re
from pathlib import Path

import numpy as np

from smile_explore import settings, times
from smile_explore.errors import (
    CorruptFileError,
    InputError,
    NetworkError,
    NoDataError,
    OfflineError,
    ServerError,
)
from smile_explore.smile import ephemeris
from smile_explore.sources import cache
from smile_explore.sources.job import Clock
from smile_explore.sources.session import Absent, Session, save

_SERVER = "ssd.jpl.nasa.gov"
_STEP = re.compile(r"([1-9]\d{0,3}) ?([mhd])")


def horizons(start, stop, step="1h", *, refresh=False) -> Path:
    """Return the file of SMILE's vectors from JPL Horizons, fetched if it is not there.

    Parameters
    ----------
    start, stop : str, datetime or datetime64, UTC
        Horizons knows SMILE from 2026-06-22 00:01:09 TDB; where it ends is not published.
    step : str
        Minutes, hours or days, as Horizons writes them: ``"10m"``, ``"1h"``. Between hourly
        vectors `smile.orbit` is within 1 km.
    refresh : bool
        Ask again even if the file is there: what was a forecast may be better known now.

    Returns
    -------
    Path
        In the cache folder; give it to ``smile.orbit(start, stop, ephemeris=path)``.

    Raises
    ------
    IntervalError, InputError
        If the interval or the step cannot be used.
    OfflineError
        If the offline switch is on and the file is not there.
    NoDataError
        If Horizons has no vectors of the interval; in its own words.
    NetworkError, ServerError, CorruptFileError
        If it cannot be reached, answers with a fault, or breaks off. A file that is there
        stays there.

    References
    ----------
    Giorgini et al., JPL Horizons, https://ssd.jpl.nasa.gov/horizons/.

    Examples
    --------
    >>> path = horizons("2026-07-01", "2026-07-03")  # doctest: +SKIP
    >>> smile.orbit("2026-07-01", "2026-07-02", ephemeris=path)  # doctest: +SKIP
    """
    start, stop = times.interval(start, stop)
    stride = _STEP.fullmatch(step)
    if not stride:
        message = f"step={step!r} is none of Horizons': write minutes, hours or days, like '10m'."
        raise InputError(message)
    path = settings.cache_dir() / "ephemeris" / _name(start, stop, step)
    if path.exists() and not refresh:
        return path
    if settings.is_offline():
        raise OfflineError(_offline(path))
    # the table ends with the last whole step: one more, so that it covers the interval
    end = stop + np.timedelta64(
        int(stride[1]), stride[2].upper() if stride[2] == "d" else stride[2]
    )
    with cache.staging() as folder:
        answer = _asked(ephemeris.horizons_url(start, end, step), folder / path.name)
        _refuse(answer)
        with cache.storing():
            path.parent.mkdir(parents=True, exist_ok=True)
            answer.replace(path)
    return path


def _name(start, stop, step: str) -> str:
    begin, end = (np.datetime_as_string(t, "s").replace(":", "") for t in (start, stop))
    return f"smile_horizons_{begin}_{end}_{step.replace(' ', '')}.txt"


def _offline(path: Path) -> str:
    held = sorted(p.name for p in path.parent.glob("smile_horizons_*.txt"))
    what = f"the cache holds {', '.join(held)}" if held else "the cache holds none of its files"
    return (
        f"Offline: {_SERVER} is not asked for {path.name}, and {what}: unset "
        "SMILE_EXPLORE_OFFLINE, or let smile.orbit propagate the published state."
    )


def _asked(url: str, path: Path) -> Path:
    try:
        with Session(Clock(settings.deadline())) as session:
            return save(session, url, path)
    except Absent as err:
        message = f"{_SERVER} has no interface at this address any more: let smile.orbit propagate the published state."
        raise ServerError(message) from err
    except (NetworkError, ServerError, CorruptFileError) as err:
        message = (
            f"{_SERVER} {err}: try again later, or let smile.orbit propagate the published state."
        )
        raise type(err)(message) from err


def _refuse(path: Path) -> None:
    """Raise what Horizons says instead of vectors, and refuse a table that breaks off."""
    text = path.read_text("utf-8", "replace")
    if "$$SOE" in text:
        ephemeris.parse_horizons(text)
        return
    said = re.search(r"No ephemeris for target[^\n]*", text)
    if said:
        message = f"{_SERVER}: {said[0].strip()}; let smile.orbit propagate the published state."
        raise NoDataError(message)
    start = " ".join(text.split())[:120]
    message = f"{_SERVER} sent no table of vectors but {start!r}: try again later."
    raise ServerError(message)
