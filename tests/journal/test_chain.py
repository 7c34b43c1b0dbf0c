"""Every row is chained to the one before: what was altered is named, also when its own hash was made anew."""

import pytest
from msgspec import structs
from sqlalchemy import select, update

from console.core.lifecycle import ShowCreated
from console.journal import sql
from console.journal.codec import chained
from console.journal.tables import JOURNAL
from tests.journal.conftest import row


async def test_an_untouched_chain_verifies(journal):
    async with journal.writing("s1") as writing:
        await writing.append([row(1, ShowCreated(title="x")), row(2)])
    assert await journal.first_altered("s1") is None


CHANGES = {
    "payload": lambda found: found.payload.replace(b"x", b"y"),
    "at_ms": lambda found: found.at_ms + 1,
    "actor": lambda _: "someone",
    "command_id": lambda _: None,
    "type": lambda _: "show_started",
    "version": lambda found: found.version + 1,
    "cause": lambda _: 1,
}


@pytest.mark.parametrize("column", CHANGES)
async def test_the_first_altered_row_is_named(stored, column):
    database, journal = stored
    async with journal.writing("s1") as writing:
        await writing.append([row(1), row(2, ShowCreated(title="x")), row(3)])

    def alter(connection):
        second = JOURNAL.c.seq == 2
        found = connection.execute(select(JOURNAL).where(second)).one()
        connection.execute(update(JOURNAL).where(second).values({column: CHANGES[column](found)}))

    await database.run(alter)
    assert await journal.first_altered("s1") == 2


async def altered_and_hashed_anew(database, journal):
    """By somebody who knows how rows are hashed and makes the second row's hash fit what he made of it."""
    async with journal.writing("s1") as writing:
        await writing.append([row(1), row(2, ShowCreated(title="x")), row(3)])

    def forge(connection):
        second = JOURNAL.c.seq == 2
        connection.execute(update(JOURNAL).where(second).values(actor="someone"))
        before, forged = connection.execute(select(JOURNAL).where(JOURNAL.c.seq <= 2).order_by(JOURNAL.c.seq))
        connection.execute(update(JOURNAL).where(second).values(hash=sql._expected_hash(before.hash, forged)))

    await database.run(forge)


async def test_a_row_hashed_anew_is_betrayed_by_the_next(stored):
    database, journal = stored
    await altered_and_hashed_anew(database, journal)
    assert await journal.first_altered("s1") == 3


async def test_a_cause_that_was_taken_away_is_named(stored):
    database, journal = stored
    async with journal.writing("s1") as writing:
        await writing.append([row(1), structs.replace(row(2), cause=1), row(3)])
    await database.run(lambda c: c.execute(update(JOURNAL).where(JOURNAL.c.seq == 2).values(cause=None)))
    assert await journal.first_altered("s1") == 2


async def test_the_columns_that_are_altered_here_are_all_that_there_are():
    assert {column.name for column in JOURNAL.c} == {*CHANGES, "show_id", "seq", "hash"}


async def test_control_without_the_chain_nobody_would_know(stored, monkeypatch):
    monkeypatch.setattr(sql, "chained", lambda _previous, columns, payload: chained(b"", columns, payload))
    database, journal = stored
    await altered_and_hashed_anew(database, journal)
    assert await journal.first_altered("s1") is None
