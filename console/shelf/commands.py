"""What may be asked of the shelf, and when it is refused."""

from typing import Annotated, ClassVar

from msgspec import Meta

from console.core.messages import Command, Decision, Rejection, Role, refuse
from console.core.money import MAX_MINOR
from console.core.observations import Id
from console.core.slice import Context, ProductFact, fact_of
from console.shelf import pricing
from console.shelf.events import (
    PriceHidden,
    PriceOpened,
    PriceSet,
    ProductListed,
    ProductPopped,
    ProductUnlisted,
    StockAdded,
)
from console.shelf.fold import State, title

CONTROLLER: frozenset[Role] = frozenset({"controller"})
MAX_ITEMS = 1_000
Price = Annotated[int, Meta(ge=1, le=MAX_MINOR)]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]


class OnProduct(Command, frozen=True):
    """Every command of the shelf names a product; one the shop does not know is taken as it is."""

    roles: ClassVar[frozenset[Role]] = CONTROLLER
    product: Id


class PopProduct(OnProduct, frozen=True):
    """Show it to viewers for `seconds`; popping it again starts anew, popping an unlisted one lists it."""

    seconds: Annotated[int, Meta(ge=1, le=3_600)] | None = None


class ListProduct(OnProduct, frozen=True):
    def touches(self) -> tuple[str, ...]:
        return (f"product:{self.product}:listed",)


class UnlistProduct(OnProduct, frozen=True):
    def touches(self) -> tuple[str, ...]:
        return (f"product:{self.product}:listed",)


class OpenPrice(OnProduct, frozen=True):
    def touches(self) -> tuple[str, ...]:
        return (f"product:{self.product}:price",)


class HidePrice(OnProduct, frozen=True):
    """Never stale: hiding a wrong price must not wait."""


class SetPrice(OnProduct, frozen=True):
    """`live_price` in minor units, of one SKU or of all that have no price of their own."""

    live_price: Price
    sku: Id | None = None

    def touches(self) -> tuple[str, ...]:
        return (f"product:{self.product}:price",)


class AddStock(OnProduct, frozen=True):
    qty: Pieces
    sku: Id | None = None


COMMANDS: tuple[type[Command], ...] = (
    PopProduct, ListProduct, UnlistProduct, OpenPrice, HidePrice, SetPrice, AddStock,
)  # fmt: skip


def decide(state: State, command: OnProduct, context: Context) -> Decision:
    """Events that follow from `command`, or why it is refused."""
    if command.product not in state.items and len(state.items) >= MAX_ITEMS:
        return refuse("The shelf holds at most {limit} products.", limit=MAX_ITEMS)
    match command:
        case PopProduct(seconds=seconds):
            return _pop(state, command.product, seconds, context)
        case ListProduct() | UnlistProduct():
            return _place(state, command, context)
        case OpenPrice() | HidePrice() | SetPrice():
            return _price(state, command, context)
        case AddStock(product=product, sku=sku, qty=qty):
            unknown = _unknown_sku(context, product, sku)
            return unknown or [StockAdded(product=product, sku=sku, qty=qty, fact=_known(state, product, context))]
    raise TypeError(command)


def _known(state: State, product: str, context: Context) -> ProductFact | None:
    in_shop = context.products.get(product)
    return fact_of(in_shop) if in_shop else state.facts.get(product)


def _fact(state: State, product: str, context: Context) -> ProductFact:
    """An unknown product has an empty title."""
    return _known(state, product, context) or ProductFact(id=product, title="")


def _pop(state: State, product: str, seconds: int | None, context: Context) -> Decision:
    if refused := _below_floor(state, product, context):
        return refused
    fact = _fact(state, product, context)
    until = context.now_ms + (context.presets.pop_s if seconds is None else seconds) * 1000
    popped = ProductPopped(product=fact, until=until)
    return [popped] if state.item(product).listed else [ProductListed(product=fact), popped]


def _place(state: State, command: OnProduct, context: Context) -> Decision:
    product = command.product
    listed = state.item(product).listed
    match command:
        case ListProduct() if listed:
            return refuse("{product} is on the shelf already.", product=title(state, product))
        case ListProduct():
            return [ProductListed(product=_fact(state, product, context))]
        case _ if not listed:
            return refuse("{product} is not on the shelf.", product=title(state, product))
    return [ProductUnlisted(product=product)]


def _price(state: State, command: OnProduct, context: Context) -> Decision:
    match command:
        case OpenPrice(product=product):
            return _open(state, product, context)
        case HidePrice(product=product):
            return _hide(state, product)
        case SetPrice():
            return _set(state, command, context)
    raise TypeError(command)


def _open(state: State, product: str, context: Context) -> Decision:
    item = state.item(product)
    if not item.listed:
        return refuse("{product} is not on the shelf; list it or pop it first.", product=title(state, product))
    if item.price_open:
        return refuse("The price of {product} is open already.", product=title(state, product))
    below = _below_floor(state, product, context)
    return below or [PriceOpened(product=product, fact=_known(state, product, context))]


def _hide(state: State, product: str) -> Decision:
    if not state.item(product).price_open:
        return refuse("The price of {product} is hidden already.", product=title(state, product))
    return [PriceHidden(product=product)]


def _set(state: State, command: SetPrice, context: Context) -> Decision:
    if unknown := _unknown_sku(context, command.product, command.sku):
        return unknown
    prices, fact = state.item(command.product).prices, _known(state, command.product, context)
    last = pricing.last_price(fact, prices, command.sku)
    if pricing.wrong_unit(command.live_price, last):
        return refuse(
            "This is ten times the last price or more, or a tenth of it or less; check the unit and the zeros."
        )
    product = context.products.get(command.product)
    new = {**prices, command.sku or "": command.live_price}
    if product and pricing.under_floor(product, new, state.active_terms(), command.sku):
        return _too_low(product.title)
    return [
        PriceSet(
            product=command.product, sku=command.sku, live_price=command.live_price, before=last, fact=fact
        )
    ]  # fmt: skip


def _unknown_sku(context: Context, product: str, sku: str | None) -> Rejection | None:
    known = context.products.get(product)
    if sku is None or known is None or any(one.id == sku for one in known.skus):
        return None
    return refuse("{product} has no SKU {sku}.", product=known.title, sku=sku)


def _below_floor(state: State, product: str, context: Context) -> Rejection | None:
    known = context.products.get(product)
    if known is None or not pricing.under_floor(known, state.item(product).prices, state.active_terms()):
        return None
    return _too_low(known.title)


def _too_low(name: str) -> Rejection:
    return refuse("This price of {product} is below what the shop allows; set a higher one.", product=name)
