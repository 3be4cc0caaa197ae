"""How the hazard ratio of an arm changes with a marker: the Cox model with their interaction, as a curve.

The ratio of such a model means nothing without the marker value at which it is evaluated: every number here
carries it. R: `coxph(S ~ arm * log(x))`, then `exp(b["arm"] + b["arm:log(x)"] * log(x))` with its variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from mirocals_desktop.analysis.cox import CoxModel, CoxTerm, fit_cox
from mirocals_desktop.analysis.distributions import chi_square_p, normal_p, normal_quantile
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.times import Floats, Numeric, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

Transform = Literal["log", "none"]


@dataclass(frozen=True)
class EffectAt:
    """The hazard ratio of the arm at one value of the marker."""

    value: float
    hr: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class MarkerEffect:
    """The hazard ratio of `arm` against `reference` over the marker, with its band.

    `crossing` is the marker value at which the ratio is 1, None outside the values seen. `interaction` is
    the model's product term (per unit of the transformed marker), `lr_p` the likelihood-ratio test of it.
    """

    marker: str
    transform: Transform
    arm: str
    reference: str
    values: Floats
    hr: Floats
    lower: Floats
    upper: Floats
    at_median: EffectAt
    crossing: float | None
    interaction: CoxTerm
    lr_chisq: float
    lr_p: float
    model: CoxModel = field(repr=False)
    notes: tuple[str, ...] = ()

    def at(self, value: float) -> EffectAt:
        """The ratio at one marker value. Raises `AppError` for one that has no logarithm."""
        if self.transform == "log" and value <= 0:
            raise AppError(_("A marker value must be positive to be put on a logarithmic scale."))
        return _at(self.model, self.interaction.term, self.transform, value)


def estimate_marker_effect(
    times: SurvivalTimes,
    marker: str,
    *,
    transform: Transform = "log",
    covariates: Sequence[str] = (),
    ties: Ties = "efron",
    points: int = 200,
) -> MarkerEffect:
    """Fit arm, marker and their product (and further covariates), and evaluate the arm's ratio.

    `marker` is a numeric covariate of `times`, whose groups are the two arms. Raises `AppError` when it is
    not, or when the model is not estimable.
    """
    if len(times.levels) != 2:
        raise AppError(_("The hazard ratio over a marker needs two arms."))
    assert times.group is not None
    values = times.covariate(marker)
    if not isinstance(values, Numeric):
        raise AppError(_("{marker} is not a number.").format(marker=marker))
    arm = times.group.name
    written = f"log({marker})" if transform == "log" else marker
    product = f"{arm}:{written}"
    model = fit_cox(times, (arm, written, product, *covariates), ties=ties)
    without = fit_cox(times, (arm, written, *covariates), ties=ties)
    if model.broken:
        raise AppError(
            _("The hazard ratio over {marker} is not estimable: {why}.").format(
                marker=marker, why=model.broken
            )
        )
    seen = values.values[~np.isnan(values.values)]
    low, high = float(seen.min()), float(seen.max())
    grid = np.geomspace(low, high, points) if transform == "log" else np.linspace(low, high, points)
    z = normal_quantile(model.level)
    effect, se = _effect(model, product, transform, grid)
    main, interaction = (next(t for t in model.terms if t.term == term) for term in (arm, product))
    assert main.coef is not None
    assert interaction.coef is not None
    crossing = None
    if interaction.coef != 0:
        root = -main.coef / interaction.coef
        value = math.exp(min(root, 700.0)) if transform == "log" else root
        crossing = value if low <= value <= high else None
    lr = max(0.0, 2 * (model.log_likelihood - without.log_likelihood))
    scale = _("logarithm of {marker}") if transform == "log" else _("{marker}, not centred")
    return MarkerEffect(
        marker=marker,
        transform=transform,
        arm=times.levels[1],
        reference=times.levels[0],
        values=grid,
        hr=np.exp(effect),
        lower=np.exp(effect - z * se),
        upper=np.exp(np.minimum(effect + z * se, 700)),
        at_median=_at(model, product, transform, float(np.median(seen))),
        crossing=crossing,
        interaction=interaction,
        lr_chisq=lr,
        lr_p=chi_square_p(lr, 1),
        model=model,
        notes=(
            _("Interaction with the {scale}; the ratio is that at the stated value of the marker.").format(
                scale=scale.format(marker=marker)
            ),
        ),
    )


def _effect(model: CoxModel, product: str, transform: Transform, values: Floats) -> tuple[Floats, Floats]:
    """Log hazard ratio and its standard error at each value."""
    arm = product.split(":")[0]
    places = [
        model.estimable.index(next(i for i, t in enumerate(model.terms) if t.term == term))
        for term in (arm, product)
    ]
    main, slope = (model.terms[model.estimable[place]].coef or 0.0 for place in places)
    cov = model.covariance[np.ix_(places, places)]
    x = np.log(values) if transform == "log" else np.asarray(values, np.float64)
    variance = cov[0, 0] + 2 * x * cov[0, 1] + x**2 * cov[1, 1]
    return main + slope * x, np.sqrt(np.maximum(variance, 0.0))


def _at(model: CoxModel, product: str, transform: Transform, value: float) -> EffectAt:
    effect, se = (float(v[0]) for v in _effect(model, product, transform, np.array([value])))
    z = normal_quantile(model.level)
    return EffectAt(
        value, math.exp(effect), math.exp(effect - z * se), math.exp(effect + z * se), normal_p(effect / se)
    )
