"""A vital status at every visit, in rows or in columns: the first death counts, and may be dated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.series import Declined, Series
from mirocals_desktop.importing.timepoints import read_timepoint
from mirocals_desktop.importing.visit_names import visit_key, visits_by_name
from mirocals_desktop.importing.when import visit_labels_of
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable, Visit


@dataclass(frozen=True)
class Told:
    """One status of a patient: its day (NaN where none is known), its place in the file, what it says.

    `planned` is the day of the visit's name in days from the time origin, NaN where it names none. `place` is
    the element of the number `status` of the statuses, and `dated` that of its date (-1 for none).
    """

    day: float
    visit: str
    planned: float
    order: tuple[int, int]
    text: str
    status: int
    place: int
    dated: int


@dataclass(frozen=True, eq=False)
class _Pair:
    """The statuses of one column, and the dates of the same visits beside them, where there are any."""

    status: Series
    dates: Series | None


def settle_statuses(
    series: Sequence[Series], whose: Whose, protocol: Protocol
) -> tuple[list[Series], list[Declined]]:
    """The series without the statuses that a later visit of the patient overtakes, and these.

    Only for patients who are alive at first and dead from some visit on: the visit that first says so counts.
    Whoever lives again after his death is left for a question.
    """
    settled: list[Series] = list(series)
    declined: list[Declined] = []
    for pairs in _by_table(series):
        overtaken: dict[int, list[int]] = {}
        for told in _courses(pairs, whose, protocol).values():
            first = first_death(told)
            if first > 0:
                for other in (*told[:first], *told[first + 1 :]):
                    overtaken.setdefault(other.status, []).append(other.place)
        for number, places in overtaken.items():
            one = pairs[number].status
            kept = np.ones(len(one.at), dtype=bool)
            kept[places] = False
            settled[settled.index(one)] = replace(one, at=one.at[kept], typed=one.typed.take(kept))
            declined.append(Declined(one.table, one.column, one.at[~kept], _("before or after the death")))
    return settled, declined


def deaths_at_visits(
    series: Sequence[Series],
    undated: frozenset[int],
    ends: Variable,
    whose: Whose,
    protocol: Protocol,
    asker: Asker,
) -> Iterator[Series]:
    """The ends of follow-up of those who died, where visits with a date each say a status, if confirmed."""
    for pairs in _by_table(series):
        first: dict[int, Told] = {}
        gaps = []
        for patient, told in _courses(pairs, whose, protocol).items():
            dated = [one for one in told if np.isfinite(one.day)]
            at = first_death(dated)
            if at >= 0 and patient in undated:
                first[patient] = dated[at]
                gaps += [dated[at].day - dated[at - 1].day] if at else []
        if 2 * len(first) <= len(undated) or not first or not _confirm(pairs, len(first), gaps, asker):
            continue
        for number, pair in enumerate(pairs):
            chosen = sorted(one.dated for one in first.values() if one.status == number)
            if chosen and pair.dates is not None:
                yield _ends_at(chosen, pair.dates, ends)


def statuses_at_visits(
    series: Sequence[Series], whose: Whose, protocol: Protocol
) -> Iterator[tuple[list[Series], Mapping[int, list[Told]]]]:
    """The statuses of each table that says them at visits, and what they say of each patient in order."""
    for pairs in _by_table(series):
        courses = _courses(pairs, whose, protocol)
        if any(len({one.visit for one in told}) > 1 for told in courses.values()):
            yield [pair.status for pair in pairs], courses


def _by_table(series: Sequence[Series]) -> Iterator[list[_Pair]]:
    """The statuses of each table with the dates of the visits that they are of."""
    tables = dict.fromkeys(one.table.key for one in series if one.variable.code == codes.VITAL_STATUS)
    for key in tables:
        dates = {
            one.visit: one
            for one in reversed(series)
            if one.variable.code == codes.VISIT_DATE and one.table.key == key
        }
        yield [
            _Pair(one, dates.get(one.visit))
            for one in series
            if one.variable.code == codes.VITAL_STATUS and one.table.key == key
        ]


def _courses(pairs: Sequence[_Pair], whose: Whose, protocol: Protocol) -> Mapping[int, list[Told]]:
    """What is said of each patient in the order of the days, of the visits, or else of the file."""
    courses: dict[int, list[Told]] = {}
    named = visits_by_name(protocol)
    for number, pair in enumerate(pairs):
        one, rows = pair.status, whose.rows[pair.status.table.key]
        places = {at: place for place, at in enumerate(pair.dates.at.tolist())} if pair.dates else {}
        visits = _visits_of_rows(one)
        planned = {visit: _planned_day(visit, named) for visit in dict.fromkeys(visits)}
        for place, (at, text) in enumerate(zip(one.at.tolist(), one.typed.text.tolist(), strict=True)):
            if text < 0 or not rows.taken[at]:
                continue
            dated = places.get(at, -1)
            day = float(pair.dates.typed.days[dated]) if pair.dates and dated >= 0 else np.nan
            visit = visits[place]
            said = Told(day, visit, planned[visit], (at, number), one.typed.texts[text], number, place, dated)
            courses.setdefault(int(rows.patient[at]), []).append(said)
    for told in courses.values():
        known = all(np.isfinite(one.day) for one in told)
        ordered = not known and all(np.isfinite(one.planned) for one in told)
        told.sort(key=lambda one: (one.day if known else one.planned if ordered else 0.0, one.order))
    return courses


def _visits_of_rows(one: Series) -> list[str]:
    """The name of the visit of each status: that of its header, or of its row."""
    labels = None if one.visit else visit_labels_of(one.table)
    if labels is None:
        return [one.visit or one.table.visit] * len(one.at)
    places, texts = labels
    return [texts[place] for place in places[one.at].tolist()]


def _planned_day(visit: str, named: Mapping[str, Visit]) -> float:
    """The day from the time origin on which a visit is planned by its name, or else by the protocol."""
    point, planned = read_timepoint(visit), named.get(visit_key(visit))
    day = point.day if point is not None and point.day is not None else planned.day if planned else None
    return np.nan if day is None else float(day)


def first_death(told: Sequence[Told]) -> int:
    """The place of the first death in a course that has nothing but deaths from then on; -1 for others."""
    first = next((at for at, one in enumerate(told) if one.text == codes.DEAD), -1)
    return first if first >= 0 and all(one.text == codes.DEAD for one in told[first:]) else -1


def _confirm(pairs: Sequence[_Pair], count: int, gaps: Sequence[float], asker: Asker) -> bool:
    pair = next(pair for pair in pairs if pair.dates is not None)
    status, dates = pair.status, pair.dates
    assert dates is not None  # just chosen so
    text = ngettext(
        "{count} patient died and has no date of death. Is it the “{date}” of the row where “{header}”"
        " first says so?",
        "{count} patients died and have no date of death. Is it the “{date}” of the row where “{header}”"
        " first says so?",
        count,
    )
    if len(pairs) > 1:
        text = ngettext(
            "{count} patient died and has no date of death. Is it the date of the visit that first says so"
            " (“{date}”, “{header}” …)?",
            "{count} patients died and have no date of death. Is it the date of the visit that first says so"
            " (“{date}”, “{header}” …)?",
            count,
        )
    evidence = []
    if gaps:
        said = _("half of these rows are {days} days or more after the patient’s row before")
        evidence.append(said.format(days=int(np.median(gaps))))
    answer = asker.ask(
        Question(
            id=question_id("death-row", status.table.key, status.column.key),
            kind="coding",
            text=text.format(count=amount(count), date=dates.column.title, header=status.column.title),
            options=(
                Option("both", _("Yes: count the death on that day, the last that it can be")),
                Option("no", _("No: they had died before then, and the day is not known")),
            ),
            suggested="both",
            confidence=0.6,
            evidence=tuple(evidence),
            file=status.table.file,
            sheet=status.table.sheet,
            cells=(status.table.cell(status.column), status.table.cell(dates.column)),
        )
    )
    return answer == "both"


def _ends_at(places: Sequence[int], dates: Series, ends: Variable) -> Series:
    """Some dates of visits as ends of follow-up."""
    chosen = np.array(places, dtype=np.int64)
    column = replace(dates.column, variable=ends)
    return replace(
        dates, column=column, variable=ends, at=dates.at[chosen], typed=dates.typed.take(chosen), visit=""
    )
