"""Files of one product into one Dataset of the contract, at once or when it is needed."""

import dataclasses
import functools
from pathlib import Path

import xarray as xr

from smile_explore import catalogue, contract, formats, joining
from smile_explore.catalogue import Product
from smile_explore.errors import DatasetError, UnknownProductError
from smile_explore.formats import lazy, outline, uvi_frames, words

#: What the stamps of OMNI's solar wind refer to, which was measured elsewhere.
_SHIFTED = ("bow-shock nose", "Earth")


def read(paths, row: Product, *, quality: str, trusted: bool, lazily: bool = False) -> xr.Dataset:
    """Return the files' variables of a product, standardised and joined along time.

    One file after the other: threads were tried, and gained nothing.

    Parameters
    ----------
    paths : sequence of Path
        In time order.
    lazily : bool
        Dask arrays instead of numbers.
    """
    how = {"row": row, "quality": quality, "trusted": trusted}
    one = functools.partial(read_one, **how)
    if lazily and row.format == "uvi":
        ds = uvi_frames.join(paths, one, row.name)
        if ds is not None:
            return ds
    if lazily:
        return lazy.join(paths, one, functools.partial(outline_of, **how), row.name)
    return joining.join([one(path) for path in paths], row.name)


def read_one(path: Path, row: Product, *, quality: str, trusted: bool) -> xr.Dataset:
    """Return one file's variables of a product, standardised; its times if it lacks some asked for."""
    return _standard(formats.read, path, row, quality, trusted)


def outline_of(path: Path, row: Product, *, quality: str, trusted: bool) -> xr.Dataset:
    """Return what `read_one` gives, with zeros for what need not be decoded: see `outline`."""
    return _standard(outline.read, path, row, quality, trusted)


def _standard(reader, path: Path, row: Product, quality: str, trusted: bool) -> xr.Dataset:
    names = [o for v in row.variables for o in v.origin] or None  # no row: all that is there
    try:
        raw = reader(path, names, format=format_of(path, row), trusted=trusted)
        ds = contract.standardise(raw, row.variables, quality=quality)
    except DatasetError:
        whole = _whole(row)
        if whole is None:
            raise
        return _standard(reader, path, whole, quality, trusted)[["time"]]
    if not (row.doi or row.acknowledgement):
        ds.attrs |= {k: v for k, v in origin(None, raw.attrs).items() if k != "time_reference"}
    return ds


def _whole(row: Product) -> Product | None:
    """Return the row that a row of some of its variables was made of."""
    try:
        whole = catalogue.product(row.name)
    except UnknownProductError:
        return None
    if len(whole.variables) <= len(row.variables):
        return None
    return dataclasses.replace(whole, format=row.format)  # the file is the same


def format_of(path: Path, row: Product) -> str | None:
    """Return the reader of a file: a HAPI server answers in its own format, whatever the row's."""
    return "hapi" if path.name.endswith(".hapi.csv") else (row.format or None)


def origin(row: Product | None, file_attrs: dict) -> dict:
    """Return who made the data and what their time stamps refer to."""
    if row is None:
        thanks = (
            file_attrs.get("Acknowledgement")
            or file_attrs.get("PI_name")
            or "not stated in the file"
        )
        return {
            "acknowledgement": " ".join(str(thanks).split()),
            "time_reference": file_attrs.get("time_reference", "unknown"),
        }
    origin = {
        "time_reference": row.time_reference,
        "doi": row.doi,
        "acknowledgement": row.acknowledgement,
    }
    return {k: v for k, v in origin.items() if v}


def mark_references(raw: xr.Dataset, row: Product | None) -> None:
    """Write into a raw Dataset which variables have a time reference of their own.

    As the row says; and beside the shifted solar wind of OMNI, where no row lists them, by name.
    """
    own = {o: v.time_reference for v in (row.variables if row else ()) for o in v.origin}
    shifted = row.time_reference if row else raw.attrs.get("time_reference")
    for name, variable in raw.variables.items():
        reference = own.get(name) or variable.attrs.get("time_reference")
        if not reference and shifted in _SHIFTED:
            reference = words.reference_beside_the_wind(str(name))
        if reference:
            variable.attrs["time_reference"] = reference


def known_as(raw: xr.Dataset) -> Product | None:
    """Return the row of the archive's data set that the file says it belongs to, if there is one."""
    logical = str(raw.attrs.get("Logical_source", "")).upper()
    for row in catalogue.table().values():
        if logical and logical in (
            row.dataset.upper(),
            *(m.options.get("id") for m in row.mirrors),
        ):
            return row
    return None
