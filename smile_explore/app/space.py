"""The orbit picture: spacecraft with trails between the boundaries that the wind at the cursor sets.

Refilled at every move of the cursor; built anew only when plane, frame or side of the Sun change.
"""

import inspect
import itertools

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Legend, LegendItem, Line, Patch, Scatter
from bokeh.plotting import figure

from smile_explore.app import field, upstream
from smile_explore.app.figures import draw
from smile_explore.app.look import Look, dress
from smile_explore.app.store import milliseconds
from smile_explore.app.words import Words
from smile_explore.frames import in_earth_radii
from smile_explore.markup import escape, plain
from smile_explore.physics import bow_shock, geometry, magnetopause
from smile_explore.views.orbit import (
    PLANES,
    boundary,
    draw_earth,
    draw_sun_arrow,
    set_limits,
    track,
    track_colors,
)

EXTENT = 24.0
_NO_LINE = {"x": [], "y": []}
_MODELS = {"magnetopause": magnetopause, "bow_shock": bow_shock}
TITLES = {
    "shue1998": "Shue 1998", "shue1997": "Shue 1997", "jelinek2012": "Jelinek 2012",
    "farris_russell1994": "Farris, Russell 1994",
}  # fmt: skip
_SYMBOLS = {"p_dyn": ("Pdyn", "nPa"), "b_z": ("Bz GSM", "nT"), "m_ms": ("Mms", ""), "beta": ("beta", "")}  # fmt: skip


def drivers_of(kind: str, name: str) -> tuple:
    """Return the names of the drivers that a boundary model asks for."""
    parameters = inspect.signature(getattr(_MODELS[kind], name)).parameters.values()
    return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


def curve(kind: str, name: str, plane: str, values: dict):
    """Return where a boundary cuts a plane, RE, or None if a driver is missing."""
    given = {d: values.get(d, np.nan) for d in drivers_of(kind, name)}
    if not np.isfinite(list(given.values())).all():
        return None
    return boundary(getattr(_MODELS[kind], name), plane, **given)


def nose(name: str, values: dict) -> float:
    """Return the stand-off distance of a magnetopause model, RE; NaN if a driver is missing."""
    given = {d: values.get(d, np.nan) for d in drivers_of("magnetopause", name)}
    if not np.isfinite(list(given.values())).all():
        return np.nan
    return float(geometry.standoff(getattr(magnetopause, name), **given))


def caption(wind: upstream.Wind | None, study) -> str:
    """Return which models are drawn, with their inputs and the age of these."""
    if wind is None or not np.isfinite(wind.values["p_dyn"]):
        return "No boundaries: no dynamic pressure is known at this time."
    needed = dict.fromkeys(
        (*drivers_of("magnetopause", study.magnetopause), *drivers_of("bow_shock", study.bow_shock))
    )
    inputs = ", ".join(f"{_SYMBOLS[n][0]} {wind.values[n]:.3g} {_SYMBOLS[n][1]}".strip() for n in needed)  # fmt: skip
    text = f"Magnetopause {TITLES[study.magnetopause]} (solid, nose at {nose(study.magnetopause, wind.values):.1f} RE), bow shock {TITLES[study.bow_shock]} (dotted); {inputs} from {wind.product}; not aberrated."
    if not wind.is_current:
        text += f" Grey: no pressure or field now, the last values are {wind.age_text} old."
    return text


