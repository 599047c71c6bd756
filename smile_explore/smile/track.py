"""The magnetopause of a whole pass: all its images fitted together, the wind as a prior."""

import itertools
import warnings

import numpy as np
import xarray as xr

from smile_explore.errors import InputError
from smile_explore.physics.magnetopause import shue1998
from smile_explore.physics.solar_wind import dynamic_pressure
from smile_explore.smile import poisson_fit
from smile_explore.smile.boundary import MODEL_ERROR
from smile_explore.smile.poisson_fit import SHAPE, Prior

#: A standoff moves by so many R_E where ln n changes by one: r0 ~ (n V^2)^(-1/6.6) near 10 R_E,
#: and the sheath's brightness is proportional to n. It ties brightness and place together.
_MOVED = 10.0 / 6.6
#: Without wind. R_E, ln A1, minutes: standard deviation of the mean of the standoff, of the
#: wandering about it that its brightness does not show; of the brightness, and its memory.
_MEAN, _OFFSET = 10.0, 2.0
_OWN, _OWN_TAU = 0.25, 120.0
_BRIGHT, _BRIGHT_TAU = 0.5, 180.0
#: With wind: the boundary model's offset on a day (Case and Wild 2013, doi:10.1002/jgra.50572,
#: find 0.5 to 1 R_E between models and crossings), and errors of the density and their memory.
_WIND_OFFSET, _DENSITY, _DENSITY_TAU = 0.6, 0.25, 60.0
_ARRIVAL = 8.0  # minutes, of OMNI's shift (Mailyan et al. 2008, doi:10.5194/angeo-26-2383-2008)
_UNSEEN = 1.0  # R_E, where the wind is missing
_EDGES = 0.15  # of chi squared: pixels of a degree and one shape for hours, of CMEM's own counts
_ANY_SCALE = 3.0  # of ln A1: nobody has calibrated it


def track_magnetopause(images, *, wind=None, model="cmem", progress=False) -> xr.Dataset:
    """Return where the magnetopause was through a pass, from all its X-ray images at once.

    Parameters
    ----------
    images : list of Dataset, or Dataset with dim ``time``
        Counts, as `smile.counts` gives them or `load` of ``smile.sxi``, in any order; each
        with ``pos`` and ``aim`` and the middle of its exposure as ``time``.
    wind : Dataset, optional
        OMNI at the bow-shock nose, as `load` gives it: ``n_p``, ``speed`` or ``v``, ``b`` in
        GSM. It is a prior with errors of value and arrival, not a truth.
    model : {"cmem"}
        Of the emissivity.
    progress : bool
        Show a bar.

    Returns
    -------
    Dataset, dims (time), (time, bound), ()
        ``standoff`` in R_E; ``interval``, 95 %, with the model's error; ``error``, one standard
        deviation over repeated counts of the same sky; ``prior`` and ``prior_error``, of the
        wind alone (NaN without `wind`); ``weight``, the share of the prior's variance that the
        images take away, 0 to 1; ``brightness``, the logarithm of CMEM's A1 for the images'
        response; and the shape that all share: ``gap`` (bow shock over standoff, less 1),
        ``ln_wind``, ``p1``, ``ln_p2``, ``B``, ``alpha``, ``beta``, ``a_bs``, each with
        ``attrs["error"]``. ``attrs["misfit"]`` is chi squared for each pixel, ``attrs["fits"]``
        0 where the model does not fit.

    Raises
    ------
    InputError
        If an image is none, two are of one time, the model is not known, or the wind lacks
        what it takes.

    Warns
    -----
    UserWarning
        If the model does not fit the counts: the interval is then too narrow.

    Notes
    -----
    The maximum of the posterior of all images' Poisson counts, by Fisher scoring, and its
    curvature there. Standoff and logarithm of the brightness are Gaussian processes of an
    exponential memory (Ornstein-Uhlenbeck), which a dense pass makes a smoother; they are tied
    by pressure balance. With `wind` the processes are what is left over it: an offset of the
    boundary model (0.6 R_E), wandering, a wind that came up to 8 minutes early or late. The
    prior's boundary is Shue et al. (1998). A pass of 96 images takes 10 to 20 s.

    References
    ----------
    Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, sections 2.2, 3.4;
    Shue et al. (1998), doi:10.1029/98JA01103; Wharton et al. (2025) for CMEM, see
    `physics.soft_xray.cmem`.

    Examples
    --------
    >>> from smile_explore import smile
    >>> times = np.datetime64("2027-03-20T12:00") + np.arange(2) * np.timedelta64(30, "m")
    >>> place = dict(position=[6.4, 3.3, 18.0], n_p=15.0, shape=(54, 32))
    >>> seen = [smile.counts(smile.image(time=t, **place), exposure=1800.0, seed=1) for t in times]
    >>> track = track_magnetopause(seen)
    >>> track.standoff.round(0).values.tolist(), track.interval.sizes["bound"]
    ([9.0, 9.0], 2)
    """
    if model != "cmem":
        message = (
            f"model={model!r} is not 'cmem', the only emission model that passes are fitted with."
        )
        raise InputError(message)
    frames = _frames(images)
    time = np.array([one.time for one in frames]).astype("datetime64[ns]")
    mean, scale, known = _expected(time, wind)
    covariance = _covariance(_minutes(time), known)
    with _bar(len(frames), progress) as advance:
        solution = _solved(frames, (mean, scale), covariance, advance)
    fits = _warn_of_misfit(solution, frames)
    prior_error = np.sqrt(np.diag(covariance)[: len(time)])
    return _dataset(
        time, solution, (mean, prior_error), (wind is not None, _simulated(images), fits)
    )


