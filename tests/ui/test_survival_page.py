"""The survival page over a real small study: what is drawn and pointed at is what the analysis computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.layers import staircase
from mirocals_desktop.ui.plots.survival import thin_days
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.theme import REFERENCE, TREATED

from .survival_page_parts import (
    click,
    curves_of,
    layer,
    numbers_of,
    patients_view,
    said,
)
from .survival_pages import page_opener, patients_of


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()


# What is drawn


def test_that_the_drawn_curves_are_the_numbers_of_the_result(page: SurvivalPage) -> None:
    groups = numbers_of(page)["groups"]
    assert [group["group"] for group in groups] == ["Placebo", "Active"]
    for number, group in enumerate(groups):
        curve = {name: np.array(values, dtype=float) for name, values in group["curve"].items()}
        x, y = layer(page, f"curve.{number}")
        expected = staircase(np.insert(curve["time"], 0, 0), np.insert(curve["survival"], 0, 1))
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(y, expected[1])
        x, y = layer(page, f"band.{number}")
        np.testing.assert_array_equal(x, np.tile(curve["time"], 2))
        np.testing.assert_array_equal(y, np.concatenate((curve["lower"], curve["upper"])))
        x, y = layer(page, f"censor.{number}")
        ticks = curve["censored"] > 0
        np.testing.assert_array_equal(x, curve["time"][ticks])
        np.testing.assert_array_equal(y, curve["survival"][ticks])


def test_that_the_rows_stand_under_the_ticks_of_their_days(page: SurvivalPage) -> None:
    numbers = numbers_of(page)
    layout = curves_of(page).plot._layout
    days = [tick.place for tick in layout.x_ticks]
    assert set(days) <= {row["day"] for row in numbers["overall"]["at"]}
    assert days[0] == 0
    assert days[-1] == 300
    titles = [row.title for row in layout.rows]
    assert titles == [t for kind in ("At risk", "Events", "Censored") for t in (kind, "Placebo", "Active")]
    for block, kind in enumerate(("at_risk", "events", "censored")):
        for number, group in enumerate(numbers["groups"]):
            by_day = {row["day"]: str(row[kind]) for row in group["at"]}
            assert layout.rows[3 * block + 1 + number].texts == tuple(by_day[day] for day in days)


def test_that_numbers_are_painted_around_the_ticks_and_nowhere_between(page: SurvivalPage) -> None:
    plot = curves_of(page).plot
    image = plot.image(1.0)
    rect, layout = plot.axes.rect, plot._layout
    head = image.height() - plot.view.height()  # caption above and footnote below the view
    top = plot.fontMetrics().height() + 12 + rect.bottom() + 2.6 * plot.fontMetrics().height()
    assert head > 0
    bottom = top + 0.9 * len(layout.rows) * frame.fonts(plot.font())[1].height()
    ground = QColor("white").rgb()

    def inked(x: float) -> bool:
        return any(image.pixel(int(x), y) != ground for y in range(int(top), int(bottom)))

    places = [frame.across(rect, plot.x_axis.range, tick.place) for tick in layout.x_ticks]
    for place, following in zip(places, [*places[1:], places[-1] + 40], strict=True):
        assert any(inked(place + dx) for dx in range(-4, 5))
        assert not any(inked((place + following) / 2 + dx) for dx in range(-3, 4))


def test_that_curves_are_named_at_their_ends_in_their_own_style(page: SurvivalPage) -> None:
    groups = numbers_of(page)["groups"]
    labels = curves_of(page).plot.axes.labels
    assert [label.text for label in labels] == ["Placebo", "Active"]
    assert [label.style for label in labels] == [REFERENCE, TREATED]
    assert [label.y for label in labels] == [group["curve"]["survival"][-1] for group in groups]
    (horizon,) = curves_of(page).plot.axes.vertical
    assert (horizon.at, horizon.text) == (300, "day 300")


def test_that_a_median_has_its_guide_and_one_that_is_not_reached_has_none(page: SurvivalPage) -> None:
    placebo, active = numbers_of(page)["groups"]
    assert active["median"]["estimate"] is None
    x, y = layer(page, "median.0")
    assert x.tolist() == [placebo["median"]["estimate"]] * 2
    assert y.tolist() == [0.5, 0.0]
    assert "median.1" not in curves_of(page).plot.axes._layers
    assert f"Median: {placebo['median']['estimate']:g} (" in said(page)
    assert "Median: not reached" in said(page)


def test_that_zooming_in_keeps_rows_exact_on_other_days(page: SurvivalPage) -> None:
    curves_of(page).plot.zoom(0.1, at=150)
    layout = curves_of(page).plot._layout
    days = [tick.place for tick in layout.x_ticks]
    assert 150 in days
    rows = {row["day"]: row for row in numbers_of(page, at=days)["groups"][0]["at"]}
    assert layout.rows[1].texts == tuple(str(rows[day]["at_risk"]) for day in days)


@pytest.mark.parametrize("most", range(2, 12))
def test_that_thinned_ticks_keep_both_ends_and_their_order(most: int) -> None:
    days = [float(day) for day in range(0, 641, 80)]
    kept = thin_days(days, most)
    assert kept[0] == 0
    assert kept[-1] == 640
    assert kept == sorted(set(kept) & set(days))
    assert len(kept) <= most


# Pointing


def test_that_the_day_under_the_pointer_is_read_out_in_a_sentence(page: SurvivalPage) -> None:
    rows = [group["at"][0] for group in numbers_of(page, at=[150.0])["groups"]]
    active = rows[1]
    sentence = curves_of(page).sentence(Pointer("survival", 150.4, active["survival"]))
    assert sentence.startswith(
        f"day 150: Active {active['survival']:.2f} ({active['lower']:.2f}–{active['upper']:.2f}), "
        f"{active['at_risk']} at risk, {active['events']} event"
    )
    assert f"Placebo {rows[0]['survival']:.2f}" in sentence
    curves_of(page).plot.pointed.emit(Pointer("survival", 150.4, active["survival"]))
    assert curves_of(page).plot.accessibleDescription() == sentence
    assert curves_of(page).sentence(None) == ""


def test_that_a_clicked_step_lists_who_died_then_and_selects_the_first(page: SurvivalPage) -> None:
    click(page, "step", 0, 1)  # two deaths on placebo on day 60
    assert said(page).startswith("Day 60, Placebo\nP02: Death on day 60\nP03: Death on day 60\n")
    assert page.session.selection.patient == "P02"
    survival = numbers_of(page, at=[60.0])["groups"][0]["at"][0]["survival"]
    x, y = layer(page, "selected")
    assert (x.tolist(), y.tolist()) == ([60.0], [survival])
    curves_of(page).results.anchorClicked.emit(QUrl("patient:P03"))
    assert page.session.selection.patient == "P03"
    click(page, "censor", 1, 0)
    assert said(page).startswith("Day 120, Active\nA02: no contact after day 120\n")


def test_that_a_patient_with_an_odd_id_is_still_reached_from_its_link(
    open_page: Callable[..., SurvivalPage],
) -> None:
    odd = "P <3>/#1 50%"
    patients = patients_of("active")
    page = open_page(patients={(odd if name == "P01" else name): facts for name, facts in patients.items()})
    click(page, "step", 0, 0)
    page.session.select()
    html = curves_of(page).results.toHtml()
    address = html[html.index('href="patient:') + 6 :].split('"')[0]
    curves_of(page).results.anchorClicked.emit(QUrl(address))
    assert page.session.selection.patient == odd
    assert f"{odd}: Death on day 30" in said(page)


def test_that_the_keys_reach_the_days_of_events(qtbot: QtBot, page: SurvivalPage) -> None:
    curves_of(page).plot.hand.step(1)
    assert curves_of(page).plot.sentence.sentence.startswith("day 30: Placebo")


def test_that_the_number_of_unknown_status_leads_to_their_list(page: SurvivalPage) -> None:
    unknown = numbers_of(page)["study"]["unknown"]
    assert unknown == 3
    assert f"{unknown} patients of unknown status" in said(page)
    curves_of(page).results.anchorClicked.emit(QUrl("list:unknown"))
    assert page.views.current == "patients"
    assert patients_view(page).patients.keys() == ["A02", "A05", "P04"]
