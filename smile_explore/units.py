"""Units: the spellings of archives, turned into the CF spelling that astropy parses.

A unit that is not understood is never guessed, nor one that can be read in two ways, such as
``a/b c``; nothing here carries units through a computation.
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

#: Words of products and quotients, in lower case -> CF; what is counted has no unit, and goes.
_WORDS = {
    "#": "", "1": "", "no": "", "number": "", "particles": "", "ions": "", "electrons": "", "protons": "", "samples": "",
    "nucleon": "", "nuc": "", "count": "count", "counts": "count", "photon": "photon", "photons": "photon", "cm": "cm", "km": "km",
    "m": "m", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "h": "h", "hr": "h", "hour": "h", "hours": "h", "min": "min",
    "day": "d", "days": "d", "sr": "sr", "str": "sr", "st": "sr", "ster": "sr", "steradian": "sr", "ev": "eV", "kev": "keV", "mev": "MeV",
    "gev": "GeV", "erg": "erg", "ergs": "erg", "j": "J", "nt": "nT", "pt": "pT", "v": "V", "mv": "mV", "w": "W", "watt": "W", "watts": "W",
    "nw": "nW", "k": "K", "pa": "Pa", "pascal": "Pa", "pascals": "Pa", "npa": "nPa", "degree": "degree", "degrees": "degree", "deg": "degree",
    "rad": "rad", "hz": "Hz", "hertz": "Hz", "khz": "kHz",
}  # fmt: skip
#: Letters whose case decides: another case of them is not understood.
_CASE = {"m": "m", "s": "s", "j": "J", "v": "V", "mv": "mV", "w": "W", "h": "h", "pt": "pT"}
_TOKEN = re.compile(r"[A-Za-z#]+|\^?[+-]?\d+|[()/]")
_POWER = re.compile(r"\^?[+-]?\d+")
#: What stands below the line, in this order, which is that of the table.
_RANKS = [{"cm", "m", "km"}, {"s", "h", "min", "d"}, {"sr"}, {"eV", "keV", "MeV", "GeV"}]


def canonical_units(text: str) -> str | None:
    """Return an archive's unit text in the CF spelling, or None if it is not understood.

    Examples
    --------
    >>> canonical_units("nT GSM (All Qs)"), canonical_units("#/cc"), canonical_units("Re")
    ('nT', 'cm-3', 'RE')
    >>> canonical_units("#/(cm^2*s*str*MeV)"), canonical_units("Pascals")
    ('cm-2 s-1 sr-1 MeV-1', 'Pa')
    """
    key = re.sub(r"\((All Qs|\d+ ?\w+|[^()]*=[^()]*)\)|,.*$|[{}]", "", str(text)).strip()
    words = [w for w in key.split() if w.upper() not in _FRAME_WORDS]
    known = _UNITS.get("".join(words).lower()) or _composed(" ".join(words))
    if known:
        return known
    return " ".join(words) if words and parses(" ".join(words)) else None


def _composed(text: str) -> str | None:
    """Return a product or quotient of known words in the CF spelling, or None."""
    text = re.sub(r"![ue](.*?)!n", r"^\1", text, flags=re.IGNORECASE).replace("**", "^")
    text = re.sub(r"\bper\b", "/", re.sub(r"\bcc\b", "cm^3", text))
    text = re.sub(r"[*.]|-(?=[A-Za-z(])", " ", text)
    tokens = _TOKEN.findall(text)
    if not tokens or "".join(tokens) != "".join(text.split()):
        return None
    try:
        factors = [(word, power) for word, power in _factors(tokens) if word]
    except ValueError:
        return None
    above = [f for f in factors if f[1] > 0]
    below = sorted((f for f in factors if f[1] < 0), key=_rank)
    return " ".join(f"{w}{'' if p == 1 else p}" for w, p in above + below) if factors else None


def _rank(factor: tuple[str, int]) -> int:
    return next((k for k, words in enumerate(_RANKS) if factor[0] in words), len(_RANKS))


def _factors(tokens: list[str], *, inside: bool = False) -> list[tuple[str, int]]:
    """Take tokens up to the end, or to the closing bracket; return words and their powers."""
    found: list[tuple[str, int]] = []
    sign, divided = 1, False
    while tokens and tokens[0] != ")":
        token = tokens.pop(0)
        if token == "/":
            sign, divided = -1, True
            continue
        if divided and sign > 0:
            message = "what follows a quotient may belong above or below its line"
            raise ValueError(message)
        inner = _factors(tokens, inside=True) if token == "(" else [(_word(token), 1)]
        power = int(tokens.pop(0).lstrip("^")) if tokens and _POWER.fullmatch(tokens[0]) else 1
        found += [(word, sign * power * own) for word, own in inner]
        sign = 1
    if inside != bool(tokens):
        message = "brackets do not match"
        raise ValueError(message)
    del tokens[: int(inside)]
    return found


def _word(token: str) -> str:
    key = token.lower()
    if key not in _WORDS or (key in _CASE and token != _CASE[key]) or token == "meV":
        message = f"{token!r} is no word for a unit"
        raise ValueError(message)
    return _WORDS[key]


@functools.cache
def parses(units: str) -> bool:
    """Say whether astropy understands these units."""
    if units in _UNITS.values() and units != "RE":
        return True
    words = [re.fullmatch(r"([A-Za-z]+)(-?\d+)?", w) for w in units.split()]
    if words and all(w and _WORDS.get(w[1].lower()) == w[1] for w in words):
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
        message = f"Units {have!r} do not convert to {want!r}: correct attrs['units'], which a calculation may have kept, or the product's row."
        raise DatasetError(message) from err
    return float(ratio * radius)
