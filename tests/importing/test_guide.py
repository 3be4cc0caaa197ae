"""The user's guide to importing: every refusal stands in it with its sentence, and every kind of problem."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import mirocals_desktop
from mirocals_desktop.i18n import LANGUAGES, set_language
from mirocals_desktop.importing.mending import describe, known_codes
from mirocals_desktop.importing.model import Issue
from mirocals_desktop.importing.reader import sentences
from mirocals_desktop.resources import resource_path

DETAILS = {
    "size": 900 << 20,
    "limit": 500 << 20,
    "entries": "20,000",
    "columns": 70_000,
    "seconds": 300,
    "reason": "the server does not answer",
    "sheet": "Lab",
    "cells": 16_384 << 20,
    "row": 1_048_575,
    "line": 17,
    "column": 16_383,
    "kind": "pdf",
    "what": "KeyError, ooxml.py:12",
}


def guide(language: str = "en") -> str:
    """The page in a language, with plain blanks."""
    folder = resource_path("manual").resolve() / ("" if language == "en" else language)
    return plain(folder.joinpath("importing.md").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """A text without the blanks that do not break: a page may have others than the program."""
    return re.sub("[\u00a0\u202f]", " ", text)


def refusal_codes() -> set[str]:
    """The codes of the refusals that have a sentence of their own."""
    tree = ast.parse(inspect.getsource(sentences.refusal))
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    keys = {str(key.value) for table in tables for key in table.keys if isinstance(key, ast.Constant)}
    return keys | {"not-a-table", "too-many-cells"}


def test_that_every_refusal_stands_in_the_guide_with_its_sentence() -> None:
    text = guide()
    assert len(refusal_codes()) > 15
    for code in refusal_codes():
        details = {**DETAILS, "limit": 16_384} if code == "too-many-columns" else DETAILS
        message, hint = sentences.refusal("lab.xlsx", code, details)
        assert message in text, code
        assert hint in text, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_kind_of_problem_stands_in_the_guide_with_its_advice(language: str) -> None:
    text = guide(language)
    set_language(language)
    for code in known_codes():
        title, advice = describe(code, 3, Issue("error", code, ""))
        assert plain(title) in text, code
        assert plain(advice) in text, code


def test_that_every_sentence_that_stops_an_import_stands_in_the_guide() -> None:
    text = guide()
    found = 0
    folder = Path(inspect.getfile(mirocals_desktop)).parent
    places = [*(folder / "importing").glob("*.py"), folder / "ui" / "dropped.py"]
    places += (folder / "ui" / "dialogs").glob("import_*.py")
    for place in places:
        for sentence in sentences_of_errors(place):
            found += 1
            pattern = re.sub(r"\\\{\w+\\\}", ".+?", re.escape(sentence))
            assert re.search(pattern, text), f"{place.name}: {sentence}"
    assert found > 25


def sentences_of_errors(place: Path) -> list[str]:
    """The texts to translate inside every `AppError(...)` of a module; of a plural its last form."""
    tree = ast.parse(place.read_text(encoding="utf-8"))
    errors = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and name_of(n) == "AppError"]
    calls = [n for error in errors for n in ast.walk(error) if isinstance(n, ast.Call)]
    return [
        str([a.value for a in call.args if isinstance(a, ast.Constant)][-1])
        for call in calls
        if name_of(call) in ("_", "ngettext")
    ]


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
