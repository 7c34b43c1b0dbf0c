"""Nobody sees a row before its commit, nor one that was taken back; what breaks takes nothing else down."""

import asyncio
import contextlib

import msgspec
import pytest
from gate_desk import CONTROLLER, MODERATOR, Lookups

from console.core.lifecycle import LIFECYCLE, CreateShow, SetTargets, StartShow
from console.core.messages import Rejection
from console.gate import ForbiddenError, Gate
from console.journal.database import StoreUnavailableError
from console.journal.memory import MemoryJournal, _MemoryWriting
from console.journal.port import ShowRow
from console.lines import Accepted


async def test_what_could_not_be_stored_is_not_shown(desk, monkeypatch):
    async def full(self, rows):
        raise StoreUnavailableError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("console.journal.memory._MemoryWriting.append", full)
        with pytest.raises(StoreUnavailableError):
            await desk.submit(StartShow(**desk.stamp()))
    assert (await desk.shows.get("s1")).header.status == "planned"
    assert isinstance(await desk.submit(StartShow(**desk.stamp())), Accepted)


class SlowCommit:
    """A store whose commit takes until it is let go, or fails."""

    def __init__(self, monkeypatch):
        self.reached, self.go, self.error = asyncio.Event(), asyncio.Event(), None
        commit = _MemoryWriting.commit

        async def slow(writing):
            self.reached.set()
            await self.go.wait()
            if self.error:
                raise self.error
            await commit(writing)

        monkeypatch.setattr(_MemoryWriting, "commit", slow)


async def test_nobody_sees_a_row_before_its_commit(desk, monkeypatch):
    slow = SlowCommit(monkeypatch)
    pressing = asyncio.create_task(desk.submit(StartShow(**desk.stamp())))
    await slow.reached.wait()
    looking = asyncio.create_task(desk.shows.get("s1"))
    await asyncio.sleep(0.01)
    assert not looking.done()
    slow.go.set()
    assert (await looking).header.status == "live"
    assert isinstance(await pressing, Accepted)


async def test_what_a_failed_commit_took_back_was_never_seen(desk, monkeypatch):
    with monkeypatch.context() as broken:
        slow = SlowCommit(broken)
        slow.error = StoreUnavailableError("gone")
        pressing = asyncio.create_task(desk.submit(StartShow(**desk.stamp())))
        await slow.reached.wait()
        looking = asyncio.create_task(desk.shows.get("s1"))
        await asyncio.sleep(0.01)
        slow.go.set()
        assert (await looking).header.status == "planned"
        with pytest.raises(StoreUnavailableError):
            await pressing


async def test_catching_up_waits_for_a_write_under_way_and_folds_nothing_twice(desk, monkeypatch):
    announced = []

    def hear(show, rows):
        announced.extend(row.seq for row in rows)

    desk.shows.listen(hear)
    slow = SlowCommit(monkeypatch)
    pressing = asyncio.create_task(desk.submit(StartShow(**desk.stamp())))
    await slow.reached.wait()
    following = asyncio.create_task(desk.shows.catch_up("s1"))
    slow.go.set()
    await asyncio.gather(pressing, following)
    assert announced == [2]


class SlowEnd(MemoryJournal):
    """A store that takes its time after a commit, as one that gives a connection back."""

    @contextlib.asynccontextmanager
    async def writing(self, show_id):
        async with super().writing(show_id) as writing:
            yield writing
        await asyncio.sleep(0.01)


async def test_who_waited_for_a_write_finds_it_announced(desk, monkeypatch):
    """Else a stream that comes just then is shown a row and told it once more, or another's row is told before this."""
    heard = []
    desk.journal.__class__ = SlowEnd
    desk.shows.listen(lambda show, rows: heard.extend(row.seq for row in rows))
    slow = SlowCommit(monkeypatch)
    pressing = asyncio.create_task(desk.submit(StartShow(**desk.stamp())))
    await slow.reached.wait()

    async def look():
        return (await desk.shows.get("s1")).seq, list(heard)

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    slow.go.set()
    assert await looking == (2, [2])
    await pressing


