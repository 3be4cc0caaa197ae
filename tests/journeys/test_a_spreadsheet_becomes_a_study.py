"""A coordinator makes a study, drops last Thursday's file on the window, looks, and takes it back."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from import_driver import answer_all, import_all, make_study, open_import, write_sheet
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QRadioButton, QTreeView
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, find, idle, is_open, nameless, press, rows, text_of, until, write

from mirocals_desktop.importing.commit import accept_suggestions, commit
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study import ledger
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.window import Window

MakeSheet = Callable[[str, Sequence[Sequence[object]]], Path]

HEADER = (
    "Patient ID",
    "Site",
    "Sex",
    "Date of randomisation",
    "Date of death",
    "CSF pNFH V2 (pg/mL)",
    "Shoe size",
)
TABLE = (
    HEADER,
    ("FR01-001", "FR01", "F", date(2023, 1, 16), None, 1240, 38),
    ("FR01-002", "FR01", "M", date(2023, 2, 20), date(2024, 3, 4), 4485.3, 43),
    ("FR01-003", "FR01", "F", date(2023, 3, 6), None, "<62.5", 40),
    ("FR02-001", "FR02", "M", date(2023, 3, 13), "31/02/2024", 980, 44),
)


@pytest.fixture(scope="module")
def thursday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study that the first import makes, for what one does with it afterwards."""
    folder = tmp_path_factory.mktemp("thursday")
    book = read_workbook(write_sheet(folder / "thursday.xlsx", TABLE))
    path = folder / "lyon.mirocals"
    with Study.create(
        path, protocol_text("mirocals"), title="Lyon", person="A. Martin", role="data manager"
    ) as study:
        commit(study, accept_suggestions(study, [book]))
    return path


@pytest.fixture
def imported(qtbot: QtBot, window: Window, thursday: Path, tmp_path: Path) -> Window:
    window.commands.open_path(shutil.copy(thursday, tmp_path / "lyon.mirocals"))
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    return window


