"""The second step of an import: the sheet as the user knows it, what each column means, what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSplitter, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.plan import ColumnPlan, Plan, TablePlan
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.import_files import layout_text
from mirocals_desktop.ui.dialogs.questions import QuestionPanel
from mirocals_desktop.ui.dialogs.sheet_view import Head, Mark, SheetView, State

if TYPE_CHECKING:
    from mirocals_desktop.importing.model import Issue, Question


class ColumnsStep(QWidget):
    """Shows a plan. `answered(id, code)` when the user decides what the plan asked or took for granted."""

    answered = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.columns")
        self._plan: Plan | None = None
        self._all: tuple[Question, ...] = ()
        self._issues: tuple[Issue, ...] = ()
        self._blinded = False
        self.table = QComboBox(self)
        self.table.setObjectName("import.table")
        self.table.setAccessibleName(_("Table"))
        self.table.currentIndexChanged.connect(self._show_table)
        self.about = QLabel(self)
        self.about.setObjectName("import.about")
        self.about.setStyleSheet(f"color: {theme.faint_colour()};")
        self.sheet = SheetView(self)
        self.sheet.column_asked.connect(self._on_column_asked)
        self.questions = QuestionPanel(self)
        self.questions.answered.connect(self.answered)
        self.questions.shown.connect(self._on_question_shown)
        top = QHBoxLayout()
        top.addWidget(self.table)
        top.addWidget(self.about, 1)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.sheet, 1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(left)
        split.addWidget(self.questions)
        split.setSizes([700, 360])
        split.setStretchFactor(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def show_plan(self, plan: Plan, questions: Sequence[Question], *, blinded: bool) -> None:
        """Show a plan; the table that was looked at stays in sight."""
        self._plan = plan
        self._all = tuple(questions)
        self._blinded = blinded
        key = self.table.currentData()
        blocker = QSignalBlocker(self.table)
        self.table.clear()
        for table in plan.tables:
            rows = len(table.table.rows)
            self.table.addItem(
                ngettext("{file}, {sheet}: {count} row", "{file}, {sheet}: {count} rows", rows).format(
                    file=table.file, sheet=table.sheet, count=rows
                ),
                table.key,
            )
        self.table.setCurrentIndex(max(self.table.findData(key), 0))
        blocker.unblock()
        self.table.setEnabled(self.table.count() > 1)
        self.questions.show_questions(self._all)
        self._show_table()

    def show_issues(self, issues: Sequence[Issue]) -> None:
        """Mark the cells with problems."""
        self._issues = tuple(issues)
        self._show_table()

    def go_to(self, file: str, sheet: str, row: int, column: int) -> None:
        """Show a cell of a sheet."""
        if self._plan is None:
            return
        for number, table in enumerate(self._plan.tables):
            if (table.file, table.sheet) != (file, sheet):
                continue
            places = {plan.place.column for plan in table.columns}
            if column < 0 or column in places or number == len(self._plan.tables) - 1:
                self.table.setCurrentIndex(number)
                break
        self.sheet.go_to(row, column)

    def _current(self) -> TablePlan | None:
        if self._plan is None or not 0 <= self.table.currentIndex() < len(self._plan.tables):
            return None
        return self._plan.tables[self.table.currentIndex()]

    def _show_table(self) -> None:
        table, plan = self._current(), self._plan
        if table is None or plan is None:
            return
        asked = {question.id: question for question in self._all}
        heads = {column.place.column: head_of(table, column, asked) for column in table.columns}
        covered = frozenset[int]()
        if self._blinded:
            # what is not known to be harmless is not shown
            harmless = {column.place.column for column in table.columns if not column.sealed}
            covered = frozenset(range(table.table.sheet.n_columns)) - harmless
        header_rows = frozenset(table.table.header_rows) | (
            {table.table.units_row} if table.table.units_row >= 0 else frozenset()
        )
        self.sheet.show_sheet(
            table.table.sheet,
            heads,
            header_rows=header_rows,
            aside={row: _aside_text(reason) for row, reason in table.table.ignored.items()},
            marks=marks_of(self._issues, table),
            covered=covered,
            blinded=self._blinded,
        )
        self.about.setText(layout_text(table))

    def _on_column_asked(self, number: int) -> None:
        """The user clicked a column's meaning: offer every decision about it, open or not."""
        table, plan = self._current(), self._plan
        if table is None or plan is None:
            return
        column = next((c for c in table.columns if c.place.column == number), None)
        if column is None:
            return
        questions = questions_of(table, column, self._all)
        if len(questions) == 1:
            self.questions.choose(questions[0], self.window())
            return
        menu = QMenu(self)
        menu.setObjectName("import.column_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for question in questions:
            chosen = next((o.label for o in question.options if o.code == question.chosen), "")
            action = QAction(f"{question.text}   {chosen}", menu)
            action.setObjectName(f"import.column_menu.{question.id}")
            action.triggered.connect(partial(self._on_chosen_from_menu, question))
            menu.addAction(action)
        if questions:
            header = self.sheet.mapping
            place = QPoint(header.sectionViewportPosition(number), header.height())
            menu.popup(header.viewport().mapToGlobal(place))

    def _on_chosen_from_menu(self, question: Question, _checked: object = None) -> None:
        self.questions.choose(question, self.window())

    def _on_question_shown(self, question_id: str) -> None:
        if self._plan is None:
            return
        question = next((q for q in self._all if q.id == question_id), None)
        if question is None or not question.cells:
            return
        row, column = place_of(question.cells[0])
        self.go_to(question.file, question.sheet, row, column)


def question_of(table: TablePlan, column: ColumnPlan, asked: Mapping[str, Question]) -> Question | None:
    """The question that decides what a column is."""
    if column.use == "patient":
        return asked.get(f"patient|{table.key}")
    return asked.get(f"column|{table.key}|{column.key}")


def questions_of(table: TablePlan, column: ColumnPlan, questions: Sequence[Question]) -> list[Question]:
    """Every decision about a column: what it is, its unit, its decimal sign, the order of its dates."""
    first = question_of(table, column, {question.id: question for question in questions})
    others = [
        question
        for question in questions
        if question is not first
        and (question.file, question.sheet) == (table.file, table.sheet)
        and question.kind not in ("patient", "column")
        and any(place_of(cell)[1] == column.place.column for cell in question.cells)
    ]
    return [*([first] if first is not None else []), *others]


def head_of(table: TablePlan, column: ColumnPlan, asked: Mapping[str, Question]) -> Head:
    """What stands above a column: its meaning, unit and visit, and how sure that is."""
    uses = {
        "patient": _("Patient"),
        "visit": _("Visit"),
        "day": _("Study day"),
        "parameter": _("What is measured"),
        "value": _("Value"),
        "unit": _("Unit"),
        "qualifier": _("Sign < or >"),
        "low": _("Lower limit"),
        "high": _("Upper limit"),
        "left_out": _("Left out"),
    }
    text = str(column.variable.label) if column.variable is not None else uses.get(column.use, column.use)
    question = question_of(table, column, asked)
    state: State = "sure"
    if question is not None and question.open:
        state, text = "question", _("{meaning}?").format(meaning=text)
    elif column.use == "left_out":
        state = "ignored"
    elif question is not None and not question.answer and column.confidence < 0.9:
        state = "guess"
    unit = column.unit.name if column.unit is not None else ""
    if not unit and column.variable is not None:
        unit = column.variable.unit
    parts = [unit, column.visit]
    if question is not None and not question.answer and column.use != "left_out" and state != "sure":
        parts.append(f"{column.confidence:.0%}")
    return Head(text, " · ".join(part for part in parts if part), state)


def marks_of(issues: Sequence[Issue], table: TablePlan) -> dict[tuple[int, int], Mark]:
    """The problems at the cells of a table's sheet; several at one cell become one mark."""
    marks: dict[tuple[int, int], Mark] = {}
    for issue in issues:
        if (issue.file, issue.sheet) != (table.file, table.sheet) or issue.row < 0 or issue.column < 0:
            continue
        if issue.severity == "note":
            continue
        places = {(issue.row, issue.column), *(place_of(cell) for cell in issue.cells)}
        for place in places:
            before = marks.get(place)
            text = issue.message if before is None else f"{before.text}\n{issue.message}"
            worst = "error" if "error" in (issue.severity, before.severity if before else "") else "warning"
            marks[place] = Mark(worst, text)
    return marks


def place_of(cell: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell's name; (-1, -1) for what is none."""
    letters = cell.rstrip("0123456789")
    digits = cell[len(letters) :]
    if not letters.isascii() or not letters.isalpha() or not digits:
        return -1, -1
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(digits) - 1, column - 1


def _aside_text(reason: str) -> str:
    reasons = {
        "title": _("a title"),
        "note": _("a note"),
        "total": _("a total"),
        "blank": _("a blank row"),
        "repeated header": _("the header once more"),
        "section": _("a heading of a section"),
    }
    return reasons.get(reason, reason)
