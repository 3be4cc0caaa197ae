"""What changed since the last file of the same shape is said first, and asked where it bends values."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from books import sheet
from reviews import empty_facts, of_patient, review, values

from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.recipe import Recipe, from_json, to_json
from mirocals_desktop.importing.review import Review

Rows = list[list[Any]]
HEADER = ["Patient", "Visite", "Date de visite", "Treg (%)", "pNFH LCR (pg/mL)", "Sexe", "Décédé"]
TREG, PNFH, SEX, DEAD = 3, 4, 5, 6


def rows(*, order: str = "%d/%m/%Y", decimal: str = ",") -> Rows:
    """The file of last month: French, ten patients."""
    found: Rows = [list(HEADER)]
    for n in range(1, 11):
        day = date(2018, 1, 1) + timedelta(days=13 * n)
        treg = f"{7 + n / 10:.1f}".replace(".", decimal)
        found.append([f"P{n:02d}", "V2", day.strftime(order), treg, 1000 + n, "FM"[n % 2], int(n % 3 == 0)])
    return found


@lru_cache
def recipe() -> Recipe:
    """What the import of last month left, as a file holds it."""
    return from_json(json.loads(json.dumps(to_json(review(sheet(rows(), name="Lab")).recipe("last month")))))


def import_next(changed: Rows) -> Review:
    book = Workbook("next.xlsx", "2" * 64, "xlsx", (sheet(changed, name="Lab"),))
    return make_review([book], empty_facts(), recipe=recipe())


def column(number: int, change: Callable[[Any], Any], *, header: str = "") -> Rows:
    """The file with one column changed."""
    changed = rows()
    for row in changed[1:]:
        row[number] = change(row[number])
    changed[0][number] = header or changed[0][number]
    return changed


def drift(made: Review) -> dict[str, str]:
    """Code -> cell, of what is said to have changed."""
    return {i.code.removeprefix("drift-"): i.cell for i in made.issues if i.code.startswith("drift")}


def test_that_the_same_shape_raises_no_question_and_no_drift():
    made = import_next(rows())
    assert not made.open_questions
    assert drift(made) == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (column(TREG, str, header="Tregs (%)"), {"renamed": "D1"}),
        ([row[:4] + row[5:] for row in rows()], {"missing": "", "moved": "F1"}),
        ([[*row[:3], row[4], row[3], *row[5:]] for row in rows()], {"moved": "E1"}),
        (column(PNFH, lambda x: x / 1000, header="pNFH LCR (ng/mL)"), {"renamed": "E1", "unit": "E1"}),
        (rows(decimal="."), {"decimal": "D1"}),
        (rows(order="%m/%d/%Y"), {"date-order": "C1"}),
        (column(SEX, lambda x: {"F": "W"}.get(x, x)), {"coding": "F1"}),
        (column(PNFH, lambda x: x / 1000), {"jump": "E1"}),
        ([[*row, "Ferritine" if n == 0 else n] for n, row in enumerate(rows())], {"new": "H1"}),
    ],
)
def test_that_each_kind_of_drift_is_said_at_its_column(changed: Rows, said: dict[str, str]):
    made = import_next(changed)
    assert drift(made) == said
    first = len(drift(made))
    assert all(issue.code.startswith("drift") for issue in made.issues[:first])


def test_that_values_a_thousand_times_smaller_are_asked_about_and_taken_in_the_unit_that_is_said():
    made = import_next(column(PNFH, lambda x: x / 1000))
    question = next(q for q in made.open_questions if q.id.startswith("unit-jump"))
    assert question.suggested == "unit:ng/mL"
    book = Workbook("next.xlsx", "2" * 64, "xlsx", (sheet(column(PNFH, lambda x: x / 1000), name="Lab"),))
    for answer, factor in (("unit:ng/mL", 1.0), ("as-is", 0.001)):
        made = make_review([book], empty_facts(), recipe=recipe(), answers={question.id: answer})
        assert not made.open_questions
        assert values(made, "csf_pnfh")["P01", "V2"] == pytest.approx(1001 * factor)


def test_that_an_outcome_in_other_codes_is_asked_again_and_never_turned_round():
    made = import_next(column(DEAD, lambda x: x + 1))
    assert [q.kind for q in made.open_questions] == ["coding"]
    died = {f"P{n:02d}" for n in (3, 6, 9)}
    taken = review(sheet(column(DEAD, lambda x: x + 1), name="Lab"))
    assert {p for p, status in of_patient(taken, "vital_status").items() if status == "dead"} == died


def test_that_the_recipe_of_a_blinded_study_keeps_nothing_of_the_values():
    made = review(sheet(rows(), name="Lab"))
    kept = {(c.middle, c.codes) for t in made.recipe("x").tables for c in t.columns}
    assert len(kept) > 1
    blind = replace(made, blinded=True).recipe("x")
    assert {(c.middle, c.codes) for t in blind.tables for c in t.columns} == {(None, ())}


def test_that_a_recipe_written_before_sizes_were_kept_is_still_read(tmp_path: Path):
    data = to_json(recipe())
    for table in data["tables"]:
        for one in table["columns"]:
            del one["middle"], one["codes"]
    assert from_json(data).answers == recipe().answers
