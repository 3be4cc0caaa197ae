"""xlsb: values by calamine, and by one pass over the records what calamine cannot see.

Error cells and number formats that change what one sees, from records as [MS-XLSB] has them: type and length
as numbers of seven bits a byte, then the data.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from mirocals_desktop.importing.reader.biff import ERRORS
from mirocals_desktop.importing.reader.encode import ERROR, Marked
from mirocals_desktop.importing.reader.formats import BUILT_IN, changes_what_one_sees
from mirocals_desktop.importing.reader.package import Package
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import (
    LOST_TEXT,
    Limits,
    RawRemark,
    RawSheet,
    RawWorkbook,
    lost_texts,
)
from mirocals_desktop.importing.reader.spreadsheet import read_plain
from mirocals_desktop.importing.reader.strays import MAX_STRAYS, dense_extent

_ROW, _CELL_ERROR, _SHARED_TEXT_CELL, _FORMULA_ERROR, _LAST_CELL, _SHARED_TEXT = 0, 3, 7, 11, 11, 19
_CELL_BLANK, _CELL_NUMBER = 1, 5
_BUNDLE_SHEET, _FORMAT, _XF, _BEGIN_CELL_XFS, _END_CELL_XFS = 156, 44, 47, 617, 618


def read_xlsb(data: bytes, limits: Limits, *, careful: bool = False) -> RawWorkbook:
    """The workbook with errors and telling number formats at their places.

    `careful` looks for stray cells before calamine sees the sheets: for a file that asked for too much.
    """
    package = Package(data, limits)
    package.check()
    strays: list[RawRemark] = []
    if careful:
        data = _without_strays(package, limits, strays) or data
    workbook = read_plain(io.BytesIO(data), "xlsb", limits)
    workbook.remarks += strays
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    try:
        telling = _read_styles(package)
        texts = _count_texts(package)
        relations = package.relations("xl/workbook.bin")
        for name, relation in _read_names(package.read("xl/workbook.bin")):
            part = relations.get(relation, ("", ""))[1]
            if name in sheets and package.has(part):
                mark_sheet(package.read(part), sheets[name], telling, texts=texts)
        workbook.remarks += [remark for sheet in workbook.sheets for remark in lost_texts(sheet)]
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        workbook.remarks.append(RawRemark("details-unread"))
    return workbook


def records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part: type and data."""
    return ((kind, part[start:end]) for kind, _at, start, end in _spans(part))


def _spans(part: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The records of a part: type, where they begin, where their data begin and end."""
    at = 0
    while at < len(part):
        begin, kind = at, part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        for _byte in range(4):
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, begin, at, at + length
        at += length


def _without_strays(package: Package, limits: Limits, remarks: list[RawRemark]) -> bytes | None:
    """The workbook without a few cells far outside its tables, each told as a remark; None for none."""
    replaced = {}
    relations = package.relations("xl/workbook.bin")
    try:
        for name, relation in _read_names(package.read("xl/workbook.bin")):
            part = relations.get(relation, ("", ""))[1]
            if package.has(part):
                cut = _cut_strays(package.read(part), name, limits, remarks)
                if cut is not None:
                    replaced[part.lower()] = cut
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return None
    return package.rewritten(replaced) if replaced else None


def _cut_strays(part: bytes, sheet: str, limits: Limits, remarks: list[RawRemark]) -> bytes | None:
    row = 0
    cells: list[tuple[int, int]] = []
    spans: list[tuple[int, int, int, int]] = []
    for kind, begin, start, end in _spans(part):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", part, start)
        elif _CELL_BLANK < kind <= _LAST_CELL:
            cells.append((row, struct.unpack_from("<I", part, start)[0]))
            spans.append((kind, begin, start, end))
    rows, columns = (max((place[axis] for place in cells), default=-1) + 1 for axis in (0, 1))
    if rows * columns <= limits.cells:
        return None
    bottom, right = dense_extent(cells)
    far = [n for n, place in enumerate(cells) if place[0] > bottom or place[1] > right]
    if (bottom + 1) * (right + 1) > limits.cells or len(far) > MAX_STRAYS:
        raise Refused("too-many-cells", sheet=sheet, cells=rows * columns, row=rows - 1, column=columns - 1)
    pieces, at = [], 0
    for number in far:
        kind, begin, start, end = spans[number]
        value = f"{struct.unpack_from('<d', part, start + 8)[0]:.15g}" if kind == _CELL_NUMBER else ""
        remarks.append(RawRemark("stray-cell", sheet, *cells[number], {"value": value}))
        pieces.append(part[at:begin])
        at = end
    return b"".join([*pieces, part[at:]])


def mark_sheet(part: bytes, sheet: RawSheet, telling: dict[int, str], *, texts: int) -> None:
    """Mark errors, telling formats, and cells that name a text beyond the file's `texts`."""
    row = 0
    for kind, record in records(part):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", record)
        elif 1 <= kind <= _LAST_CELL:
            column, style = struct.unpack_from("<II", record)
            if kind in (_CELL_ERROR, _FORMULA_ERROR):
                sheet.patches[row, column] = Marked(ERRORS.get(record[8], "#ERROR"), ERROR)
            if kind == _SHARED_TEXT_CELL and struct.unpack_from("<I", record, 8)[0] >= texts:
                sheet.patches[row, column] = Marked(LOST_TEXT, ERROR)
            code = telling.get(style & 0xFFFFFF)
            if code is not None:
                if code not in sheet.formats:
                    sheet.formats = [*sheet.formats, code]
                sheet.shown[row, column] = sheet.formats.index(code)


def _count_texts(package: Package) -> int:
    name = "xl/sharedStrings.bin"
    if not package.has(name):
        return 0
    return sum(kind == _SHARED_TEXT for kind, _record in records(package.read(name)))


def _read_names(part: bytes) -> Iterator[tuple[str, str]]:
    """Name and relation of each sheet."""
    for kind, record in records(part):
        if kind == _BUNDLE_SHEET:
            relation, at = _text(record, 8)
            name, _end = _text(record, at)
            yield name, relation


def _read_styles(package: Package) -> dict[int, str]:
    """Cell style -> number format, of those that change what one sees."""
    formats = dict(BUILT_IN)
    styles: list[int] = []
    inside = False
    if not package.has("xl/styles.bin"):
        return {}
    for kind, record in records(package.read("xl/styles.bin")):
        if kind == _FORMAT:
            (number,) = struct.unpack_from("<H", record)
            formats[number] = _text(record, 2)[0]
        elif kind in (_BEGIN_CELL_XFS, _END_CELL_XFS):
            inside = kind == _BEGIN_CELL_XFS
        elif kind == _XF and inside:
            styles.append(struct.unpack_from("<HH", record)[1])
    return {
        style: formats[number]
        for style, number in enumerate(styles)
        if number in formats and changes_what_one_sees(formats[number])
    }


def _text(record: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", record, at)
    end = at + 4 + 2 * length
    return record[at + 4 : end].decode("utf-16-le"), end
