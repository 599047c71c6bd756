"""Files made from a HAPI server's answers: the second transport for what CDAWeb serves.

Options of a mirror with ``source = "hapi"``:

- ``url``: the server, up to and with ``/hapi``;
- ``id``: its data set. The parameters are the archive names of the product's variables.

A file is the answer as it came, CSV, under one line of ``#`` and the data set's JSON: what
HAPI itself calls CSV with a header. `formats.hapi` reads it. hapiclient is not used: it has
no timeout, and replaces the interpreter's exception hook.

HAPI: Weigel et al. 2021, doi:10.1029/2021JA029534.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from smile_explore.errors import CorruptFileError, ServerError
from smile_explore.formats.hapi import parameters_of
from smile_explore.sources import periods as names
from smile_explore.sources.cache import hapi_name, storing
from smile_explore.sources.http import address, one_by_one
from smile_explore.sources.job import Job
from smile_explore.sources.periods import Period
from smile_explore.sources.session import Absent, Session, save, text
from smile_explore.sources.wire import in_a_line

#: Codes of a HAPI status that mean "nothing in this interval": no data, outside the coverage.
_NOTHING = (1201, 1405)


def deliver(job: Job):
    """Yield (period, files, preliminary) for each period with records; see `Job`."""
    with Session(job.clock, job.progress.add) as session:
        job.progress.says(f"{job.mirror.server}, description of {job.mirror.options['id']}")
        header = _header(session, job)
        yield from one_by_one(
            job, session, lambda period: ([_fetch(session, job, header, period)], False)
        )


def _header(session: Session, job: Job) -> dict:
    """Return the data set's description, cut to the parameters that the product needs."""
    options = job.mirror.options
    try:
        page = text(session, f"{options['url']}/info", {"id": options["id"]})
    except Absent as err:
        message = f"knows no data set {options['id']}"
        raise ServerError(message) from err
    try:
        header = json.loads(page)
        _refuse_status(header)
        known = parameters_of(header)
    except (ValueError, RecursionError, CorruptFileError) as err:
        why = f": {err}" if isinstance(err, CorruptFileError) else ""
        message = f"sent no description of {options['id']} that is HAPI{why}"
        raise ServerError(message) from err
    header |= {"parameters": known}
    if not job.product.variables:
        return header
    wanted = {origin for variable in job.product.variables for origin in variable.origin}
    chosen = [p for p in known if p["name"] in wanted]
    if not chosen:
        message = f"has none of {', '.join(sorted(wanted))} in its data set {options['id']}"
        raise ServerError(message)
    return header | {"parameters": [known[0], *chosen]}  # the first is time, asked for or not


def _fetch(session: Session, job: Job, header: dict, period: Period) -> Path:
    """Save one period's records under their header."""
    options = job.mirror.options
    span = within(period, header)
    params = {
        "id": options["id"],
        "parameters": ",".join(p["name"] for p in header["parameters"][1:]),
        # the names of HAPI 2, which servers of HAPI 3 must understand too
        "time.min": address("{start}", span),
        "time.max": address("{stop}", span),
        "format": "csv",
    }
    if not job.product.variables:
        del params["parameters"]  # all: the server's default, and no address of 10,000 signs
    body = save(session, f"{options['url']}/data", job.folder / "answer.csv", params)
    with body.open("rb") as records:
        _refuse_message(records.read(2000), period)
    path = job.folder / names.fill_in(hapi_name(job.product), period)
    with storing(), path.open("wb") as file, body.open("rb") as records:
        file.write(b"#" + json.dumps(header).encode() + b"\n")
        while chunk := records.read(1 << 20):
            file.write(chunk)
    body.unlink()
    return path


def within(period: Period, header: dict) -> Period:
    """Return the part of a period that the data set covers; servers refuse to be asked for more.

    Raises
    ------
    Absent
        If it covers none of it.
    """
    try:
        first, last = (
            np.datetime64(pd.Timestamp(header[key]).tz_convert(None).ceil("s"), "s")
            for key in ("startDate", "stopDate")
        )
    except (KeyError, ValueError, TypeError, AttributeError):  # not stated, or in another form
        return period
    if not first < last:
        return period
    if last <= period.start or first >= period.stop:
        raise Absent
    return Period(max(period.start, first.astype("M8[s]")), min(period.stop, last))


def _refuse_message(start: bytes, period: Period) -> None:
    """Tell records from an empty answer and from a status in JSON."""
    start = start.strip()
    if not start:
        raise Absent
    if start[:4].isdigit():
        return
    try:
        said = json.loads(start)
    except (ValueError, RecursionError) as err:
        message = f"sent no HAPI records for {period}"
        raise CorruptFileError(message) from err
    _refuse_status(said)
    message = f"sent no HAPI records for {period}"
    raise CorruptFileError(message)


def _refuse_status(said) -> None:
    """Raise what the status of an answer means, if it has one and that is not success."""
    status = said.get("status") if isinstance(said, dict) else None
    code = status.get("code") if isinstance(status, dict) else None
    if code in _NOTHING:
        raise Absent
    if code not in (None, 1200):
        message = f"answered {code!r:.20}: {in_a_line(status.get('message'))}"
        raise ServerError(message)
