"""The Cox model of the survival page: its check of proportional hazards, and adjusted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from window_driver import Answers

from mirocals_desktop.analysis.cox_residuals import estimate_adjusted_curves
from mirocals_desktop.analysis.proof import list_numbers, read_printed
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.survival_views.frame import blinded_text
from tests.ui.survival_pages import START, settle
from tests.ui.survival_view_pages import blinded, find, layer, message, patients_of, shown, texts


def test_that_the_check_of_proportional_hazards_is_drawn_and_told(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "hazards")
    assert page.session.snapshot is not None
    zph = analyse_study(page.session.snapshot, by="arm").result.zph
    assert zph is not None
    assert texts(view.panel.table, "chisq")[0] == f"{zph.overall.chisq:.4f}"
    x, y = layer(view.panel.residuals, "residuals")
    assert list(x) == list(zph.days)
    assert list(y) == list(zph.residuals["arm"])
    guides = {guide.key: guide.at for guide in view.panel.residuals.axes.horizontal}
    assert guides["zero"] == 0
    assert "smooth" in view.panel.residuals.axes._layers
    first = view.panel.residuals.patient_at(Pointer("residuals", 30.0, 0.0, "residuals", 0))
    assert first[:2] == ("P01", 30.0)
    view.panel.residuals.clicked.emit(Pointer("residuals", 30.0, 0.0, "residuals", 0))
    assert page.session.selection.patient == "P01"


def test_that_log_log_curves_are_the_transformed_survival(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "hazards")
    view.panel.table.selected.emit("log-log")
    assert view.panel.log_log.isVisible()
    assert page.session.snapshot is not None
    placebo = analyse_study(page.session.snapshot, by="arm").result.groups[0].curve
    _x, y = layer(view.panel.log_log, "curve.0")
    inside = placebo.survival[(placebo.survival > 0) & (placebo.survival < 1)]
    assert set(np.round(y, 9)) == set(np.round(np.log(-np.log(inside)), 9))


def test_that_without_groups_there_is_no_model_to_check(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    shown(qtbot, page, "hazards")
    assert message(page, "hazards").startswith("There is no Cox model to check")


def weighed(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    """A study with a weight at baseline for everybody but one."""
    patients = patients_of("active")
    visits = [
        (name, "BL", START.isoformat(), {"weight": 55.0 + (7 * n) % 31})
        for n, name in enumerate(patients)
        if n
    ]
    return open_page(patients=patients, visits=visits)


def test_that_the_model_has_the_covariates_that_are_ticked(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = weighed(open_page)
    view = shown(qtbot, page, "adjusted")
    view.covariates.choose(["site", "weight"])
    settle(qtbot, page)
    assert page.session.snapshot is not None
    cox = analyse_study(page.session.snapshot, by="arm", covariates=("site", "weight")).result.cox
    assert cox is not None
    assert texts(view.terms, "term") == ["arm", "site", "weight"]
    assert texts(view.terms, "coef") == [f"{t.coef:.5f}" for t in cox.terms]
    said = find(page, QLabel, "survival.adjusted.tests").text()
    assert f"concordance {cox.concordance:.3f}" in said
    assert "1 patient lacks a covariate" in said
    placebo = estimate_adjusted_curves(cox)[0]
    _x, y = layer(view.plot, "curve.0")
    assert set(np.round(placebo.survival, 9)) <= set(np.round(y, 9))
    assert "averaged over its population" in find(page, QLabel, "survival.adjusted.footnote").text()
    assert view.sentence(Pointer("steps", 200.0, 0.5)).startswith("day 200: adjusted survival Placebo 0.")


def test_that_an_interaction_says_at_which_value_its_ratio_holds(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = weighed(open_page)
    view = shown(qtbot, page, "adjusted")
    view.covariates.choose(["weight"])
    settle(qtbot, page)
    view.interactions.choose(["arm:weight"])
    settle(qtbot, page)
    assert texts(view.terms, "term") == ["arm", "weight", "arm × weight"]
    note = find(page, QLabel, "survival.adjusted.footnote").text()
    assert "the hazard ratio of arm is that at weight = 0 (not centred)" in note
    assert "not significant in the primary unadjusted analysis" in note
    assert note in view.plot.footnote  # a picture of the curves says it too


def test_that_a_model_that_cannot_be_fitted_says_why_beside_its_choices(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("active")
    for facts in patients.values():
        if facts.pop("death_date", None):
            facts |= {"last_contact_date": (START + timedelta(700)).isoformat(), "vital_status": "alive"}
    page = open_page(patients=patients)
    view = shown(qtbot, page, "adjusted")
    assert "no patient in it had the event" in view.terms.empty.text()
    assert view.covariates.isVisible()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_that_r_prints_the_digits_of_the_adjusted_model(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage], answers: Answers, tmp_path: Path
) -> None:
    page = weighed(open_page)
    view = shown(qtbot, page, "adjusted")
    view.covariates.choose(["weight"])
    settle(qtbot, page)
    view.interactions.choose(["arm:weight"])
    settle(qtbot, page)
    numbers = {n.name: n.value for n in list_numbers(view.found.model.analysis.result) if n.value is not None}
    answers.target = tmp_path / "adjusted.R"
    find(page, QPushButton, "survival.adjusted.save").click()
    qtbot.waitUntil(answers.target.exists, timeout=20_000)
    settle(qtbot, page)
    run = subprocess.run(["Rscript", str(answers.target)], capture_output=True, text=True, check=False)
    if run.returncode and "survival" in run.stderr:
        pytest.skip("R lacks the package survival")
    printed = read_printed(run.stdout)
    model = {name: value for name, value in numbers.items() if name.startswith(("cox", "zph"))}
    assert len(model) > 20
    for name, value in model.items():
        assert printed[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name


def test_that_a_blinded_study_has_no_adjusted_model(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    shown(qtbot, page, "adjusted")
    assert message(page, "adjusted") == blinded_text()
