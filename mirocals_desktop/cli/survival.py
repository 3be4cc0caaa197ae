"""`survival`: time to the endpoint, of a study or of a flat table."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mirocals_desktop.cli.access import open_whole
from mirocals_desktop.cli.answers import print_json, progress, say
from mirocals_desktop.cli.arguments import add_json, add_passphrase
from mirocals_desktop.cli.commands import DONE
from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _, titled

_TABLE_ONLY: Final = ("event", "group", "entry", "reference", "event_code", "sheet")
_STUDY_ONLY: Final = ("search_cuts", "by", "horizon", "endpoint", "origin")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is analysed: options of a study, of a table, and of both."""
    parser.add_argument("source", type=Path, metavar="STUDY|TABLE", help=_("a study file, or a flat table"))
    study = parser.add_argument_group(_("of a study"))
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
    table = parser.add_argument_group(_("of a table: CSV, TSV, Excel or OpenDocument"))
    table.add_argument("--sheet", metavar="NAME", help=_("which sheet, where a spreadsheet has several"))
    table.add_argument("--time", metavar="COLUMN", help=_("days to the event or to the end of follow-up"))
    table.add_argument("--event", metavar="COLUMN", help=_("1 for the event, 0 for censored"))
    table.add_argument(
        "--event-code", metavar="VALUE", help=_("the value of the event column that is the event")
    )
    table.add_argument("--group", metavar="COLUMN", help=_("the groups to compare"))
    table.add_argument("--entry", metavar="COLUMN", help=_("days of late entry"))
    table.add_argument("--reference", metavar="LABEL", help=_("the group the others are compared with"))
    both = parser.add_argument_group(_("of both"))
    both.add_argument("--strata", metavar="A,B", help=_("strata of the log-rank test and the Cox model"))
    both.add_argument("--covariates", metavar="A,B,A:B", help=_("terms of the Cox model"))
    both.add_argument(
        "--ties", choices=("efron", "breslow"), default="efron", help=_("how the Cox model counts tied days")
    )
    both.add_argument(
        "--interval",
        choices=("log-log", "log", "plain"),
        default="log-log",
        help=_("kind of the curve’s interval"),
    )
    both.add_argument("--tau", metavar="DAYS", help=_("the end of the restricted mean"))
    both.add_argument("--at", metavar="DAYS,…", help=_("days to report"))
    add_passphrase(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Analyse the study or the table, and tell it; gives the exit code."""
    if options.time is not None or options.event is not None:
        return _run_table(options)
    given = [name for name in _TABLE_ONLY if getattr(options, name) is not None]
    if given:
        options.parser.error(
            _("{options} belong to a table: give --time and --event with them").format(
                options=", ".join(map(_option, given))
            )
        )
    if options.search_cuts and not options.json:
        options.parser.error(_("--search-cuts belongs to --json"))
    from mirocals_desktop.analysis.study_survival import analyse_study, study_json

    with open_whole(options.source, options) as study:
        snapshot = study.snapshot(report=progress())
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
            snapshot, analysis, permutations=options.search_cuts or 0, report=progress()
        )
    _tell(options, result, synthetic=snapshot.synthetic)
    return DONE


def _run_table(options: argparse.Namespace) -> int:
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
        rows = read_flat_rows(path, sheet=options.sheet or "", report=progress())
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
    _tell(options, result, synthetic=False)
    return DONE


def _tell(options: argparse.Namespace, result: Mapping[str, Any], *, synthetic: bool) -> None:
    if options.json:
        print_json({"synthetic": synthetic, **result})
        return
    if synthetic:
        say(_("SYNTHETIC data: nobody in it exists."))
    blocks = [("", result["overall"]), *((group["group"], group) for group in result["groups"])]
    for label, block in blocks:
        say("")
        say(
            _("{group}: {n} patients, {events} events").format(
                group=label or _("All"), n=block["n"], events=block["events"]
            )
        )
        say("  " + _("median {value}").format(value=_with_limits(block["median"], _("not reached"))))
        for row in block["at"][-1:]:
            say(
                "  "
                + _("S({day}) = {value}, {at_risk} at risk").format(
                    day=_short(row["day"]),
                    value=_with_limits({**row, "estimate": row["survival"]}, _("not estimable")),
                    at_risk=row["at_risk"],
                )
            )
    say("")
    if result["logrank"]:
        say(
            _("Log-rank: chi-square {chisq} on {df} df, p = {p}").format(
                chisq=_short(result["logrank"]["chisq"]),
                df=result["logrank"]["df"],
                p=_p(result["logrank"]["p"]),
            )
        )
    for term in (result["cox"] or {}).get("terms", ()):
        say(
            _("Cox, {name}: HR {value}, p = {p}").format(
                name=term["name"],
                value=_with_limits({**term, "estimate": term["hr"]}, _("not estimable")),
                p=_p(term["p"]),
            )
        )
    for name, said in result["conventions"].items():
        say(titled(name, said))
    for note in result["notes"]:
        say(f"! {note}")


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


def _listed(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


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
