"""Two Datasets of the same files, one read at once and one when its numbers were needed."""

import xarray as xr

import smile_explore as se

#: What only the numbers can be counted for.
COUNTED = ("fill", "valid range", "valid range not applied", "quality flag", "not finite", "not counted")  # fmt: skip
_OWN = {"retrieved": "", "report": ""}


def assert_alike(chunked, direct):
    """Compare all but when they were read: kinds of numbers, values, coordinates, attributes, report."""
    left, right = (
        [row for row in se.report(ds).itertuples(index=False) if row.what not in COUNTED]
        for ds in (chunked, direct)
    )
    assert left == right
    kinds = [{name: var.dtype for name, var in ds.variables.items()} for ds in (chunked, direct)]
    assert kinds[0] == kinds[1]
    xr.testing.assert_identical(chunked.assign_attrs(_OWN), direct.assign_attrs(_OWN))
