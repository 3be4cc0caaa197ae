"""Where the program starts: the window, or the command line when a command is given.

Nothing heavy may be imported before it is known which of the two it is.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Final

READ_SPREADSHEET: Final = "--read-spreadsheet"
SELF_TEST: Final = "--self-test"
NEW_WINDOW: Final = "--new-window"
UNTIL_PAINTED: Final = "--until-painted"  # for measuring a package: end when the window has been painted


def main() -> None:
    """Run the program and end the process with its exit code."""
    arguments = sys.argv[1:]
    if arguments == [READ_SPREADSHEET]:  # the frozen program as its own reader of spreadsheets
        from mirocals_desktop.importing.reader.child import main as read_spreadsheet

        sys.exit(read_spreadsheet())
    if arguments == [SELF_TEST]:
        from mirocals_desktop.self_test import self_test

        sys.exit(self_test())
    from mirocals_desktop.cli.commands import is_command

    new_window = arguments[:1] == [NEW_WINDOW]
    until_painted = arguments == [UNTIL_PAINTED]
    if new_window or until_painted:
        arguments = arguments[1:]
    elif is_command(arguments):
        from mirocals_desktop.cli.main import run_command

        sys.exit(run_command(arguments))
    if not has_screen():
        from mirocals_desktop.i18n import _, set_language

        set_language(os.environ.get("LANG", "")[:2])
        sys.exit(
            _(
                "There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). "
                "Start the program in a desktop session. “mirocals-desktop --help” lists what works without "
                "a window."
            )
        )
    gc.disable()  # until everything is imported: looking through it again and again takes time
    from mirocals_desktop.qt_loading import load_qt

    load_qt()
    from mirocals_desktop.app import run

    sys.exit(
        run([Path(argument) for argument in arguments], new_window=new_window, until_painted=until_painted)
    )


def has_screen() -> bool:
    """Whether there is a screen for a window, as far as the environment tells: Qt aborts without one."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    main()