# --------------------------------------------------------------------------- what is given


def _frames(images) -> list:
    if isinstance(images, xr.Dataset):
        images = (
            [images.isel(time=k) for k in range(images.sizes["time"])]
            if "time" in images.dims
            else [images]
        )
    if not images or not all(isinstance(one, xr.Dataset) and "counts" in one for one in images):
        message = (
            "images must be Datasets with 'counts', as smile.counts returns them, at least one."
        )
        raise InputError(message)
    if not all("time" in one.coords for one in images):
        message = "An image does not say its time: give it the coordinate 'time', the middle of the exposure."
        raise InputError(message)
    frames = sorted(map(poisson_fit.frame, images), key=lambda one: one.time)
    same = [b.time for a, b in itertools.pairwise(frames) if a.time == b.time]
    if same:
        message = f"Two images are of {same[0]}: give each once, or sum them with smile.rebin."
        raise InputError(message)
    return frames


def _simulated(images) -> int:
    parts = [images] if isinstance(images, xr.Dataset) else images
    return max(int(one.attrs.get("simulated", 0)) for one in parts)


def _minutes(time) -> np.ndarray:
    return (time - time[0]) / np.timedelta64(60, "s")


def _expected(time, wind):
    """Return the standoff and ln n expected at each time, and each one's error without offset.

    Without wind the errors are None.
    """
    if wind is None:
        return np.full(len(time), _MEAN), np.zeros(len(time)), None
    n, speed, b_z = _drivers(wind)
    at = wind["time"].values.astype("datetime64[ns]")
    nose = shue1998(0.0, p_dyn=dynamic_pressure(n, speed), b_z=b_z)
    mean, spread = _about(at, nose, time)
    scale = _about(at, np.log(np.maximum(n, 0.05)), time)[0]
    lost = ~(np.isfinite(mean) & np.isfinite(scale))
    if lost.all():
        message = f"The wind holds no value within {_ARRIVAL:.0f} minutes of any image: load it for the pass."
        raise InputError(message)
    spread = np.where(lost, _UNSEEN, np.hypot(_OWN, spread))
    return np.where(lost, np.nanmean(mean), mean), np.where(lost, np.nanmean(scale), scale), spread


def _drivers(wind):
    speed = wind.get("speed") if isinstance(wind, xr.Dataset) else None
    if speed is None and isinstance(wind, xr.Dataset) and "v" in wind:
        speed = np.sqrt((wind["v"] ** 2).sum("cartesian", skipna=False))
    lacks = speed is None or not {"n_p", "b"} <= set(wind)
    if lacks or wind["b"].attrs.get("coordinate_system", "GSM") != "GSM":
        message = (
            "wind needs n_p, speed or v, and b in GSM: load('omni.1min', start, stop) gives them."
        )
        raise InputError(message)
    b_z = wind["b"].sel(cartesian="z").values
    return wind["n_p"].values, np.asarray(speed), b_z


def _about(at, values, time):
    """Return mean and standard deviation of what lies within the error of arrival of each time."""
    reach = np.timedelta64(int(_ARRIVAL * 60), "s")
    near = [values[(at >= t - reach) & (at <= t + reach)] for t in time]
    near = [one[np.isfinite(one)] for one in near]
    mean = np.array([one.mean() if len(one) else np.nan for one in near])
    return mean, np.array([one.std() if len(one) else np.nan for one in near])


# --------------------------------------------------------------------------- prior and fit


def _covariance(minutes, known) -> np.ndarray:
    """Return the covariance beforehand of standoffs and brightnesses, offsets included."""
    n = len(minutes)
    apart = np.abs(minutes[:, None] - minutes)
    if known is None:
        offset, bright = _OFFSET, _BRIGHT**2 * np.exp(-apart / _BRIGHT_TAU)
        own = _OWN**2 * np.exp(-apart / _OWN_TAU)
    else:
        offset, bright = _WIND_OFFSET, _DENSITY**2 * np.exp(-apart / _DENSITY_TAU)
        own = np.outer(known, known) * np.exp(-apart / _DENSITY_TAU)
    place = offset**2 + _MOVED**2 * bright + own
    tied = -_MOVED * bright
    return np.block([[place, tied], [tied, _ANY_SCALE**2 + bright]]) + 1e-6 * np.eye(2 * n)


