"""Small studies for tests: patients, visits and values written down as a test thinks of them.

    study = made_up({"001": {"randomisation_date": "2024-01-01"}}, visits=[("001", "M3", "2024-04-01", {})])

The study is a real one, recorded and read back. Its protocol has a baseline and a visit every 90 days to day
360 (14 days either side), a horizon of 300 days, two arms, and the data speak of 2025-01-01 unless a test
says otherwise.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirocals_desktop.protocol import codes
from mirocals_desktop.study import observation
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study

TODAY = date(2025, 1, 1)
Values = Mapping[str, float | str]
VisitRow = tuple[str, str, str, Values]

_DATES = (
    codes.CONSENT_DATE,
    codes.RILUZOLE_START_DATE,
    codes.RANDOMISATION_DATE,
    codes.FIRST_DOSE_DATE,
    codes.ONSET_DATE,
    codes.DIAGNOSIS_DATE,
    codes.COMPLETION_DATE,
    codes.WITHDRAWAL_DATE,
    codes.LAST_CONTACT_DATE,
    codes.DEATH_DATE,
    codes.GASTROSTOMY_DATE,
)
_VISITS = (
    ("BL", "Baseline", 0, ("alsfrs_r_total", "svc_percent", "treg_percent")),
    ("M3", "Month 3", 90, ("alsfrs_r_total", "svc_percent")),
    ("M6", "Month 6", 180, ("alsfrs_r_total", "treg_percent")),
    ("M9", "Month 9", 270, ("alsfrs_r_total",)),
    ("M12", "Month 12", 360, ("alsfrs_r_total", "svc_percent")),
)
_HEAD = """
[protocol]
code = "made_up"
title = { en = "Made-up trial", fr = "Essai inventé" }
origin = "randomisation_date"
horizon_days = 300
reference_arm = "placebo"

[[events]]
code = "death"
label = { en = "Death", fr = "Décès" }
variable = "death_date"

[[endpoints]]
code = "death"
label = { en = "Death", fr = "Décès" }
events = ["death"]

[[sites]]
code = "FR01"
label = { en = "Lyon", fr = "Lyon" }
country = "fr"

[[sites]]
code = "UK01"
label = { en = "Leeds", fr = "Leeds" }
country = "uk"

[[arms]]
code = "active"
label = { en = "Active", fr = "Actif" }

[[arms]]
code = "placebo"
label = { en = "Placebo", fr = "Placebo" }

[[logs]]
code = "dose"
label = { en = "Doses", fr = "Doses" }
"""


def protocol_text(
    visits: Sequence[tuple[str, str, int, Sequence[str]]] = _VISITS, *, window: int = 14
) -> str:
    """The made-up trial's protocol with these visits: code, label, target day, what is due."""
    tables = [_HEAD]
    for code, name, day, due in visits:
        asked = ", ".join(f'"{variable}"' for variable in due)
        tables.append(
            f'[[visits]]\ncode = "{code}"\nlabel = {{ en = "{name}", fr = "{name}" }}\nday = {day}\n'
            f"before = {window}\nafter = {window}\ndue = [{asked}]\n"
        )
    tables.append(_table("visits", code="UNS", label="Unscheduled"))
    tables.append(_variable("arm", "choice", "patient", seal="always"))
    tables.append(_variable("site", "text", "patient"))
    tables += [_variable(code, "date", "patient") for code in _DATES]
    tables.append(_variable("withdrawal_reason", "text", "patient"))
    tables.append(_variable("screening_outcome", "choice", "patient", choices=("eligible", "failed")))
    tables.append(_variable("vital_status", "choice", "patient", choices=("alive", "dead", "lost")))
    tables.append(_variable("visit_date", "date", "visit"))
    tables.append(_variable("visit_status", "choice", "visit", choices=("done", "remote", "missed")))
    tables.append(_variable("missed_reason", "text", "visit"))
    tables += [_variable(code, "integer", "visit") for code in (*codes.ALSFRS_R_ITEMS, codes.ALSFRS_R_TOTAL)]
    limits = 'impossible = { low = 0, high = 200 }\nsuspicious = { low = 20, high = 150 }\nunit = "%"'
    tables.append(_variable("svc_percent", "number", "visit", more=limits))
    tables.append(_variable("weight", "number", "visit", more='unit = "kg"'))
    limits = 'suspicious = { low = 1, high = 30 }\nunit = "%"\ndecimals = 1'
    tables.append(_variable("treg_percent", "number", "visit", seal="after_first_dose", more=limits))
    tables.append(_variable("dose_date", "date", "log", more='log = "dose"'))
    return "\n".join(tables)


def _table(kind: str, **fields: str) -> str:
    code, label = fields["code"], fields["label"]
    return f'[[{kind}]]\ncode = "{code}"\nlabel = {{ en = "{label}", fr = "{label}" }}\n'


