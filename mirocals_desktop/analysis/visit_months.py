"""The same visits by calendar month instead of by visit: who comes when, and where whole months are empty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.follow_up import VisitGrid, VisitState
from mirocals_desktop.protocol.model import Label, Visit

Counts = npt.NDArray[np.int64]

_WEIGHT: Final = np.zeros(len(VisitState), dtype=np.int64)
for _rank, _state in enumerate(
    (
        VisitState.WITHDRAWN,
        VisitState.DIED,
        VisitState.DONE,
        VisitState.UNPLACED,
        VisitState.OUTSIDE,
        VisitState.MISSED,
        VisitState.DUE,
        VisitState.OVERDUE,
    ),
    start=1,
):
    _WEIGHT[_state] = _rank


@dataclass(frozen=True, eq=False)
class VisitMonths:
    """A grid whose columns are months (codes "2024-03"), and which visit each of its cells shows.

    A visit stands in the month in which it took place, else in that of its target day. Of several visits in
    one month the cell shows the one that most needs action; `place` is its column in the original grid (-1
    for none), `together` how many visits share the cell.
    """

    grid: VisitGrid
    place: Counts
    together: Counts


def derive_visit_months(grid: VisitGrid) -> VisitMonths:
    """The months from the first to the last visit that says something."""
    days = np.where(np.isnat(grid.actual), grid.target, grid.actual)
    rows, columns = np.nonzero((grid.state != VisitState.NOT_EXPECTED) & ~np.isnat(days))
    months = days[rows, columns].astype("datetime64[M]").astype(np.int64)
    first = int(months.min()) if len(months) else 0
    count = int(months.max()) - first + 1 if len(months) else 0
    shape = (len(grid.patients), count)
    place = np.full(shape, -1, dtype=np.int64)
    together = np.zeros(shape, dtype=np.int64)
    np.add.at(together, (rows, months - first), 1)
    order = np.argsort(_WEIGHT[grid.state[rows, columns]], kind="stable")  # what needs action is written last
    place[rows[order], months[order] - first] = columns[order]
    own = np.arange(len(grid.patients))[:, None]
    shown = np.maximum(place, 0)
    nothing = np.datetime64("NaT", "D")

    def taken(values: npt.NDArray[np.generic], blank: object) -> npt.NDArray[np.generic]:
        if not grid.visits:
            return np.full(shape, blank, dtype=values.dtype)
        return np.where(place >= 0, values[own, shown], np.array(blank, dtype=values.dtype))

    names = (np.datetime64(first + number, "M") for number in range(count))
    visits = tuple(_month(str(name)) for name in names)
    months_grid = replace(
        grid,
        visits=visits,
        state=taken(grid.state, VisitState.NOT_EXPECTED).astype(np.uint8),
        first=taken(grid.first, nothing).astype("datetime64[D]"),
        target=taken(grid.target, nothing).astype("datetime64[D]"),
        last=taken(grid.last, nothing).astype("datetime64[D]"),
        actual=taken(grid.actual, nothing).astype("datetime64[D]"),
        reason=taken(grid.reason, "").astype(object),
        recorded=taken(grid.recorded, False).astype(np.bool_),  # noqa: FBT003 (the value of an empty cell)
    )
    return VisitMonths(months_grid, place, together)


def _month(code: str) -> Visit:
    """A column for a month: "03" over "2024"."""
    year, _dash, month = code.partition("-")
    return Visit(code, Label(f"{month}\n{year}", f"{month}\n{year}"), None)
