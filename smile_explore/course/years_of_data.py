"""Checks of ``50_years_of_data``, and the SIMULATED years of wind that it works on.

Years of measurements are a download; a course runs offline. So month files in OMNI's own layout
are written here, from a seed, with a law that is planted: southward fields are more frequent
about the equinoxes. It is for learning alone.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from smile_explore.course.verdict import no, number, table, time, yes

PRODUCT, FIRST_YEAR, YEARS = "omni.5min", 2000, 6
#: Southward fields: how many a month on average, and by how much more at the equinoxes.
RATE, SEASON = 14.0, 0.5
#: The file that the notebook damages.
SPOILT = "omni_hro_5min_20030701_v01.cdf"
STATISTICS = (
    f"{YEARS} years of 5-min values. Background: red noise, each component of B 1.5 nT with a memory "
    f"of an hour, Pdyn lognormal about 2 nPa. Planted: about {RATE:g} southward fields a month, -8 nT "
    "for 1 to 3 hours, at random times, and over every other month's end. 2 % of the wind is missing."
)
TRUTH = f"The rate of southward fields is {RATE:g} (1 + {SEASON:g} cos(4 pi (day - 80) / 365.25)) a month."
_EQUINOX, _SOLSTICE = (3, 4, 9, 10), (6, 7, 12, 1)
_FILL = np.float32(9999.99)
_REACH = 18  # samples that a field over a month's edge has on either side of it


def months() -> pd.DatetimeIndex:
    """Return the first day of each simulated month.

    Examples
    --------
    >>> len(months()), str(months()[-1].date())
    (72, '2005-12-01')
    """
    return pd.date_range(f"{FIRST_YEAR}-01-01", periods=12 * YEARS, freq="MS")


def simulated(month) -> dict[str, np.ndarray]:
    """Return a SIMULATED month: ``time``, ``b`` (n, 3; nT, GSM), ``p_dyn`` (nPa), ``planted``.

    ``planted`` holds the first sample of each southward field; missing is NaN.

    Examples
    --------
    >>> march, june = (simulated(pd.Timestamp(f"2001-{m:02}-01")) for m in (3, 6))
    >>> len(march["time"]), len(march["planted"]) > len(june["planted"])
    (8928, True)
    """
    month = pd.Timestamp(month)
    rng = np.random.default_rng([50, month.year, month.month])
    stamps = pd.date_range(month, _next(month), freq="5min", inclusive="left")
    n = len(stamps)
    b = np.stack([1.5 * _red(rng, n) for _ in range(3)], axis=1)
    season = np.cos(4 * np.pi * (month.day_of_year + 15 - 80) / 365.25)
    planted = _apart(rng, rng.poisson(RATE * (1 + SEASON * season)), n)
    for k in planted:
        b[k : k + rng.integers(12, 37), 2] = -8 + rng.normal(0, 0.5)
    for edge, end in ((month, slice(None, _REACH)), (_next(month), slice(-_REACH, None))):
        if _lies_over(edge):
            b[end, 2] = -8
    planted = np.append(planted, [n - _REACH] if _lies_over(_next(month)) else []).astype(int)
    p_dyn = 2 * np.exp(0.35 * _red(rng, n))
    for k in rng.integers(0, n - 12, n // 600):
        b[k : k + 12], p_dyn[k : k + 12] = np.nan, np.nan
    return {"time": stamps.to_numpy("M8[ns]"), "b": b, "p_dyn": p_dyn, "planted": planted}


def _next(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.offsets.MonthBegin()


def _lies_over(edge: pd.Timestamp) -> bool:
    """Say whether a southward field lies over a month's edge; both months must agree."""
    return bool(np.random.default_rng([51, edge.year, edge.month]).random() < 0.5)


def _red(rng, n) -> np.ndarray:
    """Return noise of variance 1 with a memory of an hour, 12 samples."""
    from scipy.signal import lfilter

    keep = np.exp(-1 / 12)
    return lfilter([np.sqrt(1 - keep**2)], [1, -keep], rng.normal(size=n))


def _apart(rng, count, n) -> np.ndarray:
    """Return random samples at least 5 hours apart, and from the month's edges."""
    picked: list[int] = []
    while len(picked) < count:
        k = int(rng.integers(60, n - 120))
        if all(abs(k - other) >= 60 for other in picked):
            picked.append(k)
    return np.sort(np.array(picked, int))