async def test_readers_get_their_turn_in_a_storm_of_writes(desk, monkeypatch):
    commit = _MemoryWriting.commit

    async def slow(writing):
        await asyncio.sleep(0.001)
        await commit(writing)

    monkeypatch.setattr(_MemoryWriting, "commit", slow)
    presses = [desk.submit(SetTargets(targets={"gmv_paid": n}, **desk.stamp())) for n in range(60)]
    storming = asyncio.create_task(one_after_the_other(presses))
    seen = []
    for _ in range(20):
        seen.append((await desk.shows.get("s1")).seq)
        await asyncio.sleep(0)
    assert not storming.done()
    assert seen == sorted(seen)
    await storming


async def one_after_the_other(presses):
    for press in presses:
        await press


class Broken(StartShow, frozen=True):
    """A command whose decision has a defect."""


def breaking(header, command, context):
    if isinstance(command, Broken):
        raise ZeroDivisionError
    return LIFECYCLE.decide(header, command, context)


BREAKABLE = msgspec.structs.replace(LIFECYCLE, decide=breaking, commands=(*LIFECYCLE.commands, Broken))


async def test_one_command_that_breaks_takes_down_none_that_came_with_it(desk):
    desk.gate = Gate(
        journal=desk.journal, shows=desk.shows, slices=(BREAKABLE,), lookups=Lookups(), clock=desk.clock, ids=desk.ids
    )
    wishes = [SetTargets(targets={"n": 1}, **desk.stamp()), Broken(**desk.stamp()), StartShow(**desk.stamp())]
    outcomes = await asyncio.gather(*(desk.submit(wish) for wish in wishes), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Accepted", "ZeroDivisionError", "Accepted"]


async def test_a_listener_that_fails_keeps_nobody_from_hearing_and_no_command_waiting(desk):
    heard = []

    def fail(show, rows):
        raise ZeroDivisionError

    def hear(show, rows):
        heard.extend(row.seq for row in rows)

    desk.shows.listen(fail)
    desk.shows.listen(hear)
    for number in range(3):
        await asyncio.wait_for(desk.submit(SetTargets(targets={"n": number}, **desk.stamp())), 1)
    assert heard == [2, 3, 4]


async def test_a_creation_cut_off_before_its_commit_leaves_nothing(desk, monkeypatch):
    async def full(self):
        raise StoreUnavailableError("disk full")

    heard = []
    desk.gate.on_unstored(lambda show_id, reason: heard.append((show_id, reason)))
    with monkeypatch.context() as cut:
        cut.setattr(_MemoryWriting, "commit", full)
        with pytest.raises(StoreUnavailableError):
            await desk.gate.create(ShowRow("s2", "e2"), CreateShow(title="x", **desk.stamp()), CONTROLLER)
    assert heard == [("s2", "disk full")]
    assert [show.id for show in await desk.journal.shows()] == ["s1"]
    assert desk.shows.known() == ("s1",)


async def test_a_creation_that_is_refused_leaves_nothing(desk):
    late = CreateShow(title="x", **desk.stamp(issued_at=0))
    assert isinstance(await desk.gate.create(ShowRow("s2", "e2"), late, CONTROLLER), Rejection)
    with pytest.raises(ForbiddenError):
        await desk.gate.create(ShowRow("s3", "e3"), CreateShow(title="x", **desk.stamp()), MODERATOR)
    assert [show.id for show in await desk.journal.shows()] == ["s1"]


async def test_a_show_that_is_made_is_announced_with_its_first_row(desk):
    heard = []

    def hear(show, rows):
        heard.append((show.id, [row.seq for row in rows]))

    desk.shows.listen(hear)
    await desk.gate.create(ShowRow("s2", "e2"), CreateShow(title="x", **desk.stamp()), CONTROLLER)
    assert heard == [("s2", [1])]
