"""Where a table stands in a sheet: its bounds, shown and moved with the mouse or typed into fields."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QColor, QPalette, QPixmap, QValidator
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.bounds import MOST_HEADERS, Bounds
from mirocals_desktop.importing.grid import Sheet, column_letters
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.cut_label import CutLabel
from mirocals_desktop.ui.flow import FlowLayout


class _Letters(QSpinBox):
    """A column of a sheet, by its letters."""

    @override
    def textFromValue(self, value: int) -> str:
        return column_letters(value - 1)

    @override
    def valueFromText(self, text: str) -> int:
        number = 0
        for letter in text.strip().upper():
            number = number * 26 + ord(letter) - 64
        return number

    @override
    def validate(self, text: str, position: int) -> object:
        good = text.strip().isascii() and text.strip().isalpha() and len(text.strip()) < 4
        state = QValidator.State.Acceptable if good else QValidator.State.Invalid
        return (state if text.strip() else QValidator.State.Intermediate, text, position)


class BoundsBar(QWidget):
    """The bounds as fields. `asked(Bounds)` when a field is changed, `reset()` for what the program found."""

    asked = Signal(object)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bounds")
        self._sheet: Sheet | None = None
        self._bounds: Bounds | None = None
        self._row = FlowLayout(self)
        self._parts: list[QWidget] = []
        self.first = self._field(QSpinBox(self), "first", _("Table from row"))
        self.last = self._field(QSpinBox(self), "last", _("to row"))
        self.left = self._field(_Letters(self), "left", _("columns"))
        self.right = self._field(_Letters(self), "right", _("to"))
        self.headers = self._field(QSpinBox(self), "headers", _("header rows"))
        self.headers.setRange(0, MOST_HEADERS)
        self.units = QCheckBox(_("then units"), self)
        self.units.setObjectName("bounds.units")
        self.units.setAccessibleName(_("A row of units follows the header"))
        self.units.toggled.connect(self._on_changed)
        self.found = QPushButton(_("As found"), self)
        self.found.setObjectName("bounds.found")
        self.found.setAutoDefault(False)
        self.found.setToolTip(_("Take the table as the program found it"))
        self.found.clicked.connect(self.reset)
        self._row.addWidget(self.units)
        self._row.addWidget(self.found)
        self._parts += [self.units, self.found]
        height = max(part.sizeHint().height() for part in self._parts)
        for part in self._parts:  # parts of different heights would stand with their words on different lines
            part.setMinimumHeight(height)

    def _field(self, field: QSpinBox, name: str, label: str) -> QSpinBox:
        pair = QWidget(self)
        line = QHBoxLayout(pair)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        text = QLabel(label, pair)
        text.setObjectName(f"bounds.{name}.label")
        text.setBuddy(field)
        field.setObjectName(f"bounds.{name}")
        field.setAccessibleName(label)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(self._on_changed)
        line.addWidget(text)
        line.addWidget(field)
        self._row.addWidget(pair)
        self._parts.append(pair)
        return field

    def show_bounds(self, sheet: Sheet, bounds: Bounds, *, changed: bool, only_end: bool = False) -> None:
        """Show the bounds of a table; `changed` when a person has moved them.

        With `only_end` no other edge than the last row can be moved: the study is blinded.
        """
        for widget in (self.first, self.left, self.right, self.headers, self.units):
            widget.setEnabled(not only_end)
            widget.setToolTip(_("In a blinded study a table can only end earlier.") if only_end else "")
        self._sheet, self._bounds = sheet, bounds
        for field, value, most in (
            (self.first, bounds.first + 1, sheet.n_rows),
            (self.last, bounds.last + 1, sheet.n_rows),
            (self.left, bounds.left + 1, sheet.n_columns),
            (self.right, bounds.right + 1, sheet.n_columns),
            (self.headers, bounds.headers, MOST_HEADERS),
        ):
            blocker = QSignalBlocker(field)
            field.setMaximum(max(most, 1))
            if field is not self.headers:
                field.setMinimum(1)
            field.setValue(value)
            blocker.unblock()
        blocker = QSignalBlocker(self.units)
        self.units.setChecked(bounds.units)
        blocker.unblock()
        self.found.setEnabled(changed)

    def _on_changed(self, _value: object = None) -> None:
        if self._sheet is None or self._bounds is None:
            return
        first, last = self.first.value() - 1, self.last.value() - 1
        left, right = self.left.value() - 1, self.right.value() - 1
        bounds = Bounds(
            first,
            self.headers.value(),
            self.units.isChecked() and self.headers.value() > 0,
            max(last, min(first + self.headers.value() + self.units.isChecked(), self._sheet.n_rows - 1)),
            min(left, right),
            max(left, right),
        )
        if bounds != self._bounds:
            self._bounds = bounds
            self.asked.emit(bounds)


class Legend(QWidget):
    """What the colours of the sheet mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet.legend")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        grounds = role_colours()
        for code, text in (
            ("header", _("header")),
            ("units", _("units")),
            ("aside", _("not read")),
            ("problem", _("problem")),
        ):
            sign = QLabel(self)
            sign.setObjectName(f"sheet.legend.{code}.sign")
            picture = QPixmap(14, 12)
            picture.fill(_over(grounds[code], QApplication.palette().color(QPalette.ColorRole.Base)))
            sign.setPixmap(picture)
            label = QLabel(text, self)
            label.setObjectName(f"sheet.legend.{code}")
            label.setStyleSheet(f"color: {theme.faint_colour()};")
            row.addWidget(sign)
            row.addWidget(label)
            row.addSpacing(8)
        hint = CutLabel(_("The table’s edges can be dragged."), self)
        hint.setObjectName("sheet.legend.hint")
        row.addWidget(hint, 1)


def role_colours() -> Mapping[str, QColor]:
    """The ground of cells by what they are to the table: see-through, over the sheet's own."""
    palette = QApplication.palette()

    def tint(colour: QColor | str, alpha: int) -> QColor:
        made = QColor(colour)
        made.setAlpha(alpha)
        return made

    accent = palette.color(QPalette.ColorRole.Accent)
    return {
        "header": tint(accent, 60),
        "units": tint(accent, 28),
        "aside": tint(theme.warning_colour(), 34),
        "problem": tint(theme.error_colour(), 56),
        "outside": tint(palette.color(QPalette.ColorRole.Mid), 90),
    }


def _over(colour: QColor, ground: QColor) -> QColor:
    """A see-through colour as it looks on a ground."""
    share = colour.alphaF()

    def mixed(above: int, below: int) -> int:
        return round(share * above + (1 - share) * below)

    return QColor(
        mixed(colour.red(), ground.red()),
        mixed(colour.green(), ground.green()),
        mixed(colour.blue(), ground.blue()),
    )
