"""The endpoint's ledger: how each patient's time stops, whom to call first, what each call changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.endpoint import outcome_name
from mirocals_desktop.analysis.origins import find_contact_origin, find_endpoint_origin
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.contacts import ContactKind, RecordedContact, read_contacts
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.evidence import by_patient, contact_text, evidence_text
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.ledger import LedgerPlot
from mirocals_desktop.ui.plots.passport import day_title, footnote, record_export
from mirocals_desktop.ui.session import Selection, Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, iso_days, number_text

if TYPE_CHECKING:
    from mirocals_desktop.analysis.endpoint_ledger import EndpointLedger
    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.snapshot import Snapshot

_DECIMALS: Final = 4


class LedgerPage(Page):
    """Every randomised patient with the class of its endpoint; a call is recorded from here."""

    code: ClassVar[str] = "ledger"
    icon: ClassVar[str] = "check"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._overview: Overview | None = None
        self._ledger: EndpointLedger | None = None
        self._before: EndpointLedger | None = None
        self._study_id = ""
        self._contacts: dict[str, list[RecordedContact]] = {}

        self.sentence = QLabel(self)
        self.sentence.setObjectName("ledger.sentence")
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.plot = LedgerPlot("ledger.plot")
        self.plot.setMinimumHeight(150)
        self.plot.saved.connect(lambda path: record_export(self.session, path))

        self.table = TableView("ledger.table", _("Endpoint ledger"), self)
        self.table.selected.connect(self._on_selected)
        self.table.activated.connect(lambda _key: self.page_asked.emit("patient"))
        self.calls: dict[ContactKind, QPushButton] = {}
        for kind, text, tip in (
            ("alive", _("Alive…"), _("Record that the patient was alive on a day")),
            ("died", _("Died…"), _("Record that the patient died on a day")),
            ("note", _("Note…"), _("Record a contact that changes nothing")),
        ):
            button = self.calls[kind] = QPushButton(text, self)  # type: ignore[index]
            button.setObjectName(f"ledger.{kind}")
            button.setToolTip(tip)
            button.setEnabled(False)
            button.clicked.connect(lambda _checked=False, kind=kind: self._record(kind))
            self.table.bar.addWidget(button)
        add_export(self.table, session, lambda: _("Endpoint ledger"))

        upper = QWidget(self)
        row = QHBoxLayout(upper)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        words = QVBoxLayout()
        words.addWidget(self.sentence)
        words.addStretch(1)
        row.addLayout(words, 2)
        row.addWidget(self.plot, 3)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("ledger.split")
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(self.table)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        split.setSizes([220, 420])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(split)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Endpoint ledger")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        Digest.of(self.session).ask(self, lambda overview: self._show(snapshot, overview))
        as_of = self.session.as_of
        self.session.look_up(
            _("Reading the contacts"),
            lambda study: read_contacts(study, as_of=as_of),
            done=self._take_contacts,
            owner=self,
            key="ledger.contacts",
        )

    @override
    def show_selection(self, selection: Selection) -> None:
        if selection.patient:
            self.table.select(selection.patient)
        self._enable()

    def _show(self, snapshot: Snapshot, overview: Overview) -> None:
        ledger = overview.ledger
        if self._study_id != snapshot.study_id:
            self._study_id, self._ledger, self._before = snapshot.study_id, None, None
        if self._ledger is not None and self._ledger.curve is not ledger.curve:
            self._before = self._ledger if _comparable(self._ledger, ledger) else None
        self._overview, self._ledger = overview, ledger
        self.sentence.setText(self._sentence(ledger))
        self.plot.caption = self.title()
        self.plot.footnote = footnote(snapshot, [])
        self.plot.folder = str(self.session.folder_for("figure"))
        self.plot.show_curve(
            ledger.curve,
            horizon=snapshot.options.horizon_days,
            before=self._before.curve if self._before is not None else None,
            x_title=day_title(snapshot),
            left_open=(ledger.lowest, ledger.highest)
            if ledger.lowest is not None and ledger.highest is not None and ledger.lowest < ledger.highest
            else None,
        )
        self._show_rows(snapshot, ledger)
        self.show_selection(self.session.selection)

    def _take_contacts(self, contacts: list[RecordedContact]) -> None:
        self._contacts = dict(by_patient(contacts))
        snapshot, ledger = self.session.snapshot, self._ledger
        if snapshot is not None and ledger is not None:
            self._show_rows(snapshot, ledger)
            self.show_selection(self.session.selection)

    def _sentence(self, ledger: EndpointLedger) -> str:
        """What the survival is, what it was, and between what the unknown leave it."""
        table = ledger.table
        if table is None:
            return ledger.why_not
        if not table.patients:
            return _("No patient has a date at day 0 yet ({origin}).").format(origin=table.origin_label)
        if table.horizon is None:
            return _("{endpoint}; day 0 is {origin}; no horizon.").format(
                endpoint=table.endpoint_label, origin=table.origin_label
            )
        day = number_text(table.horizon, 0)
        parts = [
            _("{endpoint}; day 0 is {origin}; {count} patients, all arms together.").format(
                endpoint=table.endpoint_label,
                origin=table.origin_label,
                count=number_text(len(table.patients), 0),
            )
        ]
        if ledger.survival is None:
            parts.append(_("Nobody is followed up to day {day} yet.").format(day=day))
            return "\n".join([*parts, *table.notes])
        now = number_text(ledger.survival, _DECIMALS)
        before = self._before.survival if self._before is not None else None
        if before is not None and number_text(before, _DECIMALS) != now:
            text = _("S({day}) = {now}, before the last change {before}.")
            parts.append(text.format(day=day, now=now, before=number_text(before, _DECIMALS)))
        else:
            parts.append(_("S({day}) = {now}.").format(day=day, now=now))
        unknown = table.count("unknown")
        if unknown and ledger.lowest is not None and ledger.highest is not None:
            text = _("With the {count} unknown it lies between {low} (all dead) and {high} (all free of it).")
            parts.append(
                text.format(
                    count=unknown,
                    low=number_text(ledger.lowest, _DECIMALS),
                    high=number_text(ledger.highest, _DECIMALS),
                )
            )
        else:
            parts.append(_("Nobody is unknown."))
        parts += list(table.notes)
        return "\n".join(parts)

    def _show_rows(self, snapshot: Snapshot, ledger: EndpointLedger) -> None:
        rows = ledger.rows
        patients = [str(patient) for patient in rows.index]
        look = {"unknown": theme.warning_colour(), "event": theme.faint_colour()}
        sites = [""] * len(patients)
        if codes.SITE in snapshot.patients.columns:
            sites = [str(text) for text in snapshot.patients[codes.SITE].reindex(patients).fillna("")]
        contacts = [self._contacts.get(patient, []) for patient in patients]
        evidence = [
            evidence_text(snapshot, source, visit)
            for source, visit in zip(rows["contact_from"], rows["contact_visit"], strict=True)
        ]
        columns = [
            Column("patient", _("Patient"), patients),
            Column("site", _("Site"), sites, hidden=not any(sites)),
            Column(
                "outcome",
                _("Class"),
                [outcome_name(outcome) for outcome in rows["outcome"]],
                colours=[look.get(outcome, "") for outcome in rows["outcome"]],
            ),
            Column(
                "leverage",
                _("Can move S by"),
                rows["leverage"].to_numpy(dtype=np.float64),
                decimals=_DECIMALS,
                tip=_("Distance of the survival at the horizon between the two answers"),
            ),
            Column("contact", _("Last contact"), iso_days(rows["contact"]), show=date_text),
            Column("evidence", _("Known from"), evidence),
            Column(
                "calls",
                _("Contacts"),
                [contact_text(told[0]) if told else "" for told in contacts],
                tips=["\n".join(contact_text(one) for one in told) for told in contacts],
            ),
            Column("stop", _("Day"), rows["stop"].to_numpy(dtype=np.float64), decimals=0),
            Column(
                "if_event",
                _("S if it happened"),
                rows["if_event"].to_numpy(dtype=np.float64),
                decimals=_DECIMALS,
                tip=_("The endpoint right after the last contact"),
                hidden=True,
            ),
            Column(
                "if_free",
                _("S if not"),
                rows["if_free"].to_numpy(dtype=np.float64),
                decimals=_DECIMALS,
                tip=_("Free of the endpoint up to today, or to the horizon"),
                hidden=True,
            ),
            Column("why", _("Why"), rows["why"].tolist(), stretch=True),
        ]
        empty = _("No patient has a date at day 0 yet. Import a file with it and the last contacts.")
        self.table.show_columns(columns, patients, empty=empty)

    def _on_selected(self, patient: Any) -> None:
        """Point at the value that the patient's class rests on: the event's date, else the last contact."""
        snapshot, number = self.session.snapshot, 0
        if snapshot is not None and self._ledger is not None:
            row = self._ledger.rows.loc[patient]
            if row["outcome"] == "event":
                number = find_endpoint_origin(snapshot, str(patient))
            number = number or find_contact_origin(
                snapshot, str(patient), row["contact_from"], row["contact_visit"]
            )
        if number:
            self.session.select_observation(number)
        else:
            self.session.select(patient=str(patient))
        self._enable()

    def _enable(self) -> None:
        """A contact is recorded of a patient of the list, and never in the past."""
        known = self.table.current_key() is not None and self.session.as_of is None
        for button in self.calls.values():
            button.setEnabled(known)

    def _record(self, kind: ContactKind) -> None:
        from mirocals_desktop.ui.dialogs.contact import ContactDialog

        patient = self.table.current_key()
        if patient is not None:
            ContactDialog(self.session, str(patient), kind, self, ledger=self._ledger).open()


def _comparable(before: EndpointLedger, now: EndpointLedger) -> bool:
    """Whether two ledgers answer the same question, so that one curve can stand behind the other."""
    first, second = before.table, now.table
    return (
        first is not None
        and second is not None
        and (first.endpoint, first.origin, first.horizon) == (second.endpoint, second.origin, second.horizon)
    )
