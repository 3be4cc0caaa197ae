from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mirocals_desktop.i18n import set_language
from mirocals_desktop.ui.table import Column, FrameModel, TableView, WrittenTexts


def small() -> tuple[list[Column], list[str]]:
    ids = ["P10", "P2", "P1", "P3"]
    columns = [
        Column("id", "Patient", ids),
        Column("pnfh", "pNFH", np.array([1240.5, np.nan, 62.5, 3700.0]), decimals=1, unit="pg/mL"),
        Column("site", "Site", ["Lyon", "", "Leeds", "Lyon"]),
    ]
    return columns, ids


def shown(model: FrameModel, column: int = 0) -> list[str]:
    return [model.cell_text(row, column) for row in range(model.rowCount())]


def test_that_text_sorts_naturally_and_numbers_by_value_with_nothing_last() -> None:
    model = FrameModel(*small())
    model.sort(0)
    assert shown(model) == ["P1", "P2", "P3", "P10"]
    model.sort(1)
    assert shown(model) == ["P1", "P10", "P3", "P2"]
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert shown(model) == ["P3", "P10", "P1", "P2"]
    model.sort(2, Qt.SortOrder.DescendingOrder)
    assert shown(model) == ["P10", "P3", "P1", "P2"]


def test_that_the_filter_wants_every_word_somewhere_in_the_row() -> None:
    model = FrameModel(*small())
    model.set_filter("LYON")
    assert shown(model) == ["P10", "P3"]
    model.set_filter("lyon p3")
    assert shown(model) == ["P3"]
    model.set_filter("124")
    assert shown(model) == ["P10"]
    model.set_filter("62.5")
    assert shown(model) == ["P1"]
    model.set_filter("62,5")
    assert shown(model) == ["P1"]
    model.set_filter("")
    assert model.rowCount() == 4


def test_that_texts_are_written_when_they_are_shown_sorted_or_looked_for() -> None:
    written: list[int] = []

    def write(place: int) -> str:
        written.append(place)
        return ("P10", "P2", "P1")[place]

    model = FrameModel([Column("id", "Patient", WrittenTexts(3, write))])
    assert model.rowCount() == 3
    assert written == []
    assert model.cell_text(1, 0) == "P2"
    assert written == [1]
    model.sort(0)
    assert shown(model) == ["P1", "P2", "P10"]
    model.set_filter("10")
    assert shown(model) == ["P10"]
    assert sorted(written) == [0, 1, 2]
    assert model.columns[0].values[1:] == ["P2", "P1"]


def test_that_rows_are_spoken_of_by_their_keys_whatever_is_shown() -> None:
    model = FrameModel(*small())
    model.sort(0)
    model.set_filter("leeds")
    assert model.key(0) == "P1"
    assert model.row_of("P1") == 0
    assert model.row_of("P10") == -1
    assert model.row_of("nobody") == -1


def test_that_numbers_follow_the_user_s_language() -> None:
    columns, keys = small()
    model = FrameModel(columns, keys)
    assert model.cell_text(0, 1) == "1,240.5"
    assert model.cell_text(1, 1) == ""
    set_language("fr")
    assert model.cell_text(0, 1) == "1\u202f240,5"
    assert model.copied_text(0, 1) == "1240,5"


def test_that_unused_roles_give_nothing() -> None:
    model = FrameModel(*small())
    index = model.index(0, 1)
    assert model.data(index, Qt.ItemDataRole.SizeHintRole) is None
    assert model.data(index, Qt.ItemDataRole.TextAlignmentRole) & int(Qt.AlignmentFlag.AlignRight)


@given(st.lists(st.text(max_size=8), max_size=30), st.text(max_size=4))
def test_that_a_filter_finds_exactly_the_rows_with_the_word(texts: list[str], typed: str) -> None:
    model = FrameModel([Column("text", "Text", texts)])
    model.set_filter(typed)
    words = typed.casefold().split()
    expected = [t for t in texts if all(word in t.casefold() for word in words)]
    assert shown(model) == expected


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), max_size=40))
def test_that_sorting_keeps_every_row_and_orders_the_numbers(numbers: list[float]) -> None:
    model = FrameModel([Column("x", "x", np.array(numbers, dtype=float))], list(range(len(numbers))))
    model.sort(0)
    keys = [model.key(row) for row in range(model.rowCount())]
    assert sorted(keys) == list(range(len(numbers)))
    known = [numbers[key] for key in keys if numbers[key] == numbers[key]]
    assert known == sorted(known)


@pytest.fixture
def table(qtbot: QtBot) -> TableView:
    view = TableView("patients", "Patients")
    qtbot.addWidget(view)
    view.show_columns(*small(), empty="Import a spreadsheet to see patients here.")
    view.resize(600, 300)
    view.show()
    return view


def test_that_enter_and_a_click_speak_in_keys(qtbot: QtBot, table: TableView) -> None:
    table.sort_by("id")
    with qtbot.waitSignal(table.selected) as selected:
        table.view.setCurrentIndex(table.model.index(1, 0))
    assert selected.args == ["P2"]
    with qtbot.waitSignal(table.activated) as activated:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert activated.args == ["P2"]


