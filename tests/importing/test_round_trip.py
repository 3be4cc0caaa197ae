"""An export that comes back: nothing changes, and a corrected cell is a change of exactly that value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_study import made_up_study

from mirocals_desktop.export.workbook import write_workbook
from mirocals_desktop.i18n import set_language
from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.importing.review import Review, Status
from mirocals_desktop.study.study import Study

DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 1))
PATIENTS = st.dictionaries(
    st.from_regex(r"P-[0-9]{3}", fullmatch=True),
    st.fixed_dictionaries(
        {"randomisation_date": DAYS.map(str)},
        optional={
            "arm": st.sampled_from(["active", "placebo"]),
            "site": st.sampled_from(["FR01", "UK01"]),
            "vital_status": st.sampled_from(["alive", "dead", "lost"]),
            "onset_date": st.sampled_from(["2023", "2023-05", "2023-05-17"]),
            "withdrawal_reason": st.sampled_from(["moved", "Ne veut plus", "12"]),
        },
    ),
    min_size=2,
    max_size=6,
)
VALUES = st.dictionaries(
    st.sampled_from(["treg_percent", "weight", "svc_percent", "alsfrs_r_total"]),
    st.integers(0, 48).map(float),
    min_size=1,
)
VISITS = st.lists(
    st.tuples(st.sampled_from(["", "BL", "M3", "M6"]), DAYS.map(str), VALUES), min_size=2, max_size=8
)


@contextmanager
def in_language(code: str) -> Iterator[None]:
    set_language(code)
    try:
        yield
    finally:
        set_language("en")


def come_back(study: Study, path: Path) -> Review:
    """The review of the study's own export, with nothing answered."""
    write_workbook(study.snapshot(), path)
    return review_import(study, [read_workbook(path)])


@given(PATIENTS, VISITS, st.sampled_from(["en", "fr"]), st.integers(0, 3))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_importing_an_export_changes_nothing(tmp_path, patients, visits, code, doses):
    somebody = next(iter(patients))
    once = {(visit, day): (somebody, visit, day, values) for visit, day, values in visits}
    given_once = {place[0] or place[1]: row for place, row in once.items()}
    doses_of = [(somebody, f"2024-02-0{n + 1}") for n in range(doses)]
    with (
        made_up_study(patients, visits=list(given_once.values()), doses=doses_of) as study,
        in_language(code),
    ):
        made = come_back(study, tmp_path / "export.xlsx")
        assert not made.open_questions
        assert (made.counts.new, made.counts.changed) == (0, 0)
        assert not made.changes_study
        assert all(account.balanced for account in made.accounts)
        assert not [
            issue for issue in made.issues if issue.severity == "error" and "set apart" in issue.message
        ]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    patients = {f"P-{n:03d}": {"randomisation_date": "2024-01-01", "arm": "active"} for n in range(1, 4)}
    visits = [
        (f"P-{n:03d}", "", f"2024-04-0{n}", {"treg_percent": 7.25 + n, "weight": 70.0}) for n in range(1, 4)
    ]
    with made_up_study(patients, visits=visits, folder=tmp_path) as made:
        yield made


