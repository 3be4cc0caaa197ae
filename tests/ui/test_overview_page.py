"""The overview over a real study: its numbers and where they lead."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.links import LinkLine
from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.pages.ledger import LedgerPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.pages.patients import PatientsPage
from mirocals_desktop.ui.session import Filters, Session

from .study_pages import Opener, listed, settle, show


def test_that_the_overview_counts_patients_and_visits(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    assert {code: tile.number for code, tile in page.tiles.items()} == {
        "randomised": "5",
        "alive": "3",
        "died": "1",
        "unknown": "1",
        "overdue": "1",
        "due": "1",
        "to_check": "1",  # an SVC of 12 %
    }
    assert {code: line.number for code, line in page.statuses.lines.items()} == {
        "status.screened": "1",
        "status.randomised": "3",
        "status.unknown": "1",
        "status.died": "1",
    }
    assert page.enrolment.accessibleDescription() == "By 1 Apr 2024: 5 randomised, 6 screened"


@pytest.mark.parametrize(
    ("tile", "page_code", "patients"),
    [
        ("randomised", "patients", {"001", "002", "003", "004", "005"}),
        ("died", "patients", {"002"}),
        ("unknown", "ledger", {"005"}),
        ("overdue", "follow_up", {"003"}),
        ("due", "follow_up", {"004"}),
    ],
)
def test_that_a_number_of_the_overview_leads_to_its_patients(
    qtbot: QtBot, session: Session, open_study: Opener, tile: str, page_code: str, patients: set[str]
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.mouseClick(page.tiles[tile], Qt.MouseButton.LeftButton)
    assert asked.args == [page_code]
    assert listed(session) == patients
    assert session.patients_shown() == sorted(patients)
    assert session.filters.list_name == page.tiles[tile].text()


def test_that_a_status_and_a_part_of_the_ledger_lead_to_their_patients(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    qtbot.mouseClick(page.parts["event"], Qt.MouseButton.LeftButton)
    assert listed(session) == {"002"}
    assert session.filters.list_name == "Event"
    session.set_filters(Filters())
    settle(qtbot, session)
    page.statuses.lines["status.screened"].setFocus()
    qtbot.keyClick(page.statuses.lines["status.screened"], Qt.Key.Key_Space)
    assert listed(session) == {"006"}


def test_that_the_ledger_says_whom_it_leaves_out(qtbot: QtBot, session: Session, open_study: Opener) -> None:
    open_study({"001": {"randomisation_date": "2024-04-01"}, "002": {"randomisation_date": "2024-03"}})
    said = show(qtbot, session, LedgerPage).findChild(QLabel, "ledger.sentence").text().splitlines()
    assert "Nobody is followed up to day 300 yet." in said
    assert "1 patient has no usable time (002: randomisation date lacks its day)." in said


def test_that_a_number_without_patients_leads_nowhere(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study({"001": {"consent_date": "2024-04-01"}})
    page = show(qtbot, session, OverviewPage)
    assert not page.tiles["died"].isEnabled()
    assert "Nothing to do" in page.findChild(QLabel, "overview.to_do.empty").text()
    assert page.ledger.isHidden()


def test_that_a_cell_of_completeness_leads_to_the_patients_without_the_value(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    strip = page.completeness
    strip.setFocus()
    # lines: ALSFRS-R, SVC, Treg; columns: baseline, month 3
    qtbot.keyClick(strip, Qt.Key.Key_Down)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert strip.accessibleDescription().startswith(
        "svc percent at Month 3: 0 of 1 visits held have a value (0 %)"
    )
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert asked.args == ["follow_up"]
    assert listed(session) == {"001"}
    assert session.filters.list_name == "No svc percent at Month 3"
    assert (session.selection.patient, session.selection.visit) == ("001", "M3")


def test_that_a_step_of_enrolment_leads_to_who_came_in_that_month(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    with qtbot.waitSignal(page.page_asked) as asked:
        place = page.enrolment._plot().center().toPoint()
        qtbot.mouseClick(page.enrolment, Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["patients"]
    assert session.filters.list_name.startswith("Randomised in ")
    assert listed(session)


def test_that_the_filter_narrows_every_number(qtbot: QtBot, session: Session, open_study: Opener) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    session.set_filters(Filters(sites=frozenset({"UK01"})))
    settle(qtbot, session)
    assert page.tiles["randomised"].number == "2"
    assert page.tiles["overdue"].number == "0"
    assert page.tiles["due"].number == "1"


def test_that_an_import_of_the_overview_leads_to_the_history(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, OverviewPage)
    (line,) = page.imports.lines.values()
    assert line.text().startswith("made_up.xlsx")
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert asked.args == ["history"]


def test_that_an_empty_study_says_how_to_begin(qtbot: QtBot, session: Session, open_study: Opener) -> None:
    open_study({})
    overview = show(qtbot, session, OverviewPage)
    assert overview.tiles["randomised"].number == "0"
    assert "Import a spreadsheet" in overview.findChild(QLabel, "overview.statuses.empty").text()
    patients = show(qtbot, session, PatientsPage)
    assert "Import a spreadsheet" in patients.table.empty.text()
    follow_up = show(qtbot, session, FollowUpPage)
    assert follow_up.nothing.text() == "No patient to show. Import patients, or show all."


def test_that_lines_say_their_number_to_a_screen_reader(qapp: QApplication, qtbot: QtBot) -> None:
    line = LinkLine("line")
    qtbot.addWidget(line)
    line.show_line("Visits overdue", "12")
    assert line.accessibleName() == "Visits overdue: 12"
