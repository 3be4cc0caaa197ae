"""Checks of dates: their order in a trial, visits after death, days still to come, deaths without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.batch import Batch
from mirocals_desktop.importing.checks.checked import Checked, date_text, days_of, say_at
from mirocals_desktop.importing.grid import EPOCH, cell_name
from mirocals_desktop.protocol import codes

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

_OUTCOMES: Final = (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE)
_MANY_DEATHS: Final = 3


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
    days = days_of(batch)
    for number, variable in enumerate(batch.variables):
        if variable.kind == "date" and variable.scope == "patient":
            rows = np.flatnonzero((batch.variable == number) & np.isfinite(days))
            for at in rows.tolist():
                known.setdefault(variable.code, {})[str(names[batch.patient[at]])] = (float(days[at]), at)
    return known


def _say_order(
    checked: Checked, patient: str, earlier: str, later: str, at: int, day: float, other_day: float
) -> None:
    batch = checked.batch
    one = checked.series[int(batch.series[at])]
    labels = {variable.code: variable.label for variable in (*checked.protocol.variables, *batch.variables)}
    checked.issues.add(
        "error",
        "dates-out-of-order",
        _("Patient {patient}: {first} ({day}) is after {second} ({other}).").format(
            patient=patient,
            first=labels[earlier],
            day=date_text(day),
            second=labels[later],
            other=date_text(other_day),
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
    days = days_of(batch)
    late = is_visit[batch.variable] & (days > death[batch.patient])
    for at in np.flatnonzero(late).tolist():
        patient = str(names[batch.patient[at]])
        message = _("Patient {patient} has a visit on {day}, after the death on {death}.").format(
            patient=patient, day=date_text(float(days[at])), death=date_text(death_of[patient])
        )
        say_at(checked, at, "error", "visit-after-death", message)


def check_future_dates(checked: Checked) -> None:
    """Dates that are still to come."""
    batch = checked.batch
    names = batch.patients.array()
    days = days_of(batch)
    today = (checked.today - EPOCH).days
    for at in np.flatnonzero(days > today + 1).tolist():
        variable = batch.variables[int(batch.variable[at])]
        message = _("Patient {patient}: {variable} is {day}, a day still to come.").format(
            patient=names[batch.patient[at]], variable=variable.label, day=date_text(float(days[at]))
        )
        say_at(checked, at, "warning", "date-in-future", message)


def check_rough_outcomes(checked: Checked) -> None:
    """Dates of outcomes of which only the month or the year is known: how many, and how they count."""
    batch = checked.batch
    for number, one in enumerate(checked.series):
        if one.variable.code not in _OUTCOMES:
            continue
        own = batch.take(batch.series == number)
        rough = len(_rough(own, one.variable.code))
        if rough:
            text = ngettext(
                "“{header}” says only the month or year of {count} of {total} dates: survival counts it from"
                " its first day, and a death not before the patient was last seen.",
                "“{header}” says only the month or year of {count} of {total} dates: survival counts them"
                " from their first day, and a death not before the patient was last seen.",
                rough,
            )
            message = text.format(
                header=one.column.title, count=amount(rough), total=amount(int((own.missing == 0).sum()))
            )
            column = one.column.place.column
            checked.issues.add("note", "day-not-known", message, table=one.table, column=column)


def _rough(batch: Batch, code: str) -> list[str]:
    """The patients whose date of this code has no day."""
    number = next((n for n, variable in enumerate(batch.variables) if variable.code == code), -1)
    rough = np.array([4 <= len(text) < len("2014-03-01") for text in batch.texts.array()], dtype=bool)
    names = batch.patients.array()[batch.patient]
    return [str(name) for name in names[(batch.variable == number) & rough[batch.text]]]


def check_status_against_dates(checked: Checked) -> None:
    """A dead patient has a date of death or of the end of follow-up; one with a death is not alive."""
    batch = checked.batch
    number = next((n for n, v in enumerate(batch.variables) if v.code == codes.VITAL_STATUS), -1)
    if number < 0:
        return
    dates = _patient_dates(checked)
    deaths = dates.get(codes.DEATH_DATE, {})
    ends = dates.get(codes.END_OF_FOLLOW_UP_DATE, {})
    roughly = {
        patient for code in (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE) for patient in _rough(batch, code)
    }
    dated = {*deaths, *ends, *roughly}
    names, texts = batch.patients.array(), batch.texts.array()
    dead: Counter[int] = Counter()
    undated: dict[int, list[int]] = {}
    for at in np.flatnonzero((batch.variable == number) & (batch.missing == 0)).tolist():
        patient, status = str(names[batch.patient[at]]), str(texts[batch.text[at]])
        series = int(batch.series[at])
        dead[series] += status == codes.DEAD
        if status == codes.DEAD and patient not in dated:
            undated.setdefault(series, []).append(at)
        elif status == codes.ALIVE and patient in deaths:
            message = _("Patient {patient} is said to be alive and has a date of death.")
            say_at(checked, at, "error", "alive-with-death", message.format(patient=patient))
    for series, rows in undated.items():
        if len(rows) == dead[series] and len(rows) >= _MANY_DEATHS:
            _say_no_death_dated(checked, rows)
            continue
        for at in rows:
            message = _("Patient {patient} has died, and no date of death is known.")
            patient = str(names[batch.patient[at]])
            say_at(checked, at, "error", "death-without-date", message.format(patient=patient))


def _say_no_death_dated(checked: Checked, rows: Sequence[int]) -> None:
    """One issue for a whole column: not one of its deaths has a date."""
    batch = checked.batch
    one = checked.series[int(batch.series[rows[0]])]
    checked.issues.add(
        "error",
        "death-without-date",
        _(
            "None of the {count} patients who died by “{header}” has a date of death. Import the dates of"
            " death, or of the end of follow-up, as well: without them these deaths are in no curve."
        ).format(count=amount(len(rows)), header=one.column.title),
        table=one.table,
        row=int(batch.row[rows[0]]),
        column=int(batch.column[rows[0]]),
        cells=[cell_name(int(batch.row[at]), int(batch.column[at])) for at in rows],
        variable=codes.VITAL_STATUS,
    )
