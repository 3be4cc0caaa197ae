"""The patient that only the name of a sheet, a file or a title tells: one sheet for each patient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.patients import Patients
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.words import shape

_LABEL: Final = re.compile(
    r"^\s*(?:(?:code|n[o°º]\.?|num[ée]ro|id|identifiant)\s*(?:du\s+)?)?"
    r"(?:patient(?:e)?|pat|pt|subject|sujet|participant|dossier|fiche|case|cas)\b"
    r"\s*(?:id|n[o°º]|no|number|code)?\s*[:.#=_\-–—]*\s*",
    re.IGNORECASE,
)
_LIKE_AN_ID: Final = re.compile(r"[A-Za-z]{0,6}[-_ ]?\d{1,5}(?:[-_ ]?[A-Za-z]{0,3}[-_ ]?\d{1,5})?")
_PLAIN_SHEET: Final = re.compile(
    r"(?:sheet|feuil(?:le)?|tab(?:elle|leau|le)?|hoja|page|part(?:ie)?|lot|batch|data|export|liste?|plate|plaque"
    r"|run|s[ée]rie|copy|copie|classeur|book|test|labs?|form|version)\W*\d.*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ToldPatient:
    """The patient of a whole table: the id as it is written, where it stands, and whether it is known.

    `headings` has the patients that headings between the rows name, by row, each of the rows below it.
    """

    text: str
    evidence: str
    sure: bool
    headings: Mapping[int, str] = field(default_factory=dict)


def patient_of_table(table: Table, file: str, known: Patients) -> ToldPatient | None:
    """The one patient that the sheet's name, a title or the file's name tells, None where none or several do.

    It is sure where it is a patient of the study, written with letters: a sheet called "3" may be a visit.
    """
    named = table.sheet.name
    stem = PurePath(file).stem
    texts = [(named, _("the name of the sheet")), *((t, _("the title of the table")) for t in table.titles)]
    if stem != named:
        texts.append((stem, _("the name of the file")))
    found: dict[str, ToldPatient] = {}
    for text, evidence in texts:
        for part in _parts(text):
            patient = known.find(part)
            if patient:
                telling = any(sign.isalpha() for sign in part) or _LABEL.match(text) is not None
                found.setdefault(patient, ToldPatient(part, evidence, sure=telling))
                break
    if found:
        return next(iter(found.values())) if len(found) == 1 else None
    bare = _LABEL.sub("", named).strip()
    labelled = bare != named.strip()
    like = _LIKE_AN_ID.fullmatch(bare) and any(sign.isdigit() for sign in bare)
    if like and named != stem and (labelled or not (is_timepoint(bare) or _PLAIN_SHEET.fullmatch(named))):
        return ToldPatient(bare, _("the name of the sheet"), sure=False)
    return None


def patients_of_headings(table: Table, known: Patients) -> ToldPatient | None:
    """The patients that headings between the rows name, where all are known or are ids of one shape."""
    texts = {row: text for row, text in table.sections.items() if not is_timepoint(text)}
    found = {
        row: next((part for part in _parts(text) if known.find(part)), "") for row, text in texts.items()
    }
    sure = all(found.values())
    if not sure:
        found = {row: _LABEL.sub("", text).strip() for row, text in texts.items()}
    alike = {shape(text) for text in found.values()}
    like = all(_LIKE_AN_ID.fullmatch(text) for text in found.values()) and not len(known)
    if len(found) < 2 or len(texts) < len(table.sections) or not (sure or (like and len(alike) == 1)):
        return None
    first = next(iter(found.values()))
    return ToldPatient(first, _("the headings between the rows"), sure=sure, headings=found)


def _parts(text: str) -> list[str]:
    """What of a name or title may be an id: all of it, what follows "Patient", its first word."""
    bare = _LABEL.sub("", text).strip()
    parts = [text.strip(), bare, *(re.split(r"\s*[(,;:|]\s*|\s+[-–—]\s+|\s+", bare)[:1])]
    return [part for part in dict.fromkeys(parts) if any(sign.isdigit() for sign in part)]
