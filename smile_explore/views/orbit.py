"""Where spacecraft are, in a GSE or GSM plane, between magnetopause and bow shock.

Takes positions and solar wind values; never loads, and never hides which model is drawn.
"""

import itertools

import numpy as np
import xarray as xr

from smile_explore import frames
from smile_explore.errors import InputError
from smile_explore.markup import plain
from smile_explore.physics import bow_shock, geometry, magnetopause
from smile_explore.views.style import GREY, SCALARS, SIMULATED

#: Horizontal and vertical axis of each plane, and the azimuths phi at which a surface cuts it.
PLANES = {"XY": (0, 1, (np.pi, 0)), "XZ": (0, 2, (-np.pi / 2, np.pi / 2)), "YZ": (1, 2, None)}


def boundary(model, plane: str, **drivers) -> tuple[np.ndarray, np.ndarray]:
    """Return the curve in which a boundary model cuts a plane through the Earth.

    Parameters
    ----------
    model : callable
        Of `physics.magnetopause` or `physics.bow_shock`.
    plane : {"XY", "XZ", "YZ"}
        YZ is the terminator plane, X = 0.
    **drivers
        The model's own, e.g. ``p_dyn=2.0, b_z=-5.0``.

    Returns
    -------
    tuple of ndarray, RE
        Horizontal and vertical coordinate along the curve.

    Examples
    --------
    >>> x, y = boundary(magnetopause.shue1998, "XY", p_dyn=2.0, b_z=0.0)
    >>> round(float(x.max()), 2)
    10.25
    """
    across, up, sides = _plane(plane)
    if sides is None:
        xyz = geometry.surface(model, np.pi / 2, np.linspace(0, 2 * np.pi, 121), **drivers)
    else:
        theta = np.linspace(0, np.radians(140), 71)
        first, second = (geometry.surface(model, theta, side, **drivers) for side in sides)
        xyz = np.concatenate([first[:0:-1], second])
    return xyz[:, across], xyz[:, up]


def orbit(tracks, *, plane="XY", wind=None, at=None, sun="left", frame="GSE", extent=30.0):  # noqa: PLR0913  a view's choices
    """Draw trails of spacecraft in one plane, with the boundaries that the wind sets.

    Parameters
    ----------
    tracks : dict of str to Dataset
        Name of each spacecraft and a Dataset with ``pos`` (time, cartesian), km. Beyond seven
        the colours repeat.
    plane : {"XY", "XZ", "YZ"}
    wind : dict, optional
        ``p_dyn`` (nPa) and ``b_z`` (nT, GSM) of the boundaries; without it none are drawn.
    at : datetime64, optional
        Mark each spacecraft at its nearest sample to this time.
    sun : {"left", "right"}
        Where +X points. The plane stays right-handed: in XY both axes turn.
    frame : {"GSE", "GSM"}
    extent : float, RE
        Half the width of the picture.

    Returns
    -------
    bokeh.plotting.figure
        Lengths in RE of 6371.2 km; the caption names models and inputs.

    Raises
    ------
    InputError
        If the plane or a Dataset is not usable.
    """
    from bokeh.plotting import figure

    _require_tracks(tracks)
    across, up, _ = _plane(plane)
    fig = figure(
        frame_width=300, frame_height=300, tools="pan,wheel_zoom,reset,save", title=f"{plane} {frame}",
        x_axis_label=f"{plane[0]} {frame} (RE)", y_axis_label=f"{plane[1]} {frame} (RE)",
    )  # fmt: skip
    set_limits(fig, plane, sun, extent)
    draw_earth(fig, plane)
    draw_sun_arrow(fig, plane, sun, extent)
    caption = _boundaries(fig, plane, wind) if wind else "no boundaries: no solar wind at this time"
    colors = itertools.cycle(track_colors())
    for (name, ds), (color, _) in zip(tracks.items(), colors, strict=False):
        xyz = track(ds, name, frame)
        fig.line(xyz[:, across], xyz[:, up], color=color, legend_label=plain(name), alpha=0.6)
        if at is not None and len(xyz):
            here = xyz[np.abs(ds["time"].values - np.datetime64(at)).argmin()]
            fig.scatter([here[across]], [here[up]], color=color, size=9, legend_label=plain(name))
    _caption(fig, caption, any(ds.attrs.get("simulated") for ds in tracks.values()))
    if tracks:  # without a legend Bokeh warns of each of these
        fig.legend.location, fig.legend.padding = "top_right", 3
        fig.legend.label_text_font_size = "8pt"
    return fig


