"""SAS transport files (.xpt): one table, the names of its columns as the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mirocals_desktop.importing.reader.problem import Refused
from mirocals_desktop.importing.reader.raw import Limits, RawSheet, RawWorkbook


def read_transport(path: Path, limits: Limits) -> RawWorkbook:
    """The table of a transport file. Imports pyreadstat only here: nothing else needs it."""
    import pyreadstat

    try:
        columns, about = pyreadstat.read_xport(str(path), output_format="dict")
    except (pyreadstat.ReadstatError, ValueError, OSError, UnicodeDecodeError) as error:
        raise Refused("damaged", reason=str(error)[:200]) from error
    names = list(about.column_names)
    height = max((len(columns[name]) for name in names), default=0)
    if height * len(names) > limits.cells:
        raise Refused(
            "too-many-cells", sheet=path.stem, cells=height * len(names), row=height, column=len(names)
        )
    cells = [["" if cell is None or cell != cell else cell for cell in columns[name]] for name in names]

    def rows() -> Iterator[Sequence[Any]]:
        yield names
        yield from zip(*cells, strict=True)

    name = about.table_name or path.stem
    return RawWorkbook("xpt", [RawSheet(name, rows if names else lambda: iter(()), height=height + 1)])
