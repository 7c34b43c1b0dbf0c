"""What happened to the shelf. Prices in minor units, stock in pieces, instants in epoch milliseconds."""

from console.core.messages import Event
from console.core.slice import ProductFact


class ProductPopped(Event, frozen=True):
    """Shown to viewers until `until`; popping it again starts anew. An unlisted product is listed by it."""

    product: ProductFact
    until: int

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product.id}:air", "on_air")


class ProductListed(Event, frozen=True):
    product: ProductFact

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product.id}:listed",)


class ProductUnlisted(Event, frozen=True):
    product: str

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product}:listed",)


class PriceOpened(Event, frozen=True):
    """Viewers see the price and can buy. `fact` as the shop knew the product then."""

    product: str
    fact: ProductFact | None = None

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product}:price",)


class PriceHidden(Event, frozen=True):
    product: str

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product}:price",)


class PriceSet(Event, frozen=True):
    """The live price of one SKU, or without `sku` of the product and of every SKU that got none of its own.

    `before` is what it was.
    """

    product: str
    live_price: int
    sku: str | None = None
    before: int | None = None
    fact: ProductFact | None = None

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product}:price",)


class StockAdded(Event, frozen=True):
    product: str
    qty: int
    sku: str | None = None
    fact: ProductFact | None = None

    def changes(self) -> tuple[str, ...]:
        return (f"product:{self.product}:stock",)


EVENTS: tuple[type[Event], ...] = (
    ProductPopped, ProductListed, ProductUnlisted, PriceOpened, PriceHidden, PriceSet, StockAdded,
)  # fmt: skip
