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
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import pandas as pd

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, language
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.reader import read_protocol
from mirocals_desktop.study import ledger, observation, queries, sealing
from mirocals_desktop.study.blinding import check_file_names
from mirocals_desktop.study.ledger import Entry, Row, Verification
from mirocals_desktop.study.memory import Memory
from mirocals_desktop.study.refusals import PassphraseNeeded
from mirocals_desktop.study.reviewing import review_act, review_reason
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.snapshots import build_entries, build_snapshot, frozen
from mirocals_desktop.study.state import State, find_withdrawn
from mirocals_desktop.study.store import Store
from mirocals_desktop.study.study_file import refuse_taken
from mirocals_desktop.study.writing import check_withdrawal, prepare

__all__ = ["PassphraseNeeded", "Study"]

_PIECE: Final = 20_000


class Study:
    """An open study. `person` and `role` sign every entry written through it."""

    def __init__(self, store: Store, *, person: str, role: str) -> None:
        """Use `Study.create` or `Study.open`."""
        self._store = store
        self._person = person
        self._role = role
        self._lock = threading.RLock()
        self._memory = Memory(store)
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
        refuse_taken(path)  # before a key file is made for nothing
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
            entries = study._memory.entries
            if not entries or entries[0].kind != ledger.CREATED:
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
            self._memory.key = None
            self._snapshot = None
            self._store.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sign_as(self, *, person: str, role: str) -> None:
        """From now on somebody else signs the entries; those that were written keep their names."""
        _check_person(person)
        with self._lock:
            self._person, self._role = person, role

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
        return self._state().protocol

    @property
    def title(self) -> str:
        """The study's title."""
        return str(self._memory.entries[0].details["study"]["title"])

    @property
    def blinded(self) -> bool:
        """Whether arms and restricted values are sealed as they come in."""
        return bool(self._memory.entries[0].details["study"]["public_key"])

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase protects the study's file."""
        return self._store.is_encrypted

    @property
    def unblinded(self) -> bool:
        """Whether this session has opened what is sealed."""
        return self._memory.key is not None

    @property
    def head(self) -> str:
        """The hash of the last entry: printed on exports, it tells later whether the study was altered."""
        return self._memory.entries[-1].hash

    def entries(self) -> list[Entry]:
        """Every audit entry, the first one first."""
        with self._lock:
            return list(self._memory.entries)

    def withdrawn_by(self) -> Mapping[int, int]:
        """The numbers of the entries that are withdrawn, and of those that withdrew them."""
        with self._lock:
            return find_withdrawn(self._memory.entries)

    def remembered(self, key: str) -> list[Any]:
        """What the entries that stand hold under a key of their details, the first one first."""
        with self._lock:
            entries = self._memory.entries
            withdrawn = find_withdrawn(entries)
            standing = (entry.details for entry in entries if entry.number not in withdrawn)
            return [details[key] for details in standing if key in details]

    def snapshot(self, *, as_of: int | None = None, report: Report = ignore) -> Snapshot:
        """The study now, or as of an earlier entry; what is sealed is in it only when unblinded."""
        with self._lock:
            memory = self._loaded(part(report, 0.0, 0.5))
            state = memory.state() if as_of is None else memory.state_as_of(as_of)
            key = (state.entry, len(memory.entries), self.unblinded, language())
            if self._snapshot is not None and self._snapshot[0] == key:
                return self._snapshot[1]
            if as_of is None and self._snapshot is not None and self._snapshot[0][2:] == key[2:]:
                since = memory.entries[self._snapshot[1].entry :]
                if all(entry.kind in ledger.REVIEWS for entry in since):  # the values are what they were
                    self._snapshot = (key, self._reviewed(memory, state, self._snapshot[1]))
                    return self._snapshot[1]
            snapshot = self._build(memory, state, part(report, 0.5, 1.0))
            if as_of is None:
                self._snapshot = (key, snapshot)
            return snapshot

    def preview(
        self,
        kind: str,
        *,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
        observations: pd.DataFrame | None = None,
        report: Report = ignore,
    ) -> Snapshot:
        """The study as it would be after `record` with the same arguments; nothing is written.

        Refuses what `record` refuses. The snapshot's last entry is the one that was not written.
        """
        with self._lock:
            memory = self._loaded(part(report, 0.0, 0.3)).copy()
            act = prepare(memory, reason=reason, details=details or {}, observations=_given(observations))
            entry = self._new_entry(kind, reason=act.reason, details=act.details, count=len(act.rows))
            memory.add(entry._replace(hash=ledger.hash_entry(entry, act.rows)), act.rows)
            while act.rows:  # let go of all at once, millions of rows would hold the window
                del act.rows[-_PIECE:]
            return self._build(memory, memory.state(), part(report, 0.5, 1.0))

    def history(self, patient: str, variable: str, *, visit: str = "", record: int = 0) -> pd.DataFrame:
        """Every observation ever of one thing, the first one first, with the entry that brought it.

        `visit` is the name that the file gave (`Snapshot.observations`), not one that it was assigned to.
        Columns of `observation.STORED`, then at_utc, person, kind, reason, withdrawn_by; `current`: does it
        stand. What the session must not see is sealed here too.
        """
        with self._lock:
            memory = self._loaded()
            state = memory.state()
            columns = memory.columns
            wanted = columns.codes["record"] == record
            for name, word in (("patient", patient), ("variable", variable), ("visit", visit)):
                wanted &= columns.codes[name] == columns.words[name].get(word, -1)
            rows = np.flatnonzero(wanted)
            seen = memory.seen(state, rows)
            frame = {name: seen.column(name) for name in observation.STORED}
            entries = [memory.entry(number) for number in frame["entry"].tolist()]
            for name in ("at_utc", "person", "kind"):
                frame[name] = np.array([getattr(entry, name) for entry in entries], dtype=object)
            frame["reason"] = np.array(
                [
                    ledger.reason_of(entry, patient=patient, variable=variable, visit=visit, cell=cell)
                    for entry, cell in zip(entries, frame["cell"].tolist(), strict=True)
                ],
                dtype=object,
            )
            withdrawn = [state.withdrawn_by.get(entry.number, 0) for entry in entries]
            frame["withdrawn_by"] = np.array(withdrawn, dtype=np.int64)
            frame["current"] = np.isin(rows, memory.standing(state))
            return frozen(frame)

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
        JSON; `state` names the keys that the study itself reads. In a blinded study restricted values are
        sealed here, and details and reason never repeat them. AppError when a value is replaced without a
        reason, when two values claim the same place, or when a name would tell an arm. A report that raises
        `Cancelled` leaves the study as it was.
        """
        with self._lock:
            act = prepare(
                self._loaded(part(report, 0.0, 0.2)),
                reason=reason,
                details=details or {},
                observations=_given(observations),
            )
            return self._append(
                kind, reason=act.reason, details=act.details, rows=act.rows, report=part(report, 0.3, 1.0)
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
            memory = self._loaded()
            row = memory.row(observation_id)
            rows = slice(row, row + 1)
            place = {name: memory.columns.text_of(name, rows) for name in ("patient", "variable", "visit")}
            frame = observation.frame(
                {
                    **place,
                    "record": memory.columns.codes["record"][rows],
                    "date": memory.columns.text_of("date", rows) if date is None else [date],
                    "number": [np.nan if number is None else number],
                    "text": [text],
                    "qualifier": [qualifier],
                    "missing": [missing],
                    "unit": [unit],
                    "raw": [raw],
                    "replaces": [observation_id],
                }
            )
            about = f"{place['patient'][0]}, {place['variable'][0]}"
            return self.record(ledger.CORRECTED, reason=reason, details={"about": about}, observations=frame)

    def review(
        self, kind: str, steps: Sequence[Mapping[str, Any]], *, files: Sequence[Mapping[str, Any]] = ()
    ) -> int:
        """Raise, assign, answer, close or reopen queries, or set marks; gives the number of the entry.

        A step names what `queries` reads: to raise, patient, variable, visit, record, observation, text,
        assigned, finding; to act on a query, its number as `query`, text, assigned, by; to mark, patient,
        visit, variable, observation, mark, text. Where the value came from and what it is, is filled in
        here. AppError when the act cannot be: a closed query answered, a reason missing.
        """
        with self._lock:
            memory = self._loaded()
            act = review_act(memory, kind, steps)
            if files and memory.state().blinded:
                check_file_names((str(file["name"]) for file in files), memory.state().protocol)
            details = {**act, "files": [dict(file) for file in files]} if files else act
            return self.record(kind, reason=review_reason(kind, act), details=details)

    def withdraw(self, entry: int, reason: str) -> int:
        """Take back what an entry brought; gives the number of the entry that does.

        What it had replaced stands again. Withdrawing a withdrawal brings back what that took away. AppError
        when it cannot be: no such entry, already withdrawn, or other values have taken the place since.
        """
        with self._lock:
            memory = self._loaded()
            kind = memory.entry(entry).kind
            if kind in ledger.NEVER_WITHDRAWN:
                raise AppError(
                    _("Entry {number} ({kind}) says what happened and cannot be withdrawn.").format(
                        number=entry, kind=ledger.kind_label(kind)
                    )
                )
            if entry in memory.state().withdrawn_by:
                raise AppError(_("Entry {number} is withdrawn already.").format(number=entry))
            if not reason.strip():
                raise AppError(_("Withdrawing an entry needs a reason."))
            details = {"entry": entry}
            planned = self._new_entry(ledger.WITHDRAWN, reason=reason, details=details, count=0)
            check_withdrawal(memory, planned)
            return self.record(ledger.WITHDRAWN, reason=reason, details=details)

    def set_option(self, name: str, value: object, *, reason: str = "") -> int:
        """Change an option of `snapshot.Options`; gives the number of the entry."""
        return self.record(ledger.OPTION, reason=reason, details={"options": {name: value}})

    def unblind(self, key_file: Path, passphrase: str, reason: str) -> int:
        """Open what is sealed, for this session only; gives the number of the entry.

        The entry is in the file before any value is opened.
        """
        with self._lock:
            state = self._state()
            if not state.blinded:
                raise AppError(_("This study is open: nothing in it is sealed."))
            if not reason.strip():
                raise AppError(_("Unblinding needs a reason."))
            key = sealing.read_key_file(key_file, study_id=state.study_id, passphrase=passphrase)
            if sealing.encode(key.public) != state.public_key:
                raise AppError(_("The key in {file} is not the key of this study.").format(file=key_file))
            number = self.record(ledger.UNBLINDED, reason=reason)
            self._memory.key = key
            return number

    def verify(self, report: Report = ignore) -> Verification:
        """Whether the file is what was written: SQLite's own check, then every hash of the chain again."""
        with self._lock:
            return _verify(self._store, report)

    def backup(self, path: Path, *, report: Report = ignore) -> int:
        """Write a copy of the study under a new name and verify it; gives the number of the entry.

        The copy ends before that entry. Where the study's own file is lost (`Store.is_lost`) the copy saves
        what it held, no entry can be made, and the number is 0.
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
            if self._store.is_lost:
                return 0
            return self.record(ledger.BACKED_UP, details={"file": path.name})

    # --- private -----------------------------------------------------------------------------------------

    def _append(
        self, kind: str, *, reason: str, details: Mapping[str, Any], rows: Sequence[Row], report: Report
    ) -> int:
        """Write an entry with its observations, then take them in."""
        if kind not in ledger.KINDS:
            raise ValueError(f"there is no kind of entry {kind!r}")
        entry = self._new_entry(kind, reason=reason, details=details, count=len(rows))
        entry = entry._replace(hash=ledger.hash_entry(entry, rows))
        self._store.append(entry, rows, report=report)
        self._memory.add(entry, rows)
        return entry.number

    def _new_entry(self, kind: str, *, reason: str, details: Mapping[str, Any], count: int) -> Entry:
        entries = self._memory.entries
        return ledger.write_entry(
            number=len(entries) + 1,
            person=self._person,
            role=self._role,
            kind=kind,
            reason=reason,
            details=details,
            observations=count,
            previous=entries[-1].hash if entries else ledger.START,
        )

    def _build(self, memory: Memory, state: State, report: Report) -> Snapshot:
        standing = memory.standing(state)
        return build_snapshot(
            memory.seen(state, standing),
            state,
            memory.entries[: state.entry],
            path=self.path,
            unblinded=self.unblinded,
            reviews=_reviews(memory, state),
            report=report,
        )

    def _reviewed(self, memory: Memory, state: State, before: Snapshot) -> Snapshot:
        """A snapshot after acts that changed no value: its frames are those of the one before."""
        return dataclasses.replace(
            before,
            entry=state.entry,
            head=state.head,
            entries=build_entries(memory.entries[: state.entry], state.withdrawn_by),
            reviews=_reviews(memory, state),
        )

    def _state(self) -> State:
        with self._lock:
            return self._loaded().state()

    def _loaded(self, report: Report = ignore) -> Memory:
        self._memory.load(report)
        return self._memory


def _reviews(memory: Memory, state: State) -> queries.Reviews:
    folded = queries.fold_reviews(memory.entries[: state.entry], state.withdrawn_by)
    return queries.with_current(folded, memory.columns, memory.standing(state))


def _given(observations: pd.DataFrame | None) -> pd.DataFrame:
    return observation.empty() if observations is None else observations


def _verify(store: Store, report: Report) -> Verification:
    entries = store.read_entries()
    damage = store.damage()
    if damage:
        return Verification(0, 0, ledger.START, None, damage)
    rows = (row for chunk in store.read_rows() for row in chunk)
    return ledger.verify_chain(entries, rows, report)


def _check_person(person: str) -> None:
    if not person.strip():
        raise AppError(_("Every entry is signed: say who works on the study."))
