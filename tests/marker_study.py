"""A small real study with biomarkers, ALSFRS-R, doses and adverse events, for pages that draw them.

001 is on the active arm and alive, 002 and 003 on placebo; 003 died on day 200. CSF pNFH of 002 at baseline
lies below the limit. Day 0 is 2024-01-01 for everybody, the first dose one day later.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from made_up_study import made_up_study, protocol_text

from mirocals_desktop.protocol import codes
from mirocals_desktop.study import observation
from mirocals_desktop.study.ledger import IMPORTED

PNFH = "csf_pnfh"
TREG = "treg_percent"
DAY_0 = date(2024, 1, 1)

MARKER_PROTOCOL = (
    protocol_text()
    + """
[[logs]]
code = "adverse_event"
label = { en = "Adverse events", fr = "Événements indésirables" }

[[variables]]
code = "csf_pnfh"
label = { en = "CSF pNFH", fr = "pNFH du LCR" }
kind = "number"
scope = "visit"
specimen = "CSF"
unit = "pg/mL"
assay = { low = 62.5, high = 10000 }
log_axis = true

[[variables]]
code = "ae_term"
label = { en = "Adverse event", fr = "Événement indésirable" }
kind = "text"
scope = "log"
log = "adverse_event"

[[variables]]
code = "ae_start_date"
label = { en = "Start", fr = "Début" }
kind = "date"
scope = "log"
log = "adverse_event"

[[variables]]
code = "ae_end_date"
label = { en = "End", fr = "Fin" }
kind = "date"
scope = "log"
log = "adverse_event"

[[variables]]
code = "ae_severity"
label = { en = "Severity", fr = "Intensité" }
kind = "choice"
scope = "log"
log = "adverse_event"
choices = [
  { code = "mild", label = { en = "Mild", fr = "Légère" } },
  { code = "severe", label = { en = "Severe", fr = "Sévère" } },
]

[[variables]]
code = "ae_serious"
label = { en = "Serious", fr = "Grave" }
kind = "choice"
scope = "log"
log = "adverse_event"
choices = [
  { code = "yes", label = { en = "Yes", fr = "Oui" } },
  { code = "no", label = { en = "No", fr = "Non" } },
]

[[classes]]
variable = "csf_pnfh"
visit = "BL"
cuts = [750, 3700]
labels = [{ en = "low", fr = "bas" }, { en = "middle", fr = "moyen" }, { en = "high", fr = "haut" }]
"""
)

PATIENTS = {
    "001": {"arm": "active", "last_contact_date": "2024-12-01"},
    "002": {"arm": "placebo", "last_contact_date": "2024-12-01"},
    "003": {"arm": "placebo", "death_date": "2024-07-19"},
}
VALUES = (  # patient, variable, visit, day, value
    ("001", PNFH, "BL", 0, "500"),
    ("001", PNFH, "M3", 92, "600"),
    ("002", PNFH, "BL", 0, "<62.5"),
    ("002", PNFH, "M3", 90, "900"),
    ("003", PNFH, "BL", 0, "5000"),
    ("001", TREG, "BL", 0, "6"),
    ("001", TREG, "M3", 92, "12"),
    ("002", TREG, "BL", 0, "7"),
    ("002", TREG, "M3", 90, "7.5"),
    ("003", TREG, "BL", 0, "8"),
    ("001", codes.SVC_PERCENT, "BL", 0, "90"),
    ("001", codes.SVC_PERCENT, "M3", 92, "85"),
)
ITEMS = (4, 4, 4, 3, 3, None, 3, 3, 3, 3, 4, 4, 4)  # 5b stands for 5a only after a gastrostomy


def marker_study(folder: Path, *, blinded: bool = False) -> Path:
    """Make the study in a folder; gives its file."""
    facts = {
        name: {
            "randomisation_date": str(DAY_0),
            "first_dose_date": str(DAY_0 + timedelta(days=1)),
            "site": "FR01" if name == "001" else "UK01",
            **more,
        }
        for name, more in PATIENTS.items()
    }
    doses = [("001", str(DAY_0 + timedelta(days=day))) for day in (1, 29)]
    with made_up_study(facts, doses=doses, protocol=MARKER_PROTOCOL, folder=folder, blinded=blinded) as study:
        study.record(
            IMPORTED,
            details={"files": [{"name": "lab.xlsx", "sha256": "1" * 64}]},
            observations=_observations(),
        )
        return study.path


def _observations() -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for patient, variable, visit, day, text in VALUES:
        sign = text[0] if text[0] in "<>" else ""
        rows.append(
            _row(
                patient, variable, visit, day, number=float(text.removeprefix(sign)), qualifier=sign, raw=text
            )
        )
    for day, visit in ((0, "BL"), (92, "M3")):
        for code, score in zip(codes.ALSFRS_R_ITEMS, ITEMS, strict=True):
            if score is not None:
                rows.append(_row("001", code, visit, day, number=float(score), raw=str(score)))
    for record, (term, start, end, severity) in enumerate(
        (("Fever", 3, 5, "mild"), ("Fall", 4, None, "severe")), start=1
    ):
        told = {
            "ae_term": term,
            "ae_start_date": str(DAY_0 + timedelta(days=start)),
            "ae_end_date": str(DAY_0 + timedelta(days=end)) if end is not None else "",
            "ae_severity": severity,
            "ae_serious": "yes" if severity == "severe" else "no",
        }
        rows += [
            {"patient": "001", "variable": code, "record": record, "text": text, "raw": text}
            for code, text in told.items()
            if text
        ]
    frame = pd.DataFrame(rows)
    columns: dict[str, object] = {}
    for name, kind in observation.COLUMNS.items():
        nothing: object = np.nan if kind == "float64" else 0 if kind == "int64" else ""
        columns[name] = frame[name].fillna(nothing) if name in frame else [nothing] * len(frame)
    columns["file"] = ["lab.xlsx"] * len(frame)
    columns["sheet"] = ["CSF"] * len(frame)
    columns["cell"] = [f"F{row + 2}" for row in range(len(frame))]
    return observation.frame(columns)


def _row(patient: str, variable: str, visit: str, day: int, **rest: object) -> dict[str, object]:
    when = str(DAY_0 + timedelta(days=day))
    return {"patient": patient, "variable": variable, "visit": visit, "date": when, **rest}
