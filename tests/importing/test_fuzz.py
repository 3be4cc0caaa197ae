"""Files damaged at random, through the child process: a workbook or a sentence, and never half an import.

A hundred mutants in the suite; set MIROCALS_FUZZ to another number for more (1,500 in the night).
"""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache, partial
from html import escape
from pathlib import Path

import pytest
from openpyxl import Workbook as Book
from reviews import empty_facts
from xlsb_files import cell as binary_cell
from xlsb_files import xlsb

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.importing.reader.raw import Limits

FILES = Path(__file__).parent / "files"
MUTANTS = int(os.environ.get("MIROCALS_FUZZ", "100"))
BATCH = 25
PASSWORD = "Sésame 1"
LIMITS = Limits(wall_seconds=60.0)
ODD = (
    b"XFD1048576", b"-1", b"99999999999999999999", b"1e400", b"NaN", b"\x00", b"\xff\xfe", b"<", b"&", b'"',
    b"&#0;", b"A0", b"ZZZZ1", b"31/02/2018", b"\xe9", b"true", b"  ", b"\r\n", b"sharedStrings", b"]]>",
)  # fmt: skip
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument'
    '.spreadsheet"/></manifest:manifest>'
)


def rows() -> list[list[object]]:
    """A small table of everything: ids, dates, numbers as text, words for no value, a total."""
    found: list[list[object]] = [["Patient", "Visite", "Date", "Treg (%)", "pNFH (pg/mL)", "Statut vital"]]
    for n in range(1, 13):
        pnfh = ("1 250,5", "<62,5", "ND", 900 + n)[n % 4]
        found.append([f"P-{n:03d}", "V2", date(2018, 1, n), 7 + n / 10, pnfh, ("vivant", "décédé")[n % 2]])
    return [["Étude"], [], *found, ["Total", None, None, 88.8], ["NF = non fait"]]


@lru_cache
def seeds() -> tuple[tuple[str, bytes], ...]:
    """(suffix, bytes) of sound files of several formats."""
    book = Book()
    sheet = book.active
    for row in rows():
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    other = book.create_sheet("Cachée")
    other.sheet_state = "hidden"
    other.append(["Patient", "Arm"])
    stream = io.BytesIO()
    book.save(stream)
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in rows()]
    text = "\r\n".join(lines)
    html = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows())
    return (
        (".xlsx", stream.getvalue()),
        (".csv", text.encode("cp1252")),
        (".csv", b"\xff\xfe" + text.encode("utf-16-le")),
        (".ods", open_document()),
        (".xls", (FILES / "lab_1904.xls").read_bytes()),
        (".xls", f"<html><table>{html}</table></html>".encode()),
        (".xls", xml_2003().encode()),
        (".ods", (FILES / "coloured.ods").read_bytes()),
        (".ods", (FILES / "locked.ods").read_bytes()),
        (".xls", (FILES / "coloured.xls").read_bytes()),
        (".xlsb", binary_book()),
    )


def binary_book() -> bytes:
    """The same rows as a binary workbook."""
    known = {
        n: [
            binary_cell(at, value if isinstance(value, (int, float)) else str(value))
            for at, value in enumerate(row)
            if value is not None
        ]
        for n, row in enumerate(rows())
    }
    return xlsb(known, ("0.0%",))


def xml_2003() -> str:
    """The same rows in the XML of Excel 2003."""
    body = ""
    for row in rows():
        kinds = ["Number" if isinstance(cell, (int, float)) else "String" for cell in row]
        cells = zip(kinds, row, strict=True)
        data = "".join(f'<Data ss:Type="{kind}">{escape(str(cell or ""))}</Data>|' for kind, cell in cells)
        body += "<Row>" + "".join(f"<Cell>{one}</Cell>" for one in data.split("|")) + "</Row>"
    home = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{home}" xmlns:ss="{home}"><Styles><Style ss:ID="p">'
        '<NumberFormat ss:Format="Percent"/></Style></Styles><Worksheet ss:Name="S"><Table>'
        f"{body}</Table></Worksheet></Workbook>"
    )


