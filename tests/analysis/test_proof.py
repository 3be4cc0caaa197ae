"""The R script that a result can be saved with: it prints the same digits, where R is there to run it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mirocals_desktop.analysis.proof import list_proof, read_printed, write_proof
from tests.analysis.test_second_engine import CASES, analysed

NAMES = ("rossi", "gbsg2", "larynx", "leukemia", "lung", "kidney", "heart", "regression", "a_single_patient")


def _has_r() -> bool:
    if shutil.which("Rscript") is None:
        return False
    run = subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False)
    return run.returncode == 0


@pytest.mark.skipif(not _has_r(), reason="R with the package survival is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_that_r_prints_the_same_digits(name: str, tmp_path: Path):
    result = analysed(name, tmp_path)
    script, _data = write_proof(result, tmp_path)
    run = subprocess.run(
        ["Rscript", str(script)], capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    assert run.returncode == 0, run.stderr
    printed = read_printed(run.stdout)
    lines = list_proof(result)
    assert len(lines) > 3
    for line in lines:
        assert printed[line.name] == pytest.approx(line.value, rel=1e-6, abs=1e-9), line.name


def test_that_the_data_hold_every_row_and_no_label_that_r_could_misread(tmp_path: Path):
    result = analysed("missing_values", tmp_path)
    script, data = write_proof(result, tmp_path)
    rows = data.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "time,event,group,x1"
    assert len(rows) == 1 + result.times.n
    assert {row.split(",")[2] for row in rows[1:]} == {"L1", "L2", ""}
    text = script.read_text(encoding="utf-8")
    assert "group = group: A; B" in text
    assert "@" not in text.replace("@ ", "")


def test_that_numbers_that_are_not_estimable_are_not_claimed(tmp_path: Path):
    names = {line.name for line in list_proof(analysed("all_censored", tmp_path))}
    assert "curve0.n" in names
    assert not {"curve0.median.estimate", "logrank.chisq", "cox.coef.1"} & names


def test_that_a_label_cannot_break_out_of_its_comment(tmp_path: Path):
    _case, frame = CASES["waltons"]
    (tmp_path / "evil.csv").write_text(
        frame.assign(group=frame["group"].replace("control", 'x\nq("yes")')).to_csv(index=False)
    )
    from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table

    result = analyse_flat(read_flat_table(tmp_path / "evil.csv"), FlatOptions("T", "E", group="group"))
    script, _data = write_proof(result, tmp_path)
    assert not any(line.startswith("q(") for line in script.read_text(encoding="utf-8").splitlines())
