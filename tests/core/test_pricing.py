"""The lowest reachable price: figures by hand, then a bound that no basket gets under."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.money import MAX_MINOR
from console.core.pricing import covers, own_price, reachable, units
from console.core.slice import Product, Sku
from console.offers.events import Terms


def coupon(**terms):
    return Terms(kind="coupon", title="c", **terms)


def flash(price, **terms):
    return Terms(kind="flash_price", title="f", price=price, quantity=1, **terms)


@pytest.mark.parametrize(
    ("price", "offers", "lowest"),
    [
        (12_900, [], 12_900),
        (12_900, [flash(9_900)], 9_900),
        (9_900, [flash(12_900)], 9_900),
        (None, [flash(9_900)], 9_900),
        (None, [coupon(amount=500)], None),
        (12_900, [coupon(amount=2_000)], 10_900),
        (12_900, [coupon(pay_percent=80)], 10_320),
        (9_999, [coupon(pay_percent=33)], 3_299),
        (12_900, [coupon(amount=2_000, threshold=10_000)], 10_900),
        (10_000, [coupon(amount=3_000, threshold=30_000)], 9_000),
        (1_000, [coupon(amount=5_000)], 0),
        (12_900, [flash(9_900), coupon(amount=1_000, threshold=9_000), coupon(amount=500)], 8_400),
        (10_000, [coupon(amount=1_000), coupon(pay_percent=90)], 8_000),
        (10_000, [Terms(kind="bundle", title="b", price=15_000, trigger_quantity=2)], 7_500),
        (10_000, [Terms(kind="gift", title="g"), Terms(kind="draw", title="d")], 10_000),
    ],
)
def test_figures(price, offers, lowest):
    assert reachable(price, offers) == lowest


def test_percents_of_spend_and_save_come_before_coupons():
    assert reachable(10_000, [coupon(amount=1_000), coupon(pay_percent=50, threshold=100)]) == 4_000


money = st.integers(1, MAX_MINOR)
amounts_off = st.builds(coupon, amount=money, threshold=st.none() | st.integers(0, MAX_MINOR))
percents = st.builds(coupon, pay_percent=st.integers(1, 99), threshold=st.none() | st.integers(0, MAX_MINOR))
offers = st.lists(amounts_off | percents | st.builds(flash, money), max_size=6)


@given(st.none() | money, offers)
def test_never_below_nothing_nor_above_the_price(price, given_offers):
    lowest = reachable(price, given_offers)
    starts = [p for p in (price, *map(own_price, given_offers)) if p is not None]
    assert (lowest is None) == (not starts)
    if starts:
        assert 0 <= lowest <= min(starts)


@given(money, offers, amounts_off | percents | st.builds(flash, money))
def test_one_more_offer_never_makes_it_dearer(price, given_offers, more):
    assert reachable(price, [*given_offers, more]) <= reachable(price, given_offers)


@given(st.integers(1, 10**6), st.permutations(range(4)), st.data())
def test_the_order_of_definition_moves_it_by_rounding_at_most(price, order, data):
    drawn = data.draw(st.lists(amounts_off | percents, min_size=4, max_size=4))
    assert abs(reachable(price, drawn) - reachable(price, [drawn[i] for i in order])) <= 4


small = st.integers(1, 50_000)


@given(
    price=small,
    save=st.none() | st.tuples(small, small),
    percent=st.none() | st.integers(1, 99),
    off=st.none() | small,
    pieces=st.integers(1, 9),
    others=st.integers(0, 200_000),
)
def test_no_basket_gets_a_piece_for_less(*, price, save, percent, off, pieces, others):
    """The piece's exact share of a real basket: spend-and-save on the whole, then percent, then amount."""
    on = [coupon(amount=save[0], threshold=save[1])] if save else []
    on += [coupon(pay_percent=percent)] if percent else []
    on += [coupon(amount=off)] if off else []
    basket = Fraction(price * pieces + others)
    share = Fraction(price) / basket
    left = basket
    if save and basket >= save[1]:
        left = max(Fraction(0), left - save[0])
    left = left * (percent or 100) / 100
    left = max(Fraction(0), left - (off or 0))
    assert reachable(price, on) <= left * share


def test_what_an_offer_covers():
    shop_wide, serum, red = (
        coupon(amount=1),
        coupon(amount=1, product="serum"),
        coupon(amount=1, product="serum", sku="red"),
    )
    assert covers(shop_wide, "serum", "red")
    assert covers(serum, "serum", "red")
    assert not covers(serum, "cream", None)
    assert covers(red, "serum", "red")
    assert covers(red, "serum", None)
    assert not covers(red, "serum", "blue")


def test_prices_of_skus_come_from_the_show_then_the_sku_then_the_product():
    skus = (Sku(id="S"), Sku(id="M", live_price=300, floor_price=7), Sku(id="L", list_price=400))
    product = Product(id="p", title="P", list_price=100, floor_price=5, skus=skus)
    assert [(u.sku, u.price, u.floor) for u in units(product, {})] == [("S", 100, 5), ("M", 300, 7), ("L", 400, 5)]
    assert [u.price for u in units(product, {"M": 250, "": 90})] == [90, 250, 90]


def test_a_product_without_skus_is_its_own_unit():
    product = Product(id="p", title="P", list_price=100, live_price=80)
    assert [(u.sku, u.price) for u in units(product, {})] == [(None, 80)]
    assert [(u.sku, u.price) for u in units(product, {"": 70})] == [(None, 70)]
