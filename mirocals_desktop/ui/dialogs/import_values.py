"""The cells of an import one by one: what is stored, what the file says, and why it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text, variable_text, visit_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.importing.dated_visits import DatedVisits
    from mirocals_desktop.importing.model import Counts
    from mirocals_desktop.protocol.model import Protocol

Key = tuple[str, ...]
"""Patient, variable, visit, file, sheet and cell of a value: what a reason of its own is kept by."""

_BY_DATE: Final = "~"  # before a visit that no file names
KEY = ("patient", "variable", "visit", "file", "sheet", "cell")


class ValuesView(QWidget):
    """Cells of one kind, of one patient or of all.

    `asked(kind, patient)` when others are to be listed; `cell_asked(file, sheet, cell)` when one is opened;
    `reason_given(keys, reason)` when some changes get a reason of their own.
    """

    asked = Signal(str, str)
    cell_asked = Signal(str, str, str)
    reason_given = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("review.cells")
        self.setAccessibleName(_("Values"))
        self.patient = ""
        self._frame: pd.DataFrame | None = None
        self._shown: Callable[[], None] = lambda: None
        self._by_date: Mapping[tuple[str, str], str] = {}
        self.kind = QComboBox(self)
        self.kind.setObjectName("review.values.kind")
        self.kind.setAccessibleName(_("Which values"))
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for code, name in kind_names().items():
            self.kind.addItem(name, code)
        self.kind.activated.connect(self._ask)
        self.everyone = QPushButton(self)
        self.everyone.setObjectName("review.values.everyone")
        self.everyone.setAutoDefault(False)
        self.everyone.clicked.connect(self._on_everyone)
        self.everyone.hide()
        self.why = QPushButton(_("Reason of their own…"), self)
        self.why.setObjectName("review.values.why")
        self.why.setAutoDefault(False)
        self.why.setToolTip(_("Give the selected changes another reason than the others"))
        self.why.clicked.connect(self._on_why)
        self.table = TableView("review.values", _("Values"), self)
        self.table.grows = True
        self.table.activated.connect(self._on_activated)
        self.table.view.selectionModel().selectionChanged.connect(self._show_buttons)
        self.table.bar.insertWidget(0, self.kind)
        self.table.bar.insertWidget(1, self.everyone)
        self.table.bar.insertWidget(self.table.bar.count() - 1, self.why)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self._show_buttons()

    def show_counts(self, counts: Counts) -> None:
        """Say how many values there are of each kind."""
        for number in range(self.kind.count()):
            code = self.kind.itemData(number)
            name = kind_names()[code]
            self.kind.setItemText(number, f"{name}  {number_text(int(getattr(counts, code)))}")

    def ask(self, kind: str, patient: str = "") -> None:
        """Ask for the cells of one kind, of a patient or of all."""
        self.take(kind, patient)
        self._ask()

    def take(self, kind: str, patient: str = "") -> None:
        """Say which cells are listed, without asking for them."""
        blocker = QSignalBlocker(self.kind)
        self.kind.setCurrentIndex(max(self.kind.findData(kind), 0))
        blocker.unblock()
        self.patient = patient

    def show_cells(self, frame: pd.DataFrame, protocol: Protocol, reasons: Mapping[Key, str]) -> None:
        """List these cells: a frame of `import_work.list_values`."""
        self._frame = frame
        self._shown = partial(self.show_cells, frame, protocol, reasons)
        self.everyone.setText(_("{patient}: show all patients").format(patient=self.patient))
        self.everyone.setVisible(bool(self.patient))
        columns = [
            Column("patient", _("Patient"), frame["patient"].to_numpy()),
            Column(
                "variable",
                _("Variable"),
                frame["variable"].to_numpy(),
                show=partial(variable_text, protocol),
            ),
            Column("visit", _("Visit"), self._visits(frame), show=partial(_visit_text, protocol)),
            Column("before", _("Stored"), frame["before"].to_numpy()),
            Column("raw", _("In the file"), frame["raw"].to_numpy()),
            *([Column("becomes", _("Becomes"), frame["becomes"].to_numpy())] if "becomes" in frame else []),
            Column("cell", _("Cell"), frame["cell"].to_numpy()),
            Column("sheet", _("Sheet"), frame["sheet"].to_numpy()),
            Column("file", _("File"), frame["file"].to_numpy()),
        ]
        if reasons and self.kind.currentData() == "changed":
            keys = zip(*(frame[name] for name in KEY), strict=True)
            columns.append(Column("reason", _("Reason"), [reasons.get(key, "") for key in keys]))
        self.table.show_columns(columns, range(len(frame)), empty=_("There are no such values."))
        self._show_buttons()

    def show_visits(self, found: DatedVisits) -> None:
        """Name the visits that dates tell, in what is listed and what will be."""
        if found.visits or self._by_date:
            self._by_date = found.visits
            self._shown()

    def _visits(self, frame: pd.DataFrame) -> Sequence[str]:
        """The visit of each value; before one that only its date tells stands a sign."""
        visits: list[str] = frame["visit"].tolist()
        if not self._by_date:
            return visits
        days = zip(frame["patient"], frame["date"], strict=True)
        told = [self._by_date.get(day, "") for day in days]
        return [v or (f"{_BY_DATE}{found}" if found else "") for v, found in zip(visits, told, strict=True)]

    def selected_keys(self) -> list[Key]:
        """The selected values, by what a reason is kept by."""
        if self._frame is None:
            return []
        rows = self.table.view.selectionModel().selectedRows()
        places = sorted(int(self.table.model.key(index.row())) for index in rows)
        return [tuple(str(self._frame[name].iloc[place]) for name in KEY) for place in places]

    def _ask(self, _index: int = 0) -> None:
        self.asked.emit(str(self.kind.currentData()), self.patient)

    def _on_everyone(self) -> None:
        self.patient = ""
        self._ask()

    def _on_activated(self, place: int) -> None:
        if self._frame is not None and self.kind.currentData() != "missing":
            row = self._frame.iloc[place]
            self.cell_asked.emit(str(row["file"]), str(row["sheet"]), str(row["cell"]))

    def _on_why(self) -> None:
        keys = self.selected_keys()
        if not keys:
            return
        dialog = ReasonDialog(len(keys), self.window())
        dialog.given.connect(lambda reason: self.reason_given.emit(keys, reason))
        dialog.open()

    def _show_buttons(self, *_selection: object) -> None:
        changed = self.kind.currentData() == "changed"
        self.why.setVisible(changed)
        self.why.setEnabled(changed and self.table.view.selectionModel().hasSelection())


def _visit_text(protocol: Protocol, visit: str) -> str:
    """A visit's name, and whether only a date tells it."""
    name = visit_text(protocol, visit.removeprefix(_BY_DATE))
    return _("{visit}, by its date").format(visit=name) if visit.startswith(_BY_DATE) else name


class ReasonDialog(FormDialog):
    """Asks why some values are changed. `given(reason)`."""

    given = Signal(str)

    def __init__(self, count: int, parent: QWidget) -> None:
        super().__init__("import_reason", _("Reason for the selected changes"), _("Use this reason"), parent)
        self.add_text(
            ngettext(
                "{count} change is selected. The others keep the reason for all.",
                "{count} changes are selected. The others keep the reason for all.",
                count,
            ).format(count=number_text(count)),
            "text",
        )
        self.reason = ReasonField(usual_reasons(), self)
        self.add_field(_("Reason"), self.reason, "reason")

    def submit(self) -> None:
        """Give the reason back."""
        self.given.emit(self.reason.reason())
        self.done_well()


def usual_reasons() -> list[str]:
    """Why values are changed by an import, mostly."""
    return [
        _("Corrected by the laboratory"),
        _("Corrected from the source document"),
        _("Newer export of the same data"),
        _("Typing error"),
    ]


def kind_names() -> dict[str, str]:
    """What the kinds of cells are called, the most telling first."""
    return {
        "changed": _("Changed"),
        "new": _("New"),
        "missing": _("Missing"),
        "set_apart": _("Set apart"),
        "same": _("Same"),
    }
