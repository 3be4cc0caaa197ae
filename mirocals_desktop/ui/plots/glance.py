"""Small pictures of the overview: enrolment over time, the endpoint's ledger, completeness by visit.

They are painted by themselves, without axes to zoom, because they are looked at and clicked, not read off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.taking_out import Glance
from mirocals_desktop.ui.values import date_text, number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Completeness, Enrolment
    from mirocals_desktop.protocol.model import Visit
    from mirocals_desktop.study.enrolment_plan import EnrolmentPlan

_GAP: Final = 8.0


class EnrolmentCurve(Glance):
    """Patients screened and randomised over time, as two staircases with their names at the end."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMinimumHeight(130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._enrolment: Enrolment | None = None
        self._today: np.datetime64 = np.datetime64("NaT", "D")
        self._plan: EnrolmentPlan | None = None

    def show_plan(self, plan: EnrolmentPlan | None) -> None:
        """Draw the plan as a line from its first day to its last."""
        self._plan = plan
        if self._enrolment is not None:
            self.setAccessibleDescription(self.sentence_at(len(self._enrolment.days) - 1))
        self.update()

    def show_enrolment(self, enrolment: Enrolment, today: np.datetime64) -> None:
        """Draw the curves up to `today`, or to the last enrolment where that was long ago."""
        self._enrolment, self._today = enrolment, today
        self.setAccessibleDescription(self.sentence_at(len(enrolment.days) - 1))
        self.update()

    def sentence_at(self, step: int) -> str:
        """What the curves say on the day of a step."""
        enrolment = self._enrolment
        if enrolment is None or not 0 <= step < len(enrolment.days):
            return ""
        said = _("By {date}: {randomised} randomised, {screened} screened").format(
            date=date_text(str(enrolment.days[step])),
            randomised=number_text(enrolment.randomised[step], 0),
            screened=number_text(enrolment.screened[step], 0),
        )
        if self._plan is None:
            return said
        planned = self._plan.planned_by(enrolment.days[step].astype("datetime64[D]").item())
        return _("{sentence}, {planned} planned").format(sentence=said, planned=number_text(planned, 0))

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, 150)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.sentence_at(self._step_at(event.pos().x()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _span(self) -> tuple[np.datetime64, np.datetime64]:
        assert self._enrolment is not None
        days = self._enrolment.days
        # Follow-up goes on long after the last patient came in: show that a little, not to scale.
        tail = np.timedelta64(max(20, int((days[-1] - days[0]).astype(int) // 12)), "D")
        return days[0], min(max(self._today, days[-1]), days[-1] + tail)

    def _plot(self) -> QRectF:
        metrics = self.fontMetrics()
        enrolment = self._enrolment
        top = 0 if enrolment is None or not len(enrolment.days) else int(enrolment.screened[-1])
        left = metrics.horizontalAdvance(number_text(_round_up(max(top, 1)), 0)) + 8.0
        names = max(metrics.horizontalAdvance(name) for name in (_("randomised"), _("screened")))
        right = min(names + 10.0, self.width() * 0.4)
        height = self.height() - metrics.height() - 12.0
        return QRectF(left, 6, max(self.width() - left - right, 20.0), max(height, 20.0))

    def _step_at(self, x: float) -> int:
        if self._enrolment is None or not len(self._enrolment.days):
            return -1
        plot = self._plot()
        first, last = self._span()
        span = max(int((last - first).astype(int)), 1)
        day = first + np.timedelta64(int((x - plot.left()) / plot.width() * span), "D")
        return int(np.searchsorted(self._enrolment.days, day, side="right")) - 1

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        enrolment = self._enrolment
        faint = QColor(theme.faint_colour())
        if enrolment is None or not len(enrolment.days):
            painter.setPen(faint)
            text = _("No dates of consent or randomisation yet.") if enrolment is not None else ""
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
            painter.end()
            return
        plot = self._plot()
        planned = self._plan.patients if self._plan is not None else 1
        highest = _round_up(max(int(enrolment.screened[-1]), int(enrolment.randomised[-1]), planned))
        first, last = self._span()
        span = max(float((last - first).astype(int)), 1.0)
        self._paint_axes(painter, plot, highest, first, last)
        metrics = self.fontMetrics()
        if self._plan is not None:
            self._paint_plan(painter, plot, highest, first, span)
        ends: list[tuple[float, str, QColor]] = []
        text_colour = self.palette().color(QPalette.ColorRole.Text)
        same = np.array_equal(enrolment.screened, enrolment.randomised)
        curves = [(enrolment.randomised, _("randomised"), QColor(theme.BLUE), Qt.PenStyle.SolidLine)]
        if not same:
            curves.insert(0, (enrolment.screened, _("screened"), faint, Qt.PenStyle.DashLine))
        for counts, name, colour, line in curves:
            x = plot.left() + (enrolment.days - first).astype(float) / span * plot.width()
            y = plot.bottom() - counts / highest * plot.height()
            # Of the steps within one pixel the last is seen; thousands of points would take a frame.
            last_of_pixel = np.append(np.diff(np.round(x)) > 0, [True])
            x, y = x[last_of_pixel], y[last_of_pixel]
            stairs_x = np.concatenate([np.repeat(x, 2)[1:], [plot.right()]])
            stairs_y = np.repeat(y, 2)
            painter.setPen(QPen(colour, 1.6, line))
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(stairs_x, stairs_y, strict=True)]))
            ends.append((float(y[-1]), name, text_colour if name != _("screened") else faint))
        height = metrics.height()
        if len(ends) == 2 and abs(ends[0][0] - ends[1][0]) < height:
            middle = (ends[0][0] + ends[1][0]) / 2
            ends = [(middle - height / 2, *ends[0][1:]), (middle + height / 2, *ends[1][1:])]
        for y_end, name, colour in ends:
            painter.setPen(colour)
            at = min(max(y_end + metrics.ascent() / 2 - 1, metrics.ascent()), plot.bottom())
            painter.drawText(QPointF(plot.right() + 6, at), name)
        painter.end()

    def _paint_plan(
        self, painter: QPainter, plot: QRectF, highest: int, first: np.datetime64, span: float
    ) -> None:
        assert self._plan is not None
        painter.save()
        painter.setClipRect(plot)
        painter.setPen(QPen(QColor(theme.ORANGE), 1.6, Qt.PenStyle.DotLine))
        begins, ends = np.datetime64(self._plan.first), np.datetime64(self._plan.last)
        left = plot.left() + float((begins - first).astype(int)) / span * plot.width()
        right = plot.left() + float((ends - first).astype(int)) / span * plot.width()
        top = plot.bottom() - self._plan.patients / highest * plot.height()
        painter.drawPolyline([QPointF(left, plot.bottom()), QPointF(right, top), QPointF(plot.right(), top)])
        painter.restore()

    def _paint_axes(
        self, painter: QPainter, plot: QRectF, highest: int, first: np.datetime64, last: np.datetime64
    ) -> None:
        metrics = self.fontMetrics()
        grid = self.palette().color(QPalette.ColorRole.Midlight)
        faint = QColor(theme.faint_colour())
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(grid, 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(faint)
            if highest * share == int(highest * share):
                text = number_text(int(highest * share), 0)
                painter.drawText(
                    QPointF(plot.left() - 5 - metrics.horizontalAdvance(text), y + metrics.ascent() / 2 - 1),
                    text,
                )
        span = max(float((last - first).astype(int)), 1.0)
        right = -math.inf
        for tick, text in _calendar_ticks(first, last):
            x = plot.left() + float((tick - first).astype(int)) / span * plot.width()
            width = metrics.horizontalAdvance(text)
            if x - width / 2 > right + 8:
                painter.setPen(QPen(faint, 1))
                painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
                at = min(max(x - width / 2, 0.0), self.width() - width)
                painter.drawText(QPointF(at, plot.bottom() + 5 + metrics.ascent()), text)
                right = at + width


@dataclass(frozen=True)
class Part:
    """One part of a bar: its code, name, size, colour and pattern."""

    code: str
    name: str
    count: int
    colour: str
    pattern: Qt.BrushStyle = Qt.BrushStyle.SolidPattern


class PartsBar(Glance):
    """A bar cut into parts; each is told by colour and pattern. `part_chosen(code)` when one is clicked."""

    part_chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFixedHeight(26)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._parts: tuple[Part, ...] = ()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show the parts in their order."""
        self._parts = tuple(parts)
        self.setAccessibleDescription(", ".join(f"{part.name} {part.count}" for part in parts))
        self.update()

    def _places(self) -> list[tuple[Part, QRectF]]:
        total = sum(part.count for part in self._parts)
        x, places = 0.0, []
        for part in self._parts:
            width = self.width() * part.count / total if total else 0.0
            places.append((part, QRectF(x, 2, width, self.height() - 4)))
            x += width
        return places

    def _part_at(self, x: float) -> Part | None:
        return next((part for part, place in self._places() if place.left() <= x < place.right()), None)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.palette().color(QPalette.ColorRole.Window)
        for part, place in self._places():
            if not part.count:
                continue
            paint_sample(painter, place, part, ground)
            text = number_text(part.count, 0)
            width = painter.fontMetrics().horizontalAdvance(text)
            if width + 8 <= place.width():
                box = QRectF(0, 0, width + 8, painter.fontMetrics().height())
                box.moveCenter(place.center())
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ground)
                painter.drawRoundedRect(box, 2, 2)
                painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            part = self._part_at(event.pos().x())
            QToolTip.showText(event.globalPos(), f"{part.name}: {part.count}" if part else "", self)
            return True
        return super().event(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        part = self._part_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and part is not None:
            self.part_chosen.emit(part.code)


def paint_sample(painter: QPainter, place: QRectF, part: Part, ground: QColor) -> None:
    """Fill a place the way a part is told: a tint, its pattern over it, and a gap of ground at the right."""
    inner = place.adjusted(0, 0, -1.5, 0) if place.width() > 4 else place
    colour = QColor(part.colour)
    painter.setPen(Qt.PenStyle.NoPen)
    if part.pattern == Qt.BrushStyle.SolidPattern:
        painter.fillRect(inner, colour)
        return
    tint = QColor(colour)
    tint.setAlphaF(0.28)
    painter.fillRect(inner, ground)
    painter.fillRect(inner, tint)
    painter.fillRect(inner, QBrush(colour, part.pattern))


class HeatStrip(Glance):
    """Completeness by variable and visit: how full a cell stands is the share of values that are there.

    `cell_chosen(variable, visit)`, both as places in the completeness, on click or Enter.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._completeness: Completeness | None = None
        self._current = (0, 0)
        self._widest = 0

    def show_completeness(self, completeness: Completeness) -> None:
        """Show what is there and what is lacking."""
        self._completeness = completeness
        rows, columns = completeness.due.shape
        self._current = (min(self._current[0], max(rows - 1, 0)), min(self._current[1], max(columns - 1, 0)))
        self._measure()
        self._say()
        self.updateGeometry()
        self.update()

    def sentence(self, row: int, column: int) -> str:
        """What a cell says."""
        shown = self._completeness
        if shown is None or not (0 <= row < len(shown.variables) and 0 <= column < len(shown.visits)):
            return ""
        variable, visit = str(shown.variables[row].label), str(shown.visits[column].label)
        if not shown.due[row, column]:
            return _("{variable} is not due at {visit}").format(variable=variable, visit=visit)
        held, present = int(shown.held[row, column]), int(shown.present[row, column])
        expected = int(shown.expected[row, column])
        if not held:
            text = _("{variable} at {visit}: no visit held, {expected} expected by now")
            return text.format(variable=variable, visit=visit, expected=expected)
        text = _(
            "{variable} at {visit}: {present} of {held} visits held have a value ({percent} %); "
            "{expected} expected by now"
        )
        return text.format(
            variable=variable,
            visit=visit,
            present=present,
            held=held,
            percent=number_text(math.floor(100 * present / held), 0),
            expected=expected,
        )

    @override
    def sizeHint(self) -> QSize:
        rows = 0 if self._completeness is None else len(self._completeness.variables)
        return QSize(300, int(rows * self._row_height() + self.fontMetrics().height() + 8))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _row_height(self) -> float:
        return self.fontMetrics().height() + 3.0

    def _left(self) -> float:
        return min(self._widest + _GAP, self.width() * 0.3)

    def _measure(self) -> None:
        """How wide the longest name is; measuring for every cell would take longer than painting."""
        if self._completeness is not None:
            names = [str(variable.label) for variable in self._completeness.variables]
            self._widest = max(map(self.fontMetrics().horizontalAdvance, names), default=0)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._measure()

    def _cell(self, row: int, column: int) -> QRectF:
        assert self._completeness is not None
        width = min((self.width() - self._left()) / max(len(self._completeness.visits), 1), 64.0)
        height = self._row_height()
        return QRectF(self._left() + column * width, row * height, width, height)

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        shown = self._completeness
        if shown is None or not shown.variables or not shown.visits:
            return None
        first = self._cell(0, 0)
        row = int(place.y() // first.height())
        column = int((place.x() - first.left()) // first.width())
        inside = 0 <= row < len(shown.variables) and 0 <= column < len(shown.visits)
        return (row, column) if inside else None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self._completeness
        if shown is None:
            painter.end()
            return
        palette, metrics = self.palette(), self.fontMetrics()
        faint = QColor(theme.faint_colour())
        there = QColor(theme.BLUE)
        there.setAlphaF(0.55 if not theme.is_dark(palette) else 0.75)
        lacking = QColor(theme.ORANGE)
        lacking.setAlphaF(0.85)
        empty = palette.color(QPalette.ColorRole.Midlight)
        left = self._left()
        for row, variable in enumerate(shown.variables):
            line = self._cell(row, 0)
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            name = metrics.elidedText(str(variable.label), Qt.TextElideMode.ElideRight, int(left - _GAP))
            painter.drawText(QPointF(0, line.top() + 1.5 + metrics.ascent()), name)
            for column in range(len(shown.visits)):
                if not shown.due[row, column]:
                    continue
                cell = self._cell(row, column).adjusted(0.5, 1.5, -1.0, -1.5)
                held = int(shown.held[row, column])
                if not held:
                    painter.setPen(QPen(empty, 1))
                    painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
                    continue
                share = int(shown.present[row, column]) / held
                # One value lacking among many is still seen: at least two pixels.
                gap = 0.0 if share == 1 else max(2.0, cell.height() * (1 - share))
                painter.fillRect(cell, there)
                if gap:
                    top = QRectF(cell.left(), cell.top(), cell.width(), min(gap, cell.height()))
                    painter.fillRect(top, palette.color(QPalette.ColorRole.Window))
                    painter.fillRect(top, lacking)
        painter.setPen(faint)
        right = -math.inf
        for column, visit in enumerate(shown.visits):
            cell = self._cell(len(shown.variables), column)
            name = visit_name(visit)
            width = metrics.horizontalAdvance(name)
            x = min(cell.center().x() - width / 2, self.width() - width)
            if x > right + 5:
                painter.drawText(QPointF(x, cell.top() + 3 + metrics.ascent()), name)
                right = x + width
        if self.hasFocus() and shown.variables and shown.visits:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._cell(*self._current).adjusted(0, 0.5, -0.5, -0.5))
        painter.end()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.sentence(*cell) if cell else "", self)
            return True
        return super().event(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        shown, cell = self._completeness, self._cell_at(event.position())
        can = shown is not None and cell is not None and bool(shown.held[cell])
        self.setCursor(Qt.CursorShape.PointingHandCursor if can else Qt.CursorShape.ArrowCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._current = cell
            self._say()
            self.update()
            self.cell_chosen.emit(*cell)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self._completeness
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if shown is None or not shown.variables or not shown.visits:
            super().keyPressEvent(event)
        elif step is not None:
            row = min(max(self._current[0] + step[0], 0), len(shown.variables) - 1)
            column = min(max(self._current[1] + step[1], 0), len(shown.visits) - 1)
            self._current = (row, column)
            self._say()
            self.update()
            place = self.mapToGlobal(self._cell(row, column).bottomLeft().toPoint())
            QToolTip.showText(place, self.sentence(row, column), self)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.cell_chosen.emit(*self._current)
        else:
            super().keyPressEvent(event)

    def _say(self) -> None:
        self.setAccessibleDescription(self.sentence(*self._current))


def visit_name(visit: Visit) -> str:
    """What a visit is called where there is little room: its code, or its label where that is no longer."""
    label = str(visit.label)
    return label if len(label) <= len(visit.code) else visit.code


def _round_up(number: int) -> int:
    """The next even number of two digits that an axis can end on."""
    step = 10 ** max(int(math.log10(number)), 0) // 5 or 2
    return -(-number // step) * step


def _calendar_ticks(first: np.datetime64, last: np.datetime64) -> list[tuple[np.datetime64, str]]:
    """Beginnings of years between two days; of months where there are fewer than two."""
    years = np.arange(first.astype("datetime64[Y]"), last.astype("datetime64[Y]") + 1)
    ticks = [(year.astype("datetime64[D]"), str(year)) for year in years]
    ticks = [(day, text) for day, text in ticks if first <= day <= last]
    if len(ticks) >= 2:
        return ticks
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    starts = [month.astype("datetime64[D]") for month in months]
    return [(day, date_text(str(day)[:7])) for day in starts if first <= day <= last]
