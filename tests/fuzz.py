"""Feed damaged copies of real files to `open_file`: each must give a Dataset or one of our errors.

    python tests/fuzz.py [COPIES] [--seed SEED] [--only NUMBER]

Copies are cut, flipped, spliced, zeroed or have numbers written over. Any crash, hang, other
exception or more than 2 GB of memory is a failure. Each copy is made from the seed and its own
number alone, so that ``--only NUMBER`` does one again, and tells where the copy is.
"""

import argparse
import collections
import gzip
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SMILE_EXPLORE_TEST_DATA", ROOT.parent / "shared" / "data"))
SECONDS = 60  # for one file; the trial of a netCDF file ends after 20
MEMORY = 2 << 30
SHARES = {"cdf": 10, "cef": 2, "omniweb": 2, "cdaweb": 4, "netcdf": 3}
PATTERNS = {
    "cdf": ("**/*.cdf",), "cef": ("**/*.cef",), "omniweb": ("**/*.lst*",),
    "cdaweb": ("themis/**/*.csv", "ace/*.csv", "omni/**/*.csv", "omni/*.txt1", "goes/**/*.txt"),
}  # fmt: skip


def originals(made: Path) -> dict[str, list[Path]]:
    """Return real files by format, with those that `make_more` made from them."""
    files = {kind: sorted(p for pattern in patterns for p in DATA.glob(pattern))
             for kind, patterns in PATTERNS.items()}  # fmt: skip
    files["netcdf"] = sorted(made.glob("*.nc"))
    files["cdf"] += sorted(made.glob("*.cdf"))
    files["cef"] += sorted(made.glob("*.cef.gz"))
    return files


def make_more(made: Path) -> None:
    """Write netCDF files, a CDF packed as a whole and a gzipped CEF, from real values."""
    from smile_explore import open_file

    spin = next((DATA / "cluster").glob("C1_CP_FGM_SPIN*.cdf"))
    ds = open_file(spin)
    deflated = {n: {"zlib": True, "fletcher32": True} for n in ds.data_vars}
    ds.to_netcdf(made / "own.nc", engine="h5netcdf", encoding=deflated)
    seconds = {"time": {"units": "seconds since 1970-01-01", "dtype": "float64"}}
    ds.drop_vars("cartesian").to_netcdf(made / "classic.nc", engine="scipy", encoding=seconds)
    _pack(spin, made / "packed.cdf")
    cef = next((DATA / "cluster").glob("*.cef")).read_bytes()[:200_000]
    (made / "c1.cef.gz").write_bytes(gzip.compress(cef[: cef.rindex(b"\n") + 1], mtime=0))


def _pack(source: Path, target: Path) -> None:
    import pycdfpp

    cdf = pycdfpp.load(str(source))
    cdf.compression = pycdfpp.CompressionType.gzip_compression
    pycdfpp.save(cdf, str(target))


def damaged(number: int, seed: int, files: dict) -> tuple[Path, str, bytes]:
    """Return the original, the kind of damage, and the damaged bytes of one copy."""
    rng = random.Random(f"{seed}:{number}")
    kind = rng.choices(list(SHARES), SHARES.values())[0]
    path = rng.choice(files[kind])
    data = bytearray(path.read_bytes())
    other = rng.choice(files[rng.choice(list(files))]).read_bytes()
    damage = rng.choice([cut, flipped, spliced, zeroed, renumbered])
    damage(data, rng, other)
    return path, damage.__name__, bytes(data)


def cut(data, rng, _other):
    """Keep the beginning, as an interrupted download does."""
    del data[rng.randrange(len(data)) :]


def flipped(data, rng, _other):
    """Flip from one to 64 bits."""
    for _ in range(rng.choice([1, 1, 2, 8, 64])):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def spliced(data, rng, other):
    """Put a piece of another file in, over what was there or between."""
    at, size = _place(data, rng), rng.choice([4, 8, 100, 5000])
    start = rng.randrange(max(1, len(other) - size))
    data[at : at + size * rng.randrange(2)] = other[start : start + size]


def zeroed(data, rng, _other):
    """Zero a stretch, as a lost disk block does."""
    at, size = _place(data, rng), rng.choice([1, 4, 8, 100, 5000])
    data[at : at + size] = bytes(len(data[at : at + size]))


def renumbered(data, rng, _other):
    """Write a number over a field: where sizes and offsets go wrong."""
    at, width = _place(data, rng) // 4 * 4, rng.choice([4, 8])
    value = rng.choice([0, -1, 1, 2, 3, 5, 7, 255, 65536, 2**24, 2**31 - 1, -(2**31), len(data)])
    number = (value % (1 << 8 * width)).to_bytes(width, rng.choice(["big", "little"]))
    data[at : at + width] = number[: len(data[at : at + width])]


