"""How long events take to find, and how well: `python benchmarks/events.py`.

A year of 1-min OMNI-like data with gaps, best of three; a day of spacecraft data at 3 s;
100,000 events to and from each file format; precision and recall of the detectors on
planted events, and what they give on real passes where ../shared/data is there.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import events

REAL = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", Path(__file__).parents[2] / "shared/data"))
CONDITIONS = (
    "b_z < -5 for >= 10min and p_dyn > 3",
    "|b| > 10 nT or not (v_x < -500 km/s)",
    "b_z < -3 within 30min after p_dyn rises by 1 nPa in 5min",
    "(b_z < 0 for >= 2h) and t_p > 10 eV",
)


def best(call, repeats=3):
    took = []
    for _ in range(repeats):
        begin = time.perf_counter()
        result = call()
        took.append(time.perf_counter() - begin)
    return min(took), result


def year():
    rng = np.random.default_rng(1)
    n = 525_600
    walk = np.cumsum(rng.normal(0, 0.2, (n, 3)), axis=0)
    b = 5 * np.sin(walk / 5) + rng.normal(0, 0.5, (n, 3))
    v = np.stack([-450 + 100 * np.sin(walk[:, 0] / 40), rng.normal(0, 20, n), np.zeros(n)], axis=-1)
    n_p = np.exp(1.5 + 0.5 * np.sin(walk[:, 1] / 20) + rng.normal(0, 0.1, n))
    for data, gaps in ((b, 500), (n_p, 1000)):  # a tenth and a fifth, in gaps of up to 200 min
        for at, size in zip(rng.integers(0, n, gaps), rng.integers(1, 200, gaps), strict=True):
            data[at : at + size] = np.nan
    gsm = {"coordinate_system": "GSM"}
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), b, {"units": "nT", **gsm}),
            "v": (("time", "cartesian"), v, {"units": "km s-1", **gsm}),
            "n_p": ("time", n_p, {"units": "cm-3"}),
            "t_p": ("time", 1e5 * rng.lognormal(0, 0.3, n), {"units": "K"}),
            "p_dyn": ("time", 1.6726e-6 * n_p * v[:, 0] ** 2, {"units": "nPa"}),
            "sym_h": ("time", -60 + 50 * np.sin(walk[:, 2] / 10), {"units": "nT"}),
            "al": ("time", np.minimum(-20, 20 * walk[:, 0]), {"units": "nT"}),
        },
        {
            "time": np.datetime64("2014-01-01", "ns") + np.arange(n) * np.timedelta64(60, "s"),
            "cartesian": ["x", "y", "z"],
        },
    )


def speed():
    ds = year()
    print("a year of 1-min data (525,600 samples)                          s   events")
    for condition in CONDITIONS:
        took, table = best(lambda condition=condition: events.find(ds, condition))
        print(f"  {condition:58s} {took:6.3f} {len(table):8d}")
    detectors = {
        "southward_turnings": lambda: events.southward_turnings(ds.b),
        "pressure_pulses": lambda: events.pressure_pulses(ds.p_dyn),
        "shocks": lambda: events.shocks(ds),
        "storms": lambda: events.storms(ds.sym_h),
        "substorm_onsets": lambda: events.substorm_onsets(ds.al),
        "magnetopause_crossings": lambda: events.magnetopause_crossings(ds),
    }
    for name, call in detectors.items():
        took, table = best(call, 1)
        print(f"  {name:58s} {took:6.3f} {len(table):8d}")


def formats():
    n = 100_000
    start = pd.date_range("2000-01-01", periods=n, freq="37min").astype("datetime64[ns]")
    table = pd.DataFrame({"start": start, "stop": start + pd.Timedelta("90s"), "kind": "jet",
                          "probability": np.linspace(0, 1, n), "note": "é"})  # fmt: skip
    print("100,000 events                    write s   read s")
    with tempfile.TemporaryDirectory() as folder:
        for form in ("csv", "autoplot", "amda", "votable", "tscat"):
            path = Path(folder) / form
            out, _ = best(lambda p=path, f=form: events.write(table, p, format=f), 1)
            back, _ = best(lambda p=path, f=form: events.read(p, format=f), 1)
            print(f"  {form:30s} {out:8.2f} {back:8.2f}")
    took, _ = best(lambda: table[(table.probability > 0.5) & (table.start > "2002")])
    print(f"  filter by probability and time: {1e3 * took:.1f} ms")


VALUES = {"sphere": (0.3, 2500, (0, 20, 0), (8, 2, 42)), "sheath": (12, 300, (-110, 60, 10), (-4, 12, -9)),
          "wind": (5, 20, (-420, 10, 0), (3, -3, 1))}  # fmt: skip


def flight(legs, seed):
    rng = np.random.default_rng(seed)
    names = [name for name, samples in legs for _ in range(samples)]
    columns = [np.array([VALUES[name][i] for name in names], float) for i in range(4)]
    n, t, v, b = (c * rng.normal(1, 0.15, c.shape) for c in columns)
    gsm = {"coordinate_system": "GSM"}
    return xr.Dataset(
        {
            "n_i": ("time", n, {"units": "cm-3"}),
            "t_i": ("time", t, {"units": "eV"}),
            "v": (("time", "cartesian"), v, {"units": "km s-1", **gsm}),
            "b": (("time", "cartesian"), b, {"units": "nT", **gsm}),
        },
        {
            "time": np.datetime64("2008-08-12", "ns")
            + np.arange(len(names)) * np.timedelta64(3, "s"),
            "cartesian": ["x", "y", "z"],
        },
    )


def score(found, planted, tolerance):
    near = [np.abs(np.asarray(found) - t).min(initial=np.inf) <= tolerance for t in planted]
    right = [np.abs(np.asarray(planted) - t).min(initial=np.inf) <= tolerance for t in found]
    return sum(near), sum(right)


def planted_crossings():
    rng = np.random.default_rng(1)
    print(
        "planted crossings, 40 flights, 15 % noise, within 30 s   planted  found  precision  recall"
    )
    for pair, find in (
        (("sphere", "sheath"), events.magnetopause_crossings),
        (("sheath", "wind"), events.bow_shock_crossings),
    ):
        for alone in (False, True):
            total = np.zeros(4, int)
            for seed in range(40):
                legs = [(pair[i % 2], int(rng.integers(40, 200))) for i in range(8)]
                ds = flight(legs, seed)
                times = 3.0 * np.cumsum([length for _, length in legs])[:-1]
                table = find(ds[["b"]] if alone else ds)
                got = (table.time.to_numpy() - ds.time.values[0]) / np.timedelta64(1, "s")
                total += [len(times), len(got), *score(got, times, 30)]
            planted, found, near, right = total
            label = f"{find.__name__}{', b alone' if alone else ''}"
            precision = right / found if found else np.nan
            print(f"  {label:52s} {planted:9d} {found:6d} {precision:10.3f} {near / planted:7.3f}")


def nearest(moving, fixed, within):
    """Values of one instrument at the stamps of another: the nearest in time, else NaN."""
    at = np.clip(np.searchsorted(moving.time.values, fixed), 1, len(moving.time) - 1)
    earlier = fixed - moving.time.values[at - 1] < moving.time.values[at] - fixed
    at = at - earlier
    near = np.abs(moving.time.values[at] - fixed) < within
    found = moving.isel(time=at).assign_coords(time=fixed)
    return xr.Dataset(
        {
            k: v.where(xr.DataArray(near, {"time": fixed})).assign_attrs(v.attrs)
            for k, v in found.items()
        }
    )


def rehearsed():
    from smile_explore.smile import rehearsal

    data, truth = rehearsal.simulate()
    field = data["themis.a.fgm"]
    moments = nearest(data["themis.a.esa"], field.time.values, np.timedelta64(1700, "ms"))
    themis = field.assign(moments[["n_i", "t_i", "v"]])
    cases = {
        "themis.a, field and plasma": ("themis.a", themis),
        "themis.a, b alone": ("themis.a", field),
        "cluster.3, b and position": ("cluster.3", data["cluster.3.fgm"]),
    }
    print(
        "the rehearsal's day, all its crossings, within 30 s      planted  found  precision  recall"
    )
    for boundary, find in (
        ("magnetopause", events.magnetopause_crossings),
        ("bow shock", events.bow_shock_crossings),
    ):
        for label, (craft, ds) in cases.items():  # noqa: B007  query() reads craft
            rows = truth["crossings"].query("spacecraft == @craft and boundary == @boundary")
            origin = ds.time.values[0]
            planted = (rows.time.to_numpy() - origin) / np.timedelta64(1, "s")
            got = (find(ds).time.to_numpy() - origin) / np.timedelta64(1, "s")
            near, right = score(got, planted, 30)
            precision = right / len(got) if len(got) else np.nan
            print(f"  {boundary + ': ' + label:52s} {len(planted):9d} {len(got):6d}"
                  f" {precision:10.3f} {near / max(len(planted), 1):7.3f}")  # fmt: skip
    omni = data["omni.1min"]
    found = {
        "southward turning": events.southward_turnings(omni.b),
        "northward turning": events.northward_turnings(omni.b),
        "shock": events.shocks(omni),
        "substorm onset": events.substorm_onsets(omni.al),
    }
    for kind, table in found.items():
        planted = truth["events"].query("kind == @kind").start.dt.strftime("%H:%M").tolist()
        print(
            f"  {kind}: planted {' '.join(planted)}, found {' '.join(table.start.dt.strftime('%H:%M'))}"
        )
    print(f"  jets: planted none, found {len(events.jets(themis))} (Archer-Horbury), "
          f"{len(events.jets(themis, upstream=omni.p_dyn))} (Plaschke)")  # fmt: skip


def real():
    if not REAL.is_dir():
        print(f"no real measurements at {REAL}")
        return
    import pycdfpp

    print("real passes, field and position alone (Cluster)")
    for name in ("C1_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906",
                 "C3_CP_FGM_SPIN__20010611_200000_20010611_210000_V070906",
                 "C1_CP_FGM_SPIN__20010126_103000_20010126_110000_V140305"):  # fmt: skip
        cdf, tail = pycdfpp.load(str(REAL / "cluster" / f"{name}.cdf")), f"__{name[:2]}_CP_FGM_SPIN"
        gse = {"coordinate_system": "GSE"}
        ds = xr.Dataset(
            {
                "b": (("time", "cartesian"), cdf["B_vec_xyz_gse" + tail].values.astype(float), {"units": "nT", **gse}),
                "pos": (("time", "cartesian"), cdf["sc_pos_xyz_gse" + tail].values.astype(float), {"units": "km", **gse}),
            },
            {"time": pycdfpp.to_datetime64(cdf["time_tags" + tail]), "cartesian": ["x", "y", "z"]},
        )  # fmt: skip
        table = events.magnetopause_crossings(ds)
        list_ = " ".join(
            f"{t:%H:%M:%S}{d[0]}" for t, d in zip(table.time, table.direction, strict=True)
        )
        print(f"  {name[:2]} {name[16:24]}: {list_}")


def main():
    speed()
    formats()
    planted_crossings()
    rehearsed()
    real()


if __name__ == "__main__":
    main()
