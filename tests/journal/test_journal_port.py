"""One suite over every journal: the reference in memory, SQLite and PostgreSQL say the same."""

import asyncio
import time

import pytest
from bare_shows import add_show
from msgspec.structs import replace
from sqlalchemy import make_url

from console.core.lifecycle import EVENTS, ShowCreated, ShowEnded, TargetsSet
from console.journal.codec import Codec
from console.journal.database import Database, StoreUnavailableError
from console.journal.port import Answer, ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from tests.journal.conftest import row


async def test_rows_come_back_in_order_and_whole(journal):
    rows = [row(1, ShowCreated(title="晚场", targets={"gmv_paid": 5})), row(2), row(3, TargetsSet(targets={}))]
    async with journal.writing("s1") as writing:
        await writing.append(rows)
    assert await journal.read("s1", 0, 10) == rows
    assert await journal.read("s1", 1, 1) == rows[1:2]
    assert await journal.head("s1") == 3


async def test_one_row_is_read_by_the_writer_that_holds_the_head(journal):
    async with journal.writing("s1") as writing:
        await writing.append([row(1, ShowCreated(title="晚场")), row(2)])
    async with journal.writing("s1") as writing:
        await writing.append([row(3)])
        assert [await writing.row(seq) for seq in (1, 2, 3, 4)] == [
            row(1, ShowCreated(title="晚场")),
            row(2),
            row(3),
            None,
        ]


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
    with pytest.raises(Exception, match=r"(?i)unique|answered already"):
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


async def test_the_heads_of_shows_on_air_are_told_and_of_those_asked_for(journal):
    for name in ("s2", "s3"):
        await add_show(journal, ShowRow(name, "e"))
    async with journal.writing("s2") as writing:
        await writing.append([replace(row(1), show_id="s2")])
    assert await journal.heads(()) == {"s2": 1}
    assert await journal.heads(["s1", "nope"]) == {"s1": 0, "s2": 1}


async def test_an_ended_show_is_not_on_air_even_when_refunds_come_later(journal):
    async with journal.writing("s1") as writing:
        await writing.append([row(1), row(2, ShowEnded()), row(3, TargetsSet(targets={}))])
    assert await journal.heads(()) == {}


async def test_what_was_committed_early_stays_and_what_came_after_an_error_goes(journal):
    async def interrupted():
        async with journal.writing("s1") as writing:
            await writing.append([row(1)])
            await writing.commit()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await interrupted()
    assert await journal.head("s1") == 1


async def test_a_second_writer_waits_and_then_sees_the_first_ones_rows(journal):
    async def second():
        async with journal.writing("s1") as writing:
            found.extend(await writing.rows_after(0))

    found = []
    async with journal.writing("s1") as writing:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await writing.append([row(1)])
    await waiting
    assert [one.seq for one in found] == [1]


async def test_what_is_not_committed_is_not_read(journal):
    async with journal.writing("s1") as writing:
        await writing.append([row(1)])
        assert await journal.head("s1") == 0
        assert await journal.read("s1", 0, 10) == []


async def test_a_head_held_too_long_is_a_store_that_is_not_available(tmp_path, monkeypatch):
    monkeypatch.setattr("console.journal.sqlite.LOCK_PATIENCE_S", 0.2)
    database = Database(f"sqlite:///{tmp_path / 'j.db'}")
    async with database.writing():
        with pytest.raises(StoreUnavailableError):
            async with database.writing():
                pass


async def test_a_name_no_engine_can_store_is_a_show_that_is_not_there(stored):
    assert await stored[1].show("s\0") is None


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
    await add_show(SqlJournal(Database(database.url), Codec(EVENTS)), ShowRow("s1", "e1"))
    assert database.data_version() != before


async def test_what_this_process_writes_does_not_move_the_data_version_and_hides_nobody_elses(tmp_path):
    database, others = (Database(f"sqlite:///{tmp_path / 'j.db'}") for _ in range(2))
    await database.run(METADATA.create_all)
    before = database.data_version()
    await add_show(SqlJournal(database, Codec(EVENTS)), ShowRow("s1", "e1"))
    assert database.data_version() == before
    await add_show(SqlJournal(others, Codec(EVENTS)), ShowRow("s2", "e2"))
    await add_show(SqlJournal(database, Codec(EVENTS)), ShowRow("s3", "e3"))
    assert database.data_version() != before


async def test_a_store_that_was_given_back_is_looked_at_anew(tmp_path):
    database, others = (Database(f"sqlite:///{tmp_path / 'j.db'}") for _ in range(2))
    await database.run(METADATA.create_all)
    before = database.data_version()
    await database.close()
    await add_show(SqlJournal(others, Codec(EVENTS)), ShowRow("s1", "e1"))
    assert database.data_version() != before


async def test_postgres_writes_no_answer_before_the_commit_is_on_disk(postgres):
    database = Database(postgres.database())
    role = make_url(database.url).username
    postgres.sql(f"ALTER ROLE {role} SET synchronous_commit = off")
    assert await database.read(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar_one()) == "on"
    await database.close()


async def test_a_process_stopped_with_the_head_in_hand_loses_it(postgres):
    """What it then tries to write is refused, so it can fire nothing when it wakes."""
    database = Database(postgres.database())
    await database.run(METADATA.create_all)
    journal = SqlJournal(database, Codec(EVENTS))
    await add_show(journal, ShowRow("s1", "e1"))

    async def stopped():
        async with journal.writing("s1") as writing:
            await asyncio.to_thread(time.sleep, 3)
            await writing.append([row(1)])

    sleeper = asyncio.create_task(stopped())
    await asyncio.sleep(0.1)
    async with journal.writing("s1") as writing:
        await writing.append([row(1)])
    with pytest.raises(StoreUnavailableError):
        await sleeper
    assert await journal.head("s1") == 1
    await database.close()


async def test_a_server_that_comes_back_is_used_again(postgres):
    database = Database(postgres.database())
    await database.run(METADATA.create_all)
    journal = SqlJournal(database, Codec(EVENTS))
    postgres.stop()
    with pytest.raises(StoreUnavailableError):
        await add_show(journal, ShowRow("s1", "e1"))
    with pytest.raises(StoreUnavailableError):
        await journal.shows()
    postgres.start()
    await add_show(journal, ShowRow("s1", "e1"))
    assert await journal.shows() == [ShowRow("s1", "e1")]
    await database.close()
