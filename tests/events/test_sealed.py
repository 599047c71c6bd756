"""Time tables open nothing: no address of a file is asked for, no other file is read."""

import http.server
import os
import threading

import pytest

from smile_explore import events
from smile_explore.errors import CorruptFileError, InputError

SECRET = "2014-03-11T11:22:33 the local secret"
FIELDS = (
    '<FIELD name="start" ID="s" datatype="char" arraysize="*"/>'
    '<FIELD name="stop" ID="e" datatype="char" arraysize="*"/>'
)
ROWS = "<TABLEDATA><TR><TD>2014-03-11</TD><TD>2014-03-12</TD></TR></TABLEDATA>"


def votable(data=ROWS, fields=FIELDS, *, head="", table="", resource="", attributes=""):
    return (
        f"{head}<VOTABLE {attributes}><RESOURCE>{resource}<TABLE {table}>{fields}<DATA>{data}</DATA>"
        "</TABLE></RESOURCE></VOTABLE>"
    )


@pytest.fixture
def asked():
    """Addresses that somebody asked the local server for."""
    paths = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    paths_and_address = paths, f"http://127.0.0.1:{server.server_port}/"
    yield paths_and_address
    server.shutdown()
    server.server_close()


ENTITY = '<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "{at}">]>'
PARAMETER = '<!DOCTYPE VOTABLE [<!ENTITY % x SYSTEM "{at}"> %x;]>'
LAUGHS = (
    '<!DOCTYPE V [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    + "]>"
)
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
XINCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{at}" parse="text"/>'
ENTITY_ROWS = ROWS.replace("2014-03-11", "&x;")
STREAMS = {
    "binary": '<BINARY><STREAM href="{at}"/></BINARY>',
    "binary2": '<BINARY2><STREAM href="{at}" encoding="base64"/></BINARY2>',
    "fits": '<FITS extnum="1"><STREAM href="{at}"/></FITS>',
    "fits without address": "<FITS><STREAM>AAAA</STREAM></FITS>",
    "parquet": '<PARQUET type="VOTable-remote-file"><STREAM href="{at}"/></PARQUET>',
    "capitals": '<BINARY><STREAM HREF="{at}"/></BINARY>',
    "gzip": '<BINARY><STREAM encoding="gzip">H4sI</STREAM></BINARY>',
}
ATTACKS = {
    **{f"stream {name}": votable(data) for name, data in STREAMS.items()},
    "link": votable(resource='<LINK href="{at}"/>'),
    "link of a field": votable(fields=FIELDS.replace("/>", '><LINK href="{at}"/></FIELD>', 1)),
    "xlink": votable(resource='<LINK xlink:href="{at}"/>', attributes=XLINK),
    "xinclude": votable(resource=XINCLUDE),
    "entity": votable(ENTITY_ROWS, head=ENTITY),
    "parameter entity": votable(head=PARAMETER),
    "external document type": votable(head='<!DOCTYPE VOTABLE SYSTEM "{at}">'),
    "public document type": votable(head='<!DOCTYPE VOTABLE PUBLIC "-//x" "{at}">'),
    "laughs": votable(ENTITY_ROWS.replace("&x;", "&a12;"), head=LAUGHS),
    "style sheet": votable(head='<?xml-stylesheet type="text/xsl" href="{at}"?>'),
    "other instruction": votable(head='<?include "{at}"?>'),
}
ENCODED = {
    "utf-8": lambda text: text.encode(),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 big end": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "utf-7": lambda text: b"<?xml version='1.0' encoding='utf-7'?>" + text.encode("utf-7"),
    "utf-32": lambda text: text.encode("utf-32"),
    "ebcdic": lambda text: ("<?xml version='1.0' encoding='cp037'?>" + text).encode("cp037"),
    "declared": lambda text: b"<?xml version='1.0' encoding='ISO-8859-1'?>" + text.encode(),
    "cp037, declared in ascii": lambda text: b"<?xml version='1.0' encoding='cp037'?>" + text.encode("cp037"),
}  # fmt: skip


def read_quietly(path, capfd, **options):
    with pytest.raises(CorruptFileError) as caught:
        events.read(path, **options)
    out = "".join(capfd.readouterr()) + repr(caught.value) + repr(caught.value.__cause__)
    return str(caught.value), out


