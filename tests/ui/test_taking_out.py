from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PySide6.QtCore import QMarginsF, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QDropEvent,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPdfWriter,
)
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override
from window_driver import dialog, idle, is_open, until

from mirocals_desktop.errors import AppError
from mirocals_desktop.ui import taking_out
from mirocals_desktop.ui.graphic import Graphic
from mirocals_desktop.ui.paper import Origin, PictureSheet, TableSheet, is_wide, print_sheet, table_picture
from mirocals_desktop.ui.plots.canvas import Canvas, Look
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.theme import POOLED
from mirocals_desktop.ui.window import Window


def sheet_of(rows: int, columns: int = 3, text: str = "word") -> TableSheet:
    return TableSheet(
        title="Patients",
        headers=tuple(f"Column {number}" for number in range(columns)),
        numeric=(False,) * columns,
        rows=rows,
        text=lambda row, column: f"{text} {row}.{column}",
    )


def paper(path: Path) -> QPdfWriter:
    writer = QPdfWriter(str(path))
    writer.setResolution(300)
    page = QPageSize(QPageSize.PageSizeId.A4)
    margins = QMarginsF(14, 14, 14, 14)
    writer.setPageLayout(
        QPageLayout(page, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
    )
    return writer


def inked(image: QImage) -> float:
    """The part of a picture that is not white."""
    small = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = [bytes(small.constScanLine(y))[: small.width()] for y in range(small.height())]
    return sum(value < 128 for line in lines for value in line) / max(small.width() * small.height(), 1)


def table(qtbot: QtBot, rows: int = 3) -> TableView:
    view = TableView("list", "Patients by site")
    qtbot.addWidget(view)
    ids = [f"P{number}" for number in range(rows)]
    columns = [
        Column("id", "Patient", ids),
        Column("pnfh", "pNFH", np.arange(rows) * 1000.5, decimals=1, unit="pg/mL"),
        Column("arm", "Arm", ["hidden"] * rows, hidden=True),
    ]
    view.show_columns(columns, ids)
    view.resize(500, 300)
    view.show()
    return view


def test_that_a_long_table_is_printed_on_as_many_pages_as_it_needs(
    qapp: QApplication, tmp_path: Path
) -> None:
    writer = paper(tmp_path / "table.pdf")
    pages = print_sheet(sheet_of(200), writer, Origin("SYNTHETIC", "Study, entry 7"))
    del writer
    assert 2 < pages < 12
    assert (tmp_path / "table.pdf").read_bytes().count(b"/Type /Page\n") == pages


def test_that_a_word_wider_than_its_column_makes_the_row_higher_and_is_not_cut(qapp: QApplication) -> None:
    short = table_picture(sheet_of(1, columns=8), Origin())
    long = table_picture(sheet_of(1, columns=8, text="a long sentence " * 12), Origin())
    assert long.height() > short.height() + 100


def test_that_a_broad_table_and_a_broad_picture_want_the_paper_on_its_long_side(qapp: QApplication) -> None:
    assert is_wide(sheet_of(3, columns=20))
    assert not is_wide(sheet_of(3, columns=2))
    assert is_wide(PictureSheet("Plot", QImage(200, 100, QImage.Format.Format_RGB32)))


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_that_a_printer_that_takes_nothing_is_told_in_a_sentence(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="printer did not take"):
        print_sheet(sheet_of(1), paper(tmp_path / "no folder" / "x.pdf"), Origin())


def test_that_a_table_is_taken_out_as_it_is_shown(qtbot: QtBot) -> None:
    view = table(qtbot)
    view.filter.setText("p2")
    view.apply_filter()
    sheet = view.on_paper()
    assert sheet.headers == ("Patient", "pNFH (pg/mL)")  # the hidden column is not among them
    assert [sheet.text(0, column) for column in range(2)] == ["P2", "2,001.0"]
    assert sheet.rows == 1
    assert "p2" in sheet.about
    view.filter.clear()
    view.apply_filter()
    assert [sheet.text(0, column) for column in range(2)] == ["P2", "2,001.0"]  # a worker may still read it


def test_that_a_table_is_copied_as_a_picture_unless_nobody_could_read_it(qtbot: QtBot) -> None:
    taking_out.copy_picture(table(qtbot))
    image = QGuiApplication.clipboard().image()
    assert inked(image) > 0.01
    with pytest.raises(AppError, match="more rows than a picture takes"):
        taking_out.copy_picture(table(qtbot, taking_out.MOST_IN_A_PICTURE + 1))


def test_that_dragged_rows_are_text_and_a_workbook_that_is_written_when_asked_for(
    qtbot: QtBot, tmp_path: Path
) -> None:
    view = table(qtbot)
    wrote: list[Path] = []

    def write(path: Path) -> None:
        wrote.append(path)
        path.write_bytes(b"a book")

    data = taking_out.table_data(view, view.mime_data(), write)
    assert data.text().splitlines()[1] == "P0\t0.0"
    assert wrote == []
    (url,) = data.urls()
    assert Path(url.toLocalFile()) == wrote[0]
    assert wrote[0].name == "Patients by site.xlsx"
    assert len(data.urls()) == len(wrote) == 1  # asked twice, written once


def test_that_a_dragged_plot_is_a_picture_and_a_file(qtbot: QtBot) -> None:
    canvas = Canvas("plot", "pNFH by visit")
    qtbot.addWidget(canvas)
    axes = canvas.add_axes("y")
    with canvas.drawing():
        axes.lines("line", np.arange(5.0), np.arange(5.0), Look(POOLED))
    canvas.resize(400, 300)
    canvas.show()
    data = taking_out.plot_data(canvas, taking_out.picture_of(canvas))
    assert data.hasImage()
    (url,) = data.urls()
    assert QImage(url.toLocalFile()).size() == data.imageData().size()


def test_that_moving_selected_rows_drags_them_and_moving_others_selects(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, dragged = table(qtbot), list[str]()

    def drag(_widget: QWidget, content: QMimeData, _write: object) -> None:
        dragged.append(content.text())

    monkeypatch.setattr(taking_out, "drag_table", drag)
    port = view.view.viewport()

    def move(start: QPoint, end: QPoint) -> None:
        QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(port, (start + end) / 2)
        QTest.mouseMove(port, end)
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)

    row = [view.view.visualRect(view.model.index(number, 0)).center() for number in range(3)]
    move(row[0], row[1])
    assert dragged == []
    assert [index.row() for index in view.view.selectionModel().selectedRows()] == [0, 1]
    move(row[0], row[0] + QPoint(0, 200))
    assert [text.splitlines()[1:] for text in dragged] == [["P0\t0.0", "P1\t1000.5"]]


def test_that_a_plot_is_dragged_out_by_its_margin_and_moved_by_its_middle(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas, dragged = Canvas("plot", "pNFH"), list[QWidget]()
    qtbot.addWidget(canvas)
    axes = canvas.add_axes("y")
    with canvas.drawing():
        axes.lines("line", np.arange(5.0), np.arange(5.0), Look(POOLED))
    canvas.resize(400, 300)
    canvas.show()
    monkeypatch.setattr(taking_out, "drag_plot", dragged.append)
    port = canvas.view.viewport()

    def move(start: QPointF, key: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mousePress(port, Qt.MouseButton.LeftButton, key, start.toPoint())
        QTest.mouseMove(port, start.toPoint() + QPoint(40, 0))
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, key, start.toPoint() + QPoint(40, 0))

    middle = axes.rect.center()
    canvas.zoom(0.5)
    before = canvas.x_range
    move(middle)
    assert dragged == []
    assert canvas.x_range != before
    move(middle, Qt.KeyboardModifier.ControlModifier)
    move(QPointF(5, 5))
    assert dragged == [canvas, canvas]


def test_that_each_kind_of_page_is_copied_as_a_picture(qtbot: QtBot, window: Window, study: Path) -> None:
    window.commands.open_path(study)
    until(qtbot, lambda: window.session.snapshot is not None)
    for code in ("overview", "follow_up", "patients"):  # small pictures, the matrix, a table
        window.show_page(code)
        idle(qtbot, window)
        QGuiApplication.clipboard().clear()
        window.commands.run("copy_picture")
        assert inked(QGuiApplication.clipboard().image()) > 0.0005, code
    QApplication.sendPostedEvents()
    QGuiApplication.clipboard().clear()


def test_that_printing_asks_for_the_printer_and_prints_on_the_worker(
    qtbot: QtBot, window: Window, study: Path, tmp_path: Path
) -> None:
    window.commands.open_path(study)
    until(qtbot, lambda: window.session.snapshot is not None)
    window.show_page("patients")
    idle(qtbot, window)
    window.commands.run("print_shown")
    box = dialog("print")
    printer = box.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "patients.pdf"))
    box.accepted.emit(printer)
    box.close()
    idle(qtbot, window)
    assert (tmp_path / "patients.pdf").read_bytes().startswith(b"%PDF")
    assert not is_open("print")


