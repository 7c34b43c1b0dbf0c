"""How long one step of the event loop keeps it for itself, in processor time: neighbours on the machine do not count."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

FROZEN_S = 0.25


class Steps:
    """The longest step so far and what it was."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.what = ""

    def note(self, handle: asyncio.Handle, spent_s: float) -> None:
        if spent_s > self.longest_s:
            self.longest_s, self.what = spent_s, repr(handle)

    def froze(self, limit_s: float = FROZEN_S) -> bool:
        """A tracer makes everything slower."""
        return self.longest_s > limit_s * (4 if sys.gettrace() else 1)


@asynccontextmanager
async def steps() -> AsyncIterator[Steps]:
    """Every callback of asyncio's own loop, as long as this lasts."""
    seen, run = Steps(), asyncio.Handle._run

    def watched(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        try:
            run(handle)
        finally:
            seen.note(handle, time.thread_time() - began)

    with patch.object(asyncio.Handle, "_run", watched):
        # The step that is under way began unwatched; and the last one must have ended to be counted.
        await asyncio.sleep(0)
        yield seen
        await asyncio.sleep(0)
