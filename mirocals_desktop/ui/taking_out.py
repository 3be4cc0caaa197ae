"""What one sees, taken out of the window: printed, copied as a picture, dragged into another program.

A widget that can be taken out has `on_paper()`; that is all it needs. What leaves is what is shown, so a
blinded study gives away nothing that its pages do not.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from PySide6.QtCore import QMimeData, QPoint, Qt, QTemporaryDir, QUrl
from PySide6.QtGui import QAction, QDrag, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from typing_extensions import override

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.graphic import Graphic
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.paper import (
    PAPER_DPI,
    Origin,
    PagesSheet,
    PictureSheet,
    Sheet,
    TableSheet,
    lay_sideways,
    print_sheet,
    screen_picture,
    table_picture,
)
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

MOST_IN_A_PICTURE: Final = 300
"""Rows of a table that a picture takes; more would be no picture that anybody reads."""

_URLS: Final = "text/uri-list"
_GHOST_WIDTH: Final = 240


@runtime_checkable
class Shown(Protocol):
    """A table or plot that can be taken out of the window."""

    def on_paper(self) -> Sheet:
        """What it shows now."""


def session_of(widget: QWidget | None) -> Session | None:
    """The session of the window that a widget stands in, directly or in a dialog."""
    while widget is not None:
        session = getattr(widget, "session", None)
        if isinstance(session, Session):
            return session
        widget = widget.parentWidget()
    return None


def shown_in(window: QWidget) -> QWidget | None:
    """The table or plot that one means: the one with the keys, else the largest that is in sight."""
    widget = QApplication.focusWidget()
    while widget is not None and widget is not window:
        if isinstance(widget, Shown):
            return widget
        widget = widget.parentWidget()
    seen = [one for one in window.findChildren(QWidget) if isinstance(one, Shown) and one.isVisible()]
    return max(seen, key=lambda one: one.width() * one.height(), default=None)


def origin_of(widget: QWidget) -> Origin:
    """What a sheet says of where it comes from: the study, its state, the entry it is made from."""
    session = session_of(widget)
    snapshot = session.snapshot if session is not None else None
    if session is None or snapshot is None:
        return Origin()
    from mirocals_desktop.export.table import marks
    from mirocals_desktop.ui.list_export import filter_notes
    from mirocals_desktop.ui.plots.passport import footnote

    return Origin(" · ".join(marks(snapshot)), footnote(snapshot, filter_notes(session)))


class Glance(Graphic):
    """A small picture that is painted by itself; it leaves the window as it stands on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        offer_menu(self, self)

    def on_paper(self) -> PictureSheet:
        """The picture, to copy or to print."""
        return PictureSheet(self.accessibleName(), screen_picture(self))


def offer_menu(surface: QWidget, widget: QWidget) -> None:
    """Give a table or plot without a menu of its own one for the right button on its `surface`."""

    def show(place: QPoint) -> None:
        menu = QMenu(widget)
        menu.setObjectName(f"{widget.objectName()}.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(widget, Shown) and isinstance(sheet := widget.on_paper(), TableSheet):
            copy = QAction(icon("copy"), _("Copy with headers"), menu)
            copy.triggered.connect(lambda _checked=False: QGuiApplication.clipboard().setText(lines(sheet)))
            menu.addAction(copy)
        add_to_menu(menu, widget)
        menu.popup(surface.mapToGlobal(place))

    surface.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    surface.customContextMenuRequested.connect(show)


def add_to_menu(menu: QMenu, widget: QWidget) -> None:
    """Add to the menu of a table or plot that it can be copied as a picture, and printed."""

    def add(text: str, icon_name: str, act: Callable[[QWidget], None]) -> None:
        def run() -> None:
            try:
                act(widget)
            except AppError as error:
                show_error(widget, error)

        action = QAction(icon(icon_name), text, menu)
        action.triggered.connect(lambda _checked=False: run())
        menu.addAction(action)

    add(_("Copy as a picture"), "copy", copy_picture)
    add(_("Print…"), "print", print_shown)


def lines(sheet: TableSheet) -> str:
    """A table of words as tab-separated lines."""
    columns = range(len(sheet.headers))
    rows = [sheet.headers, *([sheet.text(row, one) for one in columns] for row in range(sheet.rows))]
    return "".join("\t".join(row) + "\n" for row in rows)


def print_shown(widget: QWidget) -> None:
    """Ask for the printer, and print what a table or plot shows, on the worker."""
    assert isinstance(widget, Shown)
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    sheet, origin = widget.on_paper(), origin_of(widget)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setResolution(PAPER_DPI)
    printer.setDocName(sheet.title)
    printer.setCreator("MIROCALS Desktop")
    lay_sideways(sheet, printer)
    dialog = QPrintDialog(printer, widget)
    dialog.setObjectName("print")
    dialog.setWindowTitle(_("Print: {title}").format(title=sheet.title))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: _print(widget, sheet, printer, origin))
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.show()  # its `open` wants a receiver


