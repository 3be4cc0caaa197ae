from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_driver import idle

from mirocals_desktop.analysis.follow_up import VisitState
from mirocals_desktop.export import styles
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.layers import Ink
from mirocals_desktop.ui.plots.visit_signs import sign_colour
from mirocals_desktop.ui.theme import contrast
from mirocals_desktop.ui.window import Window


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    before, sheet = QPalette(qapp.palette()), qapp.styleSheet()
    yield qapp
    qapp.setStyleSheet(sheet)
    qapp.setPalette(before)


@pytest.mark.parametrize("palette", [theme.light_palette(), theme.dark_palette()], ids=["light", "dark"])
def test_that_text_can_be_read_on_every_ground(palette: QPalette) -> None:
    role = QPalette.ColorRole
    for text, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
        (role.PlaceholderText, role.Base),
        (role.PlaceholderText, role.Window),
        (role.Link, role.Base),
        (role.Link, role.Window),
        (role.BrightText, role.Window),
        (role.WindowText, role.Midlight),  # what the pointer is on, the page in front
        (role.ButtonText, role.Mid),  # a button that is down
        (role.HighlightedText, role.Accent) if not theme.is_dark(palette) else (role.Text, role.Base),
    ):
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5, (text, ground)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_that_signs_can_be_read_in_light_and_dark(app: QApplication, dark: bool) -> None:
    app.setPalette(theme.dark_palette() if dark else theme.light_palette())
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base, QPalette.ColorRole.AlternateBase):
        for colour in (theme.warning_colour(), theme.error_colour(), theme.faint_colour()):
            assert contrast(QColor(colour), app.palette().color(role)) >= 4.5, (colour, role)


def test_that_the_user_s_theme_stands_over_the_system_s(app: QApplication) -> None:
    looks = theme.Looks(app, "dark")
    assert theme.is_dark()
    looks.set_theme("light")
    assert not theme.is_dark()
    looks.deleteLater()


def test_that_the_system_s_scheme_is_followed_before_its_type_is_known_to_python(app: QApplication) -> None:
    # A dark desktop tells its scheme right after the start; a slot that takes it would raise, and stay light.
    looks = theme.Looks(app, "system")
    taken = looks.metaObject()
    assert taken.indexOfMethod("_follow()") >= 0
    assert taken.indexOfMethod("_follow(Qt::ColorScheme)") < 0
    looks.deleteLater()


def test_that_no_two_groups_share_colour_and_line() -> None:
    styles = [theme.group_style(index) for index in range(8)]
    assert len({(style.colour, style.line, style.dashes) for style in styles}) == 8
    assert theme.TREATED.line == Qt.PenStyle.SolidLine
    assert theme.TREATED.colour == "#0072B2"
    assert theme.REFERENCE.colour == "#D55E00"
    assert theme.REFERENCE.dashes
    assert [theme.class_style(i, 3).colour for i in range(3)] == ["#009E73", "#56B4E9", "#CC79A7"]


@pytest.mark.parametrize("palette", [theme.light_palette(), theme.dark_palette()], ids=["light", "dark"])
def test_that_every_mark_stands_out_from_the_ground_and_keeps_its_hue(palette: QPalette) -> None:
    ink, ground = Ink.of(palette), palette.color(QPalette.ColorRole.Base)
    named = (styles.POOLED, styles.TREATED, styles.REFERENCE, *styles.CLASSES, *styles.OTHERS)
    for colour in {style.colour for style in named} - {"#000000"}:
        drawn = ink.colour(colour)
        assert contrast(drawn, ground) >= 3, colour
        assert abs(drawn.hsvHue() - QColor(colour).hsvHue()) <= 2, colour
    assert contrast(ink.text, ground) >= 4.5
    assert contrast(ink.faint, ground) >= 4.5  # the letters of ticks
    for state in VisitState:
        if state != VisitState.NOT_EXPECTED:
            assert contrast(sign_colour(state, palette), ground) >= 3, state


@pytest.mark.parametrize("palette", [theme.light_palette(), theme.dark_palette()], ids=["light", "dark"])
def test_that_the_two_arms_are_drawn_in_their_own_colours(palette: QPalette) -> None:
    ground = palette.color(QPalette.ColorRole.Base).name()
    for style in (theme.TREATED, theme.REFERENCE, theme.POOLED):
        assert theme.mark_colour(style.colour, ground) == style.colour.lower()


def test_that_screen_and_figures_draw_a_group_alike() -> None:
    for index in range(8):
        drawn, printed = theme.group_style(index), styles.OTHERS[index]
        assert (drawn.colour, drawn.dashes) == (printed.colour, printed.dashes)
        assert (drawn.line == Qt.PenStyle.SolidLine) == (not printed.dashes)


def test_that_everything_shown_changes_with_the_theme(qtbot: QtBot, opened: Window) -> None:
    """Looked at as it is painted: what a sheet has styled once likes to keep its colours.

    Pages that were hidden at the change take the new ones when they are shown again.
    """
    for theme_code, dark, shown in (
        ("dark", True, "overview"),
        ("light", False, "history"),
        ("dark", True, "overview"),
        ("light", False, "overview"),
        ("light", False, "history"),
    ):
        opened.commands.run(f"theme:{theme_code}")
        opened.show_page(shown)
        idle(qtbot, opened)
        for part in (opened.menuBar(), opened.state_bar, opened.state_bar.search, opened.status, opened.page):
            assert part is not None
            picture = part.grab().toImage()
            ground = picture.pixelColor(picture.width() - 12, picture.height() // 2)
            assert (ground.lightness() < 128) == dark, part.objectName()
            assert (part.palette().color(part.foregroundRole()).lightness() > 128) == dark
    opened.commands.run("theme:system")
