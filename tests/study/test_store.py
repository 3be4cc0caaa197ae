"""The study file: opened by one program at a time, refused with a sentence when it is anything else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlcipher3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirocals_desktop.errors import AppError
from mirocals_desktop.study import ledger
from mirocals_desktop.study.refusals import PassphraseNeeded
from mirocals_desktop.study.store import SCHEMA_VERSION, Connection, Store
from mirocals_desktop.study.study import Study
from mirocals_desktop.study.study_file import APPLICATION_ID
from tests.study.records import create, frame, reopen, value

PASSPHRASE = "correct horse battery"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished study file."""
    path = tmp_path / "trial.mirocals"
    with create(path) as study:
        study.record(ledger.IMPORTED, observations=frame(value("P-1", "weight", 70.5, visit="V2")))
    return path


def test_that_a_study_file_says_what_it_is(path: Path) -> None:
    header = path.read_bytes()[:100]

    assert header.startswith(b"SQLite format 3\x00")
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION


def test_that_nothing_is_left_beside_a_closed_study(path: Path) -> None:
    assert list(path.parent.iterdir()) == [path]


def test_that_a_study_is_open_once_in_one_program(path: Path) -> None:
    with reopen(path) as study:
        with pytest.raises(AppError, match="open already"):
            reopen(path)
        study.record(ledger.IMPORTED, observations=frame(value("P-2", "weight", 80, visit="V2")))
    with reopen(path) as study:
        assert len(study.snapshot().observations) == 2


def test_that_a_study_open_in_another_program_is_refused_and_stays_whole(path: Path) -> None:
    child = (
        "import sys; from pathlib import Path; from mirocals_desktop.study.study import Study; "
        "study = Study.open(Path(sys.argv[1]), person='Cy', role='monitor'); "
        "print('open', flush=True); sys.stdin.readline(); study.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", child, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(AppError, match="open already"):
            reopen(path)
        process.communicate("\n")
    with reopen(path) as study:
        assert study.verify().whole


def test_that_calls_from_several_threads_wait_for_each_other(path: Path) -> None:
    with reopen(path) as study, ThreadPoolExecutor(max_workers=4) as pool:
        rows = [frame(value(f"T-{i}", "weight", 60 + i, visit="V2")) for i in range(12)]
        entries = list(pool.map(lambda own: study.record(ledger.IMPORTED, observations=own), rows))

        assert sorted(entries) == list(range(3, 15))
        assert study.verify().whole
        assert len(study.snapshot().observations) == 13
        assert threading.current_thread() is threading.main_thread()


def test_that_closing_twice_does_no_harm(path: Path) -> None:
    study = reopen(path)
    study.close()
    study.close()


# --- what is no study --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"patient;weight\nP-1;70\n", "is no study"),
        (b"PK\x03\x04" + bytes(4092), "is no study"),
        (b"\xd0\xcf\x11\xe0" + bytes(4092), "is no study"),
        (bytes(range(256)) * 3, "is no study"),
        (b"SQLite format 3\x00" + bytes(100), "is no study"),
        (b"SQLite format 3\x00", "is no study"),
    ],
)
def test_that_a_file_that_is_no_study_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    other = tmp_path / "other.mirocals"
    other.write_bytes(content)

    with pytest.raises(AppError, match=said):
        reopen(other)

    assert other.read_bytes() == content


def test_that_another_programs_database_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlcipher3.connect(str(other))
    connection.execute("CREATE TABLE t (x)")
    connection.close()

    with pytest.raises(AppError, match="is no study"):
        reopen(other)


def test_that_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="could not be opened"):
        reopen(tmp_path / "nowhere.mirocals")
    with pytest.raises(AppError, match="could not be opened"):
        reopen(tmp_path)
    assert not (tmp_path / "nowhere.mirocals").exists()


def test_that_a_study_in_a_folder_that_is_not_there_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="could not be made: there is no such file or folder"):
        create(tmp_path / "no" / "folder.mirocals")


def test_that_a_study_of_too_long_a_name_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="could not be made"):
        create(tmp_path / ("x" * 300 + ".mirocals"))
    with pytest.raises(AppError, match="could not be opened"):
        reopen(tmp_path / ("x" * 300 + ".mirocals"))


