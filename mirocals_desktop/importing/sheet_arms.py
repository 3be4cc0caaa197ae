"""The arm that only the name of a sheet or file, or a title above a table, tells: asked, never assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

import numpy as np

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.grid import Booleans
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import code_of
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.tables import TableColumn
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.values import State, Typed
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable

_TITLES: Final = 3
_LONGEST: Final = 60
_BEFORE_ARM: Final = re.compile(
    r"^\s*(?:arm|bras|group|groupe|treatment|traitement)\s*[:=]\s*", re.IGNORECASE
)
_ARM_WORD: Final = re.compile(
    r"\b(?:arms?|bras|groups?|groupes?|gp|grp|cohorte?|treatment|traitement|trt|dose)\b"
)
_ARM_NAMES: Final = frozenset(
    """
    active, actif, verum, control, controle, temoin, temoins, controls, controles, treated, traite, traites,
    untreated, non traite, non traites, intervention, experimental, comparator, comparateur, standard of care,
    soc, low dose, high dose, faible dose, forte dose, open label
    """.replace("\n", " ").split(", ")
)
_SURE: Final = 0.7
_LIKELY: Final = 0.5


_OF_THE_DRUG: Final = re.compile(
    r"\b(?:doses (?:given|taken|log)|injections?|administrations?|dispens\w*|accountability|calendar"
    r"|calendrier|kits?|lots?|dosages?|levels?|taux|concentrations?|cytokines?|pg|study|trial|etude|essai|vs|versus)\b"
)
"""Where a name of a drug is no arm: "IL-2 injections", "Cytokines: IL-2, IL-6", "Low-dose IL-2 trial"."""


@dataclass(frozen=True)
class _Told:
    """What a name or title tells: a text, the arm of the protocol that it names ("" for none), and where."""

    text: str
    arm: str
    evidence: str


def with_arms(
    tables: Sequence[TablePlan], protocol: Protocol, asker: Asker, codings: Codings, *, blinded: bool
) -> list[TablePlan]:
    """The plans with the arms that somebody confirms for whole tables; `codings` gains the arms that are new.

    A name that speaks of an arm only by a word such as "group" is asked about where no column holds the arm.
    AppError in a blinded study when a table's name or title tells an arm: every value would tell it as well.
    """
    if protocol.variable(codes.ARM) is None:
        return list(tables)
    in_column = any(table.used and table.tells_arm for table in tables)
    names = names_of_arms(protocol)
    asked = []
    first: dict[tuple[str, str, str], str] = {}  # a sheet of two tables is asked about once
    for table in tables:
        told = None
        if table.used and not table.log and not table.tells_arm:
            by_words = not in_column and not blinded
            told = _find(telling_texts(table, tables), names, by_words=by_words, blinded=blinded)
        if told and blinded:
            raise AppError(
                _("A name or title in {file} tells an arm, and this study is blinded.").format(
                    file=table.file
                ),
                hint=_("Put the patients of all arms together, with the arm in a column of its own."),
            )
        if told is None:
            asked.append(table)
            continue
        key = first.setdefault((table.file, table.sheet, told.text), table.key)
        rows = sum(len(t.table.rows) for t in tables if (t.file, t.sheet) == (table.file, table.sheet))
        asked.append(replace(table, arm=_ask(table, key, told, rows, protocol, asker, codings)))
    return asked


def names_of_arms(protocol: Protocol) -> Mapping[str, str]:
    """The arms of a protocol by every name that they have."""
    return {
        plain_name(name): arm.code
        for arm in protocol.arms
        for name in (arm.code, arm.label.en, arm.label.fr, *arm.synonyms)
        if plain_name(name)
    }


def _is_only_sheet(table: TablePlan, tables: Sequence[TablePlan]) -> bool:
    """Whether no other sheet of its file is read: the file's own name then speaks of this one."""
    return {other.sheet for other in tables if other.file == table.file and other.used} == {table.sheet}


def telling_texts(table: TablePlan, tables: Sequence[TablePlan]) -> list[tuple[str, str]]:
    """The names and titles that speak of a whole table, and where each stands: the sheet's is first."""
    texts = [(table.sheet, _("the name of the sheet"))]
    texts += [(title, _("the title of the table")) for title in table.table.titles[:_TITLES]]
    if _is_only_sheet(table, tables):
        texts.append((PurePath(table.file).stem, _("the name of the file")))
    return texts


