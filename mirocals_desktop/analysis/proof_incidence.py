"""The proof of the cumulative incidence: every cause's on the days of the rows, by group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mirocals_desktop.analysis.competing import IncidenceCurve, estimate_incidence
from mirocals_desktop.analysis.proof_script import describe_columns, write_columns, write_factors
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart
from mirocals_desktop.analysis.second_fits import Proven, quietly
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.times import Covariate, Factor, SurvivalTimes
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

_SCRIPT = r"""
d <- read_part("@FILE@")
d$id <- seq_len(nrow(d))
incidence <- function(place, d) {
  d$cause <- factor(ifelse(d$cause == 0, "none", d$cause), levels = c("none", 1:@CAUSES@))
  fit <- if (is.null(d$entry)) survfit(Surv(time, cause) ~ 1, d, conf.type = "@INTERVAL@")
         else survfit(Surv(entry, time, cause) ~ 1, d, id = id, conf.type = "@INTERVAL@")
  for (cause in 1:@CAUSES@) for (day in c(@DAYS@)) {
    k <- findInterval(day, fit$time)
    if (day > max(fit$time)) next
    name <- paste0("curve", place, ".cause", cause)
    say(sprintf("%s.estimate.%.15g", name, day), if (k == 0) 0 else fit$pstate[k, cause + 1])
    if (k == 0) next
    say(sprintf("%s.se.%.15g", name, day), fit$std.err[k, cause + 1])
    say(sprintf("%s.lower.%.15g", name, day), fit$lower[k, cause + 1])
    say(sprintf("%s.upper.%.15g", name, day), fit$upper[k, cause + 1])
  }
}
"""


def prove_incidence(analysis: StudySurvival) -> list[ProofPart]:
    """The incidence with its standard error and limits. Raises `AppError` without competing events."""
    times = analysis.times
    of = dict(zip(analysis.endpoint.patients, analysis.endpoint.cause, strict=True))
    causes = [of[patient] for patient in times.patients]
    names = list(dict.fromkeys(filter(None, causes)))
    if len(names) < 2:
        raise AppError(_("No competing events."))
    interval = analysis.result.options.interval
    days = [row.day for row in analysis.result.overall.at]
    curves = estimate_incidence(times, causes, interval=interval)
    code = np.array([names.index(name) + 1 if name else 0 for name in causes], np.int64)
    columns: dict[str, Covariate] = {"group": times.group} if times.group is not None else {}
    script = [
        _SCRIPT.replace("@CAUSES@", str(len(names)))
        .replace("@INTERVAL@", interval)
        .replace("@DAYS@", ", ".join(f"{day:.15g}" for day in days)),
        *write_factors(columns),
    ]
    if times.group is None:
        script.append("incidence(0, d)")
    script += [
        f'incidence({place}, d[which(d$group == "L{place}"), ])' for place in range(1, len(times.levels) + 1)
    ]
    title = _("Cumulative incidence")
    method = _(
        "Aalen-Johansen: other events compete, they are not censored; standard error by the infinitesimal "
        "jackknife."
    )
    data = _with_cause(write_columns(times, columns), code)
    remarks = (method, *describe_columns(columns), f"  cause = {'; '.join(names)}")
    rows = tuple(_rows(Proven("incidence", title, method, "incidence"), times, curves, names, code, days))
    return [ProofPart("incidence", title, rows, data, tuple(script), remarks)]


def _with_cause(table: str, code: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    """The table with the number of each patient's event, 0 for none, as its last column."""
    head, *rows = table.splitlines()
    lines = [f"{row},{cause}" for row, cause in zip(rows, code.tolist(), strict=True)]
    return "\n".join([f"{head},cause", *lines]) + "\n"


def _rows(
    proven: Proven,
    times: SurvivalTimes,
    curves: list[IncidenceCurve],
    names: list[str],
    code: np.ndarray[tuple[int], np.dtype[np.int64]],
    days: list[float],
) -> Iterator[EngineComparison]:
    group: Factor | None = times.group
    for curve in curves:
        place = 0 if group is None else group.levels.index(curve.group) + 1
        mine = np.ones(times.n, np.bool_) if group is None else group.codes == place - 1
        cause = names.index(curve.cause) + 1
        size = int(np.count_nonzero(mine)), int(np.count_nonzero(code[mine] == cause))
        of = ", ".join(filter(None, (curve.group, curve.cause)))
        for day in days:
            found, lower, upper = curve.at(day)
            at = int(np.searchsorted(curve.days, day, side="right")) - 1
            error = float(curve.std_error[at]) if found is not None and at >= 0 else None
            what = _("Incidence on day {day}").format(day=f"{day:g}")
            theirs, none = _theirs(times, mine, code, cause, day)
            ended = _("follow-up ends on day {last}").format(last=f"{curve.days[-1]:g}")
            certain = ended if found is None else _("no interval where the incidence is 0 or 1")
            for name, said, ours, second, why in (
                ("estimate", what, found, theirs if found is not None else None, ended),
                ("se", _("{what}, standard error").format(what=what), error, None, certain),
                ("lower", _("{what}, lower limit").format(what=what), lower, None, certain),
                ("upper", _("{what}, upper limit").format(what=what), upper, None, certain),
            ):
                yield proven.row(
                    f"curve{place}.cause{cause}.{name}.{day:.15g}",
                    said,
                    ours,
                    second,
                    of=of,
                    size=size,
                    reason=why,
                    none=none
                    if name == "estimate"
                    else _("lifelines has another variance, that of Aalen-Johansen’s book"),
                )


def _theirs(
    times: SurvivalTimes,
    mine: np.ndarray[tuple[int], np.dtype[np.bool_]],
    code: np.ndarray[tuple[int], np.dtype[np.int64]],
    cause: int,
    day: float,
) -> tuple[float | None, str]:
    """lifelines' incidence where no two days are the same: else it moves them at random."""
    from lifelines import AalenJohansenFitter

    own = times.days[mine]
    if times.entry is not None:
        return None, _("lifelines has no cumulative incidence with late entry")
    if len(np.unique(own)) < len(own):
        return None, _("lifelines moves equal days apart at random: each of its answers is another")
    fitter = AalenJohansenFitter(calculate_variance=False)
    fit = quietly(lambda: fitter.fit(own, code[mine], event_of_interest=cause))
    return (None, "") if fit is None else (float(fit.predict(day)), "")
