"""Files over HTTP: what pyspedas cannot fetch without asking questions or hanging.

Options of a mirror with ``source = "http"``:

- ``url``: address of a period's file, or a list of addresses of which the first that exists
  is taken (a file from a later one is preliminary, and asked for again after a month).
  strftime codes stand for the period's start; ``{start}`` and ``{stop}`` for the period in
  ISO; a ``?`` or ``*`` in the last part has the folder's listing read and the newest version
  of each file taken. A file whose name does not fit the product's ``pattern`` is stored
  under the pattern, if that has no wildcard.
- ``query``: table of request parameters (``?`` is always a wildcard in ``url``), with the
  same codes.
- ``csa``: identifier of a data set of the Cluster Science Archive, whose answer to ``url``
  is a tar.gz with the period's CDF.
"""

import gzip
import html.parser
import shutil
import tarfile
import zlib
from pathlib import Path

import numpy as np

from smile_explore.errors import CorruptFileError, NetworkError, ServerError
from smile_explore.sources import periods as names
from smile_explore.sources import space
from smile_explore.sources.cache import storing
from smile_explore.sources.job import Faults, Job
from smile_explore.sources.periods import Period
from smile_explore.sources.session import Absent, Session, last_part, save, text

_UNPACKED_LIMIT = 2 << 30
_PIECE_LIMIT = 16 << 20  # bytes that are read at once; a header that claims more is a trap


def deliver(job: Job):
    """Yield (period, files, preliminary) for each period the mirror has; see `Job`."""
    with Session(job.clock, job.progress.add) as session:
        get = (_Archive if "csa" in job.mirror.options else _Folders)(job, session).get
        yield from one_by_one(job, session, get)


def one_by_one(job: Job, session: Session, get):
    """Yield (period, files, preliminary) as ``get(period)`` gives files, whatever it says of one."""
    faults = Faults(alone=job.alone)
    for period in job.periods:
        job.progress.says(f"{job.mirror.server}, {period}")
        try:
            files, preliminary = get(period)
        except Absent:
            faults.clear()
        except (ServerError, CorruptFileError, NetworkError) as err:
            faults.has_answered |= session.has_answered
            faults.add(err)
        else:
            faults.clear()
            yield period, files, preliminary
        if job.clock.left() <= 0:
            break
    faults.finish()


def address(template: str, period: Period) -> str:
    """Return a template with a period filled in.

    Examples
    --------
    >>> day = names.covering("day", np.datetime64("2001-01-26"), np.datetime64("2001-01-27"))[0]
    >>> address("dst_final/%Y%m/index.html", day), address("{start}", day)
    ('dst_final/200101/index.html', '2001-01-26T00:00:00Z')
    """
    for word, time in (("{start}", period.start), ("{stop}", period.stop)):
        template = template.replace(word, np.datetime_as_string(time, "s") + "Z")
    return names.fill_in(template, period)


class _Folders:
    """An archive of plain files, listed by its folders' pages."""

    def __init__(self, job: Job, session: Session):
        self.job, self.session = job, session
        self._listings: dict[str, list[str]] = {}

    def get(self, period: Period) -> tuple[list[Path], bool]:
        """Fetch from the first address that has the period; a later one is preliminary."""
        options = self.job.mirror.options
        urls = [options["url"]] if isinstance(options["url"], str) else options["url"]
        query = {k: address(str(v), period) for k, v in options.get("query", {}).items()}
        for rank, url in enumerate(urls):
            try:
                return self._from(address(url, period), query or None, period), rank > 0
            except Absent:
                continue
        raise Absent

    def _from(self, url: str, query, period: Period) -> list[Path]:
        folder, _, name = url.rpartition("/")
        wanted = self._newest(folder, name) if names.has_wildcard(name) else [name]
        if not wanted:
            raise Absent
        pattern = names.fill_in(self.job.product.pattern, period)
        files = [self.job.folder / _stored_as(w, pattern) for w in wanted]
        for name, file in zip(wanted, files, strict=True):
            save(self.session, f"{folder}/{name}", file, query)
        return files

    def _newest(self, folder: str, name: str) -> list[str]:
        if folder not in self._listings:
            self._listings[folder] = links(text(self.session, folder + "/"), folder)
        listed = names.fitting(self._listings[folder], name)
        self.job.listed.update(listed)
        return names.matching(listed, name)


