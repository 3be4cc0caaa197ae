"""The widget that every plot is: axes one above the other on one x axis, what surrounds them, and the mouse.

A page draws into it between `with canvas.drawing():`; layers keep their items from one drawing to the next.
What the pointer is on is told by `pointed` and `clicked`; the page answers with a sentence, which stands
below the plot, can be copied, and is read out by a screen reader. Everything the mouse does has a key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAction,
    QContextMenuEvent,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import taking_out
from mirocals_desktop.ui.graphic import Graphic
from mirocals_desktop.ui.paper import PictureSheet
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.axes import Axes, EndLabel, Range, TitlePlace
from mirocals_desktop.ui.plots.frame import GAP, Layout, LegendEntry, Row
from mirocals_desktop.ui.plots.ground import Ground
from mirocals_desktop.ui.plots.hand import Hand, Pointer
from mirocals_desktop.ui.plots.layers import Floats, Ink, Look
from mirocals_desktop.ui.plots.picture import ask_to_save, paint_image, picture_title
from mirocals_desktop.ui.plots.scene import Painted, Sentence, View
from mirocals_desktop.ui.plots.symbols import Symbol
from mirocals_desktop.ui.plots.ticks import Tick
from mirocals_desktop.ui.plots.x_axis import XAxis
from mirocals_desktop.ui.selected import add_selected_actions

__all__ = ["Axes", "Canvas", "EndLabel", "Floats", "LegendEntry", "Look", "Pointer", "Row", "Stop", "Symbol"]

RowsAt = Callable[[Sequence[float]], Sequence[Row]]
"""The rows below the axis for the days (or places) of its ticks."""

Stop = tuple[float, Axes, float, str, int]
"""Where the keys halt: place on the x axis, axes, place on their y axis (NaN: none), layer, index."""

_DEEPEST: Final = 1e-4  # of the whole range that zooming goes down to


def how_to_read() -> str:
    """What a screen reader says of a plot while nothing in it is read."""
    return _("Ctrl+Left and Ctrl+Right read what is drawn; the menu offers its data as a table.")


class Canvas(Graphic):
    """A plot. `name` is its object name, `label` what a screen reader calls it.

    `pointed` carries a `Pointer` or None when the pointer moves, `clicked` one when a place is chosen;
    `guide_moved(key, x)` follows a movable guide; `table_asked` asks the page to show the data as
    a table; `saved` carries the path of a picture that was written.
    """

    pointed = Signal(object)
    clicked = Signal(object)
    guide_moved = Signal(str, float)
    range_changed = Signal()
    table_asked = Signal()
    saved = Signal(object)

    def __init__(self, name: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.caption, self.footnote = label, ""
        self.folder, self.file_name = "", name.rpartition(".")[2] or "plot"
        self.crosshair = True
        self.wheel_zooms = True
        self.empty_text = ""
        self._axes: list[Axes] = []
        self._layout = Layout()
        self.x_axis = XAxis()
        self._rows_at: RowsAt | None = None
        self._legend: tuple[LegendEntry, ...] = ()
        self._stops: Sequence[float] = ()
        self.hand = Hand(self)
        self.ink = Ink.of(self.palette())
        self._ready = False

        self.view = View(self)
        self.view.setAcceptDrops(False)  # what is dropped on a plot is for the window
        self.view.viewport().setAcceptDrops(False)
        self.sentence = Sentence(self)
        self.sentence.setObjectName(f"{name}.sentence")
        self.sentence.setAccessibleName(_("What the pointer is on"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.view, 1)
        column.addWidget(self.sentence)
        self._below = Painted(self, Ground(self, self._layout).paint, -1000)
        self.view.scene().addItem(self._below)
        self.setAccessibleDescription(how_to_read())
        self._ready = True
        self._apply_ink(self.ink)

    # What a page says

    def add_axes(self, name: str, *, stretch: float = 1.0, title_place: TitlePlace = "side") -> Axes:
        """Axes below those that are there, `stretch` times as high as others; they stay for good."""
        axes = Axes(name, stretch=stretch, title_place=title_place, changed=self.lay_out)
        axes.restyle(self.ink)
        self._axes.append(axes)
        self.view.scene().addItem(axes.box)
        return axes

    def arrange_axes(self, shown: Sequence[Axes]) -> None:
        """Show these axes in this order, and hide the others."""
        hidden = [axes for axes in self._axes if axes not in shown]
        self._axes = [*shown, *hidden]
        for axes in self._axes:
            axes.visible = axes in shown
            axes.box.setVisible(axes.visible)
        self.lay_out()

    @property
    def shown_axes(self) -> list[Axes]:
        """The axes that are not hidden, from the top down."""
        return [axes for axes in self._axes if axes.visible]

    def set_x(
        self,
        title: str,
        *,
        limits: Range | None = None,
        names: Sequence[tuple[float, str]] | None = None,
        log: Literal["linear", "log"] = "linear",
        whole: Literal["any", "whole"] = "any",
    ) -> None:
        """The x axis of all axes: title, limits (None: from the data), or named places such as visits."""
        self.x_axis.describe(title, limits=limits, names=names, log=log, whole=whole)
        for axes in self._axes:
            axes.x_log = self.x_axis.log

    def set_rows(self, rows_at: RowsAt | None) -> None:
        """Rows of text below the axis, under its ticks; asked for anew whenever the ticks change."""
        self._rows_at = rows_at

    def set_legend(self, entries: Sequence[LegendEntry]) -> None:
        """A legend above the axes, for what cannot be named where it is drawn."""
        self._legend = tuple(entries)

    def set_stops(self, x: Sequence[float]) -> None:
        """Where Ctrl+Left and Ctrl+Right halt in a plot without points, such as the days of events."""
        self._stops = x

    def stops(self) -> list[Stop]:
        """Where the keys halt: pickable points from left to right, else the stops that the page named."""
        shown = self.shown_axes
        found = [(x, axes, y, key, index) for axes in shown for x, y, key, index in axes.stops()]
        if found:
            return sorted(found, key=lambda stop: (stop[0], stop[2]))
        return [(self.x_axis.place(x), shown[0], math.nan, "", -1) for x in self._stops] if shown else []

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw every layer that is wanted; others are emptied. The view stays zoomed if its range stays."""
        for axes in self._axes:
            axes.x_log = self.x_axis.log
            axes.begin()
        yield
        for axes in self._axes:
            axes.end()
        self.hand.forget()
        self._fit()

    @contextmanager
    def redrawing(self) -> Iterator[None]:
        """Draw every layer anew where titles, ranges and ticks stay: nothing is laid out, only rows follow.

        For a redraw within one frame; `drawing` has drawn the same axes before.
        """
        for axes in self._axes:
            axes.begin()
        yield
        for axes in self._axes:
            axes.end()
        if self._rows_at is not None:
            self._layout.rows = self._rows_at([self.x_axis.datum(t.place) for t in self._layout.x_ticks])
        self.view.forget()

    def say(self, text: str) -> None:
        """Tell what the pointer is on, below the plot and to a screen reader."""
        if text == self.sentence.sentence:
            return
        self.sentence.say(text)
        self.setAccessibleDescription(text or how_to_read())
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def show_cursor(self, x: float | None) -> None:
        """Put the upright line at an x, in data, as if the pointer were there."""
        if x is None:
            self.view.move_cursor(None, None)
            return
        place = self.x_axis.place(x)
        axes = self.shown_axes
        if axes and self.x_axis.range[0] <= place <= self.x_axis.range[1]:
            self.view.move_cursor(frame.across(axes[0].rect, self.x_axis.range, place), None)

    def reset(self) -> None:
        """Show everything again."""
        self.x_axis.range = self.x_axis.home
        for axes in self._axes:
            axes.range = axes.home
        self._show()

    @property
    def zoomed(self) -> bool:
        """Whether only a part is shown."""
        return self.x_axis.range != self.x_axis.home or any(axes.range != axes.home for axes in self._axes)

    @property
    def x_range(self) -> Range:
        """The part of x that is shown, in data."""
        low, high = self.x_axis.range
        return self.x_axis.datum(low), self.x_axis.datum(high)

    def image(self, scale: float = 2.0) -> QImage:
        """The plot with its caption above and its footnote below, on white whatever the theme."""
        return paint_image(self, scale)

    def on_paper(self) -> PictureSheet:
        """The picture, to copy, to print or to drag out."""
        return PictureSheet(picture_title(self), self.image(), footed=bool(self.footnote))

    def ask_save(self) -> None:
        """Ask where to write the picture."""
        ask_to_save(self, self.saved.emit)

    def menu(self) -> QMenu:
        """What the right button offers."""
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def add(text: str, act: Callable[[], Any]) -> None:
            action = QAction(text, menu)
            action.triggered.connect(lambda _checked=False: act())
            menu.addAction(action)

        taking_out.add_to_menu(menu, self)
        add(_("Save picture…"), self.ask_save)
        add(_("Show the data as a table"), self.table_asked.emit)
        if self.sentence.sentence:
            sentence = self.sentence.sentence
            add(_("Copy this reading"), lambda: QGuiApplication.clipboard().setText(sentence))
        if self.zoomed:
            menu.addSeparator()
            add(_("Show everything"), self.reset)
        return menu

    # Range

    def zoom(self, factor: float, *, at: float | None = None, axes: Axes | None = None) -> None:
        """Show `factor` of the range of x, or of y of some axes, around a place in view coordinates."""
        axis = axes or self.x_axis
        home, (low, high) = axis.home, axis.range
        centre = (low + high) / 2 if at is None else at
        width = min(max((high - low) * factor, (home[1] - home[0]) * _DEEPEST), home[1] - home[0])
        part = (centre - low) / (high - low)
        self._move_to(axis, centre - part * width, width)

    def pan(self, part: float, *, axes: Axes | None = None) -> None:
        """Move the range of x, or of y of some axes, by a part of its width."""
        axis = axes or self.x_axis
        low, high = axis.range
        self._move_to(axis, low + part * (high - low), high - low)

    def _move_to(self, axis: Axes | XAxis, start: float, width: float) -> None:
        home = axis.home
        start = min(max(start, home[0]), home[1] - width)
        axis.range = home if width >= (home[1] - home[0]) * (1 - 1e-9) else (start, start + width)
        self._show()

    def _fit(self) -> None:
        """Take the whole ranges from what is drawn; what was shown stays where the whole is the same."""
        self.x_axis.fit([axes.x_span() for axes in self.shown_axes])
        for axes in self._axes:
            if axes.home != axes.last_home:
                axes.range = axes.last_home = axes.home
        self.lay_out()

    def _show(self) -> None:
        self.lay_out()
        self.range_changed.emit()

    # Layout

    def lay_out(self) -> None:
        """Give every axes its rectangle and find the ticks that there is room for."""
        if not self._ready:
            return  # the view is resized once while it is made
        if self.ink.weight != self.devicePixelRatioF():
            self._apply_ink(self._own_ink())  # the window went to a screen of another density
        size = QRectF(self.view.rect())
        _small, metrics = frame.fonts(self.font())
        line = metrics.height()
        axes = self.shown_axes
        layout = self._layout
        layout.right = size.width() - 2
        right = size.width() - frame.label_width(axes, metrics, size.width())
        layout.legend_lines = frame.legend_lines(self._legend, metrics, 2.0, size.width() - GAP)
        top = len(layout.legend_lines) * (line + 2) + (GAP if layout.legend_lines else line * 0.5)
        rows = self._rows_at([]) if self._rows_at else ()
        layout.bottom = (
            6 + line + (line + 4 if self.x_axis.title else 0) + (GAP + line * len(rows) if rows else 0) + 4
        )
        self._share_height(axes, top, size.height() - layout.bottom, line)
        left = self._left_width(axes, rows, metrics, line)
        for one in axes:
            one.rect = QRectF(left, one.rect.top(), max(right - left, 10.0), one.rect.height())
            one.box.setGeometry(one.rect)
            one.show_range(self.x_axis.range, one.range)
        layout.left = left
        layout.x_ticks = self._x_ticks(max(right - left, 10.0), metrics)
        if self._rows_at is not None:
            layout.rows = self._rows_at([self.x_axis.datum(tick.place) for tick in layout.x_ticks])
        else:
            layout.rows = ()
        self.view.cursor_mark.bands = [(one.rect.top(), one.rect.bottom()) for one in axes]
        self._below.prepareGeometryChange()
        self.view.forget()

    def _share_height(self, axes: Sequence[Axes], top: float, bottom: float, line: float) -> None:
        """Between top and bottom, each by its stretch, with room for titles and names of guides above."""
        heads = [
            (line + 4 if one.title_place == "corner" else 0) + (GAP if len(axes) > 1 else 0) for one in axes
        ]
        feet = [line + 6 if one.own_ticks and one is not axes[-1] else 0 for one in axes]
        free = max(bottom - top - sum(heads) - sum(feet), 20.0 * len(axes))
        total = sum(one.stretch for one in axes) or 1.0
        for one, head, foot in zip(axes, heads, feet, strict=True):
            height = free * one.stretch / total
            one.rect = QRectF(0, top + head, 100, height)
            top += head + height + foot

    def _left_width(
        self, axes: Sequence[Axes], rows: Sequence[Row], metrics: QFontMetricsF, line: float
    ) -> float:
        for one in axes:
            one.ticks = frame.y_ticks(one, line)
        ticks = [metrics.horizontalAdvance(tick.text) for one in axes for tick in one.ticks]
        side = line + 6 if any(one.title and one.title_place == "side" for one in axes) else 0
        titles = [metrics.horizontalAdvance(row.title) + (10 if row.style else 0) for row in rows]
        widest = max([side + max(ticks, default=0.0), *titles], default=0.0)
        return float(min(widest, self.view.width() * 0.3)) + GAP + 6

    def _x_ticks(self, width: float, metrics: QFontMetricsF) -> Sequence[Tick]:
        return self.x_axis.ticks(width, metrics)

    # Painting

    def paint_above(self, painter: QPainter) -> None:
        """What lies over the picture of the scene and is painted with each of its repaints."""
        axes = self.shown_axes
        frame.paint_above(painter, axes, self.x_axis.range, self.ink, self.font(), self._layout)
        if self.empty_text:
            painter.setPen(self.ink.faint)
            place = QRectF(self.view.rect()).adjusted(40, 0, -40, 0)
            painter.fillRect(QRectF(self.view.rect()), self.ink.ground)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place, int(flags), self.empty_text)
        if self.hasFocus():
            painter.setPen(QPen(self.ink.accent, 1))
            painter.drawRect(QRectF(self.view.rect()).adjusted(0.5, 0.5, -1.5, -1.5))

    def _apply_ink(self, ink: Ink) -> None:
        self.ink = ink
        self.view.setBackground(ink.ground)
        self.view.cursor_mark.pen = QPen(ink.axis, 1)
        self.view.cursor_mark.ring_pen = QPen(ink.text, 1.6)
        for axes in self._axes:
            axes.restyle(ink)
        self.view.forget()

    def _own_ink(self) -> Ink:
        return Ink.of(self.palette(), self.devicePixelRatioF())

    @contextmanager
    def inked(self, ink: Ink) -> Iterator[None]:
        """Paint with this ink for a while, such as for paper."""
        self._apply_ink(ink)
        try:
            yield
        finally:
            self._apply_ink(self._own_ink())

    # Mouse and keys

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.hand.on_key(event):
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            where = self.mapToGlobal(QPoint(self.width() // 2, self.height() // 2))
        menu = self.menu()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        if self.hand.choose_at(None if by_key else QPointF(self.view.viewport().mapFromGlobal(where))):
            add_selected_actions(menu, self)
        menu.popup(where)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._ready:
            self._apply_ink(self._own_ink())
        elif event.type() == QEvent.Type.FontChange:
            self.lay_out()

    @override
    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self.view.forget()

    @override
    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.view.forget()

    @override
    def sizeHint(self) -> QSize:
        return QSize(560, 380)
