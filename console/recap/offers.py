"""What became of each offer: its history, what it sold, and what its discount cost."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from console.core.lifecycle import ShowEnded
from console.core.messages import Event, Recorded
from console.core.observations import Line, Paid
from console.core.slice import ProductFact
from console.metrics.orders import OrderBook
from console.offers.events import (
    EVENTS,
    DeliveryConfirmed,
    FireCancelled,
    FireScheduled,
    Offer,
    OfferArmed,
    OfferExpired,
    OfferExtended,
    OfferFired,
    OfferParked,
    OffersKilled,
    OfferStopped,
)
from console.offers.fold import Entry, State

SECOND_MS = 1000


class Step(Struct, frozen=True):
    """One thing that happened to it; `why` where somebody gave a reason."""

    at: int
    what: str
    by: str
    why: str = ""
    name: str = ""
    """What people call `by`."""


class OfferReport(Struct, frozen=True, kw_only=True):
    """`discount_cost` is what buyers paid less because of it, minor units, None when that is not known.

    A flash price costs the distance to the price before it on every piece sold while it was live, an amount off costs
    it on every redemption. `discount_cost_max` is the cost if every claim is used. `orders_while_live` and
    `gmv_while_live` are payments of its product, or of anything for the whole shop, in its live time: what happened
    beside it, not what it caused. `planned_start_at` is the end of its countdown and `planned_end_at` where its time
    would have been up, extensions included; `live_at` and `ended_at` are what became of them.
    """

    id: str
    kind: str
    title: str
    product: str | None
    sku: str | None
    price: int | None
    usual_price: int | None
    amount: int | None
    pay_percent: int | None
    threshold: int | None
    quantity: int | None
    per_person: int | None
    duration_s: int | None
    audience: str | None
    trigger_quantity: int | None
    gift: str | None
    prize: str | None
    prize_value: int | None
    state: str
    planned_start_at: int | None
    fired_at: int | None
    live_at: int | None
    planned_end_at: int | None
    ended_at: int | None
    end_reason: str | None
    remark: str
    live_s: int
    claimed: int
    redeemed: int
    sold: int
    left: int | None
    over_claimed: int
    outside: int
    orders_while_live: int
    gmv_while_live: int
    discount_cost: int | None
    discount_cost_max: int | None
    history: tuple[Step, ...]


class Chronicle:
    """History and live windows of every offer, folded from the journal."""

    def __init__(self, name: Callable[[str], str] = str) -> None:
        self.steps: dict[str, list[Step]] = {}
        self.windows: dict[str, list[tuple[int, int | None]]] = {}
        self.starts: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        """When the newest start was, and the newest end is, planned for."""
        self._name = name

    def take(self, recorded: Recorded) -> None:
        """Fold one row; rows that are not about offers pass by."""
        event, at = recorded.event, recorded.at_ms
        if not isinstance(event, (*EVENTS, ShowEnded)):
            return
        for offer in self._about(event):
            if isinstance(event, EVENTS):
                step = Step(at, recorded.type, recorded.actor, _why(event), self._name(recorded.actor))
                self.steps.setdefault(offer, []).append(step)
            self._plan(offer, event)
            match event:
                case OfferFired(delivery="none") | DeliveryConfirmed(ok=True):
                    self.windows.setdefault(offer, []).append((at, None))
                case OfferStopped() | OfferExpired() | OffersKilled() | ShowEnded():
                    self._close(offer, at)

    def _plan(self, offer: str, event: Event) -> None:
        match event:
            case FireScheduled(fires_at=at):
                self.starts[offer] = at
            case OfferFired(ends_at=int(at)) | DeliveryConfirmed(ends_at=int(at)) | OfferExtended(ends_at=at):
                self.ends[offer] = at
            case OfferArmed() | FireCancelled():
                self.starts.pop(offer, None)

    def _about(self, event: Event) -> tuple[str, ...]:
        match event:
            case OffersKilled(offers=running, disarmed=disarmed):
                return (*running, *disarmed)
            case ShowEnded():
                return tuple(self.windows)
        subject: Offer | str | None = getattr(event, "offer", None)
        return (subject.id if isinstance(subject, Offer) else str(subject),)

    def _close(self, offer: str, at: int) -> None:
        windows = self.windows.get(offer, [])
        if windows and windows[-1][1] is None:
            windows[-1] = (windows[-1][0], at)


def _why(event: Event) -> str:
    if isinstance(event, OfferParked):
        return event.because.why.format(**event.because.params)
    return str(getattr(event, "reason", "") or getattr(event, "note", "") or "")


def reports(state: State, chronicle: Chronicle, book: OrderBook, now_ms: int) -> tuple[OfferReport, ...]:
    """Every offer in order of definition."""
    payments = Payments(book)
    return tuple(_report(entry, state, chronicle, payments, now_ms) for entry in state.entries.values())


class Beside(NamedTuple):
    """What was paid of an offer's product while it was live."""

    orders: int
    units: int
    gmv: int


