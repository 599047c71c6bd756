"""The rows of the product table: does the archive's own loader ask for what the row expects?"""

import dataclasses

import numpy as np
import pytest

from smile_explore import catalogue, sources
from smile_explore.sources import periods
from tests.sources.conftest import a_file, validate


def stanzas():
    """Return one product of each family and each of its mirrors that serves plain files."""
    seen = {}
    for product in catalogue.table().values():
        for mirror in product.mirrors:
            same = (product.format, product.title[-20:], mirror.server, mirror.options.get("call"))
            if mirror.source in ("pyspedas", "http") and "csa" not in mirror.options:
                seen.setdefault(same, (product, mirror))
    return {f"{p.name} at {m.server}": (p, m) for p, m in seen.values()}


STANZAS = stanzas()


@pytest.mark.parametrize(("product", "mirror"), STANZAS.values(), ids=STANZAS)
def test_a_mirror_is_asked_for_files_of_the_rows_pattern(archive, product, mirror):
    start = np.datetime64(max(product.coverage[0], "1996-01-01")) + np.timedelta64(400, "D")
    wanted = periods.covering(product.period, start, start + np.timedelta64(1, "s"))
    name = periods.fill_in(product.pattern, wanted[0])
    last = str(wanted[0].stop - np.timedelta64(1, "D"))[:10].replace("-", "")
    name = name.replace("_*.nc", f"_{last}.nc").replace("v*", "v01")
    name = name.replace("v??", "v01").replace("?-?-?", "2-0-0")
    names = {name.replace("*", ""), name.replace("*", "_v01")}  # SPDF has versions, Berkeley links
    archive.everywhere = dict.fromkeys([*names, "index.html"], a_file())
    alone = dataclasses.replace(product, mirrors=(mirror,))
    got = sources.fetch(alone, start, start + np.timedelta64(1, "s"), validate=validate)
    assert {path.name for path in got.paths} <= names
