"""A new study: its protocol, its title, who works with it, and whether it is blinded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.dialogs.person import role_field
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study


class NewStudyDialog(FormDialog):
    """Asks, then makes the study file; `made` comes when the study is open."""

    made = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("new_study", _("New study"), _("Create…"), parent)
        self._session = session
        self._protocols: list[str] = []
        self.protocol = QComboBox(self)
        self.title = QLineEdit(self)
        self.person = QLineEdit(session.person, self)
        self.role = role_field(session.settings.role, self)
        self.add_field(_("Protocol"), self.protocol, "protocol")
        self.add_field(_("Title"), self.title, "title")
        self.add_field(_("Your name"), self.person, "person")
        self.add_field(_("Your role"), self.role, "role")
        self._offer_protocols()
        self.protocol.activated.connect(self._on_protocol)
        self._add_blinding()
        self._add_encryption()
        self._on_blinding()
        self.title.setFocus()

    def _offer_protocols(self) -> None:
        from mirocals_desktop.protocol.reader import load_protocol, shipped_protocols

        for name in sorted(shipped_protocols(), key=lambda name: (name != "mirocals", name)):
            self._protocols.append(name)
            self.protocol.addItem(str(load_protocol(name).title))
        self.protocol.addItem(_("From a file…"))
        self._take_title()

    def _add_blinding(self) -> None:
        box = QWidget(self)
        lines = QVBoxLayout(box)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        self.unblinded = QRadioButton(_("Open: everything is shown"), box)
        self.unblinded.setObjectName("new_study.unblinded")
        self.blinded = QRadioButton(_("Blinded: arms and restricted values are sealed as they come in"), box)
        self.blinded.setObjectName("new_study.blinded")
        self.unblinded.setChecked(True)
        group = QButtonGroup(box)
        for button in (self.unblinded, self.blinded):
            group.addButton(button)
            lines.addWidget(button)
        self.blinded.toggled.connect(self._on_blinding)
        self.add_field(_("Blinding"), box, "blinding")
        self.key_file = QLineEdit(self)
        browse = QPushButton(_("Browse…"), self)
        browse.setObjectName("new_study.browse")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.key_file, 1)
        row.addWidget(browse)
        self.key_file.setObjectName("new_study.key_file")
        self.key_file.setAccessibleName(_("Key file"))
        self.key_file.setPlaceholderText(_("Keep it apart from the study: it alone opens the seals"))
        self.key_passphrase, self.key_again = _passphrase(self), _passphrase(self)
        self.add_field(_("Key file"), place, "key_place")
        self.add_field(_("Its passphrase"), self.key_passphrase, "key_passphrase")
        self.add_field(_("Once more"), self.key_again, "key_again")
        self._key_rows = (place, self.key_passphrase, self.key_again)

    def _add_encryption(self) -> None:
        self.encrypted = QCheckBox(_("Protect the study file with a passphrase"), self)
        self.passphrase, self.again = _passphrase(self), _passphrase(self)
        self.add_field("", self.encrypted, "encrypted")
        self.encrypted.setAccessibleName(self.encrypted.text())
        self.add_field(_("Passphrase"), self.passphrase, "passphrase")
        self.add_field(_("Once more"), self.again, "again")
        self.encrypted.toggled.connect(self._on_blinding)

    def submit(self) -> None:
        """Ask where the study shall be, and make it there."""
        title = self.title.text().strip()
        if not title:
            self.title.setFocus()
            raise AppError(_("The study needs a title."))
        if not self.person.text().strip():
            self.person.setFocus()
            raise AppError(_("The audit trail needs your name."))
        if self.blinded.isChecked():
            if not self.key_file.text().strip():
                self.key_file.setFocus()
                raise AppError(_("A blinded study needs a key file."), hint=_("Choose where to keep it."))
            _check_pair(self.key_passphrase, self.key_again)
        if self.encrypted.isChecked():
            _check_pair(self.passphrase, self.again)
        folder = self._session.folder_for("study", otherwise=_documents())
        name = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in title).strip()
        ask.file_to_save(
            self,
            self._make,
            title=_("Where shall the study be?"),
            kinds=[_("Studies (*.mirocals)")],
            proposal=folder / f"{name or 'study'}.mirocals",
        )

    def _make(self, path: Path) -> None:
        protocol = self._protocols[self.protocol.currentIndex()]
        title = self.title.text().strip()
        blinded = self.blinded.isChecked()
        key_file = Path(self.key_file.text().strip()) if blinded else None
        key_passphrase = self.key_passphrase.text() if blinded else None
        passphrase = self.passphrase.text() if self.encrypted.isChecked() else None
        self._session.update_settings(person=self.person.text().strip(), role=self.role.currentText().strip())
        person, role = self._session.person, self._session.settings.role

        def work(report: Report) -> tuple[Study, Snapshot]:
            from mirocals_desktop.protocol.reader import protocol_text
            from mirocals_desktop.study.study import Study

            report(0.0, _("Making the study"))
            study = Study.create(
                path,
                protocol_text(protocol),
                title=title,
                person=person,
                role=role,
                blinded=blinded,
                key_file=key_file,
                key_passphrase=key_passphrase,
                passphrase=passphrase,
            )
            return study, study.snapshot()

        def opened() -> None:
            self.done_well()
            self.made.emit()

        self.wait()
        self._session.take(_("Making the study"), work, done=opened, failed=self.fail)

    def _on_protocol(self, index: int) -> None:
        if index < len(self._protocols):
            self._take_title()
            return
        self.protocol.setCurrentIndex(0)
        ask.files_to_open(
            self,
            lambda paths: self._add_protocol(paths[0]),
            title=_("Choose a protocol"),
            kinds=[_("Protocols (*.toml)")],
            folder=str(self._session.folder_for("key")),
        )

    def _add_protocol(self, path: Path) -> None:
        from mirocals_desktop.protocol.reader import load_protocol

        try:
            protocol = load_protocol(path)
        except AppError as error:
            self.fail(error)
            return
        self.problem.hide()
        self._protocols.append(str(path))
        self.protocol.insertItem(self.protocol.count() - 1, str(protocol.title))
        self.protocol.setCurrentIndex(len(self._protocols) - 1)
        self._take_title()

    def _take_title(self) -> None:
        if not self.title.isModified():
            self.title.setText(self.protocol.currentText())

    def _on_blinding(self) -> None:
        for widget in self._key_rows:
            self.form.setRowVisible(widget, self.blinded.isChecked())
        for widget in (self.passphrase, self.again):
            self.form.setRowVisible(widget, self.encrypted.isChecked())

    def _browse(self) -> None:
        ask.file_to_save(
            self,
            lambda path: self.key_file.setText(str(path)),
            title=_("Where shall the key file be?"),
            kinds=[_("Key files (*.mirocals-key)")],
            proposal=Path(_documents()) / f"{self.title.text().strip() or 'study'}.mirocals-key",
        )


def _passphrase(parent: QWidget) -> QLineEdit:
    field = QLineEdit(parent)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _check_pair(first: QLineEdit, second: QLineEdit) -> None:
    if not first.text():
        first.setFocus()
        raise AppError(_("The passphrase is missing."))
    if first.text() != second.text():
        second.setFocus()
        raise AppError(_("The two passphrases are not the same."), hint=_("Type them again."))


def _documents() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
