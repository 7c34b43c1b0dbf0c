"""What others wrote arrives whatever becomes of the message that says so."""

import asyncio

import pytest
from bare_shows import add_show

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowStarted, TargetsSet
from console.core.messages import Recorded
from console.following import ALONE_EVERY_S, Following
from console.journal.codec import Codec
from console.journal.driver import StoreUnavailableError
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow
from console.realtime.bus import MemoryBus
from console.shows import Shows


class Server:
    """A database that has no version to look at, as PostgreSQL."""

    def data_version(self):
        return None


class Shop:
    def __init__(self):
        self.refreshed = 0

    async def refresh(self):
        self.refreshed += 1


class Room:
    """One process that follows a journal another one writes to."""

    def __init__(self, monkeypatch):
        self.journal = MemoryJournal(Codec(LIFECYCLE.events))
        self.shows = Shows(self.journal, (LIFECYCLE,))
        self.bus, self.shop = MemoryBus(), Shop()
        self.announced = []
        self.shows.listen(self.hear)
        self.following = Following(
            database=Server(), journal=self.journal, shows=self.shows, shop=self.shop, bus=self.bus, changed=self.changed
        )  # fmt: skip

    def hear(self, show, rows):
        self.announced += [row.seq for row in rows]

    async def changed(self):
        pass

    async def other_writes(self, count=1):
        async with self.journal.writing("s1") as writing:
            rows = [written(writing.head + 1 + offset) for offset in range(count)]
            await writing.append(rows)
        return rows[-1].seq


def written(seq):
    event = ShowCreated(title="晚场") if seq == 1 else TargetsSet(targets={"gmv_paid": seq})
    return Recorded(show_id="s1", seq=seq, at_ms=seq, actor="p", event=event, command_id=f"c{seq}")


@pytest.fixture
async def room(monkeypatch):
    room = Room(monkeypatch)
    await add_show(room.journal, ShowRow("s1", "e1"))
    await room.other_writes()
    await room.shows.get("s1")
    task = asyncio.create_task(room.following.run())
    await asyncio.sleep(0.05)
    yield room
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(true, seconds=3.0):
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


async def test_what_the_bus_says_is_read_at_once(room, monkeypatch):
    monkeypatch.setattr("console.following.ALONE_EVERY_S", 60)
    await asyncio.sleep(0.25)
    seq = await room.other_writes(3)
    room.bus.publish("s1", seq)
    await until(lambda: room.announced == [2, 3, 4], 0.15)


async def test_what_the_bus_loses_is_found_in_the_store(room):
    await room.other_writes(3)
    await until(lambda: room.announced == [2, 3, 4])


async def test_control_without_a_look_at_the_store_it_stays_lost(room, monkeypatch):
    async def look_away(_self):
        pass

    monkeypatch.setattr(Following, "_look", look_away)
    await room.other_writes(3)
    await asyncio.sleep(5 * ALONE_EVERY_S)
    assert room.announced == []


async def a_show_started_elsewhere(room):
    await add_show(room.journal, ShowRow("s2", "e2"))
    for seq, event in enumerate((ShowCreated(title="x"), ShowStarted()), start=1):
        async with room.journal.writing("s2") as writing:
            await writing.append([Recorded(show_id="s2", seq=seq, at_ms=seq, actor="p", event=event)])


async def test_a_show_another_process_started_is_followed_too(room):
    await a_show_started_elsewhere(room)
    await until(lambda: "s2" in room.shows.known())


async def test_a_show_the_bus_says_went_on_air_is_followed_at_once(room, monkeypatch):
    monkeypatch.setattr("console.following.ALONE_EVERY_S", 60)
    await asyncio.sleep(0.25)
    await a_show_started_elsewhere(room)
    room.bus.publish("s2", 2)
    await until(lambda: "s2" in room.shows.known(), 0.15)


async def test_a_planned_show_nobody_asked_for_is_not_folded(room):
    await add_show(room.journal, ShowRow("s2", "e2"))
    async with room.journal.writing("s2") as writing:
        await writing.append([Recorded(show_id="s2", seq=1, at_ms=1, actor="p", event=ShowCreated(title="x"))])
    room.bus.publish("s2", 1)
    await room.other_writes()
    await until(lambda: room.announced == [2])
    assert room.shows.known() == ("s1",)


async def test_the_shop_is_looked_at_too(room):
    await until(lambda: room.shop.refreshed > 0)


async def test_a_store_that_is_away_is_asked_again(room, monkeypatch, caplog):
    async def away(self, held):
        raise StoreUnavailableError("gone")

    with monkeypatch.context() as outage:
        outage.setattr(MemoryJournal, "heads", away)
        await room.other_writes()
        await asyncio.sleep(0.3)
        assert room.announced == []
    await until(lambda: room.announced == [2])
    assert "gone" in caplog.text


async def test_an_old_position_is_no_news(room):
    room.bus.publish("s1", 1)
    await asyncio.sleep(0.05)
    assert room.announced == []
