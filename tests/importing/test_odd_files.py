"""Files of unusual programs, cell by cell: what the file says is what is read, or it is told."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from base64 import b64encode
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from reviews import empty_facts
from xlsb_files import cell as binary_cell
from xlsb_files import xlsb

from mirocals_desktop.importing.grid import Kind, Sheet, Workbook, cell_name
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.reader.child import encode_sheet, read_bytes
from mirocals_desktop.importing.reader.guard import read_sheet, read_workbook
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawWorkbook
from mirocals_desktop.importing.values import NumberReading, type_numbers

FILES = Path(__file__).parent / "files"


def read(data: bytes) -> tuple[RawWorkbook, list[Sheet]]:
    """The file as the child process reads it, and its sheets as they arrive."""
    raw = read_bytes(data, Limits(), name="a")
    return raw, [read_sheet(*encode_sheet(sheet)) for sheet in raw.sheets]


def cells(sheet: Sheet) -> dict[str, str]:
    """Name -> text of every filled cell; what is no text or number begins with its kind."""
    found = {}
    for row in range(sheet.n_rows):
        for column in range(sheet.n_columns):
            if cell := sheet.cell(row, column):
                kind = "" if cell.kind in (Kind.TEXT, Kind.NUMBER) else f"{cell.kind.name.lower()} "
                found[cell_name(row, column)] = f"{kind}{cell.text}"
    return found


def xlsx(*formats_and_numbers: tuple[str, float]) -> bytes:
    """A workbook with a number in each row of column A, shown in its format."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet("S")
        for row, (code, number) in enumerate(formats_and_numbers):
            page.write_number(row, 0, number, book.add_format({"num_format": code}))
    return stream.getvalue()


def rows_of(data: bytes) -> list[list[str]]:
    _, (sheet,) = read(data)
    return [[sheet.text(row, column) for column in range(sheet.n_columns)] for row in range(sheet.n_rows)]


# --- text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'id,note,x\n1, "c, d",5\n2, "e, f",6\n',
        'id,note,x\n1,"c, d","5"\n2,"e, f",6\n\x1a',
        "id,note,x\n'1','c, d','5'\n'2','e, f','6'\n",
        '"id,""note"",x"\n"1,""c, d"",5"\n"2,""e, f"",6"\n',
        'id;note;x\n="1";="c, d";5\n"=""2""";"=""e, f""";6\n',
        "id;note;x\r\r\n1;c, d;5\r\r\n2;e, f;6\r\r\n",
        "\ufeff\ufeffid;note;x\n1;c, d;5\n\ufeff2;e, f;6\n",
        "id;note;x\n1;c, d;5\n\x0c2;e, f;6\n",
    ],
    ids=["blank before", "end of DOS", "single", "whole rows", "formulas", "returns", "marks", "pages"],
)
def test_that_cells_quoted_in_unusual_ways_stay_in_their_columns(text: str):
    assert rows_of(text.encode()) == [["id", "note", "x"], ["1", "c, d", "5"], ["2", "e, f", "6"]]


def test_that_a_quote_written_with_a_backslash_moves_no_cell():
    text = 'id,note,x\n1,"said \\"ill\\", left",5\n2,"b",6\n'
    assert rows_of(text.encode())[1] == ["1", 'said "ill", left', "5"]
    path = 'id,note,x\n1,"C:\\data\\",5\n2,"b",6\n'
    assert rows_of(path.encode())[1] == ["1", "C:\\data\\", "5"]


def test_that_rows_between_two_stray_quotes_are_no_remark_of_one_patient():
    text = b'id;note;x\n1;ok;5\n2;"def;6\n3;x;7\n4;y";8\n'
    raw, (sheet,) = read(text)
    assert [sheet.text(row, 2) for row in range(5)] == ["x", "5", "6", "7", "8"]
    assert [(one.code, one.row) for one in raw.remarks][:1] == [("quote-not-closed", 2)]
    assert [one[2] for one in rows_of(b'id;note;x\n2;"def;6\n4;y";8\n')] == ["x", "6", "8"]
    assert rows_of(b'id,note,x\n1,"Rue 4, Lyon\nhome, care",5\n')[1][2] == "5"
    assert rows_of(b'id,note,x\n1,"Rue 4\nLyon, home, care\nFrance",5\n')[1][2] == "5"


