"""How hard the solar wind drives the magnetosphere: electric fields and coupling functions.

Pure functions; DataArrays or plain arrays, see `quantity`. A field due north gives 0 in
every coupling function, NaN in gives NaN out, and so does a speed below 0: V_x is none.
"""

import numpy as np
import xarray as xr

from smile_explore.errors import DatasetError
from smile_explore.physics.quantity import components, given, result, strength

#: (1 km s-1)(1 nT) in mV m-1.
_KM_S_NT = 1e-3
#: 4 pi / mu_0 times (1 km s-1)(1 nT)**2 (7 R_E)**2, in W.
_EPSILON_W = 1e7 * 1e3 * 1e-18 * (7 * 6371.2e3) ** 2


def motional_field(v, b):
    """Return the electric field of the flow, ``E = -v x B``.

    Parameters
    ----------
    v : DataArray, dims (..., cartesian), km s-1; or array_like, shape (..., 3)
        Velocity.
    b : DataArray, dims (..., cartesian), nT; or array_like, shape (..., 3)
        Magnetic field, in the frame of `v`.

    Returns
    -------
    DataArray, dims (..., cartesian), mV m-1, frame of `v` and `b`
        NaN where a component it needs is NaN.

    Raises
    ------
    DatasetError
        If units are others, or the frames differ.

    Examples
    --------
    >>> motional_field([-400.0, 0.0, 0.0], [0.0, 0.0, -5.0]).round(6).tolist()[1]
    2.0
    """
    v, b = given(v, "km s-1"), given(b, "nT")
    (v_x, v_y, v_z), (b_x, b_y, b_z) = components(v), components(b)
    parts = (v_z * b_y - v_y * b_z, v_x * b_z - v_z * b_x, v_y * b_x - v_x * b_y)
    arrays = [x for x in (v, b) if isinstance(x, xr.DataArray)]
    if not arrays:
        return _KM_S_NT * np.stack(parts, axis=-1)
    frames = [x.attrs.get("coordinate_system") for x in arrays]
    frame = frames[-1]
    if frames[0] != frame:
        message = f"v is in {frames[0]!r} and b in {frame!r}: rotate one of them."
        raise DatasetError(message)
    axis = xr.DataArray(list("xyz"), dims="cartesian", name="cartesian")
    field = xr.concat(parts, axis).transpose(*arrays[-1].dims)
    field = result(_KM_S_NT * field, "e", "mV m-1", "Motional electric field")
    return field.assign_coords(cartesian=list("xyz")).assign_attrs(coordinate_system=frame)


def dawn_dusk_field(v, b_z):
    """Return the dawn-dusk electric field of a radial wind, ``v B_z`` with the sign of OMNI's E.

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b_z : DataArray or array_like, nT, GSM
        North component of the IMF.

    Returns
    -------
    DataArray, mV m-1
        Positive, from dawn to dusk, where the IMF points south.

    Raises
    ------
    DatasetError
        If the units are others.

    Examples
    --------
    >>> dawn_dusk_field(400.0, -5.0).round(6).item()
    2.0
    """
    value = -_KM_S_NT * strength(v, "km s-1") * given(b_z, "nT")
    return result(value, "e_y", "mV m-1", "Dawn-dusk electric field")


def newell2007(v, b):
    """Return the coupling function of Newell et al. (2007).

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, km(4/3) nT(2/3) s(-4/3), >= 0
        ``v**(4/3) B_T**(2/3) sin(|clock| / 2)**(8/3)``, B_T across the Sun-Earth line.

    Raises
    ------
    DatasetError
        If units or frame are others.

    References
    ----------
    Newell et al. (2007), J. Geophys. Res. 112, A01206, https://doi.org/10.1029/2006JA012015.

    Examples
    --------
    >>> newell2007(400.0, [0.0, 0.0, -5.0]).round().item()
    8618.0
    """
    across, half = transverse(b)
    value = strength(v, "km s-1") ** (4 / 3) * across ** (2 / 3) * half ** (8 / 3)
    units = "km(4/3) nT(2/3) s(-4/3)"
    return result(value, "newell", units, "Coupling function of Newell et al. (2007)")


def kan_lee1979(v, b):
    """Return the reconnection electric field of Kan and Lee (1979).

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, mV m-1, >= 0
        ``v B_T sin(clock / 2)**2``.

    Raises
    ------
    DatasetError
        If units or frame are others.

    References
    ----------
    Kan and Lee (1979), Geophys. Res. Lett. 6, 577, https://doi.org/10.1029/GL006i007p00577.

    Examples
    --------
    >>> kan_lee1979(400.0, [0.0, 5.0, 0.0]).round(6).item()  # half of v B_T
    1.0
    """
    across, half = transverse(b)
    value = _KM_S_NT * strength(v, "km s-1") * across * half**2
    return result(value, "e_kl", "mV m-1", "Reconnection electric field of Kan and Lee (1979)")


def akasofu1981(v, b):
    """Return the power epsilon of Akasofu (1981).

    Parameters
    ----------
    v : DataArray or array_like, km s-1
        Solar wind speed, or as DataArray the velocity.
    b : DataArray, dims (..., cartesian), nT, GSM; or array_like, shape (..., 3)
        Interplanetary magnetic field.

    Returns
    -------
    DataArray, W, >= 0
        ``(4 pi / mu_0) v B**2 sin(clock / 2)**4 (7 R_E)**2``, B the whole field.

    Raises
    ------
    DatasetError
        If units or frame are others.

    References
    ----------
    Akasofu (1981), Space Sci. Rev. 28, 121, https://doi.org/10.1007/BF00218810.

    Examples
    --------
    >>> print(f"{akasofu1981(400.0, [0.0, 0.0, -5.0]):.2e}")
    1.99e+11
    """
    across, half = transverse(b)
    along = components(given(b, "nT"))[0]
    value = _EPSILON_W * strength(v, "km s-1") * (along**2 + across**2) * half**4
    return result(value, "epsilon", "W", "Epsilon of Akasofu (1981)")


def transverse(b):
    """Return B_T and sin(|clock| / 2), which is 0 where there is no B_T."""
    _, y, z = components(given(b, "nT", "GSM"))
    return np.hypot(y, z), np.abs(np.sin(np.arctan2(y, z) / 2))
