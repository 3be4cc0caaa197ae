"""The survival analysis of a study: its endpoint, grouped by any variable, with covariates from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mirocals_desktop.analysis.design import split_terms, variables_of
from mirocals_desktop.analysis.endpoint import STUDY_HORIZON, EndpointTable, Horizon, derive_endpoint
from mirocals_desktop.analysis.groups import (
    Grouping,
    derive_classes,
    derive_groups,
    grouping_choices,
    is_baseline,
)
from mirocals_desktop.analysis.kaplan_meier import Interval
from mirocals_desktop.analysis.marker_values import derive_values
from mirocals_desktop.analysis.primary import Primary, compare_primary
from mirocals_desktop.analysis.risk_sets import Ties
from mirocals_desktop.analysis.survival import SurvivalOptions, SurvivalResult, analyse
from mirocals_desktop.analysis.survival_json import to_json
from mirocals_desktop.analysis.times import (
    Covariate,
    Factor,
    Floats,
    LeftOut,
    Numeric,
    SurvivalTimes,
    build_times,
)
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

_STEPS = (1, 2, 5, 7, 10, 14, 20, 28, 30, 40, 50, 60, 80, 90, 100, 120, 150, 160, 180, 200, 250, 300)
_MOST_TICKS = 9


@dataclass(frozen=True)
class StudySurvival:
    """The analysis of a study with what it rests on: who is in it, by which endpoint, in which groups."""

    result: SurvivalResult
    endpoint: EndpointTable
    grouping: Grouping | None
    times: SurvivalTimes = field(repr=False)


def analyse_study(
    snapshot: Snapshot,
    *,
    by: str | None = None,
    horizon: Horizon = STUDY_HORIZON,
    endpoint: str = "",
    origin: str = "",
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
    patients: Sequence[str] | None = None,
    at: Sequence[float] = (),
    tau: float | None = None,
    interval: Interval = "log-log",
    ties: Ties = "efron",
    report: Report = ignore,
) -> StudySurvival:
    """Analyse the study's endpoint. `by` is a grouping choice or a variable's code, "" pools all patients.

    Without `by` patients are grouped by arm where arms are visible, else pooled. `strata` are grouping
    codes; `covariates` terms of the Cox model over variables of the study ("age", "log(csf_pnfh)",
    "arm:csf_pnfh"). `at` are the days to report; by default ticks up to the horizon. Raises `AppError` when
    no patient can be analysed, or for a grouping or covariate that this snapshot does not allow.
    """
    table = derive_endpoint(snapshot, endpoint=endpoint, origin=origin, horizon=horizon, patients=patients)
    times, grouping = build_study_times(snapshot, table, by=by, strata=strata, covariates=covariates)
    days = tuple(float(day) for day in at) or tick_days(
        float(table.horizon) if table.horizon is not None else float(np.max(table.stop, initial=0))
    )
    result = analyse(
        times,
        SurvivalOptions(
            interval=interval,
            ties=ties,
            terms=tuple(covariates),
            at=days,
            tau=tau,
            horizon=None if table.horizon is None else float(table.horizon),
        ),
        report=report,
    )
    beside: tuple[str, ...] = ()
    if covariates and grouping is not None and grouping.code == codes.ARM:
        primary = compare_primary(times) if patients is None else find_primary(snapshot)
        beside = (primary.note,) if primary is not None else ()
    result = replace(
        result,
        conventions={
            "endpoint": table.endpoint_label,
            "origin": table.origin_label,
            "horizon": _("none") if table.horizon is None else _("day {day}").format(day=table.horizon),
            **result.conventions,
        },
        notes=tuple(
            dict.fromkeys((*table.notes, *(grouping.notes if grouping else ()), *result.notes, *beside))
        ),
    )
    return StudySurvival(result, table, grouping, times)


def build_study_times(
    snapshot: Snapshot,
    table: EndpointTable,
    *,
    by: str | None = None,
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
) -> tuple[SurvivalTimes, Grouping | None]:
    """The survival times of an endpoint table with groups, strata and covariates from the study."""
    code = find_grouping(snapshot, by)
    grouping = derive_groups(snapshot, code, patients=table.patients) if code else None
    group = _factor(grouping) if grouping else None
    crossed = _cross(
        [
            _factor(derive_groups(snapshot, find_grouping(snapshot, s), patients=table.patients))
            for s in strata
        ]
    )
    known = covariate_codes(snapshot) if covariates else []
    wanted: dict[str, Covariate] = {}
    names = [*known, *([group.name] if group else [])]
    for term in split_terms(",".join(covariates), names):
        for variable in variables_of(term, names):
            if (group is None or variable != group.name) and variable not in wanted:
                wanted[variable] = derive_covariate(snapshot, variable, table.patients)
    times = build_times(
        table.stop,
        table.event,
        entry=table.entry,
        group=group,
        strata=crossed,
        covariates=tuple(wanted.values()),
        patients=table.patients,
    )
    if table.left_out:
        why = "; ".join(dict.fromkeys(reason for _patient, reason in table.left_out))
        times = replace(times, left_out=LeftOut(len(table.left_out), why))
    return times, grouping


def find_primary(snapshot: Snapshot) -> Primary | None:
    """The comparison of the arms over all patients by the study's own endpoint; None without two arms."""
    if not snapshot.arms_visible:
        return None
    times, _grouping = build_study_times(snapshot, derive_endpoint(snapshot), by=codes.ARM)
    return compare_primary(times)


