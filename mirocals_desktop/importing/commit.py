"""Committing an import: one entry of the study, with its files, recipe and everything it brings, or nothing."""

from __future__ import annotations

from typing import Any

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.importing.draft import Draft, Facts
from mirocals_desktop.importing.recipe import from_json, to_json
from mirocals_desktop.importing.review import Review
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.study.study import Study

RECIPE: str = "recipe"
SPELLINGS: str = "patient_spellings"
FILES: str = "files"


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


def write_import(study: Study, draft: Draft, *, reason: str = "", report: Report = ignore) -> int:
    """Write the import as one entry; gives its number, 0 when there is nothing to write.

    AppError while a question is open, when a stored value would be replaced without a reason, or when the
    study has changed since the review. A report that raises `Cancelled` leaves the study as it was.
    """
    review = draft.review
    waiting = len(review.open_questions)
    if waiting:
        raise AppError(
            ngettext(
                "{count} question must be answered first.",
                "{count} questions must be answered first.",
                waiting,
            ).format(count=waiting)
        )
    if study.head != draft.facts.snapshot.head:
        raise AppError(
            _("The study has changed since this import was reviewed."), hint=_("Review the import again.")
        )
    if not review.changes_study:
        return 0
    batch = review.to_write()
    return study.record(
        IMPORTED,
        reason=reason,
        details=_details(draft, review),
        observations=batch.frame(),
        report=report,
    )


def _details(draft: Draft, review: Review) -> dict[str, Any]:
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
        for source in draft.sources
    ]
    details: dict[str, Any] = {
        FILES: files,
        RECIPE: to_json(draft.new_recipe(", ".join(str(file["name"]) for file in files))),
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
