"""What an open study holds in memory: its entries, its observations, and the private key once unblinded.

Everything is read once; each act then adds what it wrote. What may be seen of an observation is decided in
`seen` alone, for snapshots and histories alike.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from copy import copy
from typing import Final

import numpy as np

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.study.blinding import DATE_VARIABLES, Blinding, DoseDates
from mirocals_desktop.study.columns import Columns, Flags, Ints, current_rows, in_columns
from mirocals_desktop.study.current import Current, take_current
from mirocals_desktop.study.ledger import Entry, Row
from mirocals_desktop.study.refusals import damaged
from mirocals_desktop.study.sealing import Opener, Place, PrivateKey, Value
from mirocals_desktop.study.state import State, Used, find_withdrawn, fold_entries, read_base
from mirocals_desktop.study.store import Store

_PIECE: Final = 20_000


class Memory:
    """The entries and observations of one study file."""

    def __init__(self, store: Store) -> None:
        self.entries = store.read_entries()
        self._store = store
        self.columns = Columns()
        self.key: PrivateKey | None = None
        self._loaded = False
        self._base: Protocol | None = None
        self._state: State | None = None

    def load(self, report: Report) -> None:
        """Read the observations, unless that was done before."""
        if self._loaded:
            return
        total = max(sum(entry.observations for entry in self.entries), 1)
        columns = Columns()
        done = 0
        for chunk in self._store.read_chunks():
            with self._understood():
                columns.add(chunk)
            done += len(chunk["id"])
            report(done / total, _("Reading the study"))
        columns.settle()
        self.columns, self._loaded = columns, True

    def add(self, entry: Entry, rows: Sequence[Row]) -> None:
        """Take in what was just written."""
        self.entries.append(entry)
        for start in range(0, len(rows), _PIECE):  # in one go it would hold the window
            self.columns.add(in_columns(rows[start : start + _PIECE]))
        self.columns.settle()

    def copy(self) -> Memory:
        """A memory to try something in, without the study noticing."""
        other = copy(self)
        other.entries = self.entries.copy()
        other.columns = self.columns.copy()
        return other

    # --- what the study is -------------------------------------------------------------------------------

    def state(self) -> State:
        """The state now."""
        if self._state is None or self._state.entry != len(self.entries):
            self._state = self.fold(self.entries)
        return self._state

    def state_as_of(self, number: int) -> State:
        """The state as of an entry. AppError when there is no such entry."""
        self.entry(number)
        return self.fold(self.entries[:number])

    def entry(self, number: int) -> Entry:
        """The entry with a number. AppError when there is none."""
        if not 1 <= number <= len(self.entries):
            raise AppError(_("There is no entry {number}.").format(number=number))
        return self.entries[number - 1]

    def fold(self, entries: Sequence[Entry]) -> State:
        """The state after these entries."""
        with self._understood():
            if self._base is None:
                self._base = read_base(self.entries[0])
            return fold_entries(entries, self._base, self._used(entries))

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        """Say that the file is damaged where what it holds is not what this program writes."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(self._store.path) from error

    def standing(self, state: State) -> Ints:
        """The rows of the observations that stand."""
        return current_rows(self.columns, entry=state.entry, withdrawn=state.withdrawn_by)

    def row(self, observation_id: int) -> int:
        """The row of an observation. AppError when there is none."""
        ids = self.columns.codes["id"]
        row = int(np.searchsorted(ids, observation_id))
        if row == len(ids) or ids[row] != observation_id:
            raise AppError(_("There is no observation {number}.").format(number=observation_id))
        return row

    def _used(self, entries: Sequence[Entry]) -> Used:
        """What standing observations name, where an entry that added to the protocol was withdrawn."""
        withdrawn = find_withdrawn(entries)
        fallen = [entries[number - 1].details.get("additions") or {} for number in withdrawn]
        if not any(fallen):
            return Used()
        rows = current_rows(self.columns, entry=entries[-1].number, withdrawn=withdrawn)
        texts = set(self.columns.texts["text"][rows].tolist())
        if self.columns.sealed:  # arms and choices that are out of sight may be in use
            texts |= {
                item["code"] for added in fallen for key in ("arms", "choices") for item in added.get(key, ())
            }
        return Used(
            variables=frozenset(np.unique(self.columns.text_of("variable", rows)).tolist()),
            visits=frozenset(np.unique(self.columns.text_of("visit", rows)).tolist()),
            texts=frozenset(texts),
        )

    # --- what may be seen of it --------------------------------------------------------------------------

    def seen(self, state: State, rows: Ints) -> Current:
        """Observations with what this session may see of them."""
        withheld = self._withheld(state, rows)
        if state.entry != len(
            self.entries
        ):  # a look back must not show what is known by now to be restricted
            withheld |= self._withheld(self.state(), rows)
        return take_current(self.columns, state.protocol, rows, values=self._opened(rows), withheld=withheld)

    def dose_dates(self, state: State, *, replaced: Ints | None = None) -> DoseDates:
        """What the standing observations tell about doses, but for those about to be replaced."""
        rows = self.standing(state)
        telling = self._flags(DATE_VARIABLES)[self.columns.codes["variable"][rows]]
        if replaced is not None:
            telling &= ~np.isin(self.columns.codes["id"][rows], replaced)
        rows = rows[telling]
        dates = DoseDates()
        dates.add(zip(self.places(rows), self.columns.texts["text"][rows].tolist(), strict=True))
        return dates

    def places(self, rows: Ints) -> list[Place]:
        """What observations are of."""
        names = (self.columns.text_of(name, rows) for name in ("patient", "variable", "visit"))
        return [
            Place(*place) for place in zip(*names, self.columns.codes["record"][rows].tolist(), strict=True)
        ]

    def _opened(self, rows: Ints) -> dict[int, Value]:
        """The sealed values among some rows, by observation id: none before this session was unblinded."""
        if self.key is None or not self.columns.sealed:
            return {}
        opener = Opener(self.key, study_id=self.state().study_id)
        rows = rows[self.columns.is_sealed()[rows]]
        ids = self.columns.codes["id"][rows].tolist()
        return {
            number: opener.open(self.columns.sealed[number], place)
            for number, place in zip(ids, self.places(rows), strict=True)
        }

    def _withheld(self, state: State, rows: Ints) -> frozenset[int]:
        """Ids of values that were stored open and turn out to be restricted, by a date that came later."""
        if not state.blinded or self.key is not None:
            return frozenset()
        blinding = Blinding(state.protocol)
        restricted = self._flags(blinding.restricted())[self.columns.codes["variable"][rows]]
        rows = rows[restricted & ~self.columns.is_sealed()[rows] & (self.columns.codes["missing"][rows] == 0)]
        if not len(rows):
            return frozenset()
        dates = self.dose_dates(state)
        when = self.columns.text_of("date", rows).tolist()
        ids = self.columns.codes["id"][rows].tolist()
        return frozenset(
            number
            for number, place, date in zip(ids, self.places(rows), when, strict=True)
            if blinding.must_seal(dates, place, date=date)
        )

    def _flags(self, variables: Sequence[str] | frozenset[str]) -> Flags:
        return self.columns.words["variable"].flags(variables)
