"""Pictures of the further views as SVG: what is plotted, then that its strokes stand at the same places."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.plots.picture import head_height, write_picture
from tests.ui.survival_view_pages import layer, shown

SVG = "{http://www.w3.org/2000/svg}"


def strokes(path: Path) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """The corners of every line of an SVG that is not scaled, on its page."""
    found = []
    for group in ElementTree.parse(path).getroot().iter(f"{SVG}g"):
        if group.get("transform") not in (None, "matrix(1,0,0,1,0,0)"):
            continue
        for line in group:
            text = line.get("d") or line.get("points") or ""
            numbers = [float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]
            if line.tag in (f"{SVG}path", f"{SVG}polyline") and len(numbers) > 5 and len(numbers) % 2 == 0:
                found.append(np.array(numbers).reshape(-1, 2))
    return found


def on_page(canvas: Canvas, key: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Where the points of a layer lie in the picture."""
    (axes,) = [one for one in canvas._axes if key in one._layers]
    x, y = layer(canvas, key)
    low, high = canvas.x_axis.range
    across = axes.rect.left() + (np.asarray(x) - low) / (high - low) * axes.rect.width()
    down = [axes.down(float(one)) + head_height(canvas) for one in y]
    return np.column_stack((across, down))


@pytest.mark.parametrize("code", ["means", "landmark", "unknowns"])
def test_that_the_svg_of_a_view_has_its_curve_where_it_is_plotted(
    code: str, qtbot: QtBot, page: SurvivalPage, tmp_path: Path
) -> None:
    plot = shown(qtbot, page, code).plot
    plotted = on_page(plot, "curve.0")
    assert len(plotted) > 3
    write_picture(plot, tmp_path / "view.svg")
    text = (tmp_path / "view.svg").read_text(encoding="utf-8")
    assert plot.caption in text
    assert "clipPath" in text
    nearest = min(
        float(np.abs(one[0] - plotted[0]).max() + np.abs(one[-1] - plotted[-1]).max())
        for one in strokes(tmp_path / "view.svg")
    )
    assert nearest < 1.5
