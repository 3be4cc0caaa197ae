"""Arms, times and deaths as hospitals keep them: by marks in columns, in parts, in words, at visits."""

from __future__ import annotations

import pytest
from books import day, sheet
from reviews import codes, of_patient, review

from mirocals_desktop.importing.worded_times import days_of_words


@pytest.mark.parametrize(("mark", "none"), [("X", ""), ("✓", None), (1, 0), ("oui", "non")])
def test_that_marks_in_columns_named_by_arms_are_one_arm_once_somebody_confirms_it(
    mark: object, none: object
):
    rows = [["ID", "IL-2", "Placebo"]]
    rows += [[f"P{n}", *((mark, none) if n % 2 else (none, mark))] for n in range(1, 9)]
    made = review(sheet(rows), accept=False)
    (question,) = made.open_questions
    assert question.evidence == ("“IL-2”: 4 rows", "“Placebo”: 4 rows")
    made = review(sheet(rows))
    assert of_patient(made, "arm") == {f"P{n}": "il2" if n % 2 else "placebo" for n in range(1, 9)}
    assert of_patient(review(sheet(rows), answers={question.id: "no"}), "arm") == {}


def test_that_marked_arms_under_one_heading_are_new_arms_and_rows_with_no_mark_or_two_are_said():
    rows = [["", "Bras", "", ""], ["Numéro", "A", "B", "DCD"]]
    rows += [[n, "x" if n % 2 else "", "" if n % 2 else "x", "x" if n < 4 else ""] for n in range(1, 41)]
    rows[2][1], rows[3][1] = "", "x"
    made = review(sheet(rows), accept=False)
    question = next(one for one in made.open_questions if one.kind == "arm")
    assert question.evidence[2:] == ("1 of 40 rows have no mark", "1 of 40 rows have several marks")
    arms = of_patient(review(sheet(rows)), "arm")
    assert len(arms) == 38
    assert (arms["3"], arms["4"]) == ("a", "b")


def test_that_marks_in_other_columns_are_no_arms():
    rows = [["ID", "Bulbar", "Spinal", "Stopped early"]]
    rows += [[n, "x" if n % 2 else "", "" if n % 2 else "x", "x" if n % 3 else ""] for n in range(1, 9)]
    assert not [q for q in review(sheet(rows), accept=False).plan.questions if q.id.startswith("marked-arms")]


def test_that_days_to_death_and_to_the_last_contact_are_one_follow_up():
    rows = [["barcode", "date_of_diagnosis", "vital_status", "days_to_death", "days_to_last_followup"]]
    for n in range(1, 13):
        dead = n % 3 == 0
        times = [100 + n, "[Not Applicable]"] if dead else ["[Not Applicable]", 200 + n]
        rows.append([f"TCGA-{n:02d}", day("2010-01-01"), "Dead" if dead else "Alive", *times])
    made = review(sheet(rows))
    assert of_patient(made, "death_date") == {f"TCGA-{n:02d}": f"2010-04-{11 + n}" for n in (3, 6, 9, 12)}
    assert len(of_patient(made, "last_contact_date")) == 8
    assert of_patient(made, "last_contact_date")["TCGA-01"] == "2010-07-21"
    assert not [code for code, _cell in codes(made) if code == "death-without-date"]
    asked = [one for one in review(sheet(rows), accept=False).plan.questions if one.kind == "duration"]
    assert sum(one.asked for one in asked) == 1


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2 ans 4 mois", 852.25),
        ("1 y 3 m", 456.5625),
        ("18 mois", 547.875),
        ("3 years", 1095.75),
        ("1,5 an", 547.875),
        ("2 years, 4 months and 3 days", 855.25),
        ("2y4m", 852.25),
        ("26 j", 26),
        ("4 mois 2 ans", None),
        ("12", None),
        ("3 pg", None),
        ("M3", None),
    ],
)
def test_that_a_length_of_time_in_words_is_days(text: str, days: float | None):
    assert days_of_words(text) == pytest.approx(days if days is not None else float("nan"), nan_ok=True)


def test_that_times_in_words_are_a_follow_up_and_a_bare_number_among_them_is_said():
    told = ["2 ans 4 mois", "18 mois", "26 j", "1 an", "11 mois", "17"]
    rows = [["Dossier", "Début du traitement", "Délai de suivi", "Etat"]]
    rows += [[f"D-{n}", day("2010-01-01"), told[n], ["DCD", "VV"][n % 2]] for n in range(6)]
    made = review(sheet(rows))
    ends = of_patient(made, "end_of_follow_up_date")
    assert ends == {
        "D-0": "2012-05-02",
        "D-1": "2011-07-03",
        "D-2": "2010-01-27",
        "D-3": "2011-01-01",
        "D-4": "2010-12-02",
    }
    assert ("not-a-number", "C7") in codes(made)


