"""An import meets what happens at a desk: three files at once, another language, the smallest window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from import_driver import answer_all, open_study, write_study
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot
from window_driver import dialog, idle, is_open, press, text_of, until

from mirocals_desktop.i18n import language
from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog
from mirocals_desktop.ui.window import Window

MakeSheet = Callable[[str, Sequence[Sequence[object]]], Path]


def drop(window: Window | ImportDialog, paths: Sequence[Path]) -> None:
    """Let files go over a window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(
        QDropEvent(
            QPoint(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def three_files(make_sheet: MakeSheet) -> list[Path]:
    patients = ["P01", "P02", "P03"]
    return [
        make_sheet("sex.xlsx", [["Patient", "Sex"], *([p, s] for p, s in zip(patients, "FMF", strict=True))]),
        make_sheet("birth.xlsx", [["Patient", "Age"], *([p, 50 + n] for n, p in enumerate(patients))]),
        make_sheet("site.xlsx", [["Patient", "Site"], *([p, "FR01"] for p in patients)]),
    ]


def test_that_three_dropped_files_are_one_import_in_whatever_language_it_ends(
    qtbot: QtBot, window: Window, tmp_path: Path, make_sheet: MakeSheet
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    drop(window, three_files(make_sheet))
    box = dialog("import")
    assert isinstance(box, ImportDialog)
    window.commands.run("language:fr")  # while the files are being read
    window.resize(window.minimumSize())
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, window)
    assert language() == "fr"
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, window)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert sorted(snapshot.patients.index) == ["P01", "P02", "P03"]
    assert (snapshot.entries["kind"] == "imported").sum() == 1
    assert set(snapshot.observations["file"]) == {"sex.xlsx", "birth.xlsx", "site.xlsx"}
    assert window.width() == window.minimumWidth()
    window.commands.run("language:en")
    idle(qtbot, window)


def test_that_a_file_dropped_on_an_open_import_joins_it_and_a_folder_stands_for_its_spreadsheets(
    qtbot: QtBot, window: Window, tmp_path: Path, make_sheet: MakeSheet
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    (tmp_path / "lab").mkdir()
    sex, birth, site = (path.rename(tmp_path / "lab" / path.name) for path in three_files(make_sheet))
    (tmp_path / "lab" / "~$sex.xlsx").write_bytes(b"a lock")
    (tmp_path / "lab" / "read me.pdf").write_bytes(b"%PDF-1.4")
    drop(window, [sex])
    box = dialog("import")
    assert isinstance(box, ImportDialog)
    drop(box, [birth, sex])  # while it is being read
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, window)
    assert files_of(box) == ["sex.xlsx", "birth.xlsx"]
    answer_all(qtbot, window, box)
    said = dict(box.draft.answers)
    drop(box, [site.parent])  # while it is looked at; those that are there already are not read twice
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, window)
    assert files_of(box) == ["sex.xlsx", "birth.xlsx", "site.xlsx"]
    assert said.items() <= box.draft.answers.items()
    (tmp_path / "none").mkdir()
    drop(box, [tmp_path / "none"])
    assert "There is no spreadsheet in none." in text_of(box, "import.problem")
    press(box, "import.cancel")
    until(qtbot, lambda: not is_open("import"))


def test_that_a_file_that_cannot_be_read_does_not_stop_the_others(
    qtbot: QtBot, window: Window, tmp_path: Path, make_sheet: MakeSheet
) -> None:
    open_study(qtbot, window, write_study(tmp_path / "lyon.mirocals"))
    sex, birth, _site = three_files(make_sheet)
    letter = tmp_path / "letter.xlsx"
    letter.write_bytes(b"%PDF-1.4 a letter")
    birth.unlink()  # between the drop and the reading
    drop(window, [letter, sex, birth])
    box = dialog("import")
    assert isinstance(box, ImportDialog)
    until(qtbot, lambda: box.review_made is not None)
    idle(qtbot, window)
    assert files_of(box) == ["sex.xlsx"]
    told = [b for b in QApplication.topLevelWidgets() if isinstance(b, QMessageBox) and b.isVisible()]
    assert sorted(one.text() for one in told) == [
        "birth.xlsx is not there, or is no file.",
        "letter.xlsx is a PDF document, not a spreadsheet.",
    ]
    for one in told:
        one.close()
    sex.unlink()  # between the reading and the import: what was read is imported
    answer_all(qtbot, window, box)
    press(box, "import.step.3")
    press(box, "import.next")
    until(qtbot, lambda: not is_open("import"))
    idle(qtbot, window)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert set(snapshot.observations["file"]) == {"sex.xlsx"}


def files_of(box: ImportDialog) -> list[str]:
    assert box.review_made is not None
    return [source.workbook.name for source in box.review_made.plan.sources]
