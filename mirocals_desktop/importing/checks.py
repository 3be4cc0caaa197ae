"""What looks wrong in the values of an import: one function for each check.

A check never changes a value. In a blinded study no message quotes a value that may be sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.assemble import SEALED, Assembly
from mirocals_desktop.importing.batch import Batch, Ints
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.grid import EPOCH, Booleans, Floats, cell_name
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.model import Severity
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import FINDINGS, State, choice_key
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Limits, Variable

_FAR_SPREADS: Final = 8.0
_FAR_AT_LEAST: Final = 1.08
_SWAPPED: Final = 4.0
_ALSFRS_R_ITEMS: Final = 12
_ENOUGH: Final = 5


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checks look at: the observations, the series they came from, and when the data are from."""

    assembly: Assembly
    series: tuple[Series, ...]
    issues: IssueList
    today: date
    codings: Codings
    stored_dates: Mapping[str, Mapping[str, float]]

    @property
    def batch(self) -> Batch:
        """The observations."""
        return self.assembly.batch


def run_checks(checked: Checked) -> None:
    """Every check, one after another."""
    for check in CHECKS:
        check(checked)


# --- cells ------------------------------------------------------------------------------------------------


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
            checked.issues.add_cells(
                severity,
                finding,
                _sentence_of(one, finding, numbers),
                table=one.table,
                column=column,
                rows=rows,
                variable=one.variable.code,
            )


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
    "remark": "note",
    "below-unknown-limit": "warning",
    "below-limit": "note",
    "above-limit": "note",
    "serial-date": "note",
    "two-digit-year": "note",
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
            "remark": _("“{text}” in {header} is read as {value}; the rest is kept as the cell’s text."),
            "below-unknown-limit": _(
                "“{text}” in {header} is beyond a limit that nobody tells; it is kept without a number."
            ),
            "below-limit": _("“{text}” in {header} is kept as a value below the limit of quantification."),
            "above-limit": _("“{text}” in {header} is kept as a value above the limit of quantification."),
            "serial-date": _("“{text}” in {header} is the number of a day; it is read as {value}."),
            "two-digit-year": _("“{text}” in {header} has a year of two digits; it is read as {value}."),
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


def check_limits(checked: Checked) -> None:
    """Numbers outside the range in which they can be true, and outside the usual one."""
    for variable, rows in _numeric(checked.batch):
        values = checked.batch.number[rows]
        impossible = _outside(values, variable.impossible)
        usual = _outside(values, variable.suspicious) & ~impossible
        _say_values(checked, rows[impossible], variable, "error", "impossible-value")
        _say_values(checked, rows[usual], variable, "warning", "unusual-value")


def _outside(values: Floats, limits: Limits) -> Booleans:
    low = -np.inf if limits.low is None else limits.low
    high = np.inf if limits.high is None else limits.high
    return np.asarray(np.isfinite(values) & ((values < low) | (values > high)))


def _say_values(checked: Checked, rows: Ints, variable: Variable, severity: Severity, code: str) -> None:
    batch = checked.batch
    limits = variable.impossible if code == "impossible-value" else variable.suspicious
    template = (
        _("{variable} of patient {patient} is {value} {unit}, which cannot be true ({limits}).")
        if code == "impossible-value"
        else _("{variable} of patient {patient} is {value} {unit}, outside the usual range ({limits}).")
    )
    names = batch.patients.array()
    for number in np.unique(batch.series[rows]).tolist():
        mine = rows[batch.series[rows] == number]
        one = checked.series[number]
        by_row = dict(zip(batch.row[mine].tolist(), mine.tolist(), strict=True))

        def sentence(row: int, by_row: Mapping[int, int] = by_row, one: Series = one) -> str:
            at = by_row[row]
            return template.format(
                variable=variable.label,
                patient=names[batch.patient[at]],
                value=SEALED if one.column.sealed else f"{batch.number[at]:.6g}",
                unit=variable.unit,
                limits=_range_text(limits),
            ).replace("  ", " ")

        checked.issues.add_cells(
            severity,
            code,
            sentence,
            table=one.table,
            column=one.column.place.column,
            rows=list(by_row),
            patients=[str(names[batch.patient[at]]) for at in by_row.values()],
            variable=variable.code,
        )


