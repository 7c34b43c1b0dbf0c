"""What a room reports: comments, audience, clicks, orders, dashboard samples. Decoded strictly, folded by slices."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, json
from msgspec.structs import replace

from console.core.messages import Command, Event
from console.core.money import MAX_MINOR

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=4_000)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Money = Annotated[int, Meta(ge=-MAX_MINOR, le=MAX_MINOR)]
Quantity = Annotated[int, Meta(ge=0, le=1_000_000)]


class Observation(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag=str.lower, gc=False
):
    """`(source, id)` is unique in a show; `at` is epoch milliseconds as the source says, late or out of order.

    `simulated` is set by the ingest door for a rehearsal audience, never taken from the wire.
    """

    source: Id
    id: Id
    at: int
    channel: Name | None = None
    simulated: bool = False


class Hold(Struct, frozen=True, gc=False):
    """Why a comment waits for a person: the rule, its category and the span of the text that hit."""

    rule: str
    category: str
    start: int
    end: int


class Comment(Observation, frozen=True):
    """A viewer's line. `hold` and `question` are verdicts of the word lists when it came in, set by the ingest door."""

    user: Id
    text: Text
    name: Name | None = None
    hold: Hold | None = None
    question: bool = False


class Audience(Observation, frozen=True):
    online: Count


class Impression(Observation, frozen=True):
    user: Id


class Enter(Observation, frozen=True):
    user: Id
    follower: bool | None = None


class Leave(Observation, frozen=True):
    user: Id
    watched_s: Count | None = None


class Like(Observation, frozen=True):
    user: Id


class Share(Observation, frozen=True):
    user: Id


class Follow(Observation, frozen=True):
    user: Id


class ProductStep(Observation, frozen=True):
    user: Id
    product: Id
    sku: Name | None = None


class ProductView(ProductStep, frozen=True, tag="product_view"):
    pass


class ProductClick(ProductStep, frozen=True, tag="product_click"):
    pass


class Cart(ProductStep, frozen=True, tag="cart"):
    pass


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """`amount` is the line's total in minor units."""

    product: Id
    qty: Quantity
    amount: Money
    sku: Name | None = None


Lines = Annotated[tuple[Line, ...], Meta(max_length=1_000)]


class Order(Observation, frozen=True):
    order: Id
    user: Id
    lines: Lines


class Paid(Observation, frozen=True):
    order: Id
    user: Id
    lines: Lines


class Cancel(Observation, frozen=True):
    order: Id


class Refund(Observation, frozen=True):
    order: Id
    amount: Money
    reason: Name | None = None
    lines: Lines = ()


class Claim(Observation, frozen=True):
    offer: Id
    user: Id


class Redeem(Observation, frozen=True):
    offer: Id
    user: Id


class AdSpend(Observation, frozen=True, tag="ad_spend"):
    amount: Money


class Sample(Observation, frozen=True):
    """Cumulative figures of a platform's dashboard at `at`; `manual` when a person typed them."""

    counters: Annotated[dict[Name, Money], Meta(max_length=64)]
    manual: bool = False


AnyObservation = (
    Comment
    | Audience
    | Impression
    | Enter
    | Leave
    | Like
    | Share
    | Follow
    | ProductView
    | ProductClick
    | Cart
    | Order
    | Paid
    | Cancel
    | Refund
    | Claim
    | Redeem
    | AdSpend
    | Sample
)


class ObservationsRecorded(Event, frozen=True):
    """One bounded batch of what the room reported, in arrival order. A row of the journal, never one row each."""

    items: tuple[AnyObservation, ...]

    BATCH_LIMIT: ClassVar[int] = 500


class Batch(Command, frozen=True):
    """A command that brings observations. The gate drops those it has already before `decide` sees them."""

    remembered: ClassVar[bool] = False
    items: tuple[AnyObservation, ...]


def by_kind(items: Iterable[AnyObservation]) -> Mapping[type[AnyObservation], list[Any]]:
    """The items of each kind, in their order."""
    kinds: defaultdict[type[AnyObservation], list[Any]] = defaultdict(list)
    for item in items:
        kinds[type(item)].append(item)
    return kinds


def digest(observation: AnyObservation) -> bytes:
    """16 bytes over what the source sent: equal for equal content, whatever our word lists say of it."""
    return blake2b(_ENCODER.encode(_as_sent(observation)), digest_size=16).digest()


def _as_sent(observation: AnyObservation) -> AnyObservation:
    """Without our own verdicts and marks, of which what comes straight from the door has none."""
    sent = replace(observation, simulated=False) if observation.simulated else observation
    if type(sent) is Comment and (sent.hold or sent.question):
        return replace(sent, hold=None, question=False)
    return sent


_ENCODER = json.Encoder(order="deterministic")
