"""What each column of a table is: suggested from its header, unit and cells, asked where that is not sure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.assigning import assign_guesses, doubt_rivals, share_contacts
from mirocals_desktop.importing.controls import without_controls
from mirocals_desktop.importing.date_parts import join_dates, named_for_date, parts_by_year
from mirocals_desktop.importing.explained_codes import codes_explained
from mirocals_desktop.importing.grid import cell_name
from mirocals_desktop.importing.guarding import guarded_columns, may_be
from mirocals_desktop.importing.guesses import (
    Guess,
    guess_births,
    guess_column,
    guess_totals,
    stands_in,
)
from mirocals_desktop.importing.headers import split_unit
from mirocals_desktop.importing.lab_columns import (
    beside_results,
    is_time_of_day,
    means_of_replicates,
    roles_of_plates,
)
from mirocals_desktop.importing.marked_arms import ask_arm_marks, find_arm_marks
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import guess_kind
from mirocals_desktop.importing.patient_column import choose_patient, has_repeats
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import ColumnPlan, Layout, TablePlan, Use, question_id
from mirocals_desktop.importing.roles import (
    choose_visit,
    day_of_cycle,
    find_values_beside,
    guess_layout,
    guess_log,
    guess_tall_roles,
    lone_date,
    measured_columns,
    name_numbered_visits,
    says_visits,
)
from mirocals_desktop.importing.sample_names import find_sample_names
from mirocals_desktop.importing.seen import (
    SURE,
    Context,
    Seen,
    header_cell,
    numbers_of,
    see_columns,
    sheet_title,
)
from mirocals_desktop.importing.series import is_sign
from mirocals_desktop.importing.sheet_visits import visit_of_sheet
from mirocals_desktop.importing.specimens import find_specimens
from mirocals_desktop.importing.standards import roles_of_copies, roles_of_standards
from mirocals_desktop.importing.start_dates import guess_answers, guess_follow_up
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.time_to_event import (
    choose_durations,
    choose_endpoint_rows,
    is_time_to_event,
    roles_of_endpoints,
)
from mirocals_desktop.importing.turned import turned
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import (
    COMMENT_HEADERS,
    plain_name,
)
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Kind, Scope, Seal, Variable

_SITE: Final = f"var:{codes.SITE}"
_SAMPLED_ROWS: Final = 2000
_CROWD: Final = 60
"""Of more columns that nobody knows, those of one kind are asked about together."""


_PERSONAL: Final = re.compile(
    r"(?:nom|prenom|name|first name|last name|surname|family name|nom de famille|nom de naissance"
    r"|adresse|address|telephone|phone|email|e mail|courriel|nir|n secu|securite sociale|nhs number|nhs no"
    r"|hospital number)\b"
)


_CLERICAL: Final = re.compile(
    r"(?:(?:date|time|heure)(?: of| de)? )?"
    r"(?:created|modified|updated|entered|saisie?|cree|modifie|last (?:modified|update\w*))"
    r"(?: (?:by|par|on|at|le|date|time))*|(?:data )?entry (?:date|by|time)|dat ?sai(?:sie)?|qc state|project"
    r"|lsid|(?:participant )?sequence ?num|folder ?seq|(?:id|num)(?:num| enreg\w*)|row(?: (?:id|no|number))?"
    r"|n ligne|ligne|index|page ?repeat ?number|instance ?(?:id|repeat ?number)|record ?position"
    r"|missing ?freq|plate ?id|operat(?:or|eur|rice)"
)
"""Headers of what clerks and programs write about the rows themselves."""


_CHANGE: Final = re.compile(
    r"grand total|total general"
    r"|(?:percent )?(?:change|chg|delta|variation|evolution|veranderung|difference|diff)\b"
    r"(?=.*\b(?:from|since|vs|versus|baseline|bl|previous|prior|depuis|j0|initiale?|inclusion|zu)\b)"
    r"|percent (?:change|chg|variation)$|(?:variation|evolution) (?:en )?(?:percent|pourcent\w*)$"
)
"""Headers of changes and totals, which were computed from the values."""


def suggest_table(key: str, file: str, table: Table, context: Context) -> TablePlan:
    """The plan of one table. Its questions are asked through the context's asker."""
    seen = see_columns(table, context)
    bare, tells_controls = without_controls(table, seen, context.patients)
    if bare is not table:
        table, seen = bare, see_columns(bare, context)
    if choose_visit(seen, {}, repeated=True) is not None:
        # A table that names visits in a column names none in its headers: "V1" is then some measure.
        seen = see_columns(table, context, visits_in_headers=False)
    else:
        seen = name_numbered_visits(key, file, table, seen, context)
    means = means_of_replicates(seen)
    seen = [replace(one, names=(means[one.key], *one.names)) if means.get(one.key) else one for one in seen]
    endpoint = choose_endpoint_rows(key, file, table, seen, context.asker)
    if endpoint is not table:
        table, seen = endpoint, see_columns(endpoint, context, visits_in_headers=False)
    joined = join_dates(key, file, table, seen, context.asker)
    seen = named_for_date(seen, joined)
    log = guess_log(table, seen, context)
    guesses = {column.key: guess_column(column, table, context, log) for column in seen}
    guess_totals(seen, guesses, context)
    guess_births(seen, guesses, table, context)
    guess_answers(seen, guesses, context)
    marks = find_arm_marks(table, seen, guesses, context)
    guarded = guarded_columns(table, seen, guesses, context) | (set(marks) if context.blinded else set())
    if form := turned(seen, context):
        return TablePlan(key, file, table, "patients", (), used=False, reason=form)
    whose = choose_patient(key, file, table, [one for one in seen if one.key not in guarded], context)
    if whose is None:
        return TablePlan(key, file, table, "patients", (), used=False, reason="no-patient")
    patient = whose if isinstance(whose, Seen) else None
    names = None
    if patient is not None and not log:
        known = choose_visit(seen, {patient.key: ("patient", 1.0)}, repeated=True) is not None
        names = find_sample_names(key, file, table, patient, seen, context.asker, visit_known=known)
    site = next((one for one in seen if guesses[one.key][:1] and guesses[one.key][0].choice == _SITE), None)
    repeated = names is not None or has_repeats(table, patient, site)
    roles = {}
    if not log:  # in a log, names and values beside one another are the log's own
        roles = roles_of_endpoints(seen) if is_time_to_event(seen) else guess_tall_roles(seen, context)
    chosen: dict[str, tuple[str, float]] = {**({patient.key: ("patient", 1.0)} if patient else {}), **roles}
    chosen.update({one: ("part", 1.0) for parts in joined for one in (parts.day, parts.month) if one})
    arms = {} if log else ask_arm_marks(key, file, table, seen, marks, context)
    chosen.update(dict.fromkeys(arms, ("part", 1.0)))
    plates = {
        **({tells_controls: ("left_out/plate", 0.9)} if tells_controls else {}),
        **roles_of_plates(seen),
    }
    chosen = {**({} if log else plates), **chosen}
    # Rows of a log have dates: its column of visits or cycles is a variable of the log, or a new one.
    visit = None if log else choose_visit(seen, chosen, repeated=repeated)
    cycles: dict[str, tuple[str, ...]] = {}
    if visit:
        chosen[visit.key] = ("visit", 0.95)
        if of_cycle := day_of_cycle(seen, visit):
            chosen[of_cycle.key] = ("part", 1.0)
            cycles[visit.key] = (of_cycle.key,)
    elif repeated and not log and (worded := says_visits(seen, guesses, chosen)):
        chosen[worded.key] = ("visit", 0.6)
    for column, role in roles_of_standards(table, seen, visit=visit).items():
        chosen.setdefault(column, role)
    if not log:
        for column in (key for key, mean in means.items() if not mean):
            chosen.setdefault(column, ("left_out/other-form", 0.9))
        measured = measured_columns(seen, guesses, chosen, context)
        chosen.update(find_specimens(seen, chosen, measured))
    if not repeated and not log:
        guess_follow_up(seen, guesses, table, context)
    assign_guesses(seen, guesses, chosen)
    share_contacts(seen, guesses, chosen, table)
    best = {column: found[0].choice for column, found in guesses.items() if found}
    chosen.update(roles_of_copies(table, seen, best, chosen))
    doubt_rivals(seen, guesses, chosen)
    if not log and repeated and (dated := lone_date(seen, chosen)):
        chosen[dated.key] = (f"var:{codes.VISIT_DATE}", 0.6)
    durations: dict[str, tuple[str, ...]] = {}
    if not repeated and not log:
        meant = {column: choice for column, (choice, _score) in chosen.items()}
        durations = choose_durations(key, file, table, seen, meant, context.asker)
        chosen.update(dict.fromkeys(durations, ("duration", 0.9)))
        chosen.update({rest: ("part", 1.0) for parts in durations.values() for rest in parts})
    layout = guess_layout(chosen, seen, repeated=repeated, log=log)
    parts: Mapping[str, tuple[str, ...]] = {**parts_by_year(joined), **durations, **cycles}
    ask = _ColumnAsker(key, file, table, context, layout, log, patient, seen, parts, guarded, set(chosen))
    columns = tuple(ask.decide(column, guesses[column.key], chosen.get(column.key)) for column in seen)
    layout, columns = _as_answered(layout, columns)
    of_sheet = "" if names else visit_of_sheet(key, file, table, columns, context)
    plan = TablePlan(key, file, table, layout, columns, log, visit=of_sheet, names=names, arm_marks=arms)
    if isinstance(whose, Seen):
        return plan
    return (
        replace(plan, section_patients=whose.headings)
        if whose.headings
        else replace(plan, patient=whose.text)
    )


