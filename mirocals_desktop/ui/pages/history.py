"""Import history: every act on the study, who did it, why, and what it brought; imports can be withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.study.ledger import IMPORTED, NEVER_WITHDRAWN, Entry, kind_label
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.withdraw import WithdrawDialog
from mirocals_desktop.ui.entry_words import about_text, option_name, option_value
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.list_export import add_export
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text, time_text

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Protocol
    from mirocals_desktop.study.ledger import Verification
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study

_ALL: Final = ""
_HASH: Final = 16  # characters of a hash that tell it from the others


class HistoryPage(Page):
    """The audit trail as a table, the chosen entry in words beside it."""

    code: ClassVar[str] = "history"
    icon: ClassVar[str] = "history"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._snapshot: Snapshot | None = None
        self._details: dict[int, Entry] = {}

        self.kinds = QComboBox(self)
        self.kinds.setObjectName("history.kinds")
        self.kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.kinds.setAccessibleName(_("Kind of entry"))
        self.kinds.currentIndexChanged.connect(lambda _index: self._show_entries())
        self.verify = QPushButton(icon("verify"), _("Verify chain"), self)
        self.verify.setObjectName("history.verify")
        self.verify.setToolTip(_("Compute every hash of the study file again and compare"))
        self.verify.clicked.connect(self._verify)
        self.verified = QLabel(self)
        self.verified.setObjectName("history.verified")
        self.verified.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.kinds)
        top.addWidget(self.verified, 1)
        top.addWidget(self.verify)

        self.table = TableView("history.table", _("Audit entries"), self)
        self.table.selected.connect(lambda _key: self._show_entry())
        add_export(self.table, session, lambda: _("Audit entries"))
        self.entry = _EntryPanel(self)
        self.entry.withdraw.clicked.connect(self._withdraw)
        self.entry.as_of.clicked.connect(self._show_as_of)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setObjectName("history.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.entry)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([400, 240])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(split, 1)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Import history")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        if self._snapshot is None or self._snapshot.head != snapshot.head:
            self.verified.setText("")
        self._snapshot = snapshot
        kinds = list(dict.fromkeys(snapshot.entries["kind"]))
        chosen = self.kinds.currentData() or _ALL
        with QSignalBlocker(self.kinds):
            self.kinds.clear()
            self.kinds.addItem(_("Everything"), _ALL)
            for kind in kinds:
                self.kinds.addItem(kind_label(kind).capitalize(), kind)
            self.kinds.setCurrentIndex(max(self.kinds.findData(chosen), 0))
        self._show_entries()
        self.session.look_up(
            _("Reading the audit entries"),
            _entries_of,
            done=self._take_details,
            owner=self,
            key="history.details",
        )

    # The table

    def _show_entries(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        entries = snapshot.entries
        kind = self.kinds.currentData()
        if kind:
            entries = entries[entries["kind"] == kind]
        entries = entries.iloc[::-1]  # the last act first
        numbers = entries["number"].tolist()
        told = [
            {"kind": kind, "summary": text}
            for kind, text in zip(entries["kind"], entries["summary"], strict=True)
        ]
        withdrawn = entries["withdrawn_by"].tolist()
        counts = entries["observations"].astype(float)
        faint = [theme.faint_colour() if number else "" for number in withdrawn]
        columns = [
            Column("number", _("No."), numbers, decimals=0),
            Column("time", _("Time"), entries["at_utc"].tolist(), show=time_text),
            Column("person", _("Person"), entries["person"].tolist()),
            Column("role", _("Role"), [_(role) for role in entries["role"]], hidden=True),
            Column("kind", _("What"), [kind_label(kind) for kind in entries["kind"]], colours=faint),
            Column("summary", _("About"), [about_text(snapshot, row) for row in told]),
            Column("values", _("Values"), counts.where(counts > 0).to_numpy(), decimals=0),
            Column("reason", _("Reason"), entries["reason"].tolist()),
            Column(
                "withdrawn",
                _("Entry withdrawn"),
                [_("by entry {number}").format(number=number) if number else "" for number in withdrawn],
            ),
            Column("version", _("Version"), entries["version"].tolist(), hidden=True),
        ]
        self.table.show_columns(columns, numbers, empty=_("No entry of this kind."))
        if self.table.current_key() is None and numbers:
            self.table.select(numbers[0])
        self._show_entry()

    def _take_details(self, entries: list[Entry]) -> None:
        self._details = {entry.number: entry for entry in entries}
        self._show_entry()

    def _show_entry(self) -> None:
        snapshot, number = self._snapshot, self.table.current_key()
        if snapshot is None:
            return
        rows = snapshot.entries[snapshot.entries["number"] == number]
        if number is None or not len(rows):
            self.entry.show_nothing()
            return
        row = rows.iloc[0].to_dict()
        can_act = self.session.as_of is None
        can_withdraw = can_act and not row["withdrawn_by"] and row["kind"] not in NEVER_WITHDRAWN
        last = int(snapshot.entries["number"].max())
        self.entry.show_entry(snapshot, row, self._details.get(int(number)))
        self.entry.withdraw.setEnabled(can_withdraw)
        self.entry.as_of.setEnabled(int(number) != (self.session.as_of or last))

    # What can be done

    def _withdraw(self) -> None:
        number = self.table.current_key()
        if number is not None:
            dialog = WithdrawDialog(self.session, int(number), self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _show_as_of(self) -> None:
        number, snapshot = self.table.current_key(), self._snapshot
        if number is not None and snapshot is not None:
            self.session.show_as_of(int(number))

    def _verify(self) -> None:
        if self.session.study is None:
            return
        self.verify.setEnabled(False)
        self.verified.setText(_("Verifying…"))
        self.session.verify(
            done=self._show_verification,
            cancelled=self._end_verification,
            failed=self._fail_verification,
            owner=self,
        )

    def _show_verification(self, outcome: Verification) -> None:
        self.verify.setEnabled(True)
        colour = "" if outcome.whole else f"color: {theme.error_colour()}; font-weight: 600;"
        self.verified.setStyleSheet(colour)
        self.verified.setText(outcome.sentence)

    def _end_verification(self) -> None:
        self.verify.setEnabled(True)
        self.verified.setText("")

    def _fail_verification(self, error: BaseException) -> None:
        self._end_verification()
        self.session.jobs.failed.emit(error)


class _EntryPanel(QWidget):
    """One entry in words, and what can be done with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("history.entry")
        self.heading = theme.heading_label("", "history.entry.heading", self)
        self.withdraw = QPushButton(icon("undo"), _("Withdraw…"), self)
        self.withdraw.setObjectName("history.withdraw")
        self.withdraw.setToolTip(_("Take back what this entry brought; nothing is deleted"))
        self.as_of = QPushButton(icon("history"), _("Show the study as of this entry"), self)
        self.as_of.setObjectName("history.as_of")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.heading, 1)
        top.addWidget(self.as_of)
        top.addWidget(self.withdraw)
        self._form = QWidget(self)
        self._lines = QFormLayout(self._form)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setHorizontalSpacing(16)
        self._lines.setVerticalSpacing(3)
        area = QScrollArea(self)
        area.setObjectName("history.entry.area")
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(top)
        layout.addWidget(area, 1)

    def show_nothing(self) -> None:
        """No entry is chosen."""
        self.heading.setText(_("Choose an entry to see what it brought."))
        self._clear()
        self.withdraw.setEnabled(False)
        self.as_of.setEnabled(False)

    def show_entry(self, snapshot: Snapshot, row: dict[Any, Any], entry: Entry | None) -> None:
        """Show an entry: the row of `snapshot.entries`, and the details where they have been read."""
        number, count = int(row["number"]), int(row["observations"])
        self.heading.setText(
            _("Entry {number}: {kind}").format(number=number, kind=kind_label(str(row["kind"])))
        )
        self._clear()
        self._add(_("Person"), _("{person}, {role}").format(person=row["person"], role=_(row["role"])))
        at = time_text(str(row["at_utc"]))
        self._add(
            _("Time"), _("{time} ({utc} UTC)").format(time=at, utc=str(row["at_utc"])[:19].replace("T", " "))
        )
        self._add(_("Reason"), str(row["reason"]))
        if row["withdrawn_by"]:
            self._add(_("Entry withdrawn"), _("by entry {number}").format(number=row["withdrawn_by"]))
        if count or row["kind"] == IMPORTED:
            self._add(_("Brought"), _brought(snapshot, number, count))
        if entry is not None:
            for title, text in _details(snapshot.protocol, entry):
                self._add(title, text)
        self._add(_("Program"), str(row["version"]))
        self._add(_("Hash"), f"{str(row['hash'])[:_HASH]}…", tip=str(row["hash"]))

    def _clear(self) -> None:
        while self._lines.rowCount():
            self._lines.removeRow(0)

    def _add(self, title: str, text: str, *, tip: str = "") -> None:
        if not text:
            return
        name = QLabel(title, self._form)
        name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label = QLabel(text, self._form)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setToolTip(tip)
        self._lines.addRow(name, label)


