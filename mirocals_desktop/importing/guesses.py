"""What a column may be, how likely and why: the header's names, the unit and the cells taken together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.coding import NO, YES, says_alive
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.day_counts import may_count_days
from mirocals_desktop.importing.grid import Floats
from mirocals_desktop.importing.grid import Kind as CellKind
from mirocals_desktop.importing.header_words import (
    date_meant,
    may_mean_arm,
    may_mean_status,
    means_arm,
    means_status,
    of_other_event,
)
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import of_other_cells
from mirocals_desktop.importing.legends import read_legend
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.seen import Context, Seen, sheet_title
from mirocals_desktop.importing.sheet_arms import is_name_of_arm, named_arms, names_of_arms
from mirocals_desktop.importing.specimens import can_hold, specimen_of, specimen_of_table
from mirocals_desktop.importing.statuses import outcome_and_date, status_meant
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.worded_times import days_of_words
from mirocals_desktop.importing.words import DAY_WORDS, OUTCOME_HEADERS, VALUE_HEADERS, plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable

_SURE: Final = 0.75
_COUNT_WORDS: Final = frozenset(
    (
        "abs",
        "absolute",
        "absolu",
        "absolue",
        "absolus",
        "absolues",
        "count",
        "counts",
        "nombre",
        "nb",
        "number",
    )
)
_COUNTED_EVENTS: Final = re.compile(r"\|\s*count\b|#\s*events?|\bevents\b", re.IGNORECASE)
_SHARE_WORDS: Final = frozenset(("percent", "percentage", "pct", "pourcentage", "pourcent"))


_MOST_ARE_CHOICES: Final = 0.9


_TOLD_BY_VALUES: Final = (codes.VITAL_STATUS, codes.ARM, codes.ONSET_SITE, codes.SEX)
"""Choices whose words mean nothing else: "died" is a vital status anywhere, "yes" could be anything."""


_ALTERNATIVES: Final = {
    (codes.VITAL_STATUS, "date"): codes.DEATH_DATE,
    (codes.DEATH_DATE, "choice"): codes.VITAL_STATUS,
    (codes.END_OF_FOLLOW_UP_DATE, "choice"): codes.VITAL_STATUS,
}

_MANY_ITEMS: Final = 8
_TOTALS: Final = frozenset({"total", "total score", "score total", "score", "sum", "somme", "sum of items"})
_BARE_CODES: Final = frozenset(
    {
        "0",
        "1",
        "2",
        "y",
        "n",
        "o",
        "yes",
        "no",
        "oui",
        "non",
        "ja",
        "nein",
        "nee",
        "si",
        "j",
        "\u2611",
        "\u2610",
    }
)
_VISIT_DATES: Final = re.compile(
    r"dates?|visit date|date visite|(?:abnahme|entnahme|visiten|besuchs|proben|mess)?datum|fecha|data"
    r"|[a-z]{2}dtc|adt"
)
"""Headers that mean the date of the visit in a table of visits; the last ones are those of CDISC."""


_STILL_TO_COME: Final = re.compile(r"\b(?:next|prochaine?s?|planned|prevue?s?|due|expected|attendue?s?)\b")
_BRIGHTNESS: Final = re.compile(
    r"\b(?:g?mfi|medfi|(?:median|mean|geometric|geo) ?(?:mean )?fluo\w*|fluorescence)\b"
)
"""How bright cells are is no number of cells."""
_LETTERS_OF_STATUS: Final = frozenset(
    ("a d", "d a", "v d", "d v", "alive dead", "dead alive", "vivant decede")
)
"""Headers that are the codes themselves: "A/D"."""
_OUTCOMES: Final = (codes.VITAL_STATUS, codes.DEATH_DATE, codes.END_OF_FOLLOW_UP_DATE)
_MOST_ARMS: Final = 8
_MOST_CODES: Final = 15
_BARE_DATES: Final = frozenset(("date", "dates", "le", "on", "date evt", "date event", "jour", "day"))
Offer = Callable[[str, float, str], None]
_DEATH: Final = re.compile(
    r"\b(?:death|died|dead|deceased|deces|decede|dcd|mort|tod|gestorben|muerte|fallecimiento)\b"
)
_LAST_SEEN: Final = re.compile(
    r"\b(?:last (?:known )?(?:alive|contact|seen|news|visit|follow up)|alive|censor\w*|censure"
    r"|letzter kontakt|ultimo contact?o|dernieres? (?:nouvelles?|visite)|dernier (?:contact|suivi)|d?dn"
    r"|vivant|en vie)\b"
)
"""A date whose header speaks of both is the end of follow-up: one date for those who died and the others."""


@dataclass(frozen=True)
class Guess:
    """One thing a column may be: an option's code, how likely, and why."""

    choice: str
    score: float
    evidence: str


