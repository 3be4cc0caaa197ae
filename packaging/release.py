"""Prepare a release: `python packaging/release.py prepare X.Y.Z`.

Edits the version in the source and the heading in CHANGELOG.md, and nothing else: a person looks at the
difference, commits it, and sets the tag. What to do then is in packaging/README.md.
"""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = Path("mirocals_desktop") / "__init__.py"
CHANGES: Final = Path("CHANGELOG.md")
_VERSION: Final = re.compile(r'^__version__ = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)
_UNRELEASED: Final = "## Unreleased\n"


def prepare(root: Path, version: str, *, today: datetime.date) -> str:
    """Edit both files; gives a sentence about what was done. Raises ValueError with one where it cannot."""
    wanted = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if wanted is None:
        raise ValueError(f"“{version}” is not a version: write three numbers, X.Y.Z")
    source = (root / SOURCE).read_text(encoding="utf-8")
    changes = (root / CHANGES).read_text(encoding="utf-8")
    stated = _VERSION.search(source)
    if stated is None:
        raise ValueError(f"{SOURCE.as_posix()} states no version")
    if [int(part) for part in wanted.groups()] < [int(part) for part in stated.groups()]:
        raise ValueError(f"{version} is before {'.'.join(stated.groups())}, which the source states")
    if f"## {version} " in changes:
        raise ValueError(f"CHANGELOG.md has {version} already")
    head, found, rest = changes.partition(_UNRELEASED)
    news = rest.split("\n## ", 1)[0].strip()
    if not found or not news:
        raise ValueError("CHANGELOG.md has nothing under “Unreleased”: say what is new first")
    dated = f"{head}{_UNRELEASED}\n## {version} – {today:%Y-%m-%d}\n{rest}"
    (root / SOURCE).write_text(_VERSION.sub(f'__version__ = "{version}"', source), encoding="utf-8")
    (root / CHANGES).write_text(dated, encoding="utf-8")
    return f"{SOURCE.as_posix()} and CHANGELOG.md say {version} now. Look at the difference, and commit it."


def main(arguments: list[str]) -> int:
    """Run from the command line; 0 when both files were edited."""
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
