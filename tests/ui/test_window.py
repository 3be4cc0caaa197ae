from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, everything_said, find, idle, nameless, press, rows, text_of

from mirocals_desktop import app as program
from mirocals_desktop.i18n import language
from mirocals_desktop.settings import Settings, read_settings
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.actions import ACTIONS
from mirocals_desktop.ui.entry_words import act_text
from mirocals_desktop.ui.session import Filters
from mirocals_desktop.ui.window import NARROW, PAGES, Window


def test_that_the_window_begins_with_the_ways_in(window: Window) -> None:
    assert window.page_code == "start"
    assert window.findChild(QWidget, "page.start").isVisible()
    assert not window.state_bar.isVisible()
    assert not window.actions_of["export_workbook"].isEnabled()
    assert window.actions_of["open_sample"].isEnabled()


def test_that_an_opened_study_shows_its_state(opened: Window) -> None:
    assert opened.windowTitle().startswith("Lyon (synthetic)")
    assert opened.findChild(QPushButton, "chip.synthetic").isVisible()
    assert opened.findChild(QPushButton, "chip.blinded") is None
    assert "3 patients" in text_of(opened, "status_bar.facts")
    assert opened.actions_of["export_workbook"].isEnabled()


def test_that_the_inspector_follows_from_patient_to_patient_and_value(opened: Window) -> None:
    session = opened.session
    session.select(patient="P01")
    session.select(patient="P03")
    assert text_of(opened, "inspector.patient") == "Patient P03"
    assert "P01" not in opened.inspector.text()
    session.select(patient="P02", variable="csf_pnfh")
    assert "No value of" in opened.inspector.text()
    session.select(patient="P01")
    assert "No value of" not in opened.inspector.text()
    assert text_of(opened, "inspector.patient") == "Patient P01"


def test_that_a_selected_value_leads_back_to_its_cell_and_to_what_it_replaced(
    qtbot: QtBot, opened: Window
) -> None:
    snapshot = opened.session.snapshot
    assert snapshot is not None
    rows = snapshot.observations
    value = int(rows[(rows["patient"] == "P01") & (rows["variable"] == "csf_pnfh")]["id"].iloc[0])
    opened.session.select(patient="P01", variable="csf_pnfh", observation=value)
    assert text_of(opened, "inspector.value") == "1,250 pg/mL"
    assert "corrected by the laboratory" in opened.inspector.text()
    qtbot.waitUntil(lambda: "It replaced" in opened.inspector.text())
    assert "1,240 pg/mL" in opened.inspector.text()
    assert "lab.xlsx, CSF, F2" in opened.inspector.text()
    other = int(rows[(rows["patient"] == "P02") & (rows["variable"] == "csf_pnfh")]["id"].iloc[0])
    opened.session.select(patient="P02", variable="csf_pnfh", observation=other)
    assert text_of(opened, "inspector.cell") == "F3"
    assert text_of(opened, "inspector.raw") == "“4000”"
    press(opened, "inspector.copy")
    assert "F3" in QApplication.clipboard().text()


def test_that_a_filter_shows_as_a_chip_that_takes_it_away(opened: Window) -> None:
    opened.session.set_filters(Filters(classes=frozenset({2})))
    chip = opened.findChild(QPushButton, "chip.filter")
    assert chip.text() == "1 of 3 patients"
    chip.click()
    assert not opened.session.filters
    assert opened.findChild(QPushButton, "chip.filter") is None or not chip.isVisible()


def test_that_the_filter_bar_offers_what_the_study_has(opened: Window) -> None:
    sites = opened.findChild(QToolButton, "filter.sites")
    assert sites.isVisible()
    first = sites.menu().actions()[0]
    first.trigger()
    assert opened.session.filters.sites == frozenset({first.data()})
    assert len(opened.session.patients_shown()) == 2


def test_that_an_earlier_entry_is_marked_and_nothing_can_be_changed_there(
    qtbot: QtBot, opened: Window
) -> None:
    with qtbot.waitSignal(opened.session.study_changed):
        opened.session.show_as_of(2)
    chip = opened.findChild(QPushButton, "chip.as_of")
    assert chip.text() == "as of entry 2"
    assert not opened.actions_of["import_files"].isEnabled()
    assert not opened.actions_of["undo_last"].isEnabled()
    with qtbot.waitSignal(opened.session.study_changed):
        chip.click()
    assert opened.actions_of["import_files"].isEnabled()


