"""The same file again: whatever a file calls its visits, it adds nothing the second time."""

from __future__ import annotations

from pathlib import Path

from books import sheet, workbook
from reviews import new_study

from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.study.study import Study

ROWS = "\n".join(
    f"{patient};{visit};{day};{value}"
    for patient in ("001", "002")
    for visit, day, value in (("J0", "01/02/2018", 61), ("Visite 1", "15/08/2019", 70), ("Visite 40", "", 80))
)


def test_that_visits_named_by_the_file_are_the_same_visits_the_second_time(tmp_path: Path):
    table = tmp_path / "suivi.csv"
    table.write_text(f"N° patient;Visite;Date de visite;Treg (cellules/µL)\n{ROWS}\n", encoding="utf-8")
    workbooks = (read_workbook(table),)
    with Study.create(
        tmp_path / "s.mirocals", protocol_text("mirocals"), title="s", person="A", role="data manager"
    ) as study:
        first = accept_suggestions(study, workbooks)
        assert commit(study, first) == 2
        before = study.snapshot()
        again = accept_suggestions(study, workbooks)
        assert (again.counts.new, again.counts.changed) == (0, 0)
        assert commit(study, again) == 0
        after = study.snapshot()
    assert len(before.visits) == len(after.visits) == 6
    assert after.entry == before.entry


def test_that_a_visit_whose_name_the_plan_gives_to_another_day_is_the_same_visit_the_second_time(
    tmp_path: Path,
):
    rows = "\n".join(
        f"{patient};{visit};{day};{value}"
        for patient in ("001", "002")
        for visit, day, value in (
            ("V0", "01/02/2018", 61),
            ("V4", "15/08/2019", 70),
            ("V6", "15/11/2019", 80),
        )
    )
    table = tmp_path / "suivi.csv"
    head = "N° patient;Date de randomisation;Visite;Date de visite;Treg (cellules/µL)"
    lines = [line.replace(";", ";01/02/2018;", 1) for line in rows.splitlines()]
    table.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    later = tmp_path / "suivi_2.csv"
    later.write_text(table.read_text(encoding="utf-8").replace(";80", ";81"), encoding="utf-8")
    with Study.create(
        tmp_path / "s.mirocals", protocol_text("mirocals"), title="s", person="A", role="data manager"
    ) as study:
        first = accept_suggestions(study, (read_workbook(table),))
        commit(study, first)
        before = study.snapshot()
        again = accept_suggestions(study, (read_workbook(later),))
        assert not again.additions.get("visits")
        assert (again.counts.new, again.counts.changed) == (0, 2)
        commit(study, again, reason="corrected")
        after = study.snapshot()
    assert [visit.code for visit in after.protocol.visits] == [visit.code for visit in before.protocol.visits]
    assert "v4_2" in {visit.code for visit in after.protocol.visits}


def test_that_a_new_variable_whose_name_was_taken_is_the_same_variable_the_second_time(tmp_path: Path):
    """“Treg” is the protocol's name for another quantity, so that the new variable is called “Treg (2)”."""
    table = tmp_path / "lab.csv"
    rows = "".join(f"P-{n:02d};V2;{6 + n / 10};{140 + n}\n" for n in range(1, 13))
    table.write_text(f"Patient;Visite;Treg (%);Treg (U)\n{rows}", encoding="utf-8")
    workbooks = (read_workbook(table),)
    with Study.create(
        tmp_path / "s.mirocals", protocol_text("mirocals"), title="s", person="A", role="data manager"
    ) as study:
        first = accept_suggestions(study, workbooks)
        commit(study, first)
        assert study.snapshot().protocol.variable("treg_2") is not None
        again = accept_suggestions(study, workbooks)
        assert (again.counts.new, again.counts.changed, again.counts.same) == (0, 0, 24)
        assert not again.additions.get("variables")


def test_that_a_file_that_comes_again_warns_of_no_value_that_is_stored_just_so(tmp_path: Path):
    def lab(odd: float) -> Workbook:
        rows: list[list[object]] = [["Patient", "Visit", "CSF pNFH (pg/mL)"]]
        rows += [[f"P-{n}", "V2", 1000 + n] for n in range(1, 25)]
        rows += [[f"P-{n}", "V8", 1000 + 2 * n if n != 7 else odd] for n in range(1, 25)]
        return workbook(sheet(rows), name="lab.xlsx")

    with new_study(tmp_path) as study:
        first = accept_suggestions(study, [lab(40_000)])
        commit(study, first)
        again = review_import(study, [lab(40_000)])
        other = review_import(study, [lab(900_000)])
    found = [
        [issue.cell for issue in made.issues if issue.code == "far-from-history"]
        for made in (first, again, other)
    ]
    assert found == [[], [], ["C32"]]
    assert (again.counts.new, again.counts.changed) == (0, 0)
