"""The frames of a snapshot: patients, visits, measurements, events, logs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirocals_desktop.i18n import set_language
from mirocals_desktop.protocol.words import natural_order
from mirocals_desktop.study import ledger
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study
from tests.study.records import create, frame, value

RANDOMISED = value("P-1", "randomisation_date", "2024-01-10")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with create(tmp_path / "trial.mirocals") as study:
        yield study


def snapshot_of(study: Study, *rows: dict[str, Any]) -> Snapshot:
    study.record(ledger.IMPORTED, observations=frame(*rows))
    return study.snapshot()


def rows_of(table: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in table[list(columns)].to_numpy(dtype=object)]


def weight(visit: str = "", date: str = "", **rest: Any) -> dict[str, Any]:
    return value("P-1", "weight", 70, visit=visit, date=date, **rest)


# --- patients ----------------------------------------------------------------------------------------------


def test_that_a_study_without_observations_has_empty_frames(study: Study) -> None:
    snapshot = study.snapshot()

    for table in (snapshot.observations, snapshot.patients, snapshot.visits, snapshot.measurements):
        assert len(table) == 0
    assert list(snapshot.logs) == ["adverse_event", "dose", "medication", "sample", "deviation"]
    assert list(snapshot.events.columns) == ["patient", "event", "date", "day"]
    assert not snapshot.arms_visible


def test_that_patients_are_in_natural_order(study: Study) -> None:
    snapshot = snapshot_of(study, *[value(p, "age", 60) for p in ("P-10", "P-9", "10", "9", "p-9b", "A 2")])

    assert snapshot.patients.index.tolist() == ["9", "10", "A 2", "P-9", "p-9b", "P-10"]


@given(st.lists(st.text("ab01-9", max_size=5)))
def test_that_the_natural_order_does_not_depend_on_the_order_before(texts: list[str]) -> None:
    keys = sorted(map(natural_order, texts))

    assert sorted(map(natural_order, reversed(texts))) == keys


def test_that_a_patient_has_a_column_for_each_variable_with_a_value_and_a_day_for_each_date(
    study: Study,
) -> None:
    snapshot = snapshot_of(
        study,
        RANDOMISED,
        value("P-1", "age", 61.5),
        value("P-1", "sex", "female"),
        value("P-1", "death_date", "2024-01-20"),
        value("P-1", "onset_date", "2023-05"),
        value("P-1", "diagnosis_date", missing="unknown"),
        value("P-2", "onset_date", "2023-01-01"),
        value("P-2", "arm", "il2"),
    )

    first, second = snapshot.patients.loc["P-1"], snapshot.patients.loc["P-2"]
    assert set(snapshot.patients.columns) == {
        "arm", "sex", "age", "randomisation_date", "randomisation_day", "onset_date", "onset_day",
        "death_date", "death_day",
    }  # fmt: skip
    assert (first["age"], first["sex"], first["arm"]) == (61.5, "female", "")
    assert (first["randomisation_day"], first["death_day"]) == (0.0, 10.0)
    assert first["onset_date"] == "2023-05"
    assert math.isnan(first["onset_day"])
    assert math.isnan(second["age"])
    assert math.isnan(second["onset_day"])  # the origin is not known
    assert snapshot.arms_visible


def test_that_days_count_from_the_chosen_origin(study: Study) -> None:
    snapshot_of(study, RANDOMISED, value("P-1", "consent_date", "2024-01-01"), weight("V2", "2024-01-12"))

    study.set_option("origin", "consent_date")

    assert study.snapshot().measurements["day"].tolist() == [11.0]
    assert study.snapshot(as_of=2).measurements["day"].tolist() == [2.0]


# --- visits ------------------------------------------------------------------------------------------------


def test_that_a_visit_has_its_date_day_target_label_and_count(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        RANDOMISED,
        value("P-1", "visit_date", "2024-02-09", visit="V4"),
        weight("V4", "2024-02-10"),
        value("P-1", "serum_nfl", visit="V4", missing="not_done"),
    )

    assert rows_of(snapshot.visits, "visit", "date", "day", "target_day", "label", "assigned", "n") == [
        ("V4", "2024-02-09", 30.0, 29.0, "Cycle 2 (month 1)", "file", 2)
    ]


def test_that_a_visit_is_labelled_in_the_users_language(study: Study) -> None:
    snapshot_of(study, weight("V2"))
    set_language("fr")

    assert study.snapshot().visits["label"].tolist() == ["Randomisation (inclusion)"]


def test_that_a_visit_of_which_nothing_is_known_but_missing_values_did_not_take_place(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        value("P-1", "weight", visit="V2", missing="not_done"),
        value("P-1", "visit_status", "missed", visit="V4"),
    )

    assert rows_of(snapshot.visits, "visit", "status") == [("V4", "missed")]


def test_that_a_value_without_visit_joins_the_visit_of_its_date(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        value("P-1", "visit_date", "2024-02-09", visit="V4"),
        value("P-1", "serum_nfl", 14, date="2024-02-09"),
        value("P-2", "serum_nfl", 15, date="2024-02-09"),
    )

    assert rows_of(snapshot.measurements, "patient", "visit", "assigned") == [
        ("P-1", "V4", "date"),
        ("P-2", "", ""),
    ]
    assert rows_of(snapshot.visits, "patient", "visit", "label", "n") == [
        ("P-1", "V4", "Cycle 2 (month 1)", 2),
        ("P-2", "", "Unscheduled", 1),
    ]


def test_that_a_day_in_a_window_belongs_to_the_planned_visit(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        RANDOMISED,
        weight(date="2024-02-06"),  # day 27; V4 is day 29, from 22 to 33
        weight(date="2024-02-25"),  # day 46: in no window
        weight(date="2024-02"),
    )

    assert rows_of(snapshot.measurements, "date", "visit", "day", "assigned") == [
        ("2024-02-06", "V4", 27.0, "window"),
        ("2024-02-25", "", 46.0, ""),
        ("2024-02", "", pytest.approx(math.nan, nan_ok=True), ""),
    ]
    assert rows_of(snapshot.visits, "visit", "date", "assigned") == [
        ("V4", "2024-02-06", "window"),
        ("", "2024-02-25", ""),
        ("", "2024-02", ""),
    ]


def test_that_of_two_days_in_a_window_the_nearest_is_the_visit(study: Study) -> None:
    snapshot = snapshot_of(study, RANDOMISED, weight(date="2024-02-03"), weight(date="2024-02-07"))

    assert rows_of(snapshot.visits, "date", "visit") == [("2024-02-03", ""), ("2024-02-07", "V4")]


def test_that_a_planned_visit_that_a_file_names_is_not_given_to_another_day(study: Study) -> None:
    snapshot = snapshot_of(study, RANDOMISED, weight("V4", "2024-02-01"), weight(date="2024-02-08"))

    assert rows_of(snapshot.visits, "date", "visit", "assigned") == [
        ("2024-02-01", "V4", "file"),
        ("2024-02-08", "", ""),
    ]


def test_that_a_repeat_is_a_visit_of_its_own_only_on_another_day(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        weight("V4", "2024-02-09"),
        weight("V4", "2024-02-09", record=2),
        weight("V4", record=3),
        weight("V4", "2024-02-11", record=4),
    )

    assert rows_of(snapshot.visits, "visit", "record", "date", "label", "n") == [
        ("V4", 0, "2024-02-09", "Cycle 2 (month 1)", 3),
        ("V4", 4, "2024-02-11", "Cycle 2 (month 1) (4)", 1),
    ]


def test_that_a_value_without_date_takes_that_of_its_visit_or_the_planned_day(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        RANDOMISED,
        value("P-1", "visit_date", "2024-02-09", visit="V4"),
        weight("V4"),
        weight("V5"),
        value("P-1", "serum_nfl", 12, visit="V5", date="2024"),
    )

    assert rows_of(snapshot.measurements, "variable", "visit", "date", "day", "day_planned") == [
        ("weight", "V4", "2024-02-09", 30.0, False),
        ("weight", "V5", "2024", 57.0, True),
        ("serum_nfl", "V5", "2024", 57.0, True),
    ]


def test_that_a_visits_date_may_stand_in_its_text_alone(study: Study) -> None:
    snapshot = snapshot_of(study, RANDOMISED, value("P-1", "visit_date", "2024-02-09"))

    assert rows_of(snapshot.visits, "visit", "date", "day") == [("V4", "2024-02-09", 30.0)]


# --- measurements, events, logs ----------------------------------------------------------------------------


def test_that_measurements_keep_qualifiers_and_leave_out_missing_values_and_texts(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        value("P-1", "csf_pnfh", 62.5, visit="V2", qualifier="<", unit="ng/L", raw="<62.5"),
        value("P-1", "treg_count", visit="V2", qualifier="<", raw="<LLOQ"),
        value("P-1", "serum_nfl", visit="V2", missing="not_done"),
        value("P-1", "pnfh_platform", "Ella", visit="V2"),
    )

    found = snapshot.measurements.set_index("variable")
    assert sorted(found.index) == ["csf_pnfh", "treg_count"]
    assert found.loc["csf_pnfh", ["number", "qualifier", "unit"]].tolist() == [62.5, "<", "ng/L"]
    assert math.isnan(found.loc["treg_count", "number"])
    assert found.loc["treg_count", "qualifier"] == "<"


def test_that_events_have_their_dates_and_a_death_told_by_status_that_of_the_end_of_follow_up(
    study: Study,
) -> None:
    snapshot = snapshot_of(
        study,
        RANDOMISED,
        value("P-1", "death_date", "2024-02-09"),
        value("P-1", "vital_status", "dead"),
        value("P-1", "niv_start_date", "2024-02"),
        value("P-2", "randomisation_date", "2024-01-01"),
        value("P-2", "vital_status", "dead"),
        value("P-2", "end_of_follow_up_date", "2024-01-31"),
        value("P-3", "vital_status", "alive"),
        value("P-3", "end_of_follow_up_date", "2024-01-31"),
        value("P-4", "vital_status", "dead"),
    )

    found = {(r.patient, r.event): (r.date, r.day) for r in snapshot.events.itertuples()}
    assert set(found) == {("P-1", "death"), ("P-1", "niv"), ("P-2", "death"), ("P-4", "death")}
    assert found["P-1", "death"] == ("2024-02-09", 30.0)
    assert found["P-2", "death"] == ("2024-01-31", 30.0)
    assert found["P-1", "niv"][0] == "2024-02"
    assert math.isnan(found["P-1", "niv"][1])
    assert found["P-4", "death"][0] == ""


def test_that_a_log_has_one_row_per_record(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        value("P-2", "ae_term", "fever", record=1),
        value("P-1", "ae_term", "fall", record=2),
        value("P-1", "ae_severity", "mild", record=2),
        value("P-1", "ae_term", "cough", record=1),
        value("P-1", "dose_taken", 5, record=1),
    )

    log = snapshot.logs["adverse_event"]
    assert rows_of(log, "patient", "record", "ae_term", "ae_severity") == [
        ("P-1", 1, "cough", ""),
        ("P-1", 2, "fall", "mild"),
        ("P-2", 1, "fever", ""),
    ]
    assert snapshot.logs["dose"]["dose_taken"].tolist() == [5.0]
    assert snapshot.logs["sample"].empty


def test_that_observations_are_in_the_order_of_patient_variable_and_day(study: Study) -> None:
    snapshot = snapshot_of(
        study,
        weight("V5", "2024-03-07"),
        weight("V4", "2024-02-09"),
        RANDOMISED,
        value("P-1", "arm", "il2"),
        value("P-0", "serum_nfl", 3, visit="V2"),
    )

    assert rows_of(snapshot.observations, "patient", "variable", "visit") == [
        ("P-0", "serum_nfl", "V2"),
        ("P-1", "arm", ""),
        ("P-1", "randomisation_date", ""),
        ("P-1", "weight", "V4"),
        ("P-1", "weight", "V5"),
    ]


def test_that_the_time_of_the_data_is_the_data_cut_or_today(study: Study) -> None:
    study.set_option("data_cut", "2024-06-30")

    assert study.snapshot().today().isoformat() == "2024-06-30"
    assert study.snapshot(as_of=1).today().year >= 2026


_visit_rows = st.tuples(
    st.sampled_from([f"P-{number}" for number in range(1, 12)]),
    st.sampled_from(["weight", "serum_nfl", "visit_date"]),
    st.sampled_from(["", "V2", "V4", "V5"]),
    st.sampled_from(["", "2024-01-10", "2024-02-06", "2024-02-09", "2024-02", "2025-01-01"]),
    st.sampled_from([0, 2]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(rows=st.lists(_visit_rows, max_size=90, unique=True))
def test_that_no_value_is_lost_or_counted_twice_when_visits_are_assigned(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str, int]]
) -> None:
    seen = set()
    observed = []
    for patient, variable, visit, date, record in rows:
        key = (patient, variable, visit, record, "" if visit else date)
        if key not in seen:
            seen.add(key)
            said: float | str = (date or "2024-02-09") if variable == "visit_date" else 5
            observed.append(value(patient, variable, said, visit=visit, date=date, record=record))
    randomised = [value(f"P-{number}", "randomisation_date", "2024-01-10") for number in range(1, 7)]
    with create(tmp_path_factory.mktemp("any") / "a.mirocals") as study:
        snapshot = snapshot_of(study, *randomised, *observed)

    placed = [row for row in observed if row["visit"] or row["date"] or row["variable"] == "visit_date"]
    assert snapshot.visits["n"].sum() == len(placed)
    assert len(snapshot.measurements) == sum(row["variable"] != "visit_date" for row in observed)
    named = snapshot.visits[snapshot.visits["visit"] != ""]
    assert not named.duplicated(["patient", "visit", "record"]).any()
    in_window = named[named["assigned"] == "window"]
    assert (in_window.groupby(["patient", "visit"]).size() == 1).all()
