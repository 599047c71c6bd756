"""How long an X-ray image takes, how exact and how large it is: `python benchmarks/image.py`.

Beside a plain numpy trapezium at steps of 0.5 R_E to 80 R_E, as the research scripts do, on
the same formulas; both are timed in the same run and held against a converged integral
(Simpson-like midpoints at 0.002 R_E, on every 20th pixel).

Then an hour of counts, an image a minute, at the mission's "good" rate of 150 a second, as Zarr:
every map as xarray writes it, the counts alone, and the counts as whole numbers, packed; beside
what Shannon's entropy of independent pixels allows. A pixel without a value stays without.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

from smile_explore import smile
from smile_explore.physics import soft_xray
from smile_explore.physics.geometry import spherical
from smile_explore.smile.pointing import pointing, rays

PLACE = np.array([5.91813, 6.74116, 17.7067])
TO_INTENSITY = 6.3712e5 / (4 * np.pi)
WIND = {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 5.0)}


def trapezium(ways, model):
    s = np.arange(0.0, 80.1, 0.5)[:, None, None]
    shine = getattr(soft_xray, model)(*spherical(PLACE + s * ways), **WIND)
    return np.trapezoid(shine, dx=0.5, axis=0) * TO_INTENSITY


def converged(ways, model, step=0.002):
    s = np.arange(step / 2, 80, step)[:, None]
    shine = getattr(soft_xray, model)
    sums = [shine(*spherical(PLACE + s * way), **WIND).sum() for way in ways]
    return np.array(sums) * step * TO_INTENSITY


def best(call, repeats):
    took = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        took.append(time.perf_counter() - begin)
    return 1e3 * min(took)


def hour():
    """Return an image of counts a minute, of which one pixel is missing."""
    seen = smile.image(PLACE, **WIND)
    images = [smile.counts(seen, rate=150.0, exposure=60.0, seed=k) for k in range(60)]
    time_ = np.datetime64("2027-03-22", "ns") + np.arange(60) * np.timedelta64(60, "s")
    images = xr.concat(images, "time").assign_coords(time=time_).drop_encoding()
    images.counts[3, 5, 6] = np.nan
    return images


def stored(images, encoding=None):
    """Return kB an image on disk, processor ms to write and to read one, and what is read."""
    with tempfile.TemporaryDirectory() as scratch:
        begin = time.process_time()
        images.to_zarr(scratch, zarr_format=2, consolidated=True, encoding=encoding)
        written = time.process_time()
        back = xr.open_zarr(scratch, chunks=None).load()
        read = time.process_time()
        size = sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file())
    n = images.sizes["time"]
    return size / n / 1e3, 1e3 * (written - begin) / n, 1e3 * (read - written) / n, back


def on_disk():
    from numcodecs import Blosc

    images = hour()
    counts = images[["counts"]]
    codec = Blosc("zstd", clevel=5, shuffle=Blosc.BITSHUFFLE)
    packed = {"dtype": "uint16", "_FillValue": 65535, "compressors": (codec,)}
    packed |= {"chunks": counts.counts.shape}
    print(f"an hour of one-minute images, {counts.counts.mean().item():.1f} counts a pixel: kB each on disk, in memory, cpu ms to write, to read")  # fmt: skip
    for label, ds, encoding in (
        ("every map, as xarray writes it", images, None),
        ("counts, as xarray writes them", counts, None),
        ("counts, uint16, zstd of shuffled bits", counts, {"counts": packed}),
    ):
        size, write, read, back = stored(ds, encoding)
        same = np.array_equal(back.counts, counts.counts, equal_nan=True)
        memory = ds.nbytes / ds.sizes["time"] / 1e3
        print(f"{label:40} {size:8.2f} {memory:8.0f} {write:8.2f} {read:8.2f}   {'nothing lost' if same else 'NOT the same'}")  # fmt: skip
    share = np.unique(counts.counts.values, return_counts=True)[1] / counts.counts.size
    bits = -(share * np.log2(share)).sum() * counts.counts[0].size
    print(f"{'the entropy of its numbers':40} {bits / 8e3:8.2f}")


def main():
    begin = time.perf_counter()
    smile.image(PLACE)
    print(f"first image of the process: {time.perf_counter() - begin:.1f} s")
    ways = rays(pointing(PLACE))[0].reshape(-1, 3)
    some = slice(None, None, 20)
    print("108 x 64 pixels    ours ms   numpy ms   ratio   largest error: ours     numpy")
    for model in ("cmem", "cmem2g"):
        ours, plain = (
            best(lambda model=model: smile.image(PLACE, model=model, **WIND), 20),
            best(lambda model=model: trapezium(ways, model), 3),
        )
        true = converged(ways[some], model)
        off = [
            np.abs(shine.ravel()[some] / true - 1).max()
            for shine in (
                smile.image(PLACE, model=model, **WIND).intensity.values,
                trapezium(ways, model),
            )
        ]
        print(
            f"{model:16} {ours:9.1f} {plain:10.0f} {plain / ours:7.0f} {off[0]:20.4%} {off[1]:9.2%}"
        )
    on_disk()


if __name__ == "__main__":
    main()
