"""One Excel workbook being written: sheets from tables, safe texts, formats, widths (the only XlsxWriter).

Rows go to disk as they come, so that a large study costs no memory. No cell is ever a formula: whatever a
text begins with, it stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from mirocals_desktop.export.table import Block, Cell, Chart, Column, Grid, Heading, Note, Page, Series, Table
from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report, ignore

MAX_ROWS: Final = 1_048_576  # of a sheet, its header included
MAX_TEXT: Final = 32_767  # of a cell, in units of UTF-16
INK, RULE, HEADER_FILL = "#1F2933", "#9AA5B1", "#E8EDF3"
TAB_COLOURS: Final = {"data": "#0072B2", "result": "#009E73", "wide": "#BDBDBD"}
RIGHT: Final = {"align": "right", "indent": 1}  # a number keeps its distance from the text beside it
PAGE_WIDTH: Final = 190  # characters that can still be read on one printed page
DATE_FORMATS: Final = {"en": "dd mmm yyyy", "fr": "dd/mm/yyyy"}

_DAY_0: Final = date(1899, 12, 30)  # of Excel's calendar, from March 1900 on
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
        self._texts: dict[str, int] = {}
        self._cut: set[str] = set()
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
        wanted = " ".join(_IN_SHEET_NAMES.sub(" ", plain_text(name).replace("/", "⁄")).split()).strip(" '")
        if len(wanted) > 31:
            cut = wanted[:32].rpartition(" ")[0]
            wanted = cut if len(cut) > 12 else wanted[:31]
            wanted = wanted.rpartition("(")[0] if wanted.count("(") > wanted.count(")") else wanted
        wanted = wanted.strip(" '") or _("Sheet")
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
            if not cell:
                return
            text = plain_text(cell)
            if text.endswith("…") and not cell.endswith("…"):
                self.cut_texts += 1
            sheet.write_string(row, column, text, look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, cell, look)
        elif cell is not None:
            sheet.write_number(row, column, cell, look)

    def _write_part(self, sheet: Worksheet, table: Table, start: int, end: int, report: Report) -> None:
        look = {"bold": True, "text_wrap": True, "bg_color": HEADER_FILL, "bottom": 1, "bottom_color": RULE}
        header = self.format(**look, align="left")
        above_numbers = self.format(**look, align="right", indent=1)
        looks = [self._looks(column) for column in table.columns]
        lines, total = 1, 0.0
        for number, column in enumerate(table.columns):
            width = column.width or fitting_width(column)
            sheet.set_column(number, number, width)
            lines, total = max(lines, _lines(column.header, width)), total + width
        sheet.fit_to_pages(max(1, round(total / PAGE_WIDTH)), 0)
        if table.frozen:
            sheet.repeat_columns(0, table.frozen - 1)
        sheet.set_row(0, 15.5 * max(lines, 2) + 4)  # the filter's arrow stands below the first line
        for number, column in enumerate(table.columns):
            each = above_numbers if looks[number].right else header
            sheet.write_string(0, number, plain_text(column.header), each)
        sheet.freeze_panes(1, table.frozen)
        sheet.repeat_rows(0)
        if table.columns:
            sheet.autofilter(0, 0, max(end - start, 1), len(table.columns) - 1)
            last = xl_rowcol_to_cell(max(end - start, 1), len(table.columns) - 1)
            sheet.ignore_errors({"number_stored_as_text": f"A1:{last}"})  # an id 001 is a text, and meant so
        self._write_rows(sheet, table, looks, range(start, end), report)

    def _write_rows(
        self, sheet: Worksheet, table: Table, looks: list[_Looks], rows: range, report: Report
    ) -> None:
        """The rows below the header, straight into the sheet's file.

        XlsxWriter's own way takes five times as long: it asks for each cell what this table knows of a whole
        column. So the rows go where it would put them, after the row that it has in hand. Equal texts are
        kept once in the workbook.
        """
        sheet._write_single_row(1)
        if not rows:
            return
        file, text_index = sheet.fh, self._text_index
        letters = [xl_col_to_name(number) for number in range(len(table.columns))]
        columns = list(zip(letters, (column.cells for column in table.columns), looks, strict=True))
        for place, row in enumerate(rows, start=2):
            if row % 2_000 == 0:
                report(row / table.rows, _("Writing {sheet}").format(sheet=table.name))
            parts = [f'<row r="{place}">']
            for letter, cells, look in columns:
                cell = cells[row]
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    parts.append(
                        f'<c r="{letter}{place}" s="{look.text}" t="s"><v>{text_index(cell)}</v></c>'
                    )
                elif isinstance(cell, date):
                    parts.append(f'<c r="{letter}{place}" s="{look.day}"><v>{(cell - _DAY_0).days}</v></c>')
                else:
                    style = look.number if look.by_row is None else look.by_row[row]
                    parts.append(f'<c r="{letter}{place}" s="{style}"><v>{cell!r}</v></c>')
            parts.append("</row>")
            file.write("".join(parts))
        sheet.previous_row = len(rows)
        sheet._check_dimensions(len(rows), len(columns) - 1)

    def _text_index(self, text: str) -> int:
        """The number of a text among those that the workbook keeps once."""
        index = self._texts.get(text)
        if index is not None:
            self._book.str_table.count += 1
        else:
            plain = plain_text(text)
            self._texts[text] = index = self._book.str_table._get_shared_string_index(plain)
            if plain.endswith("…") and not text.endswith("…"):
                self._cut.add(text)
        if text in self._cut:
            self.cut_texts += 1
        return int(index)

    def _looks(self, column: Column) -> _Looks:
        decimals = column.decimals
        numeric = any(isinstance(cell, (int, float)) for cell in column.cells)
        by_row = None
        if decimals is not None and not isinstance(decimals, int):
            formats = {places: self.number_format(places)._get_xf_index() for places in set(decimals)}
            by_row, decimals = [formats[places] for places in decimals], None
        return _Looks(
            text=(self.format(**RIGHT) if numeric else self.format(align="left"))._get_xf_index(),
            number=self.number_format(decimals)._get_xf_index(),
            day=self.format(num_format=DATE_FORMATS[language()], align="left")._get_xf_index(),
            by_row=by_row,
            right=numeric,
        )

    def number_format(self, decimals: int | None) -> Format:
        """The format of numbers with so many decimals; None shows each as it is."""
        if decimals is None:
            return self.format(num_format="General", **RIGHT)
        return self.format(num_format="#,##0" + ("." + "0" * decimals if decimals else ""), **RIGHT)

    # --- pages ------------------------------------------------------------------------------------------

    def write_page(self, page: Page, sheet: Worksheet, *, points: str = "") -> None:
        """Write a page from top to bottom on its sheet; charts take their points from the sheet `points`."""
        sheet.hide_gridlines(2)
        if page.portrait:
            sheet.set_portrait()
        for number, width in enumerate(page.widths):
            sheet.set_column(number, number, width)
        row = 0
        breaks: list[int] = []
        before: Block | None = None
        for block in page.blocks:
            if isinstance(block, Grid | Note) and isinstance(before, Grid | Note):
                row += type(block) is not type(before) or isinstance(block, Grid)
            before = block
            if isinstance(block, Heading):
                row += 0 if block.level == 1 else 1
                if block.new_page:
                    breaks.append(row)
                size = 15 if block.level == 1 else 12
                sheet.set_row(row, size * 1.6)
                sheet.write_string(row, 0, plain_text(block.text), self.format(bold=True, font_size=size))
                row += 1
            elif isinstance(block, Note):
                row = self._write_note(sheet, row, block, page.widths)
            elif isinstance(block, Grid):
                row = self._write_grid(sheet, row, block, page.widths)
            else:
                row = self._place_chart(sheet, row, block, points)
        sheet.set_h_pagebreaks(breaks)

    def _write_note(self, sheet: Worksheet, row: int, note: Note, widths: Sequence[float]) -> int:
        look = {"text_wrap": True, "align": "left"}
        if note.warning:
            look |= {"bold": True, "font_color": "#FFFFFF", "bg_color": "#B3261E", "valign": "vcenter"}
        text = plain_text(note.text)
        lines = sum(max(1, -(-len(line) // int(sum(widths) * 0.95))) for line in text.split("\n"))
        sheet.set_row(row, 15.5 * lines + (6 if note.warning else 0))
        sheet.merge_range(row, 0, row, len(widths) - 1, "", self.format(**look))
        sheet.write_string(row, 0, text, self.format(**look))
        return row + 1

    def _write_grid(self, sheet: Worksheet, row: int, grid: Grid, widths: Sequence[float]) -> int:
        if grid.header:
            head = {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": HEADER_FILL}
            head |= {"bottom": 1, "bottom_color": RULE}
            lines = max(
                _lines(text, widths[min(i, len(widths) - 1)] + 2) for i, text in enumerate(grid.header)
            )
            sheet.set_row(row, 15.5 * lines + 2)
            for column, text in enumerate(grid.header):
                numeric = column < len(grid.decimals) and grid.decimals[column] is not None
                side = RIGHT if numeric else {"align": "left"}
                sheet.write_string(row, column, plain_text(text), self.format(**head, **side))
            row += 1
        for number, cells in enumerate(grid.rows):
            tallest = 1
            for column, cell in enumerate(cells):
                decimals = grid.decimals[column] if column < len(grid.decimals) else None
                if number in grid.links and column == 0:
                    target = grid.links[number].replace("'", "''")
                    link = f"internal:'{target}'!A1"
                    sheet.write_url(row, 0, link, self.format(font_color="#0072B2"), str(cell))
                    continue
                wide = widths[min(column, len(widths) - 1)]
                if isinstance(cell, str):
                    numeric = column > 0 and column < len(grid.decimals) and decimals is not None
                    look = self.format(text_wrap=True, **(RIGHT if numeric else {"align": "left"}))
                    tallest = max(tallest, *(-(-len(line) // int(wide * 1.15)) for line in cell.split("\n")))
                elif isinstance(cell, date):
                    look = self.format(num_format=DATE_FORMATS[language()], align="left")
                elif grid.header:
                    look = self.number_format(decimals)
                else:  # beside its name in the first column
                    look = self.format(num_format="#,##0", align="left")
                self.write_cell(sheet, row, column, cell, look)
            if tallest > 1:
                sheet.set_row(row, 15.5 * tallest)
            row += 1
        return row

    def _place_chart(self, sheet: Worksheet, row: int, chart: Chart, points: str) -> int:
        """A chart below what was written; gives the row after it."""
        drawn = self._book.add_chart({"type": "scatter", "subtype": "straight"})
        hidden = []
        for number, series in enumerate(chart.series):
            drawn.add_series(self._series(series, points))
            if series.marks:
                hidden.append(number)
        font = {"color": INK, "size": 9, "bold": False}
        drawn.set_title(
            {
                "name": plain_text(chart.title),
                "name_font": {"size": 11, "bold": True, "color": INK},
                "overlay": False,
            }
        )
        drawn.set_x_axis(
            {
                "name": chart.x_title, "name_font": font, "num_font": font, "min": 0, "max": chart.x_max,
                "major_unit": chart.x_step, "major_gridlines": {"visible": False}, "num_format": "0",
                "line": {"color": RULE}, "major_tick_mark": "outside", "crossing": 0,
            }
        )  # fmt: skip
        drawn.set_y_axis(
            {
                "name": chart.y_title, "name_font": font, "num_font": font, "min": 0, "max": 1,
                "major_unit": 0.2,
                "major_gridlines": {"visible": True, "line": {"color": "#E1E5E8", "width": 0.75}},
                "num_format": "0.0", "line": {"color": RULE}, "major_tick_mark": "outside",
            }
        )  # fmt: skip
        drawn.set_legend({"position": "bottom", "font": font, "delete_series": hidden})
        drawn.set_size({"width": 940, "height": 380})
        drawn.show_blanks_as("gap")
        sheet.insert_chart(row, 0, drawn, {"x_offset": 4, "y_offset": 8, "object_position": 3})
        return row + 20

    def _series(self, series: Series, points: str) -> dict[str, object]:
        colour, dashes = series.style.colour, series.style.dashes
        dash = (
            "solid"
            if not dashes
            else "round_dot"
            if dashes[0] <= 2
            else "dash"
            if len(dashes) == 2
            else "dash_dot"
        )
        made: dict[str, object] = {
            "name": plain_text(series.name),
            "categories": [points, 1, series.column, len(series.points), series.column],
            "values": [points, 1, series.column + 1, len(series.points), series.column + 1],
            # Viewers that compute nothing draw from what the chart itself holds.
            "categories_data": [day for day, _value in series.points],
            "values_data": [value for _day, value in series.points],
        }
        if series.marks:
            made["line"] = {"none": True}
            made["marker"] = {"type": "plus", "size": 5, "border": {"color": colour}}
        else:
            made["line"] = {"color": colour, "width": 2.0, "dash_type": dash}
            made["marker"] = {"type": "none"}
        return made


@dataclass(frozen=True)
class _Looks:
    """Numbers of the formats of a column's texts, numbers and days; `by_row` where they differ by row."""

    text: int
    number: int
    day: int
    by_row: list[int] | None
    right: bool


def fitting_width(column: Column) -> float:
    """A width in characters that shows most cells whole and breaks the header into at most three lines."""
    words = [len(word) for word in re.split(r"\s+", column.header)]
    width = max([5, -(-len(column.header) // 2), *words]) if len(column.header) < 60 else max(20, *words)
    for cell in column.cells[:: max(1, len(column.cells) // 400)]:
        width = max(width, _shown_length(cell, column.decimals if isinstance(column.decimals, int) else None))
    return float(min(width, 46)) + 3


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
