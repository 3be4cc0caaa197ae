"""Deaths whose day only the date of last contact can tell: asked, and never censored without a word."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import new_study, of_patient, review

from mirocals_desktop.importing.commit import commit, gather_facts
from mirocals_desktop.importing.grid import Sheet

QUESTION = "death-day|sheet1|date des dernieres nouvelles"


def follow_up(*, header: str = "Date des dernières nouvelles", dated: bool = False) -> Sheet:
    """Six patients, three of whom died, with one date of the end of each; `dated` adds dates of death."""
    rows: list[list[object]] = [["Patient", "Date de randomisation", header, "Décès (O/N)"]]
    rows += [
        [f"P-{n:03d}", day(f"2019-01-{n:02d}"), day(f"2019-09-{n:02d}"), "O" if n < 4 else "N"]
        for n in range(1, 7)
    ]
    if dated:
        rows[0].append("Date du décès")
        for n, row in enumerate(rows[1:], 1):
            row.append(day(f"2019-09-{n:02d}") if n < 4 else "")
    return sheet(rows)


def test_that_it_is_asked_whether_the_last_contact_dates_the_deaths():
    question = next(q for q in review(follow_up(), accept=False).open_questions if q.id == QUESTION)
    assert question.suggested == "both"
    assert question.text.startswith("3 patients died and have no date of death.")
    assert question.evidence == ("3 of 3 who died have a date in it",)
    made = review(follow_up())
    assert of_patient(made, "end_of_follow_up_date")["P-001"] == "2019-09-01"
    assert not of_patient(made, "last_contact_date")
    assert "death-without-date" not in {issue.code for issue in made.issues}


def test_that_the_answer_no_keeps_the_last_contact_and_tells_the_undated_deaths():
    made = review(follow_up(), answers={QUESTION: "contact"})
    assert of_patient(made, "last_contact_date")["P-001"] == "2019-09-01"
    assert not of_patient(made, "end_of_follow_up_date")
    assert "death-without-date" in {issue.code for issue in made.issues}


def test_that_nothing_is_asked_where_deaths_have_dates_of_their_own():
    made = review(follow_up(dated=True), accept=False)
    assert QUESTION not in {question.id for question in made.questions}
    assert of_patient(review(follow_up(dated=True)), "last_contact_date")["P-004"] == "2019-09-04"


@pytest.mark.parametrize(
    "header",
    [
        "Last known alive / death date",
        "Date of death or last follow-up",
        "Décès ou dernière visite (date)",
        "DDN ou DCD date",
        "Date of death/censoring",
    ],
)
def test_that_a_header_that_names_death_and_last_contact_is_the_end_of_follow_up(header: str):
    made = review(follow_up(header=header))
    assert of_patient(made, "end_of_follow_up_date")["P-005"] == "2019-09-05"


def test_that_a_date_of_death_that_the_living_have_too_is_asked_about():
    sheet_of_ends = follow_up(header="Date du décès")
    (question,) = [q for q in review(sheet_of_ends, accept=False).open_questions if q.id.startswith("living")]
    assert question.text.startswith("3 patients who are alive have a date in “Date du décès”")
    made = review(sheet_of_ends)
    assert of_patient(made, "end_of_follow_up_date")["P-006"] == "2019-09-06"
    assert "alive-with-death" not in {issue.code for issue in made.issues}
    kept = review(sheet_of_ends, answers={question.id: "death"})
    assert "alive-with-death" in {issue.code for issue in kept.issues}


def test_that_a_note_above_tells_what_the_codes_of_the_outcome_mean():
    rows = [
        ["Registry extract; status: 0=censored 1=transplanted 2=dead"],
        [],
        ["Patient", "Randomised", "Status", "Outcome date"],
        *([f"P-{n:03d}", day("2019-01-01"), n % 3, day(f"2019-09-{n:02d}")] for n in range(1, 7)),
    ]
    status = of_patient(review(sheet(rows)), "vital_status")
    assert status["P-002"] == status["P-005"] == "dead"
    assert status["P-003"] == "alive"
    assert status["P-001"] not in ("dead", "alive")


def test_that_the_same_file_again_brings_nothing_new(tmp_path):
    with new_study(tmp_path) as study:
        commit(study, review(follow_up(), facts=gather_facts(study)))
        again = review(follow_up(), facts=gather_facts(study), accept=False)
    assert not again.open_questions
    assert (again.counts.new, again.counts.changed) == (0, 0)
