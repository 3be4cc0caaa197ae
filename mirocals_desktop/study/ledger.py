"""Audit entries and the chain of hashes over them and their observations.

The hash of an entry is SHA-256 over JSON: the entry's fields (with the hash of the entry before it), then its
observations in order, in lists of a thousand. Whoever changes, removes or adds anything breaks the
chain from there on; whoever keeps the head (the last hash, printed on exports) can tell that nothing was cut
off its end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

from mirocals_desktop import __version__
from mirocals_desktop.i18n import N_, _
from mirocals_desktop.progress import Report

CREATED: Final = "created"
IMPORTED: Final = "imported"
ENTERED: Final = "entered"
CORRECTED: Final = "corrected"
WITHDRAWN: Final = "withdrawn"
OPTION: Final = "option"
UNBLINDED: Final = "unblinded"
EXPORTED: Final = "exported"
BACKED_UP: Final = "backed_up"
MIGRATED: Final = "migrated"
QUERY_RAISED: Final = "query_raised"
QUERY_ASSIGNED: Final = "query_assigned"
QUERY_ANSWERED: Final = "query_answered"
QUERY_CLOSED: Final = "query_closed"
QUERY_REOPENED: Final = "query_reopened"
MARKED: Final = "marked"

KINDS: Final[Mapping[str, str]] = {
    CREATED: N_("study created"),
    IMPORTED: N_("import"),
    ENTERED: N_("entry by hand"),
    CORRECTED: N_("correction"),
    WITHDRAWN: N_("withdrawal of an entry"),
    OPTION: N_("option changed"),
    UNBLINDED: N_("unblinding"),
    EXPORTED: N_("export"),
    BACKED_UP: N_("backup"),
    MIGRATED: N_("file brought up to date"),
    QUERY_RAISED: N_("query raised"),
    QUERY_ASSIGNED: N_("query assigned"),
    QUERY_ANSWERED: N_("query answered"),
    QUERY_CLOSED: N_("query closed"),
    QUERY_REOPENED: N_("query reopened"),
    MARKED: N_("review mark"),
}
"""What an entry can be, by its code."""

REVIEWS: Final = frozenset(
    {QUERY_RAISED, QUERY_ASSIGNED, QUERY_ANSWERED, QUERY_CLOSED, QUERY_REOPENED, MARKED}
)
"""Kinds that speak about the data and change none: see `queries`."""

REASONS: Final = "reasons"
"""The key of an entry's details with the changes that have a reason of their own: patient, variable, visit,
cell and reason of each."""

START: Final = "0" * 64
"""The hash before the first entry."""

NEVER_WITHDRAWN: Final = (CREATED, UNBLINDED, EXPORTED, BACKED_UP, MIGRATED)
"""Kinds that say what happened and brought nothing that could be taken back."""

Row = tuple[Any, ...]
"""One observation as the store keeps it: `store.ROW` names the columns."""

_BLOCK: Final = 1_000  # part of the format: the lists that are hashed one after the other

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


class Entry(NamedTuple):
    """One act: who did what when, and why. `observations` counts those that it brought."""

    number: int
    at_utc: str
    person: str
    role: str
    version: str
    kind: str
    reason: str
    details_text: str
    observations: int
    previous: str
    hash: str = ""

    @property
    def details(self) -> Mapping[str, Any]:
        """What else is known of the act, as it was written. Not to be changed."""
        return _read_details(self.details_text)

    @property
    def summary(self) -> str:
        """What the act was about, in words that need no translation: files, an option, an entry's number."""
        details = self.details
        files = details.get("files")
        if isinstance(files, list):
            return ", ".join(
                str(item.get("name", "")) if isinstance(item, dict) else str(item) for item in files
            )
        options = details.get("options")
        if self.kind == OPTION and isinstance(options, dict):
            return ", ".join(f"{name} = {_plain(value)}" for name, value in options.items())
        return str(details.get("entry") or details.get("about") or details.get("file") or "")


@dataclass(frozen=True)
class Verification:
    """Whether a study is what was written: the first entry that is not, and a sentence about it."""

    entries: int
    observations: int
    head: str
    broken_entry: int | None = None
    problem: str = ""
    clock_back: int | None = None
    """The first entry with an earlier time than the one before it: some computer's clock was wrong."""

    @property
    def whole(self) -> bool:
        """True when every entry and every observation is as it was written."""
        return not self.problem

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.whole:
            said = _("The study is whole. Entries: {entries}, observations: {observations}.").format(
                entries=self.entries, observations=self.observations
            )
            if self.clock_back is not None:
                said += " " + _(
                    "Entry {number} bears an earlier time than the one before it: a clock was wrong."
                ).format(number=self.clock_back)
            return said
        return self.problem


