"""Units: the spellings of archives, turned into the CF spelling that astropy parses.

A unit that is not understood is never guessed; nothing here carries units through a
computation.
"""

import functools
import re

from smile_explore.errors import DatasetError

#: Mean Earth radius of the IGRF, km: the RE of every model in this package.
EARTH_RADIUS_KM = 6371.2

#: Frames that archives put into the text of a unit, as in "nT GSM".
_FRAME_WORDS = {"GSE", "GSM", "SM", "GEO", "GEI", "DSL", "SSL", "HEZ"}

#: Spellings met in archives, after lower-casing and removal of blanks -> CF.
_UNITS = {
    "nt": "nT", "nanotesla": "nT", "gamma": "nT", "km/s": "km s-1", "km/sec": "km s-1", "kms-1": "km s-1",
    "kms^-1": "km s-1", "#/cc": "cm-3", "n/cm3": "cm-3", "n/cm^3": "cm-3", "#/cm3": "cm-3", "c": "deg_C", "degc": "deg_C", "n/cc": "cm-3", "1/cc": "cm-3", "/cc": "cm-3", "cm^-3": "cm-3", "cm-3": "cm-3",
    "1/cm^3": "cm-3", "#/cm^3": "cm-3", "cm!u-3!n": "cm-3", "cm**-3": "cm-3", "k": "K", "kelvin": "K", "degk": "K",
    "deg.k": "K", "degrees": "degree", "degs": "degree", "deg": "degree", "mv/m": "mV m-1", "sec": "s", "seconds": "s", "sec.": "s",
    "ms": "ms", "msec": "ms", "%": "percent", "percent": "percent", "re": "RE", "r_e": "RE", "earthradii": "RE",
    "km": "km", "kilometers": "km", "ev": "eV", "ev/(cm^2-s-sr-ev)": "eV cm-2 s-1 sr-1 eV-1", "kev/(cm^2ssrkev)": "keV cm-2 s-1 sr-1 keV-1",
    "ev/(cm^2ssrev)": "eV cm-2 s-1 sr-1 eV-1", "ev/cm^3": "eV cm-3", "ev/cc": "eV cm-3",
    "(cm^2ssrmev)^-1": "cm-2 s-1 sr-1 MeV-1", "watts/m^2": "W m-2", "w/m^2": "W m-2", "w/m2": "W m-2", "volts": "V", "volt": "V",
    "unitless": "1", "none": "1", "dimensionless": "1", "count": "count", "counts": "count", "cm^-3>cm-3": "cm-3",
    "r": "R", "rayleigh": "R", "rayleighs": "R", "": "1", "ratio": "1", "mins": "min", "minutes": "min",
}  # fmt: skip


def canonical_units(text: str) -> str | None:
    """Return an archive's unit text in the CF spelling, or None if it is not understood.

    Examples
    --------
    >>> canonical_units("nT GSM (All Qs)"), canonical_units("#/cc"), canonical_units("Re")
    ('nT', 'cm-3', 'RE')
    """
    key = re.sub(r"\((All Qs|\d+ ?\w+)\)|,.*$|[{}]", "", str(text)).strip()
    words = [w for w in key.split() if w.upper() not in _FRAME_WORDS]
    known = _UNITS.get("".join(words).lower())
    if known:
        return known
    return " ".join(words) if words and parses(" ".join(words)) else None


@functools.cache
def parses(units: str) -> bool:
    """Say whether astropy understands these units."""
    if units in _UNITS.values() and units != "RE":
        return True
    from astropy import units as u  # half a second, and only for spellings not in the table

    try:
        u.Unit(units)
    except ValueError:
        return False
    return True


@functools.cache
def factor(have: str, want: str) -> float:
    """Return what to multiply `have` by to get `want`; DatasetError if there is no such number."""
    if have == want:
        return 1.0
    from astropy import units as u

    radius = EARTH_RADIUS_KM if have == "RE" else 1.0
    try:
        ratio = u.Unit("km" if have == "RE" else have).to(
            want, equivalencies=u.temperature_energy()
        )
    except (ValueError, TypeError) as err:
        message = f"Units {have!r} do not convert to {want!r}: mend the row in data/products.toml."
        raise DatasetError(message) from err
    return float(ratio * radius)
