"""The console's clockwork on a clock of its own: never early, never twice, never silent, and what is late waits."""

import asyncio
from typing import Any

import pytest

from console import timers as module
from console.core.lifecycle import EndShow
from console.core.messages import Recorded
from console.offers.commands import ArmOffer, CancelFire, DefineOffer, ExpireOffer, FireOffer, StopOffer
from console.scripts.commands import Mark
from console.shelf.commands import PopProduct
from tests.clockwork import FLASH, OFFERS, live
from tests.simulation.virtual import START_MS, run
from tests.simulation.world import SHOW


def test_a_countdown_starts_the_offer_on_the_millisecond_and_its_end_ends_it() -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await asyncio.sleep(0.5)
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            await asyncio.sleep(200)
            return await world.times(*OFFERS)

    assert run(story()) == [("offer_fired", 3_500), ("offer_expired", 63_500)]


def test_a_cancelled_countdown_never_starts() -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            await asyncio.sleep(2.999)
            await world.do(CancelFire, offer=world.offer)
            await asyncio.sleep(100)
            return await world.times(*OFFERS)

    assert run(story()) == []


def test_what_was_stopped_does_not_expire_and_an_ended_show_is_left_alone() -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer)
            await world.do(StopOffer, offer=world.offer, reason="enough")
            await asyncio.sleep(100)
            await world.do(EndShow)
            await asyncio.sleep(100)
            return await world.times(*OFFERS)

    assert run(story()) == [("offer_fired", 0)]


@pytest.mark.parametrize(
    ("down_s", "expected"),
    [(2.9, [("offer_fired", 3_000)]), (3.1, [("offer_parked", 3_100)]), (8.1, [("offer_parked", 8_100)])],
    ids=["still to come", "just missed", "long past"],
)
def test_a_start_that_fell_due_while_down_waits_for_a_person(down_s: float, expected: list[tuple[str, int]]) -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            await world.crash()
            await asyncio.sleep(down_s)
            await world.tick()
            await asyncio.sleep(1)
            return await world.times(*OFFERS)

    assert run(story()) == expected


def test_an_end_that_fell_due_while_down_is_made_up_for_and_dated_when_it_was() -> None:
    async def story() -> tuple[list[tuple[str, int]], int]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer)
            await world.crash()
            await asyncio.sleep(600)
            await world.tick()
            await asyncio.sleep(1)
            entry = (await world.show()).states["offers"].entries[world.offer]
            return await world.times("offer_expired"), entry.ended_at - START_MS

    assert run(story()) == ([("offer_expired", 600_000)], 60_000)


def test_two_processes_start_an_offer_once() -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            for _ in range(3):
                world.restart()
                await world.tick()
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            for _ in range(700):
                await asyncio.sleep(0.1)
                await world.shows.catch_up(SHOW)
            return await world.times(*OFFERS, "product_popped")

    assert run(story()) == [("offer_fired", 3_000), ("product_popped", 3_000), ("offer_expired", 63_000)]


def test_the_product_of_a_fired_offer_is_shown_once_and_says_what_caused_it() -> None:
    async def story() -> tuple[list[Recorded], list[Recorded]]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer)
            await asyncio.sleep(1)
            return await world.rows("offer_fired"), await world.rows("product_popped")

    fired, popped = run(story())
    assert [row.cause for row in popped] == [fired[0].seq]


def test_a_product_that_is_on_air_is_not_popped_again() -> None:
    async def story() -> int:
        async with live() as world:
            await world.do(PopProduct, product="serum")
            await world.do(FireOffer, offer=world.offer)
            await asyncio.sleep(1)
            return len(await world.rows("product_popped"))

    assert run(story()) == 1


def test_what_a_row_asked_for_is_done_even_if_the_process_ends_right_after_it() -> None:
    async def story() -> int:
        async with live() as world:
            await world.crash()  # the clockwork is gone before it can do what the next row asks for
            await world.do(FireOffer, offer=world.offer)
            world.restart()
            await asyncio.sleep(1)
            await world.tick()
            await asyncio.sleep(1)
            return len(await world.rows("product_popped"))

    assert run(story()) == 1


def test_what_a_row_asked_for_long_ago_is_not_done_late() -> None:
    async def story() -> int:
        async with live() as world:
            await world.crash()  # the clockwork is gone before it can do what the next row asks for
            await world.do(FireOffer, offer=world.offer)
            world.restart()
            await asyncio.sleep(20)
            await world.tick()
            await asyncio.sleep(1)
            return len(await world.rows("product_popped"))

    assert run(story()) == 0


def test_one_thing_that_goes_wrong_does_not_stop_the_clockwork(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await world.do(DefineOffer, offer=FLASH | {"product": "cream", "price": 6_900, "title": "Second"})
            second = list((await world.show()).states["offers"].entries)[1]
            await world.do(ArmOffer, offer=second)
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            await world.do(FireOffer, offer=second, countdown_s=4)
            submit = world.gate.submit

            async def broken(show_id: str, command: Any, *args: Any, **more: Any) -> Any:
                if getattr(command, "offer", None) == world.offer and not isinstance(command, ExpireOffer):
                    raise ZeroDivisionError("a mistake of ours")
                return await submit(show_id, command, *args, **more)

            monkeypatch.setattr(world.gate, "submit", broken)
            await asyncio.sleep(6)
            return [(getattr(row.event, "offer", ""), row.at_ms - START_MS) for row in await world.rows("offer_fired")]

    fired = run(story())
    assert [at for _, at in fired] == [4_000]
    assert "a mistake of ours" in caplog.text


def test_control_without_looking_at_the_clock_nothing_would_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "due", lambda *_: [])

    async def story() -> list[tuple[str, int]]:
        async with live() as world:
            await world.do(FireOffer, offer=world.offer, countdown_s=3)
            await world.do(Mark)
            await asyncio.sleep(10)
            return await world.times(*OFFERS)

    assert run(story()) == []