def _as_answered(layout: Layout, columns: tuple[ColumnPlan, ...]) -> tuple[Layout, tuple[ColumnPlan, ...]]:
    """The layout that the answers make, and the columns: a name or a value without the other is not read."""
    uses = {column.use for column in columns}
    if layout != "log" and {"parameter", "value"} <= uses:
        return "parameters", columns
    alone = tuple(
        replace(column, use="left_out", reason="alone") if column.use in ("parameter", "value") else column
        for column in columns
    )
    return ("visits" if layout == "parameters" else layout), alone


class _ColumnAsker:
    """Turns the choice for each column into its plan, asking where it is not sure."""

    def __init__(
        self,
        key: str,
        file: str,
        table: Table,
        context: Context,
        layout: Layout,
        log: str,
        patient: Seen | None,
        seen: Sequence[Seen],
        parts: Mapping[str, tuple[str, ...]],
        guarded: frozenset[str],
        known: Collection[str],
    ) -> None:
        self._key = key
        self._file = file
        self._table = table
        self._context = context
        self._layout = layout
        self._log = log
        self._patient = patient
        self._seen = seen
        self._parts = parts
        self._guarded = guarded
        self._shared: dict[tuple[tuple[str, ...], str, bool], tuple[Option, ...]] = {}
        unknown = sum(column.key not in known for column in seen)
        self._crowd = unknown > _CROWD
        keys = "|".join(column.key for column in seen)
        self._shape = hashlib.sha256(keys.encode()).hexdigest()

    def decide(self, column: Seen, guesses: list[Guess], chosen: tuple[str, float] | None) -> ColumnPlan:
        """The plan of a column."""
        self._context.go_on()
        suggested, confidence, reason = self._suggestion(column, chosen)
        if column.key in self._guarded and suggested.startswith(("new:", "var:", "visit")):
            allowed = may_be(suggested, self._context)
            suggested, confidence = (suggested, confidence) if allowed else ("left_out", 0.5)
        choice = suggested
        if suggested not in ("patient", "empty"):
            choice = self._ask(column, guesses, suggested, confidence)
        return self._plan(column, choice, confidence, reason)

    def _suggestion(self, column: Seen, chosen: tuple[str, float] | None) -> tuple[str, float, str]:
        header, profile = column.header, column.profile
        if chosen is None and self._layout == "parameters" and (why := beside_results(column)):
            return "left_out", 0.8, why
        if header.part == "qualifier" and not all(is_sign(text, header.text) for text in profile.texts):
            return "new:text", 0.6, ""  # other words than signs stand in it: they must not be lost
        if profile.filled and header.part and (header.part == "remark" or self._is_beside(column)):
            return (header.part, 0.9, "") if header.part != "remark" else self._remark()
        if chosen is not None:
            choice, confidence = chosen
            choice, _slash, why = choice.partition("/")
            return choice, confidence, why
        if profile.filled == 0:
            return "empty", 1.0, "empty"
        plain = plain_name(header.name)
        if not self._log and is_time_of_day(column):
            return "left_out", 0.8, "time-of-day"
        if _PERSONAL.match(plain):
            return "left_out", 0.7, "personal"
        if not self._log and _CLERICAL.fullmatch(plain_name(header.text.replace("_", " "))):
            return "left_out", 0.8, "housekeeping"
        if not header.name and not header.visit:
            return "left_out", 0.5, "unnamed"
        if plain in COMMENT_HEADERS and max(profile.share(profile.numbers.size), profile.dates) < 0.5:
            return self._remark()
        if _CHANGE.match(plain_name(header.text.replace("%", " percent "))) and profile.numeric > 0.5:
            return "left_out", 0.8, "derived"
        told = self._context.fields.get(plain_name(header.text))
        return f"new:{'choice' if told and told.choices else guess_kind(profile)}", 0.6, ""

    def _remark(self) -> tuple[str, float, str]:
        """What a column of remarks is: in a log a part of the record, elsewhere no value of a patient."""
        return ("new:text", 0.8, "") if self._log else ("left_out", 0.8, "remark")

    def _is_beside(self, column: Seen) -> bool:
        """Whether another column of the table holds the values that this header speaks of."""
        return (
            self._layout == "parameters" or find_values_beside(column, self._seen, self._patient) is not None
        )

    def _ask(self, column: Seen, guesses: list[Guess], suggested: str, confidence: float) -> str:
        evidence = tuple(guess.evidence for guess in guesses[:3])
        if suggested.startswith("new:"):
            filled = column.profile.filled
            said = ngettext("{count} filled cell", "{count} filled cells", filled).format(
                count=amount(filled)
            )
            evidence = (*evidence, said)
        return self._context.asker.ask(
            Question(
                id=question_id("column", self._key, column.key),
                kind="column",
                text=_("What is the column “{header}” of {sheet}?").format(
                    header=column.header.text or cell_name(0, column.place.column)[:-1],
                    sheet=self._table.sheet.name,
                ),
                options=self._options(column, tuple(guess.choice for guess in guesses), suggested),
                suggested=suggested,
                confidence=confidence,
                evidence=evidence,
                file=self._file,
                sheet=self._table.sheet.name,
                cells=(header_cell(self._table, column.place),),
                asked=confidence < SURE,
            ),
            like=self._like(column),
        )

    def _options(self, column: Seen, likely: tuple[str, ...], suggested: str) -> tuple[Option, ...]:
        """What a column may be; the columns that nobody knows share theirs."""
        sort = (likely, suggested, column.key in self._guarded)
        if sort not in self._shared:
            self._shared[sort] = tuple(
                option
                for option in self._context.options(likely)
                if option.code == suggested or self._can_be(option.code, column)
            )
        return self._shared[sort]

    def _like(self, column: Seen) -> str:
        """What makes questions alike: one measure at visits, one column of sheets of one shape, and the many
        columns of a table of genes or probes.
        """
        header = column.header
        if self._crowd and not header.part:
            return "|".join(("crowd", self._key, self._layout))
        if header.visit:
            return "|".join(("column", self._key, plain_name(header.name), header.unit, header.part))
        return "|".join(("sheets", self._file, self._shape, column.key))

    def _can_be(self, choice: str, column: Seen) -> bool:
        """Whether a column can be this: a log's variables stand only in tables of the log, and what a blinded
        study seals is taken for nothing open.
        """
        if column.key in self._guarded and not may_be(choice, self._context):
            return False
        variable = self._context.protocol.variable(choice.removeprefix("var:"))
        return variable is None or not choice.startswith("var:") or stands_in(variable, self._log)

    def _plan(self, column: Seen, choice: str, confidence: float, reason: str) -> ColumnPlan:
        use: Use = "left_out"
        variable: Variable | None = None
        of = ""
        if choice.startswith("var:"):
            use, variable = "variable", self._context.protocol.variable(choice[4:])
        elif choice.startswith("new:"):
            use, variable = "variable", self._new(column, choice[4:])
        elif choice in (
            "patient",
            "visit",
            "day",
            "duration",
            "parameter",
            "value",
            "unit",
            "specimen",
            "qualifier",
            "low",
            "high",
            "part",
        ):
            use = choice  # type: ignore[assignment]  # one of the literals, as was just checked
        if use in ("unit", "qualifier", "low", "high"):
            values = find_values_beside(column, self._seen, self._patient)
            of = plain_name((values or column).header.name)
        unit = None
        if variable is not None:
            said = (column.header.unit, *column.header.notes) if column.header.unit else column.header.notes
            found = (self._context.vocabulary.unit(variable.code, text) for text in said if text)
            unit = next((known for known in found if known is not None), None)
            if unit is None and variable.units and column.header.unit and choice.startswith("new:"):
                unit = variable.units[0]
        sealed = self._context.blinded and (
            variable.seal != "never" or choice.startswith("new:")
            if variable is not None
            else choice != "patient"
        )
        return ColumnPlan(
            column.key,
            column.place,
            column.header,
            column.profile,
            use,
            variable=variable,
            unit=unit,
            visit=column.header.visit if use != "left_out" else "",
            of=of,
            reason=reason or ("" if use != "left_out" else "chosen"),
            confidence=confidence,
            sealed=sealed,
            parts=self._parts.get(column.key, ()),
            choices=self._choices(column, variable),
            first_day=self._first_day(column) if use == "day" else 0,
        )

    def _choices(self, column: Seen, variable: Variable | None) -> Mapping[str, str]:
        """Code -> word where a data dictionary, the header or a note explains a column of choices."""
        if variable is None or variable.kind != "choice":
            return {}
        return codes_explained(self._key, self._file, self._table, column, variable, self._context)

    def _first_day(self, column: Seen) -> int:
        """The number of the day of origin in a column of study days: 0, or 1 where there is no day 0."""
        numbers = column.profile.numbers
        has_zero, sure = bool((numbers == 0).any()), False
        suggested = "0"
        if has_zero:
            sure = True
        elif numbers.size and (bool((numbers == 1).any()) or float((numbers % 7 == 1).mean()) > 0.5):
            suggested = "1"
        else:
            sure = bool(numbers.size) and float((numbers % 7 == 0).mean()) > 0.5
        answer = self._context.asker.ask(
            Question(
                id=question_id("first-day", self._key, column.key),
                kind="visit",
                text=_("In “{header}” of {sheet}, which number has the day of the time origin?").format(
                    header=column.header.text, sheet=self._table.sheet.name
                ),
                options=(
                    Option("0", _("0: day 28 is 28 days later")),
                    Option("1", _("1: there is no day 0, and day 29 is 28 days later")),
                ),
                suggested=suggested,
                confidence=0.9 if sure else 0.6,
                evidence=(
                    ngettext("{count} cell", "{count} cells", column.profile.filled).format(
                        count=amount(column.profile.filled)
                    ),
                ),
                file=self._file,
                sheet=self._table.sheet.name,
                cells=(header_cell(self._table, column.place),),
                asked=not sure,
            )
        )
        return int(answer)

    def _new(self, column: Seen, kind: str) -> Variable:
        header = column.header
        name = header.name or (self._measure_of_sheet() if header.visit else header.text) or column.key
        scope: Scope = "visit"
        if self._log:
            scope = "log"
        elif header.visit:
            scope = "visit"
        elif self._layout == "patients" or self._constant(column):
            scope = "patient"
        if header.part == "remark":
            name = header.text
        chosen: Kind = kind if kind in ("number", "integer", "date", "choice") else "text"  # type: ignore[assignment]
        made = self._context.new.propose(
            name, kind=chosen, scope=scope, log=self._log, unit=header.unit, profile=column.profile
        )
        if not self._context.blinded or chosen not in ("choice", "text") or self._is_known(made):
            return made
        return self._context.new.sealed(made, self._ask_seal(column))

    def _is_known(self, variable: Variable) -> bool:
        return self._context.protocol.variable(variable.code) is not None

    def _ask_seal(self, column: Seen) -> Seal:
        """When words that nobody knows are sealed: they may tell an arm as numbers do, which always are."""
        title = column.header.text or cell_name(0, column.place.column)[:-1]
        answer = self._context.asker.ask(
            Question(
                id=question_id("seal", self._key, column.key),
                kind="column",
                text=_("“{header}” of {sheet} is new to this blinded study. Could it tell an arm?").format(
                    header=title, sheet=self._table.sheet.name
                ),
                options=(
                    Option("after_first_dose", _("It could: seal what comes after the first dose")),
                    Option("never", _("It cannot: show it to everybody")),
                ),
                suggested="after_first_dose",
                confidence=0.6,
                file=self._file,
                sheet=self._table.sheet.name,
                cells=(header_cell(self._table, column.place),),
            )
        )
        return "never" if answer == "never" else "after_first_dose"

    def _measure_of_sheet(self) -> str:
        """What a table measures whose headers are visits only: its title, else the name of its sheet."""
        titles = [split_unit(text)[0] for text in self._table.titles if len(text) <= 40]
        return next(iter(titles), split_unit(sheet_title(self._table.sheet.name))[0])

    def _constant(self, column: Seen) -> bool:
        """Whether each patient has one value only, over all rows: data of the patient, repeated."""
        if column.profile.distinct < 2:
            return False
        count = len(self._table.rows)
        if count > _SAMPLED_ROWS and self._constant_share(column, _SAMPLED_ROWS) < 0.9:
            return False
        return self._constant_share(column, count) >= 0.98

    def _constant_share(self, column: Seen, count: int) -> float:
        """Of the patients with several of the first rows, the share with one value only."""
        if self._patient is None:
            return 0.0
        patients = numbers_of(self._table, self._patient.place, normal_form, count)
        values = numbers_of(self._table, column.place, choice_key, count)
        said = (patients > 0) & (values > 0)
        pairs = np.unique(patients[said] * (int(values.max(initial=0)) + 1) + values[said])
        rows = np.bincount(patients[said])
        different = np.bincount(pairs // (int(values.max(initial=0)) + 1), minlength=len(rows))
        several = rows > 1
        return float((different[several] == 1).mean()) if several.sum() > 1 else 0.0
