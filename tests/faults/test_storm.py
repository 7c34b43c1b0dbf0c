"""In a storm of observations: the emergency stop goes first, and no more is ever counted as claimed than there is."""

import asyncio
import itertools
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from patience import patience

from console.app import make_desk
from console.clock import Clock, Ids
from console.core.lifecycle import CreateShow, StartShow
from console.core.messages import Actor
from console.core.observations import Claim, Comment
from console.ingest.commands import RecordObservations
from console.limits import WAITING_BATCHES
from console.lines import Line
from console.migrate import migrate
from console.offers.commands import ArmOffer, DefineOffer, FireOffer, KillOffers
from console.offers.events import Terms
from console.settings import Settings

BATCH = 200
STOP_S = 1.0
CAP, CLAIMS, A_CALL = 50, 400, 8
ADMIN = Actor(id="p1", name="admin", roles=frozenset({"admin"}))
numbers = itertools.count()


class Room:
    """A desk on a real store, with a running coupon."""

    def __init__(self, settings):
        self.clock, self.ids = Clock(), Ids()
        self.desk = make_desk(settings, self.clock, self.ids)

    async def open(self):
        await migrate(self.desk.database)
        row, _ = await self.desk.create_show(ADMIN, CreateShow(title="晚场", **self.stamp()))
        self.show = row.id
        coupon = Terms(kind="coupon", title="满100减10", amount=1_000, threshold=10_000, quantity=CAP)
        self.offer = (await self.submit(DefineOffer(offer=coupon, **self.stamp()))).rows[0].event.offer.id
        await self.submit(StartShow(**self.stamp()))
        await self.submit(ArmOffer(offer=self.offer, **self.stamp()))
        await self.submit(FireOffer(offer=self.offer, **self.stamp()))
        await self.batch(self.comments())
        return self

    def stamp(self):
        return {"command_id": self.ids.uuid(), "issued_at": self.clock.now_ms()}

    async def submit(self, command):
        return await self.desk.gate.submit(self.show, command, ADMIN)

    async def batch(self, items):
        return await self.submit(RecordObservations(items=tuple(items), **self.stamp()))

    def comments(self):
        now_ms = self.clock.now_ms()
        ids = (str(next(numbers)) for _ in range(BATCH))
        return [Comment(source="test", id=name, at=now_ms, user=name, text="多少钱") for name in ids]

    def claims(self):
        now_ms = self.clock.now_ms()
        ids = (str(next(numbers)) for _ in range(A_CALL))
        return [Claim(source="test", id=name, at=now_ms, user=name, offer=self.offer) for name in ids]

    async def entry(self):
        return (await self.desk.shows.fresh(self.show)).states["offers"].entries[self.offer]


@pytest.fixture
async def rooms(database_url, tmp_path):
    """As many processes on one store as are asked for; the first opens the show."""
    made = []

    async def room():
        settings = Settings.read({"CONSOLE_DATA_DIR": str(Path(tmp_path)), "CONSOLE_DATABASE_URL": database_url})
        made.append(Room(settings))
        if len(made) > 1:
            made[-1].show, made[-1].offer = made[0].show, made[0].offer
            return made[-1]
        return await made[-1].open()

    yield room
    for each in made:
        each.desk.accounts.close()
        each.desk.workers.close()
        await each.desk.database.close()


async def stop_in_the_storm(room):
    """(seconds until the emergency stop was answered, batches written before it, seconds for all of them)."""
    written = 0

    async def one(items):
        nonlocal written
        await room.batch(items)
        written += 1

    batches = [room.comments() for _ in range(WAITING_BATCHES)]
    storm = [asyncio.create_task(one(items)) for items in batches]
    await asyncio.sleep(0)
    began = time.monotonic()
    await room.submit(KillOffers(reason="wrong price", **room.stamp()))
    took_s, before = time.monotonic() - began, written
    await asyncio.gather(*storm)
    return took_s, before, time.monotonic() - began


async def test_the_emergency_stop_overtakes_a_full_queue_of_observations(rooms):
    room = await rooms()
    took_s, before, storm_s = await stop_in_the_storm(room)
    assert took_s < storm_s / 4, "answered when it was stored, not when the storm was over"
    assert took_s < max(patience(STOP_S), storm_s / 8)
    assert before <= 2
    assert (await room.entry()).state == "ended"


async def test_control_in_one_queue_for_all_it_waits_for_every_batch(rooms, monkeypatch):
    def add(line, wish):
        line.batches.append(wish)

    monkeypatch.setattr(Line, "add", add)
    _, before, _ = await stop_in_the_storm(await rooms())
    assert before > WAITING_BATCHES / 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_control_a_gate_that_never_lets_go_of_the_loop_answers_when_the_storm_is_over(rooms, monkeypatch):
    async def at_once(_seconds):
        """Does not let go of the loop, as `asyncio.sleep` does."""

    room = await rooms()
    monkeypatch.setattr("console.gate.asyncio", SimpleNamespace(create_task=asyncio.create_task, sleep=at_once))
    took_s, _, storm_s = await stop_in_the_storm(room)
    assert took_s > storm_s / 2


async def test_claims_through_two_processes_at_once_never_count_beyond_the_cap(rooms):
    first = await rooms()
    both = (first, await rooms())
    await asyncio.gather(*(both[n % 2].batch(both[n % 2].claims()) for n in range(CLAIMS // A_CALL)))
    for room in both:
        entry = await room.entry()
        assert (entry.claimed, entry.over_claimed) == (CAP, CLAIMS - CAP), "what a platform gave away beyond is seen"
