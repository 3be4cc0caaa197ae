"""xlsx and xlsm: values by calamine, and by a scan of the XML what calamine cannot see.

The scan works on the bytes of each sheet, so that it costs a fraction of the reading even for millions of
cells: error cells, formulas without a stored result, number formats that change what one sees, hidden rows
and columns, and stray cells far outside the table, which would make calamine ask for the whole rectangle.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mirocals_desktop.importing.reader.encode import ERROR, FORMULA, TEXT, Marked
from mirocals_desktop.importing.reader.formats import BUILT_IN, changes_what_one_sees
from mirocals_desktop.importing.reader.looks import read_looks, rows_with_looks
from mirocals_desktop.importing.reader.package import Package, attribute, local
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import (
    LOST_TEXT,
    NO_DAY,
    WRITTEN_TWICE,
    Doubt,
    Limits,
    Place,
    RawRemark,
    RawSheet,
    RawWorkbook,
    Told,
    untold,
)
from mirocals_desktop.importing.reader.sheet_xml import (
    CELL,
    REFERENCE,
    ROW,
    ROW_NUMBER,
    VALUE,
    column_number,
    count_contents,
    count_shared_texts,
    cut_lost_texts,
    find_conflicts,
    find_days_60,
    find_unread,
    place_of,
    plain_xml,
)
from mirocals_desktop.importing.reader.spreadsheet import make_sheet, open_workbook
from mirocals_desktop.importing.reader.strays import MAX_STRAYS, SPARSE_CELLS, dense_extent

_SCANNED: Final = 0.25
"""The share of the time that goes into looking through the sheets before calamine reads them."""
MAX_COMMENTS: Final = 20_000

_ERROR_MARK = re.compile(rb"""t=["']e["']""")
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*\bhidden=["'](?:1|true)["'][^>]*>""")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*["']([^"']*)["']""")


@dataclass
class _Scan:
    errors: dict[Place, str] = field(default_factory=dict)
    without_result: list[Place] = field(default_factory=list)
    shown: dict[Place, int] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    lost_texts: list[Place] = field(default_factory=list)
    row_looks: dict[int, str] = field(default_factory=dict)
    contents: int = 0
    size: int = 0


def read_ooxml(data: bytes, limits: Limits, *, careful: bool = False, told: Told = untold) -> RawWorkbook:
    """The workbook, sheets in its order; chart, dialog and macro sheets are listed as remarks.

    `careful` looks for stray cells before calamine sees the sheets: for a file that asked for too much.
    """
    package = Package(data, limits)
    remarks: list[RawRemark] = []
    formats, interesting = _read_formats(package)
    looks = read_looks(package)
    replaced: dict[str, bytes] = {}
    texts = _count_texts(package, replaced)
    parts = _sheet_parts(package)
    scans: dict[str, _Scan] = {}
    for number, (name, part) in enumerate(parts.items()):
        told(_SCANNED * number / len(parts))
        xml = package.read(part)
        plain = plain_xml(xml)
        if plain is not xml:
            replaced[part.lower()] = xml = plain
        most = limits.cells if careful else SPARSE_CELLS
        cut = _cut_strays(xml, name, limits, remarks, most=most) if careful or _has_gaps(xml) else None
        if cut is not None:
            replaced[part.lower()] = xml = cut
        whole, lost = cut_lost_texts(xml, texts) if texts else (xml, [])
        if lost:
            replaced[part.lower()] = xml = whole
        scans[name] = scan = _scan(xml, interesting)
        scan.lost_texts, scan.contents, scan.size = lost, count_contents(xml), len(xml)
        scan.row_looks = rows_with_looks(xml, looks)
    told(_SCANNED)
    package.check(skip=frozenset(part.lower() for part in parts.values()))
    if replaced or package.unusual:
        data = package.rewritten(replaced)
    workbook = open_workbook(io.BytesIO(data))
    sheets: list[RawSheet] = []
    for meta in workbook.sheets_metadata:
        kind = str(meta.typ).rsplit(".", 1)[-1]
        if kind != "WorkSheet" or meta.name not in scans:
            remarks.append(RawRemark("not-a-worksheet", meta.name, details={"kind": kind}))
            continue
        scan = scans[meta.name]
        sheet = make_sheet(workbook, meta, limits)
        sheet.weight = max(scan.size, 1)
        sheet.formats, sheet.shown, sheet.row_looks = formats, scan.shown, scan.row_looks
        sheet.hidden_rows, sheet.hidden_columns = scan.hidden_rows, scan.hidden_columns
        sheet.comments = _read_comments(package, parts[meta.name])
        sheet.patches.update({place: Marked(text, ERROR) for place, text in scan.errors.items()})
        sheet.patches.update({place: Marked("", FORMULA) for place in scan.without_result})
        sheet.patches.update({place: Marked(LOST_TEXT, ERROR) for place in scan.lost_texts})
        remarks += [RawRemark("lost-text", meta.name, *place) for place in scan.lost_texts]
        sheet.doubt = _conflicts_of(package, parts[meta.name], replaced, sheet, scan.contents, remarks)
        sheets.append(sheet)
    if not sheets:
        raise Refused("no-sheets")
    return RawWorkbook("xlsx", sheets, remarks)


def _conflicts_of(
    package: Package,
    part: str,
    replaced: dict[str, bytes],
    sheet: RawSheet,
    contents: int,
    remarks: list[RawRemark],
) -> Doubt:
    """The second look at a sheet of which fewer cells were filled than it writes.

    Some may be there twice, some calamine does not see: those come as the texts that stand in the file.
    And at one with a 28 February 1900: calamine gives that day for 29 February 1900 as well.
    """

    def doubt(filled: int, *, is_filled: Callable[[Place], bool], end_of_february: bool) -> bool:
        if filled == contents and not end_of_february:
            return False
        xml = replaced.get(part.lower()) or package.read(part)
        texts = _shared_texts(package, replaced)
        said = filled - sum(mark.kind == FORMULA for mark in sheet.patches.values())
        unread = find_unread(xml, said, is_filled, texts) if filled < contents else {}
        sheet.patches.update({place: Marked(text, TEXT) for place, text in unread.items()})
        places = find_conflicts(xml) if filled != contents else []
        never = find_days_60(xml) if end_of_february else []
        sheet.patches.update({place: Marked(NO_DAY, TEXT) for place in never})
        sheet.patches.update({place: Marked(WRITTEN_TWICE, ERROR) for place in places})
        remarks.extend(RawRemark("written-twice", sheet.name, *place) for place in places)
        return bool(places or never or unread)

    return doubt


def _shared_texts(package: Package, replaced: dict[str, bytes]) -> bytes:
    part = next((name for name in package.names() if name.endswith("xl/sharedstrings.xml")), "")
    return replaced.get(part) or (package.read(part) if part else b"")


def _count_texts(package: Package, replaced: dict[str, bytes]) -> int:
    part = next((name for name in package.names() if name.endswith("xl/sharedstrings.xml")), "")
    xml = package.read(part) if part else b""
    plain = plain_xml(xml)
    if plain is not xml:
        replaced[part] = xml = plain
    return count_shared_texts(xml)


def _sheet_parts(package: Package) -> dict[str, str]:
    """Sheet name -> part, in the workbook's order."""
    main = next(
        (name for kind, name in package.relations("").values() if kind == "officeDocument"), "xl/workbook.xml"
    )
    if not package.has(main):
        main = "xl/workbook.xml"
    relations = package.relations(main)
    parts = {}
    for element in package.tree(main).iter():
        if local(element.tag) == "sheet":
            kind, part = relations.get(attribute(element, "id"), ("", ""))
            name = attribute(element, "name")
            if name in parts or (kind == "worksheet" and not package.has(part)):
                raise Refused("damaged", reason=f"sheet {name}")
            if kind == "worksheet":
                parts[name] = part
    return parts


def _read_formats(package: Package) -> tuple[list[str], dict[int, int]]:
    """The number formats that change what one sees, and for each cell style that has one, which."""
    part = next((name for name in package.names() if name.endswith("xl/styles.xml")), "")
    formats = [""]
    interesting: dict[int, int] = {}
    if not part:
        return formats, interesting
    codes = dict(BUILT_IN)
    styles: list[int] = []
    for element in package.tree(part).iter():
        name = local(element.tag)
        if name == "numFmt" and attribute(element, "numFmtId").isdigit():
            codes[int(attribute(element, "numFmtId"))] = attribute(element, "formatCode")
        elif name == "cellXfs":
            styles = [int(attribute(xf, "numFmtId") or 0) for xf in element if local(xf.tag) == "xf"]
    for style, number in enumerate(styles):
        code = codes.get(number, "")
        if code and changes_what_one_sees(code) and len(formats) < 255:
            if code not in formats:
                formats.append(code)
            interesting[style] = formats.index(code)
    return formats, interesting


def _scan(xml: bytes, interesting: dict[int, int]) -> _Scan:
    scan = _Scan()
    for mark in _ERROR_MARK.finditer(xml) if b't="e"' in xml or b"t='e'" in xml else ():
        start = xml.rfind(b"<", 0, mark.start())
        tag = CELL.match(xml, start)
        if tag is None:
            continue
        value = VALUE.search(xml, tag.end(), tag.end() + 100_000)
        text = value[1].decode("utf-8", "replace") if value else "#ERROR"
        scan.errors[place_of(xml, start)] = text
    if b"<f" in xml or b":f" in xml:
        for match in _NO_RESULT.finditer(xml):
            start = xml.rfind(b"<", 0, match.start())
            tag = CELL.match(xml, start)
            if tag is not None and not re.search(rb"""\bt=["']str["']""", tag[0]):
                scan.without_result.append(place_of(xml, start))
    if interesting:
        numbers = b"|".join(str(style).encode() for style in interesting)
        shown = re.compile(rb"""<(?:\w+:)?c\s[^>]*\bs=["'](""" + numbers + rb""")["'](?![^>]*/>)""")
        for match in shown.finditer(xml):
            scan.shown[place_of(xml, match.start())] = interesting[int(match[1])]
    if b"hidden=" in xml:
        for match in _HIDDEN_ROW.finditer(xml):
            number = ROW_NUMBER.search(match[0])
            if number:
                scan.hidden_rows.append(int(number[1]) - 1)
        for match in _COLUMN.finditer(xml, 0, max(0, xml.find(b"sheetData"))):
            attributes = dict(_ATTRIBUTE.findall(match[0]))
            if attributes.get(b"hidden") in (b"1", b"true"):
                first, last = int(attributes.get(b"min", b"1")), int(attributes.get(b"max", b"0"))
                scan.hidden_columns.extend(range(first - 1, min(last, 16384)))
    return scan


def _has_gaps(xml: bytes) -> bool:
    """Whether the last row stands far below the others: fewer than one in twenty is written."""
    at = max(xml.rfind(b"<row"), 0)
    last = ROW_NUMBER.search(xml, at, xml.find(b">", at) + 1)
    return last is not None and int(last[1]) > 20 * (1000 + xml.count(b"<row"))


def _cut_strays(
    xml: bytes, sheet: str, limits: Limits, remarks: list[RawRemark], *, most: int
) -> bytes | None:
    """The sheet without a few filled cells far outside its table, or None when it spans at most `most` cells.

    Each cell that is cut becomes a remark. Raises Refused when no small cut makes the rectangle sane.
    """
    rows, columns = _extent(xml)
    if rows * columns <= most:
        return None
    cells = _filled_cells(xml)
    if not cells:
        return None
    last_row, last_column = dense_extent([place for place, _, _ in cells])
    strays = [cell for cell in cells if cell[0][0] > last_row or cell[0][1] > last_column]
    too_much = (last_row + 1) * (last_column + 1) > limits.cells or len(strays) > MAX_STRAYS
    if rows * columns <= limits.cells and (too_much or not strays):
        return None
    if too_much:
        far = max((place for place, _, _ in cells), key=lambda place: place[0] * place[1])
        raise Refused("too-many-cells", sheet=sheet, cells=rows * columns, row=far[0], column=far[1])
    pieces, at = [], 0
    for place, start, end in strays:
        value = VALUE.search(xml, start, end)
        shared = re.match(rb"""<[^>]*\bt=["']s["']""", xml[start:end])
        shown = value[1].decode("utf-8", "replace") if value and not shared else ""
        remarks.append(RawRemark("stray-cell", sheet, place[0], place[1], {"value": shown}))
        pieces.append(xml[at:start])
        at = end
    return b"".join([*pieces, xml[at:]])


def _extent(xml: bytes) -> tuple[int, int]:
    """The rows and columns that the sheet spans, by the number of each row and the last cell in it."""
    if b"<row" not in xml:
        return _extent_with_prefix(xml)
    rows = columns = 0
    at = xml.find(b"<row")
    while at >= 0:
        after = xml.find(b"<row", at + 4)
        number = ROW_NUMBER.search(xml, at, xml.find(b">", at))
        rows = max(rows + 1, int(number[1]) if number else 0)
        last = xml.rfind(b"<c ", at, after if after >= 0 else len(xml))
        reference = REFERENCE.search(xml, last, last + 40) if last >= 0 else None
        if reference:
            columns = max(columns, column_number(reference[1]) + 1)
        at = after
    return rows, columns


def _extent_with_prefix(xml: bytes) -> tuple[int, int]:
    """The same for the rare file that writes its elements with a prefix."""
    rows = columns = 0
    for match in ROW.finditer(xml):
        number = ROW_NUMBER.search(match[1])
        rows = max(rows + 1, int(number[1]) if number else 0)
    for match in REFERENCE.finditer(xml):
        columns = max(columns, column_number(match[1]) + 1)
    return rows, columns


def _filled_cells(xml: bytes) -> list[tuple[Place, int, int]]:
    """Every cell with content: its place, and where its element starts and ends."""
    cells = []
    for match in re.finditer(rb"<(?:\w+:)?c(?=[\s>])([^>]*[^/>])?>", xml):
        reference = REFERENCE.search(match[0])
        close = re.compile(rb"</(?:\w+:)?c>").search(xml, match.end())
        if reference and close:
            cells.append(((int(reference[2]) - 1, column_number(reference[1])), match.start(), close.end()))
    return cells


def _read_comments(package: Package, part: str) -> dict[Place, str]:
    comments: dict[Place, str] = {}
    for kind, name in package.relations(part).values():
        if kind != "comments" or not package.has(name):
            continue
        for element in package.tree(name).iter():
            if local(element.tag) != "comment" or len(comments) >= MAX_COMMENTS:
                continue
            reference = re.match(r"([A-Za-z]{1,3})(\d+)$", attribute(element, "ref"))
            if reference:
                text = "".join(piece.text or "" for piece in element.iter() if local(piece.tag) == "t")
                place = int(reference[2]) - 1, column_number(reference[1].encode())
                comments[place] = text.strip()
    return comments
