"""CDISC tables (ADSL, ADTTE, AE, LB): times with an origin elsewhere, results in two forms."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from books import sheet
from reviews import codes, empty_facts, frame, new_study, of_patient, review, values

from mirocals_desktop.importing.commit import accept_suggestions, commit, gather_facts
from mirocals_desktop.importing.grid import Sheet, Workbook
from mirocals_desktop.importing.review import Review

COUNT = 8


def start(n: int) -> date:
    return date(2018, 1, 1) + timedelta(days=20 * n)


def adsl(*, origin: str = "RANDDT", death: bool = False, one_more: int = 0) -> Sheet:
    """Patients with the date that times count from; `death` adds when they died, `one_more` days later."""
    rows = [["STUDYID", "USUBJID", "SUBJID", "AGEU", "SEX", "ARM", origin, *(["DTHDT"] if death else [])]]
    for n in range(1, COUNT + 1):
        died = start(n) + timedelta(days=200 + n - one_more) if n % 2 else None
        arm = "IL-2" if n % 3 else "Placebo"
        rows.append(["M", f"01-{n:03d}", n, "YEARS", "F", arm, start(n), *([died] if death else [])])
    return sheet(rows, name="ADSL")


def adtte(*more: str) -> Sheet:
    """Times to death or censoring; the odd ones died."""
    rows = [["STUDYID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "CNSR"]]
    rows += [["M", f"01-{n:03d}", "OS", "Overall survival", 200 + n, 1 - n % 2] for n in range(1, COUNT + 1)]
    rows += [["M", f"01-{n:03d}", code, code, 90 + n, 0] for code in more for n in range(1, COUNT + 1)]
    return sheet(rows, name="ADTTE")


def asked(made: Review, kind: str) -> list[str]:
    return [question.id for question in made.open_questions if question.id.startswith(kind)]


def ends(shift: int = 0) -> dict[str, str]:
    return {
        f"01-{n:03d}": (start(n) + timedelta(days=200 + n - shift)).isoformat() for n in range(1, COUNT + 1)
    }


def test_that_times_count_from_the_randomisation_of_another_table_of_the_import():
    made = review(adsl(), adtte(), accept=False)
    assert asked(made, "duration|") == ["duration|adtte|aval"]
    assert asked(made, "duration-from") == []
    assert of_patient(review(adsl(), adtte()), "end_of_follow_up_date") == ends()
    assert of_patient(review(adtte(), adsl()), "end_of_follow_up_date") == ends()


def test_that_times_count_from_the_randomisation_that_the_study_holds(tmp_path: Path):
    with new_study(tmp_path) as study:
        commit(study, accept_suggestions(study, [Workbook("adsl.xlsx", "1" * 64, "xlsx", (adsl(),))]))
        made = review(adtte(), facts=gather_facts(study))
    assert of_patient(made, "end_of_follow_up_date") == ends()


def test_that_times_from_the_first_dose_are_asked_about_and_the_study_may_start_there():
    made = review(adsl(origin="TRTSDT"), adtte(), accept=False)
    assert asked(made, "duration-from") == ["duration-from|adtte|aval"]
    made = review(adsl(origin="TRTSDT"), adtte())
    assert of_patient(made, "end_of_follow_up_date") == ends()
    assert made.options == {"origin": "first_dose_date"}


def test_that_known_deaths_tell_whether_the_first_day_is_day_0_or_day_1():
    known = {"duration|adtte|aval": "days", "column|adtte|aval": "duration"}
    for shift in (0, 1):
        made = review(adsl(death=True, one_more=shift), adtte(), answers=known)
        question = next(q for q in made.questions if q.id.startswith("duration-from"))
        assert question.suggested == ("randomisation_date+1" if shift else "randomisation_date")
        assert question.evidence
        assert of_patient(made, "end_of_follow_up_date") == ends(shift)
        assert "dates-out-of-order" not in dict(codes(made))


def test_that_times_without_any_origin_are_asked_about_and_stay_numbers():
    made = review(adtte(), accept=False)
    question = next(q for q in made.questions if q.id.startswith("duration-from"))
    assert question.open
    assert "ADSL" in question.text
    made = review(adtte())
    assert of_patient(made, "aval") == {f"01-{n:03d}": 200 + n for n in range(1, COUNT + 1)}
    assert of_patient(made, "end_of_follow_up_date") == {}
    said = [issue for issue in made.issues if issue.code == "death-without-date"]
    assert len(said) == 1
    assert said[0].cells == ("F2", "F4", "F6", "F8")


def test_that_rows_of_other_endpoints_are_told():
    made = review(adsl(), adtte("TTTRACH"))
    assert of_patient(made, "end_of_follow_up_date") == ends()
    told = next(issue for issue in made.issues if issue.code == "other-endpoint")
    assert (told.cell, len(told.cells)) == ("A10", COUNT)


def test_that_housekeeping_columns_are_left_out_with_the_reason_and_without_a_question():
    made = review(adsl(), accept=False)
    assert not made.open_questions
    assert {c.header for c in made.left_out} == {"STUDYID", "SUBJID", "AGEU"}
    assert all("rows of the file" in c.reason for c in made.left_out)


def test_that_a_copy_of_a_column_is_left_out_and_one_that_differs_is_asked_about():
    rows = [["USUBJID", "SEX", "ARM", "TRT01P", "TRT01A"]]
    rows += [[f"01-{n}", "F", "IL-2", "IL-2", "Placebo" if n == 3 else "IL-2"] for n in range(1, 9)]
    made = review(sheet(rows, name="ADSL"), accept=False)
    assert [(c.header, c.reason) for c in made.left_out] == [("TRT01P", "another column says the same")]
    assert asked(made, "column") == ["column|adsl|trt01a"]


def test_that_a_laboratory_table_takes_the_form_of_the_results_that_says_more():
    head = ["DOMAIN", "USUBJID", "LBSEQ", "LBTESTCD", "LBTEST", "LBORRES", "LBORRESU"]
    rows = [[*head, "LBSTRESC", "LBSTRESN", "LBSTRESU", "LBBLFL", "VISITNUM", "VISIT", "LBDTC", "LBDY"]]
    for n in range(1, 7):
        for visit, day in (("V2", date(2018, 1, n)), ("V4", date(2018, 2, n))):
            low = n == 1
            pnfh = ["<0.0625" if low else 1.2 + n, "ng/mL"]
            standard = ["<62.5" if low else 1200.0 + 1000 * n, None if low else 1200.0 + 1000 * n, "pg/mL"]
            of_visit = ["Y" if visit == "V2" else None, int(visit[1]), visit, day.isoformat(), 1]
            rows.append(["LB", f"01-{n}", 1, "NFLH", "CSF pNFH", *pnfh, *standard, *of_visit])
            treg = [55.5 + n, "cells/uL", 55.5 + n, 55.5 + n, "cells/uL"]
            rows.append(["LB", f"01-{n}", 2, "TREG", "Tregs", *treg, *of_visit])
    made = review(sheet(rows, name="LB"), accept=False)
    assert not made.open_questions
    pnfh = values(made, "csf_pnfh")
    assert (pnfh["01-1", "V2"], pnfh["01-2", "V4"]) == (62.5, 3200.0)
    below = frame(made).query("variable == 'csf_pnfh' and qualifier == '<'")
    assert len(below) == 2
    assert values(made, "treg_count")["01-3", "V4"] == 58.5
    assert values(made, "visit_date")["01-3", "V4"] == "2018-02-03"
    assert all(account.balanced for account in made.accounts)


def test_that_a_result_in_the_form_that_is_not_read_is_told():
    rows = [["USUBJID", "VISIT", "LBTEST", "LBSTRESN", "LBORRES", "LBSTRESU"]]
    rows += [
        [f"01-{n}", "V2", "CSF pNFH", 1000 + n, 1000 + n if n != 4 else None, "pg/mL"] for n in range(1, 8)
    ]
    rows[2][3], rows[2][4] = None, "<62.5"
    made = review(sheet(rows, name="LB"))
    told = {issue.code for issue in made.issues}
    assert values(made, "csf_pnfh").get(("01-2", "V2")) == 62.5 or "result-elsewhere" in told


@pytest.mark.parametrize("flag", ["Y", None])
def test_that_a_death_flag_without_y_says_nothing(flag: str | None):
    rows = [["USUBJID", "SEX", "RANDDT", "DTHFL", "DTHDT"]]
    rows += [
        [f"01-{n}", "F", start(n), flag if n % 2 else None, start(n + 9) if n % 2 and flag else None]
        for n in range(1, 9)
    ]
    made = review(sheet(rows, name="ADSL"))
    dead = [patient for patient, status in of_patient(made, "vital_status").items() if status == "dead"]
    assert len(dead) == (4 if flag else 0)
    assert "alive" not in of_patient(made, "vital_status").values()


def test_that_an_adverse_event_table_becomes_a_log_without_questions():
    rows = [
        ["STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AETERM", "AESEV", "AESER", "AEREL", "AESTDTC", "AESTDY"]
    ]
    rows += [
        ["M", "AE", f"01-{n}", 1, "Headache", "MILD", "N", "RELATED", f"2018-02-{n:02d}", 9]
        for n in range(1, 8)
    ]
    rows.append(["M", "AE", "01-1", 2, "Fever", "SEVERE", "Y", "NOT RELATED", "2018-03", None])
    made = review(adsl(), sheet(rows, name="AE"), facts=empty_facts(), accept=False)
    assert [q.id for q in made.open_questions] == []
    log = frame(made)
    assert sorted(log[log["variable"] == "ae_start_date"]["text"])[-1] == "2018-03"
    assert (log["variable"] == "ae_serious").sum() == 8
