"""Time tables as VOTable, with the fields AMDA and HELIO use for start and stop.

Text that XML or its readers would alter (blanks at the ends, control characters, missing
beside empty) is written as JSON, marked by ``utype="json"`` as tscat marks its lists.
"""

import io
import json
import re
from xml.parsers.expat import ExpatError

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError
from smile_explore.events import sealed
from smile_explore.events.columns import assembled, decode, encode, timed

_TIME = {"datatype": "char", "xtype": "dateTime", "utype": "", "arraysize": "*"}
_START = {"name": "Start Time", "ID": "TimeIntervalStart", "ucd": "time.start", **_TIME}
_STOP = {"name": "Stop Time", "ID": "TimeIntervalStop", "ucd": "time.end", **_TIME}
_FIELDS = {
    "number": {"datatype": "double"},
    "integer": {"datatype": "long"},
    "boolean": {"datatype": "boolean"},
    "time": _TIME,
}
#: What astropy raises for a damaged table, whichever part is.
_FAULTS = (
    SyntaxError, ValueError, TypeError, LookupError, OSError, ExpatError, AttributeError,
    ArithmeticError, MemoryError, RecursionError, NotImplementedError, AssertionError,
)  # fmt: skip
_BLANK = {"number": np.nan, "integer": -(2**63), "boolean": False, "time": "", "text": ""}


def write_votable(table: pd.DataFrame, name: str = "") -> bytes:
    """Return a checked time table as a VOTable 1.4 in XML."""
    from astropy.io.votable.tree import Field, Resource, TableElement, VOTableFile

    file = VOTableFile()
    resource, element = Resource(), TableElement(file, name=_identifier(name))
    file.resources.append(resource)
    resource.tables.append(element)
    columns = []
    for number, column in enumerate(table.columns):
        kind, values = encode(table[column])
        attrs = {"start": _START, "stop": _STOP}.get(column)
        if attrs is None:
            attrs, values = _field(kind, values)
            attrs = {"name": column, "ID": f"column{number}", **attrs}
        element.fields.append(Field(file, **attrs))
        if kind == "integer":
            element.fields[-1].values.null = _BLANK["integer"]
        columns.append([(_BLANK[kind], True) if v is None else (v, False) for v in values])
    element.create_arrays(len(table))
    for i, row in enumerate(zip(*columns, strict=True)):
        element.array[i] = tuple(value for value, _ in row)
        element.array.mask[i] = tuple(blank for _, blank in row)
    file.description = f"Name: {name};"
    out = io.BytesIO()
    file.to_xml(out)
    return out.getvalue()


def _field(kind: str, values: list) -> tuple[dict, list]:
    if kind != "text":
        return _FIELDS[kind], values
    if not all(v is not None and v and v == v.strip() and v.isprintable() for v in values):
        coded = [json.dumps(v) for v in values]
        return {"datatype": "char", "arraysize": "*", "utype": "json"}, coded
    plain = all(v.isascii() for v in values)
    return {"datatype": "char" if plain else "unicodeChar", "arraysize": "*"}, values


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII) or "events"


def read_votable(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the first table of a VOTable as a time table.

    Start and stop are the fields of UCD ``time.start`` and ``time.end``, or those named so.

    Raises
    ------
    CorruptFileError
        If it is no VOTable, or has no field of times.
    """
    from astropy.io.votable import parse

    plain = sealed.xml(data)
    try:
        element = parse(io.BytesIO(plain), verify="ignore").get_first_table()
    except _FAULTS as err:
        reason = f"{type(err).__name__}: {' '.join(str(err).split())[:200]}"
        message = f"This is no readable VOTable ({reason}): export the table again."
        raise CorruptFileError(message) from err
    fields = {_name(f): (f, element.array[f.ID], element.array.mask[f.ID]) for f in element.fields}
    table, times = timed({k: _texts(v) for k, v in fields.items() if v[1].ndim == 1})
    rest = {k: _column(k, *v) for k, v in fields.items() if k not in times.used}
    return assembled(dict(table.items()) | rest, kind, table.attrs)


def _name(field) -> str:
    return {"time.start": "start", "time.end": "stop"}.get(field.ucd, field.name or field.ID)


def _texts(field) -> list[str]:
    missing = np.broadcast_to(field[2], np.shape(field[1]))
    return ["" if m else str(v).strip() for v, m in zip(field[1], missing, strict=True)]


def _column(name: str, field, values, mask) -> pd.Series:
    values = np.ma.getdata(values)
    missing = np.broadcast_to(mask, np.shape(values))
    if values.dtype.kind == "O":
        texts = [
            None if m or str(v) == "" else str(v) for v, m in zip(values, missing, strict=True)
        ]
        if field.utype == "json":
            return decode("text", [_from_json(v, name) for v in texts])
        return decode("time" if field.xtype == "dateTime" else "text", texts, name)
    kind = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}.get(values.dtype.kind)
    if kind is None or values.ndim != 1:
        message = f"Field {name!r} holds {field.datatype} arrays, but a time table holds scalars."
        raise CorruptFileError(message)
    return decode(kind, [None if m else v.item() for v, m in zip(values, missing, strict=True)])


def _from_json(text: str | None, name: str) -> str | None:
    try:
        value = sealed.from_json(text or "null")
    except ValueError as err:
        message = f"Field {name!r} says it is JSON, but {text!r} is not."
        raise CorruptFileError(message) from err
    return value if value is None or isinstance(value, str) else json.dumps(value)
