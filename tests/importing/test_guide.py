"""The user's guide to importing: every refusal stands in it with its sentence, and every kind of problem."""

from __future__ import annotations

import ast
import inspect

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
}


def guide() -> str:
    return resource_path("manual").resolve().joinpath("importing.md").read_text(encoding="utf-8")


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


def test_that_every_kind_of_problem_stands_in_the_guide_with_its_advice() -> None:
    text = guide()
    for code in known_codes():
        title, advice = describe(code, 3, Issue("error", code, ""))
        assert title in text, code
        assert advice in text, code
