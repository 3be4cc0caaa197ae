"""What can be undone and done again in a study, read from its entries: undoing is itself an entry.

The last act that still counts can be undone: a withdrawal takes it back. What was taken back since the last
act comes back, the latest first, when its withdrawal is withdrawn. A new act ends what could be done again,
as in any program. Who withdraws an entry by hand in the history does the same as one who undoes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirocals_desktop.study.ledger import NEVER_WITHDRAWN, WITHDRAWN

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Step:
    """`entry` is what has to be withdrawn, `act` the row of the entry that is undone or done again."""

    entry: int
    act: dict[str, Any]


def find_undo(entries: pd.DataFrame) -> Step | None:
    """The last act that counts and can be taken back, of `Snapshot.entries`; None when there is none."""
    acts = entries[~entries["kind"].isin((*NEVER_WITHDRAWN, WITHDRAWN)) & (entries["withdrawn_by"] == 0)]
    if not len(acts):
        return None
    act = _row(acts.iloc[-1])
    return Step(int(act["number"]), act)


def find_redo(entries: pd.DataFrame) -> Step | None:
    """The act that was taken back last and since which nothing new was done; None when there is none."""
    kinds = dict(zip(entries["number"].tolist(), entries["kind"].tolist(), strict=True))
    acts = entries[~entries["kind"].isin((*NEVER_WITHDRAWN, WITHDRAWN))]
    newest = int(acts["number"].max()) if len(acts) else 0
    withdrawals = entries[(entries["kind"] == WITHDRAWN) & (entries["withdrawn_by"] == 0)]
    for number, summary in zip(withdrawals["number"][::-1], withdrawals["summary"][::-1], strict=True):
        if number < newest:
            return None
        target = int(summary)
        if kinds.get(target) != WITHDRAWN:
            return Step(int(number), _row(entries[entries["number"] == target].iloc[0]))
    return None


def _row(row: pd.Series[Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
