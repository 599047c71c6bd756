"""What a transport is asked to do, and how long it may take: shared by all of them."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from smile_explore.catalogue import Mirror, Product
from smile_explore.sources.periods import Period
from smile_explore.sources.progress import Progress


class Clock:
    """Seconds that are left for a transfer; waiting for ourselves does not count."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, below zero when time is up."""
        return self._end - time.monotonic()

    @contextlib.contextmanager
    def stopped(self):
        """Do not count the time spent in the block."""
        since = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - since


@dataclass(frozen=True)
class Job:
    """Periods of one product to fetch from one mirror into a private folder.

    A transport's ``deliver(job)`` yields (period, files, preliminary) as each arrives whole,
    says nothing of periods the server does not have, and ends by raising the SourceError or
    CorruptFileError of what went wrong on the way. It validates nothing.
    """

    product: Product
    mirror: Mirror
    periods: tuple[Period, ...]
    folder: Path
    clock: Clock
    progress: Progress
