"""The program without a window: make, import, analyse, export and verify studies from a script.

Exit codes: 0 done; 1 a bug, told with where its details are; 2 wrong usage; 3 the import needs answers;
4 refused, with the sentence that says why. Text by default, one JSON object with `--json`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import getpass
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mirocals_desktop import __version__
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import LANGUAGES, _, ngettext, set_language
from mirocals_desktop.progress import Report, ignore

if TYPE_CHECKING:
    from mirocals_desktop.importing.grid import Workbook
    from mirocals_desktop.study.study import Study

DONE: Final = 0
BUG: Final = 1
USAGE: Final = 2
NEEDS_ANSWERS: Final = 3
REFUSED: Final = 4
STOPPED: Final = 130

COMMANDS: Final = ("new", "import", "survival", "export", "verify", "sample")

_ROLE: Final = "data manager"
_STUDY_SECRET: Final = "MIROCALS_PASSPHRASE"  # noqa: S105 (the name of a variable)
_SPREADSHEET_SECRET: Final = "MIROCALS_SPREADSHEET_PASSWORD"  # noqa: S105 (the name of a variable)
_KEY_SECRET: Final = "MIROCALS_KEY_PASSPHRASE"  # noqa: S105
_MOST_CHOICES: Final = 8
_TABLE_ONLY: Final = ("event", "group", "entry", "reference", "event_code", "sheet")
_STUDY_ONLY: Final = ("search_cuts", "by", "horizon", "endpoint", "origin")


def is_command(arguments: Sequence[str]) -> bool:
    """Whether the arguments are for the command line: a command, an option or a mistyped one, and no file."""
    if not arguments:
        return False
    first = Path(arguments[0])
    if arguments[0] in COMMANDS or arguments[0].startswith("-"):
        return True
    return not (first.suffix or first.exists())


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit code."""
    set_language(_language_of_environment())
    _speak_utf8()
    options = argparse.Namespace(json=False)
    try:
        _parser().parse_args(arguments, options)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except SystemExit as ended:  # argparse has said what was wrong, or the help that was asked for
        return ended.code if isinstance(ended.code, int) else USAGE
    except AppError as error:
        _say_error(str(error))
        if options.json:
            _print_json({"error": error.message, "hint": error.hint})
        return REFUSED
    except KeyboardInterrupt:
        _say_error(_("Stopped. What was saved before is in the study, and nothing half done."))
        return STOPPED
    except BrokenPipeError:  # whoever read our output has heard enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 (a bug: told in one sentence, its places in a file)
        _say_error(
            _("The program made a mistake and stopped; the study is safe. The places are in {file}.").format(
                file=_write_places(error)
            )
        )
        return BUG


# --- commands ----------------------------------------------------------------------------------------------


def _new(options: argparse.Namespace) -> int:
    from mirocals_desktop.protocol.reader import protocol_text, read_protocol
    from mirocals_desktop.study.study import Study

    text = protocol_text(options.protocol)
    protocol = read_protocol(text, name=str(options.protocol))
    title = options.title or (options.study.stem if protocol.code == "follow_up" else str(protocol.title))
    key_passphrase = None
    if options.blinded:
        key_passphrase = _new_passphrase(
            _KEY_SECRET, options.key_passphrase_file, _("Passphrase for the key file: ")
        )
    passphrase = None
    if options.encrypt:
        passphrase = _new_passphrase(_STUDY_SECRET, options.passphrase_file, _("Passphrase for the study: "))
    with Study.create(
        options.study,
        text,
        title=title,
        person=_person(options),
        role=options.role,
        blinded=options.blinded is not None,
        key_file=options.blinded,
        key_passphrase=key_passphrase,
        passphrase=passphrase,
    ) as study:
        _answer(
            options,
            {
                "study": str(options.study),
                "title": title,
                "protocol": protocol.code,
                "blinded": study.blinded,
                "head": study.head,
            },
            _("Made {file}: {title}.").format(file=options.study, title=title),
        )
    return DONE


def _verify(options: argparse.Namespace) -> int:
    with _open(options) as study:
        verification = study.verify(_report())
    if options.json:
        _print_json({**dataclasses.asdict(verification), "whole": verification.whole})
    if not verification.whole:
        _say_error(verification.sentence)
        return REFUSED
    if not options.json:
        _print(verification.sentence)
        _print(_("Last hash: {head}").format(head=verification.head))
    return DONE


