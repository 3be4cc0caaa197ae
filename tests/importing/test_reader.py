"""Files through the child process: what is read, and what a hostile or broken file becomes."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from reviews import empty_facts

from mirocals_desktop.errors import AppError
from mirocals_desktop.importing.grid import Kind, Workbook
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.reader import biff, guard
from mirocals_desktop.importing.reader.guard import PasswordNeeded, child_command, read_workbook
from mirocals_desktop.importing.reader.raw import Limits, RawSheet
from mirocals_desktop.importing.reader.xlsb import mark_sheet
from mirocals_desktop.progress import Cancelled

FILES = Path(__file__).parent / "files"
SHEET = "xl/worksheets/sheet1.xml"


def make(
    path: Path, fill: Callable[[xlsxwriter.Workbook, object], None] | None = None, **options: object
) -> Path:
    """A workbook with a table of fifty patients, and what `fill` adds."""
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet("S")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(0, 0, ["id", "when", "x"])
        for row in range(1, 51):
            page.write_string(row, 0, f"P{row}")
            page.write_datetime(row, 1, datetime(2004, 9, 21), day)
            page.write_number(row, 2, row)
        if fill:
            fill(book, page)
    return path


def change(source: Path, edit: Callable[[bytes], bytes], part: str | None = SHEET) -> Path:
    """The workbook with one part (or every one) edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, edit(data) if part in (None, info.filename) else data)
    source.write_bytes(out.getvalue())
    return source


def kinds(book: Workbook, row: int) -> list[Kind]:
    return [book.sheets[0].cell(row, column).kind for column in range(book.sheets[0].n_columns)]


def texts(book: Workbook, row: int) -> list[str]:
    return [book.sheets[0].text(row, column) for column in range(book.sheets[0].n_columns)]


def refused(path: Path, **options: object) -> str:
    with pytest.raises(AppError) as caught:
        read_workbook(path, **options)
    assert path.name in caught.value.message or path.stem in caught.value.message
    assert caught.value.hint
    return caught.value.message


# --- what is read -----------------------------------------------------------------------------------------


