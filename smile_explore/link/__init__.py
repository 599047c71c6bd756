"""From what drove it to what it did: lag, timing, epochs, association."""

from smile_explore.link.association import association
from smile_explore.link.ballistic import ballistic_lag, omni_lag
from smile_explore.link.boundaries import (
    compare_crossings,
    predicted_crossings,
    predicted_regions,
)
from smile_explore.link.epoch import superposed_epoch
from smile_explore.link.lag import correlation_lag, lag
from smile_explore.link.multipoint import timing
from smile_explore.link.result import Lag
from smile_explore.link.shift import shift
from smile_explore.link.variance import minimum_variance
from smile_explore.link.walen import de_hoffmann_teller, walen_test

__all__ = [
    "Lag",
    "association",
    "ballistic_lag",
    "compare_crossings",
    "correlation_lag",
    "de_hoffmann_teller",
    "lag",
    "minimum_variance",
    "omni_lag",
    "predicted_crossings",
    "predicted_regions",
    "shift",
    "superposed_epoch",
    "timing",
    "walen_test",
]
