"""The command ``smile-explore``: start JupyterLab, list and fetch data, keep packs, look for faults.

Thin by design: each command calls one function of the package and says what came of it.
Heavy imports stand inside the commands, so that ``smile-explore --help`` answers at once.
"""

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from smile_explore.errors import InputError, SmileExploreError, StorageError
from smile_explore.paths import not_written, user_path, whole

_EXIT_CODES = """Exit codes: 0 done; 1 it could not be done, and one sentence says why;
2 the command was not understood; 130 stopped with Ctrl-C."""

# plain text instead of rich's boxes: one-sentence errors, and a quarter of a second less
app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)
pack = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
own = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(own, name="product", help="Check rows of your own for the table of products.")
app.add_typer(pack, name="pack", help="Build, list, verify or add event packs, for work offline.")


def main() -> None:
    """Run the command line; our own errors become one sentence and exit code 1."""
    warnings.showwarning = _show_warning
    try:
        app(prog_name="smile-explore")
    except SmileExploreError as err:
        _say(f"smile-explore: {err}")
        sys.exit(1)


@app.callback(epilog=_EXIT_CODES)
def _about():
    """Explore how the solar wind drives Earth's magnetosphere.

    \b
    smile-explore lab                          start JupyterLab on the first notebook
    smile-explore app                          open the Explorer in the browser
    smile-explore products fgm                 which products there are
    smile-explore get omni.1min 2008-08-12 2008-08-13 -o omni.nc
    smile-explore product check products.toml  what is missing in rows of your own
    smile-explore doctor                       what is wrong, and what to do
    """  # noqa: D301  \b keeps click from joining the lines


@app.command(epilog=_EXIT_CODES)
def lab(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to put the notebooks; made if need be.")
    ] = None,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="First port to try.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open the browser, if there is one.")] = True,
):
    """Start JupyterLab on the first notebook, for this machine only (127.0.0.1).

    In a checkout the notebooks are used where they are. Elsewhere they are copied to FOLDER
    (default: smile_explore_notebooks); notebooks that are there already are left alone.

    \b
    smile-explore lab
    smile-explore lab ~/space-physics --port 9000 --no-browser
    """  # noqa: D301
    from smile_explore import lab as jupyter

    root = jupyter.checkout() if folder is None else None
    if root is None:
        root = user_path(folder or "smile_explore_notebooks")
        copied, kept = jupyter.copy_to(root)
        _say(f"{root}: {len(copied)} files of the course copied, {len(kept)} were there already.")
    jupyter.serve(root, port=port, browser=browser)


@app.command("app", epilog=_EXIT_CODES)
def explorer(
    event: Annotated[
        str, typer.Argument(help="rehearsal (simulated) or a curated event.")
    ] = "rehearsal",
    *,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 5006,
    browser: Annotated[bool, typer.Option(help="Open the browser, if there is one.")] = True,
    study: Annotated[Path | None, typer.Option(help="A study file to open.")] = None,
    prefix: Annotated[str, typer.Option(help="Path that a proxy shows it under.")] = "",
):
    """Serve the Explorer as a page, for this machine only (127.0.0.1).

    \b
    smile-explore app
    smile-explore app themis-c-20080812 --port 5010 --no-browser
    """  # noqa: D301
    from smile_explore.app.serve import address, serve
    from smile_explore.lab import has_browser

    url = address(port, prefix, study)
    _say(f"The Explorer is at {url} (Ctrl-C stops it).")
    serve(port=port, show=url if browser and has_browser() else "", event=event, prefix=prefix)


@app.command(epilog=_EXIT_CODES)
def products(
    match: Annotated[str | None, typer.Argument(help="Part of a name, title or variable.")] = None,
    *,
    everywhere: Annotated[
        bool, typer.Option(help="Search pyspedas and HAPI servers' catalogues too.")
    ] = False,
):
    """List the products that can be loaded.

    Names marked ? were entered from documentation and not yet seen in a real file.

    \b
    smile-explore products
    smile-explore products themis
    smile-explore products sst --everywhere
    """  # noqa: D301
    from smile_explore import catalogue

    table = catalogue.products(match, everywhere=everywhere)
    if table.attrs.get("notes"):
        _say(f"Not everything was searched: {table.attrs['notes']}.")
    if table.empty:
        more = "" if everywhere else ", and --everywhere searches pyspedas and HAPI servers too"
        message = f"No product matches {match!r:.80}: smile-explore products lists all {len(catalogue.table())}{more}."
        raise InputError(message)
    columns = table[["title", "variables", "cadence", "coverage"]].reset_index()
    columns["product"] += table["verified"].map({True: "", False: " ?"}).to_numpy()
    _show_table(columns)