def write_years(folder) -> Path:
    """Write the SIMULATED years as month files that ``load("omni.5min", source=folder)`` reads.

    Parameters
    ----------
    folder : str or Path
        Made if need be.

    Returns
    -------
    Path
        The folder, with one CDF in OMNI's layout a month.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for month in months():
        _write(folder / f"omni_hro_5min_{month:%Y%m}01_v01.cdf", simulated(month))
    return folder


def _write(path: Path, values: dict) -> None:
    import pycdfpp

    cdf = pycdfpp.CDF()
    cdf.add_attribute("Logical_source", ["omni_hro_5min"])
    cdf.add_attribute("simulated", [np.array([1], np.int32)])
    cdf.add_attribute("Acknowledgement", ["SIMULATED for smile_explore's course"])
    epoch = cdf.add_variable("Epoch", pycdfpp.to_epoch(values["time"]), pycdfpp.DataType.CDF_EPOCH)
    epoch.add_attribute("VAR_TYPE", "support_data")
    columns = dict(zip(("BX_GSE", "BY_GSM", "BZ_GSM"), values["b"].T, strict=True))
    columns["Pressure"] = values["p_dyn"]
    for name, column in columns.items():
        filled = np.where(np.isnan(column), _FILL, column).astype(np.float32)
        packed = pycdfpp.CompressionType.gzip_compression
        var = cdf.add_variable(name, np.ascontiguousarray(filled), compression=packed)
        var.add_attribute("DEPEND_0", "Epoch")
        var.add_attribute("UNITS", "nPa" if name == "Pressure" else "nT")
        var.add_attribute("FILLVAL", np.array([_FILL]))
    pycdfpp.save(cdf, str(path))


# --------------------------------------------------------------------------- checks


def share(answer):
    """Judge the table of the share of time with Bz below -5 nT, month by month."""
    mine = table(answer, "start", "share")
    if len(mine) != len(months()):
        return no(
            f"{len(mine)} rows; {len(months())} months should give one each: one dict a month."
        )
    values = mine["share"].to_numpy(float)
    truth = np.array([_share(simulated(month)["b"][:, 2]) for month in months()])
    if np.allclose(values, truth, atol=1e-4):
        return yes(f"{values.mean():.1%} of all time, and the months differ: see when.")
    if np.allclose(values, 100 * truth, atol=0.01):
        return no("Those are per cent: give a share from 0 to 1.")
    with_gaps = [np.mean(simulated(month)["b"][:, 2] < -5) for month in months()]
    if np.allclose(values, with_gaps, atol=1e-4):
        return no("NaN < -5 is False, so gaps were counted as not southward: leave them out first.")
    return no(
        "Of the samples that are no gap, the share with b_z below -5: what does the mean of a truth give?"
    )


def _share(b_z) -> float:
    return float(np.mean(b_z[np.isfinite(b_z)] < -5))


def damaged(answer):
    """Judge which month's file is damaged."""
    mine = time(answer)
    right = pd.Timestamp(SPOILT.split("_")[3])
    if (mine.year, mine.month) == (right.year, right.month):
        return yes("The message names the file. What failed is a symptom; read the cause.")
    if right < mine <= right + pd.Timedelta("32D"):
        return no("That interval failed, too, but whose file does its message name?")
    return no("survey.failures(found) lists what failed and why: read its column 'message'.")


def again(answer):
    """Judge how many intervals the second call had to do."""
    mine = number(answer)
    if mine == 1:
        return yes("The one that failed, and no other: 71 were on disk already.")
    if mine == len(months()):
        return no("Look how long it took: is that all of them once more?")
    return no("Compare the parts that are there before and after: count the new ones.")


def season(answer):
    """Judge the ratio of the rate about the equinoxes to that about the solstices."""
    mine = number(answer)
    counts = {month: len(simulated(month)["planted"]) for month in months()}
    equal = sum(n for month, n in counts.items() if month.month in _EQUINOX)
    sun = sum(n for month, n in counts.items() if month.month in _SOLSTICE)
    right = equal / sun
    error = right * np.sqrt(1 / equal + 1 / sun)  # counting statistics of both
    if abs(mine - right) <= error:
        return yes(f"Planted: {right:.1f}, with these counts known to {error:.1f}. {TRUTH}")
    if abs(1 / max(mine, 1e-9) - right) <= error:
        return no("That is upside down: equinox over solstice.")
    if abs(mine - 1) < 0.15:
        return no("No season at all? Group by the month of 'start', not by the year.")
    return no("Mean count of the months 3, 4, 9, 10, over that of 6, 7, 12, 1.")


CHECKS = {1: share, 2: damaged, 3: again, 4: season}
