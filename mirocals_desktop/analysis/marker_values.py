"""The measurements of one biomarker, on a scale: absolute, change, percent change or multiples of baseline.

A value beyond the assay's limit (`<62.5`) is never taken for a number: it is a range with one open end, also
after it was related to the patient's baseline. What is left out, and by which rule, is said in the notes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.groups import is_baseline
from mirocals_desktop.i18n import _, ngettext

if TYPE_CHECKING:
    from mirocals_desktop.protocol.model import Variable
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Scale = Literal["absolute", "change", "percent", "ratio"]
"""The value itself, or its difference, percent difference or multiple of the patient's baseline."""

Substitution = Literal["half limit", "limit over root two", "limit"]
"""The number that stands for a value below the limit where a number is needed."""

_FACTORS: Final[Mapping[Substitution, float]] = {
    "half limit": 0.5,
    "limit over root two": 1 / math.sqrt(2),
    "limit": 1.0,
}


@dataclass(frozen=True, eq=False)
class Values:
    """The measurements of one variable on one scale, ordered by patient, day and record.

    Arrays have one item per measurement: observation `id`, index of its `patient` in `patients`, of its
    `visit` in `visits` (-1: unscheduled), `day` from the time origin (NaN: unknown), `planned` where the day
    is only the visit's target. `low` and `high` are what the value can be (equal unless it lies beyond the
    assay's limit; infinite where open), `value` is where it is drawn (at the limit), `substituted` what
    stands for it in means. `below` and `above` mark values beyond a limit. All in `unit`.
    """

    variable: str
    label: str
    unit: str
    decimals: int
    scale: Scale
    substitution: Substitution
    patients: tuple[str, ...]
    visits: tuple[str, ...]
    visit_labels: tuple[str, ...]
    visit_days: Floats
    id: Ints
    patient: Ints
    visit: Ints
    record: Ints
    day: Floats
    planned: Bools
    value: Floats
    low: Floats
    high: Floats
    substituted: Floats
    sealed: int
    notes: tuple[str, ...]

    @property
    def below(self) -> Bools:
        """Where the value is only known to lie below a number."""
        return np.isneginf(self.low)

    @property
    def above(self) -> Bools:
        """Where the value is only known to lie above a number."""
        return np.isposinf(self.high)

    def __len__(self) -> int:
        return len(self.value)


def biomarker_choices(snapshot: Snapshot) -> list[Variable]:
    """The numeric visit variables that have a measurement, sealed ones too, in the protocol's order."""
    return [
        variable for variable in snapshot.protocol.of_scope("visit") if variable.code in snapshot.measured
    ]


