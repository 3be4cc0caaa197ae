"""The proof of every number: how it is computed, what a second program says, and a script to check it by."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop import __version__
from mirocals_desktop.analysis.further_choices import AS_FIRST_OPENED, FurtherChoices
from mirocals_desktop.analysis.proof_further import prove_further
from mirocals_desktop.analysis.proof_script import build_proof
from mirocals_desktop.analysis.second_engine import (
    EngineComparison,
    EngineReport,
    ProofPart,
    compare_engines,
)
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.target import write_whole
from mirocals_desktop.i18n import _, ngettext, titled
from mirocals_desktop.progress import part
from mirocals_desktop.study.ledger import EXPORTED
from mirocals_desktop.ui import ask, theme
from mirocals_desktop.ui.plots.survival_conventions import topic_name
from mirocals_desktop.ui.plots.survival_words import group_name
from mirocals_desktop.ui.plots.ticks import MINUS
from mirocals_desktop.ui.survival_tables import file_name
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.curves import text_browser
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.table_columns import numbers
from mirocals_desktop.ui.values import user_locale

if TYPE_CHECKING:
    from mirocals_desktop.analysis.survival import SurvivalResult
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.study import Study


class ProofView(ComputedView[EngineReport]):
    """Every number of the page beside the second engine's, with its method."""

    code: ClassVar[str] = "proof"

    @override
    def build(self, body: QWidget) -> None:
        self._wanted = ""
        self._choices = AS_FIRST_OPENED
        self.summary = QLabel(body)
        self.summary.setObjectName("survival.proof.summary")
        self.summary.setWordWrap(True)
        self.numbers = TableView("survival.proof.table", _("Every number with its proof"), body)
        self.numbers.selected.connect(self._on_number)
        self.save = QPushButton(_("Save R script and data…"), body)
        self.save.setObjectName("survival.proof.save")
        self.save.clicked.connect(lambda _checked=False: self._ask_script())
        self.numbers.bar.insertWidget(3, self.save)
        self.detail = text_browser("survival.proof.detail", _("How the number is computed"), body)
        self.detail.setMinimumHeight(130)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addWidget(self.numbers, 3)
        column.addWidget(self.detail, 1)

    @override
    def title(self) -> str:
        return _("Comparing with the second engine")

    @override
    def take_choices(self, choices: FurtherChoices) -> bool:
        changed = choices != self._choices
        self._choices = choices
        return changed

    @override
    def work(self, answer: Answer) -> Callable[[Report], EngineReport]:
        result, design, analysis = _result(answer), answer.design, answer.analysis
        assert analysis is not None
        choices = self._choices

        def compare(report: Report) -> EngineReport:
            own = compare_engines(result, report=part(report, 0.0, 0.3))
            parts, notes = prove_further(
                design.snapshot,
                analysis,
                choices=choices,
                strata=design.strata,
                patients=design.patients,
                report=part(report, 0.3, 1.0),
            )
            rows = (*own.rows, *(row for one in parts for row in one.rows))
            return replace(own, rows=rows, parts=tuple(parts), notes=tuple(notes))

        return compare

    @override
    def clear(self) -> None:
        self.summary.setText("")
        self.detail.setPlainText("")
        self.numbers.show_columns([])

    @override
    def show_found(self, answer: Answer, found: EngineReport) -> None:
        self.summary.setText(" ".join(filter(None, (answer.design.subset, summary_text(found)))))
        self.summary.setToolTip("\n".join(found.notes))
        rows = {row.number.name: row for row in found.rows}
        ordered = sorted(
            rows.values(), key=lambda row: row.number.name.startswith("curve")
        )  # comparisons first
        self.numbers.show_columns(proof_columns(ordered), [row.number.name for row in ordered])
        names = [row.number.name for row in ordered]
        self._wanted = next((n for n in (self._wanted, "logrank.p") if n in names), names[0])
        self.numbers.select(self._wanted)
        self._on_number(self._wanted)

    @override
    def show_detail(self, detail: str) -> None:
        """Show the proof of the number with this name, now or when it has been computed."""
        self._wanted = detail
        if self.found is not None:
            self.numbers.select(detail)
            self._on_number(detail)

    def _on_number(self, name: str) -> None:
        answer, found = self.answer, self.found
        if answer is None or found is None:
            return
        self._wanted = name
        row = next((row for row in found.rows if row.number.name == name), None)
        if row is not None:
            self.detail.setHtml(detail_html(row, found, _result(answer)))

    def _ask_script(self) -> None:
        answer = self.answer
        if answer is None or answer.analysis is None or self.found is None:
            return
        result, parts = _result(answer), self.found.parts
        folder = self.session.folder_for("export")
        ask.file_to_save(
            self,
            lambda path: self._write(path, result, parts),
            title=_("Save R script and data"),
            kinds=[_("R script (*.R)")],
            proposal=folder / f"{file_name(answer.analysis)}.R",
        )

    def _write(self, path: Path, result: SurvivalResult, parts: Sequence[ProofPart]) -> None:
        self.session.remember_folder("export", path)

        def work(study: Study, _report: Report) -> None:
            names = save_proof(result, path, parts=parts)
            study.record(EXPORTED, details={"file": ", ".join(names)})

        self.session.change(_("Exporting to {name}").format(name=path.name), work)


def save_proof(result: SurvivalResult, path: Path, *, parts: Sequence[ProofPart] = ()) -> list[str]:
    """Write the script to `path`, its data and our numbers beside it; gives the names of the files.

    `parts` are the further analyses that it proves as well.

    Raises `AppError` where they cannot be written, and rather than replace files beside it that no script
    of this name stands with.
    """
    files = build_proof(result, path.stem, parts=parts)
    script = f"{path.stem}.R"
    for name in files:
        if name != script and path.with_name(name).exists() and not path.exists():
            raise AppError(
                _("{name} is there already and would be replaced.").format(name=name),
                hint=_("Choose another name for the script, or another folder."),
            )
    for name, text in files.items():
        with write_whole(path.with_name(name)) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
    return list(files)


