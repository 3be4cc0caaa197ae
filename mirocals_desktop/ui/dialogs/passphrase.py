"""The passphrase of an encrypted study file, and the password of a locked spreadsheet."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session


class PassphraseDialog(FormDialog):
    """Asks for the passphrase until it opens the file, or until the user turns away."""

    def __init__(self, session: Session, path: Path, parent: QWidget) -> None:
        super().__init__("passphrase", _("Open a protected study"), _("Open"), parent)
        self._session = session
        self._path = path
        self.add_text(_("{name} is protected by a passphrase.").format(name=path.name), "text")
        self.passphrase = QLineEdit(self)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field(_("Passphrase"), self.passphrase, "field")

    def submit(self) -> None:
        """Open the study."""
        if not self.passphrase.text():
            raise AppError(_("The passphrase is missing."))
        self.wait()
        self._session.open(
            self._path, passphrase=self.passphrase.text(), done=self.done_well, failed=self.fail
        )


class PasswordDialog(FormDialog):
    """Asks for the password of a locked spreadsheet; `given(password)` when there is one."""

    given = Signal(str)

    def __init__(self, error: AppError, parent: QWidget) -> None:
        super().__init__("password", _("Open a locked spreadsheet"), _("Open"), parent)
        self.add_text(str(error), "text")
        self.password = QLineEdit(self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.add_field(_("Password"), self.password, "field")

    def submit(self) -> None:
        """Hand the password on."""
        if not self.password.text():
            raise AppError(_("The password is missing."))
        self.given.emit(self.password.text())
        self.done_well()