def test_that_rules_drawn_below_a_header_are_no_patient():
    assert rows_of(b"id|x\n---|---\n1|5\n--|7\n") == [["id", "x"], ["", ""], ["1", "5"], ["--", "7"]]


# --- number formats ---------------------------------------------------------------------------------------


def test_that_ids_made_by_a_number_format_are_read_as_one_sees_them():
    _, (sheet,) = read(
        xlsx(('"FR-"00\\-000', 12345), ("000\\-00\\-0000", 7), ('"P"000', 7), ("00000", 75), ('0"/48"', 40))
    )
    assert [sheet.text(row, 0) for row in range(5)] == ["FR-12-345", "000-00-0007", "P007", "00075", "40"]


def test_that_a_limit_which_only_a_format_shows_stays_a_limit():
    shown = ('[<1]"<1";0.0', 0.5), ('[<1]"<1";0.0', 5), ('0.0;"<"0.0', -62.5), ('0.0;"<"0.0', 80), ('">"0', 9)
    _, (sheet,) = read(xlsx(*shown))
    assert [sheet.text(row, 0) for row in range(5)] == ["<1", "5", "<62.5", "80", ">9"]
    reading = NumberReading(decimal=".")
    typed = type_numbers(sheet.columns[0], np.arange(5), reading=reading, formats=sheet.formats)
    assert typed.number.tolist() == [1, 5, 62.5, 80, 9]
    assert [("", "<", ">")[code] for code in typed.qualifier.tolist()] == ["<", "", "<", "", ">"]


# --- OpenDocument -----------------------------------------------------------------------------------------


NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style", "manifest")
)


