"""Dates that say by a word or a cross whether they are deaths ("12/03/2015 †"): asked, and read as both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext, quoted
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.series import Declined, Series
from mirocals_desktop.importing.statuses import outcome_and_date, status_meant
from mirocals_desktop.importing.values import State
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_ENDS: Final = (codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE, codes.DEATH_DATE)


def part_outcomes(
    series: Sequence[Series], *, protocol: Protocol, asker: Asker
) -> tuple[list[Series], list[Declined]]:
    """The series, with a vital status beside each column of dates whose cells or rows tell it, if confirmed.

    A row may say in another column what happened on its date ("Récidive", "Décès"): rows of other events end
    no follow-up and are declined.
    """
    ends, status = protocol.variable(codes.END_OF_FOLLOW_UP_DATE), protocol.variable(codes.VITAL_STATUS)
    if ends is None or status is None:
        return list(series), []
    told = {one.table.key for one in series if one.variable.code == codes.VITAL_STATUS}
    parted: list[Series] = []
    declined: list[Declined] = []
    spent: set[tuple[str, str]] = set()
    for one in series:
        if one.variable.code not in _ENDS or one.table.key in told:
            parted.append(one)
            continue
        said, source, events = _statuses(one), one.column, column_of_events(one.table, protocol)
        if any(said):
            if one.variable.code == codes.DEATH_DATE and codes.DEAD not in said:
                # "alive 12/03/2015" among dates of death: the dates without a word are deaths
                said = [status or codes.DEAD for status in said]
            confirmed = _confirmed(one, said, asker)
        elif events is not None:
            words = one.table.table.sheet.texts(events.place.column, one.sheet_rows)
            said, source = [status_meant(word) for word in words], events
            confirmed = _events_confirmed(one, words, asker)
            if confirmed and one.table.layout == "patients":
                # One row for each patient: who left for another reason was alive on that day.
                said = [
                    status or (codes.ALIVE if word.strip() else "")
                    for status, word in zip(said, words, strict=True)
                ]
            elif confirmed:
                spent.add((one.table.key, events.key))
                others = one.at[np.array([not word for word in said])]
                declined += [
                    Declined(one.table, column, others, column.title) for column in (one.column, events)
                ]
                kept = np.array([bool(word) for word in said])
                said, one = (
                    [word for word in said if word],
                    replace(one, at=one.at[kept], typed=one.typed.take(kept)),
                )
        else:
            confirmed = False
        if not confirmed:
            parted.append(one)
            continue
        parted.append(replace(one, column=replace(one.column, variable=ends), variable=ends))
        told_by = replace(one, column=replace(source, variable=status), variable=status)
        parted.append(_status_series(told_by, said))
    return [one for one in parted if _place(one) not in spent or one.variable is status], declined


def _place(one: Series) -> tuple[str, str]:
    return one.table.key, one.column.key


def column_of_events(table: TablePlan, protocol: Protocol) -> ColumnPlan | None:
    """The column that says what happened in each row of a date, where it tells deaths and other things."""
    for column in table.columns:
        variable = column.variable
        if column.use != "variable" or variable is None or variable.kind not in ("choice", "text"):
            continue
        if protocol.variable(variable.code) is not None:
            continue
        met = {status_meant(text) for text in column.profile.texts}
        if codes.DEAD in met and "" in met and column.profile.looks_coded:
            return column
    return None


def _events_confirmed(one: Series, events: Sequence[str], asker: Asker) -> bool:
    words = list(dict.fromkeys(word.strip() for word in events if word.strip()))

    def told(status: str) -> str:
        return ", ".join(quoted(word) for word in words if status_meant(word) == status) or "–"

    if one.table.layout == "patients":  # one row for each: it says how the follow-up ended on its date
        text = _(
            "Each row of {sheet} says how a patient’s follow-up ended on “{header}”. Take {dead} as deaths,"
            " and the others ({other}) as alive on that day?"
        )
        parted, dates = _("Yes: they died, or were alive, on that day"), _("No: take the dates alone")
        others = ", ".join(words for words in (told(codes.ALIVE), told("")) if words != "–") or "–"
    else:
        text = _(
            "Each row of {sheet} says what happened on a date. Take {dead} as deaths, {alive} as last"
            " contacts, and no end of follow-up from {other}?"
        )
        parted, dates = _("Yes: they are different events"), _("No: take the dates of all rows alike")
        others = told("")
    answer = asker.ask(
        Question(
            id=question_id("events", one.table.key, one.column.key),
            kind="coding",
            text=text.format(
                sheet=one.table.sheet,
                header=one.column.title,
                dead=told(codes.DEAD),
                alive=told(codes.ALIVE),
                other=others,
            ),
            options=(Option("parted", parted), Option("dates", dates)),
            suggested="parted",
            confidence=0.8,
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column),),
        )
    )
    return answer == "parted"


def _statuses(one: Series) -> list[str]:
    """What each cell says of the patient beside its date, "" for nothing."""
    texts = one.table.table.sheet.texts(one.column.place.column, one.sheet_rows)
    return [outcome_and_date(text)[0] for text in texts]


def _confirmed(one: Series, said: Sequence[str], asker: Asker) -> bool:
    dead, dated = said.count(codes.DEAD), int((one.typed.state == State.VALUE).sum())
    row = said.index(next(status for status in said if status))
    text = ngettext(
        "“{header}” marks {count} of {total} dates as a death (“{example}”). Did this patient die then, and"
        " the others not?",
        "“{header}” marks {count} of {total} dates as deaths (“{example}”). Did these patients die then, and"
        " the others not?",
        dead,
    )
    example = one.table.table.sheet.text(int(one.sheet_rows[row]), one.column.place.column)
    answer = asker.ask(
        Question(
            id=question_id("dated-outcome", one.table.key, one.column.key),
            kind="coding",
            text=text.format(
                header=one.column.title, count=amount(dead), total=amount(dated), example=example.strip()
            ),
            options=(
                Option("both", _("Yes: the others were last seen alive then")),
                Option("dates", _("No: take the dates alone")),
            ),
            suggested="both",
            confidence=0.8,
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column), one.table.cell(one.column, int(one.at[row]))),
        )
    )
    return answer == "both"


def _status_series(one: Series, said: Sequence[str]) -> Series:
    """The vital status of each dated cell: as it says, alive where it says nothing."""
    texts = (codes.ALIVE, codes.DEAD, codes.LOST)
    known = one.typed.state == State.VALUE
    places = np.array([texts.index(status or codes.ALIVE) for status in said], dtype=np.int32)
    typed = replace(
        one.typed,
        state=np.where(known, State.VALUE, State.EMPTY).astype(np.uint8),
        text=np.where(known, places, -1).astype(np.int32),
        texts=texts,
        missing=np.zeros(len(places), dtype=np.uint8),
        finding=np.zeros(len(places), dtype=np.uint8),
        days=np.full(len(places), np.nan),
    )
    return replace(one, typed=typed)
