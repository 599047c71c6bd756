"""What the words in headers mean: frames, components of vectors, where a file comes from.

Shared by the readers. A frame is told only where the header tells one and no other; nothing
is guessed.
"""

import re

from smile_explore.contract import FRAMES

_FRAME = re.compile(rf"(?<![A-Za-z])({'|'.join(sorted(FRAMES))})(?![A-Za-z])")
_ANGLES = re.compile(r"polar|spheric|angle|latitude|longitude", re.IGNORECASE)
#: Global attributes that are kept, in the spelling that readers of raw Datasets may rely on.
_GLOBALS = (
    "Logical_source", "Logical_source_description", "Source_name", "TITLE", "Acknowledgement",
    "Rules_of_use", "PI_name", "DOI", "Data_version",
)  # fmt: skip


def frame(text: str) -> str | None:
    """Return the one frame that a text names, or None if it names none or several.

    Examples
    --------
    >>> frame("Magnetic field vector in GSM coordinates (16 sec)"), frame("BX, nT (GSE, GSM)")
    ('GSM', None)
    """
    found = frames(text)
    return found.pop() if len(found) == 1 else None


def frames(text: str) -> set[str]:
    """Return all frames that a text names.

    Examples
    --------
    >>> sorted(frames("BX, nT (GSE, GSM)"))
    ['GSE', 'GSM']
    """
    return set(_FRAME.findall(text.replace("_", " ")))


def cartesian_frame(text: str) -> str | None:
    """Return the frame of a vector that a text describes, unless it is given in angles.

    Examples
    --------
    >>> cartesian_frame("Magnetic Field Vector in GSE Cartesian coordinates")
    'GSE'
    >>> cartesian_frame("Ion Bulk Flow Velocity, GSE polar")
    """
    return None if _ANGLES.search(text) else frame(text)


def global_attrs(held: dict) -> dict[str, str]:
    """Return who made a file and what it is, from its global attributes in any spelling.

    Examples
    --------
    >>> global_attrs({"LOGICAL_SOURCE": ["AC_H0_MFI"], "MODS": ["of no interest"]})
    {'Logical_source': 'AC_H0_MFI'}
    """
    lower = {k.lower(): v for k, v in held.items()}
    kept = {}
    for key in _GLOBALS:
        lines = lower.get(key.lower(), ())
        lines = [lines] if isinstance(lines, str) else lines
        text = " ".join(t.strip() for t in lines if isinstance(t, str)).strip()
        if text:
            kept[key] = text
    return kept
