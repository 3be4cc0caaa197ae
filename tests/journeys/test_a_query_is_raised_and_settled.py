"""A coordinator asks about values wherever they are seen, follows the queries, and ticks values off."""

from __future__ import annotations

from pathlib import Path

import pytest
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from window_driver import (
    dialog,
    everything_said,
    find,
    idle,
    is_open,
    nameless,
    press,
    rows,
    text_of,
    until,
    write,
)

from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.window import Window


@pytest.fixture
def opened(qtbot: QtBot, window: Window, tmp_path: Path) -> Window:
    return open_study(qtbot, window, marker_study(tmp_path))


def open_study(qtbot: QtBot, window: Window, path: Path) -> Window:
    window.commands.open_path(path)
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    return window


def observation(window: Window, patient: str, variable: str, visit: str) -> int:
    snapshot = window.session.snapshot
    assert snapshot is not None
    rows = snapshot.measurements
    found = rows[(rows["patient"] == patient) & (rows["variable"] == variable) & (rows["visit"] == visit)]
    return int(found["id"].iloc[0])


def select(window: Window, patient: str, variable: str, visit: str) -> None:
    number = observation(window, patient, variable, visit)
    window.session.select(patient=patient, variable=variable, visit=visit, observation=number)


def key(window: Window, code: Qt.Key) -> None:
    QTest.keyClick(window, code)


def ask(qtbot: QtBot, window: Window, question: str = "", *, assigned: str = "") -> None:
    """Press Q, write, and raise the query."""
    window.activateWindow()
    until(qtbot, window.isActiveWindow)
    key(window, Qt.Key.Key_Q)
    box = dialog("query")
    if question:
        find(box, QPlainTextEdit, "query.question").setPlainText(question)
    write(box, "query.assigned", assigned)
    press(box, "query.act")
    until(qtbot, lambda: not is_open("query"))
    idle(qtbot, window)


def go_on(qtbot: QtBot, box: QWidget, window: Window, text: str) -> None:
    find(box, QPlainTextEdit, "query_step.text").setPlainText(text)
    press(box, "query_step.act")
    until(qtbot, lambda: not is_open("query_step"))
    idle(qtbot, window)


def queries_page(qtbot: QtBot, window: Window) -> TableView:
    window.commands.run("page:queries")
    idle(qtbot, window)
    window.activateWindow()
    until(qtbot, window.isActiveWindow)
    table: TableView = find(window, TableView, "queries.table")
    return table


def states(window: Window) -> list[str]:
    snapshot = window.session.snapshot
    assert snapshot is not None
    return [query.state for query in snapshot.reviews.queries]


def test_that_a_query_is_raised_by_its_key_with_everything_filled_in(qtbot: QtBot, opened: Window) -> None:
    window = opened
    select(window, "001", TREG, "M3")
    key(window, Qt.Key.Key_Q)
    box = dialog("query")
    assert text_of(box, "query.about") == (
        "Patient 001  ·  treg percent  ·  Month 3  ·  12.0 %\nlab.xlsx, CSF, F8, 2 Apr 2024"
    )
    assert find(box, QPlainTextEdit, "query.question").toPlainText() == (
        "Please check treg percent at Month 3 against the source."
    )
    assert nameless(box) == []
    write(box, "query.assigned", "Lyon")
    press(box, "query.act")
    until(qtbot, lambda: not is_open("query"))
    idle(qtbot, window)
    assert text_of(window, "inspector.query.1").startswith("Q1, open: Please check")
    table = queries_page(qtbot, window)
    row = rows(table.view)[0]
    assert [row[0], row[1], row[2], row[3], row[6], row[8]] == ["Q1", "open", "0", "001", "12.0 %", "Lyon"]
    assert text_of(window, "queries.ages") == "1 not closed · up to 7 days: 1 · oldest 0 days"


