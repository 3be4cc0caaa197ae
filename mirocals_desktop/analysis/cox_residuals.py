"""What a fitted Cox model leaves over, patient by patient, and the curves that it predicts.

Equals R's `residuals(fit, type)`, `basehaz(fit)` and the average of `survfit(fit, newdata)` over patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mirocals_desktop.analysis.cox import CoxModel, invert
from mirocals_desktop.analysis.design import build_design
from mirocals_desktop.analysis.risk_sets import Evaluation
from mirocals_desktop.analysis.times import Counts, Floats
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _


def _at_end(model: CoxModel) -> Evaluation:
    return model.fit.sets.evaluate(model.fit.beta, model.fit.x)


def _as_they_came(model: CoxModel, values: Floats) -> Floats:
    """Rows of the sorted patients, in the order of the patients that went into the model."""
    result = np.empty_like(values)
    result[model.fit.order] = values
    return result


def martingale_residuals(model: CoxModel) -> Floats:
    """Events less expected events, per patient of the model (R: `residuals(fit, "martingale")`)."""
    sets, end = model.fit.sets, _at_end(model)
    met = sets.sum_met(end.hazard, end.hazard * sets.step_share)
    return _as_they_came(model, model.times.event - end.risk * met)


def schoenfeld_residuals(model: CoxModel) -> tuple[Floats, Floats]:
    """Day and residuals (a column per estimated coefficient) of every event, by stratum and day.

    In a tie the mean over Efron's sub-steps is taken (R: `residuals(fit, "schoenfeld")`).
    """
    sets, end = model.fit.sets, _at_end(model)
    size = np.bincount(sets.step_block)
    mean = np.add.reduceat(end.mean_x, sets.block_start, axis=1) / size
    residuals = model.fit.x[:, sets.dead] - mean[:, sets.step_block]
    return sets.block_days[sets.step_block], residuals.T


def score_residuals(model: CoxModel) -> Floats:
    """The contribution of each patient to the score, a column per estimated coefficient (R: "score")."""
    sets, end, x = model.fit.sets, _at_end(model), model.fit.x
    met = sets.sum_met(end.hazard, end.hazard * sets.step_share)
    met_x = np.array(
        [sets.sum_met(row * end.hazard, row * end.hazard * sets.step_share) for row in end.mean_x]
    )
    size = np.bincount(sets.step_block)
    mean = np.add.reduceat(end.mean_x, sets.block_start, axis=1) / size
    residuals = -end.risk * (x * met - met_x)
    residuals[:, sets.dead] += x[:, sets.dead] - mean[:, sets.step_block]
    return _as_they_came(model, residuals.T)


def dfbeta_residuals(model: CoxModel) -> Floats:
    """About how much each coefficient would change without the patient, with opposite sign (R: "dfbeta")."""
    return score_residuals(model) @ invert(model.fit.information)


@dataclass(frozen=True)
class BaselineHazard:
    """The cumulative hazard at the mean covariates, by stratum: a step at each event day."""

    stratum: str
    days: Floats
    cumulative: Floats


def estimate_baseline(model: CoxModel) -> list[BaselineHazard]:
    """The cumulative baseline hazard at the mean of every column (R: `basehaz(fit)`, Efron or Breslow)."""
    sets, end = model.fit.sets, _at_end(model)
    of_block = end.shift[sets.dead[sets.block_start]]
    steps = np.add.reduceat(end.hazard, sets.block_start) * np.exp(-of_block)
    names = model.times.strata.levels if model.times.strata else ("",)
    result = []
    for i, name in enumerate(names):
        mine = sets.block_stratum == i
        result.append(BaselineHazard(name, sets.block_days[mine], np.cumsum(steps[mine])))
    return result


@dataclass(frozen=True)
class AdjustedCurve:
    """The survival of all patients of the model, had they all been in one group: averaged over them."""

    group: str
    days: Floats
    survival: Floats


def estimate_adjusted_curves(model: CoxModel) -> list[AdjustedCurve]:
    """One curve per group, averaged over the covariates of the whole population (direct standardisation).

    Raises `AppError` when the group is not in the model or a coefficient of it is not estimable.
    """
    group = model.times.group
    if group is None or not any(group.name in term.split(":") for term in model.design.terms):
        raise AppError(_("Adjusted curves need the group among the covariates of the model."))
    if model.broken:
        raise AppError(_("Adjusted curves cannot be drawn: {reason}.").format(reason=model.broken))
    days = np.unique(model.fit.sets.block_days)
    baseline = estimate_baseline(model)
    stratum = model.times.strata.codes if model.times.strata else np.zeros(model.times.n, np.int64)
    curves = []
    for i, label in enumerate(group.levels):
        moved = _with_group(model, i)
        risk = np.exp(model.fit.beta @ moved)
        survival = np.zeros(len(days))
        for s, hazard in enumerate(baseline):
            step = np.searchsorted(hazard.days, days, side="right")
            cumulative = np.concatenate(([0.0], hazard.cumulative))[step]
            survival += np.exp(-np.outer(cumulative, risk[stratum == s])).sum(axis=1)
        curves.append(AdjustedCurve(label, days, survival / model.times.n))
    return curves


def _with_group(model: CoxModel, code: int) -> Floats:
    """The model's centred columns with every patient put into one group."""
    group = model.times.group
    assert group is not None
    # the moved patients stand behind the real ones, so that every level still occurs
    both = np.concatenate((np.arange(model.times.n), np.arange(model.times.n)))
    doubled = model.times.rows(both)
    assert doubled.group is not None
    codes: Counts = np.concatenate((group.codes, np.full(model.times.n, code)))
    moved_group = replace(doubled.group, codes=codes)
    covariates = tuple(moved_group if c.name == group.name else c for c in doubled.covariates)
    design = build_design(replace(doubled, group=moved_group, covariates=covariates), model.design.terms)
    moved = design.matrix[model.times.n :, list(model.fit.columns)]
    return np.ascontiguousarray((moved - model.fit.centre).T)
