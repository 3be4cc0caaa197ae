"""Enrolment over time at a glance: two staircases, and the plan as a line. Looked at, not zoomed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.taking_out import Glance
from mirocals_desktop.ui.values import date_text, number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Enrolment
    from mirocals_desktop.study.enrolment_plan import EnrolmentPlan


class EnrolmentCurve(Glance):
    """Patients screened and randomised over time, as two staircases with their names at the end.

    `day_chosen(day)` with the day of the step that was clicked, in ISO form.
    """

    day_chosen = Signal(str)

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

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        step = self._step_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and self._enrolment is not None and step >= 0:
            self.day_chosen.emit(str(self._enrolment.days[step]))

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
