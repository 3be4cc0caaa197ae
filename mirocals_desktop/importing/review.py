"""What an import would do to the study: each observation new, changed, the same, or kept as it is stored.

A blank or a word for "no value" takes the place of a stored value only when somebody says so. What is sealed
cannot be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np
import pandas as pd

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.assemble import Assembly
from mirocals_desktop.importing.batch import Batch, Ints, Small, join_batches, pack_keys
from mirocals_desktop.importing.expected import Stored, expect
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.model import Account, Counts, Issue, LeftOut, Option, Question
from mirocals_desktop.importing.plan import Asker, Plan
from mirocals_desktop.importing.recipe import Recipe, make_recipe
from mirocals_desktop.importing.values import MISSING_CODES, QUALIFIERS
from mirocals_desktop.protocol.codes import SITE
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study.snapshot import Snapshot

_TOLERANCE: Final = 1e-12
BLANKS: Final = "blanks"
"""The question whether blanks take the place of stored values: its id, and its kind."""


class Status(IntEnum):
    """What an observation of the import is to the study."""

    NEW = 1
    CHANGED = 2
    SAME = 3
    KEPT = 4
    SEALED = 5


@dataclass(frozen=True, eq=False)
class Review:
    """An import, ready to be looked at and committed.

    `batch` holds every observation of the files, `status` what each is to the study (`Status`), `before` the
    place in the snapshot's observations of what it meets there, -1 for none. `additions` and `options` are
    what the study's protocol and options gain, `spellings` the spellings of patients that were told, `named`
    the patients whom a row names, `missing` the stored values that the files should have and have not, `head`
    the state of the study that it speaks of, `blinded` whether that study is, for whomever it is open.
    """

    plan: Plan
    protocol: Protocol
    assembly: Assembly
    batch: Batch
    status: Small
    before: Ints
    issues: tuple[Issue, ...]
    questions: tuple[Question, ...]
    left_out: tuple[LeftOut, ...]
    accounts: tuple[Account, ...]
    counts: Counts
    missing: pd.DataFrame
    named: frozenset[str]
    new_patients: tuple[str, ...]
    additions: Mapping[str, Any]
    options: Mapping[str, Any]
    spellings: Mapping[str, str]
    head: str
    blinded: bool = False

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions that must be answered before the import can be committed."""
        return tuple(question for question in self.questions if question.open)

    @property
    def changes_study(self) -> bool:
        """Whether a commit would write anything."""
        return bool(self.counts.new or self.counts.changed or self.additions or self.options)

    def recipe(self, name: str) -> Recipe:
        """The recipe that reads the next files of these shapes the same way."""
        return make_recipe(name, self.plan.tables, self.questions, blinded=self.blinded)

    def to_write(self) -> Batch:
        """The observations that a commit writes: new ones, and those that replace a stored one."""
        return self.batch.take((self.status == Status.NEW) | (self.status == Status.CHANGED))

    def changes(self, snapshot: Snapshot) -> pd.DataFrame:
        """Every changed value: patient, variable, visit, file, sheet, cell, raw, before (text as stored).

        A sealed value shows as "" on both sides.
        """
        at = np.flatnonzero(self.status == Status.CHANGED)
        frame = self.batch.take(at).frame()
        stored = snapshot.observations.iloc[self.before[at]]
        sealed = self.sealed()[at]
        shown = frame[["patient", "variable", "visit", "date", "file", "sheet", "cell", "raw"]].copy()
        shown["before"] = stored["raw"].to_numpy()
        shown.loc[sealed | stored["sealed"].to_numpy(dtype=bool), ["raw", "before"]] = ""
        return shown

    def sealed(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each observation whether it may be one that a blinded study seals: never show its value."""
        columns = {(c.place.column, t.file, t.sheet): c.sealed for t in self.plan.tables for c in t.columns}
        files = [(file, sheet.name) for file, sheet in self.batch.sheets]
        pairs = np.stack([self.batch.sheet, self.batch.column], axis=1)
        distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
        flags = np.array([columns.get((int(c), *files[int(s)]), False) for s, c in distinct], dtype=bool)
        return flags[inverse.reshape(-1)] if len(pairs) else np.zeros(0, dtype=bool)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The batch with `replaces` filled in, and what each observation is to the study.

    `missing` are the stored values that the files should have and have not, of all that are `stored` of their
    variables; `expected` says which those are. `blank` counts the stored values beside which the files have a
    blank or a word for "no value".
    """

    batch: Batch
    status: Small
    before: Ints
    missing: pd.DataFrame
    stored: Stored
    expected: Booleans
    blank: int = 0


def compare(
    batch: Batch,
    snapshot: Snapshot,
    *,
    same_file: frozenset[int],
    replace_sealed: bool,
    named: Collection[str],
    blanks: Batch | None = None,
    blanks_count: bool = False,
) -> Comparison:
    """Hold an import against what the study has.

    `same_file` are the numbers of the entries that brought these very files: sealed values from them are the
    same. Other sealed values stay as they are unless `replace_sealed`. Blank cells (`blanks`) and words for
    "no value" leave a stored value as it is, unless `blanks_count`: then they take its place. `named` are the
    patients whom a row of the files names.
    """
    stored = snapshot.observations
    said = (join_batches([batch, blanks]) if blanks is not None else None) or batch
    meeting = _meeting_blanks(batch, blanks, stored) if blanks is not None else None
    if meeting is not None and blanks_count:
        batch = join_batches([batch, meeting]) or batch
    codes = _stored_codes(batch, stored)
    relevant = np.flatnonzero((codes["patient"] > 0) & (codes["variable"] >= 0))
    keys = np.stack(
        [codes[name][relevant] for name in ("patient", "variable", "visit", "date", "record")], axis=1
    )
    packed = pack_keys(np.concatenate([batch.keys(), keys]).astype(np.int64))
    new_keys, old_keys = packed[: len(batch)], packed[len(batch) :]
    order = np.argsort(old_keys, kind="stable")
    place = np.searchsorted(old_keys[order], new_keys)
    place = np.minimum(place, max(len(order) - 1, 0))
    matched = (old_keys[order][place] == new_keys) if len(order) else np.zeros(len(batch), dtype=bool)
    before = np.full(len(batch), -1, dtype=np.int64)
    if len(order):
        before[matched] = relevant[order[place[matched]]]
    status = np.full(len(batch), Status.NEW, dtype=np.uint8)
    at = np.flatnonzero(matched)
    status[at] = _status_of(
        batch.take(at),
        stored.iloc[before[at]],
        same_file,
        replace_sealed=replace_sealed,
        blanks_count=blanks_count,
    )
    replaces = np.zeros(len(batch), dtype=np.int64)
    changed = status == Status.CHANGED
    replaces[changed] = stored["id"].to_numpy()[before[changed]]
    of_files, places = _of_files(codes, stored, before[at], named)
    patients = snapshot.patients
    sites = {str(one): str(site) for one, site in patients[SITE].items()} if SITE in patients.columns else {}
    expected = expect(of_files, said, sites)
    open_to_blanks = int((status == Status.KEPT).sum())
    if meeting is not None and not blanks_count:
        open_to_blanks += len(meeting)
    elif blanks_count:
        open_to_blanks = int(((status == Status.CHANGED) & ~batch.says_value()).sum())
    return Comparison(
        replace(batch, replaces=replaces),
        status,
        before,
        stored.iloc[places[expected & ~of_files.matched]],
        of_files,
        expected,
        open_to_blanks,
    )


def ask_about_blanks(asker: Asker, count: int) -> None:
    """Offer that blanks take the place of stored values; nobody is asked, and nothing happens by itself."""
    text = ngettext(
        "The study has {count} value where the files have a blank or a word for “no value”. Which counts?",
        "The study has {count} values where the files have a blank or a word for “no value”. Which count?",
        count,
    )
    asker.ask(
        Question(
            id=BLANKS,
            kind=BLANKS,
            text=text.format(count=amount(count)),
            options=(
                Option("keep", _("Keep the stored values")),
                Option("replace", _("Blanks take their place")),
            ),
            suggested="keep",
            confidence=1.0,
            asked=False,
        )
    )


def _meeting_blanks(batch: Batch, blanks: Batch, stored: pd.DataFrame) -> Batch | None:
    """Those blank cells beside which the study has a value that no other cell of the files speaks of."""
    stored = stored[(stored["missing"] == "") & ~stored["sealed"].astype(bool)]
    if not len(stored) or not len(blanks):
        return None
    codes = _stored_codes(blanks, stored)
    relevant = np.flatnonzero((codes["patient"] > 0) & (codes["variable"] >= 0))
    names = ("patient", "variable", "visit", "date", "record")
    keys = np.stack([codes[name][relevant] for name in names], axis=1)
    packed = pack_keys(np.concatenate([blanks.keys(), batch.keys(), keys]).astype(np.int64))
    own, others, known = np.split(packed, [len(blanks), len(blanks) + len(batch)])
    _keys, first = np.unique(own, return_index=True)
    once = np.zeros(len(blanks), dtype=bool)
    once[first] = True
    return blanks.take(once & np.isin(own, known) & ~np.isin(own, others))


def _stored_codes(batch: Batch, stored: pd.DataFrame) -> dict[str, Ints]:
    """The stored observations in the numbers of the batch: patient 0 and variable -1 are none of its."""
    variables = {variable.code: number for number, variable in enumerate(batch.variables)}
    known = dict(batch.patients)
    visits, dates = batch.visits, batch.dates

    def numbers(column: str, number_of: Any) -> Ints:
        codes, words = pd.factorize(stored[column])
        table = np.fromiter((number_of(word) for word in words), dtype=np.int64, count=len(words))
        return table[codes] if len(table) else np.zeros(len(stored), dtype=np.int64)

    visit = numbers("visit", visits.__getitem__)
    variable = numbers("variable", lambda word: variables.get(word, -1))
    of_visit = np.array([v.scope == "visit" for v in batch.variables] + [False], dtype=bool)
    dated = (visit == 0) & of_visit[variable]
    return {
        "patient": numbers("patient", lambda word: known.get(word, 0)),
        "variable": variable,
        "visit": visit,
        "date": np.where(dated, numbers("date", dates.__getitem__), 0),
        "record": stored["record"].to_numpy(dtype=np.int64),
    }


def _of_files(
    codes: Mapping[str, Ints], stored: pd.DataFrame, met: Ints, named: Collection[str]
) -> tuple[Stored, Ints]:
    """The stored values of the variables of the batch, and their places; `met` are those that it meets."""
    places = np.flatnonzero((codes["variable"] >= 0) & (stored["missing"] == "").to_numpy(dtype=bool))
    patient, names = pd.factorize(stored["patient"].iloc[places])
    everybody = tuple(str(name) for name in names)
    of_files = Stored(
        patient=patient.astype(np.int64),
        names=everybody,
        named=np.array([name in named for name in everybody], dtype=bool),
        variable=codes["variable"][places],
        visit=codes["visit"][places],
        days=stored["date"].iloc[places].to_numpy(dtype=str),
        matched=np.isin(places, met),
    )
    return of_files, places


def _status_of(
    batch: Batch,
    stored: pd.DataFrame,
    same_file: frozenset[int],
    *,
    replace_sealed: bool,
    blanks_count: bool,
) -> Small:
    old_number = stored["number"].to_numpy(dtype=np.float64)
    close = np.abs(batch.number - old_number) <= _TOLERANCE * np.abs(old_number)
    same = (close | (np.isnan(batch.number) & np.isnan(old_number))).astype(bool)
    texts, dates = batch.texts.array(), batch.dates.array()
    same &= texts[batch.text] == stored["text"].to_numpy()
    same &= _words(QUALIFIERS)[batch.qualifier] == stored["qualifier"].to_numpy()
    same &= _words(MISSING_CODES)[batch.missing] == stored["missing"].to_numpy()
    new_date = dates[batch.date]
    same &= (new_date == stored["date"].to_numpy()) | (new_date == "")
    status = np.where(same, Status.SAME, Status.CHANGED).astype(np.uint8)
    if not blanks_count:
        says_less = (batch.missing > 0) & (stored["missing"].to_numpy() == "")
        status[says_less] = Status.KEPT
    sealed = stored["sealed"].to_numpy(dtype=bool)
    known = np.isin(stored["entry"].to_numpy(), list(same_file))
    status[sealed & known] = Status.SAME
    if not replace_sealed:
        status[sealed & ~known] = Status.SEALED
    return status


def _words(words: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.object_]]:
    array = np.empty(len(words), dtype=object)
    array[:] = words
    return array


def count_statuses(comparison: Comparison, accounts: tuple[Account, ...]) -> Counts:
    """How many observations of each status there are."""
    counts = np.bincount(comparison.status, minlength=len(Status) + 1)
    batch = comparison.batch
    said = np.bincount(batch.variable[batch.says_value()], minlength=len(batch.variables)).tolist()
    return Counts(
        new=int(counts[Status.NEW]),
        changed=int(counts[Status.CHANGED]),
        same=int(counts[Status.SAME] + counts[Status.KEPT] + counts[Status.SEALED]),
        missing=len(comparison.missing),
        blank=comparison.blank,
        set_apart=sum(account.set_apart for account in accounts),
        by_variable={
            variable.code: count for variable, count in zip(batch.variables, said, strict=True) if count
        },
    )
