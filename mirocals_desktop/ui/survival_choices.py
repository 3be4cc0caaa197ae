"""What the survival page is asked: options of the study, changed with a reason, and how to look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mirocals_desktop.analysis.groups import OUTCOME, POOLED, derive_groups, grouping_choices
from mirocals_desktop.analysis.kaplan_meier import Interval
from mirocals_desktop.analysis.study_definitions import survival_origins
from mirocals_desktop.i18n import _, titled
from mirocals_desktop.protocol import codes
from mirocals_desktop.ui.dialogs.option import OptionDialog
from mirocals_desktop.ui.plots.survival_conventions import interval_name
from mirocals_desktop.ui.session import Session

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot

_LONGEST: Final = 36_525  # days that a horizon may have: a hundred years
_WIDTH: Final = 188
_MOST_TICKS: Final = 24
_OUTCOME_GROUP: Final = "outcome"  # of variables: vital status, events, and what follows from them


@dataclass(frozen=True)
class View:
    """How the page looks at the study: what is chosen and changes no number of the study itself.

    `subset` is a grouping's code and one of its levels, with the name of both; () for everybody. `days` are
    those of the axis and its rows, () for round ones.
    """

    by: str
    strata: tuple[str, ...]
    strata_name: str
    interval: Interval
    subset: tuple[str, str, str] | tuple[()]
    days: tuple[float, ...]


class SurvivalChoices(QScrollArea):
    """Endpoint, day 0 and horizon, which belong to the study; groups, strata, subset, limits, which do not.

    `view_changed` when one of the latter was chosen. The former open a dialog that asks for the reason.
    """

    view_changed = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("survival.choices")
        self._session = session
        self._filling = False
        self._asking = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFixedWidth(round(_WIDTH * session.settings.text_size / 100))
        self.viewport().setAutoFillBackground(False)
        self.endpoint = self._chooser("endpoint", _("Endpoint"))
        self.origin = self._chooser("origin", _("Day 0"))
        self.horizon = self._horizon()
        self.grouping = self._chooser("grouping", _("Groups"))
        self.strata = self._chooser("strata", _("Strata"))
        self.subset = self._chooser("subset", _("Subset"))
        self.subset.addItem(_("everybody"), "")
        self.interval = self._chooser("interval", _("Limits"))
        for interval in get_args(Interval):
            self.interval.addItem(interval_name(interval), interval)
        self.days = self._days()
        self.endpoint.activated.connect(lambda _row: self._on_option("endpoint", self.endpoint))
        self.origin.activated.connect(lambda _row: self._on_option("origin", self.origin))
        for combo in (self.grouping, self.strata, self.subset, self.interval):
            combo.currentIndexChanged.connect(self._on_view)
        inside = QWidget(self)
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(2)
        for widget, text in (
            (self.endpoint, _("Endpoint")),
            (self.origin, _("Day 0")),
            (self.horizon, _("Horizon")),
            (self.grouping, _("Groups")),
            (self.strata, _("Strata")),
            (self.subset, _("Subset")),
            (self.interval, _("Limits")),
            (self.days, _("Days of the rows")),
        ):
            label = QLabel(text, inside)
            label.setBuddy(widget)
            column.addWidget(label)
            column.addWidget(widget)
            column.addSpacing(4)
        column.addStretch(1)
        self.setWidget(inside)

    def offer(self, snapshot: Snapshot) -> None:
        """Offer what the snapshot has; a view that was chosen stays chosen where it still can."""
        self._filling = True
        protocol, options = snapshot.protocol, snapshot.options
        _fill(self.endpoint, [(e.code, str(e.label)) for e in protocol.endpoints], options.endpoint)
        _fill(self.origin, survival_origins(snapshot), options.origin)
        self.horizon.setValue(options.horizon_days or 0)
        for widget in (self.endpoint, self.origin, self.horizon):
            widget.setEnabled(self._session.as_of is None)  # what was cannot be changed
        first = self.grouping.count() == 0
        groupings = survival_groupings(snapshot)
        chosen = codes.ARM if first and snapshot.arms_visible else self.grouping.currentData()
        _fill(self.grouping, groupings, chosen)
        _fill(self.strata, _strata_choices(snapshot, groupings), self.strata.currentData())
        self.strata.setEnabled(self.grouping.currentData() != POOLED)
        self._filling = False
        self._offer_subsets(snapshot, groupings)

    def view(self) -> View:
        """What is chosen now. Strata only make sense where groups are compared, and within other groups."""
        by: str = self.grouping.currentData() or POOLED
        chosen: str = self.strata.currentData() or ""
        strata = tuple(code for code in chosen.split(",") if code and code != by and by != POOLED)
        name = self.strata.currentText() if strata else ""
        subset: tuple[str, str, str] | tuple[()] = ()
        code, _equals, level = str(self.subset.currentData() or "").partition("=")
        if code:
            subset = (code, level, self.subset.currentText())
        return View(by, strata, name, self.interval.currentData(), subset, self._read_days())

    def ask_option(self, option: str, value: Any, text: str, reasons: Sequence[str]) -> None:
        """Ask why an option of the study changes; turned away, the choices go back to what they were."""
        if self._asking:
            return
        self._asking = True
        dialog = OptionDialog(self._session, option, value, text=text, reasons=reasons, parent=self)
        dialog.finished.connect(self._on_asked)
        dialog.open()

    def _offer_subsets(self, snapshot: Snapshot, groupings: Sequence[tuple[str, str]]) -> None:
        """Offer every level of every grouping but the arms, once the worker has found them."""
        wanted = [(code, text) for code, text in groupings if code not in (POOLED, codes.ARM)]

        def work(report: Report) -> list[tuple[str, str]]:
            found = [("", _("everybody"))]
            for number, (code, text) in enumerate(wanted):
                report(number / len(wanted), text)
                groups = derive_groups(snapshot, code)
                found += [
                    (f"{code}={level}", titled(text, label))
                    for level, label, count in zip(groups.levels, groups.labels, groups.counts(), strict=True)
                    if count
                ]
            return found

        def take(found: list[tuple[str, str]]) -> None:
            if self._session.snapshot is not snapshot:
                return
            chosen = self.subset.currentData()
            self._filling = True
            _fill(self.subset, found, chosen)
            self._filling = False
            if self.subset.currentData() != chosen:
                self.view_changed.emit()

        self._session.jobs.start(
            _("Reading the groups"), work, done=take, owner=self, key="survival.subsets", quiet=True
        )

    def _read_days(self) -> tuple[float, ...]:
        """The days that were typed, in order; () where there are none or one is not a day."""
        parts = self.days.text().replace(";", " ").replace(",", " ").split()
        if not parts or not all(part.isascii() and part.isdigit() for part in parts):
            return ()
        return tuple(float(day) for day in sorted({int(part) for part in parts})[:_MOST_TICKS])

    def _on_asked(self) -> None:
        self._asking = False
        if self._session.snapshot is not None:
            self.offer(self._session.snapshot)

    def _on_view(self) -> None:
        if not self._filling:
            self.strata.setEnabled(self.grouping.currentData() != POOLED)
            self.view_changed.emit()

    def _on_option(self, option: str, combo: QComboBox) -> None:
        sentence = (
            _("The endpoint becomes “{value}”.") if option == "endpoint" else _("Day 0 becomes “{value}”.")
        )
        self._change(option, combo.currentData(), sentence.format(value=combo.currentText()))

    def _on_horizon(self) -> None:
        days = self.horizon.value() or None
        text = _("Time is cut on day {value}.").format(value=days) if days else _("Time is no longer cut.")
        self._change("horizon_days", days, text)

    def _change(self, option: str, value: Any, text: str) -> None:
        snapshot = self._session.snapshot
        if snapshot is not None and value != getattr(snapshot.options, option):
            reasons = [
                _("As the statistical analysis plan says"),
                _("Sensitivity analysis"),
                _("The protocol was amended"),
            ]
            self.ask_option(option, value, text, reasons)

    def _chooser(self, code: str, text: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(f"survival.{code}")
        combo.setAccessibleName(text)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(6)
        combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return combo

    def _days(self) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName("survival.days")
        field.setAccessibleName(_("Days of the rows"))
        field.setPlaceholderText(_("round days"))
        field.setToolTip(_("Days of the axis and of the rows below it, such as 0, 182, 365, 547"))
        field.setClearButtonEnabled(True)
        field.editingFinished.connect(self._on_days)
        self._days_shown = ""
        return field

    def _on_days(self) -> None:
        if self.days.text() != self._days_shown:
            self._days_shown = self.days.text()
            self.view_changed.emit()

    def _horizon(self) -> QSpinBox:
        field = QSpinBox(self)
        field.setObjectName("survival.horizon")
        field.setAccessibleName(_("Horizon in days"))
        field.setToolTip(_("The day at which time is cut; 0 for none"))
        field.setRange(0, _LONGEST)
        field.setSpecialValueText(_("none"))
        field.setSuffix(_(" d"))
        field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        field.setKeyboardTracking(False)
        field.setMinimumHeight(self.endpoint.sizeHint().height())
        field.editingFinished.connect(self._on_horizon)
        return field


def survival_groupings(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The groupings that survival may be compared by, code and label.

    What is only known once time has passed would compare the future with itself, so it is not offered. A
    blinded study offers all together, or classes of a marker pooled over arms, and nothing else.
    """
    offered = []
    for code, text in grouping_choices(snapshot):
        variable = snapshot.protocol.variable(code)
        late = variable is not None and variable.group == _OUTCOME_GROUP
        if not late and code not in (OUTCOME, codes.WITHDRAWAL_REASON, codes.VITAL_STATUS):
            offered.append((code, text))
    if snapshot.blinded and not snapshot.unblinded:
        return [(code, text) for code, text in offered if code == POOLED or code.startswith("class:")]
    return offered


def _strata_choices(snapshot: Snapshot, groupings: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """None, the strata that randomisation used together, and every other grouping one at a time."""
    names = dict(groupings)
    single = [(code, text) for code, text in groupings if code not in (POOLED, codes.ARM)]
    used = [code for code in snapshot.protocol.strata if code in names]
    both = [(",".join(used), " × ".join(names[code] for code in used))] if len(used) > 1 else []
    return [("", _("no strata")), *both, *single]


def _fill(combo: QComboBox, choices: Sequence[tuple[str, str]], chosen: object) -> None:
    """Offer choices; the chosen one stays, else the first is."""
    offered = [(combo.itemData(row), combo.itemText(row)) for row in range(combo.count())]
    if offered != list(choices):
        combo.clear()
        for code, text in choices:
            combo.addItem(text, code)
        popup = combo.view()
        popup.setMinimumWidth(popup.sizeHintForColumn(0) + 24)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))
