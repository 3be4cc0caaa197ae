"""A protocol's text: what is read, and how every mistake in it is told."""

from __future__ import annotations

import dataclasses
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import set_language
from mirocals_desktop.protocol.model import Choice, Label, Limits, Unit
from mirocals_desktop.protocol.reader import extend, load_protocol, read_protocol, to_table
from mirocals_desktop.protocol.toml_lines import read_lines

SMALL = """
[protocol]
code = "small"
title = { en = "Small trial", fr = "Petit essai" }
origin = "randomisation_date"
horizon_days = 100
reference_arm = "b"
strata = ["sex"]

[[arms]]
code = "a"
label = { en = "Drug", fr = "Produit" }
synonyms = ["verum"]

[[arms]]
code = "b"
label = "Placebo"

[[visits]]
code = "V1"
label = { en = "First", fr = "Première" }
day = 0
after = 3
due = ["weight"]
synonyms = ["J0"]

[[units]]
unit = "kg"
synonyms = ["kilos"]
accepts = [{ name = "g", factor = 0.001, synonyms = ["gram"] }]

[[events]]
code = "death"
label = { en = "Death", fr = "Décès" }
variable = "death_date"

[[endpoints]]
code = "death"
label = { en = "Death", fr = "Décès" }
events = ["death"]

[[classes]]
variable = "weight"
visit = "V1"
cuts = [50, 90]
labels = [{ en = "low", fr = "bas" }, { en = "middle", fr = "moyen" }, { en = "high", fr = "haut" }]

[[variables]]
code = "arm"
label = { en = "Arm", fr = "Bras" }
kind = "choice"
scope = "patient"
seal = "always"

[[variables]]
code = "randomisation_date"
label = { en = "Randomised", fr = "Randomisé" }
kind = "date"
scope = "patient"

[[variables]]
code = "death_date"
label = { en = "Death", fr = "Décès" }
kind = "date"
scope = "patient"

[[variables]]
code = "sex"
label = { en = "Sex", fr = "Sexe" }
kind = "choice"
scope = "patient"
choices = [
  { code = "f", label = { en = "Female", fr = "Femme" }, synonyms = ["woman"] },
  { code = "m", label = { en = "Male", fr = "Homme" } },
]

[[variables]]
code = "weight"
label = { en = "Weight", fr = "Poids" }
kind = "number"
scope = "visit"
unit = "kg"
decimals = 1
impossible = { low = 20, high = 300 }
suspicious = { low = 35 }
"""


def refusal(text: str) -> str:
    with pytest.raises(AppError) as caught:
        read_protocol(text, name="small.toml")
    return caught.value.message


def line_of(text: str, fragment: str) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def test_that_every_part_of_a_protocol_is_read() -> None:
    protocol = read_protocol(SMALL, name="small.toml")

    assert protocol.horizon_days == 100
    assert [arm.code for arm in protocol.arms] == ["a", "b"]
    weight = protocol.variable("weight")
    assert weight is not None
    assert weight.units == (Unit("kg", 1.0, ("kilos",)), Unit("g", 0.001, ("gram",)))
    assert weight.impossible == Limits(20, 300)
    assert weight.suspicious == Limits(35, None)
    assert 34.9 not in weight.suspicious
    assert protocol.classes[0].class_of(90) == 1
    assert protocol.classes[0].class_of(90.1) == 2
    assert protocol.classes[0].class_of(50) == 1


def test_that_the_arms_are_the_choices_of_the_variable_arm() -> None:
    arm = read_protocol(SMALL, name="small.toml").variable("arm")

    assert arm is not None
    assert arm.choice("a") == Choice("a", Label("Drug", "Produit"), ("verum",))


