"""The list of patients: where each stands, when last seen, what is next, what stands out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.follow_up import TOOK_PLACE, VisitState
from mirocals_desktop.analysis.patient_status import (
    DIED,
    UNKNOWN,
    VITAL_ALIVE,
    VITAL_DEAD,
    VITAL_UNKNOWN,
    status_name,
)
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.evidence import evidence_text
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.query_words import mark_name
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, iso_days, variable_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.ui.facts import Facts

_FACTS: Final = (codes.SITE, codes.SEX, codes.AGE, codes.ONSET_SITE, codes.ARM)


class PatientsPage(Page):
    """Every patient that the filter lets through; Enter or a double click opens the patient's page."""

    code: ClassVar[str] = "patients"
    icon: ClassVar[str] = "patients"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.table = TableView("patients.table", _("Patients"), self)
        self.table.selected.connect(lambda patient: self.session.select(patient=patient))
        self.table.activated.connect(self._open)
        add_export(self.table, session, lambda: _("Patients"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.table)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Patients")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        facts = self.session.facts

        def prepare(overview: Overview) -> tuple[list[Column], list[str]]:
            return _columns(facts, snapshot, overview), list(overview.grid.patients)

        def show(prepared: tuple[list[Column], list[str]]) -> None:
            if self.session.snapshot is snapshot:
                self._show(snapshot, *prepared)

        Digest.of(self.session).ask_prepared(self, prepare, show)

    @override
    def show_selection(self, selection: Selection) -> None:
        if selection.patient:
            self.table.select(selection.patient)

    def _open(self, patient: str) -> None:
        self.session.select(patient=patient)
        self.page_asked.emit("patient")

    def _show(self, snapshot: Snapshot, columns: list[Column], patients: list[str]) -> None:
        if len(snapshot.patients):
            empty = _("No patient passes the filter. Choose Show all above.")
        else:
            empty = _("No patient yet. Import a spreadsheet, or drop one on the window.")
        self.table.show_columns(columns, patients, empty=empty)
        self.show_selection(self.session.selection)


def _columns(facts: Facts | None, snapshot: Snapshot, overview: Overview) -> list[Column]:
    """The columns of the list; facts that the study does not hold have none."""
    statuses, grid = overview.statuses, overview.grid
    patients = list(grid.patients)
    status = statuses["status"].tolist()
    look = {DIED: theme.faint_colour(), UNKNOWN: theme.warning_colour()}
    vital = {
        VITAL_ALIVE: _("alive"),
        VITAL_DEAD: _("dead"),
        VITAL_UNKNOWN: _("unknown"),
        "": "",
    }
    contact = iso_days(statuses["last_contact"])
    evidence = [
        evidence_text(snapshot, source, visit)
        for source, visit in zip(statuses["last_contact_from"], statuses["last_contact_visit"], strict=True)
    ]
    labels, days = _next_visits(overview)
    flags, tips = _flags(overview, patients)
    late_tip = _("Visits whose window has closed, and nothing says that the visit took place or was missed")
    held = np.isin(grid.state, TOOK_PLACE).sum(axis=1) + grid.others
    late = np.count_nonzero(grid.state == VisitState.OVERDUE, axis=1)
    known = _fact_columns(facts, snapshot, patients)
    return [
        Column("patient", _("Patient"), patients),
        Column(
            "status", _("Status"), [status_name(s) for s in status], colours=[look.get(s, "") for s in status]
        ),
        *(column for column in known if column.code == codes.SITE),
        Column("flags", _("To look at"), _positive(flags), decimals=0, tips=tips),
        *_mark_column(snapshot, patients),
        Column("overdue", _("Overdue"), _positive(late), decimals=0, tip=late_tip),
        Column("contact", _("Last contact"), contact, show=date_text, tips=evidence),
        Column("next", _("Next visit"), labels),
        Column("next_date", _("Planned"), days, show=date_text),
        *_alsfrs_columns(overview, patients),
        Column("visits", _("Visits"), held, decimals=0, tip=_("Visits that took place")),
        Column("origin", _("Day 0"), iso_days(statuses["origin"]), show=date_text),
        *(column for column in known if column.code != codes.SITE),
        Column("vital", _("Vital status"), [vital[v] for v in statuses["vital"]]),
        Column("death", _("Died"), iso_days(statuses["death"]), show=date_text, hidden=True),
        Column("evidence", _("Last contact known from"), evidence, hidden=True),
    ]


def _mark_column(snapshot: Snapshot, patients: list[str]) -> list[Column]:
    """The review mark of each patient; no column where none has one."""
    marks = snapshot.reviews.marks
    of = {mark.patient: mark for mark in marks if mark.mark and not (mark.visit or mark.observation)}
    if not of:
        return []
    texts = [mark_name(of[patient].mark) if patient in of else "" for patient in patients]
    tips = [of[patient].text if patient in of else "" for patient in patients]
    return [Column("mark", _("Mark"), texts, tips=tips)]


def _fact_columns(facts: Facts | None, snapshot: Snapshot, patients: list[str]) -> list[Column]:
    """Site, sex and the like, as far as the study holds them; and the class by the first marker."""
    columns = []
    for code in _FACTS:
        if code not in snapshot.patients.columns:
            continue
        variable = snapshot.protocol.variable(code)
        values = snapshot.patients[code].reindex(patients)
        title = variable_text(snapshot.protocol, code)
        hidden = code in (codes.SEX, codes.AGE)
        if variable is not None and variable.kind in ("number", "integer"):
            numbers = values.to_numpy(dtype=np.float64)
            columns.append(
                Column(code, title, numbers, decimals=0, unit=unit_text(variable.unit), hidden=hidden)
            )
            continue
        choices = (
            {choice.code: str(choice.label) for choice in variable.choices} if variable is not None else {}
        )
        texts = [choices.get(str(value), str(value)) for value in values.fillna("")]
        columns.append(Column(code, title, texts, hidden=hidden))
    if facts is not None and any(index >= 0 for index in facts.class_index.values()):
        marker = variable_text(snapshot.protocol, facts.class_variable)
        of = [facts.class_index.get(patient, -1) for patient in patients]
        texts = [facts.class_labels[index] if index >= 0 else "" for index in of]
        columns.append(Column("class", _("{marker} class").format(marker=marker), texts))
    return columns


def _alsfrs_columns(overview: Overview, patients: list[str]) -> list[Column]:
    """The last ALSFRS-R total and the slope of all totals; no column in a study without them."""
    rows = overview.assessments.rows
    rows = rows[rows["total"].notna()]
    if not len(rows):
        return []
    last = rows.drop_duplicates("patient", keep="last").set_index("patient")
    return [
        Column(
            "alsfrs",
            _("ALSFRS-R"),
            last["total"].reindex(patients).to_numpy(dtype=np.float64),
            decimals=0,
            tip=_("Last total"),
        ),
        Column(
            "slope",
            _("Slope"),
            np.array([overview.slopes.get(patient, math.nan) for patient in patients]),
            decimals=2,
            unit=_("per month"),
            tip=_("ALSFRS-R points per month, least squares over all totals"),
        ),
        Column(
            "dfs",
            _("Progression rate"),
            rows.drop_duplicates("patient")
            .set_index("patient")["progression"]
            .reindex(patients)
            .to_numpy(dtype=np.float64),
            decimals=2,
            unit=_("per month"),
            tip=_("(48 - first total) / months since symptom onset"),
            hidden=True,
        ),
        Column(
            "kings",
            _("King's stage"),
            last["kings"].reindex(patients).to_numpy(dtype=np.float64),
            decimals=0,
            hidden=True,
        ),
    ]


def _next_visits(overview: Overview) -> tuple[list[str], list[str]]:
    """The visit that each patient is due next, the open ones first: its name and planned day."""
    grid = overview.grid
    open_ones = np.isin(grid.state, (VisitState.OVERDUE, VisitState.DUE))
    coming = (grid.state == VisitState.NOT_EXPECTED) & (grid.first > grid.today)
    coming &= ~grid.over[:, None]
    labels, days = [], []
    for row in range(len(grid.patients)):
        wanted = open_ones[row] if open_ones[row].any() else coming[row]
        if wanted.any():
            column = int(np.argmax(wanted))
            labels.append(str(grid.visits[column].label))
            days.append(str(grid.target[row, column]))
        else:
            labels.append("")
            days.append("")
    return labels, days


def _flags(overview: Overview, patients: list[str]) -> tuple[list[int], list[str]]:
    """How many things to look at each patient has, and what they are."""
    messages: dict[str, list[str]] = {}
    for finding in overview.findings:
        messages.setdefault(finding.patient, []).append(finding.message)
    counts = overview.outside_limits["patient"].value_counts().to_dict()
    flags, tips = [], []
    for patient in patients:
        found, outside = messages.get(patient, []), int(counts.get(patient, 0))
        lines = found[:5]
        if outside:
            text = ngettext(
                "{count} value outside its limits", "{count} values outside their limits", outside
            )
            lines = [*lines, text.format(count=outside)]
        flags.append(len(found) + outside)
        tips.append("\n".join(lines))
    return flags, tips


def _positive(counts: Any) -> np.ndarray[Any, Any]:
    """Counts with nothing in place of 0, so that what there is stands out."""
    numbers = np.asarray(counts, dtype=np.float64)
    return np.where(numbers > 0, numbers, math.nan)
