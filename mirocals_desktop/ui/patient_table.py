"""Every observation of a patient as the columns of a table: what it is, its value, and its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirocals_desktop.i18n import _
from mirocals_desktop.ui.table import Column, WrittenTexts
from mirocals_desktop.ui.values import date_text, value_text, variable_text, visit_text

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

_TOLD: Final = ("variable", "sealed", "missing", "number", "qualifier", "text")


def observation_columns(study: Snapshot) -> list[Column]:
    """One row for each observation of a snapshot, which holds one patient."""
    rows, protocol = study.observations, study.protocol
    names = {code: variable_text(protocol, code) for code in rows["variable"].unique()}
    visits = {code: _coded(code, visit_text(protocol, code)) for code in rows["visit"].unique()}
    dates = {date: date_text(date) for date in rows["date"].unique()}
    told = [rows[name].to_numpy() for name in _TOLD]

    def value(place: int) -> str:
        row = {name: column[place] for name, column in zip(_TOLD, told, strict=True)}
        return value_text(protocol.variable(row["variable"]), row, unit=True)

    return [
        Column("variable", _("Variable"), [names[code] for code in rows["variable"]]),
        Column("value", _("Value"), WrittenTexts(len(rows), value)),
        Column("visit", _("Visit"), [visits[code] for code in rows["visit"]]),
        Column("date", _("Date"), rows["date"].to_numpy(), show=lambda date: dates.get(date, date)),
        Column("unit", _("Unit in file"), rows["unit"].to_numpy()),
        Column("file", _("File"), rows["file"].to_numpy()),
        Column("sheet", _("Sheet"), rows["sheet"].to_numpy()),
        Column("cell", _("Cell"), rows["cell"].to_numpy()),
        Column("entry", _("Entry"), rows["entry"].to_numpy(), 0),
    ]


def _coded(code: str, label: str) -> str:
    """A visit's code and name, so that a table sorts by the code."""
    return label if code == label or not code else f"{code}  {label}"
