"""Errors that a user can act on, and nothing else.

    Exception
    ├── AppError          the world's fault: a sentence, and what to do about it
    └── progress.Cancelled  the user stopped a long task

Every other exception is a bug of this program. A problem in *data* is not an exception at all: it is
an issue, collected with its cell and shown beside the others.
"""

from __future__ import annotations

import errno
from typing import Final

from mirocals_desktop.i18n import N_, _


class AppError(Exception):
    """Something the user can understand and mend.

    `message` says what happened and where, `hint` what to do next; both are already translated.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


_REASONS: Final = {
    errno.ENOENT: N_("there is no such file or folder"),
    errno.ENOTDIR: N_("a part of its path is no folder"),
    errno.EISDIR: N_("it is a folder"),
    errno.EEXIST: N_("there is one already"),
    errno.EACCES: N_("you do not have the right"),
    errno.EPERM: N_("you do not have the right"),
    errno.EROFS: N_("the drive can only be read"),
    errno.ENAMETOOLONG: N_("its name or path is too long"),
    errno.ENOSPC: N_("the drive is full"),
    errno.EDQUOT: N_("your share of the drive is full"),
    errno.EBUSY: N_("another program is using it"),
    errno.EIO: N_("the drive does not answer"),
    errno.ETIMEDOUT: N_("the drive does not answer"),
    errno.ESTALE: N_("the drive does not answer"),
}


def reason_of(error: OSError) -> str:
    """What the system minds, in the user's language: the end of a sentence, without its full stop."""
    if error.errno in _REASONS:
        return _(_REASONS[error.errno])
    return error.strerror or type(error).__name__
