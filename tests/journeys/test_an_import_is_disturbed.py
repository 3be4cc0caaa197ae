"""An import meets what happens at a desk: three files at once, another language, the smallest window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from import_driver import answer_all, make_study
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, idle, is_open, press, until

from mirocals_desktop.i18n import language
from mirocals_desktop.ui.dialogs.import_dialog import ImportDialog
from mirocals_desktop.ui.window import Window

MakeSheet = Callable[[str, Sequence[Sequence[object]]], Path]


def drop(window: Window, paths: Sequence[Path]) -> None:
    """Let files go over the window."""
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
    qtbot: QtBot, window: Window, answers: Answers, tmp_path: Path, make_sheet: MakeSheet
) -> None:
    make_study(qtbot, window, answers, tmp_path / "lyon.mirocals")
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
