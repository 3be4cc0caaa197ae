"""The proof of the survival page, and what holds of every view: blinding, the subset, being emptied."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from window_driver import Answers

from mirocals_desktop.analysis.proof import list_numbers
from mirocals_desktop.analysis.proof_script import build_proof
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.survival_views import VIEWS
from mirocals_desktop.ui.survival_views.frame import blinded_text

from .survival_pages import CANARY, settle
from .survival_view_pages import blinded, everything_said, find, message, shown, texts, view_page_opener


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return view_page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


# Proof


def test_that_the_proof_has_every_number_with_the_second_engines_as_it_is_set_in_the_views(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    shown(qtbot, page, "landmark").day.choose(100)
    settle(qtbot, page)
    shown(qtbot, page, "subgroups").variables.choose(["site"])
    settle(qtbot, page)
    view = shown(qtbot, page, "proof")
    parts = {part.code: part for part in view.found.parts}
    assert parts["landmark"].title == "Landmark, day 100"
    tested = {row.number.group for row in parts["subgroups"].rows if "interaction" in row.number.name}
    assert tested == {"site"}
    assert page.session.snapshot is not None
    numbers = {n.name: n for n in list_numbers(analyse_study(page.session.snapshot, by="arm").result)}
    further = {row.number.name: row.number for part in view.found.parts for row in part.rows}
    assert {name.split(".")[0] for name in further} >= {"landmark", "subgroups", "unknowns", "robustness"}
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
    view.numbers.selected.emit("curve2.median.estimate")
    assert "not estimable: not reached" in view.detail.toPlainText()
    page.show_view("proof:cox1.hr")
    assert view.numbers.current_key() == "cox1.hr"
    assert "Hazard ratio – arm: Active" in view.detail.toPlainText()
    page.show_view("proof:curve1.rmst.se")
    assert view.numbers.current_key() == "curve1.rmst.se"
    assert "variance is that of the time itself" in view.detail.toPlainText()
    found = view.found
    assert shown(qtbot, page, "proof").found is found  # nothing was set anew
    shown(qtbot, page, "landmark").day.choose(110)
    settle(qtbot, page)
    page.show_view("proof")
    assert message(page, "proof") == "Computing…"
    page.session.jobs.cancel()
    settle(qtbot, page)


def test_that_the_saved_script_and_data_prove_the_digits_on_the_page_and_replace_no_other_file(
    qtbot: QtBot, page: SurvivalPage, answers: Answers, tmp_path: Path
) -> None:
    # that R prints these digits when it runs such a script: tests/analysis/test_proof.py
    answers.target = tmp_path / "check" / "by_arm.R"
    answers.target.parent.mkdir()
    view = shown(qtbot, page, "proof")
    find(view, QPushButton, "survival.proof.save").click()
    qtbot.waitUntil(answers.target.exists, timeout=20_000)
    settle(qtbot, page)
    assert page.session.snapshot is not None
    result = analyse_study(page.session.snapshot, by="arm").result
    files = {path.name: path.read_text(encoding="utf-8") for path in answers.target.parent.iterdir()}
    assert files == build_proof(result, "by_arm", parts=view.found.parts)
    claimed = dict(row.split(",") for row in files["by_arm_numbers.csv"].splitlines()[1:])
    rows = {row.number.name: row.number.value for row in view.found.rows}
    known = {name: value for name, value in rows.items() if value is not None}
    assert {name: float(value) for name, value in claimed.items()} == known
    table = list(csv.reader(files["by_arm_data.csv"].splitlines()))
    assert len(table) == 25
    assert not any(cell[:1] in "AP" for row in table[1:] for cell in row if cell)  # no patient's id
    assert not any(re.search(r"\b[AP]\d\d\b", text) for text in files.values())
    answers.target = tmp_path / "mine.R"
    (tmp_path / "mine_data.csv").write_text("precious")
    with qtbot.waitSignal(page.session.jobs.failed, timeout=20_000) as failed:
        find(view, QPushButton, "survival.proof.save").click()
    assert "mine_data.csv" in str(failed.args[0])
    assert (tmp_path / "mine_data.csv").read_text() == "precious"
    assert not answers.target.exists()


def test_that_a_blinded_study_is_proved_pooled(qtbot: QtBot, open_page: Callable[..., SurvivalPage]) -> None:
    page = blinded(open_page)
    view = shown(qtbot, page, "proof")
    assert "All patients" in texts(view.numbers, "group")
    assert {part.code for part in view.found.parts} >= {"landmark", "cut", "unknowns"}
    assert not {"subgroups", "effect", "robustness", "adjusted"} & {part.code for part in view.found.parts}
    assert CANARY not in everything_said(page)
    assert "il2" not in everything_said(page).casefold()


def test_that_a_stopped_computation_says_so_and_can_be_asked_for_again(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    page.session.jobs.start("Something long", lambda _report: None)
    find(page, QWidget, "survival.view.robustness").click()  # type: ignore[attr-defined]
    page.session.jobs.cancel()
    settle(qtbot, page)
    assert message(page, "robustness") == "Stopped. Nothing was computed."
    find(page, QPushButton, "survival.robustness.again").click()
    settle(qtbot, page)
    assert page.view("robustness").found is not None  # type: ignore[attr-defined]


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


def test_that_a_view_whose_sentences_wrap_fits_into_a_usual_window(qtbot: QtBot, page: SurvivalPage) -> None:
    layout = page.layout()
    assert layout is not None
    for code in ("cut", "adjusted"):
        page.show_view(code)
        settle(qtbot, page)
        least = page.minimumSizeHint().height()
        assert (layout.minimumHeightForWidth(840) if layout.hasHeightForWidth() else least) < 640
