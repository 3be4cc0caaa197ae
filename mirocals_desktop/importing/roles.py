"""What kind of table it is: whose row each is, what names the visit, log or list, long or wide."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.header_words import names_patients
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import rank
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import ColumnPlan, Layout, question_id
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.sample_names import read_names
from mirocals_desktop.importing.seen import SURE, Context, Seen, header_cell, numbers_of
from mirocals_desktop.importing.sheet_patients import ToldPatient, patient_of_table
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import is_timepoint, looks_like_visits, read_timepoint
from mirocals_desktop.importing.words import (
    PARAMETER_HEADERS,
    PATIENT_WORDS,
    UNIT_HEADERS,
    VAGUE_PATIENT_WORDS,
    VALUE_HEADERS,
    VISIT_WORDS,
    plain_name,
)
from mirocals_desktop.protocol import codes

_PATIENT_ITSELF: Final = re.compile(r"patient|subj|sujet|participant|\bpat\b|usubjid")


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


_VALUE_ORDER: Final = ("aval", "lbstresc", "lbstresn", "lborresn", "lborres")


_SHEET: Final = "sheet"
_MOST_ARE_PATIENTS: Final = 0.8
_MOST_ARE_VISITS: Final = 0.5
_CLEAR_KEY: Final = 0.8
_NUMBERED: Final = re.compile(r"(.*[^\W\d])[\s_.:-]*(\d{1,3})")


_USUAL_MONTHS: Final = frozenset((0, 1, 2, 3, 4, 5, 6, 9, 12, 15, 18, 21, 24, 30, 36, 48, 60))


def name_numbered_visits(key: str, file: str, table: Table, seen: list[Seen], context: Context) -> list[Seen]:
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


def _numbered_stems(seen: Sequence[Seen], context: Context) -> dict[str, tuple[str, int]]:
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


def choose_patient(
    key: str, file: str, table: Table, seen: Sequence[Seen], context: Context
) -> Seen | ToldPatient | None:
    """The column that says whose row it is, or the patient of all rows; None where the table is left out."""
    scored = sorted(
        ((_patient_score(column, context), -n, column) for n, column in enumerate(seen)), reverse=True
    )
    scored = [item for item in scored if item[0] > 0]
    best = scored[0] if scored else None
    score = best[0] if best else 0.0
    told = patient_of_table(table, file, context.patients) if score < SURE and seen else None
    told = told if told is not None and (told.sure or score < 0.5) else None
    if told is not None:
        best = (SURE if told.sure else 0.6, 0, seen[0])
        score = best[0]
    elif best is None or score < 0.5:
        if len(table.rows) < 2:
            return None
        shaped = [
            column for column in seen if _id_like(column.profile, len(table.rows)) and not _of_visits(column)
        ]
        sampled = [column for column in seen if read_names(column.profile.texts)]
        if sampled:
            best, score = (SURE, 0, sampled[0]), SURE  # its names are asked about as such
        elif shaped:
            best, score = (0.4, 0, shaped[0]), 0.4
        elif _measures(seen, context) and (others := [one for one in seen if not _of_visits(one)]):
            # Nothing looks like an id, but patients' data must not vanish.
            score = 0.4 if _numbers_rows(others[0], len(table.rows), context) else 0.3
            best = (score, 0, others[0])
        else:
            return None
    second = scored[1][0] if len(scored) > 1 and not told else 0.0
    if not told and second == 0.0 and _is_first_key(best[2], seen, len(table.rows)):
        score = max(score, _CLEAR_KEY)  # "No" with another value in every row, and nothing else can be it
    suggestion = _SHEET if told else best[2].key if score >= 0.4 else "none"
    evidence = _("header “{header}”").format(header=best[2].header.text)
    own: tuple[Option, ...] = ()
    if told:
        evidence = _("{patient}: {where}").format(patient=told.text, where=told.evidence)
        own = (Option(_SHEET, _("All rows are of patient {patient}").format(patient=told.text)),)
    answer = context.asker.ask(
        Question(
            id=question_id("patient", key),
            kind="patient",
            text=_("Which column of {sheet} says whose row it is?").format(sheet=table.sheet.name),
            options=(
                *own,
                *(Option(column.key, column.header.text or column.key) for column in seen),
                Option("none", _("No column: leave the table out")),
            ),
            suggested=suggestion,
            confidence=score,
            evidence=(evidence,),
            file=file,
            sheet=table.sheet.name,
            cells=() if told else (header_cell(table, best[2].place),),
            asked=score < SURE or (score < 0.95 and score - second < 0.05),
        )
    )
    if told and answer == _SHEET:
        return told
    return next((column for column in seen if column.key == answer), None)


def _is_first_key(column: Seen, seen: Sequence[Seen], rows: int) -> bool:
    """Whether a column below a loose word such as "N°" is the first one, with another value in each row."""
    profile = column.profile
    first = next((one for one in seen if one.profile.filled), None)
    named = any(plain_name(name) in PATIENT_WORDS or names_patients(name) for name in column.names)
    return named and column is first and rows > 1 and profile.distinct == profile.said == rows


def _of_visits(column: Seen) -> bool:
    """Whether a column names visits: V1, V2 and V3 are nobody's ids."""
    return looks_like_visits(column.profile.texts) > _MOST_ARE_VISITS if column.profile.texts else False


