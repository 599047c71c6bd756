"""Where an Explorer looks, and what a person marks there: its views and its intervals.

Two halves of `explorer.Explorer`, apart so that each can be read on one screen.
"""

import numpy as np

from smile_explore.app import choices
from smile_explore.app.loads import together
from smile_explore.app.state import span
from smile_explore.app.store import instant, milliseconds
from smile_explore.errors import SmileExploreError

_DAY = np.timedelta64(24, "h")


class Travels:
    """Views: by time, by width, by day, back and forward."""

    def _visit(self, lo, hi, *, cursor=None, remember=True) -> None:
        """Show a view, loading what it needs."""
        lo, hi = span(lo, hi)
        if remember:
            self.history.visit((lo, hi))
        here = self.study.cursor
        if cursor is None and (here is None or not lo <= here <= hi):
            cursor = lo + (hi - lo) // 2
        self.study.param.update(view=(lo, hi), **({} if cursor is None else {"cursor": cursor}))
        window = self.study.window
        if window[0] is None or lo < window[0] or hi > window[1] or self._panels_differ():
            self.study.window = choices.window_around(lo, hi)
            self._reload()
        else:
            self._refill()

    def _panels_differ(self) -> bool:
        shown = [p.text for p in self.stack.panels]
        return shown != list(self.study.panels)[: len(shown) if self.loads.is_busy else None]

    def go(self, start, stop) -> None:
        """Show the time from `start` to `stop`.

        Raises
        ------
        IntervalError
            If they are no times, or farther apart than can be shown.
        """
        self._visit(start, stop)

    def _ranges_moved(self, lo: float, hi: float) -> None:
        """Follow the mouse: the browser has moved the axis already."""
        view = tuple(float(t) for t in milliseconds(self.study.view))
        if lo is None or hi is None or hi <= lo or np.allclose((lo, hi), view, rtol=0, atol=0.5):
            return
        with together():
            try:
                self._visit(instant(lo), instant(hi))
            except SmileExploreError as err:
                self._set_view()  # the axis goes back to what is shown
                self.tell(str(err))

    def step(self, by: float) -> None:
        """Move on by widths of the view."""
        lo, hi = self.study.view
        shift = np.timedelta64(round(by * int((hi - lo).astype("m8[ns]").astype(np.int64))), "ns")
        self._visit(lo + shift, hi + shift, cursor=self.study.cursor + shift)

    def day(self, by: int) -> None:
        """Move on by days."""
        lo, hi = self.study.view
        self._visit(lo + by * _DAY, hi + by * _DAY, cursor=self.study.cursor + by * _DAY)

    def zoom(self, factor: float) -> None:
        """Widen (above 1) or narrow the view about the cursor."""
        lo, hi = self.study.view
        here = self.study.cursor if lo <= self.study.cursor <= hi else lo + (hi - lo) // 2
        left, right = ((here - lo) / np.timedelta64(1, "ns"), (hi - here) / np.timedelta64(1, "ns"))
        if (left + right) * factor < 1e7:
            return
        self._visit(here - np.timedelta64(round(left * factor), "ns"), here + np.timedelta64(round(right * factor), "ns"))  # fmt: skip

    def reset(self) -> None:
        """Show the whole event again."""
        event = self.events.get(self.study.event)
        if event is not None:
            side = (event.stop - event.start) // 20
            self._visit(event.start - side, event.stop + side)

    def back(self, by: int = -1) -> None:
        """Return to the view before (or, with 1, after) this one."""
        view = self.history.step(by)
        if view is None:
            self.message = "There is no earlier view." if by < 0 else "There is no later view."
            return
        self._visit(*view, remember=False)


class Marks:
    """Intervals: picked, chosen, walked through."""

    def _intervals_changed(self) -> None:
        if self.is_waiting:
            return
        self._show_intervals()
        self.message = self.intervals.fault
        self.param.trigger("moment")
        self.push()

    def _show_intervals(self) -> None:
        table, number = self.intervals.table, self.intervals.selected
        self.stack.set_intervals(table, None if number is None else table.loc[number])

    def select(self, number, *, jump: bool = True) -> None:
        """Choose an interval; jump so that it fills a tenth of the view."""
        if number is None:
            return
        self.intervals.selected = number
        row = self.intervals.table.loc[number]
        start, stop = row["start"].to_datetime64(), row["stop"].to_datetime64()
        if jump:
            lo, hi = choices.framed(start.astype("M8[ns]"), stop.astype("M8[ns]"))
            self._visit(lo, hi, cursor=start)
        self._intervals_changed()

    def next_interval(self, by: int = 1) -> None:
        """Jump to the next (or, with -1, the previous) interval of the time table."""
        number = self.intervals.neighbour(self.study.cursor, by)
        if number is None:
            self.message = "There is no further interval in the time table."
            return
        self.select(number)

    def pick(self, start_ms: float, stop_ms: float, panel=None) -> int:
        """Make an interval of what the mouse drew, from sample to sample of a panel."""
        series = panel.series if panel is not None else None
        times = [instant(_nearest(series, ms)) for ms in (start_ms, stop_ms)]
        kind = "" if panel is None else " ".join(panel.text.split(":")[:2])
        number = self.intervals.add(*times, kind=kind)
        self._intervals_changed()
        return number

    def mark(self) -> None:
        """Start an interval at the cursor, or end the one begun: picking by keyboard."""
        if self._mark is None:
            self._mark = self.study.cursor
            self.message = "Interval begun: move the cursor and press m again."
            return
        begun, self._mark = self._mark, None
        panel = next((p for p in self.stack.panels if p.series.lines), None)
        self.pick(*(float(milliseconds(t)) for t in (begun, self.study.cursor)), panel)


def _nearest(series, ms: float) -> float:
    """Return the sample of a series that is nearest to a time, ms."""
    if series is None or not series.t.size:
        return ms
    known = series.t if not series.lines else series.t[~np.isnan(series.lines[0][1])]
    return float(known[np.abs(known - ms).argmin()]) if len(known) else ms
