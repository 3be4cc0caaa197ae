"""The flow of patients as a CONSORT diagram: boxes that lead to their patients, and a picture to send on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.flow import box_name
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.graphic import Graphic
from mirocals_desktop.ui.paper import PictureSheet
from mirocals_desktop.ui.plots.vector_file import write_vector
from mirocals_desktop.ui.taking_out import offer_menu
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.flow import Box, Flow, Group

_PAD: Final = 7.0
_GAP: Final = 18.0
_EXPORT_WIDTH: Final = 720.0
_SCALE: Final = 3.0
_FOLDED: Final = int(Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True)
class Placed:
    """A box where it stands: its lines of text, the first in bold, and the patients that it leads to."""

    name: str
    rect: QRectF
    lines: tuple[str, ...]
    patients: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """Boxes, and the arrows between them, within a width and the height that came of it."""

    boxes: tuple[Placed, ...]
    arrows: tuple[tuple[QPointF, ...], ...]
    height: float


class FlowChart(Graphic):
    """The diagram. `box_chosen(name, patients)` when a box is clicked, or by Enter on the current one."""

    box_chosen = Signal(str, object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(_("Flow of patients"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        offer_menu(self, self)
        self._flow: Flow | None = None
        self._drawing = Drawing((), (), 0.0)
        self._current = -1

    @property
    def drawing(self) -> Drawing:
        """What is drawn."""
        return self._drawing

    def show_flow(self, flow: Flow) -> None:
        """Draw the flow."""
        self._flow = flow
        self._lay_out()
        self.setAccessibleDescription("; ".join(", ".join(box.lines) for box in self._drawing.boxes))

    def on_paper(self) -> PictureSheet:
        """The diagram, to copy or to print."""
        size, paint = self._picture(self.accessibleName(), "")
        return PictureSheet(self.accessibleName(), _painted(size, paint))

    def write(self, path: Path, *, caption: str, footnote: str) -> None:
        """Write the diagram to .pdf, .svg or .png, black on white. The caller sees to a whole file."""
        size, paint = self._picture(caption, footnote)
        if path.suffix.lower() == ".png":
            _painted(size, paint).save(str(path))
            return
        write_vector(path, size, caption, paint)

    def _picture(self, caption: str, footnote: str) -> tuple[QSizeF, Callable[[QPainter], None]]:
        """The diagram at the size that it is exported in, and what paints it."""
        font = _font(13)
        drawing = place_boxes(self._flow, _EXPORT_WIDTH, font) if self._flow else self._drawing
        line = QFontMetricsF(font).height()
        size = QSizeF(_EXPORT_WIDTH, drawing.height + 3 * line + 12)

        def paint(painter: QPainter) -> None:
            palette = theme.light_palette()
            painter.fillRect(QRectF(QPointF(0, 0), size), QColor("#FFFFFF"))
            painter.setFont(font)
            painter.setPen(palette.color(QPalette.ColorRole.Text))
            painter.drawText(QPointF(2, line), caption)
            painter.translate(0, line + 8)
            paint_drawing(painter, drawing, font, palette, current=-1)
            painter.setFont(_font(10))
            painter.setPen(QColor("#52606D"))
            painter.drawText(QRectF(2, drawing.height + 6, size.width() - 4, 2 * line), 0, footnote)

        return size, paint

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, round(self._drawing.height) + 4)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def _lay_out(self) -> None:
        if self._flow is None:
            return
        self._drawing = place_boxes(self._flow, max(self.width() - 4.0, 320.0), self.font())
        self._current = min(self._current, len(self._drawing.boxes) - 1)
        self.setFixedHeight(round(self._drawing.height) + 4)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = self._current if self.hasFocus() else -1
        paint_drawing(painter, self._drawing, self.font(), self.palette(), current=current)
        painter.end()

    def _box_at(self, place: QPointF) -> int:
        return next((n for n, box in enumerate(self._drawing.boxes) if box.rect.contains(place)), -1)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._box_at(event.position())
        shape = Qt.CursorShape.PointingHandCursor if over >= 0 else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._choose(self._box_at(event.position()))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1}
        if event.key() in steps and self._drawing.boxes:
            last = len(self._drawing.boxes) - 1
            self._current = min(max(self._current + steps[Qt.Key(event.key())], 0), last)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.sentence(self._box_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def sentence(self, number: int) -> str:
        """What a box says when it is pointed at: its lines, whole, and where a click leads."""
        if not 0 <= number < len(self._drawing.boxes):
            return ""
        box = self._drawing.boxes[number]
        return "\n".join([*box.lines, _("Show these patients")] if box.patients else box.lines)

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._drawing.boxes):
            box = self._drawing.boxes[number]
            if box.patients:
                self.box_chosen.emit(box.name, box.patients)


def _painted(size: QSizeF, paint: Callable[[QPainter], None]) -> QImage:
    """The diagram as a picture."""
    image = QImage((size * _SCALE).toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(_SCALE, _SCALE)
    paint(painter)
    painter.end()
    return image


def place_boxes(flow: Flow, width: float, font: QFont) -> Drawing:
    """Lay the diagram out from top to bottom in a width; lines too long for their box are folded."""
    boxes: list[Placed] = []
    arrows: list[tuple[QPointF, ...]] = []

    def add(name: str, left: float, top: float, room: float, lines: Sequence[str], box: Box) -> Placed:
        inside = room - 2 * _PAD
        height = sum(place.height() for place in _line_places(font, lines, inside)) + 2 * _PAD
        placed = Placed(name, QRectF(left, top, room, height), tuple(lines), box.patients)
        boxes.append(placed)
        return placed

    half = width * 0.46
    middle = width / 2 if len(flow.groups) > 1 else half / 2
    first = add("screened", middle - half / 2, 2, half, [_line(flow.screened)], flow.screened)
    side_left = first.rect.right() + _GAP * 1.5 if len(flow.groups) == 1 else middle + half / 2 - _GAP
    top = first.rect.bottom() + _GAP
    room = width - side_left - 2
    refused = add("not_eligible", side_left, top, room, _with_reasons(flow.not_eligible), flow.not_eligible)
    below = refused.rect.bottom()
    for box in (flow.left, flow.waiting):
        if box.count:
            beside = add(box.code, side_left, below + 6, room, _with_reasons(box), box)
            below = beside.rect.bottom()
    for placed in boxes[1:]:
        y = placed.rect.center().y()
        arrows.append((QPointF(middle, y), QPointF(placed.rect.left(), y)))
    randomised = add(
        "randomised", middle - half / 2, below + _GAP, half, [_line(flow.randomised)], flow.randomised
    )
    arrows.insert(0, (QPointF(middle, first.rect.bottom()), QPointF(middle, randomised.rect.top())))
    share = (width - (len(flow.groups) - 1) * _GAP) / len(flow.groups)
    bottom = randomised.rect.bottom()
    for number, group in enumerate(flow.groups):
        column = half if len(flow.groups) == 1 else share
        left = number * (share + _GAP) if len(flow.groups) > 1 else 0.0
        bottom = max(bottom, _place_group(group, left, column, randomised, add, arrows))
    return Drawing(tuple(boxes), tuple(arrows), bottom + 4)


def _place_group(
    group: Group,
    left: float,
    room: float,
    above: Placed,
    add: Any,
    arrows: list[tuple[QPointF, ...]],
) -> float:
    """One column below randomisation; gives its lower end."""
    centre = left + room / 2
    head = [f"{group.name} ({number_text(group.randomised.count, 0)})"] if group.name else []
    lines = [*head, _line(group.treated), _line(group.not_treated)]
    top = above.rect.bottom() + _GAP * (1.6 if group.name else 1.0)
    placed = add(f"{group.name}.treated", left, top, room, lines, group.randomised)
    turn = above.rect.bottom() + _GAP * 0.8
    start = QPointF(above.rect.center().x(), above.rect.bottom())
    if abs(centre - start.x()) < 1:
        arrows.append((start, QPointF(centre, top)))
    else:
        arrows.append((start, QPointF(start.x(), turn), QPointF(centre, turn), QPointF(centre, top)))
    for codes in (("withdrawn", "unknown", "died"), ("on_study", "completed")):
        own = [box for box in group.ends if box.code in codes]
        before = placed.rect.bottom()
        for number, box in enumerate(own):
            y = placed.rect.bottom() + (_GAP if not number else 0.0)
            lines = _with_reasons(box) if box.code == "withdrawn" else [_line(box)]
            placed = add(f"{group.name}.{box.code}", left, y, room, lines, box)
        arrows.append((QPointF(centre, before), QPointF(centre, before + _GAP)))
    return float(placed.rect.bottom())


def paint_drawing(
    painter: QPainter, drawing: Drawing, font: QFont, palette: QPalette, *, current: int
) -> None:
    """Draw the boxes and arrows; a ring around the current one."""
    ink = palette.color(QPalette.ColorRole.Text)
    painter.setPen(QPen(ink, 1.0))
    for arrow in drawing.arrows:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(list(arrow)))
        _paint_head(painter, arrow[-2], arrow[-1], ink)
    for number, box in enumerate(drawing.boxes):
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight) if number == current else ink, 1.0))
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawRect(box.rect)
        painter.setPen(ink)
        inside = box.rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        painter.setFont(_bold(font))
        for text, place in zip(box.lines, _line_places(font, box.lines, inside.width()), strict=True):
            painter.drawText(place.translated(inside.topLeft()), _FOLDED, text.lstrip())
            painter.setFont(font)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def _line_places(font: QFont, lines: Sequence[str], room: float) -> list[QRectF]:
    """Where each line of a box stands below the one before, the first in bold; indented as it begins."""
    metrics, places, y = QFontMetricsF(_bold(font)), list[QRectF](), 0.0
    for text in lines:
        indent = metrics.horizontalAdvance(text[: len(text) - len(text.lstrip())])
        whole = QRectF(indent, y, room - indent, 1e4)
        place = QRectF(whole)
        place.setHeight(metrics.boundingRect(whole, _FOLDED, text.lstrip()).height())
        places.append(place)
        y += place.height()
        metrics = QFontMetricsF(font)
    return places


def _paint_head(painter: QPainter, start: QPointF, end: QPointF, ink: QColor) -> None:
    painter.setBrush(ink)
    down = abs(end.y() - start.y()) > abs(end.x() - start.x())
    side = QPointF(3.0, 0) if down else QPointF(0, 3.0)
    back = QPointF(0, 5.0) if down else QPointF(5.0, 0)
    painter.drawPolygon(QPolygonF([end, end - back + side, end - back - side]))


def _line(box: Box) -> str:
    return _("{name}: {count}").format(name=box_name(box.code), count=number_text(box.count, 0))


def _with_reasons(box: Box) -> list[str]:
    reasons = [f"   {number_text(count, 0)}  {text}" for text, count in box.reasons]
    return [_line(box), *reasons]


def _font(pixels: int) -> QFont:
    """A font as large on every device: what is laid out on the screen fits on paper."""
    font = QFont()
    font.setPixelSize(pixels)
    return font
