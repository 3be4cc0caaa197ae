"""Headers and columns that say little: nothing of a patient is left out or misread because of them."""

from __future__ import annotations

from datetime import date

from books import sheet
from reviews import of_patient, review, values

N = None


def test_that_a_unit_before_the_visit_in_a_header_is_read():
    rows = [["Patient", "Tregs cell/µL V2", "Tregs cell/µL V4"]]
    rows += [[f"P-{n}", 60 + n, 70 + n] for n in range(1, 7)]
    made = review(sheet(rows))
    assert values(made, "treg_count")["P-3", "V2"] == 63
    assert values(made, "treg_count")["P-3", "V4"] == 73


def test_that_a_table_whose_ids_have_a_strange_header_is_asked_about_and_not_left_out_in_silence():
    rows = [["Whom", "Visit", "Treg (cells/µL)"]] + [[n, "V2", 60 + n] for n in range(1, 8)]
    asked = review(sheet(rows), accept=False)
    assert [question.kind for question in asked.open_questions] == ["patient"]


def test_that_pt_no_is_a_header_of_patients():
    rows = [["Pt no.", "Visit", "Treg (cells/µL)"]] + [[n, "V2", 60 + n] for n in range(1, 8)]
    assert len(values(review(sheet(rows)), "treg_count")) == 7


def test_that_a_column_of_known_words_under_an_unknown_header_is_proposed_by_its_values():
    rows = [["Patient", "Situation", "Randomised"]]
    rows += [[f"P-{n}", "Décédé" if n % 2 else "En vie", date(2019, 1, n)] for n in range(1, 9)]
    asked = review(sheet(rows), accept=False)
    (question,) = [q for q in asked.open_questions if q.kind == "column"]
    assert question.suggested == "var:vital_status"
    assert values(review(sheet(rows)), "vital_status")["P-1", ""] == "dead"


def test_that_a_date_last_seen_in_a_patient_list_is_the_last_contact_and_no_visit():
    rows = [["Patient", "Randomisé le", "Vu le"]]
    rows += [[f"P-{n}", date(2019, 1, n), date(2020, 2, n)] for n in range(1, 7)]
    made = review(sheet(rows))
    assert values(made, "last_contact_date")["P-2", ""] == "2020-02-02"
    assert not values(made, "visit_date")


def test_that_words_that_any_date_or_measure_may_have_change_nothing():
    rows = [["Patient", "Date randomised", "1ers symptômes", "Visit", "Conc. pNFH (pg/mL)"]]
    rows += [[f"P-{n}", date(2019, 1, n), date(2018, 1, n), "V2", 900 + n] for n in range(1, 8)]
    made = review(sheet(rows), accept=False)
    assert not [question for question in made.open_questions if question.kind == "column"]
    assert values(made, "randomisation_date")["P-2", ""] == "2019-01-02"
    assert values(made, "onset_date")["P-2", ""] == "2018-01-02"
    assert values(made, "csf_pnfh")["P-2", "V2"] == 902


def test_that_rando_alone_is_a_date_and_beside_other_visits_a_visit():
    rows = [["Patient", "Sexe", "Rando"]] + [[f"P-{n}", "F", date(2019, 1, n)] for n in range(1, 8)]
    assert values(review(sheet(rows)), "randomisation_date")["P-3", ""] == "2019-01-03"
    rows = [["Patient", "Rando", "M3"]] + [[f"P-{n}", 5.0 + n, 6.0 + n] for n in range(1, 8)]
    assert values(review(sheet(rows, name="Treg %")), "treg_percent")["P-3", "V2"] == 8.0


def test_that_a_row_of_units_may_say_the_range_of_a_score():
    rows = [["Patient", "Visit", "ALSFRS-R", "Weight"], [N, N, "/48", "kg"]]
    made = review(sheet(rows + [[f"P-{n}", "V2", 40 - n, 70 + n] for n in range(1, 7)]))
    assert values(made, "weight")["P-3", "V2"] == 73
    assert not [issue for issue in made.issues if issue.severity == "error"]


def test_that_a_visit_that_only_its_day_tells_is_proposed_and_asked_about():
    rows = [["Patient", "Treg (%) V2", "Treg (%) day 171"]] + [
        [f"P-{n}", 5.0 + n, 6.0 + n] for n in range(1, 8)
    ]
    asked = review(sheet(rows), accept=False)
    (question,) = [q for q in asked.open_questions if q.kind == "visits"]
    assert question.evidence == ("“day 171” means V9, planned on day 169, by its day alone",)
    assert values(review(sheet(rows)), "treg_percent")["P-3", "V9"] == 9.0


def test_that_a_first_column_of_another_number_in_every_row_is_the_patients_where_nothing_else_can_be():
    rows = [["Numéro", "Sexe", "Poids (kg)"], *([f"{n:03d}", "FM"[n % 2], 60 + n] for n in range(1, 9))]
    made = review(sheet(rows), accept=False)
    assert not [q for q in made.open_questions if q.kind == "patient"]
    assert of_patient(review(sheet(rows)), "sex")["003"] == "male"