def _plane(plane: str):
    if plane not in PLANES:
        message = f"plane={plane!r} is none of {', '.join(PLANES)}."
        raise InputError(message)
    return PLANES[plane]


def _require_tracks(tracks) -> None:
    if not isinstance(tracks, dict) or not all(isinstance(ds, xr.Dataset) for ds in tracks.values()):  # fmt: skip
        message = f"Tracks are Datasets by name, not {type(tracks).__name__}: write e.g. orbit({{'THEMIS C': state}})."
        raise InputError(message)


def track_colors():
    """Return (colour, dash) of each spacecraft, in order."""
    return (
        *SCALARS[1:],
        ("#0072B2", "solid"),
        ("#E69F00", "solid"),
        ("#56B4E9", "solid"),
        SCALARS[0],
    )


def track(ds: xr.Dataset, name: str, frame: str) -> np.ndarray:
    """Return positions, dims (time, 3), in RE and in a frame."""
    if "pos" not in ds:
        message = f"{name}: no position in {ds.attrs.get('product', 'its Dataset')!r}; load its state or orbit product."
        raise InputError(message)
    pos = (
        ds["pos"]
        if ds["pos"].attrs["coordinate_system"] == frame
        else frames.rotate(ds["pos"], frame)
    )
    return frames.in_earth_radii(pos).values


def set_limits(fig, plane: str, sun: str, extent: float) -> None:
    """Give a figure axes that run so that the plane stays right-handed."""
    from bokeh.models import Range1d

    flip_x = plane != "YZ" and sun == "left"
    flip_y = plane == "XY" and sun == "left"  # else the plane would be seen from the south
    x = (-extent, extent) if plane == "YZ" else (-extent / 1.5, extent / 0.75)
    y = (-extent, extent)
    fig.x_range = Range1d(*(x[::-1] if flip_x else x))
    fig.y_range = Range1d(*(y[::-1] if flip_y else y))


def draw_earth(fig, plane: str) -> None:
    """Draw the Earth, its night side dark; seen from the Sun it is all day."""
    fig.circle(0, 0, radius=1, fill_color="white", line_color="black")
    if plane != "YZ":
        fig.wedge(
            0,
            0,
            radius=1,
            start_angle=np.pi / 2,
            end_angle=3 * np.pi / 2,
            fill_color="black",
            line_color="black",
        )


def _boundaries(fig, plane: str, wind: dict) -> str:
    p_dyn, b_z = float(wind["p_dyn"]), float(wind["b_z"])
    if not np.isfinite([p_dyn, b_z]).all():
        return "no boundaries: no solar wind at this time"
    fig.line(
        *boundary(magnetopause.shue1998, plane, p_dyn=p_dyn, b_z=b_z), color="#0072B2", line_width=2
    )
    fig.line(
        *boundary(bow_shock.jelinek2012, plane, p_dyn=p_dyn),
        color=GREY,
        line_dash="dotted",
        line_width=2,
    )
    return f"magnetopause Shue 1998, bow shock Jelinek 2012 (dotted)\nPdyn = {p_dyn:.2f} nPa, Bz = {b_z:.1f} nT, not aberrated"


def _caption(fig, text: str, simulated: bool) -> None:
    """Say below the axes which models and inputs are drawn: inside they would hide a track."""
    from bokeh.models import Title

    lines = [*text.split("\n"), *(["SIMULATED positions"] if simulated else [])]
    for line in lines:
        color = SIMULATED if line.startswith("SIMULATED") else GREY
        fig.add_layout(
            Title(
                text=plain(line), text_font_size="8pt", text_font_style="normal", text_color=color
            ),
            "below",
        )


def draw_sun_arrow(fig, plane: str, sun: str, extent: float, color: str = GREY) -> None:
    """Say where the Sun is."""
    from bokeh.models import Arrow, NormalHead

    at = -0.92 * extent if not (plane == "XY" and sun == "left") else 0.92 * extent
    words = {"text_font_size": "8pt", "text_color": color, "text_baseline": "middle"}
    if plane == "YZ":
        fig.text([-0.95 * extent], [at], text=["seen from the Sun"], **words)
        return
    head = NormalHead(size=7, fill_color="#E69F00", line_color="#E69F00")
    ends = {"x_start": 0.8 * extent, "x_end": 1.15 * extent, "y_start": at, "y_end": at}
    fig.add_layout(Arrow(end=head, line_color="#E69F00", line_width=2, **ends))
    side = "left" if sun == "left" else "right"
    fig.text([0.78 * extent], [at], text=["to Sun"], text_align=side, **words)