def _place(data, rng) -> int:
    """Return a place to damage; headers at the beginning, and tails, more often than the rest."""
    if rng.random() < 0.7:
        return rng.randrange(min(len(data), rng.choice([400, 2000, 20000, len(data)])))
    return len(data) - 1 - rng.randrange(min(len(data), rng.choice([64, 500, 4000])))


# --------------------------------------------------------------------------- one process


def work(numbers, seed: int, made: Path, scratch: Path) -> None:
    """Open copies one after the other and print a line before and after each."""
    warnings.simplefilter("ignore")
    from smile_explore import open_file
    from smile_explore.errors import SmileExploreError

    files = originals(made)
    for number in numbers:
        path, damage, data = damaged(number, seed, files)
        copy = scratch / f"{number}_{path.name}"
        copy.write_bytes(data)
        _bring_format(path, copy)
        print("begin", number, path.name, damage, flush=True)
        try:
            open_file(copy)
            outcome = "Dataset"
        except SmileExploreError as err:
            outcome = type(err).__name__
        except Exception as err:  # noqa: BLE001  finding these is what this program is for
            outcome = f"RAISED {err!r}"[:120].replace("\n", " ")
        peak = max(resource.getrusage(who).ru_maxrss for who in _PROCESSES) * _RSS_UNIT
        print("end", number, "MEMORY" if peak > MEMORY else outcome, flush=True)
        if len(numbers) > 1:
            copy.unlink()


_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def _bring_format(path: Path, copy: Path) -> None:
    """Put the format file of an OMNIWeb listing beside its copy."""
    if ".lst" in path.name:
        stem = copy.name.split(".lst")[0]
        beside = sorted(path.parent.glob(f"{path.name.split('.lst')[0]}.fmt*")) or sorted(
            path.parent.glob("*.fmt*")
        )
        copy.with_name(f"{stem}.fmt").write_bytes(beside[0].read_bytes())


# --------------------------------------------------------------------------- all processes


class Run:
    """Copies being opened in processes of their own, and what came of them."""

    def __init__(self, seed: int, made: Path):
        self.seed, self.made = seed, made
        self.counts, self.failures = collections.Counter(), []

    def drive(self, numbers) -> None:
        """Have these copies opened; start another process after each crash or hang."""
        todo = list(numbers)
        while todo:
            with tempfile.TemporaryDirectory() as scratch:
                done, now, why = self._one_process(todo, scratch)
            if why:
                self.counts[(why,)] += 1
                self.failures.append(f"{why}: {' '.join(now) or 'before the first copy'}")
            if not now:
                return
            todo = todo[done + bool(why) :]

    def _one_process(self, todo, scratch):
        """Return how many copies were done, the one at hand, and why the process ended early."""
        command = [sys.executable, __file__, "--work", *map(str, todo), "--seed", str(self.seed)]
        command += ["--made", str(self.made), "--scratch", scratch]
        done, now, hung = 0, [], threading.Event()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            timer = _alarm(worker, hung)
            for line in worker.stdout:
                timer.cancel()
                timer = _alarm(worker, hung)
                what, *rest = line.split()
                if what == "begin":
                    now = rest
                elif what == "end":
                    done += 1
                    self._count(now, " ".join(rest[1:]))
            timer.cancel()
        why = "HANG" if hung.is_set() else f"CRASH {worker.returncode}" if worker.returncode else ""
        return done, now, why

    def _count(self, now, outcome: str) -> None:
        self.counts[now[2], outcome] += 1
        if outcome.startswith(("RAISED", "MEMORY")):
            self.failures.append(f"{outcome}: {' '.join(now)}")


def _alarm(worker, hung) -> threading.Timer:
    def stop():
        hung.set()
        worker.kill()

    timer = threading.Timer(SECONDS, stop)
    timer.start()
    return timer


def main() -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("copies", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="do this one copy and keep it")
    parser.add_argument("--work", type=int, nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--made", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not DATA.is_dir():
        print(f"no real measurements at {DATA}: set SMILE_EXPLORE_TEST_DATA")
        return 1
    if args.work:
        work(args.work, args.seed, args.made, args.scratch)
        return 0
    made = args.made or Path(tempfile.mkdtemp())
    make_more(made)
    if args.only is not None:
        print("copy in", made)
        work([args.only], args.seed, made, made)
        return 0
    try:
        return _report(args, Run(args.seed, made))
    finally:
        shutil.rmtree(made)


def _report(args, run: Run) -> int:
    start = time.monotonic()
    shares = [range(i, args.copies, args.jobs) for i in range(args.jobs)]
    threads = [threading.Thread(target=run.drive, args=(share,)) for share in shares if share]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key, n in sorted(run.counts.items()):
        print(f"{n:7d}  {' '.join(key)}")
    print(
        f"{run.counts.total()} of {args.copies} copies in {time.monotonic() - start:.0f} s, seed {args.seed}; {len(run.failures)} failures"
    )
    print(*run.failures, sep="\n")
    return 1 if run.failures or run.counts.total() != args.copies else 0


if __name__ == "__main__":
    sys.exit(main())