def _variable(
    code: str, kind: str, scope: str, *, seal: str = "never", choices: Sequence[str] = (), more: str = ""
) -> str:
    listed = ", ".join(f'{{ code = "{c}", label = {{ en = "{c}", fr = "{c}" }} }}' for c in choices)
    return (
        _table("variables", code=code, label=code.replace("_", " "))
        + f'kind = "{kind}"\nscope = "{scope}"\nseal = "{seal}"\n'
        + (f"choices = [{listed}]\n" if choices else "")
        + more
        + "\n"
    )


@contextmanager
def made_up_study(
    patients: Mapping[str, Values],
    *,
    visits: Sequence[VisitRow] = (),
    doses: Sequence[tuple[str, str]] = (),
    repeats: Mapping[int, int] | None = None,
    data_cut: date | None = TODAY,
    horizon: int | None = 300,
    protocol: str = "",
    blinded: bool = False,
    folder: Path | None = None,
) -> Iterator[Study]:
    """An open study of these patients: their facts, visits (patient, visit, date, values) and doses.

    `repeats` gives the record number of the visits, by their place, that repeat another on a second day.
    """
    with tempfile.TemporaryDirectory() as place:
        path = (folder or Path(place)) / "made_up.mirocals"
        study = _begun(path, protocol or protocol_text(), blinded=blinded)
        with study:
            observed = observations(patients, visits, doses, repeats)
            if len(observed):
                study.record(
                    IMPORTED,
                    details={"files": [{"name": "made_up.xlsx", "sha256": "0" * 64}]},
                    observations=observed,
                )
            for name, value in (("data_cut", data_cut and str(data_cut)), ("horizon_days", horizon)):
                if value != (None if name == "data_cut" else 300):
                    study.set_option(name, value, reason="for the test")
            yield study


def _begun(path: Path, protocol: str, *, blinded: bool) -> Study:
    """A study without data; a blinded one has its key file beside it."""
    if not blinded:
        return _made(path, protocol, blinded=False)
    study, key = _blinded(protocol)
    path.write_bytes(study)
    path.with_suffix(".key").write_bytes(key)
    return Study.open(path, person="Ada Tester", role="data manager")


@cache  # protecting a key by a passphrase takes a third of a second on purpose: made once, then copied
def _blinded(protocol: str) -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made_up.mirocals"
        _made(path, protocol, blinded=True).close()
        return path.read_bytes(), path.with_suffix(".key").read_bytes()


def _made(path: Path, protocol: str, *, blinded: bool) -> Study:
    return Study.create(
        path,
        protocol,
        title="Made-up trial",
        person="Ada Tester",
        role="data manager",
        synthetic=True,
        blinded=blinded,
        key_file=path.with_suffix(".key") if blinded else None,
        key_passphrase="a passphrase for a test" if blinded else None,
    )


def made_up(patients: Mapping[str, Values], **rest: Any) -> Snapshot:
    """The snapshot of such a study."""
    with made_up_study(patients, **rest) as study:
        return study.snapshot()


def alter(path: Path) -> None:
    """Change one value of a study's file as no program that respects its guards could."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE observation SET raw = 'altered' WHERE id = 4")
        for _name, sql in guards:
            connection.execute(sql)
        connection.commit()


def observations(
    patients: Mapping[str, Values],
    visits: Sequence[VisitRow] = (),
    doses: Sequence[tuple[str, str]] = (),
    repeats: Mapping[int, int] | None = None,
) -> pd.DataFrame:
    """Observations of patients, visits and doses, as an import makes them."""
    rows: list[dict[str, object]] = []
    for patient, facts in patients.items():
        facts = facts or {codes.SITE: "FR01"}  # somebody of whom nothing is known is not in a study
        rows.extend({"patient": patient, "variable": code, **_value(value)} for code, value in facts.items())
    for number, (patient, visit, when, values) in enumerate(visits):
        record = (repeats or {}).get(number, 0)
        place: dict[str, object] = {"patient": patient, "visit": visit, "date": when, "record": record}
        if when:
            rows.append({**place, "variable": codes.VISIT_DATE, "text": when})
        rows.extend({**place, "variable": code, **_value(value)} for code, value in values.items())
    for number, (patient, when) in enumerate(doses, start=1):
        rows.append({"patient": patient, "variable": "dose_date", "record": number, "text": when})
    columns: dict[str, object] = {}
    for name in {name for row in rows for name in row}:
        kind = observation.COLUMNS[name]
        nothing: object = np.nan if kind == "float64" else 0 if kind == "int64" else ""
        columns[name] = [row.get(name, nothing) for row in rows]
    frame = observation.frame(columns) if rows else observation.empty()
    frame["raw"] = [
        text or f"{number:g}" for text, number in zip(frame["text"], frame["number"], strict=True)
    ]
    frame["file"], frame["sheet"] = "made_up.xlsx", "Sheet1"
    frame["cell"] = [f"B{row + 2}" for row in range(len(frame))]
    return frame


def _value(value: float | str) -> dict[str, object]:
    return {"text": value} if isinstance(value, str) else {"number": float(value)}
