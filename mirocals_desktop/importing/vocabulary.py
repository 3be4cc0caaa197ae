"""What headers may mean: the protocol's names and synonyms in both languages, looked up with tolerance."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from mirocals_desktop.importing.gates import gate_names
from mirocals_desktop.importing.header_words import without_item
from mirocals_desktop.importing.headers import Header, split_unit, without_percent
from mirocals_desktop.importing.tables import TableColumn
from mirocals_desktop.importing.timepoints import is_timepoint, split_timepoint
from mirocals_desktop.importing.words import (
    DAY_WORDS,
    PARAMETER_HEADERS,
    PATIENT_WORDS,
    UNIT_HEADERS,
    VALUE_HEADERS,
    VISIT_WORDS,
    plain_name,
    without_source,
)
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Unit, Variable
from mirocals_desktop.protocol.reader import load_protocol, shipped_protocols
from mirocals_desktop.protocol.words import plain_unit

EXACT: Final = 1.0
SAME_WORDS: Final = 0.93
NEARLY_SAME: Final = 0.9
CLOSE: Final = 0.85
ABBREVIATED: Final = 0.85
CONTAINED: Final = 0.7
_CUT_SHORT: Final = re.compile(r"([^\W\d_]{3,})\.")
"""A word that a header cuts short: "sér." for sérique."""

_SMALL_WORDS: Final = frozenset(
    [
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "the",
        "of",
        "at",
        "on",
        "a",
        "an",
        "en",
        "au",
        "aux",
        "to",
        "for",
        "by",
        "par",
        "in",
        "dans",
        "et",
        "and",
        "s",
        "patient",
    ]
)
_OF_ANY_MEASURE: Final = frozenset(
    ("conc", "concentration", "level", "taux", "dosage", "mesure", "measured")
) | frozenset(("result", "resultat", "value", "valeur", "nb", "nbre", "nombre", "number", "count"))
"""Words that a header may say besides the name of what is measured."""
_DATE_WORDS: Final = frozenset(("date", "dates", "dt"))
_TREG_NAMES: Final = (
    "Treg CD25hi CD127lo", "CD25hi CD127lo", "Treg CD25hiCD127lo", "Treg CD25+CD127low", "CD25+CD127low",
    "Treg CD25high CD127low", "Treg CD4+CD25hiCD127lo", "Treg FoxP3+", "Treg CD25+FoxP3+", "CD4+CD25hiFoxP3+",
    "CD3+CD4+CD25hiFoxP3+", "CD4+CD25highFoxP3+",
    "regulatorische T-Zellen", "Treg-Zellen",
)  # fmt: skip
_ALSO: Final = {
    codes.VITAL_STATUS: (
        "CNSR",
        "censored",
        "censor",
        "censure",
        "cens",
        "vital status at end",
        "dcd",
        "DTHFL",
    ),
    codes.END_OF_FOLLOW_UP_DATE: ("date of event or censoring",),
    "ae_end_date": ("outcome date", "date of outcome", "date issue", "date d’issue", "date de l’issue"),
    codes.TREG_PERCENT: (*_TREG_NAMES, "ratio Treg/CD4", "Treg/CD4 ratio"),
    codes.TREG_COUNT: (*_TREG_NAMES, "Treg absolut"),
    codes.VISIT_DATE: ("DATVIS", "DATEVIS", "DTVIS", "DTVISITE", "VISDAT"),
    codes.ALSFRS_R_TOTAL: ("ALSTOT", "ALSFRSTOT", "ALSFRSRTOT", "ALSFRS_TOT", "ALSFRSR_TOT"),
    "serum_nfl": ("NF-L", "NF-L serum", "NF-light", "NF-light serum"),
    "svc_percent": ("SVCPP", "SVC PP", "SVC percent predicted", "CVL pourcent théorique"),
    "svc_litres": ("best SVC", "SVC best", "meilleure CVL", "CVL retenue", "CVL meilleure", "highest SVC"),
    "sample_id": (
        "code échantillon",
        "réf échantillon",
        "référence échantillon",
        "sample ref",
        "sample code",
        "specimen code",
        "code prélèvement",
        "n° tube",
        "tube no",
        "tube code",
    ),
    "sample_type": ("nature", "matrice", "matrix", "nature du prélèvement", "specimen matrix"),
    "cd4_count": ("CD4+ T-Zellen", "CD4-Zellen", "CD4+ T-Zellen absolut", "T-Helferzellen"),
    "eosinophils": ("Eosinophile", "Eosinophile absolut"),
    "weight": ("Gewicht", "Körpergewicht"),
    "height": ("Körpergröße", "Größe"),
}
"""Headers of standard tables that no protocol lists, because they are no words of the field."""
_CROSSES: Final = re.compile("[\u2020\u271d\u271e\u26b0]")
"""A cross alone heads the dates of death in many a private list."""
_FUZZY_LENGTH: Final = 5
_FUZZY_ITEM: Final = 85
_CAMEL: Final = re.compile(r"(?:[A-Z][a-z]+_?){2,}[A-Z]{0,2}|[a-z]{3,}(?:[A-Z][a-z]+)+")
_NUMBERED_ITEM: Final = re.compile(r"(?:q|item|question)? ?(?P<number>\d{1,2}[a-c]?) (?P<words>[^\d]{4,})")
_FUZZY_CUTOFF: Final = 90


@dataclass(frozen=True)
class Candidate:
    """A variable that a header may mean, and how well the header fits one of its names."""

    code: str
    score: float
    name: str


class Vocabulary:
    """The names of one protocol's variables, prepared for looking headers up."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self._names: dict[str, list[str]] = defaultdict(list)
        self._sets: dict[frozenset[str], list[str]] = defaultdict(list)
        self._dates: dict[frozenset[str], list[str]] = defaultdict(list)
        for variable in protocol.variables:
            for text in (variable.code, variable.label.en, variable.label.fr, *variable.synonyms):
                self._add(text, variable.code)
        for code, texts in _ALSO.items():
            if protocol.variable(code) is not None:
                for text in texts:
                    self._add(text, code)
        for code, texts in _shipped_names().items():
            for text in texts if protocol.variable(code) is not None else ():
                if plain_name(text) not in self._names:  # the study's own names go before
                    self._add(text, code)
        self._spelled = [" ".join(sorted(name.split())) for name in self._names]
        self._plain = list(self._names)
        self._set_places = {known: place for place, known in enumerate(self._sets)}
        self._sets_with: dict[str, list[frozenset[str]]] = defaultdict(list)
        for known in self._sets:
            for word in known:
                self._sets_with[word].append(known)
        self._units = {
            variable.code: {
                plain_unit(name): unit for unit in variable.units for name in (unit.name, *unit.synonyms)
            }
            for variable in protocol.variables
        }
        self.candidates = lru_cache(maxsize=65_536)(self._candidates)  # a sheet has up to 16,384 columns

    def _add(self, text: str, code: str) -> None:
        plain = plain_name(text)
        if plain and code not in self._names[plain]:
            self._names[plain].append(code)
            words = _telling_words(plain)
            if words and code not in self._sets[words]:
                self._sets[words].append(code)
            variable = self.protocol.variable(code)
            undated = words - _DATE_WORDS
            if undated and variable is not None and variable.kind == "date":
                self._dates[undated].append(code)

    def names(self, name: str) -> bool:
        """Whether this is, word for word, a name of a variable."""
        return plain_name(name) in self._names

    def knows(self, label: str) -> bool:
        """Whether a header cell is one that is understood: used to tell headers from data."""
        plain = plain_name(label)
        if not plain or len(plain) > 80:
            return False
        if plain in self._names or plain in PATIENT_WORDS or plain in VISIT_WORDS or plain in DAY_WORDS:
            return True
        if plain in PARAMETER_HEADERS or plain in VALUE_HEADERS or plain in UNIT_HEADERS:
            return True
        name, _, _ = split_unit(label)
        rest, visit = split_timepoint(name)
        return plain_name(name) in self._names or (bool(visit) and plain_name(rest) in self._names)

    def _candidates(self, name: str) -> tuple[Candidate, ...]:
        """The variables that a name may mean, the best first; () for a name nobody knows."""
        plain = plain_name(name)
        if not plain:
            return ()
        found: dict[str, Candidate] = {}

        def offer(codes: Iterable[str], score: float, spelled: str) -> None:
            for code in codes:
                if code not in found or found[code].score < score:
                    found[code] = Candidate(code, score, spelled)

        offer(self._names.get(plain, ()), EXACT, plain)
        offer(self._numbered_items(plain), SAME_WORDS, plain)
        if not found:
            words = _telling_words(plain)
            offer(self._sets.get(words, ()), SAME_WORDS, plain)
            offer(self._dates.get(words - _DATE_WORDS, ()), NEARLY_SAME, plain)
            offer(self._sets.get(words - _OF_ANY_MEASURE, ()), NEARLY_SAME, plain)
            cut = _telling_words(plain_name(" ".join(_CUT_SHORT.findall(name))))
            for known in (known for known in (self._sets if cut else ()) if _is_cut_short(words, cut, known)):
                offer(self._sets[known], ABBREVIATED, " ".join(known))
            for known in (
                known
                for known in (self._dates if cut else ())
                if _is_cut_short(words - _DATE_WORDS, cut, known)
            ):
                offer(self._dates[known], ABBREVIATED, " ".join(known))
            if len(plain) >= _FUZZY_LENGTH:
                tokens = " ".join(sorted(plain.split()))
                for _, score, at in process.extract(
                    tokens, self._spelled, scorer=fuzz.ratio, score_cutoff=_FUZZY_CUTOFF, limit=5
                ):
                    offer(self._names[self._plain[at]], CLOSE * score / 100, self._plain[at])
            within = {known for word in words for known in self._sets_with.get(word, ()) if known < words}
            for size in range(len(words) - 1, 0, -1):
                inside = [known for known in within if len(known) == size]
                inside.sort(key=self._set_places.__getitem__)
                for known in inside:
                    if size >= 2 or len(next(iter(known))) >= _FUZZY_LENGTH:
                        offer(self._sets[known], CONTAINED * (0.8 + 0.2 * size / len(words)), " ".join(known))
                if inside:
                    break
        return tuple(sorted(found.values(), key=lambda candidate: -candidate.score))

    def _numbered_items(self, plain: str) -> Iterable[str]:
        """The items that a header names by number and by words both: "5b. Cutting (gastrostomy)"."""
        numbered = _NUMBERED_ITEM.fullmatch(plain)
        if numbered is None:
            return
        words = _telling_words(numbered["words"])
        spelled = f"item {numbered['number']}"
        for code in self._names.get(spelled, ()):
            names = [known for known in self._names if code in self._names[known] and known != spelled]
            if any(fuzz.partial_ratio(word, name) >= _FUZZY_ITEM for word in words for name in names):
                yield code

    def unit(self, code: str, text: str) -> Unit | None:
        """The accepted unit of a variable that a text names."""
        units = self._units.get(code, {})
        plain = plain_unit(text)
        found = units.get(plain)
        if found is None and plain.startswith("%"):
            found = units.get("%")
        if found is None and plain.startswith(("abs/", "n/", "nb/")):
            found = units.get(plain[plain.index("/") :])
        return found

    def variable(self, code: str) -> Variable | None:
        """The variable with this code."""
        return self.protocol.variable(code)


