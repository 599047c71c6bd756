"""What is out of the way until it is asked for: panels, sharing, data and their thanks."""

from functools import partial

import numpy as np
import panel as pn

from smile_explore import catalogue
from smile_explore.app import choices, take
from smile_explore.app.controls import button, drawer, wrapped
from smile_explore.app.loads import beside
from smile_explore.app.store import milliseconds
from smile_explore.app.words import following
from smile_explore.errors import SmileExploreError
from smile_explore.markup import escape
from smile_explore.report import entries


def drawers(explorer) -> list:
    """Return the drawers below the time table, closed."""
    fill = {"Panels": _panels, "Images": _images, "Share and export": _share, "Data, sources and summary": _data}  # fmt: skip
    return [drawer(title, partial(make, explorer), explorer.look) for title, make in fill.items()]


# --------------------------------------------------------------------------- panels


def _panels(explorer) -> pn.Column:
    here = explorer.study.panels
    product = pn.widgets.AutocompleteInput(
        label="Product (part of its name)", options=list(catalogue.table()), value="omni.1min", width=230,
        case_sensitive=False, search_strategy="includes", min_characters=1, restrict=True,
    )  # fmt: skip
    variable = pn.widgets.Select(
        label="Variable", options=choices.variables_of("omni.1min"), width=170
    )
    frame = pn.widgets.Select(
        label="Frame or MLT", options=list(choices.frames_of("omni.1min", "b")), width=110
    )

    def another(event):
        if event.new:
            variable.options = choices.variables_of(event.new)
            variable.value = variable.options[0]

    def framed(event):
        frame.options = list(choices.frames_of(product.value, event.new)) or [""]
        frame.value = frame.options[0]

    product.param.watch(another, "value")
    variable.param.watch(framed, "value")

    def add():
        text = f"{product.value}:{variable.value}" + (f":{frame.value}" if frame.value else "")
        explorer.add_panel(text)

    chosen = pn.widgets.Select(label="Panel of the stack", options=here, width=260)
    explorer.study.param.watch(lambda e: setattr(chosen, "options", list(e.new)), "panels")

    def place(by: int):
        if chosen.value:
            text = chosen.value
            explorer.move_panel(text, explorer.study.panels.index(text) + by)
            chosen.value = text

    return pn.Column(
        wrapped(product, variable, frame, button(explorer.loads, "+ panel", add, "Add this panel at the bottom")),
        wrapped(
            chosen, button(explorer.loads, "Up", lambda: place(-1), "Move the panel up"), button(explorer.loads, "Down", lambda: place(1), "Move the panel down"),
            button(explorer.loads, "Remove", lambda: chosen.value and explorer.remove_panel(chosen.value), "Take the panel away"),
        ),
        sizing_mode="stretch_width",
    )  # fmt: skip


# --------------------------------------------------------------------------- images


def _images(explorer) -> pn.Column:
    upload = pn.widgets.FileInput(label="Image file", accept=".fits,.fit,.gz,.cdf,.nc", width=260)

    def chosen(event):
        if event.new:
            name = upload.filename
            explorer.loads.soon(lambda: explorer.open_image(name, event.new))

    upload.param.watch(chosen, "value")
    text = "Open an image of your own: SXI (FITS or netCDF) goes to the sky, an aurora on a magnetic grid (UVI's CDF) to the dial."  # fmt: skip
    return pn.Column(pn.pane.HTML(text), upload, sizing_mode="stretch_width")


# --------------------------------------------------------------------------- share


def _share(explorer) -> pn.Column:
    text = pn.widgets.TextAreaInput(label="Script, study or link, to copy", rows=9, sizing_mode="stretch_width", max_length=200_000)  # fmt: skip

    def show(make):
        def act():
            try:
                text.value = make()
            except SmileExploreError as err:
                explorer.message = str(err)

        return act

    copy = button(explorer.loads, "Copy", lambda: None, "Copy the text to the clipboard")
    copy.js_on_click(args={"text": text}, code="navigator.clipboard?.writeText(text.value)")

    def study_file(event):
        if event.new:
            text = event.new.decode("utf-8", "replace")
            explorer.loads.soon(lambda: explorer.open_study(text))

    upload = pn.widgets.FileInput(label="Open a study file", accept=".yaml,.yml", width=230)
    upload.param.watch(study_file, "value")
    return pn.Column(
        wrapped(
            button(explorer.loads, "Code", show(explorer.code), "A script that reproduces data and figure"),
            button(explorer.loads, "Study", show(explorer.study_file), "The state as a small YAML file"),
            button(explorer.loads, "Link", show(explorer.link), "The state in a link"),
            copy, upload,
        ),
        text,
        wrapped(*(_download(explorer, *row) for row in _DOWNLOADS), align="center"),
        sizing_mode="stretch_width",
    )  # fmt: skip


