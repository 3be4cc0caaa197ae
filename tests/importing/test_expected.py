"""Which stored values are missing in a file: of patients and visits that it covers, and of nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from books import sheet
from reviews import new_study

from mirocals_desktop.importing.commit import accept_suggestions, commit
from mirocals_desktop.importing.differences import list_cells, list_patients
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.review import Review
from mirocals_desktop.study.study import Study

Rows = Sequence[Sequence[object]]
IDS = [f"{site}-00{n}" for site in ("FR01", "UK01") for n in range(1, 7)]
PATIENTS = [["Patient", "Site", "Arm", "Randomised"]] + [
    [name, name[:4], ("IL-2", "Placebo")[n % 2], date(2019, 1, n + 1)] for n, name in enumerate(IDS)
]
HEADER = ["Patient", "Visit", "Date", "Treg (%)"]
LAB = [
    [name, visit, date(2019, month, n + 1), 5 + n / 10]
    for month, visit in ((1, "V2"), (2, "V3"), (3, "V4"))
    for n, name in enumerate(IDS)
]
AE_HEADER = ["Patient", "Adverse event", "Start", "Severity"]
AE = [[name, "Headache", date(2019, 2, n + 1), "mild"] for n, name in enumerate(IDS)]


def book(*tables: Rows, name: str) -> Workbook:
    sheets = tuple(sheet(rows, name=f"S{number}") for number, rows in enumerate(tables, start=1))
    return Workbook(name, name.encode().hex().ljust(64, "0")[:64], "xlsx", sheets)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder: Path = tmp_path_factory.mktemp("study")
    with new_study(folder) as made:
        files = [book(PATIENTS, [HEADER, *LAB], [AE_HEADER, *AE], name="first.xlsx")]
        commit(made, accept_suggestions(made, files))
        yield made


def look(study: Study, *tables: Rows) -> Review:
    """The review of a second file with these tables."""
    return accept_suggestions(study, [book(*tables, name="second.xlsx")])


def missing_of(review: Review) -> set[tuple[str, str, str]]:
    """(patient, variable, visit) of the values that are missing."""
    frame = review.missing
    return set(zip(frame["patient"], frame["variable"], frame["visit"], strict=True))


def found(review: Review, code: str) -> list[str]:
    return [issue.message for issue in review.issues if issue.code == code]


def test_that_a_patient_who_left_the_list_is_missing_with_every_cell(study: Study) -> None:
    rows = [row for row in PATIENTS if row[0] != "FR01-003"]
    lab = [row for row in LAB if row[0] != "FR01-003"]
    review = look(study, rows, [HEADER, *lab])
    assert {patient for patient, _variable, _visit in missing_of(review)} == {"FR01-003"}
    assert sum(variable == "treg_percent" for _patient, variable, _visit in missing_of(review)) == 3
    lines = list_patients(review, study.snapshot()).set_index("patient")
    assert not lines.loc["FR01-003", "present"]
    assert lines.loc["FR01-003", "missing"] == review.counts.missing == len(review.missing)
    cells = list_cells(review, study.snapshot(), "missing", patient="FR01-003")
    assert ("treg_percent", "5.2", "D4") in set(
        zip(cells["variable"], cells["before"], cells["cell"], strict=True)
    )
    told = f"Patient FR01-003 is in no file; {review.counts.missing} values of the patient are stored."
    assert found(review, "patient-missing") == [told]
    assert not found(review, "beyond-files")


def test_that_a_file_of_one_visit_lacks_that_visit_of_a_patient_alone(study: Study) -> None:
    month = [row for row in LAB if row[1] == "V4" and row[0] != "UK01-002"]
    review = look(study, [HEADER, *month])
    missing = review.missing[["patient", "variable", "date"]].to_numpy().tolist()
    assert missing == [["UK01-002", code, "2019-03-08"] for code in ("visit_date", "treg_percent")]
    assert len(found(review, "patient-missing")) == 1
    assert len(found(review, "beyond-files")) == 1


def test_that_a_file_of_one_site_lacks_nobody_of_another(study: Study) -> None:
    own = [row for row in LAB if row[0].startswith("UK01") and row[0] != "UK01-006"]
    review = look(study, [HEADER, *own])
    assert {patient for patient, _variable, _visit in missing_of(review)} == {"UK01-006"}


def test_that_a_file_of_some_patients_lacks_nobody(study: Study) -> None:
    review = look(study, [HEADER, *(row for row in LAB if row[0] in ("FR01-001", "UK01-002"))])
    assert (review.counts.missing, review.counts.new, review.counts.changed) == (0, 0, 0)
    assert not found(review, "patient-missing")
    assert found(review, "beyond-files")[0].startswith("60 stored values are of patients, visits or days")


def test_that_a_list_of_everybody_beside_a_few_results_lacks_no_result(study: Study) -> None:
    few = [row for row in LAB if row[0] in ("FR01-001", "UK01-002")]
    assert not look(study, PATIENTS, [HEADER, *few]).counts.missing


def test_that_the_records_of_one_month_do_not_lack_the_earlier_ones(study: Study) -> None:
    new = [[name, "Fever", date(2019, 6, 1), "mild"] for name in IDS]
    assert not look(study, [AE_HEADER, *new]).counts.missing
    again = look(study, [AE_HEADER, *AE[1:]])
    assert {patient for patient, _variable, _visit in missing_of(again)} == {IDS[0]}
