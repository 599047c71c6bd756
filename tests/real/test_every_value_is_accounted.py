"""Values in against values out, of every real CDF, netCDF and CEF file, with other readers.

Every numeric variable over time is delivered (on the main time base, or on request on its own),
or the report says why not, with a reason of the list below; and every value of it is finite in
the Dataset, or counted in the report as a fill, out of range, flagged, or not finite in the file.
"""

import re
import warnings
from pathlib import Path

import cdflib
import h5py
import numpy as np
import pytest

from smile_explore import open_file, report
from smile_explore.errors import DatasetError, InputError, NoDataError

#: Why a variable may be left out. The package must not add to it in silence.
REASONS = (
    "no time axis",
    "text, not numbers",
    "times, not numbers",
    "no records",
    "virtual: its archive computes it, the file holds no records",
    "its number of records is not that of its time base",
    "compressed in a way that is not supported",
)
#: Packed by (adaptive) Huffman codes, which no reader at hand decodes.
PACKED = ("geocpi1.cdf",)
#: What the header file holds that a CEF of Cluster FGM includes: sizes as in the archive's CDFs.
FGM_HEADER = "\n".join(
    f"START_VARIABLE = {name}__C1_CP_FGM_EXTM\nVALUE_TYPE = {kind}\nSIZES = {size}\nEND_VARIABLE"
    for name, kind, size in (
        ("time_tags", "ISO_TIME", 1),
        ("half_interval", "FLOAT", 1),
        ("B_vec_xyz_gse", "FLOAT", 3),
        ("B_mag", "FLOAT", 1),
        ("sc_pos_xyz_gse", "FLOAT", 3),
        ("range", "INT", 1),
        ("tm", "INT", 1),
    )
)
MASKED = ("fill", "valid range", "quality flag", "not finite")
#: CDF types that are no numbers over time: CHAR, UCHAR, EPOCH, EPOCH16, TIME_TT2000.
NO_NUMBERS = (31, 32, 33, 51, 52)


def files(*suffixes):
    from tests.conftest import REAL

    found = [p for p in REAL.rglob("*") if p.suffix.lower() in suffixes] if REAL.is_dir() else []
    return [pytest.param(p, id=str(p.relative_to(REAL))) for p in sorted(found)]


# --------------------------------------------------------------------------- other readers


def cdf_variables(path: Path) -> dict[str, tuple]:
    """Return name -> (time base, values) of each numeric variable that varies from record to record."""
    cdf = cdflib.CDF(str(path))
    info = cdf.cdf_info()
    abouts = {n: cdf.varinq(n) for n in [*info.rVariables, *info.zVariables]}
    epochs = [
        (n, a.Last_Rec) for n, a in abouts.items() if a.Data_Type in (31, 32, 33) and a.Rec_Vary
    ]
    variables = {}
    for name, about in abouts.items():
        if about.Data_Type in NO_NUMBERS or not about.Rec_Vary or about.Last_Rec < 0:
            continue
        attrs = cdf.varattsget(name)
        base = str(attrs.get("DEPEND_TIME") or attrs.get("DEPEND_0") or "").strip()
        if not base and len(epochs) == 1 and epochs[0][1] == about.Last_Rec:
            base = epochs[0][0]
        if base:
            values = np.asarray(cdf.varget(name))
            variables[name] = base, values.reshape(about.Last_Rec + 1, -1)
    return variables


def cdf_stamps(path: Path, base: str) -> np.ndarray:
    cdf = cdflib.CDF(str(path))
    kind = cdf.varinq(base).Data_Type
    stamps = np.asarray(cdf.varget(base)).reshape(-1)
    return np.where(stamps <= (-(2**63) + 3 if kind == 33 else 0), 0, stamps)


def netcdf_variables(path: Path) -> dict[str, tuple]:
    """Return name -> (time base, values) of the numeric variables over a time, with h5py alone."""
    found = {}
    with h5py.File(path, "r") as file:
        sets = {}
        file.visititems(
            lambda n, o: sets.update({n: o}) if isinstance(o, h5py.Dataset) and o.shape else None
        )
        dims = {
            n: [d[0].name.lstrip("/") if len(d) else "" for d in o.dims] for n, o in sets.items()
        }
        clocks = {}
        for name, one in sets.items():
            if re.search(r"\bsince\b", _text(one, "units")) and one.ndim == 1:
                clocks.setdefault(dims[name][0] or name, name)
            if (base := _text(one, "depend_0")) in sets:
                clocks.setdefault(dims[name][0] or name, base)
        for name, one in sets.items():
            over = [clocks[d] for d in dims[name] if d in clocks]
            if over and one.dtype.kind in "fiu" and name not in clocks.values():
                found[name] = over[0], np.asarray(one[...]).reshape(-1, 1)
    return found


