"""What a check of the stored data found: a sentence about one patient, with the observations it speaks of.

A finding is never an error of the program and never changes a value; somebody looks at it. No check of a
blinded study can quote a sealed value, since a snapshot does not hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
"""An error cannot be true, a warning is looked at."""


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    `message` is translated; `observations` are ids in the study, the most telling first.
    """

    severity: Severity
    code: str
    patient: str
    message: str
    visit: str = ""
    variable: str = ""
    observations: tuple[int, ...] = ()
