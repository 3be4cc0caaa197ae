"""The fixed colours of data as the screen draws them, and by re-export how the program looks (`looks`).

Colours of data (`export.styles`) are the same in light and dark and in figures, and each comes with a line
style, so that no sign is colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt

from mirocals_desktop.export import styles
from mirocals_desktop.export.styles import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW
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


def _drawn(style: styles.LineStyle) -> DataStyle:
    """A style as the screen's pens take it."""
    line = Qt.PenStyle.CustomDashLine if style.dashes else Qt.PenStyle.SolidLine
    return DataStyle(style.colour, line, style.dashes)


POOLED: Final = _drawn(styles.POOLED)
"""Everybody together, and everybody in a blinded study."""

TREATED: Final = _drawn(styles.TREATED)
REFERENCE: Final = _drawn(styles.REFERENCE)
_CLASSES: Final = tuple(map(_drawn, styles.CLASSES))
_OTHERS: Final = tuple(map(_drawn, styles.OTHERS))


def arm_style(code: str, reference: str) -> DataStyle:
    """The style of an arm of a two-arm trial, given the code of the reference arm."""
    return REFERENCE if code == reference else TREATED


def class_style(index: int, count: int) -> DataStyle:
    """The style of one of `count` classes of a biomarker, lowest first."""
    return _CLASSES[index] if count <= len(_CLASSES) else group_style(index)


def group_style(index: int) -> DataStyle:
    """The style of the group number `index` (from 0) of any other grouping, in a fixed order."""
    return _OTHERS[index % len(_OTHERS)]
