"""Observations and studies as these tests write them down."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study import observation
from mirocals_desktop.study.study import Study

PASSPHRASE = "a long passphrase"


def value(patient: str, variable: str, said: float | str | None = None, /, **rest: Any) -> dict[str, Any]:
    """One observation: a number or a text, its raw text the same unless it is given."""
    row: dict[str, Any] = {"patient": patient, "variable": variable, **rest}
    if isinstance(said, str):
        row["text"] = said
    elif said is not None:
        row["number"] = float(said)
    if said is not None:
        row.setdefault("raw", str(said))
    return row


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """The observations as an import hands them over, with a cell for each."""
    if not rows:
        return observation.empty()
    columns: dict[str, list[Any]] = {}
    for name, kind in observation.COLUMNS.items():
        nothing: Any = np.nan if kind == "float64" else 0 if kind == "int64" else ""
        columns[name] = [row.get(name, nothing) for row in rows]
    columns["file"] = [row.get("file", "book.xlsx") for row in rows]
    columns["sheet"] = [row.get("sheet", "Sheet1") for row in rows]
    columns["cell"] = [row.get("cell", f"B{position + 2}") for position, row in enumerate(rows)]
    return observation.frame(dict(columns))


def create(path: Path, *, protocol: str = "mirocals", **rest: Any) -> Study:
    """A new study of a shipped protocol."""
    return Study.create(
        path, protocol_text(protocol), title="Test trial", person="Ada Tester", role="data manager", **rest
    )


def create_blinded(folder: Path, *, protocol: str = "mirocals") -> Study:
    """A new blinded study in a folder, its key file beside it; every one has the same id and key."""
    path = folder / "blinded.mirocals"
    study, key = _blinded(protocol)
    path.write_bytes(study)
    (folder / "study.key").write_bytes(key)
    return Study.open(path, person="Ada Tester", role="data manager")


@cache  # protecting a key by a passphrase takes a third of a second on purpose
def _blinded(protocol: str) -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path, key = Path(folder) / "blinded.mirocals", Path(folder) / "study.key"
        create(path, protocol=protocol, blinded=True, key_file=key, key_passphrase=PASSPHRASE).close()
        return path.read_bytes(), key.read_bytes()


def reopen(path: Path, **rest: Any) -> Study:
    """The study in a file, opened by another person."""
    return Study.open(path, person="Bo Reader", role="auditor", **rest)
