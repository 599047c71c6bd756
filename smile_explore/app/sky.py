"""What SXI would see at the cursor: a simulated image with the model magnetopause over it.

Where SMILE may not look, the picture is blank and says why.
"""

import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    FixedTicker,
    Image,
    Label,
    Line,
    LinearColorMapper,
    Range1d,
    Scatter,
)
from bokeh.plotting import figure

from smile_explore.app import field, images
from smile_explore.app.field import LONG, SHORT
from smile_explore.app.figures import draw
from smile_explore.app.look import Look, dress
from smile_explore.app.space import TITLES, drivers_of, position
from smile_explore.app.upstream import Wind
from smile_explore.app.words import Words
from smile_explore.errors import SmileExploreError
from smile_explore.frames import dipole_tilt
from smile_explore.markup import escape
from smile_explore.physics import geometry, magnetopause
from smile_explore.smile.counts import rebin
from smile_explore.smile.image import image
from smile_explore.smile.pointing import pointing
from smile_explore.views.style import unit_label

_MODEL_UNITS = "keV cm⁻² s⁻¹ sr⁻¹"
_SHAPE = (54, 32)  # half SXI's pixels: a quarter of the time, enough for a thumb of a picture


class SkyView:
    """The X-ray image, refilled at every rest of the cursor."""

    def __init__(self, look: Look):
        self._look = look
        fig = figure(
            frame_width=130, frame_height=219, tools="", toolbar_location=None, min_border=2,
            x_range=Range1d(-SHORT / 2, SHORT / 2), y_range=Range1d(-LONG / 2, LONG / 2),
            x_axis_label="x, Earth to the left (°)", y_axis_label="y (°)",
        )  # fmt: skip
        dress(fig, look)
        fig.xaxis.ticker = FixedTicker(ticks=[-8, -4, 0, 4, 8])
        self._image = ColumnDataSource({"image": []})
        self._mapper = LinearColorMapper("Inferno256", low=0, high=10, nan_color="#00000000")
        draw(fig, self._image, Image(image="image", x=-SHORT / 2, y=-LONG / 2, dw=SHORT, dh=LONG, color_mapper=self._mapper))  # fmt: skip
        self._bar = ColorBar(
            color_mapper=self._mapper, title=_MODEL_UNITS, width=9, title_text_font_size="8pt",
            background_fill_color=look.back, title_text_color=look.text, major_label_text_color=look.text,
        )  # fmt: skip
        fig.add_layout(self._bar, "right")
        self._limb = ColumnDataSource({"x": [], "y": []})
        draw(fig, self._limb, Scatter(x="x", y="y", size=3, fill_color="#56B4E9", line_color=None))
        self._fit = ColumnDataSource({"x": [], "y": []})
        draw(fig, self._fit, Line(x="x", y="y", line_color="#2FD6A3", line_width=2))
        self._mark = Label(x=4, y=4, x_units="screen", y_units="screen", text="", text_color="#FFFFFF",
                           background_fill_color="#B00020", text_font_size="9pt", text_font_style="bold")  # fmt: skip
        fig.add_layout(self._mark)
        self.figure = fig
        self.pane = pn.pane.Bokeh(fig, margin=0)
        self.text = Words()
        self._shown = self.seen = None

    def move(self, time, track: xr.Dataset | None, wind: Wind | None, plasma: dict, study) -> None:
        """Show the image from where SMILE is at a time, in the wind of that time."""
        here = position(track, time)
        key = (None if here is None else tuple(here.round(2)), _rounded(wind), tuple(plasma.values()), study.magnetopause)  # fmt: skip
        if key == self._shown:
            return
        self._shown = key
        reason = _why_not(here, wind, plasma)
        if reason:
            self._blank(reason)
            return
        try:
            seen = image(
                here, n_p=plasma["n_p"], v=plasma["speed"], b=plasma["b"], time=time, shape=_SHAPE,
                tilt=float(np.radians(dipole_tilt(np.datetime64(time)))), fov=(LONG, SHORT),
            )  # fmt: skip
        except SmileExploreError as err:
            self._blank(str(err))
            return
        self._draw(seen, "intensity", _MODEL_UNITS, simulated=True)
        self._edge(here, pointing(here), wind, study)
        self._say(
            f"SXI, simulated with CMEM: density {plasma['n_p']:.3g} cm⁻³, speed {plasma['speed']:.0f} km/s, "
            f"Bz {wind.values['b_z']:.3g} nT, from {np.linalg.norm(here):.1f} RE. {_edge_words(study)}"
        )

    def show(self, time, ds: xr.Dataset | None, wind: Wind | None, study) -> None:
        """Show the image of an instrument or a file that was taken at a time."""
        if ds is None:
            self._blank_once("choose a file in the drawer Images" if study.sky == "file" else f"{study.sky} has none here")  # fmt: skip
            return
        seen = images.at_time(ds, time)
        if seen is None:
            self._blank_once(f"{ds.attrs.get('product', study.sky)} has none at this time")
            return
        key = (str(seen["time"].values), id(ds), _rounded(wind), study.magnetopause)
        if key == self._shown:
            return
        self._shown = key
        drawn, name = _coarser(seen)
        if self.seen is not None and self.seen.equals(seen):
            seen = self.seen  # another wind alone: what was found in the image stays
        else:
            self._draw(drawn, name, unit_label(drawn[name].attrs.get("units", "")), simulated=bool(ds.attrs.get("simulated")))  # fmt: skip
            self.seen = seen
        view = field.view_of(seen.drop_vars("time"))
        self._edge(view.position, view, wind, study)
        exposure = f", {float(seen['exposure']):g} s" if "exposure" in seen else ""
        what = str(drawn[name].attrs.get("long_name", name)).removeprefix("SIMULATED: ")
        self._say(
            f"{ds.attrs.get('product', 'file')}, {images.stamp(seen)} UT{exposure}, from {np.linalg.norm(view.position):.1f} RE: "
            f"{what}. {_edge_words(study) if wind else ''}"
        )

    def draw_fit(self, x, y) -> None:
        """Draw the boundary that was found in the image."""
        self._fit.data = {"x": x, "y": y}

    def _draw(self, seen, name: str, units: str, *, simulated: bool) -> None:
        values = seen[name].transpose("y", "x").values.astype(np.float32)
        self.seen = seen
        self._image.data, self._fit.data = {"image": [values]}, {"x": [], "y": []}
        noisy = name != "intensity"  # a hot pixel must not set the colours of the others
        low, high = np.nanpercentile(values, [2, 99.5] if noisy else [0, 100])
        self._mapper.update(low=float(low), high=float(max(high, low + 1e-6)))
        self._bar.title = units
        self._mark.text = " SIMULATED " if simulated else ""

    def _edge(self, here, view, wind, study) -> None:
        drivers = {d: wind.values[d] if wind else np.nan for d in drivers_of("magnetopause", study.magnetopause)}  # fmt: skip
        if not np.isfinite(list(drivers.values())).all():
            self._limb.data = {"x": [], "y": []}
            return
        x, y = silhouette(here, getattr(magnetopause, study.magnetopause), drivers, view)
        self._limb.data = {"x": x, "y": y}

    def _blank_once(self, reason: str) -> None:
        if self._shown != reason:
            self._shown = reason
            self._blank(reason)

    def _blank(self, reason: str) -> None:
        self._image.data, self.seen = {"image": []}, None
        self._limb.data = self._fit.data = {"x": [], "y": []}
        self._mark.text = ""
        self._say(f"No SXI image: {reason}.")

    def _say(self, text: str) -> None:
        self.text.object = (
            f'<div style="font-size:12px;color:{self._look.text}">{escape(text)}</div>'
        )


