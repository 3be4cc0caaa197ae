"""The survival figure for a paper or a slide: one painter, in millimetres, for SVG, PDF and PNG alike.

Everything is placed by this module's own layout and written in the font that ships with the program, so that
the three files look the same on every machine. It is the only module below the user interface that uses Qt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
)

from mirocals_desktop import __version__
from mirocals_desktop.analysis.kaplan_meier import SurvivalCurve, estimate_at
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.steps import curve_points, stair
from mirocals_desktop.export.styles import LineStyle
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _
from mirocals_desktop.resources import resource_path

Row = Literal["at_risk", "events", "censored"]

UNIT: Final = 0.01  # millimetres: the painter's unit, so that a font's size is a whole number of them
POINT: Final = 25.4 / 72 / UNIT
INK, FAINT, GRID = QColor("#1E2429"), QColor("#5B656D"), QColor("#DCE0E3")
MARGIN: Final = 300.0
LINE, HAIRLINE = 45.0, 15.0


@dataclass(frozen=True)
class SurvivalFigure:
    """What the figure shows. `styles` has one style per curve; `ticks` are days on the axis, in order.

    `horizon_day` is drawn as a line. `notes` stand below, one paragraph each; `words` (SYNTHETIC ...) at the
    top right; `passport` goes into the last line and into the file's own description.
    """

    curves: tuple[SurvivalCurve, ...]
    styles: tuple[LineStyle, ...]
    ticks: tuple[int, ...]
    title: str = ""
    axis: str = ""
    rows: tuple[Row, ...] = ("at_risk", "events")
    horizon_day: int | None = None
    notes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    passport: str = ""
    bands: bool = True


def write_figure(
    figure: SurvivalFigure, path: Path, *, width_mm: float = 160, height_mm: float = 120, dpi: int = 300
) -> None:
    """Write the figure; the suffix (.svg, .pdf or .png) says how, `dpi` counts for PNG alone.

    Raises AppError for another suffix, and where the file cannot be written.
    """
    _application()
    kind = path.suffix.lower()
    if kind not in (*_WRITERS, ".png"):
        raise AppError(
            _("{name}: a figure is saved as SVG, PDF or PNG.").format(name=path.name),
            hint=_("Give the file one of these endings: .svg, .pdf, .png."),
        )
    with write_whole(path) as temporary:
        if kind == ".png":
            _write_png(figure, temporary, width_mm, height_mm, dpi)
        else:
            _WRITERS[kind](figure, temporary, width_mm, height_mm)


def _write_svg(figure: SurvivalFigure, path: Path, width_mm: float, height_mm: float) -> None:
    from PySide6.QtSvg import QSvgGenerator

    generator = QSvgGenerator()
    generator.setFileName(str(path))
    # In units of 1/100 mm; the text is outlines, because a viewer elsewhere may lack the font.
    generator.setResolution(2540)
    generator.setSize(QSize(round(width_mm / UNIT), round(height_mm / UNIT)))
    generator.setViewBox(QRectF(0, 0, width_mm / UNIT, height_mm / UNIT))
    generator.setTitle(figure.title or _("Survival"))
    generator.setDescription(_description(figure))
    _paint(generator, figure, width_mm, height_mm, scale=1.0, outlines=True, path=path)


def _write_pdf(figure: SurvivalFigure, path: Path, width_mm: float, height_mm: float) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(2540)
    writer.setPageSize(QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(_description(figure))
    writer.setCreator(f"MIROCALS Desktop {__version__}")
    _paint(writer, figure, width_mm, height_mm, scale=1.0, outlines=False, path=path)


def _write_png(figure: SurvivalFigure, path: Path, width_mm: float, height_mm: float, dpi: int) -> None:
    pixels = dpi / 25.4
    image = QImage(round(width_mm * pixels), round(height_mm * pixels), QImage.Format.Format_RGB32)
    if image.isNull():
        raise AppError(
            _("A picture of {width} by {height} mm at {dpi} dpi is too large.").format(
                width=f"{width_mm:g}", height=f"{height_mm:g}", dpi=dpi
            ),
            hint=_("Choose a smaller size, or PDF."),
        )
    image.fill(Qt.GlobalColor.white)
    image.setDotsPerMeterX(round(pixels * 1000))
    image.setDotsPerMeterY(round(pixels * 1000))
    image.setText("Title", figure.title)
    image.setText("Description", _description(figure))
    image.setText("Software", f"MIROCALS Desktop {__version__}")
    _paint(image, figure, width_mm, height_mm, scale=pixels * UNIT, outlines=False, path=path)
    if not image.save(str(path)):
        raise OSError(0, _("the picture could not be saved"))


_WRITERS: Final = {".svg": _write_svg, ".pdf": _write_pdf}


def _paint(
    device: object,
    figure: SurvivalFigure,
    width_mm: float,
    height_mm: float,
    *,
    scale: float,
    outlines: bool,
    path: Path,
) -> None:
    painter = QPainter()
    if not painter.begin(device):  # type: ignore[arg-type]  # each is a paint device
        raise OSError(0, _("the file could not be opened"), str(path))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    try:
        paint_figure(painter, figure, width_mm=width_mm, height_mm=height_mm, outlines=outlines)
    finally:
        painter.end()


def paint_figure(
    painter: QPainter, figure: SurvivalFigure, *, width_mm: float, height_mm: float, outlines: bool = False
) -> None:
    """Paint the figure from the origin, in units of 1/100 mm; `outlines` turns text into paths."""
    _Painter(painter, figure, QSizeF(width_mm / UNIT, height_mm / UNIT), outlines=outlines).paint()


class _Painter:
    """The layout and painting of one figure, in hundredths of a millimetre."""

    def __init__(self, painter: QPainter, figure: SurvivalFigure, size: QSizeF, *, outlines: bool) -> None:
        self.painter, self.figure, self.size, self.outlines = painter, figure, size, outlines
        self.text, self.small, self.bold = _font(8), _font(6.5), _font(8, bold=True)
        self.line_height = QFontMetricsF(self.text).lineSpacing()
        self.small_height = QFontMetricsF(self.small).lineSpacing()
        self.notes = self._wrap_notes()
        self.plot = self._place_plot()
        ends = (curve.last_day for curve in figure.curves)
        self.last_tick = max(figure.ticks[-1] if figure.ticks else 1, figure.horizon_day or 1, 1, *ends)

    def paint(self) -> None:
        """Paint everything, what lies behind first."""
        self.painter.fillRect(QRectF(0, 0, self.size.width(), self.size.height()), Qt.GlobalColor.white)
        self._paint_head()
        self._paint_axes()
        for curve, style in zip(self.figure.curves, self.figure.styles, strict=True):
            if self.figure.bands:
                self._paint_band(curve, style)
        for curve, style in zip(self.figure.curves, self.figure.styles, strict=True):
            self._paint_curve(curve, style)
        self._paint_end_labels()
        self._paint_rows()
        self._paint_notes()

    # --- layout -----------------------------------------------------------------------------------------

    def _place_plot(self) -> QRectF:
        """The rectangle of the axes: labels of rows decide the left margin, those of curves the right one."""
        figure = self.figure
        names = [curve.group or _("All patients") for curve in figure.curves]
        titles = [_row_title(row) for row in figure.rows]
        widths = [self._width(name, self.text) + 650 for name in names]
        widths += [self._width(title, self.bold) + 150 for title in titles]
        left = MARGIN + max(1150.0, *widths)
        ends = [self._width(text, self.text) for text in self._end_labels()]
        right = MARGIN + max(600.0, *(end + 200 for end in ends))
        top = MARGIN + (self.line_height * 1.7 if figure.title or figure.words else 100)
        rows = sum(len(figure.curves) + 1 for _row in figure.rows) * self.line_height * 1.02
        below = self.line_height * 2.9 + rows + len(self.notes) * self.small_height + 150
        height = self.size.height() - top - below - MARGIN
        return QRectF(left, top, self.size.width() - left - right, max(height, 1000.0))

    def _wrap_notes(self) -> list[str]:
        texts = [*self.figure.notes, *([self.figure.passport] if self.figure.passport else [])]
        room = self.size.width() - 2 * MARGIN
        return [line for text in texts for line in self._wrap(text, self.small, room)]

    def _wrap(self, text: str, font: QFont, room: float) -> list[str]:
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self._width(longer, font) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        return [*lines, line] if line else lines

    def x(self, day: float) -> float:
        """Where a day is."""
        return self.plot.left() + self.plot.width() * day / self.last_tick

    def y(self, survival: float) -> float:
        """Where a survival is."""
        return self.plot.bottom() - self.plot.height() * survival

    # --- parts ------------------------------------------------------------------------------------------

    def _paint_head(self) -> None:
        baseline = MARGIN + self.line_height * 0.8
        words = "  ·  ".join(self.figure.words)
        room = self.size.width() - 2 * MARGIN - self._width(words, self.bold) - 300
        title = self._elide(self.figure.title, self.bold, room)
        self._write(title, QPointF(MARGIN, baseline), self.bold, INK)
        right = self.size.width() - MARGIN - self._width(words, self.bold)
        self._write(words, QPointF(right, baseline), self.bold, QColor("#B3261E"))

    def _paint_axes(self) -> None:
        plot, painter = self.plot, self.painter
        painter.setPen(_pen(GRID, HAIRLINE * 0.8))
        for tenth in range(0, 11, 2):
            painter.drawLine(
                QPointF(plot.left(), self.y(tenth / 10)), QPointF(plot.right(), self.y(tenth / 10))
            )
        painter.setPen(_pen(INK, HAIRLINE))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.drawLine(plot.bottomLeft(), plot.topLeft())
        for tenth in range(0, 11, 2):
            at = self.y(tenth / 10)
            painter.setPen(_pen(INK, HAIRLINE))
            painter.drawLine(QPointF(plot.left() - 80, at), QPointF(plot.left(), at))
            label = f"{tenth / 10:.1f}"
            where = QPointF(
                plot.left() - 140 - self._width(label, self.text), at + self._ascent(self.text) * 0.36
            )
            self._write(label, where, self.text, INK)
        for tick in self.figure.ticks:
            at = self.x(tick)
            painter.setPen(_pen(INK, HAIRLINE))
            painter.drawLine(QPointF(at, plot.bottom()), QPointF(at, plot.bottom() + 80))
            self._write_centred(str(tick), at, plot.bottom() + 130 + self._ascent(self.text), self.text)
        below = plot.bottom() + 130 + self._ascent(self.text) + self.line_height * 1.1
        self._write_centred(self.figure.axis or _("Days"), plot.center().x(), below, self.text)
        self._write_upright(_("Survival"))
        horizon = self.figure.horizon_day
        if horizon is not None and horizon <= self.last_tick:
            painter.setPen(_pen(FAINT, HAIRLINE, (4, 4)))
            painter.drawLine(QPointF(self.x(horizon), plot.bottom()), QPointF(self.x(horizon), plot.top()))
            label = _("day {day}").format(day=horizon)
            left = self.x(horizon) - self._width(label, self.small) - 80
            self._write(label, QPointF(left, plot.top() + self._ascent(self.small)), self.small, FAINT)

    def _paint_band(self, curve: SurvivalCurve, style: LineStyle) -> None:
        """The pointwise limits, a closed stair for each stretch in which they exist."""
        path = QPainterPath()
        for first, last in _stretches([not math.isnan(value) for value in curve.lower]):
            days = [float(day) for day in curve.days[first : last + 1]]
            end = float(curve.days[last + 1]) if last + 1 < len(curve.days) else days[-1]
            upper = stair(days, [float(v) for v in curve.upper[first : last + 1]], min(end, self.last_tick))
            lower = stair(days, [float(v) for v in curve.lower[first : last + 1]], min(end, self.last_tick))
            points = [*upper, *reversed(lower)]
            path.moveTo(self.x(points[0][0]), self.y(points[0][1]))
            for day, survival in points[1:]:
                path.lineTo(self.x(day), self.y(survival))
            path.closeSubpath()
        colour = QColor(style.colour)
        colour.setAlphaF(0.13)
        self.painter.setClipRect(self.plot)
        self.painter.fillPath(path, colour)
        self.painter.setClipping(False)

    def _paint_curve(self, curve: SurvivalCurve, style: LineStyle) -> None:
        points = curve_points(curve, self.last_tick)
        path = QPainterPath(QPointF(self.x(points[0][0]), self.y(points[0][1])))
        for day, survival in points[1:]:
            path.lineTo(self.x(day), self.y(survival))
        self.painter.strokePath(path, _pen(QColor(style.colour), LINE, style.dashes))
        self.painter.setPen(_pen(QColor(style.colour), HAIRLINE * 1.4))
        for day, survival, censored in zip(curve.days, curve.survival, curve.censored, strict=True):
            if censored and day <= self.last_tick:
                at, height = self.x(float(day)), self.y(float(survival))
                self.painter.drawLine(QPointF(at, height - 70), QPointF(at, height + 70))

    def _end_labels(self) -> list[str]:
        return [curve.group or _("All patients") for curve in self.figure.curves]

    def _paint_end_labels(self) -> None:
        """Names beside the ends of the curves, pushed apart where they would cover each other."""
        ends = [
            (self.y(curve_points(curve, self.last_tick)[-1][1]), label, style)
            for label, curve, style in zip(
                self._end_labels(), self.figure.curves, self.figure.styles, strict=True
            )
        ]
        ends.sort(key=lambda end: end[0])
        gap, lowest = self.line_height * 1.02, -math.inf
        places: list[float] = []
        for at, _label, _style in ends:
            places.append(max(at, lowest + gap))
            lowest = places[-1]
        overflow = (places[-1] - self.plot.bottom() + gap / 3) if places else 0
        if overflow > 0:  # move the lowest up again, and those above as far as they are in the way
            places[-1] -= overflow
            for i in range(len(places) - 2, -1, -1):
                places[i] = min(places[i], places[i + 1] - gap)
        for place, (_at, label, style) in zip(places, ends, strict=True):
            where = QPointF(self.plot.right() + 120, place + self._ascent(self.text) * 0.36)
            self._write(label, where, self.text, _readable(style.colour))

    def _paint_rows(self) -> None:
        """Numbers exactly under their ticks: at risk just before the day, events and censored before it."""
        at = self.plot.bottom() + self.line_height * 2.2 + 130
        figure = self.figure
        tables = [estimate_at(curve, [float(tick) for tick in figure.ticks]) for curve in figure.curves]
        for row in figure.rows:
            at += self.line_height
            self._write(_row_title(row), QPointF(MARGIN, at), self.bold, INK)
            for curve, style, table in zip(figure.curves, figure.styles, tables, strict=True):
                at += self.line_height
                name = curve.group or _("All patients")
                self._write(name, QPointF(MARGIN + 200, at), self.text, _readable(style.colour))
                for tick, values in zip(figure.ticks, table, strict=True):
                    self._write_centred(str(getattr(values, row)), self.x(tick), at, self.text)

    def _paint_notes(self) -> None:
        at = self.size.height() - MARGIN - self.small_height * (len(self.notes) - 1) - 60
        for line in self.notes:
            self._write(line, QPointF(MARGIN, at), self.small, FAINT)
            at += self.small_height

    # --- text -------------------------------------------------------------------------------------------

    def _write(self, text: str, where: QPointF, font: QFont, colour: QColor) -> None:
        """Write with the left end of the baseline at `where`."""
        if not text:
            return
        if self.outlines:
            path = QPainterPath()
            path.addText(where, font, text)
            self.painter.fillPath(path, colour)
            return
        self.painter.setFont(font)
        self.painter.setPen(colour)
        self.painter.drawText(where, text)

    def _write_centred(self, text: str, x: float, baseline: float, font: QFont) -> None:
        self._write(text, QPointF(x - self._width(text, font) / 2, baseline), font, INK)

    def _write_upright(self, text: str) -> None:
        """The title of the vertical axis."""
        self.painter.save()
        self.painter.translate(
            self.plot.left() - 700, self.plot.center().y() + self._width(text, self.text) / 2
        )
        self.painter.rotate(-90)
        self._write(text, QPointF(0, 0), self.text, INK)
        self.painter.restore()

    def _width(self, text: str, font: QFont) -> float:
        return QFontMetricsF(font).horizontalAdvance(text)

    def _ascent(self, font: QFont) -> float:
        return QFontMetricsF(font).ascent()

    def _elide(self, text: str, font: QFont, room: float) -> str:
        return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0))


def _stretches(known: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last index of each run of known values."""
    runs: list[tuple[int, int]] = []
    for i, yes in enumerate(known):
        if yes and runs and runs[-1][1] == i - 1:
            runs[-1] = (runs[-1][0], i)
        elif yes:
            runs.append((i, i))
    return runs