def guess_column(column: Seen, table: Table, context: Context, log: str) -> list[Guess]:
    """What a column may be, the most likely first."""
    guesses: dict[str, Guess] = {}

    def offer(choice: str, score: float, evidence: str) -> None:
        if score > 0.3 and (choice not in guesses or guesses[choice].score < score):
            guesses[choice] = Guess(choice, round(score, 4), evidence)

    specimen = specimen_of(column.header.text) or specimen_of_table(table)
    told = [] if specimen_of(column.header.text) or not specimen else [f"{column.header.name} {specimen}"]
    for number, name in enumerate((*column.names, *told)):
        candidates = context.vocabulary.candidates(name)
        if log and any(
            _log_of(context, c.code) == log and c.score >= candidates[0].score for c in candidates
        ):
            candidates = tuple(c for c in candidates if _log_of(context, c.code) == log)
        for candidate in candidates:
            variable = context.protocol.variable(candidate.code)
            if variable is None or ((variable.scope == "log") != bool(log) and variable.scope == "log"):
                continue
            if log and variable.scope == "log" and variable.log != log:
                continue
            if log and variable.scope == "visit":
                continue
            evidence = _("the header “{header}” is a name of {variable}").format(
                header=name, variable=variable.label
            )
            score = candidate.score * (1 - 0.03 * number) * _fit(variable, column, context)
            score *= 1.0 if can_hold(variable, specimen) else 0.25
            if variable.code == codes.VISIT_DATE and _STILL_TO_COME.search(plain_name(name)):
                score *= 0.25
            score *= 0.25 if of_other_cells(column.header.text, variable) else 1.0
            score *= 0.5 if variable.code in _OUTCOMES and of_other_event(column.header.name) else 1.0
            score *= 0.25 if _BRIGHTNESS.search(plain_name(column.header.text)) else 1.0
            if log and variable.scope == "log":
                score *= 1.02
            offer(f"var:{variable.code}", score, evidence)
            other = _ALTERNATIVES.get((variable.code, _kind_seen(column.profile)))
            if other and context.protocol.variable(other):
                offer(f"var:{other}", 0.9 * candidate.score, _("the cells are of the other kind"))
        plain = plain_name(name)
        if plain in DAY_WORDS and column.profile.numeric > 0.8 and not log:
            offer("day", 0.9, _("the header is a word for study days"))
        if _VISIT_DATES.fullmatch(plain) and column.profile.dates > 0.3 and not log:
            offer(f"var:{codes.VISIT_DATE}", 0.85, _("a column of dates in a table of visits"))
        if _DEATH.search(plain) and _LAST_SEEN.search(plain) and column.profile.dates > 0.3 and not log:
            offer(f"var:{codes.END_OF_FOLLOW_UP_DATE}", 0.95, _("the header names death and last contact"))
        if not log and not column.header.visit and column.profile.looks_coded:
            worded = _are_statuses(column.profile)
            if (means_status(name) and (worded or _looks_like_outcome(column.profile))) or (
                worded and plain in OUTCOME_HEADERS
            ):
                offer(
                    f"var:{codes.VITAL_STATUS}", 0.8, _("words of the header, and cells, of a vital status")
                )
            if (
                may_mean_status(name)
                and _looks_like_outcome(column.profile)
                and not of_other_event(column.header.text)
            ):
                offer(f"var:{codes.VITAL_STATUS}", 0.6, _("two codes under a word for the outcome"))
            if plain in _LETTERS_OF_STATUS and column.profile.distinct == 2:
                offer(f"var:{codes.VITAL_STATUS}", 0.7, _("two codes under a word for the outcome"))
            if plain in OUTCOME_HEADERS and _tells_both(column.profile):
                offer(f"var:{codes.VITAL_STATUS}", 0.6, _("its words speak of death and of life"))
            if means_arm(name) and column.profile.distinct <= _MOST_ARMS:
                offer(f"var:{codes.ARM}", 0.8, _("the words of the header mean the arm"))
            if may_mean_arm(name) and 2 <= column.profile.distinct <= _MOST_ARMS and not _are_bare(column):
                offer(f"var:{codes.ARM}", 0.6, _("the words of the header may mean the arm"))
        if (
            plain in OUTCOME_HEADERS
            and not log
            and _looks_like_outcome(column.profile)
            and not of_other_event(column.header.text)
        ):
            offer(f"var:{codes.VITAL_STATUS}", 0.7, _("two codes under a word for the outcome"))
    if not log and column.header.visit and not column.header.name and column.profile.dates > _SURE:
        offer(f"var:{codes.VISIT_DATE}", 0.85, _("dates below the name of a visit"))
    if not log and not column.header.visit and column.profile.looks_coded:
        _offer_legend(column, context, offer)
    if not log and not column.header.visit and (column.joined or _holds_dates(column.profile)):
        _offer_dates(column, table, context, guesses, offer)
    taught = context.taught.get(column.key, "")
    known = context.protocol.variable(taught[4:]) if taught.startswith("var:") else None
    if known is not None and stands_in(known, log):
        offer(taught, 0.92, _("an earlier import read this column so"))
    if not guesses and not log:
        for code in _TOLD_BY_VALUES:
            variable = context.protocol.variable(code)
            if variable is None:
                continue
            share = _share_of_choices(variable, column.profile)
            if share >= _MOST_ARE_CHOICES:
                evidence = _("{percent} % of the cells are values of {variable}").format(
                    percent=round(100 * share), variable=variable.label
                )
                offer(f"var:{variable.code}", 0.65 * share, evidence)
        if _tells_both(column.profile) and _are_statuses(column.profile):
            offer(f"var:{codes.VITAL_STATUS}", 0.6, _("its words speak of death and of life"))
    if (not column.header.name and column.header.visit) or plain_name(column.header.name) in VALUE_HEADERS:
        for text in (sheet_title(table.sheet.name), *table.titles):
            name, unit, _notes = split_unit(text)
            for candidate in context.vocabulary.candidates(name):
                variable = context.protocol.variable(candidate.code)
                if (
                    variable is not None
                    and variable.scope == "visit"
                    and variable.kind in ("number", "integer")
                ):
                    fits = 1.0 if not unit or context.vocabulary.unit(variable.code, unit) else 0.3
                    offer(
                        f"var:{variable.code}",
                        0.8 * candidate.score * fits * _fit(variable, column, context),
                        _("the sheet's name or title speaks of {variable}").format(variable=variable.label),
                    )
    return sorted(guesses.values(), key=lambda guess: -guess.score)


