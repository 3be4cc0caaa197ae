"""The page of the logs: what each tab shows, its filters, and where a row leads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_study import Record, log_study
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QLineEdit, QPushButton, QTableView, QTabWidget
from pytestqt.qtbot import QtBot
from window_driver import everything_said, find, nameless, rows

from mirocals_desktop.errors import AppError
from mirocals_desktop.study.reports import SafetyReport, check_report
from mirocals_desktop.ui.pages.logs import LogsPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.session import Session

PATIENTS: dict[str, Record] = {
    "001": {"randomisation_date": "2024-01-01", "arm": "il2"},
    "002": {"randomisation_date": "2024-01-01"},
}
RECORDS: list[tuple[str, Record]] = [
    ("001", {"dose_cycle": 1, "dose_date": "2024-01-02", "dose_dispensed": 5, "dose_taken": 5,
             "dose_returned": 0, "dose_kit": "KIT-CANARY-7"}),
    ("002", {"dose_cycle": 1, "dose_date": "2024-01-02", "dose_dispensed": 5, "dose_taken": 3,
             "dose_returned": 0}),
    ("001", {"sample_id": "A1", "sample_type": "Plasma", "sample_visit": "V3",
             "sample_collected_date": "2024-12-20"}),
    ("002", {"sample_id": "A2", "sample_type": "Serum", "sample_visit": "V3",
             "sample_collected_date": "2024-12-20", "sample_assayed_date": "2024-12-30"}),
    ("002", {"ae_term": "Fall", "ae_start_date": "2024-12-31", "ae_serious": "yes",
             "ae_seriousness_criterion": "hospitalisation"}),
]  # fmt: skip


@pytest.fixture
def study_path(tmp_path: Path) -> Path:
    with log_study(PATIENTS, RECORDS, folder=tmp_path) as study:
        return study.path


@pytest.fixture
def opened(qtbot: QtBot, session: Session, study_path: Path) -> Session:
    with qtbot.waitSignal(session.study_changed, timeout=30_000):
        session.open(study_path)
    return session


@pytest.fixture
def page(qtbot: QtBot, opened: Session) -> Iterator[LogsPage]:
    page = LogsPage(opened)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    qtbot.waitUntil(lambda: not opened.jobs.busy and page.tabs.count() > 0, timeout=30_000)
    return page


def shown(page: LogsPage, log: str) -> list[dict[str, str]]:
    """The rows of a log's tab by column code."""
    view = page.tables[log]
    page.tabs.setCurrentWidget(view)
    table = find(page, QTableView, f"logs.{log}.rows")
    names = [column.code for column in view.model.columns]
    return [dict(zip(names, row, strict=True)) for row in rows(table)]


def test_that_each_log_has_a_tab_with_its_count_and_its_records(page: LogsPage) -> None:
    tabs = find(page, QTabWidget, "logs.tabs")
    texts = [tabs.tabText(number) for number in range(tabs.count())]
    assert texts == [
        "Doses (2)",
        "Samples (2)",
        "Adverse events (1)",
        "Concomitant medication (0)",
        "Protocol deviations (0)",
    ]
    first, second = shown(page, "dose")
    assert (first["patient"], first["missed"], first["balance"], first["checks"]) == ("001", "0", "0", "")
    assert (second["missed"], second["balance"]) == ("2", "2")
    assert "balance is 2" in second["checks"]
    event = shown(page, "adverse_event")[0]
    assert (event["clock"], event["due"]) == ("no day of awareness", "")
    assert shown(page, "medication") == []
    assert nameless(page) == []


def test_that_only_what_was_found_is_shown_and_a_row_selects_its_observation(
    page: LogsPage, opened: Session
) -> None:
    shown(page, "dose")
    find(page, QCheckBox, "logs.dose.checks").setChecked(True)
    assert [row["patient"] for row in shown(page, "dose")] == ["002"]
    find(page, QTableView, "logs.dose.rows").selectRow(0)
    selection = opened.selection
    assert (selection.patient, selection.variable, selection.record) == ("002", "dose_cycle", 1)
    assert selection.observation > 0


def test_that_the_to_do_list_leads_to_samples_without_result_and_running_clocks(
    qtbot: QtBot, opened: Session, page: LogsPage
) -> None:
    overview = OverviewPage(opened)
    qtbot.addWidget(overview)
    asked: list[str] = []
    overview.page_asked.connect(asked.append)
    page.hide()
    overview.resize(1000, 600)
    overview.show()
    qtbot.waitUntil(lambda: "to_do.samples" in overview.to_do.lines, timeout=30_000)
    assert overview.to_do.lines["to_do.samples"].number == "1"
    assert overview.to_do.lines["to_do.clocks"].number == "1"
    overview.to_do.lines["to_do.samples"].click()
    assert asked == ["logs"]
    page.show()
    qtbot.waitUntil(lambda: not opened.jobs.busy, timeout=30_000)
    assert page.tabs.currentWidget() is page.tables["sample"]
    assert [row["sample_id"] for row in shown(page, "sample")] == ["A1"]
    page.tabs.setCurrentWidget(page.tables["dose"])
    page.hide()
    overview.to_do.lines["to_do.samples"].click()  # a second time: nothing but the tab is another
    page.show()
    assert page.tabs.currentWidget() is page.tables["sample"]


def test_that_recording_its_report_takes_a_serious_event_off_the_to_do_list(
    qtbot: QtBot, opened: Session, page: LogsPage
) -> None:
    button = find(page, QPushButton, "logs.reported")
    assert shown(page, "adverse_event")[0]["clock"] == "no day of awareness"
    assert not button.isEnabled()
    find(page, QTableView, "logs.adverse_event.rows").selectRow(0)
    button.click()
    dialog = find(page, QDialog, "safety_report")
    day, time = (find(dialog, QLineEdit, f"safety_report.{name}") for name in ("day", "time"))
    act = find(dialog, QPushButton, "safety_report.act")
    for wrong, right, said in ((day, "1 Jan 2025", "no date"), (time, "9:30", "no time of day")):
        wrong.setText("soon")
        act.click()
        assert said in find(dialog, QLabel, "safety_report.problem").text()
        wrong.setText(right)
    with qtbot.waitSignal(opened.study_changed, timeout=30_000):
        act.click()
    qtbot.waitUntil(lambda: not opened.jobs.busy, timeout=30_000)
    record = shown(page, "adverse_event")[0]
    assert (record["clock"], record["ae_reported_time"]) == ("reported", "9:30")
    snapshot = opened.snapshot
    assert snapshot is not None
    assert snapshot.entries["reason"].iloc[-1] == "E-mail to the sponsor"
    find(page, QCheckBox, "logs.adverse_event.open").setChecked(True)
    assert shown(page, "adverse_event") == []
    report = SafetyReport("002", 1, "2025-01-01", "9:30", "again")
    with pytest.raises(AppError, match="recorded already"):
        check_report(snapshot, report)
    with pytest.raises(AppError, match="future"):
        check_report(snapshot, dataclasses.replace(report, day="2999-01-01"))
    with pytest.raises(AppError, match="Say how"):
        check_report(snapshot, dataclasses.replace(report, told=" "))


def test_that_a_blinded_study_tells_no_kit(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    with log_study(PATIENTS, RECORDS, folder=tmp_path, blinded=True) as study:
        path = study.path
    with qtbot.waitSignal(session.study_changed, timeout=30_000):
        session.open(path)
    page = LogsPage(session)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: not session.jobs.busy and page.tabs.count() > 0, timeout=30_000)
    shown(page, "dose")
    assert "CANARY" not in everything_said(page)
