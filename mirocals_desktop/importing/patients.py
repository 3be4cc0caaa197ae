"""Whose row it is: normal forms of patients' ids, matching between sheets and with the study, near misses.

"007 ", 7, "PBC-007", "PBC007" and "pbc 7" differ in form only. Two spellings are one patient when their
normal forms are equal; a prefix that one sheet writes and another leaves out, and spellings one sign apart,
are proposed, never taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

_PIECES: Final = re.compile(r"[^\W\d_]+|\d+")
_NEAR_LIMIT: Final = 400


@lru_cache(maxsize=200_000)
def normal_form(text: str) -> str:
    """An id without what spellings differ in: case, accents, blanks, signs, leading zeros.

    Runs of digits stay apart: "1-02" and "10-2" are two patients. "" for a text without letter or digit.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    bare = re.sub(r"(?<=\d)[.,]0+$", "", bare.strip()) if re.fullmatch(r"\s*\d+[.,]0+\s*", bare) else bare
    pieces = [piece.lstrip("0") or "0" if piece.isdigit() else piece for piece in _PIECES.findall(bare)]
    joined = ""
    for piece in pieces:
        joined += "·" + piece if joined and joined[-1].isdigit() and piece.isdigit() else piece
    return joined


def tidy_id(text: str) -> str:
    """An id as the study writes it: as the file does, without blanks at its ends or odd ones inside."""
    cleaned = re.sub(r"[\u200b\ufeff\u2060]", "", text)
    return " ".join(cleaned.split())


@dataclass(frozen=True)
class Patients:
    """The patients that a study or an import knows: normal form -> id as the study writes it.

    `spellings` are other normal forms that somebody has said to be a patient of the study.
    """

    by_form: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str:
        """The id of the patient that a text means, "" when there is none."""
        form = normal_form(text)
        return self.by_form.get(form) or self.spellings.get(form, "")

    def __len__(self) -> int:
        return len(self.by_form)


def collect_patients(texts: Iterable[str], known: Patients) -> Patients:
    """The known patients and those of a list of ids, each spelled as it comes first."""
    by_form = dict(known.by_form)
    for text in texts:
        form = normal_form(text)
        if form and form not in by_form and form not in known.spellings:
            by_form[form] = tidy_id(text)
    return Patients(by_form, known.spellings)


@dataclass(frozen=True)
class Prefix:
    """A prefix that ids on one side have and on the other lack, and the known id of each spelling."""

    prefix: str
    matches: Mapping[str, str]


def find_prefix(unknown: Sequence[str], known: Patients) -> Prefix | None:
    """The prefix that makes most of the unknown ids known ones, when every one of them fits only one patient.

    The patients' ids share the prefix ("PBC-" in PBC-001) and the file writes 001, or the other way round.
    """
    if not unknown or not known.by_form:
        return None
    forms = {normal_form(text): text for text in unknown}
    bare: dict[str, list[str]] = defaultdict(list)
    prefixes: Counter[str] = Counter()
    for form, patient in known.by_form.items():
        prefix, rest = _split_prefix(form)
        if prefix:
            bare[rest].append(patient)
            prefixes[prefix] += 1
    matches = {forms[form]: bare[form][0] for form in forms if len(bare.get(form, ())) == 1}
    if prefixes and len(matches) >= max(1, 0.8 * len(forms)):
        return Prefix(prefixes.most_common(1)[0][0], matches)
    stripped = {form: _split_prefix(form) for form in forms}
    owners: Counter[str] = Counter(rest for _, rest in stripped.values())
    found = {
        forms[form]: known.by_form[rest]
        for form, (prefix, rest) in stripped.items()
        if prefix and rest in known.by_form and owners[rest] == 1
    }
    if len(found) >= max(1, 0.8 * len(forms)):
        return Prefix(Counter(prefix for prefix, _ in stripped.values()).most_common(1)[0][0], found)
    return _long_prefix(forms, known)


def _long_prefix(forms: Mapping[str, str], known: Patients) -> Prefix | None:
    """One prefix before whole ids of patients: MIRO-FR01-001 is FR01-001, as the USUBJID of CDISC is made."""
    found: dict[str, str] = {}
    before: Counter[str] = Counter()
    for form, text in forms.items():
        ends = range(1, len(form))
        cut = next((n for n in ends if form[n:] in known.by_form and _parts(form, n)), 0)
        if cut:
            found[text] = known.by_form[form[cut:]]
            before[form[:cut].rstrip("·")] += 1
    enough = len(found) >= max(1, 0.8 * len(forms))
    if not enough or len(before) != 1 or len(set(found.values())) < len(found):
        return None
    return Prefix(next(iter(before)), found)


