"""A contact with a patient, or with somebody who knows: alive on a day, died on a day, or only a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study.contacts import KINDS, Contact, ContactKind, check_contact, record_contact
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import date_text, number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint_ledger import EndpointLedger


class ContactDialog(FormDialog):
    """Asks what was learnt, from whom, for which day; says what it will change before it is written."""

    def __init__(
        self,
        session: Session,
        patient: str,
        kind: ContactKind,
        parent: QWidget,
        *,
        ledger: EndpointLedger | None = None,
    ) -> None:
        title = _("Contact with patient {patient}").format(patient=patient)
        super().__init__("contact", title, _("Save"), parent)
        self._session = session
        self._patient = patient
        self._ledger = ledger
        self.kind = QComboBox(self)
        for code, text in KINDS.items():
            self.kind.addItem(_(text), code)
        self.kind.setCurrentIndex(list(KINDS).index(kind))
        self.add_field(_("What was learnt"), self.kind, "kind")
        self.day = QLineEdit(self)
        self.day.setText("" if kind == "died" else date_text(QDate.currentDate().toString("yyyy-MM-dd")))
        self.day.setPlaceholderText(_("Day, month and year"))
        self.add_field(_("Date"), self.day, "day")
        self.source = QComboBox(self)
        self.source.setEditable(True)
        self.source.addItems(
            [
                _("Call with the patient"),
                _("Call with the family"),
                _("Call with the general practitioner"),
                _("Hospital record"),
                _("Civil registry"),
            ]
        )
        self.source.setCurrentIndex(1 if kind == "died" else 0)
        self.add_field(_("Told by"), self.source, "source")
        self.note = QLineEdit(self)
        self.note.setPlaceholderText(_("Without names"))
        self.add_field(_("Note"), self.note, "note")
        self.echo = QLabel(self)
        self.echo.setWordWrap(True)
        self.echo.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.add_field("", self.echo, "echo")
        for changed in (self.kind.currentIndexChanged, self.day.textChanged, self.note.textChanged):
            changed.connect(self._echo)
        self.source.currentTextChanged.connect(self._echo)
        (self.note if kind == "note" else self.day).setFocus()
        self._echo()

    def submit(self) -> None:
        """Record it."""
        contact = self._read()
        snapshot = self._session.snapshot
        assert snapshot is not None  # the dialog belongs to an open study
        check_contact(snapshot, contact)
        self.wait()
        self._session.change(
            _("Recording a contact"),
            lambda study, _report: record_contact(study, contact),
            done=lambda _entry: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )

    def _read(self) -> Contact:
        from mirocals_desktop.importing.dates import read_date

        found = read_date(self.day.text().strip(), QDate.currentDate().year()).read("dmy")
        if found is None:
            raise AppError(
                _("This is no date of the calendar."), hint=_("Write day, month and year, or month and year.")
            )
        return Contact(
            self._patient,
            self.kind.currentData(),
            found.text,
            self.source.currentText().strip(),
            self.note.text().strip(),
        )

    def _echo(self) -> None:
        """Say what the contact will change, or why it cannot be recorded."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        try:
            contact = self._read()
            check_contact(snapshot, contact)
        except AppError as error:
            # What is not written yet is no mistake.
            unwritten = not self.day.text().strip() or (
                self.kind.currentData() == "note" and not self.note.text()
            )
            self.echo.setText("" if unwritten else error.message)
            self.echo.setStyleSheet(f"color: {theme.faint_colour()};")
            return
        lines = [self._understood(contact)]
        changed = self._change(contact)
        if changed:
            lines.append(changed)
        late = snapshot.options.data_cut is not None and contact.day > str(snapshot.options.data_cut)
        if late and contact.kind != "note":
            lines.append(
                _("The day lies after the data cut of {date}: it counts when the cut is moved.").format(
                    date=date_text(str(snapshot.options.data_cut))
                )
            )
        self.echo.setText(" ".join(lines))
        colour = theme.warning_colour() if late and contact.kind != "note" else theme.faint_colour()
        self.echo.setStyleSheet(f"color: {colour};")

    def _study_day(self, contact: Contact) -> float | None:
        """The day of the contact as the ledger counts; None where it cannot be told."""
        import numpy as np

        table = self._ledger.table if self._ledger is not None else None
        if table is None or contact.patient not in table.patients or len(contact.day) != 10:
            return None
        start = table.start_date[table.patients.index(contact.patient)]
        return float((np.datetime64(contact.day) - np.datetime64(start)).astype(int))

    def _understood(self, contact: Contact) -> str:
        """How the date is read, and which study day that is."""
        day = self._study_day(contact)
        if day is None:
            return _("Understood as {date}.").format(date=date_text(contact.day))
        return _("Understood as {date}, day {day}.").format(
            date=date_text(contact.day), day=number_text(day, 0)
        )

    def _change(self, contact: Contact) -> str:
        """How the survival at the horizon moves."""
        ledger, snapshot = self._ledger, self._session.snapshot
        if (
            ledger is None
            or ledger.table is None
            or ledger.survival is None
            or snapshot is None
            or contact.kind == "note"
        ):
            return ""
        day = self._study_day(contact)
        if day is None:
            return ""
        after = snapshot.options.data_cut is not None and contact.day > str(snapshot.options.data_cut)
        moved = None if after else ledger.settled(contact.patient, day, event=contact.kind == "died")
        if moved is None:
            return ""
        return _("S({day}) of all patients: {before} → {after}.").format(
            day=number_text(ledger.table.horizon or 0, 0),
            before=number_text(ledger.survival, 4),
            after=number_text(moved, 4),
        )
