"""Codes that a sheet explains itself, and outcomes told by the dates of death beside them."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import of_patient, review

from mirocals_desktop.importing.legends import read_legend


@pytest.mark.parametrize(
    ("header", "legend"),
    [
        ("Death (1=yes, 2=no)", {"1": "yes", "2": "no"}),
        ("Sexe (1=H ; 2=F)", {"1": "H", "2": "F"}),
        ("Statut (0 vivant, 1 décédé)", {"0": "vivant", "1": "décédé"}),
        ("alive=0 / dead=1", {"0": "alive", "1": "dead"}),
        ("Décès 1 : oui et 2 : non", {"1": "oui", "2": "non"}),
        ("Treg (10^9/L)", {}),
        ("Age (18-75 years)", {}),
        ("ALSFRS-R (0-48)", {}),
        ("Time 12:30", {}),
    ],
)
def test_that_a_header_says_what_its_codes_mean(header: str, legend: dict[str, str]):
    assert read_legend(header) == legend


def patients(header: str, codes: list[object], *, name: str = "Patients", deaths=(), letter: str = "P"):
    rows = [
        [f"{letter}{n}", day(f"2020-01-{n + 1:02d}"), code, *deaths[n : n + 1]]
        for n, code in enumerate(codes)
    ]
    return sheet(
        [["Patient", "Date of randomisation", header, *(["Date of death"] if deaths else [])], *rows],
        name=name,
    )


def test_that_codes_count_as_their_header_explains_them():
    made = review(patients("Death (1=yes, 2=no)", [1, 2, 2]))
    assert of_patient(made, "vital_status") == {"P0": "dead", "P1": "alive", "P2": "alive"}
    made = review(patients("Sexe (1=H, 2=F)", [1, 2, 2]))
    assert of_patient(made, "sex") == {"P0": "male", "P1": "female", "P2": "female"}


def test_that_a_legend_that_leaves_a_code_open_does_not_turn_the_others_round():
    made = review(patients("Status (2=dead)", [1, 2, 1]))
    assert of_patient(made, "vital_status") == {"P0": "alive", "P1": "dead", "P2": "alive"}


def test_that_a_note_below_the_table_explains_the_codes_of_the_column_it_names():
    rows = [["Patient", "Sex", "Age"], *([f"P{n}", 1 + n % 2, 50 + n] for n in range(5)), []]
    made = review(sheet([*rows, ["Sex: 1 = female, 2 = male"]]))
    assert of_patient(made, "sex")["P0"] == "female"
    assert of_patient(made, "sex")["P1"] == "male"


def test_that_one_means_dead_below_dead_and_living_below_alive():
    made = review(
        patients("Dead", [0, 1, 0], name="Lyon"), patients("Alive", [1, 0, 1], name="Leeds", letter="L")
    )
    statuses = of_patient(made, "vital_status")
    assert {patient for patient, status in statuses.items() if status == "dead"} == {"P1", "L1"}


def test_that_dates_of_death_tell_which_code_is_death():
    deaths = [None, day("2020-09-01"), None, day("2020-10-01"), None]
    made = review(patients("Status", [2, 1, 2, 1, 2], deaths=deaths))
    question = next(q for q in made.questions if q.kind == "coding")
    assert question.suggested == "dead=1"
    assert any("2 patients with 1 have a date of death" in said for said in question.evidence)


def test_that_a_footnote_of_the_header_tells_what_codes_mean():
    rows = [
        ["Patient", "Arm*", "Sex"],
        *([f"P-{n:03d}", "AB"[n % 2], "F"] for n in range(1, 9)),
        [],
        ["* A = Aldesleukin, B = Placebo"],
    ]
    made = review(sheet(rows))
    arms = of_patient(made, "arm")
    assert arms["P-001"] == "placebo"
    assert arms["P-002"] not in ("placebo", "a")


@pytest.mark.parametrize(
    ("header", "variable"),
    [("DateLastContact", "last_contact_date"), ("dateRandomisation", "randomisation_date")],
)
def test_that_a_header_written_in_one_word_is_taken_apart(header: str, variable: str):
    rows = [["Patient", header], *([f"P-{n:03d}", day(f"2019-01-{n:02d}")] for n in range(1, 7))]
    made = review(sheet(rows), accept=False)
    assert not made.open_questions
    assert of_patient(made, variable)["P-003"] == "2019-01-03"
