"""What an import does to each patient and each cell, as frames to be listed: old and new value side by side.

Values that a blinded study seals, or would seal, show as "" on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import pandas as pd

from mirocals_desktop.importing.assemble import Fate
from mirocals_desktop.importing.batch import Ints
from mirocals_desktop.importing.covering import covered_cells
from mirocals_desktop.importing.grid import Booleans, cell_name
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import TablePlan
from mirocals_desktop.importing.review import Review, Status
from mirocals_desktop.study.snapshot import Snapshot

Difference = Literal["new", "changed", "same", "missing", "set_apart"]
DIFFERENCES: Final[tuple[Difference, ...]] = ("changed", "new", "same", "missing", "set_apart")

COLUMNS: Final = ("patient", "variable", "visit", "date", "before", "raw", "cell", "sheet", "file")
VALUE: Final = ("number", "text", "qualifier", "missing")
MOST: Final = 50_000
"""So many cells of one kind are listed; nobody reads more, and a million would take seconds."""

_STATUSES: Final = {
    "new": (Status.NEW,),
    "changed": (Status.CHANGED,),
    "same": (Status.SAME, Status.KEPT, Status.SEALED),
}


def list_patients(review: Review, snapshot: Snapshot) -> pd.DataFrame:
    """One row for each patient of files and study, most changed first: how many cells of each kind.

    Columns: patient, known (the study has the patient), present (a row of the files names the patient),
    changed, new, same, missing, set_apart.
    """
    names = review.batch.patients.array()
    counts = pd.DataFrame(index=pd.Index([], dtype=object))
    for kind, statuses in _STATUSES.items():
        found = np.bincount(review.batch.patient[np.isin(review.status, statuses)], minlength=len(names))
        counts = counts.join(pd.Series(found, index=names, name=kind)[lambda s: s > 0], how="outer")
    counts = counts.join(review.missing["patient"].value_counts().rename("missing"), how="outer")
    apart = Counter[str]()
    for table in _used(review):
        for text, cells in zip(
            _patients_of(review, table), _apart(review, table).sum(axis=1).tolist(), strict=True
        ):
            if cells:
                apart[text] += cells
    counts = counts.join(pd.Series(apart, name="set_apart", dtype=np.int64), how="outer").fillna(0)
    counts = counts.reindex(columns=list(DIFFERENCES), fill_value=0).astype(np.int64)
    concerned = counts.index[counts.sum(axis=1) > 0]
    everybody = concerned.union(snapshot.patients.index.astype(object), sort=False)
    counts = counts.reindex(everybody, fill_value=0)
    counts.insert(0, "known", everybody.isin(snapshot.patients.index))
    counts.insert(1, "present", everybody.isin(review.named | set(apart)))
    counts = counts.rename_axis("patient").reset_index()
    first = ["changed", "set_apart", "missing", "new"]
    return counts.sort_values(first, ascending=False, kind="stable").reset_index(drop=True)


def list_cells(review: Review, snapshot: Snapshot, kind: Difference, *, patient: str = "") -> pd.DataFrame:
    """The cells of one kind, of one patient or of all: columns of `COLUMNS`, at most `MOST` rows.

    `before` is the text as stored, `raw` the text in the file. `at` is the place in the review's batch of a
    changed value, -1 of any other. New, changed and same values have the columns `VALUE` as well: what is
    made of the text, as the study keeps it.
    """
    if kind == "missing":
        return _missing(review, patient)
    if kind == "set_apart":
        return _set_apart(review, snapshot, patient)
    wanted = np.isin(review.status, _STATUSES[kind])
    if patient:
        wanted &= review.batch.patient == review.batch.patients.get(patient, -1)
    at = np.flatnonzero(wanted)[:MOST]
    frame = review.batch.take(at).frame()[[*(name for name in COLUMNS if name != "before"), *VALUE]]
    frame["before"] = _before(review, snapshot, at)
    hidden = _hidden(review, snapshot, at)
    frame.loc[hidden, ["raw", "before", "text", "qualifier", "missing"]] = ""
    frame.loc[hidden, "number"] = np.nan
    frame["at"] = at
    return frame[[*COLUMNS, *VALUE, "at"]]


def count_with_reason(review: Review, reasons: Mapping[tuple[str, ...], str]) -> int:
    """How many changes have a reason of their own, by patient, variable, visit, file, sheet and cell."""
    changed = review.batch.take(review.status == Status.CHANGED).frame()
    names = ("patient", "variable", "visit", "file", "sheet", "cell")
    keys = zip(*(changed[name] for name in names), strict=True)
    return sum(bool(reasons.get(key, "").strip()) for key in keys)


def _before(review: Review, snapshot: Snapshot, at: Ints) -> list[str]:
    stored = snapshot.observations["raw"].to_numpy()
    return [str(stored[place]) if place >= 0 else "" for place in review.before[at].tolist()]


def _hidden(review: Review, snapshot: Snapshot, at: Ints) -> Booleans:
    if not (snapshot.blinded and not snapshot.unblinded):
        return np.zeros(len(at), dtype=bool)
    sealed = snapshot.observations["sealed"].to_numpy(dtype=bool)
    before = review.before[at]
    return np.asarray(
        review.sealed()[at] | ((before >= 0) & sealed[np.maximum(before, 0)] if len(sealed) else False)
    )


def _missing(review: Review, patient: str) -> pd.DataFrame:
    stored = review.missing
    if patient:
        stored = stored[stored["patient"] == patient]
    frame = stored.head(MOST)[["patient", "variable", "visit", "date", "cell", "sheet", "file"]].copy()
    frame["before"] = np.where(stored.head(MOST)["sealed"].to_numpy(dtype=bool), "", stored.head(MOST)["raw"])
    frame["raw"], frame["at"] = "", -1
    return frame[[*COLUMNS, "at"]].reset_index(drop=True)


def _set_apart(review: Review, snapshot: Snapshot, patient: str) -> pd.DataFrame:
    blinded = snapshot.blinded and not snapshot.unblinded
    rows: list[dict[str, object]] = []
    for table in _used(review):
        found = _apart(review, table)
        names = _patients_of(review, table)
        if patient:
            found[[name != patient for name in names]] = False
        covered = covered_cells(review.plan, table.file, table.table.sheet) if blinded else None
        at_rows, at_columns = (at[: MOST - len(rows)].tolist() for at in np.nonzero(found))
        for number, place in zip(at_rows, at_columns, strict=True):
            row, column = int(table.table.rows[number]), table.columns[place]
            at = column.place.column
            hidden = covered is not None and bool(covered[row, at])
            rows.append(
                {
                    "patient": names[number],
                    "variable": column.variable.code if column.variable is not None else "",
                    "raw": "" if hidden else table.table.sheet.text(row, at),
                    "cell": cell_name(row, at),
                    "sheet": table.sheet,
                    "file": table.file,
                }
            )
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "at"]).fillna("")
    frame["at"] = -1
    return frame


def _used(review: Review) -> list[TablePlan]:
    return [table for table in review.plan.tables if table.used]


def _apart(review: Review, table: TablePlan) -> Booleans:
    """Which filled cells of a table are set apart: its data rows by its columns."""
    places = np.array([column.place.column for column in table.columns], dtype=np.int64)
    within = np.ix_(table.table.rows, places)
    fates: Booleans = review.assembly.fates.of(table)[within] == Fate.APART
    return fates & table.table.sheet.filled()[within]


def _patients_of(review: Review, table: TablePlan) -> list[str]:
    """The patient of each data row, as the study writes it, or as the row does where the study has none."""
    ids = {normal_form(patient): patient for patient in review.batch.patients if patient}
    own = table.of_use("patient")
    if own is None:
        return [ids.get(normal_form(text), text) for text in table.told_patients()]
    places, texts = table.table.sheet.distinct_texts(own.place.column, table.table.rows)
    names = [ids.get(normal_form(text.strip()), text.strip()) for text in texts]
    return [names[place] for place in places.tolist()]
