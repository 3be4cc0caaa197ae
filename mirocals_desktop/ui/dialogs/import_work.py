"""What the import dialog has done for it on the worker: a review with its lists, and its consequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, part

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.consequences import Consequences
    from mirocals_desktop.importing.differences import Difference
    from mirocals_desktop.importing.grid import Workbook
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.dialogs.sheet_marks import Problems


@dataclass(frozen=True, eq=False)
class Made:
    """A review with the lists that are shown of it: problems, patients, and the cells of one kind."""

    review: Review
    problems: Problems
    patients: pd.DataFrame
    kind: Difference
    cells: pd.DataFrame


def make_review(
    study: Study,
    snapshot: Snapshot,
    workbooks: Sequence[Workbook],
    answers: Mapping[str, str],
    *,
    report: Report,
) -> Made:
    """What an import of the files would do, with its lists."""
    from mirocals_desktop.importing.commit import review_import
    from mirocals_desktop.importing.differences import list_cells, list_patients
    from mirocals_desktop.ui.dialogs.sheet_marks import collect_problems

    whole = part(report, 0.0, 0.9)
    review = review_import(study, workbooks, answers=answers, report=whole)
    kind: Difference = "changed" if review.counts.changed else "new"
    report(0.9, _("Listing values"))
    cells = list_cells(review, snapshot, kind)
    report(0.95, _("Listing values"))
    patients = list_patients(review, snapshot)
    report(0.98, _("Listing values"))
    return Made(review, collect_problems(review.issues), patients, kind, cells)


def work_out_consequences(
    study: Study, snapshot: Snapshot, review: Review, *, report: Report
) -> Consequences:
    """What an import would do to the endpoint; nothing is written."""
    from mirocals_desktop.analysis.consequences import compare_endpoint
    from mirocals_desktop.importing.commit import preview

    after = preview(study, review, report=part(report, 0.0, 0.6))
    return compare_endpoint(snapshot, after, report=part(report, 0.6, 1.0))
