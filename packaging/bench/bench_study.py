"""The study file at 1,000 patients and 250,000 observations: opening, snapshot, correction, verification."""

from __future__ import annotations

import functools
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from frame import Case

from mirocals_desktop.protocol.reader import load_protocol, protocol_text
from mirocals_desktop.study import ledger, observation
from mirocals_desktop.study.store import ROW
from mirocals_desktop.study.study import Study

PATIENTS = 1_000
OBSERVATIONS = 250_000
WRITTEN = 20_000
ENTRIES = 20_000


def cases(folder: Path) -> Iterator[Case]:
    """What a person waits for, beside the same rows without a program around them."""
    study = functools.cache(lambda: make_study(folder / "large.mirocals"))
    chain = functools.cache(lambda: make_chain(folder / "entries.mirocals"))
    rows = functools.cache(lambda: make_observations(WRITTEN))
    yield Case(
        "study: open 250,000 observations and their snapshot",
        lambda: open_and_look(study()),
        "sqlite3: read the same rows",
        lambda: read_plainly(study()),
        rounds=5,
        limit=2.5,
    )
    yield Case(
        "study: snapshot after a correction",
        lambda: look_after_correction(study()),
        "sqlite3: read the same rows",
        lambda: read_plainly(study()),
        rounds=5,
        limit=1.5,
    )
    yield Case(
        "study: verify 250,000 observations",
        lambda: verify(study()),
        "sqlite3, json, sha256: read and hash the same rows",
        lambda: hash_plainly(study()),
        rounds=3,
        limit=2.0,
    )
    yield Case(
        "study: verify 20,000 entries",
        lambda: verify(chain()),
        "sqlite3, json, sha256: read and hash the same rows",
        lambda: hash_plainly(chain()),
        rounds=5,
        limit=4.0,
        most_seconds=1.0,
    )
    yield Case(
        "study: record 20,000 observations",
        lambda: record(folder / "new.mirocals", rows()),
        "sqlite3: write the same rows",
        lambda: write_plainly(folder / "plain.db", rows()),
        rounds=5,
        limit=6.0,
    )


def make_study(path: Path) -> Path:
    """A study of the MIROCALS protocol: every patient, every visit, ten variables each."""
    with Study.create(
        path, protocol_text("mirocals"), title="Large", person="Bench", role="bench", synthetic=True
    ) as study:
        study.record(ledger.IMPORTED, observations=make_patients())
        study.record(ledger.IMPORTED, observations=make_observations(OBSERVATIONS))
    return path


def make_patients() -> pd.DataFrame:
    """Arm and date of randomisation of every patient."""
    number = np.arange(PATIENTS)
    days = (np.datetime64("2022-01-03") + number % 700).astype(str)
    patients = [f"P-{one:04d}" for one in number]
    return observation.frame(
        {
            "patient": patients * 2,
            "variable": ["randomisation_date"] * PATIENTS + ["arm"] * PATIENTS,
            "text": [*days, *np.where(number % 2, "il2", "placebo")],
            "raw": ["x"] * (2 * PATIENTS),
        }
    )


