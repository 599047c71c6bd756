"""Which region of near-Earth space a spacecraft was in, with a probability, sample by sample.

A naive Bayes model with few, stated parameters: each measured quantity votes with a
Gaussian likelihood of its logarithm. It is meant for the dayside and the near flanks,
equatorward of the cusps: in the lobes, the cusps and the tail plasma sheet none of the
four names fits, and one is given all the same.
"""

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError
from smile_explore.events.series import Clock, clock, length, nanoseconds, pick, stretch
from smile_explore.frames import dipole_tilt, rotate

REGIONS = ("magnetosphere", "boundary layer", "magnetosheath", "solar wind")

#: Probabilities beforehand: inside the magnetopause as likely as outside; of the inside a
#: fifth for the boundary layer, which is thin; the outside in equal parts.
PRIOR = (0.4, 0.1, 0.25, 0.25)

#: Mean and width of log10 of each quantity, in the order of REGIONS; None: no preference.
#: Solar wind: medians near 1 au (Wilson et al. 2018). The temperature is wide because
#: electrostatic analysers made for the magnetosphere give it too high (McFadden et al.
#: 2008), and because the foreshock is solar wind as well. Magnetosheath: the solar wind
#: after a mean compression of 3, heated to 3/16 m V^2. Magnetosphere: outer dayside plasma
#: sheet. Boundary layer: between the two, as mixing would have it (Paschmann et al. 1993).
LIKELIHOOD = {
    "b": ((1.60, 0.25), (1.50, 0.25), (1.20, 0.30), (0.74, 0.20)),  # nT
    "n": ((-0.40, 0.40), (0.40, 0.30), (1.18, 0.35), (0.72, 0.30)),  # cm-3
    "t": ((3.48, 0.30), (2.98, 0.25), (2.50, 0.25), (1.50, 0.50)),  # eV
    "v": ((1.50, 0.35), (2.00, 0.35), (2.15, 0.30), (2.62, 0.10)),  # km s-1
    # standard deviation of the vector field over the window, in units of its mean strength
    "fluctuation": ((-1.60, 0.40), (-1.00, 0.35), (-0.60, 0.30), (-1.10, 0.40)),
}

#: Which regions hold the Earth's field; in the others any direction is as likely.
_TERRESTRIAL = np.array([True, True, False, False])

#: How closely (von Mises-Fisher) the Earth's field follows what is expected of it: north,
#: give or take 35 deg, if the position is unknown; else its model, give or take 25 deg.
NORTHWARD, AS_MODELLED = 3.0, 5.0

#: Flaring of the magnetopause at 2 nPa and no Bz (Shue et al. 1998).
_FLARING = 0.59

#: No single quantity may make a region less likely than this by itself: a bad moment or a
#: rare state of the solar wind is more probable than that, and a quiet sheath, or a shaken
#: magnetosphere, much more so.
FLOOR = {"b": 1e-4, "n": 1e-4, "t": 1e-4, "v": 1e-4, "fluctuation": 1e-2}

_NAMES = {
    "n": (("n_i", "n_p", "n"), "cm-3"),
    "t": (("t_i", "t_p", "t"), "eV"),
    "v": (("v", "v_i", "v_p"), "km s-1"),
}


