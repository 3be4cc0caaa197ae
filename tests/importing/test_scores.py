"""ALSFRS-R sheets as people head them: items by number and words, and a total that only says so."""

from __future__ import annotations

import pytest
from books import sheet
from reviews import codes, review, values

from mirocals_desktop.protocol import codes as known

ENGLISH = [
    "1. Speech", "2. Salivation", "3. Swallowing", "4. Handwriting", "5a. Cutting food",
    "5b. Cutting (gastrostomy)", "6. Dressing and hygiene", "7. Turning in bed", "8. Walking",
    "9. Climbing stairs", "10. Dyspnea", "11. Orthopnea", "12. Respiratory insufficiency",
]  # fmt: skip
FRENCH = [
    "Q1 Parole", "Q2 Salivation", "Q3 Déglutition", "Q4 Écriture", "Q5a Couper les aliments",
    "Q5b Gastrostomie", "Q6 Habillage et hygiène", "Q7 Se retourner dans le lit", "Q8 Marche",
    "Q9 Monter les escaliers", "Q10 Dyspnée", "Q11 Orthopnée", "Q12 Insuffisance respiratoire",
]  # fmt: skip
ITEMS = (4, 3, 4, 3, 4, None, 3, 3, 2, 2, 4, 4, 4)


@pytest.mark.parametrize("items", [ENGLISH, FRENCH], ids=["English", "French"])
def test_that_items_are_known_by_number_and_words_and_their_total_is_compared(items: list[str]):
    rows: list[list[object]] = [["Patient", "Visit", *items, "Total"]]
    rows += [[f"P-{n:03d}", "V2", *ITEMS, 40 + (n == 2)] for n in range(1, 7)]
    made = review(sheet(rows, name="Scores"), accept=False)
    assert not made.open_questions
    for code in known.ALSFRS_R_ITEMS:
        assert len(values(made, code)) == (0 if code == "alsfrs_r_5b" else 6), code
    assert values(made, known.ALSFRS_R_TOTAL)["P-002", "V2"] == 41
    assert ("alsfrs-total", "P3") in codes(made)


def test_that_a_number_before_other_words_names_no_item():
    rows = [["Patient", "Visit", "1. Comorbidities"], *([f"P-{n:03d}", "V2", n] for n in range(1, 7))]
    assert not values(review(sheet(rows)), "alsfrs_r_1")


def test_that_alive_in_a_date_of_death_is_no_date_and_no_problem():
    rows = [
        ["Patient", "Décédé le"],
        ["P-001", "12/05/2019"],
        ["P-002", "vivant"],
        ["P-003", "En vie"],
        ["P-004", "non"],
    ]
    made = review(sheet(rows))
    assert set(values(made, "death_date")) == {("P-001", "")}
    assert "not-a-date" not in {issue.code for issue in made.issues}
