"""How long an X-ray image takes and how exact it is: `python benchmarks/image.py`.

Beside a plain numpy trapezium at steps of 0.5 R_E to 80 R_E, as the research scripts do, on
the same formulas; both are timed in the same run and held against a converged integral
(Simpson-like midpoints at 0.002 R_E, on every 20th pixel).
"""

import time

import numpy as np

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


if __name__ == "__main__":
    main()
