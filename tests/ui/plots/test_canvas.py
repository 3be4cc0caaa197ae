"""The canvas of every plot: axes and ticks, layers kept, pointing, zooming, keys, pictures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import set_language
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.plots import frame
from mirocals_desktop.ui.plots.canvas import Canvas, EndLabel, LegendEntry, Look, Row
from mirocals_desktop.ui.plots.layers import Ink, band_path, staircase
from mirocals_desktop.ui.plots.picture import write_picture
from mirocals_desktop.ui.plots.ticks import log_ticks, named_ticks, number_ticks
from mirocals_desktop.ui.taking_out import copy_picture
from mirocals_desktop.ui.theme import POOLED, REFERENCE, TREATED, dark_palette, group_style, light_palette

X = np.array([0.0, 100.0, 200.0, 300.0])
Y = np.array([1.0, 10.0, 100.0, 1000.0])


@pytest.fixture
def canvas(qtbot):
    canvas = Canvas("test.plot", "A plot")
    qtbot.addWidget(canvas)
    canvas.resize(700, 500)
    canvas.setPalette(light_palette())
    canvas.add_axes("main")
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


def draw(canvas, x=X, y=Y, *, log="log", limits=(None, None), x_limits=None):
    axes = canvas._axes[0]
    canvas.set_x("Days", limits=x_limits)
    axes.set_y("Value", unit="pg/mL", log=log, limits=limits)
    with canvas.drawing():
        axes.points("values", x, y, Look(TREATED))
    return axes


def place_of(canvas, axes, x, y):
    return QPoint(round(frame.across(axes.rect, canvas.x_axis.range, x)), round(axes.down(axes.height(y))))


# Ticks


def test_that_ticks_are_round_numbers_written_with_the_digits_they_need():
    assert [t.text for t in number_ticks(0, 640, 8)] == ["0", "100", "200", "300", "400", "500", "600"]
    assert [t.text for t in number_ticks(0, 1, 6)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [t.text for t in number_ticks(-2, 2, 5)] == ["−2", "−1", "0", "1", "2"]


def test_that_whole_numbers_have_no_ticks_between_them():
    assert [t.text for t in number_ticks(0, 2, 9, whole=True)] == ["0", "1", "2"]


def test_that_a_long_name_at_the_end_of_the_axis_is_not_cut(canvas):
    axes = draw(canvas)
    canvas.set_x("", limits=(0.0, 300.0), names=[(100.0, "1 000 000 000"), (300.0, "1 000 000 000")])
    with canvas.drawing():
        axes.points("values", X, Y, Look(TREATED))
    picture = canvas.view.grab().toImage()
    left, right = round(axes.rect.left()), round(axes.rect.right())
    rows = range(round(axes.rect.bottom()) + 7, round(axes.rect.bottom()) + 16)
    ink = [
        x
        for x in range(left + 20, picture.width())
        if any(picture.pixelColor(x, y).lightness() < 200 for y in rows)
    ]
    middle = (left + 2 * right) // 3
    first, last = [x for x in ink if x < middle], [x for x in ink if x >= middle]
    assert last[-1] - last[0] == pytest.approx(first[-1] - first[0], abs=2)


def test_that_log_ticks_are_decades_with_two_and_five_where_there_is_room():
    assert [t.text for t in log_ticks(1, 3, 9)] == ["10", "20", "50", "100", "200", "500", "1,000"]
    assert [t.text for t in log_ticks(1, 3, 3)] == ["10", "100", "1,000"]
    assert [t.text for t in log_ticks(-2, 0, 3)] == ["0.01", "0.1", "1"]


def test_that_ticks_speak_french():
    set_language("fr")
    assert number_ticks(0, 1, 3)[1].text == "0,5"


def test_that_named_ticks_are_thinned_when_there_is_no_room():
    names = [(float(i), f"V{i}") for i in range(10)]
    assert [t.text for t in named_ticks(names, 0, 9, 5)] == ["V0", "", "V2", "", "V4", "", "V6", "", "V8", ""]


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(1, 12))
def test_that_ticks_lie_in_the_range_and_are_never_too_many(low, span, most):
    ticks = number_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low <= tick.place <= low + span for tick in ticks)


def test_that_a_range_without_width_has_no_ticks():
    assert number_ticks(1, 1, 5) == []
    assert log_ticks(math.nan, 1, 5) == []


# Layers


def test_that_a_staircase_keeps_each_value_until_the_next():
    x, y = staircase(np.array([0.0, 2.0, 5.0]), np.array([1.0, 0.8, 0.5]))
    assert x.tolist() == [0, 2, 2, 5, 5]
    assert y.tolist() == [1, 1, 0.8, 0.8, 0.5]


def test_that_a_band_has_a_gap_where_a_limit_is_not_known():
    x = np.arange(5.0)
    lower = np.array([0, 0, math.nan, 0, 0])
    path = band_path(x, lower, np.ones(5), stepped=False)
    assert path.contains(QPointF(0.5, 0.5))
    assert not path.contains(QPointF(2.0, 0.5))
    assert path.contains(QPointF(3.5, 0.5))


def test_that_a_stepped_band_reaches_to_the_next_step():
    path = band_path(np.array([0.0, 4.0]), np.array([0.2, 0.1]), np.array([0.8, math.nan]), stepped=True)
    assert path.contains(QPointF(3.9, 0.5))
    assert not path.contains(QPointF(4.1, 0.5))


def test_that_layers_keep_their_items_and_are_emptied_when_not_drawn(canvas):
    axes = draw(canvas)
    item = axes._layers["values"].item
    draw(canvas, y=Y * 2)
    assert axes._layers["values"].item is item
    assert axes._layers["values"].y.tolist() == pytest.approx(np.log10(Y * 2).tolist())
    with canvas.drawing():
        axes.lines("line", X, Y, Look(POOLED))
    assert not item.isVisible()
    assert len(axes._layers["values"].y) == 0


def test_that_many_lines_are_one_item_joined_as_told(canvas):
    axes = canvas._axes[0]
    with canvas.drawing():
        axes.lines("many", X, Y, Look(POOLED), connect=np.array([True, False, True, False]))
    path = axes._layers["many"].curve.getPath()
    moves = [path.elementAt(i).isMoveTo() for i in range(path.elementCount())]
    assert moves == [True, False, True, False]


def test_that_values_a_log_axis_cannot_show_are_not_drawn(canvas):
    axes = draw(canvas, y=np.array([0.0, -5.0, 10.0, 100.0]))
    assert np.isnan(axes._layers["values"].y[:2]).all()
    assert axes.home[0] < 1 < 2 < axes.home[1]


def test_that_limits_of_an_axis_are_kept_whole(canvas):
    axes = draw(canvas, y=np.array([0.2, 0.4, 0.6, 0.5]), log="linear", limits=(0, 1))
    low, high = axes.home
    assert low == pytest.approx(-0.015)
    assert high == pytest.approx(1.015)


# Layout


def test_that_rows_stand_under_the_ticks(canvas):
    asked = []

    def rows_at(places):
        asked.append(list(places))
        return [Row("At risk"), Row("IL-2", tuple(f"{place:g}" for place in places), TREATED)]

    canvas.set_rows(rows_at)
    draw(canvas, x_limits=(0, 300))
    ticks = canvas._layout.x_ticks
    assert canvas._layout.rows[1].texts == tuple(f"{tick.place:g}" for tick in ticks)
    assert asked[-1] == [tick.place for tick in ticks]
    canvas.zoom(0.1, at=0.0)
    assert canvas._layout.rows[1].texts[0] == "0"
    assert len(canvas._layout.rows[1].texts) == len(canvas._layout.x_ticks)


def test_that_texts_of_rows_never_run_into_each_other(canvas):
    names = [(float(place), f"V{place}") for place in range(25)]
    axes = canvas._axes[0]
    canvas.set_rows(lambda places: [Row("n", tuple("1234" for _ in places))])
    canvas.set_x("Visit", names=names)
    with canvas.drawing():
        axes.points("values", np.arange(25.0), np.ones(25), Look(POOLED))
    _font, metrics = frame.fonts(canvas.font())

    def step():
        return frame.row_step(canvas._layout, metrics, axes.rect, canvas.x_axis.range)

    assert step() > 1
    canvas.zoom(0.2)
    assert step() == 1


def test_that_axes_share_their_left_edge_and_their_x(canvas):
    second = canvas.add_axes("second", stretch=0.5)
    first = canvas._axes[0]
    canvas.set_x("Days")
    first.set_y("A")
    second.set_y("A much longer number")
    with canvas.drawing():
        first.points("a", X, Y, Look(POOLED))
        second.points("b", X + 400, Y * 1e6, Look(POOLED))
    assert first.rect.left() == second.rect.left()
    assert first.rect.bottom() < second.rect.top()
    assert first.rect.height() == pytest.approx(2 * second.rect.height())
    assert canvas.x_range[0] < 0 < 700 < canvas.x_range[1]
    second.set_visible(shown=False)
    assert first.rect.height() > 300


@given(st.lists(st.floats(0, 300), max_size=12))
def test_that_labels_pushed_apart_never_cover_each_other(tops):
    placed = frame.spread(sorted(tops), 15, 0, 300)
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(placed))
    assert all(-1e-9 <= top <= 285 + 1e-9 for top in placed)


def test_that_end_labels_get_room_at_the_right(canvas):
    axes = draw(canvas)
    wide = axes.rect.right()
    with canvas.drawing():
        axes.points("values", X, Y, Look(TREATED))
        axes.end_labels([EndLabel(1000, "Interleukin-2", TREATED), EndLabel(1000, "Placebo", REFERENCE)])
    assert axes.rect.right() < wide - 60


def test_that_a_legend_takes_as_many_lines_as_it_needs(canvas):
    canvas.set_legend([LegendEntry(f"A rather long group name {i}", group_style(i)) for i in range(8)])
    axes = draw(canvas)
    assert len(canvas._layout.legend_lines) > 1
    assert axes.rect.top() > 30


# Pointing


def test_that_the_pointer_finds_the_nearest_point_and_says_where_it_is(canvas, qtbot):
    axes = draw(canvas)
    with qtbot.waitSignal(canvas.pointed) as told:
        QTest.mouseMove(canvas.view.viewport(), place_of(canvas, axes, 200, 100))
    pointer = told.args[0]
    assert (pointer.axes, pointer.layer, pointer.index) == ("main", "values", 2)
    assert pointer.x == pytest.approx(200, abs=2)
    assert pointer.y == pytest.approx(100, rel=0.05)


def test_that_between_points_the_pointer_is_on_none(canvas, qtbot):
    axes = draw(canvas)
    with qtbot.waitSignal(canvas.pointed) as told:
        QTest.mouseMove(canvas.view.viewport(), place_of(canvas, axes, 150, 1))
    assert (told.args[0].layer, told.args[0].index) == ("", -1)


def test_that_a_click_is_told_and_a_drag_is_not(canvas, qtbot):
    axes = draw(canvas)
    with qtbot.waitSignal(canvas.clicked) as told:
        QTest.mouseClick(
            canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(canvas, axes, 100, 10)
        )
    assert told.args[0].index == 1
    viewport = canvas.view.viewport()
    with qtbot.assertNotEmitted(canvas.clicked):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
        QTest.mouseMove(viewport, QPoint(260, 200))
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(260, 200))


def test_that_what_is_said_can_be_read_by_a_screen_reader(canvas):
    canvas.say("day 365: 0.82 (0.74–0.88)")
    assert canvas.accessibleDescription() == "day 365: 0.82 (0.74–0.88)"
    assert canvas.sentence.text() == "day 365: 0.82 (0.74–0.88)"
    assert "Copy this reading" in [action.text() for action in canvas.menu().actions()]


def test_that_keys_walk_from_point_to_point_and_choose_one(canvas, qtbot):
    draw(canvas)
    indices = []
    canvas.pointed.connect(lambda pointer: indices.append(pointer.index))
    for _step in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert indices == [0, 1, 2, 1]
    with qtbot.waitSignal(canvas.clicked) as told:
        QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert told.args[0].index == 1


def test_that_keys_halt_at_named_places_of_a_plot_without_points(canvas):
    axes = canvas._axes[0]
    canvas.set_x("Days", limits=(0, 300))
    canvas.set_stops([30, 60])
    with canvas.drawing():
        axes.stairs("km", X, 1 / Y, Look(POOLED))
    seen = []
    canvas.pointed.connect(lambda pointer: seen.append(pointer.x))
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert seen == [30, 60]


def test_that_a_movable_guide_follows_the_mouse_and_no_other_does(canvas):
    axes = canvas._axes[0]
    canvas.set_x("pNFH", limits=(10, 10000), log="log")
    axes.set_y("Patients")
    with canvas.drawing():
        axes.bars("histogram", Y, Y * 2, np.zeros(4), Y, Look(POOLED))
        axes.vertical_guide("pinned", 750, "750")
        axes.vertical_guide("cut", 100, "cut", movable=True)
    moves = []
    canvas.guide_moved.connect(lambda key, x: moves.append((key, x)))
    viewport = canvas.view.viewport()
    middle = round(axes.rect.center().y())

    def at(value):
        return QPoint(round(frame.across(axes.rect, canvas.x_axis.range, math.log10(value))), middle)

    for value in (750, 100):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at(value))
        QTest.mouseMove(viewport, at(1000))
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at(1000))
    assert {key for key, _x in moves} == {"cut"}
    assert moves[-1][1] == pytest.approx(1000, rel=0.02)


# Zoom


def test_that_zooming_stays_within_the_data_and_double_click_shows_everything(canvas):
    draw(canvas)
    home = canvas.x_range
    canvas.zoom(0.5, at=0.0)
    assert canvas.x_range[0] >= home[0]
    assert canvas.zoomed
    canvas.pan(-5)
    assert canvas.x_range[0] == pytest.approx(home[0])
    canvas.zoom(100)
    assert canvas.x_range == home
    canvas.zoom(0.5)
    QTest.mouseDClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    assert not canvas.zoomed


def test_that_the_view_stays_zoomed_when_the_same_data_are_drawn_again(canvas):
    draw(canvas)
    canvas.zoom(0.5)
    part = canvas.x_range
    draw(canvas)
    assert canvas.x_range == part
    draw(canvas, x=X * 2)
    assert not canvas.zoomed


def test_that_keys_zoom_pan_and_reset(canvas):
    draw(canvas)
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    low = canvas.x_range[0]
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.x_range[0] > low
    QTest.keyClick(canvas, Qt.Key.Key_0)
    assert not canvas.zoomed


# Looks and pictures


def test_that_colours_of_data_stay_and_grounds_follow_the_palette(canvas):
    draw(canvas)
    canvas.setPalette(dark_palette())
    ink = canvas.ink
    assert ink.ground == dark_palette().color(QPalette.ColorRole.Base)
    assert ink.colour(TREATED.colour) == QColor("#0072B2")
    assert ink.colour("#000000") == ink.text


def test_that_a_second_group_is_told_by_its_dashes_too():
    pen = Ink.of(light_palette()).pen(Look(REFERENCE))
    assert pen.style() == Qt.PenStyle.CustomDashLine
    assert Ink.of(light_palette()).pen(Look(REFERENCE, solid=True)).style() == Qt.PenStyle.SolidLine


def test_that_a_picture_is_on_white_with_its_caption_and_footnote(canvas):
    canvas.setPalette(dark_palette())
    draw(canvas)
    plain = canvas.image(1.0)
    canvas.footnote = "Synthetic data. " * 20
    noted = canvas.image(1.0)
    assert plain.pixelColor(2, 2) == QColor("#FFFFFF")
    assert noted.height() > plain.height() + 10
    assert canvas.ink.ground == dark_palette().color(QPalette.ColorRole.Base)
    blue = QColor("#0072B2").rgb()
    assert any(plain.pixel(x, y) == blue for x in range(plain.width()) for y in range(plain.height()))


def test_that_the_picture_can_be_copied_and_written(canvas, tmp_path, monkeypatch):
    draw(canvas)
    copy_picture(canvas)
    assert not QGuiApplication.clipboard().image().isNull()
    QGuiApplication.clipboard().clear()
    monkeypatch.setattr(ask, "file_to_save", lambda _parent, done, **_rest: done(tmp_path / "plot.png"))
    canvas.ask_save()
    assert QImage(str(tmp_path / "plot.png")).width() == 3 * canvas.view.width()


def test_that_a_picture_that_cannot_be_written_is_said(canvas, tmp_path):
    draw(canvas)
    with pytest.raises(AppError, match="could not be written"):
        write_picture(canvas, tmp_path / "missing" / "plot.png")
    with pytest.raises(AppError, match="could not be written"):
        write_picture(canvas, tmp_path / "missing" / "plot.pdf")


def test_that_a_pdf_has_its_letters_as_letters(canvas, tmp_path):
    draw(canvas)
    write_picture(canvas, tmp_path / "plot.pdf")
    written = (tmp_path / "plot.pdf").read_bytes()
    assert written.startswith(b"%PDF")
    assert b"/FontFile2" in written


def test_that_an_empty_plot_says_why(canvas):
    draw(canvas)
    canvas.empty_text = "No value of CSF pNFH yet."
    canvas.lay_out()
    image = canvas.grab().toImage()
    middle = image.pixelColor(image.width() // 2, 60)
    assert middle == canvas.ink.ground


def test_that_what_is_scrolled_into_view_is_painted_like_the_rest(canvas, qtbot):
    canvas.add_axes("lower")
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.resize(500, 260)
    canvas.setMinimumHeight(900)
    area.setWidget(canvas)
    area.show()
    qtbot.waitExposed(area)
    upper, lower = canvas._axes
    canvas.set_x("Days")
    with canvas.drawing():
        for axes in (upper, lower):
            axes.points("values", X, X, Look(TREATED), symbol="square", size=12)

    def is_painted():
        shown = area.viewport().grab().toImage()
        colours = {shown.pixel(x, y) for x in range(0, shown.width(), 3) for y in range(0, shown.height(), 3)}
        return QColor(TREATED.colour).rgb() in colours

    assert is_painted()
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert area.verticalScrollBar().value() > upper.rect.bottom() - 260
    assert is_painted()
    area.takeWidget()
