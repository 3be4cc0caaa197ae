"""The study at a glance: numbers that lead to their lists, enrolment, endpoint, completeness, imports."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.endpoint import OUTCOMES, outcome_name
from mirocals_desktop.analysis.follow_up import SOON_DAYS
from mirocals_desktop.analysis.patient_status import status_name
from mirocals_desktop.analysis.queries import count_open_queries
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol import codes
from mirocals_desktop.study.enrolment_plan import read_plan
from mirocals_desktop.study.ledger import IMPORTED
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.digest import Digest
from mirocals_desktop.ui.findings_list import FindingsList
from mirocals_desktop.ui.flow import FlowLayout
from mirocals_desktop.ui.flow_section import FlowSection
from mirocals_desktop.ui.link_list import Line, LinkList, Section, faint_note
from mirocals_desktop.ui.links import LinkLine, NumberTile, PartButton
from mirocals_desktop.ui.pages.page import Page
from mirocals_desktop.ui.plots.enrolment_curve import EnrolmentCurve
from mirocals_desktop.ui.plots.heat_strip import HeatStrip
from mirocals_desktop.ui.plots.parts_bar import Part, PartsBar
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.values import date_text, number_text, time_text

if TYPE_CHECKING:
    import pandas as pd

    from mirocals_desktop.analysis.overview import Overview
    from mirocals_desktop.study.enrolment_plan import EnrolmentPlan
    from mirocals_desktop.study.snapshot import Snapshot

_WIDE: Final = 820  # pixels from which three sections stand side by side
_IMPORTS: Final = 5
_TILES: Final = ("randomised", "alive", "died", "unknown", "overdue", "due", "to_check")

_WANTED: Final = {
    "overdue": "overdue",
    "due": "due",
    "to_check": "checks",
    "to_do.overdue": "overdue",
    "to_do.due": "due",
    "to_do.soon": "soon",
    "to_do.limits": "limits",
    "to_do.new_limits": "new_limits",
    "to_do.findings": "findings",
    "to_do.samples": "samples",
    "to_do.clocks": "clocks",
}
"""What of its page’s lists a number asks for."""

_OUTCOME_LOOKS: Final = {
    "event": ("#4D5660", Qt.BrushStyle.SolidPattern),
    "alive": (theme.GREEN, Qt.BrushStyle.SolidPattern),
    "censored": (theme.SKY, Qt.BrushStyle.BDiagPattern),
    "unknown": (theme.ORANGE, Qt.BrushStyle.DiagCrossPattern),
    "in_follow_up": (theme.GREY, Qt.BrushStyle.Dense6Pattern),
}
_STATUS_COLOURS: Final = {"died": "#7D868E", "unknown": theme.ORANGE, "completed": theme.GREEN}


class OverviewPage(Page):
    """Where the day begins: how many, who, what is lacking, what to do."""

    code: ClassVar[str] = "overview"
    letters = 100  # three columns of lists
    icon: ClassVar[str] = "overview"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._overview: Overview | None = None
        self._links: dict[str, tuple[str, frozenset[str], str]] = {}

        self.tiles = {code: NumberTile(f"overview.tile.{code}", self) for code in _TILES}
        tiles = QWidget(self)
        tile_row = FlowLayout(tiles, gap=0, even=True)
        for code, tile in self.tiles.items():
            tile.clicked.connect(lambda _checked=False, code=code: self._follow(code))
            tile_row.addWidget(tile)

        self.enrolment = EnrolmentCurve("overview.enrolment", self)
        self.enrolment.setAccessibleName(_("Enrolment"))
        self.enrolment.day_chosen.connect(self._follow_enrolment)
        self._plan: EnrolmentPlan | None = None
        self.plan = LinkLine("overview.plan", self)
        self.plan.clicked.connect(lambda _checked=False: self._ask_plan())
        self.statuses = LinkList("overview.statuses", self)
        self.to_do = LinkList("overview.to_do", self)
        self.ledger = PartsBar("overview.ledger", self)
        self.ledger.setAccessibleName(_("Endpoint ledger"))
        self.ledger.part_chosen.connect(lambda code: self._follow(f"outcome.{code}"))
        self._legend = QWidget(self)
        self._legend_flow = FlowLayout(self._legend, gap=4, line_gap=0)
        self.parts: dict[str, PartButton] = {}
        self.ledger_note = faint_note("overview.ledger_note", self)
        self.completeness = HeatStrip("overview.completeness", self)
        self.completeness.setAccessibleName(_("Completeness by variable and visit"))
        self.completeness.cell_chosen.connect(self._follow_cell)
        self.completeness_note = faint_note("overview.completeness_note", self)
        self.imports = LinkList("overview.imports", self)
        self.flow_section = FlowSection("overview.flow", session, self)
        self.flow = self.flow_section.chart
        self.flow_section.chosen.connect(
            lambda name, patients: self._go("patients", frozenset(patients), name)
        )

        for links in (self.statuses, self.to_do):
            links.followed.connect(self._follow)
        self.imports.followed.connect(lambda _code: self.page_asked.emit("history"))

        self._enrolment_section = Section(_("Enrolment"), self.enrolment, self.plan)
        self._status_section = Section(_("Patients by status"), self.statuses)
        self._to_do_section = Section(_("To do"), self.to_do)
        self._ledger_section = Section(_("Endpoint ledger"), self.ledger, self._legend, self.ledger_note)
        self._completeness_section = Section(
            _("Completeness by variable and visit"), self.completeness_note, self.completeness
        )
        self._imports_section = Section(_("Last imports"), self.imports)
        self._flow_section = Section(_("Flow of patients"), self.flow_section)

        content = QWidget(self)
        content.setObjectName("overview.content")
        content.setUpdatesEnabled(False)  # until it is filled and laid out: before, it would be seen squeezed
        self._content = content
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(16, 12, 16, 16)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(16)
        self._tiles = tiles
        self._columns = 0
        area = QScrollArea(self)
        area.setObjectName("overview.area")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._arrange(3)

    @classmethod
    @override
    def title(cls) -> str:
        return _("Overview")

    @override
    def show_snapshot(self, snapshot: Snapshot) -> None:
        Digest.of(self.session).ask(self, lambda overview: self._show(snapshot, overview))
        self.session.look_up(
            _("Reading the plan of enrolment"),
            read_plan,
            done=self._show_plan,
            owner=self,
            key="overview.plan",
        )

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(3 if self.width() >= _WIDE else 2)

    def _arrange(self, columns: int) -> None:
        """Place the sections for the width there is; nothing moves while that stays the same."""
        if columns == self._columns:
            return
        self._columns = columns
        grid = self._grid
        for section in (
            self._tiles,
            self._enrolment_section,
            self._status_section,
            self._to_do_section,
            self._ledger_section,
            self._completeness_section,
            self._imports_section,
            self._flow_section,
        ):
            grid.removeWidget(section)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._tiles, 0, 0, 1, columns)
        if columns == 3:
            grid.addWidget(self._enrolment_section, 1, 0)
            grid.addWidget(self._status_section, 1, 1, top)
            grid.addWidget(self._to_do_section, 1, 2, top)
        else:
            grid.addWidget(self._enrolment_section, 1, 0)
            grid.addWidget(self._to_do_section, 1, 1, top)
            grid.addWidget(self._status_section, 2, 0, top)
            grid.addWidget(self._imports_section, 2, 1, top)
        grid.addWidget(self._ledger_section, 3, 0, 1, columns)
        grid.addWidget(self._completeness_section, 4, 0, 1, columns)
        if columns == 3:
            grid.addWidget(self._imports_section, 6, 0, 1, columns)
        grid.addWidget(self._flow_section, 5, 0, 1, columns)
        for column in range(3):
            grid.setColumnStretch(column, (4, 3, 4)[column] if column < columns else 0)
        grid.setRowStretch(7, 1)

    # What it shows

    def _show(self, snapshot: Snapshot, overview: Overview) -> None:
        self._overview = overview
        self._links = {}
        self._show_tiles(snapshot, overview)
        self._show_to_do(snapshot, overview)
        self._show_statuses(overview)
        self.session.jobs.postpone(lambda: self._show_below(snapshot, overview), owner=self)

    def _show_below(self, snapshot: Snapshot, overview: Overview) -> None:
        """The pictures and lists below, in a turn of the event loop of their own."""
        if self._overview is not overview:
            return
        self._show_ledger(snapshot, overview)
        self.enrolment.show_enrolment(overview.enrolment, overview.grid.today)
        self._show_completeness(overview)
        self._show_imports(snapshot)
        self.flow.show_flow(overview.flow)
        self._show_plan(self._plan)
        self.session.jobs.postpone(lambda: self._content.setUpdatesEnabled(True), owner=self)

    def _link(self, code: str, page: str, patients: Collection[str], name: str) -> int:
        """Remember what a number leads to; gives how many patients that are."""
        self._links[code] = (page, frozenset(patients), name)
        return len(self._links[code][1])

    def _show_tiles(self, snapshot: Snapshot, overview: Overview) -> None:
        statuses = overview.statuses
        randomised = statuses.index[statuses["randomised"]]
        name = _("Randomised") if codes.RANDOMISATION_DATE in snapshot.patients else _("Included")
        self._tile("randomised", "patients", randomised, name, _("Patients with a date at day 0"))
        if snapshot.options.horizon_days is None:
            alive, tip = _("Last seen alive"), _("Not known dead; without a horizon nothing more is told")
        else:
            alive, tip = _("Alive"), _("Known alive on or after the horizon, or still in follow-up")
        self._tile("alive", "patients", overview.patients(vital="alive"), alive, tip)
        self._tile(
            "died", "patients", overview.patients(vital="dead"), _("Died"), _("Of the randomised patients")
        )
        tip = _("Not known dead and no contact on or after the horizon, withdrawn patients included")
        unknown = overview.patients(vital="unknown")
        self._tile("unknown", "ledger", unknown, _("Unknown status"), tip, look=True)
        due = overview.due
        late = due[due["state"] == "overdue"]
        tip = _("Visits whose window has closed, and nothing says that the visit took place or was missed")
        self._tile("overdue", "follow_up", late["patient"], _("Overdue"), tip, look=True, number=len(late))
        now = due[due["state"] == "due"]
        self._tile(
            "due", "follow_up", now["patient"], _("Due"), _("Visits whose window is open"), number=len(now)
        )
        number = FindingsList.count_of(overview)
        tip = _("Contradictions in the data and values outside their limits")
        self._tile("to_check", "follow_up", overview.to_check, _("To look at"), tip, look=True, number=number)

    def _tile(
        self,
        code: str,
        page: str,
        patients: Collection[str],
        text: str,
        tip: str,
        *,
        look: bool = False,
        number: int | None = None,
    ) -> None:
        count = self._link(code, page, patients, text)
        shown = count if number is None else number
        colour = theme.warning_colour() if look and shown else ""
        self.tiles[code].show_number(number_text(shown, 0), text, tip=tip, colour=colour)
        self.tiles[code].setEnabled(shown > 0)

    def _show_to_do(self, snapshot: Snapshot, overview: Overview) -> None:
        due, limits = overview.due, overview.outside_limits
        of_visit = {state: due.loc[due["state"] == state, "patient"] for state in ("overdue", "due", "soon")}
        new = limits.loc[limits["new"], "patient"]
        unknown = overview.patients(vital="unknown")
        clocks, samples = overview.logs.clocks(), overview.logs.samples_without_result()
        queries = count_open_queries(snapshot, patients=overview.statuses.index)
        open_ids = {*queries.unanswered, *queries.answered}
        asked = [query.patient for query in snapshot.reviews.queries if query.id in open_ids]
        soon = _("Visits opening within {days} days").format(days=SOON_DAYS)
        oldest = _("Open queries, the oldest of {days} days").format(days=number_text(queries.oldest_days, 0))
        lines: list[tuple[str, str, str, int, Collection[str]]] = [
            ("overdue", _("Visits overdue"), "follow_up", *_counted(of_visit["overdue"])),
            ("due", _("Visits due now"), "follow_up", *_counted(of_visit["due"])),
            ("soon", soon, "follow_up", *_counted(of_visit["soon"])),
            ("unknown", _("Unknown vital status"), "ledger", len(unknown), unknown),
            ("queries", oldest, "queries", len(asked), asked),
            ("clocks", _("Serious events to report"), "logs", len(clocks), clocks),
            ("samples", _("Samples without result"), "logs", len(samples), samples),
            ("new_limits", _("Values outside limits, last import"), "follow_up", *_counted(new)),
            ("limits", _("Values outside limits, all"), "follow_up", *_counted(limits["patient"])),
            (
                "findings",
                _("Contradictions in the data"),
                "follow_up",
                len(overview.found_of),
                overview.found_of,
            ),
        ]
        shown = []
        for name, text, page, count, patients in lines:
            if count:
                code = f"to_do.{name}"
                self._link(code, page, patients, text)
                shown.append(Line(code, text, number_text(count, 0)))
        self.to_do.fill(shown, empty=_("Nothing to do: no visit is due, no value stands out."))

    def _show_statuses(self, overview: Overview) -> None:
        counts = overview.by_status()
        most = max((count for _status, count in counts), default=1)
        lines = []
        for status, count in counts:
            code, name = f"status.{status}", status_name(status)
            self._link(code, "patients", overview.statuses.index[overview.statuses["status"] == status], name)
            colour = _STATUS_COLOURS.get(status, theme.GREY)
            lines.append(Line(code, name, number_text(count, 0), share=count / most, bar_colour=colour))
        self.statuses.fill(lines, empty=_("No patient yet. Import a spreadsheet to begin."))

    def _show_ledger(self, snapshot: Snapshot, overview: Overview) -> None:
        protocol, options = snapshot.protocol, snapshot.options
        ledger = overview.ledger.rows
        parts = []
        for outcome in OUTCOMES:
            patients = ledger.index[ledger["outcome"] == outcome]
            name = outcome_name(outcome)
            self._link(f"outcome.{outcome}", "ledger", patients, name)
            colour, pattern = _OUTCOME_LOOKS[outcome]
            parts.append(Part(outcome, name, len(patients), colour, pattern))
        self.ledger.show_parts(parts)
        self.ledger.setVisible(len(ledger) > 0)
        for part in parts:
            button = self.parts.get(part.code)
            if button is None:
                button = self.parts[part.code] = PartButton(f"overview.part.{part.code}", self._legend)
                button.clicked.connect(lambda _checked=False, code=part.code: self._follow(f"outcome.{code}"))
                self._legend_flow.addWidget(button)
            button.show_part(part)
            button.setVisible(part.count > 0)
        endpoint = protocol.endpoint(options.endpoint)
        origin = protocol.variable(options.origin)
        rule = str(endpoint.label) if endpoint is not None else options.endpoint
        start = str(origin.label) if origin is not None else options.origin
        if not len(ledger):
            note = _("No patient has a date at day 0 yet ({origin}).").format(origin=start)
        elif options.horizon_days is None:
            note = _("{endpoint}; day 0 is {origin}; no horizon.").format(endpoint=rule, origin=start)
        else:
            note = _("{endpoint}; day 0 is {origin}; horizon day {day}. Unknown is never counted as alive.")
            note = note.format(endpoint=rule, origin=start, day=options.horizon_days)
        self.ledger_note.setText(note)

    def _show_completeness(self, overview: Overview) -> None:
        shown = overview.completeness
        there = bool(len(shown.variables) and len(shown.visits))
        self.completeness.setVisible(there)
        if there:
            self.completeness.show_completeness(shown)
        share = shown.share
        if share == share:
            held, present = int(shown.held.sum()), int(shown.present.sum())
            text = ngettext(
                "{present} of {count} value due at visits held is there ({percent} %). "
                "The top of a cell is what is lacking.",
                "{present} of {count} values due at visits held are there ({percent} %). "
                "The top of a cell is what is lacking.",
                held,
            ).format(
                present=number_text(present, 0),
                count=number_text(held, 0),
                percent=number_text(int(1000 * share) / 10, 1),
            )
        elif there:
            text = _("No visit with a value has taken place yet.")
        else:
            text = _("No visit has been recorded yet.")
        if shown.never and there:
            names = ", ".join(str(variable.label) for variable in shown.never)
            text += " " + _("Due but never recorded: {variables}.").format(variables=names)
        self.completeness_note.setText(text)

    def _show_imports(self, snapshot: Snapshot) -> None:
        entries = snapshot.entries
        imports = entries[entries["kind"] == IMPORTED].tail(_IMPORTS).iloc[::-1]
        lines = []
        for row in imports.to_dict("records"):
            text = f"{row['summary']} · {time_text(str(row['at_utc']))} · {row['person']}"
            if row["withdrawn_by"]:
                text = _("{import_text} (withdrawn)").format(import_text=text)
            count = int(row["observations"])
            values = ngettext("{count} value", "{count} values", count)
            lines.append(Line(f"import.{row['number']}", text, values.format(count=number_text(count, 0))))
        self.imports.fill(lines, empty=_("Nothing has been imported yet. Drop a spreadsheet on the window."))

    # Where it leads

    def _follow(self, code: str) -> None:
        """Show the patients behind a number, on the page that says most about them."""
        page, patients, name = self._links.get(code, ("", frozenset[str](), ""))
        if patients:
            Digest.of(self.session).want(page, _WANTED.get(code, ""))
            self._go(page, patients, name)

    def _show_plan(self, plan: EnrolmentPlan | None) -> None:
        """The plan in the curve, and how far enrolment is from it."""
        self._plan = plan
        self.enrolment.show_plan(plan)
        snapshot, overview = self.session.snapshot, self._overview
        self.plan.setEnabled(self.session.as_of is None)
        if plan is None or snapshot is None or overview is None:
            self.plan.show_line(_("Set a plan of enrolment"), "")
            return
        randomised = int(overview.statuses["randomised"].sum())
        text = _("{randomised} randomised of {planned} planned by {date}").format(
            randomised=number_text(randomised, 0),
            planned=number_text(plan.planned_by(snapshot.today()), 0),
            date=date_text(snapshot.today().isoformat()),
        )
        self.plan.show_line(text, "", tip=text)

    def _ask_plan(self) -> None:
        from mirocals_desktop.ui.dialogs.enrolment_plan import EnrolmentPlanDialog

        EnrolmentPlanDialog(self.session, self._plan, self).open()

    def _follow_enrolment(self, day: str) -> None:
        """Show who was randomised in the month of a step of the curve, else who was screened in it."""
        if self._overview is None:
            return
        statuses, month = self._overview.statuses, day[:7]
        for column, name in (
            ("randomised_on", _("Randomised in {month}")),
            ("screened_on", _("Screened in {month}")),
        ):
            own = statuses.index[statuses[column].to_numpy(dtype="datetime64[M]").astype(str) == month]
            if len(own):
                self._go("patients", frozenset(own), name.format(month=date_text(month)))
                return

    def _follow_cell(self, variable: int, visit: int) -> None:
        """Show who had the visit without the value, and that visit of theirs."""
        if self._overview is None:
            return
        shown = self._overview.completeness
        patients = shown.lacking(variable, visit) if shown.due[variable, visit] else ()
        if patients:
            name = _("No {variable} at {visit}").format(
                variable=shown.variables[variable].label, visit=shown.visits[visit].label
            )
            self._go("follow_up", frozenset(patients), name)
            self.session.select(patient=min(patients), visit=shown.visits[visit].code)

    def _go(self, page: str, patients: frozenset[str], name: str) -> None:
        filters = dataclasses.replace(self.session.filters, listed=patients, list_name=name)
        self.session.set_filters(filters)
        self.page_asked.emit(page)


def _counted(patients: pd.Series[str]) -> tuple[int, Collection[str]]:
    """How many rows there are, and whose."""
    return len(patients), patients.unique().tolist()
