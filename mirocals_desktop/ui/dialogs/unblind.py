"""Unblinding: key file, passphrase and reason; the entry is written before anything is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.session import Session


class UnblindDialog(FormDialog):
    """Opens the seals of the study until it is closed."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("unblind", _("Unblind the study"), _("Unblind"), parent)
        self._session = session
        self.add_text(
            _(
                "Arms and restricted values will be shown, here and now, until the study is closed. The "
                "audit trail keeps who unblinded, when and why, before anything is shown. "
                "This cannot be undone."
            ),
            "text",
        )
        self.key_file = QLineEdit(self)
        self.key_file.setObjectName("unblind.key_file")
        self.key_file.setAccessibleName(_("Key file"))
        browse = QPushButton(_("Browse…"), self)
        browse.setObjectName("unblind.browse")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.key_file, 1)
        row.addWidget(browse)
        self.passphrase = QLineEdit(self)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.reason = ReasonField(
            [
                _("Analysis of the closed study"),
                _("Safety of a patient"),
                _("Data monitoring committee"),
            ],
            self,
        )
        self.add_field(_("Key file"), place, "place")
        self.add_field(_("Passphrase"), self.passphrase, "passphrase")
        self.add_field(_("Reason"), self.reason, "reason")

    def submit(self) -> None:
        """Unblind, or say why it cannot be."""
        if not self.key_file.text().strip():
            raise AppError(_("The key file is missing."), hint=_("It was saved when the study was made."))
        path, passphrase = Path(self.key_file.text().strip()), self.passphrase.text()
        reason = self.reason.reason()
        self.wait()
        self._session.change(
            _("Unblinding"),
            lambda study, _report: study.unblind(path, passphrase, reason),
            done=lambda _nothing: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )

    def _browse(self) -> None:
        ask.files_to_open(
            self,
            lambda paths: self.key_file.setText(str(paths[0])),
            title=_("Choose the key file"),
            kinds=[_("Key files (*.mirocals-key)"), _("All files (*)")],
            folder=str(self._session.folder_for("key")),
        )
