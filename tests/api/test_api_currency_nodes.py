"""Two nodes on one store, neither of which has heard yet what the other changed: one shop, one currency."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from console.api import shop as door
from console.app import make_desk
from console.clock import Clock, Ids
from console.core.lifecycle import CreateShow
from console.core.messages import SYSTEM
from console.core.observations import ObservationsRecorded
from console.core.slice import Presets
from console.desk import observing
from console.desk.desk import Desk
from console.ingest import decode
from console.journal.tables import METADATA
from console.settings import Settings
from console.shop.products import ProductIn
from console.shop.shop import Shop
from console.web.errors import ProblemError

CREAM = ProductIn(id="p1", title="面霜", live_price=9_900)


class Nodes(list[Desk]):
    """What is asked of one of them."""

    async def put(self, node: int, **presets: Any) -> Presets:
        class Request:
            async def body(self) -> bytes:
                return msgspec.json.encode(presets)

        changed: Presets = await door.change_presets.fn(Request(), self[node])
        return changed

    async def show(self, node: int) -> tuple[str, str]:
        """(id, currency) of a new one."""
        desk = self[node]
        wanted = CreateShow(command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), title="晚场")
        row, _ = await desk.create_show(SYSTEM, wanted)
        return row.id, (await desk.shows.get(row.id)).header.currency

    async def paid(self, node: int, show: str, currency: str) -> list[dict[str, Any]]:
        """Why an order in `currency` is not taken."""
        lines = [{"product": "p1", "qty": 1, "amount": 9_900}]
        item = {"kind": "paid", "source": "s", "id": f"{node}", "at": self[node].clock.now_ms(), "currency": currency}
        body = msgspec.json.encode([item | {"order": f"o{node}", "user": "u", "lines": lines}])
        taken = await observing.read(body, await observing.door_of(self[node], show))
        return (await observing.record(self[node], show, taken, SYSTEM, str.format)).rejected


@pytest.fixture
async def nodes(database_url: str) -> AsyncIterator[Nodes]:
    settings = Settings.read({"CONSOLE_DATABASE_URL": database_url})
    nodes = Nodes(make_desk(settings, Clock(), Ids()) for _ in range(2))
    await nodes[0].database.run(METADATA.create_all)
    for desk in nodes:
        await desk.shop.load()
    yield nodes
    for desk in nodes:
        desk.accounts.close()
        await desk.database.close()


async def nothing(*_: Any) -> None:
    """In the place of a guard."""


async def test_a_show_has_the_currency_another_node_just_set(nodes: Nodes) -> None:
    await nodes.put(0, currency="USD")
    assert (await nodes.show(1))[1] == "USD"


async def test_control_without_a_look_into_the_store_it_has_another(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await nodes.put(0, currency="USD")
    monkeypatch.setattr(Shop, "refresh", nothing)
    assert (await nodes.show(1))[1] == "CNY"


async def test_a_limit_changed_on_one_node_leaves_those_changed_on_the_other(nodes: Nodes) -> None:
    await nodes.put(0, currency="USD", pop_s=9)
    await nodes[0].shop.add(CREAM)
    changed = await nodes.put(1, flash_min_s=30)
    assert (changed.currency, changed.pop_s, changed.flash_min_s) == ("USD", 9, 30)


async def change_currency_of_what_is_sold(nodes: Nodes) -> str:
    await nodes.put(0, currency="USD")
    await nodes[0].shop.add(CREAM)
    return (await nodes.put(1, currency="EUR")).currency


async def test_prices_another_node_took_keep_their_currency(nodes: Nodes) -> None:
    with pytest.raises(ProblemError):
        await change_currency_of_what_is_sold(nodes)
    assert (await nodes.put(1, pop_s=9)).currency == "USD"


async def test_control_without_the_guard_prices_become_others(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_check_currency", nothing)
    assert await change_currency_of_what_is_sold(nodes) == "EUR"


async def test_observations_are_held_against_the_currency_of_their_show(nodes: Nodes) -> None:
    """Whatever the node thinks of the shop."""
    show, _ = await nodes.show(0)
    nodes[1].shop.presets = Presets(currency="USD")
    assert [item["index"] for item in await nodes.paid(1, show, "USD")] == [0]
    assert await nodes.paid(1, show, "CNY") == []


async def test_a_feed_is_read_while_another_of_its_batches_is_written(nodes: Nodes) -> None:
    """What a batch is held against never changes, so it need not wait for the show to be whole."""
    show, _ = await nodes.show(0)
    async with nodes[0].shows.alone(show):
        assert (await asyncio.wait_for(observing.door_of(nodes[0], show), 1)).currency == "CNY"
        with pytest.raises(TimeoutError):  # the control: whoever looks at the show itself has to
            await asyncio.wait_for(nodes[0].shows.get(show), 0.05)


async def test_control_without_the_comparison_dollars_count_as_yuan(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unseen(value: dict[str, Any], _expected: str) -> dict[str, Any]:
        return {name: field for name, field in value.items() if name != "currency"}

    monkeypatch.setattr(decode, "_in_currency", unseen)
    show, _ = await nodes.show(0)
    assert await nodes.paid(1, show, "USD") == []
    rows = await nodes[1].journal.read(show, 0, 9)
    assert [row.event.items[0].lines[0].amount for row in rows if isinstance(row.event, ObservationsRecorded)] == [
        9_900
    ]
