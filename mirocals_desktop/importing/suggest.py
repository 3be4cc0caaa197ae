"""What each column of a table is: suggested from its header, unit and cells, asked where that is not sure."""

from __future__ import annotations

import re
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.headers import Header, read_header, split_unit
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import NewVariables, guess_kind
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import Asker, ColumnPlan, Layout, TablePlan, Use, question_id
from mirocals_desktop.importing.profile import Profile, make_profile
from mirocals_desktop.importing.tables import Table, TableColumn
from mirocals_desktop.importing.timepoints import is_timepoint, looks_like_visits, read_timepoint
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.vocabulary import Vocabulary, header_names
from mirocals_desktop.importing.words import (
    COMMENT_HEADERS,
    DAY_WORDS,
    PARAMETER_HEADERS,
    PATIENT_WORDS,
    UNIT_HEADERS,
    VAGUE_PATIENT_WORDS,
    VALUE_HEADERS,
    VISIT_WORDS,
    plain_name,
)
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Kind, Protocol, Scope, Variable

SURE: Final = 0.75
"""Confidence from which a suggestion goes ahead without being asked."""
_MARGIN: Final = 0.1
_MOST_ARE_CHOICES: Final = 0.9
_TOLD_BY_VALUES: Final = (codes.VITAL_STATUS, codes.ARM, codes.ONSET_SITE, codes.SEX)
"""Choices whose words mean nothing else: "died" is a vital status anywhere, "yes" could be anything."""
_SAMPLED_ROWS: Final = 2000
_PATIENT_ITSELF: Final = re.compile(r"patient|subj|sujet|participant|\bpat\b|usubjid")
_PERSONAL: Final = re.compile(
    r"(?:nom|prenom|name|first name|last name|surname|family name|nom de famille|nom de naissance"
    r"|adresse|address|telephone|phone|email|e mail|courriel|nir|n secu|securite sociale|nhs number|nhs no"
    r"|hospital number)\b"
)
_VISIT_WEAK: Final = frozenset(
    [
        "time",
        "temps",
        "event",
        "evaluation",
        "month",
        "mois",
        "week",
        "semaine",
        "point",
        "moment",
        "session",
        "wave",
        "cycle",
        "period",
    ]
)
_ALTERNATIVES: Final = {
    (codes.VITAL_STATUS, "date"): codes.DEATH_DATE,
    (codes.DEATH_DATE, "choice"): codes.VITAL_STATUS,
    (codes.END_OF_FOLLOW_UP_DATE, "choice"): codes.VITAL_STATUS,
}
_VALUE_ORDER: Final = ("aval", "lbstresn", "lborresn", "lborres")


_PROFILES: weakref.WeakKeyDictionary[Table, dict[int, Profile]] = weakref.WeakKeyDictionary()
"""Profiles by table and column: reviews of the same tables follow one another."""


@dataclass(eq=False)
class Context:
    """What suggestions are made with, the same for every table of an import."""

    protocol: Protocol
    vocabulary: Vocabulary
    asker: Asker
    new: NewVariables
    this_year: int
    blinded: bool = False
    base_options: tuple[Option, ...] = ()

    def profile(self, table: Table, column: TableColumn) -> Profile:
        """The profile of a column, made once for a table."""
        profiles = _PROFILES.setdefault(table, {})
        if column.column not in profiles:
            data = table.sheet.columns[column.column]
            profiles[column.column] = make_profile(
                data, table.rows, this_year=self.this_year, formats=table.sheet.formats
            )
        return profiles[column.column]

    def options(self, first: Sequence[str] = ()) -> tuple[Option, ...]:
        """Everything that a column can be, the likely ones first."""
        if not self.base_options:
            self.base_options = column_options(self.protocol)
        likely = tuple(o for code in first for o in self.base_options if o.code == code)
        return (*likely, *(o for o in self.base_options if o.code not in first))


@dataclass(frozen=True)
class Guess:
    """One thing a column may be: an option's code, how likely, and why."""

    choice: str
    score: float
    evidence: str


@dataclass(frozen=True, eq=False)
class _Seen:
    """A column as it was met: before anything is decided."""

    key: str
    place: TableColumn
    header: Header
    names: tuple[str, ...]
    profile: Profile


