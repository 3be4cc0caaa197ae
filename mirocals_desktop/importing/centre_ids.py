"""Numbers of patients that begin anew in each centre: centre and number together say who it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.patients import normal_form
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_SHARE: Final = 0.2
_FEWEST: Final = 2


def join_centres(
    tables: Sequence[TablePlan], texts: Mapping[str, list[str]], asker: Asker
) -> dict[str, list[str]]:
    """The ids of each table's rows, with the centre before the number where numbers alone tell nobody.

    It is asked when many numbers of a table stand in several centres. Every table with a column of centres
    then has its ids made so; ids of the others stay as they are.
    """
    columns = {table.key: table.with_variable(codes.SITE) for table in tables if not table.patient}
    sites = {
        table.key: [text.strip() for text in table.table.texts(column.place)]
        for table in tables
        if (column := columns.get(table.key)) is not None
    }
    shared = {key: _in_several(texts[key], sites[key]) for key in sites}
    joined = False
    for table in tables:
        column = columns.get(table.key)
        if column is not None and shared[table.key] and not joined:
            joined = _ask(table, column, shared[table.key], asker)
    if not joined:
        return dict(texts)
    return {
        key: [
            f"{site}-{text}" if text and site else text
            for text, site in zip(ids, sites.get(key, [""] * len(ids)), strict=True)
        ]
        for key, ids in texts.items()
    }


def numbered_anew(ids: Sequence[str], sites: Sequence[str]) -> bool:
    """Whether many ids stand in several centres, and centre and id together in one row only."""
    pairs = [(normal_form(text), plain_name(site)) for text, site in zip(ids, sites, strict=True) if text]
    return bool(_in_several(ids, sites)) and len(set(pairs)) > 0.9 * len(pairs)


def _in_several(ids: Sequence[str], sites: Sequence[str]) -> list[str]:
    """The ids that stand in several centres, where they are many; else none: a patient may move."""
    centres: dict[str, set[str]] = defaultdict(set)
    for text, site in zip(ids, sites, strict=True):
        if text and site.strip():
            centres[normal_form(text)].add(plain_name(site) or site.strip())
    several = [form for form, found in centres.items() if len(found) > 1]
    return several if len(several) >= max(_FEWEST, _SHARE * len(centres)) else []


def _ask(table: TablePlan, column: ColumnPlan, shared: Sequence[str], asker: Asker) -> bool:
    patient = table.of_use("patient")
    text = ngettext(
        "{count} patient number of {sheet} stands in several centres. Is it another patient in each?",
        "{count} patient numbers of {sheet} stand in several centres. Are they other patients in each?",
        len(shared),
    )
    answer = asker.ask(
        Question(
            id=question_id("centre-ids", table.key),
            kind="patient",
            text=text.format(count=amount(len(shared)), sheet=table.sheet),
            options=(
                Option("joined", _("Yes: the centre belongs to the number (“01-001”)")),
                Option("alone", _("No: the number alone says who it is")),
            ),
            suggested="joined",
            confidence=0.7,
            evidence=(_("for example {ids}").format(ids=", ".join(shared[:4])),),
            file=table.file,
            sheet=table.sheet,
            cells=tuple(table.cell(one) for one in (column, patient) if one is not None),
        )
    )
    return answer == "joined"