def _survival(options: argparse.Namespace) -> int:
    if options.time is not None or options.event is not None:
        return _survival_of_table(options)
    given = [name for name in _TABLE_ONLY if getattr(options, name) is not None]
    if given:
        options.parser.error(
            _("{options} belong to a table: give --time and --event with them").format(
                options=", ".join(map(_option, given))
            )
        )
    from mirocals_desktop.analysis.study_survival import analyse_study, study_json

    with _open(options) as study:
        snapshot = study.snapshot(report=_report())
    chosen: dict[str, Any] = {
        "by": options.by,
        "endpoint": options.endpoint or "",
        "origin": options.origin or "",
    }
    if options.horizon is not None:
        chosen["horizon"] = options.horizon or None
    analysis = analyse_study(
        snapshot,
        **chosen,
        strata=_listed(options.strata),
        covariates=_listed(options.covariates),
        at=[_day(text) for text in _listed(options.at)],
        tau=None if options.tau is None else _day(options.tau),
        interval=options.interval,
        ties=options.ties,
    )
    result = study_json(analysis)
    if options.json:
        from mirocals_desktop.analysis.further_json import further_json

        result["further"] = further_json(
            snapshot, analysis, permutations=options.search_cuts or 0, report=_report()
        )
    _answer_survival(options, result, synthetic=snapshot.synthetic)
    return DONE


def _survival_of_table(options: argparse.Namespace) -> int:
    given = [name for name in _STUDY_ONLY if getattr(options, name) is not None]
    if given:
        options.parser.error(
            _("{options} belong to a study; a table has --group and --at").format(
                options=", ".join(map(_option, given))
            )
        )
    if options.time is None or options.event is None:
        options.parser.error(_("a table needs both --time and --event"))
    from mirocals_desktop.analysis.flat_table import (
        FlatOptions,
        build_flat_table,
        read_flat_table,
        run_flat_survival,
    )
    from mirocals_desktop.importing.flat_rows import is_spreadsheet, read_flat_rows

    path: Path = options.source
    if is_spreadsheet(path):
        rows = read_flat_rows(path, sheet=options.sheet or "", report=_report())
        flat = build_flat_table(path.name, rows)
    elif options.sheet:
        raise AppError(
            _("{file} is text and has no sheets.").format(file=path.name), hint=_("Leave --sheet out.")
        )
    else:
        flat = read_flat_table(path)
    names = ("group", "entry", "strata", "covariates", "reference", "tau", "at", "event_code")
    texts = {name: getattr(options, name) or "" for name in names}
    result = run_flat_survival(
        flat,
        FlatOptions(
            time=options.time, event=options.event, ties=options.ties, interval=options.interval, **texts
        ),
    )
    _answer_survival(options, result, synthetic=False)
    return DONE


def _import(options: argparse.Namespace) -> int:
    from mirocals_desktop.importing.commit import accept_suggestions, commit, preview, review_import
    from mirocals_desktop.importing.recipe import read_recipe, write_recipe
    from mirocals_desktop.importing.summary import summarise_import

    report = _report()
    recipe = read_recipe(options.recipe) if options.recipe else None
    with _open(options) as study:
        workbooks = [_read_spreadsheet(path, options, report) for path in options.files]
        review_files = accept_suggestions if options.accept_suggestions else review_import
        review = review_files(study, workbooks, answers=dict(options.answer), recipe=recipe, report=report)
        if review.open_questions:
            summary = summarise_import(review, study.snapshot())
            _answer(options, summary, _questions_text(summary["questions"]))
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
    _answer(options, {**summary, "dry_run": options.dry_run}, _import_text(summary, entry=entry))
    return DONE


def _read_spreadsheet(path: Path, options: argparse.Namespace, report: Report) -> Workbook:
    """The workbook; the password of a locked one comes from a file, the environment or the terminal."""
    from mirocals_desktop.importing.reader.guard import PasswordNeeded, read_workbook

    password = _known_passphrase(_SPREADSHEET_SECRET, options.unlock)
    try:
        return read_workbook(path, password=password, report=report)
    except PasswordNeeded:
        if password is not None or not sys.stdin.isatty():
            raise
    asked = getpass.getpass(_("Password for {file}: ").format(file=path.name))
    return read_workbook(path, password=asked, report=report)


