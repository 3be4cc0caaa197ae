"""What the program says about itself and what it is made of."""

from __future__ import annotations

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.dialogs.about import AboutDialog


def test_that_about_names_every_library_with_its_licence_and_that_qt_may_be_replaced(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = AboutDialog(parent)
    listed = dialog.findChild(QPlainTextEdit, "about.libraries").toPlainText().splitlines()
    assert f"Qt {qVersion()}  (LGPL-3.0-only, PySide6_Essentials)" in listed
    assert any(line.startswith("pandas 2.") and line.endswith("(BSD-3-Clause)") for line in listed)
    assert len(listed) > 40
    assert "replace them" in dialog.findChild(QLabel, "about.replaceable").text()
