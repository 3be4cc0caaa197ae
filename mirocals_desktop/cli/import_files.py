"""`import`: take spreadsheets into a study, or say what they would do and what must be answered."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mirocals_desktop.cli.access import known_passphrase, open_whole
from mirocals_desktop.cli.answers import answer, progress
from mirocals_desktop.cli.arguments import add_json, add_signature, add_study
from mirocals_desktop.cli.commands import DONE, NEEDS_ANSWERS
from mirocals_desktop.i18n import _, ngettext
from mirocals_desktop.progress import Report

if TYPE_CHECKING:
    from mirocals_desktop.importing.grid import Workbook

_SPREADSHEET_SECRET: Final = "MIROCALS_SPREADSHEET_PASSWORD"  # noqa: S105 (the name of a variable)
_MOST_CHOICES: Final = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The study, the files, what answers the questions about them, and who signs."""
    add_study(parser)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help=_("spreadsheets to take in"))
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help=_("what the columns mean, from an earlier import")
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("say what the import would do, and write nothing")
    )
    parser.add_argument(
        "--accept-suggestions", action="store_true", help=_("answer every question as the program suggests")
    )
    parser.add_argument(
        "--answer",
        type=_pair,
        action="append",
        default=[],
        metavar="ID=CHOICE",
        help=_("answer one question"),
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("why stored values are replaced"))
    parser.add_argument(
        "--save-recipe", type=Path, metavar="FILE", help=_("keep the answers for the next file of this shape")
    )
    parser.add_argument(
        "--unlock", type=Path, metavar="FILE", help=_("its first line is the password of locked spreadsheets")
    )
    add_signature(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Review the files, and take them in unless something is asked; gives the exit code."""
    from mirocals_desktop.importing.commit import accept_suggestions, commit, preview, review_import
    from mirocals_desktop.importing.recipe import read_recipe, write_recipe
    from mirocals_desktop.importing.summary import summarise_import

    report = progress()
    recipe = read_recipe(options.recipe) if options.recipe else None
    with open_whole(options.study, options) as study:
        workbooks = [_read_spreadsheet(path, options, report) for path in options.files]
        review_files = accept_suggestions if options.accept_suggestions else review_import
        review = review_files(study, workbooks, answers=dict(options.answer), recipe=recipe, report=report)
        if review.open_questions:
            summary = summarise_import(review, study.snapshot())
            told = _issue_lines(summary["issues"], kind="" if options.dry_run else "drift")
            counts = [_counts_line(summary)] if options.dry_run else []
            answer(options, summary, "\n".join([*counts, *told, *_questions_lines(summary["questions"])]))
            return NEEDS_ANSWERS
        entry = 0
        if options.save_recipe:
            write_recipe(review.recipe(options.save_recipe.stem), options.save_recipe)
        if options.dry_run:
            snapshot = preview(study, review, report=report)
        else:
            entry = commit(study, review, reason=options.reason, report=report)
            snapshot = study.snapshot(report=report)
        summary = summarise_import(review, snapshot, entry=entry)
    answer(options, {**summary, "dry_run": options.dry_run}, _import_text(summary, entry=entry))
    return DONE


def _read_spreadsheet(path: Path, options: argparse.Namespace, report: Report) -> Workbook:
    """The workbook; the password of a locked one comes from a file, the environment or the terminal."""
    from mirocals_desktop.importing.reader.guard import PasswordNeeded, read_workbook

    password = known_passphrase(_SPREADSHEET_SECRET, options.unlock)
    try:
        return read_workbook(path, password=password, report=report)
    except PasswordNeeded:
        if password is not None or not sys.stdin.isatty():
            raise
    asked = getpass.getpass(_("Password for {file}: ").format(file=path.name))
    return read_workbook(path, password=asked, report=report)


def _questions_lines(questions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The open questions with their choices, and how to answer them."""
    lines = [
        ngettext(
            "{count} question must be answered; nothing was written.",
            "{count} questions must be answered; nothing was written.",
            len(questions),
        ).format(count=len(questions))
    ]
    for question in questions:
        place = question["where"]
        where = " ".join(filter(None, (place["file"], place["sheet"], ", ".join(place["cells"][:3]))))
        lines += ["", f"{question['what']}  [{where}]"]
        lines += [f"    {said}" for said in question["evidence"]]
        choices = sorted(question["choices"], key=lambda choice: choice["code"] != question["suggested"])
        for choice in choices[:_MOST_CHOICES]:
            sign = "*" if choice["code"] == question["suggested"] else " "
            detail = f" – {choice['detail']}" if choice["detail"] else ""
            lines.append(f"  {sign} --answer '{question['id']}={choice['code']}'  {choice['label']}{detail}")
        if len(choices) > _MOST_CHOICES:
            more = len(choices) - _MOST_CHOICES
            lines.append("    " + _("and {count} more, told by --json").format(count=more))
    lines += ["", _("* is suggested; --accept-suggestions takes all that are.")]
    return lines


def _import_text(summary: Mapping[str, Any], *, entry: int) -> str:
    """What an import did, and every issue at its cell."""
    lines = [_("Entry {number}").format(number=entry) if entry else _("Nothing was written.")]
    lines.append(_counts_line(summary))
    lines.append(_("Patients: {patients}, visits: {visits}, deaths: {deaths}").format(**summary))
    lines += [f"  {code}: {count}" for code, count in summary["measurements"].items()]
    return "\n".join([*lines, *_issue_lines(summary["issues"])])


def _counts_line(summary: Mapping[str, Any]) -> str:
    return _(
        "New: {new}, changed: {changed}, same: {same}, missing: {missing_in_files}, set apart: {set_apart}"
    ).format(**summary)


def _issue_lines(issues: Sequence[Mapping[str, Any]], *, kind: str = "") -> list[str]:
    """Each issue at its cell: what drifted first, as the review has them."""
    lines = []
    for issue in issues:
        if issue["code"].startswith(kind):
            place = "!".join(filter(None, (issue["sheet"], issue["cell"])))
            where = " ".join(filter(None, (issue["file"], place)))
            lines.append(f"[{issue['severity']}] {where + ': ' if where else ''}{issue['message']}")
    return lines


def _pair(text: str) -> tuple[str, str]:
    question, sign, choice = text.partition("=")  # codes of choices may hold the sign, ids do not
    if not sign or not question or not choice:
        raise argparse.ArgumentTypeError(_("the number of a question, “=” and the code of a choice"))
    return question, choice
