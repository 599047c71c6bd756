from pathlib import Path

import pytest

from smile_explore.errors import InputError
from smile_explore.paths import is_draft, user_path, whole, write_whole


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a\0b",
        "x" * 256,
        "/".join(["abc"] * 1300),
        "~nobody_of_that_name/x",
        "\ud800.nc",
        7,
        None,
        b"x",
    ],
)
def test_what_cannot_be_a_path_is_one_sentence(name):
    with pytest.raises(InputError) as err:
        user_path(name)
    assert len(str(err.value)) < 250
    assert "\n" not in str(err.value)


def test_a_path_of_ordinary_names_is_itself(tmp_path):
    assert user_path(tmp_path / "ünïcode name.nc") == tmp_path / "ünïcode name.nc"
    assert user_path("~/x") == Path.home() / "x"
    assert user_path(".") == Path()
    assert user_path("./") == Path()


def test_what_was_there_stays_until_the_new_file_is_complete(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("mine")

    def stopped():
        with whole(path) as draft:
            draft.write_text("hal")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped()
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]
    write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_a_draft_is_known_by_its_name(tmp_path):
    with whole(tmp_path / "a.nc") as draft:
        draft.touch()
        assert is_draft(draft)
    for name in ("a.nc", ".part", ".profile", ".bashrc.part", "abcdefabcdef.part.nc"):
        assert not is_draft(Path(name))
