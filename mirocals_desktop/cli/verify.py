"""`verify`: check that a study is what was written."""

from __future__ import annotations

import argparse
import dataclasses

from mirocals_desktop.cli.access import open_study
from mirocals_desktop.cli.answers import print_json, progress, say, say_error
from mirocals_desktop.cli.arguments import add_json, add_study
from mirocals_desktop.cli.commands import DONE, REFUSED
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study, and what was noted of it earlier."""
    add_study(parser)
    parser.add_argument(
        "--head",
        metavar="HASH",
        help=_("a last hash, noted earlier or printed on an export, that the study must hold"),
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Follow the chain of entries from the first to the last; gives the exit code."""
    with open_study(options.study, options) as study:
        verification = study.verify(progress())
        holds = options.head is None or options.head.lower() in {entry.hash for entry in study.entries()}
    if verification.whole and not holds:  # nothing in an older copy itself can tell that it is one
        raise AppError(
            _("The study is whole, but holds no entry with the hash {hash}.").format(hash=options.head),
            hint=_("It is an older copy, or another study: look for the newer one."),
        )
    if options.json:
        print_json({**dataclasses.asdict(verification), "whole": verification.whole})
    if not verification.whole:
        say_error(verification.sentence)
        return REFUSED
    if not options.json:
        say(verification.sentence)
        say(_("Last hash: {head}").format(head=verification.head))
    return DONE
