"""The combined assessment of function and survival (CAFS): every pair of patients is compared, then ranked.

Both died: the longer survival wins. One died: the other wins, if followed up to that death. Else, and when
both are alive: the smaller fall of the ALSFRS-R at the last occasion both were seen wins. Berry and others,
"The Combined Assessment of Function and Survival (CAFS)", Amyotroph Lateral Scler Frontotemporal Degener
2013. R: `wilcox.test(score ~ arm, exact = FALSE, correct = FALSE)` and `lm(rank(score) ~ arm + covariates)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.assessments import derive_assessments
from mirocals_desktop.analysis.distributions import normal_p
from mirocals_desktop.analysis.endpoint import EndpointTable
from mirocals_desktop.analysis.times import Factor, Flags, Floats
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot


@dataclass(frozen=True)
class Outcomes:
    """What CAFS compares: days to death or to the end of time, whether dead, and falls of function.

    `change` has a row per patient and a column per occasion, in time order: total less its baseline, NaN
    where it was not seen. `covariate` is the baseline total (NaN where unknown).
    """

    patients: tuple[str, ...]
    days: Floats
    died: Flags
    change: Floats
    covariate: Floats


@dataclass(frozen=True)
class CafsResult:
    """Scores (wins less losses against everybody), their ranks, and the comparison of two arms.

    `wins`, `losses` and `draws` are of pairs of a patient of `arm` with one of `reference`. p-values are
    None where they cannot be made.
    """

    arm: str
    reference: str
    patients: tuple[str, ...]
    scores: Floats
    ranks: Floats
    mean_rank: tuple[float, float]
    n: tuple[int, int]
    wins: int
    losses: int
    draws: int
    rank_sum_z: float | None
    rank_sum_p: float | None
    ancova_effect: float | None
    ancova_se: float | None
    ancova_p: float | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class StudyCafs:
    """What a study's CAFS compares, its two arms (one code per patient of the outcomes), and the result."""

    outcomes: Outcomes
    arms: Factor
    result: CafsResult


def check_cafs(snapshot: Snapshot, arms: Factor | None) -> Factor:
    """The two groups that can be compared by CAFS. Raises `AppError` where the study has none."""
    if arms is None or len(arms.levels) != 2:
        raise AppError(_("CAFS compares two groups: choose a grouping with two."))
    if snapshot.protocol.variable(codes.ALSFRS_R_TOTAL) is None:
        raise AppError(_("CAFS needs the ALSFRS-R, which the protocol does not have."))
    return arms


def study_cafs(
    snapshot: Snapshot, table: EndpointTable, arms: Factor | None, *, report: Report = ignore
) -> StudyCafs:
    """The CAFS of a study's endpoint. Raises `AppError` as `check_cafs` does."""
    two = check_cafs(snapshot, arms)
    report(0.0, _("ALSFRS-R"))
    outcomes = derive_outcomes(snapshot, table)
    report(0.5, _("Comparing pairs"))
    return StudyCafs(outcomes, two, compare_cafs(outcomes, two))


def derive_outcomes(snapshot: Snapshot, table: EndpointTable) -> Outcomes:
    """From a study: the endpoint's times, and the change of ALSFRS-R at each planned visit after baseline.

    Baseline is the last total up to day 0. Visits are occasions in the order of their planned day.
    """
    rows = derive_assessments(snapshot).rows
    rows = rows[rows["total"].notna()]
    place = {patient: i for i, patient in enumerate(table.patients)}
    rows = rows[rows["patient"].isin(place)]
    baseline = np.full(len(place), np.nan)
    before = rows[rows["day"] <= 0].sort_values("day", kind="stable")
    for patient, total in zip(before["patient"], before["total"], strict=True):
        baseline[place[patient]] = total
    planned = [v for v in snapshot.protocol.visits if v.day is not None and v.day > 0]
    order = {v.code: i for i, v in enumerate(sorted(planned, key=lambda v: v.day or 0))}
    change = np.full((len(place), len(order)), np.nan)
    for patient, visit, total in zip(rows["patient"], rows["visit"], rows["total"], strict=True):
        if visit in order:
            change[place[patient], order[visit]] = total - baseline[place[patient]]
    return Outcomes(table.patients, table.stop, table.event, change, baseline)


