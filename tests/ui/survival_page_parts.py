"""The parts of the survival page that its tests set, press and read."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_survival import analyse_study, study_json
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.survival_views.curves import CurvesView
from mirocals_desktop.ui.survival_views.numbers import NumbersView, PatientsView, StepsView

from .survival_pages import settle


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
