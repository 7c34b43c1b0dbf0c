"""The shelf as it stands: what is listed, on air and open, at which price, and what orders took from it."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from console.core.lifecycle import ShowEnded
from console.core.messages import Event, Recorded
from console.core.observations import Cancel, ObservationsRecorded, Order, Paid, Refund
from console.core.pricing import Terms
from console.core.slice import Leftover, ProductFact
from console.offers.events import EVENTS as OFFER_EVENTS
from console.scripts.events import RowAdded, RowEdited, RowRemoved, RowsImported
from console.shelf import deals
from console.shelf.deals import Deal
from console.shelf.events import (
    EVENTS,
    PriceHidden,
    PriceOpened,
    PriceSet,
    ProductListed,
    ProductPopped,
    ProductUnlisted,
    StockAdded,
)
from console.shelf.pricing import shown_price
from console.shelf.stock import StockBook, pieces

FOLDS: frozenset[type[Event]] = frozenset(
    {*EVENTS, *OFFER_EVENTS, RowAdded, RowsImported, RowEdited, RowRemoved, ObservationsRecorded, ShowEnded}
)
ORDERS = frozenset({Order, Paid, Cancel, Refund})
SHOWN_STRANGERS = 50
"""Products that only orders know; further ones are counted, not listed."""


class Item(Struct, kw_only=True):
    """A product that somebody put, priced or stocked on the shelf. `prices` and `added` by SKU, "" for all of them.

    `opening` is the product as the shop knew it when it was first listed: its stock is what the show began with, and
    grows only by what the desk adds.
    """

    listed: bool = False
    price_open: bool = False
    prices: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    opening: ProductFact | None = None


class OnAir(Struct, frozen=True, kw_only=True):
    """The product being shown; the card is up until `until`, the product stays on air after that."""

    product: str
    since: int
    until: int


class Stock(Struct, frozen=True, kw_only=True):
    """Pieces. `available` None: nobody said how many there are; below 0: more were sold than there are."""

    available: int | None
    held: int
    reserved: int


class State(Struct, kw_only=True):
    """`planned`: the products of each row. `strangers`: products that only orders know, in the order they came."""

    items: dict[str, Item] = field(default_factory=dict)
    facts: dict[str, ProductFact] = field(default_factory=dict)
    planned: dict[str, tuple[str, ...]] = field(default_factory=dict)
    strangers: dict[str, None] = field(default_factory=dict)
    on_air: OnAir | None = None
    book: StockBook = field(default_factory=StockBook)
    deals: dict[str, Deal] = field(default_factory=dict)

    def products(self) -> tuple[str, ...]:
        """Everything on the shelf, planned for it, or sold without it; each once."""
        planned = {product: None for products in self.planned.values() for product in products}
        return tuple(dict(self.items) | planned | self.strangers)

    def item(self, product: str) -> Item:
        """The item, or an empty one for a product that is only planned or sold."""
        return self.items.get(product) or Item()

    def stock(self, product: str, sku: str = "") -> Stock:
        """The three numbers of a product, or of one SKU of it."""
        return Stock(
            available=self._available(product, sku),
            held=pieces(self.book.held, product, sku),
            reserved=sum(deal.terms.quantity or 0 for deal in self._on(product, sku)),
        )

    def net_price(self, product: str) -> int | None:
        """The live price, or a running flash price if that is lower."""
        own = shown_price(self.facts.get(product), self.item(product).prices)
        running = [deal.terms.price for deal in self._on(product, "") if deal.state == "live"]
        return min((price for price in (own, *running) if price is not None), default=None)

    def _available(self, product: str, sku: str) -> int | None:
        item = self.item(product)
        opening = _opening_stock(item.opening or self.facts.get(product), sku)
        added = item.added.get(sku) if sku else (sum(item.added.values()) if item.added else None)
        if opening is None and added is None:
            return None
        return (opening or 0) + (added or 0) - pieces(self.book.sold, product, sku)

    def active_terms(self) -> tuple[Terms, ...]:
        """Terms of every armed, requested and live offer."""
        return tuple(deal.terms for deal in self.deals.values() if deal.state != "idle")

    def _on(self, product: str, sku: str) -> Iterator[Deal]:
        """Armed, asked for and live flash prices of the product."""
        return (
            deal
            for deal in self.deals.values()
            if deal.state != "idle"
            and deal.terms.product == product
            and deal.terms.kind == "flash_price"
            and (not sku or deal.terms.sku in {None, sku})
        )


def _opening_stock(fact: ProductFact | None, sku: str) -> int | None:
    if fact is None:
        return None
    of_skus = {known: stock for known, _, _, stock in fact.skus}
    if sku:
        return of_skus.get(sku)
    if fact.stock is not None:
        return fact.stock
    known = [stock for stock in of_skus.values() if stock is not None]
    return sum(known) if known else None


def evolve(state: State, recorded: Recorded) -> None:
    """Fold one event."""
    match recorded.event:
        case ObservationsRecorded(items=items):
            for item in items:
                if type(item) in ORDERS:
                    _observe(state, item)
        case RowAdded() | RowsImported() | RowEdited() | RowRemoved():
            _plan(state, recorded.event)
        case ShowEnded():
            state.on_air = None
            deals.end(state.deals, tuple(state.deals))
        case ProductPopped(product=fact, until=until):
            _list(state, fact)
            _show(state, fact.id, recorded.at_ms, until)
        case ProductListed(product=fact):
            _list(state, fact)
        case ProductUnlisted(product=product):
            _unlist(state, product)
        case PriceOpened() | PriceHidden() | PriceSet() | StockAdded():
            _change(state, recorded.event)
        case event:
            deals.follow(state.deals, event)


def leftovers(state: State) -> tuple[Leftover, ...]:
    """Prices still open, and what is on air."""
    opened = [
        Leftover("price", product, title(state, product)) for product, item in state.items.items() if item.price_open
    ]
    on_air = state.on_air
    return (*opened, *([Leftover("on_air", on_air.product, title(state, on_air.product))] if on_air else []))


def title(state: State, product: str) -> str:
    """The product's title, or its id when nobody knows one."""
    fact = state.facts.get(product)
    return fact.title or product if fact else product


