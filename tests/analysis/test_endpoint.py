"""When a patient's time stops, and why: the rules of the endpoint on small made-up studies.

The made-up protocol counts from randomisation to day 300, and the data speak of 2025-01-01.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from mirocals_desktop.analysis.endpoint import derive_endpoint
from mirocals_desktop.analysis.study_survival import analyse_study, derive_covariate, study_json, tick_days
from mirocals_desktop.analysis.times import Factor, Numeric
from mirocals_desktop.errors import AppError
from tests.made_up_study import made_up, protocol_text

START = {"randomisation_date": "2024-01-01"}


def only(facts: dict[str, str], **options: object):
    table = derive_endpoint(made_up({"001": {**START, **facts}}, **options))
    assert table.patients == ("001",)
    return table


def test_that_a_death_before_the_horizon_is_an_event_on_its_day():
    table = only({"death_date": "2024-04-10", "vital_status": "dead"})
    assert (table.stop[0], bool(table.event[0]), table.outcome[0]) == (100, True, "event")
    assert table.cause == ("death",)
    assert table.stop_date == ("2024-04-10",)
    assert table.why[0] == "Death on day 100"


def test_that_a_death_on_the_horizon_counts_and_one_a_day_later_does_not():
    on_it = only({"death_date": "2024-10-27"})
    assert (on_it.stop[0], on_it.outcome[0]) == (300, "event")
    after = only({"death_date": "2024-10-28"})
    assert (after.stop[0], after.outcome[0], bool(after.event[0])) == (300, "alive", False)
    assert after.cause == ("",)


def test_that_contact_on_the_horizon_makes_a_patient_known_alive_there():
    table = only({"last_contact_date": "2024-10-27"})
    assert (table.stop[0], table.outcome[0]) == (300, "alive")


def test_that_without_contact_by_the_horizon_the_status_is_unknown_and_never_alive():
    table = only({"last_contact_date": "2024-05-30", "vital_status": "alive"})
    assert (table.stop[0], table.outcome[0], bool(table.event[0])) == (150, "unknown", False)
    assert table.notes == ("1 patient of unknown status on day 300 is censored at the last contact.",)


def test_that_a_visit_after_the_recorded_last_contact_does_not_lengthen_the_time_and_is_noted():
    facts = {**START, "last_contact_date": "2024-03-01"}
    table = derive_endpoint(made_up({"001": facts}, visits=[("001", "M3", "2024-05-01", {})]))
    assert (table.stop[0], table.outcome[0]) == (60, "unknown")
    assert "1 patient was seen after the recorded last contact, where the time stops." in table.notes


def test_that_a_visit_on_the_horizon_makes_a_patient_known_alive_whatever_contact_was_recorded():
    facts = {**START, "last_contact_date": "2024-03-01"}
    table = derive_endpoint(made_up({"001": facts}, visits=[("001", "M12", "2024-12-01", {})]))
    assert (table.stop[0], table.outcome[0], table.notes) == (300, "alive", ())


def test_that_before_the_horizon_a_patient_is_in_follow_up_not_unknown():
    table = only({"last_contact_date": "2024-05-30"}, data_cut=date(2024, 6, 30))
    assert (table.stop[0], table.outcome[0]) == (150, "in_follow_up")


def test_that_a_withdrawn_patient_without_later_contact_is_unknown_and_says_that_it_withdrew():
    table = only({"withdrawal_date": "2024-03-01"})
    assert (table.stop[0], table.outcome[0]) == (60, "unknown")
    assert "withdrew" in table.why[0]


def _variable(code: str) -> str:
    name = f'label = {{ en = "{code}", fr = "{code}" }}'
    return f'\n[[variables]]\ncode = "{code}"\n{name}\nkind = "date"\nscope = "patient"\n'


def _with_choice(code: str) -> str:
    lost = '{ code = "lost", label = { en = "lost", fr = "lost" } }'
    assert lost in protocol_text()
    return protocol_text().replace(lost, f"{lost}, {lost.replace('lost', code)}")


def test_that_a_transplanted_patient_is_censored_with_that_reason():
    table = only(
        {"last_contact_date": "2024-05-30", "vital_status": "transplanted"},
        protocol=_with_choice("transplanted"),
    )
    assert (table.stop[0], table.outcome[0]) == (150, "censored")
    assert table.why[0] == "transplanted, last seen on day 150"


def test_that_a_patient_dead_without_a_date_is_unknown_and_not_a_survivor():
    table = only({"last_contact_date": "2024-05-30", "vital_status": "dead"})
    assert (table.stop[0], table.outcome[0], bool(table.event[0])) == (150, "unknown", False)
    assert "date of death is not known" in table.why[0]


def test_that_the_date_last_seen_or_died_is_the_death_of_the_dead_and_a_contact_of_the_others():
    protocol = protocol_text() + _variable("end_of_follow_up_date")
    dead = only({"end_of_follow_up_date": "2024-04-10", "vital_status": "dead"}, protocol=protocol)
    assert (dead.stop[0], dead.outcome[0]) == (100, "event")
    alive = only({"end_of_follow_up_date": "2024-11-30", "vital_status": "alive"}, protocol=protocol)
    assert (alive.stop[0], alive.outcome[0]) == (300, "alive")


def test_that_a_death_known_by_month_is_put_after_the_last_contact_within_it():
    table = only({"death_date": "2024-04", "vital_status": "dead", "last_contact_date": "2024-04-20"})
    assert (table.stop[0], table.outcome[0]) == (110, "event")
    assert "1 event without its day" in table.notes[0]
    earlier = only({"death_date": "2024-04", "vital_status": "dead", "last_contact_date": "2024-02-20"})
    assert earlier.stop[0] == 91


def test_that_a_death_after_the_day_the_data_speak_of_is_not_yet_known():
    table = only({"death_date": "2024-08-01"}, data_cut=date(2024, 6, 30))
    assert table.outcome == ("in_follow_up",)


def test_that_patients_without_a_usable_start_are_left_out_by_name():
    table = derive_endpoint(
        made_up(
            {
                "001": {**START, "last_contact_date": "2024-11-30"},
                "002": {"randomisation_date": "2024-01", "death_date": "2024-08-01"},
                "003": {"consent_date": "2024-01-01"},
                "004": {**START, "death_date": "2023-12-01"},
            }
        )
    )
    assert table.patients == ("001",)
    assert [patient for patient, _why in table.left_out] == ["002", "004"]
    assert "002" in table.notes[-1]


def test_that_excluded_patients_are_not_in_the_table():
    snapshot = made_up({"001": START, "002": START})
    snapshot = replace(snapshot, options=replace(snapshot.options, excluded=("002",)))
    assert derive_endpoint(snapshot).patients == ("001",)


def test_that_an_origin_before_randomisation_gives_late_entry():
    snapshot = made_up(
        {
            "001": {**START, "consent_date": "2023-12-02", "last_contact_date": "2024-05-30"},
            "002": {**START, "consent_date": "2023-12-22", "death_date": "2024-04-10"},
        }
    )
    table = derive_endpoint(snapshot, origin="consent_date")
    assert table.entry is not None
    assert table.entry.tolist() == [30, 10]
    assert table.stop.tolist() == [180, 110]
    assert derive_endpoint(snapshot).entry is None


COMPOSITE = """
[[events]]
code = "tracheostomy"
label = { en = "Tracheostomy", fr = "Trachéotomie" }
variable = "tracheostomy_date"

