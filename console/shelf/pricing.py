"""What a product costs in this show, and the guards of a price: the floor, and a factor of ten that smells of a wrong unit.

No sentence made here names a floor price: the people who read refusals may not see it.
"""

from collections.abc import Iterator, Mapping, Sequence

from console.core.pricing import Terms, covers, reachable
from console.core.slice import Product, ProductFact, fact_of

Prices = Mapping[str, int]
"""The show's own prices by SKU id; "" for the product and every SKU without one."""


def live_price(fact: ProductFact | None, prices: Prices, sku: str | None = None) -> int | None:
    """The live price of a SKU or of the product, minor units; None when nobody set one."""
    shops = _of_sku(fact, sku) if fact else None
    return _first(prices.get(sku or ""), prices.get(""), shops, fact.live_price if fact else None)


def shown_price(fact: ProductFact | None, prices: Prices) -> int | None:
    """One price to show for the product: its own live price, or the lowest of its SKUs."""
    own = live_price(fact, prices)
    if own is not None or fact is None:
        return own
    found = (live_price(fact, prices, sku) for sku, *_ in fact.skus)
    return min((price for price in found if price is not None), default=None)


def last_price(fact: ProductFact | None, prices: Prices, sku: str | None = None) -> int | None:
    """What a new price is compared with: the live price, else the list price."""
    found = live_price(fact, prices, sku) if sku else shown_price(fact, prices)
    return _first(found, fact.list_price if fact else None)


def under_floor(product: Product, prices: Prices, offers: Sequence[Terms], sku: str | None = None) -> bool:
    """Whether any SKU of the product, or just `sku`, could sell below its floor with all `offers` used together."""
    return any(
        floor is not None and (price := _reached(product, prices, offers, unit)) is not None and price < floor
        for unit, floor in _floors(product)
        if sku is None or sku == unit
    )


def _reached(product: Product, prices: Prices, offers: Sequence[Terms], unit: str | None) -> int | None:
    price = last_price(fact_of(product), prices, unit)
    return reachable(price, [terms for terms in offers if covers(terms, product.id, unit)])


def wrong_unit(new: int, last: int | None) -> bool:
    """Ten times the last price or more, or a tenth of it or less."""
    return last is not None and (new * 10 <= last or new >= last * 10)


def _floors(product: Product) -> Iterator[tuple[str | None, int | None]]:
    for sku in product.skus:
        yield sku.id, _first(sku.floor_price, product.floor_price)
    if not product.skus:
        yield None, product.floor_price


def _of_sku(fact: ProductFact, sku: str | None) -> int | None:
    return next((price for known, _, price, _ in fact.skus if known == sku), None)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
