"""The biomarker page over a real study: what is chosen, drawn, said, selected and copied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from log_study import log_study
from marker_study import PNFH, TREG, marker_study
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from window_driver import Answers, press

from mirocals_desktop.ui.list_export import shown_table
from mirocals_desktop.ui.pages.biomarkers import BiomarkersPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.session import Filters, Session


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path) -> BiomarkersPage:
    return shown(qtbot, session, marker_study(tmp_path))


def shown(qtbot: QtBot, session: Session, path: Path) -> BiomarkersPage:
    session.open(path)
    qtbot.waitUntil(lambda: session.snapshot is not None and not session.jobs.busy, timeout=60_000)
    page = BiomarkersPage(session)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    settle(qtbot, session)
    return page


def settle(qtbot: QtBot, session: Session) -> None:
    """Nothing is computed any more, and every widget has the place that its neighbours leave it."""
    qtbot.waitUntil(lambda: not session.jobs.busy, timeout=60_000)
    QCoreApplication.processEvents()  # a note that appeared moves the plot only in the next turn


def choose(qtbot: QtBot, page: BiomarkersPage, **choices: str) -> None:
    for name, data in choices.items():
        combo = getattr(page, name)
        assert combo.findData(data) >= 0, f"{data} is not offered"
        combo.setCurrentIndex(combo.findData(data))
    settle(qtbot, page.session)


def view(qtbot: QtBot, page: BiomarkersPage, name: str) -> None:
    button = page.findChild(QToolButton, f"biomarkers.view.{name}")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, page.session)


def place(page: BiomarkersPage, x: float, y: float) -> QPoint:
    plot = page.plot
    axes = plot.axes
    return QPoint(round(frame.across(axes.rect, plot.x_axis.range, x)), round(axes.down(axes.height(y))))


def column(table, code: str) -> list[str]:
    number = [c.code for c in table.model.columns].index(code)
    return [table.model.cell_text(row, number) for row in range(table.model.rowCount())]


def test_that_variables_stand_under_their_specimens(page: BiomarkersPage) -> None:
    texts = [page.variable.itemText(row) for row in range(page.variable.count())]
    assert texts[:2] == ["Cerebrospinal fluid", "CSF pNFH"]
    assert page.variable.currentData() == TREG, "the first biomarker of the trial comes first"
    heading = page.variable.model().index(0, 0)
    assert not heading.flags() & Qt.ItemFlag.ItemIsSelectable


def test_that_the_axis_follows_the_protocol_until_the_user_chooses(
    qtbot: QtBot, page: BiomarkersPage
) -> None:
    assert page.axis.currentData() == "linear"
    choose(qtbot, page, variable=PNFH)
    assert page.axis.currentData() == "log"
    assert page.plot.axes.log
    choose(qtbot, page, axis="linear")
    assert not page.plot.axes.log


def test_that_medians_and_lines_are_drawn_by_arm(qtbot: QtBot, page: BiomarkersPage) -> None:
    layers = page.plot.axes._layers
    assert page.grouping.currentData() == "arm"
    assert layers["median.0"].y.tolist() == [6, 12]
    assert layers["median.1"].y.tolist() == [7.5, 7.5]
    assert layers["lines.1"].y.tolist() == [7, 7.5, 8]
    assert layers["alone.1"].y.tolist() == [8], "a patient with one value has no line but is seen"
    assert [label.text for label in page.plot.axes.labels] == ["Active", "Placebo"]


def test_that_values_below_the_limit_keep_their_own_symbol(qtbot: QtBot, page: BiomarkersPage) -> None:
    choose(qtbot, page, variable=PNFH, grouping="")
    layers = page.plot.axes._layers
    assert layers["below.0"].y.tolist() == pytest.approx([np.log10(62.5)])
    assert layers["below.0"].spots.symbol == "below"
    assert "below the limit" in [entry.text for entry in page.plot._legend]
    guides = [guide.text for guide in page.plot.axes.horizontal]
    assert guides == [
        "assay's lower limit 62.5 pg/mL",
        "assay's upper limit 10,000 pg/mL",
        "class limit 750 pg/mL",
        "class limit 3,700 pg/mL",
    ]


def test_that_the_pointer_says_patient_visit_day_value_file_and_cell(
    qtbot: QtBot, page: BiomarkersPage
) -> None:
    choose(qtbot, page, variable=PNFH, grouping="")
    QTest.mouseMove(page.plot.view.viewport(), place(page, 0, 62.5))
    assert page.plot.sentence.sentence == ("Patient 002 · Baseline · day 0 · <62.5 pg/mL · lab.xlsx, CSF, F4")


def test_that_a_change_says_the_value_it_comes_from(qtbot: QtBot, page: BiomarkersPage) -> None:
    choose(qtbot, page, scale="percent")
    assert not page.axis.isEnabled()
    QTest.mouseMove(page.plot.view.viewport(), place(page, 1, 100))
    assert "+100.0 % (12.0 %)" in page.plot.sentence.sentence
    assert page.plot.axes.title == "treg percent, percent change (%)"
    assert any("Baseline is the last value" in note for note in page._answer.shown.summaries.notes)


def test_that_the_pointer_says_the_median_of_a_group(qtbot: QtBot, page: BiomarkersPage) -> None:
    QTest.mouseMove(page.plot.view.viewport(), place(page, 0, 7.5))
    assert page.plot.sentence.sentence == (
        "Placebo · Baseline · median 7.5 % (quartiles 7.3 – 7.8), 2 patients"
    )


def test_that_a_click_selects_the_patient_and_the_value_everywhere(
    qtbot: QtBot, page: BiomarkersPage
) -> None:
    qtbot.mouseClick(page.plot.view.viewport(), Qt.MouseButton.LeftButton, pos=place(page, 1, 12))
    selection = page.session.selection
    assert (selection.patient, selection.variable, selection.visit) == ("001", TREG, "M3")
    rows = page.session.snapshot.observations
    assert rows[rows["id"] == selection.observation]["number"].tolist() == [12]
    assert page.plot.axes._layers["selected"].y.tolist() == [6, 12]


def test_that_a_patient_selected_elsewhere_is_drawn_above_the_others(
    qtbot: QtBot, page: BiomarkersPage
) -> None:
    page.session.select(patient="002")
    assert page.plot.axes._layers["selected"].y.tolist() == [7, 7.5]


def test_that_boxes_stand_side_by_side_with_their_points(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "distribution")
    layers = page.plot.axes._layers
    assert set(np.round(layers["box.0.median"].x).tolist()) == {0, 1}
    assert layers["box.0.median"].x[0] < layers["box.1.median"].x[0]
    assert sorted(layers["point.1"].y.tolist()) == [7, 7.5, 8]
    assert len(layers["lines.0"].y) == 0, "the lines of the other view are gone"


def test_that_rows_below_the_plot_count_patients_by_visit(page: BiomarkersPage) -> None:
    rows = {row.title: row.texts for row in page.plot._layout.rows}
    assert rows == {"day": ("0", "90"), "n Active": ("1", "1"), "n Placebo": ("2", "1")}


def test_that_days_take_the_place_of_visits(qtbot: QtBot, page: BiomarkersPage) -> None:
    choose(qtbot, page, along="day")
    assert page.plot.axes._layers["lines.0"].x.tolist() == [0, 92]
    assert page.plot.x_axis.title == "Study day (0 = randomisation date)"


def test_that_every_number_of_the_summaries_of_two_arms_is_that_of_r(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    values = {"il2": (9.0, 10.0, 11.0, 12.0, 13.0, 14.0), "placebo": (5.0, 6.0, 7.0, 8.0, 9.5, 10.5)}
    patients = {
        f"{arm}-{row}": {"randomisation_date": "2024-01-01", "arm": arm}
        for arm in values
        for row in range(len(values[arm]))
    }
    visits = [
        (f"{arm}-{row}", "V2", "2024-01-01", {TREG: value})
        for arm in values
        for row, value in enumerate(values[arm])
    ]
    patients["il2-lacks"] = {"randomisation_date": "2024-01-01", "arm": "il2"}
    visits.append(("il2-lacks", "V2", "2024-01-01", {"weight": 70.0}))
    with log_study(patients, [], visits=visits, folder=tmp_path) as study:
        path = study.path
    page = shown(qtbot, session, path)
    choose(qtbot, page, variable=TREG, grouping="arm")
    view(qtbot, page, "summaries")
    # R: quantile(x), exp(mean(log(x))), exp(t.test(log(x))$conf.int), mean(x), sd(x), range(x)
    of_r = {
        "n": (6, 6), "held": (7, 6), "complete": (100 * 6 / 7, 100),
        "median": (11.5, 7.5), "q1": (10.25, 6.25), "q3": (12.75, 9.125),
        "geometric_mean": (11.37142, 7.425124), "geometric_low": (9.561917, 5.535455),
        "geometric_high": (13.52335, 9.959879),
        "mean": (11.5, 7.666667), "sd": (1.870829, 2.089657), "minimum": (9, 5), "maximum": (14, 10.5),
    }  # fmt: skip
    numbers = {one.code: one.values for one in page.summaries.model.columns if one.code in of_r}
    assert {name: tuple(told) for name, told in numbers.items()} == {
        name: pytest.approx(told, rel=1e-6) for name, told in of_r.items()
    }
    assert column(page.summaries, "group") == ["IL-2", "Placebo"]
    # R: median(outer(x, y, "-")), wilcox.test(x, y, exact = FALSE, conf.int = TRUE)
    told = [column(page.summaries, f"shift{name}") for name in ("", "_low", "_high", "_p")]
    assert told == [["4.00", ""], ["1.00", ""], ["7.00", ""], ["0.020", ""]]
    assert "Wilcoxon-Mann-Whitney" in page.notes.text()
    filed = next(each for each in shown_table(page.summaries, "").columns if each.header == "p of the shift")
    assert filed.cells == [pytest.approx(0.02024, abs=5e-6), None]


def test_that_summaries_are_shown_and_copied_with_their_limits(qtbot: QtBot, page: BiomarkersPage) -> None:
    choose(qtbot, page, variable=PNFH, grouping="")
    view(qtbot, page, "summaries")
    assert column(page.summaries, "n") == ["3", "2"]
    assert column(page.summaries, "below") == ["1", "0"]
    assert column(page.summaries, "median") == ["500", "750"]
    assert column(page.summaries, "minimum") == ["<62.5", "600"]
    page.summaries.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].startswith("Visit\tAll patients\tn\tVisit held\tComplete (%)\tbelow limit\tMedian")
    assert copied[1].startswith("BL  Baseline\tAll patients\t3\t3\t100\t1\t500")
    assert any("half the limit" in note for note in page._answer.shown.summaries.notes)


def test_that_the_values_behind_a_plot_are_a_table_that_selects(qtbot: QtBot, page: BiomarkersPage) -> None:
    page.plot.table_asked.emit()
    assert page.view == "values"
    assert column(page.values, "value") == ["6.0", "12.0", "7.0", "7.5", "8.0"]
    assert column(page.values, "cell") == ["F7", "F8", "F9", "F10", "F11"]
    page.values.view.setCurrentIndex(page.values.model.index(4, 0))
    assert page.session.selection.patient == "003"


def test_that_the_filter_narrows_what_is_summarised(qtbot: QtBot, page: BiomarkersPage) -> None:
    page.session.set_filters(Filters(sites=frozenset({"UK01"})))
    settle(qtbot, page.session)
    assert page._answer.shown.values.patients == ("002", "003")


def test_that_a_filter_without_values_says_so(qtbot: QtBot, page: BiomarkersPage) -> None:
    page.session.set_filters(Filters(text="nobody"))
    settle(qtbot, page.session)
    assert page.plot.empty_text == "No patient shown has a value of treg percent on this scale."


def test_that_a_blinded_study_shows_no_arm_and_what_is_sealed_only_as_a_count(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    page = shown(qtbot, session, marker_study(tmp_path, blinded=True))
    offered = [page.grouping.itemData(row) for row in range(page.grouping.count())]
    assert offered == ["", "class:csf_pnfh"]
    layers = page.plot.axes._layers
    assert sorted(layers["alone.0"].y.tolist()) == [6, 7, 8], "only what was measured before the first dose"
    assert "2 values are received and sealed." in page.notes.text()
    view(qtbot, page, "values")
    assert column(page.values, "value") == ["6.0", "7.0", "8.0"]


def test_that_a_saved_picture_is_in_the_ledger(
    qtbot: QtBot, page: BiomarkersPage, answers: Answers, tmp_path: Path
) -> None:
    answers.target = tmp_path / "treg.png"
    page.plot.ask_save()
    qtbot.waitUntil(lambda: answers.target.exists() and not page.session.jobs.busy, timeout=60_000)
    assert not QImage(str(answers.target)).isNull()
    assert page.session.snapshot.entries["kind"].tolist()[-1] == "exported"
    assert "synthetic data" in page.plot.footnote


def test_that_exported_summaries_say_what_they_are_and_by_which_rules(
    qtbot: QtBot, page: BiomarkersPage, answers: Answers, tmp_path: Path
) -> None:
    choose(qtbot, page, variable=PNFH, grouping="")
    view(qtbot, page, "summaries")
    answers.target = tmp_path / "summaries.xlsx"
    press(page, "biomarkers.summaries.export")
    qtbot.waitUntil(lambda: answers.target.exists() and not page.session.jobs.busy, timeout=60_000)
    book = openpyxl.load_workbook(answers.target)
    assert book.worksheets[0].title == "csf_pnfh Summaries"
    about = [str(row[0]) for row in book.worksheets[1].iter_rows(values_only=True)]
    assert "CSF pNFH: value; by All patients together; along visits." in about
    assert set(page._answer.shown.summaries.notes) <= set(about)
    header, *told = book.worksheets[0].iter_rows(values_only=True)
    minimum = next(number for number, name in enumerate(header) if str(name).startswith("Minimum"))
    assert [row[minimum] for row in told] == ["<62.5", 600]  # a number where it is known, to calculate with


def test_that_an_empty_list_cannot_be_exported(qtbot: QtBot, page: BiomarkersPage) -> None:
    view(qtbot, page, "values")
    button = page.values.findChild(QToolButton, "biomarkers.values.export")
    assert button.isEnabled()
    page.values.filter.setText("no such patient")
    page.values.apply_filter()
    assert not button.isEnabled()
