"""The only SQL: two tables in one SQLite file, only ever added to.

Rules that the file itself enforces: triggers refuse every change and removal; entries and observations are
written in one transaction; one program has the file at a time. What is particular to SQLite is in
`_connect` and `_migrate`; a passphrase makes the whole file unreadable without it (SQLCipher).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import sqlcipher3

from mirocals_desktop.errors import AppError, reason_of
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report, ignore
from mirocals_desktop.study import sealing
from mirocals_desktop.study.ledger import Entry, Row
from mirocals_desktop.study.refusals import damaged, explain, no_study
from mirocals_desktop.study.study_file import (
    APPLICATION_ID,
    Identity,
    hold,
    identity_of,
    key_of,
    raw_key,
    refuse_held,
    refuse_taken,
    release,
)

SCHEMA_VERSION: Final = 1
CHUNK: Final = 5_000  # rows fetched at once: short enough that other threads get their turn

Connection = Any
"""A connection of the driver, which has no types."""

Migration = Callable[[Connection], None]
MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""What brings a file from the version before to this one, by the version that it makes."""

_MEMORY_KIB: Final = 32_768

_ENTRY: Final = {
    "number": "INTEGER NOT NULL PRIMARY KEY",
    "at_utc": "TEXT NOT NULL",
    "person": "TEXT NOT NULL",
    "role": "TEXT NOT NULL",
    "version": "TEXT NOT NULL",
    "kind": "TEXT NOT NULL",
    "reason": "TEXT NOT NULL",
    "details": "TEXT NOT NULL",
    "observations": "INTEGER NOT NULL",
    "previous": "TEXT NOT NULL",
    "hash": "TEXT NOT NULL UNIQUE",
}
_OBSERVATION: Final = {
    "id": "INTEGER NOT NULL PRIMARY KEY",
    "entry": "INTEGER NOT NULL REFERENCES audit_entry (number)",
    "patient": "TEXT NOT NULL",
    "variable": "TEXT NOT NULL",
    "visit": "TEXT NOT NULL",
    "record": "INTEGER NOT NULL",
    "date": "TEXT NOT NULL",
    "number": "DOUBLE",
    "text": "TEXT NOT NULL",
    "qualifier": "TEXT NOT NULL",
    "missing": "TEXT NOT NULL",
    "unit": "TEXT NOT NULL",
    "raw": "TEXT NOT NULL",
    "file": "TEXT NOT NULL",
    "sheet": "TEXT NOT NULL",
    "cell": "TEXT NOT NULL",
    "replaces": "INTEGER NOT NULL",
    "sealed": "BLOB",
}
_TABLES: Final = {"audit_entry": _ENTRY, "observation": _OBSERVATION}

ROW: Final = tuple(_OBSERVATION)
"""The columns of a stored observation, in order: what the ledger's hash is computed over."""


Chunk = Mapping[str, Sequence[Any]]
"""Observations column by column: those of `APART`, and `packed`, the columns of `PACKED` in one text each."""

APART: Final = ("id", "patient", "date", "number", "text", "raw", "cell", "sealed")
PACKED: Final = (
    "entry", "record", "replaces", "variable", "visit", "qualifier", "missing", "unit", "file", "sheet",
)  # fmt: skip
SEPARATOR: Final = "\x1f"
"""Between packed columns; no text of theirs may hold it."""

_PACK: Final = f"concat_ws('{SEPARATOR}', {', '.join(PACKED)})"
_BETWEEN: Final = "\x1e"
_JOINED: Final = {name: name for name in ("id", "patient", "date", "text", "raw", "cell")} | {"packed": _PACK}
"""The columns that are joined to one text for a chunk, and what each is made of."""


