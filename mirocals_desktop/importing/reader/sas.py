"""SAS transport files (.xpt): one table, the names of its columns as the header."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawSheet, RawWorkbook

_RECORD: Final = 80
_ROWS_SAID: Final = re.compile(rb"HEADER RECORD\*{7}OBSV8 +HEADER RECORD!{7} +(\d+) ")


def read_transport(data: bytes, limits: Limits, *, name: str) -> RawWorkbook:
    """The table of a transport file. Imports pyreadstat only here: nothing else needs it.

    Raises Refused for a file that was cut off: version 5 is made of whole records, version 8 says how many
    rows it has. pyreadstat gives the rows that are left.
    """
    import pyreadstat

    try:
        try:
            columns, about = pyreadstat.read_xport(io.BytesIO(data), output_format="dict")
        except UnicodeDecodeError:  # a transport file does not say its encoding: SAS on Windows writes this
            columns, about = pyreadstat.read_xport(
                io.BytesIO(data), output_format="dict", encoding="WINDOWS-1252"
            )
    except (pyreadstat.ReadstatError, ValueError, OSError, UnicodeDecodeError) as error:
        raise Refused("damaged", reason=str(error)[:200]) from error
    names = list(about.column_names)
    height = max((len(columns[name]) for name in names), default=0)
    said = _ROWS_SAID.search(data)
    if len(data) % _RECORD or (said and int(said[1]) != height):
        raise Refused("damaged", reason="cut off")
    if height * len(names) > limits.cells:
        raise Refused(
            "too-many-cells", sheet=name, cells=height * len(names), row=height, column=len(names) - 1
        )
    cells = [["" if cell is None or cell != cell else cell for cell in columns[name]] for name in names]

    def rows() -> Iterator[Sequence[Any]]:
        yield names
        yield from zip(*cells, strict=True)

    title = about.table_name or name
    return RawWorkbook("xpt", [RawSheet(title, rows if names else lambda: iter(()), height=height + 1)])
