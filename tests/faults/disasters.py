"""What befalls a street: faults of Redis and of the database, each entered, held and ended."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import asyncpg
from redis.asyncio import Redis
from sqlalchemy import make_url

from tests.faults.houses import Street

PAUSE_S = 30.0
GET_THE_LOCK_S = 15.0


class Outage(NamedTuple):
    """`lasts_s` at least; `silences` tells whether nothing comes through Redis meanwhile."""

    begin: Callable[[Street], AbstractAsyncContextManager[None]]
    lasts_s: float = 0.0
    silences: bool = True


@contextlib.asynccontextmanager
async def stopped(street: Street) -> AsyncIterator[None]:
    for house in street.houses:
        await asyncio.to_thread(house.redis.stop)
    yield
    for house in street.houses:
        await asyncio.to_thread(house.redis.start)


@contextlib.asynccontextmanager
async def sigstopped(street: Street) -> AsyncIterator[None]:
    for house in street.houses:
        house.redis.pause()
    yield
    for house in street.houses:
        house.redis.go_on()


@contextlib.asynccontextmanager
async def paused(street: Street) -> AsyncIterator[None]:
    """CLIENT PAUSE ALL holds back its own end too, so it is given one when it begins."""
    await everywhere(street, "CLIENT", "PAUSE", int(PAUSE_S * 1000), "ALL")
    yield


@contextlib.asynccontextmanager
async def flushed(street: Street) -> AsyncIterator[None]:
    async def again() -> None:
        while True:
            await everywhere(street, "FLUSHALL")
            await asyncio.sleep(0.3)

    flushing = asyncio.create_task(again())
    yield
    flushing.cancel()


REDIS = {
    "redis-stopped-10s": Outage(stopped, 10.0),
    "redis-stopped-60s": Outage(stopped, 60.0),
    "redis-sigstop": Outage(sigstopped),
    "redis-client-pause": Outage(paused, PAUSE_S),
    "redis-flushall": Outage(flushed, silences=False),
}


async def everywhere(street: Street, *words: Any) -> None:
    for house in street.houses:
        redis = Redis.from_url(house.redis.url)
        await redis.execute_command(*words)
        await redis.aclose()


class Fault(NamedTuple):
    """`begin(street, shows)` holds it; `hides` tells whether a refused commit may have been kept all the same."""

    engine: str
    begin: Callable[[Street, Sequence[str]], AbstractAsyncContextManager[None]]
    lasts_s: float
    hides: bool = False


@contextlib.asynccontextmanager
async def file_locked(street: Street, _shows: Sequence[str]) -> AsyncIterator[None]:
    """Another program is in the middle of a transaction."""
    others = [await asyncio.to_thread(_locked, str(house.where / "console.db")) for house in street.houses]
    yield
    for other in others:
        other.close()


def _locked(path: str) -> sqlite3.Connection:
    other = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    deadline = time.monotonic() + GET_THE_LOCK_S
    while True:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        else:
            return other


@contextlib.asynccontextmanager
async def shows_locked(street: Street, shows: Sequence[str]) -> AsyncIterator[None]:
    """Another session holds the rows that writers line up for."""
    others = [
        await _held(house.told["CONSOLE_DATABASE_URL"], show) for house, show in zip(street.houses, shows, strict=True)
    ]
    yield
    for other in others:
        await other.close()


async def _held(url: str, show: str) -> Any:
    place = make_url(url)
    other = await asyncpg.connect(host=place.query["host"], user=place.username, database=place.database)
    await other.execute("BEGIN")
    await other.execute("SELECT id FROM shows WHERE id = $1 FOR UPDATE", show)
    return other


@contextlib.asynccontextmanager
async def disk_full(street: Street, _shows: Sequence[str]) -> AsyncIterator[None]:
    if street.engine == "sqlite":
        for house in street.houses:
            await asyncio.to_thread(_emptied, str(house.where / "console.db"))
    ballast = await asyncio.to_thread(street.fill)
    yield
    ballast.unlink()


def _emptied(path: str) -> None:
    """The write-ahead log gives its room back, so that a commit needs the disk."""
    with contextlib.closing(sqlite3.connect(path, timeout=GET_THE_LOCK_S)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.asynccontextmanager
async def restarted(street: Street, _shows: Sequence[str]) -> AsyncIterator[None]:
    assert street.postgres
    await asyncio.to_thread(street.postgres.stop)
    yield
    await asyncio.to_thread(street.postgres.start)


DATABASE = {
    "sqlite-locked": Fault("sqlite", file_locked, 4.5),
    "sqlite-disk-full": Fault("sqlite", disk_full, 3.0),
    "postgres-locked": Fault("postgres", shows_locked, 4.5),
    "postgres-disk-full": Fault("postgres", disk_full, 4.0),
    "postgres-restarted": Fault("postgres", restarted, 2.5, hides=True),
}
LONG_LOCK_S = 30.0
"""How long a lock lasts beside the minute without Redis."""
