"""lifelines beside our own engine, wherever it has the method, and what it says where it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table
from mirocals_desktop.analysis.proof import list_numbers
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


@pytest.mark.parametrize("name", list(CASES))
def test_that_both_engines_agree_wherever_lifelines_has_the_method(name: str, tmp_path: Path):
    result = analysed(name, tmp_path)
    rows = compare_engines(result).rows
    assert [row.number for row in rows] == list_numbers(result)
    assert [row for row in rows if row.agrees is False] == []
    assert sum(row.agrees is True for row in rows) >= 4
    assert all(row.reason for row in rows if row.theirs is None)


def _row(rows: tuple[EngineComparison, ...], name: str) -> EngineComparison:
    return next(row for row in rows if row.number.name == name)


def test_that_a_known_difference_is_explained_and_not_called_an_error(tmp_path: Path):
    rows = compare_engines(analysed("waltons", tmp_path)).rows
    for row in (_row(rows, "peto_peto.chisq"), _row(rows, "zph1.chisq")):
        assert row.expected_to_differ
        assert row.agrees is None
        assert row.difference is not None
        assert abs(row.difference) > 1e-6


def test_that_lifelines_failure_is_a_reason_and_not_an_exception(tmp_path: Path):
    rows = compare_engines(analysed("late_entry_with_an_emptying_risk_set", tmp_path)).rows
    failed = [row for row in rows if "StatError" in row.reason]
    assert failed
    assert all(row.theirs is None for row in failed)


def test_that_a_separated_covariate_is_not_compared_with_a_large_number(tmp_path: Path):
    rows = compare_engines(analysed("a_covariate_that_separates", tmp_path)).rows
    model = [row for row in rows if row.number.name.startswith("cox1.")]
    assert model
    assert all(row.theirs is None and "not estimable" in row.reason for row in model)


def test_that_a_collinear_covariate_is_left_out_of_both(tmp_path: Path):
    rows = compare_engines(analysed("a_collinear_covariate", tmp_path)).rows
    assert [_row(rows, f"cox{place}.coef").agrees for place in (1, 2, 3, 4)] == [True, True, None, True]


def test_that_the_library_and_its_version_are_named(tmp_path: Path):
    report = compare_engines(analysed("a_single_patient", tmp_path))
    assert report.library == "lifelines"
    assert report.version.startswith("0.30")
