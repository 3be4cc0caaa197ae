"""Words that spreadsheets use in English and French, apart from any protocol: totals, missing values, visits.

Everything is compared after `plain_name` (no case, accents or signs) unless a sign is the point.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mirocals_desktop.protocol import words as protocol_words

plain_name = lru_cache(maxsize=200_000)(protocol_words.plain_name)
"""`plain_name` of the protocol, remembered: an import asks for the same texts again and again."""


def word_list(text: str) -> frozenset[str]:
    """The words and phrases of a comma-separated list."""
    return frozenset(" ".join(word.split()) for word in text.split(",") if word.strip())


_TOTAL_PHRASES: Final = re.compile(
    r"(?:grand |sub ?|sous )?tota(?:l|ux)\b|grand (?:average|mean|moyenne)\b|(?:geometric )?mean\b|moyenne"
    r"|average\b|median|ecart type"
    r"|standard deviation|std dev|n \d+$|nombre (?:de|total)|number of|effectif"
    r"|moy (?:et|sd|sem|ec)\b|cv (?:inter|intra)"
    r"|p (?:value\b|wilcoxon|anova|student|mann|t test|kruskal)|valeur p\b"
    r"|(?:normal|reference|ref|usual) (?:range|values?|interval)"
    r"|valeurs? (?:normales?|usuelles?|de ref\w*)|normes?$"
    r"|\S*\d\S*(?: \d+)* (?:average|total|sub ?total|count|max|min|std ?dev|moyenne|somme)$"
)
_TOTAL_WORDS: Final = word_list(
    """
    sum, somme, avg, moy, sd, std, et, sem, n, min, max, minimum, maximum, count, nombre, cv, cv %,
    range, etendue, q1, q3, iqr, geomean
    """
)

_NOTE_STARTS: Final = re.compile(
    r"(?:notes?|nb|n b|legende|legend|remarques?|remarks?|commentaires?|comments?|source|abbreviations?"
    r"|abreviations?|key|cle|voir|see|last update|mise a jour|updated|edite|printed|imprime|page|confidential"
    r"|confidentiel|signature|prepared by|valide par|data from|export|extraction|footnotes?|explanation"
    r"|explication|lloq|uloq|llod|limite)\b"
)

ROW_LABELS: Final = word_list("row labels, etiquettes de lignes, zeilenbeschriftungen")
"""What spreadsheet programs write over the first column of a pivot table."""

PATIENT_WORDS: Final = ROW_LABELS | word_list(
    """
    patient, patient id, patient no, patient number, patient n, patient code, patients, id patient,
    n patient, no patient, num patient, numero patient, numero de patient, numero du patient, code
    patient, identifiant patient, identifiant, ident, subject, subject id, subject no, subject
    number, subj, subjid, subject code, usubjid, id, pat id, pat no, pat, patid, patientid, patient
    identifier, sujet, n sujet, id sujet, numero sujet, participant, participant id, participant no,
    participant number, record id, study id, study no, study number, trial id, trial no, trial
    number, screening no, screening number, case, case id, case no, n inclusion, numero inclusion,
    numero d inclusion, n d inclusion, code inclusion, randomisation no, randomisation number, rando
    no, n randomisation, numero de randomisation, code sujet, ipp, patient ref, ref patient, patient
    reference, pid, sid, uid, enrolment no, enrolment number, enrollment number, n de patient, no de
    patient, nr patient, n anonymat, numero anonymat, anonymous id, pseudonym, pseudo id, code,
    identifier, n, no, patient nr, pt, pt no, pt id, pt nr, pt number, pts, n pt, no pt, id pt, pat nr,
    study subject, study subject id, paciente, paziente, patientennummer, patienten nr, patient nummer,
    proband, probandennummer, id paciente, numero paciente, codice paziente
    """
)
"""Headers of the column that says whose row it is; single vague words ("id", "code", "n") count for less."""

VAGUE_PATIENT_WORDS: Final = ROW_LABELS | word_list(
    """
    id, code, n, no, case, identifier, ident, pat, uid, sid, study number, study no
    """
)

VISIT_WORDS: Final = word_list(
    """
    visit, visite, visit name, visit no, visit number, visit code, visit id, visit label, n visite,
    numero visite, numero de visite, nom de la visite, code visite, visitnum, avisit, timepoint,
    time point, temps, time, passage, event name, redcap event name, event, evaluation, bilan,
    consultation, epoch, study visit, scheduled visit, visites, visits, point, temps de visite,
    numvis, novis, visnum, visno, n vis, num visite, num vis, instancename, instance name,
    moment, cs, session, tps, v, wave, cycle, n cycle, cycle no, folder, foldername, folder name,
    assessment, mois, month, week, semaine
    """
)

DAY_WORDS: Final = word_list(
    """
    day, days, jour, jours, study day, day of study, jour d etude, jour etude, visit day, visitdy,
    ady, day from randomisation, days from randomisation, days since randomisation, delay, delai,
    delai jours, j, nb jours, nombre de jours, relative day, day since baseline, days since
    baseline, days from baseline
    """
)

DURATION_HEADERS: Final = word_list(
    """
    aval, time, times, survival time, time to death, time to event, overall survival, os, follow up time,
    follow up duration, duration of follow up, futime, survival, duree de suivi, temps de suivi, suivi,
    delai de suivi, temps, survie, duree de survie, temps de survie, delai jusqu au deces, os time, t
    """
)
"""Headers of the time from the origin to the end of follow-up."""
UNIT_HEADERS: Final = word_list(
    """
    unit, units, unite, unites, lborresu, lbstresu, result unit, unite de mesure, uom, einheit, einheiten,
    unidad, unidades, unita
    """
)
VALUE_HEADERS: Final = word_list(
    """
    value, result, valeur, resultat, results, values, aval, lborres, lbstresn, lbstresc, lborresn,
    measurement, mesure, measure, concentration, conc, reading, dosage, result value, numeric result,
    mean conc, mean concentration, average conc, average concentration, avg conc, conc mean,
    concentration mean, calc conc mean, calculated concentration mean, mean calc conc,
    mean calculated concentration, calc concentration mean, conc moyenne, concentration moyenne,
    moyenne conc, final conc, final concentration, adjusted conc, adjusted concentration,
    dilution corrected conc, conc x dilution, reportable result, fitted conc, fitted concentration,
    calc conc, calculated concentration, calculated conc, calc concentration, replicate conc,
    replicate concentration, replicate result, obs conc, observed concentration, interpolated conc,
    ergebnis, messwert, wert, resultado, valor, risultato, valore, test result, lab result, resultat numerique
    """
)
PARAMETER_HEADERS: Final = word_list(
    """
    parameter, parametre, param, paramcd, test, analyte, variable, marker, marqueur, biomarker,
    biomarqueur, assay, examen, gate, gates, gate name, population, population name, cell population, subset,
    sous population, test name, lbtest, lbtestcd, test code, analysis, analyse, measure,
    measurement name, parameter name, nom du test, nom du parametre, item, question, analyt, messgrosse,
    laborparameter, untersuchung, parametro, analito, prueba, esame, component, determination, libelle
    """
)
OUTCOME_HEADERS: Final = word_list(
    """
    event, evenement, status, statut, event indicator, event status, censoring status, os event, os status,
    outcome, evt, delta, death event, censor status
    """
)
"""Headers that may mean whether the patient died, where two codes stand below them."""
COMMENT_HEADERS: Final = word_list(
    """
    comment, comments, commentaire, commentaires, remark, remarks, remarque, remarques, note, notes,
    observation, observations, memo, commentaire s, free text, texte libre, obs, notes libres, free notes,
    bemerkung, bemerkungen, kommentar, kommentare, anmerkung, anmerkungen, comentario, comentarios,
    observaciones, commento, commenti, note libre, comment s, general comment, general comments,
    lab comment, lab comments, additional comments, autres remarques, comments remarks, remarks comments
    """
)

SOURCE_WORDS: Final = word_list(
    """
    central, centrale, centralised, centralized, centralise, local, locale, core, reference, lab, labs, labo,
    laboratory, laboratories, laboratoire, flow, facs, cytometry, cytometrie, flux, elisa, simoa, luminex,
    msd, ella, quanterix, assay, method, methode, technique, result, results, resultat, resultats, value,
    valeur, level, levels, taux, concentration, conc, dosage, measured, measurement, mesure, mesuree, releve,
    relevee, observed, obtained, obtenu, recorded, assessed, evaluated, evaluation, rated, rater, evaluateur,
    assessor, meas, actual
    """
)
"""Words of a header that tell who measured and how, and not what is measured."""


@lru_cache(maxsize=20_000)
def without_source(name: str) -> str:
    """A name without the words that tell who measured and how: "NfL central laboratory result" is "NfL".

    A letter or number behind such a word goes with it ("lab A"). The name itself where nothing is left.
    """
    kept: list[str] = []
    dropped = False
    for word in name.split():
        plain = plain_name(word)
        dropped = plain in SOURCE_WORDS or not plain or (dropped and len(plain) == 1)
        if not dropped:
            kept.append(word)
    return " ".join(kept).strip(" ,;:-–—") or name


@lru_cache(maxsize=50_000)
def is_total(text: str) -> bool:
    """Whether a row that begins with this text sums up other rows: Total, Moyenne, SD, N = 220 ..."""
    plain = plain_name(text)
    return plain in _TOTAL_WORDS or bool(_TOTAL_PHRASES.match(plain))


@lru_cache(maxsize=50_000)
def is_note(text: str) -> bool:
    """Whether this text begins like a note or a legend."""
    return bool(_NOTE_STARTS.match(plain_name(text)))


_NUMBER: Final = re.compile(r"[<>≤≥~]?\s*[+\-−]?\d[\d\s.,'’\u00a0\u202f]*(?:[eE][+-]?\d+)?\s*%?")
_DATE: Final = re.compile(
    r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}(?:[ T]\d.*)?|\d{1,2}[-/. ]?[^\W\d]{3,10}\.?[-/. ]?\d{2,4}"
    r"|\d{4}-\d{2}|\d{2}/\d{4}"
)


@lru_cache(maxsize=50_000)
def looks_like_value(text: str) -> bool:
    """Whether this text is more a value than a name: a number, a date, a code with digits and no blank."""
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped) or _DATE.fullmatch(stripped):
        return True
    return bool(re.search(r"\d{2}", stripped)) and not re.search(r"\s", stripped) and len(stripped) <= 24


def looks_like_day(text: str) -> bool:
    """Whether this text is written like a day of the calendar."""
    return bool(_DATE.fullmatch(text.strip()))


@lru_cache(maxsize=50_000)
def shape(text: str) -> str:
    """The shape of an id: digits as 9, letters as A, runs drawn together: "ACTG-0001" is "A-9"."""
    drawn = re.sub(r"[^\W\d_]+", "A", text.strip())
    return re.sub(r"\s+", " ", re.sub(r"\d+", "9", drawn))
