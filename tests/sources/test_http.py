"""Folders, addresses and archives that the http transport understands."""

import gzip
import io
import tarfile

import numpy as np
import pytest

from smile_explore import sources
from smile_explore.catalogue import Mirror
from smile_explore.errors import CorruptFileError, NoDataError, ServerError
from smile_explore.sources import cache, http, periods
from tests.sources.conftest import a_file, a_product, fetch, validate, visible

MMS = "https://spdf.gsfc.nasa.gov/pub/data/mms/mms1/fpi/fast/l2/dis-moms/2008/08/"
KYOTO = "https://wdc.kugi.kyoto-u.ac.jp/"
CSA = "https://csa.esac.esa.int/csa-sl-tap/data"


def test_the_newest_version_in_a_folder_is_taken_and_the_folder_read_once(archive):
    for day in (12, 13):
        for version in ("4.2.0", "4.18.0", "4.9.1"):
            archive.put(f"{MMS}m_200808{day}_v{version}.cdf", a_file(day, size=100))
    url = MMS.replace("2008/08", "%Y/%m") + "m_%Y%m%d_v*.cdf"
    product = a_product(
        Mirror("http", "spdf.gsfc.nasa.gov", {"url": url}), pattern="m_%Y%m%d_v*.cdf"
    )
    got = fetch(product, 12, 2)
    assert [p.name for p in got.paths] == ["m_20080812_v4.18.0.cdf", "m_20080813_v4.18.0.cdf"]
    assert len([path for path in archive.asked if path.endswith("/")]) == 1


def test_two_files_that_begin_in_one_period_both_come(archive):
    for name in (
        "m_20080812020000_v3.3.0.cdf",
        "m_20080812024000_v3.3.0.cdf",
        "m_20080812024000_v3.2.0.cdf",
    ):
        archive.put(MMS + name, a_file(size=100))
    url = MMS.replace("2008/08", "%Y/%m") + "m_%Y%m%d%H*_v*.cdf"
    product = a_product(
        Mirror("http", "spdf.gsfc.nasa.gov", {"url": url}),
        pattern="m_%Y%m%d%H*_v*.cdf", period="2h",
    )  # fmt: skip
    span = np.datetime64("2008-08-12T02:30"), np.datetime64("2008-08-12T02:35")
    got = sources.fetch(product, *span, validate=validate)
    assert [p.name for p in got.paths] == [
        "m_20080812020000_v3.3.0.cdf",
        "m_20080812024000_v3.3.0.cdf",
    ]
    archive.heal()
    assert sources.fetch(product, *span, validate=validate).paths == got.paths
    assert archive.asked == []


def dst():
    urls = [
        f"{KYOTO}dst_{edition}/%Y%m/index.html" for edition in ("final", "provisional", "realtime")
    ]
    return a_product(
        Mirror("http", "wdc.kugi.kyoto-u.ac.jp", {"url": urls, "dataset": "kyoto_dst"}),
        name="kyoto.dst", period="month", pattern="dst_%Y%m.html",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "preliminary"), [("final", False), ("provisional", True), ("realtime", True)]
)
def test_the_best_edition_that_exists_is_taken(archive, edition, preliminary):
    archive.put(f"{KYOTO}dst_{edition}/200808/index.html", b"<html>a page is the data here</html>")
    got = fetch(dst(), validate=lambda path: None)
    assert [p.name for p in got.paths] == ["dst_200808.html"]
    day = periods.covering("month", np.datetime64("2008-08-01"), np.datetime64("2008-08-02"))[0]
    assert (cache.Shelf(dst()).find(day).slip.again is not None) == preliminary


def test_a_month_of_no_edition_is_no_data_not_an_error(archive):
    with pytest.raises(NoDataError):
        fetch(dst(), validate=lambda path: None)


def test_a_query_is_filled_in_for_the_period(archive):
    asked = []
    archive.answer(
        "https://kp.gfz.de/app/json/", lambda query: asked.append(query) or (200, a_file(1))
    )
    options = {
        "url": "https://kp.gfz.de/app/json/",
        "query": {"start": "{start}", "end": "{stop}", "index": "Kp"},
    }
    product = a_product(Mirror("http", "kp.gfz.de", options), pattern="kp_%Y.json", period="year")
    assert [p.name for p in fetch(product).paths] == ["kp_2008.json"]
    assert asked == [
        {"start": "2008-01-01T00:00:00Z", "end": "2009-01-01T00:00:00Z", "index": "Kp"}
    ]


