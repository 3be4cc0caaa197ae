"""Words of headers, outcomes and dates that no list of names holds, as hospitals write them."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import codes, of_patient, review, values

from mirocals_desktop.importing.coding import status_meant
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.header_words import date_meant, means_arm, means_status, names_patients


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("DTINC", "randomisation_date"),
        ("Tirage au sort le", "randomisation_date"),
        ("Enrolled on", "randomisation_date"),
        ("DATE_DX", "diagnosis_date"),
        ("ddiag", "diagnosis_date"),
        ("Date dernière consultation", "last_contact_date"),
        ("Dt DN", "last_contact_date"),
        ("DTSTAT", "end_of_follow_up_date"),
        ("D. naiss.", "birth_date"),
        ("Date of progression", ""),
        ("Date of last dose", ""),
        ("Visit date", ""),
    ],
)
def test_that_a_date_is_told_by_the_stems_of_its_header(header: str, code: str):
    assert date_meant(header) == code


def test_that_headers_of_patients_arms_and_statuses_are_known_by_their_words():
    assert [names_patients(text) for text in ("Patient ID Number", "PATNO", "MRN", "Weight")] == [
        1,
        1,
        0.7,
        0,
    ]
    assert [means_arm(text) for text in ("Tt", "grp", "Bras attribué", "Group sessions")] == [True] * 3 + [
        False
    ]
    assert means_status("Alive at last contact")
    assert means_status("4. Is the patient dead?")
    assert not means_status("Marital status")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("1:DECEASED", "dead"),
        ("Décédé (progression)", "dead"),
        ("DOD", "dead"),
        ("Vivant sans maladie", "alive"),
        ("NED", "alive"),
        ("Last contact", "alive"),
        ("Perdu de vue", "lost"),
        ("Non décédé", ""),
        ("Alive or dead", ""),
        ("Transplanted", ""),
    ],
)
def test_that_words_say_a_vital_status_only_where_they_are_clear(text: str, status: str):
    assert status_meant(text) == status


def test_that_months_are_read_in_italian_spanish_and_german():
    days = [read_date(text, 2026).read("dmy") for text in ("12-mag-15", "3-ene-2014", "1. Okt. 2013")]
    assert [one.text for one in days if one] == ["2015-05-12", "2014-01-03", "2013-10-01"]


def test_that_codes_with_their_words_are_the_words_and_months_of_survival_count_from_the_diagnosis():
    rows = [["PATIENT_ID", "DATE_DX", "OS_STATUS", "OS_MONTHS"]]
    rows += [
        [f"P{n}", day(f"2010-01-{n:02d}"), "1:DECEASED" if n % 2 else "0:LIVING", 10.5] for n in range(1, 9)
    ]
    made = review(sheet(rows))
    assert of_patient(made, "vital_status")["P1"] == "dead"
    assert of_patient(made, "vital_status")["P2"] == "alive"
    assert of_patient(made, "end_of_follow_up_date")["P1"] == "2010-11-17"


def test_that_ddn_after_the_inclusion_is_the_last_news_and_before_it_the_birth():
    def of(days: list[str]) -> set[str]:
        rows = [["N°", "Date d’inclusion", "DDN"]]
        rows += [[n, day(f"2012-03-{n:02d}"), day(text)] for n, text in enumerate(days, 1)]
        made = review(sheet(rows))
        return {code for code in ("birth_date", "last_contact_date") if values(made, code)}

    assert of(["2014-01-01", "2015-02-02", "2012-12-12"]) == {"last_contact_date"}
    assert of(["1950-01-01", "1961-02-02", "1972-12-12"]) == {"birth_date"}


def test_that_labels_below_the_names_of_variables_are_no_patient():
    rows = [
        ["ident", "dinc", "survie", "etat"],
        ["Identifiant", "Date d'inclusion", "Survie (mois)", "Etat final"],
    ]
    rows += [[n, day(f"2010-01-{n:02d}"), 5.5 + n, ["Vivant", "Décédé"][n % 2]] for n in range(1, 9)]
    made = review(sheet(rows))
    assert sorted(of_patient(made, "vital_status")) == [str(n) for n in range(1, 9)]
    assert len(of_patient(made, "end_of_follow_up_date")) == 8


def test_that_a_bare_date_on_a_sheet_of_deaths_is_the_death_and_its_ids_make_nobody_new():
    patients = [["ID", "Rando", "Dernière consultation"]]
    patients += [[n, day(f"2010-01-{n:02d}"), day(f"2012-01-{n:02d}")] for n in range(1, 9)]
    deaths = [
        ["Code patient", "Date", "Cause"],
        ["P-0002", day("2011-05-05"), "?"],
        ["P-0007", day("2011-06-06"), "?"],
    ]
    made = review(sheet(patients, name="Patients"), sheet(deaths, name="Décès"))
    assert of_patient(made, "death_date") == {"2": "2011-05-05", "7": "2011-06-06"}
    assert len(made.new_patients) == 8


def headed(*, arms: tuple[str, str] = ("Bras Obs", "Bras Lev")) -> list[list[object]]:
    """Eight patients below two headings between the rows."""
    rows: list[list[object]] = [["N° patient", "Date de randomisation", "Décès (O/N)"]]
    for at, arm in enumerate(arms):
        rows.append([arm])
        rows += [[4 * at + n, day(f"2010-01-{n:02d}"), "ON"[n % 2]] for n in range(1, 5)]
    return rows


def test_that_headings_between_rows_that_name_arms_are_the_arms_of_the_rows_below_once_confirmed():
    question = next(q for q in review(sheet(headed()), accept=False).open_questions if q.kind == "arm")
    assert "“Bras Obs”, “Bras Lev”" in question.text
    made = review(sheet(headed()))
    assert of_patient(made, "arm")["1"] != of_patient(made, "arm")["5"]
    assert len(of_patient(made, "arm")) == 8
    assert "section-row" not in {code for code, _cell in codes(made)}
    assert not of_patient(review(sheet(headed()), answers={question.id: "no"}), "arm")


def test_that_the_numbers_and_conditions_of_questions_are_no_part_of_them():
    rows = [
        [
            "1. Patient number",
            "2. Date of randomisation",
            "3. Is the patient dead?",
            "4. If yes, date of death",
        ]
    ]
    rows += [[n, f"{n:02d}.03.2010", "NY"[n % 2], "20.04.2011" if n % 2 else ""] for n in range(13, 19)]
    made = review(sheet(rows))
    assert of_patient(made, "death_date")["13"] == "2011-04-20"
    assert of_patient(made, "randomisation_date")["13"] == "2010-03-13"
    assert of_patient(made, "vital_status")["14"] == "alive"
