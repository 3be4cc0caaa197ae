"""A count written in another unit is found among a hundred, seen with its numbers, and asked about."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget
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

from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.window import Window
from tests.analysis.test_suspects import study_of


def slip(table: dict[tuple[int, int, str], float]) -> None:
    table[5, 1, "cd4_count"] = 0.8125
    table[2, 3, "treg_percent"] = 0.079


def test_that_a_slip_is_found_and_becomes_a_query_without_typing(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    study_of(tmp_path, slip)
    window.commands.open_path(tmp_path / "s.mirocals")
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    window.commands.run("page:queries")
    press(window, "queries.view.suspects")
    idle(qtbot, window)
    table = find(window, TableView, "queries.suspects.table")
    assert [row[:3] for row in rows(table.view)] == [
        ["Percent as fraction", "P-02", "Tregs (% of CD4+)"],
        ["Another unit", "P-05", "CD4+ T cells"],
    ]
    window.activateWindow()
    until(qtbot, window.isActiveWindow)
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_J)
    assert "Read in 10⁹/L it is 81" in text_of(window, "queries.suspects.evidence")
    assert text_of(window, "inspector.cell") == "F19", "two steps lead from the list to the cell"
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    box = dialog("query")
    question = find(box, QPlainTextEdit, "query.question").toPlainText()
    assert question.startswith("Another unit? CD4+ T cells, Cycle 2 (month 1). 0.8125 cells/µL is ")
    assert question.endswith("Please check against the source.")
    write(box, "query.assigned", "Flow laboratory")
    press(box, "query.act")
    until(qtbot, lambda: not is_open("query"))
    idle(qtbot, window)
    assert [row[1] for row in rows(table.view)] == ["P-02"], "what was asked leaves the list"
    snapshot = window.session.snapshot
    assert snapshot is not None
    (query,) = snapshot.reviews.queries
    assert (query.finding, query.assigned, query.number) == ("unit", "Flow laboratory", 0.8125)
    assert query.number == 0.8125, "nothing was changed"
    press(window, "queries.suspects.reviewed")
    assert "Q1 open" in everything_said(find(window, QWidget, "queries.suspects"))


def test_that_several_slips_are_asked_about_at_once(qtbot: QtBot, window: Window, tmp_path: Path) -> None:
    study_of(tmp_path, slip)
    window.commands.open_path(tmp_path / "s.mirocals")
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    window.commands.run("page:queries")
    press(window, "queries.view.suspects")
    idle(qtbot, window)
    table = find(window, TableView, "queries.suspects.table")
    table.view.selectAll()
    assert find(window, QPushButton, "queries.suspects.ask").text() == "Raise 2 queries…"
    press(window, "queries.suspects.ask")
    box = dialog("queries_many")
    assert nameless(box) == []
    assert "P-05: Another unit?" in find(box, QPlainTextEdit, "queries_many.questions").toPlainText()
    write(box, "queries_many.assigned", "Flow laboratory")
    press(box, "queries_many.act")
    until(qtbot, lambda: not is_open("queries_many"))
    idle(qtbot, window)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert [(q.name, q.patient, q.assigned) for q in snapshot.reviews.queries] == [
        ("Q1", "P-02", "Flow laboratory"),
        ("Q2", "P-05", "Flow laboratory"),
    ]
    assert snapshot.entries["kind"].tolist()[-1] == "query_raised", "one act"
    assert table.keys() == []
