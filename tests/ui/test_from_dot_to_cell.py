"""Every dot, bar, cell, sign, box and row tells what it is and leads to its file, sheet and cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from log_study import Record, log_study
from made_up_study import VisitRow
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_driver import everything_said, press

from mirocals_desktop.analysis.origins import find_contact_origin
from mirocals_desktop.ui.inspector import Inspector
from mirocals_desktop.ui.pages.biomarkers import BiomarkersPage
from mirocals_desktop.ui.pages.follow_up import FollowUpPage
from mirocals_desktop.ui.pages.ledger import LedgerPage
from mirocals_desktop.ui.pages.logs import LogsPage
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.pages.patient import PatientPage
from mirocals_desktop.ui.pages.patients import PatientsPage
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
    page.switch.choose("summaries")
    page.summaries.view.setCurrentIndex(page.summaries.model.index(0, 0))
    visit, count = (page.summaries.model.cell_text(0, column) for column in (0, 2))
    page.summaries.activated.emit(page.summaries.current_key())
    assert page.view == "values"
    qtbot.waitUntil(lambda: page.values.model.rowCount() == int(count))
    assert page.values.model.cell_text(0, 2) == visit
    page.values.filter.clear()
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


# Doses, samples, adverse events, medication and deviations, each with a row; V3 of 002 was missed.
LOGS: list[tuple[str, Record]] = [
    ("001", {"dose_cycle": 1, "dose_date": "2024-01-02", "dose_dispensed": 5, "dose_taken": 5}),
    ("001", {"sample_id": "A1", "sample_type": "Plasma", "sample_collected_date": "2024-01-09"}),
    ("001", {"ae_term": "Fever", "ae_start_date": "2024-01-03", "ae_serious": "no"}),
    ("002", {"medication_name": "Riluzole", "medication_start_date": "2023-12-01"}),
    ("002", {"deviation_date": "2024-01-09", "deviation_description": "Visit two days late"}),
]
FACTS: dict[str, Record] = {
    "001": {"randomisation_date": "2024-01-01", "arm": "il2", "death_date": "2024-02-20"},
    "002": {"randomisation_date": "2024-01-01", "arm": "placebo", "last_contact_date": "2024-03-01"},
}
HELD: list[VisitRow] = [
    ("001", "V2", "2024-01-01", {"treg_percent": 7}),
    ("002", "V2", "2024-01-01", {"treg_percent": 8}),
    ("002", "V3", "", {"visit_status": "missed", "missed_reason": "hospital"}),
]


@pytest.fixture
def followed(qtbot: QtBot, session: Session, tmp_path: Path) -> Session:
    with log_study(FACTS, LOGS, visits=HELD, folder=tmp_path) as study:
        path = study.path
    session.open(path)
    settle(qtbot, session)
    return session


def test_that_every_sign_of_the_matrix_and_of_the_map_tells_and_leads_to_its_cell(
    qtbot: QtBot, followed: Session
) -> None:
    page = FollowUpPage(followed)
    inspector = shown(qtbot, followed, page)
    overview = page._overview
    assert overview is not None
    grid = overview.grid
    places = {
        (patient, visit): (grid.patients.index(patient), [one.code for one in grid.visits].index(visit))
        for patient, visit in (("001", "V2"), ("002", "V3"))
    }
    table = page.matrix.view
    for (patient, visit), (row, column) in places.items():
        index = page.matrix.model.index(page.matrix.model.shown_row(row), column)
        table.scrollTo(index)
        place = table.visualRect(index).center()
        QTest.mouseMove(table.viewport(), place + QPoint(0, 40))
        QTest.mouseMove(table.viewport(), place)
        assert page.sentence.text().startswith(f"Patient {patient}"), visit
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert (followed.selection.patient, followed.selection.visit) == (patient, visit)
        assert "made_up.xlsx" in everything_said(inspector)
    assert "hospital" in everything_said(inspector), "a missed visit leads to the cell that says why"
    page.columns.setCurrentIndex(page.columns.findData("missing"))
    QApplication.processEvents()
    plot, shown_rows = page.map._plot(), list(page.map._rows)
    row, column = places["002", "V3"]
    across = plot.left() + (column + 0.5) * plot.width() / len(grid.visits)
    down = plot.top() + (shown_rows.index(row) + 0.5) * plot.height() / len(shown_rows)
    followed.select()
    QTest.mouseMove(page.map, QPoint(round(across), round(down)))
    assert page.sentence.text().startswith("Patient 002")
    QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=QPoint(round(across), round(down)))
    assert followed.selection.visit == "V3"
    assert "made_up.xlsx" in everything_said(inspector)


def test_that_every_row_of_the_logs_leads_to_its_cell(qtbot: QtBot, followed: Session) -> None:
    page = LogsPage(followed)
    inspector = shown(qtbot, followed, page)
    for log, table in page.tables.items():
        page.tabs.setCurrentWidget(table)
        assert table.model.rowCount(), log
        followed.select()
        table.view.setCurrentIndex(table.model.index(0, 1))
        assert followed.selection.observation, log
        assert "logs.xlsx" in everything_said(inspector), log


def test_that_a_row_of_the_ledger_leads_to_the_cell_that_its_class_rests_on(
    qtbot: QtBot, followed: Session
) -> None:
    page = LedgerPage(followed)
    inspector = shown(qtbot, followed, page)
    for patient, variable in (("001", "death_date"), ("002", "last_contact_date")):
        page.table.select(patient)
        page.table.selected.emit(patient)
        assert (followed.selection.patient, followed.selection.variable) == (patient, variable)
        assert "made_up.xlsx" in everything_said(inspector)


def test_that_a_box_of_the_flow_and_a_row_of_its_list_lead_to_the_cell_of_the_status(
    qtbot: QtBot, followed: Session
) -> None:
    page = OverviewPage(followed)
    shown(qtbot, followed, page)
    boxes = [box.name for box in page.flow.drawing.boxes]
    died = next(number for number, name in enumerate(boxes) if name.endswith(".died"))
    assert page.flow.sentence(died) == "Died: 1\nShow these patients"
    assert page.flow.sentence(-1) == ""
    with qtbot.waitSignal(page.page_asked) as asked:
        place = page.flow.drawing.boxes[died].rect.center().toPoint()
        QTest.mouseClick(page.flow, Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["patients"]
    assert followed.patients_shown() == ["001"]
    patients = PatientsPage(followed)
    inspector = shown(qtbot, followed, patients)
    patients.table.view.setCurrentIndex(patients.table.model.index(0, 0))
    said = everything_said(inspector)
    assert all(part in said for part in ("Known from", "Date of death: 20 Feb 2024", "made_up.xlsx")), said
    assert followed.selection.observation == 0, "the patient is selected, so that a mark is the patient's"
    press(inspector, "inspector.show_origin")
    assert followed.selection.variable == "death_date"


def test_that_a_visit_of_which_nothing_is_stored_leads_to_the_cell_it_is_planned_from(
    qtbot: QtBot, followed: Session
) -> None:
    page = FollowUpPage(followed)
    inspector = shown(qtbot, followed, page)
    assert page.due.model.rowCount()
    page.due.view.setCurrentIndex(page.due.model.index(0, 0))
    assert followed.selection.visit
    assert not followed.selection.observation
    said = everything_said(inspector)
    assert all(part in said for part in ("is planned from", "1 Jan 2024", "made_up.xlsx")), said


def test_that_a_contact_known_from_a_dose_leads_to_the_row_of_its_log(tmp_path: Path) -> None:
    doses = [("001", {"dose_cycle": n, "dose_date": f"2024-0{n}-02", "dose_taken": 5}) for n in (1, 2)]
    with log_study({"001": {"randomisation_date": "2024-01-01"}}, doses, folder=tmp_path) as study:
        snapshot = study.snapshot()
    number = find_contact_origin(snapshot, "001", "dose", "")
    row = snapshot.observations.set_index("id").loc[number]
    assert (row["text"], row["cell"]) == ("2024-02-02", "B6")
