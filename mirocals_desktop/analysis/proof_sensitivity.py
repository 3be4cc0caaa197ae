"""The proof of what the result rests on: unknown patients, single events, single patients.

Each is the page's own estimate on changed rows: the script changes the same rows in R, lifelines is asked of
the same changed times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mirocals_desktop.analysis.proof_script import describe_columns, write_columns, write_factors
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart
from mirocals_desktop.analysis.second_fits import (
    Proven,
    fit_arms,
    log_rank_of,
    quietly,
    ratio_of,
    size_of,
    survival_of,
)
from mirocals_desktop.analysis.sensitivity import (
    Fragility,
    Influence,
    TippingPoint,
    Unknowns,
    estimate_envelopes,
    estimate_fragility,
    find_tipping_point,
    name_unknown,
    rank_influence,
    rank_unknown,
)
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.times import Counts, Covariate, Flags, Numeric, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext

_SETTLE = r"""
horizon <- @DAY@
settle <- function(dead, alive) {
  changed <- d
  changed$event[dead] <- 1
  changed$event[alive] <- d$undated[alive]
  changed$time[alive] <- horizon
  changed
}
lost <- function(level) {
  rows <- which(d$unknown == 1 & d$group == level)
  rows[order(d$time[rows])]
}
tip <- function(deaths1, deaths2) {
  one <- lost("L1")
  two <- lost("L2")
  dead <- c(head(one, deaths1), head(two, deaths2))
  say(paste("tipping", deaths1, deaths2, "p", sep = "."), logrank_p(settle(dead, setdiff(c(one, two), dead))))
}
envelope <- function(place, rows) {
  everybody <- which(d$unknown == 1)
  name <- paste0("envelope", place)
  say(paste0(name, ".estimate"), survival_on(d[rows, ], horizon))
  say(paste0(name, ".worst"), survival_on(settle(everybody, integer())[rows, ], horizon))
  say(paste0(name, ".best"), survival_on(settle(integer(), everybody)[rows, ], horizon))
}
answered <- function(place, row) {
  known <- !is.null(d$group) && !is.na(d$group[row])
  rows <- if (known) which(d$group == d$group[row]) else seq_len(nrow(d))
  name <- paste0("patient", place)
  for (answer in c("dead", "alive")) {
    changed <- if (answer == "dead") settle(row, integer()) else settle(integer(), row)
    say(paste0(name, ".if_", answer), survival_on(changed[rows, ], horizon))
    if (nlevels(d$group) > 1) say(paste0(name, ".p_if_", answer), logrank_p(changed))
  }
}
"""

_SINGLE = r"""
d <- grouped(read_part("@FILE@"))
fragile <- function() {
  test <- logrank(d)
  before <- after <- p_of_test(test)
  significant <- before < 0.05
  better <- which.min(test$obs - test$exp)
  arm <- paste0("L", if (significant) better else 3 - better)
  rows <- which(d$event == 0 & d$group == arm)
  changed <- d
  count <- 0
  for (row in rows[order(-d$time[rows])]) {
    changed$event[row] <- 1
    after <- logrank_p(changed)
    count <- count + 1
    if ((after < 0.05) != significant) break
  }
  if ((after < 0.05) != significant) say("fragility.count", count)
  say("fragility.p_before", before)
  say("fragility.p_after", after)
}
without <- function(place, row) {
  fit <- coxph(outcome(d) ~ group, d, control = control)
  name <- paste0("patient", place)
  say(paste0(name, ".dfbeta"), residuals(fit, "dfbeta")[[row]])
  rest <- d[-row, ]
  say(paste0(name, ".hr_without"), exp(coef(coxph(outcome(rest) ~ group, rest, control = control))[[1]]))
  say(paste0(name, ".p_without"), logrank_p(rest))
}
"""


def prove_unknowns(analysis: StudySurvival) -> list[ProofPart]:
    """The envelope, each unknown patient's two answers, and the tipping point at its corners and crossing.

    Raises `AppError` where nobody's status is unknown.
    """
    times = analysis.times
    unknown = name_unknown(times, analysis.endpoint)
    if not unknown.rows.any():
        raise AppError(
            _("Nobody’s status is unknown on day {day}: there is nothing to weigh.").format(
                day=f"{unknown.horizon:g}"
            )
        )
    columns: dict[str, Covariate] = {"group": times.group} if times.group is not None else {}
    flags = {
        "unknown": Numeric("unknown", unknown.rows.astype(np.float64)),
        "undated": Numeric("undated", unknown.undated.astype(np.float64)),
    }
    title = _("Unknown patients")
    method = _(
        "An unknown patient is censored at the last contact; dead: the event on that day; alive: followed to "
        "the horizon."
    )
    proven = Proven("unknowns", title, method, "interval")
    rows: list[EngineComparison] = []
    script = ['d <- read_part("@FILE@")', *write_factors(columns)]
    script.append(_SETTLE.replace("@DAY@", f"{unknown.horizon:.17g}"))
    script.append("envelope(0, seq_len(nrow(d)))")
    script += [
        f'envelope({place}, which(d$group == "L{place}"))' for place in range(1, len(times.levels) + 1)
    ]
    rows += _envelope_rows(proven, analysis, unknown)
    for place, patient in enumerate(rank_unknown(times, unknown), start=1):
        row = times.patients.index(patient.patient) if times.patients else int(patient.patient) - 1
        script.append(f"answered({place}, {row + 1})")
        one = np.arange(times.n) == row
        nobody = np.zeros(times.n, np.bool_)
        for code, what, settled, survival, p in (
            ("dead", _("if dead"), unknown.settled(times, one, nobody), patient.if_dead, patient.p_if_dead),
            (
                "alive",
                _("if alive"),
                unknown.settled(times, nobody, one),
                patient.if_alive,
                patient.p_if_alive,
            ),
        ):
            own = settled.of_group(patient.group) if patient.group else settled
            theirs = survival_of(own, unknown.horizon) if survival is not None else None
            said = _("Survival on day {day}").format(day=f"{unknown.horizon:g}")
            about = proven.about(patient.patient, size_of(own))
            rows.append(about.row(f"patient{place}.if_{code}", f"{said}, {what}", survival, theirs))
            if len(times.levels) > 1:
                said = _("log-rank p, {what}").format(what=what)
                about = proven.about(patient.patient, size_of(settled))
                theirs = log_rank_of(settled)[1] if p is not None else None
                rows.append(about.row(f"patient{place}.p_if_{code}", said, p, theirs))
    if len(times.levels) == 2:
        tipping = find_tipping_point(times, unknown)
        for deaths in _corners(tipping):
            script.append(f"tip({deaths[0]}, {deaths[1]})")
            rows.append(_tipping_row(proven, times, unknown, tipping, deaths))
    data = write_columns(times, {**columns, **flags})
    return [
        ProofPart("unknowns", title, tuple(rows), data, tuple(script), (method, *describe_columns(columns)))
    ]


def _envelope_rows(proven: Proven, analysis: StudySurvival, unknown: Unknowns) -> Iterator[EngineComparison]:
    times, day = analysis.times, unknown.horizon
    nobody = np.zeros(times.n, np.bool_)
    sets = (times, unknown.settled(times, unknown.rows, nobody), unknown.settled(times, nobody, unknown.rows))
    for place, envelope in enumerate(estimate_envelopes(times, unknown)):
        for code, what, curve, settled in zip(
            ("estimate", "worst", "best"),
            (_("as known"), _("if all had died"), _("if all were alive")),
            (envelope.estimate, envelope.worst, envelope.best),
            sets,
            strict=True,
        ):
            own = settled.of_group(envelope.group) if envelope.group else settled
            ours = curve.survival_at(day)[0]
            yield proven.row(
                f"envelope{place}.{code}",
                f"{_('Survival on day {day}').format(day=f'{day:g}')}, {what}",
                ours,
                survival_of(own, day) if ours is not None else None,
                of=envelope.group,
                size=size_of(own),
                reason=_("follow-up ends on day {last}").format(last=f"{curve.last_day:g}"),
                tolerance=1e-9,
            )


def _corners(tipping: TippingPoint) -> list[tuple[int, int]]:
    """Nobody dead, all of one arm, all of the other, everybody; and where the test crosses its level."""
    ends = [(0, int(found[-1])) for found in (tipping.deaths_reference, tipping.deaths_arm)]
    corners = [(one, two) for one in ends[0] for two in ends[1]]
    return list(dict.fromkeys([*corners, *([tipping.crossing] if tipping.crossing else [])]))


def _tipping_row(
    proven: Proven, times: SurvivalTimes, unknown: Unknowns, tipping: TippingPoint, deaths: tuple[int, int]
) -> EngineComparison:
    assert times.group is not None
    dead, alive = np.zeros(times.n, np.bool_), np.zeros(times.n, np.bool_)
    for arm, count in enumerate(deaths):
        lost = np.flatnonzero(unknown.rows & (times.group.codes == arm))
        lost = lost[np.argsort(times.days[lost], kind="stable")]
        dead[lost[:count]], alive[lost[count:]] = True, True
    settled = unknown.settled(times, dead, alive)
    place = [
        int(np.flatnonzero(tried == count)[0])
        for tried, count in zip((tipping.deaths_reference, tipping.deaths_arm), deaths, strict=True)
    ]
    what = _("log-rank p if {first} of {reference} and {second} of {arm} had died").format(
        first=deaths[0], reference=tipping.reference, second=deaths[1], arm=tipping.arm
    )
    value = float(tipping.p[place[0], place[1]])
    name = f"tipping.{deaths[0]}.{deaths[1]}.p"
    return proven.row(name, what, value, log_rank_of(settled)[1], size=size_of(settled))


def prove_robustness(analysis: StudySurvival) -> list[ProofPart]:
    """Fragility of the log-rank test, and the patients of most influence. Raises `AppError` as they do."""
    times = analysis.times
    fragility = estimate_fragility(times)
    influence = rank_influence(times)
    assert times.group is not None
    known = times.group.codes >= 0
    used = replace(times.rows(known), strata=None)
    columns: dict[str, Covariate] = {"group": used.group} if used.group is not None else {}
    places = [
        used.patients.index(one.patient) if used.patients else int(one.patient) - 1 for one in influence
    ]
    script = [_SINGLE, *write_factors(columns), "fragile()"]
    script += [f"without({place}, {row + 1})" for place, row in enumerate(places, start=1)]
    title = _("Robustness")
    method = _(
        "Fragility: censored patients of one arm turned into events, the longest followed first, until the "
        "log-rank test crosses 5 %. Influence: the Cox model refitted without each patient."
    )
    proven = Proven("robustness", title, method, "log_rank")
    rows = [
        *_fragility_rows(proven, used, fragility),
        *_influence_rows(proven, used, influence, places),
    ]
    data = write_columns(used, columns)
    remarks = (method, *describe_columns(columns))
    return [ProofPart("robustness", title, tuple(rows), data, tuple(script), remarks)]


def _fragility_rows(proven: Proven, times: SurvivalTimes, fragility: Fragility) -> Iterator[EngineComparison]:
    changed = np.isin(times.patients, fragility.patients) if times.patients else np.zeros(times.n, np.bool_)
    after: Flags = times.event | changed
    size = size_of(times)
    before = log_rank_of(times)[1]
    none = _("lifelines is asked for the p before and after")
    changes = ngettext("{count} change", "{count} changes", fragility.count or 0).format(
        count=fragility.count or 0
    )
    crossed = fragility.count is not None
    p_after = log_rank_of(replace(times, event=after))[1] if crossed and times.patients else None
    yield proven.row(
        "fragility.count",
        _("changes until the test crosses its level"),
        fragility.count,
        of=fragility.group,
        size=size,
        reason=_("no number of changes crosses it"),
        none=none,
    )
    yield proven.row("fragility.p_before", _("log-rank p as it is"), fragility.p_before, before, size=size)
    yield proven.row(
        "fragility.p_after",
        _("log-rank p after {changes}").format(changes=changes if crossed else _("all changes")),
        fragility.p_after,
        p_after,
        size=size,
        none="" if crossed else none,
    )


def _influence_rows(
    proven: Proven, times: SurvivalTimes, influence: tuple[Influence, ...], places: list[int]
) -> Iterator[EngineComparison]:
    everybody: Counts = np.arange(times.n)
    for place, (one, row) in enumerate(zip(influence, places, strict=True), start=1):
        rest = times.rows(everybody != row)
        two = len(rest.levels) == 2
        ratio = quietly(lambda rest=rest: ratio_of(fit_arms(rest))[0]) if two else None  # type: ignore[misc]
        p = log_rank_of(rest)[1] if two else None
        about = proven.about(one.patient, size_of(rest))
        none = _("lifelines has another residual; the R script has this one")
        yield about.row(f"patient{place}.dfbeta", _("dfbeta of the patient"), one.dfbeta, none=none)
        said = _("hazard ratio without the patient")
        yield about.row(f"patient{place}.hr_without", said, one.hr_without, ratio)
        yield about.row(f"patient{place}.p_without", _("log-rank p without the patient"), one.p_without, p)
