"""Where SXI looks from SMILE, as a shape in a plane, and why it may not look.

Pure geometry: a place in, an outline and a sentence out.
"""

from dataclasses import replace

import numpy as np
import xarray as xr

from smile_explore.frames import in_earth_radii, rotate
from smile_explore.smile.pointing import Pointing, pointing

LONG, SHORT = 27.0, 16.0  # degrees, the field of view


def look_from(here) -> Pointing | None:
    """Return SXI's pointing from a place, RE, GSE; None without a place."""
    return None if here is None or not np.isfinite(here).all() else pointing(here)


def pyramid(view: Pointing) -> np.ndarray:
    """Return the field of view as a pyramid: its tip and four corners as far away as the aim.

    Returns
    -------
    ndarray, shape (5, 3), RE, GSE

    Examples
    --------
    >>> points = pyramid(pointing([5.91813, 6.74116, 17.7067]))
    >>> points.mean(axis=0, where=[[False]] + 4 * [[True]]).round(3).tolist()
    [7.856, -0.0, 0.0]
    """
    far = np.linalg.norm(view.aim - view.position)
    x, y = np.tan(np.radians([SHORT / 2, LONG / 2]))
    right, up, ahead = view.axes
    sides = [view.position + far * (ahead + i * x * right + j * y * up) for i, j in _CORNERS]
    return np.stack([view.position, *sides])


_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def in_frame(points: np.ndarray, time, frame: str) -> np.ndarray:
    """Return points, given in GSE, in another frame at a time."""
    if frame == "GSE":
        return points
    given = xr.DataArray(
        points, dims=("n", "cartesian"), attrs={"units": "1", "coordinate_system": "GSE"},
        coords={"cartesian": list("xyz"), "time": np.datetime64(time, "ns")},
    )  # fmt: skip
    return rotate(given, frame).values


def outline(points: np.ndarray, across: int, up: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the outline of a body of few points in a plane, closed.

    Examples
    --------
    >>> square = np.array([[0, 0, 5], [1, 0, 5], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 9]])
    >>> [sorted(set(side.tolist())) for side in outline(square, 0, 1)]
    [[0.0, 1.0], [0.0, 1.0]]
    """
    from scipy.spatial import ConvexHull

    flat = points[:, [across, up]]
    around = ConvexHull(flat, qhull_options="QJ").vertices
    return flat[around, 0], flat[around, 1]


def told(view: Pointing | None) -> str:
    """Return what is drawn of the field of view, or why nothing is."""
    if view is None:
        return ""
    distance = np.linalg.norm(view.position)
    if not view.allowed:
        return f"SXI may not look from here ({distance:.1f} RE): {view.reason}."
    return f"Shaded: SXI's field, {LONG:g}° by {SHORT:g}°, from {distance:.1f} RE to its aim at X {view.aim[0]:.1f} RE, {view.sun_angle:.0f}° from the Sun."


def view_of(image: xr.Dataset) -> Pointing:
    """Return the view of one image in GSM, where the models live: its ``pos`` and ``aim``.

    These are variables in km or attributes in RE, GSE, as `smile.fit_magnetopause` takes them.
    """
    places = [_place(image, name) for name in ("pos", "aim")]
    view = pointing(places[0], aim=places[1])
    if "time" not in image.coords:
        return view
    turned = in_frame(np.vstack([view.position, view.axes]), image["time"].values, "GSM")
    return replace(view, position=turned[0], axes=turned[1:])


def _place(image, name: str) -> np.ndarray:
    if name in image:
        return in_earth_radii(image[name]).values
    return np.array([image.attrs[f"{name}_{axis}"] for axis in "xyz"])
