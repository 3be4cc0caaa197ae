"""What the survival page says in sentences, footnotes and tables, and what a blinded study does not say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_survival import study_json
from mirocals_desktop.export.figures import write_figure
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas, Pointer
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_choices import survival_groupings
from mirocals_desktop.ui.survival_tables import build_figure
from mirocals_desktop.ui.survival_views import VIEWS
from mirocals_desktop.ui.table import TableView

from .survival_page_parts import (
    choose,
    click,
    curves_of,
    layer,
    numbers_of,
    numbers_view,
    said,
    steps_view,
)
from .survival_pages import CANARY, START, blinded, page_opener, patients_of, settle


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


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
    # every view of all patients together: test_that_no_view_of_a_blinded_study_tells_an_arm
    texts = [everything(qtbot, page, views=("curves",))]
    choose(qtbot, page, page.choices.grouping, "class:csf_pnfh")
    assert len(curves_of(page).plot.axes.labels) == 3
    click(page, "step", 0, 0)
    curves_of(page).plot.pointed.emit(Pointer("survival", 150, 0.8))
    texts.append(everything(qtbot, page, views=[place.code for place in VIEWS]))
    answer = page.answer
    assert answer is not None
    assert answer.analysis is not None
    figure = build_figure(answer.design.snapshot, answer.analysis, subset="", strata="")
    assert figure.words == ("SYNTHETIC", "BLINDED")
    write_figure(figure, tmp_path / "figure.svg")
    texts.append((tmp_path / "figure.svg").read_text("utf-8"))
    texts.append(json.dumps(study_json(answer.analysis)))
    assert not [text for text in texts if CANARY in text or "il2" in text]


def everything(qtbot: QtBot, page: SurvivalPage, *, views: Sequence[str]) -> str:
    """Every text of the page, of these views."""
    for code in views:
        page.show_view(code)
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
