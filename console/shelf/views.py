"""What screens and programs show of the shelf. Prices in minor units, instants in epoch milliseconds, no clock."""

import re
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from console.core.slice import ProductFact, Viewer
from console.core.time import to_rfc3339
from console.shelf.fold import OnAir, State, Stock
from console.shelf.pricing import live_price, shown_price

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}")


class SkuView(Struct, frozen=True, kw_only=True):
    sku: str
    spec: str
    live_price: int | None
    stock: Stock


class ItemView(Struct, frozen=True, kw_only=True):
    """A product on or beside the shelf. `id` names its element, `title` is None for a product the shop does not know.

    `net_price` is what a buyer pays now: the live price, or a running flash price. `sold_only`: orders name it, no row
    or press does.
    """

    id: str
    product: str
    link_no: int | None
    title: str | None
    unknown: bool
    sold_only: bool
    listed: bool
    on_air: bool
    price_open: bool
    list_price: int | None
    live_price: int | None
    net_price: int | None
    stock: Stock
    skus: tuple[SkuView, ...]


class OnAirView(Struct, frozen=True, kw_only=True):
    """`item` None while nothing is on air. The card is up until `until`."""

    item: ItemView | None = None
    since: int | None = None
    until: int | None = None


class Offered(Struct, frozen=True, kw_only=True):
    """The product on air as host and viewers may see it. `price` is the net price, `left` never below 0."""

    product: str | None = None
    link_no: int | None = None
    title: str | None = None
    price: int | None = None
    list_price: int | None = None
    price_open: bool = False
    left: int | None = None
    until: int | None = None
    currency: str = ""


class FactCard(Struct, frozen=True, kw_only=True):
    """What a moderator answers from; `product` None while nothing is on air."""

    product: str | None = None
    link_no: int | None = None
    title: str | None = None
    price: int | None = None
    price_open: bool = False
    left: int | None = None
    skus: tuple[SkuView, ...] = ()
    details: tuple[tuple[str, str], ...] = ()


def element_id(product: str) -> str:
    """A product id as part of an element id; free text becomes a digest."""
    if _PLAIN.fullmatch(product):
        return product
    return "x-" + blake2b(product.encode(), digest_size=12).hexdigest()


def item_view(state: State, product: str) -> ItemView:
    """One product with everything the desk sees."""
    item, fact = state.item(product), state.facts.get(product)
    return ItemView(
        id=element_id(product), product=product, link_no=fact.link_no if fact else None,
        title=(fact.title or None) if fact else None, unknown=fact is None or not fact.title,
        sold_only=product in state.strangers, listed=item.listed,
        on_air=state.on_air is not None and state.on_air.product == product, price_open=item.price_open,
        list_price=fact.list_price if fact else None, live_price=shown_price(fact, item.prices),
        net_price=state.net_price(product), stock=state.stock(product), skus=_skus(state, product, fact),
    )  # fmt: skip


def _skus(state: State, product: str, fact: ProductFact | None) -> tuple[SkuView, ...]:
    prices = state.item(product).prices
    return tuple(
        SkuView(sku=sku, spec=spec, live_price=live_price(fact, prices, sku), stock=state.stock(product, sku))
        for sku, spec, *_ in (fact.skus if fact else ())
    )


def items(show: Any, _viewer: Viewer) -> tuple[ItemView, ...]:
    """`shelf-list`: by link number, then by id; what only orders know comes last."""
    state: State = show.states["shelf"]
    found = [item_view(state, product) for product in state.products()]
    return tuple(sorted(found, key=_place))


def _place(item: ItemView) -> tuple[bool, bool, int, str]:
    unplaced = item.link_no is None
    return (item.sold_only, unplaced, item.link_no or 0, item.product if unplaced else "")


def on_air(show: Any, _viewer: Viewer) -> OnAirView:
    """`shelf-on-air`."""
    state: State = show.states["shelf"]
    if state.on_air is None:
        return OnAirView()
    item = item_view(state, state.on_air.product)
    return OnAirView(item=item, since=state.on_air.since, until=state.on_air.until)


def offered(show: Any, _viewer: Viewer) -> Offered:
    """`shelf-host`: the host knows the price before it is open."""
    state: State = show.states["shelf"]
    air = state.on_air
    if air is None:
        return Offered()
    item = item_view(state, air.product)
    return Offered(
        product=item.id, link_no=item.link_no, title=item.title or item.product, price=item.net_price,
        list_price=item.list_price, price_open=item.price_open, left=_left(item.stock), until=air.until,
        currency=show.header.currency,
    )  # fmt: skip


def overlay(show: Any, viewer: Viewer) -> Offered:
    """`shelf-overlay`: viewers see the price only while it is open."""
    shown = offered(show, viewer)
    return shown if shown.price_open else msgspec.structs.replace(shown, price=None, list_price=None)


def _left(stock: Stock) -> int | None:
    return None if stock.available is None else max(0, stock.available)


def fact_card(show: Any, _viewer: Viewer) -> FactCard:
    """`shelf-fact`: of the product on air."""
    state: State = show.states["shelf"]
    air: OnAir | None = state.on_air
    if air is None:
        return FactCard()
    item, fact = item_view(state, air.product), state.facts.get(air.product)
    return FactCard(
        product=item.product, link_no=item.link_no, title=item.title, price=item.net_price, price_open=item.price_open,
        left=_left(item.stock), skus=item.skus, details=tuple(fact.details.items()) if fact else (),
    )  # fmt: skip


def snapshot(show: Any, viewer: Viewer) -> dict[str, Any]:
    """The snapshot's `shelf`."""
    state: State = show.states["shelf"]
    air = state.on_air
    return {
        "items": [msgspec.to_builtins(item) for item in items(show, viewer)],
        "on_air": None
        if air is None
        else {"product": air.product, "since": to_rfc3339(air.since), "until": to_rfc3339(air.until)},
    }
