"""Where a patient stands: each status, vital status derived, and the evidence of the last contact."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from made_up_study import Values, VisitRow, made_up

from mirocals_desktop.analysis.held_visits import derive_held_visits
from mirocals_desktop.analysis.patient_status import derive_statuses

RANDOMISED = "2024-01-01"  # day 300, the horizon, is 2024-10-27; the data speak of 2025-01-01


def status_of(facts: Values, *, visits: list[VisitRow] | None = None, **options: object) -> pd.Series[object]:
    study = made_up({"001": facts}, visits=visits or [], **options)  # type: ignore[arg-type]
    return derive_statuses(study).loc["001"]


@pytest.mark.parametrize(
    ("facts", "status", "vital"),
    [
        ({}, "screened", ""),
        ({"consent_date": "2024-12-01"}, "screened", ""),
        ({"consent_date": "2024-12-01", "screening_outcome": "failed"}, "not_eligible", ""),
        ({"consent_date": "2024-12-01", "riluzole_start_date": "2024-12-10"}, "run_in", ""),
        ({"randomisation_date": "2024-12-20"}, "randomised", "alive"),
        ({"randomisation_date": "2024-12-20", "first_dose_date": "2024-12-21"}, "on_treatment", "alive"),
        ({"randomisation_date": "2024-12-20", "first_dose_date": "2025-01-21"}, "randomised", "alive"),
        ({"randomisation_date": "2025-01-20"}, "screened", ""),  # planned, not yet done
        ({"randomisation_date": RANDOMISED, "completion_date": "2024-10-20"}, "completed", "unknown"),
        ({"randomisation_date": RANDOMISED, "last_contact_date": "2024-10-27"}, "completed", "alive"),
        ({"randomisation_date": RANDOMISED, "last_contact_date": "2024-10-26"}, "unknown", "unknown"),
        ({"randomisation_date": RANDOMISED}, "unknown", "unknown"),
        ({"randomisation_date": RANDOMISED, "vital_status": "alive"}, "unknown", "unknown"),
        ({"randomisation_date": RANDOMISED, "withdrawal_date": "2024-05-01"}, "withdrawn", "unknown"),
        (
            {
                "randomisation_date": RANDOMISED,
                "withdrawal_date": "2024-05-01",
                "last_contact_date": "2024-12-01",
            },
            "completed",
            "alive",
        ),
        ({"randomisation_date": "2024-12-01", "withdrawal_date": "2024-12-20"}, "withdrawn", "alive"),
        ({"randomisation_date": "2024-12-01", "withdrawal_reason": "travel"}, "withdrawn", "alive"),
        ({"randomisation_date": RANDOMISED, "death_date": "2024-05-01"}, "died", "dead"),
        ({"randomisation_date": RANDOMISED, "death_date": "2024-05"}, "died", "dead"),
        ({"randomisation_date": RANDOMISED, "vital_status": "dead"}, "died", "dead"),
        ({"consent_date": "2024-01-01", "death_date": "2024-05-01"}, "died", "dead"),
        ({"randomisation_date": "2024-12-01", "death_date": "2025-05-01"}, "randomised", "alive"),
    ],
)
def test_that_status_and_vital_status_follow_from_what_is_known(
    facts: Values, status: str, vital: str
) -> None:
    found = status_of(facts)
    assert (found["status"], found["vital"]) == (status, vital)


def test_that_a_stored_alive_never_makes_somebody_known_alive_at_the_horizon() -> None:
    found = status_of(
        {"randomisation_date": RANDOMISED, "vital_status": "alive", "last_contact_date": "2024-06"}
    )
    assert found["vital"] == "unknown"


def test_that_a_visit_or_a_dose_is_a_contact_as_good_as_a_call() -> None:
    facts = {"randomisation_date": RANDOMISED, "last_contact_date": "2024-03-01"}
    visit = status_of(facts, visits=[("001", "M12", "2024-12-20", {"svc_percent": 80})])
    assert (visit["vital"], visit["last_contact_from"], visit["last_contact_visit"]) == (
        "alive",
        "visit",
        "M12",
    )
    assert visit["last_contact"] == pd.Timestamp("2024-12-20")
    assert visit["last_contact_day"] == 354
    dose = status_of(facts, doses=[("001", "2024-03-02")])
    assert (dose["last_contact_from"], dose["last_contact_day"]) == ("dose", 61)


def test_that_of_two_contacts_on_one_day_the_recorded_one_is_the_evidence() -> None:
    facts = {"randomisation_date": RANDOMISED, "last_contact_date": "2024-04-01"}
    found = status_of(facts, visits=[("001", "M3", "2024-04-01", {})])
    assert found["last_contact_from"] == "last_contact_date"


def test_that_a_contact_after_the_data_cut_does_not_count() -> None:
    facts = {"randomisation_date": RANDOMISED, "last_contact_date": "2024-12-31"}
    found = status_of(facts, visits=[("001", "M3", "2024-04-01", {})], data_cut=date(2024, 11, 30))
    assert found["last_contact_from"] == "visit"
    assert found["vital"] == "unknown"


def test_that_a_month_only_contact_counts_from_its_first_day() -> None:
    found = status_of({"randomisation_date": RANDOMISED, "last_contact_date": "2024-10"})
    assert found["vital"] == "unknown"  # it may have been on the 1st, before day 300
    found = status_of({"randomisation_date": RANDOMISED, "last_contact_date": "2024-11"})
    assert found["vital"] == "alive"


def test_that_a_planned_appointment_or_a_missed_visit_is_no_contact() -> None:
    facts = {"randomisation_date": RANDOMISED}
    later = [("001", "M12", "2025-01-10", {})]
    assert status_of(facts, visits=later)["last_contact_from"] == "randomisation_date"  # type: ignore[arg-type]
    missed = [("001", "M12", "2024-12-28", {"visit_status": "missed", "missed_reason": "in hospital"})]
    assert status_of(facts, visits=missed)["last_contact_from"] == "randomisation_date"  # type: ignore[arg-type]


def test_that_a_visit_called_missed_took_place_when_it_has_a_measurement() -> None:
    study = made_up(
        {"001": {"randomisation_date": RANDOMISED}},
        visits=[
            ("001", "M3", "2024-04-01", {"visit_status": "missed", "svc_percent": 70}),
            ("001", "M6", "2024-07-01", {"visit_status": "missed"}),
            ("001", "M9", "", {"svc_percent": 60}),
        ],
    )
    done = dict(zip(study.visits["visit"], derive_held_visits(study).done, strict=True))
    assert done == {"M3": True, "M6": False, "M9": True}


def test_that_without_a_horizon_nobody_is_unknown_and_the_last_visit_completes() -> None:
    facts = {"randomisation_date": "2020-01-01"}
    found = status_of(facts, horizon=None)
    assert (found["status"], found["vital"]) == ("randomised", "alive")
    found = status_of(facts, horizon=None, visits=[("001", "M12", "2020-12-27", {})])
    assert found["status"] == "completed"
