"""Whether the day of last contact is that of death for those who died, where a file has no other date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.durations import KnownDays
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.values import State
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol


def date_deaths(
    series: Sequence[Series], known: KnownDays, whose: Whose, *, protocol: Protocol, asker: Asker
) -> list[Series]:
    """The series, with a column of last contacts as ends of follow-up where it is said to date deaths.

    Many tables keep one date beside "died, yes or no": the day last seen alive, or of death. It is asked for
    when most of those who died have no other date, neither in the files nor as a date of death in the study.
    """
    ends = protocol.variable(codes.END_OF_FOLLOW_UP_DATE)
    dead = frozenset(_died(series, whose))
    said = {*known.said(codes.DEATH_DATE), *known.said(codes.END_OF_FOLLOW_UP_DATE)}
    undated = dead - said - set(known.stored(codes.DEATH_DATE))
    if ends is None or dead & said or 2 * len(undated) <= len(dead):
        return list(series)
    read = []
    for one in series:
        dated = _dated_patients(one, whose) & undated if one.variable.code == codes.LAST_CONTACT_DATE else ()
        if 2 * len(dated) > len(undated) and _ask(one, len(undated), len(dated), asker) == "death":
            read.append(replace(one, variable=ends, column=replace(one.column, variable=ends)))
        else:
            read.append(one)
    return read


def _died(series: Sequence[Series], whose: Whose) -> Iterator[int]:
    """The numbers of the patients whom a file says to have died."""
    for one in series:
        if one.variable.code == codes.VITAL_STATUS and codes.DEAD in one.typed.texts:
            said = one.typed.text == one.typed.texts.index(codes.DEAD)
            died = said & (one.typed.state == State.VALUE)
            yield from whose.rows[one.table.key].patient[one.at[died]].tolist()


def _dated_patients(one: Series, whose: Whose) -> frozenset[int]:
    days = one.at[np.isfinite(one.typed.days)]
    return frozenset(whose.rows[one.table.key].patient[days].tolist())


def _ask(one: Series, undated: int, dated: int, asker: Asker) -> str:
    text = ngettext(
        "{count} patient died and has no date of death. Does “{header}” say the day of death?",
        "{count} patients died and have no date of death. Does “{header}” say the day of death?",
        undated,
    )
    evidence = _("{count} of {total} who died have a date in it").format(count=dated, total=undated)
    return asker.ask(
        Question(
            id=question_id("death-day", one.table.key, one.column.key),
            kind="coding",
            text=text.format(count=undated, header=one.column.title),
            options=(
                Option("death", _("Yes: the day last seen alive, or of death")),
                Option("contact", _("No: they were last seen then, and the day of death is not known")),
            ),
            suggested="death",
            confidence=0.7,
            evidence=(evidence,),
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column),),
        )
    )
