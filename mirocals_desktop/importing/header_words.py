"""What a header means by the stems of its words, where no name of a variable fits it as a whole.

Nobody writes a header as somebody else does: "Dt incl.", "DTINC", "Enrolled on", "Date dern. consult.". What
they share are stems of words, and words that say nothing. A header is understood only where every word of it
is one of the two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mirocals_desktop.importing.words import plain_name
from mirocals_desktop.protocol import codes

_SILENT: Final = frozenset(
    re.findall(
        r"\w+",
        """
        date dates dt dte dat day jour time le la les l d de du des en au aux the of on at in by to
        for a an patient patients patiente sujet subject study etude essai trial protocol protocole
        n no connue connu known reported exact exacte dd mm yyyy yy jj aaaa aa if yes no si oui non
        dtc dtm dttm is was when did does has have were what which their participant participants
        paciente paziente fecha il lo el della di
        s e dmy mdy his her applicable datum fecha data dato f u uuid van het een
        """,
    )
)
_MARK_OF_DATE: Final = r"(?:date|dat|dte|dt|d)"

_DEATH: Final = (
    r"dec|dcs|deces|decede|decedee|decedes|death|died|dead|deceased|dth|dcd|dc|mort|exitus|die|tod|todes|gestorben"
    r"|rip|verstorben|verstorbene|muerte|fallecimiento|fallecido|defuncion|decesso|morte|deceduto|overl[ei]j?den"
)
_LAST: Final = (
    r"der|dern|dernier|derniere|dernieres|last|lst|latest|dn|ddn|news|nouv|nouvelle|nouvelles|contact|seen|vu|vue"
    r"|alive|vivant|pdv|perdu|lost|fu|lfu|lastfu|followup|follow|up|suivi|consult|consultation|visite|visit|vis|cs|point"
    r"|status|statut|information|info|infos|letzte[rns]?|kontakt|ultim[oa]|contacto|contatto|f|u|dlc|lc|dlfu|lka"
    r"|laatste|gezien"
)
_TELLS_LAST: Final = frozenset(
    re.findall(
        r"\w+",
        """
        der dern dernier derniere dernieres last lst latest dn ddn news nouv nouvelle nouvelles
        contact seen alive vivant pdv perdu lost fu lfu lastfu followup follow point letzter letzte letzten
        kontakt ultimo ultima contacto contatto dlc lc dlfu lka laatste
        """,
    )
)
_RANDOMISED: Final = (
    r"dor|rand|rando|random|randomi[sz]\w*|tirage|sort|alloc\w*|inc|incl|inclus|incluse|inclusion|included|enrol\w*"
    r"|entree|entered|entry|accept\w*|einschluss|einschlusses|eingeschlossen|aufnahme|eintritt|arruolamento|randomisatie\w*|inclusie\w*|recrut\w*|recruit\w*|registered|registration|enregistrement"
)
_DIAGNOSED: Final = r"diag|diagn\w*|dx|dg|dgn"
_BORN: Final = r"birth|born|naiss|naissance|nais|dob|nee|geb|geburt|geburts|nacimiento|nascita"
_CONSENT: Final = r"consent\w*|icf|signature"
_ONSET: Final = (
    r"onset|sympt\w*|1er|1ers|first|premier|premiers|debut|signes?|signs?|begin\w*|maladie|disease"
)
_STARTED: Final = (
    r"debut|deb|start|started|first|1st|premiere|premier|1er|1ere|trait|traitement|treat|treatment|trt|ttt|tt|ttmt|tx"
    r"|dose|injection|chimio|chemo|drug|therapy|therapie|begin\w*"
)
_STATUS: Final = (
    r"off|sortie|sorti|exit|termination|completion|completed|stat|status|statut|etat|event|evt|evnt|evenement|issue|outcome|censor\w*|censure|fin|end|follow|up|suivi|fu"
    r"|vital|last|dern|derniere?s?|final|eof|os|pdv|vie"
)


def _stems(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_DATES: Final = (
    (codes.DEATH_DATE, _stems(_DEATH), _stems(_DEATH)),
    (codes.BIRTH_DATE, _stems(_BORN), _stems(_BORN)),
    (codes.DIAGNOSIS_DATE, _stems(_DIAGNOSED), _stems(_DIAGNOSED + "|initial|initiale")),
    (codes.CONSENT_DATE, _stems(r"consent\w*|icf"), _stems(_CONSENT + "|informed|eclaire|form|signed|signe")),
    (codes.RANDOMISATION_DATE, _stems(_RANDOMISED), _stems(_RANDOMISED)),
    (codes.ONSET_DATE, _stems(r"onset|sympt\w*"), _stems(_ONSET)),
    (
        codes.FIRST_DOSE_DATE,
        _stems(r"trait|traitement|treat|treatment|trt|ttt|tt|ttmt|tx|dose|injection|chimio|chemo|therap\w+"),
        _stems(_STARTED),
    ),
    (codes.LAST_CONTACT_DATE, _stems("|".join(sorted(_TELLS_LAST))), _stems(_LAST)),
    (codes.END_OF_FOLLOW_UP_DATE,
     _stems(r"off|sortie|sorti|exit|stat|status|statut|etat|event|evt|evnt|evenement|issue|outcome|censor\w*|censure"),
     _stems(_STATUS)),
)  # fmt: skip
"""Variable, a stem that has to be there, and the stems that may be there besides it."""


@lru_cache(maxsize=4096)
def date_meant(name: str) -> str:
    """The code of the date that a header speaks of, "" for none: "DTINC" is the date of randomisation.

    Only for columns that hold dates: "Décès" alone may as well be a yes or no.
    """
    words = [word for word in plain_name(name).split() if not word.isdigit()]
    telling = [word for word in words if word not in _SILENT]
    if not telling:
        return ""
    for code, needed, allowed in _DATES:
        bare = [_bare(word, allowed) for word in telling]
        if all(allowed.fullmatch(word) for word in bare) and any(needed.fullmatch(word) for word in bare):
            if code == codes.FIRST_DOSE_DATE and not _starts(bare):
                continue
            return code
    return ""


def _starts(words: list[str]) -> bool:
    return any(
        re.fullmatch(r"debut|deb|start|started|first|1st|premiere?|1er|1ere|begin\w*", w) for w in words
    )


def _bare(word: str, stems: re.Pattern[str]) -> str:
    """A word without the mark of a date that is written onto it: "dtinc" and "ddiag"; else as it is."""
    if stems.fullmatch(word):
        return word
    for pattern in (rf"{_MARK_OF_DATE}(\w{{2,}})", rf"(\w{{2,}}?)(?:{_MARK_OF_DATE}|dtc|dtm|dttm|datum)"):
        match = re.fullmatch(pattern, word)
        if match and stems.fullmatch(match[1]):
            return match[1]
    return word


_DAY_ZERO: Final = re.compile(
    r"(?:date )?(?:de |of )?(?:[jdtmsw] ?0|(?:day|jour|time|t) ?(?:0|zero)|baseline|index)(?: date)?"
)


@lru_cache(maxsize=4096)
def is_day_zero(header: str) -> bool:
    """Whether a header calls the first day of a patient's follow-up: "J0", "Day 0", "Baseline date"."""
    return bool(_DAY_ZERO.fullmatch(plain_name(header)))


