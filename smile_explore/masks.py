"""Which values of a file are missing: fills, and what lies outside a valid range that can be right.

Fills are compared exactly, integers as integers. A valid range is the archive's guess of what
its instrument can measure; where it rejects what plainly was measured it is not applied.
"""

import itertools
from dataclasses import dataclass

import numpy as np

HUGE = 1e30  #: ISTP's floating fills are -1e31; nothing we read is as large

#: A range is doubted only by so many values in a row: two may be a coincidence.
_RUN = 3
_LONG = 30  #: and by so many, if nothing joins them to accepted values
#: Of channels with values out of range, how many are looked at one by one.
_CHANNELS = 1000


@dataclass
class Masked:
    """What `apply` found: values with NaN, and how many became so and why."""

    values: np.ndarray
    not_finite: int = 0
    fill: int = 0
    out_of_range: int = 0
    kept: int = 0  # out of a range that cannot be right
    why_kept: str = ""


def apply(values: np.ndarray, fills, low=None, high=None, *, whole: bool = False) -> Masked:
    """Make fills, and what lies outside a range that can be right, NaN.

    Parameters
    ----------
    values : ndarray, (time, ...)
        Numbers.
    fills : iterable of numbers
        As the file or the row states them, of any type.
    low, high : number or array, optional
        The valid range: one number, one for each last component, or an array of the shape of
        one record (or one for each index of its one axis of that length).
    whole : bool
        Integers without a missing value stay integers though a fill is stated (for flags).
    """
    numbers = [f for f in fills if _is_number(f)]
    bad = is_fill(values, numbers)
    finite = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    result = Masked(values, not_finite=int(values.size - np.count_nonzero(finite)))
    bad &= finite
    result.fill = int(np.count_nonzero(bad))
    outside = _outside(values, low, np.less) | _outside(values, high, np.greater)
    if outside.any():
        outside &= finite & ~bad
    if outside.any():
        believed = _believed(values, outside, finite & ~bad, low, high)
        result.kept = int(np.count_nonzero(outside & ~believed))
        if result.kept:
            result.why_kept = _why(values, outside, finite & ~bad, low, high)
        outside &= believed
        result.out_of_range = int(np.count_nonzero(outside))
        bad |= outside
    bad |= ~finite
    result.values = _with_nan(values, bad, keep_integers=whole or not numbers)
    return result


def is_fill(values: np.ndarray, fills) -> np.ndarray:
    """Return where values equal one of the fills, exactly, or are as huge as fills are.

    Examples
    --------
    >>> is_fill(np.array([-2147483648, -2147483520], "i4"), [-2147483648]).tolist()
    [True, False]
    >>> is_fill(np.array([9999.99, 9999.98]), [float(np.float32(9999.99))]).tolist()
    [True, False]
    """
    if values.dtype.kind != "f":
        bad = np.zeros(values.shape, bool)
        limits = np.iinfo(values.dtype)
        for fill in fills:
            if fill == int(fill) and limits.min <= int(fill) <= limits.max:
                bad |= values == values.dtype.type(int(fill))
        return bad
    bad = np.abs(values) >= HUGE
    for fill in fills:
        for same in _spellings(fill, values.dtype):
            bad |= values == same
    return bad


def _spellings(fill, dtype) -> set:
    """Return a fill as stated, and as single precision makes it: 9999.99 is both."""
    with np.errstate(over="ignore"):
        single = np.float32(fill)
    if dtype.itemsize <= 4:
        return {single.astype(dtype)}
    return {float(fill), float(single), float(str(single))}


def _is_number(value) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))


def _with_nan(values: np.ndarray, bad: np.ndarray, *, keep_integers: bool) -> np.ndarray:
    """Return values with NaN where they are bad; integers stay if whole."""
    any_bad = bad.any()
    if values.dtype.kind != "f":
        if not any_bad and keep_integers:
            return values
        values = values.astype(np.float64 if values.dtype.itemsize >= 4 else np.float32)
    return np.where(bad, values.dtype.type(np.nan), values) if any_bad else values


# --------------------------------------------------------------------------- valid ranges


def _bound(values: np.ndarray, bound):
    """Return a bound that broadcasts against values, or None if it is none for them."""
    if bound is None:
        return None
    bound = np.asarray(bound)
    if bound.dtype.kind not in "fiu" or not bound.size:
        return None
    if bound.size == 1 or (bound == bound.flat[0]).all():
        # a plain number is compared in the values' own precision, ten times faster than three
        return bound.flat[0].item()
    inner = values.shape[1:]
    if values.dtype.kind == "f" and bound.dtype.kind == "f":
        bound = bound.astype(values.dtype)
    flat = bound.reshape(-1)
    if bound.squeeze().shape == inner:
        return bound.reshape(inner)
    axis = next((k for k in reversed(range(len(inner))) if inner[k] == flat.size), None)
    if axis is None:
        return None
    return flat.reshape(-1, *(1 for _ in inner[axis + 1 :]))


def _outside(values: np.ndarray, bound, compare) -> np.ndarray:
    bound = _bound(values, bound)
    return np.zeros(values.shape, bool) if bound is None else compare(values, bound)


