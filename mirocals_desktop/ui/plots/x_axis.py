"""The x axis that all axes of a canvas share: the part of it that is shown, and what stands at its ticks.

Places are as drawn (the logarithm on a log axis); data are what the page gave.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtGui import QFontMetricsF

from mirocals_desktop.ui.plots.axes import Range
from mirocals_desktop.ui.plots.frame import GAP
from mirocals_desktop.ui.plots.ticks import Tick, log_ticks, named_ticks, number_ticks

_EDGE: Final = 0.012  # of the range, left free at both ends


class XAxis:
    """Title, limits and names; `home` is the whole of the axis and `range` what is shown, as places."""

    def __init__(self) -> None:
        self.title = ""
        self.log = self.whole = False
        self.limits: Range | None = None
        self.names: tuple[tuple[float, str], ...] | None = None
        self.home: Range = (0.0, 1.0)
        self.range: Range = (0.0, 1.0)

    def describe(
        self,
        title: str,
        *,
        limits: Range | None,
        names: Sequence[tuple[float, str]] | None,
        log: Literal["linear", "log"],
        whole: Literal["any", "whole"],
    ) -> None:
        """Title, limits in data (None: from what is drawn), or named places such as visits."""
        self.title, self.limits = title, limits
        self.names = None if names is None else tuple(names)
        self.log, self.whole = log == "log", whole == "whole"

    def place(self, x: float) -> float:
        """Where a datum is drawn; NaN for what a log axis has no place for."""
        if not self.log:
            return x
        return math.log10(x) if x > 0 else math.nan

    def datum(self, place: float) -> float:
        """The datum that is drawn at a place."""
        return 10**place if self.log else place

    def fit(self, spans: Sequence[Range]) -> None:
        """Take the whole range from limits or data; keep the part that was shown if the whole is the same."""
        if self.limits is not None:
            low, high = (self.place(limit) for limit in self.limits)
        elif self.names is not None:
            low, high = -0.5, max(len(self.names), 1) - 0.5
        else:
            known = [span for span in spans if not math.isnan(span[0])]
            low = min((span[0] for span in known), default=0.0)
            high = max((span[1] for span in known), default=1.0)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        edge = 0.0 if self.names is not None else (high - low) * _EDGE
        home = (low - edge, high + edge)
        if home != self.home:
            self.home = self.range = home

    def ticks(self, width: float, metrics: QFontMetricsF) -> Sequence[Tick]:
        """The ticks that a width in pixels has room for."""
        low, high = self.range
        if self.names is not None:
            widest = max((metrics.horizontalAdvance(text) for _x, text in self.names), default=1.0) + GAP
            return named_ticks(self.names, low, high, max(1, int(width / widest)))
        sample = metrics.horizontalAdvance("00 000") + 2 * GAP
        most = max(2, int(width / sample))
        if self.log:
            return log_ticks(low, high, most)
        return number_ticks(low, high, most, whole=self.whole)
