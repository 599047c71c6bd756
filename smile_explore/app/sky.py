"""What SXI would see at the cursor: a simulated image with the model magnetopause over it.

Where SMILE may not look, the picture is blank and says why.
"""

import numpy as np
import panel as pn
import xarray as xr
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, Label, LinearColorMapper, Range1d
from bokeh.plotting import figure

from smile_explore.app.field import LONG, SHORT
from smile_explore.app.look import Look, dress
from smile_explore.app.space import drivers_of, position
from smile_explore.app.upstream import Wind
from smile_explore.app.words import Words
from smile_explore.errors import SmileExploreError
from smile_explore.frames import dipole_tilt
from smile_explore.physics import geometry, magnetopause
from smile_explore.smile.image import image
from smile_explore.smile.pointing import pointing

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
        fig.image("image", x=-SHORT / 2, y=-LONG / 2, dw=SHORT, dh=LONG, source=self._image, color_mapper=self._mapper)  # fmt: skip
        fig.add_layout(ColorBar(
            color_mapper=self._mapper, title="keV cm⁻² s⁻¹ sr⁻¹", width=9, title_text_font_size="8pt",
            background_fill_color=look.back, title_text_color=look.text, major_label_text_color=look.text,
        ), "right")  # fmt: skip
        self._limb = ColumnDataSource({"x": [], "y": []})
        fig.scatter("x", "y", source=self._limb, size=3, color="#56B4E9", line_color=None)
        self._mark = Label(x=4, y=4, x_units="screen", y_units="screen", text="", text_color="#FFFFFF",
                           background_fill_color="#B00020", text_font_size="9pt", text_font_style="bold")  # fmt: skip
        fig.add_layout(self._mark)
        self.figure = fig
        self.pane = pn.pane.Bokeh(fig, margin=0)
        self.text = Words()
        self._shown = None

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
        values = seen["intensity"].values.astype(np.float32)
        self._image.data = {"image": [values]}
        self._mapper.update(low=float(np.nanmin(values)), high=float(np.nanmax(values)))
        self._mark.text = " SIMULATED "
        x, y = silhouette(here, getattr(magnetopause, study.magnetopause), {d: wind.values[d] for d in drivers_of("magnetopause", study.magnetopause)})  # fmt: skip
        self._limb.data = {"x": x, "y": y}
        self._say(
            f"SXI, simulated with CMEM: density {plasma['n_p']:.3g} cm⁻³, speed {plasma['speed']:.0f} km/s, "
            f"Bz {wind.values['b_z']:.3g} nT, from {np.linalg.norm(here):.1f} RE. Points: edge of the model "
            f"magnetopause ({study.magnetopause}) as seen from there."
        )

    def _blank(self, reason: str) -> None:
        self._image.data, self._limb.data = {"image": []}, {"x": [], "y": []}
        self._mark.text = ""
        self._say(f"No SXI image: {reason}.")

    def _say(self, text: str) -> None:
        self.text.object = f'<div style="font-size:12px;color:{self._look.text}">{text}</div>'


def silhouette(here, model, drivers: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return where a boundary's surface turns away from the line of sight, in degrees of the image.

    Parameters
    ----------
    here : ndarray, shape (3,), RE, GSE
        The spacecraft; the model is symmetric about X, so GSE and GSM are alike to it.
    model, drivers
        Of `physics.magnetopause`.

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
    view = pointing(here)
    right, up, ahead = ((edge - here) @ axis for axis in view.axes)
    x, y = np.degrees(np.arctan2(right, ahead)), np.degrees(np.arctan2(up, ahead))
    seen = (ahead > 0) & (np.abs(x) < SHORT / 2) & (np.abs(y) < LONG / 2)
    return x[seen], y[seen]


def _rounded(wind: Wind | None):
    return None if wind is None else tuple(round(v, 2) for v in wind.values.values())


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
