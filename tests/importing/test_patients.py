"""Whose a row is: spellings of one patient, near misses, unknown ones, and rows that claim one id twice."""

from __future__ import annotations

from datetime import date

import pytest
from books import day, sheet, workbook
from reviews import codes, frame, new_study, of_patient, review, values

from mirocals_desktop.importing.commit import accept_suggestions, commit, gather_facts
from mirocals_desktop.importing.patients import (
    Patients,
    collect_patients,
    find_prefix,
    find_slips,
    near_patients,
    normal_form,
)
from mirocals_desktop.importing.reader.encode import ERROR, Marked


@pytest.mark.parametrize("text", ["PBC-007", "PBC007", "pbc 7", "PBC-7\u00a0", " pbc_0007"])
def test_that_spellings_of_one_id_have_one_normal_form(text):
    assert normal_form(text) == normal_form("PBC-007")


def test_that_two_patients_keep_two_normal_forms():
    forms = {normal_form(text) for text in ("1-02", "10-2", "102", "A12", "12", "A1-2", "A-1", "B-1")}
    assert len(forms) == 8


def test_that_a_prefix_that_one_side_leaves_out_is_found_only_where_it_fits_one_patient():
    known = collect_patients(["PBC-001", "PBC-002", "PBC-010"], Patients())
    assert find_prefix(["1", "2", "10"], known).matches == {"1": "PBC-001", "2": "PBC-002", "10": "PBC-010"}
    twice = collect_patients(["A-1", "B-1", "A-2", "B-2"], Patients())
    assert find_prefix(["1", "2"], twice) is None


def test_that_slips_are_near_and_numbers_are_not_neighbours_of_all_numbers():
    known = collect_patients(["PBC-001", "PBC-012"], Patients())
    assert near_patients("PBC-O12", known) == ["PBC-012"]
    several = collect_patients([f"FR01-{n:03d}" for n in range(1, 41)], Patients())
    assert [near_patients(f"FR01-{text}", several) for text in ("0O2", "O1l")] == [["FR01-002"], ["FR01-011"]]
    numbers = collect_patients([str(n) for n in range(1, 400)], Patients())
    assert near_patients("999", numbers) == []


def patients(ids: list[object]):
    return sheet(
        [["Patient", "Sex", "Randomised"], *([text, "F", date(2019, 1, 1)] for text in ids)], name="Patients"
    )


def lab(ids: list[object]):
    rows = [
        ["Patient", "Visit", "Treg (%)"],
        *([text, "V2", 4 + n / 10] for n, text in enumerate(ids, start=1)),
    ]
    return sheet(rows, name="Lab")


def test_that_of_new_ids_those_are_slips_that_eyes_and_fingers_make():
    known = collect_patients([f"FR0{site}-00{n}" for site in (1, 2) for n in range(1, 9)], Patients())
    listed = ["FRO1-001", "FR01002", "FRR02-003", "FR01-009", "FR03-001", "FR03-002"]
    assert find_slips(listed, listed, known) == {"FRO1-001", "FR01002", "FRR02-003"}
    first = ["P-101", "P-1O1", "P-102", "A-101", "B-101", "B-102", "C-101", "C-102"]
    assert find_slips(first, first, Patients()) == {"P-1O1"}
    sites = collect_patients(["A-101", "B-101"], Patients())
    assert not find_slips(["C-101", "C-102"], ["C-101", "C-102"], sites)


def test_that_a_list_makes_no_second_patient_of_one_that_the_study_knows(tmp_path):
    def follow_up(ids):
        rows = [["Patient", "Vital status", "Last contact"]]
        return sheet([*rows, *([name, "alive", day("2020-01-01")] for name in ids)], name="Status")

    known = [f"FR01-00{n}" for n in range(1, 7)]
    with new_study(tmp_path) as study:
        commit(study, accept_suggestions(study, [workbook(patients(known))]))
        facts = gather_facts(study)
    prefixed = review(follow_up([f"MIRO-{name}" for name in known]), accept=False, facts=facts)
    assert [q.kind for q in prefixed.open_questions] == ["id-prefix"]
    accepted = review(follow_up([f"MIRO-{name}" for name in known]), facts=facts)
    assert (accepted.new_patients, len(of_patient(accepted, "vital_status"))) == ((), 6)
    others = {prefixed.open_questions[0].id: "different"}
    assert (
        len(review(follow_up([f"MIRO-{name}" for name in known]), answers=others, facts=facts).new_patients)
        == 6
    )

    slips = review(follow_up([*known, "FRO1-003", "FR01-020"]), accept=False, facts=facts)
    question = next(q for q in slips.open_questions if q.kind == "patient-id")
    assert [option.code for option in question.options] == ["apart", "is:FR01-003", "new"]
    assert slips.new_patients == ("FR01-020",)
    assert "1 patient is new to the study: FR01-020." in [issue.message for issue in slips.issues]


