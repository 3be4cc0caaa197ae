"""Pure functions from frames and arrays to frozen results: survival, biomarkers, ALSFRS-R, follow-up."""
