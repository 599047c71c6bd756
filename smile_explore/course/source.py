"""Which data a notebook works on: a measured event if its pack is at hand, else the rehearsal.

Nothing here downloads or builds a pack of measurements; a notebook says how to.
"""

from dataclasses import dataclass

from smile_explore import catalogue, packs


@dataclass(frozen=True, eq=False)
class Event:
    """An event of the course and the pack that stands for it; printed, it says which that is.

    `wanted` is a name of `catalogue.events`; `pack` is that event's, or the rehearsal.
    """

    wanted: str
    pack: packs.Pack

    @property
    def measured(self) -> bool:
        """Whether the pack holds the measurements, not the simulation."""
        return not self.pack.simulated

    @property
    def truth(self) -> dict:
        """What is known to be true of simulated data, by table; empty for measured data."""
        return self.pack.truth

    def load(self, product: str, start=None, stop=None):
        """Return a product of the pack: the whole, or [start, stop). See `packs.Pack.load`."""
        return self.pack.load(product, start, stop)

    def __str__(self):
        if self.measured:
            return f"MEASURED: {self.pack.title} (pack {self.pack.name!r})"
        return (
            f"SIMULATED: the rehearsal, because the pack {self.wanted!r} is not here. To get it, "
            f"once and with a network: smile-explore pack build {self.wanted}"
        )

    __repr__ = __str__


def event(name: str) -> Event:
    """Return the measured event if its pack is at hand, else the rehearsal.

    Parameters
    ----------
    name : str
        A curated event, a row of `smile_explore.catalogue.events`.

    Returns
    -------
    Event
        A pack that is damaged counts as not at hand.

    Raises
    ------
    UnknownProductError
        If there is no such event.

    Examples
    --------
    >>> chosen = event("themis-c-20080812")
    >>> chosen.measured, chosen.pack.name
    (False, 'rehearsal')
    """
    wanted = catalogue.event(name).name
    there = packs.available().fault.get(wanted) == ""
    return Event(wanted, packs.open(wanted if there else "rehearsal"))
