"""Where a table stands in a sheet: its bounds, shown and moved with the mouse or typed into fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

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
from mirocals_desktop.importing.grid import Area, Sheet, column_letters
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.flow import FlowLayout

if TYPE_CHECKING:
    from mirocals_desktop.importing.tables import Table

Edge = Literal["first", "data", "last", "left", "right"]
"""The border above the header, between header and data, below the data, and at both sides."""

EDGES: Final[frozenset[Edge]] = frozenset({"first", "data", "last", "left", "right"})
MOST_HEADERS: Final = 6


@dataclass(frozen=True)
class Bounds:
    """A table's place in a sheet; rows and columns count from 0, both ends included.

    `first` is the topmost header row (or data row, when `headers` is 0); `units` says that a row of units
    follows the header.
    """

    first: int
    headers: int
    units: bool
    last: int
    left: int
    right: int

    @property
    def data(self) -> int:
        """The first row of data."""
        return self.first + self.headers + self.units

    def moved(self, edge: Edge, place: int, sheet: Sheet) -> Bounds:
        """The bounds with an edge before this row or column, kept in the sheet and around a row of data."""
        if edge == "left":
            return replace(self, left=min(max(place, 0), self.right))
        if edge == "right":
            return replace(self, right=min(max(place - 1, self.left), sheet.n_columns - 1))
        if edge == "last":
            return replace(self, last=min(max(place - 1, self.data), sheet.n_rows - 1))
        if edge == "first":
            first = min(max(place, 0), self.data - (1 if self.headers else 0), self.last)
            headers = max(self.data - self.units - first, 0)
            return replace(
                self,
                first=max(first, self.data - self.units - MOST_HEADERS),
                headers=min(headers, MOST_HEADERS),
            )
        data = min(max(place, self.first), self.last)
        headers = min(data - self.first, MOST_HEADERS)
        return replace(self, headers=headers, units=False)

    def within(self, found: Bounds) -> Bounds:
        """What a blinded person may ask for: the table as it was found, or one that ends earlier.

        A title, a note or a row that became a header or a patient would be shown, and may tell an arm.
        """
        return replace(found, last=max(min(self.last, found.last), found.data))


def bounds_of(table: Table) -> Bounds:
    """Where a table that was found stands."""
    heads = [*table.header_rows, *([table.units_row] if table.units_row >= 0 else [])]
    rows = table.rows
    columns = [column.column for column in table.columns]
    first = min(heads) if heads else int(rows[0]) if len(rows) else 0
    headers = max(table.header_rows) - first + 1 if table.header_rows else 0
    last = int(rows[-1]) if len(rows) else max([*heads, first])
    left, right = (min(columns), max(columns)) if columns else (0, max(table.sheet.n_columns - 1, 0))
    return Bounds(first, headers, table.units_row >= 0, max(last, first), left, right)


def table_in(table: Table, bounds: Bounds) -> Table:
    """The table that a person has shown in the sheet in which `table` was found."""
    from mirocals_desktop.importing.tables import table_at

    headers = tuple(range(bounds.first, bounds.first + bounds.headers))
    above = min([*table.ignored, bounds.first])
    return table_at(
        table.sheet,
        headers,
        area=Area(min(above, bounds.first), bounds.left, bounds.last, bounds.right),
        units_row=bounds.first + bounds.headers if bounds.units else -1,
    )


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
        hint = QLabel(_("The table’s edges can be dragged."), self)
        hint.setObjectName("sheet.legend.hint")
        hint.setStyleSheet(f"color: {theme.faint_colour()};")
        hint.setMinimumWidth(1)
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
