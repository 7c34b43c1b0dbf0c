"""Every bound of the outside door in one place, units last."""

COMMAND_BODY_BYTES = 64 * 1024
OBSERVATION_BODY_BYTES = 4 * 1024 * 1024
OBSERVATIONS_A_CALL = 5_000
SHEET_BODY_BYTES = 4 * 1024 * 1024
JOURNAL_PAGE_ROWS = 1_000
JOURNAL_PAGE_ITEMS = 5_000
COMMAND_AGE_MS = 5_000
BATCHES_A_TRANSACTION = 1
"""Observation batches written between two looks at the commands, so that a storm never delays a press."""
WAITING_BATCHES = 64
"""Observation batches one show may have waiting; more are refused with 429."""
