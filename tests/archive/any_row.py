"""A CDF with the variables of any row of the product table, by the archive's own names.

What the archive's real layout is, `cdfs` and its neighbours say; here every row gets the same
plain one, so that what holds for all rows can be tried on all.
"""

import numpy as np
import pycdfpp

from tests.archive.cdfs import Writer


def write(path, row, time, *, channels=4, lacking=(), axis=None):
    """Write the variables of `row` at `time`; `channels` sizes the dims after time but vectors'.

    `axis` gives the channels' own numbers, (channels,) or (time, channels): of energies, pitch
    angles, whatever the row calls its dims. Every seventh value is a fill, every fifth flag bad.
    """
    out, rng = Writer(row.dataset), np.random.default_rng(len(time) + channels)
    out.epoch("Epoch", time)
    n = len(time)
    for name in dict.fromkeys(d for v in row.variables for d in v.dims):
        numbers = np.arange(1.0, channels + 1) if axis is None else np.asarray(axis, float)
        every = np.broadcast_to(numbers, (n, channels)).copy()
        about = {"UNITS": "eV", "DEPEND_0": "Epoch", "CATDESC": name, "VAR_TYPE": "support_data"}
        out.add(f"axis_{name}", every, about)
    for v in (v for v in row.variables if v.name not in lacking):
        for origin in v.origin:
            _variable(out, v, origin, _shape(v, n, channels), rng)
    return out.save(path)


def _shape(v, n, channels):
    if v.dims:
        return (n, *(channels for _ in v.dims))
    if v.take:
        return n, max(v.take) + 1
    return (n, 3) if v.frame and len(v.origin) == 1 else (n,)


def _variable(out, v, origin, shape, rng):
    if origin in list(out.cdf):
        return
    about = {"DEPEND_0": "Epoch", "UNITS": v.units or " ", "CATDESC": v.long_name or v.name, "VAR_TYPE": "data"}  # fmt: skip
    about |= {f"DEPEND_{k}": f"axis_{dim}" for k, dim in enumerate(v.dims, 1)}
    if v.flag:
        values = np.where(np.arange(shape[0]) % 5 == 0, 77, v.good[0] if v.good else 0)
        out.add(origin, np.broadcast_to(values, shape[::-1]).T.astype(np.int32).copy(), about | {"FILLVAL": np.array([-2147483648], np.int32)})  # fmt: skip
        return
    low, high = v.valid or (1.0, 9.0)
    values = np.round(rng.uniform(max(low, 1.0), min(high, 9.0), shape), 3).astype(np.float32)
    values.reshape(-1)[::7] = -1e31
    about["FILLVAL"] = np.array([-1e31], np.float32)
    out.add(origin, values, about, compression=pycdfpp.CompressionType.gzip_compression)
