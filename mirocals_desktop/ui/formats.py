"""How the user writes numbers and dates on the screen: as the language does, or as the settings say.

Files are never written so: what leaves the program is plain.
"""

from __future__ import annotations

from dataclasses import dataclass

from mirocals_desktop.i18n import set_number_signs
from mirocals_desktop.settings import DateFormat, NumberFormat


@dataclass(frozen=True)
class Formats:
    """The forms of the settings; "" is what the language does."""

    numbers: NumberFormat = ""
    dates: DateFormat = ""


_formats = Formats()


def set_formats(formats: Formats) -> None:
    """Write numbers and dates so from now on."""
    global _formats  # the one place that holds the forms of the process, as `i18n` holds its language
    _formats = formats
    set_number_signs(formats.numbers)


def formats() -> Formats:
    """The forms of now."""
    return _formats