def suggest_table(key: str, file: str, table: Table, context: Context) -> TablePlan:
    """The plan of one table. Its questions are asked through the context's asker."""
    seen = _see_columns(table, context)
    if _choose_visit(seen, {}, repeated=True) is not None:
        # A table that names visits in a column names none in its headers: "V1" is then some measure.
        seen = _see_columns(table, context, visits_in_headers=False)
    else:
        seen = _name_numbered_visits(key, file, table, seen, context)
    log = _guess_log(table, seen, context)
    patient = _choose_patient(key, file, table, seen, context)
    if patient is None:
        return TablePlan(key, file, table, "patients", (), used=False, reason="no-patient")
    guesses = {column.key: _guess(column, table, context, log) for column in seen}
    repeated = _repeats(table, patient)
    roles = _tall_roles(seen)
    chosen: dict[str, tuple[str, float]] = {patient.key: ("patient", 1.0), **roles}
    visit = _choose_visit(seen, chosen, repeated=repeated)
    if visit:
        chosen[visit.key] = ("visit", 0.95)
    _assign(seen, guesses, chosen)
    layout = _layout(chosen, seen, repeated=repeated, log=log)
    ask = _ColumnAsker(key, file, table, context, layout, log, patient, [c.header for c in seen])
    columns = tuple(ask.decide(column, guesses[column.key], chosen.get(column.key)) for column in seen)
    return TablePlan(key, file, table, layout, columns, log=log, visit=_visit_of_sheet(table, columns))


def _see_columns(table: Table, context: Context, *, visits_in_headers: bool = True) -> list[_Seen]:
    seen = []
    for place, key in zip(table.columns, column_keys(table), strict=True):
        header = read_header(place, context.vocabulary.names, visits=visits_in_headers)
        seen.append(_Seen(key, place, header, header_names(place, header), context.profile(table, place)))
    return seen


def column_keys(table: Table) -> list[str]:
    """A key for each column of a table, the same in every file of the same shape."""
    taken: Counter[str] = Counter()
    keys = []
    for place in table.columns:
        base = plain_name(place.name) or f"column {cell_name(0, place.column)[:-1].lower()}"
        taken[base] += 1
        keys.append(base if taken[base] == 1 else f"{base} #{taken[base]}")
    return keys


# --- visits that are only numbers -------------------------------------------------------------------------

_NUMBERED: Final = re.compile(r"(.*[^\W\d])[\s_.:-]*(\d{1,3})")
_USUAL_MONTHS: Final = frozenset((0, 1, 2, 3, 4, 5, 6, 9, 12, 15, 18, 21, 24, 30, 36, 48, 60))


def _name_numbered_visits(
    key: str, file: str, table: Table, seen: list[_Seen], context: Context
) -> list[_Seen]:
    """The columns with headers such as "Treg / 3" or "weight_12", with visits of the kind that is said."""
    numbered: dict[str, tuple[str, int]] = {}
    for column in seen:
        if column.header.visit.removeprefix("-").isdigit():
            numbered[column.key] = (column.header.name, int(column.header.visit))
    if not numbered:
        numbered = _numbered_stems(seen, context)
    if len({number for _, number in numbered.values()}) < 2:
        return seen
    letter = _ask_numbers(key, file, table, sorted({number for _, number in numbered.values()}), context)
    named = []
    for column in seen:
        if column.key in numbered:
            name, number = numbered[column.key]
            header = replace(column.header, name=name, visit=f"{letter}{number}")
            column = replace(column, header=header, names=tuple(dict.fromkeys((name, *column.names))))
        named.append(column)
    return named


def _numbered_stems(seen: Sequence[_Seen], context: Context) -> dict[str, tuple[str, int]]:
    """Columns that are the same measure of a visit with a number behind it, and no name as a whole."""
    stems: dict[str, dict[str, int]] = {}
    for column in seen:
        match = _NUMBERED.fullmatch(column.header.name)
        if match and not column.header.visit and not context.vocabulary.names(column.header.name):
            stems.setdefault(match[1].rstrip(" _.:-"), {})[column.key] = int(match[2])
    found = {}
    for stem, columns in stems.items():
        known = context.vocabulary.candidates(stem)
        variable = context.protocol.variable(known[0].code) if known else None
        if len(columns) > 1 and variable is not None and variable.scope == "visit" and known[0].score >= 0.9:
            found.update({key: (stem, number) for key, number in columns.items()})
    return found


