"""Overview, patients, follow-up and history over a real study: what they show and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import pytest
from made_up_study import Values, VisitRow, alter, made_up_study
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot
from window_driver import Answers, press

from mirocals_desktop.analysis.follow_up import VisitState
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.links import LinkLine
from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.pages.history import HistoryPage
from mirocals_desktop.ui.pages.ledger import LedgerPage
from mirocals_desktop.ui.pages.logs import LogsPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.pages.patients import PatientsPage
from mirocals_desktop.ui.plots.visit_signs import paint_sign
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.table import TableView

AnyPage = TypeVar("AnyPage", bound=Page)
Opener = Callable[..., None]

# The data speak of 5 May 2024. 001 is fine, 002 died, 003 is overdue for month 3 and 004 due, 005 was
# randomised long ago and never seen again, 006 is being screened.
PATIENTS: dict[str, Values] = {
    "001": {"site": "FR01", "randomisation_date": "2024-01-20", "arm": "active", "onset_date": "2023-01-20"},
    "002": {"site": "UK01", "randomisation_date": "2023-01-01", "arm": "placebo", "death_date": "2023-03-02"},
    "003": {"site": "FR01", "randomisation_date": "2024-01-10", "arm": "placebo"},
    "004": {
        "site": "UK01",
        "randomisation_date": "2024-02-10",
        "arm": "active",
        "last_contact_date": "2024-05-01",
    },
    "005": {"site": "FR01", "randomisation_date": "2023-03-01", "arm": "active"},
    "006": {"site": "UK01", "consent_date": "2024-04-01"},
}
VISITS: list[VisitRow] = [
    ("001", "BL", "2024-01-20", {"alsfrs_r_total": 42, "svc_percent": 90, "treg_percent": 6}),
    ("001", "M3", "2024-04-25", {"alsfrs_r_total": 40}),
    ("002", "BL", "2023-01-01", {"alsfrs_r_total": 30, "svc_percent": 12}),
    ("003", "BL", "2024-01-10", {"alsfrs_r_total": 41, "svc_percent": 80, "treg_percent": 7}),
    ("004", "BL", "2024-03-10", {"alsfrs_r_total": 41, "svc_percent": 85, "treg_percent": 7}),
    ("005", "BL", "2023-03-01", {"alsfrs_r_total": 41, "svc_percent": 85, "treg_percent": 7}),
    ("005", "M3", "", {"visit_status": "missed", "missed_reason": "travel"}),
]


@pytest.fixture
def open_study(qtbot: QtBot, session: Session, tmp_path: Path) -> Opener:
    """Opens a made-up study in the session; without arguments the one above."""

    def opened(patients: dict[str, Values] | None = None, **rest: Any) -> None:
        rest = {"visits": VISITS if patients is None else [], "data_cut": date(2024, 5, 5)} | rest
        with made_up_study(PATIENTS if patients is None else patients, folder=tmp_path, **rest) as study:
            path = study.path
        session.open(path)
        qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)

    return opened


def show(qtbot: QtBot, session: Session, kind: type[AnyPage]) -> AnyPage:
    page = kind(session)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    settle(qtbot, session)
    return page


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=60_000)  # a slow machine loads its libraries first


def listed(session: Session) -> set[str]:
    return set(session.filters.listed)


def cells(table: TableView, code: str) -> dict[Any, str]:
    """The shown text of a column by the rows' keys."""
    model = table.model
    column = [c.code for c in model.columns].index(code)
    return {model.key(row): model.cell_text(row, column) for row in range(model.rowCount())}


# Overview


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
    assert asked.args == ["patients"]
    assert listed(session) == {"001"}
    assert session.filters.list_name == "No svc percent at Month 3"


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
    assert follow_up.nothing.text() == "No patient to show."


# Patients


