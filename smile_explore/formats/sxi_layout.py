"""The layout of SXI's level 3: its maps and keys, what we call them, and its quality flags.

As the public reader of the simulated set has it, https://github.com/swharton1/SXI_L3 and
https://github.com/swharton1/SXI_L4_V1. Tables and pure functions; nothing here opens a file.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr


class Map(NamedTuple):
    """One image of the layout: our name for it, and what it shows."""

    name: str
    units: str
    long_name: str


#: The maps, by the archive's names, in the order of a rebinned file.
MAPS = {
    "CTSMAP": Map("counts", "count", "X-ray counts"),
    "BKGMAP": Map("background", "count", "Predicted background, all kinds"),
    "XBMAP": Map("background_diffuse", "count", "Background: diffuse X-rays"),
    "PSMAP": Map("background_sources", "count", "Background: point sources"),
    "PBMAP": Map("background_particles", "count", "Background: particles"),
    "CLMAP": Map("background_calibration", "count", "Background: calibration source"),
    "SPMAP": Map("background_protons", "count", "Background: soft protons"),
    "VIGMAP": Map("vignetting", "1", "Relative exposure and vignetting"),
    "CXFOV": Map("foreground", "count", "Charge-exchange foreground, (counts - background) / vignetting"),
    "BKGCON": Map("background_constrained", "count", "Background constrained by the counts of each pixel"),
    "CXFOV_CON": Map("foreground_constrained", "count", "Charge-exchange foreground with the constrained background"),
    "ERRFOV": Map("error", "count", "Error of the foreground, root of the counts"),
    "ERROR": Map("fit_error", "count", "Error that the fit was weighted by"),
    "MODELMAP": Map("model", "count", "Fitted model image"),
    "INTENS": Map("intensity", "keV cm-2 s-1 sr-1", "Soft X-ray intensity, simulated"),
}  # fmt: skip
#: The files of one exposure, and what the first image of each is.
COMPANIONS = {"TOT": "CTSMAP", "BKG": "BKGMAP", "VCY": "VIGMAP"}
#: What the first image of a rebinned file is, by the kind in its name.
FIRST = COMPANIONS | {"CXF": "CXFOV", "CXFCON": "CXFOV_CON"}
#: The maps that stand behind the first one in each file.
BACKGROUNDS = ("XBMAP", "PSMAP", "PBMAP", "CLMAP", "SPMAP")
REBINNED = ("CTSMAP", "BKGMAP", *BACKGROUNDS, "VIGMAP", "CXFOV", "ERRFOV")
#: Vectors in three keys each, R_E, GSE.
PLACES = {"POS": "Position of SMILE", "AIM": "Point that SXI is aimed at"}
#: Single numbers: our name, units, what it is, and what stands for "none".
NUMBERS = {
    "EXPOS": ("exposure", "s", "Exposure time", None),
    "EMIN": ("energy_min", "keV", "Lower end of the energy band", None),
    "EMAX": ("energy_max", "keV", "Upper end of the energy band", None),
    "RA": ("right_ascension", "deg", "Right ascension of the boresight", None),
    "DEC": ("declination", "deg", "Declination of the boresight", None),
    "RCMEM": ("standoff", "RE", "Fitted subsolar magnetopause", 9999.0),
    "R_ERR": ("standoff_error", "RE", "Error of the fitted subsolar magnetopause", 9999.0),
    "MIN_COST": ("cost", "1", "Cost of the fit", None),
    "ITER": ("iterations", "1", "Iterations of the fit", None),
    "OPT_TIME": ("fit_time", "s", "Time the fit took", None),
    "CNT_RATE": ("count_rate", "s-1", "Foreground count rate", None),
    "DIPOLE": ("tilt", "1", "Tilt of the dipole, in the file's own unit", None),
}
#: Columns of the table of a fitted file.
PARAMETERS = {"INITIAL": "Initial", "OPTIMUM": "Optimum", "FIT_ERROR": "Error"}

#: Steps of the quality flags: angle (degrees), foreground rate (counts s-1), signal to noise.
_ANGLES, _RATES, _RATIOS = (25.0, 50.0), (150.0, 75.0), (0.33, 0.67)


def view_angle(position, aim) -> float:
    """Return how far from its best place SMILE looks at the aim point, degrees.

    Parameters
    ----------
    position, aim : array_like, shape (3,), GSE, equal units

    Returns
    -------
    float, degrees
        ``|atan((aim_x - x) / sqrt(y**2 + z**2))|``: 0 if SMILE stands above the aim point.

    Examples
    --------
    >>> round(view_angle((8.0, 0.0, 10.0), (8.0, 0.0, 0.0)), 1)
    0.0
    """
    x, y, z = np.asarray(position, float)
    return float(np.degrees(abs(np.arctan2(float(aim[0]) - x, np.hypot(y, z)))))


def quality_flag(ds: xr.Dataset) -> int:
    """Return QF of a raw exposure: a step for the view, and one for the foreground rate.

    Parameters
    ----------
    ds : Dataset
        As `read` returns it, with ``CXFOV`` or the maps it is made of.

    Returns
    -------
    int
        0 for at most 25 degrees, 1 up to 50, else 2; plus 0 from 150 counts a second in the
        whole field, 1 from 75, else 2.
    """
    angle, rate = _angle(ds), _signal(ds) / float(ds["EXPOS"][0])
    return sum(angle > limit for limit in _ANGLES) + sum(not rate >= limit for limit in _RATES)


def quality_bits(ds: xr.Dataset) -> int:
    """Return QF2 of a raw exposure.

    Parameters
    ----------
    ds : Dataset
        As for `quality_flag`, with ``BKGMAP``; without it, bits 4 and 8 are not set.

    Returns
    -------
    int
        Sum of 1 (view 25 to 50 degrees off), 2 (more than 50), 4 (signal to noise 0.33 to
        0.67), 8 (less than 0.33); with S and B the sums of foreground and background, the
        ratio is S / sqrt(S**2 + B**2).
    """
    angle = _angle(ds)
    bits = 2 if angle > _ANGLES[1] else int(angle > _ANGLES[0])
    if "BKGMAP" in ds:
        signal, background = _signal(ds), float(np.nansum(ds["BKGMAP"]))
        total = np.hypot(signal, background)
        ratio = signal / total if total else 0.0
        bits += 8 if ratio < _RATIOS[0] else 4 * int(ratio <= _RATIOS[1])
    return bits


def _angle(ds: xr.Dataset) -> float:
    return view_angle(ds["POS"].values[0], ds["AIM"].values[0])


def _signal(ds: xr.Dataset) -> float:
    if "CXFOV" in ds:
        return float(np.nansum(ds["CXFOV"]))
    seen = ds["VIGMAP"].where(ds["VIGMAP"] > 0)
    return float(((ds["CTSMAP"] - ds["BKGMAP"]) / seen).sum())