def edit(path: Path, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def cell_of(path: Path, patient: str, variable: str) -> str:
    """The cell of the value of a measurement in an exported workbook."""
    sheet = openpyxl.load_workbook(path)["Measurements"]
    headers = next(row for row in sheet.iter_rows() if "Value" in [cell.value for cell in row])
    at = {cell.value: cell.column - 1 for cell in headers}
    row = next(
        row for row in sheet.iter_rows(min_row=headers[0].row + 1)
        if (row[at["Patient"]].value, row[at["Variable"]].value) == (patient, variable)
    )  # fmt: skip
    return str(row[at["Value"]].coordinate)


def test_that_a_corrected_value_is_a_change_of_the_value_that_was_exported(study: Study, tmp_path: Path):
    path = tmp_path / "export.xlsx"
    write_workbook(study.snapshot(), path)
    edit(path, "Measurements", cell_of(path, "P-002", "treg percent"), 8.5)
    made = accept_suggestions(study, [read_workbook(path)])
    assert (made.counts.new, made.counts.changed) == (0, 1)
    changes = made.changes(study.snapshot())
    assert changes[["patient", "variable", "raw"]].to_numpy().tolist() == [["P-002", "treg_percent", "8.5"]]
    commit(study, made, reason="corrected by the laboratory")
    values = study.snapshot().measurements.query("variable == 'treg_percent'").set_index("patient")["number"]
    assert values.to_dict() == {"P-001": 8.25, "P-002": 8.5, "P-003": 10.25}


def test_that_a_row_that_the_export_had_not_is_set_apart_and_told(study: Study, tmp_path: Path):
    path = tmp_path / "export.xlsx"
    write_workbook(study.snapshot(), path)
    place = cell_of(path, "P-002", "treg percent")
    edit(path, "Measurements", f"A{place[1:]}", "P-003")
    made = review_import(study, [read_workbook(path)])
    told = [issue for issue in made.issues if issue.code == "not-of-this-export"]
    assert len(told) == 1
    assert (made.counts.new, made.counts.changed) == (0, 0)
    assert np.isin(made.status, (Status.SAME, Status.KEPT)).all()


@pytest.mark.parametrize("words", [{}, {"missed_reason": "ill"}])
def test_that_another_date_in_the_sheet_of_visits_is_told_and_where_it_is_to_be_corrected(tmp_path, words):
    patients = {f"P-{n:03d}": {"randomisation_date": "2024-01-01"} for n in (1, 2)}
    visits = [(p, "M3", "2024-04-01", {"weight": 70.0, **words}) for p in patients]
    with made_up_study(patients, visits=visits, folder=tmp_path) as study:
        path = tmp_path / "export.xlsx"
        write_workbook(study.snapshot(), path)
        sheet = openpyxl.load_workbook(path)["Visits"]
        row = next(row for row in sheet.iter_rows() if row[0].value == "P-002")
        cell = next(c.coordinate for c in row if str(c.value).startswith("2024-04-01"))
        edit(path, "Visits", cell, date(2024, 4, 8))
        made = review_import(study, [read_workbook(path)])
        (told,) = [issue for issue in made.issues if issue.severity == "error"]
        assert (told.code, told.sheet, told.cell) == ("visit-date-apart", "Visits", cell)
        assert not made.changes_study


def test_that_the_export_of_another_study_is_read_as_any_other_file(study: Study, tmp_path: Path):
    path = tmp_path / "export.xlsx"
    write_workbook(study.snapshot(), path)
    with made_up_study({"X-1": {}}) as other:
        made = review_import(other, [read_workbook(path)])
        assert "own-export" not in {issue.code for issue in made.issues}


def words_of(study: Study, path: Path) -> dict[tuple[str, str], str]:
    """(patient, day) -> what the study says in words of each visit."""
    frame = study.snapshot().observations
    frame = frame[frame["variable"] == "missed_reason"]
    return {(row["patient"], row["date"]): row["text"] for row in frame.to_dict("records")}


def test_that_words_of_visits_come_back_unchanged_and_a_corrected_one_is_a_change(tmp_path: Path):
    patients = {f"P-{n:03d}": {"randomisation_date": "2024-01-01"} for n in (1, 2)}
    reasons = {"P-001": "ill", "P-002": "no transport"}
    visits = [(p, "M3", "2024-04-01", {"weight": 70.0, "missed_reason": why}) for p, why in reasons.items()]
    with made_up_study(patients, visits=visits, folder=tmp_path) as study:
        path = tmp_path / "export.xlsx"
        write_workbook(study.snapshot(), path)
        made = review_import(study, [read_workbook(path)])
        assert not made.changes_study
        sheet = openpyxl.load_workbook(path)["Visits"]
        cell = next(c.coordinate for row in sheet.iter_rows() for c in row if c.value == "no transport")
        edit(path, "Visits", cell, "hospital stay")
        made = accept_suggestions(study, [read_workbook(path)])
        assert not made.open_questions
        assert (made.counts.new, made.counts.changed) == (0, 1)
        commit(study, made, reason="corrected by the site")
        assert words_of(study, path) == {
            ("P-001", "2024-04-01"): "ill",
            ("P-002", "2024-04-01"): "hospital stay",
        }