def _row_title(row: Row) -> str:
    return {"at_risk": _("At risk"), "events": _("Events"), "censored": _("Censored")}[row]


def _description(figure: SurvivalFigure) -> str:
    return " · ".join(text for text in (figure.title, *figure.words, figure.passport) if text)


def _pen(colour: QColor, width: float, dashes: tuple[float, ...] = ()) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    if dashes:
        pen.setDashPattern(list(dashes))
    return pen


def _readable(colour: str) -> QColor:
    """A colour of data dark enough for small letters on white."""
    ink = QColor(colour)
    while ink.lightnessF() > 0.38:
        ink = ink.darker(112)
    return ink


def _font(points: float, *, bold: bool = False) -> QFont:
    """The shipped font; its size is in the painter's units, whatever the device's resolution."""
    font = QFont(_family())
    font.setPixelSize(round(points * POINT))
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setKerning(True)
    return font


def _family() -> str:
    """The family of the shipped font, loaded once."""
    if FAMILY not in QFontDatabase.families():
        for name in ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"):
            QFontDatabase.addApplicationFont(str(resource_path("fonts", name)))
    return FAMILY


FAMILY: Final = "Liberation Sans"
_own_application: list[QGuiApplication] = []


def _application() -> None:
    """Fonts need an application; a script has none, so one without a screen is made and kept."""
    if QGuiApplication.instance() is None:
        _own_application.append(QGuiApplication(["mirocals-desktop", "-platform", "offscreen"]))
