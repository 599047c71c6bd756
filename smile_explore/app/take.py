"""What leaves the Explorer: a script, data, and a bundle that runs offline.

Everything is made of the Datasets as loaded and of the study; `fingerprint` says whether
somebody else's data are the same, to the last bit.
"""

import hashlib
import io
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from smile_explore import events
from smile_explore.app.picture import picture
from smile_explore.app.pins import pinned
from smile_explore.app.state import Panel, Study
from smile_explore.catalogue.rows import plain
from smile_explore.citation import cite
from smile_explore.contract import check
from smile_explore.errors import SmileExploreError

_VERSIONS = ("smile_explore", "numpy", "pandas", "xarray", "bokeh", "panel", "pyspedas", "matplotlib")  # fmt: skip
_README = """# A study made with smile_explore

study.yaml is the state of the Explorer: `smile-explore app --study study.yaml` opens it again.
study.py draws picture.png from the files in data/, without a network: `python study.py`.
timetable.csv holds the intervals that were marked.
ACKNOWLEDGEMENTS.md says whom to thank and cite; versions.txt what this was made with.
"""


def fingerprint(data: dict) -> str:
    """Return a digest of the values, times, units and frames of Datasets; not of when or where from.

    Examples
    --------
    >>> ds = xr.Dataset({"n_p": ("time", [1.0])}, {"time": np.array(["2027-03-22"], "M8[ns]")})
    >>> fingerprint({"omni.1min": ds}) == fingerprint({"omni.1min": ds.copy(deep=True)})
    True
    """
    digest = hashlib.sha256()
    for product in sorted(data):
        ds = data[product]
        for name in sorted(map(str, ds.variables)):
            var = ds[name]
            values = np.ascontiguousarray(var.values)
            if values.dtype.kind not in "fiuMm":
                values = np.char.encode(values.astype(str), "utf-8")
            elif values.dtype.kind == "f":
                values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
            text = f"{product} {name} {var.dims} {values.dtype.kind} {var.attrs.get('units')} {var.attrs.get('coordinate_system')}"  # fmt: skip
            digest.update(text.encode())
            digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()[:32]


def datasets(store, study: Study) -> dict:
    """Return the Datasets of a study's panels that could be had, by product."""
    found = {}
    for product in dict.fromkeys(Panel.parse(p).product for p in study.panels):
        try:
            found[product] = store.dataset(product, study.window, study.source)
        except SmileExploreError:
            continue  # its panel says why; what is there is taken along
    return found


def code(study: Study, data: dict, *, folder: str | None = None) -> str:
    """Return a script that loads the same data and draws the same picture.

    Parameters
    ----------
    study : Study
    data : dict of str to Dataset
        As `datasets` gives them: the script says their fingerprint.
    folder : str, optional
        Read the products from this folder of netCDF files instead of loading them.
    """
    start, stop = (str(np.datetime_as_string(t, "s")) for t in study.window)
    view = tuple(str(np.datetime_as_string(t, "ns")) for t in study.view)
    if folder:
        load = 'xr.load_dataset(FOLDER / f"{plain(name)}.nc", engine="h5netcdf")'
        head = ["from pathlib import Path", "", "import xarray as xr", ""]
        head += ["from smile_explore.catalogue.rows import plain"]
        where = [f'FOLDER = Path(__file__).parent / "{folder}"']
    else:
        load = "se.load(name, START, STOP, source=SOURCE)"
        head = ["import smile_explore as se"]
        where = [f'START, STOP = "{start}", "{stop}"', f"SOURCE = {str(study.source)!r}"]
    return "\n".join([
        f'"""Event {study.event!r}, as smile_explore\'s Explorer showed it."""' if '"' not in study.event else '"""A study of smile_explore."""',
        "", *head,
        "from smile_explore.app.picture import picture",
        "from smile_explore.app.take import fingerprint",
        "", *where,
        f"PRODUCTS = {_listed(data)}",
        f"PANELS = {_listed(study.panels)}",
        "",
        f"data = {{name: {load} for name in PRODUCTS}}",
        f"figure = picture(data, PANELS, {view!r}, lag={study.lag!r})",
        'figure.savefig("picture.png", dpi=150)',
        f'print("same data" if fingerprint(data) == "{fingerprint(data)}" else "the data differ")',
        "",
    ])  # fmt: skip


