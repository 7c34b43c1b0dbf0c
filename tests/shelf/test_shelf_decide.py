"""Products go on air, on and off the shelf; prices open, hide and change within the guards; stock grows."""

import pytest

from console.core.lifecycle import ShowEnded
from console.core.slice import Leftover, ProductFact
from console.core.time import to_rfc3339
from console.offers.events import Offer, OfferArmed, OfferDefined, OfferDisarmed, OfferFired, OffersKilled
from console.shelf import commands as ask
from console.shelf.events import (
    PriceHidden,
    PriceOpened,
    PriceSet,
    ProductListed,
    ProductPopped,
    ProductUnlisted,
    StockAdded,
)

T0 = 1_800_000_000_000


def test_popping_lists_and_shows(bench):
    fact = bench.fact("p1")
    bench.when(ask.PopProduct, product="p1")
    bench.then(ProductListed(product=fact), ProductPopped(product=fact, until=T0 + 8_000))
    assert bench.snapshot()["on_air"] == {
        "product": "p1",
        "since": to_rfc3339(T0),
        "until": to_rfc3339(T0 + 8_000),
    }
    assert bench.item("p1")["listed"]


def test_popping_again_renews_the_card_and_keeps_since(bench):
    bench.when(ask.PopProduct, product="p1").at(6).when(ask.PopProduct, product="p1", seconds=20)
    bench.then(ProductPopped(product=bench.fact("p1"), until=T0 + 26_000))
    assert (bench.state.on_air.since, bench.state.on_air.until) == (T0, T0 + 26_000)


def test_another_product_takes_the_air(bench):
    bench.when(ask.PopProduct, product="p1").at(6).when(ask.PopProduct, product="p2")
    assert (bench.state.on_air.product, bench.state.on_air.since) == ("p2", T0 + 6_000)


def test_an_event_never_holds_a_floor_or_a_cost(bench):
    bench.when(ask.PopProduct, product="p1")
    assert not {"floor_price", "cost"} & set(ProductFact.__struct_fields__)
    assert "8123" not in repr(bench.decision)
    assert bench.state.facts["p1"].details == {"size": "3 g"}


def test_an_unknown_product_is_taken_as_it_is(bench):
    bench.when(ask.PopProduct, product="?")
    item = bench.item("?")
    assert (item["title"], item["unknown"], item["listed"], item["live_price"]) == (None, True, True, None)


def test_list_and_unlist_with_their_refusals(bench):
    bench.when(ask.UnlistProduct, product="p1").refused("not on the shelf")
    bench.when(ask.ListProduct, product="p1").then(ProductListed(product=bench.fact("p1")))
    bench.when(ask.ListProduct, product="p1").refused("Lipstick is on the shelf already")
    bench.when(ask.UnlistProduct, product="p1").then(ProductUnlisted(product="p1"))


def test_what_is_unlisted_is_neither_on_air_nor_open(bench):
    bench.when(ask.PopProduct, product="p1").when(ask.OpenPrice, product="p1").when(ask.UnlistProduct, product="p1")
    assert bench.state.on_air is None
    assert not bench.item("p1")["price_open"]


def test_unlisting_leaves_another_product_on_air(bench):
    bench.when(ask.ListProduct, product="p2").when(ask.PopProduct, product="p1").when(ask.UnlistProduct, product="p2")
    assert bench.state.on_air.product == "p1"


def test_open_and_hide_with_their_refusals(bench):
    bench.when(ask.OpenPrice, product="p1").refused("list it or pop it first")
    bench.when(ask.ListProduct, product="p1").when(ask.HidePrice, product="p1").refused("hidden already")
    bench.when(ask.OpenPrice, product="p1").then(PriceOpened(product="p1", fact=bench.fact("p1")))
    bench.when(ask.OpenPrice, product="p1").refused("open already")
    bench.when(ask.HidePrice, product="p1").then(PriceHidden(product="p1"))


def test_a_price_under_its_floor_is_neither_set_nor_opened_nor_popped(bench):
    bench.when(ask.SetPrice, product="p1", live_price=8_122).refused("below what the shop allows")
    bench.when(ask.PopProduct, product="cheap").refused("below what the shop allows")
    bench.when(ask.ListProduct, product="cheap").when(ask.OpenPrice, product="cheap").refused("below what the shop")


def test_a_price_at_its_floor_is_set(bench):
    bench.when(ask.SetPrice, product="p1", live_price=8_123)
    bench.then(PriceSet(product="p1", live_price=8_123, before=9_900, fact=bench.fact("p1")))
    assert bench.item("p1")["live_price"] == 8_123


def test_a_sku_has_its_own_floor(bench):
    bench.when(ask.SetPrice, product="p3", sku="L", live_price=9_320).refused("below what the shop allows")
    bench.when(ask.SetPrice, product="p3", sku="S", live_price=7_000)
    assert [sku["live_price"] for sku in bench.item("p3")["skus"]] == [7_000, 9_900]


def test_one_price_for_all_skus_keeps_every_floor(bench):
    bench.when(ask.SetPrice, product="p3", live_price=9_000).refused("below what the shop allows")
    bench.when(ask.SetPrice, product="p3", live_price=9_400)
    assert [sku["live_price"] for sku in bench.item("p3")["skus"]] == [9_400, 9_400]


