from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from mirocals_desktop.export import styles
from mirocals_desktop.ui import theme


def luminance(colour: QColor) -> float:
    def part(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (part(v) for v in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


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
    ):
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5, (text, ground)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_that_signs_can_be_read_in_light_and_dark(app: QApplication, dark: bool) -> None:
    app.setPalette(theme.dark_palette() if dark else theme.light_palette())
    ground = app.palette().color(QPalette.ColorRole.Window)
    for colour in (theme.warning_colour(), theme.error_colour(), theme.faint_colour()):
        assert contrast(QColor(colour), ground) >= 4.5


def test_that_the_user_s_theme_stands_over_the_system_s(app: QApplication) -> None:
    looks = theme.Looks(app, "dark")
    assert theme.is_dark()
    looks.set_theme("light")
    assert not theme.is_dark()
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
def test_that_marks_of_two_arms_and_of_everybody_stand_out_from_the_ground(palette: QPalette) -> None:
    ground = palette.color(QPalette.ColorRole.Base)
    for style in (theme.TREATED, theme.REFERENCE, theme.POOLED):
        assert contrast(QColor(style.colour), ground) >= 3, style


def test_that_screen_and_figures_draw_a_group_alike() -> None:
    for index in range(8):
        drawn, printed = theme.group_style(index), styles.OTHERS[index]
        assert (drawn.colour, drawn.dashes) == (printed.colour, printed.dashes)
        assert (drawn.line == Qt.PenStyle.SolidLine) == (not printed.dashes)
