"""Room for a part of a page that is made when it is first seen, so that the page itself is there at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from mirocals_desktop.ui.column_memory import watch_columns
from mirocals_desktop.ui.session import Session

W = TypeVar("W", bound=QWidget)


class WhenSeen(QWidget, Generic[W]):
    """Holds what `make(parent)` gives, made when the room is shown or `content` is asked for."""

    def __init__(self, make: Callable[[QWidget], W], session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._make = make
        self._session = session
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def is_made(self) -> bool:
        """Whether the content is there."""
        return "content" in self.__dict__

    @cached_property
    def content(self) -> W:
        """The content, made now if it was never seen."""
        made = self._make(self)
        self._column.addWidget(made)
        watch_columns(self, self._session)
        return made

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.is_made:
            self.content.show()
