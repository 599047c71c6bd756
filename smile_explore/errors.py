"""Every error a user of smile_explore can meet; each says what to do next.

A message gives the value, the rule and the next step, in one sentence or two.
Messages are written where the fault is known; this module only names kinds.
"""


class SmileExploreError(Exception):
    """Base class, so that a notebook can catch everything we raise."""


class UnknownProductError(SmileExploreError, KeyError):
    """The product or event name is not a row of our tables."""

    __str__ = Exception.__str__  # KeyError would show the message's repr


class IntervalError(SmileExploreError, ValueError):
    """A time cannot be read, or an interval is empty or reversed."""


class InputError(SmileExploreError, ValueError):
    """An argument is out of its stated range or of the wrong kind."""


class DatasetError(SmileExploreError, ValueError):
    """A Dataset breaks the contract in ``contract.py`` (dims, units, frame)."""


class NoDataError(SmileExploreError):
    """The archive answered, but holds nothing in the interval."""


class SourceError(SmileExploreError):
    """A source could not deliver: base of the four errors below."""


class ServerError(SourceError):
    """The server answered with an error (403, 500, a page instead of a file)."""


class NetworkError(SourceError):
    """The server could not be reached, or did not answer within the deadline."""


class OfflineError(SourceError):
    """The offline switch is on and neither cache nor packs hold the interval."""


class StorageError(SourceError):
    """The cache folder cannot be written, or the disk is full."""


class CorruptFileError(SmileExploreError):
    """A file is damaged, cut short, or not of the kind its name says."""


class PackError(SmileExploreError):
    """An event pack is incomplete, altered or unsafe to unpack."""


class PartialCoverageWarning(UserWarning):
    """Part of the interval could not be had; the missing spans are in the attrs."""


class SimulatedDataWarning(UserWarning):
    """The data returned are simulated, because nothing measured was at hand."""


class ReadingWarning(UserWarning):
    """Something of a file was dropped, left out or masked that one would not expect."""
