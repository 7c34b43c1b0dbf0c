"""The journal in SQL: every statement once, as Core expressions for every engine."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import Connection, Row, Table, Update, bindparam, func, insert, inspect, or_, select, update

from console.core.messages import Recorded
from console.journal import listing, seen
from console.journal.codec import GENESIS, Codec, chained, columns_of
from console.journal.database import Database, Transaction
from console.journal.port import Answer, Key, ShowRow, UnknownShowError
from console.journal.tables import COMMANDS, JOURNAL, SHOWS

VERIFY_CHUNK = 1_000
NUL = "\0"
"""PostgreSQL has no such text; SQLite has it and no show is called so."""


class SqlJournal:
    """See port.Journal."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    @asynccontextmanager
    async def writing(self, show_id: str) -> AsyncIterator["_SqlWriting"]:
        async with self._database.writing() as transaction:
            show, newest = await transaction.do(lambda c: _locked(c, show_id))
            yield _SqlWriting(transaction, self._codec, show, newest)

    @asynccontextmanager
    async def creating(self, show: ShowRow) -> AsyncIterator["_SqlWriting"]:
        async with self._database.writing() as transaction:
            yield _SqlWriting(transaction, self._codec, show, None)

    async def shows(self) -> list[ShowRow]:
        rows = await self._database.read(lambda c: c.execute(select(SHOWS).order_by(SHOWS.c.id)).all())
        return [ShowRow(*row) for row in rows]

    async def show(self, show_id: str) -> ShowRow | None:
        if NUL in show_id:
            return None
        row = await self._database.read(lambda c: c.execute(select(SHOWS).where(SHOWS.c.id == show_id)).first())
        return ShowRow(*row) if row else None

    async def read(self, show_id: str, after: int, limit: int) -> list[Recorded]:
        rows = await self._database.read(lambda c: _rows(c, show_id, after, limit))
        return [_recorded(self._codec, row) for row in rows]

    async def head(self, show_id: str) -> int:
        return (await self._database.read(lambda c: _newest(c, show_id))).seq

    async def heads(self, held: Iterable[str]) -> dict[str, int]:
        return await self._database.read(lambda c: _heads(c, list(held)))

    async def rebuild(self, show_id: str) -> bool:
        return await self._database.run(lambda c: _rebuilt(c, self._codec, show_id))

    async def first_altered(self, show_id: str) -> int | None:
        told = await self._database.read(lambda c: _told(c, show_id))  # first: rows may be added while it walks
        previous, after = GENESIS, 0
        while rows := await self._database.read(partial(_rows, show_id=show_id, after=after, limit=VERIFY_CHUNK)):
            for row in rows:
                if row.seq != after + 1 or _expected_hash(previous, row) != row.hash:
                    return after + 1
                previous, after = row.hash, row.seq
        return after + 1 if after < told else None


class _Newest(NamedTuple):
    seq: int
    hash: bytes


