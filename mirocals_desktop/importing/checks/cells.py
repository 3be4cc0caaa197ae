"""Checks of single cells: what was said while they were read, rare spellings, columns without values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.assemble import SEALED
from mirocals_desktop.importing.checks.checked import Checked
from mirocals_desktop.importing.model import Severity
from mirocals_desktop.importing.reader.raw import LOST_TEXT, WRITTEN_TWICE
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import FINDINGS, State, choice_key


def check_findings(checked: Checked) -> None:
    """What was said while cells were read: cells that are no value, and values that need a word."""
    for one in checked.series:
        typed = one.typed
        for number in np.unique(typed.finding).tolist():
            if not number:
                continue
            finding = FINDINGS[number]
            at = np.flatnonzero(typed.finding == number)
            severity = _SEVERITY.get(finding, "note")
            column = one.column.place.column
            rows = one.sheet_rows[at].tolist()
            numbers = dict(zip(rows, at.tolist(), strict=True))
            if finding == "error-cell":
                sheet = one.table.table.sheet
                numbers = {r: n for r, n in numbers.items() if sheet.text(r, column) not in _TOLD_BY_READER}
            checked.issues.add_cells(
                severity,
                finding,
                _sentence_of(one, finding, numbers),
                table=one.table,
                column=column,
                rows=list(numbers),
                variable=one.variable.code,
            )


_TOLD_BY_READER: Final = frozenset({LOST_TEXT, WRITTEN_TWICE})
"""Errors at whose cells the file is damaged: an issue says so already."""

_SEVERITY: Final[Mapping[str, Severity]] = {
    "not-a-number": "error",
    "ambiguous-number": "error",
    "date-in-number": "error",
    "time-in-number": "error",
    "error-cell": "error",
    "formula-without-result": "error",
    "impossible-date": "error",
    "not-a-date": "error",
    "ambiguous-date": "error",
    "unknown-choice": "error",
    "unit-in-cell": "error",
    "not-whole": "error",
    "no-time-origin": "error",
    "remark": "note",
    "below-unknown-limit": "warning",
    "below-limit": "note",
    "above-limit": "note",
    "serial-date": "note",
    "two-digit-year": "note",
    "planned-day": "note",
    "percent-in-number": "warning",
    "missing-number": "note",
    "other-order": "warning",
}


def _sentence_of(one: Series, finding: str, numbers: Mapping[int, int]) -> Callable[[int], str]:
    header = one.column.title
    sheet = one.table.table.sheet
    column = one.column.place.column

    def sentence(row: int) -> str:
        text = SEALED if one.column.sealed else sheet.text(row, column).strip()
        templates = {
            "not-a-number": _("“{text}” in {header} is not a number; no value is taken from it."),
            "ambiguous-number": _("“{text}” in {header} could be two numbers; no value is taken from it."),
            "date-in-number": _(
                "{header} holds the date {text} where a number is expected: a spreadsheet program may have"
                " changed what was typed. No value is taken from it."
            ),
            "time-in-number": _("{header} holds the time {text} where a number is expected."),
            "error-cell": _("{header} holds the spreadsheet error {text}; no value is taken from it."),
            "formula-without-result": _(
                "{header} holds a formula that was never calculated. Open the file in a spreadsheet program,"
                " save it, and import it again."
            ),
            "impossible-date": _("{text} in {header} is no day of the calendar; no date is taken from it."),
            "not-a-date": _("“{text}” in {header} is not a date."),
            "ambiguous-date": _("{text} in {header} could be two dates; none is taken."),
            "unknown-choice": _("“{text}” in {header} is none of the known values; it is left out."),
            "unit-in-cell": _("“{text}” in {header} has a unit that {variable} is not measured in."),
            "not-whole": _("“{text}” in {header} is not a whole number, as {variable} must be."),
            "no-time-origin": _(
                "{header}: the time {text} cannot become a date, because the patient has no time origin."
            ),
            "remark": _("“{text}” in {header} is read as {value}; the rest is kept as the cell’s text."),
            "below-unknown-limit": _(
                "“{text}” in {header} is beyond a limit that nobody tells; it is kept without a number."
            ),
            "below-limit": _("“{text}” in {header} is kept as a value below the limit of quantification."),
            "above-limit": _("“{text}” in {header} is kept as a value above the limit of quantification."),
            "serial-date": _("“{text}” in {header} is the number of a day; it is read as {value}."),
            "two-digit-year": _("“{text}” in {header} has a year of two digits; it is read as {value}."),
            "planned-day": _("“{text}” in {header} has no date; {value}, the planned day, is approximate."),
            "percent-in-number": _("“{text}” in {header} is a percentage, and {variable} is none."),
            "missing-number": _("“{text}” in {header} stands for no value."),
            "other-order": _(
                "“{text}” in {header} has day and month in the other order; it is read as {value}."
            ),
        }
        template = str(templates.get(finding, "{text}"))
        return template.format(
            text=text, header=header, variable=one.variable.label, value=_value_text(one, numbers[row])
        )

    return sentence


def _value_text(one: Series, at: int) -> str:
    if one.column.sealed:
        return SEALED
    code = one.typed.text[at]
    if code >= 0:
        return str(one.typed.texts[int(code)])
    return f"{one.typed.number[at]:.6g}"


def check_spellings(checked: Checked) -> None:
    """Choices that are written in several ways: the rarer spelling is told at its cell."""
    for one in checked.series:
        if one.variable.kind != "choice" or one.column.sealed or one.column.place.column < 0:
            continue
        sheet, column = one.table.table.sheet, one.column.place.column
        data = sheet.columns[column]
        rows = one.sheet_rows
        odd: dict[int, str] = {}
        for code in np.unique(data.codes[rows]).tolist():
            if code < 0:
                continue
            text = data.texts[code]
            usual = checked.codings.majority(one.variable.code, choice_key(text))
            if usual and text != usual:
                odd.update(dict.fromkeys(rows[data.codes[rows] == code].tolist(), usual))
        checked.issues.add_cells(
            "note",
            "spelling",
            lambda row, odd=odd, sheet=sheet, column=column: _("“{text}” is read as “{usual}”.").format(  # type: ignore[misc]
                text=sheet.text(row, column), usual=odd[row]
            ),
            table=one.table,
            column=column,
            rows=sorted(odd),
            variable=one.variable.code,
        )


# --- numbers ----------------------------------------------------------------------------------------------


def check_missing_only(checked: Checked) -> None:
    """Columns of values of which not one could be read: surely a wrong meaning."""
    for one in checked.series:
        states = np.bincount(one.typed.state, minlength=4)
        if states[State.PROBLEM] > 2 and not states[State.VALUE]:
            checked.issues.add(
                "warning",
                "column-without-values",
                _(
                    "Not one cell of “{header}” is a value of {variable}: is the column what it is taken for?"
                ).format(header=one.column.title, variable=one.variable.label),
                table=one.table,
                row=one.table.table.header_rows[-1] if one.table.table.header_rows else 0,
                column=one.column.place.column,
                variable=one.variable.code,
            )
