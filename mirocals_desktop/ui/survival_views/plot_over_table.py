"""A computed view of curves to a day: what they say above, the plot over its table, the conventions below."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.ui.plots.canvas import Pointer
from mirocals_desktop.ui.plots.survival_steps import StepsPlot
from mirocals_desktop.ui.survival_views.captions import caption, dress
from mirocals_desktop.ui.survival_views.computed import ComputedView
from mirocals_desktop.ui.survival_views.frame import Answer
from mirocals_desktop.ui.table import TableView

F = TypeVar("F")


class PlotOverTable(ComputedView[F]):
    """A subclass calls `arrange` in `build`, answers the pointer in `sentence`, and fills the widgets."""

    def arrange(
        self,
        body: QWidget,
        *,
        plot: str,
        table: str,
        control: QWidget | None = None,
        table_name: str = "table",
        heights: tuple[int, int] = (340, 150),
    ) -> None:
        """Make `summary`, `plot`, `table` and `footnote` inside `body`.

        `plot` and `table` are what a screen reader calls them; `control` stands before the summary;
        `heights`, in pixels, are theirs until somebody moves the border between them.
        """
        name = f"survival.{self.code}"
        self.summary = QLabel(body)
        self.summary.setObjectName(f"{name}.summary")
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.plot = StepsPlot(f"{name}.plot", plot)
        self.plot.pointed.connect(lambda pointer: self.plot.say(self.sentence(pointer)))
        self.table = TableView(f"{name}.{table_name}", table, body)
        self.plot.table_asked.connect(self.table.view.setFocus)
        split = QSplitter(Qt.Orientation.Vertical, body)
        split.setObjectName(f"{name}.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self.plot)
        split.addWidget(self.table)
        split.setSizes(list(heights))
        self.footnote = caption(f"{name}.footnote", body)
        head = QHBoxLayout()
        if control is not None:
            head.addWidget(control)
        head.addWidget(self.summary, 1)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(split, 1)
        column.addWidget(self.footnote)

    def sentence(self, pointer: Pointer | None) -> str:
        """What there is to say of where the pointer is; "" for nothing."""
        raise NotImplementedError

    def tell_conventions(self, answer: Answer, note: str) -> None:
        """Put the subset and the conventions below the plot, and with the study below its picture."""
        self.footnote.setText(" ".join(filter(None, (answer.design.subset, note))))
        dress(self.plot, answer, self.code, note)

    def empty(self, why: str) -> None:
        """Take everything off the widgets and say why there is nothing."""
        self.summary.setText("")
        self.footnote.setText("")
        self.plot.show_nothing(why)
        self.table.show_columns([], empty=why)

    @override
    def clear(self) -> None:
        self.empty("")
