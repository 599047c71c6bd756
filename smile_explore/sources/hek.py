"""Solar events from the Heliophysics Events Knowledgebase, asked through sunpy.

It gives a time table like the readers of ``events``; it stands here because it needs the
network, which no other room may touch.
"""

import contextlib
import socket
import threading
import urllib.error

import pandas as pd

from smile_explore.errors import NetworkError, OfflineError, ServerError, SmileExploreError
from smile_explore.settings import deadline, is_offline, rewritten
from smile_explore.times import interval

_ADDRESS = "https://www.lmsal.com/hek/her?"
_KINDS = {"FL": "flare", "CE": "CME", "CH": "coronal hole", "FI": "filament", "AR": "active region"}
_COLUMNS = {"fl_goescls": "goes_class", "frm_name": "method", "obs_observatory": "observatory",
            "cme_radiallinvel": "speed", "kb_archivid": "hek_id"}  # fmt: skip


def hek(start, stop, event_type: str = "FL") -> pd.DataFrame:
    """Return the events that the HEK lists between two times.

    Parameters
    ----------
    start, stop : str, datetime64 or Timestamp, UTC
        Times between which an event must lie at least in part.
    event_type : str
        Two letters of the HEK: FL flares, CE coronal mass ejections, CH coronal holes ...

    Returns
    -------
    DataFrame
        start, stop, kind and, where the HEK gives them, goes_class, method, observatory,
        speed (km s-1), hek_id. Methods overlap: the same flare may be listed by several.

    Raises
    ------
    IntervalError
        If the times cannot be read, or start is not before stop.
    OfflineError
        If the offline switch is on.
    NetworkError
        If the HEK cannot be reached.
    ServerError
        If it does not answer as it should.

    References
    ----------
    Hurlburt et al. (2012), doi:10.1007/s11207-010-9624-2.
    """
    start, stop = interval(start, stop)
    if is_offline():
        message = "Offline: the HEK is asked over the network; unset SMILE_EXPLORE_OFFLINE, or read() a saved list."
        raise OfflineError(message)
    from sunpy.net import attrs  # a second, and needed for this alone
    from sunpy.net.hek import HEKClient
    from sunpy.net.hek import attrs as words

    query = attrs.Time(str(start), str(stop)), words.EventType(event_type)
    try:
        with _impatient():
            client = HEKClient(url=rewritten(_ADDRESS))
            found = _in_time(lambda: client.search(*query).raw)
        return _table([dict(zip(found.colnames, row, strict=True)) for row in found], event_type)
    except (OSError, LookupError, ValueError, TypeError) as err:  # sunpy parses what it gets
        raise _failed(err) from err


def _in_time(search):
    """Return what a search gives; one that drips for ever is left alone at the deadline."""
    results, errors = [], []

    def run():
        try:
            results.append(search())
        except (OSError, LookupError, ValueError, TypeError) as err:
            errors.append(err)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(deadline())
    if thread.is_alive():
        message = f"no whole answer within {deadline():g} s"
        raise TimeoutError(message)
    if errors:
        raise errors[0]
    return results[0]


@contextlib.contextmanager
def _impatient():
    """Give sockets opened in the block a deadline: sunpy sets none, and might wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(deadline())
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _failed(err: Exception) -> SmileExploreError:
    if isinstance(err, (TimeoutError, ConnectionError)) or (
        isinstance(err, urllib.error.URLError) and not isinstance(err, urllib.error.HTTPError)
    ):
        return NetworkError(f"The HEK could not be reached ({err}): try again later.")
    return ServerError(f"The HEK did not answer as it should ({err!r}): try again later.")


def _table(rows: list[dict], event_type: str) -> pd.DataFrame:
    columns = {
        name: pd.to_datetime(
            pd.Series([row[f"event_{key}time"] for row in rows], dtype=object), format="ISO8601"
        ).astype("datetime64[ns]")
        for name, key in (("start", "start"), ("stop", "end"))
    }
    columns["kind"] = pd.Series([_KINDS.get(event_type, event_type)] * len(rows), dtype=object)
    for key, name in _COLUMNS.items():
        values = [row.get(key) or None for row in rows]
        if any(values):
            columns[name] = pd.Series([v if v is None else str(v) for v in values])
    if "speed" in columns:
        columns["speed"] = pd.to_numeric(columns["speed"], errors="coerce")
    return pd.DataFrame(columns)
