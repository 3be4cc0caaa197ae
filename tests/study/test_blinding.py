"""A blinded study seals what tells the arm, and repeats it nowhere: in no file, frame, text or log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mirocals_desktop.errors import AppError
from mirocals_desktop.protocol.reader import load_protocol
from mirocals_desktop.study import ledger
from mirocals_desktop.study.blinding import HIDDEN, Blinding, DoseDates
from mirocals_desktop.study.sealing import Place
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study
from tests.study.records import PASSPHRASE, create, create_blinded, frame, reopen, value

RANDOMISED = value("P-1", "randomisation_date", "2024-01-10")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with create_blinded(tmp_path) as study:
        yield study


def is_sealed(study: Study, *rows: dict[str, Any]) -> list[bool]:
    """For each row in its order, whether the study sealed it."""
    study.record(ledger.IMPORTED, observations=frame(*rows))
    observations = study.snapshot().observations.set_index("cell")
    return [bool(observations.loc[f"B{position + 2}", "sealed"]) for position in range(len(rows))]


# --- the rule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "observed", "sealed"),
    [
        ({}, {"visit": "V2"}, False),
        ({}, {"visit": "V1"}, False),
        ({}, {"visit": "V3"}, True),
        ({}, {"visit": ""}, True),
        ({}, {"visit": "", "date": "2024-01-01"}, True),
        ({"randomisation_date": "2024-01-10"}, {"date": "2024-01-10"}, False),
        ({"randomisation_date": "2024-01-10"}, {"date": "2024-01-11"}, True),
        ({"randomisation_date": "2024-01-10"}, {"date": "2023-12"}, False),
        ({"randomisation_date": "2024-01-10"}, {"date": "2024-01"}, True),
        ({"randomisation_date": "2024-01-10"}, {"date": "2024"}, True),
        ({"randomisation_date": "2024-01"}, {"date": "2024-01-01"}, False),
        ({"randomisation_date": "2024-01"}, {"date": "2024-01-02"}, True),
        (
            {"randomisation_date": "2024-01-10", "first_dose_date": "2024-01-12"},
            {"date": "2024-01-12"},
            False,
        ),
        ({"randomisation_date": "2024-01-10", "first_dose_date": "2024-01-08"}, {"date": "2024-01-09"}, True),
        ({"randomisation_date": "2024-01-10"}, {"visit": "V2", "date": "2024-01-10"}, False),
        ({"randomisation_date": "2024-01-10"}, {"visit": "V2", "date": "2024-03-10"}, True),
        ({"randomisation_date": "2024-01-10"}, {"visit": "V4", "date": "2024-01-01"}, True),
        ({"randomisation_date": "2024-01-10"}, {"visit": "V1", "date": "2024-01-01"}, False),
    ],
)
def test_that_a_restricted_value_is_open_only_when_it_was_provably_before_the_first_dose(
    known: dict[str, str], observed: dict[str, str], sealed: bool
) -> None:
    dates = DoseDates()
    dates.add((Place("P-1", variable, "", 0), text) for variable, text in known.items())
    place = Place("P-1", "treg_percent", observed.get("visit", ""), 0)

    blinding = Blinding(load_protocol("mirocals"))

    assert blinding.must_seal(dates, place, date=observed.get("date", "")) is sealed


def test_that_the_date_of_its_visit_counts_for_a_value_without_a_date(study: Study) -> None:
    rows = [
        RANDOMISED,
        value("P-1", "visit_date", "2024-05-01", visit="V2"),
        value("P-1", "treg_percent", 8, visit="V2"),
    ]

    assert is_sealed(study, *rows) == [False, False, True]


def test_that_the_arm_is_always_sealed_and_what_is_not_restricted_never(study: Study) -> None:
    rows = [
        value("P-1", "arm", "il2"),
        value("P-1", "csf_pnfh", 1200, visit="V6"),
        value("P-1", "alsfrs_r_total", 40, visit="V6"),
        value("P-1", "vital_status", "alive"),
        value("P-1", "dose_kit", "K-1234", record=1),
        value("P-1", "eosinophils", 900, visit="V6"),
    ]

    assert is_sealed(study, *rows) == [True, False, False, False, True, True]


def test_that_dates_of_the_same_import_and_of_earlier_ones_count_alike(study: Study) -> None:
    assert is_sealed(study, value("P-1", "treg_percent", 7, date="2024-01-05"), RANDOMISED) == [False, False]
    later = value("P-1", "treg_count", 70, date="2024-01-05", cell="Z9")

    study.record(ledger.IMPORTED, observations=frame(later))

    observations = study.snapshot().observations.set_index("cell")
    assert not observations.loc["Z9", "sealed"]


def test_that_a_value_without_value_is_not_sealed_but_its_text_is_gone(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        observations=frame(value("P-1", "treg_percent", visit="V4", missing="not_done", raw="ND: was 31")),
    )

    row = study.snapshot().observations.iloc[0]

    assert (row["missing"], row["sealed"], row["raw"]) == ("not_done", False, "")


def test_that_a_variable_added_to_a_blinded_study_is_restricted_unless_it_says_otherwise(
    study: Study,
) -> None:
    nk = {"code": "nk", "label": "NK cells", "kind": "number", "scope": "visit"}
    study.record(
        ledger.IMPORTED,
        details={"additions": {"variables": [nk, nk | {"code": "sodium", "label": "Na", "seal": "never"}]}},
        observations=frame(
            value("P-1", "nk", 400, visit="V4"),
            value("P-1", "sodium", 140, visit="V4"),
            value("P-1", "nk", 300, visit="V2"),
        ),
    )

    measurements = study.snapshot().measurements

    assert measurements.set_index(["variable", "visit"])["sealed"].to_dict() == {
        ("nk", "V2"): False,
        ("nk", "V4"): True,
        ("sodium", "V4"): False,
    }


def test_that_a_date_that_comes_later_hides_what_was_open(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        observations=frame(
            value("P-1", "randomisation_date", "2024-02-10"),
            value("P-1", "treg_percent", 23.25, date="2024-02-01", raw="23,25"),
        ),
    )
    assert study.snapshot().measurements["number"].tolist() == [23.25]

    study.correct(1, text="2024-01-10", raw="10/01/2024", reason="wrong month")

    for snapshot in (study.snapshot(), study.snapshot(as_of=2)):
        assert snapshot.measurements["number"].isna().all()
        assert snapshot.measurements["sealed"].tolist() == [True]
        assert "23" not in "".join(snapshot.observations["raw"])
    assert study.history("P-1", "treg_percent")["raw"].tolist() == [""]


# --- what must not leak ------------------------------------------------------------------------------------

CANARY_NUMBERS = (31.4159, 27.1828, 16.1803)
CANARY_TEXTS = ("31,4159", "27,1828 %", "<16.1803", "KIT-CANARY-9")


def canaries() -> pd.DataFrame:
    """Restricted values after the first dose, among open ones."""
    return frame(
        RANDOMISED,
        value("P-1", "arm", "il2", raw="CANARY-ARM", cell="D7"),
        value("P-2", "arm", "placebo", raw="CANARY-ARM"),
        value("P-1", "treg_percent", 31.4159, visit="V3", raw="31,4159", unit="% canary"),
        value("P-1", "treg_count", 27.1828, visit="V3", raw="27,1828 %"),
        value("P-2", "ccl2_plasma", 16.1803, visit="V6", raw="<16.1803", qualifier="<"),
        value("P-2", "dose_kit", "KIT-CANARY-9", record=1),
        value("P-1", "weight", 70, visit="V3", raw="70"),
    )


LEAKY_DETAILS: dict[str, Any] = {
    "files": [{"name": "laboratory.xlsx", "sha256": "ab" * 32}],
    "counts": {"new": 6, "IL-2": 110, "placebo": 110},
    "recipe": {
        "columns": [{"header": "Treg", "examples": ["31,4159"], "note": "highest 31.4159 at D7"}],
        "limits": [27.1828, 5],
        "KIT-CANARY-9": "kit",
    },
    "issues": ["value 31,4159 above the limit"],
}


@contextmanager
def with_canaries(folder: Path) -> Iterator[Study]:
    with create_blinded(folder) as study:
        study.record(
            ledger.IMPORTED,
            details=LEAKY_DETAILS,
            reason="laboratory says 27.1828 is right",
            observations=canaries(),
        )
        sealed = study.snapshot().observations.query("variable == 'treg_percent'")["id"].item()
        study.correct(int(sealed), number=31.4159, raw="31,4159", reason="was 31.4159 before")
        yield study


def everything_in(snapshot: Snapshot) -> str:
    """All that a snapshot says, as text."""
    frames = [
        snapshot.observations,
        snapshot.patients,
        snapshot.visits,
        snapshot.measurements,
        snapshot.events,
        snapshot.entries,
        *snapshot.logs.values(),
    ]
    return repr(snapshot) + "".join(table.to_csv() + repr(table) for table in frames)


def leaks(text: str) -> list[str]:
    wanted = [*CANARY_TEXTS, "CANARY", "canary", "31.4159", "27.1828", "16.1803", "31,41", "27,18"]
    return [canary for canary in wanted if canary in text]


def test_that_no_frame_of_a_blinded_study_holds_a_restricted_value(tmp_path: Path) -> None:
    with with_canaries(tmp_path) as study:
        for snapshot in (study.snapshot(), study.snapshot(as_of=2)):
            assert leaks(everything_in(snapshot)) == []
            assert "arm" not in snapshot.patients.columns
            assert not snapshot.arms_visible
            assert "dose_kit" not in snapshot.logs["dose"].columns
            assert snapshot.measurements["sealed"].sum() == 3
        history = study.history("P-1", "treg_percent", visit="V3")
        assert leaks(history.to_csv()) == []
        assert history["sealed"].tolist() == [True, True]


def test_that_neither_details_nor_reasons_repeat_a_restricted_value(tmp_path: Path) -> None:
    with with_canaries(tmp_path) as study:
        entries = study.entries()

        assert leaks("".join(entry.details_text + entry.reason for entry in entries)) == []
        details = entries[1].details
        assert details["files"] == LEAKY_DETAILS["files"]
        assert "issues" not in details
        assert details["counts"] == {"new": 6}
        assert details["recipe"]["columns"] == [{"header": "Treg", "note": f"highest {HIDDEN} at D7"}]
        assert details["recipe"]["limits"] == [HIDDEN, 5]
        assert entries[1].reason == f"laboratory says {HIDDEN} is right"


def test_that_the_file_of_a_blinded_study_holds_no_restricted_value_anywhere(tmp_path: Path) -> None:
    with with_canaries(tmp_path) as study:
        study.backup(tmp_path / "backup.mirocals")
        open_files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    closed_files = {path: path.read_bytes() for path in tmp_path.iterdir()}

    assert {path.suffix for path in closed_files} == {".mirocals", ".key"}
    for content in (*open_files.values(), *closed_files.values()):
        assert leaks(content.decode("latin-1")) == []


def test_that_no_log_or_error_of_a_blinded_study_holds_a_restricted_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    with with_canaries(tmp_path) as study:
        for rows in (
            frame(value("P-1", "treg_percent", 31.4159, visit="V3", raw="31,4159")),
            frame(*[value("P-9", "treg_percent", 31.4159, visit="V3", raw="31,4159")] * 2),
            frame(value("P-1", "arm", "il2", raw="CANARY-ARM")),
            frame(value("P-1", "treg_percent", 31.4159, text="CANARY", visit="V8")),
            frame(value("P-1", "arm", "CANARY-ARM")),
        ):
            with pytest.raises((AppError, ValueError)) as caught:
                study.record(ledger.IMPORTED, observations=rows)
            chain: BaseException | None = caught.value
            while chain is not None:
                said.append(f"{chain!s} {chain!r}")
                chain = chain.__cause__ or chain.__context__

    assert len(said) >= 5
    assert leaks("".join(said)) == []
    assert leaks(caplog.text) == []


def test_that_a_preview_holds_no_restricted_value(study: Study) -> None:
    preview = study.preview(ledger.IMPORTED, details=LEAKY_DETAILS, observations=canaries())

    assert leaks(everything_in(preview)) == []
    assert preview.measurements["sealed"].sum() == 3


@pytest.mark.parametrize("name", ["IL-2.xlsx", "patients placebo 2024.csv", "bras_actif.xlsx"])
def test_that_a_file_name_that_tells_an_arm_is_refused(study: Study, name: str) -> None:
    with pytest.raises(AppError, match="name of a file tells an arm"):
        study.record(ledger.IMPORTED, observations=frame(RANDOMISED | {"file": name}))
    with pytest.raises(AppError, match="name of a sheet tells an arm"):
        study.record(ledger.IMPORTED, observations=frame(RANDOMISED | {"sheet": name}))
    assert len(study.entries()) == 1


def test_that_a_file_name_that_names_all_arms_tells_none(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(RANDOMISED | {"file": "IL-2 versus placebo.xlsx"}))

    assert len(study.entries()) == 2


# --- unblinding --------------------------------------------------------------------------------------------


def test_that_unblinding_opens_what_is_sealed_for_this_session_only(tmp_path: Path) -> None:
    with with_canaries(tmp_path) as study:
        number = study.unblind(tmp_path / "study.key", PASSPHRASE, "serious adverse event")
        snapshot = study.snapshot()

        assert study.entries()[-1].kind == "unblinded"
        assert study.entries()[-1].number == number
        assert study.entries()[-1].reason == "serious adverse event"
        assert snapshot.unblinded
        assert snapshot.patients["arm"].to_dict() == {"P-1": "il2", "P-2": "placebo"}
        found = snapshot.measurements.set_index("variable")
        assert found["number"].to_dict() == {
            "weight": 70.0,
            "treg_percent": 31.4159,
            "treg_count": 27.1828,
            "ccl2_plasma": 16.1803,
        }
        assert found.loc["ccl2_plasma", "qualifier"] == "<"
        assert not snapshot.measurements["sealed"].any()
        assert snapshot.logs["dose"]["dose_kit"].tolist() == ["KIT-CANARY-9"]
        raw = snapshot.observations.set_index("variable")["raw"]
        assert raw["treg_percent"] == "31,4159"
        assert study.history("P-1", "treg_percent", visit="V3")["number"].tolist() == [31.4159, 31.4159]

    with reopen(tmp_path / "blinded.mirocals") as study:
        assert not study.unblinded
        assert leaks(everything_in(study.snapshot())) == []
        assert study.verify().whole


def test_that_what_is_recorded_while_unblinded_is_sealed_all_the_same(tmp_path: Path) -> None:
    with with_canaries(tmp_path) as study:
        study.unblind(tmp_path / "study.key", PASSPHRASE, "interim analysis")
        study.record(ledger.IMPORTED, observations=frame(value("P-5", "treg_percent", 31.4159, visit="V9")))
        assert (study.snapshot().measurements["number"] == 31.4159).sum() == 2

    assert leaks((tmp_path / "blinded.mirocals").read_bytes().decode("latin-1")) == []


@pytest.mark.parametrize(("passphrase", "reason"), [("wrong passphrase", "r"), (PASSPHRASE, " ")])
def test_that_unblinding_needs_the_passphrase_and_a_reason(
    study: Study, passphrase: str, reason: str
) -> None:
    with pytest.raises(AppError):
        study.unblind(study.path.with_name("study.key"), passphrase, reason)

    assert not study.unblinded
    assert len(study.entries()) == 1


def test_that_the_key_of_another_study_opens_nothing(study: Study, tmp_path: Path) -> None:
    key = tmp_path / "other.key"
    create(tmp_path / "other.mirocals", blinded=True, key_file=key, key_passphrase=PASSPHRASE).close()

    with pytest.raises(AppError, match="another study"):
        study.unblind(key, PASSPHRASE, "reason")


def test_that_an_open_study_has_nothing_to_unblind(tmp_path: Path) -> None:

    with (
        create(tmp_path / "open.mirocals") as study,
        pytest.raises(AppError, match="nothing in it is sealed"),
    ):
        study.unblind(tmp_path / "study.key", PASSPHRASE, "reason")


def test_that_a_blinded_study_is_not_made_without_its_key_file(tmp_path: Path) -> None:

    with pytest.raises(AppError, match="needs a key file"):
        create(tmp_path / "a.mirocals", blinded=True)
    with pytest.raises(AppError, match="too short"):
        create(tmp_path / "a.mirocals", blinded=True, key_file=tmp_path / "a.key", key_passphrase="short")
    (tmp_path / "b.mirocals").touch()
    with pytest.raises(AppError, match="already"):
        create(tmp_path / "b.mirocals", blinded=True, key_file=tmp_path / "a.key", key_passphrase=PASSPHRASE)
    assert [path.name for path in tmp_path.iterdir()] == ["b.mirocals"]
