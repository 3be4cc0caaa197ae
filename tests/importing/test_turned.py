"""Tables that are no list: patients side by side, forms of one patient. Nobody is called “Weight”."""

from __future__ import annotations

from datetime import date

from books import sheet
from reviews import frame, review

FORM = [["Patient :", "P-001"], ["Sexe :", "F"], ["Poids (kg) :", 61], ["Date du décès :", date(2020, 3, 4)]]


def not_read(*rows: list[object], name: str = "Suivi") -> str:
    """What is said of a table of which no observation is made, and about which nothing is asked."""
    made = review(sheet(rows, name=name), accept=False)
    assert not len(frame(made))
    assert not made.open_questions
    assert made.accounts[0].balanced
    (issue,) = (issue for issue in made.issues if issue.code == "table-not-read")
    assert issue.severity == "warning"
    return issue.message


def test_that_patients_side_by_side_are_not_read_as_measures():
    ids = [f"FR01-{n:03d}" for n in range(1, 8)]
    across = [["Patient", *ids], ["Sexe", *"FMFMFMF"], ["Poids (kg)", *range(60, 67)]]
    assert "paste it transposed" in not_read(*across, ["ALSFRS-R total", *range(30, 37)])


def test_that_a_form_of_one_patient_is_not_read_as_a_list():
    assert "Suivi is a form" in not_read(["Fiche patient"], [], *FORM)
    measures = [
        ["", "V2", "V4", "V6", "V9"],
        ["Poids (kg)", 60, 61, 62, 63],
        ["ALSFRS-R total", 40, 39, 38, 37],
    ]
    assert "is a form" in not_read(*measures, ["SVC (% predicted)", 90, 89, 88, 87], name="FR01-001")


def test_that_visits_are_proposed_as_nobodys_ids():
    rows = [["Visit", "Weight (kg)", "ALSFRS-R"], *([f"V{n}", 60 + n, 40 - n] for n in range(2, 9))]
    made = review(sheet(rows, name="Weights"), accept=False)
    assert [q.suggested for q in made.open_questions] == ["none"]
