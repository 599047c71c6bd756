"""Stacked panels on one UT axis: lines, gaps left blank, one linked cursor.

Takes Datasets of the contract and draws what their attributes say: units, frame, source,
time reference and the SIMULATED mark are never typed by hand.
"""

import textwrap

import numpy as np
import xarray as xr

from smile_explore.contract import time_reference
from smile_explore.errors import InputError
from smile_explore.markup import escape, plain
from smile_explore.views.style import COMPONENTS, GREY, SCALARS, SIMULATED, unit_label

#: A step longer than this many cadences is a gap, and stays blank.
GAP = 1.5
#: How much of a panel's height its axis label may take, and the width of a letter in heights.
_LABEL_SHARE, _LETTER = 0.85, 0.55


def stack(*panels, title: str = "", events=None, height: int = 135):
    """Draw panels one above the other, with one UT axis, zoom and cursor for all.

    Parameters
    ----------
    *panels : tuple (Dataset, name, ...)
        Each panel shows one vector (dims (time, cartesian)) or scalars (dims (time,)) of equal
        units from a Dataset of the contract, e.g. ``(wind, "b")`` or ``(omni, "ae", "sym_h")``.
    title : str
        Above the first panel.
    events : DataFrame, optional
        Columns start, stop and kind: shaded in every panel, named in the first.
    height : int
        Of one panel, in pixels.

    Returns
    -------
    panel.pane.Bokeh
        Shown by a notebook cell; ``.object`` is the Bokeh layout.

    Raises
    ------
    InputError
        If a variable is not in its Dataset, or the units of one panel differ.

    Examples
    --------
    >>> import smile_explore as se
    >>> omni = se.load("omni.1min", "2027-03-22 06:00", "2027-03-22 09:00", source="rehearsal")
    >>> figure = stack((omni, "b"), (omni, "n_p"))
    >>> figure.object.children[-1].children[0][0].yaxis[0].axis_label
    'B GSM (nT)'
    """
    import panel as pn
    from bokeh.layouts import column, gridplot
    from bokeh.models import CrosshairTool, Div, Span

    if not panels:
        message = "stack() needs at least one panel, e.g. stack((wind, 'b'))."
        raise InputError(message)
    for panel in panels:
        _require_panel(panel)
    cursor = Span(dimension="height", line_color=GREY, line_width=1)
    figures = []
    for ds, *names in panels:
        figures.append(_figure(ds, names, height, figures[0].x_range if figures else None))
        figures[-1].add_tools(CrosshairTool(overlay=cursor, dimensions="height"))
    for fig in figures:  # the same room for every legend keeps the frames in one column
        fig.min_border_right = max(map(_legend_width, figures))
    figures[-1].xaxis.visible = True
    figures[-1].xaxis.axis_label = _ut_label([ds for ds, *_ in panels])
    figures[-1].height = height + 40
    if events is not None:
        _shade(figures, events)
    heading = [Div(text=f"<b>{escape(title)}</b>", disable_math=True)] if title else []
    grid = gridplot(
        [[fig] for fig in figures], sizing_mode="stretch_width", toolbar_location="right"
    )
    layout = column(*heading, grid, sizing_mode="stretch_width")
    return pn.pane.Bokeh(layout, sizing_mode="stretch_width")


def _require_panel(panel) -> None:
    """Refuse what is not (Dataset, name, ...), and say what to write instead."""
    is_pair = isinstance(panel, (tuple, list)) and len(panel) > 1
    if is_pair and isinstance(panel[0], xr.Dataset) and all(isinstance(n, str) for n in panel[1:]):
        return
    ds = panel if isinstance(panel, xr.Dataset) else xr.Dataset()
    names = [str(k) for k, da in ds.data_vars.items() if da.dims in (("time",), ("time", "cartesian"))]  # fmt: skip
    which = f" It has {', '.join(names)}." if names else ""
    message = f"Each panel is a pair (Dataset, name), not {_kind(panel)}: write e.g. stack((wind, {(names or ['b'])[0]!r})).{which}"
    raise InputError(message)


def _kind(panel) -> str:
    if isinstance(panel, (tuple, list)):
        return f"({', '.join(type(x).__name__ for x in panel)})"
    return repr(panel) if isinstance(panel, str) else f"a {type(panel).__name__}"


