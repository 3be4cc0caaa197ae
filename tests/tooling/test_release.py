"""What is edited for a release: the version and the heading in the list of changes, and nothing else."""

from __future__ import annotations

import datetime
import importlib
from pathlib import Path
from types import ModuleType

import pytest

DAY = datetime.date(2026, 12, 1)
CHANGES = "# Changelog\n\nWhat users notice.\n\n## Unreleased\n\n- Curves can be copied.\n\n## 0.1.0 – 2026-11-22\n\n- First.\n"  # noqa: E501


@pytest.fixture
def release(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    return importlib.import_module("release")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "mirocals_desktop").mkdir()
    (tmp_path / "mirocals_desktop" / "__init__.py").write_text('"""What."""\n\n__version__ = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGES, encoding="utf-8")
    (tmp_path / "docs" / "fr").mkdir(parents=True)
    french = CHANGES.replace("Unreleased", "À paraître")
    (tmp_path / "docs" / "fr" / "changelog.md").write_text(french, encoding="utf-8")
    return tmp_path


def test_that_version_and_changelog_say_the_new_version(release: ModuleType, tree: Path) -> None:
    release.prepare(tree, "0.2.0", today=DAY)
    assert '__version__ = "0.2.0"' in (tree / "mirocals_desktop" / "__init__.py").read_text()
    changes = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased\n\n## 0.2.0 – 2026-12-01\n\n- Curves can be copied." in changes
    assert changes.endswith("## 0.1.0 – 2026-11-22\n\n- First.\n")
    french = (tree / "docs" / "fr" / "changelog.md").read_text(encoding="utf-8")
    assert "## À paraître\n\n## 0.2.0 – 2026-12-01\n\n- Curves" in french
    assert len(list(tree.rglob("*.*"))) == 3


@pytest.mark.parametrize(
    ("version", "said"),
    [("0.2", "three numbers"), ("0.0.9", "is before 0.1.0"), ("0.1.0", "has 0.1.0 already")],
)
def test_that_a_version_that_cannot_be_is_refused_and_nothing_changed(
    release: ModuleType, tree: Path, version: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        release.prepare(tree, version, today=DAY)
    assert (tree / "CHANGELOG.md").read_text(encoding="utf-8") == CHANGES


def test_that_a_release_without_news_is_refused(release: ModuleType, tree: Path) -> None:
    (tree / "CHANGELOG.md").write_text(CHANGES.replace("- Curves can be copied.\n", ""), encoding="utf-8")
    with pytest.raises(ValueError, match="nothing under “Unreleased”"):
        release.prepare(tree, "0.2.0", today=DAY)


def test_that_this_repository_could_be_released(release: ModuleType, repository: Path, tree: Path) -> None:
    for name in (release.SOURCE, *release.CHANGES):
        (tree / name).write_bytes((repository / name).read_bytes())
    assert "say 99.0.0 now" in release.prepare(tree, "99.0.0", today=DAY)
