"""`verify`: check that a study is what was written."""

from __future__ import annotations

import argparse
import dataclasses

from mirocals_desktop.cli.access import open_study
from mirocals_desktop.cli.answers import print_json, progress, say, say_error
from mirocals_desktop.cli.arguments import add_json, add_study
from mirocals_desktop.cli.commands import DONE, REFUSED
from mirocals_desktop.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study."""
    add_study(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Follow the chain of entries from the first to the last; gives the exit code."""
    with open_study(options.study, options) as study:
        verification = study.verify(progress())
    if options.json:
        print_json({**dataclasses.asdict(verification), "whole": verification.whole})
    if not verification.whole:
        say_error(verification.sentence)
        return REFUSED
    if not options.json:
        say(verification.sentence)
        say(_("Last hash: {head}").format(head=verification.head))
    return DONE
