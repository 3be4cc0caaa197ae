"""What a blinded study must not show: which values are sealed, and what texts must not repeat them.

The arm is always sealed. A restricted variable is sealed unless it was provably measured before the patient's
first dose: at a visit planned on day 0 or earlier, or on a date not after the first dose (or, while that is
unknown, not after randomisation, which comes before it). Anything in doubt or in contradiction is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.words import plain_name
from mirocals_desktop.study.dates import span_of
from mirocals_desktop.study.sealing import Place

HIDDEN: Final = "(sealed)"
"""What stands in a text in place of a sealed value."""

DROPPED_DETAILS: Final = frozenset({"counts", "examples", "evidence", "preview", "issues", "diff"})
"""Keys that the details of an entry of a blinded study never hold, at any depth: they quote or count cells.

Of "counts" the numbers of cells that were new, changed and the like stay.
"""
_PLAIN_COUNTS: Final = ("new", "changed", "same", "missing", "set_apart")

_NUMBER: Final = re.compile(r"(?<![\w.,])[<>]?\s?\d+(?:[ \u00a0\u202f']\d{3})*(?:[.,]\d+)?(?![\w]|[.,]\d)")
_WORD: Final = re.compile(r"[\w./+-]+")
_SHORTEST_HIDDEN: Final = 3
_DOSE_DATES: Final = (codes.FIRST_DOSE_DATE, codes.RANDOMISATION_DATE)


@dataclass
class DoseDates:
    """When the patients had their first dose, and when their visits were, as far as a study knows."""

    first_dose: dict[str, list[date]] = field(default_factory=dict)
    randomised: dict[str, list[date]] = field(default_factory=dict)
    visits: dict[tuple[str, str, int], list[str]] = field(default_factory=dict)

    def add(self, observations: Iterable[tuple[Place, str]]) -> None:
        """Take in observations of `DATE_VARIABLES` and the dates that they say.

        Of several dates the earliest counts, and of one that is not full its first day.
        """
        for (patient, variable, visit, record), text in observations:
            if variable == codes.VISIT_DATE:
                self.visits.setdefault((patient, visit, record), []).append(text)
                continue
            span = span_of(text)
            if span is None:
                continue
            if variable == codes.FIRST_DOSE_DATE:
                self.first_dose.setdefault(patient, []).append(span[0])
            elif variable == codes.RANDOMISATION_DATE:
                self.randomised.setdefault(patient, []).append(span[0])

    def limit(self, patient: str) -> date | None:
        """The last day that is certainly not after the patient's first dose."""
        known = self.first_dose.get(patient) or self.randomised.get(patient)
        return min(known) if known else None


DATE_VARIABLES: Final = (*_DOSE_DATES, codes.VISIT_DATE)
"""The variables that `DoseDates.add` wants."""


@dataclass(frozen=True)
class Blinding:
    """The rule of one protocol."""

    protocol: Protocol

    def restricted(self) -> frozenset[str]:
        """The codes of the variables that may have to be sealed."""
        return frozenset(variable.code for variable in self.protocol.variables if variable.seal != "never")

    def must_seal(self, dates: DoseDates, place: Place, *, date: str) -> bool:
        """Whether a value is sealed: always so for a variable that the protocol does not know."""
        known = self.protocol.variable(place.variable)
        if known is None or known.seal == "always":
            return True
        if known.seal == "never":
            return False
        limit = dates.limit(place.patient)
        texts = [date] if date else dates.visits.get((place.patient, place.visit, place.record), [])
        spans = [span_of(text) for text in texts]
        dated_before = limit is not None and bool(spans) and all(span and span[1] <= limit for span in spans)
        contradicted = limit is not None and bool(spans) and not dated_before
        planned = self.protocol.visit(place.visit)
        day = planned.day if planned else None
        if day is not None:
            return day > 0 or contradicted
        return not dated_before


def check_names(observations: pd.DataFrame, protocol: Protocol) -> None:
    """AppError when a file's or sheet's name tells an arm: it would stand beside every open value."""
    arms = [
        {
            name
            for name in map(plain_name, (arm.code, arm.label.en, arm.label.fr, *arm.synonyms))
            if len(name) > 1
        }
        for arm in protocol.arms
    ]
    for column, what in (("sheet", _("sheet")), ("file", _("file"))):
        for name in observations[column].unique():
            words = f" {plain_name(str(name))} "
            named = [any(f" {word} " in words for word in arm) for arm in arms]
            if any(named) and not all(named):
                raise AppError(
                    _("The name of a {what} tells an arm, and this study is blinded.").format(what=what),
                    hint=_("Put the patients of all arms together, with the arm in a column of its own."),
                )


def check_file_names(names: Iterable[str], protocol: Protocol) -> None:
    """AppError when a file's name tells an arm, as in `check_names`."""
    told = list(names)
    check_names(pd.DataFrame({"file": told, "sheet": [""] * len(told)}), protocol)


@dataclass(frozen=True)
class Hiding:
    """What texts of an entry must not repeat: the numbers and the words of the values it seals."""

    numbers: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        """The details without the keys that quote cells, and with every sealed value taken out of others."""
        kept = {key: value for key, value in details.items() if key not in DROPPED_DETAILS}
        if isinstance(details.get("counts"), Mapping):
            kept["counts"] = {key: n for key, n in details["counts"].items() if key in _PLAIN_COUNTS}
        return {self.text(str(key)): self._value(value) for key, value in kept.items()}

    def text(self, text: str) -> str:
        """The text with `HIDDEN` in place of every sealed value that it repeats."""
        if text.strip() in self.words:
            return HIDDEN
        if self.words:
            text = _WORD.sub(lambda found: HIDDEN if found.group() in self.words else found.group(), text)
        if self.numbers:
            text = _NUMBER.sub(
                lambda found: HIDDEN if _plain_number(found.group()) in self.numbers else found.group(), text
            )
        return text

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.details(value)
        if isinstance(value, list | tuple):
            return [self._value(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float) and not value.is_integer():
            return HIDDEN if _plain_number(f"{value:.12g}") in self.numbers else value
        return value


def hiding_of(sealed: pd.DataFrame, protocol: Protocol) -> Hiding:
    """What must be hidden for these observations, given with their values.

    Arms and other choices are no secret by themselves: the protocol lists them. Numbers of one or two signs
    are left, for they would hit anything.
    """
    kinds = {variable.code: variable.kind for variable in protocol.variables}
    kind = sealed["variable"].map(kinds).fillna("text")
    free = sealed[kind == "text"]
    words = {str(text).strip() for column in ("raw", "text") for text in free[column].unique()}
    numbers = {_plain_number(str(raw)) for raw in sealed.loc[kind != "choice", "raw"].unique()}
    numbers |= {_plain_number(f"{number:.12g}") for number in sealed["number"].dropna().unique()}
    return Hiding(
        frozenset(text for text in numbers if len(text) >= _SHORTEST_HIDDEN and any(map(str.isdigit, text))),
        frozenset(word for word in words if len(word) >= _SHORTEST_HIDDEN),
    )


def _plain_number(text: str) -> str:
    """A number without sign of limit, thousands and decimal comma: "<1 240,0" and "1240" are the same."""
    plain = re.sub(r"[\s\u00a0\u202f'<>]", "", text).replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
