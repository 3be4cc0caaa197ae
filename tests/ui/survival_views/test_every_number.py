"""Every number of the survival page is in what `survival STUDY --json` prints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot

from mirocals_desktop.analysis.proof import list_numbers
from mirocals_desktop.cli.main import run_command
from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.plots.canvas import Canvas
from mirocals_desktop.ui.table import TableView
from tests.ui.survival_pages import cut_study, settle

# what is drawn on a scale of its own, or only helps the eye: the numbers behind it are in the tables
DERIVED = ("columns", "log_log", "survival.subgroups.plot")
ON_LOGARITHMS = ("survival.cut.marker", "survival.effect.plot")


def numbers_in(found: Any) -> Iterator[float]:
    if isinstance(found, dict):
        for value in found.values():
            yield from numbers_in(value)
    elif isinstance(found, list):
        for value in found:
            yield from numbers_in(value)
    elif isinstance(found, (int, float)) and not isinstance(found, bool):
        yield float(found)


def shown_in(view: Any) -> Iterator[tuple[str, Any]]:
    """Every column of numbers of the tables, and every line of the plots by its heights."""
    for table in view.findChildren(TableView):
        for column in table.model.columns:
            if np.asarray(column.values).dtype.kind in "fiu":
                yield f"{table.objectName()}.{column.code}", column.values
    for canvas in view.findChildren(Canvas):
        for axes in canvas._axes:
            for key, layer in axes._layers.items():
                name = f"{canvas.objectName()}.{key}"
                if hasattr(layer, "y") and not any(word in name for word in DERIVED):
                    yield name, 10.0**layer.y if canvas.objectName() in ON_LOGARITHMS else layer.y


def test_that_the_json_carries_every_number_of_the_page(
    qtbot: QtBot, open_page: Callable[..., SurvivalPage], tmp_path: Path, capsys: Any
) -> None:
    page = open_page(**cut_study())
    answer = page.answer
    assert answer is not None
    assert answer.analysis is not None
    copy = shutil.copy(tmp_path / "made_up.mirocals", tmp_path / "copy.mirocals")
    assert run_command(["survival", str(copy), "--json"]) == 0
    carried = np.unique(list(numbers_in(json.loads(capsys.readouterr().out))))
    walked = []
    for code in page.views.codes:
        if code == "proof":  # the second engine's own numbers are its business: ours are compared below
            continue
        page.show_view(code)
        settle(qtbot, page)
        for name, values in shown_in(page.view(code)):
            wanted = np.asarray(values, np.float64)
            wanted = wanted[np.isfinite(wanted)]
            place = np.clip(np.searchsorted(carried, wanted), 1, len(carried) - 1)
            off = np.minimum(abs(carried[place] - wanted), abs(carried[place - 1] - wanted))
            assert not np.any(off > 1e-9 * np.maximum(1, abs(wanted))), name
            walked.append(name)
    assert len(walked) > 100
    for number in list_numbers(answer.analysis.result):
        if number.value is not None:
            assert np.min(abs(carried - number.value)) <= 1e-9 * max(1, abs(number.value)), number.name
