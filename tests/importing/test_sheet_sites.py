"""Sites that only the name of a sheet or a title tells: asked, and never assumed."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import of_patient, review

from mirocals_desktop.importing.grid import Sheet


def patients(first: int, *, name: str = "Sheet1", title: str = "", site: str = "") -> Sheet:
    """Three patients, under a title, with or without a column of sites."""
    head = [[title], []] if title else []
    rows = [["Patient", "Sex", "Randomised", *(["Site"] if site else [])]]
    rows += [
        [f"P-{n:03d}", "F", day(f"2019-01-{n:02d}"), *([site] if site else [])]
        for n in range(first, first + 3)
    ]
    return sheet([*head, *rows], name=name)


def site_questions(*sheets: Sheet) -> dict[str, str]:
    """Sheet -> suggestion of every question about a site."""
    made = review(*sheets, accept=False)
    return {q.sheet: q.suggested for q in made.open_questions if q.kind == "site"}


@pytest.mark.parametrize(
    ("first", "second", "sites"),
    [
        ("FR01", "UK02", ["FR01", "UK02"]),
        ("Centre Lyon", "Centre Nantes", ["Lyon", "Nantes"]),
        ("Patients FR01", "Patients FR02", ["FR01", "FR02"]),
        ("CHU de Lille", "Site 03", ["CHU de Lille", "Site 03"]),
    ],
)
def test_that_a_sheet_named_after_a_site_is_asked_about_and_gives_the_site(first, second, sites):
    sheets = patients(1, name=first), patients(4, name=second)
    assert set(site_questions(*sheets)) == {first, second}
    assert of_patient(review(*sheets), "site") == {f"P-{n:03d}": sites[n > 3] for n in range(1, 7)}


def test_that_a_title_tells_a_site():
    assert of_patient(review(patients(1, title="Centre : Bordeaux")), "site")["P-001"] == "Bordeaux"


def test_that_sheets_of_other_patients_each_are_asked_about_and_taken_for_no_site_unasked():
    sheets = patients(1, name="Lyon"), patients(4, name="Nantes")
    assert site_questions(*sheets) == {"Lyon": "no", "Nantes": "no"}
    assert not of_patient(review(*sheets), "site")
    answers = {"sheet-site|lyon": "site:lyon", "sheet-site|nantes": "site:nantes"}
    assert of_patient(review(*sheets, answers=answers), "site")["P-004"] == "Nantes"


@pytest.mark.parametrize("name", ["Injection site", "Sites", "V2", "Sheet1", "Patients"])
def test_that_other_names_are_not_taken_for_sites(name: str):
    assert not site_questions(patients(1, name=name))
    assert not site_questions(patients(1, title="ALSFRS-R by site of onset"))


def test_that_nobody_is_asked_where_a_column_says_the_site():
    assert not site_questions(patients(1, name="Centre Lyon", site="FR01"))
