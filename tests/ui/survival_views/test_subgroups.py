"""The forest of subgroups beside the primary result."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_subgroups import analyse_subgroups
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.session import Filters
from mirocals_desktop.ui.survival_views.frame import blinded_text
from tests.ui.survival_pages import CANARY, settle
from tests.ui.survival_view_pages import (
    blinded,
    everything_said,
    find,
    layer,
    message,
    shown,
    texts,
)


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