def _result(answer: Answer) -> SurvivalResult:
    assert answer.analysis is not None
    return answer.analysis.result


# Words


def verdict_text(row: EngineComparison) -> str:
    """What the comparison of one number comes to, in a word or two."""
    if row.number.value is None:
        return _("not estimable")
    if row.agrees:
        return _("agrees")
    if row.agrees is False:
        return _("differs")
    return _("differs as known") if row.theirs is not None else _("has none")


def reason_text(row: EngineComparison) -> str:
    """Why there is no number, no second number, or another one."""
    return row.number.reason or row.expected_to_differ or row.reason


def summary_text(report: EngineReport) -> str:
    """How many numbers there are, and how many of them the second engine gives as well."""
    known = [row for row in report.rows if row.number.value is not None]
    agreeing = sum(row.agrees is True for row in known)
    explained = sum(row.agrees is None and row.theirs is not None for row in known)
    unlike = sum(row.agrees is False for row in known)
    parts = [
        ngettext("{count} number", "{count} numbers", len(known)).format(count=len(known)),
        _("{count} agree with {library} {version}").format(
            count=agreeing, library=report.library, version=report.version
        ),
    ]
    if unlike:
        parts.append(ngettext("{count} differs", "{count} differ", unlike).format(count=unlike))
    if explained:
        parts.append(
            ngettext(
                "{count} differs for a known reason", "{count} differ for a known reason", explained
            ).format(count=explained)
        )
    alone = len(known) - agreeing - explained - unlike
    if alone:
        parts.append(_("{count} are not in {library}").format(count=alone, library=report.library))
    return "; ".join(parts) + ". " + _("R prints all of them when it runs the script.")


def proof_columns(rows: Sequence[EngineComparison]) -> list[Column]:
    """The table: number, of whom, our value, the second engine's, the difference, and what it comes to."""

    def column(code: str, title: str, values: Sequence[float | None]) -> Column:
        return Column(code, title, numbers(values), show=digits_text)

    warning = theme.error_colour()
    return [
        Column("what", _("Number"), np.array([row.number.what for row in rows], dtype=object)),
        Column("group", _("Of"), np.array([_of(row) for row in rows], dtype=object)),
        column("ours", _("Value"), [row.number.value for row in rows]),
        column("theirs", _("Second engine"), [row.theirs for row in rows]),
        Column("difference", _("Difference"), numbers([row.difference for row in rows]), show=_short_text),
        Column(
            "verdict",
            _("Comparison"),
            np.array([verdict_text(row) for row in rows], dtype=object),
            colours=[warning if row.agrees is False else "" for row in rows],
            tips=[reason_text(row) for row in rows],
        ),
        Column("n", _("n"), np.array([row.number.n for row in rows]), 0, hidden=True),
        Column("events", _("Events"), np.array([row.number.events for row in rows]), 0, hidden=True),
        Column(
            "name", _("Name in R"), np.array([row.number.name for row in rows], dtype=object), hidden=True
        ),
    ]


def digits_text(value: float) -> str:
    """A number with ten digits that count, for comparing; "" where there is none."""
    return _localised(f"{value:.10g}") if value == value else ""


def _short_text(value: float) -> str:
    return _localised(f"{value:.2g}") if value == value else ""


def _localised(digits: str) -> str:
    return digits.replace("-", MINUS).replace(".", user_locale().decimalPoint())


def detail_html(row: EngineComparison, report: EngineReport, result: SurvivalResult) -> str:
    """Everything about one number: value, method, patients, programs and versions, difference."""
    number = row.number
    value = (
        _("not estimable: {why}").format(why=number.reason)
        if number.value is None
        else _localised(f"{number.value:.15g}")
    )
    convention = row.convention or result.conventions.get(number.topic, "")
    engine = row.engine or f"{report.library} {report.version}"
    ours = _("{value} by MIROCALS Desktop {version} (own core, numpy {numpy})").format(
        value=value, version=__version__, numpy=np.__version__
    )
    if row.theirs is None:
        theirs = titled(engine, row.reason)
    else:
        theirs = _("{value} by {engine}; difference {difference}").format(
            value=_localised(f"{row.theirs:.15g}"),
            engine=engine,
            difference="–" if row.difference is None else _short_text(row.difference),
        )
        if row.expected_to_differ:
            theirs += f". {row.expected_to_differ}"
    lines = [
        (_("Value"), ours),
        (_("Second engine"), theirs),
        (topic_name(number.topic), convention),
        (
            _("Rests on"),
            _("{n} patients, {events}").format(
                n=number.n,
                events=ngettext("{count} event", "{count} events", number.events).format(count=number.events),
            ),
        ),
        (_("Name in R"), number.name),
    ]
    if number.topic in ("cox", "log_rank", "zph") and result.times.strata is not None:
        lines.insert(3, (_("Strata"), result.conventions.get("strata", "")))
    shown = "<br>".join(f"<b>{html.escape(topic)}</b>: {html.escape(text)}" for topic, text in lines if text)
    return f"<p><b>{html.escape(number.what)}</b> – {html.escape(_of(row))}</p><p>{shown}</p>"


def _of(row: EngineComparison) -> str:
    if row.number.group:
        return row.number.group
    everybody = any(whole in row.number.name for whole in ("curve0.", "envelope0."))
    return group_name("") if everybody else _("all groups")
