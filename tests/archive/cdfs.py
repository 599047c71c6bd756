"""CDF files in the archives' own layouts, written from arrays that the caller gives.

Names, types, fills, valid ranges, virtual variables and the time bases are those of the
archive; the values are the caller's, NaN where a fill is to stand. A variable the caller
does not give is written all fill, as an archive does for an instrument that is off.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pycdfpp

I4, F4, F8 = np.int32, np.float32, np.float64
_NO_INT = -2147483648
_FRAMES = {
    "ssl": "SSL>Spinning SunSensor L-vectorZ",
    "dsl": "DSL>Despun SunSensor L-vectorZ",
    "gse": "GSE>Geocentric Solar Ecliptic",
    "gsm": "GSM>Geocentric Solar Magnetospheric",
    "gei": "GEI>Geocentric Equatorial Inertial",
}


@dataclass(frozen=True)
class Column:
    """What a CDF says of one variable."""

    name: str
    dtype: type
    units: str
    fill: float
    low: float | None = None
    high: float | None = None
    shape: tuple[int, ...] = ()
    attrs: dict = field(default_factory=dict, hash=False)


class Writer:
    """One CDF being written; `compressed` deflates each variable, as most archives do."""

    def __init__(self, source, *, compressed=True, column_major=False):
        self.cdf = pycdfpp.CDF()
        self.deflate = (
            {"compression": pycdfpp.CompressionType.gzip_compression} if compressed else {}
        )
        if column_major:
            self.cdf.majority = pycdfpp.Majority.column
        self.cdf.add_attribute("Logical_source", [source])
        self.cdf.add_attribute("Project", ["ISTP>International Solar-Terrestrial Physics"])

    def add(self, name, values, attrs, **how):
        """Add one variable with its attributes; texts stay texts, numbers become arrays."""
        var = self.cdf.add_variable(name, values, **how)
        for key, value in attrs.items():
            var.add_attribute(key, value if isinstance(value, str) else np.atleast_1d(value))

    def epoch(self, name, time, **attrs):
        """Add a CDF_EPOCH time base."""
        attrs = {"VAR_TYPE": "support_data", "UNITS": "ms", "FILLVAL": np.array([-1e31]),
                 "CATDESC": "Time", "FIELDNAM": "Time"} | attrs  # fmt: skip
        self.add(name, pycdfpp.to_epoch(_ns(time)), attrs, data_type=pycdfpp.DataType.CDF_EPOCH)

    def column(self, column, values, n, **attrs):
        """Add one record-varying variable; NaN, or no values at all, becomes its fill."""
        filled = np.full((n, *column.shape), column.fill, column.dtype)
        if values is not None:
            values = np.reshape(np.asarray(values, dtype=F8), filled.shape)
            filled = np.where(np.isnan(values), filled, np.nan_to_num(values).astype(column.dtype))
        own = {"VAR_TYPE": "data", "UNITS": column.units, "CATDESC": column.name,
               "FIELDNAM": column.name, "DISPLAY_TYPE": "time_series",
               "FILLVAL": np.array([column.fill], column.dtype)}  # fmt: skip
        if column.low is not None:
            size = column.shape[0] if column.shape else 1
            own["VALIDMIN"] = np.full(size, column.low, column.dtype)
            own["VALIDMAX"] = np.full(size, column.high, column.dtype)
        self.add(
            column.name, np.ascontiguousarray(filled), own | column.attrs | attrs, **self.deflate
        )

    def themis_time(self, prefix, time):
        """Add THEMIS' unix seconds and, as their files do, a virtual CDF_EPOCH without records."""
        seconds = _ns(time).astype(np.int64) / 1e9
        self.add(f"{prefix}_time", seconds, {
            "VAR_TYPE": "support_data", "UNITS": "sec", "FILLVAL": np.array([np.nan]),
            "VALIDMIN": np.array([0.0]), "VALIDMAX": np.array([5e9]),
            "CATDESC": f"{prefix}_time, UTC, in seconds since 01-Jan-1970 00:00:00",
            "DEPEND_0": f"{prefix}_epoch", "VAR_NOTES": "Unleaped seconds"}, **self.deflate)  # fmt: skip
        self.epoch(f"{prefix}_epoch", np.zeros(0, "datetime64[ns]"), VIRTUAL="TRUE",
                   FUNCT="comp_themis_epoch", COMPONENT_0=f"{prefix}_epoch0",
                   COMPONENT_1=f"{prefix}_time")  # fmt: skip
        self.add(f"{prefix}_epoch0", pycdfpp.to_epoch(np.zeros(1, "datetime64[ns]")),
                 {"VAR_TYPE": "support_data", "UNITS": "msec"},
                 data_type=pycdfpp.DataType.CDF_EPOCH, is_nrv=True)  # fmt: skip
        return {"DEPEND_TIME": f"{prefix}_time", "DEPEND_0": f"{prefix}_epoch",
                "DEPEND_EPOCH0": f"{prefix}_epoch0"}  # fmt: skip

    def components(self, name):
        """Add the component numbers that THEMIS names as the second axis of a vector."""
        self.add(name, np.array([[1, 2, 3]], I4), {"VAR_TYPE": "support_data"}, is_nrv=True)

    def save(self, path):
        """Write the file and return its path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not pycdfpp.save(self.cdf, str(path)):
            message = f"pycdfpp could not write {path}"
            raise OSError(message)
        return path


def _ns(time):
    return np.asarray(time, dtype="datetime64[ns]")


def _in_frame(name, dtype, units, fill, frame, bound):
    attrs = {"COORDINATE_SYSTEM": _FRAMES[frame]} if frame else {}
    return Column(name, dtype, units, fill, -bound, bound, (3,), attrs)


# --------------------------------------------------------------------------- OMNI HRO

_OMNI = (
    Column("YR", I4, "year", _NO_INT, 1970, 2100), Column("Day", I4, "day", _NO_INT, 1, 366),
    Column("HR", I4, "hour", _NO_INT, 0, 23), Column("Minute", I4, "minute", _NO_INT, 0, 59),
    Column("IMF", I4, " ", 99, 0, 97), Column("PLS", I4, " ", 99, 0, 97),
    Column("IMF_PTS", I4, " ", 999, 0, 998), Column("PLS_PTS", I4, " ", 999, 0, 998),
    Column("percent_interp", I4, "%", 999, 0, 100),
    Column("Timeshift", I4, "sec", 999999, -4000, 20000),
    Column("RMS_Timeshift", I4, "sec", 999999, 0, 20000),
    Column("RMS_phase", F4, "nT", 99.99, 0, 99),
    Column("Time_btwn_obs", I4, "sec", 999999, -4000, 100000),
    Column("F", F4, "nT", 9999.99, 0, 500), Column("BX_GSE", F4, "nT", 9999.99, -500, 500),
    Column("BY_GSE", F4, "nT", 9999.99, -500, 500), Column("BZ_GSE", F4, "nT", 9999.99, -500, 500),
    Column("BY_GSM", F4, "nT", 9999.99, -500, 500), Column("BZ_GSM", F4, "nT", 9999.99, -500, 500),
    Column("RMS_SD_B", F4, "nT", 9999.99, 0, 500), Column("RMS_SD_fld_vec", F4, "nT", 9999.99, 0, 500),
    Column("flow_speed", F4, "km/s", 99999.9, 0, 2500), Column("Vx", F4, "km/s", 99999.9, -2500, 0),
    Column("Vy", F4, "km/s", 99999.9, -900, 900), Column("Vz", F4, "km/s", 99999.9, -900, 900),
    Column("proton_density", F4, "n/cc", 999.99, 0, 500), Column("T", F4, "K", 9999999.0, 0, 5e6),
    Column("NaNp_Ratio", F4, " ", 9.999, 0, 9), Column("Pressure", F4, "nPa", 99.99, 0, 99),
    Column("E", F4, "mV/m", 999.99, -500, 500), Column("Beta", F4, " ", 999.99, 0, 999),
    Column("Mach_num", F4, " ", 999.9, 0, 999), Column("Mgs_mach_num", F4, " ", 99.9, 0, 99),
    Column("x", F4, "Re", 9999.99, -300, 300), Column("y", F4, "Re", 9999.99, -300, 300),
    Column("z", F4, "Re", 9999.99, -300, 300), Column("BSN_x", F4, "Re", 9999.99, -100, 100),
    Column("BSN_y", F4, "Re", 9999.99, -100, 100), Column("BSN_z", F4, "Re", 9999.99, -100, 100),
    Column("AE_INDEX", I4, "nT", 99999, 0, 10000), Column("AL_INDEX", I4, "nT", 99999, -10000, 10000),
    Column("AU_INDEX", I4, "nT", 99999, -10000, 10000), Column("SYM_D", I4, "nT", 99999, -2000, 2000),
    Column("SYM_H", I4, "nT", 99999, -2000, 2000), Column("ASY_D", I4, "nT", 99999, -2000, 2000),
    Column("ASY_H", I4, "nT", 99999, -2000, 2000), Column("PC_N_INDEX", F4, " ", 999.99, -50, 50),
)  # fmt: skip


def omni_hro(path, time, values=None, *, level="HRO", cadence="1MIN", compressed=True):
    """Write an OMNI HRO (or HRO2) month, by the archive's names: ``{"BZ_GSM": ..., "SYM_H": ...}``."""
    values = _known(values, [c.name for c in _OMNI])
    out = Writer(f"OMNI_{level}_{cadence}", compressed=compressed)
    out.epoch("Epoch", time)
    for column in _OMNI:
        out.column(column, values.get(column.name), len(time), DEPEND_0="Epoch")
    return out.save(path)


