"""How late the event loop answers, measured ten times a second: what decides how busy this process is."""

import asyncio
import logging
import time

from console.load import Load

EVERY_S = 0.1

log = logging.getLogger(__name__)


async def measure(load: Load) -> None:
    """Until cancelled."""
    while True:
        due_s = time.monotonic() + EVERY_S
        await asyncio.sleep(EVERY_S)
        now_s, before = time.monotonic(), load.level
        load.measured((now_s - due_s) * 1_000, now_s)
        if load.level != before:
            _tell(load)


def _tell(load: Load) -> None:
    left = ", ".join(load.words) or "nothing"
    log.warning("load level %d: the loop is %.0f ms late, left for later: %s", load.level, load.late_ms, left)
