"""The visit that only the name of a sheet or file, or a title above a table, tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from mirocals_desktop.i18n import _
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import ColumnPlan, question_id
from mirocals_desktop.importing.seen import Context
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.timepoints import is_timepoint, read_timepoint
from mirocals_desktop.importing.visit_names import planned_visit


def visit_of_sheet(key: str, file: str, table: Table, columns: Sequence[ColumnPlan], context: Context) -> str:
    """The visit that only the sheet's name or a title tells, when no column and no header does.

    The name of a text file is asked about: "d3.csv" may be a third version as well as a third day.
    """
    if any(column.use in ("visit", "day") or column.visit for column in columns):
        return ""
    stem = PurePath(file).stem
    for text in (*table.titles, table.sheet.name):
        words = text.split()
        ends = (words[0], words[-1]) if len(words) > 1 and any(map(str.isdigit, text)) else ()
        for part in (text, *re.split(r"\s*[-–:,()]\s*", text), *(end for end in ends if end[-1:].isdigit())):
            if part and is_timepoint(part) and read_timepoint(part) is not None:
                named_by_file = text == table.sheet.name == stem
                return _ask(key, file, part.strip(), context) if named_by_file else part.strip()
    return ""


def _ask(key: str, file: str, name: str, context: Context) -> str:
    """The visit after which a file is called, "" where that is only its name."""
    planned = planned_visit(name, context.protocol)
    answer = context.asker.ask(
        Question(
            id=question_id("file-visit", key),
            kind="visit",
            text=_("The file {file} may be called after a visit. Is everything in it of “{visit}”?").format(
                file=file, visit=name
            ),
            options=(Option("yes", _("Yes")), Option("no", _("No: this is only its name"))),
            suggested="yes" if planned else "no",
            confidence=0.6,
            evidence=(f"{planned.code} {planned.label}",) if planned else (),
            file=file,
        )
    )
    return name if answer == "yes" else ""
