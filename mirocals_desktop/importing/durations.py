"""Times from an origin to the end of follow-up made dates: from which day they count is found or asked.

A date is never made up: where no origin is known the times stay numbers, and what is missing is said. Only a
person can say that there is none, and count everybody from one nominal day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.dates import day_number
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import NewVariables
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.sheet_arms import series_of_table
from mirocals_desktop.importing.time_to_event import (
    IN_WORDS,
    first_study_day,
    is_study_day,
    is_to_death,
    unit_of_time,
)
from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.values import FINDINGS, NumberReading, State, Typed, type_numbers
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.worded_times import days_of_words
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable
from mirocals_desktop.study.snapshot import Snapshot

_DAYS_OF_UNIT: Final = {"days": 1.0, "weeks": 7.0, "months": MONTH_DAYS, "years": YEAR_DAYS}
_ORIGINS: Final = (
    codes.RANDOMISATION_DATE,
    codes.FIRST_DOSE_DATE,
    codes.CONSENT_DATE,
    codes.DIAGNOSIS_DATE,
    codes.ONSET_DATE,
)
_ENDS: Final = (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE)
_DAY_ONE: Final = "+1"
NOMINAL: Final = "nominal"
_NOMINAL_DATE: Final = "2000-01-01"
NOMINAL_DAY: Final = day_number(_NOMINAL_DATE)
_ENOUGH: Final = 3
_FARTHEST: Final = 60_000
_NO_NUMBER: Final = FINDINGS.index("not-a-number")


class KnownDays:
    """The days of patients' dates, by the numbers of patients: from the files and the study."""

    def __init__(self, series: Sequence[Series], whose: Whose, snapshot: Snapshot) -> None:
        self._series = series
        self._whose = whose
        self._snapshot = snapshot

    def of(self, code: str, *, stored_first: bool = False) -> dict[int, float]:
        """The known days of one date."""
        stored, said = self.stored(code), self.said(code)
        return {**said, **stored} if stored_first else {**stored, **said}

    def stored(self, code: str) -> dict[int, float]:
        """The days of one date that the study has."""
        return dict(self._stored(code))

    def said(self, code: str) -> dict[int, float]:
        """The days of one date that the files have."""
        return dict(self._said(code))

    def _stored(self, code: str) -> Iterable[tuple[int, float]]:
        patients = self._snapshot.patients
        if code in patients.columns:
            for patient, text in patients[code].items():
                day = day_number(str(text))
                if np.isfinite(day) and str(patient) in self._whose.words:
                    yield self._whose.words[str(patient)], day

    def _said(self, code: str) -> Iterable[tuple[int, float]]:
        for one in self._series:
            if one.variable.code == code:
                rows = self._whose.rows[one.table.key].patient[one.at]
                # Read from the last to the first: of two dates the first counts.
                for patient, day in zip(rows.tolist()[::-1], one.typed.days.tolist()[::-1], strict=True):
                    if patient and np.isfinite(day):
                        yield patient, day


@dataclass(frozen=True)
class _Start:
    """A date that times may count from: its days for the rows, and how many ends of follow-up agree.

    `agree` and `agree_one` count the ends that fit when the origin is day 0, and when it is day 1.
    """

    code: str
    days: Floats
    agree: int
    agree_one: int


def read_durations(
    tables: Sequence[TablePlan],
    known: KnownDays,
    whose: Whose,
    *,
    protocol: Protocol,
    origin: str,
    asker: Asker,
    new: NewVariables,
) -> list[Series]:
    """A series for each column of times: the end of follow-up as a date, or the time as a plain number.

    Where one of several columns is the time to death, that is the date of death, and the others end with the
    last contact.
    """
    found = []
    for table in tables:
        columns = [column for column in table.columns if table.used and column.use == "duration"]
        deaths = [column for column in columns if is_to_death(column.header.text)]
        for column in columns:
            code = codes.END_OF_FOLLOW_UP_DATE
            if deaths and len(columns) > 1:
                code = codes.DEATH_DATE if column in deaths else codes.LAST_CONTACT_DATE
            variable = protocol.variable(code)
            if variable is None:
                continue
            times = _times_in_days(table, column, asker)
            patients = whose.rows[table.key].patient
            starts = _starts(times, patients, known, protocol, origin)
            chosen = _ask_start(table, column, starts, protocol, origin, asker)
            start = next((one for one in starts if one.code == chosen.removesuffix(_DAY_ONE)), None)
            if chosen == NOMINAL:
                days = NOMINAL_DAY - _shift(times, first_study_day(column.header.text))
                found.append(_as_dates(table, column, variable, times, days))
                if column is columns[0] and (first := protocol.variable(origin)) is not None:
                    found.append(nominal_starts(table, whose, first))
            elif start is None:
                found.append(_as_number(table, column, times, _unit(table, column, asker), new))
            else:
                shift = _shift(times, int(chosen.endswith(_DAY_ONE)))
                found.append(_as_dates(table, column, variable, times, start.days - shift))
    return found


