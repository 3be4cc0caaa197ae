"""Why a study file cannot be opened or written: each trouble as a sentence, with what to do about it."""

from __future__ import annotations

from pathlib import Path

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _


class PassphraseNeeded(AppError):
    """The file is protected by a passphrase, and none or a wrong one was given."""


def damaged(path: Path) -> AppError:
    """What to say of a study file whose content makes no sense."""
    return AppError(
        _("The study {file} is damaged or cut short.").format(file=path),
        hint=_("Go back to a backup; keep the damaged file, for much of it may be saved."),
    )


def explain(path: Path, message: str, *, encrypted: bool) -> AppError | None:
    """The sentence for what SQLite said of a study file; None where it can only be a bug."""
    if "locked" in message or "busy" in message:
        return in_use(path)
    if "not a database" in message or "hmac check failed" in message:
        if encrypted:
            return PassphraseNeeded(
                _("The passphrase does not open {file}, or it is no study.").format(file=path),
                hint=_("Try the passphrase again; capital letters count."),
            )
        return damaged(path)  # its header had said that it is a study
    if any(sign in message for sign in ("malformed", "corrupt", "disk I/O error", "no such")):
        return damaged(path)
    if "full" in message:
        return AppError(
            _("The drive is full; {file} was not changed.").format(file=path),
            hint=_("Make room and try again. Nothing that was saved before is lost."),
        )
    if "readonly" in message or "unable to open" in message:
        return AppError(
            _("The study {file} cannot be written to.").format(file=path),
            hint=_("Copy it to a folder of your own, or ask for the right to change it."),
        )
    return None


def in_use(path: Path) -> AppError:
    """What to say of a study that another program holds, or that cannot be locked."""
    return AppError(
        _("The study {file} is open already, in another window or on another computer.").format(file=path),
        hint=_(
            "Close it there first: one at a time keeps it whole. If it is open nowhere, its drive cannot "
            "lock files, as some network drives: copy it to a drive of this computer."
        ),
    )


def no_study(path: Path) -> AppError:
    """What to say of a file that is something else."""
    return AppError(
        _("{file} is no study of this program.").format(file=path),
        hint=_("Studies end in .mirocals; a spreadsheet is imported into one."),
    )
