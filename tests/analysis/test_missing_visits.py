"""Visits missing by reason, and visits by calendar month, counted by hand on one small study."""

from __future__ import annotations

from made_up_study import Values, VisitRow, made_up

from mirocals_desktop.analysis.follow_up import VisitGrid, VisitState, derive_visit_grid
from mirocals_desktop.analysis.missing_visits import HELD, NOT_EXPECTED, REASONS, summarise_missing
from mirocals_desktop.analysis.patient_status import derive_statuses
from mirocals_desktop.analysis.visit_months import derive_visit_months

# The data speak of 2025-01-01. Visits BL, M3, M6, M9, M12 on days 0, 90 ... 360, 14 days either side.
DAY_0 = {"randomisation_date": "2024-01-01"}
PATIENTS: dict[str, Values] = {
    "001": {**DAY_0, "last_contact_date": "2024-12-31"},  # M6 called missed, M9 skipped, M12 held late
    "002": {**DAY_0, "death_date": "2024-05-01"},  # after M3
    "003": {**DAY_0, "withdrawal_date": "2024-08-01"},  # after M6
    "004": {"randomisation_date": "2024-07-01", "last_contact_date": "2024-10-01"},  # M6 due on 28 December
    "005": {"randomisation_date": "2024-05-01", "last_contact_date": "2024-08-01"},  # M6 overdue
    "006": {**DAY_0, "last_contact_date": "2024-10-01"},  # M12 never came, and nobody knows why
}
VISITS: list[VisitRow] = [
    ("001", "BL", "2024-01-01", {}),
    ("001", "M3", "2024-03-31", {}),
    ("001", "M6", "", {"visit_status": "missed", "missed_reason": "hospital"}),
    ("001", "M12", "2024-12-31", {}),
    ("002", "BL", "2024-01-01", {}),
    ("002", "M3", "2024-03-31", {}),
    ("003", "BL", "2024-01-02", {}),
    ("003", "M3", "2024-03-31", {}),
    ("003", "M6", "2024-06-29", {}),
    ("004", "BL", "2024-07-01", {}),
    ("004", "M3", "2024-09-29", {}),
    ("005", "BL", "2024-05-01", {}),
    ("005", "M3", "2024-07-30", {}),
    ("006", "BL", "2024-01-01", {}),
    ("006", "M3", "2024-03-31", {}),
    ("006", "M6", "2024-06-29", {}),
    ("006", "M9", "2024-09-27", {}),
]


def grid_of(patients: dict[str, Values], visits: list[VisitRow]) -> VisitGrid:
    study = made_up(patients, visits=visits)
    return derive_visit_grid(study, derive_statuses(study))


def test_that_missing_visits_are_counted_by_reason() -> None:
    missing = summarise_missing(grid_of(PATIENTS, VISITS))
    assert missing.held.tolist() == [6, 6, 2, 1, 1]
    assert {reason: counts.tolist() for reason, counts in missing.missing.items()} == {
        "died": [0, 0, 1, 1, 1],
        "withdrew": [0, 0, 0, 1, 1],
        "late": [0, 0, 1, 0, 0],
        "not_done": [0, 0, 1, 0, 0],
        "not_entered": [0, 0, 0, 1, 1],
    }
    assert missing.told == (("hospital", 1),)
    assert list(missing.missing) == list(REASONS)


def test_that_the_map_puts_who_was_lost_first_at_the_top() -> None:
    grid = grid_of(PATIENTS, VISITS)
    missing = summarise_missing(grid)
    assert missing.cells[0].tolist() == [HELD, HELD, 3, 4, HELD]
    assert missing.cells[3].tolist() == [HELD, HELD, NOT_EXPECTED, NOT_EXPECTED, NOT_EXPECTED]
    assert [grid.patients[row] for row in missing.order()] == ["002", "005", "004", "003", "006", "001"]


def test_that_a_month_shows_its_visit_and_of_two_the_one_that_needs_action() -> None:
    grid = grid_of(PATIENTS, VISITS)
    months = derive_visit_months(grid)
    names = [visit.code for visit in months.grid.visits]
    assert (names[0], names[-1], len(names)) == ("2024-01", "2024-12", 12)
    row = grid.patients.index("001")
    state = dict(zip(names, months.grid.state[row].tolist(), strict=True))
    assert state["2024-01"] == VisitState.DONE
    assert state["2024-02"] == VisitState.NOT_EXPECTED
    assert state["2024-06"] == VisitState.MISSED  # planned for 29 June
    assert months.place[row].tolist()[:3] == [0, -1, 1]
    late = grid.patients.index("005")
    assert dict(zip(names, months.grid.state[late].tolist(), strict=True))["2024-10"] == VisitState.OVERDUE
    twice = grid_of(
        {"005": PATIENTS["005"]},
        [("005", "BL", "2024-05-01", {}), ("005", "M3", "2024-07-30", {}), ("005", "UNS", "2024-07-31", {})],
    )
    assert derive_visit_months(twice).together.max() == 1  # what the plan lacks has no column


def test_that_two_visits_in_one_month_share_a_cell() -> None:
    from made_up_study import protocol_text

    text = protocol_text(
        [("BL", "Baseline", 0, ()), ("W1", "Week 1", 7, ()), ("M3", "Month 3", 90, ())], window=2
    )
    study = made_up(
        {"001": {**DAY_0, "last_contact_date": "2024-12-31"}},
        visits=[("001", "BL", "2024-01-01", {}), ("001", "W1", "2024-01-20", {})],
        protocol=text,
    )
    months = derive_visit_months(derive_visit_grid(study, derive_statuses(study)))
    assert months.together[0, 0] == 2
    assert months.grid.state[0, 0] == VisitState.OUTSIDE
    assert months.place[0, 0] == 1


def test_that_a_study_without_visits_has_no_months_and_nothing_missing() -> None:
    grid = grid_of({"001": DAY_0}, [])
    assert derive_visit_months(grid).grid.visits == ()
    assert summarise_missing(grid).held.tolist() == []