def test_that_a_label_is_shown_in_the_users_language() -> None:
    protocol = read_protocol(SMALL, name="small.toml")
    set_language("fr")

    assert str(protocol.title) == "Petit essai"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('kind = "number"', 'kind = "float"', "allowed are number, integer, date, choice, text"),
        ("decimals = 1", "decimal = 1", "“decimal” is not known here; did you mean “decimals”?"),
        ("decimals = 1", 'colour = "red"', "“colour” is not known here; allowed are"),
        ("decimals = 1", 'decimals = "one"', "“decimals” must be a whole number"),
        ("decimals = 1", "decimals = true", "“decimals” must be a whole number"),
        ('due = ["weight"]', 'due = ["wait"]', "“wait” is no variable of a visit"),
        ('due = ["weight"]', 'due = ["sex"]', "“sex” is no variable of a visit"),
        ('events = ["death"]', 'events = ["dead"]', "there is no event “dead”; there are death"),
        ('reference_arm = "b"', 'reference_arm = "c"', "there is no arm “c”; there are a, b"),
        ('origin = "randomisation_date"', 'origin = "sex"', "“sex” is none"),
        ('strata = ["sex"]', 'strata = ["weight"]', "“weight” is no variable of the patient"),
        ("cuts = [50, 90]", "cuts = [90, 50]", "must hold numbers that rise"),
        ("cuts = [50, 90]", "cuts = [50]", "one label more than there are cuts"),
        ('visit = "V1"', 'visit = "V9"', "there is no visit “V9”; there are V1"),
        ('variable = "death_date"', 'variable = "weight"', "“weight” is no date variable of the patient"),
        ('synonyms = ["verum"]', 'synonyms = ["Placebo "]', "“placebo” means both “a” and “b”"),
        ('synonyms = ["woman"]', 'synonyms = ["MALE"]', "“male” means both “f” and “m”"),
        ("low = 20, high = 300", "low = 300, high = 20", "low is above high"),
        ("suspicious = { low = 35 }", "suspicious = { low = 10 }", "lies outside the impossible ones"),
        ('unit = "kg"\ndecimals', "decimals", None),
        ("factor = 0.001", "factor = 0", "“factor” must be above 0"),
        ('seal = "always"', 'seal = "never"', "must be a choice of the patient with seal"),
        ('code = "sex"', 'code = "se xe"', "may hold only plain letters"),
        ('code = "sex"', 'code = "weight"', "the code “weight” stands twice"),
        ('title = { en = "Small trial", fr = "Petit essai" }', 'title = { en = "Small" }', "“fr” is missing"),
        ('label = { en = "Weight", fr = "Poids" }', "", "“label” is missing"),
        ("after = 3", "after = -3", "cannot be below 0"),
        ("day = 0\n", "", "a visit without “day” is not planned"),
    ],
)
def test_that_a_mistake_is_told_with_its_line_and_what_is_allowed(
    before: str, after: str, said: str | None
) -> None:
    assert before in SMALL
    text = SMALL.replace(before, after, 1)
    if said is None:
        read_protocol(text, name="small.toml")
        return

    message = refusal(text)

    assert said in message
    assert "Line " in message


def test_that_the_line_named_is_the_line_of_the_key() -> None:
    text = SMALL.replace("decimals = 1", "decimal = 1")

    assert f"Line {line_of(text, 'decimal = 1')}:" in refusal(text)


def test_that_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    text = SMALL.replace("decimals = 1", "decimal = 1").replace('events = ["death"]', "events = []")

    message = refusal(text)

    assert message.index("“events”") < message.index("“decimal”")


def test_that_a_mistake_inside_a_list_over_several_lines_is_told_with_its_own_line() -> None:
    text = SMALL.replace('{ code = "m", label', '{ code = "m", lable')

    assert f"Line {line_of(text, 'lable')}:" in refusal(text)


def test_that_text_which_is_not_toml_is_refused_with_the_line() -> None:
    unfinished = 'code = "sex\n'
    text = SMALL.replace('code = "sex"\n', unfinished)

    assert f"line {line_of(text, unfinished)} " in refusal(text)


@pytest.mark.parametrize("text", ["", "[protocol]\n", "protocol = 3\n", "[[protocol]]\n"])
def test_that_a_text_without_a_protocol_is_refused(text: str) -> None:
    assert refusal(text)


def test_that_a_header_may_mean_two_variables_only_when_their_units_tell_them_apart() -> None:
    other = """
[[variables]]
code = "weight_share"
label = { en = "Weight share", fr = "Part du poids" }
kind = "number"
scope = "visit"
unit = "%"
synonyms = ["poids"]
"""
    read_protocol(SMALL + other, name="small.toml")

    message = refusal(SMALL + other.replace('unit = "%"', 'unit = "kg"'))

    assert "the header “poids” means both “weight” and “weight_share”" in message


def test_that_a_unit_with_two_factors_is_refused() -> None:
    text = SMALL.replace(
        'unit = "kg"\ndecimals', 'unit = "kg"\naccepts = [{ name = "G.", factor = 2 }]\ndecimals'
    )

    assert "the unit “g” has two factors" in refusal(text)


