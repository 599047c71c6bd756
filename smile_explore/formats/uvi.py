"""SMILE UVI auroral images, level 2 AURORA-GEO: CDF as raw Datasets, with their traps in sight.

The layout is that of a real file of July 2026 as a public reader describes it. Where the file
contradicts itself nothing is chosen: what it says stays as given, and ``attrs`` names the trap.
"""

from pathlib import Path

import numpy as np
import pycdfpp
import xarray as xr

from smile_explore.errors import CorruptFileError, DatasetError
from smile_explore.formats import cdf, cdf_attrs, cdf_guard, words
from smile_explore.report import OTHER_RECORDS, add

_PREFIX = "SMILE_UVI_"
#: Names of the two dims of each grid, by how the variables begin.
_GRIDS = {
    "IMAGE": "image", "PROJ_": "image", "ROI": "image",
    "GRID_IMG_GEO": "geo", "GRID_GEO": "geo", "GRID_IMG_AACGM": "aacgm", "GRID_AACGM": "aacgm",
}  # fmt: skip
_OFF_EARTH = -999.0
_TIMES = (pycdfpp.DataType.CDF_TIME_TT2000, pycdfpp.DataType.CDF_EPOCH)
_TEXTS = (pycdfpp.DataType.CDF_CHAR, pycdfpp.DataType.CDF_UCHAR)


def read(path, names=None, *, trusted=False) -> xr.Dataset:
    """Read a UVI image into a raw Dataset, in the archive's own terms.

    Parameters
    ----------
    path : str or Path
        A CDF of level 2 AURORA-GEO.
    names : iterable of str, optional
        Keep these variables alone.
    trusted : bool
        As for `cdf.read`.

    Returns
    -------
    Dataset
        All variables on the time base ``EPOCH`` (the middle of the exposure), with dims
        ``image_row, image_column`` (521 x 521), ``geo_row, geo_column`` (141 x 141) and
        ``aacgm_row, aacgm_column`` (501 x 501); the exposure's start and end as times; texts
        such as the mode as attributes. ``attrs["traps"]`` lists what a user must know, each
        also at its variable:

        - a position whose description and ``COORDINATE_SYSTEM`` name different frames has no
          frame here, both stay in ``FRAME_CONTRADICTION``;
        - an attitude of four numbers "in degrees" is a quaternion, perhaps: as given;
        - latitudes and longitudes off the Earth are -999: added to ``FILLVAL``;
        - ``PROJ_FLAG`` is 0 for space, and so is its ``FILLVAL``: that is taken away, or all
          of space would count as missing; it stays in ``FILLVAL_AS_GIVEN``;
        - rows and columns are as stored; spdfcdfread of MATLAB gives the transpose.

    Raises
    ------
    CorruptFileError
        If the file is no CDF, damaged, cut short, or not of this layout.
    DatasetError
        If it holds none of `names`.
    """
    path = Path(path)
    (cdf_guard.check_header if trusted else cdf_guard.check)(path)
    try:
        return _dataset(path, None if names is None else list(names))
    except DatasetError:
        raise
    except cdf._UNDECODABLE as err:
        message = f"{path.name} cannot be decoded ({err}): delete it and fetch it again."
        raise CorruptFileError(message) from err


def _dataset(path: Path, names: list[str] | None) -> xr.Dataset:
    """Return the image; with `names`, these variables alone are decoded."""
    made = pycdfpp.load(str(path))
    clock = _clock(made, path)
    ds = xr.Dataset(coords={clock: (clock, pycdfpp.to_datetime64(made[clock]).reshape(-1))})
    ds.attrs = _about(made)
    ds.attrs["simulated"] |= words.is_before_launch(ds[clock].values[0])
    for name in (n for n in made if n != clock):
        if names is None or name in names or made[name].type in _TEXTS:
            _add(ds, made, name, clock)
    ds.attrs["traps"] = "; ".join(_trapped(ds))
    if names is None:
        return ds
    if names and not any(n in ds.data_vars for n in names):
        held = ", ".join(n for n in made if n != clock and made[n].type not in _TEXTS)
        message = f"None of {', '.join(names)} is in {path.name}, which holds {held}."
        raise DatasetError(message)
    return ds[[n for n in dict.fromkeys(names) if n in ds.data_vars]]


def _clock(made, path: Path) -> str:
    """Return the name of the time base, which the layout calls EPOCH."""
    found = [n for n in made if made[n].type in _TIMES and n.upper().endswith("EPOCH")]
    if len(found) != 1 or f"{_PREFIX}IMAGE" not in made or not made[found[0]].shape[0]:
        message = f"{path.name} has no {_PREFIX}IMAGE with an EPOCH of its own: it is no UVI file of level 2, AURORA-GEO."
        raise CorruptFileError(message)
    return found[0]


