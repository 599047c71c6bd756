"""netCDF 3 and 4 as plain arrays; as a script, a trial of a file in a process of its own.

HDF5 is compiled code that trusts what it reads: a damaged file can hold it in a loop or end the
process. `netcdf` therefore runs this module as a script on a file it does not know yet, with
limits on time and memory, before it reads the same file in the same way itself. So nothing but
this module may touch HDF5, and it imports no more than it needs.
"""

import contextlib
import math
import sys

MAX_BYTES = 1 << 30
MAX_RATIO = 300  # of values to file, for more than a quarter of that, as in `cdf_guard`
#: What h5netcdf and scipy raise for files they cannot make sense of.
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError,
    MemoryError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def load(path, names=None):
    """Return global attributes, dimensions and variables.

    Parameters
    ----------
    path : str
        The file.
    names : collection of str, optional
        Read the values of these variables, and of those that have at most one dimension.

    Returns
    -------
    tuple of dict, dict
        Global attributes; and name -> (dims, values, attrs), with texts left out.

    Raises
    ------
    ValueError
        If the values would take more than ``MAX_BYTES``, or another of `UNREADABLE`.
    """
    with open(path, "rb") as file:  # noqa: PTH123  pathlib is one more import in the child
        classic = file.read(3) == b"CDF"
        limit = min(MAX_BYTES, max(MAX_BYTES // 4, MAX_RATIO * file.seek(0, 2)))
    return (_classic if classic else _hdf5)(path, names, limit)


def _hdf5(path, names, limit):
    import h5netcdf

    with h5netcdf.File(path, "r") as file:
        held = {
            name: (var.dimensions, var, var.dtype, var.shape)
            for name, var in file.variables.items()
        }
        return dict(file.attrs), _variables(held, names, limit)


def _classic(path, names, limit):
    from scipy.io import netcdf_file

    with netcdf_file(path, "r", mmap=False) as file:
        held = {
            name: (var.dimensions, var, var.data.dtype, var.shape)
            for name, var in file.variables.items()
        }
        return dict(file._attributes), _variables(held, names, limit)


def _variables(held, names, limit):
    """Read numeric variables: scalars and axes always, others if they are wanted."""
    wanted = {
        name: entry
        for name, entry in held.items()
        if entry[2].kind in "fiu" and (names is None or name in names or len(entry[3]) < 2)
    }
    size = sum(dtype.itemsize * math.prod(shape) for _, _, dtype, shape in wanted.values())
    if size > limit:
        message = f"its values would take {size} bytes; at most {limit} are read"
        raise ValueError(message)
    return {
        name: (dims, _native(var[...]).reshape(shape), _attrs(var))
        for name, (dims, var, _, shape) in wanted.items()
    }


def _native(values):
    """Return values in this machine's byte order; netCDF 3 is big-endian."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _attrs(var):
    return dict(var.attrs if hasattr(var, "attrs") else var._attributes)


def _limit_memory():
    """Let a memory bomb end as a MemoryError, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (4 * MAX_BYTES, 4 * MAX_BYTES))


if __name__ == "__main__":
    _limit_memory()
    try:
        load(sys.argv[1])
    except UNREADABLE as err:
        sys.exit(str(err) or type(err).__name__)
