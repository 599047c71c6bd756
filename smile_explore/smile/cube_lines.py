"""Integrals of a cube's soft X-ray emissivity along lines of sight, compiled.

Importing this imports numba; `image` does so when the first cube is looked through.
"""

from math import sqrt

import numpy as np

from smile_explore.smile.compiled import compiled, line_end, shared_out


@compiled
def _cube_lines(cube, axes, place, way, reach, out):
    """Fill `out` with the integrals of the trilinear interpolant of a cube along lines.

    Along a line the interpolant is a cubic in each cell, so that Simpson's rule from face to
    face is exact. Outside the cube there is nothing.
    """
    for k in range(len(out)):
        out[k] = _cube_line(cube, axes, place, way[k], reach)


@compiled
def _inside(axes, place, way, reach):
    """Return where a line enters and leaves the box of a cube."""
    ahead = -(place[0] * way[0] + place[1] * way[1] + place[2] * way[2])
    p = sqrt(max(0.0, place[0] ** 2 + place[1] ** 2 + place[2] ** 2 - ahead**2))
    low, high = 0.0, line_end(p, ahead, reach)
    for j in range(3):
        first, last = axes[j][0], axes[j][-1]
        if way[j] != 0:
            one, other = (first - place[j]) / way[j], (last - place[j]) / way[j]
            low, high = max(low, min(one, other)), min(high, max(one, other))
        elif not first <= place[j] <= last:
            high = low
    return low, high


@compiled
def _next_face(axes, cell, place, way, high):
    """Return how far it is to the face by which a line leaves a cell, and the axis of it."""
    there, through = high, -1
    for j in range(3):
        if way[j] != 0:
            at = (axes[j][cell[j] + (1 if way[j] > 0 else 0)] - place[j]) / way[j]
            if at < there:
                there, through = at, j
    return there, through


@compiled
def _cube_line(cube, axes, place, way, reach):
    low, high = _inside(axes, place, way, reach)
    total, here, cell = 0.0, low, np.empty(3, np.int64)
    if high <= low:
        return 0.0
    for j in range(3):
        at = place[j] + (low + 1e-9) * way[j]
        cell[j] = min(max(np.searchsorted(axes[j], at, side="right") - 1, 0), len(axes[j]) - 2)
    before = _trilinear(cube, axes, cell, place, way, low)
    while here < high:
        there, through = _next_face(axes, cell, place, way, high)
        there = max(there, here)
        after = _trilinear(cube, axes, cell, place, way, there)
        middle = _trilinear(cube, axes, cell, place, way, 0.5 * (here + there))
        total += (there - here) / 6 * (before + 4 * middle + after)
        if through < 0:
            break
        cell[through] += 1 if way[through] > 0 else -1
        if cell[through] < 0 or cell[through] > len(axes[through]) - 2:
            break
        here, before = there, after
    return total


@compiled
def _trilinear(cube, axes, cell, place, way, far):
    i, j, k = cell
    u = (place[0] + far * way[0] - axes[0][i]) / (axes[0][i + 1] - axes[0][i])
    v = (place[1] + far * way[1] - axes[1][j]) / (axes[1][j + 1] - axes[1][j])
    w = (place[2] + far * way[2] - axes[2][k]) / (axes[2][k + 1] - axes[2][k])
    near = (1 - v) * ((1 - w) * cube[i, j, k] + w * cube[i, j, k + 1]) + v * (
        (1 - w) * cube[i, j + 1, k] + w * cube[i, j + 1, k + 1]
    )
    i += 1
    away = (1 - v) * ((1 - w) * cube[i, j, k] + w * cube[i, j, k + 1]) + v * (
        (1 - w) * cube[i, j + 1, k] + w * cube[i, j + 1, k + 1]
    )
    return (1 - u) * near + u * away


def cube_integrals(cube, axes, place, ways, reach):
    """Return integrals of a cube's emissivity, trilinear between its points, 0 outside.

    Parameters
    ----------
    cube : ndarray, shape (x, y, z), eV cm-3 s-1
    axes : tuple of three ndarray, R_E
        Increasing coordinates.
    place, ways, reach
        As for `model_integrals`.

    Returns
    -------
    ndarray, shape (n,), eV cm-3 s-1 R_E
    """
    place = np.asarray(place, dtype=float)
    return shared_out(lambda way, out: _cube_lines(cube, axes, place, way, reach, out), ways)
