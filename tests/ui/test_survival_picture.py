"""The picture of the survival curves: first the data that are drawn, then their ink, then the whole image.

The reference is painted with the font that ships with the program. Where it is missing the test paints it
anew and fails, so that somebody looks at it before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtGui import QFont, QFontDatabase, QImage
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.study_survival import analyse_study, study_json
from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.layers import staircase
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_views.curves import CurvesView
from mirocals_desktop.ui.theme import REFERENCE, TREATED

from .survival_pages import page_opener, settle

PICTURE = Path(__file__).with_name("pictures") / "survival_curves.png"
WIDTH, HEIGHT = 640, 480
OTHER = 48  # a channel that differs by more is another colour, not another smoothing
MOST_OTHER = 0.01  # of all pixels

Pixels = npt.NDArray[np.int16]


@pytest.fixture
def view(qtbot: QtBot, session: Session, tmp_path: Path) -> CurvesView:
    page: Callable[..., SurvivalPage] = page_opener(qtbot, session, tmp_path)
    shown = page()
    curves = shown.view("curves")
    assert isinstance(curves, CurvesView)
    font = resource_path("fonts", "LiberationSans-Regular.ttf")
    number = QFontDatabase.addApplicationFont(str(font))
    letters = QFont(QFontDatabase.applicationFontFamilies(number)[0])
    letters.setPointSizeF(9)
    curves.plot.setFont(letters)
    curves.plot.setFixedSize(WIDTH, HEIGHT)
    settle(qtbot, shown)
    qtbot.wait_until(lambda: curves.plot.view.width() == WIDTH)
    curves.plot.caption, curves.plot.footnote = "Death by arm", ""
    curves.keep = shown  # type: ignore[attr-defined]  # the page owns the view
    return curves


def pixels(image: QImage) -> Pixels:
    """Red, green and blue of every pixel: rows, columns, channels."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine() // 4, 4)
    return flat[:, : plain.width(), 2::-1].astype(np.int16)


def test_that_the_picture_shows_the_curves_rows_and_names_of_the_result(view: CurvesView) -> None:
    plot = view.plot
    assert view.session.snapshot is not None
    groups = study_json(analyse_study(view.session.snapshot))["groups"]
    # the data
    corners = []
    for number, group in enumerate(groups):
        curve = {key: np.array(values, dtype=float) for key, values in group["curve"].items()}
        expected = staircase(np.insert(curve["time"], 0, 0), np.insert(curve["survival"], 0, 1))
        layer = plot.axes._layers[f"curve.{number}"]
        np.testing.assert_array_equal(layer.x, expected[0])
        np.testing.assert_array_equal(layer.y, expected[1])
        corners.append(expected)
    days = [tick.place for tick in plot._layout.x_ticks]
    for kind, name in enumerate(("at_risk", "events", "censored")):
        for number, group in enumerate(groups):
            by_day = {row["day"]: str(row[name]) for row in group["at"]}
            assert plot._layout.rows[3 * kind + 1 + number].texts == tuple(by_day[day] for day in days)
    assert [label.text for label in plot.axes.labels] == ["Placebo", "Active"]

    # their ink
    image = plot.image(1.0)
    seen = pixels(image)
    head = image.height() - plot.view.height()
    rect = plot.axes.rect

    def spot(day: float, height: float) -> tuple[int, int]:
        x = frame.across(rect, plot.x_axis.range, day)
        return round(x), round(head + plot.axes.down(height))

    def has(colour: str, day: float, height: float) -> bool:
        x, y = spot(day, height)
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        part = seen[y - 2 : y + 3, x - 7 : x + 8]
        return bool(np.any(np.abs(part - wanted).max(axis=2) < OTHER))

    curves = analyse_study(view.session.snapshot).result.groups
    for number, (style, (x, y)) in enumerate(zip((REFERENCE, TREATED), corners, strict=True)):
        other = curves[1 - number].curve
        for left, right, height in zip(x[:-1], x[1:], y[:-1], strict=True):
            middle = float(left + right) / 2
            beside = other.survival_at(middle)[0] or 0.0
            if right - left >= 20 and abs(beside - height) > 0.03:  # long enough for a dash, and not covered
                assert has(style.colour, middle, float(height)), (style, left, right)
        assert not has(style.colour, 20.0, 0.2)
    ground = np.array([255, 255, 255])
    line = frame.fonts(plot.font())[1].height()
    top = head + rect.bottom() + 2.6 * line
    rows = seen[round(top) :, :]
    for day in days:
        x = round(frame.across(rect, plot.x_axis.range, day))
        assert np.any(np.abs(rows[:, x - 4 : x + 5] - ground) > OTHER), day


def test_that_the_picture_is_the_one_that_was_looked_at(view: CurvesView) -> None:
    image = view.plot.image(1.0)
    if not PICTURE.exists():
        PICTURE.parent.mkdir(exist_ok=True)
        assert image.save(str(PICTURE), "PNG")  # type: ignore[call-overload]
        pytest.fail(f"{PICTURE.name} was missing and has been painted: look at it, then keep it")
    kept = QImage(str(PICTURE))
    assert (image.width(), image.height()) == (kept.width(), kept.height())
    other = np.abs(pixels(image) - pixels(kept)).max(axis=2) > OTHER
    assert other.mean() <= MOST_OTHER
