"""What PySide compiles of its own code is compiled once, and never taken for what it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mirocals_desktop.qt_loading import support_compiled_once

LOAD = """
import builtins, sys
compiled = []
sys.addaudithook(lambda event, values: compiled.append(values[1]) if event == "compile" else None)
from mirocals_desktop.qt_loading import cache_path, load_qt

plain = builtins.compile
load_qt()
print(sum(str(name).startswith("shibokensupport/") for name in compiled), builtins.compile is plain)
print(cache_path())
"""


def load(folder: Path) -> tuple[str, Path]:
    """How much PySide compiled and where it was kept, in a process with its compiled modules in `folder`."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    answer = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    said, path = answer.stdout.splitlines()
    return said, Path(path)


def test_that_a_second_start_compiles_nothing_of_pyside_and_a_damaged_file_is_written_anew(
    tmp_path: Path,
) -> None:
    said, path = load(tmp_path)
    assert int(said.split()[0]) > 5
    assert path.is_relative_to(tmp_path)
    written = path.read_bytes()
    assert load(tmp_path) == ("0 True", path)
    path.write_bytes(written[: len(written) // 2])
    assert load(tmp_path)[0] == said
    assert path.read_bytes() == written


def test_that_other_text_under_the_same_name_is_compiled(tmp_path: Path) -> None:
    path = tmp_path / "support"
    with support_compiled_once(path):
        before = compile(b"answer = 1", "shibokensupport/it.py", "exec")
    with support_compiled_once(path):
        after = compile(b"answer = 2", "shibokensupport/it.py", "exec")
    found: dict[str, int] = {}
    exec(after, found)
    assert found["answer"] == 2
    assert before != after


@pytest.mark.parametrize("content", [b"", b"not compiled code", None])
def test_that_a_file_which_cannot_be_read_or_written_is_done_without(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "support"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with support_compiled_once(path):
        code = compile(b"answer = 1", "shibokensupport/it.py", "exec")
    assert code.co_filename == "shibokensupport/it.py"
