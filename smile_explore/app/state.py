"""The state of one Explorer: what is looked at, and how; to and from a small file and a URL.

Holds no data and draws nothing. Whatever is here comes back from `from_yaml(to_yaml())`
and from `from_query(to_query())` exactly.
"""

from dataclasses import dataclass

import numpy as np
import param

from smile_explore import catalogue, times
from smile_explore.app import study_text
from smile_explore.errors import InputError, IntervalError
from smile_explore.times import shown

#: More than a screen can show, and still drawn in a few seconds.
MOST_PANELS, MOST_VARIABLES = 60, 12
LONGEST_VIEW, SHORTEST_VIEW = np.timedelta64(366, "D"), np.timedelta64(10, "ms")
_LONGEST_TEXT = 1000
_FIRST, _LAST = np.datetime64("1900-01-01", "ns"), np.datetime64("2200-01-01", "ns")
MAGNETOPAUSES = ("shue1998", "shue1997", "jelinek2012")
BOW_SHOCKS = ("jelinek2012", "farris_russell1994")


@dataclass(frozen=True)
class Panel:
    """One panel of the stack: variables of one product, in one frame.

    As text ``"themis.a.fgm:b:GSM"``; the frame may be left out, several variables have commas.
    A keogram has hours of magnetic local time in its place: ``"smile.uvi:grid:09-15"``.
    """

    product: str
    variables: tuple[str, ...]
    frame: str = ""

    @classmethod
    def parse(cls, text: str) -> "Panel":
        """Read a panel from its text.

        Examples
        --------
        >>> Panel.parse("omni.1min:ae,sym_h")
        Panel(product='omni.1min', variables=('ae', 'sym_h'), frame='')
        """
        product, names, frame = catalogue.of_panel(text)
        variables = tuple(dict.fromkeys(n.strip() for n in names.split(",") if n.strip()))
        if not product or not variables:
            message = f"{shown(text)} names no panel: write product:variable or product:variable:frame, e.g. omni.1min:b:GSM."
            raise InputError(message)
        if len(variables) > MOST_VARIABLES:
            message = f"{shown(text)} has {len(variables)} variables, and a panel at most {MOST_VARIABLES}: give the others panels of their own."
            raise InputError(message)
        return cls(product, variables, frame.strip().upper())

    def __str__(self):
        return ":".join([self.product, ",".join(self.variables), *([self.frame] * bool(self.frame))])  # fmt: skip


def panel_texts(texts) -> list[str]:
    """Return panels as they are written, each once.

    Raises
    ------
    InputError
        If one is no panel, or there are too many to draw.
    """
    if isinstance(texts, str) or not all(isinstance(t, (str, Panel)) for t in texts):
        message = f"{shown(texts)} is no list of panels: write e.g. ['omni.1min:b:GSM']."
        raise InputError(message)
    if len(texts) > MOST_PANELS:
        message = (
            f"{len(texts)} panels are more than the {MOST_PANELS} that are drawn: leave some out."
        )
        raise InputError(message)
    return list(dict.fromkeys(str(Panel.parse(_line(t))) for t in texts))


def span(first, last, most=LONGEST_VIEW) -> tuple[np.datetime64, np.datetime64]:
    """Return two times as the Explorer can show them: in order, at most a year apart.

    Raises
    ------
    IntervalError
        If they are not; the message says how to write them.
    """
    first, last = times.interval(first, last)
    if first < _FIRST or last > _LAST:
        message = f"{times.text(first)} to {times.text(last)} lies outside the years 1900 to 2199 that the Explorer shows: look at the year."
        raise IntervalError(message)
    if not SHORTEST_VIEW <= last - first <= most:
        message = f"{times.text(first)} to {times.text(last)} is too short or too long: the Explorer shows 10 ms to 366 days, `smile_explore.load` any time."
        raise IntervalError(message)
    return first, last