def make_observations(count: int) -> pd.DataFrame:
    """Measurements at planned visits, on their days."""
    protocol = load_protocol("mirocals")
    variables = [v.code for v in protocol.of_scope("visit") if v.kind == "number"][:10]
    number = np.arange(count)
    patient, visit = number % PATIENTS, (number // PATIENTS) % len(protocol.visits)
    variable = (number // (PATIENTS * len(protocol.visits))) % len(variables)
    day = np.array([v.day for v in protocol.visits], dtype=np.int64)[visit]
    values = np.round(20 + (number * 0.37) % 60, 2)
    return observation.frame(
        {
            "patient": np.char.mod("P-%04d", patient),
            "variable": np.array(variables)[variable],
            "visit": np.array([v.code for v in protocol.visits])[visit],
            "date": (np.datetime64("2022-01-03") + patient % 700 + day).astype(str),
            "number": values,
            "raw": np.char.mod("%.2f", values),
            "unit": np.full(count, "pg/mL"),
            "file": np.full(count, "laboratory_2026.xlsx"),
            "sheet": np.full(count, "Results"),
            "cell": np.char.mod("F%d", number + 2),
        }
    )


def make_chain(path: Path) -> Path:
    """A study of 20,000 entries with one observation each, written in one go."""
    rows = make_observations(ENTRIES)
    with Study.create(path, protocol_text("follow_up"), title="Chain", person="Bench", role="bench") as study:
        store = study._store
        previous = study.head
        with store.transaction() as connection:
            for number, row in enumerate(rows.itertuples(index=False), start=2):
                entry = ledger.write_entry(
                    number=number, person="Bench", role="bench", kind=ledger.ENTERED, reason="", details={},
                    observations=1, previous=previous,
                )  # fmt: skip
                values = dict(zip(observation.COLUMNS, row, strict=True))
                stored = tuple({"id": number - 1, "entry": number, "sealed": None, **values}[n] for n in ROW)
                previous = ledger.hash_entry(entry, [stored])
                connection.execute(
                    f"INSERT INTO audit_entry VALUES ({', '.join('?' * 11)})",  # noqa: S608
                    (
                        number, entry.at_utc, entry.person, entry.role, entry.version, entry.kind,
                        entry.reason, entry.details_text, 1, entry.previous, previous,
                    ),
                )  # fmt: skip
                connection.execute(
                    f"INSERT INTO observation VALUES ({', '.join('?' * len(ROW))})",  # noqa: S608
                    stored,
                )
    return path


def open_and_look(path: Path) -> None:
    """Open the study and build its snapshot."""
    with Study.open(path, person="Bench", role="bench") as study:
        assert len(study.snapshot().measurements) >= OBSERVATIONS


def look_after_correction(path: Path) -> float:
    """The seconds from a correction to the snapshot with it."""
    with Study.open(path, person="Bench", role="bench") as study:
        measured = int(study.snapshot().measurements["id"].iloc[0])
        started = time.perf_counter()
        study.correct(measured, number=50.0, raw="50", reason="bench")
        study.snapshot()
        return time.perf_counter() - started


def verify(path: Path) -> float:
    """The seconds that verifying the whole chain of an open study takes."""
    with Study.open(path, person="Bench", role="bench") as study:
        started = time.perf_counter()
        assert study.verify().whole
        return time.perf_counter() - started


def read_plainly(path: Path) -> None:
    """Every observation as a tuple."""
    connection = sqlite3.connect(path)
    connection.execute("SELECT * FROM observation").fetchall()
    connection.close()


def hash_plainly(path: Path) -> None:
    """Every row as JSON into one hash."""
    connection = sqlite3.connect(path)
    digest = hashlib.sha256()
    for row in connection.execute("SELECT * FROM observation"):
        digest.update(json.dumps(row).encode())
    connection.close()


def record(path: Path, rows: pd.DataFrame) -> float:
    """The seconds that recording takes, in a new study."""
    path.unlink(missing_ok=True)
    with Study.create(path, protocol_text("mirocals"), title="New", person="Bench", role="bench") as study:
        started = time.perf_counter()
        study.record(ledger.IMPORTED, observations=rows)
        return time.perf_counter() - started


def write_plainly(path: Path, rows: pd.DataFrame) -> float:
    """The seconds that sqlite3 takes for the same values, as safely."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute(f"CREATE TABLE observation ({', '.join(observation.COLUMNS)})")
    started = time.perf_counter()
    values = rows.to_numpy(dtype=object).tolist()
    connection.executemany(f"INSERT INTO observation VALUES ({', '.join('?' * len(rows.columns))})", values)  # noqa: S608
    connection.commit()
    seconds = time.perf_counter() - started
    connection.close()
    return seconds
