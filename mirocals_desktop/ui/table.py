"""Every table of the program: a filter field, the rows, columns that one chooses, and ways to take them out.

What a column is, how rows are found and sorted, and the model are in `table_columns`, `table_rows` and
`table_model`. Pages speak in keys (a patient's id, an observation's id), never in row numbers.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import taking_out
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.paper import TableSheet
from mirocals_desktop.ui.selected import add_selected_actions
from mirocals_desktop.ui.table_columns import Column, WrittenTexts
from mirocals_desktop.ui.table_model import FrameModel, plain_cell
from mirocals_desktop.ui.values import number_text

__all__ = ["Column", "FrameModel", "TableView", "WrittenTexts"]

_NOWHERE: Final = QModelIndex()
_SAMPLE: Final = 80  # rows that column widths are measured on
_FILTER_DELAY_MS: Final = 120
_MOST_DRAGGED: Final = (
    5_000  # rows that are dragged as a workbook too: writing more would hold the other program
)


class TableView(QWidget):
    """A table with a filter field, a column chooser, copy with headers, and a sentence when it is empty.

    `selected(key)` when the current row changes by the user, `activated(key)` on Enter or double click.
    """

    selected = Signal(object)
    activated = Signal(object)

    def __init__(self, name: str, label: str, parent: QWidget | None = None) -> None:
        """`name` becomes the object name; `label` (translated) is what a screen reader says."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.model = FrameModel(parent=self)
        self._quiet = False
        self._kept: Any = None
        self._sized: tuple[str, ...] = ()
        self.grows = False
        """Whether columns become wider for later rows: lists of now one kind of values, now another."""

        self.filter = QLineEdit(self)
        self.filter.setObjectName(f"{name}.filter")
        self.filter.setAccessibleName(_("Filter {table}").format(table=label))
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        room = self.filter.fontMetrics().horizontalAdvance(self.filter.placeholderText()) + 16
        self.filter.setMinimumWidth(room)
        self.filter.setMaximumWidth(max(240, room))
        self.count = QLabel(self)
        self.count.setObjectName(f"{name}.count")
        self.chooser = QToolButton(self)
        self.chooser.setObjectName(f"{name}.columns")
        self.chooser.setAccessibleName(_("Choose columns"))
        self.chooser.setToolTip(_("Choose columns"))
        self.chooser.setIcon(icon("columns"))
        self.chooser.setAutoRaise(True)
        self.chooser.clicked.connect(self._choose_columns)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.bar.addWidget(self.filter)
        self.bar.addWidget(self.count)
        self.bar.addStretch(1)
        self.bar.addWidget(self.chooser)

        self.view = QTableView(self)
        self.view.setObjectName(f"{name}.rows")
        self.view.setAccessibleName(label)
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setWordWrap(False)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.setCornerButtonEnabled(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setStretchLastSection(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.sortIndicatorChanged.connect(self._on_sort_asked)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.modelAboutToBeReset.connect(self._on_reset_begun)
        self.model.modelReset.connect(self._on_reset)
        self.model.busy_changed.connect(self._show_state)
        self.view.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self.view.activated.connect(self._on_activated)
        self.view.installEventFilter(self)
        self.view.viewport().installEventFilter(self)
        self._pressed: QPoint | None = None

        self.empty = QLabel(self)
        self.empty.setObjectName(f"{name}.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setMargin(24)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.bar)
        layout.addWidget(body, 1)

        self._empty = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FILTER_DELAY_MS)
        self._timer.timeout.connect(self.apply_filter)
        self.filter.textChanged.connect(lambda _text: self._timer.start())
        self.filter.returnPressed.connect(self.apply_filter)
        self._show_state()

    def show_columns(
        self,
        columns: Sequence[Column],
        keys: Sequence[Any] | np.ndarray[Any, Any] | None = None,
        *,
        empty: str = "",
    ) -> None:
        """Show data. `empty` says what to do when there is no row; sort, filter and selection stay."""
        self._empty = empty
        self._quiet = True
        self.model.set_columns(columns, keys)
        codes = tuple(column.code for column in columns)
        if codes != self._sized:
            self._sized = codes
            for number, column in enumerate(columns):
                self.view.setColumnHidden(number, column.hidden)
            self._size_columns()
        elif self.grows:
            self._size_columns(least=True)
        self._quiet = False
        self._show_state()

    def current_key(self) -> Any:
        """The key of the current row, or None."""
        index = self.view.currentIndex()
        return self.model.key(index.row()) if index.isValid() else None

    def keys(self) -> list[Any]:
        """The keys of all shown rows, in their order on the screen."""
        return [self.model.key(row) for row in range(self.model.rowCount())]

    def select(self, key: Any) -> None:
        """Make the row with this key the current one, without saying so; nothing when it is not shown."""
        self._quiet = True
        self._select(key)
        self._quiet = False

    def sort_by(self, code: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the column with this code."""
        for number, column in enumerate(self.model.columns):
            if column.code == code:
                self.view.horizontalHeader().setSortIndicator(number, order)

    def apply_filter(self) -> None:
        """Filter by the field's text now."""
        self._timer.stop()
        self.model.set_filter(self.filter.text())

    def copy(self) -> None:
        """Copy the selected rows (all when none is selected), with headers, the way Excel takes them."""
        QGuiApplication.clipboard().setMimeData(self.mime_data())

    def shown_columns(self) -> list[int]:
        """The columns that are not hidden, in their order on the screen."""
        header = self.view.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [number for number in order if not self.view.isColumnHidden(number)]

    def on_paper(self) -> TableSheet:
        """The rows and columns that are shown, to print or to make a picture of."""
        shown, note = self.shown_columns(), self.model.filter_text
        return TableSheet(
            title=self.accessibleName(),
            headers=tuple(self.model.columns[number].header for number in shown),
            numeric=tuple(self.model.is_numeric(number) for number in shown),
            rows=self.model.rowCount(),
            text=self.model.reader(shown),
            about=_("Filtered by “{text}”.").format(text=note) if note else "",
        )

    def mime_data(self) -> QMimeData:
        """The selected rows as tab-separated text and as HTML in which text stays text ("001", "=1+1")."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if not rows:
            rows = list(range(self.model.rowCount()))
        shown = self.shown_columns()
        titles = [self.model.columns[number].header for number in shown]
        numeric = [self.model.is_numeric(number) for number in shown]
        lines = ["\t".join(plain_cell(title) for title in titles)]
        markup = ["<table><tr>", *(f"<th>{html.escape(title)}</th>" for title in titles), "</tr>"]
        for row in rows:
            texts = [self.model.copied_text(row, number) for number in shown]
            lines.append(
                "\t".join(
                    text if number else plain_cell(text) for text, number in zip(texts, numeric, strict=True)
                )
            )
            markup.append("<tr>")
            for text, number in zip(texts, numeric, strict=True):
                style = "" if number else " style='mso-number-format:\"\\@\"'"
                markup.append(f"<td{style}>{html.escape(text)}</td>")
            markup.append("</tr>")
        markup.append("</table>")
        data = QMimeData()
        data.setText("\n".join(lines) + "\n")
        data.setHtml("".join(markup))
        return data

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Copy):
                self.copy()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.view.currentIndex().isValid():
                self.activated.emit(self.current_key())
                return True
        if watched is self.view.viewport() and isinstance(event, QMouseEvent):
            return self._on_mouse(event)
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> bool:
        """Drag rows out that were selected before the press; a press elsewhere selects as ever."""
        left = Qt.MouseButton.LeftButton
        place = event.position().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress:
            selected = self.view.selectionModel().isSelected(self.view.indexAt(place))
            plain = event.button() == left and event.modifiers() == Qt.KeyboardModifier.NoModifier
            self._pressed = place if plain and selected else None
        elif event.type() == QEvent.Type.MouseMove and self._pressed is not None and event.buttons() & left:
            if (place - self._pressed).manhattanLength() >= QApplication.startDragDistance():
                self._pressed = None
                taking_out.drag_table(self, self.mime_data(), self._writer())
            return True  # moving with the button down would select
        else:
            self._pressed = None
        return False

    def _writer(self) -> Callable[[Path], None] | None:
        """What writes the selected rows to a workbook; nothing outside a study, or for very many rows."""
        session = taking_out.session_of(self)
        snapshot = session.snapshot if session is not None else None
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        if session is None or snapshot is None or not 0 < len(rows) <= _MOST_DRAGGED:
            return None
        from mirocals_desktop.export.listing import write_list
        from mirocals_desktop.ui.list_export import filter_notes, shown_table

        table, notes = shown_table(self, self.accessibleName(), rows), filter_notes(session)
        return lambda path: write_list(snapshot, table, path, notes=notes)

    def _select(self, key: Any) -> None:
        row = self.model.row_of(key)
        if row >= 0:
            index = self.model.index(row, max(self.view.currentIndex().column(), 0))
            if self.view.currentIndex().row() != row:
                self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        else:
            self.view.clearSelection()

    def _size_columns(self, *, least: bool = False) -> None:
        """Widths from the headers and a sample of the rows: measuring all would take seconds.

        With `least` those are the least widths, and a column that is wider stays so.
        """
        metrics = self.view.fontMetrics()
        step = max(self.model.rowCount() // _SAMPLE, 1)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(not any(column.stretch for column in self.model.columns))
        for number, column in enumerate(self.model.columns):
            width = header.fontMetrics().horizontalAdvance(column.header) + 44
            beside = 52 if column.icons is not None else 28
            sample = (self.model.cell_text(row, number) for row in range(0, self.model.rowCount(), step))
            for text in (*sample, *column.room_for):
                width = max(width, metrics.horizontalAdvance(text) + beside)
            width = min(width, 360)
            self.view.setColumnWidth(number, max(width, self.view.columnWidth(number)) if least else width)
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

    def _show_state(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        if total == 0:
            self.empty.setText(self._empty or _("There is nothing here yet."))
        elif shown == 0:
            self.empty.setText(_("No row has “{text}” in it.").format(text=self.model.filter_text))
        self._stack.setCurrentWidget(self.view if shown else self.empty)
        if self.model.busy:
            text = _("Arranging rows…")
        elif shown == total:
            text = ngettext("{count} row", "{count} rows", total).format(count=number_text(total, 0))
        else:
            text = _("{shown} of {count} rows").format(
                shown=number_text(shown, 0), count=number_text(total, 0)
            )
        self.count.setText(text if total else "")

    def _on_sort_asked(self, column: int, order: Qt.SortOrder) -> None:
        self.model.sort(column, order)

    def _on_reset_begun(self) -> None:
        self._kept = self.current_key()

    def _on_reset(self) -> None:
        """The current row stays the current one wherever it has gone."""
        if self._kept is not None:
            quiet, self._quiet = self._quiet, True
            self._select(self._kept)
            self._quiet = quiet
        self._show_state()

    def _on_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self.selected.emit(self.model.key(current.row()))

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated.emit(self.model.key(index.row()))

    def _choose_columns(self) -> None:
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.columns_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self.model.columns):
            action = QAction(column.header, menu)
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(number))
            action.toggled.connect(lambda shown, number=number: self.view.setColumnHidden(number, not shown))
            menu.addAction(action)
        menu.popup(self.chooser.mapToGlobal(QPoint(0, self.chooser.height())))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = QAction(icon("copy"), _("Copy with headers"), menu)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.triggered.connect(self.copy)
        menu.addAction(copy)
        taking_out.add_to_menu(menu, self)
        if self.view.indexAt(place).isValid():  # the right button has selected the row
            add_selected_actions(menu, self)
        menu.popup(self.view.viewport().mapToGlobal(place))
