"""Visits that are not there, by reason: whether a gap tells of the patient or only of the paperwork.

Visits missing because patients died or left are not like visits that nobody entered; a summary over the
visits that are there is to be read beside these numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.follow_up import TOOK_PLACE, VisitGrid, VisitState
from mirocals_desktop.i18n import N_, _

Counts = npt.NDArray[np.int64]

MissingReason = Literal["died", "withdrew", "late", "not_done", "not_entered"]

REASONS: Final[dict[MissingReason, str]] = {
    "died": N_("Died"),
    "withdrew": N_("Withdrew"),
    "late": N_("Late"),
    "not_done": N_("Not done"),
    "not_entered": N_("Not entered"),
}
"""Why a visit is missing, with English names: the patient died or left before its window closed; the window
has closed and the patient is still followed; a file says that it did not take place; nothing says anything,
and a later visit took place or nothing more is expected."""

HELD: Final = -1
NOT_EXPECTED: Final = -2


@dataclass(frozen=True, eq=False)
class MissingVisits:
    """Per visit how many were held, and how many are missing by each reason.

    `cells` (patients by visits, in the grid's order) has the place of the reason in `REASONS`, `HELD` or
    `NOT_EXPECTED`. `told` counts the recorded reasons, in the files' own words, the most frequent first.
    """

    held: Counts
    missing: Mapping[MissingReason, Counts]
    cells: npt.NDArray[np.int8]
    told: tuple[tuple[str, int], ...]

    def order(self) -> Counts:
        """Rows of the grid with visits expected, those whose visits end first at the top."""
        gone = self.cells >= 0
        never = self.cells.shape[1]
        first = np.where(gone.any(axis=1), gone.argmax(axis=1), never)
        last_held = np.where(
            (self.cells == HELD).any(axis=1), never - 1 - (self.cells[:, ::-1] == HELD).argmax(axis=1), -1
        )
        nothing = (self.cells == NOT_EXPECTED).all(axis=1)
        order = np.lexsort((np.arange(len(first)), first, last_held)).astype(np.int64)
        shown: Counts = order[~nothing[order]]
        return shown


def reason_name(reason: MissingReason) -> str:
    """The translated name of a reason."""
    return _(REASONS[reason])


def summarise_missing(grid: VisitGrid) -> MissingVisits:
    """Count the visits of a grid that are not there, by reason."""
    state = grid.state
    missed = state == VisitState.MISSED
    flags: dict[MissingReason, npt.NDArray[np.bool_]] = {
        "died": state == VisitState.DIED,
        "withdrew": state == VisitState.WITHDRAWN,
        "late": state == VisitState.OVERDUE,
        "not_done": missed & grid.recorded,
        "not_entered": missed & ~grid.recorded,
    }
    held = np.isin(state, TOOK_PLACE)
    cells = np.full(state.shape, NOT_EXPECTED, dtype=np.int8)
    cells[held] = HELD
    for place, reason in enumerate(REASONS):
        cells[flags[reason]] = place
    words, counts = np.unique(grid.reason[missed & (grid.reason != "")].astype(str), return_counts=True)
    told = sorted(zip(words.tolist(), counts.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return MissingVisits(
        held=held.sum(axis=0).astype(np.int64),
        missing={reason: flag.sum(axis=0).astype(np.int64) for reason, flag in flags.items()},
        cells=cells,
        told=tuple((str(word), int(count)) for word, count in told),
    )
