"""Codes of the variables that the program itself understands; a protocol without one does without its use.

`ARM` and `SITE` group patients. Dates say where a patient stands: consent, randomisation, first dose,
withdrawal, last contact, death. `END_OF_FOLLOW_UP_DATE` is what many files keep instead of two columns:
"last seen / died", read together with `VITAL_STATUS`.
"""

from __future__ import annotations

from typing import Final

ARM: Final = "arm"
SITE: Final = "site"
SEX: Final = "sex"
AGE: Final = "age"
ONSET_SITE: Final = "onset_site"
ONSET_DATE: Final = "onset_date"
BIRTH_DATE: Final = "birth_date"
DIAGNOSIS_DATE: Final = "diagnosis_date"
CONSENT_DATE: Final = "consent_date"
RILUZOLE_START_DATE: Final = "riluzole_start_date"
RANDOMISATION_DATE: Final = "randomisation_date"
FIRST_DOSE_DATE: Final = "first_dose_date"
SCREENING_OUTCOME: Final = "screening_outcome"
COMPLETION_DATE: Final = "completion_date"
WITHDRAWAL_DATE: Final = "withdrawal_date"
WITHDRAWAL_REASON: Final = "withdrawal_reason"
VITAL_STATUS: Final = "vital_status"
LAST_CONTACT_DATE: Final = "last_contact_date"
DEATH_DATE: Final = "death_date"
END_OF_FOLLOW_UP_DATE: Final = "end_of_follow_up_date"
TRACHEOSTOMY_DATE: Final = "tracheostomy_date"
NIV_START_DATE: Final = "niv_start_date"
PAV_START_DATE: Final = "pav_start_date"
GASTROSTOMY_DATE: Final = "gastrostomy_date"

VISIT_DATE: Final = "visit_date"
VISIT_STATUS: Final = "visit_status"
MISSED_REASON: Final = "missed_reason"

ALSFRS_R_ITEMS: Final = (
    "alsfrs_r_1",
    "alsfrs_r_2",
    "alsfrs_r_3",
    "alsfrs_r_4",
    "alsfrs_r_5a",
    "alsfrs_r_5b",
    "alsfrs_r_6",
    "alsfrs_r_7",
    "alsfrs_r_8",
    "alsfrs_r_9",
    "alsfrs_r_10",
    "alsfrs_r_11",
    "alsfrs_r_12",
)
ALSFRS_R_TOTAL: Final = "alsfrs_r_total"
SVC_PERCENT: Final = "svc_percent"
WEIGHT: Final = "weight"
TREG_PERCENT: Final = "treg_percent"
TREG_COUNT: Final = "treg_count"
CD4_COUNT: Final = "cd4_count"
CSF_PNFH: Final = "csf_pnfh"
SERUM_NFL: Final = "serum_nfl"
CCL2_PLASMA: Final = "ccl2_plasma"
CCL2_CSF: Final = "ccl2_csf"
EOSINOPHILS: Final = "eosinophils"

ALIVE: Final = "alive"
DEAD: Final = "dead"
LOST: Final = "lost"
"""Codes of the choices of `VITAL_STATUS` that decide an endpoint; others (lost, transplanted) do not."""

LOG_ADVERSE_EVENT: Final = "adverse_event"
LOG_DOSE: Final = "dose"
LOG_MEDICATION: Final = "medication"
LOG_SAMPLE: Final = "sample"
LOG_DEVIATION: Final = "deviation"
