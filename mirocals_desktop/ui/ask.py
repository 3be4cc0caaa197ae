"""Which file, and are you sure: the four questions of the whole program. Tests put answers in their place.

Call them through the module (`ask.confirm(...)`), never by a name imported from it. Each returns at once and
calls `done` when the user has answered; nothing is called when the user turned away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from mirocals_desktop.i18n import _


def files_to_open(
    parent: QWidget,
    done: Callable[[list[Path]], None],
    *,
    title: str,
    kinds: Sequence[str],
    folder: str = "",
    many: bool = False,
) -> None:
    """Ask for existing files. `kinds` are Qt's filters: "Spreadsheets (*.xlsx *.csv)"."""
    dialog = QFileDialog(parent, title, folder, ";;".join(kinds))
    dialog.setObjectName("ask.open")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(lambda names: done([Path(name) for name in names]))
    dialog.open()


def file_to_save(
    parent: QWidget,
    done: Callable[[Path], None],
    *,
    title: str,
    kinds: Sequence[str],
    proposal: Path,
) -> None:
    """Ask where to write a file. The dialog itself asks before it takes a name that exists."""
    dialog = QFileDialog(parent, title, str(proposal.parent), ";;".join(kinds))
    dialog.setObjectName("ask.save")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix(proposal.suffix.removeprefix("."))
    dialog.selectFile(proposal.name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: done(Path(name)))
    dialog.open()


def folder(parent: QWidget, done: Callable[[Path], None], *, title: str, folder: str = "") -> None:
    """Ask for a folder that exists."""
    dialog = QFileDialog(parent, title, folder)
    dialog.setObjectName("ask.folder")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: done(Path(name)))
    dialog.open()


def confirm(parent: QWidget, done: Callable[[], None], *, title: str, text: str, yes: str) -> None:
    """Ask before something that is hard to take back; `yes` is the verb on the button ("Withdraw")."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, title, parent=parent)
    box.setObjectName("ask.confirm")
    box.setInformativeText(text)
    go = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    go.setObjectName("ask.confirm.yes")
    stay = box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole)
    stay.setObjectName("ask.confirm.no")
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda button: done() if button is go else None)
    box.open()