def _offer_legend(column: Seen, context: Context, offer: Offer) -> None:
    """The arm or the vital status, where the words that the header gives to codes are names of it."""
    words = [plain_name(word) for word in read_legend(column.header.text).values()]
    arms = names_of_arms(context.protocol)
    if len(words) < 2:
        return
    if all(named_arms(word, arms) or is_name_of_arm(word) for word in words):
        offer(f"var:{codes.ARM}", 0.85, _("the header gives its codes names of arms"))
    if len({status_meant(word) for word in words} - {""}) > 1:
        offer(f"var:{codes.VITAL_STATUS}", 0.85, _("the header gives its codes words of a vital status"))


def _tells_both(profile: Profile) -> bool:
    """Whether some words of a column speak of deaths, and others of lives."""
    if any(of_other_event(text) for text in profile.texts):
        return False  # a list of events: which of them end the follow-up is asked with their dates
    return {codes.DEAD, codes.ALIVE} <= {status_meant(text) for text in profile.texts}


def _are_bare(column: Seen) -> bool:
    """Whether a column says nothing but yes and no, or 0 and 1."""
    return {choice_key(text) for text in column.profile.texts} <= YES | NO


def _offer_dates(
    column: Seen, table: Table, context: Context, guesses: Mapping[str, Guess], offer: Offer
) -> None:
    """The date that the words of a header mean, or the sheet's name where the header is "Date" alone."""
    known = any(guess.score >= _SURE and _is_date(guess.choice, context) for guess in guesses.values())
    meant = [] if known else [code for name in column.names if (code := date_meant(name))]
    if meant and context.protocol.variable(meant[0]) is not None:
        offer(f"var:{meant[0]}", 0.85, _("the words of the header mean this date"))
    if any(outcome_and_date(text)[0] for text in column.profile.texts):
        offer(
            f"var:{codes.END_OF_FOLLOW_UP_DATE}",
            0.98,
            _("its dates have words for death or life beside them"),
        )
    if any(plain_name(name) in _BARE_DATES for name in column.names):
        for text in (table.sheet.name, *table.titles[:2]):
            if _DEATH.search(plain_name(text)) and not _LAST_SEEN.search(plain_name(text)):
                offer(f"var:{codes.DEATH_DATE}", 0.96, _("the sheet’s name or title speaks of deaths"))


