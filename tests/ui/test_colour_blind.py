"""Whether the colours of data can be told apart by the colour-blind, on either ground.

Sight without one of the three kinds of cones is simulated on linear RGB by the matrices of Machado, Oliveira
and Fernandes (2009), severity 1. Distances are those of CIELAB (1976): about 2 can just be seen side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtGui import QPalette

from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots import missing_map
from mirocals_desktop.ui.theme import DataStyle, mark_colour

SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# sRGB to XYZ under D65 (IEC 61966-2-1), each row over the white point's.
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
) / np.array([[0.95047], [1.0], [1.08883]])
TELLS_ALONE = 15.0
"""The least distance of colours that no line style helps to tell apart."""
TOLD_WITH_LINES = 9.0
"""The least distance of colours whose lines are dashed in different ways."""


def seen(colour: str, sight: str) -> np.ndarray:
    """A colour's place in CIELAB as this sight has it."""
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, sight: str) -> float:
    return float(np.linalg.norm(seen(one, sight) - seen(other, sight)))


def nearest(colours: Iterable[str], sight: str) -> tuple[float, str, str]:
    return min((distance(a, b, sight), a, b) for a, b in combinations(colours, 2))


def drawn(styles: Iterable[DataStyle], palette: QPalette) -> list[str]:
    ground = palette.color(QPalette.ColorRole.Base).name()
    return [mark_colour(style.colour, ground) for style in styles]


def test_that_the_simulation_confuses_what_the_colour_blind_confuse() -> None:
    assert seen("#ffffff", "all cones") == pytest.approx([100, 0, 0], abs=0.02)
    assert seen("#ff0000", "all cones") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    red, green = "#b03a2e", "#5a7a1e"
    assert distance(red, green, "all cones") > 60
    assert distance(red, green, "deuteranopia") < 15


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", [theme.light_palette(), theme.dark_palette()], ids=["light", "dark"])
def test_that_arms_and_classes_are_told_apart_by_every_sight(sight: str, palette: QPalette) -> None:
    assert nearest(drawn((theme.TREATED, theme.REFERENCE), palette), sight)[0] >= 60
    classes = [theme.class_style(index, 3) for index in range(3)]
    assert nearest(drawn(classes, palette), sight) >= (TOLD_WITH_LINES, "", "")
    assert len({style.dashes for style in classes}) == 3


@pytest.mark.parametrize("sight", SIGHTS)
def test_that_groups_of_like_colour_have_lines_of_another_kind(sight: str) -> None:
    styles = [theme.group_style(index) for index in range(8)]
    for one, other in combinations(styles, 2):
        if distance(one.colour, other.colour, sight) < TELLS_ALONE:
            assert (one.line, one.dashes) != (other.line, other.dashes), (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
def test_that_the_steps_of_the_heat_map_grow_lighter_for_every_sight(sight: str) -> None:
    for ground in ("#ffffff", "#1b1e20"):  # as they are painted: no step is brought nearer to another
        light = [seen(theme.mark_colour(colour, ground), sight)[0] for colour in theme.SCALE]
        assert all(after - before > 5 for before, after in pairwise(light)), light


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("held", [missing_map._HELD, missing_map._HELD_DARK], ids=["light", "dark"])
def test_that_the_reasons_of_missing_visits_are_told_apart_by_every_sight(sight: str, held: str) -> None:
    assert nearest([held, *missing_map.LOOKS.values()], sight) >= (TELLS_ALONE, "", "")
