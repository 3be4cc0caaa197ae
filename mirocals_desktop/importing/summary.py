"""What an import did, as one plain object for machines: counts over the study, questions, issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mirocals_desktop.importing.model import Issue, Question
from mirocals_desktop.importing.review import Review
from mirocals_desktop.study.snapshot import Snapshot


def summarise_import(review: Review, snapshot: Snapshot, *, entry: int = 0) -> dict[str, Any]:
    """The object that `import --json` prints: counts over `snapshot`, the study as it is after the import.

    `measurements` counts numbers by the code of their variable; values beyond a limit of quantification are
    counted apart, in `below_limit` and `above_limit`, and words for "no value" in `missing`.
    """
    return {
        "entry": entry,
        **summarise_study(snapshot),
        "new": review.counts.new,
        "changed": review.counts.changed,
        "same": review.counts.same,
        "missing_in_files": review.counts.missing,
        "set_apart": review.counts.set_apart,
        "new_patients": len(review.new_patients),
        "questions": [question_json(question) for question in review.open_questions],
        "issues": [issue_json(issue) for issue in review.issues],
        "left_out": [
            {
                "file": c.file,
                "sheet": c.sheet,
                "cell": c.column,
                "header": c.header,
                "cells": c.cells,
                "why": c.reason,
            }
            for c in review.left_out
        ],
        "accounts": [
            {**{name: getattr(a, name) for name in a.__dataclass_fields__}, "balanced": a.balanced}
            for a in review.accounts
        ],
    }


def summarise_study(snapshot: Snapshot) -> dict[str, Any]:
    """Patients, visits, measurements by variable, events and deaths of a study."""
    measurements = snapshot.measurements
    qualifier = measurements["qualifier"].to_numpy()
    exact = measurements[qualifier == ""]
    missing = snapshot.observations[snapshot.observations["missing"] != ""]
    events = snapshot.events
    return {
        "patients": len(snapshot.patients),
        "visits": len(snapshot.visits),
        "measurements": _counts(exact["variable"]),
        "below_limit": _counts(measurements[qualifier == "<"]["variable"]),
        "above_limit": _counts(measurements[qualifier == ">"]["variable"]),
        "missing": _counts(missing["variable"]),
        "events": len(events),
        "deaths": int((events["event"] == "death").sum()) if len(events) else 0,
    }


def _counts(variables: Any) -> dict[str, int]:
    codes, counts = np.unique(variables.to_numpy(dtype=object).astype(str), return_counts=True)
    return {str(code): int(count) for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def question_json(question: Question) -> dict[str, Any]:
    """A question for machines."""
    return {
        "id": question.id,
        "kind": question.kind,
        "what": question.text,
        "where": {"file": question.file, "sheet": question.sheet, "cells": list(question.cells)},
        "choices": [{"code": o.code, "label": o.label, "detail": o.detail} for o in question.options],
        "suggested": question.suggested,
        "confidence": round(question.confidence, 2),
        "evidence": list(question.evidence),
    }


def issue_json(issue: Issue) -> dict[str, Any]:
    """An issue for machines."""
    return {
        "severity": issue.severity,
        "code": issue.code,
        "file": issue.file,
        "sheet": issue.sheet,
        "cell": issue.cell,
        "cells": list(issue.cells) or ([issue.cell] if issue.cell else []),
        "message": issue.message,
        "patient": issue.patient,
        "variable": issue.variable,
    }


def count_issues(issues: Sequence[Issue]) -> dict[str, int]:
    """How many issues there are of each severity."""
    counts = {"error": 0, "warning": 0, "note": 0}
    for issue in issues:
        counts[issue.severity] += 1
    return counts
