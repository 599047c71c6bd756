"""Pictures over time in a panel: an energy spectrogram, or a keogram of auroral images.

Each class adds its picture to a figure once, and refills it for every view; never loads.
"""

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    FixedTicker,
    Image,
    LinearColorMapper,
    LogColorMapper,
)

from smile_explore.app.figures import draw
from smile_explore.app.look import Look
from smile_explore.app.store import Series
from smile_explore.views import keogram, spectrogram

_NOTHING = {"image": [], "x": [], "y": [], "dw": [], "dh": []}
_PALETTE = {"palette": "Viridis256", "nan_color": "#00000000"}


class Spectrogram:
    """Energy spectra: logarithmic upwards and in colour."""

    AXIS = "log"

    def __init__(self, fig, look: Look):
        self._figure, self._mapper = fig, self._colors()
        self._source = ColumnDataSource(_NOTHING)
        draw(fig, self._source, Image(image="image", x="x", y="y", dw="dw", dh="dh", color_mapper=self._mapper))  # fmt: skip
        texts = {"major_label_text_color": look.text, "title_text_color": look.text}
        self._bar = ColorBar(
            color_mapper=self._mapper, width=10, padding=4, title_text_font_size="7pt",
            background_fill_color=look.back, major_label_text_font_size="7.5pt", **texts,
        )  # fmt: skip
        fig.add_layout(self._bar, "right")
        # another ticker later would have Bokeh walk through the whole page
        fig.yaxis.ticker = self._ticker = FixedTicker(ticks=[])

    def _colors(self):
        return LogColorMapper(low=1, high=10, **_PALETTE)

    def fill(self, series: Series, lo: float, hi: float) -> int:
        """Send the picture of [lo, hi] (ms); return its cells."""
        if series.spectra is None or not series.t.size:
            self._source.data = _NOTHING
            return 0
        picture, low, high = self._picture(series, (lo, hi))
        self._source.data = {"image": [picture], "x": [lo], "y": [low], "dw": [hi - lo], "dh": [high - low]}  # fmt: skip
        self._bar.title = series.units.partition(" (")[2].rstrip(")") or series.units
        return picture.size

    def _picture(self, series: Series, window):
        picture, low, high = spectrogram.raster(series.t, series.energy, series.spectra, window, (48, 500))  # fmt: skip
        self._figure.y_range.update(start=float(low), end=float(high))
        self._ticker.ticks = [10.0**k for k in range(-2, 9) if low <= 10.0**k <= high]
        if np.isfinite(picture).any():
            bounds = np.nanpercentile(picture, [2, 99.5])
            self._mapper.update(low=float(bounds[0]), high=float(max(bounds[1], bounds[0] * 1.01)))
        return picture, low, high

    def value_at(self, series: Series, ms: float) -> str:
        """Return what is read out at the cursor: a spectrum is no one number."""
        return ""

    def words(self, series: Series, lo: float, hi: float) -> str:
        """Return what [lo, hi] shows, in words."""
        return "a spectrogram"


class Keogram(Spectrogram):
    """Auroral images: magnetic latitude upwards, the pole on top; blank where there is no image."""

    AXIS = "linear"

    def __init__(self, fig, look: Look):
        super().__init__(fig, look)
        fig.min_border_bottom = 8  # the lowest number of the axis stands at its very end

    def _colors(self):
        return LinearColorMapper(low=0, high=1, **_PALETTE)

    def _picture(self, series: Series, window):
        picture = keogram.raster(series.t, series.spectra, window)
        low, high, ticks = keogram.axis(series.latitude)
        self._figure.y_range.update(start=ticks[0], end=ticks[-1])
        self._ticker.ticks = ticks
        dark, bright = keogram.brightness_range(picture)
        self._mapper.update(low=dark, high=bright)
        return picture, low, high

    def value_at(self, series: Series, ms: float) -> str:
        """Return the latitude of the brightest bin of the image whose column the cursor is in."""
        left, right = keogram.columns(series.t)
        at = int(np.searchsorted(left, ms, "right")) - 1
        seen = at >= 0 and ms < right[at] and np.isfinite(series.spectra[at]).any()
        return f"brightest at {_brightest(series)[at]:.0f}° mag. lat." if seen else "brightest at –"

    def words(self, series: Series, lo: float, hi: float) -> str:
        """Return in words where the light of [lo, hi] is, how bright, and how long there is none."""
        left, right = keogram.columns(series.t)
        seen = (left < hi) & (right > lo) & np.isfinite(series.spectra).any(axis=1)
        if not seen.any():
            return f"a keogram, {series.what}; no image in this view"
        at = _brightest(series)[seen]
        held = (np.minimum(right, hi) - np.maximum(left, lo))[seen].sum()
        blank = round((hi - lo - held) / 60_000)
        return (
            f"a keogram of {seen.sum()} images, {series.what}; brightest between {at.min():.0f} and {at.max():.0f} degrees of magnetic latitude, "
            f"at most {np.nanmax(series.spectra[seen]):.4g} {series.units}; {blank or 'no'} minutes without an image"
        )


def _brightest(series: Series) -> np.ndarray:
    """Return the latitude of the brightest bin of each image."""
    return series.latitude[np.nan_to_num(series.spectra, nan=-np.inf).argmax(axis=1)]


#: What draws a series that is no lines, by its kind.
RASTERS = {"spectrogram": Spectrogram, "keogram": Keogram}
