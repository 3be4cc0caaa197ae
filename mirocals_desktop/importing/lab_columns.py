"""What laboratories put beside results: places on plates, other results, usual ranges, times of day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mirocals_desktop.importing.gates import parent_gate
from mirocals_desktop.importing.profile import Profile
from mirocals_desktop.importing.seen import Seen
from mirocals_desktop.importing.words import VALUE_HEADERS, plain_name, word_list
from mirocals_desktop.protocol.model import Variable

_PLACE_ON_PLATE: Final = re.compile(
    r"wells?(?: (?:id|no|name|position|number))?|puits|plate (?:position|location|well)|replicates?(?: no)?"
    r"|replicats?"
)
_OF_PLATE: Final = re.compile(
    r"plates?(?: (?:id|no|name|number|barcode))?|plaques?(?: n)?|position|location|carrier|batch|run(?: id)?"
    r"|aeb|mean aeb|signal|mean signal|(?:od|do|absorbance)(?: ?\d{3})?(?: ?nm)?|rlu|rfu|mfi"
    r"|fluorescence|counts?|background"
    r"|sd|std|std dev|ecart type|et|(?:conc(?:entration)? |aeb |signal )?(?:percent )?(?:cv|rsd)(?: percent)?"
    r"|(?:calc(?:ulated)? )?conc(?:entration)? (?:cv|sd)|cv (?:conc|aeb|signal)|(?:percent )?recovery"
    r"|spot|detection range|detection limits?(?: calc\w*)?(?: low| high)?|fi"
    r"|exp(?:ected)? conc(?:entration)?|obs exp(?: 100)?"
    r"|dilution(?: factor)?|facteur de dilution|job status|replicate status|well status|sample (?:no|barcode)"
)
_SPREAD: Final = re.compile(
    r"(?:conc(?:entration)? )?(?:percent )?(?:cv|rsd)(?: conc(?:entration)?| percent)?"
)
_SHARE_OF_CELLS: Final = re.compile(
    r"(?:%|percent\w*|perc|pct|freq\w*\.?|pourcent\w*|\b(?:of|des?|du|parmi|among)\b|/)\s*"
    r"(?:(?:of|des?|du|parmi|among|les|the|all|tous|total|\() *|d['’])*"
    r"(lympho\w*|leu[ck]o\w*|wbc|pbmcs?|cd3\+?|cd45\+?|live|viables?|vivant\w*|singlets?|mononuc\w*|total)\b"
    r"(?!\s*(?:\+|t|cells?)*\s*(?:cd4|t4|helper|aux))",
    re.IGNORECASE,
)
"""Of which cells a header counts the percentage, where these are not the helper cells: CD4+."""
_GATE: Final = re.compile(r"gates?(?: name)?|population(?: name)?|cell population|subset|sous population")
_OF_PARENT: Final = re.compile(r"(?:percent |freq(?:uency)? )?(?:of )?parent|gated")
_OF_GATE: Final = re.compile(
    r"(?:freq(?:uency)? )?(?:of )?(?:grand ?parent|total|all)|numbers?|counts?|events?|cells"
)
_MOSTLY_NUMBERS: Final = 0.4
_FINAL: Final = re.compile(r"\b(?:final|adjusted|corrected|reportable|x dilution)\b")
_MEAN: Final = re.compile(r"\b(?:mean|average|avg|moyenne)\b")

_REFERENCE: Final = re.compile(
    r"normes?(?: (?:inf|sup|min|max|basse|haute|labo)\w*)?|normales?|normal (?:range|values?)"
    r"|(?:low|high|lower|upper|normal|usual)(?: ref\w*)? (?:ranges?|limit of normal)"
    r"|(?:range|ref) (?:low|high)|(?:referenz|norm|normal)(?:bereiche?|werte?)(?: (?:von|bis|unten|oben))?"
    r"|referenz|valores? (?:de )?ref\w*"
    r"|(?:valeurs? |intervalle )(?:de )?(?:ref\w*|normales?|usuelles?)(?: .*)?|v ref"
    r"|(?:ref|reference)(?: range| interval)?(?: (?:low|high|lower|upper|min|max|limit|inf|sup))*"
    r"|(?:lower|upper|low|high) (?:ref\w*|normal)(?: (?:limit|range|value))?|lln|uln|borne (?:inf|sup)\w*"
    r"|normal (?:low|high|lower|upper)(?: limit)?|[a-z]{2}(?:or|st)nr(?:lo|hi|c)|a1(?:lo|hi)|anrlo|anrhi"
)
_MARK: Final = re.compile(
    r"(?:alert |result |ref(?:erence)? |normal )?flags?|abnormal(?: flag)?|anormal|anomalie|h l|l h|b h"
    r"|[a-z]{2}nrind|anrind|indicator|drapeau|alerte?"
    r"|out of range"
)
_MARKS: Final = word_list("l, h, n, ll, hh, b, bas, haut, low, high, normal, abnormal, a, *, **")
_TIME_HEADER: Final = re.compile(r"(?:.* )?(?:heures?|time|hh ?mm|h min|horaire)(?: .*)?|tm|[a-z]{2}tm")
_TIME_OF_DAY: Final = re.compile(
    r"(?:[01]?\d|2[0-3]) ?(?:[:h.] ?[0-5]\d(?: ?[:.m] ?[0-5]\d)?|h)(?: ?[ap]\.?m\.?)?|[0-5]?\d? ?[ap]\.?m\.?",
    re.IGNORECASE,
)
_MOST_ARE_TIMES: Final = 0.9


def roles_of_plates(seen: Sequence[Seen]) -> dict[str, tuple[str, float]]:
    """The columns of a table from a plate reader that are no results, or other forms of the same result.

    Empty for a table without wells or replicates, and without a result beside its spread.
    """
    plain = {column.key: _bare(column) for column in seen}
    placed = any(_PLACE_ON_PLATE.fullmatch(name) for name in plain.values())
    spread = any(_SPREAD.fullmatch(name) for name in plain.values())
    if not placed and not (spread and any(name in VALUE_HEADERS for name in plain.values())):
        return {}
    results = sorted((key for key in plain if plain[key] in VALUE_HEADERS), key=lambda key: rank(plain[key]))
    roles = dict.fromkeys(results[1:], ("left_out/other-form", 0.9))
    last = ""
    for key, name in plain.items():
        of_signal = name == "mean" and last in roles
        if _PLACE_ON_PLATE.fullmatch(name) or _OF_PLATE.fullmatch(name) or of_signal:
            roles[key] = ("left_out/plate", 0.9)
        last = key
    return roles


_REPLICATE: Final = re.compile(
    r"(?P<stem>.+?) (?:gnr|rep(?:l(?:icate)?|licat)?|dup(?:l(?:icate)?)?|doublon|duplicat|well|puits|run|r"
    r"|mesure|essai) ?\d"
)
_MEAN_OF: Final = re.compile(
    r"(?P<stem>.+?) (?:mean|average|avg|moyenne?|moy|mittelwert|mw|media)"
    r"|(?:mean|average|avg|moyenne|moy|mittelwert|mw|media)(?: of| de| du| des| der)? (?P<of>.+)"
)
_SPREAD_OF: Final = re.compile(
    r"(?P<stem>.+?) (?:percent )?(?:cv|rsd|sd|std|sem|et|ecart type|stdev|std dev)(?: percent)?"
)


def means_of_replicates(seen: Sequence[Seen]) -> dict[str, str]:
    """The columns of means (with the name of what they are of), of replicates and of spreads (with "").

    Only where a mean stands beside its replicates or its spread; of replicates alone none is the result.
    """
    means: dict[tuple[str, str], Seen] = {}
    others: dict[tuple[str, str], list[Seen]] = {}
    for column in seen:
        name = plain_name((column.header.name or column.header.text).replace("%", " "))
        for pattern in (_REPLICATE, _SPREAD_OF):
            if match := pattern.fullmatch(name):
                others.setdefault((match["stem"], column.header.visit), []).append(column)
                break
        else:
            if match := _MEAN_OF.fullmatch(name):
                means.setdefault((match["stem"] or match["of"], column.header.visit), column)
    found: dict[str, str] = {}
    for (stem, visit), mean in means.items():
        if beside := others.get((stem, visit)):
            found.update(dict.fromkeys((column.key for column in beside), ""))
            found[mean.key] = stem
    return found


def of_other_cells(text: str, variable: Variable) -> bool:
    """Whether a header counts in percent of other cells than the variable: of lymphocytes, not of CD4+."""
    if variable.unit != "%":
        return False
    if parent := parent_gate(text):  # whatever was gated before it
        return bool(_SHARE_OF_CELLS.match(f"/{parent}"))
    named = [match[1] for match in _SHARE_OF_CELLS.finditer(text)]
    own = f"{variable.label.en} {variable.label.fr}".casefold()
    return bool(named) and not any(word.casefold() in own for word in named)


def rank(header: str) -> int:
    """The place of a header of results among others: the result that is final, the mean, one replicate's."""
    return 0 if _FINAL.search(header) else 1 if _MEAN.search(header) else 2


