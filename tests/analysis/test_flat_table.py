"""Flat tables as people write them: separators, decimal commas, missing words, and rows that are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mirocals_desktop.analysis.flat_table import (
    FlatOptions,
    analyse_flat,
    build_flat_table,
    build_flat_times,
    read_flat_table,
    run_flat_survival,
)
from mirocals_desktop.analysis.times import Factor, Numeric
from mirocals_desktop.errors import AppError

ROWS = "time,event,arm,age\n10,1,B,50\n20,0,A,60\n30,1,B,\n40,0,A,55\n"
OPTIONS = FlatOptions("time", "event", group="arm")


def run(path: Path, options: FlatOptions) -> dict[str, Any]:
    return run_flat_survival(read_flat_table(path), options)


def write(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_that_a_table_is_analysed_with_groups_in_order_of_appearance(tmp_path: Path):
    plain = run(write(tmp_path, ROWS), OPTIONS)
    assert [g["group"] for g in plain["groups"]] == ["B", "A"]
    assert plain["overall"]["n"] == 4
    assert plain["left_out"] == {"rows": 0, "why": ""}
    assert plain["cox"]["terms"][0]["name"] == "armA"


def test_that_the_named_reference_comes_first(tmp_path: Path):
    options = FlatOptions("time", "event", group="arm", reference="A")
    plain = run(write(tmp_path, ROWS), options)
    assert [g["group"] for g in plain["groups"]] == ["A", "B"]
    with pytest.raises(AppError, match="no value “C”"):
        run(write(tmp_path, ROWS), FlatOptions("time", "event", group="arm", reference="C"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("délai;évt;bras\n10,5;1;B\n20,25;0;A\n1 030;1;B\n", "utf-8"),
        ("délai;évt;bras\n10,5;1;B\n20,25;0;A\n1\u202f030,0;1;B\n", "utf-8-sig"),
        ("délai\tévt\tbras\r\n10,5\t1\tB\r\n20,25\t0\tA\r\n1.030,0\t1\tB\r\n", "cp1252"),
        ('délai,évt,bras\n"10,5",1,B\n"20,25",0,A\n"1,030.0",1,B\n\n\n', "utf-16"),
        ("délai|évt|bras\n10.5|1|B\n20.25|0|A\n1030|1|B\n", "utf-8"),
    ],
)
def test_that_separators_encodings_and_decimal_commas_give_the_same_times(text, encoding, tmp_path: Path):
    table = read_flat_table(write(tmp_path, text, encoding=encoding))
    times, _terms = build_flat_times(table, FlatOptions("délai", "évt", group="bras"))
    assert times.days.tolist() == [10.5, 20.25, 1030]
    assert times.event.tolist() == [True, False, True]


def test_that_a_comma_that_could_part_thousands_is_refused_and_not_guessed(tmp_path: Path):
    path = write(tmp_path, 'time,event\n"1,250",1\n30,0\n')
    with pytest.raises(AppError, match="Row 2, column time: “1,250”"):
        run(path, FlatOptions("time", "event"))


def test_that_a_comma_is_decimal_where_another_cell_of_the_column_can_only_be_so(tmp_path: Path):
    table = read_flat_table(write(tmp_path, 'time,event,x\n"1,234",1,"0,835"\n"10,5",0,"12"\n'))
    times, _terms = build_flat_times(table, FlatOptions("time", "event", covariates="x"))
    assert times.days.tolist() == [1.234, 10.5]
    assert isinstance(times.covariates[0], Numeric)
    assert times.covariates[0].values.tolist() == [0.835, 12.0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("10,1\n-3,0\n", "row 3 is negative"),
        ("10,1\n7,2\n", "Row 3, column event: the event is “2”"),
        ("10,1\n\n7,yes\n", "Row 4, column event: the event is “yes”"),
        ("10,1\nsoon,0\n", "Row 3, column time: “soon”"),
        ("10,1\n1_0,0\n", "Row 3, column time: “1_0”"),
        ("10,1\n5,0,7\n", "Row 3 of table.csv has 3 cells, the header 2"),
        ('10,1\n"5,0\n', "table.csv cannot be read from line 3 on"),
    ],
)
def test_that_a_bad_row_is_refused_by_its_number(rows: str, message: str, tmp_path: Path):
    with pytest.raises(AppError, match=message):
        run(write(tmp_path, "time,event\n" + rows), FlatOptions("time", "event"))


def test_that_an_entry_after_the_exit_is_refused_by_its_row(tmp_path: Path):
    path = write(tmp_path, "time,event,start\n10,1,0\n7,0,7\n")
    with pytest.raises(AppError, match="In row 3 the entry \\(7\\)"):
        run(path, FlatOptions("time", "event", entry="start"))


def test_that_missing_times_and_events_are_left_out_and_missing_groups_stay_in_the_whole(tmp_path: Path):
    path = write(tmp_path, "time,event,arm\n10,1,B\nNA,1,A\n20,,A\n30,0,\n40,1,A\n50,0,N/A\n")
    plain = run(path, OPTIONS)
    assert plain["left_out"]["rows"] == 2
    assert plain["left_out"]["why"] == "1 without a time; 1 without an event status"
    assert plain["overall"]["n"] == 4
    assert [g["n"] for g in plain["groups"]] == [1, 1]
    assert "2 patients without arm are only in the overall curve." in plain["notes"]


def test_that_a_table_without_any_usable_row_is_refused(tmp_path: Path):
    path = write(tmp_path, "time,event\nNA,1\n20,\n")
    with pytest.raises(AppError, match="no patient with a time") as refusal:
        run(path, FlatOptions("time", "event"))
    assert "1 without a time" in refusal.value.hint


def test_that_a_stated_coding_is_used_and_a_column_of_censoring_needs_one(tmp_path: Path):
    path = write(tmp_path, "time,CNSR,status\n10,0,dead\n20,1,alive\n30,0,\n")
    with pytest.raises(AppError, match="who is censored"):
        run(path, FlatOptions("time", "CNSR"))
    assert run(path, FlatOptions("time", "CNSR", event_code="0"))["overall"]["events"] == 2
    plain = run(path, FlatOptions("time", "status", event_code="dead"))
    assert (plain["overall"]["n"], plain["overall"]["events"], plain["left_out"]["rows"]) == (2, 1, 1)
    assert plain["conventions"]["event"] == "Column status: dead is the event; censored are alive."
    with pytest.raises(AppError, match="Its values are: dead, alive"):
        run(path, FlatOptions("time", "status", event_code="died"))


def test_that_a_column_is_found_without_regard_to_case_and_an_unknown_one_names_the_columns(tmp_path: Path):
    path = write(tmp_path, ROWS)
    assert run(path, FlatOptions("TIME", "Event"))["overall"]["n"] == 4
    with pytest.raises(AppError, match="time, event, arm, age"):
        run(path, FlatOptions("days", "event"))
    with pytest.raises(AppError, match="no column “weight” for the covariate “weight”"):
        run(path, FlatOptions("time", "event", covariates="age,weight"))


def test_that_a_misspelt_column_is_answered_with_the_near_ones(tmp_path: Path):
    with pytest.raises(AppError, match=r"Did you mean “event”\?"):
        run(write(tmp_path, ROWS), FlatOptions("time", "evnt"))


@pytest.mark.parametrize(
    "options",
    [
        FlatOptions("time", "time"),
        FlatOptions("time", "event", group="EVENT"),
        FlatOptions("time", "event", entry="time"),
        FlatOptions("time", "event", covariates="age,age:time"),
    ],
)
def test_that_one_column_cannot_be_outcome_and_something_else(options: FlatOptions, tmp_path: Path):
    with pytest.raises(AppError, match=r"The column (time|event) is named for --\w+ and for --"):
        run(write(tmp_path, ROWS), options)


def test_that_a_variable_crossed_with_itself_is_the_variable(tmp_path: Path):
    path = write(tmp_path, ROWS)
    crossed = run(path, FlatOptions("time", "event", covariates="age:age"))
    assert crossed["cox"] == run(path, FlatOptions("time", "event", covariates="age"))["cox"]


def test_that_strata_name_an_interaction_as_r_does(tmp_path: Path):
    # R: names(coef(coxph(Surv(time, event) ~ f:x + x + strata(site), d))): coxph writes its formula anew
    rows = "".join(f"{i + 1},1,{'uv'[i % 2]},{(5 * i) % 7},{'st'[i // 6]}\n" for i in range(12))
    path = write(tmp_path, "time,event,f,x,site\n" + rows)
    options = FlatOptions("time", "event", covariates="f:x,x")
    assert [t["name"] for t in run(path, options)["cox"]["terms"]] == ["x", "fv:x"]
    stratified = run(path, replace(options, strata="site"))
    assert [t["name"] for t in stratified["cox"]["terms"]] == ["x", "x:fv"]


def test_that_nothing_is_made_up_beside_an_infinite_coefficient(tmp_path: Path):
    rows = "".join(f"{i + 1},{i % 2},{'AB'[i % 2]},{(7 * i) % 11},{(5 * i) % 13}\n" for i in range(60))
    found = run(
        write(tmp_path, "time,event,arm,x,y\n" + rows),
        FlatOptions("time", "event", group="arm", covariates="x,arm:x,y"),
    )
    terms = {term["name"]: term for term in found["cox"]["terms"]}
    assert terms["armB"]["coef"] is None
    assert terms["armB:x"]["coef"] is None
    assert terms["y"]["se"] < 1
    assert any("armB:x cannot be told beside an infinite coefficient" in note for note in found["notes"])


def test_that_a_line_between_two_patients_is_no_estimate(tmp_path: Path):
    # R: coxph(Surv(time, event) ~ arm + arm:x, d) warns that it did not converge, with a ratio of exp(1223)
    rows = (
        "28,0,B,73.5 15,0,B,67.6 27,0,A,49.2 9,0,B,47.8 12,1,B,41.9 14,0,B,70.1 25,0,B,62.7 2,0,A,49 "
        "3,0,A,57.8 21,0,B,69 3,0,A,64 2,1,A,50.9 14,0,B,42.2"
    )
    path = write(tmp_path, "time,event,arm,x\n" + rows.replace(" ", "\n") + "\n")
    found = run(path, FlatOptions("time", "event", group="arm", reference="A", covariates="arm:x"))
    terms = {term["name"]: term["coef"] for term in found["cox"]["terms"]}
    assert terms["armB"] is None
    assert terms["armB:x"] is None
    assert terms["armA:x"] == pytest.approx(-0.0871027, rel=1e-5)


def test_that_a_level_nobody_in_the_model_has_is_named_without_a_coefficient(tmp_path: Path):
    # R: coxph(Surv(time, event) ~ stage + x, d)$coefficients has NA for stageIII: its only patients lack x
    stages = ["I", "II", "III", "IV"]
    rows = [
        f"{i + 1},{int(i % 3 > 0)},{stages[i % 4]},{'' if i % 4 == 2 else (5 * i) % 13}\n" for i in range(40)
    ]
    path = write(tmp_path, "time,event,stage,x\n" + "".join(rows))
    found = run(path, FlatOptions("time", "event", covariates="stage,x"))
    terms = {term["name"]: term for term in found["cox"]["terms"]}
    assert list(terms) == ["stageII", "stageIII", "stageIV", "x"]
    assert [name for name, term in terms.items() if term["coef"] is None] == ["stageIII"]
    assert found["cox"]["lr"]["df"] == 3
    assert "Not estimable: no patient in the model is stageIII." in found["notes"]


def test_that_the_one_estimable_level_of_a_term_has_its_residuals(tmp_path: Path):
    rows = [f"{i + 1},1,{'ABC'[i % 3]},{'' if i % 3 == 1 else (5 * i) % 13}\n" for i in range(30)]
    path = write(tmp_path, "time,event,stage,x\n" + "".join(rows))
    found = run(path, FlatOptions("time", "event", covariates="stage,x"))
    stage, _x = found["zph"]["residuals"]
    assert stage["name"] == "stage"
    assert len(stage["scaled"]) == found["cox"]["events"]
    assert stage["smooth"]["upper"][0] > stage["smooth"]["lower"][0]


def test_that_a_limit_beyond_what_numbers_hold_is_null_with_a_sentence(tmp_path: Path):
    # R: exp(confint(coxph(Surv(time, event) ~ x, d))) has Inf
    rows = "".join(f"{i + 1},1,{(7 * i) % 11}e-9\n" for i in range(30))
    found = run(write(tmp_path, "time,event,x\n" + rows), FlatOptions("time", "event", covariates="x"))
    (term,) = found["cox"]["terms"]
    assert term["se"] > 1e6
    assert term["upper"] is None
    assert any("beyond what numbers hold" in note for note in found["notes"])


def test_that_a_number_is_continuous_and_words_are_categories():
    cells = [("time", "event", "age", "grade"), ("10", "1", "5,5", "II"), ("20", "0", "", "I")]
    table = build_flat_table("book", list(enumerate([*cells, ("30", "1", "7", "II")], 1)))
    times, terms = build_flat_times(table, FlatOptions("time", "event", covariates="age,grade,age:grade"))
    assert terms == ("age", "grade", "age:grade")
    age, grade = times.covariates
    assert isinstance(age, Numeric)
    assert isinstance(grade, Factor)
    assert grade.levels == ("II", "I")


def test_that_strata_can_be_crossed(tmp_path: Path):
    text = "time,event,arm,site,sex\n1,1,A,x,f\n2,1,B,x,f\n3,0,A,y,m\n4,1,B,y,\n5,1,B,y,m\n"
    table = read_flat_table(write(tmp_path, text))
    times, _terms = build_flat_times(table, FlatOptions("time", "event", group="arm", strata="site,sex"))
    assert times.strata is not None
    assert times.strata.levels == ("x, f", "y, m")
    result = analyse_flat(table, FlatOptions("time", "event", group="arm", strata="site,sex"))
    assert result.stratified_logrank is not None
    assert result.cox is not None
    assert result.cox.left_out == 1


def test_that_every_column_can_be_named_with_commas_and_colons(tmp_path: Path):
    path = write(tmp_path, 'time,event,"a, b",c:d\n1,1,2,3\n2,0,4,9\n3,1,6,2\n4,1,1,7\n5,0,3,1\n')
    plain = run(path, FlatOptions("time", "event", covariates="a, b,c:d"))
    assert [term["name"] for term in plain["cox"]["terms"]] == ["a, b", "c:d"]


def test_that_too_many_groups_are_refused(tmp_path: Path):
    rows = "".join(f"{i},1,g{i}\n" for i in range(1, 80))
    with pytest.raises(AppError, match="79 different values"):
        run(write(tmp_path, "time,event,arm\n" + rows), OPTIONS)


def test_that_days_to_report_are_read_and_bad_ones_refused(tmp_path: Path):
    path = write(tmp_path, ROWS)
    plain = run(path, FlatOptions("time", "event", at="15,25", tau="30"))
    assert [row["day"] for row in plain["overall"]["at"]] == [15, 25]
    assert plain["overall"]["rmst"]["tau"] == 30
    with pytest.raises(AppError, match="--tau"):
        run(path, FlatOptions("time", "event", tau="never"))
    with pytest.raises(AppError, match="--at"):
        run(path, FlatOptions("time", "event", at="15,-3"))


@pytest.mark.parametrize("data", [b"", b"time,event\n", b"PK\x03\x04\x00\x00\x00"])
def test_that_a_file_that_is_no_table_is_refused(data: bytes, tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(AppError, match=r"table\.csv"):
        read_flat_table(path)
