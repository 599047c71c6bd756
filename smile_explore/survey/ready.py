"""Surveys ready to run: events over years, boundaries against models, responses, SMILE's views.

Each is a function of one interval and a call of `run`: a pattern for a survey of your own.
"""

import functools

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import events, frames, link
from smile_explore.errors import InputError
from smile_explore.physics import geometry, magnetopause
from smile_explore.physics.xray_boundaries import magnetic_pressure
from smile_explore.smile.visibility import visibility
from smile_explore.survey.intervals import around, every
from smile_explore.survey.run import run

#: Storms last for days: a piece of a year must see this much of its neighbours.
_STORM = "10D"
_UPSTREAM = np.timedelta64(10, "m")  # of wind before a crossing, averaged


def omni_events(start, stop, client=None, *, folder=None, step="year", **options) -> pd.DataFrame:
    """Return the events of years of OMNI: turnings, pulses, shocks, storms, substorm onsets.

    Parameters
    ----------
    start, stop : str or datetime, UTC
        The half-open interval.
    client, folder, **options
        As for `survey.run`.
    step : str
        Length of one piece; each is loaded with 10 days of its neighbours.

    Returns
    -------
    DataFrame
        start, stop, kind and what each detector of `events` tells, by start; NaN where a
        column is not the detector's.

    Examples
    --------
    >>> found = omni_events("2027-03-22", "2027-03-23", source="rehearsal")
    >>> found[found.kind == "shock"].start.dt.strftime("%H:%M").tolist()
    ['06:21']
    """
    pieces = every(step, start, stop, margin=_STORM)
    names = ["b", "v", "n_p", "t_p", "p_dyn", "sym_h", "al"]
    found = run(
        _events_of, pieces, "omni.1min", client, folder=folder, **{"variables": names} | options
    )
    return _sorted(found)


def _events_of(omni: xr.Dataset) -> pd.DataFrame:
    tables = [
        events.southward_turnings(omni.b),
        events.northward_turnings(omni.b),
        events.pressure_pulses(omni.p_dyn),
        events.shocks(omni),
        events.storms(omni.sym_h),
        events.substorm_onsets(omni.al),
    ]
    return _rows(tables)


def _rows(tables) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _sorted(found: pd.DataFrame) -> pd.DataFrame:
    if not len(found):
        return found
    ordered = found.sort_values(["start", "kind"], kind="stable", ignore_index=True)
    ordered.attrs = found.attrs
    return ordered


def crossings_against_models(
    spacecraft, start, stop, client=None, *, folder=None, **options
) -> pd.DataFrame:
    """Return a spacecraft's magnetopause crossings, and how far from three models they are.

    Parameters
    ----------
    spacecraft : str
        The beginning of its products: ``"themis.c"`` stands for its fgm, esa and state.
    start, stop : str or datetime, UTC
        The half-open interval, done day by day.
    client, folder, **options
        As for `survey.run`.

    Returns
    -------
    DataFrame
        As `events.magnetopause_crossings`, and: r (Earth radii) and theta (degrees from +X GSM)
        of the spacecraft, p_dyn (nPa) and b_z (nT, GSM) of OMNI, the means of the 10 minutes
        before; ``shue1998``, ``lin2010``, ``jelinek2012``: r less the model's, Earth radii, above
        0 where the boundary is farther out than the model. NaN without wind or position. The
        models are not aberrated: a flank is off by some 0.07 of the distance from the axis.

    References
    ----------
    Shue et al. (1998), doi:10.1029/98JA01103; Lin et al. (2010), doi:10.1029/2009JA014235;
    Jelinek et al. (2012), doi:10.1029/2011JA017252.

    Examples
    --------
    >>> found = crossings_against_models(
    ...     "themis.a", "2027-03-22 16:00", "2027-03-22 18:00", source="rehearsal")
    >>> bool((found.shue1998.abs() < 1.5).all()), len(found) > 0
    (True, True)
    """
    products = [f"{spacecraft}.{kind}" for kind in ("fgm", "esa", "state")]
    days = every("day", start, stop, margin="30min")
    products.append("omni.1min")
    names = dict(zip(products, (["b"], ["n_i", "t_i", "v"], ["pos"], ["b", "p_dyn"]), strict=True))
    return run(
        _crossings_of, days, products, client, folder=folder, **{"variables": names} | options
    )


def _crossings_of(fgm, esa, state, omni) -> pd.DataFrame:
    found = events.magnetopause_crossings(_on_stamps(fgm, esa))
    at = found["time"].to_numpy("datetime64[ns]")
    xyz = _position(state["pos"], at)
    r, theta, phi = geometry.spherical(xyz)
    p_dyn, b = _before(omni["p_dyn"], at), _before(omni["b"], at)
    b_z = b[:, 2]
    tilt = np.radians(frames.dipole_tilt(at)) if len(at) else np.empty(0)
    models = {
        "shue1998": magnetopause.shue1998(theta, p_dyn=p_dyn, b_z=b_z),
        "lin2010": magnetopause.lin2010(
            theta, phi, p_dyn=p_dyn, p_mag=magnetic_pressure(b), b_z=b_z, tilt=tilt
        ),
        "jelinek2012": magnetopause.jelinek2012(theta, p_dyn=p_dyn),
    }
    place = {"r": r, "theta": np.degrees(theta), "p_dyn": p_dyn, "b_z": b_z}
    return found.assign(**place, **{name: r - model for name, model in models.items()})


