"""How firmly each patient stands in a class of a marker: near a cut or far, and the same in repeated samples.

The assay's error is taken as lognormal with a coefficient of variation that the user states: no study file
tells it. The chance that a measurement of the same sample would fall on the other side of the nearest cut is
then Phi(-|ln(value / cut)| / sigma) with sigma^2 = ln(1 + CV^2). Repeated samples of a patient say more than
the assay does: they also hold what changes in the patient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mirocals_desktop.analysis.groups import class_of_value, derive_classes
from mirocals_desktop.analysis.marker_values import derive_values
from mirocals_desktop.i18n import _, ngettext

if TYPE_CHECKING:
    from mirocals_desktop.study.snapshot import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

USUAL_CV: Final = 0.10
"""The assay's coefficient of variation where nobody states another: 10 %."""


@dataclass(frozen=True, eq=False)
class ClassTable:
    """The patients with a value, nearest to a cut first.

    Arrays have one item per patient: `index` of the class (-1: a limit leaves it open), deciding `value` with
    its `qualifier` and `observation`, the nearest `cut`, `fold` = value / cut, `chance` of the other side of
    it by the assay's error alone; `samples` counts the patient's values, `same` those in the same class,
    `lowest` and `highest` are their ends. `counts` has the patients of each class.

    Of the patients with repeated samples (`repeated`) `stable` are in one class in all. `repeat_cv` is the
    within-patient coefficient of variation of the first two samples, sqrt(exp(sum(d^2) / 2n) - 1) with d the
    differences of the logarithms; NaN without repeats.
    """

    variable: str
    label: str
    unit: str
    labels: tuple[str, ...]
    cuts: tuple[float, ...]
    cv: float
    patients: tuple[str, ...]
    index: Ints
    value: Floats
    qualifier: tuple[str, ...]
    observation: Ints
    visit: tuple[str, ...]
    cut: Floats
    fold: Floats
    chance: Floats
    samples: Ints
    same: Ints
    lowest: Floats
    highest: Floats
    counts: Ints
    repeated: int
    stable: int
    repeat_cv: float
    notes: tuple[str, ...]

    @property
    def near(self) -> npt.NDArray[np.bool_]:
        """Who stands so near to a cut that the assay's 95 % range reaches over it."""
        reach = 1.959963984540054 * math.sqrt(math.log1p(self.cv**2))
        near: npt.NDArray[np.bool_] = np.abs(np.log(self.fold)) < reach
        return near


def derive_class_table(
    snapshot: Snapshot, variable: str, *, cv: float = USUAL_CV, patients: Sequence[str] | None = None
) -> ClassTable:
    """The class table of a variable that the protocol has classes of; ValueError for another."""
    classes = snapshot.protocol.classes_of(variable)
    definition = snapshot.protocol.variable(variable)
    if classes is None or definition is None:
        raise ValueError(f"the protocol makes no classes of {variable!r}")
    found = derive_classes(snapshot, variable, patients=patients)
    sigma = math.sqrt(math.log1p(cv**2))
    cuts = np.log(np.array(classes.cuts))
    with_value = np.flatnonzero(np.isfinite(found.value) & (found.value > 0))
    logs = np.log(found.value[with_value])
    nearest = (
        np.abs(logs[:, None] - cuts[None, :]).argmin(axis=1) if len(cuts) else np.zeros(0, dtype=np.int64)
    )
    distance = np.abs(logs - cuts[nearest])
    normal = NormalDist()
    chance = np.array([normal.cdf(-one / sigma) if sigma > 0 else 0.0 for one in distance])
    order = np.argsort(distance, kind="stable")
    rows = with_value[order]

    values = derive_values(snapshot, variable, patients=patients)
    of_patient: dict[str, list[int]] = {}
    for row, number in enumerate(values.patient.tolist()):
        of_patient.setdefault(values.patients[number], []).append(row)
    class_of = [
        class_of_value(classes, float(value), "<" if below else ">" if above else "")
        for value, below, above in zip(values.value, values.below, values.above, strict=True)
    ]
    samples, same, lowest, highest = [], [], [], []
    stable = repeated = 0
    squares: list[float] = []
    for row in rows.tolist():
        own = of_patient.get(found.patients[row], [])
        told = [class_of[one] for one in own]
        samples.append(len(own))
        same.append(sum(index == found.index[row] and index >= 0 for index in told))
        lowest.append(min((float(values.value[one]) for one in own), default=math.nan))
        highest.append(max((float(values.value[one]) for one in own), default=math.nan))
        if len(own) > 1:
            repeated += 1
            stable += len(set(told)) == 1 and told[0] >= 0
            exact = [
                one for one in own if not (values.below[one] or values.above[one]) and values.value[one] > 0
            ]
            if len(exact) > 1:
                squares.append(math.log(values.value[exact[1]] / values.value[exact[0]]) ** 2)
    counts = np.bincount(found.index[found.index >= 0], minlength=len(found.labels)).astype(np.int64)
    notes = [
        _("The assay’s error is an assumption: a coefficient of variation of {cv} %.").format(
            cv=f"{100 * cv:g}"
        ),
        *found.notes,
    ]
    if repeated:
        notes.append(
            ngettext(
                "Of {count} patient with repeated samples {stable} is in one class in all of them.",
                "Of {count} patients with repeated samples {stable} are in one class in all of them.",
                repeated,
            ).format(count=repeated, stable=stable)
        )
    return ClassTable(
        variable,
        str(definition.label),
        definition.unit,
        found.labels,
        found.cuts,
        cv,
        tuple(found.patients[row] for row in rows),
        found.index[rows],
        found.value[rows],
        tuple(found.qualifier[row] for row in rows),
        found.observation[rows],
        tuple(found.visit[row] for row in rows),
        np.exp(cuts[nearest][order]),
        found.value[rows] / np.exp(cuts[nearest][order]),
        chance[order],
        np.array(samples, dtype=np.int64),
        np.array(same, dtype=np.int64),
        np.array(lowest, dtype=np.float64),
        np.array(highest, dtype=np.float64),
        counts,
        repeated,
        stable,
        math.sqrt(math.expm1(sum(squares) / (2 * len(squares)))) if squares else math.nan,
        tuple(notes),
    )