@pytest.mark.parametrize("place", [3, 16])  # within "SQLite format 3", and the size of a page
def test_that_a_study_with_a_damaged_beginning_is_called_damaged_and_not_something_else(
    path: Path, place: int
) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 7
    path.write_bytes(content)

    with pytest.raises(AppError, match="is damaged or cut short"):
        reopen(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(kept=st.floats(0, 0.999))
def test_that_a_file_cut_short_anywhere_is_refused_with_a_sentence(path: Path, kept: float) -> None:
    content = path.read_bytes()
    cut = path.with_name("cut.mirocals")
    cut.write_bytes(content[: int(len(content) * kept)])

    def verify() -> None:
        with reopen(cut) as study:
            if not study.verify().whole:
                raise AppError("not whole")

    with pytest.raises(AppError, match=r"cut\.mirocals|not whole"):
        verify()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_that_damage_anywhere_is_refused_or_found_by_verifying(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    used = data.draw(st.integers(100, len(content) - 9))
    content[used : used + 8] = bytes(255 - byte for byte in content[used : used + 8])
    damaged = path.with_name("damaged.mirocals")
    damaged.write_bytes(content)

    try:
        with reopen(damaged) as study:
            verification = study.verify()
            snapshot = study.snapshot()
    except AppError:
        return
    if verification.whole:  # the damage hit free space inside a page
        assert snapshot.observations["number"].tolist() == [70.5]


def test_that_a_study_without_its_first_entry_is_refused(tmp_path: Path) -> None:
    Store.create(tmp_path / "half.mirocals").close()

    with pytest.raises(AppError, match="has no beginning"):
        reopen(tmp_path / "half.mirocals")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_study_that_cannot_be_written_is_read_and_an_act_is_refused(path: Path) -> None:
    path.chmod(0o400)

    with reopen(path) as study:
        assert study.verify().whole
        with pytest.raises(AppError, match="cannot be written"):
            study.set_option("horizon_days", 100, reason="for the test")
        assert study.verify().whole


# --- versions ----------------------------------------------------------------------------------------------


def test_that_a_file_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlcipher3.connect(str(path))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(AppError, match="newer version"):
        reopen(path)

    assert path.read_bytes() == before


def test_that_an_older_file_is_brought_up_to_date_after_a_copy_is_made(path: Path) -> None:
    before = path.read_bytes()

    def add_table(connection: Connection) -> None:
        connection.execute("CREATE TABLE remark (id INTEGER PRIMARY KEY)")

    store = Store.open(path, migrations={SCHEMA_VERSION + 1: add_table}, version=SCHEMA_VERSION + 1)
    store.close()

    copy = path.with_name(f"trial.before-{SCHEMA_VERSION + 1}.mirocals")
    assert copy.stat().st_size == len(before)
    with reopen(copy) as study:
        assert study.verify().whole
    with pytest.raises(AppError, match="newer version"):
        reopen(path)


def test_that_a_failed_migration_leaves_the_file_as_it_was(path: Path) -> None:
    def fail(connection: Connection) -> None:
        connection.execute("CREATE TABLE remark (id INTEGER PRIMARY KEY)")
        raise AppError("the step failed")

    with pytest.raises(AppError, match="the step failed"):
        Store.open(path, migrations={SCHEMA_VERSION + 1: fail}, version=SCHEMA_VERSION + 1)

    with reopen(path) as study:
        assert study.verify().whole
    connection = sqlcipher3.connect(str(path))
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert tables == {"audit_entry", "observation"}


# --- encryption --------------------------------------------------------------------------------------------


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    """A study file under a passphrase, with a word in it that nobody may find."""
    path = tmp_path / "secret.mirocals"
    with create(path, passphrase=PASSPHRASE) as study:
        study.record(ledger.IMPORTED, observations=frame(value("CANARY-77", "weight", 70.5, visit="V2")))
    return path


def test_that_an_encrypted_study_opens_with_its_passphrase_only(encrypted: Path) -> None:
    with pytest.raises(PassphraseNeeded, match="protected by a passphrase"):
        reopen(encrypted)
    with pytest.raises(PassphraseNeeded, match="does not open"):
        reopen(encrypted, passphrase="wrong horse battery")
    with reopen(encrypted, passphrase=PASSPHRASE) as study:
        assert study.snapshot().patients.index.tolist() == ["CANARY-77"]
        assert study.verify().whole


@pytest.mark.parametrize("start", [b"<", b"{\n", b"PK"])
def test_that_an_encrypted_study_opens_whatever_its_random_first_bytes_are(
    start: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret.mirocals"
    with monkeypatch.context() as chance:
        chance.setattr(
            secrets, "token_bytes", lambda count: start + bytes(range(200, 200 + count - len(start)))
        )
        create(path, passphrase=PASSPHRASE).close()
    assert path.read_bytes().startswith(start)
    with reopen(path, passphrase=PASSPHRASE) as study:
        assert study.verify().whole


def test_that_an_encrypted_study_shows_nothing_of_itself(encrypted: Path) -> None:
    content = encrypted.read_bytes()

    assert b"SQLite" not in content
    assert b"CANARY" not in content
    assert b"audit_entry" not in content


def test_that_the_backup_of_an_encrypted_study_is_encrypted(encrypted: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mirocals"
    with reopen(encrypted, passphrase=PASSPHRASE) as study:
        study.backup(copy)

    assert b"CANARY" not in copy.read_bytes()
    with reopen(copy, passphrase=PASSPHRASE) as study:
        assert study.snapshot().patients.index.tolist() == ["CANARY-77"]


def test_that_a_copy_of_the_file_made_while_it_is_open_is_whole(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "taken.mirocals"
    with reopen(path) as study:
        study.record(ledger.IMPORTED, observations=frame(value("P-2", "weight", 80, visit="V2")))
        subprocess.run(["cp", str(path), str(copy)], check=True)  # from outside: ours would drop our locks
        study.record(ledger.IMPORTED, observations=frame(value("P-3", "weight", 90, visit="V2")))

    with reopen(copy) as study:
        assert study.verify().whole
        assert study.snapshot().patients.index.tolist() == ["P-1", "P-2"]


def test_that_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="too short"):
        create(tmp_path / "a.mirocals", passphrase="short")
    assert not (tmp_path / "a.mirocals").exists()


def test_that_an_encrypted_file_cut_short_is_refused(encrypted: Path) -> None:
    cut = encrypted.with_name("cut.mirocals")
    shutil.copy(encrypted, cut)
    os.truncate(cut, 4096 * 3)

    with pytest.raises(AppError), reopen(cut, passphrase=PASSPHRASE) as study:
        study.snapshot()


def test_that_errors_of_the_database_never_carry_values(path: Path) -> None:
    with reopen(path) as study:
        store: Store = study._store
        with pytest.raises(sqlcipher3.Error) as caught, store.transaction() as connection:
            connection.execute("INSERT INTO observation (id, patient) VALUES (1, ?)", ("CANARY-1",))

    assert "CANARY" not in str(caught.value)
    assert "CANARY" not in repr(caught.value)


def test_that_a_full_drive_is_told_and_loses_nothing(path: Path) -> None:
    with reopen(path) as study:
        store: Store = study._store
        with store.transaction() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        store._scalar(f"PRAGMA max_page_count = {pages}")
        rows = frame(*[value(f"P-{i}", "weight", i, visit="V1") for i in range(5_000)])
        with pytest.raises(AppError, match="drive is full"):
            study.record(ledger.IMPORTED, observations=rows)
        assert len(study.entries()) == 2
        store._scalar("PRAGMA max_page_count = 1073741823")
        study.record(ledger.IMPORTED, observations=rows)
        assert study.verify().whole


def test_that_a_study_can_be_made_on_any_writable_path(tmp_path: Path) -> None:
    path = tmp_path / "Étude n° 1 %20 #2 ? α.mirocals"
    if os.name == "nt":
        path = path.with_name("Étude n° 1 %20 #2 α.mirocals")
    with create(path):
        pass

    with Study.open(path, person="A", role="r") as study:
        assert study.title == "Test trial"


def test_that_cells_come_back_as_they_were_whatever_signs_they_hold(path: Path) -> None:
    odd = ["", " ", "\x00", "a\x00b", "\x1e", "a\x1eb\x1f", "\x1e" * 7, "\ud7ff\U0001f9ea", "é\n\t"]
    with reopen(path) as study:
        rows = [value(f"P-{i}", "weight", 1.0 + i, visit="V1", raw=text) for i, text in enumerate(odd)]
        study.record(ledger.IMPORTED, observations=frame(*rows))
        study.record(ledger.IMPORTED, observations=frame(value("P-1", "weight", 0.1 + 0.2, visit="V3")))
    with reopen(path) as study:
        seen = study.snapshot().observations
        assert seen.loc[seen["visit"] == "V1", "raw"].tolist() == odd
        assert seen.loc[seen["visit"] == "V1", "number"].tolist() == [1.0 + i for i in range(len(odd))]
        assert seen.loc[seen["visit"] == "V3", "number"].tolist() == [0.1 + 0.2]


def test_that_chunks_follow_the_ids_over_gaps(path: Path) -> None:
    connection = sqlcipher3.connect(str(path))
    row = connection.execute("SELECT * FROM observation").fetchone()
    far = (10**12, *row[1:])
    connection.execute(f"INSERT INTO observation VALUES ({', '.join('?' * len(row))})", far)
    connection.commit()
    connection.close()

    store = Store.open(path)
    chunks = list(store.read_chunks())
    store.close()
    assert [list(chunk["id"]) for chunk in chunks] == [[row[0]], [10**12]]
    assert [chunk["patient"] for chunk in chunks] == [["P-1"], ["P-1"]]
