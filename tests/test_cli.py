"""The program without a window: what its commands answer, and with which exit code they end."""

from __future__ import annotations

import argparse
import inspect
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mirocals_desktop.cli.commands import BUG, COMMANDS, DONE, NEEDS_ANSWERS, REFUSED, USAGE, is_command
from mirocals_desktop.cli.main import OF_ARGPARSE, run_command
from mirocals_desktop.i18n import every_language, language
from mirocals_desktop.study import ledger
from mirocals_desktop.study.study import Study
from tests.study.records import PASSPHRASE, create, create_blinded, frame, value


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "MIROCALS_PASSPHRASE", "MIROCALS_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of forty patients: half of each arm dies, on a day of their own."""
    path = tmp_path / "trial.mirocals"
    rows = []
    for number in range(40):
        patient = f"P-{number:02d}"
        rows += [
            value(patient, "arm", "il2" if number % 2 else "placebo"),
            value(patient, "sex", "male" if number % 3 else "female"),
            value(patient, "randomisation_date", "2022-01-01"),
            value(patient, "first_dose_date", "2022-01-02"),
        ]
        if number % 4 < 2:
            rows += [
                value(patient, "vital_status", "dead"),
                value(patient, "death_date", f"2022-{1 + number // 4:02d}-{10 + number % 4}"),
            ]
        else:
            rows += [
                value(patient, "vital_status", "alive"),
                value(patient, "last_contact_date", "2024-01-01"),
            ]
    with create(path) as study:
        study.record(ledger.IMPORTED, observations=frame(*rows))
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = DONE) -> Any:
    """The JSON answer of a command that ends with this exit code."""
    assert run_command([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = DONE) -> str:
    """What a command says, on both streams."""
    assert run_command([str(argument) for argument in arguments]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


# --- what is a command -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], False),
        (["trial.mirocals"], False),
        (["/data/import.xlsx", "b.csv"], False),
        (["survival", "trial.mirocals"], True),
        (["--help"], True),
        (["-h"], True),
        (["surival"], True),
    ],
)
def test_that_a_command_is_told_from_a_file_to_open(arguments: list[str], expected: bool) -> None:
    assert is_command(arguments) is expected


def test_that_a_file_without_suffix_is_opened(tmp_path: Path) -> None:
    (tmp_path / "trial").touch()

    assert not is_command([str(tmp_path / "trial")])


@pytest.mark.parametrize(
    "arguments",
    [
        ["surival", "x"],
        ["new"],
        ["import", "a.mirocals"],
        ["import", "a.mirocals", "b.csv", "--answer", "yes"],
        ["verify", "a", "b"],
        ["--nonsense"],
        ["survival", "a.mirocals", "--horizon", "soon"],
        ["survival", "a.csv", "--time", "t"],
        ["survival", "a.csv", "--group", "g"],
        ["survival", "a.csv", "--time", "t", "--event", "e", "--by", "arm"],
        ["survival", "a.csv", "--time", "t", "--event", "e", "--ties", "exact"],
        ["survival", "a.mirocals", "--search-cuts", "100"],
        ["new", "a.mirocals", "--passphrase-file", "p.txt"],  # it would look protected, and not be
        ["new", "a.mirocals", "--key-passphrase-file", "p.txt"],
    ],
)
def test_that_wrong_usage_ends_with_2_and_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run_command(arguments) == USAGE

    assert "usage: mirocals-desktop" in capsys.readouterr().err


def test_that_help_and_version_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert "survival" in said(capsys, "--help")
    assert "MIROCALS Desktop 0." in said(capsys, "--version")
    assert "--interval" in said(capsys, "survival", "--help")


def test_that_every_command_has_its_help_and_the_exit_codes_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = said(capsys, "--help")

    assert "3 the import needs answers" in " ".join(whole.split())
    for command in COMMANDS:
        assert f"    {command.name} " in whole
        assert f"usage: mirocals-desktop {command.name}" in said(capsys, command.name, "--help")
        assert run_command(["--", command.name]) == USAGE  # known wherever it stands


def test_that_the_words_to_be_translated_for_argparse_are_words_that_it_says() -> None:
    code = inspect.getsource(argparse)

    assert [text for text in OF_ARGPARSE if text.removesuffix("\n") not in code] == []


def test_that_a_translation_for_argparse_keeps_what_argparse_fills_in() -> None:
    filled = re.compile(r"%(?:\(\w+\))?[rs]")
    for text in OF_ARGPARSE:
        for said in every_language(text):
            assert sorted(filled.findall(said)) == sorted(filled.findall(text)), said


# --- new, verify -------------------------------------------------------------------------------------------


