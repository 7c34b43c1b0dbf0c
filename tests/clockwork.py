"""A console's clockwork on a clock of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from console.core.lifecycle import StartShow
from console.core.messages import Recorded
from console.offers.commands import ArmOffer, DefineOffer
from console.timers import Timers
from tests.simulation.virtual import START_MS, VirtualClock
from tests.simulation.world import World

FLASH = {"kind": "flash_price", "title": "Flash", "product": "serum", "price": 9_900, "quantity": 10, "duration_s": 60}


class Live(World):
    """A live show with one armed offer, and as many processes with a clockwork as wanted."""

    def __init__(self) -> None:
        super().__init__(VirtualClock())
        self.running: list[asyncio.Task[None]] = []
        self.offer = ""

    async def prepare(self, delivery: str = "none", offer: dict[str, Any] = FLASH) -> str:
        await self.open(delivery=delivery)
        await self.do(StartShow)
        await self.do(DefineOffer, offer=offer)
        offer_id: str = next(iter((await self.show()).states["offers"].entries))
        await self.do(ArmOffer, offer=offer_id)
        return offer_id

    async def tick(self) -> None:
        """Start the clockwork of the process as it is now."""
        timers = Timers(self.gate, self.shows, self.clock)
        self.shows.listen(timers.follow)
        self.shows.recall(timers.recall)
        await self.show()
        self.running.append(asyncio.create_task(timers.run()))

    async def crash(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        self.running.clear()
        self.restart()

    async def rows(self, *types: str) -> list[Recorded]:
        return [row for row in await self.journal.read(self.at, 0, 10_000) if row.type in types]

    async def times(self, *types: str) -> list[tuple[str, int]]:
        """(type, ms since the start) of the rows of these types."""
        return [(row.type, row.at_ms - START_MS) for row in await self.rows(*types)]


OFFERS = ("offer_fired", "offer_expired", "offer_parked")


@asynccontextmanager
async def live(**prepared: Any) -> AsyncIterator[Live]:
    world = Live()
    world.offer = await world.prepare(**prepared)
    await world.tick()
    yield world
    await world.crash()