def _find(
    texts: Sequence[tuple[str, str]], names: Mapping[str, str], *, by_words: bool, blinded: bool
) -> _Told | None:
    """What the first telling text tells. In a blinded study the drug in any name may tell an arm."""
    for text, evidence in texts:
        plain = plain_name(text)
        arms = named_arms(plain, names)
        if len(arms) == 1 and (blinded or _tells_arm(plain) or not _OF_THE_DRUG.search(plain)):
            return _Told(label_of_arm(text), arms.pop(), evidence)
    if not by_words:
        return None
    for text, evidence in texts:
        plain = plain_name(text)
        if speaks_of_arm(plain) and not named_arms(plain, names) and not is_timepoint(text):
            return _Told(label_of_arm(text), "", evidence)
    return None


def _tells_arm(plain: str) -> bool:
    """Whether a text has a word for arms; "dose" alone is none, for it is a part of the drug's name."""
    return any(word != "dose" for word in _ARM_WORD.findall(plain))


def named_arms(plain: str, names: Mapping[str, str]) -> set[str]:
    """The arms that a text names, as whole words; a short code such as "A" only where it stands alone."""
    bare = " ".join(_ARM_WORD.sub(" ", plain).split())
    if bare in names:
        return {names[bare]}
    padded = f" {plain} "
    return {arm for name, arm in names.items() if len(name) > 2 and f" {name} " in padded}


def is_name_of_arm(plain: str) -> bool:
    """Whether a text is what arms are called in any study: Verum, Control group."""
    return plain in _ARM_NAMES or " ".join(_ARM_WORD.sub(" ", plain).split()) in _ARM_NAMES


def speaks_of_arm(plain: str) -> bool:
    """Whether a text is the name of some arm: Bras A, Group 2, Verum, High dose; no whole sentence."""
    words = plain.split()
    bare = " ".join(_ARM_WORD.sub(" ", plain).split())
    if is_name_of_arm(plain):
        return True
    return bool(_ARM_WORD.search(plain)) and bool(bare) and len(words) <= 4


def label_of_arm(text: str) -> str:
    """The arm as a text names it: "D-pen" of "Arm: D-pen"."""
    return " ".join(_BEFORE_ARM.sub("", text).split())[:_LONGEST]


def _ask(
    table: TablePlan, key: str, told: _Told, rows: int, protocol: Protocol, asker: Asker, codings: Codings
) -> str:
    """The code of the arm of the whole table, "" for none; `key` is that of the table that is asked about."""
    same = _("All are in the arm {arm}")
    options = [Option(f"arm:{arm.code}", same.format(arm=arm.label)) for arm in protocol.arms]
    options.sort(key=lambda option: option.code != f"arm:{told.arm}")
    own = f"arm:{code_of(told.text) or 'of_sheet'}"
    if own not in {option.code for option in options}:
        # Once it is an arm of the study, the same answer means that arm: a recipe stays good.
        options.append(Option(own, _("All are in an arm of their own, “{arm}”").format(arm=told.text)))
    options.append(Option("no", _("No: this says nothing of their arm")))
    answer = asker.ask(
        Question(
            id=question_id("sheet-arm", key),
            kind="arm",
            text=_("“{name}”, {where}, seems to name an arm, and no column does. Which arm is it?").format(
                name=told.text, where=told.evidence
            ),
            options=tuple(options),
            suggested=f"arm:{told.arm}" if told.arm else own,
            confidence=_SURE if told.arm else _LIKELY,
            evidence=(ngettext("{count} row", "{count} rows", rows).format(count=amount(rows)),),
            file=table.file,
            sheet=table.sheet,
        )
    )
    if answer == "no":
        return ""
    code = answer.removeprefix("arm:")
    return code if code in {arm.code for arm in protocol.arms} else codings.add_arm(told.text)


def series_of_table(
    table: TablePlan, whose: Whose, variable: Variable, said: str, *, only: Booleans | None = None
) -> Series:
    """What a whole table says of its patients, an arm or a site, once for each of them; no cell holds it.

    With `only` it is said of these rows.
    """
    rows = whose.rows[table.key]
    taken = np.flatnonzero(rows.taken if only is None else rows.taken & only)
    _patients, first = np.unique(rows.patient[taken], return_index=True)
    at = taken[first]
    count = len(at)
    typed = Typed(
        state=np.full(count, State.VALUE, dtype=np.uint8),
        number=np.full(count, np.nan),
        text=np.zeros(count, dtype=np.int32),
        texts=(said,),
        qualifier=np.zeros(count, dtype=np.uint8),
        missing=np.zeros(count, dtype=np.uint8),
        finding=np.zeros(count, dtype=np.uint8),
        days=np.full(count, np.nan),
    )
    column = replace(
        table.of_use("patient") or table.columns[0],
        key="sheet",
        place=TableColumn(-1, (table.sheet,)),
        use="variable",
        variable=variable,
        unit=None,
        visit="",
        sealed=False,
    )
    return Series(table, column, variable, at, typed)