def _shift(times: Typed, first_day: int) -> Floats:
    """What times count too much where the origin is day 1: there is no day 0, the day before is -1."""
    return np.where(times.number > 0, float(first_day), 0.0)


def _unit(table: TablePlan, column: ColumnPlan, asker: Asker) -> str:
    part = ["sum"] if column.parts else []
    question = asker.questions.get(question_id("duration", table.key, column.key, *part))
    return question.chosen if question is not None else "days"


def _times_in_days(table: TablePlan, column: ColumnPlan, asker: Asker) -> Typed:
    """The times as days; words that say their own units mean these, whatever the unit of the column is."""
    data, rows = table.table.sheet.columns[column.place.column], table.table.rows
    unit = _unit(table, column, asker)
    reading = NumberReading(decimal=column.profile.decimal, factor=_DAYS_OF_UNIT.get(unit, 1.0))
    typed = type_numbers(data, rows, reading=reading)
    days = np.array([days_of_words(text) for text in data.texts] or [np.nan])
    number = np.where(data.codes[rows] >= 0, days[np.maximum(data.codes[rows], 0)], np.nan)
    worded = np.isfinite(number)
    state, finding = typed.state.copy(), typed.finding.copy()
    if unit == IN_WORDS:
        bare = (state == State.VALUE) & ~worded
        state[bare], finding[bare] = State.PROBLEM, _NO_NUMBER
    state[worded], finding[worded] = State.VALUE, 0
    number = np.where(worded, number, typed.number)
    qualifier = np.where(worded, 0, typed.qualifier).astype(np.uint8)
    for rest in filter(None, map(table.column, column.parts)):
        reading = NumberReading(
            decimal=rest.profile.decimal, factor=_DAYS_OF_UNIT[unit_of_time(rest.header.text)]
        )
        part = type_numbers(table.table.sheet.columns[rest.place.column], rows, reading=reading)
        told = part.state == State.VALUE
        number = np.where(told, np.nan_to_num(number) + part.number, number)
        state[told & (state == State.EMPTY)] = State.VALUE
    return replace(typed, state=state, number=number, qualifier=qualifier, finding=finding)


def _starts(
    times: Typed,
    patients: np.ndarray,
    known: KnownDays,
    protocol: Protocol,
    origin: str,
) -> list[_Start]:
    """The dates that are known for some of the rows, the study's own origin first."""
    ends: list[Mapping[int, float]] = [known.of(code) for code in _ENDS if protocol.variable(code)]
    end = np.array([next((of[p] for of in ends if p in of), np.nan) for p in patients.tolist()])
    starts = []
    for code in dict.fromkeys((origin, *_ORIGINS)):
        if protocol.variable(code) is None:
            continue
        of_patient = known.of(code, stored_first=True)
        days = np.array([of_patient.get(p, np.nan) for p in patients.tolist()])
        if np.isfinite(days).any():
            gap = np.round(times.number) - (end - days)
            starts.append(_Start(code, days, int((gap == 0).sum()), int((gap == 1).sum())))
    return starts