def _listed(items) -> str:
    return "[\n" + "".join(f"    {str(item)!r},\n" for item in items) + "]"


def as_csv(ds: xr.Dataset) -> str:
    """Return series and vectors as CSV: comment lines say units and frame of each column."""
    columns, notes = {}, [f"{k}: {v}" for k, v in ds.attrs.items()]
    for name, da in ds.data_vars.items():
        frame = da.attrs.get("coordinate_system", "")
        if da.dims == ("time",):
            columns[name] = da.values
        elif da.dims == ("time", "cartesian"):
            columns |= {f"{name}_{c}": da.sel(cartesian=c).values for c in "xyz"}
        else:
            notes.append(f"{name}: left out, it has the dimensions {', '.join(map(str, da.dims))}")
            continue
        notes.append(f"{name}: {da.attrs.get('units', '1')} {frame}".rstrip())
    table = pd.DataFrame(columns, index=pd.Index(ds["time"].values, name="time"))
    head = "".join(f"# {line}\n" for note in notes for line in str(note).splitlines())
    return head + table.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f", na_rep="NaN")


def as_netcdf(ds: xr.Dataset) -> bytes:
    """Return a Dataset as a netCDF file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.nc"
        check(ds).to_netcdf(path, engine="h5netcdf")
        return path.read_bytes()


def data_zip(data: dict, form: str) -> io.BytesIO:
    """Return all products in one zip, as ``"nc"`` or ``"csv"``."""
    made = {f"{n}.{form}": as_netcdf(ds) if form == "nc" else as_csv(ds) for n, ds in data.items()}
    return _zip(made | {"ACKNOWLEDGEMENTS.md": thanks(data)})


def image(study: Study, data: dict, form: str, intervals=None) -> io.BytesIO:
    """Return the stack as a picture, ``"png"`` or ``"svg"``."""
    out = io.BytesIO()
    figure = picture(data, study.panels, study.view, lag=study.lag, intervals=intervals)
    figure.savefig(out, format=form, dpi=150)
    out.seek(0)
    return out


def thanks(data: dict) -> str:
    """Return whom to thank and what to cite for the data, then where each product came from."""
    lines = ["# Acknowledgements and citations", "", cite(data).text, "Where the data came from:"]
    for product, ds in data.items():
        a = ds.attrs
        mark = "SIMULATED: not a measurement. " if a.get("simulated") else ""
        lines.append(f"- {product}: {mark}source {a.get('source', 'unknown')}, files {a.get('source_files', '') or 'none'}, retrieved {a.get('retrieved', '')}")  # fmt: skip
    return "\n".join([*lines, ""])


def versions() -> str:
    """Return the versions of what a study depends on."""
    found = [f"python {sys.version.split()[0]}"]
    for name in _VERSIONS:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return "\n".join([*found, ""])


def bundle(study: Study, data: dict, intervals: pd.DataFrame) -> io.BytesIO:
    """Return a zip with data, intervals, script, picture, versions and thanks.

    Parameters
    ----------
    study : Study
        What is shown: the panels must be of products in `data`.
    data : dict
        Product to Dataset, e.g. ``{"omni.1min": wind}``.
    intervals : DataFrame
        A time table: start, stop (UTC) and what else is known.

    Returns
    -------
    io.BytesIO
        Write its ``getvalue()`` to a file ``*.zip``; unpacked, ``study.py`` runs without a network.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = events.write(intervals, Path(folder) / "timetable.csv")
        table = path.read_bytes()
    parts = {f"data/{plain(name)}.nc": as_netcdf(ds) for name, ds in data.items()}
    parts |= {
        "study.yaml": pinned(study, data).to_yaml(),
        "study.py": code(study, data, folder="data"),
    }
    parts |= {"timetable.csv": table, "picture.png": image(study, data, "png", intervals).read()}
    parts |= {"ACKNOWLEDGEMENTS.md": thanks(data), "versions.txt": versions(), "README.md": _README}
    return _zip(parts)


def _zip(parts: dict) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    out.seek(0)
    return out