@lru_cache(maxsize=4096)
def _read_details(text: str) -> Mapping[str, Any]:
    details: dict[str, Any] = json.loads(text)
    return details


def kind_label(kind: str) -> str:
    """The kind of an entry in the user's language."""
    return _(KINDS.get(kind, kind))


def write_entry(
    *,
    number: int,
    person: str,
    role: str,
    kind: str,
    reason: str,
    details: Mapping[str, Any],
    observations: int,
    previous: str,
) -> Entry:
    """A new entry, made now by this version of the program, without its hash."""
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Entry(
        number=number,
        at_utc=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        person=person,
        role=role,
        version=__version__,
        kind=kind,
        reason=reason,
        details_text=text,
        observations=observations,
        previous=previous,
    )


def hash_entry(entry: Entry, rows: Iterable[Row]) -> str:
    """The hash of an entry and of the observations that it brought, in their order.

    A row is what the store keeps of an observation; its last column is None or the sealed value.
    """
    return _hash_and_count(entry, rows)[0]


def _hash_and_count(entry: Entry, rows: Iterable[Row]) -> tuple[str, int]:
    digest = hashlib.sha256()
    block: list[Sequence[Any]] = [entry[:-1]]
    count = 0
    for row in rows:
        if len(block) == _BLOCK:
            digest.update(_encode(block).encode("utf-8"))
            block = []
        block.append(row if row[-1] is None else _with_hex(row))
        count += 1
    digest.update(_encode(block).encode("utf-8"))
    return digest.hexdigest(), count


def _with_hex(row: Row) -> Row:
    return (*row[:-1], row[-1].hex())


def verify_chain(entries: Sequence[Entry], rows: Iterator[Row], report: Report) -> Verification:
    """Compute every hash again. `rows` are all observations in the order of their id, entry number second."""
    previous, done, total = START, 0, sum(entry.observations for entry in entries)
    following, read = next(rows, None), 0

    def brought_by(number: int) -> Iterator[Row]:
        nonlocal following, read
        while following is not None and following[1] == number:
            yield following
            following, read = next(rows, None), read + 1
            if read % _BLOCK == 0:
                report(min(read / max(total, 1), 1.0), _("Verifying the study"))

    for position, entry in enumerate(entries):
        own = brought_by(entry.number)
        problem = _problem_of_entry(entry, position, previous) or _problem_of_content(entry, own)
        if problem:
            sentence = problem.format(number=entry.number, date=entry.at_utc[:10])
            return Verification(position, done, previous, entry.number, sentence)
        previous, done = entry.hash, done + entry.observations
        if position % _BLOCK == 0:
            report(done / max(total, 1), _("Verifying the study"))
    if following is not None:
        sentence = _("There are observations that no entry brought: they were added from outside.")
        return Verification(len(entries), done, previous, None, sentence)
    report(1.0, _("Verifying the study"))
    back = (later.number for earlier, later in pairwise(entries) if later.at_utc < earlier.at_utc)
    return Verification(len(entries), done, previous, clock_back=next(back, None))


def _problem_of_entry(entry: Entry, position: int, previous: str) -> str:
    if entry.number != position + 1:
        return _("Before entry {number} of {date} an entry is missing.")
    if entry.previous != previous:
        return _("Entry {number} of {date} does not follow from the entry before it.")
    return ""


def _problem_of_content(entry: Entry, rows: Iterator[Row]) -> str:
    try:
        if _hash_and_count(entry, rows) == (entry.hash, entry.observations):
            return ""
    except (AttributeError, TypeError, ValueError):  # not even what an observation can hold
        pass
    return _("Entry {number} of {date}, or a value that it brought, is not what was written.")


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def reason_of(entry: Entry, *, patient: str, variable: str, visit: str, cell: str) -> str:
    """Why an entry changed one value: the value's own reason, where it has one, else the entry's."""
    place = {"patient": patient, "variable": variable, "visit": visit, "cell": cell}
    for own in entry.details.get(REASONS, ()):
        if all(own.get(name) == value for name, value in place.items()):
            return str(own.get("reason", ""))
    return entry.reason
