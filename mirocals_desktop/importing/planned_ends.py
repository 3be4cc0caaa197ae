"""Statuses at visits of which none has a date: planned days of the visits end the follow-up, if confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, ngettext, quoted
from mirocals_desktop.importing.durations import NOMINAL, NOMINAL_DAY, KnownDays, nominal_starts
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.status_days import typed_days
from mirocals_desktop.importing.status_visits import Told, first_death, statuses_at_visits
from mirocals_desktop.importing.values import FINDINGS, State
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_PLANNED_DAY: Final = FINDINGS.index("planned-day")


def ends_at_planned_visits(
    series: Sequence[Series],
    known: KnownDays,
    whose: Whose,
    *,
    protocol: Protocol,
    origin: str,
    asker: Asker,
) -> Iterator[Series]:
    """The ends of follow-up of tables that tell a vital status at each visit, and no date of any.

    Who died ended on the planned day of the first visit that says so, the others on that of the last one that
    saw them. Each is marked as approximate. Without a time origin only a person can say that everybody counts
    from one nominal day.
    """
    ends, first = protocol.variable(codes.END_OF_FOLLOW_UP_DATE), protocol.variable(origin)
    starts = known.of(origin, stored_first=True)
    for statuses, courses in statuses_at_visits(series, whose, protocol):
        if any(one.variable.code == codes.VISIT_DATE and one.table is statuses[0].table for one in series):
            continue
        last = {patient: end for patient, told in courses.items() if (end := _end_of(told)) is not None}
        if ends is None or first is None or not any(end.text == codes.DEAD for end in last.values()):
            continue
        dated = sum(patient in starts for patient in last)
        answer = _ask(statuses, last, asker, origin=str(first.label), known=2 * dated > len(last))
        if answer == "no":
            continue
        if answer == NOMINAL:
            starts = dict.fromkeys(last, float(NOMINAL_DAY))
            yield nominal_starts(statuses[0].table, whose, first)
        for number, status in enumerate(statuses):
            days = np.full(len(status.at), np.nan)
            for patient, end in last.items():
                if end.status == number:
                    days[end.place] = starts.get(patient, np.nan) + end.planned
            typed = typed_days(days)
            finding = np.where(typed.state == State.VALUE, _PLANNED_DAY, 0).astype(np.uint8)
            column = replace(status.column, variable=ends)
            typed = replace(typed, finding=finding)
            yield replace(status, column=column, variable=ends, typed=typed, visit="")


def _end_of(told: Sequence[Told]) -> Told | None:
    """The visit that ends a patient's follow-up; None where the file does not say which."""
    planned = [one for one in told if np.isfinite(one.planned)]
    death = first_death(planned)
    if death >= 0:
        return planned[death]
    seen = [one for one in planned if one.text == codes.ALIVE]
    lives = all(one.text != codes.DEAD for one in told)
    return seen[-1] if seen and lives else None


def _ask(
    statuses: Sequence[Series], last: Mapping[int, Told], asker: Asker, *, origin: str, known: bool
) -> str:
    """Whether planned days are ends of follow-up: "planned", from a nominal day, or "no"."""
    table = statuses[0].table
    dead = [end for end in last.values() if end.text == codes.DEAD]
    alive = len(last) - len(dead)
    example = _("{visit} is day {day}").format(visit=quoted(dead[0].visit), day=f"{dead[0].planned:.0f}")
    text = _(
        "No visit of {sheet} has a date. Does each follow-up end on the planned day of the visit that first"
        " tells the death, or of the last one alive ({example})?"
    )
    yes = _("Yes, approximately: the last day that a death can be")
    nominal = _("Yes, approximately, and everybody starts on 1 January 2000: no {origin} is known")
    options = Option("planned", yes) if known else Option(NOMINAL, nominal.format(origin=origin))
    return asker.ask(
        Question(
            id=question_id("planned-ends", table.key),
            kind="coding",
            text=text.format(sheet=table.sheet, example=example),
            options=(options, Option("no", _("No: these days are not known"))),
            suggested="planned" if known else "no",
            confidence=0.6,
            evidence=(
                ngettext("{count} death", "{count} deaths", len(dead)).format(count=len(dead)),
                ngettext("{count} patient alive", "{count} patients alive", alive).format(count=alive),
            ),
            file=table.file,
            sheet=table.sheet,
            cells=tuple(table.cell(status.column) for status in statuses),
        )
    )
