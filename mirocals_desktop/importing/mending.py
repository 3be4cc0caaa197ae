"""Issues grouped by how to mend them: what a group is called, and what a person can do about it.

The import dialog lists these groups, and the workbook of issues is sent back with the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.model import SEVERITIES, Issue, Severity

Words = tuple[str, str]
"""What a number of issues of one kind are called, and how they are mended."""


@dataclass(frozen=True)
class IssueGroup:
    """Issues that are mended alike: `title` counts their cells, `advice` says what to do."""

    code: str
    severity: Severity
    title: str
    advice: str
    issues: tuple[Issue, ...]


def group_issues(issues: Iterable[Issue]) -> tuple[IssueGroup, ...]:
    """The issues by kind: errors first, within a severity the kinds in the order in which they are met."""
    found: dict[tuple[Severity, str], list[Issue]] = {}
    for issue in issues:
        found.setdefault((issue.severity, issue.code), []).append(issue)
    groups = []
    for (severity, code), members in found.items():
        title, advice = describe(code, sum(count_cells(issue) for issue in members), members[0])
        groups.append(IssueGroup(code, severity, title, advice, tuple(members)))
    return tuple(sorted(groups, key=lambda group: SEVERITIES.index(group.severity)))


def count_cells(issue: Issue) -> int:
    """How many cells an issue speaks of: of a conflict or a repeated row only the one at fault."""
    return 1 if issue.code in _PAIRS else max(len(issue.cells), 1)


def cells_of(issue: Issue) -> tuple[str, ...]:
    """The names of the cells that an issue speaks of; none for an issue of a whole sheet or file."""
    own = cell_name(issue.row, issue.column)
    names = [name for name in issue.cells if "!" not in name]
    return tuple(dict.fromkeys(([own] if own else []) + names))


def describe(code: str, count: int, issue: Issue) -> Words:
    """Title and advice for `count` issues of one kind, of which `issue` is the first."""
    for words in (_UNREADABLE, _DOUBTFUL, _OF_DATES, _OF_PATIENTS, _OF_TABLES, _DRIFT):
        if code in words:
            title, advice = words[code](count)
            return title.format(count=amount(count)), advice
    return issue.message, ""


_PAIRS: Final = frozenset({"conflict", "duplicate-row", "swapped-values"})

Make = Callable[[int], Words]


def _correct() -> str:
    return _("Correct the cell in the spreadsheet and import it again; without that no value is taken.")


def _look() -> str:
    return _("The value is taken as it stands. Compare it with the source; correct the spreadsheet if wrong.")


def _nothing() -> str:
    return _("Nothing has to be done: it says how the cells are read.")


_UNREADABLE: Final[Mapping[str, Make]] = {
    "not-a-number": lambda n: (
        ngettext("{count} cell that is no number", "{count} cells that are no numbers", n),
        _correct(),
    ),
    "ambiguous-number": lambda n: (
        ngettext(
            "{count} number that can be read in two ways", "{count} numbers that can be read in two ways", n
        ),
        _("Say at the column’s head whether comma or point starts the decimals, or correct the cell."),
    ),
    "date-in-number": lambda n: (
        ngettext("{count} date where a number is expected", "{count} dates where numbers are expected", n),
        _("Spreadsheet programs turn “3.5” into a date. Type the number again, in a cell formatted as text."),
    ),
    "time-in-number": lambda n: (
        ngettext("{count} time where a number is expected", "{count} times where numbers are expected", n),
        _correct(),
    ),
    "error-cell": lambda n: (
        ngettext("{count} cell with a spreadsheet error", "{count} cells with a spreadsheet error", n),
        _("Mend the formula in the spreadsheet, or type the value in its place."),
    ),
    "formula-without-result": lambda n: (
        ngettext("{count} formula without a result", "{count} formulas without a result", n),
        _("Open the file in a spreadsheet program, save it there, and import it again."),
    ),
    "unknown-choice": lambda n: (
        ngettext("{count} word that is not known", "{count} words that are not known", n),
        _("Say what the word means in the question about it, or correct the cell."),
    ),
    "unit-in-cell": lambda n: (
        ngettext("{count} value in a unit of its own", "{count} values in a unit of their own", n),
        _("Write the value in the unit of its column, or give the unit a column."),
    ),
    "not-whole": lambda n: (
        ngettext("{count} number that should be whole", "{count} numbers that should be whole", n),
        _correct(),
    ),
    "impossible-value": lambda n: (
        ngettext("{count} value that cannot be", "{count} values that cannot be", n),
        _("Correct the cell, or the unit of its column: no patient can have such a value."),
    ),
    "conflict": lambda n: (
        ngettext(
            "{count} value that another cell contradicts", "{count} values that other cells contradict", n
        ),
        _("Answer the question which of them counts, or leave one of them out of the spreadsheet."),
    ),
    "column-without-values": lambda n: (
        ngettext("{count} column without a single value", "{count} columns without a single value", n),
        _("Click the head of the column and say what it is."),
    ),
}

_DOUBTFUL: Final[Mapping[str, Make]] = {
    "unusual-value": lambda n: (
        ngettext("{count} value outside the usual range", "{count} values outside the usual range", n),
        _look(),
    ),
    "far-from-history": lambda n: (
        ngettext(
            "{count} value far from the patient’s others", "{count} values far from the patient’s others", n
        ),
        _look(),
    ),
    "swapped-values": lambda n: (
        ngettext(
            "{count} pair of values that seem exchanged", "{count} pairs of values that seem exchanged", n
        ),
        _look(),
    ),
    "percent-in-number": lambda n: (
        ngettext(
            "{count} percentage where a number is expected",
            "{count} percentages where numbers are expected",
            n,
        ),
        _("Look whether the column is what it is taken for."),
    ),
    "alsfrs-total": lambda n: (
        ngettext(
            "{count} total that its items do not make", "{count} totals that their items do not make", n
        ),
        _("Compare total and items with the source, and correct the one that is wrong."),
    ),
    "alsfrs-missing-item": lambda n: (
        ngettext("{count} total with an item missing", "{count} totals with an item missing", n),
        _("Fill in the item if it is known."),
    ),
    "alsfrs-5a-5b": lambda n: (
        ngettext("{count} visit with both 5a and 5b scored", "{count} visits with both 5a and 5b scored", n),
        _("Keep 5a without a gastrostomy, 5b with one, and empty the other cell."),
    ),
    "below-unknown-limit": lambda n: (
        ngettext(
            "{count} value beyond a limit that nobody tells",
            "{count} values beyond a limit that nobody tells",
            n,
        ),
        _("Write the limit (“<62.5”) or give it a column. Without one the value is kept without number."),
    ),
    "below-limit": lambda n: (
        ngettext(
            "{count} value below the limit of quantification",
            "{count} values below the limit of quantification",
            n,
        ),
        _nothing(),
    ),
    "above-limit": lambda n: (
        ngettext(
            "{count} value above the limit of quantification",
            "{count} values above the limit of quantification",
            n,
        ),
        _nothing(),
    ),
    "remark": lambda n: (
        ngettext("{count} value with a remark beside it", "{count} values with remarks beside them", n),
        _nothing(),
    ),
    "missing-number": lambda n: (
        ngettext("{count} number that stands for no value", "{count} numbers that stand for no value", n),
        _nothing(),
    ),
    "spelling": lambda n: (
        ngettext("{count} cell in a rarer spelling", "{count} cells in a rarer spelling", n),
        _nothing(),
    ),
    "error-not-read": lambda n: (
        ngettext("{count} error outside what is read", "{count} errors outside what is read", n),
        _("Nothing has to be done: these cells are not read."),
    ),
}

_OF_DATES: Final[Mapping[str, Make]] = {
    "impossible-date": lambda n: (
        ngettext("{count} date that does not exist", "{count} dates that do not exist", n),
        _("Correct the date in the spreadsheet; no other day is ever put in its place."),
    ),
    "not-a-date": lambda n: (
        ngettext("{count} cell that is no date", "{count} cells that are no dates", n),
        _correct(),
    ),
    "ambiguous-date": lambda n: (
        ngettext("{count} date: day or month first?", "{count} dates: day or month first?", n),
        _("Answer the question about the order of the column’s dates once; it settles all of them."),
    ),
    "other-order": lambda n: (
        ngettext(
            "{count} date with day and month exchanged", "{count} dates with day and month exchanged", n
        ),
        _("Only this reading is a day of the calendar. Look whether it is the right day."),
    ),
    "serial-date": lambda n: (
        ngettext("{count} date written as a number", "{count} dates written as numbers", n),
        _nothing(),
    ),
    "two-digit-year": lambda n: (
        ngettext("{count} year of two digits", "{count} years of two digits", n),
        _nothing(),
    ),
    "planned-day": lambda n: (
        ngettext("{count} planned day for a date", "{count} planned days for dates", n),
        _("Ask for the day, if it is known: a month moves a curve."),
    ),
    "day-not-known": lambda n: (
        ngettext("{count} column of dates without a day", "{count} columns of dates without a day", n),
        _("Ask for the day, if it is known: a month moves a curve."),
    ),
    "no-time-origin": lambda n: (
        ngettext("{count} time without a day to count from", "{count} times without a day to count from", n),
        _("Import the patient’s time origin first, or in the same import."),
    ),
    "dates-out-of-order": lambda n: (
        ngettext("{count} date before one that comes first", "{count} dates before one that comes first", n),
        _("Compare both dates with the source, and correct the one that is wrong."),
    ),
    "visit-after-death": lambda n: (
        ngettext("{count} visit after a death", "{count} visits after a death", n),
        _("Compare the date of the visit and the date of death with the source."),
    ),
    "date-in-future": lambda n: (
        ngettext("{count} date still to come", "{count} dates still to come", n),
        _look(),
    ),
    "death-without-date": lambda n: (
        ngettext("{count} death without a date", "{count} deaths without a date", n),
        _("Ask for the date of death: without one, and without an end of follow-up, the time is unknown."),
    ),
    "no-outcome": lambda n: (
        ngettext("{count} follow-up without an outcome", "{count} follow-ups without an outcome", n),
        _("Say what tells who died, or import it as well: till then the curve has no death."),
    ),
    "alive-without-date": lambda n: (
        ngettext(
            "{count} status without a date of last contact",
            "{count} statuses without a date of last contact",
            n,
        ),
        _("Import the dates of last contact, or of the data cut, as well."),
    ),
    "alive-with-death": lambda n: (
        ngettext(
            "{count} living patient with a date of death", "{count} living patients with a date of death", n
        ),
        _("Compare vital status and date of death with the source."),
    ),
}

_OF_PATIENTS: Final[Mapping[str, Make]] = {
    "unknown-patient": lambda n: (
        ngettext(
            "{count} row of a patient whom nobody lists", "{count} rows of patients whom nobody lists", n
        ),
        _("Correct the id, or import the list of patients that has it. Till then the rows are set apart."),
    ),
    "patient-missing": lambda n: (
        ngettext("{count} patient who is in no file", "{count} patients who are in no file", n),
        _("Ask whoever made the file why they are left out. What is stored of them stays."),
    ),
    "new-patient": lambda n: (
        ngettext("{count} list with new patients", "{count} lists with new patients", n),
        _("Look whether they are new, and not patients of the study by another name."),
    ),
    "beyond-files": lambda n: (
        ngettext("{count} import of a part of the study", "{count} imports of a part of the study", n),
        _nothing(),
    ),
    "no-patient": lambda n: (
        ngettext("{count} row without a patient", "{count} rows without a patient", n),
        _("Write the patient’s id into the row, or empty the row."),
    ),
    "duplicate-row": lambda n: (
        ngettext("{count} row that repeats another", "{count} rows that repeat others", n),
        _("It is counted once. Delete it if it was not meant."),
    ),
    "id-spelling": lambda n: (
        ngettext("{count} id in another spelling", "{count} ids in another spelling", n),
        _("Look whether the ids are the patients’ own; nothing else has to be done."),
    ),
    "id-form": lambda n: (
        ngettext("{count} column of ids in another form", "{count} columns of ids in another form", n),
        _("Look whether the ids are the patients’ own; nothing else has to be done."),
    ),
    "id-typed-once": lambda n: (
        ngettext(
            "{count} id that counts for the rows below it",
            "{count} ids that count for the rows below them",
            n,
        ),
        _nothing(),
    ),
}

_OF_TABLES: Final[Mapping[str, Make]] = {
    "table-not-read": lambda n: (
        ngettext("{count} table that is not read", "{count} tables that are not read", n),
        _("Tick it in the list of tables and say whose rows it has, or show where its header is."),
    ),
    "repeat-visit": lambda n: (
        ngettext("{count} table with repeated visits", "{count} tables with repeated visits", n),
        _("If it is another visit, or the same one with a slip in its date, correct the sheet."),
    ),
    "day-without-origin": lambda n: (
        ngettext("{count} table with days without a date", "{count} tables with days without a date", n),
        _("Import the patients with their date of randomisation as well, or give the rows a date."),
    ),
    "unaccounted": lambda n: (
        ngettext(
            "{count} sheet with cells that came to nothing",
            "{count} sheets with cells that came to nothing",
            n,
        ),
        _("Look under “Every cell” which they are, and say what their columns are or leave them out."),
    ),
    "rows-not-read": lambda n: (
        ngettext("{count} row that is not read", "{count} rows that are not read", n),
        _("If it is a patient, show on the sheet where the table ends."),
    ),
    "not-of-this-export": lambda n: (
        ngettext("{count} row that the export had not", "{count} rows that the export had not", n),
        _("Bring new values in a file of their own."),
    ),
    "visit-date-apart": lambda n: (
        ngettext("{count} visit with another date", "{count} visits with other dates", n),
        _("Correct the date in the file that the visit came from, and import that."),
    ),
    "own-export": lambda n: (
        ngettext("{count} workbook of this study", "{count} workbooks of this study", n),
        _nothing(),
    ),
    "dictionary": lambda n: (
        ngettext("{count} data dictionary", "{count} data dictionaries", n),
        _nothing(),
    ),
    "other-endpoint": lambda n: (
        ngettext("{count} row of another endpoint", "{count} rows of other endpoints", n),
        _("Choose the endpoint that is survival among the answers to change it."),
    ),
    "result-elsewhere": lambda n: (
        ngettext("{count} result in a column left out", "{count} results in a column left out", n),
        _("Choose that column as the value, or bring the results into one column of the spreadsheet."),
    ),
    "hidden-sheet": lambda n: (
        ngettext("{count} hidden sheet", "{count} hidden sheets", n),
        _("Tick it in the list of tables to read it."),
    ),
    "hidden-rows": lambda n: (
        ngettext("{count} sheet with hidden rows", "{count} sheets with hidden rows", n),
        _("They count like the others. Delete them from the spreadsheet if they should not."),
    ),
    "hidden-columns": lambda n: (
        ngettext("{count} sheet with hidden columns", "{count} sheets with hidden columns", n),
        _("They count like the others. Leave them out at their heads if they should not."),
    ),
    "total-row": lambda n: (
        ngettext("{count} row that sums up others", "{count} rows that sum up others", n),
        _nothing(),
    ),
    "control-row": lambda n: (
        ngettext("{count} sheet with standards or controls", "{count} sheets with standards or controls", n),
        _nothing(),
    ),
    "note-row": lambda n: (
        ngettext("{count} row that is a note", "{count} rows that are notes", n),
        _("It is not read. If it is a patient, show on the sheet where the table ends."),
    ),
    "colour-note": lambda n: (
        ngettext("{count} note on colours", "{count} notes on colours", n),
        _("Colours are not read. Write what they mean into a column, and import the file again."),
    ),
    "section-row": lambda n: (
        ngettext("{count} heading between rows", "{count} headings between rows", n),
        _("It is not read. If it is a patient, show on the sheet where the table ends."),
    ),
    "repeated-header-row": lambda n: (
        ngettext("{count} header that comes again", "{count} headers that come again", n),
        _nothing(),
    ),
    "stray-cell": lambda n: (
        ngettext("{count} cell far outside the table", "{count} cells far outside the table", n),
        _("It is left out. Delete it from the spreadsheet, or move it into the table."),
    ),
    "lost-text": lambda n: (
        ngettext("{count} cell whose text is missing", "{count} cells whose text is missing", n),
        _("Type it again in a spreadsheet program, save the file there, and import it again."),
    ),
    "written-twice": lambda n: (
        ngettext("{count} cell that is there twice", "{count} cells that are there twice", n),
        _("Type it again in a spreadsheet program, save the file there, and import it again."),
    ),
    "odd-encoding": lambda n: (
        ngettext("{count} row in another encoding", "{count} rows in another encoding", n),
        _("Look at its accented letters, and export the file again in one encoding if they are wrong."),
    ),
    "odd-separator": lambda n: (
        ngettext("{count} row with another separator", "{count} rows with another separator", n),
        _("Look whether its cells stand in the right columns, and export the file again if they do not."),
    ),
    "quote-not-closed": lambda n: (
        ngettext(
            "{count} quotation mark that is not closed", "{count} quotation marks that are not closed", n
        ),
        _("Look whether the row was read as it was meant."),
    ),
    "text-file": lambda n: (
        ngettext("{count} text file", "{count} text files", n),
        _nothing(),
    ),
    "not-a-worksheet": lambda n: (
        ngettext("{count} sheet without cells", "{count} sheets without cells", n),
        _nothing(),
    ),
    "details-unread": lambda n: (
        ngettext("{count} file of an older kind", "{count} files of an older kind", n),
        _("Save it as .xlsx to have error cells and percentages looked at."),
    ),
}

_DRIFT: Final[Mapping[str, Make]] = {
    "drift-new": lambda n: (
        ngettext("{count} column that is new", "{count} columns that are new", n),
        _("Look what it is taken for."),
    ),
    "drift-missing": lambda n: (
        ngettext("{count} column that is gone", "{count} columns that are gone", n),
        _("Ask whoever made the file, if it should be there."),
    ),
    "drift-renamed": lambda n: (
        ngettext("{count} column with another name", "{count} columns with another name", n),
        _("Look whether it is the same column."),
    ),
    "drift-moved": lambda n: (
        ngettext("{count} column in another place", "{count} columns in another place", n),
        _nothing(),
    ),
    "drift-unit": lambda n: (
        ngettext("{count} column in another unit", "{count} columns in another unit", n),
        _("Look whether the numbers really changed with the unit."),
    ),
    "drift-jump": lambda n: (
        ngettext("{count} column of another size", "{count} columns of another size", n),
        _("Ask whoever made the file whether the unit has changed, and answer the question on it."),
    ),
    "drift-coding": lambda n: (
        ngettext("{count} column with new words", "{count} columns with new words", n),
        _("Look at what each word is taken for among the answers."),
    ),
    "drift-decimal": lambda n: (
        ngettext("{count} column with another decimal sign", "{count} columns with another decimal sign", n),
        _("Look whether the numbers are read as they were meant."),
    ),
    "drift-date-order": lambda n: (
        ngettext(
            "{count} column with dates in another order", "{count} columns with dates in another order", n
        ),
        _("Look whether the dates are read as they were meant."),
    ),
}


def known_codes() -> frozenset[str]:
    """Every kind of issue that has words here."""
    return frozenset().union(_UNREADABLE, _DOUBTFUL, _OF_DATES, _OF_PATIENTS, _OF_TABLES, _DRIFT)
