"""A blinded trial is followed for months: nothing on any screen, file or clipboard tells who gets what.

Arms and restricted values are planted as words and numbers that occur nowhere else; everything that the
window says, copies and writes is searched for them. Then the study is unblinded, and they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from import_driver import answer_all, open_import
from PySide6.QtWidgets import QApplication, QRadioButton, QWidget
from pytestqt.qtbot import QtBot
from window_driver import (
    Answers,
    dialog,
    everything_said,
    find,
    idle,
    is_open,
    press,
    text_of,
    until,
    write,
)

from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.window import PAGES, Window

MakeSheet = Callable[[str, Sequence[Sequence[object]]], Path]
PASSPHRASE = "a long enough passphrase"

AFTER_DOSE = ("17.31", "18.32", "19.33")  # Treg % at month 3: nearly as telling as the arm
HEADER = ("Patient ID", "Arm", "Date of randomisation", "First dose date", "Treg V2 (%)", "Treg V6 (%)")
TABLE = (
    HEADER,
    ("FR01-001", "IL-2", date(2023, 1, 16), date(2023, 1, 16), 7.5, 17.31),
    ("FR01-002", "placebo", date(2023, 2, 20), date(2023, 2, 20), 8.5, 18.32),
    ("FR01-003", "IL-2", date(2023, 3, 6), date(2023, 3, 6), 6.5, 19.33),
)


def told(text: str) -> list[str]:
    """The restricted values that a text holds, in either language's way of writing numbers."""
    return [value for value in AFTER_DOSE if value in text or value.replace(".", ",") in text]


@pytest.fixture
def blinded(qtbot: QtBot, window: Window, answers: Answers, tmp_path: Path) -> Window:
    """A new blinded study, made in the dialog."""
    press(window, "start.new_study")
    box = dialog("new_study")
    write(box, "new_study.title", "Blinded")
    find(box, QRadioButton, "new_study.blinded").click()
    press(box, "new_study.act")
    assert "key file" in text_of(box, "new_study.problem")
    write(box, "new_study.key_file", str(tmp_path / "trial.mirocals-key"))
    write(box, "new_study.key_passphrase", PASSPHRASE)
    write(box, "new_study.key_again", "something else")
    press(box, "new_study.act")
    assert "not the same" in text_of(box, "new_study.problem")
    write(box, "new_study.key_again", PASSPHRASE)
    answers.target = tmp_path / "blinded.mirocals"
    press(box, "new_study.act")
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    return window


def test_that_no_screen_file_or_clipboard_tells_an_arm_until_unblinding(
    qtbot: QtBot, blinded: Window, answers: Answers, make_sheet: MakeSheet, tmp_path: Path
) -> None:
    window = blinded
    seen: list[str] = []

    def look(where: str) -> None:
        for widget in QApplication.topLevelWidgets():
            text = everything_said(widget)
            assert told(text) == [], f"{where}: {told(text)}"
            seen.append(text)

    box = open_import(qtbot, window, make_sheet("lab.xlsx", TABLE))
    look("import, columns")
    answer_all(qtbot, window, box)
    look("import, answered")
    press(box, "import.step.1")
    press(box, "import.step.3")
    look("import, review")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, window)

    snapshot = window.session.snapshot
    assert snapshot is not None
    assert len(snapshot.patients) == 3
    assert not snapshot.arms_visible
    assert window.findChild(QWidget, "chip.blinded") is not None
    for place in PAGES:
        window.commands.run(f"page:{place.code}")
        for patient in snapshot.patients.index:
            window.session.select(patient=str(patient))
            idle(qtbot, window)
            look(f"{place.code} of {patient}")
        for table in window.findChildren(TableView):
            table.view.selectAll()
            sheet = table.on_paper()
            paper = " ".join(
                sheet.text(row, n) for row in range(sheet.rows) for n in range(len(sheet.headers))
            )
            assert told(table.mime_data().text() + table.mime_data().html() + paper) == []
    sealed = snapshot.observations[snapshot.observations["sealed"]]
    assert set(sealed["variable"]) == {"arm", "treg_percent"}
    for _number, row in sealed.iterrows():
        window.session.select(patient=row["patient"], variable=row["variable"], observation=int(row["id"]))
        assert text_of(window, "inspector.value") == "received, sealed"
        press(window, "inspector.copy")
        assert told(QApplication.clipboard().text()) == []
        look("inspector")

    answers.target = tmp_path / "out.xlsx"
    window.commands.run("export_workbook")
    until(qtbot, lambda: (tmp_path / "out.xlsx").exists())
    idle(qtbot, window)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cells = "\n".join(str(c.value) for s in book.worksheets for row in s.iter_rows() for c in row)
    assert told(cells) == []
    assert "FR01-001" in cells
    assert "7.5" in "\n".join(seen)  # before the first dose a value may be seen: the search does find things

    window.commands.run("unblind")
    box = dialog("unblind")
    write(box, "unblind.key_file", str(tmp_path / "trial.mirocals-key"))
    write(box, "unblind.passphrase", "wrong passphrase")
    write(box, "unblind.reason", "Analysis of the closed study")
    press(box, "unblind.act")
    until(qtbot, lambda: "passphrase" in text_of(box, "unblind.problem"))
    write(box, "unblind.passphrase", PASSPHRASE)
    press(box, "unblind.act")
    until(qtbot, lambda: not is_open("unblind"))
    idle(qtbot, window)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.arms_visible
    assert snapshot.entries["kind"].iloc[-1] == "unblinded"
    assert window.findChild(QWidget, "chip.unblinded") is not None
    row = snapshot.observations
    arm = row[(row["patient"] == "FR01-001") & (row["variable"] == "treg_percent") & (row["visit"] == "V6")]
    window.session.select(patient="FR01-001", variable="treg_percent", observation=int(arm["id"].iloc[0]))
    assert told(text_of(window, "inspector.value")) == ["17.31"]
    assert told(everything_said(window)) != []
