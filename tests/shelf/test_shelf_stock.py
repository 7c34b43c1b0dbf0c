"""Available, held and reserved: from orders in any order, and from flash prices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import ShowEnded
from console.core.slice import ProductFact
from console.offers import events as offers
from console.scripts.events import Row, RowAdded, RowEdited, RowRemoved, RowsImported
from console.shelf import commands as ask
from console.shelf.events import ProductListed
from console.shelf.fold import SHOWN_STRANGERS

T0 = 1_800_000_000_000


@pytest.fixture
def listed(bench):
    return bench.when(ask.ListProduct, product="p1").when(ask.ListProduct, product="p3")


def test_an_order_holds_until_it_is_paid(listed):
    listed.observed(listed.report("order", "o1", ("p1", 2)))
    assert listed.stock("p1") == (100, 2, 0)
    listed.observed(listed.report("paid", "o1", ("p1", 2)))
    assert listed.stock("p1") == (98, 0, 0)


def test_a_cancelled_order_holds_nothing(listed):
    listed.observed(listed.report("order", "o1", ("p1", 2)), listed.report("cancel", "o1"))
    assert listed.stock("p1") == (100, 0, 0)


def test_an_order_reported_after_its_payment_holds_nothing(listed):
    listed.observed(listed.report("paid", "o1", ("p1", 2)), listed.report("order", "o1", ("p1", 2)))
    assert listed.stock("p1") == (98, 0, 0)


def test_a_paid_order_stays_sold_when_it_is_cancelled(listed):
    listed.observed(listed.report("paid", "o1", ("p1", 2)), listed.report("cancel", "o1"))
    assert listed.stock("p1") == (98, 0, 0)


def test_only_a_refund_with_lines_gives_pieces_back(listed):
    listed.observed(listed.report("paid", "o1", ("p1", 5)), listed.report("refund", "o1"))
    assert listed.stock("p1") == (95, 0, 0)
    listed.observed(listed.report("refund", "o1", ("p1", 2)), listed.report("refund", "o1", ("p1", 1)))
    assert listed.stock("p1") == (98, 0, 0)
    listed.observed(listed.report("refund", "o1", ("p1", 99)))
    assert listed.stock("p1") == (100, 0, 0)


def test_one_refund_told_by_two_sources_gives_back_once(listed):
    listed.observed(
        listed.report("paid", "o1", ("p1", 5)),
        listed.report("refund", "o1", ("p1", 2)),
        listed.report("refund", "o1", ("p1", 2), source="other"),
    )
    assert listed.stock("p1") == (97, 0, 0)


def test_lines_count_for_the_product_and_for_their_sku(listed):
    listed.observed(listed.report("paid", "o1", ("p3", 2, "S"), ("p3", 1), ("p3", 1, "S")))
    assert (listed.stock("p3"), listed.stock("p3", "S"), listed.stock("p3", "L")) == ((26, 0, 0), (7, 0, 0), (20, 0, 0))


def test_overselling_shows_below_zero(listed):
    listed.observed(listed.report("paid", "o1", ("p1", 130)))
    assert listed.stock("p1") == (-30, 0, 0)


def test_a_product_without_stock_has_none_until_some_is_added(bench):
    bench.when(ask.ListProduct, product="p2").observed(bench.report("paid", "o1", ("p2", 3)))
    assert bench.stock("p2") == (None, 0, 0)
    bench.when(ask.AddStock, product="p2", qty=10)
    assert bench.stock("p2") == (7, 0, 0)


def test_the_show_begins_with_the_stock_of_the_first_listing(bench):
    def fact(stock):
        return ProductFact(id="p1", title="x", stock=stock)

    def row(stock):
        return Row(id=f"r{stock}", phase="other", title="x", planned_s=1, products=("p1",), facts=(fact(stock),))

    bench.given(RowAdded(row=row(5)))
    assert bench.stock("p1")[0] == 5
    bench.given(RowAdded(row=row(6)))
    assert bench.stock("p1")[0] == 6
    bench.when(ask.ListProduct, product="p1")
    assert bench.stock("p1")[0] == 100
    bench.given(RowAdded(row=row(7))).when(ask.UnlistProduct, product="p1").when(ask.ListProduct, product="p1")
    assert bench.stock("p1")[0] == 100


def test_listing_again_does_not_begin_the_stock_anew(bench):
    for stock in (None, 5, 9):
        bench.given(ProductListed(product=ProductFact(id="x", title="x", stock=stock)))
    bench.observed(bench.report("paid", "o1", ("x", 1)))
    assert bench.stock("x")[0] == 4


def rows(*products):
    return tuple(Row(id=f"r{p}", phase="other", title=p, planned_s=1, products=(p,)) for p in products)


def products(bench):
    return [item["product"] for item in bench.snapshot()["items"]]


def test_planned_products_wait_beside_the_shelf(bench):
    bench.given(RowsImported(rows=rows("a", "b")))
    assert [(item["product"], item["listed"], item["unknown"]) for item in bench.snapshot()["items"]] == [
        ("a", False, True),
        ("b", False, True),
    ]
    bench.given(RowEdited(row="ra", field="products", value=["c"], facts=()), RowRemoved(row="rb"))
    assert products(bench) == ["c"]
    bench.given(RowEdited(row="ra", field="title", value="x"), RowsImported(rows=rows("d"), replace=True))
    assert products(bench) == ["d"]


def test_what_orders_sell_beside_the_shelf_is_shown_as_unknown(bench):
    bench.when(ask.ListProduct, product="p1").given(RowsImported(rows=rows("planned")))
    bench.observed(bench.report("order", "o1", ("planned", 1), ("stray", 1), ("p1", 1)))
    assert products(bench) == ["p1", "planned", "stray"]
    assert [bench.item(name)["sold_only"] for name in ("p1", "planned", "stray")] == [False, False, True]
    bench.when(ask.ListProduct, product="stray")
    assert not bench.item("stray")["sold_only"]


def test_a_flood_of_unknown_products_is_counted_but_not_listed(bench):
    bench.observed(bench.report("paid", "o1", *((f"x{number}", 1) for number in range(200))))
    assert len(products(bench)) == SHOWN_STRANGERS
    bench.when(ask.AddStock, product="x199", qty=5)
    assert bench.stock("x199") == (4, 0, 0)


def flash(offer_id="o_1", quantity=30, price=5_000, **fields):
    given = {"kind": "flash_price", "product": "p1", "title": "f"} | fields
    return offers.Offer(id=offer_id, quantity=quantity, price=price, **given)


ARMED = offers.OfferArmed(offer="o_1")
LIVE = offers.OfferFired(offer="o_1", delivery="none")


@pytest.mark.parametrize(
    ("then", "reserved", "net"),
    [
        ((), 0, 9_900),
        ((ARMED,), 30, 9_900),
        ((ARMED, LIVE), 30, 5_000),
        ((ARMED, offers.OfferFired(offer="o_1", delivery="manual")), 30, 9_900),
        ((ARMED, LIVE, offers.DeliveryConfirmed(offer="o_1", ok=True)), 30, 5_000),
        ((ARMED, LIVE, offers.DeliveryConfirmed(offer="o_1", ok=False)), 0, 9_900),
        ((ARMED, offers.OfferDisarmed(offer="o_1")), 0, 9_900),
        ((ARMED, LIVE, offers.OfferStopped(offer="o_1", reason="x")), 0, 9_900),
        ((ARMED, LIVE, offers.OfferExpired(offer="o_1")), 0, 9_900),
        ((ARMED, LIVE, offers.OffersKilled(reason="x", offers=("o_1",))), 0, 9_900),
        ((ARMED, offers.OffersKilled(reason="x", offers=(), disarmed=("o_1",))), 0, 9_900),
        ((ARMED, LIVE, ShowEnded()), 0, 9_900),
    ],
)
def test_flash_prices_reserve_while_armed_and_lower_the_net_price_while_live(listed, then, reserved, net):
    listed.given(offers.OfferDefined(offer=flash()), *then)
    assert listed.stock("p1") == (100, 0, reserved)
    assert listed.state.net_price("p1") == net


def test_other_offers_reserve_nothing(listed):
    coupon = offers.Offer(id="o_1", kind="coupon", title="c", product="p1", quantity=30, amount=100)
    listed.given(offers.OfferDefined(offer=coupon), ARMED, LIVE)
    assert listed.stock("p1") == (100, 0, 0)


def test_a_flash_price_of_one_sku_reserves_that_sku(listed):
    listed.given(offers.OfferDefined(offer=flash(product="p3", sku="S")), ARMED)
    assert [listed.stock("p3", sku)[2] for sku in ("", "S", "L")] == [30, 30, 0]


line = st.tuples(st.sampled_from(["p1", "p3"]), st.integers(0, 5), st.sampled_from([None, "S", "L"]))
report = st.tuples(
    st.sampled_from(["order", "paid", "cancel", "refund"]),
    st.sampled_from(["o1", "o2", "o3"]),
    st.lists(line, max_size=3),
    st.sampled_from(["feed", "other"]),
)
reports = st.lists(report, max_size=12)


def built(bench, told):
    return [bench.report(kind, order, *lines, source=source) for kind, order, lines, source in told]


def numbers(bench):
    return {(p, sku): bench.stock(p, sku) for p in ("p1", "p3") for sku in ("", "S", "L")}


@given(reports, st.data())
def test_reports_in_any_order_and_any_batches_give_the_same_stock(fresh, told, data):
    items = built(fresh(), told)
    one, other = fresh(), fresh()
    one.when(ask.ListProduct, product="p1").when(ask.ListProduct, product="p3").observed(*items)
    other.when(ask.ListProduct, product="p1").when(ask.ListProduct, product="p3")
    for item in data.draw(st.permutations(items)):
        other.observed(item)
    assert numbers(one) == numbers(other)


@given(reports)
def test_held_and_sold_are_never_negative(fresh, told):
    bench = fresh().when(ask.ListProduct, product="p1").when(ask.ListProduct, product="p3")
    bench.observed(*built(bench, told))
    assert all((available or 0) <= 100 and held >= 0 for available, held, _ in numbers(bench).values())
