"""The diagram of the patients' flow: boxes that lead to patients, one picture for screen and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up_study import Values, made_up_study
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot
from window_driver import Answers, press

from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui.pages.overview import OverviewPage
from mirocals_desktop.ui.session import Session

DAY_0 = {"randomisation_date": "2024-01-01", "first_dose_date": "2024-01-02"}
PATIENTS: dict[str, Values] = {
    "001": {**DAY_0, "arm": "active", "death_date": "2024-05-01"},
    "002": {**DAY_0, "arm": "placebo", "withdrawal_date": "2024-03-01", "withdrawal_reason": "travel"},
    "003": {"consent_date": "2024-11-01", "screening_outcome": "failed"},
}


@pytest.fixture(params=[False, True], ids=["open", "blinded"])
def page(
    qtbot: QtBot, session: Session, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[OverviewPage]:
    with made_up_study(PATIENTS, folder=tmp_path, blinded=request.param) as study:
        path = study.path
    with qtbot.waitSignal(session.study_changed, timeout=30_000):
        session.open(path)
    page = OverviewPage(session)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    qtbot.waitUntil(lambda: not session.jobs.busy and bool(page.flow.drawing.boxes), timeout=30_000)
    return page


def lines(page: OverviewPage) -> dict[str, tuple[str, ...]]:
    return {box.name: box.lines for box in page.flow.drawing.boxes}


def test_that_boxes_say_who_is_where_and_lead_there(qtbot: QtBot, page: OverviewPage) -> None:
    snapshot = page.session.snapshot
    assert snapshot is not None
    shown = lines(page)
    assert shown["screened"] == ("Screened: 3",)
    assert shown["not_eligible"][0] == "Not eligible: 1"
    assert shown["randomised"] == ("Randomised: 2",)
    text = " ".join(part for box in shown.values() for part in box)
    if snapshot.blinded:
        assert shown[".withdrawn"] == ("Withdrawn: 1", "   1  travel")
        assert shown[".died"] == ("Died: 1",)
        assert "Active" not in text
    else:
        assert shown["Active.treated"][0] == "Active (1)"
        assert shown["Placebo.withdrawn"] == ("Withdrawn: 1", "   1  travel")
    box = page.flow.drawing.boxes[0]
    with qtbot.waitSignal(page.page_asked) as asked:
        qtbot.mouseClick(page.flow, Qt.MouseButton.LeftButton, pos=box.rect.center().toPoint())
    assert asked.args == ["patients"]
    assert page.session.filters.listed == {"001", "002", "003"}
    assert page.session.filters.list_name == "Screened"
    if not snapshot.blinded:
        box = next(box for box in page.flow.drawing.boxes if box.name == "Placebo.withdrawn")
        qtbot.mouseClick(page.flow, Qt.MouseButton.LeftButton, pos=box.rect.center().toPoint())
        assert page.session.filters.list_name == "Placebo: Withdrawn"


def test_that_no_two_boxes_lie_on_each_other_at_any_width(page: OverviewPage) -> None:
    for width in (420, 700, 1100):
        page.flow.resize(width, page.flow.height())
        boxes = page.flow.drawing.boxes
        for number, box in enumerate(boxes):
            assert box.rect.right() <= width
            for other in boxes[number + 1 :]:
                apart = box.rect.adjusted(1, 1, -1, -1)
                assert not apart.intersects(other.rect.adjusted(1, 1, -1, -1)), (box.name, other.name)
    assert page.flow._box_at(QPointF(-5, -5)) == -1


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_that_the_diagram_is_exported(
    qtbot: QtBot, page: OverviewPage, answers: Answers, tmp_path: Path, suffix: str
) -> None:
    answers.target = tmp_path / f"flow.{suffix}"
    press(page, "overview.flow.export")
    qtbot.waitUntil(answers.target.exists, timeout=30_000)
    qtbot.waitUntil(lambda: not page.session.jobs.busy, timeout=30_000)
    content = answers.target.read_bytes()
    if suffix == "png":
        image = QImage(str(answers.target))
        assert image.width() == 2160
    else:
        assert content[:5] in (b"%PDF-", b"<?xml")
    snapshot = page.session.snapshot
    assert snapshot is not None
    assert snapshot.entries.iloc[-1]["kind"] == EXPORTED