class Study(param.Parameterized):
    """Everything that a person can set in the Explorer, beside the time table itself.

    Raises
    ------
    InputError
        If a value is not allowed: the message names it, the rule and how to write it.

    Examples
    --------
    >>> study = Study(window=("2015-03-17", "2015-03-18"), panels=["omni.1min:b:GSM"])
    >>> times.text(study.view[0]), times.text(study.cursor)
    ('2015-03-17T00:00:00', '2015-03-17T12:00:00')
    """

    event = param.String("rehearsal", doc="Name of the event in focus.")
    source = param.String("auto", doc="As in smile_explore.load.")
    window = param.Tuple((None, None), length=2, doc="First and last time that is loaded, UTC.")
    view = param.Tuple((None, None), length=2, doc="First and last time on the axis, UTC.")
    cursor = param.Parameter(None, doc="Time of the cursor, UTC.")
    panels = param.List([], item_type=str, doc="Panels from top to bottom, as text.")
    lag = param.Number(0.0, bounds=(-300, 300), doc="Minutes by which L1 series are shifted.")
    plane = param.Selector(default="XY", objects=["XY", "XZ", "YZ"])
    sun = param.Selector(default="left", objects=["left", "right"])
    frame = param.Selector(default="GSE", objects=["GSE", "GSM"])
    magnetopause = param.Selector(default=MAGNETOPAUSES[0], objects=list(MAGNETOPAUSES))
    bow_shock = param.Selector(default=BOW_SHOCKS[0], objects=list(BOW_SHOCKS))
    sky = param.Selector(default="model", objects=["model", "smile.sxi", "file"])
    dial = param.Selector(default="model", objects=["model", "smile.uvi", "file"])
    condition = param.String("", doc="The condition that the user searched for.")
    theme = param.Selector(default="light", objects=["light", "dark"])
    files = param.Dict({}, doc="The files that the study was made with, by product.")

    def __init__(self, **values):
        super().__init__(**_checked(values))

    def to_dict(self) -> dict:
        """Return the state as plain text, numbers and lists."""
        values = {name: self.param[name].serialize(getattr(self, name)) for name in _PLAIN}
        times = {name: [_text(t) for t in getattr(self, name)] for name in ("window", "view")}
        files = {"files": dict(self.files)} if self.files else {}
        return {
            "smile_explore_study": study_text.VERSION,
            **values,
            **times,
            "cursor": _text(self.cursor),
            **files,
        }

    def to_yaml(self) -> str:
        """Return the state as a small YAML text.

        Examples
        --------
        >>> Study.from_yaml(Study(lag=44.0).to_yaml()).lag
        44.0
        """
        return study_text.written(self.to_dict())

    def to_query(self) -> str:
        """Return the state as the value of ``?study=``, safe in a URL."""
        return study_text.packed(self.to_yaml())

    @classmethod
    def from_yaml(cls, text: str) -> "Study":
        """Read a study; what it does not say keeps its default.

        Raises
        ------
        InputError
            If it is no study, or a value is not allowed; the message names it.
        """
        return cls.from_dict(study_text.read(text))

    @classmethod
    def from_dict(cls, table: dict) -> "Study":
        """Build a study of what `to_dict` gives."""
        return cls(**_known({k: v for k, v in table.items() if k != "smile_explore_study"}))

    @classmethod
    def from_query(cls, query: str) -> "Study":
        """Read the value of ``?study=``.

        Raises
        ------
        InputError
            If it was cut or altered on its way, or names a folder: a link opens none.
        """
        study = cls.from_yaml(study_text.unpacked(query))
        if study_text.is_path(study.source):
            message = f"The study in this link reads the folder {shown(study.source)}, which a link does not open: save the study as a file and open that."
            raise InputError(message)
        return study


_PLAIN = ("event", "source", "panels", "lag", "plane", "sun", "frame", "magnetopause",
          "bow_shock", "sky", "dial", "condition", "theme")  # fmt: skip
_NAMES = (*_PLAIN, "window", "view", "cursor", "files")


def _text(time) -> str | None:
    return None if time is None else str(np.datetime_as_string(np.datetime64(time, "ns"), "ns"))


def _known(values: dict) -> dict:
    """Return values whose names are all a study's."""
    unknown = [name for name in values if name not in _NAMES]
    if unknown:
        message = (
            f"A study has no {', '.join(map(shown, unknown[:5]))}: it has {', '.join(_NAMES)}."
        )
        raise InputError(message)
    return values


