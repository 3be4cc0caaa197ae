"""The proof of CAFS: its ranks by scipy, and everything by the pairs compared once more in R."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from mirocals_desktop.analysis.cafs import CafsResult, Outcomes, study_cafs
from mirocals_desktop.analysis.proof_script import describe_columns, write_csv
from mirocals_desktop.analysis.second_engine import EngineComparison, ProofPart
from mirocals_desktop.analysis.second_fits import Proven
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.analysis.times import Factor
from mirocals_desktop.i18n import _
from mirocals_desktop.study.snapshot import Snapshot


def prove_cafs(snapshot: Snapshot, analysis: StudySurvival) -> list[ProofPart]:
    """Every number of the CAFS view. Raises `AppError` where the study has none."""
    cafs = study_cafs(snapshot, analysis.endpoint, analysis.times.group)
    found, group, outcomes = cafs.result, cafs.arms, cafs.outcomes
    method = _(
        "Every pair of patients compared: by death, else by the fall of ALSFRS-R at the last visit of both; "
        "scores ranked, rank sum test by the normal approximation without correction for continuity."
    )
    return [
        ProofPart(
            "cafs",
            "CAFS",
            tuple(_cafs_rows(found, group, outcomes, method)),
            _cafs_data(outcomes, group),
            (_CAFS,),
            (method, *describe_columns({"group": group})),
        )
    ]


def _cafs_data(outcomes: Outcomes, group: Factor) -> str:
    def text(value: float) -> str:
        return "" if np.isnan(value) else f"{value:.17g}"

    occasions = range(outcomes.change.shape[1])
    rows = [
        [
            text(outcomes.days[i]),
            str(int(outcomes.died[i])),
            f"L{group.codes[i] + 1}",
            text(outcomes.covariate[i]),
            *(text(outcomes.change[i, k]) for k in occasions),
        ]
        for i in np.flatnonzero(group.codes >= 0)
    ]
    return write_csv(["time", "died", "group", "baseline", *(f"change{k + 1}" for k in occasions)], rows)


def _cafs_rows(
    found: CafsResult, group: Factor, outcomes: Outcomes, method: str
) -> Iterator[EngineComparison]:
    import scipy
    from scipy.stats import mannwhitneyu, norm, rankdata

    arm = group.codes[group.codes >= 0]
    ranks = rankdata(found.scores)
    means = [float(ranks[arm == code].mean()) if np.any(arm == code) else None for code in (0, 1)]
    p = z = None
    if found.rank_sum_p is not None:
        one, two = found.scores[arm == 1], found.scores[arm == 0]
        p = float(mannwhitneyu(one, two, use_continuity=False, method="asymptotic").pvalue)
        z = float(norm.isf(p / 2) * np.sign((means[1] or 0) - (means[0] or 0)))
    n, deaths = len(arm), int(np.count_nonzero(outcomes.died[group.codes >= 0]))
    between = f"{found.arm} : {found.reference}"
    engine = f"scipy {scipy.__version__}"
    none = _("scipy has no such method; the R script has")
    rows = Proven("cafs", "CAFS", method, "cafs", size=(n, deaths))
    for name, what, of, ours, theirs in (
        ("wins", _("Pairs won"), between, found.wins, None),
        ("losses", _("Pairs lost"), between, found.losses, None),
        ("draws", _("Pairs drawn"), between, found.draws, None),
        ("mean_rank1", _("Mean rank"), found.reference, found.mean_rank[0], means[0]),
        ("mean_rank2", _("Mean rank"), found.arm, found.mean_rank[1], means[1]),
        ("rank_sum.z", _("Rank sum test, z"), between, found.rank_sum_z, z),
        ("rank_sum.p", _("Rank sum test, p"), between, found.rank_sum_p, p),
        ("ancova.effect", _("Rank ANCOVA, effect of the arm"), between, found.ancova_effect, None),
        ("ancova.se", _("Rank ANCOVA, standard error"), between, found.ancova_se, None),
        ("ancova.p", _("Rank ANCOVA, p"), between, found.ancova_p, None),
    ):
        yield rows.row(
            name,
            what,
            ours,
            theirs,
            of=of,
            none=none,
            engine=engine,
            tolerance=1e-8,
        )


_CAFS: Final = r"""
d <- read.csv(file.path(here, "@FILE@"), na.strings = "")
d$group <- factor(d$group, levels = c("L1", "L2"))
died <- d$died == 1
pairs <- matrix(0, nrow(d), nrow(d))
for (change in d[grep("^change", names(d))]) {
  better <- sign(outer(change, change, "-"))
  pairs[!is.na(better)] <- better[!is.na(better)]
}
longer <- sign(outer(d$time, d$time, "-"))
both <- outer(died, died, "&")
pairs[both] <- longer[both]
outlived <- outer(!died, died, "&") & longer >= 0
pairs[outlived] <- 1
pairs[t(outlived)] <- -1
diag(pairs) <- 0
between <- pairs[d$group == "L2", d$group == "L1"]
say("wins", sum(between > 0))
say("losses", sum(between < 0))
say("draws", sum(between == 0))
score <- rowSums(pairs)
mean_rank <- tapply(rank(score), d$group, mean)
say("mean_rank1", mean_rank[["L1"]])
say("mean_rank2", mean_rank[["L2"]])
p <- wilcox.test(score ~ group, d, exact = FALSE, correct = FALSE)$p.value
say("rank_sum.z", sign(mean_rank[["L2"]] - mean_rank[["L1"]]) * qnorm(p / 2, lower.tail = FALSE))
say("rank_sum.p", p)
line <- tryCatch(summary(lm(rank(score) ~ group + baseline, d))$coefficients, error = function(e) NULL)
if ("groupL2" %in% rownames(line)) {
  say("ancova.effect", line["groupL2", 1])
  say("ancova.se", line["groupL2", 2])
  say("ancova.p", line["groupL2", 4])
}
"""
