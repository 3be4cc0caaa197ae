"""Markup that calls itself .xls: HTML tables, as data capture systems export them, and MHTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any, Final

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawRemark, RawSheet, RawWorkbook
from mirocals_desktop.importing.reader.text import decode

_MAX_SPAN: Final = 1000
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)


def read_html(data: bytes, limits: Limits, *, name: str) -> RawWorkbook:
    """Every table of a page as a sheet; a cell over several columns or rows stands in the first of them."""
    parser = _Tables(limits, name)
    text, remarks = _text_of(data)
    parser.feed(text)
    parser.close()
    sheets = [
        _sheet(f"{name} {number}" if len(parser.tables) > 1 else name, rows, merged)
        for number, (rows, merged) in enumerate(parser.tables, start=1)
        if rows
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
        try:
            return data.decode(said[1].decode("ascii")), []
        except (LookupError, UnicodeDecodeError):
            pass  # what the page says of itself is not true
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


class _Tables(HTMLParser):
    """Collects rows and cells; a table inside a cell is text of that cell."""

    def __init__(self, limits: Limits, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[list[list[Any]], list[tuple[int, int, int, int]]]] = []
        self._limits = limits
        self._name = name
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._reserved: dict[tuple[int, int], bool] = {}
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(([], []))
                self._reserved = {}
        elif self._depth != 1:
            if self._cell is not None and tag in ("br", "p", "div"):
                self._cell.append("\n")
        elif tag == "tr":
            self._finish_cell()
            self.tables[-1][0].append([])
        elif tag in ("td", "th"):
            self._finish_cell()
            if not self.tables[-1][0]:
                self.tables[-1][0].append([])
            said = dict(attrs)
            self._cell = []
            self._span = (_span(said.get("rowspan")), _span(said.get("colspan")))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row or a table."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._finish_cell()
            self._depth -= 1
        elif tag in ("td", "th", "tr") and self._depth == 1:
            self._finish_cell()

    def handle_data(self, data: str) -> None:
        """Text of the open cell."""
        if self._cell is not None:
            self._cell.append(data)

    def _finish_cell(self) -> None:
        if self._cell is None:
            return
        rows, merged = self.tables[-1]
        row = len(rows) - 1
        while self._reserved.get((row, len(rows[row]))):
            rows[row].append("")
        column = len(rows[row])
        down, right = self._span
        rows[row].extend([" ".join("".join(self._cell).split()), *[""] * (right - 1)])
        self._cells += right
        if self._cells > self._limits.cells:
            raise Refused("too-many-cells", sheet=self._name, cells=self._cells, row=row, column=column)
        if (down, right) != (1, 1):
            merged.append((row, column, row + down - 1, column + right - 1))
            for below in range(row + 1, row + down):
                for beside in range(column, column + right):
                    self._reserved[below, beside] = True
        self._cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _MAX_SPAN) if text and text.strip().isdigit() else 1