def _know(state: State, fact: ProductFact | None) -> None:
    """Rows bring facts without details; those that are known stay."""
    if fact is None:
        return
    known = state.facts.get(fact.id)
    details = fact.details or (known.details if known else {})
    state.facts[fact.id] = msgspec.structs.replace(fact, details=details)


def _item(state: State, product: str) -> Item:
    state.strangers.pop(product, None)
    return state.items.setdefault(product, Item())


def _list(state: State, fact: ProductFact) -> None:
    _know(state, fact)
    item = _item(state, fact.id)
    item.listed = True
    if _opening_stock(item.opening, "") is None:
        item.opening = fact


def _show(state: State, product: str, at_ms: int, until: int) -> None:
    known = state.on_air
    since = known.since if known and known.product == product else at_ms
    state.on_air = OnAir(product=product, since=since, until=until)


def _unlist(state: State, product: str) -> None:
    item = _item(state, product)
    item.listed = item.price_open = False
    if state.on_air and state.on_air.product == product:
        state.on_air = None


def _change(state: State, event: PriceOpened | PriceHidden | PriceSet | StockAdded) -> None:
    item = _item(state, event.product)
    match event:
        case PriceOpened(fact=fact):
            _know(state, fact)
            item.price_open = True
        case PriceHidden():
            item.price_open = False
        case PriceSet(sku=sku, live_price=price, fact=fact):
            _know(state, fact)
            item.prices[sku or ""] = price
        case StockAdded(sku=sku, qty=qty, fact=fact):
            _know(state, fact)
            item.added[sku or ""] = item.added.get(sku or "", 0) + qty


def _plan(state: State, event: RowAdded | RowsImported | RowEdited | RowRemoved) -> None:
    match event:
        case RowAdded(row=row):
            _plan_row(state, row.id, row.products, row.facts)
        case RowsImported(rows=rows, replace=replace):
            state.planned = {} if replace else state.planned
            for row in rows:
                _plan_row(state, row.id, row.products, row.facts)
        case RowEdited(row=row_id, field="products", value=products, facts=facts):
            _plan_row(state, row_id, tuple(products), facts or ())
        case RowRemoved(row=row_id):
            state.planned.pop(row_id, None)


def _plan_row(state: State, row_id: str, products: tuple[str, ...], facts: tuple[ProductFact, ...]) -> None:
    state.planned[row_id] = products
    for product in products:
        state.strangers.pop(product, None)
    for fact in facts:
        _know(state, fact)


def _observe(state: State, item: Any) -> None:
    state.book.take(item)
    if isinstance(item, Order | Paid):
        for line in item.lines:
            _meet(state, line.product)


def _meet(state: State, product: str) -> None:
    if product in state.items or product in state.strangers or len(state.strangers) >= SHOWN_STRANGERS:
        return
    if not _is_planned(state, product):
        state.strangers[product] = None


def _is_planned(state: State, product: str) -> bool:
    return any(product in products for products in state.planned.values())
