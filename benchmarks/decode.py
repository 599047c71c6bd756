"""How long a CDF takes to become a Dataset, and how much memory: `python benchmarks/decode.py`.

An OMNI HRO month (44,640 minutes, 46 variables), a THEMIS FGM day (fgl at 4 Hz, fgs, fge) and a
THEMIS ESA day (28,800 spins, moments and 32 energies), in the archive's layout, gzip; all
variables, those of our product, and one. Ours against pyspedas' own path (cdf_to_tplot, then
get_data(xarray=True)), cdflib (cdf_to_xarray) and, as the limit, zlib inflating the same
blocks. Each contender runs in a process of its own: one first call, whose peak memory above
the imports is taken, then the median of seven; wall time, and processor time beside it, which
a busy machine disturbs less. `ours` is a file of the cache, `ours_new` one that nobody vouches
for. At the end six OMNI months of a product at once: `eager`, `opened` with chunks (`lazy`, with
all numbers computed), whose ratios are against `eager`.

Speasy's codec (`speasy.core.codecs`, which reads by pyistp and pycdfpp) joins where the variable
SMILE_EXPLORE_SPEASY_PYTHON names a Python that has speasy: it is not in our environment, for
pyistp is under the GPL. For instance
    python3.11 -m venv /tmp/speasy && /tmp/speasy/bin/pip install speasy
    SMILE_EXPLORE_SPEASY_PYTHON=/tmp/speasy/bin/python make bench ARGS=decode
`speasy` is its codec alone, numbers as in the file; `speasy_nan` also makes fills NaN, as ours
does, which besides checks ranges, names, units and frames and makes one Dataset.
"""

import importlib.util
import json
import os
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "archive"))  # the writer of test files
REPEATS = 7
PRODUCTS = {"omni": "omni.1min", "fgm": "themis.a.fgm.4hz", "esa": "themis.a.esa"}
CLOCKS = {"fgm": "tha_fgl_time", "esa": "tha_peif_time"}


# --------------------------------------------------------------------------- files