_DOWNLOADS = (
    ("Data, netCDF", "data-netcdf.zip", lambda e, data: take.data_zip(data, "nc")),
    ("Data, CSV", "data-csv.zip", lambda e, data: take.data_zip(data, "csv")),
    ("Picture, PNG", "picture.png", lambda e, data: take.image(e.study, data, "png", e.timetable)),
    ("Picture, SVG", "picture.svg", lambda e, data: take.image(e.study, data, "svg", e.timetable)),
    ("Study bundle", "study.zip", lambda e, data: take.bundle(e.study, data, e.timetable)),
)


def _download(explorer, label: str, filename: str, make) -> pn.widgets.FileDownload:
    return pn.widgets.FileDownload(
        callback=beside(lambda: make(explorer, explorer.taken()), explorer.tell), filename=filename, label=label,
        color="default", width=135, margin=(4, 4),
    )  # fmt: skip


# --------------------------------------------------------------------------- data


def _references(rows: list[dict], product: str) -> str:
    places = dict.fromkeys(a.get("time_reference", "") for a in rows if a["product"] == product)
    return "; ".join(places)


def _data(explorer) -> pn.Column:
    def shown():
        rows = [p.series.attrs for p in explorer.stack.panels if p.series.attrs]
        products = {a["product"]: a for a in rows}
        for a in rows:  # an index beside the wind refers to another place
            products[a["product"]] = products[a["product"]] | {
                "time_reference": _references(rows, a["product"])
            }
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{escape(name)}</th>"
            + "".join(f"<td>{escape(str(a.get(k, '')))}</td>" for k in ("source", "retrieved", "time_reference", "acknowledgement", "doi"))
            + "</tr>"
            for name, a in products.items()
        )  # fmt: skip
        head = "".join(f"<th scope='col' style='text-align:left'>{h}</th>" for h in ("product", "source", "retrieved", "time refers to", "acknowledgement", "doi"))  # fmt: skip
        style = "font-size:12px;border-spacing:8px 2px"
        return f"<p>{escape(summary(explorer))}</p>{_numbers(explorer, style)}<table style='{style}'><caption style='text-align:left;font-weight:600'>Sources</caption><tr>{head}</tr>{cells}</table>{_reports(products, style)}"

    return pn.Column(
        following(explorer, shown, color=explorer.look.text), sizing_mode="stretch_width"
    )


def _reports(products: dict, style: str) -> str:
    """Return what was masked, dropped, left out or unknown when the products were read."""
    rows = [(name, *entry) for name, attrs in products.items() for entry in entries(attrs)]
    cells = "".join("<tr>" + "".join(f"<td>{escape(str(c or ''))}</td>" for c in row) + "</tr>" for row in rows)  # fmt: skip
    head = "".join(f"<th scope='col' style='text-align:left'>{n}</th>" for n in ("product", "variable", "what", "count", "of", "detail"))  # fmt: skip
    return (
        f"<table style='{style}'><caption style='text-align:left;font-weight:600'>What was read</caption><tr>{head}</tr>{cells}</table>"
        if rows
        else ""
    )


def _numbers(explorer, style: str) -> str:
    """Return what the lines of the view hold, as a table: the picture for who cannot see it."""
    names = ("panel", "line", "samples", "missing", "lowest", "mean", "highest", "units")
    lo, hi = milliseconds(explorer.study.view)
    rows = []
    for panel in explorer.stack.panels:
        series = panel.series
        inside = (series.t >= lo) & (series.t <= hi)
        for name, values, _ in series.lines or ():
            seen = values[inside].astype(float)
            known = seen[np.isfinite(seen)]
            told = [f"{f(known):.4g}" for f in (np.min, np.mean, np.max)] if known.size else ["–"] * 3  # fmt: skip
            rows.append([panel.text, name, known.size, seen.size - known.size, *told, series.units])
    head = "".join(f"<th scope='col' style='text-align:left'>{n}</th>" for n in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)  # fmt: skip
    return f"<table style='{style}'><caption style='text-align:left;font-weight:600'>In this view</caption><tr>{head}</tr>{body}</table>"


def summary(explorer) -> str:
    """Return in words what is on the screen, for who cannot see it."""
    study = explorer.study
    lo, hi = (str(t)[:19].replace("T", " ") for t in study.view)
    simulated = any(p.series.attrs.get("simulated") for p in explorer.stack.panels)
    parts = [f"Event {study.event}, {lo} to {hi} UT, {len(explorer.stack.panels)} panels"]
    parts.append("the data are SIMULATED" if simulated else "measured data")
    parts += [p.text_summary(study.view) for p in explorer.stack.panels]
    parts.append(f"{len(explorer.timetable)} intervals in the time table")
    return ". ".join(parts) + "."
