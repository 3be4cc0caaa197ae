"""Write the spreadsheets of the sample study: a synthetic trial as its centres and laboratories keep it.

    python packaging/sample_study.py            writes resources/sample/

Patients come from `sample_trial.py`, their course from `sample_course.py`, logs from `sample_logs.py`; here
they become workbooks with the habits of those who keep them, and with planted defects. `defects.json`
beside the workbooks says which cell holds what. Nobody in these files exists.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import xlsxwriter
from sample_course import Patient, VisitRow, make_course
from sample_defects import Planting
from sample_logs import (
    Row,
    make_adverse_events,
    make_deviations,
    make_doses,
    make_medications,
    make_samples,
    riluzole_day,
)
from sample_trial import (
    DATA_CUT,
    HORIZON_DAYS,
    Candidate,
    Population,
    make_candidates,
    make_population,
    stream,
)
from xlsxwriter.utility import xl_rowcol_to_cell

from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.reader import load_protocol

Cell = str | int | float | date | None
SAMPLE = Path(__file__).parent.parent / "resources" / "sample"
SYNTHETIC_FR = "Essai MIROCALS, données SYNTHÉTIQUES : aucun de ces patients n'existe"
SYNTHETIC_EN = "MIROCALS trial, SYNTHETIC data: none of these patients exists"


@dataclass
class Sheet:
    """One sheet: title rows above, a header, rows, and what stands below the table."""

    name: str
    header: list[str]
    rows: list[list[Cell]]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    decimals: dict[str, int] = field(default_factory=dict)

    @property
    def header_row(self) -> int:
        """Row of the header, from 0: the titles and an empty row come before it."""
        return len(self.above) + 1 if self.above else 0

    def address(self, row: int, column: str) -> str:
        """The cell of a value, as the spreadsheet calls it."""
        return str(xl_rowcol_to_cell(self.header_row + 1 + row, self.header.index(column)))


class Study:
    """The files of the study as they come into being, with the defects planted in them."""

    def __init__(self) -> None:
        self.protocol = load_protocol("mirocals")
        self.population: Population = make_population()
        self.course: list[Patient] = make_course(self.population, self.protocol)
        self.candidates: list[Candidate] = make_candidates()
        self.ids, self.candidate_ids = self._number()
        self.files: dict[str, list[Sheet]] = {
            "synthetic_patients.xlsx": [self._inclusions(), self._randomisation()],
            "synthetic_visits.xlsx": [self._visits()],
            "synthetic_biobank_lab.xlsx": [self._cytometry(), self._proteins(), self._csf()],
            "synthetic_vital_status.xlsx": [self._vital_status()],
            "synthetic_logs.xlsx": self._logs(),
        }
        self.defects = Planting(self).plant()

    def day(self, patient: Patient, day: int) -> date:
        """The calendar day of a patient's study day."""
        return self.population.randomised[patient.number] + timedelta(days=day)

    def sheet(self, name: str) -> Sheet:
        """The sheet with this name, which is unique over all files."""
        return next(sheet for sheets in self.files.values() for sheet in sheets if sheet.name == name)

    def _number(self) -> tuple[list[str], list[str]]:
        """Patients' ids: a centre numbers everybody who consents, in the order in which they do."""
        people = [
            (
                self.day(patient, -patient.run_in_days),
                self.population.site[patient.number],
                True,
                patient.number,
            )
            for patient in self.course
        ]
        people += [(c.consent, c.site, False, number) for number, c in enumerate(self.candidates)]
        given: dict[bool, dict[int, str]] = {True: {}, False: {}}
        last: dict[str, int] = {}
        for _day, site, randomised, number in sorted(people):
            last[site] = last.get(site, 0) + 1
            given[randomised][number] = f"{site}-{last[site]:03d}"
        return [given[True][i] for i in range(len(self.course))], [
            given[False][i] for i in range(len(self.candidates))
        ]

    # --- the files --------------------------------------------------------------------------------------

    def _inclusions(self) -> Sheet:
        """The French coordinating centre's list: dates are text, decimals have a comma."""
        rng = stream("inclusions")
        header = [
            "N° patient", "Centre", "Pays", "Sexe", "Âge (ans)", "Date des premiers symptômes",
            "Site de début", "Date du diagnostic", "El Escorial révisé", "Date du consentement",
            "Début riluzole", "Éligible", "Motif de non-inclusion", "Date de sortie d'étude",
            "Motif de sortie",
        ]  # fmt: skip
        sites = {"bulbar": "bulbaire", "limb": "membres"}
        rows: list[list[Cell]] = []
        for patient in self.course:
            i, population = patient.number, self.population
            consent = self.day(patient, -patient.run_in_days)
            onset = consent - timedelta(days=round(patient.onset_months * 30.4375))
            diagnosis = onset + timedelta(days=round(patient.diagnosis_months * 30.4375))
            el_escorial = str(rng.choice(EL_ESCORIAL, p=[0.2, 0.42, 0.27, 0.11]))
            withdrawal = self.day(patient, patient.withdrawal_day) if patient.withdrawal_day >= 0 else None
            rows.append(
                [
                    self.ids[i],
                    population.site[i],
                    _country(population.site[i]),
                    "H" if population.male[i] else "F",
                    _comma(float(population.age[i]) + round(float(rng.random()) * 0.9, 1)),
                    _month(onset, rng),
                    sites[population.onset_site[i]],
                    _text_day(diagnosis),
                    el_escorial,
                    _text_day(consent),
                    _text_day(self.day(patient, riluzole_day(patient))),
                    "oui",
                    None,
                    _text_day(withdrawal) if withdrawal else None,
                    self._why_left(patient, rng),
                ]
            )
        for number, candidate in enumerate(self.candidates):
            onset = candidate.consent - timedelta(days=int(rng.integers(150, 700)))
            diagnosis = onset + timedelta(days=int(rng.integers(60, 140)))
            rows.append(
                [
                    self.candidate_ids[number],
                    candidate.site,
                    _country(candidate.site),
                    "H" if candidate.male else "F",
                    _comma(candidate.age),
                    _month(onset, rng),
                    sites[candidate.onset_site],
                    _text_day(diagnosis),
                    str(rng.choice(EL_ESCORIAL)),
                    _text_day(candidate.consent),
                    _text_day(candidate.consent + timedelta(days=3)) if not candidate.failure else None,
                    "non" if candidate.failure else "oui",
                    candidate.failure or None,
                    _text_day(candidate.left) if candidate.left else None,
                    candidate.left_why or None,
                ]
            )
        rows.sort(key=lambda row: str(row[0]))
        return Sheet(
            "Inclusions",
            header,
            rows,
            above=(SYNTHETIC_FR, f"Liste des inclusions au {_text_day(DATA_CUT)}"),
            below=(
                f"Total : {len(rows)} patients",
                "Légende : H = homme, F = femme ; date inconnue au jour près : mm/aaaa",
            ),
        )

    def _randomisation(self) -> Sheet:
        rows: list[list[Cell]] = []
        for patient in self.course:
            i = patient.number
            strata = f"{_country(self.population.site[i])} / {self.population.onset_site[i]}"
            last = patient.visits[-1]
            done = last.visit.day == HORIZON_DAYS and not last.missed
            rows.append(
                [
                    self.ids[i],
                    self.population.randomised[i],
                    "IL-2" if self.population.active[i] else "Placebo",
                    strata,
                    self.day(patient, 1),
                    self.day(patient, last.day) if done else None,
                ]
            )
        header = [
            "Patient",
            "Date de randomisation",
            "Bras",
            "Strate",
            "Première injection",
            "Date de fin d'étude",
        ]
        return Sheet("Randomisation", header, rows, above=(SYNTHETIC_FR,))

    def _visits(self) -> Sheet:
        items = {code: code.removeprefix("alsfrs_r_").upper() for code in codes.ALSFRS_R_ITEMS}
        header = ["Patient", "Visit", "Date of visit", "Visit status", "Reason missed"]
        header += [f"ALSFRS-R {name.lower()}" for name in items.values()]
        header += ["ALSFRS-R total", "SVC (% predicted)", "Weight (kg)"]
        measured = [*items, codes.ALSFRS_R_TOTAL, codes.SVC_PERCENT, codes.WEIGHT]
        rows: list[list[Cell]] = []
        for patient, visit in self._all_visits():
            cells: list[Cell] = [
                self.ids[patient.number],
                visit.visit.code,
                None if visit.missed else self.day(patient, visit.day),
                "missed" if visit.missed else "done",
                visit.missed or None,
            ]
            rows.append([*cells, *(_number(visit.values.get(code)) for code in measured)])
        return Sheet("Visits", header, rows, above=(SYNTHETIC_EN,), decimals={"Weight (kg)": 1})

    def _cytometry(self) -> Sheet:
        """The flow cytometry laboratory: British, real dates and numbers, eosinophils in 10^9/L."""
        header = [
            "Patient ID",
            "Visit",
            "Sample date",
            "Tregs (% of CD4+)",
            "Tregs (cells/µL)",
            "CD4+ (cells/µL)",
            "Eosinophils (10^9/L)",
        ]
        rows: list[list[Cell]] = []
        for patient, visit in self._all_visits():
            if codes.TREG_PERCENT in visit.values:
                rows.append(
                    [
                        self.ids[patient.number],
                        visit.visit.code,
                        self.day(patient, visit.day),
                        visit.values[codes.TREG_PERCENT],
                        visit.values[codes.TREG_COUNT],
                        _number(visit.values[codes.CD4_COUNT]),
                        round(visit.values[codes.EOSINOPHILS] / 1000, 2),
                    ]
                )
        decimals = {"Tregs (% of CD4+)": 1, "Tregs (cells/µL)": 1, "Eosinophils (10^9/L)": 2}
        return Sheet("Flow cytometry", header, rows, above=(SYNTHETIC_EN,), decimals=decimals)

    def _proteins(self) -> Sheet:
        header = ["Patient ID", "Visit", "Sample date", "Serum NfL (pg/mL)", "CCL2 plasma (pg/mL)"]
        rows: list[list[Cell]] = [
            [
                self.ids[patient.number], visit.visit.code, self.day(patient, visit.day),
                visit.values.get(codes.SERUM_NFL), _number(visit.values.get(codes.CCL2_PLASMA)),
            ]
            for patient, visit in self._all_visits()
            if codes.SERUM_NFL in visit.values or codes.CCL2_PLASMA in visit.values
        ]  # fmt: skip
        return Sheet(
            "Serum and plasma", header, rows, above=(SYNTHETIC_EN,), decimals={"Serum NfL (pg/mL)": 1}
        )

    def _csf(self) -> Sheet:
        """The French CSF laboratory: numbers are text with a comma, values beyond the assay have a sign."""
        header = ["Patient", "Visite", "Date de prélèvement", "pNFH LCR (pg/mL)", "CCL2 LCR (pg/mL)"]
        rows: list[list[Cell]] = []
        for patient, visit in self._all_visits():
            if codes.CSF_PNFH in visit.values:
                value = visit.values[codes.CSF_PNFH]
                text = "> 10000" if value > 10_000 else "<62,5" if value < 62.5 else _comma(value)
                rows.append(
                    [
                        self.ids[patient.number],
                        visit.visit.code,
                        _text_day(self.day(patient, visit.day)),
                        text,
                        _comma(visit.values[codes.CCL2_CSF], 0),
                    ]
                )
        below = ("Seuils de quantification : pNFH 62,5 à 10 000 pg/mL",)
        return Sheet("LCR", header, rows, above=(SYNTHETIC_FR,), below=below)

    def _vital_status(self) -> Sheet:
        header = [
            "Patient", "Statut vital", "Date des dernières nouvelles", "Date de décès", "Date de VNI",
            "Date de trachéotomie", "Date de gastrostomie",
        ]  # fmt: skip
        rows: list[list[Cell]] = []
        for patient in self.course:
            i = patient.number
            dead = bool(self.population.died[i])
            lost = bool(self.population.lost_day[i])
            days = (patient.niv_day, patient.tracheostomy_day, patient.gastrostomy_day)
            rows.append(
                [
                    self.ids[i],
                    "décédé" if dead else "perdu de vue" if lost else "vivant",
                    self.day(patient, patient.contact_day),
                    self.day(patient, int(self.population.death_day[i])) if dead else None,
                    *(self.day(patient, day) if 0 <= day <= patient.contact_day else None for day in days),
                ]
            )
        rows.sort(key=lambda row: str(row[0]))
        return Sheet(
            "Statut vital", header, rows, above=(SYNTHETIC_FR, f"Données arrêtées au {_text_day(DATA_CUT)}")
        )

    def _logs(self) -> list[Sheet]:
        made: list[tuple[str, list[Row]]] = [
            ("Adverse events", make_adverse_events(self.population, self.course)),
            ("Doses", make_doses(self.population, self.course)),
            ("Concomitant medication", make_medications(self.population, self.course)),
            ("Samples", make_samples(self.population, self.course)),
            ("Deviations", make_deviations(self.population, self.course)),
        ]
        sheets = []
        for name, rows in made:
            header = list(rows[0])
            cells: list[list[Cell]] = []
            for row in rows:
                named = {**row, "Patient": self.ids[int(str(row["Patient"]))]}
                cells.append([_cell(named[column]) for column in header])
            sheets.append(Sheet(name, header, cells, above=(SYNTHETIC_EN,)))
        return sheets

    def _all_visits(self) -> Iterator[tuple[Patient, VisitRow]]:
        for patient in sorted(self.course, key=lambda patient: self.ids[patient.number]):
            for visit in patient.visits:
                yield patient, visit

    def _why_left(self, patient: Patient, rng: np.random.Generator) -> str | None:
        why = str(rng.choice(["patient's wish", "adverse event", "moved away", "burden of visits"]))
        if patient.withdrawal_day < 0:
            return None
        return "lost to follow-up" if self.population.lost_day[patient.number] else why


