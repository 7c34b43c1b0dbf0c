"""The order book: what was ordered, paid, cancelled and given back, each order once, in whatever order it was reported."""

from typing import TypeVar

from msgspec import Struct, field

from console.core.observations import Cancel, Order, Paid, Refund
from console.metrics.readings import SLOT_MS

Key = TypeVar("Key")
Report = TypeVar("Report", Order, Paid)
Curve = dict[int, int]
"""Slot → amount."""


def bump(tally: dict[str, int], key: str, by: int) -> None:
    """Add to a tally, dropping what is back at zero, so that equal numbers are equal tallies."""
    tally[key] = tally.get(key, 0) + by
    if not tally[key]:
        del tally[key]


class OrderFact(Struct, gc=False):
    """One order. Of several reports the earliest counts; of refunds reported by several sources the greatest sum."""

    created: Order | None = None
    paid: Paid | None = None
    cancelled: bool = False
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        """Minor units given back so far."""
        return max(self.refunds.values(), default=0)


class ProductSales(Struct):
    """Paid orders with the product, pieces and minor units."""

    orders: int = 0
    units: int = 0
    gmv: int = 0


class OrderBook(Struct):
    """Totals kept true on every report: an order's old contribution is taken out, its new one put in."""

    facts: dict[str, OrderFact] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    creators: dict[str, int] = field(default_factory=dict)
    buyers: dict[str, int] = field(default_factory=dict)
    products: dict[str, ProductSales] = field(default_factory=dict)
    channels: dict[str | None, list[int]] = field(default_factory=dict)
    """Paid orders and minor units by channel: the one an order names, else the one its buyer first came in by."""
    unnamed: dict[str, list[int]] = field(default_factory=dict)
    """The same by buyer, of orders that name no channel."""
    came_by: dict[str, str | None] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    def take(self, report: Order | Paid | Cancel | Refund) -> None:
        """Fold one report."""
        fact = self.facts.get(report.order)
        if fact is None:
            fact = self.facts[report.order] = OrderFact()
        else:
            self._count(fact, -1)
        match report:
            case Order():
                self._replace_created(fact, earlier(fact.created, report))
            case Paid():
                self._replace_paid(fact, earlier(fact.paid, report))
            case Cancel():
                fact.cancelled = True
            case Refund():
                fact.refunds[report.source] = fact.refunds.get(report.source, 0) + report.amount
        self.kinds.add(type(report).__name__)
        self._count(fact, +1)

    def arrive(self, user: str, channel: str | None) -> None:
        """A buyer's first entry, or an earlier one than was known: orders that name no channel follow it."""
        orders, money = self.unnamed.get(user, (0, 0))
        if orders and self.came_by.get(user) != channel:
            add_pair(self.channels, self.came_by.get(user), -orders, -money)
            add_pair(self.channels, channel, orders, money)
        self.came_by[user] = channel

    def _replace_created(self, fact: OrderFact, order: Order) -> None:
        if order is not fact.created:
            if fact.created:
                self._count_created(fact.created, -1)
            self._count_created(order, +1)
            fact.created = order

    def _replace_paid(self, fact: OrderFact, order: Paid) -> None:
        if order is not fact.paid:
            if fact.paid:
                self._count_paid(fact.paid, -1)
            self._count_paid(order, +1)
            fact.paid = order

    def _count(self, fact: OrderFact, sign: int) -> None:
        """What depends on more than one report of the order."""
        if fact.created and not fact.paid and not fact.cancelled:
            self._total("orders_unpaid", sign)
            self._total("gmv_unpaid", sign * amount(fact.created))
        if fact.cancelled:
            self._total("orders_cancelled", sign)
        if fact.refunds:
            self._count_refunds(fact, sign)

    def _count_created(self, order: Order, sign: int) -> None:
        self._total("orders_created", sign, order.at)
        self._total("gmv_created", sign * amount(order), order.at)
        bump(self.creators, order.user, sign)

    def _count_paid(self, order: Paid, sign: int) -> None:
        money = sign * amount(order)
        self._total("orders_paid", sign, order.at)
        self._total("gmv_paid", money, order.at)
        self._total("units", sign * sum(line.qty for line in order.lines), order.at)
        bump(self.buyers, order.user, sign)
        self._count_products(order, sign)
        channel = order.channel
        if channel is None:
            add_pair(self.unnamed, order.user, sign, money)
            channel = self.came_by.get(order.user)
        add_pair(self.channels, channel, sign, money)

    def _count_products(self, order: Paid, sign: int) -> None:
        for line in order.lines:
            sales = self.products.setdefault(line.product, ProductSales())
            sales.units += sign * line.qty
            sales.gmv += sign * line.amount
        for product in {line.product for line in order.lines}:
            self.products[product].orders += sign

    def _count_refunds(self, fact: OrderFact, sign: int) -> None:
        if fact.paid:
            self._total("refunds_orders", sign)
            self._total("refunds_amount", sign * fact.refunded)
        else:
            self._total("refunds_other", sign * fact.refunded)

    def _total(self, name: str, by: int, at: int | None = None) -> None:
        bump(self.totals, name, by)
        if at is not None and by:
            curve = self.curves.setdefault(name, {})
            slot = at // SLOT_MS
            curve[slot] = curve.get(slot, 0) + by
            if not curve[slot]:
                del curve[slot]


def amount(order: Order | Paid) -> int:
    """Σ of its lines, minor units."""
    return sum(line.amount for line in order.lines)


def add_pair(pairs: dict[Key, list[int]], key: Key, orders: int, money: int) -> None:
    """Add to a pair of orders and minor units, dropping it without orders."""
    pair = pairs.setdefault(key, [0, 0])
    pair[0] += orders
    pair[1] += money
    if not pair[0]:
        del pairs[key]


def earlier(known: Report | None, report: Report) -> Report:
    """The one of the smaller (at, source, id)."""
    if known is None:
        return report
    return min(known, report, key=lambda one: (one.at, one.source, one.id))
