"""The protocols that ship: what is published of MIROCALS, and what every coordinator's header must meet."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.reader import load_protocol, shipped_protocols
from mirocals_desktop.protocol.words import plain_name, plain_unit


@pytest.fixture(scope="module")
def mirocals() -> Protocol:
    return load_protocol("mirocals")


@pytest.fixture(scope="module")
def follow_up() -> Protocol:
    return load_protocol("follow_up")


def claimants(protocol: Protocol, header: str, *, scope: str, log: str = "") -> set[str]:
    return {
        variable.code
        for variable in protocol.variables
        if (variable.scope, variable.log) == (scope, log)
        for name in (variable.code, variable.label.en, variable.label.fr, *variable.synonyms)
        if plain_name(name) == plain_name(header)
    }


def test_that_two_protocols_ship() -> None:
    assert shipped_protocols() == ("follow_up", "mirocals")


def test_that_the_trial_is_as_published(mirocals: Protocol) -> None:
    assert mirocals.registry == "NCT03039673"
    assert mirocals.horizon_days == 640
    assert mirocals.origin == codes.RANDOMISATION_DATE
    assert [arm.code for arm in mirocals.arms] == ["il2", "placebo"]
    assert mirocals.reference_arm == "placebo"
    assert mirocals.endpoints[0].events == ("death",)
    assert sorted(site.country for site in mirocals.sites) == ["fr"] * 10 + ["uk"] * 7
    classes = mirocals.classes_of(codes.CSF_PNFH)
    assert classes is not None
    assert [classes.class_of(value) for value in (749.9, 750, 3700, 3700.1)] == [0, 1, 1, 2]


def test_that_the_schedule_says_that_it_is_a_demonstration(mirocals: Protocol) -> None:
    assert any("Demonstration" in note.en and "démonstration" in note.fr for note in mirocals.notes)


def test_that_a_cycle_starts_every_28_days_and_there_are_19(mirocals: Protocol) -> None:
    starts = {f"Cycle {k} ": 1 + 28 * (k - 1) for k in range(2, 20)}
    for name, day in starts.items():
        found = [v.day for v in mirocals.visits if v.label.en.startswith(name) and "after" not in v.label.en]
        assert found == [day]


def test_that_the_windows_of_planned_visits_do_not_meet(mirocals: Protocol) -> None:
    planned = [(v.day - v.before, v.day + v.after) for v in mirocals.visits if v.day is not None]

    assert all(end < start for (_s, end), (start, _e) in pairwise(planned))
    assert [planned[0][0], mirocals.visits[-1].day] == [-126, 640]


def test_that_every_code_the_program_understands_is_a_variable(mirocals: Protocol) -> None:
    status = mirocals.variable(codes.VITAL_STATUS)
    assert status is not None
    assert {codes.ALIVE, codes.DEAD, codes.LOST} <= {choice.code for choice in status.choices}
    known = {
        value
        for name, value in vars(codes).items()
        if name.isupper()
        and isinstance(value, str)
        and not name.startswith("LOG_")
        and name not in ("ALIVE", "DEAD", "LOST")
    } | set(codes.ALSFRS_R_ITEMS)

    assert {code for code in known if mirocals.variable(code) is None} == set()
    assert {log.code for log in mirocals.logs} == {
        value for name, value in vars(codes).items() if name.startswith("LOG_")
    }


def test_that_what_tells_the_arm_is_sealed_in_a_blinded_study(mirocals: Protocol) -> None:
    seals = {variable.code: variable.seal for variable in mirocals.variables}

    assert seals["arm"] == "always"
    for code in ("treg_percent", "treg_count", "ccl2_plasma", "ccl2_csf", "eosinophils"):
        assert seals[code] == "after_first_dose"
    for code in ("csf_pnfh", "alsfrs_r_total", "svc_percent", "vital_status"):
        assert seals[code] == "never"


def test_that_both_protocols_say_the_same_of_the_variables_they_share(
    mirocals: Protocol, follow_up: Protocol
) -> None:
    for variable in follow_up.variables:
        if variable.code != codes.ARM:
            assert mirocals.variable(variable.code) == variable


def test_that_a_follow_up_study_has_no_arms_visits_or_horizon(follow_up: Protocol) -> None:
    assert (follow_up.arms, follow_up.visits, follow_up.horizon_days) == ((), (), None)


@pytest.mark.parametrize(
    ("header", "scope", "meant"),
    [
        ("Date de décès", "patient", {"death_date"}),
        ("DATE DE DECES", "patient", {"death_date"}),
        ("Date des dernières nouvelles", "patient", {"last_contact_date"}),
        ("Last seen / died", "patient", {"end_of_follow_up_date"}),
        ("Dead (1/0)", "patient", {"vital_status"}),
        ("Statut vital", "patient", {"vital_status"}),
        ("Randomised", "patient", {"randomisation_date"}),
        ("Bras", "patient", {"arm"}),
        ("Âge à l’inclusion", "patient", {"age"}),
        ("Sexe", "patient", {"sex"}),
        ("Date de visite", "visit", {"visit_date"}),
        ("Treg", "visit", {"treg_percent", "treg_count"}),
        ("% Treg", "visit", {"treg_percent"}),
        ("pNFH", "visit", {"csf_pnfh"}),
        ("CVL", "visit", {"svc_percent", "svc_litres"}),
        ("ALSFRS-R", "visit", {"alsfrs_r_total"}),
        ("Q5a", "visit", {"alsfrs_r_5a"}),
        ("NfL", "visit", {"serum_nfl"}),
        ("VNI", "patient", {"niv_start_date"}),
    ],
)
def test_that_a_header_of_a_real_sheet_is_known(
    mirocals: Protocol, header: str, scope: str, meant: set[str]
) -> None:
    assert claimants(mirocals, header, scope=scope) == meant


@pytest.mark.parametrize(
    ("code", "unit", "factor"),
    [
        ("csf_pnfh", "pg/mL", 1),
        ("csf_pnfh", "ng/L", 1),
        ("csf_pnfh", "ng/ml", 1000),
        ("treg_count", "cells/uL", 1),
        ("treg_count", "cellules/µL", 1),
        ("treg_count", "/mm3", 1),
        ("treg_count", "10^6/L", 1),
        ("treg_count", "10^9/L", 1000),
        ("treg_count", "G/L", 1000),
        ("weight", "lb", 0.45359237),
        ("treg_percent", "% of CD4+", 1),
    ],
)
def test_that_a_unit_is_converted_by_its_factor(
    mirocals: Protocol, code: str, unit: str, factor: float
) -> None:
    variable = mirocals.variable(code)
    assert variable is not None

    found = [
        accepted.factor
        for accepted in variable.units
        if plain_unit(unit) in {plain_unit(name) for name in (accepted.name, *accepted.synonyms)}
    ]

    assert found == [factor]


def test_that_percent_never_accepts_a_fraction(mirocals: Protocol) -> None:
    percent = mirocals.variable("treg_percent")
    assert percent is not None

    assert {unit.factor for unit in percent.units} == {1.0}
