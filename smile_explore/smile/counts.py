"""From intensity to counts: what SXI would record in an exposure, background and noise included.

SXI's effective area, vignetting, blur and background are not public. All four are parameters
here, with defaults that are said in ``attrs`` and stand for nothing measured.
"""

import numpy as np
import xarray as xr

from smile_explore.contract import EARTH_RADIUS_KM
from smile_explore.errors import InputError

#: Effective area over mean photon energy, cm2 keV-1. With it the foreground reaches the
#: mission's "good" rate, 150 counts a second in the whole field, for the image of CMEM with
#: n = 20 cm-3, V = 400 km/s, Bz = 5 nT from (5.918, 6.741, 17.707) R_E: 36 keV cm-2 s-1 sr-1.
RESPONSE = 32.2
#: Background in the whole field, counts a second: X-rays of the sky, and particles.
SKY, PARTICLES = 60.0, 40.0
#: Relative exposure at the middle of each edge of the field; 1 in its centre.
EDGE = 0.6
#: Full width at half maximum of the blur, degrees.
BLUR = 0.15


def counts(  # noqa: PLR0913 - what is not known of the instrument is a parameter
    image: xr.Dataset,
    *,
    exposure=300.0,
    response=RESPONSE,
    rate=None,
    sky=SKY,
    particles=PARTICLES,
    vignetting=EDGE,
    psf=BLUR,
    seed=0,
) -> xr.Dataset:
    """Return the counts that SXI would record of an image.

    Parameters
    ----------
    image : Dataset, dims (..., y, x), keV cm-2 s-1 sr-1
        With ``intensity`` on pixel angles in degrees, as `smile.image` returns it.
    exposure : float, s
    response : float, cm2 keV-1
        Effective area over mean photon energy, of the whole band.
    rate : float, counts s-1, optional
        Instead of `response`: the foreground in the whole field, free of vignetting; 150 is
        "good" in the mission's quality flag, 75 its next step.
    sky, particles : float, counts s-1
        Background in the whole field, even over the pixels. That of the sky is vignetted.
    vignetting : float in (0, 1] or array_like, dims (y, x)
        Relative exposure in the middle of the edges: it falls linearly along either axis, and
        both multiply. Or a map of your own.
    psf : float or array_like, dims (y, x)
        Blur of the optics: full width at half maximum of a Gaussian in degrees, 0 for none; or
        a kernel of odd size, which is scaled to a sum of 1. Beyond the edge the sky goes on
        as at the edge.
    seed : int or numpy Generator
        Equal seeds give equal counts.

    Returns
    -------
    Dataset
        ``counts`` (whole numbers), ``background`` (expected, the sum of ``background_diffuse``
        and ``background_particles``), ``vignetting``, ``foreground = (counts - background) /
        vignetting``, ``error = sqrt(counts)`` as the mission's pipeline has it (of the counts:
        that of the foreground is ``error / vignetting``), ``expected`` (of the foreground,
        blurred, without noise), ``exposure``, and ``pos`` and ``aim`` in km where `image` tells
        them. ``simulated`` is 1. NaN where the intensity is NaN.

    Raises
    ------
    InputError
        Naming every input that is out of range, or a map of another shape.

    Notes
    -----
    Expected counts of a pixel: intensity x `response` x solid angle x `exposure` x vignetting,
    and background. The solid angle is that of pixels in equal steps of the angle, rays as in
    `smile.pointing`.

    Examples
    --------
    >>> import xarray as xr
    >>> flat = xr.DataArray(np.full((108, 64), 4.0), dims=("y", "x"), coords={
    ...     "y": (np.arange(108) + 0.5) / 4 - 13.5, "x": (np.arange(64) + 0.5) / 4 - 8})
    >>> seen = counts(flat.to_dataset(name="intensity"), rate=150.0, seed=1)
    >>> round(float(seen.foreground.sum() / seen.exposure))  # of 150, with noise
    150
    """
    intensity = _intensity(image)
    _check(exposure, response, rate, sky, particles)
    factor = solid_angle(intensity["y"].values, intensity["x"].values) * exposure
    shine = _blurred(intensity, psf).clip(min=0) * factor
    if rate is not None:
        response = rate * exposure / float((shine * np.ones(1)).sum(("y", "x")).mean())
    expected = shine * response
    seen = xr.ones_like(intensity) * _vignetting(vignetting, intensity)
    share = exposure / (intensity.sizes["y"] * intensity.sizes["x"])
    parts = {
        "background_diffuse": sky * share * seen,
        "background_particles": particles * share + 0 * seen,
    }
    background = sum(parts.values())
    mean = expected * seen + background
    drawn = np.random.default_rng(seed).poisson(np.nan_to_num(mean.values)).astype(float)
    drawn = intensity.copy(data=drawn).where(np.isfinite(mean))
    maps = {"counts": drawn, "background": background, **parts, "vignetting": seen}
    maps |= {
        "foreground": (drawn - background) / seen,
        "error": np.sqrt(drawn),
        "expected": expected,
    }
    ds = xr.Dataset({name: _named(da, name) for name, da in maps.items()})
    ds["exposure"] = ((), float(exposure), {"units": "s", "long_name": "Exposure time"})
    ds.attrs = dict(image.attrs) | _told(response, sky, particles, vignetting, psf, seed)
    return _with_places(ds, image)