# --------------------------------------------------------------------------- THEMIS


def themis_fgm(path, probe, rates, *, compressed=True):
    """Write a THEMIS L2 FGM day.

    `rates` maps ``fgs``, ``fgl``, ``fgh`` or ``fge`` to ``(time, {"gsm": (n, 3), "btotal": n})``;
    the frames are ssl, dsl, gse and gsm.
    """
    out = Writer(f"TH{probe.upper()}_L2_FGM", compressed=compressed)
    for rate, (time, given) in rates.items():
        prefix = f"th{probe}_{rate}"
        values = _known(given, ["btotal", "ssl", "dsl", "gse", "gsm"])
        base = out.themis_time(prefix, time)
        out.components(f"{prefix}_compno")
        total = Column(f"{prefix}_btotal", F4, "nT (All Qs)", np.nan, 0, 25000)
        out.column(total, values.get("btotal"), len(time), **base)
        for frame in ("ssl", "dsl", "gse", "gsm"):
            if rate != "fgs" or frame != "ssl":  # a spin fit has no spinning frame
                units = f"nT {frame.upper()} (All Qs)"
                column = _in_frame(f"{prefix}_{frame}", F4, units, np.nan, frame, 25000.0)
                axis = {"DEPEND_1": f"{prefix}_compno"}
                out.column(column, values.get(frame), len(time), **base, **axis)
    return out.save(path)


