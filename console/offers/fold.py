"""Where every offer stands, what products cost in this show, and who claimed what."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

from msgspec import Struct, field

from console.core.lifecycle import ShowEnded
from console.core.messages import Recorded
from console.core.observations import AnyObservation, Claim, Line, ObservationsRecorded, Paid, Redeem
from console.core.slice import Leftover, ProductFact
from console.offers.events import (
    Because,
    DeliveryConfirmed,
    FireCancelled,
    FireScheduled,
    Offer,
    OfferArmed,
    OfferDefined,
    OfferDisarmed,
    OfferEdited,
    OfferExpired,
    OfferExtended,
    OfferFired,
    OfferParked,
    OffersKilled,
    OfferStopped,
)
from console.shelf.events import PriceSet, ProductListed

OfferState = Literal["planned", "armed", "requested", "live", "ended", "failed"]
RUNNING = frozenset({"requested", "live"})
ACTIVE = RUNNING | {"armed"}
OBSERVED = frozenset({Claim, Redeem, Paid})


class Entry(Struct, kw_only=True):
    """One offer as it stands; instants in epoch milliseconds."""

    offer: Offer
    state: OfferState = "planned"
    warnings: tuple[Because, ...] = ()
    parked: Because | None = None
    """Why its start waits for a person."""
    fires_at: int | None = None
    fired_at: int | None = None
    live_at: int | None = None
    ends_at: int | None = None
    ended_at: int | None = None
    end_reason: str | None = None
    remark: str = ""
    """What a person said when it was stopped, killed or not delivered."""
    claimed: int = 0
    redeemed: int = 0
    sold: int = 0
    over_claimed: int = 0
    over_person: int = 0
    outside: int = 0
    """Claims reported while it was not running."""
    claims_by: dict[str, int] = field(default_factory=dict)

    @property
    def counting_down(self) -> bool:
        """Armed with a start that can still be cancelled."""
        return self.state == "armed" and self.fires_at is not None

    @property
    def sold_out(self) -> bool:
        """Every piece is claimed or sold."""
        return self.offer.quantity is not None and max(self.claimed, self.sold) >= self.offer.quantity

    @property
    def over_sold(self) -> int:
        """Pieces sold beyond the quantity."""
        return max(0, self.sold - (self.offer.quantity or self.sold))


class State(Struct, kw_only=True):
    """Offers by id in order of definition; the show's own prices by product, then by SKU id, "" for every SKU without one."""

    entries: dict[str, Entry] = field(default_factory=dict)
    facts: dict[str, ProductFact] = field(default_factory=dict)
    prices: dict[str, dict[str, int]] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    """Orders counted already."""

    def active(self) -> Iterator[Entry]:
        """Armed, counting down, requested and live ones."""
        return (entry for entry in self.entries.values() if entry.state in ACTIVE)


def evolve(state: State, recorded: Recorded) -> None:
    """Fold one row."""
    _FOLDS[type(recorded.event)](state, recorded.event, recorded.at_ms)


def leftovers(state: State) -> tuple[Leftover, ...]:
    """Offers that run, or would start by themselves."""
    left = (entry for entry in state.active() if entry.state in RUNNING or entry.counting_down)
    return tuple(Leftover("offer", entry.offer.id, entry.offer.title) for entry in left)


def _defined(state: State, event: OfferDefined, _at_ms: int) -> None:
    state.entries[event.offer.id] = Entry(offer=event.offer, warnings=event.warnings)
    _know(state, event.fact)


def _edited(state: State, event: OfferEdited, _at_ms: int) -> None:
    entry = state.entries[event.offer.id]
    entry.offer, entry.warnings = event.offer, event.warnings
    _rest(entry, "planned")
    _know(state, event.fact)


def _armed(state: State, event: OfferArmed, _at_ms: int) -> None:
    entry = state.entries[event.offer]
    _rest(entry, "armed")
    entry.fired_at, entry.remark = None, ""


def _disarmed(state: State, event: OfferDisarmed, _at_ms: int) -> None:
    _rest(state.entries[event.offer], "planned")


def _scheduled(state: State, event: FireScheduled, _at_ms: int) -> None:
    entry = state.entries[event.offer]
    entry.fires_at, entry.parked = event.fires_at, None


def _cancelled(state: State, event: FireCancelled, _at_ms: int) -> None:
    _rest(state.entries[event.offer], "armed")


def _fired(state: State, event: OfferFired, at_ms: int) -> None:
    entry = state.entries[event.offer]
    _rest(entry, "armed")
    entry.fired_at = at_ms
    if event.delivery == "none":
        _live(entry, at_ms, event.ends_at)
    else:
        entry.state = "requested"


def _parked(state: State, event: OfferParked, _at_ms: int) -> None:
    entry = state.entries[event.offer]
    _rest(entry, "armed")
    entry.parked = event.because


def _confirmed(state: State, event: DeliveryConfirmed, at_ms: int) -> None:
    entry = state.entries[event.offer]
    entry.remark = event.note
    if event.ok:
        _live(entry, at_ms, event.ends_at)
    else:
        entry.state = "failed"