def silhouette(here, model, drivers: dict, view=None) -> tuple[np.ndarray, np.ndarray]:
    """Return where a boundary's surface turns away from the line of sight, in degrees of the image.

    Parameters
    ----------
    here : ndarray, shape (3,), RE, GSE
        The spacecraft; the model is symmetric about X, so GSE and GSM are alike to it.
    model, drivers
        Of `physics.magnetopause`.
    view : Pointing, optional
        Another than SXI's rule gives.

    Returns
    -------
    tuple of ndarray
        Angles along x and y of the points of the edge within the field of view.
    """
    theta, phi = np.linspace(0.01, np.radians(120), 120), np.linspace(0, 2 * np.pi, 181)
    xyz = geometry.surface(model, theta[:, None], phi, **drivers)
    across = np.cross(np.gradient(xyz, axis=0), np.gradient(xyz, axis=1))
    facing = (across * (here - xyz)).sum(axis=-1)
    i, j = np.nonzero(np.diff(np.sign(facing), axis=0))
    share = (facing[i, j] / (facing[i, j] - facing[i + 1, j]))[:, None]
    edge = xyz[i, j] + share * (xyz[i + 1, j] - xyz[i, j])
    view = view or pointing(here)
    right, up, ahead = ((edge - here) @ axis for axis in view.axes)
    x, y = np.degrees(np.arctan2(right, ahead)), np.degrees(np.arctan2(up, ahead))
    seen = (ahead > 0) & (np.abs(x) < SHORT / 2) & (np.abs(y) < LONG / 2)
    return x[seen], y[seen]


def _coarser(seen) -> tuple:
    """Return an image as it is drawn, and its variable: counts of four pixels make one."""
    name = images.shown(seen)
    sizes = seen[name].sizes
    if {"counts", "background", "vignetting"} <= set(seen) and sizes["y"] % 2 == sizes["x"] % 2 == 0:  # fmt: skip
        return rebin(seen, 2), "foreground"
    return seen, name


def _edge_words(study) -> str:
    return f"Blue points: edge of the model magnetopause ({TITLES[study.magnetopause]}) as seen from there."  # fmt: skip


def _rounded(wind: Wind | None):
    return (
        None
        if wind is None
        else tuple(round(v, 2) if np.isfinite(v) else None for v in wind.values.values())
    )


def _why_not(here, wind, plasma: dict) -> str:
    """Return why there is no image, or an empty text."""
    if here is None:
        return "SMILE's orbit is not known at this time"
    view = pointing(here)
    if not view.allowed:
        return f"SXI may not look here: {view.reason}"
    if wind is None or not plasma or not np.isfinite([plasma["n_p"], plasma["speed"], *plasma["b"]]).all():  # fmt: skip
        return "no density, speed or field of the wind at this time"
    return ""
