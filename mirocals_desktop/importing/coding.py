"""Spellings of choices to their codes: arms, vital status, sex and the like; what is unknown is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from rapidfuzz import fuzz

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.earlier_values import EarlierValues
from mirocals_desktop.importing.legends import read_legend
from mirocals_desktop.importing.masked_arms import are_masked, ask_masked_arms
from mirocals_desktop.importing.missing import missing_reason
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import code_of
from mirocals_desktop.importing.patients import Patients
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.statuses import status_meant
from mirocals_desktop.importing.values import Rows, choice_key
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Choice, Label, Protocol, Variable

YES: Final = frozenset(
    {"1", "true", "vrai", "yes", "oui", "ja", "si", "y", "o", "j", "x"}
    | set("\u2713\u2714\u2611\u2612\u2705")
)
NO: Final = frozenset({"0", "false", "faux", "no", "non", "nein", "nee", "n", "2", "\u2610"})
_BARE: Final = YES | NO
_NEAR: Final = 88
_NEAR_STATUS: Final = 80
"""Statuses are few and far apart: "vivnat" is "vivant"."""
_HAPPENED: Final = frozenset(("event", "evenement", "evt", "ereignis", "evento", "failure", "failed"))
_SEVERAL: Final = 3
_NEARLY_ALL: Final = 0.9
"""Of so many patients and this share of them the study must hold one choice, to tell what a word means."""
_NO_TREATMENT: Final = frozenset(("none", "aucun", "aucune", "non fait"))
"""Words for "no value" that are an arm as well: those who got nothing."""
_MAX_NEW: Final = 40


@dataclass(eq=False)
class _Seen:
    """The spellings of one variable, over all columns that hold it.

    `rows` are their places. `dated` and `undated` count the rows of each spelling with and without a date of
    death beside them, and `says_alive` tells that the headers are words for living: 1 below "Alive" is not 1
    below "Dead".
    """

    variable: Variable
    counts: Counter[str] = field(default_factory=Counter)
    spelled: dict[str, Counter[str]] = field(default_factory=dict)
    rows: list[tuple[TablePlan, ColumnPlan, Rows]] = field(default_factory=list)
    dated: Counter[str] = field(default_factory=Counter)
    undated: Counter[str] = field(default_factory=Counter)
    says_alive: bool = False

    @property
    def places(self) -> list[tuple[TablePlan, ColumnPlan]]:
        """The tables and columns that hold the variable."""
        return [(table, column) for table, column, _at in self.rows]


@dataclass(frozen=True)
class _Held:
    """The choice that the study holds for `count` of `patients`, who all have one spelling."""

    code: str
    count: int
    patients: int

    def told(self, choices: Iterable[Choice]) -> str:
        """This as evidence."""
        label = next((str(choice.label) for choice in choices if choice.code == self.code), self.code)
        return _("the study holds “{choice}” for {count} of {all} patients who have it").format(
            choice=label, count=amount(self.count), all=amount(self.patients)
        )


class Codings:
    """The coding of every choice variable of an import, with the choices and arms that it adds.

    `patients` are those of the study, `earlier` what it holds of them.
    """

    def __init__(self, protocol: Protocol, asker: Asker, patients: Patients, earlier: EarlierValues) -> None:
        self._protocol = protocol
        self._asker = asker
        self._patients = patients
        self._earlier = earlier
        self._seen: dict[str, _Seen] = {}
        self._codings: dict[str, dict[str, str]] = {}
        self.added: dict[str, list[Choice]] = {}

    def prepare(self, columns: Iterable[tuple[Variable, TablePlan, ColumnPlan, Rows]]) -> None:
        """Look at every column of choices, and decide what each spelling means."""
        for variable, table, column, at in columns:
            alive = variable.code == codes.VITAL_STATUS and says_alive(column.header.text)
            key = _group(variable.code, alive=alive)
            seen = self._seen.setdefault(key, _Seen(variable, says_alive=alive))
            seen.rows.append((table, column, at))
            if variable.code == codes.VITAL_STATUS:
                _count_deaths(seen, table, column, at)
            for text, count in _spellings(table, column, at).items():
                text = column.choices.get(choice_key(text), text)
                key = choice_key(text)
                seen.counts[key] += count
                seen.spelled.setdefault(key, Counter())[" ".join(text.split())] += count
        for code, seen in self._seen.items():
            self._codings[code] = self._decide(seen)

    def coding(self, code: str) -> Mapping[str, str]:
        """Spelling (see `choice_key`) -> code of the choice, for one variable."""
        return self._codings.get(code, {})

    def of_column(self, code: str, column: ColumnPlan) -> Mapping[str, str]:
        """The coding of one column: the codes that a dictionary or header explains mean that."""
        alive = code == codes.VITAL_STATUS and says_alive(column.header.text)
        coding = self.coding(_group(code, alive=alive))
        if not column.choices:
            return coding
        own = {key: coding.get(choice_key(word)) for key, word in column.choices.items()}
        others = {key: value for key, value in coding.items() if key not in own}
        return others | {key: value for key, value in own.items() if value is not None}

    def finished(self, variable: Variable) -> Variable:
        """The variable with the choices that the import adds to it."""
        added = self.added.get(variable.code, [])
        return replace(variable, choices=(*variable.choices, *added)) if added else variable

    def add_arm(self, label: str) -> str:
        """The code of an arm that only a sheet's name tells; two sheets of the same name share it."""
        for choice in self.added.get(codes.ARM, ()):
            if plain_name(choice.label.en) == plain_name(label):
                return choice.code
        arm = self._protocol.variable(codes.ARM)
        assert arm is not None  # nobody asks for arms in a protocol without them
        return self._add_choice(arm, label, {})

    def majority(self, code: str, key: str) -> str:
        """How most cells spell this."""
        for seen in (self._seen.get(_group(code, alive=alive)) for alive in (False, True)):
            if seen and key in seen.spelled:
                return seen.spelled[key].most_common(1)[0][0]
        return ""

    def _decide(self, seen: _Seen) -> dict[str, str]:
        known = _known_names(seen.variable, self._protocol)
        coding: dict[str, str] = {}
        unknown: list[str] = []
        said = {key for key in seen.counts if not missing_reason(key)}
        bare = said & (_BARE | {"1 0"}) if seen.variable.code == codes.VITAL_STATUS else set()
        if bare == said or len(bare) > 1:
            coding.update(self._bare_outcome(seen, bare) if bare else {})
        for key in seen.counts:
            if key in coding:
                continue
            if meant := known.get(key) or _by_words(seen.variable, key, seen.spelled[key], known):
                coding[key] = meant
            elif not missing_reason(key) or (seen.variable.code == codes.ARM and key in _NO_TREATMENT):
                unknown.append(key)
        if masked := self._masked(seen, unknown):
            coding.update(masked)
            unknown = []
        held = self._held(seen) if unknown else {}
        for key in unknown:
            code = self._unknown(seen, key, known, len(unknown), held.get(key))
            if code is not None:
                coding[key] = code
                known.setdefault(key, code)
        return coding

    def _masked(self, seen: _Seen, unknown: list[str]) -> dict[str, str]:
        """The arms of labels such as A and B, where nothing else stands there: {} for other labels."""
        labels = {key: self.majority(codes.ARM, key) for key in unknown}
        said = {key for key in seen.counts if not missing_reason(key)}
        arms = self._protocol.arms
        if (
            seen.variable.code != codes.ARM
            or said != set(unknown)
            or not are_masked(list(labels.values()), arms)
        ):
            return {}
        table, column = seen.places[0]
        held = {key: one.code for key, one in self._held(seen).items() if key in labels}
        told = ask_masked_arms(
            labels, seen.counts, told=held, arms=arms, table=table, column=column, asker=self._asker
        )
        return dict(told) or {
            key: self._add_choice(seen.variable, label, {}) for key, label in labels.items()
        }

    def _bare_outcome(self, seen: _Seen, said: set[str]) -> dict[str, str]:
        """An outcome coded 1/0, 1/2, yes/no: confirmed with counts, suggested by the header.

        The codes are part of the question: what 1 means beside 0 says nothing of 1 beside 2.
        """
        header = plain_name(" ".join(column.header.text for _, column in seen.places))
        table, column = seen.places[0]
        evidence = [_("header “{header}”").format(header=column.title)]
        dead = self._dead_codes(seen, said)
        by_dates = _dead_by_dates(seen, said)
        if by_dates is not None:
            dead = by_dates
            evidence.append(self._dates_evidence(seen, dead))
        ways = dict.fromkeys((*_ways(said), dead))  # of 0 and N nobody may have died
        options = [self._outcome_option(seen, said, choice) for choice in ways]
        sure = by_dates is not None or any(
            word in header for word in ("dead", "died", "death", "dece", "dcd", "alive", "vivant", "cnsr")
        )
        parts = [seen.variable.code, "+".join(sorted(said))]
        if seen.says_alive and _group(seen.variable.code, alive=False) in self._seen:
            parts.append("alive")
        answer = self._asker.ask(
            Question(
                id=question_id("outcome", *parts),
                kind="coding",
                text=_("What do the codes of “{header}” mean?").format(header=column.title),
                options=tuple(options),
                suggested=_way_code(dead),
                confidence=0.9 if sure else 0.6,
                evidence=tuple(evidence),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
            )
        )
        dead = frozenset(answer.removeprefix("dead=").split("+")) - {""}
        return {key: codes.DEAD if key in dead else codes.ALIVE for key in said}

    def _dead_codes(self, seen: _Seen, said: set[str]) -> frozenset[str]:
        """The codes that stand for death: by what the header says of one of them, else as codes are used."""
        for _table, column in seen.places:
            legend = {} if column.choices else read_legend(column.header.text)
            for code, word in legend.items():
                meant = _known_names(seen.variable, self._protocol).get(choice_key(word))
                if meant == codes.DEAD:
                    return frozenset({choice_key(code)} & said) or frozenset(said & YES)
                if meant == codes.ALIVE:
                    return frozenset(said - {choice_key(code)})
        positive = said & YES if said != {"1", "2"} else {"2"}
        return frozenset(said - positive if seen.says_alive else positive)

    def _dates_evidence(self, seen: _Seen, dead: frozenset[str]) -> str:
        count = sum(seen.dated[key] for key in dead)
        said = ngettext(
            "{count} patient with {code} has a date of death, nobody else has one",
            "{count} patients with {code} have a date of death, nobody else has one",
            count,
        )
        spelled = (self.majority(seen.variable.code, key) or key for key in sorted(dead))
        return said.format(count=amount(count), code=", ".join(spelled))

    def _outcome_option(self, seen: _Seen, said: set[str], dead: frozenset[str]) -> Option:
        died = sum(seen.counts[key] for key in dead)
        alive = sum(seen.counts[key] for key in said - dead)

        def spell(keys: Iterable[str]) -> str:
            return ", ".join(self.majority(seen.variable.code, key) for key in sorted(keys)) or "–"

        return Option(
            _way_code(dead),
            _("{dead} = died, {alive} = alive").format(dead=spell(dead), alive=spell(said - dead)),
            _("{died} died, {living} alive").format(died=died, living=alive),
        )

    def _unknown(
        self, seen: _Seen, key: str, known: Mapping[str, str], number: int, held: _Held | None
    ) -> str | None:
        """The code for a spelling that no choice has: another spelling of one, a new choice, or none."""
        variable = seen.variable
        label = self.majority(variable.code, key)
        near = max(known, key=lambda name: fuzz.ratio(key, name), default="")
        alike = _NEAR_STATUS if variable.code == codes.VITAL_STATUS else _NEAR
        close = bool(near) and len(key) > 3 and fuzz.ratio(key, near) >= alike
        choices = self._choices(variable)
        meant = self._opposite(seen, key) or _arm_inside(variable, label, known) or (close and known[near])
        meant = held.code if held is not None else meant
        meant = meant if meant in {choice.code for choice in choices} else ""
        suggested = f"choice:{meant}" if meant else "new" if number <= _MAX_NEW else "none"
        is_new_variable = self._protocol.variable(variable.code) is None
        table, column = seen.places[0]
        answer = self._asker.ask(
            Question(
                id=question_id("choice", variable.code, key),
                kind="arm" if variable.code == codes.ARM else "choice",
                text=_("What is “{value}” in “{header}”?").format(value=label, header=column.title),
                options=(
                    *(Option(f"choice:{choice.code}", str(choice.label)) for choice in choices),
                    Option("new", _("Something new: keep “{value}” as it is").format(value=label)),
                    Option("missing", _("No value")),
                    Option("none", _("Leave these cells out")),
                ),
                suggested=suggested,
                confidence=0.7 if meant else 0.6,
                evidence=(
                    ngettext("{count} cell", "{count} cells", seen.counts[key]).format(
                        count=amount(seen.counts[key])
                    ),
                    *((held.told(choices),) if held is not None else ()),
                ),
                file=table.file,
                sheet=table.sheet,
                cells=(table.cell(column),),
                asked=not is_new_variable,
            )
        )
        if answer.startswith("choice:"):
            return answer[7:]
        if answer == "missing":
            return ""
        return self._add_choice(variable, label, known) if answer == "new" else None

    def _held(self, seen: _Seen) -> Mapping[str, _Held]:
        """For each spelling what the study holds of the patients who have it, where that is one choice."""
        earlier = self._earlier.choices(seen.variable.code)
        held: dict[str, dict[str, str]] = {}
        for table, column, at in seen.rows if earlier else ():
            ids = table.patient_texts()
            texts = table.table.texts(column.place)
            for row in at.tolist():
                patient = self._patients.find(ids[row])
                if patient in earlier:
                    key = choice_key(column.choices.get(choice_key(texts[row]), texts[row]))
                    held.setdefault(key, {})[patient] = earlier[patient]
        found = {}
        for key, of_patients in held.items():
            [(code, count)] = Counter(of_patients.values()).most_common(1)
            if count >= max(_SEVERAL, _NEARLY_ALL * len(of_patients)):
                found[key] = _Held(code, count, len(of_patients))
        return found

    def _opposite(self, seen: _Seen, key: str) -> str:
        """Dead, for the event whose opposite is to be censored; "" for anything else."""
        censored = any(status_meant(other) == codes.ALIVE for other in seen.counts)
        event = seen.variable.code == codes.VITAL_STATUS and plain_name(key) in _HAPPENED
        return codes.DEAD if event and censored else ""

    def _choices(self, variable: Variable) -> tuple[Choice, ...]:
        if variable.code == codes.ARM:
            return tuple(Choice(arm.code, arm.label, arm.synonyms) for arm in self._protocol.arms)
        return (*variable.choices, *self.added.get(variable.code, ()))

    def _add_choice(self, variable: Variable, label: str, known: Mapping[str, str]) -> str:
        taken = {choice.code for choice in self._choices(variable)}
        taken |= {choice.code for choice in self.added.get(variable.code, ())} | set(known.values())
        base = code_of(label) or "choice"
        code, number = base, 2
        while code in taken:
            code, number = f"{base}_{number}", number + 1
        self.added.setdefault(variable.code, []).append(Choice(code, Label(label, label)))
        return code


