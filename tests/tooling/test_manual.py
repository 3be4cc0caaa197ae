"""The manual: every link and picture in it is there, and every page can be reached from its first one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser

from mirocals_desktop.resources import resource_path

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(page: Path) -> list[Path]:
    """The files that a page leads to or shows."""
    found = LINK.findall(page.read_text(encoding="utf-8"))
    return [
        (page.parent / link.partition("#")[0]).resolve()
        for link in found
        if "://" not in link and not link.startswith("#")
    ]


@pytest.fixture
def manual() -> Path:
    return resource_path("manual").resolve()


def test_that_no_link_or_picture_leads_nowhere(manual: Path) -> None:
    missing = [
        f"{page.name}: {target.name}"
        for page in manual.rglob("*.md")
        for target in links(page)
        if not target.exists()
    ]
    assert missing == []


def test_that_every_page_can_be_reached_from_the_first(manual: Path) -> None:
    seen: set[Path] = set()
    waiting = [manual / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            waiting += links(page)
    assert set(manual.rglob("*.md")) <= seen


def test_that_the_program_can_show_a_page_with_its_pictures(qtbot: object, manual: Path) -> None:
    browser = QTextBrowser()
    browser.setSource(QUrl.fromLocalFile(str(manual / "guide.md")))
    assert browser.toPlainText().startswith("First steps")
    assert "<img" in browser.toHtml()
    assert "](" not in browser.toPlainText()