def test_that_dragged_rows_of_a_study_become_a_workbook_of_just_those_rows(
    qtbot: QtBot, window: Window, study: Path
) -> None:
    window.commands.open_path(study)
    until(qtbot, lambda: window.session.snapshot is not None)
    window.show_page("patients")
    idle(qtbot, window)
    view = next(one for one in window.findChildren(TableView) if one.isVisible())
    view.view.selectRow(1)
    data = taking_out.table_data(view, view.mime_data(), view._writer())
    (url,) = data.urls()
    book = openpyxl.load_workbook(url.toLocalFile())
    found = [
        row[0] for row in book.worksheets[0].iter_rows(values_only=True) if row[0] in ("P01", "P02", "P03")
    ]
    assert found == [view.model.key(1)]


class _FromHere(QDropEvent):
    """A drop of what was dragged out of the program's own window."""

    origin: QWidget

    @override
    def source(self) -> QWidget:
        return self.origin


def test_that_a_workbook_dragged_out_and_let_go_over_the_window_is_not_imported(
    qtbot: QtBot, window: Window, study: Path
) -> None:
    window.commands.open_path(study)
    until(qtbot, lambda: window.session.snapshot is not None)
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile("/tmp/Patients.xlsx")])
    drop = _FromHere(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        content,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    drop.origin = window
    window.dropEvent(drop)
    assert not is_open("import")


def test_that_a_screen_reader_is_told_that_plots_are_pictures_and_what_they_show(
    qtbot: QtBot, opened: Window
) -> None:
    told = {}
    for page in ("overview", "follow_up", "ledger", "biomarkers"):
        opened.show_page(page)
        idle(qtbot, opened)
        assert opened.page is not None
        for graphic in opened.page.findChildren(Graphic):
            if graphic.isVisible():
                seen = QAccessible.queryAccessibleInterface(graphic)
                assert seen.role() == QAccessible.Role.Graphic
                assert seen.text(QAccessible.Text.Name)
                told[graphic.objectName()] = seen.text(QAccessible.Text.Description)
    assert {"overview.enrolment", "overview.flow", "ledger.plot", "biomarkers.plot"} <= told.keys()
    assert all(told[name] for name in ("overview.flow", "ledger.plot", "biomarkers.plot"))