def test_that_a_new_study_is_of_the_mirocals_protocol_and_signed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "new.mirocals"

    found = answer(capsys, "new", path, "--person", "Ada", "--title", "Our trial")

    assert (found["protocol"], found["title"], found["blinded"]) == ("mirocals", "Our trial", False)
    with Study.open(path, person="A", role="r") as study:
        assert study.title == "Our trial"
        assert study.entries()[0].person == "Ada"
        assert study.head == found["head"]


def test_that_a_new_study_takes_its_protocol_from_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, repository: Path
) -> None:
    text = (repository / "resources" / "protocols" / "follow_up.toml").read_text(encoding="utf-8")
    protocol = tmp_path / "own.toml"
    protocol.write_text(text.replace('code = "follow_up"', 'code = "own"'), encoding="utf-8")

    assert answer(capsys, "new", tmp_path / "a.mirocals", "--protocol", protocol)["protocol"] == "own"

    protocol.write_text(text.replace('kind = "date"', 'kind = "day"'), encoding="utf-8")
    refused = said(capsys, "new", tmp_path / "b.mirocals", "--protocol", protocol, code=REFUSED)
    assert "Line " in refused
    assert "allowed are number, integer, date, choice, text" in refused
    assert not (tmp_path / "b.mirocals").exists()


def test_that_a_path_that_is_too_long_is_a_sentence_and_no_bug(
    capsys: pytest.CaptureFixture[str], study: Path
) -> None:
    name = "x" * 300
    assert is_command([name])
    for command in (["new", f"{name}.mirocals"], ["verify", name], ["export", study, f"{name}.xlsx"]):
        assert "too long" in said(capsys, *command, code=REFUSED)
    assert f"{name}.toml" in said(capsys, "new", "a", "--protocol", f"{name}.toml", code=REFUSED)
    assert f"{name}.csv" in said(capsys, "import", study, f"{name}.csv", code=REFUSED)


def test_that_a_study_is_not_made_twice(capsys: pytest.CaptureFixture[str], study: Path) -> None:
    found = answer(capsys, "new", study, code=REFUSED)

    assert "already" in found["error"]
    assert found["hint"]


def test_that_a_blinded_study_needs_a_passphrase_for_its_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, key = tmp_path / "b.mirocals", tmp_path / "b.key"
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "passphrase is needed" in said(capsys, "new", path, "--blinded", key, code=REFUSED)
    assert not path.exists()

    monkeypatch.setenv("MIROCALS_KEY_PASSPHRASE", PASSPHRASE)
    assert answer(capsys, "new", path, "--blinded", key)["blinded"]
    assert key.exists()


def test_that_an_encrypted_study_is_opened_by_a_passphrase_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, secret = tmp_path / "e.mirocals", tmp_path / "secret.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    answer(capsys, "new", path, "--encrypt", "--passphrase-file", secret)

    assert answer(capsys, "verify", path, "--passphrase-file", secret)["whole"]
    assert "protected by a passphrase" in answer(capsys, "verify", path, code=REFUSED)["error"]
    missing = answer(capsys, "verify", path, "--passphrase-file", tmp_path / "no", code=REFUSED)
    assert "could not be read" in missing["error"]


def test_that_verify_tells_a_whole_study(capsys: pytest.CaptureFixture[str], study: Path) -> None:
    found = answer(capsys, "verify", study)

    assert (found["whole"], found["entries"], found["problem"]) == (True, 2, "")
    assert found["observations"] == 240
    assert f"Last hash: {found['head']}" in said(capsys, "verify", study)


def test_that_no_command_computes_from_an_altered_study_or_writes_into_it(
    capsys: pytest.CaptureFixture[str], study: Path, table: Path, tmp_path: Path
) -> None:
    content = study.read_bytes()
    assert content.count(b"2022-03-10") > 0
    study.write_bytes(content.replace(b"2022-03-10", b"2022-03-11"))

    altered = study.read_bytes()
    found = answer(capsys, "verify", study, code=REFUSED)

    assert (found["whole"], found["broken_entry"]) == (False, 2)
    for command in (
        ["verify", study],
        ["survival", study],
        ["export", study, tmp_path / "out.xlsx"],
        ["import", study, table, "--accept-suggestions"],
    ):
        assert "Entry 2 of " in said(capsys, *command, code=REFUSED)
    assert study.read_bytes() == altered
    assert not (tmp_path / "out.xlsx").exists()