def _extended(state: State, event: OfferExtended, _at_ms: int) -> None:
    state.entries[event.offer].ends_at = event.ends_at


def _stopped(state: State, event: OfferStopped, at_ms: int) -> None:
    _end(state.entries[event.offer], at_ms, "stopped", event.reason)


def _expired(state: State, event: OfferExpired, at_ms: int) -> None:
    entry = state.entries[event.offer]
    _end(entry, min(at_ms, entry.ends_at or at_ms), "expired")


def _killed(state: State, event: OffersKilled, at_ms: int) -> None:
    for offer in event.offers:
        _end(state.entries[offer], at_ms, "killed", event.reason)
    for offer in event.disarmed:
        _rest(state.entries[offer], "planned")


def _show_ended(state: State, _event: ShowEnded, at_ms: int) -> None:
    for entry in state.entries.values():
        if entry.state in RUNNING:
            _end(entry, at_ms, "show_ended")
        elif entry.state == "armed":
            _rest(entry, "planned")


def _listed(state: State, event: ProductListed, _at_ms: int) -> None:
    _know(state, event.product)


def _priced(state: State, event: PriceSet, _at_ms: int) -> None:
    _know(state, event.fact)
    state.prices.setdefault(event.product, {})[event.sku or ""] = event.live_price


def _observed(state: State, event: ObservationsRecorded, _at_ms: int) -> None:
    for item in event.items:
        if type(item) in OBSERVED:
            _observe(state, item)


def _observe(state: State, item: AnyObservation) -> None:
    match item:
        case Claim(offer=offer, user=user) if offer in state.entries:
            _claim(state.entries[offer], user, item.at)
        case Redeem(offer=offer) if offer in state.entries:
            state.entries[offer].redeemed += 1
        case Paid():
            _sell(state, item)


def _claim(entry: Entry, user: str, at_ms: int) -> None:
    mine = entry.claims_by.get(user, 0)
    if not _took_place(entry, at_ms):
        entry.outside += 1
    elif entry.offer.per_person is not None and mine >= entry.offer.per_person:
        entry.over_person += 1
    elif entry.offer.quantity is not None and entry.claimed >= entry.offer.quantity:
        entry.over_claimed += 1
    else:
        entry.claimed += 1
        entry.claims_by[user] = mine + 1


def _took_place(entry: Entry, at_ms: int) -> bool:
    """A running offer takes every claim, whatever the source's clock; an ended one those made before its end."""
    if entry.state in RUNNING:
        return True
    return entry.ended_at is not None and entry.fired_at is not None and _within(at_ms, entry.fired_at, entry.ended_at)


def _sell(state: State, paid: Paid) -> None:
    """An order that two sources report is sold once."""
    if paid.order in state.paid:
        return
    state.paid.add(paid.order)
    for entry in state.entries.values():
        if entry.offer.kind == "flash_price" and entry.live_at is not None:
            until = entry.ended_at if entry.ended_at is not None else paid.at
            if _within(paid.at, entry.live_at, until):
                entry.sold += _pieces(entry.offer, paid)


def _pieces(offer: Offer, paid: Paid) -> int:
    return sum(line.qty for line in paid.lines if _matches(offer, line))


def _matches(offer: Offer, line: Line) -> bool:
    return offer.product in {None, line.product} and offer.sku in {None, line.sku}


def _within(at_ms: int, start_ms: int, end_ms: int) -> bool:
    """Sources often report whole seconds, so the second in which it started counts."""
    return start_ms // 1000 * 1000 <= at_ms <= end_ms


def _know(state: State, fact: ProductFact | None) -> None:
    if fact is not None:
        state.facts[fact.id] = fact


def _rest(entry: Entry, state: OfferState) -> None:
    entry.state, entry.fires_at, entry.parked = state, None, None


def _live(entry: Entry, at_ms: int, ends_at: int | None) -> None:
    entry.state, entry.live_at, entry.ends_at = "live", at_ms, ends_at


def _end(entry: Entry, at_ms: int, reason: str, note: str = "") -> None:
    _rest(entry, "ended")
    entry.ended_at, entry.end_reason, entry.remark = at_ms, reason, note


_FOLDS: dict[type, Callable[[State, Any, int], None]] = {
    OfferDefined: _defined,
    OfferEdited: _edited,
    OfferArmed: _armed,
    OfferDisarmed: _disarmed,
    FireScheduled: _scheduled,
    FireCancelled: _cancelled,
    OfferFired: _fired,
    OfferParked: _parked,
    DeliveryConfirmed: _confirmed,
    OfferExtended: _extended,
    OfferStopped: _stopped,
    OfferExpired: _expired,
    OffersKilled: _killed,
    ShowEnded: _show_ended,
    ProductListed: _listed,
    PriceSet: _priced,
    ObservationsRecorded: _observed,
}

FOLDS = frozenset(_FOLDS)
