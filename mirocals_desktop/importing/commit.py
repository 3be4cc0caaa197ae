"""Committing an import: one entry with its files, recipe and everything that it brings, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.pipeline import Facts, make_review
from mirocals_desktop.importing.recipe import Recipe, from_json, to_json
from mirocals_desktop.importing.review import Review
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.ledger import IMPORTED, REASONS
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study

RECIPE: Final = "recipe"
SPELLINGS: Final = "patient_spellings"
FILES: Final = "files"
_PREPARED: Final = 0.2
_ROUNDS: Final = 5
_REASON_KEY: Final = ("patient", "variable", "visit", "file", "sheet", "cell")


def gather_facts(study: Study) -> Facts:
    """What an import must know of a study."""
    spellings: dict[str, str] = {}
    for told in study.remembered(SPELLINGS):
        spellings.update({str(form): str(patient) for form, patient in told.items()})
    withdrawn = study.withdrawn_by()
    files = {
        entry.number: frozenset(str(file.get("sha256", "")) for file in entry.details.get(FILES, ()))
        for entry in study.entries()
        if entry.kind == IMPORTED and entry.number not in withdrawn
    }
    recipes = tuple(from_json(data) for data in study.remembered(RECIPE))
    return Facts(study.snapshot(), spellings, files, recipes)


def review_import(
    study: Study,
    workbooks: Sequence[Workbook],
    *,
    answers: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    report: Report = ignore,
) -> Review:
    """What an import of these files into the study would do, under these answers (question id -> option)."""
    facts = gather_facts(study)
    return make_review(workbooks, facts, answers=answers, recipe=recipe, report=report)


def accept_suggestions(
    study: Study,
    workbooks: Sequence[Workbook],
    *,
    answers: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    report: Report = ignore,
) -> Review:
    """The review with every open question answered as suggested; an answer may open further questions."""
    given = dict(answers or {})
    for number in range(_ROUNDS):
        step = part(report, number / _ROUNDS, (number + 1) / _ROUNDS)
        review = review_import(study, workbooks, answers=given, recipe=recipe, report=step)
        if not review.open_questions:
            break
        given.update({question.id: question.suggested for question in review.open_questions})
    return review


def commit(
    study: Study,
    review: Review,
    *,
    reason: str = "",
    reasons: Mapping[tuple[str, ...], str] | None = None,
    report: Report = ignore,
) -> int:
    """Write the import as one entry; gives its number, 0 when there is nothing to write.

    `reason` is that of every change but those that have one of their own in `reasons`, by patient, variable,
    visit, file, sheet and cell. AppError while a question is open, when a stored value would be replaced
    without a reason, or when the study has changed since the review. A report that raises `Cancelled` leaves
    the study as it was.
    """
    _check(study, review)
    if not review.changes_study:
        return 0
    observations = review.to_write().frame(report=part(report, 0.0, _PREPARED))
    report = part(report, _PREPARED, 1.0)
    details = _details(review)
    if reasons:
        details[REASONS] = _own_reasons(observations, reason, reasons)
        reason = "; ".join(dict.fromkeys(item["reason"] for item in details[REASONS])) or reason
    return study.record(
        IMPORTED,
        reason=reason,
        details=details,
        observations=observations,
        report=report,
    )


def preview(study: Study, review: Review, *, report: Report = ignore) -> Snapshot:
    """The study as it would be after `commit`; nothing is written. AppError as `commit` raises it."""
    _check(study, review)
    if not review.changes_study:
        return study.snapshot(report=report)
    return study.preview(
        IMPORTED,
        reason=_("preview"),
        details=_details(review),
        observations=review.to_write().frame(report=part(report, 0.0, _PREPARED)),
        report=part(report, _PREPARED, 1.0),
    )


def _check(study: Study, review: Review) -> None:
    waiting = len(review.open_questions)
    if waiting:
        raise AppError(
            ngettext(
                "{count} question must be answered first.",
                "{count} questions must be answered first.",
                waiting,
            ).format(count=amount(waiting))
        )
    if study.head != review.head:
        raise AppError(
            _("The study has changed since this import was reviewed."), hint=_("Review the import again.")
        )


def _own_reasons(
    observations: pd.DataFrame, reason: str, reasons: Mapping[tuple[str, ...], str]
) -> list[dict[str, str]]:
    """The reason of each change, where not all have the same. AppError when one has none."""
    changed = observations[observations["replaces"] > 0]
    keys = zip(*(changed[name] for name in _REASON_KEY), strict=True)
    found = [
        {
            "patient": key[0],
            "variable": key[1],
            "visit": key[2],
            "cell": key[5],
            "reason": reasons.get(key, "").strip() or reason.strip(),
        }
        for key in keys
    ]
    if not all(item["reason"] for item in found):
        raise AppError(_("A change needs a reason."), hint=_("Write in a few words why it is made."))
    return found


def _details(review: Review) -> dict[str, Any]:
    files = [
        {
            "name": source.workbook.name,
            "sha256": source.workbook.sha256,
            "format": source.workbook.format,
            "sheets": list(
                dict.fromkeys(
                    t.sheet for t in review.plan.tables if t.used and t.file == source.workbook.name
                )
            ),
        }
        for source in review.plan.sources
    ]
    details: dict[str, Any] = {
        FILES: files,
        RECIPE: to_json(review.recipe(", ".join(str(file["name"]) for file in files))),
        "left_out": [
            {
                "file": c.file,
                "sheet": c.sheet,
                "column": c.column,
                "header": c.header,
                "cells": c.cells,
                "why": c.reason,
            }
            for c in review.left_out
        ],
        "counts": {
            "new": review.counts.new,
            "changed": review.counts.changed,
            "same": review.counts.same,
            "set_apart": review.counts.set_apart,
        },
    }
    if review.spellings:
        details[SPELLINGS] = dict(review.spellings)
    if review.additions:
        details["additions"] = dict(review.additions)
    if review.options:
        details["options"] = dict(review.options)
    return details
