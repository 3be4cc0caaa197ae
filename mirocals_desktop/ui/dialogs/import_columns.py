"""The second step of an import: the sheet as the user knows it, what its columns mean, what is unclear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.bounds import EDGES, Bounds, bounds_of
from mirocals_desktop.importing.covering import covered_cells
from mirocals_desktop.importing.plan import ColumnPlan, Plan, TablePlan
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui.dialogs.cut_label import CutLabel
from mirocals_desktop.ui.dialogs.import_files import layout_text, sheet_text
from mirocals_desktop.ui.dialogs.import_problems import ProblemList
from mirocals_desktop.ui.dialogs.questions import QuestionPanel
from mirocals_desktop.ui.dialogs.sheet_bounds import BoundsBar, Legend
from mirocals_desktop.ui.dialogs.sheet_mapping import Head, State
from mirocals_desktop.ui.dialogs.sheet_marks import Problems, place_of
from mirocals_desktop.ui.dialogs.sheet_view import SheetView, Shown
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.importing.model import Issue, Question
    from mirocals_desktop.protocol.model import Unit


class ColumnsStep(QWidget):
    """Shows a plan. `answered(id, code)` when the user decides what the plan asked or took for granted.

    `bounds_asked(table key, Bounds)` when the user shows where a table stands, None for "as found".
    `finished` when the last open question was answered.
    """

    answered = Signal(str, str)
    finished = Signal()
    bounds_asked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.columns")
        self._plan: Plan | None = None
        self._all: tuple[Question, ...] = ()
        self._found = Problems()
        self._blinded = False
        self._moved: frozenset[str] = frozenset()
        self.table = QComboBox(self)
        self.table.setObjectName("import.table")
        self.table.setAccessibleName(_("Table"))
        self.table.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.table.setMinimumContentsLength(16)
        self.table.currentIndexChanged.connect(self._show_table)
        self.about = CutLabel(self)
        self.about.setObjectName("import.about")
        self.bounds_shown = QToolButton(self)
        self.bounds_shown.setObjectName("import.bounds")
        self.bounds_shown.setText(_("Bounds"))
        self.bounds_shown.setToolTip(_("Say by row and column where the table stands"))
        self.bounds_shown.setCheckable(True)
        self.sheet = SheetView(self)
        self.sheet.column_asked.connect(self._on_column_asked)
        self.sheet.bounds_asked.connect(self._on_bounds_asked)
        self.bounds = BoundsBar(self)
        self.bounds.hide()
        self.bounds_shown.toggled.connect(self.bounds.setVisible)
        self.bounds.asked.connect(self._on_bounds_asked)
        self.bounds.reset.connect(lambda: self._on_bounds_asked(None))
        self.questions = QuestionPanel(self)
        self.questions.answered.connect(self.answered)
        self.questions.shown.connect(self._on_question_shown)
        self.questions.finished.connect(self.finished)
        self.problems = ProblemList("import.problems", self)
        self.problems.cell_asked.connect(self._on_problem_asked)
        self.problems.activated.connect(lambda issue: self._show_problem(issue, focus=True))
        self.problems.decision_asked.connect(self._on_decision_asked)
        self.panels = QTabWidget(self)
        self.panels.setObjectName("import.panels")
        self.panels.setAccessibleName(_("Questions and problems"))
        self.panels.setDocumentMode(True)
        self.panels.addTab(self.questions, _("Questions"))
        self.panels.addTab(self.problems, _("Problems"))
        self.setTabOrder(self.sheet, self.panels.tabBar())
        self.setTabOrder(self.panels.tabBar(), self.questions.accept)
        top = QHBoxLayout()
        top.addWidget(self.table, 2)
        top.addWidget(self.about, 1)
        top.addWidget(self.bounds_shown)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.bounds)
        column.addWidget(self.sheet, 1)
        column.addWidget(Legend(left))
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(left)
        split.addWidget(self.panels)
        split.setSizes([700, 360])
        split.setStretchFactor(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def show_plan(
        self,
        plan: Plan,
        questions: Sequence[Question],
        found: Problems,
        *,
        blinded: bool,
        moved: frozenset[str] = frozenset(),
    ) -> None:
        """Show a plan with its problems; the table that was looked at stays in sight.

        `moved` are the keys of the tables whose bounds a person has shown.
        """
        self._plan = plan
        self._all = tuple(questions)
        self._found = found
        self._blinded = blinded
        self._moved = moved
        key = self.table.currentData()
        blocker = QSignalBlocker(self.table)
        self.table.clear()
        for table in plan.tables:
            rows = len(table.table.rows)
            self.table.addItem(
                ngettext("{file}, {sheet}: {count} row", "{file}, {sheet}: {count} rows", rows).format(
                    file=table.file, sheet=sheet_text(table, plan.tables), count=number_text(rows)
                ),
                table.key,
            )
        used = next((number for number, table in enumerate(plan.tables) if table.used), 0)
        at = self.table.findData(key)
        self.table.setCurrentIndex(at if at >= 0 else used)
        blocker.unblock()
        self.table.setEnabled(self.table.count() > 1)
        self.table.setToolTip(self.table.currentText())
        self.questions.show_questions(self._all)
        self.problems.show_issues(found.issues, found.groups)
        waiting = sum(question.open for question in self._all)
        if at < 0 and not waiting and found.issues:
            self.panels.setCurrentWidget(self.problems)
        for panel, name, count in (
            (self.questions, _("Questions"), waiting),
            (self.problems, _("Problems"), len(found.issues)),
        ):
            text = f"{name}  {number_text(count)}" if count else name
            self.panels.setTabText(self.panels.indexOf(panel), text)
        self._show_table()

    def show_problem(self, issue: Issue) -> None:
        """Show the cell of a problem, with the problem beside it."""
        self.panels.setCurrentWidget(self.problems)
        self.problems.select(issue)
        self._show_problem(issue, focus=True)

    def go_to(self, file: str, sheet: str, row: int, column: int, *, focus: bool = True) -> None:
        """Show a cell of a sheet, in the table that has it."""
        if self._plan is None:
            return
        at = [n for n, table in enumerate(self._plan.tables) if (table.file, table.sheet) == (file, sheet)]
        if not at:
            return
        holding = [number for number in at if _holds(self._plan.tables[number], row, column)]
        if self.table.currentIndex() not in holding:
            self.table.setCurrentIndex((holding or at)[0])
        if row >= 0:
            self.sheet.go_to(row, column, focus=focus)

    def _show_problem(self, issue: Issue, *, focus: bool) -> None:
        self.go_to(issue.file, issue.sheet, issue.row, issue.column, focus=focus)

    def _on_problem_asked(self, issue: Issue) -> None:
        self._show_problem(issue, focus=False)

    def _on_decision_asked(self, issue: Issue) -> None:
        self._show_problem(issue, focus=False)
        self._on_column_asked(issue.column)

    def _on_bounds_asked(self, bounds: Bounds | None) -> None:
        table = self._current()
        if table is not None:
            self.bounds_asked.emit(table.key, bounds)

    def _current(self) -> TablePlan | None:
        if self._plan is None or not 0 <= self.table.currentIndex() < len(self._plan.tables):
            return None
        return self._plan.tables[self.table.currentIndex()]

    def _show_table(self) -> None:
        table, plan = self._current(), self._plan
        if table is None or plan is None:
            return
        asked = {question.id: question for question in self._all}
        found, sheet = table.table, table.table.sheet
        bounds = bounds_of(found) if sheet.n_columns and sheet.n_rows else None
        self.sheet.show_sheet(
            Shown(
                sheet,
                {column.place.column: head_of(table, column, asked) for column in table.columns},
                header_rows=frozenset(found.header_rows),
                units_row=found.units_row,
                aside={row: aside_text(reason) for row, reason in found.ignored.items() if reason != "blank"},
                marks=self._found.marks.get((table.file, table.sheet), {}),
                # in a blinded study what is not known to be harmless is not shown
                covered=covered_cells(plan, table.file, sheet) if self._blinded else None,
                bounds=bounds,
                movable=frozenset({"last"}) if self._blinded else EDGES,
            )
        )
        if bounds is not None:
            moved = table.key in self._moved
            self.bounds.show_bounds(sheet, bounds, changed=moved, only_end=self._blinded)
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


def _holds(table: TablePlan, row: int, column: int) -> bool:
    """Whether a cell stands within a table; a negative row or column stands in every one."""
    bounds = bounds_of(table.table)
    inside = row < 0 or row in table.table.ignored or bounds.first <= row <= bounds.last
    return inside and (column < 0 or bounds.left <= column <= bounds.right)


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
        "duration": _("Time to the end of follow-up"),
        "parameter": _("What is measured"),
        "value": _("Value"),
        "unit": _("Unit"),
        "specimen": _("Specimen"),
        "qualifier": _("Sign < or >"),
        "low": _("Lower limit"),
        "high": _("Upper limit"),
        "part": _("Part of one value"),
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
    told = asked.get(f"unit|{table.key}|{column.key}") or asked.get(f"unit-jump|{table.key}|{column.key}")
    own = column.variable.unit if column.variable is not None else ""
    unit = conversion_text(_told_unit(column, told), own)
    parts = [unit, column.visit, _("tells the visit") if _tells_visit(table, column) else ""]
    if question is not None and not question.answer and column.use != "left_out" and state != "sure":
        parts.append(f"{column.confidence:.0%}")
    if told is not None and told.open:
        state, parts[0] = "question", _("{meaning}?").format(meaning=unit)
    return Head(text, " · ".join(part for part in parts if part), state)


def _told_unit(column: ColumnPlan, told: Question | None) -> Unit | None:
    """The unit of a column: what somebody answered, else what was found."""
    units = column.variable.units if column.variable is not None and told is not None else ()
    return next((u for u in units if told and told.answer in (u.name, f"unit:{u.name}")), column.unit)


def _tells_visit(table: TablePlan, column: ColumnPlan) -> bool:
    """Whether nothing but this column's dates says at which visit a row was."""
    dated = column.variable is not None and column.variable.code == codes.VISIT_DATE
    named = table.visit or table.names is not None or table.of_use("visit") is not None
    return dated and not (column.visit or named or table.log)


def conversion_text(unit: Unit | None, own: str) -> str:
    """The unit that a file gives, and by which factor of the protocol values come into the `own` one."""
    if unit is None or not own or unit.name == own:
        return unit.name if unit is not None else own
    if unit.factor == 1:
        return f"{unit.name} = {own}"
    parts = round(1 / unit.factor, 9)
    sign, factor = ("÷", parts) if parts > 1 and parts == int(parts) else ("×", unit.factor)
    return _("{unit} {sign} {factor} → {own}").format(
        unit=unit.name, sign=sign, factor=number_text(float(f"{factor:.6g}")), own=own
    )


def aside_text(reason: str) -> str:
    """Why a row is no data, in words."""
    reasons = {
        "title": _("a title"),
        "note": _("a note"),
        "total": _("a total"),
        "blank": _("a blank row"),
        "repeated header": _("the header once more"),
        "section": _("a heading of a section"),
        "other endpoint": _("another endpoint"),
        "control": _("a standard, blank or control"),
    }
    return reasons.get(reason, reason)
