"""What the study holds of a patient already, as evidence: of a unit, of a slip, of whose rows they are."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from books import day, sheet
from reviews import new_study, review, values

from mirocals_desktop.importing.commit import commit, gather_facts
from mirocals_desktop.importing.pipeline import Facts

WEIGHTS = {n: 60.0 + 4 * n for n in range(1, 7)}


@lru_cache
def followed(patients: int = 6) -> Facts:
    """A study of patients with weights, percentages of Tregs and pNFH at two visits."""
    rows: list[list[object]] = [["Patient", "Visit", "Date", "Weight (kg)", "Treg (%)", "CSF pNFH (pg/mL)"]]
    for n in range(1, patients + 1):
        weight = WEIGHTS.get(n, 70.0)
        rows.append([f"{n:03d}", "V2", day("2023-01-10"), weight, 5 + n / 4, 2000 + 100 * n])
        rows.append([f"{n:03d}", "V6", day("2023-04-10"), weight - 1, 5.2 + n / 4, 2010 + 100 * n])
    people: list[list[object]] = [["Patient", "Sex", "Randomised"]]
    people += [[f"{n:03d}", "F", day("2023-01-10")] for n in range(1, patients + 1)]
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder)) as study:
        made = review(sheet(people, name="Patients"), sheet(rows), facts=gather_facts(study))
        commit(study, made)
        return gather_facts(study)


def weighed(factor: float, header: str = "Weight"):
    rows: list[list[object]] = [["Patient", "Visit", header]]
    return sheet([*rows, *([f"{n:03d}", "V8", round(w * factor, 1)] for n, w in WEIGHTS.items())])


def test_that_weights_without_unit_are_in_pounds_where_the_patients_own_weights_say_so():
    (question,) = review(weighed(2.2046), facts=followed(), accept=False).open_questions
    assert (question.kind, question.suggested) == ("unit", "lb")
    assert "6 patients" in " ".join(question.evidence)
    made = review(weighed(2.2046), facts=followed())
    assert values(made, "weight")["003", "V8"] == pytest.approx(72, abs=0.1)


def test_that_weights_without_unit_like_the_earlier_ones_are_asked_about_no_more():
    made = review(weighed(1.02), facts=followed(), accept=False)
    assert not made.open_questions
    assert values(made, "weight")["003", "V8"] == pytest.approx(72 * 1.02, abs=0.1)


def test_that_a_header_that_names_the_wrong_unit_is_asked_about():
    (question,) = review(weighed(2.2046, "Weight (kg)"), facts=followed(), accept=False).open_questions
    assert (question.kind, question.suggested) == ("unit", "lb")


def test_that_the_unit_of_a_list_of_results_is_told_by_the_patients_own_values():
    rows: list[list[object]] = [["Patient", "Visit", "Test", "Result"]]
    rows += [[f"{n:03d}", "V8", "CSF pNFH", (2050 + 100 * n) / 1000] for n in WEIGHTS]
    (question,) = review(sheet(rows), facts=followed(), accept=False).open_questions
    assert (question.kind, question.suggested) == ("unit", "ng/mL")


def test_that_small_percentages_stay_percent_where_the_patients_always_had_such():
    rows: list[list[object]] = [
        ["Patient", "Visit", "Treg (%)"],
        *([f"{n:03d}", "V8", 0.05 + n / 400] for n in WEIGHTS),
    ]
    (question,) = review(sheet(rows), facts=followed(), accept=False).open_questions
    assert question.suggested == "fraction"
    assert "6 patients" in " ".join(question.evidence)


def test_that_one_value_a_patient_is_held_against_what_the_study_holds():
    rows: list[list[object]] = [["Patient", "Visit", "CSF pNFH (pg/mL)"]]
    rows += [[f"{n:03d}", "V8", 2050 + 100 * n if n != 7 else 60 * 700] for n in range(1, 25)]
    made = review(sheet(rows), facts=followed(24))
    assert [issue.cell for issue in made.issues if issue.code == "far-from-history"] == ["C8"]


def test_that_a_long_list_of_the_studys_own_numbers_needs_no_telling_header():
    rows: list[list[object]] = [["Code", "Visit", "Weight (kg)"]]
    rows += [[n, f"V{visit}", 70 + visit] for visit in range(2, 30) for n in range(1, 25)]
    made = review(sheet(rows), facts=followed(24), accept=False)
    assert not [question for question in made.open_questions if question.kind == "patient"]


@lru_cache
def described() -> Facts:
    """A study of twelve patients of whom sex and arm are known."""
    with tempfile.TemporaryDirectory() as folder, new_study(Path(folder)) as study:
        rows: list[list[object]] = [["Patient", "Sex", "Arm", "Randomised"]]
        rows += [
            [f"{n:03d}", "F" if n % 3 else "M", "IL-2" if n % 2 else "Placebo", day("2023-01-10")]
            for n in range(1, 13)
        ]
        commit(study, review(sheet(rows), facts=gather_facts(study)))
        return gather_facts(study)


def coded(header: str, codes: dict[int, object]):
    rows: list[list[object]] = [["Patient", header]]
    return sheet([*rows, *([f"{n:03d}", code] for n, code in codes.items())])


def test_that_codes_of_what_the_study_holds_are_suggested_to_be_that():
    sexes = coded("Sex", {n: 2 if n % 3 else 1 for n in range(1, 13)})
    made = review(sexes, facts=described(), accept=False)
    assert {question.id[-1]: question.suggested for question in made.open_questions} == {
        "1": "choice:male",
        "2": "choice:female",
    }
    assert "8" in " ".join(made.open_questions[0].evidence + made.open_questions[1].evidence)
    counts = review(sexes, facts=described()).counts
    assert (counts.same, counts.changed) == (12, 0)


def test_that_codes_that_contradict_the_study_tell_nothing():
    mixed = coded("Sex", {n: 1 + n % 2 for n in range(1, 13)})
    made = review(mixed, facts=described(), accept=False)
    assert {question.suggested for question in made.open_questions} == {"new"}


def test_that_which_of_a_and_b_is_which_is_suggested_by_the_arms_that_the_study_holds():
    arms = coded("Arm", {n: "A" if n % 2 else "B" for n in range(1, 13)})
    (question,) = review(arms, facts=described(), accept=False).open_questions
    assert question.suggested == "a=il2+b=placebo"
    counts = review(arms, facts=described()).counts
    assert (counts.same, counts.changed) == (12, 0)
