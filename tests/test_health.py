"""Whether anything can be kept: found out without a press, told at once, over by itself."""

import asyncio
import sqlite3

import pytest
from bare_shows import add_show
from patience import patience

from console import health as module
from console.core.lifecycle import EVENTS
from console.health import Health
from console.journal.codec import Codec
from console.journal.database import Database, StoreUnavailableError
from console.journal.port import ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from console.load import Load
from console.realtime.bus import MemoryBus
from console.shop.shop import Shop

TOLD_S = 2.0


class Store:
    """An embedded store, its health, and everything screens were told of it."""

    def __init__(self, path):
        self.path = path
        self.database = Database(f"sqlite:///{path}")
        self.journal = SqlJournal(self.database, Codec(EVENTS))
        self.shop = Shop(self.database)
        self.bus = MemoryBus()
        self.load = Load()
        self.health = Health(database=self.database, journal=self.journal, shop=self.shop, bus=self.bus, load=self.load)
        self.told = []
        self.health.listen(self.told.append)

    def locked(self):
        other = sqlite3.connect(self.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other

    async def at_most(self, pages):
        """What the file may grow to; less than it has is what it has."""
        await self.database.run(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}"))


@pytest.fixture
async def store(tmp_path):
    made = Store(tmp_path / "store.db")
    await made.database.run(METADATA.create_all)
    await add_show(made.journal, ShowRow("s1", "e1"))
    yield made
    await made.database.close()


@pytest.fixture
async def watched(store):
    """With its task."""
    looking = asyncio.create_task(store.health.run())
    yield store
    looking.cancel()


@pytest.fixture
def quick(monkeypatch):
    """Well again as soon as it is."""
    monkeypatch.setattr(module, "QUIET_S", 0.0)


async def comes(true, seconds):
    async with asyncio.timeout(patience(seconds)):
        while not true():
            await asyncio.sleep(0.01)


async def test_all_is_well_and_nobody_is_told(store):
    await store.health.look()
    assert (store.health.store, store.health.degraded, store.told) == (None, (), [])


async def test_a_lock_is_told_within_two_seconds_though_nobody_pressed_and_is_over_by_itself(watched):
    other = watched.locked()
    await comes(lambda: watched.told == [("store",)], TOLD_S)
    other.close()
    await comes(lambda: watched.told == [("store",), ()], TOLD_S)


async def test_a_look_that_takes_long_is_bad_news_before_it_ends(store, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    other = store.locked()
    looking = asyncio.create_task(store.health.look())
    await comes(lambda: store.health.store == "no answer within 0.05 s", 1)
    other.close()
    await looking
    assert store.told == [("store",), ()]


async def test_a_full_disk_gives_the_lock_but_takes_no_commit(store):
    """The control of trying with a real write: the lock alone would say that all is well."""
    await store.at_most(1)
    await store.database.probe()
    with pytest.raises(StoreUnavailableError, match="full"):
        await store.shop.try_writing()


async def test_what_was_refused_is_out_of_order_until_the_like_of_it_succeeds(store, quick):
    await store.at_most(1)
    store.health.unstored("s1", "database or disk is full")
    for _ in range(3):
        await store.health.look()
    assert store.told == [("store",)], "no wavering while it is full"
    await store.at_most(10**6)
    await store.health.look()
    assert store.told == [("store",), ()]


async def test_every_show_that_was_refused_is_tried_again(store, quick, monkeypatch):
    tried = []

    def writing(show_id):
        tried.append(show_id)
        return SqlJournal.writing(store.journal, show_id)

    monkeypatch.setattr(store.journal, "writing", writing)
    store.health.unstored("s1", "canceling statement due to lock timeout")
    store.health.unstored("gone", "canceling statement due to lock timeout")
    await store.health.look()
    await store.health.look()
    assert sorted(tried) == ["gone", "s1"]
    assert store.health.store is None


async def test_a_refusal_during_a_look_is_not_forgotten_by_it(store):
    looking = asyncio.create_task(store.health.look())
    await asyncio.sleep(0)
    store.health.unstored("s1", "database or disk is full")
    await looking
    assert store.health.store == "database or disk is full"


async def test_a_disk_that_takes_one_thing_and_refuses_the_next_does_not_waver(watched):
    for _ in range(6):
        watched.health.unstored("s1", "database or disk is full")
        await asyncio.sleep(0.6)
    assert watched.told == [("store",)]
    await comes(lambda: watched.told == [("store",), ()], module.QUIET_S + TOLD_S)


async def test_a_bus_that_does_not_carry_is_told_beside_the_store(store, quick, monkeypatch):
    monkeypatch.setattr(MemoryBus, "degraded", "Redis: nothing comes back")
    await store.health.look()
    store.health.unstored("s1", "full")
    monkeypatch.setattr(MemoryBus, "degraded", None)
    await store.health.look()
    assert store.told == [("bus",), ("store", "bus"), ()]
