"""A protocol's TOML text read into the model, with messages that name the line of every mistake.

`extend` adds what a study learns later (new variables, arms, visits, choices) in the same form, so that what
an import adds is written and checked exactly as if the file had held it.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar, cast, get_args

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.checks import check_protocol
from mirocals_desktop.protocol.model import (
    Arm,
    Choice,
    Classes,
    Endpoint,
    Event,
    Group,
    Kind,
    Label,
    Log,
    Protocol,
    Scope,
    Seal,
    Site,
    Unit,
    UnitFamily,
    Variable,
    Visit,
)
from mirocals_desktop.protocol.tables import Mistakes, Table
from mirocals_desktop.protocol.words import plain_name
from mirocals_desktop.resources import resource_path

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_LINE_OF_TOML_ERROR: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")

Item = TypeVar("Item", bound=Variable | Arm | Visit | Choice)

_LISTS: Final = (
    "groups", "units", "arms", "sites", "events", "endpoints", "classes", "visits", "logs", "variables",
)  # fmt: skip


def load_protocol(name_or_path: str | Path) -> Protocol:
    """The protocol that ships under this name ("mirocals", "follow_up"), or the one in a TOML file."""
    return read_protocol(protocol_text(name_or_path), name=str(name_or_path))


def shipped_protocols() -> tuple[str, ...]:
    """The names of the protocols that ship with the program."""
    return tuple(sorted(path.stem for path in resource_path("protocols").glob("*.toml")))


def protocol_text(name_or_path: str | Path) -> str:
    """The text of a shipped protocol or of a file. AppError when there is none or it is not text."""
    name = str(name_or_path)
    path = resource_path("protocols", f"{name}.toml") if name in shipped_protocols() else Path(name)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AppError(
            _("The protocol file {file} is not text in UTF-8.").format(file=path.name),
            hint=_("Save it as UTF-8 and try again."),
        ) from error
    except OSError as error:
        raise AppError(
            _("The protocol file {file} could not be read.").format(file=name),
            hint=_("Give a TOML file, or one of the protocols of the program: {names}.").format(
                names=", ".join(shipped_protocols())
            ),
        ) from error


class _Mistaken(Exception):
    """Ends the reading of a text that holds mistakes."""

    def __init__(self, mistakes: Mistakes) -> None:
        super().__init__()
        self.mistakes = mistakes


def read_protocol(text: str, *, name: str) -> Protocol:
    """The protocol in a TOML text. AppError with every mistake and its line; `name` says which file it is."""
    try:
        return _read_text(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(str(error), text, name) from error
    except _Mistaken as error:
        raise _refusal(error.mistakes, name) from None


@lru_cache(maxsize=4)  # reading takes a tenth of a second, and a study is made and opened with one text
def _read_text(text: str) -> Protocol:
    content = tomllib.loads(text)
    mistakes = Mistakes(text)
    protocol = _read_document(Table(content, (), mistakes))
    if not mistakes:
        check_protocol(protocol, mistakes)
    if mistakes:
        raise _Mistaken(mistakes)
    return protocol


def extend(protocol: Protocol, additions: Mapping[str, object], *, check: bool = True) -> Protocol:
    """The protocol with variables, arms, visits and choices added to it.

    `additions` holds lists of tables in the protocol file's own form under "variables", "arms" and "visits",
    and under "choices" tables of a choice with the code of its variable under "variable" (see `to_table`).
    "arm_order", codes of arms, makes these the arms of the study, in this order, the first the reference: a
    file whose arms are not the protocol's is of another trial, and its own words count.
    What the protocol already has under the same code stays as it is. AppError when a table is wrong, or does
    not fit the rest; the latter is not looked at without `check`, for what a study holds already.
    """
    mistakes = Mistakes()
    table = Table(dict(additions), (), mistakes)
    families = protocol.unit_families
    variables = table.tables("variables", lambda item: _read_variable(item, families))
    arms = table.tables("arms", _read_arm)
    visits = table.tables("visits", _read_visit)
    choices = table.tables("choices", _read_added_choice)
    arm_order = table.texts("arm_order")
    table.finish()
    extended = dataclasses.replace(
        protocol,
        variables=_with_choices(_joined(protocol.variables, variables), choices, mistakes),
        arms=_joined(protocol.arms, arms),
        visits=_joined(_yielding(protocol.visits, visits), visits),
    )
    if arm_order:
        own = tuple(arm for code in arm_order for arm in extended.arms if arm.code == code)
        extended = dataclasses.replace(extended, arms=own, reference_arm=own[0].code if own else "")
    extended = _with_arms_as_choices(extended)
    if check and not mistakes:
        check_protocol(extended, mistakes)
    if mistakes:
        raise _refusal(mistakes, protocol.code)
    return extended


def to_table(item: Variable | Arm | Visit | Choice) -> dict[str, object]:
    """The table that a protocol file holds for this item: what `extend` takes."""
    table = {
        field.name: _to_value(getattr(item, field.name))
        for field in dataclasses.fields(item)
        if getattr(item, field.name) != field.default and getattr(item, field.name) not in ("", (), None)
    }
    if isinstance(item, Variable):
        units = item.units
        table.pop("units", None)
        table["accepts"] = [to_unit_table(unit) for unit in units[1:]]
        table["unit_synonyms"] = list(units[0].synonyms) if units else []
        table = {key: value for key, value in table.items() if value != []}
    return table


def to_unit_table(unit: Unit) -> dict[str, object]:
    """The table of an accepted unit."""
    return {"name": unit.name, "factor": unit.factor, "synonyms": list(unit.synonyms)}


def _to_value(value: object) -> object:
    if isinstance(value, tuple):
        return [_to_value(item) for item in value]
    if isinstance(value, Choice):
        return to_table(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: item for key, item in dataclasses.asdict(value).items() if item is not None}
    return value


def _toml_error(message: str, text: str, name: str) -> AppError:
    found = _LINE_OF_TOML_ERROR.search(message)
    line = int(found.group(1)) if found and found.group(1) else text.count("\n") + 1
    return AppError(
        _("The protocol {name} cannot be read: line {line} is not TOML ({reason}).").format(
            name=name, line=line, reason=_LINE_OF_TOML_ERROR.sub("", message).strip()
        ),
        hint=_("Often a quote, a bracket or a comma is missing there or just above."),
    )


def _refusal(mistakes: Mistakes, name: str) -> AppError:
    sentences = mistakes.sentences()
    return AppError(
        _("The protocol {name} has mistakes:").format(name=name) + "\n" + "\n".join(sentences),
        hint=_("Mend the lines named and try again."),
    )


# --- reading -----------------------------------------------------------------------------------------


def _read_document(document: Table) -> Protocol:
    head = document.table("protocol")
    families = document.tables("units", _read_unit_family)
    protocol = Protocol(
        code=_read_code(head),
        title=head.label("title"),
        registry=head.text("registry", default=""),
        notes=head.tables("notes", _read_note),
        origin=head.text("origin"),
        horizon_days=head.optional_whole("horizon_days"),
        reference_arm=head.text("reference_arm", default=""),
        strata=head.texts("strata"),
        groups=document.tables("groups", lambda table: Group(_read_code(table), table.label())),
        unit_families=families,
        arms=document.tables("arms", _read_arm),
        sites=document.tables("sites", _read_site),
        events=document.tables("events", _read_event),
        endpoints=document.tables("endpoints", _read_endpoint),
        classes=document.tables("classes", _read_classes),
        visits=document.tables("visits", _read_visit),
        logs=document.tables("logs", lambda table: Log(_read_code(table), table.label())),
        variables=document.tables("variables", lambda table: _read_variable(table, families)),
    )
    head.finish()
    document.finish(also=_LISTS)
    return _with_arms_as_choices(protocol)


def _read_code(table: Table) -> str:
    code = table.text("code")
    if code and not _CODE.fullmatch(code):
        table.say(
            _("the code “{code}” may hold only plain letters, digits and _ . + -").format(code=code),
            key="code",
        )
    return code


def _read_note(table: Table) -> Label:
    return Label(table.text("en"), table.text("fr"))


def _read_unit(table: Table) -> Unit:
    factor = table.number("factor")
    if factor <= 0:
        table.say(_("“factor” must be above 0"), key="factor")
    return Unit(table.text("name"), factor, table.texts("synonyms"))


def _read_unit_family(table: Table) -> UnitFamily:
    unit = table.text("unit")
    accepted = table.tables("accepts", _read_unit)
    return UnitFamily(unit, (Unit(unit, 1.0, table.texts("synonyms")), *accepted))


def _read_arm(table: Table) -> Arm:
    return Arm(_read_code(table), table.label(), table.texts("synonyms"))


def _read_site(table: Table) -> Site:
    return Site(_read_code(table), table.label(), table.text("country"))


def _read_event(table: Table) -> Event:
    return Event(_read_code(table), table.label(), table.text("variable"))


def _read_endpoint(table: Table) -> Endpoint:
    events = table.texts("events")
    if not events:
        table.say(_("“events” must name at least one event"))
    return Endpoint(_read_code(table), table.label(), events)


def _read_classes(table: Table) -> Classes:
    return Classes(
        variable=table.text("variable"),
        visit=table.text("visit"),
        cuts=table.numbers("cuts"),
        labels=table.tables("labels", _read_note),
    )


def _read_visit(table: Table) -> Visit:
    visit = Visit(
        code=_read_code(table),
        label=table.label(),
        day=table.optional_whole("day"),
        before=table.whole("before", default=0),
        after=table.whole("after", default=0),
        due=table.texts("due"),
        synonyms=table.texts("synonyms"),
    )
    if visit.before < 0 or visit.after < 0:
        table.say(_("“before” and “after” count days and cannot be below 0"))
    if visit.day is None and (visit.due or visit.before or visit.after):
        table.say(_("a visit without “day” is not planned: it has no window, and nothing is due at it"))
    return visit


def _read_choice(table: Table) -> Choice:
    return Choice(_read_code(table), table.label(), table.texts("synonyms"))


def _read_added_choice(table: Table) -> tuple[str, Choice]:
    return table.text("variable"), _read_choice(table)


def _read_variable(table: Table, families: tuple[UnitFamily, ...]) -> Variable:
    unit = table.text("unit", default="")
    if table.text("code", empty=True) == codes.ARM and table.has("choices"):
        table.say(_("the choices of “arm” are the protocol's [[arms]]"), key="choices")
    return Variable(
        code=_read_code(table),
        label=table.label(),
        kind=cast(Kind, table.one_of("kind", get_args(Kind))),
        scope=cast(Scope, table.one_of("scope", get_args(Scope))),
        log=table.text("log", default=""),
        group=table.text("group", default=""),
        unit=unit,
        units=_read_units(table, unit, families),
        specimen=table.text("specimen", default=""),
        decimals=table.whole("decimals", default=0),
        impossible=table.limits("impossible"),
        suspicious=table.limits("suspicious"),
        assay=table.limits("assay"),
        log_axis=table.flag("log_axis"),
        seal=cast(Seal, table.one_of("seal", get_args(Seal), default="never")),
        choices=table.tables("choices", _read_choice),
        synonyms=table.texts("synonyms"),
    )


def _read_units(table: Table, unit: str, families: tuple[UnitFamily, ...]) -> tuple[Unit, ...]:
    """The variable's own unit first, then those of its family, then those that it alone accepts."""
    family = next((family for family in families if family.unit == unit), None)
    own = table.tables("accepts", _read_unit)
    synonyms = table.texts("unit_synonyms")
    if not unit:
        if own or synonyms:
            table.say(_("a variable that accepts units needs one of its own: “unit” is missing"))
        return ()
    first, *others = family.units if family else (Unit(unit),)
    known = {item.name for item in others}
    merged = tuple(dict.fromkeys((*first.synonyms, *synonyms)))
    return (Unit(unit, 1.0, merged), *others, *(item for item in own if item.name not in known))