def _ask_numbers(key: str, file: str, table: Table, numbers: Sequence[int], context: Context) -> str:
    suggested = "M" if set(numbers) <= _USUAL_MONTHS else "D" if max(numbers) > 60 else "W"
    if list(numbers) == list(range(1, len(numbers) + 1)):
        suggested = "V"
    return context.asker.ask(
        Question(
            id=question_id("visit-numbers", key),
            kind="visit",
            text=_("The columns of {sheet} are numbered {numbers}. What are these numbers?").format(
                sheet=table.sheet.name, numbers=", ".join(str(number) for number in numbers[:10])
            ),
            options=(
                Option("M", _("Months")),
                Option("W", _("Weeks")),
                Option("D", _("Days")),
                Option("V", _("Numbers of visits")),
            ),
            suggested=suggested,
            confidence=0.6,
            file=file,
            sheet=table.sheet.name,
        )
    )


# --- whose row --------------------------------------------------------------------------------------------


def _choose_patient(
    key: str, file: str, table: Table, seen: Sequence[_Seen], context: Context
) -> _Seen | None:
    scored = sorted(((_patient_score(column), -n, column) for n, column in enumerate(seen)), reverse=True)
    scored = [item for item in scored if item[0] > 0]
    best = scored[0] if scored else None
    score = best[0] if best else 0.0
    if best is None or score < 0.5:
        if len(table.rows) < 2:
            return None
        shaped = [column for column in seen if _id_like(column.profile, len(table.rows))]
        if shaped:
            best, score = (0.4, 0, shaped[0]), 0.4
        elif _measures(seen, context):
            # Nothing looks like an id, but patients' data must not vanish.
            best, score = (0.3, 0, seen[0]), 0.3
        else:
            return None
    second = scored[1][0] if len(scored) > 1 else 0.0
    suggestion = best[2].key if score >= 0.4 else "none"
    answer = context.asker.ask(
        Question(
            id=question_id("patient", key),
            kind="patient",
            text=_("Which column of {sheet} says whose row it is?").format(sheet=table.sheet.name),
            options=(
                *(Option(column.key, column.header.text or column.key) for column in seen),
                Option("none", _("No column: leave the table out")),
            ),
            suggested=suggestion,
            confidence=score,
            evidence=(_("header “{header}”").format(header=best[2].header.text),),
            file=file,
            sheet=table.sheet.name,
            cells=(_header_cell(table, best[2].place),),
            asked=score < SURE or (score < 0.95 and score - second < 0.05),
        )
    )
    return next((column for column in seen if column.key == answer), None)


def _measures(seen: Sequence[_Seen], context: Context) -> bool:
    """Whether any header is surely a name of something the protocol knows."""
    return any(
        candidate.score >= 0.9
        for column in seen
        for name in column.names
        for candidate in context.vocabulary.candidates(name)
    )


def _patient_score(column: _Seen) -> float:
    best = 0.0
    for name in column.names:
        plain = plain_name(name)
        if plain not in PATIENT_WORDS:
            continue
        telling = bool(_PATIENT_ITSELF.search(plain)) and "initial" not in plain
        best = max(best, 1.0 if telling else 0.7 if plain in VAGUE_PATIENT_WORDS else 0.9)
    profile = column.profile
    if best and profile.filled and (profile.dates > 0.5 or profile.missing > 0.3 * profile.filled):
        best *= 0.3
    if best and profile.numbers.size and not profile.whole and profile.numeric > 0.5:
        best *= 0.2
    return best