def test_that_every_kind_of_cell_comes_with_its_place_and_text(tmp_path):
    def fill(book, page):
        page.write(60, 4, 0.085, book.add_format({"num_format": "0.0%"}))
        page.write(60, 5, 8, book.add_format({"num_format": "000"}))
        page.write(60, 6, 62.5, book.add_format({"num_format": '"<"0.0'}))
        page.write(60, 7, 7, book.add_format({"num_format": '"PBC-"000'}))
        page.write_boolean(60, 8, True)
        page.write_formula(60, 9, "=1/0", None, "#DIV/0!")
        page.write_formula(60, 10, "=SUM(1)", None, 1)
        page.write(60, 11, " x\u00a0\n")
        page.write(60, 12, datetime(2020, 1, 2, 10, 30), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
        page.write(60, 13, 0.5, book.add_format({"num_format": "hh:mm"}))

    book = read_workbook(make(tmp_path / "a.xlsx", fill))
    sheet = book.sheets[0]
    assert (sheet.n_rows, sheet.n_columns) == (61, 14)
    assert texts(book, 60)[4:] == [
        "8.5%", "008", "<62.5", "PBC-007", "TRUE", "#DIV/0!", "1", " x\u00a0\n", "2020-01-02 10:30:00",
        "12:00:00",
    ]  # fmt: skip
    assert sheet.cell(60, 9).kind is Kind.ERROR
    assert sheet.cell(1, 1).text == "2004-09-21"
    assert sheet.cell(55, 0).kind is Kind.EMPTY


def test_that_formulas_never_calculated_are_cells_of_their_own_even_at_the_edge(tmp_path):
    row = b'<row r="53"><c r="F53"><f>SUM(C2:C51)</f></c></row></sheetData>'
    source = change(make(tmp_path / "a.xlsx"), lambda xml: xml.replace(b"</sheetData>", row))
    book = read_workbook(source)
    assert book.sheets[0].cell(52, 5).kind is Kind.FORMULA
    assert book.sheets[0].text(1, 0) == "P1"


def test_that_dates_are_the_same_in_the_1904_system(tmp_path):
    book = read_workbook(make(tmp_path / "a.xlsx", date_1904=True))
    assert texts(book, 1)[1] == "2004-09-21"


def test_that_the_29_february_1900_of_excel_is_no_other_day(tmp_path):
    def fill(book, page):
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(51, 0, ["P51", 59, 60], day)
        page.write_row(52, 0, ["P52", 60, 60])
        page.write_row(53, 0, ["P53", 60.5, 61], day)

    book = read_workbook(make(tmp_path / "a.xlsx", fill))
    assert [texts(book, row)[1:] for row in (51, 52, 53)] == [
        ["1900-02-28", "29/02/1900"],
        ["60", "60"],
        ["29/02/1900", "1900-03-01"],
    ]
    assert kinds(book, 51)[1:] == [Kind.DATE, Kind.TEXT]


def test_that_an_old_xls_gives_dates_percentages_and_signs_like_an_xlsx():
    book = read_workbook(FILES / "lab_1904.xls")
    assert book.format == "xls"
    assert texts(book, 1)[:4] == ["001", "2019-01-01", "5.1%", "<62.5"]
    assert book.sheets[1].visible == "hidden"
    assert book.sheets[0].hidden_rows == {3}


def test_that_an_ods_gives_errors_percentages_merged_cells_and_comments(tmp_path):
    from odf.office import Annotation
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    table = Table(name="Lab")
    cells = [
        ({"valuetype": "string"}, "P1"),
        ({"valuetype": "date", "datevalue": "2019-01-02"}, "02/01/2019"),
        ({"valuetype": "percentage", "value": 0.085}, "8,5 %"),
        ({"valuetype": "string", "formula": "of:=1/0", "stringvalue": ""}, "#DIV/0!"),
        ({"valuetype": "float", "value": 3, "numbercolumnsspanned": 2}, "3"),
    ]
    row = TableRow()
    for attributes, text in cells:
        cell = TableCell(**attributes)
        cell.addElement(P(text=text))
        row.addElement(cell)
    note = Annotation()
    note.addElement(P(text="check"))
    row.childNodes[0].addElement(note)
    table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(str(tmp_path / "a.ods"))
    book = read_workbook(tmp_path / "a.ods")
    assert texts(book, 0) == ["P1", "2019-01-02", "8.5%", "#DIV/0!", "3"]
    assert kinds(book, 0)[3] is Kind.ERROR
    assert book.sheets[0].comments == {(0, 0): "check"}
    assert [(a.left, a.right) for a in book.sheets[0].merged] == [(4, 5)]


def test_that_a_text_beyond_those_of_an_xlsb_or_xls_is_marked_as_lost():
    cell = lambda number: bytes([7, 12]) + bytes(8) + number.to_bytes(4, "little")  # noqa: E731
    sheet = RawSheet("S", lambda: iter(()))
    mark_sheet(cell(2) + cell(1), sheet, {}, texts=2)
    assert {place: str(mark) for place, mark in sheet.patches.items()} == {(0, 0): "#TEXT?"}

    record = lambda kind, data: kind.to_bytes(2, "little") + len(data).to_bytes(2, "little") + data  # noqa: E731
    stream = record(0x0809, bytes(16))
    stream += b"".join(record(0x00FD, bytes([row, 0, 1, 0, 0, 0, row, 0, 0, 0])) for row in (0, 1, 2))
    old = RawSheet("S", lambda: iter(()))
    biff.mark_sheet(stream + record(0x000A, b""), 0, old, {}, texts=2)
    assert {place: str(mark) for place, mark in old.patches.items()} == {(2, 1): "#TEXT?"}


def test_that_an_html_table_named_xls_is_read_as_a_table(tmp_path):
    page = "<html><body><table><tr><th rowspan=2>Patient<th colspan=2>Treg (%)<tr><td>V2<td>V4"
    page += "<tr><td>P1<td>5,1<td>&lt;1</table></body></html>"
    (tmp_path / "export.xls").write_text(page, encoding="utf-8")
    book = read_workbook(tmp_path / "export.xls")
    assert [texts(book, row) for row in range(3)] == [
        ["Patient", "Treg (%)", ""],
        ["", "V2", "V4"],
        ["P1", "5,1", "<1"],
    ]
    assert len(book.sheets[0].merged) == 2


def test_that_a_page_saved_as_one_file_is_read_after_its_comments(tmp_path):
    head = 'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="B"\n\n'
    part = "--B\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    page = "<!-- lab --><table border=3D1><tr><td>Patient<td>Treg (%)<tr><td>P1<td>5,1</table>"
    (tmp_path / "export.xls").write_text(f"{head}{part}{page}\n--B--\n")
    (tmp_path / "page.xls").write_text(page)
    assert texts(read_workbook(tmp_path / "export.xls"), 1) == ["P1", "5,1"]
    assert texts(read_workbook(tmp_path / "page.xls"), 1) == ["P1", "5,1"]


def test_that_a_sas_transport_file_is_a_table(tmp_path):
    import pandas
    import pyreadstat

    frame = pandas.DataFrame(
        {"USUBJID": ["P1", "P2"], "AVAL": [10.0, float("nan")], "ADT": [date(2019, 1, 2)] * 2}
    )
    pyreadstat.write_xport(frame, str(tmp_path / "adtte.xpt"), table_name="ADTTE")
    book = read_workbook(tmp_path / "adtte.xpt")
    assert book.sheets[0].name == "ADTTE"
    assert texts(book, 1) == ["P1", "10", "2019-01-02"]
    assert texts(book, 2)[1] == ""
    frame["AETERM"] = ["Décès", "été"]
    pyreadstat.write_xport(frame, str(tmp_path / "a.xpt"), table_name="AE")
    windows = (tmp_path / "a.xpt").read_bytes().replace("Décès".encode(), "Décès  ".encode("cp1252"))
    (tmp_path / "a.xpt").write_bytes(windows.replace("été".encode(), "été  ".encode("cp1252")))
    assert [texts(read_workbook(tmp_path / "a.xpt"), row)[3] for row in (1, 2)] == ["Décès", "été"]
    (tmp_path / "cut.xpt").write_bytes((tmp_path / "adtte.xpt").read_bytes()[:-100])
    assert "not complete" in refused(tmp_path / "cut.xpt")


def test_that_hidden_sheets_comments_merged_cells_and_chart_sheets_are_told(tmp_path):
    def fill(book, page):
        page.merge_range(60, 0, 60, 2, "merged")
        page.write_comment(1, 0, "ask the centre")
        page.set_row(4, None, None, {"hidden": True})
        page.set_column(2, 2, None, None, {"hidden": True})
        hidden = book.add_worksheet("Old")
        hidden.write(0, 0, "x")
        hidden.very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=S!$C$2:$C$5"})
        book.add_chartsheet("Chart").set_chart(chart)

    book = read_workbook(make(tmp_path / "a.xlsx", fill))
    first = book.sheets[0]
    assert [(a.top, a.left, a.bottom, a.right) for a in first.merged] == [(60, 0, 60, 2)]
    assert first.hidden_rows == {4}
    assert first.hidden_columns == {2}
    assert first.comments[1, 0].endswith("ask the centre")
    assert [sheet.visible for sheet in book.sheets] == ["visible", "very hidden"]
    assert [(remark.code, remark.sheet) for remark in book.remarks] == [("not-a-worksheet", "Chart")]


def test_that_wrong_dimensions_a_prefix_and_missing_references_lose_no_cell(tmp_path):
    edits = {
        "dimension": lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:B2"/>', xml),
        "no references": lambda xml: re.sub(rb' r="[A-Z]+\d+"', b"", xml),
        "single quotes": lambda xml: xml.replace(b'"', b"'"),
        "utf-16": lambda xml: xml.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    }
    for name, edit in edits.items():
        book = read_workbook(change(make(tmp_path / f"{name}.xlsx"), edit))
        assert texts(book, 50) == ["P50", "2004-09-21", "50"], name


def test_that_strict_open_xml_is_read(tmp_path):
    def strict(xml):
        xml = xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        return xml.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    book = read_workbook(change(make(tmp_path / "a.xlsx"), strict, part=None))
    assert texts(book, 50) == ["P50", "2004-09-21", "50"]


def test_that_a_locked_workbook_asks_for_its_password_and_opens_with_it(tmp_path):
    import msoffcrypto.format.ooxml as ooxml

    plain = make(tmp_path / "plain.xlsx")
    with plain.open("rb") as source, (tmp_path / "locked.xlsx").open("wb") as target:
        ooxml.OOXMLFile(source).encrypt("secret", target)
    with pytest.raises(PasswordNeeded) as caught:
        read_workbook(tmp_path / "locked.xlsx")
    assert not caught.value.wrong
    with pytest.raises(PasswordNeeded) as caught:
        read_workbook(tmp_path / "locked.xlsx", password="wrong")
    assert caught.value.wrong
    assert texts(read_workbook(tmp_path / "locked.xlsx", password="secret"), 1)[0] == "P1"


def test_that_a_locked_xls_asks_for_its_password_and_opens_with_it():
    for tried in (None, "wrong"):
        with pytest.raises(PasswordNeeded) as caught:
            read_workbook(FILES / "locked.xls", password=tried)
        assert caught.value.wrong == bool(tried)
    assert texts(read_workbook(FILES / "locked.xls", password="Sésame 1"), 1)[:2] == ["P-001", "V2"]


def test_that_a_locked_ods_asks_for_its_password_and_opens_with_it():
    for tried in (None, "wrong"):
        with pytest.raises(PasswordNeeded) as caught:
            read_workbook(FILES / "locked.ods", password=tried)
        assert caught.value.wrong == bool(tried)
    book = read_workbook(FILES / "locked.ods", password="Sésame 1")
    assert texts(book, 1)[:3] == ["P-001", "001", "2018-01-01"]


def test_that_an_excel_95_workbook_shows_its_errors():
    book = read_workbook(FILES / "excel_95.xls")
    assert (book.sheets[0].name, book.remarks) == ("Données", ())
    assert [(cell.kind, cell.text) for cell in (book.sheets[0].cell(3, 3),)] == [(Kind.ERROR, "#N/A")]


@pytest.mark.parametrize(
    ("content", "encoding", "rows"),
    [
        ("patient;âge\r\n001;58,8\r\n", "utf-8", [["patient", "âge"], ["001", "58,8"]]),
        ("patient;âge\n001;58,8\n", "utf-8-sig", [["patient", "âge"], ["001", "58,8"]]),
        ("patient\tâge\n001\t58,8\n", "utf-16", [["patient", "âge"], ["001", "58,8"]]),
        ("patient\tâge\n001\t58,8\n", "utf-16-be", [["patient", "âge"], ["001", "58,8"]]),
        (
            "patient;décès à l’inclusion;µL\n001;né;é\n",
            "cp1252",
            [["patient", "décès à l’inclusion", "µL"], ["001", "né", "é"]],
        ),
        (
            "patient;décès à l’inclusion\n001;né\n",
            "mac-roman",
            [["patient", "décès à l’inclusion"], ["001", "né"]],
        ),
        ("patient,age\r1,2\r", "utf-8", [["patient", "age"], ["1", "2"]]),
        ("sep=|\npatient|age\n1|2\n", "utf-8", [["patient", "age"], ["1", "2"]]),
        ('a,b\n"x\ny","p,q"\n"say ""hi""",2\n', "utf-8", [["a", "b"], ["x\ny", "p,q"], ['say "hi"', "2"]]),
        ("a,b\n1,2,,\n3,4,,\n", "utf-8", [["a", "b"], ["1", "2"], ["3", "4"]]),
    ],
)
def test_that_text_files_are_read_whatever_their_encoding_and_separator(tmp_path, content, encoding, rows):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode(encoding))
    book = read_workbook(path)
    assert [texts(book, row) for row in range(book.sheets[0].n_rows)] == rows


