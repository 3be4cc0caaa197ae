"""A session that ends with its test, and answers to the program's questions about files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from mirocals_desktop.ui import ask
from mirocals_desktop.ui.session import Session


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    session = Session()
    yield session
    session.shut_down()


class Answers:
    """What the user would choose: files, a target, yes to every question; given a moment later."""

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.target: Path | None = None
        self.yes = True
        self.asked: list[str] = []

    def files_to_open(
        self, parent: QWidget, done: Callable[[list[Path]], None], *, title: str, **_how: object
    ) -> None:
        self.asked.append(title)
        if self.files:
            QTimer.singleShot(0, lambda: done(self.files))

    def file_to_save(
        self,
        parent: QWidget,
        done: Callable[[Path], None],
        *,
        title: str,
        kinds: Sequence[str],
        proposal: Path,
    ) -> None:
        self.asked.append(title)
        QTimer.singleShot(0, lambda: done(self.target or proposal))

    def confirm(self, parent: QWidget, done: Callable[[], None], *, title: str, text: str, yes: str) -> None:
        self.asked.append(title)
        if self.yes:
            QTimer.singleShot(0, done)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    given = Answers()
    for name in ("files_to_open", "file_to_save", "confirm"):
        monkeypatch.setattr(ask, name, getattr(given, name))
    return given
