"""The third step of an import: what it would do, what is wrong, and why values are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.form import ReasonField
from mirocals_desktop.ui.dialogs.import_endpoint import ConsequencesLine, EndpointView
from mirocals_desktop.ui.dialogs.import_problems import ProblemList
from mirocals_desktop.ui.dialogs.import_values import ValuesView, usual_reasons
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.importing.mending import IssueGroup
    from mirocals_desktop.importing.model import Account, Counts, Issue, LeftOut
    from mirocals_desktop.ui.dialogs.import_work import Foreseen

_WARNED: Final = ("changed", "set_apart")


class ReviewStep(QWidget):
    """Shows a review.

    `problem_asked(Issue)` when a problem's cell is to be seen, `export_asked` when problems are to be sent
    back, `blanks_ticked(bool)` when blanks shall take the place of stored values, or no longer.
    """

    problem_asked = Signal(object)
    export_asked = Signal()
    blanks_ticked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import.review")
        self._tiles: dict[str, QLabel] = {}
        tiles = QHBoxLayout()
        tiles.setSpacing(24)
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
            tiles.addWidget(self._tile(code, text, tip))
        tiles.addStretch(1)
        self.line = ConsequencesLine(self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("review.tabs")
        self.tabs.setAccessibleName(_("What the import does"))
        self.tabs.setDocumentMode(True)
        self.problems = ProblemList("review.problems", self)
        self.problems.setAccessibleName(_("Problems"))
        self.problems.activated.connect(self.problem_asked)
        self.problems.decision_asked.connect(self.problem_asked)
        self.export = QPushButton(_("Problems as a workbook…"), self)
        self.export.setObjectName("review.problems.export")
        self.export.setAutoDefault(False)
        self.export.setToolTip(_("A copy of the sheets with the cells at fault coloured, to send back"))
        self.export.clicked.connect(self.export_asked)
        self.problems.bar.addWidget(self.export)
        self.patients = TableView("review.patients", _("Patients"), self)
        self.patients.grows = True
        self.patients.activated.connect(self._on_patient)
        self.values = ValuesView(self)
        self.endpoint = EndpointView(self)
        self.line.curve_asked.connect(lambda: self.tabs.setCurrentWidget(self.endpoint))
        self.endpoint.patient_asked.connect(self._on_patient)
        self.left_out = TableView("review.left_out", _("Columns left out"), self)
        self.accounts = TableView("review.accounts", _("Where every cell went"), self)
        for table in (self.left_out, self.accounts):
            table.grows = True
        unread = QSplitter(Qt.Orientation.Vertical, self)
        unread.setAccessibleName(_("Every cell"))
        unread.setChildrenCollapsible(False)
        unread.setHandleWidth(1)
        unread.addWidget(self.left_out)
        unread.addWidget(self.accounts)
        for widget in (self.problems, self.patients, self.values, self.endpoint, unread):
            self.tabs.addTab(widget, widget.accessibleName())
        self.blanks = QCheckBox(self)
        self.blanks.setObjectName("review.blanks")
        self.blanks.toggled.connect(self.blanks_ticked)
        self.reason = ReasonField(usual_reasons(), self)
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
        layout.setSpacing(8)
        layout.addLayout(tiles)
        layout.addWidget(self.line)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.blanks)
        layout.addLayout(reason)

    def _tile(self, code: str, text: str, tip: str) -> QWidget:
        tile = _Tile(self)
        tile.setToolTip(tip)
        number = QLabel("–", tile)
        number.setObjectName(f"review.{code}")
        number.setFont(theme.title_font(number))
        label = QLabel(text, tile)
        label.setObjectName(f"review.{code}.label")
        label.setStyleSheet(f"color: {theme.faint_colour()};")
        self._tiles[code] = number
        column = QVBoxLayout(tile)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(number)
        column.addWidget(label)
        tile.pressed.connect(partial(self.show_kind, code))
        return tile

    def show_kind(self, kind: str, patient: str = "") -> None:
        """List the cells of one kind, of a patient or of all."""
        self.tabs.setCurrentWidget(self.values)
        self.values.ask(kind, patient)

    def open_telling(self, counts: Counts, *, problems: bool) -> None:
        """Bring the list to the front that says most: problems, else changes, else patients."""
        others = self.values if counts.changed else self.patients
        self.tabs.setCurrentWidget(self.problems if problems else others)

    def show_counts(self, counts: Counts, *, blanks_count: bool) -> None:
        """Show what the import would do, in cells."""
        for code, label in self._tiles.items():
            value = int(getattr(counts, code))
            label.setText(number_text(value))
            marked = value and code in _WARNED
            label.setStyleSheet(f"color: {theme.warning_colour()};" if marked else "")
        self.values.show_counts(counts)
        self.reason_label.setText(
            ngettext("Reason for {count} change", "Reason for {count} changes", counts.changed).format(
                count=number_text(counts.changed)
            )
        )
        for widget in (self.reason_label, self.reason):
            widget.setVisible(counts.changed > 0)
        self.blanks.setText(
            ngettext(
                "A blank, or a word for “no value”, takes the place of {count} stored value",
                "Blanks, and words for “no value”, take the place of {count} stored values",
                counts.blank,
            ).format(count=number_text(counts.blank))
        )
        self.blanks.setAccessibleName(self.blanks.text())
        blocker = QSignalBlocker(self.blanks)
        self.blanks.setChecked(blanks_count)
        blocker.unblock()
        self.blanks.setVisible(counts.blank > 0 or blanks_count)

    def show_consequences(self, told: Foreseen | None) -> None:
        """Say what the import does to the endpoint; None while it is not known."""
        if told is None:
            self.line.show_nothing()
            self.endpoint.show_nothing()
            return
        self.line.show_consequences(told.endpoint, told.visits)
        self.endpoint.show_consequences(told.endpoint)
        self.values.show_visits(told.visits)
        self._count(self.endpoint, sum(change.known for change in told.endpoint.changes))

    def show_issues(self, issues: Sequence[Issue], groups: Sequence[IssueGroup]) -> None:
        """List the problems by how they are mended; Enter or a double click shows the cell."""
        self.problems.show_issues(issues, groups)
        self.export.setVisible(bool(issues))
        self.export.setEnabled(any(issue.sheet for issue in issues))
        self._count(self.problems, len(issues))

    def show_patients(self, patients: pd.DataFrame) -> None:
        """List what becomes of each patient's cells: a frame of `importing.differences.list_patients`."""
        names = {
            "changed": _("changed"),
            "new": _("new"),
            "missing": _("missing"),
            "set_apart": _("set apart"),
            "same": _("same"),
        }
        counts = {code: patients[code].to_numpy(dtype=float) for code in names}
        known, present = patients["known"].to_numpy(dtype=bool), patients["present"].to_numpy(dtype=bool)
        apart = counts["set_apart"] >= sum(counts.values())
        about = np.array(["", _("not in the files"), _("new patient"), _("not in the study")], dtype=object)[
            np.where(known, np.where(present, 0, 1), np.where(apart, 3, 2))
        ]
        self.patients.show_columns(
            [
                Column("patient", _("Patient"), patients["patient"].to_numpy()),
                *(
                    Column(code, name, np.where(counts[code] > 0, counts[code], np.nan), decimals=0)
                    for code, name in names.items()
                ),
                Column("about", "", about, stretch=True),
            ],
            patients["patient"].tolist(),
            empty=_("No patient is concerned."),
        )
        self._count(self.patients, int(patients["present"].sum()))

    def show_left_out(self, columns: Sequence[LeftOut]) -> None:
        """List the columns that are not read, and why."""
        self.left_out.show_columns(
            [
                Column("header", _("Column left out"), [item.header for item in columns]),
                Column("reason", _("Why"), [item.reason for item in columns], stretch=True),
                Column("cells", _("Filled cells"), [float(item.cells) for item in columns], decimals=0),
                Column("place", _("Cell"), [item.column for item in columns]),
                Column("sheet", _("Sheet"), [item.sheet for item in columns]),
                Column("file", _("File"), [item.file for item in columns]),
            ],
            empty=_("Every column is read."),
        )

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

    def _count(self, widget: QWidget, count: int) -> None:
        name = widget.accessibleName()
        self.tabs.setTabText(self.tabs.indexOf(widget), f"{name}  {number_text(count)}" if count else name)

    def _on_patient(self, patient: object) -> None:
        """Show a patient's cells: those of the first kind that the patient has any of."""
        columns = {column.code: column for column in self.patients.model.columns}
        names = list(columns["patient"].values) if columns else []
        kinds = ("changed", "new", "missing", "set_apart", "same")
        at = names.index(patient) if patient in names else -1
        kind = next((k for k in kinds if at >= 0 and columns[k].values[at] > 0), "changed")
        self.show_kind(kind, str(patient))


class _Tile(QWidget):
    """A number with its name; `pressed` by a click. The same list is reached by keys through its tab."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()