def write_files(folder):
    import cdfs

    rng = np.random.default_rng(2026)
    minutes = np.arange("2008-03-01", "2008-04-01", dtype="datetime64[m]").astype("M8[ns]")
    omni = {c.name: walk(rng, len(minutes)) for c in cdfs._OMNI}
    day = np.datetime64("2008-03-15", "ns")
    rates = {}
    for rate, step in (("fgl", 250), ("fgs", 3000), ("fge", 3000)):
        time_ = day + np.arange(86_400_000 // step) * np.timedelta64(step, "ms")
        b = np.stack([walk(rng, len(time_)) for _ in range(3)], axis=-1)
        frames = {f: b for f in ("ssl", "dsl", "gse", "gsm") if rate != "fgs" or f != "ssl"}
        rates[rate] = time_, frames | {"btotal": np.sqrt((b**2).sum(axis=-1))}
    spins = day + np.arange(28_800) * np.timedelta64(3, "s")
    ions = {name: walk(rng, len(spins)) for name in ("density", "avgtemp", "vthermal", "sc_pot")}
    vectors = ("velocity_dsl", "velocity_gse", "velocity_gsm", "t3", "magt3")
    ions |= {name: np.stack([walk(rng, len(spins)) for _ in range(3)], axis=-1) for name in vectors}
    ions["en_eflux"] = rng.lognormal(10, 2, (len(spins), 32)).astype(np.float32)
    ions["en_eflux_yaxis"] = np.tile(np.geomspace(25e3, 5, 32), (len(spins), 1))
    ions["data_quality"] = np.zeros(len(spins))
    cdfs.omni_hro(folder / "omni_gz.cdf", minutes, omni)
    cdfs.themis_fgm(folder / "fgm_gz.cdf", "a", rates)
    cdfs.themis_esa(folder / "esa_gz.cdf", "a", {"peif": (spins, ions)})


def write_months(folder):
    import cdfs

    rng = np.random.default_rng(2027)
    for month in range(1, 7):
        first = np.datetime64(f"2008-{month:02}", "M")
        minutes = np.arange(first, first + 1, dtype="datetime64[m]").astype("M8[ns]")
        values = {c.name: walk(rng, len(minutes)) for c in cdfs._OMNI}
        cdfs.omni_hro(folder / f"omni_hro_1min_2008{month:02}01_v01.cdf", minutes, values)


def walk(rng, n):
    """Return a random walk of two decimals with a tenth of it missing."""
    values = np.round(20 + np.cumsum(rng.normal(0, 0.02, n)), 2)
    values[rng.random(n) < 0.1] = np.nan
    return values


# --------------------------------------------------------------------------- contenders


def ours(path, names, *, trusted=True):
    from smile_explore import catalogue, contract, formats
    from smile_explore.formats import cdf  # noqa: F401  so that its import is not measured, as for the others

    rows = catalogue.product(PRODUCTS[path.name[: path.name.index("_")]]).variables if names else ()

    def call():
        return contract.standardise(formats.read(path, names or None, trusted=trusted), rows)

    return call


def ours_new(path, names):
    """Decode a file that was just downloaded: the guard walks it first."""
    return ours(path, names, trusted=False)


def eager(folder, names, *, lazily=False, compute=True):
    """Read all files of a folder, or open them with chunks: the names are those of our product."""
    from smile_explore import catalogue
    from smile_explore.formats import rows, selection

    row = selection.narrowed(catalogue.product("omni.1min"), tuple(names))
    paths = sorted(folder.glob("*.cdf"))

    def call():
        ds = rows.read(paths, row, quality="good", trusted=True, lazily=lazily)
        return ds.compute() if compute else ds

    return call


def lazy(folder, names):
    return eager(folder, names, lazily=True)


def opened(folder, names):
    return eager(folder, names, lazily=True, compute=False)


def pyspedas(path, names):
    from pyspedas.tplot_tools import cdf_to_tplot, del_data, get_data

    def call():
        held = cdf_to_tplot(str(path), varnames=names or [], get_support_data=False)
        out = [get_data(name, xarray=True) for name in held]
        del_data("*")
        return out

    return call


def cdflib(path, names):
    import cdflib
    from cdflib.xarray import cdf_to_xarray

    if not names:
        return lambda: cdf_to_xarray(str(path), to_datetime=True, fillval_to_nan=True)

    def call():
        cdf = cdflib.CDF(str(path))
        clock = CLOCKS.get(path.name[:3], "Epoch")
        times = cdf.varget(clock)
        times = cdflib.cdfepoch.to_datetime(times) if clock == "Epoch" else times
        return times, [cdf.varget(name) for name in names]

    return call


def inflate(path, names):
    """Inflate the same blocks and do nothing with them: the limit."""
    data = path.read_bytes()
    blocks = list(packed_blocks(data, names))
    return lambda: [zlib.decompress(block, 31) for block in blocks]


def packed_blocks(data, names):
    """Yield the gzip blocks of the named variables, or of all; version 3 files."""
    at = struct.unpack_from(">q", data, struct.unpack_from(">q", data, 20)[0] + 20)[0]
    while at:
        nxt, index = (
            struct.unpack_from(">q", data, at + 12)[0],
            struct.unpack_from(">q", data, at + 28)[0],
        )
        name = data[at + 84 : at + 340].rstrip(b"\0").decode()
        while index:
            after, n, used = struct.unpack_from(">qii", data, index + 12)
            for k in range(used):
                block = struct.unpack_from(">q", data, index + 28 + 8 * n + 8 * k)[0]
                size, kind = struct.unpack_from(">qi", data, block)
                if kind == 13 and (not names or name in names):
                    yield data[block + 24 : block + size]
            index = after
        at = nxt


def speasy(path, names):
    from speasy.core.codecs.bundled_codecs.istp import _list_variables
    from speasy.core.codecs.bundled_codecs.istp.cdf import IstpCdf

    wanted, codec = names or _list_variables(str(path)), IstpCdf()
    return lambda: codec.load_variables(wanted, file=str(path))


def speasy_nan(path, names):
    decoded = speasy(path, names)

    def nan(variable):
        is_number = variable.values.dtype.kind in "fiu"
        return (
            variable.replace_fillval_by_nan(inplace=True, convert_to_float=True)
            if is_number
            else variable
        )

    return lambda: [nan(v) for v in decoded().values() if v is not None]


ONE_FILE = (ours, ours_new, pyspedas, cdflib, speasy, speasy_nan, inflate)
MANY_FILES = (eager, lazy, opened)
CONTENDERS = {f.__name__: f for f in (*ONE_FILE, *MANY_FILES)}
PYTHONS = {name: os.environ.get("SMILE_EXPLORE_SPEASY_PYTHON") for name in ("speasy", "speasy_nan")}


# --------------------------------------------------------------------------- measuring


def measure(contender, path, names):
    """Print, as JSON, the first call's peak memory above the imports and the median time."""
    import logging

    logging.disable(logging.CRITICAL)
    if importlib.util.find_spec("xarray"):  # speasy's Python may do without
        import xarray as xr

        xr.Dataset({"x": ("t", np.zeros(2))}, {"t": np.zeros(2, "M8[ns]")})  # pandas' engine
    call = CONTENDERS[contender](path, names)
    before = peak_memory()
    call()
    peak = peak_memory() - before
    wall, cpu = [], []
    for _ in range(REPEATS):
        begin = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - begin[0])
        cpu.append(time.process_time() - begin[1])
    print(
        json.dumps(
            {"wall": statistics.median(wall), "cpu": statistics.median(cpu), "peak": peak / 1e6}
        )
    )


