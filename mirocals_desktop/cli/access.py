"""Who works on which study, and the passphrases that open it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirocals_desktop.cli.answers import progress
from mirocals_desktop.cli.arguments import ROLE
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

if TYPE_CHECKING:
    from mirocals_desktop.study.study import Study

STUDY_SECRET: Final = "MIROCALS_PASSPHRASE"  # noqa: S105 (the name of a variable)


def open_whole(path: Path, options: argparse.Namespace) -> Study:
    """The study, after it was verified: nobody reads what a script computes from an altered one."""
    study = open_study(path, options)
    try:
        verification = study.verify(progress())
        if not verification.whole:
            raise AppError(
                verification.sentence,
                hint=_("Nothing was done. Go back to a backup, and keep the altered file."),
            )
    except BaseException:
        study.close()
        raise
    return study


def open_study(path: Path, options: argparse.Namespace) -> Study:
    """The study, opened by whoever runs the command; an encrypted one asks for its passphrase."""
    from mirocals_desktop.study.study import PassphraseNeeded, Study

    sign = {"person": person_of(options), "role": getattr(options, "role", ROLE)}
    passphrase = known_passphrase(STUDY_SECRET, options.passphrase_file)
    try:
        return Study.open(path, passphrase=passphrase, **sign)
    except PassphraseNeeded:
        if passphrase is not None or not sys.stdin.isatty():
            raise
    return Study.open(path, passphrase=getpass.getpass(_("Passphrase for the study: ")), **sign)


def person_of(options: argparse.Namespace) -> str:
    """Who signs: the one who was named, else whoever is logged in."""
    named: str = getattr(options, "person", "")  # a command that writes nothing asks nobody
    if named.strip():
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name in the environment, and none in the system
        return _("somebody on the command line")


def known_passphrase(variable: str, file: Path | None) -> str | None:
    """A passphrase from a file or the environment."""
    if file is None:
        return os.environ.get(variable)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AppError(_("The passphrase file {file} could not be read.").format(file=file)) from error
    return lines[0] if lines else ""


def new_passphrase(variable: str, file: Path | None, prompt: str) -> str:
    """A passphrase to be: from a file, the environment, or typed twice."""
    known = known_passphrase(variable, file)
    if known is not None:
        return known
    if not sys.stdin.isatty():
        raise AppError(
            _("A passphrase is needed."),
            hint=_("Give it in a file or in the environment variable {name}.").format(name=variable),
        )
    first = getpass.getpass(prompt)
    if getpass.getpass(_("Once more: ")) != first:
        raise AppError(_("The two passphrases differ."))
    return first