def _is_date(choice: str, context: Context) -> bool:
    variable = context.protocol.variable(choice.removeprefix("var:"))
    return variable is not None and variable.kind == "date"


def _holds_dates(profile: Profile) -> bool:
    return profile.dates > 0.5 or profile.share(_date_numbers(profile, years=False)) > 0.9


def guess_births(
    seen: Sequence[Seen], guesses: dict[str, list[Guess]], table: Table, context: Context
) -> None:
    """Take no column for dates of birth that are not the first of all: "DDN" may be the last news as well."""
    days = {column.key: _middle_day(column, table, context.this_year) for column in seen}
    birth = f"var:{codes.BIRTH_DATE}"
    others = [
        days[column.key]
        for column in seen
        if (best := guesses[column.key][:1]) and best[0].choice != birth and _is_date(best[0].choice, context)
    ]
    for column in seen:
        found = guesses[column.key]
        later = any(day < days[column.key] for day in others)
        if (
            not found
            or found[0].choice != birth
            or not (later or (not others and _has_status(seen, guesses)))
        ):
            continue
        kept = [guess for guess in found if guess.choice != birth]
        meant = [code for name in column.names if (code := date_meant(name)) not in ("", codes.BIRTH_DATE)]
        if meant:
            evidence = (
                _("later than other dates beside it, so no births") if later else _("a status beside it")
            )
            kept.insert(0, Guess(f"var:{meant[0]}", 0.85 if later else 0.7, evidence))
        if later or meant:
            guesses[column.key] = kept


def _has_status(seen: Sequence[Seen], guesses: Mapping[str, list[Guess]]) -> bool:
    status = f"var:{codes.VITAL_STATUS}"
    return any(guess.choice == status for column in seen for guess in guesses[column.key][:1])


