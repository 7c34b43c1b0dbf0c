"""The losses that really happened, refused; each guard with the control that passes just beside it."""

import json

import msgspec
import pytest

from console.core.messages import Rejection
from console.core.slice import Presets, Product
from console.offers.commands import ArmOffer, DefineOffer, EditOffer, FireOffer, LaunchOffer
from console.offers.events import FireScheduled, OfferArmed, OfferDefined, OfferDisarmed, OfferParked, Terms
from console.shelf.events import PriceSet, ProductListed

FLOOR = "below what the shop allows"


def flash(price, product="serum", **terms):
    return Terms(
        **({"kind": "flash_price", "title": "Rush", "product": product, "price": price, "quantity": 5} | terms)
    )


def coupon(**terms):
    return Terms(kind="coupon", title="Coupon", **terms)


def test_a_price_at_the_floor_passes_and_one_below_does_not(case):
    case.when(DefineOffer, offer=flash(7_999)).refused(FLOOR)
    case.when(DefineOffer, offer=flash(8_000)).done()


def test_no_sentence_and_no_parameter_tells_the_floor(case):
    said = case.when(DefineOffer, offer=flash(7_999)).refused(FLOOR)
    everything = said + json.dumps(msgspec.to_builtins(case.decision))
    assert not any(number in everything for number in ("8000", "80.00", "7999", "8,000", "8_000"))


def test_an_offer_that_is_only_planned_does_not_count(case, make):
    case.given(OfferDefined(offer=make.flash(price=8_500)))
    case.when(DefineOffer, offer=coupon(amount=600, product="serum")).done()


@pytest.mark.parametrize("state", ["armed", "scheduled", "requested", "live"])
def test_offers_stack_whatever_their_state(case, make, state):
    events = {
        "armed": make.armed(make.flash(price=8_500)),
        "scheduled": (*make.armed(make.flash(price=8_500)), FireScheduled(offer="o_1", fires_at=make.now + 3_000)),
        "requested": make.live(make.flash(price=8_500)),
        "live": make.live(make.flash(price=8_500)),
    }
    case.given(*events[state])
    case.when(DefineOffer, offer=coupon(amount=501, product="serum")).refused(FLOOR)
    case.when(DefineOffer, offer=coupon(amount=500, product="serum")).done()


def test_shop_wide_coupons_count_on_every_product(case, make):
    case.given(*make.armed(make.coupon(amount=1_000)))
    case.when(DefineOffer, offer=flash(8_999)).refused("Serum")
    case.when(DefineOffer, offer=flash(9_000)).done()


def test_a_shop_wide_offer_is_checked_against_every_product(case):
    case.when(DefineOffer, offer=coupon(amount=1_501)).refused("Shirt")
    case.when(DefineOffer, offer=coupon(amount=1_500)).done()


def test_bundle_and_member_coupon_and_spend_and_save_together(case, make):
    case.given(
        *make.armed(make.coupon("o_1", kind="bundle", amount=None, price=20_000, trigger_quantity=2, product="serum")),
        *make.armed(make.coupon("o_2", amount=1_000, threshold=9_000, product="serum")),
    )
    case.when(DefineOffer, offer=coupon(pay_percent=88, product="serum", audience="member")).refused(FLOOR)
    case.when(DefineOffer, offer=coupon(pay_percent=89, product="serum", audience="member")).done()


def test_edit_is_checked(case, make):
    case.given(*make.armed(make.coupon("o_2")), OfferDefined(offer=make.flash()))
    case.when(EditOffer, offer="o_1", field="price", value=8_999).refused(FLOOR)
    case.when(EditOffer, offer="o_1", field="price", value=9_000).done()


def test_arm_is_checked_again(case, make):
    case.given(OfferDefined(offer=make.flash(price=8_500)), *make.armed(make.coupon("o_2", amount=501)))
    case.when(ArmOffer, offer="o_1").refused(FLOOR)
    case.given(OfferDisarmed(offer="o_2")).when(ArmOffer, offer="o_1").then(OfferArmed(offer="o_1", lowest=8_500))


