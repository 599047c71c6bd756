"""Whom to thank and what to cite: for Datasets, products, models and whole studies.

It reads names, DOIs and acknowledgements where they are written already (the product table,
the model table, the events, the attributes of a Dataset) and never makes one up: what has
none is listed as such.
"""

import functools
import os
import re
import tomllib
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

import xarray as xr

from smile_explore import catalogue
from smile_explore.errors import InputError, UnknownProductError
from smile_explore.markup import escape, link
from smile_explore.paths import user_path

#: Attributes that never name a model: paths, times, and what a row of the table says better.
_NOT_READ = {"source_files", "retrieved", "product", "title", "missing_variables"}
_UNKNOWN = "no acknowledgement is known: ask whoever gave you the data."
_FOR_LATEX = str.maketrans({"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_"})


@dataclass(frozen=True)
class Entry:
    """One thing to cite: software, data, a model or an event.

    `used` holds the products or the model that it stands for; `doi` and `url` may be empty.
    """

    kind: str
    used: tuple[str, ...]
    text: str
    doi: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        """Where to find it on the web, or an empty text."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    def __str__(self):
        text = f"{', '.join(self.used)}: {self.text}"
        return f"{text} {self.link}" if self.link else text


@dataclass(frozen=True)
class Citation:
    """What to cite and whom to thank; prints as a list, in a notebook with links.

    Its `entries` are in the order software, data, models, events.
    """

    entries: tuple[Entry, ...]

    @property
    def text(self) -> str:
        """The list as plain text (and Markdown), for an acknowledgement section."""
        parts = []
        for kind in dict.fromkeys(e.kind for e in self.entries):
            parts += [f"{kind}:", *(f"- {e}" for e in self.entries if e.kind == kind), ""]
        return "\n".join(parts)

    @property
    def bibtex(self) -> str:
        """The list as BibTeX entries, named after the product or model.

        Titles are ours; the DOI leads to the publisher's own record.
        """
        return "\n\n".join(_bibtex(e) for e in self.entries) + "\n"

    def __str__(self):
        return self.text

    __repr__ = __str__

    def _repr_html_(self):
        parts = []
        for kind in dict.fromkeys(e.kind for e in self.entries):
            items = "".join(_item(e) for e in self.entries if e.kind == kind)
            parts.append(f"<p><b>{escape(kind)}</b></p><ul>{items}</ul>")
        return "".join(parts)


def cite(*used) -> Citation:
    """Return acknowledgement and DOI of every data set and model used.

    Parameters
    ----------
    *used : Dataset, DataArray, str, Path, dict, Explorer, Citation or a list of them
        Data as loaded or computed; the name of a product, model or event; a study (its file,
        its dict, or the Explorer that shows it). Nothing gives the package alone.

    Returns
    -------
    Citation
        Prints as a list; ``.text`` and ``.bibtex`` are for a paper. The package comes first.

    Raises
    ------
    InputError
        If something is of none of these kinds, or a DataArray has no name, model or product
        to go by: arithmetic drops attributes, so cite the Dataset it came from.
    UnknownProductError
        If a text is no product, model, event or file.

    Examples
    --------
    >>> print(cite("omni.5min", "shue1998").entries[2])
    shue1998: magnetopause: Shue et al. (1998), J. Geophys. Res. 103, 17691 https://doi.org/10.1029/98JA01103
    """
    entries = [_package()]
    for one in used:
        entries += _entries(one)
    order = ("Software", "Data", "Models", "Events")
    return Citation(tuple(sorted(_merged(entries), key=lambda e: order.index(e.kind))))


@functools.cache
def models() -> dict[str, dict]:
    """Return the table of models, ``data/models.toml``, by name."""
    text = resources.files("smile_explore").joinpath("data/models.toml").read_text("utf-8")
    return tomllib.loads(text)


# --------------------------------------------------------------------------- what was given


def _entries(one) -> list[Entry]:
    if isinstance(one, Citation):
        return list(one.entries)
    if isinstance(one, xr.Dataset):
        return _of_dataset(one)
    if isinstance(one, xr.DataArray):
        return _of_array(one)
    if isinstance(one, dict) and not _is_study(one):  # Datasets by name
        one = list(one.values())
    if isinstance(one, (list, tuple)):
        return [entry for item in one for entry in _entries(item)]
    if isinstance(one, (str, os.PathLike)):
        return _of_text(one)
    return _of_study(one if isinstance(one, dict) else _state(one))


def _of_dataset(ds: xr.Dataset) -> list[Entry]:
    name = str(ds.attrs.get("product", ""))
    simulated, own = bool(ds.attrs.get("simulated")), str(ds.attrs.get("acknowledgement", ""))
    data = _data(name or "data without a name", own, str(ds.attrs.get("doi", "")), simulated)
    return [data, *_models_in(_texts(ds))]


def _of_array(da: xr.DataArray) -> list[Entry]:
    if "product" in da.attrs:
        return _of_dataset(da.to_dataset(name=da.name or "values").assign_attrs(da.attrs))
    found = _models_in(_texts(da))
    if not found:
        message = f"DataArray {da.name!r} names neither a product nor a model: cite the Dataset that it was taken from."
        raise InputError(message)
    return found


def _of_text(name) -> list[Entry]:
    path = user_path(name)
    if path.suffix in (".yaml", ".yml") or isinstance(name, os.PathLike):
        return _of_study(_read(path))
    if name in models():
        return [_model(name)]
    if name in catalogue.events().index:
        return _event(name)
    if name not in catalogue.table() and ":" not in name:
        known = [*catalogue.table(), *models(), *catalogue.events().index]
        message = f"{name!r} is no product, model or event.{catalogue.did_you_mean(name, known)} A study file ends in .yaml."
        raise UnknownProductError(message)
    return [_product(name)]


def _is_study(table: dict) -> bool:
    return any(key in table for key in ("panels", "products", "smile_explore_study"))


def _read(path: Path) -> dict:
    import yaml

    try:
        table = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        message = f"{str(path)!r} cannot be read as a study ({getattr(err, 'strerror', None) or type(err).__name__}): give the YAML file that the Explorer wrote."
        raise InputError(message) from err
    return table if isinstance(table, dict) else {}


def _state(one) -> dict:
    """Return the state of an Explorer, or of its study, without knowing their classes."""
    study = getattr(one, "study", one)
    if hasattr(study, "to_dict"):
        return study.to_dict()
    message = f"{type(one).__name__} cannot be cited: give a Dataset, a product's or model's name, a study, or a list of them."
    raise InputError(message)


def _of_study(table: dict) -> list[Entry]:
    """Cite the products of the panels, the models drawn and the event in focus."""
    if not _is_study(table):
        message = "This is no study: it names neither panels nor products."
        raise InputError(message)
    names = [catalogue.of_panel(p)[0] for p in table.get("panels", ())]
    names = list(dict.fromkeys([*names, *map(str, table.get("products", ()))]))
    if "rehearsal" in (table.get("source"), table.get("event")):
        data = [_data(n, "simulated by smile_explore; no measurement.", "", True) for n in names]
    else:
        data = [entry for n in names for entry in _of_text(n)]
    drawn = [_model(table[k]) for k in ("magnetopause", "bow_shock") if table.get(k) in models()]
    return [*data, *drawn, *_event(str(table.get("event", "")))]


# --------------------------------------------------------------------------- entries


def _package() -> Entry:
    text = f"version {metadata.version('smile_explore')}, the smile_explore developers; CITATION.cff says how to cite it."
    return Entry("Software", ("smile_explore",), text)


def _product(name: str) -> Entry:
    row = catalogue.product(name)
    return _data(name, row.acknowledgement, row.doi, False)


def _data(name: str, text: str, doi: str, simulated: bool) -> Entry:
    if simulated:
        plain = text[:1].lower() + text[1:] if text.startswith("Simulated") else text
        return Entry("Data", (name,), f"SIMULATED, not a measurement ({plain.rstrip('.')}).")
    row = catalogue.table().get(name)
    doi, text = doi or (row.doi if row else ""), text or (row.acknowledgement if row else "")
    return Entry("Data", (name,), text or (f"{row.title}." if row else _UNKNOWN), doi)


def _model(name: str) -> Entry:
    row = models()[name]
    text = f"{row['for']}: {row['reference']}"
    return Entry("Models", (name,), text, row.get("doi", ""), row.get("url", ""))


def _event(name: str) -> list[Entry]:
    if name not in catalogue.events().index:
        return []
    row = catalogue.event(name)
    return [Entry("Events", (name,), f"{row['title']}: {row['reference']}", str(row["doi"]))]


def _merged(entries: list[Entry]) -> list[Entry]:
    """Let what has the same text and DOI stand once, with all it was used for."""
    found: dict[tuple, list] = {}
    for e in entries:
        found.setdefault((e.kind, e.text, e.doi, e.url), []).extend(e.used)
    return [
        Entry(kind, tuple(dict.fromkeys(used)), text, doi, url)
        for (kind, text, doi, url), used in found.items()
    ]


# --------------------------------------------------------------------------- models by their names


def _texts(data) -> str:
    """Return all that attributes say in words; variables have their own."""
    owners = [data, *(data.variables.values() if isinstance(data, xr.Dataset) else ())]
    # who says which model was used need not be asked which ones could have been
    skipped = _NOT_READ | ({"acknowledgement"} if "model" in data.attrs else set())
    words = [str(v) for o in owners for k, v in o.attrs.items() if k not in skipped]
    names = data.variables if isinstance(data, xr.Dataset) else [data.name]
    return "; ".join([*map(str, names), *words])


def _models_in(text: str) -> list[Entry]:
    """Return the models of the table that a text names."""
    return [_model(name) for name in models() if _pattern(name).search(text.replace("'", ""))]


@functools.cache
def _pattern(name: str) -> re.Pattern:
    """Return what finds a model in words: ``Shue et al. (1998)``, ``Shue 1998``, ``shue1998``.

    Examples
    --------
    >>> bool(_pattern("zhang_paxton2008").search("oval of Zhang and Paxton 2008"))
    True
    """
    between = r"(?:[\W_]|et al|and)*"
    spelled = [name, *models()[name].get("also", ())]
    joined = [between.join(re.findall(r"[a-z]+(?:2g)?|\d{4}", one)) for one in spelled]
    return re.compile(rf"(?<![A-Za-z])(?:{'|'.join(joined)})(?![A-Za-z0-9])", re.IGNORECASE)


# --------------------------------------------------------------------------- how it is written


def _item(entry: Entry) -> str:
    used, text = escape(", ".join(entry.used)), escape(entry.text)
    end = f" {link(entry.link)}" if entry.link else ""
    return f"<li><code>{used}</code>: {text}{end}</li>"


def _bibtex(entry: Entry) -> str:
    key = re.sub(r"\W+", "_", entry.used[0]).strip("_")
    match = re.match(r"[^:]*: (?P<author>[^:(]+?) \((?P<year>\d{4})\)", entry.text)
    fields = {"title": f"{{{', '.join(entry.used)}}}", "note": entry.text, "doi": entry.doi}
    if match and entry.kind == "Models":
        fields |= {
            "author": match["author"].replace(" et al.", " and others"),
            "year": match["year"],
        }
    fields["url"] = entry.url
    lines = [f"  {k} = {{{_latex(k, v)}}}," for k, v in fields.items() if v]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _latex(field: str, text: str) -> str:
    return text if field in ("doi", "url") else text.translate(_FOR_LATEX)
