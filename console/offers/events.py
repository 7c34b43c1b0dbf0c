"""What happened to an offer. An offer is defined, armed, fired, delivered, and ends exactly once."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from console.core.messages import N_, Event
from console.core.money import MAX_MINOR
from console.core.observations import Id
from console.core.slice import Delivery, ProductFact

Kind = Literal["flash_price", "coupon", "gift", "bundle", "draw"]
EndReason = Literal["stopped", "killed", "expired", "show_ended"]
SOLD_OUT = N_("sold out")
"""The reason the console itself gives in a journal; people write theirs in their own language."""

Price = Annotated[int, Meta(ge=1, le=MAX_MINOR)]
Pieces = Annotated[int, Meta(ge=1, le=1_000_000)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Line = Annotated[str, Meta(max_length=200)]
Paragraph = Annotated[str, Meta(max_length=2_000)]


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an offer gives and to whom. Money in minor units; no `product` means the whole shop.

    `pay_percent` 80 means the buyer pays 80 % (8 折). `threshold` 0 or absent means none. `quantity` caps claims,
    pieces of a flash price, or winners of a draw. `trigger_quantity` is how many pieces a gift, a coupon or a bundle
    asks for; a bundle's `price` is for all of them.
    """

    kind: Kind
    title: Title
    product: Id | None = None
    sku: Id | None = None
    price: Price | None = None
    amount: Price | None = None
    pay_percent: Annotated[int, Meta(ge=1, le=99)] | None = None
    threshold: Annotated[int, Meta(ge=0, le=MAX_MINOR)] | None = None
    quantity: Pieces | None = None
    per_person: Pieces | None = None
    duration_s: Annotated[int, Meta(ge=1, le=604_800)] | None = None
    audience: Line | None = None
    trigger_quantity: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    gift: Line | None = None
    prize: Line | None = None
    prize_value: Price | None = None
    entry: Line | None = None
    rules: Paragraph | None = None
    note: Paragraph | None = None


class Offer(Terms, frozen=True):
    """Terms with the id they are known by."""

    id: str


class Because(Struct, frozen=True):
    """A sentence for a person: `why` is an English gettext id with places for `params`."""

    why: str
    params: dict[str, str | int] = {}


class _OfferEvent(Event, frozen=True):
    offer: str

    def changes(self) -> tuple[str, ...]:
        return (f"offer:{self.offer}",)


class OfferDefined(Event, frozen=True):
    """`fact` is the product as the shop's table had it then; `warnings` did not stop the definition."""

    creates: ClassVar[str | None] = "offer"
    offer: Offer
    fact: ProductFact | None = None
    warnings: tuple[Because, ...] = ()

    def changes(self) -> tuple[str, ...]:
        return (f"offer:{self.offer.id}",)


class OfferEdited(Event, frozen=True):
    """The offer after the edit, whole, with the value before; an armed one has to be armed again."""

    offer: Offer
    field: str
    before: int | str | None
    fact: ProductFact | None = None
    warnings: tuple[Because, ...] = ()

    def changes(self) -> tuple[str, ...]:
        return (f"offer:{self.offer.id}",)


class OfferArmed(_OfferEvent, frozen=True):
    """`lowest` is the lowest price of its product that buyers can reach with all armed and running offers."""

    lowest: int | None = None


class OfferDisarmed(_OfferEvent, frozen=True):
    pass


class FireScheduled(_OfferEvent, frozen=True):
    fires_at: int


class FireCancelled(_OfferEvent, frozen=True):
    pass


class OfferFired(_OfferEvent, frozen=True):
    """With delivery `none` it is live until `ends_at` (None: until stopped); with `manual` a person must confirm."""

    delivery: Delivery
    ends_at: int | None = None
    lowest: int | None = None


class OfferParked(_OfferEvent, frozen=True):
    """Its start came and nobody may start it unseen: armed again, waiting for a person."""

    because: Because


class DeliveryConfirmed(_OfferEvent, frozen=True):
    ok: bool
    ends_at: int | None = None
    note: str = ""


class OfferExtended(_OfferEvent, frozen=True):
    seconds: int
    ends_at: int


class OfferStopped(_OfferEvent, frozen=True):
    reason: str


class OfferExpired(_OfferEvent, frozen=True):
    pass


class OffersKilled(Event, frozen=True):
    """The emergency stop: `offers` were running and ended, `disarmed` have to be armed again."""

    reason: str
    offers: tuple[str, ...]
    disarmed: tuple[str, ...] = ()

    def changes(self) -> tuple[str, ...]:
        return tuple(f"offer:{offer}" for offer in (*self.offers, *self.disarmed))


EVENTS: tuple[type[Event], ...] = (
    OfferDefined,
    OfferEdited,
    OfferArmed,
    OfferDisarmed,
    FireScheduled,
    FireCancelled,
    OfferFired,
    OfferParked,
    DeliveryConfirmed,
    OfferExtended,
    OfferStopped,
    OfferExpired,
    OffersKilled,
)
