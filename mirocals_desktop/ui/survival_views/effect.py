"""The hazard ratio of the arms against a marker: a curve with its band, and what it says in sentences."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.marker_effect import MarkerEffect, estimate_marker_effect
from mirocals_desktop.analysis.study_cut import StudyCut, build_study_cut
from mirocals_desktop.analysis.times import Numeric
from mirocals_desktop.errors import AppError
from mirocals_desktop.export.table import marks
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.protocol.units import unit_text
from mirocals_desktop.ui import theme
from mirocals_desktop.ui.plots.cut_words import primary_text, value_text
from mirocals_desktop.ui.plots.survival_conventions import endpoint_text, version_text
from mirocals_desktop.ui.plots.survival_effect import EffectPlot
from mirocals_desktop.ui.plots.survival_words import chisq_text, estimate_text, p_text
from mirocals_desktop.ui.session import Session
from mirocals_desktop.ui.survival_tables import passport
from mirocals_desktop.ui.survival_views.curves import text_browser
from mirocals_desktop.ui.survival_views.frame import Answer, SurvivalView, blinded_text
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report
    from mirocals_desktop.ui.plots.canvas import Pointer

Transform = Literal["log", "none"]


@dataclass(frozen=True, eq=False)
class _Found:
    """What the worker found, or why there is nothing."""

    cut: StudyCut | None = None
    effect: MarkerEffect | None = None
    why: str = ""


class EffectView(SurvivalView):
    """The ratio as a curve, and in sentences at the median, at the planned cuts and where it crosses 1."""

    code: ClassVar[str] = "effect"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.cut: StudyCut | None = None
        self.effect: MarkerEffect | None = None
        self.plot = EffectPlot("survival.effect.plot")
        self.plot.pointed.connect(self._on_pointed)
        self.results = text_browser("survival.effect.results", _("Results in sentences"), self)
        self.results.setMinimumWidth(230)
        self.scale = QComboBox(self)
        self.scale.setObjectName("survival.effect.scale")
        self.scale.setAccessibleName(_("Marker in the model"))
        self.scale.addItem(_("its logarithm"), "log")
        self.scale.addItem(_("as it was measured"), "none")
        self.scale.currentIndexChanged.connect(self._on_scale)
        label = QLabel(_("Marker in the model"), self)
        label.setBuddy(self.scale)
        head = QHBoxLayout()
        head.addWidget(label)
        head.addWidget(self.scale)
        head.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setObjectName("survival.effect.split")
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.plot)
        split.addWidget(self.results)
        split.setStretchFactor(0, 1)
        split.setSizes([700, 280])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(split, 1)

    @override
    def show_answer(self, answer: Answer) -> None:
        assert answer.analysis is not None
        if not answer.design.arms_visible:
            self.show_nothing(blinded_text())
            return
        snapshot, table = answer.design.snapshot, answer.analysis.endpoint
        transform: Transform = self.scale.currentData()

        def work(report: Report) -> _Found:
            report(0.0, "")
            try:
                cut = build_study_cut(snapshot, table, ticks=(0.0,))
                times = replace(cut.times, covariates=(Numeric(cut.marker, cut.values),))
                return _Found(cut, estimate_marker_effect(times, cut.marker, transform=transform))
            except AppError as error:
                return _Found(why=f"{error.message} {error.hint}".strip())

        self.compute(_("Computing the hazard ratio"), work, self._take)

    @override
    def show_nothing(self, why: str) -> None:
        self.cut = self.effect = None
        self.plot.show_nothing(why)
        self.results.setPlainText("")
        self.scale.setEnabled(False)

    @override
    def chosen(self) -> dict[str, Any]:
        return {} if self.effect is None else {"transform": self.scale.currentData()}

    def sentence(self, value: float) -> str:
        """The ratio at a value of the marker, with how many patients have less."""
        cut, effect = self.cut, self.effect
        if cut is None or effect is None or not effect.values[0] <= value <= effect.values[-1]:
            return ""
        here = effect.at(value)
        known = cut.live.marker
        below = int(np.count_nonzero(known < value))
        patients = ngettext(
            "{count} of {total} patients has less", "{count} of {total} patients have less", below
        ).format(count=number_text(below, 0), total=number_text(len(known), 0))
        return _("{value}: HR {ratio}; {patients}").format(
            value=value_text(cut, value),
            ratio=estimate_text(here.hr, here.lower, here.upper, 2),
            patients=patients,
        )

    def _take(self, found: _Found) -> None:
        cut, effect, answer = found.cut, found.effect, self.answer
        if cut is None or effect is None or answer is None or answer.analysis is None:
            self.show_nothing(found.why)
            self.scale.setEnabled(True)
            return
        self.cut, self.effect = cut, effect
        self.scale.setEnabled(True)
        title = f"{cut.label} ({unit_text(cut.unit)})" if cut.unit else cut.label
        self.plot.show_effect(effect, cut.live.marker, title=title, pinned=cut.pinned, decimals=cut.decimals)
        lines = effect_lines(cut, effect)
        self.results.setHtml(
            "".join(
                f"<p>{_heading(head)}{'<br>'.join(html.escape(one) for one in body)}</p>"
                for head, body in lines
            )
        )
        snapshot = answer.design.snapshot
        self.plot.caption = _("Hazard ratio against {marker}").format(marker=cut.label)
        said = " ".join(text for _head, body in lines for text in body)
        self.plot.footnote = "\n".join(
            filter(
                None,
                (
                    " · ".join((*marks(snapshot), passport(snapshot))),
                    answer.design.subset,
                    said,
                    f"{endpoint_text(answer.analysis)} {version_text()}",
                ),
            )
        )
        self.plot.setAccessibleDescription(said)

    def _on_scale(self) -> None:
        if self.answer is not None:
            self.show_answer(self.answer)

    def _on_pointed(self, pointer: Pointer | None) -> None:
        self.plot.say("" if pointer is None else self.sentence(pointer.x))


def effect_lines(cut: StudyCut, effect: MarkerEffect) -> list[tuple[str, list[str]]]:
    """What the model says: headings with sentences, the comparison over all patients first."""
    places = [(_("median"), effect.at_median)]
    seen = (float(effect.values[0]), float(effect.values[-1]))
    places += [(_("planned cut"), effect.at(value)) for value in cut.pinned if seen[0] <= value <= seen[1]]
    at = [
        _("{value} ({what}): HR {ratio}").format(
            value=value_text(cut, here.value),
            what=what,
            ratio=estimate_text(here.hr, here.lower, here.upper, 2),
        )
        for what, here in places
    ]
    span = _("{low} to {high}").format(low=number_text(seen[0], cut.decimals), high=value_text(cut, seen[1]))
    crossing = (
        _("The ratio is on one side of 1 at all values seen, {span}.").format(span=span)
        if effect.crossing is None
        else _("The ratio crosses 1 at {value}.").format(value=value_text(cut, effect.crossing))
    )
    coef = effect.interaction.coef or 0.0
    if effect.transform == "log":
        slope = _("Each doubling of {marker} multiplies the ratio by {factor}.").format(
            marker=cut.label, factor=number_text(math.exp(coef * math.log(2)), 3)
        )
    else:
        slope = _("Each {unit} more of {marker} multiplies the ratio by {factor}; not centred.").format(
            unit=unit_text(cut.unit), marker=cut.label, factor=number_text(math.exp(coef), 5)
        )
    model = _(
        "Cox model of arm, {scale} and their product: {n} patients, {events} events, Efron ties. Band: "
        "95 % limits at each value."
    ).format(
        scale=_("logarithm of {marker}").format(marker=cut.label) if effect.transform == "log" else cut.label,
        n=number_text(effect.model.n, 0),
        events=number_text(effect.model.events, 0),
    )
    lines = [
        (_("Hazard ratio of {arm}").format(arm=effect.arm), at),
        ("", [crossing, slope]),
        (
            _("Interaction"),
            [
                _("{p} (likelihood ratio, {chisq})").format(
                    p=p_text(effect.lr_p), chisq=chisq_text(effect.lr_chisq, 1)
                )
            ],
        ),
        (_("Model"), [model, *cut.notes]),
    ]
    if cut.primary is not None:
        lines.insert(0, (_("Primary analysis"), [primary_text(cut.primary)]))
    return lines


def _heading(text: str) -> str:
    return f'<span style="color:{theme.faint_colour()}">{html.escape(text)}</span><br>' if text else ""
