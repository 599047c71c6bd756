"""The rehearsal: one simulated day from the wind to the ground, with its truth.

It is the offline default of everything, so it must look like real data to an expert and say
SIMULATED to everyone. Pure and deterministic: no file but its own sources, no clock, no network.
The wind is made in `rehearsal_wind`, the orbits in `rehearsal_orbits`, what lies between the
boundaries in `rehearsal_space`, and `rehearsal_instruments` look at it. SMILE's own instruments
join in `rehearsal_smile`.
"""

import hashlib
from importlib import resources

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import joining
from smile_explore.physics import bow_shock, magnetopause
from smile_explore.smile import rehearsal_instruments as instruments
from smile_explore.smile import rehearsal_orbits as orbits
from smile_explore.smile import rehearsal_smile as own
from smile_explore.smile import rehearsal_space as space
from smile_explore.smile import rehearsal_wind as story
from smile_explore.smile.rehearsal_instruments import EDITION, PRODUCTS
from smile_explore.smile.rehearsal_orbits import RE, stamps, turned
from smile_explore.smile.rehearsal_wind import START, STOP

__all__ = [
    "EDITION",
    "PRODUCTS",
    "PROVENANCE",
    "START",
    "STOP",
    "TITLE",
    "WHAT_TO_LOOK_FOR",
    "key",
    "simulate",
]

TITLE = "SIMULATED day: a shock, a southward turning, pressure waves and a quiet rotation"
RELATIONS = (
    f"magnetopause: Shue et al. 1998, doi:10.1029/98JA01103, aberrated; {space.PRESSURE_DELAY:g} s after "
    f"the pressure and relaxing in {space.PRESSURE_RESPONSE:g} s, {space.EROSION_DELAY:g} s after Bz and "
    f"relaxing in {space.EROSION_RESPONSE:g} s",
    "bow shock: Jelinek et al. 2012, doi:10.1029/2011JA017252, aberrated, relaxing in "
    f"{space.SHOCK_RESPONSE:g} s",
    "sheath field and flow: the potential of Kobel and Flueckiger 1994, doi:10.1029/94JA01778",
    "magnetosphere: dipole; Mead 1964, doi:10.1029/JZ069i007p01181; ring current with the potential "
    "of Tsyganenko 1989, doi:10.1016/0032-0633(89)90066-4",
    "SYM-H: O'Brien and McPherron 2000, doi:10.1029/1998JA000437",
    "AL and AU: response of Bargatze et al. 1985, doi:10.1029/JA090iA07p06387, to VBs; one substorm "
    "with the course of Weimer 1994, doi:10.1029/93JA02721",
    "SMILE: orbit propagated from its published state of 2026-06-22; X-rays of CMEM (Wharton et al. "
    "2025), scaled to the noses; oval of Zhang and Paxton 2008, doi:10.1016/j.jastp.2008.03.008",
    "nose of OMNI: Farris and Russell 1994, doi:10.1029/94JA01020",
)
PROVENANCE = (
    f"Simulated by smile_explore, edition {EDITION}, seed {story.SEED}. {'; '.join(RELATIONS)}."
)
WHAT_TO_LOOK_FOR = (
    "When does the shock that ACE sees reach the bow shock, and how do you know?",
    "THEMIS-A skims the nose: which of its magnetopause crossings does the pressure explain?",
    "How long after the southward turning do AE and SYM-H answer?",
    "A pressure wave train moves the magnetopause over THEMIS-A again and again: read its period.",
    "Four Cluster spacecraft cross the magnetopause one after the other: time its normal and speed.",
    "Where is the magnetopause in the X-ray images before and after the shock, and how well?",
    "The oval of UVI widens after the southward turning: by how much, and when?",
    "One large rotation of the field does nothing at the boundary: which, and why?",
)
_SOURCES = (
    "rehearsal", "rehearsal_instruments", "rehearsal_orbits", "rehearsal_smile", "rehearsal_space",
    "rehearsal_wind", "aurora", "counts", "image",
)  # fmt: skip


def key() -> str:
    """Return what a stored rehearsal must bear to be of this edition: a digest of its sources."""
    folder = resources.files("smile_explore.smile")
    sources = [folder.joinpath(f"{name}.py").read_bytes() for name in _SOURCES]
    return f"{EDITION} {hashlib.sha256(b''.join(sources)).hexdigest()[:16]}"