def _measures(seen: Sequence[Seen], context: Context) -> bool:
    """Whether any header is surely a name of something the protocol knows."""
    return any(
        candidate.score >= 0.9
        for column in seen
        for name in column.names
        for candidate in context.vocabulary.candidates(name)
    )


def _patient_score(column: Seen, context: Context) -> float:
    best = 0.0
    known = _share_of_patients(column.profile, context.patients)
    for name in column.names:
        plain = plain_name(name)
        if plain not in PATIENT_WORDS:
            best = max(best, names_patients(name))
            continue
        telling = bool(_PATIENT_ITSELF.search(plain)) and "initial" not in plain
        vague = plain in VAGUE_PATIENT_WORDS and known < _MOST_ARE_PATIENTS
        best = max(best, 1.0 if telling else 0.7 if vague else 0.9)
    profile = column.profile
    if best and profile.filled and (profile.dates > 0.5 or profile.missing > 0.3 * profile.filled):
        best *= 0.3
    if best and profile.numbers.size and not profile.whole and profile.numeric > 0.5:
        best *= 0.2
    if known >= _MOST_ARE_PATIENTS and any(sign.isalpha() for text in column.profile.texts for sign in text):
        best = max(best, 0.95)  # whatever its header says, these are the patients of the study
    return best


def _share_of_patients(profile: Profile, patients: Patients) -> float:
    """The share of a column's cells that are ids of patients of the study."""
    if not len(patients) or not profile.said:
        return 0.0
    named = sum(count for text, count in profile.texts.items() if patients.find(text))
    numbers = profile.numbers if profile.whole and profile.number_cells else ()
    return profile.share(named + sum(bool(patients.find(f"{number:g}")) for number in numbers[:500]))


