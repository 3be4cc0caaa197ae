"""How a stored value, a date and a person's act are written for the user."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDate, QDateTime, QLocale, QTimeZone

from mirocals_desktop.i18n import _, language
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui.formats import formats

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mirocals_desktop.protocol.model import Protocol, Variable

MISSING = "–"


_LOCALES: Final = {"point": "en_GB", "comma": "fr_FR"}
_DAYS: Final = {"": "d MMM yyyy", "dmy": "dd/MM/yyyy", "iso": "yyyy-MM-dd"}
_MONTHS: Final = {"": "MMM yyyy", "dmy": "MM/yyyy", "iso": "yyyy-MM"}


def user_locale() -> QLocale:
    """How the user writes numbers: as the language does, unless the settings say otherwise."""
    return QLocale(_LOCALES.get(formats().numbers, language()))


def number_text(value: float, decimals: int | None = None, *, grouped: bool = True) -> str:
    """A number as the user writes it; "" for NaN. Without `decimals`, with those it has (six at most)."""
    value = float(value) + 0.0  # no minus before a zero
    if value != value:
        return ""
    if decimals is None:
        decimals = len(f"{value:.6f}".rstrip("0").partition(".")[2])
    return _written(value, decimals, _LOCALES.get(formats().numbers, language()), grouped)


@lru_cache(maxsize=20_000)  # a table and a frame of the live cut ask for the same numbers over and over
def _written(value: float, decimals: int, code: str, grouped: bool) -> str:  # noqa: FBT001 (part of the key)
    return _number_locale(code, grouped).toString(value, "f", decimals)


@lru_cache(maxsize=8)  # making a locale takes as long as writing a number
def _number_locale(code: str, grouped: bool) -> QLocale:  # noqa: FBT001 (part of the key)
    locale = QLocale(code)
    if not grouped:
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    return locale


def date_text(iso: str) -> str:
    """An ISO date as the user writes it, as precise as it is: day, month or year."""
    locale = QLocale(language())
    if len(iso) == 10:
        date = QDate.fromString(iso, "yyyy-MM-dd")
        return locale.toString(date, _DAYS[formats().dates]) if date.isValid() else iso
    if len(iso) == 7:
        date = QDate.fromString(iso + "-01", "yyyy-MM-dd")
        return locale.toString(date, _MONTHS[formats().dates]) if date.isValid() else iso
    return iso


def iso_days(days: Any) -> list[str]:
    """ISO texts of a column of days (datetime64), as tables keep dates; "" for none."""
    import numpy as np

    return ["" if np.isnat(day) else str(day) for day in np.asarray(days, dtype="datetime64[D]")]


def time_text(utc: str) -> str:
    """A stored UTC time as the user's own date and time."""
    at = QDateTime.fromString(utc[:19].replace(" ", "T"), "yyyy-MM-ddTHH:mm:ss")
    if not at.isValid():
        return utc
    at.setTimeZone(QTimeZone(QTimeZone.Initialization.UTC))
    return QLocale(language()).toString(at.toLocalTime(), f"{_DAYS[formats().dates]}, HH:mm")


def variable_text(protocol: Protocol, code: str) -> str:
    """A variable's name; its code where the protocol does not know it."""
    variable = protocol.variable(code)
    return str(variable.label) if variable is not None else code


def visit_text(protocol: Protocol, code: str) -> str:
    """A visit's name; "" where there is none."""
    visit = protocol.visit(code)
    return str(visit.label) if visit is not None else code


def value_text(variable: Variable | None, row: Mapping[str, Any], *, unit: bool = True) -> str:
    """One observation's value as it is shown: number with qualifier, choice's label, date, or why not.

    `row` has the columns of `observation.STORED`.
    """
    if row["sealed"]:
        return _("received, sealed")
    if row["missing"]:
        return missing_text(str(row["missing"]))
    number = float(row["number"])
    if number == number:
        decimals = None if variable is None else variable.decimals if variable.kind == "number" else 0
        if decimals is not None and round(number, decimals) != number:
            decimals = None  # never show another number than the one that is stored
        text = f"{row['qualifier']}{number_text(number, decimals)}"
        return f"{text} {unit_text(variable.unit)}".rstrip() if unit and variable is not None else text
    if row["qualifier"]:  # "<LLOQ": beyond a limit that nobody told
        return _("below the limit") if row["qualifier"] == "<" else _("above the limit")
    text = str(row["text"])
    if variable is not None and variable.kind == "choice":
        choice = variable.choice(text)
        return str(choice.label) if choice is not None else text
    return date_text(text) if variable is not None and variable.kind == "date" else text


def missing_text(code: str) -> str:
    """Why there is no value, in words."""
    from mirocals_desktop.importing.missing import reason_label

    return reason_label(code)
