"""Checks of the ALSFRS-R: total and items, 5a and 5b."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.checks.checked import Checked, rows_by_visit, say_at
from mirocals_desktop.protocol import codes

_ALSFRS_R_ITEMS: Final = 12


def check_alsfrs_r(checked: Checked) -> None:
    """A stated total is the sum of its twelve items, none is missing, and one of 5a and 5b is scored."""
    batch = checked.batch
    number_of = {variable.code: number for number, variable in enumerate(batch.variables)}
    asked = [code for code in codes.ALSFRS_R_ITEMS if code in number_of]
    if len(asked) < _ALSFRS_R_ITEMS:
        return
    items = {code: rows_by_visit(batch, number_of[code]) for code in asked}
    totals = (
        rows_by_visit(batch, number_of[codes.ALSFRS_R_TOTAL]) if codes.ALSFRS_R_TOTAL in number_of else {}
    )
    scored: dict[tuple[int, int, int, int], dict[str, int]] = {}
    for code, found in items.items():
        for place, at in found.items():
            scored.setdefault(place, {})[code] = at
    for place, cells in scored.items():
        fives = [code for code in ("alsfrs_r_5a", "alsfrs_r_5b") if code in cells]
        if len(fives) == 2:
            say_at(checked, cells["alsfrs_r_5b"], "error", "alsfrs-5a-5b", _alsfrs_both(checked, place))
        if place not in totals:
            continue
        at = totals[place]
        answered = len(cells) - (len(fives) == 2)
        if answered < _ALSFRS_R_ITEMS:
            missing = [code for code in codes.ALSFRS_R_ITEMS if code not in cells and "_5" not in code]
            _say_missing_items(checked, at, missing, answered)
        elif len(fives) == 1:
            total = float(sum(batch.number[cell] for cell in cells.values()))
            if total != float(batch.number[at]):
                message = _(
                    "The ALSFRS-R total of patient {patient} is written as {stated}; the items make {total}."
                ).format(
                    patient=batch.patients.array()[place[0]],
                    stated=f"{batch.number[at]:g}",
                    total=f"{total:g}",
                )
                say_at(checked, at, "error", "alsfrs-total", message)


def _alsfrs_both(checked: Checked, place: tuple[int, int, int, int]) -> str:
    return _(
        "Patient {patient}: both 5a and 5b of the ALSFRS-R are scored; only one of them applies."
    ).format(patient=checked.batch.patients.array()[place[0]])


def _say_missing_items(checked: Checked, at: int, missing: Sequence[str], answered: int) -> None:
    """The issue stands at the empty cell of the item, where the table has one, else at the total."""
    batch = checked.batch
    message = _(
        "Patient {patient} has an ALSFRS-R total with {count} of 12 items: item {items} is missing."
    ).format(
        patient=batch.patients.array()[batch.patient[at]],
        count=amount(answered),
        items=", ".join(code.removeprefix("alsfrs_r_") for code in missing) or "5",
    )
    total = checked.series[int(batch.series[at])]
    column = next(
        (c for c in total.table.columns if c.variable and missing and c.variable.code == missing[0]), None
    )
    checked.issues.add(
        "warning",
        "alsfrs-missing-item",
        message,
        table=total.table,
        row=int(batch.row[at]),
        column=column.place.column if column else int(batch.column[at]),
        patient=str(batch.patients.array()[batch.patient[at]]),
        variable=missing[0] if missing else codes.ALSFRS_R_TOTAL,
    )
