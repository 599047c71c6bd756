"""What a transport is asked to do, and how long it may take: shared by all of them."""

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from smile_explore.catalogue import Mirror, Product
from smile_explore.errors import NetworkError
from smile_explore.sources.periods import Period
from smile_explore.sources.progress import Progress

_MANY = 10  # files in a row


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
    listed: set[str] = field(default_factory=set)  # names that fit, older versions as well

    @property
    def alone(self) -> bool:
        """Whether no other mirror can be asked."""
        return len(self.product.mirrors) == 1


class Faults:
    """What went wrong with single files of a server, and whether to leave it.

    One bad file costs no other: the next is asked for. A server that fails for many files in
    a row or is silent twice is left; one that never answered at once, if another is to ask.
    """

    def __init__(self, *, alone: bool):
        self.errors: list[Exception] = []
        self._in_a_row = 0
        self.has_answered = alone

    def add(self, error: Exception) -> None:
        """Count a file that could not be had; raise the first error if that is enough."""
        self.errors.append(error)
        is_silent = isinstance(error, NetworkError)
        self._in_a_row += _MANY // 2 if is_silent else 1
        if self._in_a_row >= _MANY or (is_silent and not self.has_answered):
            raise self.errors[0]
        self.has_answered = True

    def clear(self) -> None:
        """Count a file that came, or that the server says it has not."""
        self._in_a_row, self.has_answered = 0, True

    def finish(self) -> None:
        """Raise the first error, if there was one."""
        if self.errors:
            raise self.errors[0]
