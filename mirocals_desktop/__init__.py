"""MIROCALS Desktop: follow-up, biomarkers and survival of an ALS trial, from spreadsheet to Excel."""

__version__ = "0.1.0"
