"""ISTP CDF files as raw Datasets: pycdfpp decodes them, after the guard.

Nothing is masked or renamed here, that is ``contract.standardise``'s work. What is not
delivered is in the report, with its reason.
"""

import functools
from pathlib import Path

import pycdfpp
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError, InputError
from smile_explore.formats import cdf_attrs, cdf_guard, cdf_times, words
from smile_explore.formats.cdf_axes import Axes
from smile_explore.formats.cdf_times import Clocks, unread
from smile_explore.report import (
    COMPRESSION,
    FIXED,
    NO_RECORDS,
    NO_TIME,
    OTHER_RECORDS,
    TEXT,
    TIMES,
    VIRTUAL,
    add,
)

#: What pycdfpp raises for a file it cannot make sense of.
_UNDECODABLE = (
    ArithmeticError, BufferError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def read(path, names=None, *, trusted=False, opened=None) -> xr.Dataset:
    """Decode a CDF into a raw Dataset, in the archive's own terms.

    Parameters
    ----------
    path : str or Path
        A CDF of version 2 or 3.
    names : iterable of str, optional
        Decode these variables alone, with the times and axes they depend on.
    trusted : bool
        The file has passed this reader before and lies in our own cache: look at its header
        only. Else its whole structure is checked first, see `cdf_guard`; with `names`, the
        compressed blocks of these variables alone, so that it does not vouch for the others.
    opened : callable, optional
        What to read of, given the CDF that pycdfpp opened: see `outline`.

    Returns
    -------
    Dataset
        Each variable with its time base as first dim, whose coordinate of that name is
        datetime64[ns], UTC; attributes as in the file (``UNITS``, ``FILLVAL``, ...). A second
        axis that holds for the whole file is a coordinate named as its dim; one that changes
        with time is the 2-D coordinate ``<dim>_centre``. ``attrs["report"]`` names variables
        that are left out and why, see `report`.

    Raises
    ------
    CorruptFileError
        If the file is no CDF, damaged or cut short.
    InputError
        If it is sound, but of a kind that is not supported.
    DatasetError
        If it holds none of `names`.
    """
    path = Path(path)
    if not (trusted or names is None or opened):
        opened = functools.partial(_Guarded, blocks=cdf_guard.Blocks(path))
    else:
        (cdf_guard.check_header if trusted else cdf_guard.check)(path)
    try:
        cdf = pycdfpp.load(str(path))
        return _dataset(
            opened(cdf) if opened else cdf, None if names is None else list(names), path.name
        )
    except (CorruptFileError, DatasetError, InputError):
        raise
    except _UNDECODABLE as err:
        message = (
            f"{path.name} cannot be decoded ({err}): if cdfconvert or another reader finds it "
            "sound, it uses a feature of CDF that is not supported; else fetch it again."
        )
        raise CorruptFileError(message) from err


class _Guarded:
    """A CDF as pycdfpp opens it; the blocks of a variable are checked before they are decoded."""

    def __init__(self, held, blocks: cdf_guard.Blocks):
        self._held, self._blocks = held, blocks
        self.attributes = held.attributes

    def __iter__(self):
        return iter(self._held)

    def __contains__(self, name):
        return name in self._held

    def __getitem__(self, name):
        var = self._held[name]
        if var.type not in cdf_times.TIMES:
            return _GuardedVariable(var, functools.partial(self._blocks.require, name))
        self._blocks.require(name)  # pycdfpp makes times of its own variables only
        return var


class _GuardedVariable:
    def __init__(self, var, require):
        self._var, self._require = var, require

    def __getattr__(self, name):
        if name.startswith("values"):
            self._require()
        return getattr(self._var, name)


def _dataset(cdf, names, filename: str) -> xr.Dataset:
    clocks = Clocks(cdf)
    wanted = list(cdf) if names is None else [n for n in dict.fromkeys(names) if n in cdf]
    bases, left_out = _sorted_out(cdf, wanted, clocks)
    if names and not bases and not left_out:
        data, _ = _sorted_out(cdf, list(cdf), clocks)
        message = f"None of {', '.join(names)} is in {filename}, which holds {', '.join(data)}."
        raise DatasetError(message)
    axes, dims = Axes(cdf, clocks), {}
    for name, clock in bases.items():
        dims[name] = axes.dims(name, clock)
    _refuse_if_nothing_is_left(dims, left_out, filename)
    variables = {
        name: (dims[name], _values(cdf[name]), cdf_attrs.of(cdf, cdf[name]))
        for name in dims
        if name not in axes.used
    }
    about = cdf_attrs.of_file(cdf)
    attrs = words.global_attrs(about) | {"simulated": words.simulated(about)}
    for name, reason in _not_used(cdf, names, left_out, axes).items():
        add(attrs, name, "left out", detail=reason)
    for name, stated in clocks.by_count.items():
        if name in variables:
            detail = f"{stated} has another number of records than it, {bases[name]} as many"
            add(attrs, name, "time base by length", detail=detail)
    coords = xr.Coordinates(axes.coords, indexes={})  # nobody looks a time up before the contract
    return xr.Dataset(variables, coords, attrs)


def _sorted_out(cdf, names, clocks: Clocks) -> tuple[dict[str, str], dict[str, str]]:
    """Return the time base of each variable that has one, and why others are left out."""
    bases, left_out = {}, {}
    for name in names:
        var = cdf[name]
        reason = _unusable(var)
        clock = None if reason or _is_fixed(var) else clocks.of(name)
        if clock:
            bases[name] = clock
        elif reason or not _is_fixed(var):
            left_out[name] = reason or _without_clock(var, clocks)
    used = {*bases.values()}
    bases = {n: c for n, c in bases.items() if n not in used}
    return bases, {n: r for n, r in left_out.items() if n not in used and _is_worth(cdf[n], r)}


def _not_used(cdf, names, left_out: dict[str, str], axes: Axes) -> dict[str, str]:
    """Return why variables are left out that no axis holds; without `names`, fixed numbers too."""
    reasons = {name: reason for name, reason in left_out.items() if name not in axes.used}
    for name in cdf if names is None else ():
        if _is_fixed(cdf[name]) and not _unusable(cdf[name]) and name not in axes.used:
            reasons[name] = FIXED
    return reasons


def _is_fixed(var) -> bool:
    """Say whether a variable holds for the whole file: labels, tables, constants."""
    return var.is_nrv and not cdf_attrs.text(var, "DEPEND_0")


def _is_worth(var, reason: str) -> bool:
    """Say whether it is worth telling: neither labels nor a time base without records."""
    if var.is_nrv:
        return reason == COMPRESSION
    return not (var.type in cdf_times.TIMES and reason in (VIRTUAL, NO_RECORDS))


def _unusable(var) -> str:
    """Return why a variable cannot be delivered, whatever its time base, or nothing."""
    if not var.shape[0] and cdf_attrs.text(var, "VIRTUAL").lower() == "true":
        return VIRTUAL
    if unread(var):
        return COMPRESSION
    if var.type in cdf_attrs.TEXTS:
        return TEXT
    return TIMES if var.type in cdf_times.TIMES else ""


def _without_clock(var, clocks: Clocks) -> str:
    stated = cdf_attrs.text(var, "DEPEND_0")
    if clocks.is_range(stated):
        return f"{NO_TIME}: {stated} holds several times a record (start and stop)"
    if not var.shape[0]:
        return NO_RECORDS
    base = clocks.records(stated)
    if base is None and not clocks.candidates():
        return NO_TIME
    if base is None:
        return f"{NO_TIME}: {stated or 'nothing'} is no time base" if stated else NO_TIME
    return OTHER_RECORDS


def _refuse_if_nothing_is_left(variables, left_out: dict[str, str], filename: str) -> None:
    """Name the feature for which nothing of a sound file can be delivered, if there is one."""
    reasons = set(left_out.values())
    if variables:
        return
    if COMPRESSION in reasons:
        message = f"{filename} is packed by Huffman codes, which are not supported: convert it to gzip with cdfconvert."
        raise InputError(message)
    ranges = [r for r in reasons if "several times a record" in r]
    if ranges:
        message = (
            f"{filename} has no time base with one time a record ({ranges[0]}), which is not "
            "supported: write a variable with one time of each record, its middle for instance."
        )
        raise InputError(message)


def _values(var):
    """Return the values without the dims of length 1 that old writers add to scalars."""
    shape = var.shape[1:] if var.is_nrv else var.shape
    return var.values.reshape(shape[0], *(n for n in shape[1:] if n > 1))