class OrbitView:
    """One plane through the Earth, with tracks, marks, boundaries and SXI's view as sources."""

    def __init__(self, look: Look):
        self._look, self._tracks, self._xyz = look, {}, {}
        self._sources, self._built = {}, None
        self.pane = pn.pane.Bokeh(None, margin=0)
        self.text = Words()

    def show(self, tracks: dict, study) -> None:
        """Show these tracks (name to Dataset with ``pos``)."""
        self._tracks = tracks
        self._xyz = {name: track(ds, name, study.frame) for name, ds in tracks.items()}
        wanted = (*tracks, study.plane, study.frame, study.sun)
        if wanted != self._built:
            self._build(study)
            self._built = wanted
        across, up, _ = PLANES[study.plane]
        for name, xyz in self._xyz.items():
            self._sources[f"{name} whole"].data = {"x": xyz[:, across], "y": xyz[:, up]}

    def _build(self, study) -> None:
        fig = figure(
            frame_width=290, frame_height=290, tools="pan,wheel_zoom,reset", toolbar_location=None,
            x_axis_label=f"{study.plane[0]} {study.frame} (RE)", y_axis_label=f"{study.plane[1]} {study.frame} (RE)",
            min_border=2, lod_timeout=100,
        )  # fmt: skip
        set_limits(fig, study.plane, study.sun, EXTENT)
        draw_sun_arrow(fig, study.plane, study.sun, EXTENT, self._look.quiet)
        drawn = ("magnetopause", "bow_shock", "field", "aim")
        self._sources = {k: ColumnDataSource(_NO_LINE) for k in drawn}
        items = self._models(fig)
        draw_earth(fig, study.plane)
        items += [self._spacecraft(fig, *item) for item in zip(self._xyz, itertools.cycle(track_colors()), strict=False)]  # fmt: skip
        legend = Legend(items=items, location="top_left", orientation="horizontal", ncols=3)
        fig.add_layout(legend, "above")
        dress(fig, self._look)
        self.pane.object = fig

    def xyz(self, name: str) -> np.ndarray:
        """Return a spacecraft's positions, dims (time, 3), RE."""
        return self._xyz[name]

    def _models(self, fig) -> list:
        """Draw the boundaries and SXI's field of view."""
        shade = self._look.line("#CC79A7")
        field = draw(fig, self._sources["field"], Patch(x="x", y="y", fill_color=shade, fill_alpha=0.2, line_color=shade))  # fmt: skip
        draw(fig, self._sources["aim"], Line(x="x", y="y", line_color=shade, line_dash="dashed"))
        self._lines = {
            "magnetopause": draw(fig, self._sources["magnetopause"], Line(x="x", y="y", line_width=2)),
            "bow_shock": draw(fig, self._sources["bow_shock"], Line(x="x", y="y", line_width=2, line_dash="dotted")),
        }  # fmt: skip
        named = {"magnetopause": self._lines["magnetopause"], "bow shock": self._lines["bow_shock"], "SXI field": field}  # fmt: skip
        return [LegendItem(label=label, renderers=[line]) for label, line in named.items()]

    def _spacecraft(self, fig, name, style) -> LegendItem:
        color = self._look.line(style[0])
        for part in (f"{name} whole", f"{name} before", name):
            self._sources[part] = ColumnDataSource(_NO_LINE)
        whole = Line(x="x", y="y", line_color=color, line_alpha=0.5, line_dash=style[1])
        draw(fig, self._sources[f"{name} whole"], whole)
        draw(
            fig, self._sources[f"{name} before"], Line(x="x", y="y", line_color=color, line_width=2)
        )
        mark = draw(fig, self._sources[name], Scatter(x="x", y="y", fill_color=color, size=9, line_color=self._look.text))  # fmt: skip
        if name == "smile":
            self._smile = mark
        return LegendItem(label=plain(name), renderers=[mark])

    def move(self, time, wind: upstream.Wind | None, study) -> None:
        """Put spacecraft, boundaries and field of view where they are at a time."""
        across, up, _ = PLANES[study.plane]
        outside = []
        for name, ds in self._tracks.items():
            here = _at(ds, self._xyz[name], time)
            seen = here is not None
            self._sources[name].data = {"x": [here[across]], "y": [here[up]]} if seen else _NO_LINE
            self._sources[f"{name} before"].data = _trail(ds, self._xyz[name], time, here, (across, up))  # fmt: skip
            if seen and not _inside(self.pane.object, here[across], here[up]):
                outside.append(f"{escape(name)} at {here[0]:.0f}, {here[1]:.0f}, {here[2]:.0f}")
        self._boundaries(wind, study)
        view = self._field(time, study)
        words = [
            escape(caption(wind, study)),
            escape(field.told(view)),
            origins(self._tracks, self._look),
        ]
        if outside:
            words.insert(2, f"Outside the picture: {'; '.join(outside)} RE.")
        text = " ".join(filter(None, words))
        self.text.object = f'<div style="font-size:12px;color:{self._look.text}">{text}</div>'

    def _field(self, time, study):
        """Draw what SXI covers, or mark SMILE hollow where it may not look; return its view."""
        smile = self._tracks.get("smile")
        view = field.look_from(position(smile, time))
        points = None
        if view is not None:
            self._smile.glyph.fill_alpha = 1.0 if view.allowed else 0.0
            if view.allowed:
                points = field.in_frame(field.pyramid(view), time, study.frame)
        across, up, _ = PLANES[study.plane]
        lines = {"field": _NO_LINE, "aim": _NO_LINE}
        if points is not None:
            lines["field"] = dict(zip("xy", field.outline(points, across, up), strict=True))
            ends = np.stack([points[0], points[1:].mean(axis=0)])
            lines["aim"] = {"x": ends[:, across], "y": ends[:, up]}
        for name, data in lines.items():
            self._sources[name].data = data
        return view

    def _boundaries(self, wind, study) -> None:
        current = wind is not None and wind.is_current
        for kind, color in (("magnetopause", "#0072B2"), ("bow_shock", "#767676")):
            found = curve(kind, getattr(study, kind), study.plane, wind.values) if wind else None
            self._sources[kind].data = _NO_LINE if found is None else dict(zip("xy", found, strict=True))  # fmt: skip
            glyph = self._lines[kind].glyph
            glyph.line_color = self._look.line(color) if current else self._look.quiet
            glyph.line_alpha = 1.0 if current else 0.5