def _by_words(variable: Variable, key: str, spelled: Iterable[str], known: Mapping[str, str]) -> str:
    """The code of a spelling that says more than a choice's name: "1:DECEASED", "Décédé (progression)".

    "" for one that is not clear to any person: two codes for two words, dead and alive at once.
    """
    words = {known.get(choice_key(_CODED_WORD.sub("", text)), "") for text in spelled}
    if len(words) == 1 and (code := words.pop()):
        return code
    meant = status_meant(key, letters=True) if variable.code == codes.VITAL_STATUS else ""
    return meant if meant in known.values() else ""


def _arm_inside(variable: Variable, label: str, known: Mapping[str, str]) -> str:
    """The one arm whose name a longer label holds: "Arm 1: IL-2"; "" where it holds none or several."""
    if variable.code != codes.ARM:
        return ""
    padded = f" {plain_name(label)} "
    found = {arm for name, arm in known.items() if len(name) > 2 and f" {plain_name(name)} " in padded}
    return found.pop() if len(found) == 1 else ""


_CODED_WORD: Final = re.compile(r"^\s*\(?\d{1,2}\)?\s*[:=.)\-–—]*\s*(?=[^\W\d_]{2})")
"""The code before its word: "1:DECEASED", "2 = Décédé", "(1) Male"."""


