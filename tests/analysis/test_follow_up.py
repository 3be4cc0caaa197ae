"""Visit states, one case per rule; what is due; in what order patients need action."""

from __future__ import annotations

import time
from datetime import date, timedelta

import numpy as np
import pytest
from made_up_study import Values, VisitRow, made_up, protocol_text

from mirocals_desktop.analysis.follow_up import (
    VisitGrid,
    VisitState,
    derive_visit_grid,
    list_due,
    order_by_action,
)
from mirocals_desktop.analysis.patient_status import derive_statuses

# Windows of a patient randomised on 2024-01-01: baseline 18 Dec to 15 Jan, M3 17 Mar to 14 Apr, M6 15 Jun to
# 13 Jul, M9 13 Sep to 11 Oct, M12 12 Dec to 9 Jan 2025. Day 300, the horizon, is 27 October.
DAY_0 = {"randomisation_date": "2024-01-01"}
BASELINE: VisitRow = ("001", "BL", "2024-01-01", {})
OTHERS: list[VisitRow] = [("002", code, "", {"svc_percent": 80}) for code in ("BL", "M3", "M6", "M9", "M12")]


def grid_of(facts: Values, visits: list[VisitRow], today: str) -> VisitGrid:
    """The grid of patient 001; patient 002 has had every visit, so that the study keeps them all."""
    study = made_up({"001": facts, "002": DAY_0}, visits=visits + OTHERS, data_cut=date.fromisoformat(today))
    return derive_visit_grid(study, derive_statuses(study))


def states(facts: Values, visits: list[VisitRow], today: str) -> list[str]:
    grid = grid_of(facts, visits, today)
    assert [visit.code for visit in grid.visits] == ["BL", "M3", "M6", "M9", "M12"]
    return [VisitState(value).name for value in grid.state[0]]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2024-03-16", "OUTSIDE"),
        ("2024-03-17", "DONE"),
        ("2024-03-31", "DONE"),
        ("2024-04-14", "DONE"),
        ("2024-04-15", "OUTSIDE"),
        ("2024-04", "UNPLACED"),
        ("", "UNPLACED"),
    ],
)
def test_that_a_visit_is_in_or_outside_its_window_to_the_day(day: str, state: str) -> None:
    visit: VisitRow = ("001", "M3", day, {"svc_percent": 70})
    assert states(DAY_0, [BASELINE, visit], "2024-06-01")[1] == state


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2024-03-16", "NOT_EXPECTED"),
        ("2024-03-17", "DUE"),
        ("2024-04-14", "DUE"),
        ("2024-04-15", "OVERDUE"),
    ],
)
def test_that_a_visit_is_due_while_its_window_is_open_and_overdue_after_it(today: str, state: str) -> None:
    assert states(DAY_0, [BASELINE], today)[1] == state


def test_that_a_visit_passed_over_by_a_later_one_is_missed() -> None:
    later: VisitRow = ("001", "M6", "2024-07-01", {})
    assert states(DAY_0, [BASELINE, later], "2024-08-01") == [
        "DONE",
        "MISSED",
        "DONE",
        "NOT_EXPECTED",
        "NOT_EXPECTED",
    ]


def test_that_a_visit_recorded_as_missed_keeps_its_reason() -> None:
    missed: VisitRow = ("001", "M3", "", {"visit_status": "missed", "missed_reason": "in hospital"})
    grid = grid_of(DAY_0, [BASELINE, missed], "2024-04-01")
    assert grid.state[0, 1] == VisitState.MISSED
    assert grid.reason[0, 1] == "in hospital"
    assert grid.reason[0, 0] == ""


def test_that_death_ends_what_is_expected() -> None:
    facts = {**DAY_0, "death_date": "2024-07-01"}
    found = states(facts, [BASELINE], "2025-06-01")
    # the window of month 3 had closed while the patient lived, that of month 6 had not
    assert found == ["DONE", "MISSED", "DIED", "DIED", "DIED"]


def test_that_a_death_on_an_unknown_day_ends_everything_after_the_last_visit() -> None:
    facts = {**DAY_0, "vital_status": "dead"}
    visits: list[VisitRow] = [BASELINE, ("001", "M6", "2024-07-01", {})]
    assert states(facts, visits, "2025-06-01") == ["DONE", "MISSED", "DONE", "DIED", "DIED"]


def test_that_a_visit_dated_after_death_is_still_shown_as_held() -> None:
    facts = {**DAY_0, "death_date": "2024-02-01"}
    assert states(facts, [BASELINE, ("001", "M3", "2024-04-01", {})], "2025-06-01")[1] == "DONE"


def test_that_withdrawal_ends_what_is_expected() -> None:
    facts = {**DAY_0, "withdrawal_date": "2024-07-01"}
    assert states(facts, [BASELINE], "2025-06-01") == [
        "DONE",
        "MISSED",
        "WITHDRAWN",
        "WITHDRAWN",
        "WITHDRAWN",
    ]