[[endpoints]]
code = "either"
label = { en = "Death or tracheostomy", fr = "Décès ou trachéotomie" }
events = ["death", "tracheostomy"]

[[endpoints]]
code = "tracheostomy"
label = { en = "Tracheostomy", fr = "Trachéotomie" }
events = ["tracheostomy"]
"""


def test_that_the_first_event_of_the_rule_stops_time_and_death_competes_with_a_rule_without_it():
    snapshot = made_up(
        {
            "001": {**START, "tracheostomy_date": "2024-04-10", "death_date": "2024-06-01"},
            "002": {**START, "death_date": "2024-06-01"},
        },
        protocol=protocol_text() + COMPOSITE + _variable("tracheostomy_date"),
    )
    assert derive_endpoint(snapshot).stop.tolist() == [152, 152]
    either = derive_endpoint(snapshot, endpoint="either")
    assert either.stop.tolist() == [100, 152]
    assert either.cause == ("tracheostomy", "death")
    alone = derive_endpoint(snapshot, endpoint="tracheostomy")
    assert alone.event.tolist() == [True, False]
    assert alone.outcome == ("event", "censored")
    assert alone.cause == ("tracheostomy", "death")


def test_that_an_unknown_endpoint_or_origin_is_refused_by_name():
    snapshot = made_up({"001": START})
    with pytest.raises(AppError, match="no endpoint “stroke”"):
        derive_endpoint(snapshot, endpoint="stroke")
    with pytest.raises(AppError, match="“sex” is not a date"):
        derive_endpoint(snapshot, origin="sex")


def _two_arms(*, blinded: bool = False):
    facts = {}
    for i in range(20):
        died = {"death_date": f"2024-{3 + i % 9:02d}-15"} if i % 3 == 0 else {}
        arm = {} if blinded else {"arm": "active" if i % 2 else "placebo"}
        facts[f"{i:03d}"] = {**START, **arm, **died, "last_contact_date": "2024-11-30", "site": "FR01"}
    return made_up(facts, blinded=blinded)


def test_that_a_study_is_analysed_by_arm_with_the_protocols_reference_first():
    analysis = analyse_study(_two_arms())
    assert [g.label for g in analysis.result.groups] == ["Placebo", "Active"]
    assert analysis.result.logrank is not None
    last = analysis.result.overall.at[-1]
    assert last.day == 300
    assert last.at_risk + last.events + last.censored == 20
    plain = study_json(analysis)
    assert plain["study"]["event"] == plain["overall"]["events"]
    assert plain["conventions"]["origin"] == "randomisation date"


def test_that_a_blinded_study_is_pooled_and_refuses_to_be_grouped_by_arm():
    snapshot = _two_arms(blinded=True)
    assert analyse_study(snapshot).result.groups == ()
    with pytest.raises(AppError, match="blinded"):
        analyse_study(snapshot, by="arm")
    with pytest.raises(AppError, match="no column “arm”"):
        analyse_study(snapshot, covariates=("arm",))


def test_that_an_impossible_grouping_names_what_is_possible():
    with pytest.raises(AppError, match="arm"):
        analyse_study(_two_arms(), by="shoe_size")


def test_that_covariates_come_from_patients_and_from_the_last_value_before_treatment():
    snapshot = made_up(
        {"001": {**START, "site": "FR01"}, "002": {**START, "site": "UK01"}},
        visits=[
            ("001", "BL", "2023-12-20", {"treg_percent": 5.0}),
            ("001", "BL", "2024-01-01", {"treg_percent": 6.0}),
            ("001", "M3", "2024-04-01", {"treg_percent": 12.0}),
            ("002", "M3", "2024-04-01", {"treg_percent": 9.0}),
        ],
        repeats={1: 2},
    )
    site = derive_covariate(snapshot, "site", ("001", "002"))
    assert isinstance(site, Factor)
    assert site.levels == ("Lyon", "Leeds")
    treg = derive_covariate(snapshot, "treg_percent", ("001", "002"))
    assert isinstance(treg, Numeric)
    np.testing.assert_array_equal(treg.values, [6.0, np.nan])


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (640, (0, 80, 160, 240, 320, 400, 480, 560, 640)),
        (300, (0, 50, 100, 150, 200, 250, 300)),
        (4795, None),
        (7, (0, 1, 2, 3, 4, 5, 6, 7)),
        (0, (0,)),
    ],
)
def test_that_ticks_are_round_days_up_to_the_horizon(last: int, expected: tuple[int, ...] | None):
    ticks = tick_days(last)
    assert ticks[0] == 0
    assert ticks[-1] == last
    assert len(ticks) <= 9
    assert list(ticks) == sorted(ticks)
    if expected:
        assert ticks == expected