def _range_text(limits: Limits) -> str:
    if limits.low is None:
        return _("at most {high}").format(high=f"{limits.high:g}")
    if limits.high is None:
        return _("at least {low}").format(low=f"{limits.low:g}")
    return _("{low} to {high}").format(low=f"{limits.low:g}", high=f"{limits.high:g}")


def check_far_from_history(checked: Checked) -> None:
    """Values far from the patient's own others: a slip of the unit, of the keys, or a swapped sample.

    Each value is held against the middle one of its neighbours in time (two before, two after); how far is
    far is told by how much all patients' values differ from theirs.
    """
    batch = checked.batch
    for variable, rows in _numeric(batch):
        if variable.scope != "visit" or variable.kind != "number":
            continue
        values = batch.number[rows]
        positive = rows[np.isfinite(values) & (values > 0) & (batch.qualifier[rows] == 0)]
        if len(positive) < _ENOUGH:
            continue
        away = _away_from_neighbours(checked, positive)
        known = away[np.isfinite(away)]
        if len(known) < 4 * _ENOUGH:
            continue
        spread = 1.4826 * float(np.median(np.abs(known)))
        far = np.abs(away) > max(_FAR_SPREADS * spread, np.log(_FAR_AT_LEAST))
        _say_far(checked, positive[far], variable)


def _away_from_neighbours(checked: Checked, rows: Ints) -> Floats:
    """How far the logarithm of each value is from the middle of its neighbours'; NaN with few of them."""
    batch = checked.batch
    days = np.array([_day(text) for text in batch.dates.array()])[batch.date[rows]]
    days = np.where(np.isfinite(days), days, batch.visit[rows])
    order = np.lexsort((days, batch.patient[rows]))
    logs = np.log(batch.number[rows])[order]
    patient = batch.patient[rows][order]
    near = np.full((4, len(order)), np.nan)
    for line, shift in enumerate((-2, -1, 1, 2)):
        moved = np.roll(logs, -shift)
        same = np.roll(patient, -shift) == patient
        if shift < 0:
            same[:-shift] = False
        else:
            same[-shift:] = False
        near[line] = np.where(same, moved, np.nan)
    count = np.isfinite(near).sum(axis=0)
    near.sort(axis=0)  # NaN comes last
    middle = np.where(count == 4, (near[1] + near[2]) / 2, np.where(count == 3, near[1], np.nan))
    away = np.full(len(rows), np.nan)
    away[order] = logs - middle
    return away


def _say_far(checked: Checked, rows: Ints, variable: Variable) -> None:
    batch = checked.batch
    names = batch.patients.array()
    for at in rows.tolist():
        one = checked.series[int(batch.series[at])]
        message = _(
            "{variable} of patient {patient} is {value}, far from the values before and after."
        ).format(
            variable=variable.label,
            patient=names[batch.patient[at]],
            value=SEALED if one.column.sealed else f"{batch.number[at]:.6g}",
        )
        _say_at(
            checked, at, "warning", "far-from-history", message + _slip_of(variable, float(batch.number[at]))
        )


def _slip_of(variable: Variable, value: float) -> str:
    """The slip that would explain an unusual value, as a sentence; "" when none does."""
    if value in variable.suspicious or not variable.suspicious:
        return ""
    if variable.unit == "%" and 0 < value <= 1 and value * 100 in variable.suspicious:
        return " " + _("Is it a fraction instead of a percentage?")
    for unit in variable.units[1:]:
        if unit.factor != 1.0 and value * unit.factor in variable.suspicious:
            return " " + _("Is it in {unit}?").format(unit=unit.name)
    return ""


def check_swapped_columns(checked: Checked) -> None:
    """Percentage and count exchanged at one visit: each fits the patient's values of the other."""
    batch = checked.batch
    number_of = {variable.code: number for number, variable in enumerate(batch.variables)}
    if codes.TREG_PERCENT not in number_of or codes.TREG_COUNT not in number_of:
        return
    first = _by_visit(batch, number_of[codes.TREG_PERCENT])
    second = _by_visit(batch, number_of[codes.TREG_COUNT])
    middles = [_middles(batch, cells) for cells in (first, second)]
    for place in first.keys() & second.keys():
        pair = first[place], second[place]
        own = [middles[n].get(place[0], np.nan) for n in (0, 1)]
        values = [float(batch.number[at]) for at in pair]
        if min(*values, *own) <= 0 or not np.isfinite(own).all():
            continue
        logs, usual = np.log(values), np.log(own)
        apart = float(np.abs(logs - usual).sum())
        exchanged = float(np.abs(logs - usual[::-1]).sum())
        if apart > exchanged + np.log(_SWAPPED):
            _say_swapped(checked, pair)