def test_that_acts_are_undone_and_done_again_by_name_with_a_reason(qtbot: QtBot, opened: Window) -> None:
    def stored() -> float:
        snapshot = opened.session.snapshot
        assert snapshot is not None
        return float(snapshot.measurements.set_index("patient")["number"]["P01"])

    undo, redo = opened.actions_of["undo_last"], opened.actions_of["redo_last"]
    assert undo.text() == "&Undo correction of CSF pNFH, patient P01…"
    assert redo.text() == "&Redo"
    assert not redo.isEnabled()
    undo.trigger()
    box = dialog("withdraw")
    assert "correction of CSF pNFH, patient P01" in text_of(box, "withdraw.text")
    press(box, "withdraw.act")
    assert text_of(box, "withdraw.problem").startswith("A change needs a reason.")
    box.findChild(QComboBox, "withdraw.reason").setCurrentText("Made in error")
    press(box, "withdraw.act")
    idle(qtbot, opened)
    assert stored() == 1240.0
    assert undo.text() == "&Undo import of lab.xlsx…"
    assert redo.text() == "&Redo correction of CSF pNFH, patient P01…"
    redo.trigger()
    box = dialog("withdraw")
    assert "counts again" in text_of(box, "withdraw.text")
    box.findChild(QComboBox, "withdraw.reason").setCurrentText("Undone in error")
    press(box, "withdraw.act")
    idle(qtbot, opened)
    assert stored() == 1250.0
    assert not redo.isEnabled()
    snapshot = opened.session.snapshot
    assert snapshot is not None
    assert list(snapshot.entries["reason"])[-2:] == ["Made in error", "Undone in error"]


def test_that_a_value_is_corrected_and_stays_selected(qtbot: QtBot, opened: Window) -> None:
    snapshot = opened.session.snapshot
    assert snapshot is not None
    rows = snapshot.observations
    value = int(rows[(rows["patient"] == "P02") & (rows["variable"] == "csf_pnfh")]["id"].iloc[0])
    opened.session.select(patient="P02", variable="csf_pnfh", observation=value)
    opened.commands.run("correct_value")
    box = dialog("correct")
    field = box.findChild(QLineEdit, "correct.value")
    assert field.text() == "4000"
    field.setText("not a number")
    press(box, "correct.act")
    assert "not a number" in text_of(box, "correct.problem")
    field.setText("<62.5")
    assert text_of(box, "correct.echo").startswith("Will be stored as <62.5 pg/mL")
    box.findChild(QComboBox, "correct.reason").setCurrentText("Typing error")
    press(box, "correct.act")
    qtbot.waitUntil(lambda: not opened.session.jobs.busy)
    assert text_of(opened, "inspector.value") == "<62.5 pg/mL"
    assert opened.session.selection.observation != value


def test_that_the_file_is_verified_on_demand(qtbot: QtBot, opened: Window) -> None:
    opened.commands.run("verify")
    qtbot.waitUntil(lambda: not opened.session.jobs.busy)
    assert opened.statusBar().currentMessage().startswith("The study is whole.")


def test_that_the_palette_leads_to_a_command(qtbot: QtBot, opened: Window) -> None:
    opened.session.set_filters(Filters(text="1"))
    opened.commands.run("find")
    box = dialog("palette")
    field = box.findChild(QLineEdit, "palette.field")
    qtbot.keyClicks(field, "all patients")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not opened.session.filters


def test_that_the_language_changes_while_the_study_stays_open(opened: Window, tmp_path: Path) -> None:
    opened.commands.run("language:fr")
    assert language() == "fr"
    assert opened.session.snapshot is not None
    assert opened.page_code == "overview"
    assert read_settings(tmp_path / "settings.json").language == "fr"
    opened.commands.run("language:en")
    assert text_of(opened, "inspector.heading") == "Inspector"


