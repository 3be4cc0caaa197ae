"""The problems of an import as a workbook to send back: the sheets' own cells, those at fault coloured.

Cells are copied as they were read, numbers as numbers and days as days, without formulas; a problem stands
in the comment of its cell, and all are listed on the first sheet. In a blinded study every cell that is not
known to be harmless is covered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mirocals_desktop.export.book import DATE_FORMATS, HEADER_FILL, Book, plain_text
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _, language
from mirocals_desktop.importing.covering import COVER, covered_cells, header_rows_of
from mirocals_desktop.importing.grid import Booleans, Kind, Sheet
from mirocals_desktop.importing.mending import cells_of, group_issues
from mirocals_desktop.importing.model import Issue
from mirocals_desktop.importing.plan import Plan
from mirocals_desktop.importing.review import Review
from mirocals_desktop.progress import Report, ignore

FILLS: Final = {"error": "#F8C9C4", "warning": "#FBE3B0"}
_MOST_COMMENTS: Final = 2_000  # of a sheet; a spreadsheet program with more of them becomes slow
_COMMENT: Final = {"author": "MIROCALS Desktop", "x_scale": 2.2, "y_scale": 1.2}
_WIDTHS: Final = (9, 26)
_LINE: Final = 15  # points of a line; LibreOffice lets wrapped text run into the next row without a height
_EPOCH: Final = datetime(1970, 1, 1)

Place = tuple[str, str]
"""The names of a file and a sheet of it."""


def write_issues(review: Review, path: Path, *, blinded: bool, report: Report = ignore) -> Path:
    """Write errors and warnings with the sheets that they stand in; gives the path.

    Notes are left out: there is nothing to mend in them. AppError where the file cannot be written; a report
    that raises `Cancelled` leaves no file behind.
    """
    issues = [issue for issue in review.issues if issue.severity != "note"]
    plan = review.plan
    at_fault = _cells_at_fault(issues)
    sheets = [
        (source.workbook.name, sheet)
        for source in plan.sources
        for sheet in source.workbook.sheets
        if (source.workbook.name, sheet.name) in at_fault
    ]
    title = _("Problems in {files}").format(files=", ".join(s.workbook.name for s in plan.sources))
    with write_whole(path) as temporary, Book(temporary, title=title) as book:
        listing = book.add_sheet(_("Problems"), group="result")
        names: dict[Place, str] = {}
        copies: list[tuple[str, Sheet, Worksheet]] = []
        for file, sheet in sheets:
            copy = book.add_sheet(_name_of(plan, file, sheet, blinded=blinded))
            names[file, sheet.name] = copy.get_name()
            copies.append((file, sheet, copy))
        _list_issues(book, listing, issues, names, several=len(plan.sources) > 1)
        for number, (file, sheet, copy) in enumerate(copies):
            covered = covered_cells(plan, file, sheet) if blinded else None

            def step(share: float, message: str, number: int = number) -> None:
                report((number + share) / len(copies), message)

            _copy_sheet(book, copy, sheet, plan, at_fault[file, sheet.name], covered, step)
    return path


def _cells_at_fault(issues: Sequence[Issue]) -> dict[Place, dict[tuple[int, int], list[Issue]]]:
    """For each sheet the cells with problems, and the problems of each."""
    found: dict[Place, dict[tuple[int, int], list[Issue]]] = defaultdict(lambda: defaultdict(list))
    for issue in issues:
        for cell in cells_of(issue):
            found[issue.file, issue.sheet][_place(cell)].append(issue)
    return found


def _place(cell: str) -> tuple[int, int]:
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters) :]) - 1, column - 1


def _name_of(plan: Plan, file: str, sheet: Sheet, *, blinded: bool) -> str:
    """The sheet's name; a number in its place where the name tells an arm that must not be told."""
    tables = [table for table in plan.tables if table.file == file and table.table.sheet is sheet]
    if blinded and any(table.arm for table in tables):
        source = next(source for source in plan.sources if source.workbook.name == file)
        return _("Sheet {number}").format(number=source.workbook.sheets.index(sheet) + 1)
    return sheet.name


