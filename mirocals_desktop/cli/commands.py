"""The commands of the command line, one row each, and the codes that they end with.

The window's start asks this module whether it is meant at all, so it imports nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mirocals_desktop.i18n import N_

DONE: Final = 0
BUG: Final = 1  # told with where its details are
USAGE: Final = 2
NEEDS_ANSWERS: Final = 3  # the import asks, and wrote nothing
REFUSED: Final = 4  # with the sentence that says why
STOPPED: Final = 130


class Command(NamedTuple):
    """A command: its word, what it is for, and its module (`add_arguments` and `run`) in this package."""

    name: str
    about: str
    module: str


COMMANDS: Final = (
    Command("new", N_("make a study"), "new"),
    Command("import", N_("take spreadsheets into a study"), "import_files"),
    Command("survival", N_("time to the endpoint, of a study or of a flat table"), "survival"),
    Command("export", N_("write the study to an Excel workbook"), "export"),
    Command("verify", N_("check that the study is what was written"), "verify"),
    Command("sample", N_("make the synthetic sample study"), "sample"),
)


def is_command(arguments: Sequence[str]) -> bool:
    """Whether the arguments are for the command line: a command, an option or a mistyped one, and no file."""
    if not arguments:
        return False
    first = Path(arguments[0])
    if any(arguments[0] == command.name for command in COMMANDS) or arguments[0].startswith("-"):
        return True
    try:
        return not (first.suffix or first.exists())
    except OSError:  # no path at all, as a name that is too long
        return True
