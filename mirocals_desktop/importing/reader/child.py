"""The child process: reads one file within its limits and sends what it holds; started by `guard`.

The request comes as one frame on standard input, so that neither path nor password is on a command line.
Answers go to standard output: progress, one frame per sheet, and an end frame, without which the parent
knows that the process died.
"""

from __future__ import annotations

import faulthandler
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from mirocals_desktop.importing.reader.encode import END_OF_FEBRUARY, ERROR, ColumnWriter, Marked
from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import NO_DAY, Limits, Place, RawSheet, RawWorkbook, Told, untold
from mirocals_desktop.importing.reader.sniff import guess_format
from mirocals_desktop.importing.reader.wire import read_frame, write_frame

_CHUNK_ROWS: Final = 4096
_LEAST_STEP: Final = 0.01
_TO_FIRST_ROW: Final = 0.6
"""The share of a sheet's time before its first row comes: calamine reads a sheet in one step."""


def main() -> int:
    """Answer one request. The exit code says nothing: the frames do."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)  # whatever a library prints goes to the error stream, not between the frames
    faulthandler.disable()
    try:
        frame = read_frame(sys.stdin.buffer)
        if frame is None:
            return 2
        request = frame[0]
        limits = Limits(**request["limits"])
        set_limits(limits)
        careful = bool(request.get("careful"))
        read_file(Path(request["path"]), limits, answers, password=request.get("password"), careful=careful)
    except Refused as refusal:
        write_frame(answers, {"refused": refusal.code, "details": refusal.details})
    except MemoryError:
        write_frame(answers, {"refused": "out-of-memory", "details": {}})
    except BrokenPipeError:
        return 1
    except Exception as mistake:  # noqa: BLE001 (a bug, or a library's: told in one sentence)
        at = mistake.__traceback__
        while at is not None and at.tb_next is not None:
            at = at.tb_next
        place = f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at is not None else ""
        what = f"{type(mistake).__name__}, {place}"  # never its text: that may quote cells
        write_frame(answers, {"refused": "mistake", "details": {"what": what}})
    return 0


def set_limits(limits: Limits) -> None:
    """Bound memory, processor time and written files where the system can; lower the priority nowhere."""
    try:
        import resource
    except ImportError:  # Windows: the parent bounds the time, the package reader the sizes
        return
    for kind, bound in (
        ("RLIMIT_AS", limits.memory_bytes),
        ("RLIMIT_CPU", limits.cpu_seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
    ):
        number = getattr(resource, kind, None)
        if number is None:
            continue
        _, hard = resource.getrlimit(number)
        soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        try:
            resource.setrlimit(number, (soft, hard))
        except (ValueError, OSError):  # macOS refuses some of them
            continue


def read_file(
    path: Path, limits: Limits, answers: BinaryIO, *, password: str | None = None, careful: bool = False
) -> None:
    """Read the file and write its frames."""
    data = _read_bytes(path, limits)
    digest = hashlib.sha256(data).hexdigest()
    last = 0.0

    def tell(fraction: float, sheet: str = "") -> None:
        nonlocal last
        if fraction >= last + _LEAST_STEP:
            last = fraction
            write_frame(answers, {"progress": fraction, "sheet": sheet})

    workbook = read_bytes(data, limits, name=path.name, password=password, careful=careful, told=tell)
    del data
    write_frame(
        answers, {"workbook": {"sha256": digest, "format": workbook.format, "sheets": len(workbook.sheets)}}
    )
    found = last
    whole = sum(sheet.weight for sheet in workbook.sheets)
    before = 0
    for sheet in workbook.sheets:
        start, share = (found + (1 - found) * before / whole, (1 - found) * sheet.weight / whole)
        tell(start, sheet.name)
        header, blobs = encode_sheet(sheet, told=lambda f: tell(start + share * f, sheet.name))  # noqa: B023
        write_frame(answers, {"sheet": header}, blobs)
        before += sheet.weight
    write_frame(answers, {"end": True, "remarks": [asdict(remark) for remark in workbook.remarks]})


def read_bytes(
    data: bytes,
    limits: Limits,
    *,
    name: str,
    password: str | None = None,
    careful: bool = False,
    told: Told = untold,
) -> RawWorkbook:
    """The workbook in these bytes, whatever its format. Imports only what the format needs."""
    form = guess_format(data)
    if form == "encrypted":
        from mirocals_desktop.importing.reader.locked import unlock

        data = unlock(data, password)
        form = guess_format(data)
    elif form == "xls":
        from mirocals_desktop.importing.reader.locked import is_locked, unlock

        data = unlock(data, password) if is_locked(data) else data
    if form == "xlsx":
        from mirocals_desktop.importing.reader.ooxml import read_ooxml

        return read_ooxml(data, limits, careful=careful, told=told)
    if form == "text":
        from mirocals_desktop.importing.reader.text import read_text

        return read_text(data, limits, name=Path(name).stem)
    if form == "html":
        from mirocals_desktop.importing.reader.markup import read_html

        return read_html(data, limits, name=Path(name).stem)
    if form == "xml2003":
        from mirocals_desktop.importing.reader.xml_2003 import read_xml_2003

        return read_xml_2003(data, limits)
    if form == "mhtml":
        from mirocals_desktop.importing.reader.markup import read_mhtml

        return read_mhtml(data, limits, name=Path(name).stem)
    if form == "xpt":
        from mirocals_desktop.importing.reader.sas import read_transport

        return read_transport(data, limits, name=Path(name).stem)
    if form == "ods":
        from mirocals_desktop.importing.reader.opendocument import read_opendocument

        return read_opendocument(data, limits, password=password, told=told)
    if form == "xls":
        from mirocals_desktop.importing.reader.biff import read_biff

        return read_biff(data, limits)
    if form == "xlsb":
        from mirocals_desktop.importing.reader.xlsb import read_xlsb

        return read_xlsb(data, limits, careful=careful)
    raise Refused("not-a-table", kind=form)


def _read_bytes(path: Path, limits: Limits) -> bytes:
    try:
        if not path.is_file():
            raise Refused("not-a-file")
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except PermissionError as error:
        raise Refused("not-allowed") from error
    except OSError as error:
        raise Refused("not-readable", reason=error.strerror or str(error)) from error
    if len(data) > limits.file_bytes:
        raise Refused("too-large", size=path.stat().st_size, limit=limits.file_bytes)
    return data


def encode_sheet(sheet: RawSheet, *, told: Told = untold) -> tuple[dict[str, Any], list[bytes]]:
    """One sheet as a header and four blobs for each column: kinds, numbers, codes, formats."""
    writers, left, height = _write_columns(sheet, told)
    filled = sum(writer.filled() for writer in writers)

    def is_filled(place: Place) -> bool:
        at = place[1] - left
        return 0 <= at < len(writers) and place[0] < height and writers[at].fills(place[0])

    end_of_february = any(writer.end_of_february for writer in writers)
    if sheet.doubt(filled, is_filled=is_filled, end_of_february=end_of_february):
        writers, left, height = _write_columns(sheet, told)
    columns: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    shown = _shown_by_column(sheet, height)
    for number, writer in enumerate(writers):
        formats = shown.get(number + left, b"")
        blobs.extend([*writer.blobs(), formats])
        columns.append({"texts": writer.texts()})
    header = {
        "name": sheet.name,
        "visible": sheet.visible,
        "left": left if writers else 0,
        "height": height,
        "columns": columns,
        "formats": sheet.formats,
        "merged": sheet.merged,
        "hidden_rows": sheet.hidden_rows,
        "hidden_columns": sheet.hidden_columns,
        "row_looks": list(sheet.row_looks.items()),
        "comments": [[row, column, text] for (row, column), text in sheet.comments.items()],
    }
    return header, blobs


def _write_columns(sheet: RawSheet, told: Told) -> tuple[list[ColumnWriter], int, int]:
    """The columns of the sheet, the place of the first one, and how many rows they have."""
    writers: list[ColumnWriter] = []
    height = 0
    rows, left = _with_patches(sheet)
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        width = len(chunk[0])
        writers.extend(ColumnWriter(height) for _ in range(width - len(writers)))
        for writer, cells_of_column in zip(writers, zip(*chunk, strict=True), strict=True):
            writer.add(cells_of_column)
        height += len(chunk)
        told(_TO_FIRST_ROW + (1 - _TO_FIRST_ROW) * min(height / max(sheet.height, height), 1.0))
    return writers, left, height


def _with_patches(sheet: RawSheet) -> tuple[Iterator[Sequence[Any]], int]:
    """The sheet's rows with the cells that calamine sees empty put in, and the column they start at."""
    rows = iter(sheet.rows())
    first = next(rows, None)
    if first is not None:
        rows = chain((first,), rows)
    if not sheet.patches:
        return rows, sheet.left
    width = len(first) if first is not None else 0
    left = min([column for _, column in sheet.patches] + ([sheet.left] if width else []))
    right = max([column for _, column in sheet.patches] + ([sheet.left + width - 1] if width else []))
    before, after = [""] * (sheet.left - left if width else 0), [""] * (right + 1 - sheet.left - width)
    blank = [""] * (right + 1 - left)
    by_row: dict[int, list[tuple[int, Marked]]] = {}
    for (row, column), mark in sheet.patches.items():
        by_row.setdefault(row, []).append((column - left, mark))

    def patched() -> Iterator[Sequence[Any]]:
        number = -1
        for number, row in enumerate(rows):
            cells = [*before, *row, *after] if width else list(blank)
            yield _patch(cells, by_row.get(number, ()))
        for late in range(number + 1, max(by_row) + 1):
            yield _patch(list(blank), by_row.get(late, ()))

    return patched(), left


def _patch(cells: list[Any], marks: Sequence[tuple[int, Marked]]) -> list[Any]:
    for at, mark in marks:
        if mark == NO_DAY:
            day = cells[at].date() if isinstance(cells[at], datetime) else cells[at]
            cells[at] = mark if day == END_OF_FEBRUARY else cells[at]
        elif cells[at] == "" or mark.kind == ERROR:
            cells[at] = mark
    return cells


def _shown_by_column(sheet: RawSheet, height: int) -> dict[int, bytes]:
    columns: dict[int, bytearray] = {}
    for (row, column), code in sheet.shown.items():
        if row < height:
            columns.setdefault(column, bytearray(height))[row] = code
    return {column: bytes(codes) for column, codes in columns.items()}


if __name__ == "__main__":
    sys.exit(main())
