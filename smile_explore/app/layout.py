"""How the Explorer's screen is put together: header, time controls, stack, side, time table."""

import numpy as np
import panel as pn

from smile_explore.app import gestures
from smile_explore.app.controls import button, dressed, show, wrapped
from smile_explore.app.drawers import drawers
from smile_explore.app.events_table import EventTable
from smile_explore.app.lag import LagControl
from smile_explore.app.look import css
from smile_explore.app.space import TITLES
from smile_explore.app.words import following
from smile_explore.markup import escape

_HELP = (
    "Keys: ← → one sample, Shift 10 · , . one width, Shift a day · [ ] views · + − zoom · r reset · "
    "n p next and previous interval · m begin and end an interval · f frame it · Delete · Ctrl+Z Ctrl+Y. "
    "Mouse: a click holds the cursor, another (or Esc) lets it go · drag pans, wheel zooms · Shift+drag makes "
    "an interval · right click is a panel's menu · drag a panel by its axis to move it."
)


def layout(explorer) -> pn.Column:
    """Return the whole screen of an Explorer."""
    table = EventTable(explorer)
    explorer.table_view = table
    root = pn.Column(
        _header(explorer),
        _navigation(explorer),
        _status(explorer),
        _main(explorer),
        table.view(),
        *drawers(explorer),
        pn.pane.HTML(f"<p>{_HELP}</p>", styles={"font-size": "12px", "color": explorer.look.quiet}),
        pn.pane.HTML(_scripts(explorer), height=0, margin=0),
        css_classes=["smile-explore", f"se-{explorer.uid}"],
        stylesheets=[css(explorer.look)],
        sizing_mode="stretch_width",
    )
    return dressed(root, explorer.look)


def _scripts(explorer) -> str:
    """Return the gestures, and what the page around the Explorer needs: its colours, its language."""
    look = explorer.look
    page = f"""
if (!window.jupyterapp && !document.querySelector(".jp-LabShell, .jp-Notebook")) {{
  const page = document.documentElement;
  page.lang = "en";
  document.querySelector("[data-root-id]")?.setAttribute("role", "main");
  page.style.background = document.body.style.background = "{look.back}";
  page.style.colorScheme = "{explorer.study.theme}";
}}"""
    return f"<script>{gestures.script(explorer.uid)}{page}</script>"


def _header(explorer) -> pn.FlexBox:
    titles = {f"{e.name}: {e.title}"[:90]: e.name for e in explorer.events.values()}
    names = list(titles.values())
    chosen = pn.widgets.Select(
        label="Event", options=titles, value=explorer.study.event if explorer.study.event in names else names[0],
        margin=(0, 6), styles={"flex": "1 1 260px", "max-width": "560px"},
    )  # fmt: skip
    chosen.param.watch(lambda e: explorer.loads.soon(lambda: explorer.show_event(e.new)), "value")  # fmt: skip

    def turn(by: int):
        at = names.index(chosen.value) + by
        if 0 <= at < len(names):
            chosen.value = names[at]

    look = explorer.look
    brand = pn.pane.HTML(
        f'<h1 style="font-size:19px;font-weight:650;margin:0;color:{look.text};white-space:nowrap">SMILE <span style="color:{look.accent}">Explorer</span></h1>',
        margin=(14, 10, 0, 6),
    )  # fmt: skip
    clock = pn.Column(following(explorer, lambda: _clock(explorer), margin=(14, 6, 0, 10)), styles={"flex": "1 1 340px"})  # fmt: skip
    other = "light" if explorer.study.theme == "dark" else "dark"
    return wrapped(
        brand,
        chosen,
        button(explorer.loads, "‹ event", lambda: turn(-1), "Previous event"),
        button(explorer.loads, "event ›", lambda: turn(1), "Next event"),
        clock,
        button(explorer.loads, f"{other} theme", lambda: explorer.set_theme(other), f"Show the page in {other} colours"),
        sizing_mode="stretch_width",
    )  # fmt: skip


def _clock(explorer) -> str:
    """Say the cursor's time, and where the data come from."""
    time, look = explorer.study.cursor, explorer.look
    text = str(np.datetime_as_string(time, "s")).replace("T", " ") if time is not None else "–"
    simulated = any(p.series.attrs.get("simulated") for p in explorer.stack.panels)
    mark = f'<b style="color:{look.warn}">SIMULATED</b> · ' if simulated else ""
    source = f"{mark}source: {escape(str(explorer.study.source))}"
    return (
        f'<span style="font-size:18px;font-variant-numeric:tabular-nums;color:{look.text}">UT {text}</span>'
        f'<span style="font-size:12px;color:{look.quiet}"> &nbsp; {source}</span>'
    )


def _navigation(explorer) -> pn.FlexBox:
    e = explorer
    steps = [
        button(e.loads, "« day", lambda: e.day(-1), "One day back"),
        button(e.loads, "‹", lambda: e.step(-1), "One width back"),
        button(e.loads, "›", lambda: e.step(1), "One width on"),
        button(e.loads, "day »", lambda: e.day(1), "One day on"),
        button(e.loads, "−", lambda: e.zoom(2), "Zoom out"),
        button(e.loads, "+", lambda: e.zoom(0.5), "Zoom in"),
        button(e.loads, "Reset", e.reset, "Show the whole event"),
        button(e.loads, "Back", lambda: e.back(-1), "Back to the view before"),
        button(e.loads, "Forward", lambda: e.back(1), "Forward to the view after"),
    ]
    return wrapped(*steps, _drag_mode(e), _slider(e), sizing_mode="stretch_width")  # fmt: skip


