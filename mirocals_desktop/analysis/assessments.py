"""The ALSFRS-R assessments of a study: its items gathered per visit, scored, staged and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from mirocals_desktop.analysis.alsfrs import (
    DOMAINS,
    MAXIMUM,
    Floats,
    derive_kings,
    derive_mitos,
    derive_progression,
    derive_scores,
)
from mirocals_desktop.analysis.calendar_days import read_days, read_first_days
from mirocals_desktop.analysis.findings import Finding, Severity
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.snapshot import Snapshot

QUERIED_RISE: Final = 4
"""A total that rises by this much or more from one assessment to the next is looked at."""

_COLUMNS: Final = (*codes.ALSFRS_R_ITEMS, codes.ALSFRS_R_TOTAL)
_FIVE_A: Final = codes.ALSFRS_R_ITEMS.index("alsfrs_r_5a")
_FIVE_B: Final = codes.ALSFRS_R_ITEMS.index("alsfrs_r_5b")
_TOTAL: Final = len(codes.ALSFRS_R_ITEMS)


@dataclass(frozen=True)
class Assessments:
    """Every ALSFRS-R assessment of a study, in the order of patients and days.

    `rows` has one row each: patient, visit, date, day, day_planned, total, total_from ("items", "stated",
    ""), stated (the total that the file gave), bulbar, fine_motor, gross_motor, respiratory, missing_items,
    contradictory, kings, mitos, progression, progression_low, progression_high (points per month),
    months_since_onset, onset_refused. `items` are its items and `ids` the observations they stand in (0 for
    none): one column per code of `codes.ALSFRS_R_ITEMS`, and in `ids` a last one for the stated total.
    """

    rows: pd.DataFrame
    items: Floats
    ids: npt.NDArray[np.int64]


def derive_assessments(snapshot: Snapshot) -> Assessments:
    """Score every assessment of the study.

    The sum of twelve items is the total; a total that the file states counts where it gives no item at all.
    An assessment with some items and not all has no total.
    """
    rows, values, ids = _gather(snapshot)
    items, stated = values[:, :_TOTAL], values[:, _TOTAL]
    scores = derive_scores(items)
    total = np.where(
        np.isnan(items).all(axis=1), np.where(_can_be_total(stated), stated, np.nan), scores.total
    )
    at = read_days(rows["date"])
    gastrostomy = read_first_days(_of_patients(snapshot, rows, codes.GASTROSTOMY_DATE)) <= at
    progression = derive_progression(total, _of_patients(snapshot, rows, codes.ONSET_DATE), at)
    derived = {
        "total": total,
        "total_from": np.where(np.isnan(total), "", np.where(np.isnan(scores.total), "stated", "items")),
        "stated": stated,
        **{domain: getattr(scores, domain) for domain in DOMAINS},
        "missing_items": scores.missing_items,
        "contradictory": scores.contradictory,
        "kings": derive_kings(items, gastrostomy=gastrostomy),
        "mitos": derive_mitos(items),
        "progression": progression.rate,
        "progression_low": progression.low,
        "progression_high": progression.high,
        "months_since_onset": progression.months,
        "onset_refused": progression.refused,
    }
    rows = rows.assign(**derived)
    place = {patient: number for number, patient in enumerate(snapshot.patients.index)}
    places = rows["patient"].map(place).to_numpy(dtype=np.float64)
    order = np.lexsort((rows["day"].to_numpy(dtype=np.float64), places))
    return Assessments(rows=rows.iloc[order].reset_index(drop=True), items=items[order], ids=ids[order])


def check_assessments(snapshot: Snapshot, assessments: Assessments) -> list[Finding]:
    """Check what cannot be true or looks wrong: items, both forms of item 5, totals, rises, onset dates."""
    rows, items, ids = assessments.rows, assessments.items, assessments.ids
    sums = derive_scores(items).total
    stated = rows["stated"].to_numpy(dtype=np.float64)
    given = ~np.isnan(items)
    partly = given.any(axis=1) & (rows["missing_items"].to_numpy() > 0) & ~rows["contradictory"].to_numpy()
    findings: list[Finding] = []

    def add(row: int, severity: Severity, code: str, message: str, *columns: int) -> None:
        at = rows.iloc[row]
        findings.append(
            Finding(
                severity=severity,
                code=code,
                patient=str(at["patient"]),
                message=message,
                visit=str(at["visit"]),
                variable=_COLUMNS[columns[0]],
                observations=tuple(int(ids[row, column]) for column in columns if ids[row, column]),
            )
        )

    names = _Names(snapshot, rows)
    invalid = given & ~np.isin(items, (0.0, 1.0, 2.0, 3.0, 4.0))
    for row, column in np.argwhere(invalid).tolist():
        message = _("{where}: ALSFRS-R item {item} is {value}; an item is 0, 1, 2, 3 or 4.").format(
            where=names.place(row), item=_item_name(column), value=_number(items[row, column])
        )
        add(row, "error", "alsfrs-item", message, column)
    for row in np.flatnonzero(given[:, _FIVE_A] & given[:, _FIVE_B]).tolist():
        message = _(
            "{where}: items 5a (without gastrostomy) and 5b (with gastrostomy) are both scored; "
            "exactly one applies."
        ).format(where=names.place(row))
        add(row, "error", "alsfrs-both-5", message, _FIVE_A, _FIVE_B)
    for row in np.flatnonzero(partly).tolist():
        message = _("{where}: {count} of 12 ALSFRS-R items missing, so there is no total.").format(
            where=names.place(row), count=int(rows["missing_items"].iloc[row])
        )
        first = int(np.flatnonzero(given[row])[0])
        add(row, "warning", "alsfrs-missing-items", message, first)
    for row in np.flatnonzero(~np.isnan(stated) & ~_can_be_total(stated)).tolist():
        message = _("{where}: the ALSFRS-R total is {value}; a total is a whole number from 0 to 48.").format(
            where=names.place(row), value=_number(stated[row])
        )
        add(row, "error", "alsfrs-total-range", message, _TOTAL)
    for row in np.flatnonzero(_can_be_total(stated) & ~np.isnan(sums) & (stated != sums)).tolist():
        message = _("{where}: the stated ALSFRS-R total is {stated}, its items add up to {sum}.").format(
            where=names.place(row), stated=_number(stated[row]), sum=_number(sums[row])
        )
        add(row, "error", "alsfrs-total", message, _TOTAL, *range(_TOTAL))
    for row in np.flatnonzero(rows["onset_refused"].to_numpy()).tolist():
        message = _("{where}: symptom onset is dated after this assessment.").format(where=names.place(row))
        add(row, "error", "alsfrs-onset", message, *np.flatnonzero(ids[row]).tolist()[-1:])
    findings.extend(_check_rises(assessments, names))
    return findings


def _check_rises(assessments: Assessments, names: _Names) -> list[Finding]:
    rows = assessments.rows
    known = np.flatnonzero(rows["total"].notna() & rows["day"].notna())
    total = rows["total"].to_numpy(dtype=np.float64)[known]
    patient = rows["patient"].to_numpy(dtype=object)[known]
    rise = (patient[1:] == patient[:-1]) & (np.diff(total) >= QUERIED_RISE)
    findings = []
    for step in np.flatnonzero(rise):
        before, row = known[step], known[step + 1]
        ids = [int(number) for number in assessments.ids[row][::-1] if number]
        message = _("{where}: the ALSFRS-R total rose from {before} to {total} since {last}.").format(
            where=names.place(row),
            before=_number(total[step]),
            total=_number(total[step + 1]),
            last=names.visit(before),
        )
        findings.append(
            Finding(
                severity="warning",
                code="alsfrs-rise",
                patient=str(patient[step]),
                message=message,
                visit=str(rows["visit"].iloc[row]),
                variable=codes.ALSFRS_R_TOTAL,
                observations=tuple(ids),
            )
        )
    return findings


def _gather(snapshot: Snapshot) -> tuple[pd.DataFrame, Floats, npt.NDArray[np.int64]]:
    """One row per assessment, with the values and ids of `_COLUMNS`."""
    measured = snapshot.measurements
    measured = measured[measured["variable"].isin(_COLUMNS) & ~measured["sealed"]]
    measured = measured.sort_values(["record", "id"], kind="stable")
    # A visit's items belong together whatever their dates; without a visit, those of one date do.
    loose_date = measured["date"].where(measured["visit"] == "", "").rename("loose")
    groups = measured.groupby(["patient", "visit", loose_date], sort=False).ngroup()
    row_of = groups.to_numpy(dtype=np.int64)
    column_of = measured["variable"].map({code: column for column, code in enumerate(_COLUMNS)})
    column = column_of.to_numpy(dtype=np.int64)
    count = int(row_of.max()) + 1 if len(row_of) else 0
    values = np.full((count, len(_COLUMNS)), np.nan)
    ids = np.zeros((count, len(_COLUMNS)), dtype=np.int64)
    # Backwards, so that the first record of a repeated item is written last and stays.
    values[row_of[::-1], column[::-1]] = measured["number"].to_numpy(dtype=np.float64)[::-1]
    ids[row_of[::-1], column[::-1]] = measured["id"].to_numpy(dtype=np.int64)[::-1]

    rows = measured[["patient", "visit", "date", "day", "day_planned"]].assign(
        row=row_of, undated=measured["date"] == ""
    )
    rows = rows.sort_values(["row", "undated"], kind="stable").drop_duplicates("row")
    rows = rows.drop(columns=["row", "undated"]).reset_index(drop=True)
    return _with_visit_dates(snapshot, rows), values, ids


def _with_visit_dates(snapshot: Snapshot, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the date and day of their visit where the items themselves have none."""
    visits = snapshot.visits[(snapshot.visits["visit"] != "") & (snapshot.visits["date"] != "")]
    known = visits.drop_duplicates(["patient", "visit"]).set_index(["patient", "visit"])[["date", "day"]]
    places = pd.MultiIndex.from_arrays([rows["patient"], rows["visit"]])
    found = known.reindex(places)
    lacking = (rows["date"] == "").to_numpy() & found["date"].notna().to_numpy()
    return rows.assign(
        date=np.where(lacking, found["date"].to_numpy(dtype=object), rows["date"].to_numpy(dtype=object)),
        day=np.where(
            lacking, found["day"].to_numpy(dtype=np.float64), rows["day"].to_numpy(dtype=np.float64)
        ),
        day_planned=rows["day_planned"].to_numpy(dtype=bool) & ~lacking,
    )


