"""Find, label, read and write intervals of interest."""

from smile_explore.events.crossings import bow_shock_crossings, magnetopause_crossings
from smile_explore.events.find import find
from smile_explore.events.geomagnetic import storms, substorm_onsets
from smile_explore.events.jets import jets
from smile_explore.events.regions import regions
from smile_explore.events.timetable import read, write
from smile_explore.events.upstream import (
    northward_turnings,
    pressure_pulses,
    shocks,
    southward_turnings,
)

__all__ = [
    "bow_shock_crossings",
    "find",
    "jets",
    "magnetopause_crossings",
    "northward_turnings",
    "pressure_pulses",
    "read",
    "regions",
    "shocks",
    "southward_turnings",
    "storms",
    "substorm_onsets",
    "write",
]
