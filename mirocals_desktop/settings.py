"""What the user likes (language, theme, recent files ...): one frozen dataclass, one JSON file.

Nothing here changes a number: options that do are in the study file, through its ledger.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Settings:
    """The user's settings. `language` is empty to follow the system; `person` signs audit entries."""

    language: str = ""
    theme: Theme = "system"
    person: str = ""
    role: str = "central coordinator"
    recent: tuple[str, ...] = ()
    folder: str = ""
    window: str = ""


def read_settings(path: Path) -> Settings:
    """The settings in the file; the defaults where it is missing, broken or from another version.

    Settings are looks and habits, so a broken file must never keep anybody from starting the program.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    defaults = Settings()
    values: dict[str, object] = {}
    for field in dataclasses.fields(Settings):
        value = stored.get(field.name, getattr(defaults, field.name))
        if field.name == "recent":
            value = tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
        elif not isinstance(value, str):
            value = getattr(defaults, field.name)
        values[field.name] = value
    if values["theme"] not in ("system", "light", "dark"):
        values["theme"] = defaults.theme
    return Settings(**values)  # type: ignore[arg-type]  # each value was checked above


def write_settings(settings: Settings, path: Path) -> None:
    """Write the settings, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(dataclasses.asdict(settings), indent=2), encoding="utf-8")
    temporary.replace(path)


def with_recent(settings: Settings, study: Path) -> Settings:
    """The settings with `study` first among the ten recent ones."""
    name = str(study)
    others = tuple(item for item in settings.recent if item != name)
    return dataclasses.replace(settings, recent=(name, *others)[:10])
