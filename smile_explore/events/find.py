"""Intervals in which a condition holds: a small language over the variables of a Dataset.

Grammar, in the order of precedence (``or`` binds least)::

    condition  = both { "or" both }
    both       = negation { "and" negation }
    negation   = "not" negation | lasting
    lasting    = primary { "for" [relation] duration
                         | "within" duration ("of" | "before" | "after") primary }
    primary    = "(" condition ")" | comparison | change
    comparison = operand relation operand { relation operand }
    change     = variable ("rises" | "falls") "by" quantity "in" duration
    operand    = variable | quantity
    variable   = name | "|" name "|"
    quantity   = number [unit]
    duration   = number ("ms" | "s" | "min" | "h" | "d")
    relation   = "<" | "<=" | ">" | ">=" | "==" | "!="

* ``b_z`` is the z component of the vector ``b``; ``|b|`` its magnitude (of a scalar, the
  absolute value). A number without unit is in the variable's own units; a unit is checked
  and converted, temperatures also between K and eV.
* ``A for >= 10min``: A holds without interruption that long. It belongs to the comparison,
  or the parentheses, just before it. The length is that of the interval as returned.
* ``A within 30min of B``: A holds, and B holds at a sample at most 30 min before or after.
  ``within 30min after B``: B came first; ``before``: B comes later.
* ``x rises by 2 in 5min``: x now is at least 2 above its lowest value of the last 5 min.
* ``2 < n_p < 10`` is ``2 < n_p and n_p < 10``. Words may be in capitals; names may not.

Missing data: logic has three values. A comparison with NaN is neither true nor false, and
so is its negation; ``unknown and false`` is false, ``unknown or true`` is true. ``rises``,
``falls`` and ``within`` that are not true are false only if their whole window was seen.
Nothing reaches over a NaN or a gap, that is a step longer than 1.5 times the median step.

This module opens no file, and evaluates no text as code.
"""

import functools
import operator

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore.catalogue import did_you_mean
from smile_explore.errors import DatasetError
from smile_explore.events import grammar
from smile_explore.events.series import (
    Clock,
    clock,
    running_min,
    runs,
    scalar,
    stretch,
    table,
    variable_names,
)
from smile_explore.units import canonical_units, factor

_COMPARE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def find(ds: xr.Dataset, condition: str, *, max_step: str | None = None) -> pd.DataFrame:
    """Return the intervals in which a condition holds.

    Parameters
    ----------
    ds : Dataset, dims (time, ...)
        Any Dataset of the package. Scalars and vectors may be named; see the module's text
        for the grammar.
    condition : str
        For example ``"b_z < -5 nT for >= 10min and p_dyn > 3"``.
    max_step : str, optional
        A step between samples longer than this is a gap; 1.5 times the median step if not
        given. Needed where the cadence changes within the Dataset.

    Returns
    -------
    DataFrame
        Columns start, stop (datetime64[ns], UTC), one row per interval, half-open
        [start, stop): start is the stamp of the first sample that fulfils the condition,
        stop the end of the last one, which is the stamp of the sample after it; before a
        gap and at the end of the data, its own stamp and one median step.
        No interval holds a sample that is NaN in what decides the condition, nor a gap.

    Raises
    ------
    InputError
        For a word that does not fit, an unknown variable or a wrong unit; its attributes
        ``position`` (0 is the first character) and ``word`` say where.
    DatasetError
        If there is no increasing time index.

    Examples
    --------
    >>> time = np.datetime64("2014-03-11", "ns") + np.arange(6) * np.timedelta64(60, "s")
    >>> b_z = xr.DataArray([1, -6, -7, np.nan, -8, 2], {"time": time}, attrs={"units": "nT"})
    >>> find(xr.Dataset({"b_z": b_z}), "b_z < -5 for >= 2min")
                    start                stop
    0 2014-03-11 00:01:00 2014-03-11 00:03:00
    """
    tree = grammar.parse(condition)
    ticks = clock(ds, max_step)
    true, _ = _truth(tree, ds, ticks)
    first, last = runs(ticks, true)
    return table(ticks.start[first], ticks.stop[last])


# Truth is a pair of arrays (surely true, surely false); neither is unknown.


@functools.singledispatch
def _truth(node, ds: xr.Dataset, ticks: Clock):
    raise NotImplementedError(node)  # a node the parser makes and this module forgot


@_truth.register
def _(node: grammar.Not, ds, ticks):
    true, false = _truth(node.inner, ds, ticks)
    return false, true


@_truth.register
def _(node: grammar.Both, ds, ticks):
    # one part after the other, so that memory does not grow with the length of the text
    true, false = np.ones(ticks.start.shape, bool), np.zeros(ticks.start.shape, bool)
    for holds, fails in (_truth(part, ds, ticks) for part in node.parts):
        true, false = true & holds, false | fails
    return true, false


@_truth.register
def _(node: grammar.Either, ds, ticks):
    true, false = np.zeros(ticks.start.shape, bool), np.ones(ticks.start.shape, bool)
    for holds, fails in (_truth(part, ds, ticks) for part in node.parts):
        true, false = true | holds, false & fails
    return true, false