def simulate() -> tuple[dict[str, xr.Dataset], dict[str, pd.DataFrame]]:
    """Return the Datasets of the day, by product, and its truth, by table.

    Returns
    -------
    dict of Dataset
        The products of `PRODUCTS`, with the variables, units and frames of their rows.
    dict of DataFrame
        ``events`` (start, stop, kind, note; at the nose); ``crossings`` (time, spacecraft,
        boundary, direction, outward normal in GSE, the boundary's speed along it in km s-1);
        ``regions`` (spacecraft, start, stop, region); ``lags`` (s from driver to response);
        ``standoff`` (each minute, R_E along the aberrated wind); ``versions``.

    Examples
    --------
    >>> parts, truth = simulate()
    >>> truth["events"].query("kind == 'shock'")["start"].item().isoformat()
    '2027-03-22T06:20:00'
    """
    limits = space.boundaries()
    minutes = np.arange(0, 86400, 60.0)
    indices = story.indices(limits.nose, minutes)
    world = space.World(limits, (minutes, indices[0]))
    paths = {"themis.a": orbits.themis_orbit(), **orbits.cluster_orbits()}
    paths["smile"] = own.smile_track()
    mfi, swepam = instruments.ace_mfi(), instruments.ace_swepam()
    parts = {"ace.mfi": joining.clip(mfi, START, STOP)}
    parts["ace.swepam"] = joining.clip(swepam, START, STOP)
    parts["omni.1min"] = instruments.omni(mfi, swepam, indices)
    parts |= instruments.themis(world, paths["themis.a"]) | instruments.cluster(world, paths)
    parts["goes.16.mag"] = instruments.goes(world)
    parts |= own.smile(world, paths["smile"], indices)
    for ds in parts.values():
        ds.attrs["relations"] = "; ".join(RELATIONS)
    story.wind.cache_clear()  # some ten megabytes, of no use once the day is made
    return {name: parts[name] for name in PRODUCTS}, _truth(world, paths)


# --------------------------------------------------------------------------- the truth


def _truth(world, paths) -> dict[str, pd.DataFrame]:
    seconds = np.arange(0.0, 86400.0, 2.0)
    places = {
        name: orbits.place(world, seconds, path.at(seconds)[0]) for name, path in paths.items()
    }
    crossings = pd.concat([_crossings(world, *item) for item in places.items()], ignore_index=True)
    minutes = np.arange(0, 86400, 60.0)
    noses = [np.round(row, 3) for row in world.noses(minutes)]
    standoff = {"time": stamps(minutes), "magnetopause": noses[0], "bow_shock": noses[1]}
    return {
        "events": _events(),
        "crossings": crossings.sort_values(["time", "spacecraft"], ignore_index=True),
        "regions": pd.concat([_regions(*item) for item in places.items()], ignore_index=True),
        "lags": _lags(),
        "standoff": pd.DataFrame(standoff),
        "sxi": _sxi(world),
        "versions": _versions(),
    }


def _sxi(world) -> pd.DataFrame:
    """Return the true stand-offs in each exposure of SXI: what a fit to its image should give."""
    middles = own.exposures()
    magnetopause_at, bow_shock_at = own.standoff(world, middles)
    table = {"time": stamps(middles), "magnetopause": magnetopause_at, "bow_shock": bow_shock_at}
    return pd.DataFrame(table)


def _events() -> pd.DataFrame:
    rows = [
        (story.SHOCK, story.SHOCK + 10, "shock", "the field doubles, the density trebles"),
        (story.SHOCK, story.SHOCK + 10, "pressure pulse", "from 1.4 to above 6 nPa"),
        (story.SOUTH, story.SOUTH + 30, "southward turning", "to -10 nT, at a steady pressure"),
        (story.SOUTH, story.NORTH, "southward field", "70 min"),
        (story.NORTH, story.NORTH + 90, "northward turning", "to +6 nT"),
        (story.ONSET, story.ONSET + 60, "substorm onset", "in AL"),
        (story.WAVES, story.WAVES_END, "pressure waves", "of 12 min, in the density alone"),
        (story.CONTROL, story.CONTROL + 20, "rotation", "control: same Bz and pressure"),
    ]
    rows += [
        (begin * story.HOUR, end * story.HOUR, "gap", product)
        for product, spans in instruments.GAPS.items()
        for begin, end in spans
    ]
    start, stop, kind, note = zip(*sorted(rows), strict=True)
    return pd.DataFrame({"start": stamps(start), "stop": stamps(stop), "kind": kind, "note": note})


