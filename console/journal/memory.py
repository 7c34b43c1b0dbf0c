"""The reference journal: plain lists. For tests and for reading what a journal means."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from console.core.messages import Recorded
from console.journal import listing
from console.journal.codec import GENESIS, Codec, chained, columns_of
from console.journal.port import Answer, Key, ShowRow, UnknownShowError


class _Rows:
    def __init__(self, line: ShowRow) -> None:
        self.line = line
        self.rows: list[tuple[Recorded, bytes, bytes]] = []
        self.answers: dict[str, Answer] = {}
        self.seen: dict[Key, bytes] = {}
        self.lock = asyncio.Lock()


class MemoryJournal:
    """See port.Journal. Keeps payload bytes, so that what it gives back went through the codec."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._kept: dict[str, _Rows] = {}

    @asynccontextmanager
    async def writing(self, show_id: str) -> AsyncIterator["_MemoryWriting"]:
        kept = self._of(show_id)
        async with kept.lock:
            writing = _MemoryWriting(self._codec, kept)
            yield writing
            await writing.commit()

    @asynccontextmanager
    async def creating(self, show: ShowRow) -> AsyncIterator["_MemoryWriting"]:
        if show.id in self._kept:
            raise ValueError("there is such a show already")
        writing = _MemoryWriting(self._codec, _Rows(show))
        yield writing
        await writing.commit()
        if writing.appended:
            self._kept[show.id] = writing.kept

    async def shows(self) -> list[ShowRow]:
        return sorted((kept.line for kept in self._kept.values()), key=lambda show: show.id)

    async def show(self, show_id: str) -> ShowRow | None:
        return self._kept[show_id].line if show_id in self._kept else None

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        return [row for row, _, _ in self._rows(show_id)[after : after + limit]]

    async def head(self, show_id: str) -> int:
        return len(self._rows(show_id))

    async def heads(self, held: Iterable[str]) -> dict[str, int]:
        wanted = set(held)
        return {show.id: show.head for show in await self.shows() if show.status == "live" or show.id in wanted}

    async def rebuild(self, show_id: str) -> bool:
        kept = self._of(show_id)
        was, blank = kept.line, ShowRow(kept.line.id, kept.line.epoch)
        kept.line = listing.moved(blank, [row for row, _, _ in kept.rows])
        return kept.line != was

    async def first_altered(self, show_id: str) -> int | None:
        previous, rows = GENESIS, self._rows(show_id)
        for row, payload, digest in rows:
            if chained(previous, columns_of(row), payload) != digest:
                return row.seq
            previous = digest
        return len(rows) + 1 if show_id in self._kept and len(rows) < self._kept[show_id].line.head else None

    def _of(self, show_id: str) -> _Rows:
        if show_id not in self._kept:
            raise UnknownShowError(show_id)
        return self._kept[show_id]

    def _rows(self, show_id: str) -> list[tuple[Recorded, bytes, bytes]]:
        return self._kept[show_id].rows if show_id in self._kept else []


class _MemoryWriting:
    def __init__(self, codec: Codec, kept: _Rows) -> None:
        self._codec = codec
        self.kept = kept
        self.appended = False
        self._rows: list[tuple[Recorded, bytes, bytes]] = []
        self._answers: dict[str, Answer] = {}
        self._seen: dict[Key, bytes] = {}
        self.head = len(kept.rows)

    async def rows_after(self, seq: int) -> list[Recorded]:
        return [row for row, _, _ in self.kept.rows[seq:]]

    async def row(self, seq: int) -> Recorded | None:
        rows = [*self.kept.rows[seq - 1 : seq], *self._rows]
        return next((row for row, _, _ in rows if row.seq == seq), None)

    async def answer(self, command_id: str) -> Answer | None:
        return self._answers.get(command_id) or self.kept.answers.get(command_id)

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        seen = {**self.kept.seen, **self._seen}
        return {key: seen[key] for key in keys if key in seen}

    async def append(self, rows: list[Recorded]) -> None:
        self.appended = True
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
        self.kept.line = listing.moved(self.kept.line, [row for row, _, _ in self._rows])
        self.kept.rows += self._rows
        self.kept.answers |= self._answers
        self.kept.seen |= self._seen
        self._rows, self._answers, self._seen = [], {}, {}

    def _last_hash(self) -> bytes:
        rows = self._rows or self.kept.rows
        return rows[-1][2] if rows else GENESIS