def _stored_as(name: str, pattern: str) -> str:
    return name if names.matching([name], pattern) or names.has_wildcard(pattern) else pattern


def links(page: str, folder: str) -> list[str]:
    """Return the file names that a folder's page links to.

    Raises
    ------
    ServerError
        If the page is no listing: it asks for a password, or links to nothing.
    """
    reader = _Links()
    reader.feed(page)
    if reader.asks or not reader.names:
        what = "a login page" if reader.asks else "a page without a link"
        message = f"sent {what} instead of the listing of {last_part(folder.rstrip('/'))}"
        raise ServerError(message)
    return reader.names


class _Links(html.parser.HTMLParser):
    """The names that a folder's page links to, and whether it asks for a password."""

    def __init__(self):
        super().__init__()
        self.names: list[str] = []
        self.asks = False

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if tag == "a" and about.get("href"):
            self.names.append(last_part(about["href"].split("?")[0]))
        self.asks |= tag == "input" and str(about.get("type")).lower() == "password"


class _Archive:
    """The Cluster Science Archive: a tar.gz made on request."""

    def __init__(self, job: Job, session: Session):
        self.job, self.session = job, session

    def get(self, period: Period) -> tuple[list[Path], bool]:
        """Ask for one period and unpack its CDF."""
        options = self.job.mirror.options
        params = {
            "retrieval_type": "PRODUCT",
            "START_DATE": address("{start}", period),
            "END_DATE": address("{stop}", period),
            "DELIVERY_FORMAT": "CDF_ISTP",
            "DELIVERY_INTERVAL": "ALL",
            "NON_BROWSER": "",
            "DATASET_ID": options["csa"],
        }
        archive = save(self.session, options["url"], self.job.folder / "answer.tar.gz", params)
        pattern = names.fill_in(f"{options['csa']}__%Y%m%d_*.cdf", period)
        return unpacked(archive, self.job.folder, pattern), False


def unpacked(archive: Path, folder: Path, pattern: str) -> list[Path]:
    """Unpack the files of a tar.gz whose names fit, and nothing else.

    Only plain files are taken, by their last name and into `folder`: a path that leads
    elsewhere, a link or a device has no effect. At most 2 GB are unpacked, wanted or not.
    """
    with archive.open("rb") as file:
        start = file.read(300)
    if not start.startswith(b"\x1f\x8b"):
        said = " ".join(start.decode("utf-8", "replace").split())[:120]
        message = f"sent a message instead of files: {said!r}"
        raise ServerError(message)
    try:
        with _Bounded(archive) as whole, tarfile.open(fileobj=whole, mode="r:") as tar:
            members = {Path(m.name).name: m for m in tar if m.isreg()}
            wanted = names.matching(members, pattern)
            space.refuse_size(archive.name, sum(members[name].size for name in wanted))
            files = [_extracted(tar, members[name], folder / name) for name in wanted]
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as err:
        message = f"its tar.gz is damaged ({err})"
        raise CorruptFileError(message) from err
    if not files:
        raise Absent
    return files


class _Bounded(gzip.GzipFile):
    """A gzip that is not read beyond what an answer may hold, nor in one piece too large."""

    def read(self, size=-1):
        if not 0 <= size <= _PIECE_LIMIT or self.tell() + size > _UNPACKED_LIMIT:
            raise _too_much()
        return super().read(size)

    def seek(self, offset, whence=0):
        if offset > _UNPACKED_LIMIT:
            raise _too_much()
        return super().seek(offset, whence)


def _too_much() -> ServerError:
    return ServerError(f"sent an archive of more than {_UNPACKED_LIMIT / 1e9:.3g} GB")


def _extracted(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Path:
    with tar.extractfile(member) as packed, storing(), path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return path