def test_that_what_is_unclear_is_asked_and_nothing_is_imported_before(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    make_study(qtbot, window, answers, tmp_path / "lyon.mirocals")
    box = open_import(qtbot, window, make_sheet("thursday.xlsx", TABLE))
    asked = [q for q in box.review_made.questions if q.open]
    assert [q.kind for q in asked if "Shoe size" in q.text] == ["column"]
    assert text_of(box, "import.state").endswith("open")
    press(box, "import.step.1")
    press(box, "import.step.3")
    assert not box.next.isEnabled()
    assert nameless(box) == []
    press(box, "import.step.2")
    shoe = next(q for q in asked if "Shoe size" in q.text)
    find(box, QRadioButton, f"question.{shoe.id}.left_out").click()
    until(qtbot, lambda: box.settled)
    idle(qtbot, window)
    head = box.columns.sheet.mapping.head(6)
    assert head is not None
    assert head.text == "Left out"
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    assert box.next.isEnabled()
    press(box, "import.cancel")
    assert window.session.snapshot is not None
    assert len(window.session.snapshot.patients) == 0


def test_that_a_problem_leads_to_its_cell(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    make_study(qtbot, window, answers, tmp_path / "lyon.mirocals")
    box = open_import(qtbot, window, make_sheet("thursday.xlsx", TABLE))
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    tree = find(box, QTreeView, "review.problems.tree")
    model = tree.model()
    assert model.index(0, 0).data() == "1 date that does not exist"
    tree.setCurrentIndex(model.index(0, 0, model.index(0, 0)))
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    sheet = box.columns.sheet
    assert (sheet.currentIndex().row(), sheet.currentIndex().column()) == (4, 4)
    assert sheet.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    press(box, "import.cancel")


def test_that_the_overview_counts_what_the_file_brought(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    make_study(qtbot, window, answers, tmp_path / "lyon.mirocals")
    import_all(qtbot, window, make_sheet("thursday.xlsx", TABLE))
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert list(snapshot.patients.index) == ["FR01-001", "FR01-002", "FR01-003", "FR02-001"]
    assert snapshot.entries["kind"].iloc[-1] == ledger.IMPORTED
    assert "4 patients" in text_of(window, "status_bar.facts")
    assert window.page_code == "overview"


def test_that_every_page_shows_the_study(qtbot: QtBot, imported: Window) -> None:
    for code in (place.code for place in imported.navigation_places()):
        imported.commands.run(f"page:{code}")
        idle(qtbot, imported)
        assert imported.page_code == code


def test_that_a_number_is_followed_from_the_list_to_its_cell(qtbot: QtBot, imported: Window) -> None:
    imported.commands.run("page:patients")
    idle(qtbot, imported)
    table = find(imported, QAbstractItemView, "patients.table.rows")
    place = next(n for n, line in enumerate(rows(table)) if line[0] == "FR01-002")
    table.setCurrentIndex(table.model().index(place, 0))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    idle(qtbot, imported)
    assert imported.page_code == "patient"
    snapshot = imported.session.snapshot
    assert snapshot is not None
    stored = snapshot.observations
    value = stored[(stored["patient"] == "FR01-002") & (stored["variable"] == "csf_pnfh")].iloc[0]
    imported.session.select(patient="FR01-002", variable="csf_pnfh", observation=int(value["id"]))
    assert text_of(imported, "inspector.value") == "4,485.3 pg/mL"
    assert text_of(imported, "inspector.file") == "thursday.xlsx"
    assert text_of(imported, "inspector.sheet") == "Patients"
    assert text_of(imported, "inspector.cell") == "F3"


def test_that_a_value_beyond_the_assay_s_limit_stays_one(imported: Window) -> None:
    snapshot = imported.session.snapshot
    assert snapshot is not None
    row = snapshot.measurements.set_index("patient").loc["FR01-003"]
    assert (row["number"], row["qualifier"]) == (62.5, "<")


def test_that_the_whole_import_is_taken_back_with_a_reason(qtbot: QtBot, imported: Window) -> None:
    imported.commands.run("undo_last")
    box = dialog("withdraw")
    write(box, "withdraw.reason", "Wrong file")
    press(box, "withdraw.act")
    idle(qtbot, imported)
    snapshot = imported.session.snapshot
    assert snapshot is not None
    assert len(snapshot.patients) == 0
    assert list(snapshot.entries["kind"]) == [ledger.CREATED, ledger.IMPORTED, ledger.WITHDRAWN]


def test_that_a_corrected_file_changes_one_value_and_wants_a_reason(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    corrected = [list(row) for row in TABLE]
    corrected[1][5] = 1250
    box = open_import(qtbot, imported, make_sheet("thursday, corrected.xlsx", corrected))
    answer_all(qtbot, imported, box)
    press(box, "import.step.3")
    assert text_of(box, "review.changed") == "1"
    assert text_of(box, "review.new") == "0"
    changes = rows(find(box, QAbstractItemView, "review.values.rows"))
    assert [(line[0], line[3], line[4]) for line in changes] == [("FR01-001", "1240", "1250")]
    press(box, "import.next")
    assert text_of(box, "import.problem").startswith("A change needs a reason.")
    write(box, "review.reason", "Corrected by the laboratory")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    snapshot = imported.session.snapshot
    assert snapshot is not None
    assert snapshot.measurements.set_index("patient")["number"]["FR01-001"] == 1250.0
    assert snapshot.entries["reason"].iloc[-1] == "Corrected by the laboratory"


def test_that_the_same_file_again_has_nothing_to_import_and_asks_nothing(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    box = open_import(qtbot, imported, make_sheet("thursday again.xlsx", TABLE))
    assert not box.review_made.open_questions
    assert text_of(box, "review.new") == "0"
    assert text_of(box, "review.changed") == "0"
    assert not box.next.isEnabled()
    press(box, "import.cancel")


def test_that_an_unreadable_file_gets_a_sentence(qtbot: QtBot, imported: Window, tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    imported.commands.take_files([path])
    until(qtbot, lambda: is_open("error"))
    assert not is_open("import")
    box = dialog("error")
    assert "letter.xlsx" in box.text()
    box.close()


def test_that_the_study_goes_on_as_excel(
    qtbot: QtBot, imported: Window, answers: Answers, tmp_path: Path
) -> None:
    import openpyxl

    answers.target = tmp_path / "out.xlsx"
    imported.commands.run("export_workbook")
    until(qtbot, lambda: answers.target is not None and answers.target.exists())
    idle(qtbot, imported)
    book = openpyxl.load_workbook(answers.target)
    cells = {str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert {"FR01-001", "FR02-001"} <= cells
    assert imported.statusBar().currentMessage() == "out.xlsx was written."


def test_that_leaving_an_import_with_answers_is_asked_about(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    make_study(qtbot, window, answers, tmp_path / "lyon.mirocals")
    box = open_import(qtbot, window, make_sheet("thursday.xlsx", TABLE))
    answer_all(qtbot, window, box)
    answers.yes = False
    press(box, "import.cancel")
    assert answers.asked[-1] == "Leave this import?"
    assert is_open("import")
    answers.yes = True
    press(box, "import.cancel")
    until(qtbot, lambda: not is_open("import"))


def test_that_a_spreadsheet_dropped_on_the_start_page_asks_for_its_study_first(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    window.commands.take_files([make_sheet("thursday.xlsx", TABLE)])
    answers.target = tmp_path / "dropped.mirocals"
    write(dialog("new_study"), "new_study.title", "Dropped")
    press(dialog("new_study"), "new_study.act")
    until(qtbot, lambda: is_open("import"))
    box = dialog("import")
    idle(qtbot, window)
    assert "thursday.xlsx" in box.columns.table.currentText()
    press(box, "import.cancel")


def test_that_a_spreadsheet_waits_for_the_study_that_is_on_its_way_and_for_nothing_else(
    qtbot: QtBot, window: Window, make_sheet: MakeSheet, thursday: Path
) -> None:
    sheet = make_sheet("thursday.xlsx", TABLE)
    gate = threading.Event()
    window.session.jobs.start("Getting ready", lambda _report: gate.wait(10), quiet=True)
    window.commands.take_files([sheet])
    dialog("new_study").reject()
    window.commands.open_path(thursday)
    window.commands.take_files([sheet])
    assert not is_open("new_study")
    gate.set()
    until(qtbot, lambda: is_open("import"))
    box = dialog("import")
    idle(qtbot, window)
    press(box, "import.cancel")


def test_that_a_study_and_spreadsheets_dropped_together_are_told_apart(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    imported.commands.take_files([tmp_path / "other.mirocals", make_sheet("lab.xlsx", TABLE)])
    until(qtbot, lambda: is_open("error"))
    box = dialog("error")
    assert box.text() == "A study is opened alone, and here are 2 files."
    box.close()
    idle(qtbot, imported)
    assert not is_open("import")


def test_that_a_locked_spreadsheet_asks_for_its_password(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    import msoffcrypto.format.ooxml as ooxml

    plain = make_sheet("plain.xlsx", TABLE)
    locked = tmp_path / "locked.xlsx"
    with plain.open("rb") as source, locked.open("wb") as target:
        ooxml.OOXMLFile(source).encrypt("opensesame", target)
    imported.commands.take_files([locked])
    until(qtbot, lambda: is_open("password"))
    write(dialog("password"), "password.field", "wrong")
    press(dialog("password"), "password.act")
    idle(qtbot, imported)
    until(qtbot, lambda: is_open("password"))
    write(dialog("password"), "password.field", "opensesame")
    press(dialog("password"), "password.act")
    box = dialog("import")
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, imported)
    assert text_of(box, "review.new") == "0"
    press(box, "import.cancel")