# --------------------------------------------------------------------------- Cluster Science Archive

GOOD = "C1_CP_FGM_SPIN__20080812_000000_20080813_000000_V140305.cdf"


def cluster():
    options = {"url": CSA, "csa": "C1_CP_FGM_SPIN", "dataset": "c1_cp_fgm_spin"}
    return a_product(
        Mirror("http", "csa.esac.esa.int", options), pattern="c1_cp_fgm_spin_%Y%m%d_v??.cdf"
    )


def packed(members: dict) -> bytes:
    """Return a tar.gz; a member whose content is a text is a link to that place."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_a_cluster_day_comes_out_of_its_tar(archive):
    asked = []

    def answer(query):
        asked.append(query)
        return 200, packed({f"CSA_Download_1/C1_CP_FGM_SPIN/{GOOD}": a_file(12)})

    archive.answer(CSA, answer)
    got = fetch(cluster())
    assert [p.name for p in got.paths] == [GOOD]
    assert got.paths[0].read_bytes() == a_file(12)
    assert asked[0]["DATASET_ID"] == "C1_CP_FGM_SPIN"
    assert (asked[0]["START_DATE"], asked[0]["END_DATE"]) == (
        "2008-08-12T00:00:00Z",
        "2008-08-13T00:00:00Z",
    )
    assert fetch(cluster()).source == "cache"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({f"../../{GOOD}": a_file(12)}, id="up"),
        pytest.param({f"/tmp/{GOOD}": a_file(12)}, id="absolute"),
        pytest.param({"../../evil.cdf": b"x", "a/evil.sh": b"x", GOOD: a_file(12)}, id="beside"),
    ],
)
def test_a_path_that_leads_elsewhere_has_no_effect(archive, tmp_path, members):
    archive.answer(CSA, lambda query: (200, packed(members)))
    got = fetch(cluster())
    assert got.paths[0].read_bytes() == a_file(12)
    assert visible() == [GOOD]
    assert [p.name for p in tmp_path.rglob("*") if "evil" in p.name] == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(packed({GOOD: "/etc/passwd"}), NoDataError, id="link"),
        pytest.param(packed({}), NoDataError, id="nothing-inside"),
        pytest.param(
            packed({"C1_CP_FGM_SPIN__20080901_0_V1.cdf": b"x"}), NoDataError, id="other-day"
        ),
        pytest.param(packed({GOOD: a_file(12)})[:20_000], CorruptFileError, id="cut"),
        pytest.param(b"\x1f\x8b" + bytes(500), CorruptFileError, id="no-gzip"),
        pytest.param(b"Dataset is not public", ServerError, id="message"),
        pytest.param(b"<?xml version='1.0'?><VOTABLE/>", ServerError, id="votable"),
    ],
)
def test_an_answer_without_the_day_is_named(archive, body, error):
    archive.answer(CSA, lambda query: (200, body))
    with pytest.raises(error):
        fetch(cluster())
    assert visible() == []


def test_an_archive_that_would_fill_the_disk_is_refused(archive, monkeypatch):
    monkeypatch.setattr(http, "_UNPACKED_LIMIT", 10_000)
    archive.answer(CSA, lambda query: (200, packed({GOOD: bytes(20_000)})))
    with pytest.raises(ServerError, match="more than"):
        fetch(cluster())


def test_what_nobody_wants_in_an_archive_is_bounded_too(archive, monkeypatch):
    monkeypatch.setattr(http, "_UNPACKED_LIMIT", 100_000)
    archive.answer(CSA, lambda query: (200, packed({"other": bytes(500_000), GOOD: a_file(12)})))
    with pytest.raises(ServerError, match="more than"):
        fetch(cluster())


def test_a_header_that_claims_gigabytes_is_a_trap(archive):
    trap = tarfile.TarInfo("long")
    trap.type, trap.size = tarfile.GNUTYPE_LONGNAME, 5 << 30
    body = gzip.compress(trap.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
    archive.answer(CSA, lambda query: (200, body))
    with pytest.raises(ServerError, match="more than"):
        fetch(cluster())
