"""One suite over both buses, and what only the one over Redis must survive."""

import asyncio
import contextlib
import itertools
import time

import pytest
from patience import patience
from redis.asyncio import Redis

from console.realtime.bus import MemoryBus
from console.realtime.bus_redis import CHANNEL, SILENCE_S, RedisBus


class Pair:
    """Two processes' ends of one bus, and what each has heard."""

    def __init__(self, here, there):
        self.here, self.there = here, there
        self.heard_here, self.heard_there = [], []
        here.subscribe(lambda show_id, seq: self.heard_here.append((show_id, seq)))
        self.unsubscribe = there.subscribe(lambda show_id, seq: self.heard_there.append((show_id, seq)))


@contextlib.asynccontextmanager
async def connected(url):
    buses = [RedisBus(url, name) for name in ("a", "b")]
    running = [asyncio.create_task(bus.run()) for bus in buses]
    await until(lambda: all(bus.carries for bus in buses))
    try:
        yield Pair(*buses)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture(params=["memory", "redis"])
async def pair(request):
    if request.param == "memory":
        bus = MemoryBus()
        yield Pair(bus, bus)
        return
    async with connected(request.getfixturevalue("redis").url) as pair:
        yield pair


@pytest.fixture
async def remote(redis):
    async with connected(redis.url) as pair:
        yield pair


async def until(true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)


async def test_everyone_hears_the_publisher_too(pair):
    pair.here.publish("s1", 7)
    assert pair.heard_here == [("s1", 7)], "this process hears at once"
    await until(lambda: ("s1", 7) in pair.heard_there)


async def test_both_ways(pair):
    pair.here.publish("s1", 1)
    await until(lambda: ("s1", 1) in pair.heard_there)
    pair.there.publish("s1", 2)
    await until(lambda: ("s1", 2) in pair.heard_here)


async def test_the_newest_position_of_every_show_arrives(pair):
    for seq in range(1, 201):
        pair.here.publish("s1", seq)
        pair.here.publish("s2", seq * 2)
    await until(lambda: {("s1", 200), ("s2", 400)} <= set(pair.heard_there))


async def test_who_has_left_hears_nothing(pair):
    pair.unsubscribe()
    pair.here.publish("s1", 1)
    await until(lambda: pair.heard_here)
    await asyncio.sleep(0.1)
    assert pair.heard_there == []


async def test_a_bus_that_works_is_not_degraded(pair):
    assert pair.here.degraded is None


async def test_a_position_heard_is_not_said_again(remote):
    """Who has caught up to what it was told would else wake everyone once more."""
    remote.here.publish("s1", 5)
    await until(lambda: remote.heard_there == [("s1", 5)])
    remote.there.publish("s1", 5)
    remote.there.publish("s1", 6)
    await until(lambda: ("s1", 6) in remote.heard_here)
    assert remote.heard_here == [("s1", 5), ("s1", 6)]


async def test_publishing_into_an_outage_neither_waits_nor_raises(remote, redis):
    redis.stop()
    started = time.perf_counter()
    for seq in range(1_000):
        remote.here.publish("s1", seq)
    assert time.perf_counter() - started < patience(0.25)
    await until(lambda: remote.here.degraded and remote.there.degraded)
    assert remote.heard_here[-1] == ("s1", 999)


async def restarted(redis, _client):
    redis.stop()
    await asyncio.sleep(SILENCE_S + 1)
    redis.start()


async def stopped_in_its_tracks(redis, _client):
    redis.pause()
    await asyncio.sleep(SILENCE_S + 1)
    redis.go_on()


async def clients_paused(_redis, client):
    await client.execute_command("CLIENT", "PAUSE", 3_000, "ALL")
    await asyncio.sleep(3)


async def connections_cut(_redis, client):
    await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await client.execute_command("CLIENT", "KILL", "TYPE", "normal")


async def flushed(_redis, client):
    await client.flushall()


OUTAGES = (restarted, stopped_in_its_tracks, clients_paused, connections_cut, flushed)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.__name__)
async def test_the_bus_lives_again_by_itself(remote, redis, outage):
    client = Redis.from_url(redis.url)
    await outage(redis, client)
    await client.aclose()
    await until(lambda: remote.here.carries and remote.there.carries)
    seqs = itertools.count(1)

    def heard_by_both():
        seq = next(seqs)
        remote.here.publish("s1", seq)
        remote.there.publish("s2", seq)
        return "s1" in dict(remote.heard_there) and "s2" in dict(remote.heard_here)

    await until(heard_by_both, 3)


@pytest.mark.parametrize("outage", [restarted, stopped_in_its_tracks], ids=lambda outage: outage.__name__)
async def test_an_outage_is_loud(remote, redis, outage, caplog):
    await outage(redis, None)
    assert "does not carry" in caplog.text
    await until(lambda: "carries again" in caplog.text)


async def test_strangers_on_the_channel_are_not_believed(remote, redis):
    client = Redis.from_url(redis.url)
    for said in (b"\xff", b"[]", b'["x", {"s1": "nine"}]', b'{"a": 1}'):
        await client.publish(CHANNEL, said)
    await client.aclose()
    remote.here.publish("s1", 1)
    await until(lambda: remote.heard_there == [("s1", 1)])
