"""Issues in groups: every kind has a name and an advice, and what is counted are cells."""

from __future__ import annotations

import ast
from pathlib import Path

import mirocals_desktop.importing as package
from mirocals_desktop.importing.checks import cells
from mirocals_desktop.importing.mending import cells_of, count_cells, describe, group_issues, known_codes
from mirocals_desktop.importing.model import SEVERITIES, Issue


def told_codes() -> set[str]:
    """The codes of issues in the program: the words that follow a severity among arguments."""
    found = set(cells._SEVERITY)
    for path in Path(next(iter(package.__path__))).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            for first, second in zip(call.args, call.args[1:], strict=False):
                words = [c.value for c in ast.walk(first) if isinstance(c, ast.Constant)]
                if set(words) & set(SEVERITIES) and isinstance(second, ast.Constant):
                    found.add(str(second.value))
    return found


def test_that_every_kind_of_issue_has_a_name_and_an_advice() -> None:
    codes = told_codes()
    assert {"impossible-date", "conflict", "unknown-patient", "drift-missing", "hidden-sheet"} <= codes
    assert codes - known_codes() == set()
    issue = Issue("error", "x", "A sentence.")
    for code in known_codes():
        title, advice = describe(code, 3, issue)
        assert title.startswith("3 ")
        assert advice.endswith(".")


def test_that_a_group_counts_cells_and_errors_come_first() -> None:
    many = tuple(f"B{row}" for row in range(2, 16))
    groups = group_issues(
        [
            Issue("note", "spelling", "“f” is read as “F”.", "a.xlsx", "S", 4, 2),
            Issue("error", "ambiguous-date", "04/05/2018 could be two dates.", "a.xlsx", "S", 1, 1, many),
            Issue("note", "spelling", "“m” is read as “M”.", "a.xlsx", "S", 5, 2),
        ]
    )
    assert [(g.severity, g.title) for g in groups] == [
        ("error", "14 dates: day or month first?"),
        ("note", "2 cells in a rarer spelling"),
    ]
    assert [issue.cell for issue in groups[1].issues] == ["C5", "C6"]


def test_that_a_kind_nobody_named_is_told_by_its_sentence() -> None:
    issue = Issue("warning", "brand-new", "The moon is full.")
    assert [(g.title, g.advice) for g in group_issues([issue])] == [("The moon is full.", "")]


def test_that_the_cells_of_an_issue_are_those_of_its_own_sheet() -> None:
    conflict = Issue("error", "conflict", "…", "a.xlsx", "S", 6, 2, ("C7", "C3", "Other!B2"))
    assert cells_of(conflict) == ("C7", "C3")
    assert count_cells(conflict) == 1
    assert cells_of(Issue("note", "text-file", "…", "a.csv")) == ()