def _middle_day(column: Seen, table: Table, this_year: int) -> float:
    """The middle of a column's dates in days since 1970, NaN where it has none; order matters little."""
    data = table.sheet.columns[column.place.column]
    kinds = data.kinds[table.rows]
    days = data.numbers[table.rows][kinds == CellKind.DATE].tolist()
    for text, count in column.profile.texts.items():
        readings = read_date(text, this_year)
        if readings.by_order and readings.by_order[0][1].days is not None:
            days += [readings.by_order[0][1].days] * count
    return float(np.median(days)) if days else np.nan


def guess_totals(seen: Sequence[Seen], guesses: dict[str, list[Guess]], context: Context) -> None:
    """Know the total score beside the items that it sums up, though it only says "Total"."""
    if context.protocol.variable(codes.ALSFRS_R_TOTAL) is None:
        return
    items = {f"var:{code}" for code in codes.ALSFRS_R_ITEMS}
    found = {guesses[column.key][0].choice for column in seen if guesses[column.key]} & items
    if len(found) < _MANY_ITEMS:
        return
    for column in seen:
        if plain_name(column.header.name) in _TOTALS and not column.header.visit:
            total = Guess(f"var:{codes.ALSFRS_R_TOTAL}", 0.9, _("the total beside its items"))
            guesses[column.key] = [total, *guesses[column.key]]


def stands_in(variable: Variable, log: str) -> bool:
    """Whether a variable can be told by a table of this log, or by one that is none ("")."""
    return variable.scope != "log" or variable.log == log


def _looks_like_outcome(profile: Profile) -> bool:
    """Whether the cells are two codes, as 0 and 1 or Y and N."""
    words = {text.strip().casefold() for text in profile.texts} | {
        f"{n:g}" for n in set(profile.numbers[:500])
    }
    return profile.distinct == 2 and words <= _BARE_CODES | {"true", "false", "vrai", "faux"}


def _are_statuses(profile: Profile) -> bool:
    """Whether nearly every text is a vital status to any person."""
    letters = (
        len({status_meant(text, letters=True) for text in profile.texts} - {""}) > 1
    )  # "M" alone is a sex
    said = sum(count for text, count in profile.texts.items() if status_meant(text, letters=letters))
    return profile.share(said) >= _MOST_ARE_CHOICES


def _share_of_choices(variable: Variable, profile: Profile) -> float:
    """The share of a column's texts that are names of the variable's choices; 0 where fewer than two are met.

    Codes of one sign ("M", "1") are names of too many things to tell a variable.
    """
    if len(profile.texts) < 2 or profile.numeric > 0.5:
        return 0.0
    names: dict[str, str] = {}
    for choice in variable.choices:
        for text in (choice.label.en, choice.label.fr, *choice.synonyms):
            if len(text.strip()) > 1:
                names[choice_key(text)] = choice.code
    met = {text: names[choice_key(text)] for text in profile.texts if choice_key(text) in names}
    if len(set(met.values())) < 2:
        return 0.0
    return profile.share(sum(profile.texts[text] for text in met))


def _log_of(context: Context, code: str) -> str:
    variable = context.protocol.variable(code)
    return variable.log if variable else ""


def _kind_seen(profile: Profile) -> str:
    if profile.said and profile.dates >= 0.7:
        return "date"
    return "choice" if profile.looks_coded else ""


