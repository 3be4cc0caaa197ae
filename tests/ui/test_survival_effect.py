"""The hazard ratio against a marker: the drawn curve is the model's, and the sentences say its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.cox import fit_cox
from mirocals_desktop.analysis.times import Numeric
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.effect import EffectView

from .survival_pages import CANARY, blinded, cut_study, page_opener, settle


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page(**cut_study())


def effect_view(qtbot: QtBot, page: SurvivalPage) -> EffectView:
    page.show_view("effect")
    view = page.view("effect")
    assert isinstance(view, EffectView)
    settle(qtbot, page)
    return view


def said(view: EffectView) -> str:
    return view.results.toPlainText().replace("\N{NO-BREAK SPACE}", " ")


def test_that_the_curve_and_its_sentences_are_those_of_the_interaction_model(
    qtbot: QtBot, page: SurvivalPage
) -> None:
    view = effect_view(qtbot, page)
    assert view.cut is not None
    assert view.effect is not None
    # R: coxph(S ~ arm * log(pnfh)); exp(b[1] + b[3] * log(x))
    times = replace(view.cut.times, covariates=(Numeric("csf_pnfh", view.cut.values),))
    model = fit_cox(times, ("arm", "log(csf_pnfh)", "arm:log(csf_pnfh)"))
    main, slope = model.terms[0].coef, model.terms[2].coef
    assert main is not None
    assert slope is not None
    layer = view.plot.effect._layers["ratio"]
    x = 10**layer.x
    np.testing.assert_allclose(10**layer.y, np.exp(main + slope * np.log(x)), rtol=1e-9)
    crossing = np.exp(-main / slope)
    guides = {guide.key: guide.at for guide in view.plot.effect.vertical}
    assert guides["crossing"] == pytest.approx(crossing)
    assert (guides["pinned.750"], guides["pinned.3700"]) == (750.0, 3700.0)
    text = said(view)
    assert f"The ratio crosses 1 at {crossing:,.0f} pg/mL." in text
    for value in (750.0, 3700.0):
        here = view.effect.at(value)
        assert (
            f"{value:,.0f} pg/mL (planned cut): HR {here.hr:.2f} ({here.lower:.2f}–{here.upper:.2f})" in text
        )
    assert f"p = {view.effect.lr_p:.3f} (likelihood ratio" in text
    assert "in the primary unadjusted analysis" in text
    assert "in the primary unadjusted analysis" in view.plot.footnote.replace("\N{NO-BREAK SPACE}", " ")
    columns = view.plot.patients._layers["columns"]
    assert columns.y[len(columns.y) // 2 :].sum() == 60


def test_that_the_ratio_under_the_pointer_is_read_out(qtbot: QtBot, page: SurvivalPage) -> None:
    view = effect_view(qtbot, page)
    assert view.effect is not None
    assert view.cut is not None
    view.plot.pointed.emit(Pointer("effect", 1500.0, 1.0))
    here = view.effect.at(1500.0)
    below = int((view.cut.live.marker < 1500).sum())
    told = (
        f"1,500 pg/mL: HR {here.hr:.2f} ({here.lower:.2f}–{here.upper:.2f}); {below} of 60 patients have less"
    )
    assert view.plot.sentence.sentence == told
    assert view.plot.accessibleDescription() == told
    assert view.sentence(1e9) == ""


def test_that_the_marker_can_enter_the_model_as_it_was_measured(qtbot: QtBot, page: SurvivalPage) -> None:
    view = effect_view(qtbot, page)
    view.scale.setCurrentIndex(view.scale.findData("none"))
    settle(qtbot, page)
    assert view.effect is not None
    assert view.effect.transform == "none"
    assert "not centred" in said(view)
    x, y = 10 ** view.plot.effect._layers["ratio"].x, np.log(10 ** view.plot.effect._layers["ratio"].y)
    np.testing.assert_allclose(np.diff(y) / np.diff(x), (y[-1] - y[0]) / (x[-1] - x[0]), rtol=1e-6)


def test_that_a_blinded_study_has_no_ratio_of_its_arms(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    view = effect_view(qtbot, page)
    assert view.plot.empty_text.startswith("This study is blinded")
    assert said(view) == ""
    assert view.effect is None
    assert CANARY not in view.plot.footnote + view.plot.caption
