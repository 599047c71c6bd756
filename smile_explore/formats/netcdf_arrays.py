"""netCDF 3 and 4 as plain arrays; as a script, a trial of a file in a process of its own.

HDF5 is compiled code that trusts what it reads: a damaged file can hold it in a loop or end the
process. `netcdf` therefore runs this module as a script on a file it does not know yet, with
limits on time and memory, before it reads the same file in the same way itself. So nothing but
this module may touch HDF5, and it imports no more than it needs.

HDF5 also follows a file's word to other files: links, virtual datasets, external storage. Such
a file is refused by `guarded` before a single number is read.
"""

import contextlib
import math
import os
import sys

MAX_BYTES = 1 << 30
MAX_RATIO = 300  # of values to file, for more than a quarter of that, as in `cdf_guard`
#: What h5netcdf, netCDF4 and scipy raise for files they cannot make sense of.
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError,
    MemoryError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
#: Filters that HDF5 and h5py have built in: deflate, shuffle, fletcher32, szip, nbit,
#: scaleoffset, lzf. For others HDF5 would load a program from a folder of plugins.
_FILTERS = (1, 2, 3, 4, 5, 6, 32000)
_MOST_OBJECTS = 100_000
#: Why a variable has no values here; `netcdf` says it in the words of the report.
TEXT, NO_NUMBERS, FILTER = "text", "type", "filter"
REFUSED = 3  # what the trial ends with for a file that is refused, not damaged


class RefusedError(ValueError):
    """The file is sound, but is not read: it leads to other files, or in circles."""


