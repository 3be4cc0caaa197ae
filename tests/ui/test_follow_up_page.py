"""The follow-up page's lists and views: missing by reason, months, notes, worksheet, calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from made_up_study import Values, VisitRow, made_up_study, observations
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QCheckBox, QComboBox, QTableView
from pytestqt.qtbot import QtBot
from window_driver import Answers, dialog, find, nameless, press, rows, write

from mirocals_desktop.analysis.overview import summarise_study
from mirocals_desktop.analysis.worksheet import prepare_worksheet
from mirocals_desktop.export.calendar_file import write_calendar
from mirocals_desktop.study.ledger import EXPORTED, IMPORTED
from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.worksheet import worksheet_html

# The data speak of 5 May 2024: 001 died after M3, 002 is overdue for M3, M3 of 003 is due.
CUT = date(2024, 5, 5)
PATIENTS: dict[str, Values] = {
    "001": {"site": "FR01", "randomisation_date": "2024-01-01", "death_date": "2024-04-20", "arm": "active"},
    "002": {"site": "UK01", "randomisation_date": "2024-01-10", "arm": "placebo"},
    "003": {"site": "FR01", "randomisation_date": "2024-02-01", "arm": "active"},
}
VISITS: list[VisitRow] = [
    ("001", "BL", "2024-01-01", {"svc_percent": 90}),
    ("001", "M3", "2024-03-31", {"svc_percent": 12, "alsfrs_r_total": 40}),
    ("002", "BL", "2024-01-10", {"svc_percent": 80, "alsfrs_r_total": 41, "treg_percent": 7}),
    ("003", "BL", "2024-02-01", {"svc_percent": 85, "alsfrs_r_total": 39, "treg_percent": 8}),
]


@pytest.fixture
def study_path(tmp_path: Path) -> Path:
    with made_up_study(PATIENTS, visits=VISITS, data_cut=CUT, folder=tmp_path) as study:
        study.record(
            IMPORTED, observations=observations({}, [("002", "UNS", "2024-02-02", {"svc_percent": 18})])
        )
        return study.path


@pytest.fixture
def page(qtbot: QtBot, session: Session, study_path: Path) -> Iterator[FollowUpPage]:
    with qtbot.waitSignal(session.study_changed, timeout=30_000):
        session.open(study_path)
    page = FollowUpPage(session)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    settle(qtbot, session)
    return page


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=30_000)


def test_that_missing_visits_stand_by_reason_in_a_table(page: FollowUpPage, session: Session) -> None:
    page.tabs.setCurrentIndex(2)
    shown = rows(find(page, QTableView, "follow_up.missing.rows"))
    # visit, held, died, withdrew, late, not done, not entered, missing
    assert shown[0][:7] == ["Baseline", "3", "0", "0", "0", "0", "0"]
    assert shown[1][:8] == ["Month 3", "1", "0", "0", "1", "0", "0", "1"]
    assert shown[2][:8] == ["Month 6", "0", "1", "0", "0", "0", "0", "1"]
    view = find(page, QTableView, "follow_up.missing.rows")
    view.selectRow(1)
    assert (session.selection.patient, session.selection.visit) == ("002", "M3")
    page._missing.content.activated.emit("M3")
    assert session.filters.list_name == "Missing at Month 3"
    assert session.filters.listed == {"002"}
    assert nameless(page) == []


def test_that_the_matrix_turns_to_months_and_a_cell_still_names_its_visit(
    page: FollowUpPage, session: Session
) -> None:
    box = find(page, QComboBox, "follow_up.columns")
    box.setCurrentIndex(box.findData("month"))
    grid = page.matrix._grid
    assert grid is not None
    assert [visit.code for visit in grid.visits][:3] == ["2024-01", "2024-02", "2024-03"]
    row = grid.patients.index("001")
    march = [visit.code for visit in grid.visits].index("2024-03")
    assert page._sentence(row, march).startswith("Patient 001, Month 3: done in window")
    assert page._sentence(row, march - 1) == ""
    page.matrix.chosen.emit(row, march)
    assert (session.selection.patient, session.selection.visit) == ("001", "M3")
    view = page.matrix.view
    view.setFixedWidth(150)
    for columns in ("visit", "month", "visit"):
        box.setCurrentIndex(box.findData(columns))
        beyond = view.horizontalHeader().length() - view.viewport().width()
        assert view.horizontalScrollBar().maximum() == max(beyond, 0), "one can scroll to the end, no farther"


def test_that_the_map_tells_why_a_visit_is_missing(page: FollowUpPage, session: Session) -> None:
    box = find(page, QComboBox, "follow_up.columns")
    box.setCurrentIndex(box.findData("missing"))
    assert page.map.isVisible()
    plot = page.map._plot()
    top = QPointF(plot.left() + plot.width() * 0.5, plot.top() + 1)  # the middle visit of whoever ended first
    row, column = page.map.cell_at(top)
    overview = page._overview
    assert overview is not None
    assert overview.grid.visits[column].code == "M6"
    page.map.pointed.emit(overview.grid.patients.index("001"), column)
    assert "died before" in page.sentence.text()
    page.map.chosen.emit(row, column)
    assert session.selection.visit == "M6"
    assert page.map.cell_at(QPointF(1, 1)) == (-1, -1)


def test_that_a_visit_still_to_come_says_what_is_due(page: FollowUpPage) -> None:
    overview = page._overview
    assert overview is not None
    column = [visit.code for visit in overview.grid.visits].index("M3")
    said = page._sentence(overview.grid.patients.index("002"), column)
    assert "overdue" in said
    assert "due: ALSFRS-R total, SVC percent" in said.replace("alsfrs r total", "ALSFRS-R total").replace(
        "svc percent", "SVC percent"
    )


def test_that_a_query_on_a_visit_begins_with_what_is_open_about_it(
    page: FollowUpPage, session: Session
) -> None:
    session.select(patient="002", visit="M3")
    assert page.question()[0] == (
        "Month 3 was planned for 9 Apr 2024 and nothing is entered. Did it take place? If not, why?"
    )
    session.select(patient="001", visit="BL")
    assert page.question()[0].startswith("Baseline lacks alsfrs r total, treg percent. Please enter")
    session.select(patient="003", visit="BL")
    assert page.question() == ("", ""), "nothing is open about a complete visit"
    session.select(patient="001", visit="M3", variable="svc_percent")
    assert page.question() == ("", ""), "a query on a value is about the value"


def test_that_the_visits_to_act_on_are_in_sight_at_once(qtbot: QtBot, page: FollowUpPage) -> None:
    table = page.matrix.view
    table.setFixedWidth(140)
    qtbot.waitUntil(lambda: table.width() == 140)
    page._show_rows()
    month_3 = table.columnViewportPosition(1)
    assert 0 <= month_3 < table.viewport().width()


def test_that_findings_are_listed_when_looked_at_and_the_newest_alone_on_demand(
    qtbot: QtBot, page: FollowUpPage, session: Session
) -> None:
    assert page.findChild(QTableView, "follow_up.checks.rows") is None  # nobody has looked
    page.tabs.setCurrentIndex(1)
    settle(qtbot, session)
    shown = rows(find(page, QTableView, "follow_up.checks.rows"))
    assert ["001", "Month 3"] in [row[1:3] for row in shown]
    assert "12 %, expected from 20 to 150" in [row[4] for row in shown]
    assert page.tabs.tabText(1) == f"To look at ({len(shown)})"
    find(page, QCheckBox, "follow_up.checks.new").setChecked(True)
    shown = rows(find(page, QTableView, "follow_up.checks.rows"))
    assert [(row[1], row[4]) for row in shown] == [("002", "18 %, expected from 20 to 150")]
    page.checks.view.selectRow(0)
    assert (session.selection.patient, session.selection.variable) == ("002", "svc_percent")
    assert page.sentence.text() == "18 %, expected from 20 to 150"


def test_that_a_note_of_a_contact_stands_beside_the_visit(
    qtbot: QtBot, page: FollowUpPage, session: Session
) -> None:
    assert not page.due.note.isEnabled()
    page.due.view.selectRow(0)
    press(page, "follow_up.due.note")
    box = dialog("contact")
    write(box, "contact.day", "04/05/2024")
    write(box, "contact.note", "nobody answered")
    press(box, "contact.act")
    settle(qtbot, session)
    qtbot.waitUntil(lambda: "nobody answered" in str(rows(page.due.view)), timeout=30_000)
    first = rows(page.due.view)[0]
    assert first[0] == "002"
    assert "4 May 2024, Call with the patient, nobody answered" in first


def test_that_a_worksheet_says_what_is_due_what_it_was_and_what_is_open(
    qtbot: QtBot, page: FollowUpPage, session: Session, answers: Answers, tmp_path: Path
) -> None:
    snapshot, overview = session.snapshot, page._overview
    assert snapshot is not None
    assert overview is not None
    said = worksheet_html(snapshot, prepare_worksheet(snapshot, overview, "002", "M3"))
    assert "Patient 002, Month 3" in said
    assert "SYNTHETIC" in said
    assert "Planned 9 Apr 2024, window 26 Mar 2024 to 23 Apr 2024." in said
    assert "<td>18, Unscheduled, 2 Feb 2024</td>" in said
    assert "<td>41, Baseline, 10 Jan 2024</td>" in said
    lacking = worksheet_html(snapshot, prepare_worksheet(snapshot, overview, "001", "M6"))
    assert "Still lacking from earlier visits" in lacking
    assert "placebo" not in said.casefold()
    answers.target = tmp_path / "sheet.pdf"
    page.due.view.selectRow(0)
    press(page, "follow_up.due.sheet")
    qtbot.waitUntil(answers.target.exists, timeout=30_000)
    settle(qtbot, session)
    assert answers.target.read_bytes().startswith(b"%PDF")
    snapshot = session.snapshot
    assert snapshot is not None
    assert snapshot.entries.iloc[-1]["kind"] == EXPORTED


def test_that_a_calendar_file_holds_the_visits_shown_by_study_number(
    qtbot: QtBot, page: FollowUpPage, session: Session, answers: Answers, tmp_path: Path
) -> None:
    answers.target = tmp_path / "due.ics"
    press(page, "follow_up.due.calendar")
    qtbot.waitUntil(answers.target.exists, timeout=30_000)
    settle(qtbot, session)
    raw = answers.target.read_bytes()
    lines = raw.decode("utf-8").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("BEGIN:VEVENT") == page.due.model.rowCount() == 2
    assert "SUMMARY:[SYNTHETIC] Overdue: 002: Month 3" in lines
    assert "DTSTART;VALUE=DATE:20240505" in lines  # an overdue visit stands on the day of the data
    assert "DTSTART;VALUE=DATE:20240501" in lines  # the target day of 003
    assert max(len(line.encode()) for line in lines) <= 75
    assert "active" not in raw.decode().casefold()


def test_that_the_same_visit_has_the_same_identifier_in_every_file(tmp_path: Path, study_path: Path) -> None:
    from mirocals_desktop.study.study import Study

    with Study.open(study_path, person="Ada", role="data manager") as study:
        snapshot = study.snapshot()
        due = summarise_study(snapshot).due
        files = []
        for number in range(2):
            path = tmp_path / f"{number}.ics"
            write_calendar(snapshot, due, path, written=datetime(2024, 5, 5 + number, tzinfo=UTC))
            files.append([line for line in path.read_text().splitlines() if line.startswith("UID")])
    assert files[0] == files[1]
    assert len(set(files[0])) == 2
