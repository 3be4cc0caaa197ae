"""Problems of an import, grouped by how they are mended; a group opens to cells, each leads to its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.mending import IssueGroup, group_issues
from mirocals_desktop.importing.model import Issue
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.icons import icon

Index = QModelIndex | QPersistentModelIndex

_NOWHERE: Final = QModelIndex()
_OPENED: Final = 6  # a group of errors, or the only few problems, up to so many are open from the start
_PICTURES: Final = {"error": "error", "warning": "warning", "note": "about"}


class ProblemModel(QAbstractItemModel):
    """Two levels: the groups, and in each its issues. A filter keeps issues that have every word."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._issues: tuple[Issue, ...] = ()
        self._texts: list[str] = []
        self._groups: tuple[IssueGroup, ...] = ()
        self._words = ""
        self._several = False  # sheets: each cell is told with its own

    @property
    def groups(self) -> tuple[IssueGroup, ...]:
        """The groups that are shown."""
        return self._groups

    def show(self, issues: Sequence[Issue], groups: Sequence[IssueGroup] | None = None) -> None:
        """Show these issues, which somebody may have grouped already."""
        self._issues, self._texts = tuple(issues), []
        placed = (issue for issue in self._issues if issue.sheet)
        first = next(placed, None)
        self._several = any(
            (issue.file, issue.sheet) != (first.file, first.sheet) for issue in placed if first
        )
        self._arrange(groups)

    def set_filter(self, words: str) -> None:
        """Keep issues with every word somewhere in message, cell, patient, sheet or file."""
        if words != self._words:
            self._words = words
            self._arrange()

    def issue(self, index: Index) -> Issue | None:
        """The issue of a row; None for a group."""
        if not index.isValid() or not index.internalId():
            return None
        return self._groups[index.internalId() - 1].issues[index.row()]

    def group(self, index: Index) -> IssueGroup | None:
        """The group of a row, or the row's own."""
        if not index.isValid():
            return None
        return self._groups[index.internalId() - 1 if index.internalId() else index.row()]

    def _arrange(self, groups: Sequence[IssueGroup] | None = None) -> None:
        wanted = self._words.casefold().split()
        kept: Sequence[Issue] = self._issues
        if wanted:
            groups = None
            if not self._texts:
                self._texts = [
                    f"{i.message} {i.cell} {i.patient} {i.sheet} {i.file}".casefold() for i in self._issues
                ]
            pairs = zip(self._issues, self._texts, strict=True)
            kept = [issue for issue, text in pairs if all(word in text for word in wanted)]
        self.beginResetModel()
        self._groups = group_issues(kept) if groups is None else tuple(groups)
        self.endResetModel()

    @override
    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    @override
    def parent(self, index: Index = _NOWHERE) -> Any:  # the other overload has no argument
        if not index.isValid() or not index.internalId():
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        if not parent.isValid():
            return len(self._groups)
        return len(self._groups[parent.row()].issues) if not parent.internalId() else 0

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        issue, group = self.issue(index), self.group(index)
        if group is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if issue is None:
                return group.title
            place = f"{issue.sheet} {issue.cell}" if issue.cell and self._several else issue.cell
            return f"{place}   {issue.message}" if place else issue.message
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                group.advice if issue is None else "\n".join(filter(None, (issue.message, place_text(issue))))
            )
        if issue is not None:
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(_PICTURES[group.severity])
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None


