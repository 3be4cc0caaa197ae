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


def read_contracts(repository: Path) -> dict[str, str]:
    """The name of each contract of the repository, by its id."""
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def find_broken(folder: Path) -> tuple[set[str], set[str]]:
    """The names of the contracts that were checked in a folder, and of those that are broken there."""
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
    found = VERDICT.findall(answer.stdout)
    assert found, answer.stdout + answer.stderr
    return {name for name, _ in found}, {name for name, verdict in found if verdict == "BROKEN"}


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A copy of the package and of its contracts."""
    shutil.copytree(repository / PACKAGE, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def test_that_every_contract_is_kept(repository: Path) -> None:
    checked, broken = find_broken(repository)
    assert checked == set(read_contracts(repository).values())
    assert broken == set()


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
    ("layers", "helpers.py", "json"),  # a module that no layer names
    ("pages", "ui/pages/a_new_page.py", f"{PACKAGE}.ui.pages.another_page"),
    ("qt", "study/__init__.py", "PySide6.QtCore"),
    ("qt", "export/__init__.py", "PySide6.QtGui"),
    ("qt", "analysis/__init__.py", "shiboken6"),
    ("database", "study/__init__.py", "sqlalchemy"),
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


@pytest.mark.parametrize(("contract", "file", "imported"), BREACHES, ids=lambda value: str(value))
def test_that_a_contract_is_broken_by_the_import_it_forbids(
    contract: str, file: str, imported: str, copied: Path, repository: Path
) -> None:
    if contract == "pages":
        (copied / PACKAGE / "ui" / "pages" / "another_page.py").write_text("", encoding="utf-8")
    with (copied / PACKAGE / file).open("a", encoding="utf-8") as offender:
        offender.write(f"\n\ndef offend() -> None:\n    import {imported}\n")
    _, broken = find_broken(copied)
    assert broken == {read_contracts(repository)[contract]}


def test_that_each_contract_has_a_breach_here(repository: Path) -> None:
    assert {contract for contract, _, _ in BREACHES} == set(read_contracts(repository))