@app.command(epilog=_EXIT_CODES)
def get(  # noqa: PLR0913  each is an argument or option of the command
    product: Annotated[str, typer.Argument(help="A name that `smile-explore products` lists.")],
    start: Annotated[
        str, typer.Argument(help="UTC, e.g. 2008-08-12T21:00, or the name of an event.")
    ],
    stop: Annotated[
        str | None, typer.Argument(help="UTC, not included; left out after an event.")
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: .nc or .csv.")
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Put its months into the local store instead.")
    ] = False,
    source: Annotated[
        str, typer.Option(help="auto, archive, cache, packs, store, a pack or a folder.")
    ] = "auto",
    quality: Annotated[str, typer.Option(help="good, or raw to keep flagged values.")] = "good",
    variables: Annotated[
        str | None, typer.Option(help="Only these, with commas: b,n_p. All by default.")
    ] = None,
):
    """Load a product over an interval and write it to a file, or into the local store.

    netCDF holds everything; CSV holds the variables over time, their units in comment lines.
    The store (Zarr, a file a month) is where every later load looks first; the same command
    again adds what is missing.

    \b
    smile-explore get omni.1min 2008-08-12 2008-08-13 -o omni.nc
    smile-explore get themis.c.fgm 2008-08-12T21:00 2008-08-12T22:00 -o field.csv
    smile-explore get omni.1min 2008-08-12 2008-08-13 --variables b,n_p -o wind.nc
    smile-explore get omni.1min "2027-03-22 06:00" "2027-03-22 09:00" --source rehearsal -o wind.csv
    smile-explore get omni.1min 1999-01-01 2024-01-01 --store
    """  # noqa: D301
    if store == (output is not None):
        message = "give either --output FILE or --store."
        raise typer.BadParameter(message, param_hint="--output")
    if store and variables:
        message = "the store holds all variables: leave --variables out."
        raise typer.BadParameter(message, param_hint="--variables")
    if store:
        _into_the_store(product, (start, stop), source, quality)
        return
    names = [name.strip() for name in variables.split(",")] if variables else None
    how = {"source": source, "quality": quality, "variables": names}
    _into_a_file(output, product, (start, stop), how)


def _into_the_store(product: str, span, source: str, quality: str) -> None:
    from smile_explore.load import keep

    if quality != "good":
        message = "the store holds quality good alone: leave --quality out."
        raise typer.BadParameter(message, param_hint="--quality")
    table = keep(product, *span, source="archive" if source == "auto" else source)
    count = table["state"].value_counts()
    lacking = table[~table["state"].isin(["stored", "was there"])]
    _say(
        f"{product}: {count.get('stored', 0)} months stored, {count.get('was there', 0)} were there "
        f"already, {len(lacking)} could not be had."
    )
    for row in lacking.itertuples():
        _say(f"  {row.start:%Y-%m}: {row.state}")
    if len(lacking):
        raise typer.Exit(1)


def _into_a_file(output: Path, product: str, span, how: dict) -> None:
    from smile_explore.load import load

    output = user_path(output)
    write = {".nc": _write_netcdf, ".csv": _write_csv}.get(output.suffix)
    if write is None:
        message = f"{output} ends neither in .nc (netCDF) nor in .csv."
        raise typer.BadParameter(message, param_hint="--output")
    if not output.absolute().parent.is_dir():
        message = f"{str(output.parent)!r} is not a folder: make it first."
        raise InputError(message)
    ds = load(product, *span, **how)
    try:
        with whole(output) as draft:  # a stopped command leaves no half a file
            write(ds, draft)
    except OSError as err:
        raise StorageError(not_written(output, err)) from err
    _say(f"{output}: {ds.sizes['time']} times of {ds.attrs['product']}, from {ds.attrs['source']}.")


