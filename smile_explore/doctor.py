"""Look for what keeps the package from working here: packages, folders, packs, servers.

It changes nothing and repairs nothing; each finding says what to do.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from smile_explore import catalogue, packs, settings
from smile_explore.errors import SmileExploreError
from smile_explore.sources import hapi_names

#: Seconds a server may take to say anything at all.
PROBE = 4.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `state` is "ok", "note" (work goes on without it) or "fault"."""

    state: str
    text: str
    advice: str = ""


def findings() -> Iterator[Finding]:
    """Yield what is found, the quick looks first."""
    yield Finding("ok", f"Python {platform.python_version()} in {sys.prefix}")
    yield from _packages()
    yield _cache(settings.cache_dir())
    yield from _packs()
    yield from _own_products()
    yield Finding("ok", f"servers of hapi:<server>/<data set>: {', '.join(hapi_names.SERVERS)}")
    yield from _servers()


def _packages() -> Iterator[Finding]:
    requirements = [Requirement(text) for text in metadata.requires("smile_explore") or ()]
    needed = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    faults = [fault for r in needed if (fault := _package_fault(r))]
    yield from faults
    if not faults:
        version = metadata.version("smile_explore")
        yield Finding("ok", f"smile_explore {version} and the {len(needed)} packages it needs")


def _package_fault(requirement: Requirement) -> Finding | None:
    wanted = f"{requirement.name} {requirement.specifier}".strip()
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        found = "is not installed"
    else:
        if requirement.specifier.contains(version, prereleases=True):
            return None
        found = f"is here as {version}"
    advice = f'run: {sys.executable} -m pip install "{requirement}"'
    return Finding("fault", f"{wanted} {found}", advice)


def _cache(folder: Path) -> Finding:
    """Say whether the cache can be written, judged by its nearest folder that exists."""
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        advice = "set SMILE_EXPLORE_CACHE to a folder that you may write"
        return Finding("fault", f"the cache folder {folder} cannot be written", advice)
    free = shutil.disk_usage(place).free / 1e9
    used = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    text = f"cache {folder}: {used:.0f} MB used, {free:.1f} GB free"
    if free < 1:
        return Finding("fault", text, "free some space, or set SMILE_EXPLORE_CACHE to another disk")
    return Finding("ok", text)


def _own_products() -> Iterator[Finding]:
    for path in catalogue.user.files():
        try:
            wrong = catalogue.faults(path)
        except SmileExploreError as err:
            wrong = [str(err)]
        advice = f"run: smile-explore product check {path}"
        state, text = ("fault", wrong[0]) if wrong else ("ok", "nothing is missing")
        yield Finding(state, f"own products {path}: {text}", advice if wrong else "")


def _packs() -> Iterator[Finding]:
    for name, row in packs.available().iterrows():
        if not Path(row["folder"]).is_dir():
            yield Finding("ok", f"pack {name}: {row['folder']}")
            continue
        try:
            packs.verify(name)
        except SmileExploreError as err:
            yield Finding("fault", f"pack {name}", str(err))
        else:
            yield Finding("ok", f"pack {name}: answers offline")


def _servers() -> Iterator[Finding]:
    if settings.is_offline():
        yield Finding(
            "note", "offline: no server was asked", "unset SMILE_EXPLORE_OFFLINE to go online"
        )
        return
    servers = sorted({m.server for p in catalogue.table().values() for m in p.mirrors})
    with ThreadPoolExecutor(len(servers)) as pool:
        answers = dict(zip(servers, pool.map(_answers, servers), strict=True))
    silent = [name for name, answered in answers.items() if not answered]
    yield from (Finding("ok", f"{name} answers") for name in servers if name not in silent)
    if len(silent) == len(servers):
        advice = "work offline with packs (SMILE_EXPLORE_OFFLINE=1), or check the connection and HTTPS_PROXY"
        yield Finding("note", f"none of the {len(servers)} archives answers", advice)
    elif silent:
        advice = "products with another mirror still load; the others load from the cache and packs"
        yield Finding("note", f"no answer from {', '.join(silent)}", advice)


def _answers(server: str) -> bool:
    """Say whether the server says anything over HTTP, be it an error."""
    import requests

    try:
        url = settings.rewritten(f"https://{server}/")
        requests.head(url, timeout=PROBE, allow_redirects=False)
    except requests.RequestException:
        return False
    return True
