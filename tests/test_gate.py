"""The order of the gate's checks, and what it promises: once, in order, durable before the answer."""

import asyncio

import msgspec
import pytest

from console.core.lifecycle import LIFECYCLE, CreateShow, EndShow, SetTargets, StartShow
from console.core.messages import Actor, Rejection
from console.core.slice import Context
from console.gate import ForbiddenError, Gate, OtherContentError
from console.journal.codec import Codec
from console.journal.database import StoreUnavailableError
from console.journal.memory import MemoryJournal, _MemoryWriting
from console.journal.port import ShowRow
from console.lines import Accepted
from console.shows import Shows

CONTROLLER = Actor("p1", "Kong", frozenset({"controller"}))
MODERATOR = Actor("p2", "Ping", frozenset({"moderator"}))


class Lookups:
    def context(self, show, now_ms, fresh_id, actor):
        return Context(now_ms=now_ms, fresh_id=fresh_id, actor=actor.id, header=show.header, leftovers=show.leftovers)


class Desk:
    """A gate over a memory journal with one created show."""

    def __init__(self, clock, ids):
        self.clock, self.ids = clock, ids
        self.journal = MemoryJournal(Codec(LIFECYCLE.events))
        self.shows = Shows(self.journal, (LIFECYCLE,))
        self.gate = self.another_gate(self.shows)

    def another_gate(self, shows):
        return Gate(
            journal=self.journal,
            shows=shows,
            slices=(LIFECYCLE,),
            lookups=Lookups(),
            clock=self.clock,
            ids=self.ids,
        )

    def stamp(self, **fields):
        return {"command_id": self.ids.uuid(), "issued_at": self.clock.now_ms(), **fields}

    async def submit(self, command, actor=CONTROLLER):
        return await self.gate.submit("s1", command, actor)


@pytest.fixture
async def desk(clock, ids):
    desk = Desk(clock, ids)
    admin = Actor("a", "a", frozenset({"admin"}))
    await desk.gate.create(ShowRow("s1", "e1"), CreateShow(title="晚场", **desk.stamp()), admin)
    return desk


async def test_an_accepted_command_is_answered_with_its_rows(desk):
    outcome = await desk.submit(StartShow(**desk.stamp()))
    assert isinstance(outcome, Accepted)
    answer = msgspec.json.decode(outcome.body)
    assert (answer["seq"], answer["events"][0]["type"]) == (2, "show_started")


async def test_the_role_is_checked_before_everything(desk):
    with pytest.raises(ForbiddenError):
        await desk.submit(StartShow(**desk.stamp(issued_at=0)), MODERATOR)


async def test_a_retry_gets_the_same_answer_even_when_it_comes_late(desk):
    command = StartShow(**desk.stamp())
    first = await desk.submit(command)
    desk.clock.forward(60_000)
    assert (await desk.submit(command)).body == first.body
    assert await desk.journal.head("s1") == 2


async def test_the_same_id_with_other_content_is_refused_and_does_nothing(desk):
    stamp = desk.stamp()
    await desk.submit(SetTargets(targets={"gmv_paid": 1}, **stamp))
    with pytest.raises(OtherContentError):
        await desk.submit(SetTargets(targets={"gmv_paid": 2}, **stamp))
    assert (await desk.shows.get("s1")).header.targets == {"gmv_paid": 1}


@pytest.mark.parametrize("age_ms", [5_001, -5_001])
async def test_what_comes_late_or_early_does_nothing(desk, age_ms):
    outcome = await desk.submit(StartShow(**desk.stamp(issued_at=desk.clock.now_ms() - age_ms)))
    assert isinstance(outcome, Rejection)
    assert outcome.code == "expired"


async def test_five_seconds_are_still_in_time(desk):
    assert isinstance(await desk.submit(StartShow(**desk.stamp(issued_at=desk.clock.now_ms() - 5_000))), Accepted)


async def test_a_change_after_what_the_screen_showed_is_stale(desk):
    await desk.submit(SetTargets(targets={"gmv_paid": 1}, **desk.stamp(seen=1)))
    stale = await desk.submit(SetTargets(targets={"gmv_paid": 2}, **desk.stamp(seen=1)))
    assert stale.code == "stale"
    assert isinstance(await desk.submit(SetTargets(targets={"gmv_paid": 2}, **desk.stamp(seen=2))), Accepted)


async def test_a_refused_command_is_not_remembered(desk):
    stamp = desk.stamp()
    assert isinstance(await desk.submit(EndShow(**stamp)), Rejection)
    await desk.submit(StartShow(**desk.stamp()))
    assert isinstance(await desk.submit(EndShow(**stamp)), Accepted)


async def test_a_hundred_presses_at_once_make_one_total_order(desk):
    outcomes = await asyncio.gather(*(desk.submit(SetTargets(targets={"n": n}, **desk.stamp())) for n in range(100)))
    assert sorted(outcome.seq for outcome in outcomes) == list(range(2, 102))


