"""Attributes of CDF files and of their variables, as plain Python texts and numbers."""

import numpy as np
import pycdfpp

from smile_explore.formats import words

TEXTS = (pycdfpp.DataType.CDF_CHAR, pycdfpp.DataType.CDF_UCHAR)
_KEPT = (
    "UNITS", "FILLVAL", "VALIDMIN", "VALIDMAX", "CATDESC", "FIELDNAM", "LABLAXIS",
    "COORDINATE_SYSTEM", "SI_CONVERSION", "VAR_TYPE", "SCALETYP",
)  # fmt: skip
_MOST_LABELS = 16


def text(var, key: str) -> str:
    """Return a variable's attribute if it is text, else nothing."""
    held = var.attributes
    value = held[key].value if key in held else ""
    return value.strip() if isinstance(value, str) else ""


def of(cdf, var) -> dict:
    """Return the ISTP attributes: texts stripped, single numbers as scalars.

    ``LABELS`` joins the names of the components, where the file gives them as a variable.
    """
    held = var.attributes
    attrs = {key: _plain(held[key].value) for key in _KEPT if key in held}
    if "UNITS" not in attrs and (pointer := text(var, "UNIT_PTR")) in cdf:
        units = set(_texts(cdf[pointer]))
        attrs |= {"UNITS": units.pop()} if len(units) == 1 else {}
    if var.shape[1:] in ((3,), (4,)):
        attrs |= _components(cdf, var, attrs)
    return {k: v for k, v in attrs.items() if v is not None}


def _components(cdf, var, attrs: dict) -> dict:
    about = {}
    if "COORDINATE_SYSTEM" not in attrs:
        about["COORDINATE_SYSTEM"] = words.cartesian_frame(str(attrs.get("CATDESC", "")))
    pointers = [text(var, key) for key in ("LABL_PTR_1", "DEPEND_1")]
    pointer = next((p for p in pointers if p in cdf and cdf[p].type in TEXTS), None)
    if pointer and np.prod(cdf[pointer].shape[:-1]) <= _MOST_LABELS:
        about["LABELS"] = " ".join(_texts(cdf[pointer]))
    return about


def _texts(var) -> list[str]:
    if var.type not in TEXTS:
        return []
    return [str(t).strip() for t in np.ravel(var.values_encoded)]


def _plain(value):
    if isinstance(value, str):
        return value.strip()
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiu" or not numbers.size:
        return None
    return numbers.item() if numbers.size == 1 else numbers


def of_file(cdf) -> dict:
    """Return the global attributes, each a list of its entries."""
    held = cdf.attributes
    return {k: [held[k][i] for i in range(len(held[k]))] for k in held}
