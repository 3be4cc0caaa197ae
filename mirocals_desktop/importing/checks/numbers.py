"""Checks of numbers: limits, the patient's own history, columns exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.assemble import SEALED
from mirocals_desktop.importing.batch import Batch, Ints, pack_keys
from mirocals_desktop.importing.checks.checked import (
    Checked,
    day_of_text,
    numeric_rows,
    say_at,
)
from mirocals_desktop.importing.grid import Booleans, Floats, cell_name
from mirocals_desktop.importing.model import Severity
from mirocals_desktop.importing.series import Series
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Limits, Variable

_FAR_SPREADS: Final = 8.0


_FAR_AT_LEAST: Final = 1.08


_SWAPPED: Final = 4.0


_ENOUGH: Final = 5


_FEW: Final = 3


def check_limits(checked: Checked) -> None:
    """Numbers outside the range in which they can be true, and outside the usual one."""
    for variable, rows in numeric_rows(checked.batch):
        values = checked.batch.number[rows]
        impossible = _outside(values, variable.impossible)
        usual = _outside(values, variable.suspicious) & ~impossible
        _say_values(checked, rows[impossible], variable, "error", "impossible-value")
        _say_values(checked, rows[usual], variable, "warning", "unusual-value")


def _outside(values: Floats, limits: Limits) -> Booleans:
    low = -np.inf if limits.low is None else limits.low
    high = np.inf if limits.high is None else limits.high
    return np.asarray(np.isfinite(values) & ((values < low) | (values > high)))


def _say_values(checked: Checked, rows: Ints, variable: Variable, severity: Severity, code: str) -> None:
    batch = checked.batch
    limits = variable.impossible if code == "impossible-value" else variable.suspicious
    template = (
        _("{variable} of patient {patient} is {value} {unit}, which cannot be true ({limits}).")
        if code == "impossible-value"
        else _("{variable} of patient {patient} is {value} {unit}, outside the usual range ({limits}).")
    )
    names = batch.patients.array()
    for number in np.unique(batch.series[rows]).tolist():
        mine = rows[batch.series[rows] == number]
        one = checked.series[number]
        by_row = dict(zip(batch.row[mine].tolist(), mine.tolist(), strict=True))

        def sentence(row: int, by_row: Mapping[int, int] = by_row, one: Series = one) -> str:
            at = by_row[row]
            return template.format(
                variable=variable.label,
                patient=names[batch.patient[at]],
                value=SEALED if one.column.sealed else amount(batch.number[at]),
                unit=variable.unit,
                limits=_range_text(limits),
            ).replace("  ", " ")

        checked.issues.add_cells(
            severity,
            code,
            sentence,
            table=one.table,
            column=one.column.place.column,
            rows=list(by_row),
            patients=[str(names[batch.patient[at]]) for at in by_row.values()],
            variable=variable.code,
        )


def _range_text(limits: Limits) -> str:
    low, high = limits.low, limits.high
    both = _("{low} to {high}")
    text = _("at most {high}") if low is None else _("at least {low}") if high is None else both
    return text.format(low=amount(low or 0), high=amount(high or 0))


def check_far_from_history(checked: Checked) -> None:
    """Values far from the patient's own others: a slip of the unit, of the keys, or a swapped sample.

    Each value is held against the middle one of its neighbours in time (two before, two after), or against
    the middle of what the study holds where the files have too few; how far is far is told by how much all
    patients' values differ from theirs.
    """
    batch = checked.batch
    for variable, rows in numeric_rows(batch):
        if variable.scope != "visit" or variable.kind != "number":
            continue
        values = batch.number[rows]
        positive = rows[np.isfinite(values) & (values > 0) & (batch.qualifier[rows] == 0)]
        if len(positive) < _ENOUGH:
            continue
        beside = _away_from_neighbours(checked, positive)
        away = np.where(np.isfinite(beside), beside, _away_from_earlier(checked, positive, variable))
        known = away[np.isfinite(away)]
        if len(known) < 4 * _ENOUGH:
            continue
        spread = 1.4826 * float(np.median(np.abs(known)))
        far = np.flatnonzero(np.abs(away) > max(_FAR_SPREADS * spread, np.log(_FAR_AT_LEAST)))
        known_already = np.isnan(beside[far]) & _is_stored(checked, positive[far], variable)
        _say_far(checked, positive[far[~known_already]], variable)


def _away_from_neighbours(checked: Checked, rows: Ints) -> Floats:
    """How far the logarithm of each value is from the middle of its neighbours'; NaN with few of them."""
    batch = checked.batch
    if int(np.bincount(batch.patient[rows]).max()) <= _FEW:
        return np.full(len(rows), np.nan)
    days = np.array([day_of_text(text) for text in batch.dates.array()])[batch.date[rows]]
    days = np.where(np.isfinite(days), days, batch.visit[rows])
    order = np.lexsort((days, batch.patient[rows]))
    logs = np.log(batch.number[rows])[order]
    patient = batch.patient[rows][order]
    near = np.full((4, len(order)), np.nan)
    for line, shift in enumerate((-2, -1, 1, 2)):
        moved = np.roll(logs, -shift)
        same = np.roll(patient, -shift) == patient
        if shift < 0:
            same[:-shift] = False
        else:
            same[-shift:] = False
        near[line] = np.where(same, moved, np.nan)
    count = np.isfinite(near).sum(axis=0)
    near.sort(axis=0)  # NaN comes last
    middle = np.where(count == 4, (near[1] + near[2]) / 2, np.where(count == 3, near[1], np.nan))
    away = np.full(len(rows), np.nan)
    away[order] = logs - middle
    return away


