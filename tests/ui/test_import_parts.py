"""The parts of the import dialog, each on its own: the sheet with its mapping, and the questions."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.importing.grid import Column, Kind, Sheet
from mirocals_desktop.importing.model import Issue, Option, Question
from mirocals_desktop.ui.dialogs.import_columns import place_of
from mirocals_desktop.ui.dialogs.import_review import ReviewStep
from mirocals_desktop.ui.dialogs.questions import QuestionPanel
from mirocals_desktop.ui.dialogs.sheet_view import Head, Mark, SheetView
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
    view.show_sheet(SHEET, {0: Head("Patient")}, header_rows=frozenset({0}))
    assert "placebo" in cells(view)
    assert view.model().headerData(1, Qt.Orientation.Horizontal) == "B"
    assert view.model().headerData(2, Qt.Orientation.Vertical) == "3"


def test_that_a_blinded_preview_holds_no_arm_anywhere(view: SheetView) -> None:
    view.show_sheet(
        SHEET,
        {0: Head("Patient")},
        header_rows=frozenset({0}),
        aside={3: "a note"},
        covered=frozenset({1}),
        blinded=True,
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
    view.show_sheet(SHEET, {}, marks={(1, 2): Mark("error", "This age cannot be.")})
    assert "This age cannot be." in view.model().index(1, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert view.model().index(1, 2).data(Qt.ItemDataRole.DecorationRole) is not None
    assert view.model().index(2, 2).data(Qt.ItemDataRole.DecorationRole) is None


def test_that_enter_asks_what_a_column_means(qtbot: QtBot, view: SheetView) -> None:
    view.show_sheet(SHEET, {2: Head("Age")})
    view.go_to(1, 2)
    with qtbot.waitSignal(view.column_asked) as asked:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked.args == [2]
    view.go_to(1, 0)
    with qtbot.assertNotEmitted(view.column_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)


def test_that_new_marks_keep_the_place_in_the_sheet(view: SheetView) -> None:
    view.show_sheet(SHEET, {})
    view.go_to(2, 1)
    view.show_sheet(SHEET, {1: Head("Arm")})
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


def test_that_all_suggestions_are_taken_at_once_and_answers_kept(qtbot: QtBot, panel: QuestionPanel) -> None:
    given: list[tuple[str, str]] = []
    panel.answered.connect(lambda name, code: given.append((name, code)))
    panel.show_questions(
        [question(), question(id="b", suggested="left_out"), question(id="c", answer="left_out")]
    )
    assert panel.accept.text() == "Take all 2 suggestions"
    panel.accept.click()
    assert given == [("column|t|initials", "new:text"), ("b", "left_out")]


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


def test_that_enter_on_a_problem_leads_to_its_cell(qtbot: QtBot) -> None:
    step = ReviewStep()
    qtbot.addWidget(step)
    step.show()
    step.show_issues(
        [Issue("error", "impossible-date", "C14: this date does not exist.", "lab.xlsx", "CSF", 13, 2)]
    )
    step.problems.view.setCurrentIndex(step.problems.model.index(0, 0))
    with qtbot.waitSignal(step.cell_asked) as asked:
        qtbot.keyClick(step.problems.view, Qt.Key.Key_Return)
    assert asked.args == ["lab.xlsx", "CSF", 13, 2]
    assert step.findChild(QLabel, "review.new").text() == "–"
