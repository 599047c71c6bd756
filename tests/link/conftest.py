"""What the tests of links share: spacepy, which writes to the home of whoever imports it."""

import pytest


@pytest.fixture(scope="module")
def spacepy_home(tmp_path_factory):
    """Give spacepy, an oracle of two modules, a home of its own and no screen."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("spacepy")
        for name, value in (("SPACEPY", folder), ("HOME", folder), ("MPLBACKEND", "Agg")):
            patch.setenv(name, str(value))
        yield folder