def test_that_a_text_of_two_encodings_is_read_line_by_line_and_said_at_its_rows(tmp_path):
    path = tmp_path / "a.csv"
    utf8, latin = 'P1;V2;5,1;"né à\nLyon"\n', "P2;V2;5,2;hémolysé\r\n"
    head = "sep=;\n# essai\nPatient;Visite;Treg (%);Rem\n"
    for usual, odd in (("utf-8", "cp1252"), ("utf-8-sig", "cp1252"), ("utf-8", "mac-roman")):
        path.write_bytes(head.encode(usual) + utf8.encode() + latin.encode(odd) + "P3;V2;5,3;Łódź\n".encode())
        book = read_workbook(path)
        rows = [texts(book, row)[3] for row in range(book.sheets[0].n_rows)]
        assert rows == ["", "Rem", "né à\nLyon", "hémolysé", "Łódź"]
        issues = make_review([book], empty_facts()).issues
        said = [(i.severity, i.cell, i.message) for i in issues if i.code == "odd-encoding"]
        name = {"cp1252": "Windows-1252", "mac-roman": "Mac Roman"}[odd]
        assert [(severity, cell) for severity, cell, _ in said] == [("warning", "A4")]
        assert "Row 4" in said[0][2]
        assert name in said[0][2]


def test_that_many_rows_in_another_encoding_are_one_issue(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"P{n};V2;5,1;né\n".encode("cp1252") for n in range(400)]
    path.write_bytes("Patient;Visite;Treg (%);Créé\n".encode() + b"".join(rows))
    issues = make_review([read_workbook(path)], empty_facts()).issues
    (one,) = [issue for issue in issues if issue.code == "odd-encoding"]
    assert (one.cell, len(one.cells)) == ("A2", 400)
    assert "399 more" in one.message
    path.write_bytes("Patient;Rem\nP1;« CAFÉ» 5 µL\n".encode("cp1252"))
    book = read_workbook(path)
    assert texts(book, 1) == ["P1", "« CAFÉ» 5 µL"]
    assert [remark.code for remark in book.remarks] == ["text-file"]