def _middles(batch: Batch, cells: Mapping[tuple[int, int, int, int], int]) -> dict[int, float]:
    """The middle value of each patient with at least three."""
    values: dict[int, list[float]] = {}
    for place, at in cells.items():
        values.setdefault(place[0], []).append(float(batch.number[at]))
    return {patient: float(np.median(own)) for patient, own in values.items() if len(own) >= 3}


def _say_swapped(checked: Checked, pair: tuple[int, int]) -> None:
    batch = checked.batch
    labels = [batch.variables[int(batch.variable[at])].label for at in pair]
    cells = [cell_name(int(batch.row[at]), int(batch.column[at])) for at in pair]
    message = _("Patient {patient}: {first} and {second} seem to be exchanged in {cells}.").format(
        patient=batch.patients.array()[batch.patient[pair[0]]],
        first=labels[0],
        second=labels[1],
        cells=", ".join(cells),
    )
    one = checked.series[int(batch.series[pair[0]])]
    checked.issues.add(
        "warning",
        "swapped-values",
        message,
        table=one.table,
        row=int(batch.row[pair[0]]),
        column=int(batch.column[pair[0]]),
        cells=cells,
        patient=str(batch.patients.array()[batch.patient[pair[0]]]),
        variable=one.variable.code,
    )


def _numeric(batch: Batch) -> Sequence[tuple[Variable, Ints]]:
    return [
        (variable, np.flatnonzero((batch.variable == number) & (batch.missing == 0)))
        for number, variable in enumerate(batch.variables)
        if variable.kind in ("number", "integer")
    ]


# --- ALSFRS-R ---------------------------------------------------------------------------------------------


def check_alsfrs_r(checked: Checked) -> None:
    """A stated total is the sum of its twelve items, none is missing, and one of 5a and 5b is scored."""
    batch = checked.batch
    number_of = {variable.code: number for number, variable in enumerate(batch.variables)}
    items = {code: _by_visit(batch, number_of[code]) for code in codes.ALSFRS_R_ITEMS if code in number_of}
    totals = _by_visit(batch, number_of[codes.ALSFRS_R_TOTAL]) if codes.ALSFRS_R_TOTAL in number_of else {}
    if len(items) < _ALSFRS_R_ITEMS:
        return
    scored: dict[tuple[int, int, int, int], dict[str, int]] = {}
    for code, found in items.items():
        for place, at in found.items():
            scored.setdefault(place, {})[code] = at
    for place, cells in scored.items():
        fives = [code for code in ("alsfrs_r_5a", "alsfrs_r_5b") if code in cells]
        if len(fives) == 2:
            _say_at(checked, cells["alsfrs_r_5b"], "error", "alsfrs-5a-5b", _alsfrs_both(checked, place))
        if place not in totals:
            continue
        at = totals[place]
        answered = len(cells) - (len(fives) == 2)
        if answered < _ALSFRS_R_ITEMS:
            missing = [code for code in codes.ALSFRS_R_ITEMS if code not in cells and "_5" not in code]
            _say_missing_items(checked, at, missing, answered)
        elif len(fives) == 1:
            total = float(sum(batch.number[cell] for cell in cells.values()))
            if total != float(batch.number[at]):
                message = _(
                    "The ALSFRS-R total of patient {patient} is written as {stated}; the items make {total}."
                ).format(
                    patient=batch.patients.array()[place[0]],
                    stated=f"{batch.number[at]:g}",
                    total=f"{total:g}",
                )
                _say_at(checked, at, "error", "alsfrs-total", message)


def _alsfrs_both(checked: Checked, place: tuple[int, int, int, int]) -> str:
    return _(
        "Patient {patient}: both 5a and 5b of the ALSFRS-R are scored; only one of them applies."
    ).format(patient=checked.batch.patients.array()[place[0]])


