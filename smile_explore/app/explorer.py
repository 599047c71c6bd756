"""The Explorer: one event from the solar wind to what SMILE sees, on one time cursor.

Knows the state, the data and the pictures, and what each gesture does. How controls look is
in `layout`; how each picture is drawn is in its own module.
"""

import json
import logging
import uuid

import numpy as np
import pandas as pd
import panel as pn
import param

import smile_explore
from smile_explore.app import choices, pins, upstream
from smile_explore.app.intervals import Intervals
from smile_explore.app.loads import Job, Loads, send_changes, together
from smile_explore.app.look import LOOKS
from smile_explore.app.movement import Marks, Travels
from smile_explore.app.oval import DialView
from smile_explore.app.pictures import Pictures
from smile_explore.app.regions import region_spans
from smile_explore.app.sky import SkyView
from smile_explore.app.space import OrbitView
from smile_explore.app.stack import TimeStack
from smile_explore.app.state import MOST_PANELS, History, Panel, Study, panel_texts
from smile_explore.app.store import LOADING, Series, Store, instant, milliseconds
from smile_explore.app.taking import Takes
from smile_explore.errors import InputError, SmileExploreError
from smile_explore.times import shown

#: Panels that a page builds before it answers others; as many as an event begins with, and some.
_AT_ONCE = 12

log = logging.getLogger(__name__)


