"""One module per file format: a path in, a raw Dataset in the archive's own terms out.

Each module has ``read(path, names=None, *, trusted=False)``. `read` here picks the module by
what the file begins with; a new format is a new module, and a line in `_recognised` if files
of a user's own may have it.
"""

import gzip
import importlib
import importlib.util
import re
import zlib
from pathlib import Path

import xarray as xr

from smile_explore.errors import CorruptFileError, InputError

_PEEK = 1 << 16
_CDF = (b"\xcd\xf3\x00\x01", b"\xcd\xf2\x60\x02", b"\x00\x00\xff\xff")
_NETCDF = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
_GZIP = b"\x1f\x8b"
_CEF = re.compile(
    rb"^[ \t]*(FILE_FORMAT_VERSION\s*=\s*\"?CEF|START_(META|VARIABLE)\s*=)", re.MULTILINE
)
_OMNIWEB = re.compile(rb"\s*(19[5-9]\d|20\d\d) +\d{1,3} +\d{1,2} ")
_OMNIWEB_FORMAT = b"FORMAT OF THE SUBSETTED FILE"
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_DATE = re.compile(rb"\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}|\d{4}-\d{3}[T ,;Z]")
#: What is read only as it is.
_NOT_IN_GZIP = {"cdf": "a CDF", "netcdf": "a netCDF file"}
_BOM = b"\xef\xbb\xbf"


def read(path, names=None, format=None, *, trusted=False) -> xr.Dataset:
    """Read a file of any format we know into a raw Dataset.

    Parameters
    ----------
    path : str or Path
        The file.
    names : iterable of str, optional
        Decode these variables alone, by the archive's names.
    format : str, optional
        The module that reads it; without it, the content decides, not the suffix.
    trusted : bool
        The file has passed its reader before and lies in our own cache.

    Returns
    -------
    Dataset
        Every variable with its time base as first dim (coordinate datetime64[ns], UTC) and
        ISTP attributes; see ``contract.standardise``.

    Raises
    ------
    CorruptFileError
        If the file is damaged, cut short or of no kind we read.
    InputError
        If there is no such file or format.

    Examples
    --------
    >>> read("no_such_file.cdf")
    Traceback (most recent call last):
    smile_explore.errors.InputError: No file at 'no_such_file.cdf': check the path.
    """
    path = Path(path)
    if not path.is_file():
        message = f"No file at {str(path)!r}: check the path."
        raise InputError(message)
    return _reader(format or kind(path))(path, names, trusted=trusted)


def _reader(name: str):
    module = f"{__name__}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(module) is None:
        message = f"No reader for format {name!r}: it should be a module of smile_explore.formats."
        raise InputError(message)
    return importlib.import_module(module).read


def kind(path: Path) -> str:
    """Return the name of the format that a file has, by its content.

    Raises
    ------
    CorruptFileError
        If it is none that we read.
    """
    with path.open("rb") as file:
        raw = head = file.read(_PEEK)
    if head.startswith(_GZIP):
        head = _unzipped(path)
    found = _recognised(head.removeprefix(_BOM))
    if head is not raw and found in _NOT_IN_GZIP:
        message = f"{path.name} is {_NOT_IN_GZIP[found]} packed with gzip, which is not read so: unpack it with gunzip first."
        raise InputError(message)
    if found is None:
        what = "a web page, not data" if _PAGE.match(head) else "of no kind we read"
        known = "CDF, CEF, netCDF, FITS of SXI, OMNIWeb and CDAWeb listings"
        message = f"{path.name} is {what} (we read {known}): look at it in a text editor."
        raise CorruptFileError(message)
    if found == "cdf" and path.name.startswith("SMILE_UVI_"):
        return "uvi"  # a CDF with traps of its own
    return found


def _recognised(head: bytes) -> str | None:
    if head.startswith(_CDF):
        return "cdf"
    if head.startswith(_NETCDF):
        return "netcdf"
    if head.startswith(b"SIMPLE  ="):
        return "sxi"
    if _CEF.search(head):
        return "cef"
    if _OMNIWEB.match(head) or _OMNIWEB_FORMAT in head[:200]:
        return "omniweb"
    is_text = b"\0" not in head and not _PAGE.match(head)
    return "cdaweb" if is_text and _DATE.search(head) else None


def _unzipped(path: Path) -> bytes:
    """Return the beginning of what a gzip file holds, or nothing if it is broken there."""
    try:
        with gzip.open(path) as file:
            return file.read(_PEEK)
    except (OSError, EOFError, zlib.error):
        return b""
