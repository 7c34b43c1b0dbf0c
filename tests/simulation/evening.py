"""A whole show from one seed on a virtual clock: the demo's rows and offers, its rehearsal audience, a busy desk."""

import asyncio
from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec

from console.catalogue import SLICES, codec
from console.core.lifecycle import EndShow, SetTargets, StartShow
from console.core.messages import Actor, Command, Recorded, Rejection, Role
from console.core.show import Show
from console.ingest.commands import RecordObservations
from console.ingest.demo import OFFERS, PRODUCTS, ROWS, TARGETS
from console.ingest.rehearsal import Audience, Scene
from console.journal.port import Journal
from console.lines import Accepted
from console.metrics.commands import ReportNumbers
from console.offers.commands import ArmOffer, ConfirmDelivery, DefineOffer, FireOffer
from console.scripts.commands import Go, ImportRows, MessageHost
from console.shelf.commands import PopProduct
from console.timers import Timers
from tests.conftest import CountingIds
from tests.simulation.cases import CASES
from tests.simulation.virtual import VirtualClock
from tests.simulation.world import SHOW, World, lookups_of

NOT_BY_CHANCE = frozenset({"CreateShow", "StartShow", "EndShow", "RecordObservations", "ImportRows", "KillOffers"})
BY_CHANCE = [kind for kind in CASES if kind.__name__ not in NOT_BY_CHANCE]
SETTLE_S = 0.005
"""After each press: what follows from it is done, whether or not a process ended in between."""
DEMO_SHOP = lookups_of(PRODUCTS)


class IdsOfRows(CountingIds):
    """The same id for the same place in the journal, however many processes it took to get there."""

    def __init__(self, world: "Evening") -> None:
        super().__init__()
        self._world = world

    def fresh(self) -> str:
        return f"{max(self._world.shows.seq(SHOW), 0):08d}"


class Evening(World):
    """`crashes` are numbers of presses right after which the process ends and another one starts."""

    lookups = DEMO_SHOP

    def __init__(self, seed: int, crashes: Iterable[int] = (), journal: Journal | None = None) -> None:
        self.clockwork: asyncio.Task[None] | None = None
        super().__init__(VirtualClock(), journal)
        self.ids = IdsOfRows(self)
        self.restart()
        self.chance = Random(seed)
        self.crashes = frozenset(crashes)
        self.presses = 0
        self.audience = Audience(seed, PRODUCTS, peak=50, comments_a_s=3.0)

    @property
    def rows(self) -> list[tuple[Recorded, bytes, bytes]]:
        """(row, payload, hash) as the journal keeps them."""
        kept: list[tuple[Recorded, bytes, bytes]] = self.journal._kept[SHOW].rows
        return kept

    async def begin(self) -> None:
        """Another process."""
        self.restart()
        timers = Timers(self.gate, self.shows, self.clock)
        self.shows.listen(timers.follow)
        self.shows.recall(timers.recall)
        await self.show()
        self.clockwork = asyncio.create_task(timers.run())

    async def die(self) -> None:
        """The process ends in the middle of what it does."""
        if self.clockwork:
            self.clockwork.cancel()
            await asyncio.gather(self.clockwork, return_exceptions=True)

    async def submit(self, command: Command, actor: Actor | None = None) -> Accepted | Rejection:
        outcome = await super().submit(command, actor or someone("admin"))
        self.presses += 1
        if self.presses in self.crashes:
            await self.die()
            await self.begin()
        await asyncio.sleep(SETTLE_S)
        return outcome

    async def press(self, kind: type[Command], role: Role = "controller", /, **fields: Any) -> bool:
        """Whether it was accepted; a refusal is part of an evening."""
        return isinstance(await self.submit(self.command(kind, **fields), someone(role)), Accepted)

    async def play(self, rows: int = 7) -> "Evening":
        """From an empty journal to the numbers typed in after it."""
        await self.open(rehearsal=True, delivery=self.chance.choice(["none", "none", "manual"]))
        await self.begin()
        await self.press(SetTargets, "producer", targets=TARGETS)
        await self.press(ImportRows, "producer", rows=self.chance.sample(ROWS, rows))
        for terms in OFFERS:
            await self.press(DefineOffer, "producer", offer=terms | {"duration_s": self.chance.choice([15, 40, 300])})
        await self.press(StartShow)
        for _ in range(rows):
            await self.row()
        await self.press(EndShow)
        await self.observe()
        await asyncio.sleep(600)
        await self.press(ReportNumbers, "analyst", counters={"refunds_amount": 9_900}, as_of=self.clock.now_ms())
        await self.die()
        return self

    async def row(self) -> None:
        """One row of the run of show with what belongs to it, and whatever else people press meanwhile."""
        await self.press(Go)
        show = await self.show()
        row = show.states["scripts"].rows[show.states["scripts"].current] if show.states["scripts"].current else None
        if row and row.products:
            await self.press(PopProduct, product=row.products[0])
        await self.fire()
        for _ in range(self.chance.randint(6, 16)):
            await self.second()

    async def fire(self) -> None:
        show = await self.show()
        offer = self.chance.choice(list(show.states["offers"].entries))
        await self.press(ArmOffer, offer=offer)
        seen = (await self.show()).seq
        await self.press(FireOffer, offer=offer, countdown_s=self.chance.choice([0, 3, 10]), seen=seen)

    async def second(self) -> None:
        await self.observe()
        show = await self.show()
        requested = [key for key, entry in show.states["offers"].entries.items() if entry.state == "requested"]
        if requested and self.chance.random() < 0.5:
            await self.press(ConfirmDelivery, offer=requested[0], ok=self.chance.random() < 0.9)
        if self.chance.random() < 0.5:
            kind = self.chance.choice(BY_CHANCE)
            await self.press(kind, "admin", **CASES[kind](await self.show(), self.chance, self.clock.now_ms()))
        if self.chance.random() < 0.05:
            await self.press(MessageHost, text="慢一点", expires_s=5)
        await asyncio.sleep(1 - SETTLE_S)

    async def observe(self) -> None:
        show = await self.show()
        air = show.states["shelf"].on_air
        running = any(entry.state == "live" for entry in show.states["offers"].entries.values())
        now = self.clock.now_ms()
        items = self.audience.second(now, Scene(on_air=air.product if air else None, offer=running))
        command = RecordObservations(command_id=self.ids.uuid(), issued_at=now, items=items, simulated=True)
        await self.submit(command, someone("ingest"))

    def refolded(self) -> Show:
        """The show as its stored bytes tell it."""
        show, reader = Show(SHOW, "e_1", SLICES), codec()
        for row, payload, _ in self.rows:
            event = reader.decode(row.type, type(row.event).version, payload)
            show.evolve(msgspec.structs.replace(row, event=event))
        return show


def someone(role: Role) -> Actor:
    return Actor(f"p_{role}", role.title(), frozenset({role}))