def _write_netcdf(ds, path: Path) -> None:
    ds.to_netcdf(path, engine="h5netcdf")


def _write_csv(ds, path: Path) -> None:
    """Write one column a component; a variable with more dims than a vector's has no column."""
    columns = {}
    for name, da in ds.data_vars.items():
        if da.dims == ("time",):
            columns[name] = da
        elif da.dims == ("time", "cartesian"):
            columns |= {f"{name}_{c}": da.sel(cartesian=c) for c in da["cartesian"].values}
    left_out = [name for name, da in ds.data_vars.items() if set(da.dims) - {"time", "cartesian"}]
    notes = [f"{k}: {v}" for k, v in ds.attrs.items()]
    notes += [
        f"{name}: {da.attrs.get('units', '1')}, {da.attrs.get('long_name', '')} {da.attrs.get('coordinate_system', '')}".rstrip()
        for name, da in columns.items()
    ]
    notes += [f"left out, for it is no column: {name}; netCDF holds it" for name in left_out]
    import pandas as pd

    table = pd.DataFrame(
        {name: da.to_numpy() for name, da in columns.items()}, index=ds.indexes["time"]
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for note in notes for line in note.splitlines())
        table.to_csv(file, date_format="%Y-%m-%dT%H:%M:%S.%f", na_rep="NaN")


@own.command("check", epilog=_EXIT_CODES)
def check(
    file: Annotated[Path, typer.Argument(help="Your table of products, in TOML.")],
    data: Annotated[
        Path | None, typer.Argument(help="A file of the archive, to hold the rows against.")
    ] = None,
    *,
    row: Annotated[str, typer.Option(help="The product that DATA belongs to.")] = "",
):
    """Say what is missing or wrong in a table of products of your own.

    With a data file: whether it holds the variables, in the row's units and frames. It is held
    against the products whose pattern fits its name, or else against all, or against --row.

    \b
    smile-explore product check products.toml
    smile-explore product check products.toml mms1_edp_slow_l2_dce_20160301_v3.0.0.cdf
    """  # noqa: D301
    from smile_explore import catalogue

    file = user_path(file)
    wrong = catalogue.faults(file)
    known = {} if wrong else catalogue.of_file(file)
    if data is not None and not wrong:
        wrong = _against_data(known, data, row)
    for text in wrong:
        _say(f"{file}: {text}")
    if wrong:
        raise typer.Exit(1)
    against = f", and {data.name} fits" if data else ""
    count = "1 product" if len(known) == 1 else f"{len(known)} products"
    _say(f"{file}: {count}, nothing is missing{against}.")


def _against_data(known: dict, data: Path, row: str) -> list[str]:
    from smile_explore.formats import row_check

    if row and row not in known:
        message = f"--row {row!r} is none of {', '.join(known)}."
        raise InputError(message)
    chosen = [row] if row else [n for n, p in known.items() if row_check.fits(data.name, p.pattern)]
    return [
        f"row {name!r}, {text}"
        for name in chosen or known
        for text in row_check.faults(known[name], data)
    ]


@pack.command("build", epilog=_EXIT_CODES)
def build(
    event: Annotated[
        str, typer.Argument(help="A curated event, rehearsal, or a name of your own.")
    ],
    *,
    start: Annotated[str | None, typer.Option(help="UTC, for an event of your own.")] = None,
    stop: Annotated[str | None, typer.Option(help="UTC, not included.")] = None,
    products: Annotated[str, typer.Option(help="Products of your own event, with blanks.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write this zip.")
    ] = None,
):
    """Load an event's products into a pack, which then answers offline.

    \b
    smile-explore pack build rehearsal
    smile-explore pack build themis-c-20080812 -o for-my-students.zip
    smile-explore pack build mine --start 2008-08-12 --stop 2008-08-13 --products "omni.1min ace.mfi"
    """  # noqa: D301
    from smile_explore import packs

    given = {"start": start, "stop": stop, "products": products}
    if any(given.values()) and not all(given.values()):
        message = "--start, --stop and --products belong together."
        raise typer.BadParameter(message)
    wanted = {"name": event} | given if start else event
    made = packs.open(event) if event == "rehearsal" else packs.build(wanted)
    _say(f"{made.folder}: pack {made.name!r} with {', '.join(made.products)}.")
    if output:
        _say(f"{made.zip(output)}: hand this out; smile-explore pack add takes it.")


