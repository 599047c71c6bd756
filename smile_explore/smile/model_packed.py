"""A model of the soft X-ray emissivity as the numbers that `model_lines` computes with."""

import numpy as np

from smile_explore.physics import xray_boundaries as bounds
from smile_explore.physics.soft_xray import RAMP

#: Entries of each table.
ENTRIES = 2048


def packed(model, p, *, n_p, v, b, tilt):
    """Return the numbers that the compiled code needs, in the order in which it reads them.

    Parameters
    ----------
    model : {"cmem", "jorgensen2019", "cmem2g"}
    p : mapping
        The model's parameters.
    n_p, v, b, tilt
        Solar wind and tilt, as for `physics.soft_xray.cmem`.

    Returns
    -------
    ndarray
        Twenty numbers, then five tables of what would be slow to compute.
    """
    if model == "jorgensen2019":
        mp = [0, p["mp"], p["ay_mp"], p["az_mp"], 0, 0, 0]
        bs = [p["bs"], p["ay_bs"], p["az_bs"], 0]
        sheath = [p["A1"], p["A2"], p["B"], p["alpha"], p["beta"]]
    elif model == "cmem":
        pressure, b_z = bounds.half_pressure(n_p, v) + bounds.magnetic_pressure(b), b[2]
        lin = np.array([bounds.lin_flaring(b_z), 0.0431, -0.00763 - 0.210 * tilt, 0.0405])
        size, depth = p["p0"] * bounds.lin_size(pressure, b_z), p["p2"] * 4.430 * pressure**-0.636
        mp = [1, size, *(p["p1"] * lin), depth]
        bs = [p["bs"], p["ay_bs"], p["az_bs"], 0]
        sheath = [p["A1"], p["A2"], p["B"], p["alpha"], p["beta"]]
    else:
        nose = bounds.cmem2g_boundaries(0.0, 0.0, p, tilt=tilt)[1]
        mp = [1, p["p0"], -p["p1"], 0, 0, 0, p["p2"]]
        bs = [nose, p["p1"] + 0.05, p["p1"] + 0.05, RAMP]
        sheath = [p["A1"], 0.41 * p["A1"], p["B"], p["delta_beta"] + 2, -2.0]
    axes = [f(bounds.cusp_axis(t)) for t in (tilt, -tilt) for f in (np.cos, np.sin)]
    steep = [p.get("p3", 0.0) * bounds.cusp_steepness(t) for t in (tilt, -tilt)]
    return np.concatenate([[*mp, *bs, *sheath, *axes], _tables(*steep)])


def _tables(north, south):
    """Return functions of an angle, at equal steps of the sine of half of it.

    Rows: the logarithm of Lin's shape; the fourth power of half the angle; the dents of both
    cusps; ln(2 / (1 + cos(theta))), which flares Shue's surfaces. A look-up costs a tenth of
    the functions. Both logarithms grow coarse within a degree or two of the tail's axis,
    where the surfaces are far beyond all lines of sight.
    """
    half = np.arcsin(np.linspace(0, 1, ENTRIES))
    half[-1] -= 1e-6
    stretch = -2 * np.log(np.cos(half))
    shape = np.log(bounds.lin_shape(2 * half))
    dents = [np.exp(steep * (2 * half) ** 1.450) for steep in (north, south)]
    return np.concatenate([shape, half**4, *dents, stretch])
