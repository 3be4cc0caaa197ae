from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.palette import Entry, Palette, find


def entries(*texts: str) -> tuple[list[Entry], list[str]]:
    run: list[str] = []
    return [Entry(text, "Page", "next", lambda text=text: run.append(text)) for text in texts], run


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ("surv", "Survival"),
        ("export", "Export to Excel"),
        ("excel", "Export to Excel"),
        ("p-047", "P-047"),
        ("dark theme", "Theme: Dark"),
        ("francais", "Language: Français"),
    ],
)
def test_that_the_best_answer_stands_first(wanted: str, best: str) -> None:
    texts = "Overview", "Export to Excel", "Survival", "Theme: Dark", "Language: Français", "P-047", "P-0471"
    offered, _run = entries(*texts)
    assert find(offered, wanted)[0].text == best


def test_that_letters_in_order_are_found_but_not_for_two_letters() -> None:
    offered, _run = entries("Import spreadsheets")
    assert find(offered, "impspr")
    assert not find(offered, "mz")
    assert not find(offered, "ps")


def test_that_ten_thousand_patients_give_a_short_list() -> None:
    offered, _run = entries(*(f"P{number:05}" for number in range(10_000)))
    assert len(find(offered, "p")) == 12
    assert find(offered, "p09999")[0].text == "P09999"


def test_that_keys_choose_and_enter_runs(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    offered, run = entries("Overview", "Patients", "Survival")
    palette = Palette(offered, window)
    palette.show_over(window)
    qtbot.keyClicks(palette.field, "s")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert run == ["Patients"]


def test_that_nothing_found_is_said(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    palette = Palette(entries("Overview")[0], window)
    palette.show_over(window)
    qtbot.keyClicks(palette.field, "zebra")
    label = palette.findChild(QLabel, "palette.nothing")
    assert label is not None
    assert label.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    palette.close()
