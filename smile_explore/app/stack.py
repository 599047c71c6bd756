"""The stack of panels on one UT axis: availability above, regions and positions below.

Figures are built once and refilled; every figure shares the time range, the cursor, the
intervals, and the one interval whose edges can be dragged.
"""

import numpy as np
import panel as pn
from bokeh.events import RangesUpdate
from bokeh.models import (
    BoxAnnotation,
    ColumnDataSource,
    CustomJSTickFormatter,
    DatetimeAxis,
    FixedTicker,
    Legend,
    LegendItem,
    Quad,
    Range1d,
    Span,
    VStrip,
)

from smile_explore import catalogue
from smile_explore.app.figures import TimeAxis, bare_figure, draw, let_drag_zoom
from smile_explore.app.look import REGION_COLORS, Look, dress
from smile_explore.app.panel_figure import PanelFigure
from smile_explore.app.store import milliseconds
from smile_explore.markup import plain
from smile_explore.views.keogram import columns
from smile_explore.views.timeseries import gap_places

_TICKS = """
const two = n => String(n).padStart(2, '0');
const date = new Date(tick);
const step = ticks.length > 1 ? ticks[1] - ticks[0] : 60000;
let text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
if (step < 60000) text += `:${two(date.getUTCSeconds())}`;
if (step < 1000) text += `.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
if (step >= 86400000) text = date.toISOString().slice(5, 10);
const t = track.data.t;
if (!t || t.length < 2) return text;
let a = 0, b = t.length - 1;
while (b - a > 1) { const m = (a + b) >> 1; if (t[m] <= tick) a = m; else b = m; }
const inside = tick >= t[0] && tick <= t[t.length - 1] && t[b] - t[a] < 1.2e6;
const f = (tick - t[a]) / (t[b] - t[a]);
for (const c of ['x', 'y', 'z']) {
    const v = track.data[c][a] * (1 - f) + track.data[c][b] * f;
    text += '\\n' + (inside && isFinite(v) ? v.toFixed(1) : ' ');
}
return text;
"""


