"""The list of visits to hold or to enter: notes of contacts, a sheet for the visit, a calendar file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from mirocals_desktop.analysis.follow_up import SOON_DAYS
from mirocals_desktop.analysis.patient_status import status_name
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.contacts import RecordedContact, read_contacts
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.evidence import by_patient, contact_text
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.plots.passport import export_as_job
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, iso_days

if TYPE_CHECKING:
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.snapshot import Snapshot


class DueList(TableView):
    """Visits due and overdue; what to do about one is one button away."""

    def __init__(self, name: str, session: Session, parent: QWidget) -> None:
        super().__init__(name, _("Visits due and overdue"), parent)
        self._session = session
        self._of: tuple[Snapshot, Overview] | None = None
        self._contacts: Mapping[str, list[RecordedContact]] = {}
        self.state = QComboBox(self)
        self.state.setObjectName(f"{name}.state")
        self.state.setAccessibleName(_("State"))
        for state, text in (("", _("All states")), *_state_words().items()):
            self.state.addItem(text, state)
        self.state.currentIndexChanged.connect(lambda _index: self._fill())
        self.bar.insertWidget(2, self.state)
        self.note = self._button("note", _("Contact…"), _("Record a call, or that nobody answered"))
        self.note.clicked.connect(lambda _checked=False: self._record())
        self.sheet = self._button("sheet", _("Worksheet…"), _("The sheet to take into this visit, as PDF"))
        self.sheet.clicked.connect(lambda _checked=False: self._ask_sheet())
        self.calendar = self._button(
            "calendar", _("Calendar…"), _("These visits as a calendar file, with study numbers only")
        )
        self.calendar.clicked.connect(lambda _checked=False: self._ask_calendar())
        add_export(self, session, lambda: _("Visits due"))
        self.selected.connect(lambda _key: self._enable())

    def show_due(self, snapshot: Snapshot, overview: Overview) -> None:
        """Show the visits due of an overview; the notes of contacts follow when they have been read."""
        self._of = (snapshot, overview)
        self._fill()
        as_of = self._session.as_of
        self._session.look_up(
            _("Reading the contacts"),
            lambda study: read_contacts(study, as_of=as_of),
            done=self._take,
            owner=self,
            key=f"{self.objectName()}.contacts",
        )

    def show_state(self, state: str) -> None:
        """List only the visits that are "overdue", "due" or open "soon"; "" for all."""
        self.state.setCurrentIndex(max(self.state.findData(state), 0))

    def _button(self, code: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"{self.objectName()}.{code}")
        button.setToolTip(tip)
        self.bar.addWidget(button)
        return button

    def _take(self, contacts: list[RecordedContact]) -> None:
        self._contacts = by_patient(contacts)
        if self._contacts:
            self._fill()

    def _fill(self) -> None:
        if self._of is None:
            return
        snapshot, overview = self._of
        due, statuses, words = overview.due, overview.statuses, _state_words()
        wanted = self.state.currentData()
        if wanted:
            due = due[due["state"] == wanted]
        patients = due["patient"].tolist()
        states = due["state"].tolist()
        sites = [""] * len(patients)
        if codes.SITE in snapshot.patients.columns:
            sites = [str(text) for text in snapshot.patients[codes.SITE].reindex(patients).fillna("")]
        days = [
            float(days) if state == "overdue" else np.nan
            for days, state in zip(due["days"], states, strict=True)
        ]
        told = [self._contacts.get(patient, []) for patient in patients]
        contacts = iso_days(statuses["last_contact"].reindex(patients))
        columns = [
            Column("patient", _("Patient"), patients),
            Column("site", _("Site"), sites, hidden=not any(sites)),
            Column("visit", _("Visit"), due["label"].tolist()),
            Column(
                "state",
                _("State"),
                [words[state] for state in states],
                colours=[theme.error_colour() if state == "overdue" else "" for state in states],
            ),
            Column("days", _("Days overdue"), days, decimals=0),
            Column("target", _("Planned"), iso_days(due["target"]), show=date_text),
            Column("first", _("Window from"), iso_days(due["first"]), show=date_text),
            Column("last", _("Window to"), iso_days(due["last"]), show=date_text),
            Column("contact", _("Last contact"), contacts, show=date_text),
            Column(
                "calls",
                _("Contacts"),
                [contact_text(calls[0]) if calls else "" for calls in told],
                tips=["\n".join(contact_text(call) for call in calls) for calls in told],
            ),
            Column("status", _("Status"), [status_name(s) for s in statuses["status"].reindex(patients)]),
        ]
        keys = list(zip(patients, due["visit"].tolist(), strict=True))
        current = self.current_key()
        self.show_columns(columns, keys, empty=_("No visit is due or overdue."))
        if current is not None:
            self.select(current)
        self._enable()

    def _enable(self) -> None:
        chosen = self.current_key() is not None
        self.sheet.setEnabled(chosen)
        self.note.setEnabled(chosen and self._session.as_of is None)
        self.calendar.setEnabled(self.model.rowCount() > 0)

    # What can be done about a visit

    def _record(self) -> None:
        from mirocals_desktop.ui.dialogs.contact import ContactDialog

        key: Any = self.current_key()
        if key is not None and self._of is not None:
            ContactDialog(self._session, key[0], "note", self, ledger=self._of[1].ledger).open()

    def _ask_sheet(self) -> None:
        key: Any = self.current_key()
        if key is None or self._of is None:
            return
        snapshot, overview = self._of

        def write(path: Path) -> None:
            from mirocals_desktop.analysis.worksheet import prepare_worksheet
            from mirocals_desktop.ui.worksheet import write_worksheet

            sheet = prepare_worksheet(snapshot, overview, *key)
            self._export(path, lambda: write_worksheet(snapshot, sheet, path))

        self._ask(_("Worksheet"), f"{key[0]}_{key[1]}.pdf", _("PDF (*.pdf)"), write)

    def _ask_calendar(self) -> None:
        if self._of is None:
            return
        snapshot, overview = self._of
        shown = set(self.keys())
        due = overview.due
        keep = [key in shown for key in zip(due["patient"], due["visit"], strict=True)]

        def write(path: Path) -> None:
            from mirocals_desktop.export.calendar_file import write_calendar

            self._export(path, lambda: write_calendar(snapshot, due[keep], path))

        self._ask(_("Calendar"), _("Visits due") + ".ics", _("Calendar files (*.ics)"), write)

    def _ask(self, title: str, name: str, kind: str, write: Any) -> None:
        proposal = self._session.folder_for("export") / name
        ask.file_to_save(self, write, title=title, kinds=[kind], proposal=proposal)

    def _export(self, path: Path, write: Callable[[], None]) -> None:
        export_as_job(self._session, path, write, failed=lambda error: show_error(self, error))


def _state_words() -> dict[str, str]:
    return {
        "overdue": _("overdue"),
        "due": _("due"),
        "soon": _("opens within {days} days").format(days=SOON_DAYS),
    }
