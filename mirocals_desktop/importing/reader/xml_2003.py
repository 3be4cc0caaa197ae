"""The XML of Excel 2003, as SAS and some data capture systems still write it, often named .xls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from xml.etree.ElementTree import Element

from mirocals_desktop.importing.reader.encode import ERROR, FORMULA, Marked
from mirocals_desktop.importing.reader.formats import changes_what_one_sees
from mirocals_desktop.importing.reader.looks import FIRST_CELLS, PLAIN
from mirocals_desktop.importing.reader.package import attribute, local, parse_tree
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawSheet, RawWorkbook

_MAX_SPAN: Final = 1000
_MAX_HIDDEN: Final = 100_000
_NAMED: Final = {"Percent": "0.00%"}
_DAYS_OF_TIMES: Final = (date(1899, 12, 30), date(1899, 12, 31))
_VISIBILITY: Final = {"SheetHidden": "hidden", "SheetVeryHidden": "very hidden"}


@dataclass
class _Style:
    format: str = ""
    look: str = ""


@dataclass
class _Sheet:
    """A sheet while its rows are read."""

    name: str
    raw: RawSheet
    rows: list[list[Any]] = field(default_factory=list)
    width: int = 0


def read_xml_2003(data: bytes, limits: Limits) -> RawWorkbook:
    """The sheets with number formats, looks, comments and what is hidden."""
    tree = parse_tree(data, "workbook")
    styles = _read_styles(tree)
    sheets = []
    for worksheet in (element for element in tree.iter() if local(element.tag) == "Worksheet"):
        name = attribute(worksheet, "Name") or "Sheet"
        sheet = _Sheet(name, RawSheet(name, lambda: iter(())))
        _read_rows(worksheet, sheet, styles, limits)
        if sheet.rows:
            sheets.append(_finished(sheet, worksheet))
    if not sheets:
        raise Refused("no-sheets")
    return RawWorkbook("xml2003", sheets)


def _finished(sheet: _Sheet, worksheet: Element) -> RawSheet:
    width = max(len(row) for row in sheet.rows)
    for row in sheet.rows:
        row.extend([""] * (width - len(row)))

    def all_rows() -> Iterator[Sequence[Any]]:
        return iter(sheet.rows)

    sheet.raw.rows, sheet.raw.height = all_rows, len(sheet.rows)
    for part in worksheet:
        for option in part if local(part.tag) == "WorksheetOptions" else ():
            if local(option.tag) == "Visible":
                sheet.raw.visible = _VISIBILITY.get((option.text or "").strip(), "visible")
    return sheet.raw


def _read_styles(tree: Element) -> dict[str, _Style]:
    """The styles by their ids, each with what its parent says."""
    styles: dict[str, _Style] = {}
    for element in (one for one in tree.iter() if local(one.tag) == "Style"):
        above = styles.get(attribute(element, "Parent"), styles.get("Default", _Style()))
        style = _Style(above.format, above.look)
        fill = letters = ""
        for part in element:
            kind = local(part.tag)
            if kind == "NumberFormat":
                code = attribute(part, "Format")
                code = _NAMED.get(code, code)
                style.format = code if changes_what_one_sees(code) else ""
            elif kind == "Interior" and attribute(part, "Pattern") not in ("", "None"):
                fill = _colour(attribute(part, "Color"))
            elif kind == "Font":
                letters = (
                    "strike" if attribute(part, "StrikeThrough") == "1" else _colour(attribute(part, "Color"))
                )
        style.look = letters if letters == "strike" else fill or letters or style.look
        styles[attribute(element, "ID")] = style
    return styles


def _colour(text: str) -> str:
    found = text.lstrip("#").upper()
    return found if re.fullmatch("[0-9A-F]{6}", found) and found not in PLAIN else ""


def _read_rows(worksheet: Element, sheet: _Sheet, styles: dict[str, _Style], limits: Limits) -> None:
    column_styles: list[tuple[int, str]] = []
    for element in worksheet.iter():
        if local(element.tag) == "Column":
            first = _index(element, column_styles[-1][0] if column_styles else 0)
            end = first + 1 + min(_number(element, "Span"), _MAX_HIDDEN)
            column_styles += [(first, ""), (end, attribute(element, "StyleID"))]
            if attribute(element, "Hidden") == "1":
                sheet.raw.hidden_columns.extend(range(first, end))
        elif local(element.tag) == "Row":
            row = _index(element, len(sheet.rows))
            _check_size(sheet, row, 0, limits)
            sheet.rows.extend([] for _ in range(row - len(sheet.rows)))
            if attribute(element, "Hidden") == "1":
                sheet.raw.hidden_rows.extend(range(row, row + 1 + min(_number(element, "Span"), _MAX_HIDDEN)))
            _read_row(element, sheet, column_styles, styles, limits)


def _read_row(
    element: Element,
    sheet: _Sheet,
    column_styles: Sequence[tuple[int, str]],
    styles: dict[str, _Style],
    limits: Limits,
) -> None:
    """One row, and the empty ones below it that it says it stands for."""
    number, cells, looks = len(sheet.rows), list[Any](), Counter[str]()
    sheet.rows.append(cells)
    for cell in (one for one in element if local(one.tag) == "Cell"):
        at = _index(cell, len(cells))
        across = min(_number(cell, "MergeAcross"), _MAX_SPAN)
        _check_size(sheet, number, at + across, limits)
        cells.extend([""] * (at - len(cells)))
        down = _number(cell, "MergeDown")
        if across or down:
            sheet.raw.merged.append((number, at, number + down, at + across))
        cells.extend([_value_of(cell), *[""] * across])
        of_column = next((style for end, style in column_styles if at < end), "")
        name = attribute(cell, "StyleID") or attribute(element, "StyleID") or of_column
        style = styles.get(name, styles.get("Default", _Style()))
        if style.format and not isinstance(cells[at], str):
            if style.format not in sheet.raw.formats and len(sheet.raw.formats) < 250:
                sheet.raw.formats = [*sheet.raw.formats, style.format]
            if style.format in sheet.raw.formats:
                sheet.raw.shown[number, at] = sheet.raw.formats.index(style.format)
        if style.look and at < FIRST_CELLS:
            looks[style.look] += 1
        note = next((one for one in cell if local(one.tag) == "Comment"), None)
        if note is not None:
            sheet.raw.comments[number, at] = "".join(note.itertext()).strip()
    if looks:
        sheet.raw.row_looks[number] = looks.most_common(1)[0][0]
    below = _number(element, "Span")
    _check_size(sheet, number + below, 0, limits)
    sheet.rows.extend([] for _ in range(below))


def _check_size(sheet: _Sheet, row: int, column: int, limits: Limits) -> None:
    sheet.width = max(sheet.width, column + 1)
    cells = max(len(sheet.rows), row + 1) * sheet.width
    if cells > limits.cells:
        raise Refused("too-many-cells", sheet=sheet.name, cells=cells, row=row, column=column)


def _index(element: Element, following: int) -> int:
    """The place from 0 that an element says it has, else the one that follows."""
    said = _number(element, "Index")
    return said - 1 if said else following


def _number(element: Element, name: str) -> int:
    text = attribute(element, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def _value_of(cell: Element) -> Any:
    data = next((element for element in cell if local(element.tag) == "Data"), None)
    if data is None:
        return Marked("", FORMULA) if attribute(cell, "Formula") else ""
    kind, text = attribute(data, "Type"), "".join(data.itertext())
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "DateTime":
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return text
        if moment.date() in _DAYS_OF_TIMES:
            return moment.time()
        return moment if moment.time() != time.min else moment.date()
    if kind == "Boolean":
        return text.strip() == "1"
    return Marked(text, ERROR) if kind == "Error" else text