_ARM_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        arm bras group groupe grp gp gpe tt ttt trt traitement treatment tx rx cohort cohorte gruppe
        grupo gruppo braccio brazo randarm armcd randomisation randomization rando rand
        therapiearm behandlungsarm studienarm therapie therapiegruppe behandelarm groep
        """,
    )
)
_ARM_AROUND: Final = frozenset(
    re.findall(
        r"\w+",
        """
        planned actual randomization randomisation prevu allocated allocation attribue assigned
        randomised randomise recu of de du code
        """,
    )
)


@lru_cache(maxsize=4096)
def means_arm(name: str) -> bool:
    """Whether a header is a word for the arm: "Tt", "Grp", "Bras attribué"."""
    words = [word for word in plain_name(name).split() if word not in _SILENT]
    return any(word in _ARM_WORDS for word in words) and all(w in _ARM_WORDS | _ARM_AROUND for w in words)


_LIKE_ARM: Final = frozenset(
    re.findall(
        r"\w+",
        """
        protocole protocol protokoll schema scheme regimen regime strategie strategy medicament drug
        produit product intervention comparator comparateur chimiotherapie chimio chemotherapy chemo condition
        """,
    )
)
_AROUND_LIKE: Final = frozenset(
    ("treatment", "traitement", "therapeutique", "study", "etude", "recu", "de", "du")
)


@lru_cache(maxsize=4096)
def may_mean_arm(name: str) -> bool:
    """Whether a header is a word that some use for the arm and others for other things: "Protocole"."""
    words = plain_name(name).split()
    return any(word in _LIKE_ARM for word in words) and all(w in _LIKE_ARM | _AROUND_LIKE for w in words)


_STATUS_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        alive dead died deceased death deces decede decedee vivant vital vitalstatus status statut
        fustat verstorben gestorben tot tod vivo fallecido muerto exitus overleden levend deceduto
        vitale vitaal
        stat etat dcd mort survival os dcds evolution devenir
        """,
    )
)
_STATUS_AROUND: Final = frozenset(
    re.findall(
        r"\w+",
        """
        last dernier derniere dernieres nouvelles nouvelle news contact dn ddn follow up fu end
        ja nein nee j sn participant patients estado stato
        final current actuel fin suivi visite visit point yes no oui non o n y
        """,
    )
)


