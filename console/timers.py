"""The console's own clockwork: submits what falls due in a show and what follows from what happened."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence

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
    """One look for all shows held by this process, a hand for each that asks for something: who cannot be written now
    keeps no other waiting. Two nodes may both submit: the journal decides once.
    """

    def __init__(self, gate: Gate, shows: Shows, clock: Clock) -> None:
        self._gate = gate
        self._shows = shows
        self._clock = clock
        self._began_at = clock.now_ms()
        self._moved = asyncio.Event()
        self._following: dict[str, deque[tuple[Command, int]]] = {}
        self._busy: set[str] = set()
        """Shows that have a hand."""

    def follow(self, show: Show, rows: Sequence[Recorded]) -> None:
        """A listener of Shows: cause and effect, and a new look at what falls due."""
        for row in rows:
            self._add(show, row)
        self._moved.set()

    def recall(self, show: Show, row: Recorded) -> None:
        """What a row of the last seconds asked for, seen again by a fold: its process may have ended before it was done."""
        if self._clock.now_ms() - row.at_ms <= COMMAND_AGE_MS:
            self._add(show, row)
            self._moved.set()

    def _add(self, show: Show, row: Recorded) -> None:
        if commands := react(row, show):
            self._following.setdefault(show.id, deque()).extend((command, row.seq) for command in commands)

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged and tried again: automation must not stop silently."""
        async with asyncio.TaskGroup() as hands:
            while True:
                self._moved.clear()
                try:
                    shows = await self._shows.followed()
                    self._give_hands(hands, shows)
                    await self._sleep(shows)
                except StoreUnavailableError:
                    await asyncio.sleep(RETRY_S)
                except Exception:
                    log.exception("the clockwork could not look at what is due")
                    await asyncio.sleep(RETRY_S)

    def _give_hands(self, hands: asyncio.TaskGroup, shows: list[Show]) -> None:
        now_ms = self._clock.now_ms()
        awake_since = max(self._began_at, now_ms - COMMAND_AGE_MS)
        asked = {show.id: due(show, now_ms, awake_since) for show in shows}
        for show_id in dict.fromkeys((*asked, *self._following)):
            if show_id not in self._busy and (asked.get(show_id) or show_id in self._following):
                self._busy.add(show_id)
                hands.create_task(self._serve(show_id, asked.get(show_id, [])))

    async def _serve(self, show_id: str, commands: list[Command]) -> None:
        """What could not be done now is tried again a little later."""
        try:
            if not await self._settled(show_id, commands):
                await asyncio.sleep(RETRY_S)
        finally:
            self._busy.discard(show_id)
            self._moved.set()

    async def _settled(self, show_id: str, commands: list[Command]) -> bool:
        try:
            await self._submit_following(show_id)
            return all([await self._submit(show_id, command) for command in commands])
        except StoreUnavailableError:
            return False

    async def _submit_following(self, show_id: str) -> None:
        """One stays first in line until it is decided."""
        while waiting := self._following.get(show_id):
            await self._submit(show_id, *waiting[0])
            waiting.popleft()
        self._following.pop(show_id, None)

    async def _submit(self, show_id: str, command: Command, cause: int | None = None) -> bool:
        try:
            return isinstance(await self._gate.submit(show_id, command, cause=cause), Accepted)
        except StoreUnavailableError:
            raise
        except Exception:
            log.exception("show %s: %s was due and could not be decided", show_id, type(command).__name__)
            return False

    async def _sleep(self, shows: list[Show]) -> None:
        """Until the next row, the next instant of a show without a hand, or a hand is free."""
        now_ms = self._clock.now_ms()
        idle = [show for show in shows if show.id not in self._busy]
        waits = [(at_ms - now_ms) / 1000 for show in idle if (at_ms := next_due(show)) is not None]
        # Not wait_for: it swallows a cancellation that comes together with a row, and the console would never end.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(min([LONGEST_SLEEP_S, *waits]), 0.001)):
                await self._moved.wait()
