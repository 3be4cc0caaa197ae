"""Small studies for tests: patients, visits and values written down as a test thinks of them.

    study = made_up({"001": {"randomisation_date": "2024-01-01"}}, visits=[("001", "M3", "2024-04-01", {})])

The protocol has a baseline and a visit every 90 days to day 360 (14 days either side), a horizon of 300 days,
two arms, and the data speak of 2025-01-01 unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import (
    Arm,
    Choice,
    Endpoint,
    Event,
    Label,
    Limits,
    Log,
    Protocol,
    Site,
    Variable,
    Visit,
)
from mirocals_desktop.study import observation
from mirocals_desktop.study.snapshot import Options, Snapshot

TODAY = date(2025, 1, 1)
Values = Mapping[str, float | str]
VisitRow = tuple[str, str, str, Values]


def label(text: str) -> Label:
    return Label(text, text)


def date_variable(code: str) -> Variable:
    return Variable(code, label(code.replace("_", " ")), "date", "patient")


ITEMS = tuple(
    Variable(code, label(code), "integer", "visit", group="alsfrs_r", impossible=Limits(0, 4))
    for code in codes.ALSFRS_R_ITEMS
)
PROTOCOL = Protocol(
    code="made_up",
    title=label("Made-up trial"),
    registry="",
    notes=(),
    origin=codes.RANDOMISATION_DATE,
    horizon_days=300,
    arms=(Arm("active", label("Active")), Arm("placebo", label("Placebo"))),
    reference_arm="placebo",
    sites=(Site("FR01", label("Lyon"), "FR"), Site("UK01", label("Leeds"), "GB")),
    strata=(),
    events=(Event("death", label("Death"), codes.DEATH_DATE),),
    endpoints=(Endpoint("death", label("Death"), ("death",)),),
    classes=(),
    visits=(
        Visit(
            "BL", label("Baseline"), 0, 14, 14, (codes.ALSFRS_R_TOTAL, codes.SVC_PERCENT, codes.TREG_PERCENT)
        ),
        Visit("M3", label("Month 3"), 90, 14, 14, (codes.ALSFRS_R_TOTAL, codes.SVC_PERCENT)),
        Visit("M6", label("Month 6"), 180, 14, 14, (codes.ALSFRS_R_TOTAL, codes.TREG_PERCENT)),
        Visit("M9", label("Month 9"), 270, 14, 14, (codes.ALSFRS_R_TOTAL,)),
        Visit("M12", label("Month 12"), 360, 14, 14, (codes.ALSFRS_R_TOTAL, codes.SVC_PERCENT)),
        Visit("UNS", label("Unscheduled"), None),
    ),
    logs=(Log(codes.LOG_DOSE, label("Doses")),),
    variables=(
        Variable(
            codes.SITE,
            label("Site"),
            "choice",
            "patient",
            choices=(Choice("FR01", label("Lyon")), Choice("UK01", label("Leeds"))),
        ),
        Variable(
            codes.ARM,
            label("Arm"),
            "choice",
            "patient",
            seal="always",
            choices=(Choice("active", label("Active")), Choice("placebo", label("Placebo"))),
        ),
        *(
            date_variable(code)
            for code in (
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
        ),
        Variable(codes.WITHDRAWAL_REASON, label("Withdrawal reason"), "text", "patient"),
        Variable(codes.SCREENING_OUTCOME, label("Screening outcome"), "choice", "patient"),
        Variable(
            codes.VITAL_STATUS,
            label("Vital status"),
            "choice",
            "patient",
            choices=(Choice(codes.ALIVE, label("Alive")), Choice(codes.DEAD, label("Dead"))),
        ),
        Variable(codes.VISIT_DATE, label("Visit date"), "date", "visit", group="visit"),
        Variable(codes.VISIT_STATUS, label("Visit status"), "choice", "visit", group="visit"),
        Variable(codes.MISSED_REASON, label("Reason missed"), "text", "visit", group="visit"),
        *ITEMS,
        Variable(codes.ALSFRS_R_TOTAL, label("ALSFRS-R total"), "integer", "visit", group="alsfrs_r"),
        Variable(
            codes.SVC_PERCENT,
            label("SVC"),
            "number",
            "visit",
            unit="%",
            decimals=0,
            impossible=Limits(0, 200),
            suspicious=Limits(20, 150),
        ),
        Variable(
            codes.TREG_PERCENT,
            label("Treg"),
            "number",
            "visit",
            unit="%",
            decimals=1,
            seal="after_first_dose",
            suspicious=Limits(1, 30),
        ),
    ),
)


def made_up(
    patients: Mapping[str, Values],
    *,
    visits: Sequence[VisitRow] = (),
    doses: Sequence[tuple[str, str]] = (),
    data_cut: date | None = TODAY,
    horizon: int | None = 300,
    protocol: Protocol = PROTOCOL,
    blinded: bool = False,
) -> Snapshot:
    """A study of these patients, with their facts, their visits (patient, visit, date, values) and doses."""
    rows: list[dict[str, object]] = []
    for patient, facts in patients.items():
        rows.extend({"patient": patient, "variable": code, **_value(value)} for code, value in facts.items())
    for patient, visit, when, values in visits:
        place = {"patient": patient, "visit": visit, "date": when}
        if when:
            rows.append({**place, "variable": codes.VISIT_DATE, "text": when})
        rows.extend({**place, "variable": code, **_value(value)} for code, value in values.items())
    for number, (patient, when) in enumerate(doses, start=1):
        rows.append({"patient": patient, "variable": "dose_date", "record": number, "text": when})
    return _snapshot(rows, tuple(patients), data_cut, horizon, protocol, blinded=blinded)


def _value(value: float | str) -> dict[str, object]:
    return {"text": value} if isinstance(value, str) else {"number": float(value)}


def _snapshot(
    rows: list[dict[str, object]],
    patients: tuple[str, ...],
    data_cut: date | None,
    horizon: int | None,
    protocol: Protocol,
    *,
    blinded: bool,
) -> Snapshot:
    told = _frame(rows)
    told.insert(0, "id", np.arange(1, len(told) + 1))
    told["entry"], told["sealed"] = 1, False
    facts = told[(told["visit"] == "") & (told["date"] == "") & (told["record"] == 0)]
    index = pd.Index(patients, name="patient", dtype=object)
    table = pd.DataFrame(index=index)
    for code in facts["variable"].unique():
        of = facts[facts["variable"] == code].set_index("patient")["text"]
        table[code] = of.reindex(index).fillna("")
    origin = (
        pd.to_datetime(
            table[protocol.origin].where(table[protocol.origin].str.len() == 10), format="%Y-%m-%d"
        )
        if protocol.origin in table
        else pd.Series(pd.NaT, index=index, dtype="datetime64[ns]")
    )

    def day(patient: pd.Series, when: pd.Series) -> np.ndarray:
        dates = pd.to_datetime(when.where(when.str.len() == 10, None), format="%Y-%m-%d")
        return (dates.to_numpy() - patient.map(origin).to_numpy()) / np.timedelta64(1, "D")

    target = {visit.code: np.nan if visit.day is None else float(visit.day) for visit in protocol.visits}
    at = told[(told["visit"] != "") | (told["date"] != "")]
    visits = (
        at.groupby(["patient", "visit"], sort=False).agg(date=("date", "max"), n=("id", "size")).reset_index()
    )
    visits["day"] = day(visits["patient"], visits["date"])
    visits["target_day"] = visits["visit"].map(target)
    visits["label"], visits["assigned"] = visits["visit"], "file"
    measured = at[at["number"].notna()].copy()
    measured["day"] = day(measured["patient"], measured["date"])
    measured["day_planned"] = measured["date"] == ""
    measured["day"] = measured["day"].where(~measured["day_planned"], measured["visit"].map(target))
    death = facts[facts["variable"] == codes.DEATH_DATE]
    events = pd.DataFrame({"patient": death["patient"], "event": "death", "date": death["text"]})
    events["day"] = day(events["patient"], events["date"])
    doses = told[told["variable"] == "dose_date"]
    return Snapshot(
        study_id="made-up",
        title="Made-up trial",
        path=None,
        protocol=protocol,
        options=Options(protocol.origin, horizon, "death", data_cut),
        entry=1,
        head="",
        synthetic=True,
        blinded=blinded,
        unblinded=False,
        observations=told,
        patients=table,
        visits=visits,
        measurements=measured,
        events=events,
        logs={codes.LOG_DOSE: pd.DataFrame({"patient": doses["patient"], "dose_date": doses["text"]})},
        entries=pd.DataFrame(),
    )


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    if not rows:
        return observation.empty()
    columns: dict[str, object] = {}
    for name in {name for row in rows for name in row}:
        kind = observation.COLUMNS[name]
        nothing: object = np.nan if kind == "float64" else 0 if kind == "int64" else ""
        columns[name] = [row.get(name, nothing) for row in rows]
    return observation.frame(columns)
