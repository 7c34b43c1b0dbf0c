"""What an offer may be, and how its terms are changed before it runs."""

import pytest

from console.offers.commands import (
    DefineOffer,
    EditOffer,
)
from console.offers.decisions import MAX_OFFERS
from console.offers.events import (
    FireScheduled,
    OfferDefined,
    OfferEdited,
    OfferFired,
    OfferStopped,
    Terms,
)


def test_define_names_the_new_offer_and_keeps_the_product_as_it_was(case):
    terms = Terms(kind="flash_price", title="Rush", product="serum", price=9_900, quantity=5)
    case.when(DefineOffer, offer=terms)
    (event,) = case.decision
    assert (event.offer.id, event.offer.price, event.fact.title) == ("o_new", 9_900, "Serum")
    assert event.creates == "offer"
    assert not hasattr(event.fact, "floor_price")
    assert case.done().entry("o_new").state == "planned"


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"kind": "flash_price", "quantity": 5}, "needs a price"),
        ({"kind": "flash_price", "price": 9_900}, "needs a quantity"),
        ({"kind": "coupon"}, "exactly one"),
        ({"kind": "coupon", "amount": 100, "pay_percent": 90}, "exactly one"),
        ({"kind": "coupon", "amount": 100, "price": 900}, "no price"),
        ({"kind": "gift", "amount": 100}, "no amount"),
        ({"kind": "draw", "pay_percent": 50}, "no pay_percent"),
        ({"kind": "bundle", "threshold": 50}, "no threshold"),
        ({"kind": "coupon", "amount": 100, "prize_value": 50}, "no prize_value"),
        ({"kind": "coupon", "amount": 100, "sku": "S"}, "Name the product"),
        ({"kind": "coupon", "amount": 100, "quantity": 2, "per_person": 3}, "per person"),
        ({"kind": "flash_price", "price": 9_900, "quantity": 5, "duration_s": 1_201}, "at most 1200 seconds"),
        ({"kind": "draw", "prize_value": 5_000_001}, "prize"),
    ],
)
def test_define_refuses_terms_that_do_not_fit_the_kind(case, terms, words):
    case.when(DefineOffer, offer=Terms(title="T", **terms)).refused(words)


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "flash_price", "price": 9_900, "quantity": 5, "duration_s": 1_200, "product": "serum"},
        {"kind": "coupon", "amount": 100},
        {"kind": "coupon", "pay_percent": 90, "threshold": 0},
        {"kind": "gift", "gift": "Brush", "threshold": 10_000},
        {"kind": "bundle", "price": 20_000, "trigger_quantity": 2, "product": "serum"},
        {"kind": "draw", "prize_value": 5_000_000, "quantity": 3},
    ],
)
def test_define_takes_every_kind(case, terms):
    assert case.when(DefineOffer, offer=Terms(title="T", **terms)).done().entry("o_new").state == "planned"


def test_define_stops_at_the_bound(case, make):
    case.given(*(OfferDefined(offer=make.coupon(f"o_{n}")) for n in range(MAX_OFFERS)))
    case.when(DefineOffer, offer=Terms(kind="coupon", title="T", amount=1)).refused("at most 500")


def test_define_warns_without_refusing(case):
    def warned(**terms):
        case.when(DefineOffer, offer=Terms(title="T", **terms))
        return " ".join(w.why for w in case.decision[0].warnings)

    assert "not in the shop's list" in warned(kind="coupon", amount=100, product="ghost")
    assert "shorter" in warned(kind="flash_price", product="serum", price=9_900, quantity=1, duration_s=5)
    assert "not below" in warned(kind="flash_price", product="serum", price=12_900, quantity=1)
    assert "Nothing limits" in warned(kind="coupon", amount=100)
    assert "rules" in warned(kind="draw")
    assert warned(kind="flash_price", product="serum", price=9_900, quantity=1, duration_s=60) == ""


def test_edit_changes_one_term_and_disarms(case, make):
    case.given(*make.armed(make.coupon())).when(EditOffer, offer="o_1", field="amount", value=900)
    (event,) = case.decision
    assert isinstance(event, OfferEdited)
    assert (event.offer.amount, event.field, event.before) == (900, "amount", 1_000)
    assert case.done().entry().state == "planned"


def test_edit_to_the_same_value_changes_nothing(case, make):
    case.given(*make.armed(make.coupon())).when(EditOffer, offer="o_1", field="amount", value=1_000).then()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("id", "o_2", "no field id"),
        ("state", "live", "no field state"),
        ("__class__", "x", "no field"),
        ("amount", "free", "not possible"),
        ("amount", 0, "not possible"),
        ("amount", -5, "not possible"),
        ("amount", 10**14, "not possible"),
        ("amount", None, "exactly one"),
        ("pay_percent", 100, "not possible"),
        ("pay_percent", 80, "exactly one"),
        ("kind", "loan", "not possible"),
        ("title", "", "not possible"),
        ("title", "x" * 201, "not possible"),
        ("title", None, "not possible"),
        ("threshold", 1_000, "more than 90 %"),
    ],
)
def test_edit_refuses(case, make, field, value, words):
    case.given(OfferDefined(offer=make.coupon())).when(EditOffer, offer="o_1", field=field, value=value).refused(words)


def test_edit_only_before_it_runs(case, make):
    case.given(*make.armed(make.coupon())).given(FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    case.when(EditOffer, offer="o_1", field="amount", value=900).refused("counting down")
    case.given(OfferFired(offer="o_1", delivery="none"))
    case.when(EditOffer, offer="o_1", field="amount", value=900).refused("no longer be edited")
    case.given(OfferStopped(offer="o_1", reason="enough"))
    case.when(EditOffer, offer="o_1", field="amount", value=900).refused("no longer be edited")