def _id_like(profile: Profile, rows: int) -> bool:
    if profile.said < max(2, 0.95 * rows) or profile.dates > 0.2:
        return False
    shapes = profile.shapes().most_common(1)
    if shapes and shapes[0][1] >= 0.9 * rows and "9" in shapes[0][0] and profile.number_texts < 0.1 * rows:
        return profile.distinct > max(2, rows // 40)
    return False


def _repeats(table: Table, patient: _Seen) -> bool:
    counts = np.bincount(_numbers_of(table, patient.place, normal_form, len(table.rows)))[1:]
    return bool(counts.size) and bool((counts > 1).mean() > 0.1)


# --- what kind of table -----------------------------------------------------------------------------------


def _guess_log(table: Table, seen: Sequence[_Seen], context: Context) -> str:
    """The log that a table is, "" for none: by the sheet's name, or by columns that only a log has."""
    named = plain_name(" ".join((table.sheet.name, *table.titles[:3])))
    best, best_score = "", 0.0
    general = 0
    for column in seen:
        found = [c for name in column.names for c in context.vocabulary.candidates(name) if c.score >= 0.9]
        general += any(_scope(context, c.code) != "log" for c in found)
    for log in context.protocol.logs:
        own = {variable.code for variable in context.protocol.of_scope("log", log=log.code)}
        matched = {
            c.code
            for column in seen
            for name in column.names
            for c in context.vocabulary.candidates(name)
            if c.score >= 0.9 and c.code in own
        }
        words = [plain_name(text) for text in (log.label.en, log.label.fr, log.code.replace("_", " "))]
        by_name = any(re.search(rf"\b{re.escape(word.rstrip('s'))}", named) for word in words if word)
        by_name = by_name or bool(_LOG_SHEETS.get(log.code, re.compile("$^")).search(named))
        score = len(matched) + (3 if by_name else 0)
        telling = _TELLING.get(log.code, "") in matched and len(matched) >= 3
        by_columns = len(matched) > (general if telling else max(3, general))
        if len(matched) >= 2 and score > best_score and (by_name or by_columns):
            best, best_score = log.code, score
    return best


_TELLING: Final = {
    codes.LOG_ADVERSE_EVENT: "ae_term",
    codes.LOG_DOSE: "dose_cycle",
    codes.LOG_MEDICATION: "medication_name",
    codes.LOG_SAMPLE: "sample_id",
    codes.LOG_DEVIATION: "deviation_description",
}
"""The variable of each log that a table of its kind is sure to have."""
_LOG_SHEETS: Final = {
    codes.LOG_ADVERSE_EVENT: re.compile(r"\b(?:s?aes?|eig?s?|adverse|indesirables?)\b"),
    codes.LOG_DOSE: re.compile(r"\b(?:doses?|dosing|injections?|administrations?|accountability|ex)\b"),
    codes.LOG_MEDICATION: re.compile(r"\b(?:con ?meds?|concomitants?|medications?|medicaments?|cm)\b"),
    codes.LOG_SAMPLE: re.compile(
        r"\b(?:samples?|specimens?|biobank|biobanque|prelevements?|echantillons?|be)\b"
    ),
    codes.LOG_DEVIATION: re.compile(r"\b(?:deviations?|ecarts?|dv)\b"),
}


def _scope(context: Context, code: str) -> str:
    variable = context.protocol.variable(code)
    return variable.scope if variable else ""


def _layout(
    chosen: dict[str, tuple[str, float]], seen: Sequence[_Seen], *, repeated: bool, log: str
) -> Layout:
    uses = {choice for choice, _ in chosen.values()}
    if log:
        return "log"
    if "parameter" in uses and "value" in uses:
        return "parameters"
    wide = any(column.header.visit for column in seen)
    if repeated or "visit" in uses or "day" in uses or (f"var:{codes.VISIT_DATE}" in uses and not wide):
        return "visits"
    return "patients"


def _tall_roles(seen: Sequence[_Seen]) -> dict[str, tuple[str, float]]:
    """The columns of a table with one measurement a row: its name, its value, its unit."""

    def having(words: frozenset[str], order: Sequence[str] = ()) -> list[_Seen]:
        found = [c for c in seen if any(plain_name(name) in words for name in c.names) and c.profile.said]
        return sorted(
            found,
            key=lambda c: (
                order.index(plain_name(c.header.name)) if plain_name(c.header.name) in order else 99
            ),
        )

    parameters = [c for c in having(PARAMETER_HEADERS) if c.profile.numeric < 0.5 and c.profile.dates < 0.5]
    values = [c for c in having(VALUE_HEADERS, _VALUE_ORDER) if c.profile.numeric > 0.4]
    if not parameters or not values or parameters[0].key == values[0].key:
        return {}

    def recognised(column: _Seen) -> float:
        return sum(count for text, count in column.profile.texts.items() if len(text) > 8)

    parameter = max(parameters, key=recognised)
    roles = {parameter.key: ("parameter", 0.95), values[0].key: ("value", 0.95)}
    units = [c for c in having(UNIT_HEADERS) if c.key not in roles]
    standard = "stres" in plain_name(values[0].header.name)
    units.sort(key=lambda c: ("stres" in plain_name(c.header.name)) != standard)
    if units:
        roles[units[0].key] = ("unit", 0.95)
    for other in (*parameters, *values[1:], *units[1:]):
        roles.setdefault(other.key, ("left_out", 0.9))
    return roles


def _choose_visit(
    seen: Sequence[_Seen],
    chosen: dict[str, tuple[str, float]],
    *,
    repeated: bool,
) -> _Seen | None:
    best: tuple[float, _Seen] | None = None
    for column in seen:
        if column.key in chosen or column.profile.said == 0 or column.header.visit:
            continue
        plains = [plain_name(name) for name in column.names]
        if not any(plain in VISIT_WORDS for plain in plains):
            continue
        if column.profile.dates > 0.5:
            continue
        named = looks_like_visits(column.profile.texts)
        weak = all(plain in _VISIT_WEAK for plain in plains if plain in VISIT_WORDS)
        few = column.profile.distinct <= max(60, column.profile.said // 3)
        score = 0.9 + 0.1 * named - (0.05 if "num" in plains[0] else 0.0)
        if weak and named < 0.5 and not (column.profile.whole and few and repeated):
            continue
        if not few and named < 0.5:
            continue
        if best is None or score > best[0]:
            best = (score, column)
    return best[1] if best else None


# --- what each column is ----------------------------------------------------------------------------------


def _guess(column: _Seen, table: Table, context: Context, log: str) -> list[Guess]:
    """What a column may be, the most likely first."""
    guesses: dict[str, Guess] = {}

    def offer(choice: str, score: float, evidence: str) -> None:
        if score > 0.3 and (choice not in guesses or guesses[choice].score < score):
            guesses[choice] = Guess(choice, round(score, 4), evidence)

    for number, name in enumerate(column.names):
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
            if log and variable.scope == "log":
                score *= 1.02
            offer(f"var:{variable.code}", score, evidence)
            other = _ALTERNATIVES.get((variable.code, _kind_seen(column.profile)))
            if other and context.protocol.variable(other):
                offer(f"var:{other}", 0.9 * candidate.score, _("the cells are of the other kind"))
        plain = plain_name(name)
        if plain in DAY_WORDS and column.profile.numeric > 0.8:
            offer("day", 0.9, _("the header is a word for study days"))
        if plain in ("date", "dates", "visit date", "date visite") and column.profile.dates > 0.3 and not log:
            offer(f"var:{codes.VISIT_DATE}", 0.85, _("a column of dates in a table of visits"))
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
    if not column.header.name and column.header.visit:
        for text in (table.sheet.name, *table.titles):
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


def _share_of_choices(variable: Variable, profile: Profile) -> float:
    """The share of a column's texts that are names of the variable's choices; 0 where fewer than two are met.

    Codes of one sign ("M", "1") are names of too many things to tell a variable.
    """
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


def _fit(variable: Variable, column: _Seen, context: Context) -> float:
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
        if profile.dates > 0.5:
            return 0.15
        return 1.0 if profile.looks_coded or variable.code == codes.ARM or profile.said < 20 else 0.7
    return 0.6 if profile.dates > 0.8 else 1.0


def _date_numbers(profile: Profile) -> int:
    numbers = profile.numbers
    serial = (numbers > 18_264) & (numbers < 73_050)
    year = (numbers >= 1900) & (numbers <= 2100)
    compact = (numbers > 19_000_000) & (numbers < 21_000_000)
    return int((serial | year | compact).sum())


def _in_range(variable: Variable, column: _Seen, context: Context) -> float:
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
    return score


def _assign(
    seen: Sequence[_Seen], guesses: dict[str, list[Guess]], chosen: dict[str, tuple[str, float]]
) -> None:
    """Give each column its best guess; a variable (at one visit) goes to the column that fits it best."""
    taken: set[tuple[str, str]] = set()
    offers = sorted(
        (
            (guess.score, -n, guess.choice, column)
            for n, column in enumerate(seen)
            for guess in guesses[column.key]
        ),
        key=lambda item: (item[0], item[1]),
        reverse=True,
    )
    for score, _n, choice, column in offers:
        if column.key in chosen:
            continue
        target = (choice, column.header.visit + ("|" + column.header.part if column.header.part else ""))
        if target in taken or score < 0.45:
            continue
        taken.add(target)
        rival = max(
            (
                g.score
                for g in guesses[column.key]
                if g.choice != choice and (g.choice, column.header.visit) not in taken
            ),
            default=0.0,
        )
        chosen[column.key] = (
            choice,
            score if score - rival >= _MARGIN or score >= 0.999 > rival + 0.02 else min(score, 0.7),
        )


class _ColumnAsker:
    """Turns the choice for each column into its plan, asking where it is not sure."""

    def __init__(
        self,
        key: str,
        file: str,
        table: Table,
        context: Context,
        layout: Layout,
        log: str,
        patient: _Seen,
        headers: Sequence[Header],
    ) -> None:
        self._key = key
        self._file = file
        self._table = table
        self._context = context
        self._layout = layout
        self._log = log
        self._patient = patient
        self._headers = headers

    def decide(self, column: _Seen, guesses: list[Guess], chosen: tuple[str, float] | None) -> ColumnPlan:
        """The plan of a column."""
        suggested, confidence, reason = self._suggestion(column, chosen)
        choice = suggested
        if suggested not in ("patient", "empty"):
            choice = self._ask(column, guesses, suggested, confidence)
        return self._plan(column, choice, confidence, reason)

    def _suggestion(self, column: _Seen, chosen: tuple[str, float] | None) -> tuple[str, float, str]:
        header, profile = column.header, column.profile
        if profile.filled and header.part and (header.part == "remark" or self._is_beside(header)):
            return (header.part, 0.9, "") if header.part != "remark" else ("new:text", 0.7, "")
        if chosen is not None:
            choice, confidence = chosen
            return choice, confidence, "duplicate" if choice == "left_out" else ""
        if profile.filled == 0:
            return "empty", 1.0, "empty"
        plain = plain_name(header.name)
        if _PERSONAL.match(plain):
            return "left_out", 0.7, "personal"
        if not header.name and not header.visit:
            return "left_out", 0.5, "unnamed"
        if plain in COMMENT_HEADERS:
            return "new:text", 0.7, ""
        return f"new:{guess_kind(profile)}", 0.6, ""

    def _is_beside(self, header: Header) -> bool:
        """Whether another column of the table holds the values that this header speaks of."""
        if self._layout == "parameters":
            return True
        name = plain_name(header.name)
        return any(
            plain_name(other.name) == name and other.visit == header.visit and not other.part
            for other in self._headers
        )

    def _ask(self, column: _Seen, guesses: list[Guess], suggested: str, confidence: float) -> str:
        evidence = tuple(guess.evidence for guess in guesses[:3])
        if suggested.startswith("new:"):
            evidence = (*evidence, _("{count} filled cells").format(count=column.profile.filled))
        return self._context.asker.ask(
            Question(
                id=question_id("column", self._key, column.key),
                kind="column",
                text=_("What is the column “{header}” of {sheet}?").format(
                    header=column.header.text or cell_name(0, column.place.column)[:-1],
                    sheet=self._table.sheet.name,
                ),
                options=self._context.options([guess.choice for guess in guesses]),
                suggested=suggested,
                confidence=confidence,
                evidence=evidence,
                file=self._file,
                sheet=self._table.sheet.name,
                cells=(_header_cell(self._table, column.place),),
                asked=confidence < SURE,
            )
        )

    def _plan(self, column: _Seen, choice: str, confidence: float, reason: str) -> ColumnPlan:
        use: Use = "left_out"
        variable: Variable | None = None
        of = ""
        if choice.startswith("var:"):
            use, variable = "variable", self._context.protocol.variable(choice[4:])
        elif choice.startswith("new:"):
            use, variable = "variable", self._new(column, choice[4:])
        elif choice in ("patient", "visit", "day", "parameter", "value", "unit", "qualifier", "low", "high"):
            use = choice  # type: ignore[assignment]  # one of the literals, as was just checked
        if use in ("unit", "qualifier", "low", "high"):
            of = plain_name(column.header.name)
        unit = None
        if variable is not None:
            said = (column.header.unit, *column.header.notes) if column.header.unit else column.header.notes
            found = (self._context.vocabulary.unit(variable.code, text) for text in said if text)
            unit = next((known for known in found if known is not None), None)
            if unit is None and variable.units and column.header.unit and choice.startswith("new:"):
                unit = variable.units[0]
        sealed = self._context.blinded and (
            variable.seal != "never" or choice.startswith("new:")
            if variable is not None
            else choice != "patient"
        )
        return ColumnPlan(
            column.key,
            column.place,
            column.header,
            column.profile,
            use,
            variable=variable,
            unit=unit,
            visit=column.header.visit if use != "left_out" else "",
            of=of,
            reason=reason or ("" if use != "left_out" else "chosen"),
            confidence=confidence,
            sealed=sealed,
        )

    def _new(self, column: _Seen, kind: str) -> Variable:
        header = column.header
        name = header.name or (self._measure_of_sheet() if header.visit else header.text) or column.key
        scope: Scope = "visit"
        if self._log:
            scope = "log"
        elif header.visit:
            scope = "visit"
        elif self._layout == "patients" or self._constant(column):
            scope = "patient"
        if header.part == "remark":
            name = header.text
        chosen: Kind = kind if kind in ("number", "integer", "date", "choice") else "text"  # type: ignore[assignment]
        return self._context.new.propose(
            name, kind=chosen, scope=scope, log=self._log, unit=header.unit, profile=column.profile
        )

    def _measure_of_sheet(self) -> str:
        """What a table measures whose headers are visits only: its title, else the name of its sheet."""
        titles = [split_unit(text)[0] for text in self._table.titles if len(text) <= 40]
        return next(iter(titles), self._table.sheet.name)

    def _constant(self, column: _Seen) -> bool:
        """Whether each patient has one value only, over all rows: data of the patient, repeated."""
        if column.profile.distinct < 2:
            return False
        count = len(self._table.rows)
        if count > _SAMPLED_ROWS and self._constant_share(column, _SAMPLED_ROWS) < 0.9:
            return False
        return self._constant_share(column, count) >= 0.98

    def _constant_share(self, column: _Seen, count: int) -> float:
        """Of the patients with several of the first rows, the share with one value only."""
        patients = _numbers_of(self._table, self._patient.place, normal_form, count)
        values = _numbers_of(self._table, column.place, choice_key, count)
        said = (patients > 0) & (values > 0)
        pairs = np.unique(patients[said] * (int(values.max(initial=0)) + 1) + values[said])
        rows = np.bincount(patients[said])
        different = np.bincount(pairs // (int(values.max(initial=0)) + 1), minlength=len(rows))
        several = rows > 1
        return float((different[several] == 1).mean()) if several.sum() > 1 else 0.0


def _numbers_of(table: Table, place: TableColumn, key: Callable[[str], str], count: int) -> NDArray[np.int64]:
    """For each of the first data rows a number for what its cell says under `key`, 0 for nothing."""
    places, texts = table.sheet.distinct_texts(place.column, table.rows[:count])
    numbers: dict[str, int] = {"": 0}
    table_of_texts = np.array([numbers.setdefault(key(text), len(numbers)) for text in texts] or [0])
    return np.asarray(table_of_texts[places], dtype=np.int64)


def column_options(protocol: Protocol) -> tuple[Option, ...]:
    """Everything that a column can be."""
    return (
        *(Option(f"var:{v.code}", str(v.label), v.unit) for v in protocol.variables),
        Option("visit", _("The name of the visit")),
        Option("day", _("The study day")),
        Option("unit", _("The unit of another column")),
        Option("qualifier", _("The sign < or > of another column")),
        Option("low", _("The lower limit of quantification of another column")),
        Option("high", _("The upper limit of quantification of another column")),
        Option("parameter", _("The name of what is measured")),
        Option("value", _("The value of what another column names")),
        Option("new:number", _("A new variable: a number")),
        Option("new:date", _("A new variable: a date")),
        Option("new:choice", _("A new variable: one of a few choices")),
        Option("new:text", _("A new variable: free text")),
        Option("left_out", _("Leave it out")),
    )


def _header_cell(table: Table, place: TableColumn) -> str:
    return cell_name(table.header_rows[-1] if table.header_rows else 0, place.column)


def _visit_of_sheet(table: Table, columns: Sequence[ColumnPlan]) -> str:
    """The visit that only the sheet's name or a title tells, when no column and no header does."""
    if any(column.use in ("visit", "day") or column.visit for column in columns):
        return ""
    for text in (table.sheet.name, *table.titles):
        for part in (text, *re.split(r"\s*[-–:,()]\s*", text)):
            if part and is_timepoint(part) and read_timepoint(part) is not None:
                return part.strip()
    return ""
