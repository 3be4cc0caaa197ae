"""The map of the code names what there is, and its layers are those that the contracts enforce."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mirocals_desktop.study.ledger import KINDS, NEVER_WITHDRAWN

MODULE = re.compile(r"`([a-z_/]+\.py)`")
PACKAGES = {"study", "protocol", "importing", "analysis", "export", "ui", "cli"}


@pytest.fixture
def text(repository: Path) -> str:
    return (repository / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_that_every_module_that_is_named_is_there(text: str, repository: Path) -> None:
    """A name in a row of the map is of the row's package; elsewhere it has its own path."""
    missing, package = [], ""
    for line in text.splitlines():
        row = re.match(r"\| (?:`([a-z]+)(?:\.py)?`)? *\|", line)
        package = (row[1] or package) if row else ""
        code = repository / "mirocals_desktop"
        places = [repository, code, code / package]
        missing += [
            name for name in MODULE.findall(line) if not any((place / name).is_file() for place in places)
        ]
    assert missing == []


def test_that_every_package_is_in_the_map(text: str, repository: Path) -> None:
    code = repository / "mirocals_desktop"
    packages = {path.parent.name for path in code.glob("*/__init__.py")}
    assert packages == PACKAGES
    assert {name for name in PACKAGES if f"| `{name}` |" not in text} == set()


def test_that_the_layers_are_those_of_the_contract(text: str, repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    [layers] = [c["layers"] for c in settings["tool"]["importlinter"]["contracts"] if c["id"] == "layers"]
    drawn = text.split("```")[3].strip().splitlines()
    assert [set(re.findall(r"\w+", line)) for line in drawn] == [
        set(re.findall(r"\w+", layer)) for layer in layers
    ]


def test_that_every_act_on_a_study_says_what_it_asks_and_what_takes_it_back(repository: Path) -> None:
    page = repository / "docs" / "decisions" / "0010-what-asks-and-what-is-undone.md"
    table = page.read_text(encoding="utf-8").partition("What is no entry:")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line
    ]
    back = {row[0]: row[2] for row in cells[2:]}
    assert back.keys() == set(KINDS.values())
    final = {text for text, way in back.items() if way.startswith("–")}
    assert final == {KINDS[kind] for kind in NEVER_WITHDRAWN}
