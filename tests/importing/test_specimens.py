"""In what something was measured: pNFH of serum is not the CSF pNFH of the protocol, wherever it is said."""

from __future__ import annotations

import pytest
from books import sheet
from reviews import review, values

from mirocals_desktop.importing.review import Review
from mirocals_desktop.importing.specimens import can_hold, specimen_of
from mirocals_desktop.protocol.reader import load_protocol

PEOPLE = [f"P-{n:03d}" for n in range(1, 7)]


def tall(specimens: str = "Specimen", **names: str) -> Review:
    """A laboratory's list: pNFH of both specimens, NfL of serum, CCL2 of both."""
    rows: list[list[object]] = [
        ["Patient", "Visit", "Collection date", specimens, "Analyte", "Result", "Unit"]
    ]
    for n, person in enumerate(PEOPLE):
        for specimen, analyte, value in (
            ("CSF", "pNFH", 1000 + n),
            ("Serum", "pNFH", 100 + n),
            ("Serum", "NfL", 50 + n),
            ("Plasma", "CCL2", 150 + n),
            ("CSF", "CCL2", 600 + n),
        ):
            rows.append([person, "V2", "2019-01-05", names.get(specimen, specimen), analyte, value, "pg/mL"])
    return review(sheet(rows, name="Results"))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Specimen", {}),
        ("Matrix", {"CSF": "LCR", "Serum": "sérum", "Plasma": "plasma EDTA"}),
        ("LBSPEC", {"CSF": "CEREBROSPINAL FLUID", "Serum": "SERUM", "Plasma": "PLASMA"}),
        ("Nature du prélèvement", {"CSF": "Liquide céphalo-rachidien", "Serum": "Sérum", "Plasma": "Plasma"}),
    ],
)
def test_that_a_list_of_results_is_read_by_what_was_measured_in_what(header: str, names: dict[str, str]):
    made = tall(header, **names)
    first = {
        code: values(made, code)["P-001", "V2"]
        for code in ("csf_pnfh", "serum_nfl", "ccl2_plasma", "ccl2_csf")
    }
    assert first == {"csf_pnfh": 1000, "serum_nfl": 50, "ccl2_plasma": 150, "ccl2_csf": 600}
    assert len(values(made, "csf_pnfh")) == len(PEOPLE)


def test_that_a_measure_in_another_specimen_is_asked_about_and_kept_as_its_own():
    made = tall()
    (question,) = [q for q in made.questions if q.id.startswith("parameter") and q.asked]
    assert question.suggested == "new:number"
    assert "pNFH, serum" in question.text
    assert {value for (_p, _v), value in values(made, "pnfh_serum").items()} == set(range(100, 106))


def test_that_rows_of_several_specimens_under_one_header_are_parted():
    rows: list[list[object]] = [["Patient", "Visit", "Matrix", "pNFH (pg/mL)", "CCL2 (pg/mL)"]]
    for n, person in enumerate(PEOPLE):
        rows += [[person, "V2", "serum", 100 + n, None], [person, "V2", "LCR", 1000 + n, 600 + n]]
        rows.append([person, "V2", "plasma", None, 150 + n])
    made = review(sheet(rows, name="Plate 1"))
    assert values(made, "csf_pnfh")["P-002", "V2"] == 1001
    assert values(made, "ccl2_plasma")["P-002", "V2"] == 151
    assert values(made, "ccl2_csf")["P-002", "V2"] == 601
    assert values(made, "pnfh_serum")["P-002", "V2"] == 101
    assert all(account.balanced for account in made.accounts)


def test_that_a_sheet_named_after_another_specimen_is_asked_about():
    rows = [
        ["Patient", "Visit", "pNFH (pg/mL)", "NfL (pg/mL)"],
        *([p, "V2", 100 + n, 50] for n, p in enumerate(PEOPLE)),
    ]
    asked = review(sheet(rows, name="Simoa serum"), accept=False)
    assert [q.suggested for q in asked.open_questions] == ["new:number"]
    assert not values(review(sheet(rows, name="Simoa serum")), "csf_pnfh")
    assert len(values(review(sheet(rows, name="Simoa serum")), "serum_nfl")) == len(PEOPLE)


def test_that_measurements_left_out_by_name_are_listed_and_counted():
    rows: list[list[object]] = [["Patient", "Visit", "Analyte", "Result"]]
    for n, person in enumerate(PEOPLE):
        rows += [[person, "V2", "pNFH", 1000 + n], [person, "V2", "Ferritin", 80 + n], [person, "V2", "", 5]]
    made = review(sheet(rows), answers={"parameter|sheet1|ferritin|": "left_out"})
    told = {left.header: (left.cells, left.reason) for left in made.left_out}
    assert told == {
        "Result: Ferritin": (6, "left out by choice"),
        "Result": (6, "nothing says what was measured"),
    }
    assert all(account.balanced for account in made.accounts)


def test_that_a_value_whose_name_column_is_left_out_is_left_out_and_listed():
    rows: list[list[object]] = [["Patient", "Visit", "Analyte", "Result"]]
    rows += [[person, "V2", "pNFH", 1000 + n] for n, person in enumerate(PEOPLE)]
    made = review(sheet(rows), answers={"column|sheet1|analyte": "left_out"})
    assert "Result" in {left.header for left in made.left_out}
    assert all(account.balanced for account in made.accounts)


@pytest.mark.parametrize(
    ("text", "specimen"),
    [
        ("Serum NfL (pg/mL)", "serum"),
        ("NfL sérique", "serum"),
        ("pNFH du LCR", "csf"),
        ("blood (serum)", "serum"),
        ("sang total", "blood"),
        ("CSF/serum ratio", ""),
        ("Serumalbumin", ""),
        ("Weight", ""),
    ],
)
def test_that_specimens_are_known_by_whole_words(text: str, specimen: str):
    assert specimen_of(text) == specimen


def test_that_serum_is_blood_and_csf_is_not():
    variables = {variable.code: variable for variable in load_protocol("mirocals").variables}
    assert can_hold(variables["csf_pnfh"], "csf")
    assert not can_hold(variables["csf_pnfh"], "serum")
    assert can_hold(variables["treg_percent"], "serum")
    assert not can_hold(variables["serum_nfl"], "plasma")
    assert can_hold(variables["weight"], "csf")


def test_that_a_column_of_names_is_known_by_its_names_whatever_its_header():
    rows: list[list[object]] = [["Patient", "Visite", "Dosage", "Résultat"]]
    for n, person in enumerate(PEOPLE):
        rows += [[person, "V2", "pNFH LCR", f"{1000 + n} pg/mL"], [person, "V2", "Treg", f"{5 + n},5 %"]]
    made = review(sheet(rows, name="Labo"))
    assert values(made, "csf_pnfh")["P-002", "V2"] == 1001
    assert values(made, "treg_percent")["P-002", "V2"] == 6.5
