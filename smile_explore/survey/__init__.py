"""Years of data: one function over many intervals, here or on a Dask cluster.

`run` loads, computes and keeps each interval by itself; the other names are surveys made of it.
"""

from smile_explore.survey.intervals import around, every
from smile_explore.survey.ready import (
    crossings_against_models,
    omni_events,
    response,
    smile_visibility,
)
from smile_explore.survey.report import failures
from smile_explore.survey.run import run

__all__ = [
    "around",
    "crossings_against_models",
    "every",
    "failures",
    "omni_events",
    "response",
    "run",
    "smile_visibility",
]