def _bare(column: Seen) -> str:
    """The plain header of a column without its sign for percent."""
    return plain_name((column.header.name or column.header.text).replace("%", " "))


def values_of_gates(named: Sequence[Seen], seen: Sequence[Seen]) -> list[Seen]:
    """The numbers that a cytometer lists for each gate: first the percentage of the parent."""
    if not any(_GATE.fullmatch(plain_name(column.header.name)) for column in named):
        return []
    numbers = [column for column in seen if column.profile.numeric > _MOSTLY_NUMBERS]
    parents = [column for column in numbers if _OF_PARENT.fullmatch(_bare(column))]
    others = [column for column in numbers if _OF_GATE.fullmatch(_bare(column))]
    return [*parents, *others] if parents else []


def beside_results(column: Seen) -> str:
    """Why a column of a list of results is no result: "reference" for usual ranges and marks, else ""."""
    plain = plain_name(column.header.text)
    if _REFERENCE.fullmatch(plain):
        return "reference"
    marks = {text.strip().casefold() for text in column.profile.texts} <= _MARKS
    return "reference" if _MARK.fullmatch(plain) and marks and not column.profile.numbers.size else ""


def is_time_of_day(column: Seen) -> bool:
    """Whether a column says at what time of the day something was, under a word for it."""
    profile: Profile = column.profile
    if not profile.said or not _TIME_HEADER.fullmatch(plain_name(column.header.text)):
        return False
    times = sum(count for text, count in profile.texts.items() if _TIME_OF_DAY.fullmatch(text.strip()))
    cells = profile.said - profile.number_cells - profile.date_cells - profile.booleans
    of_kind_time = cells - sum(profile.texts.values()) + profile.missing
    return profile.share(times + max(0, of_kind_time)) >= _MOST_ARE_TIMES