def _say_missing_items(checked: Checked, at: int, missing: Sequence[str], answered: int) -> None:
    """The issue stands at the empty cell of the item, where the table has one, else at the total."""
    batch = checked.batch
    message = _(
        "Patient {patient} has an ALSFRS-R total with {count} of 12 items: item {items} is missing."
    ).format(
        patient=batch.patients.array()[batch.patient[at]],
        count=answered,
        items=", ".join(code.removeprefix("alsfrs_r_") for code in missing) or "5",
    )
    total = checked.series[int(batch.series[at])]
    column = next(
        (c for c in total.table.columns if c.variable and missing and c.variable.code == missing[0]), None
    )
    checked.issues.add(
        "warning",
        "alsfrs-missing-item",
        message,
        table=total.table,
        row=int(batch.row[at]),
        column=column.place.column if column else int(batch.column[at]),
        patient=str(batch.patients.array()[batch.patient[at]]),
        variable=missing[0] if missing else codes.ALSFRS_R_TOTAL,
    )


def _by_visit(batch: Batch, variable: int) -> dict[tuple[int, int, int, int], int]:
    rows = np.flatnonzero((batch.variable == variable) & (batch.missing == 0) & np.isfinite(batch.number))
    keys = zip(
        batch.patient[rows].tolist(),
        batch.visit[rows].tolist(),
        batch.date[rows].tolist(),
        batch.record[rows].tolist(),
        strict=True,
    )
    return dict(zip(keys, rows.tolist(), strict=True))


# --- dates ------------------------------------------------------------------------------------------------

_ORDER: Final = (
    (codes.ONSET_DATE, codes.DIAGNOSIS_DATE),
    (codes.DIAGNOSIS_DATE, codes.RANDOMISATION_DATE),
    (codes.CONSENT_DATE, codes.RANDOMISATION_DATE),
    (codes.RANDOMISATION_DATE, codes.FIRST_DOSE_DATE),
    (codes.RANDOMISATION_DATE, codes.LAST_CONTACT_DATE),
    (codes.RANDOMISATION_DATE, codes.END_OF_FOLLOW_UP_DATE),
    (codes.RANDOMISATION_DATE, codes.DEATH_DATE),
    (codes.LAST_CONTACT_DATE, codes.DEATH_DATE),
)
"""Pairs of dates of which the first must not be after the second."""


def check_order_of_dates(checked: Checked) -> None:
    """Dates of a patient in the order that a trial has them."""
    known = _patient_dates(checked)
    for earlier, later in _ORDER:
        first, second = known.get(earlier, {}), known.get(later, {})
        for patient in first.keys() & second.keys():
            (day, at), (other_day, other_at) = first[patient], second[patient]
            if day > other_day and (at >= 0 or other_at >= 0):
                _say_order(checked, patient, earlier, later, at if at >= 0 else other_at, day, other_day)


def _patient_dates(checked: Checked) -> dict[str, dict[str, tuple[float, int]]]:
    """For each date of a patient its day, and the row of the batch that says it (-1: the study does)."""
    batch = checked.batch
    names = batch.patients.array()
    known: dict[str, dict[str, tuple[float, int]]] = {
        code: {patient: (day, -1) for patient, day in days.items()}
        for code, days in checked.stored_dates.items()
    }
    days = _days(batch)
    for number, variable in enumerate(batch.variables):
        if variable.kind == "date" and variable.scope == "patient":
            rows = np.flatnonzero((batch.variable == number) & np.isfinite(days))
            for at in rows.tolist():
                known.setdefault(variable.code, {})[str(names[batch.patient[at]])] = (float(days[at]), at)
    return known


def _days(batch: Batch) -> Floats:
    """For each observation of a date the day that it says, NaN for anything else."""
    texts = batch.texts.array()
    days_of_text = np.array([_day(text) for text in texts])
    is_date = np.array([variable.kind == "date" for variable in batch.variables], dtype=bool)
    if not len(batch):
        return np.zeros(0)
    return np.where(is_date[batch.variable], days_of_text[batch.text], np.nan)


def _day(text: str) -> float:
    if len(text) != 10 or text[4] != "-":
        return np.nan
    try:
        return float((date.fromisoformat(text) - EPOCH).days)
    except ValueError:
        return np.nan


def _date_text(day: float) -> str:
    return date.fromordinal(EPOCH.toordinal() + int(day)).isoformat()