class ProblemList(QWidget):
    """The groups with a filter, and below them what to do about the current one.

    `cell_asked(Issue)` when the current row came to be an issue by the user's hand; `activated(Issue)` on
    Enter or double click. `decision_asked(Issue)`: the user wants to say what its column is.
    """

    cell_asked = Signal(object)
    activated = Signal(object)
    decision_asked = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._quiet = False
        self.model = ProblemModel(self)
        self.filter = QLineEdit(self)
        self.filter.setObjectName(f"{name}.filter")
        self.filter.setAccessibleName(_("Filter {table}").format(table=_("Problems")))
        self.filter.setPlaceholderText(_("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
        self.tree = QTreeView(self)
        self.tree.setObjectName(f"{name}.tree")
        self.tree.setAccessibleName(_("Problems"))
        self.tree.setModel(self.model)
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setExpandsOnDoubleClick(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        self.tree.doubleClicked.connect(self._on_activated)
        self.tree.installEventFilter(self)
        self.empty = QLabel(_("No problem was found."), self)
        self.empty.setObjectName(f"{name}.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(24)
        self.advice = QLabel(self)
        self.advice.setObjectName(f"{name}.advice")
        self.advice.setTextFormat(Qt.TextFormat.PlainText)
        self.advice.setWordWrap(True)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.advice.setMinimumHeight(3 * self.fontMetrics().height())
        self.decide = QPushButton(_("What is this column?"), self)
        self.decide.setObjectName(f"{name}.decide")
        self.decide.setAutoDefault(False)
        self.decide.clicked.connect(self._on_decide)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.bar.addWidget(self.filter, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self.bar)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.advice)
        layout.addWidget(self.decide, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_issues(())

    def show_issues(self, issues: Sequence[Issue], groups: Sequence[IssueGroup] | None = None) -> None:
        """List these issues; opened groups and the current one stay as they are.

        `groups` are the issues by how they are mended, where that was worked out already.
        """
        first = not self.model.groups
        opened = {
            (group.severity, group.code)
            for number, group in enumerate(self.model.groups)
            if self.tree.isExpanded(self.model.index(number, 0))
        }
        current = self.current()
        self._quiet = True
        self.model.show(issues, groups)
        for number, group in enumerate(self.model.groups):
            telling = group.severity == "error" or len(issues) <= _OPENED
            few = first and telling and len(group.issues) <= _OPENED
            if few or (group.severity, group.code) in opened:
                self.tree.expand(self.model.index(number, 0))
        if current is not None:
            self.select(current)
        self._quiet = False
        self.tree.setVisible(bool(issues))
        self.filter.setVisible(bool(issues))
        self.empty.setVisible(not issues)
        self._show_advice()

    def current(self) -> Issue | None:
        """The current issue; None when a group is current, or nothing."""
        return self.model.issue(self.tree.currentIndex())

    def select(self, issue: Issue) -> bool:
        """Make an issue the current one, its group opened, without saying so; False when it is not shown."""
        for number, group in enumerate(self.model.groups):
            if issue in group.issues:
                parent = self.model.index(number, 0)
                index = self.model.index(group.issues.index(issue), 0, parent)
                before, self._quiet = self._quiet, True
                self.tree.expand(parent)
                self.tree.selectionModel().setCurrentIndex(
                    index, QItemSelectionModel.SelectionFlag.ClearAndSelect
                )
                self.tree.scrollTo(index)
                self._quiet = before
                return True
        return False

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) problem that stands at a cell, around the end."""
        places = [issue for group in self.model.groups for issue in group.issues if issue.row >= 0]
        if not places:
            return
        current = self.current()
        at = places.index(current) + by if current in places else 0 if by > 0 else -1
        issue = places[at % len(places)]
        self.select(issue)
        self._show_advice()
        self.cell_asked.emit(issue)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.tree
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._on_activated(self.tree.currentIndex())
            return True
        return super().eventFilter(watched, event)

    def _on_filter(self, words: str) -> None:
        self.model.set_filter(words)
        if words:
            self.tree.expandAll()

    def _on_current(self, _current: QModelIndex, _before: QModelIndex) -> None:
        self._show_advice()
        issue = self.current()
        if issue is not None and not self._quiet:
            self.cell_asked.emit(issue)

    def _on_activated(self, index: QModelIndex) -> None:
        issue = self.model.issue(index)
        if issue is not None:
            self.activated.emit(issue)
        elif index.isValid():
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _on_decide(self) -> None:
        issue = self.current()
        group = self.model.group(self.tree.currentIndex())
        if issue is None and group is not None:
            issue = group.issues[0]
        if issue is not None:
            self.decision_asked.emit(issue)

    def _show_advice(self) -> None:
        group, issue = self.model.group(self.tree.currentIndex()), self.current()
        parts = [issue.message, place_text(issue)] if issue is not None else []
        self.advice.setText("\n".join(filter(None, (*parts, group.advice if group is not None else ""))))
        about = issue if issue is not None else group.issues[0] if group is not None else None
        self.decide.setVisible(about is not None and about.column >= 0)
        self.advice.setStyleSheet(f"color: {theme.faint_colour()};")


def place_text(issue: Issue) -> str:
    """File, sheet, cell and patient of an issue, as far as it has them."""
    place = ", ".join(filter(None, (issue.file, issue.sheet, issue.cell)))
    if issue.patient:
        place += ("  ·  " if place else "") + _("patient {patient}").format(patient=issue.patient)
    return place
