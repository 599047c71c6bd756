"""The time table that a person makes: add, edit, delete, undo, redo, saved at every change.

Works on a DataFrame and touches one file; knows no widget.
"""

import hashlib
import itertools
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from smile_explore import events, settings
from smile_explore.errors import InputError, SmileExploreError
from smile_explore.paths import whole

COLUMNS = ("start", "stop", "kind", "label", "rating", "note")
_TEXT = ("kind", "label", "note")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_DEEPEST = 200  # steps that can be undone


def own_name() -> str:
    """Return the time table's name for this notebook: its file's name, and a mark of its folder.

    Jupyter tells a kernel which notebook it belongs to, so a new kernel of the same notebook
    has the same time table. Elsewhere it is ``timetable``.
    """
    notebook = os.environ.get("JPY_SESSION_NAME", "")
    if not notebook:
        return "timetable"
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(notebook).stem).strip("-_")[:50] or "notebook"
    return f"{stem}-{hashlib.sha256(notebook.encode()).hexdigest()[:8]}"


def empty() -> pd.DataFrame:
    """Return a time table without rows."""
    table = pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    return _typed(table)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    table = table.reindex(columns=[*COLUMNS, *(c for c in table.columns if c not in COLUMNS)])
    for name in ("start", "stop"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ns]")
    for name in _TEXT:
        table[name] = (
            table[name].astype(object).where(table[name].notna(), "").astype(str).astype(object)
        )
    table["rating"] = pd.to_numeric(table["rating"], errors="coerce").fillna(0).astype(int)
    return table