@_truth.register
def _(node: grammar.Compare, ds, ticks):
    left, right = _alike(node.left, node.right, ds)
    known = np.broadcast_to(~(np.isnan(left) | np.isnan(right)), ticks.start.shape)
    holds = np.broadcast_to(_COMPARE[node.relation](left, right), known.shape)
    return holds & known, ~holds & known


@_truth.register
def _(node: grammar.Lasting, ds, ticks):
    true, false = _truth(node.inner, ds, ticks)
    first, last = runs(ticks, true)
    enough = _COMPARE[node.relation](ticks.stop[last] - ticks.start[first], node.duration)
    long = _inside(first[enough], last[enough], len(true))
    return long, false | (true & ~long)


@_truth.register
def _(node: grammar.Change, ds, ticks):
    x = node.sign * _values(node.variable, ds)
    amount = _in_units(node.amount, _units(node.variable, ds), ds)
    known = ~np.isnan(x)
    begun = stretch(ticks, known)
    back = np.searchsorted(ticks.start, ticks.start - node.duration, "left")
    lowest = running_min(x, np.maximum(back, begun))
    true = known & (x - lowest >= amount)
    seen = ticks.start[begun] <= ticks.start - node.duration if len(x) else known
    return true, known & ~true & seen


@_truth.register
def _(node: grammar.Near, ds, ticks):
    true, false = _truth(node.inner, ds, ticks)
    other, not_other = _truth(node.other, ds, ticks)
    low = node.duration if node.side in ("of", "after") else 0
    high = node.duration if node.side in ("of", "before") else 0
    left = np.searchsorted(ticks.start, ticks.start - low, "left")
    right = np.searchsorted(ticks.start, ticks.start + high, "right")
    met = _count(other, left, right) > 0
    never = (_count(not_other, left, right) == right - left) & _covered(ticks, low, high)
    return true & met, false | (never & ~met)


def _covered(ticks: Clock, low: int, high: int) -> np.ndarray:
    """Say of each sample whether [t - low, t + high] holds no gap and no end of the data."""
    known = np.ones(len(ticks.start), bool)
    if not len(known):
        return known
    begun = stretch(ticks, known)
    ends = np.concatenate([np.flatnonzero(ticks.first)[1:], [len(known)]]) - 1
    end = ends[np.searchsorted(ends, np.arange(len(known)), "left")]
    return (ticks.start[begun] <= ticks.start - low) & (ticks.stop[end] > ticks.start + high)


def _count(true: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0], np.cumsum(true)])
    return total[right] - total[left]


def _inside(first: np.ndarray, last: np.ndarray, n: int) -> np.ndarray:
    """Return a mask that is True from each first to its last index."""
    edges = np.zeros(n + 1, int)
    edges[first] += 1
    edges[last + 1] -= 1
    return np.cumsum(edges[:-1]) > 0


# --------------------------------------------------------------------------- words to numbers


def _alike(left, right, ds: xr.Dataset):
    """Return both operands as numbers in the units of the first that is a variable."""
    lead = left if isinstance(left, grammar.Variable) else right
    if not isinstance(lead, grammar.Variable):
        raise grammar.fault(right.token, "compares two numbers; name a variable of the Dataset.")
    units = _units(lead, ds)
    return _in_units(left, units, ds), _in_units(right, units, ds)


def _in_units(operand, units: str, ds: xr.Dataset):
    if isinstance(operand, grammar.Variable):
        return _values(operand, ds) * _factor(_units(operand, ds), units, operand.token)
    if not operand.unit.text:
        return operand.value
    have = canonical_units(operand.unit.text)
    if have is None:
        problem = f"is no unit (the variable is in {units!r}); is 'and' or 'or' missing before it?"
        raise grammar.fault(operand.unit, problem)
    value = operand.value * _factor(have, units, operand.unit)
    return float(f"{value:.12g}")  # 3e-9 Pa is 3 nPa, not 3.0000000000000004


def _factor(have: str, want: str, token: grammar.Token) -> float:
    try:
        return factor(have, want)
    except DatasetError as err:
        raise grammar.fault(token, f"{have!r} does not convert to {want!r}.") from err


def _units(variable: grammar.Variable, ds: xr.Dataset) -> str:
    _known(variable, ds)
    owner = variable.name if variable.name in ds else variable.name.rpartition("_")[0]
    return ds[owner].attrs.get("units", "1")


def _values(variable: grammar.Variable, ds: xr.Dataset) -> np.ndarray:
    _known(variable, ds)
    return scalar(ds, variable.name, variable.magnitude)


def _known(variable: grammar.Variable, ds: xr.Dataset):
    names = variable_names(ds)
    whole = f"|{variable.name}|" if variable.magnitude else variable.name
    if whole not in names and not (variable.magnitude and variable.name in names):
        raise grammar.fault(variable.token, _why_not(variable, ds))


def _why_not(variable: grammar.Variable, ds: xr.Dataset) -> str:
    name, known = variable.name, variable_names(ds)
    if name in ds and "cartesian" in ds[name].dims and "time" in ds[name].dims:
        parts = ", ".join(k for k in known if k.startswith(f"{name}_"))
        return f"is a vector; write |{name}| or one of {parts}."
    if name in ds.variables:
        return f"has the dimensions {ds[name].dims}; a condition needs a series in time."
    return f"is no variable.{did_you_mean(name, known)} There are: {', '.join(known) or 'none'}."
