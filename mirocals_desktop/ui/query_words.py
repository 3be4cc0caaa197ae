"""Queries and review marks in words: what state they are in, what they are about, what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.values import MISSING, time_text, value_text, variable_text, visit_text

if TYPE_CHECKING:  # pandas comes with these: not before the window is complete
    from mirocals_desktop.study.queries import MarkCode, Query, QueryState, QueryStep
    from mirocals_desktop.study.snapshot import Snapshot

STATE_ICONS: Final[dict[QueryState, str]] = {"open": "question", "answered": "queries", "closed": "check"}


def state_name(state: str) -> str:
    """The state of a query."""
    return {"open": _("open"), "answered": _("answered"), "closed": _("closed")}[state]


def mark_name(mark: MarkCode) -> str:
    """A review mark."""
    return {"seen": _("seen"), "confirmed": _("confirmed"), "to_check": _("to check"), "": _("no mark")}[mark]


def act_name(kind: str) -> str:
    """What somebody did with a query."""
    return {
        ledger.QUERY_RAISED: _("asked"),
        ledger.QUERY_ASSIGNED: _("assigned"),
        ledger.QUERY_ANSWERED: _("answered"),
        ledger.QUERY_CLOSED: _("closed"),
        ledger.QUERY_REOPENED: _("reopened"),
    }[kind]


def place_text(snapshot: Snapshot, query: Query) -> str:
    """What a query is about: variable and visit."""
    variable = variable_text(snapshot.protocol, query.variable) if query.variable else ""
    return " · ".join(text for text in (variable, visit_text(snapshot.protocol, query.visit)) if text)


def cell_text(query: Query) -> str:
    """File, sheet and cell of the value that a query is about."""
    return ", ".join(text for text in (query.file, query.sheet, query.cell) if text)


def then_text(snapshot: Snapshot, query: Query) -> str:
    """The value when the query was raised; a dash where there was none or it must not be kept."""
    if query.number != query.number and not query.value_text:
        return MISSING
    row = {
        "sealed": False,
        "missing": "",
        "number": query.number,
        "qualifier": query.qualifier,
        "text": query.value_text,
    }
    return value_text(snapshot.protocol.variable(query.variable), row)


def now_text(snapshot: Snapshot, query: Query) -> str:
    """The value that stands now; a dash where there is none."""
    if not query.current:
        return MISSING
    rows = snapshot.observations
    found = rows[rows["id"].to_numpy() == query.current]
    if not len(found):
        return MISSING
    row: dict[str, Any] = {str(name): value for name, value in found.iloc[0].items()}
    return value_text(snapshot.protocol.variable(query.variable), row)


def value_line(snapshot: Snapshot, query: Query) -> str:
    """The value of a query in one cell: what it was, and what it is now where that differs."""
    then, now = then_text(snapshot, query), now_text(snapshot, query)
    if then == now or not query.observation:
        return then
    if then == MISSING and not query.changed:
        return now
    return _("{then}, now {now}").format(then=then, now=now)


def step_line(step: QueryStep) -> str:
    """One act on a query: when, who, what, and what was written."""
    who = step.by or step.person
    if step.by and step.by != step.person:
        who = _("{who}, taken in by {person}").format(who=step.by, person=step.person)
    head = f"{time_text(step.at_utc)} · {who} · {act_name(step.kind)}"
    if step.assigned:
        head += " · " + _("to {person}").format(person=step.assigned)
    return f"{head}\n{step.text}" if step.text else head


def age_text(days: int) -> str:
    """An age in days."""
    return ngettext("{count} day", "{count} days", days).format(count=days)
