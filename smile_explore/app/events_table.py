"""The time table on the screen: find, click to jump, edit, undo, import and export."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import panel as pn

from smile_explore import catalogue, events
from smile_explore.app import finders
from smile_explore.app.controls import button, wrapped
from smile_explore.app.loads import Job, beside
from smile_explore.app.words import Words
from smile_explore.errors import SmileExploreError

_FORMATS = {"CSV": "csv", "Autoplot": "txt", "VOTable": "xml", "tscat": "json"}
_SHOWN = ["start", "stop", "kind", "label", "rating", "note"]


class EventTable:
    """Tabulator of the Explorer's intervals, with what makes and stores them."""

    def __init__(self, explorer):
        self.explorer = explorer
        self.table = pn.widgets.Tabulator(
            self._rows(), show_index=False, selectable=1, pagination="local", page_size=8, layout="fit_columns",
            widths={"start": 190, "stop": 190, "rating": 80}, sizing_mode="stretch_width", height=300,
            titles={"start": "start, UT", "stop": "stop, UT", "rating": "rating 0-5"},
            theme="midnight" if explorer.study.theme == "dark" else "simple",
            editors={"start": "input", "stop": "input", "kind": "input", "label": "input", "note": "input", "rating": {"type": "number", "min": 0, "max": 5}}, hidden_columns=["number"], text_align="left",
            configuration={"placeholder": "No intervals yet: Shift+drag over a panel, press m twice, type a condition or choose a detector."},
        )  # fmt: skip
        self.table.on_click(self._clicked)
        self.table.on_edit(lambda e: explorer.loads.soon(lambda: self._edited(e)))
        self.found = Words(margin=(10, 6))
        explorer.param.watch(self.refresh, "moment")
        self._seen = None

    def _rows(self) -> pd.DataFrame:
        rows = self.explorer.intervals.table[_SHOWN].copy()
        for name in ("start", "stop"):
            rows[name] = pd.Series([_plain(t) for t in rows[name]], rows.index, dtype=object)
        rows.insert(0, "number", self.explorer.intervals.table.index)
        return rows.reset_index(drop=True)

    def refresh(self, *_) -> None:
        """Show the table as it is now, if it has changed."""
        state = (id(self.explorer.intervals.table), self.explorer.intervals.selected)
        if state == self._seen:
            return
        self._seen = state
        rows = self._rows()
        if not rows.equals(self.table.value):
            self.table.value = rows
        chosen = np.flatnonzero(rows["number"] == self.explorer.intervals.selected).tolist()
        if self.table.selection != chosen:
            self.table.selection = chosen

    def _number(self, row: int) -> int:
        return int(self.table.value["number"].iloc[row])

    def _clicked(self, event) -> None:
        if event.column in ("start", "stop", "kind"):
            number = self._number(event.row)
            self.explorer.loads.soon(lambda: self.explorer.select(number))

    def _edited(self, event) -> None:
        self.explorer.tell("")
        try:
            self.explorer.intervals.edit(self._number(event.row), **{event.column: event.value})
        except SmileExploreError as err:
            self._seen = None
            self.table.value = self._rows()
            self.explorer.tell(str(err))  # the click on the cell may have begun a load

    def view(self) -> pn.Column:
        """Return the table with its controls."""
        return pn.Column(self._find(), self._edit(), self.table, sizing_mode="stretch_width")

    # ------------------------------------------------------------------ find

    def _find(self) -> pn.Column:
        explorer = self.explorer
        condition = pn.widgets.TextInput(
            label="Find intervals where (Enter)", value=explorer.study.condition, width=380,
            placeholder="b_z < -5 for >= 10min and p_dyn > 3", margin=(0, 6),
        )  # fmt: skip
        product = pn.widgets.Select(label="in", options=self._products(), width=150, margin=(0, 6))
        detector = pn.widgets.Select(label="or detect", options=["", *finders.DETECTORS], value="", width=190, margin=(0, 6))  # fmt: skip
        condition.param.watch(
            lambda e: e.new and explorer.loads.soon(lambda: self._search(product.value, e.new)),
            "value",
        )

        def detect(event):
            if event.new:
                explorer.loads.soon(lambda name=event.new: self._detect(name))
                detector.value = ""

        detector.param.watch(detect, "value")
        explorer.study.param.watch(lambda _: product.param.update(options=self._products()), "panels")  # fmt: skip
        controls = wrapped(condition, product, detector)
        return pn.Column(controls, self.found, sizing_mode="stretch_width")

    def _products(self) -> list[str]:
        return list(dict.fromkeys(catalogue.of_panel(p)[0] for p in self.explorer.study.panels)) or ["omni.1min"]  # fmt: skip

    def _search(self, product: str, text: str) -> None:
        explorer = self.explorer
        explorer.study.condition = text
        window, source = explorer.study.window, explorer.study.source
        explorer.loads.also(Job(
            "Search",
            lambda: finders.by_condition(explorer.store.dataset(product, window, source), text),
            self._take,
            lambda err: self._say(finders.underlined(text, err, explorer.look.warn)),
        ))  # fmt: skip

    def _detect(self, name: str) -> None:
        explorer, products = self.explorer, self._products()
        window, source = explorer.study.window, explorer.study.source
        explorer.loads.also(Job(
            name.capitalize(),
            lambda: finders.DETECTORS[name](lambda p: explorer.store.dataset(p, window, source), products),
            self._take,
            lambda err: self._say(finders.told(str(err), explorer.look.warn)),
        ))  # fmt: skip

    def _say(self, text: str) -> None:
        self.found.object = text
        self.explorer.push()

    def _take(self, found: pd.DataFrame) -> None:
        new = self.explorer.intervals.extend(found)
        already = f", {len(found) - new} of them known" if new < len(found) else ""
        self._say(finders.told(f"{len(found)} found{already}", self.explorer.look.text))

    # ------------------------------------------------------------------ edit, import, export

    def _edit(self) -> pn.FlexBox:
        e, intervals = self.explorer, self.explorer.intervals

        def delete():
            if intervals.selected is not None:
                intervals.delete(intervals.selected)

        steps = [
            button(
                e.loads, "‹ previous", lambda: e.next_interval(-1), "Jump to the interval before"
            ),
            button(e.loads, "next ›", lambda: e.next_interval(1), "Jump to the next interval"),
            button(e.loads, "New at cursor", e.mark, "Begin an interval at the cursor, or end it"),
            button(e.loads, "Delete", delete, "Delete the selected interval"),
            button(e.loads, "Undo", intervals.undo, "Take the last change back"),
            button(e.loads, "Redo", intervals.redo, "Make it again"),
        ]
        upload = pn.widgets.FileInput(
            label="Import", accept=".csv,.txt,.xml,.vot,.json,.html,.lst,.dat", width=230
        )
        upload.param.watch(
            lambda ev: (
                ev.new and self.explorer.loads.soon(lambda: self._import(upload.filename, ev.new))
            ),
            "value",
        )
        form = pn.widgets.Select(label="Format", options=list(_FORMATS), width=100, margin=(2, 4))
        save = pn.widgets.FileDownload(
            callback=beside(lambda: self.exported(form.value), e.tell), filename="timetable.csv", label="Export",
            color="default", margin=(2, 4), width=110,
        )  # fmt: skip
        form.param.watch(lambda ev: setattr(save, "filename", f"timetable.{_FORMATS[ev.new]}"), "value")  # fmt: skip
        return wrapped(*steps, upload, form, save, sizing_mode="stretch_width")  # fmt: skip

    def _import(self, name: str, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(name or "timetable.csv").name
            path.write_bytes(data)
            try:
                self._take(events.read(path))
            except SmileExploreError as err:
                self.explorer.tell(str(err))

    def exported(self, form: str) -> io.BytesIO:
        """Return the time table as a file of that format."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"timetable.{_FORMATS[form]}"
            events.write(self.explorer.timetable, path)
            return io.BytesIO(path.read_bytes())


def _plain(time: pd.Timestamp) -> str:
    """Return a time as the table shows it: no more digits than it has."""
    text = time.isoformat(timespec="nanoseconds").replace("T", " ")
    return text.rstrip("0").rstrip(".") if "." in text else text
