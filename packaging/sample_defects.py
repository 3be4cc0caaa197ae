"""The defects that are planted in the sample study's spreadsheets, each on record with its cell.

They are those that a coordinator meets: units mixed up, ids spelt in two ways, dates that do not exist,
scores that do not add up, patients nobody has heard of. What they must lead to is in `tests/test_sample.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sample_trial import stream

if TYPE_CHECKING:
    from sample_study import Cell, Sheet, Study

TREG_PERCENT, TREG_COUNT = "Tregs (% of CD4+)", "Tregs (cells/µL)"


@dataclass(frozen=True)
class Defect:
    """Something wrong on purpose: what kind, in which cell, and what a coordinator would say of it."""

    kind: str
    file: str
    sheet: str
    cell: str
    about: str

    def as_json(self) -> dict[str, str]:
        """The defect as `defects.json` holds it."""
        return asdict(self)


class Planting:
    """Plants every defect, each in cells that no other has touched."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.rng = stream("defects")
        self.defects: list[Defect] = []
        self.touched: set[tuple[str, int]] = set()

    def plant(self) -> list[Defect]:
        """Plant all of them; gives what was planted, in the order of files and cells."""
        self._visits()
        self._cytometry()
        self._csf()
        self._inclusions()
        self._vital_status()
        self._samples()
        return self.defects

    def _visits(self) -> None:
        sheet = self.study.sheet("Visits")
        done = self._rows(
            sheet, lambda row: row["Visit status"] == "done" and row["ALSFRS-R total"] is not None
        )
        self._add_row(
            sheet, list(sheet.rows[self._take(sheet, done)]), "duplicate row", "the same visit, twice"
        )
        for step in (3, -2):
            row = self._take(sheet, [i for i in done if 10 < _int(sheet, i, "ALSFRS-R total") < 44])
            self._set(
                sheet, row, "ALSFRS-R total", _int(sheet, row, "ALSFRS-R total") + step,
                "wrong ALSFRS-R total", "the stated total is not the sum of the items",
            )  # fmt: skip
        row = self._take(sheet, [i for i in done if _of(sheet, i, "ALSFRS-R 4") == 4])
        self._set(sheet, row, "ALSFRS-R 4", 5, "impossible ALSFRS-R item", "items go from 0 to 4")
        row = self._take(sheet, [i for i in done if _of(sheet, i, "ALSFRS-R 5a") == 2])
        self._set(sheet, row, "ALSFRS-R 5b", 2, "items 5a and 5b", "only one of 5a and 5b applies")
        row = self._take(sheet, [i for i in done if _of(sheet, i, "ALSFRS-R 9") is not None])
        self._set(sheet, row, "ALSFRS-R 9", None, "missing ALSFRS-R item", "eleven items and a total")
        row = self._take(sheet, [i for i in done if _of(sheet, i, "SVC (% predicted)") is not None])
        svc = _int(sheet, row, "SVC (% predicted)")
        self._set(
            sheet, row, "SVC (% predicted)", svc * 10, "impossible value", "the decimal point is missing"
        )
        weighed = [i for i in done if 70 < _number(sheet, i, "Weight (kg)") < 99]
        row = self._take(sheet, weighed)
        weight = f"{_number(sheet, row, 'Weight (kg)'):.1f}"
        self._set(
            sheet, row, "Weight (kg)", float(weight[1] + weight[0] + weight[2:]),
            "value unlike the patient", f"digits transposed: {weight} was meant",
        )  # fmt: skip
        self._visit_after_death(sheet, done[:-1])

    def _visit_after_death(self, sheet: Sheet, done: list[int]) -> None:
        """A last visit, by its scores and its weight, entered for the wrong patient."""
        dead = {str(row[0]): row[3] for row in self.study.sheet("Statut vital").rows if row[3]}
        last = [
            i
            for i in done
            if str(_of(sheet, i, "Patient")) in dead
            and _of(sheet, i + 1, "Patient") != _of(sheet, i, "Patient")
            and _of(sheet, i, "Visit") not in ("V23", "V24", "V25")
        ]
        row = list(sheet.rows[self._take(sheet, last)])
        died = dead[str(row[0])]
        assert isinstance(died, date)
        row[1:3] = ["V24", died + timedelta(days=4)]
        self._add_row(
            sheet, row, "visit after death", "dated four days after the death", column="Date of visit"
        )

    def _cytometry(self) -> None:
        sheet = self.study.sheet("Flow cytometry")
        last = sheet.rows[-1]
        for visit, day in (("V2", 0), ("V3", 8)):
            row: list[Cell] = [
                "UK07-099",
                visit,
                date(2024, 3, 12) + timedelta(days=day),
                7.4,
                61.2,
                827,
                0.15,
            ]
            assert len(row) == len(last)
            self._add_row(sheet, row, "unknown patient", "nobody has this id", column="Patient ID")
        batch = self._rows(sheet, lambda row: row["Visit"] == "V9")[40:45]
        for row_number in batch:
            self.touched.add((sheet.name, row_number))
            value = round(_number(sheet, row_number, TREG_PERCENT) / 100, 4)
            self._set(
                sheet, row_number, TREG_PERCENT, value, "percent as fraction", "one batch: fraction of CD4+"
            )
        for row_number in self._rows(sheet, lambda row: row["Visit"] == "V12")[70:74]:
            self.touched.add((sheet.name, row_number))
            value = round(_number(sheet, row_number, TREG_COUNT) / 1000, 4)
            self._set(sheet, row_number, TREG_COUNT, value, "count in 10^9/L", "one batch: in 10^9/L")
        for _twice in range(2):
            row_number = self._take(sheet, self._rows(sheet, lambda row: row["Visit"] in ("V4", "V5", "V7")))
            percent, count = _of(sheet, row_number, TREG_PERCENT), _of(sheet, row_number, TREG_COUNT)
            self._set(sheet, row_number, TREG_PERCENT, count, "swapped columns", "percent and count swapped")
            self._set(sheet, row_number, TREG_COUNT, percent, "swapped columns", "percent and count swapped")
        for word in ("ND", "n.d.", "clotted"):
            row_number = self._take(sheet, range(len(sheet.rows) - 2))
            for column in (TREG_PERCENT, TREG_COUNT, "CD4+ (cells/µL)"):
                sheet.rows[row_number][sheet.header.index(column)] = word
        self._respell(sheet, "Patient ID", "FR02", lambda name: name.replace("-", ""), count=6)
        self._respell(sheet, "Patient ID", "UK01", lambda name: name.replace("-0", "-").lower(), count=5)

    def _csf(self) -> None:
        sheet = self.study.sheet("LCR")
        assay = "pNFH LCR (pg/mL)"
        lowest = sorted(
            self._rows(sheet, lambda row: row["Visite"] == "V2" and "," in str(row[assay])),
            key=lambda i: float(str(_of(sheet, i, assay)).replace(",", ".")),
        )
        for row in lowest[:2]:
            self.touched.add((sheet.name, row))
            sheet.rows[row][sheet.header.index(assay)] = "<62,5"
        middle = [i for i in range(len(sheet.rows)) if _of(sheet, i, "Visite") == "V6"]
        row = self._take(sheet, [i for i in middle if "," in str(_of(sheet, i, assay))])
        value = f"{_of(sheet, row, assay)} (hémolysé)"
        self._set(
            sheet, row, assay, value, "value with a remark", "a number and what the laboratory says of it"
        )
        row = self._take(sheet, middle)
        self._set(
            sheet, row, "Date de prélèvement", "30/02/2024", "impossible date", "February has no day 30"
        )
        days = {i: str(_of(sheet, i, "Date de prélèvement")) for i in middle}
        plain = [i for i, text in days.items() if int(text[:2]) <= 12 and text[:2] != text[3:5]]
        for _twice in range(2):
            row = self._take(sheet, plain)
            text = days[row]
            swapped = f"{text[3:5]}/{text[:2]}/{text[6:]}"
            self._set(
                sheet,
                row,
                "Date de prélèvement",
                swapped,
                "day and month swapped",
                f"{text} was meant: month first",
            )
        row = self._take(sheet, middle)
        again = list(sheet.rows[row])
        again[sheet.header.index("CCL2 LCR (pg/mL)")] = str(int(str(again[-1])) + 57)
        self._add_row(
            sheet, again, "conflicting rows", "the sample was measured twice", column="CCL2 LCR (pg/mL)"
        )

    def _inclusions(self) -> None:
        sheet = self.study.sheet("Inclusions")
        row = self._take(sheet, self._rows(sheet, lambda row: row["Éligible"] == "oui"))
        year = str(_of(sheet, row, "Date du diagnostic"))[-4:]
        self._set(sheet, row, "Date du diagnostic", f"31/06/{year}", "impossible date", "June has no day 31")
        row = self._take(sheet, self._rows(sheet, lambda row: row["Éligible"] == "oui"))
        self._set(sheet, row, "Âge (ans)", "6,4", "suspicious value", "a digit of the age is missing")

    def _vital_status(self) -> None:
        sheet = self.study.sheet("Statut vital")
        lost = self._rows(sheet, lambda row: row["Statut vital"] == "perdu de vue")
        for number, row in enumerate(lost):
            word: Cell = "perdu de vue" if number < 3 else None if number < 5 else "inconnu"
            self._set(
                sheet, row, "Statut vital", word, "unknown vital status", "no news since the last contact"
            )

    def _samples(self) -> None:
        sheet = self.study.sheet("Samples")
        self._respell(sheet, "Patient", "FR01", lambda name: name.replace("-", " "), count=4)

    def _rows(self, sheet: Sheet, wanted: Callable[[dict[str, Cell]], bool]) -> list[int]:
        return [
            i for i, row in enumerate(sheet.rows) if wanted(dict(zip(sheet.header, row, strict=True)))
        ]  # fmt: skip

    def _take(self, sheet: Sheet, rows: list[int] | range) -> int:
        """One of the rows, at random, that no defect has touched."""
        free = [row for row in rows if (sheet.name, row) not in self.touched]
        row = free[int(self.rng.integers(len(free)))]
        self.touched.add((sheet.name, row))
        return row

    def _set(self, sheet: Sheet, row: int, column: str, value: Cell, kind: str, about: str) -> None:
        sheet.rows[row][sheet.header.index(column)] = value
        self._note(sheet, row, column, kind, about)

    def _add_row(self, sheet: Sheet, cells: list[Cell], kind: str, about: str, *, column: str = "") -> None:
        sheet.rows.append(cells)
        self.touched.add((sheet.name, len(sheet.rows) - 1))
        self._note(sheet, len(sheet.rows) - 1, column or sheet.header[0], kind, about)

    def _respell(
        self, sheet: Sheet, column: str, site: str, spell: Callable[[str], str], *, count: int
    ) -> None:
        """Spell the id of one patient of the centre otherwise, in their last rows of the sheet."""
        names = [str(_of(sheet, i, column)) for i in range(len(sheet.rows))]
        known = sorted(
            {name for name in names if name.startswith(f"{site}-0") and names.count(name) > count + 2}
        )
        name = known[int(self.rng.integers(len(known)))]
        for row in [i for i, found in enumerate(names) if found == name][-count:]:
            self.touched.add((sheet.name, row))
            self._set(sheet, row, column, spell(name), "id spelt in two ways", f"{name} elsewhere")

    def _note(self, sheet: Sheet, row: int, column: str, kind: str, about: str) -> None:
        file = next(name for name, sheets in self.study.files.items() if sheet in sheets)
        self.defects.append(Defect(kind, file, sheet.name, sheet.address(row, column), about))


def _of(sheet: Sheet, row: int, column: str) -> Cell:
    return sheet.rows[row][sheet.header.index(column)]


def _int(sheet: Sheet, row: int, column: str) -> int:
    return int(str(_of(sheet, row, column)))


def _number(sheet: Sheet, row: int, column: str) -> float:
    value = _of(sheet, row, column)
    return float(value) if isinstance(value, (int, float)) else float("nan")
