"""Above the live cut: where the lines stand, written and typed, the planned cuts, the stamp, the search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QWidget

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.plots.cut_words import stamp_text
from mirocals_desktop.ui.values import number_text, user_locale

if TYPE_CHECKING:
    from mirocals_desktop.analysis.study_cut import StudyCut


class CutControls(QWidget):
    """Fields and buttons. `moved(number, value)` for one line, `put_asked(cuts)` for all of them."""

    moved = Signal(int, float)
    put_asked = Signal(object)
    two_asked = Signal(bool)
    search_asked = Signal()

    def __init__(self, permutations: int, parent: QWidget) -> None:
        super().__init__(parent)
        flow = FlowLayout(self, gap=8)
        self.fields = [self._field(0), self._field(1)]
        self.two = QCheckBox(_("Two cuts"), self)
        self.two.setObjectName("survival.cut.two")
        self.two.clicked.connect(self.two_asked)
        self.pinned = QWidget(self)
        self._pinned_row = QHBoxLayout(self.pinned)
        self._pinned_row.setContentsMargins(0, 0, 0, 0)
        self.stamp = QLabel(self)
        self.stamp.setObjectName("survival.cut.stamp")
        self.search = QPushButton(_("Search all cuts"), self)
        self.search.setObjectName("survival.cut.search")
        self.search.setToolTip(
            _(
                "Tests every cut, and corrects its p for the search by {count} permutations. Until then no p "
                "is shown."
            ).format(count=number_text(permutations, 0))
        )
        self.search.clicked.connect(lambda _checked=False: self.search_asked.emit())
        label = QLabel(_("Cut at"), self)
        label.setBuddy(self.fields[0])
        for widget in (label, *self.fields, self.two, self.stamp, self.pinned, self.search):
            flow.addWidget(widget)

    def offer(self, cut: StudyCut) -> None:
        """Write values as this marker is written, with a button for each planned cut and one for all."""
        for field in self.fields:
            with QSignalBlocker(field):
                field.setLocale(user_locale())
                field.setDecimals(cut.decimals)
                field.setSuffix(f" {unit_text(cut.unit)}" if cut.unit else "")
        while self._pinned_row.count():
            item = self._pinned_row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        offered: list[tuple[float, ...]] = [(value,) for value in cut.pinned]
        if len(cut.pinned) == len(self.fields):
            offered.append(cut.pinned)
        for cuts in offered:
            written = [number_text(value, cut.decimals) for value in cuts]
            text = _("{first} and {second}").format(first=written[0], second=written[-1])
            button = QPushButton(text if len(cuts) > 1 else written[0], self.pinned)
            button.setStyleSheet("padding: 3px 10px")
            button.setObjectName("survival.cut.pinned." + "_".join(f"{value:g}" for value in cuts))
            button.setToolTip(_("As the protocol says"))
            button.setEnabled(all(cut.holds(value) for value in cuts))
            button.clicked.connect(lambda _checked=False, cuts=cuts: self.put_asked.emit(cuts))
            self._pinned_row.addWidget(button)
        self.stamp.setText("")  # to be stamped in the colours of now
        self._enable(on=True)

    def show_cuts(self, cuts: Sequence[float]) -> None:
        """Write where the lines stand."""
        for number, field in enumerate(self.fields):
            shown = number < len(cuts)
            field.setVisible(shown)
            if shown:
                with QSignalBlocker(field):
                    field.setValue(cuts[number])
        self.two.setChecked(len(cuts) > 1)

    def stamp_with(self, cut: StudyCut, cuts: Sequence[float]) -> bool:
        """Stamp whether these cuts were planned; True when the stamp has changed."""
        text = stamp_text(cut, cuts)
        if text == self.stamp.text():
            return False
        warning = f"color: {theme.warning_colour()}; font-weight: bold;"
        self.stamp.setStyleSheet("" if cut.is_pinned(cuts) else warning)
        self.stamp.setText(text)
        return True

    def show_nothing(self) -> None:
        """There is nothing to cut."""
        self.stamp.setText("")
        self._enable(on=False)

    def _enable(self, *, on: bool) -> None:
        for widget in (*self.fields, self.two, self.pinned, self.search):
            widget.setEnabled(on)

    def _field(self, number: int) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setObjectName(f"survival.cut.value.{number}")
        field.setAccessibleName(_("Cut {number}").format(number=number + 1))
        field.setKeyboardTracking(False)
        field.setGroupSeparatorShown(True)
        field.setRange(0, 1e9)
        field.setFixedWidth(max(132, field.fontMetrics().horizontalAdvance("0" * 14) + 24))
        field.setMinimumHeight(QPushButton("x").sizeHint().height())
        field.valueChanged.connect(lambda value: self.moved.emit(number, value))
        return field
