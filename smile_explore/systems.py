"""Coordinate systems: which we know by name, and what a file's texts and names state of them.

Anchored, documented forms only: a frame that merely looks like one of ours (``GSE2000``,
``MGSE``, ``GSEQ``) is another, an instrument called MAG or an orbit called GEO is none, and
angles are no cartesian components.
"""

import re

#: Coordinate systems we know by name. Only GSE, GSM, SM and GEO are rotated by ``frames``.
FRAMES = {
    "GSE", "GSM", "SM", "GEO", "GEI", "ICRF", "MAG", "HEZ", "NEZ", "RTN", "DSL", "SSL", "DBCS", "FAC", "PEN", "EPN",
    "GSE2000", "GSEQ", "MGSE", "DMPA", "BCS", "ISR2", "SR2", "SRF", "J2000", "GEI2000", "ECI", "GCI", "TOD", "MOD",
    "HCI", "HAE", "HEE", "HEEQ", "HGI", "LGSE", "SSE", "SEL", "MSO", "MSM", "VSO", "KSO", "KSM", "JSO", "JSS",
}  # fmt: skip
#: Words that mean much else (instrument, orbit, units of ours): in running text, and in the
#: names of variables, they count only where nothing else can be meant.
_AMBIGUOUS = {"SM", "GEO", "MAG", "FAC", "PEN", "MOD", "TOD", "SEL", "SSE", "BCS", "SRF", "ECI"}
_NAMES = {
    "GEOCENTRIC SOLAR ECLIPTIC": "GSE",
    "GEOCENTRIC SOLAR MAGNETOSPHERIC": "GSM",
    "SOLAR MAGNETIC": "SM",
    "GEOGRAPHIC": "GEO",
    "GEOCENTRIC GEOGRAPHIC": "GEO",
    "GEOCENTRIC EQUATORIAL INERTIAL": "GEI",
    "RADIAL TANGENTIAL NORMAL": "RTN",
}
_ALL = "|".join(sorted(FRAMES, key=len, reverse=True))
_PLAIN = "|".join(sorted(FRAMES - _AMBIGUOUS, key=len, reverse=True))
_DOUBTFUL = "|".join(sorted(_AMBIGUOUS, key=len, reverse=True))
_SYSTEM = r"\s*[-,]?\s*(?:cartesian\s+)?(?:coord|frame|system|component|xyz)"
_WORD = re.compile(rf"(?<![A-Za-z0-9])({_PLAIN}|{_PLAIN.lower()})(?![A-Za-z0-9])")
_DOUBTFUL_WORD = re.compile(rf"(?<![A-Za-z0-9])({_DOUBTFUL})(?={_SYSTEM})", re.IGNORECASE)
#: Words that make another frame of one that they stand beside.
_OTHER = r"(?!.*(?:aberrat|modified|rotated|quasi|-like))"
#: "gse", "GSM>Geocentric ...", "vector>gse_xyz", "GSE (Geocentric Solar Ecliptic)".
_STATED = re.compile(
    rf"{_OTHER}(?:vector\s*>\s*)?({_ALL})(?:[ _-]?(xyz|cartesian|rlp|rtp|latlon|spherical|polar))?"
    r"\s*(?:[>(,:].*|coord\w*\.?|coordinate systems?|frame|system)?",
    re.IGNORECASE | re.DOTALL,
)
#: "BGSM", "SC_pos_GSE", "B3GSE", "BGSEc": a letter or a word for the quantity, then the frame.
_TOKEN = re.compile(
    rf"(?:B|V|E|P|J|R|X|Y|Z|U|F|S|pos|vel|vec|xyz|sc)?\d?({'|'.join(sorted(FRAMES - {'MAG', 'MOD', 'TOD', 'SEL', 'SSE', 'ECI'}, key=len, reverse=True))})c?",
    re.IGNORECASE,
)
_ANGULAR = re.compile(
    r"(?<!rect)(?<!tri)angle|(?<!rect)(?<!tri)angular|\bspheric|\blat(?:itude)?s?\b|\blon(?:gitude)?s?\b|\btheta\b|\bphi\b|azimuth|"
    rf"\belevation\b|colatitude|right ascension|\bradec\b|\br[lt]p\b|(?:{_ALL}|in)[ ,-]+polar\b|"
    r"\bpolar (?:coord|component|angle|form|system)|\bpolar$|^polar$",
    re.IGNORECASE,
)
_ANGULAR_TOKENS = {
    "rlp", "rtp", "ang", "angle", "angles", "polar", "sph", "spherical", "lat", "lon", "latlon",
    "theta", "phi", "latitude", "longitude", "radec", "llr", "mlt",
}  # fmt: skip
_ANGULAR_UNITS = re.compile(
    r"(?<![\w/])(?<!earth )(deg(?:rees?)?|rad(?:ians?)?|°)(?!\w|\s*/|\s*s|\s*\^?-1|\s+[CFK]\b)",
    re.IGNORECASE,
)