def _believed(values, outside, usable, low, high) -> np.ndarray:
    """Return where the verdict of a range is to be believed.

    Not where it is no range (VALIDMIN >= VALIDMAX); nor if it rejects every value of the
    variable; nor, component by component, a run of at least three consecutive records that is
    smooth and goes on from the accepted ones (see `_runs_kept`): so a spacecraft beyond the
    VALIDMAX of its position. A constant that is a fill in all but name (9999.99) is one.
    """
    believed = np.ones(values.shape, bool)
    low, high = _bound(values, low), _bound(values, high)
    if low is not None and high is not None:
        believed &= np.less(low, high)
        if not believed.any():
            return believed
    rejected = values[outside]
    if rejected.size == np.count_nonzero(usable) >= _RUN and not _is_constant_fill(rejected):
        return np.zeros(values.shape, bool)
    flat = [a.reshape(len(values), -1) for a in (values, outside, usable, believed)]
    channels = np.flatnonzero(flat[1].any(axis=0))
    span = _span(low, high, flat[0].shape[1], values.shape[1:])
    for k in channels[:_CHANNELS]:
        keep = _runs_kept(flat[0][:, k], flat[1][:, k], flat[2][:, k], span[k])
        flat[3][keep, k] = False
    return flat[3].reshape(values.shape)


def _span(low, high, n: int, inner) -> np.ndarray:
    if low is None or high is None:
        return np.full(n, np.inf)
    width = np.asarray(high, float) - np.asarray(low, float)
    return np.broadcast_to(width, inner or (1,)).reshape(-1)


def _runs_kept(series, outside, usable, span: float) -> np.ndarray:
    """Return the records of one component that a range rejects though they plainly belong.

    A run of rejected records (fills, and one or two rejected records that jump away and back,
    do not break it) is kept if it is at least three long, no step inside it is larger than
    twice the 90th percentile of the steps between accepted neighbours, nor is the step that
    joins it to the accepted records before or after it (on one side: longitudes jump on the
    other), and that limit is small against the range (a quarter of it) and the 90th
    percentile of steps against what nine in ten accepted values span (0.6 of it; of noise it
    is 0.7 or more). Records have
    gaps, over which nothing joins: a run of thirty is also kept if nine in ten of its steps are
    as small, it is no constant, and it is not further from the accepted values than the range
    is wide. Other rejected values between the kept ones are kept too. If all of the
    component is rejected, its steps must be small
    against its own size, and it must be no constant of nines.
    """
    at = np.flatnonzero(usable)
    v, out = series[at].astype(float), outside[at]
    if not out.any() or len(v) < _RUN:
        return at[:0]
    steps = np.abs(np.diff(v))
    if out.all():
        smooth = (steps <= 0.1 * np.median(np.abs(v))).all()
        return at if smooth and not _is_constant_fill(series[at]) else at[:0]
    accepted = steps[~out[1:] & ~out[:-1]]
    step = np.quantile(accepted, 0.9) if accepted.size else 0.0
    low, high = np.quantile(v[~out], [0.05, 0.95])
    limit = 2 * step
    if not 0 < limit <= 0.25 * span or step > 0.6 * (high - low):
        return at[:0]
    calm = ~_spikes(steps, out, limit)
    right = v[calm][_smooth_runs(v[calm], out[calm], limit, span)]
    # what is true for these values is so for all between them
    return at[out & (v >= right.min()) & (v <= right.max())] if right.size else at[:0]


def _smooth_runs(v: np.ndarray, out: np.ndarray, limit: float, span: float) -> np.ndarray:
    """Return where rejected records form runs that are kept, by the rule of `_runs_kept`."""
    steps = np.abs(np.diff(v))
    keep = np.zeros(len(v), bool)
    for start, stop in _stretches(out):
        joins = (
            [*steps[start - 1 : start], *steps[stop - 1 : stop]]
            if start
            else steps[stop - 1 : stop]
        )
        inside = steps[start : stop - 1]
        joined = stop - start >= _RUN and (inside <= limit).all() and min(joins) <= limit
        keep[start:stop] = joined or (
            stop - start >= _LONG
            and 0 < np.quantile(inside, 0.9) <= limit
            and _is_near(v[start:stop], v[~out], span)
        )
    return keep


def _is_near(values: np.ndarray, accepted: np.ndarray, span: float) -> bool:
    """Say whether values are at most a range's width away from the accepted ones."""
    return bool(values.min() >= accepted.min() - span and values.max() <= accepted.max() + span)


def _spikes(steps: np.ndarray, out: np.ndarray, limit: float) -> np.ndarray:
    """Return where one or two rejected records jump away from those on both sides."""
    spikes = np.zeros(len(out), bool)
    jumps = np.r_[True, steps > limit, True]
    edges = np.flatnonzero(jumps)
    for start, stop in itertools.pairwise(edges):
        spikes[start:stop] = stop - start < _RUN and out[start:stop].all()
    return spikes


def _stretches(mask: np.ndarray):
    """Yield the beginning and end of every stretch where a mask is true."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return zip(edges[::2], edges[1::2], strict=True)


def _is_constant_fill(values: np.ndarray) -> bool:
    """Say whether all values are one number that archives use for "missing": nines, -1, limits."""
    first = values.flat[0]
    if not (values == first).all():
        return False
    digits = f"{abs(float(np.format_float_positional(first, unique=True, trim='-') if values.dtype.kind == 'f' else first)):.10g}"
    nines = set(digits.replace(".", "").lstrip("0")) == {"9"} and len(digits.replace(".", "")) > 1
    return nines or abs(float(first)) in (32767, 32768, 65535, 2147483647, 2147483648, 4294967295)


def _why(values, outside, usable, low, high) -> str:
    lower, upper = _bound(values, low), _bound(values, high)
    if lower is not None and upper is not None and not np.less(lower, upper).any():
        return "it admits nothing"
    if np.count_nonzero(outside) == np.count_nonzero(usable):
        return "it rejects every value"
    return "it rejects an unbroken stretch of smooth data"
