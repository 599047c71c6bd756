"""Whether errors hold: claimed, found, over how many trials: `python benchmarks/coverage.py [SEEDS]`.

`fit_magnetopause`, "cmem": ten views, oblique and tilted ones too, of a dense wind (12 cm-3,
450 km/s), five minutes at the mission's "good" rate of 150 counts a second. Counts of the very
model that is fitted test `error`; those of another model, test
`interval(0.95)`. A share is given with one standard deviation of its own; images that are refused
are counted beside and enter no share.
"""

import sys

if __name__ == "coverage":  # numba asks for the library of that name, and can do without
    message = "This is a benchmark, not the library coverage."
    raise ImportError(message)

import numpy as np

from smile_explore import smile
from smile_explore.errors import InputError
from smile_explore.physics import soft_xray

VIEWS = (
    ((5.918, 6.741, 17.707), 0.0),
    ((8.2, 4.3, 17.7), -0.3),
    ((-7.9, 4.9, 17.7), 0.2),
    ((3.84, -8.44, 17.66), 0.3),
    ((-2.1, -5.7, 18.1), 0.25),
    ((0.5, 0.5, 19.0), 0.0),
    ((9.0, -9.0, 12.0), -0.2),
    ((-3.2, 3.9, 18.1), -0.4),
    ((10.0, 3.0, 14.0), 0.1),
    ((2.0, -12.0, 12.0), 0.0),
)
WIND = {"n_p": 12.0, "v": 450.0, "b": (0.0, 0.0, -4.0)}


def fits(model, seeds):
    """Return the fits of all views and seeds (None where refused), each with the truth."""
    pairs = []
    for place, tilt in VIEWS:
        extra = {"tilt": tilt} if model == "cmem2g" else {}
        p = getattr(soft_xray, f"{model}_start")(**WIND, **extra)
        truth = float(soft_xray.noses(model, p, **WIND, tilt=tilt)[0])
        sky = smile.image(place, model=model, tilt=tilt, shape=(54, 32), **WIND)
        seen = [smile.counts(sky, rate=150.0, seed=seed) for seed in range(seeds)]
        pairs += [(_fit(one, tilt), truth) for one in seen]
    return pairs


def _fit(seen, tilt):
    try:
        return smile.fit_magnetopause(seen, tilt=tilt)
    except InputError:
        return None


def row(what, claimed, inside, trials):
    share = np.mean(inside)
    own = np.sqrt(share * (1 - share) / len(inside))
    refused = trials - len(inside)
    print(f"{what:58} {claimed:4.0%}  {share:4.0%} +-{own:3.0%} {trials:7} {refused:8}", flush=True)


def magnetopause_fits(seeds):
    pairs = fits("cmem", seeds)
    kept = [(fit, truth) for fit, truth in pairs if fit is not None]
    off = np.array([(fit.standoff - truth) / fit.error for fit, truth in kept])
    row("fit_magnetopause, error, one", 0.68, np.abs(off) < 1, len(pairs))
    row("fit_magnetopause, error, two", 0.95, np.abs(off) < 2, len(pairs))
    for model in ("cmem", "cmem2g"):
        pairs = pairs if model == "cmem" else fits(model, seeds)
        kept = [(fit.interval(0.95), truth) for fit, truth in pairs if fit is not None]
        inside = [low < truth < high for (low, high), truth in kept]
        row(f"fit_magnetopause, interval(0.95), counts of {model}", 0.95, inside, len(pairs))


def main():
    print(f"{'':58} claimed  found   trials  refused")
    magnetopause_fits(int(sys.argv[1]) if len(sys.argv) > 1 else 3)


if __name__ == "__main__":
    main()