def test_that_the_theme_changes_while_the_program_runs(window: Window, qapp: QApplication) -> None:
    window.commands.run("theme:dark")
    assert qapp.palette().window().color().lightness() < 100
    window.commands.run("theme:light")
    assert qapp.palette().window().color().lightness() > 200


def test_that_a_chip_can_be_read_after_the_theme_changed(qtbot: QtBot, opened: Window) -> None:
    def looks() -> list[str]:
        chips = opened.findChildren(QPushButton, "chip.synthetic")
        return [chip.styleSheet() for chip in chips if chip.isVisible()]

    opened.commands.run("theme:light")
    qtbot.waitUntil(lambda: len(looks()) == 1)
    (before,) = looks()
    opened.commands.run("theme:dark")
    qtbot.waitUntil(lambda: len(looks()) == 1 and looks() != [before])
    opened.commands.run("theme:light")


def test_that_a_narrow_window_gives_its_room_to_the_page(qtbot: QtBot, opened: Window) -> None:
    opened.resize(1024, 640)
    button = opened.findChild(QToolButton, "navigation.overview")
    qtbot.waitUntil(lambda: button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert not opened.inspector.isVisible()
    opened.session.select(patient="P01")
    assert not opened.inspector.isVisible()
    opened.show_page("patients")
    assert opened.inspector.isVisible(), "it tells what the status is known from"
    opened.show_page("patient")
    assert not opened.inspector.isVisible()
    opened.session.select(patient="P01", visit="V1")
    assert opened.inspector.isVisible()
    opened.resize(NARROW + 100, 640)
    qtbot.waitUntil(lambda: button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly)


def test_that_a_dropped_study_is_opened(qtbot: QtBot, window: Window, study: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(study))])
    event = QDropEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.snapshot is not None)


def test_that_an_export_is_written_and_leaves_an_entry(
    qtbot: QtBot, opened: Window, answers: Answers, tmp_path: Path
) -> None:
    answers.target = tmp_path / "out.xlsx"
    opened.commands.run("export_workbook")
    qtbot.waitUntil(lambda: opened.session.jobs.busy)
    qtbot.waitUntil(lambda: not opened.session.jobs.busy, timeout=30_000)
    assert (tmp_path / "out.xlsx").stat().st_size > 2000
    snapshot = opened.session.snapshot
    assert snapshot is not None
    assert snapshot.entries["kind"].iloc[-1] == ledger.EXPORTED


def test_that_closing_asks_while_work_goes_on_and_stops_it(
    qtbot: QtBot, opened: Window, answers: Answers
) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(report: Callable[[float, str], None]) -> None:
        begun.set()
        while not go.wait(0.01):
            report(0.5, "half")

    opened.session.jobs.start("Counting", work)
    assert begun.wait(10)
    answers.yes = False
    opened.close()
    assert opened.isVisible()
    assert answers.asked == ["Work is still going on"]
    answers.yes = True
    opened.close()
    qtbot.waitUntil(lambda: not opened.isVisible())
    go.set()


def test_that_a_job_can_be_cancelled_in_the_status_bar(qtbot: QtBot, window: Window) -> None:
    def work(report: Callable[[float, str], None]) -> None:
        gate = threading.Event()
        while not gate.wait(0.01):
            report(0.42, "Reading file")

    window.session.jobs.start("Reading", work)
    cancel = window.findChild(QToolButton, "status_bar.cancel")
    qtbot.waitUntil(cancel.isVisible)
    qtbot.waitUntil(lambda: text_of(window, "status_bar.job") == "Reading file  42%")
    cancel.click()
    qtbot.waitUntil(lambda: not window.session.jobs.busy)
    assert not cancel.isVisible()


def test_that_everything_one_can_act_on_has_a_name_for_tests_and_for_screen_readers(
    qtbot: QtBot, opened: Window
) -> None:
    assert nameless(opened) == []
    for code in ("new_study", "undo_last", "set_person", "show_about", "show_shortcuts", "find"):
        opened.commands.run(code)
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        assert nameless(box) == [], code
        box.close()


def test_that_every_page_of_the_table_can_be_shown(opened: Window) -> None:
    for place in PAGES:
        opened.show_page(place.code)
        assert opened.page_code == place.code


