"""The landmark analysis of a study: those still followed on a day, compared from that day on.

R: `survfit`, `survdiff` and `coxph` of `Surv(time - day, event)` among the rows with `time > day`.
"""

from __future__ import annotations

from dataclasses import replace

from mirocals_desktop.analysis.study_survival import StudySurvival, tick_days
from mirocals_desktop.analysis.survival import SurvivalResult, analyse
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore


def landmark_days(analysis: StudySurvival) -> tuple[int, int]:
    """The usual landmark day, a quarter of the follow-up, and the last that there can be.

    Raises `AppError` where the follow-up is too short for any.
    """
    last = int(analysis.times.days.max(initial=0.0)) - 1
    if last < 1:
        raise AppError(_("Nobody is followed for two days: there is no landmark to set."))
    return max(last // 4, 1), last


def analyse_landmark(analysis: StudySurvival, day: int, report: Report = ignore) -> SurvivalResult:
    """The study's analysis of those followed beyond `day`; its days and its horizon count from there.

    Raises `AppError` where nobody is left.
    """
    options = analysis.result.options
    after = analysis.times.after_landmark(float(day))
    horizon = None if options.horizon is None else options.horizon - day
    end = horizon if horizon is not None else float(after.days.max(initial=0.0))
    return analyse(after, replace(options, horizon=horizon, at=tick_days(end), tau=None), report=report)
