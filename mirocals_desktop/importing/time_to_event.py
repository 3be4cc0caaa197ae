"""Follow-up written as a time and a status, one row a patient or a patient and endpoint (CDISC ADTTE)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.tables import Reason, Table
from mirocals_desktop.importing.timepoints import MONTH_DAYS, YEAR_DAYS
from mirocals_desktop.importing.values import FINDINGS, NumberReading, State, Typed, type_numbers
from mirocals_desktop.importing.words import DURATION_HEADERS, plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable

_SURVIVAL: Final = re.compile(r"\bos\b|overall survival|survie globale|death|deces")
_DAYS_OF_UNIT: Final = {"days": 1.0, "weeks": 7.0, "months": MONTH_DAYS, "years": YEAR_DAYS}
_UNIT_WORDS: Final = {
    "day": "days", "days": "days", "jour": "days", "jours": "days",
    "week": "weeks", "weeks": "weeks", "semaine": "weeks", "semaines": "weeks",
    "month": "months", "months": "months", "mois": "months",
    "year": "years", "years": "years", "an": "years", "ans": "years", "annees": "years",
}  # fmt: skip
_NAMES_ONLY: Final = ("paramcd", "param", "paramn", "evntdesc", "cnsdtdsc")


def is_time_to_event(seen: Sequence[Seen]) -> bool:
    """Whether a table is one of times to events: it has CNSR, 1 where the event did not come."""
    return any(plain_name(column.header.text) == "cnsr" for column in seen)


def roles_of_endpoints(seen: Sequence[Seen]) -> dict[str, tuple[str, float]]:
    """The columns that only name the endpoint, once the rows of one are chosen."""
    return {column.key: ("left_out", 0.9) for column in seen if plain_name(column.header.text) in _NAMES_ONLY}


def choose_endpoint_rows(key: str, file: str, table: Table, seen: Sequence[Seen], asker: Asker) -> Table:
    """The table with the rows of one endpoint only, where a column names several."""
    names = [column for column in seen if plain_name(column.header.text) in ("paramcd", "param")]
    if not names or not is_time_to_event(seen):
        return table
    texts = [text.strip() for text in table.texts(names[0].place)]
    counts = Counter(text for text in texts if text)
    if len(counts) < 2:
        return table
    survival = next((text for text in counts if _SURVIVAL.search(plain_name(text))), "")
    answer = asker.ask(
        Question(
            id=question_id("endpoint", key),
            kind="column",
            text=_("{sheet} holds several endpoints. Which one is the survival?").format(
                sheet=table.sheet.name
            ),
            options=tuple(
                Option(text, text, _("{count} rows").format(count=count)) for text, count in counts.items()
            ),
            suggested=survival or next(iter(counts)),
            confidence=0.9 if survival else 0.4,
            file=file,
            sheet=table.sheet.name,
            asked=not survival,
        )
    )
    chosen = np.array([text == answer for text in texts], dtype=bool)
    others: dict[int, Reason] = dict.fromkeys(table.rows[~chosen].tolist(), "other endpoint")
    return replace(table, rows=table.rows[chosen], ignored={**table.ignored, **others})


def choose_duration(
    key: str,
    file: str,
    table: Table,
    seen: Sequence[Seen],
    chosen: Mapping[str, str],
    asker: Asker,
    origin: str,
) -> str:
    """The key of the column that holds the time to the end of follow-up, "" for none.

    Only where a status and the time origin stand beside it, and no date ends the follow-up.
    """
    said = set(chosen.values())
    ends = {
        f"var:{code}" for code in (codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE, codes.DEATH_DATE)
    }
    if not {f"var:{codes.VITAL_STATUS}", f"var:{origin}"} <= said or said & ends:
        return ""
    for column in seen:
        names = {plain_name(name) for name in column.names}
        if not names & DURATION_HEADERS or column.profile.numeric < 0.8:
            continue
        answer = asker.ask(
            Question(
                id=question_id("duration", key, column.key),
                kind="unit",
                text=_("Is “{header}” the time from the time origin to the end of follow-up?").format(
                    header=column.header.text
                ),
                options=(
                    Option("days", _("Yes, in days")),
                    Option("weeks", _("Yes, in weeks")),
                    Option("months", _("Yes, in months of 30.4375 days")),
                    Option("years", _("Yes, in years of 365.25 days")),
                    Option("no", _("No")),
                ),
                suggested=_guess_unit(column),
                confidence=0.7,
                file=file,
                sheet=table.sheet.name,
            )
        )
        if answer != "no":
            return column.key
    return ""


def _guess_unit(column: Seen) -> str:
    for word in plain_name(f"{column.header.text} {column.header.unit}").split():
        if word in _UNIT_WORDS:
            return _UNIT_WORDS[word]
    longest = float(column.profile.numbers.max()) if column.profile.numbers.size else 0.0
    return "days" if longest > 300 else "months" if longest > 20 else "years"


def read_durations(table: TablePlan, origins: Floats, asker: Asker, variable: Variable) -> Series | None:
    """The end of follow-up of each row as a date: its time origin (a day, NaN if unknown) and the time on it.

    None when no column of the table holds such times.
    """
    column = table.of_use("duration")
    if column is None:
        return None
    question = asker.questions.get(question_id("duration", table.key, column.key))
    unit = question.chosen if question is not None else "days"
    data = table.table.sheet.columns[column.place.column]
    at = np.arange(len(table.table.rows))
    reading = NumberReading(decimal=column.profile.decimal, factor=_DAYS_OF_UNIT.get(unit, 1.0))
    times = type_numbers(data, table.table.rows, reading=reading)
    days = np.round(times.number) + origins
    known = (times.state == State.VALUE) & (np.abs(days) < 60_000)
    texts: dict[str, int] = {}
    text = np.full(len(at), -1, dtype=np.int32)
    for place in np.flatnonzero(known).tolist():
        text[place] = texts.setdefault(str(np.datetime64(int(days[place]), "D")), len(texts))
    lost = (times.state == State.VALUE) & ~known
    typed = Typed(
        state=np.where(lost, State.PROBLEM, times.state).astype(np.uint8),
        number=np.full(len(at), np.nan),
        text=text,
        texts=tuple(texts),
        qualifier=np.zeros(len(at), dtype=np.uint8),
        missing=times.missing,
        finding=np.where(lost, FINDINGS.index("no-time-origin"), times.finding).astype(np.uint8),
        days=np.where(known, days, np.nan),
    )
    return Series(table, column, variable, at, typed, unit=unit)
