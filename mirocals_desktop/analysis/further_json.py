"""What the survival page shows of a study beyond the one analysis, as plain data: its further views.

Each part is None, with a sentence in `notes`, where it has nothing to show; keys are never translated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mirocals_desktop.analysis.cafs import study_cafs
from mirocals_desktop.analysis.competing import estimate_incidence
from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve
from mirocals_desktop.analysis.marker_json import (
    adjusted_json,
    cut_json,
    effect_json,
    landmark_json,
    primary_json,
)
from mirocals_desktop.analysis.sensitivity import (
    estimate_envelopes,
    estimate_fragility,
    find_tipping_point,
    name_unknown,
    rank_influence,
    rank_unknown,
)
from mirocals_desktop.analysis.study_definitions import (
    compare_definitions,
    other_definitions,
    own_definition,
)
from mirocals_desktop.analysis.study_subgroups import analyse_subgroups, subgroup_choices
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.snapshot import Snapshot

Json = dict[str, Any]


def further_json(
    snapshot: Snapshot,
    analysis: StudySurvival,
    *,
    patients: Sequence[str] | None = None,
    permutations: int = 0,
    report: Report = ignore,
) -> Json:
    """Every further view of a study's analysis, as it first opens.

    With `permutations` the marker's best cut is searched too and its p corrected by so many of them, which
    takes seconds.
    """
    notes: list[str] = []

    def attempt(make: Callable[[], Json], share: float, name: str) -> Json | None:
        report(share, name)
        try:
            return make()
        except AppError as error:
            notes.append(titled(name, error.message))
            return None

    unknown = part(report, 0.0, 0.3)
    asked = part(report, 0.4, 0.6)
    searched = part(report, 0.9, 0.95)
    result = {
        "unknowns": attempt(lambda: _unknowns(analysis, unknown), 0.0, _("Unknown patients")),
        "robustness": attempt(lambda: _robustness(analysis), 0.3, _("Robustness")),
        "definitions": attempt(
            lambda: _definitions(snapshot, analysis, patients, asked), 0.4, _("Definitions")
        ),
        "subgroups": attempt(lambda: _subgroups(snapshot, patients), 0.6, _("Subgroups")),
        "incidence": attempt(lambda: _incidence(analysis), 0.7, _("Cumulative incidence")),
        "cafs": attempt(lambda: _cafs(snapshot, analysis), 0.75, "CAFS"),
        "landmark": attempt(lambda: landmark_json(analysis), 0.8, _("Landmark")),
        "adjusted": attempt(lambda: adjusted_json(snapshot, analysis, patients), 0.85, _("Adjusted model")),
        "cut": attempt(
            lambda: cut_json(snapshot, analysis, permutations=permutations, report=searched),
            0.9,
            _("Cut of the marker"),
        ),
        "effect": attempt(lambda: effect_json(snapshot, analysis), 0.95, _("Hazard ratio over the marker")),
        "patients": _patients(analysis),
        "notes": notes,
    }
    report(1.0, "")
    return result


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _unknowns(analysis: StudySurvival, report: Report) -> Json:
    times = analysis.times
    unknown = name_unknown(times, analysis.endpoint)
    envelopes = estimate_envelopes(times, unknown, interval=analysis.result.options.interval)
    day = unknown.horizon
    ledger = rank_unknown(times, unknown, report=report)
    found: Json = {
        "day": day,
        "envelope": [
            {
                "group": envelope.group,
                "unknown": envelope.unknown,
                "estimate": _known(envelope.estimate.survival_at(day)[0]),
                "worst": _known(envelope.worst.survival_at(day)[0]),
                "best": _known(envelope.best.survival_at(day)[0]),
                "worst_curve": _steps(envelope.worst),
                "best_curve": _steps(envelope.best),
            }
            for envelope in envelopes
        ],
        "ledger": [
            {
                "patient": row.patient,
                "group": row.group,
                "last_contact": _known(row.last_contact),
                "survival_if_dead": _known(row.if_dead),
                "survival_if_alive": _known(row.if_alive),
                "leverage": _known(row.leverage),
                "p_if_dead": _known(row.p_if_dead),
                "p_if_alive": _known(row.p_if_alive),
            }
            for row in ledger
        ],
        "tipping_point": None,
    }
    if len(times.levels) == 2:
        tipping = find_tipping_point(times, unknown)
        found["tipping_point"] = {
            "reference": tipping.reference,
            "arm": tipping.arm,
            "deaths_reference": tipping.deaths_reference.tolist(),
            "deaths_arm": tipping.deaths_arm.tolist(),
            "p": [[_known(p) for p in row] for row in tipping.p.tolist()],
            "p_observed": _known(tipping.p_observed),
            "crossing": None if tipping.crossing is None else list(tipping.crossing),
        }
    return found


def _robustness(analysis: StudySurvival) -> Json:
    fragility = estimate_fragility(analysis.times)
    return {
        "fragility": {
            "group": fragility.group,
            "significant": fragility.significant,
            "count": fragility.count,
            "patients": list(fragility.patients),
            "p_before": _known(fragility.p_before),
            "p_after": _known(fragility.p_after),
        },
        "influence": [
            {
                "patient": row.patient,
                "group": row.group,
                "dfbeta": _known(row.dfbeta),
                "hr_without": _known(row.hr_without),
                "p_without": _known(row.p_without),
            }
            for row in rank_influence(analysis.times)
        ],
    }


def _definitions(
    snapshot: Snapshot, analysis: StudySurvival, patients: Sequence[str] | None, report: Report
) -> Json:
    others = other_definitions(snapshot, patients)
    if not others:
        raise AppError(_("The protocol has one endpoint and one time origin."))
    asked = [own_definition(snapshot, patients), *others]
    by = analysis.grouping.code if analysis.grouping else ""
    rows = []
    for found in compare_definitions(snapshot, asked, by=by, patients=patients, report=report):
        result, horizon = found.analysis.result, found.analysis.endpoint.horizon
        term = result.cox.terms[0] if result.cox is not None and len(result.cox.terms) == 1 else None
        rows.append(
            {
                "definition": found.definition.label,
                "endpoint": found.analysis.endpoint.endpoint,
                "origin": found.analysis.endpoint.origin,
                "horizon": horizon,
                "n": result.overall.n,
                "events": result.overall.events,
                "logrank_p": None if result.logrank is None else _known(result.logrank.p),
                "hr": None if term is None else _known(term.hr),
                "lower": None if term is None else _known(term.lower),
                "upper": None if term is None else _known(term.upper),
                "survival_at_horizon": {
                    group.label: None if horizon is None else _known(group.curve.survival_at(horizon)[0])
                    for group in (result.groups or (result.overall,))
                },
                "curves": {
                    group.label: _steps(group.curve) for group in (result.groups or (result.overall,))
                },
                "differ": [
                    {"patient": row.patient, "own": row.own, "other": row.other} for row in found.differences
                ],
            }
        )
    return {"rows": rows}


def _subgroups(snapshot: Snapshot, patients: Sequence[str] | None) -> Json:
    if not snapshot.arms_visible:
        raise AppError(_("This study is blinded: nothing is compared by arm before it is unblinded."))
    usual = [choice.code for choice in subgroup_choices(snapshot) if choice.usual]
    found = analyse_subgroups(snapshot, usual, patients=patients)
    table = found.table
    return {
        "arm": table.arm,
        "reference": table.reference,
        "primary": primary_json(found.primary),
        "rows": [
            {
                "factor": row.factor,
                "level": row.level,
                "n": list(row.n),
                "events": list(row.events),
                "hr": _known(row.hr),
                "lower": _known(row.lower),
                "upper": _known(row.upper),
            }
            for row in table.rows
        ],
        "interactions": [
            {"factor": test.factor, "chisq": _known(test.chisq), "df": test.df, "p": _known(test.p)}
            for test in table.interactions
        ],
    }


def _incidence(analysis: StudySurvival) -> Json:
    of = dict(zip(analysis.endpoint.patients, analysis.endpoint.cause, strict=True))
    causes = [of[patient] for patient in analysis.times.patients]
    if len(set(filter(None, causes))) < 2:
        raise AppError(_("No competing events."))
    curves = estimate_incidence(analysis.times, causes, interval=analysis.result.options.interval)
    return {
        "curves": [
            {
                "group": curve.group,
                "cause": curve.cause,
                "time": curve.days.tolist(),
                "incidence": curve.incidence.tolist(),
                "se": [_known(value) for value in curve.std_error.tolist()],
                "lower": [_known(value) for value in curve.lower.tolist()],
                "upper": [_known(value) for value in curve.upper.tolist()],
                "events": curve.events.tolist(),
            }
            for curve in curves
        ]
    }


def _cafs(snapshot: Snapshot, analysis: StudySurvival) -> Json:
    found = study_cafs(snapshot, analysis.endpoint, analysis.times.group).result
    return {
        "arm": found.arm,
        "reference": found.reference,
        "n": {found.reference: found.n[0], found.arm: found.n[1]},
        "mean_rank": {
            found.reference: _known(found.mean_rank[0]),
            found.arm: _known(found.mean_rank[1]),
        },
        "wins": found.wins,
        "losses": found.losses,
        "draws": found.draws,
        "rank_sum": {"z": _known(found.rank_sum_z), "p": _known(found.rank_sum_p)},
        "ancova": {
            "effect": _known(found.ancova_effect),
            "se": _known(found.ancova_se),
            "p": _known(found.ancova_p),
        },
        "patients": [
            {"patient": patient, "score": score, "rank": rank}
            for patient, score, rank in zip(
                found.patients, found.scores.tolist(), found.ranks.tolist(), strict=True
            )
        ],
    }


def _patients(analysis: StudySurvival) -> list[Json]:
    """When each patient's time stops, and why."""
    table = analysis.endpoint
    return [
        {
            "patient": patient,
            "outcome": table.outcome[place],
            "day": _known(table.stop[place]),
            "last_contact": _known(table.last_contact[place]),
            "why": table.why[place],
        }
        for place, patient in enumerate(table.patients)
    ]


def _steps(curve: SurvivalCurve) -> Json:
    return {"time": curve.days.tolist(), "survival": curve.survival.tolist()}