def _known_names(variable: Variable, protocol: Protocol) -> dict[str, str]:
    items = protocol.arms if variable.code == codes.ARM else variable.choices
    return {
        choice_key(name): item.code
        for item in items
        for name in (item.code, item.label.en, item.label.fr, *item.synonyms)
    }


def _spellings(table: TablePlan, column: ColumnPlan, at: Rows) -> Counter[str]:
    data = table.table.sheet.columns[column.place.column]
    rows = table.table.rows[at]
    filled = rows[data.kinds[rows] != 0]
    codes_, counts = np.unique(data.codes[filled], return_counts=True)
    found = Counter(
        {
            data.texts[code]: int(n)
            for code, n in zip(codes_.tolist(), counts.tolist(), strict=True)
            if code >= 0
        }
    )
    others = filled[data.codes[filled] < 0]
    found.update(table.table.sheet.texts(column.place.column, others))
    found.pop("", None)
    return found


def _group(code: str, *, alive: bool) -> str:
    return f"{code} alive" if alive else code


def says_alive(header: str) -> bool:
    """Whether a header is a word for living or for being censored, so that "yes" below it is no death."""
    header = plain_name(header)
    alive = any(word in header for word in ("alive", "vivant", "en vie", "cnsr", "censor"))
    return alive and not any(word in header for word in ("dead", "dece", "died", "death"))


