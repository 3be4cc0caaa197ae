"""The scripts that have to run before anything is installed."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ON_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems bring what Qt needs"
)


@pytest.fixture
def set_up(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that makes `.venv`."""
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    return importlib.import_module("set_up")


@pytest.fixture
def system_libraries(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that finds and installs system libraries."""
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    return importlib.import_module("system_libraries")


@pytest.mark.parametrize("name", ["set_up.py", "system_libraries.py"])
def test_that_a_script_can_be_read_by_a_python_too_old_for_the_program(repository: Path, name: str) -> None:
    # It has to say which Python is needed, so an older one must get that far.
    source = (repository / "packaging" / name).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    assert "from __future__ import annotations" in source
    imported = {
        alias.name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= set(sys.stdlib_module_names) - {"tomllib", "venv"}


def test_that_the_build_tools_are_taken_from_the_lock_with_their_hashes(
    set_up: ModuleType, repository: Path
) -> None:
    lock = (repository / "requirements.lock").read_text(encoding="utf-8")
    lines = set_up.part_of_lock(lock, ("setuptools",)).splitlines()
    assert lines[0].startswith("setuptools==")
    assert len(lines) == 3
    assert all(line.startswith("    --hash=sha256:") for line in lines[1:])


def test_that_a_lock_without_the_build_tools_is_refused(set_up: ModuleType) -> None:
    with pytest.raises(SystemExit, match="must hold setuptools: run 'make lock'"):
        set_up.part_of_lock("numpy==2.4.6 \\\n    --hash=sha256:00\n", ("setuptools",))


def test_that_a_python_too_new_or_old_is_told_which_ones_serve(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(set_up, "OLDEST", (4, 0))
    monkeypatch.setattr(set_up, "NEWEST", (4, 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"needs 3\.11 to 3\.14"):
        set_up.use_a_python_that_fits()


@ON_LINUX
def test_that_nothing_is_missing_where_the_tests_run(repository: Path) -> None:
    script = str(repository / "packaging" / "system_libraries.py")
    answer = subprocess.run(
        [sys.executable, script, "offscreen"], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (0, "")


@ON_LINUX
def test_that_a_library_the_loader_cannot_find_is_missing_by_its_package(
    system_libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(system_libraries.OFFSCREEN, "libnobodyhasthis.so.7", "libnobodyhasthis7")
    assert system_libraries.find_missing("offscreen") == {"libnobodyhasthis.so.7": "libnobodyhasthis7"}
    assert system_libraries.find_missing("python") == {}


@ON_LINUX
def test_that_a_machine_without_fonts_is_noticed(
    system_libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(system_libraries, "FONT_FOLDERS", (str(tmp_path),))
    (tmp_path / "README").write_text("no font", encoding="utf-8")
    assert list(system_libraries.find_missing("offscreen").values()) == ["fonts-dejavu-core"]
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "Some.TTF").write_bytes(b"")
    assert system_libraries.find_missing("offscreen") == {}


@ON_LINUX
def test_that_what_cannot_be_installed_is_printed_as_one_line_to_run(
    system_libraries: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("apt-get", "dpkg", "apt-cache"):  # a Debian where nobody may install anything
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 1000)
    monkeypatch.setitem(system_libraries.OFFSCREEN, "libnobodyhasthis.so.7", "libnobodyhasthis7")
    assert system_libraries.main("offscreen") == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "apt-get install" in line]
    assert [line.split()[-1] for line in lines] == ["libnobodyhasthis7"]


@ON_LINUX
def test_that_another_linux_is_told_the_libraries(
    system_libraries: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(system_libraries.OFFSCREEN, "libnobodyhasthis.so.7", "libnobodyhasthis7")
    assert system_libraries.main("offscreen") == 1
    assert "needs these from your system: libnobodyhasthis.so.7." in capsys.readouterr().out
