"""The import contracts of pyproject.toml hold, and each bites when it is broken on purpose."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGE = "mirocals_desktop"
VERDICT = re.compile(r"^(?P<name>.+?) (?P<verdict>KEPT|BROKEN)\b", re.MULTILINE)
SECTION = re.compile(r"^(\S.+)\n-{4,}\n", re.MULTILINE)  # each broken contract has its name underlined
IMPORT = re.compile(r"^- +(\S+) -> (\S+) \(l\.", re.MULTILINE)


def read_contracts(repository: Path) -> dict[str, str]:
    """The name of each contract of the repository, by its id."""
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def lint(folder: Path) -> str:
    """What the linter says of the package in a folder."""
    program = Path(sys.executable).with_name("lint-imports.exe" if os.name == "nt" else "lint-imports")
    answer = subprocess.run(
        [str(program), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert VERDICT.search(answer.stdout), answer.stdout + answer.stderr
    return answer.stdout


def verdicts(said: str) -> dict[str, str]:
    """KEPT or BROKEN, by the names of the contracts."""
    return {found["name"]: found["verdict"] for found in VERDICT.finditer(said)}


def forbidden_imports(said: str) -> dict[str, set[tuple[str, str]]]:
    """The imports that the linter forbids, as (who imports, what), by the names of the contracts."""
    _, *parts = SECTION.split(said.partition("Broken contracts\n")[2])
    return {name: set(IMPORT.findall(text)) for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A copy of the package and of its contracts."""
    shutil.copytree(
        repository / PACKAGE, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def test_that_every_contract_is_kept(repository: Path) -> None:
    assert verdicts(lint(repository)) == dict.fromkeys(read_contracts(repository).values(), "KEPT")


# contract, the file that offends, what it imports there
BREACHES = [
    ("layers", "errors.py", f"{PACKAGE}.protocol"),
    ("layers", "settings.py", f"{PACKAGE}.study"),
    ("layers", "protocol/__init__.py", f"{PACKAGE}.study.snapshot"),
    ("layers", "study/__init__.py", f"{PACKAGE}.importing"),
    ("layers", "study/__init__.py", f"{PACKAGE}.analysis"),
    ("layers", "importing/__init__.py", f"{PACKAGE}.analysis"),
    ("layers", "analysis/__init__.py", f"{PACKAGE}.importing"),
    ("layers", "analysis/__init__.py", f"{PACKAGE}.export"),
    ("layers", "export/__init__.py", f"{PACKAGE}.ui"),
    ("pages", "ui/pages/a_new_page.py", f"{PACKAGE}.ui.pages.another_page"),
    ("qt", "study/__init__.py", "PySide6.QtCore"),
    ("qt", "export/__init__.py", "PySide6.QtGui"),
    ("qt", "analysis/__init__.py", "shiboken6"),
    ("database", "study/__init__.py", "sqlite3"),
    ("database", "ui/__init__.py", "sqlcipher3"),
    ("cryptography", "study/__init__.py", "cryptography.fernet"),
    ("readers", "importing/__init__.py", "python_calamine"),
    ("readers", "export/__init__.py", "msoffcrypto"),
    ("readers", "study/__init__.py", "pyreadstat"),
    ("openpyxl", "importing/__init__.py", "openpyxl"),
    ("xlsxwriter", "ui/__init__.py", "xlsxwriter"),
    ("statistics", "ui/__init__.py", "lifelines"),
    ("statistics", "export/__init__.py", "scipy.stats"),
    ("plots", "ui/__init__.py", "pyqtgraph"),
]


def test_that_each_forbidden_import_is_told_by_its_contract_and_by_no_other(
    copied: Path, repository: Path
) -> None:
    names = read_contracts(repository)
    expected: dict[str, set[tuple[str, str]]] = {name: set() for name in names.values()}
    (copied / PACKAGE / "ui" / "pages" / "another_page.py").write_text("", encoding="utf-8")
    for contract, file, imported in BREACHES:
        with (copied / PACKAGE / file).open("a", encoding="utf-8") as offender:
            offender.write(f"\n\ndef offend() -> None:\n    import {imported}\n")
        module = f"{PACKAGE}.{file.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"
        told = imported if imported.startswith(PACKAGE) else imported.partition(".")[0]
        expected[names[contract]].add((module, told))

    said = lint(copied)

    assert forbidden_imports(said) == expected
    assert set(verdicts(said).values()) == {"BROKEN"}


def test_that_a_module_that_no_layer_names_breaks_the_layers(copied: Path, repository: Path) -> None:
    (copied / PACKAGE / "helpers.py").write_text("import json\n", encoding="utf-8")

    said = lint(copied)

    broken = {name for name, verdict in verdicts(said).items() if verdict == "BROKEN"}
    assert broken == {read_contracts(repository)["layers"]}
    assert "helpers" in said


def test_that_each_contract_has_a_breach_here(repository: Path) -> None:
    assert {contract for contract, _, _ in BREACHES} == set(read_contracts(repository))
