"""The console's own clockwork: submits what falls due in a show and what follows from what happened."""

import asyncio
import contextlib
import logging
from collections import deque

from console.clock import Clock
from console.core.messages import Command, Recorded
from console.core.show import Show
from console.gate import Gate
from console.journal.database import StoreUnavailableError
from console.limits import COMMAND_AGE_MS
from console.lines import Accepted
from console.reactions import due, next_due, react
from console.shows import Shows

LONGEST_SLEEP_S = 1.0
RETRY_S = 0.25

log = logging.getLogger(__name__)


class Timers:
    """One task for all shows held by this process. Two nodes may both submit: the journal decides once."""

    def __init__(self, gate: Gate, shows: Shows, clock: Clock) -> None:
        self._gate = gate
        self._shows = shows
        self._clock = clock
        self._began_at = clock.now_ms()
        self._moved = asyncio.Event()
        self._following: deque[tuple[str, Command, int]] = deque()

    async def follow(self, show: Show, rows: list[Recorded]) -> None:
        """A listener of Shows: cause and effect, and a new look at what falls due."""
        self._following.extend((show.id, command, row.seq) for row in rows for command in react(row, show))
        self._moved.set()

    def recall(self, show: Show, row: Recorded) -> None:
        """What a row of the last seconds asked for, seen again by a fold: its process may have ended before it was done."""
        if self._clock.now_ms() - row.at_ms <= COMMAND_AGE_MS:
            self._following.extend((show.id, command, row.seq) for command in react(row, show))
            self._moved.set()

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged and tried again: automation must not stop silently."""
        while True:
            self._moved.clear()
            try:
                shows = await self._shows.followed()
                await self._submit_following()
                settled = await self._submit_due(shows)
                await self._sleep(shows if settled else [], LONGEST_SLEEP_S if settled else RETRY_S)
            except StoreUnavailableError:
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("the clockwork could not look at what is due")
                await asyncio.sleep(RETRY_S)

    async def _submit_following(self) -> None:
        """One stays first in line until it is decided."""
        while self._following:
            await self._submit(*self._following[0])
            self._following.popleft()

    async def _submit_due(self, shows: list[Show]) -> bool:
        now_ms = self._clock.now_ms()
        awake_since = max(self._began_at, now_ms - COMMAND_AGE_MS)
        wishes = [(show.id, command) for show in shows for command in due(show, now_ms, awake_since)]
        return all([await self._submit(show_id, command) for show_id, command in wishes])

    async def _submit(self, show_id: str, command: Command, cause: int | None = None) -> bool:
        try:
            return isinstance(await self._gate.submit(show_id, command, cause=cause), Accepted)
        except StoreUnavailableError:
            raise
        except Exception:
            log.exception("show %s: %s was due and could not be decided", show_id, type(command).__name__)
            return False

    async def _sleep(self, shows: list[Show], longest_s: float) -> None:
        """Until the next instant or the next row; what could not be done now is tried again a little later."""
        now_ms = self._clock.now_ms()
        waits = [(at_ms - now_ms) / 1000 for show in shows if (at_ms := next_due(show)) is not None]
        # Not wait_for: it swallows a cancellation that comes together with a row, and the console would never end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(min([longest_s, *waits]), 0.001)):
                await self._moved.wait()
