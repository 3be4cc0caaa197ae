"""Restricted means, landmark, cumulative incidence, and function ranked with survival."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.cafs import compare_cafs, derive_outcomes
from mirocals_desktop.analysis.competing import estimate_incidence
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.analysis.survival import analyse
from mirocals_desktop.protocol.reader import protocol_text as shipped_protocol
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from tests.ui.survival_pages import START, settle
from tests.ui.survival_view_pages import find, last_day, layer, message, patients_of, shown, texts


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