_ESA = (
    Column("density", F4, "1/cm^3", np.nan, 0, 1e5), Column("avgtemp", F4, "eV", np.nan, 0, 1e5),
    Column("vthermal", F4, "km/s", np.nan, 0, 1e5), Column("sc_pot", F4, "V", np.nan, -1000, 1000),
    _in_frame("velocity_dsl", F4, "km/s", np.nan, "dsl", 1e4),
    _in_frame("velocity_gse", F4, "km/s", np.nan, "gse", 1e4),
    _in_frame("velocity_gsm", F4, "km/s", np.nan, "gsm", 1e4),
    _in_frame("t3", F4, "eV", np.nan, "dsl", 1e5),
    Column("magt3", F4, "eV", np.nan, -1e5, 1e5, (3,), {"COORDINATE_SYSTEM": "FA"}),
    Column("ptens", F4, "eV/cm^3", np.nan, -1e9, 1e9, (6,), {"COORDINATE_SYSTEM": "DSL"}),
    Column("data_quality", I4, "none", _NO_INT, 0, 112),
)  # fmt: skip


def themis_esa(path, probe, species, *, compressed=True):
    """Write a THEMIS L2 ESA day.

    `species` maps ``peif``, ``peef``, ... to ``(time, {"density": n, "velocity_gsm": (n, 3),
    "en_eflux": (n, 32), "en_eflux_yaxis": (n, 32), "data_quality": n, ...})``.
    """
    out = Writer(f"TH{probe.upper()}_L2_ESA", compressed=compressed)
    for kind, (time, given) in species.items():
        prefix = f"th{probe}_{kind}"
        spectrum = ("en_eflux", "en_eflux_yaxis")
        values = _known(given, [*(c.name for c in _ESA), *spectrum])
        base = out.themis_time(prefix, time)
        for c in _ESA:
            named = Column(
                f"{prefix}_{c.name}", c.dtype, c.units, c.fill, c.low, c.high, c.shape, c.attrs
            )
            out.column(named, values.get(c.name), len(time), **base)
        bins = np.shape(values[spectrum[1]])[-1] if spectrum[1] in values else 32
        axis = Column(f"{prefix}_en_eflux_yaxis", F4, "eV", np.nan, 0, 1e6, (bins,))
        out.column(
            axis,
            values.get(spectrum[1]),
            len(time),
            **base,
            VAR_TYPE="support_data",
            SCALETYP="log",
        )
        flux = Column(f"{prefix}_en_eflux", F4, "eV/(cm^2-s-sr-eV)", np.nan, 0, 1e12, (bins,))
        out.column(flux, values.get(spectrum[0]), len(time), **base,
                   DEPEND_1=axis.name, DISPLAY_TYPE="spectrogram")  # fmt: skip
    return out.save(path)