def test_that_completion_ends_what_is_expected_and_leaves_gaps_missed() -> None:
    facts = {**DAY_0, "completion_date": "2024-11-01"}
    visits: list[VisitRow] = [BASELINE, ("001", "M6", "2024-07-01", {})]
    assert states(facts, visits, "2025-06-01") == ["DONE", "MISSED", "DONE", "MISSED", "NOT_EXPECTED"]


def test_that_visits_of_somebody_unknown_at_the_horizon_are_missed_and_not_overdue() -> None:
    assert states(DAY_0, [BASELINE], "2024-11-01") == ["DONE", "MISSED", "MISSED", "MISSED", "NOT_EXPECTED"]


def test_that_nothing_is_expected_of_somebody_not_randomised_but_visits_held_are_shown() -> None:
    facts = {"consent_date": "2024-01-01"}
    found = states(facts, [BASELINE], "2024-06-01")
    assert found == ["UNPLACED", *["NOT_EXPECTED"] * 4]


def test_that_the_data_cut_makes_later_visits_appointments() -> None:
    visits: list[VisitRow] = [BASELINE, ("001", "M3", "2024-04-01", {}), ("001", "M6", "2024-07-01", {})]
    assert states(DAY_0, visits, "2024-05-01")[:3] == ["DONE", "DONE", "NOT_EXPECTED"]


def test_that_of_two_records_of_a_visit_the_one_in_its_window_counts() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0},
        visits=[
            ("001", "M3", "2024-02-20", {}),
            ("001", "M3", "2024-04-01", {}),
            ("001", "UNS", "2024-02-01", {}),
            *OTHERS,
        ],
        repeats={1: 2},
        data_cut=date(2024, 6, 1),
    )
    grid = derive_visit_grid(study, derive_statuses(study))
    assert VisitState(grid.state[0, 1]) == VisitState.DONE
    assert grid.actual[0, 1] == np.datetime64("2024-04-01")
    assert grid.others[0] == 1


def test_that_a_visit_nobody_ever_had_is_expected_of_nobody_once_later_ones_were_held() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0},
        visits=[BASELINE, ("002", "M6", "2024-07-01", {})],
        data_cut=date(2024, 8, 1),
    )
    grid = derive_visit_grid(study, derive_statuses(study))
    assert [visit.code for visit in grid.visits] == ["BL", "M6", "M9", "M12"]
    assert [visit.code for visit in grid.left_out] == ["M3"]
    assert VisitState(grid.state[0, 1]) == VisitState.OVERDUE
    assert VisitState(grid.state[1, 0]) == VisitState.MISSED


def test_that_a_visit_that_one_patient_is_recorded_to_have_missed_is_kept() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0},
        visits=[BASELINE, ("001", "M3", "", {"visit_status": "missed"}), ("002", "M6", "2024-07-01", {})],
        data_cut=date(2024, 8, 1),
    )
    grid = derive_visit_grid(study, derive_statuses(study))
    assert grid.left_out == ()
    assert grid.count(VisitState.MISSED).tolist() == [1, 2, 0, 0, 0]


def test_that_nothing_is_expected_in_a_study_without_any_visit() -> None:
    study = made_up({"001": DAY_0}, data_cut=date(2024, 8, 1))
    grid = derive_visit_grid(study, derive_statuses(study))
    assert grid.visits == ()
    assert list_due(grid).empty


def test_that_counts_and_days_off_read_the_grid() -> None:
    grid = grid_of(DAY_0, [BASELINE, ("001", "M3", "2024-04-20", {})], "2024-06-20")
    assert grid.count(VisitState.OUTSIDE).tolist() == [0, 1, 0, 0, 0]
    assert grid.count(VisitState.DONE, VisitState.UNPLACED).tolist() == [2, 1, 1, 1, 1]
    assert grid.has(VisitState.DUE).tolist() == [True, False]
    assert grid.days_off()[0, :2].tolist() == [0, 20]
    assert np.isnat(grid.actual[0, 2])
    assert np.isnan(grid.days_off()[0, 2])


def test_that_the_due_list_begins_with_the_longest_overdue_and_says_when() -> None:
    study = made_up(
        {
            "001": DAY_0,
            "002": {"randomisation_date": "2024-01-20"},
            "003": {"randomisation_date": "2024-02-10"},
            "004": {"randomisation_date": "2024-02-25"},
            "005": {"randomisation_date": "2024-02-25", "withdrawal_date": "2024-03-01"},
        },
        visits=[(f"00{n}", "BL", "2024-02-01", {}) for n in range(1, 6)],
        data_cut=date(2024, 5, 5),
    )
    due = list_due(derive_visit_grid(study, derive_statuses(study)))
    told = [tuple(row) for row in due[["patient", "visit", "state", "days"]].itertuples(index=False)]
    assert told == [
        ("001", "M3", "overdue", 21),
        ("002", "M3", "overdue", 2),
        ("003", "M3", "due", -19),
        ("004", "M3", "soon", -6),
    ]
    assert due["first"].iloc[0] == np.datetime64("2024-03-17")
    assert due["label"].iloc[0] == "Month 3"
    assert list_due(derive_visit_grid(study, derive_statuses(study)), within_days=5)["patient"].tolist() == [
        "001",
        "002",
        "003",
    ]


