"""Whether hazards are proportional: the score test of Grambsch and Therneau, and the picture of it.

Equals `cox.zph(fit, transform = "km")` of survival 3 or newer: a score test that the coefficients do not
change with g(t) = 1 - S(t-). lifelines has the older approximation, which gives other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mirocals_desktop.analysis.cox import CoxModel, invert
from mirocals_desktop.analysis.distributions import chi_square_p
from mirocals_desktop.analysis.kaplan_meier import estimate_curve
from mirocals_desktop.analysis.risk_sets import Evaluation
from mirocals_desktop.analysis.times import Floats
from mirocals_desktop.i18n import _


@dataclass(frozen=True)
class ZphTerm:
    """The test of one term (all its coefficients together); None with a reason when not estimable."""

    name: str
    chisq: float | None
    df: int
    p: float | None
    reason: str = ""


@dataclass(frozen=True)
class ZphTest:
    """The test of each term and of the whole model, and what its picture needs.

    `residuals[term]` are the scaled Schoenfeld residuals plus the coefficient, one per event: their trend
    over `transformed` (or `days`) is how the coefficient changes. Only terms with one coefficient have them.
    """

    terms: tuple[ZphTerm, ...]
    overall: ZphTerm
    days: Floats
    transformed: Floats
    residuals: dict[str, Floats]


def check_proportional_hazards(model: CoxModel) -> ZphTest:
    """Test the hazards of a fitted Cox model for proportionality, term by term and together."""
    fit, design = model.fit, model.design
    infinite = bool(fit.infinite)
    kept = {i: place for place, i in enumerate(fit.columns)}
    of_term = {
        term: [kept[i] for i, c in enumerate(design.columns) if c.term == term and i in kept]
        for term in design.terms
    }
    why = ""
    if not fit.columns:
        why = _("no coefficient is estimable")
    elif infinite:
        why = _("a coefficient is infinite")
    sets = fit.sets
    days = sets.block_days[sets.step_block]
    transformed = _km_transform(model, days)
    if why:
        terms = tuple(ZphTerm(term, None, len(places), None, why) for term, places in of_term.items())
        return ZphTest(terms, ZphTerm("GLOBAL", None, len(fit.columns), None, why), days, transformed, {})

    end = sets.evaluate(fit.beta, fit.x)
    g = transformed - transformed.mean()
    score = fit.x[:, sets.dead] @ g - end.mean_x @ g
    information = _information(model, end, g)
    p = len(fit.columns)

    def test(name: str, places: list[int]) -> ZphTerm:
        if not places:
            return ZphTerm(name, None, 0, None, _("the term is not estimable"))
        both = list(range(p)) + [p + i for i in places]
        block = information[np.ix_(both, both)]
        unit = np.sqrt(np.maximum(np.diag(block), 1e-300))
        if np.linalg.matrix_rank(block / np.outer(unit, unit), tol=1e-11, hermitian=True) < len(both):
            return ZphTerm(name, None, len(places), None, _("too few event days to see a change over time"))
        u = np.concatenate((np.zeros(p), score[places]))
        chisq = float(u @ invert(block) @ u)
        return ZphTerm(name, chisq, len(places), chi_square_p(chisq, len(places)))

    residuals = _scaled_residuals(model)
    return ZphTest(
        terms=tuple(test(term, places) for term, places in of_term.items()),
        overall=test("GLOBAL", list(range(p))),
        days=days,
        transformed=transformed,
        residuals={term: residuals[:, places[0]] for term, places in of_term.items() if len(places) == 1},
    )


def _km_transform(model: CoxModel, days: Floats) -> Floats:
    """1 - S just before each day, of all patients of the model pooled over strata."""
    curve = estimate_curve(model.times)
    before = np.searchsorted(curve.days, days, side="left")
    return np.asarray(1 - np.concatenate(([1.0], curve.survival))[before])


def _information(model: CoxModel, end: Evaluation, g: Floats) -> Floats:
    """The information of the coefficients and of their change with g, which is set to 0."""
    fit, sets = model.fit, model.fit.sets
    blocks = []
    for power in range(3):
        h = end.hazard * g**power
        weight = end.risk * sets.sum_met(h, h * sets.step_share)
        blocks.append((fit.x * weight) @ fit.x.T - (end.mean_x * g**power) @ end.mean_x.T)
    return np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])


def _scaled_residuals(model: CoxModel) -> Floats:
    """Schoenfeld residuals times the inverse of their mean variance, plus the coefficient (R's `zph$y`)."""
    from mirocals_desktop.analysis.cox_residuals import schoenfeld_residuals

    _days, residuals = schoenfeld_residuals(model)
    return np.asarray(residuals @ invert(model.fit.information) * len(residuals) + model.fit.beta)


@dataclass(frozen=True)
class ZphSmooth:
    """How a coefficient seems to change: a smooth of its scaled residuals with a band of two standard errors.

    `days` rise with `transformed`, the scale that it was fitted on.
    """

    term: str
    transformed: Floats
    days: Floats
    estimate: Floats
    lower: Floats
    upper: Floats


def smooth_residuals(model: CoxModel, test: ZphTest, term: str, *, points: int = 40) -> ZphSmooth | None:
    """A natural cubic spline with four degrees of freedom through the residuals of a term.

    R: `plot(cox.zph(fit))`, its line and its band. None where the events are too few for one.
    """
    x, y = test.transformed, test.residuals[term]
    at = np.linspace(x.min(), x.max(), points) if len(x) else np.empty(0)
    if len(np.unique(x)) < 4:
        return None
    both = np.concatenate((at, x))
    knots = np.quantile(both, [0.0, 1 / 3, 2 / 3, 1.0])
    basis = _natural_basis(both, knots)
    drawn, fitted = basis[:points], basis[points:]
    if np.linalg.matrix_rank(fitted) < basis.shape[1]:
        return None
    inverse = np.linalg.pinv(fitted.T @ fitted)
    estimate = drawn @ np.linalg.lstsq(fitted, y, rcond=None)[0]
    terms = [model.design.columns[i].term for i in model.fit.columns]
    kept = terms.index(term)  # the one of its columns that is estimable
    variance = invert(model.fit.information)[kept, kept] * len(y)
    error = 2 * np.sqrt(variance * np.einsum("ij,jk,ik->i", drawn, inverse, drawn))
    order = np.argsort(x, kind="stable")
    first = np.concatenate(([True], np.diff(x[order]) > 0))
    days = np.interp(at, x[order][first], test.days[order][first])
    return ZphSmooth(term, at, days, estimate, estimate - error, estimate + error)


def _natural_basis(x: Floats, knots: Floats) -> Floats:
    """1, x and the cubic terms that are linear beyond the outer knots: spans what `splines::ns` spans."""
    scaled = (x - knots[0]) / (knots[-1] - knots[0])
    place = (knots - knots[0]) / (knots[-1] - knots[0])

    def term(knot: float) -> Floats:
        last = place[-1]
        cubes = np.maximum(scaled - knot, 0) ** 3 - np.maximum(scaled - last, 0) ** 3
        return np.asarray(cubes / (last - knot))

    reference = term(float(place[-2]))
    columns = [np.ones(len(x)), scaled, *(term(float(knot)) - reference for knot in place[:-2])]
    return np.column_stack(columns)
