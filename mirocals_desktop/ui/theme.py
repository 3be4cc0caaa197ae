"""The fixed colours of data as the screen draws them, and by re-export how the program looks (`looks`).

Colours of data (`export.styles`) are the same in light and dark and in figures, but for the shade that some
need to stand out (`mark_colour`), and each comes with a line style, so that no sign is colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

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
    "SCALE",
    "SKY",
    "SPACE",
    "TREATED",
    "VERMILION",
    "YELLOW",
    "DataStyle",
    "Looks",
    "arm_style",
    "class_style",
    "contrast",
    "dark_palette",
    "error_colour",
    "faint_colour",
    "group_style",
    "heading_font",
    "heading_label",
    "is_dark",
    "light_palette",
    "mark_colour",
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


SCALE: Final = ("#2B4C9B", "#4E609A", "#6B7396", "#8B8A8C", "#AC9F78", "#D2BF59", "#FEE838")
"""Low to high in seven steps after cividis, which the colour-blind see as others do; none is a ground."""

LEAST_CONTRAST: Final = 3.0
"""What a mark has against its ground at least (WCAG 2.1, 1.4.11)."""


@lru_cache(maxsize=256)
def mark_colour(colour: str, ground: str) -> str:
    """A data colour for marks on a ground: its own, or the nearest shade of it that stands out enough.

    A step of the scale stays as it is: its shade is what tells it from the next.
    """
    if colour in SCALE:
        return colour
    shade, behind = QColor(colour), QColor(ground)
    darker = _luminance(behind) > 0.18
    for _step in range(40):
        if contrast(shade, behind) >= LEAST_CONTRAST:
            break
        shade = shade.darker(103) if darker else shade.lighter(103)
    return shade.name()


def contrast(one: QColor, other: QColor) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def part(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (part(value) for value in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def arm_style(code: str, reference: str) -> DataStyle:
    """The style of an arm of a two-arm trial, given the code of the reference arm."""
    return REFERENCE if code == reference else TREATED


def class_style(index: int, count: int) -> DataStyle:
    """The style of one of `count` classes of a biomarker, lowest first."""
    return _CLASSES[index] if count <= len(_CLASSES) else group_style(index)


def group_style(index: int) -> DataStyle:
    """The style of the group number `index` (from 0) of any other grouping, in a fixed order."""
    return _OTHERS[index % len(_OTHERS)]
