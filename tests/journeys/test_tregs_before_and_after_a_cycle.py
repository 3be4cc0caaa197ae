"""An investigator looks at one patient's Tregs before, at the peak and at the trough of a dose cycle."""

from __future__ import annotations

from pathlib import Path

from made_up_study import made_up_study
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot
from window_driver import find, idle, press, rows, text_of, until

from mirocals_desktop.ui.pages.biomarkers import BiomarkersPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.window import Window

TREG = "treg_percent"


def make_study(folder: Path) -> Path:
    """Sixteen patients with two cycles; the last one has a slip that flattens the picture."""
    names = [f"{number:03}" for number in range(1, 17)]
    facts = {name: {"randomisation_date": "2024-01-01", "first_dose_date": "2024-01-02"} for name in names}
    visits = []
    for number, name in enumerate(names):
        level = 6 + 0.2 * number
        for when, rise in (("2024-01-01", 0), ("2024-01-09", 6), ("2024-01-30", 2)):
            visits.append((name, "BL" if rise == 0 else "", when, {TREG: round(level + rise, 1)}))
    visits[-1] = (names[-1], "", "2024-01-30", {TREG: 88})
    doses = [(name, when) for name in names for when in ("2024-01-02", "2024-01-30")]
    with made_up_study(facts, visits=visits, doses=doses, folder=folder) as study:
        return study.path


def test_that_peak_and_trough_of_a_patient_are_seen_and_told_apart(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    window.commands.open_path(make_study(tmp_path))
    until(qtbot, lambda: window.session.snapshot is not None)
    idle(qtbot, window)
    window.commands.run("page:biomarkers")
    idle(qtbot, window)
    page = window.page
    assert isinstance(page, BiomarkersPage)
    window.session.select(patient="003")
    along = find(window, QComboBox, "biomarkers.along")
    along.setCurrentIndex(along.findData("cycle"))
    idle(qtbot, window)

    button = find(window, QPushButton, "biomarkers.outside")
    assert button.text() == "Show 1 far value"
    assert "1 value far outside the others is out of sight" in text_of(window, "biomarkers.notes")
    assert page.plot.axes.home[1] < 20
    button.click()
    assert page.plot.axes.home[1] > 88, "nothing is hidden for good"
    assert "flattens the picture" in text_of(window, "biomarkers.notes")
    button.click()

    x, axes, y = next(
        (stop[0], stop[1], stop[2])
        for stop in page.plot.stops()
        if stop[3] == "value" and round(stop[0]) == 7 and abs(stop[2] - 12.4) < 0.01
    )
    spot = QPoint(round(frame.across(axes.rect, page.plot.x_axis.range, x)), round(axes.down(y)))
    QTest.mouseMove(page.plot.view.viewport(), spot)
    assert page.plot.sentence.sentence.startswith("Patient 003 · day 7 of the cycle · 12.4 %")
    QTest.mouseClick(page.plot.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert window.session.selection.patient == "003"
    assert text_of(window, "inspector.value") == "12.4 %"
    assert text_of(window, "inspector.cell").startswith("B")

    press(window, "biomarkers.view.summaries")
    table = find(window, TableView, "biomarkers.summaries")
    found = {row[0]: row[2:4] for row in rows(table.view)}
    assert found == {
        "before the doses": ["16", "7.5"],
        "peak, days 5 to 13": ["16", "13.5"],
        "trough, days 21 to 35": ["16", "9.5"],
    }
