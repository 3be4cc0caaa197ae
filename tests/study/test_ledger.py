"""The chain of hashes: whatever is altered is found, and the entry is named."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlcipher3
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.i18n import set_language
from mirocals_desktop.progress import ignore
from mirocals_desktop.study import ledger
from mirocals_desktop.study.ledger import Entry, Row, hash_entry, verify_chain, write_entry
from mirocals_desktop.study.store import ROW
from tests.study.records import create, frame, reopen, value

ROWS: list[Row] = [
    (
        1,
        2,
        "P-1",
        "weight",
        "V2",
        0,
        "2024-01-10",
        70.5,
        "",
        "",
        "",
        "kg",
        "70,5",
        "b.xlsx",
        "S",
        "B2",
        0,
        None,
    ),
    (2, 2, "P-1", "arm", "", 0, "", None, "", "", "", "", "", "b.xlsx", "S", "C2", 0, b"\x00\x01"),
]


def entry(**changes: object) -> Entry:
    plain = write_entry(
        number=2,
        person="Ada",
        role="data manager",
        kind="imported",
        reason="",
        details={"b": 1, "a": [1, None]},
        observations=2,
        previous=ledger.START,
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def chain(count: int, *, per_entry: int = 1) -> tuple[list[Entry], list[Row]]:
    """A chain of so many entries with their rows."""
    entries: list[Entry] = []
    rows: list[Row] = []
    previous = ledger.START
    for number in range(1, count + 1):
        own = [(len(rows) + position, number, *ROWS[0][2:]) for position in range(1, per_entry + 1)]
        plain = entry(number=number, previous=previous, observations=per_entry)
        whole = plain._replace(hash=hash_entry(plain, own))
        previous = whole.hash
        entries.append(whole)
        rows += own
    return entries, rows


def test_that_the_same_entry_has_the_same_hash() -> None:
    one = entry()

    assert hash_entry(one, ROWS) == hash_entry(one, list(ROWS))
    assert len(hash_entry(one, ROWS)) == 64


def test_that_details_are_written_in_one_order() -> None:
    assert entry().details_text == '{"a":[1,null],"b":1}'


@given(st.sampled_from([name for name in Entry._fields if name != "hash"]))
def test_that_every_field_of_an_entry_is_in_its_hash(name: str) -> None:
    one = entry()
    before = getattr(one, name)
    other = one._replace(**{name: before + 1 if isinstance(before, int) else before + "x"})

    assert hash_entry(other, ROWS) != hash_entry(one, ROWS)


@given(st.integers(0, len(ROW) - 1), st.integers(0, 1))
def test_that_every_column_of_an_observation_is_in_the_hash(column: int, row: int) -> None:
    changed = [list(one) for one in ROWS]
    before = changed[row][column]
    if ROW[column] == "sealed":
        changed[row][column] = b"\x00\x02"
    elif ROW[column] == "number":
        changed[row][column] = 70.50000000000001
    else:
        changed[row][column] = before + 1 if isinstance(before, int) else before + "x"
    one = entry()

    assert hash_entry(one, [tuple(own) for own in changed]) != hash_entry(one, ROWS)


@given(
    st.lists(st.text(max_size=5), min_size=2, max_size=2),
    st.lists(st.text(max_size=5), min_size=2, max_size=2),
)
def test_that_text_moved_from_one_column_to_the_next_changes_the_hash(
    first: list[str], second: list[str]
) -> None:
    one = entry()
    rows = [[(*ROWS[0][:11], *texts, *ROWS[0][13:])] for texts in (first, second)]

    assert (hash_entry(one, rows[0]) == hash_entry(one, rows[1])) == (first == second)


def test_that_a_whole_chain_is_found_whole() -> None:
    entries, rows = chain(5)

    verification = verify_chain(entries, iter(rows), ignore)

    assert verification.whole
    assert (verification.entries, verification.observations) == (5, 5)
    assert verification.head == entries[-1].hash
    assert verification.sentence == "The study is whole. Entries: 5, observations: 5."


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda entries, rows: entries.pop(2), 4),
        (lambda entries, rows: rows.pop(2), 3),
        (lambda entries, rows: rows.insert(3, (99, 3, *ROWS[0][2:])), 3),
        (lambda entries, rows: rows.append((99, 5, *ROWS[0][2:])), 5),
        (lambda entries, rows: rows.append((99, 6, *ROWS[0][2:])), None),
        (lambda entries, rows: entries.reverse(), 5),
        (lambda entries, rows: rows.__setitem__(slice(1, 3), [rows[2], rows[1]]), 2),
        (lambda entries, rows: entries.__setitem__(1, entries[1]._replace(person="Eve")), 2),
        (lambda entries, rows: entries.__setitem__(1, entries[1]._replace(at_utc="now")), 2),
        (lambda entries, rows: entries.__setitem__(1, entries[1]._replace(hash="0" * 64)), 2),
    ],
)
def test_that_what_was_changed_is_found_and_the_entry_named(
    change: Callable[[list[Entry], list[Row]], object], broken: int | None
) -> None:
    entries, rows = chain(5)
    change(entries, rows)

    verification = verify_chain(entries, iter(rows), ignore)

    assert not verification.whole
    assert verification.broken_entry == broken
    assert verification.sentence == verification.problem != ""


def test_that_an_entry_rehashed_after_a_change_breaks_the_one_after_it() -> None:
    entries, rows = chain(5)
    changed = entries[1]._replace(reason="made up later")
    entries[1] = changed._replace(hash=hash_entry(changed, rows[1:2]))

    assert verify_chain(entries, iter(rows), ignore).broken_entry == 3


def test_that_a_clock_that_was_set_back_is_told_and_breaks_nothing() -> None:
    first = entry(number=1, at_utc="2024-03-02T08:00:00.000000Z", observations=0)
    second = entry(observations=0)
    first = first._replace(hash=hash_entry(first, []))
    second = second._replace(at_utc="2024-03-01T08:00:00.000000Z", previous=first.hash)
    second = second._replace(hash=hash_entry(second, []))

    found = verify_chain([first, second], iter(()), ignore)

    assert found.whole
    assert found.clock_back == 2
    assert "Entry 2 bears an earlier time" in found.sentence


def test_that_twenty_thousand_entries_are_verified_in_less_than_two_seconds_of_work() -> None:
    entries, rows = chain(20_000)
    started = time.process_time()

    assert verify_chain(entries, iter(rows), ignore).whole

    assert time.process_time() - started < 2.0  # a quarter of that on a quiet machine


def test_that_verifying_tells_how_far_it_is() -> None:
    told: list[float] = []
    entries, rows = chain(600)

    verify_chain(entries, iter(rows), lambda fraction, message: told.append(fraction))

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_that_kinds_are_told_in_the_users_language() -> None:
    assert ledger.kind_label("withdrawn") == "withdrawal of an entry"
    set_language("fr")
    assert ledger.kind_label("something newer") == "something newer"


# --- the file itself ---------------------------------------------------------------------------------------


def study_file(folder: Path) -> Path:
    path = folder / "trial.mirocals"
    with create(path) as study:
        study.record(ledger.IMPORTED, observations=frame(value("P-1", "weight", 70.5, visit="V2")))
        study.record(ledger.IMPORTED, observations=frame(value("P-2", "weight", 80.5, visit="V2")))
        study.correct(1, number=71.0, raw="71", reason="typo")
    return path


def alter(path: Path, *statements: str) -> None:
    """Change the file as somebody with a database tool would."""
    connection = sqlcipher3.connect(str(path), isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


GUARDS = ("observation_is_never_changed", "observation_is_never_removed", "audit_entry_is_never_changed")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE observation SET number = 1 WHERE id = 1",
        "DELETE FROM observation WHERE id = 1",
        "UPDATE audit_entry SET reason = 'x' WHERE number = 2",
        "DELETE FROM audit_entry WHERE number = 4",
    ],
)
def test_that_the_file_refuses_to_be_changed(tmp_path: Path, statement: str) -> None:
    path = study_file(tmp_path)

    with pytest.raises(sqlcipher3.DatabaseError, match="only ever added to"):
        alter(path, statement)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE observation SET number = 1 WHERE id = 1", 2),
        ("UPDATE observation SET raw = '70.6' WHERE id = 2", 3),
        ("UPDATE observation SET patient = 'P-3' WHERE id = 3", 4),
        ("UPDATE audit_entry SET reason = 'agreed by phone' WHERE number = 4", 4),
        ("UPDATE audit_entry SET person = 'Bo' WHERE number = 1", 1),
        ("DELETE FROM observation WHERE id = 2", 3),
    ],
)
def test_that_a_file_changed_in_spite_of_its_guards_is_found_out(
    tmp_path: Path, statement: str, broken: int
) -> None:
    path = study_file(tmp_path)
    with reopen(path) as study:
        assert study.verify().whole
    definitions = _guards(path)
    alter(path, *(f"DROP TRIGGER {name}" for name in GUARDS), statement, *definitions)

    with reopen(path) as study:
        verification = study.verify()

    assert verification.broken_entry == broken
    assert f"Entry {broken} of " in verification.sentence


def test_that_missing_guards_are_told(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    alter(path, f"DROP TRIGGER {GUARDS[0]}")

    with reopen(path) as study:
        assert study.verify().sentence == "The guards that keep the file from being changed were removed."


def _guards(path: Path) -> list[str]:
    connection = sqlcipher3.connect(str(path))
    found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    connection.close()
    return [sql for (sql,) in found if any(name in sql for name in GUARDS)]
