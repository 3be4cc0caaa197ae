"""The sample study: a synthetic trial, made from its spreadsheets by the ordinary import.

The spreadsheets, the answers to the import's questions and the list of what is wrong with them on purpose are
in `resources/sample`; `docs/sample-study.md` says where they come from. Nothing here knows their content.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.importing.commit import commit, review_import
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.importing.recipe import read_recipe
from mirocals_desktop.progress import Report, ignore, part
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.resources import resource_path
from mirocals_desktop.study.study import Study

FILES: Final = (
    "synthetic_patients.xlsx",
    "synthetic_vital_status.xlsx",
    "synthetic_visits.xlsx",
    "synthetic_biobank_lab.xlsx",
    "synthetic_logs.xlsx",
)
"""In the order in which a coordinator would import them: who the patients are comes first."""

DATA_CUT: Final = "2026-06-30"
PERSON: Final = "Sample study"


def make_sample(
    path: Path, *, person: str = PERSON, role: str = "central coordinator", report: Report = ignore
) -> Study:
    """Make the sample study in a new file and give it open. AppError when the file cannot be made.

    Each spreadsheet is an import of its own, an entry that can be looked at and withdrawn. When anything
    fails, or the report stops it, no file is left.
    """
    study = Study.create(
        path,
        protocol_text("mirocals"),
        title=_("MIROCALS sample study (synthetic)"),
        person=person,
        role=role,
        synthetic=True,
    )
    try:
        recipe = read_recipe(resource_path("sample", "recipe.json"))
        share = 0.95 / len(FILES)
        for number, name in enumerate(FILES):
            step = part(report, number * share, (number + 1) * share)
            workbook = read_workbook(resource_path("sample", name), report=part(step, 0.0, 0.3))
            review = review_import(study, (workbook,), recipe=recipe, report=part(step, 0.3, 0.7))
            if review.open_questions:
                raise AppError(
                    _("The sample study's recipe does not answer: {question}").format(
                        question=review.open_questions[0].text
                    ),
                    hint=_("The program's files are not whole. Install it again."),
                )
            commit(study, review, report=part(step, 0.7, 1.0))
        study.set_option("data_cut", DATA_CUT, reason=_("the day on which the sample's data end"))
        report(1.0, "")
    except BaseException:
        study.close()
        path.unlink(missing_ok=True)
        raise
    return study