def _solved(frames, expected, covariance, advance):
    mean, scale = expected
    n = len(frames)
    is_free = np.ptp(mean) == 0 and mean[0] == _MEAN
    shifts = np.arange(-4.0, 3.1, 0.5) if is_free else np.arange(-2.0, 2.1, 0.5)
    rows = np.clip(mean + shifts[:, None], poisson_fit.NEAREST + 0.5, poisson_fit.FARTHEST - 0.5)
    best, bright = poisson_fit.search(frames, rows)
    scale = scale - scale.mean() + np.median(bright)
    size = 2 * n + len(SHAPE)
    precision = np.zeros((size, size))
    precision[: 2 * n, : 2 * n] = np.linalg.inv(covariance)
    precision[2 * n :, 2 * n :] = np.diag(poisson_fit.SPREAD**-2.0)
    prior = Prior(np.concatenate([mean, scale, poisson_fit.MEAN]), precision)
    start = scale + 0.5 * np.clip(bright - scale, -1, 1)
    start = np.concatenate([rows[best], start, poisson_fit.MEAN])
    return poisson_fit.solve(frames, prior, start, advance=advance)


def _bar(images: int, progress: bool):
    from tqdm.auto import tqdm

    class Bar(tqdm):
        """A bar that is its own context and advances by a call."""

        def __enter__(self):
            super().__enter__()
            return self.update

    return Bar(desc=f"Fitting {images} images", unit=" images", disable=not progress, leave=False)


def _misfit_limit(frames) -> float:
    """Return the chi squared a pixel that CMEM's own counts pass in one of a thousand passes."""
    pixels = sum(len(one.counts) for one in frames)
    return 1 + _EDGES + 3.1 * np.sqrt(2 / pixels)


def _warn_of_misfit(solution, frames) -> bool:
    """Say whether CMEM fits; warn if it does not."""
    fits = solution.misfit <= _misfit_limit(frames)
    if not fits:
        text = (
            f"CMEM does not fit these images (chi squared {solution.misfit:.2f} for each pixel, at most "
            f"{_misfit_limit(frames):.2f} of its own counts): the interval is too narrow."
        )
        warnings.warn(text, UserWarning, stacklevel=3)
    return fits


# --------------------------------------------------------------------------- result


def _dataset(time, solution, prior, marks) -> xr.Dataset:
    n = len(time)
    (mean, prior_error), (has_wind, simulated, fits) = prior, marks
    variance = np.diag(solution.covariance)
    total = np.sqrt(variance[:n] + MODEL_ERROR**2)
    standoff = solution.values[:n]
    mark = "SIMULATED: " if simulated else ""
    known = np.where(has_wind, 1.0, np.nan)
    series = {
        "standoff": (standoff, "Standoff of the magnetopause, from X-ray images"),
        "error": (np.sqrt(np.diag(solution.sampling)[:n]), "Error by counting alone, one sigma"),
        "prior": (known * mean, "Standoff expected from the wind (Shue et al. 1998)"),
        "prior_error": (known * prior_error, "Error of that, one sigma"),
    }
    ds = xr.Dataset(coords={"time": time, "bound": ["lower", "upper"]})
    for name, (values, title) in series.items():
        ds[name] = ("time", values, {"units": "RE", "long_name": mark + title})
    edges = standoff[:, None] + 1.96 * total[:, None] * np.array([-1.0, 1.0])
    ds["interval"] = (("time", "bound"), edges, {"units": "RE", "long_name": mark + "95 % interval of the standoff, with the model's error"})  # fmt: skip
    weight = np.clip(1 - variance[:n] / prior_error**2, 0, 1)
    ds["weight"] = ("time", weight, {"units": "1", "long_name": mark + "Share of the prior's variance that the images take away"})  # fmt: skip
    ds["brightness"] = ("time", solution.values[n : 2 * n], {"units": "1", "long_name": mark + "Logarithm of CMEM's A1"})  # fmt: skip
    for i, name in enumerate(SHAPE, 2 * n):
        ds[name] = ((), solution.values[i], {"units": "1", "long_name": f"{mark}{name} of CMEM, of the whole pass", "error": float(np.sqrt(variance[i]))})  # fmt: skip
    ds.attrs = {"model": "cmem", "boundary_model": "shue1998" if has_wind else "none"}
    ds.attrs |= {"model_error": MODEL_ERROR, "misfit": solution.misfit, "fits": int(fits)}
    ds.attrs["simulated"] = simulated
    return ds
