"""PostgreSQL over asyncpg: the same synchronous work, run on the connection's own greenlet."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from console.journal.driver import StoreUnavailableError, Transaction

T = TypeVar("T")

CONNECTIONS = 8
MORE_CONNECTIONS = 8
CONNECT_S = 5.0
ANSWER_S = 10.0
"""A statement that takes longer has no server at the other end."""
LOCK_PATIENCE_MS = 3_000
HOLD_MS = 2_000
"""A process that is stopped while it holds a show's head loses it after this long, before others run out of patience."""
OURS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
"""What is wrong with a statement, not with the store."""


class Postgres:
    """See driver.Driver. Writes lock the rows they name; reads see one moment."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
            pool_timeout=CONNECT_S,
            connect_args={"timeout": CONNECT_S, "command_timeout": ANSWER_S, "server_settings": _SESSION},
        )
        event.listen(self._engine.sync_engine, "connect", _make_durable)
        self._reads = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """READ COMMITTED: what is read after a lock was granted is what its last holder left."""
        with _unavailable():
            async with self._engine.connect() as connection:
                yield _Remote(connection)
                if connection.in_transaction():
                    await connection.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One snapshot for all of it."""
        with _unavailable():
            async with self._reads.connect() as connection:
                yield _Remote(connection)

    def data_version(self) -> None:
        """PostgreSQL has none that is cheap; positions are asked for instead."""
        return

    async def close(self) -> None:
        """End the connections."""
        await self._engine.dispose()


def _make_durable(connection: Any, _record: Any) -> None:
    """An answer must not come before its commit is on disk, whatever the server or the role was told."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


class _Remote:
    __slots__ = ("_connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def do(self, work: Callable[[Connection], T]) -> T:
        return await self._connection.run_sync(work)

    async def commit(self) -> None:
        await self._connection.commit()


_SESSION = {
    "application_name": "console",
    "lock_timeout": str(LOCK_PATIENCE_MS),
    "idle_in_transaction_session_timeout": str(HOLD_MS),
    # Plans are made while a table is empty and kept while it grows: a walk through it is never what is wanted.
    "enable_seqscan": "off",
    # What has no index is then priced beyond any bound, and compiled to machine code each time: 100 ms for one row.
    "jit": "off",
}


@contextmanager
def _unavailable() -> Iterator[None]:
    """Whatever keeps the server from answering is one error to the console."""
    try:
        yield
    except OURS:
        raise
    except DBAPIError as error:
        raise StoreUnavailableError(_said(error.orig or error)) from error
    except (OSError, PoolTimeoutError) as error:
        raise StoreUnavailableError(_said(error)) from error


def _said(error: BaseException) -> str:
    """The server's own words, without the driver's class name before them."""
    text = str(error.__cause__ or error)
    return text.splitlines()[0] if text else type(error).__name__