def with_gaps(time: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both arrays with a NaN sample put into every gap, so that no line bridges it.

    A gap is a step longer than 1.5 cadences, where the cadence is the median step or, where
    an instrument changes to a slower mode, that of the neighbouring steps.

    Examples
    --------
    >>> t = np.array(["2027-03-21T00:00", "2027-03-21T00:01", "2027-03-21T00:05", "2027-03-21T00:06"], "M8[ns]")
    >>> with_gaps(t, np.ones(4))[1].tolist()
    [1.0, 1.0, nan, 1.0, 1.0]
    """
    after = gap_places(time)
    middle = time[after - 1] + (time[after] - time[after - 1]) // 2
    return np.insert(time, after, middle), np.insert(np.asarray(values, float), after, np.nan)


def gap_places(time: np.ndarray) -> np.ndarray:
    """Return the index of the first sample after each gap, as `with_gaps` sees gaps.

    Examples
    --------
    >>> gap_places(np.array([0, 60, 120, 600, 660], "M8[s]"))
    array([3])
    """
    if len(time) < 3:
        return np.zeros(0, int)
    step = np.diff(time).astype(np.int64)
    neighbour = np.minimum(np.r_[step[1:], step[-1]], np.r_[step[0], step[:-1]])
    return np.flatnonzero(step > GAP * np.maximum(np.median(step), neighbour)) + 1


def _figure(ds: xr.Dataset, names, height, x_range):
    from bokeh.models import DatetimeTickFormatter, HoverTool
    from bokeh.plotting import figure

    lines, label = panel_lines(ds, names)
    fig = figure(
        x_axis_type="datetime", height=height, sizing_mode="stretch_width", min_border_left=75,
        tools="xpan,xwheel_zoom,xbox_zoom,reset,save", active_drag="xbox_zoom", toolbar_location="right",
        lod_timeout=100, **({"x_range": x_range} if x_range else {}),
    )  # fmt: skip
    drawn = []
    for text, time, values, (color, dash) in lines:
        t, y = with_gaps(time, values)
        line = fig.line(t, y.astype(np.float32), color=color, line_dash=dash, name=text)
        drawn.append((text, [line]))
    if len(drawn) > 1:
        fig.add_layout(_legend(drawn), "right")  # beside the frame, where it hides no data
    fig.add_tools(
        HoverTool(
            tooltips=[("UT", "@x{%F %T}"), ("$name", "@y{0.000 a}")],
            formatters={"@x": "datetime"},
            mode="vline",
        )
    )
    fig.yaxis.axis_label, fig.yaxis.axis_label_text_font_size = fitted(label, height)
    fig.xaxis.formatter = DatetimeTickFormatter(
        hours="%H:%M", minutes="%H:%M", hourmin="%H:%M", days="%m-%d", seconds="%H:%M:%S"
    )
    fig.xaxis.visible = False
    fig.xgrid.grid_line_alpha = fig.ygrid.grid_line_alpha = 0.4
    _mark_zero(fig, lines)
    _sign(fig, ds, names)
    return fig


def _legend(items):
    from bokeh.models import Legend

    return Legend(
        items=items, location="center_left", glyph_width=16, glyph_height=12, label_height=12, label_standoff=3,
        label_text_font_size="8pt", padding=1, margin=2, spacing=1, border_line_color=None,
    )  # fmt: skip


def _legend_width(fig) -> int:
    """Return room enough for a panel's legend, in pixels."""
    letters = max((len(item.label.value) for one in fig.legend for item in one.items), default=0)
    return 28 + 7 * letters if letters else 10


def panel_lines(ds: xr.Dataset, names) -> tuple[list, str]:
    """Return (label, time, values, style) of each line of a panel, and the label of its axis."""
    absent = [n for n in names if n not in ds]
    if absent or not names:
        message = f"No {', '.join(map(repr, absent)) or 'variable named'} in {ds.attrs.get('product', 'the Dataset')!r}: it has {', '.join(map(str, ds.data_vars))}."
        raise InputError(message)
    units = {ds[n].attrs["units"] for n in names}
    if len(units) > 1:
        message = f"One panel, one unit: {', '.join(names)} are in {', '.join(sorted(units))}; give each its own panel."
        raise InputError(message)
    lines, time = [], ds["time"].values
    for name in names:
        da = ds[name]
        if "cartesian" in da.dims:
            for axis, style in COMPONENTS.items():
                lines.append(
                    (plain(f"{symbol(name)}{axis}"), time, da.sel(cartesian=axis).values, style)
                )
        else:
            lines.append((plain(symbol(name)), time, da.values, SCALARS[len(lines) % len(SCALARS)]))
    frame = next(
        (
            f" {ds[n].attrs['coordinate_system']}"
            for n in names
            if "coordinate_system" in ds[n].attrs
        ),
        "",
    )
    unit = unit_label(units.pop())
    told = {str(ds[n].attrs.get("long_name")) for n in names}  # more names than fit share a legend
    what = told.pop() if len(names) > 2 and len(told) == 1 else ", ".join(map(symbol, names))
    return lines, plain(f"{what}{frame}" + (f" ({unit})" if unit else ""))


def fitted(label: str, height: int) -> tuple[str, str]:
    r"""Return a label in lines that fit beside a panel, and the size of their letters.

    The units keep to one line where they can. A label too long for three lines of the
    smallest letters is shortened, its units never.

    Examples
    --------
    >>> fitted("B GSM (nT)", 135)
    ('B GSM (nT)', '13px')
    >>> fitted("Electron flux (keV cm⁻² s⁻¹ sr⁻¹ keV⁻¹)", 135)
    ('Electron flux\n(keV cm⁻² s⁻¹ sr⁻¹\nkeV⁻¹)', '11px')
    """
    what, bracket, units = label.rpartition(" (")
    parts = [what, f"({units}"] if bracket else [label]
    for size in (13, 11, 10):
        letters = max(int(height * _LABEL_SHARE / (size * _LETTER)), 8)
        if len(label) <= letters:
            return label, f"{size}px"
        lines = [line for part in parts for line in textwrap.wrap(part, letters)]
        if len(lines) <= (2 if size == 13 else 3) and max(map(len, lines)) <= letters:
            return "\n".join(lines), f"{size}px"
    below = textwrap.wrap(parts[-1], letters) if bracket else []
    room = max(3 - len(below), 1)
    above = textwrap.wrap(parts[0], letters, max_lines=room, placeholder=" …")
    return "\n".join([*above, *below]), "10px"


def symbol(name: str) -> str:
    """Return a variable's name as the field writes it.

    Examples
    --------
    >>> symbol("b"), symbol("n_p"), symbol("sym_h"), symbol("electron_flux")
    ('B', 'Np', 'SYM-H', 'Electron flux')
    """
    indices = {
        "sym_h": "SYM-H",
        "asy_h": "ASY-H",
        "ae": "AE",
        "al": "AL",
        "au": "AU",
        "dst": "Dst",
        "kp": "Kp",
        "m_a": "MA",
    }
    head, _, tail = name.partition("_")
    if name in indices or len(head) < 2:
        return indices.get(name) or head.upper() + tail
    return " ".join(name.split("_")).capitalize()


def _mark_zero(fig, lines) -> None:
    """Draw a line at zero where values have both signs."""
    from bokeh.models import Span

    low = min((np.nanmin(v, initial=np.inf) for _, _, v, _ in lines), default=0)
    high = max((np.nanmax(v, initial=-np.inf) for _, _, v, _ in lines), default=0)
    if low < 0 < high:
        fig.add_layout(Span(location=0, dimension="width", line_color=GREY, line_width=0.8))


def _sign(fig, ds: xr.Dataset, names) -> None:
    """Say above the panel where its data come from, what their time refers to, if simulated."""
    simulated = bool(ds.attrs.get("simulated"))
    text = f"{ds.attrs.get('product', '')} · time at {time_reference(ds, names)}"
    fig.title.text = plain(f"SIMULATED · {text}" if simulated else text)
    fig.title.text_color = SIMULATED if simulated else GREY
    fig.title.text_font_size, fig.title.text_font_style = "8pt", "normal"


def _shade(figures, events) -> None:
    """Shade the intervals of a time table in every panel and name them in the first."""
    from bokeh.models import BoxAnnotation, Label

    look = {"fill_alpha": 0.2, "fill_color": "#F0E442", "line_color": GREY}
    words = {
        "text_font_size": "8pt",
        "background_fill_color": "white",
        "background_fill_alpha": 0.8,
    }
    for row in events.itertuples():
        for fig in figures:
            fig.add_layout(BoxAnnotation(left=row.start, right=row.stop, **look))
        place = {"x": row.start, "y": 2, "y_units": "screen", "x_offset": 2}
        figures[0].add_layout(Label(text=plain(row.kind), **place, **words))


def _ut_label(datasets) -> str:
    times = [ds["time"].values[[0, -1]] for ds in datasets if ds.sizes["time"]]
    if not times:
        return "UT"
    first, last = min(t[0] for t in times), max(t[1] for t in times)
    days = np.unique(np.array([first, last]).astype("datetime64[D]").astype(str))
    return f"UT {' to '.join(days)}"