def _count_deaths(seen: _Seen, table: TablePlan, column: ColumnPlan, at: Rows) -> None:
    """Count the rows of each spelling by whether a date of death stands beside it."""
    death = table.with_variable(codes.DEATH_DATE)
    if death is None:
        return
    rows = table.table.rows[at]
    texts = table.table.sheet.texts(column.place.column, rows)
    dates = table.table.sheet.columns[death.place.column].kinds[rows] != 0
    days = table.table.sheet.texts(death.place.column, rows)
    for text, filled, day in zip(texts, dates.tolist(), days, strict=True):
        if text:
            key = choice_key(column.choices.get(choice_key(text), text))
            (seen.dated if filled and not missing_reason(day) else seen.undated)[key] += 1


def _dead_by_dates(seen: _Seen, said: set[str]) -> frozenset[str] | None:
    """The codes beside which dates of death stand, where they part the codes clearly; None elsewhere."""
    dead = {key for key in said if seen.dated[key] > seen.undated[key]}
    clear = all(seen.dated[key] == 0 for key in said - dead)
    return frozenset(dead) if dead and clear and dead != said else None


def _ways(said: set[str]) -> list[frozenset[str]]:
    """The ways in which codes can be split into died and alive: each code alone as death, or all but it."""
    ordered = sorted(said)
    if len(ordered) == 1:
        return [frozenset(ordered), frozenset()]
    ways = [frozenset({key}) for key in ordered]
    ways += [frozenset(said & YES), frozenset(said & NO)]
    if len(ordered) > 2:
        ways += [frozenset(said - {key}) for key in ordered]
    return list(dict.fromkeys(way for way in ways if way))


def _way_code(dead: frozenset[str]) -> str:
    return "dead=" + "+".join(sorted(dead))