def test_that_a_quote_that_is_never_closed_swallows_nothing(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,name,x\n1,"abc,2\n2,def,3\n3,ghi,4\n', encoding="utf-8")
    book = read_workbook(path)
    assert [texts(book, row) for row in range(4)] == [
        ["id", "name", "x"],
        ["1", '"abc', "2"],
        ["2", "def", "3"],
        ["3", "ghi", "4"],
    ]
    assert ("quote-not-closed", 1) in [(remark.code, remark.row) for remark in book.remarks]


def test_that_the_first_bytes_tell_the_format_and_not_the_suffix(tmp_path):
    csv = tmp_path / "really.xlsx"
    csv.write_text("patient;visit\n1;2\n", encoding="utf-8")
    assert texts(read_workbook(csv), 1) == ["1", "2"]
    book = make(tmp_path / "b.xlsx")
    renamed = book.rename(tmp_path / "b.csv")
    assert texts(read_workbook(renamed), 1)[0] == "P1"


def test_that_the_hash_is_of_the_bytes_that_were_read(tmp_path):
    import hashlib

    path = make(tmp_path / "a.xlsx")
    assert read_workbook(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# --- what is refused --------------------------------------------------------------------------------------


def test_that_a_stray_value_in_the_last_cell_is_left_out_and_told(tmp_path):
    edit = lambda xml: xml.replace(  # noqa: E731
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>7</v></c></row></sheetData>'
    )
    book = read_workbook(change(make(tmp_path / "a.xlsx"), edit))
    assert book.sheets[0].n_rows == 51
    remark = book.remarks[0]
    assert (remark.code, remark.row, remark.column, remark.details["value"]) == (
        "stray-cell",
        1048575,
        16383,
        "7",
    )


def test_that_a_sheet_filled_to_the_far_edge_is_refused_with_its_cell(tmp_path):
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"><v>2</v></c></row>' % (n, n, n)
        for n in range(60, 1000)
    )
    path = change(make(tmp_path / "a.xlsx"), lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>"))
    assert "XFD999" in refused(path, limits=Limits(cells=10_000_000))


@pytest.mark.parametrize("number", [b"-1", b"53", b"54", b"99999", b"x", b" 3 "])
def test_that_a_text_missing_from_the_workbook_is_a_problem_at_its_cell(tmp_path, number):
    edit = lambda xml: xml.replace(b't="s"><v>9</v>', b't="s"><v>' + number + b"</v>", 1)  # noqa: E731
    book = read_workbook(change(make(tmp_path / "a.xlsx"), edit))
    assert kinds(book, 7) == [Kind.ERROR, Kind.DATE, Kind.NUMBER]
    assert [texts(book, row)[0] for row in (6, 8, 50)] == ["P6", "P8", "P50"]
    made = make_review([book], empty_facts())
    assert "#TEXT?" not in made.new_patients
    said = [(issue.severity, issue.code, issue.cell) for issue in made.issues]
    assert ("error", "lost-text", "A8") in said
    assert sum(code == "lost-text" for _, code, _ in said) == 1


@pytest.mark.parametrize("name", ["plain", "no references", "prefix"])
def test_that_a_cell_written_twice_with_two_values_is_a_problem_at_its_cell(tmp_path, name):
    def edit(xml):
        cell = b'<c r="C8"><v>7</v></c>'
        xml = xml.replace(cell, cell + b'<c r="C8"><v>9</v></c>')
        xml = xml.replace(b"</sheetData>", b'<row r="9"><c r="C9"><v>8.0</v></c></row></sheetData>')
        late = b'<row r="10"><c r="A10" t="inlineStr"><is><t>P99</t></is></c><c r="B10" s="1"/></row>'
        xml = xml.replace(b"</sheetData>", late + b"</sheetData>")
        if name == "no references":
            xml = xml.replace(b'<c r="B1" ', b"<c ")
        if name == "prefix":
            xml = re.sub(rb"<(/?)(\w+)(?=[\s>/])(?!\?)", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x=")
        return xml

    book = read_workbook(change(make(tmp_path / "a.xlsx"), edit))
    assert [kinds(book, row)[2] for row in (7, 8)] == [Kind.ERROR, Kind.NUMBER]
    assert kinds(book, 9) == [Kind.ERROR, Kind.DATE, Kind.NUMBER]
    said = [(issue.severity, issue.code, issue.cell) for issue in make_review([book], empty_facts()).issues]
    assert [one for one in said if one[1] == "written-twice"] == [
        ("error", "written-twice", "C8"),
        ("error", "written-twice", "A10"),
    ]
    assert "error-cell" not in {code for _severity, code, _cell in said}


@pytest.mark.parametrize("value", [b"<![CDATA[7]]>", b"7<!-- seven -->", b"&#55;"])
def test_that_a_value_written_in_an_unusual_way_is_read_whole(tmp_path, value):
    book = read_workbook(
        change(make(tmp_path / "a.xlsx"), lambda xml: xml.replace(b"<v>7</v>", b"<v>" + value + b"</v>"))
    )
    assert texts(book, 7)[2] == "7"


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_that_a_workbook_that_defines_words_of_its_own_is_refused(tmp_path, part):
    bomb = b'?>\n<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    assert "words of its own" in refused(
        change(make(tmp_path / "a.xlsx"), lambda xml: xml.replace(b"?>", bomb, 1), part)
    )


def test_that_a_sheet_without_its_part_or_with_the_name_of_another_is_refused(tmp_path):
    def twice(xml: bytes) -> bytes:
        return xml.replace(b"</sheets>", b'<sheet name="S" sheetId="2" r:id="rId1"/></sheets>')

    def elsewhere(xml: bytes) -> bytes:
        return xml.replace(b"sheet1.xml", b"sheet9.xml")

    assert "damaged" in refused(change(make(tmp_path / "a.xlsx"), twice, "xl/workbook.xml"))
    assert "damaged" in refused(change(make(tmp_path / "b.xlsx"), elsewhere, "xl/_rels/workbook.xml.rels"))


def test_that_blank_cells_and_empty_texts_are_no_cells_written_twice(tmp_path):
    def fill(book, page):
        page.write_formula(55, 0, '=""', None, "")
        page.write_blank(56, 1, None, book.add_format({"bold": True}))
        page.write_string(57, 0, "  ")

    book = read_workbook(make(tmp_path / "a.xlsx", fill))
    assert (book.sheets[0].n_rows, book.remarks) == (56, ())


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("empty.xlsx", b"", "is empty"),
        ("report.pdf", b"%PDF-1.7\n", "a PDF document"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("noise.csv", bytes(range(256)) * 20, "neither a spreadsheet nor text"),
        ("old.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00", "older than 1997"),
        ("blank.csv", b"  \n\n", "is empty"),
        ("short.xlsx", b"PK\x03\x04" + b"0" * 80, "damaged"),
        ("wide.csv", b"," * 20_000 + b"\n", "columns"),
        ("zeros.csv", b"\0" * 900, "neither a spreadsheet nor text"),
        ("torn.csv", b"id;x\nP1;5\n" * 600 + b"\0\0", "line 1201"),
        ("blanks.txt", b"id visit x\nP1 V2 5\nP2 V2 6\nP3 V2 7\n", "each row is one cell"),
        ("long.csv", b"id;note\nP1;" + b"x" * 1_100_000, "Line 2"),
        ("table.sav", b"$FL2@(#) SPSS DATA FILE", "SPSS"),
        ("table.dta", b"\x73\x02\x01\x00" + b"\0a" * 300, "Stata"),
        ("table.csv", b'{"a": [1, 2]}', "JSON"),
        ("table.xml", b"<?xml version='1.0'?><ODM/>", "XML"),
        ("table.rds", gzip.compress(b"X\n\0\0\0\3", mtime=0), "a data file of R"),
    ],
)
def test_that_what_is_no_spreadsheet_gets_a_sentence(tmp_path, name, content, part):
    (tmp_path / name).write_bytes(content)
    assert part in refused(tmp_path / name)


def test_that_missing_files_folders_and_pipes_get_a_sentence(tmp_path):
    refused(tmp_path / "gone.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    refused(tmp_path / "folder.xlsx")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        refused(tmp_path / "pipe.csv")


@pytest.mark.parametrize(
    "edit",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1),
        lambda xml: xml.replace(b'r="A3"', b'r="A99999999999"'),
        lambda xml: xml.replace(b'r="A3"', b'r="ZZZZZZ3"'),
        lambda xml: xml.replace(b'r="A1"', b'r="A0"'),
    ],
)
def test_that_a_workbook_broken_inside_gets_a_sentence(tmp_path, edit):
    refused(change(make(tmp_path / "a.xlsx"), edit))


