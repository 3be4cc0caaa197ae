"""Studies with logs for tests: records written down as a test thinks of them, under the shipped protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from made_up_study import VisitRow, made_up_study, observations

from mirocals_desktop.resources import resource_path
from mirocals_desktop.study import observation
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.study.study import Study

Record = Mapping[str, float | str]


def log_rows(records: Sequence[tuple[str, Record]]) -> pd.DataFrame:
    """Observations of records of logs: each is a patient and its values; numbered per patient."""
    count: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for patient, values in records:
        count[patient] = count.get(patient, 0) + 1
        for variable, value in values.items():
            said = {"text": value} if isinstance(value, str) else {"number": float(value)}
            rows.append({"patient": patient, "record": count[patient], "variable": variable, **said})
    names = {name for row in rows for name in row}
    nothing = {"text": "", "number": float("nan")}
    frame = observation.frame({name: [row.get(name, nothing.get(name)) for row in rows] for name in names})
    frame["file"], frame["sheet"] = "logs.xlsx", "Log"
    frame["cell"] = [f"B{row + 2}" for row in range(len(frame))]
    return frame


@contextmanager
def log_study(
    patients: Mapping[str, Record],
    records: Sequence[tuple[str, Record]],
    *,
    visits: Sequence[VisitRow] = (),
    blinded: bool = False,
    folder: Path | None = None,
) -> Iterator[Study]:
    """An open study of the shipped protocol with these patients, visits and records of logs."""
    protocol = resource_path("protocols/mirocals.toml").read_text("utf-8")
    with made_up_study({}, protocol=protocol, blinded=blinded, folder=folder) as study:
        study.record(IMPORTED, observations=observations(patients, visits))
        for log in ("dose", "sample", "ae", "medication", "deviation"):
            own = [row for row in records if next(iter(row[1])).startswith(f"{log}_")]
            if own:
                study.record(IMPORTED, observations=log_rows(own))
        yield study
