"""Patients and visits that stand only inside the names of samples: confirmed, then read."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import review, values

from mirocals_desktop.importing.sample_names import split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("PBC-001-V2-CSF", ("PBC-001", "V2")),
        ("PBC001V2CSF", ("PBC001", "V2")),
        ("FR01-001_M3_plasma", ("FR01-001", "M3")),
        ("001 J0", ("001", "J0")),
        ("FR02-007-C3D1", ("FR02-007", "C3D1")),
        ("P01/SCR/CSF", ("P01", "SCR")),
        ("P-001", None),
        ("UK01/001", None),
        ("2018-03-04", None),
        ("QC low 2", None),
    ],
)
def test_that_a_sample_is_named_after_patient_and_visit(name: str, parts: tuple[str, str] | None):
    assert split_name(name) == parts


def plate(form: str = "PBC-{n:03d}-{visit}-CSF"):
    """A plate of an assay: names of samples and concentrations, with blank and control."""
    rows = [
        [form.format(n=n, visit=visit), 700.0 + 10 * n + step]
        for n in range(1, 5)
        for step, visit in enumerate(("V2", "V4"))
    ]
    return sheet([["Sample name", "pNFH (pg/mL)"], *rows, ["Blank", 0.4]], name="Plate 1")


def expected() -> dict[tuple[str, str], float]:
    return {
        (f"PBC-{n:03d}", visit): 700.0 + 10 * n + step
        for n in range(1, 5)
        for step, visit in enumerate(("V2", "V4"))
    }


def patients():
    rows = [[f"PBC-{n:03d}", "F", day(f"2019-01-0{n}")] for n in range(1, 5)]
    return sheet([["Patient", "Sex", "Randomised"], *rows], name="Patients")


def test_that_a_plate_of_samples_gives_the_values_of_its_patients_at_their_visits():
    made = review(plate())
    assert values(made, "csf_pnfh") == expected()
    assert [(issue.code, issue.cell) for issue in made.issues] == [("control-row", "A10")]
    assert all(account.balanced for account in made.accounts)


@pytest.mark.parametrize("form", ["PBC-{n:03d}-{visit}-CSF", "PBC{n:03d}{visit}CSF", "pbc-{n:03d} {visit}"])
def test_that_samples_belong_to_the_patients_of_the_list(form: str):
    made = review(patients(), plate(form))
    assert values(made, "csf_pnfh") == expected()
    assert len(made.new_patients) == 4


def test_that_equal_values_of_two_samples_are_no_row_that_stands_twice():
    rows = [[f"P-00{n}-{visit}", 700.0] for n in (1, 2, 3) for visit in ("V2", "V4")]
    made = review(sheet([["Sample", "pNFH (pg/mL)"], *rows]))
    assert len(values(made, "csf_pnfh")) == 6


def test_that_the_visit_is_read_from_the_samples_beside_the_patients():
    rows = [
        [f"PBC-{n:03d}", f"PBC-{n:03d}-{visit}-CSF", 700.0 + 10 * n + step]
        for n in range(1, 5)
        for step, visit in enumerate(("V2", "V4"))
    ]
    made = review(sheet([["Patient", "Tube", "pNFH (pg/mL)"], *rows]))
    assert values(made, "csf_pnfh") == expected()


def test_that_names_are_only_names_when_somebody_says_so():
    made = review(patients(), plate(), answers={"sample-names|plate 1|sample name": "no"})
    assert set(values(made, "csf_pnfh")) <= {(f"PBC-{n:03d}", "") for n in range(1, 5)}


def test_that_a_column_of_visits_counts_and_nobody_is_asked_about_names():
    rows = [[f"PBC-{n:03d}", "V2", f"PBC-{n:03d}-V4", 700.0 + n] for n in range(1, 5)]
    made = review(sheet([["Patient", "Visit", "Tube", "pNFH (pg/mL)"], *rows]), accept=False)
    assert not [question for question in made.questions if question.id.startswith("sample-names")]
    assert {visit for _patient, visit in values(made, "csf_pnfh")} == {"V2"}