def ods(body: str, *, styles: str = "", sheet: str = "", encoding: str = "UTF-8") -> bytes:
    """An OpenDocument spreadsheet with these rows."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="{encoding}"?><office:document-content {NAMES}>'
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:table table:name="S" {sheet}>{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>".encode(encoding),
        )
    return stream.getvalue()


def cell(kind: str = "", value: str = "", text: str = "", *, more: str = "") -> str:
    """A cell of a type, with a value and the text that one sees."""
    said = f'office:value-type="{kind}" ' if kind else ""
    named = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    said += f'office:{named}="{value}" ' if value else ""
    return f"<table:table-cell {said}{more}><text:p>{text}</text:p></table:table-cell>"


def row(*parts: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(parts)}</table:table-row>"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_that_an_ods_is_read_cell_by_cell_as_one_sees_it(encoding: str):
    data = ods(
        row(
            cell("float", "5.1", "5,1"), cell("percentage", "0.051", "5,1 %"), cell("date", "2018-03-04"),
            cell("date", "2018-03-04T10:20:30"), cell("time", "PT36H00M00S"), cell("boolean", "true"),
            cell("date", "2018-03", "mars 2018"), cell("float", "1,5"), cell("time", "soon", "10 h"),
        )
        + row(
            cell("string", "", 'a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d'),
            cell("string", "", "l1</text:p><text:p>l2"), cell("", "", "typeless"),
            cell("string", "", "<text:ruby>é<text:ruby-text>x</text:ruby-text></text:ruby>"),
            cell("float", "5", "<office:annotation><text:p>note</text:p></office:annotation>5"),
        )
        + row(
            cell("float", "0", "#DIV/0!", more='table:formula="of:=1/0"'),
            cell("", "", "", more='table:formula="of:=A9"'),
            cell("float", "1", "TRUE", more='table:formula="of:=TRUE()"'),
            cell("float", "7", "7", more='table:number-columns-repeated="2"'),
            more='table:number-rows-repeated="2"',
        )
        + row('<table:table-cell table:number-columns-repeated="99"/>', more='table:a="9"'),
        encoding=encoding,
    )  # fmt: skip
    _, (sheet,) = read(data)
    assert cells(sheet) == {
        "A1": "5.1", "B1": "5.1%", "C1": "date 2018-03-04", "D1": "date 2018-03-04 10:20:30",
        "E1": "time 36:00:00", "F1": "boolean TRUE", "G1": "2018-03", "H1": "1,5", "I1": "10 h",
        "A2": "a   b\tc\nd", "B2": "l1\nl2", "C2": "typeless", "D2": "é", "E2": "5",
        **{
            f"{letter}{n}": text
            for n in (3, 4)
            for letter, text in zip(
                "ABCDE", ("error #DIV/0!", "formula ", "boolean TRUE", "7", "7"), strict=True
            )
        },
    }  # fmt: skip
    assert sheet.comments == {(1, 4): "note"}


@pytest.mark.parametrize("rows", [1048574, 4294967295])
def test_that_a_stray_value_of_an_ods_is_left_out_and_told(rows: int):
    far = row(
        '<table:table-cell table:number-columns-repeated="16383"/>', cell("float", "9", "9")
    )  # a value in XFD1048576
    data = ods(
        row(cell("float", "1", "1"), cell("float", "2", "2"))
        + row("<table:table-cell/>", more=f'table:number-rows-repeated="{rows}"')
        + far
    )
    raw, (sheet,) = read(data)
    assert cells(sheet) == {"A1": "1", "B1": "2"}
    assert [(one.code, one.row, one.column) for one in raw.remarks] == [("stray-cell", rows + 1, 16383)]


@pytest.mark.parametrize("name", ["coloured.ods", "coloured.xls"])
def test_that_files_of_libreoffice_show_the_colours_formats_and_hidden_parts_of_a_sheet(name: str):
    _, (sheet, hidden) = read((FILES / name).read_bytes())
    assert sheet.row_looks == {2: "FF0000", 4: "FF0000", 6: "FFC000", 8: "strike", 9: "00B050"}
    assert [sheet.text(3, column) for column in (0, 1, 4, 5, 7, 9)] == [
        "P-003", "003", "5.3%", "<63", "#DIV/0!", "FALSE",
    ]  # fmt: skip
    assert (sheet.text(1, 5), sheet.hidden_rows, sheet.hidden_columns) == ("<62", {11}, {10})
    assert hidden.visible == "hidden"
    assert sheet.comments == ({(1, 1): "check this"} if name.endswith("ods") else {})
    made = make_review([Workbook(name, "0" * 64, name[-3:], (sheet,))], empty_facts())
    (question,) = (one for one in made.open_questions if one.id.startswith("coloured-rows"))
    assert "red: 2, yellow: 1, struck out: 1, green: 1" in question.text


def test_that_an_ods_locked_whole_opens_with_its_password_and_asks_again_for_a_wrong_one():
    inner = ods(row(cell("string", "", "P-001")))
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflater.compress(inner) + deflater.flush()
    salt, start = b"s" * 16, b"i" * 12
    first = hashlib.sha256("Sésame 1".encode()).digest()
    key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=64).derive(first)
    for memory, said in (("64", ""), ("99999999", "locked-ods")):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            package.writestr("encrypted-package", start + AESGCM(key).encrypt(start, packed, None))
            package.writestr(
                "META-INF/manifest.xml",
                f'<manifest:manifest {NAMES} xmlns:loext="urn:l"><manifest:file-entry'
                ' manifest:full-path="encrypted-package"><manifest:encryption-data><manifest:algorithm'
                ' manifest:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm"'
                f' manifest:initialisation-vector="{b64encode(start).decode()}"/>'
                "<manifest:start-key-generation manifest:start-key-generation-name"
                '="http://www.w3.org/2001/04/xmlenc#sha256"/><manifest:key-derivation manifest:key-size="32"'
                ' manifest:key-derivation-name="urn:x:argon2id" loext:argon2-iterations="1"'
                f' loext:argon2-memory="{memory}" loext:argon2-lanes="1"'
                f' manifest:salt="{b64encode(salt).decode()}"/></manifest:encryption-data>'
                "</manifest:file-entry></manifest:manifest>",
            )
        for password, refused in (
            (None, "password"),
            ("wrong", said or "wrong-password"),
            ("Sésame 1", said),
        ):
            if refused:
                with pytest.raises(Refused) as caught:
                    read_bytes(stream.getvalue(), Limits(), name="a", password=password)
                assert caught.value.code == refused
            else:
                raw = read_bytes(stream.getvalue(), Limits(), name="a", password=password)
                assert cells(read_sheet(*encode_sheet(raw.sheets[0]))) == {"A1": "P-001"}


# --- Open XML ---------------------------------------------------------------------------------------------


def with_part(data: bytes, name: str, part: bytes, *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The package with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", packing) as new:
        for info in old.infolist():
            new.writestr(info.filename, part if info.filename == name else old.read(info))
    return stream.getvalue()


def test_that_cells_which_the_reading_library_does_not_see_come_as_their_texts():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><v>12 &amp; up</v></c>'
        '<c r="C1"><v>8</v><f>A1</f></c><c r="D1"><f>A1</f></c><c r="E1" t="str"><v> </v></c></row>'
        '</sheetData><sheetData><row r="2"><c r="A2"><v>7</v></c></row></sheetData></worksheet>'
    )
    data = with_part(xlsx(("0", 1)), "xl/worksheets/sheet1.xml", sheet.encode())
    _, (page,) = read(data)
    assert cells(page) == {"A1": "1", "B1": "12 & up", "C1": "8", "D1": "formula ", "A2": "7"}


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1"])
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
def test_that_parts_in_another_encoding_or_packing_are_read(encoding: str, packing: int):
    sheet = (
        f'<?xml version="1.0" encoding="{encoding}"?><worksheet'
        ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>Décès</t></is></c></row></sheetData></worksheet>'
    )
    part = "xl/worksheets/sheet1.xml"
    _, (page,) = read(with_part(xlsx(("0", 1)), part, sheet.encode(encoding), packing=packing))
    assert cells(page) == {"A1": "Décès"}


# --- Excel 2003 XML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ['<?xml version="1.0" encoding="windows-1252"?>\n', ""])
def test_that_an_excel_2003_xml_is_read_with_formats_looks_and_what_is_hidden(start: str):
    def data(kind: str, value: str, more: str = "", note: str = "") -> str:
        return f'<Cell {more}><Data ss:Type="{kind}">{value}</Data>{note}</Cell>'

    note = '<Comment ss:Author="Z"><ss:Data>check</ss:Data></Comment>'
    home = "urn:schemas-microsoft-com:office:spreadsheet"
    names = f'xmlns="{home}" xmlns:ss="{home}"'
    padded = data("Number", "7", 'ss:StyleID="z"')
    text = (
        f'{start}<Workbook {names}><Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style>'
        '<Style ss:ID="z"><NumberFormat ss:Format="000"/></Style><Style ss:ID="r"><Interior'
        ' ss:Color="#FF0000" ss:Pattern="Solid"/></Style></Styles><Worksheet ss:Name="S"><Table>'
        '<Column ss:StyleID="z"/><Column ss:Index="3" ss:Hidden="1"/><Row ss:StyleID="p">'
        f"{data('Number', '0.051', note=note)}{padded}</Row>"
        f'<Row ss:Index="3" ss:Span="2" ss:Hidden="1"/><Row>{data("Number", "8")}'
        f"{data('DateTime', '1899-12-31T10:30:00.000')}{data('DateTime', '2018-03-04T00:00:00.000')}"
        f'{data("String", "é")}<Cell ss:Formula="=RC[1]"/>{data("Error", "#N/A")}</Row>'
        f'<Row ss:StyleID="r">{data("String", "x")}</Row></Table><WorksheetOptions><Visible>SheetHidden'
        "</Visible></WorksheetOptions></Worksheet></Workbook>"
    )
    _, (sheet,) = read(text.encode("cp1252" if start else "utf-8"))
    assert cells(sheet) == {
        "A1": "5.1%", "B1": "007", "A6": "008", "B6": "time 10:30:00", "C6": "date 2018-03-04", "D6": "é",
        "E6": "formula ", "F6": "error #N/A", "A7": "x",
    }  # fmt: skip
    assert (sheet.visible, sheet.hidden_rows, sheet.hidden_columns) == ("hidden", {2, 3, 4}, {2})
    assert (sheet.row_looks, sheet.comments) == ({6: "FF0000"}, {(0, 0): "check"})


# --- pages ------------------------------------------------------------------------------------------------


def test_that_a_page_keeps_cells_within_cells_and_raised_signs_apart():
    table = "<table><tr><td>P1</td><td><table><tr><td>1<td>5</table></td><td>5<sup>1</sup></td></tr></table>"
    _, (sheet,) = read(f"<html>{table}</html>".encode())
    assert cells(sheet) == {"A1": "P1", "B1": "1 5", "C1": "5¹"}
    inner = "<table><tr><th>id<th>x (10<sup>9</sup>/L)</tr><tr><td>001<td>5,1<script>7</script></tr></table>"
    _, (sheet,) = read(f"<html><table><tr><td>{inner}</td></tr></table></html>".encode())
    assert cells(sheet) == {"A1": "id", "B1": "x (10⁹/L)", "A2": "001", "B2": "5,1"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_that_a_page_which_names_another_encoding_than_its_own_is_read_in_its_own(encoding: str):
    page = "<html><meta charset=iso-8859-1><table><tr><td>Décès ’ €</td></tr></table></html>"
    _, (sheet,) = read(page.encode(encoding))
    assert cells(sheet) == {"A1": "Décès ’ €"}


# --- progress ---------------------------------------------------------------------------------------------


def test_that_progress_moves_while_one_large_sheet_is_read(tmp_path):
    rows = row(cell("float", "1", "1"), cell("string", "", "x" * 2000)) * 2000
    (tmp_path / "a.ods").write_bytes(ods(rows))
    sheet = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 9001))
    part = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{sheet}'
    (tmp_path / "a.xlsx").write_bytes(
        with_part(xlsx(("0", 1)), "xl/worksheets/sheet1.xml", f"{part}</sheetData></worksheet>".encode())
    )
    for name in ("a.ods", "a.xlsx"):
        seen: list[float] = []
        read_workbook(tmp_path / name, report=lambda fraction, message, seen=seen: seen.append(fraction))
        between = sorted({fraction for fraction in seen if 0 < fraction < 1})
        assert seen == sorted(seen)
        assert len(between) >= 4


# --- binary workbooks -------------------------------------------------------------------------------------


def test_that_an_xlsb_is_read_cell_by_cell_with_errors_and_formats():
    heads = [binary_cell(0, "id"), binary_cell(1, "x")]
    values = [(0, 7, 1), (1, 0.085, 2), (2, b"\x2a", 0), (3, 43163, 3), (4, True, 0), (5, 62.5, 4)]
    data = xlsb(
        {0: heads, 1: [binary_cell(column, value, style=style) for column, value, style in values]},
        ('"P"000', "0.0%", "dd/mm/yyyy", '"<"0.0'),
    )
    _, (sheet,) = read(data)
    assert cells(sheet) == {
        "A1": "id", "B1": "x", "A2": "P007", "B2": "8.5%", "C2": "error #N/A", "D2": "date 2018-03-04",
        "E2": "boolean TRUE", "F2": "<62.5",
    }  # fmt: skip


def test_that_a_stray_value_of_an_xlsb_is_left_out_and_told(tmp_path):
    far = {1_048_575: [binary_cell(16_383, 9)]}
    (tmp_path / "a.xlsb").write_bytes(xlsb({0: [binary_cell(0, "id")], 1: [binary_cell(0, 7)], **far}))
    book = read_workbook(tmp_path / "a.xlsb")
    assert cells(book.sheets[0]) == {"A1": "id", "A2": "7"}
    assert [(one.code, one.row, one.column, one.details) for one in book.remarks] == [
        ("stray-cell", 1_048_575, 16_383, {"value": "9"})
    ]


def test_that_a_damaged_lock_of_an_xls_is_damage_and_no_mistake():
    data = bytearray((FILES / "locked.xls").read_bytes())
    data[data.index(b"\x2f\x00\x36\x00") + 4] = 7  # the kind of its encryption
    with pytest.raises(Refused) as caught:
        read(bytes(data))
    assert caught.value.code in ("damaged", "password")
    with pytest.raises(Refused) as caught:
        read_bytes(bytes(data), Limits(), name="a", password="Sésame 1")
    assert caught.value.code == "damaged"


def test_that_a_value_far_below_a_table_is_told_before_it_makes_the_sheet_a_hundred_times_as_large(tmp_path):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet("S")
        page.write_row(0, 0, ["id", "x"])
        page.write(1, 0, 7)
        page.write(65_535, 255, 9)
    below = row("<table:table-cell/>", more='table:number-rows-repeated="65533"')
    far = row('<table:table-cell table:number-columns-repeated="255"/>', cell("float", "9", "9"))
    table = row(cell("string", "", "id"), cell("string", "", "x")) + row(cell("float", "7", "7"))
    for data in (stream.getvalue(), ods(table + below + far)):
        raw, (sheet,) = read(data)
        assert cells(sheet) == {"A1": "id", "B1": "x", "A2": "7"}
        assert [(one.code, one.row, one.column) for one in raw.remarks] == [("stray-cell", 65_535, 255)]