class Intervals:
    """The intervals, each with a number of its own, sorted by start.

    `changed` is called after every change, which by then is on disk.
    """

    def __init__(self, path: Path | None = None, changed=None):
        self.path, self._changed = path, changed or (lambda: None)
        self._numbers = itertools.count(1)
        self._past, self._future = [], []
        self.selected, self.fault = None, ""
        self._table = self._saved = self._numbered(self._read())
        self._stamp = _stamp(path)

    @classmethod
    def named(cls, name: str | None = None, changed=None) -> "Intervals":
        """Return the time table of that name in the cache, as it was left.

        Parameters
        ----------
        name : str, optional
            `own_name` by default; with ``""`` nothing is kept.
        changed : callable, optional

        Raises
        ------
        InputError
            If the name has other characters than letters, digits, ``.``, ``-`` and ``_``.
        """
        if name == "":
            return cls(None, changed)
        name = own_name() if name is None else name
        if not _NAME.fullmatch(name):
            message = f"{name!r} names no time table: use up to 80 letters, digits, '-', '_' and '.', a letter or digit first."
            raise InputError(message)
        return cls(settings.cache_dir() / "explorer" / f"{name}.csv", changed)

    def _read(self) -> pd.DataFrame:
        if self.path is None or not self.path.is_file():
            return empty()
        try:
            return _typed(events.read(self.path))
        except SmileExploreError as err:
            kept = _unused(self.path.with_suffix(".damaged.csv"))
            self.path.replace(kept)
            self.fault = f"The saved time table could not be read ({err}); it is kept as {kept}."
            return empty()

    def _numbered(self, table: pd.DataFrame) -> pd.DataFrame:
        table = table.reset_index(drop=True)
        table.index = [next(self._numbers) for _ in range(len(table))]
        return table.sort_values(["start", "stop"], kind="stable")

    @property
    def table(self) -> pd.DataFrame:
        """The intervals, indexed by their numbers."""
        return self._table

    def _set(self, table: pd.DataFrame, *, remember: bool = True) -> None:
        if remember:
            self._past = [*self._past, self._table][-_DEEPEST:]
            self._future = []
        self._table = self._joined(table).sort_values(["start", "stop"], kind="stable")
        if self.selected not in self._table.index:
            self.selected = None
        self.save()
        self._changed()

    def _joined(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with what another page has changed in the file meanwhile.

        Its steps are no steps of this page: undoing one here must not take them back.
        """
        if _stamp(self.path) == self._stamp:
            return table
        theirs, mine = self._read(), _keys(self._saved)
        if not self.path.is_file():  # removed, or damaged and put aside: no word of another page
            return table
        gone = mine - _keys(theirs)
        new = self._numbered(theirs[[key not in mine for key in _rows(theirs)]])

        def join(one: pd.DataFrame) -> pd.DataFrame:
            kept = one[[key not in gone for key in _rows(one)]]
            return pd.concat([kept, new]) if len(kept) else new

        self._past, self._future = [join(t) for t in self._past], [join(t) for t in self._future]
        return join(table)

    def save(self) -> None:
        """Write the table where the next kernel finds it; a fault is told, not raised."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with whole(self.path) as part:
                events.write(self._table.reset_index(drop=True), part)
            self._saved, self._stamp = self._table, _stamp(self.path)
            self.fault = ""
        except (OSError, SmileExploreError) as err:
            self.fault = f"The time table is not saved: {err}"

    def add(self, start, stop, kind: str = "", label: str = "", note: str = "") -> int:
        """Add an interval, select it and return its number; ends may come in any order."""
        start, stop = sorted([pd.Timestamp(start), pd.Timestamp(stop)])
        number = next(self._numbers)
        row = pd.DataFrame([[start, stop, kind, label, 0, note]], columns=COLUMNS, index=[number])
        self._set(pd.concat([self._table, _typed(row)]) if len(self._table) else _typed(row))
        self.selected = number
        return number

    def extend(self, table: pd.DataFrame) -> int:
        """Add many intervals as one step; return how many were new."""
        fresh = self._numbered(_typed(table))
        key = ["start", "stop", "kind"]
        known = set(map(tuple, self._table[key].to_numpy()))
        fresh = fresh[[tuple(row) not in known for row in fresh[key].to_numpy()]]
        if len(fresh):
            self._set(pd.concat([self._table, fresh]) if len(self._table) else fresh)
        return len(fresh)

    def edit(self, number: int, **values) -> None:
        """Change fields of one interval.

        Raises
        ------
        InputError
            If there is no such interval or field, a time cannot be read, or the rating is
            not 0 to 5.
        """
        if number not in self._table.index or set(values) - set(self._table.columns):
            message = f"No interval {number} with {', '.join(values)}: it has {', '.join(COLUMNS)}."
            raise InputError(message)
        table = self._table.copy()
        for name, value in values.items():
            table.loc[number, name] = _checked(name, value)
        if table.loc[number, "stop"] < table.loc[number, "start"]:
            ends = table.loc[number, ["stop", "start"]].to_numpy()
            table.loc[number, "start"], table.loc[number, "stop"] = ends
        if not table.loc[number].equals(self._table.loc[number]):
            self._set(table)

    def delete(self, number: int) -> None:
        """Remove one interval."""
        if number in self._table.index:
            self._set(self._table.drop(index=number))

    def undo(self) -> bool:
        """Take the last change back; return whether there was one."""
        return self._swap(self._past, self._future)

    def redo(self) -> bool:
        """Make the change that was taken back again."""
        return self._swap(self._future, self._past)

    def _swap(self, there: list, here: list) -> bool:
        if not there:
            return False
        here.append(self._table)
        self._set(there.pop(), remember=False)
        return True

    def neighbour(self, time, by: int):
        """Return the number of the next (+1) or previous (-1) interval of a time, or None."""
        if self.selected in self._table.index:
            at = self._table.index.get_loc(self.selected) + by
        else:
            at = int(np.searchsorted(self._table["start"].to_numpy(), np.datetime64(time))) - (by < 0)  # fmt: skip
        return self._table.index[at] if 0 <= at < len(self._table) else None

    def at(self, time, reach_ms: float = 0.0):
        """Return the number of the shortest interval that holds a time, or None."""
        time, reach = np.datetime64(time, "ns"), np.timedelta64(round(reach_ms * 1e6), "ns")
        start, stop = self._table["start"].to_numpy(), self._table["stop"].to_numpy()
        holds = (start - reach <= time) & (time <= stop + reach)
        lengths = np.where(holds, (stop - start).astype(np.int64), np.iinfo(np.int64).max)
        return self._table.index[int(lengths.argmin())] if holds.any() else None


def _stamp(path: Path | None):
    """Return what changes whenever a file is written anew; None if there is none."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return status and (status.st_ino, status.st_mtime_ns, status.st_size)


def _unused(path: Path) -> Path:
    """Return a path that nothing has yet: an earlier damaged table is not written over."""
    names = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in itertools.count(2))
    return next(p for p in itertools.chain([path], names) if not p.exists())


def _rows(table: pd.DataFrame) -> list[tuple]:
    return list(table[list(COLUMNS)].itertuples(index=False, name=None))


def _keys(table: pd.DataFrame) -> set[tuple]:
    return set(_rows(table))


def _checked(name: str, value):
    try:
        if name in ("start", "stop"):
            time = pd.Timestamp(value)
            if pd.isna(time):
                raise ValueError(value)
            return time.tz_convert(None) if time.tz else time
        if name == "rating":
            number = int(value or 0)
            if not 0 <= number <= 5:
                raise ValueError(value)
            return number
    except (ValueError, TypeError) as err:
        rule = "0 to 5" if name == "rating" else "a time like 2027-03-22T06:20"
        message = f"{value!r} is no {name}: write {rule}."
        raise InputError(message) from err
    return str(value or "")
