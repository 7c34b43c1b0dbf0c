"""A store as processes meet it: slow, sometimes away, in doubt about a commit, and where they end at any word."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Protocol

from console.core.messages import Recorded
from console.journal.driver import StoreUnavailableError
from console.journal.port import Answer, Key
from tests.simulation.weather import Weather


class Mortal(Protocol):
    """A process, as far as a store knows it."""

    over: bool
    began_ms: int

    def end(self) -> None: ...


class Shelf:
    """What outlives every process: the store, how far it is, and who wrote what."""

    def __init__(self, weather: Weather, chance: Random) -> None:
        self.weather = weather
        self.chance = chance
        self.durable = 0
        self.commits = 0
        self.away_until_s = 0.0
        self.writers: dict[int, Mortal] = {}

    def committed(self, head: int, life: Mortal) -> None:
        for seq in range(self.durable + 1, head + 1):
            self.writers[seq] = life
        self.commits += head > self.durable
        self.durable = max(head, self.durable)


class Store:
    """The journal as one process reaches it: slow, sometimes away, and a place where processes end."""

    def __init__(self, inner: Any, shelf: Shelf, life: Mortal) -> None:
        self._inner = inner
        self._shelf = shelf
        self._life = life

    async def step(self) -> None:
        """Whatever may happen between two words to a store."""
        weather, chance = self._shelf.weather, self._shelf.chance
        if self._life.over:
            raise asyncio.CancelledError
        if weather.crash and chance.random() < weather.crash:
            self._life.end()
            await asyncio.sleep(0)
        if weather.pause and chance.random() < weather.pause:
            await asyncio.sleep(chance.random() * weather.pause_s)
        if asyncio.get_running_loop().time() < self._shelf.away_until_s:
            raise StoreUnavailableError("gone")

    @asynccontextmanager
    async def writing(self, show_id: str) -> AsyncIterator["_Pen"]:
        await self.step()
        async with self._inner.writing(show_id) as writing:
            yield _Pen(writing, self)

    async def commit(self, writing: Any) -> None:
        weather, chance = self._shelf.weather, self._shelf.chance
        await self.step()
        if weather.fails_before and chance.random() < weather.fails_before:
            raise StoreUnavailableError("disk full")
        await writing.commit()
        self._shelf.committed(writing.head, self._life)
        await self.step()
        if weather.fails_after and chance.random() < weather.fails_after:
            raise StoreUnavailableError("the connection was lost while it committed")

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        await self.step()
        rows: list[Recorded] = await self._inner.read(show_id, after, limit)
        return rows

    async def heads(self, held: Iterable[str]) -> dict[str, int]:
        await self.step()
        heads: dict[str, int] = await self._inner.heads(held)
        return heads

    async def show(self, show_id: str) -> Any:
        await self.step()
        return await self._inner.show(show_id)


class _Pen:
    """port.Writing with the store's moods at every word."""

    def __init__(self, writing: Any, store: Store) -> None:
        self._writing = writing
        self._store = store

    @property
    def head(self) -> int:
        head: int = self._writing.head
        return head

    async def rows_after(self, seq: int) -> list[Recorded]:
        await self._store.step()
        rows: list[Recorded] = await self._writing.rows_after(seq)
        return rows

    async def row(self, seq: int) -> Recorded | None:
        await self._store.step()
        row: Recorded | None = await self._writing.row(seq)
        return row

    async def answer(self, command_id: str) -> Answer | None:
        await self._store.step()
        answer: Answer | None = await self._writing.answer(command_id)
        return answer

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        known: dict[Key, bytes] = await self._writing.known(keys)
        return known

    async def append(self, rows: list[Recorded]) -> None:
        await self._store.step()
        await self._writing.append(rows)

    async def remember(self, command_id: str, answer: Answer) -> None:
        await self._writing.remember(command_id, answer)

    async def mark_seen(self, digests: dict[Key, bytes]) -> None:
        await self._writing.mark_seen(digests)

    async def commit(self) -> None:
        await self._store.commit(self._writing)