class _SqlWriting:
    """`newest` None: the show itself is not stored yet."""

    def __init__(self, transaction: Transaction, codec: Codec, show: ShowRow, newest: _Newest | None) -> None:
        self._transaction = transaction
        self._codec = codec
        self._show = show
        self._show_id = show.id
        self._stored = newest is not None
        self.head, self._last_hash = newest or _Newest(0, GENESIS)

    async def rows_after(self, seq: int) -> list[Recorded]:
        if seq == self.head:
            return []
        rows = await self._transaction.do(lambda c: _rows(c, self._show_id, seq, None))
        return [_recorded(self._codec, row) for row in rows]

    async def row(self, seq: int) -> Recorded | None:
        rows = await self._transaction.do(lambda c: _rows(c, self._show_id, seq - 1, 1))
        return _recorded(self._codec, rows[0]) if rows and rows[0].seq == seq else None

    async def answer(self, command_id: str) -> Answer | None:
        return await self._transaction.do(lambda c: _answer(c, self._show_id, command_id))

    async def known(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        return await self._transaction.do(lambda c: seen.known(c, self._show_id, keys))

    async def append(self, rows: list[Recorded]) -> None:
        values = []
        for row in rows:
            if row.seq != self.head + 1:
                raise ValueError(f"row {row.seq} after head {self.head}")
            payload = self._codec.encode(row.event)
            self._last_hash = chained(self._last_hash, columns_of(row), payload)
            values.append(_columns(row, payload, self._last_hash))
            self.head = row.seq
        await self._list(listing.moved(self._show, rows))
        await self._insert(JOURNAL, values)

    async def remember(self, command_id: str, answer: Answer) -> None:
        key = {"show_id": self._show_id, "command_id": command_id}
        await self._insert(COMMANDS, [{**key, "digest": answer.digest, "answer": answer.body}])

    async def mark_seen(self, digests: dict[Key, bytes]) -> None:
        if digests:
            await self._transaction.do(lambda c: seen.mark(c, self._show_id, digests))

    async def commit(self) -> None:
        await self._transaction.commit()

    async def _list(self, show: ShowRow) -> None:
        """The show's line, before the rows that refer to it."""
        if not self._stored:
            await self._insert(SHOWS, [structs.asdict(show)])
        elif show != self._show:
            was = self._show
            await self._transaction.do(lambda c: _relist(c, was, show))
        self._show, self._stored = show, True

    async def _insert(self, table: Table, values: list[dict[str, Any]]) -> None:
        if values:
            await self._transaction.do(lambda c: c.execute(_INSERTS[table], values))


# Made once: every command asks and writes these, and making one takes as long as running it.
_HELD = select(SHOWS).where(SHOWS.c.id == bindparam("show")).with_for_update()
_NEWEST = (
    select(JOURNAL.c.seq, JOURNAL.c.hash)
    .where(JOURNAL.c.show_id == bindparam("show"))
    .order_by(JOURNAL.c.seq.desc())
    .limit(1)
)
_ANSWER = select(COMMANDS.c.digest, COMMANDS.c.answer).where(
    COMMANDS.c.show_id == bindparam("show"), COMMANDS.c.command_id == bindparam("command")
)
_INSERTS = {table: insert(table) for table in (SHOWS, JOURNAL, COMMANDS)}


def _locked(connection: Connection, show_id: str) -> tuple[ShowRow, _Newest]:
    """Hold the show's head (SQLite holds the whole file already), then look where it is. Raises UnknownShowError."""
    row = connection.execute(_HELD, {"show": show_id}).first()
    if row is None:
        raise UnknownShowError(show_id)
    return ShowRow(*row), _newest(connection, show_id)


def _newest(connection: Connection, show_id: str) -> _Newest:
    row = connection.execute(_NEWEST, {"show": show_id}).first()
    return _Newest(row.seq, row.hash) if row else _Newest(0, GENESIS)


def _told(connection: Connection, show_id: str) -> int:
    """The head as the show's line has it; 0 in the tables of a release whose lines had none."""
    if all(column["name"] != SHOWS.c.head.name for column in inspect(connection).get_columns(SHOWS.name)):
        return 0
    return connection.scalar(select(SHOWS.c.head).where(SHOWS.c.id == show_id)) or 0


def _heads(connection: Connection, held: list[str]) -> dict[str, int]:
    """One look at the end of the index for each, never a walk through its rows. The journal itself is asked: a node of
    an earlier release writes rows without moving the list."""
    newest = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.show_id == SHOWS.c.id).scalar_subquery()
    wanted = or_(SHOWS.c.status == "live", SHOWS.c.id.in_(held))
    return {row.id: row.head or 0 for row in connection.execute(select(SHOWS.c.id, newest.label("head")).where(wanted))}


def _relist(connection: Connection, was: ShowRow, show: ShowRow) -> None:
    """Only what moved: most rows move the head and its instant alone."""
    old, new = structs.asdict(was), structs.asdict(show)
    moved = tuple(name for name in new if new[name] != old[name])
    connection.execute(_relisting(moved), {"show": show.id, **{f"new_{name}": new[name] for name in moved}})


@cache
def _relisting(columns: tuple[str, ...]) -> Update:
    news: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return update(SHOWS).where(SHOWS.c.id == bindparam("show")).values(news)


def _rebuilt(connection: Connection, codec: Codec, show_id: str) -> bool:
    was, _ = _locked(connection, show_id)
    last = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.show_id == show_id).scalar_subquery()
    telling = select(JOURNAL).where(
        JOURNAL.c.show_id == show_id, or_(JOURNAL.c.type.in_(listing.TYPES), JOURNAL.c.seq == last)
    )
    rows = [_recorded(codec, row) for row in connection.execute(telling.order_by(JOURNAL.c.seq))]
    show = listing.moved(ShowRow(was.id, was.epoch), rows)
    if show != was:
        _relist(connection, was, show)
    return show != was


def _answer(connection: Connection, show_id: str, command_id: str) -> Answer | None:
    row = connection.execute(_ANSWER, {"show": show_id, "command": command_id}).first()
    return Answer(row.digest, row.answer) if row else None


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
