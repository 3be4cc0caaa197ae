"""The views that a person sets something in, as they first open, as plain data: cut, ratio, model, landmark.

Keys are never translated; a number that is not estimable is None. Raises `AppError` where there is no view.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from mirocals_desktop.analysis.marker_effect import EffectAt, estimate_marker_effect
from mirocals_desktop.analysis.primary import Primary
from mirocals_desktop.analysis.study_cut import StudyCut, build_study_cut, scan_study, settle
from mirocals_desktop.analysis.study_landmark import analyse_landmark, landmark_days
from mirocals_desktop.analysis.study_model import covariate_choices, fit_adjusted
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.survival_json import to_json
from mirocals_desktop.analysis.times import Numeric
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.study.snapshot import Snapshot

Json = dict[str, Any]


def cut_json(
    snapshot: Snapshot, analysis: StudySurvival, *, permutations: int = 0, report: Report = ignore
) -> Json:
    """The classes of the marker at the cuts that the protocol names, and what every cut would give.

    With `permutations` the best cut of a search comes too, its p corrected for all cuts; it takes seconds.
    """
    ticks = [row.day for row in analysis.result.overall.at]
    cut = build_study_cut(snapshot, analysis.endpoint, ticks=ticks, interval=analysis.result.options.interval)
    frame = settle(cut, cut.start())
    effects = {effect.marker_class: effect for effect in frame.effects}
    classes = []
    for number, size in enumerate(frame.sizes):
        curves = [shown for shown in frame.curves if shown.marker_class == number]
        effect = effects.get(number)
        classes.append(
            {
                "n": size,
                "events": sum(shown.curve.total_events for shown in curves),
                "hr": None if effect is None else _known(effect.hr),
                "lower": None if effect is None else _known(effect.lower),
                "upper": None if effect is None else _known(effect.upper),
                "p": None if effect is None else _known(effect.p),
                "reason": "" if effect is None else effect.reason,
                "curves": [
                    {
                        "arm": shown.arm,
                        "time": shown.curve.days.tolist(),
                        "survival": shown.curve.survival.tolist(),
                        "lower": _numbers(shown.curve.lower.tolist()),
                        "upper": _numbers(shown.curve.upper.tolist()),
                        "at": [
                            {
                                "day": row.day,
                                "survival": row.survival,
                                "at_risk": row.at_risk,
                                "events": row.events,
                                "censored": row.censored,
                            }
                            for row in shown.rows
                        ],
                    }
                    for shown in curves
                ],
            }
        )
    return {
        "marker": cut.marker,
        "unit": cut.unit,
        "planned": list(cut.pinned),
        "cuts": list(frame.cuts),
        "exploratory": not cut.is_pinned(frame.cuts),
        "primary": primary_json(cut.primary),
        "classes": classes,
        "logrank": {"chisq": _known(frame.class_chisq), "df": frame.class_df, "p": _known(frame.class_p)},
        "interaction": {
            "chisq": _known(frame.interaction_chisq),
            "df": frame.interaction_df,
            "p": _known(frame.interaction_p),
        },
        **_profile(cut, permutations, report),
        "notes": list(cut.notes),
    }


def primary_json(primary: Primary | None) -> Json | None:
    """The unadjusted comparison of all patients, without which no class may stand."""
    if primary is None:
        return None
    return {
        "hr": None if primary.term is None else _known(primary.term.hr),
        "logrank_p": _known(primary.logrank.p),
        "significant": primary.significant,
        "verdict": primary.verdict,
    }


def _profile(cut: StudyCut, permutations: int, report: Report) -> Json:
    """The ratios on both sides of every cut without a p, which would not be corrected, and the search's."""
    try:
        scan = scan_study(cut, permutations=permutations, report=report)
    except AppError:
        return {"profile": None, "search": None}
    columns = ("cuts", "hr_low", "hr_low_lower", "hr_low_upper", "hr_high", "hr_high_lower", "hr_high_upper")
    profile = {name: _numbers(getattr(scan, name).tolist()) for name in columns}
    if not permutations:
        return {"profile": profile, "search": None}
    found = {
        "target": scan.target,
        "permutations": scan.permutations,
        "seed": scan.seed,
        "cut": _known(scan.cuts[scan.best]),
        "p_corrected": _known(scan.p_corrected[scan.best]),
        "notes": list(scan.notes),
    }
    return {"profile": {**profile, "p_corrected": _numbers(scan.p_corrected.tolist())}, "search": found}


def effect_json(snapshot: Snapshot, analysis: StudySurvival) -> Json:
    """The hazard ratio of the arms as a curve of the marker, on its logarithm."""
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    cut = build_study_cut(snapshot, analysis.endpoint, ticks=(0.0,))
    times = replace(cut.times, covariates=(Numeric(cut.marker, cut.values),))
    effect = estimate_marker_effect(times, cut.marker)
    return {
        "marker": effect.marker,
        "transform": effect.transform,
        "arm": effect.arm,
        "reference": effect.reference,
        "values": _numbers(effect.values.tolist()),
        "hr": _numbers(effect.hr.tolist()),
        "lower": _numbers(effect.lower.tolist()),
        "upper": _numbers(effect.upper.tolist()),
        "at_median": _effect_at(effect.at_median),
        "at_cuts": [_effect_at(effect.at(value)) for value in cut.pinned],
        "crossing": _known(effect.crossing),
        "interaction": {
            "coef": _known(effect.interaction.coef),
            "se": _known(effect.interaction.se),
            "p": _known(effect.interaction.p),
            "lr_chisq": _known(effect.lr_chisq),
            "lr_p": _known(effect.lr_p),
        },
        "primary": primary_json(cut.primary),
        "notes": list(effect.notes),
    }


def _effect_at(place: EffectAt) -> Json:
    return {name: _known(getattr(place, name)) for name in ("value", "hr", "lower", "upper", "p")}


def adjusted_json(snapshot: Snapshot, analysis: StudySurvival, patients: Sequence[str] | None) -> Json:
    """The model with the covariates that are usual, and the curves averaged over its patients."""
    if snapshot.blinded and not snapshot.unblinded:
        raise AppError(_("This study is blinded: a covariate may tell the arm."))
    by = analysis.grouping.code if analysis.grouping else ""
    usual = [choice.term for choice in covariate_choices(snapshot, group=by) if choice.usual]
    if not usual:
        raise AppError(_("The study has no variable from before the outcome to adjust for."))
    options = analysis.result.options
    found = fit_adjusted(snapshot, usual, by=by, interval=options.interval, patients=patients)
    whole = to_json(found.analysis.result)
    return {
        "covariates": usual,
        "cox": whole["cox"],
        "zph": whole["zph"],
        "curves": [
            {"group": c.group, "time": _numbers(c.days.tolist()), "survival": _numbers(c.survival.tolist())}
            for c in found.curves
        ],
        "primary": primary_json(found.primary),
        "notes": [*found.notes, *filter(None, (found.no_curves,))],
    }


def landmark_json(analysis: StudySurvival) -> Json:
    """The analysis of those still followed after a quarter of the follow-up, counted from then."""
    day, _last = landmark_days(analysis)
    return {"day": day, **to_json(analyse_landmark(analysis, day))}


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [_known(value) for value in values]
