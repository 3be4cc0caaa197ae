"""The one way in which a list on the screen becomes a file: what is shown, in its order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QToolButton

from mirocals_desktop.i18n import _
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.table import TableView
from mirocals_desktop.ui.values import date_text

if TYPE_CHECKING:
    from mirocals_desktop.export.table import Cell, Column, Table
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.study import Study


def add_export(
    table: TableView,
    session: Session,
    name: Callable[[], str],
    *,
    notes: Callable[[], Sequence[str]] = tuple,
) -> QToolButton:
    """Give a table a button that exports what it shows; `name()` is what the list is called, translated.

    `notes()` are sentences on how its numbers were made, for the sheet that tells what the list is. The
    export is written on the worker and noted in the study's ledger. An empty list has nothing to export.
    """
    button = QToolButton(table)
    button.setObjectName(f"{table.objectName()}.export")
    button.setAccessibleName(_("Export this list"))
    button.setToolTip(_("Export this list to Excel or CSV"))
    button.setIcon(icon("export"))
    button.setAutoRaise(True)
    button.clicked.connect(lambda _checked=False: _ask(table, session, name(), notes()))
    button.setEnabled(table.model.rowCount() > 0)
    table.model.modelReset.connect(lambda: button.setEnabled(table.model.rowCount() > 0))
    table.bar.addWidget(button)
    return button


def shown_table(table: TableView, name: str, rows: Sequence[int] | None = None) -> Table:
    """What a table shows: the rows that its filter leaves and the columns that are not hidden, in order.

    `rows` names some of the shown rows; None takes all.
    """
    from mirocals_desktop.export.table import Table

    shown = table.shown_columns()
    taken = range(table.model.rowCount()) if rows is None else rows
    note = table.model.filter_text
    about = _("Filtered by “{text}”.").format(text=note) if note else ""
    return Table(name, about, tuple(_column(table, number, taken) for number in shown))


def filter_notes(session: Session) -> list[str]:
    """What a list says of the filter that is on."""
    return [_("Only the patients that the filter lets through.")] if session.filters else []


def _column(table: TableView, number: int, rows: Sequence[int]) -> Column:
    from mirocals_desktop.export.table import Column, day_cell, number_cell

    model = table.model
    column = model.columns[number]
    cells: list[Cell] = []
    for row in rows:
        value = model.value(row, number)
        if column.show is date_text:
            cells.append(day_cell(str(value)))
        elif column.filed is not None:
            filed = column.filed(value)
            cells.append(filed or None if isinstance(filed, str) else number_cell(filed))
        elif model.is_numeric(number) and column.show is None:
            cells.append(number_cell(float(value)))
        else:
            cells.append(model.cell_text(row, number) or None)
    return Column(column.header, cells, column.decimals)


def _ask(table: TableView, session: Session, name: str, notes: Sequence[str]) -> None:
    snapshot = session.snapshot
    if snapshot is None or not table.model.columns:
        return
    shown = shown_table(table, name)
    said = [*notes, *filter_notes(session)]

    def write(path: Path) -> None:
        session.remember_folder("export", path)

        def work(study: Study, report: Report) -> None:
            from mirocals_desktop.export.listing import write_list
            from mirocals_desktop.study.ledger import EXPORTED

            write_list(snapshot, shown, path, notes=said, report=report)
            study.record(EXPORTED, details={"file": path.name})

        session.change(
            _("Exporting to {name}").format(name=path.name),
            work,
            failed=lambda error: show_error(table, error),
        )

    folder = session.folder_for("export")
    ask.file_to_save(
        table,
        write,
        title=_("Export this list"),
        kinds=[_("Excel workbooks (*.xlsx)"), _("Comma-separated values (*.csv)")],
        proposal=folder / f"{name}.xlsx",
    )
