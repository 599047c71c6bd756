"""Time tables as the JSON that tscat, the catalogue library of SciQLop, exports and imports.

Its form is not documented but in tscat's own source: a list of catalogues, each with the
identifiers of its events, and a list of events with start, stop, author, uuid, tags,
products and any further attributes. Times of tscat are exact to the microsecond.
"""

import json
import re
import uuid

import pandas as pd

from smile_explore.errors import CorruptFileError, InputError
from smile_explore.events import sealed
from smile_explore.events.as_csv import decoded
from smile_explore.events.columns import assembled, decode, encode, kind_of, parse_times, timed

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z_0-9]*")
_LISTS = ("tags", "products")
_AUTHOR = "smile_explore"
#: Names events under which they can be told again: the same event, the same identifier.
_SPACE = uuid.UUID("6f2e1a54-8f2b-5c0b-9a52-5d1f8c3f0a77")


def write_tscat(table: pd.DataFrame, name: str = "") -> bytes:
    """Return a checked time table as one tscat catalogue.

    The columns author, uuid, rating, and tags and products (separated by commas) become
    tscat's own; all others attributes of the events, left out where missing.

    Raises
    ------
    InputError
        If a column's name is none tscat accepts.
    """
    odd = [c for c in table.columns if not _ATTRIBUTE.fullmatch(c)]
    if odd:
        message = f"Column {odd[0]!r} is no name tscat accepts: use letters, digits and _ only."
        raise InputError(message)
    coded = {c: encode(table[c]) for c in table.columns}
    coded |= {c: ("time", _microseconds(coded[c][1])) for c in ("start", "stop")}
    events = [_event({c: v[i] for c, (_, v) in coded.items()}, i) for i in range(len(table))]
    catalogue = {
        "name": name or "events", "author": _AUTHOR, "tags": [], "predicate": None,
        "uuid": str(uuid.uuid5(_SPACE, json.dumps([name, events]))),
        "smile_explore_columns": json.dumps({c: kind for c, (kind, _) in coded.items()}),
        "events": [event["uuid"] for event in events],
    }  # fmt: skip
    return json.dumps({"catalogues": [catalogue], "events": events}, indent=1).encode()


def _microseconds(texts: list[str]) -> list[str]:
    return [t[: len("2014-03-11T14:15:00.123456")] for t in texts]


def _event(values: dict, number: int) -> dict:
    event = {k: v for k, v in values.items() if v is not None}
    for key in _LISTS:
        event[key] = [w.strip() for w in event.get(key, "").split(",") if w.strip()]
    event.setdefault("author", _AUTHOR)
    event.setdefault("uuid", str(uuid.uuid5(_SPACE, json.dumps([number, event]))))
    return event


def read_tscat(data: bytes, kind: str = "") -> pd.DataFrame:
    """Return the events of a tscat export, of all its catalogues.

    The column ``catalogue`` names an event's catalogue where there are several.

    Raises
    ------
    CorruptFileError
        If it is no JSON of this form.
    """
    try:
        content = sealed.from_json(decoded(data))
        if (records := _records(content)) is not None:
            return _from_records(records, kind)
        catalogues, events = content["catalogues"], content["events"]
        owners = {u: c["name"] for c in catalogues for u in c["events"]}
        rows = [dict(event) for event in events]
        names = [owners.get(row.get("uuid"), "") for row in rows]
    except (ValueError, KeyError, TypeError) as err:
        message = (
            f"This is no export of tscat ({_reason(err)}): it needs 'catalogues' and 'events'."
        )
        raise CorruptFileError(message) from err
    for row in rows:
        row.update({k: ",".join(map(str, row[k])) or None for k in _LISTS if k in row})
    kinds = _kinds(catalogues, rows)
    if len(catalogues) > 1:
        kinds, rows = kinds | {"catalogue": "text"}, [
            row | {"catalogue": n} for row, n in zip(rows, names, strict=True)
        ]  # fmt: skip
    table = {c: decode(k, [row.get(c) for row in rows], c) for c, k in kinds.items()}
    for c in ("start", "stop"):
        table[c] = pd.Series(parse_times([row.get(c) for row in rows], c))
    return assembled(table, kind or (names[0] if names else ""))


def _records(content) -> list | None:
    """Return the events of JSON that is but a list of them, alone or under one name."""
    if isinstance(content, dict) and "catalogues" not in content:
        lists = [v for v in content.values() if isinstance(v, list)]
        content = lists[0] if len(lists) == 1 else None
    is_list = isinstance(content, list) and content and all(isinstance(r, dict) for r in content)
    return content if is_list else None


def _from_records(records: list, kind: str) -> pd.DataFrame:
    names = list(dict.fromkeys(key for row in records for key in row))
    plain = {
        n: [row.get(n) if isinstance(row.get(n), (str, int, float)) else None for row in records]
        for n in names
    }
    table, times = timed({n: ["" if v is None else str(v) for v in c] for n, c in plain.items()})
    rest = {
        n: pd.Series(c, dtype=object).infer_objects()
        for n, c in plain.items()
        if n not in times.used
    }
    return assembled(dict(table.items()) | rest, kind, table.attrs)


def _reason(err: Exception) -> str:
    return f"{type(err).__name__}: {str(err)[:100]}"


def _kinds(catalogues: list, rows: list) -> dict[str, str]:
    """Return the columns and their kinds: as we wrote them, else what the values show."""
    if len(catalogues) == 1 and "smile_explore_columns" in catalogues[0]:
        return json.loads(catalogues[0]["smile_explore_columns"])
    names = dict.fromkeys(key for row in rows for key in row)
    values = {n: pd.Series([row.get(n) for row in rows], dtype=object, name=n) for n in names}
    return {n: kind_of(v) for n, v in values.items() if v.notna().any()}
