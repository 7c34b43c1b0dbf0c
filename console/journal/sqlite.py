"""SQLite, inline on the event loop.

Inline beats a thread: an executor hop starves on the interpreter lock when the loop is busy, so a short
transaction on the loop is both the faster and the steadier way.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InternalError, OperationalError

from console.journal.checkpoints import Checkpoints
from console.journal.driver import StoreUnavailableError, Transaction

T = TypeVar("T")

LOCK_PATIENCE_S = 3.0
LOCK_RETRY_S = 0.01
FAULTS = (OperationalError, InternalError)


class Sqlite:
    """See driver.Driver. A writing transaction holds the write lock from its first moment."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._writer = _engine(url, pool_size=1, max_overflow=0)
        event.listen(self._writer, "connect", self._watch_from)
        self._turn = asyncio.Lock()
        self._watch: sqlite3.Connection | None = None
        self._checkpoints = Checkpoints(str(self._engine.url.database))
        self._watched = 0

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Wait for the turn in this process and for the file's lock, then work inline.

        The turn comes before the connection: a pool that runs dry would block the loop, and with it those who could
        give connections back.
        """
        deadline = asyncio.get_running_loop().time() + LOCK_PATIENCE_S
        async with self._in_turn(deadline):
            with self._writer.connect() as connection:
                await _begin(connection, deadline)
                async with self._transaction(connection) as transaction:
                    yield transaction
                self._checkpoints.committed()

    @asynccontextmanager
    async def _transaction(self, connection: Connection) -> AsyncIterator[Transaction]:
        try:
            yield _Inline(connection)
            if connection.in_transaction():
                connection.commit()
        except FAULTS as error:
            self._watched += 1  # whether that was written is in doubt: let it be looked at like what others write
            _roll_back(connection)
            raise StoreUnavailableError(str(error.orig)) from error
        except BaseException:
            _roll_back(connection)
            raise

    @asynccontextmanager
    async def _in_turn(self, deadline: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailableError("database is locked") from None
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """The file as it is now."""
        try:
            with self._engine.connect() as connection:
                yield _Inline(connection.execution_options(reading=True))
        except FAULTS as error:
            raise StoreUnavailableError(str(error.orig)) from error

    def data_version(self) -> int:
        """Moves when others have committed to the file, other processes above all; never by a commit of our own.

        SQLite counts for each connection the commits of all others, and all that is written here goes through one.
        """
        try:
            if self._watch is None:
                self._writer.connect().close()
            assert self._watch
            version = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
        except (sqlite3.Error, *FAULTS) as error:
            raise StoreUnavailableError(str(error)) from error
        return (self._watched << 32) + version

    def _watch_from(self, connection: sqlite3.Connection, _record: Any) -> None:
        """A new connection counts anew, and what came before it was not seen."""
        self._watch = connection
        self._watched += 1

    async def close(self) -> None:
        """Give the file back."""
        self._checkpoints.close()
        self._checkpoints = Checkpoints(str(self._engine.url.database))
        self._watch = None
        self._engine.dispose()
        self._writer.dispose()


class _Inline:
    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def do(self, work: Callable[[Connection], T]) -> T:
        return work(self._connection)

    async def commit(self) -> None:
        self._connection.commit()


def _engine(url: str, **pool: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 0, "check_same_thread": False}, **pool)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _start_transaction)
    return engine


def _configure(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    _to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA foreign_keys=ON")


def _to_wal(connection: sqlite3.Connection) -> None:
    """A new file is turned once; whoever comes at the same moment finds it locked and tries again."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOCK_RETRY_S)
        else:
            return


def _start_transaction(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


async def _begin(connection: Connection, deadline: float) -> None:
    """Wait for the write lock without blocking the loop."""
    while True:
        try:
            connection.begin()
        except OperationalError as error:
            if "locked" not in str(error.orig) or asyncio.get_running_loop().time() > deadline:
                raise StoreUnavailableError(str(error.orig)) from error
            await asyncio.sleep(LOCK_RETRY_S)
        else:
            return


def _roll_back(connection: Connection) -> None:
    if connection.in_transaction():
        connection.rollback()
