"""The lock and what is derived from it: complete, checked by hashes, and naming no host."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ENTRY = re.compile(r"^(?P<requirement>[A-Za-z0-9._-]+==[^\\]+?)\s*\\\n(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)  # fmt: skip  # noqa: E501


@pytest.fixture(scope="module")
def lock(repository: Path) -> str:
    return (repository / "requirements.lock").read_text(encoding="utf-8")


def read_project(repository: Path) -> list[Requirement]:
    """What pyproject.toml asks for: to run, to develop, to build."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["dev"]
    return [Requirement(text) for text in wanted + project["build-system"]["requires"]]


def test_that_every_line_of_the_lock_is_an_exact_version_with_hashes(lock: str) -> None:
    assert ENTRY.sub("", lock) == ""
    assert len(ENTRY.findall(lock)) > 60


def test_that_the_lock_names_no_host(lock: str) -> None:
    assert "://" not in lock
    assert "index" not in lock


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_that_the_lock_holds_what_the_project_asks_for(
    lock: str, repository: Path, python: str, system: str
) -> None:
    where = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0", "sys_platform": system, "extra": ""}  # fmt: skip  # noqa: E501
    locked: dict[str, str] = {}
    for entry in ENTRY.finditer(lock):
        requirement = Requirement(entry["requirement"])
        if requirement.marker is None or requirement.marker.evaluate(where):
            name = canonicalize_name(requirement.name)
            assert name not in locked, f"{name} is locked twice"
            locked[name] = next(iter(requirement.specifier)).version
    for wanted in read_project(repository):
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), str(wanted)


def test_that_the_list_of_licences_is_current(repository: Path) -> None:
    script = repository / "packaging" / "licences.py"
    answer = subprocess.run(
        [sys.executable, str(script), "check"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
