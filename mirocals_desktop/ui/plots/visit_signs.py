"""The sign of each visit state: a shape and a colour that say the same, in the matrix and in its legend."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen, QPolygonF

from mirocals_desktop.analysis.follow_up import VisitState
from mirocals_desktop.ui import theme

SIGNS: Final = {
    VisitState.DONE: "●",
    VisitState.OUTSIDE: "◆",
    VisitState.UNPLACED: "◉",
    VisitState.DUE: "○",
    VisitState.OVERDUE: "!",
    VisitState.MISSED: "×",
    VisitState.DIED: "†",
    VisitState.WITHDRAWN: "–",
    VisitState.NOT_EXPECTED: "",
}
"""The signs as letters, for copies and screen readers; `paint_sign` draws them."""


def sign_colour(state: VisitState, palette: QPalette) -> QColor:
    """The colour of a state's sign on this palette."""
    ground = palette.color(QPalette.ColorRole.Base).name()
    return QColor(theme.mark_colour(_colour(state, palette).name(), ground))


def _colour(state: VisitState, palette: QPalette) -> QColor:
    if state in (VisitState.DONE, VisitState.UNPLACED):
        return QColor(theme.GREEN)
    if state == VisitState.OUTSIDE:
        return QColor(theme.ORANGE)
    if state == VisitState.DUE:
        return QColor(theme.SKY if theme.is_dark(palette) else theme.BLUE)
    if state == VisitState.OVERDUE:
        return QColor(theme.VERMILION)
    if state == VisitState.DIED:
        return palette.color(QPalette.ColorRole.Text)
    return QColor(theme.faint_colour())


def paint_sign(
    painter: QPainter, place: QRectF, state: VisitState, palette: QPalette, *, reason: str = ""
) -> None:
    """Draw a state's sign in the middle of a place; a missed visit's has the first letter of its reason."""
    if state == VisitState.NOT_EXPECTED:
        return
    colour = sign_colour(state, palette)
    centre = place.center()
    radius = min(place.width(), place.height()) * 0.27
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state == VisitState.DONE:
        _fill(painter, colour)
        painter.drawEllipse(centre, radius, radius)
    elif state == VisitState.OUTSIDE:
        _fill(painter, colour)
        reach = radius * 1.25
        corners = [(0.0, -reach), (reach, 0.0), (0.0, reach), (-reach, 0.0)]
        painter.drawPolygon(QPolygonF([centre + QPointF(x, y) for x, y in corners]))
    elif state == VisitState.UNPLACED:
        _line(painter, colour, 1.4)
        painter.drawEllipse(centre, radius, radius)
        _fill(painter, colour)
        painter.drawEllipse(centre, radius * 0.45, radius * 0.45)
    elif state == VisitState.DUE:
        _line(painter, colour, 1.8)
        painter.drawEllipse(centre, radius, radius)
    elif state == VisitState.OVERDUE:
        _fill(painter, colour)
        side = radius * 2.5
        box = QRectF(0, 0, side, side)
        box.moveCenter(centre)
        painter.drawRoundedRect(box, 2, 2)
        painter.setPen(QColor("#FFFFFF"))
        painter.setFont(_font(painter, side * 0.92, bold=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "!")
    elif state == VisitState.MISSED:
        _line(painter, colour, 1.5)
        reach = radius * 0.8
        middle = centre - QPointF(radius * 0.75, 0) if reason else centre
        painter.drawLine(middle + QPointF(-reach, -reach), middle + QPointF(reach, reach))
        painter.drawLine(middle + QPointF(-reach, reach), middle + QPointF(reach, -reach))
        if reason:
            painter.setFont(_font(painter, radius * 2.0))
            box = QRectF(centre.x() + radius * 0.15, place.top(), place.right() - centre.x(), place.height())
            painter.drawText(
                box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, reason[:1].upper()
            )
    elif state == VisitState.DIED:
        _line(painter, colour, 1.4)
        painter.drawLine(centre + QPointF(0, -radius * 1.3), centre + QPointF(0, radius * 1.3))
        painter.drawLine(
            centre + QPointF(-radius * 0.75, -radius * 0.5), centre + QPointF(radius * 0.75, -radius * 0.5)
        )
    elif state == VisitState.WITHDRAWN:
        _line(painter, colour, 1.5)
        painter.drawLine(centre + QPointF(-radius * 0.9, 0), centre + QPointF(radius * 0.9, 0))


def _fill(painter: QPainter, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)


def _line(painter: QPainter, colour: QColor, width: float) -> None:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _font(painter: QPainter, pixels: float, *, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(max(round(pixels), 6))
    font.setBold(bold)
    return font
