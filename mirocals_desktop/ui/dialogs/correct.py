"""A correction by hand: the right value, read as an import would read it, and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.dialogs.form import FormDialog, ReasonField
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import (
    date_text,
    number_text,
    user_locale,
    value_text,
    variable_text,
    visit_text,
)

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Unit, Variable


@dataclass(frozen=True)
class Typed:
    """A value as it will be stored: one of number, text and missing says something."""

    number: float | None = None
    text: str = ""
    qualifier: str = ""
    missing: str = ""
    unit: str = ""


class CorrectDialog(FormDialog):
    """Asks for the value and the reason, and shows how the value is understood before it is stored."""

    def __init__(self, session: Session, observation: int, parent: QWidget) -> None:
        super().__init__("correct", _("Correct a value"), _("Correct"), parent)
        from mirocals_desktop.importing.missing import REASONS, reason_label

        self._session = session
        self._observation = observation
        snapshot = session.snapshot
        assert snapshot is not None  # the action is off without a study
        rows = snapshot.observations
        row: dict[str, Any] = {
            str(name): value for name, value in rows[rows["id"] == observation].iloc[0].items()
        }
        self._variable = snapshot.protocol.variable(str(row["variable"]))
        where = [
            _("Patient {patient}").format(patient=row["patient"]),
            variable_text(snapshot.protocol, str(row["variable"])),
            visit_text(snapshot.protocol, str(row["visit"])),
            date_text(str(row["date"])),
        ]
        self.add_text("  ·  ".join(part for part in where if part), "where")
        now = QLabel(value_text(self._variable, row), self)
        self.add_field(_("Stored value"), now, "now")
        choices = self._variable.choices if self._variable is not None else ()
        self.value: QLineEdit | QComboBox
        if choices:
            self.value = QComboBox(self)
            for choice in choices:
                self.value.addItem(str(choice.label), choice.code)
            self.value.setCurrentIndex(max(self.value.findData(row["text"]), 0))
            self.value.currentIndexChanged.connect(self._echo)
        else:
            self.value = QLineEdit(self)
            self.value.setText(self._editable(row))
            self.value.selectAll()
            self.value.textChanged.connect(self._echo)
        self.add_field(_("Right value"), self.value, "value")
        self.unit = QComboBox(self)
        units = self._variable.units if self._variable is not None else ()
        for unit in units:
            self.unit.addItem(unit.name)
        self.unit.currentIndexChanged.connect(self._echo)
        self.add_field(_("Unit"), self.unit, "unit")
        self.form.setRowVisible(self.unit, len(units) > 1)
        self.missing = QComboBox(self)
        self.missing.addItem(_("There is a value"), "")
        for code in REASONS:
            self.missing.addItem(_("No value: {reason}").format(reason=reason_label(code)), code)
        self.missing.currentIndexChanged.connect(self._echo)
        self.add_field("", self.missing, "missing")
        self.missing.setAccessibleName(_("Whether there is a value"))
        self.echo = QLabel(self)
        self.echo.setWordWrap(True)
        self.add_field("", self.echo, "echo")
        self.reason = ReasonField(
            [
                _("Typing error"),
                _("Corrected by the laboratory"),
                _("Corrected from the source document"),
                _("Wrong patient"),
                _("Wrong visit"),
            ],
            self,
        )
        self.add_field(_("Reason"), self.reason, "reason")
        self.value.setFocus()
        self._echo()

    def _editable(self, row: dict[str, Any]) -> str:
        """The stored value as one would type it."""
        if row["sealed"] or row["missing"]:
            return ""
        if row["number"] == row["number"]:
            return f"{row['qualifier']}{number_text(row['number'], grouped=False)}"
        return str(row["text"])

    def submit(self) -> None:
        """Store the correction as an entry of its own."""
        typed = self._read()
        reason = self.reason.reason()
        raw = "" if typed.missing else self._raw()
        observation = self._observation
        self.wait()
        self._session.change(
            _("Correcting a value"),
            lambda study, _report: study.correct(
                observation,
                reason=reason,
                raw=raw,
                number=typed.number,
                text=typed.text,
                qualifier=typed.qualifier,
                missing=typed.missing,
                unit=typed.unit,
            ),
            done=self._on_corrected,
            failed=self.fail,
            cancelled=self.stopped,
        )

    def _on_corrected(self, entry: int) -> None:
        """Keep the selection on the value: it has a new observation now."""
        snapshot, selection = self._session.snapshot, self._session.selection
        if snapshot is not None and selection.observation == self._observation:
            rows = snapshot.observations
            new = rows[(rows["entry"] == entry) & (rows["patient"] == selection.patient)]
            if len(new):
                self._session.select(
                    patient=selection.patient,
                    variable=selection.variable,
                    visit=selection.visit,
                    record=selection.record,
                    observation=int(new["id"].iloc[0]),
                )
        self.done_well()

    def _raw(self) -> str:
        return self.value.currentText() if isinstance(self.value, QComboBox) else self.value.text().strip()

    def _unit(self) -> Unit | None:
        units = self._variable.units if self._variable is not None else ()
        return units[self.unit.currentIndex()] if 0 <= self.unit.currentIndex() < len(units) else None

    def _read(self) -> Typed:
        missing = str(self.missing.currentData())
        if missing:
            return Typed(missing=missing)
        if isinstance(self.value, QComboBox):
            return Typed(text=str(self.value.currentData()))
        return read_typed(self._variable, self._raw(), self._unit())

    def _echo(self) -> None:
        """Say how the value is understood, or why it is not."""
        self.value.setEnabled(not self.missing.currentData())
        try:
            typed = self._read()
        except AppError as error:
            self.echo.setText(error.message)
            self.echo.setStyleSheet(f"color: {theme.faint_colour()};")
            return
        lines = [_("Will be stored as {value}").format(value=self._shown(typed))]
        variable, number = self._variable, typed.number
        if variable is not None and number is not None and number not in variable.suspicious:
            lines.append(_("This lies outside the usual range: look at it twice."))
        self.echo.setText("\n".join(lines))
        colour = theme.warning_colour() if len(lines) > 1 else theme.faint_colour()
        self.echo.setStyleSheet(f"color: {colour};")

    def _shown(self, typed: Typed) -> str:
        return value_text(
            self._variable,
            {
                "sealed": False,
                "missing": typed.missing,
                "number": float("nan") if typed.number is None else typed.number,
                "text": typed.text,
                "qualifier": typed.qualifier,
            },
        )


def read_typed(variable: Variable | None, raw: str, unit: Unit | None) -> Typed:
    """The value that a person typed for a variable. AppError when it is none."""
    if not raw:
        raise AppError(_("The value is missing."))
    kind = variable.kind if variable is not None else "text"
    if kind in ("number", "integer"):
        return _read_number(variable, raw, unit)
    if kind == "date":
        return _read_date(raw)
    return Typed(text=raw)


def _read_number(variable: Variable | None, raw: str, unit: Unit | None) -> Typed:
    from mirocals_desktop.importing.numbers import read_number

    found = read_number(raw, user_locale().decimalPoint())
    if found is None or found.remark:
        raise AppError(_("This is not a number."), hint=_("Write it like {example}.").format(example="<62.5"))
    number = found.value * (unit.factor if unit is not None else 1.0)
    if variable is not None and variable.kind == "integer" and number != int(number):
        raise AppError(_("This must be a whole number."))
    if variable is not None and number not in variable.impossible:
        low, high = variable.impossible.low, variable.impossible.high
        raise AppError(
            _("This cannot be: the value lies between {low} and {high}.").format(
                low="–∞" if low is None else number_text(low), high="∞" if high is None else number_text(high)
            )
        )
    return Typed(number=number, qualifier=found.qualifier, unit=unit.name if unit is not None else "")


def _read_date(raw: str) -> Typed:
    from mirocals_desktop.importing.dates import read_date

    readings = read_date(raw, QDate.currentDate().year())
    found = readings.read("dmy")
    if found is None:
        raise AppError(
            _("This is no date of the calendar."), hint=_("Write day, month and year, or month and year.")
        )
    return Typed(text=found.text)
