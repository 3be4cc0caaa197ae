"""Every dot, bar, cell and row of the biomarkers and of a patient tells what it is and leads to its cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_driver import everything_said

from mirocals_desktop.ui.inspector import Inspector
from mirocals_desktop.ui.pages.biomarkers import BiomarkersPage
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.pages.patient import PatientPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.session import Session

VIEWS = ("trajectories", "distribution", "change", "waterfall", "pairs", "heat_map")


@pytest.fixture
def opened(qtbot: QtBot, session: Session, tmp_path: Path) -> Session:
    session.open(marker_study(tmp_path))
    settle(qtbot, session)
    return session


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)


def shown(qtbot: QtBot, session: Session, page: Page) -> Inspector:
    """The page in sight, and the inspector beside it."""
    inspector = Inspector(session, lambda _code: None, page)
    inspector.setParent(None)  # beside the page, as in the window
    for widget in (page, inspector):
        qtbot.addWidget(widget)
        widget.resize(900, 1400)
        widget.show()
    settle(qtbot, session)
    return inspector


def follow_each_kind(session: Session, inspector: Inspector, plot: Canvas) -> dict[str, bool]:
    """Point at and click one place of each kind that the plot has; gives which lead to a cell."""
    leads: dict[str, bool] = {}
    for x, axes, y, layer, _index in plot.stops():
        kind = f"{axes.name}.{layer.partition('.')[0]}"
        if leads.get(kind):
            continue
        session.select(patient=session.selection.patient)
        QApplication.processEvents()  # what was selected may have moved the plot: it is laid out anew
        pixel = QPoint(round(frame.across(axes.rect, plot.x_axis.range, x)), round(axes.down(y)))
        if not axes.rect.contains(pixel):
            continue
        QTest.mouseMove(plot.view.viewport(), pixel + QPoint(0, 40))
        QTest.mouseMove(plot.view.viewport(), pixel)
        assert len(plot.sentence.sentence) > 8, (kind, plot.sentence.sentence)
        QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=pixel)
        leads[kind] = bool(session.selection.observation)
        if leads[kind]:
            said = everything_said(inspector)
            assert any(word in said for word in ("lab.xlsx", "made_up.xlsx", "Fever", "Fall")), kind
    return leads


def test_that_every_place_of_a_biomarker_tells_and_leads_to_its_cell(qtbot: QtBot, opened: Session) -> None:
    page = BiomarkersPage(opened)
    inspector = shown(qtbot, opened, page)
    page.variable.setCurrentIndex(page.variable.findData(TREG))
    settle(qtbot, opened)
    for view in VIEWS:
        page.switch.choose(view)
        settle(qtbot, opened)
        plot = page.plot if view in ("trajectories", "distribution") else page.pairs.plot
        leads = follow_each_kind(opened, inspector, plot)
        leads.pop("values.median", None)  # it stands for several values
        assert leads, view
        assert all(leads.values()), (view, leads)
    page.variable.setCurrentIndex(page.variable.findData(PNFH))
    settle(qtbot, opened)
    for view, table in (("values", page.values), ("classes", page.classes.table)):
        page.switch.choose(view)
        settle(qtbot, opened)
        for row in range(table.model.rowCount()):
            opened.select()
            table.view.setCurrentIndex(table.model.index(row, 1))
            assert opened.selection.observation, (view, row)
            assert "lab.xlsx" in everything_said(inspector)


def test_that_every_place_of_a_patient_tells_and_leads_to_its_cell(qtbot: QtBot, opened: Session) -> None:
    page = PatientPage(opened)
    inspector = shown(qtbot, opened, page)
    leads = follow_each_kind(opened, inspector, page.plot)
    assert {name.partition(".")[0] for name in leads} >= {
        "course",
        "alsfrs_r",
        "stages",
        "adverse_events",
        TREG,
    }
    assert all(leads.values()), leads
    for row in range(0, page.table.model.rowCount(), 9):
        page.table.view.setCurrentIndex(page.table.model.index(row, 1))
        assert opened.selection.observation == page.table.model.key(row)