def test_that_the_list_says_where_each_patient_stands(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    table = show(qtbot, session, PatientsPage).table
    assert cells(table, "status")["002"] == "Died"
    assert cells(table, "status")["005"] == "Unknown"
    assert cells(table, "next")["003"] == "Month 3"
    assert cells(table, "next_date")["003"] == "9 Apr 2024"
    assert cells(table, "overdue") == {"001": "", "002": "", "003": "1", "004": "", "005": "", "006": ""}
    assert cells(table, "evidence")["001"] == "visit Month 3"
    assert cells(table, "evidence")["004"] == "last contact date"
    assert cells(table, "alsfrs")["001"] == "40"
    assert cells(table, "slope")["001"] == "-0.63"  # 2 points in 96 days of 30.4375 to the month
    assert cells(table, "dfs")["001"] == "0.50"  # 6 points in the year since onset
    assert cells(table, "arm")["001"] == "Active"


def test_that_a_row_selects_its_patient_and_enter_opens_the_page(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, PatientsPage)
    page.table.view.setCurrentIndex(page.table.model.index(2, 0))
    assert session.selection.patient == "003"
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.keyClick(page.table.view, Qt.Key.Key_Return)
    assert asked.args == ["patient"]


def test_that_the_list_follows_the_selection_and_the_filter(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, PatientsPage)
    session.select(patient="004")
    assert page.table.current_key() == "004"
    session.set_filters(Filters(statuses=frozenset({"died"})))
    settle(qtbot, session)
    assert page.table.keys() == ["002"]
    session.set_filters(Filters(text="nobody"))
    settle(qtbot, session)
    assert "Show all" in page.table.empty.text()


# Follow-up


def sign(page: FollowUpPage, patient: str, visit: str) -> str:
    """The sign in a cell of the matrix as it is shown."""
    overview = page.matrix._grid
    assert overview is not None
    row = page.matrix.model.shown_row(overview.patients.index(patient))
    column = [v.code for v in overview.visits].index(visit)
    return str(page.matrix.model.index(row, column).data())


def test_that_the_matrix_shows_the_state_of_every_visit(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)
    expected = {
        ("001", "BL"): "●",
        ("001", "M6"): "",
        ("002", "M3"): "†",
        ("003", "M3"): "!",
        ("004", "BL"): "◆",
        ("004", "M3"): "○",
        ("005", "M3"): "×",
    }
    assert {place: sign(page, *place) for place in expected} == expected
    assert page.legend[VisitState.OVERDUE].accessibleName() == "Overdue: 1"


def test_that_who_needs_action_stands_first_and_other_orders_can_be_chosen(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)

    def order() -> list[str]:
        model = page.matrix.model
        return [model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())]

    assert order() == ["003", "004", "005", "001", "002", "006"]
    page.order.setCurrentIndex(page.order.findData("patient"))
    assert order() == ["001", "002", "003", "004", "005", "006"]
    page.order.setCurrentIndex(page.order.findData("site"))
    assert order() == ["001", "003", "005", "002", "004", "006"]
    page.order.setCurrentIndex(page.order.findData("start"))
    assert order() == ["004", "001", "003", "005", "002", "006"]


def test_that_a_cell_says_in_a_sentence_what_happened(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)
    assert page._sentence(0, 1) == (
        "Patient 001, Month 3: done in window, 25 Apr 2024, 6 days late, planned 19 Apr 2024, "
        "window 5 Apr 2024 to 3 May 2024, lacks svc percent"
    )
    assert page._sentence(4, 1).endswith("reason: travel")
    page.matrix.view.setFocus()
    page.matrix.select(0, 0)
    qtbot.keyClick(page.matrix.view, Qt.Key.Key_Right)
    assert page.sentence.text() == page._sentence(0, 1)
    assert (session.selection.patient, session.selection.visit) == ("001", "M3")
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.keyClick(page.matrix.view, Qt.Key.Key_Return)
    assert asked.args == ["patient"]


def test_that_a_state_of_the_legend_keeps_the_patients_who_have_it(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)
    qtbot.mouseClick(page.legend[VisitState.MISSED], Qt.MouseButton.LeftButton)
    assert page.matrix.model.rowCount() == 1
    assert page.matrix.model.headerData(0, Qt.Orientation.Vertical) == "005"
    qtbot.mouseClick(page.legend[VisitState.MISSED], Qt.MouseButton.LeftButton)
    assert page.matrix.model.rowCount() == 6


def test_that_the_due_list_says_how_late_and_selects_the_visit(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)
    assert cells(page.due, "state") == {("003", "M3"): "overdue", ("004", "M3"): "due"}
    assert cells(page.due, "days") == {("003", "M3"): "12", ("004", "M3"): ""}
    assert cells(page.due, "last")["003", "M3"] == "23 Apr 2024"
    page.due.view.setCurrentIndex(page.due.model.index(1, 0))
    assert (session.selection.patient, session.selection.visit) == ("004", "M3")
    assert page.matrix.current() == (3, 1)


def test_that_a_finding_leads_to_the_value_it_speaks_of(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, FollowUpPage)
    page.tabs.setCurrentIndex(1)
    settle(qtbot, session)
    messages = cells(page.checks, "message")
    (row,) = [key for key, text in messages.items() if text == "12 %, expected from 20 to 150"]
    page.checks.view.setCurrentIndex(page.checks.model.index(row, 0))
    selection = session.selection
    assert (selection.patient, selection.variable, selection.visit) == ("002", "svc_percent", "BL")
    assert session.snapshot is not None
    told = session.snapshot.observations.set_index("id")
    assert told.loc[selection.observation, "number"] == 12