def test_a_price_of_its_own_beats_the_price_for_all(bench):
    bench.when(ask.SetPrice, product="p3", sku="L", live_price=9_500).when(ask.SetPrice, product="p3", live_price=9_400)
    assert [sku["live_price"] for sku in bench.item("p3")["skus"]] == [9_400, 9_500]


@pytest.mark.parametrize("price", [990, 99_000, 99, 1_000_000])
def test_a_factor_of_ten_smells_of_a_wrong_unit(bench, price):
    bench.when(ask.SetPrice, product="p1", live_price=price).refused("check the unit")


def test_the_factor_is_taken_from_the_last_price_set(bench):
    bench.when(ask.SetPrice, product="p2", live_price=5_000).when(ask.SetPrice, product="p2", live_price=600)
    bench.when(ask.SetPrice, product="p2", live_price=6_000).refused("check the unit")
    bench.when(ask.SetPrice, product="p2", live_price=5_900)
    assert bench.state.items["p2"].prices == {"": 5_900}


def test_the_list_price_counts_where_there_is_no_live_price(bench):
    bench.when(ask.SetPrice, product="p2", live_price=590).refused("check the unit")


def test_the_first_price_of_an_unknown_product_is_free(bench):
    bench.when(ask.SetPrice, product="?", live_price=1).then(PriceSet(product="?", live_price=1))


def test_stock_grows(bench):
    bench.when(ask.ListProduct, product="p1").when(ask.AddStock, product="p1", qty=50)
    bench.then(StockAdded(product="p1", qty=50, fact=bench.fact("p1")))
    assert bench.stock("p1") == (150, 0, 0)


def test_stock_of_a_sku_and_a_sku_that_does_not_exist(bench):
    bench.when(ask.ListProduct, product="p3").when(ask.AddStock, product="p3", sku="S", qty=5)
    assert (bench.stock("p3"), bench.stock("p3", "S"), bench.stock("p3", "L")) == ((35, 0, 0), (15, 0, 0), (20, 0, 0))
    bench.when(ask.AddStock, product="p3", sku="XXL", qty=5).refused("no SKU XXL")
    bench.when(ask.SetPrice, product="p3", sku="XXL", live_price=9_900).refused("no SKU XXL")


def test_the_shelf_is_bounded(bench):
    bench.given(*(StockAdded(product=f"n{number}", qty=1) for number in range(ask.MAX_ITEMS)))
    bench.when(ask.PopProduct, product="p1").refused("at most 1000 products")
    bench.when(ask.PopProduct, product="n1")
    assert bench.state.on_air.product == "n1"


def test_leftovers_are_open_prices_and_what_is_on_air(bench):
    bench.when(ask.PopProduct, product="p1").when(ask.OpenPrice, product="p1").when(ask.ListProduct, product="p2")
    left = bench.show.leftovers()
    assert left == (Leftover("price", "p1", "Lipstick"), Leftover("on_air", "p1", "Lipstick"))
    bench.given(ShowEnded(leftovers=left))
    assert bench.snapshot()["on_air"] is None


def test_only_what_the_screen_showed_is_opened(bench):
    bench.when(ask.ListProduct, product="p1")
    seen = bench.show.seq
    bench.when(ask.SetPrice, product="p1", live_price=9_800)

    def stale(command, **fields):
        return bench.show.changed_since(command(command_id="c", issued_at=0, product="p1", **fields).touches(), seen)

    assert stale(ask.OpenPrice) == stale(ask.SetPrice, live_price=1) == ["product:p1:price"]
    assert stale(ask.PopProduct) == stale(ask.HidePrice) == stale(ask.AddStock, qty=1) == []


def test_everything_here_is_the_controllers():
    assert {frozenset(command.roles) for command in ask.COMMANDS} == {frozenset({"controller"})}
    assert all(command.open_to_public for command in ask.COMMANDS)


COUPON = Offer(id="o_1", kind="coupon", title="10 off", amount=1_000, threshold=0, quantity=5)


@pytest.mark.parametrize(
    "running",
    [(OfferArmed(offer="o_1"),), (OfferArmed(offer="o_1"), OfferFired(offer="o_1", delivery="none"))],
    ids=["armed", "live"],
)
def test_a_price_is_judged_with_every_offer_that_may_lower_it(bench, running):
    bench.given(OfferDefined(offer=COUPON), *running)
    bench.when(ask.SetPrice, product="p1", live_price=9_122).refused("below what the shop allows")
    bench.when(ask.SetPrice, product="p1", live_price=9_123)
    assert bench.decision[0].live_price == 9_123


@pytest.mark.parametrize(
    "over",
    [
        (),
        (OfferArmed(offer="o_1"), OfferDisarmed(offer="o_1")),
        (OfferArmed(offer="o_1"), OffersKilled(reason="x", offers=(), disarmed=("o_1",))),
    ],
    ids=["planned", "disarmed", "killed"],
)
def test_control_an_offer_that_does_not_count_lowers_no_price(bench, over):
    bench.given(OfferDefined(offer=COUPON), *over)
    bench.when(ask.SetPrice, product="p1", live_price=8_123)
    assert bench.decision[0].live_price == 8_123
