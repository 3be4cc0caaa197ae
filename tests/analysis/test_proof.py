"""The R script that a result can be saved with: it prints the same digits, where R is there to run it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table
from mirocals_desktop.analysis.proof import list_numbers, read_printed
from mirocals_desktop.analysis.proof_script import build_proof
from mirocals_desktop.analysis.survival import SurvivalResult
from tests.analysis.test_second_engine import CASES, analysed

NAMES = tuple(CASES)


def _has_r() -> bool:
    if shutil.which("Rscript") is None:
        return False
    run = subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False)
    return run.returncode == 0


def write(result: SurvivalResult, folder: Path) -> None:
    for name, text in build_proof(result, "proof").items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _by_r(result: SurvivalResult, folder: Path) -> tuple[dict[str, float], str]:
    """What R prints when the saved script is run, and the whole of its output."""
    write(result, folder)
    run = subprocess.run(
        ["Rscript", str(folder / "proof.R")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd="/",
    )
    assert run.returncode == 0, run.stderr
    return read_printed(run.stdout), run.stdout


@pytest.mark.skipif(not _has_r(), reason="R with the package survival is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_that_r_prints_every_number_with_the_same_digits(name: str, tmp_path: Path):
    result = analysed(name, tmp_path)
    printed, output = _by_r(result, tmp_path)
    numbers = [number for number in list_numbers(result) if number.value is not None]
    assert len(numbers) > 3
    for number in numbers:
        assert printed[number.name] == pytest.approx(number.value, rel=1e-6, abs=1e-9), number.name
    assert f"Numbers compared: {len(numbers)} of {len(numbers)}" in output
    assert "DIFFERS" not in output


def test_that_the_data_hold_every_row_and_no_label_that_r_could_misread(tmp_path: Path):
    result = analysed("missing_values", tmp_path)
    files = build_proof(result, "proof")
    rows = files["proof_data.csv"].splitlines()
    assert rows[0] == "time,event,group,x1"
    assert len(rows) == 1 + result.times.n
    assert {row.split(",")[2] for row in rows[1:]} == {"L1", "L2", ""}
    text = files["proof.R"]
    assert "group = group: A; B" in text
    assert "@" not in text


def test_that_numbers_that_are_not_estimable_are_not_claimed_and_say_why(tmp_path: Path):
    numbers = {number.name: number for number in list_numbers(analysed("all_censored", tmp_path))}
    assert numbers["curve0.n"].value == numbers["curve0.n"].n
    median = numbers["curve0.median.estimate"]
    assert median.value is None
    assert median.reason == "not reached"
    assert numbers["logrank.chisq"].value is None
    assert numbers["logrank.chisq"].reason == "there is no event"


def test_that_every_number_has_its_own_name_and_a_convention_that_is_printed(tmp_path: Path):
    for name in ("gbsg2", "larynx", "heart"):
        result = analysed(name, tmp_path)
        numbers = list_numbers(result)
        assert len({number.name for number in numbers}) == len(numbers)
        assert {number.topic for number in numbers} <= set(result.conventions)
        assert all((number.value is None) == bool(number.reason) for number in numbers)


def test_that_a_label_cannot_break_out_of_its_comment(tmp_path: Path):
    _case, frame = CASES["waltons"]
    (tmp_path / "evil.csv").write_text(
        frame.assign(group=frame["group"].replace("control", 'x\nq("yes")')).to_csv(index=False)
    )
    result = analyse_flat(read_flat_table(tmp_path / "evil.csv"), FlatOptions("T", "E", group="group"))
    script = build_proof(result, "proof")["proof.R"]
    assert not any(line.startswith("q(") for line in script.splitlines())
