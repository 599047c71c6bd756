"""Of a file that nobody vouches for, every block is inflated before pycdfpp decodes it, no other."""

import subprocess
import sys

import numpy as np
import pycdfpp
import pytest

from smile_explore.errors import CorruptFileError
from smile_explore.formats import cdf, cdf_guard

TIME = np.datetime64("2008-08-12", "ns") + np.arange(500) * np.timedelta64(3, "s")
GZIP = {"compression": pycdfpp.CompressionType.gzip_compression}
RNG = np.random.default_rng(7)
VALUES = {
    "flux": RNG.normal(size=(500, 5)),
    "other": RNG.normal(size=500),
    "energy": RNG.normal(size=(500, 5)),
    "once": RNG.normal(size=(1, 400)),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file of packed variables: data, their times, an axis that changes, a constant table."""
    made = pycdfpp.CDF()
    stamps = pycdfpp.to_epoch(TIME)
    made.add_variable("Epoch", stamps, data_type=pycdfpp.DataType.CDF_EPOCH, **GZIP)
    for name, values in VALUES.items():
        var = made.add_variable(name, values, is_nrv=name == "once", **GZIP)
        if name != "once":
            var.add_attribute("DEPEND_0", "Epoch")
    made["flux"].add_attribute("DEPEND_1", "energy")
    path = tmp_path_factory.mktemp("blocks") / "sound.cdf"
    assert pycdfpp.save(made, str(path))
    return path


def _damaged(sound, name, tmp_path):
    """Break the stream of one variable's block in the middle."""
    data = bytearray(sound.read_bytes())
    ((start, length, *_),) = cdf_guard.Blocks(sound)._later[name.encode()]
    middle = start + length // 2
    data[middle : middle + 20] = bytes(20)
    path = tmp_path / f"{name}.cdf"
    path.write_bytes(data)
    with pytest.raises(CorruptFileError, match="compressed block"):
        cdf_guard.check(path)
    return path


@pytest.mark.parametrize("name", ["flux", "Epoch", "energy"])
def test_damage_in_what_a_variable_needs_is_refused(sound, name, tmp_path):
    path = _damaged(sound, name, tmp_path)
    with pytest.raises(CorruptFileError, match="fetch it again"):
        cdf.read(path, ["flux"])


def test_damage_elsewhere_costs_only_what_is_there(sound, tmp_path):
    path = _damaged(sound, "other", tmp_path)
    raw = cdf.read(path, ["flux"])
    np.testing.assert_array_equal(raw["flux"], VALUES["flux"])
    np.testing.assert_array_equal(raw["energy_centre"], VALUES["energy"])
    np.testing.assert_array_equal(raw["Epoch"], TIME)
    for names in (["other"], ["flux", "other"], None):
        with pytest.raises(CorruptFileError, match="compressed block"):
            cdf.read(path, names)


def test_what_has_no_records_is_inflated_at_once(sound):
    waiting = cdf_guard.Blocks(sound)._later
    assert {name for name, blocks in waiting.items() if blocks} == {
        b"Epoch", b"flux", b"other", b"energy",
    }  # fmt: skip


def test_under_a_name_that_the_walk_does_not_know_all_blocks_are_inflated(sound, tmp_path):
    blocks = cdf_guard.Blocks(_damaged(sound, "other", tmp_path))
    blocks.require("flux")
    with pytest.raises(CorruptFileError, match="compressed block"):
        blocks.require("oth")


@pytest.mark.parametrize("name", ["oth\0r", "oth\xe9r"])
def test_a_variable_with_an_odd_name_is_inflated_at_once(sound, tmp_path, name):
    """pycdfpp ends a name at its first NUL, and decodes bytes that are no ASCII its own way."""
    path = _damaged(sound, "other", tmp_path)
    path.write_bytes(path.read_bytes().replace(b"other\0", name.encode("latin-1") + b"\0"))
    with pytest.raises(CorruptFileError, match="compressed block"):
        cdf_guard.Blocks(path)


def test_no_damage_ends_the_process(sound, tmp_path):
    """Bytes changed anywhere: the reading of one variable gives it, or one sentence."""
    code = (
        "import pathlib, sys, numpy as np\n"
        "from smile_explore.errors import SmileExploreError\n"
        "from smile_explore.formats import cdf\n"
        "data, rng = pathlib.Path(sys.argv[1]).read_bytes(), np.random.default_rng(3)\n"
        "path, refused = pathlib.Path(sys.argv[2]), 0\n"
        "for _ in range(400):\n"
        "    broken = bytearray(data)\n"
        "    for at in rng.integers(8, len(data), rng.integers(1, 4)):\n"
        "        broken[at] = rng.integers(256)\n"
        "    path.write_bytes(broken)\n"
        "    try: cdf.read(path, ['flux'])\n"
        "    except SmileExploreError: refused += 1\n"
        "print(refused)"
    )
    command = [sys.executable, "-c", code, str(sound), str(tmp_path / "broken.cdf")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    assert 50 < int(done.stdout) < 400