def _list_issues(
    book: Book, sheet: Worksheet, issues: Sequence[Issue], names: Mapping[Place, str], *, several: bool
) -> None:
    """The first sheet: every problem, how it is mended, and room for an answer."""
    columns: list[tuple[str, int]] = [
        (_("Kind"), 34),
        (_("Problem"), 70),
        (_("Sheet"), 20),
        (_("Cell"), 9),
        (_("Patient"), 14),
        (_("What to do"), 60),
        (_("Answer"), 40),
    ]
    if several:
        columns.insert(2, (_("File"), 26))
    head = book.format(bold=True, bg_color=HEADER_FILL, bottom=1, text_wrap=True)
    for number, (text, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, text, head)
    sheet.freeze_panes(1, 0)
    wrapped = book.format(text_wrap=True, valign="top")
    link = book.format(font_color="#1F5F91", underline=1, valign="top")
    row = 1
    for group in group_issues(issues):
        fill = book.format(bg_color=FILLS[group.severity], text_wrap=True, valign="top")
        for issue in group.issues:
            name = names.get((issue.file, issue.sheet), issue.sheet)
            texts = [group.title, issue.message, name, issue.cell, issue.patient, group.advice, ""]
            if several:
                texts.insert(2, issue.file)
            lines = max(-(-len(text) // width) for text, (_head, width) in zip(texts, columns, strict=True))
            if lines > 1:
                sheet.set_row(row, lines * _LINE)
            for number, text in enumerate(texts):
                look = fill if number == 0 else wrapped
                if text == issue.cell and text and (issue.file, issue.sheet) in names:
                    quoted = name.replace("'", "''")
                    sheet.write_url(row, number, f"internal:'{quoted}'!{text}", link, text)
                elif text:
                    sheet.write_string(row, number, plain_text(text), look)
            row += 1
    sheet.autofilter(0, 0, max(row - 1, 1), len(columns) - 1)


def _copy_sheet(
    book: Book,
    copy: Worksheet,
    sheet: Sheet,
    plan: Plan,
    at_fault: Mapping[tuple[int, int], Sequence[Issue]],
    covered: Booleans | None,
    report: Report,
) -> None:
    """The cells of a sheet as they were read, those at fault coloured and commented."""
    heads = {row for table in plan.tables if table.table.sheet is sheet for row in header_rows_of(table)}
    _set_widths(copy, sheet, covered)
    if heads and max(heads) < 20:
        copy.freeze_panes(max(heads) + 1, 0)
    filled = sheet.filled()
    faults: dict[int, list[int]] = defaultdict(list)
    for row, column in at_fault:
        faults[row].append(column)
    commented = 0
    for row in range(max(sheet.n_rows, max(faults, default=0) + 1)):
        if row % 1_000 == 0:
            report(row / max(sheet.n_rows, 1), _("Writing {sheet}").format(sheet=copy.get_name()))
        columns = np.flatnonzero(filled[row]).tolist() if row < sheet.n_rows else []
        lines = 1 + max((sheet.text(row, column).count("\n") for column in columns), default=0)
        if lines > 1:
            copy.set_row(row, lines * _LINE)
        for column in sorted({*columns, *faults.get(row, ())}):
            issues = at_fault.get((row, column), ())
            looks: dict[str, Any] = {"bold": True} if row in heads else {}
            if issues:
                worst = "error" if any(issue.severity == "error" for issue in issues) else "warning"
                looks["bg_color"] = FILLS[worst]
            if (
                covered is not None
                and row < sheet.n_rows
                and bool(covered[row, column])
                and filled[row, column]
            ):
                copy.write_string(row, column, COVER, book.format(**looks))
            else:
                _copy_cell(book, copy, sheet, row, column, looks)
            if issues and commented < _MOST_COMMENTS:
                commented += 1
                text = "\n".join(dict.fromkeys(issue.message for issue in issues))
                copy.write_comment(row, column, plain_text(text)[:8_000], _COMMENT)


def _copy_cell(
    book: Book, copy: Worksheet, sheet: Sheet, row: int, column: int, looks: Mapping[str, Any]
) -> None:
    """One cell by its kind. A formula that was never calculated has nothing to copy."""
    cell = sheet.cell(row, column)
    look: Format = book.format(**looks)
    if cell.kind is Kind.NUMBER:
        shown = {"num_format": cell.format} if cell.format else {}
        copy.write_number(row, column, cell.number, book.format(**looks, **shown))
    elif cell.kind is Kind.DATE:
        _copy_date(book, copy, row, column, cell.number, cell.text, looks)
    elif cell.kind is Kind.TIME:
        copy.write_number(row, column, cell.number, book.format(**looks, num_format="hh:mm:ss"))
    elif cell.kind is Kind.BOOLEAN:
        copy.write_boolean(row, column, bool(cell.number), look)
    elif cell.text:
        look = book.format(**looks, text_wrap=True) if "\n" in cell.text else look
        copy.write_string(row, column, plain_text(cell.text), look)
    else:
        copy.write_blank(row, column, None, look)


def _copy_date(
    book: Book, copy: Worksheet, row: int, column: int, days: float, text: str, looks: Mapping[str, Any]
) -> None:
    """A day, with its time where it has one; one that Excel's calendar lacks stays the text that it shows."""
    moment = _EPOCH + timedelta(seconds=round(days * 86_400))
    if moment.year < 1900:
        copy.write_string(row, column, text, book.format(**looks))
        return
    form = DATE_FORMATS[language()] + (" hh:mm" if moment.time() != datetime.min.time() else "")
    copy.write_datetime(row, column, moment, book.format(**looks, num_format=form, align="left"))


def _set_widths(copy: Worksheet, sheet: Sheet, covered: Booleans | None) -> None:
    """Widths by the first rows, within reason."""
    narrow, wide = _WIDTHS
    for column in range(sheet.n_columns):
        rows = range(min(sheet.n_rows, 40))
        lengths = [
            len(sheet.text(row, column)) for row in rows if covered is None or not covered[row, column]
        ]
        copy.set_column(column, column, min(max([narrow, *lengths]) + 2, wide))
