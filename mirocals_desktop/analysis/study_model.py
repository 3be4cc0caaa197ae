"""The adjusted model of a study: the covariates to choose from, the model with them, what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mirocals_desktop.analysis.cox_residuals import AdjustedCurve, estimate_adjusted_curves
from mirocals_desktop.analysis.kaplan_meier import Interval
from mirocals_desktop.analysis.primary import Primary
from mirocals_desktop.analysis.study_survival import (
    StudySurvival,
    analyse_study,
    covariate_codes,
    find_primary,
)
from mirocals_desktop.analysis.survival import describe_interactions
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

_LATE = frozenset(
    {codes.WITHDRAWAL_REASON, codes.VITAL_STATUS, "screening_outcome", "screening_failure_reason"}
)


@dataclass(frozen=True)
class CovariateChoice:
    """A term of the model: as `analyse_study` takes it, its label, and whether it is offered ticked."""

    term: str
    label: str
    usual: bool


@dataclass(frozen=True, eq=False)
class AdjustedModel:
    """The analysis with covariates, and the groups' curves averaged over all its patients.

    Without curves `no_curves` says why. `notes` say at which value of a covariate a ratio holds. `primary` is
    the unadjusted comparison of all patients, which must stand beside; None where arms are not compared.
    """

    analysis: StudySurvival
    curves: tuple[AdjustedCurve, ...]
    no_curves: str
    notes: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)
    primary: Primary | None = None


def covariate_choices(snapshot: Snapshot, *, group: str = "") -> list[CovariateChoice]:
    """What may be adjusted for: known before the outcome, and not the groups themselves.

    A measurement in a concentration is offered as its logarithm too.
    """
    protocol = snapshot.protocol
    choices = []
    for code in covariate_codes(snapshot):
        variable = protocol.variable(code)
        if variable is None or code in (codes.ARM, group) or code in _LATE or code in codes.ALSFRS_R_ITEMS:
            continue
        if variable.group == "outcome" or (variable.scope == "visit" and variable.kind == "choice"):
            continue
        classed = protocol.classes_of(code) is not None
        usual = code == "age" or code in protocol.strata
        choices.append(CovariateChoice(code, str(variable.label), usual))
        if variable.scope == "visit" and variable.kind == "number" and (classed or "/" in variable.unit):
            label = _("log {variable}").format(variable=variable.label)
            choices.append(CovariateChoice(f"log({code})", label, classed))
    return choices


def fit_adjusted(
    snapshot: Snapshot,
    covariates: Sequence[str],
    *,
    by: str,
    strata: Sequence[str] = (),
    interval: Interval = "log-log",
    patients: Sequence[str] | None = None,
    report: Report = ignore,
) -> AdjustedModel:
    """The analysis with these covariates and interactions ("arm:log(csf_pnfh)").

    Raises `AppError` where there is no model, or a term that the snapshot does not allow.
    """
    analysis = analyse_study(
        snapshot,
        by=by,
        strata=strata,
        covariates=covariates,
        interval=interval,
        patients=patients,
        report=part(report, 0.0, 0.8),
    )
    model = analysis.result.cox
    if model is None:
        raise AppError(next((n for n in analysis.result.notes if "Cox" in n), _("There is no Cox model.")))
    report(0.8, _("Adjusted curves"))
    curves: tuple[AdjustedCurve, ...] = ()
    why = ""
    try:
        curves = tuple(estimate_adjusted_curves(model))
    except AppError as error:
        why = error.message
    labels = {choice.term: choice.label for choice in covariate_choices(snapshot)}
    if analysis.grouping is not None and model.times.group is not None:
        labels[model.times.group.name] = analysis.grouping.label
    return AdjustedModel(
        analysis,
        curves,
        why,
        tuple(describe_interactions(model.design.terms, model.times, labels)),
        labels,
        find_primary(snapshot) if by == codes.ARM else None,
    )
