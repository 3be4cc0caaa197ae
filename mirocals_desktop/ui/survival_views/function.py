"""CAFS: survival and function ranked together, the comparison of the arms, and every patient's rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.analysis.cafs import CafsResult, check_cafs, study_cafs
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui.plots.survival_words import decimal_text, p_number, p_text
from mirocals_desktop.ui.session import Selection
from mirocals_desktop.ui.survival_views.captions import caption
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer, blinded_text
from mirocals_desktop.ui.table import Column, TableView
from mirocals_desktop.ui.values import number_text

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report


class FunctionView(ComputedView[CafsResult]):
    """The comparison in sentences and in a table, the patients below it from the worst rank to the best."""

    code: ClassVar[str] = "function"

    @override
    def build(self, body: QWidget) -> None:
        self.summary = QLabel(body)
        self.summary.setObjectName("survival.function.summary")
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = TableView("survival.function.table", _("CAFS comparison"), body)
        self.patients = TableView("survival.function.patients", _("Ranks of the patients"), body)
        self.patients.selected.connect(self._on_patient)
        self.patients.activated.connect(self.open_patient)
        self.footnote = caption("survival.function.footnote", body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.summary)
        column.addWidget(self.table, 2)
        column.addWidget(self.patients, 3)
        column.addWidget(self.footnote)

    @override
    def title(self) -> str:
        return _("Ranking survival and function")

    @override
    def refusal(self, answer: Answer) -> str:
        assert answer.analysis is not None
        if not answer.design.arms_visible:
            return blinded_text()
        try:
            check_cafs(answer.design.snapshot, answer.analysis.times.group)
        except AppError as error:
            return error.message
        return ""

    @override
    def work(self, answer: Answer) -> Callable[[Report], CafsResult]:
        analysis, snapshot = answer.analysis, answer.design.snapshot
        assert analysis is not None

        def rank(report: Report) -> CafsResult:
            return study_cafs(snapshot, analysis.endpoint, analysis.times.group, report=report).result

        return rank

    @override
    def clear(self) -> None:
        self.summary.setText("")
        self.footnote.setText("")
        self.table.show_columns([])
        self.patients.show_columns([])

    @override
    def show_found(self, answer: Answer, found: CafsResult) -> None:
        analysis = answer.analysis
        assert analysis is not None
        self.summary.setText("\n".join(cafs_lines(found)))
        note = _(
            "Every pair is compared: both had the event, the later one wins; one had it, the other wins if "
            "followed that long; else the smaller fall of the ALSFRS-R at the last visit both were seen. "
            "Day 0 is {origin}, the event is {endpoint}."
        ).format(origin=analysis.endpoint.origin_label, endpoint=analysis.endpoint.endpoint_label)
        self.footnote.setText(" ".join(filter(None, (answer.design.subset, note, *found.notes))))
        self.table.show_columns(cafs_columns(found))
        group = analysis.times.group
        assert group is not None
        arm_of = {
            patient: group.levels[code]
            for patient, code in zip(analysis.times.patients, group.codes.tolist(), strict=True)
            if code >= 0
        }
        order = np.argsort(found.ranks, kind="stable")
        names = [found.patients[place] for place in order]
        self.patients.show_columns(
            [
                Column("patient", _("Patient"), np.array(names, dtype=object)),
                Column("group", _("Group"), np.array([arm_of[name] for name in names], dtype=object)),
                Column("rank", _("Rank (1 is worst)"), found.ranks[order], 1),
                Column("score", _("Wins less losses"), found.scores[order], 0),
            ],
            names,
        )

    @override
    def show_selection(self, selection: Selection) -> None:
        self.patients.select(selection.patient)

    def _on_patient(self, patient: str) -> None:
        self.session.select(patient=patient)


def cafs_lines(result: CafsResult) -> list[str]:
    """The rank test, the adjusted comparison, and who wins the pairs."""
    pairs = result.wins + result.losses + result.draws
    lines = [
        _("Mean rank: {arm} {first}, {reference} {second}; rank-sum test {p}.").format(
            arm=result.arm,
            first=decimal_text(result.mean_rank[1], 1),
            reference=result.reference,
            second=decimal_text(result.mean_rank[0], 1),
            p=p_text(result.rank_sum_p),
        )
    ]
    if result.ancova_effect is None:
        lines.append(_("Rank ANCOVA with the baseline ALSFRS-R: not estimable."))
    else:
        text = _("Rank ANCOVA with the baseline ALSFRS-R: difference of ranks {effect} (SE {se}), {p}.")
        lines.append(
            text.format(
                effect=decimal_text(result.ancova_effect, 1),
                se="–" if result.ancova_se is None else decimal_text(result.ancova_se, 1),
                p=p_text(result.ancova_p),
            )
        )
    text = _(
        "Of {pairs} pairs a patient of {arm} does better in {wins}, worse in {losses}, {draws} are draws."
    )
    lines.append(
        text.format(
            pairs=number_text(pairs, 0),
            arm=result.arm,
            wins=number_text(result.wins, 0),
            losses=number_text(result.losses, 0),
            draws=number_text(result.draws, 0),
        )
    )
    return lines


def cafs_columns(result: CafsResult) -> list[Column]:
    """One number a row."""
    rows: list[tuple[str, float | None, int]] = [
        (_("Patients, {arm}").format(arm=result.arm), result.n[1], 0),
        (_("Patients, {arm}").format(arm=result.reference), result.n[0], 0),
        (_("Mean rank, {arm}").format(arm=result.arm), result.mean_rank[1], 2),
        (_("Mean rank, {arm}").format(arm=result.reference), result.mean_rank[0], 2),
        (_("Rank-sum test, z"), result.rank_sum_z, 4),
        (_("Rank-sum test, p"), result.rank_sum_p, -1),
        (_("Rank ANCOVA, difference of ranks"), result.ancova_effect, 4),
        (_("Rank ANCOVA, standard error"), result.ancova_se, 4),
        (_("Rank ANCOVA, p"), result.ancova_p, -1),
        (_("Pairs won"), result.wins, 0),
        (_("Pairs lost"), result.losses, 0),
        (_("Pairs drawn"), result.draws, 0),
    ]
    return [
        Column("what", _("Number"), np.array([row[0] for row in rows], dtype=object)),
        Column("value", _("Value"), np.array(_texts(rows), dtype=object)),
    ]


def _texts(rows: Sequence[tuple[str, float | None, int]]) -> list[str]:
    texts = []
    for _what, value, decimals in rows:
        if value is None or value != value:
            texts.append(_("not estimable"))
        else:
            texts.append(p_number(value) if decimals < 0 else decimal_text(value, decimals))
    return texts
