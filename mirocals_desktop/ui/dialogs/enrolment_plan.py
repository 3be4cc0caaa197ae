"""The plan that enrolment is read against: how many patients, from when to when."""

from __future__ import annotations

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.study.enrolment_plan import EnrolmentPlan, check_plan, record_plan
from mirocals_desktop.ui.dialogs.form import FormDialog
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import date_text


class EnrolmentPlanDialog(FormDialog):
    """Asks for the plan and keeps it in the study."""

    def __init__(self, session: Session, plan: EnrolmentPlan | None, parent: QWidget) -> None:
        super().__init__("enrolment_plan", _("Plan of enrolment"), _("Keep"), parent)
        self._session = session
        self.patients = QSpinBox(self)
        self.patients.setRange(1, 100_000)
        self.patients.setValue(plan.patients if plan is not None else 100)
        self.add_field(_("Patients to randomise"), self.patients, "patients")
        self.first = QLineEdit(date_text(plan.first) if plan is not None else "", self)
        self.last = QLineEdit(date_text(plan.last) if plan is not None else "", self)
        for field, label, name in ((self.first, _("From"), "first"), (self.last, _("To"), "last")):
            field.setPlaceholderText(_("Day, month and year"))
            self.add_field(label, field, name)

    def submit(self) -> None:
        """Keep it."""
        plan = EnrolmentPlan(self.patients.value(), _day(self.first.text()), _day(self.last.text()))
        check_plan(plan)
        self.wait()
        self._session.change(
            _("Keeping the plan of enrolment"),
            lambda study, _report: record_plan(study, plan),
            done=lambda _entry: self.done_well(),
            failed=self.fail,
            cancelled=self.stopped,
        )


def _day(text: str) -> str:
    from mirocals_desktop.importing.dates import read_date

    found = read_date(text.strip(), QDate.currentDate().year()).read("dmy")
    if found is None:
        raise AppError(_("This is no date of the calendar."), hint=_("Write day, month and year."))
    return found.text
