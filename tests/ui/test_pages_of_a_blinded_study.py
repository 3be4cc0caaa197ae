"""No page of a blinded study holds an arm or a sealed value."""

from __future__ import annotations

import pytest
from made_up_study import Values, VisitRow
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.pages.history import HistoryPage
from mirocals_desktop.ui.pages.ledger import LedgerPage
from mirocals_desktop.ui.pages.logs import LogsPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.pages.patients import PatientsPage
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import TableView

from .study_pages import PATIENTS, VISITS, Opener, settle, show

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
