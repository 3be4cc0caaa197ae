"""Arms that headings between the rows of one table tell ("Bras A", its patients, "Bras B" ...): asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, quoted
from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, TablePlan, question_id
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.sheet_arms import (
    label_of_arm,
    named_arms,
    names_of_arms,
    series_of_table,
    speaks_of_arm,
)
from mirocals_desktop.importing.when import headings_are_visits
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol, Variable


def with_section_arms(
    tables: Sequence[TablePlan], protocol: Protocol, asker: Asker, codings: Codings, *, blinded: bool
) -> list[TablePlan]:
    """The plans with the arms of their headings, where somebody confirms them; `codings` gains the new ones.

    AppError in a blinded study, as for the name of a sheet: every value would tell the arm as well.
    """
    arm = protocol.variable(codes.ARM)
    if arm is None or any(table.used and table.tells_arm for table in tables):
        return list(tables)
    names = names_of_arms(protocol)
    return [_with_arms(table, names, asker, codings, blinded=blinded) for table in tables]


def _with_arms(
    table: TablePlan, names: Mapping[str, str], asker: Asker, codings: Codings, *, blinded: bool
) -> TablePlan:
    texts = list(dict.fromkeys(text.strip() for text in table.table.sections.values()))
    named = {text: named_arms(plain_name(text), names) for text in texts}
    telling = [text for text in texts if len(named[text]) == 1 or speaks_of_arm(plain_name(text))]
    if not table.used or table.log or table.arm or headings_are_visits(table) or len(telling) < 2:
        return table
    if blinded:
        raise AppError(
            _("A name or title in {file} tells an arm, and this study is blinded.").format(file=table.file),
            hint=_("Put the patients of all arms together, with the arm in a column of its own."),
        )
    answer = asker.ask(
        Question(
            id=question_id("section-arms", table.key),
            kind="arm",
            text=_(
                "Headings stand between the rows of {sheet}: {names}. Are they the arms of the rows below?"
            ).format(sheet=table.sheet, names=", ".join(quoted(text) for text in telling[:6])),
            options=(
                Option("arms", _("Yes: each is the arm of the patients below it")),
                Option("no", _("No: this says nothing of their arm")),
            ),
            suggested="arms",
            confidence=0.7,
            file=table.file,
            sheet=table.sheet,
        )
    )
    if answer != "arms":
        return table
    arms = {
        text: next(iter(named[text])) if len(named[text]) == 1 else codings.add_arm(label_of_arm(text))
        for text in telling
    }
    sections = {row: arms.get(text.strip(), "") for row, text in table.table.sections.items()}
    return replace(table, section_arms=sections)


def series_of_sections(table: TablePlan, whose: Whose, variable: Variable) -> Iterator[Series]:
    """The arm of each heading's patients, once for each of them."""
    rows = np.array(sorted(table.section_arms), dtype=np.int64)
    above = np.searchsorted(rows, table.table.rows)
    for number, row in enumerate(rows.tolist(), start=1):
        if arm := table.section_arms[row]:
            yield series_of_table(table, whose, variable, arm, only=above == number)
