"""XML and JSON that stay in their own file: what points elsewhere is refused before it is read.

astropy fetches whatever a VOTable's ``href`` names, from a server or from this disk. So the
text is looked through first, with a parser that opens nothing, and astropy gets the very
bytes that were looked through. Messages repeat names of elements, never the contents.
"""

import codecs
import json
import re
from xml.parsers import expat

from smile_explore.errors import CorruptFileError

#: Deepest nesting and most cells of a table that are read.
_DEEPEST = 64
_CELLS = 100_000_000
_ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii",
              "iso-8859-1": "latin-1", "latin1": "latin-1", "windows-1252": "cp1252"}  # fmt: skip
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]{0,200}?\?>")
_ENCODING = re.compile(r"encoding\s*=\s*[\"']([^\"']{1,40})[\"']")
_POINTERS = ("href", "src", "uri", "url")
_FOREIGN = {"fits": "a FITS file", "parquet": "a Parquet file", "include": "another file"}
_JSON_POINTERS = ("$ref", "$include", "$import")


def xml(data: bytes) -> bytes:
    """Return an XML file as UTF-8 that points to nothing outside it.

    Raises
    ------
    CorruptFileError
        If it has a document type, entities, a style sheet, an address, a table that is in
        another file, or more depth or cells than are read; or if it is no XML.
    """
    text = xml_text(data)
    look = _Look()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartDoctypeDeclHandler = look.document_type
    parser.EntityDeclHandler = look.document_type
    parser.ProcessingInstructionHandler = look.instruction
    parser.StartElementHandler = look.begin
    parser.EndElementHandler = look.end
    plain = text.encode("utf-8", errors="replace")
    try:
        parser.Parse(plain, True)
    except expat.ExpatError as err:
        reason = f"{expat.ErrorString(err.code)}, line {err.lineno}"
        message = f"This is no readable VOTable ({reason}): export the table again."
        raise CorruptFileError(message) from err
    look.check_size()
    return plain


def xml_text(data: bytes) -> str:
    """Return the text of an XML file without its declaration; CorruptFileError if unreadable."""
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # fmt: skip
    name = next((n for mark, n in marks.items() if data.startswith(mark)), "")
    if not name:
        head = _DECLARATION.match(data[:400].decode("latin-1"))
        written = _ENCODING.search(head[0]) if head else None
        name = _ENCODINGS.get(written[1].lower() if written else "utf-8", "")
    try:
        text = data.decode(name) if name else None
    except UnicodeError:
        text = None
    if text is None:
        message = "The text is in no encoding that is read here: save the table as UTF-8."
        raise CorruptFileError(message)
    return _DECLARATION.sub("", text, count=1)


class _Look:
    """What the parser meets: refused where it points elsewhere, counted where it needs memory."""

    def __init__(self):
        self.depth = self.rows = 0
        self.declared = 0  # the most rows that a table says it has
        self.cells = 0  # of one row, the fields of all tables together

    def document_type(self, *_) -> None:
        what = "a document type or an entity, which can name other files"
        raise _refused(what)

    def instruction(self, target: str, _text: str) -> None:
        what = f"an instruction <?{target[:40]}?>, which can name other files"
        raise _refused(what)

    def begin(self, tag: str, attributes: dict) -> None:
        self.depth += 1
        name = tag.rpartition(" ")[2].lower()
        if self.depth > _DEEPEST:
            message = f"The XML is nested deeper than {_DEEPEST} elements: it is no time table."
            raise CorruptFileError(message)
        if name in _FOREIGN:
            what = f"an element <{name.upper()}>, which stands for {_FOREIGN[name]}"
            raise _refused(what)
        for attribute in attributes:
            if attribute.rpartition(" ")[2].lower() in _POINTERS:
                what = f"an element <{name.upper()}> with an address"
                raise _refused(what)
        if name == "stream" and attributes.get("encoding", "base64").lower() != "base64":
            what = f"a <STREAM> of encoding {attributes['encoding'][:20]!r}"
            raise _refused(what, "VOTable with TABLEDATA")
        self._count(name, attributes)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def _count(self, name: str, attributes: dict) -> None:
        self.rows += name == "tr"
        if name == "table":
            self.declared = max(self.declared, _whole(attributes.get("nrows", "0")))
        if name in ("field", "param"):
            cells = 1
            for number in re.findall(r"\d+", attributes.get("arraysize", "1"))[:8]:
                cells *= max(1, _whole(number))
            self.cells = min(self.cells + cells, _CELLS + 1)

    def check_size(self) -> None:
        if max(self.rows, self.declared) * self.cells > _CELLS:
            message = (
                f"The table says it has {max(self.rows, self.declared)} rows of {self.cells} "
                f"values, more than {_CELLS}: keep what is needed, or write it as CSV."
            )
            raise CorruptFileError(message)


def _whole(text: str) -> int:
    digits = text.strip()
    return min(int(digits[:12]), _CELLS + 1) if digits.isdecimal() else 0


def _refused(what: str, instead: str = "table without it") -> CorruptFileError:
    message = f"The file holds {what}; a time table opens nothing else: export the {instead}."
    return CorruptFileError(message)


def from_json(text: str):
    """Return the content of JSON text that refers to no other file.

    Raises
    ------
    CorruptFileError
        If it refers to one, or is nested too deep.
    ValueError
        If it is no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as err:
        message = "The JSON is nested too deep for a time table: export the list again."
        raise CorruptFileError(message) from err


def _object(pairs: list) -> dict:
    if pointers := [key for key, _ in pairs if key.lower() in _JSON_POINTERS]:
        what = f"the key {pointers[0]!r}, which refers to another file"
        raise _refused(what)
    return dict(pairs)