def test_that_an_archive_of_thousands_of_parts_or_gigabytes_is_refused(tmp_path):
    path = make(tmp_path / "parts.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        for number in range(50):
            package.writestr(f"xl/media/{number}.bin", b"")
    assert "parts inside" in refused(path, limits=Limits(entries=40))
    bomb = change(make(tmp_path / "bomb.xlsx"), lambda xml: xml + b" " * 30_000_000)
    assert "unpack" in refused(bomb, limits=Limits(unpacked_bytes=20_000_000))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_that_a_workbook_with_a_part_that_is_there_twice_is_refused(tmp_path):
    path = make(tmp_path / "twice.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(SHEET, package.read(SHEET))
    assert "holds a part twice" in refused(path)


def test_that_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "big.csv").write_bytes(b"a;b\n" * 1000)
    assert "too large" in refused(tmp_path / "big.csv", limits=Limits(file_bytes=100))


def test_that_a_child_out_of_memory_becomes_a_sentence(tmp_path):
    (tmp_path / "big.csv").write_bytes(b"patient;value\n" + b"1;2\n" * 2_000_000)
    refused(tmp_path / "big.csv", limits=Limits(memory_bytes=150 << 20))


def test_that_a_child_that_takes_too_long_is_ended_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "child_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / "a.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    started = time.monotonic()
    assert "took longer" in refused(tmp_path / "a.csv", limits=Limits(wall_seconds=1))
    assert time.monotonic() - started < 50  # it would sleep for 60 s


def test_that_cancelling_ends_the_child_at_once(tmp_path, monkeypatch):
    children = []
    popen = subprocess.Popen

    def remember(*args, **options):
        children.append(popen(*args, **options))
        return children[-1]

    monkeypatch.setattr(guard, "child_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(guard.subprocess, "Popen", remember)
    (tmp_path / "a.csv").write_text("a;b\n1;2\n", encoding="utf-8")

    def stop(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        read_workbook(tmp_path / "a.csv", report=stop)
    assert children[0].poll() is not None


def test_that_the_child_starts_without_heavy_libraries(tmp_path):
    code = (
        "import sys, mirocals_desktop.importing.reader.child as c, mirocals_desktop.importing.reader.ooxml; "
    )
    code += "print([m for m in ('numpy', 'pandas', 'openpyxl', 'PySide6', 'rapidfuzz') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_that_a_frozen_program_starts_itself_as_the_child(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child_command() == [sys.executable, "--read-spreadsheet"]


def test_that_comment_lines_at_the_top_are_one_text_each_whatever_they_hold(tmp_path):
    path = tmp_path / "lims.csv"
    path.write_text("# exported, by LIMS\n# v2, a, b\nPatient,Visit\n001,V2\n", encoding="utf-8")
    book = read_workbook(path)
    assert [texts(book, row) for row in range(4)] == [
        ["# exported, by LIMS", ""], ["# v2, a, b", ""], ["Patient", "Visit"], ["001", "V2"],
    ]  # fmt: skip
    path.write_text("#,Visit\n001,V2\n", encoding="utf-8")
    assert texts(read_workbook(path), 0) == ["#", "Visit"]
