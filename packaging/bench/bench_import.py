"""Importing: a large workbook and an ordinary French one from file to review, beside bare readers.

The review is against an empty study: its questions are there, and wait for their answers. Times are those of
the processor, in this process and in the child that reads: other programs on the machine stretch them little.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from frame import Case

from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

PATIENTS = 2_500
VISITS = 80
FRENCH_PATIENTS = 312
START = datetime.date(2018, 1, 8)

_PEAK = """
import sys
sys.path[:0] = {path!r}
import bench_import as bench
from pathlib import Path
print(bench.megabytes_of(lambda: bench.{work}(Path({file!r}), Path({folder!r}))))
"""


def cases(folder: Path) -> Iterator[Case]:
    """From file to review, in time and in memory."""
    large = functools.cache(lambda: write_large(folder / "large.xlsx"))
    french = functools.cache(lambda: write_french(folder / "français.xlsx"))
    lines = functools.cache(lambda: write_two_lines(folder / "two lines.csv"))
    yield Case(
        "import: start the child and read two lines, processor time",
        lambda: worked(lambda: read_guarded(lines())),
        "Python: start and end, with nothing to do",
        lambda: worked(start_python),
        most_seconds=0.3,
    )
    yield Case(
        "import: 200,000 x 15 to the review, processor time",
        lambda: worked(lambda: review(large(), folder)),
        "calamine: the same cells as lists",
        lambda: worked(lambda: read_bare(large(), folder)),
        rounds=3,
        limit=3.0,
    )
    yield Case(
        "import: 200,000 x 15 to the review, processor time",
        lambda: worked(lambda: review(large(), folder)),
        "pandas.read_excel (openpyxl)",
        lambda: worked(lambda: read_pandas(large())),
        rounds=1,
        limit=1.0,
    )
    yield Case(
        "import: French workbook of 312 patients to the review, processor time",
        lambda: worked(lambda: review(french(), folder)),
        "calamine: the same cells as lists",
        lambda: worked(lambda: read_bare(french(), folder)),
        rounds=5,
        most_seconds=1.0,
    )
    yield Case(
        "import: 200,000 x 15, peak memory",
        lambda: peak("review", large(), folder),
        "calamine: the same cells as lists",
        lambda: peak("read_bare", large(), folder),
        rounds=1,
        limit=4.0,
        unit="MB",
    )


# --- the work ----------------------------------------------------------------------------------------------


def worked(work: Callable[[], None]) -> float:
    """The processor's seconds that work takes here and in the children that it waits for."""
    before = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - before


def review(path: Path, folder: Path) -> None:
    """From file to review, in a study that holds nothing yet."""
    from mirocals_desktop.importing.commit import review_import
    from mirocals_desktop.importing.reader.guard import read_workbook

    with empty_study(folder) as study:
        found = review_import(study, [read_workbook(path)])
        if not found.counts.new:
            raise AssertionError("the review is not what the benchmark measures")


def read_guarded(path: Path) -> None:
    """From a file to its cells, through the child process."""
    from mirocals_desktop.importing.reader.guard import read_workbook

    if len(read_workbook(path).sheets) != 1:
        raise AssertionError("the file is not what the benchmark measures")


def start_python() -> None:
    """What every child in Python costs, whatever it does."""
    subprocess.run([sys.executable, "-X", "utf8", "-c", "pass"], check=True)


def empty_study(folder: Path) -> Study:
    """An empty study, made once."""
    path = folder / "empty.mirocals"
    if path.exists():
        return Study.open(path, person="bench", role="data manager")
    return Study.create(path, protocol_text("mirocals"), title="bench", person="bench", role="data manager")


def read_bare(path: Path, _folder: Path) -> None:
    """Every cell as a Python object, and nothing made of it."""
    import python_calamine

    book = python_calamine.load_workbook(str(path))
    cells = [list(book.get_sheet_by_name(name).iter_rows()) for name in book.sheet_names]
    if not cells:
        raise AssertionError


def read_pandas(path: Path) -> None:
    """What a person would write in a notebook."""
    import pandas as pd

    pd.read_excel(path, sheet_name=None, engine="openpyxl")


def peak(work: str, path: Path, folder: Path) -> float:
    """The largest memory of a process that does the work and of its children, in megabytes."""
    here = Path(__file__).resolve().parent
    paths = [str(here), str(here.parent.parent)]
    code = _PEAK.format(path=paths, work=work, file=str(path), folder=str(folder))
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(said.stdout)


def megabytes_of(work: Callable[[], None]) -> float:
    """The largest memory of this process while it works, its children's added, as Linux counts it."""
    largest: dict[str, int] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            for status in Path("/proc").glob("[0-9]*/status"):
                with contextlib.suppress(OSError):  # it ended while it was looked at
                    said = status.read_text()
                    if f"PPid:\t{os.getpid()}\n" in said:
                        largest[status.parent.name] = _peak_of(said)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return (_peak_of(Path("/proc/self/status").read_text()) + sum(largest.values())) / 1024


