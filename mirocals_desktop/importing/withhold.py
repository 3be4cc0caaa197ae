"""In a blinded study, findings about the size of sealed values: a count for each column, and no patient.

That a patient's value is far outside the usual range is as telling as the value (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.mending import cells_of, describe
from mirocals_desktop.importing.model import Issue
from mirocals_desktop.importing.plan import TablePlan

OF_THE_VALUE: Final = frozenset(
    {
        "impossible-value",
        "unusual-value",
        "far-from-history",
        "swapped-values",
        "below-limit",
        "above-limit",
        "below-unknown-limit",
        "percent-in-number",
        "missing-number",
    }
)
"""Kinds of issues that are told because of how large a value is."""


def withhold(issues: Iterable[Issue], tables: Sequence[TablePlan]) -> tuple[Issue, ...]:
    """The issues; those about the size of values of a sealed column are one for each kind."""
    sealed = {
        (table.file, table.sheet, column.place.column): column.title
        for table in tables
        for column in table.columns
        if column.sealed
    }
    kept: list[Issue | None] = []
    together: dict[tuple[str, str, int, str], tuple[int, list[Issue]]] = {}
    for issue in issues:
        place = (issue.file, issue.sheet, issue.column)
        if issue.code not in OF_THE_VALUE or place not in sealed:
            kept.append(issue)
            continue
        where = (*place, issue.code)
        if where not in together:
            together[where] = (len(kept), [])
            kept.append(None)
        together[where][1].append(issue)
    for (file, sheet, column, _code), (at, members) in together.items():
        kept[at] = _count(members, sealed[file, sheet, column])
    return tuple(issue for issue in kept if issue is not None)


def _count(issues: Sequence[Issue], header: str) -> Issue:
    first = issues[0]
    count = sum(max(len(cells_of(issue)), 1) for issue in issues)
    title, _advice = describe(first.code, count, first)
    message = _("“{header}”: {found}. In a blinded study it is not shown which.").format(
        header=header, found=title
    )
    return replace(first, message=message, row=-1, column=-1, cells=(), patient="")
