"""Run one command: read its arguments, and end with a code and a sentence whatever happens."""

from __future__ import annotations

import argparse
import contextlib
import gettext
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mirocals_desktop import __version__
from mirocals_desktop.cli.answers import print_json, say_error
from mirocals_desktop.cli.commands import BUG, COMMANDS, DONE, REFUSED, STOPPED, USAGE
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import LANGUAGES, N_, _, set_language
from mirocals_desktop.resources import resource_path

OF_ARGPARSE: Final = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
)
"""Words that argparse says by itself, and looks up in the program's catalogue (`_speak`)."""


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit code."""
    _speak(_language_of_environment())
    options = argparse.Namespace(json=False)
    try:
        _parser(arguments).parse_args(arguments, options)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except SystemExit as ended:  # argparse has said what was wrong, or the help that was asked for
        return ended.code if isinstance(ended.code, int) else USAGE
    except AppError as error:
        say_error(str(error))
        if options.json:
            print_json({"error": error.message, "hint": error.hint})
        return REFUSED
    except KeyboardInterrupt:
        say_error(_("Stopped. What was saved before is in the study, and nothing half done."))
        return STOPPED
    except BrokenPipeError:  # whoever read our output has heard enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 (a bug: told in one sentence, its places in a file)
        say_error(
            _("The program made a mistake and stopped; the study is safe. The places are in {file}.").format(
                file=_write_places(error)
            )
        )
        return BUG


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Knows every command by name, and the arguments of the one that is meant: the others stay unread."""
    parser = argparse.ArgumentParser(
        prog="mirocals-desktop",
        description=_("Follow-up, biomarkers and survival of a trial. Without a command the window opens."),
        epilog=_(
            "Exit codes: 0 done, 1 a mistake of the program, 2 wrong usage, 3 the import needs answers, "
            "4 refused, with the reason."
        ),
    )
    parser.add_argument("--version", action="version", version=f"MIROCALS Desktop {__version__}")
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)
    for command in COMMANDS:
        about = _(command.about)
        its = commands.add_parser(command.name, help=about, description=about)
        if command.name in arguments:
            module = importlib.import_module(f"mirocals_desktop.cli.{command.module}")
            its.set_defaults(run=module.run, parser=its)
            module.add_arguments(its)
    return parser


def _speak(code: str) -> None:
    """The language of all that is said, argparse's own words among it, in any alphabet on any terminal."""
    set_language(code)
    gettext.bindtextdomain("mirocals", str(resource_path("locale")))
    gettext.textdomain("mirocals")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a stream that is no text file
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def _language_of_environment() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value[:2] if value[:2] in LANGUAGES else "en"
    return "en"


def _write_places(error: BaseException) -> Path:
    """A file with the places in the code where a bug came up; never its message, which may quote values."""
    lines = [f"MIROCALS Desktop {__version__}", f"Python {sys.version}"]
    chain: BaseException | None = error
    while chain is not None:
        lines.append(type(chain).__qualname__)
        lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(chain.__traceback__)]
        chain = chain.__cause__ or chain.__context__
    descriptor, name = tempfile.mkstemp(prefix="mirocals-desktop-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return Path(name)
