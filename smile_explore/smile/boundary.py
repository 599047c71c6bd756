"""The magnetopause from an image: fit a model of the emissivity, or find its bright edge.

Both methods look at what is in the image and where it was taken from; neither is told the
solar wind, and of what a simulated image says of itself only the dipole's tilt is read,
which the time would tell.
"""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from smile_explore.errors import InputError
from smile_explore.smile.boundary_edge import WIND, by_tangent
from smile_explore.smile.boundary_model import by_model
from smile_explore.smile.boundary_seen import ready

#: Scatter of what no shape of CMEM describes, R_E: between what the emission models are fitted
#: with and their own noses. An estimate; `benchmarks/track.py` puts it to the test.
MODEL_ERROR = 0.25


@dataclass(frozen=True)
class MagnetopauseFit:
    """A magnetopause found in an image.

    Attributes
    ----------
    standoff : float, R_E
        Where it meets the Sun-Earth line.
    error : float, R_E
        One standard deviation of `standoff`, if the model has the right shape: a lower bound,
        see `fit_magnetopause`.
    model_error : float, R_E
        One standard deviation of what no shape of the model describes; NaN for "tangent",
        where nobody has measured it.
    quality : int
        The mission's flag, from 0, good, to 4; see `fit_magnetopause`.
    method : str
    misfit : float
        Chi squared for each pixel ("cmem"), or the disagreement of the halves of the image
        in R_E ("tangent").
    parameters : dict
        Of CMEM, as `smile.image` takes them; of its magnetopause alone ("tangent"). A1 and
        A2 are NaN for counts whose ``attrs`` hold no ``response`` to calibrate them.
    wind : dict
        The n_p, v, b and tilt that `parameters` go with: not the wind of the day.
    """

    standoff: float
    error: float
    quality: int
    method: str
    misfit: float
    parameters: dict = field(repr=False)
    wind: dict = field(repr=False)
    model_error: float = np.nan

    def interval(self, level=0.95) -> tuple[float, float]:
        """Return the interval, R_E, that holds the standoff with a probability.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        lower, upper : float
            Symmetric, Gaussian, of `error` and `model_error` together; NaN for "tangent".

        Raises
        ------
        InputError
            If `level` is none.
        """
        if not 0 < level < 1:
            message = f"level={level!r} is no probability between 0 and 1: give 0.95."
            raise InputError(message)
        half = NormalDist().inv_cdf((1 + level) / 2) * float(np.hypot(self.error, self.model_error))
        return self.standoff - half, self.standoff + half


def fit_magnetopause(image, method="cmem", *, tilt=None) -> MagnetopauseFit:
    """Return the magnetopause that an image shows.

    Parameters
    ----------
    image : Dataset, dims (y, x)
        As `smile.image` returns it (``intensity``) or `smile.counts` (``counts``,
        ``background``, ``vignetting``, ``exposure``), with position and aim.
    method : {"cmem", "tangent"}
        "cmem" fits the model's image to all pixels. "tangent" looks for the surface whose
        edge, seen from the spacecraft, lies along a bright ridge.
    tilt : float, radian, optional
        Dipole tilt; else that in ``attrs``, else that of ``time``, else 0.

    Returns
    -------
    MagnetopauseFit

    Raises
    ------
    InputError
        If the image is none, or does not hold the boundary: its edge lies outside the field,
        or nothing in the image tells where it is.

    Notes
    -----
    "cmem": least squares with ten free parameters and wide priors, from the best of a search
    over the standoff. A second or two. Against CMEM itself it is within 0.05 R_E without
    noise and 0.1 with 45 000 counts; a real magnetosphere's other shape comes on top.
    "tangent": CMEM's magnetopause without cusps, its size and flaring searched. Within 0.1
    R_E without noise and 0.35 with 45 000 counts, mostly too far out; `error` comes from the
    two halves of the image. Refused where no ridge stands out of the noise (of a hundred
    images of noise alone one passes), and for views slanted by more than 25 degrees, whose
    brightest ridges are the cusps'.

    `error` of "cmem" is too small for counts: over ten views of three seeds, of CMEM itself,
    37 % of the results lie within one of it and 80 % within two, where 68 and 95 are due
    (`benchmarks/coverage.py`). `model_error`, 0.25 R_E, is what other emission models put
    the boundary elsewhere by, 0.1 to 0.35 R_E. Use `interval`, which holds both.

    `quality`: 0, 1 or 2 for a line to the aim point within 25, within 50 or more degrees of
    the plane across the Sun-Earth line, and 0, 1 or 2 more for a foreground of 150, of 75
    or of fewer counts a second (0 without noise). It grades how hard the view is and how faint the
    foreground, not how well the model fits: that is `misfit`, 1 for counts of CMEM itself.

    References
    ----------
    Wang and Sun (2022), https://doi.org/10.1186/s40562-022-00240-z, for both methods.

    Examples
    --------
    >>> from smile_explore.smile.image import image
    >>> fit = fit_magnetopause(image([5.918, 6.741, 17.707], n_p=12.0, v=450.0))
    >>> round(fit.standoff, 2)
    8.76
    """
    if method not in ("cmem", "tangent"):
        message = f"method={method!r} is neither 'cmem' nor 'tangent'."
        raise InputError(message)
    seen = ready(image, tilt)
    (standoff, error, misfit), scales = by_model(seen) if method == "cmem" else by_tangent(seen)
    own = {key: float(value) for key, value in scales.items()}
    wind = WIND | {"b": (0.0, 0.0, 0.0), "tilt": seen.tilt}
    shape = MODEL_ERROR if method == "cmem" else np.nan
    return MagnetopauseFit(standoff, error, _quality(seen), method, misfit, own, wind, shape)


def _quality(seen) -> int:
    return sum([seen.slant > 25, seen.slant > 50, seen.rate < 150, seen.rate < 75])
