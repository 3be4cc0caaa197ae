"""One Excel workbook being written: sheets from tables, safe texts, formats, widths (the only XlsxWriter).

Rows go to disk as they come, so that a large study costs no memory. No cell is ever a formula: whatever a
text begins with, it stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mirocals_desktop.export.table import Cell, Column, Table
from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report, ignore

MAX_ROWS: Final = 1_048_576  # of a sheet, its header included
MAX_TEXT: Final = 32_767  # of a cell, in units of UTF-16
INK, RULE, HEADER_FILL = "#1F2933", "#9AA5B1", "#E8EDF3"
TAB_COLOURS: Final = {"data": "#0072B2", "result": "#009E73", "wide": "#BDBDBD"}
DATE_FORMATS: Final = {"en": "dd mmm yyyy", "fr": "dd/mm/yyyy"}

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_A_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def plain_text(text: str) -> str:
    """The text as a cell can hold it.

    Line breaks become one kind; control characters become their visible pictures (U+2400 ...), halves of
    characters U+FFFD; a text beyond Excel's limit ends in "…". Anything else stays as it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNPRINTABLE.sub(lambda found: chr(0x2421 if found[0] == "\x7f" else 0x2400 + ord(found[0])), text)
    text = _NOT_A_CHARACTER.sub("\ufffd", text)
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # XlsxWriter would take it for markup of its own and write it unescaped
    if len(text) * 2 > MAX_TEXT:
        units = text.encode("utf-16-le")
        if len(units) // 2 > MAX_TEXT:
            text = units[: (MAX_TEXT - 1) * 2].decode("utf-16-le", errors="ignore") + "…"
    return text


