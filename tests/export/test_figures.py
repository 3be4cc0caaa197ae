"""The survival figure: the same layout in every format, numbers under their ticks, fonts inside the file."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve, estimate_curve
from mirocals_desktop.analysis.times import build_times
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.figures import SurvivalFigure, paint_figure, write_figure
from mirocals_desktop.export.steps import curve_points
from mirocals_desktop.export.styles import REFERENCE, TREATED

WIDTH, HEIGHT = 160.0, 120.0


def curve(name: str, days: list[float], event: list[int]) -> SurvivalCurve:
    return estimate_curve(build_times(days, event), label=name)


CURVES = (
    curve("Placebo", [100, 200, 200, 300, 640, 640], [1, 1, 0, 1, 0, 0]),
    curve("IL-2", [150, 320, 500, 640, 640, 640], [1, 1, 0, 0, 0, 0]),
)


def figure(**more: object) -> SurvivalFigure:
    settings: dict[str, object] = {
        "curves": CURVES,
        "styles": (REFERENCE, TREATED),
        "ticks": (0, 160, 320, 480, 640),
        "title": "Overall survival",
        "horizon_day": 640,
        "words": ("SYNTHETIC",),
        "passport": "entry 14, head 3fe6",
    }
    return SurvivalFigure(**{**settings, **more})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _an_application(qtbot: QtBot) -> None:
    """Figures need fonts, and fonts an application."""


def near(image: QImage, colour: str, x: int, y: int, reach: int = 3) -> bool:
    """Whether a colour is at a place, give or take some pixels."""
    wanted = QColor(colour)
    for dx in range(-reach, reach + 1):
        for dy in range(-reach, reach + 1):
            seen = image.pixelColor(x + dx, y + dy)
            if all(abs(a - b) < 40 for a, b in zip(seen.getRgb()[:3], wanted.getRgb()[:3], strict=True)):
                return True
    return False


def plot_area(image: QImage) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the axes, found by their dark lines."""
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    dark = (pixels[:, :, :3].max(axis=2) < 180)[:, : image.width()]
    left = int(np.argmax(dark.sum(axis=0)))
    bottom = int(np.argmax(dark.sum(axis=1)))
    across = np.flatnonzero(dark[bottom])
    gaps = np.flatnonzero(~dark[:bottom, left])
    return left, int(gaps.max()) + 1, int(across.max()), bottom


def test_that_the_corners_of_a_curve_are_its_steps_from_day_0_to_the_last_follow_up() -> None:
    corners = curve_points(curve("", [10, 20, 30], [1, 0, 1]), 100)
    assert corners == [(0, 1), (10, 1), (10, 2 / 3), (20, 2 / 3), (30, 2 / 3), (30, 0)]
    assert curve_points(curve("", [10, 20, 30], [1, 0, 1]), 25)[-1] == (25, 2 / 3)


def test_that_the_picture_has_each_curve_at_its_survival(tmp_path: Path) -> None:
    write_figure(figure(bands=False), tmp_path / "f.png", width_mm=WIDTH, height_mm=HEIGHT, dpi=200)
    image = QImage(str(tmp_path / "f.png")).convertToFormat(QImage.Format.Format_RGB32)
    left, top, right, bottom = plot_area(image)
    assert abs(right - left) > image.width() * 0.6
    for name, style in (("Placebo", REFERENCE), ("IL-2", TREATED)):
        found = next(c for c in CURVES if c.group == name)
        seen = 0
        for day in range(10, 640, 7):
            survival, _variance = found.survival_at(day)
            assert survival is not None
            x = round(left + (right - left) * day / 640)
            y = round(bottom - (bottom - top) * survival)
            seen += near(image, style.colour, x, y)
        # Dashes leave gaps; a solid line none, but where the other curve lies over it.
        assert seen > (55 if style.dashes else 80)


def test_that_the_three_formats_have_one_size_and_one_layout(tmp_path: Path) -> None:
    for suffix in ("png", "pdf", "svg"):
        write_figure(figure(), tmp_path / f"f.{suffix}", width_mm=WIDTH, height_mm=HEIGHT, dpi=254)
    png = QImage(str(tmp_path / "f.png"))
    assert (png.width(), png.height()) == (1600, 1200)
    assert png.dotsPerMeterX() == 10_000
    svg = ET.parse(tmp_path / "f.svg").getroot()
    assert svg.get("width") == "160mm"
    assert svg.get("height") == "120mm"
    pdf = (tmp_path / "f.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert [float(side) for side in box.groups()] == pytest.approx(
        [160 / 25.4 * 72, 120 / 25.4 * 72], abs=0.5
    )

    from PySide6.QtSvg import QSvgRenderer

    drawn = QImage(QSize(1600, 1200), QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    QSvgRenderer(str(tmp_path / "f.svg")).render(painter)
    painter.end()

    def grey(image: QImage) -> np.ndarray:
        small = image.convertToFormat(QImage.Format.Format_Grayscale8).scaled(320, 240)
        return (
            np.frombuffer(small.constBits(), np.uint8).reshape(240, small.bytesPerLine())[:, :320].astype(int)
        )

    assert np.abs(grey(png) - grey(drawn)).mean() < 4


def test_that_pdf_carries_its_fonts_and_svg_draws_its_letters(tmp_path: Path) -> None:
    for suffix in ("pdf", "svg"):
        write_figure(figure(), tmp_path / f"f.{suffix}")
    pdf = (tmp_path / "f.pdf").read_bytes()
    assert b"LiberationSans" in pdf
    assert b"/FontFile2" in pdf
    svg = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "<text" not in svg
    assert "font-family" not in svg or "<path" in svg


def test_that_synthetic_and_the_passport_are_in_every_files_own_description(tmp_path: Path) -> None:
    for suffix in ("png", "svg"):
        write_figure(figure(), tmp_path / f"f.{suffix}")
    description = QImage(str(tmp_path / "f.png")).text("Description")
    assert "SYNTHETIC" in description
    assert "head 3fe6" in description
    svg = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert "SYNTHETIC" in svg
    assert "head 3fe6" in svg


def test_that_rows_stand_under_their_ticks_whatever_the_names_of_the_groups(tmp_path: Path) -> None:
    """Painted twice, the second time with a long name: numbers move with the axis that they belong to."""
    for number, name in enumerate(("A", "A very long name of a group")):
        curves = (curve(name, [100, 200, 640], [1, 1, 0]),)
        write_figure(
            figure(curves=curves, styles=(TREATED,), rows=("at_risk",), words=(), passport="", title=""),
            tmp_path / f"{number}.png",
            dpi=200,
        )
    for number in range(2):
        image = QImage(str(tmp_path / f"{number}.png")).convertToFormat(QImage.Format.Format_RGB32)
        left, _top, right, bottom = plot_area(image)
        below = [
            image.pixelColor(x, y)
            for x in range(right - 12, right + 12)
            for y in range(bottom + 60, image.height())
        ]
        assert any(colour.lightness() < 120 for colour in below), "a number under the last tick"
        assert left < image.width() * 0.45


def test_that_a_name_without_a_known_ending_is_refused_with_the_endings(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="SVG, PDF or PNG"):
        write_figure(figure(), tmp_path / "f.docx")
    assert not list(tmp_path.iterdir())


def test_that_a_curve_without_events_and_one_without_patients_at_the_end_are_painted() -> None:
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(0.05, 0.05)
    curves = (curve("none", [10, 20], [0, 0]), curve("all", [5, 6], [1, 1]))
    paint_figure(painter, figure(curves=curves), width_mm=160, height_mm=120)
    painter.end()
    assert image.pixelColor(1, 1) == QColor("white")
