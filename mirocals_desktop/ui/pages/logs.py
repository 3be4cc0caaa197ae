"""The logs as tables: doses, samples, adverse events, medication, deviations, each with its own checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QPushButton, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.logs import CLOCKS, OPEN_CLOCKS, SAMPLE_STATES, WITHOUT_RESULT, LogTable
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.safety_report import SafetyReportDialog
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.protocol.model import Variable
    from mirocals_desktop.study.snapshot import Snapshot

ORDER: Final = (
    codes.LOG_DOSE,
    codes.LOG_SAMPLE,
    codes.LOG_ADVERSE_EVENT,
    codes.LOG_MEDICATION,
    codes.LOG_DEVIATION,
)
_OPEN: Final = {codes.LOG_SAMPLE: "samples", codes.LOG_ADVERSE_EVENT: "clocks"}
"""What the overview asks for by name: the samples without result, the clocks that nobody stopped."""
_DERIVED_AFTER: Final = {
    codes.LOG_DOSE: "dose_taken",
    codes.LOG_SAMPLE: "sample_type",
    codes.LOG_ADVERSE_EVENT: "ae_serious",
}
"""The column of the log that what was derived stands behind; the last one where none is named."""


class LogsPage(Page):
    """One tab for each log that the study keeps; only the tab in front is filled."""

    code: ClassVar[str] = "logs"
    icon: ClassVar[str] = "table"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._snapshot: Snapshot | None = None
        self._overview: Overview | None = None
        self._filled: set[str] = set()
        self._rows: dict[str, np.ndarray[Any, Any]] = {}
        self.tables: dict[str, TableView] = {}
        self.only: dict[str, QCheckBox] = {}
        self.open_ones: dict[str, QCheckBox] = {}
        self.reported = QPushButton(_("Reported…"), self)
        self.reported.setObjectName("logs.reported")
        self.reported.hide()  # until there is a tab of adverse events
        self.reported.setToolTip(_("Record when the selected serious event was reported: its 24 hours stop"))
        self.reported.clicked.connect(lambda _checked=False: self._ask_report())
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("logs.tabs")
        self.tabs.setAccessibleName(_("Logs"))
        self.tabs.setDocumentMode(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)  # where there is no room, two arrows lead on
        self.tabs.currentChanged.connect(lambda _index: self._fill())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.tabs)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Logs")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        Digest.of(self.session).ask(self, lambda overview: self._show(snapshot, overview))

    @override
    def show_selection(self, selection: Selection) -> None:
        code = self._current()
        table = self._overview.logs.tables.get(code) if self._overview is not None else None
        if table is None or not selection.observation or code not in self._filled:
            return
        if selection.observation in table.observation:
            self.tables[code].select(int(selection.observation))
        if code == codes.LOG_ADVERSE_EVENT:
            self.reported.setEnabled(self._serious_record() is not None)

    def _current(self) -> str:
        """The log whose tab is in front; "" when there is none."""
        widget = self.tabs.currentWidget()
        return widget.objectName().removeprefix("logs.") if widget is not None else ""

    def _show(self, snapshot: Snapshot, overview: Overview) -> None:
        self._snapshot, self._overview = snapshot, overview
        self._filled = set()
        names = {log.code: str(log.label) for log in snapshot.protocol.logs}
        kept = [code for code in dict.fromkeys((*ORDER, *names)) if code in names]
        for code in kept:
            if code not in self.tables:
                self._add(code, names[code])
            table = overview.logs.tables.get(code)
            count = len(table.rows) if table is not None else 0
            place = self.tabs.indexOf(self.tables[code])
            text = _("{log} ({count})").format(log=names[code], count=number_text(count, 0))
            self.tabs.setTabText(place, text)
            self.tabs.setTabToolTip(place, text)
        self._open_wanted()
        self._fill()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._overview is not None:  # the number may be followed a second time: nothing else is new
            self._open_wanted()

    def _open_wanted(self) -> None:
        """Bring the log to the front that a followed number asks for, with the rows that it counts."""
        wanted = Digest.of(self.session).take_wanted(self.code)
        log = next((code for code, name in _OPEN.items() if name == wanted), "")
        if log in self.tables:
            self.open_ones[log].setChecked(True)
            self.tabs.setCurrentWidget(self.tables[log])

    def _serious_record(self) -> tuple[str, int] | None:
        """Patient and record of the selected serious event, while it can be written on."""
        table = self._overview.logs.tables.get(codes.LOG_ADVERSE_EVENT) if self._overview else None
        view = self.tables.get(codes.LOG_ADVERSE_EVENT)
        if table is None or view is None or self.session.as_of is not None:
            return None
        key = view.current_key()
        found = np.flatnonzero(table.observation == (key or -1))
        if not len(found) or not table.rows["clock"].iloc[int(found[0])]:
            return None
        row = table.rows.iloc[int(found[0])]
        return str(row["patient"]), int(row["record"])

    def _ask_report(self) -> None:
        record = self._serious_record()
        if record is not None:
            SafetyReportDialog(self.session, *record, self).open()

    def _add(self, code: str, name: str) -> None:
        table = self.tables[code] = TableView(f"logs.{code}", name, self)
        table.selected.connect(self._on_selected)
        table.activated.connect(lambda _key: self.page_asked.emit("patient"))
        self.only[code] = self._toggle(table, "checks", _("Only what a check found"))
        if code in _OPEN:
            text = _("Only without result") if code == codes.LOG_SAMPLE else _("Only to report")
            self.open_ones[code] = self._toggle(table, "open", text)
        if code == codes.LOG_ADVERSE_EVENT:
            table.bar.insertWidget(2, self.reported)
            self.reported.show()
        add_export(table, self.session, lambda: name)
        self.tabs.addTab(table, name)

    def _toggle(self, table: TableView, name: str, text: str) -> QCheckBox:
        box = QCheckBox(text, table)
        box.setObjectName(f"{table.objectName()}.{name}")
        box.toggled.connect(lambda _on: self._fill(anew=True))
        table.bar.insertWidget(2, box)
        return box

    def _fill(self, *, anew: bool = False) -> None:
        """Fill the table in front, if it is not."""
        code = self._current()
        snapshot, overview = self._snapshot, self._overview
        if snapshot is None or overview is None or not code or (code in self._filled and not anew):
            return
        self._filled.add(code)
        whole = overview.logs.tables.get(code)
        view = self.tables[code]
        if whole is None:
            name = self.tabs.tabText(self.tabs.indexOf(view))
            nothing = _("{log}: nothing is recorded. Import a table with one row for each.")
            view.show_columns([], empty=nothing.format(log=name))
            return
        table = whole.narrowed(self._wanted(code, whole))
        empty = _("No record to show. Take the filter off to see all.")
        view.show_columns(log_columns(snapshot, table), table.observation.tolist(), empty=empty)
        self.reported.setEnabled(self._serious_record() is not None)
        self.show_selection(self.session.selection)

    def _wanted(self, code: str, table: LogTable) -> np.ndarray[Any, np.dtype[np.bool_]]:
        keep = np.ones(len(table.rows), dtype=np.bool_)
        if self.only[code].isChecked():
            keep &= np.array([bool(found) for found in table.checks], dtype=np.bool_)
        if code in self.open_ones and self.open_ones[code].isChecked():
            if code == codes.LOG_SAMPLE:
                keep &= table.rows["state"].isin(WITHOUT_RESULT).to_numpy(dtype=bool)
            else:
                keep &= table.rows["clock"].isin(OPEN_CLOCKS).to_numpy(dtype=bool)
        return keep

    def _on_selected(self, key: Any) -> None:
        self.session.select_observation(int(key))


def log_columns(snapshot: Snapshot, table: LogTable) -> list[Column]:
    """The log's own variables in the protocol's order, what was derived of them, and what was found."""
    rows = table.rows
    columns = [Column("patient", _("Patient"), rows["patient"].tolist())]
    own = snapshot.protocol.of_scope("log", log=table.log)
    columns += [_own_column(variable, rows[variable.code]) for variable in own if variable.code in rows]
    after = next((n for n, column in enumerate(columns) if column.code == _DERIVED_AFTER.get(table.log)), -1)
    place = after + 1 if after >= 0 else len(columns)
    columns[place:place] = _derived_columns(table)
    texts = [" ".join(found) for found in table.checks]
    colours = [theme.warning_colour() if text else "" for text in texts]
    place = 1 if any(texts) else len(columns)
    columns.insert(place, Column("checks", _("Check"), texts, colours=colours, tips=texts))
    return columns


def _own_column(variable: Variable, values: Any) -> Column:
    title = str(variable.label)
    if variable.kind in ("number", "integer"):
        decimals = variable.decimals if variable.kind == "number" else 0
        unit = "" if title.endswith(")") else unit_text(variable.unit)  # the name tells it
        return Column(variable.code, title, values.to_numpy(dtype=np.float64), decimals=decimals, unit=unit)
    texts = [str(text) for text in values.fillna("")]
    if variable.kind == "date":
        return Column(variable.code, title, texts, show=date_text)
    names = {choice.code: str(choice.label) for choice in variable.choices}
    return Column(variable.code, title, [names.get(text, text) for text in texts])


def _derived_columns(table: LogTable) -> list[Column]:
    rows = table.rows
    if table.log == codes.LOG_DOSE:
        return [
            Column(
                "missed",
                _("Doses missed"),
                rows["missed"].to_numpy(dtype=np.float64),
                0,
                tip=_("Dispensed less given"),
            ),
            Column(
                "balance",
                _("Balance"),
                rows["balance"].to_numpy(dtype=np.float64),
                0,
                tip=_("Dispensed less given less returned"),
            ),
            Column("since", _("Days since cycle before"), rows["since"].to_numpy(dtype=np.float64), 0),
        ]
    if table.log == codes.LOG_SAMPLE:
        return [
            Column("state", _("State"), [_(SAMPLE_STATES[state]) for state in rows["state"]]),
            Column(
                "waiting",
                _("Days waiting"),
                rows["waiting"].to_numpy(dtype=np.float64),
                0,
                tip=_("Days since its last step, until it has a result"),
            ),
        ]
    if table.log == codes.LOG_ADVERSE_EVENT:
        return [
            Column("clock", _("24 h clock"), [_(CLOCKS[clock]) if clock else "" for clock in rows["clock"]]),
            Column("due", _("Report by"), rows["due"].tolist(), show=_moment_text),
        ]
    return []


def _moment_text(iso: str) -> str:
    """A local time as the user writes it."""
    day, _separator, time = iso.partition("T")
    return f"{date_text(day)}, {time}" if time else ""
