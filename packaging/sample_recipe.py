"""Write the sample study's import recipe: what a coordinator answers to the questions its files raise.

    python packaging/sample_recipe.py          writes resources/sample/recipe.json, after `sample_study.py`

Everything else in the files is clear to the import. A question that is not answered here stops the writing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from mirocals_desktop.importing.commit import commit, review_import
from mirocals_desktop.importing.reader.guard import read_workbook
from mirocals_desktop.importing.recipe import Recipe, TableShape, write_recipe
from mirocals_desktop.protocol.reader import protocol_text
from mirocals_desktop.resources import resource_path
from mirocals_desktop.sample import FILES
from mirocals_desktop.study.study import Study

ANSWERS = {
    # The stratum repeats country and site of onset.
    "column|randomisation|strate": "left_out",
    # One patient's id without its hyphen; another that nobody knows.
    "patient-id|fr2022": "is:FR02-022",
    "patient-id|uk7·99": "apart",
    # A sample measured twice, and two dates with the month first: the first reading stands until it is asked.
    "conflict|lcr|ccl2_csf": "first",
    "conflict|flow cytometry|visit_date": "first",
    # Headings of the logs that say less than they mean.
    "column|adverse events|criterion": "var:ae_seriousness_criterion",
    "column|adverse events|outcome": "var:ae_outcome",
    "column|adverse events|team aware": "var:ae_aware_date",
    "column|doses|cycle": "var:dose_cycle",
    "column|doses|first day": "var:dose_date",
    "column|doses|given": "var:dose_taken",
    "unit|doses|dose miu": "MIU",
    "column|samples|visit": "var:sample_visit",
}


def make_sample_recipe(folder: Path) -> Recipe:
    """Import the sample's files one after the other with the answers, and keep the shapes of their tables."""
    tables: list[TableShape] = []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "recipe.mirocals"
        with Study.create(
            path, protocol_text("mirocals"), title="recipe", person="packaging", role="data manager"
        ) as study:
            for name in FILES:
                review = review_import(study, (read_workbook(folder / name),), answers=ANSWERS)
                questions = review.open_questions
                if questions:
                    lines = [f"{q.id}: {q.text} {[option.code for option in q.options]}" for q in questions]
                    raise SystemExit(f"{name} raises questions:\n" + "\n".join(lines))
                tables += review.recipe(name).tables
                commit(study, review)
    return Recipe("Sample study", tuple(tables), ANSWERS)


if __name__ == "__main__":
    sample = resource_path("sample")
    write_recipe(make_sample_recipe(sample), sample / "recipe.json")
