"""What the import dialog has done for it on the worker: a review with its lists, and its consequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, part

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.consequences import Consequences
    from mirocals_desktop.importing.dated_visits import DatedVisits
    from mirocals_desktop.importing.differences import Difference
    from mirocals_desktop.importing.grid import Workbook
    from mirocals_desktop.importing.query_answers import Answers
    from mirocals_desktop.importing.recipe import Recipe
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.protocol.model import Protocol
    from mirocals_desktop.study.queries import Reviews
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.dialogs.sheet_marks import Problems


@dataclass(frozen=True, eq=False)
class Made:
    """A review with the lists that are shown of it: problems, patients, and the cells of one kind.

    `protocol` is the study's with what the import adds: it has the names of new variables and visits.
    """

    review: Review
    protocol: Protocol
    problems: Problems
    patients: pd.DataFrame
    kind: Difference
    cells: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What is only known of the study as the import would leave it."""

    endpoint: Consequences
    visits: DatedVisits


def make_review(
    study: Study,
    snapshot: Snapshot,
    workbooks: Sequence[Workbook],
    answers: Mapping[str, str],
    *,
    recipe: Recipe | None = None,
    report: Report,
) -> Made:
    """What an import of the files would do, with its lists. `recipe` is one that a person has chosen."""
    from mirocals_desktop.importing.commit import review_import
    from mirocals_desktop.importing.differences import list_patients
    from mirocals_desktop.protocol.reader import extend
    from mirocals_desktop.ui.dialogs.sheet_marks import collect_problems

    whole = part(report, 0.0, 0.9)
    review = review_import(study, workbooks, answers=answers, recipe=recipe, report=whole)
    kind: Difference = "changed" if review.counts.changed else "new"
    report(0.9, _("Listing values"))
    protocol = extend(review.protocol, review.additions, check=False)
    cells = list_values(review, snapshot, protocol, kind)
    report(0.95, _("Listing values"))
    patients = list_patients(review, snapshot)
    report(0.98, _("Listing values"))
    return Made(review, protocol, collect_problems(review.issues), patients, kind, cells)


def list_values(
    review: Review, snapshot: Snapshot, protocol: Protocol, kind: Difference, *, patient: str = ""
) -> pd.DataFrame:
    """The cells of one kind (`importing.differences.list_cells`), with what each one `becomes` as a text."""
    from mirocals_desktop.importing.differences import VALUE, list_cells
    from mirocals_desktop.ui.values import value_text

    cells = list_cells(review, snapshot, kind, patient=patient)
    if VALUE[0] in cells:
        variables = {code: protocol.variable(code) for code in cells["variable"].unique()}
        cells["becomes"] = [
            value_text(variables[code], {"sealed": False, **dict(zip(VALUE, value, strict=True))})
            for code, *value in zip(cells["variable"], *(cells[name] for name in VALUE), strict=True)
        ]
    return cells


def find_returned_answers(study_id: str, reviews: Reviews, workbooks: Sequence[Workbook]) -> Answers | None:
    """The answers to queries, when the one file of an import is a workbook of queries that came back.

    AppError when such a workbook is one of several files: its answers are looked at on their own.
    """
    from mirocals_desktop.importing.query_answers import find_answers

    for workbook in workbooks:
        found = find_answers(workbook, reviews, study_id=study_id)
        if found is not None and len(workbooks) > 1:
            raise AppError(
                _("{name} holds answers to queries.").format(name=workbook.name),
                hint=_("Import it on its own: its answers are shown before any is taken in."),
            )
        if found is not None:
            return found
    return None


def foresee(study: Study, snapshot: Snapshot, review: Review, *, report: Report) -> Foreseen:
    """What an import would do to the endpoint, and the visits that dates tell; nothing is written."""
    from mirocals_desktop.analysis.consequences import compare_endpoint
    from mirocals_desktop.importing.commit import preview
    from mirocals_desktop.importing.dated_visits import find_dated_visits

    after = preview(study, review, report=part(report, 0.0, 0.6))
    endpoint = compare_endpoint(snapshot, after, report=part(report, 0.6, 1.0))
    return Foreseen(endpoint, find_dated_visits(review, after))