@pytest.mark.parametrize("where", ["server", "file"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_table_that_points_elsewhere_is_refused(tmp_path, asked, capfd, attack, where):
    requests, address = asked
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    at = f"{address}x" if where == "server" else secret.as_uri()
    path = tmp_path / "list.xml"
    path.write_text(ATTACKS[attack].replace("{at}", at))
    message, out = read_quietly(path, capfd)
    assert "opens nothing else" in message
    assert requests == []
    assert "secret" not in out
    assert "11:22:33" not in out
    assert len(message) < 300


@pytest.mark.parametrize("attack", ["stream binary", "entity", "xinclude", "style sheet"])
@pytest.mark.parametrize("encoding", ENCODED)
def test_no_encoding_hides_an_address(tmp_path, asked, capfd, encoding, attack):
    requests, address = asked
    path = tmp_path / "list.vot"
    path.write_bytes(ENCODED[encoding](ATTACKS[attack].replace("{at}", f"{address}x")))
    _, out = read_quietly(path, capfd, format="votable")
    assert requests == []
    assert "secret" not in out


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".xml"])
def test_the_suffix_does_not_matter(tmp_path, asked, capfd, suffix):
    requests, address = asked
    path = tmp_path / f"list{suffix}"
    path.write_text(ATTACKS["stream binary"].replace("{at}", address))
    assert "opens nothing else" in read_quietly(path, capfd)[0]
    assert requests == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ascii"])
def test_a_sound_table_is_read_in_its_encoding(tmp_path, encoding):
    path = tmp_path / "list.xml"
    path.write_bytes(votable(head="<?xml version='1.0'?>").encode(encoding))
    assert events.read(path).stop.astype(str).tolist() == ["2014-03-12"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(votable(table='nrows="2000000000"'), "more than 100000000", id="rows"),
        pytest.param(votable(table='nrows="' + "9" * 5000 + '"'), "more than 100000000", id="digits"),
        pytest.param(votable(fields=FIELDS + '<FIELD name="x" datatype="double" arraysize="99999x99999"/>'), "more than", id="array"),
        pytest.param("<VOTABLE>" + "<RESOURCE>" * 5000, "nested deeper than 64", id="depth"),
        pytest.param("<VOTABLE><RESOURCE>", "line 1", id="cut"),
    ],
)  # fmt: skip
def test_a_table_of_absurd_size_is_refused(tmp_path, text, says):
    path = tmp_path / "list.xml"
    path.write_text(text)
    with pytest.raises(CorruptFileError, match=says) as caught:
        events.read(path)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        '{"catalogues": {"$ref": "{at}"}, "events": []}',
        '{"catalogues": [], "events": [{"$ref": "{at}"}]}',
        '{"catalogues": [], "events": [{"start": {"$include": "{at}"}}]}',
    ],
)
def test_json_refers_to_nothing_else(tmp_path, asked, capfd, text):
    requests, address = asked
    path = tmp_path / "list.json"
    path.write_text(text.replace("{at}", address))
    assert "refers to another file" in read_quietly(path, capfd)[0]
    assert requests == []


def test_deep_json_is_refused(tmp_path):
    path = tmp_path / "list.json"
    path.write_text('{"catalogues":' + "[" * 100_000)
    with pytest.raises(CorruptFileError, match=r"list\.json"):
        events.read(path)


@pytest.mark.parametrize("name", ["list.csv"])
def test_a_cell_that_is_a_path_or_a_tag_stays_text(tmp_path, name):
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    tag = "!!python/object/apply:os.system ['id']"
    path = tmp_path / name
    path.write_text(
        f'start,stop,note\n2014-03-11,2014-03-12,"{secret}"\n2014-03-11,2014-03-12,"{tag}"\n'
    )
    assert events.read(path).note.tolist() == [str(secret), tag]


def test_only_a_file_of_bounded_size_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(10**9)
    for name, says in {"pipe.csv": "is no file", "large.csv": "1000 MB", "a\0.csv": "cannot be a path",
                       "x" * 5000: "cannot be a path", ".": "is no file"}.items():  # fmt: skip
        with pytest.raises(InputError, match=says) as caught:
            events.read(tmp_path / name)
        assert len(str(caught.value)) < 300