def test_that_an_older_copy_is_told_by_a_hash_that_was_noted(
    capsys: pytest.CaptureFixture[str], study: Path, tmp_path: Path
) -> None:
    older = tmp_path / "older.mirocals"
    older.write_bytes(study.read_bytes())
    noted = answer(capsys, "verify", study)["head"]
    with Study.open(study, person="A", role="r") as opened:
        opened.set_option("horizon_days", 100, reason="for the test")
        newer = opened.head

    assert answer(capsys, "verify", study, "--head", noted)["head"] == newer
    assert answer(capsys, "verify", study, "--head", newer.upper())["whole"]
    refused = answer(capsys, "verify", older, "--head", newer, code=REFUSED)
    assert newer in refused["error"]
    assert "older copy" in refused["hint"]


# --- import ------------------------------------------------------------------------------------------------

TABLE = """Patient;Randomised;Arm;Dead (1/0);Last seen / died;Visit;Date of visit;Weight (kg)
P-1;03/01/2022;IL-2;1;20/05/2022;V4;01/02/2022;70,5
P-2;04/01/2022;placebo;0;28/11/2023;V4;31/02/2022;80,1
"""


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A study without data."""
    path = tmp_path / "empty.mirocals"
    with create(path):
        pass
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A small table in which one day does not exist."""
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_that_an_import_that_needs_answers_ends_with_3_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    found = answer(capsys, "import", empty, table, code=NEEDS_ANSWERS)

    assert found["questions"]
    for question in found["questions"]:
        assert question["what"]
        assert question["choices"]
    assert found["patients"] == 0
    with Study.open(empty, person="A", role="r") as study:
        assert len(study.entries()) == 1
    text = said(capsys, "import", empty, table, code=NEEDS_ANSWERS)
    assert f"--answer '{found['questions'][0]['id']}=" in text


