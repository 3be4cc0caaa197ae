"""The views of the survival page that have numbers of their own, over real small studies."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.cafs import compare_cafs, derive_outcomes
from mirocals_desktop.analysis.competing import estimate_incidence
from mirocals_desktop.analysis.cox_residuals import estimate_adjusted_curves
from mirocals_desktop.analysis.proof import list_numbers, read_printed
from mirocals_desktop.analysis.sensitivity import (
    estimate_envelopes,
    estimate_fragility,
    name_unknown,
    rank_influence,
    rank_unknown,
)
from mirocals_desktop.analysis.study_subgroups import analyse_subgroups
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.analysis.survival import analyse
from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.study.ledger import QUERY_RAISED
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas, Pointer
from mirocals_desktop.ui.session import Filters, Session
from mirocals_desktop.ui.survival_views import VIEWS
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import blinded_text
from mirocals_desktop.ui.survival_views.proof import ProofView
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.theme import light_palette
from tests.made_up_study import made_up_study

from .conftest import Answers

START = date(2022, 1, 3)
# arm, day of death or of the last contact without it (the horizon is 300), 1 dead 0 not
ACTIVE = [(90, 1), (120, 0), (150, 1), (240, 1), (280, 0), *[(700, 0)] * 7]
PLACEBO = [(30, 1), (60, 1), (60, 1), (100, 0), (150, 1), (200, 1), (250, 1), *[(700, 0)] * 5]
CANARY = "Zanzibarine"
W = TypeVar("W", bound=QWidget)


def facts_of(arm: str, day: int, died: int, number: int) -> dict[str, float | str]:
    facts: dict[str, float | str] = {
        "randomisation_date": START.isoformat(),
        "consent_date": (START - timedelta(40)).isoformat(),
        "arm": arm,
        "site": "FR01" if number % 2 else "UK01",
        ("death_date" if died else "last_contact_date"): (START + timedelta(day)).isoformat(),
    }
    return facts | ({"vital_status": "dead"} if died else {})


def patients_of(active: str) -> dict[str, dict[str, float | str]]:
    arms = [(f"A{n:02}", active, *row, n) for n, row in enumerate(ACTIVE, 1)]
    arms += [(f"P{n:02}", "placebo", *row, n) for n, row in enumerate(PLACEBO, 1)]
    return {name: facts_of(arm, day, died, n) for name, arm, day, died, n in arms}


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    def make(**how: Any) -> SurvivalPage:
        how.setdefault("patients", patients_of("active"))
        with made_up_study(how.pop("patients"), folder=tmp_path, **how):
            pass
        page = SurvivalPage(session)
        page.setPalette(light_palette())
        qtbot.addWidget(page)
        page.resize(1000, 820)
        with qtbot.waitSignal(session.study_changed, timeout=20_000):
            session.open(tmp_path / "made_up.mirocals")
        page.show()
        settle(qtbot, page)
        return page

    return make


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


def blinded(open_page: Callable[..., SurvivalPage], *, sealed: bool = True) -> SurvivalPage:
    """A blinded study by the shipped protocol, whose arms have names that occur nowhere else."""
    patients = patients_of("il2")
    marker = [500.0, 1500.0, 2500.0, 5000.0]
    visits = [(name, "V2", START.isoformat(), {"csf_pnfh": marker[n % 4]}) for n, name in enumerate(patients)]
    text = shipped_protocol("mirocals").replace('"IL-2"', f'"{CANARY}"').replace('"Placebo"', f'"{CANARY}2"')
    return open_page(patients=patients, visits=visits, protocol=text, blinded=sealed)


def settle(qtbot: QtBot, page: SurvivalPage) -> None:
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=60_000)


def shown(qtbot: QtBot, page: SurvivalPage, code: str) -> Any:
    """A view brought to the front by its name in the row, when it has computed."""
    find(page, QWidget, f"survival.view.{code}").click()  # type: ignore[attr-defined]
    settle(qtbot, page)
    view = page.view(code)
    assert isinstance(view, ComputedView)
    return view


def find(root: QWidget, kind: type[W], name: str) -> W:
    found = root.findChild(kind, name)
    assert found is not None, name
    return found


def message(page: SurvivalPage, code: str) -> str:
    return find(page, QLabel, f"survival.{code}.message").text()


def texts(table: TableView, column: str) -> list[str]:
    number = next(i for i, c in enumerate(table.model.columns) if c.code == column)
    return [table.model.cell_text(row, number) for row in range(table.model.rowCount())]


def everything_said(root: QWidget) -> str:
    """Every text, tip and accessible name of the widgets, and every cell of the tables."""
    parts: list[str] = []
    for widget in (root, *root.findChildren(QWidget)):
        parts += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QPushButton)):
            parts.append(widget.text())
        if isinstance(widget, QTextBrowser):
            parts.append(widget.toPlainText())
        if isinstance(widget, Canvas):
            parts += [widget.caption, widget.footnote, widget.sentence.sentence]
            for axes in widget._axes:
                parts += [axes.title, *(label.text for label in axes.labels)]
        if isinstance(widget, TableView):
            for column in widget.model.columns:
                parts += [column.header, *map(str, column.values), *(column.tips or ())]
    return "\n".join(parts)


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


# Unknowns


def layer(plot: Any, key: str) -> tuple[Any, Any]:
    found = plot.axes._layers[key]
    return found.x, found.y


def test_that_the_envelope_and_its_ledger_are_those_of_the_analysis(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "unknowns")
    assert page.session.snapshot is not None
    analysis = analyse_study(page.session.snapshot, by="arm")
    unknown = name_unknown(analysis.times, analysis.endpoint)
    ledger = rank_unknown(analysis.times, unknown)
    assert view.table.keys() == [row.patient for row in ledger]
    assert sorted(view.table.keys()) == ["A02", "A05", "P04"]
    assert texts(view.table, "leverage") == [f"{row.leverage:.4f}" for row in ledger]
    placebo, active = estimate_envelopes(analysis.times, unknown)[1:]
    for place, envelope in enumerate((placebo, active)):
        _x, y = layer(view.plot, f"band.{place}")
        ends = {round(c.survival_at(300)[0] or 0, 9) for c in (envelope.worst, envelope.best)}
        assert ends <= {round(float(height), 9) for height in y}
    said = find(page, QLabel, "survival.unknowns.summary").text()
    assert f"{active.worst.survival_at(300)[0]:.3f} and {active.best.survival_at(300)[0]:.3f}" in said
    assert "Tipping point: " in said


def test_that_an_unknown_patient_is_chosen_in_the_picture_and_in_the_ledger(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "unknowns")
    pointer = Pointer("steps", 100.0, 0.9, "spots.0", 0)
    assert view.sentence(pointer).startswith("Patient P04: last contact on day 100")
    view.plot.clicked.emit(pointer)
    assert page.session.selection.patient == "P04"
    assert view.table.current_key() == "P04"
    view.table.selected.emit("A05")
    assert page.session.selection.patient == "A05"
    day = view.sentence(Pointer("steps", 250.0, 0.5))
    assert day.startswith("day 250: Placebo ")
    assert "if all unknown had died" in day


def test_that_a_study_without_unknown_patients_says_so(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("active")
    for name in ("A02", "A05", "P04"):
        patients[name]["last_contact_date"] = (START + timedelta(700)).isoformat()
    page = open_page(patients=patients)
    shown(qtbot, page, "unknowns")
    assert message(page, "unknowns").startswith("Nobody’s status is unknown on day 300")


def test_that_the_unknown_of_a_blinded_study_are_weighed_together(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    view = shown(qtbot, page, "unknowns")
    assert "All patients: survival on day" in find(page, QLabel, "survival.unknowns.summary").text()
    assert "group" not in [column.code for column in view.table.model.columns]
    assert CANARY not in everything_said(page)


# Subgroups


def test_that_the_forest_shows_the_ratios_of_the_analysis_and_the_interaction(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "subgroups")
    view.variables.choose(["site"])
    settle(qtbot, page)
    assert page.session.snapshot is not None
    expected = analyse_subgroups(page.session.snapshot, ["site"])
    keys = view.table.keys()
    assert [row.split("\x1f")[1] for row in keys] == ["", "Lyon", "Leeds"]
    x, _y = layer(view.plot, "ratio")
    ratios = [row.hr for row in expected.table.rows if row.hr is not None]
    assert sorted(10**x) == pytest.approx(sorted(ratios))
    p = expected.table.interactions[0].p
    assert p is not None
    assert texts(view.table, "p")[1] == f"{p:.3f}"
    names = [text for _y, text in view.plot.axes.level_names]
    assert names[1] == f"site, interaction p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p:.3f}"


def test_that_no_subgroup_stands_without_the_primary_result(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "subgroups")
    said = find(page, QLabel, "survival.subgroups.primary").text()
    assert said.endswith("not significant in the primary unadjusted analysis.")
    assert said in view.plot.footnote
    assert "p" not in [c.code for c in view.table.model.columns if c.title == "p"]


def test_that_the_keys_go_down_the_forest(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "subgroups")
    view.variables.choose(["site"])
    settle(qtbot, page)
    told = []
    for _line in range(3):
        qtbot.keyClick(view.plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        told.append(view.plot.sentence.sentence.partition(": HR")[0])
    assert told == ["All patients", "site: Lyon", "site: Leeds"]
    qtbot.keyClick(view.plot, Qt.Key.Key_Return)
    assert view.table.current_key().endswith("Leeds")


def test_that_a_filter_changes_the_forest_and_not_the_primary_result(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    shown(qtbot, page, "subgroups")
    before = find(page, QLabel, "survival.subgroups.primary").text()
    page.session.set_filters(Filters(sites=frozenset({"FR01"})))
    settle(qtbot, page)
    view = shown(qtbot, page, "subgroups")
    assert view.plot.axes.level_names[0][1] == "Subset shown (12)"
    assert find(page, QLabel, "survival.subgroups.primary").text() == before
    assert "Subset: " in find(page, QLabel, "survival.subgroups.footnote").text()


def test_that_a_line_of_the_forest_leads_to_its_patients(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "subgroups")
    view.variables.choose(["site"])
    settle(qtbot, page)
    lyon = [y for y, text in view.plot.axes.level_names if "Lyon" in text]
    pointer = Pointer("forest", 1.0, lyon[0])
    assert view.sentence(pointer).startswith("site: Lyon: HR ")
    view.plot.clicked.emit(pointer)
    with qtbot.waitSignal(page.page_asked) as asked:
        find(page, QPushButton, "survival.subgroups.list").click()
    assert asked.args == ["patients"]
    filters = page.session.filters
    assert filters.list_name == "site: Lyon"
    assert filters.listed == {f"{arm}{n:02}" for arm in "AP" for n in range(1, 13, 2)}
    settle(qtbot, page)


def test_that_a_blinded_study_has_no_forest(qtbot: QtBot, open_page: Callable[..., SurvivalPage]) -> None:
    page = blinded(open_page)
    shown(qtbot, page, "subgroups")
    assert message(page, "subgroups") == blinded_text()
    assert CANARY not in everything_said(page)


# Definitions and robustness


def test_that_other_definitions_stand_beside_the_studys_own_with_the_patients_that_differ(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "definitions")
    names = texts(view.table, "definition")
    assert names[0] == "Death (the study’s own)"
    assert texts(view.table, "differ")[0] == "0"
    row = names.index("Without a horizon")
    view.table.selected.emit(row)
    alive = sorted(name for name, facts in page_patients().items() if last_day(facts) == 700)
    assert sorted(view.patients.keys()) == alive
    assert "12 patients" in find(page, QLabel, "survival.definitions.differ").text()
    assert texts(view.patients, "other")[0] == "without the event when last seen on day 700"
    view.patients.selected.emit(alive[0])
    assert page.session.selection.patient == alive[0]


def test_that_patients_left_out_count_again_in_one_definition(qtbot: QtBot, page: SurvivalPage) -> None:
    page.session.change(
        "Leave out", lambda study, _report: study.set_option("excluded", ["A01", "P01"], reason="Test")
    )
    settle(qtbot, page)
    view = shown(qtbot, page, "definitions")
    row = texts(view.table, "definition").index("All randomised, nobody left out")
    assert (texts(view.table, "n")[0], texts(view.table, "n")[row]) == ("22", "24")
    view.table.selected.emit(row)
    assert sorted(view.patients.keys()) == ["A01", "P01"]


def test_that_definitions_of_a_subset_differ_in_none_of_the_others(qtbot: QtBot, page: SurvivalPage) -> None:
    page.session.set_filters(Filters(sites=frozenset({"FR01"})))
    view = shown(qtbot, page, "definitions")
    assert texts(view.table, "n")[0] == "12"
    assert texts(view.table, "differ")[0] == "0"
    row = texts(view.table, "definition").index("Without a horizon")
    assert int(texts(view.table, "differ")[row]) < 12


def test_that_a_change_of_status_crosses_the_level_as_the_analysis_says(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "robustness")
    assert page.session.snapshot is not None
    times = analyse_study(page.session.snapshot, by="arm").times
    fragility = estimate_fragility(times)
    said = find(page, QLabel, "survival.robustness.fragility").text()
    assert f"if {fragility.count} censored patient" in said
    assert view.changed.keys() == list(fragility.patients)
    influence = rank_influence(times)
    assert view.influence.keys() == [row.patient for row in influence]
    assert texts(view.influence, "hr") == [f"{row.hr_without:.3f}" for row in influence]
    view.influence.selected.emit(influence[0].patient)
    assert page.session.selection.patient == influence[0].patient
    question = {"patient": influence[1].patient, "text": "Is the date of death right?"}
    page.session.change("", lambda study, _report: study.review(QUERY_RAISED, [question]))
    settle(qtbot, page)
    assert texts(shown(qtbot, page, "robustness").influence, "queries") == ["0", "1", "0", "0", "0"]


def test_that_a_blinded_study_has_definitions_without_arms_and_no_fragility(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    view = shown(qtbot, page, "definitions")
    assert {column.code for column in view.table.model.columns} == {
        "definition",
        "n",
        "events",
        "differ",
        "survival0",
    }
    shown(qtbot, page, "robustness")
    assert message(page, "robustness").startswith("Fragility and influence compare two groups")
    assert CANARY not in everything_said(page)


def page_patients() -> dict[str, dict[str, float | str]]:
    return patients_of("active")


def last_day(facts: dict[str, float | str]) -> int:
    stop = facts.get("death_date") or facts["last_contact_date"]
    return (date.fromisoformat(str(stop)) - START).days


# Proportional hazards


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


# Adjusted model


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
    assert "the hazard ratio of arm is that at weight = 0" in note


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


# Restricted means, landmark, incidence, CAFS


def test_that_the_area_between_the_curves_is_the_difference_that_is_told(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "means")
    view.tau.choose(200)
    settle(qtbot, page)
    assert page.session.snapshot is not None
    expected = analyse_study(page.session.snapshot, by="arm", tau=200).result.rmst_difference
    assert expected is not None
    assert texts(view.table, "estimate")[2:] == [
        f"{expected.estimate:.4f}",
        f"{expected.ratio.estimate:.4f}",
    ]
    first, second = view.found.curves
    assert view.sentence(Pointer("steps", 200.0, 0.5)).startswith("mean days lived up to day 200: Placebo ")
    x, _y = layer(view.plot, "between")
    assert max(x) == 200
    assert (first.group, second.group) == ("Placebo", "Active")


def test_that_a_mean_beyond_the_follow_up_of_a_group_is_not_estimable(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = {name: facts for name, facts in patients_of("active").items() if name not in ("A06", "A07")}
    for name in ("A08", "A09", "A10", "A11", "A12"):
        patients[name]["last_contact_date"] = (START + timedelta(250)).isoformat()
    page = open_page(patients=patients)
    view = shown(qtbot, page, "means")
    view.tau.choose(300)
    settle(qtbot, page)
    assert texts(view.table, "estimate")[1] == ""
    assert texts(view.table, "why")[1].startswith("not estimable: follow-up ends on day 280")


def test_that_the_landmark_leaves_out_who_was_not_followed_to_it(qtbot: QtBot, page: SurvivalPage) -> None:
    view = shown(qtbot, page, "landmark")
    view.day.choose(100)
    settle(qtbot, page)
    assert page.session.snapshot is not None
    after = analyse_study(page.session.snapshot, by="arm").times.after_landmark(100)
    expected = analyse(after)
    assert texts(view.table, "n") == [str(group.n) for group in expected.groups]
    assert expected.logrank is not None
    assert f"{expected.logrank.p:.3f}" in find(page, QLabel, "survival.landmark.summary").text()
    x, _y = layer(view.plot, "curve.0")
    assert min(x) == 100
    assert f"left out ({24 - after.n})" in find(page, QLabel, "survival.landmark.footnote").text()


def test_that_one_kind_of_event_has_no_competing_ones(qtbot: QtBot, page: SurvivalPage) -> None:
    shown(qtbot, page, "incidence")
    assert message(page, "incidence").startswith("No competing events")


def test_that_each_kind_of_event_has_its_incidence(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("il2")
    for name, day in (("A06", 50), ("A07", 220), ("P09", 170), ("P01", 20)):
        patients[name]["niv_start_date"] = (START + timedelta(day)).isoformat()
    page = open_page(patients=patients, protocol=shipped_protocol("mirocals"))
    page.session.change(
        "Endpoint",
        lambda study, _report: study.set_option("endpoint", "death_tracheostomy_pav_niv", reason="Test"),
    )
    settle(qtbot, page)
    view = shown(qtbot, page, "incidence")
    assert page.session.snapshot is not None
    analysis = analyse_study(page.session.snapshot, by="arm")
    of = dict(zip(analysis.endpoint.patients, analysis.endpoint.cause, strict=True))
    curves = estimate_incidence(analysis.times, [of[p] for p in analysis.times.patients])
    assert len(curves) == 4
    assert texts(view.table, "events") == [f"{int(curve.events.sum())}" for curve in curves]
    assert sum(int(n) for n in texts(view.table, "events")) == analysis.result.overall.events
    _x, y = layer(view.plot, "curve.0")
    assert set(np.round(curves[0].incidence, 9)) <= set(np.round(y, 9))


def test_that_function_and_survival_are_ranked_together(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    patients = patients_of("active")
    visits = []
    for n, name in enumerate(patients):
        visits.append((name, "BL", START.isoformat(), {"alsfrs_r_total": 40.0}))
        seen = last_day(patients[name])
        for code, day in (("M3", 90), ("M6", 180)):
            if day < seen:
                at = (START + timedelta(day)).isoformat()
                visits.append((name, code, at, {"alsfrs_r_total": 38.0 - (n * day) % 11}))
    page = open_page(patients=patients, visits=visits)
    view = shown(qtbot, page, "function")
    assert page.session.snapshot is not None
    analysis = analyse_study(page.session.snapshot, by="arm")
    assert analysis.times.group is not None
    expected = compare_cafs(derive_outcomes(page.session.snapshot, analysis.endpoint), analysis.times.group)
    said = find(page, QLabel, "survival.function.summary").text()
    assert f"better in {expected.wins}, worse in {expected.losses}, {expected.draws} are draws" in said
    assert view.patients.keys()[0] == "P01"  # the first death
    view.patients.selected.emit("P01")
    assert page.session.selection.patient == "P01"


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
