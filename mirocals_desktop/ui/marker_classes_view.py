"""The classes of a marker as a table: who is in which, how near to a cut, whether repeated samples agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QVBoxLayout, QWidget

from mirocals_desktop.analysis.marker_classes import USUAL_CV, ClassTable, derive_class_table
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.biomarker_choices import labelled
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text, user_locale, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot


class MarkerClassesView(QWidget):
    """Shows a class table; `error_changed` when another assay error is to be assumed, `selected(id)`."""

    error_changed = Signal()
    selected = Signal(int)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("biomarkers.classes_view")
        self.error = QDoubleSpinBox(self)
        self.error.setObjectName("biomarkers.classes.error")
        self.error.setAccessibleName(_("Assay error (coefficient of variation)"))
        self.error.setRange(0.0, 60.0)
        self.error.setLocale(user_locale())
        self.error.setDecimals(1)
        self.error.setSuffix(" %")
        self.error.setValue(100 * USUAL_CV)
        self.error.valueChanged.connect(lambda _value: self.error_changed.emit())
        self.counts = QLabel(self)
        self.counts.setObjectName("biomarkers.classes.counts")
        self.counts.setWordWrap(True)
        self.counts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = TableView("biomarkers.classes", _("Classes"), self)
        self.table.selected.connect(lambda key: self.selected.emit(int(key)))
        add_export(self.table, session, lambda: _("Classes"))
        bar = QWidget(self)
        flow = FlowLayout(bar, gap=12)
        flow.addWidget(labelled(self.error, _("Assay error (CV)")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(bar)
        column.addWidget(self.counts)
        column.addWidget(self.table, 1)

    def compute(
        self, snapshot: Snapshot, variable: str, patients: Sequence[str]
    ) -> Callable[[object], tuple[Snapshot, ClassTable]]:
        """The work for the worker; `take` shows what comes of it."""
        cv = self.error.value() / 100

        def work(_report: object) -> tuple[Snapshot, ClassTable]:
            return snapshot, derive_class_table(snapshot, variable, cv=cv, patients=list(patients))

        return work

    def take(self, found: tuple[Snapshot, ClassTable]) -> None:
        """Show a class table."""
        snapshot, classes = found
        names = [*classes.labels, _("open: beyond a limit")]
        signs = list(classes.qualifier)
        near = [_("within the assay’s error") if one else "" for one in classes.near]
        decimals = 0 if all(float(value).is_integer() for value in classes.value) else 1
        columns = [
            Column("patient", _("Patient"), list(classes.patients)),
            Column("class", _("Class"), [names[index] for index in classes.index.tolist()]),
            Column("sign", "", signs, hidden=not any(signs)),
            Column("value", classes.label, classes.value, decimals, unit_text(classes.unit)),
            Column("visit", _("Visit"), [visit_text(snapshot.protocol, code) for code in classes.visit]),
            Column("cut", _("Nearest cut"), classes.cut, 0, unit_text(classes.unit)),
            Column("fold", _("Times the cut"), classes.fold, 2),
            Column("chance", _("Chance of the other side"), 100 * classes.chance, 1, "%"),
            Column("near", _("Near"), near),
            Column("samples", _("Samples"), classes.samples, 0),
            Column("same", _("In this class"), classes.same, 0),
            Column("lowest", _("Lowest"), classes.lowest, decimals, unit_text(classes.unit)),
            Column("highest", _("Highest"), classes.highest, decimals, unit_text(classes.unit)),
        ]
        empty = _("No patient shown has a value that makes a class.")
        self.table.show_columns(columns if classes.patients else [], classes.observation, empty=empty)
        self.counts.setText("  ".join((counts_text(classes), *classes.notes)))


def counts_text(classes: ClassTable) -> str:
    """How many patients each class has, how many stand near a cut, and how far repeats stray."""
    counts = ", ".join(
        titled(label, count) for label, count in zip(classes.labels, classes.counts.tolist(), strict=True)
    )
    near = int(classes.near.sum())
    said = ngettext(
        "{counts}. {count} patient stands within the assay’s error of a cut.",
        "{counts}. {count} patients stand within the assay’s error of a cut.",
        near,
    ).format(counts=counts, count=near)
    if classes.repeat_cv == classes.repeat_cv:
        said += " " + _("Repeated samples of a patient vary by {cv} % (CV).").format(
            cv=number_text(100 * classes.repeat_cv, 0)
        )
    return said
