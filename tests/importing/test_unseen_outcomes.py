"""Outcomes as forms on the web, data standards and other languages have them."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import codes, of_patient, review

STARTED = day("2019-01-01")


def test_that_a_form_on_the_web_tells_deaths_by_its_questions():
    rows: list[list[object]] = [
        [
            "Horodateur",
            "Quel est le numéro du patient ?",
            "Date de randomisation",
            "Le patient est-il décédé ?",
            "Si oui, à quelle date ?",
            "Date de la dernière consultation",
        ]
    ]
    rows += [[day("2019-03-01"), 1, STARTED, "Non", "", day("2019-02-01")]]
    rows += [
        [
            day("2020-01-01"),
            n,
            STARTED,
            "Oui" if n < 4 else "Non",
            day("2019-06-01") if n < 4 else "",
            day("2019-05-01"),
        ]
        for n in range(1, 9)
    ]
    made = review(sheet(rows), accept=False)
    assert not [one for one in made.open_questions if one.id.startswith("living-day")]
    made = review(sheet(rows))
    assert of_patient(made, "death_date") == {str(n): "2019-06-01" for n in (1, 2, 3)}
    assert "Horodateur" in {one.header for one in made.left_out}


def test_that_the_disposition_of_cdisc_ends_the_follow_up_and_its_milestones_do_not():
    rows: list[list[object]] = [["USUBJID", "DSSEQ", "DSTERM", "DSDECOD", "DSCAT", "DSSTDTC"]]
    for n in range(1, 9):
        end = "DEATH" if n < 4 else "LOST TO FOLLOW-UP"
        rows += [
            [f"P{n}", 1, "RANDOMIZED", "RANDOMIZED", "PROTOCOL MILESTONE", "2019-01-01"],
            [f"P{n}", 2, end, end, "DISPOSITION EVENT", f"2019-06-0{n}"],
        ]
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date") == {f"P{n}": f"2019-06-0{n}" for n in range(1, 9)}
    assert [of_patient(made, "vital_status")[f"P{n}"] for n in (1, 8)] == ["dead", "lost"]


def test_that_the_names_of_stata_for_time_and_event_are_known():
    rows: list[list[object]] = [["id", "randomised", "_st", "_d", "_t", "_t0"]]
    rows += [[n, STARTED, 1, n % 2, 100 + n, 0] for n in range(1, 9)]
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date")["1"] == "2019-04-12"
    assert of_patient(made, "vital_status")["1"] == "dead"


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        (("Event", "Censored"), {"Event": "choice:dead"}),
        (("Dead", "Vivnat"), {"Vivnat": "choice:alive"}),
    ],
)
def test_that_statuses_are_suggested_by_their_opposite_and_by_their_letters(
    words: tuple[str, str], suggested: dict[str, str]
):
    rows: list[list[object]] = [["ID", "Vital status"], *([n, words[n % 2]] for n in range(1, 9))]
    questions = [one for one in review(sheet(rows), accept=False).open_questions if one.kind == "choice"]
    assert {one.text.split("“")[1].split("”")[0]: one.suggested for one in questions} == suggested


def test_that_an_arm_is_suggested_by_the_name_inside_its_label():
    rows: list[list[object]] = [
        ["ID", "Arm"],
        *([n, ("Arm 1: IL-2", "Arm 2: placebo")[n % 2]] for n in range(8)),
    ]
    questions = [one for one in review(sheet(rows), accept=False).open_questions if one.kind == "arm"]
    assert [one.suggested for one in questions] == ["choice:il2", "choice:placebo"]


def test_that_a_cross_heads_the_dates_of_death():
    rows: list[list[object]] = [["Pat", "J0", "†", "Vu le"]]
    rows += [
        [n, STARTED, day("2019-06-01") if n < 4 else "", "" if n < 4 else day("2019-07-01")]
        for n in range(1, 9)
    ]
    assert sorted(of_patient(review(sheet(rows)), "death_date")) == ["1", "2", "3"]


def test_that_the_parts_of_last_news_are_one_date():
    rows: list[list[object]] = [["id", "deces", "jour_dn", "mois_dn", "annee_dn"]]
    rows += [[n, n % 2, n, 3, 2019] for n in range(1, 9)]
    assert of_patient(review(sheet(rows)), "end_of_follow_up_date")["3"] == "2019-03-03"


def test_that_patients_side_by_side_under_two_rows_of_headers_are_no_rows():
    rows = [["Patient", *(f"P{n:02d}" for n in range(1, 9))], ["Arm", *(["IL-2", "Placebo"] * 4)]]
    rows += [
        ["Randomised", *([STARTED] * 8)],
        ["Died", *([day("2019-06-01")] * 8)],
        ["Last seen", *([STARTED] * 8)],
    ]
    made = review(sheet(rows))
    assert not made.new_patients
    assert "table-not-read" in {code for code, _cell in codes(made)}


@pytest.mark.parametrize(
    ("headers", "dead", "alive"),
    [
        (
            (
                "Patiëntnummer",
                "Randomisatiedatum",
                "Overleden (ja/nee)",
                "Datum overlijden",
                "Laatste contact",
            ),
            "ja",
            "nee",
        ),
        (
            ("Codice paziente", "Data arruolamento", "Stato vitale", "Data decesso", "Ultimo contatto"),
            "deceduto",
            "vivo",
        ),
    ],
    ids=["Dutch", "Italian"],
)
def test_that_outcomes_in_dutch_and_italian_are_understood(headers: tuple[str, ...], dead: str, alive: str):
    rows: list[list[object]] = [list(headers)]
    rows += [
        [n, STARTED, *((dead, day("2019-06-01")) if n < 4 else (alive, "")), day("2019-07-01")]
        for n in range(1, 9)
    ]
    made = review(sheet(rows))
    assert sorted(of_patient(made, "death_date")) == ["1", "2", "3"]
    assert of_patient(made, "vital_status")["8"] == "alive"
    assert of_patient(made, "last_contact_date")["8"] == "2019-07-01"
    assert len(of_patient(made, "randomisation_date")) == 8


def _ended(n: int) -> object:
    return day(f"2019-06-{n:02d}")


def test_that_marks_for_the_dead_are_taken_and_not_those_for_the_living():
    rows: list[list[object]] = [["ID", "Randomised", "Alive", "Dead", "Date of last information"]]
    rows += [[n, STARTED, "" if n < 4 else "x", "x" if n < 4 else "", _ended(n)] for n in range(1, 9)]
    made = review(sheet(rows))
    assert of_patient(made, "vital_status") == {"1": "dead", "2": "dead", "3": "dead"}
    rows = [row[:3] + row[4:] for row in rows]
    assert "no-outcome" in {code for code, _cell in codes(review(sheet(rows)))}


def test_that_dates_of_death_that_say_alive_of_some_are_deaths_of_the_others():
    rows: list[list[object]] = [["ID", "Randomised", "Date of death"]]
    rows += [[n, STARTED, f"{n:02d}/06/2019" if n < 4 else f"alive {n + 12}/06/2019"] for n in range(1, 9)]
    made = review(sheet(rows))
    assert [of_patient(made, "vital_status")[str(n)] for n in (1, 8)] == ["dead", "alive"]
    assert of_patient(made, "end_of_follow_up_date")["1"] == "2019-06-01"


@pytest.mark.parametrize("header", ["RFS event", "PFS status", "Event (relapse)", "Récidive"])
def test_that_another_event_is_no_death(header: str):
    rows: list[list[object]] = [["ID", "Randomised", header, "Last contact"]]
    rows += [[n, STARTED, n % 2, _ended(n)] for n in range(1, 9)]
    made = review(sheet(rows))
    assert not of_patient(made, "vital_status")
    assert "no-outcome" in {code for code, _cell in codes(made)}


@pytest.mark.parametrize(
    ("header", "dead", "alive"),
    [("Décédé", "☑", "☐"), ("A/D", "D", "A"), ("event", "death", "censored")],
)
def test_that_ticks_letters_and_words_of_the_outcome_are_understood(header: str, dead: str, alive: str):
    rows: list[list[object]] = [["ID", "Randomised", header, "Status date"]]
    rows += [[n, STARTED, dead if n < 4 else alive, _ended(n)] for n in range(1, 9)]
    made = review(sheet(rows))
    assert [of_patient(made, "vital_status").get(str(n)) for n in (1, 8)] == ["dead", "alive"]


def test_that_a_log_of_calls_tells_deaths_on_the_day_of_the_call():
    rows: list[list[object]] = [["Call date", "Patient", "Result of call"]]
    for n in range(1, 9):
        rows += [[day("2019-03-01"), n, "alive, doing well"]]
        rows += [[_ended(n), n, "died today (wife called)" if n < 4 else "alive"]]
    made = review(
        sheet([["Patient", "Randomised"], *([n, STARTED] for n in range(1, 9))], name="list"), sheet(rows)
    )
    assert of_patient(made, "end_of_follow_up_date") == {str(n): f"2019-06-{n:02d}" for n in (1, 2, 3)}


def test_that_the_date_of_stopping_ends_a_follow_up_and_starts_none():
    rows: list[list[object]] = [["Patient", "V0 (rando)", "V1", "V2", "Raison d'arrêt", "Date d'arrêt"]]
    rows += [
        [n, STARTED, day("2019-02-01"), day("2019-03-01"), "Décès" if n < 4 else "PDV", _ended(n)]
        for n in range(1, 9)
    ]
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date")["1"] == "2019-06-01"
    assert of_patient(made, "randomisation_date")["1"] == "2019-01-01"


def test_that_a_book_of_codes_on_its_own_sheet_explains_them_once_somebody_confirms_it():
    book = [
        ["Variable", "Code", "Signification"],
        ["Bras", 1, "Placebo"],
        ["", 2, "IL-2"],
        ["DCD", 0, "vivant"],
    ]
    book += [["DCD", 1, "décédé"]]
    rows = [["Patient", "Bras", "DCD"], *([n, n % 2 + 1, n % 2] for n in range(1, 9))]
    made = review(sheet(rows), sheet(book, name="Codes"), accept=False)
    assert [one.id.split("|")[0] for one in made.open_questions] == ["legend", "legend"]
    made = review(sheet(rows), sheet(book, name="Codes"))
    assert (of_patient(made, "arm")["1"], of_patient(made, "vital_status")["1"]) == ("il2", "dead")
    assert len(made.new_patients) == 8


def _fatal_events(*, told: bool):
    patients: list[list[object]] = [["Subject", "Randomisation date", "Last visit"]]
    patients += [[f"S{n}", STARTED, _ended(n)] for n in range(1, 9)]
    if told:
        patients = [[*row, "Vital status" if row is patients[0] else "Alive"] for row in patients]
    events: list[list[object]] = [
        ["Subject", "Event term", "Severity", "Onset date", "Outcome", "Outcome date"]
    ]
    events += [
        [f"S{n}", "Pneumonia", "Severe", day("2019-02-01"), "Recovered", day("2019-02-09")]
        for n in range(1, 4)
    ]
    events += [[f"S{n}", "Failure", "Severe", day("2019-06-10"), "Fatal", day("2019-06-12")] for n in (2, 3)]
    return sheet(patients, name="Patients"), sheet(events, name="SAE")


def test_that_fatal_adverse_events_are_deaths_where_nothing_else_tells_them_and_somebody_says_so():
    made = review(*_fatal_events(told=False))
    assert of_patient(made, "death_date") == {"S2": "2019-06-12", "S3": "2019-06-12"}
    assert of_patient(made, "last_contact_date")["S1"] == "2019-06-01"
    asked = next(one.id for one in made.questions if one.id.startswith("fatal-events"))
    assert not of_patient(review(*_fatal_events(told=False), answers={asked: "no"}), "death_date")


def test_that_fatal_adverse_events_are_not_asked_about_where_a_column_says_who_died():
    assert not [
        one for one in review(*_fatal_events(told=True)).questions if one.id.startswith("fatal-events")
    ]


def test_that_no_arm_is_suggested_that_the_question_does_not_offer():
    rows: list[list[object]] = [["ID", "Arm"], *([n, ("Verum", "Verum late")[n % 2]] for n in range(8))]
    for question in review(sheet(rows), accept=False).questions:
        assert question.suggested in {option.code for option in question.options}


def test_that_events_in_a_list_are_no_vital_statuses():
    rows: list[list[object]] = [["ID", "Event", "Event date"]]
    rows += [[n, "Recurrence", day("2019-03-01")] for n in range(1, 9)]
    rows += [[n, "Death" if n < 4 else "Last follow-up", _ended(n)] for n in range(1, 9)]
    made = review(sheet(rows), accept=False)
    assert "events" in {one.id.split("|")[0] for one in made.open_questions}
    assert sorted(of_patient(review(sheet(rows)), "vital_status").values()) == ["alive"] * 5 + ["dead"] * 3
