"""The auroral oval on a clock of magnetic local time: noon on top, dawn right in the north.

Takes arrays in magnetic latitude and local time; never converts brightness or coordinates.
"""

import itertools

import numpy as np

from smile_explore.errors import InputError
from smile_explore.markup import plain
from smile_explore.views.style import GREY, SIMULATED, unit_label

_PIXELS = 201


def place(mlat, mlt, hemisphere="north"):
    """Return where a point stands on the dial, in degrees from the pole.

    Parameters
    ----------
    mlat : array_like, degree
        Magnetic latitude; its sign is not looked at.
    mlt : array_like, h
        Magnetic local time: 12 is up, in the north 6 is right.
    hemisphere : {"north", "south"}
        The south is seen through the Earth in some books; here from below, so dawn is left.

    Returns
    -------
    tuple of ndarray, degree

    Examples
    --------
    >>> [round(float(a), 6) for a in place(70.0, 6.0)]
    [20.0, 0.0]
    """
    if hemisphere not in ("north", "south"):
        message = f"hemisphere={hemisphere!r} is neither 'north' nor 'south'."
        raise InputError(message)
    angle = (np.asarray(mlt, float) - 12) * np.pi / 12
    r = 90 - np.abs(np.asarray(mlat, float))
    return r * np.sin(angle) * (-1 if hemisphere == "north" else 1), r * np.cos(angle)


def dial(  # noqa: PLR0913  a view's choices
    values,
    mlat,
    mlt,
    *,
    label,
    units,
    hemisphere="north",
    lowest=50.0,
    curves=None,
    simulated=False,
):
    """Draw values given at magnetic latitudes and local times, with rings every 10 degrees.

    Parameters
    ----------
    values, mlat, mlt : array_like, equal shapes; units, degree, h
        One picture; NaN stays blank.
    label, units : str
        What is drawn, e.g. ``"Energy flux, Zhang and Paxton 2008, Kp 3"`` and ``"mW m-2"``.
    hemisphere : {"north", "south"}
    lowest : float, degree
        Magnetic latitude of the rim.
    curves : dict of str to (mlat, mlt), optional
        Boundaries to draw over the picture.
    simulated : bool
        Burn the mark SIMULATED in.

    Returns
    -------
    bokeh.plotting.figure
    """
    from bokeh.models import ColorBar, LinearColorMapper, Range1d
    from bokeh.plotting import figure

    rim = 90 - lowest
    fig = figure(
        frame_width=300, frame_height=300, tools="save,reset,wheel_zoom,pan", title=plain(label),
        x_axis_label="dusk to dawn", y_axis_label="midnight to noon",  # for readers of the page
    )  # fmt: skip
    fig.x_range, fig.y_range = Range1d(-1.45 * rim, 1.45 * rim), Range1d(-1.45 * rim, 1.45 * rim)
    fig.axis.visible = fig.grid.visible = False
    picture = raster(values, place(mlat, mlt, hemisphere), rim)
    mapper = LinearColorMapper(
        "Viridis256", low=0, high=float(np.nanmax(picture, initial=1e-9)), nan_color="#00000000"
    )
    fig.image(
        [picture.astype(np.float32)], x=-rim, y=-rim, dw=2 * rim, dh=2 * rim, color_mapper=mapper
    )
    fig.add_layout(ColorBar(color_mapper=mapper, title=unit_label(units), width=10), "right")
    draw_rings(fig, lowest, hemisphere)
    colors = itertools.cycle(("#D55E00", "#CC79A7", "#E69F00"))
    for (name, (at_lat, at_mlt)), color in zip((curves or {}).items(), colors, strict=False):
        fig.line(
            *place(at_lat, at_mlt, hemisphere), color=color, line_width=2, legend_label=plain(name)
        )
    if curves:
        fig.legend.location, fig.legend.label_text_font_size, fig.legend.padding = (
            "bottom_left",
            "8pt",
            3,
        )
    if simulated:
        fig.text(
            [-1.43 * rim],
            [1.28 * rim],
            text=["SIMULATED"],
            text_color=SIMULATED,
            text_font_size="12pt",
        )
    return fig


def raster(values, xy, rim: float) -> np.ndarray:
    """Return the picture on square pixels: each takes its nearest value, if that is near enough."""
    from scipy.spatial import cKDTree

    values = np.asarray(values, float).ravel()
    points = np.column_stack([np.ravel(c) for c in xy])
    known = np.isfinite(points).all(axis=1) & np.isfinite(values)
    axis = np.linspace(-rim, rim, _PIXELS)
    x, y = np.meshgrid(axis, axis)
    picture = np.full(x.shape, np.nan)
    if known.any():
        spacing = max(2.0 * rim / _PIXELS, 1.5 * np.sqrt(np.pi * rim**2 / known.sum()))
        distance, nearest = cKDTree(points[known]).query(np.column_stack([x.ravel(), y.ravel()]))
        near = (distance < spacing).reshape(x.shape) & (np.hypot(x, y) <= rim)
        picture[near] = values[known][nearest].reshape(x.shape)[near]
    return picture


def draw_rings(fig, lowest: float, hemisphere: str) -> None:
    """Draw rings every 10 degrees and name the four hours."""
    rings, hours = np.arange(80, int(lowest) - 1, -10), np.arange(0, 24, 6)
    around = np.linspace(0, 24, 121)
    curves = [place(np.full(around.shape, mlat), around, hemisphere) for mlat in rings]
    curves += [place(np.array([90, lowest]), np.array([hour, hour]), hemisphere) for hour in hours]
    widths = [0.7] * len(rings) + [0.5] * len(hours)
    fig.multi_line(*map(list, zip(*curves, strict=True)), color=GREY, line_width=widths)
    x, y = place(rings, np.full(len(rings), 10.5), hemisphere)
    sign = "" if hemisphere == "north" else "-"
    fig.text(x, y, text=[f"{sign}{mlat}°" for mlat in rings], text_font_size="8pt", text_color=GREY)
    x, y = place(np.full(4, lowest - 0.14 * (90 - lowest)), hours, hemisphere)
    names = ["12 MLT" if hour == 12 else f"{hour:02d}" for hour in hours]
    fig.text(x, y, text=names, text_align="center", text_baseline="middle", text_font_size="9pt")
