"""The window over a small study, a session that ends with its test, and answers to questions about files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_driver import answers, qtbot

from mirocals_desktop import app as program
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.settings import Settings
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.study import Study
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.window import Window

from .study_pages import Opener, study_opener

__all__ = ["answers", "qtbot"]  # fixtures of both folders


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    session = Session()
    yield session
    session.shut_down()


@pytest.fixture
def open_study(qtbot: QtBot, session: Session, tmp_path: Path) -> Opener:
    return study_opener(qtbot, session, tmp_path)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of three patients at two sites, one of their values corrected."""
    path = tmp_path / "lyon.mirocals"
    with Study.create(
        path, protocol_text("mirocals"), title="Lyon", person="A. Martin", role="data manager", synthetic=True
    ) as made:
        sites = [site.code for site in made.protocol.sites[:2]]
        visit = made.protocol.visits[0].code
        patients = ["P01", "P02", "P03"]
        made.record(
            ledger.IMPORTED,
            details={"files": [{"name": "lab.xlsx"}]},
            observations=observation.frame(
                {
                    "patient": patients * 2,
                    "variable": ["site"] * 3 + ["csf_pnfh"] * 3,
                    "visit": [""] * 3 + [visit] * 3,
                    "text": [sites[0], sites[1], sites[0], "", "", ""],
                    "number": [np.nan] * 3 + [1240.0, 4000.0, 500.0],
                    "raw": [sites[0], sites[1], sites[0], "1 240,0", "4000", "500"],
                    "file": ["lab.xlsx"] * 6,
                    "sheet": ["CSF"] * 6,
                    "cell": ["A2", "A3", "A4", "F2", "F3", "F4"],
                }
            ),
        )
        made.correct(4, reason="corrected by the laboratory", raw="1250", number=1250.0)
    return path


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Window]:
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    session, window = program.make_window(
        qapp, Settings(language="en", person="A. Martin"), settings_path=tmp_path / "settings.json"
    )
    qtbot.addWidget(window)
    window.show()
    yield window
    session.shut_down()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def opened(qtbot: QtBot, window: Window, study: Path) -> Window:
    window.commands.open_path(study)
    qtbot.waitUntil(lambda: window.session.snapshot is not None and not window.session.jobs.busy)
    return window
