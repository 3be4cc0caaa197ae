"""The diagram of the patients' flow with the button that sends it on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.ui import ask
from mirocals_desktop.ui.errors import show_error
from mirocals_desktop.ui.icons import icon
from mirocals_desktop.ui.plots.flow_chart import FlowChart
from mirocals_desktop.ui.plots.passport import footnote, record_export
from mirocals_desktop.ui.session import Session


class FlowSection(QWidget):
    """The diagram. `chosen(name, patients)` with the name and the patients of a box that was clicked."""

    chosen = Signal(str, object)

    def __init__(self, name: str, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}.section")
        self._session = session
        self.chart = FlowChart(name, self)
        self.chart.box_chosen.connect(self._on_box_chosen)
        self.button = QToolButton(self)
        self.button.setObjectName(f"{name}.export")
        self.button.setText(_("Export the diagram…"))
        self.button.setIcon(icon("export"))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setAutoRaise(True)
        self.button.clicked.connect(lambda _checked=False: self._ask())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chart)
        layout.addWidget(self.button)

    def _on_box_chosen(self, name: str, patients: tuple[str, ...]) -> None:
        text = next(box.lines[0] for box in self.chart.drawing.boxes if box.name == name)
        words = text.rpartition(":")[0].strip() or text
        group = name.rpartition(".")[0]
        if group and group not in words:
            words = _("{group}: {name}").format(group=group, name=words)
        self.chosen.emit(words, patients)

    def _ask(self) -> None:
        """Ask where, and write the diagram."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return

        def write(path: Path) -> None:
            from mirocals_desktop.export.target import write_whole

            try:
                with write_whole(path) as temporary:
                    self.chart.write(
                        temporary, caption=_("Flow of patients"), footnote=footnote(snapshot, [])
                    )
            except AppError as error:
                show_error(self, error)
                return
            record_export(self._session, path)

        ask.file_to_save(
            self,
            write,
            title=_("Export the diagram"),
            kinds=[_("PDF (*.pdf)"), _("SVG (*.svg)"), _("PNG (*.png)")],
            proposal=self._session.folder_for("figure") / (_("flow of patients") + ".pdf"),
        )