def _away_from_earlier(checked: Checked, rows: Ints, variable: Variable) -> Floats:
    """How far the logarithm of each value is from the middle of the patient's stored ones; NaN without."""
    names, earlier = checked.batch.patients.array(), checked.earlier.of(variable.code)
    middles = np.array([earlier.get(str(names[code]), np.nan) for code in checked.batch.patient[rows]])
    return np.asarray(np.log(checked.batch.number[rows]) - np.log(middles))


def _is_stored(checked: Checked, rows: Ints, variable: Variable) -> Booleans:
    """Whether the study holds a value of the patient just so: a file that comes again tells nothing new."""
    names, batch = checked.batch.patients.array(), checked.batch
    patients = [str(names[code]) for code in batch.patient[rows]]
    held = checked.earlier.holds(variable.code, patients, batch.number[rows].tolist())
    return np.array(held, dtype=bool)


def _say_far(checked: Checked, rows: Ints, variable: Variable) -> None:
    batch = checked.batch
    names = batch.patients.array()
    for at in rows.tolist():
        one = checked.series[int(batch.series[at])]
        message = _(
            "{variable} of patient {patient} is {value}, far from the patient’s other values."
        ).format(
            variable=variable.label,
            patient=names[batch.patient[at]],
            value=SEALED if one.column.sealed else amount(batch.number[at]),
        )
        say_at(
            checked, at, "warning", "far-from-history", message + _slip_of(variable, float(batch.number[at]))
        )


def _slip_of(variable: Variable, value: float) -> str:
    """The slip that would explain an unusual value, as a sentence; "" when none does."""
    if value in variable.suspicious or not variable.suspicious:
        return ""
    if variable.unit == "%" and 0 < value <= 1 and value * 100 in variable.suspicious:
        return " " + _("Is it a fraction instead of a percentage?")
    for unit in variable.units[1:]:
        if unit.factor != 1.0 and value * unit.factor in variable.suspicious:
            return " " + _("Is it in {unit}?").format(unit=unit.name)
    return ""


def check_swapped_columns(checked: Checked) -> None:
    """Percentage and count exchanged at one visit: each fits the patient's values of the other."""
    batch = checked.batch
    number_of = {variable.code: number for number, variable in enumerate(batch.variables)}
    if codes.TREG_PERCENT not in number_of or codes.TREG_COUNT not in number_of:
        return
    cells = [_measured(batch, number_of[code]) for code in (codes.TREG_PERCENT, codes.TREG_COUNT)]
    places = np.concatenate([_places(batch, rows) for rows in cells])
    packed = pack_keys(places)
    first, second = packed[: len(cells[0])], packed[len(cells[0]) :]
    _both, at_first, at_second = np.intersect1d(first, second, return_indices=True)
    pairs = np.stack([cells[0][at_first], cells[1][at_second]])
    if not pairs.size:
        return
    own = np.stack([_middles(batch, rows)[batch.patient[pairs[0]]] for rows in cells])
    values = batch.number[pairs]
    known = np.flatnonzero((values > 0).all(axis=0) & (own > 0).all(axis=0))
    logs, usual = np.log(values[:, known]), np.log(own[:, known])
    apart = np.abs(logs - usual).sum(axis=0)
    exchanged = np.abs(logs - usual[::-1]).sum(axis=0)
    for at in known[apart > exchanged + np.log(_SWAPPED)].tolist():
        _say_swapped(checked, (int(pairs[0, at]), int(pairs[1, at])))


def _measured(batch: Batch, variable: int) -> Ints:
    return np.flatnonzero((batch.variable == variable) & (batch.missing == 0) & np.isfinite(batch.number))


def _places(batch: Batch, rows: Ints) -> Ints:
    columns = (batch.patient, batch.visit, batch.date, batch.record)
    return np.stack([column[rows] for column in columns], axis=1)


def _middles(batch: Batch, rows: Ints) -> Floats:
    """By the number of each patient the middle of at least three values; NaN with fewer."""
    order = rows[np.lexsort((batch.number[rows], batch.patient[rows]))]
    patients, starts, counts = np.unique(batch.patient[order], return_index=True, return_counts=True)
    low, high = batch.number[order[starts + (counts - 1) // 2]], batch.number[order[starts + counts // 2]]
    middles = np.full(len(batch.patients), np.nan)
    middles[patients] = np.where(counts >= _FEW, (low + high) / 2, np.nan)
    return middles


def _say_swapped(checked: Checked, pair: tuple[int, int]) -> None:
    batch = checked.batch
    labels = [batch.variables[int(batch.variable[at])].label for at in pair]
    cells = [cell_name(int(batch.row[at]), int(batch.column[at])) for at in pair]
    message = _("Patient {patient}: {first} and {second} seem to be exchanged in {cells}.").format(
        patient=batch.patients.array()[batch.patient[pair[0]]],
        first=labels[0],
        second=labels[1],
        cells=", ".join(cells),
    )
    one = checked.series[int(batch.series[pair[0]])]
    checked.issues.add(
        "warning",
        "swapped-values",
        message,
        table=one.table,
        row=int(batch.row[pair[0]]),
        column=int(batch.column[pair[0]]),
        cells=cells,
        patient=str(batch.patients.array()[batch.patient[pair[0]]]),
        variable=one.variable.code,
    )
