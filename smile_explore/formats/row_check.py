"""A row of a product table held against a file of its archive: what does not fit, in words."""

import re
from pathlib import Path

import xarray as xr

from smile_explore import contract, formats
from smile_explore.catalogue import Product, did_you_mean
from smile_explore.errors import DatasetError

_DIGITS = {"%Y": r"\d{4}", "%j": r"\d{3}"}
_PART = re.compile(r"%[YmdjHMS]|\*|\?|.")


def fits(name: str, pattern: str) -> bool:
    """Say whether a file has a name as the row's pattern says.

    Examples
    --------
    >>> fits("thc_l2_fgm_20080812_v01.cdf", "thc_l2_fgm_%Y%m%d_v??.cdf")
    True
    """
    words = {"*": ".*", "?": "."} | _DIGITS
    parts = (words.get(p) or (r"\d{2}" if p[0] == "%" and p[1:] else re.escape(p)) for p in _PART.findall(pattern))  # fmt: skip
    return re.fullmatch("".join(parts), name, re.IGNORECASE) is not None


def faults(row: Product, path) -> list[str]:
    """Return what a file does not hold as the row says, and what the row does not say.

    Parameters
    ----------
    row : Product
    path : str or Path
        A file of the row's data set.

    Returns
    -------
    list of str
        Empty if all variables come out with the row's units and frames.

    Raises
    ------
    CorruptFileError
        If the file cannot be read.
    """
    path = Path(path)
    wrong = []
    if not fits(path.name, row.pattern):
        wrong.append(f"key 'pattern': {path.name} is not named as {row.pattern!r} says.")
    if not row.doi:
        wrong.append("key 'doi' is missing: a paper cites the acknowledgement alone.")
    raw = formats.read(path, format=row.format or None)
    for variable in row.variables:
        wrong += [f"variable {variable.name!r}: {text}" for text in _of(variable, raw)]
    return wrong


def _of(variable, raw: xr.Dataset) -> list[str]:
    names = [str(name) for name in raw.variables]
    missing = [origin for origin in variable.origin if origin not in names]
    if missing:
        held = ", ".join(names[:12]) + (", ..." if names[12:] else "")
        may = " (it is optional)" if variable.optional else ""
        return [
            f"{origin!r} is not in the file{may}.{did_you_mean(origin, names)} It holds {held}."
            for origin in missing
        ]
    try:
        ds = contract.standardise(raw, (variable,), quality="raw")
    except DatasetError as err:
        return [str(err)]
    if variable.name not in ds:
        return ["it does not come out of the file: it has another time than the others, or none."]
    da = ds[variable.name]
    stated = contract.file_frame(raw[variable.origin[0]].attrs)
    if stated and not variable.frame and da.shape[1:] == (3,):
        return [f"key 'frame' is missing: the file says {stated}."]
    return []
