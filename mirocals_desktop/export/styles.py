"""The colours and line styles of data in everything exported: those of the screen, colour-blind safe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirocals_desktop.analysis.groups import Grouping


@dataclass(frozen=True)
class LineStyle:
    """A colour and dashes (lengths in line widths, none for a solid line) that say the same."""

    colour: str
    dashes: tuple[float, ...] = ()


GREY: Final = "#7F7F7F"
POOLED: Final = LineStyle(GREY)
TREATED: Final = LineStyle("#0072B2")
REFERENCE: Final = LineStyle("#D55E00", (6, 3))
_CLASSES: Final = (LineStyle("#009E73"), LineStyle("#56B4E9", (8, 3)), LineStyle("#CC79A7", (2, 2)))
_REST: Final = (
    LineStyle("#0072B2"),
    LineStyle("#D55E00", (6, 3)),
    LineStyle("#009E73", (2, 2)),
    LineStyle("#CC79A7", (8, 3, 2, 3)),
    LineStyle("#56B4E9", (10, 4)),
    LineStyle("#E69F00", (4, 2)),
    LineStyle(GREY, (1, 2)),
    LineStyle("#000000"),
)


def style_of(grouping: Grouping, index: int) -> LineStyle:
    """The style of one group of a grouping: arms and classes have theirs, others a fixed order."""
    if grouping.nature == "pooled":
        return POOLED
    if grouping.nature == "arm" and len(grouping.levels) == 2 and grouping.reference >= 0:
        return REFERENCE if index == grouping.reference else TREATED
    if grouping.nature == "class" and len(grouping.levels) <= len(_CLASSES):
        return _CLASSES[index]
    return _REST[index % len(_REST)]
