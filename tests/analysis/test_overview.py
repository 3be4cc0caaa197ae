"""The overview's numbers, by hand, on small studies; the checks of follow-up, one case each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date

import numpy as np
import pytest
from made_up_study import Values, VisitRow, made_up, protocol_text

from mirocals_desktop.analysis.findings import Finding
from mirocals_desktop.analysis.follow_up_checks import check_follow_up, find_outside_limits
from mirocals_desktop.analysis.overview import Completeness, restrict_overview, summarise_study
from mirocals_desktop.analysis.patient_status import derive_statuses

DAY_0 = {"randomisation_date": "2024-01-01"}


def test_that_enrolment_counts_by_day_and_leaves_out_what_is_still_to_come() -> None:
    study = made_up(
        {
            "001": {"consent_date": "2023-11-01", "randomisation_date": "2024-01-10"},
            "002": {"consent_date": "2023-11-01"},
            "003": {"randomisation_date": "2024-01-05"},
            "004": {"consent_date": "2025-02-01"},
            "005": {},
        }
    )
    enrolment = summarise_study(study).enrolment
    assert enrolment.days.astype(str).tolist() == ["2023-11-01", "2024-01-05", "2024-01-10"]
    assert enrolment.screened.tolist() == [2, 3, 3]
    assert enrolment.randomised.tolist() == [0, 1, 2]


def test_that_patients_are_counted_by_status_and_listed_by_vital_status() -> None:
    study = made_up(
        {
            "001": {**DAY_0, "death_date": "2024-05-01"},
            "002": {**DAY_0, "last_contact_date": "2024-12-01"},
            "003": DAY_0,
            "004": {"consent_date": "2024-12-01"},
            "005": {"consent_date": "2024-12-01", "vital_status": "dead"},
        }
    )
    overview = summarise_study(study)
    assert overview.by_status() == [("screened", 1), ("completed", 1), ("unknown", 1), ("died", 2)]
    assert overview.count("died") == 2
    assert overview.patients(vital="dead") == {"001"}  # 005 was never randomised
    assert overview.patients(vital="alive") == {"002"}
    assert overview.patients(vital="unknown") == {"003"}


def cell(completeness: Completeness, variable: str, visit: str) -> tuple[int, int, int, tuple[str, ...]]:
    """Present, held, expected and who lacks the value."""
    row = [v.code for v in completeness.variables].index(variable)
    column = [v.code for v in completeness.visits].index(visit)
    return (
        int(completeness.present[row, column]),
        int(completeness.held[row, column]),
        int(completeness.expected[row, column]),
        completeness.lacking(row, column),
    )


def test_that_completeness_tells_values_there_from_visits_held_and_visits_expected() -> None:
    items: Values = {f"alsfrs_r_{n}": 3 for n in ("1", "2", "3", "4", "5a", *range(6, 13))}
    study = made_up(
        {"001": DAY_0, "002": DAY_0, "003": DAY_0, "004": DAY_0},
        visits=[
            ("001", "BL", "2024-01-01", {**items, "svc_percent": 90}),
            ("002", "BL", "2024-01-01", {"alsfrs_r_1": 4, "svc_percent": 80}),
            ("003", "BL", "2024-01-01", {"alsfrs_r_total": 44}),
            ("001", "M3", "2024-04-01", {"weight": 70}),
        ],
        data_cut=date(2024, 5, 1),
    )
    completeness = summarise_study(study).completeness
    # an assessment with one item of twelve has no total; patient 004 had no baseline at all
    assert cell(completeness, "alsfrs_r_total", "BL") == (2, 3, 4, ("002",))
    assert cell(completeness, "svc_percent", "BL") == (2, 3, 4, ("003",))
    assert cell(completeness, "svc_percent", "M3") == (0, 1, 4, ("001",))
    assert cell(completeness, "weight", "M3")[:2] == (1, 1)  # asked for nowhere, so due where anybody has it
    assert completeness.share == pytest.approx(5 / 9)
    row = [v.code for v in completeness.variables].index("alsfrs_r_total")
    assert completeness.due[row].tolist() == [True] * 5
    assert [variable.code for variable in completeness.never] == ["treg_percent"]


def test_that_completeness_without_a_plan_goes_by_the_order_of_visits() -> None:
    study = made_up(
        {"001": DAY_0, "002": DAY_0},
        visits=[
            ("001", "", "2024-02-01", {"svc_percent": 90, "weight": 70}),
            ("001", "", "2024-05-01", {"svc_percent": 80}),
            ("002", "", "2024-03-01", {"weight": 65}),
        ],
        protocol=protocol_text(()),
    )
    completeness = summarise_study(study).completeness
    assert cell(completeness, "svc_percent", "#1") == (1, 2, 2, ("002",))
    assert cell(completeness, "svc_percent", "#2") == (1, 1, 1, ())
    assert cell(completeness, "weight", "#1") == (2, 2, 2, ())
    assert cell(completeness, "weight", "#2")[:3] == (0, 0, 0)  # nobody has it there, so it is not due


def found(
    facts: Values, visits: list[VisitRow] | None = None, data_cut: date | None = date(2025, 1, 1)
) -> list[Finding]:
    study = made_up({"001": facts}, visits=visits or [], data_cut=data_cut)
    return check_follow_up(study, derive_statuses(study))


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({**DAY_0, "last_contact_date": "2024-06-01", "onset_date": "2023-02"}, []),
        ({**DAY_0, "vital_status": "alive", "death_date": "2024-05-01"}, ["alive-and-dead"]),
        ({**DAY_0, "vital_status": "dead"}, ["death-without-date"]),
        ({**DAY_0, "death_date": "2024-05-01", "last_contact_date": "2024-05-02"}, ["after-death"]),
        ({**DAY_0, "death_date": "2024-05", "last_contact_date": "2024-05-20"}, []),
        ({**DAY_0, "death_date": "2023-12-31"}, ["after-death"]),
        ({**DAY_0, "onset_date": "2024-02-01"}, ["date-order"]),
        ({**DAY_0, "onset_date": "2024-01"}, []),  # the month may have begun before day 0
        ({**DAY_0, "onset_date": "2023-05-01", "diagnosis_date": "2023-04"}, ["date-order"]),
        ({**DAY_0, "consent_date": "2024-01-02"}, ["date-order"]),
        ({**DAY_0, "first_dose_date": "2023-12-31"}, ["date-order"]),
    ],
)
def test_that_dates_that_cannot_both_be_true_are_found(facts: Values, codes: list[str]) -> None:
    assert [finding.code for finding in found(facts)] == codes


def test_that_a_finding_names_the_patient_the_dates_and_their_observations() -> None:
    (finding,) = found({**DAY_0, "death_date": "2024-05-01", "last_contact_date": "2024-05-02"})
    assert finding.patient == "001"
    assert finding.variable == "last_contact_date"
    assert finding.observations == (3, 2)
    assert finding.message == "Patient 001: last contact date is after death."
    assert finding.severity == "error"


def test_that_visits_after_death_or_out_of_order_or_before_consent_are_found() -> None:
    visits: list[VisitRow] = [
        ("001", "BL", "2024-04-02", {}),
        ("001", "M3", "2024-04-01", {"svc_percent": 80}),
    ]
    assert [(f.code, f.visit) for f in found(DAY_0, visits)] == [("visit-order", "M3")]
    dead = {**DAY_0, "death_date": "2024-03-31"}
    after = {(f.code, f.visit) for f in found(dead, visits)}
    assert {("after-death", "BL"), ("after-death", "M3")} <= after
    late = {**DAY_0, "consent_date": "2023-12-01"}
    assert [f.code for f in found(late, [("001", "BL", "2023-11-30", {})])] == ["before-consent"]


def test_that_values_with_the_date_of_another_visit_are_found_and_an_exchange_is_one_finding() -> None:
    values = {"svc_percent": 80, "treg_percent": 7}
    visits: list[VisitRow] = [("001", "M3", "2024-04-01", values), ("001", "M6", "2024-07-01", values)]
    study = made_up({"001": DAY_0}, visits=visits)

    def dated(days: Mapping[tuple[str, str], str]) -> list[Finding]:
        """The findings where a laboratory dates values of a visit as told."""
        told = study.measurements
        keys = zip(told["visit"], told["variable"], told["date"], strict=True)
        dates = [days.get((visit, variable), date) for visit, variable, date in keys]
        changed = dataclasses.replace(study, measurements=told.assign(date=dates))
        return check_follow_up(changed, derive_statuses(changed))

    assert dated({("M6", "svc_percent"): "2024-07-02"}) == []  # a day late is no exchange
    (finding,) = dated({("M3", "svc_percent"): "2024-07-01"})
    assert finding.message == "Patient 001: values of Month 3 have the date of Month 6."
    assert (finding.visit, finding.variable, len(finding.observations)) == ("M3", "svc_percent", 1)
    (finding,) = dated({("M3", "treg_percent"): "2024-07-01", ("M6", "treg_percent"): "2024-04-01"})
    assert finding.message.endswith("Month 3 have the date of Month 6, and the other way round.")
    assert len(finding.observations) == 2


def test_that_a_missed_visit_with_values_is_found() -> None:
    visits: list[VisitRow] = [("001", "M3", "2024-04-01", {"visit_status": "missed", "svc_percent": 80})]
    assert [(f.code, f.visit) for f in found(DAY_0, visits)] == [("missed-with-values", "M3")]


def test_that_a_last_contact_older_than_a_visit_is_warned_of() -> None:
    facts = {**DAY_0, "last_contact_date": "2024-03-01"}
    (finding,) = found(facts, [("001", "M3", "2024-04-01", {})])
    assert (finding.code, finding.severity) == ("last-contact-outdated", "warning")


def test_that_dates_in_the_future_are_found_unless_the_data_were_cut() -> None:
    facts = {**DAY_0, "last_contact_date": "2199-01-01"}
    visits: list[VisitRow] = [("001", "M3", "2199-04-01", {"svc_percent": 80})]
    assert [f.code for f in found(facts, visits, None)] == ["future-date", "future-date"]
    assert found(facts, visits) == []


def test_that_values_outside_their_limits_are_found_and_told_apart() -> None:
    study = made_up(
        {"001": DAY_0},
        visits=[
            ("001", "BL", "2024-01-01", {"svc_percent": 20, "treg_percent": 0.07}),
            ("001", "M3", "2024-04-01", {"svc_percent": 19.9, "treg_percent": 31}),
            ("001", "M6", "2024-07-01", {"svc_percent": 201, "treg_percent": 5}),
        ],
    )
    outside = find_outside_limits(study)
    told = [tuple(row) for row in outside[["visit", "variable", "impossible"]].itertuples(index=False)]
    assert sorted(told) == [
        ("BL", "treg_percent", False),
        ("M3", "svc_percent", False),
        ("M3", "treg_percent", False),
        ("M6", "svc_percent", True),
    ]


def test_that_a_sealed_value_counts_as_present_and_is_never_judged() -> None:
    facts = {**DAY_0, "first_dose_date": "2024-01-02"}
    visits: list[VisitRow] = [
        ("001", "BL", "2024-01-01", {}),
        ("001", "M6", "2024-07-01", {"treg_percent": 99}),
    ]
    overview = summarise_study(made_up({"001": facts}, visits=visits, blinded=True))
    assert cell(overview.completeness, "treg_percent", "M6")[:2] == (1, 1)
    assert overview.outside_limits.empty
    assert overview.findings == ()


def test_that_an_empty_study_has_an_overview() -> None:
    overview = summarise_study(made_up({}))
    assert overview.by_status() == []
    assert overview.enrolment.days.size == 0
    assert np.isnan(overview.completeness.share)
    assert overview.findings == ()


def test_that_an_overview_of_some_patients_equals_that_of_a_study_with_them_alone() -> None:
    patients: dict[str, Values] = {
        f"{n:03}": {
            "randomisation_date": f"2024-0{1 + n % 6}-01",
            **({"death_date": "2024-09-01"} if n % 4 == 0 else {}),
            **({"last_contact_date": "2023-12-01"} if n % 5 == 0 else {}),
        }
        for n in range(24)
    }
    visits: list[VisitRow] = [
        (patient, code, when, {"svc_percent": 10 + n} if n % 3 else {})
        for n, patient in enumerate(patients)
        for code, when in (("BL", "2024-02-01"), ("M3", "2024-05-01"))
    ]
    some = {patient for n, patient in enumerate(patients) if n % 2}
    part = restrict_overview(summarise_study(made_up(patients, visits=visits)), some)
    alone = summarise_study(
        made_up(
            {patient: facts for patient, facts in patients.items() if patient in some},
            visits=[row for row in visits if row[0] in some],
        )
    )
    assert part.by_status() == alone.by_status()
    assert part.due.equals(alone.due)
    answered = ["outcome", "why", "stop", "contact", "contact_from"]
    own = part.ledger.rows[answered].sort_index()
    assert own.equals(alone.ledger.rows[answered].sort_index())  # what an answer moves is that of all
    assert [f.message for f in part.findings] == [f.message for f in alone.findings]
    assert len(part.outside_limits) == len(alone.outside_limits)
    for name in ("due", "expected", "held", "present"):
        assert np.array_equal(getattr(part.completeness, name), getattr(alone.completeness, name))
    assert part.enrolment.days.tolist() == alone.enrolment.days.tolist()
    assert np.array_equal(part.grid.state, alone.grid.state)


def test_that_the_ledger_tells_how_each_randomised_patients_time_stops() -> None:
    study = made_up(
        {
            "001": {**DAY_0, "death_date": "2024-05-01"},
            "002": {**DAY_0, "last_contact_date": "2024-12-01"},
            "003": {**DAY_0, "last_contact_date": "2024-05-01"},
            "004": {"randomisation_date": "2024-12-01"},
            "005": {"consent_date": "2024-12-01"},
        }
    )
    ledger = summarise_study(study).ledger.rows
    assert ledger["outcome"].to_dict() == {
        "001": "event",
        "002": "alive",
        "003": "unknown",
        "004": "in_follow_up",
    }
    assert ledger["stop"].sort_index().tolist() == [121, 300, 121, 0]
