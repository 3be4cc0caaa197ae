"""The site that only the name of a sheet or file, or a title above a table, tells: asked, never assumed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.new_variables import code_of
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.importing.sheet_arms import telling_texts
from mirocals_desktop.importing.timepoints import is_timepoint
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol

_LONGEST: Final = 60
_MOST_WORDS: Final = 5
_SITE: Final = r"(?:site|centre|center|hopital|hospital|chu|chru|clinique|clinic)"
_SITE_WORD: Final = re.compile(rf"\b{_SITE}\b")
_LEADING: Final = re.compile(
    r"^\s*(?:site|centre|center)\s*(?:n[o°º]\.?\s*)?[:.\-–—]*\s*(?=[^\W\d])", re.IGNORECASE
)
_OTHER_SITES: Final = re.compile(r"\b(?:onset|debut|injections?|reactions?|lesions?|prelevement|web)\b")
_PLAIN_SHEETS: Final = re.compile(
    r"(?:(?:sheet|feuil|feuille|tabelle|hoja|tab|page|part|partie|lot|batch|data|donnees|export|list|liste"
    r"|patients?|table|tableau|plate|plaque|run|serie|copy|copie)\b.*|.*\d.*|.{1,2})"
)


@dataclass(frozen=True)
class _Told:
    """What a name or title tells: the site that it names, whether surely one, and where it stands."""

    site: str
    sure: bool
    evidence: str


def with_sites(tables: Sequence[TablePlan], protocol: Protocol, asker: Asker) -> list[TablePlan]:
    """The plans with the sites that somebody confirms for whole tables.

    A sheet is asked about where it is called after a site of the protocol or by a word such as "Centre", and
    where several sheets of a file have the same columns and other patients each, for example Lyon and Nantes.
    """
    in_column = any(table.used and table.with_variable(codes.SITE) is not None for table in tables)
    if protocol.variable(codes.SITE) is None or in_column:
        return list(tables)
    names = {
        plain_name(name): site.code
        for site in protocol.sites
        for name in (site.code, site.label.en, site.label.fr)
        if plain_name(name)
    }
    alike = _sheets_alike(tables)
    asked = []
    for table in tables:
        told = None
        if table.used and not table.log and not table.arm and not table.patient:
            told = _find(table, tables, names)
            if told is None and table.key in alike:
                told = _Told(_label(table.sheet), sure=False, evidence=_("the name of the sheet"))
        asked.append(replace(table, site=_ask(table, told, asker)) if told else table)
    return asked


def _find(table: TablePlan, tables: Sequence[TablePlan], names: dict[str, str]) -> _Told | None:
    texts = telling_texts(table, tables)
    for text, evidence in texts:
        padded = f" {plain_name(text)} "
        found = {code for name, code in names.items() if len(name) > 2 and f" {name} " in padded}
        if len(found) == 1:
            return _Told(found.pop(), sure=True, evidence=evidence)
    for number, (text, evidence) in enumerate(texts):
        plain = plain_name(text)
        words = plain.split()
        match = _SITE_WORD.search(plain)
        if match is None or _OTHER_SITES.search(plain) or not 1 < len(words) <= _MOST_WORDS:
            continue
        if (
            number == 0 or match.start() == 0
        ):  # a title must begin with the word, a sheet may have it anywhere
            return _Told(_label(_LEADING.sub("", text)), sure=True, evidence=evidence)
    return None


def _sheets_alike(tables: Sequence[TablePlan]) -> set[str]:
    """The tables of sheets that have the columns of another one of the file, and none of its patients."""
    groups: dict[tuple[str, tuple[str, ...]], list[TablePlan]] = defaultdict(list)
    for table in tables:
        if (
            table.used
            and not table.log
            and not table.visit
            and not table.arm
            and not is_timepoint(table.sheet)
        ):
            groups[table.file, tuple(column.key for column in table.columns)].append(table)
    alike: set[str] = set()
    for group in groups.values():
        named = not any(_PLAIN_SHEETS.fullmatch(plain_name(table.sheet)) for table in group)
        if len(group) < 2 or not named or len({table.sheet for table in group}) < len(group):
            continue
        patients = [_patients(table) for table in group]
        if sum(len(some) for some in patients) == len(frozenset().union(*patients)) and all(patients):
            alike.update(table.key for table in group)
    return alike


def _patients(table: TablePlan) -> frozenset[str]:
    column = table.of_use("patient")
    if column is None:
        return frozenset()
    return frozenset(normal_form(text) for text in table.table.texts(column.place)) - {""}


def _label(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


def _ask(table: TablePlan, told: _Told, asker: Asker) -> str:
    """The site of the whole table, "" for none."""
    own = f"site:{code_of(told.site) or 'of_sheet'}"
    text = _("“{name}”, {where}, seems to name a site, and no column does. Is it the site of these patients?")
    if not told.sure:
        text = _("Sheets of the same columns have other patients each. Is “{name}”, {where}, a site?")
    answer = asker.ask(
        Question(
            id=question_id("sheet-site", table.key),
            kind="site",
            text=text.format(name=told.site, where=told.evidence),
            options=(
                Option(own, _("All are patients of the site “{site}”").format(site=told.site)),
                Option("no", _("No: this says nothing of their site")),
            ),
            suggested=own if told.sure else "no",
            confidence=0.7 if told.sure else 0.5,
            evidence=(told.evidence,),
            file=table.file,
            sheet=table.sheet,
        )
    )
    return told.site if answer == own else ""
