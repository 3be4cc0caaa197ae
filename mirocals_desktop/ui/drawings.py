"""The line drawings in `resources/icons`, painted in a colour: of them `icons` makes icons.

The first paint shows drawings, so they do without icons, painters and readers of images, which take long to
make.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from PySide6.QtGui import QPixmap

from mirocals_desktop.resources import resource_path

_DRAWN: Final = 'width="24" height="24"'  # as every drawing says; Qt paints it as large as it says


@cache
def read_drawing(name: str) -> str:
    """The text of `resources/icons/<name>.svg`. Raises FileNotFoundError when there is none."""
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def paint_drawing(name: str, colour: str, side: int) -> QPixmap:
    """The drawing in a colour such as "#1E2429", `side` pixels of the screen wide and high."""
    drawing = read_drawing(name).replace("currentColor", colour)
    painted = QPixmap()
    painted.loadFromData(drawing.replace(_DRAWN, f'width="{side}" height="{side}"').encode())
    return painted
