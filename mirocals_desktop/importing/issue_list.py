"""Collects issues while an import is read; many cells with the same note become one issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from mirocals_desktop.i18n import amount, ngettext
from mirocals_desktop.importing.grid import Remark, cell_name
from mirocals_desktop.importing.model import Issue, Severity
from mirocals_desktop.importing.plan import TablePlan

MANY: Final = 30
_MOST_CELLS: Final = 5000


class IssueList:
    """The issues of an import in the order in which they were found."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []

    def add(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        table: TablePlan | None = None,
        file: str = "",
        sheet: str = "",
        row: int = -1,
        column: int = -1,
        cells: Sequence[str] = (),
        patient: str = "",
        variable: str = "",
    ) -> None:
        """Add one issue; `row` and `column` are those of the sheet."""
        self._issues.append(
            Issue(
                severity,
                code,
                message,
                file=table.file if table else file,
                sheet=table.sheet if table else sheet,
                row=row,
                column=column,
                cells=tuple(cells),
                patient=patient,
                variable=variable,
            )
        )

    def add_cells(
        self,
        severity: Severity,
        code: str,
        message: Callable[[int], str],
        *,
        table: TablePlan,
        column: int,
        rows: Sequence[int],
        patients: Sequence[str] | None = None,
        variable: str = "",
    ) -> None:
        """Add the same finding for many cells of a column: an issue each, or one for all when they are many.

        `message` makes the sentence for the cell of a row. Errors always have an issue each.
        """
        if not rows:
            return
        if len(rows) <= MANY or severity == "error":
            for number, row in enumerate(rows):
                self.add(
                    severity, code, message(row), table=table, row=row, column=column,
                    patient=patients[number] if patients else "", variable=variable,
                )  # fmt: skip
            return
        more = len(rows) - 1
        text = ngettext(
            "{message} (and {count} cell more like it)", "{message} (and {count} cells more like it)", more
        )
        text = text.format(message=message(rows[0]), count=amount(more))
        most = rows[:_MOST_CELLS]
        self.add_rows(severity, code, text, table=table, column=column, rows=most, variable=variable)

    def add_rows(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        table: TablePlan,
        column: int,
        rows: Sequence[int],
        variable: str = "",
    ) -> None:
        """Add one issue for several cells of a column; it stands at the first of these rows of the sheet."""
        self.add(
            severity,
            code,
            message,
            table=table,
            row=rows[0],
            column=column,
            cells=[cell_name(row, column) for row in rows],
            variable=variable,
        )

    def add_remarks(self, remarks: Sequence[Remark], *, file: str, message: str, severity: Severity) -> None:
        """Add what the reader met in a file, as one issue for these places."""
        first = remarks[0]
        places = [(remark.row, remark.column) for remark in remarks[:_MOST_CELLS]]
        self.add(
            severity,
            first.code,
            message,
            file=file,
            sheet=first.sheet,
            row=first.row,
            column=first.column,
            cells=[cell_name(*place) for place in places] if len(remarks) > 1 else (),
        )

    def counts(self) -> Counter[str]:
        """How many issues there are of each code."""
        return Counter(issue.code for issue in self._issues)

    def issues(self) -> tuple[Issue, ...]:
        """The issues: what drifted first, then by file, sheet and place, whole files and sheets first."""
        order: dict[tuple[str, str], int] = {}
        for issue in self._issues:
            order.setdefault((issue.file, issue.sheet), len(order))
        return tuple(
            sorted(
                self._issues,
                key=lambda i: (
                    not i.code.startswith("drift"),
                    order[i.file, i.sheet] if i.sheet else -1,
                    i.row,
                    i.column,
                ),
            )
        )
