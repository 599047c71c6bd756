"""What is out of the way until it is asked for: panels, sharing, data and their thanks."""

import html

import panel as pn

from smile_explore import catalogue
from smile_explore.app import choices, take
from smile_explore.app.loads import beside
from smile_explore.app.words import following
from smile_explore.errors import SmileExploreError


def drawers(explorer) -> list:
    """Return the drawers below the time table, closed."""
    made = {"Panels": _panels(explorer), "Images": _images(explorer), "Share and export": _share(explorer), "Data, sources and summary": _data(explorer)}  # fmt: skip
    look = explorer.look
    return [
        pn.Card(
            body, title=title, collapsed=True, sizing_mode="stretch_width", margin=(3, 0),
            header_background=look.panel, header_color=look.text, styles={"background": look.back, "border": f"1px solid {look.grid}"},
        )
        for title, body in made.items()
    ]  # fmt: skip


# --------------------------------------------------------------------------- panels


def _panels(explorer) -> pn.Column:
    from smile_explore.app.layout import button

    here = explorer.study.panels
    product = pn.widgets.AutocompleteInput(
        label="Product (part of its name)", options=list(catalogue.table()), value="omni.1min", width=230,
        case_sensitive=False, search_strategy="includes", min_characters=1, restrict=True,
    )  # fmt: skip
    variable = pn.widgets.Select(label="Variable", options=_variables("omni.1min"), width=170)
    frame = pn.widgets.Select(label="Frame", options=["GSM", "GSE", "SM", "GEO"], width=90)

    def another(event):
        if event.new:
            variable.options = _variables(event.new)
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
        pn.FlexBox(product, variable, frame, button("+ panel", add, "Add this panel at the bottom"), align_items="flex-end"),
        pn.FlexBox(
            chosen, button("Up", lambda: place(-1), "Move the panel up"), button("Down", lambda: place(1), "Move the panel down"),
            button("Remove", lambda: chosen.value and explorer.remove_panel(chosen.value), "Take the panel away"), align_items="flex-end",
        ),
        sizing_mode="stretch_width",
    )  # fmt: skip


def _variables(product: str) -> list[str]:
    rows = [v for v in catalogue.product(product).variables if not v.flag]
    vectors = [f"|{v.name}|" for v in rows if v.frame]
    return [v.name for v in rows] + vectors


# --------------------------------------------------------------------------- images


def _images(explorer) -> pn.Column:
    upload = pn.widgets.FileInput(accept=".fits,.fit,.gz,.cdf,.nc", width=260)

    def chosen(event):
        if event.new:
            name = upload.filename
            explorer.loads.soon(lambda: explorer.open_image(name, event.new))

    upload.param.watch(chosen, "value")
    text = "Open an image of your own: SXI (FITS or netCDF) goes to the sky, an aurora on a magnetic grid (UVI's CDF) to the dial."  # fmt: skip
    return pn.Column(pn.pane.HTML(text), upload, sizing_mode="stretch_width")


# --------------------------------------------------------------------------- share


def _share(explorer) -> pn.Column:
    from smile_explore.app.layout import button

    text = pn.widgets.TextAreaInput(label="Script, study or link, to copy", rows=9, sizing_mode="stretch_width", max_length=200_000)  # fmt: skip

    def show(make):
        def act():
            try:
                text.value = make()
            except SmileExploreError as err:
                explorer.message = str(err)

        return act

    copy = button("Copy", lambda: None, "Copy the text to the clipboard")
    copy.js_on_click(args={"text": text}, code="navigator.clipboard?.writeText(text.value)")

    def study_file(event):
        if event.new:
            text = event.new.decode("utf-8", "replace")
            explorer.loads.soon(lambda: explorer.open_study(text))

    upload = pn.widgets.FileInput(accept=".yaml,.yml", width=230)
    upload.param.watch(study_file, "value")
    return pn.Column(
        pn.FlexBox(
            button("Code", show(explorer.code), "A script that reproduces data and figure"),
            button("Study", show(explorer.study.to_yaml), "The state as a small YAML file"),
            button("Link", show(explorer.link), "The state in a link"),
            copy, pn.pane.HTML("Open a study file", margin=(8, 2)), upload, align_items="center",
        ),
        text,
        pn.FlexBox(*(_download(explorer, *row) for row in _DOWNLOADS), align_items="center"),
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


def _data(explorer) -> pn.Column:
    def shown():
        rows = [p.series.attrs for p in explorer.stack.panels if p.series.attrs]
        products = {a["product"]: a for a in rows}
        cells = "".join(
            f"<tr><th scope='row' style='text-align:left'>{html.escape(name)}</th>"
            + "".join(f"<td>{html.escape(str(a.get(k, '')))}</td>" for k in ("source", "retrieved", "time_reference", "acknowledgement", "doi"))
            + "</tr>"
            for name, a in products.items()
        )  # fmt: skip
        head = "".join(f"<th scope='col' style='text-align:left'>{h}</th>" for h in ("product", "source", "retrieved", "time refers to", "acknowledgement", "doi"))  # fmt: skip
        return f"<p>{html.escape(summary(explorer))}</p><table style='font-size:12px;border-spacing:8px 2px'><tr>{head}</tr>{cells}</table>"

    return pn.Column(
        following(explorer, shown, color=explorer.look.text), sizing_mode="stretch_width"
    )


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