def test_that_selecting_from_outside_says_nothing(qtbot: QtBot, table: TableView) -> None:
    with qtbot.assertNotEmitted(table.selected):
        table.select("P3")
    assert table.current_key() == "P3"


def test_that_new_data_keep_the_selection_and_the_sorting(table: TableView) -> None:
    table.sort_by("id")
    table.select("P2")
    columns, keys = small()
    table.show_columns(columns, keys)
    assert table.current_key() == "P2"
    assert table.keys() == ["P1", "P2", "P3", "P10"]


def test_that_a_list_of_several_kinds_gives_later_rows_the_room_they_need(table: TableView) -> None:
    def width_with(*words: str) -> int:
        table.show_columns([Column("word", "Word", words), Column("last", "Last", words)], words)
        return table.view.columnWidth(0)

    short, long = width_with("1"), "Slow vital capacity (% predicted)"
    assert width_with(long) == short
    table.grows = True
    wide = width_with(long)
    assert wide > short
    assert width_with("1") == wide


def test_that_an_empty_table_says_what_to_do(table: TableView) -> None:
    table.show_columns([Column("id", "Patient", [])], [], empty="Import a spreadsheet to see patients here.")
    label = table.findChild(QLabel, "patients.empty")
    assert label is not None
    assert label.isVisible()
    assert label.text() == "Import a spreadsheet to see patients here."


def test_that_a_filter_without_a_hit_names_what_was_looked_for(table: TableView) -> None:
    table.filter.setText("zzz")
    table.apply_filter()
    assert "zzz" in table.empty.text()
    assert table.count.text() == "0 of 4 rows"


def test_that_copied_rows_carry_headers_and_text_stays_text_in_excel(table: TableView) -> None:
    columns = [
        Column("id", "Patient", ["001", "=1+1"]),
        Column("x", "Weight", np.array([70.5, 1240.0]), decimals=1, unit="kg"),
        Column("note", "Note", ["a\tb\nc", ""], hidden=True),
    ]
    table.show_columns(columns, ["001", "=1+1"])
    table.view.selectAll()
    table.copy()
    data = QApplication.clipboard().mimeData()
    assert data is not None
    assert data.text() == "Patient\tWeight (kg)\n001\t70.5\n'=1+1\t1240.0\n"
    assert "<td style='mso-number-format:\"\\@\"'>001</td>" in data.html()
    assert "<td>1240.0</td>" in data.html()


def test_that_a_column_can_be_hidden_and_is_then_not_copied(table: TableView) -> None:
    table.view.setColumnHidden(2, True)
    table.view.selectAll()
    assert table.mime_data().text().splitlines()[0] == "Patient\tpNFH (pg/mL)"


def many() -> list[Column]:
    number = np.arange(50_000)
    ids = np.array([f"P{one * 7919 % 50_000}" for one in number], dtype=object)
    return [Column("id", "Patient", ids), Column("x", "x", (number * 31 % 50_000).astype(float))]


def test_that_a_large_table_keeps_its_order_until_the_new_one_is_made(qtbot: QtBot) -> None:
    model = FrameModel(many())
    before = shown(model)[:3]
    with qtbot.waitSignal(model.busy_changed):
        model.sort(0)
    assert model.busy
    assert shown(model)[:3] == before
    qtbot.waitUntil(lambda: not model.busy, timeout=20_000)
    assert shown(model)[:12] == [f"P{number}" for number in range(12)]


def test_that_the_last_order_asked_of_a_large_table_is_the_one_that_comes(qtbot: QtBot) -> None:
    model = FrameModel(many())
    model.sort(0)
    model.set_filter("p4999")
    model.sort(0, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: not model.busy, timeout=20_000)
    assert shown(model) == [*(f"P{number}" for number in range(49_999, 49_989, -1)), "P4999"]


def test_that_the_current_row_of_a_large_table_stays_the_current_one(qtbot: QtBot) -> None:
    view = TableView("patients", "Patients")
    qtbot.addWidget(view)
    view.show_columns(many(), list(range(50_000)))
    view.select(7)
    view.sort_by("x")
    assert view.count.text() == "Arranging rows…"
    qtbot.waitUntil(lambda: not view.model.busy, timeout=20_000)
    assert view.current_key() == 7
    assert view.count.text() == "50,000 rows"


@given(st.lists(st.text(alphabet="aP-0123456789 é", max_size=12), max_size=8))
def test_that_text_sorts_by_its_words_and_by_the_value_of_its_numbers(texts: list[str]) -> None:
    def key(text: str) -> list[tuple[int, int, str]]:
        parts = re.findall(r"[0-9]+|[^0-9]+", text.casefold())
        return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]

    model = FrameModel([Column("text", "Text", texts)])
    model.sort(0)
    assert shown(model) == [*sorted((t for t in texts if t), key=key), *(t for t in texts if not t)]
