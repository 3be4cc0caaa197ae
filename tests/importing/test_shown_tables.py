"""Tables that a person has shown hold for the next file of the shape; files of one name stay apart."""

from __future__ import annotations

from pathlib import Path

from books import sheet
from reviews import new_study

from mirocals_desktop.importing.bounds import AS_FOUND
from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.grid import Sheet, Workbook


def odd_sheet(first: int, count: int) -> Sheet:
    """A table below a line that looks more like its header than its own header does."""
    rows: list[list[object]] = [
        ["Patient", "Visit", "Weight", "Height"],
        ["Whom", "When", "Kilos", "Size"],
    ]
    rows += [[f"P-{n}", "V2", 60 + n, 170 + n] for n in range(first, first + count)]
    return sheet(rows, name="Lab")


def book(number: int, content: Sheet) -> Workbook:
    return Workbook("lab.xlsx", str(number) * 64, "xlsx", (content,))


SHOWN = {"bounds|lab": "A2:D8/1", "patient|lab": "whom", "column|lab|kilos": "var:weight"}


def test_that_bounds_that_somebody_has_shown_hold_for_the_next_file_of_the_shape(tmp_path: Path):
    with new_study(tmp_path) as study:
        first = accept_suggestions(study, [book(1, odd_sheet(1, 6))], answers=SHOWN)
        assert first.plan.tables[0].table.header_rows == (1,)
        commit(study, first)
        longer = book(2, odd_sheet(7, 9))
        table = review_import(study, [longer]).plan.tables[0].table
        assert (table.header_rows, table.rows.tolist()) == ((1,), list(range(2, 11)))
        as_found = review_import(study, [longer], answers={"bounds|lab": AS_FOUND}).plan.tables[0].table
        assert as_found.header_rows != (1,)


def test_that_a_file_of_another_shape_is_read_as_found(tmp_path: Path):
    with new_study(tmp_path) as study:
        commit(study, accept_suggestions(study, [book(1, odd_sheet(1, 6))], answers=SHOWN))
        rows = [
            ["Patient", "Visit", "Treg (%)", "Sex"],
            *([f"P-{n}", "V2", 5.0 + n, "F"] for n in range(1, 9)),
        ]
        other = review_import(study, [book(3, sheet(rows, name="Lab"))])
        assert other.plan.tables[0].table.header_rows == (0,)


def test_that_two_files_of_one_name_are_told_apart(tmp_path: Path):
    def lab(number: int, first: int) -> Workbook:
        rows = [[f"P-{n}", "V2", 5.0 + n] for n in range(first, first + 3)]
        return book(number, sheet([["Patient", "Visit", "Treg (%)"], *rows], name="Lab"))

    with new_study(tmp_path) as study:
        made = accept_suggestions(study, [lab(1, 1), lab(2, 4)])
        commit(study, made)
        stored = study.snapshot().measurements
        assert sorted(stored["patient"]) == [f"P-{n}" for n in range(1, 7)]
        places = study.snapshot().observations[["file", "sheet", "cell"]]
        assert not places.duplicated().any()
        again = accept_suggestions(study, [lab(2, 4), lab(1, 1)])
        assert (again.counts.new, again.counts.changed) == (0, 0)