async def test_the_same_press_a_hundred_times_happens_once(desk):
    command = StartShow(**desk.stamp())
    outcomes = await asyncio.gather(*(desk.submit(command) for _ in range(100)))
    assert {outcome.body for outcome in outcomes} == {outcomes[0].body}
    assert await desk.journal.head("s1") == 2


async def test_two_processes_on_one_journal_share_one_order(desk):
    other = desk.another_gate(Shows(desk.journal, (LIFECYCLE,)))
    await desk.submit(StartShow(**desk.stamp()))
    outcome = await other.submit("s1", StartShow(**desk.stamp()), CONTROLLER)
    assert isinstance(outcome, Rejection)
    await other.submit("s1", EndShow(**desk.stamp()), CONTROLLER)
    await desk.shows.catch_up("s1")
    assert (await desk.shows.get("s1")).header.status == "ended"


async def test_what_could_not_be_stored_is_not_shown(desk, monkeypatch):
    async def full(self, rows):
        raise StoreUnavailableError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("console.journal.memory._MemoryWriting.append", full)
        with pytest.raises(StoreUnavailableError):
            await desk.submit(StartShow(**desk.stamp()))
    assert (await desk.shows.get("s1")).header.status == "planned"
    assert isinstance(await desk.submit(StartShow(**desk.stamp())), Accepted)


async def test_an_unknown_show_is_a_key_error(desk):
    with pytest.raises(KeyError):
        await desk.gate.submit("nope", StartShow(**desk.stamp()), CONTROLLER)


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

    async def hear(show, rows):
        announced.extend(row.seq for row in rows)

    desk.shows.listen(hear)
    slow = SlowCommit(monkeypatch)
    pressing = asyncio.create_task(desk.submit(StartShow(**desk.stamp())))
    await slow.reached.wait()
    following = asyncio.create_task(desk.shows.catch_up("s1"))
    slow.go.set()
    await asyncio.gather(pressing, following)
    assert announced == [2]


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

    async def fail(show, rows):
        raise ZeroDivisionError

    async def hear(show, rows):
        heard.extend(row.seq for row in rows)

    desk.shows.listen(fail)
    desk.shows.listen(hear)
    for number in range(3):
        await asyncio.wait_for(desk.submit(SetTargets(targets={"n": number}, **desk.stamp())), 1)
    assert heard == [2, 3, 4]


async def test_the_emergency_stop_overtakes_what_waits(desk):
    class Urgent(SetTargets, frozen=True, tag="urgent"):
        urgent = True

    urgent = msgspec.structs.replace(LIFECYCLE, commands=(*LIFECYCLE.commands, Urgent))
    desk.gate = Gate(
        journal=desk.journal, shows=desk.shows, slices=(urgent,), lookups=Lookups(), clock=desk.clock, ids=desk.ids
    )
    waiting = [desk.submit(SetTargets(targets={"n": n}, **desk.stamp())) for n in range(5)]
    outcomes = await asyncio.gather(*waiting, desk.submit(Urgent(targets={"stop": 1}, **desk.stamp())))
    assert outcomes[-1].seq == 2


async def test_nothing_is_kept_of_shows_that_nobody_asks_about(desk):
    await desk.submit(StartShow(**desk.stamp()))
    with pytest.raises(KeyError):
        await desk.gate.submit("nope", StartShow(**desk.stamp()), CONTROLLER)
    await asyncio.sleep(0)
    assert desk.gate._lines == {}


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

    async def hear(show, rows):
        heard.append((show.id, [row.seq for row in rows]))

    desk.shows.listen(hear)
    await desk.gate.create(ShowRow("s2", "e2"), CreateShow(title="x", **desk.stamp()), CONTROLLER)
    assert heard == [("s2", [1])]


class TestControls:
    """Without its guard each promise breaks: the tests above can fail."""

    async def test_without_remembering_a_retry_happens_twice(self, desk, monkeypatch):
        monkeypatch.setattr(SetTargets, "remembered", False)
        command = SetTargets(targets={"n": 1}, **desk.stamp())
        await desk.submit(command)
        await desk.submit(command)
        assert await desk.journal.head("s1") == 3

    async def test_without_an_age_a_late_press_fires(self, desk, monkeypatch):
        monkeypatch.setattr("console.gate.COMMAND_AGE_MS", 10**12)
        late = StartShow(**desk.stamp(issued_at=desk.clock.now_ms() - 60_000))
        assert isinstance(await desk.submit(late), Accepted)

    async def test_without_versions_a_press_on_an_old_screen_counts(self, desk, monkeypatch):
        monkeypatch.setattr(SetTargets, "touches", lambda _self: ())
        await desk.submit(SetTargets(targets={"n": 1}, **desk.stamp(seen=1)))
        assert isinstance(await desk.submit(SetTargets(targets={"n": 2}, **desk.stamp(seen=1))), Accepted)
