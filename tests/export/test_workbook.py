"""The workbook of a real study: read back it has the snapshot's values, blinded it has nothing restricted."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from mirocals_desktop.analysis.study_survival import analyse_study
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.book import plain_text
from mirocals_desktop.export.content import censored_text, header_of
from mirocals_desktop.export.workbook import write_workbook
from mirocals_desktop.i18n import set_language
from mirocals_desktop.progress import Cancelled
from mirocals_desktop.protocol import codes
from mirocals_desktop.study import ledger
from mirocals_desktop.study.snapshot import Snapshot
from mirocals_desktop.study.study import Study
from tests.study.records import PASSPHRASE, create, create_blinded, frame, value

PATIENTS = 24


def rows(patients: int = PATIENTS, *, text: str = "n/a") -> list[dict[str, Any]]:
    """A small trial: two arms, three classes of pNFH, deaths, `<` and `>` values, partial dates, a log."""
    written: list[dict[str, Any]] = []
    for number in range(patients):
        patient = f"FR01-{number + 1:03d}"
        arm = "il2" if number % 2 else "placebo"
        pnfh = [300.0, 1500.0, 5200.0][number % 3]
        facts = {
            codes.ARM: arm,
            codes.SITE: "FR01",
            codes.SEX: "male" if number % 3 else "female",
            codes.AGE: 50.25 + number,
            codes.ONSET_DATE: "2022-03" if number % 2 else "2021",
            codes.RANDOMISATION_DATE: "2023-01-02",
            codes.FIRST_DOSE_DATE: "2023-01-03",
            codes.LAST_CONTACT_DATE: "2023-05-02" if number == 5 else "2024-11-20",
            codes.WITHDRAWAL_REASON: text if number == 1 else "",
        }
        if number % 4 == 2 or number % 8 == 3:
            facts[codes.DEATH_DATE] = f"2023-{2 + number // 4:02d}-15"
            facts[codes.LAST_CONTACT_DATE] = facts[codes.DEATH_DATE]
        written += [value(patient, code, fact) for code, fact in facts.items() if fact != ""]
        for visit, day in (("V2", "2023-01-02"), ("V3", "2023-01-10")):
            at = {"visit": visit, "date": day}
            written.append(value(patient, codes.VISIT_DATE, day, **at))
            written.append(
                value(patient, codes.TREG_PERCENT, 7.5 + number / 8 + 5 * number * (visit == "V3"), **at)
            )
        qualifier = "<" if number == 0 else ">" if number == 2 else ""
        number_said = 62.5 if number == 0 else 10_000 if number == 2 else pnfh
        written.append(
            value(patient, codes.CSF_PNFH, number_said, visit="V2", date="2023-01-02", qualifier=qualifier)
        )
        written.append(value(patient, codes.WEIGHT, 70.4, date="2023-03-19"))
        written.append(value(patient, "ae_term", f"=HYPERLINK({number})", record=1))
        written.append(value(patient, "ae_start_date", "2023-02", record=1))
    return written


def trial(path: Path) -> Study:
    study = create(path, synthetic=True)
    study.record(ledger.IMPORTED, observations=frame(*rows()))
    study.set_option("data_cut", "2024-12-01")
    return study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return trial(tmp_path / "trial.mirocals")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    with trial(tmp_path_factory.mktemp("trial") / "trial.mirocals") as study:
        return study.snapshot()


@pytest.fixture(scope="module")
def path(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial's workbook, in English: only read."""
    path = tmp_path_factory.mktemp("workbook") / "out.xlsx"
    write_workbook(snapshot, path)
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def exported(snapshot: Snapshot, path: Path) -> openpyxl.Workbook:
    write_workbook(snapshot, path)
    return openpyxl.load_workbook(path)


