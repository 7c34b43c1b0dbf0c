"""The contract of a slice: one capability, from its events to its screen parts. Know one, know all."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

from console.core.messages import Command, Decision, Event, Recorded
from console.core.money import MAX_MINOR, Currency

Lane = Literal["state", "comments", "metrics"]
Delivery = Literal["none", "manual"]
Status = Literal["planned", "live", "ended"]


class Sku(Struct, frozen=True, kw_only=True):
    """A size or colour of a product; prices in minor units, absent means the product's own."""

    id: str
    spec: str = ""
    list_price: int | None = None
    live_price: int | None = None
    floor_price: int | None = None
    stock: int | None = None


class Product(Struct, frozen=True, kw_only=True):
    """A product as the shop's table knows it; prices in minor units, stock in pieces. `floor_price` and `cost` are secret."""

    id: str
    title: str
    link_no: int | None = None
    list_price: int | None = None
    live_price: int | None = None
    floor_price: int | None = None
    cost: int | None = None
    stock: int | None = None
    skus: tuple[Sku, ...] = ()
    facts: dict[str, str] = {}
    """What a moderator answers from: size, material, after-sales, FAQ."""


class ProductFact(Struct, frozen=True, kw_only=True):
    """What an event keeps of a product so that no fold needs the shop's table. Never floor or cost."""

    id: str
    title: str
    link_no: int | None = None
    list_price: int | None = None
    live_price: int | None = None
    stock: int | None = None
    skus: tuple[tuple[str, str, int | None, int | None], ...] = ()
    """(id, spec, live_price, stock) of each SKU."""
    details: dict[str, str] = {}
    """What a moderator answers from; at most DETAILS_LIMIT entries."""

    DETAILS_LIMIT: ClassVar[int] = 20


def fact_of(product: Product, *, details: bool = True) -> ProductFact:
    """What an event may keep of `product`."""
    told = list(product.facts.items())[: ProductFact.DETAILS_LIMIT] if details else []
    return ProductFact(
        id=product.id,
        title=product.title,
        link_no=product.link_no,
        list_price=product.list_price,
        live_price=product.live_price,
        stock=product.stock,
        skus=tuple((sku.id, sku.spec, sku.live_price, sku.stock) for sku in product.skus),
        details={name: text[:500] for name, text in told},
    )


class Presets(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of the shop and its platforms; editable per shop, never constants in code. Bounds keep them sane.

    `currency` is what all prices of the shop and all amounts of its shows are in.
    """

    currency: Currency = "CNY"
    flash_min_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    flash_max_s: Annotated[int, Meta(ge=1, le=604_800)] = 1_200
    countdown_max_s: Annotated[int, Meta(ge=1, le=3_600)] = 300
    max_discount_percent: Annotated[int, Meta(ge=0, le=100)] = 90
    draw_prize_max: Annotated[int, Meta(ge=0, le=MAX_MINOR)] = 5_000_000
    pop_s: Annotated[int, Meta(ge=1, le=3_600)] = 8
    message_expires_s: Annotated[int, Meta(ge=1, le=86_400)] = 120
    double_press_ms: Annotated[int, Meta(ge=0, le=60_000)] = 800


class Header(Struct, kw_only=True):
    """The show itself, as every slice may know it. Kept by the lifecycle fold."""

    id: str = ""
    title: str = ""
    status: Status = "planned"
    starts_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    rehearsal: bool = False
    delivery: Delivery = "none"
    currency: Currency = "CNY"
    stream_delay_s: int = 0
    targets: dict[str, int] = field(default_factory=dict)
    leftovers: tuple["Leftover", ...] = ()


class Leftover(Struct, frozen=True):
    """Something left running or open when the show ended: `kind` (offer, price, pin, question …), its id and title."""

    kind: str
    id: str
    title: str


class Context(Struct, frozen=True, kw_only=True):
    """What a decision may know besides the slice's own state. The gate looks it up; `decide` stays pure."""

    now_ms: int
    fresh_id: str
    actor: str
    actor_name: str = ""
    """For people to read; events that show who did something keep it."""
    header: Header
    products: Mapping[str, Product] = {}
    presets: Presets = Presets()
    words: Any = None
    """The compiled word lists, for the ingest door."""
    leftovers: Callable[[], tuple[Leftover, ...]] = tuple
    row: Recorded | None = None
    """The row that `Memory.asks` named."""


class Viewer(Struct, frozen=True):
    """For whom a part is built: nothing personal, so that one rendering serves everyone alike."""

    locale: str = "zh"
    sees_cost: bool = False


class Part(Struct, frozen=True, kw_only=True):
    """One named piece of a screen: `name` is its element id, `parts/<slice>/<rest>.html` its template.

    `view` takes the show and the viewer and no clock, and gives one struct, or for `keyed` a tuple of structs
    with an `id`. It is asked again only when one of the slices it `reads` has moved.
    """

    name: str
    reads: tuple[str, ...]
    view: Callable[[Any, Viewer], Any]
    keyed: bool = False
    lane: Lane = "state"


class Memory(Struct, frozen=True, kw_only=True):
    """Of a slice whose live state lets go of what the journal still tells."""

    whole: Callable[[], Any]
    """A state that lets nothing go, for who tells the show from its beginning."""
    asks: Callable[[Any, Any], int | None]
    """(state, command or event) → `seq` of the one row that tells what it is about; None when the state knows."""
    told: Callable[[Any, Recorded | None], Any]
    """(event that carries too little, that row) → the event with what the fold needs."""


class Slice(Struct, frozen=True, kw_only=True):
    """The wiring of one capability; `app.py` holds the only list of them."""

    name: str
    state: Callable[[], Any]
    evolve: Callable[[Any, Recorded], None]
    """Moves the state in place; deterministic, no I/O. Called only for `folds`."""
    folds: frozenset[type[Event]]
    """Every event type the slice wants to see, its own and other slices'."""
    events: tuple[type[Event], ...]
    """The event types this slice owns."""
    commands: tuple[type[Command], ...]
    decide: Callable[[Any, Any, Context], Decision]
    """(state, command, context) → events or a rejection; never changes the state."""
    snapshot: Callable[[Any, Any], Any] | None = None
    """(show, viewer) → this slice's part of the API snapshot."""
    leftovers: Callable[[Any], tuple[Leftover, ...]] | None = None
    memory: Memory | None = None
