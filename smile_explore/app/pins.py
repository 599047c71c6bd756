"""The files that a study was made with: recorded when it is saved, compared when it is opened.

Archives replace files by newer versions; a study opened again then shows other numbers, and
says so. Holds no data and draws nothing.
"""

import hashlib

from smile_explore.app.state import Study

_LONGEST = 2000  # signs of names of one product; years of days are kept as a digest


def pinned(study: Study, data: dict) -> Study:
    """Return a study with the files of its data.

    Parameters
    ----------
    study : Study
    data : dict
        Product to Dataset, as they were loaded over the study's window.
    """
    files = {name: _files(ds.attrs) for name, ds in data.items()}
    return Study.from_dict(_without_head(study) | {"files": {k: v for k, v in files.items() if v}})


def _without_head(study: Study) -> dict:
    return {k: v for k, v in study.to_dict().items() if k in study.param}


def _files(attrs: dict) -> str:
    names = str(attrs.get("source_files", ""))
    if len(names) <= _LONGEST:
        return names
    digest = hashlib.sha256(names.encode()).hexdigest()[:16]
    return f"{len(names.split())} files, sha256 of their names {digest}"


def differing(files: dict, read: dict) -> dict:
    """Return the products that come from other files, each with what it was and what it is.

    Parameters
    ----------
    files : dict
        Product to files, as a study has them.
    read : dict
        Product to the attributes of what was read; one that was not read is not compared.

    Examples
    --------
    >>> differing({"ace.mfi": "a_v01.cdf"}, {"ace.mfi": {"source_files": "a_v02.cdf"}})
    {'ace.mfi': ('a_v01.cdf', 'a_v02.cdf')}
    """
    now = {product: _files(attrs) for product, attrs in read.items()}
    return {
        product: (was, now[product])
        for product, was in files.items()
        if now.get(product) and now[product] != was
    }


def sentence(others: dict) -> str:
    """Return which files differ, in one sentence."""
    texts = [f"{product} has {_only(now, was)} (was {_only(was, now)})" for product, (was, now) in others.items()]  # fmt: skip
    return f"Other files than this study was made with: {'; '.join(texts)}."


def _only(names: str, others: str) -> str:
    """Return what is in one list of names and not in the other, three at most."""
    if "sha256 of" in names:
        return names
    own = [n for n in names.split() if n not in others.split()]
    return ", ".join(own[:3]) + (", ..." if own[3:] else "") or "fewer files"
