"""Reviews for tests: sheets in, review out, against an empty study or a real one in a temporary folder."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pandas as pd

from mirocals_desktop.importing.commit import gather_facts
from mirocals_desktop.importing.grid import Sheet, Workbook
from mirocals_desktop.importing.pipeline import Facts, make_review
from mirocals_desktop.importing.review import Review
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study


def new_study(folder: Path, protocol: str = "mirocals") -> Study:
    """An empty open study."""
    return Study.create(
        folder / f"{protocol}.mirocals",
        protocol_text(protocol),
        title="Test",
        person="A. Tester",
        role="data manager",
    )


@lru_cache
def empty_facts(protocol: str = "mirocals") -> Facts:
    """What an import must know of an empty study."""
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder), protocol) as study:
        return gather_facts(study)


def review(
    *sheets: Sheet,
    protocol: str = "mirocals",
    answers: Mapping[str, str] | None = None,
    accept: bool = True,
    facts: Facts | None = None,
    name: str = "file.xlsx",
) -> Review:
    """The review of one workbook; with `accept` every open question is answered as suggested."""
    book = Workbook(name, "0" * 64, "xlsx", sheets)
    facts = facts or empty_facts(protocol)
    given = dict(answers or {})
    for _round in range(5):
        made = make_review([book], facts, answers=given)
        if not accept or not made.open_questions:
            break
        given.update({question.id: question.suggested for question in made.open_questions})
    return made


def values(made: Review, variable: str) -> dict[tuple[str, ...], float | str]:
    """(patient, visit code) -> number or text of a variable; (patient, "", date) where no visit is named."""
    frame = made.batch.frame()
    frame = frame[(frame["variable"] == variable) & (frame["missing"] == "")]
    found: dict[tuple[str, ...], float | str] = {}
    for row in frame.to_dict("records"):
        key = (
            (row["patient"], row["visit"])
            if row["visit"] or not row["date"]
            else (row["patient"], "", row["date"])
        )
        found[key] = row["text"] if row["text"] else row["number"]
    return found


def of_patient(made: Review, variable: str) -> dict[str, float | str]:
    """patient -> value, for what is said once of a patient."""
    return {key[0]: value for key, value in values(made, variable).items()}


def codes(made: Review) -> list[tuple[str, str]]:
    """(code, cell) of every issue."""
    return [(issue.code, issue.cell) for issue in made.issues]


def visit_days(made: Review) -> dict[str, int | None]:
    """The target day of every visit that the import adds, by its label."""
    return {item["label"]["en"]: item.get("day") for item in made.additions.get("visits", ())}


def frame(made: Review) -> pd.DataFrame:
    """The observations of the review."""
    return made.batch.frame()
