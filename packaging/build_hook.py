"""What the build adds to the package: compiled translations; `resources` and the manual inside the wheel.

An editable installation gets the translations alone: there the program reads `resources` and `docs` from the
repository.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface[Any]):
    """Hatchling calls it before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the translations, and give the wheel the resources."""
        root = Path(self.root)
        compile_catalogues(root / "resources" / "locale")
        if self.target_name == "wheel" and version != "editable":
            build_data["force_include"][str(root / "resources")] = "mirocals_desktop/resources"
            build_data["force_include"][str(root / "docs")] = "mirocals_desktop/resources/manual"
            news = "mirocals_desktop/resources/manual/changelog.md"
            build_data["force_include"][str(root / "CHANGELOG.md")] = news


_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a file that tells when it was made is never made again


def compile_catalogues(folder: Path) -> list[Path]:
    """Write each `.po` as the `.mo` beside it, without the texts that still wait for a translator."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        catalogue.creation_date = _NO_TIME
        target = source.with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written.append(target)
    return written


def copy_manual(docs: Path, target: Path) -> None:
    """Put the manual where an installed program looks for it: `resources/manual`, the pages as they are."""
    shutil.copytree(docs, target, ignore=shutil.ignore_patterns("*.jsonl", ".*"))
    shutil.copyfile(docs.parent / "CHANGELOG.md", target / "changelog.md")
