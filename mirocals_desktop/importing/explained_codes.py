"""Codes that their sheet explains: of outcomes and arms they are shown with counts, and confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.coding import NO, YES
from mirocals_desktop.importing.legends import legend_of
from mirocals_desktop.importing.missing import missing_reason
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import question_id
from mirocals_desktop.importing.seen import Context, Seen, header_cell
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.values import choice_key
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Variable

_CONFIRMED: Final = (codes.VITAL_STATUS, codes.ARM)
"""Choices whose codes are confirmed even where the sheet explains them: survival hangs on them."""


def codes_explained(
    key: str, file: str, table: Table, column: Seen, variable: Variable, context: Context
) -> Mapping[str, str]:
    """Code -> word where a dictionary, the header or a note explains the codes of a column; {} elsewhere.

    All of its codes, or several: the others are asked about one by one.
    """
    told = context.fields.get(plain_name(column.header.text))
    if told is not None and not told.typed:
        return told.choices
    found = told.choices if told else legend_of(_written(table, column), column.header.name, table)
    legend = {choice_key(code): word for code, word in found.items()}
    texts = {text for text in column.profile.texts if not missing_reason(text)}
    said = {choice_key(text) for text in texts} | {f"{n:g}" for n in set(column.profile.numbers.tolist())}
    if not legend or not (said <= set(legend) or len(said & set(legend)) > 1):
        return {}
    confirmed = variable.code not in _CONFIRMED or _confirm(key, file, table, column, legend, context)
    return legend if confirmed else {}


def _written(table: Table, column: Seen) -> str:
    """The header as it stands on the sheet, with the mark of a footnote."""
    cells = (table.sheet.text(row, column.place.column) for row in table.header_rows)
    return " ".join(cell.strip() for cell in cells if cell.strip()) or column.header.text


def _confirm(
    key: str, file: str, table: Table, column: Seen, legend: Mapping[str, str], context: Context
) -> bool:
    """Whether the codes mean what the sheet says; of yes and no it is asked later what they mean."""
    if {choice_key(word) for word in legend.values()} <= YES | NO:
        return True
    counts = Counter(choice_key(text) for text in table.texts(column.place))
    # How many patients each arm has is nobody's to know in a blinded study.
    pairs = [
        f"{code} = {word}" + ("" if context.blinded else f" ({counts[code]})")
        for code, word in legend.items()
    ]
    answer = context.asker.ask(
        Question(
            id=question_id("legend", key, column.key),
            kind="coding",
            text=_("The sheet explains the codes of “{header}”: {codes}. Is it so?").format(
                header=column.header.text, codes=", ".join(pairs)
            ),
            options=(Option("yes", _("Yes")), Option("no", _("No: ask for each code"))),
            suggested="yes",
            confidence=0.9,
            file=file,
            sheet=table.sheet.name,
            cells=(header_cell(table, column.place),),
        )
    )
    return answer == "yes"
