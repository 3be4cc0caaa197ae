"""`new`: make a study."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mirocals_desktop.cli.access import STUDY_SECRET, new_passphrase, person_of
from mirocals_desktop.cli.answers import answer
from mirocals_desktop.cli.arguments import add_json, add_signature
from mirocals_desktop.cli.commands import DONE
from mirocals_desktop.i18n import _

_KEY_SECRET: Final = "MIROCALS_KEY_PASSPHRASE"  # noqa: S105 (the name of a variable)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, by which protocol, and how it is protected."""
    parser.add_argument("study", type=Path, metavar="STUDY", help=_("the study file to make"))
    parser.add_argument("--protocol", default="mirocals", help=_("mirocals, follow_up, or a TOML file"))
    parser.add_argument("--title", default="", help=_("the study's title; the protocol's otherwise"))
    parser.add_argument(
        "--blinded",
        type=Path,
        metavar="KEYFILE",
        help=_("seal arms and restricted values; the key goes here"),
    )
    parser.add_argument(
        "--key-passphrase-file", type=Path, metavar="FILE", help=_("its first line protects the key")
    )
    parser.add_argument("--encrypt", action="store_true", help=_("protect the whole study by a passphrase"))
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_("with --encrypt: its first line is the passphrase"),
    )
    add_signature(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make the study, empty; gives the exit code."""
    from mirocals_desktop.protocol.reader import protocol_text, read_protocol
    from mirocals_desktop.study.study import Study

    if options.passphrase_file and not options.encrypt:  # it would look protected, and not be
        options.parser.error(_("--passphrase-file belongs to --encrypt"))
    if options.key_passphrase_file and not options.blinded:
        options.parser.error(_("--key-passphrase-file belongs to --blinded"))
    text = protocol_text(options.protocol)
    protocol = read_protocol(text, name=str(options.protocol))
    title = options.title or (options.study.stem if protocol.code == "follow_up" else str(protocol.title))
    key_passphrase = None
    if options.blinded:
        key_passphrase = new_passphrase(
            _KEY_SECRET, options.key_passphrase_file, _("Passphrase for the key file: ")
        )
    passphrase = None
    if options.encrypt:
        passphrase = new_passphrase(STUDY_SECRET, options.passphrase_file, _("Passphrase for the study: "))
    with Study.create(
        options.study,
        text,
        title=title,
        person=person_of(options),
        role=options.role,
        blinded=options.blinded is not None,
        key_file=options.blinded,
        key_passphrase=key_passphrase,
        passphrase=passphrase,
    ) as study:
        answer(
            options,
            {
                "study": str(options.study),
                "title": title,
                "protocol": protocol.code,
                "blinded": study.blinded,
                "head": study.head,
            },
            _("Made {file}: {title}.").format(file=options.study, title=title),
        )
    return DONE
