"""What the result rests on: unknown patients, single events, single patients, other definitions, CAFS."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mirocals_desktop.analysis.cafs import Outcomes, compare_cafs, derive_outcomes, score_outcomes
from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.endpoint import derive_endpoint
from mirocals_desktop.analysis.log_rank import compare_groups
from mirocals_desktop.analysis.sensitivity import (
    Unknowns,
    estimate_envelopes,
    estimate_fragility,
    find_tipping_point,
    name_unknown,
    rank_influence,
    rank_unknown,
)
from mirocals_desktop.analysis.study_definitions import Definition, compare_definitions, other_definitions
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.analysis.times import SurvivalTimes, build_factor, build_times
from mirocals_desktop.errors import AppError
from tests.analysis.reference.model_tables import tables
from tests.made_up_study import made_up

RANKS = json.loads((Path(__file__).parent / "reference" / "models.json").read_text())["ranks"]


def trial(n: int = 80, *, unknown: int = 8, seed: int = 5) -> tuple[SurvivalTimes, Unknowns]:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    raw = np.ceil(rng.exponential(1, n) / np.where(arm == 1, 0.5, 1) * 500)
    event = raw <= 640
    days = np.minimum(raw, 640)
    lost = np.zeros(n, bool)
    lost[rng.choice(np.flatnonzero(~event), unknown, replace=False)] = True
    days = np.where(lost, np.ceil(300 * rng.random(n)), days)
    times = build_times(
        days,
        event,
        group=build_factor("arm", np.where(arm == 1, "IL-2", "placebo").tolist()),
        patients=[f"P{i:03d}" for i in range(n)],
    )
    return times, Unknowns(lost, np.zeros(n, bool), 640.0)


def test_that_the_envelope_holds_the_curve_between_all_dead_and_all_alive():
    times, unknown = trial()
    envelopes = estimate_envelopes(times, unknown)
    assert [e.group for e in envelopes] == ["", "placebo", "IL-2"]
    assert envelopes[0].unknown == 8 == envelopes[1].unknown + envelopes[2].unknown
    for envelope in envelopes:
        for day in range(0, 641, 40):
            worst, middle, best = (
                c.survival_at(day)[0] for c in (envelope.worst, envelope.estimate, envelope.best)
            )
            assert worst <= middle + 1e-12
            assert middle <= best + 1e-12
        assert envelope.worst.total_events == envelope.estimate.total_events + envelope.unknown
        assert envelope.best.total_events == envelope.estimate.total_events


def test_that_without_unknown_patients_the_envelope_is_the_curve():
    times, unknown = trial()
    nobody = Unknowns(np.zeros(times.n, bool), unknown.undated, 640.0)
    for envelope in estimate_envelopes(times, nobody):
        np.testing.assert_array_equal(envelope.worst.survival, envelope.best.survival)
    assert rank_unknown(times, nobody) == []


def test_that_a_patient_dead_at_an_unknown_date_is_at_best_dead_on_the_horizon():
    times = build_times([100, 640, 640, 640], [0, 0, 0, 0], patients=list("abcd"))
    unknown = Unknowns(np.array([True, False, False, False]), np.array([True, False, False, False]), 640.0)
    (envelope,) = estimate_envelopes(times, unknown)
    assert envelope.best.survival_at(639)[0] == 1
    assert envelope.best.survival_at(640)[0] == pytest.approx(0.75)
    assert envelope.worst.survival_at(100)[0] == pytest.approx(0.75)


def test_that_the_ledger_is_sorted_by_what_the_answer_could_move():
    times, unknown = trial()
    ledger = rank_unknown(times, unknown)
    assert {row.patient for row in ledger} == {times.patients[i] for i in np.flatnonzero(unknown.rows)}
    leverage = [row.leverage for row in ledger]
    assert leverage == sorted(leverage, reverse=True)
    assert all(row.leverage > 0 for row in ledger)
    assert all(row.p_if_dead is not None and row.p_if_alive is not None for row in ledger)


def test_that_the_tipping_table_covers_every_number_of_deaths_and_names_the_nearest_crossing():
    times, unknown = trial(unknown=10)
    tipping = find_tipping_point(times, unknown)
    size = [e.unknown for e in estimate_envelopes(times, unknown)[1:]]
    assert tipping.p.shape == (size[0] + 1, size[1] + 1)
    nobody = np.zeros(times.n, bool)
    best = compare_groups(unknown.settled(times, nobody, unknown.rows)).p
    worst = compare_groups(unknown.settled(times, unknown.rows, nobody)).p
    assert tipping.p[0, 0] == pytest.approx(best)
    assert tipping.p[-1, -1] == pytest.approx(worst)
    crossed = (tipping.p < 0.05) != (tipping.p_observed < 0.05)
    assert (tipping.crossing is not None) == bool(crossed.any())
    if tipping.crossing:
        i = list(tipping.deaths_reference).index(tipping.crossing[0])
        j = list(tipping.deaths_arm).index(tipping.crossing[1])
        assert crossed[i, j]


@pytest.mark.parametrize("seed", range(6))
def test_that_fragility_is_the_least_number_that_crosses(seed: int):
    times, _unknown = trial(seed=seed)
    fragility = estimate_fragility(times)
    assert fragility.significant == (fragility.p_before < 0.05)
    if fragility.count is None:
        return
    assert len(fragility.patients) == fragility.count
    assert (fragility.p_after < 0.05) != fragility.significant
    event = times.event.copy()
    for name in fragility.patients[:-1]:
        event[times.patients.index(name)] = True
    one_less = compare_groups(build_times(times.days, event, group=times.group)).p
    assert (one_less < 0.05) == fragility.significant


def test_that_influence_names_the_patients_whose_absence_moves_the_ratio_most():
    times, _unknown = trial(40)
    rows = rank_influence(times, most=5)
    assert len(rows) == 5
    whole = fit_cox(times, ("arm",)).terms[0].coef
    every = []
    for i in range(times.n):
        rest = times.rows(np.arange(times.n) != i)
        every.append(abs(fit_cox(rest, ("arm",)).terms[0].coef - whole))
    moved = {times.patients[i] for i in np.argsort(every)[-8:]}
    assert {row.patient for row in rows} <= moved
    for row in rows:
        assert np.log(row.hr_without) - whole == pytest.approx(-row.dfbeta, rel=0.2)


def test_that_two_arms_are_asked_for():
    times, unknown = trial()
    whole = build_times(times.days, times.event, patients=times.patients)
    for ask in (
        lambda: find_tipping_point(whole, unknown),
        lambda: estimate_fragility(whole),
        lambda: rank_influence(whole),
    ):
        with pytest.raises(AppError, match="two arms"):
            ask()


# --- on a study ---------------------------------------------------------------------------------------------


def _day(days: int) -> str:
    return str(date(2023, 6, 1) + timedelta(days=days))


def study():
    """Twelve patients: two unknown, one of them dead without a date, deaths, a horizon of 300 days."""
    facts = {}
    for i in range(12):
        patient = {"randomisation_date": _day(0), "arm": "active" if i % 2 else "placebo"}
        if i in (2, 5, 8):
            patient |= {"death_date": _day(40 + 30 * i), "vital_status": "dead"}
        elif i == 3:
            patient |= {"last_contact_date": _day(90)}
        elif i == 4:
            patient |= {"last_contact_date": _day(120), "vital_status": "dead"}
        else:
            patient |= {"last_contact_date": _day(320)}
        if i == 9:
            patient |= {"gastrostomy_date": _day(50)}
        facts[f"{i:03d}"] = patient
    return facts


def test_that_the_unknown_of_a_study_are_found_among_its_times():
    analysis = analyse_study(made_up(study()))
    unknown = name_unknown(analysis.times, analysis.endpoint)
    assert [p for p, u in zip(analysis.times.patients, unknown.rows, strict=True) if u] == ["003", "004"]
    assert unknown.undated.tolist().count(True) == 1
    envelope = estimate_envelopes(analysis.times, unknown)[0]
    assert envelope.best.total_events == analysis.result.overall.events + 1
    with pytest.raises(AppError, match="horizon"):
        name_unknown(analysis.times, derive_endpoint(made_up(study()), horizon=None))


def test_that_another_definition_comes_with_the_patients_that_differ():
    snapshot = made_up(study())
    shorter, fewer = compare_definitions(
        snapshot,
        [
            Definition("day 200", horizon=200),
            Definition("per protocol", patients=tuple(f"{i:03d}" for i in range(10))),
        ],
    )
    assert shorter.analysis.endpoint.horizon == 200
    assert {d.patient for d in shorter.differences} >= {"008"}  # died on day 280
    assert {d.patient for d in fewer.differences} == {"010", "011"}
    assert fewer.analysis.result.overall.n == 10


def test_that_a_study_without_dates_of_randomisation_has_no_treated_among_the_randomised():
    dates = {"first_dose_date": "2020-01-01", "last_contact_date": "2020-06-01", "vital_status": "alive"}
    undosed = {key: value for key, value in dates.items() if key != "first_dose_date"}
    snapshot = made_up({"001": dates, "002": undosed})
    assert not [other for other in other_definitions(snapshot) if other.patients is not None]


# --- CAFS ---------------------------------------------------------------------------------------------------

NAN = np.nan


def outcomes(days, died, change) -> Outcomes:
    n = len(days)
    return Outcomes(
        tuple(f"P{i}" for i in range(n)),
        np.array(days, float),
        np.array(died, bool),
        np.array(change, float).reshape(n, -1),
        np.arange(n, dtype=float),
    )


def test_that_pairs_are_compared_by_the_rule():
    scores, pairs = score_outcomes(
        outcomes(
            days=[100, 200, 300, 300, 300],
            died=[True, True, False, False, False],
            change=[[NAN, NAN], [-3, NAN], [-5, -9], [-8, -7], [-1, NAN]],
        )
    )
    assert pairs[1, 0] == 1  # both died: the longer survival
    assert pairs[2, 1] == 1  # one died: the survivor
    assert pairs[3, 2] == 1  # both alive: the smaller fall at the last common occasion
    assert pairs[4, 2] == 1  # which is the first, where one was not seen at the second
    np.testing.assert_array_equal(pairs, -pairs.T)
    assert scores.sum() == 0


def test_that_a_survivor_lost_before_the_others_death_is_compared_by_function():
    _scores, pairs = score_outcomes(outcomes(days=[50, 200], died=[False, True], change=[[-10], [-2]]))
    assert pairs[0, 1] == -1


def test_that_the_tests_of_cafs_are_those_of_r():
    # R: wilcox.test(score ~ arm, exact = FALSE, correct = FALSE); lm(rank(score) ~ arm + baseline)
    frame = tables()["scores.csv"]
    fall = frame["score"].to_numpy(dtype=float)
    base = Outcomes(
        tuple(str(i) for i in range(len(frame))),
        np.full(len(frame), 300.0),
        np.zeros(len(frame), bool),
        fall[:, None],
        frame["baseline"].to_numpy(dtype=float),
    )
    arms = build_factor("arm", frame["arm"].astype(str).tolist(), levels=("0", "1"))
    result = compare_cafs(base, arms)
    np.testing.assert_allclose(result.ranks, RANKS["rank"])
    assert result.rank_sum_p == pytest.approx(RANKS["p"], abs=1e-9)
    assert result.ancova_effect == pytest.approx(RANKS["effect"], abs=1e-9)
    assert result.ancova_se == pytest.approx(RANKS["se"], abs=1e-9)
    assert result.ancova_p == pytest.approx(RANKS["ancova_p"], abs=1e-9)
    assert result.wins + result.losses + result.draws == result.n[0] * result.n[1]


def test_that_cafs_reads_a_study():
    visits = []
    facts = study()
    for i, patient in enumerate(facts):
        for visit, day, total in (("BL", 0, 40), ("M3", 90, 40 - i), ("M6", 180, 38 - i)):
            if i != 3 or visit != "M6":
                visits.append((patient, visit, _day(day), {"alsfrs_r_total": total}))
    snapshot = made_up(facts, visits=visits)
    analysis = analyse_study(snapshot)
    found = derive_outcomes(snapshot, analysis.endpoint)
    assert found.covariate.tolist() == [40] * 12
    assert found.change[7, :2].tolist() == [-7, -9]
    assert np.isnan(found.change[3, 1])
    assert analysis.times.group is not None
    result = compare_cafs(found, analysis.times.group)
    assert result.n == (6, 6)
    assert result.rank_sum_p is not None
    assert result.ancova_p is None  # the baseline is the same for everybody: nothing to adjust for
