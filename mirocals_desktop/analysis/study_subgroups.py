"""The forest of a study: which variables make subgroups, who is in each, and the whole behind them.

A subgroup is made by a choice of the protocol, a marker's classes, or a number cut at its median. None of
them stands without the primary comparison: unadjusted, over all patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mirocals_desktop.analysis.endpoint import derive_endpoint
from mirocals_desktop.analysis.groups import OUTCOME, POOLED, derive_groups, grouping_choices
from mirocals_desktop.analysis.primary import Primary, compare_primary
from mirocals_desktop.analysis.study_survival import build_study_times, derive_covariate
from mirocals_desktop.analysis.subgroups import SubgroupTable, estimate_subgroups
from mirocals_desktop.analysis.times import Factor, Numeric, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.units import quantity_text
from mirocals_desktop.study.snapshot import Snapshot

MEDIAN = "median:"
_LATE = frozenset(
    {codes.WITHDRAWAL_REASON, codes.VITAL_STATUS, "screening_outcome", "screening_failure_reason"}
)
_USUAL = ("sex", "el_escorial", f"{MEDIAN}age")


@dataclass(frozen=True)
class SubgroupChoice:
    """A variable that makes subgroups: code, label, and whether it is offered ticked."""

    code: str
    label: str
    usual: bool


@dataclass(frozen=True, eq=False)
class StudySubgroups:
    """The table, the primary comparison, and the patients of each line ("" and "" for all of them).

    `times` and `factors` are what the table was made of.
    """

    table: SubgroupTable
    primary: Primary
    members: dict[tuple[str, str], tuple[str, ...]] = field(repr=False)
    times: SurvivalTimes = field(repr=False)
    factors: tuple[Factor, ...] = field(repr=False)


def subgroup_choices(snapshot: Snapshot) -> list[SubgroupChoice]:
    """What may make subgroups: known before the outcome. `MEDIAN` stands before one split there."""
    protocol = snapshot.protocol
    choices = []
    for code, label in grouping_choices(snapshot):
        variable = protocol.variable(code)
        late = variable is not None and variable.group == "outcome"
        if code in (POOLED, codes.ARM, OUTCOME) or code in _LATE or late:
            continue
        usual = code.startswith("class:") or code in protocol.strata or code in _USUAL
        choices.append(SubgroupChoice(code, label, usual))
    measured = snapshot.measurements
    early = ~measured["sealed"].to_numpy(bool) & (measured["day"].to_numpy(np.float64) <= 0)
    visible = set(measured["variable"][early].unique())
    for variable in protocol.variables:
        own = variable.scope == "patient" and variable.code in snapshot.patients.columns
        if variable.kind not in ("number", "integer") or variable.code in codes.ALSFRS_R_ITEMS:
            continue
        if variable.group != "outcome" and (own or (variable.scope == "visit" and variable.code in visible)):
            code = MEDIAN + variable.code
            label = _("{variable}, at its median").format(variable=variable.label)
            choices.append(SubgroupChoice(code, label, code in _USUAL))
    return choices


def analyse_subgroups(
    snapshot: Snapshot,
    chosen: Sequence[str],
    *,
    patients: Sequence[str] | None = None,
    report: Report = ignore,
) -> StudySubgroups:
    """The arm's hazard ratio in the subgroups that the choices make, among `patients` (None: everybody).

    Raises `AppError` when arms are not visible, or there are not two of them.
    """
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    table = derive_endpoint(snapshot, patients=patients)
    times, _grouping = build_study_times(snapshot, table, by=codes.ARM)
    if len(times.levels) != 2:
        raise AppError(_("A forest of subgroups needs two arms."))
    labels = {choice.code: choice.label for choice in subgroup_choices(snapshot)}
    factors = []
    for place, code in enumerate(c for c in labels if c in set(chosen)):
        report(place / (len(chosen) + 1), labels[code])
        factors.append(_factor(snapshot, code, labels[code], times.patients))
    report(len(chosen) / (len(chosen) + 1), _("Subgroups"))
    whole = times
    if patients is not None:  # the primary comparison is of everybody, whatever part is looked at
        whole, _of_all = build_study_times(snapshot, derive_endpoint(snapshot), by=codes.ARM)
    primary = compare_primary(whole)
    assert primary is not None
    members = {("", ""): times.patients}
    for factor in factors:
        for i, level in enumerate(factor.levels):
            rows = np.flatnonzero(factor.codes == i)
            members[factor.name, level] = tuple(times.patients[row] for row in rows)
    return StudySubgroups(estimate_subgroups(times, factors), primary, members, times, tuple(factors))


def _factor(snapshot: Snapshot, code: str, label: str, patients: Sequence[str]) -> Factor:
    if not code.startswith(MEDIAN):
        grouping = derive_groups(snapshot, code, patients=patients)
        made = Factor(label, grouping.group.astype(np.int64), grouping.labels)
        return made.rows(np.ones(len(patients), np.bool_))
    variable = snapshot.protocol.variable(code.removeprefix(MEDIAN))
    numeric = derive_covariate(snapshot, code.removeprefix(MEDIAN), patients)
    assert variable is not None
    assert isinstance(numeric, Numeric)
    known = ~np.isnan(numeric.values)
    middle = float(np.median(numeric.values[known])) if known.any() else 0.0
    codes_ = np.where(known, (numeric.values >= middle).astype(np.int64), -1)
    value = quantity_text(middle, variable.unit)
    levels = (_("below {value}").format(value=value), _("{value} and above").format(value=value))
    return Factor(label, codes_, levels).rows(np.ones(len(patients), np.bool_))
