"""The column that says whose row it is: by its header, its ids, or the patients that the study knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.centre_ids import numbered_anew
from mirocals_desktop.importing.header_words import names_patients
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import Patients, normal_form
from mirocals_desktop.importing.plan import question_id
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.sample_names import read_names
from mirocals_desktop.importing.seen import SURE, Context, Seen, header_cell, numbers_of
from mirocals_desktop.importing.sheet_patients import ToldPatient, patient_of_table, patients_of_headings
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import looks_like_visits
from mirocals_desktop.importing.words import PATIENT_WORDS, VAGUE_PATIENT_WORDS, plain_name

_PATIENT_ITSELF: Final = re.compile(r"patient|subj|sujet|participant|\bpat\b|usubjid")
_SHEET: Final = "sheet"
_MOST_ARE_PATIENTS: Final = 0.8
_CLEAR_KEY: Final = 0.8
_MOST_ARE_VISITS: Final = 0.5


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
    told = (patients_of_headings(table, context.patients) if score < SURE and seen else None) or told
    told = told if told is not None and (told.sure or score < 0.5) else None
    sampled = [column for column in seen if score < SURE and _names_known(column, context.patients)]
    if sampled:
        best, told = (SURE, 0, sampled[0]), None  # its names are asked about as such
        score = SURE
    elif told is not None:
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
        label = _("All rows are of patient {patient}").format(patient=told.text)
        label = _("Each heading is the patient of the rows below it") if told.headings else label
        own = (Option(_SHEET, label),)
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
            confidence=min(score, 1.0),
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
    if known >= _MOST_ARE_PATIENTS and best >= 0.9:
        return best + 0.1  # SUBJID goes before USUBJID, where the study writes the patients so
    if known >= _MOST_ARE_PATIENTS and any(sign.isalpha() for text in column.profile.texts for sign in text):
        best = max(best, 0.95)  # whatever its header says, these are the patients of the study
    return best


def _share_of_patients(profile: Profile, patients: Patients) -> float:
    """The share of a column's cells that are ids of patients of the study."""
    if not len(patients) or not profile.said:
        return 0.0
    named = sum(count for text, count in profile.texts.items() if patients.find(text))
    if profile.whole and profile.number_cells:
        known = [float(form) for form in (*patients.by_form, *patients.spellings) if form.isdecimal()]
        cells = profile.numbers[: profile.number_cells]  # those of texts, counted above, come after them
        named += int(np.isin(cells, known).sum())
    return profile.share(named)


def _names_known(column: Seen, patients: Patients) -> bool:
    """Whether a column has names of samples that most begin with patients of the study."""
    names = read_names(column.profile.texts) if len(patients) else {}
    known = sum(bool(patients.find(patient)) for patient, _visit in names.values())
    return bool(names) and known >= _MOST_ARE_PATIENTS * len(names)


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


def has_repeats(table: Table, patient: Seen | None, site: Seen | None = None) -> bool:
    """Whether patients have several rows; without a column of patients all rows are one patient's."""
    if patient is None:
        return len(table.rows) > 1
    if site is not None and numbered_anew(table.texts(patient.place), table.texts(site.place)):
        return False  # the number begins anew in each centre: it is another patient there
    counts = np.bincount(numbers_of(table, patient.place, normal_form, len(table.rows)))[1:]
    return bool(counts.size) and bool((counts > 1).mean() > 0.1)
