"""Two nodes on one show: one total order, everything once, and an outage between them that costs only time."""

import asyncio
import contextlib
import signal
import uuid

import pytest
from nodes import PATIENCE_S, now_ms, until

COUPON = {"kind": "coupon", "title": "满100减10", "amount": 1_000, "threshold": 10_000, "quantity": 50}
CATCH_UP_S = 3.0
TOGETHER_S = 0.15
"""Far under the time between two looks at the store: only the bus is as quick."""


async def test_commands_on_both_make_one_order_on_every_screen(pair):
    show = await pair.a.show()
    await pair.a.did(show, "start_show")
    async with contextlib.AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(node.stream(show)) for node in (pair.a, pair.b) * 2]
        marks = [node.did(show, "mark", note=f"{n}") for n in range(30) for node in (pair.a, pair.b)]
        answers = await asyncio.gather(*marks)
        last = max(answer["seq"] for answer in answers)
        assert sorted(answer["seq"] for answer in answers) == list(range(last - 59, last + 1))
        await until(lambda: all(screen.has(last) for screen in screens))
        for screen in screens:
            assert screen.seqs == list(range(screen.began + 1, last + 1))
    rows = await pair.b.rows(show)
    assert [row["seq"] for row in rows] == list(range(1, last + 1))
    assert rows == await pair.a.rows(show)


async def test_one_press_sent_to_both_happens_once(pair):
    show = await pair.a.show()
    await pair.a.did(show, "start_show")
    for _ in range(10):
        press = str(uuid.uuid4())
        answers = await asyncio.gather(
            *(node.press(show, "mark", command_id=press, note="x") for node in (pair.a, pair.b) * 3)
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
    assert [row["type"] for row in await pair.b.rows(show)].count("marked") == 10


async def test_what_one_node_was_told_the_other_answers_at_once(pair):
    show = await pair.a.show()
    for gmv in range(1, 11):
        await pair.a.did(show, "set_targets", targets={"gmv_paid": gmv})
        assert (await pair.b.snapshot(show))["seq"] == gmv + 1


async def test_what_only_one_of_them_saw_is_stale_on_the_other(pair):
    show = await pair.a.show()
    seen = (await pair.b.snapshot(show))["seq"]
    await pair.a.did(show, "set_targets", targets={"gmv_paid": 1})
    answer = await pair.b.press(show, "set_targets", targets={"gmv_paid": 2}, seen=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")


async def test_a_countdown_fires_once(pair):
    show, offer = await armed(pair.a)
    async with pair.b.stream(show) as screen:
        await pair.b.did(show, "fire_offer", offer=offer, countdown_s=1)
        await until(lambda: "offer_fired" in dict(map(reversed, screen.rows)))
        await asyncio.sleep(1)
    assert types(await pair.a.rows(show)).count("offer_fired") == 1


async def test_a_node_stopped_across_the_start_fires_nothing_when_it_wakes(two):
    for asleep_s in (1.5, 6.5):
        show, offer = await armed(two.a)
        await two.a.did(show, "fire_offer", offer=offer, countdown_s=1)
        await until_follows(two.newcomer(), show)
        waiting = None
        two.nodes[1].signal(signal.SIGSTOP)
        if asleep_s > 5:
            waiting = asyncio.create_task(two.newcomer().press(show, "mark", note="pressed while it slept"))
        await asyncio.sleep(asleep_s)
        assert types(await two.a.rows(show)).count("offer_fired") == 1, "the other node fires in time"
        two.nodes[1].signal(signal.SIGCONT)
        awake = two.newcomer()
        await until_follows(awake, show)
        await asyncio.sleep(1)
        found = types(await awake.rows(show))
        assert found.count("offer_fired") == 1
        assert "offer_parked" not in found
        if waiting:
            assert (await waiting).json()["code"] == "expired", "nothing fires late"


async def test_without_redis_both_go_on_and_with_it_again_both_recover(two, node_redis):
    show = await two.a.show()
    await two.a.did(show, "start_show")
    await until_bus(two, "ok")
    async with two.a.stream(show) as at_a, two.b.stream(show) as at_b:
        assert min([await carried(two.a, show, at_b) for _ in range(3)]) < TOGETHER_S
        node_redis.stop()
        assert await carried(two.a, show, at_b) < CATCH_UP_S
        await until_bus(two, "degraded")
        stopped = now_ms()
        while now_ms() - stopped < 10_000:
            assert await carried(two.a, show, at_b) < CATCH_UP_S
            assert await carried(two.b, show, at_a) < CATCH_UP_S
            await asyncio.sleep(0.5)
        node_redis.start()
        await until_bus(two, "ok")
        assert min([await carried(two.b, show, at_a) for _ in range(3)]) < TOGETHER_S
        for screen in (at_a, at_b):
            assert screen.seqs == list(range(screen.began + 1, screen.seqs[-1] + 1))


async def test_control_nodes_that_never_look_into_the_store_stay_apart(apart):
    show = await apart.a.show()
    await apart.a.did(show, "start_show")
    async with apart.b.stream(show) as at_b:
        with pytest.raises(AssertionError, match="never came true"):
            await carried(apart.a, show, at_b, 2 * CATCH_UP_S)


async def test_the_emergency_stop_works_without_redis(two, node_redis):
    show, offer = await armed(two.a)
    await two.a.did(show, "fire_offer", offer=offer, countdown_s=0)
    node_redis.stop()
    before = now_ms()
    await two.b.did(show, "kill_offers", reason="wrong price")
    assert now_ms() - before < 1_000
    offers = (await two.a.snapshot(show))["offers"]["items"]
    assert [item["state"] for item in offers] == ["ended"]
    assert (await two.a.press(show, "fire_offer", offer=offer, countdown_s=0)).status_code == 409
    node_redis.start()


async def test_postgres_restarted_under_both_loses_nothing_acknowledged(two, postgres):
    show = await two.a.show()
    await two.a.did(show, "start_show")
    acknowledged = []

    async def press(node):
        for n in range(60):
            answer = await node.press(show, "mark", note=f"{n}")
            assert answer.status_code in {200, 503}, answer.text
            acknowledged.extend([answer.json()["seq"]] if answer.status_code == 200 else [])
            await asyncio.sleep(0.02)

    pressing = [asyncio.create_task(press(node)) for node in (two.a, two.b)]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(postgres.stop)
    await asyncio.sleep(0.3)
    await asyncio.to_thread(postgres.start)
    await asyncio.gather(*pressing)
    rows = await two.a.rows(show)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert set(acknowledged) <= {row["seq"] for row in rows}
    assert acknowledged[-1] == max(row["seq"] for row in rows)
    assert (await two.b.snapshot(show))["seq"] == len(rows)


async def armed(client):
    """A live show with an armed coupon."""
    show = await client.show()
    offer = (await client.did(show, "define_offer", offer=COUPON))["offer"]
    await client.did(show, "start_show")
    await client.did(show, "arm_offer", offer=offer)
    return show, offer


async def carried(client, show, screen, within_s=PATIENCE_S):
    """Seconds from the answer on one node to the screen on the other."""
    seq = (await client.did(show, "mark", note="x"))["seq"]
    return await until(lambda: screen.has(seq), within_s)


async def until_bus(two, status):
    for _ in range(200):
        if {(await client.ready())["status"] for client in (two.a, two.b)} == {status}:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the bus of both never was {status}")


async def until_follows(client, show):
    """A snapshot asks the store, so it answers with everything committed."""
    async with asyncio.timeout(20):
        await client.snapshot(show)


def types(rows):
    return [row["type"] for row in rows]