@lru_cache(maxsize=4096)
def means_status(name: str) -> bool:
    """Whether a header asks for the vital status: "Alive at last contact", "Is the patient dead?"."""
    words = [word for word in plain_name(name).split() if word not in _SILENT and not word.isdigit()]
    return any(word in _STATUS_WORDS for word in words) and all(
        word in _STATUS_WORDS | _STATUS_AROUND for word in words
    )


_LIKE_STATUS: Final = re.compile(
    r"(?:\w{0,4}(?:stat|status|event|evt|dead|dth|death|died|dece?s?|dcd|cens)\d?)"
)


@lru_cache(maxsize=4096)
def may_mean_status(name: str) -> bool:
    """Whether a header may be short for the outcome: "fustat", "delta_dth"."""
    words = plain_name(name).split()
    return len(words) <= 2 and any(_LIKE_STATUS.fullmatch(word) for word in words)


_OTHER_EVENT: Final = re.compile(
    r"\b(?:[rpdeltm]fs|tt[prf]|dfi|progression|progressed|recurren\w*|relaps\w*|recidiv\w*|rechut\w*"
    r"|local|metasta\w*|trache\w*|niv|vni|free|sans (?:maladie|progression|recidive|evenement|rechute)"
    r"|remission|infection|toxicit\w*)\b"
)


@lru_cache(maxsize=4096)
def of_other_event(header: str) -> bool:
    """Whether a header speaks of another event than death, or of death among others: "RFS event"."""
    return bool(_OTHER_EVENT.search(plain_name(header)))


_WHO: Final = re.compile(
    r"patients?|patiente?s?|patienten|paciente|paziente|pat|pts?|subjects?|subj|sujets?|suj|participants?|cases?|malades?|usubj|proband"
)
_NUMBERED: Final = re.compile(
    r"ids?|uuid|barcode|no|nr|nbr|num|numero|number|n|code|codes?|identifier|identifiant|identification|ident|ref|reference"
    r"|anonyme|anonymat|anonymous|unique|study|etude|trial|essai|inclusion|screening|hospital|registry|registre"
)
_QUESTION: Final = frozenset(
    re.findall(
        r"\w+", "quel quelle est what is which votre your please merci indiquer indiquez saisir enter s il"
    )
)
_IN_ONE: Final = re.compile(
    r"(?:patient|patienten|probanden|fall)_?(?:nummer|nr|id|kennung|code)|(?:u?subj|pat|patient|suj|sujet|pt|subject)_?(?:no|nr|num|number|id|code|nb)"
)
_LOOSE: Final = frozenset(
    re.findall(r"\w+", "numero number num nr mrn nip ipp dossier file chart record key cle ref")
)
_OF_A_FILE: Final = re.compile(r"(?:(?:n|no|nr|num|numero|number|id|code) (?:de |du |of )?)?"
                               r"(?:dossier|file|chart|record)"
                               r"(?: (?:id|no|nr|num|number|numero|n))?")  # fmt: skip


@lru_cache(maxsize=4096)
def names_patients(name: str) -> float:
    """How surely a header says that ids of patients stand below it: 1, 0.7 for a loose word, 0 for none."""
    plain = plain_name(name)
    small = ("de", "du", "of", "the", "le", "la", "d", "l")
    words = [word for word in plain.split() if word not in small and word not in _QUESTION]
    if not words:
        return 0.0
    if _IN_ONE.fullmatch("".join(words)) or (
        any(_WHO.fullmatch(word) for word in words)
        and any(_NUMBERED.fullmatch(word) for word in words)
        and all(_WHO.fullmatch(word) or _NUMBERED.fullmatch(word) for word in words)
    ):
        return 1.0
    if re.fullmatch(r"(?:rand|rando|scr|screen|incl)(?:no|nr|num|id)", "".join(words)):
        return 0.7
    return 0.7 if plain in _LOOSE or _OF_A_FILE.fullmatch(plain) else 0.0


_ITEM_NUMBER: Final = re.compile(
    r"^\s*\(?(?:q\.? ?)?\d{1,2}(?:\.\d{1,2})?\s*[.)°:\-–]\s*(?=[^\W\d_])", re.IGNORECASE
)
_CONDITION: Final = re.compile(r"^\s*(?:if|si)\s+[^,:;]{1,20}[,:;]\s*(?=\w)", re.IGNORECASE)


def without_item(name: str) -> str:
    """A question of a form without its number and condition: "5. If yes, died on" is "died on"."""
    return _CONDITION.sub("", _ITEM_NUMBER.sub("", name, count=1), count=1)
