"""The patient list, the matrix of visits and the lists below it, over a real study."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.follow_up import VisitState
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.pages.patients import PatientsPage
from mirocals_desktop.ui.plots.visit_signs import paint_sign
from mirocals_desktop.ui.review_commands import mark_selection
from mirocals_desktop.ui.session import Filters, Session

from .study_pages import Opener, cells, settle, show


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


def test_that_a_mark_on_a_patient_stands_in_the_list(
    qtbot: QtBot, session: Session, open_study: Opener
) -> None:
    open_study()
    page = show(qtbot, session, PatientsPage)
    assert "mark" not in [column.code for column in page.table.model.columns]
    session.select(patient="004")
    mark_selection(session, "to_check", lambda _said: None)
    settle(qtbot, session)
    assert {patient: mark for patient, mark in cells(page.table, "mark").items() if mark} == {
        "004": "to check"
    }


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