def _say_order(
    checked: Checked, patient: str, earlier: str, later: str, at: int, day: float, other_day: float
) -> None:
    batch = checked.batch
    one = checked.series[int(batch.series[at])]
    labels = {variable.code: variable.label for variable in batch.variables}
    checked.issues.add(
        "error",
        "dates-out-of-order",
        _("Patient {patient}: {first} ({day}) is after {second} ({other}).").format(
            patient=patient,
            first=labels.get(earlier, earlier),
            day=_date_text(day),
            second=labels.get(later, later),
            other=_date_text(other_day),
        ),
        table=one.table,
        row=int(batch.row[at]),
        column=int(batch.column[at]),
        patient=patient,
        variable=one.variable.code,
    )


def check_after_death(checked: Checked) -> None:
    """Visits after the patient's death."""
    batch = checked.batch
    names = batch.patients.array()
    death_of = {
        patient: day for patient, (day, _at) in _patient_dates(checked).get(codes.DEATH_DATE, {}).items()
    }
    death = np.array([death_of.get(str(name), np.nan) for name in names])
    is_visit = np.array([variable.code == codes.VISIT_DATE for variable in batch.variables], dtype=bool)
    if not len(batch) or not is_visit.any():
        return
    days = _days(batch)
    late = is_visit[batch.variable] & (days > death[batch.patient])
    for at in np.flatnonzero(late).tolist():
        patient = str(names[batch.patient[at]])
        message = _("Patient {patient} has a visit on {day}, after the death on {death}.").format(
            patient=patient, day=_date_text(float(days[at])), death=_date_text(death_of[patient])
        )
        _say_at(checked, at, "error", "visit-after-death", message)


def check_future_dates(checked: Checked) -> None:
    """Dates that are still to come."""
    batch = checked.batch
    names = batch.patients.array()
    days = _days(batch)
    today = (checked.today - EPOCH).days
    for at in np.flatnonzero(days > today + 1).tolist():
        variable = batch.variables[int(batch.variable[at])]
        message = _("Patient {patient}: {variable} is {day}, a day still to come.").format(
            patient=names[batch.patient[at]], variable=variable.label, day=_date_text(float(days[at]))
        )
        _say_at(checked, at, "warning", "date-in-future", message)


def _say_at(checked: Checked, at: int, severity: Severity, code: str, message: str) -> None:
    batch = checked.batch
    one = checked.series[int(batch.series[at])]
    checked.issues.add(
        severity,
        code,
        message,
        table=one.table,
        row=int(batch.row[at]),
        column=int(batch.column[at]),
        patient=str(batch.patients.array()[batch.patient[at]]),
        variable=one.variable.code,
    )


def check_status_against_dates(checked: Checked) -> None:
    """A dead patient has a date of death or of the end of follow-up; one with a death is not alive."""
    batch = checked.batch
    number = next((n for n, v in enumerate(batch.variables) if v.code == codes.VITAL_STATUS), -1)
    if number < 0:
        return
    dates = _patient_dates(checked)
    deaths = dates.get(codes.DEATH_DATE, {})
    ends = dates.get(codes.END_OF_FOLLOW_UP_DATE, {})
    names, texts = batch.patients.array(), batch.texts.array()
    for at in np.flatnonzero((batch.variable == number) & (batch.missing == 0)).tolist():
        patient, status = str(names[batch.patient[at]]), str(texts[batch.text[at]])
        one = checked.series[int(batch.series[at])]
        if status == codes.DEAD and patient not in deaths and patient not in ends:
            code, message = (
                "death-without-date",
                _("Patient {patient} has died, and no date of death is known."),
            )
        elif status == codes.ALIVE and patient in deaths:
            code, message = (
                "alive-with-death",
                _("Patient {patient} is said to be alive and has a date of death."),
            )
        else:
            continue
        checked.issues.add(
            "error", code, message.format(patient=patient), table=one.table, row=int(batch.row[at]),
            column=int(batch.column[at]), patient=patient, variable=codes.VITAL_STATUS,
        )  # fmt: skip


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


CHECKS: Final[tuple[Callable[[Checked], None], ...]] = (
    check_findings,
    check_spellings,
    check_limits,
    check_far_from_history,
    check_swapped_columns,
    check_alsfrs_r,
    check_order_of_dates,
    check_after_death,
    check_future_dates,
    check_status_against_dates,
    check_missing_only,
)
"""Every check of an import. Adding one is adding a function here, and its test."""
