"""The logs of the synthetic trial: adverse events, doses, concomitant medication, samples, deviations.

Each function gives rows in the order of patients and days; a row is a dictionary by the heading that the
spreadsheet gives it. Days are calendar days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sample_course import CYCLE_DAYS, CYCLES, DOSES_A_CYCLE, Patient
from sample_trial import DATA_CUT, SEED, Population

from mirocals_desktop.protocol import codes

Row = dict[str, object]

# Term, episodes a year on IL-2 and on placebo, usual severity (1 mild to 3 severe), days it lasts, causality.
ADVERSE_EVENTS = (
    ("Injection site reaction", 3.0, 0.5, 1.2, 4, "related"),
    ("Injection site erythema", 1.1, 0.15, 1.1, 3, "related"),
    ("Influenza-like illness", 1.0, 0.3, 1.4, 3, "probable"),
    ("Pyrexia", 0.45, 0.2, 1.3, 2, "possible"),
    ("Fatigue", 0.35, 0.3, 1.4, 20, "possible"),
    ("Headache", 0.3, 0.28, 1.3, 2, "unlikely"),
    ("Fall", 0.4, 0.42, 1.5, 2, "not related"),
    ("Constipation", 0.25, 0.25, 1.2, 25, "not related"),
    ("Urinary tract infection", 0.12, 0.12, 1.6, 8, "not related"),
    ("Upper respiratory tract infection", 0.3, 0.28, 1.3, 9, "not related"),
    ("Post-lumbar puncture headache", 0.18, 0.18, 1.6, 4, "not related"),
    ("Pneumonia", 0.05, 0.06, 2.8, 14, "not related"),
    ("Depressed mood", 0.12, 0.14, 1.5, 60, "not related"),
    ("Dyspnoea", 0.1, 0.13, 2.0, 30, "not related"),
    ("Transaminases increased", 0.12, 0.12, 1.3, 30, "possible"),
    ("Eosinophilia", 0.16, 0.03, 1.1, 20, "related"),
)
SEVERITY = ("mild", "moderate", "severe")
# Name, dose, indication, part of the patients who take it.
MEDICATIONS = (
    ("Riluzole", "50 mg b.i.d.", "ALS", 1.0),
    ("Paracetamol", "1 g if needed", "Pain or fever", 0.45),
    ("Baclofen", "10 mg t.i.d.", "Spasticity", 0.25),
    ("Quinine", "300 mg o.d.", "Cramps", 0.12),
    ("Amitriptyline", "25 mg o.d.", "Sialorrhoea", 0.18),
    ("Sertraline", "50 mg o.d.", "Depressed mood", 0.15),
    ("Ramipril", "5 mg o.d.", "Hypertension", 0.22),
    ("Atorvastatin", "20 mg o.d.", "Hypercholesterolaemia", 0.2),
    ("Levothyroxine", "75 µg o.d.", "Hypothyroidism", 0.06),
    ("Enoxaparin", "4000 IU o.d.", "Thrombosis prevention", 0.05),
    ("Macrogol", "1 sachet o.d.", "Constipation", 0.2),
)
DEVIATIONS = (
    ("Visit outside its window", "minor", "Site reminded of the window"),
    ("SVC not measured", "minor", "Measured at the next visit"),
    ("Blood sample taken after the dose", "minor", "Recorded in the sample log"),
    ("Injection given at home without training record", "minor", "Training repeated"),
    ("Consent form of an earlier version signed", "major", "Signed again at the next visit"),
    ("Dose given outside the temperature range", "major", "Kit set apart, sponsor told"),
)


def make_adverse_events(population: Population, course: Sequence[Patient]) -> list[Row]:
    """Adverse events; injection-site reactions and influenza-like illness are more frequent on IL-2."""
    rows: list[Row] = []
    for patient in course:
        rng = _stream("adverse events", patient)
        end = _last_day(population, patient)
        reports = _stream("reports", patient)
        found: list[tuple[int, Row]] = []
        for term, on_il2, on_placebo, level, length, causality in ADVERSE_EVENTS:
            rate = on_il2 if population.active[patient.number] else on_placebo
            for _episode in range(int(rng.poisson(rate * end / 365.25))):
                start = int(rng.integers(1, max(end, 2)))
                severity = int(np.clip(round(rng.normal(level, 0.45)), 1, 3))
                stop = start + 1 + int(rng.exponential(length))
                serious = severity == 3 and rng.random() < 0.6
                over = stop <= end
                row: Row = {
                    "Adverse event": term,
                    "Start": _day(population, patient, start),
                    "End": _day(population, patient, stop) if over else None,
                    "Severity": SEVERITY[severity - 1],
                    "Serious": "yes" if serious else "no",
                    "Criterion": "hospitalisation" if serious else None,
                    "Causality": causality,
                    "Action taken": "dose interrupted" if serious and rng.random() < 0.5 else "none",
                    "Outcome": "recovered" if over else "ongoing",
                }
                aware = min(_day(population, patient, start + int(rng.integers(0, 6))), DATA_CUT)
                row |= {"Team aware": aware, "Reported": _reported(aware, reports) if serious else None}
                found.append((start, row))
        rows += [
            {"Patient": patient.number, **row} for _start, row in sorted(found, key=lambda item: item[0])
        ]
    return rows


def _reported(aware: date, rng: np.random.Generator) -> date | None:
    """When a serious event was reported: mostly within a day, now and then late, or not at all."""
    draw = rng.random()
    return None if draw < 0.15 else min(aware + timedelta(days=4 if draw < 0.25 else round(draw)), DATA_CUT)


def make_doses(population: Population, course: Sequence[Patient]) -> list[Row]:
    """One row per patient and cycle: five syringes dispensed, how many were given and came back."""
    rows: list[Row] = []
    for patient in course:
        rng = _stream("doses", patient)
        end = _last_day(population, patient)
        if patient.stop_day >= 0:
            end = min(end, patient.stop_day)
        for cycle in range(1, CYCLES + 1):
            start = 1 + CYCLE_DAYS * (cycle - 1) + (int(rng.integers(0, 3)) if cycle > 1 else 0)
            draw, taken, why = rng.random(), int(rng.integers(0, DOSES_A_CYCLE)), rng.random()
            if start + DOSES_A_CYCLE > end:
                break
            taken = taken if draw < 0.04 else DOSES_A_CYCLE
            reason = None
            if taken < DOSES_A_CYCLE:
                reason = "fever" if why < 0.4 else "patient's wish" if why < 0.8 else "delivery late"
            rows.append(
                {
                    "Patient": patient.number,
                    "Cycle": cycle,
                    "First day": _day(population, patient, start),
                    "Dose (MIU)": 2.0,
                    "Dispensed": DOSES_A_CYCLE,
                    "Given": taken,
                    "Returned": DOSES_A_CYCLE - taken,
                    "Reason for missed doses": reason,
                }
            )
    return rows


def make_medications(population: Population, course: Sequence[Patient]) -> list[Row]:
    """Concomitant medication; everybody takes riluzole from shortly after consent."""
    rows: list[Row] = []
    for patient in course:
        rng = _stream("medication", patient)
        end = _last_day(population, patient)
        for name, dose, indication, part in MEDICATIONS:
            takes, start, stops = rng.random() < part, int(rng.integers(-700, 500)), rng.random() < 0.2
            if name == "Riluzole":
                start, stops = riluzole_day(patient), False
            if not takes or start > end:
                continue
            stop = start + int(rng.integers(10, 200))
            rows.append(
                {
                    "Patient": patient.number,
                    "Medication": name,
                    "Dose": dose,
                    "Indication": indication,
                    "Start": _day(population, patient, start),
                    "End": _day(population, patient, stop) if stops and stop < end else None,
                }
            )
    return rows


def make_samples(population: Population, course: Sequence[Patient]) -> list[Row]:
    """One row per tube sent to the biobank from a visit; a few never arrived."""
    rows: list[Row] = []
    number = 0
    for patient in course:
        rng = _stream("samples", patient)
        for visit in patient.visits:
            kinds = []
            if codes.SERUM_NFL in visit.values or codes.CCL2_PLASMA in visit.values:
                kinds.append("Plasma")
            if codes.CSF_PNFH in visit.values:
                kinds.append("CSF")
            for kind in kinds:
                number += 1
                collected = _day(population, patient, visit.day)
                shipped = collected + timedelta(days=int(rng.integers(1, 40)))
                received = shipped + timedelta(days=1 + int(rng.random() < 0.1))
                lost, assayed = rng.random() < 0.004, received + timedelta(days=int(rng.integers(1, 60)))
                row: Row = {
                    "Sample ID": f"BB-{number:05d}",
                    "Patient": patient.number,
                    "Visit": visit.visit.code,
                    "Type": kind,
                    "Collected": collected,
                    "Shipped": shipped if shipped <= DATA_CUT else None,
                    "Received": received if received <= DATA_CUT and not lost else None,
                    "Assayed": assayed if assayed <= DATA_CUT and not lost else None,
                    "Comment": "not received" if lost else None,
                }
                rows.append(row)
    return rows


def make_deviations(population: Population, course: Sequence[Patient]) -> list[Row]:
    """Protocol deviations, about one for four patients."""
    rows: list[Row] = []
    for patient in course:
        rng = _stream("deviations", patient)
        end = _last_day(population, patient)
        for _deviation in range(int(rng.poisson(0.25))):
            what, grade, action = DEVIATIONS[
                int(rng.choice(len(DEVIATIONS), p=[0.4, 0.2, 0.2, 0.1, 0.06, 0.04]))
            ]
            rows.append(
                {
                    "Patient": patient.number,
                    "Date": _day(population, patient, int(rng.integers(1, max(end, 2)))),
                    "Deviation": what,
                    "Grade": grade,
                    "Action": action,
                }
            )
    return rows


def riluzole_day(patient: Patient) -> int:
    """The day riluzole was started: within a week of consent."""
    return -patient.run_in_days + patient.number % 7 + 1


def _last_day(population: Population, patient: Patient) -> int:
    """The last day on which the patient was in the trial."""
    number = patient.number
    last = min(int(population.death_day[number]), int(population.follow_up_day[number]))
    return min(last, patient.withdrawal_day) if patient.withdrawal_day >= 0 else last


def _day(population: Population, patient: Patient, day: int) -> date:
    return population.randomised[patient.number] + timedelta(days=day)


def _stream(log: str, patient: Patient) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([SEED, patient.number, *log.encode()]))