def peak_memory():
    """Return the peak resident memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss of Linux may still hold the parent's
        line = next(t for t in status.read_text().splitlines() if t.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    from smile_explore import catalogue

    contenders = [f.__name__ for f in ONE_FILE]
    contenders = [name for name in contenders if PYTHONS.get(name, sys.executable)]
    print(speasys(PYTHONS["speasy"]))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_files(folder)
        for path in sorted(folder.glob("*.cdf")):
            kind = path.name[: path.name.index("_")]
            needed = [o for v in catalogue.product(PRODUCTS[kind]).variables for o in v.origin]
            for label, names in (
                ("all variables", []),
                (f"the {len(needed)} of {PRODUCTS[kind]}", needed),
                ("one variable", needed[-1:] if kind == "omni" else needed[:1]),
            ):
                print(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB), {label}")
                report({c: run(c, path, names) for c in contenders})
    with tempfile.TemporaryDirectory() as scratch:
        write_months(Path(scratch))
        for label, names in (("all variables", []), ("one variable", ["sym_h"])):
            print(f"six months of omni.1min, {label}")
            report({f.__name__: run(f.__name__, scratch, names) for f in MANY_FILES})


def speasys(python):
    """Return what is compared of speasy, in a sentence."""
    if not python:
        return "speasy's codec is not compared: SMILE_EXPLORE_SPEASY_PYTHON names no Python that has it"
    code = "from importlib.metadata import version as v; print(*(f'{n} {v(n)}' for n in ('speasy', 'pyistp', 'pycdfpp')), sep=', ')"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return f"speasy's codec: {done.stdout.strip()}, in an environment of its own"


def run(contender, path, names):
    python = PYTHONS.get(contender, sys.executable)
    command = [python, __file__, contender, str(path), *names]
    nowhere = {"SPEASY_CORE_DISABLED_PROVIDERS": "amda,cda,csa,ssc,cdpp3dview,uiowaephtool"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | nowhere
    )
    return json.loads(done.stdout.splitlines()[-1])


def report(rows):
    for name, row in rows.items():
        ratio = row["cpu"] / next(iter(rows.values()))["cpu"]
        print(f"  {name:10s} {1e3 * row['wall']:8.1f} ms wall {1e3 * row['cpu']:8.1f} ms cpu"
              f" {ratio:6.1f} x {row['peak']:6.0f} MB")  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
    else:
        main()
