"""The dates that start and end follow-up, where no header says so: "J0", "Prise en charge"; asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.dates import read_date, read_digits
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.header_words import is_day_zero
from mirocals_desktop.importing.seen import MOST_ARE_DATES, Context, Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import YEAR_DAYS
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_STARTS: Final = (
    codes.RANDOMISATION_DATE,
    codes.FIRST_DOSE_DATE,
    codes.CONSENT_DATE,
    codes.DIAGNOSIS_DATE,
)
_ENDS: Final = (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE)
_NEARLY_ALL: Final = 0.95
_LONGEST: Final = 15 * YEAR_DAYS
_NOT_SURE: Final = 0.6
_IF_YES: Final = re.compile(
    r"(?:if|si|wenn) (?:(?P<yes>yes|oui|ja|y|o|dead|died|deces|decede|dcd)|no|non|nein|n)\b"
)
_SURE: Final = 0.75


def guess_follow_up(
    seen: Sequence[Seen], guesses: dict[str, list[Guess]], table: Table, context: Context
) -> None:
    """Propose a start and an end of follow-up among the dates that no header explains, where one is missing.

    The start is a date before the end, in a table with an end or a status; the end is one after the start, in
    a table with a status. Neither is ever sure, so that it is asked.
    """
    best = {column.key: guesses[column.key][0] for column in seen if guesses[column.key]}
    status = f"var:{codes.VITAL_STATUS}"
    chosen = {
        guess.choice.removeprefix("var:")
        for guess in best.values()
        if guess.score >= _NOT_SURE or guess.choice == status
    }
    unclear = [
        column
        for column in seen
        if (column.profile.dates > MOST_ARE_DATES or column.profile.digits == 8)
        and not column.header.visit
        and (column.key not in best or best[column.key].score < _SURE or is_day_zero(column.header.text))
    ]

    def days_of(codes_of_dates: Sequence[str]) -> list[Floats]:
        return [
            _days(column, table, context.this_year)
            for column in seen
            if column.key in best
            and best[column.key].choice.removeprefix("var:") in codes_of_dates
            and column not in unclear
        ]

    if not chosen & set(_STARTS) and chosen & {*_ENDS, codes.VITAL_STATUS}:
        ends = days_of(_ENDS) + [
            _days(one, table, context.this_year)
            for one in seen
            if one.header.visit and one.profile.dates > MOST_ARE_DATES
        ]
        first = [
            one
            for one in unclear
            if _comes_before([days := _days(one, table, context.this_year)], ends) and _is_near(days, ends)
        ]
        first.sort(key=lambda column: not is_day_zero(column.header.text))
        if first:
            evidence = (
                _("the header is a name of the first day")
                if is_day_zero(first[0].header.text)
                else _("it comes before the end of follow-up, and no other date starts it")
            )
            _propose(first[0], codes.RANDOMISATION_DATE, evidence, guesses, context)
            unclear.remove(first[0])
    if not chosen & set(_ENDS) and codes.VITAL_STATUS in chosen:
        starts = days_of((*_STARTS, codes.ONSET_DATE, codes.BIRTH_DATE))
        last = [
            one
            for one in unclear
            if one.profile.said >= _NEARLY_ALL * len(table.rows)
            and starts
            and _comes_before(starts, [_days(one, table, context.this_year)])
        ]
        if last:
            evidence = _("it comes after the start, beside a status, and no other date ends the follow-up")
            _propose(last[-1], codes.END_OF_FOLLOW_UP_DATE, evidence, guesses, context)


def guess_answers(seen: Sequence[Seen], guesses: dict[str, list[Guess]], context: Context) -> None:
    """Read "If yes, on what date?" behind the question whether the patient died as the date of death."""
    for before, column in pairwise(seen):
        if column.profile.dates <= MOST_ARE_DATES or any(one.score >= _SURE for one in guesses[column.key]):
            continue
        question, found = plain_name(before.header.text), _IF_YES.match(plain_name(column.header.text))
        if found and guesses[before.key][:1] and guesses[before.key][0].choice == f"var:{codes.VITAL_STATUS}":
            died = bool(found["yes"]) != any(word in question for word in ("alive", "vivant", "en vie"))
            evidence = _("it answers the question “{header}” before it").format(header=before.header.text)
            code = codes.DEATH_DATE if died else codes.LAST_CONTACT_DATE
            _propose(column, code, evidence, guesses, context)


def _propose(
    column: Seen, code: str, evidence: str, guesses: dict[str, list[Guess]], context: Context
) -> None:
    if context.protocol.variable(code) is not None:
        guess = Guess(f"var:{code}", _NOT_SURE, evidence)
        guesses[column.key] = [guess, *(one for one in guesses[column.key] if one.choice != guess.choice)]


def _comes_before(starts: Sequence[Floats], ends: Sequence[Floats]) -> bool:
    """Whether nearly every start is not after any of the ends in its row."""
    for start in starts:
        for end in ends:
            both = np.isfinite(start) & np.isfinite(end)
            if both.any() and (start[both] <= end[both]).mean() < _NEARLY_ALL:
                return False
    return True


def _is_near(days: Floats, ends: Sequence[Floats]) -> bool:
    """Whether the ends are within a time that somebody is followed: births are decades before them."""
    gaps = [float(np.nanmedian(end - days)) for end in ends if np.isfinite(end - days).any()]
    return all(gap < _LONGEST for gap in gaps)


def _days(column: Seen, table: Table, this_year: int) -> Floats:
    """The days of a column in days since 1970, row by row; NaN where it tells no day."""
    data = table.sheet.columns[column.place.column]
    days = np.where(data.kinds[table.rows] == CellKind.DATE, data.numbers[table.rows], np.nan)
    digits = column.profile.digits
    for at, text in enumerate(table.texts(column.place)):
        if not np.isnan(days[at]):
            continue
        readings = read_digits(text.strip(), digits, this_year) if digits else read_date(text, this_year)
        if readings.by_order and (found := readings.by_order[0][1].days) is not None:
            days[at] = found
    return days