def _report(entry: Entry, state: State, chronicle: Chronicle, payments: "Payments", now_ms: int) -> OfferReport:
    offer = entry.offer
    windows = chronicle.windows.get(offer.id, [])
    beside = _beside(offer, windows, payments.of(offer.product))
    sold = beside.units if offer.kind == "flash_price" else 0
    usual = usual_price(state, offer)
    copied: dict[str, Any] = {name: getattr(offer, name) for name in TERMS} | {n: getattr(entry, n) for n in STANDING}
    return OfferReport(
        **copied,
        planned_start_at=chronicle.starts.get(offer.id),
        planned_end_at=chronicle.ends.get(offer.id),
        usual_price=usual,
        live_s=sum((now_ms if end is None else end) - start for start, end in windows) // SECOND_MS,
        sold=sold,
        left=None if offer.quantity is None else max(0, offer.quantity - max(entry.claimed, sold)),
        orders_while_live=beside.orders,
        gmv_while_live=beside.gmv,
        discount_cost=_cost(offer, usual, sold, entry.redeemed),
        discount_cost_max=_cost(offer, usual, sold, entry.claimed),
        history=tuple(chronicle.steps.get(offer.id, ())),
    )


TERMS = (
    "id",
    "kind",
    "title",
    "product",
    "sku",
    "price",
    "amount",
    "pay_percent",
    "threshold",
    "quantity",
    "per_person",
    "duration_s",
    "audience",
    "trigger_quantity",
    "gift",
    "prize",
    "prize_value",
)
STANDING = (
    "state",
    "fired_at",
    "live_at",
    "ended_at",
    "end_reason",
    "remark",
    "claimed",
    "redeemed",
    "over_claimed",
    "outside",
)


def usual_price(state: State, offer: Offer) -> int | None:
    """What the product costs in this show without the offer."""
    if offer.product is None:
        return None
    shown = state.prices.get(offer.product, {})
    return _first(shown.get(offer.sku or ""), shown.get(""), *_prices(state.facts.get(offer.product), offer.sku))


def _prices(fact: ProductFact | None, sku: str | None) -> tuple[int | None, ...]:
    if fact is None:
        return ()
    own = next((price for known, _, price, _ in fact.skus if known == sku), None)
    return own, fact.live_price, fact.list_price


def _first(*prices: int | None) -> int | None:
    return next((price for price in prices if price is not None), None)


def _cost(offer: Offer, usual: int | None, sold: int, uses: int) -> int | None:
    if offer.kind == "flash_price":
        return None if usual is None or offer.price is None else max(0, usual - offer.price) * sold
    if offer.kind == "coupon" and offer.amount is not None:
        return offer.amount * uses
    return None


class Payments:
    """Every payment in order of time: all of them, and those with each product."""

    def __init__(self, book: OrderBook) -> None:
        self._all = sorted((fact.paid for fact in book.facts.values() if fact.paid), key=_instant)
        self._with: dict[str, list[Paid]] = {}
        for paid in self._all:
            for product in {line.product for line in paid.lines}:
                self._with.setdefault(product, []).append(paid)

    def of(self, product: str | None) -> Sequence[Paid]:
        """Those with a product; all for None."""
        return self._all if product is None else self._with.get(product, ())


def _instant(paid: Paid) -> int:
    return paid.at


def _beside(offer: Offer, windows: Sequence[tuple[int, int | None]], payments: Sequence[Paid]) -> Beside:
    orders = units = gmv = 0
    places = {place for start, end in windows for place in _within(payments, start, end)}
    for place in places:
        lines = [line for line in payments[place].lines if _covers(offer, line)]
        orders += bool(lines)
        units += sum(line.qty for line in lines)
        gmv += sum(line.amount for line in lines)
    return Beside(orders, units, gmv)


def _within(payments: Sequence[Paid], start: int, end: int | None) -> range:
    """Places of the payments from the second of `start` on (sources often report whole seconds) up to `end`."""
    first = bisect_left(payments, start // SECOND_MS * SECOND_MS, key=_instant)
    return range(first, len(payments) if end is None else bisect_right(payments, end, key=_instant))


def _covers(offer: Offer, line: Line) -> bool:
    return offer.product in {None, line.product} and offer.sku in {None, line.sku}
