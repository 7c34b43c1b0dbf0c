"""What screens show of offers. Instants are absolute, so the browser counts; nothing here knows a floor price."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from console.core.pricing import covers, reachable
from console.core.show import Show
from console.core.slice import Viewer
from console.core.time import to_rfc3339
from console.offers.events import Because, Kind, Offer, Terms
from console.offers.fold import RUNNING, Entry, OfferState, State


class Card(Struct, frozen=True, kw_only=True):
    """One offer at the desk; money in minor units, instants in epoch milliseconds.

    `number` is its place in the order of definition and never changes. `current` is the product's price without the
    offer, `results_in` with it alone, `lowest` with all armed and running ones; None for a whole shop or
    unknown, and `lowest` for an offer that is over: no buyer reaches it any more.
    """

    id: str
    number: int
    kind: Kind
    title: str
    state: OfferState
    counting_down: bool
    show_live: bool
    parked: Because | None
    product: str | None
    product_title: str | None
    link_no: int | None
    sku: str | None
    amount: int | None
    pay_percent: int | None
    threshold: int | None
    gift: str | None
    prize: str | None
    current: int | None
    results_in: int | None
    lowest: int | None
    quantity: int | None
    claimed: int
    sold: int
    over: int
    sold_out: bool
    fires_at: int | None
    fired_at: int | None
    ends_at: int | None
    end_reason: str | None
    remark: str


class Running(Struct, frozen=True, kw_only=True):
    """One offer that viewers may use now or in a moment; `left` pieces, None when nobody counts them."""

    id: str
    kind: Kind
    title: str
    product_title: str | None
    link_no: int | None
    amount: int | None
    pay_percent: int | None
    threshold: int | None
    results_in: int | None
    left: int | None
    sold_out: bool
    fires_at: int | None
    ends_at: int | None
    currency: str


class Planned(Struct, frozen=True, kw_only=True):
    """One offer in the plan: its terms, what they come to, and what a producer should look at."""

    id: str
    number: int
    state: OfferState
    terms: Terms
    product_title: str | None
    current: int | None
    results_in: int | None
    editable: bool
    problems: tuple[Because, ...]


class Worry(Struct, frozen=True, kw_only=True):
    """One offer that needs a person: `kind` is requested, parked, failed or over."""

    offer: str
    title: str
    kind: str
    since: int | None = None
    because: Because | None = None
    over: int = 0
    remark: str = ""


class Alarm(Struct, frozen=True):
    """Everything about offers that waits for a person; empty most of the time."""

    worries: tuple[Worry, ...]


def panel(show: Show, _viewer: Viewer) -> tuple[Card, ...]:
    """Every offer in the order of definition, so that no button moves."""
    state, live = _state(show), show.header.status == "live"
    rivals = _by_product(state)
    cards = enumerate(state.entries.values(), start=1)
    return tuple(_card(state, number, entry, live, rivals) for number, entry in cards)


def running(show: Show, _viewer: Viewer) -> tuple[Running, ...]:
    """Live and counting-down offers. One that waits for its confirmation is not shown: nobody can use it yet."""
    return _running(show, 0)


def overlay(show: Show, _viewer: Viewer) -> tuple[Running, ...]:
    """The same, ahead by the stream's delay: viewers see zero in the moment it is true."""
    return _running(show, show.header.stream_delay_s * 1000)


def plan(show: Show, _viewer: Viewer) -> tuple[Planned, ...]:
    """Every offer with its terms and problems."""
    state = _state(show)
    return tuple(_planned(state, number, entry) for number, entry in enumerate(state.entries.values(), start=1))


def alarm(show: Show, _viewer: Viewer) -> Alarm:
    """Requested and not confirmed, parked, failed, claimed or sold beyond the quantity."""
    return Alarm(tuple(worry for entry in _state(show).entries.values() for worry in _worries(entry)))


def snapshot(show: Show, _viewer: Viewer) -> dict[str, Any]:
    """`{items: […]}` in order of definition; instants as RFC 3339."""
    return {"items": [_item(entry) for entry in _state(show).entries.values()]}


def current_price(state: State, offer: Offer) -> int | None:
    """What the offer's product costs in this show without it, minor units; None for the whole shop or unknown."""
    if offer.product is None:
        return None
    own, fact = state.prices.get(offer.product, {}), state.facts.get(offer.product)
    skus = {sku: price for sku, _, price, _ in fact.skus} if fact else {}
    known = [own.get(offer.sku or ""), own.get(""), skus.get(offer.sku or "")]
    known += [fact.live_price, fact.list_price] if fact else []
    return next((price for price in known if price is not None), None)


def _state(show: Show) -> State:
    state: State = show.states["offers"]
    return state