def test_that_queries_are_gone_through_by_the_keyboard_until_all_are_closed(
    qtbot: QtBot, opened: Window
) -> None:
    window = opened
    for patient in ("001", "002"):
        select(window, patient, TREG, "M3")
        ask(qtbot, window, f"Is this right for {patient}?")
    press(window, "inspector.show_queries")
    table = queries_page(qtbot, window)
    assert table.current_key() == 2, "the query on the selected value is at hand"
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_K)
    assert window.session.selection.patient == "001"
    QTest.keyClick(table.view, Qt.Key.Key_J)
    assert table.current_key() == 2
    assert window.session.selection.patient == "002", "what the query is about is selected everywhere"
    QTest.keyClick(table.view, Qt.Key.Key_K)
    assert table.current_key() == 1
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    box = dialog("query_step")
    press(box, "query_step.act")
    until(qtbot, lambda: text_of(box, "query_step.problem") == "An answer needs a text.")
    go_on(qtbot, box, window, "Yes, seen in the source")
    assert states(window) == ["answered", "open"]
    assert "Yes, seen in the source" in text_of(window, "queries.thread.text")
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    go_on(qtbot, dialog("query_step"), window, "Confirmed by the site")
    assert states(window) == ["closed", "open"]
    assert table.keys() == [2], "a closed query leaves the list"
    assert table.current_key() == 2, "and the next one is at hand"
    assert window.session.selection.patient == "002"
    find(window, QComboBox, "queries.state").setCurrentText("Closed")
    assert table.keys() == [1]
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    go_on(qtbot, dialog("query_step"), window, "The count differs too")
    assert states(window) == ["open", "open"]


def test_that_a_query_is_assigned_and_found_by_who_is_to_act(qtbot: QtBot, opened: Window) -> None:
    window = opened
    for patient in ("001", "002"):
        select(window, patient, TREG, "M3")
        ask(qtbot, window, assigned="Leeds" if patient == "002" else "")
    table = queries_page(qtbot, window)
    find(window, QComboBox, "queries.assigned").setCurrentText("For Leeds")
    assert table.keys() == [2]
    find(window, QComboBox, "queries.assigned").setCurrentIndex(0)
    table.view.setCurrentIndex(table.model.index(0, 0))
    press(window, "queries.assign")
    box = dialog("query_step")
    write(box, "query_step.assigned", "B. Petit")
    go_on(qtbot, box, window, "")
    assert rows(table.view)[0][8] == "B. Petit"


def test_that_a_query_on_a_value_that_lacked_leads_to_the_one_that_came(qtbot: QtBot, opened: Window) -> None:
    asked = [{"patient": "001", "variable": TREG, "visit": "M3", "text": "Where is it?"}]
    opened.session.change("", lambda study, _report: study.review("query_raised", asked))
    until(qtbot, lambda: not opened.session.jobs.busy)
    table = queries_page(qtbot, opened)
    table.view.setCurrentIndex(table.model.index(0, 0))
    until(qtbot, lambda: opened.session.selection.patient == "001")
    assert opened.session.selection.observation == observation(opened, "001", TREG, "M3")


def test_that_a_query_is_undone_and_shown_in_the_history(qtbot: QtBot, opened: Window) -> None:
    window = opened
    select(window, "001", TREG, "M3")
    ask(qtbot, window, "Wrong patient?")
    window.commands.run("page:history")
    idle(qtbot, window)
    said = everything_said(find(window, QWidget, "history.entry"))
    assert "query raised" in said
    assert "Wrong patient?" in said
    window.commands.run("undo_last")
    box = dialog("withdraw")
    assert "no longer counts" in text_of(box, "withdraw.text")
    write(box, "withdraw.reason", "Asked in error")
    press(box, "withdraw.act")
    until(qtbot, lambda: not is_open("withdraw"))
    idle(qtbot, window)
    assert states(window) == []
    assert (
        "Nobody has asked anything yet" in text_of(window, "queries.table.empty")
        if window.findChild(QLabel, "queries.table.empty")
        else True
    )


def test_that_marks_are_set_by_keys_on_value_visit_and_patient(qtbot: QtBot, opened: Window) -> None:
    window = opened
    select(window, "001", TREG, "M3")
    key(window, Qt.Key.Key_C)
    idle(qtbot, window)
    assert text_of(window, "inspector.mark").startswith("Marked confirmed by A. Martin")
    window.session.select(patient="001", visit="M3")
    key(window, Qt.Key.Key_T)
    idle(qtbot, window)
    window.session.select(patient="002")
    key(window, Qt.Key.Key_S)
    idle(qtbot, window)
    window.commands.run("page:queries")
    idle(qtbot, window)
    press(window, "queries.view.marks")
    table = find(window, TableView, "queries.marks.table")
    assert [row[:5] for row in rows(table.view)] == [
        ["seen", "002", "", "", ""],
        ["to check", "001", "Month 3", "", ""],
        ["confirmed", "001", "Month 3", "treg percent", "12.0 %"],
    ]
    find(window, QComboBox, "queries.mark").setCurrentText("To check")
    assert len(table.keys()) == 1
    window.session.select(patient="001", visit="M3")
    window.commands.run("clear_mark")
    idle(qtbot, window)
    assert table.keys() == []


