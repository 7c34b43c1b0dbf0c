"""A gate over a memory journal with one created show."""

import pytest

from console.core.lifecycle import LIFECYCLE, CreateShow
from console.core.messages import Actor
from console.core.slice import Context
from console.gate import Gate
from console.journal.codec import Codec
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow
from console.shows import Shows

CONTROLLER = Actor("p1", "Kong", frozenset({"controller"}))
MODERATOR = Actor("p2", "Ping", frozenset({"moderator"}))


class Lookups:
    def context(self, show, now_ms, fresh_id, actor):
        return Context(now_ms=now_ms, fresh_id=fresh_id, actor=actor.id, header=show.header, leftovers=show.leftovers)


class Desk:
    """A gate over a memory journal with one created show."""

    def __init__(self, clock, ids):
        self.clock, self.ids = clock, ids
        self.journal = MemoryJournal(Codec(LIFECYCLE.events))
        self.shows = Shows(self.journal, (LIFECYCLE,))
        self.gate = self.another_gate(self.shows)

    def another_gate(self, shows):
        return Gate(
            journal=self.journal,
            shows=shows,
            slices=(LIFECYCLE,),
            lookups=Lookups(),
            clock=self.clock,
            ids=self.ids,
        )

    def stamp(self, **fields):
        return {"command_id": self.ids.uuid(), "issued_at": self.clock.now_ms(), **fields}

    async def submit(self, command, actor=CONTROLLER):
        return await self.gate.submit("s1", command, actor)


@pytest.fixture
async def desk(clock, ids):
    desk = Desk(clock, ids)
    admin = Actor("a", "a", frozenset({"admin"}))
    await desk.gate.create(ShowRow("s1", "e1"), CreateShow(title="晚场", **desk.stamp()), admin)
    return desk
