"""Each patient's value at a visit beside the baseline, the changes in order, and values as a heat map.

The change of a group is summarised by its median with a distribution-free interval: the order statistics
whose coverage by the binomial distribution is at least 95 % (Conover 1999, section 3.2; R's
`qbinom(0.025, n, 0.5)` gives the lower rank). Groups are described, not tested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.groups import Grouping, derive_groups
from mirocals_desktop.analysis.marker_values import Scale, Values, baseline_rows, derive_values
from mirocals_desktop.i18n import _, ngettext

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class MedianChange:
    """The median change of a group with its interval; NaN where too few patients have one."""

    group: str
    n: int
    median: float
    lower: float
    upper: float
    rose: int
    fell: int


@dataclass(frozen=True, eq=False)
class Paired:
    """The patients with a baseline and a value at a visit, in the order of their change, the largest first.

    Arrays have one item per patient: index of its `group`, `before` and `after` in the variable's unit with
    the ids of their observations, `change` in `unit` on the scale asked for. `censored` marks those of whom
    one value lies beyond a limit: it stands at the limit.
    """

    variable: str
    label: str
    unit: str
    decimals: int
    scale: Scale
    change_unit: str
    change_decimals: int
    visit: str
    visit_label: str
    groups: Grouping
    patients: tuple[str, ...]
    group: Ints
    before: Floats
    after: Floats
    before_id: Ints
    after_id: Ints
    change: Floats
    censored: Bools
    medians: tuple[MedianChange, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Values as patients by visits. Cells in long form: `row`, `column`, `value`, `id`, `bin` of each.

    Rows are patients by group, then by their median, the highest first. `edges` part the bins (quantiles of
    all values, so that each colour has as many cells).
    """

    variable: str
    label: str
    unit: str
    decimals: int
    patients: tuple[str, ...]
    group: Ints
    groups: Grouping
    visits: tuple[str, ...]
    visit_labels: tuple[str, ...]
    row: Ints
    column: Ints
    value: Floats
    id: Ints
    bin: Ints
    edges: Floats
    notes: tuple[str, ...]


def derive_paired(
    snapshot: Snapshot,
    variable: str,
    visit: str,
    *,
    scale: Scale = "change",
    grouping: str = "",
    patients: Sequence[str] | None = None,
) -> Paired:
    """Baseline and value at `visit` of each patient; `scale` "absolute" counts as "change".

    The baseline is that of `derive_values`; a patient without both is not here, and the notes count them.
    """
    how: Scale = "change" if scale == "absolute" else scale
    stored = derive_values(snapshot, variable, patients=patients)
    related = derive_values(snapshot, variable, scale=how, patients=patients)
    groups = derive_groups(snapshot, grouping, patients=patients)
    group_of = dict(zip(groups.patients, groups.group.tolist(), strict=True))
    base = baseline_rows(snapshot, stored)
    place = {int(number): row for row, number in enumerate(stored.id.tolist())}
    index = related.visits.index(visit) if visit in related.visits else -2
    first: dict[int, int] = {}
    for row in np.flatnonzero(related.visit == index).tolist():
        first.setdefault(int(related.patient[row]), row)
    rows = [
        (patient, row)
        for patient, row in first.items()
        if base[patient] >= 0
        and int(stored.id[base[patient]]) != int(related.id[row])
        and group_of.get(related.patients[patient], -1) >= 0
    ]
    change = np.array([related.value[row] for _patient, row in rows], dtype=np.float64)
    order = np.argsort(-change, kind="stable")
    chosen = [rows[number] for number in order.tolist()]
    before = np.array([base[patient] for patient, _row in chosen], dtype=np.int64)
    after = np.array([place[int(related.id[row])] for _patient, row in chosen], dtype=np.int64)
    group = np.array([group_of[related.patients[patient]] for patient, _row in chosen], dtype=np.int64)
    change = change[order]
    beyond = stored.below | stored.above
    neutral = 1.0 if how == "ratio" else 0.0
    medians = tuple(
        _median_change(label, change[group == place], neutral) for place, label in enumerate(groups.labels)
    )
    without = len(first) - len(rows)
    notes = [
        _(
            "Median changes with a distribution-free 95 % interval from order statistics; a dash where fewer "
            "than six patients have one."
        ),
        *(note for note in related.notes),
    ]
    if without:
        notes.append(
            ngettext(
                "{count} patient with a value at the visit has no earlier baseline or no group.",
                "{count} patients with a value at the visit have no earlier baseline or no group.",
                without,
            ).format(count=without)
        )
    if len(chosen) and (beyond[before] | beyond[after]).any():
        notes.append(_("Values beyond a limit stand at the limit and are marked."))
    return Paired(
        variable,
        stored.label,
        stored.unit,
        stored.decimals,
        how,
        related.unit,
        related.decimals,
        visit,
        related.visit_labels[index] if index >= 0 else visit,
        groups,
        tuple(related.patients[patient] for patient, _row in chosen),
        group,
        stored.value[before],
        stored.value[after],
        stored.id[before],
        stored.id[after],
        change,
        beyond[before] | beyond[after],
        medians,
        tuple(notes),
    )