def test_that_ids_as_text_and_as_number_are_one_patient_and_told():
    made = review(patients(["001", "002", "007\u00a0", 8, "009", "010"]), lab([1, 2, 7, 8, 9, 10]))
    assert set(made.new_patients) == {"001", "002", "007", "8", "009", "010"}
    assert set(of_patient(made, "treg_percent")) == set(made.new_patients)
    assert {("id-spelling", "A4"), ("id-spelling", "A5")} <= set(codes(made))


def test_that_an_unknown_patient_is_set_apart_with_its_rows():
    made = review(patients(["P-001", "P-002"]), lab(["P-001", "P-002", "P-999"]))
    assert set(of_patient(made, "treg_percent")) == {"P-001", "P-002"}
    assert ("unknown-patient", "A4") in codes(made)
    assert made.counts.set_apart == 3


def test_that_a_list_of_patients_called_follow_up_asks_for_no_visit():
    rows = [["Patient", "Sex", "Date of death"], ["P-001", "F", None], ["P-002", "M", date(2020, 1, 1)]]
    asked = review(sheet(rows, name="Follow-up"), lab(["P-001"]), accept=False)
    assert not [q.evidence for q in asked.questions if "Follow-up" in " ".join(q.evidence)]


def test_that_new_columns_of_a_laboratory_make_nobody_a_patient():
    remarks = sheet(
        [
            ["Patient", "Weight (kg)", "Quality", "Freezer box"],
            ["P-001", 70, "ok", "B1"],
            ["P-002", 71, "thawed", "B2"],
            ["P-OO2", 72, "ok", "B2"],
        ],
        name="Blood",
    )
    made = review(patients(["P-001", "P-002"]), remarks)
    assert {"quality", "freezer_box"} <= {v.code for v in made.batch.variables}
    assert set(made.new_patients) == {"P-001", "P-002"}
    assert ("unknown-patient", "A4") in codes(made)


def test_that_a_near_miss_is_proposed_and_taken_only_when_somebody_says_so():
    sheets = patients(["PBC-001", "PBC-012"]), lab(["PBC-001", "PBC-O12"])
    asked = review(*sheets, accept=False)
    question = next(q for q in asked.open_questions if q.kind == "patient-id")
    assert question.suggested == "apart"
    assert question.cells == ("A3",)
    made = review(*sheets, answers={question.id: "is:PBC-012"})
    assert set(of_patient(made, "treg_percent")) == {"PBC-001", "PBC-012"}
    assert made.spellings == {normal_form("PBC-O12"): "PBC-012"}


def test_that_a_prefix_written_in_one_sheet_only_is_asked():
    sheets = patients(["PBC-001", "PBC-002", "PBC-003"]), lab(["001", "002", "003"])
    asked = review(*sheets, accept=False)
    assert [q.kind for q in asked.open_questions] == ["id-prefix"]
    assert len(of_patient(review(*sheets), "treg_percent")) == 3
    refused = review(*sheets, answers={asked.open_questions[0].id: "different"})
    assert not of_patient(refused, "treg_percent")


def test_that_patients_are_made_from_a_long_file_when_there_is_no_list():
    made = review(lab(["P-1", "P-2", "P-2", "P-3"]))
    assert made.new_patients == ("P-1", "P-2", "P-3")


def test_that_rows_without_a_patient_are_set_apart():
    made = review(patients(["P-1", "P-2", "P-3", "P-4", "P-5"]), lab(["P-1", "P-2", "", "P-4", "P-5", "P-3"]))
    assert ("no-patient", "A4") in codes(made)
    assert len(of_patient(made, "treg_percent")) == 5


