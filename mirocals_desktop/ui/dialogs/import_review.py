"""The third step of an import: what it would do, what is wrong, and why values are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.form import ReasonField
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.importing.model import Account, Counts, Issue, LeftOut
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.study.snapshot import Snapshot


class ReviewStep(QWidget):
    """Shows a review. `cell_asked(file, sheet, row, column)` when a problem's cell is to be seen."""

    cell_asked = Signal(str, str, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.review")
        self._issues: tuple[Issue, ...] = ()
        self._tiles: dict[str, QLabel] = {}
        tiles = QHBoxLayout()
        tiles.setSpacing(32)
        for code, text, tip in (
            ("new", _("new"), _("Values that the study does not have yet")),
            (
                "changed",
                _("changed"),
                _("Values that replace a stored one; the old one stays in the history"),
            ),
            ("same", _("same"), _("Values that are stored already, just so")),
            ("missing", _("missing"), _("Stored values that the files do not have; they stay")),
            ("set_apart", _("set apart"), _("Cells that are not taken in, each with its problem")),
        ):
            tiles.addLayout(self._tile(code, text, tip))
        tiles.addStretch(1)
        self.consequences = QLabel(self)
        self.consequences.setObjectName("review.consequences")
        self.consequences.setWordWrap(True)
        self.consequences.setTextFormat(Qt.TextFormat.PlainText)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("review.tabs")
        self.tabs.setAccessibleName(_("What the import does"))
        self.tabs.setDocumentMode(True)
        self.problems = TableView("review.problems", _("Problems"), self)
        self.problems.activated.connect(self._on_problem)
        self.changes = TableView("review.changes", _("Changes"), self)
        self.left_out = TableView("review.left_out", _("Columns left out"), self)
        self.accounts = TableView("review.accounts", _("Where every cell went"), self)
        for table in (self.problems, self.changes, self.left_out, self.accounts):
            self.tabs.addTab(table, table.accessibleName())
        self.reason = ReasonField(
            [
                _("Corrected by the laboratory"),
                _("Corrected from the source document"),
                _("Newer export of the same data"),
                _("Typing error"),
            ],
            self,
        )
        self.reason.setObjectName("review.reason")
        self.reason_label = QLabel(self)
        self.reason_label.setObjectName("review.reason_label")
        self.reason_label.setBuddy(self.reason)
        self.reason.setAccessibleName(_("Reason for the changes"))
        reason = QHBoxLayout()
        reason.addWidget(self.reason_label)
        reason.addWidget(self.reason, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(tiles)
        layout.addWidget(self.consequences)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(reason)

    def _tile(self, code: str, text: str, tip: str) -> QGridLayout:
        number = QLabel("–", self)
        number.setObjectName(f"review.{code}")
        number.setFont(theme.title_font(number))
        number.setToolTip(tip)
        label = QLabel(text, self)
        label.setObjectName(f"review.{code}.label")
        label.setStyleSheet(f"color: {theme.faint_colour()};")
        label.setToolTip(tip)
        self._tiles[code] = number
        tile = QGridLayout()
        tile.setVerticalSpacing(0)
        tile.addWidget(number, 0, 0)
        tile.addWidget(label, 1, 0)
        return tile

    def show_counts(self, counts: Counts) -> None:
        """Show what the import would do, in cells."""
        for code, label in self._tiles.items():
            value = int(getattr(counts, code))
            label.setText(number_text(value))
            marked = value and code in ("changed", "set_apart")
            label.setStyleSheet(f"color: {theme.warning_colour()};" if marked else "")
        self.reason_label.setText(
            ngettext("Reason for {count} change", "Reason for {count} changes", counts.changed).format(
                count=counts.changed
            )
        )
        for widget in (self.reason_label, self.reason):
            widget.setVisible(counts.changed > 0)

    def show_consequences(self, sentences: Sequence[str]) -> None:
        """Say what the import does to the endpoint."""
        self.consequences.setText("\n".join(sentences))
        self.consequences.setStyleSheet(f"color: {theme.warning_colour()};")
        self.consequences.setVisible(bool(sentences))

    def show_issues(self, issues: Sequence[Issue]) -> None:
        """List the problems, errors first; Enter or a double click shows the cell."""
        order = {"error": 0, "warning": 1, "note": 2}
        issues = sorted(issues, key=lambda issue: order[issue.severity])
        self._issues = tuple(issues)
        names = {"error": _("error"), "warning": _("look at it"), "note": _("note")}
        pictures = {"error": "error", "warning": "warning", "note": "about"}
        self.problems.show_columns(
            [
                Column(
                    "severity",
                    _("Kind"),
                    [names[issue.severity] for issue in issues],
                    icons=[pictures[issue.severity] for issue in issues],
                ),
                Column("cell", _("Cell"), [issue.cell for issue in issues]),
                Column(
                    "message",
                    _("Problem"),
                    [issue.message for issue in issues],
                    tips=[issue.message for issue in issues],
                    stretch=True,
                ),
                Column("patient", _("Patient"), [issue.patient for issue in issues]),
                Column("sheet", _("Sheet"), [issue.sheet for issue in issues]),
                Column("file", _("File"), [issue.file for issue in issues]),
            ],
            list(range(len(issues))),
            empty=_("No problem was found."),
        )
        self._count(self.problems, len(issues))

    def show_changes(self, columns: Sequence[Column], keys: Sequence[object]) -> None:
        """List what replaces what."""
        self.changes.show_columns(columns, keys, empty=_("No stored value is changed."))
        self._count(self.changes, len(keys))

    def show_left_out(self, columns: Sequence[LeftOut]) -> None:
        """List the columns that are not read, and why."""
        self.left_out.show_columns(
            [
                Column("header", _("Column"), [item.header for item in columns]),
                Column("reason", _("Why"), [item.reason for item in columns], stretch=True),
                Column("cells", _("Filled cells"), [float(item.cells) for item in columns], decimals=0),
                Column("place", _("Letter"), [item.column for item in columns]),
                Column("sheet", _("Sheet"), [item.sheet for item in columns]),
                Column("file", _("File"), [item.file for item in columns]),
            ],
            empty=_("Every column is read."),
        )
        self._count(self.left_out, len(columns))

    def show_accounts(self, accounts: Sequence[Account]) -> None:
        """Say where every filled cell of every table went."""
        names: Mapping[str, str] = {
            "filled": _("Filled cells"),
            "header": _("headers"),
            "values": _("values"),
            "missing": _("missing"),
            "problems": _("problems"),
            "duplicates": _("duplicates"),
            "set_apart": _("set apart"),
            "left_out": _("left out"),
            "ignored": _("titles, totals, notes"),
        }
        self.accounts.show_columns(
            [
                Column("sheet", _("Sheet"), [account.sheet for account in accounts]),
                *(
                    Column(code, name, [float(getattr(account, code)) for account in accounts], decimals=0)
                    for code, name in names.items()
                ),
                Column("file", _("File"), [account.file for account in accounts]),
            ],
            empty=_("No table is read."),
        )

    def _count(self, table: TableView, count: int) -> None:
        name = table.accessibleName()
        self.tabs.setTabText(self.tabs.indexOf(table), f"{name}  {number_text(count)}" if count else name)

    def _on_problem(self, key: int) -> None:
        issue = self._issues[key]
        self.cell_asked.emit(issue.file, issue.sheet, issue.row, issue.column)


def endpoint_sentences(review: Review, snapshot: Snapshot) -> list[str]:
    """What the import does to the facts that the endpoint stands on: who dies, whose dates change."""
    from mirocals_desktop.importing.review import Status
    from mirocals_desktop.protocol import codes

    protocol, options = snapshot.protocol, snapshot.options
    endpoint = protocol.endpoint(options.endpoint)
    events = endpoint.events if endpoint is not None else ()
    telling = {event.variable for event in protocol.events if event.code in events}
    telling |= {codes.VITAL_STATUS, codes.END_OF_FOLLOW_UP_DATE, codes.LAST_CONTACT_DATE, options.origin}
    batch = review.batch
    concerned = np.isin(batch.variable, [n for n, v in enumerate(batch.variables) if v.code in telling])
    names = batch.patients.array()

    def patients(status: Status) -> list[str]:
        rows = concerned & (review.status == status) & batch.says_value()
        return sorted({str(names[code]) for code in batch.patient[rows].tolist()})

    sentences = []
    known = set(snapshot.patients.index)
    changed = patients(Status.CHANGED)
    told = [patient for patient in patients(Status.NEW) if patient in known]
    if changed:
        sentences.append(
            ngettext(
                "The endpoint of {count} patient stands on changed values: {patients}.",
                "The endpoint of {count} patients stands on changed values: {patients}.",
                len(changed),
            ).format(count=len(changed), patients=_some(changed))
        )
    if told:
        sentences.append(
            ngettext(
                "{count} known patient gets new dates or a new vital status: {patients}.",
                "{count} known patients get new dates or a new vital status: {patients}.",
                len(told),
            ).format(count=len(told), patients=_some(told))
        )
    return sentences


def _some(patients: list[str]) -> str:
    return ", ".join(patients[:8]) + (" …" if len(patients) > 8 else "")
