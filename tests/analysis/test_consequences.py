"""What a change would do to the endpoint: whose time stops otherwise, and the numbers before and after."""

from __future__ import annotations

from typing import Any

from made_up_study import made_up

from mirocals_desktop.analysis.consequences import compare_endpoint

START = "2024-01-01"


def patients(**changes: dict[str, str]) -> dict[str, Any]:
    """Six patients in two arms, of whom 002 dies on day 100; `changes` by p and id."""
    found: dict[str, Any] = {
        f"00{n}": {
            "randomisation_date": START,
            "arm": ("active", "placebo")[n % 2],
            "last_contact_date": "2024-12-01",
        }
        for n in range(1, 7)
    }
    found["002"]["death_date"] = "2024-04-10"
    for name, more in changes.items():
        found.setdefault(name.removeprefix("p"), {}).update(more)
    return found


def test_that_a_death_that_comes_in_is_named_with_its_day() -> None:
    told = compare_endpoint(made_up(patients()), made_up(patients(p003={"death_date": "2024-05-30"})))
    (change,) = told.changes
    assert (change.patient, change.known, change.event, change.changed_event) == ("003", True, True, True)
    assert "150" in change.after
    assert change.before != change.after
    before, after = told.survival
    assert before is not None
    assert after is not None
    assert round(before, 6) == round(5 / 6, 6)
    assert round(after, 6) == round(4 / 6, 6)
    assert told.day == 300
    assert all(p is not None for p in told.p)
    assert told.p[0] != told.p[1]


def test_that_nothing_is_said_where_no_time_changes() -> None:
    told = compare_endpoint(made_up(patients()), made_up(patients(p004={"site": "FR01"})))
    assert told.changes == ()
    assert told.survival[0] == told.survival[1]


def test_that_new_patients_come_after_those_whose_endpoint_changes() -> None:
    new = {"randomisation_date": START, "arm": "active", "last_contact_date": "2024-12-01"}
    told = compare_endpoint(
        made_up(patients()), made_up(patients(p009=new, p005={"death_date": "2024-03-01"}))
    )
    assert [(change.patient, change.known) for change in told.changes] == [("005", True), ("009", False)]


def test_that_a_study_without_patients_has_no_before() -> None:
    told = compare_endpoint(made_up({}), made_up(patients()))
    assert told.before is None
    assert told.after is not None
    assert told.survival[0] is None
    assert len(told.changes) == 6


def test_that_a_blinded_study_is_pooled() -> None:
    told = compare_endpoint(
        made_up(patients(), blinded=True),
        made_up(patients(p003={"death_date": "2024-05-30"}), blinded=True),
    )
    assert told.p == (None, None)
    assert told.after is not None
    assert told.after.grouping is None
    assert [change.patient for change in told.changes] == ["003"]
