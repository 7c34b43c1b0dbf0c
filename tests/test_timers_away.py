"""What the clockwork does while the store cannot be written: it tries again, and keeps nobody else waiting."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from console import timers as module
from console.catalogue import codec
from console.core.observations import Line, Paid
from console.ingest.commands import RecordObservations
from console.journal.database import StoreUnavailableError
from console.journal.memory import MemoryJournal
from console.offers.commands import FireOffer
from tests.clockwork import FLASH, OFFERS, Live
from tests.simulation.virtual import run

LAST = FLASH | {"quantity": 1, "duration_s": 600}


class Away(MemoryJournal):
    """A store of which some shows cannot be written for a while, and only says so after `patience_s`."""

    def __init__(self) -> None:
        super().__init__(codec())
        self.locked: set[str] = set()
        self.patience_s = 0.0

    @asynccontextmanager
    async def writing(self, show_id: str) -> Any:
        if show_id in self.locked:
            await asyncio.sleep(self.patience_s)
            raise StoreUnavailableError("database is locked")
        async with super().writing(show_id) as writing:
            yield writing


async def opened() -> tuple[Live, Away]:
    world = Live()
    journal = world.journal = Away()
    world.restart()
    return world, journal


def test_a_store_that_is_away_delays_what_is_due_and_loses_nothing() -> None:
    async def story() -> list[tuple[str, int]]:
        world, journal = await opened()
        world.offer = await world.prepare()
        await world.tick()
        await world.do(FireOffer, offer=world.offer, countdown_s=3)
        journal.locked.add(world.at)
        await asyncio.sleep(5.1)
        journal.locked.clear()
        await asyncio.sleep(1)
        await world.crash()
        return await world.times(*OFFERS)

    assert [kind for kind, _ in run(story())] == ["offer_fired"]


async def bought(world: Live) -> None:
    """The last piece, as a feed reports it."""
    now = world.clock.now_ms()
    paid = Paid(source="a", id="1", at=now, order="A", user="u", lines=(Line(product="serum", qty=1, amount=9_900),))
    await world.submit(RecordObservations(command_id="batch", issued_at=now, items=(paid,)))


@pytest.mark.parametrize("away_s", [1, 6, 60])
def test_a_sold_out_offer_is_stopped_as_soon_as_the_store_is_back(away_s: int) -> None:
    async def story() -> list[tuple[str, int]]:
        world, journal = await opened()
        world.offer = await world.prepare(offer=LAST)
        await world.tick()
        await world.do(FireOffer, offer=world.offer)
        await asyncio.sleep(1)
        await bought(world)
        journal.locked.add(world.at)
        await asyncio.sleep(away_s)
        journal.locked.clear()
        await asyncio.sleep(1)
        await world.crash()
        return await world.times("offer_stopped")

    ((_, stopped_ms),) = run(story())
    assert away_s * 1_000 <= stopped_ms - 1_000 <= away_s * 1_000 + 300


def test_a_sold_out_offer_is_stopped_by_whoever_comes_after_a_crash() -> None:
    async def story() -> list[tuple[str, int]]:
        world, _ = await opened()
        world.offer = await world.prepare(offer=LAST)
        await world.do(FireOffer, offer=world.offer)
        await bought(world)
        world.restart()
        await asyncio.sleep(30)
        await world.tick()
        await asyncio.sleep(1)
        await world.crash()
        return await world.times("offer_stopped")

    assert run(story()) == [("offer_stopped", 30_000)]


async def two_countdowns() -> list[tuple[str, int]]:
    """What becomes of one show's countdown while another show, which has one too, cannot be written."""
    world, journal = await opened()
    journal.patience_s = 3.0
    locked = await world.prepare()
    await world.do(FireOffer, offer=locked, countdown_s=1)
    journal.locked.add(world.at)
    world.at = "s_2"
    offer = await world.prepare()
    await world.tick()
    await world.do(FireOffer, offer=offer, countdown_s=3)
    await asyncio.sleep(10)
    await world.crash()
    return await world.times(*OFFERS)


def test_a_show_that_cannot_be_written_delays_no_other() -> None:
    assert run(two_countdowns()) == [("offer_fired", 3_000)]


def test_control_with_one_hand_for_all_the_other_show_would_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    serve, hand = module.Timers._serve, asyncio.Lock()

    async def one_after_the_other(self: module.Timers, show_id: str, commands: list[Any]) -> None:
        async with hand:
            await serve(self, show_id, commands)

    monkeypatch.setattr(module.Timers, "_serve", one_after_the_other)
    assert run(two_countdowns()) != [("offer_fired", 3_000)]
