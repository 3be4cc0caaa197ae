"""How the program looks: Fusion with its own light and dark palette, and the fixed colours of data.

The system's colour scheme is followed while the program runs, unless the user chose one. Colours of data
(Okabe-Ito) are the same in light and dark, and each comes with a line style, so that no sign is colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from mirocals_desktop.resources import resource_path
from mirocals_desktop.settings import Theme

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


# Palettes


def _palette(colours: dict[QPalette.ColorRole, str], *, faint: str, disabled_highlight: str) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.HighlightedText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(faint))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(disabled_highlight))
    return palette


def light_palette() -> QPalette:
    """The palette for light rooms."""
    role = QPalette.ColorRole
    return _palette(
        {
            role.Window: "#F5F6F7",
            role.WindowText: "#1E2429",
            role.Base: "#FFFFFF",
            role.AlternateBase: "#F7F8F9",
            role.Text: "#1E2429",
            role.PlaceholderText: "#656F78",
            role.Button: "#F5F6F7",
            role.ButtonText: "#1E2429",
            role.BrightText: "#B3261E",
            role.Highlight: "#2B6C9E",
            role.HighlightedText: "#FFFFFF",
            role.Accent: "#2B6C9E",
            role.Link: "#1F5F91",
            role.LinkVisited: "#1F5F91",
            role.ToolTipBase: "#FFFFFF",
            role.ToolTipText: "#1E2429",
            role.Light: "#FFFFFF",
            role.Midlight: "#E9ECEE",
            role.Mid: "#D3D8DC",
            role.Dark: "#A4ACB3",
            role.Shadow: "#7D868E",
        },
        faint="#98A1A8",
        disabled_highlight="#D3D8DC",
    )


def dark_palette() -> QPalette:
    """The palette for dark rooms."""
    role = QPalette.ColorRole
    return _palette(
        {
            role.Window: "#1F2326",
            role.WindowText: "#E4E7E9",
            role.Base: "#17191C",
            role.AlternateBase: "#1C1F22",
            role.Text: "#E4E7E9",
            role.PlaceholderText: "#8E989F",
            role.Button: "#2A2F33",
            role.ButtonText: "#E4E7E9",
            role.BrightText: "#F2867E",
            role.Highlight: "#2F6F9F",
            role.HighlightedText: "#FFFFFF",
            role.Accent: "#5AA2D6",
            role.Link: "#7DB9E3",
            role.LinkVisited: "#7DB9E3",
            role.ToolTipBase: "#2A2F33",
            role.ToolTipText: "#E4E7E9",
            role.Light: "#3B4247",
            role.Midlight: "#2A2F33",
            role.Mid: "#363C41",
            role.Dark: "#4A5258",
            role.Shadow: "#7A848B",
        },
        faint="#6C757C",
        disabled_highlight="#363C41",
    )


def is_dark(palette: QPalette | None = None) -> bool:
    """Whether the palette (the program's when None) has light text on a dark ground."""
    palette = palette or QApplication.palette()
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def warning_colour() -> str:
    """The colour of a text or sign that asks for a look."""
    return "#E0A030" if is_dark() else "#9A5B00"


def error_colour() -> str:
    """The colour of a text or sign for what is wrong."""
    return "#F2867E" if is_dark() else "#B3261E"


def faint_colour() -> str:
    """The colour of text that may be overlooked."""
    return "#9AA4AB" if is_dark() else "#5C666E"


# Text sizes: three, all relative to the system's font


def title_font(widget: QWidget) -> QFont:
    """The font of a page's title."""
    font = QFont(widget.font())
    font.setPointSizeF(font.pointSizeF() * 1.45)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def heading_font(widget: QWidget) -> QFont:
    """The font of a heading inside a page."""
    font = QFont(widget.font())
    font.setWeight(QFont.Weight.DemiBold)
    return font


def title_label(text: str, name: str, parent: QWidget | None = None) -> QLabel:
    """A page's title."""
    label = QLabel(text, parent)
    label.setObjectName(name)
    label.setFont(title_font(label))
    return label


def heading_label(text: str, name: str, parent: QWidget | None = None) -> QLabel:
    """A heading inside a page."""
    label = QLabel(text, parent)
    label.setObjectName(name)
    label.setFont(heading_font(label))
    return label


_SHEET: Final = """
QToolTip { border: 1px solid palette(mid); padding: 4px; }
QTableView, QListView, QTreeView { border: 1px solid palette(mid); }
QHeaderView::section {
    background: palette(window); border: none; border-bottom: 1px solid palette(mid);
    padding: 4px 8px; font-weight: 600;
}
QTableView::item { padding: 0 6px; }
QLineEdit {
    border: 1px solid palette(dark); border-radius: 3px; padding: 2px 5px; background: palette(base);
}
QLineEdit:focus { border-color: palette(highlight); }
QLineEdit:disabled { background: palette(window); border-color: palette(mid); }
QComboBox QLineEdit, QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QPushButton {
    border: 1px solid palette(dark); border-radius: 4px; padding: 4px 14px; background: palette(base);
}
QPushButton:hover { background: palette(midlight); }
QPushButton:pressed, QPushButton:checked { background: palette(mid); }
QPushButton:focus { border-color: palette(highlight); }
QPushButton:default {
    background: palette(highlight); color: palette(highlighted-text); border-color: palette(highlight);
}
QPushButton:disabled {
    background: palette(window); color: palette(placeholder-text); border-color: palette(mid);
}
QRadioButton::indicator, QCheckBox::indicator {
    width: 13px; height: 13px; border: 1px solid palette(shadow); background: palette(base);
}
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator:hover, QCheckBox::indicator:hover { border-color: palette(highlight); }
QRadioButton:focus, QCheckBox:focus { color: palette(link); }
QRadioButton::indicator:checked {
    width: 7px; height: 7px; border: 4px solid palette(highlight); background: white;
}
QCheckBox::indicator:checked {
    border-color: palette(highlight); background: palette(highlight); image: url(TICK);
}
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled { border-color: palette(mid); }
QHeaderView::section:vertical { font-weight: normal; border-bottom: none; color: palette(placeholder-text); }
QTableCornerButton::section { background: palette(window); border: none; }
QScrollBar:vertical { width: 11px; background: transparent; }
QScrollBar:horizontal { height: 11px; background: transparent; }
QScrollBar::handle { background: palette(mid); border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: palette(dark); }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: palette(mid); }
QToolBar { border: none; spacing: 4px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QStatusBar::item { border: none; }
"""


class Looks(QObject):
    """Puts the palette on the program and keeps it in step with the system's scheme.

    `changed` says that the palette is another one: whoever paints with colours of its own paints again.
    """

    changed = Signal()

    def __init__(self, app: QApplication, theme: Theme) -> None:
        super().__init__(app)
        self._app = app
        self._theme: Theme = theme
        app.setStyle("Fusion")
        self._apply()
        app.setStyleSheet(_SHEET.replace("TICK", resource_path("icons", "fixed", "tick.svg").as_posix()))
        app.styleHints().colorSchemeChanged.connect(lambda _scheme: self._apply())

    def set_theme(self, theme: Theme) -> None:
        """Follow the system, or stay light or dark."""
        if theme != self._theme:
            self._theme = theme
            self._apply()

    def _apply(self) -> None:
        scheme = self._app.styleHints().colorScheme()
        dark = self._theme == "dark" or (self._theme == "system" and scheme == Qt.ColorScheme.Dark)
        self._app.setPalette(dark_palette() if dark else light_palette())
        self.changed.emit()
