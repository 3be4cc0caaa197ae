"""The survival page over a real small study: what is drawn and said is what the analysis computed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_survival import analyse_study, study_json
from mirocals_desktop.export.figures import write_figure
from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.study import ledger
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.canvas import Canvas, Pointer
from mirocals_desktop.ui.plots.layers import staircase
from mirocals_desktop.ui.plots.survival import thin_days
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.survival_choices import survival_groupings
from mirocals_desktop.ui.survival_tables import build_figure
from mirocals_desktop.ui.survival_views import VIEWS
from mirocals_desktop.ui.survival_views.curves import CurvesView
from mirocals_desktop.ui.survival_views.numbers import NumbersView, PatientsView, StepsView
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.theme import REFERENCE, TREATED

from .conftest import Answers
from .survival_pages import CANARY, START, blinded, page_opener, patients_of, settle


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


def choose(qtbot: QtBot, page: SurvivalPage, combo: QComboBox, code: str) -> None:
    combo.setCurrentIndex(combo.findData(code))
    settle(qtbot, page)


def numbers_of(page: SurvivalPage, **how: Any) -> dict[str, Any]:
    """What `survival --json` would print of the study that the page shows."""
    assert page.session.snapshot is not None
    return study_json(analyse_study(page.session.snapshot, **how))


def curves_of(page: SurvivalPage) -> CurvesView:
    view = page.view("curves")
    assert isinstance(view, CurvesView)
    return view


def numbers_view(page: SurvivalPage) -> NumbersView:
    view = page.view("numbers")
    assert isinstance(view, NumbersView)
    return view


def steps_view(page: SurvivalPage) -> StepsView:
    view = page.view("steps")
    assert isinstance(view, StepsView)
    return view


def patients_view(page: SurvivalPage) -> PatientsView:
    view = page.view("patients")
    assert isinstance(view, PatientsView)
    return view


def layer(page: SurvivalPage, key: str) -> tuple[Any, Any]:
    found = curves_of(page).plot.axes._layers[key]
    return found.x, found.y


def said(page: SurvivalPage) -> str:
    return curves_of(page).results.toPlainText().replace("\N{NO-BREAK SPACE}", " ")


def dialog() -> QDialog:
    (found,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    return found


def press(name: str) -> None:
    button = dialog().findChild(QPushButton, name)
    assert button is not None
    button.click()


def click(page: SurvivalPage, kind: str, group: int, index: int) -> None:
    curves_of(page).plot.clicked.emit(Pointer("survival", 0.0, 0.0, f"{kind}.{group}", index))


# What is drawn


def test_that_the_drawn_curves_are_the_numbers_of_the_result(page: SurvivalPage) -> None:
    groups = numbers_of(page)["groups"]
    assert [group["group"] for group in groups] == ["Placebo", "Active"]
    for number, group in enumerate(groups):
        curve = {name: np.array(values, dtype=float) for name, values in group["curve"].items()}
        x, y = layer(page, f"curve.{number}")
        expected = staircase(np.insert(curve["time"], 0, 0), np.insert(curve["survival"], 0, 1))
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(y, expected[1])
        x, y = layer(page, f"band.{number}")
        np.testing.assert_array_equal(x, np.tile(curve["time"], 2))
        np.testing.assert_array_equal(y, np.concatenate((curve["lower"], curve["upper"])))
        x, y = layer(page, f"censor.{number}")
        ticks = curve["censored"] > 0
        np.testing.assert_array_equal(x, curve["time"][ticks])
        np.testing.assert_array_equal(y, curve["survival"][ticks])


def test_that_the_rows_stand_under_the_ticks_of_their_days(page: SurvivalPage) -> None:
    numbers = numbers_of(page)
    layout = curves_of(page).plot._layout
    days = [tick.place for tick in layout.x_ticks]
    assert set(days) <= {row["day"] for row in numbers["overall"]["at"]}
    assert days[0] == 0
    assert days[-1] == 300
    titles = [row.title for row in layout.rows]
    assert titles == [t for kind in ("At risk", "Events", "Censored") for t in (kind, "Placebo", "Active")]
    for block, kind in enumerate(("at_risk", "events", "censored")):
        for number, group in enumerate(numbers["groups"]):
            by_day = {row["day"]: str(row[kind]) for row in group["at"]}
            assert layout.rows[3 * block + 1 + number].texts == tuple(by_day[day] for day in days)


def test_that_numbers_are_painted_around_the_ticks_and_nowhere_between(page: SurvivalPage) -> None:
    plot = curves_of(page).plot
    image = plot.image(1.0)
    rect, layout = plot.axes.rect, plot._layout
    head = image.height() - plot.view.height()  # caption above and footnote below the view
    top = plot.fontMetrics().height() + 12 + rect.bottom() + 2.6 * plot.fontMetrics().height()
    assert head > 0
    bottom = top + 0.9 * len(layout.rows) * frame.fonts(plot.font())[1].height()
    ground = QColor("white").rgb()

    def inked(x: float) -> bool:
        return any(image.pixel(int(x), y) != ground for y in range(int(top), int(bottom)))

    places = [frame.across(rect, plot.x_axis.range, tick.place) for tick in layout.x_ticks]
    for place, following in zip(places, [*places[1:], places[-1] + 40], strict=True):
        assert any(inked(place + dx) for dx in range(-4, 5))
        assert not any(inked((place + following) / 2 + dx) for dx in range(-3, 4))


def test_that_curves_are_named_at_their_ends_in_their_own_style(page: SurvivalPage) -> None:
    groups = numbers_of(page)["groups"]
    labels = curves_of(page).plot.axes.labels
    assert [label.text for label in labels] == ["Placebo", "Active"]
    assert [label.style for label in labels] == [REFERENCE, TREATED]
    assert [label.y for label in labels] == [group["curve"]["survival"][-1] for group in groups]
    (horizon,) = curves_of(page).plot.axes.vertical
    assert (horizon.at, horizon.text) == (300, "day 300")


def test_that_a_median_has_its_guide_and_one_that_is_not_reached_has_none(page: SurvivalPage) -> None:
    placebo, active = numbers_of(page)["groups"]
    assert active["median"]["estimate"] is None
    x, y = layer(page, "median.0")
    assert x.tolist() == [placebo["median"]["estimate"]] * 2
    assert y.tolist() == [0.5, 0.0]
    assert "median.1" not in curves_of(page).plot.axes._layers
    assert f"Median: {placebo['median']['estimate']:g} (" in said(page)
    assert "Median: not reached" in said(page)


def test_that_zooming_in_keeps_rows_exact_on_other_days(page: SurvivalPage) -> None:
    curves_of(page).plot.zoom(0.1, at=150)
    layout = curves_of(page).plot._layout
    days = [tick.place for tick in layout.x_ticks]
    assert 150 in days
    rows = {row["day"]: row for row in numbers_of(page, at=days)["groups"][0]["at"]}
    assert layout.rows[1].texts == tuple(str(rows[day]["at_risk"]) for day in days)


@pytest.mark.parametrize("most", range(2, 12))
def test_that_thinned_ticks_keep_both_ends_and_their_order(most: int) -> None:
    days = [float(day) for day in range(0, 641, 80)]
    kept = thin_days(days, most)
    assert kept[0] == 0
    assert kept[-1] == 640
    assert kept == sorted(set(kept) & set(days))
    assert len(kept) <= most


# What is said


def test_that_the_sentences_say_the_numbers_of_the_result(page: SurvivalPage) -> None:
    numbers, text = numbers_of(page), said(page)
    for group in numbers["groups"]:
        at = group["at"][-1]
        assert at["day"] == 300
        told = f"{at['survival']:.3f} ({at['lower']:.3f}–{at['upper']:.3f})"
        assert f"Survival on day 300: {told}" in text
        assert f"{group['group']} {group['n']} patients, {group['events']} events" in text
    term = numbers["cox"]["terms"][0]
    ratio = f"{term['hr']:.2f} ({term['lower']:.2f}–{term['upper']:.2f}), p = {term['p']:.3f}"
    assert f"Active against Placebo: {ratio}" in text
    test = numbers["logrank"]
    assert f"p = {test['p']:.3f} (two-sided, χ² {test['chisq']:.2f} on 1 df)" in text
    assert f"p = {numbers['zph']['global']['p']:.3f} (Grambsch–Therneau" in text
    mean = numbers["rmst_difference"]
    assert f"Active − Placebo: {mean['estimate']:.1f} (" in text
    assert f"p = {numbers['survival_differences'][0]['p']:.3f}" in text
    assert "Efron ties" in text


def test_that_every_note_is_said_once_and_none_is_lost(open_page: Callable[..., SurvivalPage]) -> None:
    patients = patients_of("active")
    patients["A12"] = {**patients["A12"], "randomisation_date": "2022-01"}  # no day: no usable time
    page = open_page(patients=patients)
    notes = numbers_of(page)["notes"]
    assert any("no usable time" in note for note in notes)
    text = said(page)
    for note in notes:
        repeated = "of unknown status" in note or "median not reached" in note
        assert (note in text) != repeated, note
    assert text.count("of unknown status") == 1


def test_that_the_footnote_names_every_convention(page: SurvivalPage) -> None:
    text = curves_of(page).footnote.text()
    for part in (
        "Death",
        "randomisation date",
        "day 300",
        "log-log",
        "Greenwood",
        "Efron",
        "Placebo",
        "numpy",
    ):
        assert part in text, part
    assert curves_of(page).plot.footnote.endswith(text)
    assert "SYNTHETIC" in curves_of(page).plot.footnote


def test_that_the_tables_hold_the_numbers_of_the_result(page: SurvivalPage) -> None:
    for view in ("numbers", "steps"):
        page.show_view(view)
    numbers = numbers_of(page)
    groups = {column.code: column for column in numbers_view(page).groups.model.columns}
    blocks = [*numbers["groups"], numbers["overall"]]
    for code, read in (
        ("n", lambda b: b["n"]),
        ("events", lambda b: b["events"]),
        ("survival", lambda b: b["at"][-1]["survival"]),
        ("median_lower", lambda b: b["median"]["lower"]),
        ("rmst", lambda b: b["rmst"]["estimate"]),
    ):
        wanted = [np.nan if read(block) is None else read(block) for block in blocks]
        np.testing.assert_array_equal(np.array(groups[code].values, float), np.array(wanted, float))
    assert numbers_view(page).groups.model.cell_text(1, 3) == "not reached"
    steps = {column.code: column.values for column in steps_view(page).steps.model.columns}
    joined = [value for group in numbers["groups"] for value in group["curve"]["survival"]]
    assert steps["survival"].tolist() == joined
    tests = [
        numbers_view(page).tests.model.cell_text(row, 0)
        for row in range(numbers_view(page).tests.model.rowCount())
    ]
    assert tests[:2] == ["Log-rank", "Hazard ratio"]
    assert numbers_view(page).tests.model.cell_text(0, 5) == f"{numbers['logrank']['p']:.3f}"


def test_that_another_scale_of_limits_is_computed_and_named(qtbot: QtBot, page: SurvivalPage) -> None:
    choose(qtbot, page, page.choices.interval, "plain")
    at = numbers_of(page, interval="plain")["groups"][0]["at"][-1]
    assert f"({at['lower']:.3f}–{at['upper']:.3f})" in said(page)
    assert "plain limits" in curves_of(page).footnote.text()


def test_that_everybody_together_has_one_grey_curve_and_no_test(qtbot: QtBot, page: SurvivalPage) -> None:
    choose(qtbot, page, page.choices.grouping, "")
    overall = numbers_of(page, by="")["overall"]
    x, _y = layer(page, "curve.0")
    assert x[-1] == overall["curve"]["time"][-1]
    assert curves_of(page).plot.axes._layers["curve.1"].x.size == 0
    assert [row.title for row in curves_of(page).plot._layout.rows] == ["At risk", "Events", "Censored"]
    assert "Log-rank" not in said(page)
    assert not page.choices.strata.isEnabled()


def test_that_a_comparison_without_events_is_not_estimable_and_says_why(
    open_page: Callable[..., SurvivalPage],
) -> None:
    patients = patients_of("active")
    for name in [name for name in patients if name.startswith("A")]:
        patients[name].pop("death_date", None)
        patients[name].pop("vital_status", None)
        patients[name]["last_contact_date"] = (START + timedelta(400)).isoformat()
    page = open_page(patients=patients)
    assert numbers_of(page)["cox"]["terms"][0]["hr"] is None
    assert "Active against Placebo: not estimable: " in said(page)
    assert "no interval and no test" in said(page)
    assert "None" not in said(page)
    assert "nan" not in said(page)


def test_that_a_study_without_times_says_what_is_missing(open_page: Callable[..., SurvivalPage]) -> None:
    page = open_page(patients={"A01": {"arm": "active"}, "A02": {"arm": "placebo"}})
    assert curves_of(page).plot.empty_text.startswith("There is no patient with a time")
    assert said(page) == ""
    assert not curves_of(page).export_figure.isEnabled()


# Pointing


def test_that_the_day_under_the_pointer_is_read_out_in_a_sentence(page: SurvivalPage) -> None:
    rows = [group["at"][0] for group in numbers_of(page, at=[150.0])["groups"]]
    active = rows[1]
    sentence = curves_of(page).sentence(Pointer("survival", 150.4, active["survival"]))
    assert sentence.startswith(
        f"day 150: Active {active['survival']:.2f} ({active['lower']:.2f}–{active['upper']:.2f}), "
        f"{active['at_risk']} at risk, {active['events']} event"
    )
    assert f"Placebo {rows[0]['survival']:.2f}" in sentence
    curves_of(page).plot.pointed.emit(Pointer("survival", 150.4, active["survival"]))
    assert curves_of(page).plot.accessibleDescription() == sentence
    assert curves_of(page).sentence(None) == ""


def test_that_a_clicked_step_lists_who_died_then_and_selects_the_first(page: SurvivalPage) -> None:
    click(page, "step", 0, 1)  # two deaths on placebo on day 60
    assert said(page).startswith("Day 60, Placebo\nP02: Death on day 60\nP03: Death on day 60\n")
    assert page.session.selection.patient == "P02"
    survival = numbers_of(page, at=[60.0])["groups"][0]["at"][0]["survival"]
    x, y = layer(page, "selected")
    assert (x.tolist(), y.tolist()) == ([60.0], [survival])
    curves_of(page).results.anchorClicked.emit(QUrl("patient:P03"))
    assert page.session.selection.patient == "P03"
    click(page, "censor", 1, 0)
    assert said(page).startswith("Day 120, Active\nA02: no contact after day 120\n")


def test_that_a_patient_with_an_odd_id_is_still_reached_from_its_link(
    open_page: Callable[..., SurvivalPage],
) -> None:
    odd = "P <3>/#1 50%"
    patients = patients_of("active")
    page = open_page(patients={(odd if name == "P01" else name): facts for name, facts in patients.items()})
    click(page, "step", 0, 0)
    page.session.select()
    html = curves_of(page).results.toHtml()
    address = html[html.index('href="patient:') + 6 :].split('"')[0]
    curves_of(page).results.anchorClicked.emit(QUrl(address))
    assert page.session.selection.patient == odd
    assert f"{odd}: Death on day 30" in said(page)


def test_that_the_keys_reach_the_days_of_events(qtbot: QtBot, page: SurvivalPage) -> None:
    curves_of(page).plot.hand.step(1)
    assert curves_of(page).plot.sentence.sentence.startswith("day 30: Placebo")


def test_that_the_number_of_unknown_status_leads_to_their_list(page: SurvivalPage) -> None:
    unknown = numbers_of(page)["study"]["unknown"]
    assert unknown == 3
    assert f"{unknown} patients of unknown status" in said(page)
    curves_of(page).results.anchorClicked.emit(QUrl("list:unknown"))
    assert page.views.current == "patients"
    assert patients_view(page).patients.keys() == ["A02", "A05", "P04"]


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


# Blinding


def test_that_a_blinded_study_shows_everybody_or_classes_and_nothing_by_arm(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage], tmp_path: Path
) -> None:
    page = blinded(open_page)
    assert page.session.snapshot is not None
    assert [code for code, _text in survival_groupings(page.session.snapshot)] == ["", "class:csf_pnfh"]
    assert page.choices.grouping.currentData() == ""
    offered = [page.choices.grouping.itemData(row) for row in range(page.choices.grouping.count())]
    assert offered == ["", "class:csf_pnfh"]
    texts = [everything(qtbot, page)]
    choose(qtbot, page, page.choices.grouping, "class:csf_pnfh")
    assert len(curves_of(page).plot.axes.labels) == 3
    click(page, "step", 0, 0)
    curves_of(page).plot.pointed.emit(Pointer("survival", 150, 0.8))
    texts.append(everything(qtbot, page))
    answer = page.answer
    assert answer is not None
    assert answer.analysis is not None
    figure = build_figure(answer.design.snapshot, answer.analysis, subset="", strata="")
    assert figure.words == ("SYNTHETIC", "BLINDED")
    write_figure(figure, tmp_path / "figure.svg")
    texts.append((tmp_path / "figure.svg").read_text("utf-8"))
    texts.append(json.dumps(study_json(answer.analysis)))
    assert not [text for text in texts if CANARY in text or "il2" in text]


def everything(qtbot: QtBot, page: SurvivalPage) -> str:
    """Every text of the page, of all its views."""
    for place in VIEWS:
        page.show_view(place.code)
        settle(qtbot, page)
    page.show_view("curves")
    texts = [label.text() for kind in (QLabel, QLineEdit) for label in page.findChildren(kind)]
    texts += [browser.toHtml() for browser in page.findChildren(QTextBrowser)]
    texts += [widget.accessibleDescription() for widget in page.findChildren(QWidget)]
    for canvas in page.findChildren(Canvas):
        texts += [canvas.caption, canvas.footnote, canvas.empty_text, canvas.sentence.sentence]
        texts += [canvas.file_name, *(entry.text for entry in canvas._legend)]
        texts += [row.title for row in canvas._layout.rows]
        for axes in canvas._axes:
            texts += [axes.title, *(label.text for label in axes.labels)]
            texts += [guide.text for guide in (*axes.vertical, *axes.horizontal)]
    for combo in page.findChildren(QComboBox):
        texts += [combo.itemText(row) for row in range(combo.count())]
    texts += [table.mime_data().text() for table in page.findChildren(TableView)]
    return "\n".join(texts)