def rebin(ds: xr.Dataset, pixels=4, *, constrained=False) -> xr.Dataset:
    """Return counts summed over blocks of pixels, and over time if there is one.

    Parameters
    ----------
    ds : Dataset
        As `counts` returns it, or `load` of ``smile.sxi``.
    pixels : int
        Length of a block along y and x: 4 makes one degree of 15 arcmin. Both axes must be
        multiples of it.
    constrained : bool
        Take from the counts of each block not the expected background but
        `constrained_background`, so that no foreground is below 0.

    Returns
    -------
    Dataset, dims (y, x)
        Counts and backgrounds are sums, vignetting is the mean, foreground and error follow
        anew; ``exposure`` is the sum and ``time`` the middle. ``attrs["constrained"]`` is 1
        where the background is.

    Raises
    ------
    InputError
        If the axes are no multiples of `pixels`, or counts, background or vignetting lack.
    """
    missing = [k for k in ("counts", "background", "vignetting") if k not in ds]
    if missing:
        message = f"The Dataset lacks {', '.join(missing)}: rebin what smile.counts returns."
        raise InputError(message)
    if pixels < 1 or ds.sizes["y"] % pixels or ds.sizes["x"] % pixels:
        message = f"Blocks of {pixels} pixels do not divide {ds.sizes['y']} by {ds.sizes['x']}: choose a divisor of both."
        raise InputError(message)
    sums = [k for k in ds if k in ("counts", "expected") or str(k).startswith("background")]
    blocks = ds[[*sums, "vignetting"]].coarsen(y=pixels, x=pixels)
    out = blocks.reduce(np.sum)[sums]  # NaN stays NaN, which .sum() would make 0
    out["vignetting"] = blocks.reduce(np.mean)["vignetting"]
    if "time" in ds.dims:
        out = out[sums].sum("time", skipna=False).assign(vignetting=out["vignetting"].mean("time"))
        out = out.assign_coords(time=ds["time"].values[0] + np.ptp(ds["time"].values) // 2)
    taken = out["background"]
    if constrained:
        taken = taken.copy(data=constrained_background(out["counts"].values, taken.values))
    out["foreground"] = (out["counts"] - taken) / out["vignetting"]
    out["error"] = np.sqrt(out["counts"])
    for name in out.data_vars:
        out[name] = _named(out[name], str(name))
    out["exposure"] = (
        (),
        float(np.sum(ds["exposure"])),
        {"units": "s", "long_name": "Exposure time"},
    )
    for name in ("pos", "aim"):
        if name in ds:
            out[name] = (
                ds[name].mean("time", keep_attrs=True) if "time" in ds[name].dims else ds[name]
            )
    out.attrs = dict(ds.attrs) | {"constrained": int(constrained)}
    return out


def constrained_background(counts, background) -> np.ndarray:
    """Return the background that is expected where no more than the counts can be background.

    Parameters
    ----------
    counts : array_like, whole numbers, 0 or more
        Recorded, foreground and background together.
    background : array_like, counts, 0 or more
        Expected, in the mean of many exposures.

    Returns
    -------
    ndarray, counts
        E[b | b <= N] of a Poisson number b of mean `background`: below both `background` and
        `counts`. NaN where either is missing or below 0.

    Notes
    -----
    With B the mean and P the cumulative Poisson probability it is ``B P(N - 1) / P(N)``. Thin
    counts less this are never below 0, but are too high in the mean: good for a picture, not
    for a sum.

    References
    ----------
    The option of the mission's public reader, https://github.com/swharton1/SXI_L3.

    Examples
    --------
    Of 2 counts where 3 are expected, 0 to 2 are background, 2 the most likely:

    >>> float(constrained_background(2, 3.0).round(3))
    1.412
    """
    from scipy.special import pdtr

    n, mean = np.asarray(counts, float), np.asarray(background, float)
    n, mean = np.where(n >= 0, n, np.nan), np.where(mean >= 0, mean, np.nan)
    below = np.where(n > 0, pdtr(np.maximum(n - 1, 0), mean), 0 * n)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = mean * below / pdtr(n, mean)
    # far below the mean, where probabilities vanish, nearly all counts are background
    return np.where(np.isfinite(known) | np.isnan(n + mean), known, n)


def solid_angle(y, x) -> np.ndarray:
    """Return the solid angle of pixels, sr.

    Parameters
    ----------
    y, x : array_like, degrees
        Angles of the pixels' centres, in equal steps, whose tangents are those of a plane.

    Examples
    --------
    >>> y, x = (np.arange(108) + 0.5) / 4 - 13.5, (np.arange(64) + 0.5) / 4 - 8
    >>> float(solid_angle(y, x).sum().round(3))  # the sheet's 0.130 is 27 times 16 degrees
    0.13
    """
    edges = [np.tan(np.radians(_edges(np.asarray(axis, float)))) for axis in (y, x)]
    v, u = edges[0][:, None], edges[1][None, :]
    corner = np.arctan(u * v / np.sqrt(1 + u**2 + v**2))
    return np.diff(np.diff(corner, axis=0), axis=1)


def _edges(centres):
    step = centres[1] - centres[0]
    return np.append(centres - step / 2, centres[-1] + step / 2)


# --------------------------------------------------------------------------- inputs


def _intensity(image) -> xr.DataArray:
    if not isinstance(image, xr.Dataset) or "intensity" not in image:
        message = "The image has no 'intensity': give what smile.image returns."
        raise InputError(message)
    da = image["intensity"]
    steps = [np.diff(da[k].values) for k in ("y", "x") if k in da.coords]
    regular = [s.size and s[0] > 0 and np.allclose(s, s[0], rtol=1e-6) for s in steps]
    if regular != [True, True]:
        message = "The image needs coordinates y and x, each of two or more pixels at equal angles in degrees."
        raise InputError(message)
    if da.attrs.get("units", "keV cm-2 s-1 sr-1") != "keV cm-2 s-1 sr-1":
        message = f"The intensity is in {da.attrs['units']!r}: give keV cm-2 s-1 sr-1."
        raise InputError(message)
    return da.astype(float).transpose(..., "y", "x")


def _check(exposure, response, rate, sky, particles) -> None:
    rules = {"exposure": exposure, "response": response} | ({} if rate is None else {"rate": rate})
    faults = [
        f"{k}={v!r} must be above 0" for k, v in rules.items() if not (np.isfinite(v) and v > 0)
    ]
    more = {"sky": sky, "particles": particles}
    faults += [
        f"{k}={v!r} must be 0 or more" for k, v in more.items() if not (np.isfinite(v) and v >= 0)
    ]
    if faults:
        raise InputError("; ".join(faults) + ".")


def _vignetting(given, intensity) -> xr.DataArray:
    y, x = intensity["y"], intensity["x"]
    if np.ndim(given) == 0:
        if not 0 < given <= 1:
            message = f"vignetting={given!r} must be above 0 and at most 1, or a map."
            raise InputError(message)
        fall = [1 - (1 - given) * abs(a) / (abs(a).max() + abs(a[1] - a[0]) / 2) for a in (y, x)]
        return (fall[0] * fall[1]).transpose("y", "x")
    given = np.asarray(given, float)
    if given.shape != (y.size, x.size) or not ((given > 0) & (given <= 1)).all():
        message = f"vignetting has shape {given.shape}: it must be {(y.size, x.size)}, above 0 and at most 1."
        raise InputError(message)
    return xr.DataArray(given, dims=("y", "x"), coords={"y": y, "x": x})


def _blurred(intensity, psf) -> xr.DataArray:
    from scipy import ndimage

    if np.ndim(psf) == 0:
        if not psf >= 0:
            message = f"psf={psf!r} must be a width in degrees, 0 or more, or a kernel."
            raise InputError(message)
        steps = [float(intensity[k][1] - intensity[k][0]) for k in ("y", "x")]
        sigma = [0] * (intensity.ndim - 2) + [psf / 2.3548 / step for step in steps]
        return intensity.copy(data=ndimage.gaussian_filter(intensity.values, sigma, mode="nearest"))
    kernel = np.asarray(psf, float)
    if kernel.ndim != 2 or not all(n % 2 for n in kernel.shape) or not kernel.sum() > 0:
        message = (
            f"psf has shape {kernel.shape}: a kernel has two axes of odd length and a sum above 0."
        )
        raise InputError(message)
    kernel = (kernel / kernel.sum()).reshape((1,) * (intensity.ndim - 2) + kernel.shape)
    return intensity.copy(data=ndimage.convolve(intensity.values, kernel, mode="nearest"))


# --------------------------------------------------------------------------- what is told

_LONG_NAMES = {
    "counts": "X-ray counts",
    "background": "Expected background",
    "background_diffuse": "Expected background: diffuse X-rays",
    "background_particles": "Expected background: particles",
    "vignetting": "Relative exposure and vignetting",
    "foreground": "Charge-exchange foreground, (counts - background) / vignetting",
    "error": "Root of the counts",
    "expected": "Foreground expected, without noise",
}


def _named(da: xr.DataArray, name: str) -> xr.DataArray:
    da = da.rename(name)
    da.attrs = {
        "units": "1" if name == "vignetting" else "count",
        "long_name": f"SIMULATED: {_LONG_NAMES.get(name, name)}",
    }
    return da


def _told(response, sky, particles, vignetting, psf, seed) -> dict:
    own = {"vignetting_edge": vignetting, "psf_fwhm": psf}
    own = {k: float(v) if np.ndim(v) == 0 else "of the caller" for k, v in own.items()}
    attrs = {
        "response": float(response),
        "sky_rate": float(sky),
        "particle_rate": float(particles),
        **own,
    }
    attrs["instrument"] = (
        "Effective area, vignetting, blur and background of SXI are not public: parameters. "
        f"The default response ({RESPONSE:g} cm2 keV-1) gives 150 counts/s in the field for CMEM "
        "with n=20 cm-3, V=400 km/s, Bz=5 nT from (5.918, 6.741, 17.707) R_E."
    )
    attrs["seed"] = int(seed) if isinstance(seed, (int, np.integer)) else "of the caller"
    return attrs | {"product": "smile.sxi", "title": "SIMULATED counts of SXI", "simulated": 1}


def _with_places(ds: xr.Dataset, image: xr.Dataset) -> xr.Dataset:
    for name, long_name in (("pos", "Position of SMILE"), ("aim", "Point that SXI is aimed at")):
        values = [image.attrs.get(f"{name}_{axis}", np.nan) for axis in "xyz"]
        if np.isfinite(values).all():
            attrs = {"units": "km", "coordinate_system": "GSE", "long_name": long_name}
            ds[name] = ("cartesian", np.array(values) * EARTH_RADIUS_KM, attrs)
            ds = ds.assign_coords(cartesian=["x", "y", "z"])
    return ds
