"""What the door to the SQL engine needs of an engine, and the one error all of them raise."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class StoreUnavailableError(Exception):
    """The store cannot take it now: locked, full, read-only or gone. `reason` is the driver's word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transaction(Protocol):
    """One open transaction. Work is plain synchronous SQLAlchemy, whatever engine runs it."""

    async def do(self, work: Callable[[Connection], T]) -> T:
        """Run `work` inside the transaction."""
        ...

    async def commit(self) -> None:
        """Make it true now; a clean end of the transaction does the same for what is left."""
        ...


class Driver(Protocol):
    """One engine. Raises StoreUnavailableError, and nothing else of the engine's, when it cannot serve."""

    def writing(self) -> AbstractAsyncContextManager[Transaction]:
        """Commits on a clean end, rolls back otherwise."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """All of it sees one moment of the store; no writer delays it."""
        ...

    def data_version(self) -> int | None:
        """A number that moves whenever anyone else commits; None when the engine has none."""
        ...

    async def close(self) -> None:
        """Give back files and connections; a later call opens them again."""
        ...
