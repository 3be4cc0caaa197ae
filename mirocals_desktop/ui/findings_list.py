"""The list of what looks wrong: contradictions and values outside limits; made on the worker when seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget
from typing_extensions import override

from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import date_text, number_text, variable_text, visit_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.protocol.model import Limits, Protocol
    from mirocals_desktop.study.snapshot import Snapshot

Texts = np.ndarray[Any, np.dtype[np.object_]]

_RANK: Final = {"error": 0, "warning": 1}


@dataclass(frozen=True, eq=False)
class FoundRows:
    """The rows of the list as columns, what cannot be true first.

    `observation` is 0 where none is meant; `limit` marks values outside their limits, the others contradict.
    """

    severity: Texts
    patient: Texts
    visit: Texts
    variable: Texts
    message: Texts
    observation: np.ndarray[Any, np.dtype[np.int64]]
    new: np.ndarray[Any, np.dtype[np.bool_]]
    limit: np.ndarray[Any, np.dtype[np.bool_]]


class FindingsList(TableView):
    """Findings; the rows are made when first seen. `found(patient, observation, what)` on a selection."""

    found = Signal(str, int, str)

    def __init__(self, name: str, session: Session, parent: QWidget) -> None:
        super().__init__(name, _("Findings to look at"), parent)
        self._session = session
        self._of: tuple[Snapshot, Overview] | None = None
        self._made: Overview | None = None
        self._rows: FoundRows | None = None
        self.only_new = QCheckBox(_("Only from the last import"), self)
        self.only_new.setObjectName(f"{name}.new")
        self.only_new.toggled.connect(lambda _on: self._show_rows())
        self.kind = QComboBox(self)
        self.kind.setObjectName(f"{name}.kind")
        self.kind.setAccessibleName(_("What was found"))
        for kind, text in (
            ("", _("Everything")),
            ("limits", _("Outside limits")),
            ("findings", _("Contradictions")),
        ):
            self.kind.addItem(text, kind)
        self.kind.currentIndexChanged.connect(lambda _index: self._show_rows())
        self.bar.insertWidget(2, self.kind)
        self.bar.insertWidget(3, self.only_new)
        add_export(self, session, lambda: _("Findings"))
        self.selected.connect(self._on_selected)

    @staticmethod
    def count_of(overview: Overview) -> int:
        """How many rows the list has."""
        return len(overview.findings) + len(overview.outside_limits)

    def show_kind(self, kind: str, *, only_new: bool = False) -> None:
        """List only values outside their "limits", or only the "findings" that contradict; "" for all."""
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        self.only_new.setChecked(only_new)

    def show_findings(self, snapshot: Snapshot, overview: Overview) -> None:
        """Show the findings of an overview, now or when the list is next seen."""
        self._of = (snapshot, overview)
        if self.isVisible():
            self._make()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make()

    def _make(self) -> None:
        if self._of is None or self._made is self._of[1]:
            return
        snapshot, overview = self._of

        def take(rows: FoundRows) -> None:
            if self._of is not None and self._of[1] is overview:
                self._made, self._rows = overview, rows
                self._show_rows()

        self._session.jobs.start(
            _("Listing what was found"),
            lambda _report: build_rows(snapshot, overview),
            done=take,
            owner=self,
            key=f"{self.objectName()}.rows",
            quiet=True,
        )

    def _show_rows(self) -> None:
        rows = self._rows
        if rows is None:
            return
        wanted = np.ones(len(rows.patient), dtype=bool)
        if self.only_new.isChecked():
            wanted &= rows.new
        if self.kind.currentData() == "limits":
            wanted &= rows.limit
        elif self.kind.currentData() == "findings":
            wanted &= ~rows.limit
        keep = np.flatnonzero(wanted)
        names = np.array([_("error"), _("warning")], dtype=object)
        looks = np.array([theme.error_colour(), theme.warning_colour()], dtype=object)
        rank = (rows.severity[keep] != "error").astype(np.int64)
        columns = [
            Column("severity", _("Severity"), names[rank], colours=looks[rank]),
            Column("patient", _("Patient"), rows.patient[keep]),
            Column("visit", _("Visit"), rows.visit[keep]),
            Column("variable", _("Variable"), rows.variable[keep]),
            Column("message", _("What was found"), rows.message[keep]),
        ]
        self.show_columns(
            columns, keep, empty=_("Nothing contradicts itself, and no value is outside its limits.")
        )

    def _on_selected(self, key: Any) -> None:
        if self._rows is not None:
            place = int(key)
            rows = self._rows
            self.found.emit(rows.patient[place], int(rows.observation[place]), str(rows.message[place]))


def build_rows(snapshot: Snapshot, overview: Overview) -> FoundRows:
    """The rows of the list. What many rows share (limits, names, dates) is put into words once."""
    protocol = snapshot.protocol
    findings, limits = overview.findings, overview.outside_limits
    visits = _Words(lambda code: visit_text(protocol, code))
    variables = _Words(lambda code: variable_text(protocol, code))
    severity: list[str] = [finding.severity for finding in findings]
    severity += np.where(limits["impossible"].to_numpy(dtype=bool), "error", "warning").tolist()
    days = _Words(date_text)
    message = [finding.message for finding in findings] + _limit_messages(protocol, limits)
    patient = [finding.patient for finding in findings] + limits["patient"].tolist()
    visit = [visits[finding.visit] for finding in findings] + [
        visits[code] or days[date] for code, date in zip(limits["visit"], limits["date"], strict=True)
    ]
    variable = [variables[finding.variable] for finding in findings]
    variable += [variables[code] for code in limits["variable"]]
    ids = [finding.observations[0] if finding.observations else 0 for finding in findings]
    new = np.concatenate([np.zeros(len(findings), dtype=bool), limits["new"].to_numpy(dtype=bool)])
    order = np.argsort([_RANK[one] for one in severity], kind="stable")

    def texts(values: list[str]) -> Texts:
        return np.array(values, dtype=object)[order]

    return FoundRows(
        severity=texts(severity),
        patient=texts(patient),
        visit=texts(visit),
        variable=texts(variable),
        message=texts(message),
        observation=np.array([*ids, *limits["id"].tolist()], dtype=np.int64)[order],
        new=new[order],
        limit=(np.arange(len(order)) >= len(findings))[order],
    )


class _Words(dict[str, str]):
    """Words for codes, each made once."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, code: str) -> str:
        words = str(self._make(code))
        self[code] = words
        return words