def score_outcomes(outcomes: Outcomes) -> tuple[Floats, Floats]:
    """Each patient's score, and the pairs: 1 where the row's patient does better, -1 worse, 0 a draw."""
    days, died, change = outcomes.days, outcomes.died, outcomes.change
    pairs = np.zeros((len(days), len(days)))
    for k in range(change.shape[1]):  # a later occasion replaces an earlier one
        seen = ~np.isnan(change[:, k])
        both = seen[:, None] & seen
        value = np.where(seen, change[:, k], 0.0)
        pairs = np.where(both, np.sign(value[:, None] - value), pairs)
    longer = np.sign(days[:, None] - days)
    both_died = died[:, None] & died
    outlived = (~died)[:, None] & died & (days[:, None] >= days)
    pairs = np.where(both_died, longer, pairs)
    pairs = np.where(outlived, 1.0, np.where(outlived.T, -1.0, pairs))
    np.fill_diagonal(pairs, 0.0)
    return pairs.sum(axis=1), pairs


def compare_cafs(outcomes: Outcomes, arms: Factor, *, covariates: Sequence[Floats] = ()) -> CafsResult:
    """Compare two arms by rank sum, and by regression of the rank on arm and covariates (rank ANCOVA).

    `arms` has one code per patient of the outcomes. Without `covariates` the baseline ALSFRS-R is taken.
    Patients lacking one are left out of the regression only. Raises `AppError` without two arms.
    """
    if len(arms.levels) != 2:
        raise AppError(_("CAFS compares two arms."))
    chosen = arms.codes >= 0
    used = Outcomes(
        tuple(p for p, keep in zip(outcomes.patients, chosen, strict=True) if keep),
        outcomes.days[chosen],
        outcomes.died[chosen],
        outcomes.change[chosen],
        outcomes.covariate[chosen],
    )
    arm = arms.codes[chosen].astype(np.float64)
    scores, pairs = score_outcomes(used)
    ranks = rank_average(scores)
    n1, n0 = int(arm.sum()), int(len(arm) - arm.sum())
    between = pairs[arm == 1][:, arm == 0]
    z = _rank_sum(ranks, arm)
    adjusted = [c[chosen] for c in covariates] if covariates else [used.covariate]
    known = np.all([~np.isnan(c) for c in adjusted], axis=0)
    effect, se, p = _ancova(ranks[known], arm[known], [c[known] for c in adjusted])
    notes = []
    unseen = int(np.count_nonzero(~used.died & np.isnan(used.change).all(axis=1)))
    if unseen:
        notes.append(
            _("{count} living patients have no change of ALSFRS-R and draw with the living.").format(
                count=unseen
            )
        )
    if not known.all():
        notes.append(
            _("{count} patients without a covariate are not in the adjusted comparison.").format(
                count=int(np.count_nonzero(~known))
            )
        )
    return CafsResult(
        arm=arms.levels[1],
        reference=arms.levels[0],
        patients=used.patients,
        scores=scores,
        ranks=ranks,
        mean_rank=(
            float(ranks[arm == 0].mean()) if n0 else math.nan,
            float(ranks[arm == 1].mean()) if n1 else math.nan,
        ),
        n=(n0, n1),
        wins=int(np.count_nonzero(between > 0)),
        losses=int(np.count_nonzero(between < 0)),
        draws=int(np.count_nonzero(between == 0)),
        rank_sum_z=z,
        rank_sum_p=None if z is None else normal_p(z),
        ancova_effect=effect,
        ancova_se=se,
        ancova_p=p,
        notes=tuple(notes),
    )


def rank_average(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean rank (R: `rank`)."""
    _distinct, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], np.float64)


def _rank_sum(ranks: Floats, arm: Floats) -> float | None:
    n, n1 = len(ranks), float(arm.sum())
    n0 = n - n1
    _distinct, count = np.unique(ranks, return_counts=True)
    ties = float(np.sum(count.astype(np.float64) ** 3 - count)) / (n * (n - 1)) if n > 1 else 0.0
    variance = n0 * n1 / 12 * (n + 1 - ties)
    if variance <= 0:
        return None
    return (float(ranks[arm == 1].sum()) - n1 * (n + 1) / 2) / math.sqrt(variance)


def _ancova(
    ranks: Floats, arm: Floats, covariates: Sequence[Floats]
) -> tuple[float | None, float | None, float | None]:
    """Effect of the arm on the rank, its standard error and p, by least squares."""
    from scipy.special import stdtr

    x = np.column_stack((np.ones(len(ranks)), arm, *covariates))
    left = len(ranks) - x.shape[1]
    if left < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        return None, None, None
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ ranks)
    residual = ranks - x @ beta
    se = math.sqrt(float(residual @ residual) / left * float(inverse[1, 1]))
    if se <= 0:
        return float(beta[1]), None, None
    return float(beta[1]), se, float(2 * stdtr(left, -abs(float(beta[1]) / se)))
