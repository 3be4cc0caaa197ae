"""Prepare a release: `python packaging/release.py prepare X.Y.Z`.

Edits the version in the source and the headings in the two lists of changes, English and French, and nothing
else: a person looks at the difference, commits it, and sets the tag. The rest is in packaging/README.md.
"""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = Path("mirocals_desktop") / "__init__.py"
CHANGES: Final = {Path("CHANGELOG.md"): "## Unreleased\n", Path("docs/fr/changelog.md"): "## À paraître\n"}
"""The lists of changes, each with the heading of what was not released yet."""
_VERSION: Final = re.compile(r'^__version__ = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)


def prepare(root: Path, version: str, *, today: datetime.date) -> str:
    """Edit the files; gives a sentence about what was done. Raises ValueError with one where it cannot."""
    wanted = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if wanted is None:
        raise ValueError(f"“{version}” is not a version: write three numbers, X.Y.Z")
    source = (root / SOURCE).read_text(encoding="utf-8")
    stated = _VERSION.search(source)
    if stated is None:
        raise ValueError(f"{SOURCE.as_posix()} states no version")
    if [int(part) for part in wanted.groups()] < [int(part) for part in stated.groups()]:
        raise ValueError(f"{version} is before {'.'.join(stated.groups())}, which the source states")
    dated = {path: _dated(root, path, heading, version, today) for path, heading in CHANGES.items()}
    (root / SOURCE).write_text(_VERSION.sub(f'__version__ = "{version}"', source), encoding="utf-8")
    for path, text in dated.items():
        (root / path).write_text(text, encoding="utf-8")
    names = " and ".join(path.as_posix() for path in (SOURCE, *CHANGES))
    return f"{names} say {version} now. Look at the difference, and commit it."


def _dated(root: Path, path: Path, heading: str, version: str, today: datetime.date) -> str:
    """A list of changes with what was not released yet under the version."""
    changes = (root / path).read_text(encoding="utf-8")
    if f"## {version} " in changes:
        raise ValueError(f"{path.as_posix()} has {version} already")
    head, found, rest = changes.partition(heading)
    if not found or not rest.split("\n## ", 1)[0].strip():
        name = heading.removeprefix("## ").strip()
        raise ValueError(f"{path.as_posix()} has nothing under “{name}”: say what is new first")
    return f"{head}{heading}\n## {version} – {today:%Y-%m-%d}\n{rest}"


def main(arguments: list[str]) -> int:
    """Run from the command line; 0 when the files were edited."""
    if len(arguments) != 2 or arguments[0] != "prepare":
        print("usage: release.py prepare X.Y.Z")
        return 2
    try:
        print(prepare(ROOT, arguments[1], today=datetime.datetime.now(datetime.UTC).date()))
    except ValueError as error:
        print(f"Nothing was changed: {error}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