def test_that_patients_who_need_action_come_first() -> None:
    study = made_up(
        {
            "fine": {"randomisation_date": "2024-04-25"},
            "due": {"randomisation_date": "2024-02-10"},
            "overdue": {"randomisation_date": "2024-01-20"},
            "unknown": {"randomisation_date": "2020-01-01"},
            "long overdue": DAY_0,
            "a nobody": {"consent_date": "2024-04-01"},
        },
        visits=[
            (name, "BL", "2020-02-01" if name == "unknown" else "2024-02-01", {})
            for name in ("fine", "due", "overdue", "unknown", "long overdue")
        ],
        data_cut=date(2024, 5, 5),
    )
    statuses = derive_statuses(study)
    order = order_by_action(derive_visit_grid(study, statuses), statuses)
    assert [study.patients.index[row] for row in order] == [
        "long overdue",
        "overdue",
        "due",
        "unknown",
        "fine",
        "a nobody",
    ]


def test_that_a_thousand_patients_by_thirty_visits_take_well_under_a_second() -> None:
    visits = [(f"V{n}", f"Visit {n}", 28 * n, ()) for n in range(30)]
    start = date(2023, 1, 1)
    patients = {f"{n:04}": {"randomisation_date": str(start + timedelta(days=n % 150))} for n in range(1000)}
    rows: list[VisitRow] = [
        (patient, code, str(date.fromisoformat(facts["randomisation_date"]) + timedelta(days=day)), {})
        for patient, facts in patients.items()
        for code, _name, day, _due in visits[:20]
    ]
    study = made_up(patients, visits=rows, protocol=protocol_text(visits, window=7), horizon=None)
    statuses = derive_statuses(study)
    began = time.thread_time()
    grid = derive_visit_grid(study, statuses)
    assert time.thread_time() - began < 0.5  # some 30 ms of work; the rest is a slow machine
    assert grid.state.shape == (1000, 30)
    assert grid.count(VisitState.DONE).tolist() == [1000] * 20 + [0] * 10


def test_that_a_study_without_a_plan_shows_visits_in_their_order() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0, "003": DAY_0},
        visits=[
            ("001", "", "2024-05-01", {"svc_percent": 70}),
            ("001", "", "2024-02-01", {"svc_percent": 80}),
            ("002", "", "2024-03-01", {"svc_percent": 75}),
            ("002", "UNS", "2024-02-20", {"svc_percent": 76}),
        ],
        protocol=protocol_text(()),
    )
    grid = derive_visit_grid(study, derive_statuses(study))
    assert not grid.planned
    assert [visit.code for visit in grid.visits] == ["UNS", "#1", "#2"]
    assert [grid.visit_code(column) for column in range(3)] == ["UNS", "", ""]
    assert [str(visit.label) for visit in grid.visits[1:]] == ["Visit 1", "Visit 2"]
    done, none = VisitState.DONE, VisitState.NOT_EXPECTED
    assert grid.state.tolist() == [[none, done, done], [done, done, none], [none, none, none]]
    assert grid.actual[0, 1:].astype(str).tolist() == ["2024-02-01", "2024-05-01"]
    assert list_due(grid).empty


def test_that_a_plan_that_fits_fewer_than_half_of_the_visits_is_not_held_against_the_patients() -> None:
    # day 0 and day 92 fall in windows of the plan, days 45, 130 and 230 in none
    days = ["2024-01-01", "2024-02-15", "2024-04-02", "2024-05-10", "2024-08-18"]
    fitting = [("001", "", day, {"svc_percent": 70}) for day in (days[0], days[2], days[1])]
    study = made_up({"001": DAY_0}, visits=fitting)
    assert derive_visit_grid(study, derive_statuses(study)).planned
    study = made_up({"001": DAY_0}, visits=[("001", "", day, {"svc_percent": 70}) for day in days])
    grid = derive_visit_grid(study, derive_statuses(study))
    assert not grid.planned
    assert [visit.code for visit in grid.visits] == ["#1", "#2", "#3", "#4", "#5"]
    assert grid.count(VisitState.DONE).tolist() == [1] * 5
    assert not grid.has(VisitState.OVERDUE, VisitState.MISSED).any()
