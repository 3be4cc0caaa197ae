"""A session that ends with its test, and answers to the program's questions about files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from window_driver import Answers

from mirocals_desktop.ui import ask
from mirocals_desktop.ui.session import Session


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    session = Session()
    yield session
    session.shut_down()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers()
    for name in ("files_to_open", "file_to_save", "confirm"):
        monkeypatch.setattr(ask, name, getattr(given, name))
    return given
