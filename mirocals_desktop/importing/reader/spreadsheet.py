"""The one place that touches calamine: rows of a sheet, and its exceptions as refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import python_calamine as calamine

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawRemark, RawSheet, RawWorkbook

_VISIBILITY = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very hidden"}


def open_workbook(stream: BinaryIO) -> calamine.CalamineWorkbook:
    """The workbook. Raises Refused when calamine cannot read it."""
    try:
        return calamine.load_workbook(stream)
    except calamine.PasswordError as error:
        raise Refused("password") from error
    except BaseException as error:  # a panic of calamine is no Exception
        raise _refusal(error) from error


def read_plain(stream: BinaryIO, form: str, limits: Limits) -> RawWorkbook:
    """A workbook of any format, as far as calamine sees it."""
    workbook = open_workbook(stream)
    sheets, remarks = [], []
    for meta in workbook.sheets_metadata:
        kind = str(meta.typ).rsplit(".", 1)[-1]
        if kind != "WorkSheet":
            remarks.append(RawRemark("not-a-worksheet", meta.name, details={"kind": kind}))
            continue
        sheets.append(make_sheet(workbook, meta, limits))
    if not sheets:
        raise Refused("no-sheets")
    return RawWorkbook(form, sheets, remarks)


def make_sheet(workbook: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, limits: Limits) -> RawSheet:
    """One sheet, whose cells are read when its rows are asked for."""
    sheet = RawSheet(
        meta.name, lambda: iter(()), visible=_VISIBILITY.get(str(meta.visible).rsplit(".", 1)[-1], "visible")
    )
    sheet.rows = _rows_of(workbook, sheet, limits)
    return sheet


def _rows_of(
    workbook: calamine.CalamineWorkbook, sheet: RawSheet, limits: Limits
) -> Callable[[], Iterator[Sequence[Any]]]:
    def rows() -> Iterator[Sequence[Any]]:
        try:
            data = workbook.get_sheet_by_name(sheet.name)
            start, end = data.start, data.end
            if start is None or end is None:
                return
            cells = (end[0] + 1) * (end[1] - start[1] + 1)
            if cells > limits.cells:
                raise Refused("too-many-cells", sheet=sheet.name, cells=cells, row=end[0], column=end[1])
            sheet.left = start[1]
            sheet.height = end[0] + 1
            merged = data.merged_cell_ranges
            if merged is not None:  # None: calamine does not know them in this format
                sheet.merged = [(a[0], a[1], b[0], b[1]) for a, b in merged]
            yield from data.iter_rows()
        except Refused:
            raise
        except BaseException as error:  # a panic of calamine is no Exception
            raise _refusal(error) from error

    return rows


def _refusal(error: BaseException) -> BaseException:
    """What the parent is told; interrupts and a full memory go on as they are."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
        return error
    return Refused("damaged", reason=str(error)[:200])