def _of_patients(snapshot: Snapshot, rows: pd.DataFrame, variable: str) -> list[str]:
    """The patient variable's text for each row; "" where the study has none."""
    if variable not in snapshot.patients.columns:
        return [""] * len(rows)
    return [str(text) for text in rows["patient"].map(snapshot.patients[variable]).fillna("")]


def _can_be_total(stated: Floats) -> npt.NDArray[np.bool_]:
    can_be: npt.NDArray[np.bool_] = (stated >= 0) & (stated <= MAXIMUM) & (np.round(stated) == stated)
    return can_be


class _Names:
    """What assessments are called in a sentence, by their row."""

    def __init__(self, snapshot: Snapshot, rows: pd.DataFrame) -> None:
        self._labels = {visit.code: str(visit.label) for visit in snapshot.protocol.visits}
        self._patients = rows["patient"].to_numpy(dtype=object)
        self._visits = rows["visit"].to_numpy(dtype=object)
        self._dates = rows["date"].to_numpy(dtype=object)

    def visit(self, row: int) -> str:
        """The visit, or the date of an assessment without one."""
        visit = self._visits[row]
        return str(self._labels.get(visit, visit) or self._dates[row] or _("undated visit"))

    def place(self, row: int) -> str:
        """Patient and visit."""
        return _("Patient {patient}, {visit}").format(patient=self._patients[row], visit=self.visit(row))


def _item_name(column: int) -> str:
    return codes.ALSFRS_R_ITEMS[column].removeprefix("alsfrs_r_")


def _number(value: float) -> str:
    return f"{value:g}"
