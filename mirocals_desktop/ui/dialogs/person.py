"""Who works with the study: the name and role that sign audit entries."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session


def role_field(role: str, parent: QWidget) -> QComboBox:
    """The usual roles, or one's own words."""
    field = QComboBox(parent)
    field.setEditable(True)
    field.addItems(
        [
            _("central coordinator"),
            _("site coordinator"),
            _("data manager"),
            _("investigator"),
            _("statistician"),
            _("monitor"),
            _("auditor"),
        ]
    )
    field.setCurrentText(_(role))
    return field


class PersonDialog(FormDialog):
    """Asks for name and role; entries made before keep theirs."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("person", _("Who works here"), _("Save"), parent)
        self._session = session
        self.add_text(_("This name and role sign every entry of the audit trail from now on."), "text")
        self.person = QLineEdit(session.person, self)
        self.role = role_field(session.settings.role, self)
        self.add_field(_("Your name"), self.person, "name")
        self.add_field(_("Your role"), self.role, "role")

    def submit(self) -> None:
        """Keep name and role."""
        person = self.person.text().strip()
        if not person:
            raise AppError(_("The audit trail needs your name."))
        role = self.role.currentText().strip()
        self._session.update_settings(person=person, role=role)
        study = self._session.study
        if study is not None:
            self._session.jobs.start(
                _("Signing as {person}").format(person=person),
                lambda _report: study.sign_as(person=person, role=role),
                quiet=True,
            )
        self.done_well()
