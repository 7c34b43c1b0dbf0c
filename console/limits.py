"""Every bound of the outside door in one place, units last."""

COMMAND_BODY_BYTES = 64 * 1024
OBSERVATION_BODY_BYTES = 4 * 1024 * 1024
OBSERVATIONS_A_CALL = 5_000
SHEET_BODY_BYTES = 4 * 1024 * 1024
JOURNAL_PAGE_ROWS = 1_000
JOURNAL_PAGE_ITEMS = 5_000
COMMAND_AGE_MS = 5_000
BATCHES_A_TRANSACTION = 2
"""Observation batches written between two looks at the commands: few, so that a storm never delays a press. Two share the
lock's way to and fro and one commit, a fifth more on PostgreSQL when two nodes feed one show; four gain nothing more."""
WAITING_BATCHES = 64
"""Observation batches one show may have waiting; more are refused with 429."""

RATES: dict[str, tuple[float, float] | None] = {
    "command": (5_000, 1_000),
    "ingest": (5_000, 1_000),
    "read": (5_000, 1_000),
    "history": (5_000, 1_000),
    "viewer": (5_000, 1_000),
    "screen": (20_000, 2_000),
    "sign-in": (100, 10),
    "heavy": (60, 2),
    "probe": None,
}
"""Rate classes of routes: requests at once and then a second, for one person, token, link or address, in one process.

Far above what people and connectors need, for a desk must never meet them: they stop a program gone wild. Each class
counts alone, so no recap, import or feed takes anything from commands; the emergency stop is never counted out. A whole
audience may come back with one token, hence `screen`; `heavy` work runs in a worker; who asks whether we live always may.
`history` are pages of the journal, `viewer` first paints of screens to look at: read, but left for later under load.
"""
RATES_KEPT = 20_000
"""Callers remembered; the longest silent is forgotten first."""
