"""Who is due: the matrix of patients and visits, the list of visits to hold, and the findings to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.analysis.follow_up import (
    SOON_DAYS,
    STATE_NAMES,
    TOOK_PLACE,
    VisitState,
    order_by_action,
    state_name,
)
from mirocals_desktop.analysis.patient_status import status_name
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.visit_matrix import VisitMatrix
from mirocals_desktop.ui.plots.visit_signs import paint_sign
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, number_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.snapshot import Snapshot

_ACTION, _PATIENT, _SITE, _START = "action", "patient", "site", "start"
_DUE_TAB: Final = 0
_CHECKS_TAB: Final = 1
_NAMED: Final = 6  # visits that a sentence names; the others are in its tooltip


class FollowUpPage(Page):
    """Every planned visit of every patient, and what to do about those that are not there."""

    code: ClassVar[str] = "follow_up"
    icon: ClassVar[str] = "follow_up"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._snapshot: Snapshot | None = None
        self._overview: Overview | None = None

        self.order = QComboBox(self)
        self.order.setObjectName("follow_up.order")
        self.order.setAccessibleName(_("Order of the patients"))
        for code, text in (
            (_ACTION, _("What needs action first")),
            (_PATIENT, _("By patient")),
            (_SITE, _("By site")),
            (_START, _("By day 0, latest first")),
        ):
            self.order.addItem(text, code)
        self.order.currentIndexChanged.connect(lambda _index: self._show_rows())
        self.legend: dict[VisitState, StateButton] = {}
        legend = QWidget(self)
        flow = FlowLayout(legend, gap=2, line_gap=2)
        flow.addWidget(self.order)
        for state in STATE_NAMES:
            if state != VisitState.NOT_EXPECTED:
                button = self.legend[state] = StateButton(state, legend)
                button.toggled.connect(lambda _on: self._show_rows())
                flow.addWidget(button)
        self.note = QLabel(self)
        self.note.setObjectName("follow_up.note")
        self.note.setWordWrap(True)
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        self.sentence = QLabel(self)
        self.sentence.setObjectName("follow_up.sentence")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # a long one moves nothing
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.matrix = VisitMatrix("follow_up.matrix", self._sentence, self)
        self.matrix.pointed.connect(lambda row, column: self.sentence.setText(self._sentence(row, column)))
        self.matrix.chosen.connect(self._on_cell_chosen)
        self.matrix.opened.connect(self._open_row)
        self.nothing = QLabel(self)
        self.nothing.setObjectName("follow_up.nothing")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self._front = QStackedWidget(self)
        self._front.addWidget(self.matrix)
        self._front.addWidget(self.nothing)

        self.due = TableView("follow_up.due", _("Visits due and overdue"), self)
        self.due.selected.connect(self._on_due_selected)
        self.due.activated.connect(lambda _key: self.page_asked.emit("patient"))
        self.checks = TableView("follow_up.checks", _("Findings to look at"), self)
        self.checks.selected.connect(self._on_check_selected)
        self.checks.activated.connect(lambda _key: self.page_asked.emit("patient"))
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("follow_up.lists")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.due, "")
        self.tabs.addTab(self.checks, "")

        upper = QWidget(self)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(legend)
        column.addWidget(self.note)
        column.addWidget(self._front, 1)
        column.addWidget(self.sentence)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("follow_up.split")
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([460, 220])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(split)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Follow-up")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        Digest.of(self.session).ask(self, lambda overview: self._show(snapshot, overview))

    @override
    def show_selection(self, selection: Selection) -> None:
        overview = self._overview
        if overview is None or selection.patient not in overview.grid.patients:
            return
        current = self.matrix.current()
        column = current[1] if current is not None else 0
        for number, visit in enumerate(overview.grid.visits):
            if visit.code == selection.visit:
                column = number
        self.matrix.select(overview.grid.patients.index(selection.patient), column)

    def _show(self, snapshot: Snapshot, overview: Overview) -> None:
        self._snapshot, self._overview = snapshot, overview
        for state, button in self.legend.items():
            count = int(overview.grid.count(state).sum())
            usual = state in (VisitState.DONE, VisitState.OVERDUE) and overview.grid.planned
            button.setVisible(count > 0 or usual)
            took_place = state == VisitState.DONE and not overview.grid.planned
            button.setText(_("Took place") if took_place else state_name(state))
            button.show_count(count)
            with QSignalBlocker(button):
                button.setChecked(button.isChecked() and count > 0)
        self._show_rows()
        self._show_due(snapshot, overview)
        self._show_checks(snapshot, overview)
        digest = Digest.of(self.session)
        if digest.wanted_list:
            self.tabs.setCurrentIndex(_CHECKS_TAB if digest.wanted_list == "checks" else _DUE_TAB)
            digest.wanted_list = ""
        self.show_selection(self.session.selection)

    # The matrix

    def _rows(self, overview: Overview) -> npt.NDArray[np.int64]:
        """The rows of the grid to show, in the order that was chosen."""
        grid, statuses = overview.grid, overview.statuses
        order = self.order.currentData()
        rows = np.arange(len(grid.patients), dtype=np.int64)
        if order == _ACTION:
            rows = order_by_action(grid, statuses)
        elif order == _SITE and self._snapshot is not None and codes.SITE in self._snapshot.patients:
            sites = self._snapshot.patients[codes.SITE].reindex(statuses.index).fillna("").to_numpy(dtype=str)
            rows = np.argsort(sites, kind="stable")
        elif order == _START:
            origin = statuses["origin"].to_numpy(dtype="datetime64[D]")
            rows = np.argsort(origin, kind="stable")[::-1]
            rows = np.concatenate([rows[~np.isnat(origin[rows])], rows[np.isnat(origin[rows])]])
        wanted = [state for state, button in self.legend.items() if button.isChecked()]
        if wanted:
            rows = rows[np.isin(grid.state[rows], wanted).any(axis=1)]
        return rows

    def _show_rows(self) -> None:
        overview = self._overview
        if overview is None:
            return
        grid = overview.grid
        rows = self._rows(overview)
        why = ""
        if not grid.patients:
            why = _("No patient to show.")
        elif not grid.visits:
            why = _("No visit has been recorded yet. Import a visit tracker, or a file with visit dates.")
        elif not len(rows):
            why = _("No patient has a visit in this state.")
        self.nothing.setText(why)
        self._front.setCurrentIndex(1 if why else 0)
        self.matrix.show_grid(grid, rows)
        self.sentence.setText("" if why else _("Point at a sign to read it. Enter opens the patient."))
        note = ""
        if not grid.planned:
            note = _("No plan of visits fits this study, so visits stand in their order and nothing is due.")
        elif grid.left_out:
            note = _("No patient has had {visits}: this study seems not to keep them, so nobody is expected.")
            codes_left = [visit.code for visit in grid.left_out]
            note = note.format(visits=", ".join([*codes_left[:_NAMED], *["…"][: len(codes_left) > _NAMED]]))
            self.note.setToolTip(", ".join(codes_left))
        self.note.setText(note)
        self.note.setVisible(bool(note) and not why)

    def _sentence(self, row: int, column: int) -> str:
        """What a cell says: state, day, window, what was due and is lacking."""
        overview = self._overview
        if overview is None:
            return ""
        grid, completeness = overview.grid, overview.completeness
        visit, state = grid.visits[column], VisitState(grid.state[row, column])
        day, target = grid.actual[row, column], grid.target[row, column]
        words = state_name(state).lower()
        if state == VisitState.NOT_EXPECTED and (grid.over[row] or np.isnat(target)):
            words = _("nothing is expected") if grid.planned else _("no such visit")
        elif state in TOOK_PLACE and not grid.planned:
            words = _("took place")
        said = _("Patient {patient}, {visit}: {state}").format(
            patient=grid.patients[row], visit=visit.label, state=words
        )
        parts = [said]
        if not np.isnat(day):
            off = grid.days_off()[row, column]
            parts.append(date_text(str(day)))
            if off == off and off:
                later = ngettext("{count} day late", "{count} days late", int(abs(off)))
                early = ngettext("{count} day early", "{count} days early", int(abs(off)))
                parts.append((later if off > 0 else early).format(count=int(abs(off))))
        if not np.isnat(target):
            parts.append(
                _("planned {target}, window {first} to {last}").format(
                    target=date_text(str(target)),
                    first=date_text(str(grid.first[row, column])),
                    last=date_text(str(grid.last[row, column])),
                )
            )
        if state == VisitState.MISSED:
            reason = grid.reason[row, column]
            parts.append(_("reason: {reason}").format(reason=reason) if reason else _("no reason recorded"))
        if state in TOOK_PLACE:
            lacking = [
                str(variable.label)
                for place, variable in enumerate(completeness.variables)
                if completeness.due[place, column] and not completeness.has[place, row, column]
            ]
            parts.append(
                _("lacks {variables}").format(variables=", ".join(lacking)) if lacking else _("complete")
            )
        return ", ".join(parts)

    def _on_cell_chosen(self, row: int, column: int) -> None:
        if self._overview is not None:
            grid = self._overview.grid
            self.session.select(patient=grid.patients[row], visit=grid.visit_code(column))

    def _open_row(self, row: int) -> None:
        if self._overview is not None:
            current = self.matrix.current()
            visit = self._overview.grid.visit_code(current[1]) if current is not None else ""
            self.session.select(patient=self._overview.grid.patients[row], visit=visit)
            self.page_asked.emit("patient")

    # The lists

    def _show_due(self, snapshot: Snapshot, overview: Overview) -> None:
        due, statuses = overview.due, overview.statuses
        words = {
            "overdue": _("overdue"),
            "due": _("due"),
            "soon": _("opens within {days} days").format(days=SOON_DAYS),
        }
        patients = due["patient"].tolist()
        colours = [theme.error_colour() if state == "overdue" else "" for state in due["state"]]
        contact = statuses["last_contact"].reindex(patients)
        columns = [
            Column("patient", _("Patient"), patients),
            Column(
                "site", _("Site"), _facts_of(snapshot, codes.SITE, patients), hidden=not _has_sites(snapshot)
            ),
            Column("visit", _("Visit"), due["label"].tolist()),
            Column("state", _("State"), [words[state] for state in due["state"]], colours=colours),
            Column(
                "days",
                _("Days overdue"),
                [
                    float(days) if state == "overdue" else np.nan
                    for days, state in zip(due["days"], due["state"], strict=True)
                ],
                decimals=0,
            ),
            Column("target", _("Planned"), _iso(due["target"]), show=date_text),
            Column("first", _("Window from"), _iso(due["first"]), show=date_text),
            Column("last", _("Window to"), _iso(due["last"]), show=date_text),
            Column("contact", _("Last contact"), _iso(contact), show=date_text),
            Column("status", _("Status"), [status_name(s) for s in statuses["status"].reindex(patients)]),
        ]
        keys = list(zip(patients, due["visit"].tolist(), strict=True))
        self.due.show_columns(columns, keys, empty=_("No visit is due or overdue."))
        late = int((due["state"] == "overdue").sum())
        self.tabs.setTabText(
            _DUE_TAB,
            _("Due and overdue ({count}, {overdue} overdue)").format(
                count=number_text(len(due), 0), overdue=number_text(late, 0)
            ),
        )

    def _show_checks(self, snapshot: Snapshot, overview: Overview) -> None:
        protocol = snapshot.protocol
        names = {"error": _("error"), "warning": _("warning"), "note": _("note")}
        found: list[tuple[str, str, str, str, str, int]] = [
            (
                finding.severity,
                finding.patient,
                visit_text(protocol, finding.visit),
                variable_text(protocol, finding.variable),
                finding.message,
                finding.observations[0] if finding.observations else 0,
            )
            for finding in overview.findings
        ]
        limits = overview.outside_limits
        found.extend(_limit_finding(snapshot, row) for row in limits.to_dict("records"))
        order = {"error": 0, "warning": 1, "note": 2}
        found.sort(key=lambda row: order[row[0]])
        colours = [
            theme.error_colour()
            if row[0] == "error"
            else theme.warning_colour()
            if row[0] == "warning"
            else ""
            for row in found
        ]
        columns = [
            Column("severity", _("Severity"), [names[row[0]] for row in found], colours=colours),
            Column("patient", _("Patient"), [row[1] for row in found]),
            Column("visit", _("Visit"), [row[2] for row in found]),
            Column("variable", _("Variable"), [row[3] for row in found]),
            Column("message", _("What was found"), [row[4] for row in found]),
        ]
        self._found = [(row[1], row[5]) for row in found]
        self.checks.show_columns(
            columns,
            list(range(len(found))),
            empty=_("Nothing contradicts itself, and no value is outside its limits."),
        )
        self.tabs.setTabText(_CHECKS_TAB, _("To look at ({count})").format(count=number_text(len(found), 0)))

    def _on_due_selected(self, key: Any) -> None:
        patient, visit = key
        self.session.select(patient=patient, visit=visit)

    def _on_check_selected(self, key: Any) -> None:
        patient, number = self._found[int(key)]
        if not number or self._snapshot is None:
            self.session.select(patient=patient)
            return
        told = self._snapshot.observations
        row = told.iloc[int(np.flatnonzero(told["id"].to_numpy() == number)[0])]
        self.session.select(
            patient=patient,
            variable=str(row["variable"]),
            visit=str(row["visit"]),
            record=int(row["record"]),
            observation=number,
        )


class StateButton(QAbstractButton):
    """An entry of the legend: sign, name and count. Checked, it keeps the patients with such a visit."""

    def __init__(self, state: VisitState, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = state
        self.setObjectName(f"follow_up.state.{state.name.lower()}")
        self.setCheckable(True)
        self.setText(state_name(state))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._count = ""

    def show_count(self, count: int) -> None:
        """Show how many visits are in the state; with none there is nothing to filter by."""
        self._count = number_text(count, 0)
        self.setEnabled(count > 0)
        self.setAccessibleName(f"{self.text()}: {self._count}")
        self.setToolTip(_("Show the patients with a visit in this state"))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(f"{self.text()} {self._count}") + 44, metrics.height() + 8)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette, metrics = self.palette(), self.fontMetrics()
        if self.isChecked() or self.underMouse():
            painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Midlight))
        if self.hasFocus() or self.isChecked():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        side = self.height()
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        painter.save()
        paint_sign(
            painter, self.rect().adjusted(4, 0, side + 4 - self.width(), 0).toRectF(), self.state, palette
        )
        painter.restore()
        baseline = (self.height() - metrics.height()) // 2 + metrics.ascent()
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(side + 6, baseline, self.text())
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.drawText(side + 6 + metrics.horizontalAdvance(f"{self.text()} "), baseline, self._count)
        painter.end()


def _limit_finding(snapshot: Snapshot, row: dict[Any, Any]) -> tuple[str, str, str, str, str, int]:
    """A value outside its limits as a row of the list of findings."""
    variable = snapshot.protocol.variable(str(row["variable"]))
    assert variable is not None  # limits are those of the protocol
    limits = variable.impossible if row["impossible"] else variable.suspicious
    low = number_text(limits.low, None) if limits.low is not None else ""
    high = number_text(limits.high, None) if limits.high is not None else ""
    value = f"{row['qualifier']}{number_text(float(row['number']), None)} {variable.unit}".strip()
    if low and high:
        message = _("{value}, expected from {low} to {high}").format(value=value, low=low, high=high)
    elif low:
        message = _("{value}, expected {low} or more").format(value=value, low=low)
    else:
        message = _("{value}, expected {high} or less").format(value=value, high=high)
    return (
        "error" if row["impossible"] else "warning",
        str(row["patient"]),
        visit_text(snapshot.protocol, str(row["visit"])) or date_text(str(row["date"])),
        str(variable.label),
        message,
        int(row["id"]),
    )


def _has_sites(snapshot: Snapshot) -> bool:
    return codes.SITE in snapshot.patients.columns


def _facts_of(snapshot: Snapshot, variable: str, patients: list[str]) -> list[str]:
    if variable not in snapshot.patients.columns:
        return [""] * len(patients)
    return [str(text) for text in snapshot.patients[variable].reindex(patients).fillna("")]


def _iso(days: Any) -> list[str]:
    """ISO texts of a column of days; "" for none."""
    return ["" if np.isnat(day) else str(day) for day in np.asarray(days, dtype="datetime64[D]")]
