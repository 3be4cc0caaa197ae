"""The first step of an import: which files, and which of their tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.bounds import bounds_of
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.plan import Plan, TablePlan
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.values import number_text

LEAVE_OUT: Final = "none"  # the answer to "which column says whose row it is" that leaves a table out


class FilesStep(QWidget):
    """Shows files with their tables.

    `answered(id, code)` when a table is taken in or left out, `more_asked` when more files shall come in.
    """

    answered = Signal(str, str)
    more_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.files")
        self._plan: Plan | None = None
        text = QLabel(_("Untick a table to leave it out. What is read of the others is decided next."), self)
        text.setObjectName("import.files.text")
        text.setWordWrap(True)
        text.setStyleSheet(f"color: {theme.faint_colour()};")
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("import.files.tables")
        self.tree.setAccessibleName(_("Files and tables"))
        self.tree.setHeaderLabels([_("Table"), _("Rows"), _("Columns"), _("What it is")])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setStyleSheet("QTreeView::item { min-height: 24px; }")
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemChanged.connect(self._on_ticked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(text)
        layout.addWidget(self.tree, 1)
        more = self.more = QPushButton(_("Add files…"), self)
        more.setObjectName("import.files.more")
        more.setAutoDefault(False)
        more.setToolTip(_("Or drop them on this window"))
        more.clicked.connect(self.more_asked)
        layout.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_plan(self, plan: Plan) -> None:
        """Show the files and tables of a plan."""
        self._plan = plan
        blocker = QSignalBlocker(self.tree)
        current = self.tree.currentItem()
        kept = current.data(0, Qt.ItemDataRole.UserRole) if current is not None else None
        self.tree.clear()
        for source in plan.sources:
            name = source.workbook.name
            file = QTreeWidgetItem([name])
            file.setIcon(0, icon("sheet"))
            file.setFlags(Qt.ItemFlag.ItemIsEnabled)
            tables = [table for table in plan.tables if table.file == name]
            if not tables:
                file.setText(3, _("no table was found in it"))
            file.setToolTip(0, name)
            self.tree.addTopLevelItem(file)
            for table in tables:
                line = self._line(table)
                file.addChild(line)
                if kept in (None, table.key):
                    self.tree.setCurrentItem(line)
                    kept = kept or table.key
            file.setExpanded(True)
        blocker.unblock()

    def _line(self, table: TablePlan) -> QTreeWidgetItem:
        line = QTreeWidgetItem(
            [
                sheet_text(table, self._plan.tables if self._plan is not None else ()),
                number_text(len(table.table.rows)),
                number_text(len(table.table.columns)),
                layout_text(table),
            ]
        )
        line.setData(0, Qt.ItemDataRole.UserRole, table.key)
        for column in (1, 2):
            line.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
        )
        if table.reason == "empty":
            line.setFlags(Qt.ItemFlag.ItemIsSelectable)
        line.setCheckState(0, Qt.CheckState.Checked if table.used else Qt.CheckState.Unchecked)
        return line

    def _on_ticked(self, line: QTreeWidgetItem, _column: int) -> None:
        key = line.data(0, Qt.ItemDataRole.UserRole)
        table = next((t for t in self._plan.tables if t.key == key), None) if self._plan is not None else None
        if self._plan is None or table is None:
            return
        ticked = line.checkState(0) == Qt.CheckState.Checked
        hidden = next(
            (
                question
                for question in self._plan.questions
                if question.kind == "sheet" and (question.file, question.sheet) == (table.file, table.sheet)
            ),
            None,
        )
        if hidden is not None:
            self.answered.emit(hidden.id, "yes" if ticked else "no")
            return
        question = next((q for q in self._plan.questions if q.id == f"patient|{key}"), None)
        if question is None:
            return
        first = next((o.code for o in question.options if o.code != LEAVE_OUT), LEAVE_OUT)
        taken = question.suggested if question.suggested != LEAVE_OUT else first
        self.answered.emit(question.id, taken if ticked else LEAVE_OUT)


def sheet_text(table: TablePlan, tables: Sequence[TablePlan]) -> str:
    """The name of a table's sheet, with where it stands when the sheet has several tables."""
    several = sum((other.file, other.sheet) == (table.file, table.sheet) for other in tables) > 1
    if not several or not table.table.columns:
        return table.sheet
    bounds = bounds_of(table.table)
    first, last = cell_name(bounds.first, bounds.left), cell_name(bounds.last, bounds.right)
    return _("{sheet}, {first} to {last}").format(sheet=table.sheet, first=first, last=last)


def layout_text(table: TablePlan) -> str:
    """What a table is, in words."""
    if not table.used:
        reasons = {
            "no-patient": _("left out: no column says whose row it is"),
            "patients-across": _("left out: patients stand side by side"),
            "form": _("left out: it is a form"),
            "hidden": _("left out: the sheet is hidden"),
            "empty": _("left out: it has no rows"),
        }
        return reasons.get(table.reason, _("left out"))
    layouts = {
        "patients": _("one row for each patient"),
        "visits": _("one row for each visit"),
        "parameters": _("one row for each measurement"),
        "log": _("one row for each record of a log"),
    }
    left = sum(column.use == "left_out" for column in table.columns)
    parts = [layouts[table.layout]]
    if left:
        parts.append(
            ngettext("{count} column left out", "{count} columns left out", left).format(
                count=number_text(left)
            )
        )
    return "  ·  ".join(parts)
