"""What the words in headers mean: frames, units, components of vectors, who made a file.

A frame is told only where the header tells one and no other; nothing is guessed.
"""

import re

import numpy as np

from smile_explore.systems import FRAMES, cartesian_frame, frames, is_angular, stated_frame  # noqa: F401  readers take them from here

#: "BX_FGS-D", "Vx Velocity", and "GSE_X": stem, component, rest.
_COMPONENT = re.compile(
    r"([A-Z]{1,2}?)([XYZ])((?![A-Z]).*)|(.+_)([XYZ])", re.IGNORECASE | re.DOTALL
)
#: Global attributes that are kept, in the spelling that users of raw Datasets may rely on.
_GLOBALS = (
    "Logical_source", "Logical_source_description", "Source_name", "TITLE", "Acknowledgement",
    "Rules_of_use", "PI_name", "DOI", "Data_version",
)  # fmt: skip
#: In the names of OMNI's files and listings: indices of the ground, fluxes of other spacecraft.
_GROUND = re.compile(
    r"(?:A[ELUOP]|Dst|Kp|PC)(?![a-z])|(?:SYM|ASY)[-_/]|F10(?!\d)|R(?:1800$|\W*Sunspot)",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"PR[-_ ]FLX|Proton flux", re.IGNORECASE)
_LAUNCH = np.datetime64("2026-05-19")
_CLUSTER = {"dataset_id": "logical_source", "dataset_title": "title"}


def about_components(about: dict) -> dict[str, str]:
    """Return the frame, labels and representation that a CEF header states of a variable.

    Examples
    --------
    >>> about_components({"FRAME": '"vector>gse_xyz"'}), about_components({"FRAME": "vector>gse_rlp"})
    ({'COORDINATE_SYSTEM': 'GSE'}, {'COORDINATE_SYSTEM': 'vector>gse_rlp'})
    >>> about_components({"REPRESENTATION_1": '"r","lat","lon"', "FRAME": "scalar>na"})
    {'REPRESENTATION': 'r lat lon'}
    """
    texts = [str(about.get(k, "")).strip('" ') for k in ("COORDINATE_SYSTEM", "FRAME")]
    texts = [t for t in texts if t and not t.lower().startswith("scalar")]
    frames_stated = [f for t in texts if (f := stated_frame(t))]
    lists = {"LABELS": about.get("LABEL_1"), "REPRESENTATION": about.get("REPRESENTATION_1")}
    out = {k: " ".join(re.split(r'[\s,"]+', v)).strip() for k, v in lists.items() if v}
    angular = [t for t in texts if is_angular(t)]  # says more than the bare frame beside it
    return out | ({"COORDINATE_SYSTEM": (angular or frames_stated or texts)[0]} if texts else {})


def without_frames(name: str) -> str:
    """Return a name without the frames in it.

    Examples
    --------
    >>> without_frames("V_ION_GSM_MOM_ESA-C"), without_frames("B_(GSM)"), without_frames("GSE")
    ('V_ION_MOM_ESA-C', 'B', '')
    """
    return "_".join(w for w in re.split(r"[_\s,()]+", name) if w and w not in FRAMES)


def component(name: str) -> tuple[str, str] | None:
    """Return what a name is a component of, and which, or None if it is none.

    Examples
    --------
    >>> component("BX_FGS-D"), component("Vy Velocity"), component("GSE_Z"), component("Flux")
    (('B_FGS-D', 'x'), ('V Velocity', 'y'), ('GSE', 'z'), None)
    """
    found = _COMPONENT.fullmatch(name)
    if not found:
        return None
    stem, axis, rest, whole, last = found.groups()
    return (whole.rstrip("_"), last.lower()) if whole else (stem + rest, axis.lower())


def global_attrs(held: dict) -> dict[str, str]:
    """Return who made a file and what it is, from its global attributes in any spelling.

    Examples
    --------
    >>> global_attrs({"LOGICAL_SOURCE": ["AC_H0_MFI"], "MODS": ["of no interest"]})
    {'Logical_source': 'AC_H0_MFI'}
    """
    lower = {_CLUSTER.get(k.lower(), k.lower()): v for k, v in held.items()}
    kept = {}
    for key in _GLOBALS:
        lines = lower.get(key.lower(), ())
        lines = [lines] if isinstance(lines, str) else np.ravel(lines).tolist()  # or one number
        text = " ".join(str(t).strip() for t in lines).strip()
        if text:
            kept[key] = text
    return kept


def reference_beside_the_wind(name: str) -> str | None:
    """Return the time reference of what stands in OMNI's files unshifted, beside the shifted wind.

    The files do not say where the proton fluxes, of several spacecraft, were measured.

    Examples
    --------
    >>> [reference_beside_the_wind(n) for n in ("ASY_H", "KP1800", "PR-FLX_10", "Alpha_v", "F")]
    ['ground', 'ground', 'unknown', None, None]
    """
    if _GROUND.match(name):
        return "ground"
    return "unknown" if _ELSEWHERE.match(name) else None


def is_before_launch(time) -> bool:
    """Say whether SMILE cannot have measured at a time: it was launched on 2026-05-19.

    Examples
    --------
    >>> is_before_launch(np.datetime64("2025-10-17T12:00"))
    True
    """
    return bool(time < _LAUNCH)


def simulated(held: dict) -> int:
    """Return 1 if global attributes call the data simulated, as our own files do, else 0.

    Examples
    --------
    >>> simulated({"Simulated": [1]}), simulated({"simulated": "no"}), simulated({"simulated": []})
    (1, 0, 0)
    """
    told = next((v for k, v in held.items() if k.lower() == "simulated"), 0)
    first = "".join(map(str, np.ravel(told)[:1]))  # of an attribute without entries: nothing
    return int(first.strip().lower() not in ("", "0", "0.0", "no", "false"))
