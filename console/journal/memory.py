"""The reference journal: plain lists. For tests and for reading what a journal means."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from console.core.lifecycle import ShowEnded
from console.core.messages import Recorded
from console.journal.codec import GENESIS, Codec, chained, columns_of
from console.journal.port import Answer, Key, ShowRow, UnknownShowError


class _Rows:
    def __init__(self) -> None:
        self.rows: list[tuple[Recorded, bytes, bytes]] = []
        self.answers: dict[str, Answer] = {}
        self.seen: dict[Key, bytes] = {}
        self.lock = asyncio.Lock()


class MemoryJournal:
    """See port.Journal. Keeps payload bytes, so that what it gives back went through the codec."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._shows: dict[str, ShowRow] = {}
        self._kept: defaultdict[str, _Rows] = defaultdict(_Rows)

    @asynccontextmanager
    async def writing(self, show_id: str) -> AsyncIterator["_MemoryWriting"]:
        if show_id not in self._shows:
            raise UnknownShowError(show_id)
        kept = self._kept[show_id]
        async with kept.lock:
            writing = _MemoryWriting(self._codec, kept)
            yield writing
            await writing.commit()

    async def create(self, show: ShowRow) -> None:
        self._shows[show.id] = show

    async def shows(self) -> list[ShowRow]:
        return sorted(self._shows.values(), key=lambda show: show.id)

    async def show(self, show_id: str) -> ShowRow | None:
        return self._shows.get(show_id)

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        return [row for row, _, _ in self._kept[show_id].rows[after : after + limit]]

    async def head(self, show_id: str) -> int:
        return len(self._kept[show_id].rows)

    async def open_shows(self) -> list[str]:
        ended = {
            show for show, kept in self._kept.items() if any(isinstance(row.event, ShowEnded) for row, *_ in kept.rows)
        }
        return [show.id for show in await self.shows() if show.id not in ended]

    async def heads(self) -> dict[str, int]:
        return {show_id: len(self._kept[show_id].rows) for show_id in self._shows}

    async def first_altered(self, show_id: str) -> int | None:
        previous = GENESIS
        for row, payload, digest in self._kept[show_id].rows:
            if chained(previous, columns_of(row), payload) != digest:
                return row.seq
            previous = digest
        return None


class _MemoryWriting:
    def __init__(self, codec: Codec, kept: _Rows) -> None:
        self._codec = codec
        self._kept = kept
        self._rows: list[tuple[Recorded, bytes, bytes]] = []
        self._answers: dict[str, Answer] = {}
        self._seen: dict[Key, bytes] = {}
        self.head = len(kept.rows)

    async def rows_after(self, seq: int) -> list[Recorded]:
        return [row for row, _, _ in self._kept.rows[seq:]]

    async def answer(self, command_id: str) -> Answer | None:
        return self._answers.get(command_id) or self._kept.answers.get(command_id)

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        seen = {**self._kept.seen, **self._seen}
        return {key: seen[key] for key in keys if key in seen}

    async def append(self, rows: list[Recorded]) -> None:
        for row in rows:
            if row.seq != self.head + 1:
                raise ValueError(f"row {row.seq} after head {self.head}")
            payload = self._codec.encode(row.event)
            self._rows.append((row, payload, chained(self._last_hash(), columns_of(row), payload)))
            self.head = row.seq

    async def remember(self, command_id: str, answer: Answer) -> None:
        if await self.answer(command_id):
            raise ValueError("answered already")
        self._answers[command_id] = answer

    async def mark_seen(self, digests: dict[Key, bytes]) -> None:
        self._seen.update(digests)

    async def commit(self) -> None:
        self._kept.rows += self._rows
        self._kept.answers |= self._answers
        self._kept.seen |= self._seen
        self._rows, self._answers, self._seen = [], {}, {}

    def _last_hash(self) -> bytes:
        rows = self._rows or self._kept.rows
        return rows[-1][2] if rows else GENESIS
