"""The views of the survival page, in the order of their names in the row; `frame` tells how to add one."""

from __future__ import annotations

from typing import Final

from mirocals_desktop.i18n import N_
from mirocals_desktop.ui.survival_views.frame import ViewPlace

_HERE: Final = "mirocals_desktop.ui.survival_views"

VIEWS: Final[tuple[ViewPlace, ...]] = (
    ViewPlace("curves", N_("Curves"), f"{_HERE}.curves", "CurvesView"),
    ViewPlace("cut", N_("Live cut"), f"{_HERE}.cut", "CutView"),
    ViewPlace("effect", N_("HR by marker"), f"{_HERE}.effect", "EffectView"),
    ViewPlace("numbers", N_("Numbers"), f"{_HERE}.numbers", "NumbersView"),
    ViewPlace("subgroups", N_("Subgroups"), f"{_HERE}.subgroups", "SubgroupsView"),
    ViewPlace("unknowns", N_("Unknowns"), f"{_HERE}.unknowns", "UnknownsView"),
    ViewPlace("proof", N_("Proof"), f"{_HERE}.proof", "ProofView"),
    ViewPlace("hazards", N_("PH check"), f"{_HERE}.hazards", "HazardsView"),
    ViewPlace("adjusted", N_("Adjusted"), f"{_HERE}.adjusted", "AdjustedView"),
    ViewPlace("means", N_("RMST"), f"{_HERE}.means", "MeansView"),
    ViewPlace("definitions", N_("Definitions"), f"{_HERE}.definitions", "DefinitionsView"),
    ViewPlace("robustness", N_("Robustness"), f"{_HERE}.robustness", "RobustnessView"),
    ViewPlace("incidence", N_("Incidence"), f"{_HERE}.incidence", "IncidenceView"),
    ViewPlace("landmark", N_("Landmark"), f"{_HERE}.landmark", "LandmarkView"),
    ViewPlace("function", N_("CAFS"), f"{_HERE}.function", "FunctionView"),
    ViewPlace("steps", N_("Steps"), f"{_HERE}.numbers", "StepsView"),
    ViewPlace("patients", N_("Patients"), f"{_HERE}.numbers", "PatientsView"),
)
