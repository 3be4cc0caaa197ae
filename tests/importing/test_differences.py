"""What an import does, patient by patient and cell by cell; blanks that count; what a blinded person sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from books import sheet
from reviews import new_study

from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.covering import covered_cells
from mirocals_desktop.importing.differences import list_cells, list_patients
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.review import BLANKS
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

PATIENTS = [["Patient", "Arm", "Sex", "Randomised"]] + [
    [f"00{n}", ("IL-2", "Placebo")[n % 2], "F", date(2019, 1, n)] for n in range(1, 7)
]
HEADER = ["Patient", "Visit", "Date", "Treg (%)", "CSF pNFH (pg/mL)"]
LAB = [[f"00{n}", "V2", date(2019, 1, n), 5 + n / 10, 1000 + n] for n in range(1, 7)]


def book(*rows: list[list[object]], name: str) -> Workbook:
    sheets = tuple(sheet(part, name=f"S{number}") for number, part in enumerate(rows, start=1))
    return Workbook(name, name.encode().hex().ljust(64, "0")[:64], "xlsx", sheets)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with new_study(tmp_path) as made:
        commit(made, accept_suggestions(made, [book(PATIENTS, [HEADER, *LAB], name="first.xlsx")]))
        yield made


def second() -> Workbook:
    """The next file: 2 is at another visit, 3 has another value, 4 a blank, 5 "ND", 6 no row, 999 is new."""
    rows: list[list[object]] = [list(row) for row in LAB[:5]]
    rows[1][1], rows[2][3], rows[3][4], rows[4][4] = "V3", 9.9, None, "ND"
    rows.append(["999", "V2", date(2019, 1, 1), 7.0, 900])
    return book([HEADER, *rows], name="second.xlsx")


def test_that_a_patient_s_cells_are_counted_by_what_becomes_of_them(study: Study) -> None:
    review = accept_suggestions(study, [second()])
    lines = list_patients(review, study.snapshot()).set_index("patient")
    assert lines.loc["003", ["changed", "new", "missing", "set_apart"]].tolist() == [1, 0, 0, 0]
    assert lines.loc["002", "missing"] == 3
    assert lines["present"].to_dict() == {**dict.fromkeys(lines.index, True), "006": False}
    assert lines.loc["999", "set_apart"] == 5
    assert not lines.loc["999", "known"]
    assert lines["changed"].sum() == review.counts.changed
    assert lines["missing"].sum() == review.counts.missing
    assert lines["same"].sum() == review.counts.same


def test_that_a_changed_cell_shows_old_and_new_value(study: Study) -> None:
    review = accept_suggestions(study, [second()])
    cells = list_cells(review, study.snapshot(), "changed")
    shown = cells[["patient", "variable", "before", "raw", "cell"]].to_numpy().tolist()
    assert shown == [["003", "treg_percent", "5.3", "9.9", "D4"]]
    assert list_cells(review, study.snapshot(), "changed", patient="001").empty


def test_that_missing_and_set_apart_cells_are_listed_with_their_place(study: Study) -> None:
    review = accept_suggestions(study, [second()])
    missing = list_cells(review, study.snapshot(), "missing", patient="002")
    assert ("treg_percent", "5.2") in set(zip(missing["variable"], missing["before"], strict=True))
    apart = list_cells(review, study.snapshot(), "set_apart")
    assert set(apart["patient"]) == {"999"}
    assert set(apart["cell"]) == {"A7", "B7", "C7", "D7", "E7"}


def test_that_blanks_take_the_place_of_values_only_when_somebody_says_so(study: Study) -> None:
    kept = accept_suggestions(study, [second()])
    assert (kept.counts.blank, kept.counts.changed) == (2, 1)
    told = accept_suggestions(study, [second()], answers={BLANKS: "replace"})
    assert (told.counts.blank, told.counts.changed) == (2, 3)
    changed = list_cells(told, study.snapshot(), "changed").set_index("patient")
    assert changed.loc["004", ["before", "raw"]].tolist() == ["1004", ""]
    assert changed.loc["005", ["before", "raw"]].tolist() == ["1005", "ND"]
    commit(study, told, reason="withdrawn by the laboratory")
    assert study.history("004", "csf_pnfh", visit="V2")["missing"].tolist() == ["", "not_available"]
    again = accept_suggestions(study, [second()], answers={BLANKS: "replace"})
    assert not again.changes_study
    assert "004" not in set(study.snapshot().measurements.query("variable == 'csf_pnfh'")["patient"])


def test_that_a_change_may_have_a_reason_of_its_own(study: Study) -> None:
    told = accept_suggestions(study, [second()], answers={BLANKS: "replace"})
    own = ("004", "csf_pnfh", "V2", "second.xlsx", "S1", "E5")
    number = commit(study, told, reason="newer export", reasons={own: "sample mixed up"})
    assert set(study.entries()[number - 1].reason.split("; ")) == {"newer export", "sample mixed up"}
    assert study.history("004", "csf_pnfh", visit="V2")["reason"].tolist()[-1] == "sample mixed up"
    assert study.history("003", "treg_percent", visit="V2")["reason"].tolist()[-1] == "newer export"


def test_that_a_blinded_person_sees_headers_and_harmless_columns_only(tmp_path: Path) -> None:
    study = Study.create(
        tmp_path / "blinded.mirocals",
        protocol_text("mirocals"),
        title="Blinded",
        person="A. Tester",
        role="coordinator",
        blinded=True,
        key_file=tmp_path / "key",
        key_passphrase="a long enough passphrase",
    )
    rows = [["List of IL-2 patients"], [], *PATIENTS, [], ["001 had placebo by mistake"]]
    review = review_import(study, [book(rows, name="list.xlsx")])
    (source,) = review.plan.sources
    covered = covered_cells(review.plan, "list.xlsx", source.workbook.sheets[0])
    seen = {
        source.workbook.sheets[0].text(row, column) for row, column in zip(*(~covered).nonzero(), strict=True)
    }
    study.close()
    assert {"Patient", "Arm", "001", "F"} <= seen
    assert not any("IL-2" in text or "lacebo" in text for text in seen)


def test_that_a_column_once_read_into_a_log_is_not_taken_for_it_in_another_table(study: Study) -> None:
    header = ["Patient", "Dose date", "Kit number", "Remark"]
    doses = [[f"00{n}", date(2019, 1, n), f"K{n}", "given at home"] for n in range(1, 7) for _twice in "ab"]
    commit(study, accept_suggestions(study, [book([header, *doses], name="doses.xlsx")]))
    lab = [[*row, f"K{number}"] for number, row in enumerate(LAB)]
    review = accept_suggestions(study, [book([[*HEADER, "Kit number"], *lab], name="lab.xlsx")])
    asked = next(q for q in review.questions if q.kind == "column" and "Kit number" in q.text)
    logged = {f"var:{v.code}" for v in review.protocol.variables if v.scope == "log"}
    assert logged
    assert not logged & {option.code for option in asked.options}
    assert {account.balanced for account in review.accounts} == {True}