def test_that_deaths_known_to_the_month_are_said_with_their_number():
    rows = [["N°", "Date de randomisation", "Statut", "Date du décès", "Dernières nouvelles"]]
    for n in range(1, 13):
        death = {3: "05/2012", 6: "2013"}.get(n, day("2012-06-07")) if n % 3 == 0 else None
        rows.append([n, day("2010-01-01"), "DCD" if n % 3 == 0 else "VV", death, day("2012-05-02")])
    made = review(sheet(rows))
    told = [issue.message for issue in made.issues if issue.code == "day-not-known"]
    assert [text.split(":")[0] for text in told] == [
        "“Date du décès” says only the month or year of 2 of 4 dates"
    ]
    assert not [issue for issue in made.issues if issue.severity == "error"]
    assert of_patient(made, "death_date")["3"] == "2012-05"


def test_that_a_status_at_each_visit_dates_deaths_by_the_row_that_first_says_so_if_confirmed():
    rows = [["Subject", "Randomised", "Visit date", "Status at visit", "Weight (kg)"]]
    for n in range(1, 9):
        told = ["Alive", "Alive", "Dead" if n % 2 else "Alive", "Dead" if n == 3 else ""]
        if n == 5:
            told = ["Dead", "Dead", "Alive", "Dead"]  # no row says when
        for month, status in enumerate(told, start=2):
            rows.append([f"S{n}", day("2010-01-01"), day(f"2010-{month:02d}-{n:02d}"), status, 70 + n])
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date") == {
        "S1": "2010-04-01",
        "S3": "2010-04-03",
        "S7": "2010-04-07",
    }
    assert [cell for code, cell in codes(made) if code == "death-without-date"]
    question = next(one for one in made.plan.questions if one.id.startswith("death-row"))
    assert "half of these rows are 31 days or more after the patient’s row before" in question.evidence
    made = review(sheet(rows), answers={question.id: "no"})
    assert of_patient(made, "end_of_follow_up_date") == {}


def test_that_a_status_and_a_date_in_columns_for_each_visit_are_one_course():
    rows = [["Patient", "Randomised", "Date V1", "Status V1", "Date V2", "Status V2", "Status V3"]]
    for n in range(1, 10):
        dead = n % 3 == 0
        second = [day("2010-07-01"), "Dead" if dead else "Alive"]
        rows.append([n, day("2010-01-01"), day("2010-04-01"), "Alive", *second, "Dead" if dead else ""])
    made = review(sheet(rows), accept=False)
    assert not [one for one in made.plan.questions if one.kind == "conflict"]
    (question,) = (one for one in made.open_questions if one.id.startswith("death-row"))
    assert question.text == (
        "3 patients died and have no date of death. Is it the date of the visit that first says so"
        " (“Date V1”, “Status V1” …)?"
    )
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date") == dict.fromkeys(("3", "6", "9"), "2010-07-01")
    assert of_patient(made, "vital_status") == {
        str(n): "dead" if n % 3 == 0 else "alive" for n in range(1, 10)
    }
    assert all(account.balanced for account in made.accounts)
    assert [(one.column, one.cells) for one in made.plan.left_out] == [("D1", 3), ("G1", 3)]


def test_that_the_reason_of_leaving_a_study_tells_deaths_and_others_are_alive_on_that_day():
    rows = [["Subject", "Randomised", "Off-study reason", "Off-study date"]]
    reasons = ["Death", "Completed", "Withdrawal of consent"]
    rows += [[n, day("2010-01-01"), reasons[n % 3], day(f"2011-02-{n + 1:02d}")] for n in range(12)]
    made = review(sheet(rows), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("events"))
    assert question.text == (
        "Each row of Sheet1 says how a patient’s follow-up ended on “Off-study date”. Take “Death” as deaths,"
        " and the others (“Completed”, “Withdrawal of consent”) as alive on that day?"
    )
    made = review(sheet(rows))
    status = of_patient(made, "vital_status")
    assert status == {str(n): "alive" if n % 3 else "dead" for n in range(12)}
    assert of_patient(made, "end_of_follow_up_date")["4"] == "2011-02-05"


@pytest.mark.parametrize(
    "headers",
    [
        ("Pat-Nr", "Geb.-Datum", "Einschlussdatum", "Verstorben (ja/nein)", "Datum Tod/letzter Kontakt"),
        ("Paciente", "Fecha de nacimiento", "Fecha de inclusión", "Fallecido (s/n)", "Fecha estado"),
        ("subject", "birth.dt", "accept.dt", "fustat", "fu.date"),
        ("IPP", "DDN", "Prise en charge", "Etat", "Revu"),
    ],
)
def test_that_starts_and_ends_of_follow_up_are_found_or_asked_in_the_words_of_other_hospitals(
    headers: tuple[str, ...],
):
    rows: list[list[object]] = [list(headers)]
    for n in range(1, 13):
        died = {"fustat": (0, 1), "Etat": ("V", "D")}.get(headers[3], ("nein", "ja"))[n % 2]
        rows.append([n, day("1950-01-01"), day("2010-01-01"), died, day("2011-02-03")])
    made = review(sheet(rows))
    assert set(of_patient(made, "randomisation_date").values()) == {"2010-01-01"}
    assert of_patient(made, "vital_status")["1"] == "dead"
    assert of_patient(made, "end_of_follow_up_date")["1"] == "2011-02-03"


