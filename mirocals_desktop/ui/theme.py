"""The fixed colours of data, and by re-export how the program itself looks (`looks`).

Colours of data (Okabe-Ito) are the same in light and dark, and each comes with a line style, so that no sign
is colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

from mirocals_desktop.ui.looks import (
    Looks,
    dark_palette,
    error_colour,
    faint_colour,
    heading_font,
    heading_label,
    is_dark,
    light_palette,
    title_font,
    title_label,
    warning_colour,
)

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "POOLED",
    "PURPLE",
    "REFERENCE",
    "SKY",
    "SPACE",
    "TREATED",
    "VERMILION",
    "YELLOW",
    "DataStyle",
    "Looks",
    "arm_style",
    "class_style",
    "dark_palette",
    "error_colour",
    "faint_colour",
    "group_style",
    "heading_font",
    "heading_label",
    "is_dark",
    "light_palette",
    "title_font",
    "title_label",
    "warning_colour",
]

SPACE: Final = 8  # the spacing grid in pixels

# Colours of data


@dataclass(frozen=True)
class DataStyle:
    """How one group is drawn: a colour and a line style that say the same."""

    colour: str
    line: Qt.PenStyle
    dashes: tuple[float, ...] = ()


BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
ORANGE: Final = "#E69F00"
YELLOW: Final = "#F0E442"
GREY: Final = "#7F7F7F"

POOLED: Final = DataStyle(GREY, Qt.PenStyle.SolidLine)
"""Everybody together, and everybody in a blinded study."""

TREATED: Final = DataStyle(BLUE, Qt.PenStyle.SolidLine)
REFERENCE: Final = DataStyle(VERMILION, Qt.PenStyle.CustomDashLine, (6, 3))
_CLASSES: Final = (
    DataStyle(GREEN, Qt.PenStyle.SolidLine),
    DataStyle(SKY, Qt.PenStyle.CustomDashLine, (8, 3)),
    DataStyle(PURPLE, Qt.PenStyle.CustomDashLine, (2, 2)),
)
_REST: Final = (
    DataStyle(BLUE, Qt.PenStyle.SolidLine),
    DataStyle(VERMILION, Qt.PenStyle.CustomDashLine, (6, 3)),
    DataStyle(GREEN, Qt.PenStyle.CustomDashLine, (2, 2)),
    DataStyle(PURPLE, Qt.PenStyle.CustomDashLine, (8, 3, 2, 3)),
    DataStyle(SKY, Qt.PenStyle.CustomDashLine, (10, 4)),
    DataStyle(ORANGE, Qt.PenStyle.CustomDashLine, (4, 2)),
    DataStyle(GREY, Qt.PenStyle.CustomDashLine, (1, 2)),
    DataStyle("#000000", Qt.PenStyle.SolidLine),
)


def arm_style(code: str, reference: str) -> DataStyle:
    """The style of an arm of a two-arm trial, given the code of the reference arm."""
    return REFERENCE if code == reference else TREATED


def class_style(index: int, count: int) -> DataStyle:
    """The style of one of `count` classes of a biomarker, lowest first."""
    return _CLASSES[index] if count <= len(_CLASSES) else group_style(index)


def group_style(index: int) -> DataStyle:
    """The style of the group number `index` (from 0) of any other grouping, in a fixed order."""
    return _REST[index % len(_REST)]
