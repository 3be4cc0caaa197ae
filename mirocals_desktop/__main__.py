"""Where the program starts: the window, or the command line when a command is given.

Nothing heavy may be imported before it is known which of the two it is.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Final

READ_SPREADSHEET: Final = "--read-spreadsheet"
SELF_TEST: Final = "--self-test"
NEW_WINDOW: Final = "--new-window"


def main() -> None:
    """Run the program and end the process with its exit code."""
    arguments = sys.argv[1:]
    if arguments == [READ_SPREADSHEET]:  # the frozen program as its own reader of spreadsheets
        from mirocals_desktop.importing.reader.child import main as read_spreadsheet

        sys.exit(read_spreadsheet())
    if arguments == [SELF_TEST]:
        from mirocals_desktop.self_test import self_test

        sys.exit(self_test())
    from mirocals_desktop.cli import is_command, run_command

    new_window = arguments[:1] == [NEW_WINDOW]
    if new_window:
        arguments = arguments[1:]
    elif is_command(arguments):
        sys.exit(run_command(arguments))
    gc.disable()  # until everything is imported: what is imported stays, and looking through it takes a tenth
    from mirocals_desktop.app import run

    sys.exit(run([Path(argument) for argument in arguments], new_window=new_window))


if __name__ == "__main__":
    main()
