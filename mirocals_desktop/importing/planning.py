"""Every table of an import by its key, and what each is read as, or why it is not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from mirocals_desktop.i18n import _, amount, ngettext
from mirocals_desktop.importing.dictionary import is_dictionary
from mirocals_desktop.importing.grid import Sheet
from mirocals_desktop.importing.issue_list import IssueList
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.own_export import plan_own_table
from mirocals_desktop.importing.plan import Asker, Source, TablePlan, question_id
from mirocals_desktop.importing.seen import Context
from mirocals_desktop.importing.suggest import suggest_table
from mirocals_desktop.importing.tables import Table
from mirocals_desktop.importing.words import plain_name

Place = tuple[str, Source, Table]
"""A table with its key and the file that it stands in."""


def tables_with_keys(sources: Sequence[Source]) -> Iterable[Place]:
    """The tables of every file with their keys: the same for every file of the same shape."""
    taken: set[str] = set()
    for source in sources:
        for table in source.tables:
            base = plain_name(table.sheet.name) or "sheet"
            key, number = base, 2
            while key in taken:
                key, number = f"{base} #{number}", number + 1
            taken.add(key)
            yield key, source, table


def plan_tables(
    places: Sequence[Place], context: Context, own: Collection[str], issues: IssueList
) -> list[TablePlan]:
    """What each table is read as, or why it is not. `own` are the files that this study exported itself."""
    plans = []
    hidden: dict[tuple[str, str], bool] = {}
    for key, source, table in places:
        file, sheet = source.workbook.name, table.sheet
        at = (file, sheet.name)
        if at not in hidden:
            hidden[at] = sheet.visible != "visible" and not _read_hidden(file, sheet, context.asker, issues)
        if hidden[at]:
            plans.append(_not_read(key, file, table, "hidden"))
        elif file in own:
            plans.append(plan_own_table(key, file, table, context))
        elif is_dictionary(sheet):
            plans.append(_not_read(key, file, table, "dictionary"))
            said = _("{sheet} is a data dictionary: it tells what the columns of the other files are.")
            issues.add("note", "dictionary", said.format(sheet=sheet.name), file=file, sheet=sheet.name)
        elif not len(table.rows):
            plans.append(_not_read(key, file, table, "empty"))
        else:
            plans.append(suggest_table(key, file, table, context))
    return plans


def _not_read(key: str, file: str, table: Table, reason: str) -> TablePlan:
    return TablePlan(key, file, table, "patients", (), used=False, reason=reason)


def _read_hidden(file: str, sheet: Sheet, asker: Asker, issues: IssueList) -> bool:
    answer = asker.ask(
        Question(
            id=question_id("hidden-sheet", plain_name(sheet.name)),
            kind="sheet",
            text=_("The sheet {sheet} is hidden. Read it as well?").format(sheet=sheet.name),
            options=(Option("no", _("No: leave it out")), Option("yes", _("Yes"))),
            suggested="no",
            confidence=0.8,
            evidence=(
                ngettext("{count} row", "{count} rows", sheet.n_rows).format(count=amount(sheet.n_rows)),
            ),
            file=file,
            sheet=sheet.name,
            asked=False,
        )
    )
    if answer == "no":
        said = _("The sheet {sheet} is hidden and left out.").format(sheet=sheet.name)
        issues.add("note", "hidden-sheet", said, file=file, sheet=sheet.name)
    return answer == "yes"