class TimeStack:
    """All figures over time, and the models they share."""

    def __init__(self, uid: str, look: Look, on_view):
        self._uid, self._look, self._on_view = uid, look, on_view
        self.time = TimeAxis()
        self.cursor = Span(location=0, dimension="height", line_color=look.accent, line_width=1.2, level="overlay", name=f"cursor-{uid}")  # fmt: skip
        self.spans = ColumnDataSource({"x0": [], "x1": [], "color": []})
        edge = {"fill_color": look.accent, "line_color": look.accent, "fill_alpha": 0.18, "visible": False}  # fmt: skip
        self.selected = BoxAnnotation(
            left=0, right=1, editable=True, resizable="x", movable="none", line_width=2,
            name=f"selected-{uid}", **edge,
        )  # fmt: skip
        self.draft = BoxAnnotation(left=0, right=1, level="overlay", name=f"draft-{uid}", **edge)
        self.track = ColumnDataSource({"t": [], "x": [], "y": [], "z": []})
        self.panels, self._count = [], 0
        self._strips()
        self.column = pn.Column(sizing_mode="stretch_width", margin=0)
        self._arrange()

    def _strips(self) -> None:
        look = self._look
        self.availability = bare_figure(self.time, look, f"strip-{self._uid}-top", 30, y_range=Range1d(0, 1))  # fmt: skip
        self.held = ColumnDataSource({k: [] for k in ("left", "right", "bottom", "top")})
        bar = Quad(left="left", right="right", bottom="bottom", top="top", fill_color=look.line("#0072B2"), line_color=None)  # fmt: skip
        draw(self.availability, self.held, bar)
        self.availability.yaxis.ticker = self._rows = FixedTicker(ticks=[])
        self.axis = bare_figure(self.time, look, f"strip-{self._uid}-bottom", 128, y_range=Range1d(0, 1))  # fmt: skip
        self.zones = ColumnDataSource({k: [] for k in ("left", "right", "color", "name")})
        bar = draw(self.axis, self.zones, Quad(left="left", right="right", bottom=0, top=1, fill_color="color", line_color=None))  # fmt: skip
        self.axis.add_layout(Legend(items=[LegendItem(label={"field": "name"}, renderers=[bar])], visible=False), "right")  # fmt: skip
        times = CustomJSTickFormatter(args={"track": self.track}, code=_TICKS)
        self.axis.add_layout(DatetimeAxis(ticker=self.time.ticker, formatter=times), "below")
        self.axis.yaxis.visible = self.axis.ygrid.visible = False
        self.axis.min_border_bottom = 92
        self.axis.min_border_top = 14
        self.axis.xaxis.axis_label_standoff = 2
        self.availability.yaxis.axis_label, self.axis.yaxis.axis_label = "data", "region"
        for fig in (self.availability, self.axis):
            dress(fig, look)
            fig.title.standoff = 1
            self._join(fig)
        rows = self.availability.yaxis
        rows.major_label_text_font_size = "7.5pt"
        rows.major_tick_line_color = self.availability.ygrid.grid_line_color = None
        # every figure tells of a move of the shared axis: one that is always there is enough, and
        # a panel that was just replaced would tell of itself what Python does not know any more
        # where the axis is now counts: it may have moved on since the event was sent
        self.axis.on_event(RangesUpdate, lambda _: self._on_view(self.time.range.start, self.time.range.end))  # fmt: skip

    def _join(self, fig) -> None:
        """Give a figure the shared cursor and intervals."""
        strip = VStrip(x0="x0", x1="x1", fill_color="color", fill_alpha=0.28, line_color="color", line_alpha=0.8, line_width=1.5)  # fmt: skip
        draw(fig, self.spans, strip)
        for shared in (self.selected, self.draft, self.cursor):
            fig.add_layout(shared)

    def set_panels(self, texts, ready) -> None:
        """Show these panels in this order; figures that were there already are kept.

        `ready` holds the series that need not be waited for: a new figure is built for them.
        """
        have = {p.text: p for p in self.panels}
        self.panels = [have.get(text) or self._new(text, ready.get(text)) for text in texts]
        self._arrange()

    def _new(self, text: str, series=None) -> PanelFigure:
        self._count += 1
        panel = PanelFigure(text, self.time, self._look, f"panel-{self._uid}-{self._count}", series)
        self._join(panel.figure)
        panel.pane = pn.pane.Bokeh(panel.figure, sizing_mode="stretch_width", margin=0)
        return panel

    def _arrange(self) -> None:
        if not hasattr(self, "_panes"):
            self._panes = [pn.pane.Bokeh(f, sizing_mode="stretch_width", margin=0) for f in (self.availability, self.axis)]  # fmt: skip
        first, last = self._panes
        objects = [first, *(p.pane for p in self.panels), last]
        if list(self.column.objects) != objects:
            self.column.objects = objects

    def show(self, panel: PanelFigure, series) -> None:
        """Give a panel its data; its pane follows if the figure is another."""
        if panel.show(series):
            self._join(panel.figure)
            panel.pane.object = panel.figure

    def figures(self) -> list:
        """Return all figures, from top to bottom."""
        return [self.availability, *(p.figure for p in self.panels), self.axis]

    def let_drag_zoom(self, zooms: bool) -> None:
        """Let a drag over any figure, also one still to come, choose a span of time, or let it pan."""
        self.time.drag_zooms = zooms
        for fig in self.figures():
            let_drag_zoom(fig, zooms)

    def fill(self, lo: float, hi: float, lag_ms: float) -> int:
        """Refill every panel for a view; return the points sent."""
        return sum(panel.fill(lo, hi, lag_ms) for panel in self.panels)

    def set_view(self, lo: float, hi: float) -> None:
        """Move the time axis and say its date."""
        held = self.time.range
        # what a mouse has set is not sent back: in the browser it would undo the mouse's next move
        if not np.allclose((held.start, held.end), (lo, hi), rtol=0, atol=0.5):
            held.update(start=lo, end=hi)
        days = np.unique(np.array([lo, hi - 1]).astype("M8[ms]").astype("M8[D]").astype(str))
        self.axis.xaxis.axis_label = f"UT {' to '.join(days)}{self._place}"

    _place = ""

    def set_track(self, name: str, frame: str, t, xyz) -> None:
        """Label the axis with a spacecraft's positions, RE."""
        self._place = f"   ·   X, Y, Z of {plain(name)}, RE {frame}" if name else ""
        every = slice(None, None, max(1, len(t) // 1500))
        x, y, z = xyz[every].T if len(t) else ([], [], [])
        self.track.data = {"t": t[every], "x": x, "y": y, "z": z}

    def set_availability(self) -> None:
        """Draw when each product has data: one row a product, in the order of the panels."""
        products = {p.series.attrs.get("product", catalogue.of_panel(p.text)[0]): p.series for p in reversed(self.panels)}  # fmt: skip
        rows = [(left, right, i + 0.2, i + 0.8) for i, series in enumerate(products.values()) for left, right in _held(series)]  # fmt: skip
        n = max(len(products), 1)
        self.held.data = dict(zip(self.held.data, zip(*rows, strict=True), strict=True)) if rows else {k: [] for k in self.held.data}  # fmt: skip
        fig = self.availability
        fig.y_range.end = n
        self._rows.ticks = [i + 0.5 for i in range(n)]
        fig.yaxis.major_label_overrides = {i + 0.5: plain(name) for i, name in enumerate(products)}
        fig.height = 8 + 12 * n

    def set_regions(self, who: str, spans) -> None:
        """Draw the bar of regions of one spacecraft: (left, right, region), ms."""
        left, right, names = zip(*spans, strict=True) if spans else ((), (), ())
        color = [REGION_COLORS[name] for name in names]
        self.zones.data = {"left": left, "right": right, "color": color, "name": names}
        self.axis.legend.visible = bool(spans)
        self.axis.title.text = (
            f"regions of {plain(who)}, from its field and plasma" if spans else ""
        )
        self.axis.title.text_color = self._look.quiet

    def set_intervals(self, table, selected) -> None:
        """Shade all intervals, and make the edges of the selected one draggable."""
        x0, x1 = milliseconds(table["start"]), milliseconds(table["stop"])
        self.spans.data = {"x0": x0, "x1": x1, "color": [self._look.span] * len(table)}
        self.selected.visible = selected is not None
        if selected is not None:
            left, right = milliseconds([selected["start"], selected["stop"]])
            self.selected.update(left=float(left), right=float(right))


def _held(series) -> list:
    """Return the spans in which a series has values, ms."""
    if not series.t.size:
        return []
    known, begin, end = _samples(series)
    edge = np.flatnonzero(np.diff(np.r_[0, known.astype(np.int8), 0]))
    first, last = edge[::2], edge[1::2] - 1
    spans = np.stack([begin[first], end[last]], axis=1)
    if len(spans) > 200:  # a strip cannot show more: close what is thinner than a pixel
        wide = np.flatnonzero(spans[1:, 0] - spans[:-1, 1] > (series.t[-1] - series.t[0]) / 1000)
        spans = np.stack([spans[np.r_[0, wide + 1], 0], spans[np.r_[wide, len(spans) - 1], 1]], axis=1)  # fmt: skip
    return spans.tolist()


def _samples(series) -> tuple:
    """Return which samples have values, and where each begins and ends; a gap is one without."""
    t = series.t
    if series.lines:
        return ~np.isnan(series.lines[0][1]), t, t  # which break at gaps already
    after = gap_places(t)
    begin, end = columns(t) if series.kind == "keogram" else (t, t)
    known = np.insert(np.isfinite(series.spectra).any(axis=1), after, False)
    return known, np.insert(begin, after, t[after]), np.insert(end, after, t[after])
