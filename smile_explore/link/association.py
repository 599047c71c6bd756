"""Association of two lists of events: how often one follows the other, and by chance.

Nothing here knows what the events are.
"""


def association(list_a, list_b, *, window, lags):
    """Return how many of `list_b` lie near those of `list_a`, over lags (in work)."""
    raise NotImplementedError
