"""The Cox proportional hazards model: coefficients, hazard ratios and tests.

Equals R's `coxph(Surv(entry, days, event) ~ terms + strata(s), ties = ...)`, iterated to convergence.
A coefficient that the data cannot give (constant, collinear, infinite) is None with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mirocals_desktop.analysis.concordance import estimate_concordance
from mirocals_desktop.analysis.design import Design, build_design
from mirocals_desktop.analysis.distributions import chi_square_p, normal_p, normal_quantile
from mirocals_desktop.analysis.risk_sets import Evaluation, RiskSets, Ties, sort_by_stratum_and_day
from mirocals_desktop.analysis.times import Counts, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _


class NotEstimableError(AppError):
    """The data do not allow the model that was asked for; a page shows the sentence in its place."""


_MAX_ITERATIONS = 60
_STEP_DONE = 1e-10  # of a coefficient per standard deviation
_ALIASED = 1e-11  # share of a column's information that the columns before it leave
_RUNAWAY = 100.0  # logarithm of the ratio of hazards across a covariate's range
_UNTOLD = 50.0  # standard error of the logarithm of the ratio across a range, beside an infinite one
_INFINITE_STEP = 1e-3  # a Newton step this large when the likelihood has stopped rising


@dataclass(frozen=True)
class ModelTest:
    """A chi-square test; None where it has no meaning."""

    chisq: float | None
    df: int
    p: float | None


@dataclass(frozen=True)
class CoxTerm:
    """One coefficient: its hazard ratio per unit, or of its level against the reference level.

    All numbers are None, with the reason, when the coefficient cannot be estimated; a ratio or limit that
    is larger than a number can hold is None, with the reason.
    """

    name: str
    term: str
    level: str
    coef: float | None = None
    se: float | None = None
    hr: float | None = None
    lower: float | None = None
    upper: float | None = None
    z: float | None = None
    p: float | None = None
    reason: str = ""
    absent: bool = False
    """A level that no patient in the model has: without a coefficient, and nothing lost by it."""


@dataclass(frozen=True)
class CoxModel:
    """A fitted model. `terms` has every coefficient asked for, also those that are not estimable."""

    ties: Ties
    n: int
    events: int
    left_out: int
    terms: tuple[CoxTerm, ...]
    lr: ModelTest
    wald: ModelTest
    score: ModelTest
    concordance: float | None
    log_likelihood_null: float
    log_likelihood: float
    covariance: Floats
    """Of the estimable coefficients, in the order of `estimable`."""
    estimable: tuple[int, ...]
    """Places in `terms` of the finite coefficients."""
    level: float
    notes: tuple[str, ...]
    times: SurvivalTimes = field(repr=False)
    """The patients that the model is fitted on, sorted by stratum and day."""
    design: Design = field(repr=False)
    fit: Fit = field(repr=False)

    @property
    def broken(self) -> str:
        """Why the model cannot predict: the reason of the first coefficient that is lacking; "" if it can."""
        return next((term.reason for term in self.terms if term.reason and not term.absent), "")


@dataclass(frozen=True)
class Fit:
    """What residuals and curves need: columns kept in the model, centred, and the coefficients on them."""

    sets: RiskSets
    order: Counts
    """Of the patients with every covariate, as they came, the sorted order that `x` has."""
    columns: tuple[int, ...]
    """Places in `terms` of the columns of `x`: all but constant and collinear ones."""
    x: Floats
    """One row per column, one column per patient, centred; in the units of the data."""
    centre: Floats
    beta: Floats
    information: Floats
    infinite: tuple[int, ...]
    """Places among `columns` of coefficients that grow without limit."""


def fit_cox(
    times: SurvivalTimes, terms: Sequence[str], *, ties: Ties = "efron", level: float = 0.95
) -> CoxModel:
    """Fit the model with the terms (variables, transformations such as "log(x)", interactions "a:b").

    Patients without one of the covariates are left out and counted. Raises `NotEstimableError` when no one
    or no event is left, `AppError` for an unknown variable; a single term that cannot be estimated is not
    an error but says so itself.
    """
    design = build_design(times, terms)
    if not design.columns:
        raise AppError(_("A Cox model needs at least one covariate."))
    used = times.rows(design.kept)
    if not used.n:
        raise NotEstimableError(_("No patient has every covariate of the Cox model."))
    if not used.events:
        raise NotEstimableError(_("A Cox model cannot be fitted: no patient in it had the event."))
    order = sort_by_stratum_and_day(used)
    used = used.rows(order)
    sets = RiskSets.of(used, ties=ties)
    reasons: dict[int, str] = {}
    nobody: set[int] = set()

    centre = design.matrix.mean(axis=0)
    x = np.ascontiguousarray((design.matrix[order] - centre).T)
    spread = np.sqrt(np.mean(x**2, axis=1))
    for constant in np.flatnonzero(spread <= 1e-12 * np.maximum(1.0, np.abs(centre))):
        column = design.columns[constant]
        if column.level and not np.any(design.matrix[:, constant]):
            nobody.add(int(constant))
            said = _("no patient in the model is {name}")
        else:
            said = _("{name} is the same for every patient")
        reasons[int(constant)] = said.format(name=column.name)
    scale = np.where(spread > 0, spread, 1.0)
    varying = [i for i in range(len(design.columns)) if i not in reasons]
    x_scaled = x / scale[:, None]

    start = sets.evaluate(np.zeros(len(varying)), x_scaled[varying])
    columns = _find_independent(start.information, varying, design, reasons)
    if not columns:
        return _nothing_estimable(used, design, ties, level, sets, order, start.log_likelihood, reasons)
    chosen = x_scaled[columns]
    places = [varying.index(i) for i in columns]
    null_information = start.information[np.ix_(places, places)]
    null_gradient = start.gradient[places]
    score = float(null_gradient @ np.linalg.solve(null_information, null_gradient))

    beta_scaled, end, infinite, converged = _climb(sets, chosen)
    if not converged and not infinite:
        raise NotEstimableError(
            _("The Cox model did not converge."), hint=_("Leave out covariates that nearly repeat others.")
        )
    inverse = invert(end.information)
    # rounding can hide the last of the information of a coefficient that runs away: it is infinite as well
    lost = {i for i in range(len(columns)) if not inverse[i, i] > 0 or not np.isfinite(inverse[i, i])}
    lost |= _loose(end.information)
    infinite = tuple(sorted({*infinite, *lost}))
    for i in infinite:
        reasons[columns[i]] = _(
            "{name} is infinite: all events, or none, are on one side of it (separation)"
        ).format(name=design.columns[columns[i]].name)
    # where the likelihood has stopped rising, what an infinite coefficient makes up for is anybody's guess
    untold = {
        i
        for i in range(len(columns))
        if i not in infinite
        and (not converged or (infinite and inverse[i, i] > (_UNTOLD / np.ptp(chosen[i])) ** 2))
    }
    for i in sorted(untold):
        name = design.columns[columns[i]].name
        reasons[columns[i]] = _("{name} cannot be told beside an infinite coefficient").format(name=name)
    infinite = tuple(sorted({*infinite, *untold}))
    unit = scale[columns]
    beta = beta_scaled / unit
    finite = [i for i in range(len(columns)) if i not in infinite]
    covariance = (inverse / np.outer(unit, unit))[np.ix_(finite, finite)]

    z_level = normal_quantile(level)
    rows: list[CoxTerm] = []
    for i, column in enumerate(design.columns):
        if i in reasons:
            absent = i in nobody and column.term in {covariate.name for covariate in times.covariates}
            rows.append(CoxTerm(column.name, column.term, column.level, reason=reasons[i], absent=absent))
            continue
        place = columns.index(i)
        coef = float(beta[place])
        se = math.sqrt(float(inverse[place, place])) / float(unit[place])
        hr, lower, upper = (_exp(coef + side * z_level * se) for side in (0, -1, 1))
        if upper is None:
            reasons[i] = _(
                "the hazard ratio of {name}, or its limit, is beyond what numbers hold: take another unit"
            ).format(name=column.name)
        rows.append(
            CoxTerm(
                name=column.name,
                term=column.term,
                level=column.level,
                coef=coef,
                se=se,
                hr=hr,
                lower=lower,
                upper=upper,
                z=coef / se,
                p=normal_p(coef / se),
                reason=reasons.get(i, ""),
            )
        )
    df = len(columns)
    lr = max(0.0, 2 * (end.log_likelihood - start.log_likelihood)) if converged else None
    wald = None if infinite else float(beta_scaled @ end.information @ beta_scaled)
    lp = beta_scaled @ chosen
    return CoxModel(
        ties=ties,
        n=used.n,
        events=used.events,
        left_out=design.left_out,
        terms=tuple(rows),
        lr=ModelTest(lr, df, None if lr is None else chi_square_p(lr, df)),
        wald=ModelTest(wald, df, None if wald is None else chi_square_p(wald, df)),
        score=ModelTest(score, df, chi_square_p(score, df)),
        concordance=estimate_concordance(used, lp),
        log_likelihood_null=start.log_likelihood,
        log_likelihood=end.log_likelihood,
        covariance=covariance,
        estimable=tuple(columns[i] for i in finite),
        level=level,
        notes=tuple(reasons.values()),
        times=used,
        design=design,
        fit=Fit(
            sets=sets,
            order=order,
            columns=tuple(columns),
            x=x[columns],
            centre=centre[columns],
            beta=beta,
            information=end.information * np.outer(unit, unit),
            infinite=infinite,
        ),
    )


def _exp(value: float) -> float | None:
    """The exponential; None where it is too large to be held."""
    try:
        return math.exp(value)
    except OverflowError:
        return None


def _find_independent(
    information: Floats, varying: list[int], design: Design, reasons: dict[int, str]
) -> list[int]:
    """The columns that those before them do not determine, by a Cholesky decomposition in their order.

    Looks at the information at beta = 0, so that a covariate that differs only between strata, or only
    among patients who are at risk at no event, is found as well.
    """
    work = information.copy()
    diagonal = np.diag(information).copy()
    columns: list[int] = []
    for k, i in enumerate(varying):
        name = design.columns[i].name
        if diagonal[k] <= 1e-12:
            reasons[i] = _("{name} does not differ among the patients at risk when events happen").format(
                name=name
            )
        elif work[k, k] <= _ALIASED * diagonal[k]:
            reasons[i] = _("{name} follows from the other covariates (collinear)").format(name=name)
        else:
            columns.append(i)
            work -= np.outer(work[k], work[k]) / work[k, k]
    return columns


def _nothing_estimable(
    used: SurvivalTimes,
    design: Design,
    ties: Ties,
    level: float,
    sets: RiskSets,
    order: Counts,
    log_likelihood: float,
    reasons: dict[int, str],
) -> CoxModel:
    none = ModelTest(None, 0, None)
    empty = np.zeros((0, 0))
    return CoxModel(
        ties=ties,
        n=used.n,
        events=used.events,
        left_out=design.left_out,
        terms=tuple(
            CoxTerm(c.name, c.term, c.level, reason=reasons[i]) for i, c in enumerate(design.columns)
        ),
        lr=none,
        wald=none,
        score=none,
        concordance=None,
        log_likelihood_null=log_likelihood,
        log_likelihood=log_likelihood,
        covariance=empty,
        estimable=(),
        level=level,
        notes=tuple(reasons.values()),
        times=used,
        design=design,
        fit=Fit(sets, order, (), np.zeros((0, used.n)), np.zeros(0), np.zeros(0), empty, ()),
    )


def _climb(sets: RiskSets, x: Floats) -> tuple[Floats, Evaluation, tuple[int, ...], bool]:
    """Newton's method with halved steps: beta, the end, the infinite coefficients, whether it converged.

    When the likelihood has a maximum the steps shrink quadratically. When it only approaches one at
    infinity the step stays about 1 while the likelihood stops rising: those coefficients are infinite. A
    covariate that puts every event in order runs beyond what numbers hold before that; it is told by the
    ratio of hazards across its range, and leaves no other coefficient known (not converged).
    """

    def runaway() -> tuple[int, ...]:
        return tuple(int(i) for i in np.flatnonzero(np.abs(beta) * np.ptp(x, axis=1) > _RUNAWAY))

    beta = np.zeros(len(x))
    here = sets.evaluate(beta, x)
    for _iteration in range(_MAX_ITERATIONS):
        step = invert(here.information) @ here.gradient
        largest = float(np.max(np.abs(step)))
        if largest < _STEP_DONE * (1 + float(np.max(np.abs(beta)))):
            # far out the steps end as well, where rounding has eaten the information of a direction
            return beta, here, runaway() if _is_singular(here.information) else (), True
        following = sets.evaluate(beta + step, x)
        halvings = 0
        while not following.log_likelihood >= here.log_likelihood - 1e-9 * abs(here.log_likelihood):
            halvings += 1
            if halvings > 30:
                return beta, here, runaway(), False
            step = step / 2
            following = sets.evaluate(beta + step, x)
        gain = following.log_likelihood - here.log_likelihood
        beta, here = beta + step, following
        if gain <= 1e-11 * (1 + abs(here.log_likelihood)) and not halvings:
            moving = np.abs(step) > max(_INFINITE_STEP, 1e-3 * largest)
            if moving.any():
                return beta, here, tuple(int(i) for i in np.flatnonzero(moving)), True
    return beta, here, runaway(), False


def invert(information: Floats) -> Floats:
    """The inverse, scaled first: near separation one diagonal element is many sizes below the others."""
    size = _size(information)
    scaled = information / size
    if _is_singular(information):
        return np.asarray(np.linalg.pinv(scaled, rcond=1e-15, hermitian=True) / size)
    return np.asarray(np.linalg.inv(scaled) / size)


def _is_singular(information: Floats) -> bool:
    """Whether rounding leaves no information of some direction."""
    return len(information) > 1 and bool(np.linalg.cond(information / _size(information)) > 1e12)


def _loose(information: Floats) -> set[int]:
    """The coefficients that take part in a direction of which rounding leaves no information."""
    if not _is_singular(information):
        return set()
    values, directions = np.linalg.eigh(information / _size(information))
    part = np.sum(directions[:, values < 1e-12 * values[-1]] ** 2, axis=1)
    return {int(i) for i in np.flatnonzero(part > 1e-6)}


def _size(information: Floats) -> Floats:
    diagonal = np.diag(information)
    unit = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    return np.outer(unit, unit)