def regions(ds: xr.Dataset, *, window: str = "30s") -> xr.Dataset:
    """Return the region of each sample, and the probability of each region.

    Parameters
    ----------
    ds : Dataset, dims (time, cartesian)
        ``b`` (nT; GSM, GSE or SM) and, where there are any, density (``n_i`` or ``n_p``),
        temperature (``t_i`` or ``t_p``, eV or K) and velocity (``v``, km s-1).
        With ``b`` alone magnetosheath and solar wind are told apart by strength and
        fluctuations only, and the probabilities are less decided. With a position
        (``pos``) the Earth's field is expected in the direction of a shielded dipole
        there, which matters at high latitude; without, northward.
    window : str
        Probabilities are averaged over this time, centred, so that a single sample does
        not make a region. It never reaches over a gap.

    Returns
    -------
    Dataset, dims (time, region)
        ``probability`` (time, region), 0 to 1, adding up to 1, NaN where one of the
        quantities is NaN; and ``label`` (time), the most probable one, "" where NaN.
        The quantities are treated as independent, which they are not: probabilities
        near 0 and 1 are too sure of themselves.

    Raises
    ------
    DatasetError
        If there is no quantity to go by, or `b` is in a frame whose z is not northward.

    References
    ----------
    Wilson et al. (2018), doi:10.3847/1538-4365/aab71c; McFadden et al. (2008),
    doi:10.1007/s11214-008-9440-2; Paschmann et al. (1993), doi:10.1029/93JA00646;
    Mead and Beard (1964), doi:10.1029/JZ069i007p01169; Shue et al. (1998), doi:10.1029/98JA01103.
    The widths are this package's own.

    Examples
    --------
    >>> time = np.datetime64("2008-08-12", "ns") + np.arange(3) * np.timedelta64(3, "s")
    >>> n = xr.DataArray([8.0, 8.0, np.nan], {"time": time}, attrs={"units": "cm-3"})
    >>> t = xr.DataArray([300.0, 300.0, 300.0], {"time": time}, attrs={"units": "eV"})
    >>> regions(xr.Dataset({"n_i": n, "t_i": t})).label.values.tolist()
    ['magnetosheath', 'magnetosheath', '']
    """
    ticks, span = clock(ds), nanoseconds(window)
    votes = _votes(ds, ticks, span)
    if not votes:
        wanted = ", ".join(("b", *(n for names, _ in _NAMES.values() for n in names)))
        message = f"The Dataset has none of {wanted}: there is nothing to tell regions by."
        raise DatasetError(message)
    likelihood = sum(votes) + np.log(PRIOR)
    p = np.exp(likelihood - likelihood.max(axis=1, initial=-np.inf, keepdims=True))
    p = _smooth(ticks, p / p.sum(axis=1, keepdims=True), span)
    known = ~np.isnan(p[:, 0])
    names = np.where(known, np.array(REGIONS)[np.argmax(np.nan_to_num(p), axis=1)], "")
    return xr.Dataset(
        {
            "probability": (
                ("time", "region"), p, {"units": "1", "long_name": "probability of the region"},
            ),
            "label": ("time", names, {"long_name": "most probable region"}),
        },
        {"time": ds["time"], "region": list(REGIONS)},
        {"model": f"naive Bayes of {', '.join(_used(ds))}; window {window}"},
    )  # fmt: skip


def _used(ds: xr.Dataset) -> list[str]:
    return [n for n in ds.data_vars if n == "b" or any(n in names for names, _ in _NAMES.values())]


def _votes(ds: xr.Dataset, ticks: Clock, span: int) -> list[np.ndarray]:
    """Return the log likelihoods (time, region) of every quantity there is."""
    votes = []
    for key, (names, units) in _NAMES.items():
        series = pick(ds, names, units)
        if series is not None:
            votes.append(_gaussian(key, length(series)))
    if "b" in ds:
        votes += _field_votes(ds, ticks, span)
    return votes


def _field_votes(ds: xr.Dataset, ticks: Clock, span: int) -> list[np.ndarray]:
    b = ds["b"].transpose("time", "cartesian").astype(float)
    votes = [_gaussian("b", length(b)), _terrestrial(*_alignment(b, ds.get("pos")))]
    if ticks.cadence and span >= 5 * ticks.cadence:  # fewer samples say nothing of fluctuations
        votes.append(_gaussian("fluctuation", _fluctuation(b.values, ticks, span)))
    return votes


def _alignment(b: xr.DataArray, pos: xr.DataArray | None):
    """Return the cosine between `b` and the Earth's field, and how much it is to be trusted."""
    if pos is not None:
        field, expected, trust = rotate(b, "GSM"), _shielded_dipole(pos), AS_MODELLED
    elif b.attrs.get("coordinate_system") in ("GSM", "GSE", "SM"):
        field, expected, trust = b, np.array([0.0, 0.0, 1.0]), NORTHWARD
    else:
        message = (
            f"'b' is in {b.attrs.get('coordinate_system')!r}, but must be in GSM, GSE or SM: "
            "use frames.rotate(b, to='GSM')."
        )
        raise DatasetError(message)
    size = length(field)
    return (field.values * expected).sum(axis=-1) / np.where(size > 0, size, np.nan), trust


