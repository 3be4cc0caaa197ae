"""Changes, pairs and the heat map on the biomarker page: what is drawn, said and selected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from window_driver import everything_said, rows

from mirocals_desktop.ui.pages.biomarkers import BiomarkersPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.session import Session


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path) -> BiomarkersPage:
    return shown(qtbot, session, marker_study(tmp_path))


def shown(qtbot: QtBot, session: Session, path: Path) -> BiomarkersPage:
    session.open(path)
    settle(qtbot, session)
    page = BiomarkersPage(session)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    settle(qtbot, session)
    return page


def settle(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)


def view(qtbot: QtBot, page: BiomarkersPage, name: str) -> None:
    qtbot.mouseClick(page.findChild(QToolButton, f"biomarkers.view.{name}"), Qt.MouseButton.LeftButton)
    settle(qtbot, page.session)


def spot(page: BiomarkersPage, x: float, y: float) -> QPoint:
    plot = page.pairs.plot
    axes = plot.axes
    return QPoint(round(frame.across(axes.rect, plot.x_axis.range, x)), round(axes.down(axes.height(y))))


def test_that_baseline_and_visit_of_each_patient_are_joined(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "change")
    layers = page.pairs.plot.axes._layers
    assert page.pairs.visit.currentData() == "M3"
    assert layers["lines.0"].y.tolist() == [6, 12]
    assert layers["lines.1"].y.tolist() == [7, 7.5]
    assert page.pairs.result.text().startswith("Active: median 6.0 percentage points (–), 1 patient, 1 rose")
    assert "order statistics" in page.pairs.result.text()


def test_that_the_waterfall_orders_changes_and_leads_to_the_cell(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "waterfall")
    plot = page.pairs.plot
    assert plot.axes._layers["change"].y.tolist() == [6, 0.5]
    QTest.mouseMove(plot.view.viewport(), spot(page, 0, 6))
    assert plot.sentence.sentence == (
        "Patient 001 · Month 3 · 12.0 % · +6.0 percentage points · lab.xlsx, CSF, F8"
    )
    QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=spot(page, 0, 6))
    selection = page.session.selection
    assert (selection.patient, selection.variable, selection.visit) == ("001", TREG, "M3")
    assert selection.observation > 0
    assert plot.axes._layers["selected"].y.tolist() == [6], "the selected patient is marked"
    # the groups are told by a row each below the bars, not by their colour alone
    assert plot.shown_axes == [plot.axes, plot.members]
    rows_below = [plot.members._layers[f"member.{group}"] for group in range(2)]
    assert [(row.x.tolist(), row.y.tolist()) for row in rows_below] == [([0], [0]), ([1], [-1])]
    page.session.select(patient="002")
    QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=spot(page, 0, 3))
    assert page.session.selection.patient == "001", "a bar is found anywhere in it, not at its end alone"
    below = QPoint(spot(page, 1, 0).x(), round(plot.members.down(-1)))
    QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=below)
    assert page.session.selection.patient == "002", "so is a mark in the row of a group"
    assert [stop[3] for stop in plot.stops()] == ["change", "change"]
    view(qtbot, page, "change")
    assert plot.shown_axes == [plot.axes]


def test_that_two_variables_stand_against_each_other(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "pairs")
    assert page.pairs.other.currentData() == PNFH
    page.pairs.visit.setCurrentIndex(page.pairs.visit.findData("BL"))
    settle(qtbot, page.session)
    layers = page.pairs.plot.axes._layers
    points = [layer for key, layer in layers.items() if key.startswith("point.")]
    drawn = sorted(
        (x, y) for layer in points for x, y in zip(layer.x.tolist(), layer.y.tolist(), strict=True)
    )
    assert np.array(drawn) == pytest.approx(np.array([(6, np.log10(500)), (8, np.log10(5000))]))
    assert layers["beyond.1"].spots.symbol == "diamond", "a value beyond a limit has its own symbol"
    groups = [entry for entry in page.pairs.plot._legend if entry.symbol != "diamond"]
    assert [layers[f"point.{group}"].spots.symbol for group in (0, 1)] == [entry.symbol for entry in groups]
    assert len({entry.symbol for entry in groups}) == 2, "no group is told by its colour alone"
    assert "Not estimable: fewer than four patients have both values." in page.pairs.result.text()


def test_that_the_heat_map_says_every_range_and_every_cell(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "heat_map")
    plot = page.pairs.plot
    assert len(plot.axes._layers["cells"].x) == 5
    assert all("–" in entry.text for entry in plot._legend)
    QTest.mouseMove(plot.view.viewport(), spot(page, 0, -1))
    QTest.mouseMove(plot.view.viewport(), spot(page, 0.6, 0.4))  # near a corner of the cell
    assert plot.sentence.sentence.startswith("Patient 001 · Month 3 · 12.0 %")


def test_that_a_study_without_pairs_says_so(qtbot: QtBot, page: BiomarkersPage) -> None:
    page.variable.setCurrentIndex(page.variable.findData(PNFH))
    settle(qtbot, page.session)
    view(qtbot, page, "change")
    page.pairs.visit.setCurrentIndex(page.pairs.visit.findData("BL"))
    settle(qtbot, page.session)
    assert page.pairs.plot.empty_text == "No patient shown has both values."


def test_that_sealed_values_are_in_no_pair(qtbot: QtBot, session: Session, tmp_path: Path) -> None:
    page = shown(qtbot, session, marker_study(tmp_path, blinded=True))
    for name in ("change", "waterfall", "pairs", "heat_map"):
        view(qtbot, page, name)
        said = everything_said(page)
        assert "12.0" not in said
        assert "Active" not in said


def test_that_classes_say_who_is_near_a_cut_and_lead_to_the_value(qtbot: QtBot, page: BiomarkersPage) -> None:
    assert page.findChild(QToolButton, "biomarkers.view.classes").isHidden(), "Tregs make no classes"
    page.variable.setCurrentIndex(page.variable.findData(PNFH))
    settle(qtbot, page.session)
    view(qtbot, page, "classes")
    table = page.classes.table
    assert rows(table.view)[0][:4] == ["003", "high", "", "5,000.0"]
    assert "low: 2, middle: 0, high: 1. 0 patients stand within the assay’s error of a cut." in (
        page.classes.counts.text()
    )
    page.classes.error.setValue(30)
    settle(qtbot, page.session)
    assert "2 patients stand within the assay’s error" in page.classes.counts.text()
    table.view.setCurrentIndex(table.model.index(0, 0))
    assert (page.session.selection.patient, page.session.selection.visit) == ("003", "BL")
    page.variable.setCurrentIndex(page.variable.findData(TREG))
    settle(qtbot, page.session)
    assert page.view == "trajectories", "a view that a variable has not gives way"
