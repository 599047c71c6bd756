"""What one interval of a survey is called on disk: a digest of function, interval and products.

The same question has the same key in every session, so that a survey knows what it has done;
another function, product, option or version of the package has another, so that nothing of an
older survey is taken for this one.
"""

import functools
import hashlib
import pickle
import types
from importlib import metadata

from smile_explore.errors import InputError

_PLAIN = (int, float, complex, str, bytes, bool, type(None))


def question(steps: tuple, products: tuple, options: dict) -> str:
    """Return what all intervals of a survey have in common, as a text.

    A function is known by its bytecode, its constants, defaults and enclosed values, and by the
    functions of its own module that it calls; not by what other modules do.
    """
    version = metadata.version("smile_explore")
    return "\n".join([version, *map(fingerprint, steps), *products, fingerprint(options)])


def key(asked: str, row: dict) -> str:
    """Return the key of one interval of what was `asked`, 24 hexadecimal digits."""
    return hashlib.sha256(f"{asked}\n{fingerprint(row)}".encode()).hexdigest()[:24]


def fingerprint(value, seen: frozenset = frozenset()) -> str:
    """Return a text that is equal for equal values, in every session.

    Raises
    ------
    InputError
        If the value has none, because it cannot be pickled.
    """
    for kind, told in _KINDS.items():
        if isinstance(value, kind):
            return told(value, seen)
    return _of_object(value)


def _of_function(function, seen: frozenset) -> str:
    if (function.__module__ or "").split(".")[0] in ("smile_explore", "numpy", "xarray", "pandas"):
        return f"{function.__module__}.{function.__qualname__}"  # its version stands for it
    if function.__code__ in seen:
        return function.__qualname__
    seen |= {function.__code__}
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    world = function.__globals__
    used = {n: world[n] for n in _names(function.__code__) if n in world and _is_own(world[n])}
    parts = (function.__code__, function.__defaults__, function.__kwdefaults__, cells, used)
    return fingerprint(parts, seen)


def _is_own(value) -> bool:
    """Say whether a global name's value belongs to the function: numbers, texts, functions."""
    return isinstance(value, (*_PLAIN, tuple, list, dict, types.FunctionType, functools.partial))


def _names(code) -> list[str]:
    inner = [n for c in code.co_consts if isinstance(c, types.CodeType) for n in _names(c)]
    return sorted({*code.co_names, *inner})


def _of_code(code, seen: frozenset) -> str:
    text = code.co_consts[:1] if code.co_consts and isinstance(code.co_consts[0], str) else ()
    consts = code.co_consts[len(text) :] if text else code.co_consts  # a docstring changes nothing
    parts = (code.co_code, consts, code.co_names, code.co_varnames)
    return fingerprint(parts, seen)


def _of_object(value) -> str:
    try:
        return f"{type(value).__name__}:{hashlib.sha256(pickle.dumps(value, 5)).hexdigest()}"
    except (pickle.PicklingError, TypeError, AttributeError) as err:
        message = (
            f"{value!r:.80} cannot be told from others of its kind ({err}), so a survey could not "
            "know what it has done: give the function numbers, texts, arrays or functions."
        )
        raise InputError(message) from err


def _of_dict(value, seen) -> str:
    return "{" + ",".join(f"{k!r}:{fingerprint(v, seen)}" for k, v in value.items()) + "}"


def _of_series(value, seen) -> str:
    return "(" + ",".join(fingerprint(v, seen) for v in value) + ")"


def _of_set(value, seen) -> str:
    return "{" + ",".join(sorted(fingerprint(v, seen) for v in value)) + "}"


_KINDS = {
    _PLAIN: lambda value, _: repr(value),
    types.FunctionType: _of_function,
    types.CodeType: _of_code,
    types.ModuleType: lambda value, _: value.__name__,
    functools.partial: lambda v, seen: fingerprint((v.func, v.args, v.keywords), seen),
    dict: _of_dict,
    (tuple, list): _of_series,
    (set, frozenset): _of_set,
}
