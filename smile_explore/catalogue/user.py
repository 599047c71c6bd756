"""Product tables of a user: files named in ``SMILE_EXPLORE_PRODUCTS`` or beside a study.

They are judged by `rules` before anything is made of them, and add to the package's names;
they never replace one.
"""

import tomllib
from pathlib import Path

from smile_explore import settings
from smile_explore.catalogue import rows, rules
from smile_explore.errors import InputError

#: Far more than 1,000 rows; a larger file is no table of products.
_LARGEST = 1 << 20
_beside: list[Path] = []
_read: dict[tuple, dict] = {}


def files() -> list[Path]:
    """Return the files that are in use, in order."""
    return list(dict.fromkeys([*settings.product_files(), *_beside]))


def use(study) -> None:
    """Use the ``products.toml`` that lies beside a study's file, if there is one."""
    path = Path(study).expanduser().absolute().parent / "products.toml"
    if path.is_file() and path not in _beside:
        _beside.append(path)


def stanzas(path: Path) -> dict:
    """Return a file's rows as TOML gives them.

    Raises
    ------
    InputError
        If it cannot be read, is no TOML, or is far too large.
    """
    try:
        if not path.is_file():
            message = f"No table of products at {str(path)!r}: check the path (and SMILE_EXPLORE_PRODUCTS)."
            raise InputError(message)
        if path.stat().st_size > _LARGEST:
            message = f"{path} has more than {_LARGEST >> 20} MB: it is no table of products."
            raise InputError(message)
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as err:
        why = "it is nested too deeply" if isinstance(err, RecursionError) else err
        message = f"{path} is no table of products in TOML: {why}."
        raise InputError(message) from err


def table(own: dict) -> dict[str, rows.Product]:
    """Return the products of all files, by name.

    Parameters
    ----------
    own : dict
        The package's rows as TOML gives them: their names are taken, and ``like`` may name them.

    Raises
    ------
    InputError
        If a file breaks a rule; the message gives file, row and key.
    """
    known: dict[str, rows.Product] = {}
    for path in files():
        for name, product in _products(path, own).items():
            if name in known:
                message = (
                    f"{path}: {name!r} is in another table of yours already: call it otherwise."
                )
                raise InputError(message)
            known[name] = product
    return known


def _products(path: Path, own: dict) -> dict[str, rows.Product]:
    given = stanzas(path)
    stat = path.stat()
    key = (path, stat.st_size, stat.st_mtime_ns)
    if key not in _read:
        wrong = rules.faults(given, own)
        if wrong:
            more = f" ({len(wrong) - 1} more: smile-explore product check FILE lists them.)" if wrong[1:] else ""  # fmt: skip
            message = f"{path}: {wrong[0]}{more}"
            raise InputError(message)
        _read[key] = rows.products(given, own)
    return _read[key]
