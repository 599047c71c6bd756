"""The auroral oval at the cursor, on the dial: a model driven by the AL index, noon on top."""

import numpy as np
import panel as pn
from bokeh.models import ColorBar, ColumnDataSource, Image, Label, Line, LinearColorMapper, Range1d
from bokeh.plotting import figure

from smile_explore.app import images
from smile_explore.app.figures import draw
from smile_explore.app.look import Look, dress
from smile_explore.app.store import milliseconds
from smile_explore.app.words import Words
from smile_explore.markup import escape
from smile_explore.physics import aurora
from smile_explore.views.dial import draw_rings, place, raster
from smile_explore.views.style import unit_label

RIM = 40.0  # degrees from the pole
_PIXELS = 101
_KP = np.linspace(0.3, 8.7, 400)  # where Starkov's AL grows with Kp


def kp_from_al(al: float) -> float:
    """Return the Kp whose AL, after Starkov (1994), is this one; NaN for a positive AL.

    Examples
    --------
    >>> round(kp_from_al(float(aurora.starkov1994_al(3.0))), 2)
    3.0
    """
    if not al < 0:
        return np.nan
    return float(np.interp(-al, -aurora.starkov1994_al(_KP), _KP))


def _grid():
    axis = np.linspace(-RIM, RIM, _PIXELS)
    x, y = np.meshgrid(axis, axis)
    colatitude = np.hypot(x, y)
    mlt = (12 - np.degrees(np.arctan2(x, y)) / 15) % 24
    return np.where(colatitude <= RIM, 90 - colatitude, np.nan), mlt


class DialView:
    """The northern oval: brightness after Zhang and Paxton 2008, edges after Starkov 1994."""

    def __init__(self, look: Look):
        self._look, self._mlat_mlt = look, _grid()
        fig = figure(
            frame_width=176, frame_height=176, tools="", toolbar_location=None, min_border=2,
            y_axis_label="magnetic latitude (°)",
            x_range=Range1d(-1.3 * RIM, 1.3 * RIM), y_range=Range1d(-1.3 * RIM, 1.3 * RIM),
        )  # fmt: skip
        dress(fig, look)
        fig.axis.visible = fig.grid.visible = False
        fig.outline_line_color = None
        self._picture = ColumnDataSource({"image": []})
        mapper = self._mapper = LinearColorMapper(
            "Viridis256", low=0, high=4, nan_color="#00000000"
        )
        draw(fig, self._picture, Image(image="image", x=-RIM, y=-RIM, dw=2 * RIM, dh=2 * RIM, color_mapper=mapper))  # fmt: skip
        self._bar = ColorBar(color_mapper=mapper, title="mW/m²", width=9, title_text_font_size="8pt",
                             background_fill_color=look.back, title_text_color=look.text,
                             major_label_text_color=look.text)  # fmt: skip
        fig.add_layout(self._bar, "right")
        draw_rings(fig, 90 - RIM, "north")
        for renderer in fig.renderers:
            if hasattr(renderer.glyph, "text_color"):
                renderer.glyph.text_color = look.quiet
        self._edges = ColumnDataSource({"x": [], "y": []})
        draw(fig, self._edges, Line(x="x", y="y", line_color=look.line("#D55E00"), line_width=2))
        self._mark = Label(x=4, y=4, x_units="screen", y_units="screen", text="", text_color=look.warn, text_font_size="8pt", text_font_style="bold")  # fmt: skip
        fig.add_layout(self._mark)
        self.figure, self._shown = fig, None
        self.pane = pn.pane.Bokeh(fig, margin=0)
        self.text = Words()

    def move(self, time, ds) -> None:
        """Show the oval of the AL at a time."""
        al = _al_at(ds, time)
        kp = kp_from_al(al)
        if kp == self._shown:
            return
        self._shown = kp
        self._mark.text = "SIMULATED" if ds is not None and ds.attrs.get("simulated") else ""
        if not np.isfinite(kp):
            self._picture.data, self._edges.data = {"image": []}, {"x": [], "y": []}
            self._say("No oval: AL is not known at this time, or not negative.")
            return
        flux, _ = aurora.zhang_paxton2008(*self._mlat_mlt, kp=kp)
        self._picture.data = {"image": [flux.astype(np.float32)]}
        self._mapper.update(low=0, high=max(2.0, float(np.nanmax(flux))))
        self._bar.title = "mW/m²"
        mlt = np.linspace(0, 24, 97)
        edges = [place(90 - aurora.starkov1994(mlt, al=al, boundary=b), mlt) for b in ("poleward", "equatorward")]  # fmt: skip
        x, y = (np.concatenate([edges[0][k], [np.nan], edges[1][k]]) for k in (0, 1))
        self._edges.data = {"x": x, "y": y}
        self._say(f"Model oval, north: energy flux Zhang and Paxton 2008 for Kp {kp:.1f}; edges Starkov 1994 for AL {al:.0f} nT. Kp is the one that Starkov's relation gives for this AL.")  # fmt: skip

    def show(self, time, ds, source: str) -> None:
        """Show the aurora that an instrument or a file has at a time."""
        seen = images.at_time(ds, time) if ds is not None else None
        key = (id(ds), source, None if seen is None else str(seen["time"].values))
        if key == self._shown:
            return
        self._shown = key
        if seen is not None:
            seen = seen[["mlat", "mlt", "grid"]].load()  # at once, for they lie in one file
        fault = _fault(ds, seen, source)
        self._edges.data = {"x": [], "y": []}
        if fault:
            self._picture.data, self._mark.text = {"image": []}, ""
            self._say(f"No auroral image: {fault}.")
            return
        mlat, mlt, values = (seen[name].values.astype(float) for name in ("mlat", "mlt", "grid"))
        picture = raster(values, place(mlat, mlt), RIM)
        self._picture.data = {"image": [picture.astype(np.float32)]}
        low, high = np.nanpercentile(picture, [5, 99.5]) if np.isfinite(picture).any() else (0, 1)
        self._mapper.update(low=max(0.0, float(low)), high=float(max(high, low + 1)))
        self._bar.title = unit_label(seen["grid"].attrs.get("units", ""))
        self._mark.text = "SIMULATED" if ds.attrs.get("simulated") else ""
        self._say(f"{ds.attrs.get('product', source)}, {images.stamp(seen)} UT: {seen['grid'].attrs.get('long_name', 'brightness')}, north. Blank: not in sight.")  # fmt: skip

    def _say(self, text: str) -> None:
        self.text.object = (
            f'<div style="font-size:12px;color:{self._look.text}">{escape(text)}</div>'
        )


def _fault(ds, seen, source: str) -> str:
    """Return why there is no auroral image to draw, or an empty text."""
    if ds is None:
        return "choose a file in the drawer Images" if source == "file" else f"{source} has none here"  # fmt: skip
    if seen is None:
        return f"{ds.attrs.get('product', source)} has none at this time"
    if not np.nanmedian(seen["mlat"].values) > 0:
        return "it shows the southern oval, and this dial the northern one"
    return ""


def _al_at(ds, time) -> float:
    """Return AL at the last sample before a time, NaN if it is more than 10 min old."""
    if ds is None or "al" not in ds:
        return np.nan
    t = milliseconds(ds["time"].values)
    at = int(np.searchsorted(t, float(milliseconds(time)), "right")) - 1
    if at < 0 or float(milliseconds(time)) - t[at] > 600_000:
        return np.nan
    return float(ds["al"].values[at])
