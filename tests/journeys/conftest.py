"""The real window, and spreadsheets as a coordinator has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from import_driver import write_sheet
from PySide6.QtWidgets import QApplication
from window_driver import Answers, answers, qtbot

from mirocals_desktop import app as program
from mirocals_desktop.settings import Settings
from mirocals_desktop.ui.window import Window

__all__ = ["answers", "qtbot"]  # fixtures of both folders


@pytest.fixture
def window(qapp: QApplication, tmp_path: Path, answers: Answers) -> Iterator[Window]:
    sheet, palette = qapp.styleSheet(), qapp.palette()
    session, window = program.make_window(
        qapp,
        Settings(language="en", person="A. Martin", folder=str(tmp_path)),
        settings_path=tmp_path / "settings.json",
    )
    window.show()
    yield window
    session.shut_down()
    window.close()
    window.deleteLater()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)


@pytest.fixture
def make_sheet(tmp_path: Path) -> Callable[[str, Sequence[Sequence[object]]], Path]:
    """Write a workbook of one sheet: the rows as they are given."""

    def make(name: str, table: Sequence[Sequence[object]]) -> Path:
        return write_sheet(tmp_path / name, table)

    return make
