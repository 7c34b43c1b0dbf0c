"""Pieces sold and held, the same numbers in whatever order orders are reported.

An order holds its pieces from its creation until it is paid or cancelled. A paid order has sold them, whatever else is
said about it; only a refund that names lines gives pieces back, never more than were paid for. Of several reports of
one order the earliest counts, of refunds reported by several sources the one that gives most back.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct, field

from console.core.observations import Cancel, Line, Order, Paid, Refund

Report = TypeVar("Report", Order, Paid)
Pieces = dict[str, dict[str, int]]
"""Product → SKU → pieces; "" is the product with all its SKUs."""


class OrderFact(Struct, gc=False):
    """What was reported of one order; `returned` by source."""

    created: Order | None = None
    paid: Paid | None = None
    cancelled: bool = False
    returned: dict[str, Pieces] = field(default_factory=dict)


class StockBook(Struct):
    """Totals kept true on every report: an order's old contribution is taken out, its new one put in."""

    orders: dict[str, OrderFact] = field(default_factory=dict)
    sold: Pieces = field(default_factory=dict)
    held: Pieces = field(default_factory=dict)

    def take(self, report: Order | Paid | Cancel | Refund) -> None:
        """Fold one report."""
        fact = self.orders.setdefault(report.order, OrderFact())
        self._count(fact, -1)
        match report:
            case Order():
                fact.created = _earlier(fact.created, report)
            case Paid():
                fact.paid = _earlier(fact.paid, report)
            case Cancel():
                fact.cancelled = True
            case Refund(lines=lines):
                _add(fact.returned.setdefault(report.source, {}), lines)
        self._count(fact, +1)

    def _count(self, fact: OrderFact, sign: int) -> None:
        if fact.paid:
            _merge(self.sold, _kept(fact.paid.lines, fact.returned), sign)
        elif fact.created and not fact.cancelled:
            _merge(self.held, _tally(fact.created.lines), sign)


def pieces(tally: Pieces, product: str, sku: str = "") -> int:
    """How many of a product, or of one SKU of it."""
    return tally.get(product, {}).get(sku, 0)


def _tally(lines: Iterable[Line]) -> Pieces:
    tally: Pieces = {}
    _add(tally, lines)
    return tally


def _add(tally: Pieces, lines: Iterable[Line]) -> None:
    for line in lines:
        of_product = tally.setdefault(line.product, {})
        for key in {"", line.sku or ""}:
            of_product[key] = of_product.get(key, 0) + line.qty


def _kept(lines: Iterable[Line], returned: dict[str, Pieces]) -> Pieces:
    """What was paid for and not given back."""
    tally = _tally(lines)
    for product, sku, paid in _entries(tally):
        back = max((pieces(of_source, product, sku) for of_source in returned.values()), default=0)
        tally[product][sku] = paid - min(paid, back)
    return tally


def _merge(into: Pieces, tally: Pieces, sign: int) -> None:
    for product, sku, count in _entries(tally):
        of_product = into.setdefault(product, {})
        of_product[sku] = of_product.get(sku, 0) + sign * count


def _entries(tally: Pieces) -> Iterator[tuple[str, str, int]]:
    return ((product, sku, count) for product, skus in list(tally.items()) for sku, count in list(skus.items()))


def _earlier(known: Report | None, report: Report) -> Report:
    if known is None:
        return report
    return min(known, report, key=lambda one: (one.at, one.source, one.id))
