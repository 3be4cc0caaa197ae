"""ALSFRS-R as a study holds it: gathered by visit, scored, staged, dated and checked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from made_up_study import Values, VisitRow, made_up

from mirocals_desktop.analysis.assessments import Assessments, check_assessments, derive_assessments
from mirocals_desktop.analysis.calendar_days import (
    as_text,
    day_numbers,
    read_days,
    read_first_days,
    read_last_days,
)
from mirocals_desktop.analysis.findings import Finding

DAY_0 = {"randomisation_date": "2024-01-01"}
FULL: Values = {f"alsfrs_r_{n}": 4 for n in ("1", "2", "3", "4", "5a", *range(6, 13))}


def assess(facts: Values, *visits: VisitRow) -> tuple[pd.Series[object], list[Finding], Assessments]:
    """The first assessment, the findings and all of it."""
    study = made_up({"001": {**DAY_0, **facts}}, visits=visits)
    found = derive_assessments(study)
    return found.rows.iloc[0], check_assessments(study, found), found


def without(*items: str) -> dict[str, float | str]:
    return {code: value for code, value in FULL.items() if code.removeprefix("alsfrs_r_") not in items}


def test_that_the_items_of_a_visit_make_one_scored_assessment() -> None:
    row, findings, found = assess({}, ("001", "M3", "2024-04-01", {**FULL, "alsfrs_r_8": 2}))
    assert len(found.rows) == 1
    assert (row["total"], row["total_from"], row["gross_motor"]) == (46, "items", 10)
    assert (row["kings"], row["mitos"]) == (1, 0)
    assert (row["day"], row["date"]) == (91, "2024-04-01")
    assert findings == []


def test_that_a_stated_total_stands_alone_only_where_no_item_is_given() -> None:
    row, findings, _all = assess({}, ("001", "M3", "2024-04-01", {"alsfrs_r_total": 37}))
    assert (row["total"], row["total_from"]) == (37, "stated")
    assert np.isnan(row["kings"])
    assert findings == []
    row, findings, _all = assess({}, ("001", "M3", "2024-04-01", {**without("7", "9"), "alsfrs_r_total": 37}))
    assert np.isnan(row["total"])
    assert row["total_from"] == ""
    assert [f.message for f in findings] == [
        "Patient 001, Month 3: 2 of 12 ALSFRS-R items missing, so there is no total."
    ]


def test_that_a_stated_total_must_equal_the_sum_of_its_items() -> None:
    row, (finding,), found = assess({}, ("001", "M3", "2024-04-01", {**FULL, "alsfrs_r_total": 47}))
    assert row["total"] == 48
    assert (finding.code, finding.severity, finding.variable) == ("alsfrs-total", "error", "alsfrs_r_total")
    assert finding.message == "Patient 001, Month 3: the stated ALSFRS-R total is 47, its items add up to 48."
    assert finding.observations[0] == found.ids[0, -1]
    assert len(finding.observations) == 13


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({**FULL, "alsfrs_r_5b": 3}, "alsfrs-both-5"),
        ({**FULL, "alsfrs_r_2": 5}, "alsfrs-item"),
        ({"alsfrs_r_total": 49}, "alsfrs-total-range"),
        ({"alsfrs_r_total": -1}, "alsfrs-total-range"),
    ],
)
def test_that_what_cannot_be_true_is_an_error_and_gives_no_total(values: Values, code: str) -> None:
    row, findings, _all = assess({}, ("001", "M3", "2024-04-01", values))
    assert [f.code for f in findings] == [code]
    assert findings[0].severity == "error"
    assert np.isnan(row["total"])


def test_that_a_rise_of_four_points_is_looked_at_and_one_of_three_is_not() -> None:
    visits = [
        ("001", code, day, {"alsfrs_r_total": total})
        for code, day, total in (("BL", "2024-01-01", 30), ("M3", "2024-04-01", 33), ("M6", "2024-07-01", 37))
    ]
    _row, findings, _all = assess({}, *visits)
    assert [f.message for f in findings] == [
        "Patient 001, Month 6: the ALSFRS-R total rose from 33 to 37 since Month 3."
    ]
    assert findings[0].severity == "warning"


def test_that_the_rise_of_another_patient_is_none() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0},
        visits=[
            ("001", "BL", "2024-01-01", {"alsfrs_r_total": 20}),
            ("002", "BL", "2024-01-01", {"alsfrs_r_total": 40}),
        ],
    )
    assert check_assessments(study, derive_assessments(study)) == []


def test_that_onset_gives_the_progression_rate_and_an_onset_after_the_visit_is_refused() -> None:
    row, findings, _all = assess(
        {"onset_date": "2023-04-01"}, ("001", "M3", "2024-04-01", {"alsfrs_r_total": 36})
    )
    assert row["progression"] == pytest.approx(12 / (366 / 30.4375))
    assert findings == []
    row, findings, _all = assess(
        {"onset_date": "2024-05"}, ("001", "M3", "2024-04-01", {"alsfrs_r_total": 36})
    )
    assert np.isnan(row["progression"])
    assert [f.code for f in findings] == ["alsfrs-onset"]


def test_that_a_gastrostomy_by_date_counts_from_that_day_on() -> None:
    visits = [("001", "BL", "2024-01-01", FULL), ("001", "M3", "2024-04-01", FULL)]
    _row, _findings, found = assess({"gastrostomy_date": "2024-03-01"}, *visits)
    assert found.rows["kings"].tolist() == [0, 4]


def test_that_items_without_a_date_take_that_of_their_visit_else_its_planned_day() -> None:
    study = made_up(
        {"001": DAY_0},
        visits=[
            ("001", "M3", "2024-04-02", {}),
            ("001", "M3", "", FULL),
            ("001", "M6", "", FULL),
        ],
    )
    first, second = derive_assessments(study).rows.to_dict("records")
    assert (first["date"], first["day"], first["day_planned"]) == ("2024-04-02", 92, False)
    assert (second["date"], second["day"], second["day_planned"]) == ("", 180, True)
    assert np.isnan(second["progression"])


def test_that_a_study_without_alsfrs_has_no_assessment() -> None:
    study = made_up({"001": DAY_0}, visits=[("001", "M3", "2024-04-01", {"svc_percent": 80})])
    found = derive_assessments(study)
    assert found.rows.empty
    assert check_assessments(study, found) == []


def test_that_partial_dates_mean_their_first_to_their_last_day() -> None:
    dates = ["", "2024", "2023", "2024-02", "2023-12", "2024-02-29"]
    assert as_text(read_first_days(dates)) == [
        "",
        "2024-01-01",
        "2023-01-01",
        "2024-02-01",
        "2023-12-01",
        "2024-02-29",
    ]
    assert as_text(read_last_days(dates)) == [
        "",
        "2024-12-31",
        "2023-12-31",
        "2024-02-29",
        "2023-12-31",
        "2024-02-29",
    ]
    assert as_text(read_days(dates)) == ["", "", "", "", "", "2024-02-29"]
    numbers = day_numbers(read_days(dates), np.datetime64(date(2024, 3, 1)))
    assert np.isnan(numbers[:5]).all()
    assert numbers[5] == -1
    with pytest.raises(ValueError, match="31"):
        read_first_days(["2024-02-31"])