def _checked(values: dict) -> dict:
    """Return the values of a study as it keeps them, and those that follow from them."""
    made = {name: _value(name, value) for name, value in _known(values).items()}
    given = {
        name: made[name] for name in ("window", "view") if made.get(name, (None,))[0] is not None
    }
    if given:
        made["view"] = given.get("view", given.get("window"))
        made["window"] = given.get("window", made["view"])
        first, last = made["view"]
        made["cursor"] = (
            first + (last - first) // 2 if made.get("cursor") is None else made["cursor"]
        )
    return made


def _value(name: str, value):
    """Return one value as a study keeps it."""
    check = _CHECKS.get(name, _line)
    try:
        return check(value)
    except (InputError, IntervalError) as err:
        message = f"The study has a value that is not allowed: its {name}: {err}"
        raise InputError(message) from err


def _line(value) -> str:
    """Return a text, or a panel as text."""
    text = str(value) if isinstance(value, Panel) else value
    is_text = isinstance(text, str) and len(text) <= _LONGEST_TEXT
    if not is_text or text.encode("utf-8", "replace").decode() != text:
        message = f"{shown(value)} is no text of at most {_LONGEST_TEXT} letters: write one."
        raise InputError(message)
    return text


def _span(value) -> tuple:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        message = f"{shown(value)} is not a first and a last time: write e.g. [2008-08-12T21:00, 2008-08-13T03:00]."
        raise InputError(message)
    # what is loaded ends at whole quarters of a day
    most = LONGEST_VIEW + np.timedelta64(1, "D")
    return (None, None) if value[0] is None and value[1] is None else span(*value, most)


def _time(value):
    if value is None:
        return None
    time = times.utc(value)
    if not _FIRST <= time <= _LAST:
        message = f"{times.text(time)} lies outside the years 1900 to 2199 that the Explorer shows: look at the year."
        raise InputError(message)
    return time


def _lag(value) -> float:
    low, high = Study.param.lag.bounds
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(
        value, bool
    )
    if not is_number or not low <= value <= high:
        message = f"{shown(value)} is no number of minutes from {low} to {high}: write e.g. 44.0."
        raise InputError(message)
    return float(value)


def _panels(value) -> list[str]:
    if not isinstance(value, (list, tuple)):
        message = f"{shown(value)} is no list of panels: write e.g. [omni.1min:b:GSM]."
        raise InputError(message)
    return panel_texts(value)


def _files(value) -> dict:
    texts = [t for pair in value.items() for t in pair] if isinstance(value, dict) else [None]
    if len(texts) > 4 * MOST_PANELS or not all(
        isinstance(t, str) and len(t) <= 3000 for t in texts
    ):
        message = "files must name files by product, a text for each: leave the rest out."
        raise InputError(message)
    return dict(value)


def _one_of(name: str):
    def check(value):
        allowed = Study.param[name].objects
        if not isinstance(value, str) or value not in allowed:
            message = f"{shown(value)} is none of {', '.join(allowed)}: choose one of these."
            raise InputError(message)
        return value

    return check


_CHECKS = {
    "window": _span, "view": _span, "cursor": _time, "panels": _panels, "lag": _lag, "files": _files,
    **{name: _one_of(name) for name in _NAMES if isinstance(Study.param[name], param.Selector)},
}  # fmt: skip


class History:
    """The views a person has been at, to go back and forward through."""

    def __init__(self, longest: int = 100):
        self._views, self._at, self._longest = [], -1, longest

    def visit(self, view) -> None:
        """Remember a view; what lay ahead is forgotten."""
        if self._views and self._views[self._at] == view:
            return
        self._views = [*self._views[: self._at + 1], view][-self._longest :]
        self._at = len(self._views) - 1

    def step(self, by: int):
        """Return the view `by` steps ahead (or back, if negative), or None if there is none."""
        if not 0 <= self._at + by < len(self._views):
            return None
        self._at += by
        return self._views[self._at]
