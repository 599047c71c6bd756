"""SMILE UVI level 2 AURORA-GEO as a CDF, in the layout of the real file, traps and all."""

import numpy as np
import pycdfpp

from tests.archive.cdfs import Writer

FILL = np.float32(-1e31)
#: Exact names of the last five are not public: these stand for them.
POSITION, ATTITUDE, MODE = "SMILE_UVI_SC_POS", "SMILE_UVI_SC_ATT", "SMILE_UVI_MODE"
_TEXT = {"VAR_TYPE": "metadata", "CATDESC": "Mode"}


def aurora_geo(path, middle, image, *, position=(1.0, 2.0, 3.0), depend=True):
    """Write one frame of 30 s about `middle`; `image` is (521, 521) Rayleigh, NaN a fill."""
    out = Writer("SMILE_UVI_L2_AURORA-GEO", compressed=True)
    out.cdf.add_attribute("Descriptor", ["MLAT-MLT-IMG"])
    base = {"DEPEND_0": "EPOCH"} if depend else {}
    middle = np.datetime64(middle, "ns")
    half = np.timedelta64(15, "s")
    _time(out, "EPOCH", middle)
    _time(out, "SMILE_UVI_EXPO_START", middle - half, **base)
    _time(out, "SMILE_UVI_EXPO_END", middle + half, **base)
    _add(out, "SMILE_UVI_CADENCE", np.array([30.0]), "s", **base)
    image = np.where(np.isnan(image), FILL, image).astype(np.float32)
    _add(out, "SMILE_UVI_IMAGE", image[None], "Rayleigh", **base)
    row, column = np.mgrid[:521, :521]
    on_earth = (row - 200) ** 2 + (column - 260) ** 2 < 180**2
    lat = np.where(on_earth, 60 + row / 20, -999).astype(np.float32)
    _add(out, "SMILE_UVI_PROJ_GEO_LAT", lat[None], "deg", **base)
    lon = np.where(on_earth, column / 3, -999).astype(np.float32)
    _add(out, "SMILE_UVI_PROJ_GEO_LON", lon[None], "deg", **base)
    _add(out, "SMILE_UVI_PROJ_GEO_ALT", np.array([110.0], np.float32), "km", **base)
    flag = on_earth.astype(np.int32)
    _add(out, "SMILE_UVI_PROJ_FLAG", flag[None], " ", fill=np.int32(0), **base)
    for grid, names, size in (
        ("GEO", ("LAT", "LON"), 141), ("AACGM", ("LAT", "MLT"), 501),
    ):  # fmt: skip
        _add(out, f"SMILE_UVI_GRID_IMG_{grid}", np.full((1, size, size), 800, np.float32), "Rayleigh", **base)  # fmt: skip
        for name, values in zip(names, np.mgrid[:size, :size].astype(np.float32), strict=True):
            units = "hour" if name == "MLT" else "deg"
            _add(out, f"SMILE_UVI_GRID_{grid}_{name}", values[None] / size * 24, units, **base)
    _add(out, "SMILE_UVI_CALIB_COEF", np.array([1.0], np.float32), " ", **base)
    _add(out, POSITION, np.array([position]), "km", CATDESC="Spacecraft position in GSE",
         COORDINATE_SYSTEM="J2000", **base)  # fmt: skip
    _add(out, ATTITUDE, np.array([[0.1, 0.2, 0.3, 0.9]]), "deg", CATDESC="Attitude GSE/spacecraft", **base)  # fmt: skip
    out.add(MODE, np.array(["ITEN"]), _TEXT | base)
    return out.save(path)


def _time(out, name, time, **attrs):
    attrs = {"VAR_TYPE": "support_data", "UNITS": "ns", "TIME_SCALE": "TT", "CATDESC": name} | attrs
    out.add(name, pycdfpp.to_tt2000(np.array([time])), attrs, data_type=pycdfpp.DataType.CDF_TIME_TT2000)  # fmt: skip


def _add(out, name, values, units, *, fill=FILL, **attrs):
    own = {"VAR_TYPE": "data", "UNITS": units, "CATDESC": name, "FIELDNAM": name}
    own["FILLVAL"] = np.array([fill])
    out.add(name, np.ascontiguousarray(values), own | attrs, **out.deflate)
