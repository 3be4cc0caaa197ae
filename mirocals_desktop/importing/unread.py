"""What an import does not read, and says so: rows that are no data, tables, columns, errors elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext, titled
from mirocals_desktop.importing.assemble import Assembly, Fate
from mirocals_desktop.importing.grid import Kind, cell_name
from mirocals_desktop.importing.issue_list import MANY, IssueList
from mirocals_desktop.importing.model import Account, LeftOut
from mirocals_desktop.importing.plan import TablePlan
from mirocals_desktop.importing.series import Declined
from mirocals_desktop.importing.when import headings_are_visits
from mirocals_desktop.importing.words import VALUE_HEADERS, plain_name

_QUOTED: Final = 60
_MOST_CELLS: Final = 1000
_LONG_RUN: Final = 10
_SOME_NUMBERS: Final = 4


def tell_unread(tables: Sequence[TablePlan], assembly: Assembly, issues: IssueList, *, blinded: bool) -> None:
    """Say which rows are no data, which tables are not read, and where errors stand that nobody reads.

    In a blinded study nothing is quoted from rows that are not read: a title or a note may tell an arm.
    """
    for table in tables:
        if not table.used:
            _tell_unused(table, issues)
            continue
        _tell_counted(table, issues)
        _tell_results_elsewhere(table, issues)
        if not blinded and not table.dead_look:
            _tell_colours(table, issues)
        if not table.table.ignored:
            continue
        if blinded:
            _count_ignored(table, issues)
        else:
            _tell_ignored(table, issues)
    _tell_bare_numbers(tables, issues)
    _tell_no_table(tables, issues)
    _tell_errors(assembly, issues)


_COLOUR: Final = re.compile(
    r"\b(?:colou?r(?:ed|s)?|couleurs?|colore\w*|surligne\w*|highlight\w*|shaded|grise\w*|gras|bold|italique|barre\w*"
    r"|strikethrough|red|rouges?|green|verte?s?|yellow|jaunes?|orange|bleue?s?|blue|rose|pink)\b"
)
"""Words of notes that give a meaning to how cells look: "red = died". What cells look like is not read."""


def _tell_colours(table: TablePlan, issues: IssueList) -> None:
    """Warn where a note or title says that colours mean something: they would be lost without a word."""
    sheet = table.table.sheet
    for row, reason in sorted(table.table.ignored.items()):
        column = _first_filled(table, row)
        text = sheet.text(row, column) if reason in ("note", "title", "section") and column >= 0 else ""
        if _COLOUR.search(plain_name(text)) and re.search(r"[=:]", text):
            message = _("“{text}”: what colours or styles of cells mean is not read. Write it into a column.")
            issues.add(
                "warning",
                "colour-note",
                message.format(text=text[:_QUOTED]),
                table=table,
                row=row,
                column=column,
            )


def _told_rows(table: TablePlan) -> list[tuple[int, str]]:
    """The rows that are not read and deserve a word, each with why."""
    # Such headings are read: as the visit, the arm or the patient of the rows below them.
    visits = headings_are_visits(table) or bool(table.section_arms or table.section_patients)
    return [
        (row, reason)
        for row, reason in sorted(table.table.ignored.items())
        if reason in ("total", "note", "section", "repeated header") and not (reason == "section" and visits)
    ]


def _tell_ignored(table: TablePlan, issues: IssueList) -> None:
    """An issue for each row that is not read; one for a long run of them, and for many alike."""
    lone: dict[str, list[int]] = {}
    for reason, run in _runs(table):
        if len(run) > _LONG_RUN:
            _tell_run(table, reason, run, issues)
        else:
            lone.setdefault(reason, []).extend(run)
    sheet = table.table.sheet
    sentences = {
        "total": _("Row {row} (“{text}”) sums up other rows and is no patient."),
        "note": _("Row {row} (“{text}”) is a note and is not read."),
        "section": _("Row {row} (“{text}”) is a heading between rows and is not read."),
        "repeated header": _("Row {row} (“{text}”) repeats the header and is not read."),
    }
    for reason, rows in lone.items():

        def sentence(row: int, reason: str = reason) -> str:
            text = sheet.text(row, _first_filled(table, row))[:_QUOTED]
            return sentences[reason].format(row=row + 1, text=text)

        # few rows each at their own first filled cell, many as one issue
        for part in [rows] if len(rows) > MANY else [[row] for row in rows]:
            column = _first_filled(table, part[0])
            issues.add_cells("note", _code(reason), sentence, table=table, column=column, rows=part)


def _runs(table: TablePlan) -> list[tuple[str, list[int]]]:
    """The rows that are told, in runs of one reason; blank rows may stand between them."""
    runs: list[tuple[str, list[int]]] = []
    blank = {row for row, reason in table.table.ignored.items() if reason == "blank"}
    for row, reason in _told_rows(table):
        if runs and runs[-1][0] == reason and blank.issuperset(range(runs[-1][1][-1] + 1, row)):
            runs[-1][1].append(row)
        else:
            runs.append((reason, [row]))
    return runs


def _tell_run(table: TablePlan, reason: str, run: Sequence[int], issues: IssueList) -> None:
    sentences = {
        "total": _("Rows {first} to {last} (“{text}” …) sum up other rows and are no patients."),
        "note": _("Rows {first} to {last} (“{text}” …) are notes and are not read."),
        "section": _("Rows {first} to {last} (“{text}” …) are headings between rows and are not read."),
        "repeated header": _("Rows {first} to {last} (“{text}” …) repeat the header and are not read."),
    }
    column = _first_filled(table, run[0])
    text = table.table.sheet.text(run[0], column)[:_QUOTED]
    issues.add_rows(
        "note",
        _code(reason),
        sentences[reason].format(first=run[0] + 1, last=run[-1] + 1, text=text),
        table=table,
        column=column,
        rows=run[:_MOST_CELLS],
    )


def _first_filled(table: TablePlan, row: int) -> int:
    columns = (column.place.column for column in table.columns)
    return next((column for column in columns if table.table.sheet.cell(row, column)), 0)


def _code(reason: str) -> str:
    return f"{reason.replace(' ', '-')}-row"


def _count_ignored(table: TablePlan, issues: IssueList) -> None:
    rows = [row for row, _reason in _told_rows(table)]
    if not rows:
        return
    column = table.table.columns[0].column if table.table.columns else 0
    issues.add_rows(
        "note",
        "rows-not-read",
        ngettext(
            "{count} row of {sheet} is a total, a note or a heading and is not read.",
            "{count} rows of {sheet} are totals, notes or headings and are not read.",
            len(rows),
        ).format(count=amount(len(rows)), sheet=table.sheet),
        table=table,
        column=column,
        rows=rows[:_MOST_CELLS],
    )


def _tell_counted(table: TablePlan, issues: IssueList) -> None:
    """One issue for all rows of other endpoints, and one for those of controls."""
    place = table.table.columns[0].column if table.table.columns else 0
    rows = [row for row, reason in table.table.ignored.items() if reason == "other endpoint"]
    if rows:
        message = ngettext(
            "{count} row of {sheet} is of another endpoint and is not read.",
            "{count} rows of {sheet} are of other endpoints and are not read.",
            len(rows),
        ).format(count=amount(len(rows)), sheet=table.sheet)
        issues.add_rows(
            "warning", "other-endpoint", message, table=table, column=place, rows=rows[:_MOST_CELLS]
        )
    rows = sorted(row for row, reason in table.table.ignored.items() if reason == "control")
    if rows:
        message = ngettext(
            "{count} row of {sheet} is a standard, blank or control, and no patient’s.",
            "{count} rows of {sheet} are standards, blanks or controls, and no patient’s.",
            len(rows),
        ).format(count=amount(len(rows)), sheet=table.sheet)
        issues.add_rows("note", "control-row", message, table=table, column=place, rows=rows[:_MOST_CELLS])


def _tell_results_elsewhere(table: TablePlan, issues: IssueList) -> None:
    """Say where the column of results is empty and another column of results, left out, is not."""
    value = table.of_use("value")
    if value is None:
        return
    sheet, rows = table.table.sheet, table.table.rows
    empty = sheet.columns[value.place.column].kinds[rows] == Kind.EMPTY
    for column in table.columns:
        if column.use != "left_out" or column.reason != "other-form" or column.header.part:
            continue
        filled = sheet.columns[column.place.column].kinds[rows] != Kind.EMPTY
        lost = rows[empty & filled].tolist()
        if lost and plain_name(column.header.name) in VALUE_HEADERS:
            issues.add_rows(
                "error",
                "result-elsewhere",
                ngettext(
                    "{count} cell of “{header}” is not read, though “{value}” is empty in its row.",
                    "{count} cells of “{header}” are not read, though “{value}” is empty in their rows.",
                    len(lost),
                ).format(count=amount(len(lost)), header=column.title, value=value.title),
                table=table,
                column=column.place.column,
                rows=lost[:_MOST_CELLS],
            )


def _tell_bare_numbers(tables: Sequence[TablePlan], issues: IssueList) -> None:
    """Sheets of numbers in which no table was found, as the map of a plate: nothing of them is read."""
    used = {(table.file, table.sheet) for table in tables if table.used}
    for table in tables:
        if table.reason != "empty" or table.table.header_rows or (table.file, table.sheet) in used:
            continue
        sheet = table.table.sheet
        if sum(int((column.kinds == Kind.NUMBER).sum()) for column in sheet.columns) < _SOME_NUMBERS:
            continue
        used.add((table.file, table.sheet))
        issues.add(
            "warning",
            "table-not-read",
            _(
                "{sheet} holds numbers and no table with a header: it is not read. Give each patient or"
                " sample a row, and each measure a column."
            ).format(sheet=sheet.name),
            table=table,
            row=0,
            column=0,
        )


def _tell_no_table(tables: Sequence[TablePlan], issues: IssueList) -> None:
    """A file in which nothing was found at all, where nothing else says so."""
    told = {issue.file for issue in issues.issues() if issue.code == "table-not-read"}
    for file in dict.fromkeys(table.file for table in tables):
        own = [table for table in tables if table.file == file]
        if file not in told and all(table.reason == "empty" for table in own):
            message = _("{file} has no table: a header and rows below it.").format(file=file)
            issues.add("warning", "table-not-read", message, table=own[0], row=0, column=0)


def _tell_unused(table: TablePlan, issues: IssueList) -> None:
    if table.reason in ("hidden", "dictionary", "own-export") or (
        table.reason == "empty" and not table.table.header_rows
    ):
        return
    told = {
        "no-patient": _("A table of {sheet} says whose rows they are in no column and is not read."),
        "patients-across": _(
            "In {sheet} patients stand side by side, in columns. It is not read: paste it transposed, so that"
            " each patient has a row."
        ),
        "form": _(
            "{sheet} is a form: labels with values beside them. It is not read: give each patient a row, and"
            " make the labels its header."
        ),
    }
    lost = table.reason in told and (table.reason != "no-patient" or len(table.table.rows) > 1)
    sentence = told[table.reason] if lost else _("A table of {sheet} has no rows.")
    issues.add(
        "warning" if lost else "note",
        "table-not-read",
        sentence.format(sheet=table.sheet),
        table=table,
        row=table.table.header_rows[0] if table.table.header_rows else 0,
        column=table.table.columns[0].column if table.table.columns else 0,
    )


def _tell_errors(assembly: Assembly, issues: IssueList) -> None:
    """Errors and formulas never calculated outside what is read: a note for each column."""
    for (file, name), (sheet, fates) in assembly.fates.sheets.items():
        for number, column in enumerate(sheet.columns):
            odd = (column.kinds == Kind.ERROR) | (column.kinds == Kind.FORMULA)
            if not odd.any():
                continue
            rows = np.flatnonzero(odd & np.isin(fates[:, number], (Fate.LEFT_OUT, Fate.IGNORED))).tolist()
            if rows:
                cells = [cell_name(row, number) for row in rows[:_MOST_CELLS]]
                message = _("Cells with an error, or a formula without a result, that are not read: {cells}.")
                issues.add(
                    "note",
                    "error-not-read",
                    message.format(cells=", ".join(cells[:5]) + (" …" if len(cells) > 5 else "")),
                    file=file,
                    sheet=name,
                    row=rows[0],
                    column=number,
                    cells=cells,
                )


def tell_unaccounted(accounts: Sequence[Account], issues: IssueList) -> None:
    """Cells of which nothing became: there should be none, and if there are, they are not lost in silence."""
    for account in accounts:
        if account.unaccounted:
            message = ngettext(
                "{count} filled cell of {sheet} is neither taken nor listed as left out.",
                "{count} filled cells of {sheet} are neither taken nor listed as left out.",
                account.unaccounted,
            ).format(count=amount(account.unaccounted), sheet=account.sheet)
            issues.add("error", "unaccounted", message, file=account.file, sheet=account.sheet)


def find_left_out(tables: Sequence[TablePlan], declined: Sequence[Declined]) -> Iterable[LeftOut]:
    """The filled columns that an import leaves out, and the measurements by their names, with the reasons."""
    reasons = {
        "empty": _("the column is empty"),
        "personal": _("it would tell who the patient is"),
        "unnamed": _("the column has no header"),
        "duplicate": _("another column says the same"),
        "endpoint": _("it only names the endpoint"),
        "other-form": _("another column holds these results"),
        "housekeeping": _("it numbers or names the rows of the file"),
        "derived": _("it was computed from the data"),
        "remark": _("it holds remarks on its rows"),
        "plate": _("it tells of the plate and its replicates"),
        "reference": _("it tells what is usual"),
        "time-of-day": _("it tells a time of the day"),
        "unnamed_value": _("nothing says what was measured"),
        "alone": _("names and values of measurements need a column each"),
        "chosen": _("left out by choice"),
    }
    for table in tables:
        for column in table.columns:
            if column.use == "left_out" and column.profile.filled:
                yield LeftOut(
                    table.file,
                    table.sheet,
                    table.cell(column),
                    column.header.text,
                    column.profile.filled,
                    reasons.get(column.reason, reasons["chosen"]),
                )
    for one in declined:
        filled = one.table.table.sheet.columns[one.column.place.column].kinds[one.table.table.rows[one.at]]
        if count := int((filled != Kind.EMPTY).sum()):
            yield LeftOut(
                one.table.file,
                one.table.sheet,
                one.table.cell(one.column),
                titled(one.column.header.text, one.name) if one.name else one.column.header.text,
                count,
                reasons["chosen"] if one.name else reasons["unnamed_value"],
            )
