"""The journal in SQL: every statement once, as Core expressions; SQLite runs them inline on the loop."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from console.core.messages import Recorded
from console.journal.codec import GENESIS, Codec, chained, columns_of
from console.journal.database import Database
from console.journal.port import Answer, Key, ShowRow, UnknownShowError
from console.journal.tables import COMMANDS, JOURNAL, SEEN, SHOWS

LOOKUP_CHUNK = 400
"""Ids in one IN list; far below every store's limit of bound values."""
VERIFY_CHUNK = 1_000


class SqlJournal:
    """See port.Journal."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    @asynccontextmanager
    async def writing(self, show_id: str) -> AsyncIterator["_SqlWriting"]:
        async with self._database.writing() as connection:
            if connection.execute(select(SHOWS.c.id).where(SHOWS.c.id == show_id)).first() is None:
                raise UnknownShowError(show_id)
            yield _SqlWriting(connection, self._codec, show_id)

    async def create(self, show: ShowRow) -> None:
        await self._database.run(lambda c: c.execute(insert(SHOWS).values(id=show.id, epoch=show.epoch)))

    async def shows(self) -> list[ShowRow]:
        rows = await self._database.read(lambda c: c.execute(select(SHOWS).order_by(SHOWS.c.id)).all())
        return [ShowRow(row.id, row.epoch) for row in rows]

    async def show(self, show_id: str) -> ShowRow | None:
        row = await self._database.read(lambda c: c.execute(select(SHOWS).where(SHOWS.c.id == show_id)).first())
        return ShowRow(row.id, row.epoch) if row else None

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        rows = await self._database.read(lambda c: _rows(c, show_id, after, limit))
        return [_recorded(self._codec, row) for row in rows]

    async def head(self, show_id: str) -> int:
        return await self._database.read(lambda c: _head(c, show_id))

    async def first_altered(self, show_id: str) -> int | None:
        previous, after = GENESIS, 0
        while rows := await self._database.read(lambda c, after=after: _rows(c, show_id, after, VERIFY_CHUNK)):  # type: ignore[misc]
            for row in rows:
                if row.seq != after + 1 or _expected_hash(previous, row) != row.hash:
                    return after + 1
                previous, after = row.hash, row.seq
        return None


class _SqlWriting:
    def __init__(self, connection: Connection, codec: Codec, show_id: str) -> None:
        self._connection = connection
        self._codec = codec
        self._show_id = show_id
        self.head = _head(connection, show_id)

    async def rows_after(self, seq: int) -> list[Recorded]:
        if seq == self.head:
            return []
        return [_recorded(self._codec, row) for row in _rows(self._connection, self._show_id, seq, None)]

    async def answer(self, command_id: str) -> Answer | None:
        found = select(COMMANDS.c.digest, COMMANDS.c.answer).where(
            COMMANDS.c.show_id == self._show_id, COMMANDS.c.command_id == command_id
        )
        row = self._connection.execute(found).first()
        return Answer(row.digest, row.answer) if row else None

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        by_source: defaultdict[str, list[str]] = defaultdict(list)
        for source, item in keys:
            by_source[source].append(item)
        return {
            (source, row.id): row.digest
            for source, ids in by_source.items()
            for start in range(0, len(ids), LOOKUP_CHUNK)
            for row in self._connection.execute(self._seen(source, ids[start : start + LOOKUP_CHUNK]))
        }

    async def append(self, rows: list[Recorded]) -> None:
        previous = self._last_hash()
        values = []
        for row in rows:
            if row.seq != self.head + 1:
                raise ValueError(f"row {row.seq} after head {self.head}")
            payload = self._codec.encode(row.event)
            previous = chained(previous, columns_of(row), payload)
            values.append(_columns(row, payload, previous))
            self.head = row.seq
        self._connection.execute(insert(JOURNAL), values)

    async def remember(self, command_id: str, answer: Answer) -> None:
        self._connection.execute(
            insert(COMMANDS).values(
                show_id=self._show_id, command_id=command_id, digest=answer.digest, answer=answer.body
            )
        )

    async def mark_seen(self, digests: dict[Key, bytes]) -> None:
        if digests:
            self._connection.execute(
                insert(SEEN),
                [
                    {"show_id": self._show_id, "source": source, "id": item, "digest": digest}
                    for (source, item), digest in digests.items()
                ],
            )

    def _seen(self, source: str, ids: list[str]) -> Any:
        return select(SEEN.c.id, SEEN.c.digest).where(
            SEEN.c.show_id == self._show_id, SEEN.c.source == source, SEEN.c.id.in_(ids)
        )

    def _last_hash(self) -> bytes:
        last = select(JOURNAL.c.hash).where(JOURNAL.c.show_id == self._show_id, JOURNAL.c.seq == self.head)
        found: bytes | None = self._connection.execute(last).scalar_one_or_none()
        return found or GENESIS


def _head(connection: Connection, show_id: str) -> int:
    newest = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.show_id == show_id)
    return int(connection.execute(newest).scalar_one() or 0)


def _rows(connection: Connection, show_id: str, after: int, limit: int | None) -> list[Row[Any]]:
    rows = select(JOURNAL).where(JOURNAL.c.show_id == show_id, JOURNAL.c.seq > after)
    return list(connection.execute(rows.order_by(JOURNAL.c.seq).limit(limit)))


def _recorded(codec: Codec, row: Row[Any]) -> Recorded:
    return Recorded(
        show_id=row.show_id,
        seq=row.seq,
        at_ms=row.at_ms,
        actor=row.actor,
        event=codec.decode(row.type, row.version, row.payload),
        cause=row.cause,
        command_id=row.command_id,
    )


def _expected_hash(previous: bytes, row: Row[Any]) -> bytes:
    columns = (row.show_id, row.seq, row.at_ms, row.type, row.version, row.actor, row.cause, row.command_id)
    payload = row.payload if isinstance(row.payload, bytes) else str(row.payload).encode()
    return chained(previous, columns, payload)


def _columns(row: Recorded, payload: bytes, digest: bytes) -> dict[str, Any]:
    return {
        "show_id": row.show_id,
        "seq": row.seq,
        "at_ms": row.at_ms,
        "type": row.type,
        "version": type(row.event).version,
        "actor": row.actor,
        "cause": row.cause,
        "command_id": row.command_id,
        "payload": payload,
        "hash": digest,
    }