def _with_arms_as_choices(protocol: Protocol) -> Protocol:
    """The protocol whose variable `arm` offers its arms, so that an arm is read like any other choice."""
    choices = tuple(Choice(arm.code, arm.label, arm.synonyms) for arm in protocol.arms)
    variables = tuple(
        dataclasses.replace(variable, choices=choices) if variable.code == codes.ARM else variable
        for variable in protocol.variables
    )
    return dataclasses.replace(protocol, variables=variables)


def _yielding(known: tuple[Visit, ...], added: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """The protocol's visits without the synonyms that a study uses for visits of its own.

    A study whose files call the sixth month "Month 6" means that, whatever else the protocol calls so.
    """
    codes_known = {visit.code for visit in known}
    claimed = {
        plain_name(name)
        for visit in added
        if visit.code not in codes_known
        for name in (visit.code, visit.label.en, visit.label.fr, *visit.synonyms)
    }
    return tuple(
        dataclasses.replace(visit, synonyms=tuple(n for n in visit.synonyms if plain_name(n) not in claimed))
        for visit in known
    )


def _joined(known: tuple[Item, ...], added: tuple[Item, ...]) -> tuple[Item, ...]:
    """What is known, then what is added under a code that is not."""
    by_code = {item.code: item for item in (*added, *known)}
    return tuple(by_code[code] for code in dict.fromkeys(item.code for item in (*known, *added)))


def _with_choices(
    variables: tuple[Variable, ...], added: tuple[tuple[str, Choice], ...], mistakes: Mistakes
) -> tuple[Variable, ...]:
    known = {variable.code for variable in variables}
    for code, _choice in added:
        if code not in known:
            mistakes.add((), _("a choice is added to “{code}”, which is no variable").format(code=code))
    return tuple(
        dataclasses.replace(
            variable,
            choices=_joined(variable.choices, tuple(item for code, item in added if code == variable.code)),
        )
        for variable in variables
    )
