"""Whether the day of last contact, or of a visit, is that of death for the dead, where there is no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.durations import KnownDays
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.planned_ends import ends_at_planned_visits
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.status_visits import deaths_at_visits
from mirocals_desktop.importing.values import State
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_SEVERAL: Final = 3


def date_deaths(
    series: Sequence[Series],
    known: KnownDays,
    whose: Whose,
    *,
    protocol: Protocol,
    origin: str,
    asker: Asker,
) -> list[Series]:
    """The series, with a column of last contacts as ends of follow-up where it is said to date deaths.

    Many tables keep one date beside "died, yes or no": the day last seen alive, or of death. It is asked for
    when most of those who died have no other date, neither in the files nor as a date of death in the study,
    and when most of those who are alive have a date of death.
    """
    ends = protocol.variable(codes.END_OF_FOLLOW_UP_DATE)
    if ends is None:
        return list(series)
    dead, alive = (frozenset(_saying(status, series, whose)) for status in (codes.DEAD, codes.ALIVE))
    said = {*known.said(codes.DEATH_DATE), *known.said(codes.END_OF_FOLLOW_UP_DATE)}
    undated = dead - said - set(known.stored(codes.DEATH_DATE))
    asked = not dead & said and 2 * len(undated) > len(dead)
    read = []
    for one in series:
        answer = ""
        if one.variable.code == codes.LAST_CONTACT_DATE and asked:
            answer = _ask_of_deaths(one, undated, _dated_patients(one, whose), asker)
        elif one.variable.code == codes.DEATH_DATE:
            answer = _ask_of_the_living(one, alive - dead, _dated_patients(one, whose), asker)
        both = replace(one, variable=ends, column=replace(one.column, variable=ends))
        read.append(both if answer == "both" else one)
    if asked and not any(one.variable.code == codes.LAST_CONTACT_DATE for one in series):
        at_visits = list(deaths_at_visits(series, undated, ends, whose, protocol, asker))
        read += at_visits or ends_at_planned_visits(
            series, known, whose, protocol=protocol, origin=origin, asker=asker
        )
    return read


def _saying(status: str, series: Sequence[Series], whose: Whose) -> Iterator[int]:
    """The numbers of the patients of whom a file says this vital status."""
    for one in series:
        if one.variable.code == codes.VITAL_STATUS and status in one.typed.texts:
            said = one.typed.text == one.typed.texts.index(status)
            rows = one.at[said & (one.typed.state == State.VALUE)]
            yield from whose.rows[one.table.key].patient[rows].tolist()


def _dated_patients(one: Series, whose: Whose) -> frozenset[int]:
    days = one.at[np.isfinite(one.typed.days)]
    return frozenset(whose.rows[one.table.key].patient[days].tolist())


def _ask_of_deaths(one: Series, undated: frozenset[int], dated: frozenset[int], asker: Asker) -> str:
    """Whether a column of last contacts is "both": the day last seen, or of death for those who died."""
    count = len(undated & dated)
    if 2 * count <= len(undated):
        return ""
    text = ngettext(
        "{count} patient died and has no date of death. Does “{header}” say the day of death?",
        "{count} patients died and have no date of death. Does “{header}” say the day of death?",
        len(undated),
    )
    no = Option("contact", _("No: they were last seen then, and the day of death is not known"))
    evidence = _("{count} of {total} who died have a date in it").format(
        count=amount(count), total=amount(len(undated))
    )
    return _ask(
        "death-day",
        one,
        text.format(count=amount(len(undated)), header=one.column.title),
        no,
        evidence,
        asker,
    )


def _ask_of_the_living(one: Series, alive: frozenset[int], dated: frozenset[int], asker: Asker) -> str:
    """Whether a column of dates of death that most of the living have as well is "both"."""
    count = len(alive & dated)
    if count < _SEVERAL or 2 * count <= len(alive):
        return ""
    text = ngettext(
        "{count} patient who is alive has a date in “{header}”. What is it?",
        "{count} patients who are alive have a date in “{header}”. What is it?",
        count,
    )
    no = Option("death", _("The day of death: then they are not alive"))
    evidence = _("{count} of {total} who are alive have a date in it").format(
        count=amount(count), total=amount(len(alive))
    )
    return _ask(
        "living-day", one, text.format(count=amount(count), header=one.column.title), no, evidence, asker
    )


def _ask(kind: str, one: Series, text: str, no: Option, evidence: str, asker: Asker) -> str:
    return asker.ask(
        Question(
            id=question_id(kind, one.table.key, one.column.key),
            kind="coding",
            text=text,
            options=(Option("both", _("The day last seen alive, or of death")), no),
            suggested="both",
            confidence=0.7,
            evidence=(evidence,),
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column),),
        )
    )
