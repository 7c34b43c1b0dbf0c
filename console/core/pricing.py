"""The lowest price a buyer can reach: flash price first, then spend-and-save, then coupons; clamped at 0.

A basket may hold other goods, so an amount off the basket falls on a piece in proportion to its price. The smallest
basket that meets a threshold gives the piece the largest share: `amount × price ÷ max(threshold, price)`.
Percents go before amounts and every division rounds down, so no order of use reaches less.
"""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from console.core.slice import Product


class Terms(Protocol):
    """What of an offer's terms moves a price; see offers.events.Terms."""

    @property
    def kind(self) -> str: ...
    @property
    def product(self) -> str | None: ...
    @property
    def sku(self) -> str | None: ...
    @property
    def price(self) -> int | None: ...
    @property
    def amount(self) -> int | None: ...
    @property
    def pay_percent(self) -> int | None: ...
    @property
    def threshold(self) -> int | None: ...
    @property
    def trigger_quantity(self) -> int | None: ...


class Unit(Struct, frozen=True, kw_only=True):
    """One thing with a price of its own: a product, or one SKU of it. Minor units; `floor` is secret."""

    product: str
    sku: str | None
    title: str
    price: int | None
    floor: int | None


def reachable(price: int | None, offers: Iterable[Terms]) -> int | None:
    """Lowest price in minor units of one piece sold at `price` with all `offers` on; None when no price is known."""
    offers = tuple(offers)
    coupons = [offer for offer in offers if offer.kind == "coupon"]
    starts = [start for start in (price, *map(own_price, offers)) if start is not None]
    if not (starts and coupons):
        return min(starts, default=None)
    after_spend_and_save = _reduced(min(starts), [offer for offer in coupons if offer.threshold])
    return _reduced(after_spend_and_save, [offer for offer in coupons if not offer.threshold])


def own_price(terms: Terms) -> int | None:
    """The price per piece an offer sets by itself: a flash price, or a bundle's divided by its pieces."""
    if terms.price is None or terms.kind not in {"flash_price", "bundle"}:
        return None
    return terms.price // (terms.trigger_quantity or 1) if terms.kind == "bundle" else terms.price


def covers(terms: Terms, product: str, sku: str | None) -> bool:
    """Whether the offer can apply to this SKU; no product means the whole shop, no SKU every one."""
    if terms.product not in {None, product}:
        return False
    return terms.sku is None or sku is None or terms.sku == sku


def units(product: Product, show_prices: dict[str, int]) -> tuple[Unit, ...]:
    """The product's SKUs, or itself when it has none. `show_prices` are the show's own, by SKU id, "" for all."""
    common = _first(show_prices.get(""), product.live_price)
    if not product.skus:
        price = _first(common, product.list_price)
        return (Unit(product=product.id, sku=None, title=product.title, price=price, floor=product.floor_price),)
    return tuple(
        Unit(
            product=product.id,
            sku=sku.id,
            title=product.title,
            price=_first(
                show_prices.get(sku.id),
                show_prices.get(""),
                sku.live_price,
                product.live_price,
                sku.list_price,
                product.list_price,
            ),
            floor=_first(sku.floor_price, product.floor_price),
        )
        for sku in product.skus
    )


def _reduced(price: int, coupons: list[Terms]) -> int:
    left = price
    for coupon in coupons:
        left = left * (coupon.pay_percent or 100) // 100
    taken = sum(_share(coupon.amount, price, coupon.threshold or 0) for coupon in coupons if coupon.amount)
    return max(0, left - taken)


def _share(amount: int, price: int, threshold: int) -> int:
    return -(-amount * price // max(threshold, price, 1))


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
