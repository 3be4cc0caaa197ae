"""Codes, arms and first days that a header tells in an unusual way: read from it, shown, and confirmed."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import of_patient, review, values

from mirocals_desktop.importing.legends import read_legend


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("IL2 (1) / placebo (0)", {"1": "IL2", "0": "placebo"}),
        ("IL2=1 / PBO=0", {"1": "IL2", "0": "PBO"}),
        ("Sex (1=M, 2=F)", {"1": "M", "2": "F"}),
        ("Status [0 alive, 1 dead]", {"0": "alive", "1": "dead"}),
        ("décès 0=non 1=oui", {"0": "non", "1": "oui"}),
        ("Death yes=1 no=2", {"1": "yes", "2": "no"}),
        ("Arm (0-placebo;1-IL2)", {"0": "placebo", "1": "IL2"}),
        ("CD4 (%) CD8 (2)", {}),
        ("Age (18 to 75)", {}),
    ],
)
def test_that_a_header_says_what_codes_mean(header: str, codes: dict[str, str]):
    assert read_legend(header) == codes


def test_that_a_header_which_gives_its_codes_names_of_arms_is_the_arm_once_it_is_confirmed():
    rows = [["ID", "IL2 (1) / placebo (0)"], *([f"P{n}", n % 2] for n in range(1, 9))]
    made = review(sheet(rows), accept=False)
    (question,) = made.open_questions
    assert question.text == (
        "The sheet explains the codes of “IL2 (1) / placebo (0)”: 1 = IL2 (4), 0 = placebo (4). Is it so?"
    )
    assert of_patient(review(sheet(rows)), "arm") == {
        f"P{n}": "il2" if n % 2 else "placebo" for n in range(1, 9)
    }
    made = review(sheet(rows), answers={question.id: "no"}, accept=False)
    assert [one.text for one in made.open_questions] == [
        "“IL2 (1) / placebo (0)” says 0 (4), 1 (4), and the arms of the study are IL-2, Placebo."
        " Which is which?"
    ]


@pytest.mark.parametrize(("first", "second"), [("A", "B"), ("Bras 1", "Bras 2"), (1, 2)])
def test_that_arms_which_a_file_only_calls_a_and_b_are_asked_once_and_nobody_guesses(
    first: object, second: object
):
    rows = [["ID", "Arm"], *([f"P{n}", second if n % 3 else first] for n in range(1, 10))]
    made = review(sheet(rows), accept=False)
    (question,) = (one for one in made.open_questions if one.kind == "arm")
    assert f"{first} (3), {second} (6)" in question.text
    assert [option.label for option in question.options] == [
        "Nobody says: keep them as arms of their own",
        f"{first} = IL-2, {second} = Placebo",
        f"{first} = Placebo, {second} = IL-2",
    ]
    assert len(set(of_patient(review(sheet(rows)), "arm").values())) == 2
    made = review(sheet(rows), answers={question.id: question.options[2].code})
    assert of_patient(made, "arm")["P3"] == "placebo"
    assert of_patient(made, "arm")["P1"] == "il2"


def test_that_codes_which_a_header_does_not_explain_are_asked_beside_those_that_it_does():
    rows = [["ID", "Status [0 alive, 1 dead]"], *([n, 9 if n == 8 else n % 2] for n in range(1, 9))]
    made = review(sheet(rows), accept=False)
    assert [one.text.split("?")[0] for one in made.open_questions] == [
        "The sheet explains the codes of “Status [0 alive, 1 dead]”: 0 = alive (3), 1 = dead (4). Is it so",
        "What is “9” in “Status [0 alive, 1 dead]”",
    ]


def test_that_a_protocol_of_treatment_may_be_the_arm_and_is_asked():
    rows = [["ID", "Protocole"], *([f"P{n}", ("FOLFOX", "FOLFIRI")[n % 2]] for n in range(1, 9))]
    question = next(q for q in review(sheet(rows), accept=False).open_questions if q.kind == "column")
    assert question.suggested == "var:arm"
    same = [["ID", "Protocole"], *([f"P{n}", "XK-77"] for n in range(1, 9))]
    assert not any(q.suggested == "var:arm" for q in review(sheet(same)).plan.questions)


@pytest.mark.parametrize("header", ["J0", "Day 0", "D0", "Prise en charge"])
def test_that_the_one_date_before_the_end_of_follow_up_is_asked_to_be_its_start(header: str):
    rows = [["ID", header, "Poids M0", "Poids M3", "Date décès", "Dernière visite"]]
    died, seen = (day("2011-02-03"), None), day("2011-02-01")
    rows += [[n, day("2010-01-01"), 70, 71, died[n % 2], seen] for n in range(2, 10)]
    made = review(sheet(rows), accept=False)
    (question,) = (q for q in made.open_questions if q.kind == "column")
    assert (question.suggested, question.asked) == ("var:randomisation_date", True)
    assert of_patient(review(sheet(rows)), "randomisation_date")["4"] == "2010-01-01"


def test_that_a_date_after_the_end_of_follow_up_is_not_proposed_as_its_start():
    rows = [["ID", "Audit le", "Date décès"]]
    rows += [[n, day("2012-01-01"), day("2011-02-03")] for n in range(1, 9)]
    assert not any(q.suggested == "var:randomisation_date" for q in review(sheet(rows)).plan.questions)


def test_that_a_list_by_another_number_of_the_patients_is_joined_once_it_is_confirmed():
    patients = [["Patient", "Rando no", "Sex"], *([f"P{n:02d}", 5000 + n, "M"] for n in range(1, 9))]
    arms = [["rando_no", "arm"], *([5000 + n, "IL-2" if n % 2 else "Placebo"] for n in range(1, 9))]
    both = (sheet(patients, name="Patients"), sheet(arms, name="Allocation"))
    made = review(*both, accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("other-ids"))
    assert question.evidence == ("8 of 8 are there",)
    assert of_patient(review(*both), "arm") == {
        f"P{n:02d}": "il2" if n % 2 else "placebo" for n in range(1, 9)
    }
    assert len(of_patient(review(*both, answers={question.id: "no"}), "arm")) == 8
    assert "5001" in of_patient(review(*both, answers={question.id: "no"}), "arm")


def test_that_dates_below_names_of_visits_are_the_days_of_these_visits_and_the_first_may_start_follow_up():
    rows = [["Patient", "J0", "M3", "M6", "Date décès", "DDN"]]
    days = [day("2010-01-01"), day("2010-04-01"), day("2010-07-01")]
    rows += [[n, *days, day("2011-02-03") if n % 2 else None, day("2011-02-01")] for n in range(1, 9)]
    made = review(sheet(rows))
    assert set(of_patient(made, "randomisation_date").values()) == {"2010-01-01"}
    assert set(values(made, "visit_date").values()) == {"2010-04-01", "2010-07-01"}
