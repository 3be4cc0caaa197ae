"""The flow of patients, box by box, counted by hand; levels add up, and a blinded study has no arms in it."""

from __future__ import annotations

from made_up_study import Values, made_up

from mirocals_desktop.analysis.flow import Flow, derive_flow, narrow_flow
from mirocals_desktop.analysis.patient_status import derive_statuses

DAY_0 = {"randomisation_date": "2024-01-01", "first_dose_date": "2024-01-02"}
PATIENTS: dict[str, Values] = {
    "001": {**DAY_0, "arm": "active", "death_date": "2024-05-01"},
    "002": {**DAY_0, "arm": "placebo", "last_contact_date": "2024-12-01"},
    "003": {**DAY_0, "arm": "active", "withdrawal_date": "2024-03-01", "withdrawal_reason": "travel"},
    "004": {**DAY_0, "arm": "placebo", "withdrawal_date": "2024-03-01", "withdrawal_reason": "travel"},
    "005": {**DAY_0, "arm": "placebo", "withdrawal_date": "2024-03-01"},
    "006": {"randomisation_date": "2024-12-01", "arm": "active"},
    "007": {**DAY_0, "arm": "active", "last_contact_date": "2024-02-01"},
    "008": {"consent_date": "2024-12-01"},
    "010": {"consent_date": "2024-10-01", "withdrawal_date": "2024-10-20", "withdrawal_reason": "wish"},
    "009": {"consent_date": "2024-11-01", "screening_outcome": "failed"},
}


def flow_of(*, blinded: bool = False) -> Flow:
    study = made_up(PATIENTS, blinded=blinded)
    return derive_flow(study, derive_statuses(study))


def test_that_every_patient_is_in_one_box_of_each_level() -> None:
    flow = flow_of(blinded=True)
    assert flow.screened.count == 10
    assert (flow.not_eligible.count, flow.waiting.count, flow.randomised.count) == (1, 1, 7)
    assert (flow.left.patients, flow.left.reasons) == (("010",), (("wish", 1),))
    (group,) = flow.groups
    assert group.name == ""
    assert (group.treated.count, group.not_treated.patients) == (6, ("006",))
    ends = {box.code: box.count for box in group.ends}
    assert ends == {"on_study": 1, "completed": 1, "withdrawn": 3, "unknown": 1, "died": 1}
    withdrawn = next(box for box in group.ends if box.code == "withdrawn")
    assert withdrawn.reasons == (("travel", 2), ("no reason recorded", 1))


def test_that_an_open_study_shows_each_arm() -> None:
    active, placebo = flow_of().groups
    assert (active.name, active.randomised.patients) == ("Active", ("001", "003", "006", "007"))
    assert (placebo.name, placebo.randomised.count) == ("Placebo", 3)
    assert {box.code: box.count for box in placebo.ends}["withdrawn"] == 2
    assert {box.code: box.count for box in active.ends}["died"] == 1


def test_that_a_study_without_patients_has_an_empty_flow() -> None:
    study = made_up({})
    flow = derive_flow(study, derive_statuses(study))
    assert flow.screened.count == 0
    assert flow.groups[0].randomised.count == 0


def test_that_the_flow_of_some_patients_counts_them_alone() -> None:
    flow = narrow_flow(flow_of(blinded=True), {"003", "005", "009"})
    assert (flow.screened.count, flow.not_eligible.count, flow.randomised.count) == (3, 1, 2)
    withdrawn = next(box for box in flow.groups[0].ends if box.code == "withdrawn")
    assert withdrawn.reasons == (("no reason recorded", 1), ("travel", 1))
