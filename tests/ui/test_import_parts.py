"""The parts of the import dialog, each on its own: the sheet with its mapping, and the questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRegularExpression, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.importing.bounds import Bounds, Edge, bounds_of, read_bounds, table_in
from mirocals_desktop.importing.grid import Column, Kind, Sheet
from mirocals_desktop.importing.model import Issue, Option, Question
from mirocals_desktop.importing.tables import find_tables
from mirocals_desktop.protocol.model import Unit
from mirocals_desktop.ui.dialogs.import_columns import conversion_text
from mirocals_desktop.ui.dialogs.import_problems import ProblemList
from mirocals_desktop.ui.dialogs.questions import QuestionPanel
from mirocals_desktop.ui.dialogs.sheet_bounds import BoundsBar
from mirocals_desktop.ui.dialogs.sheet_mapping import Head
from mirocals_desktop.ui.dialogs.sheet_marks import Mark, collect_problems, place_of
from mirocals_desktop.ui.dialogs.sheet_view import SheetView, Shown
from mirocals_desktop.ui.palette import Palette


def text_column(*texts: str) -> Column:
    count = len(texts)
    return Column(
        np.full(count, Kind.TEXT, dtype=np.uint8),
        np.full(count, np.nan),
        np.arange(count, dtype=np.int32),
        texts,
    )


SHEET = Sheet(
    "CSF",
    (
        text_column("Patient", "P01", "P02", "Note: IL-2 arm first"),
        text_column("Treatment", "IL-2", "placebo", " "),
        text_column("Age", "61", "58", " "),
    ),
)


def question(**changes: object) -> Question:
    values: dict[str, object] = {
        "id": "column|t|initials",
        "kind": "column",
        "text": "What is the column “Initials”?",
        "options": (Option("new:text", "A new variable"), Option("left_out", "Leave it out")),
        "suggested": "new:text",
        "confidence": 0.6,
        "cells": ("B3",),
    }
    return Question(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def view(qtbot: QtBot) -> SheetView:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(600, 300)
    view.show()
    return view


@pytest.fixture
def panel(qtbot: QtBot) -> QuestionPanel:
    panel = QuestionPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


def cells(view: SheetView) -> list[str]:
    model = view.model()
    return [
        str(model.index(row, column).data() or "")
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    ]


def test_that_a_sheet_is_shown_as_it_is(view: SheetView) -> None:
    view.show_sheet(Shown(SHEET, {0: Head("Patient")}, header_rows=frozenset({0})))
    assert "placebo" in cells(view)
    assert view.model().headerData(1, Qt.Orientation.Horizontal) == "B"
    assert view.model().headerData(2, Qt.Orientation.Vertical) == "3"


def test_that_a_blinded_preview_holds_no_arm_anywhere(view: SheetView) -> None:
    covered = np.zeros((4, 3), dtype=bool)
    covered[1:, 1] = covered[3] = True
    view.show_sheet(
        Shown(
            SHEET,
            {0: Head("Patient")},
            header_rows=frozenset({0}),
            aside={3: "a note"},
            covered=covered,
        )
    )
    everything = " ".join(cells(view)) + " ".join(
        str(view.model().index(row, column).data(role))
        for row in range(4)
        for column in range(3)
        for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole)
    )
    assert "IL-2" not in everything
    assert "placebo" not in everything
    assert "P01" in everything
    assert "61" in everything


def test_that_a_problem_is_told_at_its_cell(view: SheetView) -> None:
    view.show_sheet(Shown(SHEET, marks={(1, 2): Mark("error", "This age cannot be.")}))
    assert "This age cannot be." in view.model().index(1, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert view.model().index(1, 2).data(Qt.ItemDataRole.DecorationRole) is not None
    assert view.model().index(2, 2).data(Qt.ItemDataRole.DecorationRole) is None


def test_that_enter_asks_what_a_column_means(qtbot: QtBot, view: SheetView) -> None:
    view.show_sheet(Shown(SHEET, {2: Head("Age")}))
    view.go_to(1, 2)
    with qtbot.waitSignal(view.column_asked) as asked:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked.args == [2]
    view.go_to(1, 0)
    with qtbot.assertNotEmitted(view.column_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_that_new_marks_keep_the_place_in_the_sheet(view: SheetView) -> None:
    view.show_sheet(Shown(SHEET))
    view.go_to(2, 1)
    view.show_sheet(Shown(SHEET, {1: Head("Arm")}))
    assert (view.currentIndex().row(), view.currentIndex().column()) == (2, 1)


@pytest.mark.parametrize(
    ("name", "place"), [("A1", (0, 0)), ("C14", (13, 2)), ("AA10", (9, 26)), ("", (-1, -1)), ("A", (-1, -1))]
)
def test_that_a_cell_s_name_leads_to_its_place(name: str, place: tuple[int, int]) -> None:
    assert place_of(name) == place


def test_that_an_open_question_waits_and_marks_its_suggestion(qtbot: QtBot, panel: QuestionPanel) -> None:
    panel.show_questions([question()])
    assert panel.heading.text() == "1 question is open"
    button = panel.findChild(QRadioButton, "question.column|t|initials.new:text")
    assert button.accessibleName() == "A new variable (suggested)"
    assert not button.isChecked()
    with qtbot.waitSignal(panel.answered) as answered:
        panel.findChild(QRadioButton, "question.column|t|initials.left_out").click()
    assert answered.args == ["column|t|initials", "left_out"]


def test_that_what_codes_mean_is_confirmed_with_counts(panel: QuestionPanel) -> None:
    ways = (Option("dead=1", "1 = died", "165 died, 63 alive"), Option("none", "No value"))
    panel.show_questions([question(kind="coding", options=ways, suggested="dead=1")])
    told = [button.accessibleName() for button in panel.findChildren(QRadioButton)]
    assert told == ["1 = died · 165 died, 63 alive (suggested)", "No value"]


def test_that_of_very_many_questions_the_first_are_shown_and_the_others_counted(panel: QuestionPanel) -> None:
    panel.show_questions([question(id=f"q{n}") for n in range(90)])
    assert panel.heading.text() == "90 questions are open"
    assert len(panel.findChildren(QRadioButton, QRegularExpression(r"\.left_out$"))) == 80
    assert panel.findChild(QLabel, "questions.rest").text().startswith("10 more questions")


def test_that_all_suggestions_are_taken_at_once_and_answers_kept(qtbot: QtBot, panel: QuestionPanel) -> None:
    given: list[tuple[str, str]] = []
    panel.answered.connect(lambda name, code: given.append((name, code)))
    panel.show_questions(
        [question(), question(id="b", suggested="left_out"), question(id="c", answer="left_out")]
    )
    assert panel.accept.text() == "Take all 2 suggestions"
    panel.accept.click()
    assert given == [("column|t|initials", "new:text"), ("b", "left_out")]


def test_that_the_focus_goes_from_an_answered_question_to_the_next_open_one_and_then_on(
    qtbot: QtBot, panel: QuestionPanel
) -> None:
    asked = [question(id=name) for name in "abc"]

    def show(**answers: str) -> None:
        panel.show_questions([replace(q, answer=answers.get(q.id, "")) for q in asked])

    def focused() -> str:
        widget = panel.window().focusWidget()
        return widget.objectName() if widget is not None and widget.hasFocus() else ""

    show()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.go_to("b")
    assert focused() == "question.b.new:text"
    show(b="left_out")
    assert focused() == "question.c.new:text"
    show(b="left_out", c="left_out")
    assert focused() == "question.a.new:text"
    with qtbot.waitSignal(panel.finished):
        show(a="left_out", b="left_out", c="left_out")
    panel.go_to("b")
    show(a="left_out", b="new:text", c="left_out")  # an answer that is changed keeps its place
    assert focused() == "question.b.new:text"


def test_that_what_nobody_needs_to_answer_is_not_shown(panel: QuestionPanel) -> None:
    panel.show_questions([question(asked=False)])
    assert panel.heading.text() == "Nothing is left to answer"
    assert not panel.accept.isVisible()
    assert panel.findChild(QRadioButton) is None


def test_that_every_other_answer_is_a_search_away(qtbot: QtBot, panel: QuestionPanel) -> None:
    options = tuple(Option(f"var:{n}", f"Variable {n}") for n in range(100))
    panel.show_questions([question(options=options, suggested="var:0")])
    panel.findChild(QPushButton, "question.column|t|initials.other").click()
    palette = panel.findChild(Palette)
    field = palette.findChild(QLineEdit, "palette.field")
    qtbot.keyClicks(field, "variable 77")
    with qtbot.waitSignal(panel.answered) as answered:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert answered.args == ["column|t|initials", "var:77"]


def test_that_a_question_shows_its_cell(qtbot: QtBot, panel: QuestionPanel) -> None:
    panel.show_questions([question()])
    with qtbot.waitSignal(panel.shown) as shown:
        panel.findChild(QPushButton, "question.column|t|initials.show").click()
    assert shown.args == ["column|t|initials"]


@pytest.fixture
def problems(qtbot: QtBot) -> ProblemList:
    problems = ProblemList("problems")
    qtbot.addWidget(problems)
    problems.resize(400, 400)
    problems.show()
    return problems


ISSUES = [
    Issue("note", "spelling", "“f” is read as “F”.", "lab.xlsx", "CSF", 3, 1, patient="P02"),
    Issue("error", "impossible-date", "31/02/2024 does not exist.", "lab.xlsx", "CSF", 13, 2, patient="P01"),
    Issue("error", "impossible-date", "30/02/2024 does not exist.", "lab.xlsx", "CSF", 15, 2, patient="P09"),
]


def shown(problems: ProblemList) -> list[tuple[str, int]]:
    model = problems.model
    return [
        (str(model.index(row, 0).data()), model.rowCount(model.index(row, 0)))
        for row in range(model.rowCount())
    ]


def test_that_problems_are_grouped_by_how_they_are_mended(problems: ProblemList) -> None:
    problems.show_issues(ISSUES)
    assert shown(problems) == [("2 dates that do not exist", 2), ("1 cell in a rarer spelling", 1)]


def test_that_a_problem_is_told_with_its_sheet_where_there_are_several(problems: ProblemList) -> None:
    problems.show_issues(ISSUES[1:])
    assert problems.model.index(0, 0, problems.model.index(0, 0)).data() == f"C14   {ISSUES[1].message}"
    problems.show_issues([ISSUES[1], replace(ISSUES[2], sheet="Lab")])
    assert problems.model.index(1, 0, problems.model.index(0, 0)).data() == f"Lab C16   {ISSUES[2].message}"


def test_that_moving_to_a_problem_asks_for_its_cell_and_says_how_to_mend_it(
    qtbot: QtBot, problems: ProblemList
) -> None:
    problems.show_issues(ISSUES)
    problems.tree.collapseAll()
    problems.tree.setFocus()
    problems.tree.setCurrentIndex(problems.model.index(0, 0))
    qtbot.keyClick(problems.tree, Qt.Key.Key_Right)
    with qtbot.waitSignal(problems.cell_asked) as asked:
        qtbot.keyClick(problems.tree, Qt.Key.Key_Down)
    assert asked.args == [ISSUES[1]]
    assert "lab.xlsx, CSF, C14" in problems.advice.text()
    assert "no other day is ever put in its place" in problems.advice.text()
    with qtbot.waitSignal(problems.activated):
        qtbot.keyClick(problems.tree, Qt.Key.Key_Return)


def test_that_problems_at_one_cell_become_one_mark_and_notes_none() -> None:
    warning = replace(ISSUES[2], severity="warning", code="unusual-value", cells=("C16", "D16"))
    found = collect_problems([*ISSUES, warning])
    marks = found.marks["lab.xlsx", "CSF"]
    assert set(marks) == {(13, 2), (15, 2), (15, 3)}
    assert marks[15, 2] == Mark("error", f"{ISSUES[2].message}\n{warning.message}")
    assert marks[15, 3].severity == "warning"
    assert [len(group.issues) for group in found.groups] == [2, 1, 1]


def test_that_f8_steps_through_the_problems_and_around_the_end(problems: ProblemList) -> None:
    problems.show_issues(ISSUES)
    met = []
    problems.cell_asked.connect(lambda issue: met.append(issue.cell))
    for _step in range(4):
        problems.step(1)
    problems.step(-1)
    assert met == ["C14", "C16", "B4", "C14", "B4"]


def test_that_a_filter_keeps_the_problems_with_every_word(problems: ProblemList) -> None:
    problems.show_issues(ISSUES)
    problems.filter.setText("exist p09")
    assert shown(problems) == [("1 date that does not exist", 1)]


def test_that_open_groups_and_the_current_problem_stay_when_problems_change(problems: ProblemList) -> None:
    problems.show_issues(ISSUES)
    problems.select(ISSUES[2])
    problems.show_issues(ISSUES[1:])
    assert problems.current() == ISSUES[2]
    assert problems.tree.isExpanded(problems.model.index(0, 0))


# The bounds of a table


WIDE = Sheet(
    "S",
    (
        text_column("Visit log", "Patient", "id", "P01", "P02", "P03", "Total"),
        text_column(" ", "Age", "years", "61", "58", "60", "179"),
        text_column(" ", "Note", " ", "a", "b", "c", "d"),
    ),
)
BOUNDS = Bounds(first=1, headers=1, units=True, last=5, left=0, right=2)


def test_that_bounds_become_the_table_and_the_table_its_bounds() -> None:
    (found,) = find_tables(WIDE)
    table = table_in(found, BOUNDS)
    assert bounds_of(table) == BOUNDS
    assert (table.header_rows, table.units_row, table.rows.tolist()) == ((1,), 2, [3, 4, 5])
    narrow = table_in(found, BOUNDS.moved("right", 2, WIDE).moved("last", 5, WIDE))
    assert [column.name for column in narrow.columns] == ["Patient", "Age"]
    assert narrow.rows.tolist() == [3, 4]


def test_that_bounds_are_read_back_from_an_answer() -> None:
    assert BOUNDS.code == "A2:C6/1u"
    assert read_bounds(BOUNDS.code, WIDE) == BOUNDS
    for broken in ("", "A2:C6", "C2:A6/1", "A2:C99/1", "A2:Z6/1", "A6:C6/1", "a note"):
        assert read_bounds(broken, WIDE) is None


@pytest.mark.parametrize(
    ("edge", "place", "expected"),
    [
        ("first", 0, {"first": 0, "headers": 2}),
        ("first", 9, {"first": 2, "headers": 0}),
        ("data", 2, {"headers": 1, "units": False}),
        ("data", 99, {"headers": 4, "units": False}),
        ("last", -5, {"last": 3}),
        ("last", 99, {"last": 6}),
        ("left", 9, {"left": 2}),
        ("right", -1, {"right": 0}),
    ],
)
def test_that_an_edge_stays_in_the_sheet_and_leaves_a_row_of_data(
    edge: Edge, place: int, expected: dict[str, object]
) -> None:
    moved = BOUNDS.moved(edge, place, WIDE)
    assert moved == replace(BOUNDS, **expected)  # type: ignore[arg-type]


def test_that_a_blinded_person_can_only_end_a_table_earlier() -> None:
    lower = replace(BOUNDS, first=0, headers=3, units=False, last=6, left=1)
    assert lower.within(BOUNDS) == BOUNDS
    assert replace(lower, last=4).within(BOUNDS) == replace(BOUNDS, last=4)
    assert replace(lower, last=0).within(BOUNDS) == replace(BOUNDS, last=3)


def test_that_an_edge_that_must_stay_is_not_dragged(qtbot: QtBot, view: SheetView) -> None:
    view.show_sheet(Shown(WIDE, header_rows=frozenset({1}), bounds=BOUNDS, movable=frozenset({"last"})))
    top = view.edges()["first"]
    with qtbot.assertNotEmitted(view.bounds_asked):
        qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, top))
        qtbot.mouseMove(view.viewport(), QPoint(40, top - view.rowHeight(0)))
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, top - 20))


def test_that_the_lower_edge_is_dragged_to_another_row(qtbot: QtBot, view: SheetView) -> None:
    view.show_sheet(Shown(WIDE, header_rows=frozenset({1}), units_row=2, bounds=BOUNDS))
    bottom = view.edges()["last"]
    start, end = QPoint(40, bottom), QPoint(40, bottom - view.rowHeight(5))
    with qtbot.waitSignal(view.bounds_asked) as asked:
        qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(view.viewport(), end)
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert asked.args == [replace(BOUNDS, last=4)]


def test_that_what_is_no_data_has_a_colour_of_its_own(view: SheetView) -> None:
    view.show_sheet(Shown(WIDE, header_rows=frozenset({1}), units_row=2, aside={6: "a total"}, bounds=BOUNDS))
    ground = [view.model().index(row, 0).data(Qt.ItemDataRole.BackgroundRole) for row in range(7)]
    assert ground[3] is None
    told = {colour.rgba() for colour in (ground[0], ground[1], ground[2], ground[6])}
    assert len(told) == 4  # outside, header, units, not read
    assert "a total" in view.model().index(6, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_that_the_bounds_can_be_typed(qtbot: QtBot) -> None:
    bar = BoundsBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.show_bounds(WIDE, BOUNDS, changed=False)
    assert (bar.first.text(), bar.last.text(), bar.left.text(), bar.right.text()) == ("2", "6", "A", "C")
    assert not bar.found.isEnabled()
    with qtbot.waitSignal(bar.asked) as asked:
        bar.right.setFocus()
        bar.right.lineEdit().setText("b")
        qtbot.keyClick(bar.right, Qt.Key.Key_Return)
    assert asked.args == [replace(BOUNDS, right=1)]
    with qtbot.waitSignal(bar.asked) as asked:
        bar.units.click()
    assert asked.args == [replace(BOUNDS, right=1, units=False)]


def test_that_a_head_that_says_more_gets_the_room_it_needs(view: SheetView) -> None:
    view.show_sheet(Shown(SHEET, {2: Head("Age")}))
    view.setColumnWidth(0, 40)  # by the user
    narrow = view.columnWidth(2)
    view.show_sheet(Shown(SHEET, {2: Head("Age at randomisation", "months ÷ 12 → years")}))
    assert view.columnWidth(2) > narrow
    assert view.columnWidth(0) == 40


def test_that_the_conversion_of_a_column_is_told_by_the_factor_of_the_protocol() -> None:
    def told(name: str, factor: float) -> str:
        return conversion_text(Unit(name, factor), "pg/mL")

    assert conversion_text(None, "pg/mL") == "pg/mL"
    assert told("pg/mL", 1.0) == "pg/mL"
    assert told("ng/L", 1.0) == "ng/L = pg/mL"
    assert told("ng/mL", 1000.0) == "ng/mL × 1,000 → pg/mL"
    assert told("fg/mL", 0.001) == "fg/mL ÷ 1,000 → pg/mL"
    assert told("lb", 0.45359237) == "lb × 0.453592 → pg/mL"
