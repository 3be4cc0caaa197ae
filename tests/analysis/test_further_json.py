"""What `survival STUDY --json` carries of the page's further views: plain data, null with a sentence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from mirocals_desktop.analysis.further_json import further_json
from mirocals_desktop.analysis.marker_json import cut_json
from mirocals_desktop.analysis.sensitivity import estimate_fragility, rank_influence
from mirocals_desktop.analysis.study_definitions import other_definitions, own_definition
from mirocals_desktop.analysis.study_subgroups import analyse_subgroups, subgroup_choices
from mirocals_desktop.analysis.study_survival import analyse_study, find_primary
from mirocals_desktop.analysis.survival import analyse
from mirocals_desktop.errors import AppError
from mirocals_desktop.study.snapshot import Snapshot
from tests.made_up_study import made_up
from tests.ui.survival_pages import cut_study

START = date(2022, 1, 3)
DAYS = [
    (90, 1),
    (120, 0),
    (150, 1),
    (240, 1),
    (280, 0),
    (30, 1),
    (60, 1),
    (100, 0),
    (200, 1),
    *[(700, 0)] * 9,
]


def study() -> Snapshot:
    patients: dict[str, dict[str, float | str]] = {}
    for number, (day, died) in enumerate(DAYS):
        patients[f"{number:03}"] = {
            "randomisation_date": START.isoformat(),
            "arm": "active" if number % 2 else "placebo",
            "site": "FR01" if number % 3 else "UK01",
            ("death_date" if died else "last_contact_date"): (START + timedelta(day)).isoformat(),
        } | ({"vital_status": "dead"} if died else {})
    return made_up(patients)


def test_that_no_ratio_of_a_model_stands_without_the_primary_comparison():
    snapshot = made_up(**cut_study())
    primary = find_primary(snapshot)
    assert primary is not None
    said = primary.verdict
    assert said.endswith("significant in the primary unadjusted analysis")
    adjusted = analyse_study(snapshot, covariates=("csf_pnfh", "arm:csf_pnfh"))
    assert [note for note in adjusted.result.notes if said in note] == [f"All patients: {said}."]
    assert any("is that at csf_pnfh = 0 (not centred)" in note for note in adjusted.result.notes)
    part = analyse_study(snapshot, covariates=("csf_pnfh",), patients=adjusted.times.patients[:40])
    assert any(said in note for note in part.result.notes)
    pooled = analyse_study(snapshot, by="", covariates=("csf_pnfh",))
    assert not any(said in note for note in pooled.result.notes)
    found = further_json(snapshot, analyse_study(snapshot))
    assert {found[view]["primary"]["verdict"] for view in ("subgroups", "cut", "effect")} == {said}


def test_that_every_further_number_is_carried():
    snapshot = study()
    analysis = analyse_study(snapshot)
    found = further_json(snapshot, analysis)
    json.dumps(found, allow_nan=False)
    assert [row["group"] for row in found["unknowns"]["envelope"]] == ["", "Placebo", "Active"]
    assert {row["patient"] for row in found["unknowns"]["ledger"]} == {"001", "004", "007"}
    assert found["unknowns"]["tipping_point"]["arm"] == "Active"
    fragility = estimate_fragility(analysis.times)
    assert found["robustness"]["fragility"]["count"] == fragility.count
    influence = rank_influence(analysis.times)
    assert [row["patient"] for row in found["robustness"]["influence"]] == [row.patient for row in influence]
    usual = [choice.code for choice in subgroup_choices(snapshot) if choice.usual]
    table = analyse_subgroups(snapshot, usual).table
    assert [row["hr"] for row in found["subgroups"]["rows"]] == [row.hr for row in table.rows]
    assert found["subgroups"]["primary"]["significant"] is False
    assert found["subgroups"]["primary"]["verdict"] == "not significant in the primary unadjusted analysis"
    asked = [own_definition(snapshot), *other_definitions(snapshot)]
    rows, horizon = found["definitions"]["rows"], analysis.endpoint.horizon
    assert horizon is not None
    assert [row["definition"] for row in rows] == [definition.label for definition in asked]
    assert rows[0]["survival_at_horizon"]["Active"] == analysis.result.groups[1].curve.survival_at(horizon)[0]
    assert rows[0]["logrank_p"] == analysis.result.logrank.p
    day = found["landmark"]["day"]
    later = analyse(analysis.times.after_landmark(day)).logrank
    assert found["landmark"]["logrank"]["chisq"] == pytest.approx(later.chisq)


def test_that_what_is_not_there_is_null_with_a_sentence():
    snapshot = study()
    found: dict[str, Any] = further_json(snapshot, analyse_study(snapshot, by=""))
    assert found["incidence"] is None
    assert found["robustness"] is None
    assert "Cumulative incidence: No competing events." in found["notes"]
    assert any(note.startswith("Robustness: ") for note in found["notes"])


def test_that_sites_make_subgroups_and_the_arm_does_not():
    choices = subgroup_choices(study())
    assert "site" in [choice.code for choice in choices]
    assert "arm" not in [choice.code for choice in choices]


def test_that_a_blinded_snapshot_has_no_subgroups():
    blinded = study()
    object.__setattr__(blinded, "patients", blinded.patients.drop(columns="arm"))
    with pytest.raises(AppError, match="blinded"):
        analyse_subgroups(blinded, ["site"])


def test_that_the_search_for_a_cut_comes_with_its_corrected_p_when_it_is_asked_for():
    snapshot = made_up(**cut_study())
    analysis = analyse_study(snapshot)
    assert cut_json(snapshot, analysis)["search"] is None
    found = cut_json(snapshot, analysis, permutations=200)
    assert found["search"]["permutations"] == 200
    assert found["search"]["seed"] > 0
    place = found["profile"]["cuts"].index(found["search"]["cut"])
    assert found["search"]["p_corrected"] == min(found["profile"]["p_corrected"])
    assert found["search"]["p_corrected"] == found["profile"]["p_corrected"][place]
    assert cut_json(snapshot, analysis, permutations=200)["search"] == found["search"]
