"""Files that are dropped on a window: a folder stands for the spreadsheets in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

SPREADSHEETS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt", ".xpt")


def spreadsheet_kinds() -> list[str]:
    """Qt's filters for choosing spreadsheets."""
    suffixes = " ".join(f"*{suffix}" for suffix in SPREADSHEETS)
    return [_("Spreadsheets ({kinds})").format(kinds=suffixes), _("All files (*)")]


def dropped_paths(event: QDragEnterEvent | QDropEvent) -> list[Path]:
    """The files and folders that are dragged; none when something else is, or a table on its way out."""
    if event.source() is not None:
        return []
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def open_folders(paths: Sequence[Path]) -> list[Path]:
    """The paths, each folder replaced by the spreadsheets right in it, by name.

    What a spreadsheet program keeps beside an open file ("~$lab.xlsx", ".~lock") is left out. AppError when
    nothing remains.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            raise AppError(
                _("The folder {name} cannot be opened.").format(name=path.name),
                hint=_("Drop the files themselves."),
            ) from error
        files += [
            file
            for file in inside
            if file.suffix.lower() in SPREADSHEETS and file.is_file() and not file.name.startswith(("~", "."))
        ]
    if paths and not files:
        names = ", ".join(path.name for path in paths)
        raise AppError(
            _("There is no spreadsheet in {name}.").format(name=names),
            hint=_("Drop the files themselves, or the folder right around them."),
        )
    return files