def test_that_a_row_repeated_exactly_counts_once_and_is_told():
    rows = [["Patient", "Visit", "Date", "Treg (%)"]]
    rows += [
        [1, "V2", day("2019-01-01"), 5.1],
        [2, "V2", day("2019-01-02"), 5.2],
        ["001", "V2", day("2019-01-01"), 5.1],
    ]
    made = review(sheet(rows))
    assert len(values(made, "treg_percent")) == 2
    (issue,) = [issue for issue in made.issues if issue.code == "duplicate-row"]
    assert issue.cells == ("A4", "A2")


def test_that_rows_that_claim_one_id_differently_are_shown_side_by_side():
    rows = [
        ["Patient", "Sex", "Randomised"],
        ["P-1", "F", day("2019-01-01")],
        ["P-2", "M", day("2019-01-02")],
    ]
    rows += [["P-01", "M", day("2019-01-01")]]
    asked = review(sheet(rows), accept=False)
    question = next(q for q in asked.open_questions if q.kind == "conflict")
    assert question.evidence == ("P-1, Sex: B2: F, B4: M",)
    assert question.cells == ("B2", "B4")
    for answer, sex in (("first", "female"), ("last", "male"), ("apart", None)):
        made = review(sheet(rows), answers={question.id: answer})
        assert of_patient(made, "sex").get("P-1") == sex
        (issue,) = [issue for issue in made.issues if issue.code == "conflict"]
        assert issue.cells == ("B4", "B2")
        assert "F" in issue.message
        assert "M" in issue.message
        assert made.counts.set_apart == {"first": 1, "last": 1, "apart": 2}[answer]


def test_that_one_visit_on_two_days_is_a_visit_and_its_repeat():
    rows = [["Patient", "Visit", "Date", "Treg (%)"]]
    rows += [
        ["P-1", "V2", day("2019-01-01"), 5.1],
        ["P-1", "V2", day("2019-01-09"), 5.9],
        ["P-2", "V2", day("2019-01-01"), 4],
    ]
    made = review(sheet(rows))
    records = frame(made).query("patient == 'P-1' and variable == 'treg_percent'")
    assert records[["record", "number"]].to_numpy().tolist() == [[0, 5.1], [2, 5.9]]


def test_that_two_measurements_of_one_visit_are_repeats_when_somebody_says_so():
    rows = [["Patient", "Visit", "Treg (%)"], ["P-1", "V2", 5.1], ["P-1", "V2", 5.9], ["P-2", "V2", 4.0]]
    asked = review(sheet(rows), accept=False)
    question = next(q for q in asked.open_questions if q.kind == "conflict")
    made = review(sheet(rows), answers={question.id: "repeats"})
    assert sorted(frame(made).query("patient == 'P-1'")["number"]) == [5.1, 5.9]
    assert made.counts.set_apart == 0


def test_that_a_contradiction_at_a_visit_of_its_own_calls_it_as_people_do():
    rows = [["Patient", "Visit", "Treg (%)"], ["P-1", "Visit X", 5.1], ["P-1", "Visit X", 5.9]]
    question = next(q for q in review(sheet(rows), accept=False).questions if q.kind == "conflict")
    assert question.evidence == ("P-1, Tregs (% of CD4+) at Visit X: C2: 5.1, C3: 5.9",)


def test_that_an_error_in_the_column_of_ids_is_nobody_and_nobody_s_rows_follow_it():
    rows = [["Patient", "Visit", "Treg (%)"], ["P1", "V2", 5.1], ["", "V4", 5.2], ["P2", "V2", 6.1]]
    rows += [["", "V4", 6.2], [Marked("#N/A", ERROR), "V2", 7.1], ["", "V4", 7.2], ["P3", "V2", 8.1]]
    made = review(sheet(rows))
    assert set(values(made, "treg_percent")) == {
        ("P1", "V2"), ("P1", "V4"), ("P2", "V2"), ("P2", "V4"), ("P3", "V2"),
    }  # fmt: skip
    assert {("no-patient", "A6"), ("no-patient", "A7")} <= {(i.code, i.cell) for i in made.issues}
    assert all(account.balanced for account in made.accounts)