def test_that_an_import_takes_suggestions_and_tells_what_it_did(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    found = answer(capsys, "import", empty, table, "--accept-suggestions", "--person", "Ada")

    assert (found["patients"], found["deaths"], found["measurements"]) == (2, 1, {"weight": 2})
    assert [(issue["cell"], issue["severity"]) for issue in found["issues"] if issue["cell"] == "G3"] == [
        ("G3", "error")
    ]
    with Study.open(empty, person="A", role="r") as study:
        assert study.entries()[-1].number == found["entry"] == 2
        assert (study.entries()[-1].person, study.entries()[-1].summary) == ("Ada", "table.csv")


def test_that_questions_are_answered_by_their_ids(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    given: list[str] = []
    for _round in range(5):
        code = run_command(["import", str(empty), str(table), *given, "--json"])
        found = json.loads(capsys.readouterr().out)
        if code == DONE:
            break
        for question in found["questions"]:
            given += ["--answer", f"{question['id']}={question['suggested']}"]

    assert code == DONE
    assert found["patients"] == 2


def test_that_a_recipe_file_answers_the_questions_of_a_scripted_import(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "recipe.json"
    answer(capsys, "import", empty, table, "--accept-suggestions", "--dry-run", "--save-recipe", kept)
    found = answer(capsys, "import", empty, table, "--recipe", kept)

    assert found["entry"] == 2
    assert found["patients"] == 2
    kept.write_text("{}", encoding="utf-8")
    assert "recipe" in answer(capsys, "import", empty, table, "--recipe", kept, code=REFUSED)["error"]


def test_that_a_locked_spreadsheet_is_opened_with_the_password_of_a_file(
    capsys: pytest.CaptureFixture[str], empty: Path, tmp_path: Path
) -> None:
    from msoffcrypto.format.ooxml import OOXMLFile
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Patient", "Visit", "Weight (kg)"])
    book.active.append(["P-1", "V2", 70])
    book.active.append(["P-2", "V2", 71])
    plain, locked = io.BytesIO(), io.BytesIO()
    book.save(plain)
    OOXMLFile(plain).encrypt("secret", locked)
    path, key = tmp_path / "locked.xlsx", tmp_path / "password.txt"
    path.write_bytes(locked.getvalue())
    key.write_text("secret\n", encoding="utf-8")

    assert "password" in answer(capsys, "import", empty, path, code=REFUSED)["error"]
    found = answer(capsys, "import", empty, path, "--unlock", key, "--accept-suggestions")
    assert found["measurements"] == {"weight": 2}


def test_that_a_dry_run_tells_the_study_as_it_would_be_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    before = empty.read_bytes()

    dry = answer(capsys, "import", empty, table, "--accept-suggestions", "--dry-run")

    assert empty.read_bytes() == before
    assert dry.pop("dry_run")
    real = answer(capsys, "import", empty, table, "--accept-suggestions")
    assert (dry.pop("entry"), real.pop("entry"), real.pop("dry_run")) == (0, 2, False)
    assert dry == real


def test_that_drift_is_said_before_what_is_asked_and_a_dry_run_tells_the_review_as_well(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    answer(capsys, "import", empty, table, "--accept-suggestions")
    first, *others = TABLE.splitlines()
    table.write_text("\n".join([f"{first};Kappa", *(f"{row};1,5" for row in others)]), encoding="utf-8")

    asked = said(capsys, "import", empty, table, code=NEEDS_ANSWERS).splitlines()
    dry = said(capsys, "import", empty, table, "--dry-run", code=NEEDS_ANSWERS).splitlines()

    assert "“Kappa” was not in earlier files" in asked[0]
    assert asked[1].startswith("1 question must be answered")
    assert dry[0].startswith("New: 2, changed: 0, same: 11, missing: 0")
    assert dry[1] == asked[0]
    assert set(asked) < set(dry)


def test_that_replacing_values_needs_a_reason(
    capsys: pytest.CaptureFixture[str], empty: Path, table: Path
) -> None:
    answer(capsys, "import", empty, table, "--accept-suggestions")
    table.write_text(TABLE.replace("70,5", "75,5"), encoding="utf-8")

    refused = answer(capsys, "import", empty, table, "--accept-suggestions", code=REFUSED)
    done = answer(capsys, "import", empty, table, "--accept-suggestions", "--reason", "scales mended")

    assert "needs a reason" in refused["error"]
    assert (done["changed"], done["new"]) == (1, 0)
    text = said(capsys, "import", empty, table, "--accept-suggestions")
    assert "Nothing was written." in text
    assert "New: 0, changed: 0" in text


def test_that_a_file_that_is_no_spreadsheet_is_refused(
    capsys: pytest.CaptureFixture[str], empty: Path, tmp_path: Path
) -> None:
    missing = answer(capsys, "import", empty, tmp_path / "no.xlsx", code=REFUSED)

    assert "no.xlsx" in missing["error"]


CANARY_TABLE = """Patient;Randomised;Arm;Visit;Date of visit;Treg (% of CD4+);Treg (cells/µL);Weight (kg)
P-1;03/01/2022;IL-2;V2;03/01/2022;7,5;61,2;70,5
P-1;03/01/2022;IL-2;V4;01/02/2022;31,4159;271,828;70,1
P-2;04/01/2022;placebo;V2;04/01/2022;7,1;58,1;80,1
P-2;04/01/2022;placebo;V4;02/02/2022;166,1803;0,00577;80,2
"""
CANARIES = ("31,4159", "31.4159", "271,828", "271.828", "166,1803", "166.1803", "0,00577", "0.00577", "5.77")


def test_that_no_answer_export_or_temporary_file_of_a_blinded_study_tells_a_restricted_value(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    table = tmp_path / "laboratory.csv"
    table.write_text(CANARY_TABLE, encoding="utf-8")
    with create_blinded(tmp_path):
        pass
    path, workbook = tmp_path / "blinded.mirocals", tmp_path / "out.xlsx"

    texts = []
    for arguments in (
        ["import", path, table],
        ["import", path, table, "--json"],
        ["import", path, table, "--accept-suggestions", "--dry-run", "--json"],
        ["import", path, table, "--accept-suggestions"],
        ["import", path, table, "--accept-suggestions", "--json"],
        ["export", path, workbook],
        ["survival", path, "--json"],
        ["verify", path],
    ):
        run_command([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        texts.append(captured.out + captured.err)
    with zipfile.ZipFile(workbook) as parts:
        texts += [parts.read(name).decode("utf-8") for name in parts.namelist()]
    texts.append(path.read_bytes().decode("latin-1"))
    texts += [file.read_bytes().decode("latin-1") for file in temporary.rglob("*") if file.is_file()]

    with Study.open(path, person="A", role="r") as study:
        snapshot = study.snapshot()
        assert snapshot.measurements["sealed"].sum() == 4
        assert len(snapshot.patients) == 2
        assert "arm" not in snapshot.patients
    assert [canary for canary in CANARIES if any(canary in text for text in texts)] == []


# --- survival ----------------------------------------------------------------------------------------------


def test_that_survival_of_a_study_is_by_arm_and_told_in_full(
    capsys: pytest.CaptureFixture[str], study: Path
) -> None:
    found = answer(capsys, "survival", study)

    assert (found["overall"]["n"], found["overall"]["events"]) == (40, 20)
    assert {(group["group"], group["n"], group["events"]) for group in found["groups"]} == {
        ("Placebo", 20, 10),
        ("IL-2", 20, 10),
    }
    assert found["logrank"]["df"] == 1
    assert found["study"]["horizon"] == 640
    assert not found["synthetic"]


def test_that_groups_and_horizon_can_be_chosen(capsys: pytest.CaptureFixture[str], study: Path) -> None:
    pooled = answer(capsys, "survival", study, "--by", "", "--horizon", "100")
    by_sex = answer(capsys, "survival", study, "--by", "sex", "--horizon", "none", "--at", "50,150")

    assert (pooled["groups"], pooled["study"]["horizon"]) == ([], 100)
    assert pooled["overall"]["events"] < 20
    assert by_sex["study"]["horizon"] is None
    assert [row["day"] for row in by_sex["overall"]["at"]] == [50, 150]
    assert len(by_sex["groups"]) == 2


def test_that_survival_is_told_in_words(capsys: pytest.CaptureFixture[str], study: Path) -> None:
    text = said(capsys, "survival", study)

    assert "All: 40 patients, 20 events" in text
    assert "Log-rank: chi-square" in text
    assert "p = " in text
    assert "day 640" in text


def test_that_a_blinded_study_is_not_split_by_arm(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with create_blinded(tmp_path) as study:
        study.record(
            ledger.IMPORTED,
            observations=frame(
                *[value(f"P-{i}", "arm", "il2" if i % 2 else "placebo") for i in range(8)],
                *[value(f"P-{i}", "randomisation_date", "2022-01-01") for i in range(8)],
                *[value(f"P-{i}", "last_contact_date", "2023-01-01") for i in range(8)],
            ),
        )
    path = tmp_path / "blinded.mirocals"

    assert answer(capsys, "survival", path)["groups"] == []
    assert "blinded" in answer(capsys, "survival", path, "--by", "arm", code=REFUSED)["error"]


def test_that_a_wrong_group_is_refused_with_what_is_possible(
    capsys: pytest.CaptureFixture[str], study: Path
) -> None:
    found = answer(capsys, "survival", study, "--by", "shoe_size", code=REFUSED)

    assert "shoe_size" in found["error"]
    assert "sex" in found["hint"]


def test_that_a_flat_table_is_analysed_without_a_study(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("days,dead,arm\n5,1,A\n8,0,A\n9,1,B\n12,1,B\n,1,B\n", encoding="utf-8")

    found = answer(capsys, "survival", table, "--time", "days", "--event", "dead", "--group", "arm")

    assert (found["overall"]["n"], found["overall"]["events"]) == (4, 3)
    assert found["left_out"]["rows"] == 1
    assert [group["group"] for group in found["groups"]] == ["A", "B"]


def test_that_a_wrong_row_of_a_flat_table_is_refused_and_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("days,dead\n5,1\n-8,0\n", encoding="utf-8")

    found = answer(capsys, "survival", table, "--time", "days", "--event", "dead", code=REFUSED)

    assert "3" in found["error"]


# --- export, and everything else ---------------------------------------------------------------------------


def test_that_an_export_is_written_and_noted_in_the_ledger(
    capsys: pytest.CaptureFixture[str], study: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.xlsx"

    found = answer(capsys, "export", study, target, "--person", "Ada")

    assert target.read_bytes().startswith(b"PK")
    with Study.open(study, person="A", role="r") as opened:
        assert opened.entries()[-1].number == found["entry"]
        assert (opened.entries()[-1].kind, opened.entries()[-1].summary) == ("exported", "out.xlsx")


def test_that_a_missing_study_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "verify", "nowhere.mirocals", code=REFUSED)

    assert "could not be opened" in found["error"]


def test_that_the_answer_is_in_the_language_of_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    run_command(["--version"])
    assert language() == "fr"

    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    run_command(["--version"])
    assert language() == "en"


def test_that_a_bug_is_told_in_one_sentence_without_its_values(
    capsys: pytest.CaptureFixture[str], study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("CANARY 31.4159")

    monkeypatch.setattr(Study, "verify", fail)

    text = said(capsys, "verify", study, code=BUG)

    assert "CANARY" not in text
    places = Path(text.strip().rsplit(" ", 1)[1].rstrip("."))
    written = places.read_text(encoding="utf-8")
    places.unlink()
    assert "RuntimeError" in written
    assert "test_cli.py" in written
    assert "CANARY" not in written


def test_that_the_program_itself_ends_with_the_exit_code(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "mirocals_desktop"]

    wrong = subprocess.run([*run, "verify"], capture_output=True, text=True, check=False)
    refused = subprocess.run(
        [*run, "verify", str(tmp_path / "no.mirocals")], capture_output=True, text=True, check=False
    )

    assert (wrong.returncode, refused.returncode) == (USAGE, REFUSED)
    assert "Traceback" not in wrong.stderr + refused.stderr