def load(path, names=None):
    """Return global attributes, variables, and what has no values here.

    Parameters
    ----------
    path : str
        The file.
    names : collection of str, optional
        Read the values of these variables, of those with at most one dimension, and of times.

    Returns
    -------
    tuple of dict, dict, dict
        Global attributes; name -> (dims, values, attrs); and name -> (dims, why, detail) of
        those without numbers or in an unknown compression. Names and dims of groups are
        ``group/name``.

    Raises
    ------
    RefusedError
        If the file takes values from other files.
    ValueError
        If the values would take more than ``MAX_BYTES``, or another of `UNREADABLE`.
    """
    with open(path, "rb") as file:  # noqa: PTH123  pathlib is one more import in the child
        magic = file.read(4)
        limit = min(MAX_BYTES, max(MAX_BYTES // 4, MAX_RATIO * file.seek(0, 2)))
    if not magic.startswith(b"CDF"):
        return _hdf5(path, names, limit)
    return (_classic64 if magic == b"CDF\x05" else _classic)(path, names, limit)


def _hdf5(path, names, limit):
    import h5netcdf

    with guarded(path) as file, h5netcdf.File(file, "r", phony_dims="sort") as made:
        held, left = {}, {}
        for name, var, stored, dims in _members(made, file):
            why = _unreadable(stored)
            if why:
                left[name] = (dims, *why)
            else:
                held[name] = (dims, var, stored.dtype, var.shape)
        return _attrs(made), _variables(held, names, limit), left


def _classic(path, names, limit):
    from scipy.io import netcdf_file

    with netcdf_file(path, "r", mmap=False) as file:
        held = {
            name: (var.dimensions, var, var.data.dtype, var.shape)
            for name, var in file.variables.items()
        }
        return dict(file._attributes), *_of_numbers(held, names, limit)


def _classic64(path, names, limit):
    """Read what netCDF calls 64-bit data, which scipy does not know."""
    from netCDF4 import Dataset

    with Dataset(os.path.abspath(path)) as made:  # noqa: PTH100  never an address
        made.set_auto_maskandscale(False)
        held = {
            name: (var.dimensions, var, var.dtype, var.shape)
            for name, var in made.variables.items()
        }
        return _attrs(made), *_of_numbers(held, names, limit)


def _of_numbers(held, names, limit):
    """Return what `_variables` reads, and names of those that are texts."""
    texts = {n: (e[0], TEXT, "") for n, e in held.items() if e[2].kind not in "fiub"}
    numbers = {n: e for n, e in held.items() if n not in texts}
    return _variables(numbers, names, limit), texts


def _variables(held, names, limit):
    """Read numeric variables: scalars and axes always, others if they are wanted."""
    wanted = {
        name: (*entry, _attrs(entry[1]))
        for name, entry in held.items()
        if names is None or name in names or len(entry[3]) < 2 or _counts_since(entry[1])
    }
    size = sum(dtype.itemsize * math.prod(shape) for _, _, dtype, shape, _ in wanted.values())
    if size > limit:
        message = f"its values would take {size} bytes; at most {limit} are read"
        raise ValueError(message)
    return {
        name: (tuple(dims), _native(var[...]).reshape(shape), attrs)
        for name, (dims, var, _, shape, attrs) in wanted.items()
    }


def _counts_since(var):
    """Say whether a variable looks like a time: of two dimensions, it is needed too."""
    return any("since" in str(v) for k, v in _attrs(var).items() if k.lower() == "units")


def _native(values):
    """Return values in this machine's byte order; netCDF 3 is big-endian. Truths become 0 and 1."""
    import numpy as np

    values = np.asarray(values)
    kind = "i1" if values.dtype.kind == "b" else f"={values.dtype.kind}{values.dtype.itemsize}"
    return values.astype(np.dtype(kind), copy=False)  # without the names of an enumeration


def _attrs(holder):
    """Return the attributes of a variable or file that can be read."""
    if hasattr(holder, "_attributes"):
        return dict(holder._attributes)
    if hasattr(holder, "ncattrs"):
        return {key: holder.getncattr(key) for key in holder.ncattrs()}
    kept = {}
    for key in holder.attrs:
        with contextlib.suppress(*UNREADABLE):  # of a type without numbers or text
            kept[key] = holder.attrs[key]
    return kept


# --------------------------------------------------------------------------- HDF5


@contextlib.contextmanager
def guarded(path):
    """Yield an HDF5 file opened for reading that takes nothing from other files.

    Parameters
    ----------
    path : str, Path or file object

    Raises
    ------
    RefusedError
        If it has a link to another file, a virtual dataset or external storage, anywhere.
    """
    import h5py

    with h5py.File(path, "r") as file:
        _refuse_elsewhere(file)
        yield file


def _refuse_elsewhere(file):
    """Look at every link and every dataset's layout, following only links within the file."""
    from h5py import h5d, h5g, h5o

    waiting, seen = [(b"", h5g.open(file.id, b"/"))], {h5o.get_info(file.id).addr}
    while waiting:
        place, group = waiting.pop()
        for where, member in _inner(group, place):
            if isinstance(member, h5d.DatasetID):
                _refuse_dataset(member, where)
            elif isinstance(member, h5g.GroupID):
                if h5o.get_info(member).addr in seen:
                    message = f"has two names for one group ({_said(where)}), which netCDF does not know: ask for a plain copy."
                    raise RefusedError(message)
                waiting.append((where, member))
            seen.add(h5o.get_info(member).addr)
        if len(seen) > _MOST_OBJECTS:
            message = f"it has more than {_MOST_OBJECTS} groups and variables"
            raise ValueError(message)


def _inner(group, place):
    """Yield path and object of what a group itself holds; a soft link leads to one of those."""
    from h5py import h5l, h5o

    for name in list(group):
        where = place + b"/" + name
        kind = group.links.get_info(name).type
        if kind not in (h5l.TYPE_HARD, h5l.TYPE_SOFT):
            _refuse("a link to another file", where)
        if kind == h5l.TYPE_HARD:
            yield where, h5o.open(group, name)


def _refuse_dataset(dataset, where):
    from h5py import h5d

    made = dataset.get_create_plist()
    if made.get_layout() == h5d.VIRTUAL:
        _refuse("a virtual dataset", where)
    if made.get_external_count():
        _refuse("external storage", where)


def _refuse(what, where):
    message = (
        f"takes values from other files ({what}, {_said(where)}) and is not read: "
        "ask for a copy that holds its own numbers."
    )
    raise RefusedError(message)


def _said(where):
    return repr(where.decode("utf-8", "replace")[:80])


def _unreadable(dataset):
    """Return (why, detail) if a dataset has no numbers or a filter that is not built in."""
    import h5py

    if h5py.check_string_dtype(dataset.dtype) or dataset.dtype.kind in "SU":
        return TEXT, ""
    if dataset.dtype.kind not in "fiub" or dataset.dtype.subdtype:
        return NO_NUMBERS, str(dataset.dtype)[:60]
    made = dataset.id.get_create_plist()
    filters = [made.get_filter(k) for k in range(made.get_nfilters())]
    unknown = [f for f in filters if f[0] not in _FILTERS]
    said = ", ".join(f"{f[0]} {f[3].decode('utf-8', 'replace')}".strip()[:60] for f in unknown)
    return (FILTER, f"HDF5 filter {said}") if unknown else None


def _members(made, file):
    """Yield name, variable, HDF5 dataset and dims of all variables, those of groups with prefix."""
    waiting = [("", made)]
    while waiting:
        prefix, group = waiting.pop(0)
        for name, var in group.variables.items():
            dims = tuple(_owner(group, prefix, dim) for dim in var.dimensions)
            yield prefix + name, var, _stored(file, prefix, name), dims
        waiting += [(f"{prefix}{name}/", inner) for name, inner in group.groups.items()]


def _stored(file, prefix, name):
    """Return what HDF5 keeps of a variable; one called as a dim that is not its own is hidden."""
    hidden = f"{prefix}_nc4_non_coord_{name}"
    return file[hidden if hidden in file else prefix + name]


def _owner(group, prefix, dim):
    """Return a dim's name with the group that defines it, the nearest above."""
    parts = prefix.split("/")[:-1]
    while parts and dim not in group.dimensions:
        group = group.parent
        parts.pop()
    return "/".join((*parts, dim))


def _limit_memory():
    """Let a memory bomb end as a MemoryError, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (4 * MAX_BYTES, 4 * MAX_BYTES))


if __name__ == "__main__":
    os.environ["HDF5_PLUGIN_PRELOAD"] = "::"  # HDF5 loads no plugin
    _limit_memory()
    try:
        load(sys.argv[1])
    except RefusedError as err:
        sys.stderr.write(str(err))
        sys.exit(REFUSED)
    except UNREADABLE as err:
        sys.exit(str(err) or type(err).__name__)