def _id_like(profile: Profile, rows: int) -> bool:
    if profile.said < max(2, 0.95 * rows) or profile.dates > 0.2:
        return False
    shapes = profile.shapes().most_common(1)
    if shapes and shapes[0][1] >= 0.9 * rows and "9" in shapes[0][0] and profile.number_texts < 0.1 * rows:
        return profile.distinct > max(2, rows // 40)
    return False


def _numbers_rows(column: Seen, rows: int, context: Context) -> bool:
    """Whether a column has another whole number in every row, and no name of anything measured."""
    profile = column.profile
    numbers = profile.whole and profile.numeric > 0.95 and profile.distinct == profile.said == rows
    return numbers and not _measures([column], context)


def has_repeats(table: Table, patient: Seen | None) -> bool:
    """Whether patients have several rows; without a column of patients all rows are one patient's."""
    if patient is None:
        return len(table.rows) > 1
    counts = np.bincount(numbers_of(table, patient.place, normal_form, len(table.rows)))[1:]
    return bool(counts.size) and bool((counts > 1).mean() > 0.1)


# --- what kind of table -----------------------------------------------------------------------------------


def guess_log(table: Table, seen: Sequence[Seen], context: Context) -> str:
    """The log that a table is, "" for none: by the sheet's name, or by columns that only a log has."""
    named = plain_name(" ".join((table.sheet.name, *table.titles[:3])))
    best, best_score = "", 0.0
    general = measures = 0
    tall = bool(guess_tall_roles(seen, context))
    for column in seen:
        found = [c for name in column.names for c in context.vocabulary.candidates(name) if c.score >= 0.9]
        general += any(_scope(context, c.code) != "log" for c in found)
        measures += column.profile.numeric > 0.5 and any(_is_measure(context, c.code) for c in found)
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
        if (measures and len(matched) < _FULL_LOG) or (tall and log.code == codes.LOG_SAMPLE):
            continue  # a sheet of samples with results is a table of measurements
        if len(matched) >= 2 and score > best_score and (by_name or by_columns):
            best, best_score = log.code, score
    return best


_FULL_LOG: Final = 4
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


def measured_columns(
    seen: Sequence[Seen],
    guesses: Mapping[str, Sequence[Guess]],
    chosen: Mapping[str, tuple[str, float]],
    context: Context,
) -> list[str]:
    """The keys of the columns that hold measured values: of a variable, or of what another column names."""
    named = [key for key, (role, _score) in chosen.items() if role == "value"]
    measures = [
        column.key
        for column in seen
        if column.key not in chosen
        and guesses[column.key]
        and _is_measure(context, guesses[column.key][0].choice.removeprefix("var:"))
    ]
    return [*named, *measures]


def _is_measure(context: Context, code: str) -> bool:
    variable = context.protocol.variable(code)
    return variable is not None and variable.scope == "visit" and variable.kind == "number"


def _scope(context: Context, code: str) -> str:
    variable = context.protocol.variable(code)
    return variable.scope if variable else ""


def guess_layout(
    chosen: dict[str, tuple[str, float]], seen: Sequence[Seen], *, repeated: bool, log: str
) -> Layout:
    """How the rows stand to patients: one each, several, one a measurement, or a log."""
    uses = {choice for choice, _ in chosen.values()}
    if log:
        return "log"
    if "parameter" in uses and "value" in uses:
        return "parameters"
    wide = any(column.header.visit for column in seen)
    if repeated or "visit" in uses or "day" in uses or (f"var:{codes.VISIT_DATE}" in uses and not wide):
        return "visits"
    return "patients"


_MOST_ARE_NAMES: Final = 0.8


def guess_tall_roles(seen: Sequence[Seen], context: Context) -> dict[str, tuple[str, float]]:
    """The columns of a table with one measurement a row: its name, its value, its unit."""

    def having(words: frozenset[str], order: Sequence[str] = ()) -> list[Seen]:
        found = [c for c in seen if any(plain_name(name) in words for name in c.names) and c.profile.said]
        return sorted(
            found,
            key=lambda c: (
                order.index(plain_name(c.header.name)) if plain_name(c.header.name) in order else 99,
                rank(plain_name(c.header.name)),
            ),
        )

    def recognised(column: Seen) -> tuple[int, int]:
        """How many rows are names that the protocol knows, and how many are no short codes."""
        known = long = 0
        for text, count in column.profile.texts.items():
            best = context.vocabulary.candidates(split_unit(text)[0])
            known += count if best and best[0].score >= SURE else 0
            long += count if len(text) > 8 else 0
        return known, long

    named = [c for c in having(PARAMETER_HEADERS) if c.profile.numeric < 0.5 and c.profile.dates < 0.5]
    values = [c for c in having(VALUE_HEADERS, _VALUE_ORDER) if c.profile.numeric > 0.4]
    # LBSTRESN is empty where LBSTRESC says "<62.5": the column that says more is the one to read.
    values.sort(key=lambda c: -c.profile.said)
    parameters = named or [
        # Whatever its header, a column of names of measurements beside their results.
        c
        for c in seen
        if values
        and c.key != values[0].key
        and c.profile.numeric < 0.1
        and c.profile.distinct > 1
        and recognised(c)[0] >= _MOST_ARE_NAMES * max(1, c.profile.said)
    ]
    if not parameters or not values or parameters[0].key == values[0].key:
        return {}

    parameter = max(parameters, key=recognised)
    roles = {parameter.key: ("parameter", 0.95), values[0].key: ("value", 0.95)}
    units = [c for c in having(UNIT_HEADERS) if c.key not in roles]
    standard = "stres" in plain_name(values[0].header.name)
    units.sort(key=lambda c: ("stres" in plain_name(c.header.name)) != standard)
    if units:
        roles[units[0].key] = ("unit", 0.95)
    for other in (*parameters, *values[1:], *units[1:]):
        roles.setdefault(other.key, ("left_out/other-form", 0.9))
    return roles


def choose_visit(
    seen: Sequence[Seen],
    chosen: dict[str, tuple[str, float]],
    *,
    repeated: bool,
) -> Seen | None:
    """The column that names the visit of each row, if one does."""
    best: tuple[float, Seen] | None = None
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


def find_values_beside(column: Seen, seen: Sequence[Seen], patient: Seen | None) -> Seen | None:
    """The column of numbers whose unit, sign or limit a column holds: by name, or place."""
    numbers = [
        other
        for other in seen
        if other.key not in (column.key, patient.key if patient else "")
        and not other.header.part
        and other.header.visit == column.header.visit
        and other.profile.numeric > 0.4
        and other.profile.dates < 0.5
    ]
    words = set(plain_name(column.header.name).split())
    named = [(other, set(plain_name(other.header.name).split())) for other in numbers]
    if words:
        same = [other for other, own in named if own == words]
        near = [other for other, own in named if own and (own > words or words > own)]
        return same[0] if same else near[0] if len(near) == 1 else None
    left = [other for other in numbers if other.place.column == column.place.column - 1]
    return numbers[0] if len(numbers) == 1 else left[0] if left else None


# --- what each column is ----------------------------------------------------------------------------------


def guess_visit_of_sheet(table: Table, columns: Sequence[ColumnPlan]) -> str:
    """The visit that only the sheet's name or a title tells, when no column and no header does."""
    if any(column.use in ("visit", "day") or column.visit for column in columns):
        return ""
    for text in (table.sheet.name, *table.titles):
        for part in (text, *re.split(r"\s*[-–:,()]\s*", text)):
            if part and is_timepoint(part) and read_timepoint(part) is not None:
                return part.strip()
    return ""