@lru_cache(maxsize=1)
def _shipped_names() -> Mapping[str, tuple[str, ...]]:
    """The names that variables have in the protocols of the program: a study keeps the protocol it was made
    with, and what has been learnt since helps it as well."""
    found: dict[str, tuple[str, ...]] = {}
    for name in shipped_protocols():
        for variable in load_protocol(name).variables:
            found[variable.code] = (*found.get(variable.code, ()), *variable.synonyms)
    return found


def _is_cut_short(words: frozenset[str], cut: frozenset[str], known: frozenset[str]) -> bool:
    """Whether words are a known name with some of them cut short: "NfL sér." is "NfL sérique"."""
    missing, rest = words - known, known - words
    short = bool(missing) and missing <= cut and len(rest) == len(missing)
    return short and all(any(word.startswith(part) for word in rest) for part in missing)


def _telling_words(plain: str) -> frozenset[str]:
    return frozenset(_singular(word) for word in plain.split() if word not in _SMALL_WORDS)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def names_visit(label: str) -> bool:
    """Whether a header cell names a visit by itself."""
    return is_timepoint(label)


def _apart(name: str) -> str:
    """A name in one word taken apart: "VisitDate" is "Visit Date"; "ALSFRS" and "pNfH" stay what they are."""
    if not _CAMEL.fullmatch(name):
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name)


def header_names(column: TableColumn, header: Header) -> tuple[str, ...]:
    """The names under which a column's header is looked up, the most telling first."""
    names = ["death" if _CROSSES.fullmatch(header.name.strip()) else header.name]
    for note in header.notes:
        without = header.name.replace(note, " ")
        if without == header.name:  # a unit or a visit was taken out of it
            without = plain_name(header.name).replace(plain_name(note), " ")
        names.append(" ".join(without.split()))
    names[1:1] = [bare for name in names if (bare := without_item(name)) != name]
    names[1:1] = [told for name in names if (told := without_source(name)) != name]
    names[1:1] = [apart for name in names if (apart := _apart(name)) != name]
    names[1:1] = gate_names(header.name)
    names.extend([without_percent(name) for name in names])
    if len(column.labels) > 2:  # "Follow-up / Death / Date": the group of all says the least
        names[1:1] = [" ".join(split_unit(label)[0] for label in column.labels[-2:])]
    inner = [split_unit(label)[0] for label in reversed(column.labels)]
    names.extend(name for name in inner if name and not is_timepoint(name))
    return tuple(dict.fromkeys(name for name in names if name))