def _parts(form: str, at: int) -> bool:
    """Whether a normal form may be cut here: not inside a word or a number."""
    left, right = form[at - 1], form[at]
    return right != "·" and not (left.isdigit() and right.isdigit())


def find_inside(unknown: Sequence[str], known: Patients) -> dict[str, str]:
    """Known ids at the beginning of longer names, such as those of samples: "PBC-001_V2_CSF" is PBC-001's.

    Empty unless most of the names begin with the id of a patient.
    """
    found = {}
    for text in unknown:
        pieces = re.split(r"([\s_.:/|-]+)", text.strip())
        for end in range(len(pieces) - 2, 0, -2):
            patient = known.find("".join(pieces[:end]))
            if patient:
                found[text] = patient
                break
        else:
            patient = _beginning(text, known)
            if patient:
                found[text] = patient
    return found if len(found) >= max(2, 0.8 * len(unknown)) else {}


def _beginning(text: str, known: Patients) -> str:
    """The one patient whose id a name without signs begins with: "PBC001V2CSF" is PBC-001's."""
    pieces = _PIECES.findall(text)
    found = {known.find("".join(pieces[:end])) for end in range(1, len(pieces))} - {""}
    return found.pop() if len(found) == 1 else ""


def _split_prefix(form: str) -> tuple[str, str]:
    """A normal form as (what stands before its last run of digits, that run); ("", form) without one."""
    match = re.fullmatch(r"(.*\D)(\d+)", form)
    return (match[1].rstrip("·"), match[2]) if match else ("", form)


def same_signs(text: str, known: Patients) -> str:
    """The one patient whose id has the same letters and digits, parted otherwise: FR02022 and FR02-022."""
    wanted = _signs(text)
    found = [patient for patient in known.by_form.values() if _signs(patient) == wanted] if wanted else []
    return found[0] if len(found) == 1 else ""


@lru_cache(maxsize=200_000)
def _signs(text: str) -> str:
    return "".join(_PIECES.findall(text.casefold()))


_LOOKS_LIKE_A_DIGIT: Final = re.compile(r"(?<=\d)[oOlI]|[oOlI](?=\d)")


def find_slips(fresh: Sequence[str], listed: Sequence[str], known: Patients) -> set[str]:
    """Which new ids of a list are probably a known patient's, or another id of the list, mistyped.

    A letter that looks like a digit; the same signs parted otherwise; the digits of a known id behind letters
    that nobody else in the list has and that are one slip from that id's.
    """
    everybody = {normal_form(text) for text in listed} | set(known.by_form)
    signs = {_signs(patient) for patient in known.by_form.values()}
    by_digits: dict[str, set[str]] = defaultdict(set)
    for form in known.by_form:
        by_digits[_digits(form)].add(_letters(form))
    letters = Counter(_letters(normal_form(text)) for text in dict.fromkeys(listed))
    slips = set()
    for text in fresh:
        form = normal_form(text)
        own = _letters(form)
        near = (
            DamerauLevenshtein.distance(own, other, score_cutoff=1) == 1
            for other in by_digits.get(_digits(form), ())
        )
        mistyped = letters[own] == 1 and len(own) > 1 and any(near)
        alike = _as_digits(text)
        if (alike != form and alike in everybody) or _signs(text) in signs or mistyped:
            slips.add(text)
    return slips


def _digits(form: str) -> str:
    return "".join(sign for sign in form if not sign.isalpha())


def _letters(form: str) -> str:
    return "".join(sign for sign in form if sign.isalpha())


def _as_digits(text: str) -> str:
    """The normal form of an id with the letter O as 0, and I or l as 1, where a digit stands beside it."""
    return normal_form(_LOOKS_LIKE_A_DIGIT.sub(lambda sign: "0" if sign[0] in "oO" else "1", text))


def near_patients(text: str, known: Patients, *, limit: int = 3) -> list[str]:
    """Patients whose ids are one slip of the fingers away: for a person to decide."""
    form = normal_form(text)
    if len(form) < 3 or len(known.by_form) > 50 * _NEAR_LIMIT:
        return []
    # The letter O for 0, and I or l for 1: no other slip is as likely, where a digit stands beside it.
    alike = _as_digits(text)
    if alike != form and alike in known.by_form:
        return [known.by_form[alike]]
    numeric = form.isdigit()
    near = []
    for other, patient in known.by_form.items():
        if abs(len(other) - len(form)) > 1:
            continue
        # Numbers are all neighbours of each other: of them only two digits that changed places are near.
        if numeric and sorted(form) != sorted(other):
            continue
        if DamerauLevenshtein.distance(form, other, score_cutoff=1) <= 1:
            near.append(patient)
    return near if len(near) <= limit else []
