"""Patients and visits inside the names of samples: PBC-001-V2-CSF is of patient PBC-001 at V2; confirmed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import Asker, SampleNames, question_id
from mirocals_desktop.importing.seen import Seen, header_cell
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import is_timepoint, read_timepoint

_MOST: Final = 0.8
_FEWEST: Final = 3
_SEPARATORS: Final = re.compile(r"[\s_.:/|-]+")
_VISIT_BEHIND: Final = re.compile(
    r"(.*?\d)((?:V|M|W|S|J|D|T|C\d+[DJ])\d{1,2}|BL|SCR|EOT)(?!\d)(.*)", re.IGNORECASE
)


def find_sample_names(
    key: str,
    file: str,
    table: Table,
    patient: Seen,
    seen: Sequence[Seen],
    asker: Asker,
    *,
    visit_known: bool,
) -> SampleNames | None:
    """The patients and visits that names of samples hold, once somebody confirms it; None elsewhere.

    The names stand in the column that says whose row it is, or in another whose names begin with the patient;
    there they are of interest only while no column names visits (`visit_known`).
    """
    parts = read_names(patient.profile.texts)
    if parts:
        names = SampleNames(patient.place.column, parts, tells_patient=True)
        return _ask(key, file, table, patient, names, asker)
    for column in () if visit_known else seen:
        if column.key == patient.key or column.header.visit:
            continue
        parts = read_names(column.profile.texts)
        if parts and _begin_with(table, column, patient, parts):
            names = SampleNames(column.place.column, parts, tells_patient=False)
            return _ask(key, file, table, column, names, asker)
    return None


def read_names(texts: Counter[str]) -> dict[str, tuple[str, str]]:
    """Name -> (patient, visit) of a column's texts where most hold both, and the same visits come again."""
    if len(texts) < _FEWEST:
        return {}
    found = {text: parts for text in texts if (parts := split_name(text)) is not None}
    if sum(texts[text] for text in found) < _MOST * texts.total():
        return {}
    visits = {visit.casefold() for _patient, visit in found.values()}
    patients = {normal_form(patient) for patient, _visit in found.values()}
    if len(visits) > max(2, len(found) // 2) or (len(patients) == 1 and len(found) > 2 and len(visits) == 1):
        return {}
    return found


@lru_cache(maxsize=50_000)
def split_name(text: str) -> tuple[str, str] | None:
    """A sample's name as (patient, visit): "PBC001_V2_CSF" is ("PBC001", "V2"); None for any other text.

    The patient stands first and holds a number; what follows the visit says nothing of either.
    """
    stripped = text.strip()
    pieces = list(_SEPARATORS.finditer(stripped))
    starts = [0, *(piece.end() for piece in pieces)]
    ends = [*(piece.start() for piece in pieces), len(stripped)]
    for number in range(1, len(starts)):
        before, piece = stripped[: ends[number - 1]], stripped[starts[number] : ends[number]]
        point = read_timepoint(piece) if is_timepoint(piece) else None
        if point is not None and not piece.isdigit() and any(sign.isdigit() for sign in before):
            return before, piece
    match = _VISIT_BEHIND.fullmatch(stripped) if not pieces or len(pieces) == 1 else None
    return (match[1].rstrip("-_ "), match[2]) if match else None


def _begin_with(table: Table, column: Seen, patient: Seen, parts: Mapping[str, tuple[str, str]]) -> bool:
    """Whether the names of a column begin with the patients of their rows."""
    whose = _forms(table, patient, normal_form)
    named = _forms(table, column, lambda text: normal_form(parts.get(text, ("", ""))[0]))
    both = [(one, other) for one, other in zip(whose, named, strict=True) if one and other]
    same = sum(one == other or other.endswith(one) or one.endswith(other) for one, other in both)
    return bool(both) and same >= _MOST * len(both)


def _forms(table: Table, column: Seen, form: Callable[[str], str]) -> list[str]:
    """For each data row the form of the text of a column."""
    places, texts = table.sheet.distinct_texts(column.place.column, table.rows)
    forms = [form(text) for text in texts]
    return [forms[place] for place in places.tolist()]


def _ask(
    key: str, file: str, table: Table, column: Seen, names: SampleNames, asker: Asker
) -> SampleNames | None:
    name, (patient, visit) = next(iter(names.parts.items()))
    count = len(names.parts)
    answer = asker.ask(
        Question(
            id=question_id("sample-names", key, column.key),
            kind="visit",
            text=_("In “{header}” of {sheet}, is “{name}” of patient {patient} at visit {visit}?").format(
                header=column.header.text,
                sheet=table.sheet.name,
                name=" ".join(name.split()),
                patient=patient,
                visit=visit,
            ),
            options=(
                Option("both", _("Yes: each name holds patient and visit")),
                Option("no", _("No: these are only names")),
            ),
            suggested="both",
            confidence=0.7,
            evidence=(
                ngettext("{count} name begins so", "{count} names begin so", count).format(
                    count=amount(count)
                ),
            ),
            file=file,
            sheet=table.sheet.name,
            cells=(header_cell(table, column.place),),
        )
    )
    return names if answer == "both" else None
