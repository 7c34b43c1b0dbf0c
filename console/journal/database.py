"""The door to the SQL engine: one short transaction at a time, SQLite inline on the event loop.

Inline beats a thread: an executor hop starves on the interpreter lock when the loop is busy, so a short
transaction on the loop is both the faster and the steadier way.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

T = TypeVar("T")

LOCK_PATIENCE_S = 3.0
LOCK_RETRY_S = 0.01


class StoreUnavailableError(Exception):
    """The store cannot take it now: locked, full, read-only or gone. `reason` is the driver's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Database:
    """SQLite behind one URL (`sqlite:////path/file.db`). Raises StoreUnavailableError when it cannot serve."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._watch: sqlite3.Connection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction; commit, or roll back when it raises."""
        async with self.writing() as connection:
            return work(connection)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one reading transaction, which no writer delays."""
        try:
            with self.engine.connect() as connection:
                return work(connection.execution_options(reading=True))
        except OperationalError as error:
            raise StoreUnavailableError(str(error.orig)) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A transaction that holds the write lock from its first moment, so that what it reads stays true."""
        with self.engine.connect() as connection:
            await _begin(connection)
            try:
                yield connection
                connection.commit()
            except OperationalError as error:
                _roll_back(connection)
                raise StoreUnavailableError(str(error.orig)) from error
            except BaseException:
                _roll_back(connection)
                raise

    def data_version(self) -> int:
        """A number that moves whenever any other connection or process commits."""
        if self._watch is None:
            self._watch = sqlite3.connect(str(self.engine.url.database), isolation_level=None)
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Give the file back; a later call opens it again."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self.engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 0, "check_same_thread": False})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _start_transaction)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _start_transaction(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


async def _begin(connection: Connection) -> None:
    """Wait for the write lock without blocking the loop."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LOCK_PATIENCE_S
    while True:
        try:
            connection.begin()
        except OperationalError as error:
            if "locked" not in str(error.orig) or loop.time() > deadline:
                raise StoreUnavailableError(str(error.orig)) from error
            await asyncio.sleep(LOCK_RETRY_S)
        else:
            return


def _roll_back(connection: Connection) -> None:
    if connection.in_transaction():
        connection.rollback()
