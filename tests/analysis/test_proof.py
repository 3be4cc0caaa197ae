"""The R script that a result can be saved with: it prints the same digits, where R is there to run it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from mirocals_desktop.analysis.flat_table import FlatOptions, analyse_flat, read_flat_table
from mirocals_desktop.analysis.further_choices import FurtherChoices
from mirocals_desktop.analysis.proof import list_numbers, read_printed
from mirocals_desktop.analysis.proof_further import prove_further
from mirocals_desktop.analysis.proof_script import build_proof
from mirocals_desktop.analysis.second_engine import ProofPart
from mirocals_desktop.analysis.study_cut import build_study_cut, scan_study
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.analysis.survival import SurvivalResult
from tests.analysis.test_second_engine import CASES, analysed
from tests.made_up_study import made_up, protocol_text

START = date(2022, 1, 3)
NAMES = tuple(CASES)


ALL_IN_ONE = """
if (!requireNamespace("survival", quietly = TRUE)) quit(status = 3)
for (folder in commandArgs(trailingOnly = TRUE)) {
  cat("\\n=== ", basename(folder), "\\n", sep = "")
  script <- file.path(folder, "proof.R")
  alone <- new.env()
  assign("commandArgs", function(...) paste0("--file=", script), envir = alone)
  tryCatch(source(script, local = alone, print.eval = TRUE),
           error = function(e) cat("FAILED:", conditionMessage(e), "\\n"))
}
"""  # R takes seconds to begin, so that one run does all scripts, each in an environment of its own


def write(result: SurvivalResult, folder: Path, parts: Sequence[ProofPart] = ()) -> None:
    for name, text in build_proof(result, "proof", parts=parts).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _run_r(*arguments: Path) -> str:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    run = subprocess.run(
        ["Rscript", *map(str, arguments)], capture_output=True, text=True, timeout=600, check=False, cwd="/"
    )
    if run.returncode == 3 or "no package called" in run.stderr:
        pytest.skip("R has no package survival")
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What R prints when the saved script of each case is run."""
    folder = tmp_path_factory.mktemp("proofs")
    for name in NAMES:
        (folder / name).mkdir()
        write(analysed(name, folder / name), folder / name)
    (folder / "further").mkdir()
    result, parts, _notes = _further()
    write(result, folder / "further", parts)
    (folder / "all.R").write_text(ALL_IN_ONE, encoding="utf-8")
    printed = _run_r(folder / "all.R", *(folder / name for name in (*NAMES, "further")))
    _, *parts = re.split(r"^=== (.*)\n", printed, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_that_r_prints_every_number_with_the_same_digits(
    name: str, tmp_path: Path, outputs: dict[str, str]
) -> None:
    output = outputs[name]
    printed = read_printed(output)
    numbers = [number for number in list_numbers(analysed(name, tmp_path)) if number.value is not None]
    assert len(numbers) > 3
    for number in numbers:
        assert printed[number.name] == pytest.approx(number.value, rel=1e-6, abs=1e-9), number.name
    assert f"Numbers compared: {len(numbers)} of {len(numbers)}" in output
    assert "DIFFERS" not in output
    assert "FAILED" not in output


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


PROTOCOL = (
    protocol_text(window=14)
    + """
[[events]]
code = "niv"
label = { en = "Ventilation", fr = "Ventilation" }
variable = "niv_start_date"

[[endpoints]]
code = "death_niv"
label = { en = "Death or ventilation", fr = "Décès ou ventilation" }
events = ["death", "niv"]

[[classes]]
variable = "csf_pnfh"
visit = "BL"
cuts = [900]
labels = [{ en = "low", fr = "bas" }, { en = "high", fr = "haut" }]

[[variables]]
code = "niv_start_date"
label = { en = "Ventilation", fr = "Ventilation" }
kind = "date"
scope = "patient"

[[variables]]
code = "csf_pnfh"
label = { en = "pNFH", fr = "pNFH" }
kind = "number"
scope = "visit"
unit = "pg/mL"
"""
)
CHOSEN = FurtherChoices(
    landmark=70,
    tau=200.0,
    subgroups=("site", "class:csf_pnfh"),
    covariates=("log(csf_pnfh)",),
    cuts=(700.0, 1500.0),
    transform="none",
)


@cache
def _further() -> tuple[SurvivalResult, list[ProofPart], list[str]]:
    """A study that has something in every further view, with other settings than they first open with."""
    patients: dict[str, dict[str, float | str]] = {}
    visits = []
    for number in range(36):
        day, died = 20 + (number * 197) % 331, number % 3 != 0
        name = f"{number:03}"
        patients[name] = {
            "randomisation_date": START.isoformat(),
            "arm": "active" if number % 2 else "placebo",
            "site": "FR01" if number // 4 % 2 else "UK01",
            ("death_date" if died else "last_contact_date"): (START + timedelta(day)).isoformat(),
        } | ({"vital_status": "dead"} if died else {})
        if number % 5 == 0:
            patients[name]["niv_start_date"] = (START + timedelta(day // 2)).isoformat()
        for visit, planned in (("BL", 0), ("M3", 90), ("M6", 180)):
            if day > planned:
                values: dict[str, float | str] = {
                    "alsfrs_r_total": 44 - planned // (20 + number) - number % 7
                }
                if visit == "BL":
                    values["csf_pnfh"] = 300.0 + 67 * ((number * 17) % 36)
                visits.append((name, visit, (START + timedelta(planned)).isoformat(), values))
    snapshot = made_up(patients, visits=visits, protocol=PROTOCOL)
    analysis = analyse_study(snapshot, endpoint="death_niv")
    searched = scan_study(build_study_cut(snapshot, analysis.endpoint, ticks=(0.0,)), permutations=100)
    parts, notes = prove_further(snapshot, analysis, choices=replace(CHOSEN, searched=searched))
    return analysis.result, parts, notes


def test_that_every_further_view_is_proved_by_the_second_engine_or_says_why_not():
    _result, parts, notes = _further()
    assert notes == []
    codes = [re.sub(r"\d", "", part.code) for part in parts]
    assert list(dict.fromkeys(codes)) == [
        *("landmark", "means", "definition", "adjusted", "subgroups", "cut", "search", "permuted", "effect"),
        *("unknowns", "robustness", "incidence", "cafs"),
    ]
    rows = {row.number.name: row for part in parts for row in part.rows}
    assert len(rows) == sum(len(part.rows) for part in parts)
    assert [name for name, row in rows.items() if row.agrees is False] == []
    assert all(row.convention and row.number.n for row in rows.values())
    assert all(row.theirs is not None or row.reason for row in rows.values())
    for name in (
        *("landmark.logrank.p", "means.rmst_difference2.estimate", "adjusted.cox2.hr", "subgroups.row1.hr"),
        *("subgroups.interaction1.p", "cut.class2.hr", "cut.interaction.p", "cut.classes.chisq"),
        *("effect.at.900.hr", "effect.crossing", "unknowns.envelope1.best", "unknowns.patient1.p_if_dead"),
        *("unknowns.tipping.0.0.p", "robustness.fragility.p_before", "robustness.patient1.hr_without"),
        *("incidence.curve1.cause1.estimate.150", "cafs.rank_sum.p"),
    ):
        assert rows[name].agrees, name
    assert 0 < (rows["permuted.p"].number.value or 0) <= 1
    assert "100 permutations" in rows["permuted.p"].convention
    for name in ("subgroups.row1.hr", "subgroups.interaction1.p", "cut.class1.hr", "effect.at.900.hr"):
        assert "in the primary unadjusted analysis" in rows[name].convention
    assert rows["cafs.rank_sum.p"].engine.startswith("scipy ")
    assert "another variance" in rows["incidence.curve1.cause1.se.150"].reason
    assert all(
        not re.search(r"\b0\d\d\b", line.split(",")[0]) for part in parts for line in part.data.splitlines()
    )


def test_that_the_proof_follows_what_was_set_in_the_views():
    _result, parts, _notes = _further()
    titles = {part.code: part.title for part in parts}
    assert titles["landmark"] == "Landmark, day 70"
    assert titles["means"] == "Restricted mean to day 200"
    assert titles["cut"] == "pNFH cut at 700, 1500"
    rows = {row.number.name: row for part in parts for row in part.rows}
    assert "Exploratory" in rows["cut.class1.hr"].convention
    assert rows["cut.class2.hr"].number.group == "> 700, ≤ 1500"
    assert "not centred" in rows["effect.median.hr"].convention
    assert {row.number.group for name, row in rows.items() if "interaction1" in name} == {"pNFH class"}
    assert "log(csf_pnfh)" in rows["adjusted.cox2.hr"].convention


def test_that_r_prints_the_further_numbers_with_the_same_digits(outputs: dict[str, str]) -> None:
    result, parts, _notes = _further()
    output = outputs["further"]
    printed = read_printed(output)
    numbers = [row.number for part in parts for row in part.rows if row.number.value is not None]
    assert {number.name.split(".")[0] for number in numbers} == {part.code for part in parts}
    for number in numbers:
        assert printed[number.name] == pytest.approx(number.value, rel=1e-6, abs=1e-9), number.name
    own = [number for number in list_numbers(result) if number.value is not None]
    assert f"Numbers compared: {len(own) + len(numbers)} of {len(own) + len(numbers)}" in output
    assert "DIFFERS" not in output