def derive_values(
    snapshot: Snapshot,
    variable: str,
    *,
    scale: Scale = "absolute",
    baseline_visit: str = "",
    substitution: Substitution = "half limit",
    patients: Sequence[str] | None = None,
) -> Values:
    """The measurements of `variable` on a scale, for `patients` (default: all), never the excluded ones.

    The baseline of a patient is the last value up to the first dose (up to day 0 where no first dose is
    known), or the value at `baseline_visit`. Sealed values are only counted. Raises ValueError for a
    variable that the protocol does not have.
    """
    definition = snapshot.protocol.variable(variable)
    if definition is None:
        raise ValueError(f"the protocol has no variable {variable!r}")
    excluded = frozenset(snapshot.options.excluded)
    names = snapshot.patients.index if patients is None else patients
    ids = tuple(str(name) for name in names if name not in excluded)
    rows = snapshot.measurements
    rows = rows[(rows["variable"] == variable).to_numpy(dtype=bool)]
    patient = (
        pd.Index(ids, dtype=object).get_indexer(pd.Index(rows["patient"], dtype=object)).astype(np.int64)
    )
    sealed = rows["sealed"].to_numpy(dtype=bool) & (patient >= 0)

    number = rows["number"].to_numpy(dtype=np.float64).copy()
    qualifier = rows["qualifier"].to_numpy(dtype=object)
    notes = _fill_unknown_limits(definition, number, qualifier)
    keep = (patient >= 0) & ~sealed & ~np.isnan(number)
    visits, visit = _visits(snapshot, rows["visit"].to_numpy(dtype=object)[keep])
    rows, number, qualifier, patient = rows[keep], number[keep], qualifier[keep], patient[keep]
    day, record = rows["day"].to_numpy(dtype=np.float64), rows["record"].to_numpy(dtype=np.int64)
    id_ = rows["id"].to_numpy(dtype=np.int64)

    order = np.lexsort((id_, record, day, patient))
    number, qualifier, patient, visit = number[order], qualifier[order], patient[order], visit[order]
    day, record, id_ = day[order], record[order], id_[order]
    planned = rows["day_planned"].to_numpy(dtype=bool)[order]
    below, above = qualifier == "<", qualifier == ">"
    low = np.where(below, -np.inf, number)
    high = np.where(above, np.inf, number)
    substituted = np.where(below, number * _FACTORS[substitution], number)
    value, chosen = number, np.ones(len(number), dtype=bool)
    unit = definition.unit
    if scale != "absolute":
        if baseline_visit:
            before = visit == (visits.index(baseline_visit) if baseline_visit in visits else -2)
        else:
            target = _visit_days(snapshot, visits)
            before = is_baseline(snapshot, ids, patient, np.where(np.isnan(day), target[visit], day))
        base = _baselines(len(ids), patient, before, day, record)
        value, low, high, substituted, chosen, more = _relate(
            scale, base[patient], number, low, high, substituted
        )
        notes += (_baseline_note(snapshot, baseline_visit), *more)
        unit = _unit_of(scale, definition.unit)
    labels = tuple(_visit_label(snapshot, code) for code in visits)
    return Values(
        variable,
        str(definition.label),
        unit,
        definition.decimals if scale in ("absolute", "change") else 1 if scale == "percent" else 2,
        scale,
        substitution,
        ids,
        visits,
        labels,
        _visit_days(snapshot, visits)[:-1],
        id_[chosen],
        patient[chosen],
        visit[chosen],
        record[chosen],
        day[chosen],
        planned[chosen],
        value[chosen],
        low[chosen],
        high[chosen],
        substituted[chosen],
        int(sealed.sum()),
        tuple(notes),
    )


def baseline_rows(snapshot: Snapshot, values: Values) -> Ints:
    """The row of each patient's baseline among values that are on no scale of it; -1 for none."""
    target = np.append(values.visit_days, math.nan)
    day = np.where(np.isnan(values.day), target[values.visit], values.day)
    before = is_baseline(snapshot, values.patients, values.patient, day)
    return _baselines(len(values.patients), values.patient, before, values.day, values.record)


def _fill_unknown_limits(
    definition: Variable, number: Floats, qualifier: npt.NDArray[np.object_]
) -> tuple[str, ...]:
    """Give "<" without a number the assay's lower limit, else the lowest limit or value that was reported."""
    open_below = np.isnan(number) & (qualifier == "<")
    count = int(open_below.sum())
    if not count:
        return ()
    limits = number[(qualifier == "<") & ~np.isnan(number)]
    known = number[~np.isnan(number)]
    limit = definition.assay.low
    if limit is None:
        limit = float(limits.min()) if len(limits) else float(known.min()) if len(known) else math.nan
    number[open_below] = limit
    text = ngettext(
        "{count} value below a limit that the file does not name is taken as below {limit}.",
        "{count} values below a limit that the file does not name are taken as below {limit}.",
        count,
    )
    return (text.format(count=count, limit=f"{limit:g}"),)


def _visits(snapshot: Snapshot, names: npt.NDArray[np.object_]) -> tuple[tuple[str, ...], Ints]:
    """The visits in the protocol's order, and the index of each row's visit (-1: unscheduled)."""
    codes, present = pd.factorize(names)
    planned = [visit.code for visit in snapshot.protocol.visits]
    rank = {code: index for index, code in enumerate(planned)}
    ordered = sorted(
        (str(code) for code in present if code != ""), key=lambda code: (rank.get(code, len(rank)), code)
    )
    position = {code: index for index, code in enumerate(ordered)}
    table = np.array([position.get(str(code), -1) for code in present], dtype=np.int64)
    return tuple(ordered), table[codes] if len(names) else np.empty(0, dtype=np.int64)


