"""The live cut: what follows the line is what the analysis gives there, and it says what it is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_cut import settle as settle_cut
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.layers import staircase
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.class_panel import Lines
from mirocals_desktop.ui.survival_views.cut import CutView

from .survival_pages import CANARY, blinded, cut_study, page_opener, settle


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


def cut_view(qtbot: QtBot, page: SurvivalPage) -> CutView:
    page.show_view("cut")
    view = page.view("cut")
    assert isinstance(view, CutView)
    rest(qtbot, view)
    return view


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page(**cut_study())


@pytest.fixture
def view(qtbot: QtBot, page: SurvivalPage) -> CutView:
    return cut_view(qtbot, page)


def rest(qtbot: QtBot, view: CutView) -> None:
    """Until the lines rest and the full analysis has been shown."""
    qtbot.waitUntil(lambda: view.settled and not view.session.jobs.busy, timeout=20_000)


def drawn(view: CutView, panel: int, key: str) -> tuple[list[float], list[float]]:
    layer = view.panels[panel].plot.axes._layers[key]
    return layer.x.tolist(), layer.y.tolist()


def text_of(view: CutView, code: str) -> str:
    name = f"survival.cut.{code}"
    label = next(filter(None, (view.findChild(kind, name) for kind in (QLabel, QLineEdit, Lines))))
    return label.text().replace("\N{NO-BREAK SPACE}", " ")


def shown_panels(view: CutView) -> list[int]:
    return [number for number, panel in enumerate(view.panels) if not panel.isHidden()]


def test_that_no_sentence_of_a_narrow_window_is_cut(qtbot: QtBot, view: CutView) -> None:
    text = text_of(view, "primary")
    view.resize(view.minimumSizeHint().width(), view.height())
    qtbot.waitUntil(lambda: view.primary.document().documentLayout().documentSize().height() > 1)
    lines = view.primary.document().documentLayout().documentSize().height()
    assert view.primary.height() >= lines * view.primary.fontMetrics().height()
    assert text.endswith("in the primary unadjusted analysis.")


def test_that_the_protocols_cuts_come_first_and_are_stamped_so(view: CutView) -> None:
    assert view.cuts == (750.0, 3700.0)
    assert text_of(view, "stamp") == "PRE-SPECIFIED"
    names = [panel.name.text() for panel in view.panels]
    assert names == ["below 750 pg/mL", "750 to 3,700 pg/mL", "above 3,700 pg/mL"]
    pinned = [(guide.at, guide.movable) for guide in view.marker.patients.vertical]
    assert pinned == [(750.0, False), (3700.0, False), (750.0, True), (3700.0, True)]


def test_that_everything_follows_a_dragged_line_and_then_settles_at_the_full_analysis(
    qtbot: QtBot, view: CutView
) -> None:
    view.controls.two.click()
    rest(qtbot, view)
    view.marker.guide_moved.emit("cut.0", 2000.4)
    qtbot.waitUntil(lambda: view.frame is not None and view.frame.cuts == (2000.0,))
    assert not view.settled
    assert text_of(view, "tests").endswith("Counted while the line moves.")
    assert text_of(view, "stamp") == "EXPLORATORY"
    live = view.frame
    assert view.cut is not None
    assert shown_panels(view) == [0, 1]
    rest(qtbot, view)
    full = settle_cut(view.cut, (2000.0,))
    for frame in (live, view.frame):
        assert frame is not None
        assert frame.interaction_p == pytest.approx(full.interaction_p, abs=1e-8)
        for mine, theirs in zip(frame.effects, full.effects, strict=True):
            assert (mine.n, mine.events) == (theirs.n, theirs.events)
            assert (mine.hr, mine.lower, mine.upper) == pytest.approx(
                (theirs.hr, theirs.lower, theirs.upper), rel=1e-7
            )
    for panel in (0, 1):
        for arm, shown in enumerate(c for c in full.curves if c.marker_class == panel):
            x, y = staircase(np.insert(shown.curve.days, 0, 0), np.insert(shown.curve.survival, 0, 1))
            assert drawn(view, panel, f"curve.{arm}") == (x.tolist(), y.tolist())
            layout = view.panels[panel].plot._layout
            by_day = {row.day: str(row.at_risk) for row in shown.rows}
            days = [tick.place for tick in layout.x_ticks]
            assert layout.rows[1 + arm].texts == tuple(by_day[day] for day in days)
    effect = full.effects[0]
    assert view.panels[0].effect.text() == f"HR {effect.hr:.2f} ({effect.lower:.2f}–{effect.upper:.2f})"
    assert text_of(view, "tests").endswith("Full analysis.")


def test_that_no_class_stands_without_the_primary_analysis(view: CutView) -> None:
    assert view.cut is not None
    primary = view.cut.primary
    assert primary is not None
    assert primary.logrank.p is not None
    verdict = "significant" if primary.logrank.p < 0.05 else "not significant"
    text = text_of(view, "primary")
    assert text.endswith(f"p = {primary.logrank.p:.3f}: {verdict} in the primary unadjusted analysis.")
    assert primary.term is not None
    assert f"HR {primary.term.hr:.2f}" in text
    assert text_of(view, "primary") in view.panels[0].plot.footnote.replace("\N{NO-BREAK SPACE}", " ")


def test_that_keys_move_the_line_past_patients(qtbot: QtBot, view: CutView) -> None:
    view.controls.two.click()
    rest(qtbot, view)
    view.put((1000.0,))
    rest(qtbot, view)
    assert view.cut is not None
    low = int((view.cut.live.marker <= 1000).sum())

    def below() -> int:
        assert view.cut is not None
        return int((view.cut.live.marker <= view.cuts[0]).sum())

    qtbot.keyClick(view.marker, Qt.Key.Key_Right)
    assert below() == low + 1
    qtbot.keyClick(view.marker, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert below() == low + 6
    qtbot.keyClick(view.marker, Qt.Key.Key_Left)
    assert below() == low + 5
    rest(qtbot, view)
    assert view.marker.accessibleDescription().startswith("up to ")


def test_that_a_line_stands_above_the_assay_limit_and_lines_do_not_cross(qtbot: QtBot, view: CutView) -> None:
    view.marker.guide_moved.emit("cut.0", 10.0)
    rest(qtbot, view)
    assert view.cuts == (63.0, 3700.0)
    view.marker.guide_moved.emit("cut.0", 9000.0)
    assert view.cuts == (3699.0, 3700.0)
    view.controls.fields[1].setValue(1e6)
    assert view.cut is not None
    assert view.cuts[1] < view.cut.highest
    rest(qtbot, view)
    assert view.frame is not None
    assert sum(view.frame.sizes) == 60


def test_that_a_line_near_a_planned_cut_stands_on_it(qtbot: QtBot, view: CutView) -> None:
    view.marker.guide_moved.emit("cut.1", 2000.0)
    view.marker.guide_moved.emit("cut.1", 3710.0)
    rest(qtbot, view)
    assert view.cuts == (750.0, 3700.0)
    view.marker.guide_moved.emit("cut.1", 2000.0)
    button = view.findChild(QPushButton, "survival.cut.pinned.3700")
    assert button is not None
    button.click()
    rest(qtbot, view)
    assert view.cuts == (3700.0,)
    assert text_of(view, "stamp") == "PRE-SPECIFIED"


def test_that_a_planned_cut_beyond_all_values_is_not_offered(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = open_page(**cut_study(part=0.5))  # up to 2,700 pg/mL
    view = cut_view(qtbot, page)
    assert view.cuts == (750.0,)
    offered = {
        button.text(): button.isEnabled()
        for button in view.findChildren(QPushButton)
        if button.objectName().startswith("survival.cut.pinned.")
    }
    assert offered == {"750": True, "3,700": False, "750 and 3,700": False}
    view.put((1e9,))
    rest(qtbot, view)
    assert view.frame is not None
    assert min(view.frame.sizes) >= 1


def test_that_no_p_of_the_search_is_shown_before_it_is_corrected(qtbot: QtBot, view: CutView) -> None:
    assert text_of(view, "searched") == ""
    assert not view.marker.search.visible
    view.permutations = 40
    view.controls.search.click()
    assert not view.controls.search.isEnabled()
    rest(qtbot, view)
    qtbot.waitUntil(view.controls.search.isEnabled, timeout=20_000)
    assert view.scan is not None
    assert view.scan.permutations == 40
    assert view.scan.cuts.min() >= 62.5
    layer = view.marker.search._layers["p"]
    np.testing.assert_array_equal(layer.y, view.scan.p_corrected)
    np.testing.assert_allclose(10**layer.x, view.scan.cuts)
    p = view.scan.p_corrected[view.scan.best]
    told = f"corrected p = {p:.3f} (40 permutations, seed 20250514)"
    assert told in text_of(view, "searched")
    assert view.chosen()["searched"] is view.scan  # for the proof
    view.controls.two.click()
    view.put((float(view.scan.cuts[3]),))
    rest(qtbot, view)
    told = f"Corrected for the search over all cuts: p = {view.scan.p_corrected[3]:.3f}"
    assert told in text_of(view, "classes")


def test_that_a_blinded_study_cuts_over_both_arms_and_tells_nothing_by_arm(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = blinded(open_page)
    view = cut_view(qtbot, page)
    assert view.frame is not None
    assert view.frame.effects == ()
    assert view.frame.interaction_p is None
    assert shown_panels(view) == [0]
    assert [label.text for label in view.panels[0].plot.axes.labels] == [
        "below 750 pg/mL",
        "750 to 3,700 pg/mL",
        "above 3,700 pg/mL",
    ]
    assert not view.marker.effect.visible
    assert text_of(view, "primary") == ""
    view.marker.guide_moved.emit("cut.0", 1200.0)
    rest(qtbot, view)
    texts = [label.text() for kind in (QLabel, QLineEdit, Lines) for label in view.findChildren(kind)]
    texts += [panel.plot.footnote + panel.plot.caption for panel in view.panels]
    texts += [view.marker.accessibleDescription(), view.marker.footnote]
    texts += [row.title for row in view.panels[0].plot._layout.rows]
    assert not [text for text in texts if CANARY in text or "il2" in text or "HR" in text]
    assert any("log-rank" in text for text in texts)


def test_that_a_study_without_a_marker_says_why_there_is_nothing_to_cut(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage]
) -> None:
    page = open_page()
    page.show_view("cut")
    settle(qtbot, page)
    view = page.view("cut")
    assert isinstance(view, CutView)
    assert view.marker.empty_text == "The protocol makes no classes of a marker."
    assert not view.controls.search.isEnabled()


def test_that_a_picture_of_a_class_carries_the_stamp_and_the_conventions(qtbot: QtBot, view: CutView) -> None:
    view.marker.guide_moved.emit("cut.1", 2000.0)
    rest(qtbot, view)
    plot = view.panels[0].plot
    assert "EXPLORATORY" in plot.footnote
    assert "Greenwood" in plot.footnote
    assert "Cox within each class" in plot.footnote
    image = plot.image(1.0)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor("#0072b2").name() in colours
