"""xls: values by calamine, and by one pass over the records what calamine cannot see.

Error cells, number formats that change what one sees, what is hidden, the looks of rows. Records are as
[MS-XLS] has them: type and length (two bytes each), then the data; the sheets follow one another.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import olefile

from mirocals_desktop.importing.reader.encode import ERROR, Marked
from mirocals_desktop.importing.reader.formats import BUILT_IN, changes_what_one_sees
from mirocals_desktop.importing.reader.looks import FIRST_CELLS, INDEXED, PLAIN
from mirocals_desktop.importing.reader.raw import (
    LOST_TEXT,
    Limits,
    RawRemark,
    RawSheet,
    RawWorkbook,
    lost_texts,
)
from mirocals_desktop.importing.reader.spreadsheet import read_plain

_BOUND_SHEET, _FORMAT, _XF, _BOF, _EOF = 0x0085, 0x041E, 0x00E0, 0x0809, 0x000A
_CODE_PAGE, _BIFF5 = 0x0042, 0x0500
_FORMULA, _BOOL_ERR, _NUMBER, _RK, _MUL_RK, _ROW = 0x0006, 0x0205, 0x0203, 0x027E, 0x00BD, 0x0208
_SHARED_TEXTS, _SHARED_TEXT_CELL = 0x00FC, 0x00FD
_FONT, _PALETTE, _COLUMNS, _LABEL, _BLANK, _MUL_BLANK = 0x0031, 0x0092, 0x007D, 0x0204, 0x0201, 0x00BE
_WITH_STYLE: Final = (_FORMULA, _BOOL_ERR, _NUMBER, _RK, _SHARED_TEXT_CELL, _LABEL, _BLANK)
_FIRST_COLOUR, _AUTOMATIC, _LAST_COLUMN = 8, 0x7FFF, 255
ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip
_PAGES: Final = {1250: "cp1250", 1251: "cp1251", 1252: "cp1252", 10000: "mac_roman", 0x8000: "mac_roman"}


@dataclass
class _Globals:
    offsets: dict[int, str] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    styles: list[int] = field(default_factory=list)
    texts: int = 0
    fonts: list[tuple[bool, int]] = field(default_factory=list)
    dressed: list[tuple[int, int]] = field(default_factory=list)
    palette: list[str] = field(default_factory=list)

    def telling(self) -> dict[int, str]:
        """Cell style -> number format, of those that change what one sees."""
        return {
            style: self.formats[number]
            for style, number in enumerate(self.styles)
            if number in self.formats and changes_what_one_sees(self.formats[number])
        }

    def looks(self) -> dict[int, str]:
        """Cell style -> "strike", or the colour of its fill or letters."""
        found = {}
        for style, (font, fill) in enumerate(self.dressed):
            # There is no font 4: numbers from 5 on count one more than there are.
            at = font - 1 if font > 4 else font
            struck, letters = self.fonts[at] if at < len(self.fonts) else (False, _AUTOMATIC)
            look = "strike" if struck else self._colour(fill) or self._colour(letters)
            if look:
                found[style] = look
        return found

    def _colour(self, number: int) -> str:
        at = number - _FIRST_COLOUR
        chosen = self.palette[at] if 0 <= at < len(self.palette) else INDEXED.get(number, "")
        return "" if chosen in PLAIN else chosen


def read_biff(data: bytes, limits: Limits) -> RawWorkbook:
    """The workbook with errors, telling number formats and hidden rows at their places."""
    workbook = read_plain(io.BytesIO(data), "xls", limits)
    try:
        sheets = {sheet.name: sheet for sheet in workbook.sheets}
        if not sheets.keys() <= _mark(data, sheets):
            workbook.remarks.append(RawRemark("details-unread"))
        workbook.remarks += [remark for sheet in workbook.sheets for remark in lost_texts(sheet)]
    except (OSError, struct.error, IndexError, ValueError, UnicodeDecodeError):
        workbook.remarks.append(RawRemark("details-unread"))
    return workbook


def _mark(data: bytes, sheets: dict[str, RawSheet]) -> set[str]:
    """Mark the sheets, and give the names of those that were found."""
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        name = "Workbook" if container.exists("Workbook") else "Book"
        stream = container.openstream(name).read()
    about = _read_globals(stream)
    telling, looks = about.telling(), about.looks()
    for offset, sheet_name in about.offsets.items():
        if sheet_name in sheets:
            mark_sheet(stream, offset, sheets[sheet_name], telling, texts=about.texts, looks=looks)
    return set(about.offsets.values())


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes, int]]:
    at = start
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length], at
        at += 4 + length


def _read_globals(stream: bytes) -> _Globals:
    about = _Globals()
    old, page = False, "cp1252"
    for kind, record, _at in _records(stream, 0):
        if kind == _BOF:
            old = struct.unpack_from("<H", record)[0] == _BIFF5
        elif kind == _CODE_PAGE:
            page = _PAGES.get(struct.unpack_from("<H", record)[0], page)
        elif kind == _BOUND_SHEET:
            (offset,) = struct.unpack_from("<I", record)
            about.offsets[offset] = _bytes_text(record[6:], page) if old else _short_text(record[6:])
        elif kind == _FORMAT:
            (number,) = struct.unpack_from("<H", record)
            about.formats[number] = _bytes_text(record[2:], page) if old else _long_text(record[2:])
        elif kind == _XF:
            font, number = struct.unpack_from("<HH", record)
            about.styles.append(number)
            about.dressed.append((font, _fill(record, old=old)))
        elif kind == _FONT:
            flags, colour = struct.unpack_from("<HH", record, 2)
            about.fonts.append((bool(flags & 0x08), colour))
        elif kind == _PALETTE:
            about.palette = [record[at : at + 3].hex().upper() for at in range(2, len(record) - 3, 4)]
        elif kind == _SHARED_TEXTS:
            (about.texts,) = struct.unpack_from("<I", record, 4)
        elif kind == _EOF:
            break
    return about


def _fill(record: bytes, *, old: bool) -> int:
    """The number of the colour that a cell style fills with, that of automatic for none."""
    if old:
        (fill,) = struct.unpack_from("<I", record, 8)
        return fill & 0x7F if fill >> 16 & 0x3F else _AUTOMATIC
    border, fill = struct.unpack_from("<IH", record, 14)
    return fill & 0x7F if border >> 26 else _AUTOMATIC


def _bytes_text(record: bytes, page: str) -> str:
    """A text as Excel 5 and 95 wrote it: its length, then bytes of the workbook's code page."""
    return record[1 : 1 + record[0]].decode(page, "replace")


