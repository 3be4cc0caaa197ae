"""`sample`: make the synthetic sample study."""

from __future__ import annotations

import argparse
from pathlib import Path

from mirocals_desktop.cli.answers import answer, progress
from mirocals_desktop.cli.arguments import add_json
from mirocals_desktop.cli.commands import DONE
from mirocals_desktop.i18n import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it goes."""
    parser.add_argument("study", type=Path, metavar="STUDY", help=_("the study file to make"))
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Import the sample's spreadsheets as anybody would; gives the exit code."""
    from mirocals_desktop.importing.summary import summarise_study
    from mirocals_desktop.sample import make_sample

    with make_sample(options.study, report=progress()) as study:
        summary = summarise_study(study.snapshot())
        head = study.head
    text = _("Made {file}: a synthetic study of {patients} patients. Nobody in it exists.").format(
        file=options.study, patients=summary["patients"]
    )
    answer(options, {"study": str(options.study), "synthetic": True, "head": head, **summary}, text)
    return DONE
