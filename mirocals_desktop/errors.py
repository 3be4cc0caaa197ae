"""Errors that a user can act on, and nothing else.

    Exception
    ├── AppError          the world's fault: a sentence, and what to do about it
    └── progress.Cancelled  the user stopped a long task

Every other exception is a bug of this program. A problem in *data* is not an exception at all: it is
an issue, collected with its cell and shown beside the others.
"""

from __future__ import annotations


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
