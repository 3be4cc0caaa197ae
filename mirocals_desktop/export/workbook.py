"""The whole study as one Excel workbook that can be sent on as it is.

Dates are dates, numbers are numbers, texts are texts whatever they begin with. The first sheet says what the
others hold, from which state of the study, and under which options. Everything comes from the snapshot and
from analysis of it, so a blinded study's workbook holds no arm and no restricted value.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from mirocals_desktop import __version__
from mirocals_desktop.analysis.patient_status import derive_statuses
from mirocals_desktop.export.book import MAX_ROWS, Book
from mirocals_desktop.export.content import make_data_tables, make_wide_tables, shows_provenance
from mirocals_desktop.export.queries import make_queries
from mirocals_desktop.export.results import make_due_list, make_endpoint, make_summaries
from mirocals_desktop.export.survival_pages import make_survival
from mirocals_desktop.export.table import Block, Cell, Grid, Heading, Note, Page, Table, marks
from mirocals_desktop.export.target import check_target, write_whole
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.study.snapshot import Snapshot

Contents = list[tuple[str, str, int | None]]  # sheet, what it holds, rows


def write_workbook(
    snapshot: Snapshot, path: Path, *, report: Report = ignore, max_rows: int = MAX_ROWS
) -> None:
    """Write the study to an .xlsx file in the user's language, whole or not at all.

    Raises `AppError` where the file cannot be written: open in another program, no room, no such folder.
    `max_rows` is the length of a sheet; longer tables go on in further sheets.
    """
    check_target(path)
    report(0.0, _("Gathering the tables"))
    patients, *data = make_data_tables(snapshot)
    statuses = derive_statuses(snapshot)
    with (
        write_whole(path) as temporary,
        Book(temporary, title=snapshot.title, words=marks(snapshot), max_rows=max_rows) as book,
    ):
        about = book.add_sheet(_("About this export"), group="result")
        contents: Contents = []

        def write(table: Table, report: Report = ignore) -> str:
            names = book.write_table(table, report=report)
            contents.append((names[0], table.about, table.rows))
            contents.extend((name, _("Continued."), None) for name in names[1:])
            return names[0]

        write(patients)
        write(make_due_list(snapshot, statuses))
        report(0.05, _("Survival"))
        survival = make_survival(snapshot)
        if survival is not None:
            sheet = book.add_sheet(survival.page.name, group="result")
            contents.append((sheet.get_name(), survival.page.about, None))
            write(make_endpoint(snapshot, survival.endpoint))
            write(survival.curves)
        report(0.15, _("Biomarkers"))
        write(make_summaries(snapshot))
        for table in data:
            write(table, part(report, 0.2, 0.75))
        if snapshot.reviews.queries:
            write(make_queries(snapshot))
        wide = make_wide_tables(snapshot)
        for number, table in enumerate(wide):
            report(0.75 + 0.2 * number / len(wide), _("Writing {sheet}").format(sheet=table.name))
            write(table)
        if survival is not None:
            points = write(survival.points)
            book.write_page(survival.page, sheet, points=points)
        book.write_page(_make_about(snapshot, statuses, contents, book), about)
        report(0.95, _("Saving {name}").format(name=path.name))
    report(1.0, "")


def _make_about(snapshot: Snapshot, statuses: pd.DataFrame, contents: Contents, book: Book) -> Page:
    """What the workbook is: from which study and state, by which options, with what in which sheet."""
    blocks: list[Block] = [Heading(_("About this export"), 1)]
    blocks += [Note(sentence, warning=True) for sentence in _warnings(snapshot)]
    now = datetime.now(UTC)
    facts: list[tuple[Cell, ...]] = [
        (_("Study"), snapshot.title),
        (_("Study file"), snapshot.path.name if snapshot.path else None),
        (_("Study identifier"), snapshot.study_id),
        (_("Protocol"), f"{snapshot.protocol.title} ({snapshot.protocol.code})"),
        (_("As of entry"), f"{snapshot.entry}"),
        (_("Hash of this entry"), snapshot.head),
        (_("Written"), now.strftime("%Y-%m-%d %H:%M UTC")),
        (_("Written by"), _("MIROCALS Desktop {version}").format(version=__version__)),
        (
            _("Computed with"),
            f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}",
        ),
    ]
    blocks += [Heading(_("Where it comes from")), Grid(tuple(fact for fact in facts if fact[1]))]
    blocks += [Heading(_("Options that change numbers")), Grid(tuple(_options(snapshot)))]
    blocks += [Heading(_("What is in it")), Grid(tuple(_counts(snapshot, statuses)))]
    rows = tuple((name, about, count) for name, about, count in contents)
    links = {number: name for number, (name, *_rest) in enumerate(contents)}
    header = (_("Sheet"), _("What it holds"), _("Rows"))
    blocks += [Heading(_("Sheets")), Grid(rows, header, (None, None, 0), links)]
    blocks += [
        Heading(_("How to read it")),
        *(Note(text) for text in _reading_notes(snapshot, book.cut_texts)),
    ]
    if snapshot.protocol.notes:
        blocks += [Heading(_("Notes of the protocol"))]
        blocks += [Note(str(note)) for note in snapshot.protocol.notes]
    return Page(_("About this export"), "", tuple(blocks), (34.0, 72.0, 12.0), portrait=True)


def _warnings(snapshot: Snapshot) -> list[str]:
    sentences = []
    if snapshot.synthetic:
        sentences.append(_("SYNTHETIC: nobody in this study exists; no number in it is a result of a trial."))
    if snapshot.blinded and snapshot.unblinded:
        sentences.append(
            _("UNBLINDED: this workbook shows arms and restricted values. Give it only to who may see them.")
        )
    elif snapshot.blinded:
        sentences.append(
            _("BLINDED: arms and restricted values are not in this workbook; curves are of all arms.")
        )
    return sentences


def _options(snapshot: Snapshot) -> list[tuple[Cell, ...]]:
    protocol, options = snapshot.protocol, snapshot.options
    origin = protocol.variable(options.origin)
    endpoint = protocol.endpoint(options.endpoint)
    horizon = options.horizon_days
    excluded = ", ".join(options.excluded)
    return [
        (_("Time origin (day 0)"), str(origin.label) if origin else options.origin),
        (_("Horizon"), _("none") if horizon is None else _("day {day}").format(day=horizon)),
        (_("Endpoint"), str(endpoint.label) if endpoint else options.endpoint),
        (
            _("Data cut"),
            options.data_cut if options.data_cut else _("none: the day of the export, {day}").format(
                day=snapshot.today().isoformat()
            ),
        ),
        (
            _("Patients excluded from analysis"),
            titled(len(options.excluded), excluded) if options.excluded else _("none"),
        ),
    ]  # fmt: skip


def _counts(snapshot: Snapshot, statuses: pd.DataFrame) -> list[tuple[Cell, ...]]:
    unknown = int((statuses["vital"] == "unknown").sum())
    return [
        (_("Patients"), len(snapshot.patients)),
        (_("Randomised patients"), int(statuses["randomised"].sum())),
        (_("Deaths"), int((statuses["vital"] == "dead").sum())),
        (_("Patients of unknown vital status"), unknown),
        (_("Visits"), len(snapshot.visits)),
        (_("Measurements"), len(snapshot.measurements)),
        (_("Observations in all"), len(snapshot.observations)),
    ]


def _reading_notes(snapshot: Snapshot, cut_texts: int) -> list[str]:
    notes = [
        _("Days count from the time origin, which is day 0."),
        _("A value beyond the range of its assay is text with its sign, such as < 62.5; in the sheet of "
          "measurements the sign has a column of its own."),
        _("A date known only to the month or the year is text, as precise as it is known: 2018-03."),
        _("Vital status that is not known is never alive: those patients are counted apart and censored at "
          "their last contact."),
        _("No cell is a formula. Control characters in texts are shown by their signs."),
    ]  # fmt: skip
    if shows_provenance(snapshot):
        notes.append(
            _("In the sheet of measurements, file, sheet and cell say where each value was first written.")
        )
    else:
        notes.append(
            _("Names of files and sheets are left out while the study is blinded: they may name an arm.")
        )
    if cut_texts:
        notes.append(
            ngettext(
                "{count} text was longer than a cell can hold and ends in “…”.",
                "{count} texts were longer than a cell can hold and end in “…”.",
                cut_texts,
            ).format(count=cut_texts)
        )
    return notes
