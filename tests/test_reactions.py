"""What follows from what: each cause submits its effect once, and nothing else."""

import pytest

from console.catalogue import SLICES
from console.core.lifecycle import ShowCreated, ShowStarted
from console.core.messages import Recorded
from console.core.observations import Claim, Line, ObservationsRecorded, Paid
from console.core.show import Show
from console.offers.commands import ExpireOffer, LaunchOffer, ParkOffer, StopOffer
from console.offers.events import (
    SOLD_OUT,
    DeliveryConfirmed,
    FireScheduled,
    Offer,
    OfferArmed,
    OfferDefined,
    OfferFired,
    OfferStopped,
)
from console.reactions import due, next_due, react
from console.shelf.commands import PopProduct

FLASH = Offer(id="o_1", kind="flash_price", title="秒杀", product="p1", price=100, quantity=2)
COUPON = Offer(id="o_2", kind="coupon", title="券", amount=100, quantity=1)


def folded(*events, now_ms=10_000):
    show = Show("s1", "e1", SLICES)
    row = None
    for seq, event in enumerate((ShowCreated(title="x"), ShowStarted(), *events), start=1):
        row = Recorded(show_id="s1", seq=seq, at_ms=now_ms, actor="p", event=event)
        show.evolve(row)
    return show, row


def defined(offer):
    return OfferDefined(offer=offer), OfferArmed(offer=offer.id)


def paid(order, qty):
    return Paid(source="a", id=order, at=10_000, order=order, user="u", lines=(Line(product="p1", qty=qty, amount=1),))


def test_a_fired_offer_shows_its_product():
    show, row = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none"))
    assert [(type(c), c.product) for c in react(row, show)] == [(PopProduct, "p1")]


def test_a_requested_offer_shows_nothing_before_it_is_confirmed():
    show, row = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="manual"))
    assert react(row, show) == []
    show, row = folded(
        *defined(FLASH), OfferFired(offer="o_1", delivery="manual"), DeliveryConfirmed(offer="o_1", ok=True)
    )
    assert [type(c) for c in react(row, show)] == [PopProduct]


def test_an_offer_without_a_product_shows_none():
    show, row = folded(*defined(COUPON), OfferFired(offer="o_2", delivery="none"))
    assert react(row, show) == []


@pytest.mark.parametrize(("qty", "stopped"), [(1, []), (2, [StopOffer]), (3, [StopOffer])])
def test_a_flash_price_ends_when_its_pieces_are_sold(qty, stopped):
    batch = ObservationsRecorded(items=(paid("A", qty),))
    show, row = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none"), batch)
    assert react(row, show) == []
    assert [type(c) for c in due(show, 10_000, 0)] == stopped
    assert (next_due(show) is not None) is bool(stopped)


def test_an_order_that_two_sources_report_is_sold_once():
    twice = ObservationsRecorded(items=(paid("A", 1), Paid(**_fields(paid("A", 1)) | {"source": "b"})))
    show, _ = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none"), twice)
    assert show.states["offers"].entries["o_1"].sold == 1
    assert due(show, 10_000, 0) == []


def test_control_a_fold_that_forgets_orders_would_sell_it_twice(monkeypatch):
    monkeypatch.setattr("console.offers.fold.State.paid", property(lambda _state: set()), raising=False)
    twice = ObservationsRecorded(items=(paid("A", 1), Paid(**_fields(paid("A", 1)) | {"source": "b"})))
    show, _ = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none"), twice)
    assert show.states["offers"].entries["o_1"].sold == 2
    assert [type(c) for c in due(show, 10_000, 0)] == [StopOffer]


def sold_in_two_orders(*between):
    """Pieces sold at the price, and beyond the quantity, when the second order is paid a second later."""
    later = Paid(**_fields(paid("B", 5)) | {"at": 11_500})
    show, _ = folded(
        *defined(FLASH), OfferFired(offer="o_1", delivery="none"), ObservationsRecorded(items=(paid("A", 2),)),
        *between, ObservationsRecorded(items=(later,)),
    )  # fmt: skip
    entry = show.states["offers"].entries["o_1"]
    return entry.sold, entry.over_sold


def test_what_is_paid_after_the_stop_is_not_sold_at_its_price():
    assert sold_in_two_orders(OfferStopped(offer="o_1", reason=SOLD_OUT)) == (2, 0)


def test_control_an_offer_that_is_not_stopped_sells_beyond_its_quantity():
    assert sold_in_two_orders() == (7, 5)


def test_a_coupon_ends_when_all_are_claimed():
    claim = ObservationsRecorded(items=(Claim(source="a", id="1", at=10_000, offer="o_2", user="u"),))
    show, _ = folded(*defined(COUPON), OfferFired(offer="o_2", delivery="none"), claim)
    assert [type(c) for c in due(show, 10_000, 0)] == [StopOffer]


@pytest.mark.parametrize(
    ("awake_since", "command"), [(0, LaunchOffer), (12_000, LaunchOffer), (12_001, ParkOffer), (3_600_000, ParkOffer)]
)
def test_a_start_that_fell_due_while_nobody_watched_is_parked(awake_since, command):
    show, _ = folded(*defined(FLASH), FireScheduled(offer="o_1", fires_at=12_000))
    assert next_due(show) == 12_000
    assert due(show, 11_999, 0) == []
    assert [type(c) for c in due(show, 12_500, awake_since)] == [command]


def test_an_end_is_submitted_however_late():
    show, _ = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none", ends_at=12_000))
    assert [type(c) for c in due(show, 99_000_000, 98_000_000)] == [ExpireOffer]


def test_what_is_gone_is_stopped_however_late_and_before_its_time():
    batch = ObservationsRecorded(items=(paid("A", 2),))
    show, _ = folded(*defined(FLASH), OfferFired(offer="o_1", delivery="none", ends_at=12_000), batch)
    (stop,) = due(show, 99_000_000, 98_000_000)
    assert (type(stop), stop.reason, stop.issued_at) == (StopOffer, SOLD_OUT, 99_000_000)


def test_two_nodes_give_the_same_command_the_same_id():
    show, _ = folded(*defined(FLASH), FireScheduled(offer="o_1", fires_at=12_000))
    ids = {due(show, now, 0)[0].command_id for now in (12_000, 12_500)}
    assert len(ids) == 1


def _fields(item):
    return {name: getattr(item, name) for name in item.__struct_fields__}