def test_that_a_followed_number_lists_as_many_rows_as_it_says(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    overview = show(qtbot, session, OverviewPage)
    lines = overview.to_do.lines
    said = {code: int(line.accessibleName().rsplit(" ", 1)[-1]) for code, line in lines.items()}
    said |= {code: int(overview.tiles[code].number) for code in ("overdue", "due", "to_check")}
    assert {"to_do.overdue", "to_do.due", "to_do.limits", "to_check"} <= set(said)
    page = show(qtbot, session, FollowUpPage)
    visits = {"to_do.overdue", "to_do.due", "to_do.soon", "overdue", "due"}
    checks = {"to_do.limits", "to_do.findings", "to_check"}
    for code in sorted(said.keys() & (visits | checks)):
        page.hide()
        session.set_filters(Filters())
        settle(qtbot, session)
        if code in overview.tiles:
            qtbot.mouseClick(overview.tiles[code], Qt.MouseButton.LeftButton)
        else:
            overview.to_do.followed.emit(code)
        page.show()
        settle(qtbot, session)
        listed = page.due if code in visits else page.checks
        assert listed.isVisible(), code
        assert listed.model.rowCount() == said[code], code


def test_that_a_study_without_visits_says_so(qtbot: QtBot, session: Session, open_study: Opener) -> None:
    open_study({"001": {"randomisation_date": "2024-01-01"}})
    page = show(qtbot, session, FollowUpPage)
    assert page.nothing.text().startswith("No visit has been recorded yet.")
    assert page.due.empty.text() == "No visit is due or overdue."


def test_that_every_state_has_a_shape_of_its_own_without_its_colour(qapp: QApplication) -> None:
    for palette in (theme.light_palette(), theme.dark_palette()):
        drawn = {}
        for state in VisitState:
            image = QImage(28, 22, QImage.Format.Format_ARGB32)
            image.fill(QColor(0, 0, 0, 0))
            painter = QPainter(image)
            paint_sign(painter, image.rect().toRectF(), state, palette)
            painter.end()
            ink = image.convertToFormat(QImage.Format.Format_Alpha8)  # where it is, whatever its colour
            drawn[state] = bytes(255 if value > 96 else 0 for value in bytes(ink.constBits()))
        assert not any(drawn[VisitState.NOT_EXPECTED])
        assert len(set(drawn.values())) == len(VisitState)


# History


def test_that_the_history_lists_every_act_the_last_first(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    assert list(cells(page.table, "kind").values()) == ["option changed", "import", "study created"]
    assert cells(page.table, "summary")[2] == "made_up.xlsx"
    assert cells(page.table, "person")[2] == "Ada Tester"
    page.kinds.setCurrentIndex(page.kinds.findData("imported"))
    assert page.table.keys() == [2]


def test_that_the_acts_shown_are_exported_and_the_export_is_an_act(
    qtbot: QtBot, session: Session, open_study: Opener, answers: Answers, tmp_path: Path
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.kinds.setCurrentIndex(page.kinds.findData("imported"))
    answers.target = tmp_path / "audit.csv"
    press(page, "history.table.export")
    qtbot.waitUntil(lambda: answers.target.exists() and not session.jobs.busy, timeout=60_000)
    lines = answers.target.read_text("utf-8-sig").splitlines()
    assert len(lines) == 2, "a header and the one import"
    assert "made_up.xlsx" in lines[1]
    assert session.snapshot.entries["kind"].tolist()[-1] == "exported"


def texts_of(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_that_an_entry_says_what_it_brought_and_which_file(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.table.view.setCurrentIndex(page.table.model.index(1, 0))
    said = texts_of(page.entry)
    assert "Entry 2: import" in said
    assert "made_up.xlsx, SHA-256 0000000000000000…" in said
    assert "svc percent 5" in said
    assert page.entry.withdraw.isEnabled()
    page.table.view.setCurrentIndex(page.table.model.index(2, 0))
    assert not page.entry.withdraw.isEnabled()  # the making of the study cannot be taken back


def test_that_an_import_is_withdrawn_with_a_reason(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    page.table.view.setCurrentIndex(page.table.model.index(1, 0))
    qtbot.mouseClick(page.entry.withdraw, Qt.MouseButton.LeftButton)
    (box,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    reason, act = box.findChild(QComboBox, "withdraw.reason"), box.findChild(QAbstractButton, "withdraw.act")
    assert reason is not None
    assert act is not None
    reason.setCurrentText("Imported twice")
    act.click()
    qtbot.waitUntil(lambda: session.snapshot is not None and not len(session.snapshot.patients))
    settle(qtbot, session)
    assert cells(page.table, "reason")[4] == "Imported twice"
    assert cells(page.table, "withdrawn")[2] == "by entry 4"
    page.table.select(2)
    page._show_entry()
    assert "; 0 of them still count" in texts_of(page.entry)
    assert not page.entry.withdraw.isEnabled()


def test_that_the_chain_is_verified_and_the_study_shown_as_of_an_entry(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, HistoryPage)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    settle(qtbot, session)
    assert page.verified.text().startswith("The study is whole")
    assert page.verify.isEnabled()
    page.table.view.setCurrentIndex(page.table.model.index(2, 0))
    qtbot.mouseClick(page.entry.as_of, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.as_of == 1)
    settle(qtbot, session)
    assert page.table.keys() == [1]


def test_that_a_value_altered_behind_the_program_is_told_by_its_entry(
    qtbot: QtBot, session: Session, open_study: Opener, tmp_path: Path
) -> None:
    with made_up_study(PATIENTS, visits=VISITS, folder=tmp_path) as study:
        path = study.path
    alter(path)
    session.open(path)
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy)
    page = show(qtbot, session, HistoryPage)
    qtbot.mouseClick(page.verify, Qt.MouseButton.LeftButton)
    settle(qtbot, session)
    assert "Entry 2" in page.verified.text()
    assert theme.error_colour() in page.verified.styleSheet()


# Blinding

CANARY_TREG = 23.75
CANARY_ARM = "placebo"


def everything_said(page: QWidget) -> str:
    """Every text, tooltip, accessible text and table cell that a page holds, shown or not."""
    said = []
    for widget in [page, *page.findChildren(QWidget)]:
        said += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QAbstractButton):
            said.append(widget.text())
        if isinstance(widget, QTableView):
            model = widget.model()
            roles = (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.AccessibleTextRole,
            )
            for row in range(model.rowCount()):
                for column in range(model.columnCount()):
                    said += [str(model.index(row, column).data(role)) for role in roles]
            said += [str(model.headerData(c, Qt.Orientation.Horizontal)) for c in range(model.columnCount())]
        if isinstance(widget, TableView):
            said.append(widget.mime_data().text())
    return "\n".join(said)


def look_everywhere(qtbot: QtBot, session: Session, page: Page) -> None:
    """Bring every tab and view of a page to the front, since what nobody looks at may not be made."""
    for tabs in page.findChildren(QTabWidget):
        for number in range(tabs.count()):
            tabs.setCurrentIndex(number)
            settle(qtbot, session)
    if isinstance(page, FollowUpPage):
        for number in range(page.columns.count()):
            page.columns.setCurrentIndex(number)
            settle(qtbot, session)


@pytest.mark.parametrize(
    "kind", [OverviewPage, PatientsPage, FollowUpPage, LedgerPage, LogsPage, HistoryPage]
)
def test_that_no_page_of_a_blinded_study_holds_an_arm_or_a_sealed_value(
    qtbot: QtBot, session: Session, open_study: Opener, kind: type[Page]
) -> None:
    patients: dict[str, Values] = {
        patient: {**facts, "first_dose_date": str(facts.get("randomisation_date", "2024-04-30"))}
        for patient, facts in PATIENTS.items()
    }
    visits: list[VisitRow] = [*VISITS, ("001", "M6", "2024-05-02", {"treg_percent": CANARY_TREG})]
    open_study(patients, visits=visits, blinded=True)
    assert session.snapshot is not None
    assert session.snapshot.blinded
    page = show(qtbot, session, kind)
    look_everywhere(qtbot, session, page)
    said = everything_said(page).casefold()
    assert len(said) > 100
    for word in (CANARY_ARM, "active", str(CANARY_TREG), str(CANARY_TREG).replace(".", ",")):
        assert word not in said


def test_that_the_same_search_finds_both_in_an_open_study(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    visits: list[VisitRow] = [*VISITS, ("001", "M6", "2024-05-02", {"treg_percent": 99.75})]
    open_study(PATIENTS, visits=visits)
    assert CANARY_ARM in everything_said(show(qtbot, session, PatientsPage)).casefold()
    page = show(qtbot, session, FollowUpPage)
    look_everywhere(qtbot, session, page)
    assert "99.75" in everything_said(page)


def test_that_lines_say_their_number_to_a_screen_reader(qapp: QApplication, qtbot: QtBot) -> None:
    line = LinkLine("line")
    qtbot.addWidget(line)
    line.show_line("Visits overdue", "12")
    assert line.accessibleName() == "Visits overdue: 12"
