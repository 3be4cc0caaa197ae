"""Measure, visit, source and unit in one header with free words: read as the short forms are."""

from __future__ import annotations

import pytest
from books import sheet
from reviews import codes, empty_facts, review, values

from mirocals_desktop.importing.headers import Header, read_header, split_unit
from mirocals_desktop.importing.tables import TableColumn
from mirocals_desktop.importing.timepoints import timepoint_key
from mirocals_desktop.importing.vocabulary import Vocabulary, header_names

VOCABULARY = Vocabulary(empty_facts().snapshot.protocol)


def told(text: str) -> tuple[str, str, str]:
    """What a header says: its variable with what is nearly sure, its visit and its unit."""
    place = TableColumn(0, (text,))
    header: Header = read_header(place, VOCABULARY.names)
    found = [c for name in header_names(place, header) for c in VOCABULARY.candidates(name) if c.score >= 0.9]
    fits = [c.code for c in found if not header.unit or VOCABULARY.unit(c.code, header.unit)]
    return next(iter(fits), ""), timepoint_key(header.visit), header.unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NfL at month 3 – central laboratory result, pg/mL", ("serum_nfl", "month 3", "pg/mL")),
        ("NfL sérique à M3 – labo central (pg/mL)", ("serum_nfl", "month 3", "pg/mL")),
        ("Treg (%) visit 4 - local lab", ("treg_percent", "visit 4", "%")),
        ("Tregs – % of CD4+ – Visit 4 – flow core", ("treg_percent", "visit 4", "%")),
        ("Tregs (cellules/µL) à la visite 4 - laboratoire local", ("treg_count", "visit 4", "cellules/µL")),
        ("pNFH in CSF, visit 4, pg/mL (ELISA, lab Sheffield)", ("csf_pnfh", "visit 4", "pg/mL")),
        ("Month 3: serum NfL (pg/mL), central lab", ("serum_nfl", "month 3", "pg/mL")),
        ("M3_NfL_pg/mL_central", ("serum_nfl", "month 3", "pg/mL")),
        ("CCL2 plasma pg/ml J1 cycle 3", ("ccl2_plasma", "cycle day 1 3", "pg/ml")),
        ("Serum NfL, 3 months after randomisation, pg/mL", ("serum_nfl", "month 3", "pg/mL")),
        ("Weight in kg at V2 (site)", ("weight", "visit 2", "kg")),
        ("Poids (kg) relevé à 6 mois", ("weight", "month 6", "kg")),
        ("NfL sérique pg-ml", ("serum_nfl", "", "pg/ml")),
        ("pNFH CSF pg_mL", ("csf_pnfh", "", "pg/mL")),
        ("Tregs pct", ("treg_percent", "", "%")),
        ("Treg cells-uL V4", ("treg_count", "visit 4", "cells/uL")),
        ("Nb Tregs (/mm3)", ("treg_count", "", "/mm3")),
    ],
)
def test_that_a_long_header_says_what_the_short_one_does(text: str, said: tuple[str, str, str]):
    assert told(text) == said


def test_that_words_that_are_cut_short_with_a_full_stop_are_known():
    for text, code in (("NfL sér.", "serum_nfl"), ("Dt prélèv.", "visit_date")):
        assert code in {c.code for c in VOCABULARY.candidates(text) if c.score >= 0.75}
    assert not VOCABULARY.candidates("NfL sér")


@pytest.mark.parametrize("text", ["Days since randomisation", "NfL 3 months before randomisation (pg/mL)"])
def test_that_what_is_counted_from_a_visit_or_before_it_is_not_that_visit(text: str):
    assert told(text)[1] == ""


def test_that_a_sheets_name_says_measure_and_unit_as_a_name_of_a_file_does():
    rows = [["Patient", "V2", "V4"], *([f"P-{n}", 10 + n, 12 + n] for n in range(1, 8))]
    made = review(sheet(rows, name="NfL sérique pg-ml"), accept=False)
    assert not made.open_questions
    assert values(made, "serum_nfl")["P-3", "V4"] == 15
    rows = [["Patient", "V2", "V4"], *([f"P-{n}", 50 + n, 62 + n] for n in range(1, 8))]
    assert values(review(sheet(rows, name="Tregs cells-uL"), accept=False), "treg_count")["P-3", "V4"] == 65


def test_that_one_measure_at_several_visits_is_asked_about_once():
    heads = ["Patient", *(f"NfL plasmatique V{n} (pg/mL)" for n in (2, 4, 5))]
    rows = [heads, *([f"P-{n}", 10 + n, 12 + n, 14 + n] for n in range(1, 8))]
    made = review(sheet(rows), accept=False)
    (question,) = [q for q in made.open_questions if q.kind == "column"]
    assert question.evidence[-1] == "2 columns like it are read alike"
    answered = review(sheet(rows), answers={question.id: "var:serum_nfl"}, accept=False)
    assert values(answered, "serum_nfl")["P-3", "V5"] == 17
    assert not answered.open_questions


def test_that_two_laboratories_at_one_visit_are_asked_about():
    rows = [["Patient", "NfL V3 lab A pg/mL", "NfL V3 lab B pg/mL"]]
    rows += [[f"P-{n}", 10 + n, 12 + n * 1.1] for n in range(1, 8)]
    made = review(sheet(rows), accept=False)
    assert [q.suggested for q in made.open_questions if q.kind == "column"] == ["var:serum_nfl", "new:number"]


def test_that_the_names_of_the_ids_may_stand_below_the_headers_of_a_pivot():
    """As pandas writes a table that was turned: what names the headers stands over the ids."""
    rows = [
        ["", "Treg (%)", "", "pNFH (pg/mL)", ""],
        ["Visit", "V2", "V4", "V2", "V4"],
        ["Patient", "", "", "", ""],
        *([f"P-{n}", 5 + n, 6 + n, 900 + n, 910 + n] for n in range(1, 9)),
    ]
    made = review(sheet(rows, merged=[(0, 1, 0, 2), (0, 3, 0, 4)]))
    assert values(made, "treg_percent")["P-2", "V4"] == 8
    assert values(made, "csf_pnfh")["P-8", "V2"] == 908
    assert "section-row" not in dict(codes(made))


def test_that_an_empty_label_has_no_unit():
    assert split_unit("") == ("", "", [])
