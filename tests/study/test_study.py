"""What can be done to a study: recording, correcting, withdrawing, looking back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mirocals_desktop.errors import AppError
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study import ledger
from mirocals_desktop.study.study import Study
from tests.study.records import create, frame, reopen, value

WEIGHT = value("P-1", "weight", 70.5, visit="V2", date="2024-01-10", unit="kg", raw="70,5")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with create(tmp_path / "trial.mirocals") as study:
        yield study


def numbers(study: Study, *, as_of: int | None = None) -> list[float]:
    return study.snapshot(as_of=as_of).observations["number"].tolist()


def only_id(study: Study) -> int:
    return int(study.snapshot().observations["id"].item())


def test_that_an_observation_comes_back_as_it_was_with_its_cell(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    row = study.snapshot().observations.iloc[0]

    assert (row["patient"], row["variable"], row["visit"], row["date"]) == (
        "P-1",
        "weight",
        "V2",
        "2024-01-10",
    )
    assert (row["number"], row["unit"], row["raw"], row["qualifier"]) == (70.5, "kg", "70,5", "")
    assert (row["file"], row["sheet"], row["cell"], row["entry"]) == ("book.xlsx", "Sheet1", "B2", 2)
    assert not row["sealed"]


def test_that_what_is_recorded_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    rows = frame(
        WEIGHT,
        value("P-2", "csf_pnfh", 62.5, visit="V2", qualifier="<", raw="<62,5"),
        value("P-2", "treg_count", visit="V2", qualifier="<", raw="<LLOQ"),
        value("P-2", "onset_date", "2023-05"),
        value("P-2", "serum_nfl", visit="V2", missing="not_done", raw="ND"),
        value("Ünï–2", "ae_term", "chute, “grave”", record=1, raw="chute\n=grave"),
    )
    with create(tmp_path / "trial.mirocals") as study:
        study.record(ledger.IMPORTED, observations=rows)
        before = study.snapshot()

    with reopen(tmp_path / "trial.mirocals") as study:
        after = study.snapshot()

    pd.testing.assert_frame_equal(after.observations, before.observations)
    pd.testing.assert_frame_equal(after.patients, before.patients)
    assert (after.entry, after.head) == (before.entry, before.head)


def test_that_every_entry_says_who_when_what_and_with_which_version(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        reason="first data",
        details={"files": [{"name": "book.xlsx", "sha256": "ab"}]},
        observations=frame(WEIGHT),
    )

    created, imported = study.entries()

    assert [created.kind, imported.kind] == ["created", "imported"]
    assert (imported.person, imported.role, imported.reason) == ("Ada Tester", "data manager", "first data")
    assert imported.observations == 1
    assert imported.previous == created.hash
    assert imported.summary == "book.xlsx"
    assert imported.at_utc.endswith("Z")
    assert study.snapshot().entries["kind"].tolist() == ["created", "imported"]


def test_that_a_study_needs_a_person(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="say who works"):
        Study.create(tmp_path / "a.mirocals", protocol_text("mirocals"), title="T", person=" ", role="r")
    assert not (tmp_path / "a.mirocals").exists()


def test_that_a_study_is_not_made_from_a_wrong_protocol(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="has mistakes"):
        Study.create(tmp_path / "a.mirocals", "[protocol]", title="T", person="A", role="r")
    assert not (tmp_path / "a.mirocals").exists()


def test_that_a_study_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.mirocals").write_text("something else")

    with pytest.raises(AppError, match="already"):
        create(tmp_path / "a.mirocals")

    assert (tmp_path / "a.mirocals").read_text() == "something else"


# --- correcting and replacing ------------------------------------------------------------------------------


def test_that_a_correction_replaces_the_value_and_keeps_the_old_one(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    study.correct(only_id(study), number=75.0, raw="75", reason="typing mistake on site")

    row = study.snapshot().observations.iloc[0]
    assert (row["number"], row["visit"], row["date"]) == (75.0, "V2", "2024-01-10")
    history = study.history("P-1", "weight", visit="V2")
    assert history["number"].tolist() == [70.5, 75.0]
    assert history["current"].tolist() == [False, True]
    assert history["reason"].tolist() == ["", "typing mistake on site"]
    assert history["raw"].tolist() == ["70,5", "75"]
    assert history["person"].tolist() == ["Ada Tester", "Ada Tester"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_that_replacing_a_value_needs_a_reason(study: Study, reason: str) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    with pytest.raises(AppError, match="needs a reason"):
        study.correct(only_id(study), number=75.0, raw="75", reason=reason)

    assert numbers(study) == [70.5]
    assert len(study.entries()) == 2


def test_that_a_value_is_replaced_once(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    first = only_id(study)
    study.correct(first, number=75.0, raw="75", reason="one")

    with pytest.raises(AppError, match="in the meantime"):
        study.correct(first, number=76.0, raw="76", reason="two")

    assert numbers(study) == [75.0]


def test_that_an_observation_replaces_only_one_of_its_own_kind(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    other = value("P-2", "weight", 80, visit="V2", replaces=only_id(study))

    with pytest.raises(ValueError, match="another patient"):
        study.record(ledger.IMPORTED, observations=frame(other), reason="swap")


def test_that_two_values_cannot_claim_one_place(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    with pytest.raises(AppError, match=r"P-1 would have two values of weight.*B2"):
        study.record(ledger.IMPORTED, observations=frame(WEIGHT | {"number": 80.0}))
    with pytest.raises(AppError, match="two values"):
        study.record(ledger.IMPORTED, observations=frame(*[WEIGHT | {"patient": "P-9"}] * 2))

    assert numbers(study) == [70.5]


def test_that_repeats_dates_without_visit_and_log_records_are_places_of_their_own(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        observations=frame(
            WEIGHT,
            WEIGHT | {"record": 2},
            value("P-1", "weight", 71, date="2024-02-01"),
            value("P-1", "weight", 72, date="2024-02-02"),
            value("P-1", "ae_term", "fall", record=1),
            value("P-1", "ae_term", "fall", record=2),
        ),
    )

    assert len(study.snapshot().observations) == 6


def test_that_a_patients_fact_is_the_same_whenever_it_was_written_down(study: Study) -> None:
    death = value("P-1", "death_date", "2024-05-01", date="2024-05-02")
    study.record(ledger.IMPORTED, observations=frame(death))

    with pytest.raises(AppError, match="two values"):
        study.record(ledger.IMPORTED, observations=frame(death | {"date": "2024-06-01"}))


# --- withdrawing -------------------------------------------------------------------------------------------


def test_that_withdrawing_an_import_takes_its_values_away_and_keeps_them_in_the_history(study: Study) -> None:
    entry = study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    withdrawal = study.withdraw(entry, "wrong file")

    snapshot = study.snapshot()
    assert snapshot.observations.empty
    assert snapshot.patients.empty
    assert snapshot.entries["withdrawn_by"].tolist() == [0, withdrawal, 0]
    assert study.history("P-1", "weight", visit="V2")["withdrawn_by"].tolist() == [withdrawal]


def test_that_what_a_withdrawn_import_replaced_stands_again(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    newer = frame(WEIGHT | {"number": 80.0, "replaces": only_id(study)})
    entry = study.record(ledger.IMPORTED, observations=newer, reason="new export")

    study.withdraw(entry, "wrong export")

    assert numbers(study) == [70.5]


def test_that_a_withdrawal_in_the_middle_of_a_chain_leaves_the_newest_value(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    study.correct(only_id(study), number=80.0, raw="80", reason="first")
    study.correct(only_id(study), number=81.0, raw="81", reason="second")

    study.withdraw(3, "the first correction was wrong")

    assert numbers(study) == [81.0]


def test_that_a_withdrawal_can_be_withdrawn(study: Study) -> None:
    entry = study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    withdrawal = study.withdraw(entry, "wrong file")

    study.withdraw(withdrawal, "it was the right file")

    assert numbers(study) == [70.5]
    assert dict(study.withdrawn_by()) == {withdrawal: withdrawal + 1}


def test_that_a_withdrawal_stays_when_other_values_have_taken_the_place(study: Study) -> None:
    entry = study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    withdrawal = study.withdraw(entry, "wrong file")
    study.record(ledger.IMPORTED, observations=frame(WEIGHT | {"number": 80.0}))

    with pytest.raises(AppError, match="other values have taken its place"):
        study.withdraw(withdrawal, "it was right")

    assert numbers(study) == [80.0]


@pytest.mark.parametrize(
    ("entry", "reason", "said"),
    [
        (1, "x", "cannot be withdrawn"),
        (9, "x", "no entry 9"),
        (0, "x", "no entry 0"),
        (2, " ", "needs a reason"),
    ],
)
def test_that_a_withdrawal_that_makes_no_sense_is_refused(
    study: Study, entry: int, reason: str, said: str
) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    with pytest.raises(AppError, match=said):
        study.withdraw(entry, reason)


def test_that_an_entry_is_withdrawn_once(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    study.withdraw(2, "wrong")

    with pytest.raises(AppError, match="already"):
        study.withdraw(2, "wrong again")


# --- additions and options ---------------------------------------------------------------------------------

BILIRUBIN = {
    "code": "bilirubin",
    "label": {"en": "Bilirubin", "fr": "Bilirubine"},
    "kind": "number",
    "scope": "visit",
    "unit": "mg/dL",
}


def test_that_an_import_adds_variables_visits_arms_and_choices_in_its_own_entry(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        details={
            "additions": {
                "variables": [BILIRUBIN],
                "visits": [{"code": "M30", "label": "Month 30"}],
                "arms": [{"code": "dpen", "label": "D-penicillamine"}],
                "choices": [{"variable": "vital_status", "code": "transplanted", "label": "Transplanted"}],
            }
        },
        observations=frame(
            value("P-1", "bilirubin", 1.4, visit="M30"),
            value("P-1", "arm", "dpen"),
            value("P-1", "vital_status", "transplanted"),
        ),
    )

    snapshot = study.snapshot()

    assert snapshot.protocol.variable("bilirubin") is not None
    assert snapshot.measurements["variable"].tolist() == ["bilirubin"]
    assert snapshot.visits["label"].tolist() == ["Month 30"]
    assert snapshot.patients.loc["P-1", ["arm", "vital_status"]].tolist() == ["dpen", "transplanted"]
    assert len(study.entries()) == 2


def test_that_an_addition_goes_with_its_withdrawn_import_unless_a_later_one_uses_it(study: Study) -> None:
    first = study.record(
        ledger.IMPORTED,
        details={
            "additions": {"variables": [BILIRUBIN, BILIRUBIN | {"code": "albumin", "label": "Albumin"}]}
        },
        observations=frame(value("P-1", "bilirubin", 1.4, visit="V2")),
    )
    study.record(ledger.IMPORTED, observations=frame(value("P-2", "bilirubin", 2.0, visit="V2")))

    study.withdraw(first, "wrong file")

    assert study.protocol.variable("bilirubin") is not None
    assert study.protocol.variable("albumin") is None
    assert study.snapshot().measurements["patient"].tolist() == ["P-2"]


def test_that_a_variable_added_again_after_a_withdrawal_is_the_new_one(study: Study) -> None:
    first = study.record(ledger.IMPORTED, details={"additions": {"variables": [BILIRUBIN]}})
    study.withdraw(first, "wrong unit")

    study.record(ledger.IMPORTED, details={"additions": {"variables": [BILIRUBIN | {"unit": "µmol/L"}]}})

    variable = study.protocol.variable("bilirubin")
    assert variable is not None
    assert variable.unit == "µmol/L"


def test_that_a_wrong_addition_leaves_the_study_as_it_was(study: Study) -> None:
    with pytest.raises(AppError, match="kind"):
        study.record(ledger.IMPORTED, details={"additions": {"variables": [BILIRUBIN | {"kind": "amount"}]}})

    assert len(study.entries()) == 1


def test_that_options_begin_as_the_protocol_says_and_change_through_the_ledger(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    before = study.snapshot().options

    study.set_option("horizon_days", 365)
    study.set_option("origin", "consent_date")
    study.set_option("endpoint", "death_tracheostomy")
    study.set_option("data_cut", date(2025, 3, 1))
    study.set_option("excluded", ["P-1"], reason="never treated")

    options = study.snapshot().options
    assert (before.horizon_days, before.origin, before.endpoint) == (640, "randomisation_date", "death")
    assert (options.horizon_days, options.origin, options.endpoint) == (
        365,
        "consent_date",
        "death_tracheostomy",
    )
    assert (options.data_cut, options.excluded) == (date(2025, 3, 1), ("P-1",))
    assert study.entries()[-1].summary == "excluded = P-1"
    assert study.snapshot(as_of=3).options.origin == "randomisation_date"


def test_that_withdrawing_an_option_brings_the_one_before_back(study: Study) -> None:
    study.set_option("horizon_days", 365)
    entry = study.set_option("horizon_days", None)

    study.withdraw(entry, "no")

    assert study.snapshot().options.horizon_days == 365


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("origin", "weight"),
        ("origin", "nothing"),
        ("horizon_days", 0),
        ("horizon_days", 1.5),
        ("horizon_days", True),
        ("endpoint", "cure"),
        ("data_cut", "2024-05"),
        ("excluded", ["P-404"]),
    ],
)
def test_that_an_option_that_the_study_has_not_is_refused(study: Study, name: str, wrong: object) -> None:
    with pytest.raises(AppError):
        study.set_option(name, wrong)

    assert len(study.entries()) == 1


def test_that_what_entries_remember_is_given_back_without_the_withdrawn_ones(study: Study) -> None:
    study.record(ledger.IMPORTED, details={"recipe": {"name": "one"}})
    second = study.record(ledger.IMPORTED, details={"recipe": {"name": "two"}})
    study.withdraw(second, "wrong")

    assert study.remembered("recipe") == [{"name": "one"}]


# --- looking back ------------------------------------------------------------------------------------------


def test_that_a_snapshot_as_of_an_entry_is_the_study_of_that_moment(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    then = study.snapshot()
    study.correct(only_id(study), number=75.0, raw="75", reason="typo")
    study.withdraw(2, "wrong file")
    study.record(ledger.IMPORTED, observations=frame(value("P-7", "weight", 60, visit="V2")))

    back = study.snapshot(as_of=2)

    pd.testing.assert_frame_equal(back.observations, then.observations)
    pd.testing.assert_frame_equal(back.patients, then.patients)
    assert (back.head, back.entry) == (then.head, 2)
    assert numbers(study, as_of=3) == [75.0]
    assert study.snapshot(as_of=1).observations.empty


def test_that_there_is_no_looking_back_to_an_entry_that_is_not_there(study: Study) -> None:
    with pytest.raises(AppError, match="no entry 2"):
        study.snapshot(as_of=2)


def test_that_a_value_of_a_snapshot_cannot_be_set(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT, value("P-1", "age", 60)))
    snapshot = study.snapshot()

    for table in (snapshot.observations, snapshot.patients, snapshot.visits, snapshot.measurements):
        with pytest.raises(ValueError, match="read-only"):
            table.iloc[0, table.shape[1] - 1] = table.iloc[0, table.shape[1] - 1]


def test_that_a_snapshot_can_be_worked_on(study: Study) -> None:
    study.record(
        ledger.IMPORTED,
        observations=frame(
            *[value(f"P-{i}", "weight", 60 + i, visit=v) for i in range(4) for v in ("V1", "V2")]
        ),
    )
    measurements = study.snapshot().measurements

    assert measurements.groupby("visit")["number"].median().tolist() == [61.5, 61.5]
    assert measurements.pivot(index="patient", columns="visit", values="number").shape == (4, 2)
    assert measurements.sort_values("number", ascending=False)["number"].iloc[0] == 63
    assert measurements.merge(measurements, on=["patient", "visit"]).shape[0] == 8
    assert measurements[measurements["patient"].isin(["P-1"])]["number"].tolist() == [61, 61]
    assert measurements.assign(double=measurements["number"] * 2)["double"].max() == 126
    assert measurements["patient"].str.cat(measurements["visit"]).nunique() == 8
    assert measurements.fillna(0).drop_duplicates().shape[0] == 8


def test_that_a_cancelled_act_leaves_the_study_as_it_was(study: Study) -> None:
    def stop(fraction: float, message: str) -> None:
        if message == "Saving":
            raise Cancelled

    with pytest.raises(Cancelled):
        study.record(ledger.IMPORTED, observations=frame(WEIGHT), report=stop)

    assert len(study.entries()) == 1
    assert study.snapshot().observations.empty
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    assert numbers(study) == [70.5]
    assert study.verify().whole


def test_that_a_preview_is_the_study_after_the_act_and_writes_nothing(study: Study, tmp_path: Path) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    before = study.snapshot()
    act = {
        "reason": "new export",
        "details": {"additions": {"variables": [BILIRUBIN]}, "options": {"horizon_days": 365}},
        "observations": frame(
            WEIGHT | {"number": 80.0, "replaces": only_id(study)},
            value("P-2", "bilirubin", 1.4, visit="V4"),
        ),
    }

    preview = study.preview(ledger.IMPORTED, **act)

    assert len(study.entries()) == 2
    again = study.snapshot()
    pd.testing.assert_frame_equal(again.observations, before.observations)
    assert again.protocol.variable("bilirubin") is None
    study.record(ledger.IMPORTED, **act)
    after = study.snapshot()
    pd.testing.assert_frame_equal(preview.observations, after.observations)
    pd.testing.assert_frame_equal(preview.measurements, after.measurements)
    pd.testing.assert_frame_equal(preview.visits, after.visits)
    assert (preview.entry, preview.options) == (after.entry, after.options)
    assert study.verify().whole


def test_that_a_preview_refuses_what_recording_would(study: Study) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))

    with pytest.raises(AppError, match="two values"):
        study.preview(ledger.IMPORTED, observations=frame(WEIGHT | {"number": 80.0}))

    assert numbers(study) == [70.5]


# --- what may be recorded ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        WEIGHT | {"variable": "no_such"},
        WEIGHT | {"visit": "V99"},
        WEIGHT | {"patient": " "},
        WEIGHT | {"text": "heavy"},
        WEIGHT | {"number": np.inf},
        WEIGHT | {"qualifier": "~"},
        WEIGHT | {"date": "10/01/2024"},
        WEIGHT | {"date": "2024-02-31"},
        WEIGHT | {"record": -1},
        WEIGHT | {"missing": "not_done"},
        value("P-1", "weight", visit="V2"),
        value("P-1", "sex", "other"),
        value("P-1", "death_date", "in May"),
        value("P-1", "alsfrs_r_total", 40.5, visit="V2"),
        value("P-1", "sex", 1),
    ],
)
def test_that_an_observation_that_is_none_is_a_bug_told_without_its_value(
    study: Study, wrong: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"must|only") as caught:
        study.record(ledger.IMPORTED, observations=frame(wrong))

    for secret in ("70.5", "heavy", "40.5", "in May"):
        assert secret not in str(caught.value)
    assert len(study.entries()) == 1


def test_that_missing_text_must_be_empty_and_not_none(study: Study) -> None:
    rows = frame(WEIGHT)
    rows["unit"] = None

    with pytest.raises(ValueError, match="unit must be text"):
        study.record(ledger.IMPORTED, observations=rows)


def test_that_the_sign_that_parts_packed_columns_does_no_harm_inside_a_text(tmp_path: Path) -> None:
    odd = WEIGHT | {"unit": "k\x1fg", "sheet": "a\x1fb", "raw": "70\x1f5"}
    with create(tmp_path / "a.mirocals") as study:
        study.record(ledger.IMPORTED, observations=frame(odd))

    with reopen(tmp_path / "a.mirocals") as study:
        row = study.snapshot().observations.iloc[0]
        assert study.verify().whole

    assert (row["unit"], row["sheet"], row["raw"], row["number"]) == ("k␟g", "a␟b", "70\x1f5", 70.5)


def test_that_a_kind_of_entry_is_one_of_the_ledgers(study: Study) -> None:
    with pytest.raises(ValueError, match="no kind"):
        study.record("guessed")


def test_that_a_backup_is_the_study_before_its_own_entry(study: Study, tmp_path: Path) -> None:
    study.record(ledger.IMPORTED, observations=frame(WEIGHT))
    head = study.head

    study.backup(tmp_path / "copy.mirocals")

    assert study.entries()[-1].kind == "backed_up"
    assert study.entries()[-1].summary == "copy.mirocals"
    with reopen(tmp_path / "copy.mirocals") as copy:
        assert copy.head == head
        assert numbers(copy) == [70.5]
        assert copy.verify().whole
    with pytest.raises(AppError, match="already"):
        study.backup(tmp_path / "copy.mirocals")
