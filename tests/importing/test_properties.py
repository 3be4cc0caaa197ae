"""What holds for any spreadsheet: no crash, no cell lost, and the same answer to the same question."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from books import sheet
from hypothesis import given, settings
from hypothesis import strategies as st
from reviews import empty_facts, frame, new_study, review, values

from mirocals_desktop.importing.commit import accept_suggestions, commit, review_import
from mirocals_desktop.importing.dates import read_date
from mirocals_desktop.importing.grid import Workbook
from mirocals_desktop.importing.headers import read_header
from mirocals_desktop.importing.missing import beyond_limit, missing_reason
from mirocals_desktop.importing.numbers import decimal_proof, read_number
from mirocals_desktop.importing.patients import normal_form, tidy_id
from mirocals_desktop.importing.pipeline import make_review
from mirocals_desktop.importing.tables import TableColumn, find_tables
from mirocals_desktop.importing.timepoints import read_timepoint, split_timepoint
from mirocals_desktop.protocol.reader import extend
from mirocals_desktop.study.checks import check_observations

WORDS = [
    "Patient", "N° patient", "Subject", "Visit", "Visite", "Date", "Date de visite", "Treg (%)",
    "Treg (cellules/µL)", "pNFH (pg/mL)", "CCL2", "Arm", "Sexe", "Statut vital", "Dead (1/0)",
    "Last contact", "Randomised", "Commentaires", "Total", "Moyenne", "V1", "V2", "J0", "M6",
    "Baseline", "unit", "LBTEST", "Value", "Event", "Severity", "id", "P-001", "P-002", "001", "1",
    "007 ", "IL-2", "Placebo", "F", "M", "Décédé", "vivant", "O", "N", "ND", "NF", "n/a", "-",
    "<LLOQ", "< 50", "> 10000", "5,1", "1 250,0", "1,250", "1.250,5", "12 (haemolysed)", "8.5 %",
    "1_000", "#REF!", "31/02/2016", "03/04/2018", "13/04/2018", "04/13/2018", "2018-03", "2012",
    "16 juil. 2024", "UN-SEP-2013", "Légende : NF = non fait", "%", "(pg/mL)", "AE", "", "   ",
    "\xa0", "x" * 300, "\xe9\u0301\u200b", "=1+1", "ALSFRS-R 1", "Q5a",
]  # fmt: skip
CELLS = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.text(max_size=12),
    st.integers(-1000, 60_000),
    st.floats(allow_nan=False, width=32),
    st.booleans(),
    st.dates(date(1930, 1, 1), date(2090, 12, 31)),
    st.datetimes(datetime(1930, 1, 1), datetime(2090, 12, 31)),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
GRIDS = st.lists(st.lists(CELLS, max_size=7), max_size=14)


@st.composite
def tables(draw):
    """Grids that look like something: a header of words over columns of one kind with a few odd cells."""
    width = draw(st.integers(2, 6))
    header = draw(st.lists(st.sampled_from(WORDS[:30]), min_size=width, max_size=width))
    kinds = [draw(st.sampled_from(range(6))) for _ in range(width)]
    odd = draw(st.randoms(use_true_random=False))
    count = draw(st.integers(1, 12))
    rows = [header, *([_cell(kind, number, odd) for kind in kinds] for number in range(count))]
    extra = draw(st.lists(st.lists(CELLS, max_size=width), max_size=3))
    return extra[:1] + rows + extra[1:]


def _cell(kind: int, number: int, odd: random.Random):
    if odd.random() < 0.15:
        return odd.choice(WORDS)
    return (
        f"P-{number // 2:03d}",
        odd.choice(["V1", "V2", "J0", "Visite 3"]),
        date(2019, 1, 1) + timedelta(days=odd.randrange(900)),
        round(odd.uniform(0, 2000), 2),
        odd.choice(["5,1", "12,25", "<50", "ND", "1 250,0"]),
        odd.choice([0, 1, "O", "N", "F"]),
    )[kind]


def check_whole(made) -> None:
    """Every cell has a fate, and the study would take what comes of it."""
    for account in made.accounts:
        assert account.balanced, account
    observations = made.to_write().frame()
    protocol = extend(made.protocol, made.additions) if made.additions else made.protocol
    check_observations(observations, protocol)
    keys = observations[["patient", "variable", "visit", "record"]].assign(
        date=observations["date"].where(observations["visit"] == "", "")
    )
    visit_scope = {v.code for v in protocol.variables if v.scope == "visit"}
    keys.loc[~keys["variable"].isin(visit_scope), "date"] = ""
    assert not keys.duplicated().any()
    assert all(issue.message and issue.code for issue in made.issues)
    assert all(q.suggested in {o.code for o in q.options} for q in made.questions)


@given(GRIDS)
@settings(max_examples=60)
def test_that_any_grid_of_cells_gives_observations_and_issues_and_loses_nothing(grid):
    check_whole(review(sheet(grid)))


@given(tables(), tables(), st.sampled_from(["mirocals", "follow_up"]))
@settings(max_examples=40)
def test_that_any_table_gives_observations_and_issues_and_loses_nothing(first, second, protocol):
    check_whole(review(sheet(first, name="A"), sheet(second, name="B"), protocol=protocol))


@given(GRIDS, st.lists(st.tuples(*[st.integers(0, 12)] * 4), max_size=4))
@settings(max_examples=60)
def test_that_tables_are_found_in_any_grid_whatever_is_merged(grid, areas):
    made = sheet(grid, merged=[(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in areas])
    for table in find_tables(made):
        rows = set(table.rows.tolist())
        assert rows.isdisjoint(table.ignored)
        assert rows.isdisjoint(table.header_rows)
        for column in table.columns:
            read_header(column)


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_that_any_text_is_a_value_or_none_and_never_a_crash(text):
    for decimal in ("", ",", "."):
        number = read_number(text, decimal)
        assert number is None or abs(number.value) < float("inf")
    assert decimal_proof(text) in ("", ",", ".", "?")
    for order, found in read_date(text, 2026).by_order:
        assert order in ("dmy", "mdy", "ymd")
        assert found.text
    assert beyond_limit(text) in ("", "<", ">")
    missing_reason(text)
    read_timepoint(text)
    split_timepoint(text)
    read_header(TableColumn(0, (text,) if text.strip() else ()))
    assert normal_form(tidy_id(text)) == normal_form(text)


@given(
    st.floats(-1e12, 1e12),
    st.sampled_from([",", "."]),
    st.integers(0, 6),
    st.sampled_from(["", " ", "\u202f", "'"]),
)
@settings(max_examples=200)
def test_that_a_number_written_with_a_decimal_sign_and_groups_is_read_back(number, decimal, decimals, group):
    written = f"{number:,.{decimals}f}".replace(",", "G").replace(".", decimal).replace("G", group)
    read = read_number(written, decimal)
    assert read is not None
    assert abs(read.value - round(number, decimals)) <= 1e-9 * max(1.0, abs(number))


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
@settings(max_examples=200)
def test_that_a_date_is_read_back_in_the_order_it_was_written_in(day):
    for order, form in (("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y"), ("dmy", "%d.%m.%Y"), ("ymd", "%Y-%m-%d")):
        found = read_date(day.strftime(form), 2026).read(order)
        assert found is not None
        assert found.text == day.isoformat()


@given(st.permutations(range(16)))
@settings(max_examples=12)
def test_that_the_order_of_rows_does_not_matter_to_a_clean_table(order):
    header = ["Patient", "Visit", "Date", "Treg (%)"]
    body = [
        [f"P-{n:03d}", visit, date(2019, 1 + k, n), 5 + n / 10]
        for n in range(1, 9)
        for k, visit in enumerate(("V2", "V4"))
    ]
    one, other = review(sheet([header, *body])), review(sheet([header, *(body[n] for n in order)]))
    assert values(one, "treg_percent") == values(other, "treg_percent")


def _sheets():
    patients = [[f"P-{n}", "IL-2", "F", date(2019, 1, n)] for n in range(1, 9)]
    lab = [
        [f"P-{n}", visit, n + 0.5, "NF" if n == 3 else f"{n},25", ""]
        for n in range(1, 9)
        for visit in ("V2", "Visite X")
    ]
    events = [[f"P-{n % 3 + 1}", f"E{n}", date(2019, 2, n), "mild"] for n in range(1, 9)]
    return (
        sheet([["Patient", "Arm", "Sex", "Randomised"], *patients]),
        sheet([["Patient", "Visit", "Treg (%)", "Bili (mg/dL)", "Note"], *lab], name="Lab"),
        sheet([["Patient", "Event", "Start date", "Severity"], *events], name="AE"),
    )


def test_that_importing_the_same_sheets_twice_adds_nothing(tmp_path):
    sheets = _sheets()
    with new_study(tmp_path) as study:
        commit(study, accept_suggestions(study, [Workbook("f.xlsx", "1" * 64, "xlsx", sheets)]))
        again = review_import(study, [Workbook("g.xlsx", "2" * 64, "xlsx", sheets)])
        assert not again.open_questions
        assert (again.counts.new, again.counts.changed) == (0, 0)
        assert not again.changes_study
        assert commit(study, again) == 0


@given(st.permutations(range(3)))
@settings(max_examples=6)
def test_that_the_order_of_sheets_does_not_matter(order):
    sheets = _sheets()
    one, other = review(*sheets), review(*(sheets[n] for n in order))
    key = ["patient", "variable", "visit", "record"]
    kept = [*key, "date", "number", "text", "missing"]
    first, second = (frame(made)[kept].sort_values(key).to_numpy().tolist() for made in (one, other))
    assert str(first) == str(second)


def test_that_the_order_of_files_does_not_matter():
    files = [Workbook(f"{n}.xlsx", f"{n}" * 64, "xlsx", (one,)) for n, one in enumerate(_sheets())]

    def observations(order):
        given = {}
        for _round in range(5):
            made = make_review([files[n] for n in order], empty_facts(), answers=given)
            given.update({question.id: question.suggested for question in made.open_questions})
        key = ["patient", "variable", "visit", "record"]
        found = made.batch.frame()[[*key, "date", "number", "text", "missing", "file", "cell"]]
        return str(found.sort_values(key).to_numpy().tolist())

    assert len({observations(order) for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0))}) == 1