def test_that_a_file_that_is_not_there_is_refused_with_the_names_that_ship() -> None:
    with pytest.raises(AppError, match=r"follow_up, mirocals"):
        load_protocol("nowhere.toml")


def test_that_an_addition_becomes_part_of_the_protocol_and_comes_back_as_it_was() -> None:
    protocol = read_protocol(SMALL, name="small.toml")
    additions = {
        "variables": [
            {
                "code": "bilirubin",
                "label": {"en": "Bilirubin", "fr": "Bilirubine"},
                "kind": "number",
                "scope": "visit",
                "unit": "mg/dL",
                "accepts": [{"name": "µmol/L", "factor": 0.0585}],
            }
        ],
        "arms": [{"code": "c", "label": {"en": "Third", "fr": "Troisième"}}],
        "visits": [{"code": "M1", "label": "Month 1", "day": 30, "synonyms": ["Mois 1"]}],
        "choices": [{"variable": "sex", "code": "x", "label": {"en": "Other", "fr": "Autre"}}],
    }

    extended = extend(protocol, additions)

    bilirubin, arm, sex = (extended.variable(code) for code in ("bilirubin", "arm", "sex"))
    assert bilirubin is not None
    assert [unit.name for unit in bilirubin.units] == ["mg/dL", "µmol/L"]
    assert arm is not None
    assert arm.choice("c") is not None
    assert sex is not None
    assert [choice.code for choice in sex.choices] == ["f", "m", "x"]
    assert extended.visit("M1") is not None
    assert extend(protocol, {"variables": [to_table(bilirubin)]}).variable("bilirubin") == bilirubin


def test_that_what_the_protocol_has_is_not_changed_by_an_addition_of_the_same_code() -> None:
    protocol = read_protocol(SMALL, name="small.toml")
    other = {"code": "weight", "label": "Other", "kind": "text", "scope": "patient"}

    assert extend(protocol, {"variables": [other]}).variable("weight") == protocol.variable("weight")


def test_that_a_wrong_addition_is_refused_with_a_sentence() -> None:
    protocol = read_protocol(SMALL, name="small.toml")

    with pytest.raises(AppError, match="“kind” is missing"):
        extend(protocol, {"variables": [{"code": "x", "label": "X", "scope": "visit"}]})


@pytest.mark.parametrize("name", ["mirocals", "follow_up"])
def test_that_every_variable_that_ships_comes_back_from_its_table(name: str) -> None:
    shipped = load_protocol(name)
    bare = dataclasses.replace(shipped, variables=(), unit_families=())
    tables = [to_table(variable) for variable in shipped.variables if variable.code != "arm"]

    back = extend(bare, {"variables": tables}, check=False)

    assert back.variables == tuple(variable for variable in shipped.variables if variable.code != "arm")


_keys = st.text("abcdefgh_", min_size=1, max_size=4)
_scalars = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda flag: "true" if flag else "false"),
    st.text(st.characters(codec="ascii", exclude_characters='"\\\x7f', exclude_categories=["Cc"])).map(
        lambda text: f'"{text}"'
    ),
    st.just('"""two\nlines ]"""'),
    st.just("'#[{'"),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n  " + ",\n  # a remark, [\n  ".join(items) + "\n]"),
        st.dictionaries(_keys, inner, max_size=3).map(
            lambda pairs: "{ " + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + " }"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(_keys, _values, min_size=1, max_size=4), min_size=1, max_size=4))
def test_that_the_line_of_every_key_of_any_toml_text_is_found(tables: list[dict[str, str]]) -> None:
    text = ""
    expected = {}
    for position, table in enumerate(tables):
        text += "# a remark with [[brackets]]\n\n[[things]]\n"
        for key, value in table.items():
            expected[("things", position, key)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    tomllib.loads(text)

    lines = read_lines(text)

    assert {path: lines[path] for path in expected} == expected


def test_that_a_text_with_a_mistake_is_refused_each_time_and_in_the_language_of_the_moment() -> None:
    text = SMALL.replace('kind = "number"', 'kind = "float"')
    said = []
    for code in ("en", "fr", "fr"):
        set_language(code)
        with pytest.raises(AppError) as refused:
            read_protocol(text, name="own.toml")
        said.append(refused.value.message + refused.value.hint)

    assert "allowed are" in said[0]
    assert said[0] != said[1] == said[2]
