"""A coordinator looks at what a file would do before doing it, and loses nothing, whatever happens."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from import_driver import answer_all, import_all, open_import, open_study, write_sheet, write_study
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QSpinBox, QTreeView, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot
from window_driver import (
    Answers,
    dialog,
    everything_said,
    find,
    idle,
    is_open,
    press,
    rows,
    text_of,
    until,
    write,
)

from mirocals_desktop.importing.bounds import Bounds
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog
from mirocals_desktop.ui.dialogs.import_frame import COLUMNS, REVIEW
from mirocals_desktop.ui.window import Window

MakeSheet = Callable[[str, Sequence[Sequence[object]]], Path]

HEADER = ("Patient ID", "Arm", "Date of randomisation", "Last contact date", "Date of death", "Treg V2 (%)")
TABLE: list[list[Any]] = [
    list(HEADER),
    *(
        [f"00{n}", ("IL-2", "placebo")[n % 2], date(2023, 1, n), date(2024, 12, 1), None, 7 + n / 10]
        for n in range(1, 9)
    ),
]
TABLE[2][4] = date(2023, 6, 1)


def corrected() -> list[list[Any]]:
    """The next file: 003 has died, 004 has another value, 005's value is blank."""
    table = [list(row) for row in TABLE]
    table[3][4], table[3][3] = date(2023, 5, 3), date(2023, 5, 3)
    table[4][5], table[5][5] = 9.9, None
    return table


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file in which the first file was imported: every test takes a copy."""
    folder = tmp_path_factory.mktemp("known")
    return write_study(folder / "lyon.mirocals", write_sheet(folder / "first.xlsx", TABLE))


@pytest.fixture
def imported(qtbot: QtBot, window: Window, known: Path, tmp_path: Path) -> Window:
    return open_study(qtbot, window, Path(shutil.copy(known, tmp_path)))


@pytest.fixture
def box(qtbot: QtBot, imported: Window, make_sheet: MakeSheet) -> ImportDialog:
    """The dialog with the next file, every question answered."""
    box = open_import(qtbot, imported, make_sheet("second.xlsx", corrected()))
    answer_all(qtbot, imported, box)
    press(box, "import.step.3")
    return box


def cells(box: ImportDialog) -> list[list[str]]:
    return [line[:7] for line in rows(find(box, QAbstractItemView, "review.values.rows"))]


def tab_order(box: QWidget) -> list[str]:
    """The names of what Tab reaches, from the first on."""
    names, at = [], box.nextInFocusChain()
    while at is not box:
        if at.isVisible() and at.isEnabled() and at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            names.append(at.objectName())
        at = at.nextInFocusChain()
    return names


def show_kind(qtbot: QtBot, window: Window, box: ImportDialog, kind: str) -> None:
    box.review.show_kind(kind)
    idle(qtbot, window)


def test_that_what_changed_in_the_shape_of_a_file_is_said_first(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    table = [[row[0], row[2], row[1], *row[3:5], row[5], "B1"] for row in TABLE]
    table[0][5:] = ["Tregs V2 (%)", "Freezer box"]
    box = open_import(qtbot, imported, make_sheet("second.xlsx", table))
    assert box.columns.isVisible()  # the new column is a question
    assert text_of(box, "import.recipe.text") == (
        "Read as first.xlsx was. Since then: 1 column with another name, 1 column that is new, "
        "2 columns in another place."
    )
    press(box, "import.cancel")


def test_that_answers_are_kept_as_a_file_and_read_from_one(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    box = open_import(
        qtbot, window, make_sheet("first.xlsx", [[*TABLE[0], "Lot"], *([*row, "L1"] for row in TABLE[1:])])
    )
    assert text_of(box, "import.recipe.text") == ""
    box.draft.answer("column|patients|lot", "left_out")
    until(qtbot, lambda: box.settled)
    answer_all(qtbot, window, box)
    answers.target = tmp_path / "clinic.json"
    box.recipe.save_recipe()
    until(qtbot, lambda: "clinic.json was written." in text_of(box, "import.problem"))
    box.recipe.forget_recipe()
    until(qtbot, lambda: box.settled)
    assert box.review_made is not None
    assert "column|patients|lot" in [question.id for question in box.review_made.open_questions]
    answers.files = [tmp_path / "clinic.json"]
    box.recipe.open_recipe()
    until(qtbot, lambda: box.settled and bool(text_of(box, "import.recipe.text")))
    assert not box.review_made.open_questions
    assert text_of(box, "import.recipe.text").startswith("Read as clinic was;")
    assert "Lot" in [column.header for column in box.review_made.left_out]
    (tmp_path / "clinic.json").write_text("{", encoding="utf-8")
    box.recipe.open_recipe()
    until(qtbot, lambda: "is no JSON" in text_of(box, "import.problem"))
    idle(qtbot, window)
    press(box, "import.cancel")


def test_that_the_endpoint_before_and_after_is_told_before_anything_is_written_in_a_small_window_too(
    qtbot: QtBot, imported: Window, box: ImportDialog
) -> None:
    said = text_of(box, "review.consequences")
    assert said.startswith("Patient 003: Death on day 120 (before: ")
    assert "S(640) 0.875 → 0.750" in said
    assert "log-rank p" in said
    press(box, "review.consequences.see")
    patients = rows(find(box, QAbstractItemView, "review.endpoint.patients.rows"))
    assert [line[0] for line in patients] == ["003"]
    plot = box.review.endpoint.plot
    assert plot is not None
    assert plot.isVisible()
    assert [curve.survival[-1] for curve in plot.ghosts()] == [1.0, 0.75]
    assert len(imported.session.snapshot.entries) == 2  # type: ignore[union-attr]
    box.resize(720, 480)
    for step, (name, main) in {
        COLUMNS: ("import.step.2", box.columns.sheet),
        REVIEW: ("import.step.3", box.review.tabs),
    }.items():
        press(box, name)
        assert box.width() <= 1024, step
        assert box.height() <= 600
        assert main.height() > 100
        for button in (box.next,):
            assert box.rect().contains(button.mapTo(box, button.rect().bottomRight()))
    press(box, "import.cancel")


def test_that_a_known_and_clean_file_opens_on_its_changes_old_and_new_by_cell_and_by_patient(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    box = open_import(qtbot, imported, make_sheet("second.xlsx", corrected()))
    assert box.review.isVisible()
    assert text_of(box, "import.recipe.text") == "Read as first.xlsx was; nothing has changed in its shape."
    assert [(line[0], *line[3:]) for line in cells(box)] == [
        ("003", "2024-12-01", "2023-05-03", "3 May 2023", "D4"),
        ("004", "7.4", "9.9", "9.90 %", "F5"),
    ]
    table = find(box, QAbstractItemView, "review.patients.rows")
    lines = rows(table)
    assert {line[0] for line in lines[:2]} == {"003", "004"}
    at = next(number for number, line in enumerate(lines) if line[0] == "003")
    box.review.tabs.setCurrentWidget(box.review.patients)
    table.setCurrentIndex(table.model().index(at, 0))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    idle(qtbot, imported)
    assert [line[0] for line in cells(box)] == ["003"]
    press(box, "review.values.everyone")
    idle(qtbot, imported)
    assert [line[0] for line in cells(box)] == ["003", "004"]
    press(box, "import.cancel")


def test_that_visits_told_by_dates_and_values_in_other_units_are_shown_before_they_are_taken(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    table = [
        ["Patient ID", "Sampled on", "Weight"],
        *([f"00{n}", date(2023, 1, n + 28), 145] for n in range(1, 4)),
    ]
    table += [["004", date(2023, 6, 4), 150], ["005", date(2024, 12, 1), 155]]
    box = open_import(qtbot, imported, make_sheet("samples.xlsx", table))
    question = f"question.unit|{box.columns.table.currentData()}|weight"
    assert text_of(box, f"{question}.lb.text") == "lb · 145 → 65.8 kg"
    assert box.columns.sheet.mapping.head(2).detail == "kg?"  # type: ignore[union-attr]
    assert box.columns.sheet.mapping.head(1).detail == "tells the visit"  # type: ignore[union-attr]
    press(box, f"{question}.lb")
    until(qtbot, lambda: box.settled)
    answer_all(qtbot, imported, box)
    assert box.columns.sheet.mapping.head(2).detail == "lb × 0.453592 → kg"  # type: ignore[union-attr]
    press(box, "import.step.3")
    idle(qtbot, imported)
    said = text_of(box, "review.consequences")
    assert said.startswith("No patient’s time stops otherwise.")
    assert "For 5 days the files name no visit: in the window of a planned visit 3" in said
    show_kind(qtbot, imported, box, "new")
    weights = [line for line in cells(box) if line[1] == "Weight"]
    assert weights[0] == [
        "001",
        "Weight",
        "Cycle 2 (month 1), by its date",
        "",
        "145",
        "65.770894 kg",
        "C2",
    ]
    press(box, "import.cancel")


def test_that_a_blank_replaces_only_when_ticked(
    qtbot: QtBot, imported: Window, answers: Answers, box: ImportDialog
) -> None:
    tick = find(box, QCheckBox, "review.blanks")
    assert tick.isVisible()
    assert not tick.isChecked()
    assert text_of(box, "review.changed") == "2"
    tick.click()
    until(qtbot, lambda: box.settled)
    idle(qtbot, imported)
    assert text_of(box, "review.changed") == "3"
    tick.click()
    until(qtbot, lambda: box.settled)
    idle(qtbot, imported)
    assert text_of(box, "review.changed") == "2"
    press(box, "import.cancel")
    assert answers.asked[-1] == "Leave this import?"


def test_that_one_change_gets_a_reason_of_its_own(qtbot: QtBot, imported: Window, box: ImportDialog) -> None:
    show_kind(qtbot, imported, box, "changed")
    box.review.values.table.view.selectRow(1)
    press(box, "review.values.why")
    write(dialog("import_reason"), "import_reason.reason", "Sample mixed up")
    press(dialog("import_reason"), "import_reason.act")
    idle(qtbot, imported)
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    study = imported.session.study
    assert study is not None
    seen: list[Any] = []
    imported.session.look_up(
        "", lambda s: s.history("004", "treg_percent", visit="V2")["reason"].tolist(), done=seen.append
    )
    imported.session.look_up(
        "", lambda s: s.history("003", "last_contact_date")["reason"].tolist(), done=seen.append
    )
    idle(qtbot, imported)
    assert [reasons[-1] for reasons in seen] == ["Sample mixed up", "Newer export"]


def test_that_the_problems_are_open_to_see_and_written_as_a_workbook(
    qtbot: QtBot, imported: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    table = corrected()
    table[1][2] = "31/02/2023"
    box = open_import(qtbot, imported, make_sheet("third.xlsx", table))
    answer_all(qtbot, imported, box)
    press(box, "import.step.3")
    tree = find(box, QTreeView, "review.problems.tree")
    assert tree.isExpanded(tree.model().index(0, 0))
    answers.target = tmp_path / "to send back.xlsx"
    press(box, "review.problems.export")
    until(qtbot, lambda: "was written" in text_of(box, "import.problem"))
    sheet = openpyxl.load_workbook(answers.target)["Patients"]
    assert "no day of the calendar" in sheet["C2"].comment.text
    press(box, "import.cancel")


def test_that_the_table_is_shown_on_the_sheet_and_its_bounds_can_be_typed(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    box = open_import(qtbot, window, make_sheet("first.xlsx", TABLE))
    press(box, "import.step.2")
    press(box, "import.bounds")
    last = find(box, QSpinBox, "bounds.last")
    assert last.value() == 9
    last.setValue(6)
    until(qtbot, lambda: box.settled)
    idle(qtbot, window)
    answer_all(qtbot, window, box)
    assert box.review_made is not None
    assert box.review_made.new_patients == ("001", "002", "003", "004", "005")
    told = next(q for q in box.review_made.questions if q.kind == "bounds")
    assert told.answer == "A1:F6/1"  # the entry of the import keeps it with the other answers
    press(box, "bounds.found")
    until(qtbot, lambda: box.settled)
    idle(qtbot, window)
    assert len(box.review_made.new_patients) == 8
    press(box, "import.cancel")


def test_that_every_step_is_reached_by_keys(qtbot: QtBot, imported: Window, make_sheet: MakeSheet) -> None:
    table = corrected()
    table[1][2] = "31/02/2023"
    box = open_import(qtbot, imported, make_sheet("third.xlsx", table))
    answer_all(qtbot, imported, box)
    QTest.keyClick(box, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    until(qtbot, box.review.isVisible)
    QTest.keyClick(box, Qt.Key.Key_F8)
    assert box.columns.isVisible()
    sheet = box.columns.sheet
    assert (sheet.currentIndex().row(), sheet.currentIndex().column()) == (1, 2)
    assert "no day of the calendar" in text_of(box, "import.problems.advice")
    order = tab_order(box)
    assert order.index("import.step.3") < order.index("sheet") < order.index("import.problems.tree")
    assert order[-3:] == ["import.cancel", "import.back", "import.next"]
    QTest.keyClick(box, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    until(qtbot, box.files.isVisible)
    QTest.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(qtbot, box.columns.isVisible)
    QTest.keyClick(box, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    for name in ("review.problems.filter", "import.step.3"):  # Enter imports nothing by the way
        place = find(box, QWidget, name)
        place.setFocus()
        QTest.keyClick(place, Qt.Key.Key_Return)
        assert is_open("import")
        assert not imported.session.jobs.busy
    cancel = find(box, QWidget, "import.cancel")
    cancel.setFocus()
    QTest.keyClick(cancel, Qt.Key.Key_Return)
    until(qtbot, lambda: not is_open("import"))
    assert imported.session.snapshot is not None
    assert (imported.session.snapshot.entries["kind"] == "imported").sum() == 1


def test_that_a_hidden_sheet_is_listed_left_out_and_read_when_ticked(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    path = make_sheet("first.xlsx", TABLE)
    book = openpyxl.load_workbook(path)
    hidden = book.create_sheet("Archive")
    hidden.sheet_state = "hidden"
    hidden.append(["Patient ID", "Treg V2 (%)"])
    hidden.append(["077", 6.6])
    book.save(path)
    box = open_import(qtbot, window, path)
    press(box, "import.step.1")
    tree = find(box, QTreeWidget, "import.files.tables")
    line = tree.topLevelItem(0).child(1)
    assert line.text(0) == "Archive"
    assert line.checkState(0) == Qt.CheckState.Unchecked
    assert line.text(3) == "left out: the sheet is hidden"
    line.setCheckState(0, Qt.CheckState.Checked)
    until(qtbot, lambda: box.settled)
    idle(qtbot, window)
    assert tree.topLevelItem(0).child(1).checkState(0) == Qt.CheckState.Checked
    assert any(table.used and table.sheet == "Archive" for table in box.review_made.plan.tables)  # type: ignore[union-attr]
    press(box, "import.cancel")


# What goes wrong meanwhile


def test_that_two_clicks_on_import_import_once(qtbot: QtBot, imported: Window, box: ImportDialog) -> None:
    write(box, "review.reason", "Newer export")
    button = box.next
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.click()
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    snapshot = imported.session.snapshot
    assert snapshot is not None
    assert list(snapshot.entries["kind"]).count("imported") == 2


def test_that_a_file_changed_on_disk_is_read_again_before_it_is_imported(
    qtbot: QtBot, imported: Window, box: ImportDialog, make_sheet: MakeSheet
) -> None:
    table = corrected()
    table[4][5] = 8.8
    path = make_sheet("second.xlsx", table)
    os.utime(path, ns=(1, 1))
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    assert text_of(box, "import.problem").startswith("A file was changed since it was read.")
    press(box, "import.read_again")
    until(qtbot, lambda: box.review_made is not None and box.settled)
    idle(qtbot, imported)
    press(box, "import.step.3")
    show_kind(qtbot, imported, box, "changed")
    assert "8.8" in [line[4] for line in cells(box)]
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)


def test_that_a_file_deleted_meanwhile_is_imported_as_it_was_read(
    qtbot: QtBot, imported: Window, box: ImportDialog, tmp_path: Path
) -> None:
    (tmp_path / "second.xlsx").unlink()
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    assert list(imported.session.snapshot.entries["kind"]).count("imported") == 2  # type: ignore[union-attr]


def test_that_leaving_while_a_file_is_read_leaves_everything_as_it_was(
    qtbot: QtBot, imported: Window, make_sheet: MakeSheet
) -> None:
    imported.commands.take_files([make_sheet("second.xlsx", corrected())])
    box = dialog("import")
    press(box, "import.cancel")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    assert len(imported.session.snapshot.entries) == 2  # type: ignore[union-attr]


def test_that_an_import_that_is_stopped_is_done_whole_or_not_at_all(
    qtbot: QtBot, imported: Window, box: ImportDialog
) -> None:
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    press(box, "import.cancel")
    idle(qtbot, imported)
    snapshot = imported.session.snapshot
    assert snapshot is not None
    died = str(snapshot.patients.loc["003", "death_date"])
    if list(snapshot.entries["kind"]).count("imported") == 2:
        assert died == "2023-05-03"
        assert not is_open("import")
    else:
        assert died == ""
        assert is_open("import")
        assert box.review.isVisible()
        assert box.next.isEnabled()
        press(box, "import.cancel")


def test_that_an_import_that_is_stopped_too_late_is_done_and_says_so(
    qtbot: QtBot, imported: Window, box: ImportDialog
) -> None:
    study = imported.session.study
    assert study is not None
    before, late = study.head, time.monotonic() + 30
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    while study.head == before and time.monotonic() < late:
        time.sleep(0.001)  # no turn of the event loop: the window does not know yet
    box.reject()
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    assert imported.session.snapshot is not None
    assert imported.session.snapshot.patients.loc["003", "death_date"] == "2023-05-03"
    assert "before it could be stopped" in imported.statusBar().currentMessage()


def test_that_the_language_may_change_in_the_middle(
    qtbot: QtBot, imported: Window, box: ImportDialog
) -> None:
    imported.commands.run("language:fr")
    idle(qtbot, imported)
    press(box, "import.step.2")
    press(box, "import.step.3")
    find(box, QCheckBox, "review.blanks").click()
    until(qtbot, lambda: box.settled)
    idle(qtbot, imported)
    write(box, "review.reason", "Export plus récent")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    assert imported.session.snapshot.entries["reason"].iloc[-1] == "Export plus récent"  # type: ignore[union-attr]


def test_that_the_study_going_on_meanwhile_makes_the_review_anew(
    qtbot: QtBot, imported: Window, box: ImportDialog
) -> None:
    imported.session.change(
        "", lambda study, _report: study.set_option("horizon_days", 500, reason="shorter")
    )
    idle(qtbot, imported)
    write(box, "review.reason", "Newer export")
    press(box, "import.next")
    until(qtbot, lambda: "has changed" in text_of(box, "import.problem"))
    until(qtbot, lambda: box.settled)
    idle(qtbot, imported)
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, imported)
    assert list(imported.session.snapshot.entries["kind"]).count("imported") == 2  # type: ignore[union-attr]


def test_that_a_blinded_study_tells_the_consequences_pooled_and_covers_what_is_sealed(
    qtbot: QtBot, window: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    path = tmp_path / "blinded.mirocals"
    with Study.create(
        path,
        protocol_text("mirocals"),
        title="Blinded",
        person="A. Martin",
        role="coordinator",
        blinded=True,
        key_file=tmp_path / "key",
        key_passphrase="a long enough passphrase",
    ):
        pass
    open_study(qtbot, window, path)
    table = [[*row, 17.31 + n] for n, row in enumerate(TABLE)]
    table[0][6] = "Treg V6 (%)"
    import_all(qtbot, window, make_sheet("first.xlsx", table))
    newer = [[*row, table[n][6]] for n, row in enumerate(corrected())]
    newer[6][2] = "31/02/2023"
    box = open_import(qtbot, window, make_sheet("second.xlsx", newer))
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    idle(qtbot, window)
    assert text_of(box, "review.consequences").endswith("S(640) 0.875 → 0.750")
    press(box, "review.consequences.see")
    for kind in ("changed", "new", "same", "missing", "set_apart"):
        show_kind(qtbot, window, box, kind)
        said = everything_said(box)
        for secret in ("IL-2", "placebo", "18.31", "19.31", "20.31"):
            assert secret not in said, (kind, secret)
    press(box, "import.step.2")
    press(box, "import.bounds")
    assert not find(box, QSpinBox, "bounds.headers").isEnabled()
    box.columns.sheet.bounds_asked.emit(Bounds(0, 3, units=False, last=8, left=0, right=6))
    until(qtbot, lambda: box.settled)
    idle(qtbot, window)
    for secret in ("IL-2", "placebo", "18.31"):
        assert secret not in everything_said(box)
    press(box, "import.step.3")
    answers.target = tmp_path / "problems.xlsx"
    press(box, "review.problems.export")
    until(qtbot, lambda: "was written" in text_of(box, "import.problem"))
    with zipfile.ZipFile(answers.target) as archive:
        written = b"".join(archive.read(name) for name in archive.namelist())
    assert b"31/02/2023" in written
    for secret in (b"IL-2", b"placebo", b"18.31", b"19.31"):
        assert secret not in written
    press(box, "import.cancel")
