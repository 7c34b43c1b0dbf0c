"""What screens and the API see of offers."""

import msgspec
import pytest

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowStarted
from console.core.messages import Recorded
from console.core.observations import Claim, ObservationsRecorded
from console.core.show import Show
from console.core.slice import ProductFact, Viewer
from console.offers import views
from console.offers.events import FireScheduled, OfferDefined, OfferFired, OfferParked, OfferStopped
from console.offers.slice import PARTS, SLICE
from console.shelf.events import PriceSet, ProductListed

VIEWER = Viewer()
SERUM = ProductFact(id="serum", title="Serum", link_no=1, list_price=15_900, live_price=12_900)


@pytest.fixture
def show(make):
    class Told(Show):
        def tell(self, *events, at_ms=make.now):
            for event in events:
                self.evolve(Recorded(show_id="s", seq=self.seq + 1, at_ms=at_ms, actor="u", event=event))
            return self

    told = Told("s", "e", (LIFECYCLE, SLICE))
    return told.tell(ShowCreated(title="T", stream_delay_s=5))


def test_cards_keep_the_order_of_definition(show, make):
    show.tell(*make.armed(make.coupon("o_2")), OfferDefined(offer=make.coupon("o_1")), ShowStarted())
    cards = views.panel(show, VIEWER)
    assert [(card.id, card.number, card.state, card.show_live) for card in cards] == [
        ("o_2", 1, "armed", True),
        ("o_1", 2, "planned", True),
    ]


def test_a_card_says_what_the_press_results_in(show, make):
    show.tell(ProductListed(product=SERUM), *make.armed(make.flash("o_1")), *make.armed(make.coupon("o_2")))
    show.tell(OfferDefined(offer=make.coupon("o_3", product="serum", amount=None, pay_percent=80)))
    flash, shop_wide, percent = views.panel(show, VIEWER)
    assert (flash.current, flash.results_in, flash.lowest) == (12_900, 9_900, 8_900)
    assert (flash.product_title, flash.link_no) == ("Serum", 1)
    assert (shop_wide.current, shop_wide.results_in, shop_wide.lowest) == (None, None, None)
    assert (percent.results_in, percent.lowest) == (10_320, 6_920)


@pytest.mark.parametrize(
    ("told", "price"),
    [
        ((), None),
        ((ProductListed(product=SERUM),), 12_900),
        ((ProductListed(product=SERUM), PriceSet(product="serum", sku=None, live_price=11_000)), 11_000),
        ((ProductListed(product=msgspec.structs.replace(SERUM, live_price=None)),), 15_900),
        ((PriceSet(product="serum", sku="red", live_price=5),), None),
    ],
)
def test_the_current_price_is_the_shows(show, make, told, price):
    show.tell(*told, OfferDefined(offer=make.coupon(product="serum")))
    assert views.panel(show, VIEWER)[0].current == price


def test_a_definition_brings_what_the_shop_knew(show, make):
    show.tell(OfferDefined(offer=make.coupon(product="serum"), fact=SERUM))
    assert views.panel(show, VIEWER)[0].current == 12_900


def test_running_are_counting_down_or_live_but_not_unconfirmed(show, make):
    show.tell(*make.armed(make.coupon("o_1")), FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    show.tell(*make.live(make.flash("o_2"), ends_at=make.now + 60_000))
    show.tell(*make.armed(make.coupon("o_3")), OfferFired(offer="o_3", delivery="manual"))
    show.tell(*make.armed(make.coupon("o_4")), *make.live(make.coupon("o_5")), OfferStopped(offer="o_5", reason="x"))
    shown = views.running(show, VIEWER)
    assert [(r.id, r.fires_at, r.ends_at, r.left) for r in shown] == [
        ("o_1", make.now + 3_000, None, None),
        ("o_2", None, make.now + 60_000, 5),
    ]


def test_the_overlay_is_ahead_by_the_streams_delay(show, make):
    show.tell(*make.live(make.flash(), ends_at=make.now + 60_000))
    assert views.overlay(show, VIEWER)[0].ends_at == make.now + 55_000


def test_alarm_lists_what_waits_for_a_person(show, make):
    assert views.alarm(show, VIEWER).worries == ()
    show.tell(*make.armed(make.coupon("o_1")), OfferFired(offer="o_1", delivery="manual"))
    show.tell(*make.armed(make.coupon("o_2")), OfferParked(offer="o_2", because=make.because("Missed.")))
    show.tell(*make.live(make.coupon("o_3", quantity=1)))
    over = tuple(Claim(source="t", id=u, at=make.now, offer="o_3", user=u) for u in "ab")
    show.tell(ObservationsRecorded(items=over))
    worries = [(w.offer, w.kind, w.since, w.over) for w in views.alarm(show, VIEWER).worries]
    assert worries == [("o_1", "requested", make.now, 0), ("o_2", "parked", None, 0), ("o_3", "over", None, 1)]


def test_plan_shows_terms_and_problems(show, make):
    show.tell(OfferDefined(offer=make.coupon(), warnings=(make.because("Nothing limits how many may be claimed."),)))
    (planned,) = views.plan(show, VIEWER)
    assert planned.terms.amount == 1_000
    assert planned.editable
    assert planned.problems[0].why.startswith("Nothing limits")


def test_the_snapshot_has_the_names_of_the_interface(show, make):
    show.tell(*make.live(make.flash(), ends_at=make.now + 60_000))
    (item,) = views.snapshot(show, VIEWER)["items"]
    assert item["state"] == "live"
    assert (item["fired_at"], item["ends_at"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:14:20.000Z")
    assert (item["fires_at"], item["end_reason"], item["claimed"], item["parked"]) == (None, None, 0, False)
    names = {"id", "kind", "title", "product", "sku", "price", "amount", "pay_percent", "threshold", "quantity"}
    names |= {"per_person", "duration_s", "audience", "redeemed", "sold", "over_claimed", "sold_out"}
    assert names <= item.keys()
    msgspec.json.encode(item)


def test_no_view_knows_a_clock_or_a_floor(show, make):
    show.tell(ProductListed(product=SERUM), *make.live(make.flash(), ends_at=make.now + 60_000))
    for part in PARTS:
        before = part.view(show, VIEWER)
        show.at_ms += 10_000
        assert part.view(show, VIEWER) == before
        assert b"floor" not in msgspec.json.encode(before)


def test_events_survive_the_journal(show, make):
    for event in (*make.live(make.flash(), ends_at=5), OfferParked(offer="o_1", because=make.because("Missed."))):
        assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