def find_grouping(snapshot: Snapshot, by: str | None) -> str:
    """The code of a grouping choice, from such a code or a variable's; "" pools. None: arm, else pooled.

    Raises `AppError` when the snapshot does not allow it, naming what it allows.
    """
    if by is None:
        return codes.ARM if snapshot.arms_visible else ""
    offered = [code for code, _label in grouping_choices(snapshot)]
    for code in (by, f"class:{by}"):
        if code in offered:
            return code
    if by == codes.ARM and snapshot.blinded and not snapshot.unblinded:
        raise AppError(
            _("This study is blinded: its survival cannot be grouped by arm."),
            hint=_("Group by another variable, or unblind the study if you may."),
        )
    raise AppError(
        _("Patients cannot be grouped by “{code}”.").format(code=by),
        hint=_("Possible are: {codes}.").format(codes=", ".join(filter(None, offered))),
    )


def derive_covariate(snapshot: Snapshot, code: str, patients: Sequence[str]) -> Covariate:
    """A variable of the study as a covariate: a patient's own, or the baseline value of a measurement.

    Baseline is the last value up to the first dose (up to day 0 where no dose is known), or the one at the
    visit that the protocol's classes name. A value beyond the assay's limit stands at the limit.
    """
    variable = snapshot.protocol.variable(code)
    if variable is not None and variable.scope == "visit":
        if snapshot.protocol.classes_of(code) is not None:
            return Numeric(code, derive_classes(snapshot, code, patients=patients).value)
        return Numeric(code, _baseline(snapshot, code, patients))
    column = snapshot.patients[code].reindex(list(patients))
    if pd.api.types.is_numeric_dtype(column):
        return Numeric(code, column.to_numpy(dtype=np.float64))
    return replace(_factor(derive_groups(snapshot, code, patients=patients)), name=code)


def tick_days(last: float) -> tuple[float, ...]:
    """Round days from 0 to the last, which is one of them: at most nine."""
    if last <= 0:
        return (0.0,)
    scale = 1
    while last / (_STEPS[-1] * scale) > _MOST_TICKS - 1:
        scale *= 10
    fitting = [step * scale for step in _STEPS if last / (step * scale) <= _MOST_TICKS - 1]
    exact = [step for step in fitting if last % step == 0 and last / step >= 4]
    step = (exact or fitting)[0]
    ticks = [float(day) for day in np.arange(0, last, step)]
    if last - ticks[-1] < step / 2 and len(ticks) > 1:
        ticks.pop()
    return (*ticks, float(last))


def study_json(analysis: StudySurvival) -> dict[str, Any]:
    """What `survival STUDY --json` prints: the result, and beside it whose time stops how."""
    table = analysis.endpoint
    return {
        **to_json(analysis.result),
        "study": {
            "endpoint": table.endpoint,
            "origin": table.origin,
            "horizon": table.horizon,
            "by": analysis.grouping.code if analysis.grouping else "",
            "event": table.count("event"),
            "alive_at_horizon": table.count("alive"),
            "censored_early": table.count("censored"),
            "unknown": table.count("unknown"),
            "in_follow_up": table.count("in_follow_up"),
        },
    }


def covariate_codes(snapshot: Snapshot) -> list[str]:
    """Codes that can be covariates: what this snapshot holds, so never a sealed variable."""
    measured = snapshot.measurements
    visible = set(measured["variable"][~measured["sealed"].to_numpy(bool)].unique())
    return [
        variable.code
        for variable in snapshot.protocol.variables
        if (
            variable.scope == "patient"
            and variable.code in snapshot.patients.columns
            and variable.kind != "date"
        )
        or (variable.scope == "visit" and variable.code in visible)
    ]


def _factor(grouping: Grouping) -> Factor:
    name = grouping.code.removeprefix("class:") + "_class" if grouping.nature == "class" else grouping.code
    factor = Factor(name, grouping.group.astype(np.int64), grouping.labels, grouping.label)
    present = factor.rows(np.ones(len(grouping.group), np.bool_))
    if grouping.reference < 0 or grouping.labels[grouping.reference] not in present.levels:
        return present
    return present.with_reference(grouping.labels[grouping.reference])


def _cross(factors: Sequence[Factor]) -> Factor | None:
    """One factor whose levels are the combinations that occur."""
    if not factors:
        return None
    width = 1
    code = np.zeros(len(factors[0].codes), np.int64)
    missing = np.zeros(len(code), np.bool_)
    for factor in factors:
        code = code * len(factor.levels) + factor.codes
        missing |= factor.codes < 0
        width *= len(factor.levels)
    labels = [""]
    for factor in factors:
        labels = [", ".join(filter(None, (left, level))) for left in labels for level in factor.levels]
    crossed = Factor(
        ", ".join(f.name for f in factors),
        np.where(missing, -1, code),
        tuple(labels),
        ", ".join(f.title for f in factors),
    )
    return crossed.rows(np.ones(len(code), np.bool_))


def _baseline(snapshot: Snapshot, code: str, patients: Sequence[str]) -> Floats:
    values = derive_values(snapshot, code, patients=patients)
    place = {patient: i for i, patient in enumerate(patients)}
    owner = np.array([place[values.patients[i]] for i in values.patient], np.int64)
    before = np.flatnonzero(is_baseline(snapshot, list(patients), owner, values.day))
    baseline = np.full(len(patients), np.nan)
    order = np.lexsort((-values.record[before], values.day[before]))
    baseline[owner[before][order]] = values.value[before][order]  # the last day wins, of repeats the first
    return baseline
