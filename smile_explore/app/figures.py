"""Figures of few models: a page is built, sent and drawn model by model, and has fourteen figures."""

from dataclasses import dataclass, field

from bokeh.models import (
    BasicTicker,
    BoxZoomTool,
    DatetimeTicker,
    GlyphRenderer,
    Grid,
    Range1d,
    WheelZoomTool,
)
from bokeh.plotting import figure

from smile_explore.app.look import Look, dress

LEFT, RIGHT = 74, 96


@dataclass
class TimeAxis:
    """What all figures over time share: the range, in ms, the places of the grid, what a drag does."""

    range: Range1d = field(default_factory=lambda: Range1d(0, 1, min_interval=10))
    ticker: DatetimeTicker = field(default_factory=DatetimeTicker)
    drag_zooms: bool = False


def bare_figure(time: TimeAxis, look: Look, name: str, height: int, **options) -> figure:
    """Return a figure on the shared time axis: drag pans, wheel zooms, no toolbar, no axis below."""
    fig = figure(
        x_axis_type=None, x_range=time.range, name=name, height=height, sizing_mode="stretch_width",
        min_border_left=LEFT, min_border_right=RIGHT, min_border_top=2, min_border_bottom=3,
        tools="xpan", active_drag="xpan", toolbar_location=None, lod_timeout=100, **options,
    )  # fmt: skip
    fig.add_layout(Grid(dimension=0, ticker=time.ticker))
    wheel = WheelZoomTool(dimensions="width")
    fig.add_tools(wheel)
    fig.toolbar.active_scroll = wheel
    fig.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    if time.drag_zooms:
        let_drag_zoom(fig, True)
    dress(fig, look)
    return fig


def let_drag_zoom(fig: figure, zooms: bool) -> None:
    """Let a drag choose a span of time to zoom to, or let it pan."""
    boxes = [tool for tool in fig.tools if isinstance(tool, BoxZoomTool)]
    if zooms and not boxes:
        boxes = [BoxZoomTool(dimensions="width")]
        fig.add_tools(*boxes)
    fig.toolbar.active_drag = boxes[0] if zooms else fig.tools[0]


def draw(fig: figure, source, glyph) -> GlyphRenderer:
    """Add a glyph, without the copies for unselected and muted that `figure.line` would make."""
    return fig.add_glyph(source, glyph)
