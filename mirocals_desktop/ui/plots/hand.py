"""What the mouse and the keys do on a canvas: point, click, drag, zoom, and step from point to point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from mirocals_desktop.ui import taking_out
from mirocals_desktop.ui.plots import frame

if TYPE_CHECKING:
    from mirocals_desktop.ui.plots.axes import Axes
    from mirocals_desktop.ui.plots.canvas import Canvas

_REACH: Final = 14.0  # pixels within which a point is pointed at
_GRAB: Final = 5.0  # pixels within which a movable guide is taken
_DRAG: Final = 4.0  # pixels that a press moves before it is a drag
_WHEEL: Final = 1.0016


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is: name of the axes, x and y as data, and the point it is on.

    `layer` and `index` name a pickable point of `points` or `targets`; "" and -1 when it is on none.
    """

    axes: str
    x: float
    y: float
    layer: str = ""
    index: int = -1


class Hand:
    """Turns events of mouse and keys into the signals and the range of one canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._stop = -1
        self._press: QPointF | None = None
        self._dragged: QPointF | None = None
        self._goes_out = False
        self._grabbed: tuple[Axes, str] | None = None

    # Mouse

    def on_press(self, event: QMouseEvent) -> None:
        """Begin to drag a guide or the range, or a click."""
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._press = self._dragged = event.position()
        self._grabbed = self._guide_at(event.position())
        self._goes_out = self._grabbed is None and (
            _control(event) or self._axes_at(event.position()) is None
        )

    def on_move(self, event: QMouseEvent) -> None:
        """Drag, or tell what the pointer is on."""
        canvas, place = self._canvas, event.position()
        axes = self._axes_at(place)
        if self._grabbed is not None and self._press is not None:
            one, key = self._grabbed
            low, high = canvas.x_axis.range
            x = min(max(self._x_at(one, place), low), high)
            canvas.guide_moved.emit(key, canvas.x_axis.datum(x))
            return
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            far = (place - self._press).manhattanLength()
            if self._goes_out:
                if far >= QApplication.startDragDistance():
                    self._press = self._dragged = None
                    taking_out.drag_plot(canvas)
            elif far > _DRAG and self._dragged is not None:
                self._drag(place - self._dragged, self._axes_at(self._press))
                self._dragged = place
            return
        viewport = canvas.view.viewport()
        movable = self._guide_at(place) is not None
        viewport.setCursor(Qt.CursorShape.SplitHCursor if movable else Qt.CursorShape.ArrowCursor)
        if axes is None:
            viewport.setCursor(Qt.CursorShape.OpenHandCursor)  # from here it is dragged out
            self.on_leave()
            return
        pointer, spot = self._pointer(axes, place)
        canvas.view.move_cursor(place.x() if canvas.crosshair else None, spot)
        canvas.pointed.emit(pointer)

    def on_release(self, event: QMouseEvent) -> None:
        """A press that did not move is a click."""
        press, grabbed = self._press, self._grabbed
        self._press = self._dragged = self._grabbed = None
        if press is None or grabbed is not None:
            return
        axes = self._axes_at(event.position())
        if axes is not None and (event.position() - press).manhattanLength() <= _DRAG:
            self._canvas.clicked.emit(self._pointer(axes, event.position())[0])

    def on_double_click(self, event: QMouseEvent) -> None:
        """Show everything again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._canvas.reset()

    def on_wheel(self, event: QWheelEvent) -> None:
        """Zoom around the pointer: x, or y with Ctrl or beside the axis; x with Ctrl in a scrolled plot."""
        canvas, place = self._canvas, event.position()
        axes, control = self._axes_at(place, beside=True), _control(event)
        if axes is None or not (control or canvas.wheel_zooms):
            event.ignore()
            return
        delta = event.angleDelta().y() or event.angleDelta().x()
        factor = _WHEEL**-delta
        upright = control and canvas.wheel_zooms
        if upright or place.x() < axes.rect.left():
            canvas.zoom(factor, at=_height_at(axes, place), axes=axes)
        else:
            canvas.zoom(factor, at=self._x_at(axes, place))
        event.accept()

    def on_leave(self) -> None:
        """The pointer is on nothing."""
        view = self._canvas.view
        if view.cursor_mark.x_line is not None or view.cursor_mark.spot is not None:
            view.move_cursor(None, None)
            self._canvas.pointed.emit(None)

    # Keys

    def on_key(self, event: QKeyEvent) -> bool:
        """Zoom, move, step or choose; False for a key that a canvas has no use for."""
        canvas, key = self._canvas, event.key()
        axes = next(iter(canvas.shown_axes), None)
        zoomed_axes = axes if axes is not None and axes.range != axes.home else None
        if _control(event) and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom(0.8)
        elif key == Qt.Key.Key_Minus:
            canvas.zoom(1.25)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home, Qt.Key.Key_Escape) and canvas.zoomed:
            canvas.reset()
        elif key == Qt.Key.Key_Left:
            canvas.pan(-0.1)
        elif key == Qt.Key.Key_Right:
            canvas.pan(0.1)
        elif key == Qt.Key.Key_Up and zoomed_axes is not None:
            canvas.pan(0.1, axes=zoomed_axes)
        elif key == Qt.Key.Key_Down and zoomed_axes is not None:
            canvas.pan(-0.1, axes=zoomed_axes)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._stop >= 0:
            pointer = self._stop_pointer()
            if pointer is not None:
                canvas.clicked.emit(pointer)
        else:
            return False
        return True

    def step(self, by: int) -> None:
        """Go this many stops to the right, and tell what is there."""
        canvas, stops = self._canvas, self._canvas.stops()
        if not stops:
            return
        self._stop = (0 if by > 0 else len(stops) - 1) if self._stop < 0 else self._stop + by
        self._stop = min(max(self._stop, 0), len(stops) - 1)
        x, axes, y, _key, _index = stops[self._stop]
        across = frame.across(axes.rect, canvas.x_axis.range, x)
        spot = None if math.isnan(y) else QPointF(across, axes.down(y))
        canvas.view.move_cursor(across if canvas.crosshair else None, spot)
        canvas.pointed.emit(self._stop_pointer())

    def forget(self) -> None:
        """Be on no stop: what is drawn has changed."""
        self._canvas.view.move_cursor(None, None)
        self._stop = -1

    def choose_at(self, place: QPointF | None) -> bool:
        """Choose the point at a place (None: where the keys are), as a click would; whether there is one."""
        axes = self._axes_at(place) if place is not None else None
        pointer = self._pointer(axes, place)[0] if axes and place is not None else self._stop_pointer()
        if pointer is None or pointer.index < 0:
            return False
        self._canvas.clicked.emit(pointer)
        return True

    # Where things are

    def _drag(self, by: QPointF, axes: Axes | None) -> None:
        if axes is None:
            return
        self._canvas.pan(-by.x() / axes.rect.width())
        if axes.range != axes.home:
            self._canvas.pan(by.y() / axes.rect.height(), axes=axes)

    def _axes_at(self, place: QPointF, *, beside: bool = False) -> Axes | None:
        for axes in self._canvas.shown_axes:
            rect = axes.rect.adjusted(-axes.rect.left() if beside else -4, -4, 4, 4)
            if rect.contains(place):
                return axes
        return None

    def _guide_at(self, place: QPointF) -> tuple[Axes, str] | None:
        axes, x_axis = self._axes_at(place), self._canvas.x_axis
        if axes is None:
            return None
        for guide in axes.vertical:
            if not guide.movable:
                continue
            if abs(frame.across(axes.rect, x_axis.range, x_axis.place(guide.at)) - place.x()) <= _GRAB:
                return axes, guide.key
        return None

    def _x_at(self, axes: Axes, place: QPointF) -> float:
        """The place on the x axis below a pixel."""
        low, high = self._canvas.x_axis.range
        return low + (place.x() - axes.rect.left()) / axes.rect.width() * (high - low)

    def _pointer(self, axes: Axes, place: QPointF) -> tuple[Pointer, QPointF | None]:
        x_axis = self._canvas.x_axis
        x, y = x_axis.datum(self._x_at(axes, place)), axes.datum(_height_at(axes, place))
        picked = axes.picked(x_axis.range, place, _REACH)
        if picked is None:
            return Pointer(axes.name, x, y), None
        return Pointer(axes.name, x, y, picked[0], picked[1]), picked[3]

    def _stop_pointer(self) -> Pointer | None:
        stops = self._canvas.stops()
        if not 0 <= self._stop < len(stops):
            return None
        x, axes, y, key, index = stops[self._stop]
        return Pointer(axes.name, self._canvas.x_axis.datum(x), axes.datum(y), key, index)


def _height_at(axes: Axes, place: QPointF) -> float:
    """The place on the y axis beside a pixel."""
    low, high = axes.range
    return low + (axes.rect.bottom() - place.y()) / axes.rect.height() * (high - low)


def _control(event: QMouseEvent | QWheelEvent | QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