def _short_text(record: bytes) -> str:
    length, wide = record[0], record[1] & 1
    return (
        record[2 : 2 + 2 * length].decode("utf-16-le") if wide else record[2 : 2 + length].decode("latin-1")
    )


def _long_text(record: bytes) -> str:
    (length,) = struct.unpack_from("<H", record)
    wide = record[2] & 1
    return (
        record[3 : 3 + 2 * length].decode("utf-16-le") if wide else record[3 : 3 + length].decode("latin-1")
    )


def mark_sheet(
    stream: bytes,
    offset: int,
    sheet: RawSheet,
    telling: dict[int, str],
    *,
    texts: int,
    looks: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Mark errors, telling formats, looks, what is hidden, and cells that name a text beyond `texts`."""
    depth = 0
    dressed: dict[int, Counter[str]] = {}
    for kind, record, _at in _records(stream, offset):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth == 0:
                break
        elif depth != 1:
            continue
        if looks and kind in (*_WITH_STYLE, _MUL_RK, _MUL_BLANK):
            _dress(dressed, kind, record, looks)
        if kind == _COLUMNS:
            first, last, _width, _style, flags = struct.unpack_from("<HHHHH", record)
            if flags & 1:
                sheet.hidden_columns.extend(range(first, min(last, _LAST_COLUMN) + 1))
        elif kind == _ROW:
            row, flags = struct.unpack_from("<H", record)[0], struct.unpack_from("<H", record, 12)[0]
            if flags & 0x20:
                sheet.hidden_rows.append(row)
        elif kind == _BOOL_ERR:
            row, column = struct.unpack_from("<HH", record)
            if record[7]:
                sheet.patches[row, column] = Marked(ERRORS.get(record[6], "#ERROR"), ERROR)
        elif kind == _SHARED_TEXT_CELL:
            row, column, _style, text = struct.unpack_from("<HHHI", record)
            if text >= texts:
                sheet.patches[row, column] = Marked(LOST_TEXT, ERROR)
        elif kind in (_FORMULA, _NUMBER, _RK):
            row, column, style = struct.unpack_from("<HHH", record)
            _show(sheet, row, column, style, telling)
            if kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
                sheet.patches[row, column] = Marked(ERRORS.get(record[8], "#ERROR"), ERROR)
        elif kind == _MUL_RK:
            row, first = struct.unpack_from("<HH", record)
            for number in range((len(record) - 6) // 6):
                (style,) = struct.unpack_from("<H", record, 4 + 6 * number)
                _show(sheet, row, first + number, style, telling)

    sheet.row_looks = {row: seen.most_common(1)[0][0] for row, seen in dressed.items()}


def _dress(dressed: dict[int, Counter[str]], kind: int, record: bytes, looks: Mapping[int, str]) -> None:
    """Count the looks of the first cells of a row."""
    row, first = struct.unpack_from("<HH", record)
    if first >= FIRST_CELLS:
        return
    size, count = {_MUL_RK: (6, len(record) // 6 - 1), _MUL_BLANK: (2, len(record) // 2 - 3)}.get(
        kind, (0, 1)
    )
    for number in range(min(count, FIRST_CELLS - first)):
        (style,) = struct.unpack_from("<H", record, 4 + size * number)
        if look := looks.get(style):
            dressed.setdefault(row, Counter())[look] += 1


def _show(sheet: RawSheet, row: int, column: int, style: int, telling: dict[int, str]) -> None:
    code = telling.get(style)
    if code is not None:
        if code not in sheet.formats:
            sheet.formats = [*sheet.formats, code]
        sheet.shown[row, column] = sheet.formats.index(code)