def median_interval(x: Floats, level: float = LEVEL) -> tuple[float, float]:
    """A distribution-free interval of the median: order statistics k and n + 1 - k; NaN where n is too small.

    k is the largest for which P(B < k) is at most (1 - level) / 2 with B binomial(n, 1/2).
    """
    n = len(x)
    tail, k = 0.0, 0
    for count in range(n // 2 + 1):
        tail += math.comb(n, count) / 2**n
        if tail > (1 - level) / 2:
            break
        k = count + 1
    if k == 0:
        return math.nan, math.nan
    ordered = np.sort(x)
    return float(ordered[k - 1]), float(ordered[n - k])


def _median_change(label: str, change: Floats, neutral: float) -> MedianChange:
    if not len(change):
        return MedianChange(label, 0, math.nan, math.nan, math.nan, 0, 0)
    lower, upper = median_interval(change)
    return MedianChange(
        label,
        len(change),
        float(np.median(change)),
        lower,
        upper,
        int((change > neutral).sum()),
        int((change < neutral).sum()),
    )


def derive_heat_map(values: Values, groups: Grouping, *, bins: int = 7) -> HeatMap:
    """The first value of each patient at each visit, on the scale of `values`."""
    group_of = dict(zip(groups.patients, groups.group.tolist(), strict=True))
    usable = np.flatnonzero((values.visit >= 0) & np.isfinite(values.value))
    cells: dict[tuple[int, int], int] = {}
    for row in usable.tolist():
        if group_of.get(values.patients[values.patient[row]], -1) >= 0:
            cells.setdefault((int(values.patient[row]), int(values.visit[row])), row)
    rows = np.array(list(cells.values()), dtype=np.int64)
    shown = np.unique(values.patient[rows])
    middle = {int(p): float(np.median(values.value[rows[values.patient[rows] == p]])) for p in shown}
    ordered = sorted(shown.tolist(), key=lambda p: (group_of[values.patients[p]], -middle[p]))
    height = {patient: place for place, patient in enumerate(ordered)}
    visits = np.unique(values.visit[rows])
    column = {int(visit): place for place, visit in enumerate(visits)}
    number = values.value[rows]
    edges = np.unique(np.quantile(number, np.linspace(0, 1, bins + 1))) if len(rows) else np.array([0.0, 1.0])
    return HeatMap(
        values.variable,
        values.label,
        values.unit,
        values.decimals,
        tuple(values.patients[patient] for patient in ordered),
        np.array([group_of[values.patients[patient]] for patient in ordered], dtype=np.int64),
        groups,
        tuple(values.visits[visit] for visit in visits),
        tuple(values.visit_labels[visit] for visit in visits),
        np.array([height[int(patient)] for patient in values.patient[rows]], dtype=np.int64),
        np.array([column[int(visit)] for visit in values.visit[rows]], dtype=np.int64),
        number,
        values.id[rows],
        np.clip(np.searchsorted(edges, number, side="right") - 1, 0, max(len(edges) - 2, 0)).astype(np.int64),
        edges.astype(np.float64),
        (
            _("Patients stand by group, then by their median; each colour has as many cells."),
            *values.notes,
        ),
    )