@pack.command("list", epilog=_EXIT_CODES)
def list_packs():
    """List the packs at hand, and the curated events that packs can be built of."""
    from smile_explore import catalogue, packs

    table = packs.available().reset_index()
    table["title"] = table["title"].where(table["fault"] == "", "FAULT: " + table["fault"])
    _show_table(table[["pack", "title", "start", "stop", "products", "simulated", "megabytes"]])
    _say(f"Events to build a pack of: {', '.join(catalogue.events().index)}.")


@pack.command("verify", epilog=_EXIT_CODES)
def verify(path: Annotated[str, typer.Argument(help="A pack's name, folder or zip.")]):
    """Check that every file of a pack is as it was packed and keeps the contract."""
    from smile_explore import packs

    found = packs.verify(path)
    _say(f"Pack {found.name!r} is sound: {', '.join(found.products)}.")


@pack.command("add", epilog=_EXIT_CODES)
def add(
    path: Annotated[Path, typer.Argument(help="The zip or folder that somebody handed out.")],
    *,
    replace: Annotated[bool, typer.Option(help="Overwrite another pack of that name.")] = False,
):
    """Take a pack into the cache, where every notebook finds it."""
    from smile_explore import packs

    added = packs.add(path, replace=replace)
    _say(f"{added.folder}: pack {added.name!r} with {', '.join(added.products)}.")


@app.command(epilog=_EXIT_CODES)
def report(
    file: Annotated[Path, typer.Argument(help="A CDF, CEF, netCDF, FITS or listing.")],
    product: Annotated[
        str | None, typer.Option(help="Read it as a file of this product, not by its own names.")
    ] = None,
    *,
    time: Annotated[
        str | None, typer.Option(help="The file's name of the time base, if it has several.")
    ] = None,
    quality: Annotated[str, typer.Option(help="good, or raw to mask fills only.")] = "good",
):
    """Print what is masked, dropped, left out, renamed or unknown when a file is read.

    \b
    smile-explore report rbspa_hope.cdf
    smile-explore report rbspa_hope.cdf --time Epoch_Ele
    """  # noqa: D301
    from smile_explore.errors import ReadingWarning
    from smile_explore.load import open_file
    from smile_explore.report import report as report_of

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadingWarning)  # the table says it all
        ds = open_file(file, product, quality=quality, time=time)
    table = report_of(ds)
    _say(
        f"{file}: {len(ds.data_vars)} variables of {ds['time'].size} records; "
        f"{f'{len(table)} entries' if len(table) else 'nothing to report'}."
    )
    if len(table):
        uncounted = table["of"] == 0
        blank = {k: table[k].astype(object).mask(uncounted, "") for k in ("count", "of")}
        _show_table(table.assign(**blank))


@app.command(epilog=_EXIT_CODES)
def doctor():
    """Tell what is installed, cached and reachable, and what to do about each fault.

    Exit code 1 if there is a fault; a server that does not answer is only noted.
    """
    from smile_explore.doctor import findings

    faults = 0
    for finding in findings():
        faults += finding.state == "fault"
        colour = {"ok": "green", "note": "yellow", "fault": "red"}[finding.state]
        typer.echo(f"{typer.style(f'{finding.state:5}', fg=colour)}  {finding.text}")
        if finding.advice:
            typer.echo(f"       -> {finding.advice}")
    if faults:
        raise typer.Exit(1)


def _say(text: str) -> None:
    """Tell the person, apart from what a command prints for others to read."""
    typer.echo(text, err=True)


def _show_warning(message, *_args, **_kwargs) -> None:
    _say(f"smile-explore: {message}")


def _show_table(table) -> None:
    """Print a table: fitted to a terminal, whole where another program reads it."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 400)
    shown = Table(box=None, pad_edge=False)
    for name in table.columns:
        shown.add_column(name, no_wrap=name == table.columns[0], header_style="bold")
    for row in table.astype(object).itertuples(index=False):
        shown.add_row(*("" if value is None else str(value) for value in row))
    console.print(shown)