def open_document() -> bytes:
    """An OpenDocument spreadsheet of the same rows."""
    body = ""
    for row in rows():
        body += "<table:table-row>"
        for cell in row:
            if isinstance(cell, (int, float)):
                body += f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            else:
                text = escape("" if cell is None else str(cell))
                body += f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"
        body += "</table:table-row>"
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body>'
        f'<office:spreadsheet><table:table table:name="S">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", MANIFEST)
        package.writestr("content.xml", content)
    return stream.getvalue()


def mutate(number: int) -> tuple[str, bytes]:
    """The file of this number: a sound one, damaged inside its package or outside."""
    chance = random.Random(number)
    suffix, data = seeds()[number % len(seeds())]
    if data[:2] == b"PK" and chance.random() < 0.8:
        return suffix, _damage_package(data, chance)
    for _ in range(chance.randint(1, 4)):
        data = _damage(data, chance)
    return suffix, data


def _damage_package(data: bytes, chance: random.Random) -> bytes:
    """The package with one or two of its parts damaged, dropped or exchanged: its checksums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for _ in range(chance.randint(1, 2)):
        name = chance.choice(list(parts))
        what = chance.random()
        if what < 0.1:
            del parts[name]
        elif what < 0.2:
            parts[name] = parts[chance.choice(list(parts))]
        else:
            parts[name] = _damage(parts[name], chance)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


def _damage(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a piece lost, doubled, overwritten or replaced by something odd."""
    if not data:
        return b"\x00"
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.choice((1, 3, 20, 200)))
    return chance.choice(
        (
            lambda: data[:at],
            lambda: data[:at] + data[end:],
            lambda: data[:end] + data[at:],
            lambda: data[:at] + chance.randbytes(end - at) + data[end:],
            lambda: data[:at] + chance.choice(ODD) + data[at:],
            lambda: _replaced(data, chance),
        )
    )()


def _replaced(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one number, name of a cell or attribute replaced."""
    found = list(re.finditer(rb'\d+|[A-Z]{1,3}\d+|"[^"]{0,40}"', data))
    if not found:
        return data + chance.choice(ODD)
    match = chance.choice(found)
    quoted = match[0].startswith(b'"')
    odd = chance.choice(ODD)
    return data[: match.start()] + (b'"' + odd + b'"' if quoted else odd) + data[match.end() :]


def import_mutant(number: int, folder: Path) -> str:
    """What came of a mutant: "" for an import in which every cell is accounted for, else the sentence."""
    suffix, data = mutate(number)
    path = folder / f"mutant {number}{suffix}"
    path.write_bytes(data)
    try:
        workbook = read_workbook(path, password=PASSWORD, limits=LIMITS)
        made = make_review([workbook], empty_facts())
    except AppError as refusal:
        return str(refusal)
    finally:
        path.unlink()
    assert all(account.balanced for account in made.accounts), number
    assert len(made.status) == len(made.batch), number
    return ""


def test_that_every_file_is_read_before_it_is_damaged(tmp_path: Path):
    for suffix, data in seeds():
        path = tmp_path / f"sound{suffix}"
        path.write_bytes(data)
        assert read_workbook(path, password=PASSWORD).sheets[0].n_rows > 7


@pytest.mark.parametrize("first", range(0, MUTANTS, BATCH))
def test_that_a_damaged_file_is_read_whole_or_refused_with_a_sentence(first: int, tmp_path: Path):
    empty_facts()
    with ThreadPoolExecutor(max_workers=2) as pool:
        numbers = range(first, min(first + BATCH, MUTANTS))
        said = list(pool.map(partial(import_mutant, folder=tmp_path), numbers))
    assert said.count("") in range(1, len(said))
    assert not list(tmp_path.iterdir())
    assert not [text for text in said if "a mistake of this program" in text]
    assert all(text.endswith((".", "?")) and "Traceback" not in text for text in said if text)