def _entries_of(study: Study) -> list[Entry]:
    return study.entries()


def _brought(snapshot: Snapshot, number: int, count: int) -> str:
    """How many values an entry brought, and which of them still count, by variable."""
    text = ngettext("{count} value", "{count} values", count).format(count=number_text(count, 0))
    told = snapshot.observations
    standing = told.loc[told["entry"].to_numpy() == number, "variable"]
    if len(standing) != count:
        text += "; " + ngettext(
            "{count} of them still counts", "{count} of them still count", len(standing)
        ).format(count=number_text(len(standing), 0))
    if not len(standing):
        return text
    by_variable = standing.value_counts()
    names = []
    for code, many in by_variable.items():
        variable = snapshot.protocol.variable(str(code))
        names.append(f"{variable.label if variable is not None else code} {number_text(many, 0)}")
    return titled(text, ", ".join(names))


def _details(protocol: Protocol, entry: Entry) -> list[tuple[str, str]]:
    """What the entry's details say, as titles and lines; long technical parts are left to the export."""
    lines = []
    for file in entry.details.get("files") or []:
        if isinstance(file, dict):
            name = str(file.get("name", ""))
            rest = [str(sheet) for sheet in file.get("sheets") or ()]
            digest = str(file.get("sha256", ""))
            if digest:
                rest.append(f"SHA-256 {digest[:_HASH]}…")
            lines.append((_("File"), ", ".join([name, *rest])))
        else:
            lines.append((_("File"), str(file)))
    options = entry.details.get("options")
    if isinstance(options, dict):
        lines.extend(
            (option_name(str(name)), option_value(protocol, str(name), value))
            for name, value in options.items()
        )
    steps = entry.details.get("queries") or []
    lines.extend((f"Q{step['query']}", _step_text(step)) for step in steps)
    if entry.details.get("about"):
        lines.append((_("About"), str(entry.details["about"])))
    return lines


def _step_text(step: Mapping[str, Any]) -> str:
    """What was written in one step of a query: who is to act, who answered, the text."""
    return " · ".join(str(step[name]) for name in ("assigned", "by", "text") if step.get(name))
