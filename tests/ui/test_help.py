from __future__ import annotations

import re

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QListWidget, QTextBrowser
from window_driver import dialog, find, nameless, press

from mirocals_desktop.i18n import set_language
from mirocals_desktop.resources import resource_path
from mirocals_desktop.ui.dialogs.help import HEADINGS, TEXTS, HelpDialog
from mirocals_desktop.ui.window import PAGES, Window


def top_line(text: QTextBrowser) -> str:
    return text.cursorForPosition(text.viewport().rect().topLeft()).block().text()


def test_that_the_manual_speaks_of_every_page() -> None:
    said = set(re.findall(r"^## (.+)$", resource_path("manual", "pages.md").read_text("utf-8"), re.MULTILINE))
    assert set(HEADINGS) == {"start", *(place.code for place in PAGES)}
    assert set(HEADINGS.values()) <= said


def test_that_every_text_has_its_pictures_and_links() -> None:
    for name in TEXTS:
        text = resource_path("manual", f"{name}.md").read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if not target.startswith("http"):
                assert resource_path("manual", target).exists(), f"{name}.md: {target}"


def test_that_help_opens_at_the_page_in_front(opened: Window) -> None:
    for code in ("overview", "history"):
        opened.show_page(code)
        opened.commands.run("show_help")
        box = dialog("help")
        text = find(box, QTextBrowser, "help.text")
        assert text.textCursor().block().text() == HEADINGS[code]
    assert len([box for box in opened.findChildren(HelpDialog) if box.isVisible()]) == 1
    press(box, "help.back")
    assert "page by page" in text.toPlainText()
    contents = find(box, QListWidget, "help.contents")
    contents.setCurrentRow(0)
    assert text.toPlainText().startswith("First steps")
    assert nameless(box) == []
    box.close()


def test_that_help_speaks_the_user_s_language_and_opens_at_the_same_place(opened: Window) -> None:
    set_language("fr")
    opened.show_page("history")
    opened.commands.run("show_help")
    box = dialog("help")
    text = find(box, QTextBrowser, "help.text")
    assert text.textCursor().block().text() == "Historique des imports"
    box.show_text("guide")
    assert text.toPlainText().startswith("Premiers pas")
    assert text.loadResource(2, QUrl("../images/overview.png")) is not None
    box.show_text("changelog")
    assert text.toPlainText().startswith("Nouveautés")
    box.close()


def test_that_a_translated_text_has_the_sections_of_the_english_one() -> None:
    for name in TEXTS:
        texts = [
            resource_path("manual", *folder, f"{name}.md").read_text("utf-8") for folder in ((), ("fr",))
        ]
        for sign in ("\n## ", "\n### ", "\n| ", "!["):  # sections, rows of tables, pictures
            assert len({text.count(sign) for text in texts}) == 1, (name, sign)


def test_that_help_is_there_before_a_study_is_open(window: Window) -> None:
    window.commands.run("show_help")
    box = dialog("help")
    assert find(box, QTextBrowser, "help.text").textCursor().block().text() == "Start"
    box.close()