def origins(tracks: dict, look: Look) -> str:
    """Return which positions are simulated and which a forecast; measured ones need no word."""
    simulated = [name for name, ds in tracks.items() if ds.attrs.get("simulated")]
    forecast = [name for name, ds in tracks.items() if "extrapolated_days" in ds.attrs]
    words = [f'<b style="color:{look.warn}">SIMULATED positions: {escape(", ".join(simulated))}.</b>'] if simulated else []  # fmt: skip
    words += [escape(f"{name}: forecast, {tracks[name].attrs['source']}.") for name in forecast]
    return " ".join(words)


def position(ds, time):
    """Return where a spacecraft is, RE, in the frame of its Dataset; None outside its times."""
    return None if ds is None else _at(ds, in_earth_radii(ds["pos"]).values, time)


def _at(ds, xyz, time):
    """Return where a spacecraft is, between its samples, or None outside them."""
    t, ms = milliseconds(ds["time"].values), float(milliseconds(time))
    if not len(t) or not t[0] <= ms <= t[-1] + 600_000:
        return None
    return np.array([np.interp(ms, t, xyz[:, k]) for k in range(3)])


def _trail(ds, xyz, time, here, plane) -> dict:
    """Return the way that led to where a spacecraft is, in few points."""
    until = int(np.searchsorted(ds["time"].values, np.datetime64(time), "right"))
    if here is None or not until:
        return _NO_LINE
    way = np.vstack([xyz[: until : max(1, until // 100)], here])
    return {"x": way[:, plane[0]].astype(np.float32), "y": way[:, plane[1]].astype(np.float32)}


def _inside(fig, x: float, y: float) -> bool:
    """Say whether a point is in the picture, whichever way its axes run."""
    ranges = ((x, fig.x_range), (y, fig.y_range))
    return all(min(r.start, r.end) <= v <= max(r.start, r.end) for v, r in ranges)
