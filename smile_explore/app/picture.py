"""The stack as a picture for paper and bundle: PNG or SVG, drawn without a browser."""

import numpy as np

from smile_explore.app.state import Panel
from smile_explore.app.store import Series, milliseconds, to_series
from smile_explore.errors import SmileExploreError
from smile_explore.markup import paper
from smile_explore.views import keogram
from smile_explore.views.decimate import min_max
from smile_explore.views.spectrogram import raster
from smile_explore.views.style import GREY, SIMULATED

_DASHES = {"solid": "-", "dashed": "--", "dotted": ":"}


def picture(data: dict, panels, view, *, lag: float = 0.0, intervals=None):
    """Draw panels of loaded Datasets one above the other, as the Explorer shows them.

    Parameters
    ----------
    data : dict of str to Dataset
        By product.
    panels : list of str
        Such as ``"themis.a.fgm:b:GSM"``.
    view : tuple of two times, UTC
        First and last time of the axis.
    lag : float, minutes
        Shift of series measured at L1: the original is thin, the shifted bold.
    intervals : DataFrame, optional
        start and stop: shaded.

    Returns
    -------
    matplotlib.figure.Figure
        ``savefig("study.png")`` and ``savefig("study.svg")`` write it.
    """
    from matplotlib.figure import Figure

    fig = Figure(figsize=(9, 1.1 + 1.25 * len(panels)), layout="constrained")
    axes = np.atleast_1d(fig.subplots(max(len(panels), 1), 1, sharex=True))
    lo, hi = (float(milliseconds(np.datetime64(t, "ns"))) for t in view)
    for ax, text in zip(axes, panels, strict=False):
        series = _series(data, text)
        _panel(fig, ax, series, (lo, hi), lag * 60_000)
        for row in () if intervals is None else intervals.itertuples():
            ax.axvspan(*_dates(milliseconds([row.start, row.stop])), color="#E3B505", alpha=0.3)
    axes[-1].set_xlim(*_dates(np.array([lo, hi])))
    _time_axis(axes[-1], lo, hi)
    return fig


def _series(data: dict, text: str) -> Series:
    panel = Panel.parse(text)
    if panel.product not in data:
        return Series(text, np.zeros(0), fault=f"{panel.product} was not loaded")
    try:
        return to_series(data[panel.product], panel)
    except SmileExploreError as err:
        return Series(text, np.zeros(0), fault=str(err))


def _dates(ms) -> np.ndarray:
    return (np.asarray(ms) * 1e3).round().astype("M8[us]")


def _panel(fig, ax, series: Series, view, lag_ms: float) -> None:
    simulated = bool(series.attrs.get("simulated"))
    ax.set_title(paper(series.heading(series.label)), fontsize=7, loc="left", pad=2, color=SIMULATED if simulated else GREY)  # fmt: skip
    ax.set_ylabel(paper(series.label.replace(" (", "\n(")), fontsize=8)
    ax.tick_params(labelsize=8)
    if series.fault or not series.t.size:
        ax.text(
            0.01,
            0.5,
            paper(series.fault or "No data"),
            transform=ax.transAxes,
            fontsize=7,
            wrap=True,
        )
    elif series.kind == "spectrogram":
        _spectrogram(fig, ax, series, view)
    elif series.kind == "keogram":
        _keogram(fig, ax, series, view)
    else:
        _lines(ax, series, view, lag_ms if series.attrs.get("time_reference") == "L1" else 0.0)


def _lines(ax, series: Series, view, lag_ms: float) -> None:
    for name, y, (color, dash) in series.lines:
        t, few = min_max(series.t, y, *view, 4000)
        style = {"color": color, "linestyle": _DASHES[dash]}
        ax.plot(_dates(t), few, lw=0.5 if lag_ms else 0.9, alpha=0.6 if lag_ms else 1, label=paper(name), **style)  # fmt: skip
        if lag_ms:
            t, few = min_max(series.t + lag_ms, y, *view, 4000)
            ax.plot(
                _dates(t), few, lw=1.4, label=f"{paper(name)}, + {lag_ms / 60_000:g} min", **style
            )
    if len(series.lines) > 1 or lag_ms:
        ax.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    if ax.get_ylim()[0] < 0 < ax.get_ylim()[1]:
        ax.axhline(0, color=GREY, lw=0.5)


def _spectrogram(fig, ax, series: Series, view) -> None:
    from matplotlib.colors import LogNorm

    rows, columns = 48, 700
    image, low, high = raster(series.t, series.energy, series.spectra, view, (rows, columns))
    x = _dates(np.linspace(*view, columns + 1))
    mesh = ax.pcolormesh(x, np.geomspace(low, high, rows + 1), image, norm=LogNorm(), rasterized=True)  # fmt: skip
    ax.set_yscale("log")
    _color_bar(fig, ax, mesh, series)


def _keogram(fig, ax, series: Series, view) -> None:
    columns = 1400
    image = keogram.raster(series.t, series.spectra, view, columns)
    low, high, ticks = keogram.axis(series.latitude)
    dark, bright = keogram.brightness_range(image)
    x, y = _dates(np.linspace(*view, columns + 1)), np.linspace(low, high, len(image) + 1)
    mesh = ax.pcolormesh(x, y, image, vmin=dark, vmax=bright, rasterized=True)
    ax.set_ylim(ticks[0], ticks[-1])
    ax.set_yticks(ticks)
    _color_bar(fig, ax, mesh, series)


def _color_bar(fig, ax, mesh, series: Series) -> None:
    bar = fig.colorbar(mesh, ax=ax, pad=0.01)
    bar.set_label(paper(series.units), fontsize=6)
    bar.ax.tick_params(labelsize=6)


def _time_axis(ax, lo: float, hi: float) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=9))
    ax.xaxis.set_major_formatter(DateFormatter("%H:%M:%S" if hi - lo < 600_000 else "%H:%M"))
    days = np.unique(_dates([lo, hi - 1]).astype("M8[D]").astype(str))
    ax.set_xlabel(f"UT {' to '.join(days)}", fontsize=8)
