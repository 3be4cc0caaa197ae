"""What a person has set in the survival page's further views, for the proof to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mirocals_desktop.analysis.cut_point import CutScan
    from mirocals_desktop.analysis.marker_effect import Transform


@dataclass(frozen=True)
class FurtherChoices:
    """One setting for each view that has one; None where it stands as it first opens.

    `landmark` and `tau` are days, `subgroups` and `covariates` codes as their views offer them, `cuts` values
    of the marker; `searched` is what a search for the best cut has found.
    """

    landmark: int | None = None
    tau: float | None = None
    subgroups: tuple[str, ...] | None = None
    covariates: tuple[str, ...] | None = None
    cuts: tuple[float, ...] | None = None
    transform: Transform = "log"
    searched: CutScan | None = None


AS_FIRST_OPENED: Final = FurtherChoices()
