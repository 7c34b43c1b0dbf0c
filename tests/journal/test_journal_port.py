"""One suite over every journal: the reference in memory and SQLite say the same."""

import sqlite3

import pytest

from console.core.lifecycle import EVENTS, ShowCreated, ShowStarted, TargetsSet
from console.core.messages import Recorded
from console.journal.codec import Codec
from console.journal.database import Database
from console.journal.memory import MemoryJournal
from console.journal.port import Answer, ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA


@pytest.fixture(params=["memory", "sqlite"])
async def journal(request, tmp_path):
    codec = Codec(EVENTS)
    if request.param == "memory":
        journal = MemoryJournal(codec)
    else:
        database = Database(f"sqlite:///{tmp_path / 'journal.db'}")
        await database.run(METADATA.create_all)
        journal = SqlJournal(database, codec)
    await journal.create(ShowRow("s1", "e1"))
    return journal


def row(seq, event=None):
    return Recorded(
        show_id="s1", seq=seq, at_ms=1000 + seq, actor="p1", event=event or ShowStarted(), command_id=f"c{seq}"
    )


async def test_rows_come_back_in_order_and_whole(journal):
    rows = [row(1, ShowCreated(title="晚场", targets={"gmv_paid": 5})), row(2), row(3, TargetsSet(targets={}))]
    async with journal.writing("s1") as writing:
        await writing.append(rows)
    assert await journal.read("s1", 0, 10) == rows
    assert await journal.read("s1", 1, 1) == rows[1:2]
    assert await journal.head("s1") == 3


async def test_a_gap_is_refused_and_nothing_is_kept(journal):
    with pytest.raises(ValueError, match="after head"):
        async with journal.writing("s1") as writing:
            await writing.append([row(1), row(3)])
    assert await journal.head("s1") == 0


async def test_an_error_inside_keeps_nothing(journal):
    async def interrupted():
        async with journal.writing("s1") as writing:
            await writing.append([row(1)])
            await writing.remember("c1", Answer(b"d", b"{}"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await interrupted()
    assert await journal.head("s1") == 0
    async with journal.writing("s1") as writing:
        assert await writing.answer("c1") is None


async def test_an_answer_is_kept_once(journal):
    async with journal.writing("s1") as writing:
        await writing.remember("c1", Answer(b"d", b"{}"))
    async with journal.writing("s1") as writing:
        assert await writing.answer("c1") == Answer(b"d", b"{}")
    with pytest.raises(Exception, match=r"UNIQUE|answered already"):
        async with journal.writing("s1") as writing:
            await writing.remember("c1", Answer(b"x", b"{}"))


async def test_observations_are_known_by_source_and_id(journal):
    digests = {("tw", str(n)): bytes([n % 256]) * 16 for n in range(900)}
    async with journal.writing("s1") as writing:
        await writing.mark_seen(digests)
    async with journal.writing("s1") as writing:
        known = await writing.known([("tw", str(n)) for n in range(1000)] + [("other", "1")])
    assert known == digests


async def test_an_unknown_show_has_no_writing(journal):
    with pytest.raises(KeyError):
        async with journal.writing("nope"):
            pass


async def test_an_untouched_chain_verifies(journal):
    async with journal.writing("s1") as writing:
        await writing.append([row(1, ShowCreated(title="x")), row(2)])
    assert await journal.first_altered("s1") is None


@pytest.mark.parametrize(
    "change",
    ["payload = replace(payload, 'x', 'y')", "at_ms = at_ms + 1", "actor = 'someone'", "command_id = NULL"],
)
async def test_the_first_altered_row_is_named(tmp_path, change):
    path = tmp_path / "j.db"
    database = Database(f"sqlite:///{path}")
    await database.run(METADATA.create_all)
    journal = SqlJournal(database, Codec(EVENTS))
    await journal.create(ShowRow("s1", "e1"))
    async with journal.writing("s1") as writing:
        await writing.append([row(1), row(2, ShowCreated(title="x")), row(3)])
    with sqlite3.connect(path) as raw:
        raw.execute(f"UPDATE journal SET {change} WHERE seq = 2")
    assert await journal.first_altered("s1") == 2


async def test_sqlite_syncs_every_commit(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'j.db'}")
    settings = await database.read(
        lambda c: [c.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("synchronous", "journal_mode")]
    )
    assert settings == [2, "wal"]


async def test_another_writer_moves_the_data_version(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'j.db'}")
    await database.run(METADATA.create_all)
    before = database.data_version()
    assert database.data_version() == before
    await SqlJournal(Database(database.url), Codec(EVENTS)).create(ShowRow("s1", "e1"))
    assert database.data_version() != before
