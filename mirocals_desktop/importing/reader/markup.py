"""Markup that calls itself .xls: HTML tables, as data capture systems export them, and MHTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawRemark, RawSheet, RawWorkbook
from mirocals_desktop.importing.reader.text import decode

_MAX_SPAN: Final = 1000
_DEEPEST: Final = 50
_MEANT_AS_WINDOWS: Final = ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii")
_UNSEEN: Final = ("script", "style", "template")
_RAISED: Final = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)


def read_html(data: bytes, limits: Limits, *, name: str) -> RawWorkbook:
    """Every table of a page as a sheet; a cell over several columns or rows stands in the first of them."""
    parser = _Tables(limits, name)
    text, remarks = _text_of(data)
    parser.feed(text)
    parser.close()
    sheets = [
        _sheet(f"{name} {number}" if len(parser.tables) > 1 else name, table.rows, table.merged)
        for number, table in enumerate(parser.tables, start=1)
        if any(any(row) for row in table.rows)
    ]
    if not sheets:
        raise Refused("no-sheets")
    return RawWorkbook("html", sheets, remarks)


def read_mhtml(data: bytes, limits: Limits, *, name: str) -> RawWorkbook:
    """Every table of a page that was saved as one file; its pictures and styles are left alone."""
    from email import message_from_bytes

    sheets: list[RawSheet] = []
    remarks: list[RawRemark] = []
    for part in message_from_bytes(data.lstrip()).walk():
        page = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(page, bytes) and b"<table" in page.lower():
            found = read_html(page, limits, name=f"{name} {len(sheets) + 1}" if sheets else name)
            sheets += found.sheets
            remarks += found.remarks
    if not sheets:
        raise Refused("no-sheets")
    return RawWorkbook("html", sheets, remarks)


def _text_of(data: bytes) -> tuple[str, list[RawRemark]]:
    said = _CHARSET.search(data[:4096])
    if said and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        named = said[1].decode("ascii").lower()
        # What is whole UTF-8 is that, whatever the page says; and ISO-8859-1 means Windows' letters in pages.
        for encoding in ("utf-8", "cp1252" if named in _MEANT_AS_WINDOWS else named):
            try:
                return data.decode(encoding), []
            except (LookupError, UnicodeDecodeError):
                continue  # what the page says of itself is not true
    decoded = decode(data)
    details: dict[str, str | int | float] = {"encoding": decoded.encoding, "odd": decoded.odd_encoding}
    return decoded.text, [RawRemark("odd-encoding", details=details)] if decoded.odd_lines else []


def _sheet(name: str, rows: list[list[Any]], merged: list[tuple[int, int, int, int]]) -> RawSheet:
    width = max(len(row) for row in rows)
    for row in rows:
        row.extend([""] * (width - len(row)))

    def all_rows() -> Iterator[Sequence[Any]]:
        return iter(rows)

    return RawSheet(name, all_rows, height=len(rows), merged=merged)


@dataclass
class _Table:
    """A table while it is read: its rows, the cell that is open, and the places that cells above cover."""

    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    cell: list[str] | None = None
    span: tuple[int, int] = (1, 1)
    reserved: set[tuple[int, int]] = field(default_factory=set)


class _Tables(HTMLParser):
    """Collects rows and cells. A table in a cell is one of its own, or text of the cell when it is a line."""

    def __init__(self, limits: Limits, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._limits = limits
        self._name = name
        self._cells = 0
        self._hidden = ""
        self._raised = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self._open.append(_Table())
            self.tables.append(self._open[-1])
            if len(self._open) > _DEEPEST:
                raise Refused("damaged", reason="tables in tables")
        elif tag in _UNSEEN:
            self._hidden = tag
        elif self._open:
            table = self._open[-1]
            if tag == "tr":
                self._finish_cell(table)
                table.rows.append([])
            elif tag in ("td", "th"):
                self._finish_cell(table)
                if not table.rows:
                    table.rows.append([])
                said = dict(attrs)
                table.cell, table.span = [], (_span(said.get("rowspan")), _span(said.get("colspan")))
            elif tag in ("br", "p", "div") and table.cell is not None:
                table.cell.append("\n")
            elif tag == "sup":
                self._raised = True

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table."""
        if tag == self._hidden:
            self._hidden = ""
        elif tag == "sup":
            self._raised = False
        elif self._open and tag in ("td", "th", "tr"):
            self._finish_cell(self._open[-1])
        elif self._open and tag == "table":
            table = self._open.pop()
            self._finish_cell(table)
            around = self._open[-1].cell if self._open else None
            if around is not None and (len(table.rows) < 2 or max(map(len, table.rows)) < 2):
                self.tables.remove(table)
                around += [f" {cell} " for row in table.rows for cell in row]

    def handle_data(self, data: str) -> None:
        """Text of the open cell; what is raised is no digit of the number before it."""
        if self._open and self._open[-1].cell is not None and not self._hidden:
            self._open[-1].cell.append(data.translate(_RAISED) if self._raised else data)

    def _finish_cell(self, table: _Table) -> None:
        if table.cell is None:
            return
        row = len(table.rows) - 1
        cells = table.rows[row]
        while (row, len(cells)) in table.reserved:
            cells.append("")
        column = len(cells)
        down, right = table.span
        cells.extend([" ".join("".join(table.cell).split()), *[""] * (right - 1)])
        self._cells += right * down
        if self._cells > self._limits.cells:
            raise Refused("too-many-cells", sheet=self._name, cells=self._cells, row=row, column=column)
        if (down, right) != (1, 1):
            table.merged.append((row, column, row + down - 1, column + right - 1))
            table.reserved |= {
                (below, beside)
                for below in range(row + 1, row + down)
                for beside in range(column, column + right)
            }
        table.cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _MAX_SPAN) if text and text.strip().isdigit() else 1