def _print(widget: QWidget, sheet: Sheet, printer: QPrinter, origin: Origin) -> None:
    session = session_of(widget)
    if session is None:
        print_sheet(sheet, printer, origin)
        return

    def work(report: Report) -> int:
        return print_sheet(sheet, printer, origin, report=report)

    session.jobs.start(_("Printing {title}").format(title=sheet.title), work)


def copy_picture(widget: QWidget) -> None:
    """Put a picture of what a table or plot shows on the clipboard. Raises `AppError` for a long table."""
    QGuiApplication.clipboard().setImage(picture_of(widget))


def picture_of(widget: QWidget) -> QImage:
    """What a table or plot shows, as one picture. Raises `AppError` for a long table."""
    assert isinstance(widget, Shown)
    sheet = widget.on_paper()
    if isinstance(sheet, PictureSheet):
        return sheet.image
    if isinstance(sheet, PagesSheet):
        return screen_picture(widget)
    if sheet.rows > MOST_IN_A_PICTURE:
        raise AppError(
            _("“{title}” has more rows than a picture takes ({most}).").format(
                title=sheet.title, most=MOST_IN_A_PICTURE
            ),
            hint=_("Filter it, or copy it as a table."),
        )
    return table_picture(sheet, origin_of(widget))


class _Dragged(QMimeData):
    """Text or a picture at once, and a file that is written only when another program asks for one."""

    def __init__(self, write: Callable[[], Path | None]) -> None:
        super().__init__()
        self._write = write
        self.file: Path | None = None

    @override
    def formats(self) -> list[str]:
        return [*super().formats(), _URLS]

    @override
    def hasFormat(self, mimetype: str) -> bool:
        return mimetype == _URLS or super().hasFormat(mimetype)

    @override
    def retrieveData(self, mimetype: str, preferredType: Any) -> Any:
        if mimetype != _URLS:
            return super().retrieveData(mimetype, preferredType)
        if self.file is None:
            with contextlib.suppress(AppError, OSError):  # the other program then takes the text
                self.file = self._write()
        return [QUrl.fromLocalFile(str(self.file))] if self.file is not None else []


def drag_plot(widget: QWidget) -> None:
    """Drag a plot out: as a picture, and as a PNG file where a file is wanted."""
    image = picture_of(widget)
    data = plot_data(widget, image)
    _drag(widget, data, image)


def plot_data(widget: QWidget, image: QImage) -> _Dragged:
    """What a dragged plot carries."""
    assert isinstance(widget, Shown)
    title = widget.accessibleName()

    def write() -> Path | None:
        path = _folder() / f"{_file_name(title)}.png"
        return path if image.save(str(path)) else None

    data = _Dragged(write)
    data.setImageData(image)
    return data


def drag_table(widget: QWidget, content: QMimeData, write: Callable[[Path], None] | None) -> None:
    """Drag rows out: as text and HTML, and as a workbook (`write(path)`) where a file is wanted."""
    _drag(widget, table_data(widget, content, write), None)


def table_data(widget: QWidget, content: QMimeData, write: Callable[[Path], None] | None) -> QMimeData:
    """What dragged rows carry."""
    if write is None:
        return content
    title = widget.accessibleName()

    def make() -> Path:
        path = _folder() / f"{_file_name(title)}.xlsx"
        write(path)
        return path

    data = _Dragged(make)
    data.setText(content.text())
    data.setHtml(content.html())
    return data


def _drag(widget: QWidget, data: QMimeData, image: QImage | None) -> None:
    drag = QDrag(widget)
    drag.setMimeData(data)
    if image is not None:
        smooth = Qt.TransformationMode.SmoothTransformation
        ghost = QPixmap.fromImage(image.scaledToWidth(_GHOST_WIDTH, smooth))
        ghost.setDevicePixelRatio(1.0)
        drag.setPixmap(ghost)
        drag.setHotSpot(QPoint(8, 8))
    session = session_of(widget)
    taken = drag.exec(Qt.DropAction.CopyAction) != Qt.DropAction.IgnoreAction
    file = data.file if isinstance(data, _Dragged) else None
    if taken and file is not None and session is not None and session.snapshot is not None:
        from mirocals_desktop.ui.plots.passport import record_export

        record_export(session, file)


class _Folder:
    """Where dragged files are written: a folder of this run that goes with it."""

    made: QTemporaryDir | None = None


def _folder() -> Path:
    if _Folder.made is None:
        _Folder.made = QTemporaryDir()
    return Path(_Folder.made.path())


def _file_name(title: str) -> str:
    return re.sub(r"[^\w\- ]+", " ", title).strip()[:60] or "mirocals"
