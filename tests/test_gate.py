"""The order of the gate's checks, and what it promises: once, in order, durable before the answer."""

import asyncio

import msgspec
import pytest
from gate_desk import CONTROLLER, MODERATOR, Lookups

from console.core.lifecycle import LIFECYCLE, EndShow, SetTargets, StartShow
from console.core.messages import Rejection
from console.gate import ForbiddenError, Gate, OtherContentError
from console.lines import Accepted
from console.shows import Shows


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


async def test_an_unknown_show_is_a_key_error(desk):
    with pytest.raises(KeyError):
        await desk.gate.submit("nope", StartShow(**desk.stamp()), CONTROLLER)


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
