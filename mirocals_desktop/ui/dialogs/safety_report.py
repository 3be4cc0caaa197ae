"""That a serious adverse event was reported: on which day, at what time, how."""

from __future__ import annotations

from PySide6.QtCore import QDate, QTime
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study.reports import SafetyReport, check_report, record_report
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import date_text


class SafetyReportDialog(FormDialog):
    """Asks when and how one event of a patient was reported, and records it."""

    def __init__(self, session: Session, patient: str, record: int, parent: QWidget) -> None:
        title = _("Serious event of patient {patient} reported").format(patient=patient)
        super().__init__("safety_report", title, _("Save"), parent)
        self._session = session
        self._patient, self._record = patient, record
        self.day = QLineEdit(date_text(QDate.currentDate().toString("yyyy-MM-dd")), self)
        self.day.setPlaceholderText(_("Day, month and year"))
        self.add_field(_("Date"), self.day, "day")
        self.time = QLineEdit(QTime.currentTime().toString("HH:mm"), self)
        self.time.setPlaceholderText(_("14:30, or nothing when it is not known"))
        self.add_field(_("Time"), self.time, "time")
        self.told = QComboBox(self)
        self.told.setEditable(True)
        self.told.addItems(
            [
                _("E-mail to the sponsor"),
                _("Form sent to the sponsor"),
                _("Call to the sponsor"),
                _("Entered into the trial’s database"),
            ]
        )
        self.add_field(_("How"), self.told, "told")
        self.day.setFocus()

    def submit(self) -> None:
        """Record it."""
        report = self._read()
        snapshot = self._session.snapshot
        assert snapshot is not None  # the dialog belongs to an open study
        check_report(snapshot, report)
        self.wait()
        self._session.change(
            _("Recording a report"),
            lambda study, _report: record_report(study, report),
            done=lambda _entry: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )

    def _read(self) -> SafetyReport:
        from mirocals_desktop.importing.dates import read_date

        found = read_date(self.day.text().strip(), QDate.currentDate().year()).read("dmy")
        if found is None:
            raise AppError(_("This is no date of the calendar."), hint=_("Write day, month and year."))
        time = self.time.text().strip()
        if time and not QTime.fromString(time, "H:mm").isValid():
            raise AppError(_("This is no time of day."), hint=_("Write hours and minutes, such as 14:30."))
        return SafetyReport(self._patient, self._record, found.text, time, self.told.currentText().strip())
