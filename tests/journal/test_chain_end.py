"""Rows taken away at the end leave a chain without a fault: the show's line betrays it, and is never before its rows itself."""

import pytest
from sqlalchemy import delete, text, update

from console.core.lifecycle import ShowCreated
from console.journal import sql
from console.journal.memory import MemoryJournal
from console.journal.tables import JOURNAL, SHOWS
from tests.journal.conftest import row


async def written(journal, first=1, last=3):
    async with journal.writing("s1") as writing:
        await writing.append([row(seq, ShowCreated(title="x") if seq == 1 else None) for seq in range(first, last + 1)])


async def cut(journal, kept):
    """By somebody who takes the rows after `kept` away and nothing else."""
    if isinstance(journal, MemoryJournal):
        del journal._kept["s1"].rows[kept:]
    else:
        await journal._database.run(lambda c: c.execute(delete(JOURNAL).where(JOURNAL.c.seq > kept)))


async def told(database, head):
    await database.run(lambda c: c.execute(update(SHOWS).values(head=head)))


@pytest.mark.parametrize("kept", [0, 1, 2])
async def test_the_first_row_that_is_missing_at_the_end_is_named(journal, kept):
    await written(journal)
    await cut(journal, kept)
    assert await journal.first_altered("s1") == kept + 1


async def test_what_was_altered_before_the_missing_end_comes_first(stored):
    database, journal = stored
    await written(journal)
    await database.run(lambda c: c.execute(update(JOURNAL).where(JOURNAL.c.seq == 1).values(actor="someone")))
    await cut(journal, 2)
    assert await journal.first_altered("s1") == 1


async def test_a_show_without_rows_and_one_that_is_not_there_are_whole(journal):
    assert await journal.first_altered("s1") is None
    assert await journal.first_altered("none") is None


@pytest.mark.parametrize("head", [0, 2])
async def test_a_line_that_is_behind_is_no_alarm_before_or_after_more_rows_or_a_rebuild(stored, head):
    """As a node of an earlier release leaves it, which writes rows and knows of no line."""
    database, journal = stored
    await written(journal)
    await told(database, head)
    assert await journal.first_altered("s1") is None
    await written(journal, 4, 4)
    assert await journal.first_altered("s1") is None
    await told(database, head)
    assert await journal.rebuild("s1")
    assert await journal.first_altered("s1") is None


async def test_tables_without_such_a_line_are_whole(stored):
    """Those of the first release, which are checked before they are carried away or brought back."""
    database, journal = stored
    await written(journal)
    await database.run(lambda c: c.execute(text("ALTER TABLE shows DROP COLUMN head")))
    assert await journal.first_altered("s1") is None


async def test_rows_that_are_added_while_it_walks_are_no_alarm(stored, monkeypatch):
    """The worst instant: a row comes when the walk has just found the end."""
    database, journal = stored
    await written(journal)
    read, ends = database.read, []

    async def and_one_more(look):
        found = await read(look)
        if found == []:
            ends.append(found)
            await written(journal, 4, 4)
        return found

    monkeypatch.setattr(database, "read", and_one_more)
    assert await journal.first_altered("s1") is None
    assert len(ends) == 1


async def test_control_without_the_line_nobody_would_miss_them(stored, monkeypatch):
    monkeypatch.setattr(sql, "_told", lambda _connection, _show_id: 0)
    _, journal = stored
    await written(journal)
    await cut(journal, 1)
    assert await journal.first_altered("s1") is None