def _shielded_dipole(pos: xr.DataArray) -> np.ndarray:
    """Return the direction of the Earth's field just inside the magnetopause, in GSM.

    The magnetopause current cancels the dipole's component along the normal and doubles
    the others, as for a plane conductor (Mead and Beard 1964); the normal is that of a
    Shue surface through the spacecraft.
    """
    tilt = dipole_tilt(pos["time"]).values
    x, y, z = np.moveaxis(rotate(pos, "GSM").transpose("time", "cartesian").values, -1, 0)
    across, r = np.hypot(y, z), np.sqrt(x**2 + y**2 + z**2)
    r = np.where(r > 0, r, np.nan)  # 0, 0, 0 is no place of a spacecraft
    # d ln r / d theta of the surface; a point right in the tail has no such normal
    slope = _FLARING * across / np.where(r + x > 1e-9 * r, r + x, np.nan)
    away = np.stack([-across, *(x * np.divide((y, z), np.where(across > 0, across, 1.0)))], axis=-1)
    radial = np.stack([x, y, z], axis=-1) / r[:, None]
    normal = _unit(radial - slope[:, None] * away / r[:, None])
    axis = np.stack([np.sin(tilt), np.zeros_like(tilt), np.cos(tilt)], axis=-1)
    dipole = axis - 3 * (axis * radial).sum(axis=-1, keepdims=True) * radial
    return _unit(dipole - (dipole * normal).sum(axis=-1, keepdims=True) * normal)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _gaussian(key: str, values: np.ndarray) -> np.ndarray:
    x = np.log10(np.where(values > 0, values, np.where(values == 0, 1e-3, np.nan)))[:, None]
    mean, width = np.array(LIKELIHOOD[key]).T
    with np.errstate(invalid="ignore"):  # NaN goes in and comes out
        return np.logaddexp(-(((x - mean) / width) ** 2) / 2 - np.log(width), np.log(FLOOR[key]))


def _terrestrial(cosine: np.ndarray, trust: float) -> np.ndarray:
    """Return the log likelihood of a direction, against that of any direction at all."""
    earth = np.log(trust / np.sinh(trust)) + trust * cosine[:, None]
    return np.where(_TERRESTRIAL, earth, np.where(np.isnan(earth), np.nan, 0.0))


def _fluctuation(values: np.ndarray, ticks: Clock, span: int) -> np.ndarray:
    moments = _smooth(ticks, np.concatenate([values, values**2], axis=1), span)
    variance = (moments[:, 3:] - moments[:, :3] ** 2).sum(axis=1).clip(min=0)
    mean = np.sqrt(moments[:, 3:].sum(axis=1))
    return np.sqrt(variance) / np.where(mean > 0, mean, np.nan)


def _smooth(ticks: Clock, values: np.ndarray, span: int) -> np.ndarray:
    """Return the mean of each column over `span` ns about each sample, within its stretch."""
    known = ~np.isnan(values).any(axis=1)
    begun = stretch(ticks, known)
    ends = len(known) - 1 - stretch(_reversed(ticks), known[::-1])[::-1]
    left = np.maximum(np.searchsorted(ticks.start, ticks.start - span // 2, "left"), begun)
    right = np.minimum(np.searchsorted(ticks.start, ticks.start + span // 2, "right"), ends + 1)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.where(known[:, None], values, 0.0)])
    total = np.cumsum(total, axis=0)
    mean = (total[right] - total[left]) / (right - left)[:, None]
    return np.where(known[:, None], mean, np.nan)


def _reversed(ticks: Clock) -> Clock:
    first = np.concatenate([ticks.first[1:], [True]])[::-1] if len(ticks.first) else ticks.first
    return Clock(-ticks.stop[::-1], -ticks.start[::-1], first, ticks.cadence)
