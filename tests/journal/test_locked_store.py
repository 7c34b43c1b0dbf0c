"""A store that another process has locked makes callers wait or tells them, and never stops the loop."""

import asyncio
import sqlite3
import time

import pytest
from patience import patience

from console.journal import sqlite
from console.journal.database import Database, StoreUnavailableError


@pytest.fixture
async def locked(tmp_path):
    """A database whose write lock somebody else holds."""
    path = tmp_path / "store.db"
    database = Database(f"sqlite:///{path}")
    await database.run(lambda c: c.exec_driver_sql("CREATE TABLE t (n INTEGER)"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield database, other
    other.close()
    await database.close()


async def longest_stop_s(during):
    """The longest the loop stood still while `during` ran."""
    longest, done = 0.0, asyncio.ensure_future(during)
    while not done.done():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        longest = max(longest, time.perf_counter() - began)
    return longest, await done


def write(connection):
    connection.exec_driver_sql("INSERT INTO t VALUES (1)")


async def test_forty_waiting_writers_never_stop_the_loop_and_all_are_answered(locked):
    database, other = locked
    asyncio.get_running_loop().call_later(0.3, other.execute, "COMMIT")
    stop_s, outcomes = await longest_stop_s(asyncio.gather(*(database.run(write) for _ in range(40))))
    assert stop_s < patience(0.25)
    assert outcomes == [None] * 40


async def test_a_lock_that_stays_is_told_to_all_at_once(locked, monkeypatch):
    database, _ = locked
    monkeypatch.setattr(sqlite, "LOCK_PATIENCE_S", 0.3)
    began = time.perf_counter()
    outcomes = await asyncio.gather(*(database.run(write) for _ in range(40)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StoreUnavailableError}
    assert time.perf_counter() - began < patience(1)


async def test_readers_do_not_wait_for_the_writer(locked):
    database, _ = locked
    count = await asyncio.wait_for(database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM t").scalar()), 0.5)
    assert count == 0
