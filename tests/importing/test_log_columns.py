"""Columns of logs that look like the visit of a row: they are values of the log, and none is lost."""

from __future__ import annotations

from datetime import date

from books import sheet
from reviews import frame, review


def said(made, variable: str) -> list[object]:
    rows = frame(made).query("variable == @variable and missing == ''")
    return [row["text"] or row["number"] for row in rows.to_dict("records")]


def test_that_the_cycle_of_a_dispensing_log_and_the_visit_of_a_sample_log_are_values_of_the_log():
    doses = [["Subject No.", "Cycle", "Kit No.", "Vials dispensed", "Vials returned"]]
    doses += [[f"P-{n}", cycle, f"K{10 * n + cycle}", 5, 0] for n in range(1, 5) for cycle in (1, 2)]
    assert said(review(sheet(doses, name="Dispensing")), "dose_cycle") == [1, 2] * 4
    tubes = [["Patient", "Visit", "Sample ID", "Type", "Collected", "Shipped"]]
    tubes += [[f"P-{n}", "V2", f"S{n:03d}", "CSF", date(2019, 3, n), date(2019, 3, n)] for n in range(1, 7)]
    assert said(review(sheet(tubes, name="Samples")), "sample_visit") == ["V2"] * 6


def test_that_a_visit_that_a_log_does_not_know_is_asked_about():
    rows = [["Patient", "Visit", "AE term", "Start", "Stop", "Grade", "Serious"]]
    rows += [[f"P-{n}", "V2", "Fever", date(2019, 3, n), date(2019, 4, n), 1, "No"] for n in range(1, 7)]
    made = review(sheet(rows, name="AE log"), accept=False)
    assert [q.id for q in made.open_questions if q.kind == "column"] == ["column|ae log|visit"]


def test_that_a_mark_of_a_footnote_is_a_remark():
    rows = [["Patient", "Visit", "Treg (%)"], *([f"P-{n}", "V2", f"7.{n}†"] for n in range(1, 7))]
    assert said(review(sheet(rows)), "treg_percent") == [7.1, 7.2, 7.3, 7.4, 7.5, 7.6]
