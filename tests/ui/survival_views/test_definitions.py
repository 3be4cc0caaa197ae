"""Other definitions of the endpoint, and how few patients carry the result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.sensitivity import (
    estimate_fragility,
    rank_influence,
)
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.study.ledger import QUERY_RAISED
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.session import Filters
from tests.ui.survival_pages import CANARY, settle
from tests.ui.survival_view_pages import (
    blinded,
    everything_said,
    find,
    last_day,
    message,
    patients_of,
    shown,
    texts,
)


def test_that_other_definitions_stand_beside_the_studys_own_with_the_patients_that_differ(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = shown(qtbot, page, "definitions")
    names = texts(view.table, "definition")
    assert names[0] == "Death (the study’s own)"
    assert texts(view.table, "differ")[0] == "0"
    row = names.index("Without a horizon")
    view.table.selected.emit(row)
    alive = sorted(name for name, facts in patients_of("active").items() if last_day(facts) == 700)
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