def _about(made) -> dict:
    texts = {
        k: [made.attributes[k][i] for i in range(len(made.attributes[k]))] for k in made.attributes
    }
    about = words.global_attrs(texts) | {"simulated": words.simulated(texts)}
    for key in ("Descriptor", "Time_resolution"):
        about |= {key: str(texts[key][0])} if texts.get(key) else {}
    return about


def _add(ds: xr.Dataset, made, name: str, clock: str) -> None:
    """Put one variable into `ds`: on the time base, or a text as an attribute."""
    var = made[name]
    if var.type in _TEXTS:
        ds.attrs[name] = " ".join(str(t).strip() for t in np.ravel(var.values_encoded))
        return
    is_time = var.type in _TIMES
    values = pycdfpp.to_datetime64(var) if is_time else var.values
    n = ds.sizes[clock]
    if values.shape[:1] != (n,):
        if not (var.is_nrv and values.shape[:1] == (1,)):
            add(ds.attrs, name, "left out", detail=OTHER_RECORDS)
            return
        values = np.repeat(values, n, axis=0)
    values = values.reshape(n, *(k for k in values.shape[1:] if k > 1))
    ds[name] = (clock, *_dims(name, values.ndim - 1)), values, cdf_attrs.of(made, var)
    for key in ("VAR_NOTES",):
        if key in var.attributes and isinstance(var.attributes[key].value, str):
            ds[name].attrs[key] = var.attributes[key].value.strip()


def _dims(name: str, n: int) -> list[str]:
    own = name.removeprefix(_PREFIX)
    grid = next((g for begin, g in _GRIDS.items() if own.startswith(begin)), None)
    if grid and n == 2:
        return [f"{grid}_row", f"{grid}_column"]
    return [f"{name}_dim{k}" for k in range(1, n + 1)]


# --------------------------------------------------------------------------- traps


def _trapped(ds: xr.Dataset):
    """Yield each trap that the file holds, after marking the variable."""
    if "Descriptor" in ds.attrs and ds.attrs["Descriptor"] not in ds.attrs.get(
        "Logical_source", ""
    ):
        yield f"Descriptor {ds.attrs['Descriptor']!r} is not that of Logical_source {ds.attrs.get('Logical_source', '')!r}"
    for name, da in ds.data_vars.items():
        for check in (_frame, _attitude, _off_earth, _flag):
            trap = check(str(name), da)
            if trap:
                da.attrs["TRAP"] = trap
                yield f"{name}: {trap}"
    yield "rows and columns are as stored: spdfcdfread of MATLAB gives the transpose"


def _frame(name: str, da: xr.DataArray) -> str | None:
    if da.shape[1:] != (3,):
        return None
    texts = " ".join(str(da.attrs.get(k, "")) for k in ("CATDESC", "FIELDNAM", "VAR_NOTES"))
    said, told = words.frames(texts), str(da.attrs.get("COORDINATE_SYSTEM", ""))
    if not told or not said or words.frames(told.upper()) == said:
        return None
    text = f"the description says {', '.join(sorted(said))}, COORDINATE_SYSTEM says {told}"
    da.attrs["FRAME_CONTRADICTION"] = text
    del da.attrs["COORDINATE_SYSTEM"]
    return f"{text}: no frame is taken"


def _attitude(name: str, da: xr.DataArray) -> str | None:
    degrees = str(da.attrs.get("UNITS", "")).lower().startswith("deg")
    if da.shape[1:] == (4,) and degrees:
        return "four numbers in degrees: a quaternion, perhaps"
    return None


def _off_earth(name: str, da: xr.DataArray) -> str | None:
    is_angle = name.endswith(("_LAT", "_LON", "_MLT"))
    if da.dtype.kind != "f" or not is_angle or not (da.values == _OFF_EARTH).any():
        return None
    da.attrs["FILLVAL_AS_GIVEN"] = da.attrs.get("FILLVAL", np.nan)
    da.attrs["FILLVAL"] = np.append(np.ravel(da.attrs.get("FILLVAL", ())), _OFF_EARTH)
    return "-999 off the Earth, beside FILLVAL"


def _flag(name: str, da: xr.DataArray) -> str | None:
    if not name.endswith("_FLAG") or np.any(np.ravel(da.attrs.get("FILLVAL", 1)) != 0):
        return None
    da.attrs["FILLVAL_AS_GIVEN"] = da.attrs.pop("FILLVAL")
    return "FILLVAL is 0, which is also the flag of space: 0 stays"