def test_fire_is_checked_again_because_prices_move(case, make):
    case.given(*make.armed(make.coupon(product="serum", amount=2_000)))
    case.given(PriceSet(product="serum", sku=None, live_price=9_999))
    case.when(FireOffer, offer="o_1").refused(FLOOR)
    case.when(FireOffer, offer="o_1", countdown_s=3).refused(FLOOR)
    case.given(PriceSet(product="serum", sku=None, live_price=10_000)).when(FireOffer, offer="o_1").done()


def test_a_start_that_became_unsafe_during_the_countdown_waits_for_a_person(case, make):
    case.given(*make.armed(make.coupon(product="serum", amount=2_000)))
    case.given(FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    case.given(PriceSet(product="serum", sku=None, live_price=9_000))
    (event,) = case.when(LaunchOffer, offer="o_1", now_ms=make.now + 3_000).decision
    assert isinstance(event, OfferParked)
    assert event.because.params == {"product": "Serum"}
    assert case.done().entry().state == "armed"


def test_a_raised_floor_stops_the_fire(case, make):
    case.given(*make.armed(make.flash()))
    case.shop["serum"] = Product(id="serum", title="Serum", live_price=12_900, floor_price=9_901)
    case.when(FireOffer, offer="o_1").refused(FLOOR)


def test_the_show_price_of_one_sku_counts(case):
    case.given(PriceSet(product="shirt", sku="S", live_price=7_000))
    case.when(DefineOffer, offer=coupon(amount=1_001, product="shirt", sku="S")).refused(FLOOR)
    case.when(DefineOffer, offer=coupon(amount=1_000, product="shirt", sku="S")).done()


def test_a_price_for_the_whole_product_leaves_a_sku_its_own(case):
    case.given(PriceSet(product="shirt", sku="S", live_price=7_000), PriceSet(product="shirt", live_price=11_000))
    case.when(DefineOffer, offer=coupon(amount=1_001, product="shirt", sku="S")).refused(FLOOR)
    case.when(DefineOffer, offer=coupon(amount=1_000, product="shirt", sku="S")).done()
    case.when(DefineOffer, offer=coupon(amount=501, product="shirt", sku="XL")).refused(FLOOR)
    case.when(DefineOffer, offer=coupon(amount=500, product="shirt", sku="XL")).done()


def test_every_sku_keeps_its_own_floor(case):
    case.when(DefineOffer, offer=flash(9_000, "shirt")).refused(FLOOR)
    case.when(DefineOffer, offer=flash(9_000, "shirt", sku="S")).done()


@pytest.mark.parametrize(("price", "words"), [(1_290, "a tenth"), (129_000, "ten times"), (129_000_000, "ten times")])
def test_a_slipped_digit_is_refused(case, price, words):
    case.shop["serum"] = Product(id="serum", title="Serum", live_price=12_900)
    case.when(DefineOffer, offer=flash(price)).refused(words)
    case.when(DefineOffer, offer=flash(1_291)).done()
    case.when(DefineOffer, offer=flash(128_999)).done()


def test_268000_for_2680000(case):
    case.shop["ring"] = Product(id="ring", title="Ring", list_price=2_680_000)
    case.when(DefineOffer, offer=flash(268_000, "ring")).refused("check the zeros")


def test_the_digit_check_uses_the_price_of_the_show(case):
    case.shop["serum"] = Product(id="serum", title="Serum", live_price=12_900)
    case.given(PriceSet(product="serum", sku=None, live_price=100_000))
    case.when(DefineOffer, offer=flash(9_900)).refused("a tenth")


def test_percent_words_are_a_trap(case):
    case.shop.clear()
    case.when(DefineOffer, offer=coupon(pay_percent=9)).refused("more than 90 %")
    case.when(DefineOffer, offer=coupon(pay_percent=10)).done()


def test_the_shop_may_allow_less(case):
    case.shop.clear()
    case.presets = Presets(max_discount_percent=50)
    case.when(DefineOffer, offer=coupon(pay_percent=49)).refused("more than 50 %")
    case.when(DefineOffer, offer=coupon(pay_percent=50)).done()


def test_fifteen_off_two_instead_of_two_off_fifteen(case):
    case.shop.clear()
    case.when(DefineOffer, offer=coupon(amount=1_500, threshold=200)).refused("more than 90 %")
    case.when(DefineOffer, offer=coupon(amount=200, threshold=1_500)).done()


def test_an_amount_that_takes_nearly_the_whole_price(case):
    case.shop = {"pen": Product(id="pen", title="Pen", live_price=1_000)}
    case.when(DefineOffer, offer=coupon(amount=901)).refused("more than 90 %")
    case.when(DefineOffer, offer=coupon(amount=900)).done()


def test_a_product_nobody_knows_is_taken_with_a_warning(case):
    case.when(DefineOffer, offer=flash(100, "ghost"))
    assert case.decision[0].warnings[0].why.startswith("The product is not in")


def test_a_listed_fact_does_not_replace_the_shops_floor(case, make):
    (event,) = case.when(DefineOffer, offer=flash(9_900)).decision
    case.given(ProductListed(product=event.fact)).when(DefineOffer, offer=flash(7_999)).refused(FLOOR)


HOSTILE = [
    '"100"',
    "1e9",
    "100.0",
    "100.5",
    "NaN",
    "Infinity",
    "true",
    "-1",
    "0",
    "9223372036854775808",
    "1_000",
    "[]",
    "{}",
    '"１００"',
]


@pytest.mark.parametrize("number", HOSTILE)
def test_hostile_numbers_never_become_money(number):
    decode = msgspec.json.Decoder(DefineOffer).decode
    wire = '{"type":"define_offer","command_id":"c","issued_at":1,"offer":{"kind":"coupon","title":"t","amount":%s}}'
    assert decode(wire % "100").offer.amount == 100
    with pytest.raises(msgspec.DecodeError):
        decode(wire % number)


@pytest.mark.parametrize(
    ("kind", "field", "bad"),
    [
        (FireOffer, "countdown_s", [-1, 2**63, 86_401, "3", True]),
        (EditOffer, "value", [2**63, 1.5, True, "x" * 2_001, [], {}]),
    ],
)
def test_hostile_seconds_and_values_are_not_understood(kind, field, bad):
    base = {"type": kind.__struct_config__.tag, "command_id": "c", "issued_at": 1, "offer": "o_1", "field": "amount"}
    base = {k: v for k, v in base.items() if k != "field" or kind is EditOffer}
    assert msgspec.convert(base | {field: 3}, kind)
    for value in bad:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(base | {field: value}, kind)


def test_unknown_fields_of_an_offer_are_not_understood():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "coupon", "title": "t", "amount": 1, "id": "o_mine"}, Terms)


@pytest.mark.parametrize(
    ("guard", "terms"),
    [
        ("guards._floor", flash(7_999)),
        ("guards._magnitude", flash(129_000)),
        ("guards._deep", coupon(pay_percent=9, product="pen")),
    ],
)
def test_without_its_guard_the_loss_would_happen(case, monkeypatch, guard, terms):
    case.shop["pen"] = Product(id="pen", title="Pen", live_price=1_000)
    assert isinstance(case.when(DefineOffer, offer=terms).decision, Rejection)
    monkeypatch.setattr(f"console.offers.{guard}", lambda *_: None)
    assert case.when(DefineOffer, offer=terms).done().entry("o_new").state == "planned"


def test_without_its_guard_two_flash_prices_would_run(case, make, monkeypatch):
    case.given(*make.live(make.flash("o_1")), *make.armed(make.flash("o_2")))
    assert isinstance(case.when(FireOffer, offer="o_2").decision, Rejection)
    monkeypatch.setattr("console.offers.decisions._other_flash", lambda *_: None)
    case.when(FireOffer, offer="o_2").done()