class Explorer(Travels, Marks, Pictures, Takes, pn.viewable.Viewer):
    """Explore one event: panels, orbit, image and time table on one cursor.

    Parameters
    ----------
    event : str
        ``"rehearsal"`` (simulated, always at hand) or a curated event of `catalogue.events`.
    load : callable, optional
        ``load(product, start, stop, source=...) -> Dataset``; `smile_explore.load` by default.
    study : Study, optional
        The state to start from, instead of an event.
    theme : {"light", "dark"}, optional
        Light by default; in JupyterLab that of the Lab.
    timetable : str, optional
        Name under which the intervals are kept; the next Explorer of that name has them. By
        default a notebook has its own, and on a server each browser; ``""`` keeps nothing.

    Examples
    --------
    >>> explorer = Explorer("rehearsal")  # doctest: +SKIP
    >>> explorer.timetable  # doctest: +SKIP
    """

    message = param.String("", doc="What the page tells the person now.")
    readout = param.Dict({}, doc="Values at the cursor, by panel.")
    moment = param.Parameter(None, doc="The cursor's time, once all views are there.")

    def __init__(
        self,
        event=choices.REHEARSAL,
        *,
        load=None,
        study=None,
        theme=None,
        timetable=None,
        store=None,
    ):
        super().__init__()
        self.uid = uuid.uuid4().hex[:8]
        self.study = study or Study(event=event, theme=theme or "light")
        self.follows_lab = study is None and theme is None
        self.store = store or Store(load or smile_explore.load)
        self.open_file, self.taken_images = smile_explore.open_file, {}
        self.events = choices.events()
        self.history = History()
        self._build()
        self.tracks, self.notice, self.is_waiting = {}, "", False
        self.intervals = Intervals.named(timetable, self._intervals_changed)
        self.loads = Loads(self._progress, self._loaded, self.tell)
        self.wind_data, self._mark, self._layout = None, None, None
        self.begin()
        if self.intervals.fault:
            self.tell(self.intervals.fault)

    def __panel__(self):
        if self._layout is None:
            from smile_explore.app.layout import layout

            self._layout = pn.Column(layout(self), sizing_mode="stretch_width", margin=0)
            self.is_waiting = self.loads.is_notebook
            if self.is_waiting:
                self.loads.cancel()  # `ready` begins again
        return self._layout

    def begin(self) -> None:
        """Show the study: its own time, or that of its event.

        Raises
        ------
        InputError
            If it has neither.
        """
        if self.study.window[0] is None:
            self.show_event(self.study.event)
            return
        self.history.visit(self.study.view)
        self._reload()
        if self.study.event not in self.events:
            self.tell(
                f"No event {shown(self.study.event)}: the time and panels of the study are shown."
            )

    def _build(self) -> None:
        """Make every picture anew, in the colours of the theme."""
        self.look = LOOKS[self.study.theme]
        self.stack = TimeStack(self.uid, self.look, self._ranges_moved)
        self.space, self.dial, self.sky = OrbitView(self.look), DialView(self.look), SkyView(self.look)  # fmt: skip
        self._bridge()

    def set_theme(self, theme: str) -> None:
        """Show everything in light or dark colours; nothing is loaded anew."""
        from smile_explore.app.layout import layout

        self.study.theme = theme
        self.param.watchers, self.study.param.watchers = {}, {}  # of the old screen
        self._build()
        if self._layout is not None:
            self._layout.objects = [layout(self)]
        self._reload()

    def ready(self, *, dark: bool = False) -> None:
        """Draw what changed while a notebook's page was not there yet to hear of it."""
        if not self.is_waiting:
            return
        self.is_waiting = False
        if dark and self.follows_lab:
            self.set_theme("dark")
        else:
            self._reload()

    def tell(self, text: str) -> None:
        """Tell something that loads must not wipe away."""
        self.notice = self.message = text

    def push(self) -> None:
        """Send changes of Bokeh models to a notebook, which does not hear of them otherwise."""
        if self._layout is None or self.is_waiting:
            return
        for ref in self._layout._models:
            _, _, doc, comm = pn.state._views[ref]
            if comm is not None:
                send_changes(doc, comm)

    @property
    def timetable(self) -> pd.DataFrame:
        """The intervals: start, stop (UTC), kind, label, rating, note."""
        return self.intervals.table.reset_index(drop=True)

    # ------------------------------------------------------------------ events, views, panels

    def show_event(self, name: str) -> None:
        """Go to an event: its window, its panels, its source.

        Raises
        ------
        InputError
            If there is no such event.
        """
        if name not in self.events:
            message = f"No event {shown(name)}: there are {', '.join(self.events)}."
            raise InputError(message)
        self.notice = ""
        event = self.events[name]
        self.study.param.update(event=name, source=event.source, panels=list(event.panels), lag=0.0)
        side = (event.stop - event.start) // 20
        self._visit(event.start - side, event.stop + side, cursor=event.start + (event.stop - event.start) // 4)  # fmt: skip

    def set_panels(self, texts) -> None:
        """Show these panels, from top to bottom, e.g. ``["omni.1min:b:GSM"]``."""
        self.study.panels = panel_texts(list(texts))
        self._reload()

    def add_panel(self, text: str) -> None:
        """Add a panel at the bottom."""
        self.set_panels([*self.study.panels, text])

    def remove_panel(self, text: str) -> None:
        """Take a panel away."""
        self.set_panels([p for p in self.study.panels if p != text])

    def move_panel(self, text: str, to: int) -> None:
        """Put a panel at another place of the stack."""
        rest = [p for p in self.study.panels if p != text]
        to = max(0, min(to, len(rest)))
        self.set_panels([*rest[:to], text, *rest[to:]])

    # ------------------------------------------------------------------ loading

    def _reload(self) -> None:
        if self.is_waiting:
            return
        # a page builds its figures a few at a time: others are served between them
        count = max(_AT_ONCE, self._kept_panels()) if self.loads.is_served else MOST_PANELS
        jobs = self._arrange(count)
        jobs += [Job("solar wind", self._load_wind, self._show_wind)]
        jobs += [Job("positions", self._load_tracks, self._show_tracks)]
        jobs += [Job("regions", self._load_regions, lambda found: self.stack.set_regions(*found))]
        if {self.study.sky, self.study.dial} - {"model", "file"}:
            jobs += [self._images_job()]
        self.bridge.tags = ["loading"]
        self._refill()
        self.loads.start(jobs)
        if count < len(self.study.panels):
            self.loads.in_turns(self._arrange_more)

    def _kept_panels(self) -> int:
        """Return how many of the study's first panels have their figures already."""
        have = {p.text for p in self.stack.panels}
        return next((i for i, t in enumerate(self.study.panels) if t not in have), len(have))

    def _arrange(self, count: int) -> list[Job]:
        """Show the first panels of the study; return the jobs of those whose data are to come."""
        window, source = self.study.window, self.study.source
        kept = {t: Panel.parse(t) for t in self.study.panels[:count]}
        # a cell shows what it has when it ends: its first panels come whole, not one by one
        first = self.loads.is_notebook and self._layout is None
        ready = {t: self.store.series(p, window, source) for t, p in kept.items()
                 if first or self.store.has(p, window, source)}  # fmt: skip
        self.stack.set_panels(list(kept), ready)
        for panel in self.stack.panels:
            if panel.text in ready:
                self.stack.show(panel, ready[panel.text])
        return [self._panel_job(p) for p in self.stack.panels if p.text not in ready]

    def _arrange_more(self) -> bool:
        """Show one panel more; return whether it was the last."""
        shown = len(self.stack.panels)
        window, source = self.study.window, self.study.source
        text = self.study.panels[shown]
        ready = self.store.has(Panel.parse(text), window, source)
        series = self.store.series(Panel.parse(text), window, source) if ready else None
        self.stack.set_panels(self.study.panels[: shown + 1], {text: series} if ready else {})
        panel = self.stack.panels[-1]
        if ready:
            self._show_series(panel, series)
        else:
            self.loads.also(self._panel_job(panel))
        return shown + 1 == len(self.study.panels)

    def _panel_job(self, panel) -> Job:
        window, source = self.study.window, self.study.source
        return Job(
            panel.text,
            lambda: self.store.series(Panel.parse(panel.text), window, source),
            lambda series: self._show_series(panel, series),
        )

    def _show_series(self, panel, series) -> None:
        self.stack.show(panel, series)
        lo, hi = milliseconds(self.study.view)
        panel.fill(lo, hi, self.study.lag * 60_000)

    def _load_wind(self):
        product = next((p.split(":")[0] for p in self.study.panels if p.startswith("omni.")), "omni.1min")  # fmt: skip
        return self._quietly(product)

    def _show_wind(self, ds) -> None:
        self.wind_data = ds

    def _quietly(self, product: str):
        """Load what no panel shows; without it the picture says what is missing."""
        try:
            return self.store.dataset(product, self.study.window, self.study.source)
        except SmileExploreError:
            return None

    def _load_tracks(self) -> dict:
        # SMILE's own orbit is computed: nothing is loaded for it
        others = (Panel.parse(p).product for p in self.study.panels if not p.startswith("smile."))
        names = dict.fromkeys(map(upstream.position_product, others))
        found = {upstream.spacecraft_of(n): self._quietly(n) for n in names if n}
        found["smile"] = upstream.smile_track(self.study.window)
        return {name: ds for name, ds in found.items() if ds is not None and ds.sizes["time"]}

    def _show_tracks(self, tracks) -> None:
        self.tracks = tracks
        self._rebuild_space()
        name = next((n for n in tracks if n not in ("ace", "wind", "dscovr")), None)
        if name:
            ds = tracks[name]
            self.stack.set_track(name, self.study.frame, milliseconds(ds["time"].values), self.space.xyz(name))  # fmt: skip

    def _rebuild_space(self) -> None:
        self.space.show(self.tracks, self.study)

    def redraw_space(self) -> None:
        """Draw the orbit anew after its plane, frame, models or side of the Sun changed."""
        self._rebuild_space()
        self.set_cursor(self.study.cursor)

    def dataset(self, product: str):
        """Return a product over the loaded window."""
        return self.store.dataset(product, self.study.window, self.study.source)

    def _load_regions(self):
        return region_spans(self._quietly, self.study.panels)

    def _progress(self, done: int, total: int, title: str) -> None:
        self.message = f"{title}: {done} of {total} done" if done < total else self.notice

    def _loaded(self) -> None:
        self.stack.set_availability()
        faults = [p.text for p in self.stack.panels if p.series.fault]
        self.message = (
            f"No data for {', '.join(faults)}: the panel says why." if faults else self.notice
        )
        self._compare_files()
        self.bridge.tags = ["loaded"]  # the page has all it will get: tests and readers wait for it
        self._set_view()  # the axis may name a spacecraft now; panels were filled as they came
        self.set_cursor(self.study.cursor)

    def _compare_files(self) -> None:
        """Say once which products come from other files than the study was made with."""
        read = {p.series.attrs.get("product"): p.series.attrs for p in self.stack.panels}
        others = pins.differing(self.study.files, read)
        self.study.files = {}  # another window has other files
        if others:
            text = pins.sentence(others)
            log.warning("%s", text)
            self.message = f"{text} {self.message}".strip()

    def cancel(self) -> None:
        """Stop waiting for what is being loaded."""
        self.loads.cancel()
        self.bridge.tags = ["loaded"]
        for panel in self.stack.panels:
            if panel.series.fault == LOADING:
                self._show_series(panel, Series(panel.text, np.zeros(0), fault="Cancelled."))
        self.message = "Cancelled: panels that had not arrived are empty; Retry asks again."
        self._refill()

    def retry(self) -> None:
        """Ask again for what is missing: a failure is not kept."""
        self.notice = ""
        self._reload()

    def _refill(self) -> None:
        if self.is_waiting:
            return
        lo, hi = self._set_view()
        self.stack.fill(lo, hi, self.study.lag * 60_000)
        self._show_intervals()
        self.set_cursor(self.study.cursor)

    def _set_view(self) -> tuple[float, float]:
        lo, hi = (float(t) for t in milliseconds(self.study.view))
        self.stack.set_view(lo, hi)
        return lo, hi

    # ------------------------------------------------------------------ cursor

    def set_cursor(self, time) -> None:
        """Put the cursor at a time; every picture follows."""
        time = np.datetime64(time, "ns")
        self.study.cursor = time
        if self.is_waiting:
            return
        ms = float(milliseconds(time))
        self.stack.cursor.location = ms
        wind = upstream.wind_at(self.wind_data, time) if self.wind_data is not None else None
        self.wind = wind
        if self.space.pane.object is not None:
            self.space.move(time, wind, self.study)
        self._move_pictures(time, wind)
        self.readout = {p.text: p.value_at(ms) for p in self.stack.panels}
        self.push()  # before Panel's widgets follow: theirs is the slower way
        self.moment = time
        self.param.trigger("moment")  # new data at the same time are news as well
        self.push()

    def sample(self, by: int) -> None:
        """Move the cursor by samples of the first panel that has lines."""
        panel = next((p for p in self.stack.panels if p.series.lines), None)
        if panel is None:
            return
        known = ~np.isnan(panel.series.lines[0][1])
        t = panel.series.t[known]
        at = int(np.abs(t - float(milliseconds(self.study.cursor))).argmin())
        self.set_cursor(instant(t[int(np.clip(at + by, 0, len(t) - 1))]))

    def set_lag(self, minutes: float) -> str:
        """Shift every series measured at L1; return what was shifted, or why nothing was."""
        shiftable = [p for p in self.stack.panels if p.is_shiftable]
        self.study.lag = float(minutes)
        self._refill()
        if shiftable:
            names = ", ".join(p.text for p in shiftable)
            return (
                f"{names}: measured at L1, drawn thin; shifted by {minutes:g} min, bold."
                if minutes
                else ""
            )
        if any(p.series.fault == LOADING for p in self.stack.panels):
            return f"Lag {minutes:g} min: what was measured at L1 is shifted when it has come."
        nose = next((p.text for p in self.stack.panels if "bow-shock nose" in p.series.attrs.get("time_reference", "")), None)  # fmt: skip
        if nose:
            return f"{nose} is at the bow-shock nose already and is not shifted again: add a panel of an L1 product, e.g. ace.mfi:b:GSM."
        return "No series of the stack was measured at L1: add one, e.g. ace.mfi:b:GSM."

    # ------------------------------------------------------------------ messages of the browser

    def _bridge(self) -> None:
        from bokeh.models import ColumnDataSource, CustomJS

        self.bridge = ColumnDataSource({"m": []}, name=f"bridge-{self.uid}")
        self.bridge.on_change("data", self._hear)
        # the bridge has to belong to something that is drawn
        self.stack.availability.js_on_event("reset", CustomJS(args={"bridge": self.bridge}, code=""))  # fmt: skip

    def _hear(self, _attr, _old, new) -> None:
        from smile_explore.app.gestures import answer

        with together():
            for text in new["m"]:
                answer(self, json.loads(text))
