"""Dates written as numbers by a program of statistics: days or seconds since 1960, 1970 or 1582; asked.

A spreadsheet counts days from 1899, SAS and Stata days, seconds or milliseconds from 1960, R and most
databases from 1970, SPSS seconds from 1582. What a number means shows in the days that each reading gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import EPOCH, Booleans, Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.protocol import codes

_SECONDS: Final = 86_400.0
_FIRST: Final = 1975
"""The year from which dates of a study are taken for dates without a question."""


@dataclass(frozen=True)
class DayCount:
    """A way to count time: from midnight of which day, how many units a day has, and what unit it is."""

    code: str
    start: date
    per_day: float

    def days(self, numbers: Floats) -> Floats:
        """The days since 1970 that numbers are."""
        return np.floor(numbers / self.per_day) + (self.start - EPOCH).days

    @property
    def earliest(self) -> int:
        """The first year that dates of a study are believed in: a few thousand seconds are no time at all."""
        return 1950 if self.per_day == 1.0 else _FIRST

    @property
    def label(self) -> str:
        """What is counted."""
        unit = {1.0: _("days"), _SECONDS: _("seconds"), 1000 * _SECONDS: _("milliseconds")}[self.per_day]
        programs = {1899: _("a spreadsheet"), 1960: "SAS, Stata", 1970: "R, Unix", 1582: "SPSS"}
        return _("{unit} since {year} ({program})").format(
            unit=unit, year=self.start.year, program=programs[self.start.year]
        )


_SPREADSHEET: Final = DayCount("spreadsheet", date(1899, 12, 30), 1.0)
COUNTS: Final = (
    _SPREADSHEET,
    DayCount("days-1960", date(1960, 1, 1), 1.0),
    DayCount("days-1970", date(1970, 1, 1), 1.0),
    DayCount("seconds-1960", date(1960, 1, 1), _SECONDS),
    DayCount("seconds-1970", date(1970, 1, 1), _SECONDS),
    DayCount("seconds-1582", date(1582, 10, 14), _SECONDS),
    DayCount("milliseconds-1960", date(1960, 1, 1), 1000 * _SECONDS),
    DayCount("milliseconds-1970", date(1970, 1, 1), 1000 * _SECONDS),
)
_NEARLY_ALL: Final = 0.98


def ask_day_count(table: TablePlan, asker: Asker, *, this_year: int) -> DayCount | None:
    """How a table counts the days of its dates that are numbers; None where it writes none so.

    Dates of birth do not tell it. A spreadsheet's count is taken where it gives the days of a study.
    """
    columns = [column for column in table.columns if is_counted(column)]
    telling = [c for c in columns if c.variable is None or c.variable.code != codes.BIRTH_DATE]
    numbers = np.concatenate([column.profile.numbers for column in telling or columns] or [np.zeros(0)])
    found = [one for one in COUNTS if _share_since(one, numbers, one.earliest, this_year) >= _NEARLY_ALL]
    if not telling or not found or _share_since(_SPREADSHEET, numbers, _FIRST, this_year) >= _NEARLY_ALL:
        return None
    likely = [count for count in found if count is not _SPREADSHEET] or found
    middle = np.array([float(np.median(telling[0].profile.numbers))])
    answer = asker.ask(
        Question(
            id=question_id("day-count", table.key),
            kind="date-order",
            text=_("The dates of {sheet} are numbers, as {number} in “{header}”. What do they count?").format(
                sheet=table.sheet, number=f"{middle[0]:.0f}", header=telling[0].title
            ),
            options=tuple(
                Option(count.code, count.label, str(np.datetime64(int(count.days(middle)[0]), "D")))
                for count in found
            ),
            suggested=likely[0].code,
            confidence=0.7 if len(likely) == 1 else 0.6,
            file=table.file,
            sheet=table.sheet,
            cells=tuple(table.cell(column) for column in telling),
        )
    )
    return next(count for count in COUNTS if count.code == answer)


def may_count_days(numbers: Floats) -> Booleans:
    """Which numbers can be days or seconds that another program than a spreadsheet counts."""
    days = (numbers >= 7_000) & (numbers < 26_000)
    seconds = (numbers >= 3e8) & (numbers < 2.6e9)
    other = ((numbers >= 1.2e10) & (numbers < 1.5e10)) | ((numbers >= 3e11) & (numbers < 2.6e12))
    return np.asarray(days | seconds | other, dtype=bool)


def is_counted(column: ColumnPlan) -> bool:
    """Whether a column of dates holds numbers and nothing else, and no years or days as 20180304."""
    profile = column.profile
    if column.use != "variable" or column.variable is None or column.variable.kind != "date" or column.parts:
        return False
    if profile.dates > 0.02 or profile.numeric < _NEARLY_ALL or not profile.numbers.size or profile.digits:
        return False
    numbers = profile.numbers
    years = (numbers >= 1880) & (numbers <= 2100)
    compact = (numbers >= 18_800_000) & (numbers < 21_010_000)
    return not bool((years | compact).mean() > 0.5)


def _share_since(count: DayCount, numbers: Floats, first: int, this_year: int) -> float:
    days = count.days(numbers)
    early, late = ((date(year, 1, 1) - EPOCH).days for year in (first, this_year + 2))
    return float(((days >= early) & (days < late)).mean()) if days.size else 0.0
