"""What the user likes (language, theme, recent files ...): one frozen dataclass, one JSON file.

Nothing here changes a number: options that do are in the study file, through its ledger.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

Theme = Literal["system", "light", "dark"]
NumberFormat = Literal["", "point", "comma"]
DateFormat = Literal["", "dmy", "iso"]
Motion = Literal["system", "less"]
SecondStart = Literal["same window", "new window"]
TEXT_SIZES: Final = (90, 100, 115, 130, 150, 175, 200)
LOCK_MINUTES: Final = (0, 5, 10, 15, 30, 60)


@dataclass(frozen=True)
class Settings:
    """The user's settings.

    `language` is empty to follow the system; `person` signs audit entries. `text_size` is a percentage of the
    system's. `number_format` and `date_format` are empty to follow the language. `folder` is where the user
    keeps files, `folders` the last one for each purpose ("study", "import", "export", "figure", "backup").
    `motion` is "less" where nothing should move that need not, whatever the system says.
    `backup_folder` gets the backups of studies. `notify` tells when long work has ended in the background.
    `lock_minutes` without a key or the mouse close a study that a passphrase protects; 0 is never.
    `tables` holds what the user did to the columns of each table, `toured` whether the tour was seen or
    refused, `seen_version` the version whose news were read.
    """

    language: str = ""
    theme: Theme = "system"
    text_size: int = 100
    number_format: NumberFormat = ""
    date_format: DateFormat = ""
    motion: Motion = "system"
    person: str = ""
    role: str = "central coordinator"
    recent: tuple[str, ...] = ()
    folder: str = ""
    folders: Mapping[str, str] = field(default_factory=dict)
    backup_folder: str = ""
    notify: bool = True
    window: str = ""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    toured: bool = False
    seen_version: str = ""
    second_start: SecondStart = "same window"
    lock_minutes: int = 0


_CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "theme": get_args(Theme),
    "number_format": get_args(NumberFormat),
    "date_format": get_args(DateFormat),
    "text_size": TEXT_SIZES,
    "lock_minutes": LOCK_MINUTES,
    "motion": get_args(Motion),
    "second_start": get_args(SecondStart),
}


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
    values = {
        known.name: _checked(known.name, stored.get(known.name), getattr(defaults, known.name))
        for known in dataclasses.fields(Settings)
    }
    return Settings(**values)


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


def _checked(name: str, value: Any, default: Any) -> Any:
    """A stored value where it is of the default's kind, else the default."""
    if isinstance(default, tuple):
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else default
    if name == "folders":
        found = value.items() if isinstance(value, dict) else ()
        return {purpose: folder for purpose, folder in found if isinstance(folder, str)}
    if name == "tables":
        found = value.items() if isinstance(value, dict) else ()
        return {table: state for table, state in found if isinstance(state, dict)}
    if type(value) is not type(default) or (name in _CHOICES and value not in _CHOICES[name]):
        return default
    return value
