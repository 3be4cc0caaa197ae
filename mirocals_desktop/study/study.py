"""The study file and everything that can be done to it. Nothing is ever overwritten: each act adds an entry.

    with Study.open(path, person="A. Martin", role="data manager") as study:
        study.record(ledger.IMPORTED, details={"files": [...]}, observations=frame, reason="corrected by lab")
        snapshot = study.snapshot()

Calls may come from any one thread at a time; they wait for each other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.reader import extend, read_protocol
from mirocals_desktop.study import ledger, observation, sealing
from mirocals_desktop.study.blinding import (
    DATE_VARIABLES,
    Blinding,
    DoseDates,
    check_names,
    hiding_of,
)
from mirocals_desktop.study.checks import check_observations
from mirocals_desktop.study.columns import Columns, Flags, Ints, current_rows, keys_of, rivals
from mirocals_desktop.study.current import take_current
from mirocals_desktop.study.ledger import Entry, Row, Verification
from mirocals_desktop.study.sealing import Opener, Place, Sealer, Value
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.snapshots import build_snapshot, frozen
from mirocals_desktop.study.state import State, Used, check_option, find_withdrawn, fold_entries, read_base
from mirocals_desktop.study.store import ROW, PassphraseNeeded, Store

__all__ = ["PassphraseNeeded", "Study"]


class Study:
    """An open study. `person` and `role` sign every entry written through it."""

    def __init__(self, store: Store, *, person: str, role: str) -> None:
        """Use `Study.create` or `Study.open`."""
        self._store = store
        self._person = person
        self._role = role
        self._lock = threading.RLock()
        self._entries: list[Entry] = []
        self._columns = Columns()
        self._loaded = False
        self._base: Protocol | None = None
        self._state: State | None = None
        self._key: sealing.PrivateKey | None = None
        self._snapshot: tuple[tuple[object, ...], Snapshot] | None = None

    # --- opening and closing -----------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path,
        protocol_text: str,
        *,
        title: str,
        person: str,
        role: str,
        blinded: bool = False,
        key_file: Path | None = None,
        key_passphrase: str | None = None,
        synthetic: bool = False,
        passphrase: str | None = None,
    ) -> Study:
        """Make a study file from a protocol's text; there must be no file under its name yet.

        A blinded study needs `key_file`, where its private key is written under `key_passphrase`: whoever has
        both can open what is sealed. A `passphrase` encrypts the whole file.
        """
        _check_person(person)
        read_protocol(protocol_text, name=title)
        study_id = str(uuid.uuid4())
        if blinded and (key_file is None or key_passphrase is None):
            raise AppError(_("A blinded study needs a key file and a passphrase for it."))
        if path.exists():  # before a key file is made for nothing
            raise AppError(
                _("There is a file {file} already.").format(file=path),
                hint=_("Choose another name, or open it."),
            )
        with contextlib.ExitStack() as on_failure:
            public_key = ""
            if blinded and key_file is not None and key_passphrase is not None:
                key = sealing.create_key_file(key_file, study_id=study_id, passphrase=key_passphrase)
                on_failure.callback(key_file.unlink, missing_ok=True)
                public_key = sealing.encode(key.public)
            store = Store.create(path, passphrase=passphrase)
            on_failure.callback(path.unlink, missing_ok=True)
            on_failure.callback(store.close)
            study = cls(store, person=person, role=role)
            study._append(
                ledger.CREATED,
                reason="",
                details={
                    "study": {
                        "id": study_id,
                        "title": title,
                        "protocol": protocol_text,
                        "synthetic": synthetic,
                        "public_key": public_key,
                    }
                },
                rows=(),
                report=ignore,
            )
            on_failure.pop_all()
        return study

    @classmethod
    def open(cls, path: Path, *, person: str, role: str, passphrase: str | None = None) -> Study:
        """Open a study file. AppError when it cannot be; `PassphraseNeeded` when it is encrypted."""
        _check_person(person)
        store = Store.open(path, passphrase=passphrase)
        try:
            study = cls(store, person=person, role=role)
            study._entries = store.read_entries()
            if not study._entries or study._entries[0].kind != ledger.CREATED:
                raise AppError(
                    _("The study {file} has no beginning: it was never finished or was altered.").format(
                        file=path
                    ),
                    hint=_("Go back to a backup."),
                )
        except BaseException:
            store.close()
            raise
        return study

    def close(self) -> None:
        """Close the file, and forget the private key."""
        with self._lock:
            self._key = None
            self._snapshot = None
            self._store.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- what is known -----------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The study file."""
        return self._store.path

    @property
    def person(self) -> str:
        """Who works on the study."""
        return self._person

    @property
    def protocol(self) -> Protocol:
        """The protocol with everything that was added to it."""
        return self._current_state().protocol

    @property
    def title(self) -> str:
        """The study's title."""
        return self._current_state().title

    @property
    def blinded(self) -> bool:
        """Whether arms and restricted values are sealed as they come in."""
        return self._current_state().blinded

    @property
    def unblinded(self) -> bool:
        """Whether this session has opened what is sealed."""
        return self._key is not None

    @property
    def head(self) -> str:
        """The hash of the last entry: printed on exports, it tells later whether the study was altered."""
        return self._entries[-1].hash

    def entries(self) -> list[Entry]:
        """Every audit entry, the first one first."""
        with self._lock:
            return list(self._entries)

    def withdrawn_by(self) -> Mapping[int, int]:
        """The numbers of the entries that are withdrawn, and of those that withdrew them."""
        with self._lock:
            return find_withdrawn(self._entries)

    def remembered(self, key: str) -> list[Any]:
        """What the entries that stand hold under a key of their details, the first one first."""
        with self._lock:
            withdrawn = find_withdrawn(self._entries)
            return [
                entry.details[key]
                for entry in self._entries
                if entry.number not in withdrawn and key in entry.details
            ]

    def snapshot(self, *, as_of: int | None = None, report: Report = ignore) -> Snapshot:
        """The study now, or as of an earlier entry; with what is sealed only when the session is unblinded."""
        with self._lock:
            self._load(part(report, 0.0, 0.5))
            entries = self._entries if as_of is None else self._entries_until(as_of)
            key = (entries[-1].number, self.unblinded, language())
            if self._snapshot is not None and self._snapshot[0] == key:
                return self._snapshot[1]
            state = self._fold(entries)
            rows = current_rows(self._columns, entry=state.entry, withdrawn=state.withdrawn_by)
            current = take_current(
                self._columns,
                state.protocol,
                rows,
                values=self._opened(rows),
                withheld=self._withheld(state, rows),
            )
            snapshot = build_snapshot(
                current,
                state,
                entries,
                path=self.path,
                unblinded=self.unblinded,
                report=part(report, 0.5, 1.0),
            )
            if as_of is None:
                self._snapshot = (key, snapshot)
            return snapshot

    def history(self, patient: str, variable: str, *, visit: str = "", record: int = 0) -> pd.DataFrame:
        """Every observation ever of one thing, the first one first, with the entry that brought it.

        Columns of `observation.STORED`, then at_utc, person, kind, reason, withdrawn_by and `current` (whether
        it stands). Values that the session must not see are sealed here too.
        """
        with self._lock:
            self._load(ignore)
            state = self._current_state()
            words = self._columns.words
            wanted = np.ones(len(self._columns), dtype=bool)
            for name, word in (("patient", patient), ("variable", variable), ("visit", visit)):
                wanted &= self._columns.codes[name] == words[name].get(word, -1)
            rows = np.flatnonzero(wanted & (self._columns.codes["record"] == record))
            current = take_current(
                self._columns,
                state.protocol,
                rows,
                values=self._opened(rows),
                withheld=self._withheld(state, rows),
            )
            standing = current_rows(self._columns, entry=state.entry, withdrawn=state.withdrawn_by)
            entries = [self._entries[number - 1] for number in current.codes("entry").tolist()]
            columns = {name: current.column(name) for name in observation.STORED}
            for name in ("at_utc", "person", "kind", "reason"):
                columns[name] = np.array([getattr(entry, name) for entry in entries], dtype=object)
            columns["withdrawn_by"] = np.array(
                [state.withdrawn_by.get(entry.number, 0) for entry in entries], dtype=np.int64
            )
            columns["current"] = np.isin(rows, standing)
            return frozen(columns)

    # --- acts --------------------------------------------------------------------------------------------

    def record(
        self,
        kind: str,
        *,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
        observations: pd.DataFrame | None = None,
        report: Report = ignore,
    ) -> int:
        """Write one act with its observations in one transaction; gives the number of its entry.

        `observations` has the columns of `observation.COLUMNS`. `details` says what the act was, as plain
        JSON; `state` names the keys that the study itself reads. In a blinded study restricted values are sealed
        here, and details and reason never repeat them. AppError when a value is replaced without a reason,
        when two values claim the same place, or when something would tell an arm. A report that raises
        `Cancelled` leaves the study as it was.
        """
        with self._lock:
            self._load(part(report, 0.0, 0.2))
            state = self._current_state()
            details = dict(details or {})
            protocol = state.protocol
            if details.get("additions"):
                details["additions"] = _with_seals(details["additions"], blinded=state.blinded)
                protocol = extend(protocol, details["additions"])
            frame = observation.empty() if observations is None else observations
            check_observations(frame, protocol)
            if details.get("options"):
                patients = {*self._columns.words["patient"], *frame["patient"]}
                details["options"] = {
                    name: check_option(protocol, name, value, patients)
                    for name, value in details["options"].items()
                }
            self._check_replaced(state, frame, reason)
            sealed: dict[int, bytes] = {}
            if state.blinded:
                check_names(frame, protocol)
                must = self._must_seal(state, protocol, frame)
                hiding = hiding_of(frame[must], protocol)
                details, reason = hiding.details(details), hiding.text(reason)
                sealed = self._seal(state, frame, must)
                frame = _without_values(frame, must)
            self._check_rivals(state, protocol, frame)
            rows = self._rows(frame, sealed)
            return self._append(
                kind, reason=reason, details=details, rows=rows, report=part(report, 0.3, 1.0)
            )

    def correct(
        self,
        observation_id: int,
        *,
        reason: str,
        raw: str,
        number: float | None = None,
        text: str = "",
        qualifier: str = "",
        missing: str = "",
        unit: str = "",
        date: str | None = None,
    ) -> int:
        """Replace a value by hand; gives the number of the entry. `raw` is what the person typed."""
        with self._lock:
            self._load(ignore)
            row = self._row_of(observation_id)
            place = {
                name: self._columns.text_of(name, slice(row, row + 1)) for name in ("patient", "variable")
            }
            place["visit"] = self._columns.text_of("visit", slice(row, row + 1))
            kept = self._columns.text_of("date", slice(row, row + 1))
            patient, variable = str(place["patient"][0]), str(place["variable"][0])
            frame = observation.frame(
                {
                    **place,
                    "record": self._columns.codes["record"][row : row + 1],
                    "date": kept if date is None else [date],
                    "number": [np.nan if number is None else number],
                    "text": [text],
                    "qualifier": [qualifier],
                    "missing": [missing],
                    "unit": [unit],
                    "raw": [raw],
                    "replaces": [observation_id],
                }
            )
            about = f"{patient}, {variable}"
            return self.record(ledger.CORRECTED, reason=reason, details={"about": about}, observations=frame)

    def withdraw(self, entry: int, reason: str) -> int:
        """Take back what an entry brought; gives the number of the entry that does.

        What it had replaced stands again. Withdrawing a withdrawal brings back what that took away. AppError
        when it cannot be: no such entry, already withdrawn, or other values have taken the place since.
        """
        with self._lock:
            self._load(ignore)
            state = self._current_state()
            if not 1 <= entry <= len(self._entries):
                raise AppError(_("There is no entry {number}.").format(number=entry))
            if self._entries[entry - 1].kind in ledger.NEVER_WITHDRAWN:
                raise AppError(
                    _("Entry {number} ({kind}) says what happened and cannot be withdrawn.").format(
                        number=entry, kind=ledger.kind_label(self._entries[entry - 1].kind)
                    )
                )
            if entry in state.withdrawn_by:
                raise AppError(_("Entry {number} is withdrawn already.").format(number=entry))
            if not reason.strip():
                raise AppError(_("Withdrawing an entry needs a reason."))
            details = {"entry": entry}
            self._check_no_rivals_after(
                self._new_entry(ledger.WITHDRAWN, reason=reason, details=details, count=0)
            )
            return self.record(ledger.WITHDRAWN, reason=reason, details=details)

    def set_option(self, name: str, value: object, *, reason: str = "") -> int:
        """Change an option of `snapshot.Options`; gives the number of the entry."""
        return self.record(ledger.OPTION, reason=reason, details={"options": {name: value}})

    def unblind(self, key_file: Path, passphrase: str, reason: str) -> int:
        """Open what is sealed, for this session only; gives the number of the entry.

        The entry is in the file before any value is opened.
        """
        with self._lock:
            state = self._current_state()
            if not state.blinded:
                raise AppError(_("This study is open: nothing in it is sealed."))
            if not reason.strip():
                raise AppError(_("Unblinding needs a reason."))
            key = sealing.read_key_file(key_file, study_id=state.study_id, passphrase=passphrase)
            if sealing.encode(key.public) != state.public_key:
                raise AppError(_("The key in {file} is not the key of this study.").format(file=key_file))
            number = self.record(ledger.UNBLINDED, reason=reason)
            self._key = key
            return number

    def verify(self, report: Report = ignore) -> Verification:
        """Whether the file is what was written: SQLite's own check, then every hash of the chain again."""
        with self._lock:
            return _verify(self._store, report)

    def backup(self, path: Path, *, report: Report = ignore) -> int:
        """Write a copy of the study under a new name and verify it; gives the number of the entry.

        The copy ends before that entry.
        """
        with self._lock:
            self._store.backup(path)
            with contextlib.closing(self._store.open_copy(path)) as copy:
                verification = _verify(copy, report)
            if not verification.whole:
                raise AppError(
                    _("The backup {file} is not whole: {problem}").format(
                        file=path, problem=verification.problem
                    ),
                    hint=_("Verify the study itself, and write the backup to another drive."),
                )
            return self.record(ledger.BACKED_UP, details={"file": path.name})

    # --- private: reading --------------------------------------------------------------------------------

    def _load(self, report: Report) -> None:
        """Read the observations once; later acts keep them up to date."""
        if self._loaded:
            return
        total = max(sum(entry.observations for entry in self._entries), 1)
        columns = Columns()
        done = 0
        for rows in self._store.read_rows():
            columns.add(rows)
            done += len(rows)
            report(done / total, _("Reading the study"))
        columns.settle()
        self._columns, self._loaded = columns, True

    def _entries_until(self, number: int) -> list[Entry]:
        if not 1 <= number <= len(self._entries):
            raise AppError(_("There is no entry {number}.").format(number=number))
        return self._entries[:number]

    def _current_state(self) -> State:
        if self._state is None or self._state.entry != len(self._entries):
            self._load(ignore)
            self._state = self._fold(self._entries)
        return self._state

    def _fold(self, entries: Sequence[Entry]) -> State:
        if self._base is None:
            self._base = read_base(self._entries[0])
        return fold_entries(entries, self._base, self._used(entries))

    def _used(self, entries: Sequence[Entry]) -> Used:
        """What standing observations name, where an entry that added to the protocol was withdrawn."""
        withdrawn = find_withdrawn(entries)
        if not any(entries[number - 1].details.get("additions") for number in withdrawn):
            return Used()
        rows = current_rows(self._columns, entry=entries[-1].number, withdrawn=withdrawn)
        texts = set(self._columns.texts["text"][rows].tolist())
        if self._columns.sealed:  # arms and choices that are out of sight may be in use
            texts |= {
                item["code"]
                for number in withdrawn
                for key in ("arms", "choices")
                for item in entries[number - 1].details.get("additions", {}).get(key, ())
            }
        return Used(
            variables=frozenset(np.unique(self._columns.text_of("variable", rows)).tolist()),
            visits=frozenset(np.unique(self._columns.text_of("visit", rows)).tolist()),
            texts=frozenset(texts),
        )

    def _row_of(self, observation_id: int) -> int:
        row = int(np.searchsorted(self._columns.codes["id"], observation_id))
        if row == len(self._columns) or self._columns.codes["id"][row] != observation_id:
            raise AppError(_("There is no observation {number}.").format(number=observation_id))
        return row

    # --- private: sealing --------------------------------------------------------------------------------

    def _opened(self, rows: Ints) -> dict[int, Value]:
        """The sealed values among some rows, by observation id: none before this session was unblinded."""
        if self._key is None or not self._columns.sealed:
            return {}
        opener = Opener(self._key, study_id=self._current_state().study_id)
        rows = rows[self._columns.is_sealed()[rows]]
        ids = self._columns.codes["id"][rows].tolist()
        places = self._places(rows)
        return {
            number: opener.open(self._columns.sealed[number], place)
            for number, place in zip(ids, places, strict=True)
        }

    def _places(self, rows: Ints) -> list[Place]:
        names = (self._columns.text_of(name, rows) for name in ("patient", "variable", "visit"))
        record = self._columns.codes["record"][rows].tolist()
        return [Place(*place) for place in zip(*names, record, strict=True)]

    def _withheld(self, state: State, rows: Ints) -> frozenset[int]:
        """Ids of values that were stored open and turn out to be restricted, by a date that came later."""
        if not state.blinded or self.unblinded:
            return frozenset()
        blinding = Blinding(state.protocol)
        restricted = self._columns.words["variable"].flags(blinding.restricted())
        rows = rows[restricted[self._columns.codes["variable"][rows]] & ~self._columns.is_sealed()[rows]]
        if not len(rows):
            return frozenset()
        dates = self._dose_dates(state, replaced=np.empty(0, np.int64))
        when = self._columns.text_of("date", rows).tolist()
        ids = self._columns.codes["id"][rows].tolist()
        return frozenset(
            number
            for number, place, date in zip(ids, self._places(rows), when, strict=True)
            if blinding.must_seal(dates, place, date=date)
        )

    def _dose_dates(self, state: State, *, replaced: Ints) -> DoseDates:
        """What the standing observations tell about doses, but for those about to be replaced."""
        rows = current_rows(self._columns, entry=state.entry, withdrawn=state.withdrawn_by)
        telling = self._columns.words["variable"].flags(DATE_VARIABLES)[self._columns.codes["variable"][rows]]
        rows = rows[telling & ~np.isin(self._columns.codes["id"][rows], replaced)]
        dates = DoseDates()
        dates.add(zip(self._places(rows), self._columns.texts["text"][rows].tolist(), strict=True))
        return dates

    def _must_seal(self, state: State, protocol: Protocol, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which of new observations are sealed."""
        blinding = Blinding(protocol)
        must = np.zeros(len(frame), dtype=bool)
        restricted = np.flatnonzero(frame["variable"].isin(list(blinding.restricted())))
        if not len(restricted):
            return must
        dates = self._dose_dates(state, replaced=frame["replaces"].to_numpy())
        telling = frame[frame["variable"].isin(DATE_VARIABLES)]
        dates.add(zip(_places_in(telling), telling["text"].tolist(), strict=True))
        some = frame.iloc[restricted]
        must[restricted] = [
            blinding.must_seal(dates, place, date=date)
            for place, date in zip(_places_in(some), some["date"].tolist(), strict=True)
        ]
        return must

    # --- private: writing --------------------------------------------------------------------------------

    def _check_replaced(self, state: State, frame: pd.DataFrame, reason: str) -> None:
        """Only what stands can be replaced, by a value of the same thing, and with a reason."""
        replacing = frame[frame["replaces"] > 0]
        if not len(replacing):
            return
        if not reason.strip():
            raise AppError(_("Replacing a saved value needs a reason."))
        standing = current_rows(self._columns, entry=state.entry, withdrawn=state.withdrawn_by)
        ids = self._columns.codes["id"][standing]
        replaced = replacing["replaces"].to_numpy()
        place = np.minimum(np.searchsorted(ids, replaced), max(len(ids) - 1, 0))
        if (
            not len(ids)
            or bool((ids[place] != replaced).any())
            or len(set(replaced.tolist())) < len(replaced)
        ):
            raise AppError(
                _("A value that is to be replaced was replaced or withdrawn in the meantime."),
                hint=_("Look at the study as it is now and try again."),
            )
        rows = standing[place]
        for name in ("patient", "variable"):
            if bool((self._columns.text_of(name, rows) != replacing[name].to_numpy()).any()):
                raise ValueError(f"an observation replaces one of another {name}")

    def _check_rivals(self, state: State, protocol: Protocol, frame: pd.DataFrame) -> None:
        """No two values that stand may claim the same place."""
        standing = current_rows(self._columns, entry=state.entry, withdrawn=state.withdrawn_by)
        standing = standing[~np.isin(self._columns.codes["id"][standing], frame["replaces"].to_numpy())]
        keys = np.concatenate([keys_of(self._columns, standing), self._columns.keys_of_new(frame)])
        for position in rivals(keys, dated=self._dated(protocol)).tolist():
            row = frame.iloc[position - len(standing)]
            raise AppError(
                _(
                    "Patient {patient} would have two values of {variable} (visit “{visit}”, cell {cell})."
                ).format(
                    patient=row["patient"],
                    variable=row["variable"],
                    visit=row["visit"] or "–",
                    cell=f"{row['sheet']}!{row['cell']}",
                ),
                hint=_("Decide which one counts: leave one out, or let one replace the other."),
            )

    def _check_no_rivals_after(self, withdrawal: Entry) -> None:
        """A withdrawal must not bring back values whose place was taken since."""
        entries = [*self._entries, withdrawal]
        rows = current_rows(self._columns, entry=withdrawal.number, withdrawn=find_withdrawn(entries))
        protocol = self._fold(entries).protocol
        if len(rivals(keys_of(self._columns, rows), dated=self._dated(protocol))):
            raise AppError(
                _(
                    "What entry {number} took away cannot come back: other values have taken its place."
                ).format(number=withdrawal.details["entry"]),
                hint=_("Withdraw the later import first."),
            )

    def _dated(self, protocol: Protocol) -> Flags:
        return self._columns.words["variable"].flags(v.code for v in protocol.of_scope("visit"))

    def _seal(self, state: State, frame: pd.DataFrame, must: npt.NDArray[np.bool_]) -> dict[int, bytes]:
        """The sealed values of the rows that must be, by their position in the frame."""
        if not must.any():
            return {}
        sealer = Sealer(sealing.decode(state.public_key), study_id=state.study_id)
        secret = frame[must]
        numbers = [None if np.isnan(number) else float(number) for number in secret["number"]]
        texts = (secret[name].tolist() for name in ("text", "qualifier", "unit", "raw"))
        values = [Value(*value) for value in zip(numbers, *texts, strict=True)]
        return {
            position: sealer.seal(value, place)
            for position, value, place in zip(
                np.flatnonzero(must).tolist(), values, _places_in(secret), strict=True
            )
        }

    def _append(
        self, kind: str, *, reason: str, details: Mapping[str, Any], rows: Sequence[Row], report: Report
    ) -> int:
        """Write an entry with its observations, then take them in."""
        if kind not in ledger.KINDS:
            raise ValueError(f"there is no kind of entry {kind!r}")
        entry = self._new_entry(kind, reason=reason, details=details, count=len(rows))
        entry = dataclasses.replace(entry, hash=ledger.hash_entry(entry, rows))
        self._store.append(entry, rows, report=report)
        self._entries.append(entry)
        self._columns.add(rows)
        self._columns.settle()
        return entry.number

    def _new_entry(self, kind: str, *, reason: str, details: Mapping[str, Any], count: int) -> Entry:
        return ledger.write_entry(
            number=len(self._entries) + 1,
            person=self._person,
            role=self._role,
            kind=kind,
            reason=reason,
            details=details,
            observations=count,
            previous=self._entries[-1].hash if self._entries else ledger.START,
        )

    def _rows(self, frame: pd.DataFrame, sealed: Mapping[int, bytes]) -> list[Row]:
        """New observations as the store keeps them."""
        count = len(frame)
        first = self._columns.last_id + 1
        columns: dict[str, Iterable[Any]] = {name: frame[name].tolist() for name in observation.COLUMNS}
        columns["number"] = [None if np.isnan(number) else number + 0.0 for number in frame["number"]]
        columns["id"] = range(first, first + count)
        columns["entry"] = [len(self._entries) + 1] * count
        columns["sealed"] = [sealed.get(position) for position in range(count)]
        return list(zip(*(columns[name] for name in ROW), strict=True))


def _verify(store: Store, report: Report) -> Verification:
    entries = store.read_entries()
    damage = store.damage()
    if damage:
        return Verification(0, 0, ledger.START, None, damage)
    rows = (row for chunk in store.read_rows() for row in chunk)
    return ledger.verify_chain(entries, rows, report)


def _places_in(frame: pd.DataFrame) -> list[Place]:
    names = (frame[name].tolist() for name in ("patient", "variable", "visit", "record"))
    return [Place(*place) for place in zip(*names, strict=True)]


def _without_values(frame: pd.DataFrame, must: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The observations with nothing left of the values that were sealed."""
    frame = frame.copy()
    frame.loc[must, "number"] = np.nan
    frame.loc[must, ["text", "qualifier", "unit", "raw"]] = ""
    return frame


def _with_seals(additions: Mapping[str, Any], *, blinded: bool) -> dict[str, Any]:
    """Additions of a blinded study: a new measurement is sealed after the first dose if it says nothing else."""
    if not blinded:
        return dict(additions)
    variables = [
        {"seal": "after_first_dose", **item} if item.get("kind") in ("number", "integer") else dict(item)
        for item in additions.get("variables", ())
        if isinstance(item, Mapping)
    ]
    return {**additions, "variables": variables}


def _check_person(person: str) -> None:
    if not person.strip():
        raise AppError(_("Every entry is signed: say who works on the study."))
