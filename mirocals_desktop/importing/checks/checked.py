"""What the checks look at, and how they say what they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mirocals_desktop.importing.assemble import Assembly
from mirocals_desktop.importing.batch import Batch, Ints
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.earlier_values import EarlierValues
from mirocals_desktop.importing.grid import EPOCH, Floats
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.model import Severity
from mirocals_desktop.importing.series import Series
from mirocals_desktop.protocol.model import Protocol, Variable


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checks look at: the observations, the series they came from, and when the data are from."""

    assembly: Assembly
    series: tuple[Series, ...]
    issues: IssueList
    today: date
    codings: Codings
    stored_dates: Mapping[str, Mapping[str, float]]
    protocol: Protocol
    earlier: EarlierValues

    @property
    def batch(self) -> Batch:
        """The observations."""
        return self.assembly.batch


def numeric_rows(batch: Batch) -> Sequence[tuple[Variable, Ints]]:
    """The numeric variables of a batch, each with the rows that hold a value of it."""
    said = np.flatnonzero(batch.missing == 0)
    said = said[np.argsort(batch.variable[said], kind="stable")]
    ends = np.cumsum(np.bincount(batch.variable[said], minlength=len(batch.variables)))
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    return [
        (variable, said[start:end])
        for variable, start, end in zip(batch.variables, starts.tolist(), ends.tolist(), strict=True)
        if variable.kind in ("number", "integer")
    ]


# --- ALSFRS-R ---------------------------------------------------------------------------------------------


def rows_by_visit(batch: Batch, variable: int) -> dict[tuple[int, int, int, int], int]:
    """The rows of a numeric variable by patient, visit, date and record."""
    rows = np.flatnonzero((batch.variable == variable) & (batch.missing == 0) & np.isfinite(batch.number))
    keys = zip(
        batch.patient[rows].tolist(),
        batch.visit[rows].tolist(),
        batch.date[rows].tolist(),
        batch.record[rows].tolist(),
        strict=True,
    )
    return dict(zip(keys, rows.tolist(), strict=True))


# --- dates ------------------------------------------------------------------------------------------------


def days_of(batch: Batch) -> Floats:
    """For each observation of a date the day that it says, NaN for anything else."""
    texts = batch.texts.array()
    days_of_text = np.array([day_of_text(text) for text in texts])
    is_date = np.array([variable.kind == "date" for variable in batch.variables], dtype=bool)
    if not len(batch):
        return np.zeros(0)
    return np.where(is_date[batch.variable], days_of_text[batch.text], np.nan)


def day_of_text(text: str) -> float:
    """The days since 1970 of a full ISO date, NaN for any other text."""
    if len(text) != 10 or text[4] != "-":
        return np.nan
    try:
        return float((date.fromisoformat(text) - EPOCH).days)
    except ValueError:
        return np.nan


def date_text(day: float) -> str:
    """The ISO date of a number of days since 1970."""
    return date.fromordinal(EPOCH.toordinal() + int(day)).isoformat()


def say_at(checked: Checked, at: int, severity: Severity, code: str, message: str) -> None:
    """Add an issue at the cell of a row of the batch."""
    batch = checked.batch
    one = checked.series[int(batch.series[at])]
    checked.issues.add(
        severity,
        code,
        message,
        table=one.table,
        row=int(batch.row[at]),
        column=int(batch.column[at]),
        patient=str(batch.patients.array()[batch.patient[at]]),
        variable=one.variable.code,
    )
