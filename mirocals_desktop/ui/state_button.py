"""An entry of the legend of visit states that is also a filter."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.follow_up import VisitState, state_name
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.ui.plots.visit_signs import paint_sign
from mirocals_desktop.ui.values import number_text


class StateButton(QAbstractButton):
    """An entry of the legend: sign, name and count. Checked, it keeps the patients with such a visit."""

    def __init__(self, state: VisitState, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = state
        self.setObjectName(f"follow_up.state.{state.name.lower()}")
        self.setCheckable(True)
        self.setText(state_name(state))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._count = ""

    def show_count(self, count: int) -> None:
        """Show how many visits are in the state; with none there is nothing to filter by."""
        self._count = number_text(count, 0)
        self.setEnabled(count > 0)
        self.setAccessibleName(titled(self.text(), self._count))
        self.setToolTip(_("Show the patients with a visit in this state"))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(f"{self.text()} {self._count}") + 44, metrics.height() + 8)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, metrics = self.palette(), self.fontMetrics()
        if self.isChecked() or self.underMouse():
            painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Midlight))
        if self.hasFocus() or self.isChecked():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        side = self.height()
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        painter.save()
        paint_sign(
            painter, self.rect().adjusted(4, 0, side + 4 - self.width(), 0).toRectF(), self.state, palette
        )
        painter.restore()
        baseline = (self.height() - metrics.height()) // 2 + metrics.ascent()
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(side + 6, baseline, self.text())
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.drawText(side + 6 + metrics.horizontalAdvance(f"{self.text()} "), baseline, self._count)
        painter.end()
