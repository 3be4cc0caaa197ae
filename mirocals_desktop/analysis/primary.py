"""The primary comparison: the arms over all patients, unadjusted.

No ratio of a subgroup or of an adjusted model is shown without it. Its sentence for notes is here; the window
words its own with the same verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mirocals_desktop.analysis.cox import CoxTerm, NotEstimableError, fit_cox
from mirocals_desktop.analysis.log_rank import LogRankTest, compare_groups
from mirocals_desktop.analysis.times import SurvivalTimes
from mirocals_desktop.i18n import _, titled


@dataclass(frozen=True)
class Primary:
    """The comparison of the arms over all patients, unadjusted: no class may be shown without it."""

    logrank: LogRankTest
    term: CoxTerm | None

    @property
    def significant(self) -> bool:
        """Whether the log-rank test rejects at 5 %."""
        return self.logrank.p is not None and self.logrank.p < 0.05

    @property
    def verdict(self) -> str:
        """What must stand beside every class and subgroup."""
        if self.significant:
            return _("significant in the primary unadjusted analysis")
        return _("not significant in the primary unadjusted analysis")

    @property
    def note(self) -> str:
        """The verdict as a sentence of its own, for notes."""
        return f"{titled(_('All patients'), self.verdict)}."


def compare_primary(times: SurvivalTimes) -> Primary | None:
    """The comparison over all patients; None without two groups."""
    if len(times.levels) != 2 or times.group is None:
        return None
    plain = replace(times, strata=None)
    try:
        term = fit_cox(plain, (times.group.name,)).terms[0]
    except NotEstimableError:
        term = None
    return Primary(compare_groups(plain), term)
