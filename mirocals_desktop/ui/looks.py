"""How the program itself looks: its light and dark palette over Fusion, text sizes, the style sheet.

Loaded before the first paint, so it touches nothing of Qt that takes long to make: the name `Qt` alone makes
a hundred enumerations, a sixth of what a bare window needs to start. The colours of data are in `theme`.
"""

from __future__ import annotations

from typing import Final

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from mirocals_desktop.resources import resource_path
from mirocals_desktop.settings import Theme

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


def status_height(widget: QWidget) -> int:
    """The height of the line at the bottom, with work in it or without: the page above never moves."""
    return 2 * widget.fontMetrics().height()


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
QRadioButton::indicator, QCheckBox::indicator, QTreeView::indicator {
    width: 13px; height: 13px; border: 1px solid palette(shadow); background: palette(base);
}
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator, QTreeView::indicator { border-radius: 3px; }
QRadioButton::indicator:hover, QCheckBox::indicator:hover { border-color: palette(highlight); }
QRadioButton:focus, QCheckBox:focus { color: palette(link); }
QRadioButton::indicator:checked {
    width: 7px; height: 7px; border: 4px solid palette(highlight); background: white;
}
QCheckBox::indicator:checked, QTreeView::indicator:checked {
    border-color: palette(highlight); background: palette(highlight); image: url(TICK);
}
QTreeView::indicator { width: 11px; height: 11px; }
QTreeView::indicator:checked { border-color: palette(highlighted-text); }
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled, QTreeView::indicator:disabled {
    border-color: palette(mid);
}
QHeaderView::section:vertical { font-weight: normal; border-bottom: none; color: palette(placeholder-text); }
QTableCornerButton::section { background: palette(window); border: none; }
QTabBar::tab {
    padding: 5px 10px; margin-right: 2px; background: transparent;
    border: none; border-bottom: 2px solid transparent;
}
QTabBar::tab:selected { background: palette(midlight); border-bottom-color: palette(highlight); }
QTabBar::tab:hover { background: palette(midlight); }
QTabBar::tab:focus {
    border: 1px solid palette(highlight); border-bottom-width: 2px; padding: 4px 9px 5px 9px;
}
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
QScrollArea#start\\.recent { border: none; qproperty-focusPolicy: NoFocus; }
QPushButton:flat { border: 1px solid transparent; background: transparent; padding: 2px; }
QPushButton:flat:hover { background: palette(midlight); }
QPushButton:flat:focus { border-color: palette(highlight); }
QPushButton#start\\.drop {
    border: 1px dashed palette(dark); border-radius: 6px; background: transparent;
}
QPushButton#start\\.drop:hover { background: palette(midlight); }
QPushButton#start\\.drop:focus { border: 2px solid palette(highlight); }
"""


_WORN: Final = "dark_worn"  # the property of a widget that takes its colours when it is shown: which it has


def restyle(root: QWidget) -> None:
    """Give `root` and what is in it the colours of now: what the sheet has styled keeps its old ones.

    To put the sheet on again would do so for every page, also those that nobody sees, and take seconds.
    A hidden one that is to `wear_when_shown` keeps the old ones.
    """
    parts, dark = [root], is_dark()
    for part in parts:
        if part.property(_WORN) is not None:
            part.setProperty(_WORN, dark)
        parts += [
            child
            for child in part.children()
            if isinstance(child, QWidget)
            and not child.isWindow()
            and (child.isVisible() or child.property(_WORN) is None)
        ]
    for part in parts:
        part.style().unpolish(part)
    for part in parts:
        part.style().polish(part)


def wear_when_shown(widget: QWidget) -> None:
    """Let a hidden `widget` keep the colours of before, until `wear` is called."""
    widget.setProperty(_WORN, is_dark())


def wear(widget: QWidget) -> None:
    """Give the colours of now to a widget that was hidden when they changed."""
    if widget.property(_WORN) != is_dark():
        restyle(widget)


class Looks(QObject):
    """Puts the palette on the program and keeps it in step with the system's scheme.

    `changed` says that the palette is another one: whoever paints with colours of its own paints again.
    """

    changed = Signal()

    def __init__(self, app: QApplication, theme: Theme, *, text_size: int = 100) -> None:
        super().__init__(app)
        self._app = app
        self._plain = app.font()
        self._text_size = 100
        self.set_text_size(text_size)
        self._theme: Theme = theme
        # At start the system's palette tells its scheme: asking for the scheme would make all of `Qt`.
        app.setPalette(QPalette())
        app.setPalette(self._palette(dark=theme == "dark" or (theme == "system" and is_dark())))
        app.setStyleSheet(_SHEET.replace("TICK", resource_path("icons", "fixed", "tick.svg").as_posix()))
        app.styleHints().colorSchemeChanged.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        """Follow the system, or stay light or dark."""
        if theme != self._theme:
            self._theme = theme
            self._follow()

    def set_text_size(self, percent: int) -> None:
        """Write everything larger or smaller than the system does."""
        if percent != self._text_size:
            self._text_size = percent
            font = QFont(self._plain)
            font.setPointSizeF(self._plain.pointSizeF() * percent / 100)
            self._app.setFont(font)

    def _follow(self) -> None:
        # It takes no scheme: right after the start `Qt` is not made yet, and none could be handed over.
        system_is_dark = self._app.styleHints().colorScheme() == QtCore.Qt.ColorScheme.Dark
        dark = self._theme == "dark" or (self._theme == "system" and system_is_dark)
        if dark != is_dark():
            self._app.setPalette(self._palette(dark=dark))
            for window in self._app.topLevelWidgets():
                restyle(window)
        self.changed.emit()

    @staticmethod
    def _palette(*, dark: bool) -> QPalette:
        return dark_palette() if dark else light_palette()
