"""Arguments that several commands take, and what may be written for them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mirocals_desktop.i18n import _

ROLE: Final = "data manager"


def add_study(parser: argparse.ArgumentParser) -> None:
    """The study that the command is about, and what opens it."""
    parser.add_argument("study", type=Path, metavar="STUDY", help=_("the study file"))
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Where the passphrase of an encrypted study stands."""
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help=_("its first line opens an encrypted study")
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Whether a machine reads the answer."""
    parser.add_argument("--json", action="store_true", help=_("answer with one JSON object"))


def add_signature(parser: argparse.ArgumentParser) -> None:
    """Who signs the entry that the command writes."""
    parser.add_argument("--person", default="", metavar="NAME", help=_("who signs the entry; you otherwise"))
    parser.add_argument("--role", default=ROLE, help=_("in which role"))
