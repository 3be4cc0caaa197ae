"""Why a file cannot be read, as a code that crosses the process border; `guard` makes a sentence of it."""

from __future__ import annotations


class Refused(Exception):
    """The file is not read. `code` names the reason, `details` what the sentence needs."""

    def __init__(self, code: str, **details: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
