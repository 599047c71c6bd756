"""Figures of few models: a page is built, sent and drawn model by model, and has fourteen figures."""

from dataclasses import dataclass, field

from bokeh.models import (
    BasicTicker,
    BoxAnnotation,
    BoxZoomTool,
    DatetimeTicker,
    GlyphRenderer,
    Grid,
    PanTool,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure

from smile_explore.app.look import Look, dress

LEFT, RIGHT = 74, 96


def _chosen() -> BoxAnnotation:
    """Return what a drag that zooms draws: in all figures, for they share the time."""
    return BoxAnnotation(level="overlay", visible=False, editable=False, fill_color="#808080", fill_alpha=0.25, line_color="#808080")  # fmt: skip


@dataclass
class TimeAxis:
    """What all figures over time share: the range, in ms, the places of the grid, what a drag does."""

    range: Range1d = field(default_factory=lambda: Range1d(0, 1, min_interval=10))
    ticker: DatetimeTicker = field(default_factory=DatetimeTicker)
    chosen: BoxAnnotation = field(default_factory=_chosen)
    drag_zooms: bool = False


def bare_figure(time: TimeAxis, look: Look, name: str, height: int, **options) -> figure:
    """Return a figure on the shared time axis: drag pans, wheel zooms, no toolbar, no axis below."""
    fig = figure(
        x_axis_type=None, x_range=time.range, name=name, height=height, sizing_mode="stretch_width",
        min_border_left=LEFT, min_border_right=RIGHT, min_border_top=2, min_border_bottom=3,
        tools="xpan", toolbar_location=None, lod_timeout=100, **options,
    )  # fmt: skip
    fig.add_layout(Grid(dimension=0, ticker=time.ticker))
    wheel = WheelZoomTool(dimensions="width")
    fig.add_tools(wheel, BoxZoomTool(dimensions="width", overlay=time.chosen))
    fig.toolbar.active_scroll = wheel
    let_drag_zoom(fig, time.drag_zooms)
    fig.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    dress(fig, look)
    return fig


def let_drag_zoom(fig: figure, zooms: bool) -> None:
    """Let a drag choose a span of time to zoom to, or let it pan.

    Both tools are there from the start: a tool added to a figure on a page makes its frame grow,
    with every layout further.
    """
    kind = BoxZoomTool if zooms else PanTool
    fig.toolbar.active_drag = next(tool for tool in fig.tools if isinstance(tool, kind))


def draw(fig: figure, source, glyph) -> GlyphRenderer:
    """Add a glyph, without the copies for unselected and muted that `figure.line` would make."""
    return fig.add_glyph(source, glyph)