def themis_state(path, probe, time, values=None, *, compressed=True):
    """Write a THEMIS L1 STATE day: ``pos``, ``vel`` (GEI) and ``pos_gse``, ``pos_gsm``, ``vel_gse``, ``vel_gsm``."""
    kinds = {f"{what}{end}": (what, frame) for what in ("pos", "vel")
             for end, frame in (("", "gei"), ("_gse", "gse"), ("_gsm", "gsm"))}  # fmt: skip
    values = _known(values, kinds)
    out = Writer(f"TH{probe.upper()}_L1_STATE", compressed=compressed)
    base = out.themis_time(f"th{probe}_state", time)
    for name, (what, frame) in kinds.items():
        units = "km" if what == "pos" else "km/s"
        column = _in_frame(f"th{probe}_{name}", F4, units, np.nan, frame, 1e6)
        out.column(column, values.get(name), len(time), **base)
    return out.save(path)


# --------------------------------------------------------------------------- ACE

_ACE_MFI = (
    Column("Magnitude", F4, "nT", -1e31, 0, 500, (1,)),
    Column("BGSEc", F4, "nT", -1e31, -65534, 65534, (3,),
           {"CATDESC": "Magnetic Field Vector in GSE Cartesian coordinates (16 sec)"}),
    Column("BGSM", F4, "nT", -1e31, -65534, 65534, (3,),
           {"CATDESC": "Magnetic field vector in GSM coordinates (16 sec)"}),
    Column("dBrms", F4, "nT", -1e31, 0, 10, (1,)),
    Column("Q_FLAG", I4, " (0=good)", _NO_INT, 0, 2, (1,), {"VAR_TYPE": "support_data"}),
    Column("SC_pos_GSE", F4, "km", -1e31, -2e6, 2e6, (3,),
           {"CATDESC": "ACE s/c position, 3 comp. in GSE coord."}),
    Column("SC_pos_GSM", F4, "km", -1e31, -2e6, 2e6, (3,),
           {"CATDESC": "ACE s/c position, 3 comp. in GSM coord."}),
)  # fmt: skip

_ACE_SWE = (
    Column("Np", F4, "#/cc", -1e31, 0, 200, (1,)), Column("Vp", F4, "km/s", -1e31, 0, 3000, (1,)),
    Column("Tpr", F4, "Kelvin", -1e31, 0, 1e7, (1,)), Column("alpha_ratio", F4, "Na/Np", -1e31, 0, 10, (1,)),
    Column("V_GSE", F4, "km/s", -1e31, -3000, 3000, (3,),
           {"CATDESC": "Solar Wind Velocity in GSE coord., 3 components"}),
    Column("V_GSM", F4, "km/s", -1e31, -3000, 3000, (3,),
           {"CATDESC": "Solar Wind Velocity in GSM coord., 3 components"}),
    Column("SC_pos_GSE", F4, "km", -1e31, -2e6, 2e6, (3,),
           {"CATDESC": "ACE s/c position, 3 comp. in GSE coord."}),
)  # fmt: skip


def ace_mfi(path, time, values=None, *, compressed=True):
    """Write an ACE MFI H0 day: ``{"BGSM": (n, 3), "Magnitude": n, "Q_FLAG": n, ...}``."""
    return _ace(path, "AC_H0_MFI", _ACE_MFI, time, values, compressed)


def ace_swe(path, time, values=None, *, compressed=True):
    """Write an ACE SWEPAM H0 day: ``{"Np": n, "Vp": n, "Tpr": n, "V_GSM": (n, 3), ...}``."""
    return _ace(path, "AC_H0_SWE", _ACE_SWE, time, values, compressed)


def _ace(path, source, columns, time, values, compressed):
    values = _known(values, [c.name for c in columns])
    out = Writer(source, compressed=compressed, column_major=True)
    out.epoch("Epoch", time)
    for column in columns:
        axis = {"DEPEND_1": "cartesian"} if column.shape == (3,) else {}
        out.column(column, values.get(column.name), len(time), DEPEND_0="Epoch", **axis)
    labels = np.array([["x component", "y component", "z component"]])
    out.add("cartesian", labels, {"VAR_TYPE": "metadata"}, is_nrv=True)
    return out.save(path)


def _known(values, names):
    """Return the given values; a name the layout does not have is a mistake in the test."""
    values = dict(values or {})
    odd = set(values) - set(names)
    if odd:
        message = f"not in this layout: {sorted(odd)}; it has {sorted(names)}"
        raise KeyError(message)
    return values
