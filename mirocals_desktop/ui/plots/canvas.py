"""The widget that every plot is: axes one above the other on one x axis, what surrounds them, and the mouse.

A page draws into it between `with canvas.drawing():`; layers keep their items from one drawing to the next.
What the pointer is on is told by `pointed` and `clicked`; the page answers with a sentence, which stands
below the plot, can be copied, and is read out by a screen reader. Everything the mouse does has a key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAction,
    QContextMenuEvent,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import ask, taking_out
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.paper import PictureSheet
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.axes import Axes, EndLabel, Range, TitlePlace
from mirocals_desktop.ui.plots.frame import GAP, Layout, LegendEntry, Row
from mirocals_desktop.ui.plots.layers import Floats, Ink, Look, Symbol
from mirocals_desktop.ui.plots.scene import Painted, Sentence, View
from mirocals_desktop.ui.plots.ticks import log_ticks, named_ticks, number_ticks
from mirocals_desktop.ui.plots.vector_file import write_vector
from mirocals_desktop.ui.selected import add_selected_actions
from mirocals_desktop.ui.theme import light_palette

__all__ = ["Axes", "Canvas", "EndLabel", "Floats", "LegendEntry", "Look", "Pointer", "Row", "Symbol"]

RowsAt = Callable[[Sequence[float]], Sequence[Row]]
"""The rows below the axis for the days (or places) of its ticks."""

_REACH: Final = 14.0  # pixels within which a point is pointed at
_GRAB: Final = 5.0  # pixels within which a movable guide is taken
_DRAG: Final = 4.0  # pixels that a press moves before it is a drag
_DEEPEST: Final = 1e-4  # of the whole range that zooming goes down to
_WHEEL: Final = 1.0016
_FOOT_FLAGS: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)


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


class Canvas(QWidget):
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
        self._x_title, self._x_log, self._x_whole = "", False, False
        self._x_limits: Range | None = None
        self._x_names: tuple[tuple[float, str], ...] | None = None
        self._x_home: Range = (0.0, 1.0)
        self._x_range: Range = (0.0, 1.0)
        self._rows_at: RowsAt | None = None
        self._legend: tuple[LegendEntry, ...] = ()
        self._stops: Sequence[float] = ()
        self._stop = -1
        self._press: QPointF | None = None
        self._dragged: QPointF | None = None
        self._goes_out = False
        self._grabbed: tuple[Axes, str] | None = None
        self._ink = Ink.of(self.palette())
        self._ground_kept: tuple[tuple[object, ...], QPixmap] | None = None
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
        self._below = Painted(self, self._paint_below, -1000)
        self.view.scene().addItem(self._below)
        self._ready = True
        self._apply_ink(self._ink)

    # What a page says

    def add_axes(self, name: str, *, stretch: float = 1.0, title_place: TitlePlace = "side") -> Axes:
        """Axes below those that are there, `stretch` times as high as others; they stay for good."""
        axes = Axes(name, stretch=stretch, title_place=title_place, changed=self.lay_out)
        axes.restyle(self._ink)
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
        self._x_title, self._x_limits = title, limits
        self._x_names = None if names is None else tuple(names)
        self._x_log, self._x_whole = log == "log", whole == "whole"
        for axes in self._axes:
            axes.x_log = self._x_log

    def set_rows(self, rows_at: RowsAt | None) -> None:
        """Rows of text below the axis, under its ticks; asked for anew whenever the ticks change."""
        self._rows_at = rows_at

    def set_legend(self, entries: Sequence[LegendEntry]) -> None:
        """A legend above the axes, for what cannot be named where it is drawn."""
        self._legend = tuple(entries)

    def set_stops(self, x: Sequence[float]) -> None:
        """Where Ctrl+Left and Ctrl+Right halt in a plot without points, such as the days of events."""
        self._stops = x

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw every layer that is wanted; others are emptied. The view stays zoomed if its range stays."""
        for axes in self._axes:
            axes.x_log = self._x_log
            axes.begin()
        yield
        for axes in self._axes:
            axes.end()
        self.view.move_cursor(None, None)
        self._stop = -1
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
            places = [tick.place for tick in self._layout.x_ticks]
            self._layout.rows = self._rows_at([10**place if self._x_log else place for place in places])
        self.view.forget()

    def say(self, text: str) -> None:
        """Tell what the pointer is on, below the plot and to a screen reader."""
        if text == self.sentence.sentence:
            return
        self.sentence.say(text)
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def show_cursor(self, x: float | None) -> None:
        """Put the upright line at an x, in data, as if the pointer were there."""
        if x is None:
            self.view.move_cursor(None, None)
            return
        place = self._x_place(x)
        axes = self._shown_axes()
        if axes and self._x_range[0] <= place <= self._x_range[1]:
            self.view.move_cursor(frame.across(axes[0].rect, self._x_range, place), None)

    def reset(self) -> None:
        """Show everything again."""
        self._x_range = self._x_home
        for axes in self._axes:
            axes.range = axes.home
        self._show()

    @property
    def zoomed(self) -> bool:
        """Whether only a part is shown."""
        return self._x_range != self._x_home or any(axes.range != axes.home for axes in self._axes)

    @property
    def x_range(self) -> Range:
        """The part of x that is shown, in data."""
        low, high = self._x_range
        return (10**low, 10**high) if self._x_log else (low, high)

    def image(self, scale: float = 2.0) -> QImage:
        """The plot with its caption above and its footnote below, on white whatever the theme."""
        self._apply_ink(Ink.of(light_palette(), scale))
        try:
            return self._painted_image(scale)
        finally:
            self._apply_ink(self._own_ink())

    def on_paper(self) -> PictureSheet:
        """The picture, to copy, to print or to drag out."""
        return PictureSheet(self.caption or self.accessibleName(), self.image(), footed=bool(self.footnote))

    def write_image(self, path: Path) -> None:
        """Write the picture: vectors for .pdf, else a PNG. Raises AppError when it cannot be written."""
        try:
            if path.suffix.lower() == ".pdf":
                self._write_pdf(path)
                return
            if self.image(3.0).save(str(path), "PNG"):  # type: ignore[call-overload]
                return
        except OSError:
            pass  # said below, as for a PNG
        raise AppError(
            _("The picture could not be written to {file}.").format(file=path),
            hint=_("Choose another folder, or close the program that has the file open."),
        )

    def _write_pdf(self, path: Path) -> None:
        self._apply_ink(Ink.of(light_palette(), 1.0))
        try:
            title = self.caption or self.accessibleName()
            write_vector(path, self._picture_size(), title, self._paint_picture)
        finally:
            self._apply_ink(self._own_ink())

    def ask_save(self) -> None:
        """Ask where to write the picture."""

        def write(path: Path) -> None:
            try:
                self.write_image(path)
            except AppError as error:
                show_error(self, error)
            else:
                self.saved.emit(path)

        folder = Path(self.folder) if self.folder else Path.home()
        ask.file_to_save(
            self,
            write,
            title=_("Save the picture"),
            kinds=[_("PNG picture (*.png)"), _("PDF (*.pdf)")],
            proposal=folder / f"{self.file_name}.png",
        )

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
        home = self._x_home if axes is None else axes.home
        low, high = self._x_range if axes is None else axes.range
        centre = (low + high) / 2 if at is None else at
        width = min(max((high - low) * factor, (home[1] - home[0]) * _DEEPEST), home[1] - home[0])
        part = (centre - low) / (high - low)
        self._move_to(centre - part * width, width, axes)

    def pan(self, part: float, *, axes: Axes | None = None) -> None:
        """Move the range of x, or of y of some axes, by a part of its width."""
        low, high = self._x_range if axes is None else axes.range
        self._move_to(low + part * (high - low), high - low, axes)

    def _move_to(self, start: float, width: float, axes: Axes | None) -> None:
        home = self._x_home if axes is None else axes.home
        start = min(max(start, home[0]), home[1] - width)
        new = home if width >= (home[1] - home[0]) * (1 - 1e-9) else (start, start + width)
        if axes is None:
            self._x_range = new
        else:
            axes.range = new
        self._show()

    def _fit(self) -> None:
        """Take the whole range from limits or data; keep the part that was shown if the whole is the same."""
        if self._x_limits is not None:
            low, high = (self._x_place(limit) for limit in self._x_limits)
        elif self._x_names is not None:
            low, high = -0.5, max(len(self._x_names), 1) - 0.5
        else:
            spans = [axes.x_span() for axes in self._shown_axes()]
            spans = [span for span in spans if not math.isnan(span[0])]
            low = min((span[0] for span in spans), default=0.0)
            high = max((span[1] for span in spans), default=1.0)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        edge = 0.0 if self._x_names is not None else (high - low) * 0.012
        home = (low - edge, high + edge)
        if home != self._x_home:
            self._x_home = self._x_range = home
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
        if self._ink.weight != self.devicePixelRatioF():
            self._apply_ink(self._own_ink())  # the window went to a screen of another density
        size = QRectF(self.view.rect())
        _small, metrics = frame.fonts(self.font())
        line = metrics.height()
        axes = self._shown_axes()
        layout = self._layout
        layout.right = size.width() - 2
        right = size.width() - frame.label_width(axes, metrics, size.width())
        layout.legend_lines = frame.legend_lines(self._legend, metrics, 2.0, size.width() - GAP)
        top = len(layout.legend_lines) * (line + 2) + (GAP if layout.legend_lines else line * 0.5)
        rows = self._rows_at([]) if self._rows_at else ()
        layout.bottom = (
            6 + line + (line + 4 if self._x_title else 0) + (GAP + line * len(rows) if rows else 0) + 4
        )
        self._share_height(axes, top, size.height() - layout.bottom, line)
        left = self._left_width(axes, rows, metrics, line)
        for one in axes:
            one.rect = QRectF(left, one.rect.top(), max(right - left, 10.0), one.rect.height())
            one.box.setGeometry(one.rect)
            one.show_range(self._x_range, one.range)
        layout.left = left
        layout.x_ticks = self._x_ticks(max(right - left, 10.0), metrics)
        if self._rows_at is not None:
            data = [10**tick.place if self._x_log else tick.place for tick in layout.x_ticks]
            layout.rows = self._rows_at(data)
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

    def _x_ticks(self, width: float, metrics: QFontMetricsF) -> Sequence[Any]:
        low, high = self._x_range
        if self._x_names is not None:
            widest = max((metrics.horizontalAdvance(text) for _x, text in self._x_names), default=1.0) + GAP
            return named_ticks(self._x_names, low, high, max(1, int(width / widest)))
        sample = metrics.horizontalAdvance("00 000") + 2 * GAP
        most = max(2, int(width / sample))
        if self._x_log:
            return log_ticks(low, high, most)
        return number_ticks(low, high, most, whole=self._x_whole)

    def _shown_axes(self) -> list[Axes]:
        return [axes for axes in self._axes if axes.visible]

    def _x_place(self, x: float) -> float:
        if not self._x_log:
            return x
        return math.log10(x) if x > 0 else math.nan

    # Painting

    def _paint_below(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        axes, layout = self._shown_axes(), self._layout
        if self.view.keeps_picture:
            painter.drawPixmap(0, 0, self._ground(axes))
        else:
            self._paint_ground(painter, axes)
        frame.paint_rows(painter, axes, layout, self._x_range, self._x_title, self._ink, self.font())

    def _paint_ground(self, painter: QPainter, axes: Sequence[Axes]) -> None:
        frame.paint_ground(
            painter,
            axes,
            self._layout,
            self._x_range,
            self._x_title,
            self._ink,
            self.font(),
            upright_grid=self._x_names is None,
        )

    def _ground(self, axes: Sequence[Axes]) -> QPixmap:
        """What stays while the data change, as a picture that is painted again only when it has changed."""
        scale, size = self.devicePixelRatioF(), self.view.viewport().size()
        look = (
            size,
            scale,
            self.view.part,
            self.font(),
            self._ink,
            self._x_range,
            self._x_title,
            self._x_names,
            tuple(self._layout.x_ticks),
            tuple(tuple(line) for line in self._layout.legend_lines),
            tuple(
                (QRectF(one.rect), one.range, one.title, one.title_place, one.own_ticks, tuple(one.ticks))
                for one in axes
            ),
        )
        if self._ground_kept is None or self._ground_kept[0] != look:
            picture = QPixmap(size * scale)
            picture.setDevicePixelRatio(scale)
            picture.fill(self._ink.ground)
            painter = QPainter(picture)
            painter.setClipRect(self.view.part)
            self._paint_ground(painter, axes)
            painter.end()
            self._ground_kept = look, picture
        return self._ground_kept[1]

    def paint_above(self, painter: QPainter) -> None:
        """What lies over the picture of the scene and is painted with each of its repaints."""
        axes = self._shown_axes()
        frame.paint_above(painter, axes, self._x_range, self._ink, self.font(), self._layout)
        if self.empty_text:
            painter.setPen(self._ink.faint)
            place = QRectF(self.view.rect()).adjusted(40, 0, -40, 0)
            painter.fillRect(QRectF(self.view.rect()), self._ink.ground)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place, int(flags), self.empty_text)
        if self.hasFocus():
            painter.setPen(QPen(self._ink.accent, 1))
            painter.drawRect(QRectF(self.view.rect()).adjusted(0.5, 0.5, -1.5, -1.5))

    def _apply_ink(self, ink: Ink) -> None:
        self._ink = ink
        self.view.setBackground(ink.ground)
        self.view.cursor_mark.pen = QPen(ink.axis, 1)
        self.view.cursor_mark.ring_pen = QPen(ink.text, 1.6)
        for axes in self._axes:
            axes.restyle(ink)
        self.view.forget()

    def _own_ink(self) -> Ink:
        return Ink.of(self.palette(), self.devicePixelRatioF())

    def _painted_image(self, scale: float) -> QImage:
        size = self._picture_size()
        image = QImage((size * scale).toSize(), QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(scale)
        image.fill(self._ink.ground)
        painter = QPainter(image)
        self._paint_picture(painter)
        painter.end()
        return image

    def _foot(self) -> float:
        """How high the footnote is."""
        _small, metrics = frame.fonts(self.font())
        place = QRectF(0, 0, self.view.width() - 16, 10000)
        return metrics.boundingRect(place, _FOOT_FLAGS, self.footnote).height() if self.footnote else 0.0

    def _head(self) -> float:
        """How high the title is."""
        return QFontMetricsF(self.font()).height() + 12 if self.caption else 0.0

    def _picture_size(self) -> QSizeF:
        """The size of the picture with its title and its footnote."""
        foot = self._foot()
        return QSizeF(self.view.width(), self._head() + self.view.height() + (foot + 12 if foot else 0.0))

    def _paint_picture(self, painter: QPainter) -> None:
        """The title, the plot and the footnote."""
        focus = self.hasFocus()
        font, width, head = self.font(), self.view.width(), self._head()
        line = QFontMetricsF(font).height()
        painter.setPen(self._ink.text)
        painter.setFont(font)
        painter.drawText(QRectF(8, 6, width - 16, line), int(Qt.AlignmentFlag.AlignLeft), self.caption)
        if focus:
            self.clearFocus()
        self.view.render(painter, QRectF(0, head, width, self.view.height()), self.view.rect())
        painter.translate(0, head)
        self.paint_above(painter)
        painter.translate(0, -head)
        painter.setPen(self._ink.faint)
        painter.setFont(frame.fonts(font)[0])
        foot = QRectF(8, head + self.view.height() + 4, width - 16, self._foot() + 4)
        painter.drawText(foot, _FOOT_FLAGS, self.footnote)
        if focus:
            self.setFocus()

    # Mouse and keys

    def on_press(self, event: QMouseEvent) -> None:
        """Begin to drag a guide or the range, or a click."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._press = self._dragged = event.position()
        self._grabbed = self._guide_at(event.position())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._goes_out = self._grabbed is None and (control or self._axes_at(event.position()) is None)

    def on_move(self, event: QMouseEvent) -> None:
        """Drag, or tell what the pointer is on."""
        place = event.position()
        axes = self._axes_at(place)
        if self._grabbed is not None and self._press is not None:
            one, key = self._grabbed
            low, high = self._x_range
            x = low + (place.x() - one.rect.left()) / one.rect.width() * (high - low)
            x = min(max(x, low), high)
            self.guide_moved.emit(key, 10**x if self._x_log else x)
            return
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            far = (place - self._press).manhattanLength()
            if self._goes_out:
                if far >= QApplication.startDragDistance():
                    self._press = self._dragged = None
                    taking_out.drag_plot(self)
            elif far > _DRAG and self._dragged is not None:
                self._drag(place - self._dragged, self._axes_at(self._press))
                self._dragged = place
            return
        movable = self._guide_at(place) is not None
        self.view.viewport().setCursor(Qt.CursorShape.SplitHCursor if movable else Qt.CursorShape.ArrowCursor)
        if axes is None:
            self.view.viewport().setCursor(Qt.CursorShape.OpenHandCursor)  # from here it is dragged out
            self.on_leave()
            return
        pointer, spot = self._pointer(axes, place)
        self.view.move_cursor(place.x() if self.crosshair else None, spot)
        self.pointed.emit(pointer)

    def on_release(self, event: QMouseEvent) -> None:
        """A press that did not move is a click."""
        press, grabbed = self._press, self._grabbed
        self._press = self._dragged = self._grabbed = None
        if press is None or grabbed is not None:
            return
        axes = self._axes_at(event.position())
        if axes is not None and (event.position() - press).manhattanLength() <= _DRAG:
            self.clicked.emit(self._pointer(axes, event.position())[0])

    def on_double_click(self, event: QMouseEvent) -> None:
        """Show everything again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset()

    def on_wheel(self, event: QWheelEvent) -> None:
        """Zoom around the pointer: x, or y with Ctrl or beside the axis; x with Ctrl in a scrolled plot."""
        axes = self._axes_at(event.position(), beside=True)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if axes is None or not (control or self.wheel_zooms):
            event.ignore()
            return
        delta = event.angleDelta().y() or event.angleDelta().x()
        factor = _WHEEL**-delta
        upright = control and self.wheel_zooms
        if upright or event.position().x() < axes.rect.left():
            low, high = axes.range
            at = low + (axes.rect.bottom() - event.position().y()) / axes.rect.height() * (high - low)
            self.zoom(factor, at=at, axes=axes)
        else:
            low, high = self._x_range
            at = low + (event.position().x() - axes.rect.left()) / axes.rect.width() * (high - low)
            self.zoom(factor, at=at)
        event.accept()

    def on_leave(self) -> None:
        """The pointer is on nothing."""
        if self.view.cursor_mark.x_line is not None or self.view.cursor_mark.spot is not None:
            self.view.move_cursor(None, None)
            self.pointed.emit(None)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key = event.key()
        axes = self._shown_axes()[0] if self._shown_axes() else None
        if control and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(0.8)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1.25)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home, Qt.Key.Key_Escape) and self.zoomed:
            self.reset()
        elif key == Qt.Key.Key_Left:
            self.pan(-0.1)
        elif key == Qt.Key.Key_Right:
            self.pan(0.1)
        elif key == Qt.Key.Key_Up and axes is not None and axes.range != axes.home:
            self.pan(0.1, axes=axes)
        elif key == Qt.Key.Key_Down and axes is not None and axes.range != axes.home:
            self.pan(-0.1, axes=axes)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._stop >= 0:
            pointer = self._stop_pointer()
            if pointer is not None:
                self.clicked.emit(pointer)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            where = self.mapToGlobal(QPoint(self.width() // 2, self.height() // 2))
        menu = self.menu()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        if self._choose_at(None if by_key else QPointF(self.view.viewport().mapFromGlobal(where))):
            add_selected_actions(menu, self)
        menu.popup(where)

    def _choose_at(self, place: QPointF | None) -> bool:
        """Choose the point at a place (None: where the keys are), as a click would; whether there is one."""
        axes = self._axes_at(place) if place is not None else None
        pointer = self._pointer(axes, place)[0] if axes and place is not None else self._stop_pointer()
        if pointer is None or pointer.index < 0:
            return False
        self.clicked.emit(pointer)
        return True

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

    def _drag(self, by: QPointF, axes: Axes | None) -> None:
        if axes is None:
            return
        self.pan(-by.x() / axes.rect.width())
        if axes.range != axes.home:
            self.pan(by.y() / axes.rect.height(), axes=axes)

    def _axes_at(self, place: QPointF, *, beside: bool = False) -> Axes | None:
        for axes in self._shown_axes():
            rect = axes.rect.adjusted(-axes.rect.left() if beside else -4, -4, 4, 4)
            if rect.contains(place):
                return axes
        return None

    def _guide_at(self, place: QPointF) -> tuple[Axes, str] | None:
        axes = self._axes_at(place)
        if axes is None:
            return None
        for guide in axes.vertical:
            if not guide.movable:
                continue
            if abs(frame.across(axes.rect, self._x_range, self._x_place(guide.at)) - place.x()) <= _GRAB:
                return axes, guide.key
        return None

    def _pointer(self, axes: Axes, place: QPointF) -> tuple[Pointer, QPointF | None]:
        low, high = self._x_range
        x = low + (place.x() - axes.rect.left()) / axes.rect.width() * (high - low)
        down = (axes.rect.bottom() - place.y()) / axes.rect.height()
        y = axes.datum(axes.range[0] + down * (axes.range[1] - axes.range[0]))
        x = 10**x if self._x_log else x
        picked = axes.picked(self._x_range, place, _REACH)
        if picked is None:
            return Pointer(axes.name, x, y), None
        return Pointer(axes.name, x, y, picked[0], picked[1]), picked[3]

    def _all_stops(self) -> list[tuple[float, Axes, float, str, int]]:
        """Where the keys halt: pickable points from left to right, else the stops that the page named."""
        found = [(x, axes, y, key, index) for axes in self._shown_axes() for x, y, key, index in axes.stops()]
        if found:
            return sorted(found, key=lambda stop: (stop[0], stop[2]))
        shown = self._shown_axes()
        return [(self._x_place(x), shown[0], math.nan, "", -1) for x in self._stops] if shown else []

    def _step(self, by: int) -> None:
        stops = self._all_stops()
        if not stops:
            return
        self._stop = (0 if by > 0 else len(stops) - 1) if self._stop < 0 else self._stop + by
        self._stop = min(max(self._stop, 0), len(stops) - 1)
        x, axes, y, _key, _index = stops[self._stop]
        across = frame.across(axes.rect, self._x_range, x)
        spot = None if math.isnan(y) else QPointF(across, axes.down(y))
        self.view.move_cursor(across if self.crosshair else None, spot)
        self.pointed.emit(self._stop_pointer())

    def _stop_pointer(self) -> Pointer | None:
        stops = self._all_stops()
        if not 0 <= self._stop < len(stops):
            return None
        x, axes, y, key, index = stops[self._stop]
        return Pointer(axes.name, 10**x if self._x_log else x, axes.datum(y), key, index)