def frames(text: str) -> set[str]:
    """Return all frames that a running text names.

    Examples
    --------
    >>> sorted(frames("BX, nT (GSE, GSM)"))
    ['GSE', 'GSM']
    >>> frames("Fluxgate magnetometer (MAG) in GEO orbit"), frames("GSE2000"), frames("XGSEQ")
    (set(), {'GSE2000'}, set())
    >>> frames("position in GEO coordinates")
    {'GEO'}
    """
    text = text.replace("_", " ")
    return {f.upper() for f in (*_WORD.findall(text), *_DOUBTFUL_WORD.findall(text))}


def cartesian_frame(text: str) -> str | None:
    """Return the one frame of a vector that a text describes, unless it is given in angles.

    Examples
    --------
    >>> cartesian_frame("Magnetic field vector in GSM coordinates (16 sec)")
    'GSM'
    >>> cartesian_frame("Ion Bulk Flow Velocity, GSE polar")
    """
    names = frames(text)
    return names.pop() if len(names) == 1 and not is_angular(text) else None


def stated_frame(text: str) -> str | None:
    """Return the frame that a text written for it states (``COORDINATE_SYSTEM``, ``FRAME``).

    Examples
    --------
    >>> stated_frame("GSM>Geocentric Solar Magnetospheric"), stated_frame("vector>gse_xyz")
    ('GSM', 'GSE')
    >>> stated_frame("GSM (aberrated)"), stated_frame("GSE, rotated by 4 deg")
    (None, None)
    >>> stated_frame("gse_rlp"), stated_frame("sensor"), stated_frame("GSE or GSM")
    (None, None, None)
    """
    text = " ".join(text.strip().strip("\"'").split())
    known = _STATED.fullmatch(text)
    if known:
        angular = (known[2] or "").lower() in ("rlp", "rtp", "latlon", "spherical", "polar")
        return None if angular else known[1].upper()
    return _NAMES.get(re.sub(r"[\s_-]+", " ", text.split("(")[0]).strip().upper())


def named_frame(name: str) -> str | None:
    """Return the frame that a variable's own name states, for files that state it nowhere else.

    Examples
    --------
    >>> named_frame("BGSM"), named_frame("sc_pos_xyz_gse__C1"), named_frame("Time_PB5")
    ('GSM', 'GSE', None)
    >>> named_frame("efield_mgse"), named_frame("GEO_flux"), named_frame("B_vec_rlp_gse")
    ('MGSE', None, None)
    """
    tokens = [t for t in re.split(r"[^A-Za-z0-9]+|_", name) if t]
    if _ANGULAR_TOKENS & {t.lower() for t in tokens}:
        return None
    matches = [(k, _TOKEN.fullmatch(t)) for k, t in enumerate(tokens)]
    names = {
        m[1].upper()
        for k, m in matches
        # "b_geo" is a vector in GEO, "GEO_flux" something measured in that orbit
        if m and (m[1].upper() not in _AMBIGUOUS or m[0] != m[1] or k)
    }
    return names.pop() if len(names) == 1 else None


def is_angular(*texts: str) -> bool:
    """Say whether texts (labels, a description) speak of angles or of latitude and longitude.

    Examples
    --------
    >>> is_angular("|B| Latitude Longitude"), is_angular("POLAR magnetic field, GSM")
    (True, False)
    >>> is_angular("Geocentric Solar Magnetospheric (GSM)"), is_angular("GSE, rectangular")
    (False, False)
    """
    return any(_ANGULAR.search(t.replace("_", " ").strip()) for t in texts)


def are_angles(name: str, attrs: dict) -> bool:
    """Say whether a variable's three numbers are angles, or a radius and angles.

    Parameters
    ----------
    name : str
        In the file.
    attrs : dict
        ISTP attributes; ``LABELS`` and ``REPRESENTATION`` as plain text, if the reader has them.

    Examples
    --------
    >>> are_angles("pos_gse", {"UNITS": "deg"}), are_angles("b_rlp", {}), are_angles("w", {"UNITS": "deg/s"})
    (True, True, False)
    """
    if _ANGULAR_UNITS.search(str(attrs.get("UNITS", ""))):
        return True
    if _ANGULAR_TOKENS & {t.lower() for t in re.split(r"[^A-Za-z0-9]+|_", name)}:
        return True
    keys = ("CATDESC", "FIELDNAM", "LABLAXIS", "LABELS", "REPRESENTATION", "COORDINATE_SYSTEM")
    return is_angular(*(str(attrs.get(k, "")) for k in keys))
