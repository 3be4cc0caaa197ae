"""What a study is as of an entry, folded from its entries: title, protocol, options, what was withdrawn.

Keys of an entry's details that the study itself reads:

- "study" (first entry): id, title, protocol (TOML text), synthetic, public_key ("" in an open study);
- "additions": what the entry adds to the protocol, as `protocol.reader.extend` takes it;
- "options": names of `Options` and their new values;
- "entry" (withdrawal): the number of the entry that is withdrawn.

Everything else in the details belongs to whoever wrote it: see `Study.remembered`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mirocals_desktop.errors import AppError
from mirocals_desktop.i18n import _
from mirocals_desktop.protocol.model import Protocol
from mirocals_desktop.protocol.reader import extend, read_protocol
from mirocals_desktop.study.dates import span_of
from mirocals_desktop.study.ledger import WITHDRAWN, Entry
from mirocals_desktop.study.snapshot import Options


@dataclass(frozen=True)
class State:
    """A study as of its entry `entry`. `withdrawn_by` maps withdrawn entries to what withdrew them."""

    study_id: str
    title: str
    synthetic: bool
    public_key: str
    protocol: Protocol
    options: Options
    withdrawn_by: Mapping[int, int]
    entry: int
    head: str

    @property
    def blinded(self) -> bool:
        """Whether arms and restricted values are sealed as they come in."""
        return bool(self.public_key)


@dataclass(frozen=True)
class Used:
    """What the standing observations of a study name: it stays known when the entry that added it goes."""

    variables: frozenset[str] = frozenset()
    visits: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def fold_entries(entries: Sequence[Entry], base: Protocol, used: Used) -> State:
    """The state after these entries; `base` is the protocol that the first one holds (`read_base`)."""
    first = entries[0].details["study"]
    withdrawn_by = find_withdrawn(entries)
    protocol = base
    standing = [entry for entry in entries if entry.number not in withdrawn_by]
    for entry in standing:
        protocol = _extended(protocol, entry.details.get("additions"))
    for entry in entries:
        if entry.number in withdrawn_by:
            protocol = _extended(protocol, _still_used(entry.details.get("additions"), used))
    options = default_options(protocol)
    for entry in standing:
        for name, value in entry.details.get("options", {}).items():
            options = with_option(options, name, value)
    if protocol.variable(options.origin) is None:
        options = with_option(options, "origin", protocol.origin)
    return State(
        study_id=first["id"],
        title=first["title"],
        synthetic=first["synthetic"],
        public_key=first["public_key"],
        protocol=protocol,
        options=options,
        withdrawn_by=withdrawn_by,
        entry=entries[-1].number,
        head=entries[-1].hash,
    )


def read_base(first: Entry) -> Protocol:
    """The protocol that the first entry of a study holds."""
    text: str = first.details["study"]["protocol"]
    return read_protocol(text, name=_("of the study"))


def find_withdrawn(entries: Sequence[Entry]) -> dict[int, int]:
    """The numbers of withdrawn entries, and of the entries that withdrew them.

    A withdrawal may itself be withdrawn: what it took away then stands again.
    """
    withdrawn: dict[int, int] = {}
    for entry in reversed(entries):
        if entry.kind == WITHDRAWN and entry.number not in withdrawn:
            withdrawn[int(entry.details["entry"])] = entry.number
    return withdrawn


def default_options(protocol: Protocol) -> Options:
    """The options as the protocol sets them."""
    return Options(
        origin=protocol.origin,
        horizon_days=protocol.horizon_days,
        endpoint=protocol.endpoints[0].code if protocol.endpoints else "",
    )


def with_option(options: Options, name: str, value: Any) -> Options:
    """The options with one changed, from the form it has in an entry (dates as ISO text, lists)."""
    if name == "data_cut" and isinstance(value, str):
        value = date.fromisoformat(value)
    if name == "excluded":
        value = tuple(value)
    return dataclasses.replace(options, **{name: value})


def check_option(protocol: Protocol, name: str, value: object, patients: Iterable[str]) -> object:
    """The value of an option as an entry holds it. AppError when the study has no such thing."""
    if name == "origin":
        variable = protocol.variable(str(value))
        if variable is None or variable.kind != "date" or variable.scope != "patient":
            raise AppError(
                _("The time origin must be a date of the patient; “{value}” is none.").format(value=value)
            )
        return variable.code
    if name == "horizon_days":
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        raise AppError(_("The horizon must be a whole number of days above 0."))
    if name == "endpoint":
        if protocol.endpoint(str(value)) is None:
            raise AppError(_("The protocol has no endpoint “{value}”.").format(value=value))
        return value
    if name == "data_cut":
        span = span_of(value) if isinstance(value, str) else None
        if value is None or isinstance(value, date) or (span and span[0] == span[1]):
            return value.isoformat() if isinstance(value, date) else value
        raise AppError(_("The data cut must be a date."))
    if name == "excluded":
        wanted = sorted({str(patient) for patient in value} if isinstance(value, Iterable) else ())
        unknown = sorted(set(wanted) - set(patients))
        if unknown:
            raise AppError(_("The study has no patient {patients}.").format(patients=", ".join(unknown)))
        return wanted
    raise ValueError(f"there is no option {name!r}")


def _extended(protocol: Protocol, additions: Mapping[str, Any] | None) -> Protocol:
    """The protocol with additions that were checked when they were written."""
    return extend(protocol, additions, check=False) if additions else protocol


def _still_used(additions: Mapping[str, Any] | None, used: Used) -> dict[str, Any]:
    """Of the additions of a withdrawn entry those that later observations name."""
    if not additions:
        return {}
    names = {"variables": used.variables, "visits": used.visits, "arms": used.texts, "choices": used.texts}
    kept = {key: [item for item in additions.get(key, ()) if item["code"] in names[key]] for key in names}
    variables = {item["code"] for item in kept["variables"]}
    own = {item["code"] for item in additions.get("variables", ())}
    kept["choices"] = [
        item for item in kept["choices"] if item["variable"] in variables or item["variable"] not in own
    ]
    return {key: items for key, items in kept.items() if items}