def _crossings(world, name, where) -> pd.DataFrame:
    """Return when a spacecraft passes either boundary, which way, and the boundary's normal."""
    rows = []
    for boundary, outside, surface in (
        ("magnetopause", -where.inside, world.limits.magnetopause),
        ("bow shock", where.upstream, world.limits.bow_shock),
    ):
        i = np.flatnonzero(np.diff(outside > 0))
        share = outside[i] / (outside[i] - outside[i + 1])
        time = where.time[i] + share * np.diff(where.time)[i]
        normal, speed = _motion(surface, where, i, time)
        table = {"time": stamps(np.round(time, 1)), "spacecraft": name, "boundary": boundary}
        table["direction"] = np.where(outside[i] > 0, "in", "out")
        table |= {
            f"n_{axis}": column for axis, column in zip("xyz", np.round(normal, 4).T, strict=True)
        }
        rows.append(pd.DataFrame(table | {"speed": np.round(speed, 1)}))
    return pd.concat(rows)


def _motion(surface, where, i, time):
    """Return the outward normal (GSE) of a boundary at samples, and its speed along it, km s-1."""
    theta, small = where.theta[i], 1e-4
    slope = (surface(theta + small, time) - surface(theta - small, time)) / (2 * small)
    radial, axis = where.pos[i] / where.r[i][:, None], where.axis[i]
    onward = (radial * np.cos(theta)[:, None] - axis) / np.sin(theta)[:, None]
    normal = radial - (slope / surface(theta, time))[:, None] * onward
    normal /= story.length(normal)[:, None]
    rate = (surface(theta, time + 2) - surface(theta, time - 2)) / 4 * RE
    return turned(normal, time, "GSM", "GSE"), rate * (normal * radial).sum(-1)


def _regions(name, where) -> pd.DataFrame:
    labels = np.array(["magnetosphere", "boundary layer", "magnetosheath", "solar wind"])
    code = space.region(where)
    edge = np.concatenate([[0], np.flatnonzero(np.diff(code)) + 1])
    begin = where.time[edge]
    table = {"spacecraft": name, "start": stamps(begin), "stop": stamps([*begin[1:], 86400.0])}
    return pd.DataFrame(table | {"region": labels[code[edge]]})


def _lags() -> pd.DataFrame:
    """Return the mean time from driver to response, s; a first-order one counts its time constant."""
    rows = []
    for event, time in (
        ("shock", story.SHOCK), ("southward turning", story.SOUTH), ("northward turning", story.NORTH),
        ("pressure waves", story.WAVES), ("rotation", story.CONTROL),
    ):  # fmt: skip
        travel = float(story.travel_time(np.array([time]))[0])
        late = float(instruments.shift_error(time))
        rows.append((event, "ace", "nose", travel, "way at the wind's speed, tilted fronts"))
        rows.append((event, "ace", "omni.1min", travel + late, "OMNI's own estimate of it"))
        rows.append((event, "nose", "omni.1min", late, "error of that estimate"))
    pressure = space.PRESSURE_DELAY + space.PRESSURE_RESPONSE
    for event in ("shock", "pressure waves"):
        rows.append((event, "nose p_dyn", "magnetopause", pressure, "delay and response"))
        rows.append((event, "nose p_dyn", "bow shock", space.SHOCK_RESPONSE, "response"))
        rows.append((event, "nose p_dyn", "sym_h", story.PRESSURE_TO_GROUND, "delay"))
    erosion = space.EROSION_DELAY + space.EROSION_RESPONSE
    for event in ("southward turning", "northward turning"):
        rows.append((event, "nose b_z", "magnetopause", erosion, "delay and response"))
        rows.append((event, "nose b_z", "sym_h", story.FIELD_TO_GROUND, "delay of its rate"))
        rows += [(event, "nose b_z", "al", 60.0 * m, "a pulse of the response") for m in (20, 60)]
    columns = ["event", "driver", "response", "lag", "relation"]
    return pd.DataFrame(rows, columns=columns).round({"lag": 1})


def _versions() -> pd.DataFrame:
    rows = {"edition": EDITION, "key": key(), "seed": str(story.SEED), "numpy": np.__version__}
    models = (magnetopause.shue1998, bow_shock.jelinek2012)
    rows |= {f.__module__.rsplit(".", 1)[-1]: f.__name__ for f in models}
    return pd.DataFrame({"name": list(rows), "value": list(rows.values())})