def _visit_days(snapshot: Snapshot, visits: tuple[str, ...]) -> Floats:
    """The target day of each visit; the last item, which index -1 finds, is NaN."""
    days = []
    for code in visits:
        visit = snapshot.protocol.visit(code)
        days.append(math.nan if visit is None or visit.day is None else float(visit.day))
    return np.array([*days, math.nan])


def _visit_label(snapshot: Snapshot, code: str) -> str:
    visit = snapshot.protocol.visit(code)
    return str(visit.label) if visit else code


def _baselines(patients: int, patient: Ints, before: Bools, day: Floats, record: Ints) -> Ints:
    """The row of each patient's baseline, -1 for none: the last day before, of repeats the first."""
    rows = np.flatnonzero(before)
    order = rows[np.lexsort((-record[rows], np.where(np.isnan(day), -np.inf, day)[rows], patient[rows]))]
    base = np.full(patients, -1, dtype=np.int64)
    base[patient[order]] = order
    return base


def _relate(
    scale: Scale, base: Ints, number: Floats, low: Floats, high: Floats, substituted: Floats
) -> tuple[Floats, Floats, Floats, Floats, Bools, tuple[str, ...]]:
    """Values related to the row of their baseline: value, low, high, substituted, which can be, notes."""
    has = base >= 0
    b, b_low, b_high, b_sub = (column[base] for column in (number, low, high, substituted))
    itself = base == np.arange(len(base))
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "change":
            value, new_low, new_high, new_sub = number - b, low - b_high, high - b_low, substituted - b_sub
            possible = has
        else:
            # A marker that can be multiplied is positive, so an open lower end of the baseline is 0.
            value, new_sub = number / b, substituted / b_sub
            new_low = np.where(np.isfinite(low) & np.isfinite(b_high), low / b_high, -np.inf)
            new_high = np.where(np.isfinite(high) & np.isfinite(b_low), high / b_low, np.inf)
            possible = has & (b > 0) & (number >= 0)
            if scale == "percent":
                value, new_low, new_high, new_sub = (
                    100 * (column - 1) for column in (value, new_low, new_high, new_sub)
                )
    start = 1.0 if scale == "ratio" else 0.0
    new_low, new_high = np.where(itself, start, new_low), np.where(itself, start, new_high)
    new_sub, value = np.where(itself, start, new_sub), np.where(itself, start, value)
    exact = (low == high) & (b_low == b_high)
    new_low, new_high = np.where(exact, value, new_low), np.where(exact, value, new_high)
    open_ends = np.isinf(new_low) & np.isinf(new_high)
    value = np.where(np.isfinite(new_high), new_high, np.where(np.isfinite(new_low), new_low, value))
    notes = []
    without = int((~has).sum())
    if without:
        notes.append(
            ngettext(
                "{count} value of a patient without baseline is left out.",
                "{count} values of patients without baseline are left out.",
                without,
            ).format(count=without)
        )
    unknown = int((possible & open_ends).sum())
    if unknown:
        notes.append(
            ngettext(
                "{count} value is left out because it and its baseline both lie beyond a limit.",
                "{count} values are left out because they and their baselines both lie beyond a limit.",
                unknown,
            ).format(count=unknown)
        )
    impossible = int((has & ~possible).sum())
    if impossible:
        notes.append(
            ngettext(
                "{count} value is left out because its baseline is not above zero.",
                "{count} values are left out because their baselines are not above zero.",
                impossible,
            ).format(count=impossible)
        )
    return value, new_low, new_high, new_sub, possible & ~open_ends, tuple(notes)


def _baseline_note(snapshot: Snapshot, visit: str) -> str:
    if visit:
        return _("Baseline is the value at {visit}.").format(visit=_visit_label(snapshot, visit))
    return _("Baseline is the last value up to the first dose, or up to day 0 where no first dose is known.")


def _unit_of(scale: Scale, unit: str) -> str:
    if scale == "change":
        return _("percentage points") if unit.startswith("%") else unit
    return "%" if scale == "percent" else _("times baseline")