def _text(one, key: str) -> str:
    """Return an attribute of an HDF5 data set as text, whatever the case of its name."""
    value = next((v for k, v in one.attrs.items() if k.lower() == key), "")
    value = np.ravel(value)[0] if np.size(value) else ""
    return value.decode() if isinstance(value, bytes) else str(value)


def cef_variables(path: Path) -> dict[str, tuple]:
    """Return name -> (time base, values) of a CEF file, by its header's sizes and types."""
    text = path.read_text("latin-1")
    head, _, body = text.partition("DATA_UNTIL")
    head = re.sub(r"^\s*INCLUDE\b.*", FGM_HEADER, head, flags=re.M | re.I)
    blocks = re.findall(r"START_VARIABLE\s*=\s*(\S+)(.*?)END_VARIABLE", head, re.DOTALL)
    body = body.split("\n", 1)[1]
    lines = [line.split("!")[0].rstrip(" $\r") for line in body.split("\n") if "," in line]
    columns = list(zip(*(line.split(",") for line in lines), strict=True))
    found, at, base = {}, 0, ""
    for name, block in blocks:
        keys = dict(re.findall(r"^\s*(\w+)\s*=\s*\"?([^\"\n]*)", block, re.MULTILINE))
        if "DATA" in keys:
            continue
        n = int(np.prod([int(s) for s in keys.get("SIZES", "1").split(",")]))
        if keys["VALUE_TYPE"] == "ISO_TIME":
            base = base or name
        elif keys["VALUE_TYPE"] in ("FLOAT", "DOUBLE", "INT", "BYTE"):
            found[name] = base, np.array(columns[at : at + n], float).T
        at += n
    return found


# --------------------------------------------------------------------------- what we deliver


def delivered(path: Path):
    """Return the Datasets of all time bases, and the report of the first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = open_file(path)
        table = report(ds)
        other = table[table.what == "other time base"]
        bases = sorted({re.search(r"time='(.+)'", d)[1] for d in other.detail})
        return [ds, *(open_file(path, time=base) for base in bases)]


def find(name: str, datasets):
    """Return (Dataset, its report, our name) of a variable of the file, or None."""
    for ds in datasets:
        table = report(ds)
        renamed = table[(table.what == "renamed") & (table.detail == name)]
        ours = renamed.variable.iloc[0] if len(renamed) else name
        for candidate in (ours, f"{ours}_centre"):
            if candidate in ds.variables and candidate != "time":
                return ds, table, candidate
    return None


def check(name: str, base: str, values: np.ndarray, datasets, stamps) -> str | None:
    """Return what is wrong with how a variable of a file is delivered, or None."""
    place = find(name, datasets)
    if place is None:
        tables = [report(ds) for ds in datasets]
        reasons = [
            d for t in tables for d in t[(t.variable == name) & (t.what == "left out")].detail
        ]
        if any(reason.startswith(REASONS) for reason in reasons):
            return None
        return f"{name} {values.shape} is neither delivered nor left out for a reason: {reasons}"
    ds, table, ours = place
    if ours in ds.coords:
        return None  # an axis: `find` has shown that it is there
    dropped = table[(table.what == "records dropped")]["count"].sum()
    if dropped:
        times = stamps(base)
        _, first = np.unique(times, return_index=True)
        first = first[times[first] != 0] if (times == 0).any() else first
        values = values[np.sort(first)]
    rows = table[(table.variable == ours) & table.what.isin(MASKED)]
    out = int(np.isfinite(ds[ours].values).sum())
    lost = int(rows["count"].sum())
    if out + lost != values.size:
        return f"{name}: {values.size} values in, {out} out and {dict(zip(rows.what, rows['count'], strict=True))} counted"
    odd = int((~np.isfinite(values)).sum()) if values.dtype.kind == "f" else 0
    counted = int(rows[rows.what == "not finite"]["count"].sum())
    return None if odd == counted else f"{name}: {odd} not finite in the file, {counted} counted"


def accounted(path: Path, variables: dict, stamps=None):
    """Check all variables of a file; a file without any may be refused."""
    try:
        datasets = delivered(path)
    except (NoDataError, DatasetError):
        assert not variables
        return
    faults = [check(n, base, v, datasets, stamps) for n, (base, v) in variables.items()]
    assert not [f for f in faults if f]
    assert variables


@pytest.mark.parametrize("path", files(".cdf"))
def test_every_value_of_a_cdf_is_accounted_for(path):
    if path.name in PACKED:
        with pytest.raises(InputError, match="packed"):
            open_file(path)
        return
    accounted(path, cdf_variables(path), lambda base: cdf_stamps(path, base))


@pytest.mark.parametrize("path", files(".nc", ".nc4"))
def test_every_value_of_a_netcdf_is_accounted_for(path):
    accounted(path, netcdf_variables(path))


@pytest.mark.parametrize("path", files(".cef"))
def test_every_value_of_a_cef_is_accounted_for(path):
    accounted(path, cef_variables(path))
