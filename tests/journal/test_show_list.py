"""What a list says of shows is written with their rows and says what folding them anew would say, in every store."""

import asyncio
from random import Random

import pytest
from bare_shows import add_show
from sqlalchemy import column, insert, table, update

from console.core.lifecycle import EVENTS, ShowCreated, ShowEnded, ShowStarted, TargetsSet
from console.core.messages import Recorded
from console.journal import listing
from console.journal.codec import Codec
from console.journal.database import Database
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow, UnknownShowError
from console.journal.sql import SqlJournal, _columns
from console.journal.tables import JOURNAL, METADATA, SHOWS
from console.migrate import _upgrade

STORES = ("memory", "sqlite", "postgres")


@pytest.fixture(params=STORES)
async def journal(request, tmp_path):
    codec = Codec(EVENTS)
    if request.param == "memory":
        yield MemoryJournal(codec)
        return
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'j.db'}" if sqlite else request.getfixturevalue("postgres").database()
    database = Database(url)
    await database.run(METADATA.create_all)
    yield SqlJournal(database, codec)
    await database.close()


def row(show_id, seq, at_ms, event):
    return Recorded(show_id=show_id, seq=seq, at_ms=at_ms, actor="p1", event=event, command_id=f"c{seq}")


def history(show_id, chance):
    """A show's life: created, then any of what may follow, in batches of any size, at instants that may stand still."""
    starts_at = chance.choice([None, 1_800_000_000_000])
    created = ShowCreated(
        title=f"晚场 <{show_id}>", starts_at=starts_at, rehearsal=chance.random() < 0.5, delivery="manual"
    )
    events = [created, *chance.choices([TargetsSet(targets={}), ShowStarted(), ShowEnded()], k=chance.randrange(12))]
    at_ms = 1_800_000_000_000
    for seq, event in enumerate(events, start=1):
        at_ms += chance.choice([0, 1, 60_000])
        yield row(show_id, seq, at_ms, event)


async def live_through(journal, show_id, chance):
    """Write a history as it would be written; what is left after some transactions that came to nothing."""
    rows = list(history(show_id, chance))
    async with journal.creating(ShowRow(show_id, "e")) as writing:
        await writing.append([rows.pop(0)])
    while rows:
        taken = [rows.pop(0) for _ in range(min(len(rows), chance.randrange(1, 4)))]
        with pytest.raises(RuntimeError):
            await cut_off(journal.writing(show_id), taken)
        async with journal.writing(show_id) as writing:
            for one in taken:
                await writing.append([one])


async def cut_off(opening, rows):
    """A transaction that ends before its commit."""
    async with opening as writing:
        await writing.append(rows)
        raise RuntimeError


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_kept_is_what_folding_anew_gives(journal, seed):
    chance = Random(seed)
    for number in range(8):
        await live_through(journal, f"s{number}", chance)
    kept = await journal.shows()
    assert [await journal.rebuild(show.id) for show in kept] == [False] * 8
    assert await journal.shows() == kept
    whole = [await journal.read(show.id, 0, 100) for show in kept]
    assert kept == [listing.moved(ShowRow(show.id, "e"), rows) for show, rows in zip(kept, whole, strict=True)]


async def test_control_a_line_that_was_not_moved_with_its_rows_is_found_and_mended(journal, monkeypatch):
    with monkeypatch.context() as unkept:
        unkept.setattr(listing, "moved", lambda line, rows: line)
        await live_through(journal, "s1", Random(1))
    assert (await journal.show("s1")).title == ""
    assert await journal.rebuild("s1")
    mended = await journal.show("s1")
    assert (mended.title, mended.head) == ("晚场 <s1>", await journal.head("s1"))
    assert not await journal.rebuild("s1")


async def test_there_is_no_list_line_to_mend_of_an_unknown_show(journal):
    with pytest.raises(UnknownShowError):
        await journal.rebuild("nope")


async def test_a_show_comes_with_its_first_rows_or_not_at_all(journal):
    with pytest.raises(RuntimeError):
        await cut_off(journal.creating(ShowRow("s1", "e")), list(history("s1", Random(1))))
    async with journal.creating(ShowRow("s2", "e")):
        pass
    assert await journal.shows() == []
    assert await journal.head("s1") == 0


async def test_a_show_is_not_there_before_its_creation_is_committed(journal):
    async with journal.creating(ShowRow("s1", "e")) as writing:
        await writing.append([row("s1", 1, 5, ShowCreated(title="x"))])
        assert await journal.show("s1") is None
    assert await journal.show("s1") == ShowRow("s1", "e", "x", head=1, at_ms=5)


async def test_one_id_makes_one_show(journal):
    await add_show(journal, ShowRow("s1", "e1"))
    with pytest.raises(Exception, match=r"(?i)unique|already"):
        await add_show(journal, ShowRow("s1", "e2"))


@pytest.fixture
async def first_release(database_url):
    """A store with the tables of revision 0001, some shows, and half of a creation."""
    database = Database(database_url)
    await database.run(lambda c: _upgrade(c, "0001"))
    yield database
    await database.close()


async def test_a_store_of_the_first_release_gets_its_list_from_its_journals(first_release):
    whole = SqlJournal(first_release, Codec(EVENTS))
    chance = Random(7)
    histories = {f"s{number}": list(history(f"s{number}", chance)) for number in range(6)}
    old = table("shows", column("id"), column("epoch"))
    names = [{"id": name, "epoch": "e"} for name in (*histories, "half")]
    await first_release.run(lambda c: c.execute(insert(old), names))
    await first_release.run(lambda c: [c.execute(*_inserted(one)) for rows in histories.values() for one in rows])
    await first_release.run(_upgrade)
    assert [show.id for show in await whole.shows()] == list(histories)
    assert [await whole.rebuild(show_id) for show_id in histories] == [False] * 6


def _inserted(one):
    return insert(JOURNAL), [_columns(one, Codec(EVENTS).encode(one.event), b"\0" * 32)]


async def test_control_a_line_that_is_wrong_is_not_what_folding_gives(first_release):
    await first_release.run(_upgrade)
    whole = SqlJournal(first_release, Codec(EVENTS))
    await live_through(whole, "s1", Random(2))
    await first_release.run(lambda c: c.execute(update(SHOWS).values(title="another", head=0)))
    assert await whole.rebuild("s1")


async def test_two_that_write_at_once_leave_a_list_that_is_right(journal):
    await live_through(journal, "s1", Random(3))

    async def one_more():
        async with journal.writing("s1") as writing:
            await writing.append([row("s1", writing.head + 1, 0, TargetsSet(targets={}))])

    await asyncio.gather(*(one_more() for _ in range(5)))
    assert (await journal.show("s1")).head == await journal.head("s1")
    assert not await journal.rebuild("s1")
