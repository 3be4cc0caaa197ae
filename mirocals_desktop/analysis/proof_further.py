"""The proof of the survival page's further views: each number beside a second engine's, and its lines of R.

Every part has data of its own. It follows what a person has set in the views; what a study or a blinded role
has not is left out, with a sentence. Each theme is a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mirocals_desktop.analysis.further_choices import AS_FIRST_OPENED, FurtherChoices
from mirocals_desktop.analysis.proof_analyses import (
    prove_adjusted,
    prove_definitions,
    prove_landmark,
    prove_means,
)
from mirocals_desktop.analysis.proof_cafs import prove_cafs
from mirocals_desktop.analysis.proof_incidence import prove_incidence
from mirocals_desktop.analysis.proof_marker import prove_cut, prove_effect
from mirocals_desktop.analysis.proof_sensitivity import prove_robustness, prove_unknowns
from mirocals_desktop.analysis.proof_subgroups import prove_subgroups
from mirocals_desktop.analysis.second_engine import ProofPart
from mirocals_desktop.analysis.study_survival import StudySurvival
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.snapshot import Snapshot


def prove_further(
    snapshot: Snapshot,
    analysis: StudySurvival,
    *,
    choices: FurtherChoices = AS_FIRST_OPENED,
    strata: Sequence[str] = (),
    patients: Sequence[str] | None = None,
    report: Report = ignore,
) -> tuple[list[ProofPart], list[str]]:
    """The parts of a study's analysis that there are, and a sentence for each that there is not.

    `strata` are the codes that the page stratifies by, for the adjusted model.
    """
    parts: list[ProofPart] = []
    notes: list[str] = []
    tasks: tuple[tuple[str, Callable[[Report], list[ProofPart]]], ...] = (
        (_("Landmark"), lambda told: prove_landmark(analysis, choices.landmark, told)),
        (_("Restricted mean"), lambda told: prove_means(analysis, choices.tau, told)),
        (_("Definitions"), lambda told: prove_definitions(snapshot, analysis, patients, told)),
        (
            _("Adjusted model"),
            lambda told: prove_adjusted(
                snapshot, analysis, choices.covariates, strata=strata, patients=patients, report=told
            ),
        ),
        (_("Subgroups"), lambda _told: prove_subgroups(snapshot, choices.subgroups, patients)),
        (_("Cut of the marker"), lambda _told: prove_cut(snapshot, analysis, choices.cuts, choices.searched)),
        (
            _("Hazard ratio over the marker"),
            lambda _told: prove_effect(snapshot, analysis, choices.transform),
        ),
        (_("Unknown patients"), lambda _told: prove_unknowns(analysis)),
        (_("Robustness"), lambda _told: prove_robustness(analysis)),
        (_("Cumulative incidence"), lambda _told: prove_incidence(analysis)),
        ("CAFS", lambda _told: prove_cafs(snapshot, analysis)),
    )
    for place, (name, prove) in enumerate(tasks):
        told = part(report, place / len(tasks), (place + 1) / len(tasks))
        told(0.0, name)
        try:
            parts += prove(told)
        except AppError as error:
            notes.append(titled(name, error.message))
    report(1.0, "")
    return parts, notes
