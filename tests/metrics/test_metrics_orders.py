"""Orders as rooms really report them: late, twice, the wrong way round."""

from typing import Any

from console.core.observations import Cancel, Refund


def test_paid_before_ordered_counts_the_same(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100, 20)).see(room.order("o1", "ann", 120, 10))
    metrics = room.metrics
    assert (metrics.orders_created, metrics.gmv_created, metrics.orders_paid, metrics.gmv_paid) == (1, 120, 1, 100)
    assert (metrics.orders_unpaid, metrics.gmv_unpaid) == (0, 0)


def test_an_order_reported_by_two_sources_counts_once_at_its_earliest(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100, 20, source="poll"), room.paid("o1", "ann", 90, 10, source="hook"))
    assert (room.metrics.orders_paid, room.metrics.gmv_paid, room.metrics.buyers) == (1, 90, 1)


def test_a_refund_waits_for_its_payment(room: Any) -> None:
    refund = room.made(Refund, 30, order="o1", amount=40)
    room.see(refund)
    assert (room.metrics.refunds_orders, room.metrics.refunds_other, room.metrics.gmv_net) == (0, 40, None)
    room.see(room.paid("o1", "ann", 100, 20))
    assert (room.metrics.refunds_orders, room.metrics.refunds_amount, room.metrics.gmv_net) == (1, 40, 60)
    assert room.metrics.refunds_other == 0


def test_a_refund_of_an_order_from_another_show_never_lowers_this_one(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100), room.made(Refund, 30, order="last-week", amount=40))
    assert (room.metrics.gmv_net, room.metrics.refunds_other) == (100, 40)
    assert room.metrics.refund_rate_orders.value == 0


def test_partial_refunds_add_up_and_two_sources_do_not_double(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100))
    room.see(room.made(Refund, 1, order="o1", amount=10), room.made(Refund, 2, order="o1", amount=20))
    room.see(room.made(Refund, 3, source="poll", order="o1", amount=30))
    assert (room.metrics.refunds_orders, room.metrics.refunds_amount) == (1, 30)


def test_a_cancelled_order_stays_created_and_is_not_unpaid(room: Any) -> None:
    room.see(room.order("o1", "ann", 100), room.order("o2", "bob", 50), room.made(Cancel, 9, order="o1"))
    metrics = room.metrics
    assert (metrics.orders_created, metrics.gmv_created, metrics.orders_cancelled) == (2, 150, 1)
    assert (metrics.orders_unpaid, metrics.gmv_unpaid) == (1, 50)


def test_one_buyer_with_two_orders_is_one_buyer(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100, qty=2), room.paid("o2", "ann", 50))
    assert (room.metrics.buyers, room.metrics.orders_paid, room.metrics.units) == (1, 2, 3)


def test_a_room_that_reports_orders_but_no_payment_yet_has_sold_nothing(room: Any) -> None:
    room.see(room.order("o1", "ann", 100))
    assert (room.metrics.gmv_paid, room.metrics.buyers, room.metrics.refunds_orders) == (0, 0, 0)


def test_a_room_that_reports_only_payments_knows_no_creations(room: Any) -> None:
    room.see(room.paid("o1", "ann", 100))
    assert room.metrics.orders_created is None
    assert room.metrics.pay_rate.value is None