def _drag_mode(explorer) -> pn.widgets.RadioButtonGroup:
    """Choose what dragging does; in the browser alone, for it must answer at once."""
    mode = pn.widgets.RadioButtonGroup(
        options=["drag pans", "drag zooms"], value="drag pans", margin=(2, 8)
    )

    def choose(event):
        explorer.stack.let_drag_zoom(event.new == "drag zooms")
        explorer.push()

    mode.param.watch(lambda event: explorer.loads.soon(lambda: choose(event)), "value")
    return mode


def _slider(explorer) -> pn.widgets.IntSlider:
    """Return the cursor as a slider over the view, in thousandths, for keyboard and touch."""
    slider = pn.widgets.IntSlider(label="Cursor in the view", start=0, end=1000, value=250, show_value=False, margin=(2, 8), styles={"flex": "1 1 200px", "max-width": "420px"})  # fmt: skip
    state = {"own": False}

    def moved(event):
        if state["own"]:
            return
        lo, hi = explorer.study.view
        explorer.loads.soon(lambda: explorer.set_cursor(lo + (hi - lo) * event.new // 1000))

    def follow(_):
        lo, hi = explorer.study.view
        share = (explorer.study.cursor - lo) / (hi - lo)
        state["own"] = True
        slider.value = int(np.clip(round(1000 * share), 0, 1000))
        state["own"] = False

    slider.param.watch(moved, "value")
    explorer.param.watch(follow, "moment")
    return slider


def _status(explorer) -> pn.Row:
    """Return the line that tells of loads and faults; a screen reader speaks it."""

    def line():
        color, text = explorer.look.text, escape(explorer.message)
        return f'<div role="status" aria-live="polite" style="min-height:18px;font-size:13px;color:{color}">{text}</div>'

    stop = button(explorer.loads, "Cancel", explorer.cancel, "Stop loading")
    again = button(explorer.loads, "Retry", explorer.retry, "Ask again for what is missing")

    def offer(_):
        faults = any(p.series.fault for p in explorer.stack.panels)
        show(stop, explorer.loads.is_busy)
        show(again, faults and not explorer.loads.is_busy)

    offer(None)
    explorer.param.watch(offer, "message")
    words = following(explorer, line, on="message")
    return pn.Row(words, stop, again, sizing_mode="stretch_width", margin=0)


def _main(explorer) -> pn.FlexBox:
    left = pn.Column(explorer.stack.column, styles={"flex": "100 1 600px", "min-width": "0"}, margin=0)  # fmt: skip
    side = wrapped(*_side(explorer), styles={"flex": "1 1 480px", "min-width": "0"}, align="flex-start", margin=(0, 0, 0, 6))  # fmt: skip
    return wrapped(left, side, align="flex-start", sizing_mode="stretch_width")  # fmt: skip


def _side(explorer) -> list:
    """Return what stands beside the stack, or below it where the page is narrow."""
    values = following(explorer, lambda: _values(explorer), margin=(4, 8))
    words = pn.Column(LagControl(explorer).view(), values, margin=0)
    parts = [_orbit(explorer), *explorer.pictures(), words]
    wide = ("1 1 400px", "1 1 225px", "1 1 235px", "1 1 330px")
    for part, flex in zip(parts, wide, strict=True):
        part.styles = {**part.styles, "flex": flex, "min-width": "0", "overflow": "hidden"}
    return parts


def _orbit(explorer) -> pn.Column:
    study = explorer.study

    def control(name, label, options, width=105):
        widget = pn.widgets.Select(label=label, options=options, value=getattr(study, name), width=width, margin=(0, 3))  # fmt: skip

        def changed(event):
            setattr(study, name, event.new)
            explorer.loads.soon(explorer.redraw_space)

        widget.param.watch(changed, "value")
        return widget

    planes = control("plane", "Plane", ["XY", "XZ", "YZ"], 62)
    sun = control("sun", "Sun", ["left", "right"], 68)
    frame = control("frame", "Frame", ["GSE", "GSM"], 70)
    pause = control("magnetopause", "Magnetopause", _named(study.param.magnetopause.objects), 118)
    shock = control("bow_shock", "Bow shock", _named(study.param.bow_shock.objects), 124)
    controls = wrapped(planes, sun, frame, pause, shock)
    return pn.Column(controls, explorer.space.pane, explorer.space.text, margin=0)


def _named(models) -> dict:
    """Return models by the names that papers give them."""
    return {TITLES[name]: name for name in models}


def _values(explorer) -> str:
    """Return the values at the cursor as a table that a screen reader can walk."""
    look = explorer.look
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal;color:{look.quiet};padding-right:8px">{escape(name)}</th>'
        f"<td>{escape(value)}</td></tr>"
        for name, value in explorer.readout.items()
        if value
    )
    return f'<table style="font-size:12px;color:{look.text};font-variant-numeric:tabular-nums"><caption style="text-align:left;font-weight:600">At the cursor</caption>{rows}</table>'
