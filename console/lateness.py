"""How late the event loop answers by its own work, measured ten times a second: what decides how busy this process is.

What other programs took of the machine does not count: leaving things out here would not bring it back. For the same reason
this process's own waiting for its disk does not: SQLite's fsync holds the loop, but takes no processor time. Who watches for that
looks at how long answers take.
"""

import asyncio
import logging
import time

from console.load import Load

EVERY_S = 0.1

log = logging.getLogger(__name__)


async def measure(load: Load) -> None:
    """Until cancelled."""
    while True:
        due_s, worked_s = time.monotonic() + EVERY_S, time.thread_time()
        await asyncio.sleep(EVERY_S)
        now_s, before = time.monotonic(), load.level
        load.measured(min(now_s - due_s, time.thread_time() - worked_s) * 1_000, now_s)
        if load.level != before:
            _tell(load)


def _tell(load: Load) -> None:
    left = ", ".join(load.words) or "nothing"
    log.warning("load level %d: the loop is %.0f ms late, left for later: %s", load.level, load.late_ms, left)
