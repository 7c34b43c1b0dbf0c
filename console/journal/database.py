"""The door to the SQL engine: one short transaction at a time, the same statements on SQLite and PostgreSQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from sqlalchemy import Connection, literal, make_url, select

from console.journal.driver import Driver, StoreUnavailableError, Transaction

__all__ = ["Database", "StoreUnavailableError", "Transaction"]

T = TypeVar("T")


class Database:
    """What one URL names: `sqlite:////path/file.db` or `postgresql+asyncpg://…`. Raises StoreUnavailableError."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._driver = _driver(url)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction; commit, or roll back when it raises."""
        async with self._driver.writing() as transaction:
            return await transaction.do(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one reading transaction, which no writer delays."""
        async with self._driver.reading() as transaction:
            return await transaction.do(work)

    async def probe(self) -> None:
        """Ask for the write lock and for a word; keeps nothing."""
        await self.run(lambda connection: connection.execute(select(literal(1))))

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """A writing transaction of several steps; what they have locked stays true until its end."""
        return self._driver.writing()

    def data_version(self) -> int | None:
        """A number that moves whenever another connection or process commits; None on engines without one."""
        return self._driver.data_version()

    async def close(self) -> None:
        """Give files and connections back; a later call opens them again."""
        await self._driver.close()


def _driver(url: str) -> Driver:
    # Imported when wanted: a console on SQLite should not load another engine's driver at every start.
    if make_url(url).get_backend_name() == "sqlite":
        from console.journal.sqlite import Sqlite  # noqa: PLC0415 - one engine is enough

        return Sqlite(url)
    from console.journal.postgres import Postgres  # noqa: PLC0415 - likewise

    return Postgres(url)