EL_ESCORIAL = ("certaine", "probable", "probable étayée", "possible")


def _country(site: str) -> str:
    return "France" if site.startswith("FR") else "Royaume-Uni"


def _comma(number: float, decimals: int = 1) -> str:
    return f"{number:.{decimals}f}".replace(".", ",")


def _text_day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _month(day: date, rng: np.random.Generator) -> str:
    """A date of onset as patients remember it: mostly the month alone."""
    return _text_day(day) if rng.random() < 0.25 else day.strftime("%m/%Y")


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and float(value).is_integer() else value


def _cell(value: object) -> Cell:
    assert value is None or isinstance(value, (str, int, float, date))
    return value


def write_sample(folder: Path) -> None:
    """Write the workbooks and the list of planted defects."""
    study = Study()
    folder.mkdir(parents=True, exist_ok=True)
    for name, sheets in study.files.items():
        _write_workbook(folder / name, sheets)
    defects = json.dumps([defect.as_json() for defect in study.defects], indent=1, ensure_ascii=False)
    (folder / "defects.json").write_text(defects + "\n", encoding="utf-8")


def _write_workbook(path: Path, sheets: list[Sheet]) -> None:
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "SYNTHETIC", "created": datetime(2026, 6, 30)})
    title = book.add_format({"bold": True, "font_color": "#B3261E"})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EDF3"}
    )
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    plain = book.add_format()
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        looks = {
            column: book.add_format({"num_format": "0." + "0" * decimals})
            for column, decimals in sheet.decimals.items()
        }
        for number, text in enumerate(sheet.above):
            page.write_string(number, 0, text, title)
        for number, column in enumerate(sheet.header):
            page.write_string(sheet.header_row, number, column, head)
            longest = max((len(str(row[number])) for row in sheet.rows if row[number] is not None), default=8)
            page.set_column(number, number, min(max(longest + 1, len(column) * 0.6, 6), 40))
        page.freeze_panes(sheet.header_row + 1, 1)
        for number, row in enumerate(sheet.rows, start=sheet.header_row + 1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, place, cell)
                elif isinstance(cell, date):
                    page.write_datetime(number, place, cell, day)
                elif cell is not None:
                    page.write_number(number, place, cell, looks.get(sheet.header[place], plain))
        for number, text in enumerate(sheet.below, start=sheet.header_row + len(sheet.rows) + 2):
            page.write_string(number, 0, text)
    book.close()


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
