"""Words for "no value", with the reason kept as a code, and for "beyond the assay's limit"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from mirocals_desktop.i18n import N_, _
from mirocals_desktop.importing.words import plain_name, word_list

REASONS: Final[Mapping[str, str]] = {
    "not_done": N_("not done"),
    "not_determined": N_("not determined"),
    "not_available": N_("not available"),
    "not_applicable": N_("not applicable"),
    "not_received": N_("not received"),
    "insufficient": N_("insufficient sample"),
    "unusable": N_("unusable sample"),
    "pending": N_("pending"),
    "refused": N_("refused"),
    "unknown": N_("unknown"),
}
"""Why a value is missing: code and words. `reason_label` gives the user's language."""

_BY_WORD: Final = {
    "not_done": """
        nf, n f, ne, not done, non fait, non faite, non faits, pas fait, not performed, non
        realise, non realisee, not tested, not measured, non dose, non dosee, non mesure, not
        taken, non preleve, not collected, not assessed, non evalue, nd not done, n d not done,
        missed, manquee, visite manquee, absent, absente, did not attend, dna, not evaluable, non
        evaluable, np, non pratique
    """,
    "not_determined": """
        nd, n d, not determined, non determine, non determinee, undetermined, indetermine, not
        calculated, non calcule, nc, n c
    """,
    "not_available": """
        na, n a, not available, non disponible, non dispo, missing, manquant, manquante, manque,
        dm, donnee manquante, null, none, nan, vide, empty, blank, not reported, non renseigne,
        nr, n r, non communique, not recorded, non documente, no data, pas de donnee, pas de
        resultat, no result, md, mv, missing value
    """,
    "not_applicable": "not applicable, non applicable, sans objet, so, s o, n app",
    "not_received": """
        not received, non recu, non recue, pas recu, lost sample, echantillon perdu, tube perdu,
        perdu, lost
    """,
    "insufficient": """
        qns, quantity not sufficient, insufficient, insuffisant, insufficient sample, quantite
        insuffisante, volume insuffisant, qte insuffisante, ins
    """,
    "unusable": """
        haemolysed, hemolysed, hemolyzed, hemolyse, hemolysee, coagule, coagulated, clotted,
        contaminated, contamine, ininterpretable, uninterpretable, invalid, invalide, error,
        erreur, failed, echec, lipemique, lipaemic
    """,
    "pending": "pending, en attente, a venir, to come, tbd, tbc, en cours, a faire, to do, awaited",
    "refused": "refused, refus, refuse, patient refused, refus patient",
    "unknown": "unknown, unk, uk, nk, not known, inconnu, inconnue, nsp, ne sait pas, xx, xxx",
}


_BELOW: Final = re.compile(
    r"(?:<|inf(?:erieur(?:e)?)?(?: a)?(?: la)?|below|under|<=)?\s*(?:b?lloq|b?loq|b?lod|llod|lq|ld|liq|seuil"
    r"|limite?(?: de (?:quantification|detection))?|detection limit|quantification limit"
    r"|limit of (?:quantification|quantitation|detection))"
)
_BELOW_WORDS: Final = word_list(
    """
    blq, bloq, blod, bql, bdl, below limit, below detection, below lloq, below loq,
    indetectable, undetectable, non detecte, non detectable, not detected, non quantifiable, nq,
    inf lq, inf a la lq, inf seuil, sous la limite, inferieur a la limite, below the limit
    """
)
_ABOVE_WORDS: Final = word_list(
    """
    alq, aloq, auloq, above limit, above uloq, above detection, sup lq, superieur a la limite,
    over range, overrange, hors gamme, above range, saturated, sature, above the limit, au
    dessus de la limite
    """
)

_OUT_OF_RANGE: Final = re.compile(r"(?:oor|out of range|hors gamme)\s*([<>])|([<>])\s*(?:oor|out of range)")
"""What readers of bead arrays write: "OOR <"."""

_NEVER: Final = word_list(
    """
    alive, still alive, living, vivant, vivante, vivants, en vie, toujours vivant, toujours
    vivante, no, non, never, jamais, no event, pas d evenement, aucun, aucune, non decede, non
    decedee, pas de deces, not dead
    """
)
_REASONS: Final = {word: reason for reason, words in _BY_WORD.items() for word in word_list(words)}
_SIGNS_ONLY: Final = re.compile(r"[-\u2010-\u2015\u2212.?/\\*_\u2026]{1,5}")

_EXPLAINED: Final = re.compile(r"\s*[(\[][^\d()\[\]]*[)\]]$")

MISSING_NUMBERS: Final = (
    -9.0, -99.0, -999.0, -9999.0, -1.0, -8.0, -88.0, 99.0, 999.0, 9999.0, 99999.0, 888.0, 8888.0, 777.0,
)  # fmt: skip
"""Numbers that some files write for "missing": never taken as such without being asked."""


@lru_cache(maxsize=100_000)
def missing_reason(text: str) -> str:
    """The code of the reason when the text says that there is no value, else ""."""
    stripped = text.strip()
    if _SIGNS_ONLY.fullmatch(stripped):
        return "unknown" if "?" in stripped else "not_available"
    if stripped.upper() in ("#N/A", "N/A", "N.A.", "N/A."):
        return "not_available"
    if any(sign in stripped for sign in "<>"):
        return ""
    word = _EXPLAINED.sub("", stripped)  # "NF (non fait)" says its reason twice
    return _REASONS.get(plain_name(stripped), "") or _REASONS.get(plain_name(word), "")


def no_date_reason(text: str) -> str:
    """The code of the reason when the text of a date says that there is none, as "alive" does."""
    return missing_reason(text) or ("not_applicable" if plain_name(text) in _NEVER else "")


@lru_cache(maxsize=100_000)
def beyond_limit(text: str) -> str:
    """ "<" or ">" when the text says, without a number, that a value is beyond the assay's limit, else ""."""
    stripped = text.strip().casefold()
    plain = plain_name(stripped)
    if signed := _OUT_OF_RANGE.fullmatch(stripped):
        return signed[1] or signed[2]
    if plain in _BELOW_WORDS or (stripped.startswith("<") and _BELOW.fullmatch("<" + plain)):
        return "<"
    if plain in _ABOVE_WORDS:
        return ">"
    if stripped.startswith(">") and re.fullmatch(
        r"(?:uloq|ulq|uloqs?|lsq|limite?|loq|lq|upper limit)", plain
    ):
        return ">"
    if plain in {"lloq", "loq", "lod", "llod", "lq inf", "liq"}:
        return "<"
    return ">" if plain in {"uloq", "ulq", "lsq", "lq sup"} else ""


def reason_label(code: str) -> str:
    """A reason in the user's language; the code itself for one that is not known."""
    return _(REASONS[code]) if code in REASONS else code
