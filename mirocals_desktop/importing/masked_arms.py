"""Arms that a file calls A and B where the study knows its arms by name: which is which is asked, once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Final

from mirocals_desktop.i18n import _, amount
from mirocals_desktop.importing.model import Option, Question
from mirocals_desktop.importing.plan import Asker, ColumnPlan, TablePlan, question_id
from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol.model import Arm

_MASKED: Final = re.compile(
    r"(?:(?:arm|bras|group|groupe|grp|gp|treatment|traitement|trt|ttt|tt) ?)?(?:[a-z]|\d{1,2}|i{1,3})"
)
_MOST: Final = 3
_OWN: Final = "own"


def are_masked(labels: Sequence[str], arms: Sequence[Arm]) -> bool:
    """Whether labels tell nothing of what was given (A and B, 1 and 2), each perhaps an arm of the study."""
    return 2 <= len(labels) <= len(arms) <= _MOST and all(
        _MASKED.fullmatch(plain_name(one)) for one in labels
    )


def ask_masked_arms(
    labels: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    told: Mapping[str, str],
    arms: Sequence[Arm],
    table: TablePlan,
    column: ColumnPlan,
    asker: Asker,
) -> Mapping[str, str]:
    """The arm of each key of `labels`; {} where they stay arms of their own.

    That is suggested, unless the study knows the arms of the patients (`told`, key -> code of an arm). In a
    blinded study the numbers of patients are not shown.
    """
    keys = sorted(labels)
    ways = {
        "+".join(f"{key}={arm.code}" for key, arm in zip(keys, chosen, strict=True)): chosen
        for chosen in permutations(arms, len(keys))
    }
    known = set(told) == set(keys) and len(set(told.values())) == len(keys)
    said = _("{label} ({count})")
    named = (said.format(label=labels[key], count=amount(counts[key])) for key in keys)
    answer = asker.ask(
        Question(
            id=question_id("masked-arms", table.key, column.key, "+".join(keys)),
            kind="arm",
            text=_("“{header}” says {labels}, and the arms of the study are {arms}. Which is which?").format(
                header=column.title,
                labels=", ".join(labels[key] for key in keys) if column.sealed else ", ".join(named),
                arms=", ".join(str(arm.label) for arm in arms),
            ),
            options=(
                Option(_OWN, _("Nobody says: keep them as arms of their own")),
                *(
                    Option(
                        code,
                        ", ".join(f"{labels[key]} = {arm.label}" for key, arm in zip(keys, way, strict=True)),
                    )
                    for code, way in ways.items()
                ),
            ),
            suggested="+".join(f"{key}={told[key]}" for key in keys) if known else _OWN,
            confidence=0.8 if known else 0.5,
            evidence=(_("the arms that the study holds of these patients"),) if known else (),
            file=table.file,
            sheet=table.sheet,
            cells=(table.cell(column),),
        )
    )
    return {key: arm.code for key, arm in zip(keys, ways[answer], strict=True)} if answer != _OWN else {}
