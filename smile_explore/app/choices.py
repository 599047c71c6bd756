"""What the Explorer offers before anyone chose: events, their windows and their panels."""

from dataclasses import dataclass

import numpy as np

from smile_explore import catalogue
from smile_explore.app.state import Panel
from smile_explore.errors import InputError
from smile_explore.smile import rehearsal

REHEARSAL = "rehearsal"
_HOUR = np.timedelta64(1, "h")
_GRID = np.timedelta64(6, "h")
_REHEARSAL_PANELS = (
    "omni.1min:b:GSM", "omni.1min:speed", "omni.1min:n_p", "omni.1min:p_dyn",
    "themis.a.fgm:b:GSM", "themis.a.esa:n_i", "themis.a.esa:eflux", "omni.1min:sym_h", "omni.1min:ae",
)  # fmt: skip
#: What a product shows when nobody says more, in order of preference.
_FIRST = ("b", "eflux", "n_i", "n_p", "speed", "v", "sym_h", "dst", "kp", "xrsb", "grid")
_MOST_PANELS = 9
_TURNED = ("GSM", "GSE", "SM", "GEO")
#: Hours of local time of a keogram: about midnight, dawn, noon, dusk, all.
_SECTORS = ("21-03", "03-09", "09-15", "15-21", "00-24")


@dataclass(frozen=True)
class Event:
    """An event to start with: its interval, what to look at, and where it comes from."""

    name: str
    title: str
    start: np.datetime64
    stop: np.datetime64
    panels: tuple[str, ...]
    source: str = "auto"


def events() -> dict[str, Event]:
    """Return the rehearsal and the curated events, by name."""
    start = rehearsal.START.astype("M8[ns]")
    first = Event(REHEARSAL, rehearsal.TITLE, start + 5 * _HOUR, start + 12 * _HOUR, _REHEARSAL_PANELS, REHEARSAL)  # fmt: skip
    found = {REHEARSAL: first}
    for name, row in catalogue.events().iterrows():
        products = str(row["products"]).split()
        times = (row["start"].to_datetime64(), row["stop"].to_datetime64())
        times = (t.astype("M8[ns]") for t in times)
        found[name] = Event(name, str(row["title"]), *times, panels_for(products))
    return found


def panels_for(products) -> tuple[str, ...]:
    """Return panels for a list of products: wind first, then each spacecraft, then indices.

    Examples
    --------
    >>> panels_for(["themis.c.fgm", "omni.1min"])[:2]
    ('omni.1min:b:GSM', 'omni.1min:p_dyn')
    """
    wind = [p for p in products if p.startswith("omni.")][:1]
    chosen = [f"{p}:{v}" for p in wind for v in ("b:GSM", "p_dyn", "sym_h", "ae")]
    rest = [str(default_panel(p)) for p in products if p not in wind and not _is_position(p)]
    last = [c for c in chosen if c.endswith((":sym_h", ":ae"))]
    return tuple([*(c for c in chosen if c not in last), *rest][: _MOST_PANELS - len(last)] + last)


def _is_position(product: str) -> bool:
    return product.rsplit(".", 1)[-1] in ("state", "pos", "mec", "orbit")


def default_panel(product: str) -> Panel:
    """Return the panel that says most about a product."""
    variables = {v.name: v for v in catalogue.product(product).variables if not v.flag}
    if not variables:
        message = f"{product} has no row that says what to show: name a variable, e.g. {product}:b."
        raise InputError(message)
    name = next((n for n in _FIRST if n in variables), next(iter(variables)))
    return Panel(product, (name,), "GSM" if variables[name].frame in ("GSM", "GSE") else "")


def variables_of(product: str) -> list[str]:
    """Return what a panel can show of a product, then the magnitudes of its vectors.

    Of images those on magnetic coordinates, as a keogram. Where nothing can be shown all are
    named: the panel then says why not.

    Examples
    --------
    >>> variables_of("smile.uvi"), variables_of("image.wic")
    (['grid'], ['image'])
    """
    rows = [v for v in catalogue.product(product).variables if not v.flag]
    on = next((v.dims for v in rows if v.name == "mlat"), None)
    drawn = [v for v in rows if len(v.dims) < 2 or (v.dims == on and v.name not in ("mlat", "mlt"))]
    return [v.name for v in drawn or rows] + [f"|{v.name}|" for v in rows if v.frame]


def frames_of(product: str, variable: str) -> tuple[str, ...]:
    """Return the frames that a variable can be shown in; () if it has none.

    Of images the hours of magnetic local time of their keogram.

    Examples
    --------
    >>> frames_of("omni.1min", "b"), frames_of("smile.uvi", "grid")[0]
    (('GSM', 'GSE', 'SM', 'GEO'), '21-03')
    """
    rows = {v.name: v for v in catalogue.product(product).variables}
    row = rows.get(variable)
    if row is None:
        return ()
    if "mlat" in rows and len(row.dims) > 1 and row.dims == rows["mlat"].dims:
        return _SECTORS
    return _TURNED if row.frame in _TURNED else ()


def window_around(lo: np.datetime64, hi: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    """Return what to load for a view: whole quarters of a day, so that few loads serve many views.

    Examples
    --------
    >>> lo, hi = np.datetime64("2027-03-22T05:30", "ns"), np.datetime64("2027-03-22T12:00", "ns")
    >>> [str(t)[:13] for t in window_around(lo, hi)]
    ['2027-03-22T00', '2027-03-22T12']
    """
    zero = np.datetime64(0, "ns")
    first = zero + (lo - zero) // _GRID * _GRID
    last = zero - (zero - hi) // _GRID * _GRID
    return first, max(last, first + _GRID)


def framed(start: np.datetime64, stop: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    """Return the view in which an interval fills a tenth; an instant gets an hour on each side.

    Examples
    --------
    >>> t = np.datetime64("2027-03-22T06:20", "ns")
    >>> [str(x)[11:16] for x in framed(t, t + np.timedelta64(10, "m"))]
    ['05:35', '07:15']
    """
    length = stop - start
    side = _HOUR.astype("m8[ns]") if length == np.timedelta64(0) else (length * 9) // 2
    return start - side, stop + side