def table(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows of a sheet by their headers; days as dates."""
    lines = list(sheet.iter_rows(values_only=True))
    return [
        {
            str(name): cell.date() if isinstance(cell, datetime) else cell
            for name, cell in zip(lines[0], line, strict=True)
        }
        for line in lines[1:]
    ]


def every_text(path: Path) -> str:
    """Everything in a workbook's files, as text."""
    with zipfile.ZipFile(path) as whole:
        return "\n".join(whole.read(name).decode("utf-8") for name in whole.namelist())


def test_that_every_measurement_is_read_back_with_its_number_and_its_cell(
    snapshot: Snapshot, book: openpyxl.Workbook
) -> None:
    read = table(book["Measurements"])
    assert len(read) == len(snapshot.measurements) > 90
    by_id = snapshot.measurements.set_index("id")
    source = snapshot.observations.set_index("id")
    for row in read:
        stored, cell = by_id.loc[row["Observation"]], source.loc[row["Observation"]]
        variable = snapshot.protocol.variable(stored["variable"])
        assert variable is not None
        assert row["Patient"] == stored["patient"]
        assert row["Variable"] == str(variable.label)
        assert row["Value"] == stored["number"]
        assert (row["Qualifier"] or "") == stored["qualifier"]
        assert row["Unit"] == (variable.unit or None)
        assert row["Date"] == date.fromisoformat(stored["date"])
        assert row["Day"] == stored["day"]
        assert (row["As written"], row["File"], row["Sheet"], row["Cell"]) == (
            cell["raw"],
            cell["file"],
            cell["sheet"],
            cell["cell"],
        )


def test_that_every_wide_sheet_holds_every_measurement_of_its_variable_at_its_visit(
    snapshot: Snapshot, book: openpyxl.Workbook
) -> None:
    protocol = snapshot.protocol
    seen = 0
    for code, part in snapshot.measurements.groupby("variable"):
        variable = protocol.variable(str(code))
        assert variable is not None
        name = next(n for n in book.sheetnames if n.replace("⁄", "/") == str(variable.label))
        read = {row["Patient"]: row for row in table(book[name])}
        for _i, stored in part.iterrows():
            visit = protocol.visit(stored["visit"])
            cell = read[stored["patient"]][str(visit.label) if visit else "Unscheduled"]
            wanted = stored["number"]
            if stored["qualifier"]:
                wanted = censored_text(stored["qualifier"], stored["number"], variable.decimals)
            assert cell == wanted
            seen += 1
    assert seen == len(snapshot.measurements)


def test_that_patients_have_real_numbers_real_dates_and_partial_dates_as_text(
    snapshot: Snapshot, book: openpyxl.Workbook
) -> None:
    read = table(book["Patients"])
    assert [row["Patient"] for row in read] == list(snapshot.patients.index)
    for row in read:
        stored = snapshot.patients.loc[row["Patient"]]
        assert row["Status"] in {"Died", "Completed", "Unknown"}
        assert (row["Status"] == "Died") == bool(stored.get(codes.DEATH_DATE))
        assert row["Age (years)"] == stored[codes.AGE]
        assert row["Date of randomisation"] == date(2023, 1, 2)
        assert row["Date of symptom onset"] == stored[codes.ONSET_DATE]
        assert row["Arm"] == {"il2": "IL-2", "placebo": "Placebo"}[stored[codes.ARM]]


def test_that_events_and_logs_are_read_back_and_a_text_like_a_formula_stays_a_text(
    snapshot: Snapshot, book: openpyxl.Workbook
) -> None:
    events = table(book["Events"])
    assert [(row["Patient"], row["Date"].isoformat(), row["Day"]) for row in events] == [
        (event["patient"], event["date"], event["day"]) for _i, event in snapshot.events.iterrows()
    ]
    log = table(book["Adverse events"])
    assert [row["Adverse event"] for row in log] == [f"=HYPERLINK({n})" for n in range(PATIENTS)]
    assert {row["AE start"] for row in log} == {"2023-02"}
    column = [cell.value for cell in book["Adverse events"][1]].index("Adverse event") + 1
    assert book["Adverse events"].cell(2, column).data_type == "s"
    for sheet in book:
        assert not any(cell.data_type == "f" for line in sheet.iter_rows() for cell in line)


def test_that_the_first_sheet_says_study_entry_hash_options_excluded_patients_and_every_sheet(
    study: Study, tmp_path: Path
) -> None:
    with study:
        study.set_option("excluded", ["FR01-003"], reason="consent withdrawn")
        snapshot = study.snapshot()
    book = exported(snapshot, tmp_path / "out.xlsx")
    about = book.worksheets[0]
    assert about.title == "About this export"
    said = "\n".join(
        str(cell) for line in about.iter_rows(values_only=True) for cell in line if cell is not None
    )
    for fact in (
        "SYNTHETIC", "Test trial", snapshot.study_id, snapshot.head, "Date of randomisation", "day 640",
        "Death", "2024-12-01", "1: FR01-003", "MIROCALS Desktop", "NCT03039673",
    ):  # fmt: skip
        assert fact in said, fact
    assert f"\n{snapshot.entry}\n" in said
    listed = {cell.value for line in about.iter_rows() for cell in line if cell.hyperlink}
    assert listed == set(book.sheetnames[1:])


def test_that_synthetic_stands_on_every_printed_page_and_in_the_files_properties(
    book: openpyxl.Workbook,
) -> None:
    assert all("SYNTHETIC" in (sheet.oddHeader.right.text or "") for sheet in book)
    assert "SYNTHETIC" in str(book.properties.keywords)


def test_that_the_survival_sheet_has_the_analysis_numbers_and_a_native_step_chart(
    snapshot: Snapshot, book: openpyxl.Workbook, path: Path
) -> None:
    analysis = analyse_study(snapshot)
    result = analysis.result
    cells = [cell for line in book["Survival"].iter_rows(values_only=True) for cell in line]
    assert result.cox is not None
    assert result.cox.terms[0].hr in [pytest.approx(cell) for cell in cells if isinstance(cell, float)]
    days = table(book["Survival by day"])
    for group in result.groups:
        mine = [row for row in days if row["Group"] == group.label and row["Grouping"] == "Arm"]
        assert [row["Day"] for row in mine] == group.curve.days.tolist()
        assert [row["Survival"] for row in mine] == pytest.approx(group.curve.survival.tolist(), rel=1e-15)
        assert [row["At risk"] for row in mine] == group.curve.at_risk.tolist()
    endpoint = table(book["Endpoint"])
    assert [row["Day"] for row in endpoint] == analysis.endpoint.stop.tolist()
    assert [row["Event (1 = yes)"] for row in endpoint] == analysis.endpoint.event.astype(int).tolist()

    with zipfile.ZipFile(path) as whole:
        charts = [whole.read(name).decode() for name in whole.namelist() if "charts/chart" in name]
    assert len(charts) == 2  # by arm, by class
    assert all("<c:scatterChart>" in chart and "SYNTHETIC" in chart for chart in charts)
    assert all("<c:numCache>" in chart for chart in charts)
    points = book["Chart points"]
    for reference in re.findall(r"<c:f>(.*?)</c:f>", "".join(charts)):
        if match := re.fullmatch(r"'Chart points'!\$(\w+)\$2:\$\1\$(\d+)", reference):
            column, last = match.groups()
            values = [points[f"{column}{row}"].value for row in range(2, int(last) + 1)]
            assert all(isinstance(found, int | float) for found in values)
    first = [points.cell(row, 1).value for row in range(2, 60)]
    assert first[0] == 0
    assert 640 in first


def test_that_a_corner_follows_each_step_so_that_straight_lines_draw_stairs(book: openpyxl.Workbook) -> None:
    points = book["Chart points"]
    corners = [
        (points.cell(row, 1).value, points.cell(row, 2).value)
        for row in range(2, points.max_row + 1)
        if points.cell(row, 1).value is not None
    ]
    assert corners[0] == (0, 1)
    for (day, survival), (next_day, next_survival) in pairwise(corners):
        assert (day == next_day) != (survival == next_survival)  # every line is level or upright


def test_that_biomarker_summaries_count_every_patient_and_keep_values_beyond_the_assay(
    book: openpyxl.Workbook,
) -> None:
    read = table(book["Biomarker summaries"])
    pnfh = [row for row in read if row["Variable"] == "CSF pNFH" and row["Group"] == "All patients"]
    assert [(row["n"], row["Below the limit"], row["Above the limit"]) for row in pnfh] == [(PATIENTS, 1, 1)]
    assert pnfh[0]["Minimum"] == "< 62.5"
    assert pnfh[0]["Maximum"] == "> 10000"
    treg = next(
        row
        for row in read
        if (row["Variable"], row["Group"]) == ("Tregs (% of CD4+)", "All patients") and "base" in row["Visit"]
    )  # fmt: skip
    values = [7.5 + number / 8 for number in range(PATIENTS)]
    assert treg["Median"] == pytest.approx(np.median(values))
    assert treg["Mean"] == pytest.approx(np.mean(values))


def test_that_visits_due_are_listed_with_their_windows(study: Study, tmp_path: Path) -> None:
    with study:
        study.set_option("data_cut", "2023-02-10", reason="an earlier look")
        snapshot = study.snapshot()
    due = table(exported(snapshot, tmp_path / "out.xlsx")["Visits due"])
    assert due
    assert {row["State"] for row in due} <= {"Overdue", "Due", "Soon due"}
    assert all(isinstance(row["Window closes"], date) for row in due)
    overdue = [row["Days overdue"] for row in due if row["State"] == "Overdue"]
    assert overdue == sorted(overdue, reverse=True)
    assert overdue


def test_that_a_blinded_study_exports_no_arm_no_restricted_value_and_no_name_of_a_sheet(
    tmp_path: Path,
) -> None:
    canaries = {"8172.25", "8172,25", "il2", "placebo", "IL-2 group", "list of placebo"}
    with create_blinded(tmp_path) as study:
        written = rows()
        for number, row in enumerate(written):
            row["sheet"] = "Sheet of arm one" if number % 2 else "Sheet of arm two"
            if row["variable"] == codes.TREG_PERCENT and row["visit"] == "V3":
                row["number"], row["raw"] = 8172.25 / 100, "8172,25"
        study.record(ledger.IMPORTED, observations=frame(*written))
        snapshot = study.snapshot()
    path = tmp_path / "out.xlsx"
    write_workbook(snapshot, path)
    everything = every_text(path)
    assert "BLINDED" in everything
    for canary in (*canaries, "81.7225", "Sheet of arm", "book.xlsx"):
        assert canary not in everything, canary
    book = openpyxl.load_workbook(path)
    assert "Arm" not in [cell.value for cell in book["Patients"][1]]
    sealed = [row for row in table(book["Measurements"]) if row["Value"] == "sealed"]
    assert len(sealed) == PATIENTS
    assert {row["Group"] for row in table(book["Survival by day"])} == {
        "All patients", "below 750 pg/mL", "750 to 3,700 pg/mL", "above 3,700 pg/mL",
    }  # fmt: skip


def test_that_an_unblinded_session_says_so_on_its_export(tmp_path: Path) -> None:
    with create_blinded(tmp_path) as study:
        study.record(ledger.IMPORTED, observations=frame(*rows()))
        study.unblind(tmp_path / "study.key", PASSPHRASE, "final analysis")
        snapshot = study.snapshot()
    book = exported(snapshot, tmp_path / "out.xlsx")
    assert "UNBLINDED" in str(book["About this export"]["A2"].value)
    assert "Arm" in [cell.value for cell in book["Patients"][1]]


def test_that_headers_sheets_and_choices_are_in_the_users_language(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    set_language("fr")
    book = exported(snapshot, tmp_path / "out.xlsx")
    variable = snapshot.protocol.variable(codes.SEX)
    assert variable is not None
    assert header_of(variable) == "Sexe"
    patients = book.worksheets[1]
    assert "Sexe" in [cell.value for cell in patients[1]]
    assert {"Homme", "Femme"} <= {cell.value for line in patients.iter_rows() for cell in line}
    age = snapshot.protocol.variable("age")
    assert age is not None
    assert header_of(age) == "Âge (ans)"


def test_that_a_study_without_anything_is_exported_too(tmp_path: Path) -> None:
    with create(tmp_path / "empty.mirocals") as study:
        snapshot = study.snapshot()
    book = exported(snapshot, tmp_path / "out.xlsx")
    assert "Survival" not in book.sheetnames
    assert table(book["Patients"]) == []


def test_that_stopping_leaves_neither_a_file_nor_anything_beside_it(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_workbook(snapshot, folder / "out.xlsx", report=stop)
    assert list(folder.iterdir()) == []


def test_that_a_target_open_elsewhere_is_said_before_any_work_is_done(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    (tmp_path / "~$out.xlsx").write_bytes(b"")
    reported: list[float] = []
    with pytest.raises(AppError, match="open in another program"):
        write_workbook(
            snapshot, tmp_path / "out.xlsx", report=lambda fraction, _message: reported.append(fraction)
        )
    assert reported == []


@settings(max_examples=4)  # each writes a whole workbook: so each has many texts
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=8, max_size=8))
def test_that_any_text_of_a_study_comes_back_from_its_workbook(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("text")
    with create(folder / "t.mirocals") as study:
        said = [value(f"P-{n}", codes.WITHDRAWAL_REASON, text) for n, text in enumerate(texts) if text]
        study.record(ledger.IMPORTED, observations=frame(*rows(4), *said))
        snapshot = study.snapshot()
    read = {line["Patient"]: line for line in table(exported(snapshot, folder / "out.xlsx")["Patients"])}
    stored = snapshot.patients[codes.WITHDRAWAL_REASON]
    assert {f"P-{n}" for n, text in enumerate(texts) if text} <= set(read)
    for patient, line in read.items():
        text = stored.get(patient)
        assert line["Reason of withdrawal"] == (plain_text(text) or None if isinstance(text, str) else None)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed here")
def test_that_libreoffice_opens_the_workbook_and_sees_the_same_values(
    book: openpyxl.Workbook, path: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    run = subprocess.run(
        [
            "soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(again), str(path),
        ],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert (again / "out.xlsx").exists(), run.stderr
    theirs = openpyxl.load_workbook(again / "out.xlsx")
    assert theirs.sheetnames == book.sheetnames
    for sheet in book:
        mine = [line for line in sheet.iter_rows(values_only=True) if any(cell is not None for cell in line)]
        other = [
            line[: sheet.max_column]
            for line in theirs[sheet.title].iter_rows(values_only=True)
            if any(cell is not None for cell in line)
        ]
        assert len(mine) == len(other), sheet.title
        for my_line, other_line in zip(mine, other, strict=True):
            padded = (*other_line, *[None] * (len(my_line) - len(other_line)))
            for my_cell, other_cell in zip(my_line, padded, strict=True):
                if isinstance(my_cell, float):
                    assert other_cell == pytest.approx(my_cell, rel=1e-14)
                else:
                    assert other_cell == my_cell
    with zipfile.ZipFile(again / "out.xlsx") as whole:
        assert sum("charts/chart" in name and name.endswith(".xml") for name in whole.namelist()) >= 2