def _card(
    state: State, number: int, entry: Entry, show_live: bool, rivals: Mapping[str | None, Sequence[Offer]]
) -> Card:
    offer = entry.offer
    current = current_price(state, offer)
    product_title, link_no = _product(state, offer)
    return Card(
        id=offer.id, number=number, kind=offer.kind, title=offer.title, state=entry.state,
        counting_down=entry.counting_down, show_live=show_live, parked=entry.parked,
        product=offer.product, product_title=product_title, link_no=link_no, sku=offer.sku,
        amount=offer.amount, pay_percent=offer.pay_percent, threshold=offer.threshold, gift=offer.gift,
        prize=offer.prize, current=current, results_in=_results_in(current, offer),
        lowest=None if entry.state == "ended" else _lowest(current, offer, rivals),
        quantity=offer.quantity, claimed=entry.claimed, sold=entry.sold, over=_over(entry), sold_out=entry.sold_out,
        fires_at=entry.fires_at, fired_at=entry.fired_at, ends_at=entry.ends_at, end_reason=entry.end_reason,
        remark=entry.remark,
    )  # fmt: skip


def _by_product(state: State) -> dict[str | None, list[Offer]]:
    """Every product that an offer names, with the armed and running offers on it or on the whole shop, in order."""
    found: dict[str | None, list[Offer]] = {entry.offer.product: [] for entry in state.entries.values()}
    for entry in state.active():
        product = entry.offer.product
        for offers in found.values() if product is None else (found[product],):
            offers.append(entry.offer)
    return found


def _running(show: Show, ahead_ms: int) -> tuple[Running, ...]:
    state, currency = _state(show), show.header.currency
    shown = (entry for entry in state.active() if entry.state == "live" or entry.counting_down)
    return tuple(_run(state, entry, ahead_ms, currency) for entry in shown)


def _run(state: State, entry: Entry, ahead_ms: int, currency: str) -> Running:
    offer = entry.offer
    product_title, link_no = _product(state, offer)
    return Running(
        id=offer.id, kind=offer.kind, title=offer.title, product_title=product_title, link_no=link_no,
        amount=offer.amount, pay_percent=offer.pay_percent, threshold=offer.threshold,
        results_in=_results_in(current_price(state, offer), offer), left=_left(entry), sold_out=entry.sold_out,
        fires_at=None if entry.fires_at is None else entry.fires_at - ahead_ms,
        ends_at=None if entry.ends_at is None else entry.ends_at - ahead_ms, currency=currency,
    )  # fmt: skip


def _planned(state: State, number: int, entry: Entry) -> Planned:
    current = current_price(state, entry.offer)
    return Planned(
        id=entry.offer.id,
        number=number,
        state=entry.state,
        terms=entry.offer,
        product_title=_product(state, entry.offer)[0],
        current=current,
        results_in=_results_in(current, entry.offer),
        editable=entry.state in {"planned", "armed", "failed"} and not entry.counting_down,
        problems=entry.warnings,
    )


def _worries(entry: Entry) -> list[Worry]:
    offer, title = entry.offer.id, entry.offer.title
    found = []
    if entry.state == "requested":
        found.append(Worry(offer=offer, title=title, kind="requested", since=entry.fired_at))
    if entry.parked:
        found.append(Worry(offer=offer, title=title, kind="parked", because=entry.parked))
    if entry.state == "failed":
        found.append(Worry(offer=offer, title=title, kind="failed", remark=entry.remark))
    if _over(entry) and entry.state in RUNNING:
        found.append(Worry(offer=offer, title=title, kind="over", over=_over(entry)))
    return found


_COUNTS = ("claimed", "redeemed", "sold", "over_claimed", "over_person", "over_sold", "outside", "sold_out")


def _item(entry: Entry) -> dict[str, Any]:
    instants = ("fires_at", "fired_at", "live_at", "ends_at", "ended_at")
    return (
        structs.asdict(entry.offer)
        | {"state": entry.state}
        | {name: to_rfc3339(getattr(entry, name)) for name in instants}
        | {"end_reason": entry.end_reason, "parked": entry.parked is not None, "remark": entry.remark}
        | {name: getattr(entry, name) for name in _COUNTS}
    )


def _product(state: State, offer: Offer) -> tuple[str | None, int | None]:
    """Title and link number; an unknown product goes by its id."""
    fact = state.facts.get(offer.product or "")
    return (fact.title, fact.link_no) if fact else (offer.product, None)


def _results_in(current: int | None, offer: Offer) -> int | None:
    return None if offer.product is None else reachable(current, [offer])


def _lowest(current: int | None, offer: Offer, rivals: Mapping[str | None, Sequence[Offer]]) -> int | None:
    if offer.product is None:
        return None
    others = (other for other in rivals[offer.product] if other.id != offer.id)
    together = [other for other in (*others, offer) if covers(other, offer.product, offer.sku)]
    return reachable(current, together)


def _left(entry: Entry) -> int | None:
    if entry.offer.quantity is None:
        return None
    return max(0, entry.offer.quantity - max(entry.claimed, entry.sold))


def _over(entry: Entry) -> int:
    return entry.over_claimed + entry.over_sold
