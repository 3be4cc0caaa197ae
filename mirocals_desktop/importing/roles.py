"""What kind of table it is: whose row each is, what names the visit, log or list, long or wide."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.guesses import Guess
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import rank, values_of_gates
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Layout, question_id
from mirocals_desktop.importing.seen import SURE, Context, Seen
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import looks_like_visits, read_timepoint
from mirocals_desktop.importing.words import (
    DAY_WORDS,
    PARAMETER_HEADERS,
    UNIT_HEADERS,
    VALUE_HEADERS,
    VISIT_WORDS,
    plain_name,
)
from mirocals_desktop.protocol import codes

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
        "v",
    ]
)


_VALUE_ORDER: Final = ("aval", "lbstresc", "lbstresn", "lborresn", "lborres")


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


_DOMAIN: Final = re.compile(r"[a-z]{2}(?:test(?:cd)?|(?:or|st)res[cnu]?)")
_MOST_ARE_NAMES: Final = 0.8


def guess_tall_roles(seen: Sequence[Seen], context: Context) -> dict[str, tuple[str, float]]:
    """The columns of a table with one measurement a row: its name, its value, its unit."""

    def having(words: frozenset[str], order: Sequence[str] = ()) -> list[Seen]:
        found = [c for c in seen if any(_of_domain(name) in words for name in c.names) and c.profile.said]
        return sorted(
            found,
            key=lambda c: (
                order.index(_of_domain(c.header.name)) if _of_domain(c.header.name) in order else 99,
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
    gated = values_of_gates(named, seen) if not values else []
    values = values or gated[:1]
    across = [c for c in seen if c.header.visit and not c.header.name and c.profile.numeric > 0.4]
    if not values and len(across) > 1:
        values = across
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
    if values[0].header.visit:  # one row a measure, one column a visit
        roles.update({column.key: ("value", 0.95) for column in values})
    for other in (*parameters, *values[1:], *gated[1:], *units[1:]):
        roles.setdefault(other.key, ("left_out/other-form", 0.9))
    return roles


def _of_domain(name: str) -> str:
    """A plain header; what CDISC calls in each domain otherwise is called as in LB: QSORRES is LBORRES."""
    plain = plain_name(name)
    return f"lb{plain[2:]}" if _DOMAIN.fullmatch(plain) else plain


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


_OF_CYCLE: Final = re.compile(
    r"(?:day|jour|d|j)(?: (?:of|du|de))?(?: (?:the|la|le))? cycle|cycle (?:day|jour)"
)
_CYCLES: Final = re.compile(r"(?:n |no |numero |number )?(?:cycles?|cures?)(?: (?:no|n|number|numero))?")
_CYCLE: Final = re.compile(r"(?:cycle|cure|c) ?\d{1,2}")
_DAYS_OF_CYCLE: Final = 28


def day_of_cycle(seen: Sequence[Seen], visit: Seen) -> Seen | None:
    """The column that counts the days of each cycle, beside the `visit` column that numbers the cycles, or
    says whether it was before or after the doses.

    Study days would go on counting: from the second cycle of 28 days on they are beyond 28.
    """
    named = any(_CYCLES.fullmatch(plain_name(name)) for name in visit.names)
    numbered = all(re.search(r"\d", text) for text in visit.profile.texts)
    spelled = visit.profile.texts and all(_CYCLE.fullmatch(plain_name(t)) for t in visit.profile.texts)
    if visit.profile.distinct < 2 or not numbered or not (named or spelled):
        return None
    for column in seen:
        words = column.profile.texts
        if len(words) > 1 and all(_of_doses(text) for text in words) and not column.profile.numbers.size:
            return column
        plains = {plain_name(name) for name in column.names}
        numbers = column.profile.numbers
        if not (plains & DAY_WORDS or any(_OF_CYCLE.fullmatch(plain) for plain in plains)):
            continue
        if column.profile.numeric == 1 and column.profile.whole:
            return column if 1 <= float(numbers.min()) <= float(numbers.max()) <= _DAYS_OF_CYCLE else None
    return None


def _of_doses(text: str) -> bool:
    """Whether a text says, behind the number of a cycle, whether it was before or after the doses."""
    point = read_timepoint(f"C2 {text}")
    return point is not None and point.kind == "cycle" and not any(map(str.isdigit, text))


def says_visits(
    seen: Sequence[Seen], guesses: Mapping[str, Sequence[Guess]], chosen: Mapping[str, tuple[str, float]]
) -> Seen | None:
    """The one column whose cells are names of visits, each coming again, whatever its header says."""
    found = [
        column
        for column in seen
        if column.key not in chosen
        and not guesses[column.key]
        and not column.header.visit
        and 2 <= len(column.profile.texts) <= column.profile.said / 2
        and column.profile.numeric == column.profile.dates == 0
        and looks_like_visits(column.profile.texts) == 1
    ]
    return found[0] if len(found) == 1 else None


_OTHER_DATES: Final = re.compile(
    r"\b(?:next|prochaine?s?|planned|prevue?|due|birth|naiss\w*|born|dob|assay\w*|analy[sz]\w*|dosage|dose|report\w*|recei\w*"
    r"|recu\w*|recep\w*|ship\w*|envoi|expedi\w*|print\w*|edit\w*|entry|entered|saisie|modif\w*|upload\w*|created|update\w*"
    r"|start|stop|end|begin\w*|debut|fin|onset|death|deces|consent|random\w*|inclu\w*|expir\w*|lot|previous|prior|last"
    r"|dernier\w*|signature|signed|thaw\w*|frozen|freez\w*|stor\w*)\b"
)
"""Words of dates that are none of a visit."""


def lone_date(seen: Sequence[Seen], chosen: Mapping[str, tuple[str, float]]) -> Seen | None:
    """The only column of dates in a table of visits that has none, such as "lab_date": on it they were."""
    if any(choice == f"var:{codes.VISIT_DATE}" for choice, _score in chosen.values()):
        return None
    dates = [
        column
        for column in seen
        if column.profile.dates > _MOST_ARE_NAMES
        and not column.header.visit
        and not _OTHER_DATES.search(plain_name(column.header.text.replace("_", " ")))
    ]
    return dates[0] if len(dates) == 1 and dates[0].key not in chosen else None


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
