"""How much the result rests on what is not known, on single patients, and on single events.

- the envelope: the curve if every unknown patient had died at the last contact, and if all were alive;
- the ledger: what each unknown patient could move;
- the tipping point: how the unknown would have to have fared for the log-rank test to cross its level;
- fragility: how many censored patients would have to have died instead;
- influence: what the result is without each patient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mirocals_desktop.analysis.cox import NotEstimableError, fit_cox
from mirocals_desktop.analysis.cox_residuals import dfbeta_residuals
from mirocals_desktop.analysis.endpoint import EndpointTable
from mirocals_desktop.analysis.kaplan_meier import (
    Interval,
    SurvivalCurve,
    estimate_curve,
    estimate_curves,
)
from mirocals_desktop.analysis.log_rank import compare_groups
from mirocals_desktop.analysis.times import Counts, Flags, Floats, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore

LEVEL = 0.05
_MOST_PER_ARM = 20  # columns and rows of the tipping table


@dataclass(frozen=True)
class Envelope:
    """The extremes of one curve ("" for all patients): every unknown dead at the last contact, or alive."""

    group: str
    unknown: int
    estimate: SurvivalCurve
    worst: SurvivalCurve
    best: SurvivalCurve


@dataclass(frozen=True)
class UnknownPatient:
    """One unknown patient and the survival at the horizon in its group, dead at last contact or alive."""

    patient: str
    group: str
    last_contact: float
    if_dead: float | None
    if_alive: float | None
    p_if_dead: float | None
    p_if_alive: float | None

    @property
    def leverage(self) -> float:
        """How far the answer can move the survival at the horizon."""
        if self.if_dead is None or self.if_alive is None:
            return 0.0
        return self.if_alive - self.if_dead


@dataclass(frozen=True)
class Unknowns:
    """Which patients of some times are unknown, and up to which day they could have been known.

    `undated` marks those known dead whose date is not: at best they died on the horizon.
    """

    rows: Flags
    undated: Flags
    horizon: float

    def settled(self, times: SurvivalTimes, dead: Flags, alive: Flags) -> SurvivalTimes:
        """The times, had some of them died when their time stopped and others lived to the horizon."""
        days = np.where(alive, self.horizon, times.days)
        return replace(times, days=days, event=((times.event | dead) & ~alive) | (alive & self.undated))


def name_unknown(times: SurvivalTimes, table: EndpointTable) -> Unknowns:
    """The unknown of an endpoint table, among the patients of its times.

    Raises `AppError` for an endpoint without horizon: there nobody is unknown.
    """
    if table.horizon is None:
        raise AppError(
            _("Without a horizon no patient is of unknown status."), hint=_("Set a horizon for the study.")
        )
    outcome = dict(zip(table.patients, table.outcome, strict=True))
    undated = dict(zip(table.patients, table.undated.tolist(), strict=True))
    return Unknowns(
        rows=np.array([outcome[p] == "unknown" for p in times.patients], np.bool_),
        undated=np.array([undated[p] for p in times.patients], np.bool_),
        horizon=float(table.horizon),
    )


def estimate_envelopes(
    times: SurvivalTimes,
    unknown: Unknowns,
    *,
    interval: Interval = "log-log",
    level: float = 0.95,
) -> list[Envelope]:
    """The envelope of all patients, then of each group."""
    nobody = np.zeros(times.n, np.bool_)
    worst = unknown.settled(times, unknown.rows, nobody)
    best = unknown.settled(times, nobody, unknown.rows)
    sets = (times, worst, best)
    wholes = [estimate_curve(t, interval=interval, level=level) for t in sets]
    groups = [estimate_curves(t, interval=interval, level=level) for t in sets]
    envelopes = [Envelope("", int(unknown.rows.sum()), *wholes)]
    for i, label in enumerate(times.levels):
        assert times.group is not None
        count = int(np.count_nonzero(unknown.rows & (times.group.codes == i)))
        envelopes.append(Envelope(label, count, *(curves[i] for curves in groups)))
    return envelopes


def rank_unknown(times: SurvivalTimes, unknown: Unknowns, *, report: Report = ignore) -> list[UnknownPatient]:
    """The unknown patients, those first whose answer could move the survival at the horizon most."""
    nobody = np.zeros(times.n, np.bool_)
    ledger = []
    chosen = np.flatnonzero(unknown.rows)
    for done, i in enumerate(chosen):
        report(done / len(chosen), _("Unknown patients"))
        one = nobody.copy()
        one[i] = True
        settled = [unknown.settled(times, one, nobody), unknown.settled(times, nobody, one)]
        label = ""
        if times.group is not None and times.group.codes[i] >= 0:
            label = times.levels[int(times.group.codes[i])]
        curves = [estimate_curve(t.of_group(label) if label else t) for t in settled]
        p_values = [compare_groups(t, stratified=False).p if len(times.levels) > 1 else None for t in settled]
        ledger.append(
            UnknownPatient(
                patient=times.patients[i] if times.patients else str(i + 1),
                group=label,
                last_contact=float(times.days[i]),
                if_dead=curves[0].survival_at(unknown.horizon)[0],
                if_alive=curves[1].survival_at(unknown.horizon)[0],
                p_if_dead=p_values[0],
                p_if_alive=p_values[1],
            )
        )
    return sorted(ledger, key=lambda row: (-row.leverage, row.patient))


@dataclass(frozen=True)
class TippingPoint:
    """The log-rank p if so many unknown patients of either arm had died, the others living to the horizon.

    `p[i, j]`: `deaths_reference[i]` of the reference arm and `deaths_arm[j]` of the other had died at last
    contact, those lost earliest first. `crossing` are the numbers nearest to the expected share of deaths at
    which the test is on the other side of its level than `p_observed`; None where no answer changes that.
    """

    reference: str
    arm: str
    deaths_reference: Counts
    deaths_arm: Counts
    p: Floats
    p_observed: float | None
    crossing: tuple[int, int] | None


def find_tipping_point(times: SurvivalTimes, unknown: Unknowns, *, report: Report = ignore) -> TippingPoint:
    """Try the numbers of deaths among the unknown of either arm. Raises `AppError` without two arms."""
    if len(times.levels) != 2:
        raise AppError(_("A tipping point needs two arms."))
    assert times.group is not None
    rows = [np.flatnonzero(unknown.rows & (times.group.codes == a)) for a in (0, 1)]
    rows = [r[np.argsort(times.days[r], kind="stable")] for r in rows]
    tried = [
        np.unique(np.linspace(0, len(r), min(len(r), _MOST_PER_ARM) + 1).round().astype(np.int64))
        for r in rows
    ]
    observed = compare_groups(times, stratified=False).p
    p = np.full((len(tried[0]), len(tried[1])), np.nan)
    for i, k0 in enumerate(tried[0]):
        for j, k1 in enumerate(tried[1]):
            dead, alive = np.zeros(times.n, np.bool_), np.zeros(times.n, np.bool_)
            for r, k in zip(rows, (k0, k1), strict=True):
                dead[r[:k]], alive[r[k:]] = True, True
            value = compare_groups(unknown.settled(times, dead, alive), stratified=False).p
            p[i, j] = np.nan if value is None else value
        report((i + 1) / len(tried[0]), _("Tipping point"))
    crossing = None
    if observed is not None:
        crosses = (p < LEVEL) != (observed < LEVEL)
        crosses &= ~np.isnan(p)
        share = times.events / times.n
        expected = [share * len(r) for r in rows]
        far = np.abs(tried[0][:, None] - expected[0]) + np.abs(tried[1] - expected[1])
        if crosses.any():
            row, column = np.unravel_index(int(np.argmin(np.where(crosses, far, np.inf))), p.shape)
            crossing = (int(tried[0][row]), int(tried[1][column]))
    return TippingPoint(times.levels[0], times.levels[1], tried[0], tried[1], p, observed, crossing)


@dataclass(frozen=True)
class Fragility:
    """How many censored patients would have to have died, at the end of their time, to cross the level.

    They are taken in `group`, the longest followed first; `patients` names them. `count` is None when
    not even all of them would do. `p_after` is the p with that many changed.
    """

    group: str
    significant: bool
    count: int | None
    patients: tuple[str, ...]
    p_before: float
    p_after: float


def estimate_fragility(times: SurvivalTimes, *, report: Report = ignore) -> Fragility:
    """The fragility of the log-rank test of two arms.

    A significant result loses it when censored patients of the better arm had died; one that is not gains
    it when those of the worse arm had. Raises `AppError` without two arms or a test.
    """
    if len(times.levels) != 2:
        raise AppError(_("Fragility needs two arms."))
    assert times.group is not None
    test = compare_groups(times, stratified=False)
    if test.p is None:
        raise AppError(_("Fragility is not estimable: {why}.").format(why=test.reason))
    significant = test.p < LEVEL
    better = int(np.argmin(test.observed - test.expected))
    arm = better if significant else 1 - better
    candidates = np.flatnonzero(~times.event & (times.group.codes == arm))
    candidates = candidates[np.argsort(-times.days[candidates], kind="stable")]
    event = times.event.copy()
    p: float = test.p
    changed = 0
    for k, row in enumerate(candidates, start=1):
        event[row] = True
        value = compare_groups(replace(times, event=event.copy()), stratified=False).p
        p, changed = (p if value is None else value), k
        report(k / len(candidates), _("Fragility"))
        if (p < LEVEL) != significant:
            break
    crossed = (p < LEVEL) != significant
    names = tuple(times.patients[i] if times.patients else str(i + 1) for i in candidates[:changed])
    return Fragility(
        group=times.levels[arm],
        significant=significant,
        count=changed if crossed else None,
        patients=names if crossed else (),
        p_before=test.p,
        p_after=p,
    )


@dataclass(frozen=True)
class Influence:
    """What the comparison of two arms is without one patient."""

    patient: str
    group: str
    dfbeta: float
    hr_without: float | None
    p_without: float | None


def rank_influence(times: SurvivalTimes, *, most: int = 5, report: Report = ignore) -> tuple[Influence, ...]:
    """The patients without whom the log hazard ratio of two arms would change most, refitted without each.

    Chosen by the dfbeta residuals of the Cox model. Raises `AppError` without two arms or an estimable ratio.
    """
    if len(times.levels) != 2:
        raise AppError(_("Influence needs two arms."))
    group = times.group
    assert group is not None
    known = group.codes >= 0
    used = replace(times.rows(known), strata=None)
    model = fit_cox(used, (group.name,))
    if model.terms[0].reason:
        raise AppError(_("Influence is not estimable: {why}.").format(why=model.terms[0].reason))
    dfbeta = dfbeta_residuals(model)[:, 0]
    chosen = np.argsort(-np.abs(dfbeta), kind="stable")[:most]
    rows = []
    for k, i in enumerate(chosen, start=1):
        rest = used.rows(np.arange(used.n) != i)
        ratio = None
        if len(rest.levels) == 2:
            try:
                ratio = fit_cox(rest, (group.name,)).terms[0].hr
            except NotEstimableError:
                ratio = None
        assert used.group is not None
        rows.append(
            Influence(
                patient=used.patients[i] if used.patients else str(i + 1),
                group=used.levels[int(used.group.codes[i])],
                dfbeta=float(dfbeta[i]),
                hr_without=ratio,
                p_without=compare_groups(rest).p if len(rest.levels) == 2 else None,
            )
        )
        report(k / len(chosen), _("Influence"))
    return tuple(rows)
