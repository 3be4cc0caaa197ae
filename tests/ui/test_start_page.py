"""The start page: the studies of before, those that are gone, and forgetting one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from mirocals_desktop.settings import Settings
from mirocals_desktop.ui.pages.start import StartPage
from mirocals_desktop.ui.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    here = tmp_path / "here.mirocals"
    here.touch()
    session = Session(Settings(recent=(str(here), str(tmp_path / "gone.mirocals"))))
    yield session
    session.shut_down()


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> StartPage:
    page = StartPage(session, lambda _code: None)
    qtbot.addWidget(page)
    page.resize(800, 560)
    page.show()
    return page


def rows(page: StartPage) -> list[QPushButton]:
    """The recent studies, as they stand."""
    QApplication.sendPostedEvents(None, 52)  # the rows of before are deleted now
    found = page.findChildren(QPushButton)
    return [row for row in found if row.objectName().startswith("start.recent.")]


def words(row: QPushButton) -> list[str]:
    """The lines of a row."""
    return [label.text() for label in row.findChildren(QLabel) if label.text()]


def test_that_a_recent_study_opens_by_its_button_and_one_that_is_gone_is_grey_and_says_so(
    page: StartPage, tmp_path: Path
) -> None:
    here, gone = rows(page)
    asked: list[Path] = []
    page.study_asked.connect(asked.append)
    here.click()
    gone.click()
    assert asked == [tmp_path / "here.mirocals"]
    assert not gone.isEnabled()
    assert words(gone)[0] == "gone"
    assert words(gone)[1].startswith("not found in ")


def test_that_a_long_folder_is_shown_by_its_end(page: StartPage, session: Session) -> None:
    session.update_settings(recent=("/" + "a long name/" * 30 + "ends here/study.mirocals",))
    QApplication.processEvents()
    folder = rows(page)[0].findChildren(QLabel)[2]
    assert folder.text().endswith("ends here")
    assert "…" in folder.text()
    assert folder.fontMetrics().horizontalAdvance(folder.text()) <= folder.width()


def test_that_a_study_that_is_gone_can_be_taken_off_the_list(page: StartPage, session: Session) -> None:
    gone = rows(page)[1]
    middle = gone.mapTo(page, gone.rect().center())
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, page.mapToGlobal(QPoint(0, 0)))
    QApplication.sendEvent(page, event)
    menu = page.findChild(QMenu)
    assert isinstance(menu, QMenu)
    menu.actions()[0].trigger()
    menu.hide()
    assert [Path(name).stem for name in session.settings.recent] == ["here"]
    assert len(rows(page)) == 1
