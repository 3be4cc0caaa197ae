"""The study file: an append-only ledger of observations, and snapshots of it."""