def _sample(options: argparse.Namespace) -> int:
    from mirocals_desktop.importing.summary import summarise_study
    from mirocals_desktop.sample import make_sample

    with make_sample(options.study, report=_report()) as study:
        summary = summarise_study(study.snapshot())
        head = study.head
    text = _("Made {file}: a synthetic study of {patients} patients. Nobody in it exists.").format(
        file=options.study, patients=summary["patients"]
    )
    _answer(options, {"study": str(options.study), "synthetic": True, "head": head, **summary}, text)
    return DONE


def _export(options: argparse.Namespace) -> int:
    from mirocals_desktop.export.workbook import write_workbook
    from mirocals_desktop.study.ledger import EXPORTED

    with _open(options) as study:
        write_workbook(study.snapshot(report=_report()), options.target, report=_report())
        entry = study.record(EXPORTED, details={"file": options.target.name})
    _answer(
        options,
        {"file": str(options.target), "entry": entry},
        _("Written: {file}").format(file=options.target),
    )
    return DONE


# --- the arguments -----------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mirocals-desktop",
        description=_("Follow-up, biomarkers and survival of a trial. Without a command the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"MIROCALS Desktop {__version__}")
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", required=True)

    new = _add(commands, "new", _new, _("make a study"))
    new.add_argument("study", type=Path, metavar="STUDY")
    new.add_argument("--protocol", default="mirocals", help=_("mirocals, follow_up, or a TOML file"))
    new.add_argument("--title", default="", help=_("the study's title; the protocol's otherwise"))
    new.add_argument(
        "--blinded",
        type=Path,
        metavar="KEYFILE",
        help=_("seal arms and restricted values; the key goes here"),
    )
    new.add_argument(
        "--key-passphrase-file", type=Path, metavar="FILE", help=_("its first line protects the key")
    )
    new.add_argument("--encrypt", action="store_true", help=_("protect the whole study by a passphrase"))
    _add_signature(new)

    load = _add(commands, "import", _import, _("take spreadsheets into a study"))
    load.add_argument("study", type=Path, metavar="STUDY")
    load.add_argument("files", type=Path, nargs="+", metavar="FILE")
    load.add_argument(
        "--recipe", type=Path, metavar="FILE", help=_("what the columns mean, from an earlier import")
    )
    load.add_argument(
        "--dry-run", action="store_true", help=_("say what the import would do, and write nothing")
    )
    load.add_argument(
        "--accept-suggestions", action="store_true", help=_("answer every question as the program suggests")
    )
    load.add_argument(
        "--answer",
        type=_pair,
        action="append",
        default=[],
        metavar="ID=CHOICE",
        help=_("answer one question"),
    )
    load.add_argument("--reason", default="", metavar="TEXT", help=_("why stored values are replaced"))
    load.add_argument(
        "--save-recipe", type=Path, metavar="FILE", help=_("keep the answers for the next file of this shape")
    )
    load.add_argument(
        "--unlock", type=Path, metavar="FILE", help=_("its first line is the password of locked spreadsheets")
    )
    _add_signature(load)

    survival = _add(commands, "survival", _survival, _("time to the endpoint, of a study or of a flat table"))
    survival.add_argument("source", type=Path, metavar="STUDY|TABLE")
    study = survival.add_argument_group(_("of a study"))
    study.add_argument("--by", metavar="VARIABLE", help=_("group by a variable; by arm otherwise, “” pools"))
    study.add_argument("--horizon", type=_horizon, metavar="DAYS", help=_("cut time here; “none” does not"))
    study.add_argument("--endpoint", metavar="CODE", help=_("an endpoint of the protocol"))
    study.add_argument("--origin", metavar="DATE", help=_("the date variable at day 0"))
    study.add_argument(
        "--search-cuts",
        type=_count,
        metavar="PERMUTATIONS",
        help=_("with --json: search the marker’s best cut, its p corrected by so many permutations"),
    )
    table = survival.add_argument_group(_("of a table: CSV, TSV, Excel or OpenDocument"))
    table.add_argument("--sheet", metavar="NAME", help=_("which sheet, where a spreadsheet has several"))
    table.add_argument("--time", metavar="COLUMN", help=_("days to the event or to the end of follow-up"))
    table.add_argument("--event", metavar="COLUMN", help=_("1 for the event, 0 for censored"))
    table.add_argument(
        "--event-code", metavar="VALUE", help=_("the value of the event column that is the event")
    )
    table.add_argument("--group", metavar="COLUMN", help=_("the groups to compare"))
    table.add_argument("--entry", metavar="COLUMN", help=_("days of late entry"))
    table.add_argument("--reference", metavar="LABEL", help=_("the group the others are compared with"))
    both = survival.add_argument_group(_("of both"))
    both.add_argument("--strata", metavar="A,B", help=_("strata of the log-rank test and the Cox model"))
    both.add_argument("--covariates", metavar="A,B,A:B", help=_("terms of the Cox model"))
    both.add_argument("--ties", choices=("efron", "breslow"), default="efron")
    both.add_argument("--interval", choices=("log-log", "log", "plain"), default="log-log")
    both.add_argument("--tau", metavar="DAYS", help=_("the end of the restricted mean"))
    both.add_argument("--at", metavar="DAYS,…", help=_("days to report"))

    export = _add(commands, "export", _export, _("write the study to an Excel workbook"))
    export.add_argument("study", type=Path, metavar="STUDY")
    export.add_argument("target", type=Path, metavar="OUT.xlsx")
    _add_signature(export)

    verify = _add(commands, "verify", _verify, _("check that the study is what was written"))
    verify.add_argument("study", type=Path, metavar="STUDY")

    sample = _add(commands, "sample", _sample, _("make the synthetic sample study"))
    sample.add_argument("study", type=Path, metavar="STUDY")
    return parser


def _add(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run, parser=parser, person="", role=_ROLE)
    parser.add_argument("--json", action="store_true", help=_("answer with one JSON object"))
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help=_("its first line opens an encrypted study")
    )
    return parser


