"""lifelines beside our own engine, wherever it has the method, and what it says where it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table
from mirocals_desktop.analysis.second_engine import EngineComparison, compare_engines
from mirocals_desktop.analysis.survival import SurvivalResult
from tests.analysis.reference.tables import Case, cases

CASES = {case.name: (case, frame) for case, frame in cases()}


def analysed(name: str, folder: Path) -> SurvivalResult:
    case: Case
    case, frame = CASES[name]
    frame.to_csv(folder / case.file, index=False)
    options = FlatOptions(
        case.time,
        case.event,
        group=case.group,
        entry=case.entry,
        strata=case.strata,
        covariates=case.covariates,
        ties=case.ties,  # type: ignore[arg-type]
        at=case.at,
    )
    return analyse_flat(read_flat_table(folder / case.file), options)


@pytest.mark.parametrize(
    "name",
    ["rossi", "gbsg2", "waltons", "leukemia", "lung", "heart", "psychiatric", "regression", "missing_values"],
)
def test_that_both_engines_agree_wherever_lifelines_has_the_method(name: str, tmp_path: Path):
    rows = compare_engines(analysed(name, tmp_path)).rows
    assert [row for row in rows if row.agrees is False] == []
    assert sum(row.agrees is True for row in rows) >= 5
    assert all(row.reason for row in rows if row.theirs is None and row.ours is not None)


def _row(rows: tuple[EngineComparison, ...], what: str) -> EngineComparison:
    return next(row for row in rows if row.what == what)


def test_that_a_known_difference_is_explained_and_not_called_an_error(tmp_path: Path):
    rows = compare_engines(analysed("waltons", tmp_path)).rows
    peto, zph = _row(rows, "Peto-Peto chi-square"), _row(rows, "proportional hazards chi-square")
    for row in (peto, zph):
        assert row.expected_to_differ
        assert row.agrees is None
        assert row.difference is not None
        assert abs(row.difference) > 1e-6


def test_that_lifelines_failure_is_a_reason_and_not_an_exception(tmp_path: Path):
    rows = compare_engines(analysed("late_entry_with_an_emptying_risk_set", tmp_path)).rows
    assert any(row.theirs is None and row.reason for row in rows)


def test_that_a_separated_covariate_is_not_compared_with_a_large_number(tmp_path: Path):
    rows = compare_engines(analysed("a_covariate_that_separates", tmp_path)).rows
    model = [row for row in rows if "Cox" in row.what]
    assert model
    assert all(row.theirs is None and "not estimable" in row.reason for row in model)


def test_that_a_collinear_covariate_is_left_out_of_both(tmp_path: Path):
    rows = compare_engines(analysed("a_collinear_covariate", tmp_path)).rows
    model = [row for row in rows if "Cox" in row.what]
    assert len(model) == 3
    assert all(row.agrees for row in model)


def test_that_the_library_and_its_version_are_named(tmp_path: Path):
    report = compare_engines(analysed("a_single_patient", tmp_path))
    assert report.library == "lifelines"
    assert report.version.startswith("0.30")
