"""Views, clicks and sales by product, one line each."""

from typing import Any

from msgspec import Struct

from console.core.money import Ratio, ratio
from console.core.slice import Viewer
from console.metrics.fold import State

MAX_PRODUCTS = 300


class ProductLine(Struct, frozen=True, kw_only=True):
    """`id` is safe in the page, `product` the id as the shop writes it."""

    id: str
    product: str
    link_no: int | None
    title: str
    views: int
    clicks: int
    carts: int
    orders: int
    units: int
    gmv: int
    click_rate: Ratio
    """Distinct people who clicked among those who saw it."""


def products(show: Any, _viewer: Viewer) -> tuple[ProductLine, ...]:
    """One line per product seen, planned or sold, by link number."""
    state: State = show.states["metrics"]
    known = state.facts.keys() | state.crowd.products.keys() | state.orders.products.keys()
    lines = [product(state, product_id) for product_id in known]
    ranked = sorted(lines, key=lambda line: (line.link_no is None, line.link_no or 0, -line.gmv, line.product))
    return tuple(ranked[:MAX_PRODUCTS])


def product(state: State, product_id: str) -> ProductLine:
    """A product's line; a product the shop does not know is listed by its id."""
    fact = state.facts.get(product_id)
    steps_taken = state.crowd.products.get(product_id)
    sales = state.orders.products.get(product_id)
    return ProductLine(
        id=dom_id(product_id),
        product=product_id,
        link_no=fact.link_no if fact else None,
        title=fact.title if fact else product_id,
        views=steps_taken.views if steps_taken else 0,
        clicks=steps_taken.clicks if steps_taken else 0,
        carts=steps_taken.carts if steps_taken else 0,
        orders=sales.orders if sales else 0,
        units=sales.units if sales else 0,
        gmv=sales.gmv if sales else 0,
        click_rate=ratio(len(steps_taken.clickers), len(steps_taken.viewers))
        if steps_taken
        else Ratio(None, None, None),
    )


def dom_id(text: str) -> str:
    """Free text as an element id of [A-Za-z0-9_-], different for different texts."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else f"_{ord(c):x}_" for c in text)