def _ask_start(
    table: TablePlan,
    column: ColumnPlan,
    starts: Sequence[_Start],
    protocol: Protocol,
    origin: str,
    asker: Asker,
) -> str:
    """The code of the date that times count from, with "+1" where it is day 1; "number" for none."""
    total = len(table.table.rows)
    options = []
    for start in starts:
        variable = protocol.variable(start.code)
        label = str(variable.label) if variable else start.code
        detail = _("known in {count} of {total} rows").format(
            count=amount(int(np.isfinite(start.days).sum())), total=amount(total)
        )
        options.append(Option(start.code, label, detail))
        if _unit(table, column, asker) == "days":
            options.append(Option(start.code + _DAY_ONE, _("{date}, as day 1").format(date=label), detail))
    options.append(Option("number", _("None of them: keep the times as numbers, without survival")))
    if not starts:
        label = _(
            "There is none: count everybody from 1 January 2000, so that times are true and dates are not"
        )
        options.append(Option(NOMINAL, label))
    best, agree = _best(starts, first_study_day(column.header.text))
    agreeing = ngettext("{count} end of follow-up agrees", "{count} ends of follow-up agree", agree)
    evidence = (agreeing.format(count=amount(agree)),) if agree else ()
    text = (
        _("From which date does “{header}” count?")
        if starts
        else _(
            "“{header}” counts from a date that no file and not the study holds. Import the table of patients"
            " with it (in CDISC: ADSL with RANDDT or TRTSDT), keep the times as numbers, or count from no"
            " date?"
        )
    )
    alone = len(starts) == 1 and starts[0].code == origin and not is_study_day(column.header.text)
    sure = bool(agree) or alone
    return asker.ask(
        Question(
            id=question_id("duration-from", table.key, column.key),
            kind="duration",
            text=text.format(header=column.title),
            options=tuple(options),
            suggested=best,
            confidence=0.9 if sure else 0.6,
            evidence=evidence,
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(column),),
            asked=not sure,
        ),
        like=question_id("duration-from", table.key),
    )


def _best(starts: Sequence[_Start], first_day: int) -> tuple[str, int]:
    """The date to suggest, and how many known ends of follow-up speak for it."""
    offers = [(one.agree, one.code) for one in starts]
    offers += [(one.agree_one, one.code + _DAY_ONE) for one in starts]
    agree, best = max(offers, key=lambda offer: offer[0], default=(0, "number"))
    if agree >= _ENOUGH:
        return best, agree
    return (starts[0].code + _DAY_ONE * first_day if starts else "number"), 0


def _as_dates(
    table: TablePlan, column: ColumnPlan, variable: Variable, times: Typed, starts: Floats
) -> Series:
    """The end of follow-up of each row: its origin and the time on it."""
    days = np.round(times.number) + starts
    known = (times.state == State.VALUE) & (np.abs(days) < _FARTHEST)
    texts: dict[str, int] = {}
    text = np.full(len(days), -1, dtype=np.int32)
    for place in np.flatnonzero(known).tolist():
        text[place] = texts.setdefault(str(np.datetime64(int(days[place]), "D")), len(texts))
    lost = (times.state == State.VALUE) & ~known
    typed = Typed(
        state=np.where(lost, State.PROBLEM, times.state).astype(np.uint8),
        number=np.full(len(days), np.nan),
        text=text,
        texts=tuple(texts),
        qualifier=np.zeros(len(days), dtype=np.uint8),
        missing=times.missing,
        finding=np.where(lost, FINDINGS.index("no-time-origin"), times.finding).astype(np.uint8),
        days=np.where(known, days, np.nan),
    )
    return Series(table, column, variable, np.arange(len(days)), typed)


def nominal_starts(table: TablePlan, whose: Whose, variable: Variable) -> Series:
    """The same start for every patient of a table that knows no dates: only times from it mean anything."""
    told = series_of_table(table, whose, variable, _NOMINAL_DATE)
    return replace(told, typed=replace(told.typed, days=np.full(len(told.at), NOMINAL_DAY)))


def _as_number(table: TablePlan, column: ColumnPlan, times: Typed, unit: str, new: NewVariables) -> Series:
    """The times as a new variable of the patient, as they are written; those in words or parts in days."""
    in_days = unit == IN_WORDS or bool(column.parts)
    variable = new.propose(
        column.title,
        kind="number",
        scope="patient",
        unit=_("days") if in_days else column.header.unit,
        profile=column.profile,
    )
    if not in_days:
        data = table.table.sheet.columns[column.place.column]
        times = type_numbers(data, table.table.rows, reading=NumberReading(decimal=column.profile.decimal))
    return Series(
        table, replace(column, variable=variable), variable, np.arange(len(table.table.rows)), times
    )
