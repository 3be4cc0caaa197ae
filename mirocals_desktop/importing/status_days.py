"""The day that the header of a vital status names ("Alive at day 640", "Status at 31/12/2006"): asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.durations import KnownDays
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.statuses import DATE_INSIDE
from mirocals_desktop.importing.values import State, Typed
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.worded_times import days_of_words
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_COUNTED: Final = re.compile(
    r"(\d{1,4})[\s-]*(days?|jours?|j|d|weeks?|semaines?|months?|mois|years?|ans?)\b", re.I
)
_NAMED: Final = re.compile(
    r"\b(days?|jours?|j|d|weeks?|semaines?|months?|mois|m|years?|ans?)[\s-]*(\d{1,4})\b", re.I
)


def contacts_of_the_living(
    series: Sequence[Series],
    known: KnownDays,
    whose: Whose,
    *,
    protocol: Protocol,
    origin: str,
    this_year: int,
    asker: Asker,
) -> Iterator[Series]:
    """The last contact of those who were alive on the day that the header of their status names, if so.

    Only in tables with one status, and with no other date of a last contact. A number of days counts from the
    time origin.
    """
    contact = protocol.variable(codes.LAST_CONTACT_DATE)
    seen = {
        one.table.key
        for one in series
        if one.variable.code in (codes.LAST_CONTACT_DATE, codes.END_OF_FOLLOW_UP_DATE, codes.VISIT_DATE)
    }
    statuses: dict[str, Series | None] = {}
    for one in series:
        if one.variable.code == codes.VITAL_STATUS:
            statuses[one.table.key] = None if one.table.key in statuses else one
    for one in series:
        if contact is None or one.table.key in seen or statuses.get(one.table.key) != one:
            continue
        days = _days(one, known.of(origin, stored_first=True), whose, this_year)
        alive = _alive(one) & np.isfinite(days)
        if alive.any() and _confirm(one, int(alive.sum()), asker):
            typed = typed_days(np.where(alive, days, np.nan))
            column = replace(one.column, variable=contact)
            yield replace(one, column=column, variable=contact, typed=typed, visit="")


def _days(one: Series, starts: Mapping[int, float], whose: Whose, this_year: int) -> Floats:
    """For each status the day that the header names, NaN for a header that names none."""
    header = one.column.header.text
    dates = [found[0] for found in DATE_INSIDE.finditer(header)]
    if len(dates) == 1:
        day = read_date(dates[0], this_year).read("dmy")
        return np.full(len(one.at), np.nan if day is None or day.days is None else day.days)
    counted, named = _COUNTED.search(header), _NAMED.search(header)
    length = f"{counted[1]} {counted[2]}" if counted else f"{named[2]} {named[1]}" if named else ""
    after = days_of_words(length) if length else np.nan
    patients = whose.rows[one.table.key].patient[one.at]
    return np.array([starts.get(int(patient), np.nan) + np.round(after) for patient in patients.tolist()])


def _alive(one: Series) -> np.ndarray:
    codes_of_texts = np.array([text == codes.ALIVE for text in one.typed.texts] or [False])
    said = (one.typed.state == State.VALUE) & (one.typed.text >= 0)
    return np.asarray(said & codes_of_texts[np.maximum(one.typed.text, 0)])


def typed_days(days: Floats) -> Typed:
    """Days since 1970 as dates that were read, NaN for none."""
    known = np.isfinite(days)
    texts: dict[str, int] = {}
    text = np.full(len(days), -1, dtype=np.int32)
    for place in np.flatnonzero(known).tolist():
        text[place] = texts.setdefault(str(np.datetime64(int(days[place]), "D")), len(texts))
    zeros = np.zeros(len(days), dtype=np.uint8)
    return Typed(
        state=np.where(known, State.VALUE, State.EMPTY).astype(np.uint8),
        number=np.full(len(days), np.nan),
        text=text,
        texts=tuple(texts),
        qualifier=zeros,
        missing=zeros.copy(),
        finding=zeros.copy(),
        days=days,
    )


def _confirm(one: Series, count: int, asker: Asker) -> bool:
    text = ngettext(
        "“{header}” names a day, and nothing else says when {count} living patient was last seen. Was it"
        " then?",
        "“{header}” names a day, and nothing else says when {count} living patients were last seen. Was it"
        " then?",
        count,
    )
    answer = asker.ask(
        Question(
            id=question_id("status-day", one.table.key, one.column.key),
            kind="coding",
            text=text.format(header=one.column.title, count=amount(count)),
            options=(
                Option("seen", _("Yes: they were known to be alive on that day")),
                Option("no", _("No: when they were last seen is not known")),
            ),
            suggested="seen",
            confidence=0.7,
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column),),
        )
    )
    return answer == "seen"
