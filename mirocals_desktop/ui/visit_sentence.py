"""What a cell of the matrix of visits says: state, day, window, what was due and is lacking; what to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirocals_desktop.analysis.follow_up import TOOK_PLACE, VisitState, state_name
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.values import date_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview


def visit_sentence(overview: Overview, row: int, column: int) -> str:
    """The visit of the grid in this column, of the patient in this row."""
    grid, completeness = overview.grid, overview.completeness
    visit, state = grid.visits[column], VisitState(grid.state[row, column])
    day, target = grid.actual[row, column], grid.target[row, column]
    words = state_name(state).lower()
    if state == VisitState.NOT_EXPECTED and (grid.over[row] or np.isnat(target)):
        words = _("nothing is expected") if grid.planned else _("no such visit")
    elif state in TOOK_PLACE and not grid.planned:
        words = _("took place")
    said = _("Patient {patient}, {visit}: {state}").format(
        patient=grid.patients[row], visit=visit.label, state=words
    )
    parts = [said]
    if not np.isnat(day):
        off = grid.days_off()[row, column]
        parts.append(date_text(str(day)))
        if off == off and off:
            later = ngettext("{count} day late", "{count} days late", int(abs(off)))
            early = ngettext("{count} day early", "{count} days early", int(abs(off)))
            parts.append((later if off > 0 else early).format(count=int(abs(off))))
    if not np.isnat(target):
        parts.append(
            _("planned {target}, window {first} to {last}").format(
                target=date_text(str(target)),
                first=date_text(str(grid.first[row, column])),
                last=date_text(str(grid.last[row, column])),
            )
        )
    if state == VisitState.MISSED:
        reason = grid.reason[row, column]
        parts.append(_("reason: {reason}").format(reason=reason) if reason else _("no reason recorded"))
    if state in TOOK_PLACE:
        lacking = _lacking(overview, row, column)
        parts.append(_("lacks {variables}").format(variables=lacking) if lacking else _("complete"))
    elif state in (VisitState.DUE, VisitState.OVERDUE):
        due = [
            str(variable.label)
            for place, variable in enumerate(completeness.variables)
            if completeness.due[place, column]
        ]
        if due:
            parts.append(_("due: {variables}").format(variables=", ".join(due)))
    return ", ".join(parts)


def visit_question(overview: Overview, row: int, column: int) -> str:
    """The question that a query on a visit begins with; "" where nothing about it is open."""
    grid = overview.grid
    state, visit = VisitState(grid.state[row, column]), str(grid.visits[column].label)
    if state == VisitState.OVERDUE:
        text = _("{visit} was planned for {target} and nothing is entered. Did it take place? If not, why?")
        return text.format(visit=visit, target=date_text(str(grid.target[row, column])))
    if state == VisitState.MISSED and not grid.reason[row, column]:
        return _("{visit} was missed and no reason is recorded. Why was it?").format(visit=visit)
    lacking = _lacking(overview, row, column) if state in TOOK_PLACE else ""
    text = _("{visit} lacks {variables}. Please enter what is there, or say why it is not.")
    return text.format(visit=visit, variables=lacking) if lacking else ""


def _lacking(overview: Overview, row: int, column: int) -> str:
    """What was due at a visit that took place and is not there."""
    completeness = overview.completeness
    return ", ".join(
        str(variable.label)
        for place, variable in enumerate(completeness.variables)
        if completeness.due[place, column] and not completeness.has[place, row, column]
    )
