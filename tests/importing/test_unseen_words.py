"""Words of headers, outcomes and dates that no list of names holds, as hospitals write them."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import codes, of_patient, review, values

from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.header_words import date_meant, means_arm, means_status, names_patients
from mirocals_desktop.importing.statuses import outcome_and_date, status_meant


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


def test_that_a_cross_or_a_word_beside_a_date_says_who_died_once_confirmed():
    assert outcome_and_date("12/03/2015 †") == ("dead", "12/03/2015")
    assert outcome_and_date("Vivante au 01/02/2016") == ("alive", "01/02/2016")
    assert outcome_and_date("décès avant le 12/03/2015") == ("", "")
    rows = [["Patient", "Rando", "Dernières nouvelles (†=décès)"]]
    rows += [
        [n, day(f"2010-01-{n:02d}"), "25/03/2012 †" if n % 2 else day("2013-04-05")] for n in range(1, 9)
    ]
    made = review(sheet(rows))
    assert of_patient(made, "vital_status")["1"] == "dead"
    assert of_patient(made, "vital_status")["2"] == "alive"
    assert of_patient(made, "end_of_follow_up_date")["1"] == "2012-03-25"
    assert all(account.balanced for account in made.accounts)
    asked = next(
        q for q in review(sheet(rows), accept=False).open_questions if q.id.startswith("dated-outcome")
    )
    assert asked.cells == ("C1", "C2")


def in_centres() -> list[list[object]]:
    """Eight patients of two centres, numbered anew in each."""
    rows: list[list[object]] = [["Centre", "Patient", "Randomised", "Sex"]]
    rows += [[f"0{1 + n // 4}", n % 4 + 1, day(f"2010-01-{n + 1:02d}"), "MF"[n % 2]] for n in range(8)]
    return rows


def test_that_numbers_that_begin_anew_in_each_centre_are_other_patients_once_confirmed():
    made = review(sheet(in_centres()))
    assert len(made.new_patients) == 8
    assert of_patient(made, "randomisation_date")["02-1"] == "2010-01-05"
    answers = {"centre-ids|sheet1": "alone"}
    assert len(review(sheet(in_centres()), answers=answers).new_patients) == 4


def test_that_a_patient_who_moved_to_another_centre_stays_one():
    rows = [["Centre", "Patient", "Visit", "Weight (kg)"]]
    rows += [
        ["01" if n < 9 or k < 2 else "02", n, f"V{k}", 60 + n] for n in range(1, 10) for k in range(1, 4)
    ]
    assert len(review(sheet(rows)).new_patients) == 9


def test_that_of_several_vital_statuses_of_a_patient_death_counts_whatever_row_it_stands_in():
    rows = [["Subject", "Randomised", "Visit date", "Status at visit"]]
    for n in range(1, 7):
        rows.append([n, day("2010-01-01"), day(f"2010-02-{n:02d}"), "Alive"])
        rows.append([n, day("2010-01-01"), day(f"2010-05-{n:02d}"), "Dead" if n < 4 else "Alive"])
    made = review(sheet(rows))
    assert sorted(of_patient(made, "vital_status").items()) == [
        (str(n), "dead" if n < 4 else "alive") for n in range(1, 7)
    ]
    reversed_rows = review(sheet([rows[0], *rows[:0:-1]]))
    assert of_patient(reversed_rows, "vital_status") == of_patient(made, "vital_status")


def test_that_a_list_of_events_gives_deaths_and_last_contacts_and_lists_its_other_rows():
    patients = [["N°", "Rando"], *([n, day(f"2010-01-{n:02d}")] for n in range(1, 9))]
    events = [["N°", "Type d’événement", "Date de l’événement"]]
    for n in range(1, 9):
        events.append([n, "Récidive", day(f"2011-02-{n:02d}")])
        events.append([n, "Décès" if n < 4 else "Dernières nouvelles", day(f"2012-03-{n:02d}")])
    made = review(sheet(patients, name="Patients"), sheet(events, name="Evénements"))
    assert of_patient(made, "end_of_follow_up_date") == {str(n): f"2012-03-0{n}" for n in range(1, 9)}
    assert [of_patient(made, "vital_status")[n] for n in "345"] == ["dead", "alive", "alive"]
    assert sum(left.cells for left in made.left_out) == 16
    assert all(account.balanced for account in made.accounts)


def test_that_groups_over_groups_are_headers_as_well():
    rows = [
        ["IDENTIFICATION", None, "RANDOMISATION", None, "SUIVI", None, None],
        [None, None, None, None, "Décès", None, "Dernier contact"],
        ["N°", "Sexe", "Date", "Bras", "O/N", "Date", "Date"],
    ]
    rows += [
        [
            n,
            "M",
            day(f"2010-01-{n:02d}"),
            "IL-2",
            "ON"[n % 2],
            None if n % 2 else day("2011-01-01"),
            day("2012-01-01"),
        ]
        for n in range(1, 9)
    ]
    merged = [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 0, 6), (1, 4, 1, 5)]
    made = review(sheet(rows, merged=merged))
    assert of_patient(made, "randomisation_date")["1"] == "2010-01-01"
    assert set(of_patient(made, "death_date")) == set("2468")
    assert of_patient(made, "last_contact_date")["2"] == "2012-01-01"


def test_that_none_is_an_arm_where_arms_are_named():
    rows = [["Patient", "Tx"], *([n, "None" if n % 2 else "Placebo"] for n in range(1, 9))]
    assert len(of_patient(review(sheet(rows)), "arm")) == 8


def test_that_follow_up_beside_a_status_is_a_time_in_the_unit_below_it():
    rows = [["Subject no", "Entry date", "Follow-up", "Died"], ["", "", "(weeks)", ""]]
    rows += [[n, day("2010-01-01"), 10.0 + n, "YN"[n % 2]] for n in range(1, 9)]
    assert of_patient(review(sheet(rows)), "end_of_follow_up_date")["1"] == "2010-03-19"


def test_that_a_note_that_gives_colours_a_meaning_is_warned_of():
    rows = [["Patient", "Rando"], *([n, day(f"2010-01-{n:02d}")] for n in range(1, 9))]
    rows += [[None], ["Légende : lignes rouges = patients décédés"]]
    issue = next(issue for issue in review(sheet(rows)).issues if issue.code == "colour-note")
    assert (issue.severity, issue.cell) == ("warning", "A11")


def test_that_a_sex_beside_dates_is_no_list_of_events():
    rows = [["N°", "Sexe", "Rando", "Vu le", "Date du décès"]]
    rows += [
        [n, "MF"[n % 2], day("2010-01-01"), day("2012-01-01"), day("2012-02-02") if n < 4 else None]
        for n in range(1, 9)
    ]
    made = review(sheet(rows), accept=False)
    assert not [q for q in made.open_questions if q.kind == "coding"]
    assert not of_patient(made, "vital_status")
