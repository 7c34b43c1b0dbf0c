from collections import Counter
from itertools import islice
from typing import Any

import msgspec
import pytest

from console.comments.words import own_words
from console.core.messages import Recorded, Rejection
from console.core.observations import AnyObservation, Audience, Comment, Order, Paid, ProductStep, Refund
from console.core.slice import Context, Header, Product
from console.core.strict import convert
from console.ingest import demo
from console.ingest.phrases import EN, HELD, QUESTIONS_EN, QUESTIONS_ZH, ZH
from console.ingest.rehearsal import Audience as Room
from console.ingest.rehearsal import Scene, audience
from console.offers.commands import ArmOffer, DefineOffer
from console.offers.commands import decide as decide_offers
from console.offers.events import Terms
from console.offers.fold import State as Offers
from console.offers.fold import evolve as evolve_offers
from console.scripts.commands import NewRow
from console.scripts.phases import infer_phase
from console.shop.products import ProductIn

START = 1_750_000_000_000


def played(seconds: int, seed: int = 1, scene: Scene | None = None) -> list[AnyObservation]:
    room = Room(seed, demo.PRODUCTS)
    return [item for n in range(seconds) for item in room.second(START + n * 1_000, scene)]


HOUR = played(3_600, scene=Scene(on_air="p04"))


def test_the_same_seed_is_the_same_room() -> None:
    assert played(60) == played(60)
    assert played(60) != played(60, seed=2)


def test_every_observation_is_marked_and_has_its_own_id() -> None:
    assert all(item.simulated and item.source == "rehearsal" for item in HOUR)
    assert len({item.id for item in HOUR}) == len(HOUR)


def test_two_runs_of_one_seed_never_share_an_id() -> None:
    first, second = Room(1, demo.PRODUCTS), Room(1, demo.PRODUCTS)
    ids = [
        {item.id for n in range(20) for item in room.second(at + n * 1_000)}
        for room, at in ((first, START), (second, START + 9))
    ]
    assert not ids[0] & ids[1]


def test_each_second_stays_in_its_second() -> None:
    for n, batch in enumerate(islice(audience(3, demo.PRODUCTS, START), 120)):
        assert all(START + n * 1_000 <= item.at < START + (n + 1) * 1_000 for item in batch)


def test_an_hour_has_everything_a_show_has() -> None:
    kinds = Counter(type(item).__name__ for item in HOUR)
    assert set(kinds) == {
        "Comment", "Audience", "Impression", "Enter", "Leave", "Like", "Share", "Follow", "ProductView", "ProductClick",
        "Cart", "Order", "Paid", "Cancel", "Refund",
    }  # fmt: skip
    assert (
        kinds["ProductView"] > kinds["ProductClick"] > kinds["Cart"] > kinds["Order"] > kinds["Paid"] > kinds["Refund"]
    )
    assert kinds["Order"] > 100


def test_the_audience_rises_and_stays() -> None:
    online = [item.online for item in HOUR if isinstance(item, Audience)]
    assert online[0] < 60
    assert 150 < min(online[len(online) // 2 :]) <= max(online) < 500


def test_orders_are_of_the_shop_and_paid_as_ordered() -> None:
    orders = {item.order: item for item in HOUR if isinstance(item, Order)}
    shop = {product.id: product for product in demo.PRODUCTS}
    assert len(orders) == sum(isinstance(item, Order) for item in HOUR)
    for item in HOUR:
        if isinstance(item, Paid):
            assert item.lines == orders[item.order].lines
        if isinstance(item, Refund):
            assert item.amount <= sum(line.amount for line in orders[item.order].lines)
    for order in orders.values():
        (line,) = order.lines
        assert line.amount == line.qty * (shop[line.product].live_price or 0)


def test_most_look_at_what_is_on_air() -> None:
    looked = Counter(item.product for item in HOUR if isinstance(item, ProductStep))
    assert looked.most_common(1)[0][0] == "p04"


def test_an_offer_makes_people_buy() -> None:
    def orders(scene: Scene) -> int:
        return sum(isinstance(item, Order) for item in played(900, scene=scene))

    assert orders(Scene("p04", offer=True)) > 1.5 * orders(Scene("p04"))


def test_comments_ask_and_some_must_be_held() -> None:
    words = own_words()
    verdicts = [words.judge(item.text) for item in HOUR if isinstance(item, Comment)]
    held, asked = sum(v.hold is not None for v in verdicts), sum(v.question for v in verdicts)
    assert 0.005 < held / len(verdicts) < 0.06
    assert 0.15 < asked / len(verdicts) < 0.5


def test_each_phrase_is_what_its_list_says() -> None:
    words = own_words()
    assert [text for text in HELD if words.judge(text).hold is None] == []
    assert [text for text in (*QUESTIONS_ZH, *QUESTIONS_EN) if not words.judge(text).question] == []
    assert [text for text in (*ZH, *EN, *QUESTIONS_ZH, *QUESTIONS_EN) if words.judge(text).hold] == []


def test_a_shop_without_products_has_an_audience_that_buys_nothing() -> None:
    room = Room(1, ())
    found = [item for n in range(300) for item in room.second(START + n * 1_000)]
    assert any(isinstance(item, Comment) for item in found)
    assert not any(isinstance(item, Order) for item in found)


def test_observations_survive_the_journal() -> None:
    raw = msgspec.json.encode(HOUR[:500])
    assert msgspec.json.decode(raw, type=tuple[AnyObservation, ...]) == tuple(HOUR[:500])


def test_the_demo_is_as_large_as_it_says() -> None:
    assert len(demo.PRODUCTS) >= 24
    assert len(demo.ROWS) >= 24
    assert len(demo.OFFERS) >= 8
    assert 110 <= sum(row["planned_s"] for row in demo.ROWS) / 60 <= 130
    assert demo.TARGETS["gmv_paid"] > 0


@pytest.mark.parametrize("product", demo.PRODUCTS, ids=lambda product: product.id)
def test_demo_prices_make_sense(product: Product) -> None:
    assert product.cost is not None
    assert product.floor_price is not None
    assert product.live_price is not None
    assert product.list_price is not None
    assert product.cost < product.floor_price < product.live_price < product.list_price
    assert convert(msgspec.to_builtins(product), ProductIn).product() == product


@pytest.mark.parametrize("row", demo.ROWS, ids=lambda row: row["title"])
def test_demo_rows_can_be_imported(row: dict[str, Any]) -> None:
    found = convert(row, NewRow)
    assert set(found.products) <= {product.id for product in demo.PRODUCTS}
    assert set(found.offers) <= {offer["title"] for offer in demo.OFFERS}
    assert infer_phase(found.title) in (found.phase, "product", "other")


def test_demo_offers_pass_every_guard_together() -> None:
    state = Offers()
    products = {product.id: product for product in demo.PRODUCTS}
    for n, terms in enumerate(demo.OFFERS):
        context = Context(now_ms=START, fresh_id=str(n), actor="a", header=Header(status="live"), products=products)
        for command in (
            DefineOffer(command_id="c", issued_at=START, offer=convert(terms, Terms)),
            ArmOffer(command_id="c", issued_at=START, offer=f"o_{n}"),
        ):
            decision = decide_offers(state, command, context)
            assert not isinstance(decision, Rejection), decision
            for event in decision:
                evolve_offers(state, Recorded(show_id="s", seq=1, at_ms=START, actor="a", event=event))