class Store:
    """An open study file. Calls may come from any thread, one at a time."""

    def __init__(self, path: Path, connection: Connection, key: str, identity: Identity) -> None:
        self.path = path
        self._connection = connection
        self._key = key
        self._identity = identity
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: Path, *, passphrase: str | None = None) -> Store:
        """A new, empty study file. AppError when there is a file already or the folder is not writable."""
        refuse_taken(path)
        salt = secrets.token_bytes(sealing.SALT_BYTES)
        if passphrase is not None:
            sealing.check_passphrase(passphrase)
        key = "" if passphrase is None else raw_key(passphrase, salt)
        try:
            path.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise AppError(
                _("The study {file} could not be made: {reason}.").format(file=path, reason=reason_of(error)),
                hint=_("Choose a folder that exists and that you may write to."),
            ) from error
        try:
            store = cls._open(path, key)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        try:
            with store.transaction() as connection:
                for table, columns in _TABLES.items():
                    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                    connection.execute(f"CREATE TABLE {table} ({declared})")
                for statement in _TRIGGERS.values():
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except BaseException:
            store.close()
            path.unlink(missing_ok=True)
            raise
        return store

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        passphrase: str | None = None,
        migrations: Mapping[int, Migration] = MIGRATIONS,
        version: int = SCHEMA_VERSION,
    ) -> Store:
        """The store in an existing file, brought up to `version` if it is older (a copy is kept first).

        AppError with what to do when the file is missing, no study, damaged, newer than the program, or
        open elsewhere; `PassphraseNeeded` when it is encrypted.
        """
        refuse_held(path)
        store = cls._open(path, key_of(path, passphrase))
        try:
            found = store._scalar("PRAGMA user_version")
            if store._scalar("PRAGMA application_id") != APPLICATION_ID:
                raise no_study(path)
            if found > version:
                raise AppError(
                    _("The study {file} was written by a newer version of the program.").format(file=path),
                    hint=_("Install the newer version to open it; nothing was changed."),
                )
            if found < version:
                store._migrate(found, version, migrations)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def _open(cls, path: Path, key: str) -> Store:
        identity = hold(path)
        try:
            with _explained(path, encrypted=bool(key)):
                return cls(path, _connect(path, key), key, identity)
        except BaseException:
            release(identity)
            raise

    def close(self) -> None:
        """Close the file and let other programs have it. Closing twice does nothing."""
        with self._lock:
            self._connection.close()
        release(self._identity)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: everything in it is written, or nothing."""
        with self._lock, _explained(self.path, encrypted=bool(self._key)):
            connection = self._connection
            self._check_here()  # SQLite would go on writing into a file that nobody can find any more
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self._check_here()
            except BaseException:
                with contextlib.suppress(Exception):  # SQLite rolls back by itself when it cannot go on
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @property
    def is_encrypted(self) -> bool:
        """Whether a passphrase protects the file."""
        return bool(self._key)

    @property
    def is_lost(self) -> bool:
        """Whether the file is no longer at its path: removed, moved, replaced, or its drive taken away.

        What was saved is then only in the open file, and gone when it is closed: `backup` still saves it.
        """
        found = identity_of(self.path)
        # Windows keeps an open file in its place, and numbers files of network drives as it likes.
        return found == (0, 0) or (os.name != "nt" and found != self._identity)

    def _check_here(self) -> None:
        if self.is_lost:
            raise AppError(
                _("The study file {file} is no longer there: nothing was saved.").format(file=self.path),
                hint=_(
                    "Put it back where it was and try again. Or choose Study > Back up the study, "
                    "and open the copy: it holds everything that was saved before."
                ),
            )

    def append(self, entry: Entry, rows: Sequence[Row], *, report: Report = ignore) -> None:
        """Write an entry and its observations in one transaction. A cancelled report leaves nothing."""
        with self.transaction() as connection:
            connection.execute(_insert_into("audit_entry"), entry)
            for start in range(0, len(rows), CHUNK):
                report(start / len(rows), _("Saving"))
                connection.executemany(_insert_into("observation"), rows[start : start + CHUNK])

    def read_entries(self) -> list[Entry]:
        """All entries in order."""
        query = f"SELECT {', '.join(_ENTRY)} FROM audit_entry ORDER BY number"  # noqa: S608
        return [Entry._make(row) for rows in self._read(query) for row in rows]

    def read_rows(self) -> Iterator[list[Row]]:
        """All observations in order, in chunks of rows as `ROW` names them."""
        return self._read(f"SELECT {', '.join(ROW)} FROM observation ORDER BY id")  # noqa: S608

    def read_chunks(self) -> Iterator[Chunk]:
        """All observations in order, in chunks of columns.

        SQLite joins each column that is text into one text, which Python parts again: that takes half of the
        time of making a row of objects for each observation, and other threads go on meanwhile.
        """
        with self._lock, _explained(self.path, encrypted=bool(self._key)):
            first = self._scalar("SELECT min(id) FROM observation")
            while first is not None:
                last = first + CHUNK - 1
                yield self._chunk(f"FROM observation WHERE id BETWEEN {first} AND {last}")
                first = self._scalar(f"SELECT min(id) FROM observation WHERE id > {last}")  # noqa: S608

    def _chunk(self, from_here: str) -> Chunk:
        def rows(columns: str) -> list[Any]:
            return list(self._connection.execute(f"SELECT {columns} {from_here} ORDER BY id"))

        joined = ", ".join(f"group_concat({text}, '{_BETWEEN}')" for text in _JOINED.values())
        row = self._connection.execute(f"SELECT count(sealed), {joined} {from_here}").fetchone()
        texts = {name: text.split(_BETWEEN) for name, text in zip(_JOINED, row[1:], strict=True)}
        numbers = [number for (number,) in rows("number")]
        ids = [*map(int, texts["id"])]
        if ids == sorted(ids) and {len(column) for column in texts.values()} == {len(numbers)}:
            sealed = [value for (value,) in rows("sealed")] if row[0] else [None] * len(ids)
            return {**texts, "id": ids, "number": numbers, "sealed": sealed}
        # A cell holds the very sign that stands between, or SQLite took another order: row by row, then.
        return _columns((*APART, "packed"), rows(f"{', '.join(APART)}, {_PACK}"))

    def _read(self, query: str) -> Iterator[list[Any]]:
        with (
            self._lock,
            _explained(self.path, encrypted=bool(self._key)),
            contextlib.closing(self._connection.execute(query)) as cursor,
        ):
            while rows := cursor.fetchmany(CHUNK):
                yield rows

    def damage(self) -> str:
        """What SQLite itself finds wrong with the file, as a sentence; "" when it finds nothing."""
        with self._lock, _explained(self.path, encrypted=bool(self._key)):
            if self._scalar("PRAGMA quick_check(1)") != "ok":
                return _("The file is damaged.")
            found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            if {name for (name,) in found} != set(_TRIGGERS):
                return _("The guards that keep the file from being changed were removed.")
        return ""

    def backup(self, target: Path) -> None:
        """A copy of the study as it is now, under a new name; whole or not at all."""
        refuse_taken(target)
        temporary = target.with_name(target.name + ".part")
        with self._lock, _explained(target, encrypted=bool(self._key)):
            try:
                copy = sqlcipher3.connect(str(temporary), isolation_level=None)
                try:
                    if self._key:
                        copy.execute(f"PRAGMA key = \"x'{self._key}'\"")
                    self._connection.backup(copy)
                finally:
                    copy.close()
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def open_copy(self, path: Path) -> Store:
        """The store in a copy that `backup` wrote, encrypted as this one is."""
        return self._open(path, self._key)

    def _scalar(self, statement: str) -> Any:
        row = self._connection.execute(statement).fetchone()
        return None if row is None else row[0]

    def _migrate(self, found: int, version: int, migrations: Mapping[int, Migration]) -> None:
        kept = self.path.with_name(f"{self.path.stem}.before-{version}{self.path.suffix}")
        self.backup(kept)
        for step in range(found + 1, version + 1):
            with self.transaction() as connection:
                migrations[step](connection)
                connection.execute(f"PRAGMA user_version = {step}")


_TRIGGERS: Final = {
    f"{table}_is_never_{done}": (
        f"CREATE TRIGGER {table}_is_never_{done} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is only ever added to'); END"
    )
    for table in ("audit_entry", "observation")
    for act, done in (("UPDATE", "changed"), ("DELETE", "removed"))
}


def _columns(names: Sequence[str], rows: Sequence[Any]) -> Chunk:
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def _insert_into(table: str) -> str:
    columns = _TABLES[table]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def _connect(path: Path, key: str) -> Connection:
    """A connection that has the file to itself, with every setting the ledger relies on."""
    connection = sqlcipher3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        if key:
            connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal
            connection.execute(f"PRAGMA key = \"x'{key}'\"")
        for name, value in (
            ("locking_mode", "EXCLUSIVE"),
            ("journal_mode", "DELETE"),  # not WAL: a copy of an open WAL file misses committed edits
            ("synchronous", "EXTRA"),
            ("foreign_keys", "ON"),
            ("recursive_triggers", "ON"),  # else INSERT OR REPLACE slips past the triggers
            ("trusted_schema", "OFF"),
            ("temp_store", "MEMORY"),  # nothing of a study in temporary files
            ("cache_size", -_MEMORY_KIB),
        ):
            connection.execute(f"PRAGMA {name} = {value}").fetchall()
        connection.execute("BEGIN EXCLUSIVE")  # in exclusive mode the lock stays after the commit
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _explained(path: Path, *, encrypted: bool) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence."""
    try:
        yield
    except sqlcipher3.Error as error:
        message = str(error)
        if "decode" in message:  # such a message quotes the text: it must not stand in any log
            raise damaged(path) from None
        explained = explain(path, message, encrypted=encrypted)
        if explained is None:
            raise
        raise explained from error
    except UnicodeDecodeError as error:  # text of the file, or SQLite's own words about it
        raise damaged(path) from error
    except OSError as error:
        raise AppError(
            _("{file} could not be written: {reason}.").format(file=path, reason=reason_of(error)),
            hint=_("Nothing that was saved before is lost."),
        ) from error
