"""Deaths that only a log of adverse events tells: events with a fatal outcome; asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.statuses import status_meant
from mirocals_desktop.importing.values import State
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_OUTCOME: Final = "ae_outcome"
_END: Final = "ae_end_date"
_TELLING: Final = (codes.VITAL_STATUS, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)


def deaths_of_events(
    series: Sequence[Series], *, protocol: Protocol, status_known: bool, asker: Asker
) -> Iterator[Series]:
    """The deaths of patients with a fatal event, on the day on which it ended, if somebody says so.

    Only where nothing else, neither in the files nor in the study (`status_known`), says who died.
    """
    status, death = protocol.variable(codes.VITAL_STATUS), protocol.variable(codes.DEATH_DATE)
    if status_known or status is None or death is None or any(s.variable.code in _TELLING for s in series):
        return
    for one in series:
        fatal = _fatal(one) if one.variable.code == _OUTCOME else np.zeros(0, dtype=bool)
        ends = next((s for s in series if s.variable.code == _END and s.table is one.table), None)
        if not fatal.any() or not _confirm(one, ends, int(fatal.sum()), asker):
            continue
        died = one.typed.take(fatal)
        said = replace(died, text=np.zeros(len(died), dtype=np.int32), texts=(codes.DEAD,))
        column = replace(one.column, variable=status)
        yield replace(one, column=column, variable=status, at=one.at[fatal], typed=said)
        if ends is not None:
            dated = np.isin(ends.at, one.at[fatal])
            column = replace(ends.column, variable=death)
            yield replace(
                ends, column=column, variable=death, at=ends.at[dated], typed=ends.typed.take(dated)
            )


def _fatal(one: Series) -> Booleans:
    fatal = np.array([status_meant(text) == codes.DEAD for text in one.typed.texts] or [False])
    said = (one.typed.state == State.VALUE) & (one.typed.text >= 0)
    return np.asarray(said & fatal[np.maximum(one.typed.text, 0)], dtype=bool)


def _confirm(one: Series, ends: Series | None, count: int, asker: Asker) -> bool:
    text = ngettext(
        "No column says who died, and {count} adverse event of {sheet} was fatal by “{header}”. Did this"
        " patient die, on the day when the event ended?",
        "No column says who died, and {count} adverse events of {sheet} were fatal by “{header}”. Did these"
        " patients die, on the days when the events ended?",
        count,
    )
    answer = asker.ask(
        Question(
            id=question_id("fatal-events", one.table.key, one.column.key),
            kind="coding",
            text=text.format(count=count, sheet=one.table.sheet, header=one.column.title),
            options=(Option("died", _("Yes: they died, the others were alive")), Option("no", _("No"))),
            suggested="died",
            confidence=0.6,
            file=one.table.file,
            sheet=one.table.sheet,
            cells=(one.table.cell(one.column), *((ends.table.cell(ends.column),) if ends else ())),
        )
    )
    return answer == "died"
