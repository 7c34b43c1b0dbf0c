"""Whether what is pressed can be kept, and whether other processes are heard: looked at all the time, told at once.

A store that is well is asked for its write lock, which costs next to nothing. One that has refused something – a full
disk refuses only what is committed, a locked show only its own commands – is well again when the like of it succeeds.
"""

import asyncio
import logging
from collections.abc import Callable
from math import inf

from console.journal.database import Database, StoreUnavailableError
from console.journal.port import Journal, UnknownShowError
from console.load import Load
from console.realtime.bus import Bus
from console.shop.shop import Shop

LOOK_EVERY_S = 0.5
PATIENCE_S = 1.5
"""A look that takes longer is bad news already: screens are told within two seconds."""

QUIET_S = 2.0
"""Without a refusal for so long: a disk that is nearly full takes one thing and refuses the next."""

log = logging.getLogger(__name__)

Degraded = tuple[str, ...]
"""What is out of order: `store` (nothing can be kept), `bus` (others are heard late), and what load leaves for later."""
Listener = Callable[[Degraded], None]


class Health:
    """One task. `store` is why nothing can be kept now; None when all is well."""

    def __init__(self, *, database: Database, journal: Journal, shop: Shop, bus: Bus, load: Load) -> None:
        self._database = database
        self._journal = journal
        self._shop = shop
        self._bus = bus
        self._load = load
        self._listeners: list[Listener] = []
        self._told: Degraded = ()
        self._unstored: set[str] = set()
        self._refused_at_s = -inf
        self.store: str | None = None
        load.listen(self._tell)

    @property
    def bus(self) -> str | None:
        """Why other processes are not heard at once; None when all is well."""
        return self._bus.degraded

    @property
    def degraded(self) -> Degraded:
        """See Degraded."""
        return (("store",) if self.store else ()) + (("bus",) if self.bus else ()) + self._load.words

    def listen(self, listener: Listener) -> None:
        """`listener(degraded)` is called whenever that changes."""
        self._listeners.append(listener)

    def unstored(self, show_id: str, reason: str) -> None:
        """Something of this show was refused because it could not be stored."""
        self._refused_at_s = _now_s()
        self._unstored.add(show_id)
        self._found(reason)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Find out how the store is, saying so on the way when that takes long."""
        looking = asyncio.create_task(self._reason())
        try:
            done, _ = await asyncio.wait({looking}, timeout=PATIENCE_S)
            if not done:
                self._found(self.store or f"no answer within {PATIENCE_S:g} s")
            reason = await looking
        finally:
            looking.cancel()
        if reason or _now_s() - self._refused_at_s >= QUIET_S:
            self._found(reason)
        else:
            self._tell()

    async def _reason(self) -> str | None:
        try:
            await (self._try_again() if self.store else self._database.probe())
        except StoreUnavailableError as error:
            return error.reason
        return None

    async def _try_again(self) -> None:
        await self._shop.try_writing()
        for show_id in tuple(self._unstored):
            await self._try_show(show_id)

    async def _try_show(self, show_id: str) -> None:
        try:
            async with self._journal.writing(show_id):
                return
        except UnknownShowError:
            return

    def _found(self, reason: str | None) -> None:
        if reason and not self.store:
            log.warning("nothing can be stored: %s", reason)
        elif self.store and not reason:
            log.warning("the store takes writes again")
            self._unstored.clear()
        self.store = reason
        self._tell()

    def _tell(self) -> None:
        if self._told != self.degraded:
            self._told = self.degraded
            for listener in self._listeners:
                listener(self._told)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
