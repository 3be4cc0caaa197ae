"""Which recipe the files of an import are read by, what has changed since, and recipes kept as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.progress import Report
from mirocals_desktop.ui import ask, theme

if TYPE_CHECKING:
    from mirocals_desktop.importing.mending import IssueGroup
    from mirocals_desktop.importing.recipe import Recipe
    from mirocals_desktop.importing.review import Review
    from mirocals_desktop.ui.dialogs.import_work import Made
    from mirocals_desktop.ui.session import Session

_DRIFT: Final = "drift-"


class RecipeLine(QWidget):
    """Says first what is not as in earlier files; `menu` stands elsewhere and opens and writes recipes.

    `chosen(Recipe)` when the files are to be read by one, an empty one for none; `told(text)` and
    `refused(error)` when one was written, or could not be read or written.
    """

    chosen = Signal(object)
    told = Signal(str)
    refused = Signal(object)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("import.recipe")
        self._session = session
        self._review: Review | None = None
        self._asked = ""
        self.text = QLabel(self)
        self.text.setObjectName("import.recipe.text")
        self.text.setWordWrap(True)
        self.menu = QToolButton(parent)
        self.menu.setObjectName("import.recipe.menu")
        self.menu.setText(_("Recipe"))
        self.menu.setToolTip(_("How files of one shape are read: kept with the study, and as a file"))
        self.menu.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.menu.setStyleSheet(
            "QToolButton { padding: 4px 18px 4px 8px; }"
        )  # the arrow stands beside the text
        self.menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        acts = QMenu(self.menu)
        acts.addAction(_("Read the files by a recipe…"), self.open_recipe)
        acts.addAction(_("Save the answers as a recipe…"), self.save_recipe)
        self._without = acts.addAction(_("Read the files without a recipe"), self.forget_recipe)
        self.menu.setMenu(acts)
        self.menu.setEnabled(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        self.hide()

    def show_made(self, made: Made) -> None:
        """Say which recipe knows the files, and how they differ from it."""
        self._review = made.review
        known = made.review.plan.recipe
        drift = [group for group in made.problems.groups if group.code.startswith(_DRIFT)]
        self.text.setText(recipe_sentence(known, drift, asked=self._asked))
        warned = any(group.severity != "note" for group in drift) or bool(self._asked and not known)
        self.text.setStyleSheet(f"color: {theme.warning_colour() if warned else theme.faint_colour()};")
        self.setVisible(bool(self.text.text()))
        self._without.setEnabled(bool(known))
        self.menu.setEnabled(True)

    def open_recipe(self) -> None:
        """Ask for a recipe that was kept as a file, and read the files by it."""

        def read(paths: list[Path]) -> None:
            from mirocals_desktop.importing.recipe import read_recipe

            try:
                recipe = read_recipe(paths[0])
            except AppError as error:
                self.refused.emit(error)
                return
            self._choose(recipe, paths[0].name)

        ask.files_to_open(
            self.window(),
            read,
            title=_("Read the files by a recipe"),
            kinds=[_("Recipes (*.json)")],
            folder=str(self._session.folder_for("import")),
        )

    def forget_recipe(self) -> None:
        """Read the files as if none of their shape had been seen."""
        from mirocals_desktop.importing.recipe import Recipe

        self._choose(Recipe("", (), {}), "")

    def _choose(self, recipe: Recipe, name: str) -> None:
        self._asked = name
        self.chosen.emit(recipe)

    def save_recipe(self) -> None:
        """Ask where to keep what was answered, and write it."""
        review = self._review
        if review is None:
            return

        def write(path: Path) -> None:
            def work(_report: Report) -> Path:
                from mirocals_desktop.importing.recipe import write_recipe

                write_recipe(review.recipe(path.stem).for_other_files(), path)
                return path

            self._session.jobs.start(
                _("Writing {name}").format(name=path.name),
                work,
                done=lambda written: self.told.emit(_("{name} was written.").format(name=written.name)),
                failed=self.refused.emit,
                owner=self,
            )

        name = Path(review.plan.sources[0].workbook.name).stem
        ask.file_to_save(
            self.window(),
            write,
            title=_("Save the answers as a recipe"),
            kinds=[_("Recipes (*.json)")],
            proposal=self._session.folder_for("import") / f"{name}.json",
        )


def recipe_sentence(known: str, drift: list[IssueGroup], *, asked: str = "") -> str:
    """Which recipe the files are read by, and what changed since; "" where none was asked for or fits."""
    if not known:
        return _("The recipe {name} knows no table of these files.").format(name=asked) if asked else ""
    if not drift:
        return _("Read as {recipe} was; nothing has changed in its shape.").format(recipe=known)
    return _("Read as {recipe} was. Since then: {changes}.").format(
        recipe=known, changes=", ".join(group.title for group in drift)
    )
