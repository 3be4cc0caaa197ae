"""Groups of patients and classes of a marker."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from markers import PNFH, markers

from mirocals_desktop.analysis.groups import OUTCOME, POOLED, derive_classes, derive_groups, grouping_choices

ARMS = {"a": {"arm": "active"}, "b": {"arm": "placebo"}, "c": {"arm": "placebo"}}


def test_that_cuts_belong_to_the_middle_class():
    rows = [("a", "BL", 0, "749.9"), ("b", "BL", 0, "750"), ("c", "BL", 0, "3700"), ("d", "BL", 0, "3700.1")]
    found = derive_classes(markers(rows), PNFH)
    assert found.index.tolist() == [0, 1, 1, 2]
    assert found.labels == ("low", "middle", "high")
    assert found.observation.tolist() == [1000, 1001, 1002, 1003]
    assert found.notes == ()


def test_that_a_value_beyond_the_limit_is_classed_only_when_it_can_lie_in_one_class():
    rows = [
        ("a", "BL", 0, "<62.5"),
        ("b", "BL", 0, "<750"),
        ("c", "BL", 0, "<1000"),
        ("d", "BL", 0, ">10000"),
    ]
    found = derive_classes(markers(rows), PNFH)
    assert found.index.tolist() == [0, 0, -1, 2]
    assert found.qualifier == ("<", "<", "<", ">")
    assert found.notes == ("1 patient has a value beyond the assay's limit that leaves the class open.",)


def test_that_above_the_last_cut_is_the_last_class():
    assert derive_classes(markers([("a", "BL", 0, ">3700")]), PNFH).index.tolist() == [2]


def test_that_a_patient_without_the_visit_is_classed_by_the_last_value_up_to_the_first_dose():
    rows = [
        ("a", "", -30, "500"),
        ("a", "", -3, "900"),
        ("a", "M3", 90, "5000"),
        ("b", "M3", 90, "5000"),
    ]
    found = derive_classes(markers(rows), PNFH)
    assert found.index.tolist() == [1, -1], "a value after treatment began never decides a class"
    assert found.value[0] == 900
    assert found.visit == ("", "")
    assert len(found.notes) == 2


def test_that_the_day_of_the_first_dose_still_counts_as_before_it():
    patients = {"a": {"first_dose_date": "2024-01-06"}}
    rows = [("a", "", 5, "5000"), ("a", "", 6, "100")]
    assert derive_classes(markers(rows, patients=patients), PNFH).value.tolist() == [5000]


def test_that_the_first_of_repeated_values_decides():
    rows = [("a", "BL", 0, "500"), ("a", "BL", 0, "5000")]
    assert derive_classes(markers(rows), PNFH).value.tolist() == [500]


def test_that_a_sealed_value_decides_no_class():
    assert derive_classes(markers([("a", "BL", 0, "sealed")]), PNFH).index.tolist() == [-1]


def test_that_arms_come_in_the_protocols_order_with_the_reference_known():
    rows = [(name, "BL", 0, "100") for name in "abc"]
    groups = derive_groups(markers(rows, patients=ARMS), "arm")
    assert groups.labels == ("Active", "Placebo")
    assert groups.patients == ("a", "b", "c")
    assert groups.group.tolist() == [0, 1, 1]
    assert groups.reference == 1
    assert groups.counts().tolist() == [1, 2]


def test_that_a_blinded_study_offers_everybody_together_and_classes_and_nothing_else():
    rows = [(name, "BL", 0, "100") for name in "abc"]
    facts = {name: {**ARMS[name], "site": "FR01" if name == "a" else "UK01"} for name in "abc"}
    study = markers(rows, patients=facts)
    assert {"arm", "site", OUTCOME} <= set(dict(grouping_choices(study)))
    blinded = dataclasses.replace(study, blinded=True, patients=study.patients.drop(columns="arm"))
    assert list(dict(grouping_choices(blinded))) == [POOLED, "class:csf_pnfh"]
    for code in ("arm", "site", OUTCOME):
        with pytest.raises(ValueError, match="blinded"):
            derive_groups(blinded, code)
    assert "site" in dict(grouping_choices(dataclasses.replace(blinded, unblinded=True)))


def test_that_an_unknown_grouping_is_refused():
    with pytest.raises(ValueError, match="not a grouping"):
        derive_groups(markers([("a", "BL", 0, "1")]), "site")


def test_that_patients_without_the_variable_are_in_no_group_and_counted():
    rows = [(name, "BL", 0, "100") for name in "abc"]
    study = markers(rows, patients={"a": {"site": "UK01"}, "b": {"site": "FR01"}})
    groups = derive_groups(study, "site")
    assert groups.labels == ("Lyon", "Leeds")
    assert groups.group.tolist() == [1, 0, -1]
    assert groups.notes == ("1 patient without site is in no group.",)


def test_that_excluded_patients_are_in_no_grouping():
    rows = [(name, "BL", 0, "100") for name in "abc"]
    for code in (POOLED, "class:csf_pnfh", OUTCOME):
        assert derive_groups(markers(rows, excluded=("b",)), code).patients == ("a", "c")


def test_that_unknown_at_the_horizon_is_neither_event_nor_without_it():
    patients = {
        "died": {"death_date": "2024-06-01"},
        "died on it": {"death_date": "2024-10-27"},  # day 300
        "died late": {"death_date": "2024-12-01"},
        "seen": {"last_contact_date": "2024-11-30"},
        "silent": {"last_contact_date": "2024-03-01"},
    }
    study = markers([(name, "BL", 0, "1") for name in patients], patients=patients)
    groups = derive_groups(study, OUTCOME)
    assert groups.levels == ("event", "alive", "unknown")
    assert dict(zip(groups.patients, groups.group.tolist(), strict=True)) == {
        "died": 0,
        "died on it": 0,
        "died late": 1,
        "seen": 1,
        "silent": 2,
    }
    assert groups.label == "Outcome (Death)"


def test_that_classes_of_a_study_without_measurements_are_empty():
    study = markers([("a", "BL", 0, "100")])
    empty = dataclasses.replace(study, measurements=study.measurements.iloc[:0], measured=frozenset())
    assert derive_classes(empty, PNFH).index.tolist() == [-1]
    assert "class:csf_pnfh" not in dict(grouping_choices(empty))


def test_that_free_text_groups_only_when_it_repeats():
    rows = [(f"p{number}", "BL", 0, "1") for number in range(12)]
    study = markers(rows)
    table = study.patients.copy()
    table["withdrawal_reason"] = ["moved", "tired"] * 6
    assert "withdrawal_reason" in dict(grouping_choices(dataclasses.replace(study, patients=table)))
    table["withdrawal_reason"] = [f"reason {number}" for number in range(12)]
    assert "withdrawal_reason" not in dict(grouping_choices(dataclasses.replace(study, patients=table)))


def test_that_classes_of_an_unknown_variable_are_refused():
    with pytest.raises(ValueError, match="no classes"):
        derive_classes(markers([("a", "BL", 0, "1")]), "treg_percent")
    assert np.isnan(derive_classes(markers([("a", "M3", 90, "1")]), PNFH).value).all()
