"""The logs as tables: every derived number by hand, every check one case, and what passes beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest
from log_study import Record, log_study
from made_up_study import VisitRow

from mirocals_desktop.analysis.logs import Logs, clock_end, derive_logs
from mirocals_desktop.analysis.overview import restrict_overview, summarise_study
from mirocals_desktop.analysis.patient_status import derive_statuses

PATIENTS: dict[str, Record] = {
    "001": {"randomisation_date": "2024-01-01"},
    "002": {"randomisation_date": "2024-01-01", "death_date": "2024-06-01"},
}


def logs_of(records: Sequence[tuple[str, Record]], *, visits: Sequence[VisitRow] = ()) -> Logs:
    with log_study(PATIENTS, records, visits=visits) as study:
        snapshot = study.snapshot()
        return derive_logs(snapshot, derive_statuses(snapshot), now=datetime(2025, 1, 1, 12, 0))


def checks_of(logs: Logs, log: str) -> list[str]:
    return [" ".join(found) for found in logs.tables[log].checks]


def dose(
    cycle: float, day: str, dispensed: float, given: float, returned: float, **more: float | str
) -> Record:
    return {
        "dose_cycle": cycle,
        "dose_date": day,
        "dose_dispensed": dispensed,
        "dose_taken": given,
        "dose_returned": returned,
        **more,
    }


def test_that_a_cycle_has_its_balance_and_the_days_since_the_one_before() -> None:
    logs = logs_of(
        [
            ("001", dose(1, "2024-01-02", 5, 5, 0)),
            ("001", dose(2, "2024-01-30", 5, 3, 1, dose_missed_reason="fever")),
            ("002", dose(1, "2024-01-05", 5, 6, 0)),
            ("001", dose(5, "2024-01-20", 5, 3, 2, dose_balance=1)),
            ("002", dose(1, "2024-01-06", 5, 5, 0)),
        ]
    )
    table = logs.tables["dose"]
    by_cycle = {
        (row["patient"], row["dose_cycle"], row["dose_date"]): row for row in table.rows.to_dict("records")
    }
    assert by_cycle["001", 2.0, "2024-01-30"]["since"] == 28
    assert by_cycle["001", 2.0, "2024-01-30"]["missed"] == 2
    assert by_cycle["001", 2.0, "2024-01-30"]["balance"] == 1
    assert np.isnan(by_cycle["001", 1.0, "2024-01-02"]["since"])
    found = dict(zip(by_cycle, checks_of(logs, "dose"), strict=True))
    assert found["001", 1.0, "2024-01-02"] == ""
    assert "balance is 1" in found["001", 2.0, "2024-01-30"]
    assert "without a reason" not in found["001", 2.0, "2024-01-30"]
    later = found["001", 5.0, "2024-01-20"]
    assert "No record of the 2 cycles before" in later
    assert "before the cycle before it" in later
    assert "stated balance" in later
    assert "without a reason" in later
    assert "More doses were given" in found["002", 1.0, "2024-01-05"]
    assert "recorded twice" in found["002", 1.0, "2024-01-06"]


def sample(number: str, kind: str, visit: str, *days: str) -> Record:
    steps = ("collected", "shipped", "received", "assayed")
    told = {f"sample_{step}_date": day for step, day in zip(steps, days, strict=False) if day}
    return {"sample_id": number, "sample_type": kind, "sample_visit": visit, **told}


def test_that_each_sample_is_where_its_last_step_left_it() -> None:
    logs = logs_of(
        [
            ("001", sample("A1", "CSF", "V2", "2024-01-01", "2024-01-03", "2024-01-04", "2024-01-20")),
            ("001", sample("A2", "CSF", "V6", "2024-03-25", "2024-03-27", "2024-03-28", "2024-04-20")),
            ("001", sample("A3", "Plasma", "V3", "2024-12-22")),
            ("001", sample("A4", "Plasma", "V6", "2024-03-25", "2024-03-20")),
            ("002", sample("A4", "Plasma", "V25", "2024-07-01", "2024-07-02", "2024-07-03")),
            ("002", sample("A5", "Plasma", "V3", "", "", "", "")),
        ],
        visits=[("001", "V2", "2024-01-01", {"csf_pnfh": 1200})],
    )
    rows = logs.tables["sample"].rows.set_index("sample_id", drop=False)
    assert rows["state"].tolist() == ["assayed", "no_result", "collected", "shipped", "received", "planned"]
    waiting = rows["waiting"].tolist()
    assert np.isnan(waiting[0])
    assert waiting[2] == 10  # 22 December to 1 January
    found = checks_of(logs, "sample")
    assert found[0] == ""
    assert "no value of this specimen" in found[1]
    assert "not in the order" in found[3]
    assert "more than once" in found[3]
    assert "after death" in found[4]
    assert sorted(logs.samples_without_result()) == ["001", "001", "001", "002"]


def event(start: str, end: str = "", **more: str) -> Record:
    return {"ae_term": "Fall", "ae_start_date": start, "ae_end_date": end or "2024-12-30", **more}


def test_that_the_clock_of_a_serious_event_starts_with_awareness() -> None:
    told = {"ae_serious": "yes", "ae_seriousness_criterion": "hospitalisation"}
    logs = logs_of(
        [
            ("001", event("2024-12-30", **told, ae_aware_date="2024-12-31", ae_aware_time="14h30")),
            ("001", event("2024-12-01", **told, ae_aware_date="2024-12-31")),
            ("001", event("2024-12-30", **told)),
            ("001", event("2024-12-01", "2024-11-01", ae_serious="yes", ae_aware_date="2024-11-01")),
            ("001", event("2024-12-01", ae_serious="no", ae_severity="fatal")),
            ("002", event("2024-05", "2024-05", ae_serious="no")),
        ]
    )
    rows = logs.tables["adverse_event"].rows
    assert rows["clock"].tolist() == ["running", "ended", "unknown", "ended", "", ""]
    assert rows["due"].tolist()[:3] == ["2025-01-01T14:30", "2025-01-01T00:00", ""]
    assert logs.clocks() == ["001", "001"]
    found = checks_of(logs, "adverse_event")
    assert found[0] == ""
    assert "24 hours have no start" in found[2]
    assert "ends before it starts" in found[3]
    assert "no criterion" in found[3]
    assert "aware before it started" in found[3]
    assert "not recorded as dead" in found[4]
    assert "not called serious" in found[4]
    assert found[5] == ""


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set")
def test_that_the_clock_runs_24_hours_where_clocks_are_put_forward_or_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        ends = [clock_end(day, "14:30") for day in ("2024-03-30", "2024-07-01", "2024-10-26")]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [str(end) for end in ends] == ["2024-03-31 15:30:00", "2024-07-02 14:30:00", "2024-10-27 13:30:00"]


def test_that_a_report_stops_the_clock_of_a_serious_event() -> None:
    told = {"ae_serious": "yes", "ae_seriousness_criterion": "hospitalisation", "ae_aware_date": "2024-11-10"}
    logs = logs_of(
        [
            ("001", event("2024-11-10", **told, ae_reported_date="2024-11-10")),
            ("001", event("2024-11-10", **told, ae_reported_date="2024-11-11")),
            ("001", event("2024-11-10", **told, ae_reported_date="2024-11-12")),
            ("001", event("2024-11-10", **told, ae_aware_time="9h", ae_reported_date="2024-11-11",
                          ae_reported_time="9:01")),
            ("001", event("2024-11-10", **told, ae_aware_time="9h", ae_reported_date="2024-11-11",
                          ae_reported_time="09:00")),
            ("001", event("2024-11-10", **told, ae_reported_date="2024-11-09")),
            ("001", event("2024-11-10", ae_serious="yes", ae_reported_date="2024-11-12")),
            ("002", event("2024-11-10", **told)),
            ("002", event("2024-12-31", **{**told, "ae_aware_date": "2024-12-31"})),
        ]
    )  # fmt: skip
    rows = logs.tables["adverse_event"].rows
    reported = ["reported", "reported", "late", "late", "reported", "reported", "reported"]
    assert rows["clock"].tolist() == [*reported, "unreported", "unreported"]
    assert logs.clocks() == ["002", "002"]
    found = checks_of(logs, "adverse_event")
    assert [text for text in found[:2] if text] == []
    assert "more than 24 hours" in found[2]
    assert "more than 24 hours" in found[3]
    assert "before the team became aware" in found[5]
    assert "no report is recorded" in found[7]


@pytest.mark.parametrize(
    ("time", "ends"),
    [
        ("14:30", "2024-05-03T14:30"),
        ("9h", "2024-05-03T09:00"),
        ("2:15 PM", "2024-05-03T14:15"),
        ("morning", "2024-05-03T00:00"),
        ("", "2024-05-03T00:00"),
    ],
)
def test_that_a_time_is_read_as_people_write_it(time: str, ends: str) -> None:
    found = clock_end("2024-05-02", time)
    assert found is not None
    assert found.isoformat(timespec="minutes") == ends
    assert clock_end("2024-05", time) is None


def test_that_medication_and_deviations_are_checked_against_time_and_death() -> None:
    logs = logs_of(
        [
            ("001", {"medication_name": "Riluzole", "medication_start_date": "2023-12"}),
            ("001", {"medication_dose": "5 mg", "medication_start_date": "2024-05-01",
                     "medication_end_date": "2024-04-01"}),
            ("002", {"medication_name": "Baclofen", "medication_start_date": "2024-07-01"}),
            ("001", {"deviation_description": "late", "deviation_date": "2025-06-01"}),
            ("001", {"deviation_description": "late"}),
        ]
    )  # fmt: skip
    found = checks_of(logs, "medication")
    assert found[0] == ""
    assert "no name" in found[1]
    assert "ends before it starts" in found[1]
    assert "after death" in found[2]
    late, undated = checks_of(logs, "deviation")
    assert "after the day the data speak of" in late
    assert "no date" in undated


def test_that_a_row_leads_to_its_first_observation_and_narrows_with_its_patient() -> None:
    with log_study(
        PATIENTS, [("002", dose(1, "2024-01-05", 5, 5, 0)), ("001", event("2024-05-01"))]
    ) as study:
        snapshot = study.snapshot()
        overview = summarise_study(snapshot)
    table = overview.logs.tables["dose"]
    told = snapshot.observations.set_index("id")
    assert told.loc[int(table.observation[0]), "variable"] == "dose_cycle"
    narrowed = restrict_overview(overview, {"001"}).logs
    assert len(narrowed.tables["dose"].rows) == 0
    assert narrowed.tables["adverse_event"].rows["patient"].tolist() == ["001"]
