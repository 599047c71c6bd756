"""The state of one Explorer: what is looked at, and how; to and from a small file and a URL.

Holds no data and draws nothing. Whatever is here comes back from `from_yaml(to_yaml())`
and from `from_query(to_query())` exactly.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

import numpy as np
import param
import yaml

from smile_explore import catalogue, times
from smile_explore.errors import InputError

VERSION = 1
#: A study names a few panels and times: anything far longer is not one of ours.
_LONGEST = 100_000
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
        variables = tuple(n.strip() for n in names.split(",") if n.strip())
        if not product or not variables:
            message = f"{text!r} names no panel: write product:variable or product:variable:frame, e.g. omni.1min:b:GSM."
            raise InputError(message)
        return cls(product, variables, frame.strip().upper())

    def __str__(self):
        return ":".join([self.product, ",".join(self.variables), *([self.frame] * bool(self.frame))])  # fmt: skip


class Study(param.Parameterized):
    """Everything that a person can set in the Explorer, beside the time table itself."""

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

    def to_dict(self) -> dict:
        """Return the state as plain text, numbers and lists."""
        values = {name: self.param[name].serialize(getattr(self, name)) for name in _PLAIN}
        times = {name: [_text(t) for t in getattr(self, name)] for name in ("window", "view")}
        files = {"files": dict(self.files)} if self.files else {}
        return {
            "smile_explore_study": VERSION,
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
        # escaped beyond ASCII: YAML takes some signs, such as U+0085, for the end of a line
        return yaml.safe_dump(self.to_dict(), sort_keys=False)

    def to_query(self) -> str:
        """Return the state as the value of ``?study=``, safe in a URL."""
        packed = zlib.compress(self.to_yaml().encode(), 9)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def from_yaml(cls, text: str) -> "Study":
        """Read a study; what it does not say keeps its default.

        Raises
        ------
        InputError
            If it is no study, or a value is not allowed; the message names it.
        """
        try:
            table = yaml.safe_load(text) if len(text) <= _LONGEST else None
        except yaml.YAMLError as err:
            message = f"This is no study file: it is not YAML ({getattr(err, 'problem', err)})."
            raise InputError(message) from err
        if not isinstance(table, dict) or table.pop("smile_explore_study", None) != VERSION:
            message = f"This is no study of the Explorer: it must start with smile_explore_study: {VERSION}."
            raise InputError(message)
        return cls.from_dict(table)

    @classmethod
    def from_dict(cls, table: dict) -> "Study":
        """Build a study of what `to_dict` gives."""
        unknown = set(table) - set(cls.param) | ({"name"} & set(table))
        if unknown:
            message = f"A study has no {', '.join(sorted(map(repr, unknown)))}: it has {', '.join(_NAMES)}."
            raise InputError(message)
        values = dict(table)
        try:
            for name in ("window", "view"):
                if name in values:
                    values[name] = tuple(_time(t) for t in values[name])
            values["cursor"] = _time(values.get("cursor"))
            study = cls(**values)
        except (ValueError, TypeError) as err:
            message = f"The study has a value that is not allowed: {err}"
            raise InputError(message) from err
        for text in study.panels:
            Panel.parse(text)
        if not all(isinstance(t, str) for pair in study.files.items() for t in pair):
            message = "The study has a value that is not allowed: files must name files by product."
            raise InputError(message)
        return study

    @classmethod
    def from_query(cls, query: str) -> "Study":
        """Read the value of ``?study=``.

        Raises
        ------
        InputError
            If it was cut or altered on its way.
        """
        box = zlib.decompressobj()
        try:
            packed = base64.urlsafe_b64decode(query + "=" * (-len(query) % 4))
            text = box.decompress(packed, _LONGEST)
        except (binascii.Error, zlib.error, ValueError):
            text = b""
        if not text or not box.eof:
            message = "The study in this link is cut short or altered: copy the whole link again."
            raise InputError(message)
        return cls.from_yaml(text.decode("utf-8", errors="replace"))


_PLAIN = ("event", "source", "panels", "lag", "plane", "sun", "frame", "magnetopause",
          "bow_shock", "sky", "dial", "condition", "theme")  # fmt: skip
_NAMES = (*_PLAIN, "window", "view", "cursor", "files")


def _text(time) -> str | None:
    return None if time is None else str(np.datetime_as_string(np.datetime64(time, "ns"), "ns"))


def _time(text):
    return None if text is None else times.utc(text)


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
