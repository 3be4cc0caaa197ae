"""The date from which follow-up counts, where its header does not say so: "J0", "Prise en charge"; asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.seen import MOST_ARE_DATES, Context, Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_STARTS: Final = (
    codes.RANDOMISATION_DATE,
    codes.FIRST_DOSE_DATE,
    codes.CONSENT_DATE,
    codes.DIAGNOSIS_DATE,
)
_ENDS: Final = (codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE)
_DAY_ZERO: Final = re.compile(
    r"(?:date )?(?:de |of )?(?:[jdtmsw] ?0|(?:day|jour|time|t) ?(?:0|zero)|baseline|index)(?: date)?"
)
_NEARLY_ALL: Final = 0.95
_NOT_SURE: Final = 0.6
_SURE: Final = 0.75


def is_day_zero(header: str) -> bool:
    """Whether a header calls the first day of a patient's follow-up: "J0", "Day 0", "Baseline date"."""
    return bool(_DAY_ZERO.fullmatch(plain_name(header)))


def guess_start(
    seen: Sequence[Seen], guesses: dict[str, list[Guess]], table: Table, context: Context
) -> None:
    """Propose the date of randomisation for the one date that comes before the end of follow-up.

    Only where some date ends the follow-up, or a status stands there, and no header tells a date that may
    start it. It is never sure, so that it is asked.
    """
    best = {column.key: guesses[column.key][0] for column in seen if guesses[column.key]}
    chosen = {guess.choice.removeprefix("var:") for guess in best.values() if guess.score >= _SURE}
    variable = context.protocol.variable(codes.RANDOMISATION_DATE)
    if variable is None or chosen & set(_STARTS) or not chosen & {*_ENDS, codes.VITAL_STATUS}:
        return
    unclear = [
        column
        for column in seen
        if column.profile.dates > MOST_ARE_DATES
        and not column.header.visit
        and (column.key not in best or best[column.key].score < _SURE or is_day_zero(column.header.text))
    ]
    ends = [
        _days(column, table, context.this_year)
        for column in seen
        if column.key in best
        and best[column.key].choice.removeprefix("var:") in _ENDS
        and column not in unclear
    ]
    first = [column for column in unclear if _comes_before(_days(column, table, context.this_year), ends)]
    first.sort(key=lambda column: not is_day_zero(column.header.text))
    if first:
        evidence = (
            _("the header is a name of the first day")
            if is_day_zero(first[0].header.text)
            else _("it comes before the end of follow-up, and no other date starts it")
        )
        guess = Guess(f"var:{codes.RANDOMISATION_DATE}", _NOT_SURE, evidence)
        guesses[first[0].key] = [guess, *(g for g in guesses[first[0].key] if g.choice != guess.choice)]


def _comes_before(days: Floats, ends: Sequence[Floats]) -> bool:
    """Whether nearly every day is not after any of the ends in its row."""
    for end in ends:
        both = np.isfinite(days) & np.isfinite(end)
        if both.any() and (days[both] <= end[both]).mean() < _NEARLY_ALL:
            return False
    return True


def _days(column: Seen, table: Table, this_year: int) -> Floats:
    """The days of a column in days since 1970, row by row; NaN where it tells no day."""
    data = table.sheet.columns[column.place.column]
    days = np.where(data.kinds[table.rows] == CellKind.DATE, data.numbers[table.rows], np.nan)
    for at, text in enumerate(table.texts(column.place)):
        readings = read_date(text, this_year) if np.isnan(days[at]) else None
        if readings and readings.by_order and (found := readings.by_order[0][1].days) is not None:
            days[at] = found
    return days
