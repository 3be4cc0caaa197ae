"""Numbers that lead to the list behind them: tiles and lines, clicked or reached by Tab and Enter."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import titled
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.parts_bar import Part, paint_sample
from mirocals_desktop.ui.values import number_text

_PAD: Final = 8
_BAR: Final = 4


class NumberTile(QAbstractButton):
    """A large number over what it counts."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._number, self._colour = "", ""

    @property
    def number(self) -> str:
        """The number as it is shown."""
        return self._number

    def show_number(self, number: str, text: str, *, tip: str = "", colour: str = "") -> None:
        """Show a number; `colour` where it asks for a look."""
        self._number, self._colour = number, colour
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(f"{number} {text}")
        self.setAccessibleDescription(tip)
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        large, small = QFontMetrics(self._large()), self.fontMetrics()
        width = max(large.horizontalAdvance(self._number), small.horizontalAdvance(self.text()))
        return QSize(width + 2 * _PAD, large.height() + small.height() + 14)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 92), self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        _paint_ground(self, painter)
        palette = self.palette()
        painter.setFont(self._large())
        painter.setPen(QColor(self._colour) if self._colour else palette.color(QPalette.ColorRole.WindowText))
        large = painter.fontMetrics()
        painter.drawText(_PAD, 5 + large.ascent(), self._number)
        painter.setFont(self.font())
        painter.setPen(QColor(theme.faint_colour()))
        room = self.width() - 2 * _PAD
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(_PAD, 7 + large.height() + self.fontMetrics().ascent(), text)
        painter.end()

    def _large(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.75)
        font.setWeight(QFont.Weight.DemiBold)
        return font


class LinkLine(QAbstractButton):
    """One line of a list: what is counted at the left, the number at the right, and a bar for its share."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._number, self._share, self._colour, self._bar_colour = "", -1.0, "", ""

    @property
    def number(self) -> str:
        """The number as it is shown."""
        return self._number

    def show_line(
        self,
        text: str,
        number: str,
        *,
        share: float = -1.0,
        tip: str = "",
        colour: str = "",
        bar_colour: str = "",
    ) -> None:
        """Show a line. `share` (0 to 1) draws the bar, `colour` is that of a number that asks for a look."""
        self._number, self._share, self._colour, self._bar_colour = number, share, colour, bar_colour
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(titled(text, number) if number else text)
        self.setAccessibleDescription(tip)
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text()) + metrics.horizontalAdvance(self._number) + 48
        return QSize(width, metrics.height() + 10 + (_BAR if self._share >= 0 else 0))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_ground(self, painter)
        palette, metrics = self.palette(), self.fontMetrics()
        baseline = 5 + metrics.ascent()
        right = self.width() - 22
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        number_width = painter.fontMetrics().horizontalAdvance(self._number)
        painter.setPen(QColor(self._colour) if self._colour else palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(right - number_width, baseline, self._number)
        painter.setFont(self.font())
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        room = right - number_width - 16
        painter.drawText(8, baseline, metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room))
        pen = QPen(QColor(theme.faint_colour()), 1.4)
        painter.setPen(pen)
        x, y = self.width() - 12.0, 5 + metrics.height() / 2
        painter.drawPolyline([QPointF(x, y - 3.5), QPointF(x + 3.5, y), QPointF(x, y + 3.5)])
        if self._share >= 0:
            top = self.height() - _BAR - 2.0
            whole = QRectF(8, top, right - 8, _BAR - 1)
            painter.fillRect(whole, palette.color(QPalette.ColorRole.Midlight))
            share = QRectF(whole)
            share.setWidth(whole.width() * min(self._share, 1.0))
            painter.fillRect(share, QColor(self._bar_colour or theme.faint_colour()))
        painter.end()


class PartButton(QAbstractButton):
    """An entry of a legend: a sample of the part, its name and its number."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._part: Part | None = None

    def show_part(self, part: Part) -> None:
        """Show the part."""
        self._part = part
        self.setText(part.name)
        self.setAccessibleName(titled(part.name, number_text(part.count, 0)))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        count = number_text(self._part.count, 0) if self._part is not None else ""
        return QSize(metrics.horizontalAdvance(f"{self.text()} {count}") + 46, metrics.height() + 8)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        _paint_ground(self, painter)
        if self._part is not None:
            metrics, palette = self.fontMetrics(), self.palette()
            side = metrics.height() - 4
            sample = QRectF(6, (self.height() - side) / 2, side, side)
            paint_sample(painter, sample, self._part, palette.color(QPalette.ColorRole.Window))
            baseline = (self.height() - metrics.height()) / 2 + metrics.ascent()
            x = sample.right() + 6
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(x, baseline), self.text())
            bold = QFont(self.font())
            bold.setWeight(QFont.Weight.DemiBold)
            painter.setFont(bold)
            painter.drawText(
                QPointF(x + metrics.horizontalAdvance(self.text()) + 6, baseline),
                number_text(self._part.count, 0),
            )
        painter.end()


def _paint_ground(button: QAbstractButton, painter: QPainter) -> None:
    """What shows that a number can be clicked: a tint under the pointer, a frame with the focus."""
    palette = button.palette()
    if button.isDown() or button.underMouse():
        painter.fillRect(button.rect(), palette.color(QPalette.ColorRole.Midlight))
    if button.hasFocus():
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1))
        painter.drawRect(button.rect().adjusted(0, 0, -1, -1))