def _on_stamps(fgm: xr.Dataset, esa: xr.Dataset) -> xr.Dataset:
    """Return the moments with the field nearest to each of their stamps, NaN if none is near."""
    b = fgm["b"].reindex(time=esa["time"], method="nearest", tolerance=np.timedelta64(3, "s"))
    names = [name for name in ("n_i", "t_i", "v") if name in esa]
    return esa[names].assign(b=b.assign_attrs(fgm["b"].attrs))


def _position(pos: xr.DataArray, at) -> np.ndarray:
    """Return the place in GSM, Earth radii, by a line between two samples at most 5 min apart."""
    gsm = frames.in_earth_radii(frames.rotate(pos, "GSM"))
    own, stamps = gsm["time"].values.astype("M8[ns]").astype(float), at.astype(float)
    after = np.clip(np.searchsorted(own, stamps), 1, max(len(own) - 1, 1))
    near = (own[after] - own[after - 1] <= 300e9) if len(own) > 1 else np.zeros(len(at), bool)
    columns = [np.interp(stamps, own, column, np.nan, np.nan) for column in gsm.values.T]
    return np.where(near[:, None], np.stack(columns, axis=-1), np.nan)


def _before(series: xr.DataArray, at) -> np.ndarray:
    """Return the mean of what is known of the 10 minutes before each time, NaN if nothing is."""
    values, known = series.values.astype(float), np.isfinite(series.values)
    low = np.searchsorted(series["time"].values, at - _UPSTREAM)
    high = np.searchsorted(series["time"].values, at, side="right")
    nothing = np.zeros((1, *values.shape[1:]))
    sums, count = (
        np.concatenate([nothing, np.cumsum(x, axis=0)])
        for x in (np.where(known, values, 0.0), known)
    )
    n = count[high] - count[low]
    return np.divide(sums[high] - sums[low], n, out=np.full(n.shape, np.nan), where=n > 0)


def response(found, product, variables, client=None, *, window=("-2h", "4h"), **options):
    """Return the superposed epoch of variables around events of many years.

    Only the windows around the events are loaded; the rest of the years is not.

    Parameters
    ----------
    found : DataFrame
        Events with ``time`` or ``start``, e.g. southward turnings or pulses of `omni_events`.
    product : str
        What responds, e.g. ``"omni.1min"``.
    variables : list of str
        Of that product, e.g. ``["sym_h", "al"]``.
    client : optional
        As for `survey.run`.
    window : (str, str)
        As for `link.superposed_epoch`.
    **options
        folder, retries and what goes to `load`, as for `survey.run`.

    Returns
    -------
    Dataset, dims (epoch_time, ...)
        As `link.superposed_epoch`; ``attrs["failures"]`` as of `survey.run`.

    Raises
    ------
    InputError
        If there are no events, or nothing could be had around any of them.

    Examples
    --------
    >>> turning = pd.DataFrame({"time": [pd.Timestamp("2027-03-22 12:00")]})
    >>> course = response(turning, "omni.1min", ["b"], window=("-1h", "1h"), source="rehearsal")
    >>> course.sizes["epoch_time"], course.b.units
    (121, 'nT')
    """
    first, last = (pd.Timedelta(edge) for edge in window)
    edge = pd.Timedelta("10min")  # half a step of any cadence that an epoch analysis uses
    windows = around(found, max(edge - first, edge), max(last + edge, edge))
    pick = functools.partial(_picked, names=tuple(variables))
    options = {"variables": list(variables)} | options
    near = run(pick, windows, product, client, **options)
    if isinstance(near, pd.DataFrame) or not near.sizes["time"]:
        message = f"Nothing of {product} could be had around any of the {len(windows)} events: {near.attrs['failures'][:200]}."
        raise InputError(message)
    course = link.superposed_epoch(found, near, window=window)
    return course.assign_attrs({k: near.attrs[k] for k in ("survey", "intervals", "failures")})


def _picked(ds: xr.Dataset, names) -> xr.Dataset:
    missing = [name for name in names if name not in ds]
    if missing:
        message = f"{ds.attrs['product']} has no {', '.join(missing)}, but {', '.join(map(str, ds.data_vars))}."
        raise InputError(message)
    return ds[list(names)]


def smile_visibility(start, stop, client=None, *, folder=None, **how) -> pd.DataFrame:
    """Return when SMILE sees what, over months or the whole mission.

    Parameters
    ----------
    start, stop : str or datetime, UTC
        Within the interval of `smile.orbit`.
    client, folder
        As for `survey.run`.
    **how
        step, p_dyn, b_z, oval, ephemeris of `smile.visibility.visibility`.

    Returns
    -------
    DataFrame, columns start, stop, kind
        As one call of `visibility` over the whole interval gives, by start.

    Examples
    --------
    >>> table = smile_visibility("2027-03-20", "2027-04-10")
    >>> bool((table.stop > table.start).all()), sorted(set(table.kind))[:2]
    (True, ['north cusp', 'south cusp'])
    """
    months = every("month", start, stop)
    seen = run(functools.partial(_views_of, how=how), months, [], client, folder=folder)
    whole = _sorted(_merged(seen))
    whole.attrs = seen.attrs
    return whole


def _views_of(*, interval, how) -> pd.DataFrame:
    return visibility(interval["start"], interval["stop"], **how)


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Join intervals of a kind that touch: the month's end cut them."""
    if not len(table):
        return table
    ordered = table.sort_values(["kind", "start"], ignore_index=True)
    before = ordered.shift()
    fresh = (ordered["kind"] != before["kind"]) | (ordered["start"] != before["stop"])
    groups = ordered.groupby(fresh.cumsum())
    return groups.agg({"start": "first", "stop": "last", "kind": "first"}).reset_index(drop=True)
