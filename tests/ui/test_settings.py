from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QTableView
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, find, idle, nameless, press, rows, text_of

from mirocals_desktop.i18n import language
from mirocals_desktop.settings import TEXT_SIZES, Settings, read_settings, write_settings
from mirocals_desktop.ui.dialogs.settings import SettingsDialog
from mirocals_desktop.ui.palette import Palette
from mirocals_desktop.ui.session import Filters
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.window import Window


def settings_dialog(window: Window) -> SettingsDialog:
    window.commands.run("show_settings")
    box = dialog("settings")
    assert isinstance(box, SettingsDialog)
    return box


def choose(box: SettingsDialog, name: str, value: object) -> None:
    field = find(box, QComboBox, f"settings.{name}")
    number = field.findData(value)
    assert number >= 0, f"{value!r} is not offered"
    field.setCurrentIndex(number)
    field.activated.emit(number)


def test_that_settings_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings = Settings(
        language="fr",
        theme="dark",
        text_size=150,
        number_format="comma",
        folders={"export": "/somewhere"},
        recent=("a", "b"),
        notify=False,
        tables={"patients.table": {"hidden": ["site"]}},
    )
    write_settings(settings, path)
    assert read_settings(path) == settings


@pytest.mark.parametrize(
    "stored",
    [
        {"text_size": "large", "theme": "pink", "number_format": "roman", "notify": "yes"},
        {"text_size": 7, "folders": ["a"], "tables": {"t": 5}, "recent": {"a": 1}},
        {"language": 3, "folders": {"export": 4}, "unknown": True},
    ],
)
def test_that_settings_of_another_kind_give_way_to_the_usual(
    tmp_path: Path, stored: dict[str, object]
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(stored))
    assert read_settings(path) == Settings()


def test_that_numbers_and_dates_change_at_once_and_in_every_table(qtbot: QtBot, opened: Window) -> None:
    opened.show_page("history")
    idle(qtbot, opened)
    box = settings_dialog(opened)
    assert text_of(box, "settings.example") == "For example 1,234.5 on 9 Mar 2024"
    choose(box, "date_format", "iso")
    choose(box, "number_format", "comma")
    assert text_of(box, "settings.example").replace("\u202f", " ") == "For example 1 234,5 on 2024-03-09"
    idle(qtbot, opened)
    times = [row[1] for row in rows(find(opened, QTableView, "history.table.rows"))]
    assert all(time[4] == "-" and time[7] == "-" for time in times)
    choose(box, "date_format", "dmy")
    assert text_of(box, "settings.example").endswith("09/03/2024")
    box.close()


def test_that_the_language_changes_with_the_settings_open(opened: Window) -> None:
    box = settings_dialog(opened)
    choose(box, "language", "fr")
    assert language() == "fr"
    again = dialog("settings")
    assert again is not box
    assert find(again, QComboBox, "settings.language").currentData() == "fr"
    again.close()


def test_that_search_finds_the_values_of_settings_and_the_menu_follows(qtbot: QtBot, opened: Window) -> None:
    opened.commands.run("find")
    palette = opened.findChild(Palette)
    assert palette is not None
    qtbot.keyClicks(palette.field, "dark theme")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert opened.session.settings.theme == "dark"
    assert opened.findChild(QAction, "action.theme.dark").isChecked()
    opened.commands.run("theme:system")
    assert opened.findChild(QAction, "action.theme.system").isChecked()


def test_that_a_followed_list_is_named_in_the_language_of_now(qtbot: QtBot, opened: Window) -> None:
    opened.session.set_filters(Filters(listed=frozenset({"P01"}), list_name="Visits overdue"))
    opened.commands.run("language:fr")
    idle(qtbot, opened)
    chip = find(opened.state_bar, QPushButton, "chip.filter").text()
    assert chip.replace("\u202f", " ").startswith("Patients choisis\u00a0: 1 sur 3")
    assert opened.session.patients_shown() == ["P01"]
    opened.commands.run("language:en")
    idle(qtbot, opened)


@pytest.mark.parametrize("percent", [TEXT_SIZES[0], 200])
def test_that_all_text_takes_the_size_that_was_chosen(
    opened: Window, qapp: QApplication, percent: int
) -> None:
    before = qapp.font().pointSizeF()
    choose(settings_dialog(opened), "text_size", percent)
    assert qapp.font().pointSizeF() == pytest.approx(before * percent / 100)
    title = opened.state_bar.title
    assert title.font().pointSizeF() == pytest.approx(before * percent / 100)
    dialog("settings").close()
    opened.commands.run("text_size:100")
    assert qapp.font().pointSizeF() == pytest.approx(before)


def test_that_a_folder_is_chosen_and_cleared(opened: Window, answers: Answers, tmp_path: Path) -> None:
    box = settings_dialog(opened)
    answers.target = tmp_path
    press(box, "settings.folder.choose")
    QApplication.processEvents()
    assert opened.session.settings.folder == str(tmp_path)
    assert opened.session.folder_for("export") == tmp_path
    press(box, "settings.folder.clear")
    assert opened.session.settings.folder == ""
    find(box, QCheckBox, "settings.notify").click()
    assert not opened.session.settings.notify
    assert nameless(box) == []
    box.close()


def test_that_starting_again_opens_another_window_for_who_prefers_so(opened: Window) -> None:
    box = settings_dialog(opened)
    choose(box, "second_start", "new window")
    assert opened.session.settings.second_start == "new window"
    box.close()


def test_that_each_purpose_has_the_folder_it_was_last_in(opened: Window, tmp_path: Path) -> None:
    session = opened.session
    there, gone = tmp_path / "exports", tmp_path / "gone"
    there.mkdir()
    session.remember_folder("export", there / "a.xlsx")
    session.remember_folder("import", gone / "b.xlsx")
    assert session.folder_for("export") == there
    assert session.folder_for("import") == Path.home()
    session.update_settings(folder=str(tmp_path))
    assert session.folder_for("import") == tmp_path
    assert session.folder_for("study") == tmp_path  # where the open study lies


def test_that_columns_stay_as_they_were_left(
    qtbot: QtBot, opened: Window, study: Path, tmp_path: Path
) -> None:
    opened.show_page("history")
    idle(qtbot, opened)

    def table() -> TableView:
        found = find(opened, TableView, "history.table")
        assert isinstance(found, TableView)
        return found

    header = table().view.horizontalHeader()
    QApplication.processEvents()
    table().view.setColumnHidden(2, True)
    table().view.setColumnWidth(1, 222)
    header.moveSection(header.visualIndex(5), 0)
    opened.commands.run("close_study")
    assert read_settings(tmp_path / "settings.json").tables["history.table"]["hidden"] == ["person"]
    opened.commands.open_path(study)
    idle(qtbot, opened)
    opened.show_page("history")
    idle(qtbot, opened)
    qtbot.waitUntil(lambda: table().view.columnWidth(1) == 222)
    assert table().view.isColumnHidden(2)
    assert table().view.horizontalHeader().logicalIndex(0) == 5
