"""The survival page over a study whose patients have sites, for the tests of one view each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mirocals_desktop.ui.pages.survival import SurvivalPage
from mirocals_desktop.ui.session import Session
from tests.ui.survival_view_pages import view_page_opener


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tmp_path: Path) -> Callable[..., SurvivalPage]:
    return view_page_opener(qtbot, session, tmp_path)


@pytest.fixture
def page(open_page: Callable[..., SurvivalPage]) -> SurvivalPage:
    return open_page()
