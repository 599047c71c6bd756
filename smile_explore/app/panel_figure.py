"""One panel of the stack: a Bokeh figure that is built once and refilled for every view.

Draws a `store.Series`; never loads, and never builds itself anew.
"""

import numpy as np
from bokeh.models import ColumnDataSource, Label, Legend, LegendItem, Line, Range1d, Span

from smile_explore.app.figures import TimeAxis, bare_figure, draw
from smile_explore.app.look import Look, dress
from smile_explore.app.rasters import RASTERS
from smile_explore.app.store import Series, milliseconds
from smile_explore.markup import plain
from smile_explore.views.decimate import min_max

HEIGHT = 118
POINTS = 1400  # a line; a screen has fewer columns, and a view is sent with half a view beside it
_EMPTY = {"x": np.zeros(0), "y": np.zeros(0, np.float32)}


class PanelFigure:
    """The figure of one panel: lines (original thin, shifted bold), a spectrogram or a keogram."""

    def __init__(
        self, text: str, time: TimeAxis, look: Look, name: str, series: Series | None = None
    ):
        self.text, self._look, self._time, self._name = text, look, time, name
        self.figure, self._sources, self._shape = None, [], ()
        self.series = series or Series(text, np.zeros(0), fault="Loading")
        self._build(self.series)
        self._say(self.series)

    def show(self, series: Series) -> bool:
        """Take new data; return whether the figure had to be built anew (other kind of lines)."""
        anew = bool(series.t.size) and _shape(series) != self._shape
        if anew:
            self._build(series)
        self.series = series
        self._say(series)
        return anew

    def _build(self, series: Series) -> None:
        raster = RASTERS.get(series.kind)
        scale = raster.AXIS if raster else "auto"
        fig = bare_figure(self._time, self._look, self._name, HEIGHT, y_range=Range1d(0, 1), y_axis_type=scale)  # fmt: skip
        self._note = Label(x=8, y=8, x_units="screen", y_units="screen", text="", text_font_size="9pt", text_color=self._look.text)  # fmt: skip
        fig.add_layout(self._note)
        self._zero = Span(location=0, dimension="width", line_color=self._look.quiet, line_width=0.8, visible=False)  # fmt: skip
        fig.add_layout(self._zero)
        self._sources, self.shifted = [], {}
        self._raster = raster(fig, self._look) if raster else None
        if raster is None:
            self._add_lines(fig, series)
        self.figure, self._shape = fig, _shape(series)
        dress(fig, self._look)

    def _add_lines(self, fig, series: Series) -> None:
        items = []
        for name, _, (shade, dash) in series.lines:
            look = {"line_color": self._look.line(shade), "line_dash": dash}
            line = draw(fig, ColumnDataSource(_EMPTY), Line(x="x", y="y", line_width=1.3, **look))
            self._sources.append((line, look))
            items.append(LegendItem(label=plain(name), renderers=[line]))
        if len(items) > 1:
            fig.add_layout(
                Legend(items=items, orientation="vertical", location="top_left"), "right"
            )

    def _say(self, series: Series) -> None:
        """Write where the data come from and what their time refers to, or why there are none."""
        fig, attrs = self.figure, series.attrs
        fig.yaxis.axis_label = (
            "" if series.fault and not attrs else plain(series.label.replace(" (", "\n("))
        )
        self._note.text = plain(f"{self.text}: {series.fault}") if series.fault else ""
        text, simulated = series.heading(self.text), bool(attrs.get("simulated"))
        color = self._look.warn if simulated else self._look.quiet
        fig.title.update(text=plain(text), text_color=color, standoff=1)

    @property
    def is_shiftable(self) -> bool:
        """Whether its time refers to L1, so that a lag brings it to the Earth."""
        return self.series.attrs.get("time_reference") == "L1" and bool(self.series.lines)

    def fill(self, lo: float, hi: float, lag_ms: float = 0.0) -> int:
        """Send what [lo, hi] (ms) needs, with half a width beside it; return the points sent."""
        pad = (hi - lo) / 2
        if self._raster:
            return self._raster.fill(self.series, lo - pad / 2, hi + pad / 2)
        return self._fill_lines(lo, hi, pad, lag_ms if self.is_shiftable else 0.0)

    def _fill_lines(self, lo, hi, pad, lag_ms) -> int:
        lines, low, high, sent = self.series.lines or [], [], [], 0
        for i, (line, look) in enumerate(self._sources):
            y = lines[i][1] if i < len(lines) else np.zeros(0, np.float32)
            t = self.series.t if len(y) else np.zeros(0)
            x, few = min_max(t, y, lo - pad, hi + pad, POINTS)
            line.data_source.data = {"x": x, "y": few}
            line.glyph.line_alpha, line.glyph.line_width = (0.45, 0.9) if lag_ms else (1.0, 1.3)
            seen = few[(x >= lo) & (x <= hi)]
            low.append(np.nanmin(seen, initial=np.inf))
            high.append(np.nanmax(seen, initial=-np.inf))
            x, moved = min_max(t, y, lo - pad - lag_ms, hi + pad - lag_ms, POINTS) if lag_ms else (np.zeros(0), few[:0])  # fmt: skip
            if lag_ms or i in self.shifted:
                self._shifted(i, look).data = {"x": x + lag_ms, "y": moved}
            sent += len(few) + len(moved)
        self._set_range(min(low, default=np.inf), max(high, default=-np.inf))
        return sent

    def _shifted(self, i: int, look: dict) -> ColumnDataSource:
        """Return the source of a line's shifted, bold twin, which is made for the first lag."""
        if i not in self.shifted:
            bold = Line(x="x", y="y", line_width=2.2, **look)
            self.shifted[i] = draw(self.figure, ColumnDataSource(_EMPTY), bold).data_source
        return self.shifted[i]

    def _set_range(self, low: float, high: float) -> None:
        if not np.isfinite([low, high]).all():
            self._zero.visible = False
            if not self._note.text and self.series.lines:
                self._note.text = "No data in this view."
            return
        if self._note.text.startswith("No data in this view"):
            self._note.text = ""
        margin = 0.07 * (high - low) or 0.1 * abs(high) or 1.0
        self.figure.y_range.update(start=float(low - margin), end=float(high + margin))
        self._zero.visible = bool(low < 0 < high)

    def value_at(self, ms: float) -> str:
        """Return the values of the nearest sample, or a dash where there is none within reach."""
        t = self.series.t
        if self._raster and self.series.spectra is not None:
            return self._raster.value_at(self.series, ms)
        if not t.size or not self.series.lines:
            return "no data"
        i = int(np.clip(np.searchsorted(t, ms), 1, max(len(t) - 1, 1)))
        i = min(i, len(t) - 1)
        i = i - 1 if i and abs(t[i - 1] - ms) <= abs(t[i] - ms) else i
        step = np.median(np.diff(t[max(0, i - 10) : i + 11])) if len(t) > 1 else np.inf
        near = abs(t[i] - ms) <= 1.5 * step
        texts = [f"{n} {y[i]:.4g}" if near and np.isfinite(y[i]) else f"{n} –" for n, y, _ in self.series.lines]  # fmt: skip
        return ", ".join(texts)

    def text_summary(self, view) -> str:
        """Return lowest and highest values in a view, in words."""
        lo, hi = milliseconds(view)
        if self.series.fault:
            return f"{self.text}: {self.series.fault}"
        if self._raster:
            return f"{self.text}: {self._raster.words(self.series, lo, hi)}"
        inside = (self.series.t >= lo) & (self.series.t <= hi)
        words = []
        for name, y, _ in self.series.lines:
            seen = y[inside & np.isfinite(y)]
            words.append(
                f"{name} from {seen.min():.4g} to {seen.max():.4g}"
                if seen.size
                else f"{name} without data"
            )
        return f"{self.text}: {', '.join(words)} {self.series.units}"


def _shape(series: Series) -> tuple:
    """Return what a figure has to be built anew for: another kind or number of lines."""
    return series.kind, tuple(name for name, *_ in series.lines)
