"""SQLite's log is copied into its file by a thread of its own, never inside a commit, and does not grow for ever."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from console.journal import checkpoints
from console.journal.database import Database


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    await database.run(lambda c: c.exec_driver_sql("CREATE TABLE t (n BLOB)"))
    yield database
    await database.close()


def write(connection):
    connection.exec_driver_sql("INSERT INTO t VALUES (randomblob(20000))")


async def commits(database, number):
    for _ in range(number):
        await database.run(write)
        await asyncio.sleep(0)


def in_file(path: Path) -> int:
    """Bytes of the file itself, without its log."""
    return path.stat().st_size


async def copied(path: Path, at_least: int) -> bool:
    for _ in range(500):
        if in_file(path) >= at_least:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_no_commit_copies_the_log(database, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "EVERY_COMMITS", 10**9)
    before = in_file(tmp_path / "store.db")
    await commits(database, 300)
    assert in_file(tmp_path / "store.db") == before


async def test_control_sqlite_left_to_itself_copies_inside_a_commit(tmp_path):
    alone = sqlite3.connect(tmp_path / "alone.db", isolation_level=None)
    alone.execute("PRAGMA journal_mode=WAL")
    alone.execute("CREATE TABLE t (n BLOB)")
    before = in_file(tmp_path / "alone.db")
    for _ in range(300):
        alone.execute("INSERT INTO t VALUES (randomblob(20000))")
    assert in_file(tmp_path / "alone.db") > before
    alone.close()


async def test_some_commits_later_it_is_in_the_file(database, tmp_path):
    await commits(database, checkpoints.EVERY_COMMITS + 1)
    assert await copied(tmp_path / "store.db", 20_000 * checkpoints.EVERY_COMMITS)


async def test_writers_that_never_pause_do_not_grow_the_log_for_ever(database, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "LONGEST_PAGES", 300)
    await commits(database, 1_000)
    assert in_file(tmp_path / "store.db-wal") < 20_000 * 500


async def test_a_store_that_was_closed_opens_again(database):
    await commits(database, checkpoints.EVERY_COMMITS + 1)
    await database.close()
    await commits(database, checkpoints.EVERY_COMMITS + 1)
    count = await database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM t").scalar())
    assert count == 2 * (checkpoints.EVERY_COMMITS + 1)
