"""How long fitting the magnetopause in an image takes, and how near it is: `python benchmarks/fit.py`.

Images of CMEM whose magnetopause is known, without noise and as five minutes of counts at the
mission's "good" rate of 150 a second. Beside ours, on the same counts at 1 degree: Nelder-Mead
with 400 iterations over eight of CMEM's parameters and a plain numpy trapezium at steps of 0.5
R_E, as the research scripts do. It is told the wind and starts 5 % too far out; ours is not told.
"""

import time

import numpy as np
from scipy.optimize import minimize

from smile_explore import smile
from smile_explore.physics import soft_xray
from smile_explore.physics.geometry import spherical
from smile_explore.smile.pointing import pointing, rays

PLACE = (5.918, 6.741, 17.707)
WINDS = {
    "calm": {"n_p": 5.0, "v": 400.0, "b": (0.0, 0.0, 5.0)},
    "dense": {"n_p": 12.0, "v": 450.0, "b": (0.0, 0.0, -4.0)},
}
SEEDS = range(10)
FREE = ("p0", "bs", "A1", "A2", "B", "alpha", "beta", "p1")


def timed(call):
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def standoff(wind, parameters):
    return float(soft_xray.noses("cmem", parameters, **wind, tilt=0.0)[0])


def as_scripts(counts, wind):
    """Return the standoff that a Nelder-Mead search with a numpy image ends at."""
    seen = smile.rebin(counts, 4).foreground.values.ravel()
    ways = rays(pointing(PLACE), (27, 16))[0].reshape(-1, 3)
    place = spherical(np.array(PLACE) + np.arange(0.0, 80.1, 0.5)[:, None, None] * ways)
    start = soft_xray.cmem_start(**wind)
    begin = np.array([start[k] for k in FREE])

    def used(v):
        return start | dict(zip(FREE, v * begin, strict=True))

    def image(v):
        return np.trapezoid(soft_xray.cmem(*place, **wind, **used(v)), axis=0)

    first = np.where(np.isin(FREE, ("p0", "bs")), 1.05, 1.0)
    unit = seen.sum() / image(first).sum()

    def cost(v):
        return ((seen - unit * image(v)) ** 2).sum() / (seen**2).sum()

    found = minimize(cost, first, method="Nelder-Mead", options={"maxiter": 400})
    return standoff(wind, used(found.x))


def report(name, runs, true):
    off, took = np.array([f - true for f, _ in runs]), [t for _, t in runs]
    good = f"{(abs(off) < 0.5).sum()} {(abs(off) < 0.2).sum()} of {len(off)}"
    print(f"{name:44} {np.median(took):7.2f} {max(took):7.2f} {abs(off).max():9.3f}   {good}")


def main():
    smile.fit_magnetopause(smile.image(PLACE, n_p=12.0))  # compiled
    print(f"{'':44}  median     max   worst off  within 0.5, 0.2 R_E")
    for name, wind in WINDS.items():
        clean = smile.image(PLACE, **wind)
        true = standoff(wind, soft_xray.cmem_start(**wind))
        fit, took = timed(lambda clean=clean: smile.fit_magnetopause(clean))
        report(f"{name}, cmem, no noise (s, s, R_E)", [(fit.standoff, took)], true)
        noisy = [smile.counts(clean, rate=150.0, seed=seed) for seed in SEEDS]
        fits = [timed(lambda c=c: smile.fit_magnetopause(c)) for c in noisy]
        report(f"{name}, cmem, 10 seeds of counts", [(f.standoff, t) for f, t in fits], true)
        coarse = [smile.rebin(c, 4) for c in noisy]
        fits = [timed(lambda c=c: smile.fit_magnetopause(c)) for c in coarse]
        report(f"{name}, cmem, the same at 1 degree", [(f.standoff, t) for f, t in fits], true)
        plain = [timed(lambda c=c: as_scripts(c, wind)) for c in noisy[:2]]  # noqa: B023  at once
        report(f"{name}, Nelder-Mead and numpy, 2 seeds", plain, true)
        if name == "dense":
            fit, took = timed(lambda clean=clean: smile.fit_magnetopause(clean, "tangent"))
            report(f"{name}, tangent, no noise", [(fit.standoff, took)], true)


if __name__ == "__main__":
    main()
