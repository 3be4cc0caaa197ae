"""Whose rows they are where no column, or only a vague one, says it: the sheet's name, a title, known ids."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from books import day, sheet
from reviews import codes, new_study, review, values

from mirocals_desktop.importing.commit import commit, gather_facts
from mirocals_desktop.importing.pipeline import Facts


@lru_cache
def known(prefix: str = "FR01-") -> Facts:
    """A study of three patients, randomised in January 2023."""
    rows = [["Patient", "Sex", "Randomised"]]
    rows += [[f"{prefix}{n:03d}", "F", day(f"2023-01-{n:02d}")] for n in range(1, 4)]
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder)) as study:
        commit(study, review(sheet(rows, name="Patients"), facts=gather_facts(study)))
        return gather_facts(study)


def visits(*, title: str = "") -> list[list[object]]:
    """Two visits of one patient; the weight tells nothing of whose they are."""
    head: list[list[object]] = [[title], []] if title else []
    return [*head, ["Visit", "Weight (kg)"], ["V2", 70], ["V6", 68]]


@pytest.mark.parametrize("name", ["FR01-001", "fr01_001", "Patient FR01-001", "FR01-001 (Lyon)"])
def test_that_a_sheet_named_after_a_known_patient_is_that_patients_without_a_question(name):
    made = review(sheet(visits(), name=name), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "weight") == {("FR01-001", "V2"): 70, ("FR01-001", "V6"): 68}


def test_that_a_title_may_tell_the_patient_of_its_table():
    made = review(sheet(visits(title="Patient : FR01-002")), facts=known(), accept=False)
    assert not made.open_questions
    assert values(made, "weight") == {("FR01-002", "V2"): 70, ("FR01-002", "V6"): 68}


def test_that_a_sheet_that_is_only_a_number_is_asked_about():
    made = review(sheet(visits(), name="2"), facts=known(prefix=""), accept=False)
    assert [(q.kind, q.suggested) for q in made.open_questions] == [("patient", "sheet")]


def test_that_a_sheet_like_an_id_of_nobody_is_asked_about_and_set_apart():
    made = review(sheet(visits(), name="FR01-009"), facts=known())
    assert not values(made, "weight")
    assert made.counts.set_apart == 4
    assert ("unknown-patient", "") in codes(made)


def test_that_sheets_of_patients_make_them_where_the_study_has_none():
    made = review(sheet(visits(), name="P-01"), sheet(visits(), name="P-02"))
    assert set(values(made, "weight")) == {(p, v) for p in ("P-01", "P-02") for v in ("V2", "V6")}


@pytest.mark.parametrize("header", ["ID", "Code", "Anonymat", ""])
def test_that_a_column_of_the_studys_own_ids_is_whose_rows_they_are_whatever_its_header(header):
    rows = [[header, "Visit", "Weight (kg)"], *([f"FR01-{n:03d}", "V2", 60 + n] for n in range(1, 4))]
    made = review(sheet(rows), facts=known(), accept=False)
    assert not made.open_questions
    assert len(values(made, "weight")) == 3
