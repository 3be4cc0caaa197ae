"""Tables that are no list of patients or measurements: patients side by side, and forms of one patient.

Read as rows they would make a patient of each label. They are not read, and it is said how to turn them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.seen import Context, Seen
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.words import PARAMETER_HEADERS, PATIENT_WORDS, VISIT_WORDS, plain_name, shape

Turned = Literal["", "patients-across", "form"]

_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
_FEW_COLUMNS: Final = 4
_FEW_ROWS: Final = 60


def turned(seen: Sequence[Seen], context: Context) -> Turned:
    """Whether the first column of a table names variables, and patients or values stand beside it."""
    if len(seen) < 2 or plain_name(seen[0].header.text) in PARAMETER_HEADERS:
        return ""
    if any(plain_name(name) in PATIENT_WORDS for column in seen[1:] for name in column.names):
        return ""
    labels = seen[0].profile
    if not _names_variables(labels, context):
        return ""
    heads = [column.header.text.strip() for column in seen[1:] if column.header.text.strip()]
    tops = [column.place.labels[0].strip() for column in seen[1:] if column.place.labels]
    if _are_ids(heads, context) or _are_ids(tops, context):
        return "patients-across"
    answers = [column for column in seen[1:] if column.profile.filled]
    known = any(_is_known(name, context) for column in answers for name in column.names)
    once = labels.distinct >= _NEARLY_ALL * labels.filled and labels.filled <= _FEW_ROWS
    visits = bool(heads) and all(is_timepoint(head) for head in heads)
    return "form" if once and (visits or (not known and len(seen) <= _FEW_COLUMNS)) else ""


def _are_ids(heads: Sequence[str], context: Context) -> bool:
    """Whether headers are ids of one kind: nearly all have one shape."""
    shapes = Counter(shape(head) for head in heads if _like_an_id(head, context))
    return len(heads) > 1 and bool(shapes) and shapes.most_common(1)[0][1] >= _NEARLY_ALL * len(heads)


def _names_variables(labels: Profile, context: Context) -> bool:
    """Whether most cells of a column are names of variables, and several are."""
    known = sum(count for text, count in labels.texts.items() if _is_known(text, context))
    return known >= 2 and known >= _MOST * max(labels.filled, 1)


def _is_known(text: str, context: Context) -> bool:
    plain = plain_name(text)
    return (
        plain not in VISIT_WORDS and not is_timepoint(text) and context.vocabulary.knows(text.rstrip(" :?"))
    )


def _like_an_id(text: str, context: Context) -> bool:
    return any(sign.isdigit() for sign in text) and not is_timepoint(text) and not _is_known(text, context)
