"""Every number of the survival result against R's, on public data and on edge cases.

The tables and questions are in reference/tables.py, R's calls in reference/make_reference.R, its answers in
reference/reference.json. The R call behind each number stands in the test that compares it.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mirocals_desktop.analysis.cox_residuals import dfbeta_residuals, martingale_residuals
from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table
from mirocals_desktop.analysis.kaplan_meier import estimate_quantile
from mirocals_desktop.analysis.log_rank import compare_groups, fleming_harrington
from mirocals_desktop.analysis.survival import SurvivalResult
from mirocals_desktop.analysis.survival_json import to_json
from tests.analysis.reference.tables import Case, cases, edge_cases, public_data, write_tables

REFERENCE = Path(__file__).parent / "reference" / "reference.json"
ANSWERS: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
CASES = {case.name: case for case, _frame in cases()}
BY_CASE = pytest.mark.parametrize("name", CASES)


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_tables(folder)
    return folder


@cache
def _result(folder: Path, name: str) -> SurvivalResult:
    case: Case = CASES[name]
    options = FlatOptions(
        time=case.time,
        event=case.event,
        group=case.group,
        entry=case.entry,
        strata=case.strata,
        covariates=case.covariates,
        reference=case.reference,
        ties=case.ties,  # type: ignore[arg-type]
        interval=case.interval,  # type: ignore[arg-type]
        tau=case.tau,
        at=case.at,
    )
    return analyse_flat(read_flat_table(folder / case.file), options)


def agree(mine: object, r: object, *, absolute: float = 0.0, relative: float = 0.0) -> None:
    """Both None at the same places, and elsewhere within the tolerance."""
    ours = np.array([math.nan if v is None else float(v) for v in np.ravel(np.array(mine, dtype=object))])
    theirs = np.array([math.nan if v is None else float(v) for v in np.ravel(np.array(r, dtype=object))])
    np.testing.assert_allclose(ours, theirs, atol=absolute, rtol=relative)


def blocks(result: SurvivalResult, answer: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    plain = to_json(result)
    assert [g["group"] for g in plain["groups"]] == [g["group"] for g in answer["groups"]]
    return list(
        zip([plain["overall"], *plain["groups"]], [answer["overall"], *answer["groups"]], strict=True)
    )


def test_that_there_are_ten_public_data_sets_and_twenty_edge_cases():
    assert len(public_data()) >= 10
    assert len(edge_cases()) >= 20
    assert set(ANSWERS) == {*CASES, "R"}


@BY_CASE
def test_that_the_curve_and_its_limits_are_those_of_r(name: str, tables: Path):
    # R: survfit(Surv(entry, time, event) ~ 1, conf.type = interval), for all patients and in each group
    for mine, r in blocks(_result(tables, name), ANSWERS[name]):
        assert (mine["n"], mine["events"]) == (r["n"], r["events"])
        agree(mine["curve"]["time"], r["curve"]["time"], absolute=1e-12)
        agree(mine["curve"]["survival"], r["curve"]["survival"], absolute=1e-9)
        for column in ("at_risk", "events", "censored"):
            assert mine["curve"][column] == r["curve"][column]
        for column in ("lower", "upper"):
            agree(mine["curve"][column], r["curve"][column], absolute=1e-8)


@BY_CASE
def test_that_medians_quartiles_and_follow_up_are_those_of_r(name: str, tables: Path):
    # R: quantile(survfit(...)), quantile(survfit(Surv(time, 1 - event) ~ 1))
    result = _result(tables, name)
    for mine, r in blocks(result, ANSWERS[name]):
        for column in ("estimate", "lower", "upper"):
            agree(mine["median"][column], r["quartiles"][column][1], absolute=1e-9)
            agree(mine["follow_up_median"][column], r["follow_up"][column], absolute=1e-9)
    for group, r in zip(result.groups, ANSWERS[name]["groups"], strict=True):
        for i, probability in enumerate((0.25, 0.5, 0.75)):
            quantile = estimate_quantile(group.curve, probability)
            agree(
                [quantile.estimate, quantile.lower, quantile.upper],
                [r["quartiles"][column][i] for column in ("estimate", "lower", "upper")],
                absolute=1e-9,
            )


@BY_CASE
def test_that_the_rows_at_chosen_days_are_those_of_r(name: str, tables: Path):
    # R: summary(survfit(...), times = at) for S and limits; sum(time >= t & entry < t) for those at risk
    for mine, r in blocks(_result(tables, name), ANSWERS[name]):
        assert len(mine["at"]) == len(r["at"])
        for row, answer in zip(mine["at"], r["at"], strict=True):
            for column in ("day", "at_risk", "events", "censored"):
                assert row[column] == answer[column]
            agree(row["survival"], answer["survival"], absolute=1e-9)
            agree([row["lower"], row["upper"]], [answer["lower"], answer["upper"]], absolute=1e-8)


@BY_CASE
def test_that_restricted_means_are_those_of_r(name: str, tables: Path):
    # R: summary(survfit(...), rmean = tau)$table; the difference and ratio as survRM2::rmst2
    result = _result(tables, name)
    answer = ANSWERS[name]
    for mine, r in blocks(result, answer):
        agree(mine["rmst"]["tau"], r["rmst"]["tau"])
        agree(mine["rmst"]["estimate"], r["rmst"]["estimate"], absolute=1e-9, relative=1e-12)
        agree(mine["rmst"]["se"], r["rmst"]["se"], absolute=1e-6)
    mine, r = to_json(result)["rmst_difference"], answer.get("rmst_difference")
    if r is None:
        assert mine is None
        return
    agree(mine["estimate"], r["estimate"], absolute=1e-9)
    for column in ("se", "lower", "upper"):
        agree(mine[column], r[column], absolute=1e-6)
    agree(mine["p"], r["p"] if r["se"] else None, absolute=1e-6)  # without variance R divides by 0
    agree(mine["ratio"]["estimate"], r["ratio"], absolute=1e-9)
    agree(
        [mine["ratio"]["lower"], mine["ratio"]["upper"]], [r["ratio_lower"], r["ratio_upper"]], absolute=1e-6
    )


@BY_CASE
def test_that_log_rank_tests_are_those_of_r(name: str, tables: Path):
    # R: survdiff(Surv(time, event) ~ group), ... + strata(s), rho = 1; weights by their formula
    result, answer = _result(tables, name), ANSWERS[name]
    plain = to_json(result)
    if len(result.groups) < 2 or result.times.entry is not None:  # survdiff refuses late entry
        assert "logrank" not in answer
        return
    for mine, r in (
        (plain["logrank"], answer.get("logrank")),
        (plain["weighted"]["peto_peto"], answer.get("peto_peto")),
        (plain["stratified_logrank"], answer.get("stratified_logrank")),
    ):
        if r is None:  # R finds no variance
            assert mine is None or mine["chisq"] is None
            continue
        agree(mine["chisq"], r["chisq"], relative=1e-8, absolute=1e-13)
        assert mine["df"] == r["df"]
        agree(mine["p"], r["p"], relative=1e-8)
    for weight in ("gehan_wilcoxon", "tarone_ware"):
        agree(plain["weighted"][weight]["chisq"], answer.get(weight), relative=1e-8)
    late = compare_groups(result.times, weight=fleming_harrington(0, 1), stratified=False)
    agree(late.chisq, answer.get("late_difference"), relative=1e-8)
    if "trend" in answer:
        agree(plain["trend"]["chisq"], answer["trend"], relative=1e-8)
        agree([pair["p"] for pair in plain["pairwise"]], answer["pairwise"]["p"], relative=1e-8)
        agree([pair["p_holm"] for pair in plain["pairwise"]], answer["pairwise"]["p_holm"], relative=1e-8)


@BY_CASE
def test_that_the_cox_model_is_that_of_r(name: str, tables: Path):
    # R: coxph(Surv(entry, time, event) ~ group + covariates + strata(s), ties = ...), eps = 1e-13
    result, r = _result(tables, name), ANSWERS[name].get("cox")
    cox = to_json(result)["cox"]
    if r is None:
        assert cox is None
        return
    assert (cox["n"], cox["events"]) == (r["n"], r["events"])
    agree([term["coef"] for term in cox["terms"]], r["coef"], relative=1e-6, absolute=1e-9)
    agree([term["se"] for term in cox["terms"]], r["se"], absolute=1e-6)
    for test in ("lr", "wald", "score"):
        agree(cox[test]["chisq"], r[test]["chisq"], relative=1e-7, absolute=1e-8)
        assert cox[test]["df"] == r[test]["df"]
        agree(cox[test]["p"], r[test]["p"], relative=1e-6)
    agree(cox["concordance"], r["concordance"], absolute=1e-9)
    assert result.cox is not None
    agree(
        [result.cox.log_likelihood_null, result.cox.log_likelihood], r["loglik"], relative=1e-8, absolute=1e-8
    )
    for term in cox["terms"]:
        assert (term["coef"] is None) == (term["hr"] is None) == (term["p"] is None)
    unknown = [term["name"] for term in cox["terms"] if term["coef"] is None]
    for term in unknown:
        assert any(term in note for note in result.notes)


@BY_CASE
def test_that_residuals_are_those_of_r(name: str, tables: Path):
    # R: residuals(coxph(...), "martingale"), residuals(coxph(...), "dfbeta")
    result, r = _result(tables, name), ANSWERS[name].get("cox") or {}
    if r.get("martingale"):
        assert result.cox is not None
        agree(martingale_residuals(result.cox), r["martingale"], absolute=1e-7)
    if r.get("dfbeta"):
        assert result.cox is not None
        agree(dfbeta_residuals(result.cox).T.ravel(), r["dfbeta"], absolute=1e-7)


@BY_CASE
def test_that_the_test_of_proportional_hazards_is_that_of_r(name: str, tables: Path):
    # R: cox.zph(coxph(...)), transform "km", of survival 3 or newer
    result, r = _result(tables, name), ANSWERS[name].get("zph")
    zph = to_json(result)["zph"]
    if r is None:
        assert zph is None or zph["global"]["chisq"] is None
        return
    estimable = [term for term in zph["terms"] if term["df"]]
    rows = [*estimable, zph["global"]]
    agree([row["chisq"] for row in rows], r["chisq"], relative=1e-6, absolute=1e-9)
    assert [row["df"] for row in rows] == r["df"]
    agree([row["p"] for row in rows], r["p"], absolute=1e-6)


@BY_CASE
def test_that_the_json_has_no_number_that_is_not_one(name: str, tables: Path):
    text = json.dumps(to_json(_result(tables, name)), allow_nan=False)
    assert "Infinity" not in text


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_that_r_still_gives_the_answers_of_the_reference(tmp_path: Path, tables: Path):
    script = REFERENCE.parent / "make_reference.R"
    fresh = tmp_path / "fresh.json"
    run = subprocess.run(
        ["Rscript", str(script), str(tables), str(fresh)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if "there is no package called" in run.stderr:
        pytest.skip("R has no package survival")
    assert run.returncode == 0, run.stderr
    again = json.loads(fresh.read_text(encoding="utf-8"))
    for name in CASES:
        agree(
            again[name]["overall"]["curve"]["survival"],
            ANSWERS[name]["overall"]["curve"]["survival"],
            absolute=1e-12,
        )
        if ANSWERS[name].get("cox"):
            agree(again[name]["cox"]["coef"], ANSWERS[name]["cox"]["coef"], relative=1e-6, absolute=1e-9)
