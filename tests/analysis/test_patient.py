"""One patient's rows, found without searching the study, on one axis of days."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from marker_study import PNFH, TREG, marker_study
from markers import markers

from mirocals_desktop.analysis.follow_up import VisitState
from mirocals_desktop.analysis.patient import Records, build_records, has_scores, series_choices
from mirocals_desktop.study.study import Study


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    path: Path = marker_study(tmp_path_factory.mktemp("study"))
    with Study.open(path, person="Ada Tester", role="data manager") as study:
        return build_records(study.snapshot())


def test_that_a_record_holds_the_patients_rows_and_nobody_elses(records: Records) -> None:
    whole = records.snapshot
    seen = 0
    for patient in whole.patients.index:
        study = records.of(patient).study
        for frame in (
            study.observations,
            study.measurements,
            study.visits,
            study.events,
            *study.logs.values(),
        ):
            assert set(frame["patient"]) <= {patient}
        assert study.patients.index.tolist() == [patient]
        seen += len(study.observations)
    assert seen == len(whole.observations)


def test_that_series_are_ordered_by_day_with_their_limits(records: Records) -> None:
    series = records.of("002").series[PNFH]
    assert series.day.tolist() == [0, 90]
    assert series.value.tolist() == [62.5, 900]
    assert series.below.tolist() == [True, False]
    assert series.visit == ("BL", "M3")


def test_that_alsfrs_is_scored_and_no_series(records: Records) -> None:
    record = records.of("001")
    assert record.scores.total.tolist() == [42, 42]
    assert record.scores.domains["fine_motor"].tolist() == [9, 9]
    assert not any(code.startswith("alsfrs") for code in record.series)
    assert all(record.scores.id > 0)
    assert has_scores(records.snapshot)
    assert [variable.code for variable in series_choices(records.snapshot)] == ["svc_percent", TREG, PNFH]


def test_that_visits_have_their_window_and_the_day_they_are_drawn_at(records: Records) -> None:
    visits = records.of("001").visits
    place = visits.code.index("M3")
    assert visits.state[place] == VisitState.DONE
    assert (visits.first[place], visits.target[place], visits.last[place]) == (76, 90, 104)
    assert visits.day[place] == 92
    assert visits.day[visits.code.index("M12")] == 360, "one that was not held stands at its target"
    assert not visits.held[visits.code.index("M12")]


def test_that_adverse_events_keep_out_of_each_others_way(records: Records) -> None:
    events = records.of("001").adverse_events
    assert events.start.tolist() == [3, 4]
    assert events.end[0] == 5
    assert math.isnan(events.end[1])
    assert events.lane.tolist() == [0, 1]
    assert events.severity.tolist() == [0, 1]
    own = records.snapshot.observations.set_index("id")["text"]
    assert own[events.id].tolist() == ["Fever", "Fall"]
    assert len(records.of("002").adverse_events) == 0


def test_that_doses_lead_to_their_observations(records: Records) -> None:
    record = records.of("001")
    assert record.dose_day.tolist() == [1, 29]
    own = records.snapshot.observations.set_index("id")["variable"]
    assert set(own[record.dose_id]) == {"dose_date"}


def test_that_the_span_reaches_from_the_first_to_the_last_known_day(records: Records) -> None:
    assert records.of("003").span() == (0, 200)
    assert records.of("001").span() == (0, 335)


def test_that_an_unknown_patient_is_refused(records: Records) -> None:
    with pytest.raises(KeyError):
        records.of("nobody")


def test_that_a_value_below_an_untold_limit_stands_at_the_assays_or_at_the_lowest_value() -> None:
    rows = [("a", "BL", 0, "500"), ("a", "M3", 90, "<")]
    record = build_records(markers(rows)).of("a")
    assert record.series[PNFH].value.tolist() == [500, 62.5]
    record = build_records(markers([("a", "BL", 0, "5"), ("a", "M3", 90, "<")], variable=TREG)).of("a")
    assert record.series[TREG].value.tolist() == [5, 5]
    assert record.series[TREG].below.tolist() == [False, True]


def test_that_sealed_values_have_a_day_and_no_number() -> None:
    record = build_records(markers([("a", "BL", 0, "5"), ("a", "M3", 90, "sealed")], variable=TREG)).of("a")
    series = record.series[TREG]
    assert series.sealed.tolist() == [False, True]
    assert np.isnan(series.value[1])
    assert series.day.tolist() == [0, 90]
