"""A commit that was made, but whose answer was lost on the way: its rows reach every screen as rows."""

import asyncio
import contextlib

import pytest

from console.core.lifecycle import EVENTS, LIFECYCLE, ShowCreated, ShowStarted, TargetsSet
from console.core.messages import Recorded
from console.journal.codec import Codec
from console.journal.database import StoreUnavailableError
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow
from console.shows import Shows, follow


def row(seq, event):
    return Recorded(show_id="s1", seq=seq, at_ms=seq, actor="p", event=event)


class Doubtful:
    """Shows over a journal, with what a screen was told of each: (head, rows)."""

    def __init__(self):
        self.journal = MemoryJournal(Codec(EVENTS))
        self.shows = Shows(self.journal, (LIFECYCLE,))
        self.told = []
        self.shows.listen(self._hear)

    def _hear(self, show, rows):
        self.told.append((show.seq, [each.seq for each in rows]))

    async def begin(self):
        async with self.journal.creating(ShowRow("s1", "e1")) as writing:
            await writing.append([row(1, ShowCreated(title="晚场"))])
        await self.shows.get("s1")
        return self

    async def write(self, *rows):
        async with self.journal.writing("s1") as writing:
            await writing.append(list(rows))

    async def write_in_doubt(self, *rows):
        with contextlib.suppress(StoreUnavailableError):
            async with self.shows.alone("s1") as show:
                for each in rows:
                    show.evolve(each)
                await self.write(*rows)
                raise StoreUnavailableError("connection was closed in the middle of operation")


@pytest.fixture
async def doubtful():
    return await Doubtful().begin()


async def test_whoever_looks_first_tells_the_screens_what_was_kept(doubtful):
    await doubtful.write_in_doubt(row(2, ShowStarted()), row(3, TargetsSet(targets={"n": 1})))
    assert (await doubtful.shows.get("s1")).seq == 3
    await doubtful.shows.get("s1")
    assert doubtful.told == [(3, [2, 3])]


async def test_what_others_wrote_meanwhile_is_told_with_it(doubtful):
    await doubtful.write_in_doubt(row(2, ShowStarted()))
    await doubtful.write(row(3, TargetsSet(targets={"n": 1})))
    await doubtful.shows.catch_up("s1")
    assert doubtful.told == [(3, [2, 3])]


async def test_a_later_write_tells_what_was_in_doubt_first(doubtful):
    await doubtful.write_in_doubt(row(2, ShowStarted()))
    later = row(3, TargetsSet(targets={"n": 1}))
    async with doubtful.shows.alone("s1") as show:
        show.evolve(later)
        await doubtful.write(later)
        doubtful.shows.announce(show, [later])
    assert doubtful.told == [(2, [2]), (3, [3])]


async def test_a_commit_that_was_not_made_tells_nothing(doubtful):
    with contextlib.suppress(StoreUnavailableError):
        async with doubtful.shows.alone("s1") as show:
            show.evolve(row(2, ShowStarted()))
            raise StoreUnavailableError("disk full")
    assert (await doubtful.shows.get("s1")).seq == 1
    assert doubtful.told == [(1, [])]


async def away(*_):
    raise StoreUnavailableError("gone")


def in_turn(*functions):
    turns = iter(functions)

    def call(*words):
        return next(turns)(*words)

    return call


async def test_rows_that_cannot_be_read_now_are_told_when_they_can(doubtful, monkeypatch):
    await doubtful.write_in_doubt(row(2, ShowStarted()))
    read = doubtful.journal.read
    # The fold is made of a page and the end after it; then what was not told is away.
    monkeypatch.setattr(doubtful.journal, "read", in_turn(read, read, away, away, read))
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await doubtful.shows.get("s1")
    assert doubtful.told == []
    assert (await doubtful.shows.get("s1")).seq == 2
    assert doubtful.told == [(2, [2])]


async def test_a_page_that_was_read_by_half_is_told_whole(doubtful, monkeypatch):
    """A row of an earlier release asks for another; the store goes away in between."""
    await doubtful.write(row(2, ShowStarted()), row(3, TargetsSet(targets={"n": 1})))
    monkeypatch.setattr("console.shows.follow", in_turn(follow, away, follow))
    with pytest.raises(StoreUnavailableError):
        await doubtful.shows.catch_up("s1")
    await doubtful.shows.catch_up("s1")
    assert [seq for _, rows in doubtful.told for seq in rows] == [2, 3]


async def seen_by_who_waits(doubtful, *, told_first):
    """(seq, how often was told) as somebody finds it who waited for the fold while it was written."""
    seen = []

    async def look():
        seen.append(((await doubtful.shows.get("s1")).seq, len(doubtful.told)))

    async with doubtful.shows.alone("s1") as show:
        looking = asyncio.create_task(look())
        await asyncio.sleep(0)
        show.evolve(row(2, ShowStarted()))
        await doubtful.write(row(2, ShowStarted()))
        if told_first:
            doubtful.shows.announce(show, [row(2, ShowStarted())])
    await looking
    return seen


async def test_nobody_sees_a_row_before_it_was_told(doubtful):
    assert await seen_by_who_waits(doubtful, told_first=True) == [(2, 1)]
    assert doubtful.told == [(2, [2])]


async def test_what_was_let_go_untold_is_told_to_the_next_who_looks(doubtful):
    assert await seen_by_who_waits(doubtful, told_first=False) == [(2, 1)]


async def test_control_without_either_a_row_is_seen_first(doubtful, monkeypatch):
    async def as_it_is(shows, show_id):
        return shows.held(show_id)

    monkeypatch.setattr(Shows, "_folded", as_it_is)
    assert await seen_by_who_waits(doubtful, told_first=False) == [(2, 0)]