def test_that_values_are_ticked_off_one_by_one_in_their_table(qtbot: QtBot, opened: Window) -> None:
    window = opened
    window.commands.run("page:biomarkers")
    idle(qtbot, window)
    press(window, "biomarkers.view.values")
    idle(qtbot, window)
    window.activateWindow()
    until(qtbot, window.isActiveWindow)
    table = find(window, TableView, "biomarkers.values")
    table.view.setFocus()
    for code in (Qt.Key.Key_C, Qt.Key.Key_J, Qt.Key.Key_T):
        QTest.keyClick(table.view, code)
        idle(qtbot, window)
    assert [row[-1] for row in rows(table.view)][:3] == ["confirmed", "to check", ""]
    ask(qtbot, window, "Is this right?")
    assert [row[-1] for row in rows(table.view)][:3] == ["confirmed", "to check, Q1 open", ""]


def test_that_the_right_button_offers_a_query_on_a_row_and_on_a_dot(qtbot: QtBot, opened: Window) -> None:
    window = opened
    window.commands.run("page:biomarkers")
    idle(qtbot, window)
    press(window, "biomarkers.view.values")
    idle(qtbot, window)
    table = find(window, TableView, "biomarkers.values")
    table.view.setCurrentIndex(table.model.index(1, 0))
    place = table.view.visualRect(table.model.index(1, 0)).center()
    table.view.customContextMenuRequested.emit(place)
    assert "action.raise_query" in menu_actions()
    press(window, "biomarkers.view.trajectories")
    idle(qtbot, window)
    plot = find(window, QWidget, "biomarkers.plot")
    x, axes, y, *_rest = next(stop for stop in plot.stops() if stop[3] == "value")
    window.session.select()
    spot = QPoint(round(frame.across(axes.rect, plot.x_axis.range, x)), round(axes.down(y)))
    where = plot.view.viewport().mapToGlobal(spot)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, plot.mapFromGlobal(where), where)
    QApplication.sendEvent(plot, event)
    assert window.session.selection.observation > 0, "the dot under the pointer is selected"
    assert "action.raise_query" in menu_actions()


def menu_actions() -> set[str]:
    """The names of what the open context menus offer; they are closed."""
    found = set()
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMenu) and widget.isVisible():
            found |= {action.objectName() for action in widget.actions()}
            widget.close()
    return found


def test_that_the_letters_of_commands_can_be_typed_into_a_field(qtbot: QtBot, opened: Window) -> None:
    window = opened
    select(window, "001", PNFH, "BL")
    table = queries_page(qtbot, window)
    table.filter.setFocus()
    QTest.keyClicks(table.filter, "qsctjk")
    assert table.filter.text() == "qsctjk"
    assert not is_open("query")


def test_that_a_query_on_a_sealed_value_never_shows_it(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    open_study(qtbot, window, marker_study(tmp_path, blinded=True))
    snapshot = window.session.snapshot
    assert snapshot is not None
    told = snapshot.observations
    sealed = told[told["sealed"] & (told["variable"] == TREG) & (told["patient"] == "002")].iloc[0]
    window.session.select(patient="002", variable=TREG, visit="M3", observation=int(sealed["id"]))
    key(window, Qt.Key.Key_Q)
    assert "numbers written about this variable are not kept" in text_of(dialog("query"), "query.blinded")
    find(dialog("query"), QPlainTextEdit, "query.question").setPlainText("Is 7.5 the value of Month 3?")
    press(dialog("query"), "query.act")
    until(qtbot, lambda: not is_open("query"))
    idle(qtbot, window)
    queries_page(qtbot, window)
    for view in ("suspects", "marks", "queries"):
        press(window, f"queries.view.{view}")
        idle(qtbot, window)
    window.commands.run("page:history")
    idle(qtbot, window)
    said = everything_said(window)
    assert "Is (sealed) the value of Month 3?" in said
    assert "7.5" not in said