class Book:
    """A workbook under way. `words` (SYNTHETIC ...) stand in the head of every printed page."""

    def __init__(
        self, path: Path, *, title: str, words: Sequence[str] = (), max_rows: int = MAX_ROWS
    ) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),  # patients' data must not lie in the system's temporary folder
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
                "default_date_format": DATE_FORMATS[language()],
            },
        )
        self._book.use_zip64()
        self._title = title
        self._words = " · ".join(words)
        self._max_rows = max_rows
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._names: set[str] = {"history"}  # Excel keeps this name for itself
        self.cut_texts = 0
        self._book.set_properties(
            {"title": title, "subject": self._words, "keywords": self._words, "comments": "MIROCALS Desktop"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Write the file, or let go of its temporary files. Raises OSError when the system refuses."""
        try:
            if kind is None:
                self._book.close()
        except FileCreateError as error:
            cause = error.args[0] if error.args else None
            raise (cause if isinstance(cause, OSError) else OSError(str(error))) from error
        finally:
            for sheet in self._book.worksheets():
                sheet._opt_close()

    def add_sheet(self, name: str, *, group: str = "data") -> Worksheet:
        """A new sheet under the nearest free name that Excel takes, set up for printing."""
        sheet: Worksheet = self._book.add_worksheet(self.free_name(name))
        sheet.set_tab_color(TAB_COLOURS[group])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        head = _in_header(self._title)[:120]
        words = f"&R&B{_in_header(self._words)}" if self._words else ""
        sheet.set_header(f"&L{head}&C&A{words}")
        sheet.set_footer(_("&LMIROCALS Desktop&RPage &P of &N"))
        return sheet

    def free_name(self, name: str) -> str:
        """A sheet name that Excel takes and no sheet has: at most 31 characters, none of them forbidden."""
        wanted = plain_text(_IN_SHEET_NAMES.sub(" ", name)).strip(" '")[:31].strip(" '") or _("Sheet")
        chosen, number = wanted, 2
        while chosen.casefold() in self._names:
            suffix = f" ({number})"
            chosen, number = wanted[: 31 - len(suffix)] + suffix, number + 1
        self._names.add(chosen.casefold())
        return chosen

    def format(self, **properties: Any) -> Format:
        """The format with these properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_color": INK, "valign": "top", **properties})
        return self._formats[key]

    def add_chart(self, kind: dict[str, str]) -> Any:
        """A new chart, for the caller to fill and to place."""
        return self._book.add_chart(kind)

    def write_table(self, table: Table, *, report: Report = ignore) -> list[str]:
        """Write the table on a sheet of its own, on several when it is longer than one; gives their names."""
        names = []
        step = self._max_rows - 1
        for start in range(0, max(table.rows, 1), step):
            sheet = self.add_sheet(table.name, group=table.group)
            names.append(sheet.get_name())
            self._write_part(sheet, table, start, min(start + step, table.rows), report)
        return names

    def write_cell(
        self, sheet: Worksheet, row: int, column: int, cell: Cell, look: Format | None = None
    ) -> None:
        """Write one cell by its type; an empty one is left out."""
        if isinstance(cell, str):
            text = plain_text(cell)
            if text.endswith("…") and not cell.endswith("…"):
                self.cut_texts += 1
            sheet.write_string(row, column, text, look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look)
        elif cell is not None:
            sheet.write_number(row, column, cell, look)

    def _write_part(self, sheet: Worksheet, table: Table, start: int, end: int, report: Report) -> None:
        header = self.format(
            bold=True, text_wrap=True, valign="vcenter", bg_color=HEADER_FILL, bottom=1, bottom_color=RULE
        )
        looks = [self._looks(column) for column in table.columns]
        lines = 1
        for number, column in enumerate(table.columns):
            width = column.width or fitting_width(column)
            sheet.set_column(number, number, width)
            lines = max(lines, _lines(column.header, width))
        sheet.set_row(0, 15.5 * lines + 4)
        for number, column in enumerate(table.columns):
            sheet.write_string(0, number, plain_text(column.header), header)
        sheet.freeze_panes(1, table.frozen)
        sheet.repeat_rows(0)
        if table.columns:
            sheet.autofilter(0, 0, max(end - start, 1), len(table.columns) - 1)
        columns = [column.cells for column in table.columns]
        for row in range(start, end):
            if row % 2_000 == 0:
                report(row / max(table.rows, 1), _("Writing {sheet}").format(sheet=table.name))
            for number, cells in enumerate(columns):
                cell = cells[row]
                if cell is None:
                    continue
                text_look, number_look, date_look, integer_look = looks[number]
                if isinstance(cell, str):
                    self.write_cell(sheet, row - start + 1, number, cell, text_look)
                elif isinstance(cell, date):
                    sheet.write_datetime(row - start + 1, number, cell, date_look)
                elif isinstance(cell, int):
                    sheet.write_number(row - start + 1, number, cell, integer_look)
                else:
                    sheet.write_number(row - start + 1, number, cell, number_look)

    def _looks(self, column: Column) -> tuple[Format, Format, Format, Format]:
        """The formats of a column's texts, numbers, dates and whole numbers."""
        decimals = column.decimals
        numeric = any(isinstance(cell, (int, float, date)) for cell in column.cells[:500])
        number = "General" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
        return (
            self.format(align="right") if numeric else self.format(align="left"),
            self.format(num_format=number, align="right"),
            self.format(num_format=DATE_FORMATS[language()], align="right"),
            self.format(num_format="0" if decimals is None else number, align="right"),
        )


def fitting_width(column: Column) -> float:
    """A width in characters that shows most cells whole and breaks the header into at most three lines."""
    words = [len(word) for word in re.split(r"\s+", column.header)]
    width = max([5, -(-len(column.header) // 2), *words]) if len(column.header) < 60 else max(20, *words)
    for cell in column.cells[:: max(1, len(column.cells) // 400)]:
        width = max(width, _shown_length(cell, column.decimals))
    return float(min(width, 46)) + 2.5  # room for the filter's arrow


def _shown_length(cell: Cell, decimals: int | None) -> int:
    if cell is None:
        return 0
    if isinstance(cell, str):
        return max(len(line) for line in cell.split("\n"))
    if isinstance(cell, date):
        return 11
    if decimals is None:
        return len(f"{cell:.12g}")
    return len(f"{cell:,.{decimals}f}")


def _lines(header: str, width: float) -> int:
    """How many lines the header takes in a column of this width."""
    lines, used = 1, 0
    for word in header.split():
        if used and used + 1 + len(word) > width - 2:
            lines, used = lines + 1, 0
        used += len(word) + (1 if used else 0)
    return min(lines, 5)


def _in_header(text: str) -> str:
    """A text for the page header, where & begins a code."""
    return plain_text(text).replace("&", "&&")