def _limit_messages(protocol: Protocol, limits: pd.DataFrame) -> list[str]:
    """A sentence for each value outside its limits: the value, and between what it is expected."""
    expected: dict[tuple[str, bool], str] = {}
    numbers: dict[tuple[str, float], str] = {}
    messages = []
    rows = zip(
        limits["variable"], limits["impossible"].tolist(), limits["qualifier"], limits["number"], strict=True
    )
    for code, impossible, qualifier, number in rows:
        variable = protocol.variable(code)
        assert variable is not None  # limits are those of the protocol
        key = (code, impossible)
        if key not in expected:
            expected[key] = _expected(variable.impossible if impossible else variable.suspicious)
        value = numbers.get((code, number))
        if value is None:
            value = numbers[code, number] = f"{number_text(number, None)} {unit_text(variable.unit)}".strip()
        messages.append(expected[key].replace("{value}", f"{qualifier}{value}"))
    return messages


def _expected(limits: Limits) -> str:
    """The sentence for a value beyond these limits, with {value} still to be put in."""
    low = number_text(limits.low, None) if limits.low is not None else ""
    high = number_text(limits.high, None) if limits.high is not None else ""
    if low and high:
        return _("{value}, expected from {low} to {high}").replace("{low}", low).replace("{high}", high)
    if low:
        return _("{value}, expected {low} or more").replace("{low}", low)
    return _("{value}, expected {high} or less").replace("{high}", high)
