"""The proof of the survival page, and what holds of every view: blinding, the subset, being emptied."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.proof import list_numbers, read_printed
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.survival_views import VIEWS
from mirocals_desktop.ui.survival_views.frame import blinded_text
from mirocals_desktop.ui.survival_views.proof import ProofView

from .conftest import Answers
from .survival_pages import CANARY, settle
from .survival_view_pages import blinded, everything_said, find, message, shown, texts, view_page_opener


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return view_page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


# Proof


def test_that_the_proof_has_every_number_of_the_result_with_the_second_engines(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "proof")
    assert page.session.snapshot is not None
    numbers = {n.name: n for n in list_numbers(analyse_study(page.session.snapshot, by="arm").result)}
    further = {row.number.name: row.number for part in view.found.parts for row in part.rows}
    assert {name.split(".")[0] for name in further} >= {"landmark", "definition1", "subgroups", "cafs"}
    assert set(view.numbers.keys()) == {*numbers, *further}
    said = find(page, QLabel, "survival.proof.summary").text()
    known = sum(n.value is not None for n in (*numbers.values(), *further.values()))
    assert f"{known} numbers".replace(",", "") in said.replace(",", "")
    assert "differ;" not in said
    view.numbers.selected.emit("logrank.p")
    detail = view.detail.toPlainText()
    assert f"{numbers['logrank.p'].value:.15g}" in detail
    for word in ("hypergeometric variance", "lifelines", "24 patients, 9 events", "numpy", "logrank.p"):
        assert word in detail


def test_that_a_number_can_be_asked_for_by_its_name(qtbot: QtBot, page: SurvivalPage) -> None:
    page.show_view("proof:cox1.hr")
    settle(qtbot, page)
    view = page.view("proof")
    assert isinstance(view, ProofView)
    assert view.numbers.current_key() == "cox1.hr"
    assert "Hazard ratio – arm: Active" in view.detail.toPlainText()
    page.show_view("proof:curve1.rmst.se")
    assert view.numbers.current_key() == "curve1.rmst.se"
    assert "variance is that of the time itself" in view.detail.toPlainText()


def test_that_a_number_that_is_not_estimable_says_why_in_its_proof(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "proof")
    view.numbers.selected.emit("curve2.median.estimate")
    assert "not estimable: not reached" in view.detail.toPlainText()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_that_the_saved_script_run_by_r_prints_the_digits_on_the_page(
    qtbot: QtBot, page: SurvivalPage, answers: Answers, tmp_path: Path
) -> None:
    answers.target = tmp_path / "check" / "by_arm.R"
    answers.target.parent.mkdir()
    view = shown(qtbot, page, "proof")
    find(view, QPushButton, "survival.proof.save").click()
    qtbot.waitUntil(answers.target.exists, timeout=20_000)
    settle(qtbot, page)
    run = subprocess.run(
        ["Rscript", str(answers.target)], capture_output=True, text=True, timeout=120, check=False, cwd="/"
    )
    if run.returncode and "survival" in run.stderr:
        pytest.skip("R lacks the package survival")
    assert run.returncode == 0, run.stderr
    printed = read_printed(run.stdout)
    rows = {row.number.name: row.number.value for row in view.found.rows}
    known = {name: value for name, value in rows.items() if value is not None}
    for name, value in known.items():
        assert printed[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name
    with (tmp_path / "check" / "by_arm_data.csv").open(encoding="utf-8") as file:
        table = list(csv.reader(file))
    assert len(table) == 25
    assert not any(cell[:1] in "AP" for row in table[1:] for cell in row if cell)  # no patient's id


def test_that_the_script_replaces_no_other_file(
    qtbot: QtBot, page: SurvivalPage, answers: Answers, tmp_path: Path
) -> None:
    answers.target = tmp_path / "mine.R"
    (tmp_path / "mine_data.csv").write_text("precious")
    view = shown(qtbot, page, "proof")
    with qtbot.waitSignal(page.session.jobs.failed, timeout=20_000) as failed:
        find(view, QPushButton, "survival.proof.save").click()
    assert "mine_data.csv" in str(failed.args[0])
    assert (tmp_path / "mine_data.csv").read_text() == "precious"
    assert not answers.target.exists()


def test_that_a_blinded_study_is_proved_pooled(qtbot: QtBot, open_page: Callable[..., SurvivalPage]) -> None:
    page = blinded(open_page)
    view = shown(qtbot, page, "proof")
    assert set(texts(view.numbers, "group")) == {"All patients"}
    assert CANARY not in everything_said(page)
    assert "il2" not in everything_said(page).casefold()


def test_that_a_stopped_computation_says_so_and_can_be_asked_for_again(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    page.session.jobs.start("Something long", lambda _report: None)
    find(page, QWidget, "survival.view.proof").click()  # type: ignore[attr-defined]
    page.session.jobs.cancel()
    settle(qtbot, page)
    assert message(page, "proof") == "Stopped. Nothing was computed."
    find(page, QPushButton, "survival.proof.again").click()
    settle(qtbot, page)
    assert page.view("proof").found is not None  # type: ignore[attr-defined]


# Every view


def test_that_no_view_of_a_blinded_study_tells_an_arm(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    for place in VIEWS:
        find(page, QWidget, f"survival.view.{place.code}").click()  # type: ignore[attr-defined]
        settle(qtbot, page)
        said = everything_said(page)
        assert CANARY not in said, place.code
        assert "il2" not in said.casefold(), place.code
    assert message(page, "function") == blinded_text()


def test_that_every_view_of_a_subset_says_so(qtbot: QtBot, page: SurvivalPage) -> None:
    page.session.set_filters(Filters(sites=frozenset({"FR01"})))
    settle(qtbot, page)
    own = "subgroups hazards adjusted means landmark unknowns definitions robustness proof"
    for code in own.split():
        assert "Subset: " in everything_said(shown(qtbot, page, code)), code


def test_that_nothing_of_the_arms_stays_in_any_view_that_is_emptied(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page, sealed=False)
    for place in VIEWS:
        find(page, QWidget, f"survival.view.{place.code}").click()  # type: ignore[attr-defined]
        settle(qtbot, page)
        view = page.view(place.code)
        for plot in view.findChildren(Canvas):
            qtbot.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert CANARY in everything_said(page)
    page.views.show_nothing("")  # as the page does when the study no longer shows its arms
    own = [place.code for place in VIEWS if place.module.startswith("mirocals_desktop.ui.survival_views")]
    for code in own:
        assert CANARY not in everything_said(page.view(code)), code
