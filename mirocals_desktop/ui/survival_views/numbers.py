"""The tables of the survival page: groups and comparisons, every step of the curves, every patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.endpoint import outcome_name
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.dialogs.option import OptionDialog
from mirocals_desktop.ui.plots.survival_conventions import method_html
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.survival_tables import group_columns, patient_columns, step_columns, test_columns
from mirocals_desktop.ui.survival_views.curves import text_browser
from mirocals_desktop.ui.survival_views.frame import Answer, SurvivalView
from mirocals_desktop.ui.table import TableView

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint import Outcome


class NumbersView(SurvivalView):
    """A table of the groups, one of the comparisons, and how each number is computed."""

    code: ClassVar[str] = "numbers"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.groups = TableView("survival.groups", _("Survival by group"), self)
        self.tests = TableView("survival.tests", _("Comparisons"), self)
        self.method = text_browser("survival.method", _("How the numbers are computed"), self)
        copy = QPushButton(_("Copy table"), self)
        copy.setObjectName("survival.copy_groups")
        copy.clicked.connect(lambda _checked=False: self.groups.copy())
        self.groups.bar.insertWidget(3, copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.groups, 3)
        column.addWidget(self.tests, 4)
        column.addWidget(self.method, 2)

    @override
    def show_answer(self, answer: Answer) -> None:
        assert answer.analysis is not None
        self.groups.show_columns(group_columns(answer.analysis))
        self.tests.show_columns(
            test_columns(answer.analysis), empty=_("There are not two groups to compare.")
        )
        for table in (self.groups, self.tests):
            table.view.resizeColumnsToContents()  # a few rows, whose names are others with each grouping
        self.method.setHtml(method_html(answer.analysis))

    @override
    def show_nothing(self, why: str) -> None:
        for table in (self.groups, self.tests):
            table.show_columns([], empty=why)
        self.method.setPlainText("")


class StepsView(SurvivalView):
    """Every day on which a curve steps or somebody is censored."""

    code: ClassVar[str] = "steps"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.steps = _whole_table(self, "survival.steps.table", _("Every step of the curves"))

    @override
    def show_answer(self, answer: Answer) -> None:
        assert answer.analysis is not None
        self.steps.show_columns(step_columns(answer.analysis))

    @override
    def show_nothing(self, why: str) -> None:
        self.steps.show_columns([], empty=why)


class PatientsView(SurvivalView):
    """When each patient's time stops and why; here a patient is left out of analysis, or counted again."""

    code: ClassVar[str] = "patients"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.patients = _whole_table(self, "survival.patients.table", _("Whose time stops when, and why"))
        self.patients.selected.connect(self._on_patient)
        self.patients.activated.connect(self.open_patient)
        self.leave_out = QPushButton(_("Leave out of analysis…"), self)
        self.leave_out.setObjectName("survival.leave_out")
        self.leave_out.clicked.connect(lambda _checked=False: self._ask_leave_out())
        self.patients.bar.insertWidget(3, self.leave_out)

    @override
    def show_answer(self, answer: Answer) -> None:
        assert answer.analysis is not None
        columns = patient_columns(answer.design.snapshot, answer.analysis)
        self.patients.show_columns(columns, columns[0].values)
        self.leave_out.setEnabled(self.session.as_of is None)  # what was cannot be changed

    @override
    def show_nothing(self, why: str) -> None:
        self.patients.show_columns([], empty=why)
        self.leave_out.setEnabled(False)

    @override
    def show_selection(self, selection: Selection) -> None:
        if selection.patient:
            self.patients.select(selection.patient)
        self._name_leave_out()

    @override
    def show_detail(self, detail: str) -> None:
        """Show the patients whose time stops in this way."""
        self.patients.filter.setText(outcome_name(cast("Outcome", detail)))
        self.patients.apply_filter()

    def _on_patient(self, patient: str) -> None:
        self.session.select(patient=patient)
        self._name_leave_out()

    def _name_leave_out(self) -> None:
        """Say what the button would do with the selected patient."""
        snapshot, patient = self.session.snapshot, self.patients.current_key()
        excluded = snapshot is not None and patient in snapshot.options.excluded
        self.leave_out.setText(_("Count again…") if excluded else _("Leave out of analysis…"))

    def _ask_leave_out(self) -> None:
        """Leave the selected patient out of every analysis, or count it again."""
        snapshot, patient = self.session.snapshot, self.patients.current_key()
        if snapshot is None or patient is None:
            return
        excluded = set(snapshot.options.excluded)
        if patient in excluded:
            text = _("Patient {patient} counts again in every analysis.").format(patient=patient)
            reasons = [_("Left out by mistake"), _("The doubt was resolved")]
        else:
            text = _("Patient {patient} is left out of every analysis.").format(patient=patient)
            reasons = [_("Not eligible"), _("Never treated"), _("Consent withdrawn for the data")]
        OptionDialog(
            self.session, "excluded", sorted(excluded ^ {patient}), text=text, reasons=reasons, parent=self
        ).open()


def _whole_table(view: SurvivalView, name: str, label: str) -> TableView:
    """A table that is all there is to a view."""
    table = TableView(name, label, view)
    column = QVBoxLayout(view)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(table)
    return table
