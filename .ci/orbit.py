"""Write the states of SMILE's orbit that the package ships, so that nobody propagates the years before.

To be run after a change of the published state or of the forces; a test compares them.
"""

from pathlib import Path

import numpy as np

from smile_explore.smile import propagate
from smile_explore.smile.orbit import EPOCH_TDB, STATE, tdb_seconds

ROOT = Path(__file__).parents[1]
PATH = ROOT / "smile_explore" / "data" / "smile_orbit.csv"
UNTIL, EVERY = np.datetime64("2031-01-01", "ns"), 30 * 86_400.0


def main() -> None:
    """Propagate the published state once, to the end of 2030."""
    until = float(tdb_seconds(np.array([UNTIL]))[0])
    rows = propagate.Trajectory(EPOCH_TDB, STATE).milestones(until, EVERY)
    lines = [",".join(repr(float(number)) for number in row) for row in rows]
    head = "tdb_seconds_past_j2000,x_km,y_km,z_km,vx_km_s,vy_km_s,vz_km_s"
    PATH.write_text("\n".join([head, *lines, ""]))
    print(len(rows), "states:", PATH.relative_to(ROOT))


if __name__ == "__main__":
    main()