@pytest.mark.parametrize(
    ("header", "seen"),
    [
        ("Vital status at cut-off 31/12/2012", "2012-12-31"),
        ("Alive at day 640 (Y/N)", "2011-10-03"),
        ("Vivant à 12 mois (O/N)", "2011-01-01"),
    ],
)
def test_that_a_day_in_the_header_of_a_status_is_the_last_contact_of_the_living_if_confirmed(
    header: str, seen: str
):
    rows = [["Patient", "Date of randomisation", header, "Date of death"]]
    codes_of = ("Alive", "Dead") if "status" in header else ("O", "N") if "Vivant" in header else ("Y", "N")
    for n in range(12):
        dead = n % 2
        rows.append([n + 1, day("2010-01-01"), codes_of[dead], day("2010-06-07") if dead else None])
    made = review(sheet(rows), accept=False)
    (question,) = (one for one in made.open_questions if one.id.startswith("status-day"))
    assert "6 living patients" in question.text
    assert of_patient(review(sheet(rows)), "last_contact_date") == dict.fromkeys(
        ("1", "3", "5", "7", "9", "11"), seen
    )
    made = review(sheet(rows), answers={question.id: "no"})
    assert of_patient(made, "last_contact_date") == {}
    assert "alive-without-date" in [code for code, _cell in codes(made)]


def test_that_follow_up_without_any_outcome_is_said():
    rows = [["Patient", "Date of randomisation", "Last contact"]]
    rows += [[n, day("2010-01-01"), day("2011-02-03")] for n in range(1, 9)]
    told = [one.message for one in review(sheet(rows)).issues if one.code == "no-outcome"]
    assert told == [
        "“Last contact” ends the follow-up of 8 patients, and no column says who died: all count as alive."
    ]


def test_that_times_without_any_date_are_counted_from_one_nominal_day_only_if_somebody_says_so():
    rows = [["id", "Follow-up (days)", "status"], *([n, 100 + n, n % 2] for n in range(1, 9))]
    made = review(sheet(rows))
    question = next(one for one in made.plan.questions if one.kind == "duration")
    assert [option.code for option in question.options] == ["number", "nominal"]
    assert (question.suggested, question.asked) == ("number", True)
    assert of_patient(made, "end_of_follow_up_date") == {}
    made = review(sheet(rows), answers={question.id: "nominal"})
    assert set(of_patient(made, "randomisation_date").values()) == {"2000-01-01"}
    assert of_patient(made, "end_of_follow_up_date")["3"] == "2000-04-13"
    assert all(account.balanced for account in made.accounts)


def test_that_dates_of_last_contact_in_columns_that_take_turns_are_read_together():
    rows = [["Patient", "Randomisé le", "DCD le", "PDV le", "Vivant le"]]
    for n in range(9):
        dates = [day("2011-02-03") if n % 3 == kind else None for kind in range(3)]
        rows.append([n, day("2010-01-01"), *dates])
    made = review(sheet(rows))
    assert set(of_patient(made, "death_date")) == {"0", "3", "6"}
    assert set(of_patient(made, "last_contact_date")) == {"1", "2", "4", "5", "7", "8"}


@pytest.mark.parametrize("header", ["Surv (d)", "days_followed", "Overall survival, dys", "OS (d)"])
def test_that_a_time_to_the_end_of_follow_up_is_known_by_short_words(header: str):
    rows = [["Subj", "Randomised", header, "Dead"]]
    rows += [[n, day("2010-01-01"), 100 + n, n % 2] for n in range(1, 9)]
    made = review(sheet(rows))
    assert of_patient(made, "end_of_follow_up_date")["3"] == "2010-04-14"


def test_that_two_words_for_no_may_both_mean_alive():
    rows = [["Patient", "Event"], ["P-1", "N"], ["P-2", 0], ["P-3", "N"]]
    question = next(q for q in review(sheet(rows)).questions if q.kind == "coding")
    assert question.suggested in {option.code for option in question.options}
    assert set(of_patient(review(sheet(rows)), "vital_status").values()) == {"alive"}


def test_that_patients_without_a_death_and_without_a_last_contact_are_said():
    rows = [["Patient", "Date of randomisation", "Date of death"]]
    rows += [[n, day("2010-01-01"), day("2011-02-03") if n % 3 else None] for n in range(1, 10)]
    told = [one.message for one in review(sheet(rows)).issues if one.code == "alive-without-date"]
    assert told == [
        "3 patients have no “Date of death”, and no date of a last contact: survival follows them for no day."
    ]
