"""What the survival page is asked: options of the study, subsets, days; and the files that it saves."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
)
from pytestqt.qtbot import QtBot
from window_driver import Answers

from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.survival_tables import build_figure

from .survival_page_parts import (
    choose,
    click,
    curves_of,
    dialog,
    layer,
    numbers_of,
    numbers_view,
    patients_view,
    press,
    said,
)
from .survival_pages import START, page_opener, patients_of, settle


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


# Options of the study


def test_that_another_horizon_asks_why_and_goes_through_the_ledger(qtbot: QtBot, page: SurvivalPage) -> None:
    page.choices.horizon.setValue(200)
    page.choices.horizon.editingFinished.emit()
    assert "Time is cut on day 200." in dialog().findChild(QLabel, "option.text").text()
    press("option.act")
    assert dialog().findChild(QLabel, "option.problem").text().startswith("A change needs a reason.")
    dialog().findChild(QComboBox, "option.reason").setCurrentText("Sensitivity analysis")
    with qtbot.waitSignal(page.session.study_changed, timeout=20_000):
        press("option.act")
    settle(qtbot, page)
    snapshot = page.session.snapshot
    assert snapshot is not None
    assert snapshot.options.horizon_days == 200
    last = snapshot.entries.iloc[-1]
    assert (last["kind"], last["reason"]) == (ledger.OPTION, "Sensitivity analysis")
    assert "Survival on day 200" in said(page)
    assert curves_of(page).plot.axes.vertical[0].at == 200


def test_that_a_change_that_is_turned_away_leaves_the_choice_as_it_was(page: SurvivalPage) -> None:
    page.choices.horizon.setValue(0)
    page.choices.horizon.editingFinished.emit()
    press("option.cancel")
    assert page.choices.horizon.value() == 300
    assert page.session.snapshot is not None
    assert page.session.snapshot.options.horizon_days == 300


def test_that_another_day_0_is_asked_for_and_counts_from_there(qtbot: QtBot, page: SurvivalPage) -> None:
    origin = page.choices.origin
    assert origin.findData("death_date") < 0
    assert origin.findData("last_contact_date") < 0
    row = origin.findData("consent_date")
    origin.setCurrentIndex(row)
    origin.activated.emit(row)
    dialog().findChild(QComboBox, "option.reason").setCurrentText("As planned")
    with qtbot.waitSignal(page.session.study_changed, timeout=20_000):
        press("option.act")
    settle(qtbot, page)
    assert layer(page, "curve.0")[0][1] == 70  # death on day 30 from randomisation, 40 days after consent
    assert "late entry" in curves_of(page).footnote.text()


def test_that_a_patient_is_left_out_with_a_reason_and_counted_again(qtbot: QtBot, page: SurvivalPage) -> None:
    page.show_view("patients")
    for patients in (23, 24):
        patients_view(page).patients.select("P01")
        patients_view(page).leave_out.click()
        dialog().findChild(QComboBox, "option.reason").setCurrentText("Not eligible")
        with qtbot.waitSignal(page.session.study_changed, timeout=20_000):
            press("option.act")
        settle(qtbot, page)
        assert numbers_of(page)["overall"]["n"] == patients
        row = patients_view(page).patients.keys().index("P01")
        outcomes = {column.code: column for column in patients_view(page).patients.model.columns}["outcome"]
        assert (outcomes.values[row] == "Left out of analysis") == (patients == 23)
        assert (patients_view(page).leave_out.text() == "Count again…") == (patients == 23)


def test_that_an_earlier_state_offers_no_change_of_options(qtbot: QtBot, page: SurvivalPage) -> None:
    with qtbot.waitSignal(page.session.study_changed, timeout=20_000):
        page.session.show_as_of(2)
    settle(qtbot, page)
    for widget in (
        page.choices.endpoint,
        page.choices.origin,
        page.choices.horizon,
        patients_view(page).leave_out,
    ):
        assert not widget.isEnabled()


def test_that_a_filtered_page_says_that_it_shows_a_subset(qtbot: QtBot, page: SurvivalPage) -> None:
    page.session.set_filters(Filters(text="0"))
    settle(qtbot, page)
    shown = page.session.patients_shown()
    assert numbers_of(page, patients=shown)["overall"]["n"] == len(shown) == 20
    assert "Subset: the filter lets 20 of 24 patients through. Comparisons are exploratory." in said(page)
    assert "Subset" in curves_of(page).plot.footnote


def test_that_typed_days_are_those_of_the_axis_the_rows_and_the_figure(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    page.choices.days.setText("0, 60 182; 300")
    page.choices.days.editingFinished.emit()
    settle(qtbot, page)
    days = [0.0, 60.0, 182.0, 300.0]
    layout = curves_of(page).plot._layout
    assert [tick.place for tick in layout.x_ticks] == days
    rows = {row["day"]: row for row in numbers_of(page, at=days)["groups"][0]["at"]}
    assert layout.rows[1].texts == tuple(str(rows[day]["at_risk"]) for day in days)
    page.choices.days.setText("0 60 120")  # the axis still ends where the curves do
    page.choices.days.editingFinished.emit()
    settle(qtbot, page)
    assert [tick.place for tick in layout.x_ticks] == [0.0, 60.0, 120.0]
    assert curves_of(page).plot.x_range[1] > 300
    assert layer(page, "curve.0")[0][-1] == 300
    page.choices.days.setText("sixty")
    page.choices.days.editingFinished.emit()
    settle(qtbot, page)
    assert 50.0 in [tick.place for tick in layout.x_ticks]  # round days again


def test_that_a_subset_is_analysed_alone_and_named_everywhere(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("il2", pnfh=True)
    page = open_page(patients=patients, protocol=shipped_protocol("mirocals"), horizon=640)
    offered = {page.choices.subset.itemData(row) for row in range(page.choices.subset.count())}
    assert {"", "sex=female", "sex=male"} <= offered
    assert not any(str(code).startswith("arm") for code in offered)
    choose(qtbot, page, page.choices.subset, "sex=female")
    women = [name for name, facts in patients.items() if facts["sex"] == "female"]
    assert page.answer is not None
    assert page.answer.analysis is not None
    assert sorted(page.answer.analysis.endpoint.patients) == sorted(women)
    told = f"Subset: Sex: Female, {len(women)} of 24 patients. Comparisons are exploratory."
    assert told in said(page)
    assert told in curves_of(page).footnote.text()
    assert told in curves_of(page).plot.footnote


def test_that_a_subset_by_arm_never_stands_without_the_primary_analysis(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    numbers = numbers_of(page)
    page.session.set_filters(Filters(text="0"))
    settle(qtbot, page)
    term, test = numbers["cox"]["terms"][0], numbers["logrank"]
    verdict = "significant" if test["p"] < 0.05 else "not significant"
    told = (
        f"All patients: HR {term['hr']:.2f} ({term['lower']:.2f}–{term['upper']:.2f}), "
        f"log-rank p = {test['p']:.3f}: {verdict} in the primary unadjusted analysis."
    )
    assert told in said(page)
    assert told in curves_of(page).footnote.text().replace("\N{NO-BREAK SPACE}", " ")
    choose(qtbot, page, page.choices.grouping, "")
    assert "primary" not in said(page)


def test_that_notes_speak_of_variables_by_their_labels(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("il2", pnfh=True)
    visits = [
        (name, "V2", START.isoformat(), {"csf_pnfh": 500.0 + 100 * number})
        for number, name in enumerate(list(patients)[:-4])
    ]
    page = open_page(patients=patients, visits=visits, protocol=shipped_protocol("mirocals"), horizon=640)
    choose(qtbot, page, page.choices.grouping, "class:csf_pnfh")
    page.show_view("numbers")
    assert "4 patients without CSF pNFH class are only in the overall curve." in said(page)
    for text in (said(page), numbers_view(page).method.toPlainText(), curves_of(page).footnote.text()):
        assert "csf_pnfh" not in text
        assert "CSF pNFH class" in text


def test_that_the_patients_of_a_day_are_shown_on_every_page(qtbot: QtBot, page: SurvivalPage) -> None:
    click(page, "step", 0, 1)
    assert "Show these 2 patients on every page" in said(page)
    with qtbot.waitSignal(page.page_asked) as asked:
        curves_of(page).results.anchorClicked.emit(QUrl("everywhere:"))
    assert asked.args == ["patients"]
    assert page.session.filters.listed == {"P02", "P03"}
    assert page.session.filters.list_name == "Day 60, Placebo"
    assert page.session.patients_shown() == ["P02", "P03"]
    settle(qtbot, page)


@pytest.mark.parametrize("grouping", ["arm", "class:csf_pnfh"])
def test_that_a_small_window_keeps_all_rows_below_the_curves(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage], grouping: str
) -> None:
    patients = patients_of("il2", pnfh=True)
    marker = [500.0, 1500.0, 2500.0, 5000.0]
    visits = [(name, "V2", START.isoformat(), {"csf_pnfh": marker[n % 4]}) for n, name in enumerate(patients)]
    page = open_page(patients=patients, visits=visits, protocol=shipped_protocol("mirocals"), horizon=640)
    page.resize(960, 548)  # what a window of 1024 by 640 leaves
    choose(qtbot, page, page.choices.grouping, grouping)
    plot = curves_of(page).plot
    titles = [row.title for row in plot._layout.rows]
    assert {"At risk", "Events", "Censored"} <= set(titles)
    assert plot.axes.rect.height() >= 100


# Files


def test_that_the_saved_numbers_are_those_of_the_screen(
    qtbot: QtBot, page: SurvivalPage, answers: Answers, tmp_path: Path
) -> None:
    numbers = numbers_of(page)
    for name in ("out.json", "out.csv"):
        answers.target = tmp_path / name
        curves_of(page).save_numbers.click()
        qtbot.waitUntil(lambda: page.session.jobs.busy)
        settle(qtbot, page)
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert {key: written[key] for key in numbers} == json.loads(json.dumps(numbers))
    assert written["marks"] == ["SYNTHETIC"]
    further = written["further"]
    assert {"definitions", "subgroups", "landmark", "unknowns", "cut", "effect"} <= set(further)
    assert further["landmark"]["logrank"]["df"] == 1
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    placebo = [row for row in rows if row["group"] == "Placebo"]
    assert [float(row["survival"]) for row in placebo] == numbers["groups"][0]["curve"]["survival"]
    assert page.session.snapshot is not None
    assert list(page.session.snapshot.entries["kind"].iloc[-2:]) == [ledger.EXPORTED] * 2


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_that_the_figure_is_exported_as_the_name_says(
    qtbot: QtBot, page: SurvivalPage, answers: Answers, tmp_path: Path, kind: str
) -> None:
    answers.target = tmp_path / f"figure.{kind}"
    curves_of(page).export_figure.click()
    qtbot.waitUntil(lambda: page.session.jobs.busy)
    settle(qtbot, page)
    start = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}[kind]
    assert answers.target.read_bytes().startswith(start)


def test_that_the_figure_shows_the_curves_of_the_screen(page: SurvivalPage) -> None:
    answer = page.answer
    assert answer is not None
    assert answer.analysis is not None
    figure = build_figure(
        answer.design.snapshot, answer.analysis, subset=answer.design.subset, strata=answer.design.strata_name
    )
    for number, curve in enumerate(figure.curves):
        days = np.repeat(np.insert(curve.days, 0, 0), 2)[1:]
        np.testing.assert_array_equal(layer(page, f"curve.{number}")[0], days)
    assert figure.words == ("SYNTHETIC",)
    assert figure.horizon_day == 300
    assert curves_of(page).footnote.text() in figure.notes
