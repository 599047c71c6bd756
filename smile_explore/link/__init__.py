"""From what drove it to what it did: lag, timing, epochs, association."""

from smile_explore.link.association import association
from smile_explore.link.epoch import superposed_epoch
from smile_explore.link.multipoint import timing
from smile_explore.link.variance import minimum_variance
from smile_explore.link.walen import de_hoffmann_teller, walen_test

__all__ = [
    "association",
    "de_hoffmann_teller",
    "minimum_variance",
    "superposed_epoch",
    "timing",
    "walen_test",
]
