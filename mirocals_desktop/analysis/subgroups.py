"""The arm's hazard ratio in each subgroup, for a forest plot, with the test that subgroups differ.

Each ratio is fitted on its subgroup alone (R: `coxph(S ~ arm, subset = ...)`), and the interaction compares
just these: `anova` of `coxph(S ~ arm + strata(f))` and `coxph(S ~ arm:f + strata(f))`. A subgroup's own p is
not shown on purpose: it is the interaction that says whether a subgroup differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mirocals_desktop.analysis.cox import CoxModel, NotEstimableError, fit_cox
from mirocals_desktop.analysis.distributions import chi_square_p
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.times import Factor, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _


@dataclass(frozen=True)
class SubgroupRow:
    """One line of the forest: patients and events of either arm, and the ratio; None with a reason.

    `factor` and `level` are "" in the line of all patients.
    """

    factor: str
    level: str
    n: tuple[int, int]
    events: tuple[int, int]
    hr: float | None
    lower: float | None
    upper: float | None
    reason: str = ""


@dataclass(frozen=True)
class InteractionTest:
    """Whether the ratio differs between the levels of a factor; None with a reason."""

    factor: str
    chisq: float | None
    df: int
    p: float | None
    reason: str = ""


@dataclass(frozen=True)
class SubgroupTable:
    """The lines of the forest, all patients first, and one test per factor."""

    arm: str
    reference: str
    rows: tuple[SubgroupRow, ...]
    interactions: tuple[InteractionTest, ...]
    notes: tuple[str, ...]


def estimate_subgroups(
    times: SurvivalTimes, factors: Sequence[Factor], *, ties: Ties = "efron"
) -> SubgroupTable:
    """The ratio of the second group of `times` against the first, in all patients and in each level.

    Raises `AppError` when `times` has not two groups.
    """
    if len(times.levels) != 2:
        raise AppError(_("A forest of subgroups needs two arms."))
    plain = replace(times, strata=None)
    rows = [_row(plain, times.levels, "", "", ties)[0]]
    tests = []
    for factor in factors:
        models = []
        for code, level in enumerate(factor.levels):
            row, model = _row(plain.rows(factor.codes == code), times.levels, factor.name, level, ties)
            rows.append(row)
            models.append(model)
        tests.append(_compare(plain, factor, models, ties))
    return SubgroupTable(
        arm=times.levels[1],
        reference=times.levels[0],
        rows=tuple(rows),
        interactions=tuple(tests),
        notes=(
            _("Each ratio is fitted on its subgroup alone; the interaction test compares them."),
            _("Subgroups that were not planned are exploratory, whatever their interaction p."),
        ),
    )


def _row(
    times: SurvivalTimes, arms: Sequence[str], factor: str, level: str, ties: Ties
) -> tuple[SubgroupRow, CoxModel | None]:
    group = times.group
    assert group is not None
    n, events = [0, 0], [0, 0]
    for place, arm in enumerate(arms):
        if arm in group.levels:
            mine = group.codes == group.levels.index(arm)
            n[place], events[place] = int(np.count_nonzero(mine)), int(np.count_nonzero(times.event[mine]))
    base = SubgroupRow(factor, level, (n[0], n[1]), (events[0], events[1]), None, None, None)
    if len(group.levels) < 2:
        return replace(base, reason=_("only one arm has patients")), None
    try:
        model = fit_cox(times, (group.name,), ties=ties)
    except NotEstimableError:
        return replace(base, reason=_("no event")), None
    term = model.terms[0]
    return (
        replace(base, hr=term.hr, lower=term.lower, upper=term.upper, reason=term.reason),
        model,
    )


def _compare(
    times: SurvivalTimes, factor: Factor, models: Sequence[CoxModel | None], ties: Ties
) -> InteractionTest:
    fitted = [model for model in models if model is not None and model.fit.columns]
    df = len(fitted) - 1
    if df < 1:
        return InteractionTest(factor.name, None, 0, None, _("fewer than two levels have a ratio"))
    used = [code for code, model in enumerate(models) if model is not None and model.fit.columns]
    strata = factor.rows(np.ones(times.n, np.bool_))
    joint_times = replace(times, strata=strata).rows(np.isin(factor.codes, used))
    assert times.group is not None
    joint = fit_cox(joint_times, (times.group.name,), ties=ties)
    separate = sum(model.log_likelihood for model in fitted)
    chisq = max(0.0, 2 * (separate - joint.log_likelihood))
    return InteractionTest(factor.name, chisq, df, chi_square_p(chisq, df))
