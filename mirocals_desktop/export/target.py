"""Writing a file whole or not at all, beside its target, with a sentence for everything that can go wrong."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mirocals_desktop.errors import AppError, reason_of
from mirocals_desktop.i18n import _


@contextmanager
def write_whole(target: Path) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, the file there becomes `target`.

    The path lies in a folder of its own beside the target, so that moving the file in place is one step, and
    so that a library's own temporary files can go there too: whatever happens, nothing of it stays behind.
    What the operating system refuses becomes an `AppError`. The target's old content stays until the end.
    """
    check_target(target)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".mirocals-export-", dir=target.parent))
    except OSError as error:
        raise _refused(target, error) from error
    try:
        temporary = folder / target.name
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_target(target: Path) -> None:
    """Raise the `AppError` that writing to `target` would end in, as far as it can be told beforehand."""
    try:
        _look_at(target)
    except OSError as error:  # a path that cannot even be asked about
        raise _refused(target, error) from error


def _look_at(target: Path) -> None:
    if not target.parent.is_dir():
        raise AppError(
            _("The folder {folder} does not exist.").format(folder=target.parent),
            hint=_("Choose another folder."),
        )
    if target.is_dir():
        raise AppError(
            _("{name} is a folder.").format(name=target.name), hint=_("Choose another name for the file.")
        )
    for mark in (f"~${target.name}", f".~lock.{target.name}#"):  # of Excel, and of LibreOffice
        if target.parent.joinpath(mark).exists():
            raise AppError(
                _("{name} is open in another program.").format(name=target.name),
                hint=_(
                    "Close it there and export again, or choose another name. If it is open nowhere, "
                    "remove the file {mark} that was left beside it."
                ).format(mark=mark),
            )


def _refused(target: Path, error: OSError) -> AppError:
    """The sentence for what the operating system said."""
    if error.errno == errno.ENAMETOOLONG:
        return AppError(
            _("The name {name} is too long.").format(name=target.name), hint=_("Choose a shorter name.")
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return AppError(
            _("There is no room left to write {name} in {folder}.").format(
                name=target.name, folder=target.parent
            ),
            hint=_("Free some space, or choose another folder. Nothing was changed."),
        )
    if isinstance(error, PermissionError):
        if target.exists() and os.access(target.parent, os.W_OK):
            return AppError(
                _("{name} is open in another program, or protected.").format(name=target.name),
                hint=_("Close it there and export again, or choose another name."),
            )
        return AppError(
            _("You may not write in the folder {folder}.").format(folder=target.parent),
            hint=_("Choose another folder."),
        )
    return AppError(
        _("{name} could not be written in {folder}: {reason}.").format(
            name=target.name, folder=target.parent, reason=reason_of(error)
        ),
        hint=_("Choose another folder. Nothing was changed."),
    )