def _add_signature(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--person", default="", metavar="NAME", help=_("who signs the entry; you otherwise"))
    parser.add_argument("--role", default=_ROLE, help=_("in which role"))


def _pair(text: str) -> tuple[str, str]:
    question, sign, choice = text.partition("=")  # codes of choices may hold the sign, ids do not
    if not sign or not question or not choice:
        raise argparse.ArgumentTypeError(_("the number of a question, “=” and the code of a choice"))
    return question, choice


def _count(text: str) -> int:
    """A number of permutations: at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("not a whole number above 0: {text}").format(text=text))
    return int(text)


def _horizon(text: str) -> int:
    """Days, or 0 for none."""
    if text.strip().lower() == "none":
        return 0
    try:
        days = int(text)
    except ValueError:
        days = 0
    if days <= 0:
        raise argparse.ArgumentTypeError(_("a whole number of days above 0, or “none”"))
    return days


def _day(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise AppError(_("“{text}” is no number of days.").format(text=text)) from error


def _listed(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


# --- studies, people, passphrases --------------------------------------------------------------------------


def _open(options: argparse.Namespace) -> Study:
    from mirocals_desktop.study.study import PassphraseNeeded, Study

    path: Path = options.source if "source" in options else options.study
    sign = {"person": _person(options), "role": options.role}
    passphrase = _known_passphrase(_STUDY_SECRET, options.passphrase_file)
    try:
        return Study.open(path, passphrase=passphrase, **sign)
    except PassphraseNeeded:
        if passphrase is not None or not sys.stdin.isatty():
            raise
    return Study.open(path, passphrase=getpass.getpass(_("Passphrase for the study: ")), **sign)


def _person(options: argparse.Namespace) -> str:
    """Who signs: the one who was named, else whoever is logged in."""
    if options.person.strip():
        return str(options.person)
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name in the environment, and none in the system
        return _("somebody on the command line")


def _known_passphrase(variable: str, file: Path | None) -> str | None:
    """A passphrase from a file or the environment."""
    if file is None:
        return os.environ.get(variable)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AppError(_("The passphrase file {file} could not be read.").format(file=file)) from error
    return lines[0] if lines else ""


def _new_passphrase(variable: str, file: Path | None, prompt: str) -> str:
    known = _known_passphrase(variable, file)
    if known is not None:
        return known
    if not sys.stdin.isatty():
        raise AppError(
            _("A passphrase is needed."),
            hint=_("Give it in a file or in the environment variable {name}.").format(name=variable),
        )
    first = getpass.getpass(prompt)
    if getpass.getpass(_("Once more: ")) != first:
        raise AppError(_("The two passphrases differ."))
    return first


# --- what is said ------------------------------------------------------------------------------------------


def _answer(options: argparse.Namespace, content: Mapping[str, Any], text: str) -> None:
    """One object for machines, or the text for people."""
    if options.json:
        _print_json(content)
    else:
        _print(text)


def _questions_text(questions: Sequence[Mapping[str, Any]]) -> str:
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
    return "\n".join(lines)


def _import_text(summary: Mapping[str, Any], *, entry: int) -> str:
    """What an import did, and every issue at its cell."""
    lines = [_("Entry {number}").format(number=entry) if entry else _("Nothing was written.")]
    lines.append(_("New: {new}, changed: {changed}, same: {same}, set apart: {set_apart}").format(**summary))
    lines.append(_("Patients: {patients}, visits: {visits}, deaths: {deaths}").format(**summary))
    lines += [f"  {code}: {count}" for code, count in summary["measurements"].items()]
    for issue in summary["issues"]:
        place = "!".join(filter(None, (issue["sheet"], issue["cell"])))
        lines.append(f"[{issue['severity']}] {issue['file']} {place}: {issue['message']}")
    return "\n".join(lines)


def _answer_survival(options: argparse.Namespace, result: Mapping[str, Any], *, synthetic: bool) -> None:
    if options.json:
        _print_json({"synthetic": synthetic, **result})
        return
    if synthetic:
        _print(_("SYNTHETIC data: nobody in it exists."))
    blocks = [("", result["overall"]), *((group["group"], group) for group in result["groups"])]
    for label, block in blocks:
        _print("")
        _print(
            _("{group}: {n} patients, {events} events").format(
                group=label or _("All"), n=block["n"], events=block["events"]
            )
        )
        _print("  " + _("median {value}").format(value=_with_limits(block["median"], _("not reached"))))
        for row in block["at"][-1:]:
            _print(
                "  "
                + _("S({day}) = {value}, {at_risk} at risk").format(
                    day=_short(row["day"]),
                    value=_with_limits({**row, "estimate": row["survival"]}, _("not estimable")),
                    at_risk=row["at_risk"],
                )
            )
    _print("")
    if result["logrank"]:
        _print(
            _("Log-rank: chi-square {chisq} on {df} df, p = {p}").format(
                chisq=_short(result["logrank"]["chisq"]),
                df=result["logrank"]["df"],
                p=_p(result["logrank"]["p"]),
            )
        )
    for term in (result["cox"] or {}).get("terms", ()):
        _print(
            _("Cox, {name}: HR {value}, p = {p}").format(
                name=term["name"],
                value=_with_limits({**term, "estimate": term["hr"]}, _("not estimable")),
                p=_p(term["p"]),
            )
        )
    for name, said in result["conventions"].items():
        _print(f"{name}: {said}")
    for note in result["notes"]:
        _print(f"! {note}")


def _with_limits(block: Mapping[str, Any], nothing: str) -> str:
    """An estimate with its limits, or what to say where there is none."""
    if block["estimate"] is None:
        return nothing
    limits = f"{_short(block['lower'])} – {_short(block['upper'])}"
    return f"{_short(block['estimate'])} ({limits})"


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:.4g}" if abs(number) < 1000 else f"{number:.0f}"


def _p(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _report() -> Report:
    """Progress on the terminal, where there is one to show it."""
    if not sys.stderr.isatty():
        return ignore

    def show(fraction: float, message: str) -> None:
        end = "\n" if fraction >= 1 else ""
        sys.stderr.write(f"\r\033[K{message} {fraction:.0%}{end}")
        sys.stderr.flush()

    return show


def _print(text: str) -> None:
    print(text)


def _print_json(content: Mapping[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))


def _say_error(text: str) -> None:
    print(text, file=sys.stderr)


def _language_of_environment() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value[:2] if value[:2] in LANGUAGES else "en"
    return "en"


def _speak_utf8() -> None:
    """Text of any alphabet must get through, whatever the terminal believes."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a stream that is no text file
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]


def _write_places(error: BaseException) -> Path:
    """A file with the places in the code where a bug came up; never its message, which may quote values."""
    lines = [f"MIROCALS Desktop {__version__}", f"Python {sys.version}"]
    chain: BaseException | None = error
    while chain is not None:
        lines.append(type(chain).__qualname__)
        lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(chain.__traceback__)]
        chain = chain.__cause__ or chain.__context__
    descriptor, name = tempfile.mkstemp(prefix="mirocals-desktop-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return Path(name)
