"""The view of what is not known: the envelope, its ledger, the tipping point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.sensitivity import (
    estimate_envelopes,
    name_unknown,
    rank_unknown,
)
from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from tests.ui.survival_pages import CANARY, START
from tests.ui.survival_view_pages import (
    blinded,
    everything_said,
    find,
    layer,
    message,
    patients_of,
    shown,
    texts,
)


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