def _fit(variable: Variable, column: Seen, context: Context) -> float:
    """How well the cells and the unit of a column fit a variable: 1 fully, towards 0 not at all."""
    profile = column.profile
    if variable.kind in ("number", "integer"):
        unit = column.header.unit
        by_unit = 1.0
        if unit and variable.units:
            by_unit = 1.0 if context.vocabulary.unit(variable.code, unit) else 0.25
        elif unit and not variable.units:
            by_unit = 0.9
        if profile.said == 0:
            return by_unit
        numeric = profile.numeric
        words = set(plain_name(column.header.text).split())
        if _COUNTED_EVENTS.search(column.header.text) and variable.unit != "%" and variable.units:
            by_unit *= 0.25  # events that a cytometer counted are no cells per volume
        if words & _COUNT_WORDS and variable.unit != "%" and variable.units:
            by_unit *= 1.15  # and it goes before a bare "Treg", which may be either
        if words & (_COUNT_WORDS if variable.unit == "%" else _SHARE_WORDS) and variable.units:
            by_unit *= 0.25  # "Tregs (abs)" is no percentage, whatever its numbers look like
        return (
            by_unit
            * (0.1 if profile.dates > 0.5 else 0.3 + 0.7 * numeric)
            * _in_range(variable, column, context)
        )
    if profile.said == 0:
        return 1.0
    if variable.kind == "date":
        return 0.2 + 0.8 * min(1.0, profile.dates + profile.share(_date_numbers(profile)))
    if variable.kind == "choice":
        if profile.dates > 0.5 or (
            profile.numeric > 0.8 and (profile.distinct > _MOST_CODES or not profile.whole)
        ):
            return 0.15
        if (
            profile.share(sum(n for text, n in profile.texts.items() if np.isfinite(days_of_words(text))))
            > 0.5
        ):
            return 0.1  # "2 ans 4 mois" below "Survie" is a time
        if variable.code == codes.ARM and all(len(text.strip()) < 2 for text in profile.texts):
            return 0.97  # of codes beside names, the names are the arm
        if variable.code == codes.VITAL_STATUS and profile.distinct == 1 and says_alive(column.header.text):
            return 0.9  # an "Alive" with nothing but marks leaves the dead to the column beside it
        if variable.code != codes.VITAL_STATUS and _are_statuses(profile):
            return 1.0 if _share_of_choices(variable, profile) else 0.3
        return 1.0 if profile.looks_coded or variable.code == codes.ARM or profile.said < 20 else 0.7
    return 0.6 if profile.dates > 0.8 else 1.0


def _date_numbers(profile: Profile, *, years: bool = True) -> int:
    numbers = profile.numbers
    serial = (numbers > 18_264) & (numbers < 73_050)
    year = (numbers >= 1900) & (numbers <= 2100) & years
    compact = (numbers > 19_000_000) & (numbers < 21_000_000)
    if profile.digits:
        return len(numbers)
    return int((serial | year | compact | may_count_days(numbers)).sum())


def _in_range(variable: Variable, column: Seen, context: Context) -> float:
    """Lower for a variable in whose usual range few of the numbers lie; without a unit this is what tells
    a percentage from a count."""
    numbers = column.profile.numbers
    if not numbers.size or not (variable.suspicious or variable.impossible):
        return 1.0
    unit = context.vocabulary.unit(variable.code, column.header.unit) if column.header.unit else None
    factors = [unit.factor] if unit else [accepted.factor for accepted in variable.units] or [1.0]
    best = 0.0
    for factor in factors:
        values = numbers * factor
        usual = np.mean([value in variable.suspicious for value in values[:500].tolist()])
        best = max(best, float(usual) * (1.0 if factor == 1.0 or unit else 0.93))
    weight = 0.15 if column.header.unit else 0.4
    score = 1 - weight + weight * best
    if (
        not column.header.unit
        and variable.unit == "cells/µL"
        and not column.profile.whole
        and variable.decimals <= 1
    ):
        score *= 0.97
    if not column.header.unit and variable.unit == "cells/µL" and _like_percentages(numbers):
        score *= 0.3  # "Eosinophils" of 2.5 are more likely percent of the leucocytes than cells
    return score


def _like_percentages(numbers: Floats) -> bool:
    """Whether numbers without a unit are too small for cells in a µL and too large for 10^9 in a litre."""
    return bool((numbers % 1).any() and 0.3 <= np.median(numbers) <= 15 and numbers.max() > 2.5)