def test_that_whoever_takes_over_signs_the_next_entries(qtbot: QtBot, opened: Window) -> None:
    opened.commands.run("set_person")
    box = dialog("person")
    box.findChild(QLineEdit, "person.name").setText("")
    press(box, "person.act")
    assert "name" in text_of(box, "person.problem")
    box.findChild(QLineEdit, "person.name").setText("B. Dupont")
    press(box, "person.act")
    opened.session.change("Cutting", lambda study, _report: study.set_option("data_cut", "2020-01-01"))
    qtbot.waitUntil(lambda: not opened.session.jobs.busy)
    snapshot = opened.session.snapshot
    assert snapshot is not None
    assert list(snapshot.entries["person"])[-2:] == ["A. Martin", "B. Dupont"]


def test_that_qt_s_own_texts_change_their_language_too(opened: Window) -> None:
    def cancel() -> str:
        return QCoreApplication.translate("QPlatformTheme", "Cancel")

    opened.commands.run("language:fr")
    assert cancel() == "Annuler"
    opened.commands.run("language:en")
    assert cancel() == "Cancel"


def test_that_the_history_tells_options_and_corrections_in_words(qtbot: QtBot, opened: Window) -> None:
    opened.session.change("Cutting", lambda study, _report: study.set_option("data_cut", "2020-06-30"))
    opened.show_page("history")
    qtbot.waitUntil(lambda: not opened.session.jobs.busy)
    table = find(opened, QTableView, "history.table.rows")
    about = [row[5] for row in rows(table)]
    assert about[:2] == ["Data cut: 30 Jun 2020", "CSF pNFH, patient P01"]


def test_that_the_list_of_keys_names_every_command_that_has_one(opened: Window) -> None:
    opened.commands.run("show_shortcuts")
    box = dialog("shortcuts")
    said = everything_said(box)
    for row in ACTIONS:
        if row.shortcut:
            assert row.text.replace("&", "").rstrip("…") in said
    assert box.height() <= opened.height()
    box.close()


def test_that_one_may_choose_what_one_could_drop(
    qtbot: QtBot, window: Window, study: Path, answers: Answers
) -> None:
    answers.files = [study]
    press(window, "start.drop")
    qtbot.waitUntil(lambda: window.session.snapshot is not None)
    assert window.page_code == "overview"


def test_that_undo_names_a_mark_in_the_language_of_the_window(qtbot: QtBot, opened: Window) -> None:
    assert opened.session.snapshot is not None
    marks = {"kind": ledger.MARKED, "summary": "P01 V1: seen, P02: to_check, P03 V2 csf_pnfh: – (+2)"}
    assert "P01 V1: seen, P02: to check, P03 V2 csf_pnfh: no mark (+2)" in act_text(
        opened.session.snapshot, marks
    )
    opened.commands.run("language:fr")
    assert "P01 V1: vu, " in act_text(opened.session.snapshot, marks)
    idle(qtbot, opened)


def test_that_a_page_that_is_still_imported_is_announced_and_comes_by_itself(
    qtbot: QtBot, qapp: QApplication, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(language="en", person="A. Martin")
    session, window = program.make_window(
        qapp, settings, settings_path=tmp_path / "settings.json", whole=False
    )
    qtbot.addWidget(window)
    window.complete()
    window.show()
    try:
        session.open(study)
        qtbot.waitUntil(lambda: window.page is not None and not session.jobs.busy)
        for code in ("queries", "logs"):
            monkeypatch.delitem(sys.modules, f"mirocals_desktop.ui.pages.{code}")
        pages = find(window, QStackedWidget, "pages")

        window.show_page("queries")
        assert pages.currentWidget().objectName() == "page.coming"
        assert find(window, QLabel, "page.coming.title").text() == "Queries"
        assert find(window, QAction, "action.page.queries").isChecked()
        window.show_page("queries")  # by a second click
        qtbot.waitUntil(lambda: pages.currentWidget().objectName() == "area.page.queries")
        assert window.page is not None
        assert len(pages.findChildren(type(window.page))) == 1

        window.show_page("logs")
        window.show_page("overview")
        qtbot.waitUntil(lambda: not session.jobs.busy)
        assert pages.currentWidget().objectName() == "area.page.overview"
    finally:
        session.shut_down()
