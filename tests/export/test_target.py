"""A file is written whole or not at all, and what stands in the way is said in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mirocals_desktop.errors import AppError
from mirocals_desktop.export.target import check_target, write_whole


def test_that_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    with write_whole(target) as temporary:
        temporary.write_bytes(b"new")
        assert temporary.parent.parent == tmp_path
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_that_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"old")

    def fail_half_way() -> None:
        with write_whole(target) as temporary:
            temporary.write_bytes(b"half")
            temporary.with_name("library's own.tmp").write_bytes(b"patients")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("mark", ["~$out.xlsx", ".~lock.out.xlsx#"])
def test_that_a_target_open_in_excel_or_libreoffice_is_refused_with_a_sentence(
    mark: str, tmp_path: Path
) -> None:
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"old")
    (tmp_path / mark).write_bytes(b"somebody")
    with pytest.raises(AppError, match=r"out\.xlsx is open in another program") as caught:
        check_target(target)
    assert mark in caught.value.hint
    with pytest.raises(AppError), write_whole(target):
        pytest.fail("nothing may be written")
    assert target.read_bytes() == b"old"


def test_that_a_missing_folder_and_a_folder_as_target_are_named(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="does not exist"):
        check_target(tmp_path / "nowhere" / "out.xlsx")
    with pytest.raises(AppError, match="is a folder"):
        check_target(tmp_path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_that_a_folder_one_may_not_write_in_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(AppError, match="may not write in the folder"), write_whole(folder / "out.xlsx"):
        pytest.fail("nothing may be written")
    folder.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on a file's size is a Unix one")
def test_that_a_disk_without_room_gives_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.book import Book
from mirocals_desktop.export.table import Column, Table
from mirocals_desktop.export.target import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
target = Path(sys.argv[1])
try:
    with write_whole(target) as temporary, Book(temporary, title="T") as book:
        book.write_table(Table("T", "", (Column("C", [f"text {i}" for i in range(50_000)]),)))
except AppError as error:
    print(error)
"""
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"old")
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(target)], capture_output=True, text=True, check=True
    )
    assert "There is no room left to write out.xlsx" in run.stdout
    assert run.stderr == ""
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
