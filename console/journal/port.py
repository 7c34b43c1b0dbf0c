"""What a journal does, whatever keeps it. One suite of tests runs over every adapter."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from console.core.messages import Recorded
from console.core.slice import Delivery, Status

Key = tuple[str, str]
"""(source, id) of an observation."""


class UnknownShowError(KeyError):
    """There is no show of that id."""


class ShowRow(Struct, frozen=True):
    """A show's identity in the store, and what a list says of it: kept from its rows and written with them."""

    id: str
    epoch: str
    title: str = ""
    status: Status = "planned"
    starts_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    rehearsal: bool = False
    delivery: Delivery = "none"
    head: int = 0
    """The newest `seq`, and `at_ms` its instant."""
    at_ms: int = 0


class Answer(Struct, frozen=True):
    """What an accepted command was answered, and the digest of what it asked."""

    digest: bytes
    body: bytes


class Writing(Protocol):
    """One open transaction that holds the show's head. Nothing is true until it ends well."""

    head: int

    async def rows_after(self, seq: int) -> list[Recorded]:
        """Rows that other processes added since `seq`."""
        ...

    async def row(self, seq: int) -> Recorded | None:
        """One row of the show, or None."""
        ...

    async def answer(self, command_id: str) -> Answer | None:
        """The stored answer of this command in this show."""
        ...

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """Digests of those observations that the show has already."""
        ...

    async def append(self, rows: list[Recorded]) -> None:
        """Add rows; their `seq` must follow the head without a gap."""
        ...

    async def remember(self, command_id: str, answer: Answer) -> None:
        """Keep the answer a retry will get; the arbiter of «once»."""
        ...

    async def mark_seen(self, digests: dict[Key, bytes]) -> None:
        """Remember observations so that they count once."""
        ...

    async def commit(self) -> None:
        """Make it true now, and let the head go."""
        ...


class Journal(Protocol):
    """Append-only rows of every show. Raises StoreUnavailableError when the store cannot take it now."""

    def writing(self, show_id: str) -> AbstractAsyncContextManager[Writing]:
        """Lock the show's head; commit on a clean exit what is not committed yet. Raises UnknownShowError."""
        ...

    def creating(self, show: ShowRow) -> AbstractAsyncContextManager[Writing]:
        """As `writing`, for a show that is not there yet: it comes with the first append, or not at all."""
        ...

    async def shows(self) -> list[ShowRow]:
        """Every show, oldest id first, as its line of the list has it: nothing is folded."""
        ...

    async def show(self, show_id: str) -> ShowRow | None:
        """One show, or None."""
        ...

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        """Rows after `after` in order, at most `limit`."""
        ...

    async def head(self, show_id: str) -> int:
        """The newest `seq`, 0 when there is none."""
        ...

    async def heads(self, held: Iterable[str]) -> dict[str, int]:
        """The newest `seq` of every show on air and of those in `held`, in one cheap look."""
        ...

    async def rebuild(self, show_id: str) -> bool:
        """Fold a show's line of the list anew from its rows; whether it was wrong. Raises UnknownShowError."""
        ...

    async def first_altered(self, show_id: str) -> int | None:
        """The first `seq` whose hash does not follow from the row before, or that is missing, be it at the end: the head of
        the show's line is not there. None when there is none. A line may be behind its rows, never before them."""
        ...