def _peak_of(status: str) -> int:
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


# --- the workbooks -----------------------------------------------------------------------------------------


def write_two_lines(path: Path) -> Path:
    """The least table there is."""
    path.write_text("Patient,Weight (kg)\nP-0001,71\n", encoding="utf-8")
    return path


def write_large(path: Path) -> Path:
    """One long sheet of 200,000 rows and 15 columns: numbers, dates, texts, words for no value."""
    import xlsxwriter

    random = np.random.default_rng(1)
    header = (
        "Patient", "Visit", "Visit date", "Treg (%)", "Treg (cells/µL)", "CD4 (cells/µL)", "CSF pNFH (pg/mL)",
        "CCL2 plasma (pg/mL)", "Eosinophils (10^9/L)", "Weight (kg)", "SVC (% predicted)", "ALSFRS-R total",
        "Laboratory", "Batch", "Comment",
    )  # fmt: skip
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Laboratory")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, header)
        values = np.round(random.lognormal(0.0, 0.3, (PATIENTS * VISITS, 9)), 4)
        scale = (7.0, 55.0, 800.0, 1800.0, 160.0, 0.2, 72.0, 80.0)
        row = 0
        for patient in range(PATIENTS):
            for visit in range(VISITS):
                row += 1
                own = values[row - 1]
                sheet.write_string(row, 0, f"P-{patient + 1:04d}")
                sheet.write_string(row, 1, f"Day {28 * visit}")
                when = START + datetime.timedelta(days=patient % 300 + 28 * visit)
                sheet.write_datetime(row, 2, datetime.datetime(when.year, when.month, when.day), day)
                for column, factor in enumerate(scale, start=3):
                    sheet.write_number(row, column, round(float(own[column - 3]) * factor, 2))
                if row % 50 == 0:
                    sheet.write_string(row, 6, ("ND", "<62.5")[row % 100 == 0])
                sheet.write_number(row, 11, 20 + row % 25)
                sheet.write_string(row, 12, ("Paris", "London", "Lyon")[row % 3])
                sheet.write_number(row, 13, row % 400)
                if row % 20 == 0:
                    sheet.write_string(row, 14, f"remark {row % 1000}")
    return path


def write_french(path: Path) -> Path:
    """A coordinator's workbook: a list of patients and a wide sheet, decimal commas, dates as text."""
    import xlsxwriter

    random = np.random.default_rng(2)
    with xlsxwriter.Workbook(str(path)) as book:
        patients = book.add_worksheet("Patients")
        patients.write_row(0, 0, ("Liste des patients", "mise à jour le 14/03/2024"))
        patients.write_row(
            2,
            0,
            ("N° patient", "Sexe", "Âge", "Bras de traitement", "Date de randomisation", "Statut vital",
             "Date de décès", "Date des dernières nouvelles"),
        )  # fmt: skip
        biology = book.add_worksheet("Biologie")
        measures = ("Treg (%)", "Treg (cellules/µL)", "pNFH LCR (pg/mL)", "CCL2 plasma (pg/mL)")
        visits = ("V2", "V4", "V6", "V9", "V12", "V15")
        for number, measure in enumerate(measures):
            first = 1 + number * len(visits)
            biology.merge_range(0, first, 0, first + len(visits) - 1, measure)
            biology.write_row(1, first, visits)
        biology.write_string(1, 0, "N° patient")
        for number in range(FRENCH_PATIENTS):
            start = START + datetime.timedelta(days=number)
            dead = number % 3 == 0
            end = start + datetime.timedelta(days=int(random.integers(120, 620)))
            patients.write_row(
                number + 3,
                0,
                (f"{number + 1:03d}", "FH"[number % 2], 40 + number % 35, ("IL-2", "Placebo")[number % 2],
                 start.strftime("%d/%m/%Y"), ("vivant", "Décédé")[dead],
                 end.strftime("%d/%m/%Y") if dead else "", end.strftime("%d/%m/%Y")),
            )  # fmt: skip
            biology.write_string(number + 2, 0, f"{number + 1:03d}")
            for column in range(len(measures) * len(visits)):
                scale = (7.0, 55.0, 1800.0, 160.0)[column // len(visits)]
                value = f"{scale * random.lognormal(0, 0.2):.1f}".replace(".", ",")
                biology.write_string(number + 2, column + 1, "NF" if (number + column) % 40 == 0 else value)
        biology.write_row(FRENCH_PATIENTS + 3, 0, ("Moyenne", "8,1"))
        biology.write_row(FRENCH_PATIENTS + 5, 0, ("NF = non fait",))
    return path
