"""The colours and line styles of data, on the screen and in everything exported, safe for the colour-blind.

The screen takes them from here (`ui.theme`): there is no second list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mirocals_desktop.analysis.groups import Grouping


@dataclass(frozen=True)
class LineStyle:
    """A colour and dashes (lengths in line widths, none for a solid line) that say the same."""

    colour: str
    dashes: tuple[float, ...] = ()


BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
ORANGE: Final = "#E69F00"
YELLOW: Final = "#F0E442"
GREY: Final = "#7F7F7F"

POOLED: Final = LineStyle(GREY)
"""Everybody together, and everybody in a blinded study."""

TREATED: Final = LineStyle(BLUE)
REFERENCE: Final = LineStyle(VERMILION, (6, 3))
CLASSES: Final = (LineStyle(GREEN), LineStyle(SKY, (8, 3)), LineStyle(PURPLE, (2, 2)))
"""Up to three classes of a biomarker, lowest first."""

OTHERS: Final = (
    LineStyle(BLUE),
    LineStyle(VERMILION, (6, 3)),
    LineStyle(GREEN, (2, 2)),
    LineStyle(PURPLE, (8, 3, 2, 3)),
    LineStyle(SKY, (10, 4)),
    LineStyle(ORANGE, (4, 2)),
    LineStyle(GREY, (1, 2)),
    LineStyle("#000000"),
)
"""The groups of any other grouping, in their order."""


def style_of(grouping: Grouping, index: int) -> LineStyle:
    """The style of one group of a grouping: arms and classes have theirs, others a fixed order."""
    if grouping.nature == "pooled":
        return POOLED
    if grouping.nature == "arm" and len(grouping.levels) == 2 and grouping.reference >= 0:
        return REFERENCE if index == grouping.reference else TREATED
    if grouping.nature == "class" and len(grouping.levels) <= len(CLASSES):
        return CLASSES[index]
    return OTHERS[index % len(OTHERS)]
