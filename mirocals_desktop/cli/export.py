"""`export`: write a study to an Excel workbook."""

from __future__ import annotations

import argparse
from pathlib import Path

from mirocals_desktop.cli.access import open_whole
from mirocals_desktop.cli.answers import answer, progress
from mirocals_desktop.cli.arguments import add_json, add_signature, add_study
from mirocals_desktop.cli.commands import DONE
from mirocals_desktop.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study, the workbook, and who signs for having taken data out."""
    add_study(parser)
    parser.add_argument("target", type=Path, metavar="OUT.xlsx", help=_("the workbook to write"))
    add_signature(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Write the workbook, and an entry that it was written; gives the exit code."""
    from mirocals_desktop.export.workbook import write_workbook
    from mirocals_desktop.study.ledger import EXPORTED

    with open_whole(options.study, options) as study:
        write_workbook(study.snapshot(report=progress()), options.target, report=progress())
        entry = study.record(EXPORTED, details={"file": options.target.name})
    answer(
        options,
        {"file": str(options.target), "entry": entry},
        _("Written: {file}").format(file=options.target),
    )
    return DONE
