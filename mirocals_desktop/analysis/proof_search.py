"""The proof of a search for the best cut: R scores every cut, and counts the permutations' best scores.

The permutations are drawn by numpy's generator and are not R's to repeat: their best scores come with the
script, which counts them, and draws some of its own for the eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirocals_desktop.analysis.proof_script import describe_columns, write_columns, write_csv, write_factors
from mirocals_desktop.analysis.second_engine import ProofPart
from mirocals_desktop.analysis.second_fits import Proven, beside_primary, log_rank_of, size_of
from mirocals_desktop.analysis.study_cut import StudyCut, scan_study
from mirocals_desktop.analysis.times import Covariate, Numeric
from mirocals_desktop.i18n import _

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cut_point import CutScan

_OWN = 199  # permutations that R draws


def prove_search(cut: StudyCut, scan: CutScan, chosen: Sequence[float]) -> list[ProofPart]:
    """The best cut of a search with its score and corrected p, and the p at a single chosen cut.

    Nothing for a search among other patients, or of values that have changed since.
    """
    again = scan_study(cut, permutations=0)
    if not (np.array_equal(again.cuts, scan.cuts) and np.allclose(again.score, scan.score, rtol=1e-9)):
        return []
    known = ~np.isnan(cut.values)
    if cut.times.group is not None:
        known &= cut.times.group.codes >= 0
    times = replace(cut.times.rows(known), strata=None)
    columns: dict[str, Covariate] = {"group": times.group} if times.group is not None else {}
    columns["marker"] = Numeric(cut.marker, cut.values[known])
    by_arm = scan.target == "interaction"
    method = (
        _("Score test that the arms’ hazard ratio is the same on both sides, each with its own baseline.")
        if by_arm
        else _("Log-rank test of high against low.")
    )
    method = " ".join((method, *scan.notes))
    drawn = _(
        "(1 + permutations with a best score at least as large) / (1 + permutations); {count} permutations "
        "within each arm, seed {seed}."
    ).format(count=scan.permutations, seed=scan.seed)
    title = _("Search over all cuts")
    proven = Proven(
        "search", title, beside_primary(method, cut.primary), "log_rank", cut.label, size_of(times)
    )
    best = scan.best
    high = (cut.values[known] > scan.cuts[best]).astype(np.int64)
    theirs = None if by_arm else log_rank_of(times, high)[0]
    none = _("lifelines has no such test; R makes it")
    rows = (
        proven.row("cut", _("best cut"), float(scan.cuts[best]), none=_("R searches it")),
        proven.row("score", _("best score, χ²"), float(scan.score[best]), theirs, none=none),
    )
    counted = replace(proven, code="permuted", convention=beside_primary(drawn, cut.primary))
    places = {"p": best}
    if len(chosen) == 1:
        index = int(np.searchsorted(scan.cuts, chosen[0], side="right")) - 1
        if index >= 0:
            places |= {f"p.{scan.cuts[index]:.15g}": index}
    none = _("the permutations’ best scores are saved with the script, and R counts them")
    p_rows = tuple(
        counted.row(
            name, _("corrected p at {cut}").format(cut=f"{scan.cuts[i]:g}"), scan.p_corrected[i], none=none
        )
        for name, i in places.items()
    )
    cuts = ", ".join(f"{value:.17g}" for value in scan.cuts)
    script = (
        'd <- read_part("@FILE@")',
        *write_factors(columns),
        f"cuts <- c({cuts})",
        _SEARCH + (_INTERACTION if by_arm else _MARKER),
        "scores <- score(above)",
        'say("cut", cuts[which.max(scores)])',
        'say("score", max(scores))',
        _DRAW.replace("@OWN@", str(_OWN)),
    )
    count = (
        'largest <- read_part("@FILE@")$largest',
        "corrected <- function(score) (1 + sum(largest >= score * (1 - 1e-9))) / (1 + length(largest))",
        'say("p", corrected(max(scores)))',
        *(f'say("{name}", corrected(scores[{i + 1}]))' for name, i in places.items() if name != "p"),
    )
    best_scores = write_csv(["largest"], [(f"{value:.17g}",) for value in scan.largest])
    return [
        ProofPart(
            "search", title, rows, write_columns(times, columns), script, (method, *describe_columns(columns))
        ),
        ProofPart("permuted", title, p_rows, best_scores, count, (drawn,)),
    ]


_SEARCH: Final = r"""
above <- outer(d$marker, cuts, ">") * 1
dead <- which(d$event == 1)
still <- outer(d$time[dead], d$time, "<=")
if (!is.null(d$entry)) still <- still & outer(d$time[dead], d$entry, ">")
still <- still * 1
"""

_INTERACTION: Final = r"""
arm <- as.integer(d$group == "L2")
ratio <- exp(coef(coxph(outcome(d) ~ group, d, control = control))[[1]])
side <- function(mine) {
  second <- ratio * still %*% (arm * mine)
  chance <- second / (second + still %*% ((1 - arm) * mine))
  chance[!is.finite(chance)] <- 0
  mine <- mine[dead, , drop = FALSE]
  list(u = colSums(mine * (arm[dead] - chance)), v = colSums(mine * chance * (1 - chance)))
}
score <- function(above) {
  high <- side(above)
  low <- side(1 - above)
  size <- high$v * low$v * (high$v + low$v)
  ifelse(size > 1e-9, (high$u * low$v - low$u * high$v)^2 / size, 0)
}
"""

_MARKER: Final = r"""
arm <- rep(0, nrow(d))
days <- !duplicated(d$time[dead])
score <- function(above) {
  share <- (still[days, , drop = FALSE] %*% above) / rowSums(still[days, , drop = FALSE])
  died <- outer(d$time[dead][days], d$time[dead], "==") * 1
  n <- rowSums(still[days, , drop = FALSE])
  k <- rowSums(died)
  observed <- colSums(above[dead, , drop = FALSE])
  variance <- colSums(k * (n - k) / pmax(n - 1, 1) * share * (1 - share))
  ifelse(variance > 1e-12, (observed - colSums(k * share))^2 / variance, 0)
}
"""

_DRAW: Final = r"""
set.seed(1)
drawn <- replicate(@OWN@, {
  place <- seq_len(nrow(d))
  for (one in unique(arm)) place[arm == one] <- place[arm == one][sample.int(sum(arm == one))]
  max(score(above[place, , drop = FALSE]))
})
cat("R's own @OWN@ permutations give p =", (1 + sum(drawn >= max(scores))) / (1 + length(drawn)), "\n")
"""
